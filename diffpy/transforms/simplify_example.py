"""Before and after of a simplifying pass: source whose reverse sweep is marked by `with reverse:` in, source out."""

from __future__ import annotations

import ast
from collections.abc import Callable

import gast

from diffpy.analysis.kinds import FLOAT, RANGE, Kind
from diffpy.syntax.names import Names, names_in
from diffpy.transforms.blocks import every_statement
from diffpy.transforms.simplify_facts import Derivative

Simplify = Callable[[gast.FunctionDef, Derivative], gast.FunctionDef]


def after(source: str, *passes: Simplify) -> str:
    """The source once the passes have rewritten it; t1, t2, ... are temporaries, all names hold floats."""
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
    names.temporaries = {n for n in found if n[0] == "t" and n[1:].isdigit()}
    names.stems = {n: n.rsplit("_", 1)[0] for n in found if n.rpartition("_")[2].isdigit()}
    bars = {n[: -len("_bar")]: n for n in sorted(found) if n.endswith("_bar")}

    def kind_of(name: str) -> Kind:
        return RANGE if name == "r" else FLOAT

    return Derivative(names, kind_of, bars, {})
