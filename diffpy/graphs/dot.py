"""The graph in the language of Graphviz: regions are clusters, nodes are boxes."""

from __future__ import annotations

from collections.abc import Iterator

from diffpy.analysis.nodes import REGIONS, Block, Node, edges
from diffpy.graphs.words import Words, shortened

STYLES = {
    "argument": "shape=ellipse",
    "free": 'shape=ellipse, style="filled,dashed"',
    "tensor": 'shape=box, style="filled,rounded"',
    "call": 'shape=box, style="filled,rounded", peripheries=2',
    "host": 'shape=box, style="filled,dashed"',
    "result": 'shape=ellipse, style="filled,bold"',
}
ACTIVE, QUIET, PLAIN, WARM = "#fce2c2", "#f3f5f8", "#ffffff", "#b45309"


def dot(title: str, body: Block) -> str:
    """Text for `dot -Tsvg`."""
    lines = [
        f"digraph {_quoted(title)} {{",
        '  node [fontname="monospace", fontsize=11, style=filled, shape=box];',
        '  edge [fontname="monospace", fontsize=9];',
        *("  " + line for line in _block(body, Words(body))),
        *("  " + line for line in _edges(body)),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _block(block: Block, words: Words, around: int | None = None) -> Iterator[str]:
    """The nodes of a block; `around` is the tensor region that the block stands in."""
    run = around
    for node in block.nodes:
        if node.tensor_region != run:
            yield from ["}"] if run != around else []
            run = node.tensor_region
            if run != around:
                yield f"subgraph cluster_tensor_{run}_{node.number} {{"
                yield f'  label="tensor region {run}"; style=filled; color="#e9f5ec"; fontname="sans-serif";'
        yield from _node(node, words)
    yield from ["}"] if run != around else []


def _node(node: Node, words: Words) -> Iterator[str]:
    if node.form not in REGIONS:
        yield f"n{node.number} [label={_label(node, words)}, {_look(node)}];"
        return
    yield f"subgraph cluster_{node.number} {{"
    yield f'  label={_quoted(shortened(node.text, 48))}; style=solid; color="#667788"; fontname="monospace";'
    yield f'  n{node.number} [label={_label(node, words)}, shape=hexagon, fillcolor="#dfe5ec"];'
    for k, inner in enumerate(node.blocks):
        yield f"  subgraph cluster_{node.number}_{k} {{"
        yield f'    label={_quoted(inner.label)}; style=dotted; color="#667788";'
        yield from ("    " + line for line in _block(inner, words, node.tensor_region))
        yield "  }"
    yield "}"


def _label(node: Node, words: Words) -> str:
    title = node.operation if node.form in REGIONS else shortened(node.text, 48)
    told = f"carries {', '.join(node.carries)}" if node.carries else words.kind(node.kind)
    where = f"#{node.number} · {node.line}:{node.column + 1}"
    return _quoted("\n".join(line for line in (title, shortened(told, 48), where) if line))


def _look(node: Node) -> str:
    fill = PLAIN if node.form == "host" else ACTIVE if node.active else QUIET
    border = f', color="{WARM}", penwidth=1.8' if node.active else ""
    return f'{STYLES.get(node.form, "shape=box")}, fillcolor="{fill}"{border}'


def _edges(body: Block) -> Iterator[str]:
    """What a block gives to its region is written from the region's head, with the arrow turned: Graphviz, which has
    trouble with cycles through clusters, sees none.
    """
    for one in edges(body):
        looks = [f"label={_quoted(one.name)}"]
        looks += [f'color="{WARM}", penwidth=1.8'] if one.active else []
        looks += ["style=dashed, dir=back"] if one.source > one.target else []
        upper, lower = sorted((one.source, one.target))
        yield f"n{upper} -> n{lower} [{', '.join(looks)}];"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
