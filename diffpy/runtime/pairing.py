"""with_pullback(f)(x), differentiated: a call in; another call out, of value and pullback, that has derivatives itself.

The pullback is then an object of which nobody but its maker knows the form of its cotangent.
"""

from __future__ import annotations

import copy
import functools
import operator
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffpy.errors import UnsupportedSyntaxError
from diffpy.runtime import by_rules, carrying, dispatch, pulling
from diffpy.runtime.alongside import followed
from diffpy.runtime.arrays import unbroadcast
from diffpy.runtime.boundary import own
from diffpy.runtime.cotangent_types import conjugated, fitted, holds_complex
from diffpy.runtime.differentials import pushed
from diffpy.runtime.generators import check_once
from diffpy.runtime.handing import Follower, Handing, followers
from diffpy.runtime.operands import in_numpy, makes_array, with_arrays
from diffpy.runtime.pulling import Parts, Pulled
from diffpy.runtime.redirected import redirected
from diffpy.runtime.registry import REGISTRY
from diffpy.runtime.sequences import unpacked
from diffpy.runtime.stand_ins import meant_by
from diffpy.runtime.standing import Chosen, Fixed, Shift, Standing, fixed, same
from diffpy.runtime.structures import has_derivative
from diffpy.runtime.tangent_vectors import add_tangents, sequence_like
from diffpy.runtime.tangents import accumulate_field, item_of
from diffpy.runtime.written import written
from diffpy.runtime.written_iteration import over_list


def standing(maker: dispatch.with_pullback, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """What with_pullback(f)(x) stands for."""
    asked = maker.wrt if maker.wrt is not None else (*range(len(args)), *keywords)
    given = (args, keywords)
    check_once(maker.function)
    if maker.holder is not None:
        raise UnsupportedSyntaxError(
            f"the function '{maker.holder[1]}', which an object holds, is called by way of the object",
            because="its second derivative is not that of the object",
            fix="make it a method, or take it out of the object first: f = o.f; f(x)",
        )
    if maker.keep:
        args, keywords = maker.kept(args, keywords)
    # What the pullback is not asked for may still change what it gives for the rest.
    of = lambda k: args[k] if isinstance(k, int) else keywords[k]  # noqa: E731
    every = (*asked, *(k for k in wanted if k not in asked and not carrying.is_free(of(k))))
    inner = paired(maker.function, args, keywords, every)
    none = Parts(None, (None,) * len(args), {})
    if maker.spread:
        flat: Callable = lambda parts: _only(parts, asked) if parts else none  # noqa: E731
        placed: Callable = lambda bar: _filled(bar, none)  # noqa: E731
    else:
        flat, placed = _Flat(asked, maker.callee), _Placed(asked, maker.callee, len(args))

    def after(pair: Any) -> Any:
        value, back = inner.after(pair)
        maker.check_apart(value, given, (args, keywords))
        return value, Chosen(back, flat, placed)

    def inward(moves: Parts) -> Parts:
        """Tangents of what the caller changes are changed with it."""
        callee = dispatch.kept(moves.callee) if maker.keep_callee else moves.callee
        return inner.inward(Parts(callee, *maker.kept(moves.args, moves.keywords)))

    return inner._replace(after=after, inward=inward if maker.keeps else inner.inward)


dispatch.with_pullback.__diffpy_standing__ = standing  # type: ignore[attr-defined]
dispatch.with_pullback.__diffpy_carries__ = property(lambda self: [self.function])  # type: ignore[attr-defined]


def _maker(function: Any, *options: Any, **named: Any) -> Pulled:
    """with_pullback(f): its cotangent is the callee's."""
    return dispatch.with_pullback(function, *options, **named), lambda y_bar: Parts(
        None, (y_bar, *(None for _ in options)), dict.fromkeys(named)
    )


pulling.CONTAINER_RULES[dispatch.with_pullback] = _maker


def _only(parts: Parts, asked: tuple) -> Parts:
    """Parts with nothing for arguments that were not asked for."""
    named = {k: one if k in asked else None for k, one in parts.keywords.items()}
    return Parts(parts.callee, tuple(p if k in asked else None for k, p in enumerate(parts.args)), named)


def _filled(bar: Any, none: Parts) -> Parts:
    if bar is None:
        return none
    return Parts(bar[0], none.args if bar[1] is None else tuple(bar[1]), bar[2] or {})


@dataclass(frozen=True)
class _Flat:
    """Parts as with_pullback hands them out: bare, or in a tuple, in the order asked for."""

    asked: tuple
    callee: bool

    def __call__(self, parts: Parts | None) -> Any:
        found = [parts.callee if parts else None] if self.callee else []
        for k in self.asked:
            found.append(
                None if parts is None else parts.args[k] if isinstance(k, int) else parts.keywords.get(k)
            )
        return found[0] if len(found) == 1 else tuple(found)


@dataclass(frozen=True)
class _Placed:
    """The transpose of _Flat."""

    asked: tuple
    callee: bool
    count: int

    def __call__(self, bar: Any) -> Parts:
        given = [bar] if len(self.asked) + self.callee == 1 else list(bar) if bar is not None else []
        given += [None] * (len(self.asked) + self.callee - len(given))
        callee = given.pop(0) if self.callee else None
        by_place = dict(zip(self.asked, given, strict=True))
        names = {k: v for k, v in by_place.items() if isinstance(k, str)}
        return Parts(callee, tuple(by_place.get(k) for k in range(self.count)), names)


# Callees, in the order of dispatch.pulled


def paired(function: Any, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """A call that gives (value, back), where back(y_bar) gives Parts, for a callee of any sort."""
    custom = REGISTRY.find(function)
    rule = by_rules.choose(custom, function, args, keywords, wanted) if custom else None
    if rule is not None:
        return _by_rule(rule, args, keywords)
    meant = meant_by(function, args)
    if meant is not None:
        return paired(meant, args, keywords, wanted)
    method = dispatch.special_method(function, args)
    if method is not None:
        return paired(method, args, keywords, wanted)
    special = SPECIAL.get(function) if isinstance(function, _HASHABLE) else None
    if special is not None:
        return special(args, keywords, wanted)
    if dispatch._container_rule(function) is not None:
        moves = structural if function in MOVES else still
        return moves(function, args, keywords, wanted)
    if dispatch.is_iterating(function, args):
        over = functools.partial(over_list, function)
        return paired(over, args, keywords, wanted)
    function = in_numpy(function, args)
    row = pulling.lent[0].row_of(function)
    instead = written(function, row, args, keywords)
    if instead is not None:
        return paired(instead.function, args, keywords, wanted)
    if row is not None:
        found = _by_operator(function, args, wanted) if dispatch.is_operator(function) else None
        return found or _by_row(row, function, args, keywords, wanted)
    return _other(function, args, keywords, wanted) or still(function, args, keywords, wanted)


_HASHABLE = (type, types.BuiltinFunctionType, types.FunctionType, types.MethodDescriptorType)
# Functions that only move items: they are linear, whatever the items are.
MOVES = {
    *(list, tuple, iter, zip, reversed, operator.getitem, dict, dict.items, dict.values, dict.get),
    *(list.copy, dict.copy, copy.copy, copy.deepcopy),
}
SPECIAL: dict[Any, Callable[[tuple, dict, tuple], Standing]] = {}


# The operators, and what gradient(of=f, at=x) stands for; None for gradient(of=f).
OPERATORS: dict[Any, Callable[[tuple, dict, tuple], Standing | None]] = {}


def stands_for(function: Any, kind: Any, standing: Callable[[tuple, dict, tuple], Standing | None]) -> None:
    """gradient(of=f) hands on what f has captured; gradient(of=f, at=x) is a call."""

    def taken(y_bar: Any) -> Parts:
        return Parts(None, (), {"of": y_bar})

    def first(*args: Any, **keywords: Any) -> Pulled:
        call = standing(args, keywords, ())
        return (kind(**keywords), taken) if call is None else call.pulled()

    def again(args: tuple, keywords: dict, wanted: tuple) -> Standing:
        call = standing(args, keywords, wanted)
        if call is not None:
            return around(call)
        return fixed(kind(**keywords), taken, lambda bar: bar.keywords.get("of"), args, keywords, wanted)

    pulling.CONTAINER_RULES[function] = first
    SPECIAL[function] = again
    OPERATORS[function] = standing


def _other(function: Any, args: tuple, keywords: dict, wanted: tuple) -> Standing | None:
    kind = type(function)
    if hasattr(kind, "__diffpy_paired__"):
        return function.__diffpy_paired__(args, keywords, wanted)
    call = redirected(function, args, keywords, wanted)
    if call is not None:
        return around(call)
    match function:
        case types.FunctionType() if not carrying.is_foreign(function):
            return by_text(function, args, keywords, wanted)
        case type():
            return _constructor(function, args, keywords, wanted)
    return None


def by_text(function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """The generated text of value and pullback is Python like any other."""
    iterators = followers({**dict(enumerate(args)), **keywords})
    if iterators:
        return following(iterators, function, args, keywords, wanted)
    made = pulling.lent[0].generate(function, args, keywords, wanted)
    if made is None:
        return plain(function, args, keywords, wanted)

    def after(pair: Any) -> Any:
        return pair[0], Chosen(pair[1], made.parts, made.found)

    return Standing(made.function, args, keywords, wanted, after)


def following(
    iterators: dict[Any, Follower], function: Any, args: tuple, keywords: dict, wanted: tuple
) -> Standing:
    """The value and pullback of a call for which iterators count from zero, whatever they handed out before."""
    return around(on_followers(iterators, function, args, keywords, wanted))


def on_followers(
    iterators: dict[Any, Follower], function: Any, args: tuple, keywords: dict, wanted: tuple
) -> Standing:
    """A call on others that follow its iterators."""

    def through(parts: Parts, way: Callable[[Follower, Any], Any]) -> Parts:
        turned = [way(iterators[k], one) if k in iterators else one for k, one in enumerate(parts.args)]
        named = {n: way(iterators[n], one) if n in iterators else one for n, one in parts.keywords.items()}
        return Parts(parts.callee, tuple(turned), named)

    given = tuple(iterators.get(k, x) for k, x in enumerate(args))
    return Standing(
        function,
        given,
        {n: iterators.get(n, x) for n, x in keywords.items()},
        wanted,
        outward=lambda parts: through(parts, Follower.placed),
        inward=lambda bar: through(bar, followed),
    )


def plain(function: Any, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """What no derivative flows through, or nobody knows: as at first order."""
    value, first = dispatch.pulled(function, args, keywords, wanted)

    def known(y_bar: Any) -> Parts:
        parts = first(y_bar)
        if any(one is not None for one in (parts.callee, *parts.args, *parts.keywords.values())):
            raise by_rules.unknown(function)
        return parts

    return Standing(Fixed(value, first, Shift(known, lambda bar: None)), args, keywords, wanted)


def still(function: Any, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """What has a pullback of its own kind, which nobody has transposed: nothing may flow through it once more."""
    inner = plain(function, args, keywords, wanted)
    made: Fixed = inner.function

    def along(bar: Parts) -> Any:
        if carrying.is_free(made.value) or all(one is None for one in (*bar.args, *bar.keywords.values())):
            return None
        raise by_rules.unknown(function)

    return inner._replace(function=Fixed(made.value, made.first, Shift(made.shift.there, along)))


def around(call: Standing) -> Standing:
    """The pair of a call that stands for another one."""
    inner = paired(call.function, call.args, call.keywords, call.wanted)

    def after(pair: Any) -> Any:
        value, back = inner.after(pair)
        return call.after(value), Chosen(back, call.outward, call.inward, call.before, call.along)

    return Standing(
        inner.function,
        inner.args,
        inner.keywords,
        inner.wanted,
        after,
        lambda bar: inner.before((call.before(item_of(bar, 0)), item_of(bar, 1))),
        lambda pair: (lambda found: (call.along(item_of(found, 0)), item_of(found, 1)))(inner.along(pair)),
        lambda parts: call.outward(inner.outward(parts)),
        lambda bar: inner.inward(call.inward(bar)),
    )


# Rules


def _by_row(row: Any, function: Any, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """An operation of the table: the call is a function with text, whose pullback is the row's line."""
    call, slots = pulling.lent[0].calling(function, args, keywords)
    every = {**dict(enumerate(args)), **keywords}
    given = tuple(every[k] for k in slots)
    made = pulling.lent[0].generate(call, given, {}, tuple(range(len(slots))))
    # its line could not be written out
    if made is None or "with_pullback" in made.function.__code__.co_freevars:
        found = _by_lines(row, function, args, keywords, wanted)
        return found or _linear(row, function, args, keywords, wanted)
    inner = Standing(
        call,
        given,
        {},
        tuple(slots.index(k) for k in wanted if k in slots),
        outward=_Scattered(slots, len(args), tuple(keywords)),
        inward=_Gathered(slots),
    )
    return around(inner)


def _by_lines(row: Any, function: Any, args: tuple, keywords: dict, wanted: tuple) -> Standing | None:
    """An operation whose lines are called as functions: they have text too."""
    if getattr(function, "__module__", "") in _STRUCTURAL:
        return None
    if row.of_complex is not None and holds_complex((*args, *keywords.values())):
        row = row.of_complex
    try:
        where = row.bind(range(len(args)), {k: k for k in keywords}).arguments
    except TypeError:
        return None
    every: dict[Any, Any] = {**dict(enumerate(args)), **keywords}
    ranges = {
        p: every[k] for p, k in where.items() if not isinstance(k, tuple) and isinstance(every[k], range)
    }
    every |= {where[p]: x for p, x in with_arrays(function, ranges).items()}
    args, keywords = tuple(every[k] for k in range(len(args))), {k: every[k] for k in keywords}
    targets: dict[str, tuple] = {}
    for parameter, target in where.items():
        given = target if isinstance(target, tuple) else (target,)
        moving = tuple(k for k in given if k in wanted and has_derivative(every[k]))
        if moving and parameter in row.pullbacks:
            targets[parameter] = moving
    if row.family == "constant" or not targets:
        return None
    conjugates = row.holomorphic and row.family != "linear" and holds_complex((*args, *keywords.values()))
    lists = frozenset(
        p
        for p, k in where.items()
        if not isinstance(k, tuple) and isinstance(every[k], list | tuple) and makes_array(function, p)
    )
    pair = pulling.lent[0].row_pair(row, function, args, keywords, targets, lists, conjugates)
    placed = _Placed(pair.targets, False, len(args))
    flat = _Flat(pair.targets, False)

    def after(found: Any) -> Any:
        return found[0], Chosen(found[1], placed, flat)

    return Standing(
        pair.function(_LENT),
        tuple(every[k] for k in pair.slots),
        {},
        tuple(pair.slots.index(k) for k in wanted if k in pair.slots),
        after,
        outward=_Scattered(pair.slots, len(args), tuple(keywords)),
        inward=_Gathered(pair.slots),
    )


def is_structural(row: Any, function: Any) -> bool:
    """Whether a row is of a function that is linear in what it hands over, of any structure."""
    return row.family == "linear" and getattr(function, "__module__", "") in _STRUCTURAL


def _linear(row: Any, function: Any, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """A linear function without text of its own: the transpose of its pullback is the function, of tangents."""
    if not is_structural(row, function):
        return plain(function, args, keywords, wanted)
    value, first = dispatch.pulled(function, args, keywords, wanted)
    turned = lambda bar: pushed(function, args, keywords, bar)[1]  # noqa: E731
    return fixed(value, first, turned, args, keywords, wanted)


# Functions that hand cotangents of any structure over: text of their own lines would know no kinds.
_STRUCTURAL = frozenset(
    f"diffpy.runtime.{name}"
    for name in "blocks boundary buffers cotangent_types structures tangent_vectors tangents transposes zeros".split()
)
# What the text of such an operation calls.
_LENT = {
    "asarray": dispatch.np.asarray,
    "conjugated": conjugated,
    "fitted": fitted,
    "shape": dispatch.np.shape,
    "unbroadcast": unbroadcast,
    "unpacked": unpacked,
}


@dataclass(frozen=True)
class _Scattered:
    """Parts of the call written as a function, at the places of the call itself."""

    slots: tuple
    count: int
    names: tuple

    def __call__(self, parts: Parts) -> Parts:
        found = dict(zip(self.slots, parts.args, strict=True))
        return Parts(
            None, tuple(found.get(k) for k in range(self.count)), {k: found.get(k) for k in self.names}
        )


@dataclass(frozen=True)
class _Gathered:
    """The transpose of _Scattered."""

    slots: tuple

    def __call__(self, bar: Parts) -> Parts:
        return Parts(
            None, tuple(bar.args[k] if isinstance(k, int) else bar.keywords.get(k) for k in self.slots), {}
        )


def _by_rule(rule: Any, args: tuple, keywords: dict) -> Standing:
    """A user's rule: the value changes as its pullback says, the pullback as its own text says."""
    wanted = (*range(len(args)), *keywords)
    names = by_rules.parameter_names(rule.function, args, keywords)
    targets = tuple(k for k in wanted if rule.wrt is None or names.get(k, k) in rule.wrt)
    none = Parts(None, (None,) * len(args), {})

    def checked(found: Any) -> Parts:
        return by_rules.checked_parts(rule, found, names, args, keywords) if found is not None else none

    placed = _Flat(targets, False)
    ruled = _Ruled(rule, args, keywords)

    def after(pair: Any) -> Any:
        fill = functools.partial(by_rules.filled, value=pair[0])
        return pair[0], Chosen(pair[1], checked, placed, fill)

    return Standing(ruled, args, keywords, wanted, after)


class _Ruled:
    """The function that a user wrote as a rule: its value has the derivative that it states itself."""

    def __init__(self, rule: Any, args: tuple, keywords: dict) -> None:
        self.rule = rule

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.rule.rule(*args, **keywords)

    def __diffpy_pulled__(self, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
        rule = self.rule
        names = by_rules.parameter_names(rule.function, args, keywords)
        pair, whole = rule_pulled(rule.rule, args, keywords, wanted)
        value, pullback = by_rules.checked_pair(rule, pair)

        def full(bar: Any) -> Parts:
            value_bar, back_bar = item_of(bar, 0), item_of(bar, 1)
            parts = Parts(None, (None,) * len(args), {})
            if value_bar is not None:
                found = pullback(by_rules.filled(value_bar, value))
                parts = by_rules.checked_parts(rule, found, names, args, keywords)
            return added(parts, whole((None, back_bar))) if back_bar is not None else parts

        return (value, _Derivable(pullback)), full


class _Derivable:
    """A pullback that a user wrote, derived wherever it was written."""

    __diffpy_carries__ = 1.0

    def __init__(self, function: Any) -> None:
        self.function = function

    def __call__(self, y_bar: Any) -> Any:
        return self.function(y_bar)

    def __diffpy_pulled__(self, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
        return rule_pulled(self.function, args, keywords, wanted)

    def __diffpy_paired__(self, args: tuple, keywords: dict, wanted: tuple) -> Standing:
        if isinstance(self.function, types.FunctionType):
            return by_text(self.function, args, keywords, wanted)
        return paired(self.function, args, keywords, wanted)


def rule_pulled(function: Any, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
    """Rules are derived wherever they were written."""
    if isinstance(function, types.FunctionType) and not REGISTRY.find(function):
        return pulling.lent[0].call(function, args, keywords, wanted)
    return dispatch.pulled(function, args, keywords, wanted)


def added(one: Parts, other: Parts) -> Parts:
    keywords = {
        k: add_tangents(one.keywords.get(k), other.keywords.get(k)) for k in one.keywords | other.keywords
    }
    return Parts(
        add_tangents(one.callee, other.callee), tuple(map(add_tangents, one.args, other.args)), keywords
    )


def _by_operator(function: Any, args: tuple, wanted: tuple) -> Standing | None:
    """Operators on sequences, and on objects whose class defines them."""
    for k, x in enumerate(args[:2]):
        name = f"__{'r' if k else ''}{function.__name__.strip('_')}__"
        own_method = getattr(type(x), name, None)
        if isinstance(own_method, types.FunctionType):
            ordered, turn = (args, same) if not k else ((args[1], args[0]), _turned)
            shifted = tuple({0: k, 1: 1 - k}.get(w, w) for w in wanted) if k else wanted
            if own_method(*ordered) is NotImplemented:
                continue
            return around(Standing(own_method, ordered, {}, shifted, outward=turn, inward=turn))
    if any(isinstance(a, list | tuple) for a in args) and function in (operator.add, operator.mul):
        value, first = dispatch.pulled(function, args, {}, wanted)
        turned = functools.partial(_moved, function, args, {})
        return fixed(value, first, turned, args, {}, wanted)
    return None


def _turned(parts: Parts) -> Parts:
    return Parts(None, parts.args[::-1], {})


# What takes containers apart and puts them together


def structural(function: Any, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """A function that only moves items: its pullback's pullback is the function itself, on cotangents."""
    value, first = pulling.CONTAINER_RULES[function](*args, **keywords)

    turned = functools.partial(_moved, function, args, keywords)
    return fixed(value, first, turned, args, keywords, wanted)


def _moved(function: Any, args: tuple, keywords: dict, bar: Parts) -> Any:
    """The same items moved, of cotangents."""
    if all(one is None for one in (*bar.args, *bar.keywords.values())):
        return None
    named = {k: _tangent(bar.keywords.get(k), v) for k, v in keywords.items()}
    dots = [*map(_tangent, bar.args, args)]
    if function is operator.getitem:
        dots[1] = args[1]  # a place
        if isinstance(dots[0], dict):
            return dots[0].get(args[1])  # a Counter has what no key was stored for
    moved = function(*dots, **named)
    return list(moved) if hasattr(type(moved), "__next__") or dispatch._is_view(moved) else moved


def _tangent(part: Any, x: Any) -> Any:
    """A part as a tangent of x in x's own form: zeros where there is none; functions keep the form of their makers."""
    if isinstance(x, Handing):
        return part if part is not None else []
    if dispatch._is_view(x) and carrying.own_iterator(x) is None:
        return iter(part if part is not None else ())
    if isinstance(x, list | tuple | dict) and not _is_numeric(x):
        keys = x if isinstance(x, dict) else range(len(x))
        entries = [_tangent(item_of(part, k) if part is not None else None, x[k]) for k in keys]
        return dict(zip(keys, entries, strict=True)) if isinstance(x, dict) else sequence_like(x, entries)
    if has_derivative(x):
        return x if isinstance(x, int | np.integer) else own(part, x)
    return part if carrying.carries(x) else x


def _is_numeric(x: Any) -> bool:
    """Whether a container holds numbers and arrays, and no functions."""
    return has_derivative(x) and not any(
        callable(one) or isinstance(one, list | tuple | dict) for one in _items(x)
    )


def _items(x: Any) -> Any:
    return x.values() if isinstance(x, dict) else x


def _constructor(cls: type, args: tuple, keywords: dict, wanted: tuple) -> Standing | None:
    """A struct made from its fields."""
    fields = dispatch._constructor_fields(cls)
    if fields is None or not any(map(has_derivative, (*args, *keywords.values()))):
        return None
    value, first = dispatch.pulled(cls, args, keywords, wanted)

    def turned(bar: Parts) -> Any:
        y_bar: Any = None
        for name, part in {**dict(zip(fields, bar.args, strict=False)), **bar.keywords}.items():
            y_bar = accumulate_field(y_bar, value, name, part)
        return y_bar

    return fixed(value, first, turned, args, keywords, wanted)
