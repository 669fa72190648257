"""Rare statements: annotated assignment, assert, del and with of several things in; plain ones out."""

from __future__ import annotations

from collections import Counter
from functools import partial

import gast

from diffpy.analysis import flow
from diffpy.syntax import build
from diffpy.syntax.names import Names
from diffpy.syntax.trees import copied, nodes
from diffpy.transforms.binding import bound_names, still_local
from diffpy.transforms.blocks import branch, every_statement, passing, placed, rebuild


def expand_statements(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """Annotations, constants standing alone, asserts, several targets of one del, several items of one with.

    >>> from diffpy.transforms.example import after
    >>> print(after('''
    ... def f(x, y):
    ...     "Documentation."
    ...     z: float = x
    ...     assert z > 0, "positive"
    ...     with a(), b(x) as c:
    ...         del x, y[0]
    ... ''', expand_statements))
    def f(x, y):
        z = x
        if not z > 0:
            raise AssertionError('positive')
        with a():
            with b(x) as c:
                del x
                del y[0]
    """
    annotated = any(isinstance(one, gast.AnnAssign) for one in every_statement(tree.body))
    before = bound_names(tree) if annotated else set()
    tree.body = rebuild(rebuild(tree.body, _Recursive(tree).expand), _expand) or [passing(tree)]
    _declare_first(tree)
    _drop_idle(tree)
    return still_local(tree, before) if annotated else tree


class _Recursive:
    """f = lambda n: ... f(n - 1) ..., where nothing else binds f, is what def makes of it."""

    def __init__(self, tree: gast.FunctionDef) -> None:
        self.bound = Counter(n for one in every_statement(tree.body) for n in flow.names_written(one))

    def expand(self, statement: gast.stmt) -> list[gast.stmt]:
        match statement:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Lambda() as value):
                if self.bound[name] == 1 and name in flow.free_names(value):
                    body = [placed(gast.Return(value.body), value.body)]
                    return [placed(gast.FunctionDef(name, value.args, body, [], None, None, []), statement)]
        return [statement]


def _expand(statement: gast.stmt) -> list[gast.stmt]:
    match statement:
        case gast.Expr(value=gast.Constant()):
            return []
        case gast.AnnAssign():
            return _annotated(statement)
        case gast.Assert():
            return _asserted(statement)
        case gast.Delete():
            return [placed(gast.Delete([one]), one) for one in _leaves(statement.targets)]
        case gast.With():
            return [_one_item_each(statement)]
        case gast.Try() | gast.TryStar():
            _place_names(statement)
    return [statement]


def _annotated(statement: gast.AnnAssign) -> list[gast.stmt]:
    """Python evaluates no annotation inside a function; without a value the target's parts are evaluated."""
    target = statement.target
    if statement.value is not None:
        return [placed(gast.Assign([target], statement.value, None), statement)]
    match target:
        case gast.Attribute():
            parts = [target.value]
        case gast.Subscript():
            parts = [target.value, target.slice]
        case _:
            parts = []
    return [placed(gast.Expr(one), one) for one in parts]


def _asserted(statement: gast.Assert) -> list[gast.stmt]:
    if not __debug__:
        return []
    message = [] if statement.msg is None else [statement.msg]
    error = placed(gast.Call(build.load("AssertionError", statement), message, []), statement)
    failed = placed(gast.UnaryOp(gast.Not(), statement.test), statement.test)
    return [branch(failed, [placed(gast.Raise(error, None), statement)], [], statement)]


def _leaves(targets: list[gast.expr]) -> list[gast.expr]:
    found: list[gast.expr] = []
    for one in targets:
        found += _leaves(one.elts) if isinstance(one, gast.Tuple | gast.List) else [one]
    return found


def _one_item_each(statement: gast.With) -> gast.With:
    body = statement.body
    for item in reversed(statement.items):
        body = [placed(gast.With([item], body, None), statement)]
    return body[0]


def _place_names(statement: gast.Try) -> None:
    """`except ... as error`: Python gives that name no position of its own."""
    for one in statement.handlers:
        if one.name is not None:
            placed(one.name, one)


def _declare_first(tree: gast.FunctionDef) -> None:
    """`global` and `nonlocal` go to the top, where no later motion of code can move them behind a use."""
    declared = [one for one in every_statement(tree.body) if isinstance(one, gast.Global | gast.Nonlocal)]
    if declared:
        declared.sort(key=lambda one: (one.lineno, one.col_offset))
        tops = [copied(one) for one in declared]
        moved = {id(one) for one in declared}
        tree.body = tops + rebuild(tree.body, lambda one: [] if id(one) in moved else [one])


def _drop_idle(tree: gast.FunctionDef) -> None:
    """`nonlocal` of a variable that a nested function never binds says nothing: it is found outside anyway."""
    for inner in [one for one in nodes(*tree.body) if isinstance(one, gast.FunctionDef)]:
        if any(isinstance(one, gast.Nonlocal) for one in nodes(*inner.body)):
            bound = _bound(inner)
            inner.body = rebuild(inner.body, partial(_counting, bound)) or [gast.Pass()]


def _counting(bound: set[str], s: gast.stmt) -> list[gast.stmt]:
    if isinstance(s, gast.Nonlocal):
        s.names = [name for name in s.names if name in bound]
        return [s] if s.names else []
    return [s]


def _bound(tree: gast.FunctionDef) -> set[str]:
    """The names that a function, or one inside it, binds."""
    found: set[str] = set()
    for one in nodes(*tree.body):
        match one:
            case gast.Name(id=name, ctx=gast.Store() | gast.Del()) | gast.FunctionDef(name=name):
                found.add(name)
            case gast.alias():
                found.add((one.asname or one.name).partition(".")[0])
    return found
