"""Layered drawing: boxes, edges between them and the least layer of each in; places and routes out.

After Sugiyama, Tagawa and Toda: layers from dependences, few crossings by barycentres, then places in each layer by
least squares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

GAP_X, GAP_Y, THREAD = 22.0, 30.0, 12.0


@dataclass(eq=False)
class Box:
    """A thing to be placed; one without key is a bend of an edge that passes its layer."""

    width: float
    height: float
    layer: int = 0
    x: float = 0.0  # of the middle
    y: float = 0.0  # of the top
    room: float = 0.0  # the height of the layer
    above: list[Box] = field(default_factory=list)
    below: list[Box] = field(default_factory=list)


Route = list[Box]  # the source, the bends, the target


def layered(
    boxes: Sequence[Box], edges: Sequence[tuple[int, int]], bands: Sequence[int]
) -> tuple[list[Route], float, float]:
    """Place the boxes (given sources first); all of a band stand below all of the bands before it."""
    _layers(boxes, edges, bands)
    layers, routes = _with_bends(boxes, edges)
    _order(layers)
    _across(layers)
    height = _down(layers)
    left = min((b.x - b.width / 2 for layer in layers for b in layer), default=0.0)
    for layer in layers:
        for box in layer:
            box.x -= left
    return routes, max((b.x + b.width / 2 for layer in layers for b in layer), default=0.0), height


def _layers(boxes: Sequence[Box], edges: Sequence[tuple[int, int]], bands: Sequence[int]) -> None:
    sources: dict[int, list[int]] = {}
    for a, b in edges:
        sources.setdefault(b, []).append(a)
    floor, highest = 0, -1
    for k, box in enumerate(boxes):
        if k and bands[k] != bands[k - 1]:
            floor = highest + 1
        box.layer = max([floor, *(boxes[a].layer + 1 for a in sources.get(k, []))])
        highest = max(highest, box.layer)
    _pull_down(boxes, edges, bands, sources)


def _pull_down(
    boxes: Sequence[Box],
    edges: Sequence[tuple[int, int]],
    bands: Sequence[int],
    sources: Mapping[int, list[int]],
) -> None:
    """What needs nothing stands right above what needs it."""
    readers: dict[int, list[int]] = {}
    for a, b in edges:
        readers.setdefault(a, []).append(b)
    for k in reversed(range(len(boxes))):
        users = readers.get(k, [])
        if users and k not in sources and all(bands[u] == bands[k] for u in users):
            boxes[k].layer = min(boxes[u].layer for u in users) - 1


def _with_bends(
    boxes: Sequence[Box], edges: Sequence[tuple[int, int]]
) -> tuple[list[list[Box]], list[Route]]:
    layers: list[list[Box]] = [[] for _ in range(max((b.layer for b in boxes), default=-1) + 1)]
    for box in boxes:
        layers[box.layer].append(box)
    routes, threads = [], {}
    for a, b in edges:
        route = [boxes[a]]
        for level in range(boxes[a].layer + 1, boxes[b].layer):
            if (a, level) not in threads:  # edges from one source share their way
                threads[a, level] = Box(THREAD, 0.0, level)
                layers[level].append(threads[a, level])
            route.append(threads[a, level])
        route.append(boxes[b])
        for upper, lower in pairwise(route):
            if lower not in upper.below:
                upper.below.append(lower)
                lower.above.append(upper)
        routes.append(route)
    return layers, routes


def _order(layers: list[list[Box]]) -> None:
    """Sort layers by the mean place of their neighbours, down and up; keep the order with the fewest crossings."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers)
    for sweep in range(12):
        down = sweep % 2 == 0
        before: list[Box] = []
        for layer in layers if down else layers[::-1]:
            place = {id(box): (k + 0.5) / len(row) for row in (before, layer) for k, box in enumerate(row)}
            rank = {
                id(b): _mean([place[id(n)] for n in (b.above if down else b.below)], place[id(b)])
                for b in layer
            }
            layer[:] = [box for _, _, box in sorted((rank[id(b)], k, b) for k, b in enumerate(layer))]
            before = layer
        crossings = _crossings(layers)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    for layer, found in zip(layers, best, strict=True):
        layer[:] = found


def _crossings(layers: list[list[Box]]) -> int:
    place = {id(box): k for layer in layers for k, box in enumerate(layer)}
    total = 0
    for layer in layers:
        ends = [place[id(n)] for b in layer for n in sorted(b.below, key=lambda one: place[id(one)])]
        total += sum(a > b for k, a in enumerate(ends) for b in ends[k + 1 :])
    return total


def _across(layers: list[list[Box]]) -> None:
    for layer in layers:
        _settle(layer, [0.0] * len(layer))
    for sweep in range(16):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            both = sweep > 7
            near = [(b.above + b.below) if both else (b.above if sweep % 2 == 0 else b.below) for b in layer]
            _settle(layer, [_mean([n.x for n in ns], b.x) for b, ns in zip(layer, near, strict=True)])


def _settle(layer: list[Box], wanted: list[float]) -> None:
    """The places nearest to the wanted ones that keep order and gaps: least squares by pooling neighbours."""
    offsets = [0.0]
    for a, b in pairwise(layer):
        offsets.append(offsets[-1] + (a.width + b.width) / 2 + GAP_X)
    pools: list[tuple[float, int]] = []  # mean, count
    for wish, offset in zip(wanted, offsets, strict=False):
        mean, count = wish - offset, 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean, count = (mean * count + before * many) / (count + many), count + many
        pools.append((mean, count))
    free = [mean for mean, count in pools for _ in range(count)]
    for box, mean, offset in zip(layer, free, offsets, strict=False):
        box.x = mean + offset


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _down(layers: list[list[Box]]) -> float:
    y = 0.0
    for layer in layers:
        tallest = max((b.height for b in layer), default=0.0)
        for box in layer:
            box.y, box.room = y, tallest
            if box.height == 0:
                box.height = tallest
        y += tallest + GAP_Y
    return max(0.0, y - GAP_Y)
