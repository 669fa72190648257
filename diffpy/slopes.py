"""Gradients by differentials, where no text goes backwards: a function and its arguments in, a slope a number out."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.forward_operators import Differential, of_point
from diffpy.operators import Gradient
from diffpy.runtime.standing import Standing
from diffpy.runtime.structures import zero_tangent
from diffpy.runtime.tangent_vectors import leaves
from diffpy.runtime.written_jacobians import slopes_of

MANY = 4096  # slopes; each is a run of the function


def as_slopes(gradient: Gradient, args: tuple, keywords: dict[str, Any]) -> Standing | None:
    """gradient(of=f)(x) as a call that takes the differentials of f; None where it asks for more than that."""
    if type(gradient) is not Gradient or gradient.aux or gradient.result is not None or not are_few(args):
        return None
    target = gradient._target(args, keywords)
    laid = gradient._asked(target, *target.whole(args, keywords)).layout
    names = target.function.__code__.co_varnames[len(target.before) :][: len(args)]
    if laid.star is not None or not {*laid.lively} <= {*names}:
        return None
    places = tuple(map(names.index, laid.lively))

    def after(found: Any) -> Any:
        parts = tuple(found[k] for k in places)
        return laid.shaped(parts[0] if len(parts) == 1 else parts)

    def before(y_bar: Any) -> Any:
        taken = laid.taken(y_bar, len(laid.names))
        parts = dict(zip(places, (taken,) if len(places) == 1 else taken, strict=True))
        return tuple(parts.get(k) for k in range(len(args)))

    call = of_point(slopes_of, Differential(gradient.of), args, keywords)
    return call._replace(after=after, before=before, along=after)


def are_few(point: tuple) -> bool:
    """Whether arguments are real numbers of full precision, and not too many: a slope says nothing of imaginary parts."""
    found = [*leaves(zero_tangent(point))]
    plain = all(isinstance(x, float) or getattr(x, "dtype", None) == np.float64 for x in found)
    return plain and 0 < min(map(np.size, found), default=0) and sum(map(np.size, found)) <= MANY
