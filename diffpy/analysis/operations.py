"""What a statement of the normal form is to the tensor graph: statement and facts in; form and operation out."""

from __future__ import annotations

import math
import operator
from typing import Literal

import gast

from diffpy.analysis import calls, flow
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.calls import MethodCall, OpenCall, PlainCall, TableCall
from diffpy.analysis.facts import Facts, index_parts
from diffpy.analysis.kinds import Array, DictOf, Inert, Iterator, Kind, Known, ListOf, Scalar, Struct, TupleOf
from diffpy.rules import methods
from diffpy.rules.table import TABLE

# tensor: on numbers and arrays | call: of a function that is derived on its own | host: Python at its place in the order
Form = Literal[
    "argument", "free", "tensor", "call", "host", "if", "for", "while", "with", "try", "break", "result"
]
PLUMBING = {"copy", "constant", "break", "result"}
COMPARISONS = {
    gast.Eq: "equal",
    gast.NotEq: "not_equal",
    gast.Lt: "less",
    gast.LtE: "less_equal",
    gast.Gt: "greater",
    gast.GtE: "greater_equal",
}
_NUMERIC = {abs, sum, min, max, pow, round, float, int, bool, complex, len, range, divmod}
_OPTIONS = {"NoneType", "slice", "ellipsis", "dtype", "function", "Float64DType"}


class Operations:
    """Tells tensor statements from host code."""

    def __init__(self, facts: Facts, active: frozenset[str], aliases: Aliases) -> None:
        self.facts, self.active, self.aliases = facts, active, aliases

    def of(self, s: gast.stmt) -> tuple[Form, str]:
        match s:
            case gast.Assign(targets=[gast.Name()]):
                return self.value(s.value, s)
            case gast.Assign(targets=[gast.Tuple()]):
                return self.unless_host("unpack", s)
            case gast.Assign(targets=[target]):
                return self.store(
                    target, "set_item" if isinstance(target, gast.Subscript) else "set_field", s
                )
            case gast.AugAssign():
                name = f"{_name_of(calls.OPERATORS[type(s.op)])} in place"
                return (
                    self.unless_host(name, s)
                    if isinstance(s.target, gast.Name)
                    else self.store(s.target, name, s)
                )
            case gast.Expr():
                return self.value(s.value, s)
            case gast.Return():
                return "result", "result"
            case gast.Break():
                return "break", "break"
            case gast.If() | gast.For() | gast.While() | gast.With() | gast.Try():
                name = type(s).__name__.lower()
                return name, name  # type: ignore[return-value]
            case gast.FunctionDef():
                return "host", "def"
            case _:
                return "host", type(s).__name__.lower()

    def value(self, value: gast.expr, s: gast.stmt) -> tuple[Form, str]:
        match value:
            case gast.Name():
                return self.unless_host("copy", s)
            case gast.Constant():
                return self.unless_host("constant", s)
            case (
                gast.BinOp() | gast.UnaryOp(op=gast.Not() | gast.Invert()) | gast.UnaryOp(operand=gast.Name())
            ):
                return self.operator(value, s)
            case gast.UnaryOp():
                return self.unless_host("constant", s)
            case gast.Compare():
                name = COMPARISONS.get(type(value.ops[0]))
                return self.unless_host(name, s) if name else ("host", type(value.ops[0]).__name__.lower())
            case gast.Call():
                return self.call(value, s)
            case gast.Subscript():
                return self.item(value, s)
            case gast.Attribute():
                return self.field(value, s)
            case gast.Tuple():
                return self.unless_host("tuple", s)
            case gast.List():
                fixed = not self.aliases.is_changed(next(iter(flow.names_written(s)), ""))
                return self.unless_host("list", s) if fixed and value.elts else ("host", "list")
            case gast.JoinedStr():
                return "host", "f-string"
            case _:
                return "host", type(value).__name__.lower()

    def operator(self, value: gast.expr, s: gast.stmt) -> tuple[Form, str]:
        found = self.facts.calls.get(id(value))
        function = calls.OPERATORS[type(value.op)]
        name = found.row.name if isinstance(found, TableCall) else _name_of(function)
        return self.unless_host(name, s)

    def call(self, value: gast.Call, s: gast.stmt) -> tuple[Form, str]:
        match self.facts.calls.get(id(value)):
            case TableCall(row=row):
                return self.unless_host(row.name, s)
            case MethodCall(method=method):
                return "host", method
            case OpenCall() | PlainCall() | None:
                return self.open_call(value, s)
        raise AssertionError(value)

    def open_call(self, value: gast.Call, s: gast.stmt) -> tuple[Form, str]:
        function, method = self.callee(value.func)
        if method is not None and not isinstance(
            self.base_kind(value.func), DictOf | ListOf | Inert | Struct
        ):
            row, _ = methods.find(method)
            if row is not None:
                return self.unless_host(row.name.rsplit(".", 1)[-1], s)
        if function is not None and _is_numeric(function) and not _is_context(function):
            return self.unless_host(_name_of(function), s)
        name = method or ".".join(calls.dotted(value.func) or ["call"])
        reads = any(n in self.active for n in flow.names_read(s))
        inert = isinstance(self.facts.calls.get(id(value)), PlainCall)
        writes = flow.names_written(s) & self.active
        return ("call", name) if reads and writes and not inert else ("host", name)

    def base_kind(self, func: gast.expr) -> Kind:
        return self.facts.kind((calls.dotted(func) or [""])[0])

    def callee(self, func: gast.expr) -> tuple[object, str | None]:
        """The function that is called, where it is known, or the name of the method."""
        parts = calls.dotted(func)
        kind = self.facts.kinds.get(parts[0]) if parts else None
        if parts is None or kind is None:
            return None, None
        if not isinstance(kind, Known):
            return None, parts[-1] if len(parts) > 1 else None
        return calls.attribute(kind.value, parts[1:]), None

    def item(self, value: gast.Subscript, s: gast.stmt) -> tuple[Form, str]:
        kind = self.facts.kind(value.value)
        if isinstance(kind, DictOf | Inert) or _is_key(value.slice):
            return "host", "item"
        if isinstance(kind, ListOf) and (
            self.aliases.is_changed(value.value.id) or isinstance(value.slice, gast.Slice)
        ):
            return "host", "item"
        return self.unless_host("item", s, base=value.value.id)

    def field(self, value: gast.Attribute, s: gast.stmt) -> tuple[Form, str]:
        base = value.value.id if isinstance(value.value, gast.Name) else None
        return self.unless_host(value.attr, s, base=base)

    def store(self, target: gast.expr, name: str, s: gast.stmt) -> tuple[Form, str]:
        kind = self.facts.kind(target.value)
        if (
            isinstance(target, gast.Attribute)
            or _is_key(target.slice)
            or isinstance(kind, DictOf | ListOf | Struct | Inert)
        ):
            return "host", name
        return self.unless_host(name, s)

    def unless_host(self, operation: str, s: gast.stmt, base: str | None = None) -> tuple[Form, str]:
        """Tensor work, if what is read and written are numbers, arrays, tuples of them, or not known."""
        names = (flow.names_read(s) - {base}) | flow.names_written(s)
        plain = all(self.is_tensor_kind(self.facts.kind(n)) for n in names if not self.is_free_function(n))
        return ("tensor" if plain else "host"), operation

    def is_free_function(self, name: str) -> bool:
        return isinstance(self.facts.kind(name), Known)

    def is_tensor_kind(self, kind: Kind) -> bool:
        match kind:
            case Scalar() | Array():
                return True
            case TupleOf():
                return all(self.is_tensor_kind(one) for one in kind.items)
            case ListOf() | Iterator():
                return self.is_tensor_kind(kind.item) and not isinstance(kind.item, TupleOf | ListOf)
            case Inert():
                return kind.type in _OPTIONS
            case _:
                return type(kind) is Kind

    # Stretches

    def is_tensor(self, s: gast.stmt) -> bool:
        """Whether the statement, with all that stands in it, is tensor work."""
        match s:
            case gast.If() | gast.While():
                return all(self.is_tensor(inner) for inner in flow.blocks_of(s))
            case gast.For():
                return self.is_tensor_loop(s) and all(self.is_tensor(inner) for inner in s.body)
            case gast.Return():
                return False
            case gast.Pass():
                return True
            case _:
                return self.of(s)[0] in ("tensor", "break")

    def is_tensor_loop(self, s: gast.For) -> bool:
        kind = self.facts.kind(s.iter)
        return self.is_tensor_kind(kind) and not (
            isinstance(kind, ListOf) and self.aliases.is_changed(s.iter.id)
        )

    def computes(self, s: gast.stmt) -> bool:
        inside = [] if isinstance(s, gast.FunctionDef) else flow.blocks_of(s)
        if inside:
            return any(self.computes(inner) for inner in inside)
        form, operation = self.of(s)
        return form == "tensor" and operation not in PLUMBING and any(map(self.counts, _names_in(s)))

    def counts(self, name: str) -> bool:
        """Counting with plain numbers that nothing depends on smoothly is no work for a tensor region."""
        kind = self.facts.kind(name)
        return name in self.active or isinstance(kind, Array) or type(kind) is Kind


def _names_in(s: gast.stmt) -> frozenset[str]:
    return flow.names_read(s) | flow.names_written(s)


def _name_of(function: object) -> str:
    row = TABLE.find(function)
    name = row.name if row is not None else getattr(function, "__name__", "call")
    return name.removeprefix("numpy.").removeprefix("operator.").removeprefix("builtins.").strip("_")


def _is_numeric(function: object) -> bool:
    """A function of the table that computes: of NumPy, math, operator or the numeric builtins."""
    if TABLE.find(function) is None:
        return False
    module = getattr(function, "__module__", None) or type(function).__module__
    known = module.split(".")[0] in ("numpy", math.__name__, operator.__name__, "_operator", "scipy", "cupy")
    return known or any(function is one for one in _NUMERIC)


def _is_context(function: object) -> bool:
    """A class of context managers: np.errstate."""
    return isinstance(function, type) and hasattr(function, "__exit__")


def _is_key(index: gast.expr) -> bool:
    return any(isinstance(p, gast.Constant) and isinstance(p.value, str | bytes) for p in index_parts(index))
