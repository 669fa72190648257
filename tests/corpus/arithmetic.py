"""Straight-line programs of numbers: operators, math, builtins."""

import cmath
import math
import operator

import numpy as np

from corpus import program


@program(3.0, 4.0, expected=(24.0, 10.0))
def swift_example(x, y):
    return x ** 2 * y + y + 2


@program(5.0, 3.0, expected=(36.0, 10.0))
def hands_on(w1, w2):
    return 3 * w1 ** 2 + 2 * w1 * w2


@program(1.3)
def cubic(x):
    return x ** 3 - 2 * x ** 2 + 5 * x - 7


@program(0.7, -1.2)
def quotient(a, b):
    return (a - b) / (a * b + 3) - b / a


@program(2.0, 3.5)
def powers(x, y):
    return x ** y + y ** x + x ** -2 + 2 ** x + y ** 0.5


@program(0.4)
def unary(x):
    return -x + +x * 2 - -(-x) ** 3


@program(5.3, 2.1)
def remainder(x, y):
    return x % y + x * y


@program(7.7, 2.0)
def floor_division(x, y):
    return x // y * x + y


@program(7.7, 2.5)
def quotient_and_remainder(x, y):
    q, r = divmod(x, y)
    return q * x + r ** 2


@program(0.3)
def trigonometric(t):
    return math.sin(t) * math.cos(2 * t) + math.tan(t) / 3


@program(0.3)
def inverse_trigonometric(t):
    return math.asin(t) + math.acos(t / 2) * math.atan(3 * t)


@program(0.8)
def hyperbolic(t):
    return math.sinh(t) - math.cosh(t) * math.tanh(t) + math.asinh(t) + math.acosh(t + 1) + math.atanh(t / 2)


@program(1.7)
def logarithms(x):
    return math.log(x) + math.log(x, 3) * math.log2(x) - math.log10(x) + math.log1p(x / 2)


@program(0.9)
def exponentials(x):
    return math.exp(-x) + math.expm1(x) * math.sqrt(x) + math.pow(x, 1.5)


@program(0.6, -0.8)
def two_argument_arctangent(y, x):
    return math.atan2(y, x) * math.hypot(x, y)


@program(1.5)
def degrees(angle):
    return math.sin(math.radians(angle * 40)) + math.degrees(angle) / 100


@program(1.5)
def fabs_and_constants(x):
    return math.fabs(x - 2) * math.pi + x * math.e - math.tau


@program(-2.4)
def absolute(x):
    return abs(x) * x


@program(0.0, expected=0.0)
def absolute_at_zero(x):
    return abs(x)


@program(1.0, 4.0, 2.5)
def extremes(a, b, c):
    return max(a, b, c) * 2 + min(a * b, c) + max([a, c])


@program(2.0, 2.0, expected=(0.5, 0.5))
def tie_of_two(a, b):
    return max(a, b)


@program(3.0, 3.0, expected=(1.0, 1.0))
def tie_adds_up(a, b):
    return max(a, b) + min(a, b)


@program(2.0)
def builtin_pow(x):
    return pow(x, 3) + pow(2.0, x) + pow(x, 2.5)


@program(1.25)
def float_of_float(x):
    y = float(x) * 3
    return y + float("2.5") * x


@program(2.7)
def rounding_is_flat(x):
    return x * round(x) + round(x, 1) * 2 + math.floor(x) * x - math.ceil(x)


@program(1.1, 2.2, 3.3)
def builtin_sum(a, b, c):
    return sum([a * b, b * c, c * a]) + sum((a, b), c)


@program(0.5)
def reused_name(x):
    x = x * 2
    x = x + math.sin(x)
    x = x * x
    return x


@program(0.5)
def chain_assignment(x):
    a = b = c = x * 3
    return a * b + c


@program(2.0, 5.0)
def swap(a, b):
    a, b = b, a
    b, a = a - b, a * b
    return a / (b + 10)


@program(1.5)
def augmented(x):
    y = x
    y += 2 * x
    y *= x
    y -= 1 / x
    y /= 3
    y **= 2
    return y


@program(0.9, 1.4)
def unused_and_dead(x, y):
    dead = x * y
    dead = 3.0
    z = x * dead
    return z


@program(1.0)
def does_not_depend(x):
    return 4.0


@program(2.5, 1.0)
def identity_of_one(x, y):
    return x


@program(0.8)
def same_name_many_uses(x):
    y = x * x
    z = y * y + y
    return z * y - x * z


@program(0.3, 0.4)
def common_subexpressions(a, b):
    return (a + b) * (a + b) / ((a + b) ** 2 + math.exp(a + b))


@program(1.2)
def deep_expression(x):
    return ((((((x + 1) * x + 2) * x + 3) * x + 4) * x + 5) * x + 6) / (1 + (x + (x + (x + x * x) * x) * x) ** 2)


@program(1.2, 0.7)
def operator_module(a, b):
    return operator.add(operator.mul(a, b), operator.truediv(a, b)) - operator.neg(operator.sub(a, b)) + operator.pow(a, 2)


@program(0.4)
def numpy_on_floats(x):
    return np.sin(x) * np.exp(-x) + np.sqrt(x + 1) - np.log(x) ** 2


@program(0.4, 1.9)
def numpy_binary_on_floats(x, y):
    return np.add(x, y) * np.multiply(x, y) - np.subtract(x, y) / np.divide(x, y) + np.power(x, y) + np.arctan2(x, y)


@program(1.75)
def annotated(x: float) -> float:
    y: float = x * 2
    z: float
    z = y ** 2
    return z + y


@program(0.25)
def sigmoid_in_a_line(x): return 1 / (1 + math.exp(-x))


@program(1.5, 0.2)
def with_docstring(x, sigma):
    """The log of a normal density.

    The text of a docstring is nobody's business.
    """
    return -0.5 * (x / sigma) ** 2 - math.log(sigma * math.sqrt(2 * math.pi))


@program(3.0, 4.0, wrt="x")
def by_name(x, y):
    return x ** 2 * y + y + 2


@program(3.0, 4.0, 5.0, wrt=("z", "x"))
def by_two_names(x, y, z):
    return x ** 2 * y + y * z + 2


@program(3.0, 4.0, wrt=1)
def by_position(x, y):
    return x ** 2 * y ** 3 + y + 2


@program(3.0, 4.0, wrt=(1,))
def by_a_tuple_of_one(x, y):
    return x * y ** 2


@program(2.0, "metres", 3.0)
def between_a_string(x, unit, y):
    return x * y * (100 if unit == "metres" else 1)


@program(2.0, None, True)
def flags(x, nothing, flag):
    return x ** 3 if flag and nothing is None else x


@program(0.5)
def walrus(x):
    if (y := x * x) < 1:
        return y + (z := math.exp(y)) * z
    return y


@program(2.3)
def large_and_small_numbers(x):
    return 1e8 * x + 1e-8 * x ** 2 + 1_000.5 * x / 0x10 + x * True


@program(0.4)
def constants_of_the_module(x):
    return SCALE * x ** 2 + OFFSET * math.sin(x / SCALE)


SCALE, OFFSET = 2.5, -1.0


@program(1.0, 2.0, 3.0)
def heron(a, b, c):
    a, b, c = a + 2, b + 2, c + 2
    s = (a + b + c) / 2
    return math.sqrt(s * (s - a) * (s - b) * (s - c))


@program(1.4)
def inactive_complex_number(x):
    phase = cmath.exp(1j * 0.5).real
    return phase * x ** 2


@program(3.7)
def bit_operations_on_ints(x):
    n = (6 & 3) | (1 << 2) ^ 5
    return x * n + (~n) * x ** 2


@program(0.04)
def roots_of_what_is_cut_off(x):
    far = max(x - 1.0, 0.0)
    return far**0.5 * x + far**0.25 + math.sqrt(far) + x
