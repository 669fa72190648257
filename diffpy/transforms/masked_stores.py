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
    repeated, value = self.repeated_values(s, v, load(part))
    before = self.said(f"{part} = a[mask]", s, a=a, mask=mask)
    return [*before, *repeated, *self.said("a[mask] = v", s, a=a, mask=mask, v=value)]


def put(self: Stores, s: gast.stmt, args: list, keywords: dict) -> Block | None:
    """np.putmask(a, mask, v): to each place the value of its number, or from the first on again."""
    if not _is_masked(self, args, keywords):
        return None
    a, mask, v = args
    if isinstance(self.kind(v), Scalar):
        return self.said("a[mask] = v", s, a=a, mask=mask, v=v)
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
    return [one for text in lines for one in self.said(text, s, np=self.numpy(), a=a, mask=mask, v=v)]


def _is_masked(self: Stores, args: list, keywords: dict) -> bool:
    """Whether the arguments are an array, a mask that is an array of its shape, and values."""
    if len(args) != 3 or keywords or not self.is_array(args[0]):
        return False
    array, mask = self.kind(args[0]), self.kind(args[1])
    return isinstance(array, Array) and isinstance(mask, Array) and array.dims == mask.dims is not None
