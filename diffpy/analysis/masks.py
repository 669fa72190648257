"""Masks: which elements of a value count. Conditions by their text in, sets of ways for all of them to hold out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from diffpy.analysis.kinds import Array, Dim, Kind, Scalar, surely_not_one


class Test(NamedTuple):
    """A condition that holds, or one that does not."""

    condition: str
    holds: bool


# Elements count where all tests of one of the sets come true.
Mask = frozenset[frozenset[Test]]
EVERYWHERE: Mask = frozenset({frozenset()})
NOWHERE: Mask = frozenset()

Dims = tuple[Dim, ...]


class Condition(NamedTuple):
    """What the text of a condition reads, and its axes, if they are known."""

    names: tuple[str, ...]
    dims: Dims | None


class Conditions:
    """The conditions of one function, by their texts."""

    def __init__(self) -> None:
        self.known: dict[str, Condition] = {}

    def beside(self, mask: Mask, test: Test, names: tuple[str, ...], kind: Kind) -> Mask:
        """A mask, and a condition beside, which reads names and is laid out like a value of a kind."""
        self.known[test.condition] = Condition(names, dims_of(kind))
        return frozenset(tests | {test} for tests in mask)

    def of_numbers(self, mask: Mask) -> Mask:
        """What is left of a mask where elements are mixed: conditions that are numbers."""
        return frozenset(frozenset(t for t in tests if self.dims(t) == ()) for tests in mask)

    def in_form(self, mask: Mask, dims: Dims | None, form: str, x: str, kind: Kind) -> Mask:
        """A mask of a value as one of x, which has the same elements in another form; `dims` are the value's."""
        kept = (frozenset(t for t in tests if self.dims(t) == () or self.fits(t, dims)) for tests in mask)
        return frozenset(frozenset(self.turned(t, form, x, kind) for t in tests) for tests in kept)

    def turned(self, test: Test, form: str, x: str, kind: Kind) -> Test:
        if self.dims(test) == ():
            return test
        names = self.known[test.condition].names
        condition = test.condition if test.condition in names else f"({test.condition})"
        text = form.format(c=condition, x=x)
        self.known[text] = Condition((*names, x), dims_of(kind))
        return Test(text, test.holds)

    def dims(self, test: Test) -> Dims | None:
        return self.known[test.condition].dims

    def fits(self, test: Test, dims: Dims | None) -> bool:
        """Whether a condition has an element for each of a value's."""
        own = self.dims(test)
        return own is not None and dims is not None and len(own) == len(dims) and all(map(_agree, own, dims))

    def covers(self, test: Test, dims: Dims | None) -> bool:
        """Whether a condition is spread over a value where they meet."""
        own = self.dims(test)
        if own is None or dims is None or len(own) > len(dims):
            return False
        met = zip(reversed(own), reversed(dims), strict=False)
        return all(one == 1 or _agree(one, other) for one, other in met)


def simplest(ways: Iterable[frozenset[Test]]) -> Mask:
    """Without ways that say no more than others, and without a condition that may as well not hold."""
    kept = {*ways}
    for tests in [*kept]:
        for test in tests:
            if (tests - {test}) | {test._replace(holds=not test.holds)} in kept:
                kept.add(tests - {test})
    return frozenset(one for one in kept if not any(other < one for other in kept))


def dims_of(kind: Kind) -> Dims | None:
    if isinstance(kind, Scalar):
        return ()
    return kind.dims if isinstance(kind, Array) else None


def _agree(one: Dim, other: Dim) -> bool:
    """Whether two axes that meet are of one size: NumPy demands it of axes that are not of size 1."""
    return one == other or (surely_not_one(one) and surely_not_one(other))
