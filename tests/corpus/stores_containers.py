"""In-place programs of lists, dicts and names: items, pop, insert, update, nonlocal, global, nested containers."""

import bisect
import collections
import copy
import functools

import numpy as np

from corpus import program as _program

program = functools.partial(_program, stage="stores")

X = np.array([0.5, -1.0, 2.0])


@program(1.5, 2.5)
def list_item_assigned(x, y):
    items = [x, y, 0.0]
    items[2] = items[0] * items[1]
    items[0] = items[2] ** 2
    return items[0] + items[1] * items[2]


@program(1.5)
def list_item_augmented(x):
    counts = [0.0] * 3
    for i in range(6):
        counts[i % 3] += x ** i
    return counts[0] * counts[1] + counts[2]


@program(1.5, 2.5)
def list_swap(x, y):
    items = [x, y, x * y]
    items[0], items[2] = items[2], items[0]
    return items[0] * items[1] ** 2 + items[2]


@program(1.5)
def pop_from_the_end(x):
    stack = [x, x ** 2]
    stack.append(x ** 3)
    a = stack.pop()
    b = stack.pop()
    stack.append(a * b)
    return stack[-1] + stack[0] * len(stack)


@program(1.5)
def pop_from_the_front(x):
    queue = [x, 2 * x, 3.0]
    first = queue.pop(0)
    queue.append(first * queue[0])
    return sum(queue) * queue.pop(1)


@program(1.5)
def insert_extend_remove(x):
    items = [x]
    items.insert(0, x ** 2)
    items.extend([3.0, x * 4])
    items += [x - 1]
    del items[2]
    items.reverse()
    return sum(i * v for i, v in enumerate(items))


@program(1.5)
def list_slice_assigned(x):
    items = [1.0, 2.0, 3.0, 4.0]
    items[1:3] = [x, x ** 2, x ** 3]
    items[::2] = [v * x for v in items[::2]]
    return sum(i * v for i, v in enumerate(items))


@program([3.0, 1.0, 2.0])
def list_sorted_in_place(xs):
    xs.sort(key=lambda v: -v)
    xs[0] *= xs[2]
    return xs[0] + 10 * xs[1]


@program([1.0, 2.0, 3.0])
def list_argument_changed(xs):
    xs[0] = xs[1] * xs[2]
    xs.append(xs[0] ** 2)
    return sum(xs) + xs.pop()


@program([[1.0, 2.0], [3.0, 4.0]])
def nested_list_changed(m):
    m[0][1] = m[1][0] * m[1][1]
    m[1][0] += m[0][1] * m[0][0]
    return m[0][0] * m[1][0] + m[0][1]


@program([[1.0, 2.0], [3.0, 4.0]], [0.5, 0.25])
def matrix_vector_with_lists(m, v):
    out = [0.0, 0.0]
    for i in range(2):
        for j in range(2):
            out[i] += m[i][j] * v[j]
    return out[0] ** 2 + out[1]


@program(1.5)
def rows_that_are_one_list(x):
    rows = [[0.0, 1.0]] * 2
    rows[0][0] = x
    rows[1][1] = x * rows[0][0]
    return rows[0][1] + rows[1][0] * 3


@program(1.5, 2.5)
def dict_item_assigned(x, y):
    d = {}
    d["a"] = x * y
    d["b"] = d["a"] ** 2
    d["a"] = d["b"] + x
    return d["a"] * d["b"]


@program(1.5)
def dict_item_augmented(x):
    totals = {"even": 0.0, "odd": 0.0}
    for i in range(5):
        totals["even" if i % 2 == 0 else "odd"] += x ** i
    return totals["even"] * totals["odd"]


@program({"w": 2.0, "b": 0.5}, 1.5)
def dict_argument_updated(p, x):
    p["w"] = p["w"] * x
    p.update(b=p["b"] + p["w"], c=x)
    return p["w"] * p["b"] + p["c"]


@program(1.5)
def dict_pop_setdefault_del(x):
    d = {"a": x, "b": x ** 2}
    a = d.pop("a")
    d.setdefault("c", a * x)
    d.setdefault("b", 100.0)
    d["d"] = d["c"] * d["b"]
    del d["c"]
    return sum(d.values()) * d.pop("zero", a)


@program([1.0, 2.0, 3.0, 4.0])
def default_dict(xs):
    groups = collections.defaultdict(float)
    for i, v in enumerate(xs):
        groups[i % 2] += v ** 2
    return groups[0] * groups[1]


@program([1.0, 2.0, 3.0])
def memo(xs):
    known = {}

    def power_sum(k):
        if k not in known:
            known[k] = sum(v ** k for v in xs)
        return known[k]

    return power_sum(2) * power_sum(1) + power_sum(2)


@program(0.7, 6)
def fibonacci_with_memo(x, n):
    known = {0: 1.0, 1: x}

    def f(k):
        if k not in known:
            known[k] = f(k - 1) * x + f(k - 2)
        return known[k]

    return f(n)


@program(1.5, 2.5)
def nonlocal_name(x, y):
    total = 0.0

    def add(v):
        nonlocal total
        total = total + v ** 2
        return total

    add(x)
    first = total
    add(y * first)
    return total * first


def kept_by_a_nested_function(v):
    kept = 0.0

    def keep():
        nonlocal kept
        kept = v

    keep()
    return kept


@program(np.array([0.7, -0.4, 1.3]))
def number_that_becomes_an_array(x):
    v = x * 1.5 + 0.5
    return np.sum(kept_by_a_nested_function(v) * x)


@program(1.5)
def nonlocal_counter_and_value(x):
    calls, value = 0, x

    def step():
        nonlocal calls, value
        calls += 1
        value *= x
        return calls

    while step() < 4:
        pass
    return value * calls


_state = 0.0


@program(1.5)
def global_name(x):
    global _state
    _state = x * x
    _state = _state + x
    return _state * 2


@program(X)
def list_of_rows_changed(x):
    rows = [x * k for k in range(1, 4)]
    rows[1] = rows[0] * rows[2]
    rows[0] = np.zeros(3)
    return sum(np.sum(r) for r in rows)


@program(X)
def deque(x):
    window = collections.deque(maxlen=2)
    total = 0.0
    for v in x:
        window.append(v)
        total += sum(window) ** 2
    return total


@program(1.5)
def default_that_remembers(x):
    def f(v, seen=[]):
        seen.append(v)
        return sum(seen)

    return f(x) * f(x ** 2)


@program(1.5, 2.0)
def list_shared_by_two_names(x, y):
    a = [x, y]
    b = a
    b[0] = y * y
    c = a[:]
    c[1] = 0.0
    return a[0] * x + sum(b) * sum(c)


@program({"layers": [{"w": 0.5}, {"w": -0.3}]}, 0.7)
def nested_structure_changed(model, x):
    for layer in model["layers"]:
        layer["w"] -= 0.1 * layer["w"] * x
        x = x * layer["w"] + 1
    return x + model["layers"][0]["w"]


@program([(1.0, 2.0), (3.0, 4.0)])
def tuples_replaced_in_a_list(pairs):
    for i, (a, b) in enumerate(pairs):
        pairs[i] = (b, a * b)
    return pairs[0][1] * pairs[1][0] + pairs[1][1]


@program(1.5)
def clear_and_refill(x):
    items = [x, x]
    old = items
    items = [*items, x ** 2]
    old.clear()
    old.append(x ** 3)
    return sum(items) + old[0]


@program([0.3, 0.6, 0.1])
def bubble_sort(xs):
    for i in range(len(xs)):
        for j in range(len(xs) - 1 - i):
            if xs[j] > xs[j + 1]:
                xs[j], xs[j + 1] = xs[j + 1], xs[j]
    return xs[0] + 2 * xs[1] ** 2 + 3 * xs[2] ** 3


class Journal:
    def __init__(self, lines):
        self.lines = lines

    def __call__(self, line):
        self.lines.append(line)


def visit(number, seen, counts, journal):
    seen.add(number)
    counts[number] += 1
    journal(f"at {number}")
    return number + 1 if number > 2 else visit(number + 1, seen, counts, journal)


@program({"lines": ["first"]}, [["a"], ["b"]], np.array([0, 1, 0, 0]), {5}, 1.25, wrt="x")
def told_to_helpers(notes, rows, counts, seen, x):
    """What helpers leave in arguments without derivatives is not left there."""

    def mark(row):
        row.extend(["m", "n"])

    journal = Journal(notes["lines"])
    last = visit(0, seen, counts, journal)
    for row in rows:
        mark(row)
    {"mark": mark}["mark"](rows[0])
    return x ** last * len(notes["lines"]) * len(rows[0]) + x ** len(seen) * counts[1]


@program(np.array([1.0, 0.5, 2.0]), stage="functional")
def spread_before_changes(x):
    """What * and ** stood for when the display was made."""
    d, row = {"a": x[0], "b": x[1]}, [x[2], x[0]]
    e = {**d, "c": x[2]}
    longer = [*row, x[1]]
    del d["a"]
    d["z"] = row.pop() * 3
    f = dict(**d, q=e["a"])
    d.clear()
    return e["a"] * e["b"] + sum(longer) * longer[1] + f["z"] * f["q"] + f["b"] ** 2


@program(np.array([1.0, 0.5, 2.0]), stage="functional")
def shallow_copies_share(x):
    d = {"a": [x[0], x[1]], "m": x * 2, "n": x[2]}
    e = copy.copy(d)
    e["n"] *= 3
    e["a"][1] *= e["n"]
    d["m"][0] = d["a"][1]
    rows = [[x[0]], [x[1]]]
    other = copy.copy(rows)
    other[0].append(x[2] ** 2)
    other.append([x[0]])
    return sum(d["a"]) * d["n"] + e["m"].prod() + rows[0][1] * len(other)


@program(np.array([1.0, 0.5, 2.0]), stage="functional")
def emptied_in_order(x):
    d, s = {"a": x[0], "b": x[1]}, 0.0
    while d:
        k, v = d.popitem()
        s = s * v + v
        if k == "b":
            d["c"] = x[2]
        if k == "c":
            del d["a"]
    d["z"] = s
    d.clear()
    d["q"] = s * x[0]
    cache = collections.OrderedDict()
    for i in (0, 1, 0, 2, 1):
        if i in cache:
            cache.move_to_end(i)
        else:
            cache[i] = x[i] * (len(cache) + 1)
        if len(cache) > 2:
            first, item = cache.popitem(last=False)
            s += first * item
    return d["q"] ** 2 + s * sum(v * (j + 1) for j, v in enumerate(cache.values()))


@program(1.5, np.array([1.0, 3.0]), {"w": np.array([1.0, 3.0]), "b": 2.0})
def numbers_beside_arrays(x, g, p):
    """What an augmented assignment does depends on what stands there."""
    slopes = {"w": g * x, "b": x}
    held = p["w"]
    for k in p:
        p[k] -= 0.1 * slopes[k]
    for k, v in p.items():
        v *= x
    items = [g * 2, x, x * x]
    for i in range(3):
        items[i] *= p["b"]
    items[1] += items[2]
    d = dict.fromkeys("abc", 0.0)
    for k, v in zip(d, held):
        d[k] += v * 2
    return held.sum() * p["b"] + items[0].sum() * items[1] + d["a"] * d["b"] + p["w"][1]


class Ledger:
    def __init__(self, balance):
        self._balance, self.log = balance, []

    @property
    def balance(self):
        return self._balance

    @balance.setter
    def balance(self, value):
        if value < 0:
            raise ValueError("overdrawn")
        self.log.append(value)
        self._balance = value

    def year(self):
        self.balance = self.balance * 1.05


@program(10.0)
def ledger_of_a_property(x):
    ledger = Ledger(x * 2)
    for _ in range(3):
        ledger.year()
    try:
        ledger.balance = -1.0
    except ValueError:
        ledger.balance += x
    return ledger.balance + sum(ledger.log)


@program(np.array([1.0, 2.0]), np.array([0.5, 1.5]), wrt="x", stage="functional")
def sums_that_begin_with_a_number(x, c):
    s, seen = 0, []
    for k in range(3):
        s += x * k
        seen.append(s)
    r = c
    t = r if x[0] > 5 else 1.0 * c
    r += x
    t += x * 2
    u = [r, t, 0.0]
    for i in range(3):
        u[i] += x[0]
    return sum(one.sum() for one in seen) * seen[0][1] + (r * t).sum() + u[2]


@program(np.array([1.0, 0.5, 2.0]))
def repeated_rows(x):
    n = 2
    rows = [[0.0] * n] * n + [[0.0] * n]
    rows[0][1] = x[0] * x[1]
    rows[2][0] = x[2]
    rows[1][0] += rows[2][0]
    arrays = 2 * [np.zeros(2)]
    arrays[0][1] = x[1]
    arrays[1] = arrays[1] * 2
    return rows[1][1] * rows[0][0] * 3 + rows[2][0] ** 2 + arrays[0][1] * arrays[1][1]


class Window:
    def __init__(self, size):
        self.part = slice(0, size)


@program([0.8, 2.0, 0.3, 1.1], "odd")
def slices_under_names(xs, which):
    parts = {"even": slice(None, None, 2), "odd": slice(1, None, 2)}
    row = list(xs)
    row[parts[which]] = [v * 2 for v in xs[parts["even"]]]
    window = Window(2)
    row[window.part] = [v * v for v in row[window.part]]
    row[window.part][0] = 100.0
    rows = [[v, v * 2] for v in xs]
    for half in (slice(2), slice(2, None)):
        rows[half] = [[v * xs[0] for v in one] for one in rows[half]]
    middle = slice(1, 3)
    rows[middle][0][0] *= 3.0
    a, b = (xs[0], xs[1] ** 2, xs[2])[middle]
    del rows[middle]
    return sum(row) * row[1] + a * b + rows[0][0] * rows[1][1] + sum(xs[slice(None, None, -1)][:2])


@program([3.0, 1.0, 2.0])
def inserted_in_order(xs):
    sorted_ones, pairs = [], []
    for v in xs:
        bisect.insort(sorted_ones, v * 2)
        bisect.insort_left(pairs, (v * v, v))
        if len(pairs) > 2:
            pairs.pop()
    return sorted_ones[0] * sorted_ones[1] + pairs[0][0] * pairs[1][1]


@program([3.0, 1.0, 2.0])
def methods_under_names(xs):
    row, known = [], {}
    add, take, note = row.append, row.pop, known.update
    for v in xs:
        add(v * v)
    note({"first": take(0)})
    return sum(row) * row[0] * known["first"]


@program([3.0, 1.0, 2.0])
def methods_handed_on(xs):
    row, front = [], []

    def emit(f, v):
        f(v * 2)

    def emit_all(functions, v):
        for one in functions:
            one(v * 3)

    for v in xs:
        emit(row.append, v * v)
    emit_all([front.append, lambda v: front.insert(0, v * v)], xs[0] * xs[1])
    return sum(row) * row[0] + front[0] * front[1]


@program(np.array([3.0, 1.0, 2.0]))
def methods_of_arrays_and_sets_handed_on(x):
    y, found, table = np.zeros(3), {1.0}, {}

    def called(f, *given):
        return f(*given)

    called(y.fill, x[0] * x[1])
    called(found.add, x[0] ** 2)
    called(table.__setitem__, 0, x[1] ** 2)
    return y.sum() * x[2] + sum(found) + table[0]


class Bag:
    def __init__(self, items):
        self.items = list(items)

    def __getitem__(self, k):
        return self.items[k]

    def __setitem__(self, k, value):
        self.items[k] = value


class Thing:
    def __init__(self, p, q):
        self.p, self.q = p, q


class Count:
    def __init__(self, n):
        self.n = n

    def __add__(self, k):
        return Count(self.n + k)

    def __iadd__(self, k):
        self.n += k
        return self


@program(1.5, 2.5)
def list_taken_in_by_itself(x, y):
    row, other, third = [x, y], [x, x * y], [y, x]
    row += row
    other.extend(other)
    third[0:1] = third
    return sum(row) + sum(other) * x + sum(third) * row[2]


@program(1.5, 2.5)
def defaults_are_what_a_function_was_defined_with(x, y):
    def handed_out(thing):
        def inner(given=thing):
            return given

        return inner()

    thing, row = Thing(x, [x, y]), [None, np.ones(2) * x][1]
    handed_out(thing).p = x * y
    handed_out(thing.q)[0] = y * y
    (lambda given=row: given)()[0] = y**3
    return thing.p * thing.q[0] + row.sum()


@program(1.5, 2.5)
def parts_of_no_known_kind_are_augmented_elsewhere(x, y):
    def change(parts):
        part = parts[1]
        part += [x * y]

    def twice(parts):
        part = parts[2]
        part *= 2

    parts = [None, [x, y], np.ones(2) * y]
    change(parts)
    twice(parts)
    return sum(parts[1]) * parts[1][-1] + parts[2].sum()


@program(1.5, 2.5)
def rest_of_an_unpacking_is_a_list_of_its_own(x, y):
    numbers, parts = [1.0, 2.0, 3.0], [None, Bag([[x], [y], [x * y]])][1]
    first, *rest = numbers
    rest[0] = x * y
    *others, last = parts
    others[0] = [y * y]
    others.append(last)
    return sum(rest) * first + parts[0][0] * others[0][0] + others[-1][0]


@program(1.5, 2.5)
def methods_are_given_what_a_tuple_holds(x, y):
    row, table, place, pair = [x, y, 1.0], {"q": y}, (0,), (1, x * y)
    row.insert(*pair)
    taken = row.pop(*place)
    row.append(*(y**2,))
    row.extend(*([x, taken],))
    taken *= table.get(*("p", x * x)) * table.setdefault(*("r", y * taken))
    return row[0] * row[2] + row[-1] * row[-2] * taken + table.pop(*("q",)) * table["r"]


@program(1.5, 2.5)
def lists_take_in_what_objects_and_dicts_hand_out(x, y):
    bag, table, row = Bag([x, y]), {"p": x, "q": y}, [1.0]
    row += bag
    row.extend(table)
    bag[0], table["p"] = x * y, y * y
    return row[1] * row[2] * bag[0] + table[row[3]]


@program(1.5, 2.5)
def dicts_take_in_pairs(x, y):
    table, other = {"p": x}, [None, {"p": 1.0}][1]
    table.update([("q", y)])
    table.update(zip(["r"], [x * y]))
    table |= [("p", y * y)]
    other.update([("p", x), ("s", y)])
    other.update(zip("s", [x * x]))
    row = [None, [x]][1]
    row.extend(zip([x], [y]))
    row.extend(q * x for q in (y, 2.0))
    return sum(table.values()) * table["q"] + other["p"] * other["s"] + row[1][1] * row[-2]


@program(1.5, 2.5)
def functions_met_at_run_time_change_by_others(x, y):
    def put(row, v):
        row[0] = v

    def change(row, v):
        [None, put][1](row, v * v)
        getattr(row, "append")(v * y)
        return v

    def change_only(row, v):
        [None, put][1](row, v * v)

    row, other = [x, y], [y, x]
    found = [None, change][1](row, x)
    try:
        [None, change_only][1](other, y * x)
    except TypeError:
        found = 1.0
    return sum(row) * found + sum(other) * row[0]


@program(1.5, 2.5)
def objects_with_items_are_spread(x, y):
    def change(first, *rest):
        first[0] = x * y
        rest[0].append(x)

    bag = [None, Bag([[x], [y]])][1]
    change(*bag)
    taken = [part for part in bag]
    taken[1][0] = y * y
    return bag[0][0] * bag[1][1] + bag[1][0]


@program(1.5)
def what_has_no_derivative_is_augmented_in_place(x):
    seen, count, text = {1}, [None, Count(1)][1], "a"
    also, same, before = seen, count, text
    for k in range(2):
        seen |= {k + 5}
        count += k + 1
        text += "b"
    seen -= {1}
    return x * len(also) + x**2 * same.n + x**3 * len(before) + x**4 * len(text)


@program(1.5, 2.5)
def deques_are_handed_on_in_containers(x, y):
    row = collections.deque([[x, y], [y, 2.0]])
    same = sorted([(1, row), (0, None)], key=lambda pair: pair[0])[1][1]
    same[0][0] = y * y
    other = max([row], key=len)
    other.append([x * y])
    return row[0][0] * row[0][1] + row[-1][0]


@program(1.5, 2.5)
def slices_take_in_what_objects_hand_out(x, y):
    bag, row, other = Bag([[x], [y]]), [None], [None, [1.0, x]][1]
    row[:] = bag
    other[:1] = bag
    bag[0].insert(0, x * y)
    return sum(row[0]) * other[1][0] + other[-1]
