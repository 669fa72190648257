"""Functions that only move what they are given, called for values and for tangents: they are linear, at any order."""

from __future__ import annotations

from typing import Any

from diffpy.runtime import dispatch
from diffpy.runtime.differentials import Moved, pushed
from diffpy.runtime.pulling import Parts, Pulled
from diffpy.runtime.standing import Standing, fixed
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
    """The same for a function that hands items on: each is taken once, and its tangents with it."""

    def run(self, every: tuple) -> TwoRuns:
        given, named, dots = self._apart(every)
        inner = self.function
        run = inner.run(given) if isinstance(inner, DoubledRun) else Run(inner, given, named)
        return TwoRuns(self, run, dots)

    def __call__(self, *every: Any) -> Moved:
        return self.run(every).value()

    def __diffpy_pulled__(self, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
        run = self.run(args)
        return run.value(), run.back

    def __diffpy_moved__(self, args: tuple, keywords: dict, moves: Parts) -> Moved:
        run = self.run(args)
        return run.value(), run.alongside(moves)

    def __diffpy_paired__(self, args: tuple, keywords: dict, wanted: tuple) -> Standing:
        run = self.run(args)
        return fixed(run.value(), run.back, Along(run), args, keywords, wanted)


class TwoRuns:
    """One run of a function that moves items, for its arguments and for their tangents."""

    def __init__(self, doubled: DoubledRun, inner: Run | TwoRuns, dots: Parts) -> None:
        self.doubled, self.inner, self.dots = doubled, inner, dots

    def value(self) -> tuple[Any, Any]:
        value = self.inner.value()
        return value, self.inner.alongside(self.dots)

    def back(self, bar: Any) -> Parts:
        return self.doubled._together(self.inner.back(item_of(bar, 0)), self.inner.back(item_of(bar, 1)))

    def along(self, bar: Parts) -> Any:
        moved, dots = self.both(bar)
        return self.inner.along(moved), self.inner.along(dots)

    def alongside(self, moves: Parts) -> Any:
        moved, dots = self.both(moves)
        return self.inner.alongside(moved), self.inner.alongside(dots)

    def both(self, every: Parts) -> tuple[Parts, Parts]:
        """What belongs to the arguments, and to their tangents."""
        moved, renamed, dots = self.doubled._apart(every.args)
        return Parts(every.callee, moved, renamed), dots


def doubled_for(function: Any, args: tuple) -> type[Doubled]:
    return DoubledRun if isinstance(function, DoubledRun) or hands_on(function, args) else Doubled
