"""Which methods change their object, for what is analysed."""

from diffpy.runtime.changing_methods import EVERY, OF_ARRAYS, OF_CONTAINERS, OF_SETS, SPECIAL

__all__ = ["EVERY", "OF_ARRAYS", "OF_CONTAINERS", "OF_SETS", "SPECIAL"]
