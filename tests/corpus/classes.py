"""Programs that make objects of classes which nobody declared: methods, operators, properties, contexts, links."""

import functools
import itertools
import json
import math
import types
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import InitVar, dataclass, field, replace

import numpy as np

from corpus import LOG, helpers, program


class Dual:
    def __init__(self, value, slope=0.0):
        self.value, self.slope = value, slope

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return Dual(-self.value, -self.slope)

    def __getitem__(self, k):
        return (self.value, self.slope)[k]

    def sin(self):
        return Dual(math.sin(self.value), math.cos(self.value) * self.slope)


@program(0.7, 1.2)
def operators_of_a_class(x, y):
    a, b = Dual(x, 1.0), Dual(y)
    c = 2.0 * a * b + (-a).sin() * a + 1.0
    a.value = c.value * y
    return c.slope * c[0] + a[0]


@program(0.7, 1.2)
def objects_in_lists(x, y):
    made = [Dual(k * x, y) for k in range(3)]
    return sum(one.value * one.slope for one in made) * sum(made[1:], Dual(x)).sin().value


class Stack:
    def __init__(self):
        self.items, self.most, self.total = [], 0, 0.0

    def push(self, v):
        self.items.append(v)
        self.most = max(self.most, len(self.items))
        self.total += v * v
        return self

    def pop(self):
        return self.items.pop()


class Gauge:
    rate = 0.1

    def __init__(self, level, size=2):
        self._level = level
        self.seen = np.zeros(size)
        LOG.append("gauge")

    @property
    def level(self):
        return self._level * (1.0 + self.rate)

    @level.setter
    def level(self, v):
        self._level = v / (1.0 + self.rate)

    def __setitem__(self, k, v):
        self.seen[k] = v * self._level

    def __getitem__(self, k):
        return self.seen[k]


@program(1.3, 0.7, log=["gauge"], stage="stores")
def methods_and_setters(x, y):
    stack = Stack()
    stack.push(x).push(y)
    for k in range(3):
        stack.push(stack.total * 0.1 * k)
    first = stack.pop() * stack.pop()
    gauge = Gauge(x)
    other = gauge
    other.level = gauge.level * y
    gauge.level *= x
    gauge[0], gauge[1] = x, first
    gauge[1] += gauge[0] * y
    return first * stack.total * stack.most + gauge.level + gauge[0] * gauge[1]


class Shape:
    def __init__(self, size, factor=2.0):
        self.size = size
        self.area = factor * size

    def measure(self):
        return self.size + self.scaled(self.area)

    def scaled(self, v):
        return v


class Square(Shape):
    __slots__ = ("side",)

    def __init__(self, side):
        super().__init__(side * side, factor=side)
        if side > 1.0:
            self.side = side
        else:
            self.side = 1.0 / side
        for _ in range(2):
            self.side *= self.size

    def scaled(self, v):
        return super().scaled(v) * self.side


class Node:
    def __init__(self, value, following=None):
        self.value, self.following = value, following


def made_by(cls, *args):
    return cls(*args)


@program(np.array([1.3, 0.7, -0.4]))
def inheritance_and_links(x):
    total = sum(shape.measure() for shape in (Square(x[0]), made_by(Square, x[1]), made_by(Shape, x[0], x[2])))
    first = None
    for v in x:
        first = Node(v * v, first)
    k = 1
    while first is not None:
        total += k * first.value
        first, k = first.following, k + 1
    return total


class Doubled:
    def __init__(self, v):
        self.v, self.end = v, 0.0

    def __enter__(self):
        self.v = self.v * 2.0
        return self

    def __exit__(self, kind, error, trace):
        self.end = self.v + 1.0
        LOG.append(kind)


class Squared:
    def __init__(self, v):
        self.v = v

    def __enter__(self):
        return self.v**2

    def __exit__(self, *error):
        return error[0] is ZeroDivisionError


@program(1.3, log=[None, None, None], stage="stores")
def contexts_of_a_class(x):
    total = 0.0
    for k in range(3):
        with Doubled(x * k) as doubled, Squared(total + x) as squared:
            total += doubled.v * squared
            if k == 1:
                continue
            doubled.v *= x
        total += doubled.end
    return total


@program(1.3, stage="hard")
def a_context_that_swallows(x):
    with Squared(x) as squared:
        x = x / 0.0
    return squared


class Linked:
    def __init__(self, v):
        self.v, self.before, self.after = v, None, None


@program(np.array([1.3, 0.7, -0.4]), stage="hard")
def objects_that_hold_each_other(x):
    nodes = [Linked(v * v) for v in x]
    for one, other in zip(nodes, nodes[1:], strict=False):
        one.after, other.before = other, one
    return sum(one.v * (one.before.v if one.before is not None else 1.0) for one in nodes)


@program(np.array([1.3, 0.7, -0.4]), stage="hard")
def objects_linked_by_index(x):
    """What an object is linked to is asked of it under another name."""
    nodes = [Linked(v * v) for v in x]
    for k in range(len(nodes) - 1):
        one, other = nodes[k], nodes[k + 1]
        one.after, other.before = other, one
    return sum(one.v * (one.before.v if one.before is not None else 1.0) for one in nodes)


@program(1.3)
def attributes_by_name(x):
    made = Node(x, x * x)
    return getattr(made, "missing", x * 2.0) * getattr(made, "following", 1.0)


class Mover:
    def __init__(self, mass, at, speed):
        self.mass, self.drag = mass, 0.1 / mass
        self.at, self.speed = np.array(at), np.array(speed)
        self.inertia = self.scaled(2.0)
        self.rest()

    def rest(self):
        self.force = np.zeros(2)

    def scaled(self, by):
        half = by / 2
        return half * self.mass

    def move(self, dt):
        self.speed = self.speed + (self.force - self.drag * self.speed) / self.inertia * dt
        self.at = self.at + self.speed * dt


class Space:
    def __init__(self):
        self.movers, self.steps = [], 0

    def add(self, one):
        self.movers.append(one)

    def pull(self):
        for one in self.movers:
            one.rest()
            for other in self.movers:
                if other is one:
                    continue
                apart = other.at - one.at
                one.force += one.mass * other.mass * apart / np.linalg.norm(apart) ** 3

    def step(self, dt):
        self.pull()
        for one in self.movers:
            one.move(dt)
        self.steps += 1


def filled_space(masses, at):
    space = Space()
    for mass, place in zip(masses, at, strict=True):
        space.add(Mover(mass, place, place[::-1] / 4))
    return space


@program(np.array([1.0, 0.5, 0.8]), np.array([[1.0, 0.1], [-0.7, 0.9], [0.2, -1.1]]), stage="stores")
def objects_in_a_list_of_an_object(masses, at):
    space = filled_space(masses, at)
    for _ in range(2):
        space.step(0.1)
    first, others = space.movers[0], space.movers[1:]
    return first.speed @ first.at + space.steps * sum(one.at @ one.at for one in others)


class Normal:
    @staticmethod
    def below(x):
        return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


class Contract(ABC, Normal):
    def __init__(self, spot, strike, spread):
        assert spread > 0.0
        self.spot, self.strike, self.spread = spot, strike, spread

    @abstractmethod
    def price(self): ...


class Call(Contract):
    def __init__(self, spot, strike, spread):
        super().__init__(spot, strike, spread)
        self.ahead = math.log(spot / strike) / spread + spread / 2.0

    def price(self):
        behind = self.ahead - self.spread
        return self.spot * self.below(self.ahead) - self.strike * self.below(behind)


@program(5.0, 4.5, 0.3)
def abstract_classes_and_static_methods(spot, strike, spread):
    options = [Call(spot, strike * k, spread) for k in (0.9, 1.1)]
    return sum(option.price() ** 2 for option in options)


class Pushed:
    def __init__(self, stack, factor):
        self.stack, self.factor = stack, factor

    def __enter__(self):
        self.stack.append(self.stack[-1] * self.factor)

    def __exit__(self, kind, error, trace):
        self.stack.pop()
        return kind is ZeroDivisionError


@contextmanager
def scaled(values, factor):
    before = list(values)
    values[0] *= factor
    try:
        yield values[0]
    except IndexError:
        print("past the end")
    finally:
        values[0] = before[0] + values[1]


class Run:  # without a constructor
    gain = 2.0

    def __enter__(self):
        self.total = 1.0
        return self

    def __exit__(self, *error):
        self.total *= self.gain


@program(1.5, printed="past the end\n", stage="stores")
def contexts_that_change_what_they_are_given(x):
    stack, values = [x], [x, 2.0 * x]
    for factor in (x, 3.0):
        with Pushed(stack, factor), scaled(values, factor) as first:
            x += stack[-1] * first
            if factor == 3.0:
                x += values[5]
    with Run() as run:
        run.gain = x
        run.total *= x
        x = x / (stack[-1] - stack[-1]) if x < 0 else x
    return run.total * stack[-1] + sum(values)


class Solver:
    def __init__(self, rate, step):
        self.rate, self.step = rate, step

    def solve(self, y, n):
        for k in range(n):
            y = y + self.step * self.rate(k * self.step, y)
        return y


@dataclass
class Fit:
    model: Callable[[float], float]
    loss: object = None
    scale: float = 2.0

    def __call__(self, t):
        error = self.model(t) - self.scale
        return self.loss(error) if self.loss else error * error


class Measured:
    def __init__(self, sensor):
        self.read = sensor.solve


@program(1.5, 0.7)
def functions_that_objects_hold(x, k):
    decay = Solver(lambda t, y: math.sin(t) - k * y, 0.1)
    fits = [Fit(lambda t: decay.rate(t, x)), Fit(math.exp, lambda e: e * x, k)]
    fits.append(replace(fits[0], scale=x))
    total = Measured(decay).read(x, 3)
    for fit in fits:
        total += fit(k) * fit.model(x)
    return total


class Tally:
    def __init__(self):
        self.total = 0.0

    def add(self, v):
        self.total += v


class Teller:
    def __init__(self, told):
        self.told = told

    def tell(self, v):
        self.told(v)


@program(1.5, stage="hard")
def methods_that_are_handed_on_and_change_their_object(x):
    tally, named = Tally(), {"add": None}
    Teller(tally.add).tell(x * x)
    named["add"] = tally.add
    named["add"](x)
    return tally.total


@program(1.5, stage="hard")
def functions_in_fields_that_change_what_they_captured(x):
    found = np.zeros(2)

    def put(v):
        found[0] += v

    teller = Teller(put)
    teller.tell(x * x)
    teller.told(x)
    return found.sum()


class Estimator:
    gain = 0.5
    steps = 0

    def __init__(self, size, *, noise=None, inputs=(), **options):
        self.x, self.cov = np.zeros(size), np.eye(size)
        self.noise = np.eye(size) * 0.1 if noise is None else noise
        self.inputs, self.__last = inputs, None
        if options.get("tracks", False):
            self.track = []

    def predict(self, move=None):
        if move is None:
            move = self.move
        self.x = move @ self.x
        self.cov = move @ self.cov @ move.T + self.noise
        self.steps += 1

    @property
    def last(self):
        return 0.0 if self.__last is None else self.__last

    @last.setter
    def last(self, value):
        self.__last = value * self.gain


class Tracker(Estimator):
    def __init__(self, *args, **options):
        super().__init__(*args, tracks=True, **options)
        setattr(self, "seen", np.array([[1.0, 0.0]]))
        self.move = None

    def update(self, z, scale=1.0, inputs=(0.1, 0.2)):
        if z is None:
            return
        error = z - self.seen @ self.x
        spread = self.seen @ self.cov @ self.seen.T + 0.5 * scale
        k = self.cov @ self.seen.T / spread
        self.x += k @ error
        self.cov = self.cov - k @ self.seen @ self.cov
        self.track.append(self.last + sum(inputs))
        self.last = error[0]


def steady(speed):
    tracker = Tracker(2)
    tracker.x[1] = speed
    tracker.cov *= 2.0 * speed
    return tracker


def all_seen(tracker, seen):
    for z in seen:
        tracker.predict()
        tracker.update(z)
    return tracker


@program(np.array([0.3, 0.9, 1.1]), 0.8, 0.7)
def a_filter_that_stays_in_its_function(seen, dt, speed):
    tracker = steady(speed)
    tracker.move = np.array([[1.0, dt], [0.0, 1.0]])
    tracker = all_seen(tracker, seen)
    tracker.update(None)
    tracker.gain = speed
    tracker.last += 1.0
    rate = tracker.track[1] + tracker.last if isinstance(tracker, Estimator) else 0.0
    return tracker.x @ tracker.cov @ tracker.x + rate * tracker.steps


class Shy:
    def __init__(self, x):
        if x > 1.0:
            self.big = x * x

    def size(self, x):
        try:
            return self.big
        except AttributeError:
            return -x


@program(0.7, 1.3)
def attributes_that_may_be_missing(x, y):
    return Shy(x).size(x) * Shy(y).size(y)


class Wheel:
    def __init__(self, radius):
        self.radius = radius


@program(0.7, 1.3, stage="stores")
def objects_that_are_older_than_their_loop(x, y):
    last, total = Wheel(y), 0.0
    for k in range(3):
        wheel = Wheel(x * (k + 1.0))
        if k != 1:
            last = wheel
        total += last.radius * wheel.radius * y
        wheel.radius *= y
    return total + last.radius


class Particle:
    def __init__(self, x):
        self.x, self.force = x, 0.0


@program([1.0, 2.5, 4.0], stage="stores")
def pairs_that_push_each_other(xs):
    particles = [Particle(x) for x in xs]
    for _ in range(2):
        for one, other in itertools.combinations(particles, 2):
            push = 0.1 / (one.x - other.x)
            one.force += push
            other.force -= push
        for one, other, third in itertools.permutations(particles, 3):
            one.x += 0.01 * one.force * other.x - third.force * 0.02
    return sum(one.x * one.x for one in particles)


class Heap(list):
    def put(self, v):
        self.append(v)


@program(1.5, stage="hard")
def a_list_of_ones_own_class(x):
    heap = Heap()
    heap.put(x)
    heap.put(x * x)
    return heap[0] * heap[-1]


class Planar:
    def __init__(self, x, y):
        self.x, self.y = x, y

    @classmethod
    def polar(cls, r, angle):
        return cls(r * math.cos(angle), r * math.sin(angle))

    @classmethod
    def unit(cls):
        return cls(1.0, 0.0)

    @property
    def doubled(self):
        return self.x * 2.0

    @doubled.setter
    def doubled(self, value):
        self.x = value / 2.0

    def grow(self, k):
        self.x *= k
        self.y *= k
        return self


class Grid:
    def __init__(self, rows):
        self.rows = rows


@program(1.5, 0.4, stage="stores")
def objects_from_methods_of_their_class(r, angle):
    one, unit = Planar.polar(r, angle).grow(r), Planar.unit()
    unit.x += angle
    one.doubled += r * one.doubled
    grid = Grid([[one.x, r], [1.0, 0.0]])
    grid.rows[1][1] = grid.rows[0][0] * angle
    return one.y * unit.x + sum(map(sum, grid.rows))


class Ramp:
    def __init__(self, kind=None, width=2):
        self.kind, self.width = kind, width
        if isinstance(kind, str):
            self.call = {"linear": None}[kind]
        elif kind is not None:
            self.call = kind.rate

    def __call__(self, x):
        return x * self.width if self.kind is None else self.call(x)


class Chain:
    def __init__(self, *ramps, start=1.0):
        self.first, self.second = ramps
        self.start = start

    def run(self, x, between=np.sin):
        return self.second(between(self.first(x * self.start)))


@program(np.array([0.7, 0.2]), 1.3)
def objects_of_objects_whose_ways_literals_decide(x, start):
    chain = Chain(Ramp(), Ramp(width=3), start=start)
    return np.sum(chain.run(x) * chain.run(x, np.cos) + chain.run(start))


class Bag:
    def __init__(self, items):
        self.items = list(items)

    def __iter__(self):
        return iter(self.items)

    def __iadd__(self, item):
        self.items.append(item)
        return self

    def __imul__(self, k):
        for i in range(len(self.items)):
            self.items[i] *= k
        return self


@program(1.5, 0.4, stage="stores")
def objects_that_are_updated_and_run_through(x, k):
    bag = Bag([x, k])
    other = bag
    for i in range(2):
        bag += i * x
        bag *= k + i
    total = sum(other)
    for v in bag:
        total = total * k + v**2
    return total


@program(2.0, 3.0, stage="stores")
def classes_of_the_functions_own(x, y):
    class Shape:
        weight = 0.5

        def cost(self):
            return self.area() * self.weight

    class Square(Shape):
        def __init__(self, side):
            self.side = side

        def area(self):
            return self.side**2

        def __add__(self, other):
            return Square(self.side + other.side)

    @dataclass
    class Price:
        amount: float
        currency: str = "EUR"

    class TooDear(ValueError):
        pass

    shapes = [Square(x), Square(y) + Square(x)]
    price = Price(x)
    for shape in shapes:
        shape.side *= price.amount
        price.amount += shape.cost()
    try:
        if price.amount > 1.0:
            raise TooDear(price.currency)
    except TooDear:
        price.amount /= 2
    return price.amount


class Dense:
    def __init__(self, weight):
        self.weight = weight
        self.seen = None

    def run(self, x):
        self.seen = x
        return x * self.weight

    def back(self, g):
        self.weight = self.weight - 0.1 * g * self.seen
        return g * self.weight


class Bend:
    def __init__(self, curve):
        self.curve, self.runs = curve(), 0

    def run(self, x):
        self.seen = self.curve(x)
        self.runs += 1
        return self.seen

    def back(self, g):
        return g * (1 - self.seen**2)


class Wide(Dense):
    def run(self, x):
        self.seen = x + 1.0
        return 2 * x * self.weight


class Tanh:
    def __call__(self, x):
        return np.tanh(x)


class Layers:
    def __init__(self):
        self.layers = []

    def add(self, layer):
        self.layers.append(layer)

    def train(self, x):
        for layer in self.layers:
            x = layer.run(x)
        g = x
        for layer in reversed(self.layers):
            g = layer.back(g)
            if isinstance(layer, Dense):
                layer.weight += 0.01 * g
        return x


@program(0.3, 0.7, stage="stores")
def objects_of_several_classes_that_change(w, x):
    layers = Layers()
    for layer in (Dense(w), Bend(Tanh), Wide(w * 2)):
        layers.add(layer)
    first = layers.train(x)
    return first + layers.train(x * first)


@dataclass
class Walk:
    place: float
    speed: float = 1.0
    path: list = field(default_factory=list)
    energy: float = field(init=False, default=0.0)
    scale: InitVar[float] = 2.0

    def __post_init__(self, scale):
        if self.speed < 0:
            raise ValueError("walks go on")
        self.energy = 0.5 * scale * self.speed**2
        self.place = self.place * scale
        self.path.append(self.place)

    def step(self, seconds):
        self.place += seconds * self.speed
        self.path.append(self.place * self.energy)


@dataclass(frozen=True)
class Unit:
    v: np.ndarray
    size: float = 1.0

    def __post_init__(self):
        object.__setattr__(self, "v", self.v / np.linalg.norm(self.v) * self.size)


@program(1.5, np.array([0.3, 2.0]), stage="stores")
def dataclasses_that_are_completed(x, v):
    walk = Walk(x, scale=x)
    other = Walk(x * x, path=[x])
    for k in range(3):
        walk.step(0.1 * k * x)
    other.step(walk.energy)
    unit = Unit(v)
    longer = replace(unit, size=x * walk.place)
    return sum(walk.path) * sum(other.path) + longer.v @ unit.v * unit.v[0]


class Named:
    def __init__(self, x):
        self.x = x
        self.label = self.named()

    def named(self):
        return self.x * 2


class Twice(Named):
    def named(self):
        once = super().named()
        return once * once


@program(1.5, 0.5, stage="stores")
def constructors_that_call_the_methods_above(x, y):
    every = [Named(x), Twice(y)]
    every[0].x *= y
    every.append(Twice(every[0].x))
    return sum(one.label * one.x for one in every)


class Leaf:
    def __init__(self, value):
        self.value, self.slope, self.back = value, 0.0, None

    def __mul__(self, other):
        made = Leaf(self.value * other.value)

        def back():
            self.slope += other.value * made.slope

        made.back = back
        return made


@program(2.0, 3.0, stage="stores")
def attributes_that_nested_functions_read_and_change(x, y):
    leaf = Leaf(x)
    total = 0.0

    def read(k):
        return leaf.slope * k

    def change(k):
        leaf.slope += k * leaf.value

    for k in range(1, 3):
        change(k * y)
        total += read(x)
    leaf.slope = y
    return total * read(2.0)


@program(2.0, 3.0, stage="stores")
def operators_whose_results_hold_their_operands(x, y):
    a, b = Leaf(x), Leaf(y)
    c = a * b
    c.slope = x
    c.back()
    return a.slope * y


class Sample:
    def __init__(self, data):
        self.data = data

    @functools.cached_property
    def mean(self):
        LOG.append("mean")
        return self.data.mean()

    def deviations(self):
        return self.data - self.mean


@program(np.array([1.0, 2.0, 4.5]), 2.0, stage="stores", log=["mean", "mean"])
def properties_that_are_computed_once(v, x):
    sample = Sample(v)
    total = 0.0
    for k in range(2):
        total += (sample.deviations() ** (k + 2)).sum()
        sample.data = sample.data * x
    return total * sample.mean * Sample(sample.data).mean


@program(2.0, 3.0)
def objects_of_a_local_class_in_a_list_change(x, y):
    """Operators make new objects of a class that the function defines; some of them change in the list that holds them."""

    class Pair:
        weight = 2.0

        def __init__(self, a, b):
            self.a, self.b = a, b

        def __add__(self, other):
            return Pair(self.a + other.a, self.b + other.b)

        def __mul__(self, k):
            return Pair(self.a * k, self.b * k)

        def size(self):
            return math.hypot(self.a, self.b) * self.weight

    first = Pair(x, y) + Pair(y, 1.0) * x
    pairs = [Pair(x, k) for k in range(3)]
    for one in pairs:
        one.a = one.a * first.size()
    total = Pair(0.0, 0.0)
    for one in pairs:
        total = total + one
    return total.size()


def advance(state, h):
    state.u[1:] += h * state.u[:-1]
    state.t += h


@program(np.array([0.7, -0.4, 1.3]))
def namespace(x):
    state = types.SimpleNamespace(u=x * 1.0, t=0.0)
    while state.t < 0.25:
        advance(state, 0.1)
    state.energy = np.sum(state.u ** 2)
    return state.energy * state.t


class Shelf:
    def __init__(self):
        self.items = {}

    def __setitem__(self, name, item):
        self.items[name] = item

    def __getitem__(self, name):
        return self.items[name]

    def __delitem__(self, name):
        del self.items[name]

    def __len__(self):
        return len(self.items)


@program(1.5, stage="stores")
def items_of_an_object_deleted(x):
    shelf = Shelf()
    shelf["a"] = x
    shelf["b"] = shelf["a"] * x
    shelf["a"] += 1.0
    y = shelf["b"] * shelf["a"]
    del shelf["b"]
    return y * len(shelf) + shelf["a"]


class Tank:
    scale = 2.0
    count = 3

    def __init__(self, level):
        self.level = level * self.scale

    @classmethod
    def raised(cls, level):
        made = cls(level)
        made.level += cls.scale * level
        return made

    @classmethod
    def empty(cls):
        return cls(0.0)

    def fill(self, level):
        self.level += level / self.count
        return self


@program(1.5, 0.5, stage="stores")
def numbers_of_a_class(x, y):
    gauges = [Tank(x), Tank.raised(y), Tank.empty().fill(x)]
    for gauge in gauges:
        gauge.level *= gauge.scale
    gauges[0].scale = y
    gauges[0].level += gauges[0].scale
    return gauges[0].level * gauges[1].level + gauges[2].level


class Pile(list):
    def push(self, v):
        self.append(v)
        return self

    def top(self):
        return self[-1]


class Settings(dict):
    def __getattr__(self, name):
        return self[name]

    def note(self, name, v):
        self[name] = v


class Arrow(tuple):
    def __add__(self, other):
        return Arrow(a + b for a, b in zip(self, other, strict=True))

    def __mul__(self, k):
        return Arrow(a * k for a in self)

    @property
    def square(self):
        return sum(a * a for a in self)


class ReadTwice(list):
    def __getitem__(self, k):
        return super().__getitem__(k) * 2


@program(0.7, 2.0, stage="hard")
def classes_that_extend_containers(x, y):
    pile = Pile()
    pile.push(x).push(x * x)
    full = Pile([x, y])
    full.append(x * y)
    settings = Settings(a=x)
    settings.note("b", settings.a * y)
    settings["c"] = settings.b**2
    arrow = Arrow((x, y)) + Arrow([y, x * y]) * x
    return pile.top() * pile[0] + sum(full) * full[2] + settings.c * len(settings) + arrow.square


@program(0.7, stage="hard")
def containers_that_are_read_otherwise(x):
    twice = ReadTwice()
    twice.append(x)
    return twice[0] * x


def scaled_by(factor):
    class Scaled:
        def __init__(self, value):
            self.value = value

        def total(self):
            return self.value * factor

    return Scaled


HALF, TWICE = scaled_by(0.5), scaled_by(2.0)


@program(3.0)
def two_classes_of_one_text(x):
    total = 0.0
    for cls in [HALF, TWICE, HALF]:
        total = total + cls(x * x).total() * x
    return total + HALF(x).total() + 10 * TWICE(x).total() * x


class Cone:
    slope = 2.0

    def __init__(self, radius):
        self.radius = radius

    @property
    def area(self):
        return 3.0 * self.radius**2


class Funnel(Cone):
    slope = 3.0

    def __init__(self, radius, height=1.5):
        super().__init__(radius)
        self.height = height

    @property
    def area(self):
        return super().area * self.height + super().slope * self.radius


@program(0.7, 1.2, stage="hard")
def attributes_that_are_computed(x, y):
    one = Funnel(x)
    several = [Funnel(y), Funnel(x * y, height=x)]
    total = one.area + getattr(one, "depth", x * x) ** 2
    return total + sum(f.area * f.radius + getattr(f, "depth", y * y) for f in several)


class Scoped(Cone):
    @property
    def area(self):
        return super().area * self.radius


@program(0.7, stage="hard")
def property_of_a_base(x):
    return Scoped(x).area * Scoped(x * x).slope


class Given:
    def __init__(self, **fields):
        for name, v in fields.items():
            setattr(self, name, v)


@program(0.7, stage="hard")
def attributes_as_a_dict(x):
    one, other = Given(low=x, high=2 * x), Given(low=x * x, high=1.0)
    for each in (one, other):
        each.__dict__["low"] *= x
        each.mean = (each.low + each.high) / 2
        vars(each).update(high=each.mean**2)
    for name in ("low", "high"):
        setattr(one, name, getattr(one, name) * getattr(other, name))
    return sum(v for name, v in vars(one).items() if name != "mean") * other.mean


class Watched:
    """What Python asks it, it notes: in a list that all such objects have in common, and in itself."""

    def __init__(self, value, seen):
        self.value = value
        self.seen = seen
        self.asked = 0

    def note(self, v):
        self.asked += 1
        self.seen.append(self.value * v)

    def __bool__(self):
        self.note(self.value)
        return self.value > 0.0

    def __len__(self):
        self.value = self.value * 1.5
        return 2

    def __contains__(self, v):
        self.note(v)
        return v > self.value

    def __lt__(self, other):
        self.note(other.value)
        other.value = other.value + self.value
        return self.value < other.value

    def __eq__(self, other):
        self.asked += 1
        return self.value == other.value

    def __str__(self):
        self.value *= 2.0
        return f"{self.asked}"

    def __float__(self):
        self.note(3.0)
        return float(self.value * self.value)

    def __index__(self):
        self.note(0.5)
        return 1


@program(0.7, stage="hard")
def what_python_asks_unseen(x):
    seen = []
    one, other = Watched(x, seen), Watched(2.0 * x, seen)
    y = x
    while one:
        y = y * one.value
        one.value -= 0.5
    if not other or x in other:
        y = y + len(one) * one.value
    if one < other and other > one:
        y = y * other.value
    text = f"{one}" + str(other)
    y = y * [x, one.value][one] + float(other) * len(text)
    if bool(one) or x not in one:
        y = y + one.value
    found = [two.asked for two in sorted([one, other], key=lambda two: two.asked)]
    if one != other and one in [other, one]:
        y = y * found[-1] * one.asked
    for k, v in enumerate(seen):
        y = y + (k + 1) * v * v
    return y


class Metered:
    """A property that changes what it is of, asked and set by a name that is known when it runs."""

    def __init__(self, x):
        self.x = x
        self.asked = 0.0

    @property
    def level(self):
        self.asked = self.asked + self.x
        return self.x * 2

    @level.setter
    def level(self, v):
        self.asked = self.asked * v
        self.x = v


@program(0.7, stage="hard")
def properties_by_name_that_change_objects(x):
    gauges = [Metered(x), Metered(2 * x)]
    t = getattr(gauges[0], "level") * getattr(gauges[1], "x")
    for gauge in gauges:
        for name in ("level", "x"):
            setattr(gauge, name, t * getattr(gauge, name))
        gauge.level += x
    return t * gauges[0].asked + gauges[1].level * gauges[1].asked


class InPlaces:
    """A sequence in the old way: a loop asks for one place after the other, until there is none."""

    def __init__(self, items):
        self.items = items

    def __getitem__(self, k):
        return self.items[k] * 2.0

    def __len__(self):
        return len(self.items)


@program(0.7, stage="hard")
def sequences_by_their_places(x):
    one = InPlaces([x, x * x, 3.0])
    y = 0.0
    for v in one:
        y = y * x + v
    for v in reversed(one):
        y = y * x + v
    for k, (a, b) in enumerate(zip(one, list(one))):
        y = y + k * a * b
    return y * len(one)


class Holder:
    """What holds arrays, or others of its kind, by attributes of any name."""

    def parameters(self):
        found = []
        for value in vars(self).values():
            if isinstance(value, Holder):
                found.extend(value.parameters())
            elif isinstance(value, np.ndarray):
                found.append(value)
        return found

    def squares(self):
        for name, value in self.__dict__.items():
            if isinstance(value, Holder):
                yield from value.squares()
            else:
                yield np.sum(value**2) * len(name)


class Squashed(Holder):
    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias

    def __call__(self, x):
        return np.tanh(x @ self.weight + self.bias)


class TwoLayers(Holder):
    def __init__(self, first, second):
        self.first, self.second = first, second

    def __call__(self, x):
        return self.second(self.first(x))


@program(np.array([[0.3, -0.5]]), np.array([[1.0, 0.2], [-0.4, 0.7]]), np.array([0.1, -0.2]))
def attributes_that_loops_run_through(x, weight, bias):
    net = TwoLayers(Squashed(weight, bias), Squashed(weight.T * 0.5, bias))
    held = dict(net.first.__dict__)
    held["bias"] = held["bias"] * 2.0
    total = sum(np.sum(p**3) for p in net.parameters()) + sum(net.squares())
    return np.sum(net(x)) + total + held["bias"] @ net.first.bias + len(vars(net))


@program(np.array([[0.3, -0.5]]), np.array([[1.0, 0.2], [-0.4, 0.7]]), np.array([0.1, -0.2]), stage="hard")
def attributes_that_shrink(x, weight, bias):
    layer = Squashed(weight, bias)
    for p in layer.parameters():
        p *= 0.9
    return np.sum(layer(x))


class Model(helpers.Counted):
    def __init__(self, rate, steps=9):
        helpers.Counted.__init__(self, rate, steps)
        self.history = []

    def fit(self, x):
        self.weight = 0.1
        for _ in range(self.steps):
            self.weight += self.rate * (x - self.weight)
            self.history.append(self.weight)
        return self


@program(0.7, 1.3)
def constructors_of_bases_in_another_module(x, rate):
    model = Model(rate)
    model.fit(x)
    return model.weight * model.began + model.history[0]


@program(1.5, 2.0)
def local_classes_with_variables_of_the_function(x, k):
    log = []

    class Spring:
        def __init__(self, length):
            self.length = length * k
            log.append(self.length * x)

        def force(self):
            return self.length * k + x

        @property
        def energy(self):
            return self.force() ** 2

        @classmethod
        def stretched(cls, length):
            return cls(length + k)

    class Stiff(Spring):
        def force(self):
            return super().force() * x

    springs = [Spring(x), Stiff(k), Stiff.stretched(x)]
    springs[0].length += 1
    return sum(one.energy for one in springs) + sum(log) * springs[1].force()


@program(np.array([1.0, 2.0, 3.0]), 0.5)
def local_classes_that_keep_arrays(w, rate):
    class Net:
        def __init__(self):
            self.state = np.zeros(3)

        def __call__(self, v):
            self.state = np.tanh(w * v + self.state)
            return self.state.sum()

        def __len__(self):
            return len(w)

        def __iter__(self):
            return iter(self.state * rate)

    net = Net()
    out = net(1.0) + net(rate)
    return out * len(net) + sum(v * k for k, v in enumerate(net))


class Completed(dict):
    def __missing__(self, key):
        return self["first"] * len(key)


@program(1.5)
def dict_that_makes_up_items(x):
    known = Completed(first=x * x)
    known["second"] = x
    return known["third"] * known["second"] + known.get("fourth", x)


class Labelled:
    def __init__(self, name="layer", scale=1.0, **others):
        self.name, self.scale = name, scale
        if others:
            raise TypeError(f"what is {sorted(others)}?")


class Parted:
    def __init__(self, *parts, **settings):
        super().__init__(**settings)
        self.parts = parts


class Affine(Labelled):
    def __init__(self, w, bias=0.0, **more):
        super().__init__(**more)
        self.w, self.bias = w, bias

    def __call__(self, v):
        return self.scale * (self.w * v + self.bias)


class Offset(Parted, Affine):
    def __init__(self, *args, shift=-1.0, **more):
        super().__init__(shift, *args, **more)
        self.shift = shift

    def __call__(self, v):
        return super().__call__(v) + self.parts[0] * len(self.parts)


@program(0.7, 1.2)
def constructors_that_hand_arguments_on(a, b):
    layers = [Affine(a), Affine(b, scale=a * b, name="second"), Offset(b, a, w=a, bias=b, shift=a)]
    try:
        layers.append(Affine(a, units=3))
    except TypeError:
        layers.append(Offset(w=b))
    v = 1.0
    for layer in layers:
        v = layer(v)
    return v * layers[-1].shift + len(layers[1].name)


class Chosen:
    def __init__(self, rate=0.1, **others):
        self.rate, self.steps = rate, 2
        self.__dict__.update(others)
        self.first = self.rate * self.steps


class Renamed(Chosen):
    def __init__(self, given, **others):
        super().__init__(**others)
        for name, value in given.items():
            setattr(self, name, value)


@program(0.7, 1.2)
def attributes_from_a_dict(a, b):
    one, two = Chosen(a, decay=b, steps=3), Renamed({"rate": a * b, "decay": a}, steps=1)
    two.rate *= b
    return sum(s.rate ** s.steps * s.decay * s.first for s in (one, two, Chosen(decay=a, rate=b)))


class Attributes(dict):
    __getattr__ = dict.__getitem__


@program(0.7, 1.2, stage="hard")
def items_that_are_attributes(a, b):
    held = Attributes(rate=a, inner=Attributes(k=b))
    held["inner"]["k"] *= a
    return held.rate * held.inner.k


@program(2.0, [1.0, 0.5])
def visitors_of_nested_data(x, numbers):
    class Visitor:
        def __init__(self):
            self.seen = []

        def visit(self, one):
            kind = {list: "list", str: "text", type(None): "none"}.get(type(one), "number")
            return getattr(self, f"visit_{kind}", self.other)(one)

        def visit_number(self, v):
            self.seen.append(v)
            return v * x

        def visit_list(self, items):
            return sum(self.visit(one) for one in items)

        def other(self, one):
            return 1.0

    visitor = Visitor()
    total = visitor.visit([numbers[0], [numbers[1], x, "text"], None])
    return total + sum(visitor.seen)


class Recorded:
    """A number that knows how to hand its gradient on, as in reverse mode by objects."""

    def __init__(self, value, parents=()):
        self.value, self.bar, self.parents = value, 0.0, set(parents)
        self.hand_on = lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Recorded) else Recorded(other)
        made = Recorded(self.value + other.value, (self, other))

        def hand_on():
            self.bar += made.bar
            other.bar += made.bar

        made.hand_on = hand_on
        return made

    def __mul__(self, other):
        made = Recorded(self.value * other.value, (self, other))

        def hand_on():
            self.bar += other.value * made.bar
            other.bar += self.value * made.bar

        made.hand_on = hand_on
        return made

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for one in node.parents:
                    visit(one)
                order.append(node)

        visit(self)
        self.bar = 1.0
        for node in reversed(order):
            node.hand_on()


@program(0.7, 0.4)
def reverse_mode_by_objects(x, y):
    a, b = Recorded(x), Recorded(y)
    c = a * b + a
    c.backward()
    return c.value * a.bar + b.bar * y


@program(0.7, 0.4)
def sum_of_objects_that_are_linked(x, y):
    nodes = [Recorded(x * k) for k in range(3)]
    total = sum(nodes, Recorded(y))
    total.bar = x
    total.hand_on()
    return total.value * nodes[2].bar


@program(2.0, 0.3)
def local_dataclasses_with_fields_named_as_variables(x, k):
    @dataclass
    class Walker:
        x: float
        seen: list = field(default_factory=list)

        def move(self, d):
            self.seen.append(self.x)
            self.x += k * d

    walker = Walker(x)
    walker.move(2.0)
    walker.move(walker.x)
    return walker.x + sum(walker.seen)


class Adding:
    def __init__(self, table):
        self.table = table

    def add(self):
        self.table["b"] += self.table["a"]


@program(0.7, np.array([1.0, -2.0, 3.0]))
def arguments_deep_in_objects_of_a_list(x, v):
    table = {"a": v, "b": v}
    adders = [Adding(table), Adding(table)]
    adders[0].add()
    return table["a"] @ v * x


class Literal:
    def __init__(self, value):
        self.value = value


class Product:
    def __init__(self, left, right):
        self.left, self.right = left, right


class Evaluator:
    def __init__(self, by):
        self.by, self.seen, self.total = by, 0, 0.0

    @functools.singledispatchmethod
    def value(self, node):
        raise TypeError(node)

    @value.register
    def _(self, node: Literal):
        self.seen += 1
        return node.value * self.by

    @value.register
    def _(self, node: Product):
        left, right = self.value(node.left), self.value(node.right)
        self.total += left * right
        return left * right

    @functools.singledispatchmethod
    @classmethod
    def grown(cls, x, by=2.0):
        return x * by

    @grown.register
    @classmethod
    def _(cls, xs: list, by=2.0):
        return sum(xs) * by


@program(1.3, 0.7, stage="stores")
def methods_chosen_by_the_class_of_an_argument(x, y):
    one = Evaluator(y)
    tree = Product(Literal(x), Product(Literal(y), Literal(x * x)))
    return one.value(tree) * one.total + one.seen + Evaluator.grown(x, by=y) * one.grown([x, y])


class Compass:
    def __init__(self, text):
        field = json.loads(text)
        self.field = np.array([field["north"], 0.0, field["down"]])
        self.field /= np.linalg.norm(self.field)

    def along(self, direction):
        self.direction = direction / np.linalg.norm(direction)
        return np.dot(self.field, self.direction)


@program(np.array([0.5, 0.6, 0.7]))
def attribute_read_from_a_text(v):
    return Compass('{"north": 20.0, "down": 44.0}').along(v)
