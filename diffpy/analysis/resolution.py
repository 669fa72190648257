"""Free names of a function: name in, what it stands for now out, with a guard that notices when that changes."""

from __future__ import annotations

import builtins
import types
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffpy.analysis.kinds import UNKNOWN, Closure, Kind, Known, as_filled, kind_of
from diffpy.functions import code_of, content_of

_MISSING = object()
_DATA = (list, dict, set, np.ndarray)


@dataclass(frozen=True)
class Guard:
    """A name in a dictionary, and what the derived text took it for."""

    where: Mapping[str, Any]  # globals; behind them are the builtins
    name: str
    kind: Kind
    code: types.CodeType | None = None  # of a function, which may get another

    def holds(self) -> bool:
        found = self.where.get(self.name, vars(builtins).get(self.name, _MISSING))
        if isinstance(self.kind, Known):
            return found is self.kind.value and code_of(found) is self.code
        return (UNKNOWN if found is _MISSING else kind_of(found, f"{self.name}@")) == self.kind


def method_guards(methods: Mapping[tuple[type, str], types.FunctionType]) -> Iterator[Guard]:
    """Notice that a class gets another method of a name."""
    for (cls, name), function in methods.items():
        owner = next((one for one in cls.__mro__ if vars(one).get(name) is function), None)
        if owner is not None:
            yield Guard(vars(owner), name, Known(function), function.__code__)


def constant_guards(constants: Mapping[tuple[type, str], Kind]) -> Iterator[Guard]:
    """Notice that a class gets something else under the name of a number."""
    for (cls, name), kind in constants.items():
        owner = next((one for one in cls.__mro__ if name in vars(one)), None)
        if owner is not None:
            yield Guard(vars(owner), name, kind)


class Resolution:
    """Looks names up as the function itself would: its closure, its globals, the builtins."""

    def __init__(
        self,
        globals: dict[str, Any],
        closure: Mapping[str, types.CellType],
        objects: Mapping[str, object] | None = None,
        moving: Collection[str] = (),
    ) -> None:
        self.globals, self.closure = globals, closure
        self.moving = moving  # captured names of which derivatives are asked: others may fill what they hold
        self.objects: Mapping[str, object] = {} if objects is None else objects  # others fill it
        self.guards: dict[str, Guard] = {}
        self.cells: dict[str, Kind] = {}

    def __call__(self, name: str) -> Kind:
        if name in self.objects:
            return self.object_kind(name, self.objects[name])
        if name in self.closure:
            found = self.cells[name] = self.cell_kind(name)
            return as_filled(found) if name in self.moving else found
        if name not in self.guards:
            found = self.globals.get(name, vars(builtins).get(name, _MISSING))
            kind = UNKNOWN if found is _MISSING else kind_of(found, f"{name}@")
            self.guards[name] = Guard(self.globals, name, kind, code_of(found))
        return self.guards[name].kind

    def object_kind(self, name: str, found: object) -> Kind:
        """What a name of the derivation's own stands for: data, such as the default of a parameter, may change."""
        if not isinstance(found, _DATA):
            return Known(found)
        if name not in self.guards:
            self.guards[name] = Guard({name: found}, name, kind_of(found, f"{name}@"))
        return self.guards[name].kind

    def cell_kind(self, name: str) -> Kind:
        return cell_kind(self.closure[name], name)

    def value(self, name: str) -> Any:
        """The object itself; None where there is none yet."""
        if name in self.objects:
            return self.objects[name]
        if name in self.closure:
            return content_of(self.closure[name])
        return self.globals.get(name, vars(builtins).get(name))


def cell_kind(cell: types.CellType, name: str) -> Kind:
    held = content_of(cell, _MISSING)
    if held is _MISSING:
        return UNKNOWN
    if isinstance(held, types.FunctionType) and "<locals>" in held.__qualname__:
        # not by identity: the same inner function is made again and again
        return Closure(held.__code__, held)
    return kind_of(held, f"{name}@")
