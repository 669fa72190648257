"""Reverse mode through stores: x[i] = v, x[i] += v, x.field = v, del x[i]."""

from __future__ import annotations

import inspect

import gast

from diffpy.analysis import flow
from diffpy.analysis.calls import OPERATORS
from diffpy.analysis.kinds import (
    Array,
    DictOf,
    Kind,
    ListOf,
    Local,
    Object,
    Struct,
    TupleOf,
    is_marked_constant,
)
from diffpy.rules.table import TABLE
from diffpy.syntax.build import assign, call, constant, expression, load, statements
from diffpy.transforms import lines
from diffpy.transforms.container_words import (
    ast_text,
    given_back,
    holds_numbers,
    in_container,
    item_kind,
    lost,
    unclear,
)
from diffpy.transforms.cotangent_types import takes_conjugates
from diffpy.transforms.indices import (
    is_advanced,
    is_known_index,
    is_mask,
    key_of,
    scalar_place,
    stable_index,
)
from diffpy.transforms.open_calls import OpenCalls
from diffpy.transforms.sweeps import Contribute, Plain, Step, Swept


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
    if holds_numbers(r.facts.kind(base), key):
        return number_store(r, base, key, v, s)
    buffered = r.is_active(v) and r.shadowed(v.id)
    old = r.names.fresh(f"{base.id}_old_bar")
    entry = r.read(v.id) if buffered else constant(None)
    forward = [s, assign(old, call(r.runtime("set_item"), r.read(base.id), key, entry), s)]
    back = call(r.runtime("restore_item"), r.read(base.id), key, load(old))
    if buffered or not r.is_active(v):
        return forward, [given_back(r, v, buffered, back, s)]
    return forward, [r.passed(v.id, back, item_kind(r, base.id))]


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
        before, steps = extend(r, base, v, s)
        if type(r.facts.kind(v)) is Kind:
            before.insert(0, gast.copy_location(gast.Expr(call(r.runtime("check_extending"), v)), s))
        return before, steps
    if not isinstance(kind, Array) or isinstance(target, gast.Attribute):
        raise unclear(r, s, f"'{ast_text(target)}' is changed in place")
    index = constant(Ellipsis) if isinstance(target, gast.Name) else target.slice
    return array_augmented(r, base, index, v, s)


def _noted(r: OpenCalls, base: gast.Name, when: str, index: gast.expr, s: gast.stmt) -> gast.Assign:
    """A copy of what stands at a place of an array."""
    name = r.names.fresh(f"{base.id}_{when}")
    r.facts.kinds[name] = r.facts.kind(base)
    place = gast.Subscript(load(base.id), index, gast.Load())
    return assign(name, expression(f"{r.module()}.array(place)", place=place), s)


def array_augmented(
    r: OpenCalls, base: gast.Name, index: gast.expr, v: gast.expr, s: gast.AugAssign
) -> Swept:
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
        before.append(_noted(r, base, "old", index, s))
        parts[a] = load(before[-1].targets[0].id)
    if b in needed and isinstance(v, gast.Name) and r.may_change(v.id, s):
        parts[b], saved = r.snapshot(v.id, s)
        before += saved
    after: list[gast.stmt] = []
    if "y" in needed:
        after.append(_noted(r, base, "now", index, s))
        parts["y"] = load(after[-1].targets[0].id)
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


def extend(r: OpenCalls, base: gast.Name, v: gast.expr, s: gast.stmt) -> Swept:
    if r.is_active(v) and isinstance(r.facts.kind(v), DictOf | Struct | Object):
        raise unclear(r, s, f"a list takes in what '{ast_text(v)}' hands out")
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
