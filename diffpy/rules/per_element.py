"""Functions of generated texts that do to each element what their names say, or nothing at all."""

from __future__ import annotations

import numpy as np

from diffpy.runtime.arrays import share, spread, unbroadcast, without_zeros

WITHOUT_ZEROS, SHARE = without_zeros, share
OURS = (np.where, WITHOUT_ZEROS, SHARE)
SPREAD = spread
SHAPED = (SPREAD, unbroadcast)  # of an array and a shape; the array as it is where it has that shape
REDUCTIONS = (np.sum, np.mean)  # of all elements
