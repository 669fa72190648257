"""Which operations give views of their arguments, and which functions hand items on."""

from __future__ import annotations

import operator
from typing import Any

import gast

from diffpy.analysis.calls import TableCall

# Operations whose result may be a view of their first argument.
VIEWS = {
    "reshape",
    "ravel",
    "transpose",
    "swapaxes",
    "moveaxis",
    "rollaxis",
    "squeeze",
    "expand_dims",
    "broadcast_to",
    "sliding_window_view",
    "as_strided",
    "asarray",
    "ascontiguousarray",
    "asfortranarray",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "real",
    "imag",
    "diagonal",
    "T",
    "mT",
    "flip",
    "flipud",
    "fliplr",
    "rot90",
    "split",
    "array_split",
    "hsplit",
    "vsplit",
    "dsplit",
    "matrix_transpose",
    "permute_dims",
    "asanyarray",
    "view",
    "unstack",
    "broadcast_arrays",
    "require",
    "diag",
    "trim_zeros",
    "real_if_close",
    "numpy_number",
    "conj",
    "einsum",
    "mirror",
    "mirrored",
    "unbroadcast",
    "diff",
    "matrix_power",
}

# Of these those that give their argument itself for one value of a parameter, and a new array for any other.
_GIVING_BACK = {"diff": ("n", 0), "matrix_power": ("n", 1)}

# Of these those that take the same view of several arguments, of which the first one counts.
ALIKE = {"mirror", "mirrored"}


# Functions that make a new container of the items of old ones.
GATHER = {list, tuple, sorted, zip, enumerate, reversed, iter, operator.add, operator.mul, operator.getitem}


def hands_on_items(function: object) -> bool:
    """Whether a function makes a new container of the items of old ones."""
    return any(function is one for one in GATHER)


def is_view(found: TableCall) -> bool:
    """Whether the result of an operation may share memory with its argument."""
    if found.row.name == "einsum" and len(_einsum_arrays(found)) > 1:
        return False
    name = found.row.name.rsplit(".", 1)[-1]
    if name in _GIVING_BACK:
        return _may_be(found, *_GIVING_BACK[name])
    return name in VIEWS or "copy" in found.arguments


def _may_be(found: TableCall, parameter: str, value: object) -> bool:
    """Whether a parameter may be given a value, which is not its default."""
    match found.arguments.get(parameter):
        case None:
            return False
        case gast.Constant(value=given):
            return given == value
    return True


def taken_from(found: TableCall) -> Any:
    """The argument that a view is taken from: the first one, but for einsum("ij->ji", a)."""
    given = _einsum_arrays(found) if found.row.name == "einsum" else found.arguments.values()
    return next(iter(given), None)


def _einsum_arrays(found: TableCall) -> list[Any]:
    """The arrays that einsum takes: einsum("ij->ji", a), einsum(a, [0, 1], [1, 0])."""
    first, rest = found.arguments.get("subscripts"), found.arguments.get("operands", ())
    if isinstance(first, gast.Constant):
        return list(rest)
    every = [first, *rest]
    return every[0 : len(every) // 2 * 2 : 2]


def may_copy(found: TableCall) -> bool:
    """Whether it may be a copy too, by the layout of the argument."""
    name = found.row.name.rsplit(".", 1)[-1]
    return "copy" in found.arguments or name in _PERHAPS or name in _GIVING_BACK


def always_views(found: TableCall) -> bool:
    """Whether the result of an operation on an array shares memory with it, entry for entry, whatever its layout."""
    return found.row.name.rsplit(".", 1)[-1] in _ALWAYS and "copy" not in found.arguments


_ALWAYS = {
    *("T", "mT", "transpose", "matrix_transpose", "permute_dims", "swapaxes", "moveaxis", "rollaxis"),
    *("squeeze", "expand_dims", "flip", "flipud", "fliplr", "rot90"),
}
_PERHAPS = {
    "reshape",
    "ravel",
    "asarray",
    "ascontiguousarray",
    "asfortranarray",
    "asanyarray",
    "require",
    "view",
    "as_strided",
    "diag",
    "real_if_close",
    "numpy_number",
    "conj",
    "mirror",
    "unbroadcast",
    "mirrored",
}
