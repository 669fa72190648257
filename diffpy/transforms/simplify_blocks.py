"""Branches and loops: a derivative in; the same without empty branches and with conditions where loops test them out."""

from __future__ import annotations

import gast

from diffpy.transforms.blocks import blocks, passing
from diffpy.transforms.simplify_facts import Derivative

_OPPOSITE: dict[type[gast.cmpop], type[gast.cmpop]] = {
    gast.Is: gast.IsNot,
    gast.IsNot: gast.Is,
    gast.In: gast.NotIn,
    gast.NotIn: gast.In,
}


def shorten_branches(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """No empty branch, no `else` after a `break`.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     if x > 1:
    ...         pass
    ...     else:
    ...         x = 1.0
    ...     while True:
    ...         x = x / 2
    ...         if x < 1:
    ...             break
    ...         else:
    ...             x = x * 1.5
    ...     return x
    ... ''', shorten_branches))
    def f(x):
        if not x > 1:
            x = 1.0
        while True:
            x = x / 2
            if x < 1:
                break
            x = x * 1.5
        return x
    """
    tree.body = _shortened(tree.body)
    return tree


def _shortened(block: list[gast.stmt]) -> list[gast.stmt]:
    done: list[gast.stmt] = []
    for k, s in enumerate(block):
        for part in blocks(s):
            part[:] = _shortened(part)
        if not isinstance(s, gast.If):
            done.append(s)
            continue
        _turn(s)
        done.append(s)
        if s.orelse and isinstance(s.body[-1], gast.Break | gast.Raise) and k == len(block) - 1:
            done += s.orelse
            s.orelse = []
    return [s for s in done if not isinstance(s, gast.Pass)] or done[:1]


def _turn(s: gast.If) -> None:
    """`if c: pass else: ...` is `if not c: ...`; an `else` that does nothing goes."""
    if _does_nothing(s.orelse):
        s.orelse = []
    if _does_nothing(s.body) and s.orelse:
        s.test, s.body, s.orelse = _opposite(s.test), s.orelse, []


def _opposite(test: gast.expr) -> gast.expr:
    match test:
        case gast.UnaryOp(op=gast.Not(), operand=inner):
            return inner
        case gast.Compare(ops=[op]) if type(op) in _OPPOSITE:
            test.ops = [_OPPOSITE[type(op)]()]
            return test
    return gast.copy_location(gast.UnaryOp(gast.Not(), test), test)


def _does_nothing(block: list[gast.stmt]) -> bool:
    return all(isinstance(s, gast.Pass) for s in block)


def restore_while(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """A loop whose first statement is to leave unless a condition holds tests that condition itself.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     while True:
    ...         if x > 1:
    ...             x = x / 2
    ...         else:
    ...             break
    ...     return x
    ... ''', restore_while))
    def f(x):
        while x > 1:
            x = x / 2
        return x
    """
    _restore(tree.body)
    return tree


def _restore(block: list[gast.stmt]) -> None:
    for s in block:
        for part in blocks(s):
            _restore(part)
        match s:
            case gast.While(test=gast.Constant(value=True), body=[gast.If() as only], orelse=[]):
                _condition(s, only)


def _condition(loop: gast.While, only: gast.If) -> None:
    match only:
        case gast.If(orelse=[gast.Break()], body=[_, *_] as body):
            loop.test, loop.body = only.test, body
        case gast.If(body=[gast.Break()], orelse=[_, *_] as body):
            loop.test, loop.body = _opposite(only.test), body


def filled(tree: gast.FunctionDef) -> gast.FunctionDef:
    """The tree with `pass` in blocks that passes have emptied."""
    waiting: list[gast.AST] = [tree]
    while waiting:
        one = waiting.pop()
        body = getattr(one, "body", None)
        if body == []:
            body.append(passing(one))
        waiting += [
            s for field in ("body", "orelse", "finalbody", "handlers") for s in getattr(one, field, [])
        ]
    return tree
