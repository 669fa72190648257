"""What need not be on a tape: a kernel's tree in, one out that computes again what is cheap, and keeps nothing twice.

A loop puts numbers on several tapes, an entry of each a round. An entry that is a sum or a product of entries of the
others, and of what stays the same, is computed where it is read.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from diffpy.backends.llvm_memory import blocks, classes, handed_on, statements, tapes

_COST = 4  # operations, and reads of what stays the same, for an entry that is computed again
_CHEAP = (ast.Add, ast.Sub, ast.Mult)

Value = tuple[Any, ...]


@dataclass(frozen=True)
class _Entry:
    """A number that a block puts on a tape."""

    tape: str
    value: int
    together: tuple[int, int]  # the same for those of one round


@dataclass
class _Facts:
    """What is looked for once in the whole kernel."""

    given: frozenset[str]
    still: frozenset[str]  # names that hold the same from before the first loop on
    classes: dict[str, int]
    is_written: bool  # whether an array that is an argument may be written
    stores: Counter[str]  # into tapes


@dataclass
class _Numbers:
    """The values of a block, each with a number: the same one for what is surely the same."""

    facts: _Facts
    known: dict[Value, int] = field(default_factory=dict)
    every: list[Value] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    memory: Counter[int] = field(default_factory=Counter)
    changed: int = 0

    def of(self, value: Value) -> int:
        if value not in self.known:
            self.known[value] = len(self.every)
            self.every.append(value)
        return self.known[value]

    def new(self) -> int:
        self.changed += 1
        return self.of(("new", self.changed))

    def expression(self, node: ast.expr) -> int:
        match node:
            case ast.Constant(value=value):
                return self.of(("constant", type(value), repr(value)))
            case ast.Name(id=name):
                return self.name(name)
            case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _CHEAP):
                return self.of((type(op), self.expression(left), self.expression(right)))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.of((ast.USub, self.expression(operand)))
            case ast.Subscript(value=ast.Name(id=name), slice=place):
                places = place.elts if isinstance(place, ast.Tuple) else [place]
                version = self.memory[self.facts.classes.get(name, -1)]
                return self.of(("read", name, self.name(name), version, *map(self.expression, places)))
        return self.new()

    def name(self, name: str) -> int:
        if name not in self.names:
            is_still = name in self.facts.still or name in self.facts.given
            self.names[name] = self.of(("still", name)) if is_still else self.new()
        return self.names[name]

    def forget(self, one: ast.stmt) -> None:
        """What a statement may write is not what it was."""
        for node in ast.walk(one):
            match node:
                case ast.Name(id=name, ctx=ast.Store()):
                    self.names[name] = self.new()
                    self.memory[self.facts.classes.get(name, -1)] += 1
                case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                    self.memory[self.facts.classes.get(name, -1)] += 1
                case ast.Expr(value=ast.Call(args=args)):
                    for name in {n.id for arg in args for n in ast.walk(arg) if isinstance(n, ast.Name)}:
                        self.memory[self.facts.classes.get(name, -1)] += 1


def fewer_tapes(tree: ast.FunctionDef) -> ast.FunctionDef:
    """The tree with fewer tapes, changed where it stands.

    >>> import textwrap
    >>> text = '''
    ... def f(k, x):
    ...     one = np.empty(0, np.float64)
    ...     other = np.empty(0, np.float64)
    ...     top = 0
    ...     for _ in range(3):
    ...         a = k[0]
    ...         other[top] = x
    ...         one[top] = a * x
    ...         top = top + 1
    ...         x = math.sin(x)
    ...     for back in range(top):
    ...         x = x + one[back] * other[back]
    ...     return x
    ... '''
    >>> (tree,) = ast.parse(textwrap.dedent(text)).body
    >>> print(ast.unparse(fewer_tapes(tree).body[-2]))
    for back in range(top):
        x = x + np.float64(k[0] * other[back]) * other[back]
    """
    every = tapes(tree) | {*_casts(tree)}
    facts = _facts(tree, every)
    again: dict[str, tuple[int, dict[int, str], _Numbers]] = {}
    for block in blocks(tree.body):
        numbers = _Numbers(facts)
        entries = [*_entries(block, every, numbers)]
        for group in _groups(entries, facts):
            kept: dict[int, str] = {}
            for entry in group:
                if entry.value in kept or _cost(entry.value, kept, numbers, True) <= _COST:
                    again[entry.tape] = entry.value, kept, numbers
                else:
                    kept[entry.value] = entry.tape
    plain = _plain(tree) if again else set()
    again = {tape: found for tape, found in again.items() if tape in plain}
    return _Rewritten(again, _casts(tree)).tree(tree) if again else tree


def _casts(tree: ast.FunctionDef) -> dict[str, ast.expr]:
    """What makes of a number one as a tape of floats holds it."""
    found: dict[str, ast.expr] = {}
    for one in tree.body:
        match one:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[_, ast.Attribute(attr=kind)])):
                if kind in ("float64", "float32") and _is_empty(one):
                    found[name] = ast.parse(f"np.{kind}", mode="eval").body
    return found


def _is_empty(node: ast.AST) -> bool:
    match node:
        case ast.Assign(
            targets=[ast.Name()],
            value=ast.Call(func=ast.Attribute(attr="empty"), args=[ast.Constant(value=0), _]),
        ):
            return True
    return False


def _facts(tree: ast.FunctionDef, every: frozenset[str]) -> _Facts:
    counts = Counter(n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    given = {one.arg for one in tree.args.args}
    still = set()
    for one in tree.body:
        if isinstance(one, ast.For | ast.While):
            break
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
            still |= {one.targets[0].id}
    known = classes(tree)
    stored: list[str] = []
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                stored.append(name)
            case ast.Expr(value=ast.Call(args=args)):
                stored += [n.id for arg in args for n in ast.walk(arg) if isinstance(n, ast.Name)]
    return _Facts(
        frozenset(name for name in given if not counts[name]),
        frozenset(name for name in still if counts[name] == 1),
        known,
        bool(_reached(tree, given) & {*stored}),
        Counter(name for name in stored if name in every),
    )


def _reached(tree: ast.FunctionDef, given: set[str]) -> set[str]:
    """The names that may hold one of the arguments."""
    found: set[str] = set()
    more = given
    while more - found:
        found |= more
        more = {
            one.targets[0].id
            for one in statements(tree.body)
            if isinstance(one, ast.Assign)
            and isinstance(one.targets[0], ast.Name)
            and handed_on(one.value) in found
        }
    return found


def _entries(block: list[ast.stmt], every: frozenset[str], numbers: _Numbers) -> Iterator[_Entry]:
    for one in block:
        match one:
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=tape), slice=ast.Name(id=top))], value=value
            ) if tape in every:
                found = numbers.expression(value)
                yield _Entry(tape, found, (id(block), numbers.name(top)))
                numbers.forget(one)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found = numbers.expression(value)
                numbers.forget(one)
                numbers.names[name] = found
            case _:
                numbers.forget(one)


def _groups(entries: list[_Entry], facts: _Facts) -> Iterator[list[_Entry]]:
    """Those of one round, what is computed of others behind those."""
    found: dict[tuple[int, int], list[_Entry]] = {}
    for one in entries:
        if facts.stores[one.tape] == 1:
            found.setdefault(one.together, []).append(one)
    for group in found.values():
        yield sorted(group, key=lambda one: one.value)


def _cost(value: int, kept: dict[int, str], numbers: _Numbers, is_first: bool = False) -> int:
    """What it takes to compute a value from what is kept, and from what stays the same."""
    if value in kept and not is_first:
        return 0
    match numbers.every[value]:
        case ("constant", *_) | ("still", *_):
            return 0
        case ("read", str(name), _, _, *places) if name in numbers.facts.given:
            if not numbers.facts.is_written:
                return 1 + sum(_cost(place, {}, numbers) for place in places)
        case (type(), *parts):
            return 1 + sum(_cost(part, kept, numbers) for part in parts)
    return _COST + 1


def _expression(
    value: int, kept: dict[int, str], numbers: _Numbers, where: ast.expr, is_first: bool
) -> ast.expr:
    if value in kept and (is_first or numbers.every[value][0] not in ("constant", "still")):
        return ast.Subscript(ast.Name(kept[value], ast.Load()), copy.deepcopy(where), ast.Load())
    match numbers.every[value]:
        case ("constant", _, text):
            return ast.parse(text, mode="eval").body
        case ("still", name):
            return ast.Name(name, ast.Load())
        case ("read", name, _, _, *places):
            items = [_expression(one, {}, numbers, where, False) for one in places]
            place = items[0] if len(items) == 1 else ast.Tuple(items, ast.Load())
            return ast.Subscript(ast.Name(name, ast.Load()), place, ast.Load())
        case (op, *parts):
            items = [_expression(one, kept, numbers, where, False) for one in parts]
            return ast.BinOp(items[0], op(), items[1]) if len(items) == 2 else ast.UnaryOp(op(), items[0])
    raise AssertionError("what is not kept is computed")


def _plain(tree: ast.FunctionDef) -> set[str]:
    """The tapes that are made, made larger, written and read entry by entry, and nothing else."""
    uses: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for one in ast.walk(tree):
        match one:
            case ast.Name(id=name):
                uses[name] += 1
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Name(id="room"), args=[ast.Name(id=again), *_]),
            ) if name == again:
                seen[name] += 2
            case ast.Assign(targets=[ast.Name(id=name)]) if _is_empty(one):
                seen[name] += 1
            case (
                ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)])
                | ast.Subscript(value=ast.Name(id=name))
            ):
                seen[name] += 1
    return {name for name in uses if uses[name] == seen[name]}


class _Rewritten(ast.NodeTransformer):
    """The kernel without some tapes."""

    def __init__(
        self, again: dict[str, tuple[int, dict[int, str], _Numbers]], casts: dict[str, ast.expr]
    ) -> None:
        self.again, self.casts = again, casts

    def tree(self, tree: ast.FunctionDef) -> ast.FunctionDef:
        found = self.visit(tree)
        assert isinstance(found, ast.FunctionDef)
        return ast.fix_missing_locations(found)

    def visit_Assign(self, node: ast.Assign) -> ast.stmt | None:
        match node.targets:
            case [ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name))] if name in self.again:
                return None
        self.generic_visit(node)
        return node

    def visit_If(self, node: ast.If) -> ast.stmt | None:
        self.generic_visit(node)
        return node if node.body else None

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in self.again:
            found = _expression(*self.again[node.value.id], node.slice, True)
            return ast.Call(self.casts[node.value.id], [found], []) if node.value.id in self.casts else found
        return node
