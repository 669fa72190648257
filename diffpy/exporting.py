"""Derivatives as files: a derivative for one signature in, a Python file that runs without the deriving half out."""

from __future__ import annotations

import ast
import contextlib
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy

from diffpy import answering, exported
from diffpy.errors import DifferentiationError
from diffpy.parameters import argument_kinds
from diffpy.runtime import carrying, dispatch, pulling
from diffpy.runtime.buffered_calls import with_buffers
from diffpy.runtime.registry import REGISTRY
from diffpy.runtime.signatures import Unkeyed, check_signature, spelled
from diffpy.syntax import emit, source
from diffpy.syntax.names import Names
from diffpy.syntax.printer import printed
from diffpy.travelling import (
    cannot_travel,
    free_objects,
    importable,
    imported_from,
    is_builtin,
    is_running,
    literal,
)

MARK = "# Written by diffpy's export(), which overwrites no other files."


@dataclass(frozen=True)
class Met:
    """A Python function that a derivative called, and the derivative that it was given."""

    function: types.FunctionType
    made: types.FunctionType
    wrt: tuple[str, ...]
    captured: tuple[str, ...]
    args: tuple
    keywords: dict[str, Any]

    @property
    def signature(self) -> tuple[str, ...]:
        values = argument_kinds(self.function, self.args, self.keywords)[1]
        return spelled_all(tuple(values.values()), self.function)


@contextlib.contextmanager
def meeting() -> Iterator[list[Met]]:
    """The functions whose derivatives are found at run time, while the block runs."""
    deriver, met = pulling.lent[0], list[Met]()

    def call(function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple) -> pulling.Pulled:
        made = answering.generate(function, args, keywords, wanted)
        if made is not None:
            met.append(Met(function, made.function, made.wrt, made.captured, args, keywords))
        return deriver.call(function, args, keywords, wanted)

    pulling.install(deriver._replace(call=call, met=lambda *call: None))
    try:
        yield met
    finally:
        pulling.install(deriver)


class File:
    """An exported file while it is put together: each object gets a name once, and what makes it a place before it."""

    def __init__(self, title: str, met: list[Met], taken: Iterable[str]) -> None:
        self.title, self.met = title, met
        self.names = Names(taken)
        self.imports: dict[str, None] = {}
        self.definitions: list[str] = []
        self.known: dict[int, tuple[Any, str]] = {}
        self.exported: set[int] = set()

    def text(self) -> str:
        head = f'"""The derivative of {self.title}, for the arguments that it was exported with."""'
        imports = "\n".join(sorted(self.imports))
        return "\n".join([MARK, head, "", imports, "", "", "\n\n".join(self.definitions)]).rstrip() + "\n"

    # Objects

    def name(self, x: Any, wanted: str, whose: str) -> str:
        """The name under which the file knows an object; what makes it is written before."""
        if id(x) not in self.known:
            self.known[id(x)] = (x, "")
            self.known[id(x)] = (x, self.made(x, wanted, whose))
        return self.known[id(x)][1]

    def made(self, x: Any, wanted: str, whose: str) -> str:
        if is_builtin(wanted, x):
            return wanted
        if isinstance(x, types.ModuleType):
            return self.module(x, wanted, whose)
        inner = getattr(x, "__diffpy_function__", x)
        if isinstance(inner, types.FunctionType) and not self.is_imported(inner):
            return self.function(inner, wanted, x)
        home = imported_from(x)
        if home is not None:
            return self.imported(f"from {home[0]} import {home[1]}", home[1], wanted)
        written = literal(x, "np")
        if written is None:
            raise cannot_travel(wanted, x, whose)
        if "np." in written:
            written = literal(x, self.name(numpy, "np", whose))
        name = self.names.fresh(wanted)
        self.definitions.append(f"{name} = {written}\n")
        return name

    def is_imported(self, x: types.FunctionType) -> bool:
        return carrying.is_foreign(x) or is_running(x.__module__ or "")

    def imported(self, line: str, own: str, wanted: str) -> str:
        name = self.names.fresh(wanted)
        self.imports[line if own == name else f"{line} as {name}"] = None
        return name

    def module(self, x: types.ModuleType, wanted: str, whose: str) -> str:
        if not importable(x):
            raise cannot_travel(wanted, x, whose)
        return self.imported(f"import {x.__name__}", x.__name__, wanted)

    # Functions

    def function(self, f: types.FunctionType, wanted: str, known_as: Any) -> str:
        """A function of the user's own, with all that it reads."""
        found = source.find(f)
        name = self.names.fresh(wanted if wanted.isidentifier() else "function")
        self.known[id(known_as)] = self.known[id(f)] = (known_as, name)
        tree = _definition(emit.text(found.tree))
        self.define(tree, f, name, f)
        return name

    def generated(
        self, made: types.FunctionType, name: str, of: types.FunctionType, signature: tuple[str, ...]
    ) -> str:
        """A generated function, which states and checks what it was derived for."""
        self.known[id(made.__code__)] = (made.__code__, name)
        tree = _definition(vars(made)["__diffpy_source__"])
        self.define(tree, made, name, of, signature)
        return name

    def define(
        self,
        tree: ast.FunctionDef,
        f: types.FunctionType,
        name: str,
        of: types.FunctionType,
        signature: tuple[str, ...] | None = None,
    ) -> None:
        written = tree.name
        _without_annotations(tree)
        self.defaults(tree, of)
        free = free_objects(f, of)
        if signature is not None:
            self.bind_callees(tree, free, of)
            tree.body.insert(0, self.check(tree, name, signature))
            free["check_signature"] = check_signature
        aliases = {n: self.name(x, n, of.__qualname__) for n, x in free.items()}
        if written in aliases and aliases[written] == name:
            aliases.pop(written)
            tree = _Rename(written, name).visit(tree)
        tree.name = name
        self.definitions.append(_enclosed(tree, {n: known for n, known in aliases.items() if n != known}))

    def defaults(self, tree: ast.FunctionDef, f: types.FunctionType) -> None:
        """Defaults are the values that they are now."""
        arguments = tree.args
        arguments.defaults = [self.default(x, f) for x in f.__defaults__ or ()]
        named = f.__kwdefaults__ or {}
        arguments.kw_defaults = [
            self.default(named[one.arg], f) if one.arg in named else None for one in arguments.kwonlyargs
        ]

    def default(self, x: Any, f: types.FunctionType) -> ast.expr:
        return ast.parse(self.value(x, f"{f.__name__}_default", f.__qualname__), mode="eval").body

    def value(self, x: Any, wanted: str, whose: str) -> str:
        """A small value as it is written, or the name of another one."""
        written = literal(x, "np")
        return self.name(x, wanted, whose) if written is None or "np." in written else written

    def check(self, tree: ast.FunctionDef, name: str, signature: tuple[str, ...]) -> ast.stmt:
        parameters = ast.Tuple([ast.Name(one, ast.Load()) for one in _parameters(tree)], ast.Load())
        statement = ast.Expr(ast.Call(ast.Name("check_signature", ast.Load()), [], []))
        statement.value.args = [ast.Constant(name), ast.parse(repr(signature), mode="eval").body, parameters]  # type: ignore[attr-defined]
        return statement

    # Callees

    def bind_callees(self, tree: ast.FunctionDef, free: dict[str, Any], of: types.FunctionType) -> None:
        """Calls of with_pullback: derivatives of Python functions are written into the file and called there."""
        if any(x is with_buffers for x in free.values()):
            raise DifferentiationError(
                f"'{self.title}' calls a recursive function that changes its arguments, and cannot be exported",
                because="the derivative of such a call is found when it runs, by the half of diffpy that derives",
                fix="let the function return new values",
            )
        pulling = {n for n, x in free.items() if x is dispatch.with_pullback}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
                inner = node.func
                if isinstance(inner.func, ast.Name) and inner.func.id in pulling:
                    self.bind_callee(node, inner, free, of)
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        for name in [n for n in free if n not in used]:
            del free[name]
        if any(x is dispatch.with_pullback or x is dispatch.effect for x in free.values()):
            self.imports["import diffpy.exported"] = None

    def bind_callee(
        self, node: ast.Call, inner: ast.Call, free: dict[str, Any], of: types.FunctionType
    ) -> None:
        callee = _resolved(inner.args[0], free)
        if REGISTRY.find(callee):
            return self.register(callee, of)
        callee = getattr(callee, "__diffpy_function__", callee)
        if not isinstance(callee, types.FunctionType) or self.is_imported(callee):
            return None
        variants = self.variants(callee)
        if len(variants) == 1 and _fits(node, inner, variants[0]):
            made = self.derivative(variants[0])
            node.func = ast.Name(made, ast.Load())
            free[made] = variants[0].made.__code__
        else:
            for one in variants:
                self.announce(one)
        return None

    def variants(self, callee: types.FunctionType) -> list[Met]:
        every: dict[tuple[types.CodeType, tuple[str, ...]], Met] = {}
        for one in self.met:
            if one.function is callee:
                every.setdefault((one.made.__code__, one.wrt), one)
        return list(every.values())

    def check_all_met(self) -> None:
        """Each derivative that was found at run time is in the file, or the file would not run."""
        for one in self.met:
            if id(one.made.__code__) not in self.known:
                raise cannot_travel(one.function.__name__, one.function, self.title)

    def derivative(self, met: Met) -> str:
        if id(met.made.__code__) not in self.known:
            if met.captured or (met.function.__closure__ and self.met_twice(met)):
                raise cannot_travel(met.function.__name__, met.function, self.title)
            name = self.names.fresh(met.made.__name__)
            self.generated(met.made, name, met.function, met.signature)
        return self.known[id(met.made.__code__)][1]

    def met_twice(self, met: Met) -> bool:
        """Whether several functions of one code were called, each with variables of its own."""
        return len({id(m.function) for m in self.met if m.function.__code__ is met.function.__code__}) > 1

    def announce(self, met: Met) -> None:
        """Make the derivative known to calls that are dispatched when they run."""
        name, function = self.derivative(met), self.name(met.function, met.function.__name__, self.title)
        if id(met.made.__code__) not in self.exported:
            self.exported.add(id(met.made.__code__))
            export = self.name(exported.export, "export", self.title)
            signature = ", ".join(map(repr, spelled_all(met.args, met.function)))
            self.definitions.append(f"{export}({function}, {name}, {met.wrt!r}, {signature})\n")

    def register(self, callee: Any, of: types.FunctionType) -> None:
        """Rules of the user's own are registered by the file as well."""
        for rule in REGISTRY.find(callee):
            if id(rule) in self.exported or is_running(getattr(rule.rule, "__module__", "") or ""):
                continue
            self.exported.add(id(rule))
            function = self.name(callee, getattr(callee, "__name__", "function"), of.__qualname__)
            written = self.name(rule.rule, f"{function}_rule", of.__qualname__)
            self.imports["from diffpy.runtime.registry import REGISTRY, CustomRule"] = None
            line = f"REGISTRY.add(CustomRule({function}, {written}, {rule.wrt!r}, {rule.mode!r}))\n"
            self.definitions.append(line)


def _definition(text: str) -> ast.FunctionDef:
    (tree,) = ast.parse(text).body
    assert isinstance(tree, ast.FunctionDef)
    return tree


def _parameters(tree: ast.FunctionDef) -> list[str]:
    a = tree.args
    every = [*a.posonlyargs, *a.args, *([a.vararg] if a.vararg else []), *a.kwonlyargs]
    return [one.arg for one in (*every, *([a.kwarg] if a.kwarg else []))]


def _without_annotations(tree: ast.FunctionDef) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None


class _Rename(ast.NodeTransformer):
    """A function that calls itself does so by its name in the file."""

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.new if node.id == self.old else node.id
        return node


def _enclosed(tree: ast.FunctionDef, aliases: dict[str, str]) -> str:
    """The definition; inside another one where the file knows some of its names by other names."""
    text = printed(ast.fix_missing_locations(tree))
    if not aliases:
        return text
    lines = [f"def define_{tree.name}():", *(f"    {own} = {known}" for own, known in aliases.items()), ""]
    lines += [f"    {line}" if line else "" for line in text.splitlines()]
    return "\n".join([*lines, f"    return {tree.name}", "", "", f"{tree.name} = define_{tree.name}()", ""])


def _resolved(node: ast.expr, free: dict[str, Any]) -> Any:
    """The object that a dotted name stands for; None for one of the function's own."""
    if isinstance(node, ast.Name):
        return free.get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(_resolved(node.value, free), node.attr, None)
    return None


def _fits(node: ast.Call, inner: ast.Call, met: Met) -> bool:
    """Whether a call's pullback is wanted of the very arguments, in their order."""
    options = {k.arg: k.value for k in inner.keywords}
    if node.keywords or options.keys() - {"wrt"}:
        return False
    if any(isinstance(a, ast.Starred) for a in node.args):
        return False
    wanted = ast.literal_eval(options["wrt"]) if "wrt" in options else range(len(node.args))
    names = met.function.__code__.co_varnames[: met.function.__code__.co_argcount]
    if any(not isinstance(k, int) or k >= len(names) for k in wanted):
        return False
    return tuple(names[k] for k in wanted) == met.wrt


def spelled_all(values: tuple, function: types.FunctionType) -> tuple[str, ...]:
    try:
        return tuple(map(spelled, values))
    except Unkeyed:
        raise DifferentiationError(
            f"'{function.__qualname__}' takes an argument that no exported file can check",
            because="the derivative depends on which function, class or module it is",
            fix="name it inside the function instead of passing it",
        ) from None
