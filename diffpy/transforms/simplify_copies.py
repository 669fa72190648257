"""Copies in a reverse sweep: a derivative in; the same reading what the copies were made of out."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import gast

from diffpy.analysis import flow
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.blocks import blocks
from diffpy.transforms.simplify_facts import Derivative, is_reverse_sweep, scopes


class _Atoms(dict[str, gast.expr]):
    """A name -> the name or literal that it is a copy of."""

    def __init__(self, known: Mapping[str, gast.expr] = MappingProxyType({})) -> None:
        super().__init__(known)
        self.copies: dict[str, list[str]] = {}  # a name -> what was made a copy of it
        for name, atom in known.items():
            self._link(name, atom)

    def add(self, name: str, atom: gast.expr) -> None:
        self[name] = atom
        self._link(name, atom)

    def _link(self, name: str, atom: gast.expr) -> None:
        if isinstance(atom, gast.Name):
            self.copies.setdefault(atom.id, []).append(name)

    def forget(self, written: Iterable[str]) -> None:
        """The names have other values now."""
        for source in written:
            self.pop(source, None)
            for name in self.copies.pop(source, ()):
                atom = self.get(name)
                if isinstance(atom, gast.Name) and atom.id == source:
                    del self[name]


def propagate_copies(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """Cotangents that are copies are read where they came from; dead code goes later.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         t1_bar = 1.0
    ...         t2_bar = t1_bar
    ...         y_bar = t2_bar * x
    ...         x_bar = y_bar
    ...         y_bar = t2_bar
    ...     return x_bar + y_bar
    ... ''', propagate_copies))
    def f(x):
        with reverse:
            t1_bar = 1.0
            t2_bar = 1.0
            y_bar = 1.0 * x
            x_bar = y_bar
            y_bar = 1.0
        return x_bar + y_bar
    """
    for scope in scopes(tree):
        for s in scope.body:
            if is_reverse_sweep(s):
                _block(s.body, _Atoms())
    return tree


def _block(block: list[gast.stmt], present: _Atoms) -> None:
    for s in block:
        if isinstance(s, gast.FunctionDef):
            continue
        inner = list(blocks(s))
        if inner:
            present.forget(flow.all_written([s]))
        _Reads(present).statement(s)
        for one in inner:
            _block(one, _Atoms(present))
        if is_idle(s):
            continue
        present.forget(flow.names_written(s))
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Name() | gast.Constant()):
                present.add(name, s.value)
    block[:] = [s for s in block if not is_idle(s)]


def is_idle(s: gast.stmt) -> bool:
    """Whether a name is given the value that it has."""
    match s:
        case gast.Assign(targets=[gast.Name(id=target)], value=gast.Name(id=source)):
            return target == source
    return False


class _Reads(Rewriter):
    """Loads of copies replaced in a statement, but not in its blocks or in functions inside it."""

    def __init__(self, present: _Atoms) -> None:
        self.present = present

    def statement(self, s: gast.stmt) -> None:
        for field, value in gast.iter_fields(s):
            if isinstance(value, gast.expr):
                setattr(s, field, self.visit(value))
            elif field in ("targets", "items"):
                value[:] = [self.visit(one) for one in value]

    def visit_Lambda(self, node: gast.Lambda) -> gast.Lambda:
        return node

    def visit_Subscript(self, node: gast.Subscript) -> gast.Subscript:
        """A literal has no items: its name stays."""
        if not isinstance(self._atom(node.value), gast.Constant):
            node.value = self.visit(node.value)
        node.slice = self.visit(node.slice)
        return node

    def visit_Attribute(self, node: gast.Attribute) -> gast.Attribute:
        if not isinstance(self._atom(node.value), gast.Constant):
            node.value = self.visit(node.value)
        return node

    def _atom(self, node: gast.expr) -> gast.expr | None:
        return self.present.get(node.id) if isinstance(node, gast.Name) else None

    def visit_Name(self, node: gast.Name) -> gast.expr:
        if not isinstance(node.ctx, gast.Load) or node.id not in self.present:
            return node
        return gast.copy_location(copy.copy(self.present[node.id]), node)
