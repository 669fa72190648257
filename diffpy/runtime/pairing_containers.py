"""Calls of value and pullback for functions on containers that are no plain moves: map, reduce, getattr, next ..."""

from __future__ import annotations

import dataclasses
import functools
import operator
from typing import Any

import numpy as np

from diffpy.errors import UnsupportedSyntaxError
from diffpy.runtime import by_rules, carrying, dispatch, pulling
from diffpy.runtime.carrying import is_library_class, own_missing
from diffpy.runtime.handing import Handing, all_given_up
from diffpy.runtime.leaves import is_added_by_arrays, is_array, updating_method
from diffpy.runtime.made_structs import built
from diffpy.runtime.operands import FACTS, VIEWS
from diffpy.runtime.pairing import SPECIAL, around, following, paired, structural
from diffpy.runtime.partials import together
from diffpy.runtime.pulling import Parts
from diffpy.runtime.refusals import refuse_attributes, refuse_own_steps
from diffpy.runtime.sequences import sorted_tangent
from diffpy.runtime.standing import Standing, fixed
from diffpy.runtime.struct_fields import computing, is_method_of, is_plain
from diffpy.runtime.taking_apart import IN_ORDER, paired_apart
from diffpy.runtime.tangents import accumulate_field, field_of, item_of
from diffpy.runtime.tokens import MOVERS, Along, Run
from diffpy.runtime.written_containers import dict_of
from diffpy.runtime.written_iteration import TEXTS, over_items_of, over_list


def _special(*functions: Any) -> Any:
    def register(pairing: Any) -> Any:
        for function in functions:
            SPECIAL[function] = pairing
        return pairing

    return register


def _fixed(function: Any, turned: Any, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """A function that moves items, with the transpose of its pullback."""
    value, first = pulling.CONTAINER_RULES[function](*args, **keywords)
    return fixed(value, first, turned, args, keywords, wanted)


@_special(dispatch.with_pullback)
def _maker(args: tuple, keywords: dict, wanted: tuple) -> Standing:
    return _fixed(dispatch.with_pullback, lambda bar: bar.args[0], args, keywords, wanted)


@_special(super)
def _super(args: tuple, keywords: dict, wanted: tuple) -> Standing:
    return _fixed(super, lambda bar: bar.args[1], args, keywords, wanted)


@_special(functools.partial)
def _partial(args: tuple, keywords: dict, wanted: tuple) -> Standing:
    def turned(bar: Parts) -> Any:
        return together(args[0], bar.args[0], tuple(bar.args[1:]), dict.fromkeys(keywords) | bar.keywords)

    return _fixed(functools.partial, turned, args, keywords, wanted)


@_special(enumerate)
def _enumerate(args: tuple, keywords: dict, wanted: tuple) -> Standing:
    def turned(bar: Parts) -> Any:
        return [(None, one) for one in bar.args[0]] if bar.args[0] is not None else None

    return _fixed(enumerate, turned, args, keywords, wanted)


@_special(sorted)
def _sorted(args: tuple, keywords: dict, wanted: tuple) -> Standing:
    if isinstance(args[0], set | frozenset):  # it has no places
        return paired(functools.partial(over_list, sorted), args, keywords, wanted)
    items: Any = args[0] if isinstance(args[0], dict) else list(args[0])
    value, first = by_rules.by_row(pulling.lent[0].row_of(sorted), sorted, (items,), keywords, wanted)

    def turned(bar: Parts) -> Any:
        return sorted_tangent(bar.args[0], value, items) if bar.args[0] is not None else None

    return fixed(value, first, turned, args, keywords, wanted)


@_special(next)
def _next(args: tuple, keywords: dict, wanted: tuple) -> Standing:
    position = args[0].taken if isinstance(args[0], Handing) else 0

    def turned(bar: Parts) -> Any:
        return bar.args[0][position] if bar.args[0] is not None else None

    return _fixed(next, turned, args, keywords, wanted)


def _run(function: Any, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """A function that moves items, by tokens."""
    run = Run(function, args, keywords)
    return fixed(run.value(), run.back, Along(run), args, keywords, wanted)


def _by_tokens(function: Any, otherwise: Any) -> Any:
    @_special(function)
    def pairing(args: tuple, keywords: dict, wanted: tuple) -> Standing:
        if len(args) == 1 and carrying.own_iterator(args[0]):
            return _over_object(function, args[0])
        if otherwise is not None and not any(hasattr(type(x), "__next__") for x in args):
            return otherwise(args, keywords, wanted)
        return _run(function, args, keywords, wanted)


def _over_object(function: Any, x: Any) -> Standing:
    """list(x) for an object with its own __iter__."""
    refuse_own_steps(x)
    return paired(functools.partial(over_items_of, function, carrying.own_iterator(x)), (x,), {}, (0,))


for _mover in MOVERS:
    _by_tokens(_mover, None)
for _one in (list, tuple, iter, zip, reversed):
    _by_tokens(_one, functools.partial(structural, _one))
_by_tokens(enumerate, SPECIAL[enumerate])


@_special(dict)
def _dict(args: tuple, keywords: dict, wanted: tuple) -> Standing:
    if not args or isinstance(args[0], dict):
        return structural(dict, args, keywords, wanted)
    if carrying.is_own_mapping(args[0]):
        return paired(dict_of, args, keywords, wanted)
    return _run(dict, args, keywords, wanted)


@_special(built)
def _built(args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """An object of an ordinary class, made of what its constructor stores."""
    value, first = pulling.CONTAINER_RULES[built](*args, **keywords)

    def turned(bar: Parts) -> Any:
        y_bar: Any = None
        for name, part in bar.keywords.items():
            y_bar = accumulate_field(y_bar, value, name, part)
        return y_bar

    return fixed(value, first, turned, args, keywords, wanted)


@_special(dataclasses.replace)
def _replace(args: tuple, keywords: dict, wanted: tuple) -> Standing:
    x = args[0]
    if not is_plain(type(x)):
        raise UnsupportedSyntaxError(
            f"replace() of '{type(x).__name__}' has no second derivative",
            because="its constructor does more than store the fields",
            fix=f"call the class: {type(x).__name__}(...)",
        )

    def turned(bar: Parts) -> Any:
        y_bar: Any = None
        for name in vars(bar.args[0]) if bar.args[0] is not None else ():
            if name not in keywords:
                y_bar = accumulate_field(y_bar, x, name, field_of(bar.args[0], name))
        for name, part in bar.keywords.items():
            y_bar = accumulate_field(y_bar, x, name, part)
        return y_bar

    return _fixed(dataclasses.replace, turned, args, keywords, wanted)


@_special(getattr)
def _getattr(args: tuple, keywords: dict, wanted: tuple) -> Standing:
    x, name = args[:2]
    if len(args) == 3 and not hasattr(x, name):
        return _fixed(getattr, lambda bar: bar.args[2], args, keywords, wanted)
    computed = computing(x, name)
    if computed is not None:
        return _first_of(*computed, args, wanted)
    if is_array(x) and name in VIEWS:
        return _first_of(VIEWS[name], (x,), args, wanted)
    refuse_attributes(x, name)
    value = getattr(*args)

    def turned(bar: Parts) -> Any:
        if bar.args[0] is None or is_method_of(value, x, name):
            return bar.args[0]
        if isinstance(x, tuple):
            return item_of(bar.args[0], x._fields.index(name))  # type: ignore[attr-defined]
        if isinstance(value, np.flatiter):
            return np.ravel(bar.args[0])
        if (
            isinstance(x, super)
            or is_library_class(x)
            or ((is_array(x) or isinstance(x, np.generic)) and name in FACTS)
        ):
            return None
        return field_of(bar.args[0], name)

    return _fixed(getattr, turned, args, keywords, wanted)


def _first_of(function: Any, given: tuple, args: tuple, wanted: tuple) -> Standing:
    """The call of what computes an attribute, which is given the object and perhaps the name."""
    count = len(given)
    rest = (None,) * (len(args) - count)
    return around(
        Standing(
            function,
            given,
            {},
            tuple(k for k in wanted if k == 0),
            outward=lambda parts: Parts(None, (*parts.args, *rest), {}),
            inward=lambda bar: Parts(None, bar.args[:count], {}),
        )
    )


@_special(operator.getitem)
def _getitem(args: tuple, keywords: dict, wanted: tuple) -> Standing:
    x, key = args
    missing = own_missing(x, key)
    if missing is not None:
        return paired(missing, args, {}, wanted)
    getter = getattr(type(x), "__getitem__", None)
    if not (is_array(x) or isinstance(x, list | tuple | dict | str)) and hasattr(getter, "__code__"):
        return paired(getter, args, {}, wanted)
    if isinstance(x, np.flatiter):
        return _fixed(operator.getitem, lambda bar: np.ravel(bar.args[0])[key], args, keywords, wanted)
    return structural(operator.getitem, args, keywords, wanted)


# The operators of x += v and the like; a number is not changed by them.
AUGMENTED = ("add", "sub", "mul", "truediv", "pow", "mod", "floordiv", "matmul")
PLAIN: dict[Any, Any] = {getattr(operator, f"i{name}"): getattr(operator, name) for name in AUGMENTED}


def _augmented(name: str, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    own_method = updating_method(args[0], name)
    if own_method is None or is_array(args[0]) or is_added_by_arrays(*args):
        return paired(getattr(operator, name), args, {}, wanted)
    dispatch.pulled(getattr(operator, f"i{name}"), args, {}, ())
    return paired(own_method, args, {}, wanted)


for _name in AUGMENTED:
    SPECIAL[getattr(operator, f"i{_name}")] = functools.partial(_augmented, _name)


def _by_parts(function: Any) -> None:
    SPECIAL[function] = functools.partial(paired_apart, function)


for _one in IN_ORDER:
    _by_parts(_one)


def _by_text(function: Any, text: Any) -> None:
    @_special(function)
    def pairing(args: tuple, keywords: dict, wanted: tuple) -> Standing:
        iterators = all_given_up(args, keywords)
        if iterators:
            return following(iterators, text, args, keywords, wanted)
        return paired(text, args, keywords, wanted)


for _one in TEXTS:
    _by_text(_one, TEXTS[_one])
