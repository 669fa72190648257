"""Programs whose result is not one number: their pullback is checked with a seed of the result's structure."""

import numpy as np

from corpus import program

M = np.array([[0.5, -1.0, 2.0], [1.5, 0.2, -0.4]])
V = np.array([0.5, -1.2, 2.0])


@program(V)
def vector_result(x):
    return np.sin(x) * x[0]


@program(M, V)
def matrix_result(m, v):
    return (m * v) @ m.T


@program(0.5, 1.5)
def tuple_result(x, y):
    return x * y, x + y ** 2


@program(0.5, V)
def tuple_of_number_and_array(s, v):
    return s * v.sum(), s * v ** 2


@program(V)
def dictionary_result(x):
    return {"sum": x.sum(), "squares": x * x}


@program(0.5, 1.5)
def list_result(x, y):
    out = []
    for i in range(3):
        out.append(x ** i * y)
    return out


@program(0.5, V)
def nested_result(s, v):
    return {"a": [s, (v[0] * s, v)], "b": (s ** 2,)}


@program(V)
def argument_as_result(x):
    return x


@program(V)
def view_as_result(x):
    return x[1:]


@program(V, 0.5)
def same_array_twice(x, s):
    y = x * s
    return y, y


@program(0.5)
def early_return_of_a_tuple(x):
    if x > 0:
        return x ** 2, 1.0
    return 0.0, x


@program(M)
def several_reductions(m):
    return m.mean(axis=0), m.std(axis=1), m.max()


@program(V)
def transposed_result(x):
    return np.outer(x, x[:2]).T


@program(np.array([1.0, 2.0]), 3)
def trajectory(x, n):
    states = [x]
    for _ in range(n):
        x = np.array([x[1], -np.sin(x[0])]) * 0.9
        states.append(x)
    return np.stack(states)


@program(np.array([0.5, 1.5], dtype=np.float32), tolerance=2e-5)
def single_precision_result(x):
    return x * x


@program(1.5, np.ones(3))
@program(-0.5, np.ones(3))
def a_number_or_an_array_that_is_changed(y, v):
    def scaled():
        v[0] *= y
        if y > 0:
            return v @ np.arange(1.0, 4.0)
        return v

    return np.sum(scaled()) * y


@program(1.5, np.ones(3))
def a_number_on_the_path_taken(y, v):
    v[0] *= y
    if y > 0:
        return v @ np.arange(1.0, 4.0)
    return v


def held_twice(x):
    v = x * 2
    return v, v[1:], [v, v], {"all": v}


@program(V)
def a_result_that_holds_an_array_at_several_places(x):
    v, rest, both, named = held_twice(x)
    rest[0] = x[0] * 3
    both.append(rest * v[0])
    named["all"] = named["all"] * both[1]
    return (v**2).sum() + (both[0] * both[1]).sum() + both[2].sum() + named["all"].sum()


class Body:
    def __init__(self, place, speed=None):
        self.place, self.speed = place, place if speed is None else speed
        self.last = self.speed

    def move(self, seconds):
        self.place = self.place + seconds * self.speed


@program(V, 0.5)
def objects_in_a_list_that_hold_what_they_were_given(x, seconds):
    bodies = [Body(x * k, seconds * x) for k in range(2)]
    bodies.append(Body(x, x))
    for body in bodies:
        body.move(seconds)
        body.speed = body.last * body.place
        body.move(seconds)
    return sum(np.sum(body.place * body.last) for body in bodies)
