"""What is right for a program of the corpus: its plain run, and its derivative by the oracles."""

import contextlib
import copy
import enum
import functools
import inspect
import io
import logging
from dataclasses import dataclass, fields, is_dataclass

import numpy as np
import oracle
from corpus import LOG, Program

from diffpy import gradient


@dataclass(frozen=True)
class Outcome:
    """What one run of a program did."""

    value: object
    printed: str
    log: list
    records: list  # what it sent to logging


def observed(run) -> Outcome:
    """Runs a function of nothing, and notes all that it does to the world."""
    LOG.clear()
    records = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append((record.levelname, record.getMessage()))
    logger = logging.getLogger("corpus")
    logger.addHandler(handler)
    level, logger.propagate = logger.level, False
    logger.setLevel(logging.DEBUG)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            value = run()
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = True
    return Outcome(value, printed.getvalue(), list(LOG), records)


@functools.cache
def plain(program: Program) -> Outcome:
    return observed(lambda: answer(program, list(program.arguments())))


def answer(program: Program, arguments: list, keywords=None):
    """The result of a run: what it returns, or what it leaves in the arguments that `result` names."""
    value = program.function(*arguments, **(program.keywords if keywords is None else keywords))
    if program.result is None:
        return value
    names = list(inspect.signature(program.function).parameters)
    if isinstance(program.result, str):
        return arguments[names.index(program.result)]
    return tuple(arguments[names.index(name)] for name in program.result)


def selected(program: Program) -> list:
    """The keys of the arguments differentiated with respect to: positions, or names of keywords."""
    if program.wrt is None:
        return list(range(len(program.arguments())))
    named = program.wrt if isinstance(program.wrt, tuple) else (program.wrt,)
    names = (
        list(inspect.signature(program.function).parameters) if any(isinstance(n, str) for n in named) else []
    )
    count = len(program.arguments())
    return [names.index(n) if isinstance(n, str) and n in names[:count] else n for n in named]


def by_key(program: Program) -> tuple:
    """The keys of positional and keyword arguments, and the arguments in one list."""
    arguments = program.arguments()
    return list(range(len(arguments))) + list(program.keywords), [*arguments, *program.keywords.values()]


def active_leaves(program: Program) -> dict:
    """(key, *path) -> leaf, for the leaves of the selected arguments."""
    keys, values = by_key(program)
    wanted = selected(program)
    return {
        path: leaf
        for path, leaf in oracle.leaves(values, program.constant)
        if keys[path[0]] in wanted and (program.ints == "real" or not isinstance(leaf, int))
    }


def runs(program: Program):
    """The program as a function of the list of its positional and keyword arguments, for the oracles."""
    keys, _ = by_key(program)
    count = len(program.arguments())

    def run(values):
        with contextlib.redirect_stdout(io.StringIO()):
            return answer(program, list(values[:count]), dict(zip(keys[count:], values[count:], strict=True)))

    return run


def directions(program: Program, rng) -> list[dict]:
    """Every coordinate when they are few, and three random directions."""
    found = active_leaves(program)
    steps = []
    if sum(np.size(leaf) for leaf in found.values()) <= 24:
        for path, leaf in found.items():
            for index in np.ndindex(np.shape(leaf)):
                unit = np.zeros(np.shape(leaf))
                unit[index] = 1.0
                steps.append({path: unit if isinstance(leaf, np.ndarray) else 1.0})
                if np.iscomplexobj(leaf):
                    steps.append({path: 1j * steps[-1][path]})
    for _ in range(3):
        step = {}
        for path, leaf in found.items():
            noise = rng.normal(size=np.shape(leaf))
            if np.iscomplexobj(leaf):
                noise = noise + 1j * rng.normal(size=np.shape(leaf))
            step[path] = (
                noise if isinstance(leaf, np.ndarray) else noise.item() if np.ndim(noise) == 0 else noise
            )
        steps.append(step)
    return steps if found else []


@dataclass(frozen=True)
class Slope:
    """The derivative of a program along a direction: each number of the result has a rate."""

    direction: dict
    rates: np.ndarray
    way: str
    error: float  # a bound of its error, from the differences
    ways: dict  # what each way says


def widened(program: Program):
    """The arguments in double precision: an oracle is not to be as coarse as float32."""
    _, values = by_key(program)

    def change(_, leaf):
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fc":
            wide = np.empty_like(leaf, dtype=np.result_type(leaf.dtype, np.float64))
            wide[...] = leaf
            return wide
        return float(leaf) if isinstance(leaf, np.floating) else leaf

    return (
        oracle.mapped(values, change)
        if any(
            getattr(leaf, "dtype", np.dtype(float)) in (np.float32, np.float16)
            for _, leaf in oracle.leaves(values)
        )
        else values
    )


def slope(program: Program, direction: dict) -> Slope:
    values = widened(program)
    run, constant = runs(program), program.constant
    rates, error = oracle.by_differences(run, values, direction, constant)
    ways = {"differences": rates}
    if not any(np.iscomplexobj(leaf) for _, leaf in oracle.leaves(values)):
        for way in (oracle.by_duals, oracle.by_complex_step):
            with contextlib.suppress(oracle.NotPermitted):
                found = way(run, values, direction, constant)
                if found.shape == rates.shape:
                    ways[way.__name__.removeprefix("by_")] = found
    coarse = 1e-7 if rates.dtype.itemsize >= 8 else 5e-2  # differences in single precision say little
    near = max(20 * error, coarse * (1 + float(np.max(np.abs(rates), initial=0.0))))
    for way in ("duals", "complex_step"):
        if way in ways and np.allclose(ways[way], rates, rtol=0, atol=near):
            return Slope(direction, ways[way], way, 0.0, ways)
    return Slope(direction, rates, "differences", error, ways)


@functools.cache
def slopes(program: Program) -> list[Slope]:
    rng = np.random.default_rng(sum(map(ord, program.id)))
    return [slope(program, direction) for direction in directions(program, rng)]


def agree(program: Program) -> bool:
    """Whether the exact ways say what the differences say; a closed form needs no witness."""
    return all(found.way != "differences" or "duals" not in found.ways for found in slopes(program))


def in_one_number(program: Program) -> bool:
    """Whether the result is what a gradient wants: one real number."""
    value = plain(program).value
    return isinstance(value, (int, float, np.floating)) or (isinstance(value, np.ndarray) and value.size == 1)


def seeded(program: Program, value):
    """A cotangent in the structure of a result: random for the real numbers, None for the others."""
    rng = np.random.default_rng(len(program.id))
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return rng.normal(size=value.shape).astype(value.dtype)
    if isinstance(value, (float, np.floating)):
        return rng.normal()
    if isinstance(value, dict):
        return {key: seeded(program, part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(seeded(program, part) for part in value)
    return None


def expected_slope(program: Program, found: Slope, seed=None) -> float:
    """The rate of the result along a direction; with a seed, of <seed, result>."""
    if program.expected is not None:
        return paired_with(program, program.expected, found.direction)
    weights = np.ones(1) if seed is None else oracle.numbers_of(seed)
    return float(np.sum(weights * found.rates))


def entries(program: Program, bars) -> dict:
    """The cotangents by the keys of the arguments; bare when there is one."""
    keys = selected(program)
    alone = len(keys) == 1 and not isinstance(program.wrt, tuple)
    return dict(zip(keys, (bars,) if alone else bars, strict=True))


def paired_with(program: Program, bars, direction: dict) -> float:
    """<bars, direction>, where the direction holds steps at paths of the arguments."""
    keys, _ = by_key(program)
    found = entries(program, bars)
    return sum(
        float(np.sum(np.real(np.conj(oracle.part(found[keys[path[0]]], path[1:])) * step)))
        for path, step in direction.items()
    )


def size_of(program: Program, bars, direction: dict) -> float:
    """How large the terms of <bars, direction> are: their rounding is no error of the derivative."""
    keys, _ = by_key(program)
    found = entries(program, bars)
    return sum(
        float(np.sum(np.abs(np.asarray(oracle.part(found[keys[path[0]]], path[1:]) * step))))
        for path, step in direction.items()
    )


def assert_kind(leaf, bar):
    """A cotangent is of the kind of its argument."""
    if isinstance(leaf, np.ndarray):
        assert isinstance(bar, np.ndarray)
        assert (bar.shape, bar.dtype) == (leaf.shape, leaf.dtype)
    elif isinstance(leaf, (np.floating, np.complexfloating)) and not isinstance(leaf, (float, complex)):
        assert type(bar) is type(leaf)
    else:
        assert isinstance(bar, complex if isinstance(leaf, complex) else float), type(bar)


def arrays_in(value):
    """The arrays in a structure, gradients of structs included."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from arrays_in(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from arrays_in(part)
    elif isinstance(value, enum.Enum):  # its members refer to each other
        return
    elif is_dataclass(value) or hasattr(value, "__dict__"):
        yield from arrays_in(
            dict(vars(value)) if hasattr(value, "__dict__") else [part for _, part in oracle.children(value)]
        )


def holds_arrays_or_structs(value) -> bool:
    return any(True for _ in arrays_in(value)) or (
        is_dataclass(value) or any(holds_arrays_or_structs(part) for _, part in oracle.children(value))
    )


def frozen(arguments: list) -> list:
    """A copy to compare with later."""
    return copy.deepcopy(arguments)


# --- twice


def along(function, seeds):
    """The rate of a function along a direction, itself to be differentiated."""

    def slope(*args):
        bars = gradient(of=function)(*args)
        return paired(bars if len(args) > 1 else (bars,), seeds)

    return slope


def paired(bars, seeds):
    if isinstance(bars, (list, tuple)):
        return sum(paired(bars[i], seeds[i]) for i in range(len(bars)))
    if isinstance(bars, dict):
        return sum(paired(bars[key], seeds[key]) for key in bars)
    return np.sum(bars * seeds)


def second_slope(program: Program, direction: dict, seed: dict) -> float:
    """The rate along `direction` of the rate along `seed`: differences of an exact derivative."""
    _, values = by_key(program)
    run = runs(program)

    def rate(t):
        moved = oracle.stepped(values, direction, t)
        try:
            return oracle.by_duals(run, moved, seed)
        except oracle.NotPermitted:
            return oracle.by_complex_step(run, moved, seed)

    rates, error = oracle.differences(rate)
    assert error < 1e-8 * (1 + abs(float(rates[0]))), error
    return float(rates[0])


def same(a, b) -> bool:
    """Whether two results are the same to the last bit, and of the same types."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        return all(map(same, a.flat, b.flat)) if a.dtype == object else a.tobytes() == b.tobytes()
    if isinstance(a, (float, complex, np.generic)):
        return np.asarray(a).tobytes() == np.asarray(b).tobytes()
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if is_dataclass(a):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return a is b or a == b or not hasattr(a, "__eq__")
