"""One name a value: normal form in, the same program out in which only loops and merges write a name twice."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import assign, load
from diffpy.syntax.names import Names
from diffpy.syntax.trees import Rewriter, nodes

Versions = dict[str, str]  # the user's name -> the name that holds its value now


class Renamed(NamedTuple):
    """The renamed function, names that may not be bound yet where they are carried, and what `aux` is called now."""

    tree: gast.FunctionDef
    unsure: set[str]
    aux: str | None = None


def rename(tree: gast.FunctionDef, names: Names) -> Renamed:
    """Give each assignment a name of its own; copies join what branches and iterations computed.

    Before:                     After:
        x = x * 2                   x_1 = x * 2
        if c:                       if c:
            x = x + 1                   x_2 = x_1 + 1
                                        x_3 = x_2
                                    else:
                                        x_3 = x_1
        return x                    return x_3
    """
    renaming = _Rename(tree, names)
    done = renaming.function()
    return Renamed(done, renaming.maybe, getattr(tree, "aux_name", None))


def append_at_end(block: list[gast.stmt], more: list[gast.stmt]) -> None:
    """Put statements where the block's end is reached: inside the branches of a last `if` that may break."""
    last = block[-1] if block else None
    if not isinstance(last, gast.If) or not may_break(last):
        block.extend(more)
        return
    for branch in (last.body, last.orelse):
        if not branch or not isinstance(branch[-1], gast.Break | gast.Raise):
            append_at_end(branch, copy.deepcopy(more))


def may_break(s: gast.stmt) -> bool:
    """Whether the statement can leave the loop around it."""
    if isinstance(s, gast.Break):
        return True
    if isinstance(s, gast.For | gast.While | gast.FunctionDef):
        return False
    return any(may_break(inner) for inner in flow.blocks_of(s))


def captured_names(tree: gast.FunctionDef) -> frozenset[str]:
    """Names of the function that functions nested in it read or write."""
    found: set[str] = set()
    stack: list[gast.AST] = list(tree.body)
    while stack:
        one = stack.pop()
        if isinstance(one, gast.FunctionDef):
            found |= flow.free_names(one)
        stack.extend(flow.blocks_of(one))
    return frozenset(found)


def _call_otherwise(block: list[gast.stmt], name: str, other: str) -> None:
    """Rename what only the block binds: a copy behind it would read what may have no value."""
    for one in nodes(*block):
        if isinstance(one, gast.Name) and one.id == name:
            one.id = other


class _Rename:
    def __init__(self, tree: gast.FunctionDef, names: Names) -> None:
        self.tree = tree
        self.names = names
        self.facts = flow.FlowFacts()
        self.arguments = flow.argument_names(tree)
        self.fixed = captured_names(tree) | _declared(tree)
        self.locals = flow.all_written(tree.body) | self.arguments
        self.used: set[str] = set(self.arguments)
        self.memory: set[str] = set()  # names that keep several values, read through snapshots
        self.maybe: set[str] = set()  # versions that may not be bound yet

    def function(self) -> gast.FunctionDef:
        body = self.block(self.tree.body, {a: a for a in self.arguments}, frozenset(), None)
        return gast.FunctionDef(
            name=self.tree.name,
            args=self.tree.args,
            body=body,
            decorator_list=[],
            returns=self.tree.returns,
            type_comment=None,
            type_params=[],
            lineno=self.tree.lineno,
            col_offset=self.tree.col_offset,
            end_lineno=self.tree.end_lineno,
            end_col_offset=self.tree.end_col_offset,
        )

    def version(self, name: str) -> str:
        """A name for the next value of `name`: the user's own at first."""
        if name in self.fixed or name not in self.used:
            self.used.add(name)
            return name
        temporary = name in self.names.temporaries
        return self.names.temporary() if temporary else self.names.fresh(name)

    def block(
        self, block: Sequence[gast.stmt], env: Versions, live_out: frozenset[str], leave: _Exit | None
    ) -> list:
        after = self.facts.live_after(block, live_out, leave.live if leave is not None else frozenset())
        done: list[gast.stmt] = []
        for statement, live in zip(block, after, strict=True):
            done.extend(self.statement(statement, env, live, leave))
        return done

    def statement(
        self, s: gast.stmt, env: Versions, live: frozenset[str], leave: _Exit | None
    ) -> list[gast.stmt]:
        match s:
            case gast.If():
                return self.branch(s, env, live, leave)
            case gast.For() | gast.While():
                return self.loop(s, env, live)
            case gast.With():
                return self.with_block(s, env, live, leave)
            case gast.Try():
                return self.try_block(s, env, live, leave)
            case gast.Break():
                assert leave is not None
                return [*leave.copies(self, env, s), s]
            case _:
                return self.simple(s, env)

    def simple(self, s: gast.stmt, env: Versions) -> list[gast.stmt]:
        """A statement without blocks: its reads are looked up, then its writes get new names."""
        before, reads = self.reads(s, env)
        s = _Renamer(reads).visit(s)
        if isinstance(s, gast.FunctionDef):
            own = s.name
            s.name = env[own] = self.version(own)
            return [*before, s]
        if isinstance(s, gast.Import | gast.ImportFrom | gast.Global | gast.Nonlocal):
            env.update({n: n for n in flow.names_written(s)})
            return [*before, s]
        if isinstance(s, gast.AugAssign) and isinstance(s.target, gast.Name):
            return [*before, *self.augmented(s, env)]
        targets = flow.names_written(s)
        fresh = {}
        for t in sorted(targets):
            fresh[t] = env[t] = self.version(t)
        return [*before, _Stores(fresh).visit(s)]

    def augmented(self, s: gast.AugAssign, env: Versions) -> list[gast.stmt]:
        """x += v stays one statement on a fresh name that starts as a copy: it may change an array in place."""
        name = s.target.id
        source = env.get(name, name)
        target = env[name] = self.version(name)
        s.target = gast.copy_location(gast.Name(target, gast.Store(), None, None), s.target)
        copy = [] if source == target else [assign(target, load(source, s), s)]
        return [*copy, s]

    def reads(self, s: gast.AST, env: Versions) -> tuple[list[gast.stmt], Versions]:
        """What each local that `s` reads is called now; a name with several values is read through a snapshot.

        What a nested function reads keeps its name, and may have no value yet.
        """
        before: list[gast.stmt] = []
        found: Versions = {}
        if isinstance(s, gast.FunctionDef):
            return before, found
        for name in sorted(flow.names_read(s) & self.locals):
            current = env.get(name, name)
            several = current in self.memory or current in self.maybe  # which may get one more value yet
            if several and not _is_copy(s):
                snapshot = self.names.fresh(name)
                before.append(assign(snapshot, load(current, s), s))
                current = snapshot
            found[name] = current
        return before, found

    def branch(self, s: gast.If, env: Versions, live: frozenset[str], leave: _Exit | None) -> list[gast.stmt]:
        before, reads = self.reads(s.test, env)
        ends = [dict(env), dict(env)]
        blocks = [self.block(b, e, live, leave) for b, e in zip((s.body, s.orelse), ends, strict=True)]
        open_ends = [
            (b, e)
            for b, e, old in zip(blocks, ends, (s.body, s.orelse), strict=True)
            if self.facts.block(old).falls_through
        ]
        if len(open_ends) == 1:
            env.clear()
            env.update(open_ends[0][1])
        elif open_ends:
            self.merge(env, open_ends, live, s)
        test = _Renamer(reads).visit(s.test)
        out = gast.If(test, blocks[0] or [gast.Pass()], blocks[1])
        out.site = getattr(s, "site", None)
        return [*before, gast.copy_location(out, s)]

    def merge(
        self, env: Versions, ends: list[tuple[list, Versions]], live: frozenset[str], like: gast.AST
    ) -> None:
        """After a branch: one name for what either side left in a name that is read later."""
        changed = {n for _, e in ends for n in e if e[n] != env.get(n)}
        for name in sorted(changed):
            current = {e.get(name) for _, e in ends}
            if len(current) == 1:
                env[name] = current.pop() or name
                continue
            if name not in live:
                env.pop(name, None)  # bound on one side only, perhaps, and read by nobody
                continue
            unsure = sorted(c for c in current & self.maybe if c is not None)
            joined = unsure[0] if unsure else self.version(name)
            if unsure:
                self.memory.add(joined)
            if None in current:
                self.maybe.add(joined)
            for block, e in ends:
                if e.get(name) in unsure:
                    _call_otherwise(block, str(e[name]), joined)
                elif e.get(name) not in (None, joined):
                    append_at_end(block, [assign(joined, load(e[name], like), like)])
            env[name] = joined

    def loop(self, s: gast.For | gast.While, env: Versions, live: frozenset[str]) -> list[gast.stmt]:
        """Names carried from one iteration to the next, or out, get one name that each iteration rewrites."""
        before, reads = self.reads(s.iter if isinstance(s, gast.For) else s.test, env)
        body = self.facts.block(s.body)
        target = flow.names_written(s.target) if isinstance(s, gast.For) else frozenset()
        written = flow.all_written(s.body) | target
        exposed = body.exposed - target
        carried = sorted(n for n in written if (n in exposed or n in live) and n not in self.fixed)
        heads = self.heads(carried, env, before, s)
        inside = {**env, **heads}
        header = {name: self.version(name) for name in sorted(target)}
        inside.update(header)
        leave = _Exit(heads, live)
        first = _Renamer(reads).visit(s.iter if isinstance(s, gast.For) else s.test)
        done = self.block(s.body, inside, live | exposed | frozenset(heads), leave)
        if body.falls_through:
            append_at_end(done, leave.copies(self, inside, s))
        env.update({n: n for n in written & self.fixed})
        if isinstance(s, gast.For):
            out: gast.stmt = gast.For(_Stores(header).visit(s.target), first, done, [], None)
            out.site = getattr(s, "site", None)
        else:
            out = gast.While(first, done, [])
        after = self.leave(heads, env, live, s)
        return [*before, gast.copy_location(out, s), *after]

    def heads(self, carried: list[str], env: Versions, before: list, s: gast.stmt) -> Versions:
        heads: Versions = {}
        for name in carried:
            current = env.get(name)
            if current in self.maybe or current in self.memory:
                self.memory.add(str(current))
                heads[name] = str(current)
                continue
            heads[name] = self.version(name)
            if current is None:
                self.maybe.add(heads[name])
            else:
                before.append(assign(heads[name], load(current, s), s))
        return heads

    def leave(self, heads: Versions, env: Versions, live: frozenset[str], s: gast.stmt) -> list[gast.stmt]:
        """After a loop a carried name is read under a name of its own, which the reverse sweep never rewrites."""
        after = []
        for name, head in heads.items():
            env[name] = head
            if name not in live:
                continue
            if head in self.maybe:
                self.memory.add(head)
            elif head not in self.memory:
                env[name] = self.version(name)
                after.append(assign(env[name], load(head, s), s))
        return after

    def with_block(
        self, s: gast.With, env: Versions, live: frozenset[str], leave: _Exit | None
    ) -> list[gast.stmt]:
        before: list[gast.stmt] = []
        items = []
        for item in s.items:
            extra, reads = self.reads(item.context_expr, env)
            before += extra
            context = _Renamer(reads).visit(item.context_expr)
            bound = item.optional_vars
            if bound is not None:
                env[bound.id] = self.version(bound.id)
                bound = _Stores({bound.id: env[bound.id]}).visit(bound)
            items.append(gast.withitem(context, bound))
        body = self.block(s.body, env, live, leave)
        out = gast.copy_location(gast.With(items, body, None), s)
        out.site = getattr(s, "site", None)
        return [*before, out]

    def try_block(
        self, s: gast.Try, env: Versions, live: frozenset[str], leave: _Exit | None
    ) -> list[gast.stmt]:
        """Any statement of a try may be the last to run: the names it writes keep one place each."""
        before: list[gast.stmt] = []
        for name in sorted(flow.all_written([s])):
            if name in self.fixed:
                continue
            current = env.get(name)
            stays = current in self.memory or current in self.maybe  # which cannot be read yet
            place = str(current) if stays else self.version(name)
            if current is None:  # its branches may hand it on before it is bound
                before.append(assign(place, gast.copy_location(gast.Constant(None, "unbound"), s), s))
            elif current != place:
                before.append(assign(place, load(str(current), s), s))
            self.memory.add(place)
            env[name] = place
        pinned = _Pinned(self, env)
        parts = [pinned.block(b, live, leave) for b in (s.body, s.orelse, s.finalbody)]
        handlers = [pinned.handler(h, live, leave) for h in s.handlers]
        return [*before, gast.copy_location(gast.Try(parts[0], handlers, parts[1], parts[2]), s)]


class _Pinned:
    """Renaming inside a try statement: the names it writes stay in their places."""

    def __init__(self, outer: _Rename, env: Versions) -> None:
        self.outer, self.env = outer, env

    def block(self, block: Sequence[gast.stmt], live: frozenset[str], leave: _Exit | None) -> list[gast.stmt]:
        inner = dict(self.env)
        everything = frozenset(self.env)
        done: list[gast.stmt] = []
        for s in block:
            done += self.outer.statement(s, inner, everything, leave)
            for name, current in list(inner.items()):
                place = self.env.get(name)
                if place is not None and current != place:
                    target = done if not _leaves(done) else None
                    if target is not None:
                        target.append(assign(place, load(current, s), s))
                    inner[name] = place
        return done

    def handler(self, h: gast.ExceptHandler, live: frozenset[str], leave: _Exit | None) -> gast.ExceptHandler:
        reads = self.outer.reads(h.type, self.env)[1] if h.type is not None else {}
        kind = _Renamer(reads).visit(h.type) if h.type is not None else None
        name = h.name
        if name is not None and self.env.get(name.id, name.id) != name.id:
            name = gast.copy_location(gast.Name(self.env[name.id], gast.Store(), None, None), name)
        return gast.copy_location(gast.ExceptHandler(kind, name, self.block(h.body, live, leave)), h)


class _Exit:
    """The copies that carry names to the next iteration or out of the loop, behind which `live` are read."""

    def __init__(self, heads: Mapping[str, str], live: frozenset[str]) -> None:
        self.heads, self.live = heads, live

    def copies(self, outer: _Rename, env: Versions, like: gast.AST) -> list[gast.stmt]:
        pairs = [(h, env[n]) for n, h in self.heads.items() if env.get(n) not in (None, h)]
        return _parallel(pairs, outer.names, like)


def _parallel(pairs: list[tuple[str, str]], names: Names, like: gast.AST) -> list[gast.stmt]:
    """Copies that mean all at once: what a later copy still reads is first put aside (a, b = b, a)."""
    before: list[gast.stmt] = []
    written: set[str] = set()
    done: list[gast.stmt] = []
    sources = [source for _, source in pairs]
    for k, (target, _) in enumerate(pairs):
        if target in sources[k + 1 :]:
            aside = names.fresh(target)
            before.append(assign(aside, load(target, like), like))
            pairs = [(t, aside if s == target else s) for t, s in pairs]
    for target, source in pairs:
        written.add(target)
        done.append(assign(target, load(source, like), like))
    return before + done


def _leaves(block: list[gast.stmt]) -> bool:
    return bool(block) and isinstance(block[-1], gast.Break | gast.Raise | gast.Return)


def _is_copy(s: gast.AST) -> bool:
    return (
        isinstance(s, gast.Assign) and isinstance(s.value, gast.Name) and isinstance(s.targets[0], gast.Name)
    )


def _declared(tree: gast.FunctionDef) -> frozenset[str]:
    return frozenset(n for w in nodes(tree) if isinstance(w, gast.Global | gast.Nonlocal) for n in w.names)


class _Renamer(Rewriter):
    """Loads under their present names; nested functions are left as written (what they capture is fixed)."""

    def __init__(self, versions: Versions) -> None:
        self.versions = versions

    def visit_FunctionDef(self, node: gast.FunctionDef) -> gast.FunctionDef:
        return node

    def visit_Lambda(self, node: gast.Lambda) -> gast.Lambda:
        return node

    def visit_Name(self, node: gast.Name) -> gast.Name:
        if isinstance(node.ctx, gast.Store) or self.versions.get(node.id, node.id) == node.id:
            return node
        return gast.copy_location(gast.Name(self.versions[node.id], node.ctx, None, None), node)


class _Stores(Rewriter):
    """Stores under their new names."""

    def __init__(self, versions: Versions) -> None:
        self.versions = versions

    def visit_Name(self, node: gast.Name) -> gast.Name:
        if isinstance(node.ctx, gast.Store) and node.id in self.versions:
            return gast.copy_location(gast.Name(self.versions[node.id], gast.Store(), None, None), node)
        return node
