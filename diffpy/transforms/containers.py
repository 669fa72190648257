"""Reverse mode through what holds other values: displays, items, fields, stores, methods of lists and dicts."""

from __future__ import annotations

import inspect

import gast

from diffpy import errors
from diffpy.analysis import flow
from diffpy.analysis.aliasing import mutable
from diffpy.analysis.calls import OPERATORS, MethodCall, OpenCall, literal
from diffpy.analysis.infer import index_parts
from diffpy.analysis.kinds import (
    UNKNOWN,
    AnyTuple,
    Array,
    DictOf,
    Inert,
    Kind,
    Known,
    ListOf,
    Local,
    Range,
    Scalar,
    Struct,
    TupleOf,
    is_marked_constant,
    rank_of,
)
from diffpy.rules.table import TABLE
from diffpy.syntax.build import assign, call, constant, expression, load, statements
from diffpy.syntax.build import store as store_name
from diffpy.transforms import lines, starred
from diffpy.transforms.cotangent_types import takes_conjugates
from diffpy.transforms.open_calls import OpenCalls
from diffpy.transforms.sweeps import Contribute, ContributeAt, ContributeItem, Plain, Step, Swept


def key_of(index: gast.expr) -> gast.expr:
    """An index as an expression of its own: slices written as slice(...)."""
    if isinstance(index, gast.Slice):
        bounds = [b if b is not None else constant(None) for b in (index.lower, index.upper, index.step)]
        return call("slice", *(bounds if index.step is not None else bounds[:2]))
    if isinstance(index, gast.Tuple):
        return gast.Tuple([key_of(e) for e in index.elts], gast.Load())
    return index


def is_known_index(r: OpenCalls, index: gast.expr) -> bool:
    """Whether it is known if an array gives a view for this index, or a copy."""
    parts = index_parts(index)
    return all(isinstance(p, gast.Slice) or _takes(r.facts.kind(p), len(parts) == 1) for p in parts)


def is_advanced(r: OpenCalls, index: gast.expr) -> bool:
    """Whether the index may name a place more than once: arrays and lists in it, or what is not known."""
    parts = index_parts(index)
    kinds = [r.facts.kind(p) for p in parts if not isinstance(p, gast.Slice)]
    return any(_takes(k, len(parts) == 1) != "view" for k in kinds)


def _takes(kind: Kind, alone: bool) -> str:
    """What indexing with a part of this kind takes: a "view", a "copy", or "" where it is not known."""
    match kind:
        case Scalar() | Inert(type="NoneType" | "slice" | "ellipsis" | "str" | "key"):
            return "view"
        case TupleOf(items=items) if alone:
            found = {_takes(one, False) for one in items}
            return "" if "" in found else "copy" if "copy" in found else "view"
        case AnyTuple(item=item) if alone:
            return _takes(item, False)
        case Array() | ListOf() | TupleOf() | Range():
            return "copy"
    return ""


def is_mask(r: OpenCalls, index: gast.expr) -> bool:
    kinds = [r.facts.kind(p) for p in index_parts(index) if not isinstance(p, gast.Slice)]
    return all(isinstance(k, Array) and k.dtype == "bool" for k in kinds) and len(kinds) == len(
        index_parts(index)
    )


# Displays and unpacking


def display(r: OpenCalls, y: str, value: gast.expr, s: gast.stmt) -> Swept:
    """y = (a, b): each item takes its part of y's cotangent."""
    if isinstance(value, gast.Set):
        return set_display(r, y, value, s)
    if isinstance(value, gast.Dict):
        pairs = [(k, v) for k, v in zip(value.keys, value.values, strict=True)]
        checked = checked_keys(r, value, s)
        if checked:
            forward, steps = _display(r, y, value, pairs, s)
            return [*checked, *forward], steps
    else:
        pairs = [(constant(k), e) for k, e in enumerate(value.elts)]
    return _display(r, y, value, pairs, s)


def checked_keys(r: OpenCalls, value: gast.Dict, s: gast.stmt) -> list[gast.stmt]:
    """Keys of which only the run can tell that they have no derivative."""
    active = [k for k in value.keys if r.is_active(k)]
    for key in active:
        if isinstance(r.facts.kind(key), Scalar | Array):
            raise unclear_key(r, s, key)
    checks = [gast.Expr(call(r.runtime("check_key"), load(k.id))) for k in active]
    return [gast.copy_location(one, s) for one in checks]


def _display(r: OpenCalls, y: str, value: gast.expr, pairs: list, s: gast.stmt) -> Swept:
    if any(k is None or isinstance(e, gast.Starred) for k, e in pairs):
        return starred_display(r, y, value, s)
    steps: list[Step] = []
    for key, item in pairs:
        part = call(r.runtime("item_of"), r.read(y), key)
        if r.is_active(item) and not (r.shadowed(y) and r.shadowed(item.id)):
            steps.append(r.passed(item.id, part, item_kind(r, y)))
        elif r.is_active(item) and type(r.facts.kind(item)) is Kind:
            steps.append(given_back(r, item, True, part, s))
    if not r.shadowed(y):
        return [s], steps
    return [s, assign(r.bar(y), buffer_display(r, value, pairs), s)], steps


def set_display(r: OpenCalls, y: str, value: gast.Set, s: gast.stmt) -> Swept:
    """y = {a, *xs}: the first of equal values takes the cotangent."""
    if r.shadowed(y):
        raise unclear(r, s, "a set of active values is changed in place")
    items = [e.value if isinstance(e, gast.Starred) else e for e in value.elts]
    marks = gast.Tuple([constant(isinstance(e, gast.Starred)) for e in value.elts], gast.Load())
    whole = r.names.fresh("parts_bar")
    given = gast.Tuple(items, gast.Load())
    steps: list[Step] = [Plain([assign(whole, call(r.runtime("split_set"), r.read(y), given, marks), s)])]
    for k, item in enumerate(items):
        if r.is_active(item):
            steps.append(Contribute(item.id, expression(f"{whole}[{k}]"), certain=False))
    return [s], steps


def unclear_key(r: OpenCalls, s: gast.stmt, key: gast.expr) -> errors.DifferentiationError:
    return r.refuse(
        errors.UnsupportedSyntaxError,
        f"the active value '{ast_text(key)}' is the key of a dict",
        s,
        because="derivatives flow through the values of a dict, not through its keys",
        fix="keep the number as a value too, or use without_derivative(...) for the key",
    )


def buffer_display(r: OpenCalls, value: gast.expr, pairs: list) -> gast.expr:
    """The buffer beside a new container: buffers of items that have them, None elsewhere."""
    buffers = [r.read(v.id) if r.is_active(v) and r.shadowed(v.id) else constant(None) for _, v in pairs]
    if isinstance(value, gast.Dict):
        return gast.Dict([k for k, _ in pairs], buffers)
    return gast.List(buffers, gast.Load())


def starred_display(r: OpenCalls, y: str, value: gast.expr, s: gast.stmt) -> Swept:
    """y = [a, *xs]: found when it runs."""
    if r.shadowed(y):
        raise unclear(r, s, "a display with * or ** holds values that are changed in place")
    before: list[gast.stmt] = []
    if isinstance(value, gast.Dict):
        items = list(value.values)
        spread = [k is None for k in value.keys]
        sizes = gast.List(
            [
                constant(None) if k is not None else gast.Call(load("tuple"), [v], [])
                for k, v in zip(value.keys, value.values, strict=True)
            ],
            gast.Load(),
        )
        keys = gast.List([k if k is not None else constant(None) for k in value.keys], gast.Load())
        split = call(r.runtime("split_dict"), r.read(y), keys, sizes)
    else:
        items = [e.value if isinstance(e, gast.Starred) else e for e in value.elts]
        before, sizes = starred.lengths(r, value.elts, s)
        split = call(r.runtime("split_items"), r.read(y), sizes)
        spread = [isinstance(e, gast.Starred) for e in value.elts]
    whole = r.names.fresh("parts_bar")
    steps: list[Step] = [Plain([assign(whole, split, s)])]
    for k, item in enumerate(items):
        if r.is_active(item):
            held = r.facts.kind(y) if spread[k] else item_kind(r, y)
            steps.append(r.passed(item.id, expression(f"{whole}[{k}]"), held))
    return [*before, s], steps


def item_kind(r: OpenCalls, y: str) -> Kind:
    """What the items of a list or dict may be; those of a tuple are what was put in."""
    kind = r.facts.kind(y)
    return kind.item if isinstance(kind, ListOf | DictOf) else UNKNOWN


def unpack(r: OpenCalls, s: gast.Assign) -> Swept:
    """(a, b) = v: each name gives its cotangent to the item that it was."""
    target, v = s.targets[0], s.value
    if not r.is_active(v):
        return [s], []
    steps: list[Step] = []
    forward: list[gast.stmt] = [s]
    names = [e.value if isinstance(e, gast.Starred) else e for e in target.elts]
    several = next((k for k, e in enumerate(target.elts) if isinstance(e, gast.Starred)), None)
    if r.shadowed(v.id) and any(r.shadowed(n.id) for n in names):
        if several is not None:
            raise unclear(r, s, "what is unpacked is changed in place")
        unused = r.names.fresh("_unused")
        mirrored = gast.Tuple(
            [store_name(r.bar(n.id) if r.shadowed(n.id) else unused) for n in names], gast.Store()
        )
        bar = r.read(v.id)
        if v.id not in r.displays:  # of what a list holds there may be no buffer
            bar = call(r.runtime("entries_of"), bar, constant(len(names)))
        forward.append(assign(mirrored, bar, s))
    for k, name in enumerate(names):
        if name.id not in r.active or r.shadowed(name.id):
            continue
        key = constant(k if several is None or k < several else k - len(names))
        if k == several:
            after = len(names) - 1 - k
            key = call("slice", constant(k), constant(-after if after else None))
        steps = [*r.consume(name.id, [item_contribution(r, v.id, key, r.read(name.id))], s), *steps]
    return forward, steps


def item_contribution(r: OpenCalls, x: str, key: gast.expr, value: gast.expr) -> Step:
    kind = r.facts.kind(x)
    if isinstance(kind, Array) and not isinstance(key, gast.Call):
        return ContributeAt(x, key, value)
    return ContributeItem(x, "accumulate_item", key, value)


# Items and fields


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
            mirrored = gast.Subscript(r.read(base.id), index, gast.Load())
            return [s, assign(r.bar(y), mirrored, s)], []
        if not r.is_active(base):
            return r.fresh(y, [s], s), []
        return [s], [ContributeItem(base.id, "accumulate_item", key_of(index), r.read(y))]
    check_bounds(r, base, index, s)
    getitem = OpenCall(gast.Name("operator.getitem", gast.Load(), None, None), (base, key_of(index)))
    if any(r.is_active(p) for p in index_parts(index)) and isinstance(index, gast.Tuple):
        return keyed(r, y, getitem, s)
    return r.open(y, getitem, s)


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
        if rank_of(r.facts.kind(base)) is None and not any(map(_keeps_an_axis, index_parts(index))):
            return unknown_item(r, y, base, index, s)
        return [s, assign(r.bar(y), gast.Subscript(r.read(base.id), index, gast.Load()), s)], []
    if scalar_array(r, base.id) and not r.shadowed(base.id):
        return [s], [Contribute(base.id, r.read(y))]
    if whole_axes(r, base.id, index):
        return [s], [Contribute(base.id, without_new_axes(r.read(y), index))]
    before, index = stable_index(r, index, s)
    repeats = is_advanced(r, index) and not is_mask(r, index)
    return [*before, *r.fresh(y, [s], s)], [ContributeAt(base.id, index, r.read(y), repeats)]


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


def scalar_array(r: OpenCalls, x: str) -> bool:
    kind = r.facts.kind(x)
    return isinstance(kind, Array) and kind.dims == ()


def whole_axes(r: OpenCalls, x: str, index: gast.expr) -> bool:
    """Whether x[index] is all of x with new axes: x[:, None]."""
    kind = r.facts.kind(x)
    known = isinstance(kind, Array) and kind.dims is not None and not r.shadowed(x)
    return known and all(is_new_axis(p) or _is_whole(p) for p in index_parts(index))


def is_new_axis(p: gast.expr) -> bool:
    return isinstance(p, gast.Constant) and p.value is None


def _is_whole(p: gast.expr) -> bool:
    return isinstance(p, gast.Slice) and p.lower is p.upper is p.step is None


def without_new_axes(value: gast.expr, index: gast.expr) -> gast.expr:
    """value[:, 0] for x[:, None]."""
    parts = [constant(0) if is_new_axis(p) else p for p in index_parts(index)]
    while parts and not isinstance(parts[-1], gast.Constant):
        parts.pop()
    if not parts:
        return value
    place = gast.Tuple(parts, gast.Load()) if len(parts) > 1 else parts[0]
    return gast.Subscript(value, place, gast.Load())


def stable_index(r: OpenCalls, index: gast.expr, s: gast.stmt) -> tuple[list[gast.stmt], gast.expr]:
    """The index with arrays in it that the function changes put aside."""
    before: list[gast.stmt] = []
    parts = []
    for p in index_parts(index):
        if isinstance(p, gast.Name) and r.may_change(p.id, s):
            p, saved = r.snapshot(p.id, s)
            before += saved
        parts.append(p)
    return before, gast.Tuple(parts, gast.Load()) if isinstance(index, gast.Tuple) else parts[0]


def attribute(r: OpenCalls, y: str, value: gast.Attribute, s: gast.stmt) -> Swept:
    """y = x.field."""
    base = value.value
    if not r.is_active(base):
        return r.fresh(y, [s], s), []
    kind = r.facts.kind(base)
    if isinstance(kind, Struct) and kind.field(value.attr) is not None:
        if r.shadowed(base.id) and r.shadowed(y):
            mirrored = gast.Subscript(r.read(base.id), constant(value.attr), gast.Load())
            return [s, assign(r.bar(y), mirrored, s)], []
        return [s], [ContributeItem(base.id, "accumulate_field", constant(value.attr), r.read(y))]
    return r.open(y, OpenCall(load("getattr"), (base, constant(value.attr))), s)


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
        return [], [assign(zipped, call("zip", load(x), r.read(x)), s)]
    own = item_contribution(r, x, load(element), r.read(v))
    if not isinstance(r.facts.kind(x), Array | ListOf | TupleOf):
        own = ContributeItem(x, "accumulate_element", load(element), r.read(v))
    return r.consume(v, [own], s), []


# Stores


def store(r: OpenCalls, s: gast.Assign) -> Swept:
    """x[i] = v: v takes the buffer's part, which is then cleared."""
    target, v = s.targets[0], s.value
    base = target.value
    if not (r.is_active(base) and isinstance(base, gast.Name)):
        if r.is_active(v) and not is_unused(r, base):
            raise lost(r, s, base, v)
        return [s], []
    kind = r.facts.kind(base)
    if isinstance(target, gast.Attribute) and isinstance(kind, Struct):
        return field_store(r, base, kind, target.attr, v, s)
    if isinstance(target, gast.Attribute) or not isinstance(kind, Array | ListOf | DictOf):
        raise unclear(r, s, f"'{ast_text(target)}' is assigned")
    if isinstance(kind, Array):
        return array_store(r, base, target.slice, v, s)
    if not r.is_cell(base.id) and reads_itself(r, base.id, v):
        raise unclear(r, s, "a variable takes a function that reads the variable itself")
    return item_store(r, base, target.slice, v, s)


def reads_itself(r: OpenCalls, name: str, v: gast.expr) -> bool:
    """Whether a function that is stored reads, itself or by other stored functions, the place that it is stored in."""
    read: set[str] = set()
    waiting = [r.facts.kind(v)]
    while waiting:
        kind = waiting.pop()
        new = flow.free_names(kind.node) - read if isinstance(kind, Local) else frozenset()
        read |= new
        waiting += [r.facts.kind(n) for n in new]
        waiting += [r.facts.kind(value) for n in new for value in r.stored_items[n]]
    return name in read


def array_store(r: OpenCalls, base: gast.Name, index: gast.expr, v: gast.expr, s: gast.stmt) -> Swept:
    before, index = stable_index(r, index, s)
    taken = r.names.fresh(f"{v.id if isinstance(v, gast.Name) else base.id}_part")
    place = gast.Subscript(r.read(base.id), index, gast.Load())
    scalar = scalar_place(r, base.id, index)
    repeats = is_advanced(r, index) and not is_mask(r, index)
    if repeats:
        value: gast.expr = call(r.runtime("last_written"), r.read(base.id), key_of(index))
    elif scalar:
        value = place
    else:
        value = expression("place.copy()", place=place)
    clear = gast.Assign([gast.Subscript(r.read(base.id), index, gast.Store())], constant(0.0), None)
    active = r.is_active(v)
    steps: list[Step] = [Plain([assign(taken, value, s)])] if active else []
    steps.append(Plain([gast.copy_location(clear, s)]))
    if active:
        alike = scalar or fills(r, v, s.targets[0])
        part = load(taken) if alike else fitting(r, load(taken), v)
        steps.append(Contribute(v.id, r.fitted(part, v.id, base.id)))
    return [*before, s], steps


def fitting(r: OpenCalls, value: gast.expr, v: gast.Name) -> gast.expr:
    """A cotangent of what v was broadcast to, summed down to the shape of v."""
    kind = r.facts.kind(v)
    if isinstance(kind, Array) and kind.dims:
        return call(r.runtime("unbroadcast"), value, expression(f"{r.module()}.shape({v.id})"))
    return call(r.runtime("unbroadcast_like"), value, load(v.id))


def fills(r: OpenCalls, v: gast.expr, target: gast.Subscript) -> bool:
    """Whether what is stored surely has the shape of its place, so that nothing is broadcast."""
    place, kind = r.facts.places.get(id(target)), r.facts.kind(v)
    if not isinstance(place, Array) or not isinstance(kind, Array):
        return False
    return place.dims is not None and kind.dims == place.dims


def is_unused(r: OpenCalls, base: gast.expr) -> bool:
    """Whether a container could carry derivatives, but nothing of it reaches the result."""
    return isinstance(base, gast.Name) and base.id in r.locals and r.facts.kind(base).may_differ


def scalar_place(r: OpenCalls, x: str, index: gast.expr) -> bool:
    kind = r.facts.kind(x)
    parts = index_parts(index)
    return (
        isinstance(kind, Array)
        and kind.dims is not None
        and len(parts) == len(kind.dims)
        and all(not isinstance(p, gast.Slice) and isinstance(r.facts.kind(p), Scalar) for p in parts)
    )


def item_store(r: OpenCalls, base: gast.Name, index: gast.expr, v: gast.expr, s: gast.stmt) -> Swept:
    if isinstance(index, gast.Slice):
        return slice_store(r, base, index, v, s)
    return entry_store(r, base, key_of(index), v, s)


def field_store(r: OpenCalls, base: gast.Name, kind: Struct, name: str, v: gast.expr, s: gast.stmt) -> Swept:
    """o.field = v: the buffer of an object has an entry a field."""
    if is_marked_constant(kind.cls, name):
        if not r.is_active(v):
            return [s], []
        raise lost(r, s, s.targets[0], v)
    if inspect.isdatadescriptor(own := inspect.getattr_static(kind.cls, name, None)):
        if not inspect.ismemberdescriptor(own):
            raise unclear(r, s, f"'{ast_text(s.targets[0])}' is assigned")
    field = kind.field(name)
    if field is not None and not field.may_differ and not r.is_active(v):
        return [s], []
    return entry_store(r, base, constant(name), v, s)


def entry_store(r: OpenCalls, base: gast.Name, key: gast.expr, v: gast.expr, s: gast.stmt) -> Swept:
    """The buffer takes v's buffer, or an empty entry; in reverse v takes what the entry gathered."""
    if _holds_numbers(r.facts.kind(base), key):
        return number_store(r, base, key, v, s)
    buffered = r.is_active(v) and r.shadowed(v.id)
    old = r.names.fresh(f"{base.id}_old_bar")
    entry = r.read(v.id) if buffered else constant(None)
    forward = [s, assign(old, call(r.runtime("set_item"), r.read(base.id), key, entry), s)]
    back = call(r.runtime("restore_item"), r.read(base.id), key, load(old))
    if buffered or not r.is_active(v):
        return forward, [given_back(r, v, buffered, back, s)]
    return forward, [r.passed(v.id, back, item_kind(r, base.id))]


def given_back(r: OpenCalls, v: gast.expr, buffered: bool, entry: gast.expr, s: gast.stmt) -> Plain:
    """The entry that v's buffer was; where v may have been a number without one, what the entry gathered is v's."""
    if buffered and type(r.facts.kind(v)) is Kind:
        entry = call(r.runtime("accumulate_into"), r.read(v.id), entry)
    return Plain([gast.copy_location(gast.Expr(entry), s)])


def _holds_numbers(kind: Kind, key: gast.expr) -> bool:
    """Whether what stands under the key has no buffer of its own: its entry is None in the forward sweep."""
    match kind:
        case AnyTuple():
            return False
        case Struct():
            item = kind.field(str(literal(key)))
            return item is not None and not mutable(item)
        case DictOf():
            return not mutable(kind.entry(literal(key)))
        case ListOf(item=item):
            return not mutable(item)
    return False


def number_store(r: OpenCalls, base: gast.Name, key: gast.expr, v: gast.expr, s: gast.stmt) -> Swept:
    """In reverse v takes what the entry gathered; of a dict's key the sweep has to know whether it was new."""
    forward, back = [s], call(r.runtime("take_item"), r.read(base.id), key)
    if isinstance(r.facts.kind(base), DictOf):
        there = r.names.fresh(f"{base.id}_there")
        forward.append(assign(there, call(r.runtime("place_item"), r.read(base.id), key), s))
        back.args.append(load(there))
    if not r.is_active(v):
        return forward, [Plain([gast.copy_location(gast.Expr(back), s)])]
    return forward, [r.passed(v.id, back, item_kind(r, base.id))]


def slice_store(r: OpenCalls, base: gast.Name, index: gast.Slice, v: gast.expr, s: gast.stmt) -> Swept:
    """xs[a:b] = v: the buffer takes entries as the list takes items, and gives them back."""
    if not isinstance(r.facts.kind(v), ListOf | TupleOf):
        raise unclear(r, s, "a slice of a list is assigned")
    buffered = r.is_active(v) and r.shadowed(v.id)
    entries = r.read(v.id) if buffered else expression("[None] * len(v)", v=v)
    back = r.names.fresh("items_bar")
    if index.step is None:
        forward, restored = replaced_slice(r, base, index, v, entries, back, s)
    else:
        old = r.names.fresh(f"{base.id}_old_bar")
        kept = call(r.runtime("set_slice"), r.read(base.id), key_of(index), entries)
        forward = [assign(old, kept, s), s]
        restored = [assign(back, call(r.runtime("restore_slice"), r.read(base.id), load(old)), s)]
    steps: list[Step] = [Plain(restored)]
    if buffered:
        steps.append(Plain([gast.Expr(call(r.runtime("pass_on"), r.read(v.id), load(back)))]))
    elif r.is_active(v):
        steps.append(Contribute(v.id, in_container(r, back, v), certain=False))
    return forward, steps


def replaced_slice(
    r: OpenCalls,
    base: gast.Name,
    index: gast.Slice,
    v: gast.expr,
    entries: gast.expr,
    back: str,
    s: gast.stmt,
) -> tuple[list[gast.stmt], list[gast.stmt]]:
    """Items next to each other: what the buffer does with them forward, and in reverse."""
    start, stop, old = (r.names.fresh(n) for n in ("start", "stop", f"{base.id}_old_bar"))
    places = call("range", call("len", load(base.id)))
    first = constant(0) if index.lower is None else expression("len(there[:k])", there=places, k=index.lower)
    bar = r.bar(base.id)
    place = gast.Subscript(load(bar), index, gast.Load())
    forward = [
        assign(start, first, s),
        assign(stop, expression(f"{start} + len(v)", v=v), s),
        assign(old, place, s),
        gast.copy_location(gast.Assign([gast.Subscript(load(bar), index, gast.Store())], entries, None), s),
        s,
    ]
    restored = f"{back} = {bar}[{start}:{stop}]\n{bar}[{start}:{stop}] = {old}"
    return forward, statements(restored, s)


def in_container(r: OpenCalls, items: str, v: gast.expr) -> gast.expr:
    """A list of cotangents in the kind of container that v is."""
    if isinstance(r.facts.kind(v), ListOf) and not isinstance(r.facts.kind(v), AnyTuple):
        return load(items)
    return call(r.runtime("like_container"), load(items), v)


def augmented(r: OpenCalls, s: gast.AugAssign) -> Swept:
    """x[i] += v, and x += v where x is an array: the place keeps its cotangent, v takes a share."""
    target, v = s.target, s.value
    base = target if isinstance(target, gast.Name) else target.value
    if not isinstance(base, gast.Name) or not r.is_active(base):
        if r.is_active(v) and not isinstance(target, gast.Name) and not is_unused(r, base):
            raise lost(r, s, base, v)
        return [s], []
    kind = r.facts.kind(base)
    if isinstance(target, gast.Name) and isinstance(kind, ListOf) and isinstance(s.op, gast.Add):
        return extend(r, base, v, s)
    if not isinstance(kind, Array) or isinstance(target, gast.Attribute):
        raise unclear(r, s, f"'{ast_text(target)}' is changed in place")
    index = constant(Ellipsis) if isinstance(target, gast.Name) else target.slice
    return array_augmented(r, base, index, v, s)


def array_augmented(
    r: OpenCalls, base: gast.Name, index: gast.expr, v: gast.expr, s: gast.AugAssign
) -> Swept:
    kind = r.facts.kind(base)
    before, index = stable_index(r, index, s)
    row = TABLE.find(OPERATORS[type(s.op)])
    if row is None or not row.pullbacks:
        raise unclear(r, s, "this operator has no derivative in place")
    place = gast.Subscript(r.read(base.id), index, gast.Load())
    share = r.names.fresh(f"{base.id}_part")
    repeats = is_advanced(r, index) and not is_mask(r, index)
    a, b = list(row.signature.parameters)[:2]
    parts: dict[str, gast.expr] = {"d": load(share), "y_bar": load(share), "b": v, a: load(base.id), b: v}
    needed = {
        p for key, line in row.pullbacks.items() if key == a or r.is_active(v) for p in lines.parsed(line)[1]
    }
    if a in needed:
        old = r.names.fresh(f"{base.id}_old")
        before.append(
            assign(
                old,
                expression(
                    "np.array(place)".replace("np", r.module()),
                    place=gast.Subscript(load(base.id), index, gast.Load()),
                ),
                s,
            )
        )
        parts[a] = load(old)
        r.facts.kinds[old] = kind
    if b in needed and isinstance(v, gast.Name) and r.may_change(v.id, s):
        parts[b], saved = r.snapshot(v.id, s)
        before += saved
    after: list[gast.stmt] = []
    if "y" in needed:
        new = r.names.fresh(f"{base.id}_now")
        after.append(
            assign(
                new,
                expression(
                    "np.array(place)".replace("np", r.module()),
                    place=gast.Subscript(load(base.id), index, gast.Load()),
                ),
                s,
            )
        )
        parts["y"] = load(new)
        r.facts.kinds[new] = kind
    for name in sorted(n for n in needed if n.endswith("_shape")):
        whose = place if name == f"{a}_shape" else v
        parts[name] = expression(f"{r.module()}.shape(whose)", whose=whose)
    scalar = scalar_place(r, base.id, index)
    taken = place if scalar or repeats else expression("place.copy()", place=place)
    if not is_known_index(r, index):
        taken = expression(f"{r.module()}.array(place)", place=place)
    steps: list[Step] = [Plain([assign(share, taken, s)])]
    conjugates = takes_conjugates(row, r.facts.kind(base))
    own = lines.inline(row.pullbacks[a], parts, r.module(), r.namespace, s)
    own = r.conjugated(own, share) if conjugates else own
    if not (isinstance(own, gast.Name) and own.id == share):
        clear = gast.Assign([gast.Subscript(r.read(base.id), index, gast.Store())], own, None)
        steps.append(Plain([gast.copy_location(clear, s)]))
    if r.is_active(v):
        if repeats:
            masked = call(r.runtime("only_last"), load(share), r.read(base.id), key_of(index))
            steps.append(Plain([assign(share, masked, s)]))
        line = lines.inline(row.pullbacks[b], parts, r.module(), r.namespace, s)
        line = r.conjugated(line, share) if conjugates else line
        alike = scalar or fills(r, v, s.target)
        fitted = line if alike else fitting(r, line, v)
        steps.append(Contribute(v.id, r.fitted(fitted, v.id, base.id)))
    return [*before, s, *after], steps


def delete(r: OpenCalls, s: gast.Delete) -> Swept:
    for target in s.targets:
        if isinstance(target, gast.Subscript | gast.Attribute) and r.is_active(target.value):
            raise unclear(r, s, "an item of a container of active values is deleted")
    kept = [t for t in s.targets if not isinstance(t, gast.Name)]
    return ([gast.copy_location(gast.Delete(kept), s)] if kept else []), []


# Methods of lists and dicts


def method(r: OpenCalls, y: str | None, found: MethodCall, s: gast.stmt) -> Swept:
    """xs.append(v), d.items(): what a method does to the buffer, and back."""
    base = found.base.id
    if base not in r.active:
        if base not in r.locals and any(r.is_active(a) for a in found.args) and r.is_read_back(base):
            raise lost(r, s, found.base, next(a for a in found.args if r.is_active(a)))
        return ([s] if y is None else r.fresh(y, [s], s)), []
    if not r.shadowed(base):
        func = gast.Attribute(load(base), found.method, gast.Load())
        return r.open(y, OpenCall(func, found.args), s) if y is not None else ([s], [])
    handler = {
        "append": append,
        "pop": pop,
        "extend": extend_method,
        "copy": copied,
        "items": viewed,
        "values": viewed,
        "keys": viewed,
        "get": viewed,
        "reverse": reversed_in_place,
        "index": viewed,
        "count": viewed,
        "insert": insert,
    }.get(found.method)
    if handler is None:
        raise unclear(r, s, f"'{base}.{found.method}' changes a container of active values")
    return handler(r, y, found, s)


def append(r: OpenCalls, y: str | None, found: MethodCall, s: gast.stmt) -> Swept:
    v, bar = found.args[0], r.bar(found.base.id)
    buffered = r.is_active(v) and r.shadowed(v.id)
    entry = r.bar(v.id) if buffered else "None"
    forward = [s, *statements(f"{bar}.append({entry})", s)]
    if r.is_active(v) and not buffered:
        return forward, [r.passed(v.id, expression(f"{bar}.pop()"), item_kind(r, found.base.id))]
    return forward, [given_back(r, v, buffered, expression(f"{bar}.pop()"), s)]


def insert(r: OpenCalls, y: str | None, found: MethodCall, s: gast.stmt) -> Swept:
    position, v = found.args
    bar, at = r.bar(found.base.id), r.names.fresh("position")
    buffered = r.is_active(v) and r.shadowed(v.id)
    entry = r.bar(v.id) if buffered else "None"
    where = call("range", call("len", load(found.base.id)))
    clamped = expression("len(there[:k])", there=where, k=position)
    forward = [assign(at, clamped, s), s, *statements(f"{bar}.insert({at}, {entry})", s)]
    if r.is_active(v) and not buffered:
        return forward, [r.passed(v.id, expression(f"{bar}.pop({at})"), item_kind(r, found.base.id))]
    return forward, [given_back(r, v, buffered, expression(f"{bar}.pop({at})"), s)]


def pop(r: OpenCalls, y: str | None, found: MethodCall, s: gast.stmt) -> Swept:
    base, bar = found.base.id, r.bar(found.base.id)
    if isinstance(r.facts.kind(base), DictOf):
        return pop_from_dict(r, y, found, s)
    if not found.args and _holds_numbers(r.facts.kind(base), constant(-1)):
        return pop_number(r, y, found, s)
    at, entry = r.names.fresh("position"), r.names.fresh("entry_bar")
    if y is not None and y in r.active and r.shadowed(y):
        entry = r.bar(y)
    where = call("range", call("len", load(base)))
    key = found.args[0] if found.args else constant(-1)
    forward = [
        assign(at, expression("there[k]", there=where, k=key), s),
        s,
        *statements(f"{entry} = {bar}.pop({at})", s),
    ]
    steps: list[Step] = [Plain(statements(f"{bar}.insert({at}, {entry})", s))]
    if y is not None and y in r.active and not r.shadowed(y):
        steps.append(ContributeItem(base, "accumulate_item", load(at), r.read(y)))
    return _guarded_pop(forward, found, base), steps


def pop_number(r: OpenCalls, y: str | None, found: MethodCall, s: gast.stmt) -> Swept:
    """y = xs.pop(): the entry of a number is None in the forward sweep, and what y gathers in reverse."""
    base, bar = found.base.id, r.bar(found.base.id)
    steps: list[Step] = [Plain(statements(f"{bar}.append(None)", s))]
    if y is not None and y in r.active:
        steps.append(ContributeItem(base, "accumulate_item", constant(-1), r.read(y)))
    return [s, *statements(f"{bar}.pop()", s)], steps


def pop_from_dict(r: OpenCalls, y: str | None, found: MethodCall, s: gast.stmt) -> Swept:
    """y = d.pop(key): the buffer gives its entry up and takes it back."""
    base, bar, key = found.base.id, r.bar(found.base.id), found.args[0]
    if any(map(r.is_active, found.args)):
        raise unclear(r, s, "an item of a dict of active values, or else an active value, is removed")
    removed = r.names.fresh(f"{base}_removed_bar")
    forward = [s, assign(removed, call(r.runtime("remove_item"), load(bar), key), s)]
    steps: list[Step] = [Plain([gast.Expr(call(r.runtime("put_back"), load(bar), key, load(removed)))])]
    if y is None or y not in r.active:
        return forward, steps
    if r.shadowed(y):
        if len(found.args) > 1:
            raise unclear(r, s, "an item of a dict, or else another value, is removed and changed")
        entry = gast.Subscript(load(removed), constant(1), gast.Load())
        return [*forward, assign(r.bar(y), entry, s)], steps
    part = call(r.runtime("part_if_there"), load(removed), r.read(y))
    return forward, [*steps, ContributeItem(base, "accumulate_item", key, part)]


def _guarded_pop(forward: list[gast.stmt], found: MethodCall, base: str) -> list[gast.stmt]:
    """An empty list raises Python's own error: the position is looked up after the pop has succeeded."""
    position, own, entry = forward
    before = gast.copy_location(assign(position.targets[0].id, call("len", load(base)), own), own)
    key = found.args[0] if found.args else constant(-1)
    after = assign(
        position.targets[0].id, expression("range(n)[k]", n=load(position.targets[0].id), k=key), own
    )
    return [before, own, after, entry]


def extend_method(r: OpenCalls, y: str | None, found: MethodCall, s: gast.stmt) -> Swept:
    return extend(r, found.base, found.args[0], s)


def extend(r: OpenCalls, base: gast.Name, v: gast.expr, s: gast.stmt) -> Swept:
    bar, count = r.bar(base.id), r.names.fresh("count")
    before = [assign(count, call("len", load(base.id)), s)]
    if r.is_active(v) and r.shadowed(v.id):
        grown = statements(f"{bar}.extend({r.bar(v.id)})", s)
    else:
        grown = statements(f"{bar}.extend([None] * (len({base.id}) - {count}))", s)
    shrink = statements(f"del {bar}[{count}:]", s)
    if not r.is_active(v):
        return [*before, s, *grown], [Plain(shrink)]
    taken = r.names.fresh("items_bar")
    steps: list[Step] = [Plain([*statements(f"{taken} = {bar}[{count}:]", s), *shrink])]
    if r.shadowed(v.id):
        steps.append(Plain([gast.Expr(call(r.runtime("pass_on"), r.read(v.id), load(taken)))]))
        return [*before, s, *grown], steps
    steps.append(Contribute(v.id, in_container(r, taken, v), certain=False))
    return [*before, s, *grown], steps


def copied(r: OpenCalls, y: str | None, found: MethodCall, s: gast.stmt) -> Swept:
    if y is None:
        return [s], []
    base = found.base.id
    if r.shadowed(y):
        make = statements(f"{r.bar(y)} = copied({r.bar(base)})", s, copied=r.runtime("copied_buffer"))
        return [s, *make], [Contribute(base, r.read(y), certain=False)]
    return [s], [Contribute(base, r.read(y), certain=False)]


def viewed(r: OpenCalls, y: str | None, found: MethodCall, s: gast.stmt) -> Swept:
    if y is None or y not in r.active:
        return [s], []
    if r.shadowed(y):
        raise unclear(r, s, f"'{found.base.id}.{found.method}' gives out values that are changed in place")
    func = gast.Attribute(load(found.base.id), found.method, gast.Load())
    return r.open(y, OpenCall(func, found.args), s)


def reversed_in_place(r: OpenCalls, y: str | None, found: MethodCall, s: gast.stmt) -> Swept:
    turn = statements(f"{r.bar(found.base.id)}.reverse()", s)
    return [s, *turn], [Plain(statements(f"{r.bar(found.base.id)}.reverse()", s))]


# Refusals


def unclear(r: OpenCalls, s: gast.AST, what: str) -> errors.DifferentiationError:
    return r.refuse(
        errors.UnsupportedSyntaxError,
        f"{what}: this change in place is not supported",
        s,
        because="the derivative would have to follow the change through every name of the object",
        fix="build a new value instead of changing this one, or change an array or a list that a name holds directly",
    )


def lost(r: OpenCalls, s: gast.AST, base: gast.expr, v: gast.expr) -> errors.DifferentiationError:
    name, value = ast_text(base), ast_text(v)
    if isinstance(base, gast.Name) and base.id not in r.locals:
        return r.refuse(
            errors.DifferentiationError,
            f"an active value is stored in the captured object '{name}'",
            s,
            because=f"'{name}' outlives the call, so a later call would read values that belong to an older derivative",
            fix=f"create '{name}' inside '{r.tree.name}' and return it, or store without_derivative({value})",
        )
    return r.refuse(
        errors.DifferentiationError,
        f"the active value '{value}' is stored in '{name}', which cannot carry a derivative",
        s,
        because=f"'{name}' holds values without derivative (integers, for instance), or does not reach the result",
        fix=f"make '{name}' hold floats, or store without_derivative({value})",
    )


def ast_text(node: gast.AST) -> str:
    match node:
        case gast.Name():
            return node.id
        case gast.Attribute():
            return f"{ast_text(node.value)}.{node.attr}"
        case gast.Subscript():
            return f"{ast_text(node.value)}[...]"
        case gast.Constant():
            return repr(node.value)
        case _:
            return "value"
