"""Loops over the views of dicts: normal form in, the same program with these loops running over keys out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Set

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import assign, at, load, store
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import blocks_below, every_statement

Block = list[gast.stmt]


def view_loops(tree: gast.FunctionDef, names: Names, wanted: Collection[int], dicts: Set[str]) -> bool:
    """Rewrite the loops with these sites that run through a view of one of these dicts, in place. Whether any was.

    Before:                             After:
        t1 = params.items()                 for k in params:
        for t2 in t1:                           w = params[k]
            k, w = t2                           total = total + w * w
            total = total + w * w
    """
    every = list(every_statement(tree.body))
    bound, read = Counter(n for s in every for n in flow.names_written(s)), flow.loads(tree)
    found = False
    for block in blocks_below(tree.body):
        for s in [s for s in block if isinstance(s, gast.For) and getattr(s, "site", None) in wanted]:
            made = _made(s.iter, block[: block.index(s)])
            if made is None or bound[s.iter.id] > 1 or read[s.iter.id] > 1:
                continue
            between = flow.all_written(block[block.index(made) : block.index(s)])
            name, view = made.value.func.value.id, made.value.func.attr
            if name in dicts and name not in between:
                place = block.index(s)
                block[place : place + 1] = _by_keys(s, name, view == "items", names)
                block.remove(made)
                found = True
    return found


def _made(view: gast.Name, earlier: Block) -> gast.Assign | None:
    """The statement `view = params.items()` or `view = params.values()` of the same block."""
    for s in earlier:
        match s:
            case gast.Assign(
                targets=[gast.Name(id=name)],
                value=gast.Call(
                    func=gast.Attribute(value=gast.Name(), attr="items" | "values"), args=[], keywords=[]
                ),
            ) if name == view.id:
                return s
    return None


def _by_keys(s: gast.For, name: str, with_keys: bool, names: Names) -> Block:
    before: Block = []
    if name in flow.all_written([s]):  # it goes on standing for the old dict here
        held = names.fresh(name)
        before.append(assign(held, load(name)))
        name = held
    key, body = names.fresh("key"), s.body
    match body[0] if with_keys else None:
        case gast.Assign(
            targets=[gast.Tuple(elts=[gast.Name(id=first), gast.Name(id=second)])], value=gast.Name(id=item)
        ) if item == s.target.id and first != second and flow.loads(*body)[item] == 1:
            key, taken, body = first, [assign(second, _entry(name, first))], body[1:]
        case None:
            taken = [assign(s.target.id, _entry(name, key))]
        case _:
            part = names.temporary()
            pair = gast.Tuple([load(key), load(part)], gast.Load())
            taken = [assign(part, _entry(name, key)), assign(s.target.id, pair)]
    loop = gast.For(store(key), load(name), [*(at(one, s) for one in taken), *body], [], None)
    return [*(at(one, s) for one in before), gast.copy_location(at(loop, s), s)]


def _entry(name: str, key: str) -> gast.expr:
    return gast.Subscript(load(name), load(key), gast.Load())
