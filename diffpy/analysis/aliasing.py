"""Which names may hold the same mutable object, and which of those objects the function changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import gast

from diffpy.analysis import calls, flow, foreign, movers
from diffpy.analysis.brief_views import brief_views
from diffpy.analysis.callees import Bound, Summary, may_take, parameter_names
from diffpy.analysis.calls import MethodCall, OpenCall, PlainCall, TableCall
from diffpy.analysis.constructors import held_as_they_are
from diffpy.analysis.facts import Facts, index_parts
from diffpy.analysis.indices import takes
from diffpy.analysis.kinds import (
    BOTTOM,
    UNKNOWN,
    AnyTuple,
    Array,
    Bottom,
    Closure,
    Cotangent,
    DictOf,
    Inert,
    Iterator,
    Kind,
    Known,
    ListOf,
    Local,
    Mover,
    Object,
    PerhapsNumber,
    Pullback,
    Scalar,
    Struct,
    TupleOf,
    join,
    join_all,
)
from diffpy.analysis.views import ALIKE, GATHER, VIEWS, is_view
from diffpy.rules import changing_methods
from diffpy.rules.cotangents import GATHERING, gives_overlapping
from diffpy.rules.structs import built, is_plain
from diffpy.rules.table import TABLE
from diffpy.syntax.build import load
from diffpy.syntax.trees import nodes

_CHANGING = changing_methods.OF_CONTAINERS | changing_methods.OF_ARRAYS | changing_methods.SPECIAL


def is_changing_method(called: gast.Call, facts: Facts) -> bool:
    """Whether a method by its name changes its object, which is none of the user's own classes."""
    func = called.func
    if not isinstance(func, gast.Attribute) or func.attr not in _CHANGING:
        return False
    kind = facts.kind(func.value) if isinstance(func.value, gast.Name) else Inert()
    return mutable(kind) and not isinstance(kind, Struct | Object)


Place = int | str | None  # an index of a tuple, a key of a dict; None: any

SOME_TIME = gast.Pass()  # where what may happen after any statement happens


class Order:
    """Which statements may run after which: later ones, and all in a loop around both."""

    def __init__(self, tree: gast.FunctionDef) -> None:
        self.number: dict[int, int] = {}
        self.loops: dict[int, frozenset[int]] = {id(tree): frozenset()}  # what is done outside comes last
        self.block(tree.body, frozenset())
        self.number[id(tree)] = len(self.number)

    def block(self, block: list, loops: frozenset[int]) -> None:
        for s in block:
            self.number[id(s)] = len(self.number)
            self.loops[id(s)] = loops
            if not isinstance(s, gast.FunctionDef):
                inside = loops | {id(s)} if isinstance(s, gast.For | gast.While) else loops
                self.block(flow.blocks_of(s), inside)

    def may_follow(self, later: gast.AST, s: gast.AST) -> bool:
        if id(later) not in self.number or id(s) not in self.number:
            return True
        return self.number[id(later)] > self.number[id(s)] or bool(self.loops[id(later)] & self.loops[id(s)])


class Aliases:
    """Classes of names by union and find.

    `content` is the class of what a container holds, at a place of a tuple, or of a dict as it is written.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.parent: dict[str, str] = {}
        self.contents: dict[str, dict[Place, str]] = {}  # None: at any place
        self.changes: list[tuple[str, gast.AST]] = []  # each statement that changes an object
        self.read_by_calls: list[
            tuple[gast.stmt, gast.AST, str]
        ] = []  # statement, call, what the callee captured
        self.changed: dict[str, gast.AST] = {}  # class -> the first statement that changes it
        self.given_back: list[tuple[gast.stmt, gast.AST, str, str]] = []  # statement, call, argument, result
        self.by_calls: list[
            tuple[gast.stmt, gast.AST, str]
        ] = []  # statement, call, name of what the call changes

        # names of what calls change though it holds nothing that has a derivative: a list of strings, a set
        self.touched: list[str] = []
        self.opened: list[str] = []  # names of what is given to calls of which nothing is known
        self.gathering: list[str] = []  # names of buffers that take in cotangents, and whatever these hold
        self.brief: dict[str, str] = {}  # views that are last read before their arrays change: view -> array

    def find(self, name: str) -> str:
        root = name
        while self.parent.get(root, root) != root:
            root = self.parent[root]
        while self.parent.get(name, name) != root:
            self.parent[name], name = root, self.parent[name]
        return root

    def union(self, a: str, b: str) -> None:
        one, other = self.find(a), self.find(b)
        if one == other:
            return
        self.parent[other] = one
        if other in self.changed:
            self.changed.setdefault(one, self.changed.pop(other))
        for place, inside in self.contents.pop(other, {}).items():
            held = self.contents.setdefault(self.find(one), {})
            if None in held or place in held or (place is None and held):
                self.union(self.content(one, place), inside)
            else:
                held[place] = inside

    def content(self, name: str, place: Place = None) -> str:
        root = self.find(name)
        held = self.contents.setdefault(root, {})
        if place is None and held and None not in held:  # from now on places are not told apart
            first, *others = held.values()
            self.contents[root] = {None: first}
            for other in others:
                self.union(first, other)
            return self.content(name)
        key = None if None in held else place
        if key not in held:
            held[key] = f"{root}[{'' if key is None else key}]"
        return self.find(held[key])

    def is_changed(self, name: str) -> bool:
        return self.memory(name) in self.changed

    def memory(self, name: str) -> str:
        """The class of what a name shares memory with at some time: of a brief view that of its array."""
        while name in self.brief:
            name = self.brief[name]
        return self.find(name)

    def is_shadowed(self, name: str) -> bool:
        """Whether the object, or anything it holds, is changed somewhere."""
        return not self.changed.keys().isdisjoint(self.reach(name))

    def is_opened(self, name: str) -> bool:
        """Whether the object, or anything it holds, gets to a call of which nothing is known."""
        return not self.reach(name).isdisjoint(self.roots_opened())

    def roots_opened(self) -> set[str]:
        """The classes of what gets to calls of which nothing is known, and of what that holds."""
        return set().union(*map(self.reach, self.opened))

    def opened_objects(self) -> set[str]:
        """The same of objects with fields, and of what they hold."""
        objects = (n for n, kind in self.facts.kinds.items() if isinstance(kind, Struct))
        return self.roots_opened().intersection(
            *[set().union(*map(self.reach, objects))] if self.opened else ()
        )

    def is_left_changed(self, name: str) -> bool:
        """Whether the object, or anything it holds, is changed somewhere, be it of no concern to derivatives."""
        touched = set().union(*map(self.reach, self.touched))
        return self.is_shadowed(name) or not self.reach(name).isdisjoint(touched)

    def where_changed(self, name: str) -> gast.AST | None:
        """The first statement that changes the object, or one that it may be."""
        return self.changed.get(self.find(name))

    def is_changed_inside(self, name: str) -> bool:
        """Whether something that the object holds is changed somewhere."""
        return not self.changed.keys().isdisjoint(self.reach(name) - {self.find(name)})

    def change_inside(self, name: str, kind: Kind, where: gast.AST) -> None:
        """All that an object of this kind holds may be changed."""
        if not may_hold(kind):
            return
        places = enumerate(kind.items) if isinstance(kind, TupleOf) else [(None, _held_kind(kind))]
        for place, held in places:
            inside = self.content(name, place)
            self.change(inside, where)
            if type(held) is not Kind:
                self.change_inside(inside, held, where)

    def change_some_time(self, name: str, where: gast.AST) -> None:
        """From this statement on the object may be changed at any time."""
        self.change(name, where)
        self.changes.append((name, SOME_TIME))

    def change(self, name: str, where: gast.AST) -> None:
        self.changed.setdefault(self.find(name), where)
        self.changes.append((name, where))

    def may_change_after(self, roots: set[str], s: gast.AST, order: Order) -> bool:
        """Whether an object of these classes may be changed when the statement has run."""
        return any(self.find(one) in roots and order.may_follow(where, s) for one, where in self.changes)

    def changes_in(self, loop: gast.AST, root: str, order: Order) -> list[tuple[str, gast.AST]]:
        """The changes of an object of the class that the body of a loop may make: by which name, and where."""
        changes = [(one, where) for one, where in self.changes if self.find(one) == root]
        return [(one, where) for one, where in changes if id(loop) in order.loops.get(id(where), (id(loop),))]

    def reach(self, name: str) -> set[str]:
        """The classes of the object and of what it holds."""
        found: set[str] = set()
        todo = [self.find(name)]
        while todo:
            root = todo.pop()
            if root not in found:
                found.add(root)
                todo += [self.find(one) for one in self.contents.get(root, {}).values()]
        return found


def gives_new(function: object) -> bool:
    """Whether a function, and so its derivatives, give new objects that hold nothing of what it is given."""
    row = TABLE.find(function) if function is not None else None
    if row is None or function in GATHER or function in (max, min, dict) or function in foreign.CHANGING:
        return False
    return movers.depths(function) is None and row.name.rsplit(".", 1)[-1] not in VIEWS


def captured_with(names: Iterable[str], kind_of_name: Callable[[str], Kind]) -> set[str]:
    """These names, and what those of them that are nested functions captured, be it to call it."""
    found: set[str] = set()
    todo = [*names]
    while todo:
        name = todo.pop()
        if name not in found:
            todo += (n for one in _functions_in(kind_of_name(name)) for n in flow.free_names(one.node))
        found.add(name)
    return found


def _functions_in(kind: Kind) -> Iterable[Local]:
    match kind:
        case Local():
            yield kind
        case TupleOf(items=inside):
            yield from (one for item in inside for one in _functions_in(item))
        case ListOf() | DictOf():
            yield from _functions_in(kind.item)
        case Struct(fields=fields):
            yield from (one for _, item in fields for one in _functions_in(item))


def kept_by_functions(tree: gast.FunctionDef) -> list[str]:
    """The parameters that nested functions which are handed on captured: an object that holds such a one holds them."""
    every = [one for s in tree.body for one in nodes(s)]
    called = Counter(c.func.id for c in every if isinstance(c, gast.Call) and isinstance(c.func, gast.Name))
    read = Counter(n.id for n in every if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load))
    nested = [s for s in every if isinstance(s, gast.FunctionDef) and read[s.name] > called[s.name]]
    captured = set().union(*map(flow.free_names, nested))
    return sorted(captured & flow.argument_names(tree))


def differing(
    tree: gast.FunctionDef, facts: Facts, found: Aliases, stored: Callable[[], frozenset[str]]
) -> dict[str, Kind]:
    """Kinds of names that may be one object and were found to be of different kinds: what both are at least.

    `stored` are the fields of objects that calls of which nothing is known may assign.
    """
    more = _of_fields(tree, facts, found) | _of_names(facts, found) | _of_buffers(facts, found)
    more = more or _of_held(facts, found)
    return more or _of_opened(facts, found, stored)


def _of_held(facts: Facts, found: Aliases) -> dict[str, Kind]:
    """Kinds of lists and dicts that nothing was put into as one can see, and that hold what has a name all the same."""
    empty = {n: k for n, k in facts.kinds.items() if isinstance(k, ListOf | DictOf) and k.item == BOTTOM}
    empty = {n: k for n, k in empty.items() if not isinstance(k, AnyTuple) and found.is_changed(n)}
    floor: dict[str, Kind] = {}
    for name, kind in empty.items():
        inside = {found.find(one) for one in found.contents.get(found.find(name), {}).values()}
        held = [k for n, k in facts.kinds.items() if found.find(n) in inside and not isinstance(k, Bottom)]
        if held:
            floor[name] = type(kind)(join_all(held, name))
    return floor if floor else _of_inner(facts, found)


def _of_inner(facts: Facts, found: Aliases) -> dict[str, Kind]:
    """Kinds of lists and dicts of lists and dicts that take in more by other names than they held as items."""
    changed = [
        (n, k) for n, k in facts.kinds.items() if isinstance(k, ListOf | DictOf) and found.is_shadowed(n)
    ]
    inner: dict[str, list[Kind]] = {}
    for name, inside in changed:
        inner.setdefault(found.find(name), []).append(inside)
    floor: dict[str, Kind] = {}
    for name, kind in facts.kinds.items() if inner else ():
        held = found.contents.get(found.find(name), {}).values()
        grown = kind
        for more in (k for one in held for k in inner.get(found.find(one), ())):
            grown = _with_items(grown, more)
        if grown != kind:
            floor[name] = grown
    return floor


def _with_items(kind: Kind, inside: Kind) -> Kind:
    """The same where items that are lists, or dicts, are at least of the kind of one."""
    if not isinstance(kind, ListOf | DictOf) or isinstance(kind, AnyTuple):
        return kind
    item = join(kind.item, inside, "item") if type(kind.item) is type(inside) else kind.item
    if not isinstance(kind, DictOf) or kind.fields is None:
        return type(kind)(item)
    named = ((n, join(k, inside, n) if type(k) is type(inside) else k) for n, k in kind.fields)
    return DictOf(item, tuple(named))


def _of_opened(facts: Facts, found: Aliases, stored: Callable[[], frozenset[str]]) -> dict[str, Kind]:
    """Kinds of objects that an unknown call may change: a field that holds no number yet may hold one afterwards."""
    floor: dict[str, Kind] = {}
    for name, kind in {**facts.kinds, **facts.full}.items() if found.opened else ():
        if not isinstance(kind, Struct) or not found.is_opened(name):
            continue
        fields = tuple((f, k if k.may_differ or f not in stored() else UNKNOWN) for f, k in kind.fields)
        if fields != kind.fields:
            floor[name] = Struct(kind.cls, fields)
    return floor


def _of_fields(tree: gast.FunctionDef, facts: Facts, found: Aliases) -> dict[str, Kind]:
    """Kinds of structs whose lists and dicts take in more, as other names, than they held as fields."""
    floor: dict[str, Kind] = {}
    for s in nodes(*tree.body):
        match s:
            case gast.Assign(
                targets=[gast.Name(id=y)], value=gast.Attribute(value=gast.Name(id=x), attr=field)
            ):
                struct, kind = floor.get(x, facts.fully(x)), facts.fully(y)
                if not isinstance(struct, Struct) or not isinstance(kind, ListOf | DictOf):
                    continue
                own = struct.field(field)
                if own is None or own == kind or type(own) is not type(kind) or not found.is_changed(y):
                    continue
                fields = ((f, join_all((k, kind), x) if f == field else k) for f, k in struct.fields)
                grown = Struct(struct.cls, tuple(fields))
                if join(struct, grown, x) != struct:
                    floor[x] = grown
    return floor


def _of_names(facts: Facts, found: Aliases) -> dict[str, Kind]:
    members: dict[tuple[str, type, type | None], list[str]] = {}  # no object is of two classes
    kinds = {**facts.kinds, **facts.full}
    for name, kind in kinds.items():
        if not isinstance(kind, ListOf | DictOf | Struct) or isinstance(kind, AnyTuple):
            continue
        if found.is_shadowed(name) if isinstance(kind, Struct) else found.is_changed(name):
            members.setdefault((found.find(name), type(kind), getattr(kind, "cls", None)), []).append(name)
    floor: dict[str, Kind] = {}
    unclear = {found.find(name) for name, _ in found.changes if type(kinds.get(name)) is Kind}
    for (root, *_), names in members.items():
        joined = join_all((kinds[n] for n in names), names[0])
        if root in unclear and isinstance(joined, ListOf | DictOf) and not joined.may_differ:
            joined = type(joined)(UNKNOWN)  # by a name of no known kind it may take in anything
        floor.update({n: joined for n in names if join(kinds[n], joined, n) != kinds[n]})
    return floor


def _of_buffers(facts: Facts, found: Aliases) -> dict[str, Kind]:
    """Kinds of buffers inside of buffers that take in cotangents: None in them stands for what is to come."""
    inside = set().union(*(found.reach(name) - {found.find(name)} for name in found.gathering))
    floor: dict[str, Kind] = {}
    for name, kind in facts.kinds.items():
        if isinstance(kind, ListOf | DictOf) and found.find(name) in inside:
            filled = _filled(kind)
            floor.update({name: filled} if filled != kind else {})
    return floor


def _filled(kind: Kind) -> Kind:
    match kind:
        case ListOf(item=Inert() | Bottom()) | DictOf(item=Inert() | Bottom()):
            return type(kind)(Cotangent())
        case ListOf(item=ListOf() | DictOf() as item) | DictOf(item=ListOf() | DictOf() as item):
            return type(kind)(_filled(item))
    return kind


def mutable(kind: Kind) -> bool:
    if isinstance(kind, TupleOf):
        return any(mutable(one) for one in kind.items)
    if isinstance(kind, Iterator | AnyTuple):
        return mutable(kind.item)
    plain = Scalar | PerhapsNumber | Inert | Known | Mover | Cotangent | Pullback | Bottom
    return not isinstance(kind, plain)


def _is_taken_apart(name: str, block: list[gast.stmt]) -> bool:
    """Whether a block reads attributes of an object, be it by another name."""
    names = {name}
    for one in nodes(*block):
        match one:
            case gast.Assign(targets=[gast.Name(id=copy)], value=gast.Name(id=read)) if read in names:
                names.add(copy)
            case gast.Attribute(value=gast.Name(id=read)) if read in names:
                return True
    return False


def _holds_mover(kind: Kind) -> bool:
    if isinstance(kind, TupleOf):
        return any(map(_holds_mover, kind.items))
    return isinstance(kind, Mover)


def may_hold(kind: Kind) -> bool:
    """Whether a value of this kind may hold objects that can be changed."""
    match kind:
        case Array():
            return False
        case ListOf() | DictOf() | Iterator():
            return mutable(kind.item)
        case TupleOf():
            return any(map(mutable, kind.items))
    return True


def _held_kind(kind: Kind) -> Kind:
    return kind.item if isinstance(kind, ListOf | DictOf | Iterator) else Kind()


@dataclass(frozen=True)
class Outside:
    """What is changed outside of a function: parameters and captured names; of these what they hold; its result."""

    changed: frozenset[str] = frozenset()
    inside: frozenset[str] = frozenset()
    result: bool = False


ALONE = Outside()


def aliases(tree: gast.FunctionDef, facts: Facts, outside: Outside = ALONE) -> Aliases:
    """Two names of a class may be one object, names of two classes never are, or never while that counts.

    The order of the statements counts for views alone: those that are brief are found among all, and left out then.
    """
    found = _gathered(tree, facts, outside, {})
    brief = brief_views(tree, facts, found)
    return _gathered(tree, facts, outside, brief) if brief else found


def _gathered(tree: gast.FunctionDef, facts: Facts, outside: Outside, brief: dict[str, str]) -> Aliases:
    found = Aliases(facts)
    found.brief = brief
    _Walk(facts, found).block(tree.body)
    result = flow.names_read(tree.body[-1].value) if outside.result else frozenset()
    for name in sorted(outside.changed | result):
        found.change(name, tree)
    for name in sorted(outside.inside | result):
        found.change_inside(name, facts.kind(name), tree)
    return found


class _Walk:
    def __init__(self, facts: Facts, found: Aliases) -> None:
        self.facts, self.found = facts, found
        self.moving: dict[str, list[gast.expr]] = {}  # with_differential(f, x_dot): the tangents in it

    def block(self, block: list) -> None:
        for s in block:
            self.statement(s)

    def statement(self, s: gast.stmt) -> None:
        self.escapes(s)
        match s:
            case gast.Assign(targets=[gast.Name() as target]):
                if target.id not in self.found.brief:
                    self.value(target.id, s.value, s)
            case gast.Assign(targets=[gast.Tuple() as target], value=gast.Name() as value):
                starred = any(isinstance(e, gast.Starred) for e in target.elts)
                for k, e in enumerate(target.elts):
                    if isinstance(e, gast.Starred):
                        self.gather(e.value.id, value, False, None)
                    else:
                        self.element(e.id, value.id, None if starred else k)
            case gast.Assign(targets=[gast.Subscript() | gast.Attribute() as target]):
                self.store(target, s.value, s)
            case gast.AugAssign(target=gast.Name() as target):
                if mutable(self.facts.kind(target)) and not isinstance(
                    self.facts.kind(target), TupleOf | AnyTuple
                ):
                    self.found.change(target.id, s)
                    self.take_in(target.id, s.value)
            case gast.AugAssign():
                self.store(s.target, s.value, s)
                if type(self.facts.kind(s.target.value)) is Kind:  # an item that is an array changes itself
                    self.found.change(self.found.content(s.target.value.id), s)
            case gast.Delete():
                for t in s.targets:
                    if isinstance(t, gast.Subscript) and isinstance(t.value, gast.Name):
                        self.found.change(t.value.id, s)
            case gast.Expr():
                self.value(None, s.value, s)
            case gast.For():
                self.element(s.target.id, s.iter.id)
            case gast.With():
                self.entered(s)
            case gast.Try():
                self.caught(s)
        for inner in flow.blocks_of(s) if not isinstance(s, gast.FunctionDef) else []:
            self.statement(inner)

    def entered(self, s: gast.With) -> None:
        """What a context gives may be it, or what it holds."""
        for item in s.items:
            if isinstance(item.optional_vars, gast.Name):
                for name in sorted(flow.names_read(item.context_expr)):
                    self.same_or_inside(item.optional_vars.id, name)

    def caught(self, s: gast.Try) -> None:
        """An exception that is taken apart may hold whatever the body had."""
        for handler in s.handlers:
            if handler.name is not None and _is_taken_apart(handler.name.id, handler.body):
                for name in sorted({n for one in s.body for n in flow.names_read(one)}):
                    self.same_or_inside(handler.name.id, name)

    def same(self, a: str | None, b: gast.AST | str) -> None:
        b = b.id if isinstance(b, gast.Name) else b
        if (
            a is not None
            and isinstance(b, str)
            and mutable(self.facts.kind(a))
            and mutable(self.facts.kind(b))
        ):
            self.found.union(a, b)

    def moving_on(self, y: str | None, x: str) -> None:
        if y is not None and _holds_mover(self.facts.kind(y)):
            self.moving[y] = self.moving.get(x, [])

    def view(self, y: str | None, x: object) -> None:
        """y may be a view of the array x, or hold such views: what np.split and np.broadcast_arrays give."""
        if not isinstance(x, gast.Name) or isinstance(self.facts.kind(x), ListOf | TupleOf):
            return
        self.same(y, x)
        if y is not None and not isinstance(self.facts.kind(y), Array):
            self.hold(y, x)

    def hold(self, container: str | None, item: gast.AST, place: Place = None) -> None:
        if isinstance(item, gast.Starred):
            self.element_of_both(container, item.value)
        elif container is not None and isinstance(item, gast.Name) and mutable(self.facts.kind(item)):
            self.found.union(self.found.content(container, place), item.id)

    def element_of_both(self, container: str | None, other: gast.AST) -> None:
        if container is not None and isinstance(other, gast.Name) and mutable(self.facts.kind(other)):
            self.found.union(self.found.content(container), self.found.content(other.id))

    def take_in(self, container: str, other: gast.AST) -> None:
        """container += other: a list takes in items, an object of a class of its own perhaps the other itself."""
        kind = self.facts.kind(container)
        if not isinstance(kind, Array):
            self.element_of_both(container, other)
        if not isinstance(kind, Array | ListOf | DictOf):
            self.hold(container, other)

    def element(self, name: str, container: str, place: Place = None) -> None:
        """Rows of an array are views of it; items of a container are its content."""
        self.moving_on(name, container)
        if not mutable(self.facts.kind(name)):
            return
        if not isinstance(self.facts.kind(container), Array):
            self.found.union(self.found.content(container, place), name)
        if isinstance(self.facts.kind(container), Array) or type(self.facts.kind(container)) is Kind:
            self.found.union(name, container)

    def store(self, target: gast.expr, value: gast.expr, s: gast.stmt) -> None:
        if isinstance(target.value, gast.Name):
            self.found.change(target.value.id, s)
            if isinstance(target, gast.Subscript) and isinstance(target.slice, gast.Slice):
                self.element_of_both(target.value.id, value)
            elif not isinstance(self.facts.kind(target.value), Array):
                self.hold(target.value.id, value)

    def value(self, y: str | None, value: gast.expr, s: gast.stmt) -> None:
        match value:
            case gast.BinOp() | gast.UnaryOp() if self.is_own_operator(value):
                self.own_operator(y, value)
            case gast.BinOp(left=left, right=right) if isinstance(self.facts.calls.get(id(value)), OpenCall):
                if any(isinstance(self.facts.kind(one), Array) for one in (left, right)):
                    return  # NumPy computes something new
                self.element_of_both(y, left)
                self.element_of_both(y, right)
            case gast.Name():
                self.same(y, value)
                self.moving_on(y, value.id)
            case gast.Tuple() | gast.List() | gast.Set():
                apart = isinstance(value, gast.Tuple) and not any(
                    isinstance(e, gast.Starred) for e in value.elts
                )
                for k, e in enumerate(value.elts):
                    self.hold(y, e, k if apart else None)
            case gast.Dict():
                apart = all(isinstance(k, gast.Constant) and isinstance(k.value, str) for k in value.keys)
                for k, v in zip(value.keys, value.values, strict=True):
                    if k is None:
                        self.element_of_both(y, v)
                    else:
                        self.hold(y, v, k.value if apart else None)
            case gast.Subscript(value=gast.Name() as base):
                self.subscript(y, base, value.slice)
            case gast.Attribute(value=gast.Name() as base) if y is not None and self.may_change(value):
                self.found.change_some_time(base.id, s)  # xs.append
                self.found.by_calls.append((s, s, base.id))
                if id(value) in self.facts.bound:
                    self.hold(y, base)
                else:
                    self.found.union(y, base.id)
            case gast.Attribute(value=gast.Name() as base) if y is not None:
                if id(value) in self.facts.calls:
                    self.same(y, base)
                else:
                    self.element(y, base.id)
            case gast.Call():
                self.call(y, value, s)

    def is_own_operator(self, value: gast.expr) -> bool:
        """Whether an operator comes to a method of a user's class, whose result may hold the operands."""
        kinds = map(self.facts.kind, _operands(value))
        is_open = isinstance(self.facts.calls.get(id(value)), OpenCall)
        return is_open and any(isinstance(kind, Struct | Object) for kind in kinds)

    def own_operator(self, y: str | None, value: gast.expr) -> None:
        """What an operator's method gives holds items of the operands; a function in it may keep them whole."""
        summary, _ = self.facts.operators.get(id(value), (None, []))
        keeps = summary is None or any(isinstance(one, gast.FunctionDef) for one in nodes(*summary.tree.body))
        for one in _operands(value):
            if summary is None and isinstance(one, gast.Name):
                self.found.opened.append(one.id)
            if keeps and isinstance(one, gast.Name):
                self.same_or_inside(y, one.id)
            else:
                self.element_of_both(y, one)

    def may_change(self, method: gast.Attribute) -> bool:
        """Whether a method that is handed on may change its object."""
        if id(method) not in self.facts.bound:
            return method.attr in changing_methods.OF_CONTAINERS
        found = self.facts.bound[id(method)]
        own = parameter_names(found.tree)[:1] if found is not None else []
        return found is None or not (found.changed | found.touched).isdisjoint(own)

    def subscript(self, y: str | None, base: gast.Name, index: gast.expr) -> None:
        if y is None:
            return
        kind = self.facts.kind(base)
        parts = [self.facts.kind(p) for p in index_parts(index)]
        if isinstance(kind, Array) and any(takes(k, len(parts) == 1) == "copy" for k in parts):
            return
        if isinstance(kind, Array):
            self.same(y, base)
        elif isinstance(index, gast.Slice):
            self.element_of_both(y, base)
            if type(kind) is Kind:  # perhaps an array, whose slice is a view
                self.same(y, base)
        else:
            self.element(y, base.id)

    def call(self, y: str | None, value: gast.Call, s: gast.stmt) -> None:
        self.foreign_changes(y, value, s)
        if id(value) in self.facts.changing:
            name = value.func.value.id
            self.found.change(name, s)
            self.found.change_inside(name, Kind(), s)
            self.found.by_calls.append((s, value, name))
        match self.facts.calls.get(id(value)):
            case TableCall(arguments=arguments, function=function) as found:
                if isinstance(value, gast.Call) and function in GATHER:
                    self.known_call(y, function, value.args)
                if is_view(found):
                    every = list(arguments.values())
                    for a in every[:1] if found.row.name in ALIKE else every:
                        for one in a if isinstance(a, tuple) else (a,):
                            self.view(y, one)
            case MethodCall(base=base, method=method, args=args):
                self.method(y, base, method, args, s)
            case PlainCall() if y is not None:
                self.overlapping(y, value.func, s)
            case OpenCall(moved=moved) if gives_new(moved):
                self.touch(value)
            case OpenCall(callee=callee, args=args, keywords=keywords, function=function, paired=paired):
                given = [*args, *(k.value for k in keywords)]
                items = [*args, *(k.value for k in keywords if k.arg not in ("key", "default"))]
                if function in (max, min) and y is not None:
                    for default in (k.value for k in keywords if k.arg == "default"):
                        self.same(y, default)
                self.touch(value)
                inside = self.found.content(y, 0) if paired is not None and y is not None else None
                if id(value) in self.facts.summaries:
                    self.summarised_call(y, value, s)
                elif function is built or (isinstance(function, type) and is_plain(function)):
                    for one in given:
                        self.hold(y, one)
                elif not self.known_call(y if paired is None else inside, paired or function, items):
                    named = [k.value for k in keywords if k.arg is not None]
                    self.open_call(y, callee, [*args, *named], [k.value for k in keywords if k.arg is None])

    def touch(self, value: gast.Call) -> None:
        """A method that sets have, of an object of no known kind; a call of a function that is known when it runs."""
        match value.func:
            case gast.Attribute(value=gast.Name() as base, attr=method):
                if (
                    method in changing_methods.OF_CONTAINERS | changing_methods.OF_SETS
                    and type(self.facts.kind(base)) is Kind
                ):
                    self.found.touched.append(base.id)

    def overlapping(self, y: str, function: gast.expr, s: gast.stmt) -> None:
        """Copies that share memory with each other where the arrays did; a pullback among them changes the others."""
        kind, callee = self.facts.kind(y), self.facts.kind(function)
        together = isinstance(callee, Known) and gives_overlapping(callee.value)
        items = kind.items if together and isinstance(kind, TupleOf) else ()
        for k in range(len(items)):
            self.found.union(self.found.content(y), self.found.content(y, k))
        if any(type(one) is Kind for one in items):
            self.found.change(self.found.content(y), s)

    def foreign_changes(self, y: str | None, value: gast.Call, s: gast.stmt) -> None:
        """A function of Python or NumPy that changes what it is given: np.copyto(a, b), np.add(a, b, out=c)."""
        found = self.facts.calls.get(id(value))
        if isinstance(found, OpenCall) and is_changing_method(value, self.facts):
            self.found.change(value.func.value.id, s)
            self.found.by_calls.append((s, value, value.func.value.id))
        if isinstance(found, OpenCall | TableCall):
            for one in foreign.changed(found.function, value.args, value.keywords):
                for name in flow.names_read(one):
                    if mutable(self.facts.kind(name)):
                        self.found.change(name, s)
                        self.found.by_calls.append((s, value, name))
                        if any(found.function is gathering for gathering in GATHERING):
                            self.found.gathering.append(name)
                            self.found.change_inside(name, self.facts.kind(name), s)
                        self.same_or_inside(y, name)
                        self.taken_in(name, [a for a in value.args if a is not one])

    def taken_in(self, container: str, given: list[gast.expr]) -> None:
        """A list or a dict that a function changes may hold what else the function is given: list.append(xs, x)."""
        if not isinstance(self.facts.kind(container), Array):
            for one in given:
                self.hold(container, one)
                self.element_of_both(container, one)

    def summarised_call(self, y: str | None, value: gast.Call, s: gast.stmt) -> None:
        """A Python function whose effects are known."""
        found, bound = self.facts.summaries[id(value)]
        outer = {n for one in found.tree.body for n in flow.names_read(one)} - flow.argument_names(found.tree)
        outer = {self.outside(n, found, value.func) for n in outer - flow.all_written(found.tree.body)}
        outer = captured_with(outer, self.facts.kind)
        self.found.read_by_calls += [(s, value, n) for n in sorted(outer)]
        for name in sorted(found.changed):
            for one in self.objects(name, found, bound, value):
                self.found.change(one, s)
                self.found.by_calls.append((s, value, one))
                if name in found.changed_inside:
                    self.found.change_inside(one, self.facts.kind(one), s)
        for name in sorted(found.touched):
            self.found.touched += self.objects(name, found, bound, value)
        for name in sorted(found.opened):
            self.found.opened += self.objects(name, found, bound, value)
        for name, held in sorted(found.joined):
            for one in self.objects(name, found, bound, value):
                for other in self.objects(held, found, bound, value):
                    self.join(one, other)
        if y is None:
            return
        self.join_items(y, found)
        for name in kept_by_functions(found.tree) if isinstance(self.facts.kind(y), Struct) else ():
            for one in self.objects(name, found, bound, value):
                self.same_or_inside(y, one)
        alone = held_as_they_are(found) if isinstance(self.facts.kind(y), Struct) else ()
        for name in sorted(found.returned):
            for one in self.objects(name, found, bound, value):
                if name in alone:
                    self.hold(y, load(one))
                else:
                    self.same_or_inside(y, one)
                self.found.given_back.append((s, value, one, y))

    def join_items(self, y: str, found: Summary) -> None:
        """Items of a tuple that the callee returns, or hands over, may share memory with each other."""
        whole = self.found.content(y) if isinstance(self.facts.kind(y), Iterator) else y
        for one, other in sorted(found.together):
            inside = self.found.content(whole, one)
            self.found.union(inside, self.found.content(whole, other))
            self.found.union(self.found.content(inside), inside)

    def join(self, one: str, other: str) -> None:
        """After a call the first may be, hold or share memory with the second."""
        if isinstance(self.facts.kind(one), Array):
            self.same(one, other)
        else:
            self.hold(one, load(other))

    def objects(self, name: str, found: Summary, bound: Bound | None, value: gast.Call) -> list[str]:
        """The caller's names for what the callee calls `name`."""
        if name not in flow.argument_names(found.tree):
            return [self.outside(name, found, value.func)]
        if bound is not None and name not in bound:
            return self.default(name, found, value)
        if bound is not None:
            given = bound[name]
        else:
            given = may_take(name, found.tree.args, self.facts.hidden[id(value)], value.keywords)
        return [one for a in given for one in self.handed(a)]

    def handed(self, given: gast.expr) -> list[str]:
        """What an argument hands over: itself, or its items; rows of an array are views of it."""
        match given:
            case gast.Name(id=name):
                return [name]
            case gast.Starred(value=gast.Name(id=name) as whole):
                items = [self.found.content(name)] if may_hold(self.facts.kind(whole)) else []
                return items if type(self.facts.kind(whole)) in (TupleOf, ListOf, DictOf) else [name, *items]
        return []

    def outside(self, name: str, found: Summary, callee: gast.expr) -> str:
        """What the caller calls a free name of a callee; what the closure of another function captured is in that."""
        kind = self.facts.kind(callee) if isinstance(callee, gast.Name) else None
        held = isinstance(kind, Closure) and not found.is_local and name in kind.code.co_freevars
        return callee.id if held else name

    def default(self, name: str, found: Summary, value: gast.Call) -> list[str]:
        """A default that is changed outlives the call: whatever flows in may come back."""
        return sorted(n for n in flow.names_read(value) if n not in flow.names_read(value.func))

    def escapes(self, s: gast.stmt) -> None:
        """A nested function that is handed on may change what it captured at any time."""
        for name in self.handed_on(s):
            kind = self.facts.kind(name)
            if isinstance(kind, Local):
                called = self.written_out(s)
                reached = captured_with({name}, self.facts.kind) - {name}
                self.found.read_by_calls += [(s, called, n) for n in sorted(reached)]
                found = self.facts.escaping.get(id(kind.node))
                self.found.touched += sorted(found.touched & reached) if found is not None else []
                for one, other in sorted(found.joined) if found is not None else ():
                    if {one, other} <= reached:
                        self.join(one, other)
                for one in sorted(reached if found is None else found.changed & reached):
                    if found is not None or mutable(self.facts.kind(one)):
                        self.found.change_some_time(one, s)
                        self.found.by_calls.append((s, called, one))

    def written_out(self, s: gast.stmt) -> gast.AST:
        """The call of a known function, which can be written out with what it is given; else the statement."""
        value = getattr(s, "value", None)
        return value if id(value) in self.facts.summaries else s

    def handed_on(self, s: gast.stmt) -> list[str]:
        """Names that the statement reads for anything but a call of them or a copy that is known to be one."""
        match s:
            case gast.Assign(targets=[gast.Name() as target], value=gast.Name() as value):
                return [value.id] if self.facts.kind(target) != self.facts.kind(value) else []
            case gast.Assign(value=gast.Call() as value) | gast.Expr(value=gast.Call() as value):
                given = [*value.args, *(k.value for k in value.keywords)]
                return sorted({n for a in given for n in flow.names_read(a)})
            case gast.Assign() | gast.AugAssign() | gast.Return():
                return sorted(flow.names_read(s))
            case _:
                return []

    def method(self, y: str | None, base: gast.Name, method: str, args: tuple, s: gast.stmt) -> None:
        if method in changing_methods.OF_CONTAINERS:
            self.found.change(base.id, s)
        for a in args:
            if method in ("extend", "update"):
                self.element_of_both(base.id, a)
            else:
                self.hold(base.id, a)
        if y is not None and method in ("pop", "get", "setdefault", "popitem", "items", "values"):
            self.element(y, base.id)
        elif y is not None and method == "copy":
            self.element_of_both(y, base)

    def gather(self, y: str | None, a: gast.expr, in_tuples: bool, place: int | None) -> None:
        """A new container of a's items; rows of an array are views of it."""
        if y is not None and not may_hold(self.facts.kind(y)):
            return
        if not in_tuples:
            self.element_of_both(y, a)
        if y is None or not isinstance(a, gast.Name) or not mutable(self.facts.kind(a)):
            return
        inside = self.found.content(self.found.content(y), place) if in_tuples else self.found.content(y)
        self.found.union(inside, self.found.content(a.id))
        if isinstance(self.facts.kind(a), Array) or type(self.facts.kind(a)) is Kind:
            self.found.union(inside, a.id)

    def move(self, y: str | None, a: gast.expr, depth: int, depths: tuple[int, ...]) -> None:
        """Items at a depth of an argument that a new container holds at some depths; rows of an array are views."""
        if isinstance(a, gast.Starred):
            a, depth = a.value, depth + 1
        if y is None or not isinstance(a, gast.Name) or not mutable(self.facts.kind(a)):
            return
        may_be_array = isinstance(self.facts.kind(a), Array) or type(self.facts.kind(a)) is Kind
        for inside in depths:
            held, item = y, a.id
            for _ in range(inside):
                held = self.found.content(held)
            for _ in range(depth):
                item = self.found.content(item)
            self.found.union(held, item)
            if may_be_array:
                self.found.union(held, a.id)

    def known_call(self, y: str | None, function: object, args: list) -> bool:
        """Calls whose results are new objects, perhaps of old items; whether it was one."""
        row = TABLE.find(function) if function is not None else None
        if function is dict and len(args) == 1 and isinstance(self.facts.kind(args[0]), DictOf):
            self.element_of_both(y, args[0])
            return True
        if function in GATHER:
            apart = not any(isinstance(a, gast.Starred) for a in args)
            for k, a in enumerate(args):
                if isinstance(a, gast.Starred) and function is zip:
                    self.move(y, a, 1, (2,))
                    continue
                place = (1 if function is enumerate else k) if apart else None
                self.gather(
                    y, a.value if isinstance(a, gast.Starred) else a, function in (zip, enumerate), place
                )
            return True
        moved = movers.depths(function)
        if moved is not None:
            for a in args:
                self.move(y, a, *moved)
            return True
        if row is not None and function in (max, min):
            for a in args:
                if y is not None and isinstance(a, gast.Name) and len(args) == 1:
                    self.element(y, a.id)
                elif y is not None:
                    self.same(y, a)
            return True
        return row is not None and row.name.rsplit(".", 1)[-1] not in VIEWS

    def open_call(self, y: str | None, callee: gast.expr, args: list, spread: list) -> None:
        """What a function returns may be, hold or be held by anything it was given; of * and ** it gets the items."""
        for one in [*spread, *(a.value for a in args if isinstance(a, gast.Starred))]:
            if isinstance(one, gast.Name) and y is not None:
                self.item_or_inside(y, one.id)
        given = [a for a in args if not isinstance(a, gast.Starred)]
        if y is not None and _holds_mover(self.facts.kind(y)):
            self.moving[y] = list(given)
        given += self.moving.get(callee.id, []) if isinstance(callee, gast.Name) else []
        parts = calls.dotted(callee)
        if parts is not None and not isinstance(self.facts.kinds.get(parts[0], Inert()), Known):
            given.append(gast.Name(parts[0], gast.Load(), None, None))
        for a in given:
            if isinstance(a, gast.Name):
                self.found.opened.append(a.id)
                self.same_or_inside(y, a.id)

    def item_or_inside(self, y: str, x: str) -> None:
        """Items of x; rows of an array are views of it."""
        kind = self.facts.kind(x)
        if isinstance(kind, Array) or type(kind) is Kind:
            self.same_or_inside(y, x)
        elif mutable(self.facts.kind(y)) and may_hold(kind):
            inside = self.found.content(x)
            self.found.union(y, inside)
            self.found.union(self.found.content(y), inside)

    def same_or_inside(self, y: str | None, x: str) -> None:
        if y is not None and mutable(self.facts.kind(x)) and mutable(self.facts.kind(y)):
            self.found.union(y, x)
            if any(may_hold(self.facts.kind(n)) for n in (x, y)):
                self.found.union(self.found.content(y), y)


def _operands(value: gast.BinOp | gast.UnaryOp) -> list[gast.expr]:
    return [value.operand] if isinstance(value, gast.UnaryOp) else [value.left, value.right]
