"""Exits from with and try blocks."""

# Python as people may write it, not as a linter would have it.
# ruff: noqa
# fmt: off

from passes import Talking, fail, on, say, swallowing

SIGNS = ("0", "1", "2", "-1", "5")


@on(*SIGNS)
def return_in_with(n):
    with Talking("a"):
        if n > 1:
            return say("inside")
        say("stay")
    say("behind")
    return "end"


@on(*SIGNS)
def return_in_swallowing(n):
    with swallowing() as how:
        say(how)
        if n > 1:
            return fail(n)
        return n


@on(*SIGNS)
def break_in_with(n):
    for i in range(n):
        with Talking(i):
            if i == 1:
                continue
            if i == 3:
                break
            say(i)
        say("behind", i)
    else:
        say("else")
    return n


@on(*SIGNS)
def exits_in_nested_withs(n):
    for i in range(n):
        with Talking("a"), Talking("b") as b:
            say(b)
            with swallowing():
                if i == 0:
                    continue
                if i == 1:
                    fail(i)
                if i == 2:
                    return "two"
                say("last")
            say("after inner")
    return "end"


@on(*SIGNS)
def return_in_try(n):
    try:
        if n == 0:
            return "zero"
        if n == 1:
            fail(n)
        say("body")
    except ValueError as error:
        return say(str(error))
    else:
        say("else")
    finally:
        say("finally")
    return "end"


@on(*SIGNS)
def try_all_return(n):
    try:
        return 1 / n
    except ZeroDivisionError:
        return "infinite"


@on(*SIGNS)
def try_in_loop(n):
    for i in range(n):
        try:
            if i == 1:
                continue
            if i == 2:
                fail(i)
            if i == 4:
                break
            say("body", i)
        except ValueError:
            say("caught")
            continue
        else:
            say("else", i)
        finally:
            say("finally", i)
        say("after", i)
    else:
        return "all"
    return "broke"


@on(*SIGNS)
def loop_in_try(n):
    try:
        for i in range(n):
            if i == 2:
                return i
            if i == 1:
                1 / (n - 2)
        say("loop done")
    except ZeroDivisionError:
        say("zero")
    else:
        return "else"
    say("end")


@on(*SIGNS)
def try_else_exits(n):
    while True:
        try:
            n -= 1
            if n < 0:
                break
        except ValueError:
            say("no")
        else:
            if n == 2:
                continue
            if n == 1:
                return "one"
            say("else", n)
        say("tail", n)
    return "end"


@on(*SIGNS)
def break_in_handler(n):
    for i in range(3):
        try:
            say(6 / (n - i))
        except ZeroDivisionError:
            if n == 1:
                break
            if n == 2:
                return "two"
        say("after", i)
    return "end"


@on(*SIGNS)
def swallowed_return(n):
    for i in range(3):
        with swallowing():
            if i == n:
                return fail(i)
            say(i)
    return "end"


@on(*SIGNS)
def return_order(n):
    with Talking("a"):
        return say([n], "value")


@on(*SIGNS)
def finally_order(n):
    try:
        try:
            if n > 1:
                return say("value")
            if n == 1:
                fail(n)
        finally:
            say("inner")
    finally:
        say("outer")
    return "end"
