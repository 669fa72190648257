"""The graph as a table: a row a node, regions indented, a bar along each tensor region."""

from __future__ import annotations

from collections.abc import Iterator

from diffpy.analysis.nodes import Block, Node
from diffpy.graphs.words import Words, shortened

HEADS = ("", "#", "node", "operation", "inputs", "kind", "active", "line:col")
WIDTH = 44


def table(title: str, filename: str, body: Block) -> str:
    """Lines for a terminal of a hundred columns or so."""
    words = Words(body)
    rows = [HEADS, *_block(body, 0, words)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(HEADS))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "-" * max(len(line) for line in lines))
    return "\n".join([f"{title} in {filename}", "", *lines, *_notes(body, words)])


def _notes(body: Block, words: Words) -> Iterator[str]:
    nodes = list(body.walk())
    regions = {n.tensor_region for n in nodes if n.tensor_region is not None}
    active = sum(n.active for n in nodes)
    host = sum(n.form == "host" for n in nodes)
    yield ""
    yield f"{len(nodes)} nodes, {active} active, {host} of host code; tensor regions (┃): {len(regions)}"
    if words.legend:
        yield f"sizes: {words.sizes()}"


def _block(block: Block, depth: int, words: Words) -> Iterator[tuple[str, ...]]:
    for node in block.nodes:
        yield _row(node, depth, words)
        for inner in node.blocks:
            if len(node.blocks) > 1:
                label = f"{inner.label}:" if inner.nodes else f"{inner.label}: nothing"
                yield (_bar(node), "", "  " * depth + label, *[""] * 5)
            yield from _block(inner, depth + 1, words)


def _row(node: Node, depth: int, words: Words) -> tuple[str, ...]:
    inputs = ", ".join(one.name for one in node.inputs)
    return (
        _bar(node),
        str(node.number),
        "  " * depth + shortened(node.text, WIDTH),
        _operation(node),
        shortened(inputs, WIDTH),
        shortened(words.kind(node.kind), WIDTH),
        "yes" if node.active else "",
        f"{node.line}:{node.column + 1}",
    )


def _operation(node: Node) -> str:
    if node.form in ("host", "call"):
        return f"{node.form}: {node.operation}"
    if node.carries:
        return f"{node.operation}, carries {', '.join(node.carries)}"
    if node.blocks and node.outputs:
        return f"{node.operation}, gives {', '.join(node.outputs)}"
    return node.operation


def _bar(node: Node) -> str:
    return "" if node.tensor_region is None else f"┃{node.tensor_region}"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    numbers = (0, 1)
    cells = (
        cell.rjust(width) if k in numbers else cell.ljust(width)
        for k, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()
