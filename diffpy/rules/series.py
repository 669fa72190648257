"""Rules of numpy.polynomial: series as structs, roots by the implicit function theorem, and what is written out."""

from __future__ import annotations

import numpy as xp

from diffpy.rules.table import Line, rule, written
from diffpy.runtime.polynomials import series_roots_pullback, series_roots_tangent
from diffpy.runtime.struct_fields import register_fields
from diffpy.runtime.written_series import (
    FIELDS,
    as_int_of,
    as_series_of,
    chebmul_of,
    constructor_of,
    derivative_by,
    fit_of,
    fromroots_of,
    integral_by,
    mapdomain_of,
    polygrid2d_of,
    polyval2d_of,
)

# Each kind of series: its class, its module, and how the names of its functions begin.
KINDS = [
    (xp.polynomial.Polynomial, xp.polynomial.polynomial, "poly"),
    (xp.polynomial.Chebyshev, xp.polynomial.chebyshev, "cheb"),
    (xp.polynomial.Legendre, xp.polynomial.legendre, "leg"),
    (xp.polynomial.Hermite, xp.polynomial.hermite, "herm"),
    (xp.polynomial.HermiteE, xp.polynomial.hermite_e, "herme"),
    (xp.polynomial.Laguerre, xp.polynomial.laguerre, "lag"),
]
for _class, _module, _stem in KINDS:
    _derivative, _integral, _value = (getattr(_module, _stem + name) for name in ("der", "int", "val"))
    register_fields(_class, FIELDS)
    written(constructor_of(_class), f"numpy.polynomial.{_class.__name__}")
    written(derivative_by(_derivative), f"{_module.__name__}.{_stem}der")
    written(integral_by(_integral, _value), f"{_module.__name__}.{_stem}int")

written(chebmul_of, "numpy.polynomial.chebyshev.chebmul")
written(polyval2d_of, "numpy.polynomial.polynomial.polyval2d")
written(polygrid2d_of, "numpy.polynomial.polynomial.polygrid2d")
written(as_series_of, "numpy.polynomial.polyutils.as_series")
written(mapdomain_of, "numpy.polynomial.polyutils.mapdomain")
written(as_int_of, "numpy.polynomial.polyutils._as_int")
written(fromroots_of, "numpy.polynomial.polyutils._fromroots")
written(fit_of, "numpy.polynomial.polyutils._fit")

# Simple roots


def simple_roots(function: str, ahead: Line, back: Line) -> None:
    name = function.rpartition(".")[2]
    notes = {"typed_by_value": True}
    rule(name, "c", of=(function,), notes=notes, forward={"c": ahead}, c=back)


simple_roots(
    "numpy.polynomial.polynomial.polyroots",
    lambda d, y, c: series_roots_tangent(
        d, y, c, xp.polynomial.polynomial.polyval, xp.polynomial.polynomial.polyder
    ),
    lambda d, y, c: series_roots_pullback(
        d,
        y,
        c,
        xp.polynomial.polynomial.polyval,
        xp.polynomial.polynomial.polyder,
        xp.polynomial.polynomial.polyvander,
    ),
)
simple_roots(
    "numpy.polynomial.chebyshev.chebroots",
    lambda d, y, c: series_roots_tangent(
        d, y, c, xp.polynomial.chebyshev.chebval, xp.polynomial.chebyshev.chebder
    ),
    lambda d, y, c: series_roots_pullback(
        d,
        y,
        c,
        xp.polynomial.chebyshev.chebval,
        xp.polynomial.chebyshev.chebder,
        xp.polynomial.chebyshev.chebvander,
    ),
)
simple_roots(
    "numpy.polynomial.legendre.legroots",
    lambda d, y, c: series_roots_tangent(
        d, y, c, xp.polynomial.legendre.legval, xp.polynomial.legendre.legder
    ),
    lambda d, y, c: series_roots_pullback(
        d,
        y,
        c,
        xp.polynomial.legendre.legval,
        xp.polynomial.legendre.legder,
        xp.polynomial.legendre.legvander,
    ),
)
simple_roots(
    "numpy.polynomial.hermite.hermroots",
    lambda d, y, c: series_roots_tangent(
        d, y, c, xp.polynomial.hermite.hermval, xp.polynomial.hermite.hermder
    ),
    lambda d, y, c: series_roots_pullback(
        d,
        y,
        c,
        xp.polynomial.hermite.hermval,
        xp.polynomial.hermite.hermder,
        xp.polynomial.hermite.hermvander,
    ),
)
simple_roots(
    "numpy.polynomial.hermite_e.hermeroots",
    lambda d, y, c: series_roots_tangent(
        d, y, c, xp.polynomial.hermite_e.hermeval, xp.polynomial.hermite_e.hermeder
    ),
    lambda d, y, c: series_roots_pullback(
        d,
        y,
        c,
        xp.polynomial.hermite_e.hermeval,
        xp.polynomial.hermite_e.hermeder,
        xp.polynomial.hermite_e.hermevander,
    ),
)
simple_roots(
    "numpy.polynomial.laguerre.lagroots",
    lambda d, y, c: series_roots_tangent(
        d, y, c, xp.polynomial.laguerre.lagval, xp.polynomial.laguerre.lagder
    ),
    lambda d, y, c: series_roots_pullback(
        d,
        y,
        c,
        xp.polynomial.laguerre.lagval,
        xp.polynomial.laguerre.lagder,
        xp.polynomial.laguerre.lagvander,
    ),
)
