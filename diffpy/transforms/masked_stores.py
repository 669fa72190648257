"""np.place and np.putmask: a call and its arguments in, stores by a mask out."""

from __future__ import annotations

import gast

from diffpy.analysis.kinds import Array, Scalar
from diffpy.syntax.build import load
from diffpy.transforms.flat_stores import Block, Stores


def placed(self: Stores, s: gast.stmt, args: list, keywords: dict) -> Block | None:
    """np.place(a, mask, v): the values one after the other, from the first on again where they are too few."""
    if not _is_masked(self, args, keywords):
        return None
    a, mask, v = args
    part = self.temporary()
    laid, mask = _over(self, s, mask, a)
    repeated, value = self.repeated_values(s, v, load(part))
    before = self.said(f"{part} = a[mask]", s, a=a, mask=mask)
    return [*laid, *before, *repeated, *self.said("a[mask] = v", s, a=a, mask=mask, v=value)]


def put(self: Stores, s: gast.stmt, args: list, keywords: dict) -> Block | None:
    """np.putmask(a, mask, v): to each place the value of its number, or from the first on again."""
    if not _is_masked(self, args, keywords):
        return None
    a, mask, v = args
    laid, mask = _over(self, s, mask, a)
    if isinstance(self.kind(v), Scalar):
        return [*laid, *self.said("a[mask] = v", s, a=a, mask=mask, v=v)]
    count, order, shape, numbers, flat, size, turn, places, value = (self.temporary() for _ in range(9))
    lines = (
        f"{count} = a.size",
        f"{order} = np.arange({count})",
        f"{shape} = a.shape",
        f"{numbers} = np.reshape({order}, {shape})",
        f"{places} = {numbers}[mask]",
        f"{flat} = np.ravel(v)",
        f"{size} = np.size({flat})",
        f"{turn} = {places} % {size}",
        f"{value} = {flat}[{turn}]",
        f"a[mask] = {value}",
    )
    stored = [one for text in lines for one in self.said(text, s, np=self.numpy(), a=a, mask=mask, v=v)]
    return [*laid, *stored]


def _is_masked(self: Stores, args: list, keywords: dict) -> bool:
    """Whether the arguments are an array, a mask and values."""
    return len(args) == 3 and not keywords and self.is_array(args[0])


def _over(self: Stores, s: gast.stmt, mask: gast.expr, a: gast.expr) -> tuple[Block, gast.expr]:
    """The mask, of bools and in the shape of the array: NumPy wants no more than its size."""
    array, kind = self.kind(a), self.kind(mask)
    if isinstance(array, Array) and isinstance(kind, Array) and kind.dtype == "bool":
        if kind.dims == array.dims is not None:
            return [], mask
    flat, shape, over = (self.temporary() for _ in range(3))
    lines = (
        f"{flat} = np.asarray(mask, dtype=bool)",
        f"{shape} = a.shape",
        f"{over} = np.reshape({flat}, {shape})",
    )
    return [one for text in lines for one in self.said(text, s, np=self.numpy(), a=a, mask=mask)], load(over)
