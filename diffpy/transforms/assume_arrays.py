"""Names of unknown kind that items are stored into: a renamed normal form in, one that checks what they are out."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import gast
import numpy as np

from diffpy.analysis import flow, foreign
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Kind
from diffpy.analysis.out_arguments import takes_out
from diffpy.rules.cotangents import check_array
from diffpy.syntax.build import at, load
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import blocks, every_statement
from diffpy.transforms.known_objects import Objects, known_as


def stored_unknown(tree: gast.FunctionDef, facts: Facts, lively: Collection[str]) -> frozenset[str]:
    """Active names of the function's own that items or slices are stored into, and of which no kind is known."""
    own = flow.all_written(tree.body)
    return frozenset(
        name
        for s in every_statement(tree.body)
        for name in (*_stored_into(s), *_filled(s, facts))
        if name in lively and name in own and type(facts.kind(name)) is Kind
    )


def _stored_into(s: gast.stmt) -> Iterable[str]:
    match s:
        case (
            gast.Assign(targets=[gast.Subscript(value=gast.Name(id=name), slice=place)])
            | gast.AugAssign(target=gast.Subscript(value=gast.Name(id=name), slice=place))
        ) if not (isinstance(place, gast.Constant) and isinstance(place.value, str)):
            return (name,)
    return ()


def _filled(s: gast.stmt, facts: Facts) -> Iterable[str]:
    """What a function of NumPy fills: np.sqrt(x, a), np.clip(x, 0, 1, out=a), np.copyto(a, x)."""
    called = getattr(s, "value", None)
    function = getattr(facts.calls.get(id(called)), "function", None)
    if isinstance(called, gast.Call) and _fills_arrays(function):
        filled = foreign.changed(function, called.args, called.keywords)
        return (one.id for one in filled if isinstance(one, gast.Name))
    return ()


def _fills_arrays(function: object) -> bool:
    """Whether what a function fills is an array: it takes no list."""
    return isinstance(function, np.ufunc) or any(function is one for one in _FILLING) or takes_out(function)


_FILLING = (np.copyto, np.fill_diagonal, np.put, np.put_along_axis, np.place, np.putmask)


def assume_arrays(tree: gast.FunctionDef, assumed: Collection[str], names: Names, objects: Objects) -> None:
    """Check each value that such a name gets; in place.

    Before:                 After:
        a = f(x)                a = f(x)
        a[0] = y                check_array(a)
                                a[0] = y
    """
    if assumed:
        _block(tree.body, assumed, known_as(check_array, "check_array", names, objects).id)


def _block(block: list[gast.stmt], assumed: Collection[str], checker: str) -> None:
    done: list[gast.stmt] = []
    for s in block:
        for inner in blocks(s):
            _block(inner, assumed, checker)
        checks = [_check(name, checker, s) for name in sorted(flow.names_written(s)) if name in assumed]
        if isinstance(s, gast.For):
            s.body[:0] = checks
            checks = []
        done += [s, *([] if isinstance(s, gast.AugAssign) else checks)]
    block[:] = done


def _check(name: str, checker: str, s: gast.stmt) -> gast.Expr:
    return at(gast.Expr(gast.Call(load(checker), [load(name)], [])), s)
