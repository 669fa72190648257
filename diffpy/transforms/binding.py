"""What a function binds: its tree in, the names that are its own variables out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import gast

from diffpy.analysis import flow
from diffpy.syntax import build
from diffpy.syntax.trees import children, nodes

SCOPES = gast.FunctionDef | gast.Lambda | gast.ClassDef
COMPREHENSIONS = gast.ListComp | gast.SetComp | gast.DictComp | gast.GeneratorExp


def own_nodes(roots: Iterable[gast.AST]) -> Iterator[gast.AST]:
    """The nodes below the roots, in no order; of a nested function only the def itself and its defaults."""
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, SCOPES):
            waiting.extend(evaluated_outside(node))
        else:
            waiting.extend(children(node))


def evaluated_outside(node: gast.AST) -> list[gast.expr]:
    """The expressions of a def or a lambda that the enclosing function evaluates: decorators and defaults."""
    found = list(getattr(node, "decorator_list", ()))
    arguments = getattr(node, "args", None)
    if arguments is not None:
        found += [*arguments.defaults, *(one for one in arguments.kw_defaults if one is not None)]
    return found


def bound_names(tree: gast.FunctionDef) -> set[str]:
    """Parameters and whatever the body binds (but a comprehension its own variables)."""
    return flow.argument_names(tree) | _bound_by(tree.body)


def _bound_by(statements: list[gast.stmt]) -> set[str]:
    found: set[str] = set()
    hidden: set[int] = set()
    for node in own_nodes(statements):
        if isinstance(node, COMPREHENSIONS):
            hidden.update(id(one) for part in node.generators for one in nodes(part.target))
        elif isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store | gast.Del):
            if id(node) not in hidden:
                found.add(node.id)
        else:
            found.update(_bound_here(node))
    return found


def _bound_here(node: gast.AST) -> list[str]:
    match node:
        case gast.FunctionDef() | gast.ClassDef():
            return [node.name]
        case gast.alias():
            return [node.asname or node.name.split(".")[0]]
        case gast.MatchAs() | gast.MatchStar():
            return [node.name] if node.name else []
        case gast.MatchMapping():
            return [node.rest] if node.rest else []
    return []


def still_local(tree: gast.FunctionDef, before: set[str]) -> gast.FunctionDef:
    """Names that lost their last binding, in code never reached, stay variables of the function.

    Otherwise a read of one would find a global of that name instead of raising UnboundLocalError.
    """
    lost = before - bound_names(tree)
    if not lost:
        return tree
    read = {node.id for node in nodes(tree) if isinstance(node, gast.Name)}
    for name in sorted(lost & read):
        never = build.constant(False)
        tree.body.insert(0, build.at(gast.If(never, [build.assign(name, build.constant(None))], []), tree))
    return tree


def rebindable_names(tree: gast.FunctionDef) -> set[str]:
    """Names that an expression may rebind: walrus targets, and what is declared global or nonlocal."""
    found: set[str] = set()
    for node in nodes(tree):
        if isinstance(node, gast.NamedExpr):
            found.add(node.target.id)
        elif isinstance(node, gast.Global | gast.Nonlocal):
            found.update(node.names)
    return found
