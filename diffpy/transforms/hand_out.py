"""result="A": a function that leaves its result in an argument becomes one that returns it."""

from __future__ import annotations

import gast

from diffpy.analysis import flow
from diffpy.errors import ParameterError
from diffpy.syntax.build import assign, at, load
from diffpy.syntax.names import Names
from diffpy.syntax.source import Source


def hand_out(tree: gast.FunctionDef, names: Names, result: str | tuple[str, ...], written: Source) -> None:
    """`return None` becomes `return A`, or `return A, B`; where A is bound anew, what came in as A is meant."""
    every = (result,) if isinstance(result, str) else result
    last = tree.body[-1]
    _check(tree, every, written)
    bound = flow.all_written(tree.body)
    kept = {name: names.fresh(f"{name}_given") for name in every if name in bound}
    values = [load(kept.get(name, name)) for name in every]
    body = [assign(kept[name], load(name)) for name in kept] + tree.body[:-1]
    if isinstance(result, str):
        body.append(gast.Return(values[0]))
    else:
        held = names.temporary()
        body += [assign(held, gast.Tuple(values, gast.Load())), gast.Return(load(held))]
    tree.body = [at(one, last) for one in body]


def _check(tree: gast.FunctionDef, every: tuple[str, ...], written: Source) -> None:
    parameters = flow.argument_names(tree)
    for name in every:
        if name not in parameters:
            raise ParameterError(
                f"'{tree.name}' has no parameter {name!r} to leave a result in",
                because="result= takes the names of arguments, one or a tuple",
                fix=f"its parameters are: {', '.join(sorted(parameters))}",
                place=written.place(),
            )
