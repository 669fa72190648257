"""What storing a field of a struct does, for the deriving half."""

from diffpy.runtime.struct_fields import is_plain, is_transparent

__all__ = ["is_plain", "is_transparent"]
