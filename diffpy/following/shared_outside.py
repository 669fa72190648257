"""Values left in objects outside of a function, which it reads by another way: an analysed function in, the error out.

A function sees what it stores in an object and reads there by the same name, and what its own callees give back. But an
object may have two names, and a callee that is handed on, or that stands in a list, may store too. So all that the
function and its calls may get to is looked through as it stands now: functions, and the objects that these know.
"""

from __future__ import annotations

import types
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple

import gast
import numpy as np

from diffpy import errors
from diffpy.analysing import Analysed, analyse
from diffpy.analysis import flow
from diffpy.analysis.activity import active
from diffpy.analysis.alias_flows import Objects
from diffpy.analysis.kinds import (
    Array,
    Closure,
    DictOf,
    Inert,
    Kind,
    Known,
    ListOf,
    Object,
    OneOf,
    Scalar,
    Struct,
    TupleOf,
    is_function,
    kind_of,
)
from diffpy.analysis.logs import only_logged
from diffpy.analysis.taking_in import taking_in
from diffpy.following.left_outside import logs_alone
from diffpy.following.outer_calls import calls_in, is_open
from diffpy.following.within_reach import (
    MOST,
    Bound,
    functions_in_reach,
    in_modules,
    is_implied,
    number_of,
    objects_in,
    of_its_class,
    outside_of,
)
from diffpy.functions import (
    ByCode,
    bound_signature,
    cells_of,
    has_instruction,
    names_looked_up,
    names_spelled,
)
from diffpy.runtime.carrying import is_foreign
from diffpy.runtime.changing_methods import OF_CONTAINERS
from diffpy.runtime.storing import changes_objects
from diffpy.runtime.tangent_vectors import TangentVector
from diffpy.syntax.trees import nodes

# Methods that change an object when it is made, and those that a store calls, which is seen as one where it stands.
# What these store in their object is stored by the text, or in an object that is new.
_SEEN = frozenset("__init__ __new__ __post_init__ __setattr__ __delattr__ __setstate__".split())

_DISPLAYS = gast.Tuple | gast.List | gast.Set | gast.Dict

_OBJECTS = Struct | Object | OneOf

# The number of an object -> who reads it: names in the function itself, and the codes of others.
Readers = dict[int, set[object]]


def check_shared_outside(found: Analysed, given: Sequence[str]) -> None:
    """Refuse to leave values of interest in objects outside that the result depends on in a way that is not seen."""
    calls = list(_calls(found))
    standing = _Standing(found)
    changed = (n for n in sorted(_every(found)) if found.aliases.is_left_changed(n))
    written = {n: of for n in changed if (of := standing.of(n))}
    writers = _writers(found, [called for _, called in calls])
    values = [v for of in written.values() for v in of]
    values += [v for function, bound in writers for v in _known_to(function, bound).values()]
    handed = [(s, called, _handed(found, standing, called)) for s, called in calls if writers]
    values += [v for _, _, every in handed for one in every for v in one.objects]
    implying = list(_implying(found))
    implied = _implied(found, frozenset().union(*(names for _, names in implying)))
    values += [v for function, bound in implied for v in _known_to(function, bound).values()]
    readers = _readers(found, standing, given, frozenset(_numbers(values))) if values else {}
    if readers:
        moved = active(found.tree, given, _every(found), found.facts, found.aliases)
        _check_own_stores(found, written, given, readers)
        _check_calls(found, calls, moved, readers)
        _check_implied(found, implying if implied else [], moved, readers)
        _check_handed(found, handed, moved, readers)


def _check_own_stores(
    found: Analysed, written: Mapping[str, list[Any]], given: Sequence[str], readers: Readers
) -> None:
    objects = Objects(found.aliases)
    names = frozenset(written)
    for name in sorted(taking_in(found.tree, found.facts, found.aliases, objects, names, frozenset(given))):
        alike = {n for n in _every(found) if objects.meet(n, name)}
        if any(readers.get(number, alike) - alike for number in _numbers(written[name])):
            raise _refusal(found, found.aliases.where_changed(name) or found.tree, "this", name)


def _check_calls(
    found: Analysed, calls: list[tuple[gast.stmt, gast.Call]], moved: Set[str], readers: Readers
) -> None:
    for s, called in calls:
        if flow.names_read(called) & moved:
            for function, bound in _writers(found, [called]):
                name = _shared(function, bound, readers)
                if name is not None:
                    raise _refusal(found, s, "this call", name)


def _check_implied(
    found: Analysed, implying: list[tuple[gast.stmt, Set[str]]], moved: Set[str], readers: Readers
) -> None:
    for s, names in implying:
        if names & moved:
            for function, bound in _implied(found, names):
                name = _shared(function, bound, readers)
                if name is not None:
                    raise _refusal(found, s, "this", name)


def _check_handed(
    found: Analysed,
    calls: list[tuple[gast.stmt, gast.Call, list[_Handed]]],
    moved: Set[str],
    readers: Readers,
) -> None:
    """An object outside that is an argument of a call of which nothing is known, which may store in its parameters."""
    for s, called, handed in calls:
        read = [one for one in handed if _is_read_elsewhere(found, one, readers)]
        if read and flow.names_read(called) & moved:
            filled = [place for one in _writers(found, [called]) for place in _parameters_filled(*one)]
            for one in read:
                if any(one.may_come_to(*place) for place in filled):
                    raise _refusal(found, s, "this call", one.name)


def _parameters_filled(function: Any, bound: tuple[Any, ...]) -> Iterator[tuple[int, str]]:
    """The parameters that a function may put values into: their positions in a call, and their names."""
    if isinstance(function, types.FunctionType):
        taking = _taking(function, bound)
        for k, name in enumerate(function.__code__.co_varnames[len(bound) :]):
            if name in taking:
                yield k, name


class _Handed(NamedTuple):
    """An argument that stands for objects outside, and where in the call; None where the callee may hand it on."""

    name: str
    objects: list[Any]
    place: int | str | None

    def may_come_to(self, position: int, name: str) -> bool:
        return self.place is None or self.place in (position, name)


def _handed(found: Analysed, standing: _Standing, called: gast.Call) -> list[_Handed]:
    """The arguments that a callee may change for all one knows."""
    summary, _ = found.facts.summaries.get(id(called), (None, None))
    if summary is not None and not summary.exposed:
        return []
    given = [*enumerate(called.args), *((k.arg, k.value) for k in called.keywords)]
    is_plain = summary is None and all(place is not None for place, _ in given)
    is_plain = is_plain and not any(_is_handed_on(found, one) for _, one in given)
    return [
        _Handed(source, objects, place if is_plain else None)
        for place, one in given
        for name in sorted(standing.inside(flow.names_read(one)))
        for source, values in standing.sources(name)
        if (objects := [v for v in values if _may_take(v)])
    ]


def _may_take(value: Any) -> bool:
    """Whether an object outside has room for numbers: a table of functions has none, and a tangent keeps its own."""
    if isinstance(value, TangentVector):
        return False
    if isinstance(value, list | tuple | set | deque | Mapping):
        items = list(value.values() if isinstance(value, Mapping) else value)[:MOST]
        return any(isinstance(one, float | complex) or _may_take(one) for one in items) or not items
    is_array = isinstance(value, np.ndarray)
    return value.dtype.kind in "fcO" if is_array else any(one is value for one in objects_in(value))


def _is_handed_on(found: Analysed, one: gast.expr) -> bool:
    """Whether an argument holds others, or is perhaps a function, which the callee may call with others."""
    return isinstance(one, gast.Starred) or not isinstance(found.facts.kind(one), Array | Scalar | Inert)


def _is_read_elsewhere(found: Analysed, handed: _Handed, readers: Readers) -> bool:
    """Whether the objects are read by another function, or once more by this one."""
    by = set().union(*(readers.get(number, ()) for number in _numbers(handed.objects)))
    own = flow.all_written(found.tree.body) | flow.argument_names(found.tree)
    again = (_is_read_again(found.tree, one) for one in by - own if isinstance(one, str))
    return any(again) or any(isinstance(one, types.CodeType) for one in by)


def _is_read_again(tree: gast.FunctionDef, name: str) -> bool:
    reads = [one for one in nodes(tree) if isinstance(one, gast.Name) and one.id == name]
    loops = (one for one in nodes(tree) if isinstance(one, gast.For | gast.While))
    return len(reads) > 1 or any(name in flow.names_read(s) for loop in loops for s in loop.body)


def _calls(found: Analysed) -> Iterator[tuple[gast.stmt, gast.Call]]:
    """Calls of what is no function of the table, and those that hand a function on."""
    for s, called in calls_in(found):
        given = (*called.args, *(k.value for k in called.keywords))
        if is_open(found, called) or any(is_function(found.facts.kind(one)) for one in given):
            yield s, called


def _implying(found: Analysed) -> Iterator[tuple[gast.stmt, Set[str]]]:
    """Statements in which an object's methods may be called without their names, with the names in them."""
    for s in nodes(found.tree):
        names = flow.names_read(gast.Tuple(list(_worked_on(s)), gast.Load()))
        if any(isinstance(found.facts.kind(n), _OBJECTS) or type(found.facts.kind(n)) is Kind for n in names):
            yield s, names


def _worked_on(s: gast.AST) -> Iterator[gast.expr]:
    """The expressions of a statement that do more than to name a value."""
    match s:
        case gast.Assign(targets=[target], value=value):
            yield from (one for one in (target, value) if not isinstance(one, gast.Name))
        case gast.AugAssign(target=target, value=value):
            yield from (target, value)
        case gast.Expr(value=value) | gast.If(test=value) | gast.While(test=value) | gast.For(iter=value):
            yield value
        case gast.Delete(targets=targets):
            yield from targets


def _every(found: Analysed) -> Set[str]:
    return found.facts.kinds.keys() | flow.all_written(found.tree.body) | flow.argument_names(found.tree)


class _Standing:
    """The object outside that a name stands for, or one that holds it: a variable may be a part of such an object."""

    def __init__(self, found: Analysed) -> None:
        self.resolution, self.attributes = found.resolution, found.attributes
        self.own = flow.all_written(found.tree.body) | flow.argument_names(found.tree)
        self.assigned: defaultdict[str, list[gast.expr]] = defaultdict(list)
        for s in nodes(found.tree):
            match s:
                case gast.Assign(targets=[gast.Name(id=name)], value=value):
                    self.assigned[name].append(value)
                case gast.For(target=gast.Name(id=name), iter=value):
                    self.assigned[name].append(value)

    def of(self, name: str) -> list[Any]:
        return [value for _, values in self.sources(name) for value in values]

    def sources(self, name: str) -> Iterator[tuple[str, list[Any]]]:
        """The names outside that it comes from, with what these stand for."""
        waiting, seen = [(name, "")], set()
        for one, attribute in waiting:  # which grows meanwhile
            if one not in self.own:
                yield one, self.outside(one, attribute)
            elif one not in seen:
                seen.add(one)
                waiting += (part for value in self.assigned[one] for part in _part(value))

    def inside(self, names: Iterable[str]) -> set[str]:
        """The names, and those of what their objects were made to hold."""
        waiting, seen = [*names], set(names)
        for one in waiting:  # which grows meanwhile
            for value in self.assigned[one]:
                held = flow.names_read(value) if isinstance(value, _DISPLAYS) else frozenset()
                waiting += held - seen
                seen |= held
        return seen

    def outside(self, name: str, attribute: str) -> list[Any]:
        value = self.resolution.value(name)
        if isinstance(value, types.ModuleType):
            return in_modules([value], {attribute})
        return [self.resolution.closure.get(name, value), *of_its_class(value, self.attributes)]


def _part(value: gast.expr) -> list[tuple[str, str]]:
    """The name of an object that a value is, or is held by, and of the attribute of it."""
    match value:
        case gast.Attribute(value=gast.Name(id=name), attr=attribute):
            return [(name, attribute)]
        case gast.Name(id=name) | gast.Subscript(value=gast.Name(id=name)):
            return [(name, "")]
    return []


def _refusal(found: Analysed, s: gast.AST, what: str, name: str) -> errors.DifferentiationError:
    return found.prepared.source.error(
        errors.UnsupportedSyntaxError,
        f"{what} may leave a value that the derivative depends on in '{name}', which is read in another way",
        s,
        because=f"'{name}' lives outside of the function, and the derivative cannot follow the value through it",
        fix="pass the object as an argument, return the value, or store without_derivative(...)",
    )


def _writers(found: Analysed, calls: list[gast.Call]) -> list[Bound]:
    """What calls may get to that changes objects; what makes objects changes new ones."""
    names = {n for called in calls for n in flow.names_read(called)}
    targets = (getattr(found.facts.calls.get(id(called)), "function", None) for called in calls)
    return _changing(found, [*outside_of_calls(found, names), *targets])


def _implied(found: Analysed, names: Set[str]) -> list[Bound]:
    """The same for what operators and attributes of these names call."""
    return (
        [one for one in _changing(found, outside_of_calls(found, names)) if is_implied(*one)] if names else []
    )


def _changing(found: Analysed, roots: list[Any]) -> list[Bound]:
    return [
        (one, bound)
        for one, bound in functions_in_reach(roots, found.said)
        if _is_of_others(one, bound) or (_is_written(one) and changes_objects(one.__code__))
    ]


def outside_of_calls(found: Analysed, names: Iterable[str]) -> list[Any]:
    """What stands outside of the function and these names depend on."""
    used = found.dependence.of(names)
    own = flow.all_written(found.tree.body) | flow.argument_names(found.tree)
    free = {n: found.resolution.value(n) for n in sorted(used - own)}
    kinds = (found.facts.kind(n) for n in sorted(used & own))
    return [
        *free.values(),
        *in_modules(free.values(), found.attributes),
        *(v for k in kinds for v in _known(k)),
    ]


def _known(kind: Kind) -> Iterator[Any]:
    """The functions that values of a kind are, or hold."""
    match kind:
        case Known(value=value) | Closure(example=value):
            yield value
        case TupleOf(items=items):
            yield from (v for one in items for v in _known(one))
        case ListOf(item=item) | DictOf(item=item):
            yield from _known(item)


def _is_written(function: Any) -> bool:
    return isinstance(function, types.FunctionType) and not is_foreign(function)


def _is_of_others(function: Any, bound: tuple[Any, ...]) -> bool:
    """Whether it is a function of Python's that came with an object: rows.append, partial(setitem, rows, 0)."""
    return _appends(function) or (isinstance(function, types.BuiltinFunctionType) and bool(bound))


def _appends(function: Any) -> bool:
    of = getattr(function, "__self__", None)
    is_method = isinstance(function, types.BuiltinFunctionType) and not isinstance(of, types.ModuleType)
    return is_method and function.__name__ in OF_CONTAINERS


def _known_to(function: Any, bound: tuple[Any, ...]) -> dict[str, Any]:
    """What a function can get at, by the names that it has for these."""
    if _appends(function):
        return {function.__name__: function.__self__}
    if not isinstance(function, types.FunctionType):
        return {getattr(function, "__name__", ""): bound}
    given = dict(zip(function.__code__.co_varnames, bound, strict=False))
    if bound and _seen(function) and not isinstance(bound[0], type):
        given[function.__code__.co_varnames[0]] = type(bound[0])
    known = outside_of(function) | given
    code = function.__code__
    shared = {n: of_its_class(v, names_looked_up(code) | names_spelled(code)) for n, v in known.items()}
    return {n: [v, *shared[n]] for n, v in (known | cells_of(function)).items()}


def _seen(function: types.FunctionType) -> bool:
    """Whether the first parameter stands for an object whose attributes are stored where it is seen."""
    return function.__name__ in _SEEN


def _numbers(values: Iterable[Any]) -> Iterator[int]:
    return (number_of(one) for v in values for one in objects_in(v))


def _readers(found: Analysed, standing: _Standing, given: Sequence[str], written: frozenset[int]) -> Readers:
    """Objects outside that may be written and that the result may depend on, with who reads them."""
    readers: Readers = defaultdict(set)
    names = flow.names_read(found.result)
    for name in found.dependence.of(names):
        for number in written.intersection(_numbers(standing.of(name))):
            if not only_logged(found.tree, {name}):
                readers[number].add(name)
    for function, bound in functions_in_reach(outside_of_calls(found, names), found.said):
        is_known = _is_written(function) or _is_of_others(function, bound)
        for name, value in _known_to(function, bound).items() if is_known else ():
            for number in written.intersection(_numbers([value])):
                if _reads(function, name):
                    readers[number].add(getattr(function, "__code__", function))
    tracked = [n for n in given if n in found.resolution.closure]
    for number in _numbers(found.resolution.value(n) for n in tracked):
        readers.pop(number, None)
    return readers


def _reads(function: Any, name: str) -> bool:
    """Whether a function may do more with what it knows by a name than to put values in."""
    if not isinstance(function, types.FunctionType):
        return not _appends(function)
    return name in function.__code__.co_varnames or not logs_alone(function, frozenset((name,)))


def _shared(function: Any, bound: tuple[Any, ...], readers: Readers) -> str | None:
    """The name of an object that a function stores values in, and that another one reads."""
    own, kept = {getattr(function, "__code__", function)}, _variables_kept(function)
    for name, value in _known_to(function, bound).items():
        if any(readers.get(number, own) - own for number in _numbers([value]) if number not in kept):
            if _is_of_others(function, bound) or name in _taking(function, bound):
                return name
    return None


def _variables_kept(function: Any) -> set[int]:
    """The numbers of what a function captured and binds nothing to: what these variables hold it may still change."""
    if not isinstance(function, types.FunctionType) or has_instruction(function.__code__, "STORE_DEREF"):
        return set()
    return {number_of(cell) for cell in cells_of(function).values()}


def _taking(function: types.FunctionType, bound: tuple[Any, ...]) -> frozenset[str]:
    """The names of parameters and of objects outside that a function may put values of its parameters into."""
    is_apart = _seen(function) or isinstance(next(iter(bound), None), type)
    apart = function.__code__.co_varnames[: int(is_apart)]
    given = zip(function.__code__.co_varnames[len(apart) :], bound[len(apart) :], strict=False)
    kinds = tuple((name, kind_of(value, name)) for name, value in given)
    taken = _taken.setdefault(function.__code__, {})
    if kinds not in taken:
        taken[kinds] = _found_taking(function, dict(kinds), apart)
    return taken[kinds]


def _found_taking(
    function: types.FunctionType, given: Mapping[str, Kind], apart: Sequence[str]
) -> frozenset[str]:
    try:
        parameters = bound_signature(function).parameters
        found = analyse(function, {name: given.get(name, Kind()) for name in parameters})
    except (TypeError, errors.DifferentiationError):
        return frozenset(given.keys() | outside_of(function).keys())
    names = frozenset(flow.argument_names(found.tree))
    free = {n for s in found.tree.body for n in flow.names_read(s)} - flow.all_written(found.tree.body)
    changed = frozenset(n for n in names | free if found.aliases.is_left_changed(n))
    objects = Objects(found.aliases)
    tracked = names - given.keys() or names
    taking = taking_in(found.tree, found.facts, found.aliases, objects, changed, tracked, apart)
    return taking | _rebound(found, tracked)


def _rebound(found: Analysed, tracked: frozenset[str]) -> frozenset[str]:
    """Variables outside that get values which depend on those of the parameters."""
    rebound = {n for s in nodes(found.tree) if isinstance(s, gast.Nonlocal) for n in s.names}
    return frozenset(rebound & active(found.tree, tracked, _every(found), found.facts, found.aliases))


_taken: ByCode[dict[tuple[tuple[str, Kind], ...], frozenset[str]]] = ByCode()
