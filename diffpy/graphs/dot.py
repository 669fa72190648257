"""The graph in the language of Graphviz: regions are clusters, nodes are boxes."""

from __future__ import annotations

from collections.abc import Iterator

from diffpy.analysis.graph import Block, Node
from diffpy.graphs.words import Words, shortened

STYLES = {
    "argument": "shape=ellipse",
    "free": 'shape=ellipse, style="filled,dashed"',
    "tensor": 'shape=box, style="filled,rounded"',
    "call": 'shape=box, style="filled,rounded", peripheries=2',
    "host": 'shape=box, style="filled,dashed"',
    "result": 'shape=ellipse, style="filled,bold"',
}
ACTIVE, QUIET, PLAIN = "#fde7cf", "#eaf0f6", "#ffffff"


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


def _block(block: Block, words: Words) -> Iterator[str]:
    run = None
    for node in block.nodes:
        if node.tensor_region != run:
            yield from ["}"] if run is not None else []
            run = node.tensor_region
            if run is not None:
                yield f"subgraph cluster_tensor_{run}_{node.number} {{"
                yield f'  label="tensor region {run}"; style=filled; color="#e9f5ec"; fontname="sans-serif";'
        yield from _node(node, words)
    yield from ["}"] if run is not None else []


def _node(node: Node, words: Words) -> Iterator[str]:
    if not node.blocks:
        yield f"n{node.number} [label={_label(node, words)}, {_look(node)}];"
        return
    yield f"subgraph cluster_{node.number} {{"
    yield f'  label={_quoted(shortened(node.text, 48))}; style=solid; color="#667788"; fontname="monospace";'
    yield f'  n{node.number} [label={_label(node, words)}, shape=hexagon, fillcolor="#dfe5ec"];'
    for k, inner in enumerate(node.blocks):
        yield f"  subgraph cluster_{node.number}_{k} {{"
        yield f'    label={_quoted(inner.label)}; style=dotted; color="#667788";'
        yield from ("    " + line for line in _inside(inner, words))
        yield "  }"
    yield "}"


def _inside(block: Block, words: Words) -> Iterator[str]:
    for node in block.nodes:
        yield from _node(node, words)


def _label(node: Node, words: Words) -> str:
    detail = (
        words.kind(node.kind) if not node.blocks else ", ".join([*(f"carries {c}" for c in node.carries)])
    )
    lines = [shortened(node.text, 48), detail, f"{node.line}:{node.column + 1}"]
    return _quoted("\n".join(line for line in lines if line))


def _look(node: Node) -> str:
    fill = ACTIVE if node.active else PLAIN if node.form == "host" else QUIET
    return f'{STYLES.get(node.form, "shape=box")}, fillcolor="{fill}"'


def _edges(block: Block) -> Iterator[str]:
    for node in block.walk():
        for one in node.inputs:
            yield f"n{one.source} -> n{node.number} [label={_quoted(one.name)}];"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
