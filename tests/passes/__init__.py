"""Programs for the passes: plain functions, each with arguments at which traces are compared.

Arguments are texts, evaluated anew for each run; `say` writes to the log, which shows the order.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

LOG: list = []
PROGRAMS: list[tuple[Callable, tuple[str, ...]]] = []


def on(*inputs):
    """Compare the function at each of these argument lists."""

    def register(function):
        PROGRAMS.append((function, inputs))
        return function

    return register


def say(value, *more):
    LOG.append((value, *more))
    return value


def fail(value):
    LOG.append(("fail", value))
    raise ValueError(value)


@dataclass
class Point:
    x: object
    y: object = 0

    def bump(self, amount):
        self.x = self.x + amount
        return amount


class Talking:
    """Says when it is looked at."""

    def __init__(self, name, truth=True):
        self.name, self.truth = name, truth

    def __bool__(self):
        say("bool", self.name)
        return self.truth

    def __repr__(self):
        return f"Talking({self.name})"

    def __format__(self, spec):
        return say(f"{self.name}:{spec}")

    def __enter__(self):
        return say(("enter", self.name))

    def __exit__(self, kind, error, trace):
        say("exit", self.name, None if kind is None else kind.__name__)
        return False


@contextlib.contextmanager
def swallowing():
    say("start")
    try:
        yield "inside"
    except ValueError as error:
        say("swallowed", str(error))
    say("stop")
