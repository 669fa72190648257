"""Contexts made by generator functions (contextlib.contextmanager): an analysed function in, which to write out, out."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable, Mapping

import gast

from diffpy import errors
from diffpy.analysing import Analysed, Prepared, placed, prepare
from diffpy.analysis import calls, flow
from diffpy.analysis.callees import Summary, bind
from diffpy.analysis.kinds import UNKNOWN, Known, Local
from diffpy.runtime.carrying import is_foreign
from diffpy.runtime.leaving import makes_contexts
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.transforms.expand_managers import Managers, has_one_gap, made_before
from diffpy.transforms.inline import NO_SITE, Spelling, site_of


def generator_of(function: object) -> types.FunctionType | None:
    """The generator function of the user's own that a function which makes contexts runs."""
    if not makes_contexts(function):
        return None
    generator = getattr(function, "__wrapped__", None)
    is_own = isinstance(generator, types.FunctionType) and not is_foreign(generator)
    return generator if is_own else None


def managed(found: Analysed, lively: frozenset[str]) -> dict[int, Summary]:
    """By their numbers, the with statements around which a generator function is written out, where it matters."""
    wanted: dict[int, Summary] = {}
    for number, called in made_before(found.tree).items():
        manager = _manager(found, called)
        if manager is not None and _matters(found, called, number, lively):
            wanted[number] = manager
    wanted.pop(NO_SITE, None)
    return wanted


def _manager(found: Analysed, called: gast.Call) -> Summary | None:
    """The generator function that a call which makes a context runs, where it can be written out."""
    kind = found.facts.kind(called.func) if isinstance(called.func, gast.Name) else UNKNOWN
    if isinstance(kind, Local):
        return _local_manager(found, called, kind.node)
    generator = generator_of(kind.value) if isinstance(kind, Known) else None
    if generator is None or generator.__closure__:
        return None
    ready = prepare(generator)
    if not has_one_gap(ready.tree) or bind(ready.tree.args, called.args, called.keywords) is None:
        return None
    return Summary(UNKNOWN, ready.tree, globals=generator.__globals__, objects=ready.objects)


def _local_manager(found: Analysed, called: gast.Call, node: gast.FunctionDef) -> Summary | None:
    """The same for a function inside of the function: its variables are the caller's."""
    summary, bound = found.facts.summaries.get(id(called), (None, None))
    if summary is None or bound is None or len(node.decorator_list) != 1:
        return None
    parts = calls.dotted(node.decorator_list[0]) or [""]
    maker = found.resolution(parts[0])
    made_by = calls.attribute(maker.value, parts[1:]) if isinstance(maker, Known) else None
    return summary if made_by is contextlib.contextmanager and has_one_gap(summary.tree) else None


def _matters(found: Analysed, called: gast.Call, number: int, lively: frozenset[str]) -> bool:
    """Whether derivatives may pass through a context, or an exception that it swallows ends what they pass through."""
    if any(found.facts.kind(n).may_differ for n in flow.names_read(called)):
        return True
    (s,) = (one for one in nodes(found.tree) if isinstance(one, gast.With) and site_of(one) == number)
    return bool(flow.all_written([s]) & lively)


def without_managers(
    prepared: Prepared, wanted: Mapping[int, Summary], spelling: Callable[[Names], Spelling]
) -> Prepared:
    tree, names = prepared.fresh()
    try:
        Managers(wanted, names, spelling(names)).function(tree)
    except errors.DifferentiationError as error:
        raise placed(error, prepared.source) from None
    return Prepared(prepared.source, tree, names)
