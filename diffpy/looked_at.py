"""Summaries that hold for whoever calls: a function and how it is called in, what another derivation found out."""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from diffpy.analysis.callees import Summary
from diffpy.analysis.kinds import kind_of_default
from diffpy.analysis.resolution import Guard
from diffpy.functions import ByCode
from diffpy.rules.table import TABLE
from diffpy.runtime.registry import REGISTRY
from diffpy.transforms.another import is_for_another

MOST = 50  # summaries of one function


@dataclass
class Met:
    """What was met while a function was looked at."""

    guards: dict[tuple[int, str], Guard] = field(default_factory=dict)
    holds_here: bool = False  # whether a look from elsewhere may find something else

    def note(self, guards: Iterable[Guard]) -> None:
        self.guards.update({(place_of(g), g.name): g for g in guards})

    def add(self, inner: Met) -> None:
        """What was met in a function that it calls."""
        self.guards.update(inner.guards)
        self.holds_here = self.holds_here or inner.holds_here


class Looked(NamedTuple):
    """A summary, what it was read from, and how many functions stood around the function that was looked at."""

    summary: Summary | None
    met: Met
    around: int


_looked: ByCode[dict[tuple, Looked]] = ByCode()


def found_before(function: Any, called: tuple, around: int) -> Looked | None:
    """What is known of a function that is called like this, with so many functions around it.

    Further inside fewer of the functions that it calls may be looked at: what was found there is less.
    """
    found = _looked.get(function.__code__, {}).get(_key(function, called)) if _lasts(function) else None
    if found is None or found.around < around or not all(one.holds() for one in found.met.guards.values()):
        return None
    return found


def remember(function: Any, called: tuple, looked: Looked) -> None:
    """Keep a summary for others."""
    if not _lasts(function) or looked.met.holds_here:
        return
    entries = _looked.setdefault(function.__code__, {})
    if len(entries) >= MOST:
        entries.clear()
    entries[_key(function, called)] = looked


def _lasts(function: Any) -> bool:
    """Whether a function depends on nothing that it captured."""
    return isinstance(function, types.FunctionType) and function.__closure__ is None


def _key(function: types.FunctionType, called: tuple) -> tuple:
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    kinds = tuple(kind_of_default(one) for one in defaults)
    own = id(function), id(function.__globals__), kinds
    return own, called, is_for_another(), TABLE.version, REGISTRY.version


def place_of(guard: Guard) -> int:
    """The dictionary or the method that a guard looks at: each view of the names of a class is another object."""
    return id(guard.where) if isinstance(guard.where, dict) else hash(guard.kind)
