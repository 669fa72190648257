"""Numbers spread over arrays for nothing: a derivative in, the same in which NumPy broadcasts them out."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import Array, Dim
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.simplify_facts import Derivative, reverse_blocks, scopes

_PRODUCT = gast.Mult | gast.Div


def drop_spreads(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """What is spread over a shape only to be multiplied with arrays of that shape is left to NumPy's broadcasting.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     with reverse:
    ...         t1_bar = spread(0.5, xs.shape, None, False)
    ...         xs_bar = t1_bar * 2 * xs
    ...         t2_bar = spread(0.5, xs.shape, None, False)
    ...         ys_bar = t2_bar + xs
    ...         t3_bar = spread(y_bar, xs.shape, 0, False)
    ...         zs_bar = t3_bar * xs
    ... ''', drop_spreads))
    def f(x):
        with reverse:
            t1_bar = 0.5
            xs_bar = t1_bar * 2 * xs
            t2_bar = spread(0.5, xs.shape, None, False)
            ys_bar = t2_bar + xs
            t3_bar = y_bar
            zs_bar = t3_bar * xs
    """
    bound = Counter(name for s in every_statement(_every_body(tree)) for name in flow.names_written(s))
    squares = _squares(tree, bound)
    for scope in scopes(tree):
        _Spreads(scope, known, bound, squares).drop()
    return tree


def _every_body(tree: gast.FunctionDef) -> list[gast.stmt]:
    return [s for scope in scopes(tree) for s in scope.body]


def _squares(tree: gast.FunctionDef, bound: Counter[str]) -> dict[str, str]:
    """Names bound to x * x or x ** 2: they have the shape of x, where both are bound once, or recorded together."""
    every = list(every_statement(_every_body(tree)))
    targets = [s.target for s in every if isinstance(s, gast.For)]
    recorded = [{n.id for n in nodes(one) if isinstance(n, gast.Name)} for one in targets]

    def together(x: str, y: str) -> bool:
        once = bound[x] <= 1 and bound[y] == 1
        return once or (bound[x] == bound[y] == 2 and sum({x, y} <= one for one in recorded) == 1)

    found: dict[str, str] = {}
    for s in every:
        match s:
            case gast.Assign(
                targets=[gast.Name(id=y)],
                value=gast.BinOp(left=gast.Name(id=x), op=gast.Mult(), right=gast.Name(id=again)),
            ) if x == again and together(x, y):
                found[y] = x
            case gast.Assign(
                targets=[gast.Name(id=y)],
                value=gast.BinOp(left=gast.Name(id=x), op=gast.Pow(), right=gast.Constant()),
            ) if together(x, y):
                found[y] = x
    return found


class _Spread(NamedTuple):
    """A statement that spreads a value over the shape of an array; what may stand for that where NumPy broadcasts."""

    statement: gast.Assign
    array: str
    dims: tuple[Dim, ...] | None  # None where only the array itself surely has this shape
    narrow: gast.expr


class _Spreads:
    def __init__(
        self, scope: gast.FunctionDef, known: Derivative, bound: Counter[str], squares: Mapping[str, str]
    ) -> None:
        self.scope, self.known, self.bound, self.squares = scope, known, bound, squares

    def drop(self) -> None:
        found: dict[str, _Spread] = {}
        near: dict[str, int] = {}  # reads that surely see the array as it was spread over
        for block in reverse_blocks(self.scope):
            spreads = [(k, s, spread) for k, s in enumerate(block) if (spread := self.spread(s)) is not None]
            if not spreads:
                continue
            uses = _Uses(block)
            for k, s, spread in spreads:
                name = s.targets[0].id
                found[name] = spread
                near[name] = uses.reads_before_change(k, name, spread.array)
        if not found:
            return
        reads = Counter(n.id for n in nodes(*self.scope.body) if _is_read(n) and n.id in found)
        fine: Counter[str] = Counter()
        for product in self.products():
            factors = list(_factors(product))
            shapes = [self.dims(one) for one in factors]
            names = {_base(one) for one in factors} - {None}
            for one in factors:
                spread = found.get(one.id) if isinstance(one, gast.Name) else None
                if spread is None:
                    continue
                if (
                    (spread.dims is not None and spread.dims in shapes)
                    or (spread.array in names and near[one.id] == reads[one.id])
                    or self.squares.get(spread.array) in names
                ):
                    fine[one.id] += 1
        for name, one in found.items():
            if fine[name] == reads[name]:
                one.statement.value = one.narrow
                self.known.narrow.add(name)

    def spread(self, s: gast.stmt) -> _Spread | None:
        """What a statement spreads under a name that is bound once."""
        match s:
            case gast.Assign(
                targets=[gast.Name(id=name)],
                value=gast.Call(
                    func=gast.Name(id=spread),
                    args=[
                        value,
                        gast.Attribute(value=gast.Name() as array, attr="shape"),
                        axis,
                        gast.Constant(value=kept),
                    ],
                ),
            ) if self.bound[name] == 1 and self.is_spread(spread):
                narrow = value if kept else self.narrow(value, array, axis)
                return None if narrow is None else _Spread(s, array.id, self.dims(array), narrow)
        return None

    def narrow(self, value: gast.expr, array: gast.Name, axis: gast.expr) -> gast.expr | None:
        """The value with new axes where it was spread: v[:, None] for axis 1; as it is where NumPy adds them."""
        if isinstance(axis, gast.Constant) and axis.value is None:
            return value
        kind, axes = self.known.kind_of(array.id), _literal(axis)
        if not isinstance(kind, Array) or not kind.dims or axes is None:
            return None
        places = sorted(one % len(kind.dims) for one in axes)
        if places == list(range(len(places))):
            return value
        parts: list[gast.expr] = [
            gast.Constant(None, None) if k in places else gast.Slice(None, None, None)
            for k in range(places[-1] + 1)
        ]
        return gast.Subscript(value, gast.Tuple(parts, gast.Load()), gast.Load())

    def is_spread(self, name: str) -> bool:
        found = self.known.objects.get(name)
        module, own = getattr(found, "__module__", ""), getattr(found, "__name__", "")
        return own == "spread" and module == "diffpy.runtime.arrays"

    def dims(self, node: gast.expr) -> tuple[Dim, ...] | None:
        """The dimensions of a name that holds an array, and of a power of it."""
        name = _base(node)
        kind = self.known.kind_of(name) if name is not None else None
        dims = kind.dims if isinstance(kind, Array) else None
        return dims if dims and not any(isinstance(one, tuple) and one[0] == "?" for one in dims) else None

    def products(self) -> list[gast.expr]:
        """The outermost products of the reverse sweep."""
        inside: set[int] = set()
        found: list[gast.expr] = []
        for s in self.scope.body:
            for node in nodes(s):
                if _links(node):
                    found.append(node)
                    inside.update(id(one) for one in _links(node))
        return [one for one in found if id(one) not in inside]


class _Uses:
    """Where the statements of a block read names, and where they write them, each looked for once."""

    def __init__(self, block: list[gast.stmt]) -> None:
        self.block = block
        self.reads: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.writes: dict[str, list[int]] = defaultdict(list)
        for k, s in enumerate(block):
            for name, count in flow.loads(s).items():
                self.reads[name].append((k, count))
            for name in flow.all_written([s]):
                self.writes[name].append(k)

    def reads_before_change(self, start: int, name: str, array: str) -> int:
        """How often the name is read behind a statement, before the array may be another one."""
        changes = self.writes[array]
        behind = bisect_right(changes, start)
        last = changes[behind] if behind < len(changes) else len(self.block) - 1
        if behind < len(changes) and not isinstance(self.block[last], gast.Assign | gast.AugAssign):
            return -1
        return sum(count for k, count in self.reads[name] if start < k <= last)


def _literal(axis: gast.expr) -> tuple[int, ...] | None:
    """The axes that a literal names; None where it is none."""
    try:
        found = ast.literal_eval(gast.gast_to_ast(axis))
    except ValueError:
        return None
    axes = found if isinstance(found, tuple) else (found,)
    return axes if axes and all(type(one) is int for one in axes) else None


def _base(node: gast.AST) -> str | None:
    """The name that a factor is, or is a power of."""
    if (
        isinstance(node, gast.BinOp)
        and isinstance(node.op, gast.Pow)
        and isinstance(node.right, gast.Constant)
    ):
        node = node.left
    return node.id if isinstance(node, gast.Name) else None


def _is_read(node: gast.AST) -> bool:
    return isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Store)


def _is_product(node: gast.AST) -> bool:
    return isinstance(node, gast.BinOp) and isinstance(node.op, _PRODUCT)


def _links(node: gast.AST) -> list[gast.AST]:
    """What a product, a minus or a choice is directly made of."""
    if _is_product(node):
        return [node.left, node.right]
    match node:
        case gast.Call(
            func=gast.Attribute(attr="where"), args=[gast.Name() as test, one, other], keywords=[]
        ):
            return [test, one, other]
    return [node.operand] if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub) else []


def _factors(node: gast.AST) -> list[gast.AST]:
    found: list[gast.AST] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        parts = _links(one)
        waiting += parts
        if not parts:
            found.append(one)
    return found
