"""Classes that a function defines for itself in, names for them out."""

from __future__ import annotations

from collections.abc import Mapping

import gast

from diffpy.syntax.build import assign, moved
from diffpy.syntax.names import Names
from diffpy.transforms.known_objects import Objects, known_as


def has_classes(tree: gast.FunctionDef) -> bool:
    return any(isinstance(s, gast.ClassDef) for s in tree.body)


def expand_classes(
    tree: gast.FunctionDef,
    classes: Mapping[str, type],
    names: Names,
    objects: Objects,
    outer: Mapping[str, object],
) -> None:
    """Let `objects` name the classes, which were made once; in place. `outer`: the globals of the function.

    Before:                         After:
        class Pair:                     return Pair(x, x).a
            def __init__(self, a, b):
                self.a, self.b = a, b
        return Pair(x, x).a
    """
    done: list[gast.stmt] = []
    for s in tree.body:
        if not isinstance(s, gast.ClassDef) or s.name not in classes:
            done.append(s)
        elif s.name in outer:
            done.append(moved(assign(s.name, known_as(classes[s.name], s.name, names, objects)), s))
        else:
            objects[s.name] = classes[s.name]
    tree.body = done
