"""Imports inside a function in, names for what they import out."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from collections.abc import Mapping

import gast

from diffpy.analysis import flow
from diffpy.analysis.outer_names import declared
from diffpy.syntax.build import assign, load, moved
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import blocks, every_statement
from diffpy.transforms.known_objects import Objects, known_as


def has_imports(tree: gast.FunctionDef) -> bool:
    return any(isinstance(s, gast.Import | gast.ImportFrom) for s in every_statement(tree.body))


def expand_imports(
    tree: gast.FunctionDef, names: Names, objects: Objects, outer: Mapping[str, object]
) -> None:
    """Import the modules now, and let `objects` name them; in place. `outer`: the globals of the function.

    An import in a branch, which may never run, is left alone where the module is not loaded.

    Before:                             After:
        import numpy as np                  sin = numpy_1.sin
        from numpy import sin               return sin(np.ones(2))
        return sin(np.ones(2))
    """
    imports = _Imports(tree, names, objects, outer)
    tree.body = imports.block(tree.body, surely=True)


class _Imports:
    def __init__(
        self, tree: gast.FunctionDef, names: Names, objects: Objects, outer: Mapping[str, object]
    ) -> None:
        self.names, self.objects, self.outer = names, objects, outer
        self.declared = declared(tree)
        self.elsewhere = flow.argument_names(tree) | {
            name
            for one in nodes(tree)
            if isinstance(one, gast.Name | gast.FunctionDef | gast.Global | gast.Nonlocal)
            for name in _bound(one)
        }

    def block(self, block: list[gast.stmt], surely: bool = False) -> list[gast.stmt]:
        done: list[gast.stmt] = []
        for s in block:
            match s:
                case gast.Import():
                    done += self.modules(s, surely)
                case gast.ImportFrom():
                    done += self.members(s, surely)
                case _:
                    for inner in blocks(s):
                        inner[:] = self.block(inner)
                    done.append(s)
        return done or [gast.copy_location(gast.Pass(), block[0])] if block else []

    def modules(self, s: gast.Import, surely: bool) -> list[gast.stmt]:
        """import a.b, c as d"""
        done: list[gast.stmt] = []
        for one in s.names:
            first = one.name.partition(".")[0]
            module = _module(one.name, surely)
            name = one.asname or first
            if module is None:
                done += self.staying(gast.Import([one]), s)
                continue
            done += self.named(name, module if one.asname else sys.modules[first], s)
        return done

    def named(self, name: str, module: types.ModuleType, s: gast.stmt) -> list[gast.stmt]:
        missing = object()
        known = self.objects.get(name, self.outer.get(name, missing))
        if name not in self.elsewhere and (known is module or known is missing):
            self.objects[name] = module
            return []
        return [_assigned(name, known_as(module, name, self.names, self.objects), s)]

    def members(self, s: gast.ImportFrom, surely: bool) -> list[gast.stmt]:
        """from a import b, c as d"""
        module = _module(self.absolute(s), surely)
        if module is None or not all(hasattr(module, one.name) for one in s.names):
            return self.staying(s, s)
        source = known_as(module, module.__name__.rpartition(".")[2], self.names, self.objects)
        return [
            _assigned(one.asname or one.name, gast.Attribute(load(source.id), one.name, gast.Load()), s)
            for one in s.names
        ]

    def staying(self, left: gast.Import | gast.ImportFrom, s: gast.stmt) -> list[gast.stmt]:
        """An import that stays; what it binds is assigned to global variables by statements of their own."""
        done = [gast.copy_location(left, s)]
        for one in left.names:
            name = one.asname or one.name.partition(".")[0]
            if name in self.declared:
                one.asname = self.names.fresh(name)
                done.append(_assigned(name, load(one.asname), s))
        return done

    def absolute(self, s: gast.ImportFrom) -> str:
        if not s.level:
            return s.module or ""
        package = str(self.outer.get("__package__") or "")
        return importlib.util.resolve_name("." * s.level + (s.module or ""), package) if package else ""


def _bound(one: gast.AST) -> list[str]:
    match one:
        case gast.Name(id=name, ctx=gast.Store() | gast.Del()):
            return [name]
        case gast.FunctionDef(name=name):
            return [name]
        case gast.Global(names=names) | gast.Nonlocal(names=names):
            return names
    return []


def _module(name: str, surely: bool) -> types.ModuleType | None:
    """A module, which is imported where the function would surely do that."""
    if name not in sys.modules and surely:
        try:
            importlib.import_module(name)
        except Exception:
            return None  # The function raises it where it stands.
    found = sys.modules.get(name)
    return found if type(found) is types.ModuleType else None


def _assigned(name: str, value: gast.expr, s: gast.stmt) -> gast.stmt:
    return moved(assign(name, value), s)
