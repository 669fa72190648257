"""Calls that make an object like another one: normal form in, the same with what they do written out.

The calls are known by their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import gast

from diffpy.syntax.build import assign, at, call, load
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import rebuild
from diffpy.transforms.inline import site_of


@dataclass(frozen=True)
class Constructor:
    """What makes the object, and the fields that it takes from the other one."""

    name: str
    taken: tuple[str, ...]


def write_makers_out(
    tree: gast.FunctionDef, names: Names, made: Mapping[int, Constructor | None]
) -> gast.FunctionDef:
    """In place; without a constructor the object has a method that copies it.

    Before:                     After:
        q = replace(p, y=v)         t1 = p.x
                                    q = Point(x=t1, y=v)
        b = copy(a)                 b = a.copy()
    """
    tree.body = rebuild(tree.body, lambda s: _written(s, names, made))
    return tree


def _written(s: gast.stmt, names: Names, made: Mapping[int, Constructor | None]) -> list[gast.stmt]:
    match s:
        case gast.Assign(value=gast.Call(args=[x], keywords=given) as value) if site_of(value) in made:
            constructor = made[site_of(value)]
            if constructor is None:
                copied = call(gast.Attribute(x, "copy", gast.Load()))
                return [at(gast.Assign(s.targets, copied, None), s)]
            before, taken = _taken(x, constructor.taken, names)
            whole = gast.Call(load(constructor.name), [], [*taken, *given])
            return [at(one, s) for one in (*before, gast.Assign(s.targets, whole, None))]
    return [s]


def _taken(x: gast.expr, fields: tuple[str, ...], names: Names) -> tuple[list[gast.stmt], list[gast.keyword]]:
    held = {name: names.temporary() for name in fields}
    before = [assign(t, gast.Attribute(x, name, gast.Load())) for name, t in held.items()]
    return before, [gast.keyword(name, load(t)) for name, t in held.items()]
