"""Reverse mode through `with`: the body's steps, as long as the context lets exceptions through."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping

import gast
import numpy as np

from diffpy import errors
from diffpy.analysis import calls, flow
from diffpy.analysis.facts import Facts
from diffpy.analysis.kinds import NONE, Known
from diffpy.syntax.build import call, load, statements
from diffpy.syntax.trees import nodes
from diffpy.transforms.sweeps import Swept
from diffpy.transforms.words import Words

# Contexts that never swallow an exception.
OPEN = (np.errstate, np.printoptions, warnings.catch_warnings, contextlib.nullcontext, contextlib.closing)
OPEN_TOO = (contextlib.redirect_stdout, contextlib.redirect_stderr, threading.Lock, threading.RLock, open)


def with_block(r: Words, s: gast.With, block: Callable[[list[gast.stmt]], Swept]) -> Swept:
    """with c: body. Where c may swallow an exception, the end of the body has to be reached."""
    for item in s.items:
        if item.optional_vars is not None and item.optional_vars.id in r.active:
            raise r.refuse(
                errors.UnsupportedSyntaxError,
                f"the active value '{item.optional_vars.id}' is bound by a 'with' statement",
                s,
                because="how it depends on what the context was made of is not known",
                fix="bind it in the body: with context: name = value",
            )
    check_entered(r, s)
    body, steps = block(s.body)
    if not any(n in r.active for n in flow.all_written(s.body)) or all(
        is_open(r, i.context_expr) for i in s.items
    ):
        return [gast.copy_location(gast.With(s.items, body, None), s)], steps
    done = r.names.fresh("completed")
    body += statements(f"{done} = True", s)
    checked = gast.Expr(call(r.runtime("check_completed"), load(done)))
    new = gast.copy_location(gast.With(s.items, body, None), s)
    return [*statements(f"{done} = False", s), new, gast.copy_location(checked, s)], steps


def check_entered(r: Words, s: gast.With) -> None:
    """Refuse a context of which nothing is known that has got something with a derivative: it may change that."""
    for item in s.items:
        if not isinstance(item.context_expr, gast.Name) or _leaves_alone(r, item.context_expr):
            continue
        made = [one for one in _values(r, item.context_expr) if not is_open_call(r.facts, one)]
        given = {n for one in made for n in flow.names_read(one)} or {item.context_expr.id}
        if _is_stack_of_others(r, item, made) or any(r.facts.kind(n).may_differ for n in given):
            raise r.refuse(
                errors.UnsupportedSyntaxError,
                "what this context does is not known while deriving",
                s,
                because="entering or leaving it may change what it was given, which may have a derivative",
                fix="make the context right here: with Context(...): ...; or write out what it does",
            )


def _is_stack_of_others(r: Words, item: gast.withitem, made: list[gast.expr]) -> bool:
    """Whether an ExitStack gets contexts or functions of which nothing is known."""
    if not any(target_of(r.facts, one) is contextlib.ExitStack for one in made):
        return False
    own = item.optional_vars.id if isinstance(item.optional_vars, gast.Name) else ""
    calls_of = [
        one for one in nodes(r.tree) if isinstance(one, gast.Call) and own in flow.names_read(one.func)
    ]
    given = {n for one in calls_of for n in flow.names_read(one)} - {own}
    return not all(not r.facts.kind(n).may_differ or _leaves_alone(r, load(n)) for n in given)


def _values(r: Words, context: gast.Name) -> list[gast.expr]:
    return values_of(context, r.assigned, r.facts)


def values_of(context: gast.Name, assigned: Mapping[str, list[gast.expr]], facts: Facts) -> list[gast.expr]:
    """What a context may be, whatever names it had before; None is none."""
    found: list[gast.expr] = []
    seen, waiting = {context.id}, list(assigned[context.id])
    while waiting:
        one = waiting.pop()
        if not isinstance(one, gast.Name) or one.id not in assigned:
            found.append(one)
        elif one.id not in seen and facts.kind(one.id) != NONE:
            waiting += assigned[one.id]
            seen.add(one.id)
    return found


def _leaves_alone(r: Words, context: gast.Name) -> bool:
    """Whether entering and leaving a context changes nothing that the function can see."""
    made = [target_of(r.facts, one) for one in _values(r, context)]
    known = (*OPEN, *OPEN_TOO, contextlib.suppress)
    return bool(made) and all(
        one in known or getattr(one, "__diffpy_changes_nothing__", False) for one in made
    )


def is_open(r: Words, context: gast.expr) -> bool:
    """Whether a context is known to let exceptions through."""
    if not isinstance(context, gast.Name):
        return False
    made = _values(r, context)
    return bool(made) and all(
        is_open_call(r.facts, m) or getattr(target_of(r.facts, m), "__diffpy_lets_through__", False)
        for m in made
    )


def made_by(facts: Facts, values: Iterable[gast.expr]) -> list[object]:
    """What makes a context, which has one of these values, as far as that is known."""
    return [target_of(facts, one) for one in values]


def lets_through(made: object) -> bool:
    """Whether contexts that this makes never look at an exception."""
    return any(made is one for one in (*OPEN, *OPEN_TOO))


def is_open_call(facts: Facts, made: gast.expr) -> bool:
    """Whether the value is a context of Python or NumPy that never looks at an exception."""
    return lets_through(target_of(facts, made))


def target_of(facts: Facts, made: gast.expr) -> object:
    """What a value is a call of, where that is known while deriving."""
    parts = calls.dotted(made.func) if isinstance(made, gast.Call) else None
    kind = facts.kinds.get(parts[0]) if parts else None
    return calls.attribute(kind.value, parts[1:]) if parts and isinstance(kind, Known) else None
