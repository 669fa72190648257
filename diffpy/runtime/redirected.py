"""Calls that are other calls: methods, partials, objects that are called, what stands for a generated function."""

from __future__ import annotations

import functools
import types
from typing import Any

from diffpy.runtime import carrying, dispatch, pulling
from diffpy.runtime.pulling import Parts
from diffpy.runtime.standing import Standing
from diffpy.runtime.structures import has_derivative
from diffpy.runtime.written import is_written


def redirected(function: Any, args: tuple, keywords: dict, wanted: tuple) -> Standing | None:
    """The call that a call is, where its callee says so; None for functions and classes."""
    kind = type(function)
    if hasattr(kind, "__diffpy_standing__"):
        return function.__diffpy_standing__(args, keywords, wanted)
    if hasattr(kind, "__diffpy_function__"):
        return Standing(function.__diffpy_function__, args, keywords, wanted)
    match function:
        case types.FunctionType():
            return None
        case type():
            return _made(function, args, keywords, wanted)
        case types.MethodType():
            return owned(function.__func__, function.__self__, args, keywords, wanted)
        case functools.partial():
            return _partial(function, args, keywords, wanted)
        case types.BuiltinMethodType():
            return _builtin_method(function, args, keywords, wanted)
    call = kind.__call__
    return owned(call, function, args, keywords, wanted) if dispatch.is_own_call(call) else None


def _made(cls: type, args: tuple, keywords: dict, wanted: tuple) -> Standing | None:
    """An object of an ordinary class: the function that makes it; a struct is made from its fields."""
    if dispatch._constructor_fields(cls) is not None or dispatch._container_rule(cls) is not None:
        return None
    factory = pulling.deriver().factory_of(cls)
    return None if factory is None else Standing(factory, args, keywords, wanted)


def owned(function: Any, owner: Any, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """A method: the cotangent of its object is the callee's."""
    shifted = tuple(k + 1 if isinstance(k, int) else k for k in wanted)
    shifted = (0, *shifted) if has_derivative(owner) else shifted
    return Standing(
        function,
        (owner, *args),
        keywords,
        shifted,
        outward=lambda parts: Parts(parts.args[0], parts.args[1:], parts.keywords),
        inward=lambda bar: Parts(None, (bar.callee, *bar.args), bar.keywords),
    )


def _partial(function: functools.partial, args: tuple, keywords: dict, wanted: tuple) -> Standing:
    """partial(f, a)(x): what was bound before stands in front."""
    count = len(function.args)
    every = {**function.keywords, **keywords}
    shifted = tuple(k + count if isinstance(k, int) else k for k in wanted)
    bound = tuple(k for k, a in enumerate(function.args) if has_derivative(a))
    named = tuple(k for k, v in function.keywords.items() if k not in keywords and carrying.carries(v))

    def outward(parts: Parts) -> Parts:
        given = {k: parts.keywords.get(k) for k in function.keywords if k not in keywords}
        callee = {"function": parts.callee, "args": parts.args[:count], "keywords": given}
        return Parts(callee, parts.args[count:], {k: parts.keywords.get(k) for k in keywords})

    def inward(bar: Parts) -> Parts:
        callee = bar.callee or {}
        before = callee.get("args") or (None,) * count
        return Parts(
            callee.get("function"), (*before, *bar.args), {**(callee.get("keywords") or {}), **bar.keywords}
        )

    return Standing(
        function.func,
        (*function.args, *args),
        every,
        (*bound, *named, *shifted),
        outward=outward,
        inward=inward,
    )


def _builtin_method(
    function: types.BuiltinMethodType, args: tuple, keywords: dict, wanted: tuple
) -> Standing | None:
    """x.sum(), d.items(): the method of the object's type, the object as first argument."""
    owner: Any = function.__self__
    if isinstance(owner, types.ModuleType | type(None)):
        return None
    if isinstance(owner, dispatch.np.generic):
        return _number_method(function, args, keywords, wanted)
    descriptor = getattr(type(owner), function.__name__, None)
    known = (
        dispatch._container_rule(descriptor) is not None
        or pulling.lent[0].row_of(descriptor) is not None
        or is_written(descriptor)
    )
    return owned(descriptor, owner, args, keywords, wanted) if known else None


def _number_method(
    function: types.BuiltinMethodType, args: tuple, keywords: dict, wanted: tuple
) -> Standing | None:
    """A method of a NumPy number is that of an array, which takes its tangent as an array, too."""
    array = dispatch.np.asarray(function.__self__)
    call = _builtin_method(getattr(array, function.__name__), args, keywords, wanted)
    if call is None:
        return None

    def inward(bar: Parts) -> Parts:
        dot = None if bar.callee is None else dispatch.np.asarray(bar.callee)
        return Parts(None, (dot, *bar.args), bar.keywords)

    return call._replace(inward=inward)
