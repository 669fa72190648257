"""Rules of scipy.special, read once a program has imported it.

Formulas are those of the NIST Digital Library of Mathematical Functions (DLMF), smooth where the function is.
"""

from __future__ import annotations

from typing import Any

import numpy as xp
from scipy import special

from diffpy.rules.table import TABLE, Line, constant, elementwise, refused, rule, without_complex, written
from diffpy.runtime.arrays import cast, unbroadcast, without_zeros
from diffpy.runtime.powers import power_base, power_exponent
from diffpy.runtime.scipy_special import (
    apart,
    dawsn_slope,
    erfcx_slope,
    expn_slope,
    log1p_quotient_slope,
    log_quotient,
    logsumexp_of,
    multigammaln_of,
    normal_hazard,
    part,
    rgamma_slope,
    scale_slope,
    shares,
    spread_over,
)

ORDER = "the derivative in an order has no closed form"
PARAMETER = "the derivative in this parameter has no closed form that is known here"
OF_COMPLEX = "it is not holomorphic, and its derivative is known of real numbers"


def of_special(
    names: str, signature: str, *lines: Line | None, why: str = ORDER, real: bool = False, **notes: Any
) -> None:
    """A ufunc under its names: arguments with None for a line are refused, `why`; complex ones too if `real`."""
    arguments = [one.strip() for one in signature.split(",")]
    lacking = {one: why for one, line in zip(arguments, lines, strict=True) if line is None}
    dotted = tuple(f"scipy.special.{one}" for one in names.split() if hasattr(special, one))
    if dotted:
        elementwise(names.split()[0], signature, *lines, of=dotted, no_derivative=lacking, **notes)
    if real:
        without_complex(OF_COMPLEX, *dotted)


# The gamma function and its relatives (DLMF 5, 8)

of_special("gamma", "z", lambda d, y, z: d * y * special.digamma(z))
of_special("gammaln", "x", lambda d, x: d * special.digamma(x))
of_special("loggamma", "z", lambda d, z: d * special.digamma(z))
of_special("digamma psi", "z", lambda d, z: d * special.zeta(2, z))
of_special("rgamma", "z", lambda d, z: d * rgamma_slope(z))
of_special(
    "beta",
    "a, b",
    lambda d, y, a, b: d * y * (special.digamma(a) - special.digamma(a + b)),
    lambda d, y, a, b: d * y * (special.digamma(b) - special.digamma(a + b)),
)
of_special(
    "betaln",
    "a, b",
    lambda d, a, b: d * (special.digamma(a) - special.digamma(a + b)),
    lambda d, a, b: d * (special.digamma(b) - special.digamma(a + b)),
)
of_special(
    "binom",
    "n, k",
    lambda d, y, n, k: d * y * (special.digamma(n + 1) - special.digamma(n - k + 1)),
    lambda d, y, n, k: d * y * (special.digamma(n - k + 1) - special.digamma(k + 1)),
)
of_special(
    "poch",
    "z, m",
    lambda d, y, z, m: d * y * (special.digamma(z + m) - special.digamma(z)),
    lambda d, y, z, m: d * y * special.digamma(z + m),
)
of_special(
    "gammainc",
    "a, x",
    None,
    lambda d, y, a, x: d * cast(xp.exp(special.xlogy(a - 1, x) - x - special.gammaln(a)), y),
    why=PARAMETER,
)
of_special(
    "gammaincc",
    "a, x",
    None,
    lambda d, y, a, x: -d * cast(xp.exp(special.xlogy(a - 1, x) - x - special.gammaln(a)), y),
    why=PARAMETER,
)
of_special(
    "gammaincinv",
    "a, p",
    None,
    lambda d, y, a: d * cast(xp.exp(special.gammaln(a) + y - special.xlogy(a - 1, y)), y),
    why=PARAMETER,
)
of_special(
    "gammainccinv",
    "a, p",
    None,
    lambda d, y, a: -d * cast(xp.exp(special.gammaln(a) + y - special.xlogy(a - 1, y)), y),
    why=PARAMETER,
)
of_special(
    "betainc",
    "a, b, x",
    None,
    None,
    lambda d, y, a, b, x: (
        d * cast(xp.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b)), y)
    ),
    why=PARAMETER,
)
of_special(
    "betaincc",
    "a, b, x",
    None,
    None,
    lambda d, y, a, b, x: (
        -d * cast(xp.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b)), y)
    ),
    why=PARAMETER,
)
of_special(
    "betaincinv",
    "a, b, p",
    None,
    None,
    lambda d, y, a, b: (
        d * cast(xp.exp(special.betaln(a, b) - special.xlogy(a - 1, y) - special.xlog1py(b - 1, -y)), y)
    ),
    why=PARAMETER,
)
elementwise(
    "polygamma",
    "n, x",
    None,
    lambda d, n, x: d * special.polygamma(n + 1, x),
    of=("scipy.special.polygamma",),
    no_derivative={"n": ORDER},
)
elementwise(
    "zeta",
    "x, q=None, out=None",
    None,
    lambda d, x, q: -d * x * special.zeta(x + 1, q),
    None,
    of=("scipy.special.zeta",),
    no_derivative={"x": ORDER},
)

# Error functions and the normal distribution (DLMF 7)

of_special("erf", "x", lambda d, x: d * 1.1283791670955126 * xp.exp(-x * x))  # 2 / sqrt(pi)
of_special("erfc", "x", lambda d, x: -d * 1.1283791670955126 * xp.exp(-x * x))
of_special("erfi", "x", lambda d, x: d * 1.1283791670955126 * xp.exp(x * x))
of_special("erfcx", "x", lambda d, y, x: d * erfcx_slope(x, y))
of_special("erfinv", "x", lambda d, y: d * 0.886226925452758 * xp.exp(y * y))  # sqrt(pi) / 2
of_special("erfcinv", "x", lambda d, y: -d * 0.886226925452758 * xp.exp(y * y))
of_special("dawsn", "x", lambda d, y, x: d * dawsn_slope(x, y))
of_special("wofz", "z", lambda d, y, z: d * (1.1283791670955126j - 2 * z * y))
of_special("ndtr", "x", lambda d, x: d * 0.3989422804014327 * xp.exp(-x * x / 2))  # 1 / sqrt(2 pi)
of_special("ndtri", "p", lambda d, y: d * 2.5066282746310002 * xp.exp(y * y / 2))  # sqrt(2 pi)
of_special("log_ndtr", "x", lambda d, y, x: d * normal_hazard(x, y))
of_special("ndtri_exp", "p", lambda d, y, p: d / normal_hazard(y, p))
of_special(
    "owens_t",
    "h, a",
    lambda d, h, a: -d * 0.19947114020071635 * xp.exp(-h * h / 2) * special.erf(a * h * 0.7071067811865476),
    lambda d, h, a: d * 0.15915494309189535 * xp.exp(-h * h * (1 + a * a) / 2) / (1 + a * a),
)
of_special(
    "stdtr",
    "df, t",
    None,
    lambda d, y, df, t: (
        d * cast(xp.exp(-(df + 1) / 2 * xp.log1p(t * t / df) - special.betaln(df / 2, 0.5)) / xp.sqrt(df), y)
    ),
    why=PARAMETER,
)
of_special(
    "stdtrit",
    "df, p",
    None,
    lambda d, y, df: (
        d * cast(xp.exp((df + 1) / 2 * xp.log1p(y * y / df) + special.betaln(df / 2, 0.5)) * xp.sqrt(df), y)
    ),
    why=PARAMETER,
)
of_special(
    "chdtr",
    "v, x",
    None,
    lambda d, y, v, x: (
        d * 0.5 * cast(xp.exp(special.xlogy(v / 2 - 1, x / 2) - x / 2 - special.gammaln(v / 2)), y)
    ),
    why=PARAMETER,
)
of_special(
    "chdtrc",
    "v, x",
    None,
    lambda d, y, v, x: (
        -d * 0.5 * cast(xp.exp(special.xlogy(v / 2 - 1, x / 2) - x / 2 - special.gammaln(v / 2)), y)
    ),
    why=PARAMETER,
)

# Logistic functions, logarithms of sums, entropies

of_special("expit", "x", lambda d, y, x: d * y * special.expit(-x))
of_special("logit", "x", lambda d, x: d / (x * (1 - x)))
of_special("log_expit", "x", lambda d, x: d * special.expit(-x))
if hasattr(special, "softplus"):
    elementwise("softplus", "x", lambda d, x: d * special.expit(x), of=("scipy.special.softplus",))
rule(
    "logsumexp",
    "a, axis=None, b=None, keepdims=False",
    of=("scipy.special.logsumexp",),
    forward={
        "a": lambda d, y, a, axis, b, keepdims: xp.sum(
            shares(y, a, b, axis, keepdims) * d, axis=axis, keepdims=keepdims
        ),
        "b": lambda d, y, a, axis, b, keepdims: xp.sum(
            scale_slope(y, a, b, axis, keepdims) * d, axis=axis, keepdims=keepdims
        ),
    },
    a=lambda d, y, a, a_shape, axis, b, keepdims: unbroadcast(
        shares(y, a, b, axis, keepdims) * spread_over(d, a, b, axis, keepdims), a_shape
    ),
    b=lambda d, y, a, axis, b, b_shape, keepdims: unbroadcast(
        scale_slope(y, a, b, axis, keepdims) * spread_over(d, a, b, axis, keepdims), b_shape
    ),
)
written(logsumexp_of, "scipy.special.logsumexp")
rule(
    "softmax",
    "x, axis=None",
    of=("scipy.special.softmax",),
    forward={"x": lambda d, y, axis: y * (d - xp.sum(y * d, axis=axis, keepdims=True))},
    x=lambda d, y, axis: y * (d - xp.sum(y * d, axis=axis, keepdims=True)),
)
rule(
    "log_softmax",
    "x, axis=None",
    of=("scipy.special.log_softmax",),
    forward={"x": lambda d, y, axis: d - xp.sum(xp.exp(y) * d, axis=axis, keepdims=True)},
    x=lambda d, y, axis: d - xp.exp(y) * xp.sum(d, axis=axis, keepdims=True),
)
of_special("xlogy", "a, b", lambda d, b: d * xp.log(b), lambda d, a, b: d * a / apart(b, a))
of_special("xlog1py", "a, b", lambda d, b: d * xp.log1p(b), lambda d, a, b: d * a / apart(1 + b, a))
of_special("entr", "x", lambda d, x: -d * (xp.log(x) + 1))
of_special("rel_entr", "a, b", lambda d, a, b: d * (xp.log(a / b) + 1), lambda d, a, b: -d * a / apart(b, a))
of_special("kl_div", "a, b", lambda d, a, b: d * xp.log(a / b), lambda d, a, b: d * (1 - a / apart(b, a)))

# Powers and exponentials

of_special("expm1", "x", lambda d, y: d * (y + 1))
of_special("log1p", "x", lambda d, x: d / (1 + x))
of_special("exp2", "x", lambda d, y: d * y * 0.6931471805599453)  # log(2)
of_special("exp10", "x", lambda d, y: d * y * 2.302585092994046)  # log(10)
of_special("cbrt", "x", lambda d, y: d / (3 * y * y))
of_special("cosm1", "x", lambda d, x: -d * xp.sin(x))
of_special("exprel", "x", lambda d, x: d * 0.5 * special.hyp1f1(2, 3, x))
of_special(
    "powm1",
    "a, b",
    lambda d, a, b: power_base(d, a, b),
    lambda d, y, a, b: power_exponent(d, y + 1, a, b),
)
of_special(
    "boxcox",
    "x, lmbda",
    lambda d, x, lmbda: d * x ** (lmbda - 1),
    lambda d, x, lmbda: d * 0.5 * xp.log(x) ** 2 * special.hyp1f1(2, 3, lmbda * xp.log(x)),
)
of_special(
    "boxcox1p",
    "x, lmbda",
    lambda d, x, lmbda: d * xp.exp((lmbda - 1) * xp.log1p(x)),
    lambda d, x, lmbda: d * 0.5 * xp.log1p(x) ** 2 * special.hyp1f1(2, 3, lmbda * xp.log1p(x)),
)
of_special(
    "inv_boxcox",
    "x, lmbda",
    lambda d, y, lmbda: d * y ** (1 - lmbda),
    lambda d, y, x, lmbda: d * y * x * x * log1p_quotient_slope(lmbda * x),
)
of_special(
    "inv_boxcox1p",
    "x, lmbda",
    lambda d, y, lmbda: d * (y + 1) ** (1 - lmbda),
    lambda d, y, x, lmbda: d * (y + 1) * x * x * log1p_quotient_slope(lmbda * x),
)
of_special(
    "huber",
    "delta, r",
    lambda d, delta, r: d * xp.maximum(xp.abs(r) - delta, 0),
    lambda d, delta, r: d * xp.clip(r, -delta, delta),
)
of_special(
    "pseudo_huber",
    "delta, r",
    lambda d, delta, r: d * (xp.hypot(delta, r) - delta) ** 2 / without_zeros(xp.hypot(delta, r)),
    lambda d, delta, r: d * delta * r / without_zeros(xp.hypot(delta, r)),
)

# Angles in degrees

of_special("sindg", "x", lambda d, x: d * 0.017453292519943295 * special.cosdg(x))  # pi / 180
of_special("cosdg", "x", lambda d, x: -d * 0.017453292519943295 * special.sindg(x))
of_special("tandg", "x", lambda d, y: d * 0.017453292519943295 * (1 + y * y))
of_special("cotdg", "x", lambda d, y: -d * 0.017453292519943295 * (1 + y * y))
of_special(
    "radian",
    "degrees, m, s",
    lambda d: d * 0.017453292519943295,
    lambda d: d * 0.0002908882086657216,
    lambda d: d * 4.84813681109536e-06,
)

# Bessel functions (DLMF 10)

of_special("j0", "x", lambda d, x: -d * special.j1(x))
of_special("j1", "x", lambda d, x: d * 0.5 * (special.j0(x) - special.jv(2, x)))
of_special("y0", "x", lambda d, x: -d * special.y1(x))
of_special("y1", "x", lambda d, x: d * 0.5 * (special.y0(x) - special.yv(2, x)))
of_special("i0", "x", lambda d, x: d * special.i1(x))
of_special("i1", "x", lambda d, x: d * 0.5 * (special.i0(x) + special.iv(2, x)))
of_special("k0", "x", lambda d, x: -d * special.k1(x))
of_special("k1", "x", lambda d, x: -d * 0.5 * (special.k0(x) + special.kv(2, x)))
of_special("i0e", "x", lambda d, y, x: d * (special.i1e(x) - xp.sign(x) * y))
of_special("i1e", "x", lambda d, y, x: d * (0.5 * (special.i0e(x) + special.ive(2, x)) - xp.sign(x) * y))
of_special("k0e", "x", lambda d, y, x: d * (y - special.k1e(x)))
of_special("k1e", "x", lambda d, y, x: d * (y - 0.5 * (special.k0e(x) + special.kve(2, x))))
of_special("jv jn", "v, z", None, lambda d, v, z: d * 0.5 * (special.jv(v - 1, z) - special.jv(v + 1, z)))
of_special("yv", "v, z", None, lambda d, v, z: d * 0.5 * (special.yv(v - 1, z) - special.yv(v + 1, z)))
of_special("yn", "n, x", None, lambda d, n, x: d * 0.5 * (special.yn(n - 1, x) - special.yn(n + 1, x)))
of_special("iv", "v, z", None, lambda d, v, z: d * 0.5 * (special.iv(v - 1, z) + special.iv(v + 1, z)))
of_special("kv", "v, z", None, lambda d, v, z: -d * 0.5 * (special.kv(v - 1, z) + special.kv(v + 1, z)))
of_special("kn", "n, x", None, lambda d, n, x: -d * 0.5 * (special.kn(n - 1, x) + special.kn(n + 1, x)))
of_special(
    "hankel1",
    "v, z",
    None,
    lambda d, v, z: d * 0.5 * (special.hankel1(v - 1, z) - special.hankel1(v + 1, z)),
)
of_special(
    "hankel2",
    "v, z",
    None,
    lambda d, v, z: d * 0.5 * (special.hankel2(v - 1, z) - special.hankel2(v + 1, z)),
)
of_special(
    "jve",
    "v, z",
    None,
    lambda d, v, z: d * 0.5 * (special.jve(v - 1, z) - special.jve(v + 1, z)),
    real=True,
)
of_special(
    "yve",
    "v, z",
    None,
    lambda d, v, z: d * 0.5 * (special.yve(v - 1, z) - special.yve(v + 1, z)),
    real=True,
)
of_special(
    "ive",
    "v, z",
    None,
    lambda d, y, v, z: d * (0.5 * (special.ive(v - 1, z) + special.ive(v + 1, z)) - xp.sign(z) * y),
    real=True,
)
of_special(
    "kve", "v, z", None, lambda d, y, v, z: d * (y - 0.5 * (special.kve(v - 1, z) + special.kve(v + 1, z)))
)


def of_spherical(name: str, line: Line) -> None:
    elementwise(
        name,
        "n, z, derivative=False",
        None,
        line,
        of=(f"scipy.special.{name}",),
        no_derivative={"n": ORDER},
        unless={"derivative": "of the derivative none is known; use a recurrence (DLMF 10.51)"},
    )


of_spherical(
    "spherical_jn",
    lambda d, n, z: (
        d * (n * special.spherical_jn(abs(n - 1), z) - (n + 1) * special.spherical_jn(n + 1, z)) / (2 * n + 1)
    ),
)
of_spherical(
    "spherical_yn",
    lambda d, n, z: (
        d * (n * special.spherical_yn(abs(n - 1), z) - (n + 1) * special.spherical_yn(n + 1, z)) / (2 * n + 1)
    ),
)
of_spherical(
    "spherical_in",
    lambda d, n, z: (
        d * (n * special.spherical_in(abs(n - 1), z) + (n + 1) * special.spherical_in(n + 1, z)) / (2 * n + 1)
    ),
)
of_spherical(
    "spherical_kn",
    lambda d, n, z: (
        -d
        * (n * special.spherical_kn(abs(n - 1), z) + (n + 1) * special.spherical_kn(n + 1, z))
        / (2 * n + 1)
    ),
)

# Integrals: exponential, sine and cosine, Fresnel, elliptic; Airy functions (DLMF 6, 7, 9, 19)

of_special("exp1", "z", lambda d, z: -d * xp.exp(-z) / z)
of_special("expi", "x", lambda d, x: d * xp.exp(x) / x)
of_special("expn", "n, x", None, lambda d, n, x: -d * expn_slope(n, x))
of_special("spence", "z", lambda d, z: d * log_quotient(z))
# pi / 8
of_special("ellipk", "m", lambda d, m: d * 0.39269908169872414 * cast(special.hyp2f1(1.5, 1.5, 2, m), m))
of_special("ellipe", "m", lambda d, m: -d * 0.39269908169872414 * cast(special.hyp2f1(0.5, 1.5, 2, m), m))
of_special(
    "ellipkinc",
    "phi, m",
    lambda d, phi, m: d / xp.sqrt(1 - m * xp.sin(phi) ** 2),
    None,
    why=PARAMETER,
)
of_special(
    "ellipeinc",
    "phi, m",
    lambda d, phi, m: d * xp.sqrt(1 - m * xp.sin(phi) ** 2),
    None,
    why=PARAMETER,
)
SEVERAL = ", /, *, where=True, casting='same_kind', order='K', dtype=None, subok=True"


def of_several(name: str, tangent: Line, pullback: Line) -> None:
    """A function of one number with several results."""
    rule(
        name,
        "x" + SEVERAL,
        of=(f"scipy.special.{name}",),
        forward={"x": tangent},
        ignores="order",
        x=pullback,
    )


of_several(
    "sici",
    lambda d, x: (d * xp.sinc(x / xp.pi), d * xp.cos(x) / x),
    lambda d, x: part(d, 0) * xp.sinc(x / xp.pi) + part(d, 1) * xp.cos(x) / x,
)
of_several(
    "shichi",
    lambda d, x: (d * special.hyp0f1(1.5, x * x / 4), d * xp.cosh(x) / x),
    lambda d, x: part(d, 0) * special.hyp0f1(1.5, x * x / 4) + part(d, 1) * xp.cosh(x) / x,
)
of_several(
    "fresnel",
    lambda d, x: (d * xp.sin(x * x * (xp.pi / 2)), d * xp.cos(x * x * (xp.pi / 2))),
    lambda d, x: part(d, 0) * xp.sin(x * x * (xp.pi / 2)) + part(d, 1) * xp.cos(x * x * (xp.pi / 2)),
)
of_several(
    "airy",
    lambda d, y, x: (d * y[1], d * x * y[0], d * y[3], d * x * y[2]),
    lambda d, y, x: part(d, 0) * y[1] + part(d, 1) * x * y[0] + part(d, 2) * y[3] + part(d, 3) * x * y[2],
)

# Hypergeometric functions and what they give (DLMF 13, 15, 18, 4.13)

of_special("hyp0f1", "v, z", None, lambda d, v, z: d * special.hyp0f1(v + 1, z) / v, why=PARAMETER)
of_special(
    "hyp1f1",
    "a, b, x",
    None,
    None,
    lambda d, a, b, x: d * a / b * special.hyp1f1(a + 1, b + 1, x),
    why=PARAMETER,
)
of_special(
    "hyperu",
    "a, b, x",
    None,
    None,
    lambda d, a, b, x: -d * a * special.hyperu(a + 1, b + 1, x),
    why=PARAMETER,
)
of_special(
    "hyp2f1",
    "a, b, c, z",
    None,
    None,
    None,
    lambda d, a, b, c, z: d * a * b / c * special.hyp2f1(a + 1, b + 1, c + 1, z),
    why=PARAMETER,
)
of_special(
    "wright_bessel",
    "a, b, x",
    None,
    None,
    lambda d, a, b, x: d * special.wright_bessel(a, a + b, x),
    why=PARAMETER,
)
of_special(
    "eval_legendre", "n, x", None, lambda d, n, x: d * (n + 1) / 2 * special.eval_jacobi(n - 1, 1, 1, x)
)
of_special("eval_chebyt", "n, x", None, lambda d, n, x: d * n * special.eval_chebyu(n - 1, x))
of_special("eval_chebyu", "n, x", None, lambda d, n, x: d * 2 * special.eval_gegenbauer(n - 1, 2, x))
of_special(
    "eval_gegenbauer",
    "n, alpha, x",
    None,
    None,
    lambda d, n, alpha, x: d * 2 * alpha * special.eval_gegenbauer(n - 1, alpha + 1, x),
)
of_special(
    "eval_jacobi",
    "n, alpha, beta, x",
    None,
    None,
    None,
    lambda d, n, alpha, beta, x: (
        d * (n + alpha + beta + 1) / 2 * special.eval_jacobi(n - 1, alpha + 1, beta + 1, x)
    ),
)
of_special("eval_hermite", "n, x", None, lambda d, n, x: d * 2 * n * special.eval_hermite(abs(n - 1), x))
of_special("eval_hermitenorm", "n, x", None, lambda d, n, x: d * n * special.eval_hermitenorm(abs(n - 1), x))
of_special("eval_laguerre", "n, x", None, lambda d, n, x: -d * special.eval_genlaguerre(n - 1, 1, x))
of_special(
    "eval_genlaguerre",
    "n, alpha, x",
    None,
    None,
    lambda d, n, alpha, x: -d * special.eval_genlaguerre(n - 1, alpha + 1, x),
)
elementwise(
    "lambertw",
    "z, k=0, tol=1e-08",
    lambda d, y: d * xp.exp(-y) / (1 + y),
    of=("scipy.special.lambertw",),
    ignores="k tol",
    no_derivative={"k": "it numbers the branch", "tol": "only its order decides"},
)
of_special("wrightomega", "z", lambda d, y: d * y / (1 + y))

written(multigammaln_of, "scipy.special.multigammaln")

# What gives whole numbers, or numbers of whole ones; settings; all that is left

constant(
    *(
        f"scipy.special.{name}"
        for name in (
            "gammasgn round bernoulli euler stirling2 ai_zeros bi_zeros jn_zeros jnp_zeros yn_zeros ynp_zeros "
            "y0_zeros y1_zeros y1p_zeros jnjnp_zeros jnyn_zeros ber_zeros bei_zeros ker_zeros kei_zeros berp_zeros "
            "beip_zeros kerp_zeros keip_zeros kelvin_zeros erf_zeros fresnel_zeros fresnelc_zeros fresnels_zeros "
            "SpecialFunctionError SpecialFunctionWarning errstate geterr seterr test"
        ).split()
        if hasattr(special, name)
    )
)
COUNTS = "comb factorial factorial2 factorialk perm".split()
refused("it counts; use binom, gamma or poch", *(f"scipy.special.{name}" for name in COUNTS))
refused(
    "no rule is written for it",
    *(
        f"scipy.special.{name}"
        for name in dir(special)
        if not name.startswith("_") and name not in COUNTS
        if callable(getattr(special, name)) and TABLE.find(getattr(special, name)) is None
        if f"scipy.special.{name}" not in TABLE.written
    ),
)
