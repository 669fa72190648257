"""Captured variables that change: normal form in, the same program with such variables held in cells out."""

from __future__ import annotations

from collections import Counter, defaultdict

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import assign, constant, load
from diffpy.syntax.names import Names
from diffpy.syntax.trees import Rewriter


def expand_cells(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """A variable that a nested function reads at its calls, and that has several values, becomes an item of a list.

    Before:                         After:
        a = x                           a_cell = [x]
        def f(v):                       def f(v):
            return a * v                    return a_cell[0] * v
        a = x * x                       t1 = x * x
        return f(2.0)                   a_cell[0] = t1
                                        return f(2.0)
    """
    changing = changing_where_captured(tree)
    if not changing:
        return tree
    cells = {name: names.fresh(f"{name}_cell") for name in sorted(changing)}
    boxed = _Boxed(cells, names)
    body = boxed.block(tree.body)
    arguments = flow.argument_names(tree)
    first = []
    for name, cell in cells.items():
        start = load(name, tree.body[0]) if name in arguments else empty(tree.body[0])
        first.append(assign(cell, gast.List([start], gast.Load()), tree.body[0]))
    tree.body = first + body
    return tree


def empty(like: gast.AST) -> gast.Constant:
    """What a cell holds before its variable is bound: no value of the program's."""
    return gast.copy_location(gast.Constant(None, "cell"), like)


def changing_where_captured(tree: gast.FunctionDef) -> set[str]:
    """Captured names with more than one value, or with one that comes after the function that reads it."""
    walk = _Order()
    walk.block(tree.body, 0)
    arguments = flow.argument_names(tree)
    found = set()
    for name, captures in walk.captures.items():
        writes = walk.writes[name]
        if name not in arguments and not writes:
            continue  # a name from outside the function
        count = len(writes) + (name in arguments)
        late = any(position > min(captures) for position, _ in writes)
        if count > 1 or late or any(depth for _, depth in writes) or name in walk.nonlocals:
            found.add(name)
    return found


def _bound_by_with(s: gast.stmt) -> set[str]:
    items = s.items if isinstance(s, gast.With) else ()
    return {n for item in items if item.optional_vars for n in flow.names_written(item.optional_vars)}


class _Order:
    """Where names are written (position, depth of loops), and where nested functions capture them."""

    def __init__(self) -> None:
        self.position = 0
        self.writes: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.captures: dict[str, list[int]] = defaultdict(list)
        self.nonlocals: set[str] = set()
        self.counts: Counter[str] = Counter()

    def block(self, block: list, depth: int) -> None:
        for s in block:
            self.position += 1
            for name in flow.names_written(s):
                self.writes[name].append((self.position, depth + isinstance(s, gast.For)))
            if isinstance(s, gast.With):
                for item in s.items:
                    for name in flow.names_written(item.optional_vars) if item.optional_vars else ():
                        self.writes[name].append((self.position, depth))
            if isinstance(s, gast.FunctionDef):
                for name in flow.captured_names(s):
                    self.captures[name].append(self.position)
                self.nonlocals |= {n for w in gast.walk(s) if isinstance(w, gast.Nonlocal) for n in w.names}
                continue
            inner = depth + isinstance(s, gast.For | gast.While)
            for handler in getattr(s, "handlers", None) or []:
                self.block(handler.body, depth)
            for field in ("body", "orelse", "finalbody"):
                self.block(getattr(s, field, None) or [], inner)


class _Boxed:
    """Rewrites reads and writes of the names in `cells`."""

    def __init__(self, cells: dict[str, str], names: Names) -> None:
        self.cells, self.names = cells, names

    def block(self, block: list) -> list:
        return [one for s in block for one in self.statement(s)]

    def statement(self, s: gast.stmt) -> list[gast.stmt]:
        before: list[gast.stmt] = []
        written = (flow.names_written(s) | _bound_by_with(s)) & self.cells.keys()
        if isinstance(s, gast.FunctionDef):
            _Inner(self.cells).visit_nested(s)
        elif isinstance(s, gast.AugAssign) and isinstance(s.target, gast.Name) and written:
            before += self.load_all(s.value, s)
            s.target = self.item(s.target.id, gast.Store(), s)
            return [*before, s]
        else:
            before += self.loads(s)
        for field in ("body", "orelse", "finalbody"):
            if not isinstance(s, gast.FunctionDef) and getattr(s, field, None):
                setattr(s, field, self.block(getattr(s, field)))
        for handler in getattr(s, "handlers", None) or []:
            handler.body = self.block(handler.body)
        return [*before, *self.stores(s, written)]

    def loads(self, s: gast.stmt) -> list[gast.stmt]:
        """Reads of boxed names become reads of their cells, ahead of the statement."""
        parts = [s]
        if isinstance(s, gast.If | gast.While):
            parts = [s.test]
        elif isinstance(s, gast.For):
            parts = [s.iter]
        elif isinstance(s, gast.With):
            parts = [i.context_expr for i in s.items]
        elif isinstance(s, gast.Try):
            parts = []
        before: list[gast.stmt] = []
        for part in parts:
            before += self.load_all(part, s, whole=part is s)
        return before

    def load_all(self, node: gast.AST, s: gast.stmt, whole: bool = False) -> list[gast.stmt]:
        read = flow.names_read(node) & self.cells.keys()
        before: list[gast.stmt] = []
        replaced: dict[str, str] = {}
        for name in sorted(read):
            if (
                isinstance(s, gast.Assign)
                and isinstance(s.targets[0], gast.Name)
                and isinstance(s.value, gast.Name)
                and s.value.id == name
                and len(read) == 1
            ):
                s.value = self.item(name, gast.Load(), s)
                return before
            value = self.names.temporary()
            before.append(assign(value, self.item(name, gast.Load(), s), s))
            replaced[name] = value
        _Loads(replaced).visit(node)
        if not whole and isinstance(node, gast.Name) and node.id in replaced:
            node.id = replaced[node.id]
        return before

    def item(self, name: str, ctx: gast.expr_context, like: gast.AST) -> gast.Subscript:
        return gast.copy_location(gast.Subscript(load(self.cells[name], like), constant(0, like), ctx), like)

    def stores(self, s: gast.stmt, written: frozenset[str] | set[str]) -> list[gast.stmt]:
        if not written:
            return [s]
        if isinstance(s, gast.Assign) and isinstance(s.targets[0], gast.Name):
            name = s.targets[0].id
            if isinstance(s.value, gast.Name | gast.Constant):
                s.targets = [self.item(name, gast.Store(), s)]
                return [s]
            value = self.names.temporary()
            s.targets = [gast.copy_location(gast.Name(value, gast.Store(), None, None), s)]
            return [
                s,
                gast.copy_location(gast.Assign([self.item(name, gast.Store(), s)], load(value, s), None), s),
            ]
        after = [
            gast.copy_location(gast.Assign([self.item(n, gast.Store(), s)], load(n, s), None), s)
            for n in sorted(written)
        ]
        if isinstance(s, gast.For | gast.With):
            s.body[:0] = after
            return [s]
        return [s, *after]


class _Loads(Rewriter):
    def __init__(self, replaced: dict[str, str]) -> None:
        self.replaced = replaced

    def visit_Name(self, node: gast.Name) -> gast.Name:
        if not isinstance(node.ctx, gast.Store) and node.id in self.replaced:
            return gast.copy_location(gast.Name(self.replaced[node.id], node.ctx, None, None), node)
        return node


class _Inner(Rewriter):
    """Inside nested functions: a boxed name, where it is free, is an item of its cell."""

    def __init__(self, cells: dict[str, str]) -> None:
        self.cells = cells

    def visit_nested(self, s: gast.FunctionDef | gast.Lambda) -> None:
        outside = [*s.args.defaults, *(d for d in s.args.kw_defaults if d is not None)]
        s.args.defaults = [self.visit(d) for d in s.args.defaults]
        s.args.kw_defaults = [self.visit(d) if d is not None else None for d in s.args.kw_defaults]
        del outside
        free = {n: c for n, c in self.cells.items() if n in flow.free_names(s)}
        inner = _Inner(free)
        if isinstance(s.body, list):
            s.body = [one for one in (inner.visit(b) for b in s.body) if one is not None]
        else:
            s.body = inner.visit(s.body)

    def visit_FunctionDef(self, node: gast.FunctionDef) -> gast.FunctionDef:
        self.visit_nested(node)
        return node

    def visit_Lambda(self, node: gast.Lambda) -> gast.Lambda:
        self.visit_nested(node)
        return node

    def visit_Nonlocal(self, node: gast.Nonlocal) -> gast.stmt:
        kept = [n for n in node.names if n not in self.cells]
        return gast.copy_location(gast.Nonlocal(kept) if kept else gast.Pass(), node)

    def visit_Name(self, node: gast.Name) -> gast.expr:
        if node.id not in self.cells:
            return node
        item = gast.Subscript(load(self.cells[node.id], node), constant(0, node), node.ctx)
        return gast.copy_location(item, node)
