"""What the running half asks for: a function met at run time and its arguments in, value and pullback out."""

from __future__ import annotations

import types
from collections.abc import Callable, ItemsView, Mapping, ValuesView
from typing import Any

import gast

from diffpy import calls_met, constructing, errors
from diffpy.analysing import Analysed, adopt, analyse
from diffpy.analysis import flow
from diffpy.analysis.activity import active
from diffpy.analysis.aliasing import Outside
from diffpy.analysis.kinds import Kind
from diffpy.analysis.left_in_functions import left_in_functions
from diffpy.backends import devices
from diffpy.derive import lookup, on_copies
from diffpy.following.left_outside import only_logs
from diffpy.functions import ByCode, captured_by
from diffpy.generating import first_of
from diffpy.parameters import met_kinds, places_of
from diffpy.placing import runs
from diffpy.request import Request
from diffpy.rules.table import TABLE, Row, evaluate
from diffpy.runtime import (
    boundary,
    buffered_calls,
    carrying,
    pairing,
    pulling,
    zeros,
)
from diffpy.runtime.argument_copies import copy_arguments, reaches_made
from diffpy.runtime.call_keys import is_one_of_many
from diffpy.runtime.differentials import Moved, pushed
from diffpy.runtime.on_buffers import OnBuffers
from diffpy.runtime.registry import REGISTRY
from diffpy.runtime.standing import Chosen, Standing
from diffpy.runtime.storing import may_store
from diffpy.transforms.another import for_another
from diffpy.transforms.calling import call_of, calling
from diffpy.transforms.row_pairs import RowPair


def generate(
    function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple, copies: bool = False
) -> calls_met.Made | None:
    """The generated value and pullback of a Python function met at run time; None where nothing can flow."""
    function = devices.original(function)
    places = places_of(function, args, keywords)
    kinds, values = met_kinds(function, args, keywords)
    wrt = tuple(
        n
        for n in kinds
        if any(places[w] == n or places[w][0] == n for w in wanted) and carrying.carries(values[n])
    )
    cells = captured_by(function)
    captured = tuple(n for n, held in cells.items() if carrying.carries(held))
    asked = {places[w] if isinstance(places[w], str) else places[w][0] for w in wanted}
    for name in sorted(asked):
        _check_positions(function, name, values[name])
    for name, held_there in cells.items():
        if not _is_set(held_there):
            _check_positions(function, name, held_there)
    lost = tuple(n for n, c in cells.items() if _is_set(c) and any(map(carrying.carries, c)))
    if not wrt and not captured:
        return None
    held = tuple(n for n in kinds if n in asked and n not in wrt and not carrying.is_free(values[n]))
    with for_another():
        found, made = lookup(function, Request("pullback", wrt, captured, held=held, copies=copies), kinds)
    check_outer(function, made)
    check_defaults(function, made, {*places.values()})
    holds = found.watched_names if is_one_of_many(function) else found.watched
    return calls_met.Made(made, holds, wrt, captured, places, len(args), tuple(keywords), lost)


def _is_set(value: Any) -> bool:
    return isinstance(value, set | frozenset)


def _check_positions(function: types.FunctionType, name: str, value: Any) -> None:
    """Refuse what may hold active values, and has no positions at which they could have cotangents."""
    if isinstance(value, tuple):
        for one in value:
            _check_positions(function, name, one)
    elif isinstance(value, set | frozenset | ValuesView | ItemsView) and any(map(carrying.carries, value)):
        raise errors.UnknownDerivativeError(
            f"'{name}' of '{function.__name__}' may hold active values in a {type(value).__name__}",
            because="its items have no positions, by which their cotangents would be told apart",
            fix="pass a list of them",
        )


def check_outer(function: types.FunctionType, made: types.FunctionType) -> None:
    """Refuse a call that leaves a value of interest in a global variable: its caller does not follow it there."""
    for name in sorted(vars(made)["__diffpy_outer__"]):
        raise errors.UnsupportedSyntaxError(
            f"'{function.__name__}' assigns the global variable '{name}' a value that derivatives depend on",
            because="what is called is not known while deriving, so its caller does not follow the value",
            fix=f"return the value instead of assigning '{name}'",
        )


def check_defaults(function: types.FunctionType, made: types.FunctionType, given: set) -> None:
    """Refuse to store active values in a default, which outlives the call."""
    code = function.__code__
    named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    for name in sorted(vars(made)["__diffpy_gathering__"] - given):
        if name in named:
            raise errors.DifferentiationError(
                f"an active value is stored in '{name}', a default of '{function.__name__}'",
                because="the default outlives the call, so a later call would read values of an older derivative",
                fix=f"pass a new object for '{name}', or make one in the function",
            )


def call(function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple) -> pulling.Pulled:
    """The value and the pullback of a Python function met at run time."""
    found = calls_met.met(function, args, keywords, wanted)
    if found is not None:
        generated, asked = found
        value, back = generated(*args, **keywords)
        return value, asked.full(back)
    made = generate(function, args, keywords, wanted)
    if made is None:
        return function(*args, **keywords), lambda y_bar: pulling.Parts(None, (None,) * len(args), {})
    calls_met.keep(function, args, keywords, wanted, made)
    value, pullback = runs(made.function)(*args, **keywords)
    return value, lambda y_bar: made.parts(pullback(y_bar))


def note_row(row: Row, function: Any, args: tuple, wanted: tuple) -> None:
    """Let a call of an operation that is met again and again with numbers and arrays have a text of its own."""
    if calls_met.is_often(row, function, args, wanted) and not REGISTRY.find(function):
        called = calls_met.standing_for(function, len(args)) or call_of(function, len(args))
        try:
            made = generate(called, args, {}, wanted)
        except errors.DifferentiationError:
            return
        if made is not None and "with_pullback" not in made.function.__code__.co_freevars:
            calls_met.stand_for(function, called, len(args))
            calls_met.keep(called, args, {}, wanted, made)


def on_buffers(
    function: types.FunctionType,
    args: tuple,
    keywords: dict,
    wanted: tuple,
    asked: buffered_calls.with_buffers,
) -> tuple[Any, OnBuffers]:
    """The value and the pullback of a function that changes objects whose buffers are given."""
    function = devices.original(function)
    kinds, values = met_kinds(function, args, keywords)
    cells = captured_by(function)
    given = buffered_calls.present(function.__name__, asked.buffers, {**cells, **values})
    places = places_of(function, args, keywords)
    named = {places[w] if isinstance(places[w], str) else places[w][0] for w in wanted} - given.keys()
    wrt = tuple(n for n in kinds if n in named and carrying.carries(values[n]))
    captured = tuple(n for n, held in cells.items() if n not in given and carrying.carries(held))
    held = tuple(n for n in kinds if n in named and n not in wrt and not carrying.is_free(values[n]))
    outside = Outside(frozenset(given), frozenset(given) & frozenset(asked.inside), asked.result)
    request = Request("pullback", wrt, captured, held=held, outside=outside)
    found, made = lookup(function, request, kinds)
    check_outer(function, made)
    check_defaults(function, made, {*places.values()})
    whole = calls_met.Made(made, found.watched, wrt, captured, places, len(args), tuple(keywords))
    bars = vars(made)["__diffpy_buffers__"]
    value, back = runs(made)(*args, **keywords, **{bars[n]: bar for n, (_, bar) in given.items()})
    return value, buffered_calls.Whole(back, whole.parts)


def factory_of(cls: type) -> types.FunctionType | None:
    return constructing.factory_of(cls, adopt)


class OnCopies:
    """A generated function that writes into its arguments, run on copies of them."""

    __diffpy_carries__ = property(lambda self: [self.function])

    def __init__(self, function: types.FunctionType) -> None:
        self.function = function

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        self.check_copied(args, keywords)
        return on_copies(runs(self.function))(*args, **keywords)

    def check_copied(self, args: tuple, keywords: dict) -> None:
        """Refuse a change of an object that is none of the point: the program around would have to see it."""
        code = self.function.__code__
        given = {**dict(zip(code.co_varnames[: code.co_argcount], args, strict=False)), **keywords}
        for name in sorted(vars(self.function)["__diffpy_changed__"] & given.keys()):
            if reaches_made(given[name]) or carrying.is_opaque(given[name]):
                raise errors.UnsupportedSyntaxError(
                    f"'{name}', an object of class '{type(given[name]).__name__}', is changed by what is derived here",
                    because="nobody declared the class, so the object itself changes, and derivatives do not follow it",
                    fix="declare the class, with @differentiable above @dataclass or by register_differentiable(...)",
                )

    def __diffpy_pulled__(self, args: tuple, keywords: dict, wanted: tuple) -> pulling.Pulled:
        self.check_copied(args, keywords)
        made = generate(self.function, args, keywords, wanted, copies=True)
        if made is None:
            return self(*args, **keywords), lambda y_bar: pulling.Parts(None, (None,) * len(args), {})
        value, pullback = on_copies(runs(made.function))(*args, **keywords)
        return value, lambda y_bar: made.parts(pullback(y_bar))

    def __diffpy_paired__(self, args: tuple, keywords: dict, wanted: tuple) -> Standing:
        self.check_copied(args, keywords)
        made = generate(self.function, args, keywords, wanted, copies=True)
        if made is None:
            return pairing.plain(self, args, keywords, wanted)
        after = lambda pair: (pair[0], Chosen(pair[1], made.parts, made.found))  # noqa: E731
        return Standing(OnCopies(made.function), args, keywords, wanted, after)

    def __diffpy_moved__(self, args: tuple, keywords: dict, moves: pulling.Parts) -> Moved:
        """Tangents are changed as values are: what stands still may take in what moves."""
        self.check_copied(args, keywords)
        boundary.check_apart((*args, *keywords.values()))
        dots = tuple(map(zeros.full_tangent, moves.args, args))
        named = {k: zeros.full_tangent(moves.keywords.get(k), x) for k, x in keywords.items()}
        args, keywords = copy_arguments((args, keywords))
        dots = tuple(copy_arguments((dot,))[0] for dot in dots)
        named = {k: copy_arguments((dot,))[0] for k, dot in named.items()}
        return pushed(self.function, args, keywords, pulling.Parts(moves.callee, dots, named))

    @property
    def __diffpy_on_copies__(self) -> types.FunctionType:
        return self.function


_harmless: ByCode[set] = ByCode()


def check_effect(function: types.FunctionType, args: tuple, keywords: dict) -> None:
    """Refuse a call for its effect alone that puts values with derivatives into objects that live on."""
    function = devices.original(function)
    try:
        kinds, values = met_kinds(function, args, keywords)
    except (TypeError, errors.DifferentiationError):
        return
    given = [n for n in values if not carrying.is_free(values[n])]
    captured = [n for n, value in captured_by(function).items() if not carrying.is_free(value)]
    for name in given:
        if type(kinds[name]) is Kind and callable(values[name]) and may_store(values[name]):
            raise _keeping(function, name)
    known = _harmless.setdefault(function.__code__, set())
    key = tuple(kinds.items()), (*given, *captured)
    if key not in known:
        _check_effect(function, kinds, [*given, *captured])
        known.add(key)


def _check_effect(function: types.FunctionType, kinds: dict, given: list[str]) -> None:
    try:
        found = analyse(function, kinds)
    except (TypeError, errors.DifferentiationError):
        return
    tree = found.tree
    outside = {n for s in tree.body for n in flow.names_read(s)} - flow.all_written(tree.body) | kinds.keys()
    changed = {n for n in outside if _may_change(found, n) and found.facts.kind(n).may_differ}
    for name in sorted(changed & active(tree, given, changed, found.facts, found.aliases)):
        is_global = name not in kinds and name not in function.__code__.co_freevars
        if is_global and only_logs(function, frozenset((name,))):
            continue  # who reads it is refused where the call stands
        if not found.aliases.is_shadowed(name):
            raise _exposing(function, name)
        raise _changed_unseen(found, function, name, found.aliases.where_changed(name))
    left = left_in_functions(tree, given, (), found.facts, found.aliases)
    if left is not None:
        raise _changed_unseen(found, function, "attributes of functions", left)


def _may_change(found: Analysed, name: str) -> bool:
    """Whether a function changes an object, or hands it to a call that may, and is known when it runs."""
    return found.aliases.is_shadowed(name) or found.aliases.is_exposed(name)


def _keeping(function: types.FunctionType, name: str) -> errors.DifferentiationError:
    return errors.UnsupportedSyntaxError(
        f"'{function.__name__}' is given the function '{name}', which may change what it holds",
        because="the caller's derivative would have to follow the change into the function",
        fix="let the function return the new value, or write its body where it is called",
    )


def _exposing(function: types.FunctionType, name: str) -> errors.DifferentiationError:
    return errors.UnsupportedSyntaxError(
        f"'{function.__name__}' hands '{name}' to a function that is found when it runs, which may change it",
        because="the caller's derivative would have to follow the change into the function",
        fix="let the function return the new value, or write its body where it is called",
    )


def _changed_unseen(
    found: Analysed, function: types.FunctionType, what: str, where: gast.AST | None
) -> errors.DifferentiationError:
    return found.prepared.source.error(
        errors.UnsupportedSyntaxError,
        f"'{function.__name__}' changes '{what}' in place",
        where,
        because="the caller's derivative would have to follow the change into the function",
        fix="let the function return the new value, or write its body where it is called",
    )


_changed_by: ByCode[dict] = ByCode()


def changed_by(
    function: types.FunctionType, args: tuple, keywords: Mapping[str, Any] = types.MappingProxyType({})
) -> frozenset[str]:
    """The parameters whose objects a function changes, for arguments like these."""
    function = devices.original(function)
    seen = _changed_by.setdefault(function.__code__, {})
    kinds, _ = met_kinds(function, args, dict(keywords))
    key = tuple(kinds.items())
    if key not in seen:
        found = analyse(function, kinds)
        names = flow.argument_names(found.tree)
        seen[key] = frozenset(n for n in names if found.aliases.is_shadowed(n)) | {
            n for _, _, n in found.aliases.by_calls if n in names
        }
    return seen[key]


def _evaluate(line: Callable[..., Any], arguments: Mapping[str, Any], **read: Any) -> Any:
    return evaluate(runs(line), arguments, **read)


pulling.install(
    pulling.Deriver(
        call,
        TABLE.find,
        _evaluate,
        check_effect,
        generate,
        calling,
        RowPair,
        calls_met.met,
        calls_met.standing_for,
        changed_by,
        factory_of,
        first_of,
        note_row,
        on_buffers,
        runs,
    )
)
