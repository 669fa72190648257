"""Places read or added to twice: a derivative in, the same that reads and adds once out."""

from __future__ import annotations

from collections import Counter

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import Array, Scalar
from diffpy.syntax.trees import nodes
from diffpy.transforms.simplify_facts import (
    Derivative,
    Purity,
    bound_names,
    reverse_blocks,
    scopes,
    times_bound,
)


def share_places(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """An item of an array is read once in a block of the reverse sweep, and one sum is added to a place of a buffer.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(xs):
    ...     with reverse:
    ...         t1 = xs[i]
    ...         t2 = xs[i]
    ...         xs_bar[i] += y_bar * t1
    ...         t1_bar = y_bar * t2
    ...         xs_bar[i] -= t1_bar
    ... ''', share_places))
    def f(xs):
        with reverse:
            t1 = xs[i]
            t1_bar = y_bar * t1
            xs_bar[i] += y_bar * t1 - t1_bar
    """
    bound = times_bound(tree)
    for scope in scopes(tree):
        reads, purity = flow.loads(*scope.body), Purity(known, bound_names(scope))
        for block in reverse_blocks(scope):
            _read_once(block, known, bound, reads, purity)
            _add_once(block, known)
    return tree


def _read_once(
    block: list[gast.stmt], known: Derivative, bound: Counter[str], reads: Counter[str], purity: Purity
) -> None:
    """What the program made does not change while the reverse sweep runs: its items do not either."""
    first: dict[
        str, tuple[str, frozenset[str]]
    ] = {}  # a place as text -> the name of its item, what it is read from
    same: dict[str, str] = {}
    kept: list[gast.stmt] = []
    here = flow.loads(*block)
    for s in block:
        read = _item(s, known)
        if read is not None and (bound[read[0]] != 1 or here[read[0]] != reads[read[0]]):
            read = None
        if read is not None and read[1] in first:
            same[read[0]] = first[read[1]][0]
            continue
        written = flow.all_written([s])
        if _may_change(s, known, purity):
            first = {}
        first = {
            place: (name, names) for place, (name, names) in first.items() if not written & (names | {name})
        }
        if read is not None:
            first[read[1]] = read[0], flow.names_read(s)
        kept.append(s)
    if same:
        block[:] = kept
        for one in nodes(*block):
            if isinstance(one, gast.Name):
                one.id = same.get(one.id, one.id)


def _may_change(s: gast.stmt, known: Derivative, purity: Purity) -> bool:
    """Whether a statement may change more than cotangents: what is computed again, say."""
    match s:
        case gast.Assign(targets=[gast.Name()], value=value):
            return not purity.is_pure(value)
        case gast.Assign(targets=[gast.Subscript(value=gast.Name(id=bar))], value=value):
            return not (known.is_generated(bar) and purity.is_pure(value))
        case gast.AugAssign(target=gast.Subscript(value=gast.Name(id=bar)), value=value):
            return not (known.is_generated(bar) and purity.is_pure(value))
    return True


def _item(s: gast.stmt, known: Derivative) -> tuple[str, str] | None:
    """The temporary that a statement names an item of the program's by, and the item as text."""
    match s:
        case gast.Assign(
            targets=[gast.Name(id=name)], value=gast.Subscript(value=gast.Name(id=array)) as item
        ) if known.is_temporary(name) and not known.is_generated(array):
            numbers = all(isinstance(known.kind_of(n), Scalar) for n in flow.names_read(item.slice))
            if isinstance(known.kind_of(array), Array) and numbers:
                return name, gast.dump(item)
    return None


def _add_once(block: list[gast.stmt], known: Derivative) -> None:
    pending: gast.AugAssign | None = None  # what may be added later
    numbers: set[str] = set()
    for s in list(block):
        is_sum = isinstance(s, gast.AugAssign) and _is_sum(s, known) and _of_numbers(s.value, known, numbers)
        if is_sum and pending is not None and gast.dump(s.target) == gast.dump(pending.target):
            s.op, s.value = _joined(pending, s)
            block[:] = [one for one in block if one is not pending]
        if is_sum:
            pending = s
            continue
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=value):
                is_number = _of_numbers(value, known, numbers)
                if pending is not None and (not is_number or name in flow.names_read(pending)):
                    pending = None
                numbers.discard(name)
                if is_number or _is_item_of_a_buffer(value, known):
                    numbers.add(name)
            case _:
                pending = None
                numbers -= flow.all_written([s])


def _is_sum(s: gast.AugAssign, known: Derivative) -> bool:
    """Whether something is added to a place of the cotangent of an array, or taken from it."""
    match s:
        case gast.AugAssign(target=gast.Subscript(value=gast.Name(id=bar)), op=gast.Add() | gast.Sub()):
            return isinstance(known.kind_of(known.primals.get(bar, "")), Array)
    return False


def _is_item_of_a_buffer(value: gast.expr, known: Derivative) -> bool:
    """Whether a value is one number of a buffer."""
    match value:
        case gast.Subscript(value=gast.Name(id=bar), slice=index):
            kind = known.kind_of(known.primals.get(bar, ""))
            parts = index.elts if isinstance(index, gast.Tuple) else [index]
            if not isinstance(kind, Array) or kind.dims is None or len(parts) != len(kind.dims):
                return False
            return all(_of_numbers(one, known, set()) for one in parts)
    return False


def _of_numbers(value: gast.expr, known: Derivative, numbers: set[str]) -> bool:
    """Whether an expression is arithmetic of numbers alone."""
    for one in nodes(value):
        if isinstance(one, gast.Name):
            if one.id not in numbers and not isinstance(
                known.kind_of(known.primals.get(one.id, one.id)), Scalar
            ):
                return False
        elif not isinstance(one, gast.BinOp | gast.UnaryOp | gast.Constant):
            return False
    return True


def _joined(first: gast.AugAssign, second: gast.AugAssign) -> tuple[gast.operator, gast.expr]:
    """x += a; x -= b as x += a - b."""
    if type(first.op) is type(second.op):
        return first.op, gast.copy_location(gast.BinOp(first.value, gast.Add(), second.value), second)
    more, less = (first, second) if isinstance(first.op, gast.Add) else (second, first)
    return gast.Add(), gast.copy_location(gast.BinOp(more.value, gast.Sub(), less.value), second)
