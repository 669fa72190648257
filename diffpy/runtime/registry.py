"""Derivatives that users register: a function in, the rule that gives its value and pullback out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class CustomRule:
    """`rule(*arguments)` returns the value and its pullback, for the arguments in wrt (None: all)."""

    function: Callable[..., Any]
    rule: Callable[..., Any]
    wrt: tuple[str, ...] | None
    mode: str = "reverse"


def _covered(rule: CustomRule) -> frozenset[str] | None:
    return None if rule.wrt is None else frozenset(rule.wrt)


class Registry:
    """Rules by the identity of their function."""

    def __init__(self) -> None:
        self.version = 0
        self._rules: dict[int, list[CustomRule]] = {}
        self._lock = threading.Lock()

    def add(self, rule: CustomRule) -> None:
        with self._lock:
            self._rules.setdefault(id(rule.function), []).append(rule)
            self.version += 1

    def remove(self, rule: CustomRule) -> None:
        with self._lock:
            self._rules[id(rule.function)].remove(rule)
            self.version += 1

    def same(self, rule: CustomRule) -> list[CustomRule]:
        """Rules for the same function, arguments and mode."""
        asked = (_covered(rule), rule.mode)
        return [one for one in self.find(rule.function) if (_covered(one), one.mode) == asked]

    def find(self, function: object) -> list[CustomRule]:
        return self._rules.get(id(function), [])


REGISTRY = Registry()
