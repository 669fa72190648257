"""Which expressions are computed element by element: an expression in, its operations and what they take out."""

from __future__ import annotations

from collections.abc import Callable, Collection

import gast
import numpy as np

from diffpy.analysis import flow
from diffpy.rules.per_element import OURS, REDUCTIONS, SHAPED
from diffpy.transforms.cuda_functions import OPERATORS, UFUNCS

# what a name stands for that the function does not bind; None where it is not known
Find = Callable[[str], object]

FACTS = frozenset(("shape", "size", "ndim", "dtype"))  # what is known of an array before there is one

_SCALARS = (np.float16, np.float32, np.float64)


class Elements:
    """Tells elementwise expressions of a function whose own names are `own`."""

    def __init__(self, find: Find, own: Collection[str]) -> None:
        self.find, self.own = find, own

    def meant(self, function: gast.expr) -> object:
        """What the name of a function, or an attribute of a module, stands for."""
        match function:
            case gast.Name(id=name):
                return self.find(name) if name not in self.own else None
            case gast.Attribute(value=gast.Name(id=name), attr=attribute) if name not in self.own:
                return getattr(self.find(name), attribute, None)
        return None

    def is_one_of(self, value: gast.expr, functions: Collection[object]) -> bool:
        """Whether an expression is a call of one of the functions, of arguments that are written out."""
        if not isinstance(value, gast.Call) or value.keywords:
            return False
        meant = self.meant(value.func)
        is_written = not any(isinstance(one, gast.Starred) for one in value.args)
        return is_written and any(meant is one for one in functions)

    def is_reduction(self, value: gast.expr) -> bool:
        """Whether an expression is a sum, or a mean, of all elements of one that is elementwise, or of an array."""
        return self.is_one_of(value, REDUCTIONS) and len(value.args) == 1 and self.is_element(value.args[0])

    def is_axis_sum(self, value: gast.expr) -> bool:
        """Whether an expression is a sum over axes that are written out."""
        match value:
            case gast.Call(args=[summed], keywords=[_, *_] as keywords):
                named = {one.arg for one in keywords} <= {"axis", "keepdims"}
                is_written = all(
                    isinstance(one.value, gast.Constant | gast.Tuple | gast.UnaryOp) for one in keywords
                )
                return named and is_written and self.meant(value.func) is np.sum and self.is_element(summed)
        return False

    def is_element(self, value: gast.expr) -> bool:
        return self.is_leaf(value) or self.operations(value) > 0

    def operations(self, value: gast.expr) -> int:
        """How many elementwise operations an expression has; 0 where it has others too."""
        parts = self.operands(value)
        if not parts or not all(map(self.is_element, parts)):
            return 0
        return 1 + sum(map(self.operations, parts))

    def operands(self, value: gast.expr) -> list[gast.expr]:
        """What an elementwise operation takes; nothing of any other expression."""
        match value:
            case gast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return [left, right]
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                return [operand]
            case gast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPERATORS:
                return [left, right]
        if self.is_one_of(value, (*UFUNCS, *OURS)):
            return value.args
        if self.is_one_of(value, SHAPED) and len(value.args) == 2 and self.is_leaf(value.args[1]):
            return value.args[:1]
        return []

    def is_leaf(self, value: gast.expr) -> bool:
        """Whether an expression is a number, a name, or a part or a fact of what has a name."""
        match value:
            case gast.Constant(value=bool() | int() | float()) | gast.Name():
                return True
            case gast.Attribute(value=inner) if not isinstance(inner, gast.Name) or inner.id in self.own:
                return self.is_leaf(inner) and not isinstance(inner, gast.Constant)
            case gast.Subscript(value=inner, slice=index):
                return self.is_leaf(inner) and _is_plain(index)
            case gast.Tuple(elts=elements):
                return all(map(self.is_leaf, elements))
        return self.is_one_of(value, _SCALARS) and all(map(self.is_leaf, value.args))

    def leaves(self, value: gast.expr) -> list[gast.expr]:
        """The leaves of an elementwise expression, or of a reduction of one, shapes that it asks for among them."""
        if self.is_leaf(value):
            return [value]
        if self.is_reduction(value) or self.is_axis_sum(value):
            return self.leaves(value.args[0])
        shapes = value.args[1:] if self.is_one_of(value, SHAPED) else []
        return [leaf for one in self.operands(value) for leaf in self.leaves(one)] + shapes


def _is_plain(index: gast.expr) -> bool:
    """Whether an index calls nothing."""
    return not any(isinstance(one, gast.Call | gast.Lambda) for one in gast.walk(index))


def is_fact(leaf: gast.expr, names: Collection[str]) -> bool:
    """Whether of these names a leaf reads no more than facts: `t.shape`, `t.shape[0]`."""
    match leaf:
        case gast.Attribute(value=gast.Name(id=name), attr=attribute) if name in names:
            return attribute in FACTS
        case gast.Attribute(value=inner) | gast.Subscript(value=inner):
            index = leaf.slice if isinstance(leaf, gast.Subscript) else None
            is_apart = index is None or not flow.names_read(index) & {*names}
            return is_apart and is_fact(inner, names)
        case gast.Tuple(elts=elements) | gast.Call(args=elements):
            return all(is_fact(one, names) for one in elements)
    return not flow.names_read(leaf) & {*names}
