"""Classes that a function defines for itself in, names for them out."""

from __future__ import annotations

from collections.abc import Mapping

import gast

from diffpy.rules.structs import class_of
from diffpy.syntax.build import assign, load, moved
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
        if not isinstance(s, gast.ClassDef):
            done.append(s)
        elif s.name not in classes:
            done += _made_when_called(s, names, objects)
        elif s.name in outer:
            done.append(moved(assign(s.name, known_as(classes[s.name], s.name, names, objects)), s))
        else:
            objects[s.name] = classes[s.name]
    tree.body = done


def _made_when_called(s: gast.ClassDef, names: Names, objects: Objects) -> list[gast.stmt]:
    """A class with variables of the function in it: what makes it is a function of its own."""
    maker = names.fresh(f"{s.name}_class")
    given = gast.arguments([], [], None, [], [], None, [])
    body = [s, moved(gast.Return(load(s.name)), s)]
    made = gast.Call(known_as(class_of, "class_of", names, objects), [load(maker)], [])
    defined = gast.copy_location(gast.FunctionDef(maker, given, body, [], None, None, []), s)
    return [defined, moved(assign(s.name, made), s)]
