"""What `super()` comes to in a class that extends a container of Python's, or float: the same of the tangent."""

from __future__ import annotations

import operator
from typing import Any

from diffpy.runtime.differential_rules import moving
from diffpy.runtime.differentials import Moved, pushed
from diffpy.runtime.extending import TANGENTS
from diffpy.runtime.pulling import Parts
from diffpy.runtime.tangents import item_of
from diffpy.runtime.zeros import full_tangent


@moving(list.__new__, dict.__new__)
def _empty(args: tuple, keywords: dict, moves: Parts) -> Moved:
    base = next(one for one in TANGENTS if issubclass(args[0], one))
    return base.__new__(args[0]), TANGENTS[base]()


@moving(tuple.__new__, float.__new__)
def _new(args: tuple, keywords: dict, moves: Parts) -> Moved:
    cls, *contents = args
    base = tuple if issubclass(cls, tuple) else float
    value, moved = pushed(base, tuple(contents), {}, Parts(None, moves.args[1:], {}))
    return base.__new__(cls, value), moved


@moving(list.__init__)
def _fill_list(args: tuple, keywords: dict, moves: Parts) -> Moved:
    x, *given = args
    contents, moved = pushed(list, tuple(given), {}, Parts(None, moves.args[1:], {}))
    list.__init__(x, contents)
    if moves.args[0] is not None:
        moves.args[0][:] = full_tangent(moved, contents)
    return None, None


@moving(dict.__init__)
def _fill_dict(args: tuple, keywords: dict, moves: Parts) -> Moved:
    x, *given = args
    contents, moved = pushed(dict, tuple(given), keywords, Parts(None, moves.args[1:], moves.keywords))
    dict.__init__(x, contents)
    if moves.args[0] is not None:
        moves.args[0].update(full_tangent(moved, contents))
    return None, None


@moving(list.__getitem__, dict.__getitem__, tuple.__getitem__)
def _item(args: tuple, keywords: dict, moves: Parts) -> Moved:
    x, key = args
    value = _base_of(x).__getitem__(x, key)
    return value, None if moves.args[0] is None else item_of(moves.args[0], key)


@moving(list.__setitem__, dict.__setitem__)
def _set_item(args: tuple, keywords: dict, moves: Parts) -> Moved:
    x, key, v = args
    _base_of(x).__setitem__(x, key, v)
    if moves.args[0] is not None:
        moves.args[0][key] = full_tangent(moves.args[2], v)
    return None, None


@moving(list.__delitem__, dict.__delitem__)
def _delete_item(args: tuple, keywords: dict, moves: Parts) -> Moved:
    x, key = args
    _base_of(x).__delitem__(x, key)
    if moves.args[0] is not None:
        del moves.args[0][key]
    return None, None


@moving(list.__iter__, tuple.__iter__)
def _run(args: tuple, keywords: dict, moves: Parts) -> Moved:
    base = _base_of(args[0])
    return pushed(iter, (base.__getitem__(args[0], slice(None)),), {}, moves)


def _asked(method: Any) -> None:
    @moving(method)
    def fact(args: tuple, keywords: dict, moves: Parts) -> Moved:
        return method(*args), None


for _base in (list, tuple, dict):
    for _name in ("__len__", "__contains__", "__repr__"):
        _asked(getattr(_base, _name))
_asked(dict.__iter__)


def _operators(name: str, turned: bool) -> None:
    operation = getattr(operator, name)

    @moving(getattr(float, f"__r{name.strip('_')}__" if turned else name))
    def computed(args: tuple, keywords: dict, moves: Parts) -> Moved:
        """Of the number that an object of a class that extends float is."""
        turn = slice(None, None, -1 if turned else 1)
        given = tuple(float.__float__(x) if isinstance(x, float) else x for x in args)
        return pushed(operation, given[turn], {}, Parts(None, moves.args[turn], {}))


for _name in ("__add__", "__sub__", "__mul__", "__truediv__", "__pow__"):
    _operators(_name, False)
    _operators(_name, True)
for _name in ("__neg__", "__pos__", "__abs__"):
    _operators(_name, False)


def _base_of(x: object) -> Any:
    return next(one for one in (list, dict, tuple) if isinstance(x, one))
