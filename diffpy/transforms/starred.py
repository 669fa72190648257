"""Reverse mode through * and **: how many items each element stands for, and their cotangents."""

from __future__ import annotations

import gast

from diffpy.analysis.calls import OpenCall
from diffpy.syntax.build import assign, call, constant, expression, load
from diffpy.transforms.sweeps import Contribute, Plain, Step, Swept
from diffpy.transforms.words import Words


def lengths(r: Words, elements: list, s: gast.stmt) -> tuple[list[gast.stmt], gast.expr]:
    """How many items each element stands for (None: itself alone), noted now where that changes later."""
    before: list[gast.stmt] = []
    sizes: list[gast.expr] = []
    for e in elements:
        size: gast.expr = constant(None) if not isinstance(e, gast.Starred) else call("len", e.value)
        if (
            isinstance(e, gast.Starred)
            and isinstance(e.value, gast.Name)
            and r.aliases.is_changed(e.value.id)
        ):
            noted = r.names.fresh("count")
            before.append(assign(noted, size, s))
            size = load(noted)
        sizes.append(size)
    return before, gast.List(sizes, gast.Load())


def parts(r: Words, found: OpenCall, args: str, keywords: str, s: gast.stmt) -> Swept:
    """Cotangents of the arguments of f(a, *xs, k=b, **kw) out of a tuple and a dict."""
    before, sizes = lengths(r, list(found.args), s)
    split = call(r.runtime("split_items"), load(args), sizes)
    whole = r.names.fresh("parts_bar")
    steps: list[Step] = [Plain([assign(whole, split, s)])]
    for k, a in enumerate(found.args):
        item = a.value if isinstance(a, gast.Starred) else a
        if r.is_active(item):
            steps.append(Contribute(item.id, expression(f"{whole}[{k}]"), certain=False))
    if len(found.keywords) > 1 and any(k.arg is None and r.is_active(k.value) for k in found.keywords):
        return by_names(r, found, keywords, before, steps, s)
    for keyword in found.keywords:
        if r.is_active(keyword.value):
            part = (
                load(keywords)
                if keyword.arg is None
                else call(r.runtime("item_of"), load(keywords), constant(keyword.arg))
            )
            steps.append(Contribute(keyword.value.id, part, certain=False))
    return before, steps


def keys_inside(r: Words, spread: gast.expr | None, before: list[gast.stmt], s: gast.stmt) -> gast.expr:
    """The keys that a dict behind ** stands for (None: no such dict), noted now where they change later."""
    if spread is None:
        return constant(None)
    keys = call("tuple", spread)
    if not isinstance(spread, gast.Name) or not r.aliases.is_changed(spread.id):
        return keys
    noted = r.names.fresh("names")
    before.append(assign(noted, keys, s))
    return load(noted)


def by_names(
    r: Words, found: OpenCall, keywords: str, before: list[gast.stmt], steps: list[Step], s: gast.stmt
) -> Swept:
    """The same for the keywords of f(**kw, k=b): each dict gets the entries of its own names."""
    names: list[gast.expr] = [constant(k.arg) for k in found.keywords]
    inside = [keys_inside(r, k.value if k.arg is None else None, before, s) for k in found.keywords]
    given = [load(keywords), gast.List(names, gast.Load()), gast.List(inside, gast.Load())]
    whole = r.names.fresh("keyword_bars")
    steps.append(Plain([assign(whole, call(r.runtime("split_dict"), *given), s)]))
    for k, keyword in enumerate(found.keywords):
        if r.is_active(keyword.value):
            steps.append(Contribute(keyword.value.id, expression(f"{whole}[{k}]"), certain=False))
    return before, steps
