"""Functions with a derivative of the user's own, for the deriving half."""

from diffpy.runtime.registry import REGISTRY

__all__ = ["has_rule"]


def has_rule(function: object) -> bool:
    return bool(REGISTRY.find(function))
