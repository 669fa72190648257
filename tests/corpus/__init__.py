"""The corpus of programs: small plain functions, each with the arguments at which its derivative is checked.

`@program(args...)` registers a function and hands it back untouched, so that what is differentiated is what is written.
"""

import copy
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

LOG: list = []          # what programs write to the world outside; the tests empty it before each run

logging.getLogger("corpus").addHandler(logging.NullHandler())

PROGRAMS: list["Program"] = []
RAISING: list["Program"] = []
SECOND_ORDER: list["Program"] = []


@dataclass(frozen=True, eq=False)
class Program:
    """A function, a point, and what is known of its derivative there."""

    function: Callable
    args: tuple = ()
    name: str = ""
    topic: str = ""
    keywords: Mapping[str, Any] = field(default_factory=dict)
    make: Callable[[], tuple] | None = None     # makes the arguments, where copies would lose what they share
    wrt: Any = None
    stage: str = "functional"                   # "stores", "hard", "later": right, or refused with a caret
    expected: Any = None                        # the gradient in closed form, where it is known (kinks, conventions)
    tolerance: float = 1e-7
    log: list | None = None                     # what LOG holds after one run
    printed: str | None = None                  # what one run prints
    ints: str = "index"                         # "real": an int argument counts as a real number
    constant: tuple[str, ...] = ()              # names of fields and keys that have no derivative
    result: Any = None                          # the argument that holds the result, for functions that return None

    @property
    def id(self) -> str:
        return f"{self.topic}.{self.name}"

    def arguments(self) -> tuple:
        """The arguments, fresh: no run sees what another one did to them."""
        return self.make() if self.make else tuple(copy.deepcopy(list(self.args)))


def _registers(into: list) -> Callable:
    def decorator(*args, **options):
        topic = sys._getframe(1).f_globals["__name__"].rpartition(".")[2]

        def register(function):
            name = options.pop("name", None) or function.__name__
            into.append(Program(function, args, name=name, topic=topic, **options))
            return function

        return register

    return decorator


program = _registers(PROGRAMS)                  # @program(2.0, 3.0, wrt="x")
raising = _registers(RAISING)                   # the function raises at these arguments
second_order = _registers(SECOND_ORDER)         # smooth enough for the gradient of its gradient
