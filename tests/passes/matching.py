"""The match statement: every kind of pattern."""

# Python as people may write it, not as a linter would have it.
# ruff: noqa
# fmt: off

from collections import OrderedDict, deque

from passes import Point, on, say

VALUES = ("0", "1", "-1", "'text'", "None", "True", "2.5", "[]", "[1]", "[1, 2]", "[1, [2, 3]]", "[1, 2, 3, 4]",
          "(1, 2, 3)", "{}", "{'a': 1}", "{'a': 1, 'b': 2, 'c': [3]}", "Point(1, 2)", "Point(0, 0)",
          "Point(Point(1, 2), [3])", "deque([1, 2, 3])", "range(3)", "b'xy'")


@on(*VALUES)
def match_values(x):
    match x:
        case 0:
            return "zero"
        case 1 | -1 | "text":
            return "some"
        case None | True:
            return "single"
        case 2.5:
            say("float")
    return "end"


@on(*VALUES)
def match_captures(x):
    match say(x):
        case int() as n if n > 0:
            y = n
        case int(n) | float(n):
            y = -n
        case str(x) if say(x) == "nothing":
            y = 1
        case y:
            say("any")
    return x, y


@on(*VALUES)
def match_sequences(x):
    match x:
        case []:
            return "empty"
        case [1]:
            return "one"
        case [a, [b, *c]]:
            return a, b, c
        case [1, b] | (b, 1):
            return "pair", b
        case [_, *middle, 3]:
            return "three", middle
        case [first, *_, last] if first == last:
            return "same"
        case (*all,):
            return all
        case _:
            return "no sequence"


@on(*VALUES)
def match_mappings(x):
    match x:
        case {"a": 1, **rest} if rest:
            say(rest)
            return "rest", rest
        case {"b": value} | {"a": value}:
            return value
        case {}:
            return "mapping"
    return x


@on(*VALUES)
def match_classes(x):
    match x:
        case Point(x=0, y=0):
            return "origin"
        case Point(Point(a, b), [c]):
            return a, b, c
        case Point(a, y=b) as p if say(a) == 1:
            return p, a, b
        case bool():
            return "bool"
        case deque() | OrderedDict():
            return "collections"
        case Point(z=_):
            return "never"
        case str(text):
            return text
    return "other"


@on(*VALUES)
def match_in_loop(x):
    for k in (1, 2):
        match (x, k):
            case (0, _):
                continue
            case ([*_], 1):
                break
            case (Point(), 2):
                return "point"
            case (_, 2) if k > 1:
                say(k)
        say("after", k)
    else:
        return "else"
    return "broke"


@on("1, 2", "1, 'x'", "[1, 2], 3")
def match_two(a, b):
    match a, b:
        case int(x), int(y):
            return x + y
        case (x, _), y:
            x, y = y, x
            return x, y
        case unmatched:
            return unmatched


@on("1", "2")
def match_failed_guard_keeps(x):
    y = "before"
    match x:
        case y if y > 1:
            pass
    return y
