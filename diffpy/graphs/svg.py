"""The graph as a drawing of its own: a block is laid out in layers, a region is a box around its blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from diffpy.analysis.graph import Block, Node
from diffpy.graphs.layout import Box, Route, layered
from diffpy.graphs.words import Words, shortened

CHARACTER, LINE, PAD, MARGIN, HEAD = 6.75, 15.0, 9.0, 18.0, 42.0
WIDTH = 40  # characters in a box

STYLE = """
  text { font: 11px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2933; }
  .small { font-size: 9.5px; fill: #5f6c7b; }  .label { font-family: sans-serif; font-size: 10px; fill: #2f7d4f;
    stroke: #e9f6ee; stroke-width: 4px; paint-order: stroke; }
  .title { font-size: 13px; font-weight: bold; }  .name { font-weight: bold; }
  .box { fill: #eef2f7; stroke: #7b8794; }  .active { fill: #fdecd8; stroke: #d9822b; }
  .host { fill: #ffffff; stroke: #7b8794; stroke-dasharray: 4 3; }  .call { fill: #efe6f7; stroke: #7e57a8; }
  .region { fill: #ffffff; stroke: #52606d; }  .side { fill: none; stroke: #cbd2d9; stroke-dasharray: 2 3; }
  .tensor { fill: #e9f6ee; stroke: #b7dfc6; }  .edge { fill: none; stroke: #9aa5b1; }
  .edge.active { fill: none; stroke: #d9822b; stroke-width: 1.5; }
"""


@dataclass
class Drawn:
    """A box of the layout, and what is drawn in it."""

    box: Box
    lines: tuple[str, ...]
    look: str
    node: Node | None = None
    blocks: list[Plan] = field(default_factory=list)


@dataclass
class Plan:
    """A block that has been laid out; its entries are names that come from outside it."""

    label: str
    items: list[Drawn]
    routes: list[tuple[Route, bool]]
    runs: list[tuple[int, list[Drawn]]]
    width: float
    height: float


def svg(title: str, body: Block) -> str:
    """A complete SVG document."""
    plan = _plan(body, Words(body), None)
    width = max(plan.width, len(title) * 9, 470) + 2 * MARGIN
    height = plan.height + HEAD + 2 * MARGIN
    x = (width - plan.width) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="tensor graph of {escape(title)}">',
        f"<style>{_scoped(STYLE)}</style>",
        f"<defs>{_head('diffpy-quiet', '#7b8794')}{_head('diffpy-active', '#d9822b')}</defs>",
        '<g class="diffpy-graph">',
        f'<rect width="{width:.0f}" height="{height:.0f}" style="fill:#ffffff"/>',
        f'<text x="{MARGIN}" y="{MARGIN + 8}" class="title">{escape(title)}</text>',
        *_legend(MARGIN, MARGIN + 18),
        *_plan_parts(plan, x, MARGIN + HEAD),
        "</g></svg>",
    ]
    return "\n".join(parts) + "\n"


def _head(name: str, colour: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 6 6" refX="5.5" refY="3" markerWidth="7" markerHeight="7" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0.5 L6,3 L0,5.5 z" fill="{colour}"/></marker>'
    )


def _scoped(style: str) -> str:
    """Rules for this drawing alone: a notebook has one style sheet for all."""
    rules = [rule.strip() for rule in style.split("}") if rule.strip()]
    return "".join(f".diffpy-graph {rule} }}\n" for rule in rules)


def _legend(x: float, y: float) -> Iterator[str]:
    for look, word in (
        ("box active", "active"),
        ("box", "not active"),
        ("call", "call"),
        ("host", "host code"),
        ("tensor", "tensor region"),
        ("region", "control flow"),
    ):
        yield f'<rect x="{x:.1f}" y="{y:.1f}" width="12" height="9" rx="2" class="{look}"/>'
        yield f'<text x="{x + 16:.1f}" y="{y + 8:.1f}" class="small">{word}</text>'
        x += 28 + len(word) * 5.8


# Measures and places


def _plan(block: Block, words: Words, run: int | None) -> Plan:
    items = [*_entries(block), *(_drawn(node, words) for node in block.nodes)]
    places = {item.node.number: k for k, item in enumerate(items) if item.node}
    names = {item.lines[0]: k for k, item in enumerate(items) if item.node is None}
    edges, warm = [], []
    for node in block.nodes:
        for one in node.inputs:
            edges.append((places.get(one.source, names.get(one.name, 0)), places[node.number]))
            warm.append(node.active and one.active)
    routes, width, height = layered([i.box for i in items], edges, _bands(items, run))
    extra = LINE if any(n.tensor_region not in (None, run) for n in block.nodes) else 0.0
    for item in items:
        item.box.y += extra / 2
    return Plan(
        block.label, items, list(zip(routes, warm, strict=True)), _runs(items, run), width, height + extra
    )


def _entries(block: Block) -> Iterator[Drawn]:
    """A chip for each name that the block takes from around it."""
    inside = {n.number for n in block.nodes}
    seen: dict[str, bool] = {}
    for node in block.nodes:
        for one in node.inputs:
            if one.source not in inside:
                seen[one.name] = one.active
    for name, active in seen.items():
        yield Drawn(
            Box(len(name) * CHARACTER + 2 * PAD, LINE + 6), (name,), "box active" if active else "box"
        )


def _bands(items: list[Drawn], run: int | None) -> list[int]:
    """Tensor regions and the host code between them follow one another down the page."""
    bands, band = [], 0
    for before, item in zip([None, *items], items, strict=False):
        if before is not None and _band_of(before, run) != _band_of(item, run):
            band += 1
        bands.append(band)
    return bands


def _band_of(item: Drawn, run: int | None) -> object:
    if item.node is None or item.node.form in ("argument", "free"):
        return "entry"
    if run is not None:
        return "run"
    return item.node.tensor_region or (item.node.form == "tensor" and "plain") or item.node.number


def _runs(items: list[Drawn], run: int | None) -> list[tuple[int, list[Drawn]]]:
    found: dict[int, list[Drawn]] = {}
    for item in items:
        if item.node is not None and item.node.tensor_region not in (None, run):
            found.setdefault(item.node.tensor_region, []).append(item)  # type: ignore[arg-type]
    return list(found.items())


def _drawn(node: Node, words: Words) -> Drawn:
    if node.blocks:
        return _drawn_region(node, words)
    title = shortened(node.text, WIDTH)
    detail = " · ".join(
        part for part in (shortened(words.kind(node.kind), 30), f"{node.line}:{node.column + 1}") if part
    )
    width = max(len(title) * CHARACTER, len(detail) * CHARACTER * 0.87) + 2 * PAD
    look = {"host": "host", "call": "call"}.get(node.form, "box active" if node.active else "box")
    return Drawn(Box(width, 2 * LINE + 8), (title, detail), look, node)


def _drawn_region(node: Node, words: Words) -> Drawn:
    plans = [_plan(block, words, node.tensor_region) for block in node.blocks]
    title = shortened(node.text, WIDTH)
    told = [("carries ", node.carries), ("gives ", () if node.carries else node.outputs)]
    detail = " · ".join(
        [*(word + ", ".join(names) for word, names in told if names), f"{node.line}:{node.column + 1}"]
    )
    detail = shortened(detail, 60)
    inside = sum(p.width + 2 * PAD for p in plans) + PAD * (len(plans) + 1)
    width = max(inside, (len(title) + len(detail)) * CHARACTER + 4 * PAD)
    height = LINE + 16 + max(p.height for p in plans) + LINE + 3 * PAD
    return Drawn(
        Box(width, height), (title, detail), "region active" if node.active else "region", node, plans
    )


# Draws


def _plan_parts(plan: Plan, x: float, y: float) -> Iterator[str]:
    frames = [(number, *_frame(items, x, y)) for number, items in plan.runs]
    for _, left, above, width, height in frames:
        yield f'<rect x="{left:.1f}" y="{above:.1f}" width="{width:.1f}" height="{height:.1f}" rx="6" class="tensor"/>'
    for route, active in sorted(plan.routes, key=lambda one: one[1]):
        look, head = ("edge active", "diffpy-active") if active else ("edge", "diffpy-quiet")
        yield f'<path d="{_curve(route, x, y)}" class="{look}" marker-end="url(#{head})"/>'
    for number, left, above, *_ in frames:
        yield f'<text x="{left + 6:.1f}" y="{above + 11:.1f}" class="label">tensor region {number}</text>'
    for item in plan.items:
        yield from _item_parts(item, x, y)


def _frame(items: list[Drawn], x: float, y: float) -> tuple[float, float, float, float]:
    """Left, top, width and height of the field behind a tensor region."""
    left = x + min(i.box.x - i.box.width / 2 for i in items) - PAD
    right = x + max(i.box.x + i.box.width / 2 for i in items) + PAD
    above = y + min(i.box.y for i in items) - LINE
    below = y + max(i.box.y + i.box.height for i in items) + PAD * 0.7
    return left, above, max(right - left, 96.0), below - above


def _item_parts(item: Drawn, x: float, y: float) -> Iterator[str]:
    box, node = item.box, item.node
    left, top = x + box.x - box.width / 2, y + box.y
    entry = node is None or node.form in ("argument", "free", "result")
    corner = min(box.height / 2, 14) if entry else 4
    yield "<g>"
    if node is not None:
        yield f"<title>{escape(node.operation)}: {escape(node.text)}</title>"
    look = item.look.removesuffix(" active") if item.blocks else item.look
    yield (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{corner:.0f}" '
        f'class="{look}"/>'
    )
    if item.blocks:
        yield from _region_parts(item, left, top)
    else:
        for k, line in enumerate(item.lines):
            yield (
                f'<text x="{x + box.x:.1f}" y="{top + 15 + k * LINE:.1f}" text-anchor="middle"'
                f"{_class_of(k, node)}>{escape(line)}</text>"
            )
    yield "</g>"


def _class_of(k: int, node: Node | None) -> str:
    return ' class="small"' if k == 1 or node is None else ""


def _region_parts(item: Drawn, left: float, top: float) -> Iterator[str]:
    title, detail = item.lines
    yield f'<text x="{left + PAD:.1f}" y="{top + 16:.1f}" class="name">{escape(title)}</text>'
    yield f'<text x="{left + 2 * PAD + len(title) * CHARACTER:.1f}" y="{top + 16:.1f}" class="small">{escape(detail)}</text>'
    spare = item.box.width - sum(p.width + 2 * PAD for p in item.blocks) - PAD * (len(item.blocks) + 1)
    x, y = left + PAD + max(0.0, spare) / 2, top + LINE + 12
    height = item.box.height - LINE - 12 - PAD
    for plan in item.blocks:
        width = plan.width + 2 * PAD
        yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="4" class="side"/>'
        yield f'<text x="{x + 5:.1f}" y="{y + 12:.1f}" class="small">{escape(plan.label)}</text>'
        yield from _plan_parts(plan, x + PAD, y + LINE + PAD / 2)
        x += width + PAD


def _curve(route: Route, x: float, y: float) -> str:
    """From the foot of the source, straight past the boxes of the layers between, to the top of the target."""
    first, *bends, last = route
    points = [(first.x, first.y + first.height)]
    for bend in bends:
        points += [(bend.x, bend.y), (bend.x, bend.y + bend.height)]
    points.append((last.x, last.y - 1))
    text = f"M{x + points[0][0]:.1f},{y + points[0][1]:.1f}"
    for k, ((ax, ay), (bx, by)) in enumerate(zip(points, points[1:], strict=False)):
        if k % 2:
            text += f" L{x + bx:.1f},{y + by:.1f}"
        else:
            half = (ay + by) / 2
            text += f" C{x + ax:.1f},{y + half:.1f} {x + bx:.1f},{y + half:.1f} {x + bx:.1f},{y + by:.1f}"
    return text
