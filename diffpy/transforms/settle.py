"""Deciding the zeros: steps of the reverse sweep in, statements out; on the way loops learn what to record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import Array, PerhapsFloat, Scalar, is_complex
from diffpy.syntax.build import assign, at, call, constant, expression, load, store
from diffpy.syntax.trees import children
from diffpy.transforms.recording import Recording
from diffpy.transforms.reverse import Reverse
from diffpy.transforms.sweeps import (
    Branch,
    Consume,
    Contribute,
    ContributeAt,
    ContributeItem,
    Loop,
    Plain,
    Step,
)

State = dict[str, str]  # cotangents that are not zero for sure: "set", or "maybe" (None at run time)


class Settle:
    """Turns steps into statements, knowing at each point which cotangents are still zero."""

    def __init__(self, reverse: Reverse) -> None:
        self.reverse = reverse
        self.facts = reverse.facts
        self.mentions = Counter(_mentions(reverse.tree.body))
        self.buffered: set[str] = set()
        surely = flow.FlowFacts().block(reverse.tree.body).surely | flow.argument_names(reverse.tree)
        self.unsure = flow.all_written(reverse.tree.body) - surely
        self.preset: set[str] = set()  # names that are None where no path has bound them
        self.mirrors: dict[int, list[gast.stmt]] = {}  # forward block -> its reverse

    def block(self, steps: list[Step], state: State) -> list[gast.stmt]:
        done: list[gast.stmt] = []
        for step in steps:
            done.extend(self.step(step, state))
        return done

    def step(self, step: Step, state: State) -> list[gast.stmt]:
        match step:
            case Contribute():
                return self.contribute(step, state)
            case ContributeAt():
                return self.contribute_at(step, state)
            case ContributeItem():
                return self.contribute_item(step, state)
            case Consume():
                return self.consume(step, state)
            case Plain():
                return step.statements
            case Branch():
                return self.branch(step, state)
            case Loop():
                return self.loop(step, state)

    # Contributions

    def is_number(self, name: str) -> bool:
        return isinstance(self.facts.kind(name), Scalar | Array)

    def find_buffers(self, steps: list[Step]) -> None:
        """Arrays of which parts are read get a buffer: parts are added in place."""
        for step in walk(steps):
            if isinstance(step, ContributeAt):
                self.buffered.add(step.name)

    def zero(self, name: str, state: State) -> list[gast.stmt]:
        """x_bar = zero, of x's own kind; None where the kind is not known."""
        bar = self.reverse.bar(name)
        if not self.is_number(name):
            state[name] = "maybe"
            return [assign(bar, constant(None))]
        state[name] = "set"
        if isinstance(self.facts.kind(name), Scalar):
            return [assign(bar, constant(0j if is_complex(self.facts.kind(name)) else 0.0))]
        if name in self.unsure:
            self.preset.add(name)
            return [assign(bar, call(self.reverse.runtime("zero_tangent"), load(name)))]
        return [assign(bar, expression(f"{self.reverse.module()}.zeros_like({name})"))]

    def contribute(self, step: Contribute, state: State) -> list[gast.stmt]:
        name, bar = step.name, self.reverse.bar(step.name)
        if self.reverse.shadowed(name):
            return self.into_buffer(step)
        before: list[gast.stmt] = []
        number = self.is_number(name)
        if name not in state and number and (not step.certain or name in self.buffered):
            before = self.zero(name, state)
        if name not in state:
            state[name] = "set" if step.certain else "maybe"
            return [assign(bar, step.value)]
        if name in self.buffered and step.certain:
            return [*before, gast.AugAssign(store(bar), gast.Add(), step.value)]
        if number and step.certain:
            return [*before, assign(bar, gast.BinOp(load(bar), gast.Add(), step.value))]
        return [*before, assign(bar, call(self.reverse.runtime("accumulate"), load(bar), step.value))]

    def into_buffer(self, step: Contribute) -> list[gast.stmt]:
        bar = self.reverse.bar(step.name)
        kind = self.facts.kind(step.name)
        if isinstance(kind, Array) and not isinstance(kind, PerhapsFloat) and step.certain:
            place = gast.Subscript(load(bar), constant(Ellipsis), gast.Store())
            return [gast.AugAssign(place, gast.Add(), step.value)]
        return [gast.Expr(call(self.reverse.runtime("accumulate_into"), load(bar), step.value))]

    def contribute_at(self, step: ContributeAt, state: State) -> list[gast.stmt]:
        name, bar = step.name, self.reverse.bar(step.name)
        before = self.zero(name, state) if name not in state and not self.reverse.shadowed(name) else []
        if step.add_at:
            added = expression(
                f"{self.reverse.module()}.add.at({bar}, index, value)",
                index=_as_index(step.index),
                value=step.value,
            )
            return [*before, gast.Expr(added)]
        place = gast.Subscript(load(bar), step.index, gast.Store())
        return [*before, gast.AugAssign(place, gast.Add(), step.value)]

    def contribute_item(self, step: ContributeItem, state: State) -> list[gast.stmt]:
        name, bar = step.name, self.reverse.bar(step.name)
        if self.reverse.shadowed(name):
            add = self.reverse.runtime("add_items" if _is_slice(step.key) else "add_item")
            return [gast.Expr(call(add, load(bar), step.key, step.value))]
        current = load(bar) if name in state else constant(None)
        state[name] = "maybe"
        added = call(self.reverse.runtime(step.function), current, load(name), step.key, step.value)
        return [assign(bar, added)]

    def consume(self, step: Consume, state: State) -> list[gast.stmt]:
        """Steps of a statement whose result's cotangent is zero are not worth a line."""
        present = [n for n in step.names if n in state]
        before: list[gast.stmt] = []
        if step.effects:
            absent = [n for n in step.names if n not in state]
            before = [assign(self.reverse.bar(n), constant(None)) for n in absent]
        runs = present or step.effects
        done = [at(s, step.like) for s in (*before, *self.block(step.steps, state))] if runs else []
        for name in step.names:
            state.pop(name, None)
        return done

    # Blocks

    def branch(self, step: Branch, state: State) -> list[gast.stmt]:
        states = [dict(state), dict(state)]
        blocks = [self.block(b, s) for b, s in zip((step.body, step.orelse), states, strict=True)]
        for name in sorted(states[0].keys() | states[1].keys()):
            for own, other, block in ((states[0], states[1], blocks[0]), (states[1], states[0], blocks[1])):
                if name not in own:
                    block.extend(at(z, step.source) for z in self.zero(name, own))
                if "maybe" in (own[name], other.get(name)):
                    own[name] = "maybe"
        state.clear()
        state.update(states[0] | {n: "maybe" for n, v in states[1].items() if v == "maybe"})
        self.mirrors[id(step.source.body)] = blocks[0]
        self.mirrors[id(step.source.orelse)] = blocks[1]
        if not any(blocks):
            return []
        return [gast.copy_location(gast.If(step.test, blocks[0], blocks[1]), step.source)]

    def loop(self, step: Loop, state: State) -> list[gast.stmt]:
        once = _Iteration(step.forward)
        local = self.local_names(once)
        contributed, consumed = _names(step.body)
        entering = {n for n in consumed - local if n in state}
        if not entering and not self.has_effects(step.body):
            return []
        carried = sorted((contributed - local) | entering)
        before: list[gast.stmt] = []
        for name in carried:
            if name not in state and not self.reverse.shadowed(name):
                before.extend(at(z, step.like) for z in self.zero(name, state))
        inner = {n: "set" if self.is_number(n) else "maybe" for n in carried if not self.reverse.shadowed(n)}
        outside, self.unsure = self.unsure, self.unsure - once.surely
        body = self.block(step.body, inner)
        self.unsure = outside
        for name in carried:
            if name not in inner and not self.reverse.shadowed(name):
                body.extend(at(z, step.like) for z in self.zero(name, inner))
        for name in carried:
            if not self.is_number(name) and name in state:
                state[name] = "maybe"
        if not body:
            return before
        recorded = Recording(self.reverse, step, body, self.mirrors).statements()
        return [*before, *recorded]

    def has_effects(self, steps: list[Step]) -> bool:
        """Whether the steps move buffers, which happens even where nothing flows yet."""
        return any(True for _ in _outside_consume(steps))

    def local_names(self, once: _Iteration) -> set[str]:
        """Names that live within one iteration."""
        inside = Counter(_mentions([*once.body]))
        inside.update(once.target)
        written = flow.all_written(once.body) | once.target
        return {n for n in written if n not in once.exposed and inside[n] >= self.mentions[n]}


class _Iteration:
    """What one iteration of a loop reads before it binds it, and surely binds."""

    def __init__(self, loop: gast.For | gast.While) -> None:
        self.body = loop.body
        self.target = flow.names_written(loop.target) if isinstance(loop, gast.For) else frozenset()
        found = flow.FlowFacts().block(loop.body)
        self.exposed = found.exposed - self.target
        self.surely = self.target if found.breaks else self.target | found.surely


def _as_index(index: gast.expr) -> gast.expr:
    if isinstance(index, gast.Tuple):
        return gast.Tuple([_as_index(e) for e in index.elts], gast.Load())
    if isinstance(index, gast.Slice):
        bounds = [b if b is not None else constant(None) for b in (index.lower, index.upper, index.step)]
        return call("slice", *bounds)
    return index


def walk(steps: list[Step]) -> Iterator[Step]:
    """All steps, those inside others too."""
    for step in steps:
        yield step
        match step:
            case Consume():
                yield from walk(step.steps)
            case Branch():
                yield from walk(step.body)
                yield from walk(step.orelse)
            case Loop():
                yield from walk(step.body)


def _outside_consume(steps: list[Step]) -> Iterator[Step]:
    for step in steps:
        match step:
            case Branch():
                yield from _outside_consume(step.body)
                yield from _outside_consume(step.orelse)
            case Loop():
                yield from _outside_consume(step.body)
            case Consume(effects=False):
                pass
            case _:
                yield step


def _names(steps: list[Step]) -> tuple[set[str], set[str]]:
    """Names that the steps contribute to, and names that they consume."""
    contributed: set[str] = set()
    consumed: set[str] = set()
    for step in walk(steps):
        if isinstance(step, Consume):
            consumed.update(step.names)
        elif isinstance(step, Contribute | ContributeAt | ContributeItem):
            contributed.add(step.name)
    return contributed, consumed


def _mentions(block: list[gast.stmt]) -> Iterator[str]:
    """Each occurrence of a name in the statements."""
    stack: list[gast.AST] = list(block)
    while stack:
        one = stack.pop()
        if isinstance(one, gast.FunctionDef):
            yield one.name
            yield from flow.free_names(one)
            continue
        if isinstance(one, gast.Name):
            yield one.id
        stack += children(one)


def _is_slice(key: gast.expr) -> bool:
    return isinstance(key, gast.Call) and isinstance(key.func, gast.Name) and key.func.id == "slice"
