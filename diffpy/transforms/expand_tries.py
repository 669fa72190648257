"""try in other words: normal form in, the same program with the tried statements in functions of their own out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import gast

from diffpy import errors
from diffpy.analysis import flow
from diffpy.syntax.build import assign, expression, load, statements
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import copied


def expand_tries(tree: gast.FunctionDef, names: Names, attempted: str) -> gast.FunctionDef:
    """Rewrite each try statement; in place. `attempted` is the name of the function that runs the body.

    Before:                             After:
        try:                                def tried(x):
            y = f(x)                            y = f(x)
        except ValueError as e:                 return (y,)
            y = 0.0                         t1 = attempted(tried, (ValueError,), x)
                                            number, caught, t2 = t1
                                            t3 = number < 0
                                            if t3:
                                                (y,) = t2
                                            else:
                                                e = caught
                                                y = 0.0
    """
    return _Tries(tree, names, attempted).function(tree)


Some = frozenset[str] | set[str]


class _Outcome(NamedTuple):
    """The names that hold which exception was caught (-1: none), and the exception."""

    name: str
    caught: str


class _Tries:
    def __init__(self, tree: gast.FunctionDef, names: Names, attempted: str) -> None:
        self.names, self.attempted = names, attempted
        self.locals = flow.all_written(tree.body) | flow.argument_names(tree)
        self.facts = flow.FlowFacts()

    def function(self, tree: gast.FunctionDef) -> gast.FunctionDef:
        bound = set(flow.argument_names(tree))
        tree.body = self.block(tree.body, bound, frozenset())
        return tree

    def block(self, block: Sequence[gast.stmt], bound: set[str], live_out: frozenset[str]) -> list[gast.stmt]:
        after = self.facts.live_after(block, live_out)
        every = frozenset(self.locals)
        done: list[gast.stmt] = []
        for s, live in zip(block, after, strict=True):
            inside = live if isinstance(s, gast.If | gast.With) else every
            if isinstance(s, gast.For | gast.While):
                inside = live | self.facts.of(s).exposed
            for field in ("body", "orelse", "finalbody"):
                if not isinstance(s, gast.FunctionDef) and getattr(s, field, None):
                    setattr(s, field, self.block(getattr(s, field), set(bound), inside))
            for handler in getattr(s, "handlers", None) or []:
                handler.body = self.block(handler.body, set(bound), every)
            done += self.rewritten(s, bound, live) if isinstance(s, gast.Try) else [s]
            bound |= self.facts.of(s).surely
        return done

    def rewritten(self, s: gast.Try, bound: set[str], live: frozenset[str]) -> list[gast.stmt]:
        if s.finalbody:
            return self.with_final(s, bound, live)
        types = [h.type if h.type is not None else load("BaseException", s) for h in s.handlers]
        kept = flow.all_written(s.body) & (live | self.facts.block(s.orelse).exposed)
        kept = flow.all_written(s.body) & (live | self.facts.block(s.orelse).exposed)
        number, tried, taken = self.tried(s.body, types, bound, s, self.lost(s, live), kept)
        choice: list[gast.stmt] = []
        for k, handler in reversed(list(enumerate(s.handlers))):
            named = [assign(handler.name.id, load(number.caught), s)] if handler.name is not None else []
            body = [*named, *_raised_again(handler.body, number.caught)]
            choice = self.choose(f"{number.name} == {k}", body, choice, s) if choice else body
        return [*tried, *self.choose(f"{number.name} < 0", [*taken, *s.orelse], choice, s)]

    def with_final(self, s: gast.Try, bound: set[str], live: frozenset[str]) -> list[gast.stmt]:
        """finally: what comes before it is tried as a whole, and an exception raised again behind it."""
        inner: list[gast.stmt] = list(s.body)
        if s.handlers:
            plain = gast.copy_location(gast.Try(s.body, s.handlers, s.orelse, []), s)
            inner = self.rewritten(plain, set(bound), live | self.facts.block(s.finalbody).exposed)
        written = flow.all_written(inner)
        lost = written & self.facts.block(s.finalbody).exposed
        kept = written & (live | self.facts.block(s.finalbody).exposed)
        number, tried, taken = self.tried(inner, [load("BaseException", s)], bound, s, lost, kept)
        again = statements(f"raise {number.caught}", s)
        last = self.choose(
            f"{number.name} < 0", [*taken, *s.finalbody], [*map(copied, s.finalbody), *again], s
        )
        return [*tried, *last]

    def tried(
        self,
        body: list[gast.stmt],
        types: list[gast.expr],
        bound: set[str],
        s: gast.stmt,
        lost: Some,
        kept: Some,
    ) -> tuple[_Outcome, list[gast.stmt], list[gast.stmt]]:
        """Statements that run the body in parts, and those that take the results of the last if it is the only one.

        A part ends where a name is written that a handler reads.
        """
        outcome = _Outcome(self.names.fresh("number"), self.names.fresh("caught"))
        self.locals |= {outcome.name, outcome.caught}
        partial = sorted(n for n in lost if not all(_comes_last([one], n) for one in body))
        if partial or _escapes(body):
            raise self.refusal(s, partial)
        bound = set(bound)
        done: list[gast.stmt] = []
        inner = done
        parts = _parts(body, lost)
        for part in parts:
            start, unpacked, results = self.attempt(part, types, bound, s, outcome)
            missing = sorted((flow.all_written(part) & (kept | lost)) - results - self.names.temporaries)
            if missing:
                raise self.refusal(s, missing)
            bound |= results
            inner += start
            if len(parts) == 1:
                return outcome, done, unpacked
            chosen = self.choose(f"{outcome.name} < 0", unpacked or [gast.Pass()], [], s)
            inner += chosen
            inner = chosen[-1].body
        return outcome, done, []

    def attempt(
        self, body: list[gast.stmt], types: list[gast.expr], bound: set[str], s: gast.stmt, outcome: _Outcome
    ) -> tuple[list[gast.stmt], list[gast.stmt], set[str]]:
        """The statements that run a part of the body, those that take its results, and their names."""
        facts = self.facts.block(body)
        written = flow.all_written(body) & self.locals
        results = sorted(n for n in written if n in facts.surely or n in bound)
        given = sorted((facts.exposed | (set(results) - facts.surely)) & self.locals)
        tried, handled, whole, values = self.names.fresh("tried"), *(self.names.temporary() for _ in range(3))
        returned = gast.Return(gast.Tuple([load(n) for n in results], gast.Load()))
        parameters = [gast.Name(n, gast.Param(), None, None) for n in given]
        arguments = gast.arguments(parameters, [], None, [], [], None, [])
        called = gast.Call(load(self.attempted), [load(tried), load(handled), *map(load, given)], [])
        start = [
            gast.FunctionDef(tried, arguments, [*body, returned], [], None, None, []),
            assign(handled, gast.Tuple([copied(one) for one in types], gast.Load())),
            assign(whole, called),
            *statements(f"{outcome.name}, {outcome.caught}, {values} = {whole}"),
        ]
        target = gast.Tuple([gast.Name(n, gast.Store(), None, None) for n in results], gast.Store())
        unpacked = [gast.Assign([target], load(values), None)] if results else []
        return _placed(start, s), _placed(unpacked, s), set(results)

    def lost(self, s: gast.Try, live: frozenset[str]) -> frozenset[str]:
        """Names that the body writes and a handler, or what follows it, reads."""
        written = flow.all_written(s.body)
        read: set[str] = set()
        for h in s.handlers:
            inside = self.facts.block(h.body)
            read |= inside.exposed | ((live - inside.surely) if inside.falls_through else set())
        return (written & read) - self.names.temporaries

    def choose(
        self, test: str, body: list[gast.stmt], orelse: list[gast.stmt], s: gast.stmt
    ) -> list[gast.stmt]:
        name = self.names.temporary()
        branch = gast.If(load(name), body or [gast.Pass()], orelse)
        return _placed([assign(name, expression(test)), branch], s)

    def refusal(self, s: gast.stmt, partial: list[str]) -> errors.DifferentiationError:
        names = ", ".join(f"'{n}'" for n in partial)
        found = errors.UnsupportedSyntaxError(
            f"'try' leaves {names} as far as its body came" if names else "this 'try' cannot be followed",
            because="how much of the body ran before the exception is not known to the pullback",
            fix="assign the name once, at the end of the body, or test the condition with 'if' first",
        )
        found.node = s  # type: ignore[attr-defined]
        return found


def _parts(body: list[gast.stmt], lost: Some) -> list[list[gast.stmt]]:
    """The body cut behind each statement that writes a name in `lost`, as long as more may raise an exception."""
    parts: list[list[gast.stmt]] = [[]]
    for k, s in enumerate(body):
        parts[-1].append(s)
        if flow.all_written([s]) & lost and not all(map(_is_quiet, body[k + 1 :])):
            parts.append([])
    return parts


def _comes_last(body: list[gast.stmt], name: str) -> bool:
    """Whether nothing that may raise an exception follows the first write of the name."""
    first = next((k for k, s in enumerate(body) if name in flow.all_written([s])), None)
    if first is None:
        return True
    s = body[first]
    if isinstance(s, gast.If):
        inside = _comes_last(s.body, name) and _comes_last(s.orelse, name)
    else:
        inside = not isinstance(s, gast.For | gast.While | gast.With | gast.Try)
    return inside and all(map(_is_quiet, body[first + 1 :]))


def _is_quiet(s: gast.stmt) -> bool:
    match s:
        case gast.Assign(targets=[gast.Name()], value=gast.Name() | gast.Constant()) | gast.Pass():
            return True
    return False


def _escapes(body: list[gast.stmt]) -> bool:
    """Whether a statement leaves a loop or function around the try, or rebinds an outer variable."""
    stack: list[gast.AST] = list(body)
    while stack:
        one = stack.pop()
        if isinstance(
            one, gast.Break | gast.Continue | gast.Return | gast.Nonlocal | gast.Global | gast.Delete
        ):
            return True
        if not isinstance(one, gast.For | gast.While | gast.FunctionDef):
            stack.extend(flow.blocks_of(one))
    return False


def _raised_again(block: list[gast.stmt], caught: str) -> list[gast.stmt]:
    """A bare raise raises what was caught."""
    for s in block:
        if isinstance(s, gast.Raise) and s.exc is None:
            s.exc = gast.copy_location(load(caught), s)
        if not isinstance(s, gast.FunctionDef):
            for field in ("body", "orelse", "finalbody"):
                _raised_again(getattr(s, field, None) or [], caught)
    return block


def _placed(made: list[gast.stmt], s: gast.stmt) -> list[gast.stmt]:
    for one in made:
        for node in gast.walk(one):
            if isinstance(node, gast.stmt | gast.expr) and getattr(node, "lineno", None) is None:
                gast.copy_location(node, s)
    return made
