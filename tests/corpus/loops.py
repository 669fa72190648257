"""Programs that repeat: for and while, break, continue, else, early returns, loops in loops."""

import itertools
import math

import numpy as np

from corpus import program


@program(0.7, 1.3)
def issue_loop(a, b):
    z = 0
    for i in range(100):
        z = a * np.cos(z + i) + z * np.sin(b - i)
    return z


@program(1.1)
def power_by_loop(x):
    y = 1.0
    for _ in range(5):
        y = y * x
    return y


@program(1.1)
def range_with_start(x):
    y = 0.0
    for i in range(2, 6):
        y = y + x ** i / i
    return y


@program(0.9)
def range_with_step(x):
    total = 0.0
    for i in range(1, 10, 3):
        total += math.sin(i * x)
    return total


@program(0.9)
def range_backwards(x):
    y = 0.0
    for k in range(6, 0, -1):
        y = y * x + k
    return y


@program(0.9)
def range_is_empty(x):
    y = x * x
    for _ in range(0):
        y = y * 100
    return y


@program(0.9, 4)
def range_of_argument(x, n):
    y = x
    for i in range(n):
        y = y + math.cos(y) / (i + 1)
    return y


@program(0.9)
def loop_variable_survives(x):
    for i in range(4):
        x = x * 1.5
    return x * i


@program(0.9)
def loop_variable_reassigned(x):
    total = 0.0
    for i in range(4):
        i = i * x
        total = total + i * i
    return total + i


@program(np.array([0.5, 1.5, -2.0]))
def over_an_array(xs):
    total = 0.0
    for x in xs:
        total = total + x ** 2 * math.exp(-x)
    return total


@program(np.array([[0.5, 1.5], [-2.0, 1.0], [0.1, 0.2]]), np.array([1.0, -0.5]))
def over_rows(rows, w):
    loss = 0.0
    for row in rows:
        loss += np.tanh(row @ w) ** 2
    return loss


@program([0.5, 1.5, -2.0])
def over_a_list(xs):
    p = 1.0
    for x in xs:
        p = p * (1 + x * x)
    return p


@program((0.5, 1.5, -2.0), 2.0)
def over_a_tuple(coefficients, x):
    value = 0.0
    for c in coefficients:
        value = value * x + c
    return value


@program(1.5)
def over_constants(x):
    y = 0.0
    for c in (3, -1.5, 2.0):
        y = y * x + c
    return y


@program(1.5)
def over_strings(x):
    for step in "sqs":
        if step == "s":
            x = math.sin(x)
        else:
            x = x ** 2 + 1
    return x


@program(np.array([1.0, 2.0, 3.0]))
def enumerated(xs):
    s = 0.0
    for i, x in enumerate(xs):
        s += i * x ** (i + 1)
    return s


@program(np.array([1.0, 2.0, 3.0]))
def enumerated_from_one(xs):
    s = 0.0
    for i, x in enumerate(xs, start=1):
        s = s + x / i ** 2 * s + x
    return s


@program(np.array([1.0, 2.0, 3.0]), np.array([0.3, 0.2, 0.1]))
def zipped(a, b):
    s = 0.0
    for u, v in zip(a, b):
        s = s + u * v ** 2
    return s


@program([1.0, 2.0, 3.0], (0.3, 0.2), np.array([5.0, 6.0, 7.0]))
def zipped_unequal(a, b, c):
    s = 0.0
    for u, v, w in zip(a, b, c):
        s = s * u + v * w
    return s


@program(np.array([1.0, 2.0, 3.0]), np.array([0.3, 0.2, 0.1]))
def enumerated_zip(a, b):
    s = 1.0
    for i, (u, v) in enumerate(zip(a, b)):
        s = s * (u + i * v)
    return s


@program(np.array([1.0, 2.0, 3.0]))
def reversed_array(xs):
    y = 0.0
    for x in reversed(xs):
        y = 0.5 * y + x * y + x
    return y


@program([1.0, -2.0, 3.0], 0.6)
def horner(coefficients, x):
    y = 0.0
    for c in reversed(coefficients):
        y = y * x + c
    return y


@program(0.6)
def reversed_range(x):
    y = 1.0
    for i in reversed(range(1, 5)):
        y = y + x * i / y
    return y


@program(2.0)
def newton_square_root(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


@program(10.0)
def while_on_data(x):
    n = 0
    while x > 1:
        x = x / 2
        n += 1
    return x * n


@program(0.5)
def while_never_runs(x):
    while x > 1:
        x = x / 2
    return x * 3


@program(1.3)
def while_true_with_break(x):
    y = x
    while True:
        y = y * x + 0.1
        if y > 12:
            break
    return y


@program(1.3)
def while_counter(x):
    i = 0
    total = 0.0
    while i < 5:
        total += x ** i
        i += 1
    return total


@program(0.01)
def while_with_else(x):
    n = 0
    while n < 3:
        x = x * 2
        n = n + 1
    else:
        x = x + 10 * x ** 2
    return x


@program(3.0)
def collatz_like(x):
    steps = 0
    while x > 0.5 and steps < 20:
        if steps % 2 == 0:
            x = x * 0.7
        else:
            x = x - 0.1 * x * x
        steps += 1
    return x


@program(1.2)
def for_break(x):
    total = 0.0
    for i in range(10):
        total = total + x ** i
        if total > 5:
            break
    return total * x


@program(1.2)
def for_break_else_taken(x):
    for i in range(3):
        x = x * 1.1
        if x > 100:
            break
    else:
        x = x ** 2
    return x


@program(1.2)
def for_break_else_skipped(x):
    for i in range(10):
        x = x * 1.5
        if x > 3:
            break
    else:
        x = x ** 2
    return x


@program(1.2)
def for_continue(x):
    total = 0.0
    for i in range(8):
        if i % 3 == 1:
            continue
        total = total + math.sin(i * x)
    return total


@program(np.array([0.5, -1.0, 2.0, -0.3, 4.0]))
def continue_on_data(xs):
    p = 1.0
    for x in xs:
        if x < 0:
            continue
        p = p * x
        if p > 3.5:
            p = p / 2
    return p


@program(np.array([0.5, 1.0, 2.0, -0.3, 4.0]))
def continue_and_break(xs):
    total = 0.0
    for i, x in enumerate(xs):
        if i == 1:
            continue
        if x < 0:
            break
        total += x ** 2
    return total * xs[4]


@program(np.array([0.5, 1.0, 2.0, 0.3, 4.0]), 3.0)
def return_from_a_loop(xs, limit):
    s = 0.0
    for x in xs:
        s = s + x ** 2
        if s > limit:
            return s * limit
    return s


@program(np.array([0.5, 1.0, 0.3]), 30.0)
def return_after_a_loop(xs, limit):
    s = 0.0
    for x in xs:
        s = s + x ** 2
        if s > limit:
            return s * limit
    return -s


@program(1.5)
def return_from_nested_loops(x):
    for i in range(3):
        for j in range(3):
            x = x + 0.1 * i * j * x
            if x > 1.7:
                return x * (i + 10 * j)
    return x


@program(1.1)
def break_inner_only(x):
    total = 0.0
    for i in range(4):
        for j in range(5):
            if j > i:
                break
            total += x ** (i + j)
        total = total * 0.9
    return total


@program(1.1)
def continue_outer_by_flag(x):
    total = 0.0
    for i in range(4):
        skip = False
        for j in range(3):
            if i * j == 2:
                skip = True
                break
        if skip:
            continue
        total = total + math.exp(-i * x)
    return total


@program(1.1)
def else_of_inner_loop(x):
    total = x
    for n in range(2, 8):
        for d in range(2, n):
            if n % d == 0:
                break
        else:
            total = total + x ** n / 100
            continue
        total = total * 0.99
    return total


@program(0.5)
def return_in_while_true(x):
    n = 0
    while True:
        n += 1
        x = math.cos(x)
        if n == 7:
            return x * n


@program(0.5)
def break_from_while_with_else(x):
    k = 0
    while k < 10:
        x = x * 1.3
        if x > 1:
            break
        k += 1
    else:
        x = -x
    return x * k


@program(0.6)
def nested_loops(x):
    s = 0.0
    for i in range(3):
        for j in range(i, 4):
            for k in range(2):
                s = s + math.sin(x * i + j) * (s - k * x) * 0.1
    return s


@program(0.6)
def while_in_for(x):
    s = 0.0
    for i in range(1, 4):
        y = x * i
        while y < 2:
            y = y * 1.7
        s = s + y
    return s


@program(0.6)
def for_in_while(x):
    y = x
    while y < 5:
        for k in range(1, 3):
            y = y + x / k
        y = y * 1.1
    return y


@program(0.6)
def loop_in_branch_in_loop(x):
    y = x
    for i in range(4):
        if i % 2:
            for j in range(i):
                y = y * 1.1 + j
        else:
            y = math.sin(y) + y
    return y


@program(1.0, 1.0)
def fibonacci(a, b):
    for _ in range(6):
        a, b = b, a + b * 0.5
    return a * b


@program(0.2)
def only_last_iteration_counts(x):
    for i in range(5):
        y = x ** i
    return y


@program(0.2)
def first_iteration_only(x):
    first = None
    for i in range(5):
        x = x * 1.5
        if first is None:
            first = x * x
    return first + x


@program(0.4)
def value_from_the_iteration_before(x):
    before = 0.0
    total = 0.0
    for i in range(5):
        now = math.sin(x * i)
        total += (now - before) ** 2
        before = now
    return total


@program(3.1, 1.2)
def two_loops(x, y):
    for _ in range(3):
        x = x * 0.5 + y
    for _ in range(2):
        y = y * x
    return x + y


@program(0.5)
def loop_over_functions(x):
    for f in (math.sin, math.exp, lambda t: t * t, abs):
        x = f(x)
    return x


@program({"a": 1.5, "b": -0.5, "c": 2.0})
def over_dict_values(parts):
    total = 1.0
    for v in parts.values():
        total = total * (v + 3)
    return total


@program({"a": 1.5, "b": -0.5}, {"a": 2.0, "b": 3.0})
def over_dict_keys(weights, values):
    total = 0.0
    for key in weights:
        total = total + weights[key] ** 2 * values[key]
    return total


@program({"x": 1.5, "y": -0.5, "z": 0.25})
def over_dict_items(point):
    total = 0.0
    for name, value in point.items():
        if name == "y":
            total -= value
        else:
            total += value ** 3
    return total


@program({"x": 1.5, "y": -0.5, "z": 0.25})
def over_dict_enumerated_and_sorted(point):
    total = 0.0
    for i, (name, value) in enumerate(sorted(point.items(), key=lambda item: item[0], reverse=True)):
        total += (i + 1) * value ** 2
    return total


@program(np.array([1.0, 2.0, 4.0]))
def pairs_of_points(xs):
    energy = 0.0
    n = len(xs)
    for i in range(n):
        for j in range(i + 1, n):
            energy += 1.0 / abs(xs[i] - xs[j])
    return energy


@program(0.3)
def itertools_product(x):
    total = 0.0
    for i, j in itertools.product(range(2), range(3)):
        total += x ** (i + j + 1)
    return total


@program(0.3)
def long_loop(x):
    y = x
    for i in range(2000):
        y = y + 0.001 * (math.sin(y) - 0.5 * y)
    return y


@program(np.array([0.1, 0.2]))
def array_carried_by_a_loop(x):
    m = np.array([[0.9, 0.2], [-0.3, 0.8]])
    for i in range(6):
        x = np.tanh(m @ x) + i * 0.1
    return x @ x


@program(np.array([1.0, 2.0, 3.0]))
def scalar_becomes_array(x):
    total = 0
    for i in range(3):
        total = total + x * i
    return (total ** 2).sum()


@program(1.7, 0.5)
def branch_and_loop_carried(x, y):
    for i in range(6):
        if x > y:
            x = x - y * 0.5
        else:
            y = y - x * 0.3
    return x * y


@program(0.37, expected=0.37 ** (1 / 3))      # the path executed: the halves do not depend on c
def bisection(c):
    low, high = 0.0, 2.0
    for _ in range(40):
        middle = (low + high) / 2
        if middle ** 3 < c:
            low = middle
        else:
            high = middle
    return c * middle


@program(1.2)
def constant_trip_but_unused_variable(x):
    acc = x
    for _unused, (_, w) in zip(range(3), [(0, 1.0), (1, 2.0), (2, 0.5)]):
        acc = acc * w + x
    return acc


@program(np.arange(6.0).reshape(2, 3) / 3)
def rows_and_columns(m):
    total = 0.0
    for i in range(m.shape[0]):
        for j in range(m.shape[1]):
            total = total + m[i, j] ** 2 * (i + 1) - j * m[i][j]
    return total


@program(np.arange(6.0).reshape(2, 3) / 3)
def over_the_transpose(m):
    total = 0.0
    for column in m.T:
        total += column[0] * column[1]
    return total


@program(np.arange(6.0).reshape(2, 3) / 3)
def rows_of_rows(m):
    product = 1.0
    for row in m:
        for x in row:
            product = product * (1.5 + x)
    return product


@program(1.5)
def weighted_by_a_function_of_the_counter(x):
    y = 0.0
    for k in range(3):
        y = y + np.cos(k + 1) * x
    return y


@program(1.5)
def weighted_by_two_counters(x):
    y = 0.0
    for s in range(3):
        for k in range(2):
            y = y + s * (k + 1) * x
    return y


@program(1.5)
def returned_from_an_inner_loop(x):
    for i in range(3):
        for j in range(3):
            return x * x
        return x
    x = x + 1
    return x


@program(1.5)
@program(0.5, name="left_with_what_the_other_branch_computed")
def left_with_what_a_branch_computed(x):
    r = 0.0
    for i in range(3):
        if x > 1:
            r = x * x
        else:
            r = 3 * x
        if i == 1:
            break
        r = 0.0
    return r


@program(1.5)
def zipped_with_stores_ahead(x):
    values = [x, 0.0, x, x]
    total = 0.0
    for k, (u, w) in enumerate(zip(values, [1, 2, 3])):
        values[w] = x * w
        total += k * u
    return sum(values) * total


@program(0.4, 0.3)
def last_value_beside_values_that_move_on(x, step):
    before, last = 2.0 * x, 0.0
    for _ in range(4):
        new = np.sin(x) * step + before * x
        before = x
        x = new
        last = np.exp(x * before)
    return last, x


@program(np.array([0.4, -0.7]), np.array([1.2, 0.5]), 0.3)
def names_that_change_places_beside_a_last_value(a, b, step):
    energy = 0.0
    for _ in range(3):
        kept = a * step
        a, b = b, np.sin(a) * b + kept
        energy = np.exp(a).sum()
    return a, b, energy


@program([1.0, 2.0, 4.0, 3.0])
def halved_while_counted(xs):
    total = 0.0
    while (n := len(xs)) > 1:
        xs = [(a + b) / 2 for a, b in zip(xs, xs[1:])]
        if (fall := xs[0] - xs[-1]) < 0:
            total -= fall * n
    return total + xs[0]


@program(1.1, np.array([0.4, -0.7, 1.3, 0.9]))
def lists_side_by_side(x, v):
    """Active sequences of different lengths, one of them backwards; an iterator that two loops share."""
    xs = [x, x * x]
    total = 0.0
    for k, (one, (other, third)) in enumerate(zip(reversed(v), zip(xs, reversed(xs))), start=1):
        total = total * one + other * third * k
    pairs = zip(v, v[1:])
    for _ in range(2):
        for a, b in pairs:
            total += a * b
            if a < 0.0:
                break
    xs, rest = [1.0, x], iter(reversed(xs))
    return total + sum(a * b for a, b in zip(rest, xs))


@program(0.7, stage="stores")
def what_the_round_before_left(x):
    """Objects that no round before the first has left; views, lists and dicts of them that change."""
    out, kept = np.zeros((3, 2)), []
    for i in range(3):
        row, counts, pair = out[i], {"a": x * i}, [x * (i + 1)]
        for j in range(2):
            row[j] = last[j] * x + left if i > 0 else x * (j + 1)  # noqa: F821
            left = row[j]
        if i:
            counts["b"] = old["a"] * 2 + counts["a"]  # noqa: F821
            old["a"] = counts["b"] * x  # noqa: F821
            pair[0] += before[0] * left  # noqa: F821
            before.append(x)  # noqa: F821
            row += last  # noqa: F821
        last, old, before = row, counts, pair
        kept.append(sum(before[k] * x for k in range(1)))
    return np.sum(out**2) + old["b"] + sum(kept)


@program([1.0, 2.0], [0.3, 0.4], 0.7)
def rows_that_are_lists(xs, ys, z):
    both = np.stack([[z, *xs], [1.0, 3 * z, z]], axis=1) + np.stack(([*ys, z], [*xs, 2.0]), axis=-1)
    return np.sum(both**2) + np.sum(np.concatenate(([z, 2.0], xs)) ** 3) * ys[0]


def moved(a, step, count=2):
    for _ in range(count):
        a[1:] += step * (a[:-1] - a[1:])


def counting(t):
    total = 0.0

    def count(step):
        nonlocal total
        total += step * t
        return total

    return count


@program(0.3, 0.7, np.arange(4.0))
def helpers_with_one_name_for_two_variables(x, y, v):
    def counted():
        return counting(v[1])(y)

    x += counted()
    rate = 1.25
    for _ in range(0, 3, 2):
        if not rate > 0.9:
            moved(v, rate)
        rate *= 0.5
    return x + v @ np.arange(1.0, 5.0)


@program(np.array([0.4, -1.1, 0.9]), np.array([0.3, 0.8, -0.5]), stage="stores")
def the_last_two_of_arrays_that_change(a, b):
    a[0] = 2.0
    for _ in range(3):
        a, b = a + b, a
    u, w = b * 1.5, a
    u[1] *= a[0]
    for k in range(4):
        u, w = w * k + u, u
        w[0] += 0.1
    return a @ b + np.sum(u * w)
