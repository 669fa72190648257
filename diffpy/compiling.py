"""compile=True: a derivative's text and a call in; machine code for such calls, with the text to fall back on, out."""

from __future__ import annotations

import builtins
import itertools
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from typing import Any

import gast
import numpy as np

from diffpy import answering, targets, traces
from diffpy.backends import llvm
from diffpy.errors import DifferentiationError
from diffpy.functions import cells_of
from diffpy.runtime import by_rules, carrying
from diffpy.runtime.dispatch import with_pullback
from diffpy.runtime.registry import REGISTRY
from diffpy.syntax import emit, source
from diffpy.transforms import fuse
from diffpy.transforms.fuse_frames import Scope
from diffpy.transforms.fuse_values import WHOLE, Back, NotCompiled

Wrapped = Callable[[Callable[..., Any]], Callable[..., Any]]

_LAYOUTS = 4  # of arrays that machine code is made for
_NOTHING, _LOOPS, _FUNCTIONS_AND_LOOPS = range(3)  # what vectors are made of
_PATIENCE = 3  # calls in a row that the plain text has to answer, until it answers them all


class Compiled:
    """A derivative as machine code for calls of one signature; the plain text answers what that cannot."""

    def __init__(
        self,
        kernel: fuse.Text,
        made: types.FunctionType,
        plain: Callable[..., Any],
        values: tuple,
        fast_math: bool = False,
        threads: int = 1,
    ) -> None:
        self.kernel, self.plain, self.fast_math, self.threads = kernel, plain, fast_math, threads
        self.vectors, self.is_noted = _FUNCTIONS_AND_LOOPS, False
        self.left, self.is_trusted = _PATIENCE, False
        self.at_once: Callable[..., Any] = _never  # the machine code, once it is trusted
        self.reason: str | None = None
        self.machines: dict[tuple, Callable[..., Any]] = {}
        self.arguments, self.result, self.call = _ends(self, kernel, made)
        self.machine = self._made_for(self.arguments(*values))

    def slowly(self, *args: Any) -> Any:
        """The answer to a call that is not like those before."""
        return self.answered(self.attempt, args, {})

    def answered(
        self, attempt: Callable[..., tuple[Any] | None], args: tuple, keywords: dict[str, Any]
    ) -> Any:
        """The machine code's answer, or the plain text's; at first both are asked, and have to say the same."""
        found = attempt(*args, **keywords) if self.left > 0 else None
        if found is not None and self.is_trusted:
            return found[0]
        right = self.plain(*args, **keywords)
        if found is not None:
            self.is_trusted = True
            if not _agree(found[0], right):
                self.left, self.reason = 0, "machine code gave other numbers at the first call"
        if self.left < _PATIENCE or not self.is_trusted:
            self.at_once = _never
        return right

    def attempt(self, *args: Any, **keywords: Any) -> tuple[Any] | None:
        """The answer of the machine code, in a tuple; None where the plain text has to answer."""
        for getter, expected in self.kernel.guards:
            if getter() is not expected:
                return None
        given = self.arguments(*args, **keywords)
        if given is None:
            self._give_up("arguments of another structure, or other words")
            return None
        found = self._tried(given)
        if found is False:
            found = self._of_other_kinds(given)
        if not found:
            self._give_up("Python raises, or a shape is unusual")
            return None
        if found[-1] and self.kernel.warns and _matters(found[-1]):
            found = self._exactly(given)
            if found is None:
                self._give_up("NumPy warns of an operation")
                return None
        self.left = _PATIENCE
        if self.is_trusted:
            self.at_once = self.machine
        return (self.result(found, *args, **keywords),)

    def _tried(self, given: tuple) -> Any:
        """What the machine code answers; None where an integer is too large for it."""
        try:
            return self.machine(*given)
        except OverflowError:
            return None

    def _made_for(self, given: tuple, is_sized: bool = True) -> Callable[..., Any]:
        of_functions, of_loops = self.vectors == _FUNCTIONS_AND_LOOPS, self.vectors != _NOTHING
        options = llvm.Options(self.fast_math, of_functions, is_sized, self.threads, of_loops)
        machine = llvm.compiled(self.kernel.text, given, options)
        if self.kernel.calls:
            machine = _strictly(machine)
        self.machines[tuple(map(llvm.layout, given))] = machine
        return machine

    def _of_other_kinds(self, given: tuple) -> Any:
        """The answer of machine code for arrays laid out like these; where the sizes vary, for any sizes."""
        layouts = tuple(map(llvm.layout, given))
        if layouts not in self.machines and len(self.machines) >= _LAYOUTS:
            return None
        try:
            before = self.machines.get(layouts)
            self.machine = before or self._made_for(given)
            found = self._tried(given)
            if found is False and before is not None:
                self.machine = self._made_for(given, is_sized=False)
                found = self._tried(given)
        except llvm.NoMachineCode:
            return None
        return found

    def _exactly(self, given: tuple) -> Any:
        """The same with fewer vectors, which note too much; None where there is still something to note.

        Functions of vectors do, and places of a vector that no round is for: they may divide zero by zero.
        """
        before = self.vectors, self.machines, self.machine
        while self.vectors != _NOTHING and not self.is_noted:
            self.vectors, self.machines = self._fewer(), {}
            self.machine = self._made_for(given)
            found = self._tried(given)
            if found and not _matters(found[-1]):
                return found
        self.is_noted = True  # by the program itself: vectors are not asked again
        self.vectors, self.machines, self.machine = before
        return None

    def _fewer(self) -> int:
        calls = any(one in self.kernel.text for one in ("np_", "math."))
        return _LOOPS if self.vectors == _FUNCTIONS_AND_LOOPS and calls else _NOTHING

    def _give_up(self, reason: str) -> None:
        self.left -= 1
        if self.left == 0:
            self.reason = f"{reason}: {_PATIENCE} calls in a row were answered by the plain text"


def _agree(found: Any, right: Any, largest: float | None = None) -> bool:
    """Whether two answers are the same to rounding, of the same types and shapes.

    What cancels to zero is the same to the rounding of the largest number beside it.
    """
    largest = _largest(right) if largest is None else largest
    if type(found) is not type(right):
        return False
    if isinstance(right, dict):
        alike = (_agree(found.get(name), one, largest) for name, one in right.items())
        return list(found) == list(right) and all(alike)
    if isinstance(right, tuple | list):
        alike = (_agree(one, other, largest) for one, other in zip(found, right, strict=False))
        return len(found) == len(right) and all(alike)
    if right is None:
        return True
    one, other = np.asarray(found), np.asarray(right)
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    within = 1e-3 if other.dtype == np.float32 else 1e-6
    close = within * _largest(other) + (1e-5 if other.dtype == np.float32 else 1e-13) * largest
    return bool(np.allclose(one, other, rtol=within, atol=close, equal_nan=True))


def _largest(value: Any) -> float:
    """The largest finite number in an answer, whatever its sign."""
    if isinstance(value, dict | tuple | list):
        inside = value.values() if isinstance(value, dict) else value
        return max(map(_largest, inside), default=0.0)
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "fciub":
        return 0.0
    return float(np.max(np.abs(numbers), initial=0.0, where=np.isfinite(numbers)))


def _matters(noted: int) -> bool:
    """Whether NumPy would speak about what the processor noted."""
    modes: dict[str, Any] = {**np.geterr()}
    return any(modes[one] != "ignore" for one in llvm.noted(noted))


def _strictly(machine: Callable[..., Any]) -> Callable[..., Any]:
    """Machine code that calls functions of NumPy's, which raise now where they would warn: the plain text does that."""

    def call(*given: Any) -> Any:
        modes: dict[str, Any] = {
            name: "raise" if how != "ignore" else how for name, how in np.geterr().items()
        }
        with np.errstate(**modes):
            return machine(*given)

    return call


def _never(*args: Any) -> None:
    """No machine code that answers at once."""


def _ends(compiled: Compiled, kernel: fuse.Text, made: types.FunctionType) -> tuple[Callable[..., Any], ...]:
    """The kernel's arguments of a call, the result of what it returns, and the call that needs nothing else."""
    code = made.__code__
    names = code.co_varnames[: code.co_argcount]
    parameters = ", ".join(names)
    getters = [f"_captured_{n}" for n in range(len(kernel.captured))]
    given = "".join(f"{one}, " for one in (*kernel.arguments, *(f"{name}()" for name in getters)))
    tests = [*_tests(kernel.guards)]
    guards = [f"_test_{n}()" for n in range(len(tests))]
    asked = [text.replace("_asked_", f"_asked_{n}") for n, (text, _) in enumerate(kernel.asked)]
    holds = " and ".join(["_found_", *(["not _found_[-1]"] if kernel.warns else []), *guards])
    namespace: dict[str, Any] = {"_np_": np, "_state_": compiled, "_Overflow_": OverflowError}
    namespace |= dict(zip(getters, kernel.captured, strict=True))
    namespace |= dict(zip((one[:-2] for one in guards), tests, strict=True))
    namespace |= {f"_asked_{n}": wanted for n, (_, wanted) in enumerate(kernel.asked)}
    texts = {"given": given, "holds": holds, "result": kernel.result, "asked": " and ".join(asked) or "True"}
    exec(_ENDS.format(parameters=parameters, **texts), namespace)
    functions = tuple(namespace[name] for name in ("arguments", "result", "call"))
    for function in functions:
        function.__defaults__ = made.__defaults__
    return functions


def _tests(guards: Sequence[tuple[Callable[[], Any], Any]]) -> Iterator[Callable[[], bool]]:
    """Tests that guards find what they found: a name costs what a name costs in the program itself."""
    by_place: dict[int, list[tuple[_Name, Any]]] = {}
    for getter, expected in guards:
        if isinstance(getter, _Name):
            by_place.setdefault(id(getter.names), []).append((getter, expected))
        else:
            yield lambda getter=getter, expected=expected: getter() is expected  # type: ignore[misc]
    for every in by_place.values():
        names = [getter.name for getter, _ in every]
        stem = next(
            one for n in itertools.count() if not any(name.startswith(one := f"e{n}_") for name in names)
        )
        given = ", ".join(f"{stem}{n}" for n in range(len(names)))
        tests = " and ".join(f"{name} is {stem}{n}" for n, name in enumerate(names))
        yield types.FunctionType(
            _code_of_test(given, tests), every[0][0].names, None, tuple(found for _, found in every)
        )


@lru_cache(maxsize=512)
def _code_of_test(given: str, tests: str) -> types.CodeType:
    text = f"def holds({given}):\n try:\n  return {tests}\n except NameError:\n  return False"
    code = compile(text, "<diffpy guard>", "exec")
    return next(one for one in code.co_consts if isinstance(one, types.CodeType))


_ENDS = """
def arguments({parameters}):
    if {asked}:
        return ({given})

def result(_found_, {parameters}):
    return {result}

def call({parameters}):
    try:
        _found_ = _state_.at_once({given}) if {asked} else None
    except _Overflow_:
        _found_ = None
    if {holds}:
        return {result}
    return _state_.slowly({parameters})
"""


@dataclass
class Outcome:
    """What became of a derivative that was asked to be compiled."""

    made: Callable[..., Any]
    compiled: Compiled | None
    reason: str | None = None

    @property
    def text(self) -> str | None:
        return None if self.compiled is None else emit.text(gast.parse(self.compiled.kernel.text))

    def told(self) -> str:
        if self.compiled is None:
            return f"plain text: {self.reason}"
        if self.compiled.left <= 0:
            return f"plain text: {self.compiled.reason}"
        return "compiled"


def compiled(
    made: types.FunctionType,
    wrapped: Wrapped,
    args: tuple,
    keywords: dict[str, Any],
    fast_math: bool,
    threads: int = 1,
) -> Outcome:
    """A derivative for calls like this one; `wrapped` makes of the text what an operator calls."""
    plain = wrapped(made)
    if not llvm.is_there():
        warn_once()
        return Outcome(plain, None, "llvmlite is not installed")
    try:
        values = _values(made, args, keywords)
        kernel = fuse.kernel(*_program(made), values, Program())
        found = Compiled(kernel, made, plain, tuple(value for _, value in values), fast_math, threads)
    except NotCompiled as error:
        return Outcome(plain, None, _placed(error, made))
    except llvm.NoMachineCode as error:
        return Outcome(plain, None, f"no machine code is written for it: {error}")
    except DifferentiationError as error:
        return Outcome(plain, None, error.headline)
    except Exception as error:  # A kernel is a wish: whatever hinders it, the text is there.
        return Outcome(plain, None, f"no kernel was written: {type(error).__name__}: {error}")
    if plain is made:
        return Outcome(found.call, found)
    return Outcome(_On(found, wrapped), found)


class _On:
    """Machine code that writes into copies of its arguments; the plain text gets copies of its own."""

    def __init__(self, compiled: Compiled, wrapped: Wrapped) -> None:
        self.compiled, self.attempt = compiled, wrapped(compiled.attempt)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.compiled.answered(self.attempt, args, keywords)


def _values(made: types.FunctionType, args: tuple, keywords: dict[str, Any]) -> list[tuple[str, Any]]:
    code = made.__code__
    if code.co_kwonlyargcount or code.co_flags & 0x0C:
        raise NotCompiled("starred or keyword-only parameters")
    names = code.co_varnames[: code.co_argcount]
    values = dict(zip(names, args, strict=False)) | keywords
    defaults = made.__defaults__ or ()
    values = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True)) | values
    return [(name, values[name]) for name in names]


def _program(made: types.FunctionType) -> tuple[gast.FunctionDef, Scope]:
    """A function's text and its surroundings."""
    written = vars(made).get("__diffpy_source__")
    if written is None:
        try:
            tree = source.find(made).tree
        except DifferentiationError:
            raise NotCompiled(f"a call of '{made.__name__}', whose source is not known") from None
    else:
        (tree,) = gast.parse(written).body
    return tree, _scope(made, vars(made).get("__diffpy_tapes__", frozenset()))


def _scope(made: types.FunctionType, tapes: frozenset[str]) -> Scope:
    cells = cells_of(made)
    names = made.__globals__

    def find(name: str) -> Any:
        if name in cells:
            return cells[name].cell_contents
        if name in names:
            return names[name]
        try:
            return getattr(builtins, name)
        except AttributeError:
            raise NotCompiled(f"the name '{name}'") from None

    def getter(name: str) -> Callable[[], Any]:
        if name in cells:
            return lambda: cells[name].cell_contents
        return _Name(names, name)

    return Scope(find, getter, tapes, made)


class _Name:
    """What a global name, or one of Python's own, stands for when it is asked."""

    def __init__(self, names: dict[str, Any], name: str) -> None:
        self.names, self.name = names, name

    def __call__(self) -> Any:
        return self.names[self.name] if self.name in self.names else getattr(builtins, self.name)


_OF_LIBRARIES = (types.BuiltinFunctionType, np.ufunc, type(np.sum))


_Answer = tuple[types.FunctionType, tuple[Any, ...], list[tuple[Callable[[], Any], Any]]]


class Program:
    """What a kernel asks of the program around it."""

    def __init__(self) -> None:
        self.programs: dict[Any, tuple[gast.FunctionDef, Scope]] = {}
        self.calls: dict[tuple[Any, int], types.FunctionType] = {}
        self.inners: dict[Any, types.FunctionType] = {}
        self.answers: dict[Any, _Answer] = {}
        self.backs: dict[Any, Back] = {}

    def inner(self, scope: Scope, name: str, captured: dict[str, Any]) -> types.FunctionType:
        """A function that a text defines within another one, with values such as it captured."""
        code = getattr(scope.function, "__code__", None)
        every = [one for one in code.co_consts if _is_code_of(one, name)] if code else []
        if len(every) != 1 or not set(every[0].co_freevars) <= captured.keys():
            raise NotCompiled(f"the derivative of '{name}', which is found when it runs")
        key = every[0], *(_likeness(captured[one]) for one in every[0].co_freevars)
        if key not in self.inners:
            cells = tuple(types.CellType(captured[one]) for one in every[0].co_freevars)
            self.inners[key] = types.FunctionType(every[0], scope.function.__globals__, name, None, cells)
        return self.inners[key]

    def tree(self, function: Any) -> tuple[gast.FunctionDef, Scope]:
        """The text of a function and its surroundings, the same ones each time."""
        if function not in self.programs:
            self.programs[function] = _program(function)
        return self.programs[function]

    def written(self, function: Any, count: int) -> types.FunctionType:
        """A function of a library, which has no text, as one that calls it."""
        if type(function) not in _OF_LIBRARIES:
            raise NotCompiled(
                f"the derivative of '{by_rules.name_of(function)}', which is found when it runs"
            )
        key = (function, count)
        if key not in self.calls:
            self.calls[key] = targets.written_call(function, count, ()).function
        return self.calls[key]

    def pullback(self, function: Any, wrt: tuple[int, ...] | None) -> Back:
        """A function's pullback as a function of the result's cotangent and the arguments, the same one each time."""
        key = function, wrt
        if key not in self.backs:
            self.backs[key] = Back(lambda d, *args: with_pullback(function, wrt)(*args)[1](d))
        return self.backs[key]

    def pulled(
        self, function: Any, values: list[Any], wrt: tuple[int, ...] | None, callee: bool = False
    ) -> _Answer:
        """The generated value and pullback of a callee, which of its cotangents are asked for, and what has to hold.

        Of a function within another one, which stands here for all that are made where it was, callee=True asks for
        the cotangents of what it captured, too.
        """
        key = function, _likeness(tuple(values)), wrt, callee
        if key not in self.answers:
            self.answers[key] = self._pulled(function, values, wrt, callee)
        return self.answers[key]

    def _pulled(self, function: Any, values: list[Any], wrt: tuple[int, ...] | None, callee: bool) -> _Answer:
        is_own = isinstance(function, types.FunctionType)
        is_inner = function in self.inners.values()
        closes = is_own and function.__closure__ and not is_inner
        if REGISTRY.find(function) or closes or (is_own and carrying.is_foreign(function)):
            raise NotCompiled(
                f"the derivative of '{by_rules.name_of(function)}', which is found when it runs"
            )
        if not is_own:
            function = self.written(function, len(values))
        wanted = tuple(range(len(values))) if wrt is None else wrt
        made = answering.generate(function, tuple(values), {}, wanted)
        if made is None or made.lost or (made.captured and not is_inner):
            raise NotCompiled(f"the derivative of '{function.__name__}', which is found when it runs")
        names = [made.places[k] for k in wanted]
        given = (*made.wrt, *made.captured)
        places = {name: n for n, name in enumerate(given)} if len(given) > 1 else {given[0]: WHOLE}
        taken: tuple[Any, ...] = tuple(places[n] if n in made.wrt else None for n in names)
        if callee:
            taken = ({name: places[name] for name in made.captured}, *taken)
        return made.function, taken, [(made.holds(function), True)]


def _likeness(value: Any) -> Any:
    """What two values share that one text is generated for."""
    if isinstance(value, np.ndarray):
        return value.dtype, tuple(size == 1 for size in value.shape)
    if is_dataclass(value) and not isinstance(value, type):
        return type(value), *(_likeness(getattr(value, one.name)) for one in fields(value))
    return (type(value), *map(_likeness, value)) if isinstance(value, tuple) else (type(value), value)


def _is_code_of(one: Any, name: str) -> bool:
    return isinstance(one, types.CodeType) and one.co_name == name


def _placed(error: NotCompiled, made: types.FunctionType) -> str:
    """The reason, with the user's line where it is known."""
    node = error.node
    if node is None or not hasattr(node, "lineno"):
        return error.reason
    span = traces.Span((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset))
    place = traces.written_place(made.__code__.co_filename, span)
    if place is None:
        return error.reason
    return f"{error.reason} ({place.filename}:{place.line})"


_warned: list[bool] = []


def warn_once() -> None:
    """Say that llvmlite is not there, at the first function that was to be compiled."""
    if not _warned:
        _warned.append(True)
        warnings.warn(
            "compile=True runs the plain text: llvmlite is not installed (pip install diffpy[compile])",
            stacklevel=4,
        )
