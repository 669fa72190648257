"""Shapes on tapes: a derivative in, the same that keeps the shape of an array where it reads no more of it, out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import Array, Kind
from diffpy.syntax.build import load, store
from diffpy.syntax.trees import Rewriter, children, copied, nodes
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.simplify_facts import Derivative, like_zeros
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

    A cotangent of zeros is laid out like its array; where nothing notices, the shape is enough for it too:
    `t_bar = np.zeros_like(t)` becomes `t_bar = np.zeros(t_shape)`.
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
    asking = _Asking(loop.body)
    shapes: dict[str, str] = {}
    for k, e in enumerate(pattern.elts):
        alike = all(isinstance(one.elts[k], gast.Name) and one.elts[k].id == e.id for one in entries)
        read = asking.shape_alone(e.id, known) if isinstance(e, gast.Name) and alike else None
        if read is None or (isinstance(read, gast.Attribute) and e.id in unset):
            continue
        shapes[e.id] = known.names.fresh(f"{e.id}_shape")
        for one in entries:
            one.elts[k] = copied(read)
        pattern.elts[k] = store(shapes[e.id])
    for s in loop.body if shapes else ():
        _Shapes(shapes).visit(s)


class _Asking:
    """What a block does with each name: how often it mentions it, asks for its shape, and for zeros like it."""

    def __init__(self, block: list[gast.stmt]) -> None:
        self.block = block
        self.mentioned: Counter[str] = Counter()
        self.shapes: defaultdict[str, list[gast.expr]] = defaultdict(list)
        self.zeros: defaultdict[str, list[gast.Assign]] = defaultdict(list)
        for one in nodes(*block):
            if isinstance(one, gast.Name):
                self.mentioned[one.id] += 1
            elif (name := _shape_of(one)) is not None:
                self.shapes[name].append(one)
        for s in every_statement(block):
            if (name := _zeros_like(s)) is not None:
                self.zeros[name].append(s)

    def shape_alone(self, name: str, known: Derivative) -> gast.expr | None:
        """How the block asks for the shape of a name, if it does nothing else with the name."""
        asked, zeros = self.shapes[name], self.zeros[name]
        if zeros and not _is_plain_array(known.kind_of(name)):
            return None
        if zeros and not all(_keeps_layout(self.block, s) for s in zeros):
            return None
        if not self.mentioned[name] or len(asked) + len(zeros) != self.mentioned[name]:
            return None
        return asked[0] if asked else gast.Attribute(load(name), "shape", gast.Load())


def _is_plain_array(kind: Kind) -> bool:
    return isinstance(kind, Array) and kind.dims is not None and kind.dtype == "float64"


def _zeros_like(s: gast.AST) -> str | None:
    """x for bar = np.zeros_like(x)."""
    match s:
        case gast.Assign(targets=[gast.Name()], value=value):
            array = like_zeros(value)
            return array.id if isinstance(array, gast.Name) else None
    return None


# What gives the same for arrays of the same entries.
_OF_VALUES = frozenset("sum vdot tensordot where unbroadcast matmul_left matmul_right".split())


def _keeps_layout(block: list[gast.stmt], zeros: gast.Assign) -> bool:
    """Whether nothing in the block but the memory of a cotangent would be different in another order."""
    bar = zeros.targets[0].id
    parents = {id(below): one for one in nodes(*block) for below in children(one)}
    mentions = [n for n in nodes(*block) if isinstance(n, gast.Name) and n.id == bar]
    return all(_is_value(n, parents) for n in mentions)


def _is_value(node: gast.AST, parents: Mapping[int, gast.AST]) -> bool:
    """Whether the entries of an expression are read or changed, and no view of it is named."""
    parent = parents[id(node)]
    match parent:
        case gast.BinOp() | gast.UnaryOp() | gast.AugAssign():
            return True
        case gast.Call(func=gast.Attribute(attr=name) | gast.Name(id=name)):
            return name in _OF_VALUES
        case gast.Subscript(value=value, ctx=ctx) if value is node:
            return isinstance(ctx, gast.Store) or _is_value(parent, parents)
        case gast.Assign():
            return parent.value is not node
        case gast.Attribute(attr="copy"):
            return True
    return False


def _shape_of(n: gast.AST) -> str | None:
    """x for np.shape(x) and x.shape."""
    match n:
        case gast.Call(func=gast.Attribute(attr="shape"), args=[gast.Name(id=x)], keywords=[]):
            return x
        case gast.Attribute(value=gast.Name(id=x), attr="shape"):
            return x
    return None


class _Shapes(Rewriter):
    """Reads shapes under their own names; `shapes` are these, by the names of the arrays."""

    def __init__(self, shapes: Mapping[str, str]) -> None:
        self.shapes = shapes

    def visit(self, node: gast.AST) -> gast.AST:
        shape = self.shapes.get(_shape_of(node) or "")
        if shape is not None:
            return load(shape)
        shape = self.shapes.get(_zeros_like(node) or "")
        if shape is not None:
            node.value.func.attr, node.value.args[0] = "zeros", load(shape)
            return node
        return self.generic_visit(node)
