"""Lists and arrays that are shuffled: a call in; out, a shuffle of the places, and the items in their order.

A shuffle draws as many numbers, and the same ones, whatever it moves.

Before:               After, for a list:            After, for an array:
    rng.shuffle(x)        t1 = len(x)                   t1 = len(x)
                          t2 = range(t1)                t2 = np.arange(t1)
                          t3 = list(t2)                 rng.shuffle(t2)
                          rng.shuffle(t3)               t3 = x[t2]
                          t4 = []                       x[...] = t3
                          for k in t3:
                              t5 = x[k]
                              t4.append(t5)
                          x[:] = t4
"""

from __future__ import annotations

import random

import gast
import numpy as np

from diffpy.analysis.kinds import GENERATORS, Array, Inert, ListOf
from diffpy.transforms.flat_stores import Block, Stores


def shuffled(self: Stores, s: gast.stmt, called: gast.Call, function: object) -> Block | None:
    """rng.shuffle(x), random.shuffle(x)"""
    match called:
        case gast.Call(func=func, args=[gast.Name() as x], keywords=[]) if isinstance(s, gast.Expr):
            if self.kind(x).may_differ and (function in _SHUFFLING or _is_generators(self, func)):
                return _in_order(self, s, func, x)
    return None


_SHUFFLING = (random.shuffle, np.random.shuffle)


def _is_generators(self: Stores, func: gast.expr) -> bool:
    match func:
        case gast.Attribute(value=gast.Name() as owner, attr="shuffle"):
            kind = self.kind(owner)
            return isinstance(kind, Inert) and kind.type in GENERATORS
    return False


def _in_order(self: Stores, s: gast.stmt, func: gast.expr, x: gast.expr) -> Block | None:
    kind = self.kind(x)
    size, order, moved = (self.temporary() for _ in range(3))
    if isinstance(kind, Array) and kind.dims:
        text = f"{size} = len(x)\n{order} = np.arange({size})\nf({order})\n{moved} = x[{order}]\nx[...] = {moved}"
        return self.said(text, s, np=self.numpy(), f=func, x=x)
    if not isinstance(kind, ListOf):
        return None
    places, place, item = (self.temporary() for _ in range(3))
    text = (
        f"{size} = len(x)\n{places} = range({size})\n{order} = list({places})\nf({order})\n{moved} = []\n"
        f"for {place} in {order}:\n    {item} = x[{place}]\n    {moved}.append({item})\nx[:] = {moved}"
    )
    return self.said(text, s, f=func, x=x)
