"""Stores into objects of which no kind was known while deriving: the tangent is changed as the object is."""

from __future__ import annotations

import operator
import types
from typing import Any

from diffpy.errors import UnsupportedSyntaxError
from diffpy.runtime import by_rules
from diffpy.runtime.buffers import FieldBuffers, built_buffer
from diffpy.runtime.carrying import is_opaque
from diffpy.runtime.differential_rules import moving
from diffpy.runtime.differentials import Moved, Varied, pushed, rule_for
from diffpy.runtime.leaves import is_array
from diffpy.runtime.pulling import Parts
from diffpy.runtime.sharing import check_no_record
from diffpy.runtime.struct_fields import deleting, is_generated, is_made, is_struct, storing
from diffpy.runtime.tangent_vectors import TangentVector
from diffpy.runtime.tangents import field_of
from diffpy.runtime.zeros import full_tangent, is_still, set_field, zero_like


@moving(operator.setitem)
def _setitem(args: tuple, keywords: dict, moves: Parts) -> Moved:
    x, key, v = args
    x_dot, _, v_dot = moves.args
    own = getattr(type(x), "__setitem__", None)
    if isinstance(own, types.FunctionType):
        if x_dot is None and is_opaque(x):
            check_still(v_dot, x)
        return pushed(own, args, {}, moves)
    check_no_record(x, x_dot)
    if isinstance(x, list) and isinstance(key, slice):
        v, v_dot = pushed(list, (v,), {}, Parts(None, (v_dot,), {}))
    x[key] = v
    if x_dot is not None:
        x_dot[key] = 0.0 if is_array(x) and is_still(v_dot) else full_tangent(v_dot, v)
    else:
        check_still(v_dot, x)
    return None, None


@moving(operator.delitem)
def _delitem(args: tuple, keywords: dict, moves: Parts) -> Moved:
    x, key = args
    own = getattr(type(x), "__delitem__", None)
    if isinstance(own, types.FunctionType):
        return pushed(own, args, {}, moves)
    del x[key]
    if moves.args[0] is not None:
        del moves.args[0][key]
    return None, None


@moving(setattr)
def _setattr(args: tuple, keywords: dict, moves: Parts) -> Moved:
    x: Any = args[0]
    own: Any = type(x).__setattr__
    if is_array(x):
        raise by_rules.unknown(setattr)
    if isinstance(own, types.FunctionType) and not is_generated(own):
        return pushed(own, args, {}, moves)
    if (above := rule_for(own)) is not None and own is not object.__setattr__:
        return above(args, keywords, moves)
    if own not in (object.__setattr__, types.SimpleNamespace.__setattr__):
        raise by_rules.unknown(setattr)
    return _stored(args, keywords, moves)


@moving(object.__setattr__)
def _stored(args: tuple, keywords: dict, moves: Parts) -> Moved:
    x, name, v = args
    x_dot, _, v_dot = moves.args
    setter = storing(type(x), name)
    if setter is not None:
        return pushed(setter, (x, v), {}, Parts(None, (x_dot, v_dot), {}))
    object.__setattr__(x, name, v)
    if name == "__dict__" and hasattr(x_dot, name):
        object.__setattr__(x_dot, name, v_dot)
    elif hasattr(x_dot, "__dict__") and (is_made(type(x)) or not isinstance(x_dot, TangentVector)):
        vars(x_dot)[name] = full_tangent(v_dot, v)
    elif isinstance(x_dot, TangentVector):
        set_field(x_dot, name, full_tangent(v_dot, v))
    else:
        check_still(v_dot, x)
    return None, None


@moving(delattr)
def _delattr(args: tuple, keywords: dict, moves: Parts) -> Moved:
    own = type(args[0]).__delattr__
    if isinstance(own, types.FunctionType) and not is_generated(own):
        return pushed(own, args, {}, moves)
    return _deleted(args, keywords, moves)


@moving(object.__delattr__)
def _deleted(args: tuple, keywords: dict, moves: Parts) -> Moved:
    x, name = args
    deleter = deleting(type(x), name)
    if deleter is not None:
        return pushed(deleter, (x,), {}, Parts(None, (moves.args[0],), {}))
    object.__delattr__(x, name)
    if moves.args[0] is not None:
        vars(moves.args[0]).pop(name, None)
    return None, None


@moving(set_field)
def _set_field(args: tuple, keywords: dict, moves: Parts) -> Moved:
    """The tangent of a tangent is one of the same struct."""
    x_dot, name, v_dot = args
    moved, _, v_moved = moves.args
    set_field(x_dot, name, v_dot)
    if moved is not None:
        set_field(moved, name, full_tangent(v_moved, v_dot))
    else:
        check_still(v_moved, x_dot)
    return None, None


def check_still(v_dot: Any, x: Any) -> None:
    """Refuse to put what moves into what has no tangent."""
    if not is_still(v_dot):
        raise UnsupportedSyntaxError(
            f"an active value is stored in an object of class '{type(x).__name__}' that carries none",
            because="what it is was not known while deriving, and this is found when it runs",
            fix="build a new value instead of changing this one",
        )


def varied_of(x: Any, name: str, x_dot: Any) -> Varied:
    """x.name beside its tangent: that of a method is its object's, that of a function in a field is the field's."""
    function = getattr(x, name)
    return Varied(function, field_of(x_dot, name) if _is_in_field(function, x, name, x_dot) else x_dot)


def _is_in_field(function: Any, x: Any, name: str, x_dot: Any) -> bool:
    of_object = isinstance(function, types.MethodType) and function.__self__ is x
    is_held = name in getattr(x_dot, "__dict__", ())
    return is_held and (is_struct(type(x)) or not isinstance(x_dot, TangentVector)) and not of_object


@moving(varied_of)
def _varied_of(args: tuple, keywords: dict, moves: Parts) -> Moved:
    x, name, x_dot = args
    function, moved = pushed(getattr, (x, name), {}, Parts(None, (moves.args[0], None), {}))
    own = moves.args[2]
    own = field_of(own, name) if _is_in_field(function, x, name, x_dot) else own
    return varied_of(*args), {"function": moved, "tangent": own}


@moving(built_buffer)
def _built_buffer(args: tuple, keywords: dict, moves: Parts) -> Moved:
    """The buffer of a new object: fields that are other objects' too have these objects' buffers, and tangents."""
    found = built_buffer(*args, **keywords)
    moved = FieldBuffers(
        {n: moves.keywords[n] if n in keywords else zero_like(one) for n, one in found.items()}
    )
    moved.owner = found.owner
    return found, moved
