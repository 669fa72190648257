"""Early exits: return, continue and break anywhere in; one return, and breaks that end their block, out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import gast

from diffpy.syntax import build
from diffpy.syntax.names import Names
from diffpy.syntax.trees import copied
from diffpy.transforms.binding import bound_names, still_local
from diffpy.transforms.blocks import blocks, branch, every_statement, passing, placed
from diffpy.transforms.exits import EXITS, Exits, kind_of

Block = list[gast.stmt]

# Each exit nests what follows deeper, and Python refuses deep nesting: a flag halves longer blocks.
MOST = 8


def expand_exits(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """What follows an exit moves into the branch without one; where code would be doubled, a flag guards it.

    >>> from diffpy.transforms.example import after
    >>> print(after('''
    ... def f(x, y):
    ...     if x > 0:
    ...         return x
    ...     for z in y:
    ...         if z < 0:
    ...             continue
    ...         if z > x:
    ...             return z
    ...         x = x + z
    ...     return x
    ... ''', expand_exits))
    def f(x, y):
        if x > 0:
            result = x
        else:
            returned = False
            for z in y:
                if z < 0:
                    pass
                elif z > x:
                    result = z
                    returned = True
                    break
                else:
                    x = x + z
            if returned:
                pass
            else:
                result = x
        return result
    """
    exits = Exits()
    body = list(tree.body)
    before = bound_names(tree) if _unreached(body, exits) else None
    if exits.falls(body):
        body.append(placed(gast.Return(build.constant(None, body[-1])), body[-1]))
    if any(exits.leaving(one) for one in body[:-1]) or not isinstance(body[-1], gast.Return):
        tree.body = _single(body, exits, names)
    else:
        tree.body = [*Structure(exits, names, "", True).block(body[:-1], Way()), body[-1]]
    return tree if before is None else still_local(tree, before)


def _unreached(body: Block, exits: Exits) -> bool:
    """Whether there is code that never runs, and so is dropped."""
    found = [body]
    for one in every_statement(body):
        found += blocks(one)
        if isinstance(one, gast.Try | gast.TryStar) and one.orelse and not exits.falls(one.body):
            return True
    return any(not exits.falls(block[:-1]) for block in found)


def _single(body: Block, exits: Exits, names: Names) -> Block:
    returns = [one for one in every_statement(body) if isinstance(one, gast.Return)]
    nothing = all(_is_none(one.value) for one in returns)
    result = "" if nothing else names.fresh("result")
    out = Structure(exits, names, result, nothing).block(body, Way())
    last = max(returns, key=lambda one: one.lineno, default=body[-1])
    value = build.constant(None, last) if nothing else build.load(result, last)
    return [*out, placed(gast.Return(value), last)]


def _is_none(value: gast.expr | None) -> bool:
    return value is None or (isinstance(value, gast.Constant) and value.value is None)


@dataclass(frozen=True)
class Way:
    """How exits leave the block at hand: the flags they raise, and whether the block ends its loop."""

    loop: bool = False
    tail: bool = True
    flags: Mapping[str, str] = field(default_factory=dict)  # by kind of exit


class Structure:
    """Rewrites blocks; knows the name of the result, and the flag that returns from guarded parts raise."""

    def __init__(self, exits: Exits, names: Names, result: str, nothing: bool) -> None:
        self.exits = exits
        self.names = names
        self.result = result
        self.nothing = nothing
        self.returned: str | None = None

    def block(self, statements: Block, way: Way) -> Block:
        """The statements with each exit last in its block, or turned into a flag."""
        leaving = [k for k, one in enumerate(statements) if self.exits.leaving(one)]
        if len(leaving) > MOST:
            return self._halved(statements, leaving[len(leaving) // 2], way)
        out: Block = []
        for k, one in enumerate(statements):
            if leaving and k == leaving[0]:
                return out + self._leave(one, statements[k + 1 :], way)
            out.append(self._within(one, way))
            if not self.exits.falls([one]):
                break
        return out

    def _halved(self, statements: Block, middle: int, way: Way) -> Block:
        first, rest = statements[:middle], statements[middle:]
        if not self.exits.falls(first):
            return self.block(first, way)
        kinds = self.exits.kinds(first)
        return self._region(kinds, True, lambda inner: self.block(first, inner), rest, way)

    def _leave(self, statement: gast.stmt, rest: Block, way: Way) -> Block:
        if isinstance(statement, EXITS):
            return self._exit(statement, way)
        if isinstance(statement, gast.If):
            return self._branches(statement, rest, way)
        if isinstance(statement, gast.Try) and self.exits.kinds(statement.finalbody):
            return self._held_back(statement, rest, way)
        kinds, falls = self.exits.leaving(statement), self.exits.falls([statement])
        forced = self._guards_else(statement)
        return self._region(kinds, falls, lambda inner: [self._within(statement, inner)], rest, way, forced)

    def _exit(self, statement: gast.stmt, way: Way) -> Block:
        kind = kind_of(statement)
        flag = way.flags.get(kind)
        signal = isinstance(statement, Signal)
        out = self._keep(statement) if kind == "return" and not signal else []
        if flag and not signal:
            out.append(_set(flag, True, statement))
        if way.tail and way.loop and kind != "continue":
            out.append(placed(gast.Break(), statement))
        return out

    def _keep(self, statement: gast.Return) -> Block:
        if self.nothing:
            return []
        value = statement.value or build.constant(None, statement)
        return [build.assign(self.result, value, statement)]

    def _branches(self, statement: gast.If, rest: Block, way: Way) -> Block:
        """Move what follows into the branches, if that doubles nothing but a single plain statement."""
        body, orelse = statement.body, statement.orelse
        body_falls, orelse_falls = self.exits.falls(body), self.exits.falls(orelse)
        if rest and body_falls and orelse_falls:
            if not _is_small(rest):
                return self._region(
                    self.exits.leaving(statement),
                    True,
                    lambda inner: [self._within(statement, inner)],
                    rest,
                    way,
                )
            body, orelse = body + [copied(one) for one in rest], orelse + rest
        elif rest and body_falls:
            body = body + rest
        elif rest and orelse_falls:
            orelse = orelse + rest
        return [branch(statement.test, self.block(body, way), self.block(orelse, way), statement)]

    def _region(
        self,
        kinds: frozenset[str],
        falls: bool,
        make: Callable[[Way], Block],
        rest: Block,
        way: Way,
        forced: frozenset[str] = frozenset(),
    ) -> Block:
        """A part that exits cannot leave by themselves: in it they raise flags, behind it these are asked."""
        if not rest and not way.tail and not forced:
            return make(way)
        if falls and not forced and self._ends_in_constant(kinds, rest, way):
            return [*self._keep(rest[0]), *make(replace(way, tail=False))]
        order: list[str] = [kind for kind in ("return", "break", "continue") if kind in kinds]
        last = None if falls else order[-1]
        ends = {"continue"} if way.tail and not rest else set()
        flagged = [kind for kind in order if kind in forced or (kind != last and kind not in ends)]
        start, flags = self._flags(flagged, way)
        made = make(Way(way.loop, False, flags))
        like = made[0]
        behind = [
            branch(build.load(flags[kind], like), [_exit_of(kind, like)], [], like)
            for kind in flagged
            if kind != last
        ]
        behind += rest if last is None else [_exit_of(last, like)]
        return [_set(flag, False, like) for flag in start] + made + self.block(behind, way)

    def _held_back(self, statement: gast.Try, rest: Block, way: Way) -> Block:
        """A finally clause with an exit of its own, which undoes other exits and silences an exception.

        Before:                         After:
            try:                            caught = None
                return x                    returned = False
            finally:                        try:
                if x > 0:                       result = x
                    break                       returned = True
                                            except BaseException as error:
                                                caught = error
                                            return_held = returned
                                            returned = False
                                            if x > 0:
                                                break
                                            if return_held: ... leave with the result ...
                                            if caught is not None:
                                                raise caught
        """
        last, tried = statement.finalbody, statement.body
        if statement.handlers:
            tried = [placed(gast.Try(tried, statement.handlers, statement.orelse, []), statement)]
        left = self.exits.kinds(tried)
        kinds: list[str] = [kind for kind in ("return", "break", "continue") if kind in left]
        caught, error = self.names.fresh("caught"), self.names.fresh("error")
        start, flags = self._flags(kinds, way)
        held = {kind: self.names.fresh(f"{kind}_held") for kind in kinds}
        keep = build.assign(caught, build.load(error), statement)
        handler = gast.ExceptHandler(build.load("BaseException"), build.store(error), [keep])
        whole = placed(gast.Try(tried, [placed(handler, statement)], [], []), statement)
        behind = [build.assign(held[kind], build.load(flags[kind]), statement) for kind in kinds]
        behind += [_set(flags[kind], False, statement) for kind in kinds] + last
        for kind in kinds:
            again = [_set(way.flags[kind], True, statement)] if kind == "return" and kind in way.flags else []
            behind.append(branch(build.load(held[kind]), [*again, _exit_of(kind, statement)], [], statement))
        asked = build.expression("caught is not None", statement, caught=build.load(caught))
        behind.append(branch(asked, [placed(gast.Raise(build.load(caught), None), statement)], [], statement))
        first = [build.assign(caught, build.constant(None), statement)]
        first += [_set(flag, False, statement) for flag in start]
        inner = self._within(whole, Way(way.loop, False, flags))
        return [*first, inner, *self.block([*behind, *rest], way)]

    def _flags(self, kinds: list[str], way: Way) -> tuple[list[str], dict[str, str]]:
        """The flags to lower before the part, and those that exits in it raise."""
        start: list[str] = []
        flags: dict[str, str] = {}
        if (outer := way.flags.get("return")) is not None:
            flags["return"] = outer
        for kind in kinds:
            if kind not in flags:
                flags[kind] = self._flag(kind)
                start.append(flags[kind])
        return start, flags

    def _flag(self, kind: str) -> str:
        if kind != "return":
            return self.names.fresh({"break": "broken", "continue": "skipped"}[kind])
        if self.returned is None:
            self.returned = self.names.fresh("returned")
        return self.returned

    def _ends_in_constant(self, kinds: frozenset[str], rest: Block, way: Way) -> bool:
        """Then the constant is the result unless another return says otherwise: no flag."""
        return (
            kinds == {"return"}
            and way.tail
            and not way.loop
            and len(rest) == 1
            and isinstance(rest[0], gast.Return)
            and isinstance(rest[0].value, gast.Constant | None)
            and not isinstance(rest[0], Signal)
        )

    def _within(self, statement: gast.stmt, way: Way) -> gast.stmt:
        """The statement with its blocks rewritten; of what leaves it, `way` says how."""
        match statement:
            case gast.For() | gast.While():
                returned = way.flags.get("return")
                inner = Way(True, True, {"return": returned} if returned else {})
                statement.body = self._filled(statement.body, inner)
            case gast.If() | gast.With():
                statement.body = self._filled(statement.body, way)
                if isinstance(statement, gast.If):
                    statement.orelse = self.block(statement.orelse, way)
            case gast.Try() | gast.TryStar():
                self._within_try(statement, way)
        return statement

    def _within_try(self, statement: gast.Try, way: Way) -> None:
        falls, guarded = self.exits.falls(statement.body), self._guards_else(statement)
        orelse = self.block(statement.orelse, way) if falls else []
        for kind in sorted(guarded) if orelse else ():
            orelse = [branch(build.load(way.flags[kind], orelse[0]), [], orelse, orelse[0])]
        statement.body = self._filled(statement.body, way)
        statement.orelse = orelse
        for one in statement.handlers:
            one.body = self._filled(one.body, way)
        if statement.finalbody:
            statement.finalbody = self._filled(statement.finalbody, way)

    def _guards_else(self, statement: gast.stmt) -> frozenset[str]:
        """The exits from a try's body that its else clause has to ask for."""
        if (
            isinstance(statement, gast.Try | gast.TryStar)
            and statement.orelse
            and self.exits.falls(statement.body)
        ):
            return self.exits.kinds(statement.body)
        return frozenset()

    def _filled(self, statements: Block, way: Way) -> Block:
        return self.block(statements, way) or [passing(statements[0])]


class Signal(gast.Return):
    """A return whose value and flag are in place: only the way out is missing."""


def _exit_of(kind: str, like: gast.AST) -> gast.stmt:
    node = {"return": lambda: Signal(None), "break": gast.Break, "continue": gast.Continue}[kind]()
    return placed(node, like)


def _is_small(rest: Block) -> bool:
    """Whether a copy of what follows costs nothing: a plain exit."""
    if len(rest) != 1:
        return False
    (one,) = rest
    plain = isinstance(one, gast.Return) and isinstance(one.value, gast.Name | gast.Constant | None)
    return plain or isinstance(one, gast.Break | gast.Continue | gast.Pass)


def _set(flag: str, value: bool, like: gast.AST) -> gast.Assign:
    return build.assign(flag, build.constant(value, like), like)
