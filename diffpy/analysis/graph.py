"""The tensor graph: renamed normal form and the facts about it in; nodes, and blocks of nodes, out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import gast

from diffpy.analysis import flow
from diffpy.analysis.aliasing import Aliases
from diffpy.analysis.infer import Facts
from diffpy.analysis.kinds import Kind, Known, TupleOf
from diffpy.analysis.operations import Form, Operations
from diffpy.errors import Place
from diffpy.syntax import emit


@dataclass(frozen=True)
class Input:
    """A name that a node reads, and the number of the node that its value comes from."""

    name: str
    source: int
    active: bool


@dataclass(frozen=True)
class Block:
    """Nodes in the order of the program; the label tells the blocks of one region apart (then, else ...)."""

    label: str
    nodes: tuple[Node, ...]

    def walk(self) -> Iterator[Node]:
        for node in self.nodes:
            yield node
            for block in node.blocks:
                yield from block.walk()


@dataclass(frozen=True)
class Node:
    """One statement of the normal form, or a region (if, for, while, with, try) with its blocks."""

    number: int
    form: Form
    operation: str
    text: str
    outputs: tuple[str, ...]
    inputs: tuple[Input, ...]
    kind: Kind | None
    active: bool
    place: Place
    blocks: tuple[Block, ...] = ()
    carries: tuple[str, ...] = ()  # what one iteration hands to the next
    tensor_region: int | None = None

    @property
    def line(self) -> int:
        return self.place.line

    @property
    def column(self) -> int:
        """Counted in characters from 0."""
        return self.place.column


Env = dict[str, int]  # name -> number of the node that its value comes from


class Extraction:
    """Walks the function once; each statement becomes a node of the block that it stands in."""

    def __init__(
        self,
        tree: gast.FunctionDef,
        facts: Facts,
        active: frozenset[str],
        aliases: Aliases,
        place: Callable[[gast.AST | None], Place],
    ) -> None:
        self.tree, self.facts, self.active, self.aliases, self.place = tree, facts, active, aliases, place
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
        kind = self.facts.kind(name)
        return Node(
            number, form, form, name, (name,), (), kind, name in self.active, self.place(node or self.tree)
        )

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
            nodes.extend(self.statement(s, env, alive, number) for s, alive in part)
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

    def statement(self, s: gast.stmt, env: Env, live: frozenset[str], run: int | None) -> Node:
        if isinstance(s, gast.If | gast.For | gast.While | gast.With | gast.Try):
            return self.region(s, env, live, run)
        number, inputs = self.number(), self.inputs(flow.names_read(s), env)
        form, operation = self.operations.of(s)
        outputs = self.outputs(s)
        for name in outputs:
            self.write(name, number, env, changed=name not in flow.names_written(s))
        lively = self.is_active(form, outputs, inputs)
        kind = self.result_kind(s, outputs)
        where = self.place(getattr(s, "value", None) if isinstance(s, gast.Assign | gast.Return) else s)
        shown = self.in_order(inputs, s)
        return Node(
            number, form, operation, text_of(s), outputs, shown, kind, lively, where, tensor_region=run
        )

    def is_active(self, form: Form, outputs: tuple[str, ...], inputs: tuple[Input, ...]) -> bool:
        given = any(one.active for one in inputs)
        return given and (form == "result" or any(name in self.active for name in outputs))

    def in_order(self, inputs: tuple[Input, ...], s: gast.stmt) -> tuple[Input, ...]:
        """Inputs in the order in which the statement names them."""
        order = {
            n.id: k for k, n in reversed(list(enumerate(m for m in gast.walk(s) if isinstance(m, gast.Name))))
        }
        return tuple(sorted(inputs, key=lambda one: (order.get(one.name, len(order)), one.name)))

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
            same = self.aliases.find(name)
            env.update({n: number for n in env if self.aliases.find(n) == same})

    def result_kind(self, s: gast.stmt, outputs: tuple[str, ...]) -> Kind | None:
        if isinstance(s, gast.Return):
            return self.facts.kind(s.value)
        if not isinstance(s, gast.Assign | gast.AugAssign) or not outputs:
            return None
        kinds = tuple(self.facts.kind(name) for name in outputs)
        return kinds[0] if len(kinds) == 1 else TupleOf(kinds)

    def inputs(self, names: frozenset[str], env: Mapping[str, int]) -> tuple[Input, ...]:
        return tuple(Input(name, env[name], name in self.active) for name in sorted(names) if name in env)

    # Regions

    def region(self, s: gast.stmt, env: Env, live: frozenset[str], run: int | None) -> Node:
        number = self.number()
        inside = flow.all_written([s])
        reads = self.flow.of(s).exposed
        carries = self.carries(s)
        inputs = self.inputs(reads, env)
        blocks = tuple(
            self.blocks(s, number, {**env, **dict.fromkeys(self.bound(s, carries), number)}, live, run)
        )
        changed = {o for block in blocks for n in block.walk() for o in n.outputs}
        outputs = tuple(sorted((inside & live) | (changed & env.keys() - inside)))
        for name in outputs:
            self.write(name, number, env, changed=name not in inside)
        active = any(n.active for block in blocks for n in block.walk())
        form, operation = self.operations.of(s)
        return Node(
            number,
            form,
            operation,
            text_of(s),
            outputs,
            inputs,
            None,
            active,
            self.place(s),
            blocks,
            tuple(sorted(carries)),
            run,
        )

    def carries(self, s: gast.stmt) -> frozenset[str]:
        if not isinstance(s, gast.For | gast.While):
            return frozenset()
        return flow.all_written(s.body) & (self.flow.block(s.body).exposed - self.bound(s, frozenset()))

    def bound(self, s: gast.stmt, carries: frozenset[str]) -> frozenset[str]:
        """Names whose values come from the region itself: carried ones, the loop's target, `as` names."""
        if isinstance(s, gast.For):
            return carries | flow.names_written(s.target)
        if isinstance(s, gast.With):
            return carries.union(*(flow.names_written(i.optional_vars) for i in s.items if i.optional_vars))
        return carries

    def blocks(
        self, s: gast.stmt, number: int, env: Env, live: frozenset[str], run: int | None
    ) -> Iterator[Block]:
        if isinstance(s, gast.For | gast.While):
            live = live | self.flow.block(s.body).exposed
            yield self.block("body", s.body, dict(env), live, run)
            return
        labels = ("then", "else") if isinstance(s, gast.If) else ("body", "else")
        handlers = [("except", h.body) for h in getattr(s, "handlers", [])]
        last = [("finally", getattr(s, "finalbody", []))]
        for label, block in [(labels[0], s.body), *handlers, (labels[1], getattr(s, "orelse", [])), *last]:
            if block:
                yield self.block(label, block, dict(env), live, run)


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


def text_of(s: gast.stmt) -> str:
    """The first line of a statement, as it stands in the normal form."""
    match s:
        case gast.If():
            return f"if {_line(s.test)}"
        case gast.For():
            return f"for {_line(s.target)} in {_line(s.iter)}"
        case gast.While():
            return "while"
        case gast.With():
            return f"with {', '.join(_line(i.context_expr) for i in s.items)}"
        case gast.Try():
            return "try"
        case gast.FunctionDef():
            return f"def {s.name}"
        case _:
            return _line(s)


def _line(node: gast.AST) -> str:
    return " ".join(emit.text(node).split())


def extract(
    tree: gast.FunctionDef,
    facts: Facts,
    active: frozenset[str],
    aliases: Aliases,
    place: Callable[[gast.AST | None], Place],
) -> Block:
    """The graph of one function."""
    return Extraction(tree, facts, active, aliases, place).function()
