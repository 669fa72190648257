"""Values left in objects outside where nobody reads them: an analysed function in, the same with them as constants out.

A log, what a layer keeps for later, the best found so far: the run leaves them there, and no derivative goes by them.
"""

from __future__ import annotations

import types
from collections.abc import Iterator

import gast

from diffpy import errors
from diffpy.analysing import Analysed, Prepared, prepare
from diffpy.analysis import flow
from diffpy.analysis.alias_flows import Objects
from diffpy.analysis.kinds import Array, Scalar
from diffpy.following.shared_outside import outside_of_calls
from diffpy.following.within_reach import NAMED_WHEN_MADE, functions_in_reach
from diffpy.functions import NAMING, names_looked_up
from diffpy.runtime.carrying import is_foreign
from diffpy.runtime.marks import left_in, left_out
from diffpy.syntax.build import assign, call, constant, load
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import assigned, blocks_below, rebuild
from diffpy.transforms.inline import NO_SITE, site_of
from diffpy.transforms.known_objects import known_as

_LOGGING = {"append", "appendleft", "insert"}
# Functions that read attributes whose names nobody has written.
_UNNAMED = NAMING | {
    "asdict",
    "astuple",
    "fields",
    "getmembers",
    "dumps",
    "dump",
    "__getstate__",
    "__reduce_ex__",
}
_SHOWING = {"__repr__", "__str__", "__format__"}


def left_unread(found: Analysed, lively: frozenset[str]) -> frozenset[int]:
    """The numbers of stores into attributes, and of calls that log, which leave values where nobody reads them."""
    left = {site: attribute for site, attribute in _left(found, lively) if site != NO_SITE}
    read = _attributes_read(found) if left else None
    return frozenset() if read is None else frozenset(site for site, one in left.items() if one not in read)


def with_values_alone(prepared: Prepared, sites: frozenset[int], objects: dict[str, object]) -> Prepared:
    """The program with them in other words; in place of what is read at once, there is what was stored.

    Before:                 After:
        o.last = x              t1 = left_out(x, o, "last")
        y = o.last              o.last = t1
        log = o.log             y = x
        log.append(y)           log = o.log
                                t2 = left_in(y, log, o, "log")
                                log.append(t2)
    """
    tree, names = prepared.fresh()
    made = assigned(tree)
    for stored, read in list(_read_at_once(tree)):
        if site_of(stored.targets[0]) in sites:
            read.value = load(stored.value.id, read.value)

    def written(s: gast.stmt) -> list[gast.stmt]:
        match s:
            case gast.Assign(targets=[gast.Attribute() as target], value=gast.Name() as value) if (
                site_of(target) in sites
            ):
                held = names.temporary()
                owner = load(target.value.id), constant(target.attr)
                alone = call(known_as(left_out, "left_out", names, objects), value, *owner)
                s.value = load(held, value)
                return [assign(held, alone, s), s]
            case gast.Expr(value=gast.Call(func=gast.Attribute(value=of)) as called) if (
                site_of(called) in sites
            ):
                known = known_as(left_in, "left_in", names, objects)
                source = made[of.id][0]
                place = load(of.id), load(source.value.id), constant(source.attr)
                before = [assign(names.temporary(), call(known, one, *place), s) for one in called.args]
                called.args = [load(one.targets[0].id, s) for one in before]
                return [*before, s]
        return [s]

    tree.body = rebuild(tree.body, written)
    return Prepared(prepared.source, tree, names, prepared.objects)


def _left(found: Analysed, lively: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Stores of active values in objects outside, and what logs them there: number and attribute."""
    made = assigned(found.tree)
    own = flow.all_written(found.tree.body) | flow.argument_names(found.tree)
    objects = Objects(found.aliases)

    def is_outside(name: str, seen: frozenset[str] = frozenset()) -> bool:
        if name not in own:
            return not isinstance(found.resolution.value(name), types.ModuleType | type)
        values = made.get(name, [])
        bases = [one.value if isinstance(one, gast.Attribute) else one for one in values]
        return (
            bool(values)
            and name not in seen
            and name not in flow.argument_names(found.tree)
            and len(values) == flow.bindings(*found.tree.body)[name]
            and all(isinstance(one, gast.Name) and is_outside(one.id, seen | {name}) for one in bases)
        )

    def is_made_here(log: str) -> bool:
        """Whether a list may be known by another name, too: what is logged in it is read there."""
        others = (n for n in own if not isinstance(found.facts.kind(n), Array | Scalar))
        return any(objects.meet(n, log) and not is_outside(n) for n in others)

    for s in nodes(*found.tree.body):
        match s:
            case gast.Assign(
                targets=[gast.Attribute(value=gast.Name() as of, attr=attribute) as target],
                value=gast.Name(id=value),
            ):
                if value in lively and is_outside(of.id):
                    yield site_of(target), attribute
            case gast.Expr(
                value=gast.Call(
                    func=gast.Attribute(value=gast.Name(id=log), attr=method), args=args
                ) as called
            ) if method in _LOGGING and not called.keywords and len(made.get(log, [])) == 1:
                source = made[log][0]
                if not flow.names_read(gast.Tuple(args, gast.Load())) & lively or not is_outside(log):
                    continue
                if isinstance(source, gast.Attribute) and not is_made_here(log):
                    yield site_of(called), source.attr


def _attributes_read(found: Analysed) -> set[str] | None:
    """The attributes that the function, or another one in reach, reads; None where it may be any."""
    every = flow.all_written(found.tree.body) | flow.names_read(gast.Module(found.tree.body, []))
    read = set(_read(found.tree))
    if not found.said.isdisjoint(_UNNAMED):
        return None
    for function, _ in functions_in_reach(outside_of_calls(found, every), found.said):
        if isinstance(function, NAMED_WHEN_MADE) or getattr(function, "__name__", "") in _UNNAMED:
            return None
        if not isinstance(function, types.FunctionType) or is_foreign(function):
            continue
        code = function.__code__
        if not names_looked_up(code).isdisjoint(_UNNAMED):
            return None
        if function.__name__ not in _SHOWING and code.co_filename != "<string>":
            read.update(_read_by(function))
    return read


def _read_by(function: types.FunctionType) -> Iterator[str]:
    """The same in another function; the object that a constructor makes is none of those outside."""
    made = function.__code__.co_varnames[:1] if function.__name__ == "__init__" else ()
    try:
        yield from _read(prepare(function).tree, made)
    except errors.DifferentiationError:
        yield from names_looked_up(function.__code__)


def _read(tree: gast.FunctionDef, made: tuple[str, ...] = ()) -> Iterator[str]:
    """The attributes that are read for more than to log in what they hold, or to count it.

    A list that is stored there has another name, under which what is logged in it may be read.
    """
    every = list(nodes(*tree.body))
    uses: dict[str, int] = {}
    for one in every:
        if isinstance(one, gast.Name) and isinstance(one.ctx, gast.Load):
            uses[one.id] = uses.get(one.id, 0) + 1
    logs = [name for one in every if (name := _logged(one)) is not None]
    only = {name for name in logs if logs.count(name) == uses[name]}
    stored = {
        one.attr for one in every if isinstance(one, gast.Attribute) and isinstance(one.ctx, gast.Store)
    }
    kept = {
        id(one.value)
        for one in every
        if isinstance(one, gast.Assign)
        and isinstance(one.targets[0], gast.Name)
        and one.targets[0].id in only
        and getattr(one.value, "attr", None) not in stored
    }
    kept |= {id(read.value) for _, read in _read_at_once(tree)}
    for one in every:
        if isinstance(one, gast.Attribute) and isinstance(one.ctx, gast.Load) and id(one) not in kept:
            if not (isinstance(one.value, gast.Name) and one.value.id in made):
                yield one.attr
        if isinstance(one, gast.AugAssign) and isinstance(one.target, gast.Attribute):
            yield one.target.attr


def _read_at_once(tree: gast.FunctionDef) -> Iterator[tuple[gast.Assign, gast.Assign]]:
    """`o.f = x` and `y = o.f`, with nothing between them that could change the attribute or the names."""
    for block in blocks_below(tree.body):
        stored: dict[tuple[str, str], gast.Assign] = {}
        for s in block:
            match s:
                case gast.Assign(
                    targets=[gast.Attribute(value=gast.Name(id=of), attr=attribute)], value=gast.Name()
                ):
                    stored = {key: one for key, one in stored.items() if key[1] != attribute}
                    stored[of, attribute] = s
                    continue
                case gast.Assign(
                    targets=[gast.Name()], value=gast.Attribute(value=gast.Name(id=of), attr=attribute)
                ) if (of, attribute) in stored:
                    yield stored[of, attribute], s
                case gast.Assign(
                    targets=[gast.Name()], value=gast.Name() | gast.Constant() | gast.Attribute()
                ):
                    pass
                case _:
                    stored = {}
            written = flow.names_written(s)
            stored = {k: one for k, one in stored.items() if not written & {k[0], one.value.id}}


def _logged(node: gast.AST) -> str | None:
    match node:
        case gast.Expr(value=gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr=method))):
            return name if method in _LOGGING else None
        case gast.Call(func=gast.Name(id="len"), args=[gast.Name(id=name)]):
            return name
    return None
