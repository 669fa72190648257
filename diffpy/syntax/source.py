"""Source of a live function: the function in; its tree on the user's lines, its globals and closure out."""

from __future__ import annotations

import ast
import linecache
import re
import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import gast

from diffpy.errors import DifferentiationError, Place, SourceNotFoundError, UnsupportedSyntaxError
from diffpy.syntax.files import File, Unreadable, read
from diffpy.syntax.locate import Found, locate
from diffpy.syntax.private import mangle

Error = TypeVar("Error", bound=DifferentiationError)

LAMBDA = "lambda_"

_IN_C = (
    types.BuiltinFunctionType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.MethodWrapperType,
)


@dataclass(frozen=True, eq=False)
class Source:
    """A function as it was written, and the surroundings that its free names live in."""

    function: types.FunctionType
    file: File
    found: Found

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def filename(self) -> str:
        return self.file.name

    @property
    def module(self) -> str | None:
        return self.function.__module__

    @property
    def is_lambda(self) -> bool:
        return isinstance(self.found.node, ast.Lambda)

    @property
    def globals(self) -> dict[str, Any]:
        """The live dictionary, not a copy."""
        return self.function.__globals__

    @cached_property
    def closure(self) -> dict[str, types.CellType]:
        """The live cells, by name."""
        return dict(zip(self.function.__code__.co_freevars, self.function.__closure__ or (), strict=True))

    @cached_property
    def tree(self) -> gast.FunctionDef:
        """A tree of one's own: made once for each `Source`, and shared with no other."""
        try:
            tree = _definition(gast.ast_to_gast(self.found.node))
        except RecursionError:
            raise self.error(
                UnsupportedSyntaxError,
                f"the text of '{self.name}' is nested too deeply",
                None,
                because="its tree is walked by functions that call themselves for each level",
                fix="give parts of the expression names of their own, as in a sum of a few hundred terms",
            ) from None
        return mangle(tree, self.found.owner) if self.found.owner else tree

    def place(self, node: gast.AST | None = None) -> Place:
        """Where a node stands; one that has no line of its own stands where the function does."""
        where: Any = node if getattr(node, "lineno", None) else self.found.node
        text = self.file.lines[where.lineno - 1].rstrip("\r\n")
        one_line = where.end_lineno == where.lineno and where.end_col_offset is not None
        end = _characters(text, where.end_col_offset) if one_line else None
        return Place(self.filename, where.lineno, _characters(text, where.col_offset), end, text, self.name)

    def error(
        self,
        kind: type[Error],
        headline: str,
        node: gast.AST | None,
        because: str | None = None,
        fix: str | None = None,
    ) -> Error:
        """The error, pointing at the node, in the user's names; raise it."""
        return kind(
            self.spelled(headline),
            because=because and self.spelled(because),
            fix=fix and self.spelled(fix),
            place=self.place(node),
        )

    def spelled(self, text: str) -> str:
        """A text with 'y' for 'y_2' or 'y_cell', where the function has the first and not the second."""
        return re.sub(r"'(\w+)'", lambda found: f"'{_original(found[1], self.function.__code__)}'", text)


def _original(name: str, code: types.CodeType) -> str:
    own = {*code.co_varnames, *code.co_cellvars, *code.co_freevars, *code.co_names}
    stem = name
    while stem not in own and (added := re.fullmatch(r"(\w+)_(\d+|cell)", stem)):
        stem = added[1]
    return stem if stem in own else name


def running_place(frame: types.FrameType) -> Place:
    """The expression that a frame is at."""
    code = frame.f_code
    line, last, start, end = list(code.co_positions())[frame.f_lasti // 2]
    line = line or frame.f_lineno
    text = linecache.getline(code.co_filename, line, frame.f_globals).rstrip("\r\n")
    column = _characters(text, start or 0)
    end_column = _characters(text, end) if end is not None and last == line else None
    return Place(code.co_filename, line, column, end_column, text, code.co_name)


def _definition(tree: gast.AST) -> gast.FunctionDef:
    if isinstance(tree, gast.Lambda):
        body = [gast.copy_location(gast.Return(tree.body), tree.body)]
        return gast.copy_location(gast.FunctionDef(LAMBDA, tree.args, body, [], None, None, []), tree)
    if isinstance(tree, gast.AsyncFunctionDef):
        return tree  # For `subset` to refuse.
    tree.decorator_list = []
    return tree


def _characters(text: str, offset: int) -> int:
    """Python counts columns in bytes, people in characters."""
    return offset if text.isascii() else len(text.encode()[:offset].decode(errors="replace"))


# The name of every text that exec() is given; the one text that Python may know by it is that of -c.
_EXEC = "<string>"


def find(function: Callable[..., Any]) -> Source:
    """The source of exactly this function: no decorator is looked through; a method stands for its function.

    What is found is compiled again and compared with what runs, so text that has changed since is refused.
    """
    plain = function.__func__ if isinstance(function, types.MethodType) else function
    if not isinstance(plain, types.FunctionType):
        raise _not_a_function(plain)
    try:
        file = read(_file_of(plain), plain.__globals__)
        found = locate(file, plain.__code__)
    except Unreadable as reason:
        raise _unreadable(plain, str(reason)) from None
    if found is None:
        raise _unreadable(plain, "") if plain.__code__.co_filename == _EXEC else _changed(plain)
    return Source(plain, file, found)


def _file_of(function: types.FunctionType) -> str:
    """The file with a function's text; of the modules that Python has built in, they say themselves where that is."""
    name = function.__code__.co_filename
    return function.__globals__.get("__file__", name) if name.startswith("<frozen ") else name


def _not_a_function(value: object) -> SourceNotFoundError:
    name = _name(value)
    because, fix = _reason(value, name, type(value).__name__)
    return SourceNotFoundError(f"the source of '{name}' could not be found", because=because, fix=fix)


def _name(value: object) -> str:
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None) or type(value).__name__
    module = getattr(value, "__module__", None)
    return f"{module}.{name}" if isinstance(module, str) and module != "builtins" else str(name)


def _reason(value: object, name: str, kind: str) -> tuple[str, str]:
    if isinstance(value, type):
        return "it is a class", f"pass a function that calls it: lambda *args: {name}(*args)"
    if isinstance(getattr(value, "__wrapped__", None), types.FunctionType):
        return (
            f"it is a {kind} object around a Python function",
            f"pass the function itself: {name}.__wrapped__",
        )
    if isinstance(value, _IN_C):
        return (
            "it is implemented in C, so it has no Python text",
            f"give its derivative: @derivative(of={name})",
        )
    if callable(value):
        fix = f"pass a function that calls it, or give its derivative: @derivative(of={name})"
        return f"it is a {kind} object, not a Python function", fix
    return f"it is a {kind} object, which cannot be called", "pass a function"


def _unreadable(function: types.FunctionType, reason: str) -> SourceNotFoundError:
    name, filename = function.__name__, function.__code__.co_filename
    if filename.startswith("<"):
        reason = f"it was defined in '{filename}', by exec() or at a prompt, and Python keeps no text of it"
    return SourceNotFoundError(
        f"the source of function '{name}' could not be found",
        because=f"{reason}; diffpy transforms source text",
        fix="put the function in a .py file or a notebook cell, register the text in linecache.cache before "
        f"exec(), or give its derivative with @derivative(of={name})",
    )


def _changed(function: types.FunctionType) -> SourceNotFoundError:
    code = function.__code__
    return SourceNotFoundError(
        f"the source of function '{function.__name__}' has changed since it was defined",
        because=f"the text at {code.co_filename}:{code.co_firstlineno} is not the text of the code that runs",
        fix="import the module or run the cell again; a function whose code is rewritten by another tool "
        f"needs its derivative given with @derivative(of={function.__name__})",
    )
