"""Values left in objects outside of a function, which it reads by another way: an analysed function in, the error out.

A function sees what it stores in an object and reads there by the same name, and what its own callees give back. But an
object may have two names, and a callee that is handed on, or that stands in a list, may store too. So all that the
function and its calls may get to is looked through as it stands now: functions, and the objects that these know.
"""

from __future__ import annotations

import types
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

import gast

from diffpy import errors
from diffpy.analysing import Analysed, analyse
from diffpy.analysis import flow
from diffpy.analysis.activity import active, depended_on
from diffpy.analysis.alias_flows import Objects
from diffpy.analysis.kinds import Closure, DictOf, Kind, Known, ListOf, TupleOf, is_function, kind_of
from diffpy.analysis.logs import only_logged
from diffpy.analysis.taking_in import taking_in
from diffpy.following.left_outside import only_logs
from diffpy.following.outer_calls import calls_in, is_open
from diffpy.following.within_reach import (
    Bound,
    functions_in_reach,
    in_modules,
    number_of,
    objects_in,
    outside_of,
)
from diffpy.functions import ByCode, bound_signature
from diffpy.runtime.carrying import is_foreign
from diffpy.runtime.changing_methods import OF_CONTAINERS
from diffpy.runtime.storing import changes_objects
from diffpy.syntax.trees import nodes

# Methods that change an object when it is made, and those that a store calls, which is seen as one where it stands.
_SEEN = frozenset("__init__ __new__ __post_init__ __setattr__ __delattr__ __setstate__".split())

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
    readers = _readers(found, standing, given, frozenset(_numbers(values))) if values else {}
    if readers:
        moved = active(found.tree, given, _every(found), found.facts, found.aliases)
        _check_own_stores(found, written, given, readers)
        _check_calls(found, calls, moved, readers)


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


def _calls(found: Analysed) -> Iterator[tuple[gast.stmt, gast.Call]]:
    """Calls of what is no function of the table, and those that hand a function on."""
    for s, called in calls_in(found):
        given = (*called.args, *(k.value for k in called.keywords))
        if is_open(found, called) or any(is_function(found.facts.kind(one)) for one in given):
            yield s, called


def _every(found: Analysed) -> Set[str]:
    return found.facts.kinds.keys() | flow.all_written(found.tree.body) | flow.argument_names(found.tree)


class _Standing:
    """The object outside that a name stands for, or one that holds it: a variable may be a part of such an object."""

    def __init__(self, found: Analysed) -> None:
        self.resolution = found.resolution
        self.own = flow.all_written(found.tree.body) | flow.argument_names(found.tree)
        self.assigned: defaultdict[str, list[gast.expr]] = defaultdict(list)
        for s in nodes(found.tree):
            match s:
                case gast.Assign(targets=[gast.Name(id=name)], value=value):
                    self.assigned[name].append(value)

    def of(self, name: str) -> list[Any]:
        found: list[Any] = []
        waiting, seen = [(name, "")], set()
        for one, attribute in waiting:  # which grows meanwhile
            if one not in self.own:
                found += self.outside(one, attribute)
            elif one not in seen:
                seen.add(one)
                waiting += (part for value in self.assigned[one] for part in _part(value))
        return found

    def outside(self, name: str, attribute: str) -> list[Any]:
        value = self.resolution.value(name)
        return in_modules([value], {attribute}) if isinstance(value, types.ModuleType) else [value]


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
    return [
        (one, bound)
        for one, bound in functions_in_reach([*_outside(found, names), *targets])
        if _appends(one) or (_is_written(one) and changes_objects(one.__code__))
    ]


def _outside(found: Analysed, names: Iterable[str]) -> list[Any]:
    """What stands outside of the function and these names depend on."""
    used = depended_on(found.tree, names, found.facts, found.aliases)
    own = flow.all_written(found.tree.body) | flow.argument_names(found.tree)
    free = {n: found.resolution.value(n) for n in sorted(used - own)}
    kinds = (found.facts.kind(n) for n in sorted(used & own))
    return [
        *free.values(),
        *in_modules(free.values(), _attributes(found)),
        *(v for k in kinds for v in _known(k)),
    ]


def _attributes(found: Analysed) -> frozenset[str]:
    return frozenset(n.attr for n in nodes(found.tree) if isinstance(n, gast.Attribute))


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
    is_plain = isinstance(function, types.FunctionType) and not is_foreign(function)
    return is_plain and function.__name__ not in _SEEN


def _appends(function: Any) -> bool:
    of = getattr(function, "__self__", None)
    is_method = isinstance(function, types.BuiltinFunctionType) and not isinstance(of, types.ModuleType)
    return is_method and function.__name__ in OF_CONTAINERS


def _known_to(function: Any, bound: tuple[Any, ...]) -> dict[str, Any]:
    """What a function can get at, by the names that it has for these."""
    if _appends(function):
        return {function.__name__: function.__self__}
    return outside_of(function) | dict(zip(function.__code__.co_varnames, bound, strict=False))


def _numbers(values: Iterable[Any]) -> Iterator[int]:
    return (number_of(one) for v in values for one in objects_in(v))


def _readers(found: Analysed, standing: _Standing, given: Sequence[str], written: frozenset[int]) -> Readers:
    """Objects outside that may be written and that the result may depend on, with who reads them."""
    readers: Readers = defaultdict(set)
    names = flow.names_read(found.result)
    for name in depended_on(found.tree, names, found.facts, found.aliases):
        for number in written.intersection(_numbers(standing.of(name))):
            if not only_logged(found.tree, {name}):
                readers[number].add(name)
    for function, bound in functions_in_reach(_outside(found, names)):
        for name, value in _known_to(function, bound).items() if _is_written(function) else ():
            for number in written.intersection(_numbers([value])):
                if name in function.__code__.co_varnames or not only_logs(function, frozenset((name,))):
                    readers[number].add(function.__code__)
    tracked = [n for n in given if n in found.resolution.closure]
    for number in _numbers(found.resolution.value(n) for n in tracked):
        readers.pop(number, None)
    return readers


def _shared(function: Any, bound: tuple[Any, ...], readers: Readers) -> str | None:
    """The name of an object that a function stores values in, and that another one reads."""
    own = {getattr(function, "__code__", None)}
    for name, value in _known_to(function, bound).items():
        if any(readers.get(number, own) - own for number in _numbers([value])):
            if _appends(function) or name in _taking(function, bound):
                return name
    return None


def _taking(function: types.FunctionType, bound: tuple[Any, ...]) -> frozenset[str]:
    """The names of parameters and of objects outside that a function may put values of its parameters into."""
    given = zip(function.__code__.co_varnames, bound, strict=False)
    kinds = tuple((name, kind_of(value, name)) for name, value in given)
    taken = _taken.setdefault(function.__code__, {})
    if kinds not in taken:
        taken[kinds] = _found_taking(function, dict(kinds))
    return taken[kinds]


def _found_taking(function: types.FunctionType, given: Mapping[str, Kind]) -> frozenset[str]:
    try:
        parameters = bound_signature(function).parameters
        found = analyse(function, {name: given.get(name, Kind()) for name in parameters})
    except (TypeError, errors.DifferentiationError):
        return frozenset(given.keys() | outside_of(function).keys())
    names = frozenset(flow.argument_names(found.tree))
    free = {n for s in found.tree.body for n in flow.names_read(s)} - flow.all_written(found.tree.body)
    changed = frozenset(n for n in names | free if found.aliases.is_left_changed(n))
    objects = Objects(found.aliases)
    return taking_in(found.tree, found.facts, found.aliases, objects, changed, names - given.keys() or names)


_taken: ByCode[dict[tuple[tuple[str, Kind], ...], frozenset[str]]] = ByCode()
