"""Loops that go through the same rounds, one after the other: a kernel's tree in, one with fewer loops out.

What a loop leaves in an array for the next one is read again from far away where the arrays are large. If each round
reads no more than what the same round has written, the rounds are done together, while the elements are still near; and
an array of which a round needs only its own part is no larger than that.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from diffpy.backends.llvm_independent import independent
from diffpy.backends.llvm_memory import classes, statements
from diffpy.backends.llvm_uses import Access, Uses, counts, is_new, look

_NEAR = 64  # rounds of an inner loop: those of fewer are laid out one by one
_FAR = 60  # statements that a loop moves over


def in_rounds(tree: ast.FunctionDef, threads: int = 1) -> ast.FunctionDef:
    """The tree with such loops in one, changed where it stands; what threads share keeps arrays for all rounds.

    >>> import textwrap
    >>> text = '''
    ... def f(a, n):
    ...     out = np.empty((n, n), np.float64)
    ...     t = np.empty((n, n), np.float64)
    ...     for i in range(n):
    ...         for j in range(n):
    ...             t[i, j] = a[j] + i
    ...     for i in range(n):
    ...         for j in range(n):
    ...             out[i, j] = t[i, j] * t[i, n - 1 - j]
    ...     return (out,)
    ... '''
    >>> (tree,) = ast.parse(textwrap.dedent(text)).body
    >>> print(ast.unparse(in_rounds(tree)))
    def f(a, n):
        out = np.empty((n, n), np.float64)
        t = np.empty((n,), np.float64)
        for i in range(n):
            for j in range(n):
                t[j] = a[j] + i
            for j in range(n):
                out[i, j] = t[j] * t[n - 1 - j]
        return (out,)
    """
    if not any(isinstance(one, ast.For) and _is_far(one) for one in statements(tree.body)):
        return tree
    tree.body = _Rounds(tree).block(tree.body)
    _Smaller(tree, {*independent(tree)} if threads > 1 else set()).visit(tree)
    return ast.fix_missing_locations(tree)


class _Rounds:
    """Blocks with fewer loops, from the outermost ones."""

    def __init__(self, tree: ast.FunctionDef) -> None:
        self.classes = classes(tree)
        self.counts = counts(tree)
        self.known: dict[int, tuple[ast.stmt, Uses]] = {}

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for one in body:
            place = self._partner(out, one) if isinstance(one, ast.For) else None
            if place is not None:
                first = out[place]
                assert isinstance(first, ast.For) and isinstance(one, ast.For)
                first.body = [*first.body, *one.body]
                self.known.pop(id(first), None)
            elif is_new(one):
                out.insert(self._above(out, one), one)
            else:
                out.append(one)
        for one in out:
            if isinstance(one, ast.For | ast.While | ast.If):
                one.body, one.orelse = self.block(one.body), self.block(one.orelse)
        return out

    def _partner(self, out: list[ast.stmt], loop: ast.For) -> int | None:
        """Where the loop is that this one can be part of; over what stands between it moves."""
        if not _is_far(loop) or not self.uses(loop).is_simple:
            return None
        for place in reversed(range(max(len(out) - _FAR, 0), len(out))):
            other = out[place]
            if isinstance(other, ast.For) and _is_far(other) and self._may_join(other, loop):
                return place
            if not self._are_apart(other, loop):
                return None
        return None

    def _above(self, out: list[ast.stmt], new: ast.stmt) -> int:
        """Where an array can be made: before the loops that have nothing to do with it."""
        found = len(out)
        for place in reversed(range(max(len(out) - _FAR, 0), len(out))):
            other = out[place]
            if not isinstance(other, ast.For | ast.Assign) or not self._are_apart(other, new):
                break
            found = place if isinstance(other, ast.For) else found
        return found

    def uses(self, one: ast.stmt) -> Uses:
        if id(one) not in self.known:
            found = Uses()
            look([one], found, set(), may_make=True)
            self.known[id(one)] = one, found
        return self.known[id(one)][1]

    def _are_apart(self, one: ast.stmt, other: ast.stmt) -> bool:
        """Whether the two may change places."""
        a, b = self.uses(one), self.uses(other)
        if not (a.is_simple and b.is_simple):
            return False
        both = a.writes & (b.reads | b.writes) | b.writes & a.reads
        if any(self.counts[name] for name in both):
            return False
        return not any(x.is_store or y.is_store for x, y in self._shared(a, b))

    def _shared(self, a: Uses, b: Uses) -> Iterator[tuple[Access, Access]]:
        """Pairs of accesses that may be of one memory."""
        for x in a.accesses:
            for y in b.accesses:
                if self.classes.get(x.name, x.name) == self.classes.get(y.name, y.name):
                    yield x, y

    def _may_join(self, one: ast.For, other: ast.For) -> bool:
        if ast.dump(one.target) != ast.dump(other.target) or ast.dump(one.iter) != ast.dump(other.iter):
            return False
        a, b = self.uses(one), self.uses(other)
        assert isinstance(one.target, ast.Name)
        index = one.target.id
        if not (a.is_simple and b.is_simple):
            return False
        of_rounds = {index} | {n.id for n in ast.walk(one.iter) if isinstance(n, ast.Name)}
        inside, others = _inside(one), _inside(other)
        if (inside.writes | others.writes) & of_rounds:
            return False
        if inside.writes & others.needs or others.writes & inside.needs:
            return False
        if not all(self._is_within(name, one, other) for name in inside.writes & others.writes):
            return False
        return all(
            x.name == y.name and any(p == q == index for p, q in zip(x.places, y.places, strict=False))
            for x, y in self._shared(inside, others)
            if x.is_store or y.is_store
        )

    def _is_within(self, name: str, *loops: ast.For) -> bool:
        """Whether nothing else looks at a variable."""
        return self.counts[name] == sum(counts(one)[name] for one in loops)


def _inside(loop: ast.For) -> Uses:
    """What a round does."""
    found = Uses()
    look(loop.body, found, set())
    return found


def _is_far(loop: ast.For) -> bool:
    """Whether a round of a loop goes through much."""
    match loop.iter:
        case ast.Call(func=ast.Name(id="range"), args=[ast.Name() | ast.Constant()]):
            return any(_is_long(one) for one in loop.body)
    return False


def _is_long(one: ast.stmt) -> bool:
    match one:
        case ast.For(iter=ast.Call(args=[ast.Constant(value=int(rounds))])) if rounds <= _NEAR:
            return any(map(_is_long, one.body))
        case ast.For() | ast.Expr():
            return True
    return False


# Arrays of which a round needs no more than its own part


class _Smaller(ast.NodeTransformer):
    """Those that are made once, and used in one loop alone, always at its round."""

    def __init__(self, tree: ast.FunctionDef, shared: set[int]) -> None:
        every = parts_of_rounds(tree).items()
        self.gone = {one.name for loop, found in every if loop not in shared for one in found}

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[ast.Tuple() as shape, _])):
                if name in self.gone:
                    shape.elts = shape.elts[1:]
                    return node
        self.generic_visit(node)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.value, ast.Name) or node.value.id not in self.gone:
            return node
        if not isinstance(node.slice, ast.Tuple):
            return node.value
        rest = node.slice.elts[1:]
        node.slice = rest[0] if len(rest) == 1 else ast.Tuple(rest, ast.Load())
        return node


class Own(NamedTuple):
    """An array of which the rounds of a loop need but their own parts, and nobody else needs anything; its shape."""

    name: str
    shape: ast.Tuple


def parts_of_rounds(tree: ast.FunctionDef) -> dict[int, list[Own]]:
    """Such arrays by the identity of the loop."""
    made = [*_made_once(tree)]
    users: dict[str, list[ast.stmt]] = {}
    for one in tree.body if made else []:
        for name in {n.id for n in ast.walk(one) if isinstance(n, ast.Name)}:
            users.setdefault(name, []).append(one)
    found: dict[int, list[Own]] = {}
    for own in made:
        if _is_of_rounds(own.name, users[own.name]):
            found.setdefault(id(users[own.name][1]), []).append(own)
    return found


def _made_once(tree: ast.FunctionDef) -> Iterator[Own]:
    """Arrays of two axes or more that are made empty, outside of all loops."""
    for one in tree.body:
        match one:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(
                    func=ast.Attribute(attr="empty"), args=[ast.Tuple(elts=[_, _, *_] as sizes) as shape, _]
                ),
            ):
                if not any(isinstance(size, ast.Constant) and size.value == 1 for size in sizes):
                    yield Own(name, shape)


def _is_of_rounds(name: str, users: list[ast.stmt]) -> bool:
    """Whether each use of an array but the making is in one loop, of several, at the round of it."""
    match users:
        case [ast.Assign(), ast.For(target=ast.Name(id=index)) as loop] if _is_far(loop):
            uses = [n for n in ast.walk(loop) if isinstance(n, ast.Name) and n.id == name]
            parts = [n for n in ast.walk(loop) if isinstance(n, ast.Subscript) and n.value in uses]
            first = [n.slice.elts[0] if isinstance(n.slice, ast.Tuple) else n.slice for n in parts]
            is_at_round = all(isinstance(one, ast.Name) and one.id == index for one in first)
            return len(parts) == len(uses) and is_at_round
    return False
