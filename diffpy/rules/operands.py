"""Which arguments NumPy makes arrays of, for the deriving half."""

from diffpy.runtime.operands import makes_array

__all__ = ["makes_array"]
