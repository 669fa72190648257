"""Long loops with recomputation: a step and a state in; the last state out, and its pullback from few states kept.

Which states are kept is the binomial schedule: A. Griewank and A. Walther, "Algorithm 799: revolve", ACM Transactions
on Mathematical Software 26 (2000). With s states at a time, a loop of up to binomial(s + r, s) steps runs each step
at most r times more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from diffpy.errors import DifferentiationTypeError, UnsupportedSyntaxError
from diffpy.runtime import pulling
from diffpy.runtime.differentials import Moved, pushed
from diffpy.runtime.leaves import is_array
from diffpy.runtime.pairing import paired
from diffpy.runtime.pulling import Parts, Pulled
from diffpy.runtime.recomputation import alike, changed, check_steps, fingerprint
from diffpy.runtime.signatures import signature
from diffpy.runtime.standing import Chosen, Standing
from diffpy.runtime.structures import describe
from diffpy.runtime.tangents import accumulate_item, add_tangents
from diffpy.runtime.written_iteration import repeated_plainly

Advance = Callable[[tuple, int, int], tuple]  # the state after steps begin, ..., end - 1


class Repeated:
    """repeated(step, steps, items, state, *constants): state = step(item, *state, *constants), for each item."""

    def __call__(self, step: Any, steps: int | None, items: Any, state: tuple, *constants: Any) -> tuple:
        check_changes(step, steps, items, state, constants)
        with unchanged(items, state, constants):
            return repeated_plainly(step, items, state, *constants)

    def __diffpy_pulled__(self, args: tuple, keywords: dict[str, Any], wanted: tuple) -> Pulled:
        step, steps, items, state, *constants = args
        check_changes(step, steps, items, state, constants)
        return _Loop(step, items, tuple(constants)).pulled(state, steps)

    def __diffpy_moved__(self, args: tuple, keywords: dict[str, Any], moves: Parts) -> Moved:
        step, steps, items, state, *constants = args
        check_changes(step, steps, items, state, constants)
        with unchanged(items, state, constants):
            return pushed(
                repeated_plainly, _without_steps(args), {}, Parts(None, _without_steps(moves.args), {})
            )

    def __diffpy_standing__(self, args: tuple, keywords: dict[str, Any], wanted: tuple) -> Standing:
        """What stands for it where its tangents have derivatives."""
        step, steps, items, state, *constants = args
        check_changes(step, steps, items, state, constants)
        given = _without_steps(args)
        every = tuple(range(len(given)))
        return Standing(repeated_plainly, given, {}, every, outward=_with_steps, inward=_shortened)

    def __diffpy_paired__(self, args: tuple, keywords: dict[str, Any], wanted: tuple) -> Standing:
        """The derivative of a derivative keeps what it needs."""
        step, steps, items, state, *constants = args
        check_changes(step, steps, items, state, constants)
        given = _without_steps(args)
        pair = paired(repeated_plainly, given, {}, tuple(range(len(given))))

        def after(found: Any) -> Any:
            value, back = pair.after(found)
            return value, Chosen(back, _with_steps, _shortened)

        return pair._replace(
            after=after,
            outward=lambda parts: _with_steps(pair.outward(parts)),
            inward=lambda bar: pair.inward(_shortened(bar)),
        )


def _without_steps(args: tuple) -> tuple:
    return (args[0], *args[2:])


def _with_steps(parts: Parts) -> Parts:
    return Parts(None, (parts.args[0], None, *parts.args[1:]), {})


def _shortened(bar: Parts) -> Parts:
    return Parts(None, _without_steps(bar.args), {})


repeated = Repeated()


def check_changes(step: Any, steps: int | None, items: Any, state: tuple, constants: Any) -> None:
    """Refuse items that cannot be run through twice, and a step that changes what it is given."""
    check_steps(steps)
    if not (isinstance(items, range | list | tuple) or is_array(items)):
        raise DifferentiationTypeError(
            "a loop with recomputation runs through a range, a list, a tuple or an array",
            because=f"parts of it run again, and what was given {describe(items)}",
            fix="for k in with_recomputation(range(n)): ..., or make a list of it first",
        )
    if len(items):
        refuse(pulling.lent[0].changed_by(step, (items[0], *state, *constants)))


@contextmanager
def unchanged(*given: Any) -> Iterator[None]:
    """The same once more by looking: what is called is not always known."""
    before = fingerprint(given)
    yield
    if not alike(fingerprint(given), before):
        refuse(frozenset({"an argument of its steps"}))


def refuse(changed: frozenset[str]) -> None:
    for name in sorted(changed):
        raise UnsupportedSyntaxError(
            f"a loop with recomputation changes '{name}' in place",
            because="its steps run again, and would start from what the first run left",
            fix=f"work on a copy: {name} = {name}.copy() before the first write of a step",
        )


class _Loop:
    """The steps of one loop."""

    def __init__(self, step: Any, items: Any, constants: tuple) -> None:
        self.step, self.items, self.constants = step, items, constants
        self.key: Any = None  # the signature of the step before, and what was generated for it
        self.known: Any = None
        self.items_bar: Any = None
        self.bars: list[Any] = [None] * (1 + len(constants))  # of the step, and of the constants

    def arguments(self, k: int, state: tuple) -> tuple:
        return self.items[k], *state, *self.constants

    def advanced(self, state: tuple, begin: int, end: int) -> tuple:
        step, items, constants = self.step, self.items, self.constants
        for k in range(begin, end):
            state = step(items[k], *state, *constants)
        return state

    def pulled(self, state: tuple, steps: int | None) -> Pulled:
        count = len(self.items)
        free = (steps or usual_steps(count)) - 1
        kept = [Kept(0, state, free)]
        with unchanged(self.items, state, self.constants):
            extend(kept, count, self.advanced)
            value = self.advanced(kept[-1].state, kept[-1].at, count)
        before = fingerprint(value)
        waiting = [kept]  # for the first pullback, which drops them; another one starts from the first state

        def full(y_bar: Any) -> Parts:
            states = waiting.pop() if waiting else [Kept(0, state, free)]
            self.items_bar, self.bars = None, [None] * (1 + len(self.constants))
            again: list[Any] = []
            state_bar = self.reversed(states, y_bar, again)
            if again and not alike(again[0], before):
                raise changed(self.step)
            return Parts(None, (self.bars[0], None, self.items_bar, state_bar, *self.bars[1:]), {})

        return value, full

    def reversed(self, kept: list[Kept], bar: Any, again: list[Any]) -> Any:
        """The cotangent of the first state; what the last step gives now goes into `again`."""
        for k in reversed(range(len(self.items))):
            while kept[-1].at > k:
                kept.pop()
            extend(kept, k + 1, self.advanced)
            state = self.advanced(kept[-1].state, kept[-1].at, k)
            args = self.arguments(k, state)
            value, back = self.pulled_step(args)
            if not again:
                again.append(fingerprint(value))
            bar = self.collected(k, state, back(bar)) if bar is not None else None
        return bar

    def pulled_step(self, args: tuple) -> Pulled:
        key = signature(args, {})
        if key is None or key != self.key:
            self.key, self.known = key, self.made(args)
        made = self.known
        if made is None:
            return self.step(*args), lambda bar: Parts(None, (None,) * len(args), {})
        value, back = pulling.lent[0].runs(made.function)(*args)
        return value, lambda bar: made.parts(back(bar))

    def made(self, args: tuple) -> Any:
        """The generated value and pullback of a step; refused where a step changes what it is given."""
        made = pulling.lent[0].generate(self.step, args, {}, tuple(range(len(args))))
        if made is not None:
            refuse(vars(made.function)["__diffpy_changed__"])
        return made

    def collected(self, k: int, state: tuple, parts: Parts) -> Any:
        """Cotangents of a step: those of what all steps share are added up, those of its state handed on."""
        item_bar, rest = parts.args[0], parts.args[1:]
        if item_bar is not None and not isinstance(self.items, range):
            items_bar = self.items_bar
            self.items_bar = accumulate_item(items_bar, self.items, k, item_bar)
        shared = (parts.callee, *rest[len(state) :])
        self.bars = list(map(add_tangents, self.bars, shared))
        own = rest[: len(state)]
        return None if all(one is None for one in own) else own


# The schedule


class Kept:
    """A state, the step that it is the state before, and how many states may be kept behind it."""

    __slots__ = ("at", "free", "state")

    def __init__(self, at: int, state: Any, free: int) -> None:
        self.at, self.state, self.free = at, state, free


def extend(kept: list[Kept], end: int, advanced: Advance) -> None:
    """Keep further states on the way from the last one kept to the step before `end`."""
    while end - kept[-1].at > 1 and kept[-1].free > 0:
        last = kept[-1]
        at = last.at + first_part(end - last.at, last.free + 1)
        kept.append(Kept(at, advanced(last.state, last.at, at), last.free - 1))


def first_part(count: int, slots: int) -> int:
    """How many of `count` steps to run before the next state is kept, with `slots` states, that of now included.

    The number of runs is then the least possible (Griewank and Walther, 2000, proposition 1).
    """
    rounds = 0
    while math.comb(slots + rounds, slots) < count:
        rounds += 1
    before = math.comb(slots + rounds - 2, slots) if rounds >= 2 else 1
    return max(before, count - math.comb(slots - 1 + rounds, slots - 1), 1)


def usual_steps(count: int) -> int:
    """States kept where nothing is said: a few times log2 of the steps, for which each runs three or four times more."""
    return max(8, 4 * count.bit_length())
