"""Derivatives of what takes containers apart and puts them together: zip, enumerate, list, map, dict views ..."""

from __future__ import annotations

import copy
import dataclasses
import functools
import itertools
import operator
import types
from collections.abc import Callable, ItemsView, Iterable, KeysView, ValuesView
from typing import Any

import numpy as np

from diffpy.errors import UnsupportedSyntaxError
from diffpy.runtime.attempts import check_held
from diffpy.runtime.buffers import add_element
from diffpy.runtime.by_rules import check_elements, plain
from diffpy.runtime.carrying import (
    carries,
    is_library_class,
    is_own_mapping,
    own_getter,
    own_iterator,
    own_missing,
)
from diffpy.runtime.classes_made import class_of
from diffpy.runtime.device_numbers import entries, entry
from diffpy.runtime.dispatch import pulled
from diffpy.runtime.handing import Handing, taken_from
from diffpy.runtime.joined_sets import JOINS, handed_on
from diffpy.runtime.leaves import is_added_by_arrays, is_array, is_on_device, updating_method
from diffpy.runtime.leaving import Leaving
from diffpy.runtime.made_structs import built
from diffpy.runtime.operands import FACTS, VIEWS
from diffpy.runtime.own_copies import check_copied
from diffpy.runtime.partials import apart
from diffpy.runtime.pulling import CONTAINER_RULES, Parts, Pulled
from diffpy.runtime.refusals import refuse_attributes, refuse_own_steps, refuse_sentinel
from diffpy.runtime.struct_fields import computing, initial_fields, is_method_of, is_plain
from diffpy.runtime.structures import has_derivative, tangent_vector
from diffpy.runtime.tangents import accumulate_field, accumulate_item, field_of, item_of
from diffpy.runtime.tokens import MOVERS, by_tokens
from diffpy.runtime.written_containers import dict_of


def rule_for(*functions: object) -> Callable[[Callable[..., Pulled]], Callable[..., Pulled]]:
    def register(rule: Callable[..., Pulled]) -> Callable[..., Pulled]:
        for function in functions:
            CONTAINER_RULES[function] = rule
        return rule

    return register


def over_objects(rule: Callable[..., Pulled]) -> Callable[..., Pulled]:
    """A rule for what iterates over its arguments: objects of the user's are what their own __iter__ gives."""

    def outer(*args: Any, **keywords: Any) -> Pulled:
        turned = {k: pulled(own_iterator(x), (x,), {}, (0,)) for k, x in enumerate(args) if own_iterator(x)}
        if not turned:
            return rule(*args, **keywords)
        for found, _ in turned.values():
            refuse_own_steps(found)
        value, full = rule(*(turned[k][0] if k in turned else x for k, x in enumerate(args)), **keywords)

        def back(y_bar: Any) -> Parts:
            parts = full(y_bar)
            own = {k: turned[k][1](parts.args[k]).args[0] for k in turned if parts.args[k] is not None}
            return parts._replace(
                args=tuple(own.get(k) if k in turned else one for k, one in enumerate(parts.args))
            )

        return value, back

    return outer


def gathered(x: Any, items: Any, places: Iterable[int] | None = None) -> Any:
    """The cotangent of an iterable from the cotangents of what was taken from it, in order, at these places."""
    x_bar: Any = None
    if items is None or not (carries(x) or _is_iterator(x) or isinstance(x, set | frozenset)):
        return None
    if isinstance(x, set | frozenset):  # it has no positions
        return dict(zip(x, items, strict=True))
    for k, one in zip(itertools.count() if places is None else places, items, strict=False):
        x_bar = add_element(x_bar, x, k, one)
    return x_bar


def source_of(iterable: Any, items: list[Any]) -> Any:
    return iterable if has_derivative(iterable) or _is_iterator(iterable) else items


def _is_iterator(x: Any) -> bool:
    return hasattr(type(x), "__next__") or isinstance(x, KeysView | ValuesView | ItemsView)


def _make(constructor: Any) -> None:
    @rule_for(constructor)
    @over_objects
    def convert(*args: Any) -> Pulled:
        places: list[int] = []
        if not args:
            return constructor(), lambda y_bar: Parts(None, (), {})
        value = constructor(taken_from(args[0], places) if isinstance(args[0], Handing) else args[0])
        return value, lambda y_bar: Parts(None, (gathered(args[0], y_bar, places or None),), {})


for one in (list, tuple):
    _make(one)


@rule_for(iter)
@over_objects
def _iter(x: Any, *sentinel: Any) -> Pulled:
    refuse_sentinel(sentinel)
    if isinstance(x, Handing):
        return by_tokens(iter, (x,), {})
    return Handing(entries(x)), lambda y_bar: Parts(None, (gathered(x, y_bar),), {})


def _by_tokens(mover: Any) -> None:
    @rule_for(mover)
    @over_objects
    def moved(*args: Any, **keywords: Any) -> Pulled:
        return by_tokens(mover, args, keywords)


for _mover in MOVERS:
    _by_tokens(_mover)


def _make_set(constructor: Any) -> None:
    @rule_for(constructor)
    @over_objects
    def convert(*args: Any) -> Pulled:
        places: list[int] = []
        items = list(taken_from(args[0], places)) if args else []

        def full(y_bar: Any) -> Parts:
            left = dict(y_bar)  # of equal values the first stands in the set
            return Parts(
                None, tuple(gathered(x, [left.pop(one, None) for one in items], places) for x in args), {}
            )

        return constructor(items), full


for _kind in (set, frozenset):
    _make_set(_kind)


def _join_sets(method: Any) -> None:
    @rule_for(method)
    def join(*args: Any) -> Pulled:
        given = [pulled(set, (one,), {}, (0,)) for one in args]

        def full(y_bar: Any) -> Parts:
            parts = handed_on(y_bar, (held for held, _ in given))
            return Parts(
                None, tuple(back(one).args[0] for (_, back), one in zip(given, parts, strict=True)), {}
            )

        return method(args[0], *(held for held, _ in given[1:])), full


for _method in JOINS:
    _join_sets(_method)


@rule_for(zip)
@over_objects
def _zip(*args: Any, strict: bool = False) -> Pulled:
    if any(isinstance(x, Handing) for x in args):
        return by_tokens(zip, args, {"strict": strict})

    def full(y_bar: Any) -> Parts:
        columns = [[item_of(pair, k) for pair in y_bar] for k in range(len(args))]
        return Parts(None, tuple(gathered(x, c) for x, c in zip(args, columns, strict=True)), {})

    return Handing(zip(*map(entries, args), strict=strict)), full


@rule_for(enumerate)
@over_objects
def _enumerate(iterable: Any, start: int = 0) -> Pulled:
    if isinstance(iterable, Handing):
        return by_tokens(enumerate, (iterable, start), {})

    def full(y_bar: Any) -> Parts:
        return Parts(None, (gathered(iterable, [item_of(pair, 1) for pair in y_bar]), None), {"start": None})

    return Handing(enumerate(entries(iterable), start)), full


@rule_for(reversed)
def _reversed(x: Any) -> Pulled:
    def full(y_bar: Any) -> Parts:
        return Parts(None, (gathered(x, y_bar, range(len(x) - 1, -1, -1)),), {})

    return Handing(reversed(entries(x))), full


def _in_place(name: str) -> None:
    in_place, plain = getattr(operator, f"i{name}"), getattr(operator, name)

    @rule_for(in_place)
    def augmented(x: Any, v: Any) -> Pulled:
        if is_added_by_arrays(x, v):
            return pulled(plain, (x, v), {}, (0, 1))
        if isinstance(x, list | dict | set):
            raise UnsupportedSyntaxError(
                "a value that may be a container is changed in place",
                because="its kind is not known while deriving, so it is not known who else would see the change",
                fix="write x = x + v instead of x += v",
            )
        if is_array(x):  # no other name shares it: check_rebound has seen to that
            return in_place(x.copy(), v), pulled(plain, (x, v), {}, (0, 1))[1]
        own = updating_method(x, name)
        return pulled(plain if own is None else own, (x, v), {}, (0, 1))


for _name in ("add", "sub", "mul", "truediv", "pow", "mod", "floordiv", "matmul", "xor", "lshift", "rshift"):
    _in_place(_name)


# Items, fields and methods of containers


@rule_for(operator.getitem)
def _getitem(x: Any, key: Any) -> Pulled:
    getter = own_getter(x) or own_missing(x, key)
    if getter is not None:
        return pulled(getter, (x, key), {}, (0, 1))

    def full(y_bar: Any) -> Parts:
        check_elements(x, "operator.getitem", "x")
        x_bar: Any = np.zeros_like(x.base).ravel() if isinstance(x, np.flatiter) else None
        x_bar = accumulate_item(x_bar, x if x_bar is None else x_bar, key, y_bar)
        return Parts(None, (x_bar, None), {})

    return entry(x[key]), full


@rule_for(getattr)
def _getattr(x: Any, name: str, *default: Any) -> Pulled:
    own = [None] * len(default)
    computed = None if is_on_device(x) else computing(x, name)
    if computed is not None:
        try:
            value, found = pulled(*computed, {}, (0,))
        except AttributeError:
            if not default:
                raise
            return default[0], lambda y_bar: Parts(None, (None, None, y_bar), {})
        return value, lambda y_bar: Parts(None, (found(y_bar).args[0], None, *own), {})
    if default and not hasattr(x, name):
        return default[0], lambda y_bar: Parts(None, (None, None, y_bar), {})
    is_plain = is_array(x) or is_on_device(x)
    if (is_plain or isinstance(x, np.number | float | int | complex)) and name in VIEWS:
        value, found = pulled(VIEWS[name], (x,), {}, (0,))
        return value, lambda y_bar: Parts(None, (found(y_bar).args[0], None, *own), {})
    refuse_attributes(x, name)
    value = getattr(x, name, *default)
    if isinstance(value, np.flatiter):
        return value, lambda y_bar: Parts(None, (np.reshape(y_bar, x.shape), None, *own), {})
    if isinstance(x, BaseException) and not hasattr(value, "__self__"):
        check_held(x, name, value)

    def full(y_bar: Any) -> Parts:
        if is_method_of(value, x, name):  # its cotangent is its object's
            return Parts(None, (y_bar, None, *own), {})
        if (is_plain or isinstance(x, np.generic)) and name in FACTS:
            return Parts(None, (None, None, *own), {})
        if isinstance(x, types.FunctionType) and isinstance(value, int | float):  # a count of its calls
            return Parts(None, (None, None, *own), {})
        # What super() gives beside methods stands in a class.
        if isinstance(x, BaseException | super) or is_library_class(x):
            return Parts(None, (None, None, *own), {})
        x_bar: Any = None
        x_bar = accumulate_field(x_bar, x, name, y_bar)
        return Parts(None, (x_bar, None, *own), {})

    return value, full


@rule_for(next)
def _next(iterator: Any, *default: Any) -> Pulled:
    """next(it) on an iterator that counts; its cotangent is a list, an entry an item."""
    refuse_own_steps(iterator)
    if not isinstance(iterator, Handing):
        return plain(next, (iterator, *default), {}, tuple(range(1 + len(default))))
    place = iterator.taken
    value = next(iterator, *default)

    def full(y_bar: Any) -> Parts:
        if iterator.taken == place and default:
            return Parts(None, (None, y_bar), {})
        return Parts(None, (add_element(None, iterator, place, y_bar), *(None for _ in default)), {})

    return value, full


@rule_for(functools.partial)
def _partial(function: Any, *args: Any, **keywords: Any) -> Pulled:
    def full(y_bar: Any) -> Parts:
        function_bar, bars, named = apart(y_bar, function, keywords)
        return Parts(None, (function_bar, *bars), named)

    return functools.partial(function, *args, **keywords), full


@rule_for(built)
def _built(cls: type, /, **fields: Any) -> Pulled:
    def full(y_bar: Any) -> Parts:
        return Parts(None, (None,), {n: field_of(y_bar, n) for n in fields})

    return built(cls, **fields), full


@rule_for(class_of)
def _class_of(maker: Any) -> Pulled:
    raise UnsupportedSyntaxError(
        "a class with variables of the function in it has no pullback",
        because="its methods read them whenever they are called",
        fix="define the class at the top of the module, and give its objects what they need",
    )


@rule_for(Leaving)
def _leaving(context: Any) -> Pulled:
    return Leaving(context), lambda y_bar: Parts(None, (None,), {})


@rule_for(super)
def _super(cls: type, x: Any) -> Pulled:
    return super(cls, x), lambda y_bar: Parts(None, (None, y_bar), {})


@rule_for(dataclasses.replace)
def _replace(x: Any, /, **fields: Any) -> Pulled:
    if not is_plain(type(x)):
        return _made_anew(x, fields)

    def full(y_bar: Any) -> Parts:
        x_bar: Any = None
        for name in tangent_vector(type(x))._names:
            if name not in fields and carries(getattr(x, name)):
                x_bar = accumulate_field(x_bar, x, name, field_of(y_bar, name))
        return Parts(
            None, (x_bar,), {n: field_of(y_bar, n) if carries(v) else None for n, v in fields.items()}
        )

    return dataclasses.replace(x, **fields), full


def _made_anew(x: Any, fields: dict[str, Any]) -> Pulled:
    """The constructor, which does more than store the fields, is called with them."""
    held = {n: value for n, value in initial_fields(x).items() if n not in fields}
    value, full = pulled(type(x), (), held | fields, (*held, *fields))

    def back(y_bar: Any) -> Parts:
        parts = full(y_bar).keywords
        x_bar: Any = None
        for name in held:
            x_bar = accumulate_field(x_bar, x, name, parts.get(name))
        return Parts(None, (x_bar,), {n: parts.get(n) for n in fields})

    return value, back


@rule_for(dict)
def _dict(*args: Any, **keywords: Any) -> Pulled:
    if args and isinstance(args[0], Handing):
        return by_tokens(dict, args, keywords)
    if args and is_own_mapping(args[0]):
        return pulled(dict_of, args, keywords, (0, *keywords))
    if args and not isinstance(args[0], dict):
        args = ([tuple(pair) for pair in args[0]],)

    def full(y_bar: Any) -> Parts:
        given = {k: y_bar.get(k) for k in keywords}
        if not args:
            return Parts(None, (), given)
        if isinstance(args[0], dict):
            return Parts(None, ({k: v for k, v in y_bar.items() if k not in keywords},), given)
        last = {pair[0]: k for k, pair in enumerate(args[0])}
        pairs = [(None, y_bar.get(pair[0]) if last[pair[0]] == k else None) for k, pair in enumerate(args[0])]
        return Parts(None, (pairs,), given)

    return dict(*args, **keywords), full


@rule_for(dict.items)
def _items(d: dict) -> Pulled:
    keys = list(d)
    return d.items(), lambda y_bar: Parts(
        None, ({k: item_of(p, 1) for k, p in zip(keys, y_bar, strict=False)},), {}
    )


@rule_for(dict.values)
def _values(d: dict) -> Pulled:
    keys = list(d)
    return d.values(), lambda y_bar: Parts(None, (dict(zip(keys, y_bar, strict=False)),), {})


def _constant(method: Any) -> None:
    @rule_for(method)
    def fact(x: Any, *args: Any) -> Pulled:
        return method(x, *args), lambda y_bar: Parts(None, (None,) * (1 + len(args)), {})


for _method in (dict.keys, list.index, list.count, dataclasses.fields, dataclasses.is_dataclass):
    _constant(_method)


@rule_for(dict.get)
def _get(d: dict, key: Any, default: Any = None) -> Pulled:
    there = key in d

    def full(y_bar: Any) -> Parts:
        return Parts(None, ({key: y_bar}, None, None) if there else (None, None, y_bar), {})

    return d.get(key, default), full


@rule_for(list.copy, dict.copy, copy.copy)
def _copy(x: Any) -> Pulled:
    check_copied(copy.copy, x)
    return copy.copy(x), lambda y_bar: Parts(None, (y_bar,), {})


@rule_for(copy.deepcopy)
def _deepcopy(x: Any) -> Pulled:
    check_copied(copy.deepcopy, x)
    return copy.deepcopy(x), lambda y_bar: Parts(None, (y_bar,), {})
