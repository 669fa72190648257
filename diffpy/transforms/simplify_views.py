"""Views of cotangents: a derivative in, the same that takes them in the reverse sweep, where it reads them, out."""

from __future__ import annotations

from collections import Counter

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import RANGE
from diffpy.syntax.build import load, store
from diffpy.syntax.trees import copied, nodes
from diffpy.transforms.blocks import blocks_below, every_statement
from diffpy.transforms.simplify_facts import Derivative, is_reverse_sweep, like_zeros, scopes
from diffpy.transforms.simplify_tape import readings


def take_views_again(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """A reverse loop takes the same view of a cotangent that the forward loop took, and none is recorded.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     a_bar = np.zeros_like(a)
    ...     tape = []
    ...     for i in r:
    ...         t1_bar = a_bar[1:]
    ...         tape.append((t1_bar, t2))
    ...     with reverse:
    ...         for t1_bar, t2 in reversed(tape):
    ...             t1_bar[...] += t2
    ... ''', take_views_again))
    def f(x):
        a_bar = np.zeros_like(a)
        tape = []
        for i in r:
            t1_bar = a_bar[1:]
            tape.append((t1_bar, t2))
        with reverse:
            for t1_bar, t2 in reversed(tape):
                a_bar[1:] += t2
    """
    views = _views(tree)
    if views and not _works_on_copies(tree, known):
        for scope in scopes(tree):
            for s in scope.body:
                if is_reverse_sweep(s):
                    _taken(s.body, views, frozenset())
    return tree


def _works_on_copies(tree: gast.FunctionDef, known: Derivative) -> bool:
    """Whether the reverse sweep has buffers of its own."""
    stems = known.names.stems
    return any(isinstance(n, gast.Name) and stems.get(n.id) == "fresh_buffers" for n in nodes(tree))


def _views(tree: gast.FunctionDef) -> dict[str, gast.Subscript]:
    """Names of views of arrays that are made once, outside of loops, and named once: name -> view."""
    every = [s for s in every_statement(tree.body) if isinstance(s, gast.Assign)]
    made = Counter(n for s in every for n in flow.names_written(s))
    single = [s for s in every if isinstance(s.targets[0], gast.Name) and made[s.targets[0].id] == 1]
    first = {id(s) for s in tree.body}
    outside = [s for s in single if id(s) in first]
    arrays = {s.targets[0].id for s in outside if like_zeros(s.value) is not None}
    copies = {s.targets[0].id: s.value.id for s in outside if isinstance(s.value, gast.Name)}
    while more := {name for name, whose in copies.items() if whose in arrays and name not in arrays}:
        arrays |= more
    return {
        s.targets[0].id: s.value
        for s in single
        if isinstance(s.value, gast.Subscript)
        and isinstance(s.value.value, gast.Name)
        and s.value.value.id in arrays
        and _is_basic(s.value.slice)
    }


def _is_basic(index: gast.expr) -> bool:
    """Slices and constants, among them one slice at least: an array's view, wherever it is taken."""
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    return any(isinstance(p, gast.Slice) for p in parts) and all(
        isinstance(n, gast.Slice | gast.Constant | gast.UnaryOp) for p in parts for n in nodes(p)
    )


def _taken(block: list[gast.stmt], views: dict[str, gast.Subscript], bound: frozenset[str]) -> None:
    """Put views in place of names that the loops around bind."""
    for s in block:
        if isinstance(s, gast.For):
            _taken(s.body, views, bound | (flow.names_written(s.target) & views.keys()))
            continue
        for inner in (getattr(s, "body", None), getattr(s, "orelse", None)):
            if isinstance(inner, list):
                _taken(inner, views, bound)
        if not isinstance(s, gast.If | gast.While | gast.With | gast.Try | gast.FunctionDef):
            _Taking({n: views[n] for n in bound}).visit(s)


class _Taking(gast.NodeTransformer):
    def __init__(self, views: dict[str, gast.Subscript]) -> None:
        self.views = views

    def visit_Subscript(self, node: gast.Subscript) -> gast.AST:
        """All of a view is the view."""
        held = node.value
        whole = isinstance(node.slice, gast.Constant) and node.slice.value is Ellipsis
        if whole and isinstance(held, gast.Name) and held.id in self.views:
            made = copied(self.views[held.id])
            made.ctx = node.ctx
            return made
        return self.generic_visit(node)

    def visit_Name(self, node: gast.Name) -> gast.AST:
        return copied(self.views[node.id]) if node.id in self.views else node


def drop_unread_tapes(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """A loop that reads nothing of its tape runs as often as the forward loop did, and there is no tape.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     tape = []
    ...     for i in r:
    ...         tape.append((t1, t2))
    ...     with reverse:
    ...         for i, (t1, t2) in zip(reversed(r), reversed(tape)):
    ...             x_bar = x_bar * i
    ... ''', drop_unread_tapes))
    def f(x):
        for i in r:
            pass
        with reverse:
            for i in reversed(r):
                x_bar = x_bar * i
    """
    for one in readings(tree, known):
        names = flow.names_written(one.pattern)
        unread = not any(flow.names_read(inner) & names for inner in one.loop.body)
        if unread and not one.is_carried and _run_as_often(one.loop, one.tape, tree, known):
            _without(tree, one.tape, one.records)
    return tree


def _run_as_often(loop: gast.For, tape: str, tree: gast.FunctionDef, known: Derivative) -> bool:
    """Let the loop run through what the forward loop ran through, if that is a range; whether it does."""
    if isinstance(loop.iter, gast.Call) and loop.iter.func.id == "zip":
        if tape in flow.names_read(loop.iter.args[0]):  # its length says how often
            return False
        loop.target, loop.iter = loop.target.elts[0], loop.iter.args[0]
        return True
    forward = [s for s in nodes(tree) if isinstance(s, gast.For) and any(map(_records(tape), s.body))]
    if len(forward) != 1 or any(isinstance(n, gast.Break | gast.Continue) for n in nodes(*forward[0].body)):
        return False
    source = forward[0].iter
    if not isinstance(source, gast.Name) or known.kind_of(source.id) != RANGE:
        return False
    loop.target = store(known.names.fresh("_"))
    loop.iter = gast.Call(load("reversed"), [load(source.id)], [])
    return True


def _records(tape: str):  # type: ignore[no-untyped-def]
    return lambda s: isinstance(s, gast.Expr) and tape in flow.names_read(s)


def _without(tree: gast.FunctionDef, tape: str, records: list[gast.stmt]) -> None:
    for block in blocks_below(tree.body):
        kept = [s for s in block if s not in records and tape not in flow.names_written(s)]
        if len(kept) < len(block):
            block[:] = kept or [gast.Pass()]
