"""What is known of each operation: importing this package fills TABLE."""

from diffpy.rules import (
    arithmetic,
    builtins,
    constants,
    cotangents,
    derived,
    elementwise,
    indexing,
    linalg,
    methods,
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
    "constants",
    "cotangents",
    "derived",
    "elementwise",
    "indexing",
    "linalg",
    "methods",
    "products",
    "reductions",
    "scalars",
    "shapes",
    "sorting",
]
