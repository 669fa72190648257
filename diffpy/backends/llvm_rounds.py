"""Loops that go through the same rounds, one after the other: a kernel's tree in, one with fewer loops out.

What a loop leaves in an array for the next one is read again from far away where the arrays are large. If each round
reads no more than what the same round has written, the rounds are done together, while the elements are still near; and
an array of which a round needs only its own part is no larger than that.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from diffpy.backends.llvm_memory import classes, statements

_NEAR = 64  # rounds of an inner loop: those of fewer are laid out one by one
_FAR = 60  # statements that a loop moves over


def in_rounds(tree: ast.FunctionDef) -> ast.FunctionDef:
    """The tree with such loops in one, changed where it stands.

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
    _Smaller(tree).visit(tree)
    return ast.fix_missing_locations(tree)


@dataclass
class _Access:
    """Part of an array that is read or written: where, along its first axes."""

    name: str
    places: tuple[str, ...]
    is_store: bool


@dataclass
class _Uses:
    """What a statement does with variables and arrays."""

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    needs: set[str] = field(default_factory=set)  # variables that it reads before it has written them
    accesses: list[_Access] = field(default_factory=list)
    is_simple: bool = True  # nothing else happens


class _Rounds:
    """Blocks with fewer loops, from the outermost ones."""

    def __init__(self, tree: ast.FunctionDef) -> None:
        self.classes = classes(tree)
        self.counts = _counts(tree)
        self.known: dict[int, tuple[ast.stmt, _Uses]] = {}

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for one in body:
            place = self._partner(out, one) if isinstance(one, ast.For) else None
            if place is not None:
                first = out[place]
                assert isinstance(first, ast.For) and isinstance(one, ast.For)
                first.body = [*first.body, *one.body]
                self.known.pop(id(first), None)
            elif _is_new(one):
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

    def uses(self, one: ast.stmt) -> _Uses:
        if id(one) not in self.known:
            found = _Uses()
            _look([one], found, set(), may_make=True)
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

    def _shared(self, a: _Uses, b: _Uses) -> Iterator[tuple[_Access, _Access]]:
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
        return self.counts[name] == sum(_counts(one)[name] for one in loops)


def _counts(tree: ast.AST) -> Counter[str]:
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


def _inside(loop: ast.For) -> _Uses:
    """What a round does."""
    found = _Uses()
    _look(loop.body, found, set())
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


def _is_new(one: ast.stmt) -> bool:
    """Whether an array is made that nobody has written yet."""
    match one:
        case ast.Assign(targets=[ast.Name()], value=ast.Call(func=ast.Attribute(attr="empty" | "zeros"))):
            return True
    return False


# What statements do


def _look(body: Iterable[ast.stmt], found: _Uses, there: set[str], may_make: bool = False) -> None:
    """Note it all; `there` has the variables that are written before."""
    for one in body:
        match one:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=args)) if may_make and _is_new(
                one
            ):
                _read(args[0], found, there)
                found.writes.add(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                _read(value, found, there)
                found.writes.add(name)
                there.add(name)
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
                _look(inner, found, {*there, name})
            case ast.If(test=test, body=inner, orelse=others):
                _read(test, found, there)
                _look(inner, found, {*there})
                _look(others, found, {*there})
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr="dot"), args=args)):
                for arg in args:
                    _factor(arg, found, there, arg is args[-1])
            case ast.Pass():
                pass
            case _:
                found.is_simple = False


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


def _read(value: ast.expr, found: _Uses, there: set[str]) -> None:
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
            found.is_simple &= _is_of_numbers(value)
        case _:
            for part in ast.iter_child_nodes(value):
                if isinstance(part, ast.expr):
                    _read(part, found, there)


def _part(node: ast.Subscript, found: _Uses, is_store: bool) -> None:
    assert isinstance(node.value, ast.Name)
    places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    texts = tuple(one.id if isinstance(one, ast.Name) else "" for one in places)
    found.accesses.append(_Access(node.value.id, texts, is_store))
    found.reads.add(node.value.id)  # the variable: another array in its place would be another part


def _stored(node: ast.Subscript, found: _Uses, there: set[str]) -> None:
    if not isinstance(node.value, ast.Name):
        found.is_simple = False
        return
    _part(node, found, True)
    _read(node.slice, found, there)


def _factor(node: ast.expr, found: _Uses, there: set[str], is_store: bool) -> None:
    """A matrix, or part of an array, in a product."""
    inner = node.value if isinstance(node, ast.Attribute) else node
    match inner:
        case ast.Name(id=name):
            found.accesses.append(_Access(name, (), is_store))
            found.reads.add(name)
        case ast.Subscript(value=ast.Name()):
            _part(inner, found, is_store)
            _read(inner.slice, found, there)
        case _:
            found.is_simple = False


# Arrays of which a round needs no more than its own part


class _Smaller(ast.NodeTransformer):
    """Those that are made once, and used in one loop alone, always at its round."""

    def __init__(self, tree: ast.FunctionDef) -> None:
        made = [*_made_once(tree)]
        users: dict[str, list[ast.stmt]] = {}
        for one in tree.body if made else []:
            for name in {n.id for n in ast.walk(one) if isinstance(n, ast.Name)}:
                users.setdefault(name, []).append(one)
        self.gone = {name for name in made if _is_of_rounds(name, users[name])}

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


def _made_once(tree: ast.FunctionDef) -> Iterator[str]:
    """Arrays of two axes or more that are made empty, outside of all loops."""
    for one in tree.body:
        match one:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(
                    func=ast.Attribute(attr="empty"), args=[ast.Tuple(elts=[_, _, *_] as sizes), _]
                ),
            ):
                if not any(isinstance(size, ast.Constant) and size.value == 1 for size in sizes):
                    yield name


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
