"""Comprehensions' own variables: scopes in the function in; one scope, a name for each variable, out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import gast

from diffpy.analysis import flow
from diffpy.syntax.names import Names
from diffpy.syntax.trees import children, nodes
from diffpy.transforms.binding import COMPREHENSIONS, SCOPES, evaluated_outside, own_nodes


def expand_scopes(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """A comprehension's variable that is named elsewhere too gets a name of its own.

    >>> from diffpy.transforms.example import after
    >>> print(after('''
    ... def f(x):
    ...     y = [x * i for x in x]
    ...     return [z for z in y if z]
    ... ''', expand_scopes))
    def f(x):
        y = [x_1 * i for x_1 in x]
        return [z for z in y if z]
    """
    mentions = Counter(_mentions(tree))
    for node in list(own_nodes(tree.body)):
        if isinstance(node, COMPREHENSIONS):
            _rename(node, mentions, names)
    return tree


def _mentions(tree: gast.AST) -> Iterator[str]:
    """Every use of a name as a variable, in nested functions too."""
    for node in nodes(tree):
        match node:
            case gast.Name():
                yield node.id
            case gast.FunctionDef() | gast.ClassDef():
                yield node.name
            case gast.Global() | gast.Nonlocal():
                yield from node.names
            case gast.alias():
                yield (node.asname or node.name).split(".")[0]


def _rename(node: gast.expr, mentions: Counter[str], names: Names) -> None:
    for name in sorted(_variables(node)):
        uses = list(_uses(node, name))
        if len(uses) == mentions[name]:
            continue
        fresh = names.fresh(name)
        for one in uses:
            one.id = fresh
        mentions[name] -= len(uses)
        mentions[fresh] += len(uses)


def _variables(node: gast.expr) -> set[str]:
    return {
        one.id
        for part in node.generators
        for one in nodes(part.target)
        if isinstance(one, gast.Name) and isinstance(one.ctx, gast.Store)
    }


def _uses(node: gast.expr, name: str) -> Iterator[gast.Name]:
    """The uses of a comprehension's variable: not in its first iterable, nor where inner scopes bind it."""
    waiting = _inside(node)
    while waiting:
        one = waiting.pop()
        if isinstance(one, gast.Name):
            if one.id == name:
                yield one
        elif isinstance(one, COMPREHENSIONS) and name in _variables(one):
            waiting.append(one.generators[0].iter)
        elif isinstance(one, SCOPES) and name in flow.argument_names(one):
            waiting.extend(evaluated_outside(one))
        else:
            waiting.extend(children(one))


def _inside(node: gast.expr) -> list[gast.AST]:
    first, *others = node.generators
    elements = [node.key, node.value] if isinstance(node, gast.DictComp) else [node.elt]
    return [first.target, *first.ifs, *others, *elements]
