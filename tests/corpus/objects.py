"""Programs of objects that change in ways kinds do not tell: links, recursion, callbacks, caches, calls by name."""

import abc
import copy
import datetime
import enum
import functools
import heapq
import itertools
import logging
import math
from collections import OrderedDict, defaultdict, deque
from types import SimpleNamespace

import numpy as np

from corpus import program


class Value:
    def __init__(self, data, children=()):
        self.data, self.grad = data, 0
        self.backwards = lambda: None
        self.children = set(children)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))

        def backwards():
            self.grad += out.grad
            other.grad += out.grad

        out.backwards = backwards
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))

        def backwards():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.backwards = backwards
        return out

    def backward(self):
        order, seen = [], set()

        def visit(v):
            if v not in seen:
                seen.add(v)
                for child in v.children:
                    visit(child)
                order.append(v)

        visit(self)
        self.grad = 1
        for v in reversed(order):
            v.backwards()


@program(1.3, 0.7, stage="stores")
def an_engine_of_closures(x, y):
    a, b = Value(x), Value(y)
    c = (a * b + a) * b
    c.backward()
    return a.grad * 2.0 + b.grad * c.data


class Record:
    def __init__(self):
        self.nodes = []

    def variable(self, value):
        self.nodes.append((None, None))
        return Variable(self, len(self.nodes) - 1, value)


class Variable:
    def __init__(self, record, index, value):
        self.record, self.index, self.value = record, index, value

    def __mul__(self, other):
        self.record.nodes.append(((self.index, other.value), (other.index, self.value)))
        return Variable(self.record, len(self.record.nodes) - 1, self.value * other.value)

    def slopes(self):
        found = [0.0] * len(self.record.nodes)
        found[self.index] = 1.0
        for k in range(len(found) - 1, -1, -1):
            for part in self.record.nodes[k]:
                if part is not None:
                    j, weight = part
                    found[j] += weight * found[k]
        return found


@program(1.3, 0.7, stage="stores")
def an_engine_with_a_record(x, y):
    record = Record()
    a, b = record.variable(x), record.variable(y)
    c = a * b * a
    slopes = c.slopes()
    return slopes[a.index] + slopes[b.index] * c.value


class Tree:
    def __init__(self, key, value):
        self.key, self.value, self.left, self.right = key, value, None, None


class Trees:
    def __init__(self):
        self.root, self.size = None, 0

    def insert(self, key, value):
        if self.root is None:
            self.root = Tree(key, value)
        else:
            self.place(self.root, key, value)
        self.size += 1

    def place(self, node, key, value):
        side = "left" if key < node.key else "right"
        inner = getattr(node, side)
        if inner is not None:
            self.place(inner, key, value)
        elif key < node.key:
            node.left = Tree(key, value)
        else:
            node.right = Tree(key, value)

    def total(self, node, depth=1):
        if node is None:
            return 0.0
        return self.total(node.left, depth + 1) + depth * node.value**2 + self.total(node.right, depth + 1)


@program([0.3, 1.2, 0.7, -0.4], stage="stores")
def a_tree_that_grows(xs):
    trees = Trees()
    for key, x in zip([5, 2, 8, 1], xs, strict=True):
        trees.insert(key, x)
    trees.root.left.value *= trees.size
    return trees.total(trees.root)


class Body:
    def __init__(self, place, speed, mass):
        self.place, self.speed, self.mass = place, speed, mass
        self.force = np.zeros(2)

    def push(self, force):
        self.force += force

    def move(self, seconds):
        self.speed += self.force / self.mass * seconds
        self.place += self.speed * seconds
        self.force[:] = 0


class Spring:
    def __init__(self, a, b, stiffness):
        self.a, self.b, self.stiffness = a, b, stiffness

    def pull(self):
        way = self.b.place - self.a.place
        force = self.stiffness * (np.linalg.norm(way) - 1.0) * way
        self.a.push(force)
        self.b.push(-force)


class World:
    def __init__(self):
        self.bodies, self.springs, self.watching = [], [], []

    def add(self, *args):
        body = Body(*args)
        self.bodies.append(body)
        return body

    def step(self, seconds):
        for spring in self.springs:
            spring.pull()
        for body in self.bodies:
            body.move(seconds)
        for watch in self.watching:
            watch(self)


@program(np.array([[0.1, 0.2], [1.3, 0.4]]), np.array([0.3, -0.2]), 5.0, stage="stores")
def bodies_and_springs(places, speed, stiffness):
    world, seen = World(), []
    first, second = [world.add(p.copy(), k * speed, 1.0 + k) for k, p in enumerate(places)]
    world.springs.append(Spring(first, second, stiffness))
    world.watching.append(lambda w: seen.append(w.bodies[1].place[0] * w.bodies[0].place[1]))
    for _ in range(3):
        world.step(0.1)
    return sum(seen) + second.speed @ first.place


class Layer:
    def __init__(self, w):
        self.parameters, self.slopes, self.seen = {"w": w}, {}, None

    def forward(self, x):
        self.seen = x
        return np.tanh(x @ self.parameters["w"])

    def backward(self, y_bar):
        y = np.tanh(self.seen @ self.parameters["w"])
        self.slopes["w"] = self.seen.T @ (y_bar * (1 - y * y))
        return (y_bar * (1 - y * y)) @ self.parameters["w"].T


class Momentum:
    def __init__(self, rate):
        self.rate, self.held = rate, {}

    def __call__(self, name, value, slope):
        if name not in self.held:
            self.held[name] = np.zeros_like(slope)
        self.held[name] = 0.9 * self.held[name] + self.rate * slope
        return value - self.held[name]


W = np.array([[0.3, -0.2], [0.5, 0.1]])


@program(np.array([[1.0, 0.5]]), W, W.T.copy(), 0.1, stage="stores")
def layers_that_learn(x, v, w, rate):
    layers, step, loss = [Layer(v), Layer(w)], Momentum(rate), 0.0
    for _ in range(2):
        y = x
        for layer in layers:
            y = layer.forward(y)
        loss += np.sum(y * y)
        y_bar = 2.0 * y
        for layer in reversed(layers):
            y_bar = layer.backward(y_bar)
        for k, layer in enumerate(layers):
            for name in layer.parameters:
                layer.parameters[name] = step((k, name), layer.parameters[name], layer.slopes[name])
    return loss


class Figure:
    def __init__(self, scale):
        self.scale = scale

    def grow(self, factor):
        self.scale *= factor


class Disc(Figure):
    def __init__(self, radius):
        super().__init__(1.0)
        self.radius = radius

    def grow(self, factor):
        super().grow(factor)
        self.radius += 0.1 * factor

    def area(self):
        return self.radius**2 * self.scale


class Box(Figure):
    def __init__(self, width):
        super().__init__(2.0)
        self.width = width

    def area(self):
        return self.width * self.scale


@program(1.1, 0.7, 1.3, stage="stores")
def super_in_objects_of_a_list(radius, width, factor):
    figures = [Disc(radius), Box(width)]
    for one in figures:
        one.grow(factor)
    kept = copy.deepcopy(figures[0])
    figures[0].grow(factor)
    best = max(figures, key=lambda one: one.area())
    best.scale *= width
    return sum(one.area() for one in figures) * kept.area()


class Broke(Exception):
    pass


class Account:
    def __init__(self, balance):
        self.balance, self.history = balance, []

    def take(self, amount):
        if amount > self.balance:
            raise Broke
        self.balance -= amount
        self.history.append(amount)


class Bank:
    def __init__(self):
        self.accounts = {}

    def transfer(self, a, b, amount):
        try:
            self.accounts[a].take(amount)
            self.accounts[b].balance += amount
        except Broke:
            self.accounts[a].balance *= 0.9


@program(10.0, 0.3, stage="stores")
def exceptions_of_objects(x, rate):
    bank = Bank()
    bank.accounts["ann"], bank.accounts["bob"] = Account(2.0 * x), Account(x)
    bank.transfer("ann", "bob", rate * x)
    bank.transfer("ann", "bob", 50.0 * x)
    return bank.accounts["ann"].balance * bank.accounts["bob"].balance + bank.accounts["ann"].history[0]


class Machine:
    def __init__(self, level):
        self.state, self.level = "fill", level
        self.handlers = {"fill": self.fill, "drain": self.drain}

    def fill(self, amount):
        self.level += amount
        if self.level > 1.5:
            self.state = "drain"

    def drain(self, amount):
        self.level *= amount
        self.state = "fill"

    def run(self, amounts):
        for amount in amounts:
            self.handlers[self.state](amount)
        return self.level


@program(0.5, [0.6, 0.7, 0.5, 0.4], stage="stores")
def methods_in_a_dict(level, amounts):
    return Machine(level).run(amounts)


class Joint:
    def __init__(self, length, angle, parent=None):
        self.length, self.angle, self.parent, self.children, self.end = length, angle, parent, [], None
        if parent:
            parent.children.append(self)

    def reach(self):
        x, turned = self.parent.reach() if self.parent else (0.0, 0.0)
        turned += self.angle
        self.end = (x + self.length * math.cos(turned), turned)
        return self.end

    def accept(self, visitor):
        visitor.visit(self)
        for child in self.children:
            child.accept(visitor)


class Adding:
    def __init__(self):
        self.total = 0.0

    def visit(self, joint):
        self.total += joint.reach()[0]


@program(1.0, 0.8, 0.3, stage="stores")
def constructors_that_hand_the_object_on(long, short, angle):
    root = Joint(long, angle)
    middle = Joint(short, angle * angle, root)
    Joint(0.5, short * angle, middle)
    adding = Adding()
    root.accept(adding)
    return adding.total * middle.end[0]


class Event:
    def __init__(self, time, amount):
        self.time, self.amount = time, amount

    def __lt__(self, other):
        return self.time < other.time


class Store:
    def __init__(self, capacity):
        self.events, self.cache, self.sums, self.last = [], OrderedDict(), defaultdict(float), deque(maxlen=2)
        self.capacity, self.level, self.cost = capacity, 5.0, 0.0

    def plan(self, time, amount):
        heapq.heappush(self.events, Event(time, amount))

    def price(self, key, compute):
        if key in self.cache:
            self.cache.move_to_end(key)
            return self.cache[key]
        self.cache[key] = compute(key)
        if len(self.cache) > self.capacity:
            self.cache.popitem(last=False)
        return self.cache[key]

    def run(self, until, rate):
        while self.events and self.events[0].time < until:
            event = heapq.heappop(self.events)
            self.level -= event.amount
            self.cost += self.level * event.time
            self.last.append(self.level)
            self.sums["low" if self.level < 3 else "high"] += event.amount
            self.plan(event.time + rate, event.amount * self.price(int(event.time), lambda k: rate**k))


@program(0.9, 1.3, stage="stores")
def events_and_caches(rate, amount):
    store = Store(1)
    store.plan(0.5, amount)
    store.run(3.5, rate)
    return store.cost + store.level * store.sums["low"] + sum(store.last) * store.sums["high"]


class Segments:
    def __init__(self, xs):
        self.n = len(xs)
        self.tree = [None] * (2 * self.n)
        for k, x in enumerate(xs):
            self.tree[self.n + k] = x
        for k in range(self.n - 1, 0, -1):
            self.tree[k] = self.combined(self.tree[2 * k], self.tree[2 * k + 1])

    def combined(self, a, b):
        return a + b

    def query(self, left, right):
        found, left, right = None, left + self.n, right + self.n
        while left < right:
            if left & 1:
                found = self.tree[left] if found is None else self.combined(found, self.tree[left])
                left += 1
            if right & 1:
                right -= 1
                found = self.tree[right] if found is None else self.combined(found, self.tree[right])
            left, right = left // 2, right // 2
        return found


class Largest(Segments):
    def combined(self, a, b):
        return max(a, b)


@program([0.3, 1.2, 0.7, 0.4], stage="stores")
def lists_of_none_that_are_filled(xs):
    sums, largest = Segments(xs), Largest(xs)
    return sums.query(1, 4) * largest.query(0, 3) + sums.tree[1]


@program(np.array([1.0, 2.0]), stage="stores")
def what_is_an_array_at_times_has_other_names(x):
    total, seen = 0.0, []
    for k in range(3):
        total += x * k
        seen.append(total)
    return sum(one.sum() * one[0] for one in seen)


class Phase:
    def __init__(self, dt, rate=1.0, pattern="decaying"):
        self.rate, self.pattern, self.dt = rate, pattern, dt
        if pattern == "decaying":
            self.step = self.decay
        self.reset()

    def reset(self):
        self.phase = 1.0

    def decay(self, speed=1.0):
        self.phase += -self.rate * self.phase * speed * self.dt
        return self.phase


class Movement:
    def __init__(self, count, weights, start=0, **options):
        self.count, self.weights = count, weights
        if isinstance(start, int | float):
            start = np.ones(count) * start
        self.start = start
        self.clock = Phase(dt=0.1, **options)
        self.reset()

    def reset(self):
        self.place = self.start.copy()
        self.clock.reset()

    def rollout(self, steps=3, **options):
        self.reset()
        track = np.zeros((steps, self.count))
        for k in range(steps):
            track[k] = self.step(**options)
        return track

    def step(self, speed=1.0, push=None):
        phase = self.clock.step(speed)
        for k in range(self.count):
            self.place[k] += phase * self.share(k) * self.weights[k] * speed
            if push is not None:
                self.place[k] += push[k]
        return self.place


class Reaching(Movement):
    def __init__(self, **options):
        super(Reaching, self).__init__(pattern="decaying", **options)
        for k in range(self.count):
            self.check(k)

    def check(self, k):
        if self.start[k] == self.weights[k]:
            self.weights[k] += 1e-4

    def share(self, k):
        return 1.5 - self.start[k]


@program(np.array([0.3, 0.7]), np.array([0.2, 0.4]), stage="stores")
def options_that_are_handed_on(weights, start):
    moved = Reaching(count=2, weights=weights, start=start, rate=0.5)
    return np.sum(moved.rollout() ** 2) + moved.rollout(2, speed=2.0)[1, 0]


class Walkers:
    def __init__(self, start, **options):
        self.places = np.random.RandomState(3).rand(2) * start
        self.steps = np.random.rand(2)
        self.seen = []
        for name in ("drift", "pull"):
            self.check(options.get(name, 0.1), name)
        self.drift, self.pull = options["drift"], options.get("pull", 0.2)

    def check(self, value, name):
        if not value > 0.0:
            raise ValueError(f"{name} must be positive")

    def save(self, file):
        print(self.places, file=file)

    def walk(self, **options):
        for k in range(options.pop("times", 2)):
            self.step(**options)
            self.seen.append(self.places.sum())
            if k % 2 == 0:
                print(f"step {k}")

    def step(self, scale=1.0):
        self.places = self.places + scale * self.drift * self.steps * np.random.choice([-1.0, 1.0], 2)
        self.places -= self.pull * self.places**2


@program(0.7, 0.3, stage="stores", printed="step 0\nstep 2\n")
def draws_and_prints_of_objects(start, drift):
    np.random.seed(5)
    walkers = Walkers(start, drift=drift)
    walkers.walk(times=3, scale=start)
    return np.sum(walkers.places * walkers.steps) + sum(walkers.seen)


class Horner:
    def __init__(self, *coefficients):
        self.coefficients = coefficients

    def __call__(self, x):
        total = 0.0
        for c in self.coefficients:
            total = total * x + c
        return total

    @property
    def slope(self):
        n = len(self.coefficients) - 1
        return Horner(*(c * (n - k) for k, c in enumerate(self.coefficients[:-1])))


@program(0.7, 1.2, stage="stores")
def properties_that_are_called(a, x):
    curve = Horner(a, 1.0, a * a)
    return Horner(a, x, 2.0).slope(x) * curve(a) + curve.slope.slope(x)


class Halving:
    def __init__(self, n, x):
        self.n, self.x = n, x

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        self.x *= 0.5
        return self.x


@program(1.7, stage="hard")
def iterators_of_ones_own(x):
    steps, total = Halving(4, x), 0.0
    first = next(steps)
    for half in steps:
        total += half * first
    return total + steps.x + max(Halving(2, x)) + sum(v * v for v in Halving(3, x))


class Plate(object):
    def __init__(self, side):
        self.side = side
        self.grow()

    def grow(self):
        self.side = self.side * 2.0

    def area(self):
        return self.side**2


class Thick(Plate):
    def __init__(self, side, height):
        super(Thick, self).__init__(side)
        self.height = height

    def grow(self):
        super(Thick, self).grow()
        self.side = self.side + 1.0

    def area(self):
        return super(Thick, self).area() * self.height


class Cube(Thick):
    def __init__(self, side):
        super(Cube, self).__init__(side, side * 3)


@program(1.3)
def bases_that_are_named(side):
    cube = Cube(side)
    cube.grow()
    return cube.area() + Thick(side, 2.0).area()


class Shelf:
    def __init__(self):
        self.items = []

    def put(self, v):
        self.items.append(v)
        return self

    def tidy(self, **how):
        self.items.sort(**how)


def filled_by_halves(shelf, v):
    if v > 0.1:
        shelf.put(v)
        filled_by_halves(shelf, v * 0.5)
    return shelf


@program(0.9, stage="hard")
def lists_of_objects_in_order(x):
    shelf = filled_by_halves(Shelf(), x)
    shelf.put(0.3 * x)
    shelf.tidy(reverse=True)
    shelf.tidy(key=lambda v: -v * v)
    shelf.items.remove(0.3 * x)
    return sum((k + 1) * v for k, v in enumerate(shelf.items))


class Beam:
    """Attributes that are stored on some ways only, and a static method in an expression."""

    def __init__(self, *ends, kind="free"):
        if len(ends) == 2:
            self.ends = tuple([self.scaled(end, 0.5) for end in ends])
        if len(ends) == 1:
            self.ends = ends[0], -ends[0]
        if kind == "held":
            self.support = self.ends[0] * 3.0
        self.span = self.ends[0] - self.ends[1]

    @staticmethod
    def scaled(end, by):
        return end * by

    def energy(self):
        return np.sum(self.span**2) + np.sum(getattr(self, "support", 1.0))


@program(np.array([0.4, 1.2]), 0.3)
def attributes_on_some_ways(a, b):
    beams = Beam(a, a * b), Beam(a * b, kind="held")
    try:
        lost = beams[0].support
    except AttributeError as lacking:
        lost = 0.1 * len(str(lacking))
    return sum(one.energy() for one in beams) + np.sum(lost * beams[1].support)


class Arrow:
    def __init__(self, x, y=0.0):
        self.x, self.y = x, y

    def __add__(self, other):
        return self.__class__(self.x + other.x, self.y + other.y)

    def scaled(self, by):
        return type(self)(self.x * by, y=self.y * by)

    def copy(self):
        new = self.__class__(self.x)
        new.y = self.y
        return new

    def length(self):
        return (self.x**2 + self.y**2) ** 0.5


class Long(Arrow):
    def length(self):
        return super().length() * 2


@program(0.7, 1.9)
def classes_of_objects_at_hand(a, b):
    arrow = Arrow(a, b) + Long(b, a).scaled(2.0)
    return arrow.length() + arrow.copy().length()


class Weighted:
    def __init__(self, weight, bias):
        self.weight = weight
        self.bias = bias


@program(2.0, 3.0)
def attributes_in_their_order(weight, bias):
    """The first attribute is the one that was assigned first, whatever its name."""
    one = Weighted(weight, bias)
    total = 0.0
    for name in one.__dict__:
        total = total * 2.0 + getattr(one, name)
    return total * list(vars(one).values())[0]


class Ranked:
    def __init__(self, sign):
        self.sign = sign

    def key(self, x):
        return self.sign * x


class Counted(Ranked):
    def __init__(self, sign):
        super().__init__(sign)
        self.seen = 0.0

    def key(self, x):
        self.seen += x * x
        return self.sign * x


@program(1.5, True)
def keys_that_change_their_objects(x, counts):
    """What is known only when it runs calls methods of an object of one of two classes."""
    rank = (Counted if counts else Ranked)(-1.0)
    items = [x, 2 * x, 3 * x]
    first = sorted(items, key=rank.key)[0] + max(items, key=rank.key) * min(x, x * x, key=rank.key)
    items.sort(key=rank.key, reverse=True)
    kept = list(filter(rank.key, items)) + list(itertools.takewhile(rank.key, items))
    return first * rank.seen + sum(kept)


@program(1.5)
def class_of_a_function_with_a_known_name(x):
    class Ranked:
        weight = 2.0

        def __init__(self, sign):
            self.sign, self.seen = sign * self.weight, []

        def key(self, x):
            self.seen.append(x * x)
            return self.sign * x

    rank = Ranked(-1.0)
    return sorted([x, 2 * x, 3 * x], key=rank.key)[0] * sum(rank.seen) * rank.sign


class Measured:
    def __init__(self, value, unit):
        self.value, self.unit = value, unit

    def __mul__(self, other):
        return Measured(self.value * getattr(other, "value", other), self.unit)

    def __float__(self):
        return float(self.value * self.unit)


@program(1.5)
def arrays_of_objects_with_numbers(x):
    one = Measured(x, 2.0) * 3.0
    a = np.array([[one, one], [x, one * Measured(x, 1.0)]], dtype=float)
    return (a @ a)[0, 1] + np.asarray([one, 1.0], np.float64)[0]


@program(np.array([0.7, -0.4, 1.3, 2.0]), stage="stores")
def iterators_that_become_lists_of_their_name(x):
    rows = map(lambda v: [v, v * v], x)
    rows = list(rows)
    rows[0][1] *= 3.0
    named = zip("abcd", rows)
    named = dict(named)
    named["b"].append(named["a"][1])
    total = sum(sum(row) for row in rows) * len(named)
    for key, group in itertools.groupby(enumerate(rows), key=lambda pair: pair[0] // 2):
        group = list(group)
        group[0][1][0] += 1.0
        total += sum(row[0] * row[1] for _, row in group) * (key + 1)
    return total


def scaled_record(record, k):
    record.weight *= k
    return record


@program(np.array([0.7, -0.4, 1.3]), 0.6, stage="stores")
def namespaces_in_lists(x, k):
    records = [SimpleNamespace(place=i, value=v, weight=v * k) for i, v in enumerate(x)]
    by_name = {"first": records[0], "own": SimpleNamespace(**{"value": k, "weight": 1.0})}
    by_name["first"].value += k
    scaled_record(by_name["own"], x[1]).extra = records[2]
    records[2].weight = by_name["own"].weight
    return sum(r.value * r.weight * (r.place + 1) for r in records) + by_name["own"].extra.weight


class Ratio:
    def __init__(self, value):
        self.value = value

    def __divmod__(self, other):
        return Ratio(self.value * other), Ratio(self.value + other)

    def __rdivmod__(self, other):
        return Ratio(other / self.value), Ratio(other - self.value)

    def __rpow__(self, other):
        return Ratio(other**2 * self.value)


@program(1.3, 2.0)
def builtins_that_ask_either_operand(x, y):
    """divmod and pow ask the second operand where the first has no such method."""
    quotient, rest = divmod(x, Ratio(y))
    other, _ = divmod(rest, x)
    return quotient.value * other.value + pow(y, Ratio(x)).value


@program(np.array([[0.3, -0.8], [1.4, 0.6]]), 1.7)
def functions_of_elements_and_rows(x, scale):
    """numpy.vectorize with a signature, of several results, with what it leaves whole, in types asked for."""
    rows = np.vectorize(lambda row, other: row @ other * row, signature="(n),(n)->(n)")(x, x[0])
    squares, cubes = np.vectorize(lambda v: (v * v, v**3))(x)
    scaled = np.vectorize(lambda v, pair: v * pair[1], excluded=["pair"], otypes=[float])(
        x, pair=[1.0, scale]
    )
    return np.sum(rows * squares) + cubes[0, 1] * np.sum(scaled**2) + np.emath.sqrt(x)[0, 1].imag


class Hinge(abc.ABC):
    def __init__(self, angle):
        self.angle, self.log = angle, logging.getLogger("corpus")

    @property
    @abc.abstractmethod
    def parts(self): ...

    def moved(self, q):
        found = self.parts.copy()
        found[0] += q
        self.log.debug("moved by %s", q)
        return found


class Turning(Hinge):
    @property
    def parts(self):
        return np.array([self.angle, 0.5])

    def matrix(self, q):
        angle, length = self.moved(q)
        return np.array([[np.cos(angle), -length], [length, np.sin(angle)]])


class Gripper:
    def __init__(self, matrix):
        self.matrix = matrix


class Robot:
    def __init__(self, joints, tool):
        self.joints, self.tool, self.made = joints, tool, datetime.date(2020, 5, 1)

    def reach(self, q, at):
        found = self.tool.matrix
        for joint, one in zip(self.joints, q, strict=True):
            found = found @ joint.matrix(one)
        return found * (at - self.made).days


ROBOT = Robot([Turning(0.2), Turning(-0.4)], Gripper(np.array([[1.0, 0.3], [0.1, 2.0]])))


@program(np.array([0.3, 0.8]))
def objects_at_hand_that_stay_as_they_are(q):
    """Their properties are computed anew, and days and logs hold no numbers."""
    return ROBOT.reach(q, datetime.date(2020, 5, 3)).sum()


def put(target, x):
    target[1] = x
    return 2 * x


@program(np.array([0.3, 0.8]), stage="stores")
def bound_arguments_that_change(q):
    b = np.zeros(3)
    first = functools.partial(put, b)
    first(q[1])
    before = b[1]
    return [first][0](q[0]) * b[1] * before


class Particle:
    def __init__(self, place, weights):
        self.place, self.weights = place, weights

    def moved(self, step):
        return Particle(self.place + step * self.weights.sum(), self.weights * step)


@program(0.7, np.array([0.3, 0.5]))
def lists_of_objects_made_anew_in_a_loop(x, w):
    pair = [Particle(x, w), Particle(x * x, w * 2.0)]
    named = {"a": Particle(x, w), "b": Particle(x * x, w)}
    rows = [[Particle(x, w)], [Particle(2.0 * x, w)]]
    for _ in range(3):
        pair = [one.moved(x) for one in pair]
        named = {k: Particle(one.place * 2.0 + x, one.weights) for k, one in named.items()}
        rows = [[Particle(one.place * x, one.weights) for one in row] for row in rows]
    return pair[0].place * pair[1].weights.sum() + named["a"].place * named["b"].place + rows[1][0].place


class Side(enum.Enum):
    CALL = 1
    PUT = -1


WEIGHTS = np.array([1.0, 2.0])


class Priced:
    def __init__(self, spot, strike=-1.5, side=Side.CALL, floor=-np.inf, squash=np.tanh, weights=WEIGHTS):
        self.spot, self.strike, self.side, self.floor = spot, strike, side, floor
        self.squash, self.weights = squash, weights

    def price(self):
        return max(self.side.value * (self.squash(self.spot) * self.weights).sum() - self.strike, self.floor)


class Stepped(Priced):
    def __init__(self, *args, steps=2, **keywords):
        super().__init__(*args, **keywords)
        self.steps = steps

    def price(self):
        return super().price() ** self.steps


@program(0.7)
def defaults_of_a_base_are_no_literals(x):
    put = Stepped(x, steps=3, side=Side.PUT)
    return Stepped(x).price() + put.price() + Priced(x * x).price()


def checked(one):
    if not isinstance(one, Priced):
        raise TypeError(one)


class Checked(Priced):
    def __init__(self, *args, **keywords):
        super().__init__(*args, **keywords)
        checked(self)


@program(0.7)
def base_constructor_of_what_is_not_written_out(x):
    return sum(Checked(x, strike=x * x, side=side).price() ** 2 for side in Side)


def stored_beside(one, *values):
    one.total = values[0] * values[1]


class Empty:
    pass


@program(0.7)
def empty_object_for_a_function_that_stores(x):
    one = Empty()
    stored_beside(one, *(x, x))
    return one.total


class Push:
    def __init__(self, value):
        self.value = value

    def emit(self, code):
        code.append(("push", self.value))


class Apply:
    TABLE = {"add": lambda a, b: a + b, "mul": lambda a, b: a * b}

    def __init__(self, name, left, right):
        self.name, self.left, self.right = name, left, right

    def emit(self, code):
        self.left.emit(code)
        self.right.emit(code)
        code.append(("apply", self.name))


class StackMachine:
    def __init__(self, code):
        self.code, self.stack = code, []
        self.dispatch = {"push": self.push, "apply": self.apply}

    def push(self, value):
        self.stack.append(value)

    def apply(self, name):
        b = self.stack.pop()
        self.stack.append(Apply.TABLE[name](self.stack.pop(), b))

    def run(self):
        for name, argument in self.code:
            self.dispatch[name](argument)
        return self.stack.pop()


@program(0.7, 1.3)
def machine_with_a_table_of_functions(x, y):
    code = []
    Apply("add", Apply("mul", Push(x), Push(y)), Apply("mul", Push(x), Push(2.0))).emit(code)
    return StackMachine(code).run()
