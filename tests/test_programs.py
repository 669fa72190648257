"""Every program of the corpus is differentiated right, and stays the program that it is.

A program whose stage is not "functional" may be refused, with its line and a caret; it may never be wrong.
"""

import copy
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


class Derived:
    """One run of a program through diffpy, and what is right for it."""

    def __init__(self, program):
        self.program = program
        self.arguments = list(program.arguments())
        self.before = references.frozen(self.arguments)
        self.plain = references.plain(program)  # first, so that its effects do not mix with those of the run
        self.operator = self.another_operator()
        self.outcome = references.observed(self.run)

    def another_operator(self):
        options = {"wrt": self.program.wrt, "result": self.program.result}
        operator = value_with_gradient if references.in_one_number(self.program) else value_with_pullback
        return operator(
            of=self.program.function, **{key: one for key, one in options.items() if one is not None}
        )

    def run(self):
        found = self.operator(*self.arguments, **self.program.keywords)
        if references.in_one_number(self.program):
            self.seed = None
            value, self.bars = found
            return value
        value, back = found
        self.seed = references.seeded(self.program, value)
        kept = copy.deepcopy(self.seed)
        self.bars = back(self.seed)
        assert references.same(kept, self.seed), "the seed was written"
        return value


def points_at_its_line(error: DifferentiationError) -> bool:
    return (
        "^" in str(error)
        and isinstance(error.lineno, int)
        and re.search(r"\.py:\d+|line \d+", str(error)) is not None
    )


@named(PROGRAMS)
def test_program(program):
    """One derivation serves all the checks; a program that is refused is not asked further."""
    assert program.expected is not None or references.agree(program)
    try:
        found = Derived(program)
    except DifferentiationError as refusal:
        if program.stage == "functional":
            raise
        assert points_at_its_line(refusal), str(refusal)
        pytest.skip(f"refused: {str(refusal).splitlines()[0]}")
    assert_gradient(found)
    assert_kinds(found)
    assert_value_and_effects(found)
    assert_arguments_are_left(found)
    assert_same_text(found)


def assert_gradient(found):
    program = found.program
    for slope in references.slopes(program):
        given = references.paired_with(program, found.bars, slope.direction)
        right = references.expected_slope(program, slope, found.seed)
        size = max(abs(right), references.size_of(program, found.bars, slope.direction), 1.0)
        assert abs(given - right) <= program.tolerance * size, (given, right, slope)


def assert_kinds(found):
    """Each part of a gradient has the kind, shape and dtype of its argument, and memory of its own."""
    program = found.program
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


def assert_value_and_effects(found):
    program, outcome, plain = found.program, found.outcome, found.plain
    assert references.same(outcome.value, plain.value), (outcome.value, plain.value)
    assert outcome.printed == plain.printed
    assert references.same(outcome.log, plain.log), (outcome.log, plain.log)
    assert outcome.records == plain.records
    assert program.printed is None or outcome.printed == program.printed
    assert program.log is None or outcome.log == program.log


def assert_arguments_are_left(found):
    if not references.same(found.arguments, found.before):
        # A changed list or dict is an effect; arrays and structs are the point that is asked about.
        assert not references.holds_arrays_or_structs(found.before)
        after = list(found.program.arguments())
        references.observed(lambda: found.program.function(*after, **found.program.keywords))
        assert references.same(found.arguments, after)


def assert_same_text(found):
    """The text does not depend on what was derived or run before; the text for any arguments is Python too."""
    program = found.program
    texts = [
        one.source_for(*program.arguments(), **program.keywords)
        for one in (found.operator, found.another_operator())
    ]
    assert texts[0] == texts[1]
    try:
        text = found.operator.source
    except DifferentiationError as error:  # a change in place of something of unknown kind
        assert program.stage != "functional" and points_at_its_line(error)
        return
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
