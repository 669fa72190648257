"""Classes that a function defines for itself: a source in, those that are the same at each call, made once, out."""

from __future__ import annotations

import builtins
import types
from collections.abc import Iterator
from typing import Any

import gast

from diffpy.functions import captured_by
from diffpy.syntax.source import Source
from diffpy.syntax.trees import nodes

_MAKERS = ("builtins", "dataclasses", "enum", "functools", "typing", "diffpy")  # what they make is made once


class NotSteady(Exception):
    """The class depends on the call."""


def local_classes(source: Source) -> dict[str, type]:
    """The classes of the function's own body whose statements depend on nothing of the call, and which nobody changes.

    Each call of the function makes others, which are the same in all but their identity.
    """
    known = vars(source)
    if "local_classes" not in known:
        known["local_classes"] = _made(source)
    return known["local_classes"]


def _made(source: Source) -> dict[str, type]:
    defined = {s.name: s for s in source.tree.body if isinstance(s, gast.ClassDef)}
    if not defined or _changes_classes(source.tree, set(defined)):
        return {}
    codes = {name: _code_of(source.function.__code__, name) for name in defined}
    steady = {name for name in defined if _is_bound_once(source, name) and codes[name] is not None}
    while True:
        cells = {name: types.CellType() for name in steady}
        try:
            return _Making(source, {n: defined[n] for n in defined if n in steady}, codes, cells).made()
        except NotSteady as reason:
            steady.remove(reason.args[0])


def _code_of(code: types.CodeType, name: str) -> types.CodeType | None:
    found = [one for one in code.co_consts if isinstance(one, types.CodeType) and one.co_name == name]
    return found[0] if len(found) == 1 else None


def _is_bound_once(source: Source, name: str) -> bool:
    stored = sum(
        isinstance(n, gast.Name) and n.id == name and not isinstance(n.ctx, gast.Load)
        for n in nodes(source.tree)
    )
    others = sum(
        isinstance(n, gast.ClassDef | gast.FunctionDef) and n.name == name for n in nodes(source.tree)
    )
    return stored == 0 and others == 1


def _changes_classes(tree: gast.FunctionDef, classes: set[str]) -> bool:
    """Whether something may be stored in a class, which would outlive the call."""
    for node in nodes(tree):
        match node:
            case gast.Attribute(ctx=gast.Store() | gast.Del(), value=value):
                if not isinstance(value, gast.Name | gast.Attribute | gast.Subscript):
                    return True
                if isinstance(value, gast.Name) and value.id in {*classes, "cls"}:
                    return True
                if isinstance(value, gast.Attribute) and value.attr == "__class__":
                    return True
            case gast.Call(func=gast.Name(id="setattr" | "delattr"), args=[first, *_]):
                if not isinstance(first, gast.Name) or first.id in {*classes, "cls"}:
                    return True
    return False


class _Making:
    """Makes the classes in order, as Python would."""

    def __init__(
        self,
        source: Source,
        wanted: dict[str, gast.ClassDef],
        codes: dict[str, types.CodeType | None],
        cells: dict[str, types.CellType],
    ) -> None:
        self.source, self.wanted, self.codes, self.cells = source, wanted, codes, cells
        code = source.function.__code__
        self.own = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
        self.classes: dict[str, type] = {}

    def made(self) -> dict[str, type]:
        for name, node in self.wanted.items():
            code = self.codes[name]
            if code is None or not self.cells.keys() >= set(code.co_freevars):
                raise NotSteady(name)
            try:
                self.classes[name] = self.one(node, code)
            except LookupError:
                raise NotSteady(name) from None
            self.cells[name].cell_contents = self.classes[name]
        return self.classes

    def one(self, node: gast.ClassDef, code: types.CodeType) -> type:
        for s in node.body:
            self.check(s)
        cells = tuple(self.cells[n] for n in code.co_freevars)
        body = types.FunctionType(code, self.source.globals, node.name, None, cells)
        bases = [self.value(one) for one in node.bases]
        above = {c for b in types.resolve_bases(bases) if isinstance(b, type) for c in b.__mro__}
        if any(isinstance(vars(c).get("__init_subclass__"), classmethod) for c in above):
            raise LookupError  # it may keep the class
        keywords = {str(k.arg): self.value(k.value) for k in node.keywords}
        decorators = [self.value(one) for one in node.decorator_list]
        made = builtins.__build_class__(body, node.name, *bases, **keywords)
        for decorator in reversed(decorators):
            _check_maker(decorator)
            made = decorator(made)
        if not isinstance(made, type):
            raise LookupError
        return made

    def check(self, s: gast.stmt) -> None:
        """LookupError where a statement of the body does more than define what stays as it is."""
        match s:
            case gast.FunctionDef() | gast.Pass() | gast.Expr(value=gast.Constant()):
                return
            case gast.Assign(value=value) | gast.AnnAssign(value=value):
                for one in _called(value):
                    _check_maker(self.value(one.func))
                if value is None or not any(isinstance(n, _MUTABLE) for n in nodes(value)):
                    return
        raise LookupError

    def value(self, node: gast.expr) -> Any:
        """What a base, a decorator or an argument of one stands for."""
        match node:
            case gast.Constant(value=value):
                return value
            case gast.Name(id=name) if name in self.classes:
                return self.classes[name]
            case gast.Name(id=name) if name not in self.own:
                missing = object()
                found = self.source.globals.get(name, getattr(builtins, name, missing))
                if found is not missing:
                    return found
            case gast.Attribute(value=value, attr=attr):
                return getattr(self.value(value), attr)
            case gast.Call(func=func, args=args, keywords=keywords) if all(k.arg for k in keywords):
                named = {str(k.arg): self.value(k.value) for k in keywords}
                return self.value(func)(*map(self.value, args), **named)
        raise LookupError(node)


_MUTABLE = gast.List | gast.Dict | gast.Set | gast.ListComp | gast.DictComp | gast.SetComp | gast.NamedExpr


def _called(value: gast.expr | None) -> Iterator[gast.Call]:
    if value is not None:
        yield from (one for one in nodes(value) if isinstance(one, gast.Call))


def _check_maker(maker: Any) -> None:
    if str(getattr(maker, "__module__", "")).partition(".")[0] not in _MAKERS:
        raise LookupError


def is_closed(source: Source, node: gast.ClassDef) -> bool:
    """Whether nothing but the methods of a class reads variables of the function, and these stay as they are."""
    if not any(one is node for one in source.tree.body) or not _is_bound_once(source, node.name):
        return False
    code = _code_of(source.function.__code__, node.name)
    if code is None or _changes_classes(source.tree, {node.name}):
        return False
    captured = set(code.co_freevars) - {"__class__"}  # those of its methods are handed on by it
    own = {n.id for n in nodes(*node.body) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
    own |= {n.name for n in nodes(*node.body) if isinstance(n, gast.FunctionDef | gast.ClassDef)}
    apart = captured.isdisjoint(own) and _variables(source).isdisjoint(_read_at_once(node))
    return apart and all(_is_stored_once(source.tree, name) for name in captured)


def _variables(source: Source) -> set[str]:
    """Those of the function, but for its classes."""
    code = source.function.__code__
    own = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
    return own - {s.name for s in source.tree.body if isinstance(s, gast.ClassDef)}


def _read_at_once(node: gast.ClassDef) -> set[str]:
    """The names that the statement of a class reads, not its methods."""
    read: list[gast.AST] = [*node.bases, *node.keywords, *node.decorator_list]
    for s in node.body:
        if isinstance(s, gast.FunctionDef):
            read += [*s.decorator_list, *s.args.defaults, *(d for d in s.args.kw_defaults if d is not None)]
        else:
            read.append(s)
    return {n.id for n in nodes(*read) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load)}


def _is_stored_once(tree: gast.FunctionDef, name: str) -> bool:
    """Whether a variable is bound by the arguments, or by one statement that no loop repeats."""
    bound = [
        n
        for n in nodes(tree)
        if isinstance(n, gast.Name) and n.id == name and not isinstance(n.ctx, gast.Load)
    ]
    bound += [n for n in nodes(tree) if isinstance(n, gast.ClassDef | gast.FunctionDef) and n.name == name]
    looped = {id(n) for s in nodes(tree) if isinstance(s, gast.For | gast.While) for n in nodes(s)}
    return len(bound) == 1 and id(bound[0]) not in looped


def captured_classes(method: types.FunctionType) -> dict[str, type]:
    """The classes beside which a method's own class was defined in a function."""
    held = captured_by(method)
    return {name: one for name, one in held.items() if name != "__class__" and isinstance(one, type)}
