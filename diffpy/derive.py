"""The pipeline, top to bottom: a function, what is asked of it and the kinds of its arguments in, its derivative out."""

from __future__ import annotations

import ast
import builtins
import copy
import inspect
import math
import operator
import os
import re
import sys
import threading
import traceback
import types
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy

from diffpy import errors
from diffpy.analysis import definition, flow
from diffpy.analysis.activity import active
from diffpy.analysis.aliasing import Aliases, aliases
from diffpy.analysis.infer import Facts, infer
from diffpy.analysis.kinds import UNKNOWN, Kind, Known, TupleOf, as_real, kind_of
from diffpy.analysis.resolution import Guard, Resolution, cell_kind
from diffpy.rules.table import TABLE, evaluate
from diffpy.runtime import arrays, boundary, buffers, dispatch, iteration
from diffpy.runtime.argument_copies import copy_arguments
from diffpy.runtime.registry import REGISTRY
from diffpy.runtime.structures import has_derivative, zero_tangent
from diffpy.runtime.tangents import accumulate_field, accumulate_item, add_tangents, item_of
from diffpy.syntax import emit, source, subset
from diffpy.syntax.names import Names, names_in
from diffpy.transforms import normalise
from diffpy.transforms.assemble import Assembly, assemble
from diffpy.transforms.expand_attributes import expand_attributes
from diffpy.transforms.expand_augmented import expand_augmented
from diffpy.transforms.expand_cells import expand_cells
from diffpy.transforms.lines import Namespace
from diffpy.transforms.rename import Renamed, rename
from diffpy.transforms.reverse import Reverse

assert iteration  # registers its rules

# What generated code may call, by the name it has there.
RUNNING: dict[str, Any] = {
    "np": numpy,
    "math": math,
    "operator": operator,
    "with_pullback": dispatch.with_pullback,
    "effect": dispatch.effect,
    "accumulate": add_tangents,
    "accumulate_item": accumulate_item,
    "accumulate_field": accumulate_field,
    "accumulate_element": buffers.accumulate_element,
    "accumulate_into": buffers.accumulate_into,
    "add_item": buffers.add_item,
    "set_item": buffers.set_item,
    "restore_item": buffers.restore_item,
    "shadow": buffers.shadow,
    "mirror": buffers.mirror,
    "copied_buffer": buffers.copied_buffer,
    "unbroadcast": arrays.unbroadcast,
    "unbroadcast_like": buffers.unbroadcast_like,
    "only_last": buffers.only_last,
    "last_written": buffers.last_written,
    "split_items": buffers.split_items,
    "split_dict": buffers.split_dict,
    "like_container": buffers.like_container,
    "item_of": item_of,
    "captured": buffers.captured,
    "closed": buffers.closed,
    "seed_of": buffers.seed_of,
    "own": boundary.own,
    "zero_tangent": zero_tangent,
}


@dataclass(frozen=True)
class Request:
    """What is asked: the form of the derivative, the arguments (and captured names) it is taken with respect to."""

    form: str  # "gradient": value and gradients | "pullback": value and pullback
    wrt: tuple[str, ...]
    captured: tuple[str, ...] = ()
    aux: bool = False


@dataclass
class Derived:
    """A derivative for one signature, and how to tell that it is out of date."""

    function: types.FunctionType
    request: Request
    guards: tuple[Guard, ...]
    cells: Mapping[str, Kind]
    versions: tuple[int, int]
    changed: frozenset[str]  # parameters whose arguments the function changes in place

    def holds(self, closure: Mapping[str, types.CellType]) -> bool:
        if self.versions != (TABLE.version, REGISTRY.version):
            return False
        return all(g.holds() for g in self.guards) and all(
            cell_kind(closure[n], n) == k for n, k in self.cells.items()
        )


@dataclass
class Prepared:
    """A function in normal form, with names for what is added."""

    source: source.Source
    tree: gast.FunctionDef
    names: Names

    def fresh(self) -> tuple[gast.FunctionDef, Names]:
        return copy.deepcopy(self.tree), copy.deepcopy(self.names)


@dataclass
class Analysed:
    prepared: Prepared
    renamed: Renamed
    names: Names
    facts: Facts
    aliases: Aliases
    resolution: Resolution
    extra: list[Guard] = field(default_factory=list)

    @property
    def result(self) -> gast.expr:
        return self.renamed.tree.body[-1].value


_prepared: weakref.WeakKeyDictionary[types.CodeType, Prepared] = weakref.WeakKeyDictionary()
_derived: weakref.WeakKeyDictionary[types.CodeType, dict] = weakref.WeakKeyDictionary()
_lock = threading.RLock()


def prepare(function: types.FunctionType) -> Prepared:
    """source -> subset -> normal form, once per code object."""
    found = _prepared.get(function.__code__)
    if found is None or found.source.globals is not function.__globals__:
        written = source.find(function)
        subset.check(written)
        names = Names(names_in(written.tree) | set(function.__code__.co_freevars) | set(function.__globals__))
        try:
            tree = normalise(written.tree, names)
            tree = expand_attributes(tree, names, _global_lookup(function, tree))
            tree = expand_cells(tree, names)
        except errors.DifferentiationError as error:
            raise _placed(error, written) from None
        found = _prepared[function.__code__] = Prepared(written, tree, names)
    return found


def _global_lookup(function: types.FunctionType, tree: gast.FunctionDef) -> Callable[[str], object]:
    own = flow.all_written(tree.body) | flow.argument_names(tree) | set(function.__code__.co_freevars)

    def lookup(name: str) -> object:
        return None if name in own else function.__globals__.get(name, getattr(builtins, name, None))

    return lookup


def check_definition(function: types.FunctionType) -> None:
    """Refuse what cannot be differentiated whatever the arguments are."""
    with pointing():
        prepared = prepare(function)
        definition.check(prepared.source, prepared.tree)


def _placed(error: errors.DifferentiationError, written: source.Source) -> errors.DifferentiationError:
    node = getattr(error, "node", None)
    if error.place is None and node is not None:
        return written.error(type(error), error.headline, node, because=error.because, fix=error.fix)
    return error


def analyse(function: types.FunctionType, kinds: Mapping[str, Kind], aux: bool = False) -> Analysed:
    """Names, kinds and aliases of a function for the kinds of its arguments."""
    prepared = prepare(function)
    tree, names = prepared.fresh()
    if aux:
        _take_apart(tree, names)
    renamed = rename(tree, names)
    closure = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    resolution = Resolution(function.__globals__, closure)
    facts = infer(renamed.tree, kinds, resolution, _callee_kind)
    expand_augmented(renamed.tree, facts)
    found = aliases(renamed.tree, facts)
    return Analysed(prepared, renamed, names, facts, found, resolution)


def _take_apart(tree: gast.FunctionDef, names: Names) -> None:
    """aux: the function returns (value, more)."""
    last = tree.body[-1]
    value, more = names.fresh("value"), names.fresh("aux")
    pair = gast.Tuple(
        [gast.Name(value, gast.Store(), None, None), gast.Name(more, gast.Store(), None, None)], gast.Store()
    )
    held = last.value
    if not isinstance(held, gast.Name):
        held = gast.Name(names.temporary(), gast.Load(), None, None)
        tree.body[-1:] = [
            gast.copy_location(
                gast.Assign([gast.Name(held.id, gast.Store(), None, None)], last.value, None), last
            ),
            last,
        ]
    tree.body[-1:] = [
        gast.copy_location(gast.Assign([pair], held, None), last),
        gast.copy_location(gast.Return(gast.Name(value, gast.Load(), None, None)), last),
    ]
    tree.aux_name = more  # type: ignore[attr-defined]


class _Asked(threading.local):
    """Kinds of callees found while one function is analysed, and what they were read from."""

    def __init__(self) -> None:
        self.kinds: dict[Any, Kind] = {}
        self.guards: dict[tuple[int, str], Guard] = {}
        self.depth = 0


_asked = _Asked()


def _callee_kind(function: object, args: list[Kind], keywords: dict[str, Kind]) -> Kind:
    """The kind of what a Python function returns, by inference; UNKNOWN for any other callee, and for recursion."""
    if not isinstance(function, types.FunctionType) or dispatch.is_foreign(function) or function.__closure__:
        return UNKNOWN
    key = (function, tuple(args), tuple(sorted(keywords.items(), key=lambda item: item[0])))
    if key in _asked.kinds or _asked.depth > 40:
        return _asked.kinds.get(key, UNKNOWN)
    _asked.kinds[key] = UNKNOWN
    _asked.depth += 1
    try:
        _asked.kinds[key] = _returned(function, _parameter_kinds(function, args, keywords))
    except (TypeError, errors.DifferentiationError):
        pass  # the call itself will say so
    finally:
        _asked.depth -= 1
    return _asked.kinds[key]


def _parameter_kinds(
    function: types.FunctionType, args: list[Kind], keywords: dict[str, Kind]
) -> dict[str, Kind]:
    signature = inspect.signature(function, follow_wrapped=False)
    kinds: dict[str, Kind] = dict(signature.bind(*args, **keywords).arguments)
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            kinds[name] = TupleOf(tuple(kinds.get(name, ())))  # type: ignore[arg-type]
        elif parameter.kind is parameter.VAR_KEYWORD:
            kinds[name] = UNKNOWN
        elif name not in kinds:
            kinds[name] = kind_of(parameter.default, name)
    return kinds


def _returned(function: types.FunctionType, kinds: Mapping[str, Kind]) -> Kind:
    found = analyse(function, kinds)
    _asked.guards.update({(id(g.where), g.name): g for g in found.resolution.guards.values()})
    return found.facts.kind(found.result)


def derive(function: types.FunctionType, request: Request, kinds: Mapping[str, Kind]) -> Derived:
    """The derivative of a function for one signature."""
    _asked.__init__()  # type: ignore[misc]
    found = analyse(
        function, {n: as_real(k) if n in request.wrt else k for n, k in kinds.items()}, request.aux
    )
    written = found.prepared.source
    tree = found.renamed.tree
    wrt = (*request.wrt, *request.captured)
    for name in request.captured:
        found.facts.kinds[name] = found.resolution(name)
    _check_wrt(found, request)
    results = flow.names_read(found.result)
    lively = active(tree, wrt, results, found.facts, found.aliases)
    _check_captured(found, lively, request)
    namespace = Namespace(found.names, RUNNING)
    _adopt_modules(found, namespace)
    reverse = Reverse(tree, found.facts, lively, found.aliases, found.names, namespace, _refuser(written))
    reverse.unsure = found.renamed.unsure
    title = "lambda_" if written.is_lambda else tree.name
    whole = assemble(
        reverse,
        Assembly(
            request.form,
            request.wrt,
            request.captured,
            title,
            request.aux,
            getattr(tree, "aux_name", found.renamed.aux),
        ),
    )
    closure = {n: c for n, c in written.closure.items()}
    made = emit.function(whole, namespace.objects, function.__globals__, closure, whole.name)
    _remember_lines(made, whole, written)
    changed = frozenset(n for n in flow.argument_names(tree) if found.aliases.is_shadowed(n))
    guards = (*found.resolution.guards.values(), *_asked.guards.values())
    return Derived(
        made, request, guards, dict(found.resolution.cells), (TABLE.version, REGISTRY.version), changed
    )


def _refuser(written: source.Source) -> Callable[..., errors.DifferentiationError]:
    def refuse(
        kind: type, headline: str, node: gast.AST, because: str | None = None, fix: str | None = None
    ) -> Any:
        return written.error(kind, headline, node, because=because, fix=fix)

    return refuse


def _adopt_modules(found: Analysed, namespace: Namespace) -> None:
    """The user's own names for numpy and math serve the generated text too."""
    for name in ("np", "numpy", "math"):
        if found.resolution.globals.get(name) in (numpy, math) and name not in found.facts.kinds:
            found.facts.kinds[name] = found.resolution(name)
    for name, kind in found.facts.kinds.items():
        if (
            isinstance(kind, Known)
            and kind.value in (numpy, math, operator)
            and name not in flow.all_written(found.renamed.tree.body)
            and name not in flow.argument_names(found.renamed.tree)
        ):
            namespace.adopt(name, kind.value)


def _check_wrt(found: Analysed, request: Request) -> None:
    """An argument that is changed in place by a function that is called for its pullback is not followed yet."""
    if request.form == "gradient":
        return
    for name in (*flow.argument_names(found.renamed.tree), *request.captured):
        if found.aliases.is_shadowed(name) and found.facts.kind(name).may_differ:
            where = found.aliases.changed.get(found.aliases.find(name))
            raise found.prepared.source.error(
                errors.UnsupportedSyntaxError,
                f"'{found.renamed.tree.name}' changes its argument '{name}' in place",
                where,
                because="the caller's derivative would have to follow the change into the function",
                fix=f"work on a copy: {name} = {name}.copy() before the first write, and return it",
            )


# The cache


def lookup(
    function: types.FunctionType, request: Request, kinds: Mapping[str, Kind]
) -> tuple[Derived, types.FunctionType]:
    """The derivative for these kinds, derived at the first call; bound to this function's own cells and defaults."""
    entries = _derived.get(function.__code__)
    if entries is None:
        entries = _derived.setdefault(function.__code__, {})
    key = (request, tuple(kinds.items()), id(function.__globals__))
    closure = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    for found in entries.get(key, ()):
        if found.holds(closure):
            return found, bound_to(found.function, function)
    with _lock:
        made = derive(function, request, kinds)
        entries[key] = (made, *entries.get(key, ())[:7])
    return made, bound_to(made.function, function)


def bound_to(made: types.FunctionType, function: types.FunctionType) -> types.FunctionType:
    """Generated code over the cells and defaults of one function object."""
    own = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    present = dict(zip(made.__code__.co_freevars, made.__closure__ or (), strict=True))
    same = all(present[n] is own[n] for n in own.keys() & present.keys())
    if same and made.__defaults__ is function.__defaults__ and made.__kwdefaults__ is function.__kwdefaults__:
        return made
    cells = tuple(own.get(n, present[n]) for n in made.__code__.co_freevars)
    bound = types.FunctionType(made.__code__, made.__globals__, made.__name__, function.__defaults__, cells)
    bound.__kwdefaults__ = function.__kwdefaults__
    bound.__dict__.update(vars(made))
    return bound


# What the running half asks for


def argument_kinds(
    function: types.FunctionType, args: tuple, keywords: dict
) -> tuple[dict[str, Kind], dict[str, Any]]:
    """Kinds and values by parameter name, defaults included."""
    try:
        bound = inspect.signature(function, follow_wrapped=False).bind(*args, **keywords)
    except TypeError:
        function(*args, **keywords)  # Python says in its own words what does not fit.
        raise
    bound.apply_defaults()
    return {n: kind_of(v, n) for n, v in bound.arguments.items()}, bound.arguments


def call(function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple) -> dispatch.Pulled:
    """The value and the pullback of a Python function met at run time."""
    places = _places(function, args, keywords)
    kinds, values = argument_kinds(function, args, keywords)
    wrt = tuple(
        n
        for n in kinds
        if any(places[w] == n or places[w][0] == n for w in wanted) and dispatch.carries(values[n])
    )
    captured = tuple(
        n
        for n, c in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        if _filled(c) and dispatch.carries(c.cell_contents)
    )
    if not wrt and not captured:
        return function(*args, **keywords), lambda y_bar: dispatch.Parts(None, (None,) * len(args), {})
    _, made = lookup(function, Request("pullback", wrt, captured), kinds)
    value, pullback = made(*args, **keywords)

    def full(y_bar: Any) -> dispatch.Parts:
        found = pullback(y_bar)
        found = (found,) if len(wrt) + len(captured) == 1 else found
        parts = dict(zip(wrt, found, strict=False))
        callee = dict(zip(captured, found[len(wrt) :], strict=True)) or None

        def part(where: Any) -> Any:
            if isinstance(where, tuple):
                return item_of(parts.get(where[0]), where[1])
            return parts.get(where)

        return dispatch.Parts(
            callee, tuple(part(places[k]) for k in range(len(args))), {k: part(places[k]) for k in keywords}
        )

    return value, full


def _filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _places(function: types.FunctionType, args: tuple, keywords: dict) -> dict[Any, Any]:
    """For each position and keyword of a call the parameter that takes it, with an index inside *args or **keywords."""
    code = function.__code__
    named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    rest = code.co_varnames[code.co_argcount + code.co_kwonlyargcount :]
    star = rest[0] if code.co_flags & inspect.CO_VARARGS else None
    stars = rest[1 if star else 0] if code.co_flags & inspect.CO_VARKEYWORDS else None
    places: dict[Any, Any] = {k: code.co_varnames[k] for k in range(min(len(args), code.co_argcount))}
    places.update({k: (star, k - code.co_argcount) for k in range(code.co_argcount, len(args))})
    places.update({k: k if k in named else (stars, k) for k in keywords})
    return places


def check_effect(function: types.FunctionType, args: tuple, keywords: dict) -> None:
    """Refuse a call for its effect alone whose effect is on arrays or lists that carry derivatives."""
    try:
        kinds, values = argument_kinds(function, args, keywords)
        found = analyse(function, kinds)
    except (TypeError, errors.DifferentiationError):
        return
    for name in values:
        if found.aliases.is_shadowed(name) and has_derivative(values[name]):
            where = found.aliases.changed.get(found.aliases.find(name))
            raise found.prepared.source.error(
                errors.UnsupportedSyntaxError,
                f"'{function.__name__}' changes its argument '{name}' in place",
                where,
                because="the caller's derivative would have to follow the change into the function",
                fix="let the function return the new value, or write its body where it is called",
            )


dispatch.install(dispatch.Deriver(call, TABLE.find, evaluate, check_effect))


# Text and errors


def _check_captured(found: Analysed, lively: frozenset[str], request: Request) -> None:
    """A list or an array from outside that takes active values and gives them back has no buffer here."""
    tree = found.renamed.tree
    own = flow.all_written(tree.body) | flow.argument_names(tree) | {*request.captured}
    for name in sorted(lively - own):
        if found.aliases.is_shadowed(name):
            where = found.aliases.changed.get(found.aliases.find(name))
            raise found.prepared.source.error(
                errors.DifferentiationError,
                f"an active value is stored in the captured object '{name}'",
                where,
                because=f"'{name}' outlives the call, so a later call would read values that belong to an older derivative",
                fix=f"create '{name}' inside '{tree.name}' and return it, or store without_derivative(...)",
            )


def text(found: Derived) -> str:
    """The generated Python of a derivative."""
    return vars(found.function)["__diffpy_source__"]


def unknown_kind(function: types.FunctionType, name: str) -> Kind:
    return UNKNOWN


def copied(args: tuple, keywords: dict) -> tuple[tuple, dict]:
    """Copies of all that a call's arguments reach, aliases among them kept."""
    every = copy_arguments((*args, *keywords.values()))
    return every[: len(args)], dict(zip(keywords, every[len(args) :], strict=True))


def user_place(error: BaseException) -> errors.Place | None:
    """The user's line that the innermost generated frame of a traceback came from."""
    frames = list(traceback.walk_tb(error.__traceback__))
    places = (_written_place(frame.f_code.co_filename, line) for frame, line in reversed(frames))
    return next((place for place in places if place is not None), None)


def _written_place(filename: str, line: int) -> errors.Place | None:
    """The user's text behind a line of generated text, also where that was generated from generated text."""
    found = None
    while filename in _lines and line in _lines[filename][1]:
        written, nodes = _lines[filename]
        found = written.place(nodes[line])
        filename, line = found.filename, found.line
    return found


def caller_place() -> errors.Place | None:
    """The expression outside this library that is running now."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_LIBRARY):
        frame = frame.f_back
    if frame is None:
        return None
    return _written_place(frame.f_code.co_filename, frame.f_lineno) or source.running_place(frame)


_LIBRARY = os.path.dirname(os.path.abspath(__file__)) + os.sep


def place_of(function: Any) -> errors.Place | None:
    """Where a function is defined; None where no text of it is found."""
    if not isinstance(function, types.FunctionType):
        return None
    try:
        return source.find(function).place()
    except errors.DifferentiationError:
        return None


def locate(error: errors.DifferentiationError) -> None:
    """Give an error without a place the function it blames, the user's line, or the line of the call."""
    blamed = vars(error).pop("blamed", None)
    if error.place is not None:
        return
    error.place = use = user_place(error) or caller_place()
    definition_place = place_of(blamed)
    if definition_place is not None:
        error.place, error.notes = definition_place, (*error.notes, (use, "needed here"))


def explain(error: BaseException) -> None:
    """Note the user's line on an exception that came through generated code, and use the user's names."""
    _in_the_users_words(error)
    place = user_place(error)
    if place is not None:
        note = f"while differentiating {place.filename}:{place.line}: {place.text.strip()}"
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)


class pointing:
    """with pointing(): errors that leave the block have a place, or a note of it."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, errors.DifferentiationError):
            locate(error)
        elif error is not None:
            explain(error)


def _in_the_users_words(error: BaseException) -> None:
    """Python's own messages that mention a variable or a nested function by its generated name."""
    if (
        not isinstance(error, NameError | TypeError)
        or len(error.args) != 1
        or not isinstance(error.args[0], str)
    ):
        return
    message = error.args[0]
    for frame, _ in traceback.walk_tb(error.__traceback__):
        lines = _lines.get(frame.f_code.co_filename)
        if lines is not None and isinstance(error, UnboundLocalError):
            message = re.sub(
                r"'(\w+)_\d+'", lambda found: _original(found, lines[0].function.__code__), message
            )
        if lines is not None and isinstance(error, TypeError):
            made = frame.f_code.co_qualname.partition(".<locals>")[0]
            message = message.replace(f"{made}.<locals>.", f"{lines[0].function.__qualname__}.<locals>.")
    if message != error.args[0]:
        error.args = (message,)


def _original(found: re.Match[str], code: types.CodeType) -> str:
    """'y' for 'y_2', where the user has the first and not the second."""
    names = {*code.co_varnames, *code.co_cellvars}
    return f"'{found[1]}'" if found[1] in names and found[0].strip("'") not in names else found[0]


_lines: dict[str, tuple[source.Source, dict[int, gast.AST]]] = {}


def _remember_lines(made: types.FunctionType, whole: gast.FunctionDef, written: source.Source) -> None:
    """Which of the user's nodes each line of the generated text stands for."""
    shown = ast.parse(vars(made)["__diffpy_source__"])
    lines: dict[int, gast.AST] = {}
    pairs: list[tuple[Any, Any]] = [(shown.body[0], whole)]
    while pairs:
        printed, tree = pairs.pop()
        if isinstance(printed, ast.stmt) and getattr(tree, "lineno", None):
            for line in range(printed.lineno, (printed.end_lineno or printed.lineno) + 1):
                lines.setdefault(line, tree)
        for block in ("body", "orelse", "finalbody", "handlers"):
            pairs.extend(zip(getattr(printed, block, []) or [], getattr(tree, block, []) or [], strict=False))
    lines.update(_pullback_lines(shown, whole))
    filename = made.__code__.co_filename
    _lines[filename] = (written, lines)
    weakref.finalize(made.__code__, _lines.pop, filename, None).atexit = False


def _pullback_lines(shown: ast.Module, whole: gast.FunctionDef) -> dict[int, gast.AST]:
    """A line that calls a pullback stands for the call which that pullback is of."""
    bound: dict[str, gast.AST] = {}
    for one in gast.walk(whole):
        match one:
            case gast.Assign(
                targets=[gast.Tuple(elts=[_, gast.Name(id=name)])], value=gast.Call(func=gast.Call())
            ):
                bound.setdefault(name, one)
    calls = (one for one in ast.walk(shown) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name))
    return {
        one.lineno: bound[one.func.id]
        for one in calls
        if one.func.id in bound and hasattr(bound[one.func.id], "lineno")
    }
