"""Calls of scipy.special."""

from __future__ import annotations

import numpy as np

from rule_samples.points import BINARY_SHAPES, Sample, above, call, real, unit

UNARY = (
    "gamma gammaln loggamma digamma psi rgamma erf erfc erfi erfcx erfinv erfcinv dawsn ndtr ndtri log_ndtr expit "
    "logit log_expit entr expm1 log1p exp2 exp10 cbrt cosm1 exprel sindg cosdg tandg j0 j1 y0 y1 i0 i1 k0 k1 i0e "
    "i1e k0e k1e exp1 expi spence ellipk ellipe wrightomega sici shichi fresnel airy"
).split()
BOTH = "beta betaln binom poch xlogy xlog1py rel_entr kl_div powm1 boxcox boxcox1p inv_boxcox inv_boxcox1p".split()
ORDERED = "jv yv iv kv jve yve ive kve".split()
POLYNOMIALS = "legendre chebyt chebyu hermite hermitenorm laguerre".split()


def special_samples() -> list[Sample]:
    one = lambda name, *args, **keywords: call(f"scipy.special.{name}", *args, **keywords)
    samples = [one(name, unit(2, 3)) for name in UNARY]
    samples += [one(name, above(*a), above(*b)) for name in BOTH for a, b in BINARY_SHAPES[1:3]]
    samples += [one(name, order, above(3)) for name in ORDERED for order in (2, 0.3)]
    samples += [one(f"spherical_{name}", n, above(3)) for name in "jn yn in kn".split() for n in (0, 3)]
    samples += [one(f"eval_{name}", n, unit(4)) for name in POLYNOMIALS for n in (0, 1, 4)]
    samples += [one(name, 2, above(3)) for name in "yn kn".split()]
    samples += [
        one(name, -real(4)) for name in "erf erfcx dawsn log_ndtr expit log_expit exprel i0e i1e".split()
    ]
    samples += [one("expn", n, above(3)) for n in (0, 1, 3)]
    return [
        *samples,
        one("gamma", np.float64(2.5)),
        one("gamma", np.array([-1.3, -0.4])),
        one("digamma", np.array([-1.3, -0.4])),
        one("rgamma", np.array([-1.0, 0.0, -1.4, 3.2])),
        one("cotdg", 30 * above(3)),
        one("erfcx", np.array([99.0, 130.0])),
        one("dawsn", np.array([99.0, -130.0])),
        one("log_ndtr", np.array([-40.0, -3.0, 2.0, 7.0])),
        one("ndtri_exp", -unit(3)),
        one("spence", np.array([1.0, 0.3, 1.9, 40.0])),
        one("ellipk", np.array([0.0, -3.0])),
        one("ellipe", np.array([0.0, -3.0])),
        one("ellipkinc", unit(3), 0.4),
        one("ellipeinc", unit(3), 0.4),
        one("owens_t", unit(3), above(2, 1)),
        one("polygamma", 2, above(3)),
        one("zeta", 2, above(3)),
        one("gammainc", 2.5, above(3)),
        one("gammaincc", 2.5, above(3)),
        one("gammaincinv", 2.5, unit(3)),
        one("gammainccinv", 2.5, unit(3)),
        one("betainc", 2, 3, unit(3)),
        one("betaincinv", 2, 3, unit(3)),
        one("stdtr", 3, real(3)),
        one("stdtrit", 3, unit(3)),
        one("chdtr", 3, above(3)),
        one("chdtrc", 3, above(3)),
        one("logsumexp", real(2, 3)),
        one("logsumexp", real(2, 3), axis=1, keepdims=True),
        one("logsumexp", real(2, 3), axis=1, b=above(3)),
        one("logsumexp", real(2, 3), axis=(0, 1), b=above(3)),
        one("logsumexp", real(3), b=above(2, 1), axis=0),
        one("softmax", real(2, 3)),
        one("softmax", real(2, 3), axis=1),
        one("log_softmax", real(2, 3)),
        one("log_softmax", real(2, 3), axis=0),
        one("boxcox", above(3), 0.0),
        one("boxcox1p", above(3), 1e-9),
        one("inv_boxcox", unit(3), 0.0),
        one("ive", 2, -above(3)),
        one("huber", above(3), np.array([0.4, 4.0, -4.0])),
        one("pseudo_huber", above(3), real(2, 3)),
        one("radian", real(3), unit(3), unit(3)),
        one("hyp0f1", 1.5, real(3)),
        one("hyp1f1", 1.5, 2.5, real(3)),
        one("hyperu", 1.5, 2.5, above(3)),
        one("hyp2f1", 1.5, 2.5, 3, unit(3)),
        one("wright_bessel", 1.5, 2.5, unit(3)),
        one("eval_gegenbauer", 3, 1.5, unit(3)),
        one("eval_jacobi", 3, 1.5, 0.5, unit(3)),
        one("eval_genlaguerre", 3, 1.5, unit(3)),
    ]
