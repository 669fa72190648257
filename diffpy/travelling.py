"""What travels into an exported file: a value in, the Python that makes it again out; what a function reads."""

from __future__ import annotations

import builtins
import importlib.util
import math
import sys
import types
from typing import Any

import numpy as np

from diffpy.errors import DifferentiationError
from diffpy.functions import instructions

_SIZE_LIMIT = 10_000  # elements of an array that is written out
_DERIVING = ("diffpy", "gast", "astor")


def literal(x: Any, array_module: str) -> str | None:
    """A value as Python text; None for one that no text makes again.

    >>> literal((1.5, [None, float("inf")], np.array([1, 2])), "np")
    "(1.5, [None, float('inf')], np.array([1, 2], dtype='int64'))"
    """
    match x:
        case None | bool() | int() | str() | bytes() | types.EllipsisType():
            return repr(x) if type(x) in (int, bool, str, bytes, type(None), types.EllipsisType) else None
        case np.generic() if x.dtype.kind in "fciub":
            return f"{array_module}.{type(x).__name__}({literal(x.item(), array_module)})"
        case float():
            return repr(x) if math.isfinite(x) else f"float('{x}')"
        case complex():
            return f"complex({literal(x.real, array_module)}, {literal(x.imag, array_module)})"
        case np.ndarray() if type(x) is np.ndarray and x.dtype.kind in "fciub" and x.size <= _SIZE_LIMIT:
            return f"{array_module}.array({literal(x.tolist(), array_module)}, dtype='{x.dtype.name}')"
        case np.dtype() if x.names is None:
            return f"{array_module}.dtype('{x.str}')"
    return _container(x, array_module)


def _container(x: Any, array_module: str) -> str | None:
    if type(x) in (list, tuple, set):
        parts = [literal(one, array_module) for one in (sorted(x, key=repr) if type(x) is set else x)]
    elif type(x) is dict:
        keys, values = ([literal(one, array_module) for one in part] for part in (x, x.values()))
        parts = [None if k is None or v is None else f"{k}: {v}" for k, v in zip(keys, values, strict=True)]
    elif type(x) in (slice, range):
        parts = [literal(one, array_module) for one in (x.start, x.stop, x.step)]
    else:
        return None
    if any(part is None for part in parts):
        return None
    inside = ", ".join(part for part in parts if part is not None)
    if type(x) in (slice, range):
        return f"{type(x).__name__}({inside})"
    if type(x) is tuple:
        return f"({inside},)" if len(x) == 1 else f"({inside})"
    if type(x) is set:
        return f"{{{inside}}}" if x else "set()"
    return f"[{inside}]" if type(x) is list else f"{{{inside}}}"


def importable(module: types.ModuleType) -> bool:
    """Whether another program finds the module, and does not load the half of diffpy that derives with it."""
    name = module.__name__
    if sys.modules.get(name) is not module or name == "__main__":
        return False
    try:
        if importlib.util.find_spec(name) is None:
            return False
    except (ImportError, ValueError, AttributeError):
        return False
    return is_running(name) or not any(_derives(one) for one in vars(module).values())


def is_running(name: str) -> bool:
    """Whether a module is of diffpy's running half."""
    return name in ("diffpy.errors", "diffpy.exported") or name.startswith(
        ("diffpy.runtime.", "diffpy.rules.")
    )


def _derives(x: Any) -> bool:
    home = x.__name__ if isinstance(x, types.ModuleType) else getattr(type(x), "__module__", "")
    home = getattr(x, "__module__", None) or home if isinstance(x, types.FunctionType | type) else home
    return str(home).partition(".")[0] in _DERIVING and not is_running(str(home))


def imported_from(x: Any) -> tuple[str, str] | None:
    """(module, name) that give an object; None where no import finds it."""
    name = getattr(x, "__name__", None)
    for home in (getattr(x, "__module__", None), "numpy", "math", "operator"):
        module = sys.modules.get(str(home))
        if module is not None and name and getattr(module, name, None) is x and importable(module):
            return module.__name__, name
    return None


def is_builtin(name: str, x: Any) -> bool:
    return getattr(builtins, name, None) is x and x is not None


def free_objects(f: types.FunctionType, of: types.FunctionType) -> dict[str, Any]:
    """What a function's free names stand for; an error for names that it binds outside itself."""
    names: dict[str, Any] = {}
    for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
        try:
            names[name] = cell.cell_contents
        except ValueError:
            raise _unbound(name, of) from None
    for instruction in instructions(f.__code__):
        name = instruction.argval
        if instruction.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            raise _bound_outside(name, of)
        if instruction.opname in ("STORE_DEREF", "DELETE_DEREF") and name in f.__code__.co_freevars:
            raise _bound_outside(name, of)
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME") and name not in names:
            if name not in f.__globals__ and not hasattr(builtins, name):
                raise _unbound(name, of)
            names[name] = f.__globals__[name] if name in f.__globals__ else getattr(builtins, name)
    return names


def _bound_outside(name: str, of: types.FunctionType) -> DifferentiationError:
    return DifferentiationError(
        f"'{of.__qualname__}' binds '{name}', a variable outside itself, and cannot travel into an exported file",
        because="the file would change a variable of its own",
        fix="return the value instead",
    )


def _unbound(name: str, of: types.FunctionType) -> DifferentiationError:
    return DifferentiationError(
        f"'{name}' has no value yet, so '{of.__qualname__}' cannot travel into an exported file",
        because="what a function reads is exported with it",
        fix=f"bind '{name}' before the export",
    )


def cannot_travel(name: str, x: Any, whose: str) -> DifferentiationError:
    return DifferentiationError(
        f"'{name}', which '{whose}' reads, cannot travel into an exported file",
        because=_why_not(x),
        fix=f"pass '{name}' as an argument, or define it in a module that does not import diffpy",
    )


def _why_not(x: Any) -> str:
    if isinstance(x, types.ModuleType):
        return "the module is not found by import, or it loads the half of diffpy that derives"
    if isinstance(x, types.FunctionType):
        return "the derivative flows into what the function captured"
    return f"a {type(x).__qualname__} is no literal, no function with source and no object of an importable module"
