"""Loops over the views of dicts: normal form in, the same program with these loops running over keys out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Set

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import assign, at, load, store
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import blocks_below, every_statement
from diffpy.transforms.index_loops import view_of
from diffpy.transforms.loop_items import with_item

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
            place = block.index(s)
            made = _made(s.iter.id, block[:place])
            view = view_of(made.value, dicts) if made is not None else None
            if made is None or view is None or bound[s.iter.id] > 1 or read[s.iter.id] > 1:
                continue
            if view.name not in flow.all_written(block[block.index(made) : place]):
                block[place : place + 1] = _by_keys(s, view.name, view.kind == "items", names, read)
                block.remove(made)
                found = True
    return found


def _made(name: str, earlier: Block) -> gast.Assign | None:
    """The statement of the same block that makes the view."""
    return next((s for s in earlier if isinstance(s, gast.Assign) and flow.names_written(s) == {name}), None)


def _by_keys(s: gast.For, name: str, with_keys: bool, names: Names, read: Counter[str]) -> Block:
    before: Block = []
    if name in flow.all_written([s]):  # it goes on standing for the old dict here
        held = names.fresh(name)
        before.append(assign(held, load(name)))
        name = held
    key, entry, target = names.fresh("key"), names.temporary(), s.target.id
    match s.body[0] if with_keys else None:
        case gast.Assign(
            targets=[gast.Tuple(elts=[gast.Name(id=own), gast.Name()])], value=gast.Name(id=item)
        ):
            key = own if item == target else key
    taken = [assign(entry if with_keys else target, gast.Subscript(load(name), load(key), gast.Load()))]
    if with_keys:
        taken.append(assign(target, gast.Tuple([load(key), load(entry)], gast.Load())))
    body = with_item([at(one, s) for one in taken], s.body, read)
    loop = gast.copy_location(gast.For(store(key), load(name), body, [], None), s)
    return [*(at(one, s) for one in before), at(loop, s)]
