"""Functions that programs of other modules call: they see the globals of this module, not the caller's."""

import math as m

scale = 3.0


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x ** 2) ** 2


def gaussian(x, mean=0.0, deviation=1.0):
    z = (x - mean) / deviation
    return m.exp(-0.5 * z * z) / (deviation * root_of_two_pi())


def root_of_two_pi():
    return m.sqrt(2 * m.pi)


def softplus(x):
    return m.log1p(m.exp(x))


def scaled(x):
    return scale * x


def sum_of_squares(x):
    return (x * x).sum()


class Clocked:
    """A base of classes in other modules: its constructor calls what this module alone has under these names."""

    def __init__(self, rate=1.0):
        self.began = scale
        self.rate = gaussian(rate)


class Counted(Clocked):
    def __init__(self, rate, steps):
        Clocked.__init__(self, rate)
        self.steps = int(m.sqrt(steps))
