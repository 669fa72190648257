"""Long chains of elif: one deep chain in, a row of short ones out (Python refuses deep nesting)."""

from __future__ import annotations

import gast

from diffpy.syntax import build
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import blocks, branch

LONGEST = 16

Arm = tuple[gast.expr, list[gast.stmt], gast.AST]


def expand_chains(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """A chain of more than 16 arms is cut; a flag says whether the arms so far have all been passed by.

    >>> from diffpy.transforms.example import after
    >>> arms = "".join(f"    elif x == {k}:\\n        y = {k}\\n" for k in range(1, 17))
    >>> print(after("def f(x):\\n    if x == 0:\\n        y = 0\\n" + arms, expand_chains)[-124:])
        elif x == 15:
            y = 15
        else:
            unmatched = True
        if unmatched:
            if x == 16:
                y = 16
    """
    tree.body = _block(tree.body, names)
    return tree


def _block(statements: list[gast.stmt], names: Names) -> list[gast.stmt]:
    out: list[gast.stmt] = []
    for one in statements:
        if isinstance(one, gast.If):
            out.extend(_chain(one, names))
            continue
        for block in blocks(one):
            block[:] = _block(block, names)
        out.append(one)
    return out


def _chain(head: gast.If, names: Names) -> list[gast.stmt]:
    arms, last = _arms(head, names)
    if len(arms) <= LONGEST:
        return [_nested(arms, last)]
    flag = names.fresh("unmatched")
    out = [_set(flag, False, head)]
    for start in range(0, len(arms), LONGEST):
        part = arms[start : start + LONGEST]
        end = start + LONGEST >= len(arms)
        chain = [_nested(part, last if end else [_set(flag, True, part[-1][2])])]
        if start == 0:
            out += chain
        else:
            like = part[0][2]
            out.append(
                branch(build.load(flag, like), chain if end else [_set(flag, False, like), *chain], [], like)
            )
    return out


def _arms(head: gast.If, names: Names) -> tuple[list[Arm], list[gast.stmt]]:
    arms: list[Arm] = []
    rest: list[gast.stmt] = [head]
    while len(rest) == 1 and isinstance(rest[0], gast.If):
        one = rest[0]
        arms.append((one.test, _block(one.body, names), one))
        rest = one.orelse
    return arms, _block(rest, names)


def _nested(arms: list[Arm], last: list[gast.stmt]) -> gast.If:
    for test, body, like in reversed(arms):
        last = [branch(test, body, last, like)]
    return last[0]


def _set(flag: str, value: bool, like: gast.AST) -> gast.Assign:
    return build.assign(flag, build.constant(value, like), like)
