"""Functions of numbers that a loop can compute ahead: a kernel's tree in, one out that computes many of them at a time.

A loop whose rounds need one another calls exp and its kin one by one. Where what they are given does not depend on
former rounds, a loop of its own computes them for the next few hundred rounds: of that one, vectors can be made.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from dataclasses import dataclass, field

from diffpy.backends.llvm_memory import classes

_ROUNDS = 256  # that are computed ahead
_FEW = 8  # rounds: of loops that are known to be as short nothing is made


def computed_ahead(tree: ast.FunctionDef, functions: frozenset[str]) -> ast.FunctionDef:
    """The tree with such loops in two, changed where it stands; `functions` are those that there are for vectors.

    >>> import textwrap
    >>> text = '''
    ... def f(a, n):
    ...     z = 0.0
    ...     for i in range(n):
    ...         t = a - i
    ...         z = z * math.sin(t)
    ...     return z
    ... '''
    >>> (tree,) = ast.parse(textwrap.dedent(text)).body
    >>> print(ast.unparse(computed_ahead(tree, frozenset({"sin"}))))
    def f(a, n):
        ahead_0 = np.empty((256,), np.float64)
        z = 0.0
        for ahead_first in range(0, n, 256):
            ahead_last = min(ahead_first + 256, n)
            for i in range(ahead_first, ahead_last):
                t = a - i
                ahead_0[i - ahead_first] = np_sin(t)
            for i in range(ahead_first, ahead_last):
                t = a - i
                z = z * ahead_0[i - ahead_first]
        return z
    """
    stem = "ahead"
    while any(isinstance(n, ast.Name) and n.id.startswith(f"{stem}_") for n in ast.walk(tree)):
        stem += "_"
    split = _Split(classes(tree), functions, stem)
    tree.body = split.block(tree.body)
    names = [f"{stem}_{k}" for k in range(split.most)]
    made = "\n".join(f"{name} = np.empty(({_ROUNDS},), np.float64)" for name in names)
    tree.body = [*ast.parse(made).body, *tree.body]
    return ast.fix_missing_locations(tree)


@dataclass
class _Loop:
    """What is known of a loop while its statements are looked at one after the other."""

    body: list[ast.stmt]
    classes: dict[str, int]
    functions: frozenset[str]
    counts: Counter[str] = field(default_factory=Counter)  # how often a round assigns a name
    stored: set[int] = field(default_factory=set)  # classes of arrays that a round writes
    ahead: dict[str, ast.Assign] = field(default_factory=dict)  # what can be computed ahead
    read: set[str] = field(default_factory=set)
    calls: list[ast.Call] = field(default_factory=list)
    may_read: bool = True  # elements of arrays: not behind a check, which may be about them

    def __post_init__(self) -> None:
        for part in self.body:
            for node in ast.walk(part):
                match node:
                    case ast.Name(id=name, ctx=ast.Store()):
                        self.counts[name] += 1
                    case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                        self.stored.add(self.classes.get(name, -1))

    def look(self) -> None:
        for one in self.body:
            match one:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._find(value)
                    if self.counts[name] == 1 and name not in self.read and self.is_ahead(value):
                        self.ahead[name] = one
                case ast.Assign(value=value) | ast.AugAssign(value=value):
                    self._find(value)
                case _:
                    self.may_read = False
            self.read |= {
                n.id for n in ast.walk(one) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
            }

    def _find(self, node: ast.expr) -> None:
        """The calls that a round surely makes, and that can be made ahead."""
        if isinstance(node, ast.IfExp | ast.BoolOp | ast.Compare):
            return
        if self._is_function(node) and self.is_ahead(node):
            assert isinstance(node, ast.Call)
            self.calls.append(node)
            return
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                self._find(part)

    def _is_function(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="math"), attr=name), args=[_]):
                return name in self.functions
        return False

    def is_ahead(self, node: ast.expr) -> bool:
        """Whether a value does not depend on former rounds."""
        match node:
            case ast.Constant():
                return True
            case ast.Name(id=name):
                return name in self.ahead or not self.counts[name]
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
                return self.is_ahead(left) and self.is_ahead(right)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.is_ahead(operand)
            case ast.Subscript(value=ast.Name(id=name), slice=place):
                places = place.elts if isinstance(place, ast.Tuple) else [place]
                is_still = self.classes.get(name, -1) not in self.stored and not self.counts[name]
                return self.may_read and is_still and all(map(self.is_ahead, places))
            case ast.Call(func=ast.Attribute(attr="float64"), args=[value]):
                return self.is_ahead(value)
            case ast.Call(args=[value]):
                return self._is_function(node) and self.is_ahead(value)
        return False

    def needed(self) -> list[ast.stmt]:
        """The statements that compute what the calls are given."""
        names = {n.id for call in self.calls for n in ast.walk(call) if isinstance(n, ast.Name)}
        found: list[ast.stmt] = []
        for name, one in reversed([*self.ahead.items()]):
            if name in names:
                found.append(one)
                names |= {n.id for n in ast.walk(one.value) if isinstance(n, ast.Name)}
        return found[::-1]


class _Split:
    """Loops in two, from the innermost ones."""

    def __init__(self, classes: dict[str, int], functions: frozenset[str], stem: str) -> None:
        self.classes, self.functions, self.stem, self.most = classes, functions, stem, 0

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [self.statement(one) for one in body]

    def statement(self, one: ast.stmt) -> ast.stmt:
        if isinstance(one, ast.For) and all(map(_is_simple, one.body)):
            return self.loop(one)
        if isinstance(one, ast.For | ast.While | ast.If):
            one.body, one.orelse = self.block(one.body), self.block(one.orelse)
        return one

    def loop(self, one: ast.For) -> ast.stmt:
        ends = one.iter.args if isinstance(one.iter, ast.Call) else []
        if len(ends) not in (1, 2) or not isinstance(one.target, ast.Name) or _is_short(ends):
            return one
        loop = _Loop(one.body, self.classes, self.functions)
        loop.look()
        fixed = {one.target.id} | {n.id for end in ends for n in ast.walk(end) if isinstance(n, ast.Name)}
        if not loop.calls or any(loop.counts[name] for name in fixed):
            return one
        self.most = max(self.most, len(loop.calls))
        start = ends[0] if len(ends) == 2 else ast.Constant(0)
        return _halves(one.target.id, start, ends[-1], loop, self.stem)


def _is_simple(one: ast.stmt) -> bool:
    match one:
        case ast.Assign(targets=[ast.Name() | ast.Subscript()], value=value):
            return not (isinstance(value, ast.Call) and ast.unparse(value.func) in _MADE)
        case ast.AugAssign(target=ast.Subscript()) | ast.If(body=[ast.Raise()], orelse=[]):
            return True
    return False


_MADE = ("np.empty", "np.zeros", "room", "place_of", "array_at", "outside", "array_of")


def _is_short(ends: list[ast.expr]) -> bool:
    values = [one.value for one in ends if isinstance(one, ast.Constant) and isinstance(one.value, int)]
    return len(values) == len(ends) and values[-1] - (values[0] if len(values) == 2 else 0) <= _FEW


def _halves(index: str, start: ast.expr, stop: ast.expr, loop: _Loop, stem: str) -> ast.stmt:
    """The loop that computes ahead, and the one that does the rest, for so many rounds at a time."""
    places = {id(call): f"{stem}_{k}[{index} - {stem}_first]" for k, call in enumerate(loop.calls)}
    ahead = [*map(copy.deepcopy, loop.needed())]
    for call in loop.calls:
        stored = ast.parse(f"{places[id(call)]} = 0.0").body[0]
        assert isinstance(stored, ast.Assign)
        stored.value = copy.deepcopy(call)
        ahead.append(stored)
    rest = [_Placed(places).visit(one) for one in loop.body]
    written = ast.parse(
        f"for {stem}_first in range(0, 0, {_ROUNDS}):\n"
        f"    {stem}_last = min({stem}_first + {_ROUNDS}, 0)\n"
        f"    for {index} in range({stem}_first, {stem}_last):\n"
        f"        pass\n"
        f"    for {index} in range({stem}_first, {stem}_last):\n"
        f"        pass\n"
    )
    match written.body:
        case [
            ast.For(
                iter=ast.Call(args=[_, _, by]) as outer,
                body=[
                    ast.Assign(value=ast.Call(args=[end, _]) as least),
                    ast.For() as first,
                    ast.For() as last,
                ],
            ) as found
        ]:
            outer.args, least.args = [start, stop, by], [end, copy.deepcopy(stop)]
            first.body, last.body = [_Vectors().visit(one) for one in ahead], rest
            return found
    raise AssertionError(ast.unparse(written))


class _Placed(ast.NodeTransformer):
    """What was computed ahead is read."""

    def __init__(self, places: dict[int, str]) -> None:
        self.places = places

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if id(node) in self.places:
            return ast.parse(self.places[id(node)], mode="eval").body
        self.generic_visit(node)
        return node


class _Vectors(ast.NodeTransformer):
    """math.exp as np_exp, which there is for vectors."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node.func:
            case ast.Attribute(value=ast.Name(id="math"), attr=name):
                return ast.Call(ast.Name(f"np_{name}", ast.Load()), node.args, [])
        return node
