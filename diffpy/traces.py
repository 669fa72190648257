"""The user's text behind generated text: an error in; the error, pointing at the user's expressions, out."""

from __future__ import annotations

import ast
import os
import sys
import traceback
import types
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from math import inf
from typing import Any, NamedTuple

import gast

from diffpy import errors
from diffpy.syntax import source
from diffpy.syntax.emit import GENERATED

_LIBRARY = os.path.dirname(os.path.abspath(__file__)) + os.sep
_NOTES = 8  # lines that an exception is explained with


class Span(NamedTuple):
    """A stretch of text; columns count bytes, as Python's own do."""

    start: tuple[int, float]
    end: tuple[int, float]

    def holds(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end

    @property
    def tightness(self) -> tuple[float, ...]:
        """Of stretches around one place the smallest has the greatest."""
        return (*self.start, -self.end[0], -self.end[1])


def _span(node: Any) -> Span:
    return Span((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset))


@dataclass(frozen=True)
class Generated:
    """A generated text and the tree it was printed from, whose nodes stand where the written ones do."""

    written: source.Source
    tree: gast.FunctionDef
    text: str

    @cached_property
    def spans(self) -> list[tuple[Span, gast.AST]]:
        return list(_paired(ast.parse(self.text).body[0], self.tree))

    def node_at(self, span: Span) -> gast.AST | None:
        """What was written for the smallest stretch around `span`."""
        around = [(one, node) for one, node in self.spans if one.holds(span)]
        return max(around, key=lambda pair: pair[0].tightness)[1] if around else None


_generated: dict[str, Generated] = {}


def remember(made: types.FunctionType, tree: gast.FunctionDef, written: source.Source) -> None:
    """Keep what a generated function was written as, for as long as its code lives."""
    filename = made.__code__.co_filename
    _generated[filename] = Generated(written, tree, vars(made)["__diffpy_source__"])
    weakref.finalize(made.__code__, _generated.pop, filename, None).atexit = False


def _paired(printed: Any, tree: Any) -> Iterator[tuple[Span, gast.AST]]:
    """The stretches of a text read back, each with the node it was printed from."""
    waiting = [(printed, tree)]
    while waiting:
        one, other = waiting.pop()
        if isinstance(one, list) and isinstance(other, list):
            waiting += zip(one, (x for x in other if not _is_comment(x)), strict=False)
        elif isinstance(one, ast.AST) and type(one).__name__ == type(other).__name__:
            if getattr(one, "end_lineno", None) and getattr(other, "lineno", None):
                yield _span(one), other
            waiting += [(value, getattr(other, name, None)) for name, value in ast.iter_fields(one)]


def _is_comment(node: Any) -> bool:
    return isinstance(node, gast.Expr) and isinstance(node.value, gast.Name) and node.value.id.startswith("#")


# Places


def written_place(filename: str, span: Span) -> errors.Place | None:
    """The user's text behind a stretch of generated text, of whatever order of derivative."""
    place = None
    while filename in _generated:
        made = _generated[filename]
        node: Any = made.node_at(span)
        place = made.written.place(node)
        filename, span = place.filename, _span(node if node is not None else made.written.found.node)
    # A call written for a library's function, or what is written here for one.
    return None if filename.startswith((GENERATED, _LIBRARY)) else place


def _running(code: types.CodeType, instruction: int, line: int) -> Span:
    """The stretch of text that an instruction belongs to; its whole line where Python keeps no columns."""
    first, last, start, end = next(islice(code.co_positions(), instruction // 2, None))
    if first is None or last is None or start is None or end is None:
        return Span((line, inf), (line, 0))  # Every stretch that touches the line is around this.
    return Span((first, start), (last, end))


def user_places(error: BaseException) -> list[errors.Place]:
    """The user's text behind the generated frames of a traceback, innermost first."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename in _generated:
            span = _running(code, trace.tb_lasti, trace.tb_lineno)
            places.append(written_place(code.co_filename, span))
        trace = trace.tb_next
    return [place for place in reversed(places) if place is not None]


def caller_place() -> errors.Place | None:
    """The expression outside this library that is running now."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(GENERATED):
            place = written_place(code.co_filename, _running(code, frame.f_lasti, frame.f_lineno))
            if place is not None:
                return place
        elif not code.co_filename.startswith(_LIBRARY):
            return source.running_place(frame)
        frame = frame.f_back
    return None


def place_of(function: Any) -> errors.Place | None:
    """Where a function is defined; None where no text of it is found."""
    if not isinstance(function, types.FunctionType):
        return None
    try:
        return in_users_text(source.find(function).place())
    except errors.DifferentiationError:
        return None


def in_users_text(place: errors.Place | None) -> errors.Place | None:
    """The place itself, or the user's text behind it where it is in generated text."""
    if place is None or not place.filename.startswith(GENERATED):
        return place
    start, end = (
        inf if column is None else len(place.text[:column].encode())
        for column in (place.column, place.end_column)
    )
    span = Span((place.line, start), (place.line, len(place.text.encode()) if end == inf else end))
    return written_place(place.filename, span)


# Errors


def locate(error: errors.DifferentiationError) -> None:
    """Give an error without a place the function it blames, the user's line, or the line of the call."""
    blamed = place_of(vars(error).pop("blamed", None))
    uses = user_places(error)
    use = uses[0] if uses else caller_place()
    if error.place is None and blamed is not None:
        error.notes = (*error.notes, (use, "needed here"))
    if error.place is not None:
        for one in ("headline", "because", "fix"):
            setattr(error, one, _respelled(getattr(error, one) or "", error.place.filename) or None)
    error.place = in_users_text(error.place) or blamed or use
    error.notes = tuple(
        note if isinstance(note, str) else (in_users_text(note[0]), note[1]) for note in error.notes
    )
    if uses and not blamed and _elsewhere(uses[0], error):
        error.notes = (*error.notes, (uses[0], "called here"))


def _elsewhere(use: errors.Place, error: errors.DifferentiationError) -> bool:
    """Whether a line of the user's is in none of the places that an error shows."""
    shown = [error.place, *(note[0] for note in error.notes if not isinstance(note, str))]
    return all(one is None or (one.filename, one.line) != (use.filename, use.line) for one in shown)


def explain(error: BaseException) -> None:
    """Note the user's lines on an exception that came through generated code, and use the user's names."""
    _in_the_users_words(error)
    for number, place in enumerate(user_places(error)):
        note = f"{place.filename}:{place.line}: {place.text.strip()}"
        known = getattr(error, "__notes__", ())
        if len(known) < _NOTES and not any(note in one for one in known):
            error.add_note(("called at " if number else "while differentiating ") + note)


class pointing:
    """with pointing(): errors that leave the block have a place, or a note of it."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, errors.DifferentiationError):
            locate(error)
        elif error is not None:
            explain(error)


# Names


def _in_the_users_words(error: BaseException) -> None:
    """Python's own messages that mention a variable or a nested function by its generated name."""
    if not isinstance(error, NameError | TypeError) or len(error.args) != 1 or type(error.args[0]) is not str:
        return
    for frame, _ in traceback.walk_tb(error.__traceback__):
        filename = frame.f_code.co_filename
        if isinstance(error, NameError):
            error.args = (_respelled(error.args[0], filename),)
            error.name = _respelled(f"'{error.name}'", filename).strip("'") if error.name else error.name
        elif filename in _generated:
            made, name = _generated[filename].tree.name, _written(filename)[0].function.__qualname__
            error.args = (error.args[0].replace(f"{made}.<locals>.", f"{name}.<locals>."),)


def _written(filename: str) -> list[source.Source]:
    """What a generated text was written as, the user's own first."""
    found: list[source.Source] = []
    while filename in _generated:
        found.insert(0, _generated[filename].written)
        filename = found[0].filename
    return found


def _respelled(message: str, filename: str) -> str:
    """The message with the names of what was written, of whatever order of derivative."""
    for written in reversed(_written(filename)):
        message = written.spelled(message)
    return message
