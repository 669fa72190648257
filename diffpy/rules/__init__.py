"""What is known of each operation: importing this package fills TABLE."""

from diffpy.rules import (
    arithmetic,
    builtins,
    constants,
    elementwise,
    indexing,
    linalg,
    methods,
    reductions,
    scalars,
    shapes,
    sorting,
)
from diffpy.rules.table import TABLE

__all__ = [
    "TABLE", "arithmetic", "builtins", "constants", "elementwise", "indexing", "linalg", "methods", "reductions",
    "scalars", "shapes", "sorting",
]
