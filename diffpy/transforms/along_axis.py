"""np.put_along_axis: a call and its arguments in, a store by an index for each axis out."""

from __future__ import annotations

import gast

from diffpy.analysis.infer_containers import static_int
from diffpy.analysis.kinds import Array
from diffpy.syntax.build import load
from diffpy.transforms.flat_stores import Block, Stores

_NAMES = ("arr", "indices", "values", "axis")


def put(self: Stores, s: gast.stmt, args: list, keywords: dict) -> Block | None:
    """np.put_along_axis(a, k, v, 1)

    Before:                              After, for two axes:
        np.put_along_axis(a, k, v, 1)        t1 = a.shape
                                             t2 = t1[0]
                                             t3 = np.arange(t2)
                                             t4 = np.reshape(t3, (-1, 1))
                                             a[t4, k] = v
    """
    given = dict(zip(_NAMES, args, strict=False)) | keywords
    if given.keys() != {*_NAMES}:
        return None
    a, k, v, axis = (given[name] for name in _NAMES)
    kind, along = self.kind(a), static_int(axis)
    if not isinstance(kind, Array) or kind.dims is None or not isinstance(along, int):
        return None
    rank = len(kind.dims)
    if not -rank <= along < rank:
        return None
    shape = self.temporary()
    done, index = self.said(f"{shape} = a.shape", s, a=a), []
    for place in range(rank):
        if place == along % rank:
            index.append(k)
            continue
        size, numbers, laid = (self.temporary() for _ in range(3))
        axes = ", ".join("-1" if one == place else "1" for one in range(rank))
        lines = f"{size} = {shape}[{place}]\n{numbers} = np.arange({size})\n{laid} = np.reshape({numbers}, ({axes},))"
        done += self.said(lines, s, np=self.numpy())
        index.append(load(laid))
    where = gast.Tuple(index, gast.Load()) if rank > 1 else index[0]
    return [*done, gast.Assign([gast.Subscript(a, where, gast.Store())], v, None)]
