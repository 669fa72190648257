"""Loops and exits: break, continue, else and early return in all nestings."""

# Python as people may write it, not as a linter would have it.
# ruff: noqa
# fmt: off

from passes import Talking, fail, on, say, swallowing

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
def for_three_exits(n):
    for k in range(n):
        if k % 2:
            if k == 1:
                continue
            if k == 3:
                return "three"
            if k == n:
                break
            say("odd")
        say(k)
        say(k, k)
    else:
        return "else"
    return "after"


@on(*SIGNS)
def nested_break(n):
    for i in range(n):
        for j in range(n):
            if i + j == 3:
                break
            say(i, j)
        else:
            say("inner else", i)
            continue
        say("broke", i)
        if i == 3:
            break
    else:
        say("outer else")
    return i if n > 0 else -1


@on(*SIGNS)
def nested_return(n):
    for i in range(n):
        for j in range(i):
            if i * j == 6:
                return i, j
            if i * j == 2:
                break
        else:
            say(i)
    return "none"


@on(*SIGNS)
def nested_return_then(n):
    for i in range(n):
        while True:
            i += 1
            if i == 3:
                return "three"
            if i > 1:
                break
        say(i)
    say("end")
    return n


@on(*SIGNS)
def nested_while_else(n):
    k = 0
    while k < n:
        j = 0
        while j < k:
            if j == 2:
                break
            j += 1
        else:
            k += 1
            say("else", k)
            continue
        k += 2
        say("broke", k)
        if k > 6:
            return "return"
    else:
        say("outer else")
    return k, n


@on(*SIGNS)
def break_in_else(n):
    for i in range(n):
        for j in range(i):
            if j == 2:
                break
        else:
            if i == 3:
                break
        say(i)
    return n


@on(*SIGNS)
def while_else_with_exits(n):
    for i in range(n):
        k = i
        while k > 0:
            k -= 1
            if k == 2:
                break
        else:
            if i == 1:
                continue
            say("else", i)
        say("after", i)
    return "end"


@on(*SIGNS)
def three_loops(n):
    for i in range(n):
        for j in range(n):
            for k in range(n):
                if i + j + k == 4:
                    return i, j, k
                if k == 2:
                    break
            else:
                continue
            say(i, j)
    return "none"


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
def many_guards(n):
    if n == -5:
        return 1
    if n == -4:
        return 2
    if n == -3:
        return 3
    if n == -2:
        return 4
    if n == -1:
        return 5
    if n == 0:
        return 6
    say("middle")
    if n == 1:
        return 7
    if n == 2:
        return 8
    if n == 3:
        return 9
    if n == 4:
        return 10
    if n == 5:
        return 11
    return 12


@on(*SIGNS)
def many_continues(n):
    total = 0
    for k in range(12):
        if k == 0:
            continue
        total += 1
        if k == 1:
            continue
        total += 2
        if k == 2 + n:
            continue
        total += 4
        if k == 3:
            continue
        total += 8
        if k == 4 + n:
            break
        total += 16
        if k == 5:
            continue
        total += 32
        if k == 6 + n:
            return total
        total += 64
        if k == 7:
            continue
        total += 128
        if k == 8:
            continue
        total += 256
        if k == 9:
            break
        total += 512
    else:
        return "all"
    return total


@on(*SIGNS)
def result_is_taken(n):
    result = n
    returned = 1
    for completed in range(n):
        if completed == 2:
            return result, returned
        if completed == 1 and n == 2:
            break
    else:
        result = 7
    say(result)
    return returned


@on(*SIGNS)
def only_raise(n):
    raise ValueError(n)


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


@on(*SIGNS)
def long_elif(n):
    if n == 10:
        y = 10
    elif n == 11:
        y = 11
    elif n == 12:
        y = 12
    elif n == 13:
        y = 13
    elif n == 14:
        y = 14
    elif n == 15:
        y = 15
    elif n == 16:
        y = 16
    elif n == 17:
        y = 17
    elif n == 18:
        y = 18
    elif n == 19:
        y = 19
    elif n == 20:
        y = 20
    elif n == 21:
        y = 21
    elif n == 22:
        y = 22
    elif n == 23:
        y = 23
    elif n == 24:
        y = 24
    elif n == 25:
        y = 25
    elif n == 0:
        return "zero"
    elif n == 1:
        y = say(1)
    elif n == 2:
        y = 2
    else:
        y = -1
    return y


@on("[]", "[1, 2]", "[1, -1, 2]")
def over_generator(xs):
    for y in (say(x * 2) for x in xs if x > 0):
        say("body", y)
        if y == 2:
            continue
        if y == 4:
            break
    else:
        say("else")
    return len(xs)
