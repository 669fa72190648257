"""Names for objects that a rewritten function refers to and its text does not: name -> object."""

from __future__ import annotations

import gast

from diffpy.syntax.build import load
from diffpy.syntax.names import Names

Objects = dict[str, object]


def known_as(wanted: object, stem: str, names: Names, objects: Objects) -> gast.Name:
    """The name under which the function finds an object; a new one that begins with the stem, where it has none."""
    for name, value in objects.items():
        if value is wanted:
            return load(name)
    name = names.fresh(stem)
    objects[name] = wanted
    return load(name)
