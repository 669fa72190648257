"""Every program of the corpus is differentiated right, and stays the program that it is.

A program whose stage is not "functional" may be refused, with its line and a caret; it may never be wrong.
"""

import copy
import functools
import re
import traceback

import numpy as np
import oracle
import pytest
import references
from programs import PROGRAMS, RAISING, SECOND_ORDER

from diffpy import gradient, pullback, value_with_gradient, value_with_pullback
from diffpy.errors import DifferentiationError


def named(programs):
    return pytest.mark.parametrize("program", programs, ids=lambda program: program.id)


every_program = named(PROGRAMS)


class Derived:
    """One run of a program through diffpy, kept for all that is asked of it."""

    def __init__(self, program):
        self.refusal = self.failure = None
        self.arguments = list(program.arguments())
        self.before = references.frozen(self.arguments)
        self.seed = None
        references.plain(program)  # now, so that its effects do not mix with those of the run below
        try:
            self.outcome = references.observed(lambda: self.run(program))
        except DifferentiationError as error:
            self.refusal = error
        except Exception as error:  # shown by test_gradient, once
            self.failure = error

    def run(self, program):
        options = {"wrt": program.wrt} if program.wrt is not None else {}
        options |= {"result": program.result} if program.result is not None else {}
        if references.in_one_number(program):
            value, self.bars = value_with_gradient(of=program.function, **options)(
                *self.arguments, **program.keywords
            )
        else:
            value, back = value_with_pullback(of=program.function, **options)(
                *self.arguments, **program.keywords
            )
            self.seed = references.seeded(program, value)
            kept = copy.deepcopy(self.seed)
            self.bars = back(self.seed)
            assert references.same(kept, self.seed), "the seed was written"
        return value


derived = functools.cache(Derived)


def answered(program) -> Derived:
    """What diffpy gave; a test of it has nothing to say where it gave none."""
    found = derived(program)
    if found.refusal or found.failure:
        pytest.skip("refused" if found.refusal else "failed: test_gradient shows why")
    return found


def points_at_its_line(error: DifferentiationError) -> bool:
    return (
        "^" in str(error)
        and isinstance(error.lineno, int)
        and re.search(r"\.py:\d+|line \d+", str(error)) is not None
    )


@every_program
def test_oracles_agree(program):
    assert program.expected is not None or references.agree(program)


@every_program
def test_gradient(program):
    found = derived(program)
    if found.failure:
        raise found.failure
    if found.refusal:
        if program.stage == "functional":
            raise found.refusal
        assert points_at_its_line(found.refusal), str(found.refusal)
        pytest.skip(f"refused: {str(found.refusal).splitlines()[0]}")
    for slope in references.slopes(program):
        given = references.paired_with(program, found.bars, slope.direction)
        right = references.expected_slope(program, slope, found.seed)
        size = max(abs(right), references.size_of(program, found.bars, slope.direction), 1.0)
        assert abs(given - right) <= program.tolerance * size, (given, right, slope)


@every_program
def test_kind_of_gradient(program):
    """Each part of a gradient has the kind, shape and dtype of its argument, and memory of its own."""
    found = answered(program)
    keys, values = references.by_key(program)
    bars = references.entries(program, found.bars)
    for key, value in zip(keys, values, strict=True):
        if key not in bars:
            continue
        if not any(True for _ in oracle.leaves([value], program.constant)) and not oracle.children(value):
            assert bars[key] is None
        for path, leaf in oracle.leaves([value], program.constant):
            references.assert_kind(leaf, oracle.part(bars[key], path[1:]))
    for array in references.arrays_in(list(bars.values())):
        assert array.flags.writeable
        assert not any(np.shares_memory(array, other) for other in references.arrays_in(found.arguments))


@every_program
def test_value_and_effects(program):
    found = answered(program)
    plain = references.plain(program)
    assert references.same(found.outcome.value, plain.value), (found.outcome.value, plain.value)
    assert found.outcome.printed == plain.printed
    assert references.same(found.outcome.log, plain.log), (found.outcome.log, plain.log)
    assert found.outcome.records == plain.records
    assert program.printed is None or found.outcome.printed == program.printed
    assert program.log is None or found.outcome.log == program.log


@every_program
def test_arguments_are_left(program):
    found = answered(program)
    if not references.same(found.arguments, found.before):
        # A changed list or dict is an effect; arrays and structs are the point that is asked about.
        assert not references.holds_arrays_or_structs(found.before)
        after = list(program.arguments())
        references.observed(lambda: program.function(*after, **program.keywords))
        assert references.same(found.arguments, after)


@every_program
def test_same_text_twice(program):
    answered(program)
    operator = value_with_gradient if references.in_one_number(program) else value_with_pullback
    options = {"wrt": program.wrt} if program.wrt is not None else {}
    options |= {"result": program.result} if program.result is not None else {}
    one, other = operator(of=program.function, **options), operator(of=program.function, **options)
    one(*program.arguments(), **program.keywords)
    assert one.source_for(*program.arguments(), **program.keywords) == other.source_for(
        *program.arguments(), **program.keywords
    )
    try:
        text = one.source
    except DifferentiationError as error:  # a change in place of something of unknown kind
        assert program.stage != "functional" and points_at_its_line(error)
        return
    assert text == other.source
    compile(text, program.id, "exec")


@named(RAISING)
@pytest.mark.parametrize(
    "operator", [gradient, value_with_gradient, pullback], ids=lambda operator: operator.__name__
)
def test_exception_arrives(program, operator):
    with pytest.raises(BaseException) as plain:
        program.function(*program.arguments())
    with pytest.raises(BaseException) as caught:
        operator(of=program.function)(*program.arguments())
    if isinstance(caught.value, DifferentiationError) and program.stage != "functional":
        assert points_at_its_line(caught.value)
        pytest.skip("refused")
    assert type(caught.value) is type(plain.value)
    if not isinstance(plain.value, RecursionError):
        assert str(caught.value) == str(plain.value)
        assert caught.value.args == plain.value.args
        assert type(caught.value.__cause__) is type(plain.value.__cause__)
    assert "exceptions.py" in "".join(traceback.format_exception(caught.value))


@named(SECOND_ORDER)
def test_second_order(program):
    rng = np.random.default_rng(sum(map(ord, program.id)))
    seed, direction = references.directions(program, rng)[-2:]
    right = references.second_slope(program, direction, seed)
    _, values = references.by_key(program)
    seeds = oracle.mapped(values, lambda path, leaf: seed[path])
    bars = gradient(of=references.along(program.function, seeds))(*program.arguments())
    given = references.paired_with(program, bars, direction)
    assert abs(given - right) <= 1e-7 * max(abs(right), references.size_of(program, bars, direction), 1.0)


@named([program for program in SECOND_ORDER if len(program.args) == 1 and isinstance(program.args[0], float)])
def test_gradient_of_gradient(program):
    (x,) = program.args
    right = references.second_slope(program, {(0,): 1.0}, {(0,): 1.0})
    assert abs(gradient(of=gradient(of=program.function))(x) - right) <= 1e-7 * max(abs(right), 1.0)
    assert abs(gradient(of=lambda x: gradient(of=program.function)(x))(x) - right) <= 1e-7 * max(
        abs(right), 1.0
    )
