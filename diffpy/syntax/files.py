"""The files that functions come from: a name in, lines and tree out, read and parsed once."""

from __future__ import annotations

import ast
import linecache
import os
import stat
import threading
import warnings
import weakref
from collections import OrderedDict
from functools import cached_property
from types import CodeType
from typing import Any

LARGEST = 10_000_000  # bytes
_KEPT = 128  # files


class Unreadable(Exception):
    """Why a file's text cannot be had."""


class File:
    """The lines of one file as they are now, its tree, and what was located in it before."""

    def __init__(self, name: str, lines: list[str]) -> None:
        self.name = name
        self.lines = lines
        self._located: dict[int, tuple[weakref.ref[CodeType], Any]] = {}
        # by the statements of its tree, which live as long: what each of them compiles to, the functions in it
        self.compiled: dict[tuple[int, int, bool], CodeType | None] = {}
        self.functions: dict[int, list[Any]] = {}

    @cached_property
    def tree(self) -> ast.Module:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse("".join(self.lines), self.name)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise Unreadable(f"'{self.name}' is not Python as it is now ({error})") from error

    @cached_property
    def imports(self) -> list[str]:
        """The names that import statements outside functions and classes bind."""
        waiting: list[ast.AST] = list(self.tree.body)
        names = set()
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.alias) and node.name != "*":
                names.add(node.asname or node.name.partition(".")[0])
            elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
                waiting.extend(ast.iter_child_nodes(node))
        return sorted(names)

    def located(self, code: CodeType) -> Any:
        """What `remember` was told of this very code object; equal code elsewhere on the line is another."""
        reference, place = self._located.get(id(code), (None, None))
        return place if reference is not None and reference() is code else None

    def remember(self, code: CodeType, place: Any) -> None:
        self._located[id(code)] = (weakref.ref(code), place)


_files: OrderedDict[str, File] = OrderedDict()
_lock = threading.Lock()


def read(name: str, module: dict[str, Any]) -> File:
    """The file as it is now: on disk, in an archive, in a notebook's cell, or in generated text."""
    lines = _lines(name, module)
    with _lock:
        found = _files.get(name)
        if found is None or (found.lines is not lines and found.lines != lines):
            found = _files[name] = File(name, lines)
        _files.move_to_end(name)
        while len(_files) > _KEPT:
            _files.popitem(last=False)
    return found


def _lines(name: str, module: dict[str, Any]) -> list[str]:
    linecache.checkcache(name)
    if len(linecache.cache.get(name, ())) != 4:
        _check_regular(name)
    lines = linecache.getlines(name, module)
    if not lines:
        raise Unreadable(f"Python keeps no text for '{name}'")
    return lines


def _check_regular(name: str) -> None:
    """Never open a pipe, a device or a huge file because a code object names it."""
    try:
        facts = os.stat(name)
    except (OSError, ValueError):
        return
    if not stat.S_ISREG(facts.st_mode):
        raise Unreadable(f"'{name}' is not a regular file")
    if facts.st_size > LARGEST:
        raise Unreadable(f"'{name}' is larger than {LARGEST // 1_000_000} MB")
