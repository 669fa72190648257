"""Methods that Python calls by itself and that change something: an analysed function in, the calls written out.

Where one cannot be written, it is refused.
"""

from __future__ import annotations

import types
from collections.abc import Iterator

import gast

from diffpy import errors
from diffpy.analysing import Analysed, Prepared
from diffpy.analysis.callees import parameter_names
from diffpy.analysis.calls import special_method
from diffpy.analysis.facts import Unseen
from diffpy.analysis.kinds import Known, Scalar, Struct
from diffpy.analysis.unseen_methods import WHOLE
from diffpy.runtime.answers import is_asked_for
from diffpy.syntax import source
from diffpy.syntax.trees import nodes
from diffpy.transforms.inline import NO_SITE, site_of
from diffpy.transforms.unseen_methods import IN_A_LOOP, Written, asking, operands, write_unseen


def unseen_calls(found: Analysed, lively: frozenset[str]) -> dict[int, Written]:
    """By the number of an expression, the method that it comes to."""
    wanted: dict[int, Written] = {}
    for s, one in _changing(found, lively):
        node = asking(s)
        if node is None or site_of(node) in wanted:
            continue
        if _is_sum(found, s):
            wanted[site_of(node)] = IN_A_LOOP
        elif _is_sure(found, node, one):
            k = next(k for k, operand in enumerate(operands(node)) if operand is one.owner)
            surely = gives_surely(one.function, one.name)
            wanted[site_of(node)] = Written(one.name, k, one.way == WHOLE, surely)
    wanted.pop(NO_SITE, None)
    return wanted


def _is_sum(found: Analysed, s: gast.stmt) -> bool:
    match s:
        case gast.Assign(targets=[gast.Name()], value=gast.Call(func=gast.Name(id=name))):
            return found.facts.kinds.get(name) == Known(sum)
    return False


def with_unseen_calls(prepared: Prepared, wanted: dict[int, Written], objects: dict[str, object]) -> Prepared:
    tree, names = prepared.fresh()
    return Prepared(prepared.source, write_unseen(tree, names, wanted, objects), names, prepared.objects)


def gives_surely(function: types.FunctionType | types.MethodType, method: str) -> bool:
    """Whether what a method gives is, by its text alone, of the type that Python wants of it."""
    if not is_asked_for(method):
        return True
    try:
        written = source.find(function)
    except errors.DifferentiationError:
        return False
    body = written.tree.body
    given = [one.value for one in nodes(*body) if isinstance(one, gast.Return)]
    ends = bool(given) and isinstance(body[-1], gast.Return)
    return ends and all(_is_plainly(one, method, written.globals) for one in given)


def _is_plainly(value: gast.expr | None, method: str, outer: dict[str, object]) -> bool:
    """`return bool(...)` in `__bool__`, `return not ...`, `return 2` in `__len__`."""
    match value:
        case gast.Constant(value=answer):
            return type(answer) is _PLAIN.get(method)
        case gast.UnaryOp(op=gast.Not()) | gast.Compare(ops=[gast.Is() | gast.IsNot()]):
            return method == "__bool__"
        case gast.Call(func=gast.Name(id=name)):
            return name in ("len", "bool") and name == method.strip("_") and name not in outer
        case gast.JoinedStr():
            return _PLAIN.get(method) is str
    return False


_PLAIN = {"__bool__": bool, "__len__": int, **dict.fromkeys(("__str__", "__repr__", "__format__"), str)}


def check_unseen(found: Analysed, lively: frozenset[str]) -> None:
    for s, one in _changing(found, lively):
        raise found.prepared.source.error(
            errors.UnsupportedSyntaxError,
            f"Python calls '{one.function.__qualname__}' here, which changes what the derivative depends on",
            s,
            because="the derivative would have to follow the change into a call that is not written",
            fix="call the method by its name, or write the change as a statement of its own",
        )


def _changing(found: Analysed, lively: frozenset[str]) -> Iterator[tuple[gast.stmt, Unseen]]:
    return ((s, one) for s, one, name in found.aliases.by_unseen if name in lively)


def _is_sure(found: Analysed, node: gast.AST, one: Unseen) -> bool:
    """Whether the call can stand there: nothing else is asked, whatever it gives."""
    kind = found.facts.kind(one.owner)
    if not one.way or not isinstance(kind, Struct) or special_method(kind, one.name) is None:
        return False
    given = len(operands(node)) if one.way == WHOLE else 1 + (one.name == "__format__")
    if len(parameter_names(one.function)) - len(one.function.__defaults__ or ()) > given:
        return False
    if not isinstance(node, gast.Compare) or isinstance(node.ops[0], gast.In | gast.NotIn):
        return True
    other = found.facts.kind(next(n for n in operands(node) if n is not one.owner))
    is_first = node.left is one.owner
    return getattr(other, "cls", None) is kind.cls or (isinstance(other, Scalar) and not is_first)
