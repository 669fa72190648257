"""The pipeline, top to bottom: a function, what is asked of it and the kinds of its arguments in, its derivative out."""

from __future__ import annotations

import cmath
import inspect
import math
import operator
import threading
import types
import weakref
from collections.abc import Callable, ItemsView, Mapping, Sequence, ValuesView
from dataclasses import dataclass, replace
from typing import Any

import gast
import numpy

from diffpy import calls_met, constructing, errors, traces
from diffpy.analysing import Analysed, Prepared, adopt, analyse, global_lookup, prepare
from diffpy.analysis import definition, flow
from diffpy.analysis.activity import active
from diffpy.analysis.aliasing import ALONE, Outside
from diffpy.analysis.closures import with_captured
from diffpy.analysis.frames import reads_frames
from diffpy.analysis.integers import lost_through_integers
from diffpy.analysis.kinds import ANY_ARRAY, UNKNOWN, Array, Kind, Known, Scalar, TupleOf, as_real, kind_of
from diffpy.analysis.resolution import Guard, cell_kind
from diffpy.analysis.texts import lost_through_texts
from diffpy.backends import devices
from diffpy.following.outer_calls import carried_outside
from diffpy.following.rounds import alone, check_left_outside, followed, only_logs, outer_variables
from diffpy.following.staying import without_objects
from diffpy.functions import captured_by, cells_of
from diffpy.garbage import collector_paused
from diffpy.generating import first_of
from diffpy.guards import watch, watch_names
from diffpy.placing import runs
from diffpy.rules.table import TABLE, Row, evaluate
from diffpy.runtime import (
    arrays,
    attempts_again,  # noqa: F401  (its rules)
    boundary,
    buffered_calls,
    buffers,
    calling_items,  # noqa: F401  (its rules)
    carrying,
    cotangent_types,
    differential_rules,  # noqa: F401  (its rules)
    differential_stores,
    differentials,
    differentials_again,  # noqa: F401  (its rules)
    dispatch,
    iteration,  # noqa: F401  (its rules)
    pairing,
    pairing_containers,  # noqa: F401  (its rules)
    pulling,
    rule_tangents,  # noqa: F401  (its rules)
    sequences,
    sharing,
    vector_rules,  # noqa: F401  (its rules)
    zeros,
)
from diffpy.runtime.argument_copies import copy_arguments
from diffpy.runtime.differentials import Moved, pushed
from diffpy.runtime.on_buffers import OnBuffers
from diffpy.runtime.recorded import Record
from diffpy.runtime.registry import REGISTRY
from diffpy.runtime.standing import Chosen, Standing
from diffpy.runtime.structures import zero_tangent
from diffpy.runtime.tangents import accumulate_field, accumulate_item, add_tangents, field_of, item_of
from diffpy.syntax import emit, source
from diffpy.syntax.trees import nodes
from diffpy.syntax.yields import yields
from diffpy.transforms.another import for_another, is_for_another
from diffpy.transforms.ask_conditions import ask_conditions
from diffpy.transforms.assemble import Assembly, assemble
from diffpy.transforms.calling import call_of, calling
from diffpy.transforms.forward import Forward, differential
from diffpy.transforms.hand_out import hand_out
from diffpy.transforms.lines import Namespace
from diffpy.transforms.recorded_sweeps import recorded
from diffpy.transforms.reverse import Reverse
from diffpy.transforms.row_pairs import RowPair
from diffpy.transforms.simplify import left_out

# What generated code may call, by the name it has there.
RUNNING: dict[str, Any] = {
    "np": numpy,
    "math": math,
    "operator": operator,
    "with_pullback": dispatch.with_pullback,
    "with_buffers": buffered_calls.with_buffers,
    "OnBuffers": OnBuffers,
    "with_differential": differentials.with_differential,
    "varied": differentials.varied,
    "varied_of": differential_stores.varied_of,
    "moved_items": differentials.moved_items,
    "gathering_zero": zeros.gathering_zero,
    "zero_like": zeros.zero_like,
    "set_field": zeros.set_field,
    "settled": zeros.settled,
    "mirrored": zeros.mirrored,
    "effect": dispatch.effect,
    "accumulate": add_tangents,
    "accumulate_item": accumulate_item,
    "accumulate_field": accumulate_field,
    "accumulate_element": buffers.accumulate_element,
    "accumulate_into": buffers.accumulate_into,
    "add_item": buffers.add_item,
    "add_items": buffers.add_items,
    "add_number": buffers.add_number,
    "item_buffer": buffers.item_buffer,
    "entries_of": buffers.entries_of,
    "remove_item": buffers.remove_item,
    "put_back": buffers.put_back,
    "part_if_there": buffers.part_if_there,
    "add_unless_view": buffers.add_unless_view,
    "set_item": buffers.set_item,
    "gathered_part": buffers.gathered_part,
    "kept": dispatch.kept,
    "set_slice": buffers.set_slice,
    "restore_slice": buffers.restore_slice,
    "pass_on": buffers.pass_on,
    "check_extending": sharing.check_extending,
    "as_tangent": buffers.as_tangent,
    "counted_once": buffers.counted_once,
    "restore_item": buffers.restore_item,
    "place_item": buffers.place_item,
    "take_item": buffers.take_item,
    "shadow": buffers.shadow,
    "unshared_buffer": buffers.unshared_buffer,
    "mirror": buffers.mirror,
    "number_buffer": buffers.number_buffer,
    "is_apart": buffers.is_apart,
    "part_where": buffers.part_where,
    "zip_buffers": buffers.zip_buffers,
    "fresh_buffer": buffers.fresh_buffer,
    "fresh_buffers": buffers.fresh_buffers,
    "copied_buffer": buffers.copied_buffer,
    "unbroadcast": arrays.unbroadcast,
    "unpacked": sequences.unpacked,
    "unbroadcast_like": buffers.unbroadcast_like,
    "only_last": buffers.only_last,
    "last_written": buffers.last_written,
    "sorted_buffers": buffers.sorted_buffers,
    "split_items": buffers.split_items,
    "split_dict": buffers.split_dict,
    "split_set": buffers.split_set,
    "like_container": buffers.like_container,
    "item_of": item_of,
    "field_of": field_of,
    "built_buffer": buffers.built_buffer,
    "captured": buffers.captured,
    "closed": buffers.closed,
    "in_time": buffers.in_time,
    "shared_out": buffers.shared_out,
    "check_completed": buffers.check_completed,
    "check_key": buffers.check_key,
    "flattened": buffers.flattened,
    "seed_of": buffers.seed_of,
    "own": boundary.own,
    "zero_tangent": zero_tangent,
    "cmath": cmath,
    "conjugated": cotangent_types.conjugated,
    "fitted": cotangent_types.fitted,
    "real_cotangent": cotangent_types.real_cotangent,
    "Record": Record,
}


@dataclass(frozen=True)
class Request:
    """What is asked: the form of the derivative, the arguments (and captured names) it is taken with respect to."""

    form: str  # "gradient": value and gradients | "pullback": value and pullback | "differential": value and tangent
    wrt: tuple[str, ...]
    captured: tuple[str, ...] = ()
    aux: bool = False
    result: str | tuple[str, ...] | None = None  # the arguments that a function without result leaves it in
    copies: bool = False  # the arguments are copies: nobody else sees what the function does to them
    held: tuple[str, ...] = ()  # arguments that hold no number yet, but may when the function is done
    hands_over: bool = False  # a generator function, called by one that is differentiated
    outside: Outside | None = None  # called with the buffers of what its caller changes too
    recorded: bool = False  # by a run with recorded tangents


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


_derived: weakref.WeakKeyDictionary[types.CodeType, dict] = weakref.WeakKeyDictionary()
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
        if type(error) not in REFUSALS or request.recorded or not may_be_recorded(function, request):
            raise
        try:
            return _derived_as_asked(function, replace(request, recorded=True), kinds)
        except errors.DifferentiationError:
            pass
        raise


# What a run with recorded tangents may know better.
REFUSALS = (errors.UnsupportedSyntaxError, errors.UnknownDerivativeError, errors.DifferentiationError)


def may_be_recorded(function: types.FunctionType, request: Request) -> bool:
    """Whether nobody sees what the function does to its arguments, and neither it nor its derivative is derived again."""
    is_written = "__diffpy_source__" not in vars(function) and not is_for_another()
    return is_written and request.copies and request.form != "differential" and devices.here() is None


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
    is_differential = request.form == "differential"
    forward = is_differential or request.recorded
    asked = {n: as_real(k) if n in request.wrt and not is_differential else k for n, k in kinds.items()}
    prepared = prepare(function) if request.result is None else _handed_out(function, request.result, kinds)
    if devices.here() is not None:
        prepared = _asking_once(function, prepared)
    check_yields(prepared.source, request.hands_over)
    _check_changes_by_calls(function, prepared)
    wrt = (*request.wrt, *request.captured)
    outside = request.outside or ALONE
    staying = without_objects(function, prepared, wrt)
    prepared = staying.prepared
    if forward:
        found, lively = alone(
            function, prepared, asked, wrt, request.captured, request.held, request.aux, request.recorded
        )
    else:
        found, lively = followed(
            function, prepared, asked, wrt, request.captured, request.held, request.aux, outside=outside
        )
    written, tree = found.prepared.source, found.tree
    if request.form == "gradient" and request.result is None:
        definition.check_return(written)
    if request.aux:
        _check_pair(found)
    _check_wrt(found, request, lively)
    _check_captured(found, lively, request)
    _check_outer_variables(found, lively)
    check_left_outside(found, (*wrt, *outside.changed))
    _check_integers(found)
    _check_texts(found, wrt)
    _check_numbers(found)
    _check_frames(found)
    namespace = Namespace(found.names, RUNNING)
    _adopt_modules(found, namespace)
    namespace.objects.update(found.resolution.objects)
    title = "lambda_" if written.is_lambda else tree.name
    more = getattr(tree, "aux_name", found.renamed.aux)
    sweeps = Forward if forward else Reverse
    reverse = sweeps(tree, found.facts, lively, found.aliases, found.names, namespace, _refuser(written))
    reverse.unsure = found.renamed.unsure
    notes: dict[str, Any] = {}
    bars = {name: reverse.bar(name) for name in sorted(outside.changed)}
    reverse.given = frozenset(bars.values())
    if isinstance(reverse, Forward):
        aux = more if request.aux else None
        reverse.is_recorded = request.recorded
        whole, notes = differential(reverse, request.wrt, request.captured, title, aux)
        if not is_differential:
            whole = recorded(reverse, whole, notes, request.form, title, request.aux)
    else:
        whole = assemble(
            reverse,
            Assembly(
                request.form,
                request.wrt,
                request.captured,
                title,
                request.aux,
                more,
                request.outside is not None,
                outside,
            ),
        )
    closure = dict(written.closure)
    made = emit.function(whole, namespace.objects, function.__globals__, closure, whole.name)
    made.__defaults__, made.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    notes["__diffpy_buffers__"] = bars
    notes["__diffpy_tapes__"] = frozenset(n for n, stem in found.names.stems.items() if stem == "tape")
    notes["__diffpy_outer__"] = carried_outside(found, (*wrt, *outside.changed))
    vars(made).update(notes)
    traces.remember(made, whole, written)
    changed = frozenset(
        n for n in flow.argument_names(tree) if request.recorded or found.aliases.is_left_changed(n)
    )
    vars(made)["__diffpy_changed__"] = changed
    guards, cells = (*found.guards, *staying.guards), {**staying.cells, **found.resolution.cells}
    return Derived(made, request, guards, cells, (TABLE.version, REGISTRY.version), changed)


def _check_changes_by_calls(function: types.FunctionType, prepared: Prepared) -> None:
    """A differential whose calls change objects: a second derivation would not see them change."""
    if vars(function).get("__diffpy_changes_by_calls__"):
        raise prepared.source.error(
            errors.UnsupportedSyntaxError,
            "a differential through calls that change their arguments in place has no derivative of its own",
            prepared.tree,
            because="what its calls change is known when they run",
            fix="differentiate the gradient or the pullback instead, or let the functions return new values",
        )


def _check_outer_variables(found: Analysed, lively: frozenset[str]) -> None:
    """What a call leaves in a variable of the function around it, the next call reads."""
    for name in sorted(outer_variables(found.tree) & lively):
        assigned = (
            s for s in nodes(found.tree) if isinstance(s, gast.Assign) and name in flow.names_written(s)
        )
        raise found.prepared.source.error(
            errors.UnsupportedSyntaxError,
            f"the captured variable '{name}' is assigned a value that derivatives depend on",
            next(assigned, found.tree),
            because="what one call leaves there reaches the next one, and a derivative sees one call",
            fix=f"define the function where it is called, pass '{name}' in and return it, or keep it in an object",
        )


def _check_frames(found: Analysed) -> None:
    """What a callee takes from its caller's frame is no argument: nobody sees that its value depends on it."""
    for called in (s.value for s in nodes(found.tree) if isinstance(s, gast.Assign)):
        target = getattr(found.facts.calls.get(id(called)), "function", None)
        if target is not None and reads_frames(target, carrying.is_foreign):
            raise found.prepared.source.error(
                errors.UnsupportedSyntaxError,
                f"'{target.__name__}' may read variables of the function that calls it",
                called,
                because="it asks Python for its caller's frame, where derivatives cannot follow",
                fix="write what it computes as Python, or pass without_derivative(...) of what it reads",
            )


def _check_integers(found: Analysed) -> None:
    """An integer of interest that goes through an array of integers would lose its derivative there."""
    results = flow.names_read(found.result)
    where = lost_through_integers(found.tree, results, found.facts, found.aliases)
    if where is not None:
        raise found.prepared.source.error(
            errors.DifferentiationTypeError,
            "a real number is computed from an array of integers that depends on an integer argument",
            where,
            because="an array of integers carries no derivative, and the argument counts as a real number",
            fix="pass a float, or convert: float(n); or say that it is no argument of interest: wrt=...",
        )


def _check_texts(found: Analysed, wrt: Sequence[str]) -> None:
    """A number that is read from a text of numbers of interest would have lost its derivative."""
    results = flow.names_read(found.result)
    where = lost_through_texts(found.tree, wrt, results, found.facts, found.aliases)
    if where is not None:
        raise found.prepared.source.error(
            errors.UnsupportedSyntaxError,
            "a number is read here from a text that depends on the arguments",
            where,
            because="no derivative goes through a text",
            fix="use the number itself; or say that it is constant: float(without_derivative(...))",
        )


def _check_numbers(found: Analysed) -> None:
    """On a device a number is an array without axes, so an array without axes that changes cannot be told from it."""
    if devices.here() is None:
        return
    for name, kind in found.facts.kinds.items():
        if isinstance(kind, Array) and kind.dims == () and found.aliases.is_shadowed(name):
            where = found.aliases.where_changed(name)
            raise found.prepared.source.error(
                errors.UnsupportedSyntaxError,
                f"'{name}' is an array without axes that is changed in place, on a device",
                where,
                because="it cannot be told there from a number, which never changes",
                fix="use an array of one axis, np.zeros(1), or a number: total = total + v",
            )


def _check_pair(found: Analysed) -> None:
    """With aux=True a function returns (value, more)."""
    taken_apart = found.tree.body[-2]
    kind = found.facts.kind(taken_apart.value)
    if isinstance(kind, Scalar | Array) or (isinstance(kind, TupleOf) and len(kind.items) != 2):
        returned = f"a tuple of {len(kind.items)}" if isinstance(kind, TupleOf) else "one value"
        raise found.prepared.source.error(
            errors.DifferentiationTypeError,
            f"aux=True needs a function that returns (value, more); '{found.prepared.source.name}' returns {returned}",
            taken_apart,
            because="the value is differentiated, and the rest handed through",
            fix="return value, more; or leave aux out",
        )


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
        if found.resolution.globals.get(name) in (numpy, math, cmath) and name not in found.facts.kinds:
            found.facts.kinds[name] = found.resolution(name)
    for name, kind in found.facts.kinds.items():
        if (
            isinstance(kind, Known)
            and kind.value in (numpy, math, cmath, operator)
            and name not in flow.all_written(found.renamed.tree.body)
            and name not in flow.argument_names(found.renamed.tree)
        ):
            namespace.adopt(name, kind.value)


def _check_wrt(found: Analysed, request: Request, lively: frozenset[str]) -> None:
    """An argument that is changed in place by a function that is called for its pullback is not followed yet."""
    if request.form in ("gradient", "differential") or request.copies:
        return
    held = [n for n in request.held if n in lively]
    for name in (*request.wrt, *request.captured, *held):
        if found.aliases.is_shadowed(name) and found.facts.kind(name).may_differ:
            where = found.aliases.where_changed(name)
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
    on_device = devices.here() is not None
    key = (request, tuple(kinds.items()), id(function.__globals__), left_out(), on_device)
    closure = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
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
    kinds = {n: kind_of(v, n) for n, v in bound.arguments.items()}
    return with_captured(function, kinds, bound.arguments), bound.arguments


def argument_values(function: types.FunctionType, args: tuple, keywords: dict) -> dict[str, Any]:
    """The values alone."""
    return argument_kinds(function, args, keywords)[1]


def generate(
    function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple, copies: bool = False
) -> calls_met.Made | None:
    """The generated value and pullback of a Python function met at run time; None where nothing can flow."""
    function = devices.original(function)
    places = _places(function, args, keywords)
    kinds, values = argument_kinds(function, args, keywords)
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
    holds = found.watched_names if function.__closure__ else found.watched
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
    kinds, values = argument_kinds(function, args, keywords)
    cells = captured_by(function)
    given = buffered_calls.present(function.__name__, asked.buffers, {**cells, **values})
    places = _places(function, args, keywords)
    named = {places[w] if isinstance(places[w], str) else places[w][0] for w in wanted} - given.keys()
    wrt = tuple(n for n in kinds if n in named and carrying.carries(values[n]))
    captured = tuple(n for n, held in cells.items() if n not in given and carrying.carries(held))
    held = tuple(n for n in kinds if n in named and n not in wrt and not carrying.is_free(values[n]))
    outside = Outside(frozenset(given), frozenset(given) & frozenset(asked.inside), asked.result)
    request = Request("pullback", wrt, captured, held=held, outside=outside)
    found, made = lookup(function, request, kinds)
    check_outer(function, made)
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
        return on_copies(runs(self.function))(*args, **keywords)

    def __diffpy_pulled__(self, args: tuple, keywords: dict, wanted: tuple) -> pulling.Pulled:
        made = generate(self.function, args, keywords, wanted, copies=True)
        if made is None:
            return self(*args, **keywords), lambda y_bar: pulling.Parts(None, (None,) * len(args), {})
        value, pullback = on_copies(runs(made.function))(*args, **keywords)
        return value, lambda y_bar: made.parts(pullback(y_bar))

    def __diffpy_paired__(self, args: tuple, keywords: dict, wanted: tuple) -> Standing:
        made = generate(self.function, args, keywords, wanted, copies=True)
        if made is None:
            return pairing.plain(self, args, keywords, wanted)
        after = lambda pair: (pair[0], Chosen(pair[1], made.parts, made.found))  # noqa: E731
        return Standing(OnCopies(made.function), args, keywords, wanted, after)

    def __diffpy_moved__(self, args: tuple, keywords: dict, moves: pulling.Parts) -> Moved:
        """Tangents are changed as values are: what stands still may take in what moves."""
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
    """Refuse a call for its effect alone that puts values with derivatives into objects that live on."""
    function = devices.original(function)
    try:
        kinds, values = argument_kinds(function, args, keywords)
        found = analyse(function, kinds)
    except (TypeError, errors.DifferentiationError):
        return
    tree = found.tree
    outside = {n for s in tree.body for n in flow.names_read(s)} - flow.all_written(tree.body) | values.keys()
    changed = {n for n in outside if found.aliases.is_shadowed(n) and found.facts.kind(n).may_differ}
    given = [n for n in values if not carrying.is_free(values[n])]
    for name in sorted(changed & active(tree, given, changed, found.facts, found.aliases)):
        is_global = name not in values and name not in function.__code__.co_freevars
        if is_global and only_logs(function, frozenset((name,))):
            continue  # who reads it is refused where the call stands
        where = found.aliases.where_changed(name)
        raise found.prepared.source.error(
            errors.UnsupportedSyntaxError,
            f"'{function.__name__}' changes '{name}' in place",
            where,
            because="the caller's derivative would have to follow the change into the function",
            fix="let the function return the new value, or write its body where it is called",
        )


_changed_by: weakref.WeakKeyDictionary[types.CodeType, dict] = weakref.WeakKeyDictionary()


def changed_by(
    function: types.FunctionType, args: tuple, keywords: Mapping[str, Any] = types.MappingProxyType({})
) -> frozenset[str]:
    """The parameters whose objects a function changes, for arguments like these."""
    function = devices.original(function)
    seen = _changed_by.setdefault(function.__code__, {})
    kinds, _ = argument_kinds(function, args, dict(keywords))
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
    )
)


# Text and errors


def _check_captured(found: Analysed, lively: frozenset[str], request: Request) -> None:
    """A list or an array from outside that takes active values and gives them back has no buffer here."""
    tree = found.renamed.tree
    own = flow.all_written(tree.body) | flow.argument_names(tree) | {*request.captured}
    own |= request.outside.changed if request.outside is not None else frozenset()
    for name in sorted(lively - own):
        if found.aliases.is_shadowed(name):
            where = found.aliases.where_changed(name)
            raise found.prepared.source.error(
                errors.DifferentiationError,
                f"an active value is stored in the captured object '{name}'",
                where,
                because=f"'{name}' outlives the call, and a later call would read values of an older derivative",
                fix=f"create '{name}' inside '{tree.name}' and return it, or store without_derivative(...)",
            )


def general_text(function: types.FunctionType, request: Request) -> str:
    """The generated Python for arguments of unknown kinds; arrays are assumed where a change in place asks for it."""
    parameters = inspect.signature(function, follow_wrapped=False).parameters
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


def on_copies(made: Callable[..., Any]) -> Callable[..., Any]:
    """A function run on copies of all that its arguments reach, aliases among them kept."""

    def run(*args: Any, **keywords: Any) -> Any:
        whole = (*args, *keywords.values())
        boundary.check_apart(whole)
        every = copy_arguments(whole)
        return made(*every[: len(args)], **dict(zip(keywords, every[len(args) :], strict=True)))

    return run
