"""Reverse mode through methods of lists and dicts that change them."""

from __future__ import annotations

import gast

from diffpy.analysis.calls import MethodCall, OpenCall
from diffpy.analysis.kinds import (
    DictOf,
)
from diffpy.syntax.build import assign, call, constant, expression, load, statements
from diffpy.transforms.container_words import (
    check_given_one_by_one,
    given_back,
    holds_numbers,
    item_kind,
    lost,
    unclear,
)
from diffpy.transforms.item_stores import extend
from diffpy.transforms.open_calls import OpenCalls
from diffpy.transforms.sweeps import Contribute, ContributeItem, Plain, Step, Swept


def method(r: OpenCalls, y: str | None, found: MethodCall, s: gast.stmt) -> Swept:
    """xs.append(v), d.items(): what a method does to the buffer, and back."""
    base = found.base.id
    if base not in r.active:
        given = next((a for a in found.given if r.is_active(a)), None)
        if base not in r.locals and given is not None and r.is_read_back(base):
            raise lost(r, s, found.base, given)
        return ([s] if y is None else r.fresh(y, [s], s)), []
    if not r.shadowed(base):
        func = gast.Attribute(load(base), found.method, gast.Load())
        return r.open(y, OpenCall(func, found.args), s) if y is not None else ([s], [])
    check_given_one_by_one(r, found, s)
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
    if not found.args and holds_numbers(r.facts.kind(base), constant(-1)):
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
    for default in filter(r.is_active, found.args[1:]):
        absent = call(r.runtime("part_if_absent"), load(removed), r.read(y))
        steps.append(Contribute(default.id, absent, certain=False))
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
