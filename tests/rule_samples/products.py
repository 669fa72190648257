"""Calls of linear algebra."""

from __future__ import annotations

import numpy as np

from rule_samples.points import Sample, call, real


def product_samples() -> list[Sample]:
    samples = []
    for a, b in [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((2, 2, 3), (4, 3, 5)),
        ((), (2, 3)),
    ]:
        samples.append(call("numpy.dot", real(*a), real(*b)))
    for a, b in [((3,), (3,)), ((2, 3), (3,)), ((2, 3), (4, 5, 3)), ((2,), ())]:
        samples.append(call("numpy.inner", real(*a), real(*b)))
    for a, b, axes in [
        ((2, 3, 4), (3, 4, 5), 2),
        ((2, 3, 4), (4, 2), ([0, 2], [1, 0])),
        ((2, 3), (4,), 0),
        ((3, 2), (3,), (0, 0)),
    ]:
        samples.append(call("numpy.tensordot", real(*a), real(*b), axes))
    for text, *shapes in [
        ("ij,jk->ik", (2, 3), (3, 4)),
        ("ij,jk", (2, 3), (3, 4)),
        ("ii", (3, 3)),
        ("ii->i", (3, 3)),
        ("ij->", (2, 3)),
        ("i,i,i", (3,), (3,), (3,)),
        ("...i,...i", (2, 3), (3,)),
        ("b...,b...->...", (2, 3, 1), (2, 1, 4)),
        ("ij->ji", (2, 3)),
        ("ij,kl->", (2, 2), (3, 1)),
        ("iij,j->i", (2, 2, 3), (3,)),
        ("i...->...", (2, 3, 4)),
        ("ba,", (2, 3), ()),
        ("i,i->i", (1,), (3,)),
        ("iii->i", (2, 2, 2)),
        ("ij,ij,jk,k->i", (2, 3), (2, 3), (3, 2), (2,)),
    ]:
        samples.append(call("numpy.einsum", text, *(real(*shape) for shape in shapes)))
    return [
        *samples,
        call("numpy.einsum", "ij,jk,kl", real(2, 3), real(3, 2), real(2, 2), optimize=True),
        call("numpy.vdot", real(2, 3), real(3, 2)),
        call("numpy.outer", real(2), real(3)),
        call("numpy.outer", real(2, 2), real(3)),
        call("numpy.outer", real(2), real(3, 2)),
        call("numpy.kron", real(2, 3), real(3, 2)),
        call("numpy.kron", real(2), real(3)),
        call("numpy.kron", real(2), real(2, 3)),
        call("numpy.cross", real(3), real(3)),
        call("numpy.cross", real(4, 3), real(3)),
        call("numpy.cross", real(3, 4), real(3, 4), axis=0),
        call("numpy.cross", real(3, 2), real(2, 3), axisa=0, axisc=0),
        call("numpy.linalg.multi_dot", [real(2, 3), real(3, 4), real(4, 2)]),
        call("numpy.linalg.multi_dot", [real(3), real(3, 4), real(4)]),
        call("numpy.linalg.matrix_power", real(3, 3), 3),
        call("numpy.linalg.matrix_power", real(2, 2) + 3 * np.eye(2), -2),
        call("numpy.linalg.matrix_power", real(2, 2), 0),
        *(
            call("numpy.convolve", real(a), real(b), mode)
            for a, b in [(5, 3), (3, 5), (4, 2), (5, 4)]
            for mode in ("full", "same", "valid")
        ),
        *(
            call("numpy.correlate", real(a), real(b), mode)
            for a, b in [(5, 3), (4, 2)]
            for mode in ("full", "same", "valid")
        ),
        *(
            call("numpy.correlate", real(a), real(b), mode)
            for a, b in [(3, 5), (2, 4)]
            for mode in ("full", "same", "valid")
        ),
        call("numpy.polyval", real(4), real(2, 3)),
        call("numpy.polyval", [1.0, 2.0, -1.0], 1.5),
        call("numpy.polyval", real(1), real(2)),
        call("numpy.roots", np.array([0.1, -0.6, 0.3, 1.0])),
        call("numpy.trace", real(3, 4)),
        call("numpy.trace", real(3, 4, 2), 1, 0, 2),
        call("numpy.trace", real(3, 4), -1),
        call("numpy.trace", real(3, 4), 1, dtype=np.float64),
        call("numpy.diagonal", real(3, 4)),
        call("numpy.diagonal", real(2, 3, 4), -1, 1, 2),
        call("numpy.diag", real(3), -1),
        call("numpy.diag", real(3, 4), 1),
        call("numpy.tril", real(3, 4), -1),
        call("numpy.triu", real(2, 3, 4)),
        call("numpy.linalg.tensordot", real(2, 3, 4), real(4, 3), axes=((1, 2), (1, 0))),
        call("numpy.linalg.trace", real(2, 3, 3)),
        call("numpy.linalg.trace", real(2, 3, 3), dtype=np.float64),
        call("numpy.linalg.diagonal", real(2, 3, 3), offset=1),
    ]


def matrix_samples() -> list[Sample]:
    a, stack, tall = real(3, 3) + 4 * np.eye(3), real(2, 3, 3) + 4 * np.eye(3), real(4, 3)
    symmetric, norms = a + a.T, real(3, 4)
    singular = np.array([[1.0, 2.0, 0.5], [2.0, 4.0, 1.0], [0.3, 0.1, 1.0]])
    apart = np.array([[[1.0]], [[3.0]]]) * np.array([1.0, 2.0, 4.0, 8.0])  # sums that are not near each other
    samples = [
        call("numpy.linalg.norm", real(5)),
        call("numpy.linalg.norm", real(2, 3, 4)),
        call("numpy.linalg.norm", norms, axis=1),
    ]
    samples += [call("numpy.linalg.norm", real(5), order) for order in (1, 2, 3, 0.5, np.inf, -np.inf, -2)]
    samples += [
        call("numpy.linalg.norm", norms, order) for order in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
    ]
    samples += [
        call("numpy.linalg.norm", apart * real(2, 3, 4), order, axis=(0, 2), keepdims=True)
        for order in (None, "nuc", 1, 2, np.inf)
    ]
    samples += [
        call("numpy.linalg.norm", norms, 3, axis=0, keepdims=True),
        call("numpy.linalg.vector_norm", norms),
        call("numpy.linalg.vector_norm", norms, axis=1, ord=1),
        call("numpy.linalg.vector_norm", norms, ord=3, keepdims=True),
        call("numpy.linalg.matrix_norm", real(2, 3, 3)),
        call("numpy.linalg.matrix_norm", norms, ord="nuc"),
    ]
    return [
        *samples,
        call("numpy.linalg.solve", a, real(3)),
        call("numpy.linalg.solve", a, real(3, 2)),
        call("numpy.linalg.solve", stack, real(3)),
        call("numpy.linalg.solve", stack, real(3, 2)),
        call("numpy.linalg.solve", a, real(2, 3, 2)),
        call("numpy.linalg.inv", a),
        call("numpy.linalg.inv", stack),
        call("numpy.linalg.pinv", tall),
        call("numpy.linalg.pinv", a),
        call("numpy.linalg.pinv", real(2, 3)),
        call("numpy.linalg.det", a),
        call("numpy.linalg.det", stack),
        call("numpy.linalg.det", singular),
        call("numpy.linalg.slogdet", a),
        call("numpy.linalg.slogdet", stack),
        call("numpy.linalg.cholesky", symmetric),
        call("numpy.linalg.cholesky", stack @ stack.swapaxes(1, 2)),
        call("numpy.linalg.eig", symmetric),
        call("numpy.linalg.eigvals", symmetric),
        call("numpy.linalg.eig", np.array([[1.0, 2.0], [0.5, 3.0]])),
        call("numpy.linalg.eigvals", np.array([[[1.0, 2.0], [0.5, 3.0]], [[2.0, 0.3], [0.1, 1.0]]])),
        call("numpy.linalg.eigh", symmetric),
        call("numpy.linalg.eigh", symmetric, "U"),
        call("numpy.linalg.eigvalsh", symmetric),
        call("numpy.linalg.eigvalsh", stack),
        call("numpy.linalg.qr", tall),
        call("numpy.linalg.qr", a),
        call("numpy.linalg.qr", stack),
        call("numpy.linalg.qr", tall.T.copy()),
        call("numpy.linalg.svd", tall, full_matrices=False),
        call("numpy.linalg.svd", real(3, 5), full_matrices=False),
        call("numpy.linalg.svd", stack, full_matrices=False),
        call("numpy.linalg.svd", tall, compute_uv=False),
        call("numpy.linalg.svdvals", real(2, 4)),
    ]
