"""SciPy's integrals and solutions of differential equations, written out over the nodes and steps that SciPy chose.

The value is SciPy's; the derivative is that of the written rule, which is held against the value: where the two are
apart, by more than the tolerances that SciPy was given allow, the call is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import integrate

from diffpy.errors import UnknownDerivativeError
from diffpy.runtime.arrays import Array
from diffpy.runtime.attached import attached, computed, is_near
from diffpy.runtime.refusals import refuse
from diffpy.runtime.scipy_results import Result, filled, register_result
from diffpy.runtime.structures import make, tangent_vector

# Samples


def trapezoid_of(y: Array, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Array:
    return attached(computed(integrate.trapezoid, y, x, dx, axis), np.trapezoid(y, x, dx, axis))


def steps_between(y: Array, x: Any, dx: Any, axis: int) -> Array:
    """The widths between samples, along the last axis."""
    if x is None:
        return dx * np.ones(1)
    x = np.asarray(x)
    return np.diff(x) if x.ndim == 1 else np.diff(np.moveaxis(np.broadcast_to(x, np.shape(y)), axis, -1))


def cumulative_trapezoid_of(
    y: Array, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: Any = None
) -> Array:
    value = computed(integrate.cumulative_trapezoid, y, x, dx, axis, initial)
    y = np.asarray(y)
    last = np.moveaxis(y, axis, -1)
    sums = np.cumsum(steps_between(y, x, dx, axis) * (last[..., 1:] + last[..., :-1]) / 2, axis=-1)
    if initial is not None:
        sums = np.concatenate([0 * last[..., :1], sums], axis=-1)
    return attached(value, np.moveaxis(sums, -1, axis))


def simpson_of(y: Array, x: Any = None, *, dx: Any = 1.0, axis: int = -1) -> Array:
    value = computed(integrate.simpson, y, x, dx=dx, axis=axis)
    y = np.asarray(y)
    last = np.moveaxis(y, axis, -1)
    h = steps_between(y, x, dx, axis) * np.ones(last.shape[-1] - 1)
    return attached(value, simpson_sum(last, h))


def simpson_sum(y: Array, h: Array) -> Array:
    """Parabolas through three samples each; an even number of samples ends with one step of the last parabola."""
    count = y.shape[-1]
    if count < 3:
        return np.sum(h * (y[..., 1:] + y[..., :-1]) / 2, axis=-1)
    odd = count if count % 2 else count - 1
    a, b = h[..., 0 : odd - 1 : 2], h[..., 1 : odd - 1 : 2]
    left, middle, right = y[..., 0 : odd - 2 : 2], y[..., 1 : odd - 1 : 2], y[..., 2:odd:2]
    parts = (a + b) / 6 * (left * (2 - b / a) + middle * (a + b) ** 2 / (a * b) + right * (2 - a / b))
    total = np.sum(parts, axis=-1)
    if odd == count:
        return total
    # The integral of the parabola through the last three samples over the last step (K. Cartwright, 2017)
    a, b = h[..., -2], h[..., -1]
    last = (2 * b**2 + 3 * a * b) / (6 * (a + b)) * y[..., -1]
    return total + last + (b**2 + 3 * a * b) / (6 * a) * y[..., -2] - b**3 / (6 * a * (a + b)) * y[..., -3]


# Quadrature


def quad_of(
    func: Callable[..., Any],
    a: Any,
    b: Any,
    args: Any = (),
    full_output: Any = 0,
    epsabs: float = 1.49e-8,
    epsrel: float = 1.49e-8,
    limit: int = 50,
    points: Any = None,
    weight: Any = None,
    wvar: Any = None,
    wopts: Any = None,
    maxp1: int = 50,
    limlst: int = 50,
    complex_func: bool = False,
) -> Any:
    """Gauss-Legendre quadrature over the intervals that QUADPACK ended with, which has the ends' derivatives too."""
    refuse_options(full_output, points, weight, complex_func)
    given = args if isinstance(args, tuple) else (args,)
    value, error, places, weights, kind = computed(quadrature, func, a, b, given, epsabs, epsrel, limit)
    total = 0.0
    for u, w in zip(places, weights, strict=True):
        if kind == "finite":
            total = total + (b - a) * w * func(a + (b - a) * u, *given)
        elif kind == "up":
            total = total + w * func(a + u, *given)
        elif kind == "down":
            total = total - w * func(b + u, *given)
        else:
            total = total + w * func(u, *given)
    if not is_near(value, total, 10 * error + 1e-8 * abs(value)):
        refuse_gap("quad", "the integrand is too rough for the nodes that the derivative takes")
    return attached(value, total), error


def refuse_options(full_output: Any, points: Any, weight: Any, complex_func: Any) -> None:
    if full_output:
        refuse("quad", "full_output", "the derivative is known of the integral alone")
    if points is not None or weight is not None:
        refuse("quad", "points" if weight is None else "weight", "the derivative is known of plain integrals")
    if complex_func:
        refuse("quad", "complex_func", "the derivative is known of real integrals")


def refuse_gap(name: str, reason: str) -> None:
    raise UnknownDerivativeError(
        f"'{name}' has no derivative here",
        because=reason,
        fix="split the range at the rough places, or register a rule with @derivative(of=...)",
    )


def quadrature(
    func: Callable[..., Any], a: Any, b: Any, args: tuple, epsabs: float, epsrel: float, limit: int
) -> tuple:
    """The integral and its error, and nodes and weights on the intervals that were found, in the form of the range."""
    if a > b and np.isinf([a, b]).any():
        refuse_gap("quad", "its range is infinite and turned round")
    value, error = integrate.quad(func, a, b, args, 0, epsabs, epsrel, limit)
    facts = integrate.quad(func, a, b, args, 1, epsabs, epsrel, limit)[2]
    pieces = list(zip(*(facts[name][: facts["last"]].tolist() for name in ("alist", "blist")), strict=True))
    finite = np.isfinite(a) and np.isfinite(b)
    pieces = refined(func if finite else folded_range(func, a, b), pieces, args)
    nodes, weights = np.polynomial.legendre.leggauss(21)
    left, right = np.array(pieces).T
    places = np.ravel((left + right)[:, None] / 2 + (right - left)[:, None] / 2 * nodes)
    scaled = np.ravel((right - left)[:, None] / 2 * weights)
    if finite:
        width = b - a if b != a else 1.0
        return value, error, list((places - a) / width), list(scaled / abs(width)), "finite"
    far, scaled = (1 - places) / places, scaled / places**2
    if np.isfinite(a):
        return value, error, list(far), list(scaled), "up"
    if np.isfinite(b):
        return value, error, list(-far), list(-scaled), "down"
    return value, error, [*far, *-far], [*scaled, *scaled], "both"


def folded_range(func: Callable[..., Any], a: Any, b: Any) -> Callable[..., Any]:
    """The integrand over an infinite range as one over (0, 1), as QUADPACK takes it."""

    def folded(t: float, *args: Any) -> Any:
        far = (1 - t) / t
        if np.isfinite(a):
            return func(a + far, *args) / t**2
        if np.isfinite(b):
            return func(b - far, *args) / t**2
        return (func(far, *args) + func(-far, *args)) / t**2

    return folded


def refined(func: Callable[..., Any], pieces: list, args: tuple) -> list:
    """Intervals so short that halving them changes no sum: a kink lies in one that no longer counts."""
    nodes, weights = np.polynomial.legendre.leggauss(21)

    def over(left: float, right: float) -> Any:
        half, middle = (right - left) / 2, (left + right) / 2
        return half * sum(w * func(middle + half * u, *args) for u, w in zip(nodes, weights, strict=True))

    waiting = [(left, right, over(left, right)) for left, right in pieces]
    scale = sum(abs(one[2]) for one in waiting)
    kept = []
    while waiting:
        left, right, whole = waiting.pop()
        middle = (left + right) / 2
        below, above = over(left, middle), over(middle, right)
        if abs(below + above - whole) <= 1e-14 * scale or not left < middle < right:
            kept.append((left, right))
        else:
            waiting += [(left, middle, below), (middle, right, above)]
        if len(kept) + len(waiting) > 2000:
            refuse_gap("quad", "the integrand is too rough for the nodes that the derivative takes")
    return kept


def fixed_quad_of(func: Callable[..., Any], a: Any, b: Any, args: tuple = (), n: int = 5) -> Any:
    value = computed(integrate.fixed_quad, func, a, b, args, n)[0]
    nodes, weights = computed(np.polynomial.legendre.leggauss, n)
    y = (b - a) * (nodes + 1) / 2.0 + a
    return attached(value, (b - a) / 2.0 * np.sum(weights * func(y, *args), axis=-1)), None


# Differential equations


def odeint_of(
    func: Callable[..., Any],
    y0: Any,
    t: Any,
    args: Any = (),
    Dfun: Any = None,
    col_deriv: Any = 0,
    full_output: Any = 0,
    ml: Any = None,
    mu: Any = None,
    rtol: Any = None,
    atol: Any = None,
    tcrit: Any = None,
    h0: float = 0.0,
    hmax: float = 0.0,
    hmin: float = 0.0,
    ixpr: Any = 0,
    mxstep: int = 0,
    mxhnil: int = 0,
    mxordn: int = 12,
    mxords: int = 5,
    printmessg: Any = 0,
    tfirst: bool = False,
) -> Array:
    """Steps of DOP853 (E. Hairer, S. P. Norsett, G. Wanner, 1993) between the times asked for."""
    if full_output:
        refuse("odeint", "full_output", "the derivative is known of the solution alone")
    given = args if isinstance(args, tuple) else (args,)
    value = computed(
        integrate.odeint,
        *(func, y0, t, given, Dfun, col_deriv, 0, ml, mu, rtol, atol, tcrit),
        *(h0, hmax, hmin, ixpr, mxstep, mxhnil, mxordn, mxords, printmessg, tfirst),
    )
    found = trajectory("odeint", func, y0, np.asarray(t), value, given, tfirst)
    if not is_near(value, found, 1e-5 * np.max(np.abs(value))):
        refuse_gap("odeint", "the steps that the derivative takes end elsewhere")
    return attached(value, found)


def trajectory(
    name: str, func: Callable[..., Any], y0: Any, t: Array, value: Array, args: tuple, tfirst: bool
) -> Array:
    """The states at the times t, the first of them y0."""
    fractions = computed(meshes, name, func, value, t, args, tfirst)
    y = np.reshape(np.asarray(y0), (-1,)) * 1.0
    states = [y]
    for k, inner in enumerate(fractions):
        start, width = t[k], t[k + 1] - t[k]
        for first, last in inner:
            y = stepped(func, float(start + first * width), float((last - first) * width), y, args, tfirst)
        states.append(y)
    return np.stack(states)


class Followed(Result):
    """What SciPy says of the solution of a differential equation, a struct with the fields t and y."""


register_result(Followed, "t", "y")


def followed(found: Any, t: Array, states: Array) -> Any:
    return filled(Followed(), found, t=t, y=states)


def followed_tangent(t: Any, y: Any) -> Any:
    return make(tangent_vector(Followed), {"t": t, "y": y})


def solve_ivp_of(
    fun: Callable[..., Any],
    t_span: Any,
    y0: Any,
    method: Any = "RK45",
    t_eval: Any = None,
    dense_output: bool = False,
    events: Any = None,
    vectorized: bool = False,
    args: Any = None,
    **options: Any,
) -> Any:
    """The same steps as odeint's, between the times that SciPy gives; the inner ones are held fixed."""
    if dense_output:
        refuse("solve_ivp", "dense_output", "the derivative is known at the times of t_eval")
    if events is not None:
        refuse("solve_ivp", "events", "the derivative of the time of an event is not known")
    given = () if args is None else args
    found = computed(
        integrate.solve_ivp, fun, t_span, y0, method, t_eval, False, None, vectorized, args, **options
    )
    if not found["success"]:
        refuse_gap("solve_ivp", f"it did not reach the end: {found['message']}")
    start, end = t_span
    y = np.reshape(np.asarray(y0), (-1,)) * 1.0
    if t_eval is None:
        t = np.concatenate([np.reshape(start, (1,)), found["t"][1:-1], np.reshape(end, (1,))]) * 1.0
        times, values = t, computed(np.transpose, found["y"])
    else:
        t = np.asarray(t_eval) * 1.0
        times = np.concatenate([np.reshape(start, (1,)) * 1.0, t])
        values = computed(starting_from, y, found["y"])
    states = trajectory("solve_ivp", fun, y, times, values, given, True)
    states = np.transpose(states if t_eval is None else states[1:])
    tolerance = 1e-5 + 10 * computed(options.get, "rtol", 1e-3)
    if not is_near(found["y"], states, tolerance * np.max(np.abs(found["y"]), initial=0.0)):
        refuse_gap("solve_ivp", "the steps that the derivative takes end elsewhere; tighten rtol and atol")
    return followed(found, attached(found["t"], t), attached(found["y"], states))


def starting_from(y: Array, found: Array) -> Array:
    return np.concatenate([y[None], found.T])


def stepped(func: Callable[..., Any], t: Any, h: Any, y: Array, args: tuple, tfirst: bool) -> Array:
    """One step of length h from (t, y)."""
    slopes = slope_at(func, t, y, args, tfirst)[None]
    for k in range(1, 12):
        inner = y + h * (STAGES[k, :k] @ slopes)
        slopes = np.concatenate([slopes, slope_at(func, t + TIMES[k] * h, inner, args, tfirst)[None]])
    return y + h * (WEIGHTS @ slopes)


STAGES, TIMES, WEIGHTS = integrate.DOP853.A, integrate.DOP853.C, integrate.DOP853.B


def slope_at(func: Callable[..., Any], t: Any, y: Array, args: tuple, tfirst: bool) -> Array:
    found = func(t, y, *args) if tfirst else func(y, t, *args)
    return np.reshape(np.asarray(found), (-1,))


def meshes(name: str, func: Callable[..., Any], value: Array, t: Array, args: tuple, tfirst: bool) -> list:
    """For each interval between two times, the steps to take, as pairs of fractions of the interval."""

    def slope(at: Any, y: Array) -> Array:
        return slope_at(func, at, y, args, tfirst)

    found: list = []
    for k in range(len(t) - 1):
        if t[k] == t[k + 1]:
            found.append([(0.0, 1.0)])
            continue
        solved = integrate.solve_ivp(slope, (t[k], t[k + 1]), value[k], "DOP853", rtol=1e-9, atol=1e-11)
        if not solved.success:
            refuse_gap(name, f"an explicit method fails: {solved.message}")
        places = (solved.t - t[k]) / (t[k + 1] - t[k])
        places[-1] = 1.0
        found.append(list(pairwise(places.tolist())))
    return found
