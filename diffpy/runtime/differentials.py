"""Calls whose tangent is found when they run: a callee, its arguments and their tangents in, value and tangent out."""

from __future__ import annotations

import functools
import itertools
import operator
import types
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from diffpy.backends.devices import KNOWN, here, instead_of, original
from diffpy.errors import (
    DerivativeRuleError,
    DifferentiationError,
    UnknownDerivativeError,
    UnsupportedSyntaxError,
)
from diffpy.functions import looked_up
from diffpy.runtime import by_rules, carrying, changing_methods, classes_made, dispatch, pulling, recorded
from diffpy.runtime.alongside import at_rest, standing_still
from diffpy.runtime.cotangent_types import holds_complex
from diffpy.runtime.extending import TANGENTS, extended, extended_otherwise, reads_as
from diffpy.runtime.handing import Handing
from diffpy.runtime.joined_sets import joined_by
from diffpy.runtime.leaves import is_array, is_on_device
from diffpy.runtime.made_structs import declare_made, is_followed
from diffpy.runtime.operands import in_numpy, makes_array, with_arrays
from diffpy.runtime.pulling import Parts
from diffpy.runtime.recorded_calls import recorded_call
from diffpy.runtime.recorded_members import member, members_changed
from diffpy.runtime.registry import REGISTRY, CustomRule
from diffpy.runtime.signatures import PLAIN
from diffpy.runtime.stand_ins import meant_by
from diffpy.runtime.storing import check_called, check_without_tangent
from diffpy.runtime.struct_fields import blank, held, is_struct
from diffpy.runtime.structures import has_derivative, holds_reals, tangent_vector
from diffpy.runtime.tangent_vectors import add_tangents, make
from diffpy.runtime.tangents import field_of, item_of
from diffpy.runtime.transposed import transposed, transposed_elementwise
from diffpy.runtime.written import is_written, written
from diffpy.runtime.zeros import full_tangent, is_still, settled, zero_like

Moved = tuple[Any, Any]  # a value and its tangent
Rule = Callable[[tuple, dict, Parts], Moved]

# Functions that take containers apart and put them together, by the function.
MOVING: dict[Any, Rule] = {}


class Varied:
    """A callee beside the tangent of what it holds: of a method its object's, of a closure those it captured."""

    __slots__ = ("function", "tangent")

    def __init__(self, function: Any, tangent: Any) -> None:
        self.function, self.tangent = function, tangent

    @property
    def __diffpy_carries__(self) -> Any:
        return [self.function, self.tangent]


def apart(callee: Any) -> tuple[Any, Any]:
    """A callee and the tangent beside it, if there is one."""
    return (callee.function, callee.tangent) if isinstance(callee, Varied) else (callee, None)


def varied(function: Any, tangent: Any) -> Varied:
    return Varied(function, tangent)


class with_differential:
    """with_differential(f, x_dot)(x): the value f(x) and its tangent; None, or nothing, where an argument stays."""

    __slots__ = ("dots", "function", "named")

    def __init__(self, function: Any, /, *dots: Any, **named: Any) -> None:
        self.function = original(function) if KNOWN else function
        self.dots, self.named = dots, named

    @property
    def __diffpy_pushes__(self) -> Any:
        """The function that a call runs."""
        return apart(self.function)[0]

    def __call__(self, *args: Any, **keywords: Any) -> Moved:
        without = [x for x in (*_owner(self.function), *args) if type(x) not in PLAIN and _has_no_place(x)]
        if not without:
            return self._pushed(args, keywords)
        before = [dict(vars(x)) for x in without]
        pair = self._pushed(args, keywords)
        for x, kept in zip(without, before, strict=True):
            _check_kept_none(x, kept)
        return pair

    def _pushed(self, args: tuple, keywords: dict) -> Moved:
        dots = (*self.dots, *(None,) * (len(args) - len(self.dots)))
        function, own = apart(self.function)
        if not keywords:
            found = _met(function, own, args, dots)
            if found is not None:
                return at_rest(found[0]) if found[1] is None else found
        if self.named:
            check_without_tangent(function, keywords, self.named)
        named = {k: self.named.get(k) for k in keywords}
        value, moved = pushed(function, args, keywords, Parts(own, dots, named))
        if own is None and type(self.function) is Varied and value is None:
            _check_kept(function, (*dots, *named.values()))
        return at_rest(value) if moved is None else (value, moved)


def _owner(function: Any) -> tuple:
    """The object of a method beside which there stands no tangent."""
    is_apart = type(function) is Varied and function.tangent is None
    return (function.function.__self__,) if is_apart and hasattr(function.function, "__self__") else ()


def _has_no_place(x: Any) -> bool:
    """Whether an object has attributes that may change, and none of them a tangent."""
    return is_struct(type(x)) and hasattr(x, "__dict__") and not tangent_vector(type(x))._names


def _check_kept_none(x: Any, before: dict[str, Any]) -> None:
    """Refuse that a call with tangents has left a number in an object without."""
    for name, value in vars(x).items():
        if value is not before.get(name) and holds_reals(value):
            raise UnsupportedSyntaxError(
                f"a call leaves a number in '{name}' of an object of class '{type(x).__name__}'",
                because=f"no field of '{type(x).__name__}' is declared to have a derivative",
                fix=f"annotate '{name}' as float, or store without_derivative(...)",
            )


def _check_kept(method: Any, dots: tuple) -> None:
    """Refuse that an object without tangent, which the result depends on, may have kept something that moves."""
    owner = getattr(method, "__self__", None)
    if type(method) is types.MethodType and carrying.is_foreign(method) and not carrying.is_free(owner):
        if not all(map(is_still, dots)):
            raise by_rules.unknown(method)


def _met(function: Any, own: Any, args: tuple, dots: tuple) -> Moved | None:
    """The same by what was generated for such a call before; None where there is nothing."""
    cls = type(function)
    if cls is types.MethodType:
        function, args, dots, own = function.__func__, (function.__self__, *args), (own, *dots), None
    elif cls in dispatch.STANDING:
        function = pulling.lent[0].standing_for(function, len(args))
    elif cls is not types.FunctionType:
        function, args, dots, own = cls.__call__, (function, *args), (own, *dots), None
    return _meeter[0](function, args, own, dots) if type(function) is types.FunctionType else None


def pushed(function: Any, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """The value of a call and its tangent (None: zero), by what the callee turns out to be."""
    if KNOWN:
        function = original(function)
    if KNOWN and is_on_device(getattr(function, "__self__", None)) and hasattr(np.ndarray, function.__name__):
        method = getattr(np.ndarray, function.__name__)
        return pushed(method, (function.__self__, *args), keywords, _with_owner(moves))
    if _stays(moves) and classes_made.captured_tangents(function) is None:
        return instead_of(function)(*args, **keywords), None
    special = rule_for(function)
    if special is not None:
        return special(args, keywords, moves)
    custom = REGISTRY.find(function)
    if custom:
        return by_custom_rules(custom, function, args, keywords, moves)
    if dispatch._container_rule(function) is not None:
        return moved_alike(function, args, keywords, moves)
    meant = meant_by(function, args)
    if meant is not None:
        return pushed(meant, args, keywords, moves)
    function = in_numpy(function, args)
    if dispatch.is_operator(function):
        found = _by_operator(function, args, moves)
        if found is not None:
            return found
    method = dispatch.special_method(function, args)
    if method is not None:
        return pushed(method, args, keywords, moves)
    if dispatch.is_iterating(function, args):
        return pushed(function, *_as_lists(args, keywords, moves))
    row = pulling.lent[0].row_of(function)
    if row is not None:
        dispatch.check_no_matrix(args)
        if is_array(keywords.get("out")) and "where" not in keywords:
            return _filled(function, args, keywords, moves)
    instead = written(function, row, args, keywords)
    if instead is not None:
        value, moved = pushed(instead.function, args, keywords, moves)
        return (value if instead.once or here() is not None else function(*args, **keywords)), moved
    if row is not None:
        if not keywords:
            _noter[0](row, function, args, moves)
        return by_row(row, function, args, keywords, moves)
    return _by_kind(function, args, keywords, moves)


def _stays(moves: Parts) -> bool:
    """Whether nothing moves: the call runs as it stands."""
    return moves.callee is None and all(map(is_still, (*moves.args, *moves.keywords.values())))


def rule_for(function: Any) -> Rule | None:
    return looked_up(MOVING, function)


def _by_kind(function: Any, args: tuple, keywords: dict, moves: Parts) -> Moved:
    inner = getattr(type(function), "__diffpy_function__", None)
    if inner is not None:
        with dispatch.watched(function, args, keywords):
            return pushed(function.__diffpy_function__, args, keywords, moves)
    if hasattr(type(function), "__diffpy_moved__"):
        return function.__diffpy_moved__(args, keywords, moves)
    if hasattr(type(function), "__diffpy_standing__"):
        return by_standing(function, args, keywords, moves)
    match function:
        case types.MethodType():
            return pushed(function.__func__, (function.__self__, *args), keywords, _with_owner(moves))
        case types.FunctionType():
            if carrying.is_foreign(function):
                return plain(function, args, keywords, moves)
            return _pusher[0](function, args, keywords, moves)
        case functools.partial():
            return _by_partial(function, args, keywords, moves)
        case types.BuiltinMethodType() if not isinstance(function.__self__, types.ModuleType | type(None)):
            return _by_builtin_method(function, args, keywords, moves)
        case types.MethodDescriptorType() if args and function.__name__ in changing_methods.EVERY:
            owner_dot, *dots = moves.args
            moves = Parts(owner_dot, tuple(dots), moves.keywords)
            return pushed(function.__get__(args[0]), args[1:], keywords, moves)
        case types.MethodWrapperType():
            return _by_special_method(function, args, keywords, moves)
        case type():
            return _by_constructor(function, args, keywords, moves)
    call = type(function).__call__
    if dispatch.is_own_call(call):
        return pushed(call, (function, *args), keywords, _with_owner(moves))
    return plain(function, args, keywords, moves)


def _by_special_method(function: Any, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """super().__setattr__(name, v), a.__setitem__(k, v): what the class says, or the operator."""
    above, name = getattr(function.__objclass__, function.__name__), function.__name__
    operation = getattr(operator, name, None)
    if rule_for(above) is None and name in changing_methods.SPECIAL:
        if not is_array(function.__self__) or rule_for(operation) is None:
            return plain(function, args, keywords, moves)
        above = operation
    return pushed(above, (function.__self__, *args), keywords, _with_owner(moves))


def _with_owner(moves: Parts) -> Parts:
    return Parts(None, (moves.callee, *moves.args), moves.keywords)


class Place(NamedTuple):
    """A parameter for tangents, and where in it, if it takes those of all that * or ** gather."""

    name: str
    at: int | str | None

    def part(self, every: Any) -> Any:
        """What one keeps by the parameter's name, at this place."""
        found = every.get(self.name)
        return found if self.at is None else item_of(found, self.at)


class Paired(NamedTuple):
    """The generated function of value and tangent of a call."""

    made: types.FunctionType
    given: dict[str, Any]  # the tangents by the parameters that take them
    places: dict[Any, Place]  # where those of positions and keywords go
    captured: dict[str, str]  # the parameters for the tangents of captured names

    def gathered(self, dots: dict[Any, Any]) -> dict[str, Any]:
        """Tangents of positions and keywords, as the parameters take them."""
        found: dict[str, Any] = {}
        for key, place in self.places.items():
            if place.at is None:
                found[place.name] = dots.get(key)
            else:
                own = full_tangent(dots.get(key), self.given[place.name][place.at])
                found.setdefault(place.name, {})[place.at] = own
        for name, parts in found.items():
            if isinstance(self.given[name], tuple) and self.is_gathering(name):
                found[name] = tuple(parts[k] for k in range(len(parts)))
        return found

    def is_gathering(self, name: str) -> bool:
        return any(place.name == name and place.at is not None for place in self.places.values())


# What the deriving half lends: the value and the tangent of a call of a Python function.
_pusher: list[Callable[..., Moved]] = []
_pairer: list[Callable[..., Paired]] = []  # the generated function of such a call
_meeter: list[Callable[..., Moved | None]] = []  # the same as far as it was generated before
_noter: list[Callable[..., None]] = []  # a call of an operation of the table was looked at in full
_changing: dict[object, int] = {}  # functions of Python and NumPy that change an argument


def install(
    push: Callable[..., Moved],
    pair: Callable[..., Any],
    changing: dict[object, int],
    met: Callable[..., Moved | None],
    note_row: Callable[..., None],
) -> None:
    _pusher[:], _pairer[:], _meeter[:], _noter[:] = [push], [pair], [met], [note_row]
    _changing.update(changing)


def by_standing(function: Any, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """A call that stands for another one: the tangents go where the cotangents come from."""
    return pushed_through(function.__diffpy_standing__(args, keywords, (*range(len(args)), *keywords)), moves)


def pushed_through(stands: Any, moves: Parts) -> Moved:
    """A call, and what it stands for: its value and its tangent by those of that."""
    inner = stands.inward(moves)
    value, moved = pushed(stands.function, stands.args, stands.keywords, inner)
    return stands.after(value), None if moved is None else stands.along(moved)


# Rules


def by_custom_rules(
    rules: list[CustomRule], function: Any, args: tuple, keywords: dict, moves: Parts
) -> Moved:
    """A user's rule: the forward one; else the pullback, which tells the tangent of a few numbers."""
    record = recorded.here()
    if record is not None:
        pull = functools.partial(_by_chosen_rule, rules, function)
        return recorded_call(record, function, pull, args, keywords, moves)
    names = by_rules.parameter_names(function, args, keywords)
    given: dict[Any, Any] = {**dict(enumerate(moves.args)), **moves.keywords}
    moving = {names.get(k, k) for k, dot in given.items() if not is_still(dot)}
    for rule in reversed(rules):
        if rule.mode == "forward" and (rule.wrt is None or moving <= set(rule.wrt)):
            return by_forward_rule(rule, names, args, keywords, given)
    wanted = tuple(k for k, dot in given.items() if not is_still(dot))
    reverse = by_rules.choose(rules, function, args, keywords, wanted)
    assert reverse is not None  # a rule was registered
    value, full = by_rules.by_custom_rule(reverse, args, keywords)
    return value, transposed(value, full, moves, by_rules.name_of(function))


def _by_chosen_rule(
    rules: list[CustomRule], function: Any, args: tuple, keywords: dict, wanted: tuple
) -> pulling.Pulled:
    rule = by_rules.choose(rules, function, args, keywords, wanted)
    assert rule is not None  # a rule was registered
    return by_rules.by_custom_rule(rule, args, keywords)


def by_forward_rule(rule: CustomRule, names: dict, args: tuple, keywords: dict, given: dict) -> Moved:
    """A user's forward rule is taken at its word, but what it returns is checked."""
    value, differential = by_rules.checked_pair(rule, rule.rule(*args, **keywords))
    every = {**dict(enumerate(args)), **keywords}
    targets = [k for k in every if rule.wrt is None or names.get(k, k) in rule.wrt]
    found = differential(*(zero_like(every[k]) if given[k] is None else given[k] for k in targets))
    try:
        return value, settled(found, value)
    except DifferentiationError as error:
        raise by_rules._blaming(
            differential, DerivativeRuleError(error.headline, because=error.because, fix=error.fix)
        ) from None


def by_row(row: Any, function: Any, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """An operation of the table: its lines are called as functions."""
    record = recorded.here()
    if record is not None:
        check_called(function, args, keywords, moves.args, moves.keywords)
        pull = functools.partial(by_rules.by_row, row, function)
        return recorded_call(record, instead_of(function), pull, args, keywords, moves)
    try:
        bound = row.bind(args, keywords)
        dots = row.bind(moves.args, moves.keywords).arguments
    except TypeError:
        return plain(function, args, keywords, moves)
    if row.of_complex is not None and holds_complex((*args, *keywords.values())):
        return by_row(row.of_complex, function, args, keywords, moves)
    if row.family == "constant" and not by_rules._is_on_containers(function, args):
        return instead_of(function)(*args, **keywords), None
    for option, reason in row.refusals(bound.arguments):
        raise UnknownDerivativeError(
            f"'{row.name}' has no derivative with '{option}=' given",
            because=reason,
            fix=f"leave '{option}' out, or register a rule with @derivative(of=...)",
        )
    moving = {p: d for p, d in dots.items() if not _rests(d) and not row.ignores(p)}
    if row.family == "linear" and not any(p in row.tangents for p in moving):
        return _linear(row, function, bound, moving)
    return _by_lines(row, function, bound, moving)


def _filled(function: Any, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """f(x, out=a): the value is stored in a, its tangent in that of a."""
    given, named = dict(keywords), dict(moves.keywords)
    out, dot = given.pop("out"), named.pop("out", None)
    value, moved = pushed(function, args, given, moves._replace(keywords=named))
    if dot is None and not is_still(moved):
        raise UnsupportedSyntaxError(
            f"'{by_rules.name_of(function)}' fills an array that has no tangent with what has one",
            because="the derivative cannot follow the value through the array",
            fix="make the array inside the function, or assign the result",
        )
    np.copyto(out, value, casting="same_kind")
    if dot is not None:
        dot[...] = 0.0 if is_still(moved) else moved
    return out, dot


def _rests(dot: Any) -> bool:
    return all(map(is_still, dot)) if type(dot) is tuple else is_still(dot)


def _linear(row: Any, function: Any, bound: Any, moving: dict) -> Moved:
    """A linear operation is applied to tangents."""
    _check_covered(row, bound, moving, row.pullbacks)
    function = instead_of(function)
    value = function(*bound.args, **bound.kwargs)
    if not moving.keys() & row.pullbacks.keys():
        return value, None
    for parameter in bound.arguments.keys() & row.pullbacks.keys():
        x = bound.arguments[parameter]
        bound.arguments[parameter] = full_tangent(moving.get(parameter), x)
    return value, settled(function(*bound.args, **bound.kwargs), value)


def _by_lines(row: Any, function: Any, bound: Any, moving: dict) -> Moved:
    function = instead_of(function)
    value = function(*bound.args, **bound.kwargs)
    if isinstance(value, str | bytes):  # "%s" % x
        return value, None
    bound.apply_defaults()
    _check_covered(row, bound, moving, {**row.pullbacks, **row.tangents})
    lacking = any(p not in row.tangents for p in moving if p in row.pullbacks)
    arrays = with_arrays(function, bound.arguments)
    if lacking or (row.conjugates and holds_complex((*bound.args, *bound.kwargs.values(), value))):
        return value, _from_pullback(row, function, bound, moving, value, arrays)
    moved: Any = None
    for parameter, dot in moving.items():
        if parameter in row.tangents:
            line = row.tangents[parameter]
            d = np.asarray(dot) if isinstance(dot, list | tuple) and makes_array(function, parameter) else dot
            moved = add_tangents(moved, pulling.lent[0].evaluate(line, arrays, d=d, y=value))
    for p, dot in moving.items():
        if moved is dot and bound.arguments[p] is not value and (is_array(dot) or type(dot) in (list, dict)):
            moved = dot.copy()
    return value, settled(moved, value)


def _check_covered(row: Any, bound: Any, moving: dict, lines: Any) -> None:
    for parameter in moving:
        x = bound.arguments[parameter]
        if parameter in lines or by_rules._steers(x) or not has_derivative(x):
            continue
        raise by_rules._Missing(row, parameter).error()


def _from_pullback(row: Any, function: Any, bound: Any, moving: dict, value: Any, arrays: dict) -> Any:
    """The tangent of an operation of which only the pullback is written."""
    if row.family == "elementwise" and all(p in row.pullbacks for p in moving):

        def pulled(parameter: str, d: Any) -> Any:
            line = row.pullbacks[parameter]
            return pulling.lent[0].evaluate(line, arrays, d=d, y_bar=d, y=value)

        return transposed_elementwise(value, pulled, moving)
    args, keywords = bound.args, bound.kwargs
    dots = bound.signature.bind_partial()
    dots.arguments.update(moving)
    where = bound.signature.bind(*range(len(args)), **{k: k for k in keywords})
    places: dict[Any, Any] = {}
    for parameter, dot in moving.items():
        target = where.arguments[parameter]
        places.update(zip(target, dot, strict=True) if isinstance(target, tuple) else {target: dot}.items())
    wanted = tuple(places)
    _, full = by_rules.by_row(row, function, args, keywords, wanted)
    moves = Parts(None, tuple(places.get(k) for k in range(len(args))), {k: places.get(k) for k in keywords})
    return transposed(value, full, moves, row.name)


def _as_lists(args: tuple, keywords: dict, moves: Parts) -> tuple[tuple, dict, Parts]:
    """sum(d.values()): what can be run through once is made a list first, and so is its tangent."""
    listed, dot = pushed(list, args[:1], {}, Parts(None, moves.args[:1], {}))
    return (listed, *args[1:]), keywords, moves._replace(args=(dot, *moves.args[1:]))


def moved_items(x: Any, x_dot: Any) -> Any:
    """What a loop over the tangent of x gives, in step with a loop over x; zeros where x gives keys or stays."""
    if x_dot is None and isinstance(x, Handing):
        return standing_still(x)
    if isinstance(x, set | frozenset):
        dots = x_dot or {}
        return [dots[one] if dots.get(one) is not None else member(one) for one in x]
    if x_dot is None and hasattr(type(x), "__next__"):  # the loop itself takes from it
        return itertools.repeat(None)
    if x_dot is None or isinstance(x, dict | str | range):
        return map(zero_like, x)
    if is_struct(type(x)) and not isinstance(x, tuple):
        return pushed(tuple, (x,), {}, Parts(None, (x_dot,), {}))[1]
    if isinstance(x, list) and isinstance(x_dot, list) and len(x) != len(x_dot):
        raise DifferentiationError(
            "items without derivatives were put into a list before others came that have one",
            because="the tangent of the list does not hold as many items, and which is whose is not known",
            fix="build the list where it is read, or take the gradient, which follows it",
        )
    return x_dot


# Callees that are no plain functions


def _by_operator(function: Any, args: tuple, moves: Parts) -> Moved | None:
    """Operators on sequences, and on objects whose class defines them."""
    for k, x in enumerate(args[:2]):
        own = getattr(type(x), f"__{'r' if k else ''}{function.__name__.strip('_')}__", None)
        if isinstance(own, types.FunctionType) and not carrying.is_foreign(own):
            turn = slice(None, None, -1 if k else 1)
            value, moved = pushed(own, args[turn], {}, Parts(None, moves.args[turn], {}))
            if value is not NotImplemented:
                return value, moved
    joined = joined_by(function, args)
    if joined is not None:
        return pushed(joined, args, {}, moves)
    if function.__name__ in ("add", "mul") and any(isinstance(a, list | tuple) for a in args):
        dots = [
            full_tangent(d, x) if isinstance(x, list | tuple) else x
            for d, x in zip(moves.args, args, strict=True)
        ]
        return function(*args), function(*dots)
    if function.__name__ == "or_" and isinstance(args[0], dict) and isinstance(args[1], dict):
        return function(*args), function(*map(full_tangent, moves.args, args))
    return None


def _by_partial(function: functools.partial, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """partial(f, a)(x): what was bound before stands in front; a pullback that stays as it is, is linear."""
    is_pullback = hasattr(function.func, "__diffpy_is_pullback__")
    if is_pullback and moves.callee is None and len(args) == 1:
        return function(*args), None if moves.args[0] is None else function(moves.args[0])
    own = moves.callee or {}
    if not isinstance(own, dict):
        raise UnsupportedSyntaxError(
            f"a partial of '{by_rules.name_of(function.func)}', which an object holds or its class makes for it, "
            "is called by way of the object",
            because="its tangent is that of the object, and not of what was bound",
            fix="write a method that calls the other one",
        )
    before = own.get("args") or (None,) * len(function.args)
    named = {**dict.fromkeys(function.keywords), **(own.get("keywords") or {}), **moves.keywords}
    inner = Parts(own.get("function"), (*before, *moves.args), named)
    return pushed(function.func, (*function.args, *args), {**function.keywords, **keywords}, inner)


_ALIKE = {"append", "extend", "insert", "pop", "clear", "reverse", "update", "setdefault", "fill"}
_ALIKE |= {"appendleft", "extendleft", "popleft", "rotate", "move_to_end", "sort", "remove"}
_TAKING_IN = {"extend": list, "extendleft": list, "update": dict}  # what they take in, one by one


def _by_builtin_method(function: Any, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """x.sum(), d.items(): the method of the object's type, the object as first argument."""
    owner, name = function.__self__, function.__name__
    if isinstance(owner, set) and recorded.here() is not None and moves.callee is None:
        return members_changed(function, args, keywords, moves)
    if isinstance(owner, np.generic | np.ufunc):
        return _by_numpy_method(function, owner, args, keywords, moves)
    if (is_array(owner) or isinstance(owner, list | dict | deque)) and name in changing_methods.EVERY:
        return _changed_alike(function, args, keywords, moves)
    descriptor = getattr(_base_of(type(owner)), name, None)
    known = rule_for(descriptor) or dispatch._container_rule(descriptor)
    if known is not None or pulling.lent[0].row_of(descriptor) is not None or is_written(descriptor):
        return pushed(descriptor, (owner, *args), keywords, _with_owner(moves))
    return plain(function, args, keywords, moves)


def _changed_alike(function: Any, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """xs.append(v) of a list whose kind was not known: the same of its tangent."""
    owner, name, own = function.__self__, function.__name__, moves.callee
    if own is not None and name == "popitem":
        key, value = function(*args, **keywords)
        return (key, value), (zero_like(key), own.pop(key))
    is_read_alike = is_array(owner) or (
        reads_as(type(owner), _base_of(type(owner))) or name not in ("sort", "remove")
    )
    if own is None or not is_read_alike or name not in _ALIKE or not _takes(name, keywords):
        raise UnsupportedSyntaxError(
            f"'{name}' changes a {type(owner).__name__} of active values whose kind is not known here",
            because="the derivative would have to follow the change through every name of the object",
            fix="build a new value instead, or create the container in the function that changes it",
        )
    if name == "sort":
        _sorted_alike(owner, own, **keywords)
        return None, None
    if name == "remove":
        place = owner.index(*args)
        del owner[place], own[place]
        return None, None
    if name == "move_to_end":
        value = function(*args, **keywords)
        entries = {key: own[key] for key in owner}
        own.clear()
        own.update(entries)
        return value, None
    if name in _TAKING_IN:
        entries, moved = pushed(_TAKING_IN[name], args, keywords, Parts(None, moves.args, moves.keywords))
        function(entries)
        getattr(own, name)(full_tangent(moved, entries))
        return None, None
    steers = 1 if name in ("insert", "setdefault", "rotate") or (name == "pop" and args) else 0
    dots = [full_tangent(d, x) for d, x in zip(moves.args, args, strict=True)]
    named = {k: full_tangent(moves.keywords.get(k), x) for k, x in keywords.items()}
    value = function(*args, **keywords)
    return value, getattr(own, name)(*args[:steers], *dots[steers:], **named)


def _takes(name: str, keywords: dict) -> bool:
    """Whether the change is known with these keywords, too."""
    return not keywords or name in ("move_to_end", "sort", "update")


def _sorted_alike(owner: list, own: list, key: Any = None, reverse: bool = False) -> None:
    """The items of a list and their tangents in one order."""
    items = list(owner)
    keys = items if key is None else [key(one) for one in items]
    order = sorted(range(len(items)), key=keys.__getitem__, reverse=reverse)
    owner[:], own[:] = [items[k] for k in order], [own[k] for k in order]


def _base_of(cls: type) -> type:
    """The container of Python's that a class extends, or is."""
    return next(one for one in cls.__mro__ if carrying.is_foreign(one))


def _by_numpy_method(function: Any, owner: Any, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """Methods of NumPy scalars are those of arrays; of ufuncs, the reductions that they stand for."""
    name = function.__name__
    if isinstance(owner, np.generic):
        row = pulling.lent[0].row_of(getattr(np.ndarray, name, None))
        if row is None:
            return plain(function, args, keywords, moves)
        return by_row(row, getattr(type(owner), name), (owner, *args), keywords, _with_owner(moves))
    stand_in = dispatch._UFUNC_METHODS.get((owner, name))
    if stand_in is not None and set(keywords) <= {"axis", "keepdims"}:
        axis = {"axis": 0} if len(args) < 2 else {}
        named = {**dict.fromkeys(axis), **moves.keywords}
        return pushed(stand_in, args, {**axis, **keywords}, Parts(None, moves.args, named))
    descriptor = getattr(type(owner), name, None)
    if is_written(descriptor):
        return pushed(descriptor, (owner, *args), keywords, _with_owner(moves))
    return plain(function, args, keywords, moves)


def _by_constructor(cls: type, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """A struct made from its fields: a tangent each."""
    fields = dispatch._constructor_fields(cls)
    if fields is None:
        captures = classes_made.captured_tangents(cls) is not None
        factory = None if captures else pulling.deriver().factory_of(cls)
        if factory is not None:
            return pushed(factory, args, keywords, moves)
        if is_followed(cls) and not carrying.is_foreign(cls):
            return _by_init(cls, args, keywords, moves)
        if (base := extended(cls)) is not None:
            contents, moved = pushed(base, args, keywords, moves)
            return cls(contents), moved
        if (base := extended_otherwise(cls)) is not None:
            return _by_extending(cls, base, args, keywords, moves)
        return plain(cls, args, keywords, moves)
    value = cls(*args, **keywords)
    given = {**dict(zip(fields, moves.args, strict=False)), **moves.keywords}
    dots: dict[Any, Any] = {**dict(enumerate(moves.args)), **moves.keywords}
    moving = tuple(k for k, d in dots.items() if not is_still(d))
    dispatch._check_fields(cls, fields, args, keywords, moving)
    return value, struct_tangent(value, given)


def _by_init(cls: type, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """An object whose constructor does more than store fields: it is given an empty one, and an empty tangent."""
    declare_made(cls)
    kind = tangent_vector(cls)
    x, x_dot = blank(cls), make(kind, dict.fromkeys(kind._names))
    pushed(cls.__init__, (x, *args), keywords, moves._replace(args=(x_dot, *moves.args)))  # type: ignore[misc]
    fields = {n: zero_like(held(x, n)) for n, dot in vars(x_dot).items() if dot is None}
    vars(x_dot).update(fields)
    return x, x_dot


def _by_extending(cls: Any, base: Any, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """A container of a class that says itself how it is made, by `__new__` and `__init__`."""
    if isinstance(cls.__new__, types.FunctionType):
        found = Parts(None, (None, *moves.args), moves.keywords)
        x, x_dot = pushed(cls.__new__, (cls, *args), keywords, found)
    elif base in TANGENTS:
        x, x_dot = blank(cls), TANGENTS[base]()
    else:
        contents, x_dot = pushed(base, args, keywords, moves)
        x = base.__new__(cls, contents)
    if isinstance(x, cls) and (base in TANGENTS or isinstance(cls.__init__, types.FunctionType)):
        pushed(cls.__init__, (x, *args), keywords, moves._replace(args=(x_dot, *moves.args)))
    return x, x_dot


def struct_tangent(x: Any, given: dict[str, Any]) -> Any:
    """The tangent of a struct with these fields, and zeros for the others."""
    if isinstance(x, tuple):
        parts = (given.get(n) for n in x._fields)  # type: ignore[attr-defined]
        return tuple.__new__(type(x), map(full_tangent, parts, x))
    kind = tangent_vector(type(x))
    return make(kind, {n: full_tangent(given.get(n), held(x, n)) for n in kind._names})


def plain(function: Any, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """A callee without rule and without source: it runs; its result may not carry a derivative on."""
    if changes_anything(function):
        raise UnsupportedSyntaxError(
            f"'{by_rules.name_of(function)}' changes an object that the derivative depends on",
            because="how the tangent changes with it is not known",
            fix="write the change out, or build a new value instead",
        )
    value = function(*args, **keywords)
    keeps = recorded.here() is not None and (isinstance(value, BaseException) or hasattr(value, "__dict__"))
    if carrying.is_free(value) and not keeps:  # an object may keep what it was made of
        return value, None
    raise by_rules.unknown(function)


def changes_anything(function: Any) -> bool:
    owner = getattr(function, "__self__", None)
    if owner is not None and not isinstance(owner, types.ModuleType | np.random.Generator):
        return getattr(function, "__name__", "") in changing_methods.EVERY | changing_methods.OF_KEEPERS
    try:
        return function in _changing or getattr(function, "__name__", "") == "shuffle"
    except TypeError:  # not hashable
        return False


def moved_alike(function: Any, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """A function that only moves items: the same items of the tangents."""
    value = function(*args, **keywords)
    named = {k: _alike(moves.keywords.get(k), v) for k, v in keywords.items()}
    return value, function(*map(_alike, moves.args, args), **named)


def _alike(dot: Any, x: Any) -> Any:
    """A tangent; of what only steers, a place or a name, the thing itself."""
    if not is_still(dot):
        return dot
    return zero_like(x) if has_derivative(x) and not isinstance(x, int) else x


def field_tangent(x: Any, x_dot: Any, name: str) -> Any:
    """The tangent of x.name."""
    if isinstance(x, tuple):
        return x_dot[type(x)._fields.index(name)]  # type: ignore[attr-defined]
    return field_of(x_dot, name)
