"""Calls that are to be written out: where they stand and what they call in, the program with their bodies out."""

from __future__ import annotations

import gast

from diffpy import errors
from diffpy.analysing import Analysed, Prepared
from diffpy.analysis import calls, flow
from diffpy.analysis.callees import Bound, Summary
from diffpy.following.spelling import spelling_of
from diffpy.runtime.recomputation import Recomputed
from diffpy.syntax.yields import is_generator
from diffpy.transforms.inline import Inlining, chain_of, key_of, site_of


def written_out(
    prepared: Prepared,
    found: Analysed,
    todo: list[tuple[gast.stmt, gast.AST, str]],
    objects: dict[str, object],
    carrying: list[tuple[gast.stmt, gast.AST, str]],
) -> Prepared:
    wanted = {}
    for s, called, name in todo:
        summary, bound = found.facts.summaries.get(id(called), (None, None))
        if (s, called, name) in carrying:
            _check_outer(found, s, called, name, summary)
        if isinstance(getattr(found.facts.calls.get(id(called)), "function", None), Recomputed):
            raise refusal(found, s, called, name, "a function with recomputation may not change anything")
        if summary is None or bound is None or key_of(summary) in chain_of(called):
            raise refusal(found, s, called, name)
        if _is_of_derivative(found, called):
            raise refusal(found, s, called, name, "it gives a derivative beside the value")
        if summary.globals is None and not summary.is_local:
            raise refusal(
                found, s, called, name, "it is a function of another one, whose variables it changes"
            )
        if is_generator(summary.tree):
            because = "it is a generator function, which runs while its caller does other things"
            raise refusal(found, s, called, name, because)
        if kept := summary.changed & flow.default_names(summary.tree, bound):
            raise _changed_default(found, s, summary.tree.name, min(kept))
        wanted[site_of(called)] = (summary, _owner(called, bound))
    tree, names = prepared.fresh()
    spelling = spelling_of(found, names, objects)
    try:
        Inlining(wanted, names, spelling).function(tree)
    except errors.UnsupportedSyntaxError as error:
        s, called, name = todo[0]
        raise refusal(found, s, called, name, error.headline) from None
    return Prepared(prepared.source, tree, names)


def _is_of_derivative(found: Analysed, called: gast.AST) -> bool:
    """Whether a call gives the value of a function and its pullback, or its tangent: that is no call of the function."""
    asked = found.facts.calls.get(id(called))
    return isinstance(asked, calls.OpenCall) and not (asked.paired is None and asked.moved is None)


def _check_outer(found: Analysed, s: gast.stmt, called: gast.AST, name: str, summary: Summary | None) -> None:
    """A call that values reach, or leave, through a global variable is written out, or refused."""
    if summary is not None and key_of(summary) not in chain_of(called) and not summary.recursive:
        if summary.is_local or summary.globals is found.resolution.globals:
            return
    raise found.prepared.source.error(
        errors.UnsupportedSyntaxError,
        f"this call may use the global variable '{name}', which holds a value that the derivative depends on",
        s,
        because="the derivative cannot follow the value into the call and out of it",
        fix=f"pass '{name}' as an argument and return it",
    )


def _changed_default(found: Analysed, s: gast.stmt, function: str, name: str) -> errors.DifferentiationError:
    return found.prepared.source.error(
        errors.DifferentiationError,
        f"an active value is stored in '{name}', a default of '{function}'",
        s,
        because="the default outlives the call, so a later call would read values of an older derivative",
        fix=f"pass a new object for '{name}', or write {name}=None and make one in the function",
    )


def _owner(called: gast.Call, bound: Bound) -> str | None:
    """What stands before the arguments: the object of a method, or the object that is called."""
    given = [one for values in bound.values() for one in values]
    if any(one is called.func for one in given):
        return "callee"
    is_method = isinstance(called.func, gast.Attribute) and any(one is called.func.value for one in given)
    return "object" if is_method else None


def refusal(
    found: Analysed, s: gast.stmt, called: gast.AST, name: str, because: str | None = None
) -> errors.DifferentiationError:
    parts = calls.dotted(called.func) if isinstance(called, gast.Call) else None
    who = f"'{'.'.join(parts)}'" if parts else "a function that is handed on here"
    is_named = name.partition("[")[0] not in found.names.temporaries
    what = f"'{name}'" if is_named else "something that it is given"
    return found.prepared.source.error(
        errors.UnsupportedSyntaxError,
        f"{who} changes {what} in place, which the derivative depends on",
        s,
        because=because or "the derivative would have to follow the change into the call",
        fix="write the change where the call stands, or let the function return the new value",
    )
