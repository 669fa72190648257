"""Before and after of a simplifying pass: source whose reverse sweep is marked by `with reverse:` in, source out."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable

import gast

from diffpy.analysis.kinds import FLOAT, RANGE, Array, Kind, TupleOf
from diffpy.syntax.names import Names, names_in
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.simplify_facts import Derivative

Simplify = Callable[[gast.FunctionDef, Derivative], gast.FunctionDef]


def after(source: str, *passes: Simplify) -> str:
    """The source once the passes have rewritten it.

    t1 is a temporary, r a range, xs and ys are arrays, pair is a tuple of two, others are floats.
    """
    tree = gast.parse(source).body[0]
    every = list(every_statement(tree.body))
    for s in every:
        if isinstance(s, gast.With):
            s.items = []
    known = _known(tree)
    for one in passes:
        tree = one(tree, known)
    for s in every_statement(tree.body):
        if isinstance(s, gast.With):
            s.items = [gast.withitem(gast.Name("reverse", gast.Load(), None, None), None)]
    return ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(tree)))


def _known(tree: gast.FunctionDef) -> Derivative:
    found = names_in(tree)
    names = Names(found)
    names.temporaries = {
        one for n in found for one in [n.split("_")[0]] if one[0] == "t" and one[1:].isdigit()
    }
    names.stems = {n: n.rsplit("_", 1)[0] for n in found if n.rpartition("_")[2].isdigit()}
    bars = {n[: -len("_bar")]: n for n in sorted(found) if n.endswith("_bar")}

    return Derivative(names, lambda name: _KINDS.get(name, FLOAT), bars, objects=_RUNNING)


_KINDS: dict[str, Kind] = {
    "r": RANGE,
    "pair": TupleOf((FLOAT, FLOAT)),
    "xs": Array("float64", (("n", "n", 0),)),
    "ys": Array("float64", (("n", "n", 0),)),
}


class _Stand:
    """A function of the running half, known by its name, its module and its parameters."""

    def __init__(self, name: str, module: str, parameters: Callable[..., None] = lambda: None) -> None:
        self.__name__, self.__module__ = name, module
        self.__signature__ = inspect.signature(parameters)

    def __call__(self) -> None:
        raise NotImplementedError


_RUNNING = {
    "spread": _Stand("spread", "diffpy.runtime.arrays", lambda value, shape, axis=None, keepdims=False: None),
    "count": _Stand("count", "diffpy.runtime.arrays", lambda shape, axis=None, ddof=0: None),
    "unpacked": _Stand("unpacked", "diffpy.runtime.sequences"),
    "accumulate_item": _Stand("accumulate_item", "diffpy.runtime.tangents"),
    "item_of": _Stand("item_of", "diffpy.runtime.tangents"),
    "accumulate": _Stand("add_tangents", "diffpy.runtime.tangent_vectors"),
    "unbroadcast": _Stand("unbroadcast", "diffpy.runtime.arrays", lambda value, shape: None),
    "power_base": _Stand("power_base", "diffpy.runtime.powers"),
}
