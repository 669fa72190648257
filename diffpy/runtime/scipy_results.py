"""Results of SciPy's that are objects, as structs of which some fields have a derivative."""

from __future__ import annotations

from typing import Any

from scipy.optimize import OptimizeResult

from diffpy.runtime.struct_fields import register_fields
from diffpy.runtime.structures import tangent_vector
from diffpy.runtime.tangents import field_of


class Result(OptimizeResult):
    """A result of SciPy's; what has a derivative is an attribute too, which result["x"] reads."""

    def __getitem__(self, name: str) -> Any:
        if name not in vars(self):
            raise KeyError(name)
        return getattr(self, name)


def filled(result: Any, found: Any, **parts: Any) -> Any:
    """A result with what was found, and with parts in the place of the same."""
    dict.update(result, found)
    dict.update(result, parts)
    vars(result).update(dict.items(result))
    return result


def register_result(kind: type, *names: str) -> None:
    """Make a kind of result a struct with these fields."""
    register_fields(kind, names)
    made: Any = tangent_vector(kind)
    made.__getitem__ = item_of_tangent


def item_of_tangent(x_dot: Any, name: str) -> Any:
    """The tangent of result["x"], which is that of result.x."""
    return getattr(x_dot, name)


def part_given(d: Any, name: str, like: Any) -> Any:
    """The cotangent of a field; zeros where nothing depends on it."""
    part = d.get(name) if isinstance(d, dict) else field_of(d, name)
    return 0.0 * like if part is None else part
