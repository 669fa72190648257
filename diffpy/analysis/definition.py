"""What is known of a function when it is defined: a source and its normal form in; silence, or a refusal, out."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Iterator
from typing import Any

import gast

from diffpy.analysis import flow
from diffpy.analysis.calls import dotted
from diffpy.errors import DifferentiationError, DifferentiationTypeError, ZeroDerivativeWarning, pointed
from diffpy.syntax.build import assign, load
from diffpy.syntax.source import Source

_CONVERSIONS = {"int": int, "bool": bool, "str": str}
_WITHOUT_DERIVATIVE = {"str", "bool", "bytes", "None"}


def check(source: Source, tree: gast.FunctionDef) -> None:
    """Raise where a function cannot have a derivative, whatever its free names will stand for."""
    _check_parameters(source)
    check_return(source)
    _check_conversions(source, tree)
    _warn_of_zero(source, tree)


def _check_parameters(source: Source) -> None:
    """At least one parameter may hold a value that has a derivative."""
    a = source.tree.args
    every = [*a.posonlyargs, *a.args, *a.kwonlyargs, *(one for one in (a.vararg, a.kwarg) if one is not None)]
    if all(_annotation(one) in _WITHOUT_DERIVATIVE for one in every):
        spelled = " and ".join(f"'{one.id}: {_annotation(one)}'" for one in every)
        raise source.error(
            DifferentiationError,
            f"'{source.name}' has no parameter to differentiate with respect to",
            None,
            because=f"the type of {spelled} has no derivative" if every else "it takes no arguments",
            fix=f"give '{source.name}' a float, array or struct parameter, or remove the decorator",
        )


def _annotation(parameter: gast.Name) -> str | None:
    match parameter.annotation:
        case gast.Name(id=name):
            return name
        case gast.Constant(value=None):
            return "None"
        case gast.Constant(value=str(written)):
            return written
    return None


def check_return(source: Source) -> None:
    """A function that ends by computing a value that nothing can read has lost its `return`."""
    last = source.tree.body[-1]
    if any(isinstance(one, gast.Return) and one.value is not None for one in _own(source.tree.body)):
        return
    match last:
        case gast.Assign(targets=[gast.Name(id=name)]) | gast.AugAssign(target=gast.Name(id=name)):
            if any(
                name in one.names
                for one in _own(source.tree.body)
                if isinstance(one, gast.Global | gast.Nonlocal)
            ):
                return
            error = source.error(
                DifferentiationTypeError,
                f"'{source.name}' returns nothing",
                None,
                because="control reaches the end of the function without a return statement",
                fix="add a return statement",
            )
            error.notes = (
                (source.place(last), f"the last value computed is '{name}'; was 'return {name}' meant?"),
            )
            raise error


def _own(block: list[gast.stmt]) -> Iterator[gast.AST]:
    """The statements of a block and of the blocks in it, nested functions left out."""
    for one in block:
        yield one
        if not isinstance(one, gast.FunctionDef):
            yield from _own(flow.blocks_of(one))


def _warn_of_zero(source: Source, tree: gast.FunctionDef) -> None:
    """A result that is computed, and from none of the parameters, is rather a slip than meant."""
    result = tree.body[-1].value if isinstance(tree.body[-1], gast.Return) else None
    returns = [
        one for one in _own(source.tree.body) if isinstance(one, gast.Return) and one.value is not None
    ]
    meant = any(isinstance(one.value, gast.Constant) or _is_cut(one.value) for one in returns)
    if not isinstance(result, gast.Name) or not returns or meant:
        return
    statements = [s for s in _own(tree.body) if isinstance(s, gast.stmt)]
    if result.id in _varied([*statements, *_shared(statements)], flow.argument_names(tree), {}):
        return
    name = source.name
    lines = pointed(source.place(returns[-1].value), "warning", f"the derivative of '{name}' is always zero")
    lines.append(f"  because: the result of '{name}' is computed from none of its parameters")
    lines.append("  fix: use a parameter, or say that zero is meant: return without_derivative(...)")
    warnings.warn("\n".join(lines), ZeroDerivativeWarning, stacklevel=5)


def _check_conversions(source: Source, tree: gast.FunctionDef) -> None:
    """A result that depends on the parameters through int() alone has a derivative that is zero everywhere."""
    result = tree.body[-1].value if isinstance(tree.body[-1], gast.Return) else None
    if not isinstance(result, gast.Name):
        return
    statements = [s for s in _own(tree.body) if isinstance(s, gast.stmt)]
    conversions = {id(s): s for s in statements if _is_conversion(source, tree, s)}
    if not conversions:
        return
    varied = _varied(statements, flow.argument_names(tree), conversions)
    if result.id in varied:
        return
    for s in conversions.values():
        read = flow.names_read(s.value) & varied
        if read and result.id in _computed_from(statements, s.targets[0].id):
            raise _converted(source, tree, s.value, sorted(read)[0])


def _is_conversion(source: Source, tree: gast.FunctionDef, s: gast.stmt) -> bool:
    match s:
        case gast.Assign(
            targets=[gast.Name()], value=gast.Call(func=gast.Name(id=name), args=[gast.Name()], keywords=[])
        ):
            shadowed = name in source.globals or name in source.closure or name in flow.all_written(tree.body)
            return name in _CONVERSIONS and getattr(builtins, name) is _CONVERSIONS[name] and not shadowed
    return False


def _varied(statements: list[gast.stmt], start: set[str], conversions: dict[int, Any]) -> set[str]:
    """Every name that may depend on the start otherwise than through a conversion: rather too many than too few."""
    varied = set(start)
    while True:
        before = len(varied)
        for s in statements:
            if id(s) not in conversions and not _cuts(s) and flow.names_read(s) & varied:
                varied |= _touched(s)
        if len(varied) == before:
            return varied


def _shared(statements: list[gast.stmt]) -> list[gast.stmt]:
    """`b = a` and `b = a[i]` the other way round: what is stored in b may be seen in a."""
    pairs = [
        (s, target, value)
        for s in statements
        if isinstance(s, gast.Assign) and not isinstance(s.value, gast.BinOp | gast.UnaryOp | gast.Compare)
        for target in flow.names_written(s)
        for value in flow.names_read(s.value)
    ]
    return [assign(value, load(target), like=s) for s, target, value in pairs]


def _cuts(s: gast.stmt) -> bool:
    """t = without_derivative(x)"""
    match s:
        case gast.Assign(value=value) if _is_cut(value):
            return True
        case gast.If() | gast.While() | gast.With() | gast.Try():
            return True  # What stands in their blocks counts on its own.
    return False


def _is_cut(value: gast.AST) -> bool:
    return isinstance(value, gast.Call) and (dotted(value.func) or [""])[-1] == "without_derivative"


def _touched(s: gast.stmt) -> set[str]:
    """What a statement writes, and what it may change: the arguments of a call, the base of a store."""
    touched = set(flow.names_written(s))
    if any(isinstance(one, gast.Call | gast.FunctionDef) for one in gast.walk(s)):
        touched |= flow.names_read(s)
    for one in gast.walk(s):
        if isinstance(one, gast.Subscript | gast.Attribute) and isinstance(one.value, gast.Name):
            touched.add(one.value.id)
    return touched


def _computed_from(statements: list[gast.stmt], start: str) -> set[str]:
    """Names that arithmetic surely computes from the start: indices, counts and tests are left out."""
    found = {start}
    while True:
        before = len(found)
        for s in statements:
            match s:
                case gast.Assign(
                    targets=[gast.Name(id=name)], value=gast.Name() | gast.BinOp() | gast.UnaryOp() as value
                ):
                    found |= {name} if flow.names_read(value) & found else set()
                case gast.Assign(
                    targets=[gast.Name(id=name)],
                    value=gast.Call(func=gast.Name(id="float"), args=[gast.Name(id=x)]),
                ):
                    found |= {name} if x in found else set()
        if len(found) == before:
            return found


def _converted(source: Source, tree: gast.FunctionDef, node: gast.Call, value: str) -> DifferentiationError:
    parameters = ", ".join(f"'{name}'" for name in sorted(flow.argument_names(tree)))
    conversion = node.func.id
    named = f"the active value '{value}'" if value in flow.argument_names(source.tree) else "an active value"
    kinds = {"int": "an integer", "bool": "a truth value", "str": "text"}
    return source.error(
        DifferentiationError,
        f"function '{source.name}' is not differentiable with respect to {parameters}",
        node,
        because=f"{conversion}() turns {named} into {kinds[conversion]}; every derivative through it would be zero",
        fix="keep the value a float (np.floor has a documented zero derivative), "
        f"or write {conversion}(without_derivative({value})) if zero is what you mean",
    )
