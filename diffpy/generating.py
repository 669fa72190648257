"""Generator functions in, the functions that give a list of their first items, which are differentiated, out."""

from __future__ import annotations

import types

from diffpy.analysing import adopt
from diffpy.errors import UnsupportedSyntaxError
from diffpy.functions import ByCode
from diffpy.quiet import effects_of
from diffpy.runtime import pulling
from diffpy.syntax import emit, source, subset
from diffpy.syntax.build import without_defaults
from diffpy.syntax.names import Names, names_in
from diffpy.syntax.trees import copied
from diffpy.transforms.listed_yields import listed_yields

_made: ByCode[types.FunctionType] = ByCode()


def first_of(function: types.FunctionType, args: tuple, keywords: dict) -> types.FunctionType:
    """f(count, *args) -> the list of the first items; refused where a second run could be told from the first."""
    check_quiet(function)
    if function.__code__ not in _made:
        _made[function.__code__] = listed(function)
    made = _made[function.__code__]
    if (
        function.__closure__ is None
        and made.__defaults__ is function.__defaults__
        and not function.__kwdefaults__
    ):
        check_arguments(made, args, keywords)
        return made
    own = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    cells = tuple(own[n] for n in made.__code__.co_freevars)
    first = types.FunctionType(made.__code__, made.__globals__, made.__name__, function.__defaults__, cells)
    first.__kwdefaults__ = function.__kwdefaults__
    check_arguments(first, args, keywords)
    return first


def listed(function: types.FunctionType) -> types.FunctionType:
    written = source.find(function)
    subset.check(written)
    tree = copied(written.tree)
    names = Names(names_in(tree) | set(function.__code__.co_freevars) | set(function.__globals__))
    tree = listed_yields(tree, names)
    made = emit.function(without_defaults(tree), {}, function.__globals__, written.closure, written.name)
    adopt(made, written, tree)
    return made


def check_quiet(function: types.FunctionType) -> None:
    found = next(effects_of(function), None)
    if found is not None:
        effect, where = found
        raise where.error(
            UnsupportedSyntaxError,
            f"the generator function '{function.__name__}' {effect.what}",
            effect.node,
            because="its derivative runs it a second time, which nobody may notice",
            fix="build and return a list, or do this where the items are used",
        )


def check_arguments(first: types.FunctionType, args: tuple, keywords: dict) -> None:
    changed = pulling.deriver().changed_by(first, (1, *args), keywords)
    if changed:
        raise UnsupportedSyntaxError(
            f"the generator function '{first.__name__}' changes its argument '{min(changed)}' in place",
            because="its derivative runs it a second time, with the arguments that it had",
            fix="build and return a list, or work on a copy",
        )
