"""Objects that have the attributes of others, as a dict that is one: an analysed function in, the error out."""

from __future__ import annotations

import types
from collections.abc import Iterator

import gast

from diffpy import errors
from diffpy.analysing import Analysed, prepare
from diffpy.analysis import flow
from diffpy.following.shared_outside import outside_of_calls
from diffpy.following.within_reach import functions_in_reach
from diffpy.functions import attributes_stored
from diffpy.runtime.carrying import is_foreign
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import assigned

# What makes a dict of its own; and where an object that is new gets what a copy of it was made of.
_MAKING = frozenset(("dict", "copy", "deepcopy", "OrderedDict"))
_RESTORING = "__setstate__"


def check_shared_attributes(found: Analysed) -> None:
    """Refuse to store attributes where objects in reach are given those of others: the store is read there too."""
    every = flow.all_written(found.tree.body) | flow.names_read(gast.Module(found.tree.body, []))
    reached = [
        one for one, _ in functions_in_reach(outside_of_calls(found, every), found.said) if _is_own(one)
    ]
    sharing = next((one for one in reached if _shares_attributes(one)), None)
    if sharing is None:
        return
    stores = [s for s in nodes(found.tree) if isinstance(s, gast.Assign) and _stored(s)]
    if stores or any(attributes_stored(one.__code__) - {"__dict__"} for one in reached):
        raise found.prepared.source.error(
            errors.UnsupportedSyntaxError,
            f"'{sharing.__qualname__}' gives an object the attributes of others, and attributes are stored",
            stores[0] if stores else found.tree,
            because="what is stored in one object is read from all that have the same '__dict__'",
            fix="keep what they share in an object of its own, under an attribute of each",
        )


def _is_own(function: object) -> bool:
    return isinstance(function, types.FunctionType) and not is_foreign(function)


def _shares_attributes(function: types.FunctionType) -> bool:
    """Whether a function makes a dict that others may know the attributes of an object."""
    if "__dict__" not in attributes_stored(function.__code__) or function.__name__ == _RESTORING:
        return False
    try:
        tree = prepare(function).tree
    except errors.DifferentiationError:
        return True
    return any(not _is_made(value, of, tree) for of, value in _dicts_given(tree))


def _dicts_given(tree: gast.FunctionDef) -> Iterator[tuple[gast.expr, gast.expr]]:
    for s in nodes(tree):
        match s:
            case gast.Assign(targets=[gast.Attribute(value=of, attr="__dict__")], value=value):
                yield of, value


def _is_made(value: gast.expr, of: gast.expr, tree: gast.FunctionDef) -> bool:
    """Whether a dict is new, or the object itself, which is one."""
    match value:
        case gast.Dict():
            return True
        case gast.Call(func=gast.Name(id=name) | gast.Attribute(attr=name)):
            return name in _MAKING
        case gast.Name(id=name):
            given = tree.args.kwarg
            is_given = given is not None and given.id == name
            values = assigned(tree)[name]
            is_made = bool(values) and all(_is_made(one, of, tree) for one in values)
            return is_given or is_made or (isinstance(of, gast.Name) and of.id == name)
    return False


def _stored(s: gast.Assign) -> bool:
    return isinstance(s.targets[0], gast.Attribute)
