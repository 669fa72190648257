"""What kernels call, as instructions: functions of numbers, new arrays, tapes with room for more."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable

from diffpy.backends.llvm_objects import found_at, hold, larger_array, new_array, new_tape, pinned
from diffpy.backends.llvm_text import (
    ARRAYS,
    BOOL,
    CALLS,
    DOUBLE,
    HANDED_ON,
    INTEGER,
    PURE,
    SINGLE,
    SIZES,
    TOGETHER,
    Kind,
    NoMachineCode,
    Value,
    Writer,
    compared,
    number,
    places,
    read,
    step,
    write,
)

FUNCTIONS = (
    *("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt"),
    *("asin", "acos", "atan", "asinh", "acosh", "atanh", "cbrt", "erf", "erfc"),
)
TWO = ("atan2", "hypot", "pow")

# Functions of numbers


def _of_libm(name: str, of_vectors: bool) -> Callable[[Writer, ast.Call], Value]:
    def written(w: Writer, node: ast.Call) -> Value:
        values = [number(w, one) for one in node.args]
        single = of_vectors and all(one.element == SINGLE for one in values)
        kind = SINGLE if single else DOUBLE
        given = ", ".join(f"{kind} {w.cast(one, kind)}" for one in values)
        declared = ", ".join([kind] * len(values))
        if name == "sqrt":
            return Value(kind, w.call(kind, f"llvm.sqrt.{'f32' if single else 'f64'}", given, declared))
        called = name + "f" * single
        more = w.vectors.get(called, PURE) if of_vectors else PURE
        return Value(kind, w.call(kind, called, given, declared, more))

    return written


for _name in (*FUNCTIONS, *TWO):
    CALLS[f"math.{_name}"] = _of_libm(_name, False)
    CALLS[f"np_{_name}"] = _of_libm(_name, True)


def vector_name(name: str, lanes: int, count: int = 1, letter: str = "d") -> str:
    """What glibc calls a function of one vector, or two; with AVX2 the letter is d."""
    return f"_ZGV{letter}N{lanes}{'v' * count}_{name}"


def _of_vectors(w: Writer, node: ast.Call) -> list[Value]:
    """The results of a function of up to four numbers, which are entries of a tuple."""
    (given,) = node.args
    assert isinstance(given, ast.Tuple) and isinstance(node.func, ast.Name)
    numbers = [w.cast(number(w, one), DOUBLE) for one in given.elts]
    vector = "poison"
    for lane in range(_LANES):
        one = numbers[lane] if lane < len(numbers) else numbers[0]
        vector = w.made(f"insertelement {_VECTOR} {vector}, double {one}, i64 {lane}")
    name = vector_name(node.func.id.removeprefix("np_"), _LANES)
    found = w.call(_VECTOR, name, f"{_VECTOR} {vector}", _VECTOR, PURE)
    lanes = range(len(numbers))
    return [Value(DOUBLE, w.made(f"extractelement {_VECTOR} {found}, i64 {lane}")) for lane in lanes]


TOGETHER.append(_of_vectors)
_LANES = 4
_VECTOR = f"<{_LANES} x double>"


def _rounded(name: str) -> Callable[[Writer, ast.Call], Value]:
    """To the next integer below, above, towards zero, or to the even one of two as near; still a float."""

    def written(w: Writer, node: ast.Call) -> Value:
        value = number(w, node.args[0])
        kind = SINGLE if value.element == SINGLE else DOUBLE
        called = f"llvm.{name}.{'f32' if kind == SINGLE else 'f64'}"
        return Value(kind, w.call(kind, called, f"{kind} {w.cast(value, kind)}", kind))

    return written


for _name in ("floor", "ceil", "trunc", "rint"):
    CALLS[f"np.{_name}"] = _rounded(_name)


def _absolute(w: Writer, node: ast.Call) -> Value:
    value = number(w, node.args[0])
    if value.element == INTEGER:
        return Value(INTEGER, w.call("i64", "llvm.abs.i64", f"i64 {value.text}, i1 true", "i64, i1"))
    name = f"llvm.fabs.{'f32' if value.element == SINGLE else 'f64'}"
    value = Value(DOUBLE, w.cast(value, DOUBLE)) if value.element == BOOL else value
    return Value(value.element, w.call(value.element, name, f"{value.element} {value.text}", value.element))


CALLS["abs"] = _absolute


def _special(name: str) -> Callable[[Writer, ast.Call], Value]:
    """isfinite and its kin, by the bits: they may be asked where everything else is taken to be finite."""

    def written(w: Writer, node: ast.Call) -> Value:
        bits = w.made(f"bitcast double {w.cast(number(w, node.args[0]), DOUBLE)} to i64")
        size = w.made(f"and i64 {bits}, {2**63 - 1}")
        test = {"isfinite": "ult", "isinf": "eq", "isnan": "ugt"}[name]
        return Value(BOOL, w.made(f"icmp {test} i64 {size}, {0x7FF << 52}"))

    return written


for _name in ("isfinite", "isinf", "isnan"):
    CALLS[f"math.{_name}"] = _special(_name)


def _as(element: str) -> Callable[[Writer, ast.Call], Value]:
    return lambda w, node: Value(element, w.cast(number(w, node.args[0]), element))


CALLS["float"] = CALLS["np.float64"] = _as(DOUBLE)
CALLS["np.float32"] = _as(SINGLE)


def _int(w: Writer, node: ast.Call) -> Value:
    value = number(w, node.args[0])
    if value.element in (INTEGER, BOOL):
        return Value(INTEGER, w.cast(value, INTEGER))
    return Value(INTEGER, w.made(f"fptosi {value.element} {value.text} to i64"))


CALLS["int"] = _int


def _best(op: type[ast.cmpop]) -> Callable[[Writer, ast.Call], Value]:
    def written(w: Writer, node: ast.Call) -> Value:
        found, *others = (number(w, one) for one in node.args)
        for one in others:
            test = compared(w, op, one, found)
            wide, left, right = w.together(one, found)
            found = Value(wide, w.made(f"select i1 {test}, {wide} {left}, {wide} {right}"))
        return found

    return written


CALLS["max"], CALLS["min"] = _best(ast.Gt), _best(ast.Lt)


def _length(w: Writer, node: ast.Call) -> Value:
    return Value(INTEGER, w.size(_name_of(node.args[0]), 0))


CALLS["len"] = _length


def _added(w: Writer, node: ast.Call) -> Value:
    """A sum whose terms may be added in any order."""
    total, term = (number(w, one) for one in node.args)
    text = w.cast(term, total.element)
    if total.element == INTEGER:
        return Value(INTEGER, w.made(f"add nsw i64 {total.text}, {text}"))
    flags = " fast" if w.is_fast else " reassoc"
    return Value(total.element, w.made(f"fadd{flags} {total.element} {total.text}, {text}"))


CALLS["added"] = _added


def _name_of(node: ast.expr) -> str:
    if not isinstance(node, ast.Name):
        raise NoMachineCode(f"{ast.unparse(node)} in place of an array's name")
    return node.id


# New arrays

_ELEMENTS = {"float64": DOUBLE, "float32": SINGLE, "int64": INTEGER, "bool": BOOL, "bool_": BOOL}


def _new(is_zero: bool) -> Callable[[Writer, str, ast.Call], None]:
    def written(w: Writer, name: str, node: ast.Call) -> None:
        shape, dtype = node.args
        if not isinstance(dtype, ast.Attribute) or dtype.attr not in _ELEMENTS or name in w.given:
            raise NoMachineCode(ast.unparse(node))
        sizes = places(w, shape)
        kind = Kind(_ELEMENTS[dtype.attr], len(sizes))
        w.hold(name, kind)
        if name in w.tapes and sizes == ["0"]:
            _sized(w, name, [new_tape(w, name, kind.element)])
        elif name not in w.small:
            new_array(w, name, kind.element, sizes)
            _sized(w, name, sizes)
        if is_zero:
            count = str(SIZES[kind.element])
            for one in sizes:
                count = w.made(f"mul nsw i64 {count}, {one}")
            data = w.data(name)
            w.call(
                "void", "llvm.memset.p0.i64", f"ptr {data}, i8 0, i64 {count}, i1 false", "ptr, i8, i64, i1"
            )

    return written


ARRAYS["np.empty"], ARRAYS["np.zeros"] = _new(False), _new(True)


def _sized(w: Writer, name: str, sizes: list[str]) -> None:
    for axis, one in enumerate(sizes):
        w.keep(f"{name}.size{axis}", "i64", one)
        if not w.array(name).is_compact:
            w.keep(f"{name}.step{axis}", "i64", step(w, name, axis))


def _handed_on(w: Writer, name: str, other: str) -> None:
    """name = other, of arrays: both hold the object."""
    kind = w.kind(other)
    if name in w.small:
        _copied(w, name, other)
        return
    w.hold(name, kind)
    if name in w.given or (w.kind(name).is_compact and not kind.is_compact):
        raise NoMachineCode(f"'{name}' is an argument and another array")
    hold(w, name, other)
    w.keep(f"{name}.data", "ptr", w.load(f"{other}.data", "ptr"))
    for axis in range(kind.rank or 0):
        w.keep(f"{name}.size{axis}", "i64", w.size(other, axis))
        if not w.kind(name).is_compact:
            w.keep(f"{name}.step{axis}", "i64", step(w, other, axis))


def _copied(w: Writer, name: str, other: str) -> None:
    """name = other, of arrays of few elements."""
    kind, sizes = w.kind(other), w.small[name]
    w.hold(name, Kind(kind.element, len(sizes)))
    if other not in w.small:
        for axis, size in enumerate(sizes):
            behind = w.fresh("behind")
            w.fork(w.made(f"icmp eq i64 {w.size(other, axis)}, {size}"), behind, "again")
            w.label(behind)
    every = [list(map(str, one)) for one in itertools.product(*map(range, sizes))]
    found = [read(w, other, where) for where in every]
    for where, value in zip(every, found, strict=True):
        write(w, name, where, value)


HANDED_ON.append(_handed_on)


def _room(w: Writer, name: str, node: ast.Call) -> None:
    """A tape with room for so many more entries behind those used."""
    tape = _name_of(node.args[0])
    if tape != name:
        raise NoMachineCode(ast.unparse(node))
    used, more = (number(w, one).text for one in node.args[1:])
    element, size = w.array(tape).element, w.size(tape, 0)
    needed = w.made(f"add nsw i64 {used}, {more}")
    larger, behind = w.fresh("larger"), w.fresh("behind")
    w.fork(w.made(f"icmp sgt i64 {needed}, {size}"), larger, behind)
    w.label(larger)
    twice = w.made(f"add nsw i64 {w.made(f'shl i64 {size}, 1')}, 32")
    is_more = w.made(f"icmp sgt i64 {twice}, {needed}")
    size = w.made(f"select i1 {is_more}, i64 {twice}, i64 {needed}")
    larger_array(w, tape, element, used, size)
    _sized(w, tape, [size])
    w.label(behind)


ARRAYS["room"] = _room


def _reshaped(w: Writer, name: str, node: ast.Call) -> None:
    """The same elements as an array of another shape."""
    assert isinstance(node.func, ast.Attribute)
    other = _name_of(node.func.value)
    kind = w.array(other)
    if not kind.is_compact or name in w.given:
        raise NoMachineCode(f"'{other}' in another shape, as it is laid out")
    sizes = places(w, node.args[0])
    w.hold(name, Kind(kind.element, len(sizes)))
    hold(w, name, other)
    w.keep(f"{name}.data", "ptr", w.load(f"{other}.data", "ptr"))
    _sized(w, name, sizes)


ARRAYS["reshape"] = _reshaped


# Arrays in lists as they are


def _place_of(w: Writer, node: ast.Call) -> Value:
    """Where the object of an array is, which from now on stays until the kernel ends."""
    name = _name_of(node.args[0])
    if not w.array(name).is_compact:
        raise NoMachineCode(f"'{name}' in a list, as it is laid out")
    return Value(INTEGER, pinned(w, name))


CALLS["place_of"] = _place_of


def _array_at(w: Writer, name: str, node: ast.Call) -> None:
    """The array that is there."""
    place, shape, dtype = node.args
    if not isinstance(dtype, ast.Attribute) or name in w.given:
        raise NoMachineCode(ast.unparse(node))
    found, sizes = number(w, place).text, places(w, shape)
    w.hold(name, Kind(_ELEMENTS[dtype.attr], len(sizes)))
    found_at(w, name, found)
    _sized(w, name, sizes)


ARRAYS["array_at"] = _array_at
