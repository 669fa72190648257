"""Calls of builtins, methods, fresh arrays and the functions that derivatives call."""

from __future__ import annotations

import numpy as np

from rule_samples.points import Sample, above, call, real, spaced, unit, zeros


def filling_samples() -> list[Sample]:
    return [
        call("numpy.full", (2, 3), 1.5),
        call("numpy.full", (2, 3), real(3)),
        call("numpy.full", (2, 3), real(3), dtype=np.float64),
        call("numpy.full_like", np.zeros((2, 2), int), 1.5, float),
        call("numpy.full_like", real(3), 0.5),
        call("numpy.linspace", 0.5, 2.0, 5),
        call("numpy.linspace", real(3), 2.0, 4),
        call("numpy.linspace", 0.0, real(2, 2), num=3, endpoint=False),
        call("numpy.arange", 0.55, 3.0, 0.5),
        call("numpy.arange", 0.3, 3.0),
        call("numpy.arange", 4.3),
    ]


def builtin_samples() -> list[Sample]:
    return [
        call("builtins.float", 2.5),
        call("builtins.float", np.float64(2.5)),
        call("builtins.pow", 1.5, 2.5),
        call("builtins.pow", real(3), 3),
        call("builtins.pow", 1.5, real(3)),
        call("builtins.pow", above(3), 2.5),
        call("builtins.divmod", 7.3, 2.1),
        call("builtins.sum", [1.0, 2.0, 3.0]),
        call("builtins.sum", (1.0, 2.0), 0.5),
        call("builtins.sum", [real(2), real(2)]),
        call("builtins.sum", real(3, 2)),
        call("builtins.max", 1.0, 2.5, 2.0),
        call("builtins.min", [1.0, 2.5, -2.0]),
        call("builtins.max", (1.0, -2.5), key=abs),
        call("builtins.min", real(4)),
        call("builtins.max", [], default=1.5),
        call("builtins.min", 1.0, 2.5, 0.5),
        call("builtins.min", [], default=1.5),
        call("builtins.max", [1.0, 2.5], default=1.5),
        call("builtins.min", [1.0, 2.5], default=1.5),
        call("builtins.sum", [real(2), real(2)], 0.5),
        call("builtins.sorted", [3.0, 1.0, 2.0]),
        call("builtins.sorted", (3.0, -1.0, 2.0), key=abs, reverse=True),
        call("builtins.sorted", real(4)),
    ]


def derived_samples() -> list[Sample]:
    arrays, contractions, x = "diffpy.runtime.arrays.", "diffpy.runtime.contractions.", real(2, 3)
    samples = [
        call(arrays + "spread", real(2), (2, 3), 1),
        call(arrays + "spread", 1.5, (2, 3)),
        call(arrays + "spread", 1.5, ()),
        call(arrays + "spread", real(2, 1), (2, 3), 1, True),
        call(arrays + "unbroadcast", x, (3,)),
        call(arrays + "unbroadcast", x, ()),
        call(arrays + "unbroadcast", x, (2, 1)),
        call(arrays + "unbroadcast", x, (2, 3)),
        call(arrays + "rebroadcast", real(3), (2, 3)),
        call(arrays + "gathered", x, (2,), 1),
        call(arrays + "gathered", x, (2, 1), 1, True),
        call(arrays + "gathered", x, ()),
        call(arrays + "placed", real(2), (3,), np.array([1, 1])),
        call(arrays + "placed", 1.5, (3,), 1),
        call(arrays + "taken", x, 1),
        call(arrays + "placed", 1.5, (3,), slice(1, None)),
        call(arrays + "without_zeros", x),
        call(arrays + "unless_still", x, real(2, 3)),
        call(arrays + "quotient", 1.5, -2.0),
        call(
            arrays + "share",
            real(3),
            np.array([1.0, 2.0, 3.0]),
            np.array([1.0, 2.0, 0.0]),
            np.array([1.0, 0.0, 3.0]),
        ),
        call(arrays + "cast", 1.5, x[0, 0]),
        call(arrays + "logaddexp_weight", unit(3), unit(3), above(3)),
        call("diffpy.runtime.powers.power_base", 1.5, 1.7, 2.5),
        call("diffpy.runtime.powers.power_base", above(3), above(3), above(3)),
        call("diffpy.runtime.powers.power_base", real(3), real(3), 3),
        call("diffpy.runtime.powers.power_exponent", 1.5, 0.4, 1.7, 2.5),
        call("diffpy.runtime.powers.power_exponent", above(3), above(3), above(3), above(3)),
        call("diffpy.runtime.joins.concatenate_pullback", real(5), [zeros(2), zeros(3)], 0),
        call("diffpy.runtime.joins.stack_pullback", real(2, 2), [zeros(2), zeros(2)], 1),
        call("diffpy.runtime.matrices.placed_diagonal", real(3), (3, 4)),
        call("diffpy.runtime.matrices.diagonal_of", x, 1),
        call("diffpy.runtime.reductions.deviations", x, 1),
        call("diffpy.runtime.reductions.reversed_cumsum", x, 1, (2, 3)),
        call("diffpy.runtime.reductions.reversed_cumsum", real(6), None, (2, 3)),
        call("diffpy.runtime.reductions.cumulated", x, 1, (2, 3)),
    ]
    for a, b in [((2, 3), (3, 4)), ((3,), (3,)), ((5, 2, 3), (3,)), ((2, 3), (5, 3, 2))]:
        y = np.matmul(zeros(*a), zeros(*b)).shape
        samples += [
            call(contractions + "matmul_left", np.float64(1.5) if y == () else real(*y), a, real(*b)),
            call(contractions + "matmul_right", np.float64(1.5) if y == () else real(*y), real(*a), b),
        ]
    for a, b in [((2, 3), (3, 4)), ((3,), (3,)), ((2, 3), (5, 3, 2))]:
        y = np.dot(zeros(*a), zeros(*b)).shape
        samples += [
            call(contractions + "dot_left", np.float64(1.5) if y == () else real(*y), a, real(*b)),
            call(contractions + "dot_right", np.float64(1.5) if y == () else real(*y), real(*a), b),
            call(contractions + "product", real(*a), real(*b)),
        ]
    axes = ([0, 2], [1, 0])
    return [
        *samples,
        call(contractions + "tensordot_left", real(3, 2), (2, 3, 4), real(4, 2, 2), axes),
        call(contractions + "tensordot_right", real(3, 2), real(2, 3, 4), (4, 2, 2), axes),
        call(contractions + "tensor_product", real(2, 3, 4), real(4, 2, 2), axes),
    ]


def method_samples() -> list[Sample]:
    x = real(2, 3)
    return [
        call(f"numpy.ndarray.{name}", *args, **keywords)
        for name, args, keywords in [
            ("reshape", (x, 3, 2), {}),
            ("reshape", (x, (6,)), {}),
            ("reshape", (x, -1), {"order": "F"}),
            ("transpose", (x,), {}),
            ("transpose", (x, 1, 0), {}),
            ("transpose", (x, (1, 0)), {}),
            ("flatten", (x,), {}),
            ("copy", (x,), {}),
            ("astype", (x, float), {}),
            ("item", (x, 4), {}),
            ("item", (x, 1, 2), {}),
            ("item", (x, (0, 1)), {}),
            ("item", (real(1),), {}),
            ("tolist", (x,), {}),
            ("clip", (spaced(5), -0.5, 0.7), {}),
            ("clip", (np.array([[0.2], [0.3]]), np.array([-0.5, 0.4]), 0.7), {}),
            ("clip", (spaced(5),), {"max": 0.7}),
            ("sum", (x, 0), {}),
            ("mean", (x,), {"axis": 1}),
            ("prod", (x,), {}),
            ("max", (x, 1), {}),
            ("std", (x,), {"ddof": 1}),
            ("dot", (x, real(3)), {}),
            ("ravel", (x,), {}),
            ("squeeze", (real(1, 2),), {}),
            ("swapaxes", (x, 0, 1), {}),
            ("repeat", (x, 2, 0), {}),
            ("take", (x, [0, 1], 1), {}),
            ("diagonal", (x,), {}),
            ("trace", (x,), {}),
            ("conj", (x,), {}),
            ("cumsum", (x, 1), {}),
            ("cumprod", (x, 1), {}),
        ]
    ]
