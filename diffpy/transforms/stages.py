"""The body of a try in stages: its statements in; out the same, with each part that may raise in its own function."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import gast

from diffpy.analysis import flow
from diffpy.analysis.calls import ARITHMETIC, INPLACE
from diffpy.syntax.build import assign, at, call, constant, expression, load, statements
from diffpy.syntax.names import Names
from diffpy.syntax.trees import copied
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.special_methods import place_of

Block = list[gast.stmt]
Some = frozenset[str] | set[str]


@dataclass
class Runners:
    """The names of what runs a part of a body, and of the context for what cannot be undone.

    `contexts`: what names such a context, and the exceptions that it looks at; a part of its own would hide it.
    `early`: what parts are given that may have no value then.
    `outcomes`: names of what such statements came to, and of what follows from it: no exception comes of reading them.
    """

    attempted: str
    uncaught: str
    probed: str
    contexts: set[str] = dataclasses.field(default_factory=set)
    early: set[str] = dataclasses.field(default_factory=set)
    outcomes: set[str] = dataclasses.field(default_factory=set)


class Unbound(Exception):
    """A name that only some paths through a part bind."""


class UnderContext(Unbound):
    """A name that handlers read, assigned under a context that may ask for the exception."""


class Stages:
    """Splits one body.

    `changes` tells the statements that change an object: where they run, they have run, whatever is raised afterwards,
    so that they stay where they are; an exception of their own is refused when it comes. `lost` are names that the
    handlers read: a part ends where one is written. `is_open` tells the contexts that do not ask for the exception.

    Before:             After:
        y = log(x)          def tried(x):
        u[0] = y                y = log(x)
        z = sqrt(y)             return (y,)
                            number, caught, t1 = attempted(tried, (ValueError,), x)
                            if number < 0:
                                (y,) = t1
                                with uncaught((ValueError,)):
                                    u[0] = y
                                ... the same for z
    """

    def __init__(
        self,
        names: Names,
        runners: Runners,
        changes: Callable[[gast.stmt], bool],
        is_open: Callable[[gast.With], bool],
        iterates: Callable[[gast.stmt], bool],
        types: list[gast.expr],
        lost: Some,
        locals: Some,
        facts: flow.FlowFacts,
    ) -> None:
        self.names, self.runners, self.types = names, runners, types
        self.changes, self.is_open, self.iterates = changes, is_open, iterates
        self.lost, self.locals, self.facts = lost, locals, facts
        self.number, self.caught = names.fresh("number"), names.fresh("caught")
        runners.outcomes |= {self.number, self.caught}

    def body(self, body: Block, bound: Some, live: Some) -> tuple[Block, Block]:
        """The statements that run the body; where it is one part alone, what takes its results stands apart."""
        parts = list(self.parts(body, bound, self.lost | live))
        if len(parts) == 1 and isinstance(parts[0], list):
            return self.attempt(parts[0], set(bound), self.lost | live)
        start = statements(f"{self.number} = -1\n{self.caught} = None")
        return [*start, *self.block(body, set(bound), self.lost | live, False)], []

    def block(self, block: Block, bound: set[str], live: Some, loop: bool) -> Block:
        """The block in stages. `loop`: it ends the body of a loop, which an exception breaks off."""
        parts = list(self.parts(block, bound, live))
        done: Block = []
        inner = done
        for k, part in enumerate(parts):
            rest = [s for one in parts[k + 1 :] for s in (one if isinstance(one, list) else [one])]
            after = live | self.facts.block(rest).exposed
            if isinstance(part, list):
                start, taken = self.attempt(part, bound, after)
                inner += start
            elif self.is_to_be_opened(part):
                whole = self.opened(part, set(bound), after, loop and not rest)
                inner += self.held(whole) if self.may_fail(part) else [whole]
                taken = []
                if not rest and (not loop or isinstance(part, gast.If | gast.With)):
                    return done
            else:
                bound |= self.facts.of(part).surely
                first = self.probe(part)
                if not first:
                    inner += self.held(part)
                    continue
                chosen = self.branch(f"{self.number} < 0", self.held(part), [gast.Break()] if loop else [])
                inner += [at(one, part) for one in (*first, *chosen)]
                inner = chosen[-1].body
                continue
            bound |= self.facts.block(part if isinstance(part, list) else [part]).surely
            chosen = self.branch(f"{self.number} < 0", taken or [gast.Pass()], [gast.Break()] if loop else [])
            inner += chosen
            inner = chosen[-1].body
        return done

    def parts(self, block: Block, bound: Some, live: Some) -> Iterator[Block | gast.stmt]:
        """What may raise, in lists; statements that stay where they are."""
        part: Block = []
        known = set(bound)
        for k, s in enumerate(block):
            partial = flow.all_written([s]) & live & self.locals - known - self.facts.of(s).surely
            known |= self.facts.of(s).surely
            if (
                self.is_held(s)
                or self.is_opened(s, partial - self.names.temporaries)
                or (self.is_quiet(s) and k and not part)
            ):
                yield from self.part(part)
                part = []
                yield s
                continue
            part.append(s)
            if flow.all_written([s]) & self.lost and not all(map(self.is_quiet, block[k + 1 :])):
                yield from self.part(part)
                part = []
        yield from self.part(part)

    def part(self, part: Block) -> Iterator[Block | gast.stmt]:
        """The statements as one part; one by one where none may raise."""
        if all(map(self.is_quiet, part)):
            yield from part
        else:
            yield part

    def is_quiet(self, s: gast.stmt) -> bool:
        """Whether nothing can be raised: by the user's statement, or by one that a try within is made of."""
        if not isinstance(s, gast.Assign) or not flow.names_read(s.value):
            return is_quiet(s)
        outcomes = self.runners.outcomes
        match s.value:
            case gast.Tuple() | gast.Compare():
                return flow.names_written(s) <= outcomes
            case gast.Name(id=name):
                return is_quiet(s) or name in outcomes
        return False

    def is_held(self, s: gast.stmt) -> bool:
        return _breaks(s) or self.stands(s) or any(map(self.changes, every_statement([s])))

    def stands(self, s: gast.stmt) -> bool:
        """Whether the statement makes a context, or an iterator, and does nothing else."""
        if self.iterates(s):
            return True
        return isinstance(s, gast.Assign) and not self.runners.contexts.isdisjoint(flow.names_written(s))

    def is_opened(self, s: gast.stmt, partial: Some) -> bool:
        """Whether what a part of a compound statement did outlives the exception; it may bind `partial`."""
        if not isinstance(s, gast.If | gast.For | gast.While | gast.With):
            return False
        early = {n for n in flow.all_written([s]) & self.lost if not _comes_last([s], n)}
        if isinstance(s, gast.With) and not self.is_open_with(s):
            if early:
                raise UnderContext(*sorted(early))
            return False
        return bool(partial) or bool(early)

    def is_open_with(self, s: gast.stmt) -> bool:
        """The same of a statement; contexts that were put around what cannot be undone look at refusals alone."""
        if not isinstance(s, gast.With):
            return False
        contexts = [one.context_expr for one in s.items]
        own = all(isinstance(one, gast.Name) and one.id in self.runners.contexts for one in contexts)
        return own or self.is_open(s)

    def is_to_be_opened(self, s: gast.stmt) -> bool:
        return isinstance(s, gast.If | gast.For | gast.While) or (
            self.is_open_with(s) and not self.is_probed(s)
        )

    def is_probed(self, s: gast.stmt) -> bool:
        """Whether a try within has seen to it that the change can be made."""
        if not isinstance(s, gast.With):
            return isinstance(s, gast.Assign | gast.AugAssign | gast.Expr | gast.Delete)
        own = all(
            isinstance(one.context_expr, gast.Name) and one.context_expr.id in self.runners.contexts
            for one in s.items
        )
        return own and len(s.body) == 1 and self.is_probed(s.body[0])

    def may_fail(self, s: gast.stmt) -> bool:
        """Whether what a loop runs through may raise an exception of its own: no part of the loop would see it."""
        return isinstance(s, gast.For) and not self.iterates(s)

    def held(self, s: gast.stmt) -> Block:
        if self.is_quiet(s) or isinstance(s, gast.Break) or self.stands(s):
            return [s]
        types, context = self.names.temporary(), self.names.temporary()
        self.runners.contexts |= {types, context}
        made = gast.Call(load(self.runners.uncaught), [load(types)], [])
        block = gast.With([gast.withitem(load(context), None)], [s], None)
        return [at(one, s) for one in (assign(types, self.handled()), assign(context, made), block)]

    def probe(self, s: gast.stmt) -> Block:
        """What tells beforehand whether a store into an array, a list or a dict will fail."""
        match s:
            case gast.Assign(targets=[gast.Subscript() as target], value=value):
                update = ""
            case gast.AugAssign(target=gast.Subscript() | gast.Name() as target, op=op, value=value):
                if not isinstance(op, ARITHMETIC) or isinstance(op, gast.MatMult):
                    return []
                update = INPLACE[type(op)].__name__
            case _:
                return []
        before: Block = []
        if isinstance(target, gast.Name):
            base, key = load(target.id), constant(Ellipsis)
        else:
            base = target.value
            before, (key,) = place_of(target, self.names)
        types, whole = self.names.temporary(), self.names.temporary()
        self.runners.outcomes |= {types, whole}
        made = call(load(self.runners.probed), load(types), base, key, copied(value), constant(update))
        return [
            *before,
            assign(types, self.handled()),
            assign(whole, made),
            *statements(f"{self.number}, {self.caught} = {whole}"),
        ]

    def opened(self, s: gast.stmt, bound: set[str], after: Some, ends: bool) -> gast.stmt:
        """A compound statement with its blocks in stages."""
        loops = isinstance(s, gast.For | gast.While)
        if loops:
            after = after | self.facts.of(s).exposed | flow.names_read(getattr(s, "test", s.body[0]))
            bound |= flow.names_written(s)
        bound |= {
            n for i in getattr(s, "items", []) if i.optional_vars for n in flow.names_written(i.optional_vars)
        }
        for field in ("body", "orelse"):
            inside = getattr(s, field, None)
            if inside:
                setattr(s, field, self.block(inside, set(bound), after, loops or ends))
        return s

    def attempt(self, body: Block, bound: Some, live: Some) -> tuple[Block, Block]:
        """The statements that run a part, and those that take its results."""
        facts = self.facts.block(body)
        written = flow.all_written(body) & self.locals & live
        results = sorted(n for n in written if n in facts.surely or n in bound)
        missing = sorted(written - set(results) - self.names.temporaries)
        if missing:
            raise Unbound(*missing)
        given = sorted((facts.exposed | (set(results) - facts.surely)) & self.locals)
        self.runners.early |= {*given} - bound
        tried, handled, whole, values = self.names.fresh("tried"), *(self.names.temporary() for _ in range(3))
        self.runners.outcomes |= {handled, whole, values}
        returned = gast.Return(gast.Tuple([load(n) for n in results], gast.Load()))
        parameters = [gast.Name(n, gast.Param(), None, None) for n in given]
        arguments = gast.arguments(parameters, [], None, [], [], None, [])
        called = gast.Call(load(self.runners.attempted), [load(tried), load(handled), *map(load, given)], [])
        start = [
            gast.FunctionDef(tried, arguments, [*body, returned], [], None, None, []),
            assign(handled, self.handled()),
            assign(whole, called),
            *statements(f"{self.number}, {self.caught}, {values} = {whole}"),
        ]
        target = gast.Tuple([gast.Name(n, gast.Store(), None, None) for n in results], gast.Store())
        return start, [gast.Assign([target], load(values), None)] if results else []

    def handled(self) -> gast.expr:
        return gast.Tuple([copied(one) for one in self.types], gast.Load())

    def branch(self, test: str, body: Block, orelse: Block) -> Block:
        name = self.names.temporary()
        self.runners.outcomes.add(name)
        return [assign(name, expression(test)), gast.If(load(name), body or [gast.Pass()], orelse)]


def _breaks(s: gast.stmt) -> bool:
    """Whether the statement may leave the loop that it stands in."""
    if isinstance(s, gast.If):
        return any(map(_breaks, [*s.body, *s.orelse]))
    return isinstance(s, gast.Break)


def _comes_last(body: Block, name: str) -> bool:
    """Whether nothing that may raise an exception follows the first write of the name."""
    first = next((k for k, s in enumerate(body) if name in flow.all_written([s])), None)
    if first is None:
        return True
    s = body[first]
    if isinstance(s, gast.If):
        inside = _comes_last(s.body, name) and _comes_last(s.orelse, name)
    else:
        inside = not isinstance(s, gast.For | gast.While | gast.With | gast.Try)
    return inside and all(map(is_quiet, body[first + 1 :]))


def is_quiet(s: gast.stmt) -> bool:
    """Whether nothing can be raised."""
    match s:
        case gast.Assign(targets=[gast.Name()], value=gast.Name() | gast.Constant()) | gast.Pass():
            return True
    return False
