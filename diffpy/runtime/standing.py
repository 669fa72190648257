"""What derivatives of derivatives are made of: calls that stand for others, linear maps that know their transposes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from diffpy.runtime.alongside import among, standing_still
from diffpy.runtime.dispatch import pulled
from diffpy.runtime.handing import Handing
from diffpy.runtime.pulling import Parts, Pulled
from diffpy.runtime.tangents import item_of

Map = Callable[[Any], Any]


def same(x: Any) -> Any:
    return x


class Standing(NamedTuple):
    """A call that stands for another one: which, and how their results and cotangents correspond.

    `after` makes the result from the inner one; `along` is its part that is linear in tangents, `before` the transpose.
    `outward` makes the parts of the call from the inner one's, `inward` is its transpose.
    """

    function: Any
    args: tuple
    keywords: dict
    wanted: tuple
    after: Map = same
    before: Map = same
    along: Map = same
    outward: Callable[[Parts], Parts] = same
    inward: Callable[[Parts], Parts] = same

    def pulled(self) -> Pulled:
        value, full = pulled(self.function, self.args, self.keywords, self.wanted)
        return self.after(value), lambda y_bar: self.outward(full(self.before(y_bar)))


class Chosen:
    """after(back(before(y_bar))) for a pullback `back` and linear maps around it, each with its transpose."""

    __diffpy_carries__ = 1.0
    __diffpy_is_pullback__ = True

    def __init__(
        self,
        back: Any,
        after: Map = same,
        after_turned: Map = same,
        before: Map = same,
        before_turned: Map = same,
    ) -> None:
        self.back = back
        self.after, self.after_turned, self.before, self.before_turned = (
            after,
            after_turned,
            before,
            before_turned,
        )

    def __call__(self, y_bar: Any) -> Any:
        return self.after(self.back(self.before(y_bar)) if y_bar is not None else None)

    def __diffpy_standing__(self, args: tuple, keywords: dict, wanted: tuple) -> Standing:
        (y_bar,) = args
        if y_bar is None:
            return Standing(Shift(lambda _: self.after(None), lambda _: None), args, {}, wanted)
        return Standing(
            self.back,
            (self.before(y_bar),),
            {},
            (0,),
            self.after,
            self.after_turned,
            self.after,
            lambda parts: Parts(parts.callee, (self.before_turned(parts.args[0]),), {}),
            lambda bar: Parts(bar.callee, (self.before(bar.args[0]),), {}),
        )


class Shift:
    """A linear map of one argument that only moves values, with its transpose."""

    __diffpy_linear__ = True  # in all that it is given
    __diffpy_is_pullback__ = True

    def __init__(self, there: Map, back: Map) -> None:
        self.there, self.back = there, back

    def __call__(self, x: Any) -> Any:
        return self.there(x)

    def __diffpy_pulled__(self, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
        return self.there(*args), lambda y_bar: Parts(
            None, (self.back(y_bar) if y_bar is not None else None,), {}
        )

    def __diffpy_moved__(self, args: tuple, keywords: dict, moves: Parts) -> tuple[Any, Any]:
        moved = moves.args[0]
        return self.there(*args), None if moved is None else self.there(moved)

    def __diffpy_paired__(self, args: tuple, keywords: dict, wanted: tuple) -> Standing:
        first = lambda y_bar: Parts(None, (self.back(y_bar) if y_bar is not None else None,), {})  # noqa: E731
        turned = lambda bar: self.there(bar.args[0]) if bar.args[0] is not None else None  # noqa: E731
        return fixed(self.there(*args), first, turned, args, keywords, wanted)


def fixed(
    value: Any, first: Callable[[Any], Parts], turned: Map, args: tuple, keywords: dict, wanted: tuple
) -> Standing:
    """A call that is linear: its pullback does not depend on the arguments, and `turned` is the pullback's transpose."""
    return Standing(Fixed(value, first, Shift(first, turned)), args, keywords, wanted)


class Fixed:
    """A result with a pullback that does not depend on the arguments: (value, shift)."""

    __diffpy_linear__ = True  # in all that it is given

    def __init__(self, value: Any, first: Callable[[Any], Parts], shift: Shift) -> None:
        self.value, self.first, self.shift = value, first, shift

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.value, self.shift

    def __diffpy_pulled__(self, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
        def full(pair_bar: Any) -> Parts:
            value_bar = item_of(pair_bar, 0)
            return self.first(value_bar) if value_bar is not None else Parts(None, (None,) * len(args), {})

        return (self.value, self.shift), full

    def __diffpy_moved__(self, args: tuple, keywords: dict, moves: Parts) -> tuple[Any, Any]:
        ahead = getattr(self.shift.back, "alongside", self.shift.back)(moves)
        if isinstance(self.value, Handing):
            ahead = (
                among(self.value, ahead) if isinstance(ahead, list) else ahead or standing_still(self.value)
            )
        return (self.value, self.shift), (ahead, None)

    def __diffpy_paired__(self, args: tuple, keywords: dict, wanted: tuple) -> Standing:
        """(value, shift), and its own pullback, which reads nothing of the shift."""

        def after(pair: Any) -> Any:
            return pair, Chosen(
                pair[1], before=lambda bar: item_of(bar, 0), before_turned=lambda part: (part, None)
            )

        return Standing(
            self, args, keywords, wanted, after, lambda bar: item_of(bar, 0), lambda pair: (pair, None)
        )
