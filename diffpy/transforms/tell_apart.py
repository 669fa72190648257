"""Statements on objects of one of several classes: normal form in, a branch for each class out.

The statements are known by the numbers of their calls and attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import gast

from diffpy.syntax.build import assign, at, call, load
from diffpy.syntax.names import Names
from diffpy.syntax.trees import copied, nodes
from diffpy.transforms.blocks import rebuild
from diffpy.transforms.inline import NO_SITE, site_of


@dataclass(frozen=True)
class Classes:
    """The classes of an object, subclasses first, and `isinstance`, by the names that the function has for them."""

    names: tuple[str, ...]
    asked: str
    held: bool = False  # whether the name of the object has other values too, so that a copy is asked


def tell_apart(tree: gast.FunctionDef, names: Names, wanted: Mapping[int, Classes]) -> gast.FunctionDef:
    """In place.

    Before:                     After, for a layer of the class Dense or Tanh:
        y = layer.run(x)            is_dense = isinstance(layer, Dense)
                                    if is_dense:
                                        dense = layer
                                        y = dense.run(x)
                                    else:
                                        tanh = layer
                                        y = tanh.run(x)
    """
    tree.body = rebuild(tree.body, lambda s: _branches(s, names, wanted))
    return tree


def used(s: gast.AST) -> gast.Attribute | None:
    """The attribute of a name that a statement calls or stores."""
    match s:
        case (
            gast.Assign(value=gast.Call(func=gast.Attribute() as found))
            | gast.Expr(value=gast.Call(func=gast.Attribute() as found))
            | gast.Assign(targets=[gast.Attribute() as found])
            | gast.AugAssign(target=gast.Attribute() as found)
        ) if isinstance(found.value, gast.Name):
            return found
    return None


def _branches(s: gast.stmt, names: Names, wanted: Mapping[int, Classes]) -> list[gast.stmt]:
    found = used(s)
    classes = wanted.get(site_of(found)) if found is not None else None
    if found is None or classes is None:
        return [s]
    one, before = found.value.id, []
    if classes.held:
        one = names.fresh("one")
        before = [assign(one, load(found.value.id))]
    made = _chain(s, site_of(found), one, classes.names, classes.asked, names)
    return [at(each, s) for each in (*before, *made)]


def _chain(
    s: gast.stmt, site: int, one: str, classes: tuple[str, ...], asked: str, names: Names
) -> list[gast.stmt]:
    own = names.fresh(classes[0].lower())
    taken = [assign(own, load(one)), _on(s, site, own)]
    if len(classes) == 1:
        return taken
    test = names.fresh(f"is_{classes[0].lower()}")
    others = _chain(s, site, one, classes[1:], asked, names)
    return [
        assign(test, call(load(asked), load(one), load(classes[0]))),
        gast.If(load(test), taken, others),
    ]


def _on(s: gast.stmt, site: int, own: str) -> gast.stmt:
    """The statement, on the object by another name."""
    made = copied(s)
    found = next(n for n in nodes(made) if isinstance(n, gast.Attribute) and site_of(n) == site != NO_SITE)
    found.value.id = own
    return made
