"""Calls as users write them: functions x shapes x axes x types x layouts x special points; all, or a pairwise choice."""

from __future__ import annotations

import itertools
import math
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

Choice = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A call of a function of NumPy, and what it is called with."""

    text: str  # np.f(x, y, axis=0)
    arrays: tuple  # x, y
    smooth: bool  # differences mean something here
    curved: bool  # those of the derivative too
    id: str


@dataclass(frozen=True)
class Group:
    """Factors with their levels; `fits` leaves out what makes no sense together; `case` makes the call."""

    factors: dict[str, tuple]
    fits: Callable[[Choice], bool]
    case: Callable[[Choice, np.random.Generator], Case]

    def every(self) -> Iterator[Choice]:
        for levels in itertools.product(*self.factors.values()):
            chosen = dict(zip(self.factors, levels, strict=True))
            if self.fits(chosen):
                yield chosen

    def pairwise(self) -> list[Choice]:
        """Few choices, in which each two levels of two factors that fit together meet."""
        pool = list(self.every())
        random.Random(1).shuffle(pool)
        names, missing = list(self.factors), set()
        pairs_of = [_pairs(one, names) for one in pool]
        for pairs in pairs_of:
            missing |= pairs
        found = []
        while missing:
            window = random.Random(len(missing)).sample(range(len(pool)), min(300, len(pool)))
            best = max(window, key=lambda k: len(pairs_of[k] & missing))
            if not pairs_of[best] & missing:
                best = next(k for k, pairs in enumerate(pairs_of) if pairs & missing)
            found.append(pool[best])
            missing -= pairs_of[best]
        return found


def _pairs(chosen: Choice, names: list[str]) -> frozenset:
    return frozenset(
        (one, str(chosen[one]), other, str(chosen[other])) for one, other in itertools.combinations(names, 2)
    )


# Points


DTYPES = ("float64", "float32", "complex128")
LAYOUTS = ("C", "F", "every other", "backwards")


def drawn(shape: Any, dtype: str, low: float, high: float, rng: np.random.Generator) -> Any:
    """Numbers between two bounds, no two of them close; shape "float" gives a number of Python's own."""
    size = 1 if shape == "float" else math.prod(shape)
    steps = (rng.permutation(size) + rng.uniform(0.3, 0.7, size)) / max(size, 1)
    values = low + (high - low) * steps
    if dtype == "complex128":
        values = values + 1j * rng.uniform(0.1, 0.6, size)
    if shape == "float":
        return values[0].item()
    return values.astype(dtype).reshape(shape)


def laid_out(x: Any, layout: str) -> Any:
    """The same array in another order of memory."""
    if not isinstance(x, np.ndarray) or layout == "C":
        return x
    if layout == "F":
        return np.asfortranarray(x)
    if layout == "backwards":
        return x[..., ::-1].copy()[..., ::-1] if x.ndim else x
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype) if x.ndim else x
    if x.ndim:
        wide[..., ::2] = x
    return wide[..., ::2] if x.ndim else x


# Functions of one argument, element by element

BOUNDS = {
    **dict.fromkeys("arccosh acosh".split(), (1.2, 3.0)),
    **dict.fromkeys("log log2 log10 sqrt reciprocal".split(), (0.3, 2.0)),
    **dict.fromkeys("arcsin asin arccos acos arctanh atanh".split(), (-0.8, 0.8)),
    "log1p": (-0.5, 2.0),
    "tan": (-1.2, 1.2),
}
ONE = tuple(
    "absolute arccos arccosh arcsin arcsinh arctan arctanh cbrt conjugate cos cosh deg2rad degrees exp exp2 expm1 fabs "
    "log log10 log1p log2 negative positive rad2deg radians reciprocal sin sinh sqrt square tan tanh sinc i0 "
    "nan_to_num real imag angle real_if_close".split()
)
_REAL_ONLY = set("cbrt deg2rad degrees fabs rad2deg radians i0 fmod mod hypot logaddexp logaddexp2".split())
_REAL_ONLY |= set("maximum minimum fmax fmin arctan2 copysign remainder ldexp".split())
_POLES = set(
    "log log2 log10 sqrt reciprocal cbrt absolute fabs angle conjugate real_if_close arccosh arccos".split()
)
SHAPES = ("float", (), (0,), (3,), (2, 3), (2, 1, 3), (1, 1))


def _is_real_only(chosen: Choice) -> bool:
    return chosen["name"] in _REAL_ONLY and chosen["dtype"] == "complex128"


def _fits_one(chosen: Choice) -> bool:
    if _is_real_only(chosen) or (chosen["shape"] == "float" and chosen["dtype"] == "float32"):
        return False
    if chosen["shape"] in ("float", ()) and chosen["layout"] != "C":
        return False
    if (
        chosen["dtype"] == "complex128"
        and chosen["name"] in ("absolute", "angle", "nan_to_num")
        and chosen["point"]
    ):
        return False
    return not (chosen["point"] == "zeros" and chosen["name"] in _POLES)


def _one(chosen: Choice, rng: np.random.Generator) -> Case:
    low, high = BOUNDS.get(chosen["name"], (-2.0, 2.0))
    x = drawn(chosen["shape"], chosen["dtype"], low, high, rng)
    if chosen["point"] == "zeros":
        x = x * 0.0
    if chosen["point"] == "repeated" and isinstance(x, np.ndarray) and x.size:
        x = np.full_like(x, x.flat[0])
    return _made(f"np.{chosen['name']}(x)", (laid_out(x, chosen["layout"]),), True, chosen)


def _made(text: str, arrays: tuple, smooth: bool, chosen: Choice) -> Case:
    curved = smooth and chosen["point"] not in ("zeros", "repeated", "ties")
    return Case(text, arrays, smooth, curved, "-".join(str(one).replace(" ", "") for one in chosen.values()))


# Of two arguments

TWO = tuple(
    "add subtract multiply divide true_divide power float_power arctan2 copysign fmax fmin fmod hypot logaddexp "
    "logaddexp2 maximum minimum mod remainder ldexp".split()
)
PAIRS = (
    *(("float", "float"), ((3,), "float"), ("float", (2, 3)), ((), ()), ((), (2,)), ((3,), (3,))),
    *(((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((0,), (0,)), ((0, 3), (1, 3)), ((2, 1, 3), (4, 1))),
    *(((1,), (3,)), ((1, 1), (2,))),
)
MIXED = (
    *(("float64", "float64"), ("float32", "float32"), ("float64", "float32"), ("complex128", "float64")),
    *(("float32", "complex128"), ("complex128", "complex128")),
)


def _fits_two(chosen: Choice) -> bool:
    if chosen["name"] in _REAL_ONLY and "complex128" in chosen["dtypes"]:
        return False
    if any(s == "float" and d == "float32" for s, d in zip(chosen["shapes"], chosen["dtypes"], strict=True)):
        return False
    return chosen["point"] != "ties" or chosen["name"] in (
        "maximum",
        "minimum",
        "fmax",
        "fmin",
        "hypot",
        "add",
        "power",
    )


def _two(chosen: Choice, rng: np.random.Generator) -> Case:
    (a, b), (one, other) = chosen["shapes"], chosen["dtypes"]
    x, y = drawn(a, one, 0.4, 2.0, rng), drawn(b, other, 0.45, 2.05, rng)
    if chosen["point"] == "ties":
        x, y = x * 0 + 1.25, y * 0 + 1.25
    name = chosen["name"]
    if name == "ldexp":
        return _made("np.ldexp(x, 3)", (x,), True, chosen)
    smooth = chosen["point"] != "ties" or name not in ("maximum", "minimum", "fmax", "fmin")
    return _made(f"np.{name}(x, y)", (x, y), smooth, chosen)


# Along axes

REDUCTIONS = tuple(
    "sum mean prod max min ptp var std nansum nanmean nanprod nanmax nanmin nanvar nanstd median nanmedian "
    "quantile percentile nanquantile linalg.norm linalg.vector_norm average".split()
)
RUNNING = tuple(
    "cumsum cumprod nancumsum nancumprod sort diff flip roll cumulative_sum cumulative_prod trapezoid".split()
)
AXES = ("", "axis=None", "axis=0", "axis=-1", "axis=(0,)", "axis=(0, -1)", "axis=(1, 0)")
_ONE_AXIS = set(RUNNING) - {"flip", "roll"}
_SORTED = {
    "max",
    "min",
    "ptp",
    "nanmax",
    "nanmin",
    "median",
    "nanmedian",
    "quantile",
    "percentile",
    "nanquantile",
    "sort",
}


def _rank_fits(chosen: Choice) -> bool:
    rank, axis = len(chosen["shape"]), chosen["axis"]
    needs = {
        "": 0,
        "axis=None": 0,
        "axis=0": 1,
        "axis=-1": 1,
        "axis=(0,)": 1,
        "axis=(0, -1)": 2,
        "axis=(1, 0)": 2,
    }
    return rank >= needs[axis]


def _fits_reduction(chosen: Choice) -> bool:
    name, shape = chosen["name"], chosen["shape"]
    if not _rank_fits(chosen) or (name in _SORTED and chosen["dtype"] == "complex128"):
        return False
    if 0 in shape and name not in ("sum", "prod", "nansum", "nanprod"):
        return False
    if name == "linalg.norm" and len(shape) > 2 and chosen["axis"] in ("", "axis=None"):
        return False
    if shape == () and name not in ("sum", "mean", "prod", "max", "min"):
        return False
    if chosen["point"] == "zeros" and (
        name in ("std", "nanstd", "linalg.norm", "linalg.vector_norm") or name in _SORTED
    ):
        return False
    return chosen["point"] != "repeated" or name not in ("std", "nanstd")


def _reduction(chosen: Choice, rng: np.random.Generator) -> Case:
    x = _point(chosen, rng)
    name, given = chosen["name"], [chosen["axis"], chosen["keepdims"]]
    first = {"quantile": "x, 0.3", "percentile": "x, 30.0", "nanquantile": "x, 0.3"}.get(name, "x")
    text = f"np.{name}({', '.join([first, *(one for one in given if one)])})"
    smooth = chosen["point"] == "random" or name not in _SORTED
    return _made(text, (laid_out(x, chosen["layout"]),), smooth, chosen)


def _point(chosen: Choice, rng: np.random.Generator) -> Any:
    x = drawn(chosen["shape"], chosen["dtype"], -1.0, 2.0, rng)
    if chosen["point"] == "zeros" and x.size:
        x = x.copy()
        x.flat[:: 2 if x.size > 1 else 1] = 0.0
    if chosen["point"] == "repeated" and x.size:
        x = np.full_like(x, 0.75)
    return x


def _fits_running(chosen: Choice) -> bool:
    name, axis, shape = chosen["name"], chosen["axis"], chosen["shape"]
    if not _rank_fits(chosen) or (name in _ONE_AXIS and "(" in axis) or shape == ():
        return False
    if name in _SORTED and chosen["dtype"] == "complex128":
        return False
    if axis == "axis=None" and name in ("diff", "trapezoid", "cumulative_sum", "cumulative_prod"):
        return False
    if axis == "" and name.startswith("cumulative") and len(shape) > 1:
        return False
    if 0 in shape and name in ("diff", "trapezoid", "sort"):
        return False
    return not (name in _SORTED and chosen["point"] != "random")


_SHIFTS = {"axis=(0,)": "(2,)", "axis=(0, -1)": "(1, 2)", "axis=(1, 0)": "(1, 2)"}


def _running(chosen: Choice, rng: np.random.Generator) -> Case:
    x = _point(chosen, rng)
    name, axis = chosen["name"], chosen["axis"]
    first = f"x, {_SHIFTS.get(axis, 2)}" if name == "roll" else "x"
    text = f"np.{name}({', '.join([first, *([axis] if axis else [])])})"
    return _made(text, (laid_out(x, chosen["layout"]),), True, chosen)


DEEP = ((), (3,), (2, 3), (2, 3, 2), (1, 3), (0,), (2, 0))
GROUPS = {
    "one argument": Group(
        {
            "name": ONE,
            "shape": SHAPES,
            "dtype": DTYPES,
            "layout": LAYOUTS,
            "point": ("", "zeros", "repeated"),
        },
        _fits_one,
        _one,
    ),
    "two arguments": Group(
        {"name": TWO, "shapes": PAIRS, "dtypes": MIXED, "point": ("random", "ties")}, _fits_two, _two
    ),
    "reductions": Group(
        {
            "name": REDUCTIONS,
            "shape": DEEP,
            "axis": AXES,
            "keepdims": ("", "keepdims=True"),
            "dtype": DTYPES,
            "layout": LAYOUTS,
            "point": ("random", "zeros", "repeated"),
        },
        _fits_reduction,
        _reduction,
    ),
    "along an axis": Group(
        {
            "name": RUNNING,
            "shape": DEEP,
            "axis": AXES,
            "dtype": DTYPES,
            "layout": LAYOUTS,
            "point": ("random", "zeros", "repeated"),
        },
        _fits_running,
        _running,
    ),
}


def cases(full: bool) -> list[Case]:
    """All calls, or a pairwise choice of them."""
    found = []
    for title, group in GROUPS.items():
        for chosen in group.every() if full else group.pairwise():
            seed = zlib.crc32(f"{title} {chosen}".encode())
            found.append(group.case(chosen, np.random.default_rng(seed)))
    return found
