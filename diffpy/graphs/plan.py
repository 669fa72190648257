"""Measures and places: a block of the graph in; boxes with their texts, laid out, and the ways of the edges out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from diffpy.analysis.nodes import REGIONS, Block, Input, Node
from diffpy.graphs.layout import Box, Route, layered
from diffpy.graphs.words import Words, breadth, shortened

CHARACTER, SMALL = 7.0, 6.1  # the width of a character in the two sizes of type
LINE, PAD, HEAD, CAPTION = 15.0, 9.0, 25.0, 20.0
WIDTH = 44  # characters in a box


@dataclass
class Drawn:
    """A box of the layout and what is drawn in it; one without a node is a chip: a name that enters or leaves."""

    box: Box
    lines: tuple[str, ...]
    active: bool
    node: Node | None = None
    blocks: list[Plan] = field(default_factory=list)

    @property
    def form(self) -> str:
        return "chip" if self.node is None else self.node.form


@dataclass
class Plan:
    """A block that has been laid out; `runs` are its tensor regions."""

    label: str
    items: list[Drawn]
    routes: list[tuple[Route, bool]]
    runs: list[tuple[int, list[Drawn]]]
    width: float
    height: float


def plan(block: Block, words: Words, run: int | None = None) -> Plan:
    """Places for everything in a block; `run` is the tensor region that all of it belongs to."""
    entering = {(one.name, one.source): one.active for one in _from_outside(block)}
    entries = [_chip(name, active) for (name, _), active in entering.items()]
    nodes = [_drawn(node, words) for node in block.nodes]
    exits = [_chip(one.name, one.active) for one in block.gives]
    items = [*entries, *nodes, *exits]
    places = {node.number: len(entries) + k for k, node in enumerate(block.nodes)}
    chips = {key: k for k, key in enumerate(entering)}
    edges, warm = [], []
    for target, one, active in _reads(block, len(entries)):
        edges.append((places.get(one.source, chips.get((one.name, one.source), 0)), target))
        warm.append(active)
    bands = [*_bands([*entries, *nodes], run), *[len(items)] * len(exits)]
    routes, width, height = layered([i.box for i in items], edges, bands)
    runs = _runs(nodes, run)
    top = LINE / 2 if runs else 0.0
    for item in items:
        item.box.y += top
    return Plan(block.label, items, list(zip(routes, warm, strict=True)), runs, width, height + 2 * top)


def _reads(block: Block, first: int) -> Iterator[tuple[int, Input, bool]]:
    """Each value that is read, with the place of its reader and whether derivatives flow along."""
    for k, node in enumerate(block.nodes):
        for one in node.inputs:
            yield first + k, one, node.active and one.active
    for k, one in enumerate(block.gives):
        yield first + len(block.nodes) + k, one, one.active


def _from_outside(block: Block) -> Iterator[Input]:
    inside = {node.number for node in block.nodes}
    for _, one, _ in _reads(block, 0):
        if one.source not in inside:
            yield one


def _chip(name: str, active: bool) -> Drawn:
    name = shortened(name, WIDTH)
    return Drawn(Box(breadth(name) * SMALL + 2 * PAD, LINE + 5), (name,), active)


def _bands(items: list[Drawn], run: int | None) -> list[int]:
    """Tensor regions and the host code between them follow one another down the page."""
    bands, band = [], 0
    for before, item in zip([None, *items], items, strict=False):
        if before is not None and _band_of(before, run) != _band_of(item, run):
            band += 1
        bands.append(band)
    return bands


def _band_of(item: Drawn, run: int | None) -> object:
    if item.node is None or item.form in ("argument", "free"):
        return "entry"
    if run is not None:
        return "run"
    return item.node.tensor_region or (item.form == "tensor" and "plain") or item.node.number


def _runs(items: list[Drawn], run: int | None) -> list[tuple[int, list[Drawn]]]:
    found: dict[int, list[Drawn]] = {}
    for item in items:
        number = item.node.tensor_region if item.node is not None else None
        if number is not None and number != run:
            found.setdefault(number, []).append(item)
    return list(found.items())


def _drawn(node: Node, words: Words) -> Drawn:
    if node.form in REGIONS:
        return _drawn_region(node, words)
    title = shortened(node.text, WIDTH)
    operation = "" if node.form in ("argument", "result", "break") else node.operation
    told = (f"#{node.number} {operation}".rstrip(), words.kind(node.kind), _where(node))
    detail = " · ".join(shortened(part, 30) for part in told if part)
    width = max(breadth(title) * CHARACTER, breadth(detail) * SMALL) + 2 * PAD
    return Drawn(Box(width, 2 * LINE + 8), (title, detail), node.active, node)


def _where(node: Node) -> str:
    return f"{node.line}:{node.column + 1}"


def _drawn_region(node: Node, words: Words) -> Drawn:
    plans = [plan(block, words, node.tensor_region) for block in node.blocks]
    title = shortened(node.text, WIDTH)
    verb, names = ("carries", node.carries) if node.carries else ("gives", node.outputs)
    told = f"{verb} {', '.join(names)} · " if names else ""
    detail = f"#{node.number} · {shortened(told, WIDTH)}{_where(node)}"
    inside = sum(p.width + 2 * PAD for p in plans) + PAD * (len(plans) + 1)
    width = max(inside, breadth(title) * CHARACTER + breadth(detail) * SMALL + 4 * PAD)
    height = HEAD + CAPTION + max((p.height for p in plans), default=0.0) + 2 * PAD
    return Drawn(Box(width, height), (title, detail), node.active, node, plans)
