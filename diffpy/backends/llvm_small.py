"""Arrays of a few elements that a kernel can keep in registers: its tree in, their names and shapes out.

Such an array is no object: `b = a` copies its elements. That is the same as long as nobody writes to either one
afterwards, which is looked for in the text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod

from diffpy.backends.llvm_memory import statements
from diffpy.backends.llvm_uses import is_new

MOST = 32  # elements


@dataclass
class _Use:
    """What is done with a name: where, counted from the top, and in which loops."""

    made: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    shapes: list[tuple[list[int] | None, str]] = field(default_factory=list)
    stored: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    handed: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    is_refused: bool = False


def small(tree: ast.FunctionDef) -> dict[str, list[int]]:
    """The shape of each such array.

    >>> lines = "def f(x):", "    a = np.empty((2,), np.float64)", "    a[0] = x", "    b = a", "    return b[0],"
    >>> (tree,) = ast.parse("\\n".join(lines)).body
    >>> small(tree)
    {'a': [2], 'b': [2]}
    """
    uses: dict[str, _Use] = {}
    _look(tree.body, (), uses, iter(range(10**9)))
    given = {one.arg for one in tree.args.args}
    found = {name for name, use in uses.items() if name not in given and _is_apart(use)}
    still = {name for name in given if not (name in uses and (uses[name].stored or uses[name].is_refused))}
    while True:
        shapes = _shapes(found, uses)
        rest = {
            name
            for name in found
            if name in shapes and all(one in found or one in still for one in uses[name].sources)
        }
        rest -= {one for name, use in uses.items() if name not in found for one in use.sources}
        if rest == found:
            return {name: shapes[name] for name in sorted(found)}
        found = rest


def _look(body: list[ast.stmt], loops: tuple[int, ...], uses: dict[str, _Use], count: Iterator[int]) -> None:
    for one in body:
        place = next(count)
        match one:
            case ast.For(iter=ast.Call(func=ast.Name(id="shared"))):
                _refuse_others(one, uses)
                _look(one.body, (*loops, place), uses, count)
            case ast.For() | ast.While():
                _look(one.body, (*loops, place), uses, count)
            case ast.If():
                _look(one.body, loops, uses, count)
                _look(one.orelse, loops, uses, count)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)):
                _use(uses, name).sources.append(other)
                _use(uses, other).handed.append((place, loops))
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Attribute(attr="empty" | "zeros")) as call,
            ):
                _use(uses, name).made.append((place, loops))
                _use(uses, name).shapes.append((_shape(call.args[0]), ast.unparse(call.args[1])))
            case ast.Assign(
                targets=[ast.Name()],
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=other), attr="reshape")),
            ):
                _use(uses, other).is_refused = True
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="room"))):
                _use(uses, name).is_refused = True
            case ast.Assign(value=ast.Call(func=ast.Name(id="place_of" | "outside"), args=args)):
                for arg in args:
                    if isinstance(arg, ast.Name):
                        _use(uses, arg.id).is_refused = True
            case (
                ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))])
                | ast.AugAssign(target=ast.Subscript(value=ast.Name(id=name)))
            ):
                _use(uses, name).stored.append((place, loops))
            case ast.Expr(value=ast.Call(args=args)):
                for name in sorted({n.id for arg in args for n in ast.walk(arg) if isinstance(n, ast.Name)}):
                    _use(uses, name).is_refused = True


def _refuse_others(loop: ast.For, uses: dict[str, _Use]) -> None:
    """A thread has registers of its own: what it finds there it has made."""
    names = {n.id for n in ast.walk(loop) if isinstance(n, ast.Name)}
    made = {ast.unparse(one.targets[0]) for one in statements(loop.body) if is_new(one)}
    for name in sorted(names - made):
        _use(uses, name).is_refused = True


def _use(uses: dict[str, _Use], name: str) -> _Use:
    return uses.setdefault(name, _Use())


def _shape(node: ast.expr) -> list[int] | None:
    items = node.elts if isinstance(node, ast.Tuple) else [node]
    sizes = [one.value for one in items if isinstance(one, ast.Constant) and type(one.value) is int]
    return sizes if len(sizes) == len(items) and 0 < prod(sizes) <= MOST else None


def _is_apart(use: _Use) -> bool:
    """Whether a copy is as good as the array: it is filled, and then handed on."""
    if use.is_refused or not (use.made or use.sources):
        return False
    if any(shape is None for shape, _ in use.shapes) or len({str(one) for one in use.shapes}) > 1:
        return False
    if not use.stored or not use.handed:
        return not (use.stored and use.sources)
    if len(use.made) != 1 or use.sources:
        return False
    (place, loops) = use.made[0]
    if not place < min(use.stored)[0] <= max(use.stored)[0] < min(use.handed)[0]:
        return False
    depth = len(loops)
    if any(inside[:depth] != loops for _, inside in (*use.stored, *use.handed)):
        return False
    return not {one for _, inside in use.stored for one in inside[depth:]} & {
        one for _, inside in use.handed for one in inside[depth:]
    }


def _shapes(found: set[str], uses: dict[str, _Use]) -> dict[str, list[int]]:
    """The shapes of those that have one: their own, or that of what they are handed."""
    shapes = {name: shape for name in found for shape, _ in uses[name].shapes[:1] if shape is not None}
    while True:
        more = {
            name: shapes[one] for name in found - {*shapes} for one in uses[name].sources if one in shapes
        }
        if not more:
            break
        shapes |= more
    alike = {n for n in shapes if all(shapes.get(one, shapes[n]) == shapes[n] for one in uses[n].sources)}
    return {name: shapes[name] for name in alike}
