"""What is known of a function: the kinds of its names, what it calls; and how indices are read."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import gast

from diffpy.analysis.callees import Bound, Summary
from diffpy.analysis.calls import Resolution
from diffpy.analysis.kinds import (
    UNKNOWN,
    Bottom,
    Kind,
    Struct,
    kind_of,
    with_one_class,
)

# (the function, kinds of its arguments, the kind of each name where a nested function is defined) -> its summary
# and, if they are known, the kinds of what the function captured
Summarise = Callable[..., Summary | None]


class Unseen(NamedTuple):
    """A call of a method that Python makes by itself, as if it were written."""

    called: gast.Call
    name: str  # of the method
    function: types.FunctionType
    owner: gast.expr  # whose method it is
    way: str  # how it is written: WHOLE or OPERAND of unseen_methods
    inert: bool  # whether derivatives have nothing to do with what it changes


@dataclass
class Facts:
    """Kinds by name; resolutions by the identity of the expression."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    calls: dict[int, Resolution] = field(default_factory=dict)
    summaries: dict[int, tuple[Summary, Bound | None]] = field(default_factory=dict)
    # what such calls give by position, the object of a method among it, where * or ** hide who takes it
    hidden: dict[int, list[gast.expr]] = field(default_factory=dict)
    # that methods of objects stand for, with the operands in the methods' order
    operators: dict[int, tuple[Summary, list[gast.expr]]] = field(default_factory=dict)
    bound: dict[int, Summary | None] = field(default_factory=dict)  # methods that are read and not called
    methods: dict[tuple[type, str], types.FunctionType] = field(default_factory=dict)  # of structs, as found
    # numbers that classes hold, as found
    constants: dict[tuple[type, str], Kind] = field(default_factory=dict)
    on_buffers: set[int] = field(default_factory=set)  # calls that get the buffers of what they change
    # nested definitions, called with anything
    escaping: dict[int, Summary | None] = field(default_factory=dict)
    places: dict[int, Kind] = field(default_factory=dict)  # of stores into arrays, by their targets
    full: dict[str, Kind] = field(default_factory=dict)  # kinds that hold objects of one of several classes
    # of such an object, by its attribute
    choices: dict[int, tuple[Struct, ...]] = field(default_factory=dict)
    changing: set[int] = field(default_factory=set)  # calls of methods that may change such objects
    unseen: dict[int, list[Unseen]] = field(default_factory=dict)  # by statement, those that change something
    kept: list[gast.AST] = field(default_factory=list)

    def give_up_bottoms(self) -> bool:
        """Names that nothing reaches are of no known kind. Whether there are any."""
        unreached = [n for n, kind in self.kinds.items() if isinstance(kind, Bottom)]
        self.kinds.update(dict.fromkeys(unreached, UNKNOWN))
        return bool(unreached)

    def tell_no_classes_apart(self) -> None:
        """Kinds of objects of one of several classes are not known: branches that are written later tell them apart."""
        plain = {n: with_one_class(kind) for n, kind in self.kinds.items()}
        self.full = {n: kind for n, kind in self.kinds.items() if kind != plain[n]}
        self.kinds = plain

    def fully(self, node: gast.expr | str) -> Kind:
        """The kind, with the classes that an object may be of."""
        name = node.id if isinstance(node, gast.Name) else node
        found = self.full.get(name) if isinstance(name, str) else None
        return self.kind(node) if found is None else found

    def kind(self, node: gast.expr | str | None) -> Kind:
        match node:
            case str():
                return self.kinds.get(node, UNKNOWN)
            case gast.Name():
                return self.kinds.get(node.id, UNKNOWN)
            case gast.Constant():
                return kind_of(node.value)
            case gast.UnaryOp():
                return self.kind(node.operand)
            case _:
                return UNKNOWN


def index_parts(index: gast.expr) -> list[gast.expr]:
    return list(index.elts) if isinstance(index, gast.Tuple) else [index]


def key_of(index: gast.expr) -> object:
    """The value of a constant key; None for any other."""
    return index.value if isinstance(index, gast.Constant) else None
