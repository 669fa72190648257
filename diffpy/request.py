"""What is asked of a derivative: its form, and what it is taken with respect to."""

from __future__ import annotations

from dataclasses import dataclass

from diffpy.analysis.aliasing import Outside


@dataclass(frozen=True)
class Request:
    """What is asked: the form of the derivative, the arguments (and captured names) it is taken with respect to."""

    form: str  # "gradient": value and gradients | "pullback": value and pullback | "differential": value and tangent
    wrt: tuple[str, ...]
    captured: tuple[str, ...] = ()
    aux: bool = False
    result: str | tuple[str, ...] | None = None  # the arguments that a function without result leaves it in
    copies: bool = False  # the arguments are copies: nobody else sees what the function does to them
    held: tuple[str, ...] = ()  # arguments that hold no number yet, but may when the function is done
    hands_over: bool = False  # a generator function, called by one that is differentiated
    outside: Outside | None = None  # called with the buffers of what its caller changes too
    recorded: bool = False  # by a run with recorded tangents
    itself: tuple[str, ...] = ()  # captured names of the function itself

    @property
    def is_forward(self) -> bool:
        """Whether tangents go along with the values."""
        return self.recorded or self.form == "differential"

    @property
    def given(self) -> tuple[str, ...]:
        """All that values of interest may come from."""
        return (*self.wrt, *self.captured, *(self.outside.changed if self.outside is not None else ()))
