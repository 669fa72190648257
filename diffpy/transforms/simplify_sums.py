"""Sums of products: a derivative in, the same with one contraction in place of a product and its sum out."""

from __future__ import annotations

from typing import Any

import gast

from diffpy.analysis.kinds import Array
from diffpy.syntax.build import call, constant, load
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.simplify_facts import Derivative, rewrite_sweeps


def contract_sums(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """A product of two arrays that is summed at once is never made.

    The sum of a product over all axes is np.vdot, in double precision; over the first axes, where one factor has no
    others, it is np.tensordot. An axis that is kept only to be taken off is not kept.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         x_bar = np.sum(xs_bar * xs)
    ...         y_bar = np.sum(t1_bar, axis=1, keepdims=True)[:, 0]
    ... ''', contract_sums))
    def f(x):
        with reverse:
            x_bar = np.vdot(xs_bar, xs)
            y_bar = np.sum(t1_bar, axis=1)
    """
    return rewrite_sweeps(tree, _Contracting(known))


class _Contracting(Rewriter):
    def __init__(self, known: Derivative) -> None:
        self.known = known

    def visit_Call(self, node: gast.Call) -> Any:
        self.generic_visit(node)
        match node:
            case gast.Call(
                func=gast.Attribute(value=gast.Name(id=module), attr="sum"),
                args=[gast.BinOp(left=gast.Name(id=d), op=gast.Mult(), right=gast.Name(id=a))],
                keywords=options,
            ) if module in ("np", "numpy"):
                found = self.contracted(module, d, a, options)
                return node if found is None else gast.copy_location(found, node)
        return node

    def visit_Subscript(self, node: gast.Subscript) -> Any:
        """np.sum(v, axis=1, keepdims=True)[:, 0], and what a minus stands before."""
        self.generic_visit(node)
        match node.value:
            case gast.UnaryOp(op=gast.USub(), operand=inside) if isinstance(node.ctx, gast.Load):
                node.value.operand = self.visit(gast.Subscript(inside, node.slice, node.ctx))
                return node.value
            case gast.Call(
                func=gast.Attribute(value=gast.Name(id="np" | "numpy"), attr="sum"),
                args=[_],
                keywords=[gast.keyword(value=gast.Constant(value=int(axis))), _ as kept],
            ) if kept.arg == "keepdims" and axis >= 0 and _takes_off(node.slice, axis):
                node.value.keywords = node.value.keywords[:1]
                return node.value
        return node

    def contracted(self, module: str, d: str, a: str, options: list[gast.keyword]) -> gast.expr | None:
        kinds = self.shape(d), self.shape(a)
        match kinds:
            case Array() as one, Array() as other if not options:
                exact = one.dtype == other.dtype == "float64" and one.dims == other.dims
                return call(f"{module}.vdot", load(d), load(a)) if exact else None
            case Array() as one, Array() as other if len(options) == 1 and one.dtype == other.dtype:
                count = _leading(options[0])
                rest = (other.dims or ())[count or 0 :]
                if not count or not rest or len(one.dims or ()) != len(other.dims or ()):
                    return None
                if set(rest) != {1} or (one.dims or ())[:count] != (other.dims or ())[:count]:
                    return None
                parts: list[gast.expr] = [constant(Ellipsis), *(constant(0) for _ in rest)]
                first = gast.Subscript(load(a), gast.Tuple(parts, gast.Load()), gast.Load())
                return call(f"{module}.tensordot", first, load(d), constant(count))
        return None

    def shape(self, name: str) -> Array | None:
        """The kind of an array of its full shape: of a cotangent what it is the cotangent of."""
        kind = self.known.kind_of(self.known.primals.get(name, name))
        full = name not in self.known.narrow and isinstance(kind, Array) and kind.dims
        return kind if full and isinstance(kind, Array) and kind.dtype.startswith("float") else None


def _takes_off(index: gast.expr, axis: int) -> bool:
    """Whether an index takes the first item along an axis: [:, 0] along axis 1."""
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    *before, last = parts
    whole = all(isinstance(one, gast.Slice) and one.lower is one.upper is one.step is None for one in before)
    return len(before) == axis and whole and isinstance(last, gast.Constant) and last.value == 0


def _leading(option: gast.keyword) -> int | None:
    """How many axes axis=0 or axis=(0, 1) names, where they are the first ones."""
    match option:
        case gast.keyword(arg="axis", value=gast.Constant(value=0)):
            return 1
        case gast.keyword(arg="axis", value=gast.Tuple(elts=axes)):
            places = [one.value if isinstance(one, gast.Constant) else None for one in axes]
            return len(places) if places == list(range(len(places))) else None
    return None
