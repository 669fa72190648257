"""Ordinary points for the rows of the table: a call of the operation a sample, away from kinks and poles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

RANDOM = np.random.default_rng(7)


@dataclass(frozen=True)
class Sample:
    """A call: the operation's dotted name and what it is called with."""

    name: str
    args: tuple
    keywords: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        shown = [_shown(one) for one in self.args] + [f"{key}={value}" for key, value in self.keywords.items()]
        return f"{self.name}({', '.join(shown)})"


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return "x".join(map(str, value.shape)) or "0-d"
    return f"[{', '.join(map(_shown, value))}]" if isinstance(value, (list, tuple)) else str(value)


def call(name: str, *args: Any, **keywords: Any) -> Sample:
    return Sample(name, args, keywords)


def unit(*shape: int) -> np.ndarray:
    """Random elements between 0.2 and 0.8: in the domain of every function, far from ties."""
    return 0.2 + 0.6 * RANDOM.permutation(int(np.prod(shape))).reshape(shape) / max(np.prod(shape), 1) + 0.01 * RANDOM.random(shape)


def real(*shape: int) -> np.ndarray:
    """Random elements of both signs, of magnitude 0.3 to 2."""
    return RANDOM.choice([-1.0, 1.0], shape) * (0.3 + 1.7 * RANDOM.random(shape))


def above(*shape: int) -> np.ndarray:
    """Random elements between 1.2 and 3, no two of them close."""
    size = max(int(np.prod(shape)), 1)
    offset = 0.2 + 0.6 * RANDOM.random()
    return 1.2 + 1.8 * (RANDOM.permutation(size).reshape(shape) + offset) / size


def spaced(*shape: int) -> np.ndarray:
    """Elements from -2 to 2, a twentieth away from each other and from tenths at the least."""
    return np.linspace(-2, 2, int(np.prod(shape))).reshape(shape) + 0.033


BINARY_SHAPES = [((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2,)), ((2, 1, 3), (4, 1))]
AXES: list[dict[str, Any]] = [
    {}, {"axis": 0}, {"axis": -1}, {"axis": (0, 2)}, {"keepdims": True}, {"axis": 1, "keepdims": True},
    {"axis": (-1, 0), "keepdims": True},
]


def scalar_samples() -> list[Sample]:
    names = "sin cos tan asin acos atan sinh cosh tanh asinh atanh degrees radians exp exp2 expm1 log log2 log10 log1p"
    names += " sqrt cbrt fabs erf erfc gamma lgamma"
    samples = [call(f"math.{name}", 0.37) for name in names.split()]
    samples += [call(f"math.{name}", 1.7, 0.6) for name in "log pow atan2 fmod remainder copysign hypot".split()]
    return samples + [
        call("math.acosh", 1.9), call("math.ldexp", 0.7, 3), call("math.hypot", 3.0), call("math.hypot", 1.0, 2.0, 2.5),
        call("math.gamma", -1.3), call("math.lgamma", 7.5), call("math.dist", [1.0, 2.0], (0.5, 0.1)),
        call("math.fsum", [1.0, 2.0, 0.5]), call("math.prod", [1.5, 2.0, -3.0], start=2.0), call("math.prod", (2.0,)),
        call("math.modf", 2.3), call("math.frexp", 5.3), call("math.fabs", -2.0),
    ]


def operator_samples() -> list[Sample]:
    samples = []
    for name in "add sub mul truediv pow mod".split():
        samples += [call(f"operator.{name}", above(*a), above(*b)) for a, b in BINARY_SHAPES]
        samples += [call(f"operator.{name}", 1.7, 2.6), call(f"operator.{name}", above(3), 2.5),
                    call(f"operator.{name}", 1.5, above(2, 2)), call(f"operator.{name}", np.float64(1.3), 2.0)]
    for name in "neg pos abs".split():
        samples += [call(f"operator.{name}", -1.7), call(f"operator.{name}", real(2, 3))]
    samples += [call("builtins.abs", -2.0), call("operator.pow", real(4), 3), call("operator.pow", -1.5, 3)]
    for a, b in [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (3,)),
                 ((3,), (5, 3, 2)), ((5, 1, 2, 3), (4, 3, 2)), ((1, 2, 3), (5, 3, 2))]:
        samples += [call("operator.matmul", real(*a), real(*b)), call("numpy.matmul", real(*a), real(*b))]
    return samples


def elementwise_samples() -> list[Sample]:
    unary = "sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arctanh degrees rad2deg radians deg2rad exp exp2 expm1"
    unary += " log log2 log10 log1p sqrt cbrt square reciprocal sinc negative positive absolute fabs real imag conj nan_to_num"
    samples = [call(f"numpy.{name}", unit(*shape)) for name in unary.split() for shape in [(), (3,), (2, 3)]]
    samples += [call("numpy.arccosh", above(3)), call("numpy.sinc", real(5)), call("numpy.absolute", real(3))]
    binary = "add subtract multiply divide power remainder arctan2 hypot logaddexp logaddexp2 maximum minimum fmax fmin"
    binary += " copysign fmod float_power"
    for name in binary.split():
        samples += [call(f"numpy.{name}", above(*a), above(*b)) for a, b in BINARY_SHAPES]
        samples += [call(f"numpy.{name}", above(3), 2.11), call(f"numpy.{name}", 1.9, above(3))]
    return samples + [
        call("numpy.where", real(2, 3) > 0, real(3), real(2, 1)), call("numpy.clip", spaced(9), -0.5, 0.7),
        call("numpy.clip", spaced(9), spaced(9)[::-1] - 0.2, 1.3), call("numpy.clip", spaced(9), None, 0.7),
        call("numpy.clip", spaced(9), min=-0.4, max=0.7), call("numpy.ldexp", real(3), np.array([1, 2, 3])),
        call("numpy.power", real(4), 2), call("numpy.power", real(4), np.array([2, 3, 0, -1])),
    ]


def reduction_samples() -> list[Sample]:
    samples = []
    for name in "sum mean prod max min amax amin var std ptp nansum nanmean nanprod nanmax nanmin nanvar nanstd".split():
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


def shape_samples() -> list[Sample]:
    x, v = real(2, 3, 4), real(3)
    pair, mixed = [real(2, 3), real(1, 3)], [real(2), 1.5, real(3)]
    return [
        call("numpy.reshape", x, (4, 6)), call("numpy.reshape", x, -1), call("numpy.reshape", x, (6, 4), order="F"),
        call("numpy.ravel", x), call("numpy.ravel", x, order="F"), call("numpy.squeeze", real(1, 3, 1)),
        call("numpy.squeeze", real(1, 3, 1), axis=0), call("numpy.expand_dims", x, (0, -1)), call("numpy.atleast_2d", v),
        call("numpy.atleast_1d", 2.0), call("numpy.atleast_3d", v), call("numpy.broadcast_to", real(3, 1), (2, 3, 4)),
        call("numpy.broadcast_arrays", real(3, 1), real(2)), call("numpy.meshgrid", real(2), real(3)),
        call("numpy.meshgrid", real(2), real(3), real(4), indexing="ij", sparse=True), call("numpy.meshgrid", real(2), 1.5),
        call("numpy.transpose", x), call("numpy.transpose", x, (1, 2, 0)), call("numpy.transpose", x, (-1, 0, 1)),
        call("numpy.matrix_transpose", x), call("numpy.swapaxes", x, 0, -1), call("numpy.moveaxis", x, 0, -1),
        call("numpy.moveaxis", x, (0, 1), (-1, 0)), call("numpy.flip", x), call("numpy.flip", x, (0, 2)),
        call("numpy.fliplr", x), call("numpy.flipud", x), call("numpy.roll", x, 2), call("numpy.roll", x, (1, -1), (0, 2)),
        call("numpy.roll", x, 1, 1), call("numpy.rot90", x), call("numpy.rot90", x, 3, (1, 2)),
        call("numpy.concatenate", pair), call("numpy.concatenate", tuple(pair), axis=None), call("numpy.concatenate", x, 1),
        call("numpy.concatenate", [x, real(2, 3, 1)], axis=-1), call("numpy.stack", [v, v + 1]),
        call("numpy.stack", [v, v + 1, v], axis=-1), call("numpy.stack", [1.0, 2.0]), call("numpy.hstack", mixed),
        call("numpy.hstack", [x, x]), call("numpy.vstack", [v, real(2, 3)]), call("numpy.vstack", (1.0, 2.0)),
        call("numpy.dstack", [v, v]), call("numpy.dstack", [real(2, 3), real(2, 3, 2)]), call("numpy.dstack", [1.0, 2.0]),
        call("numpy.column_stack", [v, real(3, 2)]), call("numpy.column_stack", [1.0, 2.0]), call("numpy.append", v, 1.5),
        call("numpy.append", real(2, 3), real(1, 3), axis=0), call("numpy.append", 1.0, 2.0),
        call("numpy.split", real(6), 3), call("numpy.split", x, [1, 3], axis=-1), call("numpy.array_split", real(5), 3),
        call("numpy.hsplit", real(4), 2), call("numpy.hsplit", x, 3), call("numpy.vsplit", x, 2), call("numpy.dsplit", x, 2),
        call("numpy.unstack", x, axis=1), call("numpy.repeat", x, 2), call("numpy.repeat", x, [1, 0, 2], axis=1),
        call("numpy.repeat", 2.0, 3), call("numpy.tile", v, 2), call("numpy.tile", v, (2, 2)), call("numpy.tile", x, (2, 1)),
        call("numpy.pad", v, 2), call("numpy.pad", x, ((1, 0), (0, 2), (1, 1)), constant_values=1.5),
        call("numpy.pad", real(4), (2, 1), mode="edge"), call("numpy.pad", real(2, 3), 1, mode="wrap"),
        call("numpy.pad", real(4), (2, 3), mode="reflect"), call("numpy.array", [1.0, [2.0, 3.0][0], 3.0]),
        call("numpy.array", [[1.0, 2.0], (3.0, 4.0)]), call("numpy.array", [v, 2 * v]), call("numpy.array", x, dtype=float),
        call("numpy.array", v, ndmin=3), call("numpy.asarray", 2.0), call("numpy.asarray", [v[0], 1.0]), call("numpy.copy", x),
        call("numpy.ascontiguousarray", x), call("numpy.astype", x, np.float64),
    ]


def place_samples() -> list[Sample]:
    x, m = real(2, 3, 4), spaced(3, 4)
    samples = [
        call("operator.getitem", x, (0, slice(1, None))), call("operator.getitem", x, (..., [0, 0, 1])),
        call("operator.getitem", m, m > 0), call("operator.getitem", m, (np.array([0, 0]), np.array([1, 1]))),
        call("operator.getitem", m, 1), call("operator.getitem", m, (None, slice(None, None, -1))),
        call("numpy.take", x, [0, 2, 0], axis=1), call("numpy.take", m, [[0, 5], [5, 1]]), call("numpy.take", m, 2, axis=-1),
        call("numpy.take_along_axis", m, np.array([[0, 0, 1, 1]]), 0), call("numpy.take_along_axis", m, np.array([[1], [0], [1]]), 1),
        call("numpy.compress", [True, False, True], m, axis=0), call("numpy.extract", m > 0, m),
        call("numpy.delete", m, [0, 2], axis=1), call("numpy.delete", m, 3), call("numpy.bincount", np.array([0, 2, 0]), real(3)),
        call("numpy.select", [m > 1, m > 0], [real(3, 4), real(4)], 1.5), call("numpy.diagflat", real(3), 1),
        call("numpy.sort", x), call("numpy.sort", x, axis=None), call("numpy.sort", x, 0), call("numpy.partition", m, 2),
        call("numpy.partition", m, 1, axis=0), call("numpy.average", m), call("numpy.average", m, weights=above(3, 4)),
        call("numpy.average", m, axis=1, weights=above(4)), call("numpy.average", m, 0, above(3), keepdims=True),
        call("numpy.average", m, axis=1), call("numpy.diff", real(5)), call("numpy.diff", x, n=2, axis=1), call("numpy.ediff1d", m),
        call("numpy.unwrap", real(4)), call("numpy.trapezoid", real(5)), call("numpy.trapezoid", real(5), above(5)),
        call("numpy.trapezoid", x, dx=0.3, axis=1), call("numpy.trapezoid", x, above(3), axis=1),
        call("numpy.trapezoid", x, above(2, 3, 4), axis=0),
        call("numpy.interp", np.array([0.5, 1.25, 2.75, 4.0, -1.0]), np.array([0.0, 1.0, 2.0, 3.0]), real(4)),
        call("numpy.interp", 1.3, np.array([0.0, 1.0, 2.0, 3.0]), real(4)),
    ]
    for name, q in [("median", ()), ("quantile", (0.3,)), ("percentile", (30.5,)), ("quantile", (np.array([0.1, 0.77]),))]:
        samples += [call(f"numpy.{name}", spaced(5), *q), call(f"numpy.{name}", spaced(2, 3, 2), *q, axis=(0, 2)),
                    call(f"numpy.{name}", spaced(4, 2), *q, axis=0, keepdims=True)]
    return samples


def product_samples() -> list[Sample]:
    samples = []
    for a, b in [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((2, 2, 3), (4, 3, 5)), ((), (2, 3))]:
        samples.append(call("numpy.dot", real(*a), real(*b)))
    for a, b in [((3,), (3,)), ((2, 3), (3,)), ((2, 3), (4, 5, 3)), ((2,), ())]:
        samples.append(call("numpy.inner", real(*a), real(*b)))
    for a, b, axes in [((2, 3, 4), (3, 4, 5), 2), ((2, 3, 4), (4, 2), ([0, 2], [1, 0])), ((2, 3), (4,), 0), ((3, 2), (3,), (0, 0))]:
        samples.append(call("numpy.tensordot", real(*a), real(*b), axes))
    for text, *shapes in [
        ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ii", (3, 3)), ("ii->i", (3, 3)), ("ij->", (2, 3)),
        ("i,i,i", (3,), (3,), (3,)), ("...i,...i", (2, 3), (3,)), ("b...,b...->...", (2, 3, 1), (2, 1, 4)), ("ij->ji", (2, 3)),
        ("ij,kl->", (2, 2), (3, 1)), ("iij,j->i", (2, 2, 3), (3,)), ("i...->...", (2, 3, 4)), ("ba,", (2, 3), ()),
        ("i,i->i", (1,), (3,)), ("iii->i", (2, 2, 2)), ("ij,ij,jk,k->i", (2, 3), (2, 3), (3, 2), (2,)),
    ]:
        samples.append(call("numpy.einsum", text, *(real(*shape) for shape in shapes)))
    return samples + [
        call("numpy.einsum", "ij,jk,kl", real(2, 3), real(3, 2), real(2, 2), optimize=True),
        call("numpy.vdot", real(2, 3), real(3, 2)), call("numpy.outer", real(2), real(3)), call("numpy.outer", real(2, 2), real(3)),
        call("numpy.kron", real(2, 3), real(3, 2)), call("numpy.kron", real(2), real(3)), call("numpy.kron", real(2), real(2, 3)),
        call("numpy.cross", real(3), real(3)), call("numpy.cross", real(4, 3), real(3)),
        call("numpy.cross", real(3, 4), real(3, 4), axis=0), call("numpy.cross", real(3, 2), real(2, 3), axisa=0, axisc=0),
        call("numpy.linalg.multi_dot", [real(2, 3), real(3, 4), real(4, 2)]),
        call("numpy.linalg.multi_dot", [real(3), real(3, 4), real(4)]), call("numpy.linalg.matrix_power", real(3, 3), 3),
        call("numpy.linalg.matrix_power", real(2, 2) + 3 * np.eye(2), -2), call("numpy.linalg.matrix_power", real(2, 2), 0),
        *(call("numpy.convolve", real(a), real(b), mode) for a, b in [(5, 3), (3, 5), (4, 2), (5, 4)] for mode in ("full", "same", "valid")),
        *(call("numpy.correlate", real(a), real(b), mode) for a, b in [(5, 3), (4, 2)] for mode in ("full", "same", "valid")),
        *(call("numpy.correlate", real(a), real(b), mode) for a, b in [(3, 5), (2, 4)] for mode in ("full", "same", "valid")),
        call("numpy.polyval", real(4), real(2, 3)), call("numpy.polyval", [1.0, 2.0, -1.0], 1.5), call("numpy.polyval", real(1), real(2)),
        call("numpy.trace", real(3, 4)), call("numpy.trace", real(3, 4, 2), 1, 0, 2), call("numpy.trace", real(3, 4), -1),
        call("numpy.diagonal", real(3, 4)), call("numpy.diagonal", real(2, 3, 4), -1, 1, 2), call("numpy.diag", real(3), -1),
        call("numpy.diag", real(3, 4), 1), call("numpy.tril", real(3, 4), -1), call("numpy.triu", real(2, 3, 4)),
        call("numpy.linalg.trace", real(2, 3, 3)), call("numpy.linalg.diagonal", real(2, 3, 3), offset=1),
    ]


def matrix_samples() -> list[Sample]:
    a, stack, tall = real(3, 3) + 4 * np.eye(3), real(2, 3, 3) + 4 * np.eye(3), real(4, 3)
    symmetric, norms = a + a.T, real(3, 4)
    singular = np.array([[1.0, 2.0, 0.5], [2.0, 4.0, 1.0], [0.3, 0.1, 1.0]])
    samples = [call("numpy.linalg.norm", real(5)), call("numpy.linalg.norm", real(2, 3, 4)), call("numpy.linalg.norm", norms, axis=1)]
    samples += [call("numpy.linalg.norm", real(5), order) for order in (1, 2, 3, 0.5, np.inf, -np.inf, -2)]
    samples += [call("numpy.linalg.norm", norms, order) for order in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)]
    samples += [call("numpy.linalg.norm", real(2, 3, 4), order, axis=(0, 2), keepdims=True) for order in (None, "nuc", 1, 2, np.inf)]
    samples += [call("numpy.linalg.norm", norms, 3, axis=0, keepdims=True), call("numpy.linalg.vector_norm", norms),
                call("numpy.linalg.vector_norm", norms, axis=1, ord=1), call("numpy.linalg.vector_norm", norms, ord=3, keepdims=True),
                call("numpy.linalg.matrix_norm", real(2, 3, 3)), call("numpy.linalg.matrix_norm", norms, ord="nuc")]
    return samples + [
        call("numpy.linalg.solve", a, real(3)), call("numpy.linalg.solve", a, real(3, 2)), call("numpy.linalg.solve", stack, real(3)),
        call("numpy.linalg.solve", stack, real(3, 2)), call("numpy.linalg.solve", a, real(2, 3, 2)),
        call("numpy.linalg.inv", a), call("numpy.linalg.inv", stack), call("numpy.linalg.pinv", tall), call("numpy.linalg.pinv", a),
        call("numpy.linalg.pinv", real(2, 3)), call("numpy.linalg.det", a), call("numpy.linalg.det", stack),
        call("numpy.linalg.det", singular), call("numpy.linalg.slogdet", a), call("numpy.linalg.slogdet", stack),
        call("numpy.linalg.cholesky", symmetric), call("numpy.linalg.cholesky", stack @ stack.swapaxes(1, 2)),
        call("numpy.linalg.eigh", symmetric), call("numpy.linalg.eigh", symmetric, "U"), call("numpy.linalg.eigvalsh", symmetric),
        call("numpy.linalg.eigvalsh", stack), call("numpy.linalg.qr", tall), call("numpy.linalg.qr", a), call("numpy.linalg.qr", stack),
        call("numpy.linalg.svd", tall, full_matrices=False), call("numpy.linalg.svd", real(3, 5), full_matrices=False),
        call("numpy.linalg.svd", stack, full_matrices=False), call("numpy.linalg.svd", tall, compute_uv=False),
        call("numpy.linalg.svdvals", real(2, 4)),
    ]


def filling_samples() -> list[Sample]:
    return [
        call("numpy.full", (2, 3), 1.5), call("numpy.full", (2, 3), real(3)), call("numpy.full_like", np.zeros((2, 2), int), 1.5, float),
        call("numpy.full_like", real(3), 0.5), call("numpy.linspace", 0.5, 2.0, 5), call("numpy.linspace", real(3), 2.0, 4),
        call("numpy.linspace", 0.0, real(2, 2), num=3, endpoint=False), call("numpy.arange", 0.55, 3.0, 0.5), call("numpy.arange", 0.3, 3.0),
    ]


def builtin_samples() -> list[Sample]:
    return [
        call("builtins.float", 2.5), call("builtins.float", np.float64(2.5)), call("builtins.pow", 1.5, 2.5), call("builtins.pow", real(3), 3),
        call("builtins.divmod", 7.3, 2.1), call("builtins.sum", [1.0, 2.0, 3.0]), call("builtins.sum", (1.0, 2.0), 0.5),
        call("builtins.sum", [real(2), real(2)]), call("builtins.sum", real(3, 2)), call("builtins.max", 1.0, 2.5, 2.0),
        call("builtins.min", [1.0, 2.5, -2.0]), call("builtins.max", (1.0, -2.5), key=abs), call("builtins.min", real(4)),
        call("builtins.max", [], default=1.5), call("builtins.sorted", [3.0, 1.0, 2.0]),
        call("builtins.sorted", (3.0, -1.0, 2.0), key=abs, reverse=True), call("builtins.sorted", real(4)),
    ]


def method_samples() -> list[Sample]:
    x = real(2, 3)
    return [call(f"numpy.ndarray.{name}", *args, **keywords) for name, args, keywords in [
        ("reshape", (x, 3, 2), {}), ("reshape", (x, (6,)), {}), ("reshape", (x, -1), {"order": "F"}), ("transpose", (x,), {}),
        ("transpose", (x, 1, 0), {}), ("transpose", (x, (1, 0)), {}), ("flatten", (x,), {}), ("copy", (x,), {}), ("astype", (x, float), {}),
        ("item", (x, 4), {}), ("item", (x, 1, 2), {}), ("item", (x, (0, 1)), {}), ("item", (real(1),), {}), ("tolist", (x,), {}),
        ("clip", (spaced(5), -0.5, 0.7), {}), ("clip", (spaced(5),), {"max": 0.7}), ("sum", (x, 0), {}), ("mean", (x,), {"axis": 1}),
        ("prod", (x,), {}), ("max", (x, 1), {}), ("std", (x,), {"ddof": 1}), ("dot", (x, real(3)), {}), ("ravel", (x,), {}),
        ("squeeze", (real(1, 2),), {}), ("swapaxes", (x, 0, 1), {}), ("repeat", (x, 2, 0), {}), ("take", (x, [0, 1], 1), {}),
        ("diagonal", (x,), {}), ("trace", (x,), {}), ("conj", (x,), {}), ("cumsum", (x, 1), {}), ("cumprod", (x, 1), {}),
    ]]


SAMPLES = [
    *scalar_samples(), *operator_samples(), *elementwise_samples(), *reduction_samples(), *shape_samples(), *place_samples(),
    *product_samples(), *matrix_samples(), *filling_samples(), *builtin_samples(), *method_samples(),
]
