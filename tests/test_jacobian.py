"""Jacobians, Hessians and their products with vectors, against closed forms and differences of gradients."""

import numpy as np
import pytest
from programs import SECOND_ORDER

from diffpy import (
    differentiable,
    differential,
    gradient,
    hessian,
    hessian_vector_product,
    jacobian,
    value_with_differential,
)
from diffpy.errors import DifferentiationError, DifferentiationTypeError

A = np.array([[1.0, -2.0, 0.5], [0.3, 0.7, -1.1]])
X = np.array([0.4, -0.3, 0.9])
LOG = []


def wave(x):
    return np.sin(A @ x)


def narrow(x):
    return np.array([x.sum() ** 2, x[0] * x[1]])


def tall(x):
    return np.outer(x, x).ravel() * x[0]


def logged(x):
    LOG.append("run")
    return np.exp(x)


def rosenbrock(x):
    total = 0.0
    for i in range(2):
        total = total + 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def by_differences(of, x, step=1e-6):
    return np.stack([(of(x + step * e) - of(x - step * e)) / (2 * step) for e in np.eye(len(x))], axis=-1)


@pytest.mark.parametrize("of", [wave, narrow, tall], ids=lambda of: of.__name__)
def test_of_an_array(of):
    found = jacobian(of=of)(X)
    assert found.shape == of(X).shape + X.shape
    np.testing.assert_allclose(found, by_differences(of, X), atol=1e-8)


def test_without_elements():
    assert jacobian(of=lambda x: 2.0 * x[:0])(X).shape == (0, 3)
    assert jacobian(of=lambda x: np.concatenate([x, [1.0]]))(np.ones((0,))).shape == (1, 0)
    assert hessian(of=lambda x: np.sum(x**2))(np.ones((2, 0))).shape == (2, 0, 2, 0)


def test_jacobians_without_rows_inside():
    """Where they are differentiated, too, and where only a part of the result is empty."""

    def f(x):
        none = jacobian(of=lambda v: v[:0] * v[0])(np.array([x, x * x]))
        some, squares = jacobian(of=lambda v: (v[1:1] * x, v * v))(np.array([x, 2.0]))
        return none.sum() + none.shape[1] * x + some.sum() + squares.sum() * x

    assert gradient(of=f)(0.7) == pytest.approx(2 + 4 * 0.7 + 4)
    assert differential(of=f)(0.7)(1.0) == pytest.approx(2 + 4 * 0.7 + 4)


def test_closed_form():
    np.testing.assert_allclose(jacobian(of=wave)(X), A * np.cos(A @ X)[:, None], rtol=1e-12)
    np.testing.assert_array_equal(jacobian(at=X, of=wave), jacobian(of=wave)(X))


def test_shapes_of_matrices():
    m = np.arange(6.0).reshape(2, 3)
    found = jacobian(of=lambda m, v: m @ v)(m, X)
    assert [one.shape for one in found] == [(2, 2, 3), (2, 3)]
    np.testing.assert_array_equal(found[1], m)
    np.testing.assert_array_equal(found[0], np.einsum("ik,j->ikj", np.eye(2), X))


def test_numbers_and_structures():
    assert jacobian(of=lambda x: x**3)(2.0) == 12.0
    found = jacobian(of=lambda x, y: (x * y, {"sum": x + y}))(2.0, 3.0)
    assert found == ((3.0, 2.0), {"sum": (1.0, 1.0)})
    assert jacobian(of=lambda w: w["a"] * w["b"])({"a": 2.0, "b": 3.0}) == {"a": 3.0, "b": 2.0}
    assert jacobian(of=lambda x, y: x * y, wrt="y")(2.0, 3.0) == 2.0


def test_single_precision():
    found = jacobian(of=lambda x: x * x)(X.astype(np.float32))
    assert found.dtype == np.float32


@pytest.mark.parametrize("size", [1, 3])
def test_runs_once(size):
    LOG.clear()
    jacobian(of=logged)(np.ones(size))
    assert LOG == ["run"]
    LOG.clear()
    jacobian(of=lambda x: logged(x)[0])(np.ones(size))
    assert LOG == ["run"]


def test_refusals():
    with pytest.raises(DifferentiationTypeError, match="complex"):
        jacobian(of=lambda z: z * z)(1.0 + 2j)
    with pytest.raises(DifferentiationError):
        jacobian(of=lambda x: "text")(1.0)


# Second derivatives


def test_hessian():
    found = hessian(of=rosenbrock)(X)
    np.testing.assert_allclose(found, by_differences(gradient(of=rosenbrock), X), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found, found.T, rtol=1e-12)
    assert hessian(of=lambda x: x**3)(2.0) == 12.0


def test_hessian_of_several_arguments():
    assert hessian(of=lambda x, y: x**2 * y + y**3)(2.0, 3.0) == ((6.0, 4.0), (4.0, 18.0))
    assert hessian(of=lambda x, y: x**2 * y + y**3, wrt="y")(2.0, 3.0) == 18.0


def test_hessian_vector_product():
    v = np.array([1.0, -2.0, 0.5])
    right = hessian(of=rosenbrock)(X) @ v
    np.testing.assert_allclose(hessian_vector_product(of=rosenbrock)(X, v), right, rtol=1e-12)
    np.testing.assert_allclose(hessian_vector_product(at=X, of=rosenbrock)(v), right, rtol=1e-12)
    product = hessian_vector_product(of=lambda x, y: x**2 * y)
    assert product(2.0, 3.0, 1.0, 0.0) == (6.0, 4.0)
    assert hessian_vector_product(of=lambda x, y: x**2 * y, wrt="x")(2.0, 3.0, 1.0) == 6.0


def test_methods():
    @differentiable
    def cube(x):
        return x * x * x

    assert cube.jacobian(2.0) == 12.0
    assert cube.hessian(2.0) == 12.0
    assert cube.hessian_vector_product(2.0, 0.5) == 6.0


@pytest.mark.parametrize("program", SECOND_ORDER[::4], ids=lambda program: program.id)
def test_of_the_corpus(program):
    """H v is the same by the pullback and by the differential of the gradient, and H is symmetric."""
    rng = np.random.default_rng(3)
    args = program.arguments()
    if len(args) != 1 or not isinstance(args[0], np.ndarray | float) or np.iscomplexobj(args[0]):
        pytest.skip("its argument is no real array")
    (x,) = args
    v = rng.standard_normal(np.shape(x)) if isinstance(x, np.ndarray) else rng.standard_normal()
    whole = np.asarray(hessian(of=program.function)(x)).reshape(np.size(x), np.size(x))
    size = np.max(np.abs(whole)) + 1.0
    np.testing.assert_allclose(whole, whole.T, atol=1e-9 * size)
    product = hessian_vector_product(of=program.function)(x, v)
    np.testing.assert_allclose(np.ravel(product), whole @ np.ravel(v), atol=1e-9 * size)


# --- met in a program


def of_jacobians(x):
    """Tuples and dicts of blocks, by rows and inside of one another."""
    found = jacobian(of=lambda y: (wave(y), {"narrow": narrow(y)}))(x)
    twice = jacobian(of=lambda y: jacobian(of=narrow)(y) @ y)(x)
    return (found[0] ** 2).sum() * found[1]["narrow"].sum() + (twice * A[:, :3]).sum()


def of_hessians(x):
    """A step of Newton's method, and products with a vector that depends on the point."""
    step = np.linalg.solve(hessian(of=rosenbrock)(x), gradient(of=rosenbrock)(x))
    product = hessian_vector_product(of=rosenbrock)(x, step) + hessian_vector_product(at=x, of=rosenbrock)(x)
    value, along = value_with_differential(of=narrow)(x)
    return (product * product).sum() + (value * along(x * step)).sum()


@pytest.mark.parametrize("function", [of_jacobians, of_hessians])
def test_operators_met_in_a_program(function):
    right = by_differences(function, X)
    size = np.max(np.abs(right))
    np.testing.assert_allclose(gradient(of=function)(X), right, atol=1e-6 * size)
    np.testing.assert_allclose(differential(of=function)(X)(A[0]), right @ A[0], atol=1e-6 * size)


def test_jacobian_of_a_jacobian():
    found = jacobian(of=jacobian(of=narrow))(X)
    np.testing.assert_allclose(found, by_differences(jacobian(of=narrow), X), atol=1e-7)


def test_hessian_of_a_hessian():
    assert hessian(of=lambda x: hessian(of=lambda y: y**5)(x))(1.5) == pytest.approx(120 * 1.5, rel=1e-12)


def weighed(parameters, x):
    """A dict that is written over another one: its gradient has no pullback, but a differential."""
    moved = {**parameters, "b": parameters["b"] * x[0]}
    return (moved["w"] * x) @ x * moved["b"] + moved["w"][0] ** 3


def test_by_differentials_where_pullbacks_are_refused():
    point = {"w": np.array([0.5, 2.0]), "b": 0.3}, np.array([1.5, -0.5])
    blocks = hessian(of=weighed)(*point)
    x = np.concatenate([point[0]["w"], [0.3], point[1]])
    flat = hessian(of=lambda v: (v[:2] * v[3:]) @ v[3:] * v[2] * v[3] + v[0] ** 3)(x)
    np.testing.assert_allclose(blocks[0]["w"][0]["w"], flat[:2, :2], atol=1e-12)
    np.testing.assert_allclose(blocks[0]["b"][1], flat[2, 3:], atol=1e-12)
    np.testing.assert_allclose(blocks[1][0]["b"], flat[3:, 2], atol=1e-12)
    np.testing.assert_allclose(blocks[1][1], flat[3:, 3:], atol=1e-12)
