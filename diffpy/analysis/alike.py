"""Functions that one definition makes again and again: one of them in, the one that stands for all of them out."""

from __future__ import annotations

import types
import weakref

from diffpy.rules.registered import has_rule

_FIRST: weakref.WeakValueDictionary[tuple[int, int], types.FunctionType] = weakref.WeakValueDictionary()


def first_alike(function: types.FunctionType) -> types.FunctionType:
    """The first function of the same code over the same globals that is still there; itself, if more tells it apart.

    So `step(lambda y: -y)` in a function that is called often needs one derivative of `step`, not one a call.
    """
    if not _is_plain(function):
        return function
    place = (id(function.__code__), id(function.__globals__))
    first = _FIRST.setdefault(place, function)
    if first.__code__ is not function.__code__ or not _is_plain(first):
        _FIRST[place] = first = function
    return first


def _is_plain(function: types.FunctionType) -> bool:
    held = (function.__closure__, function.__defaults__, function.__kwdefaults__, vars(function))
    return not (any(held) or has_rule(function))
