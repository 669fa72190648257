"""Rules of the functions that forward mode calls, so that a differential has derivatives of its own."""

from __future__ import annotations

from diffpy.rules.table import constant, linear
from diffpy.runtime.arrays import unbroadcast
from diffpy.runtime.blocks import assembled, disassembled
from diffpy.runtime.transposes import formed_like

ZEROS, DIFFERENTIALS = "diffpy.runtime.zeros.", "diffpy.runtime.written_differentials."
BLOCKS = "diffpy.runtime.blocks."

linear(
    "settled",
    "dot, y",
    of=(ZEROS + "settled",),
    no_derivative={"y": "only its shape and type are used"},
    dot=lambda d, dot_shape: unbroadcast(d, dot_shape),
)
linear(
    "in_form",
    "dot, value",
    of=(DIFFERENTIALS + "in_form",),
    no_derivative={"value": "only its structure and type are used"},
    dot=lambda d, dot: formed_like(d, dot),
)
linear(
    "mirrored",
    "y_dot, y, x, x_dot",
    of=(ZEROS + "mirrored",),
    no_derivative=dict.fromkeys("yx", "only its memory is looked at"),
    y_dot=lambda d, y_dot: formed_like(d, y_dot),
    x_dot=lambda d, x_dot: 0.0 * x_dot,
)
constant(ZEROS + "zero_like", ZEROS + "gathering_zero")
constant(DIFFERENTIALS + "zero_of_numbers")

# Rows of Jacobians

linear(
    "assembled",
    "rows, like, value",
    of=(BLOCKS + "assembled",),
    no_derivative=dict.fromkeys(("like", "value"), "only its structure and shapes are used"),
    rows=lambda d, like, value: disassembled(d, like, value),
)
linear(
    "disassembled",
    "blocks, like, value",
    of=(BLOCKS + "disassembled",),
    no_derivative=dict.fromkeys(("like", "value"), "only its structure and shapes are used"),
    blocks=lambda d, like, value: assembled(d, like, value),
)
constant(BLOCKS + "seeds_of")
