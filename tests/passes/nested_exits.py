"""Exits of nested loops, and more exits than one block can nest."""

# Python as people may write it, not as a linter would have it.
# ruff: noqa
# fmt: off

from passes import on, say

SIGNS = ("0", "1", "2", "-1", "5")


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
