"""Tangents through what takes containers apart and puts them together: zip, enumerate, list, map, dict views ..."""

from __future__ import annotations

import copy
import dataclasses
import functools
import inspect
import itertools
import operator
import types
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np

from diffpy.errors import DerivativeRuleError, DifferentiationError
from diffpy.runtime import by_rules, carrying, dispatch, pulling
from diffpy.runtime.alongside import in_pairs
from diffpy.runtime.arrays import add_at
from diffpy.runtime.attempts import Raised, attempted, check_held, handled, note_numbers
from diffpy.runtime.buffers import accumulate_into, add_item, place_item, restore_item, set_item, take_item
from diffpy.runtime.classes_made import class_of, note_class
from diffpy.runtime.device_numbers import entry
from diffpy.runtime.differentials import (
    MOVING,
    Moved,
    Rule,
    field_tangent,
    moved_alike,
    moved_items,
    pushed,
    struct_tangent,
)
from diffpy.runtime.handing import Handing
from diffpy.runtime.joined_sets import updated_by
from diffpy.runtime.leaves import is_added_by_arrays, is_array, updating_method
from diffpy.runtime.leaving import Leaving
from diffpy.runtime.made_structs import built
from diffpy.runtime.marks import left_in, left_out, with_derivative, without_derivative
from diffpy.runtime.operands import VIEWS
from diffpy.runtime.own_copies import check_copied
from diffpy.runtime.partials import together
from diffpy.runtime.pulling import Parts
from diffpy.runtime.refusals import refuse_sentinel
from diffpy.runtime.sharing import check_no_record
from diffpy.runtime.struct_fields import computing, initial_fields, is_made_for, is_method_of, is_plain, state
from diffpy.runtime.structures import Structs, structure_of, tangent_vector
from diffpy.runtime.taking_apart import IN_ORDER, moved_apart
from diffpy.runtime.tangent_vectors import TangentVector
from diffpy.runtime.tangents import item_of
from diffpy.runtime.tokens import MOVERS, moved_by_tokens
from diffpy.runtime.written_containers import dict_of
from diffpy.runtime.zeros import full_tangent, is_still, settled, zero_like


def moving(*functions: object) -> Callable[[Rule], Rule]:
    """Registers how the tangent of a call of these functions is found."""

    def register(rule: Rule) -> Rule:
        for function in functions:
            MOVING[function] = rule
        return rule

    return register


def in_step(x: Any, x_dot: Any) -> tuple[Any, Any]:
    """x and the items of its tangent; what runs through x but once is split, where zeros are made of its items."""
    own = carrying.own_iterator(x)
    if own is not None and not is_still(x_dot):
        found, dots = pushed(own, (x,), {}, Parts(None, (x_dot,), {}))
        dots = x_dot if found is x else dots  # which may move by what its class captured alone
        if is_still(dots):
            return in_step(found, None)
        return split(asked_for(found, dots)) if isinstance(dots, TangentVector) else (found, dots)
    getter = carrying.own_getter(x)
    if getter is not None and not hasattr(type(x), "__iter__") and not is_still(x_dot):
        return split(by_places(getter, x, x_dot))
    if is_still(x_dot) and hasattr(type(x), "__next__") and not isinstance(x, Handing):
        x, again = itertools.tee(x)
        return x, map(zero_like, again)
    return x, moved_items(x, None if is_still(x_dot) else x_dot)


def by_places(getter: Any, x: Any, x_dot: Any) -> Iterator[Moved]:
    """The items that an object gives by their places, from the first until there are no more."""
    for k in itertools.count():
        try:
            pair = pushed(getter, (x, k), {}, Parts(None, (x_dot, None), {}))
        except IndexError:
            return
        yield pair


def asked_for(x: Any, x_dot: Any) -> Iterator[Moved]:
    """The items that an object gives which is its own iterator: it changes, and its tangent with it."""
    while True:
        try:
            pair = pushed(type(x).__next__, (x,), {}, Parts(None, (x_dot,), {}))
        except StopIteration:
            return
        yield pair


def split(pairs: Iterator[Moved]) -> Moved:
    """An iterator of values, and their tangents."""
    return in_pairs(pairs)


def stepwise(x: Any, x_dot: Any) -> Iterator[Moved]:
    """The items, each with its tangent."""
    return zip(*in_step(x, x_dot), strict=False)


# Sequences


def _make(constructor: Any) -> None:
    @moving(constructor)
    def convert(args: tuple, keywords: dict, moves: Parts) -> Moved:
        pairs = list(stepwise(args[0], moves.args[0]))
        return constructor(value for value, _ in pairs), constructor(dot for _, dot in pairs)


for one in (list, tuple):
    _make(one)


@moving(deque)
def _deque(args: tuple, keywords: dict, moves: Parts) -> Moved:
    pairs = list(stepwise(args[0], moves.args[0]))
    value, dot = deque((v for v, _ in pairs), *args[1:], **keywords), [d for _, d in pairs]
    return value, deque(dot, value.maxlen)


@moving(iter)
def _iter(args: tuple, keywords: dict, moves: Parts) -> Moved:
    refuse_sentinel(args[1:])
    return split(stepwise(args[0], moves.args[0]))


def _make_set(constructor: Any) -> None:
    @moving(constructor)
    def convert(args: tuple, keywords: dict, moves: Parts) -> Moved:
        found: dict = {}
        for value, dot in zip(*in_step(args[0], moves.args[0]), strict=False):
            found.setdefault(value, dot)  # of equal values the first stands in the set
        return constructor(found), found


for _kind in (set, frozenset):
    _make_set(_kind)


def _by_tokens(mover: Any) -> None:
    @moving(mover)
    def moved(args: tuple, keywords: dict, moves: Parts) -> Moved:
        return moved_by_tokens(mover, args, keywords, moves)


for _mover in MOVERS:
    _by_tokens(_mover)


def _columns(args: tuple, dots: tuple, **keywords: Any) -> Iterator[tuple[tuple, tuple]]:
    """zip(...) of items, each row with its tangents."""
    for row in zip(*map(stepwise, args, dots), **keywords):  # noqa: B905
        yield tuple(value for value, _ in row), tuple(dot for _, dot in row)


@moving(zip)
def _zip(args: tuple, keywords: dict, moves: Parts) -> Moved:
    return split(_columns(args, moves.args, **keywords))


@moving(enumerate)
def _enumerate(args: tuple, keywords: dict, moves: Parts) -> Moved:
    rows = enumerate(stepwise(args[0], moves.args[0]), *args[1:], **keywords)
    return split(((k, value), (0, dot)) for k, (value, dot) in rows)


@moving(reversed)
def _reversed(args: tuple, keywords: dict, moves: Parts) -> Moved:
    own = dispatch.special_method(reversed, args)
    if own is not None:
        return pushed(own, args, keywords, moves)
    if carrying.own_getter(args[0]) is not None:
        pairs = [*stepwise(args[0], moves.args[0])]
        return split(reversed(pairs))
    return split(zip(reversed(args[0]), reversed(moves.args[0]), strict=False))


@moving(map)
def _map(args: tuple, keywords: dict, moves: Parts) -> Moved:
    rows = _columns(args[1:], moves.args[1:])
    return split(pushed(args[0], row, {}, Parts(moves.args[0], dots, {})) for row, dots in rows)


@moving(itertools.starmap)
def _starmap(args: tuple, keywords: dict, moves: Parts) -> Moved:
    function, rows = args[0], stepwise(args[1], moves.args[1])

    def applied(row: Any, row_dot: Any) -> Moved:
        pairs = list(stepwise(row, row_dot))
        given, dots = tuple(value for value, _ in pairs), tuple(dot for _, dot in pairs)
        return pushed(function, given, {}, Parts(moves.args[0], dots, {}))

    return split(itertools.starmap(applied, rows))


@moving(filter)
def _filter(args: tuple, keywords: dict, moves: Parts) -> Moved:
    test = bool if args[0] is None else args[0]
    pairs = zip(*in_step(args[1], moves.args[1]), strict=False)
    if is_still(moves.args[0]):
        return split((one, dot) for one, dot in pairs if test(one))
    # what the test captured may change, and its tangent with it
    passes = lambda one, dot: pushed(test, (one,), {}, Parts(moves.args[0], (dot,), {}))[0]  # noqa: E731
    return split((one, dot) for one, dot in pairs if passes(one, dot))


def _running(function: Any, function_dot: Any, x: Any, x_dot: Any, start: list[Moved]) -> Iterator[Moved]:
    """The running results of a function of two arguments, with their tangents."""
    pairs = zip(*in_step(x, x_dot), strict=False)
    value, dot = start[0] if start else next(pairs, (None, _NOTHING))
    if dot is _NOTHING:
        return
    yield value, dot
    for one, one_dot in pairs:
        value, dot = pushed(function, (value, one), {}, Parts(function_dot, (dot, one_dot), {}))
        dot = zero_like(value) if dot is None else dot
        yield value, dot


_NOTHING = object()


@moving(functools.reduce)
def _reduce(args: tuple, keywords: dict, moves: Parts) -> Moved:
    function, x, *initial = args
    start = [(initial[0], full_tangent(moves.args[2], initial[0]))] if initial else []
    found = list(_running(function, moves.args[0], x, moves.args[1], start))
    return found[-1] if found else (functools.reduce(*args), None)


@moving(itertools.accumulate)
def _accumulate(args: tuple, keywords: dict, moves: Parts) -> Moved:
    function = (args[1] if len(args) > 1 else keywords.get("func")) or operator.add
    function_dot = moves.args[1] if len(args) > 1 else moves.keywords.get("func")
    initial = keywords.get("initial")
    start = [(initial, full_tangent(moves.keywords.get("initial"), initial))] if initial is not None else []
    return split(_running(function, function_dot, args[0], moves.args[0], start))


@moving(itertools.count)
def _count(args: tuple, keywords: dict, moves: Parts) -> Moved:
    given = {**dict(zip(("start", "step"), args, strict=False)), **keywords}
    dots = {**dict(zip(("start", "step"), moves.args, strict=False)), **moves.keywords}
    start, step = (dots.get(n) or zero_like(given.get(n, 0)) for n in ("start", "step"))
    return split(zip(itertools.count(*args, **keywords), itertools.count(start, step), strict=False))


@moving(next)
def _next(args: tuple, keywords: dict, moves: Parts) -> Moved:
    if isinstance(moves.args[0], TangentVector):
        return next(
            asked_for(args[0], moves.args[0]), *[(args[k], moves.args[k]) for k in range(1, len(args))]
        )
    value = next(args[0], _NOTHING) if len(args) > 1 else next(args[0])
    if value is _NOTHING:
        return args[1], moves.args[1]
    return value, None if moves.args[0] is None else next(moves.args[0])


def _in_place(name: str) -> None:
    in_place, plain_operator = (
        getattr(operator, f"i{name}"),
        getattr(operator, name, None) or getattr(operator, f"{name}_"),
    )

    @moving(in_place)
    def augmented(args: tuple, keywords: dict, moves: Parts) -> Moved:
        x, v = args
        x_dot, v_dot = moves.args
        own = updating_method(x, name)
        if isinstance(own, types.FunctionType):
            return pushed(own, args, {}, moves)
        if is_added_by_arrays(x, v):
            return pushed(plain_operator, args, {}, moves)
        check_no_record(x, x_dot)
        if isinstance(x, list) and name == "mul":
            x_dot = x_dot if x_dot is not None else zero_like(x)
            return in_place(x, v), in_place(x_dot, v)
        if isinstance(x, list):
            x_dot = x_dot if x_dot is not None else zero_like(x)
            pairs = list(stepwise(v, v_dot))
            x_dot += [dot for _, dot in pairs]
            return in_place(x, [value for value, _ in pairs]), x_dot
        if is_array(x):
            _, moved = pushed(plain_operator, args, {}, moves)
            value = in_place(x, v)
            x_dot = x_dot if x_dot is not None else zero_like(x)
            x_dot[...] = settled(moved, value)
            return value, x_dot
        if isinstance(x, dict | set):
            update = updated_by(in_place, x, v)
            if update is None:
                raise by_rules.unknown(in_place)
            pushed(update, (v,), {}, Parts(x_dot, (v_dot,), {}))
            return x, x_dot
        return pushed(plain_operator if own is None else own, args, {}, moves)


for _name in (
    "add",
    "sub",
    "mul",
    "truediv",
    "pow",
    "mod",
    "floordiv",
    "matmul",
    "or",
    "and",
    "xor",
    "lshift",
    "rshift",
):
    _in_place(_name)


# Items, fields and methods of containers


@moving(operator.getitem)
def _getitem(args: tuple, keywords: dict, moves: Parts) -> Moved:
    x, key = args
    x_dot = moves.args[0]
    getter = carrying.own_getter(x) or carrying.own_missing(x, key)
    if getter is not None:
        return pushed(getter, args, {}, moves)
    value = entry(x[key])
    if isinstance(x, defaultdict) and isinstance(x_dot, dict) and key not in x_dot:
        x_dot[key] = zero_like(value)  # what was made just now may be changed
    if x_dot is None or is_still(x_dot):
        return value, None
    if isinstance(x_dot, float | complex):  # x[()] or x[None] of a NumPy scalar: each element is x
        return value, np.full_like(value, x_dot) if is_array(value) else x_dot
    return value, x_dot.get(key) if isinstance(x_dot, dict) else x_dot[key]


@moving(getattr)
def _getattr(args: tuple, keywords: dict, moves: Parts) -> Moved:
    x, name, *default = args
    x_dot = moves.args[0]
    computed = computing(x, name)
    if computed is not None:
        try:
            return pushed(*computed, {}, Parts(None, (x_dot, None)[: len(computed[1])], {}))
        except AttributeError:
            if not default:
                raise
            return default[0], moves.args[2]
    cached = inspect.getattr_static(type(x), name, None)
    if isinstance(cached, functools.cached_property) and name not in vars(x):
        return _cached(cached, name, x, x_dot)
    if default and not hasattr(x, name):
        return default[0], moves.args[2]
    if (is_array(x) or isinstance(x, np.number | float | int | complex)) and name in VIEWS:
        return pushed(VIEWS[name], (x,), {}, Parts(None, (x_dot,), {}))
    value = getattr(x, name, *default)
    if isinstance(value, np.flatiter):
        return value, None if x_dot is None else x_dot.flat
    if is_method_of(value, x, name):  # its tangent is its object's
        return value, x_dot
    if isinstance(x, super):
        return value, None
    if isinstance(x, BaseException):
        check_held(x, name, value)
        return value, None
    return _field(x, name, value, x_dot)


def _cached(found: functools.cached_property, name: str, x: Any, x_dot: Any) -> Moved:
    """An attribute that is computed when it is read first, and held from then on; so is its tangent."""
    value, moved = pushed(found.func, (x,), {}, Parts(None, (x_dot,), {}))
    vars(x)[name] = value
    if hasattr(x_dot, "__dict__"):
        vars(x_dot)[name] = full_tangent(moved, value)
    return value, moved


def _field(x: Any, name: str, value: Any, x_dot: Any) -> Moved:
    """A field of a struct; anything else that is read must be a constant of it."""
    if name == "__dict__" and hasattr(x_dot, "__dict__"):
        return value, vars(x_dot)  # what is stored in the one is stored in the other
    if isinstance(x, tuple) and name in getattr(type(x), "_fields", ()):
        return value, field_tangent(x, x_dot, name)
    if isinstance(x, TangentVector):
        return value, None if x_dot is None else getattr(x_dot, name)
    if name in _held(x_dot) or (
        isinstance(structure_of(x), Structs) and name in tangent_vector(type(x))._names
    ):
        return value, field_tangent(x, x_dot, name)
    if isinstance(x, list | dict | tuple | float) and name not in state(x):  # of the class
        return value, None
    if not carrying.is_free(value) and (not callable(value) or is_made_for(x, name)):
        pulling.CONTAINER_RULES[getattr](x, name)[1](1.0)  # says why there is no derivative
    return value, None


def _held(x_dot: Any) -> Collection[str]:
    return getattr(x_dot, "__dict__", ())


@moving(functools.partial)
def _partial(args: tuple, keywords: dict, moves: Parts) -> Moved:
    own = together(args[0], moves.args[0], tuple(moves.args[1:]), dict.fromkeys(keywords) | moves.keywords)
    return functools.partial(args[0], *args[1:], **keywords), own


@moving(super)
def _super(args: tuple, keywords: dict, moves: Parts) -> Moved:
    return super(*args), moves.args[1]


@moving(dataclasses.replace)
def _replace(args: tuple, keywords: dict, moves: Parts) -> Moved:
    x = args[0]
    if not is_plain(type(x)):
        return _made_anew(x, keywords, moves)
    value = dataclasses.replace(x, **keywords)
    names = tangent_vector(type(x))._names if moves.args[0] is not None else ()
    kept = {n: field_tangent(x, moves.args[0], n) for n in names}
    given = {n: full_tangent(moves.keywords[n], v) for n, v in keywords.items()}
    return value, struct_tangent(value, {**kept, **given})


def _made_anew(x: Any, fields: dict, moves: Parts) -> Moved:
    """The constructor, which does more than store the fields, is called with them."""
    held = {n: value for n, value in initial_fields(x).items() if n not in fields}
    given = {n: field_tangent(x, moves.args[0], n) for n in held if moves.args[0] is not None}
    dots = {n: given.get(n) for n in held} | moves.keywords
    return pushed(type(x), (), held | fields, Parts(None, (), dots))


@moving(dict)
def _dict(args: tuple, keywords: dict, moves: Parts) -> Moved:
    if args and carrying.is_own_mapping(args[0]):
        return pushed(dict_of, args, keywords, moves)
    value, found = {}, {}
    if args and isinstance(args[0], dict):
        value.update(args[0])
        found.update(full_tangent(moves.args[0], args[0]))
    elif args:
        pairs, dots = in_step(args[0], moves.args[0])
        for pair, dot in zip(pairs, dots, strict=False):
            key, one = pair
            value[key] = one
            found[key] = tuple(moved_items(pair, dot))[1]
    value.update(keywords)
    found.update({k: full_tangent(moves.keywords[k], v) for k, v in keywords.items()})
    return value, found


@moving(dict.items, OrderedDict.items)
def _items(args: tuple, keywords: dict, moves: Parts) -> Moved:
    d, d_dot = args[0], moves.args[0]
    return dict.items(d), [(zero_like(k), d_dot.get(k)) for k in dict.keys(d)]


@moving(dict.values, OrderedDict.values)
def _values(args: tuple, keywords: dict, moves: Parts) -> Moved:
    return dict.values(args[0]), [moves.args[0].get(k) for k in dict.keys(args[0])]


def _constant(method: Any) -> None:
    @moving(method)
    def fact(args: tuple, keywords: dict, moves: Parts) -> Moved:
        return method(*args), None


for _method in (
    dict.keys,
    OrderedDict.keys,
    list.index,
    list.count,
    dataclasses.fields,
    dataclasses.is_dataclass,
):
    _constant(_method)


@moving(dict.get)
def _get(args: tuple, keywords: dict, moves: Parts) -> Moved:
    d, key, *default = args
    if dict.__contains__(d, key):
        return dict.__getitem__(d, key), None if moves.args[0] is None else moves.args[0].get(key)
    return (default[0], moves.args[2]) if default else (None, None)


def _copying(function: Any, copier: Any) -> None:
    @moving(function)
    def copied(args: tuple, keywords: dict, moves: Parts) -> Moved:
        if copier is function:
            check_copied(function, args[0])
        return function(*args), copier(moves.args[0])


for function, copier in (
    (list.copy, copy.copy),
    (dict.copy, copy.copy),
    (OrderedDict.copy, copy.copy),
    (defaultdict.copy, copy.copy),
    (deque.copy, copy.copy),
    (copy.copy, copy.copy),
    (copy.deepcopy, copy.deepcopy),
):
    _copying(function, copier)


for function in IN_ORDER:
    MOVING[function] = functools.partial(moved_apart, function)


@moving(attempted)
def _attempted(args: tuple, keywords: dict, moves: Parts) -> Moved:
    function, caught, *given = args
    try:
        value, moved = pushed(function, tuple(given), {}, Parts(moves.args[0], moves.args[2:], {}))
    except DifferentiationError:
        raise
    except BaseException as error:
        note_numbers(error, (x for x, dot in zip(given, moves.args[2:], strict=True) if dot is not None))
        return (handled(error, caught), error, None), (0, Raised(), None)
    return (-1, None, value), (0, None, full_tangent(moved, value))


# Derivatives and marks


for _change in (accumulate_into, add_at, add_item, place_item, set_item, take_item):
    MOVING[_change] = functools.partial(moved_alike, _change)


@moving(restore_item)
def _restored(args: tuple, keywords: dict, moves: Parts) -> Moved:
    """Whether there was an entry before, the values tell."""
    buffer, key, (there, old) = args
    dot = full_tangent(item_of(moves.args[2], 1), old)
    return restore_item(buffer, key, (there, old)), restore_item(moves.args[0], key, (there, dot))


@moving(built)
def _built(args: tuple, keywords: dict, moves: Parts) -> Moved:
    value = built(*args, **keywords)
    return value, struct_tangent(value, moves.keywords)


@moving(class_of)
def _class_of(args: tuple, keywords: dict, moves: Parts) -> Moved:
    cls = class_of(*args)
    note_class(cls, moves.args[0])
    return cls, None


@moving(Leaving)
def _leaving(args: tuple, keywords: dict, moves: Parts) -> Moved:
    return Leaving(*args), None


@moving(dispatch.with_pullback)
def _maker(args: tuple, keywords: dict, moves: Parts) -> Moved:
    """with_pullback(f): its tangent is the callee's."""
    return dispatch.with_pullback(*args, **keywords), moves.args[0]


@moving(without_derivative)
def _without(args: tuple, keywords: dict, moves: Parts) -> Moved:
    return args[0], None


@moving(left_in)
def _left_in(args: tuple, keywords: dict, moves: Parts) -> Moved:
    return left_in(*args), None


@moving(left_out)
def _left_out(args: tuple, keywords: dict, moves: Parts) -> Moved:
    return left_out(*args), None


@moving(with_derivative)
def _edited(args: tuple, keywords: dict, moves: Parts) -> Moved:
    raise DerivativeRuleError(
        "with_derivative(x, body) edits cotangents, and has no derivative in forward mode",
        because="what body does to a cotangent says nothing about tangents",
        fix="take the gradient or the pullback, or leave with_derivative out",
    )
