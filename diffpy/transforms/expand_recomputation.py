"""Loops with recomputation: `for k in with_recomputation(range(n), steps=s)` in, a step function and a call of it out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gast

from diffpy.analysis import flow
from diffpy.analysis.effects import Callee, effects, made_here, value_of
from diffpy.syntax.build import at, load, store
from diffpy.syntax.names import Names
from diffpy.transforms.refusal import Refusal, refused

Lookup = Callable[[str], object]
Quiet = Callable[[object], bool]  # whether a function neither has effects nor draws random numbers


def expand_recomputation(
    tree: gast.FunctionDef, names: Names, lookup: Lookup, free: Sequence[str], is_quiet: Quiet
) -> str | None:
    """Write such loops of a function as calls of repeated(step, steps, items, state, *constants), under a fresh name.

    What a step reads and assigns is its state; what it only reads is handed in beside it. Changes the tree; gives
    the name that the call has, None where there is no such loop.

        for k in with_recomputation(range(n), steps=20):
            x = x + h * f(x)

    becomes

        def step(k, x, h):
            x = x + h * f(x)
            return (x,)

        (x,) = repeated(step, 20, range(n), (x,), h)
    """
    found = _Loops(tree, names, lookup, frozenset(free), is_quiet)
    tree.body = found.block(tree.body, True)
    return found.repeated


class _Loops:
    def __init__(
        self, tree: gast.FunctionDef, names: Names, lookup: Lookup, free: frozenset[str], is_quiet: Quiet
    ) -> None:
        self.tree, self.names, self.lookup, self.free, self.is_quiet = tree, names, lookup, free, is_quiet
        self.own = flow.all_written(tree.body) | flow.argument_names(tree)
        self.repeated: str | None = None

    def block(self, block: list[gast.stmt], is_outermost: bool) -> list[gast.stmt]:
        found: list[gast.stmt] = []
        for number, statement in enumerate(block):
            call = self.recomputed(statement)
            if call is not None and isinstance(statement, gast.For):
                later = block[number + 1 :] if is_outermost else None
                found += self.expanded(statement, call, later)
                continue
            for field in ("body", "orelse", "finalbody"):
                if getattr(statement, field, None) and not isinstance(
                    statement, gast.FunctionDef | gast.ClassDef
                ):
                    setattr(statement, field, self.block(getattr(statement, field), False))
            for handler in getattr(statement, "handlers", None) or []:
                handler.body = self.block(handler.body, False)
            found.append(statement)
        return found

    def recomputed(self, statement: gast.AST) -> gast.Call | None:
        """The call of with_recomputation that a loop runs through."""
        if not isinstance(statement, gast.For) or not isinstance(statement.iter, gast.Call):
            return None
        callee = value_of(statement.iter.func, set(self.own), self.lookup)
        return statement.iter if getattr(callee, "__diffpy_repeats__", False) else None

    def expanded(self, loop: gast.For, call: gast.Call, later: list[gast.stmt] | None) -> list[gast.stmt]:
        items, steps = _arguments(call)
        for inner in gast.walk(gast.Module(loop.body, [])):  # a step is short: what is in it is not cut again
            again = self.recomputed(inner)
            if again is not None and isinstance(inner, gast.For):
                inner.iter = _arguments(again)[0]
        self.check(loop)
        state = self.state(loop, later)
        title = self.names.fresh("step")
        step = self.step(loop, state, title)
        constants = sorted(flow.free_names(step) & (self.own | self.free))
        step.args.args += [gast.Name(n, gast.Param(), None, None) for n in constants]
        self.repeated = self.repeated or self.names.fresh("repeated")
        start = [load(n) if self.is_bound_before(n, loop) else gast.Constant(None, None) for n in state]
        values = [load(title), steps, items, gast.Tuple(start, gast.Load()), *map(load, constants)]
        repeated = gast.Call(load(self.repeated), values, [])
        if state:
            target = gast.Tuple([store(n) for n in state], gast.Store())
            called: gast.stmt = gast.Assign([target], repeated, None)
        else:
            called = gast.Expr(repeated)
        return [at(step, loop), at(called, loop)]

    def state(self, loop: gast.For, later: list[gast.stmt] | None) -> list[str]:
        """What a step assigns that the next one, or what follows the loop, may read."""
        facts = flow.FlowFacts()
        assigned = set(flow.all_written(loop.body)) | flow.names_written(loop.target)
        carried = facts.block(loop.body).exposed - flow.names_written(loop.target)
        if later is None or any(_has_else(one) for one in later):
            return sorted(assigned & (carried | self.read_elsewhere(loop)))
        return sorted(assigned & (carried | facts.block(later).exposed))

    def read_elsewhere(self, loop: gast.For) -> set[str]:
        inside = {id(one) for one in gast.walk(loop)}
        every = (one for one in gast.walk(self.tree) if id(one) not in inside)
        return {one.id for one in every if isinstance(one, gast.Name) and not isinstance(one.ctx, gast.Param)}

    def is_bound_before(self, name: str, loop: gast.For) -> bool:
        if name in flow.argument_names(self.tree):
            return True
        for one in gast.walk(self.tree):
            line = getattr(one, "lineno", None)
            if line is not None and line < loop.lineno and name in flow.names_written(one):
                return True
        return False

    def step(self, loop: gast.For, state: list[str], title: str) -> gast.FunctionDef:
        """A step as a function of the item and the state; `continue` ends it."""
        result = gast.Tuple([load(n) for n in state], gast.Load())
        body = [_Ends(result).visit(one) for one in loop.body]
        item, first = "", []
        if isinstance(loop.target, gast.Name):
            item = loop.target.id
        else:
            item = self.names.fresh("item")
            first = [gast.Assign([loop.target], load(item), None)]
        names = [n for n in state if n != item]
        parameters = [gast.Name(n, gast.Param(), None, None) for n in (item, *state)]
        if len(names) < len(state):  # the item itself is read after the loop
            parameters[1 + state.index(item)] = gast.Name(self.names.fresh("last"), gast.Param(), None, None)
        arguments = gast.arguments(parameters, [], None, [], [], None, [])
        end = gast.Return(result)
        return gast.FunctionDef(title, arguments, [*first, *body, end], [], None, None, [])

    def check(self, loop: gast.For) -> None:
        """Refuse what a step that runs several times can not do."""
        if loop.orelse:
            raise _no(
                loop.orelse[0], "a loop with recomputation has an else", "write what follows after the loop"
            )
        for one in _of_this_loop(loop.body):
            if isinstance(one, gast.Break | gast.Return):
                word = "break" if isinstance(one, gast.Break) else "return"
                raise _no(
                    one,
                    f"'{word}' leaves a loop with recomputation",
                    "let the loop run to its end, or leave with_recomputation out",
                    "which steps run again is planned from the number of steps",
                )
        self.check_block(loop.body, set())

    def check_block(self, block: list[gast.stmt], own: set[str]) -> None:
        """Refuse effects of a step; `own` are the objects that it has made so far."""
        for statement in block:
            if isinstance(statement, gast.FunctionDef):
                inner = own | made_here(statement.body) | flow.argument_names(statement)
                self.check_effects(statement.body, inner)
            elif blocks := _blocks(statement):
                self.check_effects(_header(statement), own)
                for one in blocks:
                    self.check_block(one, set(own))
            else:
                self.check_effects([statement], own)
            if not isinstance(statement, gast.For | gast.With | gast.AugAssign):
                own |= flow.FlowFacts().of(statement).surely

    def check_effects(self, nodes: list[gast.AST], own: set[str]) -> None:
        for found in effects(nodes, own, self.looked_up):
            if not isinstance(found, Callee):
                raise _no(found.node, f"a loop with recomputation {found.what}", OUTSIDE)
            if not self.is_quiet(found.function):
                name = found.function.__name__
                headline = (
                    f"a loop with recomputation calls '{name}', which has effects or draws random numbers"
                )
                raise _no(found.node, headline, OUTSIDE)

    def looked_up(self, name: str) -> object:
        return None if name in self.own else self.lookup(name)


OUTSIDE = "do it before or after the loop: numbers can be drawn before it, one array for all steps"


def _no(
    node: gast.AST, headline: str, fix: str, because: str = "its steps run again for the derivative"
) -> Refusal:
    return refused(node, headline, because=because, fix=fix)


def _arguments(call: gast.Call) -> tuple[gast.expr, gast.expr]:
    """What the loop runs through, and how many states it keeps."""
    steps = next((k.value for k in call.keywords if k.arg == "steps"), gast.Constant(None, None))
    if len(call.args) != 1 or {k.arg for k in call.keywords} - {"steps"}:
        raise _no(
            call,
            "with_recomputation takes one thing to run through, and steps=",
            "with_recomputation(range(n), steps=20)",
        )
    return call.args[0], steps


class _Ends(gast.NodeTransformer):
    """`continue` of the loop itself gives the state back."""

    def __init__(self, result: gast.expr) -> None:
        self.result = result

    def visit_Continue(self, node: gast.Continue) -> gast.Return:
        return at(gast.Return(self.result), node)

    def _kept(self, node: gast.AST) -> gast.AST:
        return node

    def _inner(self, node: Any) -> gast.AST:
        """`continue` in the else of a loop inside is the outer loop's."""
        node.orelse = [self.visit(one) for one in node.orelse]
        return node

    visit_For = visit_While = _inner
    visit_FunctionDef = visit_Lambda = visit_ClassDef = _kept


def _of_this_loop(block: list[gast.stmt]) -> list[gast.AST]:
    """The nodes of a loop's body, but for breaks of loops inside it, and for functions."""
    found: list[gast.AST] = []
    for one in block:
        if isinstance(one, gast.FunctionDef | gast.ClassDef):
            continue
        found.append(one)
        for part in _blocks(one):
            inner = _of_this_loop(part)
            is_body = isinstance(one, gast.For | gast.While) and part is one.body
            found += [n for n in inner if not (is_body and isinstance(n, gast.Break))]
    return found


def _blocks(statement: gast.AST) -> list[list[gast.stmt]]:
    parts = [getattr(statement, field, None) or [] for field in ("body", "orelse", "finalbody")]
    parts += [h.body for h in getattr(statement, "handlers", None) or []]
    parts += [c.body for c in getattr(statement, "cases", None) or []]
    return [part for part in parts if isinstance(part, list) and part]


def _header(statement: gast.AST) -> list[gast.AST]:
    """The expressions of a compound statement itself."""
    found: list[gast.AST] = []
    for child in gast.iter_child_nodes(statement):
        if isinstance(child, gast.withitem):
            found.append(child.context_expr)
        elif isinstance(child, gast.expr):
            found.append(child)
    return found


def _has_else(statement: gast.stmt) -> bool:
    return any(isinstance(one, gast.For | gast.While) and one.orelse for one in gast.walk(statement))
