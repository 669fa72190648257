"""Objects of ordinary classes that stay in the function that makes them: a function in, one without the objects out.

Calls of their methods are written out, and their attributes become local variables.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import itertools
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gast

from diffpy.analysing import Prepared, prepare
from diffpy.analysis import flow
from diffpy.analysis.callees import Summary, bind
from diffpy.analysis.kinds import BOTTOM, Kind, Known
from diffpy.analysis.resolution import Guard, cell_kind
from diffpy.errors import DifferentiationError
from diffpy.following.spelling import Spelling
from diffpy.functions import bound_signature, cells_of, code_of
from diffpy.runtime.carrying import is_foreign
from diffpy.runtime.made_structs import built, declare_made, holds_any, is_ordinary
from diffpy.runtime.registry import REGISTRY
from diffpy.runtime.stand_ins import wrapped
from diffpy.runtime.struct_fields import is_plain_class
from diffpy.syntax.build import assign, at, call, constant, load
from diffpy.syntax.local_classes import captured_classes
from diffpy.syntax.trees import copied
from diffpy.syntax.yields import is_generator
from diffpy.transforms.blocks import every_statement, rebuild
from diffpy.transforms.constant_branches import take_constant_branches
from diffpy.transforms.inline import Inlining, chain_of, key_of
from diffpy.transforms.known_objects import known_as
from diffpy.transforms.object_variables import (
    LeakError,
    binding_counts,
    mentioned,
    names_of_object,
    object_variables,
    with_versions,
    write_errors,
)

MISSING = object()
ROUNDS = 60
LONGEST = 20_000  # statements
DEEPEST = 5  # functions that hand an object on
_SPECIAL = {
    gast.Add: "__add__",
    gast.Sub: "__sub__",
    gast.Mult: "__mul__",
    gast.Div: "__truediv__",
    gast.MatMult: "__matmul__",
    gast.Pow: "__pow__",
}


@dataclass
class Staying:
    """A function without the objects, and what it was read from."""

    prepared: Prepared
    guards: list[Guard] = field(default_factory=list)
    cells: dict[str, Kind] = field(default_factory=dict)


def without_objects(function: types.FunctionType, prepared: Prepared, wrt: Sequence[str]) -> Staying:
    """The function with objects that depend on its arguments of interest as variables, where they stay in it."""
    staying = Staying(prepared)
    found = True
    while found:  # an object that another one holds stays where the other one does
        found = False
        for name in _candidates(function, staying, wrt):
            try:
                staying = _One(function, staying, name).written()
            except (LeakError, DifferentiationError):
                continue
            found = True
    if _holds_many(function, staying, prepared):
        return Staying(prepared, staying.guards, staying.cells)
    write_errors(staying.prepared.tree, staying.prepared.names)
    return staying


def _holds_many(function: types.FunctionType, staying: Staying, prepared: Prepared) -> bool:
    """Whether what was written out makes objects in a loop that do not stay: such lists are followed as objects are."""
    if staying.prepared is prepared:
        return False
    outer, before = Outer(function, staying), binding_counts(prepared.tree)
    loops = (s for s in every_statement(staying.prepared.tree.body) if isinstance(s, gast.For | gast.While))
    inside = (s for loop in loops for s in every_statement(loop.body))
    return any(_makes(s, outer) and _name(s) not in before for s in inside)


def _candidates(function: types.FunctionType, staying: Staying, wrt: Sequence[str]) -> list[str]:
    tree = staying.prepared.tree
    if not any(map(_calls_something, every_statement(tree.body))):
        return []
    outer = Outer(function, staying)
    made = {_name(s) for s in every_statement(tree.body) if _makes(s, outer)}
    return sorted(made & _reached(tree, wrt)) if made else []


def _calls_something(s: gast.stmt) -> bool:
    return (
        isinstance(s, gast.Assign) and isinstance(s.value, gast.Call) and isinstance(s.targets[0], gast.Name)
    )


def _makes(s: gast.stmt, outer: Outer) -> bool:
    """Whether a statement calls an ordinary class, or a function that returns an object of one that it makes."""
    if not _calls_something(s):
        return False
    callee = outer(s.value.func)
    return _is_class(callee) or (isinstance(callee, types.FunctionType) and _gives_object(callee))


def _is_class(found: Any) -> bool:
    if found is types.SimpleNamespace:
        return True
    return isinstance(found, type) and is_ordinary(found) and not _is_closed(found)


def _gives_object(function: types.FunctionType, depth: int = 0) -> bool:
    if _is_closed(function) or depth > DEEPEST:
        return False
    try:
        prepared = prepare(function)
    except DifferentiationError:
        return False
    result = prepared.tree.body[-1].value
    if not isinstance(result, gast.Name) or is_generator(prepared.tree):
        return False
    outer = Outer(function, Staying(prepared))
    value = outer.values.get(result.id)
    callee = outer(value.func) if isinstance(value, gast.Call) else None
    return _is_class(callee) or (isinstance(callee, types.FunctionType) and _gives_object(callee, depth + 1))


def _is_closed(function: Any) -> bool:
    """Whether it is not to be looked into: a library's, or one that somebody wrote a rule for."""
    return is_foreign(function) or bool(REGISTRY.find(function))


def _reached(tree: gast.FunctionDef, wrt: Sequence[str]) -> set[str]:
    """The names that may depend on the arguments of interest, and objects that may take them in: at least these."""
    found = set(wrt)
    size = -1
    while len(found) > size:
        size = len(found)
        for s in every_statement(tree.body):
            if mentioned(s) & found:
                found |= flow.names_written(s) | set().union(*map(_given, _parts(s)))
            elif flow.names_written(s) & found and not isinstance(getattr(s, "value", None), gast.Call):
                found |= set().union(*map(_given, _parts(s)))
    return found


def _parts(s: gast.stmt) -> list[gast.expr]:
    value = getattr(s, "value", None)
    targets = getattr(s, "targets", None) or [getattr(s, "target", None)]
    return [one for one in (value, *targets) if isinstance(one, gast.expr)]


def _given(node: gast.expr) -> frozenset[str]:
    """Names of objects that an expression may leave something in, or give (a part of)."""
    if isinstance(
        node, gast.Call | gast.Attribute | gast.Subscript | gast.Name | gast.Tuple | gast.List | gast.Dict
    ):
        return flow.names_read(node)
    return frozenset()


class Outer:
    """What names and dotted names of a function stand for, where nothing in it changes that."""

    def __init__(self, function: types.FunctionType, staying: Staying) -> None:
        self.function, self.staying = function, staying
        tree = staying.prepared.tree
        counts = binding_counts(tree)
        single = (s for s in every_statement(tree.body) if isinstance(s, gast.Assign))
        self.values = {
            s.targets[0].id: s.value
            for s in single
            if isinstance(s.targets[0], gast.Name) and counts[s.targets[0].id] == 1
        }
        self.own = set(counts)
        self.closure = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))

    def __call__(self, node: gast.AST) -> Any:
        match node:
            case gast.Name(id=name):
                return self.name(name)
            case gast.Attribute(value=value, attr=attr):
                found = self(value)
                if isinstance(found, types.ModuleType) or (isinstance(found, type) and not is_foreign(found)):
                    return inspect.getattr_static(found, attr, MISSING)
        return MISSING

    def name(self, name: str) -> Any:
        staying = self.staying
        if name in staying.prepared.objects:
            return staying.prepared.objects[name]
        if name in self.own:
            value = self.values.get(name)
            return self(value) if isinstance(value, gast.Name | gast.Attribute) else MISSING
        if name in self.closure:
            kind = staying.cells.get(name) or cell_kind(self.closure[name], name)
            staying.cells[name] = kind
            return kind.value if isinstance(kind, Known) else MISSING
        outer = self.function.__globals__
        found = outer.get(name, getattr(builtins, name, MISSING))
        if isinstance(found, type | types.FunctionType | types.ModuleType | types.BuiltinFunctionType):
            staying.guards.append(Guard(outer, name, Known(found), code_of(found)))
        return found

    def items(self, name: str, kind: type) -> Any:
        """The display that a name stands for, if its entries still stand for what they stood for there."""
        value = self.values.get(name)
        if not isinstance(value, kind):
            raise LeakError
        if any(n not in self.values and n in self.own for n in flow.names_read(value)):
            raise LeakError
        return value


class _One:
    """One object, while calls of its methods are written out."""

    def __init__(self, function: types.FunctionType, staying: Staying, name: str) -> None:
        tree, names = staying.prepared.fresh()
        own = Prepared(staying.prepared.source, tree, names, dict(staying.prepared.objects))
        self.staying = Staying(own, list(staying.guards), dict(staying.cells))
        self.function, self.tree, self.names, self.objects = function, tree, names, own.objects
        self.sites = itertools.count(10**9)
        self.wanted: dict[int, tuple[Summary, str | None]] = {}
        self.changed = False
        self.flags: set[str] = set()  # attributes that say whether a property was computed
        self.at_first: list[gast.stmt] = []  # what else is stored in the object before anything
        self.supers: dict[str, type] = {}  # names of super(...) -> the class that the search begins after
        with_versions(tree, names, name)
        self.outer = Outer(function, self.staying)
        self.made = self.begin(name)

    def begin(self, name: str) -> gast.Assign:
        """The statement that makes the object, in two: one that stands for the object, and the call of __init__."""
        for _ in range(DEEPEST):
            made = next(filter(lambda s: _calls_something(s) and _name(s) == name, self.every()), None)
            if made is None:
                break
            callee = self.outer(made.value.func)
            if isinstance(callee, type):
                return self.begin_with(made, callee)
            made.value = self.invoked(callee, made.value.args, made.value.keywords, made.value)
            self.write_out()
            self.outer = Outer(self.function, self.staying)
            while isinstance(self.outer.values.get(name), gast.Name):
                name = self.outer.values[name].id
        raise LeakError

    def begin_with(self, made: gast.Assign, cls: type) -> gast.Assign:
        self.cls = cls
        init, name = self.member("__init__"), _name(made)
        start = at(assign(name, gast.Constant(None, "object")), made)
        if cls is types.SimpleNamespace:
            filled = _named_fields(name, made.value)
        elif isinstance(init, types.FunctionType):
            filled = [at(gast.Expr(self.method(init, name, made.value, "__init__")), made)]
        elif init is object.__init__ and not made.value.args and not made.value.keywords:
            filled = []
        else:
            raise LeakError
        self.tree.body = rebuild(self.tree.body, lambda s: [start, *filled] if s is made else [s])
        return start

    def written(self) -> Staying:
        for _ in range(ROUNDS):
            if self.wanted:
                self.write_out()
                take_constant_branches(self.tree, binding_counts(self.tree), self.classes)
            if not any(s is self.made for s in self.every()):
                return self.staying  # it stood in a branch that is not taken
            self.own = names_of_object(self.tree, self.made)
            self.outer = Outer(self.function, self.staying)
            self.supers = dict(self.found_supers())
            self.changed = False
            self.tree.body = rebuild(self.tree.body, self.statement)
            if self.at_first:
                self.tree.body = rebuild(self.tree.body, self.with_first)
            if not (self.wanted or self.changed):
                break
        else:
            raise LeakError
        self.tree.body = rebuild(self.tree.body, lambda s: [] if self.is_super(s) else [s])
        if any(mentioned(s) & self.supers.keys() for s in self.every()):
            raise LeakError
        object_variables(self.tree, self.names, self.made, self.own, self.cls, self.from_class, self.whole)
        return self.staying

    def with_first(self, s: gast.stmt) -> list[gast.stmt]:
        if s is not self.made:
            return [s]
        added, self.at_first = self.at_first, []
        return [s, *added]

    def found_supers(self) -> Iterator[tuple[str, type]]:
        for s in self.every():
            if self.is_super(s) and _name(s) in self.outer.values:
                yield _name(s), self.outer(s.value.args[0])

    def is_super(self, s: gast.stmt) -> bool:
        """Whether it is `base = super(Class, object)`."""
        if not _calls_something(s) or self.outer(s.value.func) is not super or len(s.value.args) != 2:
            return False
        owner, own = s.value.args
        return isinstance(own, gast.Name) and own.id in self.own and self.outer(owner) in self.cls.__mro__

    def every(self) -> Iterator[gast.stmt]:
        return every_statement(self.tree.body)

    def write_out(self) -> None:
        spelled = Spelling(self.tree, self.function.__globals__, self.outer.closure, self.names, self.objects)
        Inlining(self.wanted, self.names, spelled).function(self.tree)
        self.wanted = {}
        if sum(1 for _ in self.every()) > LONGEST:
            raise LeakError

    # The class

    def member(self, name: str, after: type | None = None) -> Any:
        """What the class has under a name, as it stands there."""
        mro = self.cls.__mro__
        for one in mro if after is None else mro[mro.index(after) + 1 :]:
            if name in vars(one):
                found = vars(one)[name]
                if one is not object:
                    self.staying.guards.append(Guard(vars(one), name, Known(found), code_of(found)))
                return found
        return MISSING

    def from_class(self, name: str) -> gast.expr | None:
        """The expression for what the class says of an attribute that the object may have too."""
        if name == "__class__":
            return self.known(self.cls)
        found = self.member(name)
        if found is MISSING or isinstance(found, types.MemberDescriptorType | functools.cached_property):
            return None
        if hasattr(type(found), "__get__"):
            raise LeakError
        return gast.Attribute(self.known(self.cls), name, gast.Load())

    def whole(self, variables: Mapping[str, str]) -> gast.expr:
        declare_made(self.cls)
        fields = {attribute: load(name) for attribute, name in variables.items()}
        return call(known_as(built, "built", self.names, self.objects), self.known(self.cls), **fields)

    def known(self, wanted: Any) -> gast.Name:
        return known_as(wanted, getattr(wanted, "__name__", "given").strip("_"), self.names, self.objects)

    # Calls

    def method(
        self, found: Any, own: str, called: gast.Call, name: str, after: type | None = None
    ) -> gast.Call:
        """The call of a method of the object."""
        match found:
            case types.FunctionType():
                return self.invoked(found, [load(own), *called.args], called.keywords, called)
            case staticmethod() | classmethod() if after is None:
                self.changed = True
                return at(
                    gast.Call(
                        gast.Attribute(self.known(self.cls), name, gast.Load()), called.args, called.keywords
                    ),
                    called,
                )
        raise LeakError

    def invoked(
        self, function: Any, args: list[gast.expr], keywords: list[gast.keyword], like: gast.AST
    ) -> gast.Call:
        """The call of a function that gets the object, which is to be written out."""
        function = wrapped(function)
        if not isinstance(function, types.FunctionType) or _is_closed(function):
            raise LeakError
        summary = self.summary(function)
        chain = chain_of(like)
        if key_of(summary) in chain or is_generator(summary.tree):
            raise LeakError
        args, keywords = self.displayed(args, keywords)
        keywords = [*keywords, *self.defaults(function, summary, args, keywords)]
        site = next(self.sites)
        made = at(gast.Call(self.known(function), args, keywords), like)
        made.site, made.chain = site, chain
        self.wanted[site] = (summary, None)
        return made

    def summary(self, function: types.FunctionType) -> Summary:
        found = prepare(function)
        objects = {**found.objects, **captured_classes(function)}
        for name, cell in cells_of(function).items():
            if name == "__class__":
                objects[name] = cell.cell_contents
            elif name not in objects:
                raise LeakError
        return Summary(BOTTOM, found.tree, globals=function.__globals__, objects=objects)

    def displayed(
        self, args: list[gast.expr], keywords: list[gast.keyword]
    ) -> tuple[list[gast.expr], list[gast.keyword]]:
        """* and ** of tuples and dicts whose items are known, item by item."""
        found: list[gast.expr] = []
        for one in args:
            if isinstance(one, gast.Starred):
                found += map(copied, self.outer.items(one.value.id, gast.Tuple).elts)
            else:
                found.append(one)
        named: list[gast.keyword] = []
        for k in keywords:
            if k.arg is not None:
                named.append(k)
                continue
            display = self.outer.items(k.value.id, gast.Dict)
            for key, value in zip(display.keys, display.values, strict=True):
                if not isinstance(key, gast.Constant) or not isinstance(key.value, str):
                    raise LeakError
                named.append(gast.keyword(key.value, copied(value)))
        if any(isinstance(one, gast.Starred) for one in found):
            raise LeakError
        return found, named

    def defaults(
        self,
        function: types.FunctionType,
        summary: Summary,
        args: list[gast.expr],
        keywords: list[gast.keyword],
    ) -> list[gast.keyword]:
        """Defaults that are no literals, as arguments."""
        bound = bind(summary.tree.args, args, keywords)
        if bound is None:
            raise LeakError
        done = []
        for name, parameter in bound_signature(function).parameters.items():
            value = parameter.default
            if name in bound or value is parameter.empty or _is_literal(value):
                continue
            if parameter.kind is parameter.POSITIONAL_ONLY:
                raise LeakError
            done.append(gast.keyword(name, known_as(value, name, self.names, self.objects)))
        return done

    # Statements

    def statement(self, s: gast.stmt) -> list[gast.stmt]:
        own = mentioned(s) & self.own
        if not own and not mentioned(s) & self.supers.keys():
            return [s]
        match s:
            case gast.Assign(
                targets=[gast.Name()], value=gast.Attribute(value=gast.Name(id=name)) as read
            ) if name in self.own and self.is_cached(read):
                return self.cached(s, name, read)
            case gast.Assign(targets=[gast.Attribute(value=gast.Name(id=name), attr=attr)]) if (
                name in self.own
            ):
                return self.store(s, name, attr)
            case gast.Delete():
                return self.deleted(s)
            case gast.AugAssign(target=gast.Attribute(value=gast.Name(id=name), attr=attr)) if (
                name in self.own
            ):
                return self.augmented(s, name, attr)
            case gast.Assign(
                targets=[gast.Subscript(value=gast.Name(id=name), slice=place)], value=value
            ) if name in self.own and not isinstance(place, gast.Slice | gast.Tuple):
                return [at(gast.Expr(self.special("__setitem__", name, [place, value], s)), s)]
            case gast.Assign(targets=[gast.Name()]) | gast.Expr() if self.is_setattr(s.value):
                name, attr, value = s.value.args
                self.changed = True
                stored = at(gast.Assign([gast.Attribute(name, attr.value, gast.Store())], value, None), s)
                s.value = constant(None)
                return [stored, s] if isinstance(s, gast.Assign) else [stored]
            case gast.Assign(targets=[gast.Name()]) | gast.Expr():
                s.value = self.value(s.value)
                if isinstance(s, gast.Expr) and not isinstance(s.value, gast.Call):
                    return []
                return [s]
            case gast.If(test=gast.Name()) if own:
                s.test = self.truth()
        return [s]

    def is_cached(self, read: gast.Attribute) -> bool:
        """Whether it reads what a property computes once, and nothing has been written for that yet."""
        return isinstance(self.member(read.attr), functools.cached_property) and not hasattr(read, "is_there")

    def cached(self, s: gast.Assign, name: str, read: gast.Attribute) -> list[gast.stmt]:
        """y = o.prop: computed at the first time, and held by the object from then on."""
        known, first, value = self.flag(read.attr), self.names.temporary(), self.names.temporary()
        computed = [
            assign(value, self.invoked(self.member(read.attr).func, [load(name)], [], s), s),
            _stored_field(name, read.attr, load(value), s),
            _stored_field(name, known, constant(True), s),
        ]
        for one in computed:
            one.is_noted = True
        read.is_there = True
        asked = assign(first, gast.Attribute(load(name), known, gast.Load()), s)
        chosen = at(gast.If(load(first), [gast.Pass()], computed), s)
        return [at(one, s) for one in (asked, chosen)] + [s]

    def flag(self, attr: str) -> str:
        """The attribute that says whether an object has what a property computes once."""
        known = f"{attr}_is_known"
        if known not in self.flags:
            self.flags.add(known)
            self.at_first.append(_stored_field(_name(self.made), known, constant(False), self.made))
        return known

    def is_setattr(self, value: gast.expr) -> bool:
        match value:
            case gast.Call(args=[gast.Name(id=name), gast.Constant(value=str()), _], keywords=[]) if (
                name in self.own
            ):
                return self.outer(value.func) is setattr
        return False

    def store(self, s: gast.Assign, name: str, attr: str) -> list[gast.stmt]:
        found = self.member(attr)
        if isinstance(found, property):
            return [at(gast.Expr(self.invoked(found.fset, [load(name), s.value], [], s)), s)]
        if not self.is_slot(attr) and (inspect.isdatadescriptor(found) or not holds_any(self.cls)):
            raise LeakError
        return [s, *self.noted(s, name, attr, True)]

    def is_slot(self, attr: str) -> bool:
        return isinstance(self.member(attr), types.MemberDescriptorType)

    def deleted(self, s: gast.Delete) -> list[gast.stmt]:
        found: list[gast.stmt] = [s]
        for one in s.targets:
            if (
                isinstance(one, gast.Attribute)
                and isinstance(one.value, gast.Name)
                and one.value.id in self.own
            ):
                if inspect.isdatadescriptor(self.member(one.attr)) and not self.is_slot(one.attr):
                    raise LeakError
                found += self.noted(s, one.value.id, one.attr, False)
        return found

    def noted(self, s: gast.stmt, name: str, attr: str, is_there: bool) -> list[gast.stmt]:
        """Whether an object has what a property computes once, where a statement stores or deletes that."""
        if not isinstance(self.member(attr), functools.cached_property) or hasattr(s, "is_noted"):
            return []
        s.is_noted = True
        return [_stored_field(name, self.flag(attr), constant(is_there), s)]

    def augmented(self, s: gast.AugAssign, name: str, attr: str) -> list[gast.stmt]:
        found = self.member(attr)
        if isinstance(found, functools.cached_property):
            raise LeakError
        if not isinstance(found, property):
            return [s]
        held = self.names.temporary()
        got = assign(held, self.invoked(found.fget, [load(name)], [], s), s)
        s.target = at(gast.Name(held, gast.Store(), None, None), s)
        put = at(gast.Expr(self.invoked(found.fset, [load(name), load(held)], [], s)), s)
        return [got, s, put]

    def truth(self) -> gast.expr:
        if any(self.member(one) is not MISSING for one in ("__bool__", "__len__")):
            raise LeakError
        self.changed = True
        return constant(True)

    def value(self, node: gast.expr) -> gast.expr:
        match node:
            case gast.Attribute(value=gast.Name(id=name), attr=attr) if name in self.own:
                found = self.member(attr)
                return (
                    self.invoked(found.fget, [load(name)], [], node) if isinstance(found, property) else node
                )
            case gast.Attribute(value=gast.Name(id=name), attr=attr) if name in self.supers:
                return self.read_above(node, self.supers[name])
            case gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr=attr)) if name in self.own:
                return self.called(node, name, attr)
            case gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr=attr)) if name in self.supers:
                return self.called_above(node, self.supers[name], attr)
            case gast.Call(func=gast.Name(id=name)) if name in self.own:
                return self.special("__call__", name, node.args, node, node.keywords)
            case gast.Call(func=gast.Name() | gast.Attribute()):
                return self.given(node)
            case gast.Subscript(value=gast.Name(id=name), slice=place) if name in self.own:
                if isinstance(place, gast.Slice | gast.Tuple):
                    raise LeakError
                return self.special("__getitem__", name, [place], node)
            case gast.BinOp(left=gast.Name(id=name), op=op, right=right) if (
                name in self.own and type(op) in _SPECIAL
            ):
                return self.special(_SPECIAL[type(op)], name, [right], node)
            case gast.UnaryOp(op=gast.Not(), operand=gast.Name(id=name)) if name in self.own:
                self.truth()
                return constant(False)
            case gast.Compare(
                left=gast.Name(id=name), ops=[gast.Is() | gast.IsNot() as op], comparators=[gast.Constant()]
            ) if name in self.own:
                self.changed = True
                return at(constant(isinstance(op, gast.IsNot)), node)
        return node

    def special(
        self,
        method: str,
        own: str,
        args: list[gast.expr],
        like: gast.AST,
        keywords: Sequence[gast.keyword] = (),
    ) -> gast.Call:
        found = self.member(method)
        if not isinstance(found, types.FunctionType) or "NotImplemented" in found.__code__.co_names:
            raise LeakError
        return self.invoked(found, [load(own), *args], list(keywords), like)

    def called(self, node: gast.Call, name: str, attr: str) -> gast.expr:
        found = self.member(attr)
        if (
            found is not MISSING
            and hasattr(type(found), "__get__")
            and not isinstance(found, types.MemberDescriptorType)
        ):
            return self.method(found, name, node, attr)
        return node

    def called_above(self, node: gast.Call, after: type, attr: str) -> gast.expr:
        found = self.member(attr, after)
        if found is object.__init__ and not node.args and not node.keywords:
            self.changed = True
            return constant(None)
        return self.method(found, self.made.targets[0].id, node, attr, after)

    def read_above(self, node: gast.Attribute, after: type) -> gast.expr:
        """super().attr: what a property of a base computes, or what the class of a base holds."""
        found = self.member(node.attr, after)
        if isinstance(found, property):
            return self.invoked(found.fget, [load(self.made.targets[0].id)], [], node)
        if found is MISSING or hasattr(type(found), "__get__"):
            raise LeakError
        self.changed = True
        return known_as(found, node.attr, self.names, self.objects)

    def given(self, node: gast.Call) -> gast.expr:
        """A call that gets the object as an argument."""
        function = self.outer(node.func)
        own = self.own
        match function, node.args:
            case _, [gast.Name(id=name), gast.Constant(value=str(attr))] if (
                function is getattr and name in own
            ):
                self.changed = True
                return self.value(at(gast.Attribute(load(name), attr, gast.Load()), node))
            case _, [gast.Name(id=name), _] if function is isinstance and name in own:
                classes = self.classes(node)
                if classes is None:
                    raise LeakError
                self.changed = True
                return constant(issubclass(self.cls, classes))
            case _, [gast.Name(id=name)] if function is type and name in own:
                self.changed = True
                return self.known(self.cls)
            case _, [_, gast.Name(id=name)] if function is super and name in own:
                return node
        if isinstance(function, staticmethod):
            function = function.__func__
        if isinstance(wrapped(function), types.FunctionType):
            return self.invoked(function, node.args, node.keywords, node)
        return node

    def classes(self, called: gast.Call) -> tuple[type, ...] | None:
        """The classes that a call of isinstance asks for, if they have no say in that themselves."""
        if self.outer(called.func) is not isinstance or len(called.args) != 2:
            return None
        node = called.args[1]
        display = self.outer.values.get(node.id) if isinstance(node, gast.Name) else None
        found = [self.outer(one) for one in (display.elts if isinstance(display, gast.Tuple) else [node])]
        return tuple(found) if all(isinstance(one, type) and is_plain_class(one) for one in found) else None


def _named_fields(name: str, called: gast.Call) -> list[gast.stmt]:
    """What a namespace stores: SimpleNamespace(a=v)."""
    if called.args or not all(k.arg for k in called.keywords):
        raise LeakError
    return [_stored_field(name, k.arg, k.value, called) for k in called.keywords]


def _stored_field(name: str, attr: str, value: gast.expr, like: gast.AST) -> gast.stmt:
    return at(gast.Assign([gast.Attribute(load(name), attr, gast.Store())], value, None), like)


def _name(s: gast.Assign) -> str:
    return s.targets[0].id


def _is_literal(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_literal, value))
    return value is None or isinstance(value, bool | int | float | str | complex)
