"""Methods of Python's and NumPy's containers that change their object, by their names."""

from __future__ import annotations

import operator

OF_CONTAINERS = frozenset(
    "append extend insert pop remove clear sort reverse setdefault update popitem "
    "appendleft extendleft popleft rotate move_to_end".split()
)
OF_SETS = frozenset(
    "add discard difference_update intersection_update symmetric_difference_update subtract".split()
)
OF_ARRAYS = frozenset("fill put itemset partition resize setfield byteswap".split())
SPECIAL = frozenset(
    {"__setitem__", "__delitem__", "__setattr__", "__delattr__"}
    | {name for name in dir(operator) if name.startswith("__i") and hasattr(operator, f"__{name[3:]}")}
)
MAKING = frozenset({"__init__"})  # that of what a class extends, which fills the object
OF_KEEPERS = frozenset("set put put_nowait".split())  # of context variables and queues
EVERY = OF_CONTAINERS | OF_SETS | OF_ARRAYS | SPECIAL
