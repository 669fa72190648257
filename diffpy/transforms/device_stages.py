"""Kernels for a part of a text: its statements and what it is given in; loops over elements, in CUDA C++, out.

A stage is one kernel: all that is computed for the elements of one shape, as far as nothing of it has to wait for
another stage. Types are NumPy's own (`ufunc.resolve_dtypes`); what is computed from numbers alone is left to Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import gast
import numpy as np

from diffpy.rules.per_element import SHAPED, SHARE, SPREAD, WITHOUT_ZEROS
from diffpy.syntax import emit
from diffpy.syntax.build import load, substitute
from diffpy.syntax.trees import copied, nodes
from diffpy.transforms.cuda_functions import (
    C_TYPES,
    OPERATORS,
    UFUNCS,
    applies,
    cast,
    computed,
    identifier,
)
from diffpy.transforms.elements import Elements


class NotFused(Exception):
    """The part is left to the array module; with the reason."""


@dataclass(frozen=True)
class Facts:
    """What is known of an array before it is computed."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class Term:
    """An element of an array: that of a name, or what a text of C++ makes of others."""

    facts: Facts
    text: str  # a name, or a text with places
    operands: tuple[Term | Number, ...] = ()
    types: tuple[np.dtype, ...] = ()  # in which the operands are taken


@dataclass(frozen=True)
class Number:
    """A number of the host: Python computes it at each call, as its text says."""

    value: Any
    text: str

    @property
    def kind(self) -> Any:
        """Its type, as NumPy takes it beside arrays: a number of Python's adapts."""
        if isinstance(self.value, np.generic | bool):
            return np.asarray(self.value).dtype
        if type(self.value) in (int, float):
            return type(self.value)
        raise NotFused(f"{self.text} is a {type(self.value).__name__}")


@dataclass
class Stage:
    """One kernel, by the names of the part's statements."""

    shape: tuple[int, ...]
    arrays: dict[str, Facts] = field(default_factory=dict)  # what it reads
    numbers: dict[str, tuple[np.dtype, str]] = field(default_factory=dict)  # its parameters, as Python's text
    lines: list[tuple[str, np.dtype, str]] = field(default_factory=list)  # name, type, text
    sums: dict[str, np.dtype] = field(default_factory=dict)  # names of what is summed over all elements
    # name: the array module's function that sums over axes, of what, to what shape
    gathered: dict[str, tuple[Callable[..., Any], str, tuple]] = field(default_factory=dict)


@dataclass(frozen=True)
class Stages:
    """What a call of a part does."""

    stages: list[Stage]
    facts: dict[str, Facts]  # of all that is given and computed, under the names of the stages
    hosts: dict[str, str]  # numbers of the host that have names, in their order
    means: frozenset[str]  # the sums that are divided by the number of elements
    names: dict[str, str]  # the part's results under the names of the stages


def staged(tree: gast.FunctionDef, elements: Elements, given: Mapping[str, Any]) -> Stages:
    """The kernels of a part for arguments like these: `Facts` stand for arrays, all else is as it is given."""
    found = _Staging(elements, given)
    for s in tree.body[:-1]:
        found.statement(s.targets[0].id, s.value)
    return Stages(found.stages, found.facts, found.hosts, frozenset(found.means), found.now)


class _Staging:
    def __init__(self, elements: Elements, given: Mapping[str, Any]) -> None:
        self.elements = elements
        self.stages: list[Stage] = []
        self.home: dict[str, int] = {}  # name: the stage that computes it
        self.facts = {name: one for name, one in given.items() if isinstance(one, Facts)}
        self.values = dict(given)
        self.now: dict[str, str] = {}  # a name that is bound again: its name now
        self.hosts: dict[str, str] = {}
        self.means: set[str] = set()
        self.gathered: set[str] = set()

    def statement(self, name: str, value: gast.expr) -> None:
        is_reduced = self.elements.is_reduction(value)
        if self.elements.is_axis_sum(value):
            term: Term | Number = self.axis_sum(value)
        else:
            term = self.term(value.args[0] if is_reduced else value)
        own = self.fresh(name)
        if isinstance(term, Number):
            if is_reduced:
                raise NotFused("a sum of a number")
            self.hosts[own], self.now[name], self.values[name] = term.text, own, term.value
            return
        if not is_reduced and term.text in self.gathered:
            self.now[name], self.values[name] = term.text, term.facts
            return
        place = self.place(term)
        if is_reduced:
            self.add_sum(own, term, place)
            if self.elements.meant(value.func) is np.mean:
                self.means.add(own)
        else:
            self.add(own, term, place)
        self.now[name], self.values[name] = own, self.facts[own]

    def fresh(self, name: str) -> str:
        own, again = name, 1
        while own in self.facts or own in self.values or own in self.hosts:
            again += 1
            own = f"{name}_{again}"
        return own

    # Terms

    def term(self, value: gast.expr) -> Term | Number:
        """An expression with types and shapes."""
        if self.elements.is_leaf(value):
            return self.leaf(value)
        operands = [self.term(one) for one in self.elements.operands(value)]
        if self.elements.is_one_of(value, SHAPED):
            return self.shaped(self.elements.meant(value.func), operands[0], self.shape(value.args[1]))
        if all(isinstance(one, Number) for one in operands):
            return self.number(value)
        match value:
            case gast.BinOp(op=gast.Pow()) if isinstance(operands[1], Number) and operands[1].text == "2":
                return _applied(np.square, operands[0])
            case gast.BinOp(op=op) | gast.Compare(ops=[op]):
                return _applied(OPERATORS[type(op)], *operands)
            case gast.UnaryOp():
                return _applied(np.negative, *operands)
        meant: Any = self.elements.meant(value.func)
        return _OURS[meant](*operands) if meant in _OURS else _applied(meant, *operands)

    def leaf(self, value: gast.expr) -> Term | Number:
        if isinstance(value, gast.Name) and isinstance(facts := self.values.get(value.id), Facts):
            _check_type(facts.dtype)
            return Term(facts, self.now.get(value.id, value.id))
        return self.number(value)

    def number(self, value: gast.expr) -> Number:
        names = {one.id for one in nodes(value) if isinstance(one, gast.Name)}
        known = {
            self.now.get(n, n): self.values[n] if n in self.values else self.elements.find(n) for n in names
        }
        renamed = substitute(copied(value), {n: load(own) for n, own in self.now.items() if n in names})
        text = emit.text(gast.Expr(renamed)).strip()
        try:
            found = eval(text, known)
        except Exception as error:
            raise NotFused(f"{text} raises {type(error).__name__}") from None
        return Number(found, text)

    def shape(self, value: gast.expr) -> tuple[int, ...]:
        """A shape that is the same in all calls of arguments like these."""
        known = [self.values.get(one.id) for one in nodes(value) if isinstance(one, gast.Name)]
        if not all(isinstance(one, Facts | tuple) for one in known):
            raise NotFused("a shape that may change")
        return tuple(self.number(value).value)

    def shaped(self, function: Any, term: Term | Number, shape: tuple[int, ...]) -> Term:
        """spread and unbroadcast, where they change nothing for an element."""
        if isinstance(term, Number):
            made = np.asarray(term.value).dtype
            _check_type(made)
            return Term(Facts(shape, made), "{0}", (term,), (made,))
        if term.facts.shape == shape:
            return term
        if function is SPREAD and np.broadcast_shapes(term.facts.shape, shape) == shape:
            return Term(Facts(shape, term.facts.dtype), "{0}", (term,), (term.facts.dtype,))
        if np.broadcast_shapes(term.facts.shape, shape) != term.facts.shape:
            raise NotFused("an array that gets axes")
        return self.sum_over_axes(function, term, shape)

    def axis_sum(self, value: gast.expr) -> Term:
        """np.sum(x, axis=0, keepdims=True)"""
        term = self.term(value.args[0])
        given = {one.arg: self.number(one.value).value for one in value.keywords}
        if isinstance(term, Number) or term.facts.dtype.kind != "f":
            raise NotFused("a sum of numbers that are not floating")
        axis, kept = given.get("axis"), bool(given.get("keepdims"))
        axes = range(term.facts.ndim) if axis is None else np.atleast_1d(axis) % term.facts.ndim
        sizes = [1 if k in axes else size for k, size in enumerate(term.facts.shape)]
        shape = tuple(size for k, size in enumerate(sizes) if kept or k not in axes)
        return self.sum_over_axes(lambda x, _: x.sum(axis=axis, keepdims=kept), term, shape)

    def sum_over_axes(self, function: Any, term: Term, shape: tuple[int, ...]) -> Term:
        """What a kernel computes and the array module sums, for those that come after."""
        place = self.place(term)
        part, found = self.fresh("part"), Facts(shape, term.facts.dtype)
        self.add(part, term, place)
        name = self.fresh("gathered")
        self.stages[place].gathered[name] = function, part, shape
        self.gathered.add(name)
        self.facts[name], self.home[name] = found, place
        return Term(found, name)

    # Stages

    def place(self, term: Term) -> int:
        """The stage that may compute it: of its shape, and after those that compute what it takes of other shapes."""
        shape, first = term.facts.shape, 0
        for name in _names(term):
            if name in self.home:
                home = self.home[name]
                is_later = name in self.stages[home].sums or name in self.gathered
                is_there = self.stages[home].shape == shape and not is_later
                first = max(first, home if is_there else home + 1)
        for k in range(first, len(self.stages)):
            if self.stages[k].shape == shape:
                return k
        self.stages.append(Stage(shape))
        return len(self.stages) - 1

    def add(self, name: str, term: Term, place: int) -> None:
        stage = self.stages[place]
        text = self.text(term, place, term.facts.dtype).removeprefix("(float)(half)")
        stage.lines.append((name, term.facts.dtype, text))
        self.facts[name], self.home[name] = term.facts, place

    def add_sum(self, name: str, term: Term, place: int) -> None:
        if term.facts.dtype.kind != "f":
            raise NotFused("a sum of integers")
        self.add(name, term, place)
        self.stages[place].sums[name] = term.facts.dtype
        self.facts[name] = Facts((), term.facts.dtype)

    def text(self, term: Term | Number, place: int, taken_as: np.dtype) -> str:
        """The term in C++, in the type that it is taken as."""
        stage = self.stages[place]
        if isinstance(term, Number):
            return _literal(term, taken_as) or self.parameter(term, taken_as, stage)
        if not term.operands:
            if self.home.get(term.text) != place:
                stage.arrays[term.text] = term.facts
            text = identifier(term.text)
            if term.facts.dtype == np.float16:
                text = f"(float){text}"
        else:
            pairs = zip(term.operands, term.types, strict=True)
            parts = [self.text(one, place, kind) for one, kind in pairs]
            text = term.text.format(*parts, T=C_TYPES[computed(term.types[-1]).name])
            if term.facts.dtype == np.float16:
                text = cast(term.facts.dtype, text)
        return text if taken_as == term.facts.dtype else cast(taken_as, text)

    def parameter(self, term: Number, taken_as: np.dtype, stage: Stage) -> str:
        asked = taken_as, term.text
        for name, one in stage.numbers.items():
            if one == asked:
                return name
        name = f"number_{len(stage.numbers)}"
        stage.numbers[name] = asked
        return name


def _check_type(kind: np.dtype) -> None:
    if kind.name not in C_TYPES:
        raise NotFused(f"an array of {kind}")


def _applied(function: np.ufunc, *operands: Term | Number) -> Term:
    """A function of NumPy's of these, in the types that NumPy would choose."""
    kinds = [one.kind if isinstance(one, Number) else one.facts.dtype for one in operands]
    try:
        *taken, made = function.resolve_dtypes((*kinds, None))
    except TypeError as error:
        raise NotFused(str(error)) from None
    if not applies(function, [*taken, made]):
        raise NotFused(f"np.{function.__name__} of {', '.join(map(str, kinds))}")
    return Term(Facts(_shape(operands), made), UFUNCS[function], operands, tuple(taken))


def _shape(operands: tuple[Term | Number, ...]) -> tuple[int, ...]:
    shapes = [one.facts.shape for one in operands if isinstance(one, Term)]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise NotFused("shapes that do not go together") from None


def _where(condition: Term | Number, one: Term | Number, other: Term | Number) -> Term:
    kinds = [x.value if isinstance(x, Number) else x.facts.dtype for x in (one, other)]
    made = np.result_type(*kinds)
    if made.name not in C_TYPES:
        raise NotFused(f"np.where of {made}")
    operands = condition, one, other
    return Term(Facts(_shape(operands), made), "({0} ? {1} : {2})", operands, (np.dtype(bool), made, made))


def _without_zeros(x: Term) -> Term:
    return _applied(np.add, x, _applied(np.equal, x, Number(0, "0")))


def _share(value: Term | Number, result: Term | Number, one: Term | Number, *others: Term | Number) -> Term:
    """As `runtime.arrays.share` has it: where one is the result, an equal part with the others that are."""
    made = np.result_type(value.value if isinstance(value, Number) else value.facts.dtype)
    if made.kind != "f" or made.name not in C_TYPES:
        raise NotFused(f"shares of {made}")
    ties = [_applied(np.equal, other, result) for other in others]
    operands = _applied(np.equal, one, result), value, *ties
    count = " + ".join(["1", *(f"{{{k}}}" for k in range(2, len(operands)))])
    text = f"({{0}} ? {{1}} / ({C_TYPES[computed(made).name]})({count}) : 0)"
    types = np.dtype(bool), made, *(np.dtype(bool) for _ in ties)
    return Term(Facts(_shape(operands), made), text, operands, types)


_OURS: dict[Any, Callable[..., Term]] = {np.where: _where, WITHOUT_ZEROS: _without_zeros, SHARE: _share}


def _names(term: Term | Number) -> list[str]:
    """The arrays that it is computed from."""
    if isinstance(term, Number):
        return []
    return [name for one in term.operands for name in _names(one)] if term.operands else [term.text]


def _literal(term: Number, kind: np.dtype) -> str:
    """A number that is written out, in C++; an empty text for all others."""
    try:
        value = float(term.text)
    except ValueError:
        return ""
    if kind.kind == "b":
        return "true" if value else "false"
    if kind.kind == "i":
        return str(int(value))
    return (
        f"{float(kind.type(value))!r}{'f' if computed(kind) == np.float32 else ''}"
        if np.isfinite(kind.type(value))
        else ""
    )
