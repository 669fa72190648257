"""Tangents of calls of Python functions met at run time: the generated function of arguments and tangents, called."""

from __future__ import annotations

import types
from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple

from diffpy import answering, calls_met, derive, kept_texts
from diffpy.analysis import foreign
from diffpy.analysis.kinds import Kind, as_open, as_real, kind_of
from diffpy.derive import Derived
from diffpy.errors import DifferentiationError, UnsupportedSyntaxError
from diffpy.functions import captured_by, is_gathering
from diffpy.parameters import met_kinds, places_of
from diffpy.placing import runs
from diffpy.quiet import acts_at_its_end
from diffpy.request import Request
from diffpy.runtime import classes_made, differentials, recorded
from diffpy.runtime.alongside import in_pairs
from diffpy.runtime.call_keys import is_one_of_many
from diffpy.runtime.carrying import carries, is_opaque
from diffpy.runtime.differentials import Moved, Paired, Place
from diffpy.runtime.generators import is_generator
from diffpy.runtime.leaves import is_array
from diffpy.runtime.pulling import Parts
from diffpy.runtime.registry import REGISTRY
from diffpy.runtime.stand_ins import is_cache
from diffpy.runtime.struct_fields import is_struct
from diffpy.runtime.zeros import full_tangent, is_still, moves_ints
from diffpy.transforms.another import for_another
from diffpy.transforms.calling import call_of

Dots = dict[str, Any]


def push(function: types.FunctionType, args: tuple, keywords: dict, moves: Parts) -> Moved:
    """The value and the tangent of a call of a Python function."""
    kinds, values = met_kinds(function, args, keywords)
    dots = by_parameter(function, values, args, keywords, moves)
    own = captured_tangents(function, moves)
    captured, itself = moving_cells(function, own)
    if not dots and not captured:
        return function(*args, **keywords), None
    request = Request(
        "differential",
        tuple(n for n in kinds if n in dots),
        captured,
        itself=itself,
        hands_over=is_generator(function),
        recorded=recorded.here() is not None,
    )
    derived, made = derive.lookup(function, request, counted(kinds, values, dots))
    answering.check_outer(function, made)
    answering.check_defaults(function, made, {*places_of(function, args, keywords).values()})
    for name in sorted(vars(made)["__diffpy_gathering__"]):
        if any(map(_is_seen_changed, _brought(function, name, values[name]))):
            raise UnsupportedSyntaxError(
                f"'{function.__name__}' changes its argument '{name}' in place",
                because="what is called is not known while deriving, so its caller does not follow the change",
                fix=f"return the new value of '{name}' instead of changing it",
            )
    names = vars(made)["__diffpy_dots__"]
    given = {names[n]: whole(dots[n], values[n]) for n in request.wrt} | {names[n]: own[n] for n in captured}
    if not keywords and not is_generator(function):
        keep(function, args, moves, derived, made)
    found = runs(made)(*args, **keywords, **given)
    if is_generator(function):
        pairs = in_pairs(
            found if is_generator(made) else ()
        )  # what never hands over is no generator any more
        if acts_at_its_end(function):
            recorded.check_ended(function.__name__, pairs[0])
        return pairs
    return found


def _is_seen_changed(x: Any) -> bool:
    """Whether a caller that is not told of it sees a change of what it handed over."""
    return is_array(x) or isinstance(x, list | dict) or is_struct(type(x)) or is_opaque(x)


def _brought(function: types.FunctionType, name: str, x: Any) -> Iterable[Any]:
    """What a caller handed over as a parameter; what * or ** gathers is a container of the call's own."""
    if not is_gathering(function.__code__, name):
        return (x,)
    return x.values() if isinstance(x, dict) else x


def note_row(row: Any, function: Any, args: tuple, moves: Parts) -> None:
    """Let a call of an operation that is met again and again with numbers and arrays have a text of its own."""
    moving = tuple(k for k, dot in enumerate(moves.args) if not is_still(dot))
    if not calls_met.is_often(
        row, function, args, ("moved", recorded.here() is None, *moving)
    ) or REGISTRY.find(function):
        return
    called = calls_met.standing_for(function, len(args)) or call_of(function, len(args))
    names = called.__code__.co_varnames
    kinds = {names[k]: kind_of(x, names[k]) for k, x in enumerate(args)}
    dots = {names[k]: moves.args[k] for k in moving}
    try:
        request = Request("differential", tuple(dots), recorded=recorded.here() is not None)
        derived, made = derive.lookup(
            called, request, counted(kinds, dict(zip(names, args, strict=False)), dots)
        )
    except DifferentiationError:
        return
    if "with_differential" not in made.__code__.co_freevars:
        calls_met.stand_for(function, called, len(args))
        keep(called, args, moves, derived, made)


class Taking(NamedTuple):
    """How a generated function takes tangents: its parameters for those of positions, and of what was captured."""

    positions: tuple[tuple[int, str], ...]
    captured: tuple[tuple[str, str], ...]


def keep(
    function: types.FunctionType, args: tuple, moves: Parts, derived: Derived, made: types.FunctionType
) -> None:
    """Note what was generated for a call by position."""
    names, places = vars(made)["__diffpy_dots__"], places_of(function, args, {})
    if not all(isinstance(place, str) for place in places.values()):
        return
    moving = [(k, places[k]) for k in range(len(args)) if not is_still(moves.args[k])]
    taking = Taking(
        tuple((k, names[n]) for k, n in moving), tuple((n, names[n]) for n in derived.request.captured)
    )
    holds = (derived.watched_names if is_one_of_many(function) else derived.watched)(function)
    kept = kept_texts.Kept(derived.function, function, holds, taking)
    kept_texts.keep(function, args, {}, [_asked(args, moves.callee, moves.args)], kept)


def met(function: types.FunctionType, args: tuple, own: Any, dots: tuple) -> Moved | None:
    """The same for a call by position, by what was generated for such a one before; None where there is nothing."""
    found = kept_texts.look_up(function, args, {}, _asked(args, own, dots))
    if found is None:
        return None
    taking = found.how
    own = classes_made.captured_tangents(function) if own is None else own
    given = {name: whole(dots[k], args[k]) for k, name in taking.positions}
    given |= {name: own[n] for n, name in taking.captured}
    return found.over(function.__closure__)(*args, **given)


def _asked(args: tuple, own: Any, dots: tuple) -> Hashable:
    """What moves: of the arguments, of the ints in them, of what was captured."""
    moving = tuple([not (dot is None or type(dot) is int) for dot in dots])
    ints = [k for k, x in enumerate(args) if moving[k] and type(x) in _HOLDING and moves_ints(x, dots[k])]
    cells = (
        tuple([n for n, dot in own.items() if not is_still(dot)]) if isinstance(own, dict) else own is None
    )
    return ("moved" if recorded.here() is None else "recorded"), moving, tuple(ints), cells


_HOLDING = {list, tuple, dict}


def captured_tangents(function: types.FunctionType, moves: Parts) -> dict[str, Any]:
    """The tangents of what a function captured, by name; in the tangent of a list it stands for itself."""
    captures = bool(function.__code__.co_freevars)  # a static method, say, captures nothing
    if moves.callee is None and (found := classes_made.captured_tangents(function)) is not None:
        return found
    stays = moves.callee is None or callable(moves.callee) or not captures
    if stays:
        return {}
    if isinstance(moves.callee, dict):
        _check_captured(function, moves.callee)
        return moves.callee
    if carries(function):
        raise UnsupportedSyntaxError(
            f"the function '{function.__name__}', which an object holds, is called by way of the object",
            because="its tangent is that of the object, and not of what the function captured",
            fix="make it a method, or take it out of the object first: f = o.f; f(x)",
        )
    return {}


def _check_captured(function: types.FunctionType, own: dict[str, Any]) -> None:
    """A variable that functions of one turn share may stand in a cell of another name in the text of a derivative."""
    for name in own.keys() - {*function.__code__.co_freevars}:
        if not is_still(own[name]):
            raise UnsupportedSyntaxError(
                f"the function '{function.__name__}', which a loop makes, has no second derivative here",
                because=f"each turn makes it anew with a variable '{name}' of its own",
                fix="make the function before the loop, or give it what changes as an argument",
            )


def moving_cells(
    function: types.FunctionType, own: dict[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a function captured that moves, and the names of itself, or of what it was made of, among its variables."""
    captured = tuple(n for n in function.__code__.co_freevars if not is_still(own.get(n)))
    held = captured_by(function).items()
    itself = tuple(n for n, x in held if n not in captured and _is_of_the_same_cells(x, function))
    return captured, itself if captured else ()


def _is_of_the_same_cells(other: Any, function: types.FunctionType) -> bool:
    """Whether another function captured nothing that this one did not: what moves for the one moves for the other."""
    other = other.__wrapped__ if is_cache(other) else other
    cells: tuple = getattr(other, "__closure__", None) or ()
    own = {id(cell) for cell in function.__closure__ or ()}
    return bool(cells) and own.issuperset(map(id, cells))


def pair(
    function: types.FunctionType,
    args: tuple,
    keywords: dict,
    moves: Parts,
    copies: bool = False,
    ahead: bool = False,
) -> Paired:
    """The generated function of a call, and its parameters for tangents.

    `copies`: nobody sees what it changes; `ahead`: only tangents are asked for, which change as values do.
    """
    kinds, values = met_kinds(function, args, keywords)
    dots = by_parameter(function, values, args, keywords, moves)
    own = captured_tangents(function, moves)
    captured, itself = moving_cells(function, own)
    wrt = tuple(n for n in kinds if n in dots)
    hands_over = is_generator(function)
    request = Request("differential", wrt, captured, itself=itself, hands_over=hands_over, copies=copies)
    with for_another():
        _, made = derive.lookup(function, request, counted(kinds, values, dots))
    names = vars(made)["__diffpy_dots__"]
    places = places_of(function, args, keywords)
    lost = vars(made)["__diffpy_gathering__" if ahead else "__diffpy_changing__"]
    if lost and not copies:
        changed = ", ".join(sorted(lost))
        raise UnsupportedSyntaxError(
            f"the differential of '{function.__name__}' has no derivative of its own here",
            because=f"the function changes {changed} in place",
            fix="let the function return the new value instead",
        )
    given = {names[n]: dot for n, dot in dots.items()}
    parameters = {k: (place if isinstance(place, tuple) else (place, None)) for k, place in places.items()}
    put = {k: Place(names[n], at) for k, (n, at) in parameters.items() if n in dots}
    return Paired(made, given, put, {n: names[n] for n in captured})


def whole(dot: Any, x: Any) -> Any:
    """A tangent of a list or tuple with zeros of their shapes for what stays in it; a list stays the list it is."""
    if isinstance(dot, list) and isinstance(x, list) and len(dot) == len(x):
        dot[:] = [full_tangent(one, part) for one, part in zip(dot, x, strict=True)]
        return dot
    return full_tangent(dot, x) if isinstance(x, tuple) else dot


def counted(kinds: dict[str, Kind], values: dict[str, Any], dots: Dots) -> dict[str, Kind]:
    """Kinds in which ints that move count as real numbers, and containers that move as ready to take in more."""
    real = {n: as_real(k) if n in dots and moves_ints(values[n], dots[n]) else k for n, k in kinds.items()}
    return {n: as_open(k) if n in dots else k for n, k in real.items()}


def by_parameter(
    function: types.FunctionType, values: dict[str, Any], args: tuple, keywords: dict, moves: Parts
) -> Dots:
    """The tangents of a call's arguments that move, by the parameter that takes them."""
    places = places_of(function, args, keywords)
    every: dict[Any, Any] = {**dict(enumerate(moves.args)), **moves.keywords}
    found: Dots = {}
    for key, place in places.items():
        if is_still(every.get(key)):
            continue
        if isinstance(place, tuple):
            found.setdefault(place[0], {})[place[1]] = every[key]
        else:
            found[place] = every[key]
    gathered = {place[0] for place in places.values() if isinstance(place, tuple)} & found.keys()
    for name in gathered:
        x, parts = values[name], found[name]
        if isinstance(x, tuple):
            found[name] = tuple(full_tangent(parts.get(k), one) for k, one in enumerate(x))
        else:
            found[name] = {k: full_tangent(parts.get(k), one) for k, one in x.items()}
    return found


differentials.install(push, pair, foreign.CHANGING, met, note_row)
