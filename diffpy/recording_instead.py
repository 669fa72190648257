"""A derivative that is refused while it runs: where nobody saw that it ran, it runs again with recorded tangents."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any

from diffpy import derive, pushing  # noqa: F401  (tangents of calls)
from diffpy.analysis.kinds import Kind
from diffpy.derive import REFUSALS
from diffpy.errors import DifferentiationError
from diffpy.request import Request
from diffpy.unseen import watched


def or_recorded(
    made: Callable[..., Any], function: types.FunctionType, request: Request, kinds: Mapping[str, Kind]
) -> Callable[..., Any]:
    """The derivative, or the one by recorded tangents once that was refused."""
    if request.recorded or not derive.may_be_recorded(function, request):
        return made
    note = watched(function)
    if note is None:
        return made
    instead: list[Callable[..., Any]] = []

    def run(*args: Any, **keywords: Any) -> Any:
        if instead:
            return instead[0](*args, **keywords)
        is_unseen = note()
        try:
            return made(*args, **keywords)
        except DifferentiationError as error:
            may_know = type(error) in REFUSALS and is_unseen()
            again = derive.recorded_instead(function, request, kinds) if may_know else None
            if again is None:
                raise
            try:
                found = again(*args, **keywords)
            except DifferentiationError:
                again = None
            if again is None:
                raise
        instead.append(again)
        return found

    return run
