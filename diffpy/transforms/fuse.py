"""The text of a kernel: a derivative's text and the kinds of its arguments in; loops over numbers, still Python, out."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import count
from typing import Any

import gast
import numpy as np

from diffpy.analysis.named_tuples import in_order
from diffpy.rules.structs import is_plain, is_plain_named_tuple
from diffpy.transforms import (
    fuse_builtins,
    fuse_diagonals,
    fuse_einsum,
    fuse_filled,
    fuse_functions,
    fuse_indices,
    fuse_joins,
    fuse_making,
    fuse_objects,
    fuse_outside,
    fuse_products,
    fuse_reductions,
    fuse_rounding,
    fuse_runtime,
    fuse_scans,
    fuse_shapes,
)
from diffpy.transforms.fuse_arrays import dtype_of, memory_of, types_of
from diffpy.transforms.fuse_assignments import assign
from diffpy.transforms.fuse_checks import checked_once
from diffpy.transforms.fuse_cleared import without_cleared
from diffpy.transforms.fuse_expressions import evaluate, item
from diffpy.transforms.fuse_frames import RESERVED, Frame, Kernel, Learned, Outside, Scope
from diffpy.transforms.fuse_lists import prologue
from diffpy.transforms.fuse_merging import merged
from diffpy.transforms.fuse_statements import run_function
from diffpy.transforms.fuse_text import Block, Line, Nest, names_in, printed
from diffpy.transforms.fuse_unread import without_unread
from diffpy.transforms.fuse_values import (
    NONE,
    WHOLE,
    Array,
    Back,
    Closure,
    Known,
    Lazy,
    Learnt,
    LoopMustRun,
    NotCompiled,
    Number,
    Pulled,
    Tuple,
    TypeMustBeKnown,
    View,
    literal,
    number,
)

_NUMBERS = {
    float: "float",
    int: "int",
    bool: "bool",
    np.float64: "float64",
    np.float32: "float32",
    np.int64: "int64",
    np.bool_: "bool_",
}
_ATTEMPTS = 24
_FEW = 40  # lines about numbers that Python runs as fast as it calls machine code
# What stands for functions is registered by these.
WRITTEN = (
    fuse_builtins,
    fuse_diagonals,
    fuse_einsum,
    fuse_filled,
    fuse_functions,
    fuse_indices,
    fuse_joins,
    fuse_making,
    fuse_objects,
    fuse_outside,
    fuse_products,
    fuse_reductions,
    fuse_rounding,
    fuse_runtime,
    fuse_scans,
    fuse_shapes,
)


@dataclass(frozen=True)
class Text:
    """A kernel: its text, what it is called with, and what to make of what it returns."""

    name: str
    text: str
    arguments: tuple[str, ...]  # expressions of the derivative's parameters
    captured: tuple[Callable[[], Any], ...]  # further arguments, looked up at each call
    result: str  # an expression of `_found_`, the tuple that the kernel returns, and of the parameters
    guards: tuple[tuple[Callable[[], Any], Any], ...]  # what has to be the same object as now
    # conditions on the parameters; `_asked_` in them stands for the object beside
    asked: tuple[tuple[str, Any], ...]
    warns: bool  # whether NumPy might warn in its place
    calls: bool = False  # whether it calls functions of Python's


def kernel(tree: gast.FunctionDef, scope: Scope, values: Sequence[tuple[str, Any]], outside: Outside) -> Text:
    """The kernel of a derivative for arguments like these; NotCompiled says why there is none."""
    learned = Learned()
    try:
        return _attempted(tree, scope, values, outside, learned)
    except NotCompiled:
        if not learned.unrolled:
            raise
        return _attempted(tree, scope, values, outside, Learned(stays_rolled=True))


def _attempted(
    tree: gast.FunctionDef,
    scope: Scope,
    values: Sequence[tuple[str, Any]],
    outside: Outside,
    learned: Learned,
) -> Text:
    """The kernel of one attempt after the other, until nothing more is learned."""
    names = {n.id for n in gast.walk(tree) if isinstance(n, gast.Name)}
    for _ in range(_ATTEMPTS):
        learned.changed = False
        try:
            found = _attempt(tree, scope, values, outside, learned, names)
        except LoopMustRun as missing:
            nested = missing.loops & learned.nested if isinstance(missing, TypeMustBeKnown) else frozenset()
            if not missing.loops - learned.loops - learned.flags.keys():
                raise NotCompiled("a name that may have no value") from None
            free = (name for n in count() if (name := f"ran_{n}") not in {*names, *learned.flags.values()})
            learned.flags |= dict(zip(sorted(nested, key=repr), free, strict=False))
            learned.loops |= missing.loops - nested
            continue
        except Learnt:
            continue
        if found is not None:
            return found
    raise NotCompiled("what lists hold is not found out")


def _attempt(
    tree: gast.FunctionDef,
    scope: Scope,
    values: Sequence[tuple[str, Any]],
    outside: Outside,
    learned: Learned,
    names: set[str],
) -> Text | None:
    """The kernel; None where something was learned on the way."""
    k = Kernel(outside, learned, names - RESERVED)
    k.taken |= RESERVED
    k.evaluate, k.inline, k.symbol = evaluate, inline, symbol
    k.item = lambda value, place: item(k, value, place)
    frame = Frame(k, scope, ())
    k.frames.append(frame)
    passed: list[tuple[str, str]] = []
    for name, value in values:
        frame.names[name] = _parameter(k, name, value, passed)
    for size in [*learned.sizes]:
        if k.is_given(size):
            k.given_size(size)
    value = run_function(k, frame, tree.body)
    k.check()
    first = prologue(k)
    if learned.changed or learned.begins_anew(k.rolled):
        return None
    results: list[str] = []
    result = _handed_out(k, value, results, dict(passed))
    ends = {name for text in results for name in names_in(text)}
    body = checked_once(without_unread(k.shapes + first + k.out, ends))
    body = without_unread(without_cleared(merged(body, results), k.fresh), ends)
    if not any(isinstance(one, Nest) or _is_loop(one) for one in body) and len(printed(body)) < _FEW:
        raise NotCompiled("there is no loop and no array in it: the plain text is as fast")
    parameters = [own for own, _ in passed] + [name for name, _, _ in k.captured.values()]
    name = f"{tree.name}_kernel"
    lines = [f"def {name}({', '.join(parameters)}):", *printed(body)]
    lines.append(f"    return ({', '.join(results)}{',' * (len(results) == 1)})")
    getters = tuple(getter for _, getter, _ in k.captured.values())
    where = tuple(expression for _, expression in passed)
    text = "\n".join(lines) + "\n"
    return Text(
        name, text, where, getters, result, tuple(k.guards), tuple(k.asked), k.warns, "= outside(" in text
    )


def _is_loop(one: Any) -> bool:
    if isinstance(one, Block):
        return one.head.startswith(("for ", "while ")) or any(map(_is_loop, one.body))
    return isinstance(one, Nest)


def _parameter(k: Kernel, name: str, value: Any, passed: list[tuple[str, str]]) -> Any:
    """What a parameter is known to be; what the kernel is called with for it."""
    return _entry(k, name, name, value, passed)


def _entry(k: Kernel, own: str, expression: str, value: Any, passed: list[tuple[str, str]]) -> Any:
    if type(value) in (tuple, list):
        k.asked.append((f"type({expression}) is _asked_", type(value)))
        k.asked.append((f"len({expression}) == _asked_", len(value)))
        entries = (_entry(k, f"{own}_{i}", f"{expression}[{i}]", one, passed) for i, one in enumerate(value))
        return Tuple(tuple(entries), is_list=type(value) is list)
    if type(value) is dict and all(type(key) is str for key in value):
        k.asked.append((f"type({expression}) is _asked_", dict))
        k.asked.append((f"tuple({expression}) == _asked_", tuple(value)))
        parts = (
            _entry(k, f"{own}_{key}", f"{expression}[{key!r}]", one, passed) for key, one in value.items()
        )
        return Tuple(tuple(parts), keys=tuple(value))
    own = k.fresh("".join(c if c.isalnum() else "_" for c in own)) if own != expression else own
    found = symbol(value, own, k)
    if isinstance(found, Known):
        k.asked.append((f"{expression} {'==' if type(value) is str else 'is'} _asked_", value))
    if isinstance(found, Number | Array):
        k.taken.add(own)
        k.claimed.add(own)
        passed.append((own, expression))
    return found


def symbol(value: Any, name: str, k: Kernel) -> Any:
    """What is known of a value of the program: a number or array in a variable, or an object as it is."""
    kind = type(value)
    if kind in _NUMBERS:
        k.warns |= isinstance(value, np.generic)
        return number(_NUMBERS[kind], name)
    if kind is np.ndarray:
        return _array(k, value, name)
    if value is None:
        return NONE
    if value is Ellipsis or isinstance(value, _OBJECTS) or callable(value):
        return Known(value)
    raise NotCompiled(f"'{name}' is a {kind.__name__}")


_OBJECTS = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type, np.ufunc, str, np.dtype)


def _array(k: Kernel, value: np.ndarray, name: str) -> Array:
    if value.dtype.name not in ("float64", "float32", "int64", "bool") or not value.dtype.isnative:
        raise NotCompiled(f"'{name}' is an array of {value.dtype}")
    k.warns = True
    dims = []
    k.made_in[name] = ()
    for place, size in enumerate(value.shape):
        if size == 1:
            dims.append("1")
        else:
            dim = k.fresh("n")
            k.shapes.append(Line(f"{dim} = {name}.shape[{place}]", frozenset({dim})))
            k.dims.add(dim)
            dims.append(dim)
    return Array(name, value.dtype.name, tuple(dims), frozenset({name}))


def _handed_out(k: Kernel, value: Any, results: list[str], passed: dict[str, str]) -> str:
    """What the kernel's results are made into, as an expression."""
    match value:
        case Tuple(cls=None):
            items = [_handed_out(k, one, results, passed) for one in value.items]
            if value.keys is not None:
                return (
                    "{"
                    + ", ".join(f"{key!r}: {one}" for key, one in zip(value.keys, items, strict=True))
                    + "}"
                )
            return (
                f"[{', '.join(items)}]" if value.is_list else f"({', '.join(items)}{',' * (len(items) == 1)})"
            )
        case Number():
            return _number_out(k, value, results)
        case Array():
            if not value.is_fresh:
                raise NotCompiled("a result that is an array of the arguments")
            if not k.is_object(value):
                raise NotCompiled("a result that is an array in another shape")
            if value.name not in results:
                results.append(value.name)
            return f"_found_[{results.index(value.name)}]"
        case View():
            raise NotCompiled("a result that is part of an array")
        case Known(value=None):
            return "None"
    raise NotCompiled("a result of this kind")


def _number_out(k: Kernel, value: Number, results: list[str]) -> str:
    value = k.of_one_type(value)
    if value.value is not None:
        return value.text.replace("math.", "_np_.")
    results.append(value.text)
    place = f"_found_[{len(results) - 1}]"
    kind = next(iter(value.types))
    return place if kind in ("float", "int", "bool") else f"_np_.{kind}({place})"


# Functions that the text calls


def inline(k: Kernel, function: Any, args: list[Any], keywords: dict[str, Any]) -> Any:
    """A call written out where it stands."""
    if isinstance(function, Closure):
        own = dict(zip(function.names, function.captured.items, strict=True))
        found = _called(k, function.tree, function.scope, args, keywords, own)
        return found if function.taken is None else _handed_on(found, function.taken)
    if isinstance(function, Known) and isinstance(function.value, types.FunctionType):
        tree, scope = k.outside.tree(function.value)
        k.guards.append((_code_of(function.value), function.value.__code__))
        return _called(k, tree, scope, args, keywords, {}, _defaults(k, function.value))
    if isinstance(function, Known) and isinstance(function.value, type):
        return _made_of_items(function.value, args, keywords)
    if isinstance(function, Known) and isinstance(function.value, Pulled):
        return _pulled(k, function.value, args, keywords)
    if isinstance(function, Tuple) and isinstance(back := function.items[0], Known):
        if isinstance(back.value, Back) and not keywords:
            return fuse_outside.called(k, back.value, [*args, *function.items[1:]], {})
    what = (
        getattr(function.value, "__name__", type(function.value).__name__)
        if isinstance(function, Known)
        else "this"
    )
    raise NotCompiled(f"a call of {what}")


def _made_of_items(cls: Any, args: list[Any], keywords: dict[str, Any]) -> Tuple:
    """State(a, omega=b), of a named tuple or of a struct that stores what it is given."""
    is_struct = is_plain(cls) and all(one.init and not one.kw_only for one in fields(cls))
    if not is_struct and not is_plain_named_tuple(cls):
        raise NotCompiled(f"a call of {cls.__name__}")
    names = tuple(one.name for one in fields(cls)) if is_struct else cls._fields
    items = in_order(names, args, [*keywords.items()])
    if items is None:
        raise NotCompiled(f"a call of {cls.__name__} that leaves items out")
    return Tuple(tuple(items), keys=names if is_struct else None, cls=cls)


def _defaults(k: Kernel, function: types.FunctionType) -> dict[str, Any]:
    """The values of parameters that a call may leave out."""
    if function.__kwdefaults__:
        raise NotCompiled(f"a call of '{function.__name__}', which has keyword-only parameters")
    if not function.__defaults__:
        return {}
    k.guards.append((lambda: function.__defaults__, function.__defaults__))
    names = function.__code__.co_varnames[: function.__code__.co_argcount][-len(function.__defaults__) :]
    return {name: _default(k, one) for name, one in zip(names, function.__defaults__, strict=True)}


def _default(k: Kernel, value: Any) -> Any:
    if type(value) is tuple:
        return Tuple(tuple(_default(k, one) for one in value))
    if type(value) in (int, float, bool):
        return literal(value)
    if value is None or type(value) is str or isinstance(value, type | np.dtype):
        return Known(value)
    raise NotCompiled("a default that may change")


def _code_of(function: types.FunctionType) -> Callable[[], Any]:
    return lambda: function.__code__


def _pulled(k: Kernel, asked: Pulled, args: list[Any], keywords: dict[str, Any]) -> Tuple:
    """with_pullback(f)(x): the generated value and pullback of f, written out where they stand."""
    if keywords:
        raise NotCompiled("a derivative of a call with keywords")
    function, own = asked.function, {}
    if function in k.pulling:
        raise NotCompiled(f"the derivative of '{getattr(function, '__name__', 'this')}' by itself")
    if isinstance(function, Closure):
        own = dict(zip(function.names, function.captured.items, strict=True))
        captured = {name: example(one) for name, one in own.items()}
        function = k.outside.inner(function.scope, function.tree.name, captured)
    examples = [example(one) for one in args]
    made, taken, guards = k.outside.pulled(function, examples, asked.wrt, asked.callee)
    k.guards += guards
    tree, scope = k.outside.tree(made)
    args = [fuse_runtime.kept(k, one) if place in asked.keep else one for place, one in enumerate(args)]
    k.pulling.append(None if isinstance(function, types.FunctionType) else function)
    try:
        found = _called(k, tree, scope, args, {}, own, _defaults(k, made))
    finally:
        k.pulling.pop()
    match found:
        case Tuple(items=(value, Closure() as back)):
            copies = {name for place in asked.keep for name in _memory(args[place])}
            if copies & _memory(value):
                raise NotCompiled("a value that is an argument which the caller changes later")
            return Tuple((value, replace(back, taken=taken)))
    raise NotCompiled(f"the derivative of '{tree.name}' is no value and pullback")


def _memory(value: Any) -> set[str]:
    if isinstance(value, Tuple):
        return {name for one in value.items for name in _memory(one)}
    return {*(memory_of(value) or ())}


def example(value: Any) -> Any:
    """A value of this kind."""
    match value:
        case Number() if value.value is not None:
            return value.value
        case Number() if len(value.types) == 1:
            kind = next(iter(value.types))
            return {"float": 1.5, "int": 2, "bool": True}.get(kind, getattr(np, kind, float)(1))
        case Array() | View() | Lazy():
            shape = tuple(int(dim) if dim.isdigit() else 2 for dim in value.dims)
            return np.zeros(shape, dtype_of(types_of(value)))
        case Tuple(cls=None):
            return tuple(example(one) for one in value.items)
        case Tuple():
            return value.cls(*map(example, value.items))  # in the order of its fields
        case Known():
            return value.value
    raise NotCompiled("an argument whose type is not known")


def _handed_on(found: Any, taken: tuple[Any, ...]) -> Any:
    """The cotangents that a caller asked for, bare for one."""

    def one(place: int) -> Any:
        return found if place == WHOLE else found.items[place]

    def part(place: Any) -> Any:
        if isinstance(place, dict):
            return Tuple(tuple(map(one, place.values())), keys=tuple(place)) if place else NONE
        return NONE if place is None else one(place)

    parts = tuple(map(part, taken))
    return parts[0] if len(parts) == 1 else Tuple(parts)


_MOST_CALLS = 1000  # that are written out: trees of more take LLVM long


def _called(
    k: Kernel,
    tree: gast.FunctionDef,
    scope: Scope,
    args: list[Any],
    keywords: dict[str, Any],
    own: dict[str, Any],
    defaults: dict[str, Any] | None = None,
) -> Any:
    a, names = tree.args, [one.id for one in tree.args.args]
    every = (defaults or {}) | keywords | dict(zip(names, args, strict=False))
    is_twice = len(args) > len(names) or not keywords.keys().isdisjoint(names[: len(args)])
    if a.vararg or a.kwarg or a.kwonlyargs or is_twice or {*every} != {*names}:
        raise NotCompiled(f"a call of '{tree.name}' with other arguments than it has parameters")
    if len(k.frames) > 12 or k.calls > _MOST_CALLS:
        raise NotCompiled(f"calls of '{tree.name}' in one another")
    k.calls += 1
    frame = Frame(k, scope, (*k.frames[-1].path, k.calls))
    frame.names.update(own)
    k.frames.append(frame)
    try:
        for name in names:
            assign(k, frame, gast.Name(name, gast.Store(), None, None), every[name])
        return run_function(k, frame, tree.body)
    finally:
        k.frames.remove(frame)
        k.still |= set(frame.variables.values())
