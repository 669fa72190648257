"""Properties of objects that are constant: renamed normal form in, calls of what computes them out."""

from __future__ import annotations

import types

import gast

from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import Known, Object, Struct
from diffpy.analysis.resolution import Guard
from diffpy.syntax.build import at, call
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import rebuild
from diffpy.transforms.known_objects import Objects, known_as


def expand_properties(tree: gast.FunctionDef, facts: Facts, names: Names, objects: Objects) -> list[Guard]:
    """A call tells what it gives: whether that is new, or a part of the object; in place. What was read for that.

    Before:                     After:
        y = o.area                  y = area(o)
    """
    found: list[Guard] = []

    def written(s: gast.stmt) -> list[gast.stmt]:
        match s:
            case gast.Assign(value=gast.Attribute(value=gast.Name() as base, attr=name) as read):
                owner, getter = _property(facts, base, name)
                if getter is not None:
                    found.append(Guard(vars(owner), name, Known(vars(owner)[name])))
                    s.value = at(call(known_as(getter, name, names, objects), base), read)
        return [s]

    tree.body = rebuild(tree.body, written)
    return found


def _property(facts: Facts, base: gast.Name, name: str) -> tuple[type, types.FunctionType | None]:
    """What computes a property of an object, and the class that says so."""
    kind = facts.kind(base)
    mro: tuple[type, ...] = ()
    if isinstance(kind, Object | Struct):
        mro = kind.cls.__mro__
    owner = next((one for one in mro if name in vars(one)), object)
    own = vars(owner).get(name)
    found = own.fget if isinstance(own, property) else None
    return owner, found if isinstance(found, types.FunctionType) else None
