"""Reverse mode: renamed normal form and its facts in, a forward sweep and the steps of its reverse sweep out."""

from __future__ import annotations

import copy
import inspect
from collections import Counter
from collections.abc import Callable, Mapping

import gast

from diffpy import errors
from diffpy.analysis import calls, flow
from diffpy.analysis.aliasing import Aliases, is_view, may_copy, mutable
from diffpy.analysis.calls import MethodCall, OpenCall, PlainCall, TableCall
from diffpy.analysis.infer import Facts
from diffpy.analysis.kinds import RANGE, Array, DictOf, Inert, Kind, ListOf, Local, Scalar, TupleOf
from diffpy.rules.operands import makes_array
from diffpy.rules.table import TABLE, Row
from diffpy.syntax.build import assign, call, constant, expression, load, store, substitute
from diffpy.syntax.names import Names
from diffpy.transforms import containers, contexts, lines
from diffpy.transforms.broadcasting import unbroadcast
from diffpy.transforms.cotangent_types import (
    Conjugation,
    fit,
    fits,
    is_sequence,
    loses,
    takes_conjugates,
)
from diffpy.transforms.lines import Namespace
from diffpy.transforms.sweeps import (
    Branch,
    Consume,
    Contribute,
    Loop,
    Plain,
    Step,
)

Swept = tuple[list[gast.stmt], list[Step]]
Refuse = Callable[..., errors.DifferentiationError]


class Reverse:
    """Walks the function once; each handler returns the forward statements and the reverse steps, last first."""

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
        counts = Counter(_assignments(tree.body))
        self.multiple = {name for name, count in counts.items() if count > 1}
        self.ranges = {n for n in counts if facts.kind(n) == RANGE}
        self.closures = {s.name: flow.free_names(s) for s in _nested(tree.body)}
        self.unsure: set[str] = set()  # names that may not be bound yet where they are carried
        self.locals = set(counts) | flow.argument_names(tree)

    # Words used by all handlers

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
        read = Counter(n.id for n in gast.walk(self.tree) if isinstance(n, gast.Name))
        stored = sum(
            isinstance(n, gast.Expr)
            and isinstance(n.value, gast.Call)
            and isinstance(n.value.func, gast.Attribute)
            and isinstance(n.value.func.value, gast.Name)
            and n.value.func.value.id == name
            for n in gast.walk(self.tree)
        )
        return read[name] > stored

    def shadowed(self, name: str) -> bool:
        """Whether the cotangent is a buffer made in the forward sweep, beside the object that it mirrors."""
        kind = self.facts.kind(name)
        if isinstance(kind, Local) or name not in self.active:
            return False
        return mutable(kind) and self.aliases.is_shadowed(name)

    def consume(self, y: str, steps: list[Step], like: gast.AST) -> list[Step]:
        if self.shadowed(y):
            return steps
        reset = y in self.multiple
        return [Consume([y], steps, reset, like)] if steps or reset else []

    # Statements

    def block(self, block: list[gast.stmt]) -> Swept:
        forward: list[gast.stmt] = []
        backward: list[Step] = []
        for s in block:
            one, steps = self.statement(s, forward)
            forward.extend(one)
            backward[:0] = steps
        return forward, backward

    def statement(self, s: gast.stmt, forward: list[gast.stmt]) -> Swept:
        match s:
            case gast.Assign(targets=[gast.Name() as target]):
                return self.assign(target.id, s)
            case gast.Assign(targets=[gast.Tuple()]):
                return containers.unpack(self, s)
            case gast.Assign(targets=[gast.Subscript() | gast.Attribute()]):
                return containers.store(self, s)
            case gast.AugAssign():
                return containers.augmented(self, s)
            case gast.Expr(value=gast.Call()):
                return self.effect(s)
            case gast.Delete():
                return containers.delete(self, s)
            case gast.If():
                return self.branch(s)
            case gast.For() | gast.While():
                return self.loop(s, forward)
            case gast.With():
                return contexts.with_block(self, s)
            case gast.Try():
                return self.try_block(s)
            case gast.FunctionDef():
                return self.nested(s)
            case _:
                return [s], []

    def assign(self, y: str, s: gast.Assign) -> Swept:
        if y not in self.active and not self.changes_a_container(s.value):
            return [s], []
        forward, steps = self.value(y, s.value, s)
        if y not in self.active:
            return forward, steps
        return forward, self.consume(y, self.to_buffers(steps), s)

    def changes_a_container(self, value: gast.expr) -> bool:
        found = self.facts.calls.get(id(value))
        return isinstance(found, MethodCall) and self.shadowed(found.base.id)

    def value(self, y: str, value: gast.expr, s: gast.stmt) -> Swept:
        """The forward statements, and the steps that use y's cotangent."""
        match self.facts.calls.get(id(value)):
            case TableCall() as found if isinstance(self.facts.kind(y), Scalar | Array):
                return self.table(y, found, s)
            case TableCall() if isinstance(value, gast.Call):
                return self.open(y, OpenCall(value.func, tuple(value.args), tuple(value.keywords)), s)
            case OpenCall() as found:
                return self.open(y, found, s)
            case MethodCall() as found:
                return containers.method(self, y, found, s)
            case PlainCall():
                return self.fresh(y, [s], s), []
        match value:
            case gast.Name():
                return self.copy(y, value, s)
            case gast.Tuple() | gast.List() | gast.Dict() | gast.Set():
                return containers.display(self, y, value, s)
            case gast.Subscript():
                return containers.subscript(self, y, value, s)
            case gast.Attribute():
                return containers.attribute(self, y, value, s)
            case gast.Constant() | gast.Compare() | gast.JoinedStr() | gast.UnaryOp(op=gast.Not()):
                return self.fresh(y, [s], s), []
            case gast.UnaryOp(operand=gast.Constant()):
                return self.fresh(y, [s], s), []
            case _:
                raise self.refuse(errors.UnsupportedSyntaxError, "this expression has no derivative here", s)

    def copy(self, y: str, x: gast.Name, s: gast.stmt) -> Swept:
        if self.shadowed(y):
            source = self.read(x.id) if self.is_active(x) else constant(None)
            return [s, assign(self.bar(y), source, s)], []
        if not self.is_active(x):
            return [s], []
        if loses(self.facts.kind(x), self.facts.kind(y)) and not isinstance(self.facts.kind(x), Scalar | Array):
            return [s], [self.passed(x.id, self.read(y), self.facts.kind(y))]
        certain = isinstance(self.facts.kind(y), Scalar | Array)  # else the cotangent may be None
        return [s], [Contribute(x.id, self.fitted(self.read(y), x.id, y), certain)]

    def fresh(self, y: str, forward: list[gast.stmt], s: gast.AST) -> list[gast.stmt]:
        """Statements that make a new object, followed by its buffer where it has one."""
        if not self.shadowed(y):
            return forward
        return [*forward, assign(self.bar(y), self.zero(y), s)]

    def zero(self, name: str) -> gast.expr:
        """A cotangent of zero laid out like the value."""
        if isinstance(self.facts.kind(name), Array) and self.facts.kind(name).dims is not None:
            return expression(f"{self.module()}.zeros_like({name})")
        return call(self.runtime("shadow"), load(name))

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
        after = []
        if self.shadowed(y) and "y" in self.reads(found):
            parts["y"], after = self.snapshot(y, s)
            steps = [
                step
                for p, g in found.arguments.items()
                for step in self.contributions(y, found, p, g, parts, s)
            ]
        return [*before, *self.fresh(y, [s], s), *after], steps

    def reads(self, found: TableCall) -> set[str]:
        """What the lines for the active arguments read."""
        needed: set[str] = set()
        for parameter, line in found.row.pullbacks.items():
            given = found.arguments.get(parameter)
            if any(self.is_active(g) for g in (given if isinstance(given, tuple) else (given,))):
                needed |= set(inspect.signature(line).parameters)
        return needed

    def parts(self, y: str, found: TableCall, s: gast.stmt) -> tuple[list[gast.stmt], dict[str, gast.expr]]:
        """What a line's parameters stand for here; values that a later store may change are put aside first."""
        needed = self.reads(found)
        before: list[gast.stmt] = []
        parts: dict[str, gast.expr] = {"d": self.read(y), "y_bar": self.read(y), "y": load(y)}
        for name, parameter in found.row.signature.parameters.items():
            given = found.arguments.get(name)
            atom = lines.default(parameter) if given is None else _tuple(given)
            if name in needed and isinstance(atom, gast.Name) and self.may_change(atom.id):
                atom, saved = self.snapshot(atom.id, s)
                before += saved
            sequence = isinstance(atom, gast.Name) and isinstance(self.facts.kind(atom.id), ListOf | TupleOf)
            if sequence and name in needed and makes_array(found.function, name):
                atom = self.as_array(atom.id, s, before)
            parts[name] = atom
            parts[f"{name}_shape"] = self.shape(atom, s, before, f"{name}_shape" in needed)
        return before, parts

    def as_array(self, name: str, s: gast.stmt, before: list[gast.stmt]) -> gast.Name:
        """The array that NumPy makes of a list, for lines that read it."""
        made = self.names.fresh(f"{name}_array")
        before.append(assign(made, expression(f"{self.module()}.asarray({name})"), s))
        return load(made)

    def may_change(self, name: str) -> bool:
        if isinstance(self.facts.kind(name), ListOf | DictOf | TupleOf):
            return self.aliases.is_shadowed(name)
        return isinstance(self.facts.kind(name), Array) and self.aliases.is_changed(name)

    def snapshot(self, name: str, s: gast.AST) -> tuple[gast.expr, list[gast.stmt]]:
        saved = self.names.fresh(name)
        kind = self.facts.kinds[saved] = self.facts.kind(name)
        flat = isinstance(kind, Array) or (isinstance(kind, ListOf | DictOf) and not mutable(kind.item))
        kept = expression(f"{name}.copy()") if flat else call(self.runtime("kept"), load(name))
        return load(saved), [assign(saved, kept, s)]

    def shape(self, atom: gast.expr, s: gast.AST, before: list[gast.stmt], needed: bool) -> gast.expr:
        if not needed or not isinstance(atom, gast.Name):
            return expression("()") if not isinstance(atom, gast.Name) else constant(None)
        if isinstance(self.facts.kind(atom.id), Array):
            return gast.Attribute(load(atom.id), "shape", gast.Load())
        return expression(f"{self.module()}.shape({atom.id})")

    def contributions(
        self,
        y: str,
        found: TableCall,
        parameter: str,
        given: object,
        parts: Mapping[str, gast.expr],
        s: gast.stmt,
    ) -> list[Step]:
        targets = given if isinstance(given, tuple) else (given,)
        if not any(self.is_active(t) for t in targets):
            return []
        line = found.row.pullbacks.get(parameter)
        if line is None and found.row.ignores(parameter):
            return []
        if line is None and all(steers(self.facts.kind(t)) for t in targets if self.is_active(t)):
            return []
        if line is None:
            raise self.no_derivative(found.row, parameter, s)
        value = lines.inline(line, parts, self.xp(found), self.namespace, s)
        if takes_conjugates(found.row, self.facts.kind(y)):
            value = self.conjugated(value, parts["d"].id, is_sequence(given, self.facts))
        if isinstance(given, tuple):
            return self.spread_over(y, targets, value, s)
        if found.row.family == "elementwise":
            value = unbroadcast(value, given.id, y, self.facts, self.module(), self.runtime)
        return [Contribute(given.id, value if fits(line) else self.fitted(value, given.id, y))]

    def conjugated(self, value: gast.expr, d: str, sequence: bool = False) -> gast.expr:
        """A line of a holomorphic operation on complex numbers: between conjugates."""
        conjugation = Conjugation(d, self.facts, self.module())
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

    def spread_over(self, y: str, targets: tuple, value: gast.expr, s: gast.stmt) -> list[Step]:
        """A line for *arguments gives a tuple: a cotangent each."""
        whole = self.names.fresh("parts_bar")
        steps: list[Step] = [Plain([assign(whole, value, s)])]
        for k, target in enumerate(targets):
            if self.is_active(target):
                part = self.fitted(expression(f"{whole}[{k}]"), target.id, y)
                steps.append(Contribute(target.id, part))
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
        first = next(iter(found.arguments.values()), None)
        if not self.shadowed(y) or not isinstance(first, gast.Name) or not self.shadowed(first.id):
            return None
        if self.aliases.find(y) != self.aliases.find(first.id) or not is_view(found):
            return None
        mirrored = substitute(copy.deepcopy(s.value), {first.id: self.read(first.id)})
        linked = call(self.runtime("mirror"), load(y), load(first.id), mirrored, self.read(first.id))
        forward = [s, assign(self.bar(y), linked, s)]
        if not may_copy(found):
            return forward, []
        before, parts = self.parts(y, found, s)
        line = found.row.pullbacks.get(next(iter(found.arguments)))
        if line is None:
            return [*before, *forward], []
        value = lines.inline(line, parts, self.xp(found), self.namespace, s)
        passed = call(self.runtime("unless_view"), self.read(y), self.read(first.id), value)
        return [*before, *forward], [Contribute(first.id, passed, certain=False)]

    def check_options(self, found: TableCall, s: gast.stmt) -> errors.DifferentiationError | None:
        bound = found.row.signature.bind_partial()
        bound.arguments.update(found.arguments)
        refused = calls.refused_option(found.row, bound)
        if refused is None:
            return None
        option, reason = refused
        return self.refuse(
            errors.UnknownDerivativeError,
            f"'{found.row.name}' has no derivative with '{option}=' given",
            s,
            because=reason,
            fix=f"leave '{option}' out, or register a rule with @derivative(of=...)",
        )

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

    def open(self, y: str | None, found: OpenCall, s: gast.stmt) -> Swept:
        """A call whose pullback is found when it runs; the pullback is kept for the reverse sweep."""
        self.check_open(found, s)
        callee, callee_name = self.callee(found)
        result = y if y is not None else self.names.fresh("_unused")
        pullback = self.names.fresh(f"{_stem(found, y)}_pullback")
        starred = any(isinstance(a, gast.Starred) for a in found.args) or any(
            k.arg is None for k in found.keywords
        )
        if starred:
            return self.open_starred(result, pullback, callee, callee_name, found, s)
        wrt = [k for k, a in enumerate(found.args) if self.is_active(a)]
        wrt += [k.arg for k in found.keywords if self.is_active(k.value)]
        targets = [a.id for a in (*found.args, *(k.value for k in found.keywords)) if self.is_active(a)]
        given: dict[str, gast.expr] = {}
        if not wrt and callee_name is None and y is not None:
            return self.fresh(y, [s], s), []
        if len(wrt) < len(found.args) + len(found.keywords):
            given["wrt"] = gast.Tuple([constant(one) for one in wrt], gast.Load())
        if callee_name is not None:
            given["callee"] = constant(True)
            targets.insert(0, callee_name)
        given |= self.keeping(found)
        maker = call(self.runtime("with_pullback"), callee, **given)
        invoked = gast.Call(maker, list(found.args), list(found.keywords))
        forward = self.paired(result, pullback, invoked, s)
        if y is None:
            return forward, []
        return self.fresh(y, forward, s), self.pulled(y, pullback, targets, s)

    def keeping(self, found: OpenCall) -> dict[str, gast.expr]:
        """Arguments that the function changes elsewhere: their pullback wants them as they are now."""
        given = [(k, a.value if isinstance(a, gast.Starred) else a) for k, a in enumerate(found.args)]
        given += [(k.arg, k.value) for k in found.keywords]
        kept = [constant(k) for k, a in given if isinstance(a, gast.Name) and self.is_kept(a.id)]
        return {"keep": gast.Tuple(kept, gast.Load())} if kept else {}

    def is_kept(self, name: str) -> bool:
        kind = self.facts.kind(name)
        if not mutable(kind) or isinstance(kind, Local) or not self.aliases.is_shadowed(name):
            return False
        return isinstance(kind, Array) or name in self.active

    def paired(self, result: str, pullback: str, invoked: gast.expr, s: gast.stmt) -> list[gast.stmt]:
        pair = gast.Tuple([store(result), store(pullback)], gast.Store())
        return [assign(pair, invoked, s)]

    def pulled(self, y: str, pullback: str, targets: list[str], s: gast.stmt) -> list[Step]:
        parts = [self.names.fresh(f"{t}_part") for t in targets]
        names = [store(p) for p in parts]
        target = names[0] if len(names) == 1 else gast.Tuple(names, gast.Store())
        steps: list[Step] = [Plain([assign(target, call(load(pullback), self.read(y)), s)])]
        return steps + [Contribute(t, load(p), certain=False) for t, p in zip(targets, parts, strict=True)]

    def open_starred(self, result, pullback, callee, callee_name, found: OpenCall, s: gast.stmt) -> Swept:
        """f(*xs, **kw): the pullback gives a tuple for all positions and a dict for all keywords."""
        maker = call(self.runtime("with_pullback"), callee, spread=constant(True), **self.keeping(found))
        forward = self.paired(result, pullback, gast.Call(maker, list(found.args), list(found.keywords)), s)
        three = [self.names.fresh(n) for n in ("callee_part", "arguments_part", "keywords_part")]
        target = gast.Tuple([store(n) for n in three], gast.Store())
        steps: list[Step] = [Plain([assign(target, call(load(pullback), self.read(result)), s)])]
        if callee_name is not None:
            steps.append(Contribute(callee_name, load(three[0]), certain=False))
        before, given = containers.starred_parts(self, found, three[1], three[2], s)
        return [*before, *self.fresh(result, forward, s)], steps + given

    def callee(self, found: OpenCall) -> tuple[gast.expr, str | None]:
        """The callee as an expression, and the name whose cotangent it carries (a closure, a bound method's object)."""
        if isinstance(found.callee, gast.Name) and found.callee.id.startswith("operator."):
            return expression(f"{self.module('operator')}.{found.callee.id.partition('.')[2]}"), None
        base = found.callee
        while isinstance(base, gast.Attribute):
            base = base.value
        return found.callee, base.id if self.is_active(base) else None

    def check_open(self, found: OpenCall, s: gast.stmt) -> None:
        row = TABLE.find(found.function) if found.function is not None else None
        if row is not None:
            bound = calls.bind(row, list(found.args), list(found.keywords))
            refused = (
                self.check_options(TableCall(row, found.function, bound.arguments), s) if bound else None
            )
            if refused is not None:
                raise refused

    def effect(self, s: gast.Expr) -> Swept:
        """A call for its effect alone."""
        found = self.facts.calls.get(id(s.value))
        given = [a.value if isinstance(a, gast.Starred) else a for a in s.value.args]
        given += [k.value for k in s.value.keywords]
        base = s.value.func.value if isinstance(s.value.func, gast.Attribute) else None
        if isinstance(found, MethodCall):
            return containers.method(self, None, found, s)
        if isinstance(found, OpenCall) and any(self.is_active(a) for a in (*given, base)):
            effect = call(self.runtime("effect"), s.value.func)
            return [gast.copy_location(gast.Expr(gast.Call(effect, s.value.args, s.value.keywords)), s)], []
        return [s], []

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
                own, before = containers.iteration(self, s, new, element)
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

    def to_buffers(self, steps: list[Step]) -> list[Step]:
        """What flows into a closure flows on at once into the buffers that it captured."""
        found: list[Step] = []
        for step in steps:
            if isinstance(step, Contribute) and step.name in self.closures:
                through, names = self.circle(step.name)
                if through:
                    found += self.distributed(step, through, names)
                    continue
                found.append(step)
                for name in self.closures[step.name]:
                    if self.shadowed(name):
                        part = call(self.runtime("captured"), step.value, constant(name))
                        found.append(Contribute(name, part, certain=False))
            else:
                found.append(step)
        return found

    def circle(self, name: str) -> tuple[set[str], set[str]]:
        """Functions that call each other through cells, with the cells; and the rest of what they capture."""
        through: set[str] = set()
        captured: set[str] = set()
        todo = [name]
        while todo:
            one = todo.pop()
            kind = self.facts.kind(one)
            if isinstance(kind, ListOf) and isinstance(kind.item, Local):
                through.add(one)
                one = kind.item.node.name
            if one in self.closures and one not in through:
                through.add(one)
                todo.extend(self.closures[one])
            elif one not in self.closures:
                captured.add(one)
        returns = any(n in self.closures and name in self.closures[n] for n in through - {name})
        return (through, captured) if returns else (set(), set())

    def distributed(self, step: Contribute, through: set[str], names: set[str]) -> list[Step]:
        flat = self.names.fresh(f"{step.name}_captured")
        ordered = gast.Tuple([constant(n) for n in sorted(through)], gast.Load())
        found: list[Step] = [Plain([assign(flat, call(self.runtime("flattened"), step.value, ordered))])]
        for name in sorted(names & self.active):
            part = call(self.runtime("captured"), load(flat), constant(name))
            found.append(Contribute(name, part, certain=False))
        return found


def steers(kind: Kind) -> bool:
    """Whether a value is an int, or made of ints: a size, an axis, an index."""
    if isinstance(kind, TupleOf):
        return all(steers(one) for one in kind.items)
    if isinstance(kind, ListOf):
        return steers(kind.item)
    return isinstance(kind, Inert) or (isinstance(kind, Scalar) and kind.type in ("int", "integer", "bool"))


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


def _nested(block: list[gast.stmt]) -> list[gast.FunctionDef]:
    found: list[gast.FunctionDef] = []
    for s in block:
        found += [s] if isinstance(s, gast.FunctionDef) else _nested(flow.blocks_of(s))  # type: ignore[arg-type]
    return found


def _stem(found: OpenCall, y: str | None) -> str:
    parts = calls.dotted(found.callee)
    if parts is None or parts[-1].startswith("operator") or parts[0].startswith("operator."):
        return y or "call"
    return parts[-1]


def _tuple(given: object) -> gast.expr:
    return gast.Tuple(list(given), gast.Load()) if isinstance(given, tuple) else given  # type: ignore[return-value]
