"""Calls of operators, elementwise functions and reductions."""

from __future__ import annotations

import numpy as np

from rule_samples.points import AXES, BINARY_SHAPES, Sample, above, call, real, spaced, unit


def scalar_samples() -> list[Sample]:
    names = "sin cos tan asin acos atan sinh cosh tanh asinh atanh degrees radians exp exp2 expm1"
    names += " log log2 log10 log1p sqrt cbrt fabs erf erfc gamma lgamma"
    samples = [call(f"math.{name}", 0.37) for name in names.split()]
    samples += [
        call(f"math.{name}", 1.7, 0.6) for name in "log pow atan2 fmod remainder copysign hypot".split()
    ]
    return [
        *samples,
        call("math.acosh", 1.9),
        call("math.ldexp", 0.7, 3),
        call("math.hypot", 3.0),
        call("math.hypot", 1.0, 2.0, 2.5),
        call("math.gamma", -1.3),
        call("math.lgamma", 7.5),
        call("math.dist", [1.0, 2.0], (0.5, 0.1)),
        call("math.fsum", [1.0, 2.0, 0.5]),
        call("math.prod", [1.5, 2.0, -3.0], start=2.0),
        call("math.prod", (2.0,)),
        call("math.modf", 2.3),
        call("math.frexp", 5.3),
        call("math.nextafter", 1.7, 2.0),
        call("math.copysign", -1.7, 0.6),
        call("math.copysign", 1.7, -0.6),
        call("numpy.copysign", np.array([-1.7, 1.7, -1.7]), np.array([0.6, -0.6, -0.6])),
        call("numpy.nextafter", np.array([-1.7, 1.7]), 2.0),
        call("math.fabs", -2.0),
    ]


def operator_samples() -> list[Sample]:
    samples = []
    for name in "add sub mul truediv pow mod".split():
        samples += [call(f"operator.{name}", above(*a), above(*b)) for a, b in BINARY_SHAPES]
        samples += [
            call(f"operator.{name}", 1.7, 2.6),
            call(f"operator.{name}", above(3), 2.5),
            call(f"operator.{name}", 1.5, above(2, 2)),
            call(f"operator.{name}", np.float64(1.3), 2.0),
        ]
    for name in "neg pos abs".split():
        samples += [call(f"operator.{name}", -1.7), call(f"operator.{name}", real(2, 3))]
    samples += [call("builtins.abs", -2.0), call("operator.pow", real(4), 3), call("operator.pow", -1.5, 3)]
    for a, b in [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((5, 2, 3), (3, 4)),
        ((5, 2, 3), (3,)),
        ((3,), (5, 3, 2)),
        ((5, 1, 2, 3), (4, 3, 2)),
        ((1, 2, 3), (5, 3, 2)),
    ]:
        samples += [call("operator.matmul", real(*a), real(*b)), call("numpy.matmul", real(*a), real(*b))]
    return samples


def elementwise_samples() -> list[Sample]:
    unary = "sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arctanh degrees rad2deg radians"
    unary += " deg2rad exp exp2 expm1 log log2 log10 log1p sqrt cbrt square reciprocal sinc negative positive"
    unary += " absolute fabs real imag conj nan_to_num"
    samples = [call(f"numpy.{name}", unit(*shape)) for name in unary.split() for shape in [(), (3,), (2, 3)]]
    samples += [call("numpy.arccosh", above(3)), call("numpy.sinc", real(5)), call("numpy.absolute", real(3))]
    binary = "add subtract multiply divide power remainder arctan2 hypot logaddexp logaddexp2 maximum minimum"
    binary += " fmax fmin copysign fmod float_power"
    for name in binary.split():
        samples += [call(f"numpy.{name}", above(*a), above(*b)) for a, b in BINARY_SHAPES]
        samples += [call(f"numpy.{name}", above(3), 2.11), call(f"numpy.{name}", 1.9, above(3))]
    return [
        *samples,
        call("numpy.where", real(2, 3) > 0, real(3), real(2, 1)),
        call("numpy.clip", spaced(9), -0.5, 0.7),
        call("numpy.clip", spaced(9), spaced(9)[::-1] - 0.2, 1.3),
        call("numpy.clip", spaced(9), None, 0.7),
        call("numpy.clip", spaced(9), min=-0.4, max=0.7),
        call("numpy.ldexp", real(3), np.array([1, 2, 3])),
        call("numpy.heaviside", np.array([-1.0, 0.5, 2.0]), real(3)),
        call("numpy.power", real(4), 2),
        call("numpy.power", real(4), np.array([2, 3, 0, -1])),
    ]


def reduction_samples() -> list[Sample]:
    samples = []
    names = "sum mean prod max min amax amin var std ptp nansum nanmean nanprod"
    names += " nanmax nanmin nanvar nanstd"
    for name in names.split():
        samples += [call(f"numpy.{name}", unit(2, 3, 4), **axes) for axes in AXES]
        samples += [call(f"numpy.{name}", real(3)), call(f"numpy.{name}", unit(3), 0)]
    for name in "var std nanvar nanstd".split():
        samples += [call(f"numpy.{name}", real(3, 4), axis=1, ddof=1), call(f"numpy.{name}", real(5), ddof=2)]
    for name in "cumsum cumprod nancumsum".split():
        samples += [call(f"numpy.{name}", real(2, 3, 2), **axes) for axes in AXES[:3]]
    with_zeros = np.array([[1.0, 0.0, 3.0], [0.0, 0.0, 2.0]])
    for axes in AXES[:3]:
        samples += [call("numpy.prod", with_zeros, **axes), call("numpy.cumprod", with_zeros, **axes)]
    with_nan = np.array([[1.0, np.nan, 3.0], [0.5, 0.2, 2.0]])
    for name in "nansum nanmean nanprod nanmax nanmin nanvar nanstd nancumsum".split():
        samples += [call(f"numpy.{name}", with_nan), call(f"numpy.{name}", with_nan, axis=1)]
    return samples
