"""Programs of structs: dataclasses as arguments, made inside, with methods, nested, inherited."""

import dataclasses
import math
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from corpus import program
from diffpy import differentiable, no_derivative


@differentiable
@dataclass
class Line:
    w: float
    b: float
    name: str = no_derivative(default="line")

    def __call__(self, x):
        return self.w * x + self.b

    def loss(self, xs, ys):
        return ((self.w * xs + self.b - ys) ** 2).mean()

    @property
    def root(self):
        return -self.b / self.w


@differentiable
@dataclass(frozen=True)
class Layer:
    weight: np.ndarray
    bias: np.ndarray

    def __call__(self, x):
        return np.tanh(x @ self.weight + self.bias)


@differentiable
@dataclass
class Network:
    layers: list
    scale: float = 1.0
    label: str = no_derivative(default="net")

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.scale * x


@differentiable
@dataclass
class Vector:
    x: float
    y: float

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor)

    def norm(self):
        return math.sqrt(self.x ** 2 + self.y ** 2)


@differentiable
@dataclass
class Body:
    position: Vector
    velocity: Vector
    mass: float = 1.0

    def energy(self):
        return 0.5 * self.mass * self.velocity.norm() ** 2 - self.mass / self.position.norm()


@differentiable
@dataclass
class Shape:
    size: float

    def area(self):
        return self.size ** 2

    def volume(self, height):
        return self.area() * height


@differentiable
@dataclass
class Disc(Shape):
    factor: float = math.pi

    def area(self):
        return self.factor * super().area() / 4


@program(Line(4.0, 3.0), 2.0)
def model_is_called(model, x):
    return model(x)


@program(Line(4.0, 3.0), np.array([0.5, 1.0, 2.0]), np.array([1.0, 2.0, 5.0]), wrt="model")
def loss_of_a_model(model, xs, ys):
    return model.loss(xs, ys) + model.root


@program(Line(4.0, 3.0, name="curve"), 2.0)
def constant_field_chooses(model, x):
    if model.name == "curve":
        return model(x) ** 2
    return model(x)


program(2.0, name="bound_method_of_a_struct")(Line(4.0, 3.0).__call__)
program(2.0, name="struct_itself_is_called")(Line(4.0, 3.0))


LAYER = Layer(np.array([[0.5, -0.3, 0.2], [0.1, 0.8, -0.4]]), np.array([0.1, 0.0, -0.1]))
NETWORK = Network([LAYER, Layer(np.array([[0.3], [-0.6], [0.9]]), np.array([0.2]))], 2.0)


@program(LAYER, np.array([[1.0, 2.0], [0.5, -1.0]]))
def frozen_layer(layer, x):
    return np.sum(layer(x) ** 2)


@program(NETWORK, np.array([0.7, -0.2]))
def network(net, x):
    return net(x)[0]


@program(NETWORK, np.array([0.7, -0.2]), wrt="net")
def weight_decay(net, x):
    penalty = sum(np.sum(layer.weight ** 2) for layer in net.layers)
    return np.sum(net(x)) + 0.01 * penalty


@program(1.5, 0.5)
def struct_made_inside(a, b):
    line = Line(a * b, b)
    other = Line(b=a, w=line.w, name="other")
    return line(2.0) * other(b)


@program(Vector(1.0, 2.0), Vector(0.5, -1.0))
def operators_of_a_struct(u, v):
    w = u + v * 3.0
    return w.norm() * u.x + (w + w).y


@program(Body(Vector(1.0, 0.2), Vector(0.1, 0.9), 2.0))
def nested_structs(body):
    return body.energy()


@program(Body(Vector(1.0, 0.2), Vector(0.1, 0.9)), 0.1)
def orbit_of_new_structs(body, dt):
    for _ in range(5):
        r = body.position.norm()
        pull = body.position * (-1.0 / r ** 3)
        velocity = body.velocity + pull * dt
        body = Body(body.position + velocity * dt, velocity, body.mass)
    return body.energy() + body.position.x


@program(Disc(2.0), 3.0)
def inherited_and_super(shape, height):
    return shape.volume(height) + shape.size


@program(Line(4.0, 3.0), 0.5)
def replaced_field(line, x):
    steeper = replace(line, w=line.w * x)
    return steeper(x) * line.b


@program([Line(1.0, 2.0), Line(3.0, 4.0)], 0.5)
def list_of_structs(lines, x):
    for line in lines:
        x = math.sin(line(x))
    return x


@program({"first": Line(1.0, 2.0), "second": Vector(0.5, 0.25)})
def dictionary_of_structs(parts):
    return parts["first"](parts["second"].x) * parts["second"].norm()


@program(Line(1.0, 2.0))
def one_field_unused(line):
    return line.b ** 2


@program(Line(1.0, 2.0), 3.0)
def struct_is_chosen(line, x):
    best = line if line(x) > 4 else Line(0.0, x)
    return best(x) ** 2


@program(Vector(1.0, 2.0))
def same_struct_twice(v):
    return (v + v).norm() * v.x


@program(Vector(3.0, 4.0))
def unpacked_by_astuple_like(v):
    x, y = v.x, v.y
    return x * y ** 2


@differentiable
@dataclass(slots=True)
class Spring:
    stiffness: float
    rest: float = 1.0
    history: list = no_derivative(default_factory=list)

    def force(self, length):
        return -self.stiffness * (length - self.rest)


@program(Spring(10.0), 1.3)
def struct_with_slots(spring, length):
    return spring.force(length) ** 2 / spring.stiffness


@differentiable
@dataclass
class Normal:
    mean: float
    deviation: float
    precision: float = field(init=False, default=0.0)

    def __post_init__(self):
        if self.deviation <= 0:
            raise ValueError("deviation must be positive")

    def log_density(self, x):
        z = (x - self.mean) / self.deviation
        return -0.5 * z * z - math.log(self.deviation)


@program(Normal(0.5, 1.5), 2.0)
def struct_with_a_check(normal, x):
    return normal.log_density(x) + normal.log_density(-x)


@program(Line(2.0, 1.0), 0.3)
def fields_listed(line, x):
    names = [f.name for f in dataclasses.fields(line) if f.name != "name"]
    return len(names) * line(x) * line.w


@differentiable
@dataclass
class Account:
    balance: float
    history: list = field(default_factory=list)

    def deposit(self, amount):
        self.balance += amount
        self.history.append(amount)


@program(2.0, stage="stores")
def list_field_grows(x):
    account = Account(x)
    account.deposit(10.0)
    account.deposit(x * x)
    return account.balance * account.history[1]


@program(2.0, stage="stores")
def list_field_given(x):
    account = Account(x, [])
    account.deposit(x)
    account.history.append(x * x)
    return account.balance + account.history[1]


@differentiable
@dataclass
class Particle:
    place: np.ndarray
    speed: np.ndarray


@program(3.0, stage="stores")
def array_changed_through_a_field(x):
    q = np.array([x, 1.0])
    particle = Particle(q, speed=q[:1])
    particle.place *= x
    particle.place[1] = particle.speed[0] ** 2
    return q.sum() + particle.speed[0]


@program(2.0, stage="stores")
def struct_within_a_struct_changes(x):
    account = Account(x)
    pair = Vector(account, [account])
    account.balance *= x
    pair.y.append(pair.x)
    return pair.y[1].balance * pair.x.balance


@differentiable
@dataclass
class Scaled:
    x: float

    def __round__(self, digits=0):
        return self.x * 2

    def __floor__(self):
        return self.x * 5

    def __getattr__(self, name):
        if name.startswith("times"):
            return self.x * 7
        raise AttributeError(name)


@program(2.0)
def builtins_of_a_class(x):
    return round(Scaled(x)) * math.floor(Scaled(x * x)) * Scaled(x).times_seven


class Spot(NamedTuple):
    x: float
    y: float = 2.0

    def both(self):
        return self.x * self.y


@program(np.array([0.5, 1.5, -2.0, 0.7]))
def named_tuples_made_and_replaced(v):
    p = Spot(v[0])
    q = Spot._make(v[1:3])
    r = p._replace(y=q.y * 2)
    a, b = r
    return p.both() * q.both() + a * b + r.x * getattr(r, "y") + p._asdict()["x"] * v[3]


class Move(NamedTuple):
    x: float
    y: float

    def __add__(self, other):
        return Move(self.x + other.x, self.y * other.y)


def moved(spot, k):
    return Spot(spot.x * k, y=spot.y - math.sin(k))


@program(np.array([0.5, 1.5]))
def named_tuples_as_states(v):
    s, w = Spot(v[0], v[1]), Move(v[0], v[1])
    for k in range(3):
        s = moved(moved(s, k + s.y), s[0])
        w = w + Move(*s)
    nested = Spot(s, [s.y, s.x])
    (a, _), items = nested
    whole = s + nested.x[:1]
    either = s if a > 0 else (s.y, s.x)
    same = isinstance(s, Spot) and type(whole) is tuple and whole[:2] == s
    return a * items[1] + w.x * w.y + whole[2] * len(s) + max(Spot(a, 0.1)) * either[1] + s.both() * same


@program(np.array([0.5, 1.5]))
def named_tuples_of_what_changes(v):
    a, b = v * 2.0, [v[0]]
    s = Spot(a, b)
    t = s._replace(x=s.x[1:])
    s.y.append(v[1])
    s.x[0] = 5.0 * v[1]
    a[1] *= 3.0
    first = s.y
    first[0] = first[0] * t.x[0]
    return s.x @ a + b[0] * b[1] + t.y[0] + t.x.sum()


@dataclass(frozen=True)
class Pair:
    x: float
    y: float

    def __add__(self, other):
        return Pair(self.x + other.x, self.y + other.y)

    def __iadd__(self, other):
        return Pair(self.x + other.x ** 2, self.y + other.y)

    def __rmul__(self, k):
        return Pair(self.x * k, self.y * k)

    def __getitem__(self, i):
        return (self.x, self.y)[i]

    def __iter__(self):
        return iter((self.x, self.y))


@program(np.array([0.5, 1.5, -2.0, 0.7]))
def own_class_taken_apart(v):
    total = Pair(v[0], v[1])
    for k in range(3):
        total = 2.0 * total + k * Pair(v[2], v[3])
    a, b = total
    total += Pair(a, b)
    return total[0] * b + sum(total)


@dataclass
class Recorded:
    x: float
    tags: list = field(default_factory=list)
    history: list = field(default_factory=list)


@program(Recorded(1.5), 0.7, stage="stores")
@program(Recorded(1.5, ["old"], [2.0, 0.5]), 0.7, stage="stores", name="lists_of_an_argument_that_were_longer")
def lists_of_an_argument_that_grow(s, k):
    for n in range(3):
        s.x = s.x * k + n
        s.tags.append(f"step {n}")
        s.history.append(s.x ** 2)
    return sum(s.history) * k + len(s.tags)


@dataclass
class Walker:
    place: float
    pace: float = 1.0
    trace: list = field(default_factory=list)

    def go(self, step):
        self.trace.append(step)
        self.place += step * self.pace

    def energy(self):
        return self.place ** 2 + self.pace ** 2 * len(self.trace)


@program(1.0, 0.5, stage="stores")
def replaced_shares_its_lists(x, y):
    walker = Walker(x)
    walker.go(y)
    other = replace(walker, pace=y)
    other.go(x * y)
    walker.go(x)
    return walker.energy() + other.energy() * other.trace[-1] + sum(walker.trace) * other.trace[0]


@differentiable
@dataclass
class Unit:
    w: np.ndarray
    b: float

    def __call__(self, x):
        return self.w @ x + self.b

    def error(self, x, n):
        return self(x) - 1.0 if n == 0 else self.error(0.9 * x, n - 1)


@program(Unit(np.array([0.5, -0.3]), 0.2), np.array([1.0, 2.0]), stage="stores")
def methods_of_what_is_trained(unit, x):
    for n in range(2):
        e = unit.error(x, n) + unit(x)
        unit.w -= 0.1 * e * x
        unit.b -= 0.1 * e
    return unit(x) ** 2


@dataclass
class Running:
    total: float = 0.0
    count: int = 0

    def __iadd__(self, v):
        self.total += v
        self.count += 1
        return self

    def __enter__(self):
        self += 1.0
        return self

    def __exit__(self, kind, error, trace):
        self.total *= 2
        return kind is KeyError


@program(0.7, stage="hard")
def counts_beside_what_is_counted(x):
    one = Running()
    with one as outer:
        outer += x
        with Running(x) as inner:
            inner += outer.total
            raise KeyError
        inner += 1000
    one += inner.total
    return one.total * one.count


class Counted(NamedTuple):
    x: float
    y: float

    def __len__(self):
        return 7


@program(np.array([0.5, 1.5]))
def named_tuples_that_count_in_their_own_way(v):
    c = Counted(v[0] * v[1], v[1])
    return c.x * len(c) * c.y


@differentiable
@dataclass
class Blob:
    place: np.ndarray
    mass: float = 1.0


@differentiable
@dataclass
class Swarm:
    blobs: list
    pull: float


@program(Swarm([Blob(np.array([1.0, 2.0]), 0.5)], 0.8), 0.3)
def a_list_in_an_argument_that_grows(swarm, step):
    for one in swarm.blobs:
        one.place += one.mass * step
    swarm.blobs.append(Blob(swarm.blobs[0].place * 2, swarm.pull * step))
    swarm.blobs[0].place[:1] = 0.0
    return sum(one.place @ one.place * one.mass for one in swarm.blobs)


@dataclass
class Sum:
    total: float = 0

    def take(self, v):
        self.total += v


@dataclass
class Named:
    name: str
    sum: Sum = field(default_factory=Sum)


def fed(sum, vs):
    for v in vs:
        sum.take(v)


def fed_directly(sum, vs):
    for v in vs:
        sum.total += v


@program([1.5, 2.0])
def parts_of_structs_that_callees_change(xs):
    one, other = Named("one"), Named("other", Sum())
    fed(one.sum, xs)
    fed_directly(other.sum, xs)
    one.sum.total *= 2
    return one.sum.total ** 2 + other.sum.total * xs[0]


@dataclass
class Count:
    total: int = 0

    def take(self, v):
        self.total += v


@dataclass
class NamedCount:
    name: str
    count: Count = field(default_factory=Count)


@program([1.5, 2.0], stage="hard")
def numbers_in_fields_declared_as_ints(xs):
    one, other = Count(), NamedCount("other")
    fed(one, xs)
    fed(other.count, xs)
    return one.total ** 2 * other.count.total


@dataclass(frozen=True)
class Step:
    uses: dict
    gives: dict
    rate: float


@dataclass
class Mixture:
    steps: list

    @property
    def names(self):
        found = []
        for step in self.steps:
            found += [name for name in [*step.uses, *step.gives] if name not in found]
        return found

    def rates(self, y):
        names = self.names
        amounts = dict(zip(names, y))
        change = {name: 0.0 for name in names}
        for step in self.steps:
            v = step.rate
            for name, n in step.uses.items():
                v = v * amounts[name] ** n
            for name, n in step.uses.items():
                change[name] -= n * v
            for name, n in step.gives.items():
                change[name] += n * v
        return np.array([change[name] for name in names])


@program(0.8, 1.5)
def names_that_a_property_finds(k1, k2):
    mixture = Mixture([Step({"A": 1}, {"B": 1}, k1), Step({"B": 2}, {"B": 1, "C": 1}, k2)])
    y = np.array([1.0, 0.2, 0.0])
    for _ in range(3):
        y = y + 0.1 * mixture.rates(y)
    return y @ np.array([1.0, 2.0, 3.0])


@dataclass
class Spaced:
    count: int
    length: float

    def __post_init__(self):
        self.prepare()

    def prepare(self):
        self.step = self.length / (self.count - 1)
        self.places = np.linspace(0.0, self.length, self.count)


@dataclass
class Weighted(Spaced):
    weight: float = 1.0

    def __post_init__(self):
        super().__post_init__()
        self.total = self.weight * np.sum(self.places)


SPACED = Spaced(4, 1.5)


@program(np.array([0.4, -0.3, 1.2, 0.7]), 1.3)
def fields_stored_by_methods_of_the_constructor(x, length):
    """A `__post_init__` that calls methods, and that of the base."""
    made = Weighted(4, length, x[0])
    made.places[1] *= x[1]
    return made.total * made.step + np.sum(made.places * x)


@program(np.array([0.4, -0.3, 1.2, 0.7]))
def fields_stored_before_of_a_global_object(x):
    return np.sum(x * SPACED.places) * SPACED.step
