"""Functions that a kernel calls as they are, since nothing stands for them: arrays and numbers in, new ones out.

What such a function returns is found out while the kernel is written, by a call with small arrays of that kind.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diffpy.rules.table import TABLE
from diffpy.transforms.fuse_arrays import dtype_of, is_array, made, types_of
from diffpy.transforms.fuse_calls import OUTSIDE
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_runtime import kept
from diffpy.transforms.fuse_text import Deed
from diffpy.transforms.fuse_values import (
    DTYPES,
    NONE,
    Array,
    Back,
    Held,
    Known,
    NotCompiled,
    Number,
    Pulled,
    Tuple,
)

_NAMES = (
    "argsort lexsort searchsorted digitize argpartition diag_indices indices tri identity isin unravel_index "
    "ravel_multi_index argwhere kaiser hamming hanning blackman bartlett"
)
_CONSTANT = frozenset(f"numpy.{name}" for name in _NAMES.split())
_OF_RULES = frozenset(
    f"diffpy.runtime.{name}"
    for name in "matrices factorisations contractions reductions counting orders polynomials".split()
)
_NOT_TAKEN = ("out", "copy", "dtype", "casting", "overwrite_input", "like")


def is_plain(function: Any) -> bool:
    """Whether a function does nothing but compute what it returns."""
    if id(function) in TABLE.pure or isinstance(function, np.ufunc):
        return True
    if getattr(function, "__module__", None) in _OF_RULES:
        return not function.__name__.startswith("_")
    name = f"{getattr(function, '__module__', None)}.{getattr(function, '__name__', None)}"
    if not name.startswith(("numpy.", "scipy.linalg.")) or "random" in name:
        return False
    row = TABLE.find(function)
    return row is not None and name not in TABLE.stores and (row.family != "constant" or name in _CONSTANT)


class Call:
    """A function with what is known of its arguments: the others in, what it returns as a flat tuple out."""

    def __init__(self, function: Callable[..., Any], given: Any, keywords: dict[str, Any]) -> None:
        self.function, self.given, self.keywords = function, given, keywords
        self.results: list[tuple[Any, ...]] = []  # of each part of what it returns its type, dtype and ones
        self.is_brief = not keywords and all(one is _PART for one in given)

    def __call__(self, *parts: Any) -> tuple[Any, ...] | None:
        """None where it raises, as it does where it would warn, or returns something else than it did before."""
        try:
            found = self.of(parts)
        except Exception:
            return None
        every = [*flat(found)] if isinstance(found, tuple | list) else [found]
        if [kind(one) for one in every] != self.results:
            return None
        return tuple([_own(one, parts) for one in every])

    def of(self, parts: tuple[Any, ...]) -> Any:
        if self.is_brief:
            return self.function(*parts)
        rest = iter(parts)
        args = [_filled_in(one, rest) for one in self.given]
        return self.function(*args, **{name: _filled_in(one, rest) for name, one in self.keywords.items()})


_PART = object()  # an argument that the kernel gives


def _filled_in(template: Any, rest: Iterator[Any]) -> Any:
    if template is _PART:
        return next(rest)
    if isinstance(template, tuple | list):
        return type(template)([_filled_in(one, rest) for one in template])
    return template


def flat(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        for one in value:
            yield from flat(one)
    else:
        yield value


def kind(value: Any) -> tuple[Any, ...]:
    if type(value) is np.ndarray:
        return np.ndarray, value.dtype, tuple(size == 1 for size in value.shape)
    return (type(value),)


def _own(value: Any, parts: tuple[Any, ...]) -> Any:
    """An array of its own that lies in memory row by row; a number of Python's."""
    if type(value) is not np.ndarray:
        return value.item() if isinstance(value, np.generic) else value
    is_own = value.base is None and value.flags.c_contiguous and value.flags.aligned and value.flags.writeable
    return value if is_own and not any(value is one for one in parts) else np.array(value, order="C")


def called(k: Kernel, function: Callable[..., Any], args: list[Any], keywords: dict[str, Any]) -> Any:
    """What is written for the call of a function as it is."""
    if isinstance(function, Pulled):
        return _pulled(k, function, args, keywords)
    if (
        not (is_plain(function) or isinstance(function, Back))
        or k.nest is not None
        or any(name in keywords for name in _NOT_TAKEN)
    ):
        raise NotCompiled(f"a call of {getattr(function, '__name__', type(function).__name__)}")
    parts: list[Any] = []
    given = [_template(one, parts) for one in args]
    call = Call(function, given, {name: _template(one, parts) for name, one in keywords.items()})
    example, sizes = _example(k, call, parts)
    call.results = [*map(kind, flat(example))]
    texts = ", ".join(_handed(k, one) for one in parts)
    name = k.object(call, f"call_of_{getattr(function, '__name__', 'it')}")
    found = k.fresh("found")
    k.out.append(Deed(f"{found} = outside({name}{', ' * bool(texts)}{texts})", frozenset({found})))
    places = iter(range(len(call.results)))
    return _taken(k, example, sizes, found, places)


OUTSIDE.append(called)


def _pulled(k: Kernel, asked: Pulled, args: list[Any], keywords: dict[str, Any]) -> Tuple:
    """with_pullback(f)(x): the value, and a pullback, which stands as the tuple of what it is called with."""
    if keywords or asked.callee or not is_plain(asked.function):
        raise NotCompiled("the derivative of a call that is found when it runs")
    args = [kept(k, one) if place in asked.keep else one for place, one in enumerate(args)]
    args = [k.atom(one) if isinstance(one, Number) else one for one in args]
    back = k.outside.pullback(asked.function, asked.wrt)
    value = called(k, asked.function, args, {})
    return Tuple((value, Tuple((Known(back), *args))))


def _template(value: Any, parts: list[Any]) -> Any:
    match value:
        case Number() if value.value is not None and value.types <= {"int", "float", "bool"}:
            return value.value
        case Held():
            return _template(value.value, parts)
        case Tuple(keys=None):
            return (list if value.is_list else tuple)([_template(one, parts) for one in value.items])
        case Known() if value == NONE or isinstance(value.value, str | type | np.dtype):
            return value.value
        case Number():
            parts.append(value)
            return _PART
    if not is_array(value):
        raise NotCompiled("a call with what is neither a number nor an array")
    parts.append(value)
    return _PART


def _handed(k: Kernel, value: Any) -> str:
    """An argument as an expression."""
    if isinstance(value, Number):
        if len(value.types) != 1:
            raise NotCompiled("a number of a type that is not known")
        return k.atom(value).text
    array = value if isinstance(value, Array) and k.is_object(value) else made(k, value, "given")
    return array.name


# What is returned, by an example


def _example(k: Kernel, call: Call, parts: list[Any]) -> tuple[Any, dict[int, str]]:
    """What a call with small arrays of this kind returns, and the names of sizes in it.

    At first each axis has a size of its own; where that does not do, all have one, and say nothing of others.
    """
    for sizes in ((5, 7, 11, 13, 17, 19), (3,)):
        names: dict[str, int] = {dim: sizes[n % len(sizes)] for n, dim in enumerate(_dims(k, parts))}
        samples = tuple(_sample(one, names) for one in parts)
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                found = call.of(samples)
        except Exception:
            continue
        return found, {size: name for name, size in names.items()} if len(sizes) > 1 else {}
    raise NotCompiled(f"a call of {getattr(call.function, '__name__', 'this')}")


def _dims(k: Kernel, parts: list[Any]) -> list[str]:
    """The sizes that are not known, of arrays and among the numbers."""
    every = [dim for one in parts for dim in (one.dims if is_array(one) else (one.text,))]
    return [dim for dim in dict.fromkeys(every) if dim in k.dims or k.is_given(dim)]


def _sample(value: Any, names: dict[str, int]) -> Any:
    if isinstance(value, Number):
        known = {"int": names.get(value.text, 1), "int64": np.int64(1), "bool": True, "bool_": np.True_}
        return known.get(next(iter(value.types)), 0.5)
    shape = tuple(int(dim) if dim.isdigit() else names.get(dim, 3) for dim in value.dims)
    dtype = np.dtype(dtype_of(types_of(value)))
    if dtype.kind in "ib":
        return np.zeros(shape, dtype)
    if len(shape) > 1:
        return (0.1 + np.broadcast_to(np.eye(shape[-2], shape[-1]), shape)).astype(dtype)
    return np.linspace(0.2, 0.9, shape[0]).astype(dtype) if shape else np.array(0.5, dtype)


_NUMBERS = {
    float: "float",
    np.float64: "float64",
    int: "int",
    np.int64: "int64",
    bool: "bool",
    np.bool_: "bool_",
}
_AS = {"float": "float_of", "int": "int_of", "bool": "bool_of"}


def _taken(k: Kernel, example: Any, sizes: dict[int, str], found: str, places: Iterator[int]) -> Any:
    """What a call returned, part by part."""
    if isinstance(example, tuple | list):
        items = tuple(_taken(k, one, sizes, found, places) for one in example)
        return Tuple(items, is_list=isinstance(example, list))
    place = next(places)
    if example is None:
        return NONE
    if type(example) is np.ndarray:
        return _array(k, example, sizes, f"{found}, {place}")
    if type(example) not in _NUMBERS:
        raise NotCompiled(f"a call that returns a {type(example).__name__}")
    types = frozenset({_NUMBERS[type(example)]})
    return k.atom(Number(types, f"{_AS[Number(types, '').form]}({found}, {place})"), "part")


def _array(k: Kernel, example: np.ndarray, sizes: dict[int, str], part: str) -> Array:
    if example.dtype.name not in DTYPES:
        raise NotCompiled(f"a call that returns an array of {example.dtype}")
    name = k.fresh("part")
    k.made_in[name] = tuple(k.rounds)
    made_of = f"array_of({part}, {example.ndim}, np.{DTYPES[example.dtype.name]})"
    k.out.append(Deed(f"{name} = {made_of}", frozenset({name})))
    dims = []
    for axis, size in enumerate(example.shape):
        known = "1" if size == 1 else sizes.get(size)
        if known is not None and known != "1":
            k.redo_if(f"{name}.shape[{axis}] != {known}")
        dims.append(known or k.new_size(f"{name}.shape[{axis}]"))
    return Array(name, example.dtype.name, tuple(dims), frozenset({name}), True)
