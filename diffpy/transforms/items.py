"""Reverse mode through items that are read: entries of arrays, of lists and dicts, fields, rounds of loops."""

from __future__ import annotations

import gast

from diffpy import errors
from diffpy.analysis import flow
from diffpy.analysis.calls import OpenCall
from diffpy.analysis.facts import index_parts
from diffpy.analysis.kinds import (
    UNKNOWN,
    AnyTuple,
    Array,
    DictOf,
    Kind,
    Known,
    ListOf,
    Struct,
    TupleOf,
    place_of_item,
    rank_of,
)
from diffpy.syntax.build import assign, call, constant, load
from diffpy.syntax.build import store as store_name
from diffpy.transforms.container_words import (
    attributes_as_dict,
    item_contribution,
    may_be_number,
)
from diffpy.transforms.indices import (
    is_advanced,
    is_known_index,
    is_mask,
    key_of,
    stable_index,
    whole_axes,
    without_new_axes,
)
from diffpy.transforms.open_calls import OpenCalls
from diffpy.transforms.sweeps import Contribute, ContributeAt, ContributeItem, Plain, Step, Swept


def subscript(r: OpenCalls, y: str, value: gast.Subscript, s: gast.stmt) -> Swept:
    """y = x[i]."""
    base, index = value.value, value.slice
    if not isinstance(base, gast.Name):
        return [s], []
    kind = r.facts.kind(base)
    if isinstance(kind, Array):
        return array_item(r, y, base, index, s)
    if isinstance(kind, ListOf | TupleOf | DictOf):
        if isinstance(index, gast.Slice) and r.shadowed(y):
            return sliced(r, y, base, index, s)
        if r.shadowed(y) and r.shadowed(base.id):
            return mirrored(r, y, base, key_of(index), s)
        if not r.is_active(base):
            return r.fresh(y, [s], s), []
        return [s], [ContributeItem(base.id, "accumulate_item", key_of(index), r.read(y))]
    check_bounds(r, base, index, s)
    getitem = OpenCall(gast.Name("operator.getitem", gast.Load(), None, None), (base, key_of(index)))
    if any(r.is_active(p) for p in index_parts(index)) and isinstance(index, gast.Tuple):
        return keyed(r, y, getitem, s)
    return r.open(y, getitem, s)


def mirrored(r: OpenCalls, y: str, base: gast.Name, key: gast.expr, s: gast.stmt) -> Swept:
    """y = x[k], where y is changed: its buffer is the entry; what may be a number has one of its own then."""
    if not may_be_number(r.facts.kind(y)):
        return [s, assign(r.bar(y), gast.Subscript(r.read(base.id), key, gast.Load()), s)], []
    taken = call(r.runtime("item_buffer"), r.read(base.id), key, load(y))
    passed = call(r.runtime("add_number"), r.read(base.id), key, r.read(y))
    return [s, assign(r.bar(y), taken, s)], [Plain([gast.copy_location(gast.Expr(passed), s)])]


def check_bounds(r: OpenCalls, base: gast.Name, index: gast.expr, s: gast.stmt) -> None:
    """Refuse np.mgrid[0:x:9j] and its kin: the bounds are no places, but what the result is made of."""
    bounds = {n for p in index_parts(index) if isinstance(p, gast.Slice) for n in flow.names_read(p)}
    if isinstance(r.facts.kind(base), Known) and bounds & r.active:
        raise r.refuse(
            errors.UnknownDerivativeError,
            "no derivative is known for the bounds of these slices",
            s,
            because="they are not places in an array, but the values that a new array is made of",
            fix="write np.linspace(...) or np.arange(...), and np.meshgrid(...) for several axes",
        )


def keyed(r: OpenCalls, y: str, getitem: OpenCall, s: gast.stmt) -> Swept:
    """y = x[a, b], where what x gives may depend on more than the places that a and b name."""
    base, key = getitem.args
    name = named_key(r, key)
    forward, steps = r.open(y, OpenCall(getitem.callee, (base, load(name))), s)
    parts = [(constant(k), p) for k, p in enumerate(key.elts) if r.is_active(p)]
    own: list[Step] = [r.passed(p.id, call(r.runtime("item_of"), r.read(name), k), UNKNOWN) for k, p in parts]
    made = assign(name, key, s)
    return [made, *forward], [*steps, *r.consume(name, own, made)]


def named_key(r: OpenCalls, key: gast.Tuple) -> str:
    """A name for an index of several parts, some of which are active."""
    name = r.names.fresh("key")
    r.facts.kinds[name] = TupleOf(tuple(r.facts.kind(e) for e in key.elts))
    r.active |= {name}
    r.locals.add(name)
    return name


def sliced(r: OpenCalls, y: str, base: gast.Name, index: gast.Slice, s: gast.stmt) -> Swept:
    """y = xs[a:b] of a list: a new list of the same items."""
    if not (r.is_active(base) and r.shadowed(base.id)):
        own = ContributeItem(base.id, "accumulate_item", key_of(index), r.read(y))
        return r.fresh(y, [s], s), [own] if r.is_active(base) else []
    part = gast.Subscript(r.read(base.id), index, gast.Load())
    made = assign(r.bar(y), call(r.runtime("copied_buffer"), part), s)
    return [s, made], [ContributeItem(base.id, "accumulate_item", key_of(index), r.read(y))]


def array_item(r: OpenCalls, y: str, base: gast.Name, index: gast.expr, s: gast.stmt) -> Swept:
    if not r.is_active(base):
        return r.fresh(y, [s], s), []
    if not is_known_index(r, index):
        if r.shadowed(base.id):
            return unknown_item(r, y, base, index, s)
        return [s], [ContributeItem(base.id, "accumulate_item", key_of(index), r.read(y))]
    if r.shadowed(y) and not is_advanced(r, index):
        if may_take_number(r, base, index):
            return unknown_item(r, y, base, index, s)
        return [s, assign(r.bar(y), gast.Subscript(r.read(base.id), index, gast.Load()), s)], []
    if whole_axes(r, base.id, index):
        return [s], [Contribute(base.id, without_new_axes(r.read(y), index))]
    before, index = stable_index(r, index, s)
    repeats = is_advanced(r, index) and not is_mask(r, index)
    return [*before, *r.fresh(y, [s], s)], [ContributeAt(base.id, index, r.read(y), repeats)]


def may_take_number(r: OpenCalls, base: gast.Name, index: gast.expr) -> bool:
    """Whether an index of integers may have one for each axis: that takes a number, and no view."""
    parts = index_parts(index)
    if any(map(_keeps_an_axis, parts)):
        return False
    return rank_of(r.facts.kind(base)) is None or any(isinstance(r.facts.kind(p), AnyTuple) for p in parts)


def _keeps_an_axis(p: gast.expr) -> bool:
    """Whether a part of an index is a slice, a new axis or an ellipsis: what it takes is an array."""
    return isinstance(p, gast.Slice) or (isinstance(p, gast.Constant) and p.value in (None, Ellipsis))


def unknown_item(r: OpenCalls, y: str, base: gast.Name, index: gast.expr, s: gast.stmt) -> Swept:
    """y = x[i], where that may be a view of the array that is changed, a copy, or a number."""
    before, index = stable_index(r, index, s)
    place = gast.Subscript(r.read(base.id), index, gast.Load())
    if not r.shadowed(y):
        return [*before, s], [ContributeAt(base.id, index, r.read(y), add_at=True)]
    made = call(r.runtime("mirror"), place, load(y), load(base.id), r.read(base.id))
    passed = call(r.runtime("add_unless_view"), r.read(base.id), key_of(index), r.read(y))
    return [*before, s, assign(r.bar(y), made, s)], [Plain([gast.copy_location(gast.Expr(passed), s)])]


def attribute(r: OpenCalls, y: str, value: gast.Attribute, s: gast.stmt) -> Swept:
    """y = x.field."""
    base = value.value
    if value.attr == "__dict__":
        raise attributes_as_dict(r, s)
    if not r.is_active(base):
        return r.fresh(y, [s], s), []
    kind = r.facts.kind(base)
    if isinstance(kind, Struct) and kind.field(value.attr) is not None:
        if r.shadowed(base.id) and r.shadowed(y):
            return mirrored(r, y, base, constant(value.attr), s)
        return [s], [ContributeItem(base.id, "accumulate_field", constant(value.attr), r.read(y))]
    place = place_of_item(kind, value.attr)
    if place is not None:
        if r.shadowed(base.id) and r.shadowed(y):
            return mirrored(r, y, base, constant(place), s)
        return [s], [ContributeItem(base.id, "accumulate_item", constant(place), r.read(y))]
    return r.open(y, OpenCall(load("getattr"), (base, constant(value.attr))), s)


def gives_objects(kind: Kind) -> bool:
    """Whether the items of a container that have buffers are no numbers, as far as its kind tells."""
    return isinstance(kind, ListOf | TupleOf) or (isinstance(kind, Array) and kind.dims is not None)


def iteration(r: OpenCalls, s: gast.For, new: gast.For, element: str) -> Swept:
    """The loop variable is an item of what the loop runs over: k is the number of the iteration."""
    x, v = s.iter.id, s.target.id
    if not r.is_active(s.iter):
        return [], []
    if r.shadowed(v) and r.shadowed(x):
        pair = gast.Tuple([store_name(v), store_name(r.bar(v))], gast.Store())
        new.target = pair
        zipped = r.names.fresh(f"{x}_with_{r.bar(x)}")
        new.iter = load(zipped)
        if not may_be_number(r.facts.kind(v)) or gives_objects(r.facts.kind(x)):
            return [], [assign(zipped, call("zip", load(x), r.read(x)), s)]
        each = call(r.runtime("item_buffers"), load(x), r.read(x))
        passed = gast.Expr(call(r.runtime("add_number"), r.read(x), load(element), r.read(v)))
        return [Plain([gast.copy_location(passed, s)])], [assign(zipped, call("zip", load(x), each), s)]
    own = item_contribution(r, x, load(element), r.read(v))
    if not isinstance(r.facts.kind(x), Array | ListOf | TupleOf):
        own = ContributeItem(x, "accumulate_element", load(element), r.read(v))
    return r.consume(v, [own], s), []
