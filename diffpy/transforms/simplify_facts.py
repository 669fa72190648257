"""What passes over a finished derivative may ask: which sweep a block belongs to, which calls are pure, what is a float."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import UNKNOWN, Array, Kind, Scalar
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import blocks, nodes

# Calls that change nothing and depend on their arguments alone.
PURE_BUILTINS = frozenset("abs float int len range reversed slice tuple zip".split())
PURE_METHODS = frozenset("astype conj copy item ravel reshape sum transpose".split())
PURE_RUNNING = frozenset("add_tangents captured field_of item_of unbroadcast_like".split())
IMPURE_MODULES = frozenset(
    f"diffpy.runtime.{one}" for one in "boundary buffers dispatch iteration tangents".split()
)
IMPURE_FUNCTIONS = frozenset("at copyto place put put_along_axis putmask".split())

FLOATS = ("float", "complex", "longdouble", "clongdouble")
FLOAT_FUNCTIONS = frozenset(
    """sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh exp expm1 exp2 log log2 log10 log1p
    sqrt cbrt asin acos atan asinh acosh atanh power_base power_exponent spread unbroadcast""".split()
)


@dataclass
class Known:
    """Facts about a derivative that passes ask for."""

    names: Names
    kind_of: Callable[[str], Kind] = lambda name: UNKNOWN
    bars: Mapping[str, str] = field(default_factory=dict)  # primal name -> cotangent's name
    objects: Mapping[str, object] = field(
        default_factory=dict
    )  # what the text refers to besides the user's names

    @cached_property
    def primals(self) -> Mapping[str, str]:
        """The name that each cotangent belongs to."""
        return {bar: name for name, bar in self.bars.items()}

    def is_made(self, name: str) -> bool:
        """Whether a name stands for nothing that the user named: a temporary, its cotangent, a part of a cotangent."""
        return (
            name in self.names.temporaries
            or self.primals.get(name) in self.names.temporaries
            or is_part(name)
        )


def is_part(name: str) -> bool:
    return name.rstrip("0123456789").removesuffix("_").endswith("_part")


def reverse_sweep(statements: list[gast.stmt]) -> gast.With:
    """The statements as the block by which passes know a reverse sweep: a `with` without items."""
    return gast.With([], statements, None)


def is_reverse_sweep(s: gast.AST) -> bool:
    return isinstance(s, gast.With) and not s.items


def scopes(tree: gast.FunctionDef) -> Iterator[gast.FunctionDef]:
    """The function, and the pullback that it defines; functions of the user's own are left as written."""
    yield tree
    for s in tree.body:
        if isinstance(s, gast.FunctionDef) and any(map(is_reverse_sweep, s.body)):
            yield s


def forward_blocks(scope: gast.FunctionDef) -> Iterator[list[gast.stmt]]:
    """Every block of the scope's own, those of its reverse sweep left out."""
    yield from _blocks_below(scope.body)


def reverse_blocks(scope: gast.FunctionDef) -> Iterator[list[gast.stmt]]:
    for s in scope.body:
        if is_reverse_sweep(s):
            yield from _blocks_below(s.body)


def all_blocks(scope: gast.FunctionDef) -> Iterator[list[gast.stmt]]:
    yield from forward_blocks(scope)
    yield from reverse_blocks(scope)


def _blocks_below(block: list[gast.stmt]) -> Iterator[list[gast.stmt]]:
    waiting = [block]
    while waiting:
        one = waiting.pop()
        yield one
        for s in one:
            if not is_reverse_sweep(s):
                waiting.extend(blocks(s))


def spliced(tree: gast.FunctionDef) -> gast.FunctionDef:
    """The tree with its reverse sweeps as plain statements."""
    for scope in list(scopes(tree)):
        scope.body = [s for one in scope.body for s in (one.body if is_reverse_sweep(one) else [one])]
    return tree


def parameters(scope: gast.FunctionDef) -> set[str]:
    return flow.argument_names(scope)


# Purity, for text that rules and passes wrote; a user's own call is never pure.


class Purity:
    """Which expressions of a reverse sweep may move; `local` holds the names that the function binds."""

    def __init__(self, known: Known, local: set[str]) -> None:
        self.known, self.local = known, local

    def is_pure(self, value: gast.AST) -> bool:
        return all(self._is_quiet(one) for one in nodes(value))

    def _is_quiet(self, node: gast.AST) -> bool:
        if isinstance(node, gast.Call):
            return self.is_pure_call(node.func)
        return not isinstance(
            node, gast.Lambda | gast.NamedExpr | gast.ListComp | gast.GeneratorExp | gast.Starred
        )

    def is_pure_call(self, func: gast.expr) -> bool:
        match func:
            case gast.Name(id=name) if name in self.local:
                return False
            case gast.Name(id=name) if name in self.known.objects:
                return is_pure_function(self.known.objects[name])
            case gast.Name(id=name):
                return name in PURE_BUILTINS
            case gast.Attribute(attr=attr):
                return attr in PURE_METHODS if self._is_local(func) else attr not in IMPURE_FUNCTIONS
        return False

    def _is_local(self, func: gast.expr) -> bool:
        while isinstance(func, gast.Attribute):
            func = func.value
        return not isinstance(func, gast.Name) or func.id in self.local


def is_pure_function(found: object) -> bool:
    module, name = getattr(found, "__module__", ""), getattr(found, "__name__", "")
    return inspect.isroutine(found) and (module not in IMPURE_MODULES or name in PURE_RUNNING)


# Floats: what 1.0 * x leaves as it is.


def is_float(value: gast.expr, known: Known) -> bool:
    """Whether an expression of a reverse sweep surely has a floating or complex dtype."""
    match value:
        case gast.Name(id=name):
            return _is_float_kind(known.kind_of(name)) or _is_number(
                known.kind_of(known.primals.get(name, ""))
            )
        case gast.Constant(value=number):
            return isinstance(number, float | complex)
        case gast.UnaryOp(op=gast.USub()):
            return is_float(value.operand, known)
        case gast.BinOp(op=gast.Add() | gast.Sub() | gast.Mult() | gast.Div()):
            return is_float(value.left, known) or is_float(value.right, known)
        case gast.BinOp(op=gast.Pow()):
            return is_float(value.left, known)
        case gast.Subscript():
            return is_float(value.value, known)
        case gast.Call(func=gast.Name(id=name) | gast.Attribute(attr=name), args=[first, *_]):
            return name in FLOAT_FUNCTIONS and is_float(first, known)
    return False


def _is_number(kind: Kind) -> bool:
    return isinstance(kind, Scalar | Array)


def _is_float_kind(kind: Kind) -> bool:
    if isinstance(kind, Scalar):
        return kind.type.startswith(FLOATS)
    return isinstance(kind, Array) and kind.dtype.startswith(FLOATS)
