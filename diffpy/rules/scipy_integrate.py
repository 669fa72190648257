"""Rules of scipy.integrate, read once a program has imported it."""

from __future__ import annotations

from diffpy.rules.table import constant, refused, rule, written
from diffpy.runtime.scipy_integrate import (
    cumulative_trapezoid_of,
    fixed_quad_of,
    followed_tangent,
    odeint_of,
    quad_of,
    simpson_of,
    solve_ivp_of,
    trapezoid_of,
)
from diffpy.runtime.scipy_results import part_given

HERE = "diffpy.runtime.scipy_integrate."

written(trapezoid_of, "scipy.integrate.trapezoid")
written(cumulative_trapezoid_of, "scipy.integrate.cumulative_trapezoid")
written(simpson_of, "scipy.integrate.simpson")
written(quad_of, "scipy.integrate.quad", once=True)
written(fixed_quad_of, "scipy.integrate.fixed_quad", once=True)
written(odeint_of, "scipy.integrate.odeint", once=True)
written(solve_ivp_of, "scipy.integrate.solve_ivp", once=True)
rule(
    "followed",
    "found, t, states",
    of=(HERE + "followed",),
    no_derivative={"found": "only its values are used, and the solution has its derivative"},
    forward={"t": lambda d: followed_tangent(d, None), "states": lambda d: followed_tangent(None, d)},
    t=lambda d, t: part_given(d, "t", t),
    states=lambda d, states: part_given(d, "y", states),
)
constant(HERE + "refuse_options", HERE + "refuse_gap")
refused(
    "no rule is written for it",
    *(
        f"scipy.integrate.{name}"
        for name in (
            "BDF DOP853 LSODA RK23 RK45 Radau OdeSolver DenseOutput OdeSolution complex_ode ode cubature "
            "cumulative_simpson dblquad lebedev_rule newton_cotes nquad nsum qmc_quad quad_vec romb solve_bvp "
            "tanhsinh tplquad"
        ).split()
    ),
)
