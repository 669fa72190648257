"""Comprehensions, and any, all and next of a generator in; loops out."""

from __future__ import annotations

from collections.abc import Callable

import gast

from diffpy.syntax import build
from diffpy.syntax.trees import nodes
from diffpy.transforms.blocks import branch, load, placed, store
from diffpy.transforms.expand_targets import unpacking
from diffpy.transforms.flatten_calls import is_builtin
from diffpy.transforms.flattening import Flattening
from diffpy.transforms.refusal import refused

Fill = Callable[[], None]
LAZY = frozenset(["any", "all", "next"])
KEYED = frozenset(["max", "min", "sorted"])


def comprehension(flat: Flattening, node: gast.expr, name: str) -> None:
    """A fresh list or dict is filled by a loop; a set is made of such a list."""
    if _outlived(flat, node):
        _as_function(flat, node, name)
        return
    iterable = flat.name(node.generators[0].iter)
    filled = flat.names.temporary() if isinstance(node, gast.SetComp) else name
    start = gast.Dict([], []) if isinstance(node, gast.DictComp) else gast.List([], gast.Load())
    flat.assign(filled, build.at(start, node), node)
    _loops(flat, node.generators, iterable, lambda: _fill(flat, node, filled), lambda: None)
    if isinstance(node, gast.SetComp):
        unique = gast.Set([gast.Starred(build.load(filled), gast.Load())])
        flat.assign(name, build.at(unique, node), node)


def _fill(flat: Flattening, node: gast.expr, name: str) -> None:
    if isinstance(node, gast.DictComp):
        key, value = flat.operands([node.key, node.value])
        target = gast.Subscript(build.load(name), key, gast.Store())
        flat.emit(build.at(gast.Assign([target], value, None), node.key))
        return
    element = flat.atom(node.elt)
    added = gast.Call(gast.Attribute(build.load(name), "append", gast.Load()), [element], [])
    flat.emit(build.at(gast.Expr(added), node.elt))


def _loops(
    flat: Flattening, parts: list[gast.comprehension], iterable: gast.Name, fill: Fill, leave: Fill
) -> None:
    """The loops of a comprehension around `fill`; `leave` is written behind each inner loop."""
    part, *others = parts
    with flat.collected(loop=True) as body:
        target = part.target
        if not isinstance(target, gast.Name):
            target = store(flat.names.temporary(), part.target)
            flat.block.extend(unpacking(part.target, target.id, flat.names))
        _conditions(flat, part.ifs, others, fill, leave)
    flat.emit(placed(gast.For(target, iterable, body, [], None), part.target))


def _conditions(
    flat: Flattening, tests: list[gast.expr], others: list[gast.comprehension], fill: Fill, leave: Fill
) -> None:
    if tests:
        test = flat.atom(tests[0])
        with flat.collected() as body:
            _conditions(flat, tests[1:], others, fill, leave)
        flat.emit(branch(test, body, [], tests[0]))
    elif others:
        _loops(flat, others, flat.name(others[0].iter), fill, leave)
        leave()
    else:
        fill()


def lazily(flat: Flattening, node: gast.Call, name: str) -> None:
    """any, all, next of a generator: the loop ends where they would stop asking."""
    if node.func.id == "next":
        _next(flat, node, name)
    else:
        _quantifier(flat, node, name)


def is_lazy(flat: Flattening, node: gast.expr) -> bool:
    return is_builtin(flat, node, LAZY) and bool(node.args) and isinstance(node.args[0], gast.GeneratorExp)


def _quantifier(flat: Flattening, node: gast.Call, name: str) -> None:
    generator = _plain_generator(flat, node)
    finds = node.func.id == "any"
    iterable = flat.name(generator.generators[0].iter)
    flat.assign(name, build.constant(not finds, node), node)

    def fill() -> None:
        test = flat.atom(generator.elt)
        out = [build.assign(name, build.constant(finds, node), node), placed(gast.Break(), node)]
        flat.emit(branch(test, *((out, []) if finds else ([], out)), generator.elt))

    def leave() -> None:
        out = [placed(gast.Break(), node)]
        flat.emit(branch(load(name, node), *((out, []) if finds else ([], out)), node))

    _loops(flat, generator.generators, iterable, fill, leave)


def _next(flat: Flattening, node: gast.Call, name: str) -> None:
    generator = _plain_generator(flat, node)
    iterable = flat.name(generator.generators[0].iter)
    otherwise = [flat.atom(one) for one in node.args[1:]]
    found = flat.names.temporary()
    flat.assign(found, build.constant(False, node), node)
    for default in otherwise:
        flat.assign(name, default, node)

    def fill() -> None:
        flat.assign(name, flat.value(generator.elt), generator.elt)
        flat.assign(found, build.constant(True, node), node)
        flat.emit(placed(gast.Break(), node))

    def leave() -> None:
        flat.emit(branch(load(found, node), [placed(gast.Break(), node)], [], node))

    _loops(flat, generator.generators, iterable, fill, leave)
    if not otherwise:
        error = placed(gast.Raise(load("StopIteration", node), None), node)
        flat.emit(branch(load(found, node), [], [error], node))


def _plain_generator(flat: Flattening, node: gast.Call) -> gast.GeneratorExp:
    if node.keywords or len(node.args) > 1 + (node.func.id == "next"):
        raise refused(
            node,
            f"these arguments of {node.func.id}",
            because=f"{node.func.id} does not take them",
            fix=f"call {node.func.id} as documented",
        )
    if _outlived(flat, node.args[0]):
        raise _refused_closure(node)
    return node.args[0]


def _outlived(flat: Flattening, node: gast.expr) -> bool:
    """Whether functions made in a comprehension that runs again may still look at its variables."""
    if not flat.loops:
        return False
    own = {one.id for part in node.generators for one in nodes(part.target) if isinstance(one, gast.Name)}
    passing = {
        id(word.value)
        for one in nodes(node)
        if is_builtin(flat, one, KEYED)
        for word in one.keywords
        if word.arg == "key"
    }
    return any(
        isinstance(one, gast.Lambda)
        and id(one) not in passing
        and any(isinstance(name, gast.Name) and name.id in own for name in nodes(one.body))
        for one in nodes(node)
    )


def _as_function(flat: Flattening, node: gast.expr, name: str) -> None:
    """A def around the comprehension keeps its scope: functions made in it share nothing with the next."""
    if any(isinstance(one, gast.NamedExpr) for one in nodes(node)):
        raise _refused_closure(node)
    iterable = flat.name(node.generators[0].iter)
    parameter = flat.names.fresh("items")
    node.generators[0].iter = load(parameter, iterable)
    function = flat.names.fresh("comprehension")
    given = gast.arguments([gast.Name(parameter, gast.Param(), None, None)], [], None, [], [], None, [])
    body = [placed(gast.Return(node), node)]
    flat.emit(build.at(placed(gast.FunctionDef(function, given, body, [], None, None, []), node), node))
    flat.assign(name, build.call(function, iterable, like=node), node)


def _refused_closure(node: gast.expr) -> Exception:
    return refused(
        node,
        "a function made in a comprehension inside a loop",
        because="it keeps a variable of the comprehension, which runs again",
        fix="write the loop out, or give the function the variable as a default argument",
    )
