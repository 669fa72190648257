"""What must hold for a program: the plain run and independent derivatives say what is right."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import re
import traceback
import types
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import oracle
import references
from recording import by_recorded_tangents

from diffpy import differential, gradient, value_with_gradient
from diffpy.backends import llvm
from diffpy.errors import DifferentiationError
from diffpy.transforms.simplify import SIMPLIFY, without
from fuzzing.modules import arguments, defined, on_duals

NAMES = ("x", "y", "v", "w", "m")
PASSES = list(dict.fromkeys(one.__name__ for one in SIMPLIFY))
LARGE = 1e6  # beyond this, rounding alone makes derivatives differ


@dataclass(frozen=True)
class Finding:
    """What became of a program: kind "right", "refused", "unfit" (says nothing), or what is wrong."""

    kind: str
    where: str = ""  # what tells one failure of a kind from another
    detail: str = ""
    asked: str = ""  # which check has found it, if one of CHECKS

    @property
    def failed(self) -> bool:
        return self.kind not in ("right", "refused", "unfit", "raises")

    def like(self, other: Finding) -> bool:
        return (self.kind, self.where) == (other.kind, other.where)


RIGHT = Finding("right")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


Check = Callable[[str, types.FunctionType, int, tuple], Finding]


def check(text: str, seed: int, asked: Collection[str] = ()) -> Finding:
    """Runs a program and says the first thing that is wrong; looks at slopes, and at what else is asked, in order."""
    with quiet(), defined(text) as function:
        try:
            value = function(*arguments(seed))
        except Exception as error:
            return raises(function, seed, error)
        if not isinstance(value, float) or not abs(value) < LARGE:
            return Finding("unfit", detail=f"gives {value!r}")
        return differentiated(text, function, seed, value, asked)


def raises(function: types.FunctionType, seed: int, error: Exception) -> Finding:
    """An exception of the program arrives as it is."""
    try:
        value_with_gradient(of=function)(*arguments(seed))
    except DifferentiationError as refusal:
        return refused(refusal)
    except Exception as other:
        if type(other) is type(error) and words(other) == words(error):
            return Finding("raises", type(error).__name__)
        if isinstance(error, type(other)) and isinstance(other, TypeError):  # NumPy has its own
            return Finding("raises", type(error).__name__)
        # written out: a local variable
        unbound = type(error) is NameError and isinstance(other, UnboundLocalError)
        if "/diffpy/" not in innermost(other) and (type(other) is type(error) or unbound):
            return Finding("raises", type(error).__name__)
        return Finding("other exception", place(other), f"{error!r} became {other!r}")
    return Finding("no exception", type(error).__name__, repr(error))


def words(error: Exception) -> str:
    """What an exception says; x += y is x = x + y in the text, and says so."""
    return str(error).replace("=: ", ": ")


def refused(error: DifferentiationError) -> Finding:
    pointed = "^" in str(error) and isinstance(error.lineno, int)
    return Finding("refused" if pointed else "no caret", error.headline, str(error))


def innermost(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return frames[-1].filename if frames else ""


def place(error: BaseException) -> str:
    """The type of an exception and what it says but for names and numbers, and where in diffpy it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if "/diffpy/" in frame.filename]
    last = f"{Path(inside[-1].filename).name}:{inside[-1].name}" if inside else ""
    said = re.sub(r"'[^']*'|[-\d.]+", "_", str(error).partition("\n")[0])
    return f"{type(error).__name__}: {said[:80]} ({last})"


def differentiated(
    text: str, function: types.FunctionType, seed: int, value: float, asked: Collection[str]
) -> Finding:
    given = arguments(seed)
    try:
        operator = value_with_gradient(of=function)
        found, bars = operator(*given)
    except DifferentiationError as error:
        return refused(error)
    except Exception as error:
        return Finding("crash", place(error), "".join(traceback.format_exception(error)[-6:]))
    if not references.same(given, arguments(seed)):
        return Finding("arguments changed")
    if not references.same(found, value):
        kind = "rounded value" if np.isclose(found, value, rtol=1e-9) else "wrong value"
        return Finding(kind, detail=f"{found!r} instead of {value!r}")
    wrong = of_another_kind(bars, given)
    if wrong:
        return Finding("wrong kind", wrong)
    for name, one in CHECKS.items():
        finding = one(text, function, seed, bars) if name in asked or one is wrong_slope else RIGHT
        if finding is not RIGHT:
            return dataclasses.replace(finding, asked=name)
    return RIGHT


def of_another_kind(bars: tuple, given: tuple) -> str:
    for name, bar, argument in zip(NAMES, bars, given, strict=True):
        try:
            references.assert_kind(argument, bar)
        except AssertionError as error:
            return f"{name}: {error}"
        if isinstance(bar, np.ndarray) and any(bar is other for other in given):
            return f"{name}: the argument itself"
    return ""


# --- slopes


def directions(seed: int) -> list[dict]:
    rng = np.random.default_rng([seed, 1])
    steps = [
        {(k,): rng.normal(size=np.shape(one)) for k, one in enumerate(arguments(seed))} for _ in range(2)
    ]
    return [{path: step if step.ndim else step.item() for path, step in one.items()} for one in steps]


def by_duals(text: str, seed: int, direction: dict) -> float:
    def change(path: tuple, leaf: object) -> object:
        if not isinstance(leaf, np.ndarray):
            return oracle.Dual(leaf, direction[path])
        made = np.empty(leaf.shape, dtype=object)
        for index in np.ndindex(leaf.shape):
            made[index] = oracle.Dual(leaf[index].item(), direction[path][index].item())
        return made

    return float(oracle.lifted(on_duals(text)(*oracle.mapped(list(arguments(seed)), change))).b)


def by_differences(function: types.FunctionType, seed: int, direction: dict) -> tuple[float, float]:
    rates, error = oracle.by_differences(lambda moved: function(*moved), list(arguments(seed)), direction)
    return float(rates[0]), error


def wrong_slope(text: str, function: types.FunctionType, seed: int, bars: tuple) -> Finding:
    for direction in directions(seed):
        terms = [np.sum(bars[path[0]] * step) for path, step in direction.items()]
        size = 1.0 + sum(float(np.sum(np.abs(bars[p[0]] * step))) for p, step in direction.items())
        given = float(sum(terms))
        exact = exact_slope(text, seed, direction)
        if exact is not None and abs(exact - given) <= 1e-8 * max(size, abs(exact)):
            continue
        finding = judged(function, seed, direction, given, exact)
        if finding is not RIGHT:
            return finding
    return RIGHT


def exact_slope(text: str, seed: int, direction: dict) -> float | None:
    try:
        return by_duals(text, seed, direction)
    except Exception:
        return None  # asks for what dual numbers do not have


def judged(
    function: types.FunctionType, seed: int, direction: dict, given: float, exact: float | None
) -> Finding:
    """The differences decide: both oracles must be against a gradient that is called wrong."""
    measured, error = by_differences(function, seed, direction)
    near = max(20 * error, 1e-5 * (1 + abs(measured)))
    if not np.isfinite(given):
        return Finding("wrong gradient", "not finite", f"{given!r}, differences {measured!r}")
    if error > 1e-4 * (1 + abs(measured)):
        return Finding("unfit", detail="differences say little")
    if abs(given - measured) <= near:
        return RIGHT
    if exact is not None and abs(exact - measured) > near:
        return Finding("unfit", detail=f"oracles differ: {exact!r}, {measured!r}")
    return Finding("wrong gradient", "", f"{given!r}, duals {exact!r}, differences {measured!r}")


# --- texts


def wrong_text(text: str, function: types.FunctionType, seed: int, bars: tuple) -> Finding:
    one, other = value_with_gradient(of=function), value_with_gradient(of=function)
    first, second = one.source_for(*arguments(seed)), other.source_for(*arguments(seed))
    return RIGHT if first == second else Finding("another text", detail=first + second)


def wrong_pass(text: str, function: types.FunctionType, seed: int, bars: tuple) -> Finding:
    """The same without any pass, and without one."""
    one = random.Random(text).choice(PASSES)
    for names in ((), (one,)):
        with without(*names), defined(text) as fresh:
            try:
                _, others = value_with_gradient(of=fresh)(*arguments(seed))
            except Exception as error:
                return Finding("crash without passes", f"{names} {place(error)}", repr(error))
        if not all(map(near_by, bars, others)):
            return Finding("pass changes gradient", str(names), f"{bars}\n{others}")
    return RIGHT


def near_by(one: object, other: object) -> bool:
    return bool(np.allclose(one, other, rtol=1e-8, atol=1e-8 * (1 + float(np.max(np.abs(one))))))


def same_failure(finding: Finding, seed: int) -> Callable[[str], bool]:
    return lambda text: finding.like(check(text, seed, (finding.asked,)))


# --- other derivatives


def in_other_mode(text: str, function: types.FunctionType, seed: int, bars: tuple) -> Finding:
    """Forward mode says what reverse mode says."""
    direction, _ = directions(seed)
    steps = [direction[k,] for k in range(len(bars))]
    try:
        rate = differential(of=function)(*arguments(seed))(*steps)
    except DifferentiationError as error:
        return refused_too("forward", error)
    except Exception as error:
        return Finding("crash", f"forward: {place(error)}", traceback.format_exc(limit=-6))
    return compared("forward", rate, dot(bars, steps), dot(map(np.abs, bars), map(np.abs, steps)))


def by_records(text: str, function: types.FunctionType, seed: int, bars: tuple) -> Finding:
    """A run with recorded tangents says the same, where it is not refused."""
    with defined(text) as fresh, by_recorded_tangents():
        try:
            _, found = value_with_gradient(of=fresh)(*arguments(seed))
        except DifferentiationError as error:
            return refused_too("recorded", error)
        except Exception as error:
            return Finding("crash", f"recorded: {place(error)}", traceback.format_exc(limit=-6))
    if not all(map(near_by, bars, found)):
        return Finding("wrong gradient", "recorded", f"{found} instead of {bars}")
    return RIGHT


def of_second_order(text: str, function: types.FunctionType, seed: int, bars: tuple) -> Finding:
    """The gradient of a slope, and the differential of the gradient: against differences of gradients."""
    steps, others = ([one[k,] for k in range(len(bars))] for one in directions(seed))

    def slope(*args: object) -> object:
        return dot(gradient(of=function)(*args), steps)

    ways = {
        "gradient of gradient": lambda: dot(gradient(of=slope)(*arguments(seed)), others),
        "differential of gradient": lambda: differential(of=slope)(*arguments(seed))(*others),
    }
    measured, error = by_differences(slope, seed, {(k,): one for k, one in enumerate(others)})
    if not error <= 1e-6 * (1 + abs(measured)):
        return RIGHT  # a kink is near
    for way, asked in ways.items():
        try:
            found = asked()
        except DifferentiationError as refusal:
            finding = refused_too(way, refusal)
        except Exception as raised:
            return Finding("crash", f"{way}: {place(raised)}", traceback.format_exc(limit=-6))
        else:
            finding = compared(way, found, measured, abs(measured) + 1e5 * error)
        if finding is not RIGHT:
            return finding
    return RIGHT


def of_machine_code(text: str, function: types.FunctionType, seed: int, bars: tuple) -> Finding:
    """Compiled or not, and at another point too, the answer is that of the plain text."""
    made, plain = value_with_gradient(of=function, compile=True), value_with_gradient(of=function)
    for point in (seed, seed, seed + 1):
        try:
            right = plain(*arguments(point))
        except Exception:
            break
        try:
            value, found = made(*arguments(point))
        except Exception as error:
            return Finding("crash", f"compiled: {place(error)}", traceback.format_exc(limit=-6))
        if not all(map(near_by, (right[0], *right[1]), (value, *found))):
            return Finding("wrong gradient", "compiled", f"{found}, plain {right}")
    report = made.compiled_report()
    if "other numbers" in report:
        return Finding("wrong gradient", "compiled: at the first call", report)
    return RIGHT


def refused_too(way: str, error: DifferentiationError) -> Finding:
    finding = refused(error)
    return Finding(finding.kind, f"{way}: {finding.where}", finding.detail) if finding.failed else RIGHT


def dot(bars: Iterable, steps: Iterable) -> object:
    return sum(np.sum(bar * step) for bar, step in zip(bars, steps, strict=True))


def compared(way: str, found: object, right: float, size: float) -> Finding:
    if found is not None and abs(found - right) <= 1e-5 * (1 + size):
        return RIGHT
    return Finding("wrong gradient", way, f"{found!r} instead of {right!r}")


CHECKS: dict[str, Check] = {
    "slope": wrong_slope,
    "text": wrong_text,
    "forward": in_other_mode,
    "recorded": by_records,
    "pass": wrong_pass,
    "order": of_second_order,
    **({"compiled": of_machine_code} if llvm.is_there() else {}),
}
