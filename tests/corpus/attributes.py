"""Programs whose classes say themselves how attributes are read and stored: descriptors, `__getattr__`, lazy values."""

import functools
import math

import numpy as np

from corpus import program


class Positive:
    """A field that refuses what is not positive; its value is kept under another name."""

    def __set_name__(self, owner, name):
        self.kept = "_" + name

    def __get__(self, one, owner=None):
        return self if one is None else getattr(one, self.kept)

    def __set__(self, one, value):
        if value <= 0.0:
            raise ValueError(self.kept)
        setattr(one, self.kept, value)

    def __delete__(self, one):
        setattr(one, self.kept, 1.0)


class Within:
    """A field that is kept in the dict of the object, under its own name, between bounds."""

    def __init__(self, least, most):
        self.least, self.most = least, most

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, one, owner=None):
        return one.__dict__.get(self.name, self.least)

    def __set__(self, one, value):
        one.__dict__[self.name] = min(max(value, self.least), self.most)


class Spring:
    stiffness = Positive()
    mass = Positive()
    damping = Within(0.1, 2.0)

    def __init__(self, stiffness, mass):
        self.stiffness, self.mass = stiffness, mass

    def frequency(self):
        return math.sqrt(self.stiffness / self.mass) - self.damping


@program(2.0, 3.0)
def data_descriptors(k, m):
    spring = Spring(k, m)
    before = spring.frequency()
    spring.stiffness = spring.stiffness * m
    spring.damping += 0.3 * k
    before *= spring.frequency() + spring.damping
    del spring.stiffness
    return before * spring.frequency()


@program([1.0, 2.0], 0.5)
def data_descriptors_of_objects_in_lists(ks, m):
    springs = [Spring(k, m) for k in ks]
    for one in springs:
        one.mass = one.mass * one.stiffness
        one.damping = 0.4 * one.mass
    return sum(one.frequency() * one.mass for one in springs)


class Once:
    """A value that is computed when it is read first, and held by the object from then on."""

    def __init__(self, function):
        self.function, self.name = function, function.__name__

    def __get__(self, one, owner=None):
        value = self.function(one)
        one.__dict__[self.name] = value
        return value


class Disk:
    def __init__(self, radius):
        self.radius = radius

    @functools.cached_property
    def area(self):
        return math.pi * self.radius**2

    @functools.cached_property
    def volume(self):
        return self.area * self.radius

    @Once
    def border(self):
        return 2.0 * math.pi * self.radius

    @property
    def weight(self):
        if not hasattr(self, "_weight"):
            self._weight = self.area * 0.3
        return self._weight

    def grow(self, factor):
        self.radius *= factor
        if "area" in self.__dict__:
            del self.area
        self.__dict__.pop("volume", None)


@program(1.3)
def values_that_are_computed_once(r):
    disk = Disk(r)
    before = disk.area + disk.border * disk.weight
    disk.radius = 2.0 * r
    return before * disk.area + disk.border * disk.weight


@program([1.0, 2.0])
def values_that_objects_of_a_list_compute_once(rs):
    disks = [Disk(r) for r in rs]
    before = sum(disk.volume * disk.border for disk in disks)
    for disk in disks:
        disk.grow(1.5)
    return before + sum(disk.volume * disk.border * disk.weight for disk in disks)


@program(1.3)
def a_cached_value_that_is_stored_and_deleted(r):
    disk = Disk(r)
    disk.area = 5.0 * r
    found = disk.area * r
    del disk.area
    found += disk.area
    for turn in range(3):
        disk.radius *= 1.1
        found += disk.area
        if turn == 1:
            del disk.area
    return found


@program(1.3)
def a_cached_value_that_a_method_deletes(r):
    disk = Disk(r)
    before = disk.area
    disk.grow(1.5)
    return before * disk.area


class Loose:
    """Keeps all that is stored in it in one dict."""

    def __init__(self, **fields):
        self.__dict__["_held"] = dict(fields)

    def __getattr__(self, name):
        try:
            return self._held[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name, value):
        self._held[name] = value


class Lens:
    """Passes on what it does not have itself."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Columns:
    def __init__(self, rows):
        self.__dict__.update(rows=rows, places={"a": 0, "b": 1})

    def __getattr__(self, name):
        places = self.__dict__["places"]
        if name in places:
            return self.rows[places[name]]
        raise AttributeError(name)

    def __setattr__(self, name, value):
        self.rows[self.places[name]] = value


@program(2.0, 3.0)
def attributes_that_getattr_makes_up(x, y):
    loose = Loose(x=x, y=y)
    loose.z = loose.x * loose.y
    lens = Lens(Disk(loose.z))
    return loose.z * getattr(loose, "w", x) + lens.radius * lens.area


@program(np.array([0.5, 0.7]))
def attributes_that_are_elements(x):
    columns = Columns(x.copy())
    columns.a = columns.b * columns.a
    columns.b += columns.a**2
    return columns.rows.sum() * columns.b


class Noted:
    def __init__(self):
        object.__setattr__(self, "log", [])

    def __setattr__(self, name, value):
        self.log.append((name, value))
        super().__setattr__(name, value)


class Doubled:
    def __init__(self, value):
        self.value = value

    def __setattr__(self, name, value):
        object.__setattr__(self, name, 2.0 * value)


@program(1.5)
def stores_that_setattr_sees(x):
    noted = Noted()
    noted.a = x
    noted.a = noted.a * x
    doubled = Doubled(x)
    doubled.other = doubled.value**2
    return sum(value for _, value in noted.log) * noted.a + doubled.other


class Scaler:
    def fit(self, x):
        self.mean_, self.std_ = x.mean(), x.std()
        return self

    def transform(self, x):
        if not hasattr(self, "mean_"):
            return 0.5 * x
        return (x - self.mean_) / self.std_


@program(np.array([1.0, 2.0, 4.0]))
def an_attribute_that_comes_later(x):
    scaler = Scaler()
    before = scaler.transform(x)
    return (scaler.fit(x).transform(x) ** 3 * before).sum()


class Noting(type):
    """Keeps all classes that are made by it, by name."""

    known = {}

    def __new__(cls, name, bases, space):
        made = super().__new__(cls, name, bases, space)
        cls.known[name] = made
        return made


class Sphere(metaclass=Noting):
    def __init__(self, radius):
        self.radius = radius

    def area(self):
        return 4.0 * math.pi * self.radius**2


@program(0.5)
def classes_that_a_metaclass_notes(r):
    return Noting.known["Sphere"](r * r).area() + Sphere(r).area()


@program(2.0, 3.0)
def a_setter_that_refuses_half_way(k, m):
    spring = Spring(k, m)
    found = 0.0
    for less in (1.0, 5.0, 0.5):
        try:
            found += spring.mass
            spring.mass = spring.mass - less * k
            found += spring.mass**2
        except ValueError:
            found *= k
        finally:
            found += spring.mass * m
    return found


@program(1.7)
def changes_before_an_error(x):
    spring, known = Spring(x, 1.0), [x]
    try:
        spring.stiffness = spring.stiffness * 2.0
        found = known[3]
    except (IndexError, KeyError):
        found = spring.stiffness
    try:
        spring.mass = spring.stiffness * x
        found += math.sqrt(x - 5.0)
    except ValueError:
        found *= spring.mass
    return found * spring.frequency()


class Scaling:
    def __init__(self, size):
        self.weights = np.full(size, 0.5)

    def forward(self, x):
        return x * self.weights


class MadeWhenItRuns:
    def _prepare(self, size):
        self.scaling = Scaling(size)

    def forward(self, x):
        if not hasattr(self, "scaling"):
            self._prepare(x.shape[0])
        for name in ("first", "second"):
            if not hasattr(self, name):
                setattr(self, name, x[0])
        return self.scaling.forward(x) * self.first + self.second


KINDS_OF_LAYERS = {"late": MadeWhenItRuns}


@program(np.array([0.3, 0.4, 0.5]), "late")
def attributes_that_a_method_makes(x, kind):
    layer = KINDS_OF_LAYERS[kind]()
    return np.sum(layer.forward(layer.forward(x)) ** 2)


class Settings(dict):
    """Reads and stores items as attributes; a name that it does not have is a KeyError."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


class Strict:
    def __getattr__(self, name):
        if name != "rate":
            raise RuntimeError(f"no setting {name}")
        return 0.5


settings, strict = Settings(rate=2.0, wave=math.sin, inner=Settings(steps=3)), Strict()


@program(1.3)
def attributes_of_items_outside(x):
    for _ in range(settings.inner.steps):
        x = x + settings.rate * settings.wave(x)
    return x


@program(1.3)
def objects_that_refuse_names(x):
    return sum(one.rate * x**2 for one in [strict, settings])


class Empty:
    pass


@program(1.3)
def attributes_stored_by_key_alone(x):
    one, other = Empty(), Empty()
    for key, value in {"a": x, "b": x * x}.items():
        one.__dict__[key] = value
    vars(other).update(a=x**3)
    return sum(getattr(one, key) for key in "ab") * getattr(other, "a")
