"""Structs that are made of their fields: a constructor call in, what its arguments get of the struct's cotangent out.

Where the struct, or what it is made of, changes later, it has a buffer.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import gast

from diffpy.analysis import flow
from diffpy.analysis.callees import Bound, Summary
from diffpy.analysis.calls import OpenCall
from diffpy.analysis.kinds import Kind, Struct
from diffpy.rules.structs import built as make_of_fields
from diffpy.rules.structs import is_plain, tangent_fields
from diffpy.syntax.build import assign, call, constant, load
from diffpy.transforms.sweeps import Step, Swept

if TYPE_CHECKING:
    from diffpy.transforms.words import Words


def built(r: Words, y: str | None, found: OpenCall, s: gast.stmt) -> Swept | None:
    """y = Model(w, b), where y or what it holds is changed: its buffer holds those of its fields, as a display's does.

    None where the call is to be looked at when it runs.
    """
    kind = r.facts.kind(y)
    given = _fields(r, kind, found, s) if isinstance(kind, Struct) else None
    if y is None or given is None or not isinstance(kind, Struct):
        return None
    active = {name: a for name, a in given.items() if r.is_active(a)}
    if not active.keys() <= set(tangent_fields(kind.cls)):
        return None  # the run says what is lost there
    if not r.shadowed(y):
        return None if any(r.shadowed(a.id) for a in active.values()) else _parted(r, y, kind, active, s)
    buffers: list[gast.keyword] = []
    steps: list[Step] = []
    for name, atom in active.items():
        shared = r.shadowed(atom.id)
        buffers.append(gast.keyword(name, r.read(atom.id) if shared else constant(None)))
        if not shared:
            part = call(r.runtime("item_of"), r.read(y), constant(name))
            steps.append(r.passed(atom.id, part, kind.field(name) or Kind()))
    made = gast.Call(r.runtime("built_buffer"), [load(y)], buffers)
    return [s, assign(r.bar(y), made, s)], steps


def _parted(r: Words, y: str, kind: Struct, active: dict[str, gast.Name], s: gast.stmt) -> Swept:
    """The same where nothing changes: what is stored in a field gets the field's cotangent."""
    parts = {name: call(r.runtime("field_of"), r.read(y), constant(name)) for name in active}
    return [s], [r.passed(a.id, parts[name], kind.field(name) or Kind()) for name, a in active.items()]


def _fields(r: Words, kind: Struct, found: OpenCall, s: gast.stmt) -> dict[str, gast.expr] | None:
    """The arguments of a constructor that stores them by the fields that they become."""
    if found.function is make_of_fields:
        return {str(k.arg): k.value for k in found.keywords}
    if kind.cls is not found.function:
        return None
    if not is_plain(kind.cls):
        return _stored(*r.facts.summaries.get(id(getattr(s, "value", None)), (None, None)))
    if any(isinstance(a, gast.Starred) for a in found.args) or not all(k.arg for k in found.keywords):
        return None
    named = {str(k.arg): k.value for k in found.keywords}
    try:
        return dict(inspect.signature(kind.cls).bind(*found.args, **named).arguments)
    except TypeError:
        return None


def _stored(summary: Summary | None, bound: Bound | None) -> dict[str, gast.expr] | None:
    """The same for a class whose `__init__` stores its parameters and literals, and does nothing else."""
    if summary is None or bound is None:
        return None
    several = flow.gathering_names(summary.tree)
    values: dict[str, gast.expr] = {
        p: given[0] for p, given in bound.items() if len(given) == 1 and p not in several
    }
    for statement in summary.tree.body:
        match statement:
            case gast.Assign(targets=[gast.Name(id=y)], value=gast.Constant() as value):
                values[y] = value
            case gast.Assign(targets=[gast.Name(id=y)], value=gast.Name(id=x)):
                values |= {y: values[x]} if x in values else {}
                several |= {y} if x in several else set()
            case gast.Assign(value=gast.Call(func=gast.Name() as called, keywords=fields)):
                if summary.objects.get(called.id) is not make_of_fields:
                    return None
            case gast.Return():
                break
            case _:
                return None
    if any(k.value.id in several for k in fields):
        return None  # made of several arguments, or of a part of them
    return {str(k.arg): values[k.value.id] for k in fields if k.value.id in values}
