"""Functions that make contexts, for the deriving half."""

from diffpy.runtime.leaving import makes_contexts

__all__ = ["makes_contexts"]
