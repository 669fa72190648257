"""Fresh names: a function's names in, names that collide with none of them out."""

from __future__ import annotations

import builtins
import keyword
import unicodedata
from collections.abc import Iterable

import gast

from diffpy.syntax.trees import nodes


def names_in(tree: gast.AST) -> set[str]:
    """Every identifier that the tree mentions in any role (variables, attributes, arguments, keywords)."""
    found: set[str] = set()
    for node in nodes(tree):
        for field in ("id", "attr", "name", "arg", "asname", "module", "rest"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                found.update(value.split("."))
        if isinstance(node, gast.Global | gast.Nonlocal):
            found.update(node.names)
    return {unicodedata.normalize("NFKC", one) for one in found}


class Names:
    """Hands out names that nothing else in the function uses; remembers which ones are temporaries."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken) | set(keyword.kwlist) | set(dir(builtins))
        self.temporaries: set[str] = set()
        self.stems: dict[str, str] = {}  # a fresh name -> the stem that it was asked for with
        self._next: dict[str, int] = {}

    def copied(self) -> Names:
        """Names that go on from here on their own."""
        found = Names.__new__(Names)
        vars(found).update({key: value.copy() for key, value in vars(self).items()})
        return found

    def fresh(self, stem: str) -> str:
        """`stem` itself where it is free, otherwise stem_1, stem_2, ..."""
        name = self._take(stem) if stem not in self.taken else self._numbered(stem + "_")
        self.stems[name] = stem
        return name

    def temporary(self) -> str:
        """The next of t1, t2, ...: a name for an unnamed intermediate value."""
        name = self._numbered("t")
        self.temporaries.add(name)
        return name

    def _numbered(self, prefix: str) -> str:
        number = self._next.get(prefix, 0) + 1
        while f"{prefix}{number}" in self.taken:
            number += 1
        self._next[prefix] = number
        return self._take(f"{prefix}{number}")

    def _take(self, name: str) -> str:
        self.taken.add(name)
        return name
