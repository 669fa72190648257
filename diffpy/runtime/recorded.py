"""Tangents that stand for all tangents: each step of a run with them is noted, and the notes are gone through backwards.

A recorded tangent holds no numbers of its own but the cotangent that gathers there on the way back. That of an array
is a buffer laid out like the array, of which views are views; that of a number is an array without axes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token
from threading import RLock
from typing import Any

import numpy as np

from diffpy.errors import DifferentiationError, UnsupportedSyntaxError
from diffpy.runtime.arrays import is_of, unbroadcast
from diffpy.runtime.buffers import only_last
from diffpy.runtime.structures import zero_tangent
from diffpy.runtime.tangent_vectors import TangentVector, map_tangents

Step = Callable[[], None]
_LOCK = RLock()  # the buffers of a record serve one way back at a time; a step may run another record
_HERE: ContextVar[Record | None] = ContextVar("record", default=None)


def here() -> Record | None:
    """The record that the program runs with, if any."""
    return _HERE.get()


class unrecorded:
    """with unrecorded(): a run with numbers for tangents, wherever it stands."""

    def __enter__(self) -> None:
        self._before: Token = _HERE.set(None)

    def __exit__(self, *error: object) -> None:
        _HERE.reset(self._before)


class Record:
    """The steps of a run, in order."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.zeros: list[np.ndarray] = []  # buffers that no step empties
        self.members: dict[int, tuple[Any, Any]] = {}  # objects that sets hold, and their tangents
        self.ending: list[tuple[str, Any]] = []  # generators that do something when they are closed
        self.given: list[tuple[Any, Any]] = []  # of each argument a zero tangent, and the recorded one

    def __enter__(self) -> Record:
        self._before = _HERE.set(self)
        return self

    def __exit__(self, kind: object, error: BaseException | None, *trace: object) -> None:
        _HERE.reset(self._before)
        if error is not None and isinstance(error.__cause__, DifferentiationError):
            raise error.__cause__ from None  # NumPy's own words for a tangent that gave it no number
        for name, source in self.ending if error is None else ():
            if source.taken and getattr(source.items, "gi_frame", None) is not None:
                raise _left_early(name)

    def zero(self, x: Any) -> Recorded:
        """The tangent of an array or a number that is made here: nothing flows in yet."""
        bar = np.zeros_like(x) if isinstance(x, np.ndarray) else np.zeros((), getattr(x, "dtype", type(x)))
        self.zeros.append(bar)
        return Recorded(bar, self, not isinstance(x, np.ndarray))

    def tangent(self, x: Any) -> Any:
        """The tangent of an argument."""
        zero = zero_tangent(x)
        found = map_tangents(self.zero, zero)
        self.given.append((zero, found))
        return map_tangents(lambda leaf: leaf, found)  # in containers of its own: the program may change them

    def gradient(self, value_dot: Any, seed: Any) -> Any:
        """The gradients in the arguments: a tuple, bare for one."""
        return self.pullback(value_dot)(seed)

    def pullback(self, value_dot: Any) -> Callable[[Any], Any]:
        """The way back, for a cotangent of the result."""

        def pullback(seed: Any) -> Any:
            with _LOCK:
                flow(seed, value_dot)
                for step in reversed(self.steps):
                    step()
                found = [map_tangents(_gathered, zero, dot) for zero, dot in self.given]
                for bar in self.zeros:
                    bar[...] = 0
            return found[0] if len(found) == 1 else tuple(found)

        return pullback


def check_ended(name: str, source: Any) -> None:
    """Have a generator that does something when it is closed run to its end."""
    record = here()
    if record is None:
        raise _left_early(name)
    record.ending.append((name, source))


def _left_early(name: str) -> UnsupportedSyntaxError:
    return UnsupportedSyntaxError(
        f"the generator function '{name}' does something when it is closed, and may be left before its end",
        because="Python closes it where nobody holds it any more, and its derivative holds it to the end",
        fix="close it where the loop ends: it.close(); or build and return a list",
    )


def lost(because: str) -> UnsupportedSyntaxError:
    return UnsupportedSyntaxError(
        "an object that changes was followed by its tangents, and lost",
        because=because,
        fix="build new values instead of changing objects where functions that are not known call each other",
    )


def _writeable(view: np.ndarray) -> np.ndarray:
    view = view.view()
    try:
        view.flags.writeable = True
    except ValueError:
        raise lost("the elements of a view overlap, and would share what gathers there") from None
    return view


def check_zero(dot: Any) -> None:
    """Beside recorded tangents, one with numbers in it is zero, or comes from elsewhere."""
    if np.any(dot):
        raise lost("a tangent that was computed met one that is recorded")


def _gathered(leaf: Any, dot: Recorded) -> Any:
    bar = dot.bar
    return bar.copy() if isinstance(leaf, np.ndarray) else type(leaf)(bar[()])


def flow(bar: Any, dot: Any) -> None:
    """Hand a cotangent to the recorded tangents of its value."""
    if bar is None or dot is None:
        return
    if isinstance(dot, Recorded):
        dot.take(bar)
    elif isinstance(dot, TangentVector):
        for name, one in vars(dot).items():
            flow(vars(bar)[name], one)
    elif isinstance(dot, dict):
        for key, one in dot.items():
            flow(bar.get(key), one)
    elif isinstance(dot, list | tuple):
        for one, part in zip(dot, bar, strict=True):
            flow(part, one)
    elif isinstance(dot, float | int | complex | np.ndarray | np.generic):
        check_zero(dot)
    else:
        raise lost(f"a tangent is held by an object of class '{type(dot).__name__}'")


class Recorded:
    """The tangent of an array or a number in a run that is recorded."""

    __slots__ = ("bar", "is_number", "record")
    __array_priority__ = 1000.0

    def __init__(self, bar: np.ndarray, record: Record, is_number: bool = False) -> None:
        if not bar.flags.writeable:  # NumPy gives some views to be read alone
            bar = _writeable(bar)
        self.bar, self.record, self.is_number = bar, record, is_number

    __diffpy_buffer__ = True
    shape = property(lambda self: self.bar.shape)
    ndim = property(lambda self: self.bar.ndim)
    size = property(lambda self: self.bar.size)
    dtype = property(lambda self: self.bar.dtype)

    def __repr__(self) -> str:
        return f"<recorded tangent of shape {self.shape}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise lost(f"'{name}' of a tangent is read, which has no numbers")

    def take(self, bar: Any) -> None:
        """Add what flows here."""
        if self.is_number and type(bar) is np.ndarray and bar.shape == () and bar.dtype == self.bar.dtype:
            self.bar += bar
            return
        bar = unbroadcast(bar, self.shape)
        if self.bar.dtype.kind != "c" and np.iscomplexobj(bar):
            bar = np.real(bar)
        place = self.bar
        spread = [k for k, step in enumerate(place.strides) if step == 0 and place.shape[k] > 1]
        if spread:  # many elements in one place
            bar = np.sum(bar, axis=tuple(spread), keepdims=True)
            place = place[tuple(slice(1) if k in spread else slice(None) for k in range(place.ndim))]
        place += bar

    def derived(
        self, shape: tuple[int, ...], dtype: Any, back: Callable[[np.ndarray], None], like: Any = None
    ) -> Recorded:
        """A tangent that is computed from others: what gathers there goes back to them.

        It is laid out in memory like the array given, if any: views of its value are to be views of it.
        """
        if np.dtype(dtype).names is not None:
            raise lost("records of a structured array are read as a whole")
        is_usual = like is None or like.flags.c_contiguous or like.shape != shape
        found = Recorded(
            np.zeros(shape, dtype) if is_usual else np.zeros_like(like, dtype), self.record, not shape
        )

        def step() -> None:
            if found.bar.any():
                bar = found.bar.copy()
                found.bar[...] = 0
                back(bar)

        self.record.steps.append(step)
        return found

    def settled(self, y: Any) -> Any:
        """The same in the form of its value."""
        if isinstance(y, np.ndarray) and (self.shape != y.shape or self.is_number):
            return self.derived(y.shape, y.dtype, self.take)
        return self

    def copy(self) -> Recorded:
        return self.derived(self.shape, self.dtype, self.take)

    __copy__ = copy

    def __deepcopy__(self, memo: dict) -> Recorded:
        return memo.setdefault(id(self), self if self.is_number else self.copy())

    __diffpy_copied__ = __deepcopy__

    # Sums and multiples

    def _beside(self, other: Any) -> tuple[tuple[int, ...], Any]:
        """The shape and the type of a result; those of a tangent that has them already, without a search."""
        shape, dtype = self.bar.shape, self.bar.dtype
        there = () if type(other) is float else other.shape if hasattr(other, "shape") else np.shape(other)
        if there != shape and there != ():
            shape = np.broadcast_shapes(shape, there)
        is_weak = type(other) is float and dtype.kind in "fc"
        if not is_weak and not is_of(other, dtype):
            dtype = np.result_type(_sample(self), _sample(other))
        return shape, dtype

    def _laid_out_as(self, other: Any) -> Any:
        """The operand that a result is laid out in memory like."""
        other = other.bar if isinstance(other, Recorded) else other
        is_spread = isinstance(other, np.ndarray) and other.ndim > self.bar.ndim
        return other if is_spread else self.bar

    def _plus(self, other: Any, own: int, others: int) -> Recorded:
        def back(bar: np.ndarray) -> None:
            self.take(bar if own == 1 else -bar)
            if isinstance(other, Recorded):
                other.take(bar if others == 1 else -bar)

        if not isinstance(other, Recorded):
            check_zero(other)
        return self.derived(*self._beside(other), back, self._laid_out_as(other))

    def __add__(self, other: Any) -> Recorded:
        return self._plus(other, 1, 1)

    def __radd__(self, other: Any) -> Recorded:
        return self._plus(other, 1, 1)

    def __sub__(self, other: Any) -> Recorded:
        return self._plus(other, 1, -1)

    def __rsub__(self, other: Any) -> Recorded:
        return self._plus(other, -1, 1)

    def __neg__(self) -> Recorded:
        return self._plus(0.0, -1, 1)

    def __mul__(self, factor: Any) -> Recorded:
        factor = _held(factor)
        return self.derived(
            *self._beside(factor), lambda bar: self.take(np.conj(factor) * bar), self._laid_out_as(factor)
        )

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> Recorded:
        divisor = _held(divisor)
        return self.derived(
            *self._beside(divisor), lambda bar: self.take(bar / np.conj(divisor)), self._laid_out_as(divisor)
        )

    # Changes in place; numbers never change

    def __iadd__(self, other: Any) -> Recorded:
        return self._changed(other, 1) if not self.is_number else self + other

    def __isub__(self, other: Any) -> Recorded:
        return self._changed(other, -1) if not self.is_number else self - other

    def _changed(self, other: Any, sign: int) -> Recorded:
        if isinstance(other, Recorded):
            self.record.steps.append(lambda: other.take(sign * self.bar))
        else:
            check_zero(other)
        return self

    def __imul__(self, factor: Any) -> Recorded:
        return self._scaled(np.multiply, factor) if not self.is_number else self * factor

    def __itruediv__(self, divisor: Any) -> Recorded:
        return self._scaled(np.divide, divisor) if not self.is_number else self / divisor

    def _scaled(self, scale: np.ufunc, factor: Any) -> Recorded:
        factor = np.conj(_held(factor))

        def step() -> None:
            scale(self.bar, factor, out=self.bar)

        self.record.steps.append(step)
        return self

    # Items

    def __len__(self) -> int:
        return len(self.bar)

    def __iter__(self) -> Any:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, key: Any) -> Recorded:
        part = self.bar[key]
        if isinstance(part, np.ndarray) and np.may_share_memory(part, self.bar):
            return Recorded(part, self.record)
        key = _held_key(key)
        return self.derived(part.shape, self.dtype, lambda bar: np.add.at(self.bar, key, bar), part)

    def __setitem__(self, key: Any, value: Any) -> None:
        key = _held_key(key)
        is_fancy = any(isinstance(one, np.ndarray) for one in (key if isinstance(key, tuple) else (key,)))

        def step() -> None:
            part = np.array(self.bar[key])
            part = only_last(part, self.bar, key) if is_fancy else part
            self.bar[key] = 0  # before the value takes it: that may be a view of the same array
            if isinstance(value, Recorded):
                value.take(part)

        if not isinstance(value, Recorded):
            check_zero(value)
        self.record.steps.append(step)

    def fill(self, value: Any) -> None:
        self[...] = value

    @property
    def flat(self) -> Flat:
        line = self.bar.reshape(-1)
        if not np.may_share_memory(line, self.bar):
            raise lost("'flat' of a tangent is read whose array runs through memory in another order")
        return Flat(line, self.record)

    # What NumPy asks

    def __array__(self, *args: Any, **keywords: Any) -> Any:
        raise lost("a function computes with the numbers of a tangent, which has none")

    def __float__(self) -> float:
        return self.__array__()

    def __bool__(self) -> bool:
        return self.__array__()

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, out: Any = None, **named: Any) -> Any:
        operator = _OPERATORS.get(ufunc) if method == "__call__" and not named else None
        if operator is None and method == "at" and ufunc is np.add and args[0] is self:
            return self._added_at(*args[1:])
        if operator is None:
            return self.__array__()
        if out is None:
            return operator(*args)
        if not isinstance(out[0], Recorded):
            return self.__array__()
        out[0][...] = operator(*args)
        return out[0]

    def _added_at(self, key: Any, value: Any) -> None:
        key = _held_key(key)
        if isinstance(value, Recorded):
            self.record.steps.append(lambda: value.take(self.bar[key]))
        else:
            check_zero(value)

    def __array_function__(self, function: Any, types: Any, args: tuple, named: dict) -> Any:
        if function in (np.shape, np.ndim, np.size):
            return function(args[0].bar, *args[1:], **named)
        return self.__array__()


class Flat(Recorded):
    """The elements one after another. What is read of them is no view, as of `flat` itself."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Recorded:
        found = super().__getitem__(key)
        return found if found.is_number else found.copy()

    def __setitem__(self, key: Any, value: Any) -> None:
        if np.shape(value) not in ((), self.bar[key].shape):
            raise lost("'flat' of a tangent takes other elements in another shape")
        super().__setitem__(key, value)


def _added(a: Any, b: Any) -> Any:
    return a + b if isinstance(a, Recorded) else b.__radd__(a)


def _subtracted(a: Any, b: Any) -> Any:
    return a - b if isinstance(a, Recorded) else b.__rsub__(a)


def _multiplied(a: Any, b: Any) -> Any:
    return a * b if isinstance(a, Recorded) else b * a


_OPERATORS: dict[Any, Callable[..., Any]] = {
    np.add: _added,
    np.subtract: _subtracted,
    np.multiply: _multiplied,
    np.divide: lambda a, b: a / b,
    np.negative: lambda a: -a,
}


def _sample(x: Any) -> Any:
    """Something of the type; Python's own numbers take on that of an array."""
    if isinstance(x, Recorded):
        return x.dtype if not x.is_number or x.dtype not in (float, complex) else x.dtype.type(0).item()
    return getattr(x, "dtype", x)


def _held(factor: Any) -> Any:
    """A factor as it is now."""
    if isinstance(factor, Recorded):
        return factor.__array__()
    return factor.copy() if isinstance(factor, np.ndarray) else factor


def _held_key(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(map(_held_key, key))
    return np.array(key) if isinstance(key, list | np.ndarray) else key
