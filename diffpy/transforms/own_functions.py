"""Calls that give out functions with variables of their own: a call in a loop in, whether its turns would share them out.

Each call of `make(k)` that returns `lambda v: v * k` has a `k` of its own. Written out in a loop, its turns have one.
"""

from __future__ import annotations

import gast

from diffpy.analysis import flow
from diffpy.analysis.callees import Summary
from diffpy.analysis.kinds import AnyTuple, Array, DictOf, Inert, Kind, ListOf, PerhapsNumber, Scalar, TupleOf
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.object_variables import binding_counts, comes_before, mentioned, paths


def would_share(tree: gast.FunctionDef, called: gast.Call, found: Summary) -> bool:
    """Whether functions that a call gives out turn by turn would share variables, were it written out in `tree`."""
    if not (_may_be_functions(found.kind) and _gives_functions(found.tree)):
        return False
    loops = (s for s in every_statement(tree.body) if isinstance(s, gast.For | gast.While))
    around = next((one for s in loops for one in every_statement(s.body) if _calls(one, called)), None)
    return around is not None and not _is_only_called(tree, around)


def _calls(s: gast.stmt, called: gast.Call) -> bool:
    return getattr(s, "value", None) is called


def _may_be_functions(kind: Kind) -> bool:
    match kind:
        case Scalar() | PerhapsNumber() | Array() | Inert():
            return False
        case TupleOf(items=items):
            return any(map(_may_be_functions, items))
        case ListOf() | DictOf() | AnyTuple():
            return _may_be_functions(kind.item)
    return True


def _gives_functions(callee: gast.FunctionDef) -> bool:
    """Whether a function that captured variables of the callee may be there when the callee has returned."""
    own = flow.argument_names(callee) | flow.all_written(callee.body)
    inner = (one for one in nodes(callee) if isinstance(one, gast.FunctionDef) and one is not callee)
    held = {one.name for one in inner if flow.free_names(one) & own}
    every = [*every_statement(callee.body)] if held else []
    size = 0
    while len(held) > size:
        size = len(held)
        for s in every:
            if isinstance(s, gast.Assign) and _handed_on(s.value) & held:
                held |= flow.names_written(s)
    return any(_hands_out(s) & held for s in every)


def _handed_on(value: gast.expr) -> frozenset[str]:
    """What an expression reads, but for the function that it calls."""
    parts = [*value.args, *(k.value for k in value.keywords)] if isinstance(value, gast.Call) else [value]
    return frozenset().union(*map(flow.names_read, parts))


def _hands_out(s: gast.stmt) -> frozenset[str]:
    match s:
        case gast.Return(value=gast.expr() as value):
            return flow.names_read(value)
        case gast.Assign(targets=[gast.Subscript() | gast.Attribute()], value=value):
            return flow.names_read(value)
        case gast.Expr(value=gast.Call(func=gast.Attribute()) as value):
            return _handed_on(value)
    return frozenset()


def _is_only_called(tree: gast.FunctionDef, made: gast.stmt) -> bool:
    """Whether what a statement gets is called in the same turn of the loop, and nothing else is done with it."""
    if isinstance(made, gast.Expr):
        return True
    every = list(paths(tree.body, ()))
    known = {n: path for path, s in every if s is made for n in flow.names_written(s)}
    for path, s in every:  # in order: names come before what stands for the same
        if _is_taken_from(s, known):
            known |= dict.fromkeys(flow.names_written(s), path)
    counts = binding_counts(tree)
    reads = [(path, s, mentioned(s) & known.keys()) for path, s in every]
    return all(counts[n] == 1 for n in known) and all(
        all(comes_before(known[n], path) for n in read) and (_is_taken_from(s, known) or _is_call_of(s, read))
        for path, s, read in reads
        if read
    )


def _is_taken_from(s: gast.stmt, known: dict) -> bool:
    """y = f, (f, g) = pair or f = pair[0]."""
    match s:
        case gast.Assign(targets=[gast.Name() | gast.Tuple()], value=gast.Name(id=name)):
            return name in known
        case gast.Assign(
            targets=[gast.Name()], value=gast.Subscript(value=gast.Name(id=name), slice=gast.Constant())
        ):
            return name in known
    return False


def _is_call_of(s: gast.stmt, read: frozenset[str]) -> bool:
    value = getattr(s, "value", None)
    return isinstance(value, gast.Call) and isinstance(value.func, gast.Name) and not _handed_on(value) & read
