"""Reverse mode: renamed normal form and its facts in, a forward sweep and the steps of its reverse sweep out."""

from __future__ import annotations

import copy
import dataclasses
import functools
import inspect
from collections.abc import Mapping
from functools import cached_property

import gast

from diffpy import errors
from diffpy.analysis import flow, named_tuples
from diffpy.analysis.activity import is_harmless
from diffpy.analysis.calls import INPLACE, MethodCall, OpenCall, PlainCall, TableCall
from diffpy.analysis.foreign import gathers
from diffpy.analysis.kinds import (
    Array,
    Closure,
    Inert,
    Kind,
    Known,
    ListOf,
    PerhapsFloat,
    Range,
    Scalar,
    Struct,
    TupleOf,
    is_surely_array,
    rank_of,
)
from diffpy.analysis.mutability import mutable
from diffpy.analysis.shown import is_link
from diffpy.analysis.views import always_views, is_view, may_copy, taken_from
from diffpy.rules.operands import makes_array
from diffpy.rules.table import Row, parameters_of
from diffpy.syntax.build import assign, call, constant, expression, load, substitute
from diffpy.syntax.trees import nodes
from diffpy.transforms import container_methods, contexts, displays, item_stores, items, lines
from diffpy.transforms.broadcasting import unbroadcast
from diffpy.transforms.container_words import may_be_number
from diffpy.transforms.cotangent_types import fits, is_sequence, loses, takes_conjugates
from diffpy.transforms.gathering import gathered
from diffpy.transforms.linear_calls import keeps_form, linear_call
from diffpy.transforms.open_calls import OpenCalls
from diffpy.transforms.selecting import selected
from diffpy.transforms.sweeps import Branch, Consume, Contribute, Loop, Plain, Step, Swept

_OF_SETS = ("add", "discard", "remove")


class Reverse(OpenCalls):
    """Walks the function once; each handler returns the forward statements and the reverse steps, last first."""

    # Statements

    def block(self, block: list[gast.stmt]) -> Swept:
        forward: list[gast.stmt] = []
        backward: list[Step] = []
        for s in block:
            one, steps = self.statement(s, forward)
            forward.extend(one)
            backward[:0] = steps if self.has_given_shares(s) else self.to_buffers(steps, s)
        return forward, backward

    def has_given_shares(self, s: gast.stmt) -> bool:
        """Whether what flows into functions within here has flowed on into buffers before: a copy, say."""
        match s:
            case gast.If() | gast.For() | gast.While() | gast.With() | gast.Try() | gast.FunctionDef():
                return True
            case gast.Assign(targets=[gast.Name(id=y)], value=gast.Name()):
                function = self.function_of(y)
                return function in self.closures and self.is_copy_of(y, function)
        return False

    def statement(self, s: gast.stmt, forward: list[gast.stmt]) -> Swept:
        match s:
            case gast.Assign(targets=[gast.Name() as target]):
                return self.assign(target.id, s)
            case gast.Assign(targets=[gast.Tuple()]):
                return displays.unpack(self, s)
            case gast.Assign(targets=[gast.Subscript() | gast.Attribute()]):
                return item_stores.store(self, s)
            case gast.AugAssign():
                return item_stores.augmented(self, s)
            case gast.Expr(value=gast.Call()):
                return self.effect(s)
            case gast.Delete():
                return item_stores.delete(self, s)
            case gast.If():
                return self.branch(s)
            case gast.For() | gast.While():
                return self.loop(s, forward)
            case gast.With():
                return contexts.with_block(self, s, self.block)
            case gast.Try():
                return self.try_block(s)
            case gast.FunctionDef():
                return self.nested(s)
            case _:
                return [s], []

    def assign(self, y: str, s: gast.Assign) -> Swept:
        takes_buffers = id(s.value) in self.facts.on_buffers
        if y not in self.active and not self.changes_a_container(s.value) and not takes_buffers:
            return self.in_place_again(s) or [self.checked(s)], []
        forward, steps = self.value(y, s.value, s)
        if y not in self.active:
            return forward, steps
        effects = takes_buffers or self.changes_a_container(s.value)
        return forward, self.consume(y, steps, s, effects)

    def in_place_again(self, s: gast.Assign) -> list[gast.stmt]:
        """y = x + v that was x += v, of an x of no known kind: what its class says of that is asked."""
        found = self.facts.calls.get(id(s.value))
        match s:
            case gast.Assign(
                targets=[gast.Name() as y], value=gast.BinOp(left=gast.Name() as x, op=op, right=v)
            ) if isinstance(found, OpenCall) and found.function in INPLACE.values():
                same = [] if x.id == y.id else [assign(y.id, load(x.id), s)]
                return [*same, gast.copy_location(gast.AugAssign(y, op, v), s)]
        return []

    def checked(self, s: gast.Assign) -> gast.Assign:
        """A call whose result is constant may change what it is given: it is asked when it runs."""
        found = self.facts.calls.get(id(s.value))
        summary, _ = self.facts.summaries.get(id(s.value), (None, None))
        if (
            not isinstance(found, OpenCall)
            or (summary is not None and not summary.exposed)
            or is_harmless(found.function)
        ):
            return s
        given = [*found.args, *(k.value for k in found.keywords)]
        if isinstance(s.value.func, gast.Attribute):
            given.append(s.value.func.value)
        func = s.value.func
        keeps = isinstance(func, gast.Name) and mutable(self.facts.kind(func))  # what it holds, nobody knows
        if not any(self.is_active(a) and (keeps or mutable(self.facts.kind(a))) for a in given):
            return s
        called = gast.Call(call(self.runtime("effect"), s.value.func), s.value.args, s.value.keywords)
        return gast.copy_location(gast.Assign(s.targets, gast.copy_location(called, s), None), s)

    def changes_a_container(self, value: gast.expr) -> bool:
        found = self.facts.calls.get(id(value))
        return isinstance(found, MethodCall) and self.shadowed(found.base.id)

    def value(self, y: str, value: gast.expr, s: gast.stmt) -> Swept:
        """The forward statements, and the steps that use y's cotangent."""
        items_given = named_tuples.display(self.facts, value)
        if items_given is not None:
            return displays.display(self, y, items_given, s)
        match self.facts.calls.get(id(value)):
            case TableCall() as found if isinstance(self.facts.kind(y), Scalar | Array):
                return self.table(y, found, s)
            case TableCall() | OpenCall() as found if linear := linear_call(found, value):
                return self.table(y, linear, s)
            case TableCall(function=function) if isinstance(value, gast.Call):
                opened = OpenCall(value.func, tuple(value.args), tuple(value.keywords), function)
                return self.open(y, opened, s)
            case OpenCall() as found:
                return self.open(y, found, s)
            case MethodCall() as found:
                return container_methods.method(self, y, found, s)
            case PlainCall():
                return self.fresh(y, [s], s), []
        match value:
            case gast.Name():
                return self.copy(y, value, s)
            case gast.Tuple() | gast.List() | gast.Dict() | gast.Set():
                return displays.display(self, y, value, s)
            case gast.Subscript():
                return items.subscript(self, y, value, s)
            case gast.Attribute():
                return items.attribute(self, y, value, s)
            case gast.Constant() | gast.Compare() | gast.JoinedStr() | gast.UnaryOp(op=gast.Not()):
                return self.fresh(y, [s], s), []
            case gast.UnaryOp(operand=gast.Constant()):
                return self.fresh(y, [s], s), []
            case _:
                raise self.refuse(errors.UnsupportedSyntaxError, "this expression has no derivative here", s)

    def copy(self, y: str, x: gast.Name, s: gast.stmt) -> Swept:
        if self.shadowed(y):
            if not self.shadowed(x.id) and (self.is_active(x) or mutable(self.facts.kind(x))):
                return self.entered(y, x, s) if self.is_active(x) else (self.fresh(y, [s], s), [])
            return [s, assign(self.bar(y), self.read(x.id) if self.is_active(x) else self.idle(y), s)], []
        if not self.is_active(x):
            return [s], []
        if loses(self.facts.kind(x), self.facts.kind(y)) and not isinstance(
            self.facts.kind(x), Scalar | Array
        ):
            return [s], [self.passed(x.id, self.read(y), self.facts.kind(y))]
        certain = isinstance(self.facts.kind(y), Scalar | Array)  # else the cotangent may be None
        return [s], [Contribute(x.id, self.fitted(self.read(y), x.id, y), certain)]

    def idle(self, y: str) -> gast.expr:
        """The buffer of what takes a constant: only a number may have one, which no other name of it has to see."""
        return (
            call(self.runtime("number_buffer"), load(y))
            if may_be_number(self.facts.kind(y))
            else constant(None)
        )

    def entered(self, y: str, x: gast.Name, s: gast.Assign) -> Swept:
        """y = x, where nothing changes the object as x, but as y: it gets its buffer here."""
        new = self.names.fresh(x.id)
        self.facts.kinds[new] = self.facts.kind(y)
        self.aliases.name_too(new, y)
        self.active |= {new}
        self.locals.add(new)
        forward = self.fresh(new, [assign(new, x, s)], s)
        return (
            [*forward, assign(y, load(new), s), assign(self.bar(y), self.read(new), s)],
            [Contribute(x.id, self.given_out(new), certain=False)],
        )

    # Calls

    def table(self, y: str, found: TableCall, s: gast.stmt) -> Swept:
        """An operation of the table: its lines, inlined."""
        refused = self.check_options(found, s)
        if refused is not None:
            raise refused
        view = self.view(y, found, s)
        if view is not None:
            return view
        before, parts = self.parts(y, found, s)
        steps: list[Step] = []
        for parameter, given in found.arguments.items():
            steps += self.contributions(y, found, parameter, given, parts, s)
        after: list[gast.stmt] = []
        if self.shadowed(y) and "y" in self.reads(found):
            parts["y"], after = self.snapshot(y, s)
            steps = [
                step
                for p, g in found.arguments.items()
                for step in self.contributions(y, found, p, g, parts, s)
            ]
        sources = self.viewed(y, found) if is_view(found) else []
        return [*before, *self.fresh(y, [s], s, sources), *after], steps

    def viewed(self, y: str, found: TableCall) -> list[str]:
        """Arrays that the result may be a view of, where neither is known to be one."""
        atoms = [a for g in found.arguments.values() for a in (g if isinstance(g, tuple) else (g,))]
        names = [a.id for a in atoms if isinstance(a, gast.Name) and self.is_active(a)]
        return [n for n in names if self.aliases.find(n) == self.aliases.find(y)]

    def reads(self, found: TableCall) -> set[str]:
        """What the lines for the active arguments read."""
        needed: set[str] = set()
        for parameter, line in self.pullbacks(found).items():
            given = found.arguments.get(parameter)
            if any(self.is_active(g) for g in (given if isinstance(given, tuple) else (given,))):
                needed.update(parameters_of(line))
        return needed

    def pullbacks(self, found: TableCall) -> Mapping[str, lines.Line]:
        """The row's lines, the shorter ones where there are such for a literal one, or arguments of these ranks."""
        if found.row.of_one and _is_one(next(iter(found.arguments.values()), None)):
            return {**found.row.pullbacks, **found.row.of_one}
        if not found.row.by_rank:
            return found.row.pullbacks
        given = [a for a in found.arguments.values() if isinstance(a, gast.Name)]
        ranks = tuple(rank for rank in (rank_of(self.facts.kind(a)) for a in given) if rank is not None)
        return {**found.row.pullbacks, **found.row.by_rank.get(ranks, {})}

    def parts(self, y: str, found: TableCall, s: gast.stmt) -> tuple[list[gast.stmt], dict[str, gast.expr]]:
        """What a line's parameters stand for here; values that a later store may change are put aside first."""
        needed = self.reads(found)
        before: list[gast.stmt] = []
        parts: dict[str, gast.expr] = {"d": self.read(y), "y_bar": self.read(y), "y": load(y)}
        for name, parameter in found.row.signature.parameters.items():
            given = found.arguments.get(name)
            atom = lines.default(parameter) if given is None else _tuple(given)
            if isinstance(given, tuple) and name in needed:
                atom = self.steady(given, s, before)
            listed = self.is_listed(atom) and makes_array(found.function, name)
            read = name in needed or (listed and self.is_active(atom))
            if read and isinstance(atom, gast.Name) and self.may_change(atom.id, s):
                atom, saved = self.snapshot(atom.id, s)
                before += saved
            if listed:
                parts[f"{name}_list"] = atom
            if listed and name in needed:
                atom = self.as_array(atom.id, s, before)
            parts[name] = self.divisible(found, name, atom)
            parts[f"{name}_shape"] = self.shape(atom, s, before, f"{name}_shape" in needed)
        return before, parts

    def steady(self, given: tuple, s: gast.stmt, before: list[gast.stmt]) -> gast.expr:
        """The arguments of f(*args), those that a later store may change put aside."""
        atoms: list[gast.expr] = []
        for atom in given:
            if isinstance(atom, gast.Name) and self.may_change(atom.id, s):
                atom, saved = self.snapshot(atom.id, s)
                before += saved
            atoms.append(atom)
        return gast.Tuple(atoms, gast.Load())

    def is_listed(self, atom: gast.expr) -> bool:
        return isinstance(atom, gast.Name) and isinstance(self.facts.kind(atom.id), ListOf | TupleOf | Range)

    def as_array(self, name: str, s: gast.stmt, before: list[gast.stmt]) -> gast.Name:
        """The array that NumPy makes of a list, for lines that read it."""
        made = self.names.fresh(f"{name}_array")
        before.append(assign(made, expression(f"{self.module()}.asarray({name})"), s))
        return load(made)

    def shape(self, atom: gast.expr, s: gast.AST, before: list[gast.stmt], needed: bool) -> gast.expr:
        if not needed or not isinstance(atom, gast.Name):
            return expression("()") if not isinstance(atom, gast.Name) else constant(None)
        kind = self.facts.kind(atom.id)
        if isinstance(kind, Array) and not isinstance(kind, PerhapsFloat):
            return gast.Attribute(load(atom.id), "shape", gast.Load())
        return expression(f"{self.module()}.shape({atom.id})")

    def contributions(
        self,
        y: str,
        found: TableCall,
        parameter: str,
        given: gast.expr | tuple,
        parts: Mapping[str, gast.expr],
        s: gast.stmt,
    ) -> list[Step]:
        targets = given if isinstance(given, tuple) else (given,)
        if not any(self.is_active(t) for t in targets):
            return []
        line = self.pullbacks(found).get(parameter)
        if line is None and found.row.ignores(parameter):
            return []
        if line is None and all(steers(self.facts.kind(t)) for t in targets if self.is_active(t)):
            return []
        if line is None:
            raise self.no_derivative(found.row, parameter, s)
        selects = isinstance(given, gast.Name) and self.ends_chain(y, given.id)
        squared = _is_square(found)
        if squared and parameter != next(iter(found.arguments)):
            return []
        kinds = self.facts.kind(given), self.facts.kind(y)
        if isinstance(given, gast.Name) and keeps_form(line, *kinds) and not selects:
            return [Contribute(given.id, self.read(y))]
        if isinstance(given, tuple) and parameter in found.row.each:
            single = self.one_by_one(y, found, parameter, given, parts, s)
            if single is not None:
                return single
        value = lines.inline(line, parts, self.xp(found), self.namespace, s)
        if takes_conjugates(found.row, self.facts.kind(y)):
            value = self.conjugated(value, parts["d"].id, found, is_sequence(given, self.facts))
        if isinstance(given, tuple):
            return self.spread_over(y, targets, value, s)
        if selects:
            value = selected(value, self.masks[y], self.module())
        if squared:  # of the shape of its factor
            value = _doubled(value)
        elif found.row.family == "elementwise":
            value = unbroadcast(value, given.id, y, self.facts, self.module(), self.runtime)
        if f"{parameter}_list" in parts:
            return [Contribute(given.id, call(self.runtime("unpacked"), value, parts[f"{parameter}_list"]))]
        certain = isinstance(self.facts.kind(y), Scalar | Array)  # else the cotangent may be None
        return [Contribute(given.id, value if fits(line) else self.fitted(value, given.id, y), certain)]

    def ends_chain(self, y: str, target: str) -> bool:
        """Whether a mask lets y through alone, and nothing is selected where its cotangent flows on to."""
        mask = self.masks.get(y)
        if mask is None:
            return False
        onward = self.assigned.get(target, [])
        return self.masks.get(target) != mask or not all(is_link(self.facts.calls.get(id(v))) for v in onward)

    def spread_over(self, y: str, targets: tuple, value: gast.expr, s: gast.stmt) -> list[Step]:
        """A line for *arguments gives a tuple: a cotangent each."""
        whole = self.names.fresh("parts_bar")
        steps: list[Step] = [Plain([assign(whole, value, s)])]
        for k, target in enumerate(targets):
            if self.is_active(target):
                part = self.fitted(expression(f"{whole}[{k}]"), target.id, y)
                steps.append(Contribute(target.id, part))
        return steps

    def one_by_one(
        self,
        y: str,
        found: TableCall,
        parameter: str,
        given: tuple,
        parts: Mapping[str, gast.expr],
        s: gast.stmt,
    ) -> list[Step] | None:
        """A line for each of *arguments alone; None where there is none for these."""
        steps: list[Step] = []
        for k, target in enumerate(given):
            if self.is_active(target):
                one = {**parts, "index": constant(k), "one_shape": self.shape(target, s, [], True)}
                value = lines.inline(found.row.each[parameter], one, self.xp(found), self.namespace, s)
                if isinstance(value, gast.Constant):
                    return None
                if takes_conjugates(found.row, self.facts.kind(y)):
                    value = self.conjugated(value, parts["d"].id, found)
                steps.append(Contribute(target.id, self.fitted(value, target.id, y)))
        return steps

    def xp(self, found: TableCall) -> str:
        module = inspect.getmodule(found.function)
        if module is not None and module.__name__ == "math":
            return self.module("math")
        if module is not None and module.__name__ == "cmath":
            return self.module("cmath")
        return self.module()

    def view(self, y: str, found: TableCall, s: gast.stmt) -> Swept | None:
        """An operation on a buffered array whose result is a view: the same view of the buffer."""
        first = taken_from(found)
        if not self.shadowed(y) or not isinstance(first, gast.Name) or not self.shadowed(first.id):
            return None
        if self.aliases.find(y) != self.aliases.find(first.id) or not is_view(found):
            return None
        mirrored = self.view_of_buffer(y, first.id, found, s)
        linked = mirrored
        if not always_views(found) or not is_surely_array(self.facts.kind(first)):
            linked = call(self.runtime("mirror"), mirrored, load(y), load(first.id), self.read(first.id))
        forward = [s, assign(self.bar(y), linked, s)]
        if not may_copy(found):
            return forward, []
        before, parts = self.parts(y, found, s)
        line = found.row.pullbacks.get(next(iter(found.arguments)))
        if line is None:
            return [*before, *forward], []
        value = lines.inline(line, parts, self.xp(found), self.namespace, s)
        apart = self.names.fresh("apart")
        forward.append(assign(apart, call(self.runtime("is_apart"), self.read(y), self.read(first.id)), s))
        passed = call(self.runtime("part_where"), load(apart), value)
        return [*before, *forward], [Contribute(first.id, passed, certain=False)]

    def view_of_buffer(self, y: str, first: str, found: TableCall, s: gast.stmt) -> gast.expr:
        """The same operation on the buffer; by the row's own line for tangents, where it has one."""
        own = (p for p, g in found.arguments.items() if isinstance(g, gast.Name) and g.id == first)
        line = found.row.tangents.get(next(own, ""))
        if line is None:
            return substitute(copy.deepcopy(s.value), self.mirrors_of(found))
        parts = {"d": self.read(first), "y": load(y)}
        for name, parameter in found.row.signature.parameters.items():
            given = found.arguments.get(name)
            parts[name] = lines.default(parameter) if given is None else _tuple(given)
        return lines.inline(line, parts, self.xp(found), self.namespace, s)

    def mirrors_of(self, found: TableCall) -> dict[str, gast.expr]:
        """The buffers of what a view is taken from, by its name."""
        given = [g for p, g in found.arguments.items() if p in found.row.pullbacks]
        atoms = [a for g in given for a in (g if isinstance(g, tuple) else (g,))]
        return {a.id: self.read(a.id) for a in atoms if self.is_active(a) and self.shadowed(a.id)}

    def no_derivative(self, row: Row, parameter: str, s: gast.stmt) -> errors.DifferentiationError:
        reason = row.no_derivative.get(
            parameter, f"the rule covers {', '.join(row.pullbacks) or 'no argument'} only"
        )
        return self.refuse(
            errors.UnknownDerivativeError,
            f"'{row.name}' has no derivative with respect to '{parameter}'",
            s,
            because=reason,
            fix="leave it out with wrt=..., or use without_derivative(...) where zero is meant",
        )

    def effect(self, s: gast.Expr) -> Swept:
        """A call for its effect alone."""
        found = self.facts.calls.get(id(s.value))
        given = [a.value if isinstance(a, gast.Starred) else a for a in s.value.args]
        given += [k.value for k in s.value.keywords]
        held = self.held_by_callee(s.value)
        if isinstance(found, MethodCall):
            return container_methods.method(self, None, found, s)
        if self.is_kept_in_a_set(s.value):
            return [s], []
        if isinstance(found, OpenCall) and id(s.value) in self.facts.on_buffers:
            return self.open(None, found, s)
        if isinstance(found, OpenCall) and gathers(found.function, found.args):
            swept = gathered(self, found, s)
            if swept is not None:
                return swept
        if self.changes_what_is_idle(s.value):
            return [s], []
        if isinstance(found, OpenCall) and (
            any(map(self.is_active, (*given, *held))) or self.may_change_for_others(s.value, [*given, *held])
        ):
            effect = call(self.runtime("effect"), s.value.func)
            return [gast.copy_location(gast.Expr(gast.Call(effect, s.value.args, s.value.keywords)), s)], []
        return [s], []

    def may_change_for_others(self, called: gast.Call, given: list[gast.expr]) -> bool:
        """Whether a call may change what this function was given, by all one knows: its caller may read that."""
        summary, _ = self.facts.summaries.get(id(called), (None, None))
        if summary is not None and not summary.exposed:
            return False
        own = (n for n in flow.argument_names(self.tree) if self.may_change_and_differ(n))
        reached = set().union(*map(self.aliases.reach, own))
        names = [a.id for a in given if isinstance(a, gast.Name) and self.may_change_and_differ(a.id)]
        return any(not reached.isdisjoint(self.aliases.reach(n)) for n in names)

    def may_change_and_differ(self, name: str) -> bool:
        kind = self.facts.kind(name)
        return mutable(kind) and kind.may_differ

    def held_by_callee(self, called: gast.Call) -> list[gast.expr]:
        """The object of a method; a function of which nothing is known, for what it may hold."""
        match called.func:
            case gast.Attribute(value=base):
                return [base]
            case gast.Name() as function if id(called) not in self.facts.summaries:
                return [function]
        return []

    def changes_what_is_idle(self, called: gast.Call) -> bool:
        """Whether all that a known function changes are arguments that the result does not depend on."""
        summary, bound = self.facts.summaries.get(id(called), (None, None))
        if summary is None or bound is None or not summary.changed:
            return False
        changed = summary.changed | summary.exposed
        return changed <= bound.keys() and not any(
            self.is_active(one) for name in changed for one in bound[name]
        )

    def is_kept_in_a_set(self, called: gast.Call) -> bool:
        """seen.add(v) of a set that this function made, and asks for nothing but what is in it and how many."""
        if not isinstance(called.func, gast.Attribute) or called.func.attr not in _OF_SETS:
            return False
        own = called.func.value.id if isinstance(called.func.value, gast.Name) else ""
        every = nodes(self.tree)
        uses = sum(isinstance(n, gast.Name) and n.id == own and isinstance(n.ctx, gast.Load) for n in every)
        made = [s for s in every if isinstance(s, gast.stmt) and own in flow.names_written(s)]
        asked = sum(self.asks_a_set(n, own) for n in every)
        return own not in self.active and bool(made) and uses == asked and all(map(self.makes_a_set, made))

    def asks_a_set(self, node: gast.AST, own: str) -> bool:
        match node:
            case gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr=method)):
                return name == own and method in _OF_SETS
            case gast.Compare(ops=[gast.In() | gast.NotIn()], comparators=[gast.Name(id=name)]):
                return name == own
            case gast.Call(func=gast.Name() as func, args=[gast.Name(id=name)]):
                return name == own and self.facts.kind(func) == Known(len)
        return False

    def makes_a_set(self, s: gast.AST) -> bool:
        match s:
            case gast.Assign(value=gast.Set()):
                return True
            case gast.Assign(value=gast.Call(func=gast.Name() as func)):
                return self.facts.kind(func) == Known(set)
        return False

    # Blocks

    def branch(self, s: gast.If) -> Swept:
        body, steps = self.block(s.body)
        orelse, other = self.block(s.orelse)
        new = gast.copy_location(gast.If(s.test, body or [gast.Pass()], orelse), s)
        return [new], [Branch(s.test, steps, other, new)] if steps or other else []

    def loop(self, s: gast.For | gast.While, outer: list[gast.stmt]) -> Swept:
        body, steps = self.block(s.body)
        element = None
        before: list[gast.stmt] = []
        if isinstance(s, gast.For):
            new: gast.For | gast.While = gast.For(s.target, s.iter, body, [], None)
            if self.is_active(s.target):
                element = self.names.fresh("k")
                own, before = items.iteration(self, s, new, element)
                steps = steps + own
        else:
            new = gast.While(s.test, body, [])
        gast.copy_location(new, s)
        return [*before, new], [Loop(steps, new, outer, element, s)] if steps else []

    def try_block(self, s: gast.Try) -> Swept:
        written = flow.all_written([s])
        if any(n in self.active for n in written):
            raise self.refuse(
                errors.UnsupportedSyntaxError,
                "'try' with an active value assigned in its body is not supported",
                s,
                because="how much of the body ran before the exception is not known to the pullback",
                fix="test the condition with 'if' first, or move the try block into a function "
                "with its own rule: @derivative(of=...)",
            )
        return [s], []

    def nested(self, s: gast.FunctionDef) -> Swept:
        """A nested function carries cotangents of what it captures."""
        if s.name not in self.active:
            return [s], []
        steps: list[Step] = []
        free = flow.free_names(s) & self.active
        if s.name in free:
            closed = call(self.runtime("closed"), self.read(s.name), constant(s.name))
            steps.append(Plain([assign(self.bar(s.name), closed, s)]))
        for name in sorted(free - {s.name}):
            if self.shadowed(name):
                continue  # its buffer takes its share at each call
            part = call(self.runtime("captured"), self.read(s.name), constant(name))
            steps.append(Contribute(name, part, certain=False))
        return [s], self.consume(s.name, steps, s)

    def to_buffers(self, steps: list[Step], s: gast.stmt) -> list[Step]:
        """What flows into a closure flows on at once into the buffers that it captured."""
        found: list[Step] = []
        for step in steps:
            function = self.function_of(step.name) if isinstance(step, Contribute) else ""
            if isinstance(step, Contribute) and function in self.closures:
                found += self.flowing_on(step, function, s)
            elif isinstance(step, Consume):
                found.append(dataclasses.replace(step, steps=self.to_buffers(step.steps, s)))
            else:
                found.append(step)
        return found

    def flowing_on(self, step: Contribute, function: str, s: gast.stmt) -> list[Step]:
        """Cells are given their functions behind what captures them: all that is beyond a cell gets its share, too."""
        through, captured = self.captured_by(function)
        in_cells = any(map(self.is_cell, through))
        names = sorted(n for n in captured if self.shadowed(n) or (in_cells and n in self.active))
        if not names or not (in_cells or self.is_copy_of(step.name, function)):
            return [step]  # nothing to share, or what the function was taken from does it
        found: list[Step] = []
        whole = step.value
        if not isinstance(whole, gast.Name):
            whole = load(self.names.fresh(f"{step.name}_part"))
            found.append(Plain([assign(whole.id, step.value)]))
        found += [] if in_cells else [dataclasses.replace(step, value=whole)]
        if through - {step.name, function} or function in self.closures[function]:
            flat = self.names.fresh(f"{step.name}_captured")
            ordered = gast.Tuple([constant(n) for n in sorted(through)], gast.Load())
            found.append(Plain([assign(flat, call(self.runtime("flattened"), whole, ordered))]))
            whole = load(flat)
        for name in names:
            part = call(self.runtime("captured"), whole, constant(name))
            if self.is_kept_by(s) and self.changed_later(name, s):
                part = call(self.runtime("in_time"), part, constant(name.partition("_cell")[0]))
            found.append(Contribute(name, part, certain=False))
        return found

    def is_kept_by(self, s: gast.stmt) -> bool:
        """Whether a statement keeps the functions that it is given for calls that come later."""
        match s:
            case gast.Assign(targets=[gast.Subscript() | gast.Attribute()]):
                return True
            case gast.Assign(value=gast.Tuple() | gast.List() | gast.Dict() | gast.Set()):
                return True
            case gast.Assign(targets=[gast.Name(id=y)], value=gast.Call()) if isinstance(
                self.facts.kind(y), Struct | Closure
            ):
                return True
        found = self.facts.calls.get(id(getattr(s, "value", None)))
        return isinstance(found, MethodCall) or getattr(found, "function", None) is functools.partial

    @cached_property
    def late_cells(self) -> list[str]:
        """Captured variables that change while functions which read them are kept."""
        found: set[str] = set()
        for s in nodes(self.tree):
            if not isinstance(s, gast.Assign | gast.Expr) or not self.is_kept_by(s):
                continue
            for name in flow.names_read(s):
                function = self.function_of(name)
                captured = self.captured_by(function)[1] if function in self.closures else set()
                found |= {n for n in captured if self.shadowed(n) and self.changed_later(n, s)}
        return sorted(found)

    def captured_by(self, function: str) -> tuple[set[str], set[str]]:
        """Functions that one calls through what it captured, under all their names; and the rest that they captured."""
        through: set[str] = set()
        captured: set[str] = set()
        todo = [function]
        while todo:
            name = todo.pop()
            inner = self.function_of(name)
            if inner not in self.closures:
                captured.add(name)
            elif name not in through:
                through |= {name, inner}
                todo += sorted(self.closures[inner])
        return through, captured


def steers(kind: Kind) -> bool:
    """Whether a value is an int, or made of ints: a size, an axis, an index."""
    if isinstance(kind, TupleOf):
        return all(steers(one) for one in kind.items)
    if isinstance(kind, ListOf):
        return steers(kind.item)
    return isinstance(kind, Inert) or (isinstance(kind, Scalar) and kind.type in ("int", "integer", "bool"))


def _is_square(found: TableCall) -> bool:
    """x * x, whose factors have one contribution."""
    match list(found.arguments.values()):
        case [gast.Name(id=one), gast.Name(id=other)]:
            return found.row.name == "multiply" and one == other
    return False


def _doubled(value: gast.expr) -> gast.expr:
    """2 * d * x for d * x."""
    if isinstance(value, gast.BinOp) and isinstance(value.op, gast.Mult):
        value.left = gast.BinOp(constant(2), gast.Mult(), value.left)
        return value
    return gast.BinOp(constant(2), gast.Mult(), value)


def _is_one(given: object) -> bool:
    return isinstance(given, gast.Constant) and type(given.value) in (int, float) and given.value == 1


def _tuple(given: object) -> gast.expr:
    return gast.Tuple(list(given), gast.Load()) if isinstance(given, tuple) else given
