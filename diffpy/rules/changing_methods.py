"""Which methods change their object, for what is analysed."""

from diffpy.runtime.changing_methods import EVERY, MAKING, OF_ARRAYS, OF_CONTAINERS, OF_SETS, SPECIAL

__all__ = ["EVERY", "MAKING", "OF_ARRAYS", "OF_CONTAINERS", "OF_SETS", "SPECIAL"]
