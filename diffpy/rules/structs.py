"""What storing a field of a struct does, for the deriving half."""

from diffpy.runtime.absent import no_value, not_given
from diffpy.runtime.carrying import is_foreign, own_method
from diffpy.runtime.classes_made import class_of
from diffpy.runtime.made_structs import (
    built,
    holds_any,
    is_completed,
    is_followed,
    is_generated,
    is_ordinary,
    is_read,
)
from diffpy.runtime.moving import move_struct
from diffpy.runtime.struct_fields import (
    attribute_names,
    differentiable_fields,
    is_made,
    is_plain,
    is_plain_class,
    is_plain_named_tuple,
    is_plain_object,
    is_transparent,
    state,
    tangent_fields,
)

__all__ = [
    "attribute_names",
    "built",
    "class_of",
    "differentiable_fields",
    "holds_any",
    "is_completed",
    "is_followed",
    "is_foreign",
    "is_generated",
    "is_made",
    "is_ordinary",
    "is_plain",
    "is_plain_class",
    "is_plain_named_tuple",
    "is_plain_object",
    "is_read",
    "is_transparent",
    "move_struct",
    "no_value",
    "not_given",
    "own_method",
    "state",
    "tangent_fields",
]
