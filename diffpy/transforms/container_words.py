"""What the parts of reverse mode that treat containers say alike: kinds of items, where entries go, refusals."""

from __future__ import annotations

import gast

from diffpy import errors
from diffpy.analysis.calls import MethodCall, literal
from diffpy.analysis.kinds import (
    UNKNOWN,
    AnyTuple,
    Array,
    DictOf,
    Kind,
    ListOf,
    Struct,
    is_surely_array,
)
from diffpy.analysis.mutability import mutable
from diffpy.syntax.build import call, load
from diffpy.transforms.open_calls import OpenCalls
from diffpy.transforms.sweeps import ContributeAt, ContributeItem, Plain, Step
from diffpy.transforms.words import Words


def item_kind(r: OpenCalls, y: str) -> Kind:
    """What the items of a list or dict may be; those of a tuple are what was put in."""
    kind = r.facts.kind(y)
    return kind.item if isinstance(kind, ListOf | DictOf) else UNKNOWN


def may_be_number(kind: Kind) -> bool:
    """Whether a value that has a buffer may be a number all the same."""
    return type(kind) is Kind or (isinstance(kind, Array) and not is_surely_array(kind))


def item_contribution(r: OpenCalls, x: str, key: gast.expr, value: gast.expr) -> Step:
    kind = r.facts.kind(x)
    if isinstance(kind, Array) and not isinstance(key, gast.Call):
        return ContributeAt(x, key, value)
    return ContributeItem(x, "accumulate_item", key, value)


def given_back(r: OpenCalls, v: gast.expr, buffered: bool, entry: gast.expr, s: gast.stmt) -> Plain:
    """The entry that v's buffer was; where v may have been a number without one, what the entry gathered is v's."""
    if buffered and type(r.facts.kind(v)) is Kind:
        entry = call(r.runtime("accumulate_into"), r.read(v.id), entry)
    return Plain([gast.copy_location(gast.Expr(entry), s)])


def holds_numbers(kind: Kind, key: gast.expr) -> bool:
    """Whether what stands under the key has no buffer of its own: its entry is None in the forward sweep."""
    match kind:
        case AnyTuple():
            return False
        case Struct():
            item = kind.field(str(literal(key)))
            return item is not None and not mutable(item)
        case DictOf():
            return not mutable(kind.entry(literal(key)))
        case ListOf(item=item):
            return not mutable(item)
    return False


def in_container(r: OpenCalls, items: str, v: gast.expr) -> gast.expr:
    """A list of cotangents in the kind of container that v is."""
    if isinstance(r.facts.kind(v), ListOf) and not isinstance(r.facts.kind(v), AnyTuple):
        return load(items)
    return call(r.runtime("like_container"), load(items), v)


def unclear(r: OpenCalls, s: gast.AST, what: str) -> errors.DifferentiationError:
    return r.refuse(
        errors.UnsupportedSyntaxError,
        f"{what}: this change in place is not supported",
        s,
        because="the derivative would have to follow the change through every name of the object",
        fix="build a new value instead of changing this one, or change an array or a list that a name holds directly",
    )


def check_given_one_by_one(r: OpenCalls, found: MethodCall, s: gast.AST) -> None:
    """Refuse a method whose arguments nobody can tell apart."""
    if any(isinstance(a, gast.Starred) for a in found.args):
        raise r.refuse(
            errors.UnsupportedSyntaxError,
            f"the arguments of '{found.base.id}.{found.method}' are spread with *",
            s,
            because="which of them is a place and which a value is not known while deriving",
            fix="name the arguments one by one",
        )


def lost(r: OpenCalls, s: gast.AST, base: gast.expr, v: gast.expr) -> errors.DifferentiationError:
    name, value = ast_text(base), ast_text(v)
    if isinstance(base, gast.Name) and base.id not in r.locals:
        return r.refuse(
            errors.DifferentiationError,
            f"an active value is stored in the captured object '{name}'",
            s,
            because=f"'{name}' outlives the call, so a later call would read values that belong to an older derivative",
            fix=f"create '{name}' inside '{r.tree.name}' and return it, or store without_derivative({value})",
        )
    return r.refuse(
        errors.DifferentiationError,
        f"the active value '{value}' is stored in '{name}', which cannot carry a derivative",
        s,
        because=f"'{name}' holds values without derivative (integers, for instance), or does not reach the result",
        fix=f"make '{name}' hold floats, or store without_derivative({value})",
    )


def ast_text(node: gast.AST) -> str:
    match node:
        case gast.Name():
            return node.id
        case gast.Attribute():
            return f"{ast_text(node.value)}.{node.attr}"
        case gast.Subscript():
            return f"{ast_text(node.value)}[...]"
        case gast.Constant():
            return repr(node.value)
        case _:
            return "value"


def attributes_as_dict(r: Words, s: gast.stmt) -> errors.DifferentiationError:
    return r.refuse(
        errors.UnsupportedSyntaxError,
        "the attributes of an object are read as a dict",
        s,
        because="the object changes as the dict does, and the derivative cannot follow the change",
        fix="name the attribute, or use getattr(object, name) and setattr(object, name, value)",
    )
