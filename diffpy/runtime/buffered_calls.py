"""Calls of recursive functions that change what they are given: a callee, its arguments and their buffers in."""

from __future__ import annotations

import itertools
import types
from collections.abc import Callable, Mapping
from typing import Any

from diffpy.errors import UnsupportedSyntaxError
from diffpy.runtime import by_rules, carrying, pulling
from diffpy.runtime.buffers import is_number, without_place
from diffpy.runtime.leaves import is_array, is_on_device
from diffpy.runtime.on_buffers import OnBuffers
from diffpy.runtime.sharing import is_shared, objects_in
from diffpy.runtime.structures import zero_tangent


class with_buffers:
    """with_buffers(f, {"a": (a, a_bar)}, wrt=(1,))(a, x): the value f(a, x) and its pullback, for an f that changes a.

    The buffer a_bar mirrors the array, list or dict a. The call keeps it so; the pullback, which is to be called once,
    after those of all later calls, reads and clears what f has stored, and returns cotangents for the positions and
    keywords in `wrt` alone (with callee=True that of the closure f first). `inside` names objects of which the caller
    changes what they hold; `apart` those that may not share memory. With result=True the value comes with its buffer.
    """

    __slots__ = ("apart", "buffers", "callee", "function", "inside", "result", "wrt")

    def __init__(
        self,
        function: Any,
        buffers: Mapping[str, tuple[Any, Any]],
        wrt: tuple = (),
        callee: bool = False,
        inside: tuple[str, ...] = (),
        apart: tuple[str, ...] = (),
        result: bool = False,
    ) -> None:
        self.function, self.buffers, self.wrt, self.callee = function, buffers, wrt, callee
        self.inside, self.apart, self.result = inside, apart, result

    def __call__(self, *args: Any, **keywords: Any) -> tuple[Any, Callable[[Any], Any]]:
        self.check_apart()
        function, wanted = self.function, self.wrt
        bound = isinstance(function, types.MethodType)
        if bound:
            args = (function.__self__, *args)
            wanted = (*((0,) if self.callee else ()), *(k + 1 if isinstance(k, int) else k for k in wanted))
            function = function.__func__
        if not isinstance(function, types.FunctionType):
            raise _unknown(function)
        value, back = pulling.deriver().on_buffers(function, args, keywords, wanted, self)
        return value, Flat(back, wanted, self.callee and not bound, None if self.result else value)

    def check_apart(self) -> None:
        """Refuse arguments of which one is, or overlaps, another: a store into one is a store into the other."""
        objects = [[*objects_in(self.buffers[name][0])] for name in self.apart]
        for one, other in itertools.combinations(objects, 2):
            if any(is_shared(x, y) for x in one for y in other):
                raise UnsupportedSyntaxError(
                    f"arguments of '{by_rules.name_of(self.function)}', which changes them, share memory",
                    because="inside the function they are taken for different objects",
                    fix="pass a copy of one of them, or write the change where the call stands",
                )

    def __diffpy_standing__(self, args: tuple, keywords: dict, wanted: tuple) -> Any:
        raise UnsupportedSyntaxError(
            f"a second derivative goes through '{by_rules.name_of(self.function)}', a recursive function that changes "
            "its arguments",
            because="its pullback works on the buffers of its caller, and is not followed any further",
            fix="let the function return new values, or take the second derivative by differences of gradients",
        )


class Flat(OnBuffers):
    """A pullback that gives the cotangents of the wanted arguments as they are written out: bare, or a tuple.

    `value`: the result, where its cotangent is asked for; of one that nobody has used it is zero.
    """

    __slots__ = ("callee", "value", "wanted")

    def __init__(self, back: Any, wanted: tuple, callee: bool, value: Any = None) -> None:
        super().__init__(back, back)
        self.wanted, self.callee, self.value = wanted, callee, value

    def __call__(self, y_bar: Any) -> Any:
        if y_bar is None and (is_number(self.value) or is_array(self.value) or is_on_device(self.value)):
            y_bar = zero_tangent(self.value)
        parts = self.held[0](y_bar)
        found = [parts.callee] if self.callee else []
        found += [parts.args[k] if isinstance(k, int) else parts.keywords.get(k) for k in self.wanted]
        return found[0] if len(found) == 1 else tuple(found)

    def with_held(self, held: tuple) -> OnBuffers:
        return Flat(held[0], self.wanted, self.callee, self.value)


class Whole(OnBuffers):
    """A generated pullback, what it gives sorted by the places of the arguments."""

    __slots__ = ("parts",)

    def __init__(self, back: Any, parts: Callable[[Any], pulling.Parts]) -> None:
        super().__init__(back, back)
        self.parts = parts

    def __call__(self, y_bar: Any) -> pulling.Parts:
        return self.parts(self.held[0](y_bar))

    def with_held(self, held: tuple) -> OnBuffers:
        return Whole(held[0], self.parts)


def present(name: str, buffers: Mapping[str, tuple[Any, Any]], held: Mapping[str, Any]) -> dict[str, tuple]:
    """The buffers of objects that the callee has under these names; values that cannot be changed have none."""
    found = {}
    for own, (x, x_bar) in buffers.items():
        if is_number(x) or (x_bar is None and carrying.carries(x)):
            raise without_place()
        if held.get(own) is not x:
            raise UnsupportedSyntaxError(
                f"'{name}' has captured another '{own}' than the one that its caller sees",
                because="the derivative has to follow the changes of one object",
                fix=f"pass '{own}' as an argument",
            )
        if x_bar is not None:
            found[own] = (x, x_bar)
    return found


def _unknown(function: Any) -> UnsupportedSyntaxError:
    return UnsupportedSyntaxError(
        f"a call of a '{type(function).__name__}' changes an argument in place, which the derivative depends on",
        because="only a Python function or method can be followed into such a change",
        fix="call the function itself, or let it return the new value",
    )
