"""What the dict of an object's attributes holds, read at once: Python in, the attributes read by their names out."""

from __future__ import annotations

from collections.abc import Callable

import gast

from diffpy.analysis import flow
from diffpy.rules.structs import attribute_names
from diffpy.syntax.build import assign, at, call, load, store
from diffpy.syntax.names import Names
from diffpy.syntax.trees import Rewriter, copied, nodes
from diffpy.transforms.known_objects import Objects, known_as

Lookup = Callable[[str], object]


def expand_attribute_dicts(
    tree: gast.FunctionDef, names: Names, objects: Objects, lookup: Lookup
) -> gast.FunctionDef:
    """Read attributes by name where a loop or a call runs through vars(o), or o.__dict__.

    The dict is the object, so no derivative could follow it as a dict of its own.

    Before:                                 After:
        for k, v in vars(o).items():            for name in attribute_names(o):
            total += v                              k, v = name, getattr(o, name)
        held = dict(o.__dict__)                     total += v
                                                held = {name: getattr(o, name) for name in attribute_names(o)}
    """
    if not any((isinstance(n, gast.Name) and n.id == "vars") or _is_dict(n) for n in nodes(tree)):
        return tree
    known = frozenset(one.__name__ for one in (vars, getattr, dict) if lookup(one.__name__) is one)
    return _Reading(names, objects, known).visit(copied(tree)) if "getattr" in known else tree


def _is_dict(node: gast.AST) -> bool:
    return isinstance(node, gast.Attribute) and node.attr == "__dict__"


class _Reading(Rewriter):
    def __init__(self, names: Names, objects: Objects, known: frozenset[str]) -> None:
        self.names, self.objects, self.known = names, objects, known

    def names_in(self, held: str) -> gast.expr:
        return call(known_as(attribute_names, "attribute_names", self.names, self.objects), load(held))

    def object_of(self, node: gast.expr) -> str | None:
        """The object whose attributes an expression gives as a dict."""
        match node:
            case gast.Attribute(value=gast.Name(id=held), attr="__dict__"):
                return held
            case gast.Call(func=gast.Name(id="vars"), args=[gast.Name(id=held)], keywords=[]):
                return held if "vars" in self.known else None
        return None

    def view(self, node: gast.expr) -> tuple[str, str] | None:
        """The object and the method of vars(o).items()."""
        match node:
            case gast.Call(
                func=gast.Attribute(value=whole, attr="items" | "values" | "copy" as method),
                args=[],
                keywords=[],
            ):
                held = self.object_of(whole)
            case gast.Call(func=gast.Name(id="dict"), args=[whole], keywords=[]) if "dict" in self.known:
                held, method = self.object_of(whole), "copy"
            case _:
                return None
        return None if held is None else (held, method)

    def visit_For(self, s: gast.For) -> gast.For:
        found = self.view(s.iter)
        if found is not None and found[1] != "copy" and found[0] not in flow.all_written([s]):
            held, method = found
            s.iter = at(self.names_in(held), s.iter)
            key = self.names.fresh("name")
            first = assign("", _entry(held, key, method), s.target)
            first.targets, s.target = [s.target], at(store(key), s.target)
            s.body = [at(first, s.target), *s.body]
        return self.generic_visit(s)

    def visit_Call(self, node: gast.Call) -> gast.expr:
        found = self.view(node)
        if found is None:
            return self.generic_visit(node)
        held, method = found
        key = self.names.fresh("name")
        over = [gast.comprehension(store(key), self.names_in(held), [], 0)]
        if method == "copy":
            return at(gast.DictComp(load(key), _entry(held, key, "values"), over), node)
        return at(gast.ListComp(_entry(held, key, method), over), node)


def _entry(held: str, key: str, method: str) -> gast.expr:
    """What a view gives for one name."""
    value = call("getattr", load(held), load(key))
    return gast.Tuple([load(key), value], gast.Load()) if method == "items" else value
