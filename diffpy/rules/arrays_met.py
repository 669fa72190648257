"""Which values are arrays, for the deriving half."""

from diffpy.runtime.leaves import is_array, is_on_device

__all__ = ["is_array", "is_on_device"]
