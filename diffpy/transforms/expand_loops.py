"""Loops: while conditions, else clauses, loops over generators in; `while True` and plain `for` out."""

from __future__ import annotations

import gast

from diffpy.syntax import build
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import blocks, branch, placed, rebuild
from diffpy.transforms.refusal import refused


def expand_loops(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """`while c` becomes `while True` with a break; `else` follows the loop, or ends it.

    >>> from diffpy.transforms.example import after
    >>> print(after('''
    ... def f(x):
    ...     while x > 1:
    ...         x = x / 2
    ...     else:
    ...         x = x + 1
    ...     for y in x:
    ...         if y:
    ...             break
    ...     else:
    ...         x = 2
    ... ''', expand_loops))
    def f(x):
        while True:
            if x > 1:
                x = x / 2
            else:
                break
        x = x + 1
        completed = True
        for y in x:
            if y:
                completed = False
                break
        if completed:
            x = 2
    """
    tree.body = rebuild(tree.body, lambda one: _expand(one, names))
    return tree


def _expand(statement: gast.stmt, names: Names) -> list[gast.stmt]:
    match statement:
        case gast.While():
            return _while(statement, names)
        case gast.For(iter=gast.GeneratorExp()):
            return _without_else(_merged(statement), names)
        case gast.For():
            return _without_else(statement, names)
    return [statement]


def _while(loop: gast.While, names: Names) -> list[gast.stmt]:
    if isinstance(loop.test, gast.Constant) and loop.test.value:
        return [_forever(loop.body, loop)]
    stop = placed(gast.Break(), loop.test)
    if _breaks(loop.body) and not _exits(loop.orelse):
        tail, loop.orelse = [*loop.orelse, stop], []
    else:
        tail = [stop]
    before, after = _else(loop, names)
    return [*before, _forever([branch(loop.test, loop.body, tail, loop.test)], loop), *after]


def _forever(body: list[gast.stmt], loop: gast.While) -> gast.While:
    return placed(gast.While(build.constant(True, loop), body, []), loop)


def _without_else(loop: gast.For, names: Names) -> list[gast.stmt]:
    before, after = _else(loop, names)
    return [*before, loop, *after]


def _else(loop: gast.For | gast.While, names: Names) -> tuple[list[gast.stmt], list[gast.stmt]]:
    """What goes before and behind the loop so that its else clause runs exactly when no break left it."""
    orelse, loop.orelse = loop.orelse, []
    if not orelse or not _breaks(loop.body):
        return [], orelse
    flag = names.fresh("completed")
    loop.body = _flagged(loop.body, flag)
    like = orelse[0]
    start = build.assign(flag, build.constant(True, loop), loop)
    return [start], [branch(build.load(flag, like), orelse, [], like)]


def _flagged(body: list[gast.stmt], flag: str) -> list[gast.stmt]:
    out: list[gast.stmt] = []
    for one in body:
        if isinstance(one, gast.Break):
            out.append(build.assign(flag, build.constant(False, one), one))
        elif not isinstance(one, gast.For | gast.While):
            for block in blocks(one):
                block[:] = _flagged(block, flag)
        out.append(one)
    return out


def _breaks(body: list[gast.stmt]) -> bool:
    """Whether a break of this loop is in its body; loops in it have lost their else clauses already."""
    return any(isinstance(one, gast.Break) for one in _own(body))


def _exits(body: list[gast.stmt]) -> bool:
    """Whether anything in a block leaves it: its own break, continue or return, or a return in its loops."""
    return any(
        isinstance(one, gast.Break | gast.Continue | gast.Return) or _returns_in_loop(one)
        for one in _own(body)
    )


def _returns_in_loop(statement: gast.stmt) -> bool:
    return isinstance(statement, gast.For | gast.While) and any(
        isinstance(one, gast.Return) or _returns_in_loop(one) for one in _own(statement.body)
    )


def _own(body: list[gast.stmt]) -> list[gast.stmt]:
    """The statements of a block and of the blocks in it, but not of loops in it."""
    found: list[gast.stmt] = []
    waiting = list(body)
    while waiting:
        one = waiting.pop()
        found.append(one)
        if not isinstance(one, gast.For | gast.While):
            for block in blocks(one):
                waiting.extend(block)
    return found


def _merged(loop: gast.For) -> gast.For:
    """`for x in (g(y) for y in z if c)` becomes `for y in z: if c: x = g(y)` and the body, as lazily."""
    generators = loop.iter.generators
    if len(generators) > 1:
        raise refused(
            loop.iter,
            "a loop over a generator of several loops",
            because="break would have to leave more than one loop",
            fix="write the loops out, or iterate over a list: for ... in [...]",
        )
    (part,) = generators
    body = [placed(gast.Assign([loop.target], loop.iter.elt, None), loop.iter), *loop.body]
    for test in reversed(part.ifs):
        body = [branch(test, body, [], test)]
    return placed(gast.For(part.target, part.iter, body, loop.orelse, None), loop)
