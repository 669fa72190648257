"""Class patterns with positions: a tree in; the same with the attributes' names, as `__match_args__` says, out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import gast

from diffpy.syntax.trees import copied, nodes
from diffpy.transforms.binding import bound_names

MatchArgs = Mapping[str, tuple[str, ...]]  # by the name of a class


def with_named_patterns(
    tree: gast.FunctionDef, lookup: Callable[[str], object]
) -> tuple[gast.FunctionDef, MatchArgs]:
    """The tree with names in place of positions where the class is known, and what was known of the classes.

    Before:  case Circle(r):        After:  case Circle(radius=r):
    """
    patterns = [one for one in nodes(tree) if isinstance(one, gast.MatchClass)]
    own = bound_names(tree) if patterns else set()
    classes = {one.cls.id for one in patterns if isinstance(one.cls, gast.Name)} - own
    known = {name: match_args(lookup(name)) for name in classes}
    if not any(known.values()):
        return tree, {}
    tree = copied(tree)
    for one in nodes(tree):
        if isinstance(one, gast.MatchClass) and isinstance(one.cls, gast.Name):
            _name(one, known.get(one.cls.id, ()))
    return tree, known


def match_args(cls: object) -> tuple[str, ...]:
    """The attributes that positions stand for; none where a class does not say so in a plain tuple."""
    found = getattr(cls, "__match_args__", ())
    is_plain = isinstance(cls, type) and type(found) is tuple and all(type(one) is str for one in found)
    return found if is_plain else ()


def _name(pattern: gast.MatchClass, names: tuple[str, ...]) -> None:
    own = names[: len(pattern.patterns)]
    if len(own) < len(pattern.patterns) or not {*own}.isdisjoint(pattern.kwd_attrs):
        return  # Python says what is wrong
    pattern.kwd_attrs = [*own, *pattern.kwd_attrs]
    pattern.kwd_patterns = [*pattern.patterns, *pattern.kwd_patterns]
    pattern.patterns = []
