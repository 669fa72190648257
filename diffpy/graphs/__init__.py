"""`diffpy.graph`: a function in; the tensor graph that static analysis finds, as table, DOT and SVG, out."""

from __future__ import annotations

import functools
import os
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from diffpy.analysing import Analysed, analyse, prepare
from diffpy.analysis import flow
from diffpy.analysis.activity import active as active_names
from diffpy.analysis.graph import extract
from diffpy.analysis.kinds import UNKNOWN, Kind, as_real, kind_of
from diffpy.analysis.nodes import REGIONS, Block, Edge, Input, Node, edges
from diffpy.analysis.wording import Wording
from diffpy.arguments import wanted
from diffpy.errors import DifferentiationTypeError, UnsupportedSyntaxError
from diffpy.following.rounds import Asked, followed
from diffpy.graphs.dot import dot
from diffpy.graphs.svg import svg
from diffpy.graphs.table import table
from diffpy.graphs.words import Words
from diffpy.parameters import argument_kinds
from diffpy.targets import Target, target_of

__all__ = ["Block", "Edge", "Graph", "Input", "Node", "graph"]

_MISSING: Any = object()


@dataclass(frozen=True)
class Graph:
    """The tensor graph of one function: nodes in the order of the program, regions with blocks of nodes.

    `name` and `filename` say which function it is, `wrt` what derivatives are taken of, `body` is the block of
    its outermost nodes. Iteration goes over all nodes, `graph[3]` is the node that the table calls 3.
    """

    name: str
    filename: str
    wrt: tuple[str, ...]
    body: Block

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every node, those inside regions too, in the order of the program."""
        return tuple(self.body.walk())

    @property
    def inputs(self) -> tuple[Node, ...]:
        """Arguments, and the values that the function takes from around it."""
        return tuple(node for node in self.nodes if node.form in ("argument", "free"))

    @property
    def outputs(self) -> tuple[Node, ...]:
        """The result, if the function's end is reached."""
        return tuple(node for node in self.nodes if node.form == "result")

    @property
    def regions(self) -> tuple[Node, ...]:
        """The nodes that hold blocks of nodes: if, for, while, with, try."""
        return tuple(node for node in self.nodes if node.form in REGIONS)

    @property
    def host(self) -> tuple[Node, ...]:
        """Python between the tensor regions: prints, work on dictionaries, calls on inactive values."""
        return tuple(node for node in self.nodes if node.form == "host")

    @property
    def edges(self) -> tuple[Edge, ...]:
        """What flows from node to node; what a block gives flows into the region that the block is part of."""
        return tuple(edges(self.body))

    @property
    def tensor_regions(self) -> dict[int, tuple[Node, ...]]:
        """The maximal stretches of tensor work between host code: number -> nodes."""
        found: dict[int, list[Node]] = {}
        for node in self.nodes:
            if node.tensor_region is not None:
                found.setdefault(node.tensor_region, []).append(node)
        return {number: tuple(nodes) for number, nodes in found.items()}

    def __iter__(self) -> Iterator[Node]:
        return self.body.walk()

    def __len__(self) -> int:
        return len(self.nodes)

    def __getitem__(self, number: int) -> Node:
        """The node with this number; numbers start at 1."""
        for node in self.body.walk():
            if node.number == number:
                return node
        raise KeyError(number)

    def kind_of(self, node: Node) -> str:
        """The kind of what a node gives, in words: float64[n, 3]; one letter for one size in all of the graph."""
        return self._words.kind(node.kind)

    @functools.cached_property
    def _words(self) -> Words:
        return Words(self.body)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing (.svg), DOT text (.dot, .gv) or the table (.txt)."""
        texts = {".svg": lambda: self.svg, ".dot": lambda: self.dot, ".gv": lambda: self.dot}
        texts[".txt"] = lambda: f"{self}\n"
        ending = Path(path).suffix.lower()
        if ending not in texts:
            raise ValueError(f"a graph is saved as {', '.join(texts)}, not as {Path(path).name!r}")
        Path(path).write_text(texts[ending](), encoding="utf-8")

    @property
    def title(self) -> str:
        return f"{self.name}({', '.join(n.outputs[0] for n in self.body.nodes if n.form == 'argument')})"

    def __str__(self) -> str:
        return table(self.title, self.filename, self.body)

    @property
    def dot(self) -> str:
        """The graph in the language of Graphviz."""
        return dot(self.title, self.body)

    @property
    def svg(self) -> str:
        """The graph as a drawing."""
        return svg(self.title, self.body)

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        table = f"<details><summary>table</summary><pre>{escape(str(self))}</pre></details>"
        return f'<div style="overflow:auto">{self.svg}</div>{table}'


def graph(*, of: Callable[..., Any], at: Any = _MISSING, wrt: Any = None) -> Graph:
    """The tensor graph of a function, which is read and not run.

    Args:
        of: a plain Python function.
        at: a point; a tuple is the argument list. Only the kinds (types, dtypes, shapes) of its values are
            used. Without it kinds that the text does not tell stay unknown.
        wrt: names or positions of the arguments that derivatives are taken of; left out: all of those in `at`.

    Returns:
        The graph: `print` it as a table, take its `.dot` or `.svg`, or look at it in a notebook.

    Raises:
        DifferentiationError: the function's source is missing, or has statements that diffpy does not know.

    >>> found = graph(of=lambda x, y: x * y + x, at=(2.0, 3.0))
    >>> [node.operation for node in found]
    ['argument', 'argument', 'multiply', 'add', 'result']
    """
    target = _target(of)
    args = () if at is _MISSING else at if type(at) is tuple else (at,)
    if at is _MISSING:
        kinds = {**dict.fromkeys(target.parameters, UNKNOWN), **_bound_kinds(target)}
    else:
        kinds, _ = argument_kinds(target.function, *target.whole(args, {}))
    count = len(target.parameters) if at is _MISSING else len(target.before) + len(args)
    asked = wanted(wrt if not isinstance(wrt, list) else tuple(wrt), target, count)
    lively = tuple(name for name in asked if kinds[name].may_differ)
    real = {n: as_real(k) if n in lively else k for n, k in kinds.items()}
    found, active = _facts(target.function, real, lively)
    source = found.prepared.source
    wording = Wording(found.tree, source.found.node, found.names.temporaries)
    body = extract(found.tree, found.facts, active, found.aliases, wording, source.place)
    return Graph("lambda" if source.is_lambda else source.name, source.filename, lively, body)


def _facts(
    function: types.FunctionType, kinds: dict[str, Kind], wrt: tuple[str, ...]
) -> tuple[Analysed, frozenset[str]]:
    """The facts that derivation starts from; a call that it refuses to follow is left as it stands."""
    prepared = prepare(function)
    try:
        return followed(Asked(function, kinds, wrt), prepared, tries=True)
    except UnsupportedSyntaxError:
        found = analyse(function, kinds, prepared=prepared)
        results = flow.names_read(found.result)
        return found, active_names(found.tree, wrt, results, found.facts, found.aliases)


def _bound_kinds(target: Target) -> dict[str, Kind]:
    """Kinds of arguments that the callable holds: the object of a method, what a partial fixes."""
    given = {**dict(zip(target.parameters, target.before, strict=False)), **target.keywords}
    return {name: kind_of(value, name) for name, value in given.items() if name in target.parameters}


def _target(of: Any) -> Target:
    found = Target(of) if isinstance(of, types.FunctionType) else target_of(of)
    if found is not None:
        return found
    raise DifferentiationTypeError(
        f"of= needs a Python function, not {type(of).__name__} object {getattr(of, '__name__', '')}".rstrip(),
        because="the graph is read from a function's source",
        fix="wrap it in a function: def f(x): return g(x)",
    )
