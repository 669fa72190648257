"""Programs whose names mislead: aliases of modules, names that shadow, names like those of generated code."""

import math as mathematics
from math import cos, sqrt
from math import exp as e_to_the

import numpy as np
import numpy as xp
import numpy.linalg as la
from numpy import sin, tanh
from numpy import sum as array_sum

from corpus import program
from corpus.helpers import scaled

scale = 100.0       # not the scale that `scaled` sees
abs_of_two = abs(-2)


@program(0.8)
def module_alias(x):
    return xp.sin(x) * np.cos(x) + mathematics.exp(x)


@program(0.8)
def names_of_functions(x):
    return sin(x) * cos(x) + e_to_the(-x) * sqrt(x) + tanh(x)


@program(np.array([0.8, 1.6]))
def numpy_names_on_arrays(x):
    return array_sum(sin(x) * tanh(x)) + la.norm(x)


@program(0.8)
def local_import(x):
    import math

    from numpy import exp

    return math.sin(x) * exp(x)


@program(0.8)
def local_alias_of_a_function(x):
    f = np.sin
    g = mathematics.cos
    f, g = g, f
    return f(x) * g(2 * x)


@program(0.8)
def helper_sees_its_own_globals(x):
    return scaled(x) * scale * x


@program(0.8)
def parameter_named_np(np):
    return np * sin(np)


@program(0.8, 0.5)
def parameters_named_like_functions(sin, cos):
    return sin * cos + mathematics.sin(sin)


@program(0.8)
def local_named_like_a_builtin(x):
    sum = x * 2
    max = sum + 1
    list = [sum, max]
    return list[0] * list[1]


def abs(value):     # shadows the builtin in this module
    return value * value + 1


@program(-0.8)
def builtin_shadowed_by_the_module(x):
    return abs(x) * x


@program(-0.8)
def builtin_shadowed_in_the_function(x):
    def max(a, b):
        return a * b

    return max(x, 3.0) + max(x, x)


@program(0.8, 1.5)
def names_like_generated_code(x, x_bar):
    tape = x * x_bar
    y_bar = tape + x
    t1 = y_bar * 2
    value = t1 ** 2
    result_bar = value + x_bar
    gradient = result_bar * x
    return gradient


@program(0.8)
def names_with_underscores(_x):
    __y = _x * 2
    _ = __y * _x
    __ = _ + 1
    return __ * _


@program(0.8)
def unicode_names(θ):
    α = mathematics.sin(θ)
    Δx = α * θ
    return Δx ** 2 + α


@program(0.8)
def name_of_the_function_itself(x):
    name_of_the_function_itself = x * 3
    return name_of_the_function_itself ** 2


@program(0.8)
def loop_variable_is_a_parameter(x):
    y = x
    for x in (1.0, 2.0):
        y = y * x + 1
    return y * x


@program(0.8)
def lambda_parameter_shadows(x):
    f = lambda x: x * 3
    return f(x * x) + (lambda y: x * y)(2.0)


@program(0.8)
def comprehension_variable_shadows(x):
    items = [x * k for k in (1.0, 2.0)]
    squares = [x * x for x in items]
    return squares[0] * squares[1] * x


@program(0.8)
def dunder_main_things(x):
    pi = 3.0
    return x * pi + mathematics.pi * len(__name__) * 0 + x ** 2


class Namespace:
    sin = staticmethod(lambda v: v * v)
    factor = 2.5


@program(0.8)
def class_as_a_namespace(x):
    return Namespace.sin(x) * Namespace.factor + Namespace.factor * x


@program(0.8)
def attribute_of_an_attribute(x):
    return xp.linalg.norm(xp.array([x, 2 * x])) + np.random.default_rng(1).normal() * x


def factory(np):
    def f(x):
        return np(x) * x

    return f


shadowed = program(0.8, name="closure_shadows_numpy")(factory(mathematics.sqrt))


@program(np.array([1.0, 2.0]))
def module_in_a_variable(x):
    backend = np
    total = backend.sum(backend.sin(x))
    linear = backend.linalg
    return total * linear.norm(x)


@program(0.5)
def long_names_and_long_lines(the_initial_concentration_of_the_first_species):
    the_rate_constant_of_the_forward_reaction, the_rate_constant_of_the_backward_reaction = 1.5, 0.25
    the_flux_through_the_reaction_at_the_beginning_of_the_experiment = (
        the_rate_constant_of_the_forward_reaction * the_initial_concentration_of_the_first_species ** 2
        - the_rate_constant_of_the_backward_reaction * (1 - the_initial_concentration_of_the_first_species)
    )
    return the_flux_through_the_reaction_at_the_beginning_of_the_experiment \
        * the_flux_through_the_reaction_at_the_beginning_of_the_experiment


def assembled(places, whole, part, load=None):
    import numpy as np
    from numpy.linalg import norm as size

    whole[np.ix_(places, places)] = whole[np.ix_(places, places)] + part / size(part)
    if load is None:
        return whole
    else:
        return whole, load * part


@program(0.7, np.array([0.5, 1.2]), stage="stores")
def imports_in_functions(stiffness, length):
    from math import erf, sqrt

    import numpy.fft as waves
    import numpy.linalg

    whole = np.zeros((3, 3))
    for k in range(2):
        part = np.array([[1.0, -stiffness], [-stiffness, sqrt(length[k])]])
        whole, load = assembled(np.array([k, k + 1]), whole, part, [2.0])
    return numpy.linalg.norm(whole) * waves.rfft(length)[0].real * erf(length[0]) + load.sum()


@program(2.0, np.ones(2))
@program(0.5, np.ones(2))
def a_function_that_may_be_defined_two_branches_down(x, v):
    v = v * x
    if x > 0.0:
        v[0] *= x
        if x > 1.0:
            def scaled(t):
                return t * v[0]

    def later(t):
        return scaled(t) * x

    return later(x) if x > 1.0 else x * v[0]


def filled_with_builtins(v, t):
    if t > 10:
        v[0] = defined_nowhere * t  # noqa: F821
    v[1] = max(v[0], t) * sum([t, 1.0])

    def inner(t):
        return t + defined_nowhere * max(t, 1.0) if t > 10 else t  # noqa: F821

    v[2] = inner(t)


@program(0.3, np.arange(4.0))
def local_names_that_are_builtins_of_a_helper(x, v):
    defined_nowhere = x * x
    max = x
    sum = 3 * x
    filled_with_builtins(v, x)
    return v @ v + max * sum * defined_nowhere


def summed(first, *others, scale=2.0):
    return first * scale + sum(others)


def left_alone(a, b):
    def inner(t4):
        s = t4 = np.dot(a, a)

        def within(c):
            nonlocal t4
            t4 = 1.5
            return c

        s += within(np.median(a))
        return summed(0.5 * t4, max(b, b), scale=b)

    b += inner(a[1])


@program(0.4, 0.7, np.array([0.3, 1.2, -0.4, 0.9]), np.array([1.1, 0.2, -0.7, 0.5]))
def nonlocal_names_like_those_of_the_text(x, y, v, w):
    left_alone(w[:], y)
    v[[1, 3, 1, 1]] = w
    if y > 0.0:
        c = np.roll(np.split(v, 1)[0], 1)
    else:
        c = np.maximum(np.repeat(x, 4), y)
    return c @ np.arange(1.0, 5.0) + w @ np.arange(1.0, 5.0)


def product_and_second(t, u):
    return t * u, u


@program(0.3, 0.7, np.array([0.1, 0.2, 0.3, 0.4]))
def name_twice_in_a_target(x, y, v):
    for _ in range(2):
        x, x = product_and_second(x, y)
    if x < 5.0:
        for k in range(4):
            v[k] = v[k] * x + v[k - 1]
    else:

        def inner(t):
            return summed(*v)

        x += inner(y)

    def later(t):
        return x * t

    return v.sum()


FILTERS = {"halved": lambda x: x * 0.5, "as it is": lambda x: x}


@program(np.array([[0.3, 1.2], [-0.4, 0.7], [0.9, -1.1]]), "as it is")
def scaled_after_a_choice(x, name):
    if name in FILTERS:
        x = FILTERS[name](x)
    y = x - np.mean(x, axis=0)
    y /= np.linalg.norm(y, axis=0, keepdims=True) + 1e-8
    y /= y.shape[0]
    return np.sum(y * x[0])
