"""Programs that choose: if, conditional expressions, and/or, comparisons, early returns."""

import math

import numpy as np

from corpus import program


@program(1.5)
def one_branch(x):
    y = x
    if x > 1:
        y = y * 3
    return y * x


@program(0.4)
def branch_not_taken(x):
    y = x
    if x > 1:
        y = y * 3
    return y * x


@program(-0.7)
def leaky(x):
    if x > 0:
        y = x
    else:
        y = 0.1 * x
    return y + x ** 2


@program(-0.3)
def ladder(x):
    if x < -1:
        return -x
    elif x < 0:
        return x ** 2 + x
    elif x < 1:
        return math.sqrt(x)
    else:
        return 1.0


@program(2.0)
def early_return_of_constant(x):
    if x > 1:
        return 1.0
    return x


@program(2.0)
def early_return_of_int(x):
    if x > 1:
        return 1
    return x


@program(0.5, 2.0)
def nested_branches(x, y):
    if x < y:
        if x * y > 3:
            z = x
        elif x + y > 2:
            z = y ** 2 * x
            if z > 100:
                z = 100.0
        else:
            z = 0.0
    else:
        z = x - y
    return z * x


@program(0.8)
def conditional_expression(x):
    return x ** 2 if x > 0 else -x


@program(-1.8, 0.5)
def conditional_expressions_nested(x, y):
    a = x if x > y else y if y > 0 else 0.0
    return (a * x if a != 0 else 1.0) + (y if x else x)


@program(0.0, 3.0, expected=(0.0, 6.0))
def or_gives_a_value(x, y):
    return (x or y) * y


@program(2.0, 3.0)
def and_gives_a_value(x, y):
    return (x and y) * x + (x or y)


@program(2.0, 3.0, 0.0, expected=(3.0, 3.0, 3.0))
def and_or_mixed(x, y, z):
    a = x and (z or y)
    b = z and x
    return a * x + b * y + y


@program(1.5)
def chained_comparison(x):
    if 0 < x <= 2 < 3:
        return x ** 3
    return x


@program(2.5)
def chained_comparison_with_calls(x):
    if 1 < math.sqrt(x) < x < 10:
        x = math.log(x)
    return x * 4


@program(1.2)
def not_and_in(x):
    mode = "b"
    if not x < 1 and mode in ("a", "b"):
        return x * x
    return x


@program(1.2, "cubic")
def string_chooses(x, kind):
    if kind == "linear":
        return x
    if kind == "quadratic":
        return x ** 2
    if kind == "cubic":
        return x ** 3
    raise ValueError(f"unknown kind {kind!r}")


@program(1.0, 2.0)
def is_none(x, y):
    z = None
    if x < y:
        z = x * y
    if z is not None:
        return z ** 2
    return x


@program(1.3)
def branches_define_different_names(x):
    if x > 1:
        a = x * 2
    else:
        b = x * 3
    if x > 1:
        return a * a
    return b


@program(1.3)
def overwritten_in_both(x):
    y = math.sin(x)
    if y > 0.5:
        y = y * y
        y = y + x
    else:
        y = -y
    y = y * y
    return y


@program(0.2, 0.9)
def guard_clauses(x, limit):
    if x < 0:
        return -x
    if limit < 0:
        return 0.0
    y = x * limit
    if y > limit:
        return limit
    y = y + math.exp(y)
    return y


@program(0.9, expected=2.0)
def kink_as_written(x):
    if x >= 0.9:
        return 2 * x
    return -x


@program(-3.0)
def abs_by_hand(x):
    return x if x >= 0 else -x


@program(-0.5, 1.0, 0.25)
def clamp(x, high, low):
    if x > high:
        return high
    if x < low:
        return low
    return x


@program(7.0)
def pass_does_nothing(x):
    if x > 3:
        pass
    else:
        x = x * 100
    return x / 2


@program(np.array([0.5, -1.0, 2.0]))
def branch_on_an_array_value(x):
    if x[0] > 0 and np.all(x > -2):
        return x.sum() ** 2
    return x.max()


@program(np.array([0.5, -1.0, 2.0]))
def branch_on_a_norm(x):
    size = np.sqrt(np.sum(x * x))
    if size > 1.0:
        x = x / size
    return np.sum(x * np.array([1.0, 2.0, 3.0]))


@program(np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.1, -0.2]))
def any_and_all(a, b):
    if np.any(a < b):
        a = a * b
    if (a == b).all():
        return a.sum()
    return (a - b).dot(a)


@program(np.array([0.5, 3.0]))
def array_conditional_expression(x):
    y = x if x.mean() < 1 else np.log(x)
    return y.sum()


@program(0.3)
def bool_as_number(x):
    big = x > 0.1
    return x * big + (x < 0.1) * 5 + (2 if big else 3) * x ** 2


@program(0.3)
def condition_kept_in_a_name(x):
    small = x < 1
    x = x * 5
    if small:
        x = x ** 2
    if not small:
        x = x ** 3
    return x


@program(2.0)
def return_in_both_then_dead_code(x):
    if x > 1:
        return x * x
    else:
        return x
    x = x / 0
    return x


@program(4.0)
def returns_at_three_depths(x):
    if x > 0:
        if x > 2:
            if x > 8:
                return x
            y = x * 2
        else:
            return 3 * x
        y = y + 1
    else:
        y = 0.0
    return y * y


@program(0.7)
def comparison_of_functions_of_x(x):
    return math.sin(x) if math.sin(x) > math.cos(x) else math.cos(x)


@program(3.0, 2)
def match_by_ifs(x, order):
    value = x
    if order == 0:
        value = 1.0
    elif order == 1:
        value = x
    elif order == 2:
        value = 0.5 * (3 * x * x - 1)
    elif order == 3:
        value = 0.5 * (5 * x ** 3 - 3 * x)
    return value


@program(0.2, 2.0)
@program(0.2, 0.5)
@program(0.2, -1.0)
@program(0.7, 2.0)
def returns_from_within_both_branches(x, y):
    z = x * y
    if y > 1.0:
        for _ in range(2):
            z = z * y
        if x < 0.3:
            return z + y
    else:
        x = z
        if y > 0.0:
            return x * z
    y = y * x
    if z > 0.3:
        return y + math.sin(z)
    return y * z


def advanced(y, h, slope, *, scheme="midpoint", order="f", ends=("fixed", "free")):
    """Defaults that choose: the text for them has the one way that is taken."""
    if scheme == "euler":
        y = y + h * slope(y)
    elif scheme in ("midpoint", "heun"):
        k = slope(y)
        half = 0.5 if scheme == "midpoint" else 1.0
        y = y + h * slope(y + half * h * k)
    else:
        raise ValueError(f"scheme {scheme}")
    return y if order not in {"c", "f"} else y * (2.0 if ends[0] == "fixed" else 3.0)


@program(np.array([0.3, 0.8]))
def schemes_by_name(y):
    total = advanced(y, 0.1, np.cos) + advanced(y, 0.2, np.sin, scheme="euler", order="none")
    for scheme in ("heun", "midpoint"):
        total = total + advanced(y, 0.1, np.exp, scheme=scheme, ends=("free",))
    try:
        advanced(y, 0.1, np.exp, scheme="none")
    except ValueError as wrong:
        total = total * len(str(wrong))
    return np.sum(total)


@program(0.8, np.array([0.4, 1.5]))
def bound_on_one_side_and_bound_anew(x, v):
    """A name that a branch alone has bound gets its next value, out of the one before, in another branch."""
    for part in v:
        if x > 0.0:
            w = x * part
            z = w * w
        if part > -1.0:
            w = w * w * 3.0 + z
            if w > 1.0:
                z = z * w
        if x < 2.0:
            z, w = w * z, z + w
    if x > 0.5:
        u = w * z
    if x > 0.6:
        u = u * u + z
    while x > 0.7:
        u = u * u * 0.1
        x = x - 0.05
    return u
