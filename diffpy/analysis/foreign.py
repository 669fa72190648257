"""Functions of Python and NumPy that change an argument, or call it: a callee and its arguments in, which ones out."""

from __future__ import annotations

import bisect
import functools
import heapq
import itertools
import operator
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

import gast
import numpy as np

from diffpy.analysis.out_arguments import may_write
from diffpy.functions import looked_up
from diffpy.rules import cotangents

if TYPE_CHECKING:
    from diffpy.analysis.facts import Facts

# The position of the argument that is changed.
CHANGING: dict[object, int] = dict.fromkeys(
    [
        *(np.copyto, np.fill_diagonal, np.put, np.put_along_axis, np.place, np.putmask, np.random.shuffle),
        *cotangents.CHANGING,
        *(heapq.heappush, heapq.heappop, heapq.heapify, heapq.heapreplace, heapq.heappushpop),
        *(bisect.insort, bisect.insort_left, random.shuffle, setattr, delattr),
        *(object.__setattr__, object.__delattr__, type.__setattr__, type.__delattr__),
        *(operator.setitem, operator.delitem, operator.iadd, operator.isub, operator.imul, operator.itruediv),
        *(operator.imatmul, operator.ipow, operator.iconcat, operator.ifloordiv, operator.imod),
        *(getattr(list, n) for n in "append clear extend insert pop remove reverse sort".split()),
        *(getattr(dict, n) for n in "clear pop popitem setdefault update".split()),
        *(getattr(one, f"__{n}__") for one in (list, dict) for n in "init setitem delitem".split()),
        *(
            getattr(np.ndarray, n)
            for n in "fill itemset partition put resize sort".split()
            if hasattr(np.ndarray, n)
        ),
    ],
    0,
)


def changed(function: object, args: list[gast.expr], keywords: list[gast.keyword]) -> list[gast.expr]:
    """The arguments whose objects a call changes."""
    found = [k.value for k in keywords if k.arg == "out" and may_write(function)]
    is_at = getattr(function, "__name__", "") == "at" and isinstance(
        getattr(function, "__self__", None), np.ufunc
    )
    position = 0 if is_at else looked_up(CHANGING, function)
    if position is not None and position < len(args):
        found.append(args[position])
    if isinstance(function, np.ufunc) and len(args) > function.nin:
        found += args[function.nin :]
    if any(function is one and k.arg == option and _asks(k) for one, option in _ASKED_TO for k in keywords):
        found += args[:1]
    return found


# The position of the argument that is called.
CALLING: dict[object, int] = {
    **dict.fromkeys((map, filter, functools.reduce, itertools.starmap), 0),
    **dict.fromkeys((itertools.takewhile, itertools.dropwhile, itertools.filterfalse), 0),
    **dict.fromkeys((itertools.accumulate, itertools.groupby), 1),
}


def called(function: object, args: Sequence[gast.expr], keywords: Sequence[gast.keyword]) -> list[gast.expr]:
    """The arguments that a call calls in turn."""
    found = [k.value for k in keywords if k.arg in ("key", "func")]
    position = looked_up(CALLING, function)
    return [*found, *args[position : position + 1]] if position is not None else found


def _asks(option: gast.keyword) -> bool:
    """Whether an option may be given for a change: overwrite_input=False is not, copy=True neither."""
    told = option.value.value if isinstance(option.value, gast.Constant) else None
    return told is not (option.arg == "copy") if isinstance(told, bool) else True


# Functions that change their first argument where an option asks for it.
_ASKED_TO = [
    (np.nan_to_num, "copy"),
    *((one, "overwrite_input") for one in (np.median, np.percentile, np.quantile)),
    *((one, "overwrite_input") for one in (np.nanmedian, np.nanpercentile, np.nanquantile)),
]


def gathers(function: object, args: object) -> bool:
    """Whether a call adds to a buffer, or to an entry of one, that stands there by name."""
    known = function is cotangents.accumulate_into or function is cotangents.add_item
    return (
        known
        and isinstance(args, tuple | list)
        and all(isinstance(a, gast.Name | gast.Constant) for a in args)
    )


def only_gathers(facts: Facts, called: gast.AST) -> bool:
    """The same for a call in a program."""
    function = getattr(facts.calls.get(id(called)), "function", None)
    return isinstance(called, gast.Call) and gathers(function, called.args)
