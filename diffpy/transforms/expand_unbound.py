"""Reads of variables that have no value: normal form in, the same program with the errors of such reads written out.

Python raises UnboundLocalError where a variable is read that was deleted, or never assigned. A derivative may leave out
a read that nothing depends on, and may need what `del` takes away: the error has to be a statement of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import assign, at, constant, load, statements
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import every_statement, rebuild
from diffpy.transforms.expand_cells import changing_where_captured

Some = frozenset[str]
Error = tuple[str, str]  # its class and its message
NONE: Some = frozenset()


def expand_unbound(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """A variable that may be read without a value gets a flag that says so.

    Before:                         After:
        y = x                           y_unbound = False
        if x > 0:                       y = x
            del y                       t1 = x > 0
        return y                        if t1:
                                            y_unbound = True
                                        if y_unbound:
                                            raise UnboundLocalError('cannot access local variable ...')
                                        return y
    """
    found = _Reads(tree)
    if found.guarded:
        own = sorted({n for some in found.guarded.values() for n in some})
        flags = {n: names.fresh(f"{n}_unbound") for n in own}
        tree.body = rebuild(tree.body, _Flagged(flags, found.guarded, names).statement)
        arguments = flow.argument_names(tree)
        first = [assign(flags[n], constant(n not in arguments), tree.body[0]) for n in own]
        first += [assign(n, constant(None), tree.body[0]) for n in sorted(found.tried - arguments)]
        tree.body = [*first, *tree.body]
    return tree


def unset_at_end(tree: gast.FunctionDef, some: Some) -> Some:
    """Which of some variables, which `del` says have no value, may have none when the function returns."""
    return _Reads(tree, some).gone & some


def expand_unset(tree: gast.FunctionDef, names: Names, lacking: Mapping[str, Error]) -> None:
    """The same for some variables, which `del` says have no value.

    What is raised is an error of another class, with a message of its own.
    """
    found = _Reads(tree, frozenset(lacking))
    own = sorted({n for some in found.guarded.values() for n in some})
    flags = {n: names.fresh(f"{n}_unset") for n in own}
    tree.body = rebuild(tree.body, _Flagged(flags, found.guarded, names, lacking).statement)
    tree.body[:0] = [assign(n, constant(None), tree.body[0]) for n in sorted(found.tried)]
    tree.body = rebuild(tree.body, lambda s: [] if _deleted(s) & lacking.keys() else [s])


class _Reads:
    """Which statements read names that may have no value then, by the statement's id; where it may go unnoticed.

    `only`: the names that are looked at, where `del` says nothing but that they have no value.
    """

    def __init__(self, tree: gast.FunctionDef, only: Some | None = None) -> None:
        self.only = only
        every = list(every_statement(tree.body))
        self.guarded: dict[int, Some] = {}
        self.deleted = frozenset(n for s in every for n in _deleted(s))
        inside = [s for s in every if isinstance(s, gast.FunctionDef)]
        captured = {n for s in inside for n in flow.captured_names(s)}
        self.functions = frozenset(s.name for s in inside)
        # what will be held in cells, which can be read when they are empty, too
        self.cells = changing_where_captured(tree) - declared(nodes(*inside)) - self.deleted
        self.own = flow.all_written(tree.body) - (captured - self.cells) - declared(every)
        counts = [flow.names_read(s) for s in every if not isinstance(s, gast.FunctionDef)]
        self.read = frozenset(itertools.chain.from_iterable(counts)) | captured
        self.tried: set[str] = set()  # what may be read without a value in a try, which is rewritten
        self.within = 0  # trys around the statement
        self.facts = flow.FlowFacts()
        self.gone = self.block(tree.body, NONE, frozenset(flow.argument_names(tree)))

    def block(self, block: list[gast.stmt], gone: Some, bound: Some) -> Some:
        """What may have been deleted after the block. `bound`: what has surely been assigned before."""
        for s in block:
            gone = self.statement(s, gone, bound)
            bound |= self.facts.of(s).surely
        return gone

    def statement(self, s: gast.stmt, gone: Some, bound: Some) -> Some:
        unseen = self.own if self.within or self.is_idle(s) else self.functions | self.cells
        lacking = gone | (unseen - bound)
        if self.only is not None:
            guarded = _read_first(s) & gone & self.only
        else:
            guarded = (_read_first(s) | _deleted(s)) & lacking & self.own
        if guarded and not isinstance(s, gast.FunctionDef):
            self.guarded[id(s)] = guarded
            self.tried |= guarded - bound - self.cells if self.within else NONE
        if isinstance(s, gast.For | gast.While):
            gone |= _all_deleted(s.body)
            self.block(s.body, gone, bound | flow.names_written(s))
            return gone
        if isinstance(s, gast.Try):
            inside = gone | _all_deleted(s.body)
            self.within += 1
            after = self.block(s.body, gone, bound)
            self.within -= 1
            ends = [self.block(s.orelse, after, bound | self.facts.block(s.body).surely)]
            ends += [self.block(h.body, inside, bound | _named(h)) for h in s.handlers]
            return self.block(s.finalbody, frozenset().union(*ends), bound)
        if isinstance(s, gast.If | gast.With):
            inside = bound | _bound_by_with(s)
            ends = [self.block(b, gone, inside) for b in (s.body, getattr(s, "orelse", []))]
            return frozenset().union(*ends)
        return (gone - flow.names_written(s)) | _deleted(s)

    def is_idle(self, s: gast.stmt) -> bool:
        """Whether nothing reads what a statement assigns."""
        match s:
            case gast.Assign(targets=[gast.Name(id=name)]):
                return name not in self.read
        return False


class _Flagged:
    def __init__(
        self,
        flags: dict[str, str],
        guarded: dict[int, Some],
        names: Names,
        errors: Mapping[str, Error] | None = None,
    ) -> None:
        self.flags, self.guarded, self.names = flags, guarded, names
        self.errors = {} if errors is None else errors

    def statement(self, s: gast.stmt) -> list[gast.stmt]:
        before = [one for n in sorted(self.guarded.get(id(s), ())) for one in self.check(n, s)]
        bound = sorted(flow.names_written(s) & self.flags.keys())
        after = [assign(self.flags[n], constant(False), s) for n in bound]
        gone = sorted(_deleted(s) & self.flags.keys())
        if gone:
            return [*before, *(assign(self.flags[n], constant(True), s) for n in gone)]
        if isinstance(s, gast.For):
            s.body = [*after, *s.body]
            after = []
        for h in getattr(s, "handlers", ()):
            h.body = [
                *(assign(self.flags[n], constant(False), h) for n in _named(h) & self.flags.keys()),
                *h.body,
            ]
        if isinstance(s, gast.With):
            named = sorted(_bound_by_with(s) & self.flags.keys())
            s.body = [*(assign(self.flags[n], constant(False), s) for n in named), *s.body]
        return [*before, s, *after]

    def check(self, name: str, s: gast.stmt) -> list[gast.stmt]:
        error = self.names.temporary()
        message = f"cannot access local variable '{name}' where it is not associated with a value"
        kind, message = self.errors.get(name, ("UnboundLocalError", message))
        made = [*statements(f"{error} = {kind}()"), gast.Raise(load(error), None)]
        made[0].value.args.append(constant(message))
        return [at(gast.If(load(self.flags[name]), made, []), s)]


def declared(every: Iterable[gast.AST]) -> Some:
    return frozenset(n for s in every if isinstance(s, gast.Global | gast.Nonlocal) for n in s.names)


def _read_first(s: gast.stmt) -> Some:
    """The names that a statement reads itself, and not the statements in it."""
    match s:
        case gast.If(test=test) | gast.While(test=test):
            return flow.names_read(test)
        case gast.For(iter=iterable):
            return flow.names_read(iterable)
        case gast.With(items=items):
            return frozenset().union(*(flow.names_read(i.context_expr) for i in items))
        case gast.Try():
            return NONE
    return flow.names_read(s)


def _named(handler: gast.ExceptHandler) -> Some:
    return frozenset((handler.name.id,)) if handler.name is not None else NONE


def _bound_by_with(s: gast.stmt) -> Some:
    items = s.items if isinstance(s, gast.With) else ()
    return frozenset(
        n for i in items if i.optional_vars is not None for n in flow.names_written(i.optional_vars)
    )


def _deleted(s: gast.stmt) -> Some:
    return (
        frozenset(t.id for t in s.targets if isinstance(t, gast.Name)) if isinstance(s, gast.Delete) else NONE
    )


def _all_deleted(block: list[gast.stmt]) -> Some:
    return frozenset(n for s in every_statement(block) for n in _deleted(s))
