"""Shapes on tapes: a derivative in, the same that keeps the shape of an array where it reads no more of it, out."""

from __future__ import annotations

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import load, store
from diffpy.syntax.trees import copied, nodes
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.simplify_facts import Derivative
from diffpy.transforms.simplify_tape import Reading, readings


def record_shapes(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """An array whose shape alone is read in the reverse loop is not kept, its shape is.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     tape = []
    ...     for i in r:
    ...         tape.append((t1, t2))
    ...     with reverse:
    ...         for t1, t2 in reversed(tape):
    ...             x_bar = x_bar + unbroadcast(t2, np.shape(t1))
    ... ''', record_shapes))
    def f(x):
        tape = []
        for i in r:
            tape.append((np.shape(t1), t2))
        with reverse:
            for t1_shape, t2 in reversed(tape):
                x_bar = x_bar + unbroadcast(t2, t1_shape)
    """
    unset = {n for s in every_statement(tree.body) if _is_none(s) for n in flow.names_written(s)}
    for one in readings(tree, known):
        if one.fits():
            _keep_shapes(one, known, unset)
    return tree


def _is_none(s: gast.stmt) -> bool:
    """A name that a branch may leave unset."""
    return isinstance(s, gast.Assign) and isinstance(s.value, gast.Constant) and s.value.value is None


def _keep_shapes(reading: Reading, known: Derivative, unset: set[str]) -> None:
    loop, pattern, entries = reading.loop, reading.pattern, reading.entries
    for k, e in enumerate(pattern.elts):
        alike = all(isinstance(one.elts[k], gast.Name) and one.elts[k].id == e.id for one in entries)
        read = _shape_alone(loop.body, e.id) if isinstance(e, gast.Name) and alike else None
        if read is None or (isinstance(read, gast.Attribute) and e.id in unset):
            continue
        name = known.names.fresh(f"{e.id}_shape")
        for one in entries:
            one.elts[k] = copied(read)
        pattern.elts[k] = store(name)
        for s in loop.body:
            _Shapes(e.id, name).visit(s)


def _shape_alone(block: list[gast.stmt], name: str) -> gast.expr | None:
    """How the block asks for the shape of a name, if it does nothing else with the name."""
    read = [n for n in nodes(*block) if isinstance(n, gast.Name) and n.id == name]
    asked = [n for n in nodes(*block) if _is_shape(n, name)]
    return asked[0] if asked and len(asked) == len(read) else None


def _is_shape(n: gast.AST, name: str) -> bool:
    """np.shape(x) or x.shape."""
    match n:
        case gast.Call(func=gast.Attribute(attr="shape"), args=[gast.Name(id=x)], keywords=[]):
            return x == name
        case gast.Attribute(value=gast.Name(id=x), attr="shape"):
            return x == name
    return False


class _Shapes(gast.NodeTransformer):
    def __init__(self, name: str, shape: str) -> None:
        self.name, self.shape = name, shape

    def visit(self, node: gast.AST) -> gast.AST:
        return load(self.shape) if _is_shape(node, self.name) else self.generic_visit(node)
