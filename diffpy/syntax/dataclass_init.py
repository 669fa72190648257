"""The `__init__` that @dataclass makes: a dataclass in, its tree and what names in it stand for out."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import gast

from diffpy.syntax.build import constant, load, statements
from diffpy.syntax.names import Names


def dataclass_init(cls: Any, names: Names, not_given: object) -> tuple[gast.FunctionDef, dict[str, object]]:
    """A definition that does what the constructor of a dataclass does, and what names in it stand for.

    For `class Walk: x: float; path: list = field(default_factory=list)` and its `__post_init__`:

        def __init__(self, x, path=missing):
            self.x = x
            if path is missing:
                path = make_path()
            self.path = path
            self.__post_init__()
    """
    objects: dict[str, object] = {}

    def named(stem: str, value: object) -> str:
        name = names.fresh(stem)
        objects[name] = value
        return name

    missing = named("missing", not_given)
    own, *parameters = inspect.signature(cls.__init__).parameters.values()
    lines: list[str] = []
    for one in cls.__dataclass_fields__.values():
        kind = one._field_type.name
        if kind != "_FIELD":
            continue
        made = None
        if one.default_factory is not dataclasses.MISSING:
            made = f"{named(f'make_{one.name}', one.default_factory)}()"
        if one.init and made is not None:
            lines.append(f"if {one.name} is {missing}:\n        {one.name} = {made}")
        if one.init or made is not None:
            lines.append(f"{own.name}.{one.name} = {one.name if one.init else made}")
    given = (n for n, one in cls.__dataclass_fields__.items() if one._field_type.name == "_FIELD_INITVAR")
    lines.append(f"{own.name}.__post_init__({', '.join(given)})")
    body = "".join(f"    {line}\n" for line in lines)
    (tree,) = statements(f"def __init__({own.name}{_spelled(parameters)}):\n{body}")

    def default(one: inspect.Parameter) -> gast.expr:
        return load(missing) if is_made_anew(one.default) else _literal(one.default)

    optional = [one for one in parameters if one.default is not one.empty]
    tree.args.defaults = [default(one) for one in optional if one.kind is not one.KEYWORD_ONLY]
    by_name = {one.name: default(one) for one in optional if one.kind is one.KEYWORD_ONLY}
    tree.args.kw_defaults = [by_name.get(one.id) for one in tree.args.kwonlyargs]
    return tree, objects


def _spelled(parameters: list[inspect.Parameter]) -> str:
    """Parameters after the first one, with None for defaults."""
    done, star = "", False
    for one in parameters:
        if one.kind is one.KEYWORD_ONLY and not star:
            done, star = f"{done}, *", True
        done += f", {one.name}" if one.default is one.empty else f", {one.name}=None"
    return done


def is_made_anew(default: object) -> bool:
    """Whether a default stands for what its factory makes."""
    return default is dataclasses._HAS_DEFAULT_FACTORY  # type: ignore[attr-defined]


def _literal(value: object) -> gast.expr:
    """KeyError where it is none."""
    if isinstance(value, tuple):
        return gast.Tuple(list(map(_literal, value)), gast.Load())
    if value is None or isinstance(value, bool | int | float | str):
        return constant(value)
    raise KeyError(value)
