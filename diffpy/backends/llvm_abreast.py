"""Functions of several numbers at once: a kernel's tree in, one that calls those of vectors for neighbours out.

Where one statement after the other takes the exponential of a number, and none needs the result of another one, a
vector holds them all. A tuple of numbers stands for the vector.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from diffpy.backends.llvm_memory import blocks

_MOST = 4  # numbers
_FAR = 12  # statements between the first and the last


def abreast(tree: ast.FunctionDef, functions: frozenset[str]) -> ast.FunctionDef:
    """The tree with such calls, changed where it stands; `functions` are those that there are for vectors.

    >>> import textwrap
    >>> text = '''
    ... def f(a, b):
    ...     x = math.exp(a)
    ...     y = x + 1.0
    ...     z = math.exp(a - b)
    ...     return (y, z, math.exp(z))
    ... '''
    >>> (tree,) = ast.parse(textwrap.dedent(text)).body
    >>> print(ast.unparse(abreast(tree, frozenset({"exp"}))))
    def f(a, b):
        x, z = np_exp((a, a - b))
        y = x + 1.0
        return (y, z, math.exp(z))
    """
    for block in blocks(tree.body):
        _look(block, functions)
    return ast.fix_missing_locations(tree)


def _look(block: list[ast.stmt], functions: frozenset[str]) -> None:
    done: set[int] = set()
    for one in [*block]:
        name = _function(one, functions)
        if name is None or id(one) in done:
            continue
        group = [one, *_companions(block, block.index(one), name, functions)][:_MOST]
        if len(group) > 1:
            done |= {id(other) for other in group}
            block[block.index(one)] = _together(name, group)
            block[:] = [other for other in block if not any(other is gone for gone in group)]


def _function(one: ast.stmt, functions: frozenset[str]) -> str | None:
    """The function of which a statement names the result; its argument is made of numbers in variables."""
    match one:
        case ast.Assign(
            targets=[ast.Name()],
            value=ast.Call(func=ast.Attribute(value=ast.Name(id="math"), attr=name), args=[given]),
        ) if name in functions:
            return name if all(isinstance(n, _OF_NUMBERS) for n in ast.walk(given)) else None
    return None


_OF_NUMBERS = (ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.expr_context)


def _companions(
    block: list[ast.stmt], place: int, name: str, functions: frozenset[str]
) -> Iterator[ast.stmt]:
    """Statements further on that the first one may take along."""
    read, written = _names(block[place], ast.Load), _names(block[place], ast.Store)
    for one in block[place + 1 : place + _FAR]:
        if not isinstance(one, ast.Assign) and not _is_check(one):
            return
        needs, makes = _names(one, ast.Load), _names(one, ast.Store)
        if _function(one, functions) == name and not needs & written and not makes & (read | written):
            yield one
        read, written = read | needs, written | makes


def _is_check(one: ast.stmt) -> bool:
    return isinstance(one, ast.If) and isinstance(one.body[0], ast.Raise) and not one.orelse


def _names(one: ast.stmt, context: type[ast.expr_context]) -> set[str]:
    return {n.id for n in ast.walk(one) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def _together(name: str, group: list[ast.stmt]) -> ast.stmt:
    names, given = [], []
    for one in group:
        assert isinstance(one, ast.Assign) and isinstance(one.value, ast.Call)
        names.append(one.targets[0])
        given.append(one.value.args[0])
    call = ast.Call(ast.Name(f"np_{name}", ast.Load()), [ast.Tuple(given, ast.Load())], [])
    return ast.Assign([ast.Tuple(names, ast.Store())], call)
