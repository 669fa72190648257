"""What operators of higher orders do, as functions that have derivatives: an operator and its arguments in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diffpy.runtime.blocks import assembled, seeds_of
from diffpy.runtime.dispatch import with_pullback
from diffpy.runtime.written_differentials import in_form, zero_of_numbers


def jacobian_of(paired: Callable, args: tuple, keywords: dict) -> Any:
    """The Jacobian of a function, of which `paired` gives the value and the pullback."""
    value, back = paired(*args, **keywords)
    return by_rows(back, seeds_of(value), value)


def by_rows(back: Callable, seeds: list, value: Any) -> Any:
    rows = [back(seed) for seed in seeds]
    return assembled(rows, rows, value)


def product_of(rates: Callable, point: tuple, vectors: tuple, keywords: dict) -> Any:
    """The Hessian at a point times vectors; `rates` is the differential of the gradient."""
    return rates(*point, **keywords)(*vectors)


def with_rates(paired: Callable, args: tuple, keywords: dict) -> Any:
    """The value of a function, and its differential there, which is the pullback of the pullback."""
    value, back = paired(*args, **keywords)

    def along(*dots: Any) -> Any:
        _, again = with_pullback(back)(zero_of_numbers(value, paired))
        return in_form(again(dots[0] if len(dots) == 1 else dots), value)

    return value, along


def slopes_of(rates: Callable, args: tuple, keywords: dict) -> Any:
    """The gradient of a function that gives a number: `rates` is its differential, taken along each number."""
    along = rates(*args, **keywords)
    slopes = [along(*seed) for seed in seeds_of(args)]
    return assembled(slopes, slopes, args)
