"""Functions that objects hold in fields: renamed normal form in, the field read before it is called out."""

from __future__ import annotations

import functools
import inspect

import gast

from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Kind, Object, Struct
from diffpy.syntax.build import assign, load
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import rebuild


def expand_field_calls(tree: gast.FunctionDef, facts: Facts, names: Names) -> bool:
    """What is called is a value of the object then, and no method of it; in place. Whether there was any.

    Before:                     After:
        y = o.law(x)                t1 = o.law
                                    y = t1(x)
    """
    found = False

    def split(s: gast.stmt) -> list[gast.stmt]:
        nonlocal found
        called = s.value if isinstance(s, gast.Assign | gast.Expr) else None
        if not isinstance(called, gast.Call) or not _holds(called.func, facts):
            return [s]
        found = True
        name = names.temporary()
        before = assign(name, called.func, called)
        called.func = gast.copy_location(load(name), called.func)
        return [gast.copy_location(before, s), s]

    tree.body = rebuild(tree.body, split)
    return found


def _holds(function: gast.expr, facts: Facts) -> bool:
    """Whether this is a field of an object, or a property, and no method of its class."""
    if not isinstance(function, gast.Attribute) or not isinstance(function.value, gast.Name):
        return False
    kind: Kind = facts.kind(function.value)
    if not isinstance(kind, Struct | Object):
        return False
    missing = object()
    found = inspect.getattr_static(kind.cls, function.attr, missing)
    return (
        kind.field(function.attr) is not None
        or found is missing
        or isinstance(found, property | functools.cached_property)
    )
