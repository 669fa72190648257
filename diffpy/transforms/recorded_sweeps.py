"""Reverse mode by a run with recorded tangents: a function of arguments and tangents in, its gradient or pullback out."""

from __future__ import annotations

from typing import Any

import gast

from diffpy.syntax.build import assign, at, call, constant, load, store
from diffpy.transforms.assemble import plain_arguments
from diffpy.transforms.forward import Forward


def recorded(
    forward: Forward,
    whole: gast.FunctionDef,
    notes: dict[str, Any],
    form: str,
    title: str,
    is_pair: bool,
) -> gast.FunctionDef:
    """The run that is recorded, and the way back; `is_pair`: the function gives its value and more.

    Before:                                       After:
        def f_value_with_differential(x, x_dot):      def f_value_with_gradient(x):
            y = x * x                                     record = Record()
            y_dot = x_dot * x + x * x_dot                 x_dot = record.tangent(x)
            return y, y_dot                               with record:
                                                              y = x * x
                                                              y_dot = x_dot * x + x * x_dot
                                                          return y, record.gradient(y_dot, seed_of(y, 'f'))
    """
    names, runtime = forward.names, forward.runtime
    record = names.fresh("record")
    begin = [assign(record, call(runtime("Record")))]
    dots: dict[str, str] = notes.pop("__diffpy_dots__")
    begin += [assign(dot, call(_method(record, "tangent"), load(n))) for n, dot in dots.items()]
    *body, last = whole.body
    pair = [_named(one, names.fresh(stem), body) for one, stem in zip(last.value.elts, _STEMS, strict=True)]
    value, value_dot = pair
    run = gast.With([gast.withitem(load(record), None)], body or [gast.Pass()], None)
    if form == "gradient":
        result = gast.Subscript(value, constant(0), gast.Load()) if is_pair else value
        seed = call(runtime("seed_of"), result, constant(forward.tree.name))
        back = call(_method(record, "gradient"), value_dot, seed)
    else:
        back = call(_method(record, "pullback"), value_dot)
    end = gast.Return(gast.Tuple([value, back], gast.Load()))
    suffix = "value_with_gradient" if form == "gradient" else "value_with_pullback"
    made = [*begin, run, end]
    arguments = plain_arguments(forward.tree.args)
    return at(gast.FunctionDef(names.fresh(f"{title}_{suffix}"), arguments, made, [], None, None, []), last)


_STEMS = ("value", "value_dot")


def _named(one: gast.expr, name: str, body: list[gast.stmt]) -> gast.expr:
    """The expression as a name, which the body binds."""
    if isinstance(one, gast.Name | gast.Constant):
        return one
    body.append(gast.Assign([store(name)], one, None))
    return load(name)


def _method(record: str, name: str) -> gast.expr:
    return gast.Attribute(load(record), name, gast.Load())
