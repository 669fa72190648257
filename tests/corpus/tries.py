"""Bodies of try statements that store, update and leave before an exception comes."""

import contextlib
import itertools
import math
from dataclasses import dataclass

import numpy as np

from corpus import program

MIXED = np.array([1.3, 2.0, -0.3, 0.7])
LOWER = np.array([1.3, 2.0, -0.6, 0.7])
POSITIVE = np.array([1.3, 2.0, 0.3, 0.7])


def negated(u):
    u[:] = -u


@program(0.5, POSITIVE)
@program(2.0, POSITIVE, name="view_changed_by_a_helper_and_raised")
def view_changed_by_a_helper(y, v):
    v = v.copy()
    try:
        negated(v[::2])
        if y > 1.0:
            raise ValueError("no")
    except ValueError:
        v[:] = v * 2
    return v @ np.arange(1.0, 5.0) + y


@program(MIXED)
def stored_logarithms(x):
    u = np.zeros(4)
    for i in range(4):
        try:
            u[i] = math.log(x[i])
        except ValueError:
            u[i] = 3.0 * x[i]
    return u @ u


@program(MIXED)
@program(POSITIVE, name="all_of_a_loop")
def part_of_a_loop(x):
    u = np.zeros(4)
    try:
        for i in range(4):
            u[i] = math.sqrt(x[i])
    except ValueError:
        pass
    return u.sum() * x[0]


@program(MIXED)
@program(LOWER, name="sum_as_far_as_it_came")
@program(20 * POSITIVE, name="sum_until_it_is_large")
def sum_with_an_end(x):
    total = 0.0
    try:
        for i in range(4):
            if x[i] < -0.5:
                raise ValueError(i)
            total += x[i] ** 2
            if total > 100:
                break
    except (ValueError, KeyError):
        total *= 2
    else:
        total *= 3
    finally:
        total += x[0]
    return total


@program(MIXED)
def list_that_grows_until_the_end(x):
    out = []
    i = 0
    try:
        while True:
            out.append(x[i] * x[i])
            i += 1
    except IndexError:
        out.append(x[0])
    return sum(out)


@program(MIXED)
@program(np.array([1.0, -0.3, -0.6, 0.7]), name="nested_and_continued")
def nested(x):
    y = x.copy()
    for i in range(3):
        try:
            try:
                y[i] = math.log(x[i])
            except ValueError:
                y[i] *= 2
                if x[i] < -0.4:
                    raise KeyError(i) from None
            y[i] += 1
        except KeyError:
            y[i] *= 5
            continue
        finally:
            y[3] *= 1.5
    return y.sum()


@program(np.array([1.0, -0.3, -0.6, 0.7]))
@program(POSITIVE, name="left_at_the_end")
def left_from_within(x):
    for i in range(3):
        try:
            if x[i] < 0:
                return 10 * x[i]
            x = x * math.sqrt(x[i])
        except ValueError:
            break
    return x[:3].sum()


@program({"a": 2.0, "b": 3.0})
def missing_key_set(d):
    seen = {}
    total = 0.0
    for name in ("a", "b", "a"):
        try:
            value = seen[name]
        except KeyError:
            value = seen[name] = d[name] ** 2
        total = total + value
    return total


@program(2.0)
def left_to_the_outer_handler(x):
    y = x
    try:
        try:
            y = y * x
            math.sqrt(-y)
        except ZeroDivisionError:
            y = 0.0
    except ValueError:
        y = y * 3
    return y


@program(2.0)
def left_behind_a_handler_and_an_end(x):
    y = x
    try:
        try:
            y = y * x
            math.sqrt(-y)
        except KeyError:
            y = 0.0
        finally:
            y = y + x
    except ValueError:
        y = y * 3
    return y


@program(2.0)
def left_from_within_a_context(x):
    y = x
    try:
        with np.errstate(all="ignore"):
            y = y * x
            math.sqrt(-y)
    except ValueError:
        y = y * 3
    return y


@program(2.0)
@program(0.5, name="raised_again_as_something_else")
def raised_again(x):
    y = x
    try:
        try:
            y = y * x
            math.sqrt(-y)
        except ValueError:
            y = y * 2
            if x > 1:
                raise
            raise KeyError(x) from None
    except ValueError:
        y = y * 3
    except KeyError:
        y = y * 5
    return y


@program(1.5)
def left_with_what_a_try_computed(x):
    y = 0.0
    for i in range(3):
        try:
            y = x * x
        except ValueError:
            y = 1.0
        if i == 1:
            break
        y = 0.0
    return y


def scatter(target, values):
    try:
        np.add.at(target, [2, 2, 3, 2], values)
    except ValueError:
        pass
    return target


@program(np.array([0.5, 1.5, -2.0, 0.7]), stage="stores")
def scattered_onto_itself(x):
    w = x * 2
    scatter(w, w)
    return (w * np.arange(4)).sum()


@program(np.array([0.5, 1.5, -2.0, 0.7]))
def changes_by_functions(x):
    w = x * 2
    v = x * 3
    try:
        np.copyto(w[1:], x[1:] ** 2)
        np.add(w, x, out=w)
        v.fill(x[0])
        np.fill_diagonal(v.reshape(2, 2), x[1])
        w.sort()
    except ValueError:
        pass
    return (w * v * np.arange(4)).sum()


@program(np.array([0.5, 1.5, -2.0, 0.7]), stage="stores")
def changes_of_lists_and_dicts(x):
    items, d = [x[0], x[1]], {"a": x[2]}
    try:
        items[0] += d["a"]
        d["a"] *= 2
        items.append(x[3])
        items.sort()
        d.update(b=x[1])
        d.setdefault("c", x[0])
        del d["b"]
    except ValueError:
        pass
    return sum(items) * sum(d.values()) + items[0]


@program(1.5)
@program(-1.5, name="read_of_nothing_in_a_handler")
def reads_of_nothing(x):
    y = x * 2
    total = 0.0
    for k in range(3):
        try:
            total += y * k
            if k == 1 and x > 0:
                del y
            first = seen if k else x  # noqa: F821
            total += first
        except UnboundLocalError as error:
            print(error)
            total = total * x
            seen = y = x ** 2 + k
    return total


class Stopped(Exception):
    def __init__(self, at):
        super().__init__(f"at {at}")
        self.at = at


def stop_at(x, limit):
    for _ in range(5):
        x = x * x
        if x > limit:
            raise Stopped(x)
    return x


@program(1.5, 100.0)
@program(0.5, 100.0, name="no_value_in_an_exception")
def words_of_an_exception(x, limit):
    try:
        y = stop_at(x, limit)
    except (KeyError, Stopped) as error:
        print(type(error).__name__, error, str(error)[:2])
        y = x * len(str(error)[:2])
    return y * x


@program(1.5, 100.0, stage="hard")
def value_out_of_an_exception(x, limit):
    try:
        y = stop_at(x, limit)
    except Stopped as error:
        y = error.at
    return y * x


class Swallowing:
    def __enter__(self):
        print("in")
        return 3.0

    def __exit__(self, kind, error, trace):
        print("out", kind is None, error)
        return kind is ValueError


@program(1.5)
def contexts_that_swallow(x):
    total, found = 0.0, []
    for k in range(3):
        with Swallowing() as factor:
            total += factor * x
            if k == 1:
                raise ValueError("odd")
            total *= x
        with contextlib.suppress(KeyError, ZeroDivisionError):
            found.append(total)
            if k == 2:
                break
            total += {0: x}[k]
            found.append(total / k)
    return total * len(found) + found[-1]


@program(MIXED, [0, 5, 2, "a"])
@program(POSITIVE, [3, 2, -7, 1], name="places_before_the_first")
def stores_that_fail(x, places):
    u, named = np.zeros(4), {}
    for n, place in enumerate(places):
        try:
            u[place] = x[n] * 2
            named[place] = u[place]
            u[: n + 1] *= x[:2]
            u -= x[:n]
        except (IndexError, ValueError) as error:
            print(type(error).__name__)
            u[0] += x[n]
    with contextlib.suppress(IndexError):
        for n in range(9):
            u[n] *= x[0]
    return u * len(named)


class Failed(Exception):
    def __init__(self, number, where):
        super().__init__(number)
        self.where = where


@program(3, 2.0, ints="real", stage="hard")
def a_number_out_of_an_exception(n, x):
    try:
        raise Failed(n + 1, "here")
    except Failed as error:
        return error.args[0] * x


@program(2.0, 10)
def a_count_out_of_an_exception(x, n):
    try:
        for k in range(n):
            x *= 0.5
            if x < 0.4:
                raise Failed(k, len(str(k)))
    except Failed as error:
        return x * error.args[0] + x ** error.where
    return x


@program(2.0, np.ones(3))
@program(5.5, np.ones(3))
@program(-2.0, np.ones(3))
def nested_functions_that_try_to_store(x, v):
    v = v * 1.5

    def put(t):
        try:
            y = math.log(t)
            v[0] = y
            if t > 5:
                raise ValueError
        except ValueError:
            y = t * t * x
        return y

    z = put(x)
    try:
        z += put(-x)
        v[1] = z
    except ValueError:
        v[1] = x
    return z + v @ v


@program(2.0, np.ones(3))
@program(7.0, np.ones(3))
def last_parts_that_try(x, v):
    v = v * 1.5
    try:
        v[0] = x
        if x > 5:
            raise ValueError
    except ValueError:
        v[1] = x
    finally:
        try:
            v[2] *= x
            if x > 6:
                raise ValueError
        except ValueError:
            v[2] = x
        finally:
            part = v[:2]
    return v @ v * part[1]


@program(2.0, np.ones(3), np.ones((2, 3)))
def last_parts_behind_handlers_that_store(x, v, m):
    v, m = v * 1.5, m * x
    try:
        v[1:] *= x
    except ZeroDivisionError:
        try:
            m[0] += v
        except ValueError:
            x = 1.0
    finally:
        x = x * 2
    return v.sum() * m[0, 1] * x


@program(2.0, stage="stores")
def what_is_assigned_before_an_exception_that_is_swallowed(x):
    y = 1.0
    with contextlib.suppress(ValueError):
        y = x * 3
        math.sqrt(-y)
        y = 0.0
    return y


class Found(Exception):
    def __init__(self, value, where=2.0):
        super().__init__(f"found {value}")
        self.value, self.where = value, where


class Nearer(Found):
    pass


def sought(x, least):
    for v in x:
        if v > least:
            raise Found(v * v)
    raise KeyError("nothing", x[0] * 3)


def asked(x, least):
    return sought(x, least) * 2


@program(np.array([0.6, 0.3, 0.04, 0.2]), stage="hard")
def values_in_exceptions(x):
    s = 0.0
    for least in (0.4, 0.1, 7.0):
        try:
            s += asked(x, least)
        except Found as e:
            s += e.value * e.where
        except KeyError as e:
            name, last = e.args
            s = s * last + len(name)
    for v in x:
        try:
            if v > 0.5:
                raise Nearer(v * v, where=s)
            if v > 0.1:
                raise ValueError(v, "a")
            s += v
        except Nearer as e:
            s += e.value * e.where
        except (Found, ValueError) as e:
            try:
                raise RuntimeError(e.args[0] * s) from e
            except RuntimeError as again:
                s = again.args[0] + isinstance(e, Found)
    return s


class Described(Exception):
    def __init__(self, value):
        self.value = value

    def twice(self):
        return 2 * self.value


@program(2.0, stage="hard")
def method_of_an_exception(x):
    try:
        raise Described(x * x)
    except Described as e:
        return e.twice() * x


@program(np.array([0.6, 0.3, 0.04]))
def handler_changes_what_was_run_through(x):
    c, s = list(x), 0.0
    try:
        for i, v in enumerate(c):
            if i == 2:
                raise ValueError("stop")
            s += v * i
        for a, b in zip(c, x):
            s += a * b
    except ValueError:
        c[0] = c[1] * 2
    return s + c[0] * c[2]


@program(np.array([[0.7, -0.4], [1.3, 0.2]]), np.array([1.5, 0.5]))
def rows_that_change_in_a_tried_loop(m, v):
    try:
        for row, k in zip(m, v):
            row += k
    except ZeroDivisionError:
        pass
    return np.sum(m ** 2)


@program(np.array([0.7, -0.4, 1.3]))
def quotient_of_numpys_number_in_a_try(x):
    total = 0.0
    for k in range(3):
        try:
            total += x[k] / (k + 1)
        except ZeroDivisionError:
            continue
    return total ** 2


def _halves(x):
    yield x
    yield x / 2
    if x > 100.0:
        raise ValueError("too large")


@program(1.3)
def loops_in_a_try_over_what_may_raise(x):
    total, n = 0.0, 0
    try:
        for half in _halves(x):
            total += half * x
        for a, b in zip([x, total], [1.0, 2.0], strict=True):
            total += a * b
        for n, c in enumerate({"a": x}.values()):
            total *= c
    except ValueError:
        total = -x
    return total + n


@program(np.array([[2.0, 0.3], [0.1, 1.5]]), stage="stores")
def handlers_of_what_other_versions_raise(a):
    try:
        inverse = np.linalg.inv(a)
    except np.linalg.linalg.LinAlgError:  # where NumPy had it once
        return 0.0
    return np.sum(inverse * a.T)


@program(0.5, 0.3, np.array([1.0, 2.0, 3.0]), np.ones((2, 3)))
def items_of_what_a_closure_holds(x, y, v, m):
    m[1] = sum(e**2 for e in v)
    try:
        v, v = (v, v)
    finally:
        pass

    def held():
        m[:] *= x
        return v

    v[1] = y
    return np.sum(m) * held()[2]


@program(0.3, 0.4, np.arange(4.0), np.ones((3, 4)))
def functions_made_in_a_try(x, y, v, m):
    try:

        def more(t):
            return t + x

        def shown():
            return v

        m[2] *= math.tanh(y)
        x += math.tanh(more(x))
    except ValueError:
        v -= v
    m[1] += shown()
    return np.sum(m) * x


@program(0.5, np.arange(4.0))
@program(-0.5, np.arange(4.0), name="inner_handler_of_a_try_within")
@program(0.5, np.arange(2.0), name="store_of_a_try_within_that_fails")
def try_within(x, v):
    try:
        try:
            v[1] = math.log(x + 0.2) / x
            v[2] = x
        except ValueError:
            v[1] = 2.0
            v[2] = x
        v[0] *= x
    except (IndexError, ZeroDivisionError):
        v[0] = 3.0 * x
    finally:
        v[1] += x
    return v @ v


@program(0.4)
def exits_from_finally(x):
    def first(v):
        for k in range(4):
            try:
                v *= 1.5
                if k == 2:
                    continue
                if k == 3:
                    return v * 7
                v += x
            finally:
                if v > 3:
                    break
                v += 0.1
        else:
            v *= 10
        return v

    def second(v, how):
        try:
            if how == 0:
                math.log(-v)
            if how == 1:
                return v * v
            if how == 2:
                raise KeyError(how)
            v = v * 3
        except ValueError:
            v = v * 5
            return v
        else:
            v = v * v
        finally:
            if how == 2:
                return -v
            v = v + 1
        return v

    return first(x) + first(x + 1) + first(0.1 * x) + sum(second(x, how) * (how + 1) for how in range(4))


class Widened:
    def __init__(self, size):
        self.size = size

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.size = 0.0

    def times(self, t):
        return self.size * t


@program(0.3, np.arange(4.0))
def contexts_of_ones_own_in_a_loop(x, v):
    def stored(t):
        with Widened(1.5) as wide:
            t *= wide.times(0.5)
        v[1] = x * t
        return x

    x += stored(-0.7)
    k = 0
    while k < 2:
        k += 1
        x += stored(2.0 * k)
    return v @ np.arange(1.0, 5.0) + x


@program(0.3, 0.8, MIXED)
def number_of_math_behind_a_mask(x, y, v):
    try:
        x += [y, y, x][2]

        def stored(t):
            v[v > y] = math.atan(t)
            return t

        y += stored(math.sqrt(1.0 + x**2))
        if v.sum() > x:
            raise ValueError("no")
    except ValueError:
        v *= x
    return v @ np.arange(1.0, 5.0) + x + y


class Forgiving:
    def __init__(self, *kinds):
        self.kinds, self.hits = kinds, 0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.hits += kind is not None
        return kind is not None and issubclass(kind, self.kinds)


@program(0.8, np.array([0.3, -0.6, 1.1]), stage="hard")
def contexts_that_forgive_and_counters_that_run_out(x, v):
    total = x
    with Forgiving(KeyError, ZeroDivisionError) as c:
        total *= v[0]
        if total < 10:
            raise KeyError(total)
        total *= 1000
    for k in itertools.count():
        try:
            total += v[k] ** 2
        except IndexError:
            total *= v[0]
            break
    return total * x * c.hits


@program(0.6, 0.4, np.array([0.3, -1.2, 0.4, 0.9]))
def sum_over_a_set_where_items_change(x, y, w):
    try:
        w.sort()
        if x < 1.5:
            raise KeyError("no")
    except LookupError:
        w[1] = sum({x, y, 2.0})
    w[1:][:1] *= y
    return w @ np.arange(1.0, 5.0) + x


@program(0.3, [4, 0, 2])
def names_that_a_try_binds_in_a_loop(x, counts):
    for k in counts:
        if k == 4:
            continue
        try:
            share = 1 / k
        except ZeroDivisionError:
            share = 3
        x = x * share
    return x * share


class Shrinking:
    """A context whose method is called inside, and which an integer is the size of until it is left."""

    def __init__(self, size):
        self.size = size

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.size = 0.5

    def times(self, t):
        return self.size * t


@program(0.7, stage="hard")
def contexts_entered_in_a_try(x):
    seen = []

    def inner(t):
        nonlocal x
        try:
            if t > 0.0:
                with Shrinking(2) as one:
                    x *= one.times(x)
                    seen.append(one)
            else:
                t = 1.0 / t
        except ZeroDivisionError:
            t = x
        return t * x

    y = inner(x) + inner(0.0)
    return y + seen[0].size * seen[-1].times(x)


class Ledger:
    """A context that takes back what its body did, and swallows the exception."""

    def __init__(self):
        self.book = {}

    def __enter__(self):
        self.saved = dict(self.book)
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            self.book = self.saved
            return issubclass(kind, ValueError)

    def take(self, name, amount):
        self.book[name] = self.book.get(name, 0.0) - amount
        if self.book[name] < -5.0:
            raise ValueError("overdrawn")


@program(3.0, 4.0, stage="hard")
def contexts_that_take_back(x, y):
    ledger = Ledger()
    with ledger:
        ledger.take("a", x)
    with ledger:
        ledger.take("a", y)
    with ledger as same:
        same.take("b", x * y / 4)
    return sum(v * (k + 1) for k, v in enumerate(ledger.book.values()))


@program(1.7)
def contexts_beside_each_other(x):
    with Shrinking(2) as one, contextlib.nullcontext(x * 2.0) as y:
        z = y * one.times(y)
    return z + x


@dataclass
class Weighted:
    slope: float
    values: np.ndarray


def weighted_sum(first, *others, scale=2.0, **more):
    return first * scale + sum(others) + sum(more.values())


@program(2, -0.7, np.array([-0.8, 1.1, -0.7, -0.1]), np.array([-1.3, 0.5, -1.1, 0.4]), np.ones((3, 4)))
def sorted_beside_a_try_that_reads_it(x, y, v, w, m):
    if (k := x) < 1.0:
        w.sort()
        held = [Weighted(y, w), Weighted(k, w)]
        try:
            items = [one * y for one in w]
        except ZeroDivisionError:
            pass
        finally:
            v -= v[::-1]
    else:

        def mixed(t):
            w[[0, 2, 1, 0]] = w
            return weighted_sum(*v)

        y += mixed(y**2)

    def later(t):
        m[1:, ::2] = y

    w.sort()
    w[1:] = w[:-1]
    return w @ np.arange(1.0, 5.0) + y


@program(1.5)
def a_loop_that_ends_in_an_error_of_values(x):
    found = []
    try:
        for a, b in zip([x, x * x, 3.0], [1.0, 2.0], strict=True):
            found.append(a * b)
    except ValueError:
        found.append(x)
    return sum(found) * found[1]


def guarding():
    return contextlib.suppress(ValueError)


class Leaving:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return kind is ValueError


@program(1.5)
def contexts_that_are_chosen(x, quiet=True, own=True):
    numbers = np.errstate(all="ignore") if quiet else contextlib.nullcontext()
    guard = contextlib.suppress(ValueError) if quiet else contextlib.nullcontext()
    other = Leaving() if own else contextlib.suppress(KeyError)
    y = x
    with numbers:
        y = y * x
    with guard:
        y = y * x
        math.sqrt(-1.0)
        y = 0.0
    with other:
        y = y * x
        math.sqrt(-1.0)
        y = 0.0
    with guarding():
        y = y * x
        math.sqrt(-1.0)
        y = 0.0
    return y * x


@program(1.5, stage="hard")
def a_context_that_is_left_out(x, log=None):
    with log or contextlib.nullcontext():
        return x * x


@program({"a": 1.3, "c": 0.4}, stage="stores")
def suppressed_errors_of_stores(d):
    for key in ("a", "b", "c"):
        with contextlib.suppress(KeyError, IndexError):
            if key == "c":
                d["last"] = d["a"] * d[key]
                break
            d["of " + key] = d[key] * d[key]
    with contextlib.suppress(KeyError):
        d["sum"] = d["a"] + d["missing"]
    return d["of a"] * d["last"] + d.get("sum", d["c"])


@program(1.3, 0.7, stage="stores")
def attempts_that_are_logged(x, y):
    log = []

    def retried(count):
        def decorate(function):
            def wrapper(*args, **keywords):
                for k in range(count):
                    try:
                        return function(*args, k=k, **keywords)
                    except ValueError as error:
                        log.append(str(error))
                return None

            return wrapper

        return decorate

    @retried(3)
    def late(a, *, k, by=1.0):
        if k < 2:
            raise ValueError(f"attempt {k}")
        return a * by * k

    return late(x, by=y) * len(log)
