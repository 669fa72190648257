"""try in other words: normal form in, the same program with the tried statements in functions of their own out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import gast

from diffpy import errors
from diffpy.analysis import flow
from diffpy.syntax.build import assign, load, statements
from diffpy.syntax.names import Names
from diffpy.syntax.trees import copied
from diffpy.transforms.stages import Runners, Stages, Unbound, UnderContext


def expand_tries(
    tree: gast.FunctionDef,
    names: Names,
    runners: Runners,
    changes: Callable[[gast.stmt], bool],
    is_open: Callable[[gast.With], bool],
    iterates: Callable[[gast.stmt], bool],
) -> gast.FunctionDef:
    """Rewrite each try statement; in place. `runners` name what runs the body, `changes` tells what changes objects.

    `is_open`: whether the contexts of a with statement end in the same way with and without an exception; `iterates`:
    whether a statement makes an iterator and does nothing else, or runs through one that raises nothing.

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
    return _Tries(tree, names, runners, changes, is_open, iterates).function(tree)


_NONE: frozenset[str] = frozenset()


class _Tries:
    def __init__(
        self,
        tree: gast.FunctionDef,
        names: Names,
        runners: Runners,
        changes: Callable[[gast.stmt], bool],
        is_open: Callable[[gast.With], bool],
        iterates: Callable[[gast.stmt], bool],
    ) -> None:
        self.names, self.runners, self.changes, self.is_open = names, runners, changes, is_open
        self.iterates = iterates
        self.locals = flow.all_written(tree.body) | flow.argument_names(tree)
        self.facts = flow.FlowFacts()

    def function(self, tree: gast.FunctionDef) -> gast.FunctionDef:
        bound = set(flow.argument_names(tree))
        like = tree.body[0]
        body = self.block(tree.body, set(bound), _NONE, _NONE, _NONE)
        early = sorted(self.runners.early - bound)
        tree.body = [*(assign(n, gast.Constant(None, "unbound"), like) for n in early), *body]
        return tree

    def block(
        self,
        block: Sequence[gast.stmt],
        bound: set[str],
        live_out: frozenset[str],
        leave: frozenset[str],
        outer: frozenset[str],
    ) -> list[gast.stmt]:
        """`leave`: what is read where a break leads to; `outer`: what is read where an exception leads to."""
        after = self.facts.live_after(block, live_out, leave)
        done: list[gast.stmt] = []
        for s, live in zip(block, after, strict=True):
            surely = self.facts.of(s).surely
            if isinstance(s, gast.Try):
                again = [*map(copied, s.finalbody)]
                self.inside(s, again, bound, live, outer)
                done += self.rewritten(s, again, bound, live, outer)
            elif isinstance(s, gast.For | gast.While):
                s.body = self.block(s.body, set(bound), live | self.facts.of(s).exposed, live, outer)
                done.append(s)
            else:
                for field in ("body", "orelse") if isinstance(s, gast.If | gast.With) else ():
                    setattr(s, field, self.block(getattr(s, field, []), set(bound), live, leave, outer))
                done.append(s)
            bound |= surely
        return done

    def inside(
        self,
        s: gast.Try,
        again: list[gast.stmt],
        bound: set[str],
        live: frozenset[str],
        outer: frozenset[str],
    ) -> None:
        """Rewrite the tries within one, whose exceptions lead to its handlers, or around it.

        `again` is its last part once more: what runs before an exception is raised again has names of its own.
        """
        every, last = frozenset(self.locals), self.facts.block(s.finalbody).exposed
        body = outer | last | self.lost(s, live | last)
        s.body = self.block(s.body, set(bound), every, every, body)
        for one in (s, *s.handlers):
            field = "orelse" if one is s else "body"
            setattr(one, field, self.block(getattr(one, field), set(bound), every, every, outer | last))
        for block in (s.finalbody, again):
            block[:] = self.block(block, set(bound), every, every, outer)

    def rewritten(
        self,
        s: gast.Try,
        again: list[gast.stmt],
        bound: set[str],
        live: frozenset[str],
        outer: frozenset[str],
    ) -> list[gast.stmt]:
        if s.finalbody:
            return self.with_final(s, again, bound, live, outer)
        types = [h.type if h.type is not None else load("BaseException", s) for h in s.handlers]
        lost = self.lost(s, live) | (flow.all_written(s.body) & outer)
        stages, tried, taken = self.tried(
            s, s.body, types, bound, lost, live | self.facts.block(s.orelse).exposed
        )
        choice: list[gast.stmt] = []
        for k, handler in reversed(list(enumerate(s.handlers))):
            named = [assign(handler.name.id, load(stages.caught), s)] if handler.name is not None else []
            _raise_again(handler.body, stages.caught)
            body = [*named, *handler.body]
            choice = stages.branch(f"{stages.number} == {k}", body, choice) if choice else body
        return self.placed([*tried, *stages.branch(f"{stages.number} < 0", [*taken, *s.orelse], choice)], s)

    def with_final(
        self,
        s: gast.Try,
        again: list[gast.stmt],
        bound: set[str],
        live: frozenset[str],
        outer: frozenset[str],
    ) -> list[gast.stmt]:
        """finally: what comes before it is tried as a whole, and an exception raised again behind it."""
        inner: list[gast.stmt] = list(s.body)
        last = self.facts.block(s.finalbody).exposed
        if s.handlers:
            plain = gast.copy_location(gast.Try(s.body, s.handlers, s.orelse, []), s)
            inner = self.rewritten(plain, [], set(bound), live | last, outer | last)
        lost = flow.all_written(inner) & (last | outer) - self.names.temporaries
        stages, tried, taken = self.tried(s, inner, [load("BaseException", s)], bound, lost, live | last)
        behind = [*again, *statements(f"raise {stages.caught}", s)]
        return self.placed(
            [*tried, *stages.branch(f"{stages.number} < 0", [*taken, *s.finalbody], behind)], s
        )

    def tried(
        self,
        s: gast.Try,
        body: list[gast.stmt],
        types: list[gast.expr],
        bound: set[str],
        lost: frozenset[str],
        live: frozenset[str],
    ) -> tuple[Stages, list[gast.stmt], list[gast.stmt]]:
        """The body in stages; where it is one stage alone, what takes its results stands apart."""
        if _escapes(body):
            raise self.refusal(s, [])
        stages = Stages(
            self.names,
            self.runners,
            self.changes,
            self.is_open,
            self.iterates,
            types,
            lost,
            self.locals,
            self.facts,
        )
        try:
            return stages, *stages.body(body, bound, live)
        except UnderContext as names:
            raise self.refused_context(s, list(names.args)) from None
        except Unbound as names:
            raise self.refusal(s, list(names.args)) from None

    def placed(self, made: list[gast.stmt], s: gast.stmt) -> list[gast.stmt]:
        """The statements with their place in the user's text, and their names among the others.

        What was known of the statements around them no longer holds.
        """
        self.locals |= flow.all_written(made)
        self.facts = flow.FlowFacts()
        for one in made:
            for node in gast.walk(one):
                if isinstance(node, gast.stmt | gast.expr) and getattr(node, "lineno", None) is None:
                    gast.copy_location(node, s)
        return made

    def lost(self, s: gast.Try, live: frozenset[str]) -> frozenset[str]:
        """Names that the body writes and a handler, or what follows it, reads."""
        written = flow.all_written(s.body)
        read: set[str] = set()
        for h in s.handlers:
            inside = self.facts.block(h.body)
            read |= inside.exposed | ((live - inside.surely) if inside.falls_through else set())
        return (written & read) - self.names.temporaries

    def refusal(self, s: gast.stmt, partial: list[str]) -> errors.DifferentiationError:
        names = ", ".join(f"'{n}'" for n in partial)
        found = errors.UnsupportedSyntaxError(
            f"whether this 'try' binds {names} depends on its path"
            if names
            else "this 'try' cannot be followed",
            because="how much of the body ran before the exception is not known to the pullback",
            fix="assign the name on every path, or before the 'try'",
        )
        found.node = s  # type: ignore[attr-defined]
        return found

    def refused_context(self, s: gast.stmt, early: list[str]) -> errors.DifferentiationError:
        names = ", ".join(f"'{n}'" for n in early)
        found = errors.UnsupportedSyntaxError(
            f"{names} is assigned in a 'with' inside this 'try', and read after an exception",
            because="what the context does with the exception is not known",
            fix="put the 'try' inside the 'with', or use the value in the body of the 'try' alone",
        )
        found.node = s  # type: ignore[attr-defined]
        return found


def _escapes(body: list[gast.stmt]) -> bool:
    """Whether a statement leaves a loop or function around the try, or rebinds an outer variable."""
    stack: list[gast.AST] = list(body)
    while stack:
        one = stack.pop()
        if isinstance(one, gast.Continue | gast.Return | gast.Nonlocal | gast.Global) or (
            isinstance(one, gast.Delete)
            and not all(isinstance(t, gast.Name | gast.Subscript) for t in one.targets)
        ):
            return True
        if not isinstance(one, gast.For | gast.While | gast.FunctionDef):
            stack.extend(flow.blocks_of(one))
    return False


def _raise_again(block: list[gast.stmt], caught: str) -> None:
    """A bare raise raises what was caught."""
    for s in block:
        if isinstance(s, gast.Raise) and s.exc is None:
            s.exc = gast.copy_location(load(caught), s)
        if not isinstance(s, gast.FunctionDef):
            for field in ("body", "orelse", "finalbody"):
                _raise_again(getattr(s, field, None) or [], caught)
