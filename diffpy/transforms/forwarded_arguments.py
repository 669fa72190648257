"""Constructors that hand on what they do not name: the parameters of the base stand in place of `*args` and `**kw`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import constant, load
from diffpy.syntax.trees import nodes

Parameter = tuple[gast.Name, gast.expr | None]  # and its default


def hand_on(tree: gast.FunctionDef, called: gast.Call, base: gast.arguments, given: int) -> bool:
    """Name what a function hands on in this call of its own, in place; False where the names would clash.

    `base`: the parameters of what is called, of which the call gives the first `given` by position.

    Before:                                     After:
        def __init__(self, w, *args, **kw):         def __init__(self, w, x, *, y=1.0):
            super().__init__(*args, **kw)               super().__init__(x, y=y)
            self.w = w                                  self.w = w

    What the base gathers itself is handed on still.
    """
    handed = _handed_on(tree, called)
    if not handed:
        return True
    by_place, by_name = _left(base, called, given)
    by_place = by_place if tree.args.vararg in handed else []
    by_name = [one for one in by_name if one not in by_place] if tree.args.kwarg in handed else []
    names = {p.id for p, _ in (*by_place, *by_name)}
    lost = any(default is None for _, default in by_place) and bool(tree.args.defaults)
    if lost or base.posonlyargs or names & (flow.argument_names(tree) | flow.all_written(tree.body)):
        return False
    _take(tree.args, by_place, by_name)
    _give(called, by_place, by_name, _ids(handed), base)
    tree.args.vararg = tree.args.vararg if base.vararg or tree.args.vararg not in handed else None
    tree.args.kwarg = tree.args.kwarg if base.kwarg or tree.args.kwarg not in handed else None
    return True


def _take(own: gast.arguments, by_place: list[Parameter], by_name: list[Parameter]) -> None:
    own.args += [p for p, _ in by_place]
    own.defaults += [default for _, default in by_place if default is not None]
    own.kwonlyargs += [p for p, _ in by_name]
    own.kw_defaults += [default for _, default in by_name]


def _give(
    called: gast.Call,
    by_place: list[Parameter],
    by_name: list[Parameter],
    handed: set[str],
    base: gast.arguments,
) -> None:
    rest = [one for one in called.args if _within(one) in handed]
    called.args = [one for one in called.args if one not in rest] + [load(p.id, called) for p, _ in by_place]
    called.args += rest if base.vararg is not None else []
    others = [one for one in called.keywords if one.arg is None and _within(one) in handed]
    called.keywords = [one for one in called.keywords if one not in others]
    called.keywords += [gast.keyword(p.id, load(p.id, called)) for p, _ in by_name]
    called.keywords += others if base.kwarg is not None else []


def gathered(
    parameters: gast.arguments, args: list[gast.expr], keywords: list[gast.keyword]
) -> dict[str, gast.expr]:
    """What `*args` and `**kw` of a function hold at a call, by name; these arguments are taken out of the lists."""
    found: dict[str, gast.expr] = {}
    count = len(parameters.posonlyargs) + len(parameters.args)
    if parameters.vararg is not None:
        found[parameters.vararg.id] = gast.Tuple(args[count:], gast.Load())
        del args[count:]
    if parameters.kwarg is not None:
        named = _ids((*parameters.args, *parameters.kwonlyargs))
        rest = [one for one in keywords if one.arg not in named]
        keys = [None if one.arg is None else constant(one.arg) for one in rest]
        found[parameters.kwarg.id] = gast.Dict(keys, [one.value for one in rest])
        keywords[:] = [one for one in keywords if one.arg in named]
    return found


def _handed_on(tree: gast.FunctionDef, called: gast.Call) -> list[gast.Name]:
    """Of `*args` and `**kw`, those that this call takes, and nothing else reads."""
    uses = Counter(n.id for s in tree.body for n in nodes(s) if isinstance(n, gast.Name))
    taken = {_within(one) for one in called.args}
    taken |= {_within(one) for one in called.keywords if one.arg is None}
    gathered = (one for one in (tree.args.vararg, tree.args.kwarg) if one is not None)
    return [one for one in gathered if one.id in taken and uses[one.id] == 1]


def _within(one: gast.AST) -> str:
    """The name in *name, or in **name."""
    spread = isinstance(one, gast.Starred | gast.keyword) and isinstance(one.value, gast.Name)
    return one.value.id if spread else ""


def _ids(names: Iterable[gast.Name]) -> set[str]:
    return {one.id for one in names}


def _left(base: gast.arguments, called: gast.Call, given: int) -> tuple[list[Parameter], list[Parameter]]:
    """The parameters that the call leaves to what it hands on: those by position, and all by name."""
    required = len(base.args) - len(base.defaults)
    positional = list(zip(base.args, [*[None] * required, *base.defaults], strict=True))[given:]
    named = {one.arg for one in called.keywords}
    by_place = []
    for parameter, default in positional:
        if parameter.id in named:
            break
        by_place.append((parameter, default))
    every = [*positional, *zip(base.kwonlyargs, base.kw_defaults, strict=True)]
    return by_place, [(p, default) for p, default in every if p.id not in named]
