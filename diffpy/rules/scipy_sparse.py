"""Rules of products with sparse matrices and of their systems, read once a program has imported scipy.sparse."""

from __future__ import annotations

from diffpy.rules.table import linear
from diffpy.runtime.sparse import back_through, back_through_left, back_through_solved, times, times_left

_HERE = "diffpy.runtime.sparse"

linear("times", "kept, matrix, x", of=(f"{_HERE}.times",), x=lambda d, kept: back_through(kept, d))
linear(
    "times_left", "kept, x, matrix", of=(f"{_HERE}.times_left",), x=lambda d, kept: back_through_left(kept, d)
)
linear(
    "solved",
    "kept, matrix, b",
    of=(f"{_HERE}.solved",),
    b=lambda d, kept, b_shape: back_through_solved(kept, d, b_shape),
)
linear("back_through", "kept, c", of=(f"{_HERE}.back_through",), c=lambda d, kept: times(kept, None, d))
linear(
    "back_through_left",
    "kept, c",
    of=(f"{_HERE}.back_through_left",),
    c=lambda d, kept: times_left(kept, d, None),
)
