"""Nested expressions: any depth in; statements that do one thing each, in Python's order, out."""

from __future__ import annotations

from collections.abc import Callable, Collection

import gast

from diffpy.syntax import build
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import branch, load, passing, placed, store
from diffpy.transforms.flatten_calls import call, is_builtin
from diffpy.transforms.flatten_choices import boolean, chained, conditional
from diffpy.transforms.flatten_loops import comprehension, is_lazy, lazily
from diffpy.transforms.flatten_values import FORMS, index_parts, settle_defaults, with_parts
from diffpy.transforms.flattening import Flattening, Script, is_atom

Block = list[gast.stmt]

# Called by their plain names, these change nothing that a statement could be about to change.
HARMLESS = frozenset("abs bool complex divmod float int len max min pow range round sum".split())


def flatten(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """Operands become names and constants; and, or, if-else, comprehensions and lambdas become statements.

    >>> from diffpy.transforms.example import after
    >>> print(after('''
    ... def f(x, y):
    ...     z = x * y + g(x[0], key=-y) if x and y else 1
    ...     return [i * z for i in range(3)]
    ... ''', flatten))
    def f(x, y):
        t1 = x
        if t1:
            t1 = y
        if t1:
            t2 = x * y
            t3 = x[0]
            t4 = -y
            t5 = g(t3, key=t4)
            z = t2 + t5
        else:
            z = 1
        t7 = range(3)
        t6 = []
        for i in t7:
            t8 = i * z
            t6.append(t8)
        return t6
    """
    flat = Flattening(tree, names, {**FORMS, gast.Call: call}, _script_of)
    with flat.collected() as body:
        _statements(flat, tree.body)
    tree.body = body or [passing(tree)]
    return tree


def _script_of(flat: Flattening, node: gast.expr) -> Script | None:
    match node:
        case gast.IfExp():
            return conditional
        case gast.BoolOp():
            return boolean
        case gast.Compare(ops=[_, _, *_]):
            return chained
        case gast.ListComp() | gast.SetComp() | gast.DictComp():
            return comprehension
        case gast.Call() if is_lazy(flat, node):
            return lazily
    return None


def _statements(flat: Flattening, statements: Block) -> None:
    for one in statements:
        write = STATEMENTS.get(type(one))
        if write is None:
            flat.emit(one)
        else:
            write(flat, one)


def _block(flat: Flattening, statements: Block, *, loop: bool = False, protected: bool = False) -> Block:
    if not statements:
        return []
    with flat.collected(loop=loop, protected=protected) as block:
        _statements(flat, [one for one in statements if not isinstance(one, gast.Pass)])
    return block or [passing(statements[0])]


def _assign(flat: Flattening, node: gast.Assign) -> None:
    (target,) = node.targets
    match target:
        case gast.Name():
            flat.store(target.id, node.value, node)
        case gast.Attribute() | gast.Subscript():
            value, *place = flat.operands([node.value, *_place_parts(target)], named={1})
            flat.emit(placed(gast.Assign([_place(target, place)], value, None), node))
        case _:
            flat.emit(placed(gast.Assign([target], flat.name(node.value), None), node))


def _place_parts(target: gast.expr) -> list[gast.expr]:
    return [target.value, *(index_parts(target.slice) if isinstance(target, gast.Subscript) else [])]


def _place(target: gast.expr, parts: list[gast.expr]) -> gast.expr:
    base, *index = parts
    if isinstance(target, gast.Attribute):
        return placed(gast.Attribute(base, target.attr, target.ctx), target)
    return placed(gast.Subscript(base, with_parts(target.slice, iter(index)), target.ctx), target)


def _augmented(flat: Flattening, node: gast.AugAssign) -> None:
    if _value_may_change(flat, node):
        _augmented_apart(flat, node)
    elif isinstance(node.target, gast.Name):
        flat.emit(placed(gast.AugAssign(node.target, node.op, flat.atom(node.value)), node))
    else:
        *place, value = flat.operands([*_place_parts(node.target), node.value], named={0})
        flat.emit(placed(gast.AugAssign(_place(node.target, place), node.op, value), node))


def _value_may_change(flat: Flattening, node: gast.AugAssign) -> bool:
    """Whether evaluating the right side may change what is on the left, which Python has read before."""
    if is_atom(node.value):
        return False
    root = node.target
    while isinstance(root, gast.Attribute | gast.Subscript):
        root = root.value
    calls = [one for one in nodes(node.value) if isinstance(one, gast.Call) and not _harmless(flat, one)]
    walruses = any(isinstance(one, gast.NamedExpr) for one in nodes(node.value))
    if isinstance(node.target, gast.Name):
        return root.id in flat.rebindable and bool(calls or walruses)
    exposed = not isinstance(root, gast.Name) or root.id not in flat.local or root.id in flat.captured
    if exposed or walruses:
        return walruses or bool(calls)
    return any(_reaches(one, flat.alike.get(root.id, {root.id})) for one in calls)


def _harmless(flat: Flattening, node: gast.Call) -> bool:
    """A function of a module, such as np.sin, without `out`; or a builtin on numbers."""
    if is_builtin(flat, node, HARMLESS):
        return True
    root = node.func
    while isinstance(root, gast.Attribute):
        root = root.value
    module = (
        isinstance(node.func, gast.Attribute) and isinstance(root, gast.Name) and root.id not in flat.local
    )
    return module and not any(one.arg in ("out", None) for one in node.keywords)


def _reaches(node: gast.Call, names: Collection[str]) -> bool:
    """Whether the called function gets hold of the object of one of the variables."""
    roots = [node.func.value] if isinstance(node.func, gast.Attribute) else []
    roots += [*node.args, *(one.value for one in node.keywords)]
    return any(isinstance(one, gast.Name) and one.id in names for root in roots for one in nodes(root))


def _augmented_apart(flat: Flattening, node: gast.AugAssign) -> None:
    """Load, evaluate, combine, store: as Python does it, a statement each."""
    target = node.target
    if isinstance(target, gast.Name):
        held = flat.temporary(load(target.id, target), target)
    else:
        atoms = flat.operands(_place_parts(target), named={0})
        place = [
            flat.temporary(one, target) if isinstance(one, gast.Name) and one.id in flat.rebindable else one
            for one in atoms
        ]
        loaded = _place(target, place)
        loaded.ctx = gast.Load()
        held = flat.temporary(loaded, target)
        target = _place(target, [load(one.id, one) if isinstance(one, gast.Name) else one for one in place])
    value = flat.atom(node.value)
    flat.emit(placed(gast.AugAssign(store(held.id, node), node.op, value), node))
    flat.emit(placed(gast.Assign([target], held, None), node))


def _expression(flat: Flattening, node: gast.Expr) -> None:
    if isinstance(node.value, gast.Yield):
        handed = placed(gast.Yield(flat.atom(node.value.value)), node.value)
        flat.emit(placed(gast.Expr(handed), node))
        return
    value = flat.value(node.value)
    if isinstance(value, gast.Call):
        flat.emit(placed(gast.Expr(value), node))
    elif not is_atom(value) or (isinstance(value, gast.Name) and value is node.value):
        flat.temporary(value, node)


def _delete(flat: Flattening, node: gast.Delete) -> None:
    (target,) = node.targets
    if not isinstance(target, gast.Name):
        target = _place(target, flat.operands(_place_parts(target), named={0}))
    flat.emit(placed(gast.Delete([target]), node))


def _return(flat: Flattening, node: gast.Return) -> None:
    value = build.constant(None, node) if node.value is None else flat.atom(node.value)
    flat.emit(placed(gast.Return(value), node))


def _raise(flat: Flattening, node: gast.Raise) -> None:
    parts = iter(flat.operands([one for one in (node.exc, node.cause) if one is not None]))
    flat.emit(
        placed(gast.Raise(*(None if one is None else next(parts) for one in (node.exc, node.cause))), node)
    )


def _if(flat: Flattening, node: gast.If) -> None:
    test = flat.atom(node.test)
    body = _block(flat, node.body)
    flat.emit(branch(test, body, _block(flat, node.orelse), node))


def _for(flat: Flattening, node: gast.For) -> None:
    iterable = flat.name(node.iter)
    flat.emit(placed(gast.For(node.target, iterable, _block(flat, node.body, loop=True), [], None), node))


def _while(flat: Flattening, node: gast.While) -> None:
    flat.emit(placed(gast.While(node.test, _block(flat, node.body, loop=True), []), node))


def _with(flat: Flattening, node: gast.With) -> None:
    (item,) = node.items
    item.context_expr = flat.atom(item.context_expr)
    flat.emit(placed(gast.With([item], _block(flat, node.body, protected=True), None), node))


def _try(flat: Flattening, node: gast.Try) -> None:
    node.body = _block(flat, node.body, protected=True)
    node.orelse = _block(flat, node.orelse, protected=True)
    node.finalbody = _block(flat, node.finalbody)
    for one in node.handlers:
        one.body = _block(flat, one.body)
    flat.emit(node)


def _function(flat: Flattening, node: gast.FunctionDef) -> None:
    if not node.decorator_list:
        settle_defaults(flat, node.args)
    flat.emit(node)


STATEMENTS: dict[type, Callable[[Flattening, gast.stmt], None]] = {
    gast.Assign: _assign,
    gast.AugAssign: _augmented,
    gast.Expr: _expression,
    gast.Delete: _delete,
    gast.Return: _return,
    gast.Raise: _raise,
    gast.If: _if,
    gast.For: _for,
    gast.While: _while,
    gast.With: _with,
    gast.Try: _try,
    gast.TryStar: _try,
    gast.FunctionDef: _function,
}
