"""Each row of the table against differences: pullback, tangent, linearity, structure and type."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from rule_samples import SAMPLES, Sample

from diffpy.rules import TABLE
from diffpy.rules.table import Row, evaluate, resolve
from diffpy.runtime.arrays import unbroadcast

H = 4e-4


def is_of_real_results(sample: Sample) -> bool:
    """Whether test_complex leaves the call to this file: NumPy 2.5 has complex eigenvalues of any matrix."""
    if not sample.name.startswith("numpy.linalg.eig"):
        return True
    return not np.iscomplexobj(resolve(sample.name)(*sample.args, **sample.keywords)[0])


REAL = [sample for sample in SAMPLES if is_of_real_results(sample)]


def is_real(x: Any) -> bool:
    return isinstance(x, float) or (isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind == "f")


def leaves(x: Any) -> Iterator[Any]:
    """The real numbers and arrays in a structure, left to right."""
    if isinstance(x, (list, tuple)):
        for one in x:
            yield from leaves(one)
    elif is_real(x):
        yield x


def mapped(function: Any, x: Any, *others: Any) -> Any:
    """x with function(leaf, ...) for each real leaf; anything else as it is."""
    if isinstance(x, (list, tuple)):
        parts = [mapped(function, *each) for each in zip(x, *others, strict=True)]
        return tuple(parts) if isinstance(x, tuple) else parts
    return function(x, *others) if is_real(x) else x


def like(x: Any, random: np.random.Generator) -> Any:
    """Random numbers in the structure, shapes and types of x."""
    return mapped(
        lambda leaf: (
            np.asarray(random.standard_normal(leaf.shape), leaf.dtype)[()]
            if hasattr(leaf, "dtype")
            else random.standard_normal()
        ),
        x,
    )


def dot(x: Any, y: Any) -> float:
    return float(sum(np.sum(np.asarray(a, float) * b) for a, b in zip(leaves(x), leaves(y), strict=True)))


class Call:
    """A sample bound to its row."""

    def __init__(self, sample: Sample, round_to: Any = None) -> None:
        self.function = resolve(sample.name)
        row = TABLE.find(self.function)
        assert row is not None, f"{sample.name} has no row"
        self.row: Row = row
        self.bound = row.bind(sample.args, sample.keywords)
        if round_to is not None:
            for name, value in self.bound.arguments.items():
                self.bound.arguments[name] = mapped(
                    lambda leaf: leaf.astype(round_to) if hasattr(leaf, "dtype") else leaf, value
                )
        self.given = set(self.bound.arguments)
        self.y = self.run({})
        self.bound.apply_defaults()

    def active(self) -> list[str]:
        return [
            name
            for name in self.row.pullbacks
            if name in self.given and list(leaves(self.bound.arguments[name]))
        ]

    def run(self, changed: dict[str, Any]) -> Any:
        """The operation with some arguments changed."""
        arguments = inspect.BoundArguments(
            self.row.signature,
            {
                name: changed.get(name, value)
                for name, value in self.bound.arguments.items()
                if name in self.given
            },
        )
        return self.function(*arguments.args, **arguments.kwargs)

    def pullback(self, name: str, d: Any) -> Any:
        result = evaluate(self.row.pullbacks[name], self.bound.arguments, d=d, y=self.y)
        if self.row.family == "elementwise":
            return unbroadcast(result, np.shape(self.bound.arguments[name]))
        return result

    def tangent(self, name: str, d: Any) -> Any:
        return evaluate(self.row.tangents[name], self.bound.arguments, d=d, y=self.y)

    def difference(self, name: str, direction: Any) -> Any:
        """The derivative of the operation along a direction, by five points."""

        def at(t: float) -> Any:
            return self.run({name: mapped(lambda x, v: x + t * v, self.bound.arguments[name], direction)})

        return mapped(
            lambda _, a, b, c, e: (8 * (b - c) - (a - e)) / (12 * H),
            self.y,
            at(2 * H),
            at(H),
            at(-H),
            at(-2 * H),
        )


def assert_close(found: Any, expected: Any, scale: float, tolerance: float = 2e-8) -> None:
    assert abs(found - expected) <= tolerance * max(1.0, scale, abs(expected)), (found, expected)


@pytest.fixture(autouse=True)
def _quiet_zero_division():
    with np.errstate(all="raise", under="ignore"):
        yield


@pytest.mark.parametrize("sample", REAL, ids=str)
def test_pullback(sample: Sample) -> None:
    random = np.random.default_rng(1)
    operation = Call(sample)
    d = like(operation.y, random)
    assert operation.active()
    for name in operation.active():
        x = operation.bound.arguments[name]
        result = operation.pullback(name, d)
        mapped(lambda leaf, part: np.testing.assert_equal(np.shape(part), np.shape(leaf)), x, result)
        for _ in range(3):
            v = like(x, random)
            expected = dot(d, operation.difference(name, v))
            scale = dot(mapped(abs, result), mapped(abs, v))
            assert_close(dot(mapped(lambda _, part: part + 0.0, x, result), v), expected, scale)


@pytest.mark.parametrize("sample", REAL, ids=str)
def test_tangent(sample: Sample) -> None:
    random = np.random.default_rng(2)
    operation = Call(sample)
    for name in operation.active():
        v = like(operation.bound.arguments[name], random)
        if operation.row.family == "linear":
            others = {
                one: mapped(lambda leaf: 0.0 * leaf, operation.bound.arguments[one])
                for one in operation.active()
            }
            found = operation.run({**others, name: v})
        elif name in operation.row.tangents:
            found = operation.tangent(name, v)
        else:
            continue
        for a, b in zip(leaves(found), leaves(operation.difference(name, v)), strict=True):
            np.testing.assert_allclose(np.broadcast_to(a, np.shape(b)), b, rtol=2e-8, atol=2e-8)


@pytest.mark.parametrize("sample", REAL, ids=str)
def test_linear_in_the_cotangent(sample: Sample) -> None:
    random = np.random.default_rng(3)
    operation = Call(sample)
    one, other = like(operation.y, random), like(operation.y, random)
    both = mapped(lambda a, b: 2 * a + b, one, other)
    for name in operation.active():
        parts = [operation.pullback(name, d) for d in (both, one, other)]
        mapped(
            lambda _, c, a, b: np.testing.assert_allclose(c, 2 * a + b, rtol=1e-9, atol=1e-12),
            operation.bound.arguments[name],
            *parts,
        )


@pytest.mark.parametrize("sample", [one for one in REAL if not one.name.startswith("math.")], ids=str)
def test_float32_stays_float32(sample: Sample) -> None:
    random = np.random.default_rng(4)
    operation, exact = Call(sample, np.float32), Call(sample)
    if any(one.dtype != np.float32 for one in leaves(operation.y) if hasattr(one, "dtype")):
        return
    d = like(operation.y, random)
    for name in operation.active():
        result = operation.pullback(name, d)
        for leaf, part, whole in zip(
            leaves(operation.bound.arguments[name]),
            leaves(result),
            leaves(exact.pullback(name, d)),
            strict=True,
        ):
            if hasattr(leaf, "dtype"):
                assert part.dtype == np.float32
            np.testing.assert_allclose(part, whole, rtol=2e-3, atol=2e-3)
