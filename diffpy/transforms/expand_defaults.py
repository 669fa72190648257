"""Defaults of nested functions: a function in, one out whose nested functions capture what their defaults hold."""

from __future__ import annotations

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import assign, at, call, load
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import rebuild


def expand_defaults(tree: gast.FunctionDef, names: Names, missing: str) -> gast.FunctionDef:
    """Each nested function with a name for a default is made by a function that is given the value; in place.

    `missing` names an object that no caller can pass.

    Before:                         After:
        def g(a, b=x):                  def g_with(b_default):
            return a * b                    def g(a, b=missing):
                                                if b is missing:
                                                    b = b_default
                                                return a * b
                                            return g
                                        g = g_with(x)
    """

    def made(s: gast.stmt) -> list[gast.stmt]:
        return _made(s, names, missing) if isinstance(s, gast.FunctionDef) and has_defaults(s) else [s]

    tree.body = rebuild(tree.body, made)
    return tree


def has_defaults(s: gast.FunctionDef) -> bool:
    return bool(held_names(s))


def held_names(s: gast.FunctionDef) -> list[str]:
    """The names that defaults are read from."""
    return sorted({n for _, d in defaults_of(s) for n in flow.names_read(d)})


def defaults_of(s: gast.FunctionDef) -> list[tuple[str, gast.expr]]:
    """The parameters that have a default, and what it is."""
    positional = [*s.args.posonlyargs, *s.args.args]
    first = len(positional) - len(s.args.defaults)
    ordered = zip(positional[first:], s.args.defaults, strict=True)
    named = zip(s.args.kwonlyargs, s.args.kw_defaults, strict=True)
    return [(p.id, d) for p, d in (*ordered, *named) if d is not None]


def _made(s: gast.FunctionDef, names: Names, missing: str) -> list[gast.stmt]:
    given: dict[str, gast.expr] = {}
    arguments = s.args
    positional = [*arguments.posonlyargs, *arguments.args]
    first = len(positional) - len(arguments.defaults)
    arguments.defaults = [
        _replaced(p.id, d, given, missing)
        for p, d in zip(positional[first:], arguments.defaults, strict=True)
    ]
    arguments.kw_defaults = [
        _replaced(p.id, d, given, missing)
        for p, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    own = {name: names.fresh(f"{name}_default") for name in given}
    s.body = [*(_filled(name, own[name], missing, s) for name in given), *s.body]
    maker = names.fresh(f"{s.name}_with")
    parameters = [gast.Name(one, gast.Param(), None, None) for one in own.values()]
    outer = gast.FunctionDef(
        maker,
        gast.arguments(parameters, [], None, [], [], None, []),
        [s, gast.Return(load(s.name))],
        [],
        None,
        None,
        [],
    )
    held = {name: names.temporary() for name, d in given.items() if not isinstance(d, gast.Name)}
    before = [assign(one, given[name], s) for name, one in held.items()]
    values = [load(held[name]) if name in held else d for name, d in given.items()]
    return [at(one, s) for one in (outer, *before, assign(s.name, call(load(maker), *values), s))]


def _replaced(
    name: str, default: gast.expr | None, given: dict[str, gast.expr], missing: str
) -> gast.expr | None:
    if default is None or not flow.names_read(default):
        return default
    given[name] = default
    return load(missing)


def _filled(name: str, default: str, missing: str, s: gast.stmt) -> gast.stmt:
    test = gast.Compare(load(name), [gast.Is()], [load(missing)])
    return at(gast.If(test, [assign(name, load(default), s)], []), s)
