"""Code objects: a statement in, its code out; two in, whether they do the same out."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable
from types import CodeType

_NESTED = 0x10  # a flag that says where a function stands, not what it does
_FIELDS = ("co_name", "co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_freevars")


def compiled(statement: ast.stmt, filename: str, flags: int, imports: Iterable[str] = ()) -> CodeType:
    """The statement as a module of its own; Python has warned of the text before.

    Python compiles `np.sin(x)` otherwise where the module imports `np`, so these names are told.
    """
    names = [ast.alias(name) for name in imports]
    body = [ast.fix_missing_locations(ast.Import(names)), statement] if names else [statement]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(ast.Module(body, []), filename, "exec", flags=flags, dont_inherit=True)


def same(one: CodeType, other: CodeType) -> bool:
    """Whether both do the same; lines, columns and file names do not count.

    >>> same(compile("x = 1", "a", "exec"), compile("x  =  1", "b", "exec"))
    True
    >>> same(compile("x = 1", "a", "exec"), compile("x = 1.0", "a", "exec"))
    False
    """
    if any(getattr(one, field) != getattr(other, field) for field in _FIELDS) or _flags(one) != _flags(other):
        return False
    if _rewritten(other):
        return _same_but_for_asserts(one, other)
    return (
        one.co_code == other.co_code
        and one.co_names == other.co_names
        and one.co_varnames == other.co_varnames
        and one.co_cellvars == other.co_cellvars
        and _same_constant(one.co_consts, other.co_consts)
    )


def _flags(code: CodeType) -> int:
    return code.co_flags & ~_NESTED


def _same_constant(one: object, other: object) -> bool:
    """Equal in type and to the last bit: 1 is not 1.0 or True, and 0.0 is not -0.0."""
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return same(one, other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same_constant, one, other))
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return {(type(x), repr(x)) for x in one} == {(type(x), repr(x)) for x in other}
    if isinstance(one, float | complex | slice):
        return repr(one) == repr(other)
    return type(one) is type(other) and one == other


def _rewritten(code: CodeType) -> bool:
    """Whether pytest has replaced this function's assert statements by its own."""
    return any(name.startswith("@py_assert") for name in code.co_varnames)


def _same_but_for_asserts(one: CodeType, rewritten: CodeType) -> bool:
    """Asserts add names and constants of their own, and take away none but AssertionError."""
    own = [name for name in rewritten.co_varnames if not name.startswith("@py")]
    return (
        own == list(one.co_varnames)
        and one.co_cellvars == rewritten.co_cellvars
        and set(one.co_names) <= {*rewritten.co_names, "AssertionError"}
        and all(any(_same_constant(x, y) for y in rewritten.co_consts) for x in one.co_consts)
    )
