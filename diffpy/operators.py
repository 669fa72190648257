"""The operators: gradient, pullback and their kin, as functions of a function or at a point."""

from __future__ import annotations

import os
import types
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

from diffpy import answering, derive, traces
from diffpy.arguments import Getter, Layout, check_at, check_threads, getter, layout, wanted, with_derivatives
from diffpy.backends import devices
from diffpy.backends.devices import Device
from diffpy.derive import Derived
from diffpy.errors import DifferentiationError, DifferentiationTypeError
from diffpy.export_files import Plan, check, text_of, write
from diffpy.functions import captured_by
from diffpy.parameters import argument_kinds, argument_values
from diffpy.placing import Outermost, placed, text_on_device
from diffpy.recording_instead import or_recorded
from diffpy.request import Request
from diffpy.runtime import by_rules, carrying
from diffpy.runtime.boundary import check_cotangent, own
from diffpy.runtime.device_trees import deciding, with_numbers
from diffpy.runtime.pairing import stands_for
from diffpy.runtime.pulling import Parts
from diffpy.runtime.signatures import PLAIN, signature, spelled
from diffpy.runtime.standing import Chosen, Standing
from diffpy.runtime.structures import describe, zero_tangent
from diffpy.runtime.tangents import item_of
from diffpy.targets import Target, target_of, usual_call, written_call
from diffpy.transforms.another import for_another

if TYPE_CHECKING:
    from diffpy import compiling, fusing

_MISSING: Any = object()


def gradient(
    *,
    of: Callable[..., Any],
    at: Any = _MISSING,
    wrt: Any = None,
    aux: bool = False,
    result: Any = None,
    compile: bool = False,
    fast_math: bool = False,
    threads: int = 1,
) -> Any:
    """The gradient of a real scalar function.

    Args:
        of: a plain Python function with a float (or an array of size one) as result.
        at: the point; a tuple is the argument list. Without it a function of f's arguments comes back.
        wrt: names or positions of arguments, one or a tuple; left out: every argument given by position.
        aux: f returns (value, more); the result is (gradient, more).
        result: the result is what f leaves in this argument (or in these); what it returns is left out.
        compile: loops over numbers and arrays run as machine code, where llvmlite is installed; what it cannot do runs as
            the plain text, and `compiled_report()` says why. The first call with arguments of new kinds compiles.
        fast_math: machine code may also reorder sums, and take for granted that no number is infinite or NaN.
        threads: with compile=True: how many may share the rounds of long loops that do not need one another.

    Returns:
        One gradient an argument, in the argument's structure, shapes and dtypes; bare for one argument.
        For complex arguments it is dL/dRe + i dL/dIm, the direction of steepest ascent.

    Raises:
        DifferentiationError: what cannot be differentiated, with the line and what to write instead.

    >>> gradient(of=lambda x, y: x ** 2 * y + y + 2)(3.0, 4.0)
    (24.0, 10.0)
    """
    return _operator(Gradient, of, at, wrt, aux, result, compile, fast_math, threads)


def value_with_gradient(
    *,
    of: Callable[..., Any],
    at: Any = _MISSING,
    wrt: Any = None,
    aux: bool = False,
    result: Any = None,
    compile: bool = False,
    fast_math: bool = False,
    threads: int = 1,
) -> Any:
    """The value of a real scalar function and its gradient, from one run of the function.

    Arguments are those of `gradient`; the result is (value, gradient), with aux=True ((value, more), gradient).

    >>> value_with_gradient(at=3.0, of=lambda x: x * x)
    (9.0, 6.0)
    """
    return _operator(ValueWithGradient, of, at, wrt, aux, result, compile, fast_math, threads)


def pullback(*, of: Callable[..., Any], at: Any = _MISSING, wrt: Any = None, result: Any = None) -> Any:
    """The pullback of a function: a linear map from the result's cotangent to the arguments'.

    >>> pullback(at=3.0, of=lambda x: x * x)(10.0)
    60.0
    """
    return _operator(Pullback, of, at, wrt, False, result)


def value_with_pullback(
    *, of: Callable[..., Any], at: Any = _MISSING, wrt: Any = None, result: Any = None
) -> Any:
    """The value of a function and its pullback, from one run of the function.

    >>> value, back = value_with_pullback(at=3.0, of=lambda x: x * x)
    >>> value, back(1.0)
    (9.0, 6.0)
    """
    return _operator(ValueWithPullback, of, at, wrt, False, result)


def _operator(kind: type[Operator], of: Any, at: Any, wrt: Any, aux: bool, result: Any, *compile: Any) -> Any:
    if not callable(of):
        with traces.pointing():
            raise DifferentiationTypeError(
                f"of= needs a function; what was given {describe(of)}",
                because="only functions have derivatives",
                fix="gradient(of=f)",
            )
    if wrt is None and type(of) is not types.FunctionType and hasattr(type(of), "__diffpy_function__"):
        wrt = of.wrt
    check_threads(*compile)
    made = kind(of, wrt, aux, result, *compile)
    if at is _MISSING:
        return made
    args = at if type(at) is tuple else (at,)
    with traces.pointing():
        check_at(of, at, args)
    return made(*args)


Finish = Callable[[Any, tuple, dict[str, Any]], Any]


class Entry(NamedTuple):
    """A derivative for one signature: whether it is up to date, what to call, what to make of what that returns."""

    holds: Callable[[], bool]
    made: Callable[..., Any]
    finish: Finish


def as_found(found: Any, args: tuple, keywords: dict[str, Any]) -> Any:
    """What the generated text returned, as it is."""
    return found


Quick = tuple[Callable[[tuple], bool], Callable[..., Any], Finish]


def quick(kinds: tuple[type, ...], holds: Callable[[], bool]) -> Callable[[tuple], bool]:
    """A test whether arguments are of these kinds, and all else is what it was: the last call is told at once."""
    tests = [
        f"len(args) == {len(kinds)}",
        *(f"type(args[{n}]) is k{n}" for n in range(len(kinds))),
        "holds()",
    ]
    given = ", ".join(["args", "holds", *(f"k{n}" for n in range(len(kinds)))])
    return types.FunctionType(_quick_code(given, " and ".join(tests)), {}, None, (holds, *kinds))


@lru_cache(maxsize=64)
def _quick_code(given: str, tests: str) -> types.CodeType:
    code: types.CodeType = eval(f"lambda {given}: {tests}", {}).__code__
    return code


def _never(*args: Any) -> Any:
    """No call was answered before."""
    return False


class Entries:
    """The derivatives of one operator by signature; `plain` by the types of positional numbers alone."""

    def __init__(self) -> None:
        self.every: dict[Hashable, Entry] = {}
        self.plain: dict[tuple[type, ...], Quick] = {}
        self.outcomes: dict[Hashable, tuple[str, compiling.Outcome | fusing.Outcome]] = {}

    def add(self, key: Hashable, entry: Entry) -> None:
        if len(self.every) >= 256:
            self.every.clear()
            self.plain.clear()
            self.outcomes.clear()
        self.every[key] = entry


# Operators are made again and again of one function: gradient(of=f)(x) in a loop.
_shared: dict[int, tuple[ref, dict[Hashable, Entries]]] = {}


def _entries(operator: Operator) -> Entries:
    """A function with cells may be in one of them, and entries hold cells: such an operator keeps its own."""
    function, wrt = operator.of, operator.wrt
    if type(function) is not types.FunctionType or function.__closure__ is not None:
        return Entries()
    if not all(one is None or type(one) in (str, int) for one in (wrt if type(wrt) is tuple else (wrt,))):
        return Entries()
    known = _shared.get(id(function))
    if known is None or known[0]() is not function:
        known = _shared[id(function)] = ref(function, partial(_forget, _shared, id(function))), {}
    asked = (wrt, operator.aux, operator.result, operator.compile, operator.fast_math, operator.threads)
    key = (type(operator), *asked, derive.left_out())
    return known[1].get(key) or known[1].setdefault(key, Entries())


def _forget(shared: dict[int, tuple[ref, dict[Hashable, Entries]]], number: int, dead: ref) -> None:
    """`shared` is handed on: when Python ends, the names of modules go before the last functions."""
    if number in shared and shared[number][0] is dead:
        del shared[number]


class Operator:
    """A derivative of one function, derived anew for each signature it is called with."""

    form, title = "gradient", "gradient"

    def __init__(
        self,
        of: Callable[..., Any],
        wrt: Any = None,
        aux: bool = False,
        result: Any = None,
        compile: bool = False,
        fast_math: bool = False,
        threads: int = 1,
    ) -> None:
        self.of, self.aux, self.compile, self.fast_math = of, aux, bool(compile), bool(fast_math)
        self.threads = threads
        self.wrt = tuple(wrt) if type(wrt) is list else wrt
        self.result = tuple(result) if type(result) is list else result
        self.__doc__ = of.__doc__
        self._entries = _entries(self)
        self._plain = self._entries.plain
        self._last: Quick = _never, _never, as_found
        self._calls: dict[Hashable, Target] | None = None

    @property
    def __diffpy_carries__(self) -> Any:
        """Where derivatives may flow on to: what the function has captured."""
        return [self.of]

    def __getattr__(self, name: str) -> Any:
        if name == "__wrapped__":
            return self.of
        if name in ("__name__", "__qualname__"):
            return getattr(self.of, name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {by_rules.name_of(self.of)}>"

    def __reduce__(self) -> Any:
        asked = (self.compile, self.fast_math, self.threads) if self.compile else ()
        return type(self), (self.of, self.wrt, self.aux, self.result, *asked)

    def __get__(self, owner: Any, cls: type | None = None) -> Any:
        return self if owner is None else types.MethodType(self, owner)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        try:
            is_for, made, finish = self._last
            if is_for(args) and not keywords:
                found = made(*args)
                return found if finish is as_found else finish(found, args, keywords)
            return self._answer(args, keywords)
        except DifferentiationError as error:
            traces.locate(error)
            raise
        except BaseException as error:
            traces.explain(error)
            raise

    def _answer(self, args: tuple, keywords: dict[str, Any]) -> Any:
        found = None if keywords else self._plain.get(tuple(map(type, args)))
        if found is not None and found[0](args):
            self._last = _, made, finish = found
            return finish(made(*args), args, keywords)
        target = None
        if type(self.of) is not types.FunctionType:
            target = self._target(args, keywords)
            args, keywords = target.whole(args, keywords)
        key = signature(args, keywords)
        entry = None if key is None else self._entries.every.get(key)
        if entry is None or not entry.holds():
            entry = self._enter(target or self._target(args, keywords), args, keywords, key)
        return entry.finish(entry.made(*args, **keywords), args, keywords)

    def _enter(self, target: Target, args: tuple, keywords: dict[str, Any], key: Hashable | None) -> Entry:
        device = self._device(target.function, args, keywords)
        if device is not None:
            return self._enter_on(device, target, args, keywords, key)
        asked = self._asked(target, args, keywords)
        wrapped = self._wrapping(asked)
        made = wrapped(asked.made)
        if self.compile and key is not None:
            made = self._compiled(asked, wrapped, args, keywords, key)
        if not _DISPATCHING.isdisjoint(_words(asked.made)):
            kinds, _ = argument_kinds(target.function, args, keywords)
            made = or_recorded(made, target.function, asked.found.request, kinds)
        entry = Entry(asked.found.watched(target.function), made, self._finish(asked))
        if key is not None and _defaults_are_plain(target.function):
            self._entries.add(key, entry)
            if not keywords and not target.before and all(map(PLAIN.__contains__, map(type, args))):
                of_types = tuple(map(type, args))
                self._plain[of_types] = quick(of_types, entry.holds), entry.made, entry.finish
        return entry

    def _wrapping(self, asked: Asked) -> compiling.Wrapped:
        """What makes of a generated function what an operator calls."""
        if self.result:
            return derive.on_copies
        if not asked.found.changed:
            return _as_it_is
        return partial(derive.on_copies, changed=derive.changed_arguments(asked.found))

    def _device(self, function: types.FunctionType, args: tuple, keywords: dict[str, Any]) -> Device | None:
        """Where a call runs: where its arrays are, or else where the program runs that calls it."""
        if not devices.present():
            return None
        given = {**captured_by(function), **argument_values(function, args, keywords)}
        return deciding(given) or devices.here()

    def _enter_on(
        self, device: Device, target: Target, args: tuple, keywords: dict[str, Any], key: Hashable | None
    ) -> Entry:
        """The same for a call that runs on a device."""
        asked = self._asked_on(device, target, args, keywords)
        outcome = None
        if self.compile and key is not None:
            from diffpy import fusing

            outcome = fusing.fused(asked.made, device)
            self._entries.outcomes[key] = ", ".join(map(spelled, args)), outcome
        made = self._running_on(device, asked, asked.made if outcome is None else outcome.made)
        entry = Entry(asked.found.watched(target.function), made, self._finish(asked))
        is_told = key is not None and devices.here() is None and not target.function.__closure__
        if is_told and _defaults_are_plain(target.function):
            self._entries.add(key, entry)
        return entry

    def _asked_on(self, device: Device, target: Target, args: tuple, keywords: dict[str, Any]) -> Asked:
        """What is asked, in the terms of the device."""
        numbers = {name: with_numbers(x) for name, x in keywords.items()}
        with devices.running_on(device):
            return self._asked(target, tuple(map(with_numbers, args)), numbers)

    def _running_on(self, device: Device, asked: Asked, function: types.FunctionType) -> Outermost:
        """A generated function as what an operator calls."""
        wrapped = self._wrapping(asked)
        return Outermost(wrapped(placed(function, device)), device)

    def _compiled(
        self, asked: Asked, wrapped: compiling.Wrapped, args: tuple, keywords: dict[str, Any], key: Hashable
    ) -> Callable[..., Any]:
        """The derivative as machine code where that can be."""
        from diffpy import compiling  # the compiler is read where it is asked for

        outcome = compiling.compiled(asked.made, wrapped, args, keywords, self.fast_math, self.threads)
        every = [*map(spelled, args), *(f"{name}={spelled(one)}" for name, one in keywords.items())]
        self._entries.outcomes[key] = ", ".join(every), outcome
        return outcome.made

    def compiled_report(self) -> str:
        """What compile=True has come to: a line for each kind of call, with the reason where it runs the plain text."""
        name = by_rules.name_of(self.of)
        lines = [f"{name}({given}): {outcome.told()}" for given, outcome in self._entries.outcomes.values()]
        return "\n".join(lines) or f"{name}: nothing was compiled yet"

    def compiled_source_for(self, *args: Any, **keywords: Any) -> str:
        """The loops that machine code is made of, as Python, for the kinds of these arguments; the plain text if none.

        For arrays on a device: the text with calls of kernels, and the kernels in CUDA C++ that these arguments take.
        """
        from diffpy import compiling, fusing

        with traces.pointing():
            target = self._target(args, keywords)
            args, keywords = target.whole(args, keywords)
            device = self._device(target.function, args, keywords)
            if device is not None:
                asked = self._asked_on(device, target, args, keywords)
                fused = fusing.fused(asked.made, device)
                # kernels are made where they are met
                self._running_on(device, asked, fused.made)(*args, **keywords)
                return fused.sources() or text_on_device(asked.made)
            asked = self._asked(target, args, keywords)
            outcome = compiling.compiled(asked.made, _as_it_is, args, keywords, self.fast_math, self.threads)
            return outcome.text or derive.text(asked.found)

    # What is asked

    def _target(self, args: tuple, keywords: dict[str, Any]) -> Target:
        target = target_of(self.of)
        if target is not None:
            return target
        self._calls = {} if self._calls is None else self._calls
        pattern = (len(args), *keywords)
        if pattern not in self._calls:
            self._calls[pattern] = written_call(self.of, len(args), keywords)
        return self._calls[pattern]

    def _asked(self, target: Target, args: tuple, keywords: dict[str, Any]) -> Asked:
        function = target.function
        kinds, values = argument_kinds(function, args, keywords)
        names = wanted(self.wrt, target, len(args))
        lively = with_derivatives(names, values, function, self.wrt is not None)
        found, made = derive.lookup(function, self._request(lively), kinds)
        getters = tuple(getter(n, function, len(args), values[n]) for n in lively)
        return Asked(found, made, layout(names, lively, self.wrt, target), getters)

    def _request(self, lively: tuple[str, ...]) -> Request:
        return Request(self.form, lively, aux=self.aux, result=self.result, copies=True)

    def _finish(self, asked: Asked) -> Finish:
        raise NotImplementedError

    # The text

    @property
    def source(self) -> str:
        """The generated Python for arguments of unknown kinds; the same at any time."""
        with traces.pointing():
            target = target_of(self.of) or usual_call(self.of)
            code = target.function.__code__
            names = wanted(self.wrt, target, code.co_argcount + 1)
            return derive.general_text(target.function, self._request(names))

    def source_for(self, *args: Any, **keywords: Any) -> str:
        """The generated Python for the kinds of these arguments."""
        with traces.pointing():
            target = self._target(args, keywords)
            whole, named = target.whole(args, keywords)
            device = self._device(target.function, whole, named)
            with devices.running_on(device):
                asked = self._asked(target, whole, named)
            return derive.text(asked.found) if device is None else text_on_device(asked.made)

    def export(
        self, path: str | os.PathLike[str], *args: Any, overwrite: bool = False, **keywords: Any
    ) -> None:
        """Write a file with the derivative for arguments like these, which runs without the half that derives.

        The function runs once, with copies of the arguments. A file that export() did not write is left alone,
        unless overwrite=True.
        """
        with traces.pointing():
            target = self._target(args, keywords)
            whole, named = target.whole(args, keywords)
            if self._device(target.function, whole, named) is not None:
                raise DifferentiationError(
                    "a derivative for arrays on a device cannot be exported",
                    because="its names stand for the device's functions only where diffpy runs it",
                    fix="export it for arrays of the host: diffpy.to_host(x)",
                )
            asked = self._asked(target, whole, named)
            changing = bool(asked.found.changed or self.result)
            title = "lambda_" if target.function.__name__ == "<lambda>" else target.function.__name__
            plan = Plan(self.title, title, target, asked.made, changing, self.aux, asked.layout, whole, named)
            text = text_of(plan)
            check(text, title)
        write(path, text, overwrite)


# Words of a text that may be refused while it runs.
_DISPATCHING = {
    *("with_pullback", "with_buffers", "effect", "accumulate_into", "place_item", "set_item"),
    *("check_array", "check_rebound"),
}


def _words(made: types.FunctionType) -> set[str]:
    """What a text uses of diffpy, under the names that these have where others did not take them."""
    return {name.rstrip("_0123456789") for name in made.__code__.co_freevars}


def _as_it_is(made: Callable[..., Any]) -> Callable[..., Any]:
    return made


@dataclass(frozen=True)
class Asked:
    """The derivative for a call, how to hand it out, and where the arguments are that it is taken of."""

    found: Derived
    made: types.FunctionType
    layout: Layout
    getters: tuple[Getter, ...]


def _defaults_are_plain(function: types.FunctionType) -> bool:
    """Whether the kinds of the defaults stay what they are for as long as the defaults do."""
    every = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    return all(type(one) in PLAIN or callable(one) for one in every)


class Gradient(Operator):
    """gradient(of=f)."""

    def _finish(self, asked: Asked) -> Finish:
        shaped, is_aux = asked.layout.shaped, self.aux
        if asked.layout.is_direct and not is_aux:
            return lambda found, args, keywords: found[1]
        if not is_aux:
            return lambda found, args, keywords: shaped(found[1])
        return lambda found, args, keywords: (shaped(found[1]), found[0][1])

    def __diffpy_standing__(self, args: tuple, keywords: dict[str, Any], wanted: tuple) -> Standing:
        """The derivative of a gradient: the generated function is differentiated again."""
        asked, count, inner = _generated(self, args, keywords, wanted)
        laid = asked.layout

        def after(pair: Any) -> Any:
            return self._handed(item_of(pair, 0), _shaped(laid, item_of(pair, 1)))

        def before(y_bar: Any) -> Any:
            value_bar, shaped_bar = self._apart(y_bar)
            return value_bar, laid.taken(shaped_bar, count)

        return inner._replace(after=after, before=before, along=after)

    def _handed(self, value: Any, found: Any) -> Any:
        return (found, item_of(value, 1)) if self.aux else found

    def _apart(self, y_bar: Any) -> tuple[Any, Any]:
        """The transpose of _handed."""
        return ((None, item_of(y_bar, 1)), item_of(y_bar, 0)) if self.aux else (None, y_bar)


class ValueWithGradient(Gradient):
    """value_with_gradient(of=f)."""

    title = "value_with_gradient"

    def _finish(self, asked: Asked) -> Finish:
        shaped = asked.layout.shaped
        if asked.layout.is_direct:
            return as_found
        return lambda found, args, keywords: (found[0], shaped(found[1]))

    def _handed(self, value: Any, found: Any) -> Any:
        return value, found

    def _apart(self, y_bar: Any) -> tuple[Any, Any]:
        return item_of(y_bar, 0), item_of(y_bar, 1)


class ValueWithPullback(Operator):
    """value_with_pullback(of=f)."""

    form, title = "pullback", "value_with_pullback"

    def _finish(self, asked: Asked) -> Finish:
        def finish(found: Any, args: tuple, keywords: dict[str, Any]) -> Any:
            value, back = found
            arguments = [get(args, keywords) for get in asked.getters]
            return value, _checked(value, back, arguments, asked.layout)

        return finish

    def __diffpy_standing__(self, args: tuple, keywords: dict[str, Any], wanted: tuple) -> Standing:
        """The pullback is a function over what the forward sweep left; it is differentiated as one."""
        asked, count, inner = _generated(self, args, keywords, wanted)
        laid = asked.layout
        arguments = [get(inner.args, inner.keywords) for get in asked.getters]
        given_out = partial(_given_out, laid, arguments)

        def after(pair: Any) -> Any:
            return self._half(pair[0], Chosen(pair[1], given_out, lambda bar: laid.taken(bar, count)))

        return inner._replace(
            after=after,
            before=self._whole,
            along=lambda pair: self._half(item_of(pair, 0), item_of(pair, 1)),
        )

    def _half(self, value: Any, back: Any) -> Any:
        return value, back

    def _whole(self, y_bar: Any) -> Any:
        """The transpose of _half."""
        return item_of(y_bar, 0), item_of(y_bar, 1)


class Pullback(ValueWithPullback):
    """pullback(of=f)."""

    title = "pullback"

    def _finish(self, asked: Asked) -> Finish:
        both = super()._finish(asked)
        return lambda found, args, keywords: both(found, args, keywords)[1]

    def _half(self, value: Any, back: Any) -> Any:
        return back

    def _whole(self, y_bar: Any) -> Any:
        return None, y_bar


def _checked(
    value: Any, back: Callable[[Any], Any], arguments: list[Any], laid: Layout
) -> Callable[[Any], Any]:
    """A pullback as the user gets it: its seed is checked, what it returns has the form of the arguments."""

    def pullback(cotangent: Any) -> Any:
        with traces.pointing():
            seed = check_cotangent(cotangent, value)
            found = back(zero_tangent(value) if seed is None else seed)
            if len(arguments) == 1:
                return laid.shaped(own(found, arguments[0]))
            return laid.shaped(tuple(own(part, x) for part, x in zip(found, arguments, strict=True)))

    return pullback


def _shaped(laid: Layout, found: Any) -> Any:
    """What the user sees of tangents that may be zero."""
    return laid.shaped((None,) * len(laid.lively) if found is None and len(laid.lively) > 1 else found)


def _given_out(laid: Layout, arguments: list[Any], found: Any) -> Any:
    """The same in the form of the arguments: what is zero is a zero."""
    every = (found,) if len(arguments) == 1 else found or (None,) * len(arguments)
    owned = tuple(own(part, x) for part, x in zip(every, arguments, strict=True))
    return laid.shaped(owned[0] if len(owned) == 1 else owned)


def held_by(function: types.FunctionType, of: Any) -> str | None:
    """The variable in which a function that was written to call an object holds the object."""
    captured = () if isinstance(of, types.FunctionType | partial) else captured_by(function).items()
    return next((n for n, x in captured if x is of), None)


def _generated(
    operator: Operator, args: tuple, keywords: dict[str, Any], wanted: tuple
) -> tuple[Asked, int, Standing]:
    """The generated function that an operator's call runs, how many entries its result has, and the call of it."""
    target = operator._target(args, keywords)
    whole, named = target.whole(args, keywords)
    with for_another():
        asked = operator._asked(target, whole, named)
    first, laid = len(target.before), asked.layout
    bound = tuple(k for k in range(first) if carrying.carries(whole[k]))
    shifted = (*bound, *(k + first if isinstance(k, int) else k for k in wanted))
    count = len(laid.names)
    if laid.star is not None:
        count += len(whole) - target.function.__code__.co_argcount - laid.star - 1
    is_owner = not isinstance(operator.of, types.FunctionType | partial)
    held = held_by(target.function, operator.of)

    def outward(parts: Parts) -> Parts:
        callee = parts.args[0] if first and is_owner else parts.callee
        if held is not None:
            callee = item_of(callee, held)
        if first and not is_owner:
            callee = {"function": parts.callee, "args": parts.args[:first], "keywords": {}}
        return Parts(callee, parts.args[first:], {k: parts.keywords.get(k) for k in keywords})

    def inward(bar: Parts) -> Parts:
        if held is not None and bar.callee is not None:
            return bar._replace(callee={held: bar.callee})
        if not first:
            return bar
        bound = (bar.callee,) if is_owner else item_of(bar.callee, "args") or (None,) * first
        callee = None if is_owner else item_of(bar.callee, "function")
        return Parts(callee, (*bound, *bar.args), bar.keywords)

    made = answering.OnCopies(asked.made) if asked.found.changed or operator.result else asked.made
    return asked, count, Standing(made, whole, named, shifted, outward=outward, inward=inward)


def called(kind: Callable[..., Any]) -> Callable[[tuple, dict[str, Any], tuple], Standing | None]:
    """gradient(of=f, at=x) where f has captured, or x is, what derivatives flow into; None without a point."""

    def standing(args: tuple, keywords: dict[str, Any], wanted: tuple) -> Standing | None:
        if "at" not in keywords:
            return None
        named = {k: v for k, v in keywords.items() if k != "at"}
        at = keywords["at"]
        given = at if type(at) is tuple else (at,)

        def outward(parts: Parts) -> Parts:
            return Parts(
                None, (), {"of": parts.callee, "at": parts.args if type(at) is tuple else parts.args[0]}
            )

        def inward(bar: Parts) -> Parts:
            part = bar.keywords.get("at")
            parts = (part or (None,) * len(given)) if type(at) is tuple else (part,)
            return Parts(bar.keywords.get("of"), tuple(parts), {})

        return Standing(kind(**named), given, {}, tuple(range(len(given))), outward=outward, inward=inward)

    return standing


for _function, _kind in (
    (gradient, Gradient),
    (value_with_gradient, ValueWithGradient),
    (pullback, Pullback),
    (value_with_pullback, ValueWithPullback),
):
    stands_for(_function, _kind, called(_kind))
