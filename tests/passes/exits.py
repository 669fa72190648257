"""Exits: early return, and break, continue and else of a single loop."""

# Python as people may write it, not as a linter would have it.
# ruff: noqa
# fmt: off

from passes import on, say

SIGNS = ("0", "1", "2", "-1", "5")


@on(*SIGNS)
def guards(x):
    if x < 0:
        return "negative"
    if x == 0:
        return "zero"
    if say(x) > 4:
        return "large"
    return "small"


@on(*SIGNS)
def no_value(x):
    say("start")
    if x > 0:
        return
    say("end")


@on(*SIGNS)
def falls_off(x):
    if x > 0:
        return x


@on(*SIGNS)
def partial_branch(x):
    if x > 0:
        if x > 1:
            return "more"
        y = 1
    else:
        y = 2
    y = say(y) + 1
    return y


@on(*SIGNS)
def partial_both(x):
    if x > 0:
        if x > 1:
            return 1
        say("a")
    elif x < 0:
        if say(x):
            return 2
        say("b")
    say("c")
    z = x * 2
    return z + 1


@on(*SIGNS)
def dead_code(x):
    return x
    y = 1
    return y


@on(*SIGNS)
def local_by_dead_code(x):
    if x > 1:
        return say
    return x
    say = 1


@on(*SIGNS)
def raise_and_return(x):
    if x > 1:
        raise ValueError(x)
    elif x > 0:
        return 1
    else:
        raise KeyError(x)


@on(*SIGNS)
def while_plain(n):
    while n > 0:
        n = say(n) - 1
    return n


@on(*SIGNS)
def while_else(n):
    while say(n) > 0:
        n -= 1
    else:
        say("else")
    return n


@on(*SIGNS)
def while_else_break(n):
    while n > 0:
        n -= 1
        if n == 1:
            break
        say(n)
    else:
        say("else")
    return n


@on(*SIGNS)
def while_else_return(n):
    while n > 0:
        n -= 1
        if n == 1:
            return "one"
        if n == 3:
            break
    else:
        return "else"
    return "after"


@on(*SIGNS)
def while_true_return(n):
    while True:
        n += 1
        if n > 3:
            return n
        say(n)


@on(*SIGNS)
def while_true_break(n):
    while True:
        n += 1
        if n > 3:
            break
        if n == 1:
            continue
        say(n)
    else:
        say("never")
    return n


@on(*SIGNS)
def while_continue(n):
    k = 0
    while k < n:
        k += 1
        if k == 2:
            continue
        say(k)
    return k


@on(*SIGNS)
def while_walrus(n):
    total = 0
    while (k := say(n)) > 0:
        n = n - 1
        total += k
    return total, k


@on(*SIGNS)
def while_condition_order(n):
    while say(n) > 0 and say(n + 1) != 3 or say(n - 1) == 10:
        n -= 1
    return n


@on(*SIGNS)
def for_else(n):
    for k in range(n):
        if k == 3:
            break
        say(k)
    else:
        say("else")
    return n


@on(*SIGNS)
def for_else_continue(n):
    for k in range(n):
        if k == 1:
            continue
        if k == 4:
            break
        say(k)
    else:
        say("else", n)
        return "else"
    say("after")
    return "break"


@on(*SIGNS)
def for_return(n):
    for k in range(n):
        if k * k > 3:
            return k
    return None


@on(*SIGNS)
def for_return_then(n):
    total = 0
    for k in range(n):
        if k == 3:
            return say("found")
        total += k
    say("not found")
    return total


@on(*SIGNS)
def for_partial_continue(n):
    for k in range(n):
        if k > 0:
            if k == 2:
                continue
            say("in", k)
        say("out", k)
    return "done"


@on(*SIGNS)
def for_partial_break(n):
    for k in range(n):
        if k > 0:
            if k == 2:
                break
            say("in", k)
        else:
            say("else", k)
        say("out", k)
        say("more", k)
    return k if n > 0 else None


@on(*SIGNS)
def only_raise(n):
    raise ValueError(n)
