"""Which names may share their object with another name or a container, statement by statement."""

from __future__ import annotations

import gast
import numpy as np

from diffpy.analysis import flow
from diffpy.analysis.calls import OpenCall, PlainCall, TableCall
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Array, Scalar
from diffpy.analysis.out_arguments import is_given_out
from diffpy.analysis.views import VIEWS, is_view
from diffpy.functions import package_of
from diffpy.rules.table import TABLE, Row


def shared_when_changed(tree: gast.FunctionDef, facts: Facts) -> set[int]:
    """The augmented assignments (by identity) whose name may not be the only way to its object."""
    walk = _Walk(facts, Live(tree))
    walk.block(tree.body, frozenset(flow.argument_names(tree)))
    return walk.found


class Live:
    """The names that are read after a statement, before they are written again."""

    def __init__(self, tree: gast.FunctionDef) -> None:
        self.after: dict[int, frozenset[str]] = {}
        self.block(tree.body, frozenset(), frozenset())

    def block(self, block: list[gast.stmt], live: frozenset[str], left: frozenset[str]) -> frozenset[str]:
        """What is live before it; `left`: what is live where a break leads to."""
        for s in reversed(block):
            self.after[id(s)] = live
            live = self.statement(s, live, left)
        return live

    def statement(self, s: gast.stmt, live: frozenset[str], left: frozenset[str]) -> frozenset[str]:
        match s:
            case gast.If():
                either = self.block(s.body, live, left) | self.block(s.orelse, live, left)
                return either | flow.names_read(s.test)
            case gast.For() | gast.While():
                head = s.iter if isinstance(s, gast.For) else s.test
                again = live | flow.names_read(head)
                for _ in range(2):
                    again |= self.block(s.body, again, live)
                return again
            case gast.With():
                return self.block(s.body, live, left) | flow.names_read(s)
            case gast.Try():
                anywhere = live | flow.names_read(s)
                for inner in (s.body, s.orelse, s.finalbody, *(h.body for h in s.handlers)):
                    self.block(inner, anywhere, left)
                return anywhere
            case gast.Break():
                return left
        return (live - flow.names_written(s)) | flow.names_read(s)


# Methods of arrays that give something new: never the array itself, nor a view of it.
_OF_NEW_VALUES = frozenset(
    "all any argmax argmin argsort copy cumprod cumsum dot flatten item max mean min nonzero prod repeat searchsorted "
    "std sum take tobytes tolist trace var".split()
)


# Functions of NumPy that may put an object into an array, or hand it to a function.
_KEEPING = (np.array, np.full, np.full_like, np.piecewise, np.apply_along_axis, np.apply_over_axes)


def _computes(row: Row | None, function: object) -> bool:
    """Whether a function of NumPy makes an array of new numbers out of those of others."""
    if row is None or row.name.rsplit(".", 1)[-1] in VIEWS:
        return False
    return isinstance(function, np.ufunc) or (package_of(function) == "numpy" and function not in _KEEPING)


def _hides(called: gast.Call, function: object) -> bool:
    """Whether a call of NumPy may name an array to write to, or ask for a view."""
    named = {k.arg for k in called.keywords}
    spread = None in named or any(isinstance(a, gast.Starred) for a in called.args)
    return spread or "copy" in named or is_given_out(function, called, called.args)


def _is_copy(s: gast.stmt) -> bool:
    return isinstance(s, gast.Assign) and isinstance(s.value, gast.Name)


class _Walk:
    """Follows the set of shared names through the statements."""

    def __init__(self, facts: Facts, live: Live) -> None:
        self.facts, self.live = facts, live
        self.found: set[int] = set()

    def block(self, block: list[gast.stmt], shared: frozenset[str]) -> frozenset[str]:
        for k, s in enumerate(block):
            if not self.is_operand(s, block[k + 1 : k + 3]) and not self.is_read_once(s, block[k + 1 :]):
                shared = self.statement(s, shared)
        return shared

    def is_read_once(self, s: gast.stmt, following: list[gast.stmt]) -> bool:
        """Whether it is a copy for an operation that keeps nothing, and no object changes before: t = x; y = sin(t)."""
        if not _is_copy(s) or not isinstance(s.targets[0], gast.Name):
            return False
        copy = s.targets[0].id
        for after in following:
            match after:
                case gast.Assign(targets=[gast.Name(id=y)], value=value):
                    keeps_nothing = self.is_new(y, value) or self.keeps_nothing(value)
                    if copy in flow.names_read(after):
                        return keeps_nothing and copy not in self.live.after[id(after)]
                    if not keeps_nothing and not _is_copy(after):
                        return False
                case _:
                    return False
        return False

    def is_operand(self, s: gast.stmt, following: list[gast.stmt]) -> bool:
        """Whether it takes an item that the next change in place reads and nothing else: t = x[k]; x /= t."""
        match s, following[-1:] if len(following) > 1 and _is_copy(following[0]) else following[:1]:
            case (
                gast.Assign(targets=[gast.Name(id=y)], value=gast.Subscript(value=gast.Name())),
                [gast.AugAssign(target=gast.Name(id=changed), value=gast.Name(id=read)) as change],
            ):
                return y == read != changed and y not in self.live.after[id(change)]
        return False

    def statement(self, s: gast.stmt, shared: frozenset[str]) -> frozenset[str]:
        match s:
            case gast.If():
                return self.block(s.body, shared) | self.block(s.orelse, shared)
            case gast.For() | gast.While():
                shared |= (
                    flow.names_written(s.target) | flow.names_read(s.iter)
                    if isinstance(s, gast.For)
                    else shared
                )
                for _ in range(3):
                    shared |= self.block(s.body, shared)
                return shared
            case gast.With() | gast.Try():
                for inner in flow.blocks_of(s):
                    shared |= self.statement(inner, shared)
                return shared
            case gast.AugAssign(target=gast.Name(id=y)):
                if y in shared:
                    self.found.add(id(s))
                return shared
            case gast.Assign(targets=[gast.Name(id=y)], value=gast.Name(id=x)):
                if x in self.live.after[id(s)]:
                    return shared | {x, y}
                return shared | {y} if x in shared else shared - {y}
            case gast.Assign(targets=[gast.Name(id=y)]) if self.is_new(y, s.value):
                return shared - {y}
            case gast.Assign(targets=[gast.Name(id=y)]) if self.keeps_nothing(s.value):
                return shared | {y}
            case gast.Assign(targets=[gast.Name(id=y)]) if self.is_made(s.value):
                return (shared | flow.names_read(s)) - {y}
            case gast.Expr(value=value) if self.is_new(None, value):
                return shared
            case gast.Assign(
                targets=[gast.Name(id=y)], value=gast.Call(func=gast.Attribute(attr=method)) as called
            ) if method in _OF_NEW_VALUES and not called.keywords:
                return shared | {y}.union(*map(flow.names_read, called.args))
            case gast.Pass() | gast.Assert() | gast.Break() | gast.Continue() | gast.Raise():
                return shared
        return shared | flow.names_read(s) | flow.names_written(s)

    def is_new(self, y: str | None, value: gast.expr) -> bool:
        """Whether it makes a new object, and neither that nor any container keeps an operand."""
        match value:
            case gast.BinOp() | gast.UnaryOp() | gast.Compare() | gast.Constant() | gast.JoinedStr():
                return True
            case gast.Call():
                match self.facts.calls.get(id(value)):
                    case PlainCall():
                        return True
                    case TableCall(function=function) as found:
                        is_array = y is None or isinstance(self.facts.kind(y), Array | Scalar)
                        return is_array and not is_view(found) and function not in (max, min)
                    case OpenCall(function=np.array):
                        return (
                            len(value.args) == 1 and not value.keywords
                        )  # no class is asked, and a copy is made
        return False

    def keeps_nothing(self, value: gast.expr) -> bool:
        """Whether arrays that it reads get no other name by it; what is not known may be an object of a class.

        That may hand out what it holds, but no array or number of NumPy's does so.
        """
        match value:
            case gast.Attribute(attr="shape" | "size" | "ndim" | "dtype"):
                return True
            case gast.Call():
                match self.facts.calls.get(id(value)):
                    case TableCall(row=row, function=function) as found:
                        return _computes(row, function) and not is_view(found)
                    case OpenCall(function=function):
                        return _computes(TABLE.find(function), function) and not _hides(value, function)
        return False

    def is_made(self, value: gast.expr) -> bool:
        """Whether it makes a new object, which may hold its operands."""
        if isinstance(value, gast.Tuple | gast.List | gast.Dict | gast.Set):
            return True
        found = self.facts.calls.get(id(value))
        if not isinstance(found, OpenCall):
            return False
        summary, _ = self.facts.summaries.get(id(value), (None, None))
        makes = isinstance(found.function, type) and not issubclass(found.function, np.generic)
        return makes or (summary is not None and not summary.returned)
