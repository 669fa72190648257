"""What a derivative would lose: an analysed function in, the error that says where out."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any

import gast

from diffpy import errors
from diffpy.analysing import Analysed, Prepared
from diffpy.analysis import definition, flow
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.alias_flows import Objects
from diffpy.analysis.calls import PlainCall
from diffpy.analysis.facts import Facts
from diffpy.analysis.frames import reads_frames
from diffpy.analysis.integers import lost_through_integers
from diffpy.analysis.keys import lost_through_keys
from diffpy.analysis.kinds import Array, Known, Scalar, TupleOf
from diffpy.analysis.left_in_functions import left_in_functions
from diffpy.analysis.logs import only_logged
from diffpy.analysis.slices import lost_through_slices
from diffpy.analysis.summaries import changes_given
from diffpy.analysis.taking_in import taking_in
from diffpy.analysis.texts import lost_through_texts
from diffpy.backends import devices
from diffpy.following.left_outside import check_left_outside
from diffpy.following.rounds import outer_variables
from diffpy.following.shared_attributes import check_shared_attributes
from diffpy.following.shared_outside import check_shared_outside
from diffpy.following.unseen_calls import check_unseen
from diffpy.request import Request
from diffpy.runtime import carrying
from diffpy.runtime.made_structs import is_followed_when_run, is_unreadable
from diffpy.runtime.written import is_written
from diffpy.syntax.trees import nodes


def check(found: Analysed, request: Request, lively: frozenset[str]) -> None:
    """Refuse a program that would lose a derivative: with the first statement that does."""
    check_unseen(found, lively)
    if request.form == "gradient" and request.result is None:
        definition.check_return(found.prepared.source)
    if request.aux:
        _check_pair(found)
    _check_wrt(found, request, lively)
    _check_captured(found, lively, request)
    _check_held_outside(found, lively)
    _check_outer_variables(found, lively)
    check_left_outside(found, request.given)
    if request.copies:  # whoever is called by another derivative, that one has looked through
        check_shared_outside(found, request.given)
        check_shared_attributes(found)
    _check_losses(found, (*request.wrt, *request.captured))
    _check_numbers(found)
    _check_frames(found)
    _check_called_again(found, lively)
    _check_made(found, lively, request.recorded)
    if not request.is_forward:
        _check_classes(found, lively)


def check_changes_by_calls(function: types.FunctionType, prepared: Prepared) -> None:
    """A differential whose calls change objects: a second derivation would not see them change."""
    if vars(function).get("__diffpy_changes_by_calls__"):
        raise prepared.source.error(
            errors.UnsupportedSyntaxError,
            "a differential through calls that change their arguments in place has no derivative of its own",
            prepared.tree,
            because="what its calls change is known when they run",
            fix="differentiate the gradient or the pullback instead, or let the functions return new values",
        )


def _check_wrt(found: Analysed, request: Request, lively: frozenset[str]) -> None:
    """An argument that is changed in place by a function that is called for its pullback is not followed yet."""
    if request.form in ("gradient", "differential") or request.copies:
        return
    held = [n for n in request.held if n in lively]
    for name in (*request.wrt, *request.captured, *held):
        if changes_given(name, found.tree, found.aliases) and found.facts.kind(name).may_differ:
            if name in request.captured and is_log(found, request, name):
                continue
            where = found.aliases.where_changed(name)
            raise found.prepared.source.error(
                errors.UnsupportedSyntaxError,
                f"'{found.renamed.tree.name}' changes its argument '{name}' in place",
                where,
                because="the caller's derivative would have to follow the change into the function",
                fix=f"work on a copy: {name} = {name}.copy() before the first write, and return it",
            )


def _check_classes(found: Analysed, lively: frozenset[str]) -> None:
    """A class reads variables of the function when its methods are called, which no reverse sweep follows."""
    for maker in (s for s in nodes(found.tree) if isinstance(s, gast.FunctionDef)):
        defined = next((s for s in maker.body if isinstance(s, gast.ClassDef)), None)
        if defined is not None and flow.free_names(maker) & lively:
            raise found.prepared.source.error(
                errors.UnsupportedSyntaxError,
                f"the class '{defined.name}' reads variables of '{found.tree.name}' which the derivative depends on",
                defined,
                because="its methods read them whenever they are called",
                fix=f"define '{defined.name}' at the top of the module, and give its objects what they need",
            )


def is_log(found: Analysed, request: Request, name: str) -> bool:
    """Whether nothing of interest is put into what a function captured, and nothing is read there."""
    given = frozenset(request.given) | flow.argument_names(found.tree)
    objects, one = Objects(found.aliases), frozenset((name,))
    taking = taking_in(found.tree, found.facts, found.aliases, objects, one, given - one)
    return only_logged(found.tree, one) and not taking


def _check_captured(found: Analysed, lively: frozenset[str], request: Request) -> None:
    """A list or an array from outside that takes active values and gives them back has no buffer here."""
    tree = found.renamed.tree
    own = flow.all_written(tree.body) | flow.argument_names(tree) | {*request.captured}
    own |= request.outside.changed if request.outside is not None else frozenset()
    for name in sorted(lively - own):
        if found.aliases.is_shadowed(name) and name.isidentifier():  # what others hold counts by their names
            where = found.aliases.where_changed(name)
            raise found.prepared.source.error(
                errors.DifferentiationError,
                f"an active value is stored in the captured object '{name}'",
                where,
                because=f"'{name}' outlives the call, and a later call would read values of an older derivative",
                fix=f"create '{name}' inside '{tree.name}' and return it, or store without_derivative(...)",
            )


def _check_held_outside(found: Analysed, lively: frozenset[str]) -> None:
    """The same of what a class or a module holds, whatever name it has here."""
    roots = {found.aliases.find(name) for name in lively}
    for name, kind in sorted(found.facts.kinds.items(), key=lambda pair: pair[0]):
        if not isinstance(kind, Known) or not isinstance(kind.value, type | types.ModuleType):
            continue
        inside = found.aliases.reach(name) - {found.aliases.find(name)}
        for root in sorted(inside & roots & found.aliases.changed.keys()):
            raise found.prepared.source.error(
                errors.DifferentiationError,
                f"an active value is stored in what '{name}' holds",
                found.aliases.changed[root],
                because=f"'{name}' outlives the call, and a later call would read values of an older derivative",
                fix="create the object inside the function and return it, or store without_derivative(...)",
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


@dataclass(frozen=True)
class Loss:
    """A way to lose a derivative: what finds its first statement, and what the error says of it."""

    find: Callable[[gast.FunctionDef, Sequence[str], Set[str], Facts, Aliases], gast.stmt | None]
    error: type[errors.DifferentiationError]
    headline: str
    because: str
    fix: str


LOSSES = (
    Loss(
        lost_through_integers,
        errors.DifferentiationTypeError,
        "a real number is computed from an array of integers that depends on an integer argument",
        because="an array of integers carries no derivative, and the argument counts as a real number",
        fix="pass a float, or convert: float(n); or say that it is no argument of interest: wrt=...",
    ),
    Loss(
        lost_through_texts,
        errors.UnsupportedSyntaxError,
        "a number is read here from a text that depends on the arguments",
        because="no derivative goes through a text",
        fix="use the number itself; or say that it is constant: float(without_derivative(...))",
    ),
    Loss(
        lost_through_slices,
        errors.UnsupportedSyntaxError,
        "a bound of a slice is read here that depends on the arguments",
        because="no derivative goes through a slice",
        fix="keep the numbers in a tuple: bounds = (start, stop)",
    ),
    Loss(
        lost_through_keys,
        errors.UnsupportedSyntaxError,
        "the keys of a dict are read here, among which are numbers that depend on the arguments",
        because="no derivative goes through the keys of a dict",
        fix="keep the numbers as values too: d[key] = (key, v)",
    ),
    Loss(
        left_in_functions,
        errors.UnsupportedSyntaxError,
        "a value that depends on the arguments is stored in an attribute of a function, a class or a module",
        because="that outlives the call, and derivatives do not follow what it holds",
        fix="return the value, or keep it in a list or an object; or store without_derivative(...)",
    ),
)


def _check_losses(found: Analysed, wrt: Sequence[str]) -> None:
    """A number of interest goes through what carries no derivative, and is a number of interest again after it."""
    results = flow.names_read(found.result)
    for loss in LOSSES:
        where = loss.find(found.tree, wrt, results, found.facts, found.aliases)
        if where is not None:
            raise found.prepared.source.error(
                loss.error, loss.headline, where, because=loss.because, fix=loss.fix
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


def _check_called_again(found: Analysed, lively: frozenset[str]) -> None:
    """A solver's derivative calls the function that it solves for more often than the solver: that may change nothing."""
    for s, called, name in found.aliases.by_calls:
        target: Any = getattr(found.facts.calls.get(id(getattr(s, "value", None))), "function", None)
        is_solver = is_written(target) and str(target.__module__).startswith("scipy.")
        if called is s and is_solver and not lively.isdisjoint(flow.names_written(s)):
            raise found.prepared.source.error(
                errors.UnsupportedSyntaxError,
                f"a function that is handed to '{target.__name__}' changes '{name}' in place",
                s,
                because="the derivative calls it more often than the program does, and each call would change it again",
                fix=f"compute '{name}' after the call, from its result",
            )


def _check_made(found: Analysed, lively: frozenset[str], recorded: bool) -> None:
    """An object that is made of nothing of interest, takes it in later, and is of a class that nobody can read."""
    for s in nodes(found.tree):
        called = s.value if isinstance(s, gast.Assign) else None
        if not isinstance(called, gast.Call):
            continue
        kind = found.facts.kind(called.func)
        cls = kind.value if isinstance(kind, Known) else None
        if not isinstance(cls, type):
            continue
        is_plain = found.facts.calls.get(id(called)) == PlainCall()
        is_hidden = is_unreadable(cls) if is_plain else not recorded and is_followed_when_run(cls)
        if is_hidden and not lively.isdisjoint(flow.names_written(s)):
            raise found.prepared.source.error(
                errors.UnknownDerivativeError,
                f"values that the derivative depends on are stored in an object of class '{cls.__qualname__}'",
                s,
                because="what its constructor makes, and what it holds, is not known while deriving",
                fix="let __init__ store all that it holds, or keep the values in a list, a dict or a dataclass",
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
