"""Which arrays of a kernel may be one: its tree in, classes of arrays out; those of two classes share nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator


def classes(tree: ast.FunctionDef) -> dict[str, int]:
    """A class for each name: that of all arguments, or of a new array and the names that it is handed on to.

    >>> (tree,) = ast.parse("def f(x, y):\\n    a = np.empty(2)\\n    b = a\\n    c = np.empty(2)").body
    >>> classes(tree)
    {'x': 0, 'y': 0, 'a': 1, 'b': 1, 'c': 2}
    """
    parents: dict[str, str] = {}

    def root(name: str) -> str:
        parents.setdefault(name, name)
        while parents[name] != name:
            name = parents[name]
        return name

    first, *others = (one.arg for one in tree.args.args) if tree.args.args else [""]
    root(first)
    for name in others:
        parents[root(name)] = root(first)
    for name in in_lists(tree):
        parents[root(name)] = root("in lists")
    for one in statements(tree.body):
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
            name = one.targets[0].id
            root(name)
            if (other := handed_on(one.value)) is not None:
                parents[root(name)] = root(other)
    numbers: dict[str, int] = {}
    return {name: numbers.setdefault(root(name), len(numbers)) for name in parents}


def in_lists(tree: ast.FunctionDef) -> Iterator[str]:
    """The arrays that lists hold as they are, and those that were found in one."""
    for one in statements(tree.body):
        match one:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="array_at"))):
                yield name
            case ast.Assign(value=ast.Call(func=ast.Name(id="place_of"), args=[ast.Name(id=name)])):
                yield name


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements, also those of loops and branches."""
    for one in body:
        yield one
        if isinstance(one, ast.For | ast.While | ast.If):
            yield from statements(one.body)
            yield from statements(one.orelse)


def blocks(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """A block, and all those of its loops and branches."""
    yield body
    for one in body:
        for part in ("body", "orelse"):
            if isinstance(one, ast.For | ast.While | ast.If) and getattr(one, part):
                yield from blocks(getattr(one, part))


def handed_on(value: ast.expr) -> str | None:
    """The name whose memory a value has."""
    match value:
        case ast.Name(id=name) | ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="reshape")):
            return name
    return None


def apart(number: int) -> str:
    """What is said of a load or a store in an array of a class."""
    return f", !alias.scope !{_LISTS + 2 * number}, !noalias !{_LISTS + 2 * number + 1}"


_LISTS, _SCOPES = 100_000, 200_000


def metadata(classes: Iterable[int]) -> Iterable[str]:
    """What the marks stand for, of the classes that there are marks of."""
    yield '!0 = distinct !{!0, !"kernel"}'
    numbers = sorted(classes)
    every = [f"!{_SCOPES + number}" for number in numbers]
    for number, one in zip(numbers, every, strict=True):
        others = ", ".join(other for other in every if other != one)
        yield f"{one} = distinct !{{{one}, !0}}"
        yield f"!{_LISTS + 2 * number} = !{{{one}}}"
        yield f"!{_LISTS + 2 * number + 1} = !{{{others}}}"


def tapes(tree: ast.FunctionDef) -> frozenset[str]:
    """The vectors that are made larger: an empty one may begin with any room.

    >>> (tree,) = ast.parse("def f(x):\\n    a = np.empty(0, np.float64)\\n    a = room(a, 0, 3)").body
    >>> sorted(tapes(tree))
    ['a']
    """
    return frozenset(
        one.targets[0].id
        for one in statements(tree.body)
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and _is_room(one.value)
    )


def _is_room(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "room"
