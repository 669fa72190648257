"""Function trees made to run: a tree in; its text, and a function that debuggers can step through, out."""

from __future__ import annotations
import __future__ as future

import ast
import functools
import io
import itertools
import linecache
import types
import weakref
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import gast

from diffpy.functions import nested
from diffpy.syntax.codes import compiled
from diffpy.syntax.enclosure import enclosed, inner_codes
from diffpy.syntax.printer import printed_and_read

Cells = Mapping[str, types.CellType]

GENERATED = "<diffpy "  # how the names of generated files begin

_numbers = itertools.count(1)

# The user's annotations are shown, and not evaluated once more.
_FLAGS = future.annotations.compiler_flag
_FUTURE = functools.reduce(int.__or__, (getattr(future, n).compiler_flag for n in future.all_feature_names))


def text(tree: gast.AST) -> str:
    """The tree as Python, which reads back as the same tree; `Expr(Name("# ..."))` is a comment line.

    >>> print(text(gast.parse("def f(x): return -3**2*(x+1)")), end="")
    def f(x):
        return -3 ** 2 * (x + 1)
    """
    return printed_and_read(tree)[0]


def function(
    tree: gast.FunctionDef,
    namespace: Mapping[str, object],
    globals: dict[str, Any],
    closure: Cells,
    stem: str,
) -> types.FunctionType:
    """The function that the tree defines, over the user's live globals and cells; `namespace` is the rest."""
    if twice := namespace.keys() & closure.keys():
        raise ValueError(f"generated code uses names of the user's own: {sorted(twice)}")
    if tree.decorator_list:
        raise ValueError(f"'{tree.name}' has decorators, which nothing would apply")
    written, read = printed_and_read(tree)
    statement = cast(ast.FunctionDef, read[0])
    filename = f"{GENERATED}{stem} #{next(_numbers)}>"
    cells = {**{name: types.CellType(value) for name, value in namespace.items()}, **closure}
    made = _over(_code(statement, cells, filename), globals, cells)
    made.__defaults__, made.__kwdefaults__ = _defaults(statement, filename, globals, cells)
    vars(made)["__diffpy_source__"] = written
    _register(filename, written, made.__code__)
    return made


def _code(
    statement: ast.FunctionDef, names: Iterable[str], filename: str, flags: int = _FLAGS
) -> types.CodeType:
    codes = inner_codes(compiled(enclosed(statement, names), filename, flags))
    return next(one for one in codes if one.co_name == statement.name)


def _over(code: types.CodeType, globals: dict[str, Any], cells: Cells) -> types.FunctionType:
    return types.FunctionType(code, globals, closure=tuple(cells[name] for name in code.co_freevars))


def _defaults(
    statement: ast.FunctionDef, filename: str, globals: dict[str, Any], cells: Cells
) -> tuple[tuple[object, ...] | None, dict[str, object] | None]:
    """The defaults of the parameters, as `def` would find them here and now."""
    arguments = statement.args
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    named = {one.arg: value for one, value in pairs if value is not None}
    written = [*arguments.defaults, *named.values()]
    if not written:
        return None, None
    giving = cast(ast.FunctionDef, ast.parse("def defaults(): pass").body[0])
    giving.body = [ast.Return(ast.Tuple(written, ast.Load()))]
    values = _over(_code(ast.fix_missing_locations(giving), cells, filename), globals, cells)()
    positional = len(arguments.defaults)
    return values[:positional] or None, dict(zip(named, values[positional:], strict=True)) or None


def _register(filename: str, written: str, code: types.CodeType) -> None:
    """Show the text to tracebacks, debuggers and `find` for as long as any of its code lives."""
    linecache.cache[filename] = (len(written), None, io.StringIO(written).readlines(), filename)
    codes = [code, *nested(code)]
    dead = itertools.count(1)
    for one in codes:
        weakref.finalize(one, _release, filename, dead, len(codes)).atexit = False


def _release(filename: str, dead: Iterator[int], all_of_them: int) -> None:
    if next(dead) == all_of_them:
        linecache.cache.pop(filename, None)


def code_again(tree: gast.FunctionDef, names: Iterable[str], like: types.CodeType) -> types.CodeType:
    """The code of a tree that stands where `like` was written: of its name, on its lines; `names` are free in it."""
    statement = ast.fix_missing_locations(gast.gast_to_ast(tree))
    code = _code(statement, names, like.co_filename, like.co_flags & _FUTURE)
    return code.replace(co_name=like.co_name, co_qualname=like.co_qualname)
