"""Arrays made of lists of numbers: a derivative in, the same whose numbers take their items of the cotangent, out."""

from __future__ import annotations

from collections import Counter

import gast

from diffpy.analysis import flow
from diffpy.analysis.kinds import Array, Scalar
from diffpy.syntax.build import constant, load
from diffpy.syntax.trees import Rewriter, nodes
from diffpy.transforms.simplify_facts import Derivative, reverse_blocks, scopes, times_bound


def take_items(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """Of np.array([x, y]), in double precision, x gets the first item of the cotangent: no list is made of it.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x, y):
    ...     t1 = [x, y]
    ...     xs = np.array(t1)
    ...     with reverse:
    ...         t1_bar = unpacked(xs_bar, t1, None)
    ...         x_bar = 0.0
    ...         x_bar = accumulate(x_bar, item_of(t1_bar, 0))
    ...         y_bar = accumulate(y_bar, item_of(t1_bar, 1))
    ... ''', take_items))
    def f(x, y):
        t1 = [x, y]
        xs = np.array(t1)
        with reverse:
            t1_bar = unpacked(xs_bar, t1, None)
            x_bar = float(xs_bar[0])
            y_bar = y_bar + float(xs_bar[1])
    """
    lists = _lists(tree)
    for scope in scopes(tree) if lists else ():
        for block in reverse_blocks(scope):
            taking = _Taking(known, lists)
            for s in block:
                taking.statement(s)
            block[:] = _sums(block, taking.taken, known)
    return tree


def _lists(tree: gast.FunctionDef) -> dict[str, list[gast.expr]]:
    """Names of lists that are bound once and only read whole: to make an array or another such list."""
    body = [s for scope in scopes(tree) for s in scope.body]
    bound = times_bound(tree)
    found: dict[str, list[gast.expr]] = {}
    uses: Counter[str] = Counter()
    for node in nodes(*body):
        match node:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.List(elts=items)) if bound[name] == 1:
                found[name] = items
                uses.update(one.id for one in items if isinstance(one, gast.Name))
            case gast.Call(func=gast.Attribute(attr="array" | "asarray"), args=[gast.Name(id=name), *_]):
                uses[name] += 1
            case gast.Call(func=gast.Name(), args=[_, gast.Name(id=name), gast.Constant(value=None), *_]):
                uses[name] += 1
    reads = Counter(
        n.id for n in nodes(*body) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Store)
    )
    return {name: items for name, items in found.items() if reads[name] == uses[name]}


class _Taking(Rewriter):
    """The items of one block, from cotangents that are arrays: name of a list -> the array, and the place in it."""

    def __init__(self, known: Derivative, lists: dict[str, list[gast.expr]]) -> None:
        self.known, self.lists = known, lists
        self.places: dict[str, tuple[str, tuple[int, ...], str]] = {}
        self.taken: set[int] = set()

    def statement(self, s: gast.stmt) -> None:
        if isinstance(s, gast.Assign | gast.AugAssign):
            s.value = self.visit(s.value)
        for name in flow.all_written([s]):
            self.places = {n: place for n, place in self.places.items() if name not in (n, place[0])}
        match s:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Call() as called):
                place = self.place(called)
                if place is not None:
                    self.places[name] = place

    def place(self, called: gast.Call) -> tuple[str, tuple[int, ...], str] | None:
        """Where what a call gives lies in an array: unpacked(y_bar, list, None), or a list in such a list."""
        match called:
            case gast.Call(
                func=gast.Name(id=unpacked),
                args=[gast.Name(id=d), gast.Name(id=given), gast.Constant(value=None), *ndmin],
            ) if (
                all(getattr(n, "value", None) == 0 for n in ndmin)
                and self.is_running(unpacked, "unpacked")
                and given in self.lists
            ):
                kind = self.known.kind_of(self.known.primals.get(d, d))
                double = isinstance(kind, Array) and kind.dtype == "float64" and kind.dims
                return (d, (), given) if double else None
            case gast.Call(
                func=gast.Name(id=item_of), args=[gast.Name(id=name), gast.Constant(value=int(k))]
            ):
                item = self.item(item_of, name, k)
                return item if item is not None and item[2] in self.lists else None
        return None

    def item(self, function: str, name: str, k: int) -> tuple[str, tuple[int, ...], str] | None:
        if not self.is_running(function, "item_of") or name not in self.places:
            return None
        d, place, given = self.places[name]
        items = self.lists[given]
        one = items[k] if 0 <= k < len(items) else None
        return (d, (*place, k), one.id) if isinstance(one, gast.Name) else None

    def is_running(self, name: str, function: str) -> bool:
        return getattr(self.known.objects.get(name), "__name__", "") == function

    def visit_Call(self, node: gast.Call) -> gast.expr:
        self.generic_visit(node)
        match node:
            case gast.Call(
                func=gast.Name(id=function), args=[gast.Name(id=name), gast.Constant(value=int(k))]
            ):
                found = self.item(function, name, k)
                if found is not None:
                    return self.number(node, *found)
        return node

    def number(self, node: gast.Call, d: str, place: tuple[int, ...], x: str) -> gast.expr:
        """The item itself, where it is a number: in the type of the number whose cotangent it is."""
        array, kind = self.known.kind_of(self.known.primals.get(d, d)), self.known.kind_of(x)
        whole = isinstance(array, Array) and len(array.dims or ()) == len(place)
        if not whole or not isinstance(kind, Scalar) or kind.type not in ("float", "float64"):
            return node
        index = (
            gast.Tuple([constant(k) for k in place], gast.Load()) if len(place) > 1 else constant(place[0])
        )
        made: gast.expr = gast.Subscript(load(d), index, gast.Load())
        made = gast.Call(load("float"), [made], []) if kind.type == "float" else made
        self.taken.add(id(made))
        return gast.copy_location(made, node)


def _sums(block: list[gast.stmt], taken: set[int], known: Derivative) -> list[gast.stmt]:
    """x_bar + item for accumulate(x_bar, item): an item is never None; and no zero before the first of them."""
    done: list[gast.stmt] = []
    for s in block:
        match s:
            case gast.Assign(
                targets=[gast.Name(id=name)],
                value=gast.Call(func=gast.Name(), args=[gast.Name(id=own), item]),
            ) if (
                own == name
                and id(item) in taken
                and isinstance(known.kind_of(known.primals.get(name, "")), Scalar)
            ):
                if done and _is_zero(done[-1], name):
                    done.pop()
                    s.value = item
                else:
                    s.value = gast.copy_location(gast.BinOp(load(name), gast.Add(), item), item)
        done.append(s)
    return done


def _is_zero(s: gast.stmt, name: str) -> bool:
    match s:
        case gast.Assign(targets=[gast.Name(id=target)], value=gast.Constant(value=float(zero))):
            return target == name and zero == 0.0
    return False
