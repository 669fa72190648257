"""Functions that only move what they are given, called for values and for tangents: they are linear, at any order."""

from __future__ import annotations

import functools
from typing import Any

from diffpy.runtime import dispatch
from diffpy.runtime.differentials import Moved, pushed
from diffpy.runtime.pulling import Parts, Pulled
from diffpy.runtime.standing import Map, Standing, fixed
from diffpy.runtime.tangents import item_of
from diffpy.runtime.tokens import Along, Run, hands_on
from diffpy.runtime.zeros import zero_like

CALLEE = object()  # the place of the tangent of what f holds


class Doubled:
    """(f(x), f(x_dot)) of x and x_dot, for a function f that is linear; `slots` say where the tangents go.

    What f holds may have a tangent too: the last one, with CALLEE for its slot.
    """

    __diffpy_linear__ = True  # in all that it is given

    def __init__(self, function: Any, count: int, names: tuple[str, ...], slots: tuple) -> None:
        self.function, self.count, self.names, self.slots = function, count, names, slots

    def __call__(self, *every: Any) -> Moved:
        return self._pair(*self._apart(every))

    def _apart(self, every: tuple) -> tuple[tuple, dict[str, Any], Parts]:
        """Arguments, keywords, and what was given for tangents."""
        named = every[self.count : self.count + len(self.names)]
        given: dict[Any, Any] = dict(zip(self.slots, every[self.count + len(self.names) :], strict=True))
        dots = Parts(
            given.get(CALLEE),
            tuple(given.get(k) for k in range(self.count)),
            {n: given.get(n) for n in self.names},
        )
        return every[: self.count], dict(zip(self.names, named, strict=True)), dots

    def _pair(self, args: tuple, keywords: dict[str, Any], dots: Parts) -> Moved:
        value, dot = pushed(self.function, args, keywords, dots)
        return value, zero_like(value) if dot is None else dot

    def _moved(self, args: tuple, keywords: dict[str, Any], dots: Parts) -> Any:
        return self._pair(args, keywords, dots)[1]

    def _together(self, values: Parts, dots: Parts) -> Parts:
        """The parts of a call of this object, from those for values and for tangents."""
        named: dict[Any, Any] = {CALLEE: dots.callee, **dict(enumerate(dots.args)), **dots.keywords}
        flat = (values.keywords.get(n) for n in self.names)
        return Parts(values.callee, (*values.args, *flat, *(named.get(k) for k in self.slots)), {})

    def __diffpy_pulled__(self, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
        given, named, dots = self._apart(args)
        value, full = dispatch.pulled(self.function, given, named, (*range(self.count), *self.names))
        none = Parts(None, (None,) * self.count, {})

        def back(bar: Any) -> Parts:
            halves = (item_of(bar, 0), item_of(bar, 1))
            return self._together(*(none if one is None else full(one) for one in halves))

        return (value, self._moved(given, named, dots)), back

    def __diffpy_moved__(self, args: tuple, keywords: dict, moves: Parts) -> Moved:
        given, named, _ = self._apart(args)
        moved, renamed, dots = self._apart(moves.args)
        ahead = (
            self._moved(given, named, Parts(moves.callee, moved, renamed)),
            self._moved(given, named, dots),
        )
        return self(*args), ahead

    def standing(self, every: tuple) -> Standing:
        """with_differential(f, x_dot)(x) as a call of this object."""
        moves = CALLEE in self.slots

        def outward(parts: Parts) -> Parts:
            values, named, dots = self._apart(parts.args)
            held = {"function": parts.callee, "tangent": dots.callee} if moves else parts.callee
            return Parts({"function": held, "args": dots.args, "keywords": dots.keywords}, values, named)

        def inward(bar: Parts) -> Parts:
            back = bar.callee or {}
            held = back.get("function")
            found = {**dict(enumerate(back.get("args") or ())), **(back.get("keywords") or {})}
            if moves:
                held, found[CALLEE] = item_of(held, "function"), item_of(held, "tangent")
            named = (bar.keywords.get(n) for n in self.names)
            return Parts(held, (*bar.args, *named, *(found.get(k) for k in self.slots)), {})

        return Standing(self, every, {}, tuple(range(len(every))), outward=outward, inward=inward)

    def __diffpy_paired__(self, args: tuple, keywords: dict, wanted: tuple) -> Standing:
        value, full = self.__diffpy_pulled__(args, keywords, wanted)  # of which nothing depends on values
        turned = lambda bar: self.__diffpy_moved__(args, {}, bar)[1]  # noqa: E731
        return fixed(value, full, turned, args, keywords, wanted)


class DoubledRun(Doubled):
    """The same for a function that hands items on: each is taken once, and its tangent with it."""

    def _run(self, every: tuple) -> Run:
        return Run(self.function, *self._apart(every))

    def __diffpy_pulled__(self, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
        run = self._run(args)
        return (run.value(), run.dot()), lambda bar: self._backwards(run, bar)

    def _backwards(self, run: Run, bar: Any) -> Parts:
        return self._together(run.back(item_of(bar, 0)), run.back(item_of(bar, 1)))

    def __diffpy_moved__(self, args: tuple, keywords: dict, moves: Parts) -> Moved:
        run = self._run(args)
        return (run.value(), run.dot()), self._along(Along(run).alongside, moves)

    def _along(self, along: Map, moves: Parts) -> tuple[Any, Any]:
        moved, renamed, dots = self._apart(moves.args)
        return along(Parts(moves.callee, moved, renamed)), along(dots)

    def __diffpy_paired__(self, args: tuple, keywords: dict, wanted: tuple) -> Standing:
        run = self._run(args)
        turned = AlongBoth(self, Along(run))
        full = functools.partial(self._backwards, run)
        return fixed((run.value(), run.dot()), full, turned, args, keywords, wanted)


class AlongBoth:
    """The transpose of the pullback of such a call: cotangents, or tangents, moved as values and as tangents were."""

    def __init__(self, doubled: DoubledRun, along: Along) -> None:
        self.doubled, self.along = doubled, along

    def __call__(self, bar: Parts) -> Any:
        return self.doubled._along(self.along, bar)

    def alongside(self, moves: Parts) -> Any:
        return self.doubled._along(self.along.alongside, moves)


def doubled_for(function: Any, args: tuple) -> type[Doubled]:
    return DoubledRun if hands_on(function, args) else Doubled
