"""SciPy's root finders, written out: the root that SciPy finds, moved by Newton steps that hold the slope fixed.

Each step makes one more derivative right (the implicit function theorem, and its own derivative): two are made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import optimize

from diffpy.errors import UnknownDerivativeError
from diffpy.runtime import dispatch
from diffpy.runtime.arrays import Array
from diffpy.runtime.attached import attached, attached_twice, computed
from diffpy.runtime.refusals import refuse
from diffpy.runtime.scipy_results import Result, filled, register_result
from diffpy.runtime.structures import make, tangent_vector

RTOL = 8.881784197001252e-16
MORE = "the derivative is known of the root alone"


def slope_of(function: Callable[..., Any], x: Any, args: tuple) -> Array:
    """The matrix of derivatives of function(x, *args) in x."""
    value, back = dispatch.pulled(function, (x, *args), {}, (0,))
    rows = []
    for k in range(np.size(value)):
        one = np.reshape(np.eye(np.size(value))[k], np.shape(value))
        part = back(one if np.ndim(value) else 1.0).args[0]
        rows.append(np.zeros(np.size(x)) if part is None else np.ravel(part))
    return np.stack(rows)


def settled_root(name: str, function: Callable[..., Any], x: Any, args: tuple) -> tuple[Any, Array]:
    """The root next to x, to rounding, and the slope there; refused where there is none."""
    root = x
    for _ in range(10):
        slope = slope_of(function, root, args)
        if slope.shape[0] != slope.shape[1] or not np.linalg.cond(slope) < 1e14:
            refuse_root(name, "the slope at the solution has no inverse")
        step = np.linalg.solve(slope, np.ravel(function(root, *args)))
        root = root - (step[0] if np.ndim(x) == 0 else np.reshape(step, np.shape(x)))
        size = 1 + np.max(np.abs(root))
        if not np.max(np.abs(root - x)) <= 1e-3 * size:
            break
        if np.max(np.abs(step)) <= 1e-11 * size:
            return root, slope_of(function, root, args)
    refuse_root(name, "no smooth solution was found where it ended")
    return root, slope


def refuse_root(name: str, reason: str) -> None:
    raise UnknownDerivativeError(
        f"'{name}' has no derivative here",
        because=reason,
        fix="start it elsewhere, tighten its tolerance, or register a rule with @derivative(of=...)",
    )


def number_moved(name: str, function: Callable[..., Any], x: Any, args: tuple) -> Any:
    """A root that is a number, with its derivatives."""
    root, slope = computed(settled_root, name, function, x, args)
    moved = root - function(root, *args) / slope[0, 0]
    moved = moved - function(moved, *args) / slope[0, 0]
    return attached_twice(x, moved)


def vector_moved(name: str, function: Callable[..., Any], x: Array, args: tuple) -> Array:
    """A root that is an array, with its derivatives."""
    root, slope = computed(settled_root, name, function, x, args)
    moved = root - np.reshape(
        np.linalg.solve(slope, np.ravel(np.asarray(function(root, *args)))), np.shape(x)
    )
    rest = np.ravel(np.asarray(function(moved, *args)))
    moved = moved - np.reshape(np.linalg.solve(slope, rest), np.shape(x))
    return attached_twice(x, moved)


def in_tuple(args: Any) -> tuple:
    return args if isinstance(args, tuple) else (args,)


def brentq_of(
    f: Callable[..., Any],
    a: Any,
    b: Any,
    args: Any = (),
    xtol: float = 2e-12,
    rtol: float = RTOL,
    maxiter: int = 100,
    full_output: bool = False,
    disp: bool = True,
) -> Any:
    if full_output:
        refuse("brentq", "full_output", MORE)
    given = in_tuple(args)
    x = computed(optimize.brentq, f, a, b, given, xtol, rtol, maxiter, False, disp)
    return number_moved("brentq", f, x, given)


def brenth_of(
    f: Callable[..., Any],
    a: Any,
    b: Any,
    args: Any = (),
    xtol: float = 2e-12,
    rtol: float = RTOL,
    maxiter: int = 100,
    full_output: bool = False,
    disp: bool = True,
) -> Any:
    if full_output:
        refuse("brenth", "full_output", MORE)
    given = in_tuple(args)
    x = computed(optimize.brenth, f, a, b, given, xtol, rtol, maxiter, False, disp)
    return number_moved("brenth", f, x, given)


def bisect_of(
    f: Callable[..., Any],
    a: Any,
    b: Any,
    args: Any = (),
    xtol: float = 2e-12,
    rtol: float = RTOL,
    maxiter: int = 100,
    full_output: bool = False,
    disp: bool = True,
) -> Any:
    if full_output:
        refuse("bisect", "full_output", MORE)
    given = in_tuple(args)
    x = computed(optimize.bisect, f, a, b, given, xtol, rtol, maxiter, False, disp)
    return number_moved("bisect", f, x, given)


def ridder_of(
    f: Callable[..., Any],
    a: Any,
    b: Any,
    args: Any = (),
    xtol: float = 2e-12,
    rtol: float = RTOL,
    maxiter: int = 100,
    full_output: bool = False,
    disp: bool = True,
) -> Any:
    if full_output:
        refuse("ridder", "full_output", MORE)
    given = in_tuple(args)
    x = computed(optimize.ridder, f, a, b, given, xtol, rtol, maxiter, False, disp)
    return number_moved("ridder", f, x, given)


def toms748_of(
    f: Callable[..., Any],
    a: Any,
    b: Any,
    args: Any = (),
    k: int = 1,
    xtol: float = 2e-12,
    rtol: float = RTOL,
    maxiter: int = 100,
    full_output: bool = False,
    disp: bool = True,
) -> Any:
    if full_output:
        refuse("toms748", "full_output", MORE)
    given = in_tuple(args)
    x = computed(optimize.toms748, f, a, b, given, k, xtol, rtol, maxiter, False, disp)
    return number_moved("toms748", f, x, given)


def newton_of(
    func: Callable[..., Any],
    x0: Any,
    fprime: Any = None,
    args: Any = (),
    tol: float = 1.48e-08,
    maxiter: int = 50,
    fprime2: Any = None,
    x1: Any = None,
    rtol: float = 0.0,
    full_output: bool = False,
    disp: bool = True,
) -> Any:
    if full_output:
        refuse("newton", "full_output", MORE)
    given = in_tuple(args)
    x = computed(optimize.newton, func, x0, fprime, given, tol, maxiter, fprime2, x1, rtol, False, disp)
    if np.ndim(x) == 0:
        return number_moved("newton", func, x, given)
    return vector_moved("newton", func, x, given)


def fsolve_of(
    func: Callable[..., Any],
    x0: Any,
    args: Any = (),
    fprime: Any = None,
    full_output: Any = 0,
    col_deriv: Any = 0,
    xtol: float = 1.49012e-08,
    maxfev: int = 0,
    band: Any = None,
    epsfcn: Any = None,
    factor: float = 100,
    diag: Any = None,
) -> Array:
    if full_output:
        refuse("fsolve", "full_output", MORE)
    given = in_tuple(args)
    x = computed(
        optimize.fsolve, func, x0, given, fprime, 0, col_deriv, xtol, maxfev, band, epsfcn, factor, diag
    )
    return vector_moved("fsolve", func, x, given)


# Results that are objects: the solution has a derivative, and the value there


class Solved(Result):
    """What SciPy says of a solution, a struct with the field x."""


class SolvedNumber(Result):
    """What SciPy says of a root, a struct with the field root."""


class Smallest(Result):
    """What SciPy says of a minimum, a struct with the fields x and fun."""


register_result(Solved, "x")
register_result(SolvedNumber, "root")
register_result(Smallest, "x", "fun")


def solved(found: Any, x: Any) -> Any:
    return filled(Solved(), found, x=x)


def solved_tangent(x: Any) -> Any:
    return make(tangent_vector(Solved), {"x": x})


def solved_number(found: Any, root: Any) -> Any:
    return filled(SolvedNumber(), found, root=root)


def solved_number_tangent(root: Any) -> Any:
    return make(tangent_vector(SolvedNumber), {"root": root})


def smallest(found: Any, x: Any, fun: Any) -> Any:
    return filled(Smallest(), found, x=x, fun=fun)


def smallest_tangent(x: Any, fun: Any) -> Any:
    return make(tangent_vector(Smallest), {"x": x, "fun": fun})


def root_of(
    fun: Callable[..., Any],
    x0: Any,
    args: Any = (),
    method: str = "hybr",
    jac: Any = None,
    tol: Any = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    refuse_pairs("root", jac)
    given = in_tuple(args)
    found = computed(optimize.root, fun, x0, given, method, jac, tol, callback, options)
    return solved(found, vector_moved("root", fun, found["x"], given))


def refuse_pairs(name: str, jac: Any) -> None:
    """Refuse functions that return their slope too."""
    if jac is True:
        refuse(name, "jac", "the derivative of a function that returns its slope too is not known")


def root_scalar_of(
    f: Callable[..., Any],
    args: Any = (),
    method: Any = None,
    bracket: Any = None,
    fprime: Any = None,
    fprime2: Any = None,
    x0: Any = None,
    x1: Any = None,
    xtol: Any = None,
    rtol: Any = None,
    maxiter: Any = None,
    options: Any = None,
) -> Any:
    refuse_pairs("root_scalar", fprime)
    given = in_tuple(args)
    found = computed(
        optimize.root_scalar,
        *(f, given, method, bracket, fprime, fprime2, x0, x1, xtol, rtol, maxiter, options),
    )
    return solved_number(found, number_moved("root_scalar", f, found["root"], given))


def called(fun: Callable[..., Any], x: Any, args: tuple) -> Any:
    """fun(x, *args), with each argument at its place."""
    if len(args) == 0:
        return fun(x)
    if len(args) == 1:
        return fun(x, args[0])
    if len(args) == 2:
        return fun(x, args[0], args[1])
    if len(args) == 3:
        return fun(x, args[0], args[1], args[2])
    if len(args) == 4:
        return fun(x, args[0], args[1], args[2], args[3])
    refuse("minimize", "args", "the derivative is known with up to four; let the function capture the others")
    return None


def gradient_at(x: Any, fun: Callable[..., Any], args: tuple) -> Any:
    """The gradient of fun(x, *args) in x."""

    def along(x: Any) -> Any:
        return called(fun, x, args)

    _, back = dispatch.with_pullback(along)(x)
    return back(1.0)


def half_square(x: Any, fun: Callable[..., Any], args: tuple) -> Any:
    residuals = np.asarray(called(fun, x, args))
    return 0.5 * np.sum(residuals * residuals)


def minimize_of(
    fun: Callable[..., Any],
    x0: Any,
    args: Any = (),
    method: Any = None,
    jac: Any = None,
    hess: Any = None,
    hessp: Any = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: Any = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    refuse_pairs("minimize", jac)
    if bounds is not None or constraints:
        refuse(
            "minimize", "constraints" if bounds is None else "bounds", "the solution may lie on the border"
        )
    given = in_tuple(args)
    found = computed(
        optimize.minimize,
        *(fun, x0, given, method, jac, hess, hessp, bounds, constraints, tol, callback, options),
    )
    x = vector_moved("minimize", gradient_at, found["x"], (fun, given))
    return smallest(found, x, attached(found["fun"], fun(x, *given)))


def least_squares_of(
    fun: Callable[..., Any],
    x0: Any,
    jac: Any = "2-point",
    bounds: Any = (-np.inf, np.inf),
    *more: Any,
    args: tuple = (),
    kwargs: Any = None,
    loss: Any = "linear",
    **options: Any,
) -> Any:
    if more or kwargs or loss != "linear" or computed(are_bounded, bounds):
        refuse("least_squares", "bounds", "the derivative is known of plain sums of squares without bounds")
    found = computed(optimize.least_squares, fun, x0, jac, args=args, **options)
    return solved(found, vector_moved("least_squares", gradient_at, found["x"], (half_square, (fun, args))))


def are_bounded(bounds: Any) -> bool:
    if isinstance(bounds, optimize.Bounds):
        bounds = (bounds.lb, bounds.ub)
    return bool(np.isfinite(bounds[0]).any() or np.isfinite(bounds[1]).any())
