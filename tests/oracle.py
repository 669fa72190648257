"""Derivatives by three ways that share nothing with diffpy: dual numbers, the complex step, differences.

In goes a function and its arguments, out come derivatives along directions. Dual numbers inside NumPy
object arrays are exact, and NumPy itself does the views, the stores, the indexing and the broadcasting. The
complex step is exact where a program is analytic. Central differences with Richardson extrapolation hold for
every program and bound the other two.
"""

import builtins
import contextlib
import copy
import dataclasses
import functools
import math
import numbers
import sys
import types

import numpy as np

# --- leaves: the real and complex numbers in a structure, and where they are


def leaves(value, constant=(), path=()):
    """Yields (path, leaf) for every differentiable leaf: floats, float arrays, ints that are an argument."""
    if isinstance(value, (bool, np.bool_, str, bytes)) or value is None:
        return
    if isinstance(value, (numbers.Real, numbers.Complex, np.number)):
        if not (isinstance(value, (int, np.integer)) and len(path) > 1):
            yield path, value
    elif isinstance(value, np.ndarray):
        if value.dtype.kind in "fc":
            yield path, value
    else:
        for key, child in children(value):
            if key not in constant:
                yield from leaves(child, constant, (*path, key))


def children(value):
    """The parts of a structure by their keys; nothing for what is not one."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, (list, tuple)):
        return list(enumerate(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(f.name, getattr(value, f.name)) for f in dataclasses.fields(value) if hasattr(value, f.name)]
    return []


def part(value, path):
    """The part of a value, or of a gradient in its structure, that stands at a path."""
    for key in path:
        if isinstance(value, (dict, list)) or (isinstance(value, tuple) and isinstance(key, int)):
            value = value[key]
        else:
            value = getattr(value, key)
    return value


def mapped(value, change, constant=(), path=(), done=None):
    """A copy of a structure with `change(path, leaf)` for each leaf; what is shared stays shared."""
    done = {} if done is None else done
    if id(value) in done:
        return done[id(value)]
    if any(True for _ in leaves(value, constant, path)) and not children(value):
        new = change(path, value)
    elif isinstance(value, dict):
        new = {
            k: v if k in constant else mapped(v, change, constant, (*path, k), done) for k, v in value.items()
        }
        new = new if type(value) is dict else copy.copy(value) | new
    elif isinstance(value, (list, tuple)):
        items = [mapped(v, change, constant, (*path, i), done) for i, v in enumerate(value)]
        new = type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    elif children(value):
        new = copy.copy(value)
        for key, child in children(value):
            if key not in constant:
                object.__setattr__(new, key, mapped(child, change, constant, (*path, key), done))
    else:
        new = copy.deepcopy(value)
    if not isinstance(value, (int, float, str)):
        done[id(value)] = new
    return new


# --- differences


def differences(along, step=4e-3, rows=5):
    """The derivative at 0 of a function of one real, and a bound of its error (Ridders' table)."""
    table, best, error = [], math.nan, math.inf
    for row in range(rows):
        h = step / 2.0**row
        new = [(np.asarray(along(h)) - np.asarray(along(-h))) / (2 * h)]
        for k, old in enumerate(table[-1] if table else [], start=1):
            new.append(new[-1] + (new[-1] - old) / (4.0**k - 1))
        if table:
            estimate = float(np.max(np.abs(new[-1] - table[-1][-1]), initial=0.0))
            if estimate <= error:
                best, error = new[-1], estimate
        table.append(new)
    return best, error


# --- dual numbers


def lifted(value):
    return value if isinstance(value, Dual) else Dual(value)


def _not_a_number(other):
    return isinstance(other, np.ndarray) or not isinstance(other, (numbers.Number, np.generic, Dual))


class Dual:
    """a + b e with e*e = 0: a value and how fast it changes."""

    __slots__ = ("a", "b")
    shape, ndim, size = (), 0, 1

    def __init__(self, a, b=0.0):
        self.a, self.b = a, b

    def __repr__(self):
        return f"Dual({self.a!r}, {self.b!r})"

    def _binary(self, other, value, rate):
        if _not_a_number(other):
            return NotImplemented
        other = lifted(other)
        y = value(self.a, other.a)
        return Dual(y, rate(y, self.a, self.b, other.a, other.b))

    def __add__(self, other):
        return self._binary(other, lambda a, c: a + c, lambda y, a, b, c, d: b + d)

    def __sub__(self, other):
        return self._binary(other, lambda a, c: a - c, lambda y, a, b, c, d: b - d)

    def __mul__(self, other):
        return self._binary(other, lambda a, c: a * c, lambda y, a, b, c, d: b * c + a * d)

    def __truediv__(self, other):
        return self._binary(other, lambda a, c: a / c, lambda y, a, b, c, d: (b - y * d) / c)

    def __pow__(self, other):
        return self._binary(other, lambda a, c: a**c, _power_rate)

    def __mod__(self, other):
        return self._binary(other, lambda a, c: a % c, lambda y, a, b, c, d: b - d * np.floor(a / c))

    def __radd__(self, other):
        return NotImplemented if _not_a_number(other) else lifted(other) + self

    def __rsub__(self, other):
        return NotImplemented if _not_a_number(other) else lifted(other) - self

    def __rmul__(self, other):
        return NotImplemented if _not_a_number(other) else lifted(other) * self

    def __rtruediv__(self, other):
        return NotImplemented if _not_a_number(other) else lifted(other) / self

    def __rpow__(self, other):
        return NotImplemented if _not_a_number(other) else lifted(other) ** self

    def __rmod__(self, other):
        return NotImplemented if _not_a_number(other) else lifted(other) % self

    def __floordiv__(self, other):
        return NotImplemented if _not_a_number(other) else self.a // lifted(other).a

    def __rfloordiv__(self, other):
        return other // self.a

    def __divmod__(self, other):
        return self // other, self % other

    def __neg__(self):
        return Dual(-self.a, -self.b)

    def __pos__(self):
        return self

    def __abs__(self):
        return Dual(abs(self.a), self.b * np.sign(self.a))

    def __bool__(self):
        return bool(self.a)

    def __int__(self):
        return int(self.a)

    def __round__(self, digits=None):
        return round(self.a, digits) if digits is not None else round(self.a)

    def __floor__(self):
        return math.floor(self.a)

    def __ceil__(self):
        return math.ceil(self.a)

    def __trunc__(self):
        return math.trunc(self.a)

    def __format__(self, spec):
        return format(self.a, spec)

    __hash__ = None  # a cache keyed by values would forget how fast they change

    def __lt__(self, other):
        return NotImplemented if _not_a_number(other) else self.a < lifted(other).a

    def __le__(self, other):
        return NotImplemented if _not_a_number(other) else self.a <= lifted(other).a

    def __gt__(self, other):
        return NotImplemented if _not_a_number(other) else self.a > lifted(other).a

    def __ge__(self, other):
        return NotImplemented if _not_a_number(other) else self.a >= lifted(other).a

    def __eq__(self, other):
        return NotImplemented if _not_a_number(other) else self.a == lifted(other).a

    def __ne__(self, other):
        return NotImplemented if _not_a_number(other) else self.a != lifted(other).a

    def _chain(self, value, rate):
        return Dual(value, self.b * rate if self.b != 0 else 0.0 * self.b)

    def arctan2(self, other):
        other = lifted(other)
        square = self.a * self.a + other.a * other.a
        return Dual(np.arctan2(self.a, other.a), (self.b * other.a - self.a * other.b) / square)

    def hypot(self, other):
        return (self * self + lifted(other) * other).sqrt()

    def logaddexp(self, other):
        other = lifted(other)
        y = np.logaddexp(self.a, other.a)
        return Dual(y, self.b * np.exp(self.a - y) + other.b * np.exp(other.a - y))

    def fmod(self, other):
        other = lifted(other)
        return self - other * math.trunc(self.a / other.a)

    def power(self, other):
        return self**other

    def float_power(self, other):
        return self**other

    def conjugate(self):
        return Dual(np.conjugate(self.a), np.conjugate(self.b))

    conj = conjugate

    @property
    def real(self):
        return Dual(self.a.real, self.b.real)

    @property
    def imag(self):
        return Dual(self.a.imag, self.b.imag)

    @property
    def T(self):
        return self

    def item(self):
        return self

    def copy(self):
        return self

    def sum(self, axis=None):
        return self

    mean = max = min = prod = sum


def _power_rate(y, a, b, c, d):
    rate = 0.0 if c == 0 or b == 0 else b * c * a ** (c - 1)
    return rate if d == 0 else rate + d * y * np.log(a)


_RATES = {
    "exp": np.exp,
    "expm1": np.exp,
    "log": lambda a: 1 / a,
    "log1p": lambda a: 1 / (1 + a),
    "log2": lambda a: 1 / (a * np.log(2)),
    "log10": lambda a: 1 / (a * np.log(10)),
    "exp2": lambda a: np.exp2(a) * np.log(2),
    "sqrt": lambda a: 0.5 / np.sqrt(a),
    "square": lambda a: 2 * a,
    "cbrt": lambda a: 1 / (3 * np.cbrt(a) ** 2),
    "reciprocal": lambda a: -1 / (a * a),
    "sin": np.cos,
    "cos": lambda a: -np.sin(a),
    "tan": lambda a: 1 + np.tan(a) ** 2,
    "arcsin": lambda a: 1 / np.sqrt(1 - a * a),
    "arccos": lambda a: -1 / np.sqrt(1 - a * a),
    "arctan": lambda a: 1 / (1 + a * a),
    "sinh": np.cosh,
    "cosh": np.sinh,
    "tanh": lambda a: 1 - np.tanh(a) ** 2,
    "arcsinh": lambda a: 1 / np.sqrt(a * a + 1),
    "arccosh": lambda a: 1 / np.sqrt(a * a - 1),
    "arctanh": lambda a: 1 / (1 - a * a),
    "sign": lambda a: 0.0,
    "floor": lambda a: 0.0,
    "ceil": lambda a: 0.0,
    "trunc": lambda a: 0.0,
    "rint": lambda a: 0.0,
    "fabs": np.sign,
    "absolute": np.sign,
    "deg2rad": lambda a: np.pi / 180,
    "radians": lambda a: np.pi / 180,
    "rad2deg": lambda a: 180 / np.pi,
    "degrees": lambda a: 180 / np.pi,
}


def _method(name, rate):
    value = getattr(np, name)
    return lambda self: self._chain(value(self.a), rate(self.a))


for _name, _rate in _RATES.items():
    setattr(Dual, _name, _method(_name, _rate))


# --- NumPy, math and float, for a program that runs on dual numbers


class _Ufunc:
    """A ufunc that lifts the plain numbers among the elements of object arrays."""

    def __init__(self, ufunc):
        self._ufunc = ufunc

    def __getattr__(self, name):
        return getattr(self._ufunc, name)

    def __call__(self, *args, **options):
        name = self._ufunc.__name__
        if not options and hasattr(Dual, name) and any(_is_dual(a) for a in args):
            return np.frompyfunc(lambda a, *rest: getattr(lifted(a), name)(*rest), len(args), 1)(*args)
        return self._ufunc(*args, **options)


def _is_dual(value):
    return isinstance(value, Dual) or (isinstance(value, np.ndarray) and value.dtype == object)


class _Module:
    """A module in which some names are replaced."""

    def __init__(self, module, names):
        self._module, self._names = module, names

    def __getattr__(self, name):
        if name in self._names:
            return self._names[name]
        value = getattr(self._module, name)
        return _Ufunc(value) if isinstance(value, np.ufunc) else value


def _floats_are_objects(function):
    def on_objects(*args, **options):
        position = 2 if function in (np.full, np.full_like) else 1
        if len(args) > position:
            options["dtype"], args = args[position], args[:position]
        dtype = options.pop("dtype", None)
        if dtype is not None and np.dtype(dtype).kind in "iub":
            return function(*args, dtype=dtype, **options)
        if function in (np.full, np.full_like):
            plain, fill = (
                (np.zeros if function is np.full else np.zeros_like)(args[0], dtype=object, **options),
                args[1],
            )
            plain[...] = fill
        else:
            plain = function(*args, dtype=object, **options)
        # An uninitialised element is one that nobody may read.
        return (
            np.frompyfunc(
                lambda a: Dual(
                    math.nan if a is None else float(a) if not isinstance(a, Dual) else a.a,
                    a.b if isinstance(a, Dual) else 0.0,
                ),
                1,
                1,
            )(plain)
            if plain.size
            else plain
        )

    return on_objects


def _array(function):
    def on_objects(value, dtype=None, **options):
        if dtype is not None and np.dtype(dtype).kind not in "fcO":
            return function(value, dtype=dtype, **options)
        made = function(value, **options)
        return made if made.dtype == object or dtype is None else function(value, dtype=dtype, **options)

    return on_objects


def _eliminated(a, b):
    """Solves a x = b, and gives the determinant of a, by elimination with pivoting."""
    a, b = np.array(a, dtype=object), np.array(b, dtype=object)
    det = Dual(1.0)
    for k in range(len(a)):
        p = max(range(k, len(a)), key=lambda i: abs(lifted(a[i, k]).a))
        if p != k:
            a[[k, p]], b[[k, p]], det = a[[p, k]], b[[p, k]], -det
        det = det * a[k, k]
        for i in range(k + 1, len(a)):
            factor = a[i, k] / a[k, k]
            a[i] = a[i] - factor * a[k]
            b[i] = b[i] - factor * b[k]
    for k in reversed(range(len(a))):
        b[k] = (b[k] - a[k, k + 1 :] @ b[k + 1 :]) / a[k, k] if k + 1 < len(a) else b[k] / a[k, k]
    return b, det


def _on_duals(function, on_duals):
    return lambda *args, **options: (on_duals if any(_is_dual(a) for a in args) else function)(
        *args, **options
    )


def _norm(x, ord=None, axis=None, keepdims=False):
    if ord == 1 and (x.ndim == 1 or axis is not None):
        return np.sum(abs(x), axis=axis, keepdims=keepdims)
    if ord not in (None, 2, "fro") or (ord == 2 and x.ndim > 1 and axis is None):
        raise TypeError(f"norm of order {ord} of dual numbers")
    return shadow_numpy.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


shadow_linalg = _Module(
    np.linalg,
    {
        "solve": _on_duals(np.linalg.solve, lambda a, b: _eliminated(a, b)[0]),
        "inv": _on_duals(np.linalg.inv, lambda a: _eliminated(a, np.eye(len(a)))[0]),
        "det": _on_duals(np.linalg.det, lambda a: _eliminated(a, np.zeros(len(a)))[1]),
        "norm": _on_duals(np.linalg.norm, _norm),
    },
)
_makers = (
    "zeros",
    "ones",
    "empty",
    "full",
    "zeros_like",
    "ones_like",
    "empty_like",
    "full_like",
    "eye",
    "identity",
)
shadow_numpy = _Module(
    np,
    {name: _floats_are_objects(getattr(np, name)) for name in _makers[:8]}
    | {
        "eye": lambda *args, **options: np.eye(*args, **options).astype(object),
        "identity": lambda n: np.eye(n).astype(object),
        "linalg": shadow_linalg,
        "array": _array(np.array),
        "asarray": _array(np.asarray),
        "abs": _Ufunc(np.absolute),
    },
)
_math_names = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "atan2": "arctan2",
    "pow": "power",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
}


def _math_function(name):
    plain, method = getattr(math, name), _math_names.get(name, name)

    def on_duals(*args):
        if not any(isinstance(a, Dual) for a in args) or name in ("floor", "ceil", "trunc"):
            return plain(*args)
        if name == "log" and len(args) == 2:
            return lifted(args[0]).log() / lifted(args[1]).log()
        if name == "hypot" and len(args) > 2:
            return sum(a * a for a in args).sqrt()
        plain(*(lifted(a).a for a in args))  # raises where math raises and NumPy warns
        return getattr(lifted(args[0]), method)(*args[1:])

    return on_duals


class _AnyFloat(type):
    def __instancecheck__(cls, value):
        return isinstance(value, (builtins.float, Dual))


class _float(float, metaclass=_AnyFloat):
    def __new__(cls, value=0.0):
        if isinstance(value, np.ndarray) and value.dtype == object:
            value = value.item()
        return value if isinstance(value, Dual) else builtins.float(value)


shadow_math = _Module(
    math,
    {
        name: _math_function(name)
        for name in dir(math)
        if isinstance(getattr(math, name), types.BuiltinFunctionType)
    },
)


def _shadow(value):
    """What stands in the place of a global, or the global itself."""
    if value is np:
        return shadow_numpy
    if value is np.linalg:
        return shadow_linalg
    if value is math:
        return shadow_math
    if isinstance(value, np.ufunc):
        return _Ufunc(value)
    if isinstance(value, types.BuiltinFunctionType) and getattr(value, "__module__", "") == "math":
        return _math_function(value.__name__)
    if callable(value) and getattr(value, "__module__", "") in ("numpy", "numpy.linalg"):
        home = shadow_linalg if value.__module__ == "numpy.linalg" else shadow_numpy
        found = (
            getattr(home, getattr(value, "__name__", ""), value)
            if hasattr(home, getattr(value, "__name__", ""))
            else value
        )
        return value if isinstance(value, type) else found
    return value


@functools.cache
def _shadows(module):
    """(name, value, what stands in its place) for the globals of a module that are shadowed."""
    found = [
        (name, value, _shadow(value)) for name, value in vars(module).items() if not name.startswith("__")
    ]
    return [(name, value, new) for name, value, new in found if new is not value]


@contextlib.contextmanager
def shadowed_modules():
    """For a while the modules of the corpus mean dual numbers when they say np, math and float."""
    modules = [module for name, module in sys.modules.items() if name.startswith("corpus.")]
    shadows = [(module, *shadow) for module in modules for shadow in _shadows(module)]
    try:
        for module, name, _, new in shadows:
            setattr(module, name, new)
        for module in modules:
            module.float = _float
        yield
    finally:
        for module, name, value, _ in shadows:
            setattr(module, name, value)
        for module in modules:
            del module.float


# --- the derivative of a program along a direction


class NotPermitted(Exception):
    """A program that this way cannot run: it asks for what complex or dual numbers do not have."""


def stepped(arguments, direction, t, constant=()):
    """arguments + t * direction; t may be complex."""

    def change(path, leaf):
        if path not in direction:
            return copy.copy(leaf)
        moved = leaf + t * direction[path]
        if isinstance(leaf, np.ndarray):
            layout = np.empty_like(leaf, dtype=np.result_type(moved))  # keeps the order of the axes
            layout[...] = moved
            return layout
        return moved

    return mapped(list(arguments), change, constant)


def numbers_of(value):
    """The real and complex numbers of a result, in one flat array; an int only where it is all there is."""
    found = (
        [value] if isinstance(value, int) else [np.ravel(np.asarray(leaf)) for leaf in _number_leaves(value)]
    )
    return np.concatenate([np.atleast_1d(leaf) for leaf in found]) if found else np.zeros(0)


def by_differences(function, arguments, direction, constant=()):
    """The derivative and a bound of its error, with the first step that does not meet a kink near by."""

    def along(t):
        return numbers_of(function(stepped(arguments, direction, t, constant)))

    tried = []
    for step in (4e-3, 2e-4, 1e-5):
        tried.append(differences(along, step))
        rates, error = tried[-1]
        if error <= 1e-9 * (1 + np.max(np.abs(rates), initial=0.0)):
            break
    return min(tried, key=lambda found: found[1])


def by_complex_step(function, arguments, direction, constant=()):
    plain = numbers_of(function(stepped(arguments, direction, 0.0, constant)))
    try:
        moved = numbers_of(function(stepped(arguments, direction, 1e-30j, constant)))
    except Exception as error:
        raise NotPermitted(str(error)) from error
    if moved.shape != plain.shape or moved.dtype.kind != "c" or plain.dtype.kind == "c":
        raise NotPermitted("the result is not complex")
    if not np.allclose(moved.real, plain, rtol=1e-9, atol=1e-12):
        raise NotPermitted("the program takes another path on complex numbers")
    return moved.imag / 1e-30


def by_duals(function, arguments, direction, constant=()):
    def change(path, leaf):
        rate = direction.get(path)
        if isinstance(leaf, np.ndarray):
            made = np.empty_like(leaf, dtype=object)
            rates = np.zeros(leaf.shape) if rate is None else rate
            for index in np.ndindex(leaf.shape):
                made[index] = Dual(leaf[index].item(), rates[index].item())
            return made
        return leaf if rate is None else Dual(leaf, float(rate))

    with shadowed_modules():
        try:
            value = function(mapped(list(arguments), change, constant))
        except Exception as error:
            raise NotPermitted(f"{type(error).__name__}: {error}") from error
    found = (
        [value] if isinstance(value, int) else [x for leaf in _number_leaves(value) for x in np.ravel(leaf)]
    )
    rates = np.array([lifted(x).b for x in found])
    if rates.dtype.kind == "c":
        raise NotPermitted("the result is complex")
    return rates.astype(float)


def _number_leaves(value):
    if isinstance(value, (Dual, float, complex, np.inexact)):
        yield value
    elif isinstance(value, np.ndarray) and value.dtype.kind in "Ofc":
        yield value
    else:
        for _, child in children(value):
            yield from _number_leaves(child)
