"""What storing a field of a struct does, for the deriving half."""

from diffpy.runtime.struct_fields import differentiable_fields, is_plain, is_transparent

__all__ = ["differentiable_fields", "is_plain", "is_transparent"]
