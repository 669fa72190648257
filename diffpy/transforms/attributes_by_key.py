"""Attributes that an object takes from a dict as a whole, in its constructor: `self.__dict__.update(options)`."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

import gast

from diffpy.rules.structs import holds_any
from diffpy.syntax.build import assign, call, constant, expression, load, store
from diffpy.syntax.names import Names


def stored_by_key(s: gast.stmt, own: str) -> str | None:
    """The dict whose items a statement stores in the object."""
    match s:
        case gast.Expr(
            value=gast.Call(
                func=gast.Attribute(value=held, attr="update"), args=[gast.Name(id=name)], keywords=[]
            )
        ) if _is_dict_of(held, own):
            return name
        case gast.For(
            target=gast.Tuple(elts=[gast.Name(id=key), gast.Name(id=item)]),
            iter=gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr="items"), args=[]),
            body=[
                gast.Expr(
                    value=gast.Call(
                        func=gast.Name(id="setattr"),
                        args=[gast.Name(id=there), gast.Name(id=given), gast.Name(id=value)],
                    )
                )
            ],
            orelse=[],
        ) if (there, given, value) == (own, key, item) and own not in (key, item):
            return name
    return None


def _is_dict_of(node: gast.expr, own: str) -> bool:
    """Whether it is own.__dict__ or vars(own)."""
    match node:
        case gast.Attribute(value=gast.Name(id=name), attr="__dict__"):
            return name == own
        case gast.Call(func=gast.Name(id="vars"), args=[gast.Name(id=name)]):
            return name == own
    return False


def takes_any(cls: type) -> bool:
    """Whether an attribute of any name is a value that the object holds."""
    every = (
        one for base in cls.__mro__[:-1] for name, one in vars(base).items() if not name.startswith("__")
    )
    return holds_any(cls) and not any(map(inspect.isdatadescriptor, every))


def updated(name: str, by_key: str, field: str) -> gast.stmt:
    """The variable of an attribute takes the dict's value, where it has one: name = by_key.get("field", name)."""
    return assign(name, call(f"{by_key}.get", constant(field), load(name)))


def others(by_key: str, fields: Iterable[str], names: Names) -> gast.Assign:
    """The items that are no known attributes: others = {k: v for k, v in by_key.items() if k not in ("w",)}."""
    key, item = names.fresh("key"), names.fresh("item")
    known = gast.Tuple([constant(one) for one in fields], gast.Load())
    test = gast.Compare(load(key), [gast.NotIn()], [known])
    target = gast.Tuple([store(key), store(item)], gast.Store())
    over = gast.comprehension(target, expression(f"{by_key}.items()"), [test] if known.elts else [], 0)
    return assign(names.fresh("others"), gast.DictComp(load(key), load(item), [over]))
