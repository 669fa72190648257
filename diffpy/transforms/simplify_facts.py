"""What passes over a finished derivative may ask: its sweeps, the kinds of its names, what is pure, what a float."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import UNKNOWN, Array, Inert, Kind, Known, Scalar, TupleOf
from diffpy.syntax.names import Names
from diffpy.syntax.trees import Rewriter, children, copied, nodes
from diffpy.transforms.blocks import blocks_below, every_statement

# Calls that change nothing and depend on their arguments alone.
_PURE_BUILTINS = frozenset("abs float int len range reversed slice tuple zip".split())
PURE_METHODS = frozenset("astype conj copy item ravel reshape sum transpose".split())
_PURE_RUNNING = frozenset("add_tangents captured item_of unbroadcast_like".split())
_IMPURE_MODULES = frozenset(
    f"diffpy.runtime.{one}"
    for one in "boundary buffers differential_stores differentials dispatch iteration tangents".split()
)
_IMPURE_FUNCTIONS = frozenset("at copyto place put put_along_axis putmask".split())
_SCOPED = {gast.Lambda, gast.NamedExpr, gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp}

_FLOATS = ("float", "complex", "longdouble", "clongdouble")
_FLOAT_FUNCTIONS = frozenset(
    """sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh exp expm1 exp2 log log2 log10 log1p
    sqrt cbrt asin acos atan asinh acosh atanh power_base power_exponent spread sum unbroadcast vdot""".split()
)
# Python's own numbers, on which no + - * or comparison raises or warns.
_PLAIN = frozenset(["float", "int", "integer", "bool"])
_CALM = gast.Add | gast.Sub | gast.Mult
_LAYOUT = frozenset(["shape", "ndim", "size", "dtype"])


@dataclass
class Derivative:
    """What is known of a derivative beside its tree."""

    names: Names
    kind_of: Callable[[str], Kind] = lambda name: UNKNOWN
    bars: Mapping[str, str] = field(default_factory=dict)  # primal name -> its cotangent's
    mark: str = "bar"  # x_bar is x's cotangent; in forward mode x_dot is x's tangent
    # what the text refers to beside the user's names
    objects: Mapping[str, object] = field(default_factory=dict)
    # cotangents of arrays that are left to NumPy's broadcasting
    narrow: set[str] = field(default_factory=set)

    @cached_property
    def primals(self) -> Mapping[str, str]:
        return {bar: name for name, bar in self.bars.items()}

    def is_made(self, name: str) -> bool:
        """Whether a name stands for nothing the user named: a temporary, its cotangent, a part of a cotangent."""
        return self.is_temporary(name) or self.is_temporary(self.primals.get(name, "")) or self._is_part(name)

    def is_temporary(self, name: str) -> bool:
        return name in self.names.temporaries

    def _is_part(self, name: str) -> bool:
        return self.names.stems.get(name, "").endswith("_part")

    def is_generated(self, name: str) -> bool:
        """Whether a name is one of the reverse sweep's own."""
        return name in self.primals or self._is_part(name)

    def is_tangent(self, s: gast.AST) -> bool:
        """Whether a statement of a forward sweep computes a tangent, and nothing of the user's."""
        match s:
            case gast.Assign(targets=[gast.Name(id=name)]):
                return self.mark == "dot" and name in self.primals
        return False

    def root(self, name: str) -> str:
        """The user's name of which this is a version, or a version's cotangent; the name itself where it has none."""
        if name in self.primals:
            return f"{self.root(self.primals[name])}_{self.mark}"
        stem = self.names.stems.get(name, name)
        return name if stem == name else self.root(stem)


# Trees


def unshared(tree: gast.FunctionDef) -> gast.FunctionDef:
    """The tree in which each node stands in one place: passes change nodes."""
    seen: set[int] = set()
    waiting: list[gast.AST] = [tree]
    while waiting:
        one = waiting.pop()
        below = children(one)
        if not below:
            continue
        if not seen.isdisjoint(map(id, below)) or len(set(map(id, below))) < len(below):
            _own_children(one, seen)
            below = children(one)
        else:
            seen.update(map(id, below))
        waiting += below
    return tree


def _own_children(node: gast.AST, seen: set[int]) -> None:
    """Copies in place of what stands elsewhere too; what is below the node is seen then."""
    below = {id(one) for one in children(node)}

    def own(value: Any) -> Any:
        if id(value) not in below:
            return value
        found = copied(value) if id(value) in seen else value
        seen.add(id(found))
        return found

    for name, value in vars(node).items():
        given = [own(each) for each in value] if isinstance(value, list) else own(value)
        setattr(node, name, given)


# Sweeps


def reverse_sweep(statements: list[gast.stmt]) -> list[gast.stmt]:
    """The statements as the block by which passes know a reverse sweep: a `with` without items."""
    return [gast.With([], statements, None)] if statements else []


def is_reverse_sweep(s: gast.AST) -> bool:
    return type(s) is gast.With and not s.items


def spliced(tree: gast.FunctionDef) -> gast.FunctionDef:
    """The tree with its reverse sweeps as plain statements."""
    for scope in list(scopes(tree)):
        scope.body = [s for one in scope.body for s in (one.body if is_reverse_sweep(one) else [one])]
    return tree


def scopes(tree: gast.FunctionDef) -> Iterator[gast.FunctionDef]:
    """The function, and the pullback that it defines; functions of the user's own are left as written."""
    yield tree
    for s in tree.body:
        if isinstance(s, gast.FunctionDef) and any(map(is_reverse_sweep, s.body)):
            yield s


def times_bound(tree: gast.FunctionDef) -> Counter[str]:
    """How often statements of the function, and of the pullback that it defines, bind each name."""
    every = (s for scope in scopes(tree) for s in every_statement(scope.body))
    return Counter(n for s in every for n in flow.names_written(s))


def shared_names(scope: gast.FunctionDef) -> set[str]:
    """Names that functions inside the scope take from it, and what is declared to live elsewhere."""
    found: set[str] = set()
    if _keeps_to_itself(scope):
        return found
    waiting: list[gast.AST] = list(scope.body)
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if kind is gast.FunctionDef or kind is gast.Lambda:
            found |= flow.free_names(one)
        elif kind is gast.Global or kind is gast.Nonlocal:
            found.update(one.names)
        else:
            waiting += children(one)
    return found


_SHARING = gast.FunctionDef | gast.Lambda | gast.Global | gast.Nonlocal


def _keeps_to_itself(scope: gast.FunctionDef) -> bool:
    """Whether no function and no declaration stands inside: noted at the scope, for passes add none."""
    if not hasattr(scope, "keeps_to_itself"):
        scope.keeps_to_itself = not any(isinstance(one, _SHARING) for one in nodes(*scope.body))
    return scope.keeps_to_itself


def own_statements(scope: gast.FunctionDef, known: Derivative) -> Iterator[gast.stmt]:
    """The statements of the scope that compute cotangents, or tangents."""
    for block in reverse_blocks(scope):
        yield from block
    for block in blocks_below(scope.body) if known.mark == "dot" else ():
        yield from filter(known.is_tangent, block)


def reverse_blocks(scope: gast.FunctionDef) -> Iterator[list[gast.stmt]]:
    """Every block of the scope's reverse sweep."""
    for s in scope.body:
        if is_reverse_sweep(s):
            yield from blocks_below(s.body)


def rewrite_sweeps(
    tree: gast.FunctionDef, rewriter: Rewriter, of: Any = gast.Assign | gast.AugAssign
) -> gast.FunctionDef:
    """Let a rewriter go through what the statements `of` some kinds compute in reverse sweeps; in place."""
    for scope in scopes(tree):
        for block in reverse_blocks(scope):
            for s in block:
                if isinstance(s, of):
                    s.value = rewriter.visit(s.value)
    return tree


# Expressions


class Purity:
    """Which expressions of a reverse sweep change nothing; `local` holds the names that the function binds."""

    def __init__(self, known: Derivative, local: set[str]) -> None:
        self.known, self.local = known, local

    def is_pure(self, value: gast.AST) -> bool:
        return all(map(self._is_quiet, nodes(value)))

    def _is_quiet(self, node: gast.AST) -> bool:
        return self.is_pure_call(node.func) if type(node) is gast.Call else type(node) not in _SCOPED

    def is_pure_call(self, func: gast.expr) -> bool:
        match func:
            case gast.Name(id=name) if name in self.local:
                return False
            case gast.Name(id=name) if name in self.known.objects:
                return _is_pure_function(self.known.objects[name])
            case gast.Name(id=name):
                return name in _PURE_BUILTINS
            case gast.Attribute(attr=attr):
                return attr in PURE_METHODS if self._is_local(func) else attr not in _IMPURE_FUNCTIONS
        return False

    def _is_local(self, func: gast.expr) -> bool:
        while isinstance(func, gast.Attribute):
            func = func.value
        return not isinstance(func, gast.Name) or func.id in self.local


def _is_pure_function(found: object) -> bool:
    module, name = getattr(found, "__module__", ""), getattr(found, "__name__", "")
    return inspect.isroutine(found) and (module not in _IMPURE_MODULES or name in _PURE_RUNNING)


def like_zeros(value: gast.expr) -> gast.expr | None:
    """The array of np.zeros_like(array); None for any other expression."""
    match value:
        case gast.Call(func=gast.Attribute(attr="zeros_like"), args=[array], keywords=[]):
            return array
    return None


def bound_names(scope: gast.FunctionDef) -> set[str]:
    return set(flow.all_written(scope.body)) | flow.argument_names(scope)


def is_calm(value: gast.expr, known: Derivative) -> bool:
    """Whether an expression surely neither raises nor warns nor changes anything, nor can be changed by anything."""
    match value:
        case gast.Constant():
            return True
        case gast.Name(id=name):
            return _is_fixed(known.kind_of(name))
        case gast.UnaryOp(op=gast.USub() | gast.Not(), operand=one):
            return _is_plain(one, known)
        case gast.BinOp(left=left, op=op, right=right):
            return isinstance(op, _CALM) and _is_plain(left, known) and _is_plain(right, known)
        case gast.Compare(left=left, ops=[_], comparators=[right]):
            return _is_plain(left, known) and _is_plain(right, known)
        case gast.Attribute(value=gast.Name(id=name), attr=attr):
            return attr in _LAYOUT and isinstance(known.kind_of(name), Array)
        case gast.Subscript(value=gast.Name(id=name), slice=gast.Constant(value=int(k))):
            kind = known.kind_of(name)
            return isinstance(kind, TupleOf) and k < len(kind.items)
        case gast.Subscript(
            value=gast.Attribute(value=gast.Name(id=name), attr="shape"), slice=gast.Constant(value=int(k))
        ):
            kind = known.kind_of(name)
            return isinstance(kind, Array) and kind.dims is not None and k < len(kind.dims)
    return False


def _is_fixed(kind: Kind) -> bool:
    return isinstance(kind, Scalar | Inert | Known)


def _is_plain(value: gast.expr, known: Derivative) -> bool:
    """Whether an expression is calm and a Python number."""
    match value:
        case gast.Name(id=name):
            kind = known.kind_of(name)
            return isinstance(kind, Scalar) and kind.type in _PLAIN
        case gast.Constant(value=number):
            return isinstance(number, int | float)
        case gast.BinOp() | gast.UnaryOp() | gast.Compare():
            return is_calm(value, known)
    return False


def is_float(value: gast.expr, known: Derivative) -> bool:
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
        case gast.Call(func=gast.Attribute(attr="where"), args=[_, one, other]):
            return is_float(one, known) or is_float(other, known)
        case gast.Call(func=gast.Name(id=name) | gast.Attribute(attr=name), args=[first, *_]):
            return name in _FLOAT_FUNCTIONS and is_float(first, known)
    return False


def _is_number(kind: Kind) -> bool:
    return isinstance(kind, Scalar | Array)


def _is_float_kind(kind: Kind) -> bool:
    name = kind.type if isinstance(kind, Scalar) else kind.dtype if isinstance(kind, Array) else ""
    return name.startswith(_FLOATS)
