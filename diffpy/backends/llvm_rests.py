"""Short loops in two, whole vectors and what is left: a kernel's tree in, one with such loops out."""

from __future__ import annotations

import ast
import copy

_LANES = 4
_FEW, _MANY = _LANES, 128  # rounds: fewer are written out, and of more LLVM makes good vectors by itself
_SHORT = 12  # statements of a round


def with_rests(tree: ast.FunctionDef) -> ast.FunctionDef:
    """The tree with such loops, changed where it stands: one of the rest is written out, one of vectors has no rest.

    >>> import textwrap
    >>> text = '''
    ... def f(a, b):
    ...     for i in range(10):
    ...         a[i] = a[i] * b[i]
    ... '''
    >>> (tree,) = ast.parse(textwrap.dedent(text)).body
    >>> print(ast.unparse(with_rests(tree)))
    def f(a, b):
        for i in range(8):
            a[i] = a[i] * b[i]
        for i in range(8, 10):
            a[i] = a[i] * b[i]
    """
    return ast.fix_missing_locations(_Rests().visit(tree))


class _Rests(ast.NodeTransformer):
    def visit_For(self, node: ast.For) -> ast.stmt | list[ast.stmt]:
        self.generic_visit(node)
        match node:
            case ast.For(iter=ast.Call(args=[ast.Constant(value=int(rounds))])) if _leaves_a_rest(
                node, rounds
            ):
                full = rounds - rounds % _LANES
                rest = copy.deepcopy(node)
                for one, ends in ((node, [full]), (rest, [full, rounds])):
                    assert isinstance(one.iter, ast.Call)
                    one.iter.args = [ast.Constant(end) for end in ends]
                return [node, rest]
        return node


def _leaves_a_rest(loop: ast.For, rounds: int) -> bool:
    if not (_FEW < rounds < _MANY and rounds % _LANES and len(loop.body) <= _SHORT):
        return False
    return all(isinstance(one, ast.Assign | ast.AugAssign) for one in loop.body)
