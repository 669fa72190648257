"""Targets of assignment: chained, nested and mixed ones in; one name, place or flat tuple of names out."""

from __future__ import annotations

import gast

from diffpy.syntax import build
from diffpy.syntax.names import Names
from diffpy.syntax.trees import copied
from diffpy.transforms.binding import rebindable_names
from diffpy.transforms.blocks import placed, rebuild


def expand_targets(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """Each assignment stores into one thing, in Python's order; a loop's and a with's target is a name.

    >>> from diffpy.transforms.example import after
    >>> print(after('''
    ... def f(a, b):
    ...     a, b = b, a + b
    ...     x = y[0] = a
    ...     for i, (p, q) in b:
    ...         p, a[i] = q
    ... ''', expand_targets))
    def f(a, b):
        t1 = a + b
        a = b
        b = t1
        t2 = a
        x = t2
        y[0] = t2
        for t4 in b:
            i, t5 = t4
            p, q = t5
            p, t3 = q
            a[i] = t3
    """
    fragile = rebindable_names(tree)
    tree.body = rebuild(tree.body, lambda one: _expand(one, names, fragile))
    return tree


def unpacking(target: gast.expr, value: str, names: Names) -> list[gast.stmt]:
    """The statements that store the value of the variable `value` into a target of any shape."""
    if not isinstance(target, gast.Tuple | gast.List):
        return [build.assign(target, build.load(value, target), target)]
    flat: list[gast.expr] = []
    later: list[gast.stmt] = []
    for one in target.elts:
        place = one.value if isinstance(one, gast.Starred) else one
        name = _direct(place, later) or names.temporary()
        if not _direct(place, later):
            later += unpacking(place, name, names)
        flat.append(_like_starred(one, build.store(name, place)))
    left = placed(gast.Tuple(flat, gast.Store()), target)
    return [build.assign(left, build.load(value, target), target), *later]


def _direct(place: gast.expr, later: list[gast.stmt]) -> str | None:
    """The name itself, as long as no store into a place comes before it: stores happen left to right."""
    return place.id if isinstance(place, gast.Name) and not later else None


def _like_starred(one: gast.expr, stored: gast.Name) -> gast.expr:
    return placed(gast.Starred(stored, gast.Store()), one) if isinstance(one, gast.Starred) else stored


def _expand(statement: gast.stmt, names: Names, fragile: set[str]) -> list[gast.stmt]:
    match statement:
        case gast.Assign(targets=[gast.Tuple() | gast.List()], value=gast.GeneratorExp() as value):
            statement.value = placed(gast.ListComp(value.elt, value.generators), value)  # each item is taken
    match statement:
        case gast.Assign(targets=[gast.Name() | gast.Attribute() | gast.Subscript()]):
            return [statement]
        case gast.Assign(
            targets=[gast.Tuple() | gast.List() as left], value=gast.Tuple() | gast.List() as right
        ):
            return _pairwise(statement, left, right, names, fragile)
        case gast.Assign():
            return _each_target(statement, names)
        case gast.For() if not isinstance(statement.target, gast.Name):
            statement.target, first = _named(statement.target, names)
            statement.body = first + statement.body
        case gast.With(items=[gast.withitem(optional_vars=gast.expr() as target) as item]):
            if not isinstance(target, gast.Name):
                item.optional_vars, first = _named(target, names)
                statement.body = first + statement.body
    return [statement]


def _named(target: gast.expr, names: Names) -> tuple[gast.Name, list[gast.stmt]]:
    name = names.temporary()
    return build.store(name, target), unpacking(target, name, names)


def _each_target(statement: gast.Assign, names: Names) -> list[gast.stmt]:
    value, targets = statement.value, statement.targets
    if _repeatable(value, targets):
        return [build.assign(one, copied(value), statement) for one in targets]
    plain = isinstance(value, gast.Name) and len(targets) == 1
    name = value.id if plain else names.temporary()
    out = [] if plain else [build.assign(name, value, statement)]
    for one in targets:
        out += unpacking(one, name, names)
    return out


def _repeatable(value: gast.expr, targets: list[gast.expr]) -> bool:
    """Whether each target can have the value written out: a constant, or a name with names as targets."""
    if isinstance(value, gast.Constant):
        return not any(isinstance(one, gast.Tuple | gast.List) for one in targets)
    return isinstance(value, gast.Name) and all(isinstance(one, gast.Name) for one in targets)


def _pairwise(
    statement: gast.Assign, left: gast.expr, right: gast.expr, names: Names, fragile: set[str]
) -> list[gast.stmt]:
    """`a, b = b, a`: every value first, then every store; temporaries only where a store disturbs."""
    if len(left.elts) != len(right.elts) or any(
        isinstance(one, gast.Starred) for one in left.elts + right.elts
    ):
        return _each_target(statement, names)
    first: list[gast.stmt] = []
    stores: list[gast.stmt] = []
    disturbed: set[str] | None = set(fragile)
    for target, value in zip(left.elts, right.elts, strict=True):
        if not _undisturbed(value, disturbed):
            name = names.temporary()
            first.append(build.assign(name, value, value))
            value = build.load(name, value)
        stores += _store(target, value, names)
        known = disturbed is not None and isinstance(target, gast.Name)
        disturbed = (disturbed or set()) | {target.id} if known else None
    return first + stores


def _undisturbed(value: gast.expr, disturbed: set[str] | None) -> bool:
    """Whether the value reads the same after the stores before its own; a store into a place may do all."""
    if isinstance(value, gast.Constant):
        return True
    return isinstance(value, gast.Name) and disturbed is not None and value.id not in disturbed


def _store(target: gast.expr, value: gast.expr, names: Names) -> list[gast.stmt]:
    if not isinstance(target, gast.Tuple | gast.List):
        return [build.assign(target, value, target)]
    if isinstance(value, gast.Name):
        return unpacking(target, value.id, names)
    name = names.temporary()
    return [build.assign(name, value, value), *unpacking(target, name, names)]
