"""Parts of buffers that are copied to be cleared: a derivative in, the same that reads them in place out."""

from __future__ import annotations

from collections import Counter

import gast

from diffpy.analysis import flow
from diffpy.syntax.trees import Rewriter, nodes
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.simplify_facts import (
    Derivative,
    Purity,
    bound_names,
    like_zeros,
    reverse_blocks,
    scopes,
)

_ARITHMETIC = gast.Add | gast.Sub | gast.Mult | gast.Div


def read_parts_in_place(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """What arithmetic makes of a part of a buffer, or adds to another buffer, is made of the part, and not of a copy.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         xs_bar = np.zeros_like(xs)
    ...         ys_bar = np.zeros_like(ys)
    ...         t1_part = xs_bar[1:].copy()
    ...         xs_bar[1:] = 0.0
    ...         t1_bar = t1_part * 0.25
    ...         t2_part = xs_bar[:-1].copy()
    ...         xs_bar[:-1] = 0.0
    ...         ys_bar[1:] += t2_part
    ...         z_bar = ys_bar[1:].copy() * 0.1
    ... ''', read_parts_in_place))
    def f(x):
        with reverse:
            xs_bar = np.zeros_like(xs)
            ys_bar = np.zeros_like(ys)
            t1_bar = xs_bar[1:] * 0.25
            xs_bar[1:] = 0.0
            ys_bar[1:] += xs_bar[:-1]
            xs_bar[:-1] = 0.0
            z_bar = ys_bar[1:] * 0.1
    """
    for scope in scopes(tree):
        _Parts(scope, known).read()
    return tree


class _Parts:
    def __init__(self, scope: gast.FunctionDef, known: Derivative) -> None:
        self.scope = scope
        self.purity = Purity(known, bound_names(scope))
        self.reads = flow.loads(*scope.body)
        every = list(every_statement(scope.body))
        self.bound = Counter(n.id for n in nodes(scope) if isinstance(n, gast.Name) and _is_bound(n))
        self.own: dict[str, str] = {}
        before = -1
        while before != len(self.own):
            before = len(self.own)
            for s in every:
                self.note(s)

    def note(self, s: gast.stmt) -> None:
        """A name of a buffer that is nothing else's and no view: its first name says which."""
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=value) if self.bound[name] == 1:
                if like_zeros(value) is not None:
                    self.own[name] = name
                elif isinstance(value, gast.Name) and value.id in self.own:
                    self.own[name] = self.own[value.id]

    def read(self) -> None:
        for block in reverse_blocks(self.scope):
            for k in range(len(block) - 3, -1, -1):
                part = self.copied(block[k])
                if part is not None and self.is_cleared(block[k + 1], block[k].value.func.value):
                    if self.may_read(part, block[k + 2], block[k].value.func.value):
                        _Reading(part, block[k].value.func.value).visit(block[k + 2])
                        block[k : k + 3] = [block[k + 2], block[k + 1]]
            for s in block:
                if isinstance(s, gast.Assign | gast.AugAssign):
                    s.value = _Consuming().visit(s.value)

    def copied(self, s: gast.stmt) -> str | None:
        """p of p = x_bar[...].copy(), which is read once."""
        match s:
            case gast.Assign(
                targets=[gast.Name(id=part)],
                value=gast.Call(
                    func=gast.Attribute(value=gast.Subscript(value=gast.Name()), attr="copy"),
                    args=[],
                    keywords=[],
                ),
            ) if self.bound[part] == 1 and self.reads[part] == 1:
                return part
        return None

    def is_cleared(self, s: gast.stmt, place: gast.Subscript) -> bool:
        match s:
            case gast.Assign(targets=[gast.Subscript() as target], value=gast.Constant()):
                return _is_same(target, place)
        return False

    def may_read(self, part: str, s: gast.stmt, place: gast.Subscript) -> bool:
        """Whether a statement reads the part at once, and into nothing that it is a part of."""
        if flow.loads(s)[part] != 1:
            return False
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.BinOp(op=op) as value):
                fresh = isinstance(op, _ARITHMETIC) and self.purity.is_pure(value)
                return fresh and name not in flow.names_read(place)
            case gast.AugAssign(target=gast.Subscript(value=gast.Name(id=other)), value=value):
                both = {self.own.get(other), self.own.get(place.value.id)}
                return len(both - {None}) == 2 and self.purity.is_pure(value)
        return False


def _is_same(one: gast.Subscript, other: gast.Subscript) -> bool:
    """Whether two subscripts are written alike."""
    return gast.dump(one.value) == gast.dump(other.value) and gast.dump(one.slice) == gast.dump(other.slice)


def _is_bound(name: gast.Name) -> bool:
    return isinstance(name.ctx, gast.Store | gast.Param)


class _Reading(Rewriter):
    def __init__(self, part: str, place: gast.Subscript) -> None:
        self.part, self.place = part, place

    def visit_Name(self, node: gast.Name) -> gast.expr:
        return self.place if node.id == self.part else node


class _Consuming(Rewriter):
    """What arithmetic reads it needs no copy of."""

    def visit_BinOp(self, node: gast.BinOp) -> gast.expr:
        node.left, node.right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, _ARITHMETIC):
            node.left, node.right = _uncopied(node.left), _uncopied(node.right)
        return node

    def visit_Lambda(self, node: gast.Lambda) -> gast.Lambda:
        return node


def _uncopied(node: gast.expr) -> gast.expr:
    match node:
        case gast.Call(
            func=gast.Attribute(value=gast.Subscript(value=gast.Name()) as part, attr="copy"),
            args=[],
            keywords=[],
        ):
            return part
    return node
