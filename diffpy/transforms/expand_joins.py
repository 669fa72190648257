"""np.r_[...] and np.c_[...] as calls: renamed normal form and its facts in, the same program out."""

from __future__ import annotations

import gast
import numpy as np

from diffpy.analysis import flow
from diffpy.analysis.facts import Facts, index_parts
from diffpy.analysis.kinds import AnyTuple, Array, Kind, Known, ListOf, Scalar, TupleOf, rank_of
from diffpy.syntax.build import load, statements
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.transforms.known_objects import Objects, known_as

_EXACT = ("float", "float64", "complex", "complex128", "int", "integer", "int64")


def expand_joins(tree: gast.FunctionDef, facts: Facts, names: Names, objects: Objects) -> bool:
    """Write items of NumPy's joining objects as the joins that they stand for; in place. Whether any was.

    Before:                         After:
        y = np.c_[a, b]                 y = np.column_stack((a, b))
        y = np.r_[a, 0:n]               t1 = np.arange(0, n)
                                        y = np.concatenate((np.atleast_1d(a), t1))
    """
    joins = _Joins(tree, facts, names, objects)
    joins.block(tree.body)
    return joins.found


class _Joins:
    def __init__(self, tree: gast.FunctionDef, facts: Facts, names: Names, objects: Objects) -> None:
        self.tree, self.facts, self.names, self.objects = tree, facts, names, objects
        self.found = False

    def block(self, block: list[gast.stmt]) -> None:
        done: list[gast.stmt] = []
        for s in block:
            if not isinstance(s, gast.FunctionDef):
                for inner in ("body", "orelse", "finalbody"):
                    self.block(getattr(s, inner, None) or [])
                for handler in getattr(s, "handlers", None) or []:
                    self.block(handler.body)
            written = self.written(s)
            self.found = self.found or written is not None
            done += [s] if written is None else written
            if written is not None and self.is_last_read(s.value.value.id, done):
                done = [one for one in done if not _names(one, s.value.value.id)]
        block[:] = done

    def is_last_read(self, joiner: str, done: list[gast.stmt]) -> bool:
        """Whether nothing else reads the name of r_ or c_, which this block gives it."""
        reads = sum(isinstance(n, gast.Name) and n.id == joiner for n in nodes(self.tree))
        return reads == 2 and any(_names(one, joiner) for one in done)

    def written(self, s: gast.stmt) -> list[gast.stmt] | None:
        match s:
            case gast.Assign(targets=[gast.Name()], value=gast.Subscript(value=gast.Name() as base) as value):
                kind = self.facts.kind(base)
                if isinstance(self.facts.kind(value.slice), TupleOf | AnyTuple):
                    return None  # the parts are its items
                joiner = kind.value if isinstance(kind, Known) else None
                if joiner is np.c_ and all(self.is_column(p) for p in index_parts(value.slice)):
                    return self.joined("columns", value, s)
                if joiner is np.r_ and all(self.is_row(p) for p in index_parts(value.slice)):
                    return self.joined("rows", value, s)
        return None

    def is_column(self, part: gast.expr) -> bool:
        """What column_stack takes as c_ does: nothing of three axes, nothing that another part's type would change."""
        kind = self.facts.kind(part)
        return _is_exact(kind) and (not isinstance(kind, Array) or kind.dims is None or len(kind.dims) < 3)

    def is_row(self, part: gast.expr) -> bool:
        if isinstance(part, gast.Slice):
            return part.upper is not None and not isinstance(getattr(part.step, "value", None), complex)
        return _is_exact(self.facts.kind(part))

    def joined(self, how: str, value: gast.Subscript, s: gast.Assign) -> list[gast.stmt]:
        done: list[gast.stmt] = []
        parts = [self.part(p, how, done, s) for p in index_parts(value.slice)]
        held = self.names.temporary()
        done += self.said(f"{held} = ({', '.join(parts)},)", s)
        join = "np__.column_stack" if how == "columns" else "np__.concatenate"
        return [*done, *self.said(f"{s.targets[0].id} = {join}({held})", s)]

    def part(self, p: gast.expr, how: str, done: list[gast.stmt], s: gast.stmt) -> str:
        """The name of what one part of the index adds."""
        text = "p__"
        if isinstance(p, gast.Slice):
            text, p = "np__.arange(a__, b__, c__)" if p.step else "np__.arange(a__, b__)", p
            given = {"a__": p.lower or gast.Constant(0, None), "b__": p.upper}
            given |= {"c__": p.step} if p.step else {}
        else:
            given = {"p__": p}
            kind = self.facts.kind(p)
            if isinstance(kind, ListOf | TupleOf):
                text = "np__.array(p__)"
            elif how == "rows" and not rank_of(kind):
                text = "np__.atleast_1d(p__)"
            elif isinstance(p, gast.Name):
                return p.id
        held = self.names.temporary()
        done += self.said(f"{held} = {text}", s, **given)
        return held

    def said(self, text: str, s: gast.stmt, **parts: gast.expr) -> list[gast.stmt]:
        return statements(text, s, np__=self.numpy(), **parts)

    def numpy(self) -> gast.Name:
        """NumPy under the name that the function finds it by, or under a new one."""
        own = flow.all_written(self.tree.body) | flow.argument_names(self.tree)
        known = [n for n, kind in self.facts.kinds.items() if kind == Known(np) and n not in own]
        return load(known[0]) if known else known_as(np, "np", self.names, self.objects)


def _names(s: gast.stmt, name: str) -> bool:
    """Whether a statement does nothing but give an attribute of a module a name."""
    match s:
        case gast.Assign(targets=[gast.Name(id=target)], value=gast.Attribute()):
            return target == name
    return False


def _is_exact(kind: Kind) -> bool:
    """Whether a value keeps its type beside any other such value."""
    match kind:
        case Array():
            return kind.dtype in _EXACT
        case Scalar():
            return kind.type in _EXACT
        case ListOf():
            return _is_exact(kind.item)
        case TupleOf():
            return all(map(_is_exact, kind.items))
        case _:
            return False
