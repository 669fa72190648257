"""The methods of a user's class that Python calls unseen: a statement of the normal form in, what it may ask whom, out.

`if o:` asks o for __bool__, `sorted(os)` its items for __lt__, `print(o)` for __str__.
"""

from __future__ import annotations

import builtins
import copy
import math
import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import is_dataclass
from typing import Any, NamedTuple

import gast

from diffpy.analysis.kinds import DictOf, Kind, Known, ListOf, Object, OneOf, Struct, TupleOf
from diffpy.analysis.kinds import Iterator as IteratorOf
from diffpy.rules import cotangents, structs


class Question(NamedTuple):
    """What is asked of an object, or of what a container holds this deep."""

    methods: tuple[str, ...]  # the first of these that the class has
    of: gast.expr
    others: tuple[gast.expr, ...] = ()  # what the method is given besides
    least: int = 0
    most: int = 9
    again: bool = False  # whether a derivative may ask more often than the program
    way: str = ""  # WHOLE: the expression is what the method gives; OPERAND: that stands for the object


class Part(NamedTuple):
    """An object: what is asked, or what it holds (with a star for each container around it)."""

    node: gast.expr
    kind: Struct | Object
    depth: int


WHOLE, OPERAND = "whole", "operand"
_TRUTH = ("__bool__", "__len__")
_TEXT = ("__str__", "__repr__")
_FORMAT = ("__format__", *_TEXT)
_ITERATION = ("__iter__", "__getitem__")
_KEY = ("__hash__", "__eq__")
_COMPARING = {
    gast.Eq: (("__eq__",), ("__eq__",)),
    gast.NotEq: (("__ne__", "__eq__"), ("__ne__", "__eq__")),
    gast.Lt: (("__lt__",), ("__gt__",)),
    gast.LtE: (("__le__",), ("__ge__",)),
    gast.Gt: (("__gt__",), ("__lt__",)),
    gast.GtE: (("__ge__",), ("__le__",)),
}
_ASKED = {
    abs: ("__abs__",),
    round: ("__round__",),
    int: ("__int__", "__index__", "__trunc__"),
    float: ("__float__", "__index__"),
    complex: ("__complex__", "__float__", "__index__"),
    math.floor: ("__floor__", "__float__"),
    math.ceil: ("__ceil__", "__float__"),
    math.trunc: ("__trunc__",),
    operator.index: ("__index__",),
    hash: ("__hash__",),
    len: ("__len__",),
    bool: _TRUTH,
    repr: ("__repr__",),
    str: _TEXT,
    format: _FORMAT,
    copy.copy: ("__copy__", "__reduce_ex__", "__reduce__", "__getstate__"),
    copy.deepcopy: ("__deepcopy__", "__reduce_ex__", "__reduce__", "__getstate__"),
}
# Functions that look at an object and call nothing of it, or what is seen elsewhere.
_STILL: tuple[object, ...] = (
    *(isinstance, issubclass, id, type, callable, getattr, hasattr, setattr, delattr, vars, super),
    *(builtins.property, staticmethod, classmethod),
)
# What any other function that has no source here may ask.
EVERY = (
    *("__bool__", "__len__", "__iter__", "__next__", "__contains__", "__getitem__", "__reversed__"),
    *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__call__", "__missing__"),
    *("__str__", "__repr__", "__format__", "__float__", "__int__", "__index__", "__complex__", "__array__"),
    *("__abs__", "__round__", "__floor__", "__ceil__", "__trunc__", "__neg__", "__pos__"),
    *(f"__{side}{one}__" for one in ("add", "sub", "mul", "truediv", "pow", "matmul") for side in ("", "r")),
    *("__copy__", "__deepcopy__", "__reduce_ex__", "__reduce__", "__getstate__"),
)


def questions(
    s: gast.stmt, callee: Callable[[gast.expr], object], kind: Callable[[gast.expr], Kind]
) -> Iterator[Question]:
    """What a statement itself may ask, not the blocks in it."""
    match s:
        case gast.Assign(value=value) | gast.Expr(value=value):
            takes_apart = isinstance(s, gast.Assign) and isinstance(s.targets[0], gast.Tuple)
            yield from _of_value(value, callee, kind, takes_apart)
        case gast.For(iter=run) if _is_run_by_places(kind(run)):
            yield Question(("__getitem__",), run, most=0)
        case gast.If(test=test):
            yield Question(_TRUTH, test, most=0, way=OPERAND)
    for place in s.targets if isinstance(s, gast.Assign | gast.Delete) else [getattr(s, "target", None)]:
        if isinstance(place, gast.Subscript) and not isinstance(place.slice, gast.Tuple | gast.Slice):
            yield from _of_index(place, kind)


def _of_value(
    value: gast.expr,
    callee: Callable[[gast.expr], object],
    kind: Callable[[gast.expr], Kind],
    takes_apart: bool,
) -> Iterator[Question]:
    match value:
        case gast.Name() if _is_run_by_places(kind(value)) and takes_apart:
            yield Question(("__getitem__",), value, most=0)
        case gast.UnaryOp(op=gast.Not(), operand=operand):
            yield Question(_TRUTH, operand, most=0, way=OPERAND)
        case gast.Compare(left=left, ops=[gast.In() | gast.NotIn()], comparators=[right]):
            yield from _of_membership(left, right, kind)
        case gast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARING:
            own, turned = _COMPARING[type(op)]
            yield Question(own, left, (right,), way=WHOLE)
            yield Question(turned, right, (left,), way=WHOLE)
            if type(op) not in (gast.Eq, gast.NotEq):  # lists: up to the first items that differ
                yield from (Question(("__eq__",), one, (one,), least=1) for one in (left, right))
        case gast.JoinedStr(values=values):
            for one in values:
                if isinstance(one, gast.FormattedValue):
                    asked = {115: _TEXT, 114: ("__repr__",), 97: ("__repr__",)}.get(one.conversion, _FORMAT)
                    yield from _of_text(asked, one.value, OPERAND if one.format_spec is None else "")
        case gast.Subscript(slice=gast.Name()):
            yield from _of_index(value, kind)
        case gast.Set(elts=elements):
            yield from (_of_key(one, e, tuple(elements)) for e in elements for one in _KEY)
        case gast.Dict(keys=keys):
            named = tuple(k for k in keys if k is not None)
            yield from (_of_key(one, k, named) for k in named for one in _KEY)
        case gast.Call(func=gast.Attribute(value=gast.Name() as base, attr=method)) if isinstance(
            kind(base), ListOf | DictOf | TupleOf
        ):
            yield from _of_method(value, base, method)
        case gast.Call(func=func):
            yield from _of_call(value, callee(func), kind)


def _is_run_by_places(kind: Kind) -> bool:
    """Whether a loop asks an object for one item after the other: what an __iter__ does is seen elsewhere."""
    return isinstance(kind, Struct | Object) and not hasattr(kind.cls, "__iter__")


def _of_membership(
    left: gast.expr, right: gast.expr, kind: Callable[[gast.expr], Kind]
) -> Iterator[Question]:
    yield Question(("__contains__",), right, (left,), most=0, way=WHOLE)
    yield Question(_ITERATION, right, most=0)
    yield Question(("__eq__",), right, (left,), least=1)
    if not isinstance(kind(right), Struct | Object):
        yield Question(("__eq__",), left, (right,))
        if not isinstance(kind(right), ListOf | TupleOf):
            yield _of_key("__hash__", left, ())


def _of_index(place: gast.Subscript, kind: Callable[[gast.expr], Kind]) -> Iterator[Question]:
    is_list = isinstance(kind(place.value), ListOf | TupleOf)
    yield Question(("__index__",), place.slice, most=1, way=OPERAND if is_list else "")
    if not is_list:
        yield from (_of_key(one, place.slice, (place.slice,)) for one in _KEY)


def _of_key(method: str, of: gast.expr, others: tuple[gast.expr, ...]) -> Question:
    """Of what a set holds, or of a key of a dict, or of what such a tuple holds."""
    return Question((method,), of, others, again=True)


def _of_text(asked: tuple[str, ...], of: gast.expr, way: str) -> Iterator[Question]:
    yield Question(asked, of, (gast.Constant("", None),), most=0, way=way)
    yield Question(("__repr__",), of, least=1)


def _of_method(called: gast.Call, base: gast.Name, method: str) -> Iterator[Question]:
    """A method of a list, a tuple or a dict."""
    args = tuple(called.args)
    match method:
        case "sort":
            yield from _in_order((base,), called.keywords, 1)
        case "index" | "count" | "remove":
            yield Question(("__eq__",), base, args[:1], least=1)
            yield from (Question(("__eq__",), one, (base,)) for one in args[:1])
        case "get" | "pop" | "setdefault":
            yield from (_of_key(asked, one, (one,)) for one in args[:1] for asked in _KEY)


def _in_order(of: tuple[gast.expr, ...], keywords: Iterable[gast.keyword], least: int) -> Iterator[Question]:
    """What sorts, or finds the least."""
    keys = [k.value for k in keywords if k.arg == "key"]
    for one in of if not keys else ():
        yield from (Question((name,), one, of, least=least) for name in ("__lt__", "__gt__"))
        yield Question(("__eq__",), one, of, least=least + 1)
    yield from (Question(("__call__",), one, of, most=0) for one in keys)


def _of_call(called: gast.Call, function: Any, kind: Callable[[gast.expr], Kind]) -> Iterator[Question]:
    args = tuple(a.value if isinstance(a, gast.Starred) else a for a in called.args)
    every = (*args, *(k.value for k in called.keywords))
    if function is print:
        for one in every:
            yield from _of_text(_TEXT, one, OPERAND)
    elif _is_among(function, (str, repr, format)) and args:
        yield from _of_text(_ASKED[function], args[0], WHOLE if len(args) == 1 else "")
    elif _is_among(function, _ASKED) and args:
        way = OPERAND if _is_among(function, (int, float, complex, bool)) else WHOLE
        most = 9 if function is copy.deepcopy else 0
        yield Question(_ASKED[function], args[0], args[1:], most=most, way=way if len(args) == 1 else "")
    elif _is_among(function, (sorted, min, max)):
        single = function is sorted or len(args) == 1
        yield from _in_order(args, called.keywords, 1 if single else 0)
        yield from (Question(_ITERATION, one, most=0) for one in args if single)
    elif _is_among(function, (isinstance, issubclass)) and len(args) == 2:
        asked = "__instancecheck__" if function is isinstance else "__subclasscheck__"
        yield Question((asked,), args[1], args[:1])
    elif _is_among(function, (any, all)):
        yield from (Question(_TRUTH, one, least=1, most=1) for one in args)
        yield from (Question(_ITERATION, one, most=0) for one in args)
    elif _is_among(function, (list, tuple, enumerate, zip, iter, next)):
        yield from (
            Question(_ITERATION if function is not next else ("__next__",), one, most=0) for one in args
        )
    elif _is_among(function, (set, frozenset)):
        yield from (Question(_ITERATION, one, most=0) for one in args)
        yield from (Question((name,), one, args, least=1, again=True) for one in args for name in _KEY)
    elif function is sum:
        yield from (Question(_ITERATION, one, most=0) for one in args[:1])
        yield from (Question((name,), args[0], every, least=1) for name in ("__add__", "__radd__"))
        yield from (Question(("__add__",), one, args[:1]) for one in every[1:])
    elif _asks_anything(function):
        objects = [one for one in every if any(parts(one, kind(one)))]
        yield from (Question((name,), one, every) for one in objects for name in EVERY)


def _asks_anything(function: Any) -> bool:
    """Whether a callee is somebody else's, whose code nobody looks into."""
    if function is None or not callable(function) or _is_among(function, _STILL):
        return False
    return structs.is_foreign(function) and not cotangents.is_of_ours(function)


def _is_among(function: object, known: Iterable[object]) -> bool:
    return any(function is one for one in known)


def parts(node: gast.expr, kind: Kind, depth: int = 0) -> Iterator[Part]:
    """The objects that a value is, or holds in lists, tuples, dicts and dataclasses."""
    inside = gast.Starred(node, gast.Load())
    match kind:
        case Struct() | Object():
            yield Part(node, kind, depth)
            if is_dataclass(kind.cls):
                for _, one in kind.fields:
                    yield from parts(inside, one, depth + 1)
        case Known(value=type() as cls) if not structs.is_plain_class(cls):
            yield Part(node, Struct(type(cls), ()), depth)
        case OneOf(choices=choices):
            yield from (Part(node, one, depth) for one in choices)
        case TupleOf(items=items):
            for one in items:
                yield from parts(inside, one, depth + 1)
        case ListOf(item=item) | DictOf(item=item) | IteratorOf(item=item):
            yield from parts(inside, item, depth + 1)
