"""The graph as a drawing of its own: what was laid out in, SVG out."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from html import escape

from diffpy.analysis.nodes import REGIONS, Block
from diffpy.graphs.curves import path, points
from diffpy.graphs.plan import CAPTION, CHARACTER, HEAD, LINE, PAD, SMALL, Drawn, Plan, plan
from diffpy.graphs.words import Words, breadth, shortened

MARGIN, TOP, FOOT, LABEL = 18.0, 46.0, 20.0, 46.0
WARM, COOL = "#b45309", "#8a97a6"

# Active things are darker and thicker, host code is dashed, calls have two borders: it reads without colours too.
STYLE = f"""
  text {{ font: 11px "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace; fill: #1b2530; }}
  .small {{ font-size: 9.5px; fill: #52606d; }}
  .label {{ font: italic 10px "DejaVu Sans", Helvetica, Arial, sans-serif; fill: #1f6b41; }}
  .title {{ font-size: 13px; font-weight: bold; }}  .name {{ font-weight: bold; }}
  .box {{ fill: #f3f5f8; stroke: {COOL}; }}  .box.active {{ fill: #fce2c2; stroke: {WARM}; stroke-width: 1.8; }}
  .host {{ fill: #ffffff; stroke: #52606d; stroke-dasharray: 4 3; }}
  .host.active {{ stroke: {WARM}; stroke-width: 1.8; }}  .inner {{ fill: none; stroke: {WARM}; }}
  .region {{ fill: #ffffff; stroke: #52606d; stroke-width: 1.2; }}  .head {{ fill: #e4e9ef; }}
  .side {{ fill: none; stroke: #b8c2cc; stroke-dasharray: 2 3; }}
  .tensor {{ fill: #e3f3e9; stroke: #9fd0b3; }}
  .edge {{ fill: none; stroke: {COOL}; }}  .edge.active {{ stroke: {WARM}; stroke-width: 1.8; }}
"""


def svg(title: str, body: Block) -> str:
    """A complete SVG document."""
    words = Words(body)
    placed = plan(body, words)
    title = shortened(title, 60)
    width = max(placed.width, breadth(title) * 8.5, 560.0) + 2 * MARGIN
    notes = textwrap.wrap(words.sizes(), int((width - 2 * MARGIN) / SMALL))
    end = MARGIN + TOP + placed.height + FOOT
    height = end + LINE * len(notes) + MARGIN / 2
    x = (width - placed.width) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="tensor graph of {_safe(title)}">',
        f"<style>{_scoped(STYLE)}</style>",
        f"<defs>{_head('diffpy-quiet', COOL)}{_head('diffpy-active', WARM)}</defs>",
        '<g class="diffpy-graph">',
        f'<rect width="{width:.0f}" height="{height:.0f}" style="fill:#ffffff"/>',
        _text(MARGIN, MARGIN + 8, title, "title"),
        *_legend(MARGIN, MARGIN + 19),
        *_plan_parts(placed, x, MARGIN + TOP),
        *(_text(MARGIN, end + 10 + k * LINE, line, "small") for k, line in enumerate(notes)),
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
        yield from _frame(x, y, 14, 10, 2, "box active" if look == "call" else look, look == "call")
        yield _text(x + 19, y + 8.5, word, "small")
        x += 34 + len(word) * SMALL


# Parts


def _plan_parts(placed: Plan, x: float, y: float) -> Iterator[str]:
    fields = [(number, *_field(items, x, y)) for number, items in placed.runs]
    for _, left, above, width, height in fields:
        yield from _frame(left, above, width, height, 6, "tensor")
    for route, active in sorted(placed.routes, key=lambda one: one[1]):
        look, head = ("edge active", "diffpy-active") if active else ("edge", "diffpy-quiet")
        yield f'<path d="{path(route, x, y)}" class="{look}" marker-end="url(#{head})"/>'
    for number, left, above, width, _ in fields:
        yield _text(_free_place(placed, x, y, left, above, width), above + 11, f"tensor {number}", "label")
    for item in placed.items:
        yield from _item_parts(item, x, y)


def _field(items: list[Drawn], x: float, y: float) -> tuple[float, float, float, float]:
    """Left, top, width and height of the field behind a tensor region."""
    left = x + min(i.box.x - i.box.width / 2 for i in items) - PAD
    right = x + max(i.box.x + i.box.width / 2 for i in items) + PAD
    above = y + min(i.box.y for i in items) - LINE
    below = y + max(i.box.y + i.box.height for i in items) + PAD * 0.7
    return left, above, right - left, below - above


def _free_place(placed: Plan, x: float, y: float, left: float, above: float, width: float) -> float:
    """Where the label of a tensor region meets no edge, along the top of its field."""
    strip = (
        px for route, _ in placed.routes for px, py in points(route, x, y) if above - 4 < py < above + LINE
    )
    start = left + 7
    for px in sorted(strip):
        if start - 5 < px < start + LABEL and px + 6 + LABEL <= left + width:
            start = px + 6
    return start


def _item_parts(item: Drawn, x: float, y: float) -> Iterator[str]:
    box = item.box
    left, top, middle = x + box.x - box.width / 2, y + box.y, x + box.x
    yield "<g>"
    if item.node is not None:
        yield f"<title>{_safe(item.node.operation)}: {_safe(item.node.text)}</title>"
    if item.form in REGIONS:
        yield from _region_parts(item, left, top)
    else:
        round_ends = item.form in ("chip", "argument", "free", "result")
        corner = min(box.height / 2, 14) if round_ends else 4
        look = ("host" if item.form == "host" else "box") + (" active" if item.active else "")
        yield from _frame(left, top, box.width, box.height, corner, look, item.form == "call")
        for k, line in enumerate(item.lines):
            look = "small" if k or item.form == "chip" else ""
            down = 13.5 if item.form == "chip" else 15 + k * LINE
            yield _text(middle, top + down, line, look, centred=True)
    yield "</g>"


def _region_parts(item: Drawn, left: float, top: float) -> Iterator[str]:
    box, (title, detail) = item.box, item.lines
    yield from _frame(left, top, box.width, box.height, 5, "region")
    yield from _frame(left + 1, top + 1, box.width - 2, HEAD - 4, 4, "head")
    yield _text(left + PAD, top + 15, title, "name")
    yield _text(left + 2 * PAD + breadth(title) * CHARACTER, top + 15, detail, "small")
    spare = box.width - sum(p.width + 2 * PAD for p in item.blocks) - PAD * (len(item.blocks) + 1)
    x, y, height = left + PAD + max(0.0, spare) / 2, top + HEAD, box.height - HEAD - PAD
    for inner in item.blocks:
        width = inner.width + 2 * PAD
        yield from _frame(x, y, width, height, 4, "side")
        yield _text(x + 6, y + 12, inner.label, "small")
        yield from _plan_parts(inner, x + PAD, y + CAPTION)
        x += width + PAD


def _frame(
    x: float, y: float, width: float, height: float, corner: float, look: str, double: bool = False
) -> Iterator[str]:
    yield _rectangle(x, y, width, height, corner, look)
    if double:
        yield _rectangle(x + 2.5, y + 2.5, width - 5, height - 5, max(corner - 2, 1), "inner")


def _rectangle(x: float, y: float, width: float, height: float, corner: float, look: str) -> str:
    size = f'width="{width:.1f}" height="{height:.1f}" rx="{corner:.0f}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} class="{look}"/>'


def _text(x: float, y: float, text: str, look: str = "", centred: bool = False) -> str:
    marks = (' text-anchor="middle"' if centred else "") + (f' class="{look}"' if look else "")
    return f'<text x="{x:.1f}" y="{y:.1f}"{marks}>{_safe(text)}</text>'


def _safe(text: str) -> str:
    """Text for XML, whatever characters a program holds."""
    return escape(re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text))
