"""Rules of scipy.optimize, read once a program has imported it: roots and minima, by the implicit function theorem.

The start, the bracket and the tolerances have derivative zero: they decide which solution is found, not where it is.
"""

from __future__ import annotations

from diffpy.rules.table import constant, refused, rule, written
from diffpy.runtime.scipy_optimize import (
    bisect_of,
    brenth_of,
    brentq_of,
    fsolve_of,
    least_squares_of,
    minimize_of,
    newton_of,
    ridder_of,
    root_of,
    root_scalar_of,
    smallest_tangent,
    solved_number_tangent,
    solved_tangent,
    toms748_of,
)
from diffpy.runtime.scipy_results import part_given

HERE = "diffpy.runtime.scipy_optimize."
FOUND = {"found": "only its values are used, and the solution has its derivative"}

rule(
    "solved",
    "found, x",
    of=(HERE + "solved",),
    no_derivative=FOUND,
    forward={"x": lambda d: solved_tangent(d)},
    x=lambda d, x: part_given(d, "x", x),
)
rule(
    "solved_number",
    "found, root",
    of=(HERE + "solved_number",),
    no_derivative=FOUND,
    forward={"root": lambda d: solved_number_tangent(d)},
    root=lambda d, root: part_given(d, "root", root),
)
rule(
    "smallest",
    "found, x, fun",
    of=(HERE + "smallest",),
    no_derivative=FOUND,
    forward={"x": lambda d: smallest_tangent(d, None), "fun": lambda d: smallest_tangent(None, d)},
    x=lambda d, x: part_given(d, "x", x),
    fun=lambda d, fun: part_given(d, "fun", fun),
)
written(brentq_of, "scipy.optimize.brentq", once=True)
written(brenth_of, "scipy.optimize.brenth", once=True)
written(bisect_of, "scipy.optimize.bisect", once=True)
written(ridder_of, "scipy.optimize.ridder", once=True)
written(toms748_of, "scipy.optimize.toms748", once=True)
written(newton_of, "scipy.optimize.newton", once=True)
written(fsolve_of, "scipy.optimize.fsolve", once=True)
written(root_of, "scipy.optimize.root", once=True)
written(root_scalar_of, "scipy.optimize.root_scalar", once=True)
written(minimize_of, "scipy.optimize.minimize", once=True)
written(least_squares_of, "scipy.optimize.least_squares", once=True)
constant(HERE + "refuse_pairs")
refused(
    "no rule is written for it",
    *(
        f"scipy.optimize.{name}"
        for name in (
            "anderson approx_fprime basinhopping bracket broyden1 broyden2 brent brute check_grad curve_fit "
            "diagbroyden differential_evolution direct dual_annealing excitingmixing fixed_point fmin fmin_bfgs "
            "fmin_cg fmin_cobyla fmin_l_bfgs_b fmin_ncg fmin_powell fmin_slsqp fmin_tnc fminbound golden "
            "isotonic_regression leastsq linear_sum_assignment linearmixing linprog lsq_linear milp minimize_scalar "
            "newton_krylov nnls "
            "quadratic_assignment shgo"
        ).split()
    ),
)
