"""Sums of arrays in place: a derivative in, the same with x_bar += v where no one else holds x_bar's array, out."""

from __future__ import annotations

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import Array
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import blocks
from diffpy.transforms.simplify_facts import Derivative, reverse_blocks, scopes, shared_names


def add_in_place(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """What is added to an array that was made for the sum is added in place.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(xs):
    ...     with reverse:
    ...         xs_bar = np.zeros_like(xs)
    ...         for k in r:
    ...             xs_bar = xs_bar + y_bar * k
    ...         z_bar = g(xs_bar)
    ...         xs_bar = xs_bar + z_bar
    ... ''', add_in_place))
    def f(xs):
        with reverse:
            xs_bar = np.zeros_like(xs)
            for k in r:
                xs_bar += y_bar * k
            z_bar = g(xs_bar)
            xs_bar = xs_bar + z_bar
    """
    for scope in scopes(tree):
        shared = shared_names(scope)
        for block in reverse_blocks(scope):
            for k, s in enumerate(block):
                name = _made(s, known)
                if name is not None and name not in shared:
                    _follow(block, k + 1, name)
    return tree


def _made(s: gast.stmt, known: Derivative) -> str | None:
    """The cotangent of an array, where the statement gives it an array of its own."""
    match s:
        case gast.Assign(targets=[gast.Name(id=name)], value=value) if _is_new(value):
            kind = known.kind_of(known.primals.get(name, ""))
            if not isinstance(kind, Array) or not kind.dims:
                return None
            # The first of the terms of a complex cotangent may be real.
            return name if isinstance(value, gast.Call) or not kind.dtype.startswith("complex") else None
    return None


def _is_new(value: gast.expr) -> bool:
    match value:
        case gast.Call(func=gast.Attribute(value=gast.Name(), attr="zeros_like" | "zeros"), keywords=[]):
            return True
        case gast.BinOp(op=gast.Add() | gast.Sub() | gast.Mult() | gast.Div() | gast.MatMult()):
            return True
    return False


def _follow(block: list[gast.stmt], start: int, name: str) -> None:
    """Rewrite sums of the name up to where it is read for something else."""
    for k in range(start, len(block)):
        s = block[k]
        if not _only_sums([s], name):
            return
        block[k] = _in_place(s, name)


def _only_sums(statements: list[gast.stmt], name: str) -> bool:
    for s in statements:
        inner = blocks(s)
        if inner:
            if name in flow.names_written(s) or _mentions(_head(s), name):
                return False
            if not all(_only_sums(block, name) for block in inner):
                return False
        elif _added(s, name) is None and _mentions([s], name):
            return False
    return True


def _head(s: gast.stmt) -> list[gast.AST]:
    """What a compound statement evaluates itself."""
    return [
        one for one in (getattr(s, field, None) for field in ("test", "iter", "target")) if one is not None
    ]


def _mentions(roots: list[gast.AST] | list[gast.stmt], name: str) -> bool:
    found = nodes(*roots)
    return any(
        (isinstance(n, gast.Name) and n.id == name)
        or (isinstance(n, gast.FunctionDef | gast.Lambda) and name in flow.free_names(n))
        for n in found
    )


def _added(s: gast.stmt, name: str) -> gast.expr | None:
    """v of x = x + v, and of x += v."""
    match s:
        case gast.Assign(
            targets=[gast.Name(id=target)],
            value=gast.BinOp(left=gast.Name(id=own), op=gast.Add(), right=value),
        ) if target == own == name and not _mentions([value], name):
            return value
        case gast.AugAssign(target=gast.Name(id=target), op=gast.Add(), value=value) if target == name:
            return None if _mentions([value], name) else value
    return None


def _in_place(s: gast.stmt, name: str) -> gast.stmt:
    for block in blocks(s):
        block[:] = [_in_place(one, name) for one in block]
    value = None if blocks(s) else _added(s, name)
    if value is None:
        return s
    return gast.copy_location(gast.AugAssign(gast.Name(name, gast.Store(), None, None), gast.Add(), value), s)
