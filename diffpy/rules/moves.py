"""Rules of pullbacks that only move elements: each is linear, and its transpose is the operation itself."""

from __future__ import annotations

import numpy as xp

from diffpy.rules.table import linear
from diffpy.runtime.buffers import last_written, only_last, split_items
from diffpy.runtime.sequences import unpacked
from diffpy.runtime.transposes import items_joined, last_placed, packed

BUFFERS, TRANSPOSES = "diffpy.runtime.buffers.", "diffpy.runtime.transposes."
FORM = "only its structure, shape and type are used"

linear(
    "unpacked",
    "part, value, dtype=None, ndmin=0",
    of=("diffpy.runtime.sequences.unpacked",),
    ignores="ndmin",
    no_derivative={"value": FORM, "dtype": FORM},
    part=lambda d, part, dtype: packed(d, part, dtype),
)
linear(
    "packed",
    "value, like, dtype=None",
    of=(TRANSPOSES + "packed",),
    no_derivative={"like": FORM, "dtype": FORM},
    value=lambda d, value, dtype: unpacked(d, value, dtype),
)
linear(
    "rolled_back",
    "value, axis, start=0",
    of=("diffpy.runtime.arrays.rolled_back",),
    value=lambda d, axis, start: xp.rollaxis(d, axis, start),
)
linear(
    "pad_pullback",
    "value, shape, widths, mode='constant'",
    of=("diffpy.runtime.joins.pad_pullback",),
    value=lambda d, widths, mode: xp.pad(d, widths, mode=mode),
)
linear(
    "repeat_pullback",
    "value, shape, repeats, axis=None",
    of=("diffpy.runtime.joins.repeat_pullback",),
    value=lambda d, repeats, axis: xp.repeat(d, repeats, axis=axis),
)
linear(
    "split_items",
    "y_bar, sizes",
    of=(BUFFERS + "split_items",),
    no_derivative={"sizes": FORM},
    y_bar=lambda d, sizes: items_joined(d, sizes),
)
linear(
    "items_joined",
    "value, sizes",
    of=(TRANSPOSES + "items_joined",),
    no_derivative={"sizes": FORM},
    value=lambda d, sizes: split_items(d, sizes),
)
linear(
    "last_written",
    "x_bar, key",
    of=(BUFFERS + "last_written",),
    no_derivative={"key": FORM},
    x_bar=lambda d, x_bar, key: last_placed(d, x_bar, key),
)
linear(
    "last_placed",
    "value, x_bar, key",
    of=(TRANSPOSES + "last_placed",),
    no_derivative={"x_bar": FORM, "key": FORM},
    value=lambda d, key: last_written(d, key),
)
linear(
    "only_last",
    "value, x, key",
    of=(BUFFERS + "only_last",),
    no_derivative={"x": FORM, "key": FORM},
    value=lambda d, x, key: only_last(d, x, key),
)
