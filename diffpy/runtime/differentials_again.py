"""with_differential(f, x_dot)(x), differentiated: the call of the generated function of arguments and tangents."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Hashable
from typing import Any

from diffpy.errors import UnknownDerivativeError
from diffpy.runtime import by_rules, carrying, dispatch, pulling
from diffpy.runtime.alongside import Alongside, at_rest, in_pairs
from diffpy.runtime.argument_copies import copy_arguments
from diffpy.runtime.differentials import (
    MOVING,
    Moved,
    Varied,
    _pairer,
    apart,
    changes_anything,
    moved_items,
    varied,
    with_differential,
)
from diffpy.runtime.doubled import CALLEE, doubled_for
from diffpy.runtime.generators import is_generator
from diffpy.runtime.handing import Handing, all_given_up
from diffpy.runtime.leaves import is_scalar
from diffpy.runtime.made_structs import built
from diffpy.runtime.pairing import MOVES, OPERATORS, SPECIAL, is_structural, on_followers
from diffpy.runtime.pairing_containers import PLAIN
from diffpy.runtime.pulling import Parts, Pulled
from diffpy.runtime.redirected import redirected
from diffpy.runtime.stand_ins import meant_by, wrapped
from diffpy.runtime.standing import Shift, Standing, fixed, same
from diffpy.runtime.stores_again import is_ahead, storing
from diffpy.runtime.tangents import item_of
from diffpy.runtime.tokens import hands_on
from diffpy.runtime.written import written
from diffpy.runtime.written_differentials import by_pullbacks
from diffpy.runtime.written_iteration import TEXTS
from diffpy.runtime.zeros import full_tangent, is_still

# Functions that call what they are given: with_differential(f, x_dot)(x) as a call of the same function.
INSTEAD: dict[Any, Callable[[with_differential, tuple], Standing]] = {}


def standing(maker: with_differential, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """What with_differential(f, x_dot)(x) stands for: f_value_with_differential(x, x_dot)."""
    function, own = apart(maker.function)
    own = None if isinstance(function, Shift) else own  # it only moves what it is given
    dots: dict[Any, Any] = {**dict(enumerate(maker.dots)), **maker.named}
    if own is None and all(map(is_still, dots.values())):
        return _still(maker, args, keywords, wanted)
    if own is None and hasattr(getattr(function, "func", None), "__diffpy_is_pullback__"):
        return _doubled(function, args, keywords, dots)
    instead = INSTEAD.get(function) if isinstance(function, types.FunctionType) else None
    if instead is not None:
        return instead(maker, args)
    store = storing(function, maker, args) if isinstance(function, Hashable) else None
    if store is not None:
        return store
    other = _another(function, args, keywords, wanted)
    operator = OPERATORS.get(function) if isinstance(function, types.FunctionType) else None
    if operator is not None:
        other = operator(args, keywords, (*range(len(args)), *keywords))
        if other is None:
            return _doubled(function, args, keywords, dots)
    if other is not None:
        return through(other, maker, args, keywords)
    if own is None and (hands_on(function, args) or _is_linear(function, args)):
        return _doubled(function, args, keywords, dots)
    if getattr(type(function), "__diffpy_linear__", False):
        return _doubled(function, args, keywords, dots | {CALLEE: own})
    copies = hasattr(type(function), "__diffpy_on_copies__")
    wrap = type(function) if copies else same
    function = function.__diffpy_on_copies__ if copies else function
    written_out = _as_function(function, args, keywords)
    if written_out is None:
        return _by_pullbacks(maker, args, keywords, wanted)
    call, slots, given, named = written_out
    where = {**dict(zip(slots, range(len(given)), strict=False)), **{k: k for k in named}}
    inner = Parts(own, tuple(dots.get(k) for k in slots), {k: dots.get(k) for k in named})
    if copies:
        inner = _full(inner, given, named)
    pair = _pairer[0](call, given, named, inner, copies, is_ahead())
    made, captured = pair.made, pair.captured
    if "with_differential" in made.__code__.co_freevars and call is not function:
        return _by_pullbacks(maker, args, keywords, wanted)
    places = {k: pair.places[where[k]] for k in dots if where.get(k) in pair.places}
    passed = {**named, **pair.given, **captured_dots(own, captured)}

    def outward(parts: Parts) -> Parts:
        tangent = {n: parts.keywords.get(dot) for n, dot in captured.items()}
        callee = beside(maker.function, parts.callee, tangent)
        found = {k: place.part(parts.keywords) for k, place in places.items()}
        back = {
            "function": callee,
            "args": tuple(found.get(k) for k in range(len(maker.dots))),
            "keywords": {k: found.get(k) for k in maker.named},
        }
        values = {**dict(zip(slots, parts.args, strict=False)), **parts.keywords}
        return Parts(
            back, tuple(values.get(k) for k in range(len(args))), {k: values.get(k) for k in keywords}
        )

    def inward(bar: Parts) -> Parts:
        back = bar.callee or {}
        callee, tangent = halves(maker.function, back.get("function"))
        moved: dict[Any, Any] = {**dict(enumerate(back.get("args") or ())), **(back.get("keywords") or {})}
        values: dict[Any, Any] = {**dict(enumerate(bar.args)), **bar.keywords}
        turned = {k: values.get(k) for k in named}
        turned |= pair.gathered({where[k]: moved.get(k) for k in places})
        turned |= {dot: item_of(tangent, n) for n, dot in captured.items()}
        return Parts(callee, tuple(values.get(k) for k in slots), turned)

    # What stands still here and there only steers the call: places in an array, say.
    still = {where[k] for k in where if k not in wanted and is_still(dots.get(k))}
    every = tuple(k for k in (*range(len(given)), *passed) if k not in still)
    stands = Standing(wrap(made), given, passed, every, after=_paired, outward=outward, inward=inward)
    return _handing_pairs(stands) if is_generator(made) else stands


def _handing_pairs(stands: Standing) -> Standing:
    """A generator function of value and tangent: two iterators, of which the second follows the first."""
    sources: list[Handing] = []

    def after(pairs: Any) -> tuple[Handing, Alongside]:
        source, dots = in_pairs(pairs)
        sources.append(source)
        return source, dots

    def along(moved: Any) -> tuple[Alongside, Alongside]:
        part = lambda k: Alongside(sources[-1], lambda place: item_of(moved.at(place), k))  # noqa: E731
        return part(0), part(1)

    def before(bar: Any) -> list[tuple]:
        bars, dots_bar = item_of(bar, 0), item_of(bar, 1)
        count = max(len(bars or ()), len(dots_bar or ()))
        return [(_entry(bars, k), _entry(dots_bar, k)) for k in range(count)]

    return stands._replace(after=after, along=along, before=before)


def _entry(bars: list | None, k: int) -> Any:
    return bars[k] if bars is not None and k < len(bars) else None


def _another(function: Any, args: tuple, keywords: dict, wanted: tuple) -> Standing | None:
    """The call that a call is: for what calls a function for each item, one with text; x + v for x += v of a number."""
    if isinstance(function, Hashable) and function in TEXTS:
        return on_followers(all_given_up(args, keywords), TEXTS[function], args, keywords, wanted)
    if isinstance(function, types.BuiltinFunctionType) and function in PLAIN and is_scalar(args[0]):
        return Standing(PLAIN[function], args, keywords, wanted)
    meant = meant_by(function, args)
    if meant is not None:
        return Standing(meant, args, keywords, wanted)
    return redirected(function, args, keywords, wanted)


def _full(moves: Parts, args: tuple, keywords: dict) -> Parts:
    """Copies of the tangents, with zeros for what stands still, which may take in what moves."""
    full = lambda dot, x: copy_arguments((full_tangent(dot, x),))[0]  # noqa: E731
    named = {k: full(moves.keywords.get(k), x) for k, x in keywords.items()}
    return Parts(moves.callee, tuple(map(full, moves.args, args)), named)


def _doubled(function: Any, args: tuple, keywords: dict, dots: dict[Any, Any]) -> Standing:
    """A linear function, of values and of tangents."""
    slots = tuple(k for k, dot in dots.items() if not is_still(dot))
    doubled = doubled_for(function, args)(function, len(args), tuple(keywords), slots)
    return doubled.standing((*args, *keywords.values(), *(dots[k] for k in slots)))


def _still(maker: with_differential, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """A call without tangents, beside a zero."""
    function, _ = apart(maker.function)
    none = (None,) * len(maker.dots)

    def outward(parts: Parts) -> Parts:
        callee = beside(maker.function, parts.callee, None)
        back = {"function": callee, "args": none, "keywords": dict.fromkeys(maker.named)}
        return Parts(back, parts.args, parts.keywords)

    def inward(bar: Parts) -> Parts:
        callee, _ = halves(maker.function, item_of(bar.callee, "function"))
        return Parts(callee, bar.args, bar.keywords)

    return Standing(
        function,
        args,
        keywords,
        wanted,
        after=lambda value: _paired((value, None)),
        before=lambda bar: item_of(bar, 0),
        along=lambda moved: _paired((moved, None)),
        outward=outward,
        inward=inward,
    )


def _is_linear(function: Any, args: tuple) -> bool:
    """Whether a callee only moves what it is given, any number of times."""
    if getattr(function, "__diffpy_repeats__", False):
        return True
    if any(isinstance(one, Handing) for one in args):
        return False
    if isinstance(function, Hashable) and (function in MOVES or function in _MOVERS):
        return True
    if isinstance(function, type):
        return dispatch._constructor_fields(function) is not None
    row = pulling.lent[0].row_of(function)
    linear = getattr(type(function), "__diffpy_linear__", False)
    return linear or (row is not None and is_structural(row, function))


def through(call: Standing, maker: with_differential, args: tuple, keywords: dict) -> Standing:
    """The value and the tangent of a call that is another one: both are taken of that."""
    _, own = apart(maker.function)
    count, names = len(maker.dots), tuple(maker.named)
    still = (None,) * (len(args) - count)
    moves = call.inward(Parts(own, (*maker.dots, *still), {k: maker.named.get(k) for k in keywords}))
    callee = call.function if moves.callee is None else varied(call.function, moves.callee)

    def outward(parts: Parts) -> Parts:
        back = parts.callee or {}
        bar, dot_bar = halves(callee, back.get("function"))
        values = call.outward(Parts(bar, parts.args, parts.keywords))
        dots = call.outward(Parts(dot_bar, _whole(back.get("args"), call), back.get("keywords") or {}))
        held = beside(maker.function, values.callee, dots.callee)
        named = {k: dots.keywords.get(k) for k in names}
        return Parts(
            {"function": held, "args": tuple(dots.args[:count]), "keywords": named},
            values.args,
            values.keywords,
        )

    def inward(bar: Parts) -> Parts:
        back = bar.callee or {}
        held, dot = halves(maker.function, back.get("function"))
        values = call.inward(Parts(held, bar.args, bar.keywords))
        named = {k: item_of(back.get("keywords"), k) for k in keywords}
        dots = call.inward(Parts(dot, (*(back.get("args") or (None,) * count), *still), named))
        return Parts(
            {
                "function": beside(callee, values.callee, dots.callee),
                "args": dots.args,
                "keywords": dots.keywords,
            },
            values.args,
            values.keywords,
        )

    return Standing(
        with_differential(callee, *moves.args, **moves.keywords),
        call.args,
        call.keywords,
        call.wanted,
        after=lambda pair: _paired((call.after(pair[0]), call.along(pair[1]))),
        before=lambda bar: (call.before(item_of(bar, 0)), call.before(item_of(bar, 1))),
        along=lambda pair: (call.along(item_of(pair, 0)), call.along(item_of(pair, 1))),
        outward=outward,
        inward=inward,
    )


def halves(callee: Any, bar: Any) -> tuple[Any, Any]:
    """A callee's cotangent apart: that of the function, and of the tangent beside it, if there is one."""
    return (item_of(bar, "function"), item_of(bar, "tangent")) if isinstance(callee, Varied) else (bar, None)


def beside(callee: Any, function_bar: Any, tangent_bar: Any) -> Any:
    """The same together."""
    is_varied = isinstance(callee, Varied)
    return {"function": function_bar, "tangent": tangent_bar} if is_varied else function_bar


def _whole(parts: Any, call: Standing) -> tuple:
    found = tuple(parts or ())
    return (*found, *(None,) * (len(call.args) - len(found)))


def captured_dots(own: Any, captured: dict[str, str]) -> dict[str, Any]:
    return {dot: own[n] for n, dot in captured.items()}


def _paired(pair: Any) -> Any:
    value, dot = pair
    return at_rest(value) if dot is None else (value, dot)


def _by_pullbacks(maker: with_differential, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """A call without a text of its tangent: the pullback of its pullback gives it."""
    function, own = apart(maker.function)
    if changes_anything(function):
        raise _refusal(function)
    count = len(maker.dots)
    moved: dict[Any, Any] = {**dict(enumerate(maker.dots)), **maker.named}
    asked = tuple(k for k in (*range(len(args)), *keywords) if k in wanted or not is_still(moved.get(k)))
    dots = tuple(moved.get(k) for k in asked)

    def outward(parts: Parts) -> Parts:
        bar, own_bar, values, dots_bar, named = parts.args[:5]
        found = {k: item_of(dots_bar, n) for n, k in enumerate(asked)}
        back = {
            "function": beside(maker.function, bar, own_bar),
            "args": tuple(found.get(k) for k in range(count)),
            "keywords": {k: found.get(k) for k in maker.named},
        }
        return Parts(
            back,
            tuple(item_of(values, k) for k in range(len(args))),
            {k: item_of(named, k) for k in keywords},
        )

    def inward(bar: Parts) -> Parts:
        back = bar.callee or {}
        held, own_bar = halves(maker.function, back.get("function"))
        found: dict[Any, Any] = {**dict(enumerate(back.get("args") or ())), **(back.get("keywords") or {})}
        placed = tuple(found.get(k) for k in asked)
        return Parts(None, (held, own_bar, tuple(bar.args), placed, bar.keywords, None), {})

    given = (function, own, args, dots, keywords, asked)
    return Standing(by_pullbacks, given, {}, tuple(range(5)), after=_paired, outward=outward, inward=inward)


def _as_function(function: Any, args: tuple, keywords: dict) -> tuple[Any, tuple, tuple, dict] | None:
    """A function with text that makes the call: itself, or one that is written for an operation of the table."""
    function = wrapped(function)
    row = pulling.lent[0].row_of(function)
    instead = written(function, row, args, keywords)
    if instead is not None:
        return instead.function, tuple(range(len(args))), args, keywords
    if isinstance(function, types.FunctionType) and not carrying.is_foreign(function) and row is None:
        return function, tuple(range(len(args))), args, keywords
    if row is None or dispatch._container_rule(function) is not None:
        return None
    call, slots = pulling.lent[0].calling(function, args, keywords)
    every = {**dict(enumerate(args)), **keywords}
    return call, slots, tuple(every[k] for k in slots), {}


def _refusal(function: Any) -> UnknownDerivativeError:
    return UnknownDerivativeError(
        f"the differential of '{by_rules.name_of(function)}' has no derivative of its own here",
        because="what is called is known only when the call runs, and its tangent is found then",
        fix="differentiate the gradient or the pullback instead",
    )


with_differential.__diffpy_standing__ = standing  # type: ignore[attr-defined]
with_differential.__diffpy_carries__ = property(  # type: ignore[attr-defined]
    lambda self: [self.function, *self.dots, *self.named.values()]
)


def _maker(function: Any, *dots: Any, **named: Any) -> Pulled:
    """with_differential(f, x_dot): the cotangents of the callee and of the tangents."""

    def full(bar: Any) -> Parts:
        parts = (item_of(bar, "args") or (None,) * len(dots))[: len(dots)]  # others did not move
        found = item_of(bar, "keywords") or {}
        return Parts(None, (item_of(bar, "function"), *parts), {k: found.get(k) for k in named})

    return with_differential(function, *dots, **named), full


def _varied(function: Any, tangent: Any) -> Pulled:
    return varied(function, tangent), lambda bar: Parts(
        None, (item_of(bar, "function"), item_of(bar, "tangent")), {}
    )


def _moved_items(x: Any, x_dot: Any) -> Pulled:
    found = moved_items(x, x_dot)
    if found is not x_dot and x_dot is not None and not isinstance(x, dict):
        raise _refusal(moved_items)
    return found, lambda bar: Parts(None, (None, bar if found is x_dot else None), {})


pulling.CONTAINER_RULES[with_differential] = _maker
pulling.CONTAINER_RULES[varied] = _varied
pulling.CONTAINER_RULES[moved_items] = _moved_items


def _maker_moved(args: tuple, keywords: dict, moves: Parts) -> Moved:
    made = {"function": moves.args[0], "args": moves.args[1:], "keywords": moves.keywords}
    return with_differential(*args, **keywords), made


def _varied_moved(args: tuple, keywords: dict, moves: Parts) -> Moved:
    return varied(*args), {"function": moves.args[0], "tangent": moves.args[1]}


MOVING[with_differential] = _maker_moved
MOVING[varied] = _varied_moved
MOVING[moved_items] = lambda args, keywords, moves: (moved_items(*args), moved_items(args[0], moves.args[1]))
_MOVERS = [dispatch.with_pullback, with_differential, varied, moved_items, getattr, functools.partial, built]


def _paired_maker(function: Any) -> Callable[[tuple, dict, tuple], Standing]:
    def again(args: tuple, keywords: dict, wanted: tuple) -> Standing:
        value, first = pulling.CONTAINER_RULES[function](*args, **keywords)
        turned = lambda bar: MOVING[function](args, keywords, bar)[1]  # noqa: E731
        return fixed(value, first, turned, args, keywords, wanted)

    return again


for _made in (with_differential, varied, moved_items):
    SPECIAL[_made] = _paired_maker(_made)
