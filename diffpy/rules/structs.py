"""What storing a field of a struct does, for the deriving half."""

from diffpy.runtime.carrying import own_method
from diffpy.runtime.made_structs import built, is_ordinary
from diffpy.runtime.struct_fields import (
    differentiable_fields,
    is_made,
    is_plain,
    is_transparent,
    state,
    tangent_fields,
)

__all__ = [
    "built",
    "differentiable_fields",
    "is_made",
    "is_ordinary",
    "is_plain",
    "is_transparent",
    "own_method",
    "state",
    "tangent_fields",
]
