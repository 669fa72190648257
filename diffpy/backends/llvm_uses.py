"""What the statements of a kernel do: its tree in; the variables and parts of arrays that are read and written out."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeGuard


@dataclass
class Access:
    """Part of an array that is read or written: where, along its first axes."""

    name: str
    places: tuple[str, ...]
    is_store: bool


@dataclass
class Uses:
    """What a statement does with variables and arrays."""

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    needs: set[str] = field(default_factory=set)  # variables that it reads before it has written them
    accesses: list[Access] = field(default_factory=list)
    is_plain: bool = True  # nothing else happens, but that the kernel may end
    may_end: bool = False

    @property
    def is_simple(self) -> bool:
        """Whether nothing else happens."""
        return self.is_plain and not self.may_end


def counts(tree: ast.AST) -> Counter[str]:
    """How often names are there; those of rounds, which are read inside of their loops alone, not at all."""
    found: Counter[str] = Counter()

    def count(node: ast.AST, rounds: frozenset[str]) -> None:
        match node:
            case ast.Name(id=name):
                found[name] += name not in rounds
            case ast.For(target=ast.Name(id=name), iter=ends, body=body):
                count(ends, rounds)
                for one in body:
                    count(one, rounds | {name})
            case _:
                for part in ast.iter_child_nodes(node):
                    count(part, rounds)

    count(tree, frozenset())
    return found


def is_new(one: ast.stmt) -> TypeGuard[ast.Assign]:
    """Whether an array is made that nobody has written yet."""
    match one:
        case ast.Assign(targets=[ast.Name()], value=ast.Call(func=ast.Attribute(attr="empty" | "zeros"))):
            return True
    return False


def look(body: Iterable[ast.stmt], found: Uses, there: set[str], may_make: bool = False) -> None:
    """Note it all; `there` has the variables that are written before."""
    for one in body:
        match one:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=args)) if may_make and is_new(
                one
            ):
                _read(args[0], found, there)
                found.writes.add(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                _read(value, found, there)
                found.writes.add(name)
                there.add(name)
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=value):
                _read(value, found, there)
                every = {one.id for one in names if isinstance(one, ast.Name)}
                found.writes |= every
                there |= every
            case ast.Assign(targets=[ast.Subscript() as target], value=value):
                _read(value, found, there)
                _stored(target, found, there)
            case ast.AugAssign(target=ast.Subscript() as target, value=value):
                _read(value, found, there)
                _stored(target, found, there)
                _part(target, found, False)
            case ast.For(target=ast.Name(id=name), iter=ends, body=inner):
                _read(ends, found, there)
                found.writes.add(name)
                look(inner, found, {*there, name})
            case ast.If(test=test, body=inner, orelse=others):
                _read(test, found, there)
                look(inner, found, {*there})
                look(others, found, {*there})
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr="dot"), args=args)):
                for arg in args:
                    _factor(arg, found, there, arg is args[-1])
            case ast.Raise():
                found.may_end = True
            case ast.Pass():
                pass
            case _:
                found.is_plain = False


def _is_of_numbers(call: ast.Call) -> bool:
    """Whether a call makes no array, and does nothing else."""
    match call.func:
        case ast.Name(id=name):
            return name in _OF_NUMBERS or name.startswith("np_")
        case ast.Attribute(value=ast.Name(id="math")):
            return True
        case ast.Attribute(value=ast.Name(id="np"), attr=name):
            return name in ("float64", "float32", "floor", "ceil", "trunc", "rint")
    return False


_OF_NUMBERS = ("added", "abs", "float", "int", "max", "min", "range")


def _read(value: ast.expr, found: Uses, there: set[str]) -> None:
    match value:
        case ast.Name(id=name):
            found.reads.add(name)
            if name not in there:
                found.needs.add(name)
        case ast.Subscript(value=ast.Name()):
            _part(value, found, False)
            _read(value.slice, found, there)
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name), attr="shape")):
            found.reads.add(name)
            found.needs.add(name)
        case ast.Call(args=args):
            for one in args:
                _read(one, found, there)
            found.is_plain &= _is_of_numbers(value)
        case _:
            for part in ast.iter_child_nodes(value):
                if isinstance(part, ast.expr):
                    _read(part, found, there)


def _part(node: ast.Subscript, found: Uses, is_store: bool) -> None:
    assert isinstance(node.value, ast.Name)
    places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    texts = tuple(map(ast.unparse, places))
    found.accesses.append(Access(node.value.id, texts, is_store))
    found.reads.add(node.value.id)  # the variable: another array in its place would be another part


def _stored(node: ast.Subscript, found: Uses, there: set[str]) -> None:
    if not isinstance(node.value, ast.Name):
        found.is_plain = False
        return
    _part(node, found, True)
    _read(node.slice, found, there)


def _factor(node: ast.expr, found: Uses, there: set[str], is_store: bool) -> None:
    """A matrix, or part of an array, in a product."""
    inner = node.value if isinstance(node, ast.Attribute) else node
    match inner:
        case ast.Name(id=name):
            found.accesses.append(Access(name, (), is_store))
            found.reads.add(name)
        case ast.Subscript(value=ast.Name()):
            _part(inner, found, is_store)
            _read(inner.slice, found, there)
        case _:
            found.is_plain = False
