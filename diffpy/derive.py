"""The pipeline, top to bottom: a function, what is asked of it and the kinds of its arguments in, its derivative out."""

from __future__ import annotations

import cmath
import inspect
import math
import operator
import threading
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import gast
import numpy

from diffpy import errors, traces
from diffpy.analysing import Analysed, Prepared, global_lookup, prepare
from diffpy.analysis import definition, flow
from diffpy.analysis.activity import active
from diffpy.analysis.aliasing import ALONE
from diffpy.analysis.kinds import ANY_ARRAY, UNKNOWN, Kind, Known, Scalar, as_real
from diffpy.analysis.resolution import Guard, cell_kind
from diffpy.backends import devices
from diffpy.checking import check, check_changes_by_calls, is_log
from diffpy.following.outer_calls import carried_outside
from diffpy.following.rounds import Asked, alone, followed
from diffpy.following.staying import without_objects
from diffpy.functions import ByCode, bound_signature, cells_of
from diffpy.garbage import collector_paused
from diffpy.guards import watch, watch_names
from diffpy.request import Request
from diffpy.rules.table import TABLE
from diffpy.running import RUNNING
from diffpy.runtime import (
    boundary,
)
from diffpy.runtime.argument_copies import are_apart, copied_array, copy_point
from diffpy.runtime.registry import REGISTRY
from diffpy.syntax import emit, source
from diffpy.syntax.trees import nodes
from diffpy.syntax.yields import yields
from diffpy.transforms.another import is_for_another
from diffpy.transforms.ask_conditions import ask_conditions
from diffpy.transforms.assemble import Assembly, assemble
from diffpy.transforms.forward import Forward, differential
from diffpy.transforms.hand_out import hand_out
from diffpy.transforms.lines import Namespace
from diffpy.transforms.recorded_sweeps import recorded
from diffpy.transforms.reverse import Reverse
from diffpy.transforms.simplify import left_out


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

    def watched(self, function: types.FunctionType) -> Callable[[], bool]:
        """The same for one function object, as a test that costs next to nothing."""
        return watch(function, self.guards, self.cells)

    def watched_names(self, function: types.FunctionType) -> Callable[[], bool]:
        """The same for all functions with its code and globals that captured values of the same kinds."""
        return watch_names(function, self.guards)


_derived: ByCode[dict] = ByCode()
_lock = threading.RLock()


def check_definition(function: types.FunctionType) -> None:
    """Refuse what cannot be differentiated whatever the arguments are."""
    with traces.pointing():
        prepared = prepare(function)
        check_yields(prepared.source)
        definition.check(prepared.source, prepared.tree)


def check_yields(written: source.Source, hands_over: bool = False) -> None:
    """Refuse a generator function that is to have a derivative of its own."""
    first = next(yields(written.tree), None)
    if first is not None and not hands_over:
        raise written.error(
            errors.UnsupportedSyntaxError,
            f"the generator function '{written.name}' has no derivative of its own",
            first,
            because="it gives an iterator, and what a derivative of that is depends on who asks for the items",
            fix="differentiate the function that uses the items, or return a list of them",
        )


def derive(function: types.FunctionType, request: Request, kinds: Mapping[str, Kind]) -> Derived:
    """The derivative of a function for one signature.

    Where the reverse sweep cannot follow a change in place, the tangents of a run can: they change as values do.
    """
    try:
        return _derived_as_asked(function, request, kinds)
    except errors.DifferentiationError as error:
        may_know = may_be_recorded(function, request) or (request.is_forward and is_ahead(function))
        if type(error) not in REFUSALS or request.recorded or not may_know:
            raise
        try:
            found = _derived_as_asked(function, replace(request, recorded=True), kinds)
        except errors.DifferentiationError:
            raise error from None
        if request.form == "differential":  # what changes in it, calls change that no other derivation sees
            vars(found.function)["__diffpy_changes_by_calls__"] = True
        return found


# What a run with recorded tangents may know better.
REFUSALS = (errors.UnsupportedSyntaxError, errors.UnknownDerivativeError, errors.DifferentiationError)


def may_be_recorded(function: types.FunctionType, request: Request) -> bool:
    """Whether nobody sees what the function does to its arguments, and neither it nor its derivative is derived again."""
    is_written = "__diffpy_changed__" not in vars(function) and not is_for_another()
    return is_written and request.copies and request.form != "differential" and devices.here() is None


def is_ahead(function: types.FunctionType) -> bool:
    """Whether a function is a text of tangents, of tangents: these change as values do."""
    return bool(vars(function).get("__diffpy_ahead__"))


def recorded_instead(
    function: types.FunctionType, request: Request, kinds: Mapping[str, Kind]
) -> Callable[..., Any] | None:
    """The derivative by recorded tangents, on copies of its arguments; None where that is refused as well."""
    try:
        _, made = lookup(function, replace(request, recorded=True), kinds)
    except errors.DifferentiationError:
        return None
    return on_copies(made)


def _derived_as_asked(function: types.FunctionType, request: Request, kinds: Mapping[str, Kind]) -> Derived:
    prepared = _prepared(function, request, kinds)
    staying = without_objects(function, prepared, (*request.wrt, *request.captured))
    asked = _asked(function, request, kinds)
    if request.is_forward:
        found, lively = alone(asked, staying.prepared, request.recorded)
    else:
        found, lively = followed(asked, staying.prepared)
    check(found, request, lively)
    if not request.is_forward:  # what no value of interest is put into has no buffer
        lively -= frozenset(n for n in request.captured if n in lively and is_log(found, request, n))
    namespace = Namespace(found.names, RUNNING)
    _adopt_modules(found, namespace)
    namespace.objects.update(found.resolution.objects)
    write = _forward_text if request.is_forward else _reverse_text
    whole, notes = write(function, found, request, lively, namespace)
    made = _made(function, whole, namespace, found)
    changed = _changed(found, request)
    vars(made).update(notes, __diffpy_changed__=changed)
    vars(made)["__diffpy_outer__"] = carried_outside(found, request.given)
    vars(made)["__diffpy_tapes__"] = frozenset(n for n, stem in found.names.stems.items() if stem == "tape")
    guards, cells = (*found.guards, *staying.guards), {**staying.cells, **found.resolution.cells}
    return Derived(made, request, guards, cells, (TABLE.version, REGISTRY.version), changed)


def _changed(found: Analysed, request: Request) -> frozenset[str]:
    """The parameters whose arguments may be changed: in forward mode by calls of which nothing is known, too."""
    changes = found.aliases
    return frozenset(
        n
        for n in flow.argument_names(found.tree)
        if request.recorded or changes.is_left_changed(n) or (request.is_forward and changes.is_opened(n))
    )


def _prepared(function: types.FunctionType, request: Request, kinds: Mapping[str, Kind]) -> Prepared:
    prepared = prepare(function) if request.result is None else _handed_out(function, request.result, kinds)
    if devices.here() is not None:
        prepared = _asking_once(function, prepared)
    check_yields(prepared.source, request.hands_over)
    if not (request.recorded and is_ahead(function)):
        check_changes_by_calls(function, prepared)
    return prepared


def _asked(function: types.FunctionType, request: Request, kinds: Mapping[str, Kind]) -> Asked:
    """What the facts are asked for: an integer that a gradient is taken of counts as a real number."""
    is_differential = request.form == "differential"
    real = {n: as_real(k) if n in request.wrt and not is_differential else k for n, k in kinds.items()}
    captured = (*request.captured, *request.itself)
    wrt = (*request.wrt, *captured)
    return Asked(
        function, real, wrt, captured, request.held, request.aux, request.outside or ALONE, request.copies
    )


def _forward_text(
    function: types.FunctionType,
    found: Analysed,
    request: Request,
    lively: frozenset[str],
    namespace: Namespace,
) -> tuple[gast.FunctionDef, dict[str, Any]]:
    forward = _sweep(Forward, found, lively, namespace)
    forward.is_recorded = request.recorded
    title = _title(found)
    more = _more(found) if request.aux else None
    whole, notes = differential(forward, request.wrt, request.captured, request.itself, title, more)
    if request.form == "differential":  # what takes values in and is given no tangent
        notes["__diffpy_gathering__"] |= _gathering(found, request)
    else:
        whole = recorded(forward, whole, notes, request.form, title, request.aux)
    is_written = "__diffpy_source__" not in vars(function)
    return whole, {**notes, "__diffpy_buffers__": {}, "__diffpy_ahead__": is_written or is_ahead(function)}


def _reverse_text(
    function: types.FunctionType,
    found: Analysed,
    request: Request,
    lively: frozenset[str],
    namespace: Namespace,
) -> tuple[gast.FunctionDef, dict[str, Any]]:
    reverse = _sweep(Reverse, found, lively, namespace)
    outside = request.outside or ALONE
    bars = {name: reverse.bar(name) for name in sorted(outside.changed)}
    reverse.given = frozenset(bars.values())
    is_called = request.outside is not None
    parts = request.form, request.wrt, request.captured, _title(found), request.aux, _more(found)
    notes = {"__diffpy_buffers__": bars, "__diffpy_gathering__": _gathering(found, request)}
    return assemble(reverse, Assembly(*parts, is_called, outside)), notes


def _gathering(found: Analysed, request: Request) -> frozenset[str]:
    """The arguments beside those asked for that take active values in."""
    others = flow.argument_names(found.tree).difference(request.given, request.held)
    changed = frozenset(n for n in others if found.aliases.is_left_changed(n))
    return active(found.tree, request.given, changed, found.facts, found.aliases) & changed


Sweep = TypeVar("Sweep", Forward, Reverse)


def _sweep(sort: type[Sweep], found: Analysed, lively: frozenset[str], namespace: Namespace) -> Sweep:
    refuse = _refuser(found.prepared.source)
    sweep = sort(found.tree, found.facts, lively, found.aliases, found.names, namespace, refuse)
    sweep.unsure = found.renamed.unsure
    return sweep


def _title(found: Analysed) -> str:
    return "lambda_" if found.prepared.source.is_lambda else found.tree.name


def _more(found: Analysed) -> Any:
    """What a function returns beside its value, where it is asked for."""
    return getattr(found.tree, "aux_name", found.renamed.aux)


def _made(
    function: types.FunctionType, whole: gast.FunctionDef, namespace: Namespace, found: Analysed
) -> types.FunctionType:
    """The text as a function of Python's, with the defaults of the one that it was derived from."""
    written = found.prepared.source
    made = emit.function(whole, namespace.objects, function.__globals__, dict(written.closure), whole.name)
    made.__defaults__, made.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    traces.remember(made, whole, written)
    return made


def _handed_out(
    function: types.FunctionType, result: str | tuple[str, ...], kinds: Mapping[str, Kind]
) -> Prepared:
    """The function with what it leaves in its arguments as result."""
    prepared = prepare(function)
    for name in (result,) if isinstance(result, str) else result:
        if isinstance(kinds.get(name), Scalar):
            raise errors.DifferentiationTypeError(
                f"'{name}' is a number, and result= asks for what '{function.__name__}' leaves in it",
                because="a number cannot be changed in place",
                fix="leave result= out, or name an argument that is an array",
                place=prepared.source.place(),
            )
    tree, names = prepared.fresh()
    hand_out(tree, names, result, prepared.source)
    return Prepared(prepared.source, tree, names, prepared.objects)


def _asking_once(function: types.FunctionType, prepared: Prepared) -> Prepared:
    """The function whose conditions are read off the device once."""
    tree, names = prepared.fresh()
    ask_conditions(tree, names, global_lookup(function, tree))
    return Prepared(prepared.source, tree, names, prepared.objects)


def _refuser(written: source.Source) -> Callable[..., errors.DifferentiationError]:
    def refuse(
        kind: type, headline: str, node: gast.AST, because: str | None = None, fix: str | None = None
    ) -> Any:
        return written.error(kind, headline, node, because=because, fix=fix)

    return refuse


def _adopt_modules(found: Analysed, namespace: Namespace) -> None:
    """The user's own names for numpy and math serve the generated text too."""
    for name in ("np", "numpy", "math", "cmath"):
        if (
            _is_one_of(found.resolution.globals.get(name), numpy, math, cmath)
            and name not in found.facts.kinds
        ):
            found.facts.kinds[name] = found.resolution(name)
    for name, kind in found.facts.kinds.items():
        if (
            isinstance(kind, Known)
            and _is_one_of(kind.value, numpy, math, cmath, operator)
            and name not in flow.all_written(found.renamed.tree.body)
            and name not in flow.argument_names(found.renamed.tree)
        ):
            namespace.adopt(name, kind.value)


def _is_one_of(value: object, *modules: types.ModuleType) -> bool:
    return any(value is one for one in modules)


# The cache


def lookup(
    function: types.FunctionType, request: Request, kinds: Mapping[str, Kind]
) -> tuple[Derived, types.FunctionType]:
    """The derivative for these kinds, derived at the first call; bound to this function's own cells and defaults."""
    entries = _derived.get(function.__code__)
    if entries is None:
        entries = _derived.setdefault(function.__code__, {})
    on_device = devices.here() is not None
    key = (request, tuple(kinds.items()), id(function.__globals__), left_out(), on_device)
    closure = cells_of(function)
    for found in entries.get(key, ()):
        if found.holds(closure):
            return found, bound_to(found.function, function)
    with _lock, collector_paused():
        made = derive(function, request, kinds)
        entries[key] = (made, *entries.get(key, ())[:7])
    return made, bound_to(made.function, function)


def bound_to(made: types.FunctionType, function: types.FunctionType) -> types.FunctionType:
    """Generated code over the cells and defaults of one function object."""
    own, present = cells_of(function), cells_of(made)
    same = all(present[n] is own[n] for n in own.keys() & present.keys())
    if same and made.__defaults__ is function.__defaults__ and made.__kwdefaults__ is function.__kwdefaults__:
        return made
    cells = tuple(own.get(n, present[n]) for n in made.__code__.co_freevars)
    bound = types.FunctionType(made.__code__, made.__globals__, made.__name__, function.__defaults__, cells)
    bound.__kwdefaults__ = function.__kwdefaults__
    bound.__dict__.update(vars(made))
    return bound


# Text and errors


def general_text(function: types.FunctionType, request: Request) -> str:
    """The generated Python for arguments of unknown kinds; arrays are assumed where a change in place asks for it."""
    parameters = bound_signature(function).parameters
    unknown: dict[str, Kind] = dict.fromkeys(parameters, UNKNOWN)
    try:
        return text(derive(function, request, unknown))
    except errors.UnsupportedSyntaxError:
        items = indexed(prepare(function).tree)
        if not items & parameters.keys():
            raise
        return text(derive(function, request, unknown | dict.fromkeys(items & parameters.keys(), ANY_ARRAY)))


def indexed(tree: gast.FunctionDef) -> set[str]:
    """Names of which the function takes items or attributes."""
    held = (n.value for n in nodes(tree) if isinstance(n, gast.Subscript | gast.Attribute))
    return {one.id for one in held if isinstance(one, gast.Name)}


def text(found: Derived) -> str:
    """The generated Python of a derivative."""
    return vars(found.function)["__diffpy_source__"]


def on_copies(made: Callable[..., Any], changed: Collection[int] | None = None) -> Callable[..., Any]:
    """A function run on copies of all that its arguments reach, aliases among them kept.

    `changed` holds the positions of arguments that it may change: where no two arguments share anything, those at
    others are given to it as they are. None: it may change all.
    """

    def run(*args: Any, **keywords: Any) -> Any:
        whole = (*args, *keywords.values())
        if changed is not None and are_apart(whole):
            own = [
                copied_array(x) if k in changed and type(x) is numpy.ndarray else x
                for k, x in enumerate(args)
            ]
            named = keywords.items()
            return made(*own, **{n: copied_array(x) if type(x) is numpy.ndarray else x for n, x in named})
        boundary.check_apart(whole)
        every = copy_point(whole)
        return made(*every[: len(args)], **dict(zip(keywords, every[len(args) :], strict=True)))

    return run


def changed_arguments(found: Derived) -> frozenset[int] | None:
    """The positions of arguments that a derivative may change; None where several are one parameter."""
    code = found.function.__code__
    if code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return None
    names = code.co_varnames[: code.co_argcount]
    return frozenset(k for k, name in enumerate(names) if name in found.changed)
