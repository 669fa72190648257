"""The programs by diffpy with compile=True."""

import peer_diffpy
from peer_diffpy import program

__all__ = ["program"]
peer_diffpy.COMPILE = True
