"""Kinds in words, with a letter for each size that is not known in advance."""

from __future__ import annotations

import re
import unicodedata
from itertools import count

from diffpy.analysis.kinds import Array, DictOf, Dim, Inert, Iterator, Kind, ListOf, TupleOf, describe
from diffpy.analysis.nodes import Block

_LETTERS = "nmkpqrst"
_SYMBOL = re.compile(r"(?P<name>\w*?[^\W\d]\w*?)(?P<way>(\[\]|\.\w+(?=[.\[]))*)(@|\.)?(?P<axis>\d)")


class Words:
    """Names sizes in the order in which they are met: n, m, k ..."""

    def __init__(self, body: Block) -> None:
        self.letters: dict[str, str] = {}
        self.arguments = {n.outputs[0] for n in body.nodes if n.form in ("argument", "free")}
        self.legend: dict[str, str] = {}
        for node in body.walk():
            self.kind(node.kind)

    def kind(self, kind: Kind | None) -> str:
        match kind:
            case None:
                return ""
            case Array() if kind.dims is not None:
                return f"{kind.dtype}[{', '.join(self.size(d) for d in kind.dims)}]"
            case TupleOf():
                return f"({', '.join(self.kind(one) for one in kind.items)}{',' if len(kind.items) == 1 else ''})"
            case ListOf():
                return f"list of {self.kind(kind.item)}"
            case DictOf():
                return f"dict of {self.kind(kind.item)}"
            case Iterator():
                return f"iterator of {self.kind(kind.item)}"
            case Inert(type="NoneType"):
                return "None"
            case _:
                return describe(kind)

    def size(self, dim: Dim) -> str:
        if isinstance(dim, int):
            return str(dim)
        form, symbol, offset = dim
        if symbol not in self.letters:
            self.letters[symbol] = self.letter()
            self.explain(form, symbol)
        shift = f"{offset:+d}".replace("-", " - ").replace("+", " + ") if offset else ""
        return self.letters[symbol] + shift

    def letter(self) -> str:
        every = (letter if k == 0 else f"{letter}{k}" for k in count() for letter in _LETTERS)
        used = set(self.letters.values())
        return next(one for one in every if one not in used and one not in self.arguments)

    def explain(self, form: str, symbol: str) -> None:
        """Sizes of arguments are explained; others come up while the function runs.

        The symbol is a way into an argument, and an axis: x0, params[].1.0, model.w.0.
        """
        found = _SYMBOL.fullmatch(symbol)
        if found and found["name"] in self.arguments:
            way = re.sub(r"\.(\d+)", r"[\1]", found["way"].replace("[]", "[...]"))
            self.legend[self.letters[symbol]] = f"{found['name']}{way}.shape[{found['axis']}]"

    def sizes(self) -> str:
        """What the letters stand for."""
        return ", ".join(f"{letter} = {size}" for letter, size in self.legend.items())


def breadth(text: str) -> int:
    """The width of a text in columns: some characters take two, some none."""
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    return len(text) + wide - sum(unicodedata.combining(one) != 0 for one in text)


def shortened(text: str, width: int) -> str:
    """At most `width` characters.

    >>> shortened("t1 = x + y", 8)
    't1 = x …'
    """
    return text if len(text) <= width else text[: width - 1] + "…"
