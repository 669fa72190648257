"""The tensor graph: renamed normal form and the facts about it in; nodes, and blocks of nodes, out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import gast

from diffpy.analysis import flow
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Kind, Known, TupleOf
from diffpy.analysis.nodes import Block, Input, Node
from diffpy.analysis.operations import Form, Operations
from diffpy.analysis.wording import Wording
from diffpy.errors import Place

Env = dict[str, int]  # name -> number of the node that its value comes from


class Extraction:
    """Walks the function once; each statement becomes a node of the block that it stands in."""

    def __init__(
        self,
        tree: gast.FunctionDef,
        facts: Facts,
        active: frozenset[str],
        aliases: Aliases,
        wording: Wording,
        place: Callable[[gast.AST | None], Place],
    ) -> None:
        self.tree, self.facts, self.active, self.aliases = tree, facts, active, aliases
        self.wording, self.place = wording, place
        self.operations = Operations(facts, active, aliases)
        self.flow = flow.FlowFacts()
        self.count = 0
        self.regions = 0

    def function(self) -> Block:
        env: Env = {}
        heads = [self.entry(name, "argument", env) for name in _arguments(self.tree)]
        heads += [self.entry(name, "free", env) for name in self.free_values()]
        body = self.block("", self.tree.body, env, frozenset(), None)
        return Block("", (*heads, *body.nodes))

    def free_values(self) -> list[str]:
        """Globals and captured names that hold values, not functions or modules."""
        local = flow.all_written(self.tree.body) | flow.argument_names(self.tree)
        read = frozenset().union(*(_read_within(s) for s in self.tree.body)) - local
        return sorted(n for n in read if not isinstance(self.facts.kind(n), Known))

    def entry(self, name: str, form: Form, env: Env) -> Node:
        number = env[name] = self.number()
        node = next((a for a in gast.walk(self.tree.args) if isinstance(a, gast.Name) and a.id == name), None)
        kind, lively = self.facts.kind(name), name in self.active
        return Node(number, form, form, name, (name,), (), kind, lively, self.place(node or self.tree))

    def number(self) -> int:
        self.count += 1
        return self.count

    def block(
        self, label: str, block: Sequence[gast.stmt], env: Env, live: frozenset[str], run: int | None
    ) -> Block:
        """The nodes of a block; `run` is the tensor region that the whole block is part of."""
        after = self.flow.live_after(block, live)
        nodes: list[Node] = []
        for runs, part in self.runs(list(zip(block, after, strict=True))):
            number = self.region_number(part) if runs and run is None else run
            for s, alive in part:
                nodes.extend(self.statement(s, env, alive, number))
        return Block(label, tuple(nodes))

    def runs(self, statements: list) -> Iterator[tuple[bool, list]]:
        """The longest stretches of tensor statements, and the statements between them."""
        stretch: list = []
        for one in statements:
            if self.operations.is_tensor(one[0]):
                stretch.append(one)
                continue
            if stretch:
                yield True, stretch
            stretch = []
            yield False, [one]
        if stretch:
            yield True, stretch

    def region_number(self, part: list) -> int | None:
        """Copies and constants alone are no tensor region."""
        if not any(self.operations.computes(s) for s, _ in part):
            return None
        self.regions += 1
        return self.regions

    def statement(self, s: gast.stmt, env: Env, live: frozenset[str], run: int | None) -> Iterator[Node]:
        if self.wording.is_move(s):
            self.move(s, env)
        elif isinstance(s, gast.If | gast.For | gast.While | gast.With | gast.Try):
            yield self.region(s, env, live, run)
        else:
            yield self.plain(s, env, run)

    def move(self, s: gast.stmt, env: Env) -> None:
        """A value that goes on under another version of its name is still the node that made it."""
        if isinstance(s, gast.Assign) and s.value.id in env:
            env[s.targets[0].id] = env[s.value.id]

    def plain(self, s: gast.stmt, env: Env, run: int | None) -> Node:
        number, read = self.number(), flow.names_read(s)
        form, operation = self.operations.of(s)
        text = self.wording.text(s, env)
        inputs = self.inputs(_in_order(read, s), env)
        outputs = self.outputs(s)
        for name in outputs:
            self.write(name, number, env, changed=name not in flow.names_written(s))
        lively = not self.active.isdisjoint(read) and (
            form == "result" or not self.active.isdisjoint(outputs)
        )
        kind = self.result_kind(s, outputs)
        where = self.place(getattr(s, "value", None) if isinstance(s, gast.Assign | gast.Return) else s)
        names = self.spelled(outputs, number)
        return Node(number, form, operation, text, names, inputs, kind, lively, where, tensor_region=run)

    def outputs(self, s: gast.stmt) -> tuple[str, ...]:
        """Names that the statement binds, or whose objects it changes."""
        match s:
            case gast.Assign(targets=[gast.Tuple() as target]):
                return tuple(e.value.id if isinstance(e, gast.Starred) else e.id for e in target.elts)
            case (
                gast.Assign(targets=[gast.Subscript() | gast.Attribute() as target])
                | gast.AugAssign(target=target)
            ):
                base = target if isinstance(target, gast.Name) else target.value
                return (base.id,) if isinstance(base, gast.Name) else ()
            case gast.Expr(value=gast.Call(func=gast.Attribute(value=gast.Name() as base))):
                return (base.id,) if self.aliases.is_changed(base.id) else ()
            case _:
                return tuple(sorted(flow.names_written(s)))

    def write(self, name: str, number: int, env: Env, changed: bool) -> None:
        """A change of an object changes what every name of it holds."""
        env[name] = number
        if changed:
            env.update(dict.fromkeys(self.same(name, env), number))

    def same(self, name: str, env: Env) -> Iterator[str]:
        """Names that may hold the same object."""
        return (n for n in env if self.aliases.find(n) == self.aliases.find(name))

    def result_kind(self, s: gast.stmt, outputs: tuple[str, ...]) -> Kind | None:
        if isinstance(s, gast.Return):
            return self.facts.kind(s.value)
        if not isinstance(s, gast.Assign | gast.AugAssign) or not outputs:
            return None
        kinds = tuple(self.facts.kind(name) for name in outputs)
        return kinds[0] if len(kinds) == 1 else TupleOf(kinds)

    def inputs(self, names: Iterable[str], env: Mapping[str, int]) -> tuple[Input, ...]:
        """Each value once: two versions of a name may stand for one."""
        found: dict[tuple[str, int], bool] = {}
        for name in names:
            if name in env:
                key = (self.wording.name(name) or f"#{env[name]}", env[name])
                found[key] = found.get(key, False) or name in self.active
        return tuple(Input(name, source, active) for (name, source), active in found.items())

    def spelled(self, names: Iterable[str], number: int) -> tuple[str, ...]:
        """What a node gives, in the user's words."""
        return tuple(dict.fromkeys(self.wording.name(name) or f"#{number}" for name in names))

    # Regions

    def region(self, s: gast.stmt, env: Env, live: frozenset[str], run: int | None) -> Node:
        number = self.number()
        form, operation = self.operations.of(s)
        text = self.wording.text(s, env)
        changed = frozenset(n for name in self.changed([s]) for n in self.same(name, env))
        carries = self.carries(s, changed)
        inputs = self.inputs(sorted(self.flow.of(s).exposed), env)
        outputs = sorted((flow.all_written([s]) & live) | changed)
        inner = {**env, **dict.fromkeys(self.bound(s, carries), number)}
        left = sorted(carries) if isinstance(s, gast.For | gast.While) else outputs
        blocks = tuple(self.blocks(s, inner, live, run, left))
        for name in outputs:
            self.write(name, number, env, changed=name in changed)
        given = any(one.active for block in blocks for one in block.gives)
        lively = given or any(node.active for block in blocks for node in block.walk())
        names = self.spelled(outputs, number), self.spelled(sorted(carries), number)
        return Node(
            number,
            form,
            operation,
            text,
            names[0],
            inputs,
            None,
            lively,
            self.place(s),
            blocks,
            names[1],
            run,
        )

    def changed(self, block: Iterable[gast.AST]) -> Iterator[str]:
        """Names whose objects the block changes in place."""
        for s in block:
            if isinstance(s, gast.If | gast.For | gast.While | gast.With | gast.Try | gast.ExceptHandler):
                yield from self.changed(flow.blocks_of(s))
            elif isinstance(s, gast.stmt) and not isinstance(s, gast.FunctionDef):
                yield from (n for n in self.outputs(s) if n not in flow.names_written(s))

    def carries(self, s: gast.stmt, changed: frozenset[str]) -> frozenset[str]:
        if not isinstance(s, gast.For | gast.While):
            return frozenset()
        exposed = self.flow.block(s.body).exposed - self.bound(s, frozenset())
        return (flow.all_written(s.body) | changed) & exposed

    def bound(self, s: gast.stmt, carries: frozenset[str]) -> frozenset[str]:
        """Names whose values come from the region itself: carried ones, the loop's target, `as` names."""
        if isinstance(s, gast.For):
            return carries | flow.names_written(s.target)
        if isinstance(s, gast.With):
            return carries.union(*(flow.names_written(i.optional_vars) for i in s.items if i.optional_vars))
        return carries

    def blocks(
        self, s: gast.stmt, env: Env, live: frozenset[str], run: int | None, left: Sequence[str]
    ) -> Iterator[Block]:
        if isinstance(s, gast.For | gast.While):
            live = live | self.flow.block(s.body).exposed
        labels = ("then", "else") if isinstance(s, gast.If) else ("body", "else")
        handlers = [("except", h.body) for h in getattr(s, "handlers", [])]
        last = [("finally", getattr(s, "finalbody", []))]
        middle = [(labels[0], s.body), *handlers, (labels[1], getattr(s, "orelse", []))]
        for label, block in [*middle, *last]:
            if block:
                inner = dict(env)
                nodes = self.block(label, block, inner, live, run).nodes
                goes_on = self.flow.block(block).falls_through or isinstance(block[-1], gast.Break)
                yield Block(label, nodes, self.inputs(left, inner) if goes_on else ())


def _in_order(names: frozenset[str], s: gast.stmt) -> list[str]:
    """Names in the order in which the statement mentions them."""
    mentioned = dict.fromkeys(n.id for n in gast.walk(s) if isinstance(n, gast.Name))
    return [*(n for n in mentioned if n in names), *sorted(names - mentioned.keys())]


def _arguments(tree: gast.FunctionDef) -> list[str]:
    """Parameters in the order of the signature."""
    a = tree.args
    every = [
        *a.posonlyargs,
        *a.args,
        *([a.vararg] if a.vararg else []),
        *a.kwonlyargs,
        *([a.kwarg] if a.kwarg else []),
    ]
    return [one.id for one in every]


def _read_within(s: gast.stmt) -> frozenset[str]:
    inside = () if isinstance(s, gast.FunctionDef) else flow.blocks_of(s)
    return flow.names_read(s).union(*(_read_within(inner) for inner in inside))


def extract(
    tree: gast.FunctionDef,
    facts: Facts,
    active: frozenset[str],
    aliases: Aliases,
    wording: Wording,
    place: Callable[[gast.AST | None], Place],
) -> Block:
    """The graph of one function."""
    return Extraction(tree, facts, active, aliases, wording, place).function()
