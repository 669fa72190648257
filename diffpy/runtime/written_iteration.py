"""Functions that call others for each item, and what takes items and fields by name, written out."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Iterable
from typing import Any

from diffpy.runtime.written import write


def map_of(function: Callable, *iterables: Iterable) -> Any:
    return iter(tuple([function(*row) for row in zip(*iterables)]))  # noqa: B905


def starmap_of(function: Callable, iterable: Iterable) -> Any:
    return iter(tuple([function(*row) for row in iterable]))


def filter_of(function: Any, iterable: Iterable) -> Any:
    found = []
    for item in iterable:
        kept = item if function is None else function(item)
        if kept:
            found.append(item)
    return iter(tuple(found))


def reduce_of(function: Callable, iterable: Iterable, *initial: Any) -> Any:
    items = iter(iterable)
    value = initial[0] if initial else next(items)
    for item in items:
        value = function(value, item)
    return value


def accumulate_of(iterable: Iterable, func: Any = None, *, initial: Any = None) -> Any:
    items = list(iterable)
    if initial is not None:
        items = [initial, *items]
    if not items:
        return iter(tuple(items))
    running = items[0]
    found = [running]
    for item in items[1:]:
        running = running + item if func is None else func(running, item)
        found.append(running)
    return iter(tuple(found))


def over_list(function: Callable, items: Iterable, /, *args: Any, **keywords: Any) -> Any:
    """A function of a sequence, of what hands out its items."""
    return function(list(items), *args, **keywords)


def over_items_of(function: Callable, iterator: Callable, x: Any, /) -> Any:
    """A function of what the __iter__ of an object's class gives."""
    return function(iterator(x))


def sum_of(iterable: Iterable, /, start: Any = 0) -> Any:
    total = start
    for item in iterable:
        total = total + item
    return total


def items_at(keys: tuple, x: Any) -> Any:
    """operator.itemgetter(*keys)(x)"""
    return x[keys[0]] if len(keys) == 1 else tuple([x[key] for key in keys])


def fields_at(names: tuple[tuple[str, ...], ...], x: Any) -> Any:
    """operator.attrgetter("a.b", "c")(x), the names taken apart at their dots."""
    found = []
    for chain in names:
        value = x
        for name in chain:
            value = getattr(value, name)
        found.append(value)
    return found[0] if len(names) == 1 else tuple(found)


def method_of(name: str, args: tuple, keywords: dict, x: Any) -> Any:
    """operator.methodcaller(name, *args, **keywords)(x)"""
    return getattr(x, name)(*args, **keywords)


def adds_objects(args: tuple, keywords: dict) -> bool:
    """Whether what sum adds up is no number and no array: lists, or objects of classes of one's own."""
    start = args[1] if len(args) > 1 else keywords.get("start", 0)
    items = args[0] if args and isinstance(args[0], list | tuple) else ()
    return any(
        isinstance(x, list | tuple) or hasattr(getattr(type(x), "__add__", None), "__code__")
        for x in (start, *items)
    )


# Texts for derivatives of derivatives, where a call of value and pullback has no rule of its own.
TEXTS: dict[Any, Callable] = {
    map: map_of,
    itertools.starmap: starmap_of,
    filter: filter_of,
    functools.reduce: reduce_of,
    itertools.accumulate: accumulate_of,
}
write(sum, sum_of, once=True, when=adds_objects)


def getter_text(getter: Any) -> Callable | None:
    """operator.itemgetter, attrgetter and methodcaller as functions with text."""
    found: Any = getter.__reduce__()
    if isinstance(getter, operator.itemgetter):
        return functools.partial(items_at, found[1])
    if isinstance(getter, operator.attrgetter):
        return functools.partial(fields_at, tuple(tuple(one.split(".")) for one in found[1]))
    if isinstance(getter, operator.methodcaller):
        made, given = found
        if isinstance(made, functools.partial):  # with keywords
            return functools.partial(method_of, made.args[0], (*made.args[1:], *given), made.keywords)
        return functools.partial(method_of, given[0], tuple(given[1:]), {})
    return None


def repeated_plainly(step: Any, items: Any, state: Any, *constants: Any) -> Any:
    """A loop whose body is a function from a state to the next."""
    for item in items:
        state = step(item, *state, *constants)
    return state
