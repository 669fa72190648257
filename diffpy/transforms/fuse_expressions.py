"""Expressions in a kernel: a tree in, what its value is known to be out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast

from diffpy.transforms.fuse_arrays import arithmetic, element, elementwise, indexed, is_array, made, memory_of
from diffpy.transforms.fuse_attributes import attribute
from diffpy.transforms.fuse_calls import WITH_LISTS, WITH_NONE, call, handler_of
from diffpy.transforms.fuse_frames import Frame, Kernel
from diffpy.transforms.fuse_indices import has_arrays, taken
from diffpy.transforms.fuse_lists import index_in, item_at, new_list
from diffpy.transforms.fuse_numbers import compare, negate, truth
from diffpy.transforms.fuse_products import matrix_product
from diffpy.transforms.fuse_text import Block, at
from diffpy.transforms.fuse_values import (
    NONE,
    Array,
    Gathered,
    Known,
    Lazy,
    Listed,
    Method,
    NotCompiled,
    Number,
    Optional,
    Sliced,
    Tuple,
    View,
    joined,
    literal,
    number,
    place_in,
)


def evaluate(k: Kernel, frame: Frame, node: gast.AST) -> Any:
    """The value of an expression."""
    try:
        return _value(k, frame, node)
    except NotCompiled as error:
        raise at(node, error) from None


def held(k: Kernel, frame: Frame, node: Any) -> Any:
    """The same where a value is handed on as it is, be it a number or None."""
    return _read(frame.held(node.id)) if isinstance(node, gast.Name) else evaluate(k, frame, node)


def _read(value: Any) -> Any:
    """What is read of a list whose items are known: from now on they stay what they are."""
    if isinstance(value, Gathered):
        value.is_closed = True
        return value.as_tuple()
    return value


def _value(k: Kernel, frame: Frame, node: Any) -> Any:
    match node:
        case gast.Constant(value=None):
            return NONE
        case gast.Constant(value=value):
            return Known(value) if value is Ellipsis or type(value) is str else literal(value)
        case gast.Name(id=name):
            return _read(frame.look_up(name))
        case gast.BinOp():
            return _operation(k, frame, node)
        case gast.UnaryOp():
            return _unary(k, frame, node)
        case gast.Compare(ops=[gast.Is() | gast.IsNot() as op], comparators=[right]):
            return _identity(op, held(k, frame, node.left), held(k, frame, right))
        case gast.Compare(ops=[op], comparators=[right]):
            return _comparison(k, op, *_in_order(k, frame, (node.left, right)))
        case gast.BoolOp():
            return _both(k, frame, node)
        case gast.Attribute(value=gast.Name(id=name), attr="append" | "pop" as method):
            return attribute(k, frame.look_up(name), method)
        case gast.Attribute():
            return attribute(k, evaluate(k, frame, node.value), node.attr)
        case gast.Subscript():
            return item(k, evaluate(k, frame, node.value), index_of(k, frame, node.slice))
        case gast.Slice():
            parts = (node.lower, node.upper, node.step)
            return Sliced(*(NONE if one is None else evaluate(k, frame, one) for one in parts))
        case gast.Tuple(elts=items):
            return Tuple(tuple(_held(k, held(k, frame, one)) for one in items))
        case gast.List(elts=[]):
            return new_list(k, frame, node)
        case gast.List(elts=items) if not any(isinstance(one, gast.Starred) for one in items):
            return Tuple(tuple(_held(k, held(k, frame, one)) for one in items), is_list=True)
        case gast.Call(
            func=gast.Attribute(value=gast.Name(), attr="array"), args=[gast.List(elts=items)], keywords=[]
        ):
            function = evaluate(k, frame, node.func)
            return call(k, function, [Tuple(tuple(_held(k, evaluate(k, frame, i)) for i in items))], {})
        case gast.Call():
            return _call(k, frame, node)
        case gast.IfExp():
            return _choice(k, frame, node)
    raise NotCompiled(f"the expression is a {type(node).__name__}", node)


def index_of(k: Kernel, frame: Frame, node: Any) -> Any:
    """What stands between brackets: read at once, so that its parts need no names."""
    if isinstance(node, gast.Tuple):
        return Tuple(tuple(evaluate(k, frame, one) for one in node.elts))
    return evaluate(k, frame, node)


def _held(k: Kernel, value: Any) -> Any:
    return k.atom(value) if isinstance(value, Number) else value


def _in_order(k: Kernel, frame: Frame, nodes: Sequence[Any]) -> list[Any]:
    """The values of several expressions; none waits to be read until a later one may have changed something."""
    found: list[Any] = []
    for node in nodes:
        if found and any(isinstance(n, gast.Call) for n in gast.walk(node)):
            found = [_at_once(k, one) for one in found]
        found.append(evaluate(k, frame, node))
    return found


def _at_once(k: Kernel, value: Any) -> Any:
    if isinstance(value, Number):
        return k.atom(value)
    return made(k, value, "part") if isinstance(value, Lazy) and value.of is None else value


def _operation(k: Kernel, frame: Frame, node: gast.BinOp) -> Any:
    a, b = _in_order(k, frame, (node.left, node.right))
    if isinstance(node.op, gast.MatMult):
        return matrix_product(k, a, b)
    if isinstance(a, Tuple) and isinstance(b, Tuple) and isinstance(node.op, gast.Add) and a.keys is None:
        if a.is_list is not b.is_list or b.keys is not None:
            raise NotCompiled("a sum of containers of two kinds")
        return a.unnamed((*a.items, *b.items))
    if all(isinstance(one, Known) and isinstance(one.value, type) for one in (a, b)):
        return Known(a.value | b.value)
    if not all(isinstance(one, Number) or is_array(one) for one in (a, b)):
        raise NotCompiled("arithmetic of what are no numbers")
    return arithmetic(k, node.op, a, b)


def _unary(k: Kernel, frame: Frame, node: gast.UnaryOp) -> Any:
    value = evaluate(k, frame, node.operand)
    if isinstance(node.op, gast.Not):
        if isinstance(value, Number) and value.value is None:
            return number("bool", f"(not {truth(k, value)})")
        if isinstance(value, Number):
            return literal(not value.value)
        raise NotCompiled("not of what is no number")
    if is_array(value) and isinstance(node.op, gast.USub):
        return elementwise(k, lambda a: negate(k, a), value)
    if isinstance(value, Number) and isinstance(node.op, gast.USub):
        return negate(k, value)
    raise NotCompiled("a sign of this")


def _comparison(k: Kernel, op: gast.cmpop, a: Any, b: Any) -> Any:
    if isinstance(a, Known) and isinstance(b, Known) and type(a.value) is type(b.value) is str:
        return literal((a.value == b.value) is isinstance(op, gast.Eq))
    if isinstance(a, Tuple) and isinstance(b, Tuple) and isinstance(op, gast.Eq):
        return _equal_tuples(k, a, b)
    if not all(isinstance(one, Number) or is_array(one) for one in (a, b)):
        raise NotCompiled("a comparison of what are no numbers")
    if is_array(a) or is_array(b):
        return elementwise(k, lambda x, y: compare(k, op, x, y), a, b)
    return compare(k, op, a, b)


def _identity(op: gast.cmpop, a: Any, b: Any) -> Number:
    is_same = isinstance(op, gast.Is)
    if isinstance(a, Optional) and b == NONE:
        return number("bool", f"(not {a.there.text})" if is_same else a.there.text)
    if any(one == NONE for one in (a, b)) or (isinstance(a, Known) and isinstance(b, Known)):
        return literal((a == b) is is_same)
    if any(is_array(one) for one in (a, b)) and _are_two(a, b):
        return literal(not is_same)
    raise NotCompiled("whether two values are one object")


def _are_two(a: Any, b: Any) -> bool:
    """Whether two values, one of them an array, are surely not one object."""
    if any(isinstance(one, Number | Tuple) or (isinstance(one, Lazy) and one.of is None) for one in (a, b)):
        return True
    first, last = memory_of(a), memory_of(b)
    return first is not None and last is not None and not first & last


def _equal_tuples(k: Kernel, a: Tuple, b: Tuple) -> Number:
    if a.is_list is not b.is_list or a.keys is not None or b.keys is not None:
        raise NotCompiled("a comparison of containers of two kinds, or of dicts")
    if len(a.items) != len(b.items):
        return literal(False)
    tests = [_comparison(k, gast.Eq(), x, y) for x, y in zip(a.items, b.items, strict=True)]
    if all(one.value is not None for one in tests):
        return literal(all(one.value for one in tests))
    return number("bool", f"({' and '.join(one.text for one in tests)})")


def _both(k: Kernel, frame: Frame, node: gast.BoolOp) -> Number:
    """and, or of truth values: the right side is computed only where it counts."""
    is_and = isinstance(node.op, gast.And)
    first, *others = node.values
    value = _bool(evaluate(k, frame, first))
    if type(value.value) is bool:
        if value.value is not is_and or not others:
            return value
        return _both(k, frame, gast.BoolOp(node.op, others))
    found = k.fresh("holds")
    k.assign(found, value.text)
    types = value.types
    for one in others:
        with k.within() as body, k.branch():
            value = _bool(evaluate(k, frame, one))
            k.assign(found, value.text)
        types |= value.types
        k.out.append(Block(f"if {found}:" if is_and else f"if not {found}:", body))
    return Number(types, found)


def _bool(value: Any) -> Number:
    if not isinstance(value, Number) or value.form != "bool":
        raise NotCompiled("and, or of what are no truth values")
    return value


def _choice(k: Kernel, frame: Frame, node: gast.IfExp) -> Any:
    test = evaluate(k, frame, node.test)
    if not isinstance(test, Number):
        raise NotCompiled("a choice by what is no number")
    if test.value is not None:
        return evaluate(k, frame, node.body if test.value else node.orelse)
    found = k.fresh("choice")
    with k.within() as yes, k.branch():
        one = evaluate(k, frame, node.body)
        _as_choice(k, one, found)
    with k.within() as no, k.branch():
        other = evaluate(k, frame, node.orelse)
        _as_choice(k, other, found)
    value = joined(one, other, lambda *_: found)
    if not isinstance(value, Number) or one.form != other.form:
        raise NotCompiled("a choice between what are no numbers of one kind")
    k.out += [Block(f"if {truth(k, test)}:", yes), Block("else:", no)]
    return Number(value.types, found, bits=value.bits, natural=value.natural)


def _as_choice(k: Kernel, value: Any, name: str) -> None:
    if not isinstance(value, Number):
        raise NotCompiled("a choice between what are no numbers")
    k.assign(name, value.text)


def _call(k: Kernel, frame: Frame, node: gast.Call) -> Any:
    function = evaluate(k, frame, node.func)
    if any(isinstance(one, gast.Starred) for one in node.args) or any(
        one.arg is None for one in node.keywords
    ):
        raise NotCompiled("a call with starred arguments")
    if isinstance(function, Method) and function.name == "append" and len(node.args) == 1:
        return call(k, function, [held(k, frame, node.args[0])], {})
    handler = handler_of(function.value) if isinstance(function, Known) else None
    if handler in WITH_LISTS and isinstance(node.args[0], gast.Name):
        first = frame.held(node.args[0].id)
        return call(k, function, [first, *(evaluate(k, frame, one) for one in node.args[1:])], {})
    if handler in WITH_NONE:
        return call(k, function, [held(k, frame, one) for one in node.args], {})
    every = [_there(k, one) for one in _in_order(k, frame, [*node.args, *(o.value for o in node.keywords)])]
    keywords = {one.arg: value for one, value in zip(reversed(node.keywords), reversed(every), strict=False)}
    return call(k, function, every[: len(node.args)], keywords)


def _there(k: Kernel, value: Any) -> Any:
    """An argument; None in place of an entry of a tuple is left to the plain text."""
    if isinstance(value, Optional):
        k.redo_if(f"not {value.there.text}")
        return value.value
    return value.of(_there(k, one) for one in value.items) if isinstance(value, Tuple) else value


def item(k: Kernel, value: Any, index: Any) -> Any:
    """value[index]"""
    if is_array(value) and has_arrays(index):
        return taken(k, value, index)
    if isinstance(value, Array | View):
        return indexed(k, value, index)
    if isinstance(value, Lazy):
        return _item_of_lazy(k, value, index) or indexed(k, made(k, value, "part"), index)
    if isinstance(value, Tuple):
        return _item_of_tuple(value, index)
    if isinstance(value, Listed) and isinstance(index, Number) and index.form == "int":
        return _item_of_list(k, value, index)
    raise NotCompiled("an item of this")


def _item_of_tuple(value: Tuple, index: Any) -> Any:
    if not isinstance(index, Sliced):
        return value.items[place_in(value, index)]
    if value.keys is None:
        ends = [NONE if one is NONE else one.value for one in (index.start, index.stop, index.step)]
        known = [None if one is NONE else one for one in ends]
        if all(one is None or type(one) is int for one in known):
            return value.unnamed(value.items[slice(*known)])
    raise NotCompiled("an item of a tuple at a place that is not known")


def _item_of_list(k: Kernel, value: Listed, index: Number) -> Any:
    return item_at(k, value, index_in(k, value, index))


def _item_of_lazy(k: Kernel, value: Lazy, index: Any) -> Lazy | None:
    """Axes that come and go; what takes part of it looks at an array of its own."""
    items = index.items if isinstance(index, Tuple) else (index,)
    every = Sliced(NONE, NONE, NONE)
    if not all(one is NONE or one == every for one in items):
        return None
    kept = [one is not NONE for one in items] + [True] * (
        len(value.dims) - sum(one is not NONE for one in items)
    )
    own = iter(value.dims)
    dims = tuple(next(own) if here else "1" for here in kept)

    def there(places: tuple[str, ...]) -> Number:
        return element(k, value, tuple(one for one, here in zip(places, kept, strict=True) if here))

    return Lazy(dims, there, value.types, value.of)
