"""Functions of several numbers at a time that are here: those of glibc, at most 4 units in the last place off."""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from diffpy.backends.llvm_calls import FUNCTIONS, TWO, vector_name
from diffpy.backends.llvm_processor import address


class Vectors(NamedTuple):
    """A function of vectors: its name, the kind of vector, and how many it is given."""

    name: str
    kind: str
    given: int


# What a processor has to know, the letter that glibc has for it, and how many numbers of double precision fit in.
_SETS = (("avx512f", "e", 8), ("avx2", "d", 4))


@cache
def vectors() -> dict[str, tuple[Vectors, ...]]:
    """By the name for one number, the functions that the processor and the system have, of long vectors first."""
    import llvmlite.binding as llvm

    if platform.machine().lower() not in ("x86_64", "amd64") or not sys.platform.startswith("linux"):
        return {}
    try:
        library = ctypes.CDLL("libmvec.so.1")
    except OSError:
        return {}
    every = [name for one in (*FUNCTIONS, *TWO) if one != "sqrt" for name in (one, f"{one}f")]
    found = {name: tuple(_known(library, name, llvm.get_host_cpu_features())) for name in every}
    for one in (one for variants in found.values() for one in variants):
        llvm.add_symbol(one.name, address(library, one.name))
    return {name: variants for name, variants in found.items() if variants}


def _known(library: Any, name: str, features: Any) -> Iterator[Vectors]:
    is_single = name not in (*FUNCTIONS, *TWO)
    count = 2 if name.removesuffix("f") in TWO else 1
    for feature, letter, lanes in _SETS:
        lanes = 2 * lanes if is_single else lanes
        found = vector_name(name, lanes, count, letter)
        if features.get(feature) and features.get("avx2") and hasattr(library, found):
            yield Vectors(found, f"<{lanes} x {'float' if is_single else 'double'}>", count)
