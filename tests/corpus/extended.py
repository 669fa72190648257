"""Programs of classes that extend list, dict, tuple or float, and say how they are made, read or stored into."""

import math

import numpy as np

from corpus import program


class Vector(list):
    def __init__(self, *entries):
        super().__init__(entries)

    def __add__(self, other):
        return Vector(*(a + b for a, b in zip(self, other, strict=True)))

    def __mul__(self, factor):
        return Vector(*[a * factor for a in self])

    __rmul__ = __mul__

    def __iadd__(self, other):
        for k in range(len(self)):
            self[k] += other[k]
        return self

    def dot(self, other):
        return sum(a * b for a, b in zip(self, other, strict=True))

    @property
    def norm(self):
        return math.sqrt(self.dot(self))

    first = property(lambda self: self[0], lambda self, value: self.__setitem__(0, value))


@program(1.0, 2.0)
def a_vector_that_is_a_list(x, y):
    v, w = Vector(x, y), Vector(y, 2.0)
    w += v * x
    w.first = w.first * y
    return (v + 2.0 * w).norm + v.dot(w)


class Rows(list):
    """Made of copies of rows, whose elements are found by pairs of places."""

    def __init__(self, rows):
        list.__init__(self, [list(row) for row in rows])

    def __getitem__(self, place):
        if isinstance(place, tuple):
            return list.__getitem__(self, place[0])[place[1]]
        return list.__getitem__(self, place)

    def __setitem__(self, place, value):
        list.__getitem__(self, place[0])[place[1]] = value

    def __matmul__(self, other):
        size = range(len(self))
        return Rows([[sum(self[i, k] * other[k, j] for k in size) for j in size] for i in size])


@program(1.0, 2.0)
def a_matrix_that_is_a_list(x, y):
    m = Rows([[x, y], [1.0, x]])
    m[0, 1] = m[1, 1] * y
    cube = m @ m @ m
    return cube[0, 0] + cube[1][1] * cube[0, 1]


class History(list):
    def __init__(self, rate):
        super().__init__()
        self.rate, self.best = rate, 0.0

    def append(self, value):
        super().append(value * self.rate)
        self.best = max(self.best, value)

    def length(self):
        return sum(abs(b - a) for a, b in zip(self, self[1:], strict=False)) / self.rate


@program(1.5)
def a_list_with_attributes(x):
    history = History(0.3 * x)
    for turn in range(4):
        history.append(x * 1.3**turn + history.rate)
    return history.length() * history.best + history[-1] + sum(history)


class Scaled(dict):
    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.scale, self.log = 2.0, []

    def __setitem__(self, key, value):
        self.log.append(value)
        super().__setitem__(key, value * self.scale)

    def __getitem__(self, key):
        return super().__getitem__(key) * 5.0

    def total(self):
        return sum(self.values()) * self.scale


@program(2.0, 3.0)
def a_dict_that_scales(x, y):
    found = Scaled({"a": x}, b=y)
    found["c"] = found["a"] * found["b"]
    found.scale = x
    return found.total() + sum(found.log) * found.get("b", 0.0)


class Bunch(dict):
    def __init__(self, **named):
        super().__init__(named)
        self.__dict__ = self


class Options(dict):
    defaults = {"rate": 2.0}

    def __getattr__(self, name):
        return self[name] if name in self else self.defaults[name]

    __setattr__ = dict.__setitem__


class Known(dict):
    def __init__(self, function):
        self.function = function

    def __missing__(self, key):
        found = self[key] = self.function(key)
        return found


@program(2.0, 3.0)
def dicts_whose_items_are_attributes(x, y):
    bunch = Bunch(x=x, y=y)
    bunch.z = bunch.x * bunch.y
    options = Options(step=bunch["z"])
    options.more = options.step * options.rate
    known = Known(lambda n: x**n)
    return bunch.z * options["more"] + known[2] * known[3] * known[2]


class Pair(tuple):
    def __new__(cls, x, y):
        return super().__new__(cls, (x, y))

    x = property(lambda self: self[0])
    y = property(lambda self: self[1])

    def __add__(self, other):
        return Pair(self[0] + other[0], self[1] + other[1])


class Quantity(float):
    def __new__(cls, value, unit="m"):
        made = float.__new__(cls, value)
        made.unit = unit
        return made

    def __add__(self, other):
        return Quantity(float(self) + float(other), self.unit)

    def __mul__(self, other):
        return Quantity(super().__mul__(other), self.unit + "2")


class Degrees(float):
    def radians(self):
        return math.radians(self)

    @classmethod
    def of(cls, radians):
        return cls(math.degrees(radians))


@program(1.5, 2.0)
def pairs_and_numbers_of_their_own_classes(x, y):
    pair = Pair(x, y) + Pair(y, x * x)
    quantity = (Quantity(x) + Quantity(x * y)) * Quantity(2.0 * y)
    return pair.x * pair.y + quantity * math.sin(Degrees(x).radians()) + Degrees.of(y) ** 2


@program(np.array([0.5, 0.7]))
def arrays_in_containers_of_their_own_classes(x):
    history = History(2.0)
    list.append(history, x * x)
    history[0] *= x
    bunch = Bunch(first=history[0], all=history)
    bunch.first = bunch.first + bunch.all[0] * x
    return bunch["first"].sum() * history[0][1]
