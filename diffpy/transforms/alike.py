"""Names that may stand for one object, or for parts of one, as far as the text alone tells: a tree in, groups out."""

from __future__ import annotations

from collections.abc import Mapping

import gast

from diffpy.syntax.trees import nodes

# Methods, and functions of NumPy's, that give what they are called with, or a view of it, or what it holds.
_GIVING = frozenset(
    "asarray asanyarray atleast_1d atleast_2d atleast_3d broadcast_to diagonal expand_dims flip get moveaxis pop ravel "
    "reshape setdefault squeeze swapaxes transpose view".split()
)
_PARTS = gast.Name | gast.Subscript | gast.Attribute | gast.Tuple | gast.List | gast.IfExp | gast.BoolOp


def alike(tree: gast.FunctionDef) -> Mapping[str, frozenset[str]]:
    """The names that each name may share an object with.

    >>> tree = gast.parse("def f(v):\\n w = v.reshape(2, 2)\\n for row in w: row[0] += 1\\n z = v + 1").body[0]
    >>> sorted(alike(tree)["v"])
    ['row', 'v', 'w']
    """
    groups: dict[str, frozenset[str]] = {}
    for one in nodes(tree):
        match one:
            case gast.Assign(targets=targets, value=value) if _may_give(value):
                _join(groups, _names(value, *targets))
            case gast.NamedExpr(target=target, value=value) if _may_give(value):
                _join(groups, _names(target, value))
            case gast.For(target=target, iter=value):
                _join(groups, _names(target, value))
    return groups


def _may_give(value: gast.expr) -> bool:
    if isinstance(value, gast.Call):
        return isinstance(value.func, gast.Attribute) and value.func.attr in _GIVING
    return isinstance(value, _PARTS)


def _names(*trees: gast.AST) -> frozenset[str]:
    return frozenset(one.id for one in nodes(*trees) if isinstance(one, gast.Name))


def _join(groups: dict[str, frozenset[str]], names: frozenset[str]) -> None:
    whole = names.union(*(groups.get(name, ()) for name in names))
    groups.update(dict.fromkeys(whole, whole))
