"""Loops whose rounds several threads may do: a kernel's tree in, the loops and the sums that they make out.

The rounds of such a loop write to parts of arrays that no other round reads or writes; each variable that they write is
written before it is read, and nobody else looks at it; or it is a sum whose terms may be added in any order.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from diffpy.backends.llvm_memory import classes
from diffpy.backends.llvm_uses import Access, Uses, counts, look


class Independent(NamedTuple):
    """A loop whose rounds need nothing of one another, but for the sums that they make: numbers, and arrays of them."""

    loop: ast.For
    sums: list[str]
    arrays: list[str]


def independent(tree: ast.FunctionDef) -> dict[int, Independent]:
    """Such loops by the identity of their nodes; of loops one in the other the outer one.

    >>> import textwrap
    >>> text = '''
    ... def f(x, n):
    ...     y = np.empty((n,), np.float64)
    ...     total = 0.0
    ...     for i in range(n):
    ...         t = x[i] * 2.0
    ...         y[i] = t
    ...         total = added(total, t * t)
    ...     for i in range(1, n):
    ...         y[i] = y[i] + y[i - 1]
    ...     return (total, y)
    ... '''
    >>> (tree,) = ast.parse(textwrap.dedent(text)).body
    >>> first, second = (one for one in tree.body if isinstance(one, ast.For))
    >>> [(one.loop is first, one.sums, one.arrays) for one in independent(tree).values()]
    [(True, ['total'], [])]
    """
    facts = _Facts(classes(tree), counts(tree))
    return {id(one.loop): one for one in _found(tree.body, facts)}


class _Facts:
    """What is known of the whole kernel: which arrays may be one, how often names are there."""

    def __init__(self, known: dict[str, int], count: Counter[str]) -> None:
        self.classes, self.count = known, count


def _found(body: list[ast.stmt], facts: _Facts) -> Iterator[Independent]:
    for one in body:
        found = _independent(one, facts) if isinstance(one, ast.For) else None
        if found is not None:
            yield found
        elif isinstance(one, ast.While | ast.If) or (isinstance(one, ast.For) and len(_ends(one)) < 3):
            yield from _found(one.body, facts)
            yield from _found(one.orelse, facts)


def _independent(loop: ast.For, facts: _Facts) -> Independent | None:
    """The loop with its sums; None where its rounds need one another."""
    uses = Uses()
    look(loop.body, uses, set())
    if not uses.is_plain or not isinstance(loop.target, ast.Name) or len(_ends(loop)) not in (1, 2):
        return None
    index = loop.target.id
    fixed = {index} | {n.id for end in _ends(loop) for n in ast.walk(end) if isinstance(n, ast.Name)}
    if uses.writes & fixed or facts.count[index]:
        return None
    sums, own = sorted(uses.writes & uses.needs), counts(loop)
    if any(facts.count[name] != own[name] for name in uses.writes - {*sums}):
        return None
    arrays = _together(index, uses, facts)
    if arrays is None or not all(_is_sum(name, loop, own[name]) for name in (*sums, *arrays)):
        return None
    return Independent(loop, sums, arrays)


def _ends(loop: ast.For) -> list[ast.expr]:
    return loop.iter.args if isinstance(loop.iter, ast.Call) else []


def _is_sum(name: str, loop: ast.For, count: int) -> bool:
    """Whether a number, or each element of an array, is there only to add something to it."""
    found = 0
    for one in ast.walk(loop):
        match one:
            case ast.Assign(targets=[target], value=ast.Call(func=ast.Name(id="added"), args=[before, term])):
                if name == _name(target) == _name(before) and ast.unparse(target) == ast.unparse(before):
                    found += 2
                    if any(_name(n) == name for n in ast.walk(term)):
                        return False
    return found == count


def _name(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
            return name
    return None


def _together(index: str, uses: Uses, facts: _Facts) -> list[str] | None:
    """The arrays of which several rounds write one part; None if one of them is known by two names."""
    by_class: dict[int | str, list[Access]] = {}
    for access in uses.accesses:
        by_class.setdefault(facts.classes.get(access.name, access.name), []).append(access)
    found: list[str] = []
    for every in by_class.values():
        names = {access.name for access in every}
        if any(access.is_store for access in every) and not _is_of_rounds(index, every, uses.writes):
            if len(names) > 1:
                return None
            found += names
    return found


def _is_of_rounds(index: str, accesses: list[Access], written: set[str]) -> bool:
    """Whether it is one array, always at a place that is another one in each round."""
    if len({one.name for one in accesses}) > 1:
        return False
    return any(
        len({*texts}) == 1 and _differs(ast.parse(texts[0], mode="eval").body, index, written)
        for texts in zip(*(one.places for one in accesses), strict=False)
    )


def _differs(place: ast.expr, index: str, written: set[str]) -> bool:
    """Whether it is the number of the round, or one that is as far from it in each round."""
    match place:
        case ast.Name(id=name):
            return name == index
        case ast.BinOp(left=one, op=ast.Add() | ast.Sub(), right=other):
            stays = _stays(other, index, written) and _differs(one, index, written)
            return stays or (_stays(one, index, written) and _differs(other, index, written))
    return False


def _stays(place: ast.expr, index: str, written: set[str]) -> bool:
    names = {n.id for n in ast.walk(place) if isinstance(n, ast.Name)}
    is_number = all(isinstance(n, _OF_NUMBERS) for n in ast.walk(place))
    return is_number and index not in names and not names & written


_OF_NUMBERS = (ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.expr_context)
