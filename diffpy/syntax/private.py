"""Private names of a class: a function's tree and its class's name in, the names Python uses out."""

from __future__ import annotations

import gast


def mangled(name: str, owner: str) -> str:
    """
    >>> mangled("__weight", "_Model"), mangled("__call__", "Model"), mangled("x", "Model")
    ('_Model__weight', '__call__', 'x')
    """
    stem = owner.lstrip("_")
    if not stem or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    return f"_{stem}{name}"


def mangle(tree: gast.FunctionDef, owner: str) -> gast.FunctionDef:
    """Spell `self.__w` as `self._Model__w`, in place: the function then means the same outside its class."""
    own_name = tree.name
    for node in gast.walk(tree):
        _mangle_node(node, owner)
    tree.name = own_name
    return tree


def _mangle_node(node: gast.AST, owner: str) -> None:
    match node:
        case gast.Global() | gast.Nonlocal():
            node.names = [mangled(one, owner) for one in node.names]
        case gast.alias(name=name, asname=None) if mangled(name, owner) != name:
            node.asname = mangled(name, owner)
        case gast.keyword():
            pass  # Python leaves the keywords of a call as they are.
        case _:
            for field in ("id", "attr", "name", "asname", "rest"):
                value = getattr(node, field, None)
                if isinstance(value, str) and not (field == "name" and isinstance(node, gast.alias)):
                    setattr(node, field, mangled(value, owner))
