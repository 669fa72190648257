"""Arrays that get another shape in place: an analysed function in, one where their names stand for new views out."""

from __future__ import annotations

from collections import Counter

import gast

from diffpy.analysing import Analysed, Prepared
from diffpy.analysis import flow
from diffpy.analysis.calls import MethodCall, PlainCall, TableCall
from diffpy.analysis.kinds import Array
from diffpy.analysis.views import is_view
from diffpy.following.spelling import with_bases
from diffpy.syntax.build import assign, at
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import assigned, rebuild
from diffpy.transforms.inline import NO_SITE, site_of


def reshaped(found: Analysed, lively: frozenset[str]) -> set[int]:
    """The numbers of the attributes by which shapes of arrays are stored that have one name alone."""
    stores = [
        (s.targets[0], s.targets[0].value.id)
        for s in nodes(found.tree)
        if isinstance(s, gast.Assign) and _is_shape(s.targets[0])
    ]
    wanted = {name: site_of(target) for target, name in stores if name in lively}
    if not any(isinstance(found.facts.kind(name), Array) for name in wanted):
        return set()
    shared = with_bases(sorted(_handed_on(found) | _taken_over(found)))
    return {
        site
        for name, site in wanted.items()
        if isinstance(found.facts.kind(name), Array) and not with_bases([name]) & shared
    } - {NO_SITE}


def _is_shape(target: gast.expr) -> bool:
    match target:
        case gast.Attribute(value=gast.Name(), attr="shape"):
            return True
    return False


def _handed_on(found: Analysed) -> set[str]:
    """The names that are used in another way than to compute something new, or to take a view: they may have others."""
    every = [
        one for one in nodes(found.tree) if isinstance(one, gast.Name) and isinstance(one.ctx, gast.Load)
    ]
    named = Counter(one.id for one in every)
    for node in nodes(found.tree):
        match node:
            case gast.Attribute(value=gast.Name(id=name)) | gast.Subscript(value=gast.Name(id=name)):
                named[name] -= 1
            case gast.BinOp() | gast.UnaryOp() | gast.Compare() | gast.Return():
                named.subtract(_operands(node))
            case gast.Call():
                called = found.facts.calls.get(id(node))
                if isinstance(called, MethodCall) or (isinstance(called, TableCall) and not is_view(called)):
                    named.subtract(one.id for one in node.args if isinstance(one, gast.Name))
            case gast.Assign(targets=[gast.Name(id=y)], value=gast.Name(id=x)) if with_bases(
                [x]
            ) & with_bases([y]):
                named[x] -= 1
            case gast.AugAssign(value=gast.Name(id=x)):
                named[x] -= 1
    return {name for name, count in named.items() if count > 0}


def _taken_over(found: Analysed) -> set[str]:
    """The names of what may have been made under another one: arguments, unless there is one alone, and items."""
    arguments = flow.argument_names(found.tree)
    taken = set(arguments) if len(arguments) > 1 else set()
    made, reads = assigned(found.tree), flow.loads(found.tree)
    for s in nodes(found.tree):
        match s:
            case gast.Assign(targets=[gast.Name(id=y)], value=gast.Name(id=x)) if (
                reads[x] == 1 == len(made[x])
            ):
                taken |= set() if _is_new(y, made[x][0], found) else {y}  # what it stood for alone until here
            case gast.Assign(targets=[gast.Name(id=y)], value=value) if not _is_new(y, value, found):
                taken.add(y)
            case gast.Assign(targets=[gast.Tuple() as target]) | gast.For(target=target):
                taken |= flow.names_written(target)
    return taken


def _is_new(y: str, value: gast.expr, found: Analysed) -> bool:
    """Whether a value is a new object: one that was computed, or a view under the same name."""
    match value:
        case gast.BinOp() | gast.UnaryOp():
            return True
        case gast.Name(id=x):
            return bool(with_bases([x]) & with_bases([y]))
    called = found.facts.calls.get(id(value))
    if isinstance(called, TableCall):
        return not is_view(called) or called.row.name.rpartition(".")[2] == "reshape"
    return isinstance(called, PlainCall)


def _operands(node: gast.AST) -> list[str]:
    found = [getattr(node, part, None) for part in ("left", "right", "operand", "value")]
    return [one.id for one in (*found, *getattr(node, "comparators", ())) if isinstance(one, gast.Name)]


def with_reshaped(prepared: Prepared, sites: set[int]) -> Prepared:
    """In the program `a.shape = n` becomes `a = a.reshape(n)`."""
    tree, names = prepared.fresh()

    def written(s: gast.stmt) -> list[gast.stmt]:
        if (
            not isinstance(s, gast.Assign)
            or site_of(s.targets[0]) not in sites
            or not _is_shape(s.targets[0])
        ):
            return [s]
        x = s.targets[0].value
        view = gast.Call(gast.Attribute(x, "reshape", gast.Load()), [s.value], [])
        return [at(assign(x.id, view), s)]

    tree.body = rebuild(tree.body, written)
    return Prepared(prepared.source, tree, names, prepared.objects)
