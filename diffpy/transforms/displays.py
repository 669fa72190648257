"""Reverse mode through displays of tuples, lists, dicts and sets, and through what takes them apart."""

from __future__ import annotations

from collections.abc import Collection

import gast

from diffpy import errors
from diffpy.analysis.kinds import (
    Array,
    Kind,
    Scalar,
    TupleOf,
)
from diffpy.analysis.mutability import may_hold
from diffpy.syntax.build import assign, call, constant, expression, load
from diffpy.syntax.build import store as store_name
from diffpy.transforms import starred
from diffpy.transforms.container_words import (
    ast_text,
    given_back,
    item_contribution,
    item_kind,
    may_be_number,
    unclear,
)
from diffpy.transforms.open_calls import OpenCalls
from diffpy.transforms.sweeps import Contribute, Plain, Step, Swept


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
    buffers = [_item_buffer(r, v) for _, v in pairs]
    if isinstance(value, gast.Dict):
        return gast.Dict([k for k, _ in pairs], buffers)
    return gast.List(buffers, gast.Load())


def _item_buffer(r: OpenCalls, v: gast.expr) -> gast.expr:
    """That of a constant tuple takes what nobody asks for: what reads items may not tell it from the others."""
    if r.is_active(v):
        return r.read(v.id) if r.shadowed(v.id) else constant(None)
    kind = r.facts.kind(v)
    is_tuple = isinstance(kind, TupleOf) and kind.may_differ
    return call(r.runtime("shadow"), v) if is_tuple else constant(None)


def starred_display(r: OpenCalls, y: str, value: gast.expr, s: gast.stmt) -> Swept:
    """y = [a, *xs]: found when it runs."""
    if r.shadowed(y):
        raise unclear(r, s, "a display with * or ** holds values that are changed in place")
    before: list[gast.stmt] = []
    if isinstance(value, gast.Dict):
        items = list(value.values)
        spread = [k is None for k in value.keys]
        pairs = zip(value.keys, value.values, strict=True)
        inside = [starred.keys_inside(r, v if k is None else None, before, s) for k, v in pairs]
        sizes = gast.List(inside, gast.Load())
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


def unpack(r: OpenCalls, s: gast.Assign) -> Swept:
    """(a, b) = v: each name gives its cotangent to the item that it was."""
    target, v = s.targets[0], s.value
    steps: list[Step] = []
    forward: list[gast.stmt] = [s]
    names = [e.value if isinstance(e, gast.Starred) else e for e in target.elts]
    several = next((k for k, e in enumerate(target.elts) if isinstance(e, gast.Starred)), None)
    if not r.is_active(v):
        return forward if several is None else r.fresh(names[several].id, forward, s), []
    holds_changing = r.shadowed(v.id) and several is not None and may_hold(r.facts.kind(names[several]))
    if several is not None and not holds_changing:
        made = names[several].id  # a list of its own
        forward = r.fresh(made, forward, s)
    else:
        made = ""
    if r.shadowed(v.id) and any(r.shadowed(n.id) and n.id != made for n in names):
        if several is not None:
            raise unclear(r, s, "what is unpacked is changed in place")
        mirrored, steps = unpacked_buffers(r, v.id, [n.id for n in names], s)
        forward += mirrored
    for k, name in enumerate(names):
        if name.id not in r.active or (r.shadowed(name.id) and name.id != made):
            continue
        key = constant(k if several is None or k < several else k - len(names))
        if k == several:
            after = len(names) - 1 - k
            key = call("slice", constant(k), constant(-after if after else None))
        steps = [*r.consume(name.id, [item_contribution(r, v.id, key, r.read(name.id))], s), *steps]
    return forward, steps


def unpacked_buffers(r: OpenCalls, v: str, names: list[str], s: gast.stmt) -> Swept:
    """The buffers of what v holds are its entries; what may be a number has one of its own then."""
    buffered = [n for n in names if r.shadowed(n)]
    if v in r.displays:
        return [assign(_targets(r, names, buffered), r.read(v), s)], []
    forward: list[gast.stmt] = []
    steps: list[Step] = []
    perhaps = [n for n in buffered if r.loads[n] and may_be_number(r.facts.kind(n))]
    if len(perhaps) < len(buffered):  # of what a list holds there may be no buffer
        entries = call(r.runtime("entries_of"), r.read(v), constant(len(names)))
        forward.append(assign(_targets(r, names, set(buffered) - set(perhaps)), entries, s))
    last = {name: k for k, name in enumerate(names)}  # where a name comes twice
    for name in dict.fromkeys(perhaps):
        key = constant(last[name])
        forward.append(assign(r.bar(name), call(r.runtime("item_buffer"), r.read(v), key, load(name)), s))
        passed = call(r.runtime("add_number"), r.read(v), key, r.read(name))
        steps.append(Plain([gast.copy_location(gast.Expr(passed), s)]))
    return forward, steps


def _targets(r: OpenCalls, names: list[str], buffered: Collection[str]) -> gast.Tuple:
    """(a_bar, _unused): the cotangents of these names, and a name for what is not asked for."""
    unused = r.names.fresh("_unused")
    return gast.Tuple([store_name(r.bar(n) if n in buffered else unused) for n in names], gast.Store())
