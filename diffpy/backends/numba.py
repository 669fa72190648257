"""Machine code by Numba: the text of a kernel in, a compiled function out. Numba is imported when first asked for."""

from __future__ import annotations

import ctypes
import importlib.util
import io
import itertools
import linecache
import math
import platform
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

FUNCTIONS = (
    *("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt"),
    *("asin", "acos", "atan", "asinh", "acosh", "atanh"),
)

_numbers = itertools.count(1)


def is_there() -> bool:
    """Whether Numba is installed."""
    return "numba" in sys.modules or importlib.util.find_spec("numba") is not None


def compiled(text: str, name: str, fast_math: bool = False, by_vectors: bool = True) -> Callable[..., Any]:
    """The function that a text defines, as machine code from its first call on.

    Divisions follow IEEE, and no products and sums are contracted, unless fast_math=True. The text may call
    np_exp and its kin, which are exp of vectors where there is such a thing and by_vectors=True; `added`, a sum whose
    terms may be added in any order; `room`.
    """
    import numba

    filename = f"<diffpy kernel {name} #{next(_numbers)}>"
    linecache.cache[filename] = (len(text), None, io.StringIO(text).readlines(), filename)
    namespace: dict[str, Any] = {"np": np, "math": math, "__name__": __name__, **_lent(by_vectors)}
    exec(compile(text, filename, "exec"), namespace)
    decorate = numba.njit(error_model="numpy", fastmath=fast_math, boundscheck=False)
    return decorate(namespace[name])


@cache
def _lent(by_vectors: bool) -> dict[str, Any]:
    import numba

    makes = _vector_function if by_vectors and has_vectors() else _scalar_function
    functions = {f"np_{name}": makes(name) for name in FUNCTIONS}
    return {"room": numba.njit(room), "added": _added(), **functions}


def room(tape: np.ndarray, used: int, more: int) -> np.ndarray:
    """A tape with room for so many more entries behind those used.

    >>> room(np.ones(2), 2, 3).size
    36
    """
    if used + more <= tape.size:
        return tape
    larger = np.empty(max(2 * tape.size + 32, used + more), tape.dtype)
    for place in range(used):
        larger[place] = tape[place]
    return larger


# Functions of vectors: those of glibc, four or eight numbers at a time, at most 4 units in the last place off


class _Vectors(NamedTuple):
    """For a width of numbers: how many go in a vector, and how the C library's names of functions end."""

    lanes: int
    ending: str


_WIDTHS = {64: _Vectors(4, ""), 32: _Vectors(8, "f")}


@cache
def has_vectors() -> bool:
    """Whether this processor has AVX2 and this system has glibc's functions of vectors."""
    import llvmlite.binding as llvm

    if platform.machine().lower() not in ("x86_64", "amd64") or not sys.platform.startswith("linux"):
        return False
    try:
        llvm.load_library_permanently("libmvec.so.1")
        return bool(llvm.get_host_cpu_features().get("avx2"))
    except RuntimeError:
        return False


@cache
def _is_lent(vector_name: str) -> bool:
    return hasattr(ctypes.CDLL("libmvec.so.1"), vector_name)


def _scalar_function(name: str) -> Any:
    import numba

    namespace: dict[str, Any] = {"math": math}
    exec(f"def np_{name}(x):\n    return math.{name}(x)\n", namespace)
    return numba.njit(error_model="numpy", inline="never")(namespace[f"np_{name}"])


def _vector_function(name: str) -> Any:
    """A function of a number that LLVM may call for several at a time in a loop."""
    if not _is_lent(f"_ZGVdN4v_{name}"):
        return _scalar_function(name)
    from numba.core import types
    from numba.extending import intrinsic

    def typed(context: Any, x: Any) -> Any:
        kind = x if isinstance(x, types.Float) else types.float64

        def written(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            given = context.cast(builder, args[0], x, kind)
            return builder.call(_declared(builder.module, name, kind.bitwidth), [given])

        return kind(x), written

    typed.__name__ = typed.__qualname__ = f"np_{name}"
    return intrinsic(typed)


def _declared(module: Any, name: str, width: int) -> Any:
    """The scalar function of the C library in a module, with the name of its function of vectors as an attribute."""
    from llvmlite import ir
    from numba.core import cgutils

    lanes, ending = _WIDTHS[width]
    kind = ir.DoubleType() if width == 64 else ir.FloatType()
    vector = ir.VectorType(kind, lanes)
    vector_name = f"_ZGVdN{lanes}v_{name}{ending}"
    scalar = cgutils.get_or_insert_function(module, ir.FunctionType(kind, [kind]), name + ending)
    if vector_name not in module.globals:
        several = cgutils.get_or_insert_function(module, ir.FunctionType(vector, [vector]), vector_name)
        _keep(module, several, vector_name)
        scalar.attributes.add("nounwind")
        scalar.attributes.__class__ = _with_variant(type(scalar.attributes), vector_name)
    return scalar


def _with_variant(kind: type, vector_name: str) -> type:
    class Attributes(kind):
        def _to_list(self, returned: Any) -> list[str]:
            variant = f'"vector-function-abi-variant"="{vector_name}({vector_name})"'
            return [*super()._to_list(returned), "willreturn", "memory(none)", variant]

    return Attributes


def _keep(module: Any, function: Any, vector_name: str) -> None:
    """Nothing calls the function of vectors until loops are made of vectors: it must not be dropped before."""
    from llvmlite import ir

    used = module.globals.get("llvm.compiler.used")
    items = [*(used.initializer.constant if used is not None else []), function]
    kind = ir.ArrayType(items[0].type, len(items))
    if used is None:
        used = ir.GlobalVariable(module, kind, "llvm.compiler.used")
    used.type, used.value_type = kind.as_pointer(), kind
    used.linkage, used.section = "appending", "llvm.metadata"
    used.initializer = ir.Constant(kind, [one.bitcast(items[0].type) for one in items])


def _added() -> Any:
    from numba.core import types
    from numba.extending import intrinsic

    def added(context: Any, total: Any, term: Any) -> Any:
        def written(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            given = context.cast(builder, args[1], term, total)
            if isinstance(total, types.Float):
                return builder.fadd(args[0], given, flags=["reassoc"])
            return builder.add(args[0], given)

        return total(total, term), written

    return intrinsic(added)


# What the processor notes of the operations since it was last asked: invalid, division by zero, overflow.
_FLAGS = {"x86_64": (1, 4, 8), "amd64": (1, 4, 8), "aarch64": (1, 2, 4), "arm64": (1, 2, 4)}
_NAMES = ("invalid", "divide", "over")


@cache
def floating_point_notes() -> tuple[Callable[[], Any], Callable[[], tuple[str, ...]]] | None:
    """Clear the notes, and read them as the names that np.errstate has for them; None where that cannot be done."""
    flags = _FLAGS.get(platform.machine().lower())
    try:
        library = ctypes.CDLL(None)
        clear, test = library.feclearexcept, library.fetestexcept
    except (OSError, AttributeError, TypeError):
        return None
    if flags is None:
        return None
    every = sum(flags)

    def notes() -> tuple[str, ...]:
        found = test(every)
        return tuple(name for name, flag in zip(_NAMES, flags, strict=True) if found & flag) if found else ()

    return lambda: clear(every), notes
