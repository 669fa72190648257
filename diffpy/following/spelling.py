"""How what is written out names the globals of others: an object of another module in, an expression out."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Collection, Mapping
from typing import Any

import gast

from diffpy import errors
from diffpy.analysing import Analysed
from diffpy.analysis import flow
from diffpy.analysis.callees import Summary
from diffpy.analysis.outer_names import (
    declared,
)
from diffpy.syntax.names import Names
from diffpy.transforms.known_objects import known_as


def with_bases(versions: list[str]) -> set[str]:
    """The names, and those that they are versions of."""
    return {*versions, *(re.sub(r"(_\d+)+$", "", n) for n in versions)}


class Spelling:
    """Global names of a callee, as the caller may write them."""

    def __init__(
        self,
        tree: gast.FunctionDef,
        globals: Mapping[str, object],
        closure: Collection[str],
        names: Names,
        objects: dict[str, object],
    ) -> None:
        self.globals, self.closure, self.names, self.objects = globals, closure, names, objects
        self.own = (flow.all_written(tree.body) | flow.argument_names(tree)) - declared(tree)

    def __call__(self, callee: Summary, name: str) -> gast.expr:
        if name in callee.objects:
            own = self.names.fresh(name)
            self.objects[own] = callee.objects[name]
            return gast.Name(own, gast.Load(), None, None)
        if callee.globals is self.globals and name not in self.own and name not in self.closure:
            return gast.Name(name, gast.Load(), None, None)
        if callee.globals is not None and name not in callee.globals:
            return gast.Name(self.absent(name), gast.Load(), None, None)
        return gast.Attribute(gast.Name(self.module(callee), gast.Load(), None, None), name, gast.Load())

    def absent(self, name: str) -> str:
        """The name of a builtin, or of what is not defined, and never read."""
        if hasattr(builtins, name):
            return self.builtin(name)
        return name if name not in self.own else self.names.fresh(name)

    def builtin(self, name: str) -> str:
        """The name under which the function finds a builtin."""
        wanted = getattr(builtins, name)
        if name not in self.own and name not in self.closure and self.globals.get(name, wanted) is wanted:
            return name
        return str(known_as(wanted, name, self.names, self.objects).id)

    def module(self, callee: Summary) -> str:
        dotted = str((callee.globals or {}).get("__name__"))
        module = sys.modules.get(dotted)
        if module is None or vars(module) is not callee.globals:
            raise errors.UnsupportedSyntaxError("the module of the function is not an imported one")
        return str(known_as(module, dotted.rpartition(".")[2], self.names, self.objects).id)


def spelling_of(found: Analysed, names: Names, objects: dict[str, object]) -> Spelling:
    around = found.resolution
    return Spelling(found.prepared.tree, around.globals, around.closure, names, objects)


def object_name(found: Analysed, names: Names, objects: dict[str, object], wanted: Any) -> str:
    """The name under which the function finds a class or a builtin: its own, where that is free."""
    name, around = wanted.__name__, found.resolution
    own = flow.writes(found.prepared.tree.body).keys() | flow.argument_names(found.prepared.tree)
    if (
        name not in own | around.closure.keys()
        and around.globals.get(name, vars(builtins).get(name)) is wanted
    ):
        return str(name)
    return str(known_as(wanted, name, names, objects).id)
