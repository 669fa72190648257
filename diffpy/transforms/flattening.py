"""What flattening one function knows: the block being written, names, and how each construct is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

import gast

from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.transforms.alike import alike
from diffpy.transforms.binding import bound_names, rebindable_names
from diffpy.transforms.blocks import assign, load, placed
from diffpy.transforms.refusal import refused

Block = list[gast.stmt]
ValueForm = Callable[["Flattening", gast.expr], gast.expr]
Script = Callable[["Flattening", gast.expr, str], None]
ScriptOf = Callable[["Flattening", gast.expr], Script | None]


def is_atom(node: gast.expr) -> bool:
    """A name, a constant or a negative number."""
    kind = type(node)
    if kind is gast.UnaryOp:
        return isinstance(node.op, gast.USub) and is_number(node.operand)
    return kind is gast.Name or kind is gast.Constant


def is_number(node: gast.expr) -> bool:
    return isinstance(node, gast.Constant) and type(node.value) in (int, float, complex)


def is_chain(node: gast.expr) -> bool:
    """A dotted chain of names such as np.linalg."""
    while isinstance(node, gast.Attribute):
        node = node.value
    return isinstance(node, gast.Name)


class Flattening:
    """Writes statements, left to right, so that what remains of an expression is one operation on atoms."""

    def __init__(
        self, tree: gast.FunctionDef, names: Names, forms: dict[type, ValueForm], script_of: ScriptOf
    ) -> None:
        self.names = names
        self.forms = forms
        self.script_of = script_of
        self.local = bound_names(tree)
        self.rebindable = rebindable_names(tree)
        self.captured = captured_names(tree)
        self.alike = alike(tree)
        self.block: Block = []
        self.loops = 0
        self.protected = 0

    def emit(self, statement: gast.stmt) -> None:
        self.block.append(statement)

    def assign(self, name: str, value: gast.expr, like: gast.AST) -> None:
        self.emit(assign(name, value, like))

    def temporary(self, value: gast.expr, like: gast.AST) -> gast.Name:
        name = self.names.temporary()
        self.assign(name, value, like)
        return load(name, like)

    @contextmanager
    def collected(self, *, loop: bool = False, protected: bool = False) -> Iterator[Block]:
        """What is written inside goes into a block of its own."""
        outer, self.block = self.block, []
        self.loops += loop
        self.protected += protected
        yield self.block
        self.loops -= loop
        self.protected -= protected
        self.block = outer

    # Expressions

    def value(self, node: gast.expr) -> gast.expr:
        """One operation on atoms, or an atom; what has to come before is written."""
        if is_atom(node):
            return node
        script = self.script_of(self, node)
        if script is not None:
            name = self.names.temporary()
            script(self, node, name)
            return load(name, node)
        form = self.forms.get(type(node))
        if form is None:
            raise unsupported(node)
        return form(self, node)

    def atom(self, node: gast.expr) -> gast.expr:
        value = self.value(node)
        return value if is_atom(value) else self.temporary(value, node)

    def name(self, node: gast.expr) -> gast.Name:
        """A variable that holds the value: constants too go into one."""
        atom = self.atom(node)
        return atom if isinstance(atom, gast.Name) else self.temporary(atom, node)

    def store(self, name: str, node: gast.expr, like: gast.AST) -> None:
        """Leave the value in a variable; written piece by piece only where nobody can see the pieces."""
        script = self.script_of(self, node)
        if script is not None and (isinstance(node, gast.IfExp) or self._unseen(name, node)):
            script(self, node, name)
        else:
            self.assign(name, self.value(node), like)

    def _unseen(self, name: str, node: gast.expr) -> bool:
        if self.protected or name in self.captured or name in self.rebindable:
            return False
        return not any(isinstance(one, gast.Name) and one.id == name for one in nodes(node))

    def operands(self, slots: Sequence[gast.expr], named: Collection[int] = ()) -> list[gast.expr]:
        """An atom for each, evaluated left to right; those at the indices `named` are names.

        A name that something further right may rebind is copied; what a star unpacks is unpacked in its turn.
        """
        busy = busy_until(slots)
        out: list[gast.expr] = []
        for k, node in enumerate(slots):
            if isinstance(node, gast.Starred):
                out.append(self._starred(node, k < busy))
                continue
            atom = self.name(node) if k in named else self.atom(node)
            if k < busy and self._rebound(atom, slots[k + 1 :]):
                atom = self.temporary(atom, node)
            out.append(atom)
        return out

    def _starred(self, node: gast.Starred, early: bool) -> gast.Starred:
        inner = node.value
        if isinstance(inner, gast.GeneratorExp):
            inner = placed(gast.ListComp(inner.elt, inner.generators), inner)
        elif early:
            inner = placed(gast.List([node], gast.Load()), inner)
        return placed(gast.Starred(self.name(inner), gast.Load()), node)

    def _rebound(self, atom: gast.expr, later: Sequence[gast.expr]) -> bool:
        return isinstance(atom, gast.Name) and atom.id in self.rebindable and may_rebind(later, atom.id)


def busy_until(slots: Sequence[gast.expr]) -> int:
    """The index of the last expression that is more than an atom; -1 where all are atoms."""
    return max((k for k, one in enumerate(slots) if not is_atom(one)), default=-1)


def may_rebind(slots: Sequence[gast.expr], name: str) -> bool:
    """Whether the evaluation of these may rebind a name that can be rebound: by a walrus, or in a call."""
    for node in slots:
        for one in nodes(node):
            if isinstance(one, gast.NamedExpr) and one.target.id == name:
                return True
            if isinstance(one, gast.Call):
                return True
    return False


def captured_names(tree: gast.FunctionDef) -> set[str]:
    """The names that nested functions mention."""
    inner = (
        one for one in nodes(tree) if isinstance(one, gast.FunctionDef | gast.Lambda) and one is not tree
    )
    return {node.id for one in inner for node in nodes(one) if isinstance(node, gast.Name)}


def unsupported(node: gast.AST) -> Exception:
    construct = type(node).__name__
    return refused(
        node,
        f"{construct} is not supported here",
        because="diffpy does not know how to write it in simpler statements",
        fix="write it with assignments, calls, if, for and while",
    )
