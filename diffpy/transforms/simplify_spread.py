"""Numbers spread over arrays for nothing: a derivative in, the same in which NumPy broadcasts them out."""

from __future__ import annotations

from collections import Counter

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import Array, Dim
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.simplify_facts import Derivative, reverse_blocks, scopes

_PRODUCT = gast.Mult | gast.Div


def drop_spreads(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """What is spread over a shape only to be multiplied with arrays of that shape is left to NumPy's broadcasting.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         t1_bar = spread(0.5, xs.shape, None, False)
    ...         xs_bar = t1_bar * 2 * xs
    ...         t2_bar = spread(0.5, xs.shape, None, False)
    ...         ys_bar = t2_bar + xs
    ... ''', drop_spreads))
    def f(x):
        with reverse:
            t1_bar = 0.5
            xs_bar = t1_bar * 2 * xs
            t2_bar = spread(0.5, xs.shape, None, False)
            ys_bar = t2_bar + xs
    """
    bound = Counter(name for s in every_statement(_every_body(tree)) for name in flow.names_written(s))
    for scope in scopes(tree):
        _Spreads(scope, known, bound).drop()
    return tree


def _every_body(tree: gast.FunctionDef) -> list[gast.stmt]:
    return [s for scope in scopes(tree) for s in scope.body]


class _Spreads:
    def __init__(self, scope: gast.FunctionDef, known: Derivative, bound: Counter[str]) -> None:
        self.scope, self.known, self.bound = scope, known, bound

    def drop(self) -> None:
        found = {}
        for block in reverse_blocks(self.scope):
            for s in block:
                dims = self.spread_dims(s)
                if dims is not None:
                    found[s.targets[0].id] = (s, dims)
        if not found:
            return
        reads = Counter(n.id for n in nodes(*self.scope.body) if _is_read(n) and n.id in found)
        fine: Counter[str] = Counter()
        for product in self.products():
            factors = list(_factors(product))
            shapes = [self.dims(one) for one in factors]
            for one in factors:
                if isinstance(one, gast.Name) and one.id in found and found[one.id][1] in shapes:
                    fine[one.id] += 1
        for name, (s, _) in found.items():
            if fine[name] == reads[name]:
                s.value = s.value.args[0]

    def spread_dims(self, s: gast.stmt) -> tuple[Dim, ...] | None:
        """The dimensions over which a statement spreads what broadcasts there, under a name that is bound once."""
        match s:
            case gast.Assign(
                targets=[gast.Name(id=name)],
                value=gast.Call(
                    func=gast.Name(id=spread),
                    args=[
                        _,
                        gast.Attribute(value=gast.Name() as array, attr="shape"),
                        axis,
                        gast.Constant(value=kept),
                    ],
                ),
            ) if self.bound[name] == 1 and self.is_spread(spread):
                every = isinstance(axis, gast.Constant) and axis.value is None
                return self.dims(array) if kept or every else None
        return None

    def is_spread(self, name: str) -> bool:
        found = self.known.objects.get(name)
        module, own = getattr(found, "__module__", ""), getattr(found, "__name__", "")
        return own == "spread" and module == "diffpy.runtime.arrays"

    def dims(self, node: gast.expr) -> tuple[Dim, ...] | None:
        """The dimensions of a name that holds an array, and of a power of it."""
        if (
            isinstance(node, gast.BinOp)
            and isinstance(node.op, gast.Pow)
            and isinstance(node.right, gast.Constant)
        ):
            node = node.left
        kind = self.known.kind_of(node.id) if isinstance(node, gast.Name) else None
        dims = kind.dims if isinstance(kind, Array) else None
        return dims if dims and not any(isinstance(one, tuple) and one[0] == "?" for one in dims) else None

    def products(self) -> list[gast.expr]:
        """The outermost products of the reverse sweep."""
        inside: set[int] = set()
        found: list[gast.expr] = []
        for s in self.scope.body:
            for node in nodes(s):
                if _is_product(node):
                    found.append(node)
                    inside.update(id(one) for one in _links(node))
        return [one for one in found if id(one) not in inside]


def _is_read(node: gast.AST) -> bool:
    return isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Store)


def _is_product(node: gast.AST) -> bool:
    return isinstance(node, gast.BinOp) and isinstance(node.op, _PRODUCT)


def _links(node: gast.AST) -> list[gast.AST]:
    """What a product or a minus is directly made of."""
    if _is_product(node):
        return [node.left, node.right]
    return [node.operand] if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub) else []


def _factors(node: gast.AST) -> list[gast.AST]:
    found: list[gast.AST] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        parts = _links(one)
        waiting += parts
        if not parts:
            found.append(one)
    return found
