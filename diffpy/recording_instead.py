"""A derivative that is refused while it runs: where nobody saw that it ran, it runs again with recorded tangents."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any

from diffpy import derive, pushing  # noqa: F401  (tangents of calls)
from diffpy.analysis.kinds import Kind
from diffpy.derive import REFUSALS
from diffpy.errors import DifferentiationError, DifferentiationTypeError, ShapeError
from diffpy.request import Request
from diffpy.unseen import watched


def or_recorded(
    made: Callable[..., Any], function: types.FunctionType, request: Request, kinds: Mapping[str, Kind]
) -> Callable[..., Any]:
    """The derivative, or the one by recorded tangents once that was refused."""
    if request.recorded or not derive.may_be_recorded(function, request):
        return made
    watch = watched(function)
    if watch is None:
        return made
    instead: list[Callable[..., Any]] = []
    counts: list[bool] = []  # whether a run that prints has come to its end: later ones print at once

    def run(*args: Any, **keywords: Any) -> Any:
        if instead or counts:
            return (instead or [made])[0](*args, **keywords)
        given = (*args, *keywords.values())
        first = watch(given)
        try:
            with first:
                found = made(*args, **keywords)
        except DifferentiationError as error:
            may_know = type(error) in _REFUSALS and first.is_taken_back()
            again = derive.recorded_instead(function, request, kinds) if may_know else None
            second = watch(given)
            try:
                with second:
                    found = None if again is None else again(*args, **keywords)
            except DifferentiationError:
                again = None
            except BaseException:
                second.show()
                raise
            (first if again is None else second).show()
            if again is None:
                raise
            instead.append(again)
            return found
        except BaseException:
            first.show()
            raise
        if first.printed is not None:
            counts.append(True)
        first.show()
        return found

    return run


# A container that has grown has another structure on the way back; an object may have none while it stands still.
_REFUSALS = (*REFUSALS, ShapeError, DifferentiationTypeError)
