"""Whether a derived text still says what its function says: what it was read from in, a quick test out."""

from __future__ import annotations

import builtins
import types
import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import Any, cast

import numpy as np

from diffpy.analysis.kinds import Closure, Kind, Known
from diffpy.analysis.resolution import Guard, cell_kind
from diffpy.functions import content_of
from diffpy.rules.table import TABLE
from diffpy.runtime.registry import REGISTRY

Test = Callable[[], bool]

_BY_TYPE = (float, int, bool, complex, str, bytes, type(None))  # no value of these says more than its type
_BY_IDENTITY = (types.ModuleType, types.BuiltinFunctionType, np.ufunc, type)
_ABSENT = (NameError, AttributeError, ValueError, KeyError)
_MISSING = object()


def watch(function: types.FunctionType, guards: Iterable[Guard], cells: Mapping[str, Kind]) -> Test:
    """A test that the function, its defaults, the rules and the free names are what they are now."""
    text, globals = _watching(function, guards)
    text.definition(function)
    closure = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    for name, kind in cells.items():
        text.cell(closure[name], name, kind)
    return text.test(globals)


def watch_names(function: types.FunctionType, guards: Iterable[Guard]) -> Test:
    """The same for all functions with this code and these globals: what they captured is looked at elsewhere."""
    text, globals = _watching(function, guards)
    return text.test(globals)


def _watching(function: types.FunctionType, guards: Iterable[Guard]) -> tuple[_Conditions, dict[str, Any]]:
    """Conditions on the rules and the free names.

    They are compiled over the globals that they look at: a name costs what a name costs in the function itself.
    """
    by_place: dict[int, list[Guard]] = {id(function.__globals__): []}
    methods = []
    for guard in guards:
        if isinstance(guard.where, dict):
            by_place.setdefault(id(guard.where), []).append(guard)
        else:
            methods.append(guard)
    own = by_place.pop(id(function.__globals__))
    text = _Conditions([g.name for g in own])
    text.versions()
    for guard in own:
        text.name(guard)
    for elsewhere in by_place.values():
        text.add(f"{text.expected(_names_hold(elsewhere))}()")
    for guard in methods:
        text.method(guard)
    return text, function.__globals__


def _names_hold(guards: list[Guard]) -> Test:
    """The same for names of another module."""
    text = _Conditions([g.name for g in guards])
    for guard in guards:
        text.name(guard)
    return text.test(cast(dict, guards[0].where))


class _Conditions:
    """Conditions as Python text; the objects that they compare with are defaults of parameters."""

    def __init__(self, names: Iterable[str]) -> None:
        self.stem = "e"
        while any(name.startswith(self.stem) for name in names):
            self.stem += "_"
        self.objects: list[Any] = []
        self.conditions: list[str] = []
        self.type = self.expected(type)
        self.absent = self.expected(_ABSENT)

    def expected(self, value: Any) -> str:
        self.objects.append(value)
        return f"{self.stem}{len(self.objects)}"

    def add(self, condition: str) -> None:
        self.conditions.append(condition)

    def versions(self) -> None:
        for one in (TABLE, REGISTRY):
            self.add(f"{self.expected(one)}.version == {self.expected(one.version)}")

    def definition(self, function: types.FunctionType) -> None:
        here = self.stem
        self.add(
            f"({here} := {self.expected(weakref.ref(function))}()).__code__ is {self.expected(function.__code__)}"
        )
        self.add(f"{here}.__defaults__ is {self.expected(function.__defaults__)}")
        for name, value in (function.__kwdefaults__ or {}).items():
            self.add(f"{here}.__kwdefaults__[{name!r}] is {self.expected(value)}")

    def name(self, guard: Guard) -> None:
        found = guard.where.get(guard.name, vars(builtins).get(guard.name, _MISSING))
        self.value(guard.name, found, guard.holds)

    def method(self, guard: Guard) -> None:
        """What a class has under a name, by identity."""
        if not isinstance(guard.kind, Known):
            self.add(f"{self.expected(guard.holds)}()")
            return
        found = self.expected(guard.kind.value)
        self.add(f"{self.expected(guard.where)}.get({guard.name!r}) is {found}")
        if guard.code is not None:
            self.add(f"{found}.__code__ is {self.expected(guard.code)}")

    def cell(self, cell: types.CellType, name: str, kind: Kind) -> None:
        contents = f"{self.expected(cell)}.cell_contents"
        if isinstance(kind, Closure):
            self.add(f"{contents}.__code__ is {self.expected(kind.code)}")
        else:
            self.value(contents, content_of(cell, _MISSING), partial(_cell_holds, cell, name, kind))

    def value(self, expression: str, value: Any, slowly: Test) -> None:
        """By type or identity where that tells all; else by the kind."""
        if type(value) in _BY_TYPE or isinstance(value, np.generic):
            self.add(f"{self.type}({expression}) is {self.expected(type(value))}")
        elif isinstance(value, _BY_IDENTITY):
            self.add(f"{expression} is {self.expected(value)}")
        elif isinstance(value, types.FunctionType):
            self.add(f"{expression} is {self.expected(value)}")
            self.add(f"{expression}.__code__ is {self.expected(value.__code__)}")
            self.add(f"{expression}.__defaults__ is {self.expected(value.__defaults__)}")
        else:
            self.add(f"{self.expected(slowly)}()")

    def test(self, globals: dict[str, Any]) -> Test:
        parameters = ", ".join(f"{self.stem}{k + 1}" for k in range(len(self.objects)))
        code = _compiled(parameters, " and ".join(self.conditions) or "True", self.absent)
        return types.FunctionType(code, globals, "holds", tuple(self.objects))


@lru_cache(maxsize=1024)
def _compiled(parameters: str, condition: str, absent: str) -> types.CodeType:
    text = f"def holds({parameters}):\n try:\n  return {condition}\n except {absent}:\n  return False"
    code = compile(text, "<diffpy guard>", "exec")
    return next(one for one in code.co_consts if isinstance(one, types.CodeType))


def _cell_holds(cell: types.CellType, name: str, kind: Kind) -> bool:
    return cell_kind(cell, name) == kind
