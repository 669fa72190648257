"""With, try, nested functions and scopes."""

# Python as people may write it, not as a linter would have it.
# ruff: noqa
# fmt: off

import contextlib
import functools

from passes import Point, Talking, fail, on, say, swallowing

TWO = ("0, 0", "1, 0", "0, 2", "3, 4", "-1, 2")
COUNT = 0


@on(*TWO)
def with_targets(a, b):
    with contextlib.nullcontext((a, b)) as (x, y), contextlib.nullcontext(say(x)) as z:
        say(x, y, z)
    with Talking("one"), Talking("two") as two:
        say(two)
    p = Point(0)
    with contextlib.nullcontext(a) as p.x:
        pass
    return p


@on("1", "0")
def with_raises(n):
    x = "before"
    with swallowing() as how:
        x = [how, 1 / n, fail(n)]
    say(x)
    with Talking("b"):
        1 / n
    return x


@on("0", "1", "2", "3")
def try_blocks(n):
    try:
        say("body")
        x = [1, 2][n]
        if n == 1:
            raise KeyError("key") from None
    except IndexError as error:
        say(type(error).__name__)
        x = -1
    except (KeyError, ValueError) as error:
        say(str(error), error.__cause__)
        if n == 3:
            raise
        x = 5
    else:
        say("else")
    finally:
        say("finally")
    return x


@on("0", "1")
def raise_from(n):
    try:
        1 / n
    except ZeroDivisionError as error:
        raise ValueError(say("why")) from error
    raise RuntimeError


@on("0", "1", "2")
def nested_try(n):
    for _ in range(2):
        try:
            try:
                fail(n) if n else say("fine")
            finally:
                say("inner")
        except ValueError as error:
            if n == 2:
                raise
            say(error.args)
    return n


@on("0", "1")
def exception_groups(n):
    try:
        if n:
            raise ExceptionGroup("group", [ValueError(1), KeyError(2)])
    except* ValueError as group:
        say(len(group.exceptions))
    except* KeyError:
        say("key")
    return n


@on(*TWO)
def global_state(a, b):
    say("start")
    if a:
        global COUNT
        COUNT = a
    COUNT = b + COUNT
    return COUNT


@on(*TWO)
def nested_functions(a, b):
    total = 0

    def add(x, /, y=say(a) + 1, *, z=b):
        nonlocal total
        if x > 2:
            return [i for i in range(x)]
        total += x + y + z
        return total

    add(1)
    add(1, 2, z=3)
    return add(3), total


@on(*TWO)
def decorated(a, b):
    @functools.lru_cache(maxsize=say(2))
    @functools.wraps(len)
    def inner(x: int, y: "float" = say(b)) -> int:
        say("run")
        return x + y

    return inner(a), inner(a), inner.__name__


@on("0", "4")
def recursive(n):
    def fib(k):
        return k if k < 2 else fib(k - 1) + fib(k - 2)

    return fib(n)


@on(*TWO)
def imports(a, b):
    import math as m
    from os.path import basename, join

    return m.hypot(a, b), basename(join("a", "b"))
