"""Errors that point: a place in the user's text, a reason and a remedy in; a message with the line out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A stretch of one line of source text; columns count characters from 0."""

    filename: str
    line: int
    column: int
    end_column: int | None
    text: str
    function: str | None = None

    def head(self) -> str:
        return f"{self.filename}:{self.line}:{self.column + 1}: "

    def picture(self) -> list[str]:
        """The line, and a caret under the stretch.

        >>> print(*Place("model.py", 3, 7, 12, "return y * x").picture(), sep="|")
            return y * x|           ^~~~~
        """
        text = self.text.rstrip()
        end = len(text) if self.end_column is None else min(self.end_column, len(text))
        blank = "".join("\t" if one == "\t" else " " for one in text[: self.column].ljust(self.column))
        return ["    " + text, "    " + blank + "^" + "~" * (end - self.column - 1)]


Note = str | tuple[Place | None, str]


class DifferentiationError(Exception):
    """No derivative, and why: where in the user's text, the reason, and what to write instead."""

    blamed: object = None  # the function whose definition is the place, for an error raised far from its text

    def __init__(
        self,
        headline: str,
        *,
        because: str | None = None,
        fix: str | None = None,
        place: Place | None = None,
        notes: Iterable[Note] = (),
    ) -> None:
        super().__init__(headline)
        self.headline = headline
        self.because = because
        self.fix = fix
        self.place = place
        self.notes: tuple[Note, ...] = tuple(notes)

    @property
    def filename(self) -> str | None:
        return self.place.filename if self.place else None

    @property
    def lineno(self) -> int | None:
        return self.place.line if self.place else None

    @property
    def col_offset(self) -> int | None:
        return self.place.column if self.place else None

    def __str__(self) -> str:
        lines = pointed(self.place, "error", self.headline)
        if self.because:
            lines.append(f"  because: {self.because}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        for note in self.notes:
            where, message = (None, note) if isinstance(note, str) else note
            lines += pointed(where, "note", message)
        return "\n".join(lines)


def pointed(place: Place | None, kind: str, message: str) -> list[str]:
    """The lines of a message with a picture of its place."""
    if place is None:
        return [f"{kind}: {message}"]
    picture = place.picture() if place.text.strip() else []  # Code from exec() has no text.
    return [f"{place.head()}{kind}: {message}", *picture]


class UnsupportedSyntaxError(DifferentiationError):
    """A construct of Python that diffpy does not differentiate."""


class SourceNotFoundError(DifferentiationError):
    """The text of a function is absent, or is not what runs."""


class DifferentiationTypeError(DifferentiationError, TypeError):
    """A value of a type that has no derivative, where one is asked for."""


class NonScalarOutputError(DifferentiationTypeError):
    """A gradient of a function whose result is not one real number."""


class ParameterError(DifferentiationError, ValueError):
    """Arguments asked for, with wrt=, that a function does not have."""


class ShapeError(DifferentiationError, ValueError):
    """Arrays whose shapes do not fit."""


class DerivativeRuleError(DifferentiationError):
    """A derivative given by the user that does not fit its function."""


class UnknownDerivativeError(DifferentiationError):
    """A call whose derivative nobody wrote."""


class NonDifferentiableFieldWarning(UserWarning):
    """A field of a struct that has no derivative, and is not declared with no_derivative()."""


class ZeroDerivativeWarning(UserWarning):
    """A function, promised to be differentiable, whose result depends on none of its parameters."""
