"""Long lines of Python text: a line in, lines that fit out, broken inside brackets where least is torn apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

WIDTH = 88

_TOKEN = re.compile(
    r"""(?P<string>[a-zA-Z]{0,2}(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))
    |(?P<number>\.?\d[\d_.]*(?:[eE][-+]?\d+)?[jJ]?)
    |(?P<word>\w+)
    |(?P<open>[(\[{])
    |(?P<close>[)\]}])
    |(?P<sign>\*\*|//=?|[-+*/%@&|^]=|[<>!=]=|<<|>>|:=|[-+*/%@&|^<>=,:.~])
    """,
    re.VERBOSE,
)
# How loosely a separator binds what is beside it: lines are broken at the loosest.
_LOOSE = {",": 0, "for": 1, "if": 1, "else": 1, "or": 2, "and": 3}
_LOOSE |= dict.fromkeys(("in", "is", "==", "!=", "<", ">", "<=", ">="), 4)
_LOOSE |= {"|": 5, "^": 6, "&": 7, "<<": 8, ">>": 8, "+": 9, "-": 9}
_LOOSE |= dict.fromkeys(("*", "/", "//", "%", "@"), 10)
# Strings with expressions in them, in which there may be quotes again, are broken nowhere: they stand as one word.
_IS_FORMATTED = re.compile(r"[rR]?[fF][rR]?[\"']")
_HIDING = "\N{LATIN LETTER DENTAL CLICK}"
_SIGNED = frozenset("+ - * & | ^ % / // @ << >> < >".split())
_BEFORE_VALUES = re.compile(r"(return|yield|if|elif|while) ")
_OTHERS = re.compile(
    r"(assert|async|case|class|def|del|except|from|global|import|match|nonlocal|raise|with)\b"
)


def wrapped(pieces: Iterable[str]) -> str:
    """The text of its pieces, as astor hands them on, in which a line break is a piece of its own.

    >>> print(wrapped(["    x = first_of(" + ", ".join(["a_long_argument"] * 6) + ")"]))
        x = first_of(
            a_long_argument, a_long_argument, a_long_argument, a_long_argument,
            a_long_argument, a_long_argument
        )
    """
    return "".join(_broken_line(line) for line in _lines(pieces))


def _lines(pieces: Iterable[str]) -> Iterator[list[str]]:
    line: list[str] = []
    for piece in pieces:
        if piece.startswith("\n"):
            yield line
            yield [piece]
            line = []
        else:
            line.append(piece)
    yield line


def _broken_line(line: list[str]) -> str:
    text = "".join(line)
    body = text.lstrip(" ")
    if len(text) <= WIDTH or "\n" in text or body.startswith("#"):
        return text
    hidden = [piece for piece in line if _IS_FORMATTED.match(piece)]
    body = "".join(_HIDING * len(piece) if piece in hidden else piece for piece in line).lstrip(" ")
    broken = "\n".join(_statement(body, len(text) - len(body)))
    return re.sub(f"{_HIDING}+", lambda _: hidden.pop(0), broken)


class _Token(NamedTuple):
    sort: str
    text: str
    start: int
    end: int


class _Outer(NamedTuple):
    """What stands outside of all brackets of a text: its separators, and the brackets themselves."""

    separators: list[_Token]
    brackets: list[tuple[int, int]]
    assigned: int  # where the value of an assignment begins; 0 where there is none


def _outer(text: str) -> _Outer:
    separators: list[_Token] = []
    brackets: list[tuple[int, int]] = []
    depth = assigned = start = 0
    is_operand = is_lambda = False
    for found in _TOKEN.finditer(text):
        one = _Token(found.lastgroup or "", found.group(), found.start(), found.end())
        if one.sort == "open":
            start = start if depth else one.start
            depth += 1
        elif one.sort == "close":
            depth -= 1
            if not depth:
                brackets.append((start, one.start))
        elif not depth:
            is_lambda = one.text == "lambda" or (is_lambda and one.text != ":")
            if one.text in _LOOSE and not is_lambda and (is_operand or one.text not in _SIGNED):
                separators.append(one)
            if one.text.endswith("=") and one.text not in _LOOSE and one.text != ":=" and not is_lambda:
                assigned = one.end + 1
        is_operand = one.sort not in ("open", "sign") and one.text not in _LOOSE
    if any(one.text == "for" for one in separators):
        separators = [one for one in separators if one.text != ","]
    return _Outer(separators, brackets, assigned)


def _statement(text: str, indent: int) -> list[str]:
    """A statement, or the first line of a compound one."""
    tail = ":" if text.endswith(":") else ""
    text = text.removesuffix(tail)
    if text.startswith("for "):
        return _for(text, tail, indent)
    keyword = _BEFORE_VALUES.match(text)
    place = keyword.end() if keyword else _outer(text).assigned
    return _value(text[:place], text[place:], tail, indent, _OTHERS.match(text) is None)


def _for(text: str, tail: str, indent: int) -> list[str]:
    """A loop: the targets get lines of their own where they are what is long."""
    place = next(one.start for one in _outer(text).separators if one.text == "in")
    targets, rest = text[4 : place - 1], text[place:]
    if len(targets) <= WIDTH // 2:
        return _value(f"for {targets} in ", rest[3:], tail, indent)
    inner = targets[1:-1] if _is_bracketed(targets) else targets
    return _opened("for (", inner, f") {rest}{tail}", indent)


def _value(head: str, value: str, tail: str, indent: int, is_expression: bool = True) -> list[str]:
    """What follows a head, broken in its last brackets, or, an expression, in brackets of its own."""
    outer = _outer(value)
    ends = bool(outer.brackets) and outer.brackets[-1][1] == len(value) - 1
    if ends and all(one.text == "," for one in outer.separators):
        start, end = outer.brackets[-1]
        if end > start + 1 and indent + len(head) + start < WIDTH:
            return _opened(head + value[: start + 1], value[start + 1 : end], value[end:] + tail, indent)
    if not outer.separators or not is_expression:
        return [" " * indent + head + value + tail]
    return _opened(f"{head}(", value, f"){tail}", indent)


def _opened(opening: str, inner: str, closing: str, indent: int) -> list[str]:
    """An opening bracket, what is in it, and the closing one, each on lines of their own."""
    while _is_bracketed(inner):
        opening, inner, closing = opening + inner[0], inner[1:-1], inner[-1] + closing
    pad = " " * indent
    return [pad + opening, *_filled(_parts(inner), indent + 4), pad + closing]


def _is_bracketed(text: str) -> bool:
    return len(text) > 2 and _outer(text).brackets == [(0, len(text) - 1)]


def _parts(text: str) -> list[str]:
    """A text taken apart at its loosest separators: commas end a part, operators begin one."""
    separators = _outer(text).separators
    loosest = min((_LOOSE[one.text] for one in separators), default=0)
    at = [one for one in separators if _LOOSE[one.text] == loosest]
    cuts = [0, *(one.end if one.text == "," else one.start for one in at), len(text)]
    parts = (text[a:b].strip() for a, b in pairwise(cuts))
    return [one for one in parts if one]


def _filled(parts: list[str], indent: int) -> list[str]:
    """As many parts on each line as fit."""
    lines: list[str] = []
    current = ""
    for part in parts:
        together = f"{current} {part}" if current else part
        if indent + len(together) <= WIDTH:
            current = together
            continue
        lines += [" " * indent + current] if current else []
        current = part if indent + len(part) <= WIDTH else ""
        lines += [] if current else _part(part, indent)
    return [*lines, " " * indent + current] if current else lines


def _part(part: str, indent: int) -> list[str]:
    """A part that is too long for a line of its own."""
    tail = "," if part.endswith(",") else ""
    part = part.removesuffix(",")
    first_word = part.partition(" ")[0]
    place = len(first_word) + 1 if first_word in _LOOSE else max(_outer(part).assigned - 1, 0)
    head, value = part[:place], part[place:]
    if not value:  # a word alone
        return [" " * indent + part + tail]
    first, *rest = _parts(value)
    if not rest:
        return _value(head, value, tail, indent)
    lines = _filled([head + first], indent) + _filled(rest, indent + 4 * bool(rest))
    return [*lines[:-1], lines[-1] + tail]
