"""The words that all handlers of reverse mode use: what a name's cotangent is called, whether it has a buffer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import gast
import numpy as np

from diffpy import errors
from diffpy.analysis import flow
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.calls import TableCall
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import (
    FLOAT,
    INT,
    INTEGER,
    RANGE,
    Array,
    DictOf,
    Kind,
    ListOf,
    Local,
    OneOf,
    PerhapsFloat,
    Scalar,
    Struct,
    TupleOf,
    is_complex,
    may_be_of_python,
)
from diffpy.analysis.masks import Mask
from diffpy.analysis.mutability import may_hold, mutable
from diffpy.analysis.order import Order
from diffpy.analysis.shown import masks
from diffpy.syntax.build import assign, call, expression, load
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import assigned
from diffpy.transforms.cotangent_types import Conjugation, fit, loses
from diffpy.transforms.lines import Namespace, divisors
from diffpy.transforms.sweeps import Consume, Contribute, Step

Refuse = Callable[..., errors.DifferentiationError]


class Words:
    """One function's facts and names, and what can be said with them."""

    def __init__(
        self,
        tree: gast.FunctionDef,
        facts: Facts,
        active: frozenset[str],
        aliases: Aliases,
        names: Names,
        namespace: Namespace,
        refuse: Refuse,
    ) -> None:
        self.tree, self.facts, self.active, self.aliases = tree, facts, active, aliases
        self.names, self.namespace, self.refuse = names, namespace, refuse
        self.bars: dict[str, str] = {}
        self.holders: dict[str, list[str]] = {}  # pullbacks that hold buffers: the names whose buffers
        self.given: frozenset[str] = frozenset()  # buffers that are parameters
        self.starts: dict[str, str] = {}  # arguments that are changed: the name of what they are at the start
        counts = Counter(_assignments(tree.body))
        self.multiple = {name for name, count in counts.items() if count > 1}
        self.ranges = {n for n in counts if facts.kind(n) == RANGE}
        self.closures = {s.name: flow.free_names(s) for s in _nested(tree.body)}
        self.unsure: set[str] = set()  # names that may not be bound yet where they are carried
        self.locals = set(counts) | flow.argument_names(tree) | _bound_by_contexts(tree)

    @cached_property
    def masks(self) -> Mapping[str, Mask]:
        """What of each value reaches the result, where that is not all of it."""
        return masks(self.tree, self.facts, self.active, self.aliases.is_changed)

    @cached_property
    def assigned(self) -> Mapping[str, list[gast.expr]]:
        return assigned(self.tree)

    @cached_property
    def stored_items(self) -> Mapping[str, list[gast.expr]]:
        """What is stored as an item of each name."""
        found: defaultdict[str, list[gast.expr]] = defaultdict(list)
        for s in nodes(self.tree):
            match s:
                case gast.Assign(targets=[gast.Subscript(value=gast.Name(id=name))], value=value):
                    found[name].append(value)
        return found

    @cached_property
    def loads(self) -> Mapping[str, int]:
        """How often each name is read."""
        return flow.loads(self.tree)

    def bar(self, name: str) -> str:
        """The name of a cotangent: x_bar."""
        if name not in self.bars:
            self.bars[name] = self.names.fresh(f"{name}_bar")
        return self.bars[name]

    def read(self, name: str) -> gast.Name:
        return load(self.bar(name))

    def runtime(self, name: str) -> gast.Name:
        return load(self.namespace.runtime(name))

    def module(self, name: str = "np") -> str:
        return self.namespace.runtime(name)

    def is_active(self, node: object) -> bool:
        return isinstance(node, gast.Name) and node.id in self.active

    def is_read_back(self, name: str) -> bool:
        """Whether the function does more with an outside object than put values in (a log)."""
        read = Counter(n.id for n in nodes(self.tree) if isinstance(n, gast.Name))
        stored = sum(
            isinstance(n, gast.Expr)
            and isinstance(n.value, gast.Call)
            and isinstance(n.value.func, gast.Attribute)
            and isinstance(n.value.func.value, gast.Name)
            and n.value.func.value.id == name
            for n in nodes(self.tree)
        )
        return read[name] > stored

    def function_of(self, name: str) -> str:
        """The nested function that a name, or a cell, holds."""
        kind = self.facts.kind(name)
        if isinstance(kind, ListOf) and self.is_cell(name):
            kind = kind.item
        return kind.node.name if isinstance(kind, Local) else name

    def is_copy_of(self, name: str, function: str) -> bool:
        """Whether a name stands for a nested function by copies alone: it was not taken from what may hold it."""
        seen: set[str] = set()
        todo = [name]
        while todo:
            one = todo.pop()
            if one == function or one in seen:
                continue
            seen.add(one)
            values = self.assigned.get(one, [])
            if not values or not all(isinstance(v, gast.Name) for v in values):
                return False
            todo += [v.id for v in values]
        return True

    def is_cell(self, name: str) -> bool:
        """Whether a list stands for a captured variable that always holds the same function."""
        kind = self.facts.kind(name)
        return name in self.cells and isinstance(kind, ListOf) and isinstance(kind.item, Local)

    @cached_property
    def cells(self) -> set[str]:
        made = (s for s in nodes(self.tree) if isinstance(s, gast.Assign) and is_cell(s.value))
        return {n for s in made for n in flow.names_written(s)}

    @cached_property
    def displays(self) -> set[str]:
        """Names of what is shown as it stands: (a, b)."""
        made = (s for s in gast.walk(self.tree) if isinstance(s, gast.Assign))
        return {n for s in made if isinstance(s.value, gast.Tuple) for n in flow.names_written(s)}

    def divisible(self, found: TableCall, name: str, atom: gast.expr) -> gast.expr:
        """A Python number that lines of a function of NumPy divide by, as a number of NumPy: that never raises."""
        if not isinstance(atom, gast.Name) or self.facts.kind(atom) not in (FLOAT, INTEGER, INT):
            return atom
        if not isinstance(found.function, np.ufunc) and not self.is_of_numpys_numbers(found):
            return atom
        divides = any(
            name in divisors(line) for line in (*found.row.pullbacks.values(), *found.row.tangents.values())
        )
        return expression(f"{self.module()}.float64(x)", x=atom) if divides else atom

    def is_of_numpys_numbers(self, found: TableCall) -> bool:
        """Whether an operator has a number of NumPy's for an operand, and no array: the result is one of NumPy's."""
        kinds = [self.facts.kind(a) for a in found.arguments.values() if isinstance(a, gast.Name)]
        numbers = any(isinstance(kind, Scalar) and not may_be_of_python(kind) for kind in kinds)
        return numbers and not any(isinstance(kind, Array) for kind in kinds)

    def shadowed(self, name: str) -> bool:
        """Whether the cotangent is a buffer made in the forward sweep, beside the object that it mirrors."""
        kind = self.facts.kind(name)
        if isinstance(kind, Local) or name not in self.active:
            return False
        return mutable(kind) and self.aliases.is_shadowed(name)

    def given_out(self, name: str) -> gast.expr:
        """A cotangent as functions outside know it: of a struct its tangent vector."""
        return self.as_tangent(name, self.read(name))

    def gathered(self, name: str) -> gast.expr:
        """The same of the result of a call, which may hold one object at several places."""
        if not self.shadowed(name) or not may_hold(self.facts.kind(name)):
            return self.given_out(name)
        return self.as_tangent(name, call(self.runtime("counted_once"), self.read(name)))

    def as_tangent(self, name: str, bar: gast.expr) -> gast.expr:
        if self.shadowed(name) and holds_structs(self.facts.fully(name)):
            return call(self.runtime("as_tangent"), bar)
        return bar

    def consume(self, y: str, steps: list[Step], like: gast.AST, effects: bool = False) -> list[Step]:
        """Steps that read y's cotangent; with `effects` they are done where it is zero, too."""
        if self.shadowed(y):
            return steps
        reset = y in self.multiple
        return [Consume([y], steps, reset, like, effects)] if steps or reset else []

    def fresh(
        self, y: str, forward: list[gast.stmt], s: gast.AST, sources: Sequence[str] = ()
    ) -> list[gast.stmt]:
        """Statements that make a new object, followed by its buffer where it has one.

        The run is to check that the object shares no memory with `sources`.
        """
        if not self.shadowed(y):
            return forward
        zero = call(self.runtime("shadow"), load(y), *map(load, sources)) if sources else self.zero(y)
        return [*forward, assign(self.bar(y), zero, s)]

    def zero(self, name: str) -> gast.expr:
        """A cotangent of zero laid out like the value."""
        kind = self.facts.kind(name)
        if isinstance(kind, Array) and kind.dims is not None:
            return expression(f"{self.module()}.zeros_like({name})")
        return call(self.runtime("shadow"), load(name))

    def may_change(self, name: str, s: gast.AST) -> bool:
        """Whether what a name stands for at a statement may be another when the reverse sweep comes to it."""
        if isinstance(self.facts.kind(name), ListOf | DictOf | TupleOf):
            return self.aliases.is_shadowed(name)
        if not isinstance(self.facts.kind(name), Array) or not self.aliases.is_changed(name):
            return False
        changes = reversed(self.changing[self.aliases.memory(name)])
        return any(where is s or self.order.may_follow(where, s) for where in changes)

    @cached_property
    def changing(self) -> Mapping[str, list[gast.AST]]:
        """Where the objects of each class are changed."""
        found: dict[str, list[gast.AST]] = defaultdict(list)
        for name, where in self.aliases.changes:
            found[self.aliases.find(name)].append(where)
        return found

    @cached_property
    def order(self) -> Order:
        return Order(self.tree)

    def snapshot(self, name: str, s: gast.AST) -> tuple[gast.expr, list[gast.stmt]]:
        saved = self.names.fresh(name)
        kind = self.facts.kinds[saved] = self.facts.kind(name)
        is_array = isinstance(kind, Array) and not isinstance(kind, PerhapsFloat)
        flat = is_array or (isinstance(kind, ListOf | DictOf) and not mutable(kind.item))
        kept = expression(f"{name}.copy()") if flat else call(self.runtime("kept"), load(name))
        return load(saved), [assign(saved, kept, s)]

    def conjugated(
        self, value: gast.expr, d: str, found: TableCall | None = None, sequence: bool = False
    ) -> gast.expr:
        """A line of a holomorphic operation on complex numbers: between conjugates."""
        every = found.arguments.values() if found is not None else ()
        given = [a for g in every for a in (g if isinstance(g, tuple) else (g,))]
        is_real = found is not None and not any(
            is_complex(self.facts.kind(a)) for a in given if isinstance(a, gast.expr)
        )
        conjugation = Conjugation(d, self.facts, self.module(), makes_complex=is_real)
        return conjugation.around(value, self.runtime("conjugated")) if sequence else conjugation.of(value)

    def fitted(self, value: gast.expr, x: str, y: str) -> gast.expr:
        """A contribution to x from y's cotangent: real for a real x, in x's precision."""
        return fit(value, self.facts.kind(x), self.facts.kind(y), self.module())

    def passed(self, x: str, value: gast.expr, kind: Kind) -> Contribute:
        """What x gets from a container, or a name of several values, that holds values of this kind."""
        own = self.facts.kind(x)
        if loses(own, kind):
            leaf = isinstance(own, Scalar | Array)
            value = (
                call(self.runtime("real_cotangent"), value)
                if leaf
                else call(self.runtime("fitted"), value, load(x))
            )
        return Contribute(x, value, certain=False)


def _assignments(block: list[gast.stmt]) -> list[str]:
    """Each name once per statement that binds it."""
    found: list[str] = []
    stack: list[gast.AST] = list(block)
    while stack:
        one = stack.pop()
        found.extend(flow.names_written(one))
        if not isinstance(one, gast.FunctionDef):
            stack.extend(flow.blocks_of(one))
    return found


def _bound_by_contexts(tree: gast.FunctionDef) -> set[str]:
    items = (item for s in nodes(tree) if isinstance(s, gast.With) for item in s.items)
    return {
        n for item in items if item.optional_vars is not None for n in flow.names_written(item.optional_vars)
    }


def _nested(block: list[gast.stmt]) -> list[gast.FunctionDef]:
    found: list[gast.FunctionDef] = []
    for s in block:
        found += [s] if isinstance(s, gast.FunctionDef) else _nested(flow.blocks_of(s))
    return found


def is_cell(value: gast.expr) -> bool:
    """Whether an expression makes the list that stands for a captured variable."""
    match value:
        case gast.List(elts=[gast.Constant(kind="cell")]):
            return True
    return False


def holds_structs(kind: Kind) -> bool:
    """Whether values of this kind may be, or hold, structs."""
    match kind:
        case ListOf() | DictOf():
            return holds_structs(kind.item)
        case TupleOf():
            return any(map(holds_structs, kind.items))
    return isinstance(kind, Struct | OneOf) or type(kind) is Kind
