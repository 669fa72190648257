"""What a loop of a kernel is worth: its node in; an expression of sizes, about how many statements it does, out."""

from __future__ import annotations

import ast

_CALL, _PRODUCT = 8, 2_000  # statements that a function is worth, and a product of matrices
_FEW = 8  # rounds of a loop of which nothing is known before


def work(loop: ast.For) -> ast.expr:
    """The expression; a number where all sizes are.

    >>> (loop,) = ast.parse("for i in range(n):\\n    a[i] = math.sin(b[i])\\n    for j in range(2): c[j] = i").body
    >>> ast.unparse(work(loop))
    'n * 11'
    """
    stores = [n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return _rounds(loop, {*stores})


def _rounds(loop: ast.For, written: set[str]) -> ast.expr:
    assert isinstance(loop.iter, ast.Call)
    *start, stop = loop.iter.args
    rounds = _folded(stop, ast.Sub(), start[0]) if start else stop
    if {n.id for n in ast.walk(rounds) if isinstance(n, ast.Name)} & written:
        rounds = ast.Constant(_FEW)
    return _folded(rounds, ast.Mult(), _block(loop.body, written))


def _block(body: list[ast.stmt], written: set[str]) -> ast.expr:
    found: ast.expr = ast.Constant(0)
    for one in body:
        found = _folded(found, ast.Add(), _statement(one, written))
    return found


def _statement(one: ast.stmt, written: set[str]) -> ast.expr:
    match one:
        case ast.For():
            return _rounds(one, written)
        case ast.If():
            return _folded(_block(one.body, written), ast.Add(), _block(one.orelse, written))
        case ast.Expr():
            return ast.Constant(_PRODUCT)
    return ast.Constant(1 + _CALL * sum(_is_call(n) for n in ast.walk(one)))


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("np_", "math."))


def _folded(one: ast.expr, op: ast.operator, other: ast.expr) -> ast.expr:
    match one, op, other:
        case ast.Constant(value=int(a)), ast.Add(), ast.Constant(value=int(b)):
            return ast.Constant(a + b)
        case ast.Constant(value=int(a)), ast.Sub(), ast.Constant(value=int(b)):
            return ast.Constant(a - b)
        case ast.Constant(value=int(a)), ast.Mult(), ast.Constant(value=int(b)):
            return ast.Constant(a * b)
        case ast.Constant(value=0), ast.Add(), _:
            return other
    return ast.BinOp(one, op, other)
