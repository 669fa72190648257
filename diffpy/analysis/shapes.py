"""The kind of an operation's result, found by running the operation itself on small stand-ins."""

from __future__ import annotations

import inspect
import operator
import random
import warnings
from collections import abc
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import gast
import numpy as np

from diffpy.analysis.kinds import (
    BOTTOM,
    FLOAT,
    INT,
    NONE,
    UNKNOWN,
    AnyTuple,
    Array,
    Bottom,
    Cotangent,
    DictOf,
    Dim,
    Inert,
    Iterator,
    Kind,
    Known,
    ListOf,
    OneOf,
    PerhapsFloat,
    Range,
    Scalar,
    Struct,
    SurelyArray,
    TupleOf,
    join_all,
    kind_of,
    may_be_of_python,
    rank_of,
    surely_not_one,
)

_SIZES = ((5, 7, 11, 13, 17, 19), (8, 6, 9, 16, 15, 14))  # in the second run others are the larger ones


class _NoStandIn(Exception):
    """Nothing small can stand for a value of this kind."""


def broadcast(kinds: tuple[Kind, ...], site: str) -> tuple[Dim, ...] | None:
    """The dims of an elementwise result, None where a rank is not known."""
    ranks = [rank_of(kind) for kind in kinds]
    if any(rank is None for rank in ranks):
        return None
    dims: list[Dim] = [1] * max((r for r in ranks if r is not None), default=0)
    for kind in kinds:
        own = kind.dims if isinstance(kind, Array) and kind.dims else ()
        for k, dim in enumerate(own, start=len(dims) - len(own)):
            dims[k] = _meet(dims[k], dim, f"{site}{k}")
    return tuple(dims)


def _meet(a: Dim, b: Dim, site: str) -> Dim:
    if a == b or b == 1:
        return a
    if a == 1:
        return b
    if surely_not_one(a) and not (isinstance(b, int) and not isinstance(a, int)):
        return a  # both are equal, then
    return b if surely_not_one(b) else ("?", site, 0)


def elementwise_kind(function: Callable, kinds: tuple[Kind, ...], site: str) -> Kind:
    """The result of an elementwise operation: NumPy's dtype, the dims of broadcasting."""
    if any(not isinstance(kind, Scalar | Array) for kind in kinds):
        return UNKNOWN
    dims = broadcast(kinds, site)
    result = _dtype_result(function, tuple(_as_small(kind) for kind in kinds))
    if isinstance(result, Scalar):
        return result  # of numbers alone, or of a function that takes no array but one of a single number
    if isinstance(result, Array):
        if dims == ():
            return Array(result.dtype, ()) if _keeps_array(function, kinds) else Scalar(result.dtype)
        return number_kind(function, kinds, result.dtype) if dims is None else Array(result.dtype, dims)
    return UNKNOWN


def number_kind(function: Callable, kinds: Iterable[Kind], dtype: str) -> Kind:
    """Of unknown rank: an operator gives Python's own numbers for Python's own numbers, NumPy's functions do not.

    Those of Python's math give Python's own numbers, whatever they are asked for.
    """
    own = _OF_MATH.get(getattr(function, "__module__", ""))
    if own is not None:
        return own
    of_python = function in _OPERATORS and all(map(may_be_of_python, kinds))
    return (PerhapsFloat if of_python else Array)(dtype, None)


_OF_MATH = {"math": FLOAT, "cmath": Scalar("complex")}
_OPERATORS = frozenset(one for one in vars(operator).values() if callable(one))


def _keeps_array(function: Callable, kinds: tuple[Kind, ...]) -> bool:
    """Whether of arrays without axes an array is made, and no number."""
    return isinstance(_dtype_result(function, kinds), Array)


def _as_small(kind: Kind) -> Kind:
    if isinstance(kind, Array):
        return Array(kind.dtype, (1,) * len(kind.dims or (1,)))
    return kind


@lru_cache(maxsize=4096)
def _dtype_result(function: Callable, kinds: tuple[Kind, ...]) -> Kind:
    return _evaluate(function, [stand_in(kind, {}, _SIZES[0], 2) for kind in kinds], {})


PRODUCTS = {np.matmul, np.dot, operator.matmul, np.linalg.matmul, np.ndarray.dot}


def product_kind(function: Callable, a: Kind, b: Kind, site: str) -> Kind:
    """A matrix product: the inner sizes meet, the outer ones stay."""
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.dims is None or b.dims is None:
        return general_kind(function, (a, b), {}, site)
    result = _dtype_result(np.multiply, (Array(a.dtype, (1,)), Array(b.dtype, (1,))))
    dtype = result.dtype if isinstance(result, Array) else "float64"
    if not a.dims or not b.dims or max(len(a.dims), len(b.dims)) > 2:
        return general_kind(function, (a, b), {}, site)
    dims = a.dims[:-1] + (b.dims[:-2] + b.dims[-1:] if len(b.dims) > 1 else ())
    return Array(dtype, dims) if dims else Scalar(dtype)


def general_kind(function: Callable, args: tuple, keywords: Mapping[str, object], site: str) -> Kind:
    """The result of any operation of the table; arguments are kinds, or constants as they are."""
    if function is np.arange and any(isinstance(a, Scalar) for a in (*args, *keywords.values())):
        return _counted(args, keywords, site)
    if function in _CROSSING:
        return _crossed(args)
    found = _run_twice(function, args, keywords, site, _SIZES)
    alike = ((5,) * 6, (6,) * 6)  # sizes of different names that have to be equal here
    if found == UNKNOWN:
        found = _run_twice(function, args, keywords, site, alike)
    if found == UNKNOWN and function is np.linalg.cholesky and isinstance(args[0], Array):
        return args[0] if args[0].dtype == "float64" else UNKNOWN  # no stand-in is positive definite
    if found == UNKNOWN and function is np.lib.stride_tricks.as_strided:
        shape = keywords.get("shape", args[1] if len(args) > 1 else None)
        return UNKNOWN if shape is None else _reshaped((args[0], shape), site)
    if found == UNKNOWN and function in _RESHAPING:
        return _reshaped(args, site)
    if found == UNKNOWN and any(isinstance(a, Array) and a.dims is None for a in args):
        found = _of_some_rank(function, args, keywords, site)
    if found == UNKNOWN and any(function is one for one in _MOVING):
        return _moved(args)
    if found == UNKNOWN and args and isinstance(args[0], AnyTuple) and function in _FILLING:
        return _made_new(keywords)
    return found


def _counted(args: tuple, keywords: Mapping[str, object], site: str) -> Kind:
    """Numbers that are counted by others: how many they are, no stand-in says."""
    found = _run_twice(np.arange, args, keywords, site, _SIZES)
    return Array(found.dtype, (("?", f"{site}0", 0),)) if isinstance(found, Array) else found


def along_some_axis(
    function: Callable,
    signature: inspect.Signature,
    args: tuple,
    keywords: Mapping[str, object],
    site: str,
) -> Kind:
    """The result for an axis that is some int: of as many axes as for the first one, of any sizes."""
    try:
        bound = signature.bind(*args, **keywords)
    except TypeError:
        return UNKNOWN
    if bound.arguments.get("axis") != INT:
        return UNKNOWN
    bound.arguments["axis"] = 0
    found = general_kind(function, bound.args, bound.kwargs, site)
    if isinstance(found, Array) and found.dims is not None:
        return Array(found.dtype, tuple(("?", f"{site}{k}", 0) for k in range(len(found.dims))))
    return found


_MOVING = (np.tensordot, np.moveaxis, np.swapaxes, np.rollaxis, np.transpose, np.ndarray.swapaxes)


def _moved(args: tuple) -> Kind:
    """What moves or contracts axes that are known when it runs gives arrays, of the types of its own."""
    arrays = [one for one in args if isinstance(one, Array)]
    if not arrays or any(isinstance(one, ListOf | TupleOf | Inert) for one in args[: len(arrays)]):
        return UNKNOWN
    return SurelyArray(np.result_type(*(np.dtype(one.dtype) for one in arrays)).name)


_CROSSING = (np.cross, np.linalg.cross)


def _crossed(args: tuple) -> Kind:
    """A cross product: of vectors of three components no stand-in is, and of two there is a number in place of each."""
    if not all(isinstance(one, Array) for one in args[:2]):
        return UNKNOWN
    found = _dtype_result(np.multiply, tuple(Array(one.dtype, (1,)) for one in args[:2]))
    of_three = any(one.dims == (3,) for one in args[:2]) and all(len(one.dims or ()) == 1 for one in args[:2])
    return Array(found.dtype, (3,) if of_three else None) if isinstance(found, Array) else UNKNOWN


_FILLING = (np.empty, np.zeros, np.ones)


def _made_new(keywords: Mapping[str, object]) -> Kind:
    """A new array of a shape of unknown length."""
    dtype = keywords.get("dtype", Known(np.dtype(float)))
    if not isinstance(dtype, Known) or not keywords.keys() <= {"dtype"}:
        return UNKNOWN
    return SurelyArray(np.dtype(dtype.value).name)  # type: ignore[call-overload]


_RESHAPING = (np.reshape, np.ndarray.reshape, np.broadcast_to)


def _reshaped(args: tuple, site: str) -> Kind:
    """Sizes that stand for themselves do not fit stand-ins; the rank is how many of them there are."""
    array, *sizes = args
    if not isinstance(array, Array):
        return UNKNOWN
    if len(sizes) == 1 and isinstance(sizes[0], TupleOf):
        sizes = list(sizes[0].items)
    elif len(sizes) == 1 and isinstance(sizes[0], tuple):
        sizes = list(sizes[0])
    if not all(isinstance(one, int | Scalar) for one in sizes):
        return Array(array.dtype, None)
    return Array(array.dtype, tuple(1 if one == 1 else ("?", f"{site}{k}", 0) for k, one in enumerate(sizes)))


def _of_some_rank(function: Callable, args: tuple, keywords: Mapping[str, object], site: str) -> Kind:
    """Where ranks are not known: the kind that the result has at each of the usual ranks."""
    found = []
    for rank in (1, 2, 3):
        dims = lambda k: tuple(("n", f"{site}?{k}.{axis}", 0) for axis in range(rank))  # noqa: B023, E731
        ranked = tuple(
            Array(a.dtype, dims(k)) if isinstance(a, Array) and a.dims is None else a
            for k, a in enumerate(args)
        )
        found.append(general_kind(function, ranked, keywords, site))
    known = [one for one in found if one != UNKNOWN]
    if not known or not all(isinstance(one, Array | Scalar) for one in known):
        return UNKNOWN
    dtypes = {
        one.dtype if isinstance(one, Array) else one.type for one in known if isinstance(one, Array | Scalar)
    }
    if len(dtypes) != 1:
        return UNKNOWN
    return known[0] if all(isinstance(one, Scalar) for one in known) else Array(dtypes.pop(), None)


def _run_twice(
    function: Callable, args: tuple, keywords: Mapping[str, object], site: str, runs: tuple
) -> Kind:
    results, maps = [], []
    for sizes, length in zip(runs, (2, 3), strict=True):
        symbols: dict[Dim, int] = {}
        try:
            small = [stand_in(a, symbols, sizes, length) for a in args]
            small_keywords = {k: stand_in(v, symbols, sizes, length) for k, v in keywords.items()}
        except _NoStandIn:
            return UNKNOWN
        results.append(_evaluate(function, small, small_keywords))
        named: dict[Dim, Dim] = {size: dim for dim, size in symbols.items()}
        maps.append(named if len(named) == len(symbols) else {})
    return _agree(results[0], results[1], maps, site)


def _evaluate(function: Callable, args: list, keywords: dict) -> Kind:
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(), _nothing_drawn(function):
            warnings.simplefilter("ignore")
            return _sized_kind(function(*args, **keywords))
    except Exception:  # the stand-ins do not fit (a size is a value): nothing is known
        return UNKNOWN


@contextmanager
def _nothing_drawn(function: Callable) -> abc.Iterator[None]:
    """np.random.rand() and its like give the program the numbers that they would give it anyway."""
    owner: Any = getattr(function, "__self__", None)
    get: Any
    put: Any
    if isinstance(owner, np.random.RandomState):
        get, put = owner.get_state, owner.set_state
    elif isinstance(owner, random.Random):
        get, put = owner.getstate, owner.setstate
    else:
        get = put = lambda *state: None
    state = get()
    try:
        yield
    finally:
        put(state)


def _sized_kind(value: object) -> Kind:
    if isinstance(value, np.ndarray):
        return Array(value.dtype.name, value.shape) if value.dtype.kind in "fciub" else UNKNOWN
    if isinstance(value, tuple):
        return TupleOf(tuple(_sized_kind(one) for one in value))
    if isinstance(value, list):
        return ListOf(_sized_kind(value[0])) if value else ListOf(BOTTOM)
    return kind_of(value)


def _agree(one: Kind, other: Kind, maps: list[dict[Dim, Dim]], site: str) -> Kind:
    """The kind that two runs with different sizes have in common."""
    match one, other:
        case Array(), Array() if one.dtype == other.dtype and len(one.dims or ()) == len(other.dims or ()):
            pairs = enumerate(zip(one.dims or (), other.dims or (), strict=True))
            return Array(one.dtype, tuple(_dim(a, b, maps, f"{site}{k}") for k, (a, b) in pairs))
        case TupleOf(), TupleOf() if len(one.items) == len(other.items):
            items = enumerate(zip(one.items, other.items, strict=True))
            return TupleOf(tuple(_agree(a, b, maps, f"{site}.{k}.") for k, (a, b) in items))
        case ListOf(), ListOf():
            return ListOf(_agree(one.item, other.item, maps, f"{site}[]"))
        case _:
            return one if one == other else UNKNOWN


def _dim(a: Dim, b: Dim, maps: list[dict[Dim, Dim]], site: str) -> Dim:
    if a == b == 1:
        return 1
    symbol = maps[0].get(a)
    if symbol is not None and maps[1].get(b) == symbol:
        return symbol
    return ("?", site, 0)


_WHOLE = {2: 4, 3: 3}  # ints of the two runs: one less than a size in the first is not so in the second


def stand_in(given: object, symbols: dict[Dim, int], sizes: tuple[int, ...], length: int) -> object:
    """A small value of a kind; anything that is no kind stands for itself."""
    if not isinstance(given, Kind):
        return given
    match given:
        case Scalar(type="bool"):
            return True
        case Scalar(type=name):
            whole = _WHOLE[length]
            return {"float": 0.75, "int": whole, "integer": whole, "complex": 0.75 + 0.5j}.get(
                name
            ) or np.dtype(name).type(0.75)
        case Array(dims=dims) if dims is not None:
            shape = tuple(_size(d, symbols, sizes) for d in dims)
            return _filled(given.dtype, shape, length > 2).copy()  # some write
        case TupleOf():
            return tuple(stand_in(one, symbols, sizes, length) for one in given.items)
        case ListOf() if not isinstance(given.item, Bottom):
            return [stand_in(given.item, symbols, sizes, length) for _ in range(length)]
        case Known():
            return given.value
        case Range():
            return range(length + 2)
        case _:
            raise _NoStandIn


def _size(dim: Dim, symbols: dict[Dim, int], sizes: tuple[int, ...]) -> int:
    if isinstance(dim, int):
        return dim
    if dim not in symbols:
        symbols[dim] = sizes[len(symbols)] if len(symbols) < len(sizes) else _refuse()
    return symbols[dim]


def _refuse() -> int:
    raise _NoStandIn


@lru_cache(maxsize=256)
def _filled(dtype: str, shape: tuple[int, ...], uneven: bool) -> np.ndarray:
    """Some values; `uneven`: a zero among them, and two that are equal, by which some results are shorter."""
    kind = np.dtype(dtype).kind
    if kind in "iub":
        found = np.ones(shape, dtype)
    else:
        values = 0.3 + 0.6 * np.random.Generator(np.random.PCG64(7)).random(shape)
        found = np.asarray(values + 0.5j * values if kind == "c" else values, dtype)
    if uneven and found.size > 1:
        found.reshape(-1)[0] = 0
        if found.ndim == 1:
            found[-1] = found[-2]
    return found


def index_kind(base: Array, parts: list[object], site: str, least: int = 0) -> Kind:
    """The kind of base[parts]: parts are gast Slices, constants, or kinds. `least`: so many items there are surely."""
    if base.dims is None:
        return Array(base.dtype, None)
    if len(parts) == 1 and isinstance(parts[0], TupleOf):
        parts = [None if one == NONE else one for one in parts[0].items]  # x[place], place = (i, j)
    if any(
        isinstance(p, Array | ListOf) or (isinstance(p, Scalar) and p.type.startswith("bool")) for p in parts
    ):
        return _advanced(base, parts, site)
    if any(isinstance(p, Kind) and not isinstance(p, Scalar) for p in parts):
        return Array(base.dtype, None)
    dims = _basic_dims(base.dims, parts, site)
    if dims is None:
        return Array(base.dtype, None)
    taken = _taken(parts[0], least) if parts else None
    if taken is not None:
        dims = (taken, *dims[1:])
    kept_array = any(p is Ellipsis for p in parts)
    return Scalar(base.dtype) if dims == () and not kept_array else Array(base.dtype, dims)


def _basic_dims(dims: tuple[Dim, ...], parts: list[object], site: str) -> tuple[Dim, ...] | None:
    used = sum(1 for p in parts if p is not None and p is not Ellipsis)
    if used > len(dims):
        return None
    parts = parts if any(p is Ellipsis for p in parts) else [*parts, Ellipsis]
    result: list[Dim] = []
    axis = 0
    for k, part in enumerate(parts):
        if part is None:
            result.append(1)
        elif part is Ellipsis:
            width = len(dims) - used
            result.extend(dims[axis : axis + width])
            axis += width
        elif isinstance(part, gast.Slice):
            result.append(slice_dim(dims[axis], part, f"{site}/{k}"))
            axis += 1
        else:
            axis += 1
    return tuple(result)


def slice_dim(dim: Dim, part: gast.Slice, site: str) -> Dim:
    """The size of a sliced axis: cut-offs at both ends by constants are followed, all else is a new size."""
    lower, upper, step = (_literal(b) for b in (part.lower, part.upper, part.step))
    if lower in (None, 0) and upper is None and step in (None, 1, -1):
        return dim
    if isinstance(dim, int) and None not in (lower or 0, upper or 0) and "?" not in (lower, upper, step):
        return len(range(*slice(lower, upper, step).indices(dim)))
    cut_front = lower if isinstance(lower, int) and lower >= 0 else 0 if lower is None else None
    cut_back = -upper if isinstance(upper, int) and upper < 0 else 0 if upper is None else None
    if isinstance(dim, int) or cut_front is None or cut_back is None or step not in (None, 1):
        return ("?", site, 0)
    return ("?", dim[1], dim[2] - cut_front - cut_back)


def _taken(part: object, least: int) -> int | None:
    """How many items x[2:5] takes of every array of at least so many; None where that depends on the array."""
    if not isinstance(part, gast.Slice) or _literal(part.step) not in (None, 1):
        return None
    first, last = _literal(part.lower) or 0, _literal(part.upper)
    if not isinstance(first, int) or not isinstance(last, int) or first < 0 or not 0 <= last <= least:
        return None
    return max(last - first, 0)


def _literal(bound: gast.expr | None) -> object:
    match bound:
        case None:
            return None
        case gast.Constant(value=None):
            return None
        case gast.Constant(value=int()):
            return bound.value
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=int())):
            return -bound.operand.value
        case _:
            return "?"


def _advanced(base: Array, parts: list[object], site: str) -> Kind:
    """Indexing with arrays: the rank comes from running it; the sizes are new."""
    symbols: dict[Dim, int] = {}
    try:
        small = stand_in(base, symbols, _SIZES[0], 2)
        index = tuple(_index_stand_in(p, symbols) for p in parts)
        result = small[index]  # type: ignore[index]
    except Exception:  # an index array that broadcasts against another: nothing is known
        return Array(base.dtype, None)
    if np.ndim(result) == 0 and not isinstance(result, np.ndarray):
        return Scalar(base.dtype)
    return Array(base.dtype, tuple(("?", f"{site}{k}", 0) for k in range(result.ndim)))


def _index_stand_in(part: object, symbols: dict[Dim, int]) -> object:
    if isinstance(part, gast.Slice):
        return slice(None)
    if part is None or part is Ellipsis:
        return part
    if isinstance(part, Scalar):
        return True if part.type.startswith("bool") else 0
    if isinstance(part, int):
        return 0
    return stand_in(part, symbols, _SIZES[0], 2)


def element_kind(kind: Kind, site: str) -> Kind:
    """What a for loop over a value of this kind binds."""
    match kind:
        case Array(dims=None) | Array(dims=()):
            return Array(kind.dtype, None)
        case Array(dims=(_,)):
            return Scalar(kind.dtype)
        case Array():
            return Array(kind.dtype, kind.dims[1:])  # type: ignore[index]
        case ListOf() | Iterator():
            return one_of(kind.item, site)
        case TupleOf() if kind.items and all(one == kind.items[0] for one in kind.items):
            return one_of(kind.items[0], site)
        case TupleOf() if kind.items and all(isinstance(one, Scalar | Array) for one in kind.items):
            return one_of(join_all(kind.items, site), site)
        case TupleOf() if kind.items and all(isinstance(one, Struct | OneOf) for one in kind.items):
            return join_all(kind.items, site)
        case TupleOf() if (rows := _rows(kind.items)) and len({*map(len, rows)}) == 1:
            columns = enumerate(zip(*rows, strict=True))
            return TupleOf(tuple(element_kind(TupleOf(c), f"{site}.{k}.") for k, c in columns))
        case DictOf():
            return Inert("key")
        case Inert():
            return Inert("")
        case Bottom() | Cotangent():
            return kind
        case _:
            return UNKNOWN


def _rows(kinds: tuple[Kind, ...]) -> list[tuple[Kind, ...]]:
    """The items of each, where all are plain tuples."""
    rows = [one.items for one in kinds if type(one) is TupleOf]
    return rows if len(rows) == len(kinds) else []


def one_of(item: Kind, site: str) -> Kind:
    """The kind of one item of a container: sizes that may be 1 are its own, those of another item may differ."""
    match item:
        case Array(dims=tuple() as dims) if any(not isinstance(d, int) and d[0] == "?" for d in dims):
            own = (d if isinstance(d, int) or d[0] != "?" else ("?", _own(d[1], site), d[2]) for d in dims)
            return Array(item.dtype, tuple(own))
        case TupleOf():
            return item.of(one_of(one, f"{site}.{k}.") for k, one in enumerate(item.items))
    return item


def _own(symbol: str, site: str) -> str:
    return symbol if symbol.startswith(f"{site}<") else f"{site}<{symbol.rpartition('<')[2].rstrip('>')}>"


def shape_tuple(kind: Array) -> Kind:
    return TupleOf((INT,) * len(kind.dims)) if kind.dims is not None else AnyTuple(INT)
