"""Rules of values that a library computed, to which a formula is attached."""

from __future__ import annotations

from diffpy.rules.table import constant, elementwise, rule
from diffpy.runtime.attached import one_order, two_orders

ATTACHED = "diffpy.runtime.attached."
VALUE = "only its value is used, and the formula has its derivative"

rule(
    "attached",
    "value, formula",
    of=(ATTACHED + "attached",),
    no_derivative={"value": VALUE},
    forward={"formula": lambda d: d},
    formula=lambda d: d,
)
rule(
    "attached_twice",
    "value, formula",
    of=(ATTACHED + "attached_twice",),
    no_derivative={"value": VALUE},
    forward={"formula": lambda d, formula: d * two_orders(formula)},
    formula=lambda d, formula: d * two_orders(formula),
)
elementwise("two_orders", "x", lambda d, x: d * 0.0 * one_order(x), of=(ATTACHED + "two_orders",))
elementwise(
    "one_order",
    "x",
    None,
    of=(ATTACHED + "one_order",),
    no_derivative={"x": "of a solution two derivatives are known, and this would be the third"},
)
constant(ATTACHED + "computed", ATTACHED + "is_near")
