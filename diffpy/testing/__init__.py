"""Whether a derivative is right: a function and a point in; nothing, or an error that says what is wrong, out."""

from diffpy.testing.checking import check_derivative

__all__ = ["check_derivative"]
