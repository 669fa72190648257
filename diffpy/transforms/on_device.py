"""Programs as they run on a device: a function's tree in; the same, in which numbers stay the numbers they are, out.

NumPy reads one entry of an array as a number, which stays what it is whatever happens to the array. A device reads it
as an array without axes that shares the entry's memory. So what is kept of such a read is a copy.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Set

import gast
import numpy

from diffpy.analysis import flow
from diffpy.analysis.calls import ARITHMETIC, INPLACE
from diffpy.syntax.build import load
from diffpy.syntax.trees import copied, nodes

ENTRY, ENTRIES, UPDATED = "entry", "entries", "updated"
PLACE, JOINED, CALLED, ITEM, LIVE = "place", "joined", "called", "item", "live"
UPDATED_ITEM, UPDATED_FIELD = "updated_item", "updated_field"
_FACTS = frozenset("shape size ndim dtype item copy".split())  # what shares no memory
_TAKING_ITEMS = frozenset("zip enumerate reversed list tuple set map iter next sorted filter".split())
_METHODS = {name for one in (numpy.ndarray, list, dict, set, str) for name in dir(one)}
_BUILTINS = {*dir(builtins)}
_GIVING_ITEMS = _TAKING_ITEMS - {"next"} | {"range"}


def with_entries_kept(tree: gast.FunctionDef, names: Mapping[str, str], generated: bool) -> gast.FunctionDef:
    """Entries that are read from arrays, kept as numbers; `names` are those of the functions that do so.

    In a program `total += x` gives a number a new value, and an array new elements; in generated text it is known
    which of the two is meant.

    >>> from diffpy.syntax import emit
    >>> names = {n: n for n in "entry entries place joined called item live updated updated_item updated_field".split()}
    >>> tree = gast.parse("def swap(a): first = a[0]; a[0] = a[1] * 2; a[1] += first").body[0]
    >>> print(emit.text(with_entries_kept(tree, names, False)), end="")
    def swap(a):
        first = entry(a[0])
        a[0] = a[1] * 2
        updated_item('iadd', a, 1, first)
    """
    return _Keeping(names, generated, _lists(tree)).visit(copied(tree))


def _lists(tree: gast.FunctionDef) -> Set[str]:
    """Names that are bound to lists somewhere, or to what may be one, as parameters are."""
    bound = [(one.targets[0], one.value) for one in nodes(tree) if isinstance(one, gast.Assign)]
    found = {name for target, value in bound if (name := _bound_to_list(target, value))}
    return found | flow.argument_names(tree)


def _bound_to_list(target: gast.expr, value: gast.expr) -> str | None:
    match target, value:
        case gast.Name(id=name), _ if _is_list(value):
            return name
        case gast.Tuple(elts=[gast.Name(id=name), *_]), gast.Call(
            func=gast.Call()
        ):  # of a kind that is not known
            return name
    return None


def _assigned_globals(function: gast.FunctionDef) -> frozenset[str]:
    own = [s for s in flow.statements(function.body) if isinstance(s, gast.Global)]
    return frozenset(name for s in own for name in s.names)


def _is_list(value: gast.expr) -> bool:
    match value:
        case gast.List() | gast.ListComp() | gast.Call(func=gast.Name(id="range" | "list")):
            return True
    return False


class _Keeping(gast.NodeTransformer):
    def __init__(self, names: Mapping[str, str], generated: bool, lists: Set[str]) -> None:
        self.names, self.generated, self.lists = names, generated, lists
        self.globals: frozenset[str] = frozenset()

    def visit_FunctionDef(self, node: gast.FunctionDef) -> gast.FunctionDef:
        around, self.globals = self.globals, _assigned_globals(node)
        self.generic_visit(node)
        self.globals = around
        return node

    def visit_Name(self, node: gast.Name) -> gast.expr:
        """A global variable that is assigned, in the live ones: a view of them is only read."""
        if node.id not in self.globals or isinstance(node.ctx, gast.Load):
            return node
        live, key = load(self.names[LIVE], node), gast.Constant(node.id, None)
        return gast.copy_location(gast.Subscript(live, gast.copy_location(key, node), node.ctx), node)

    def visit_BinOp(self, node: gast.BinOp) -> gast.expr:
        node.left, node.right = self._consumed(node.left), self._consumed(node.right)
        return node

    def visit_UnaryOp(self, node: gast.UnaryOp) -> gast.expr:
        node.operand = self._consumed(node.operand)
        return node

    def visit_Compare(self, node: gast.Compare) -> gast.expr:
        node.left = self._consumed(node.left)
        node.comparators = [self._consumed(one) for one in node.comparators]
        return node

    def visit_Attribute(self, node: gast.Attribute) -> gast.expr:
        is_store = isinstance(node.ctx, gast.Store)
        node.value = self._consumed(node.value) if is_store or node.attr in _FACTS else self.visit(node.value)
        return node

    def visit_Subscript(self, node: gast.Subscript) -> gast.expr:
        node = self._consumed(node)
        if not isinstance(node.ctx, gast.Load) or _selects_many(node.slice):
            return node
        return self._call(ENTRY, node)

    def visit_Call(self, node: gast.Call) -> gast.expr:
        takes = self._consumed if _consumes(node.func) else self.visit
        goes_through = isinstance(node.func, gast.Name) and node.func.id in _TAKING_ITEMS
        node.func = self._callee(self._consumed(node.func))
        node.args = [
            self._items(one) if goes_through and not isinstance(one, gast.Starred) else takes(one)
            for one in node.args
        ]
        node.keywords = [gast.keyword(one.arg, takes(one.value)) for one in node.keywords]
        if isinstance(node.func, gast.Attribute) and node.func.attr == "item" and node.args:
            return self._call(ITEM, node.func.value, *node.args)
        return node

    def _callee(self, function: gast.expr) -> gast.expr:
        """What is called, and may be a method of the program's, or of a generator of random numbers."""
        match function:
            case gast.Attribute(attr=name):
                is_known = name in _METHODS or _is_of_module(function)
            case gast.Name(id=name):
                is_known = self.generated or name in _BUILTINS
            case _:
                is_known = self.generated
        return function if is_known else self._call(CALLED, function)

    def visit_AugAssign(self, node: gast.AugAssign) -> gast.stmt:
        node.target, node.value = self._consumed(node.target), self._consumed(node.value)
        if self.generated or not isinstance(node.op, ARITHMETIC):
            return self._joined_value(node)
        name = gast.copy_location(gast.Constant(INPLACE[type(node.op)].__name__, None), node)
        match node.target:
            case gast.Subscript(value=held, slice=key) if not _selects_many(key):
                return _statement(self._call(UPDATED_ITEM, name, held, key, node.value))
            case gast.Attribute(value=held, attr=attribute):
                field = gast.copy_location(gast.Constant(attribute, None), node)
                return _statement(self._call(UPDATED_FIELD, name, held, field, node.value))
            case gast.Name():
                return self._updated_name(node, name)
        return self._joined_value(node)

    def _joined_value(self, node: gast.AugAssign) -> gast.stmt:
        if isinstance(node.target, gast.Subscript):
            node.value = self._joined(node.value, node.target.value)
        return node

    def _updated_name(self, node: gast.AugAssign, name: gast.expr) -> gast.stmt:
        held = gast.copy_location(load(node.target.id), node)
        return gast.copy_location(
            gast.Assign([node.target], self._call(UPDATED, name, held, node.value), None), node
        )

    def visit_Assign(self, node: gast.Assign) -> gast.stmt:
        node.targets = [self._consumed(one) for one in node.targets]
        node.value = self.visit(node.value)
        if any(isinstance(one, gast.Tuple | gast.List) for one in node.targets):
            node.value = self._items(node.value)
        elif isinstance(node.targets[0], gast.Subscript):
            node.value = self._joined(node.value, node.targets[0].value)
        return node

    def visit_For(self, node: gast.For) -> gast.stmt:
        node.target, node.iter = self._consumed(node.target), self._items(node.iter)
        node.body = [self.visit(one) for one in node.body]
        node.orelse = [self.visit(one) for one in node.orelse]
        return node

    def visit_comprehension(self, node: gast.comprehension) -> gast.comprehension:
        node.target, node.iter = self._consumed(node.target), self._items(node.iter)
        node.ifs = [self.visit(one) for one in node.ifs]
        return node

    def visit_Delete(self, node: gast.Delete) -> gast.stmt:
        node.targets = [self._consumed(one) for one in node.targets]
        return node

    def _consumed(self, node: gast.expr) -> gast.expr:
        """An expression that is read at once, or stored to: nobody keeps it."""
        if isinstance(node, gast.Subscript):
            node.value, node.slice = self._consumed(node.value), self._consumed(node.slice)
            is_read = isinstance(node.ctx, gast.Load)
            node.slice = self._placed(node.slice) if is_read else self._all_joined(node.slice)
            return node
        return self.visit(node)

    def _placed(self, index: gast.expr) -> gast.expr:
        """A number of the device as an index would select a copy, where a number of the host selects a view."""
        if isinstance(index, gast.Tuple):
            index.elts = [self._placed(one) for one in index.elts]
            return index
        return (
            index
            if isinstance(index, gast.Slice | gast.Constant | gast.Starred)
            else self._call(PLACE, index)
        )

    def _all_joined(self, index: gast.expr) -> gast.expr:
        if isinstance(index, gast.Tuple):
            index.elts = [self._joined(one) for one in index.elts]
            return index
        return self._joined(index)

    def _joined(self, node: gast.expr, holder: gast.expr | None = None) -> gast.expr:
        """What may be a list of numbers: no array takes one whose numbers are the device's."""
        is_named = isinstance(node, gast.Name) and (node.id in self.lists or not self.generated)
        is_list = _is_list(node) or (isinstance(node, gast.Tuple) and holder is not None)
        if not (is_named or is_list):
            return node
        return self._call(JOINED, node, *([] if holder is None else [copied(holder)]))

    def _items(self, node: gast.expr) -> gast.expr:
        """What is gone through, be it an array with one axis, whose entries are numbers."""
        found = self._consumed(node)
        return self._call(ENTRIES, found) if self._may_be_array(node) else found

    def _may_be_array(self, node: gast.expr) -> bool:
        """Whether it may be an array of the program; in generated text these have names."""
        if isinstance(node, gast.Call):
            is_known = isinstance(node.func, gast.Name) and node.func.id in _GIVING_ITEMS
            return not is_known and not self.generated
        return isinstance(node, gast.Name | gast.Attribute | gast.Subscript)

    def _call(self, name: str, *args: gast.expr) -> gast.expr:
        function = gast.copy_location(load(self.names[name]), args[-1])
        return gast.copy_location(gast.Call(function, [*args], []), args[-1])


def _is_of_module(function: gast.expr) -> bool:
    """np.exp, np.linalg.norm, math.exp"""
    while isinstance(function, gast.Attribute):
        function = function.value
    return isinstance(function, gast.Name) and function.id in ("np", "numpy", "math")


def _statement(call: gast.expr) -> gast.stmt:
    return gast.copy_location(gast.Expr(call), call)


def _selects_many(index: gast.expr) -> bool:
    """Whether an index leaves axes: a[1:], a[i, :]."""
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    return any(isinstance(one, gast.Slice) for one in parts)


def _consumes(function: gast.expr) -> bool:
    """np.exp(a[i]): a function that computes a new value of its arguments."""
    match function:
        case gast.Attribute(value=gast.Name(id="np" | "numpy"), attr=name):
            return isinstance(getattr(numpy, name, None), numpy.ufunc)
        case gast.Attribute(value=gast.Name(id="math")):
            return True
    return False
