"""What is known of each operation: importing this package fills TABLE."""

from diffpy.rules import (
    arithmetic,
    builtins,
    complex_numbers,
    constants,
    cotangents,
    derived,
    elementwise,
    fourier,
    indexing,
    linalg,
    methods,
    moves,
    products,
    reductions,
    scalars,
    shapes,
    sorting,
)
from diffpy.rules.table import TABLE

__all__ = [
    "TABLE",
    "arithmetic",
    "builtins",
    "complex_numbers",
    "constants",
    "cotangents",
    "derived",
    "elementwise",
    "fourier",
    "indexing",
    "linalg",
    "methods",
    "moves",
    "products",
    "reductions",
    "scalars",
    "shapes",
    "sorting",
]
