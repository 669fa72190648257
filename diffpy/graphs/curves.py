"""Edges as curves: a route through boxes that have their places in; path data and points on the way out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from diffpy.graphs.layout import Route

Point = tuple[float, float]
STEPS = 16


def path(route: Route, x: float, y: float) -> str:
    """Straight down past the boxes of each layer, and a bow from one layer to the next."""
    corners = _corners(route, x, y)
    text = f"M{_pair(corners[0])}"
    for k, (a, b) in enumerate(pairwise(corners)):
        text += f" L{_pair(b)}" if k % 2 == 0 else f" C{' '.join(map(_pair, _bow(a, b)[1:]))}"
    return text


def points(route: Route, x: float, y: float) -> Iterator[Point]:
    """Points close to one another along the curve."""
    corners = _corners(route, x, y)
    for k, (a, b) in enumerate(pairwise(corners)):
        for step in range(STEPS + 1):
            t = step / STEPS
            if k % 2 == 0:
                yield a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])
            else:
                yield _on(_bow(a, b), t)


def _corners(route: Route, x: float, y: float) -> list[Point]:
    """Where straight stretches and bows meet, by turns; the first stretch leads out of the source's layer."""
    first, *bends, last = route
    corners = [(first.x, first.y + first.height), (first.x, first.y + max(first.height, first.room))]
    for bend in bends:
        corners += [(bend.x, bend.y), (bend.x, bend.y + bend.height)]
    corners.append((last.x, last.y - 1))
    return [(x + a, y + b) for a, b in corners]


def _bow(a: Point, b: Point) -> tuple[Point, Point, Point, Point]:
    half = (a[1] + b[1]) / 2
    return a, (a[0], half), (b[0], half), b


def _on(bow: tuple[Point, Point, Point, Point], t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
    return (
        sum(w * p[0] for w, p in zip(weights, bow, strict=True)),
        sum(w * p[1] for w, p in zip(weights, bow, strict=True)),
    )


def _pair(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"
