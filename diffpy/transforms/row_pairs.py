"""An operation of the table as a function with text of its value and pullback, where its lines are not written out."""

from __future__ import annotations

import builtins
import types
from collections.abc import Mapping
from typing import Any

import gast

from diffpy.rules.table import Row, parameters_of
from diffpy.syntax import emit
from diffpy.transforms.calling import is_literal


class RowPair:
    """def paired(a): y = operation(a, 1); def pullback(y_bar): return line(y_bar, y, a) ...; return y, pullback.

    `slots` are the positions and keywords that are its parameters; `targets` those of which the pullback gives
    cotangents, in this order.
    """

    def __init__(
        self,
        row: Row,
        function: Any,
        args: tuple,
        keywords: dict[str, Any],
        targets: Mapping[str, tuple],
        lists: frozenset[str],
        is_conjugated: bool,
    ) -> None:
        every: dict[Any, Any] = {**dict(enumerate(args)), **keywords}
        self.row, self.lists, self.is_conjugated = row, lists, is_conjugated
        self.slots = tuple(k for k, v in every.items() if not is_literal(v))
        self.targets = tuple(k for given in targets.values() for k in given)
        self.namespace: dict[str, object] = {"operation": function}
        self.names = {k: f"x{n}" for n, k in enumerate(self.slots)}
        texts = {k: self.names.get(k, repr(v)) for k, v in every.items()}
        positional = [texts[k] for k in range(len(args))]
        self.bound = row.bind(positional, {k: texts[k] for k in keywords})
        self.given = {**self.bound.arguments}
        self.call = ", ".join([*positional, *(f"{k}={texts[k]}" for k in keywords)])
        self.parts = [part for p, given in targets.items() for part in self.part(p, given)]

    def function(self, lent: Mapping[str, object]) -> types.FunctionType:
        """The function; `lent` are the functions of the running half that its text calls."""
        result = self.parts[0] if len(self.parts) == 1 else f"({', '.join(self.parts)})"
        seed = "conjugated(y_bar)" if self.is_conjugated else "y_bar"
        text = f"""\
def paired({", ".join(self.names.values())}):
    y = operation({self.call})
    def pullback(y_bar):
        d = {seed}
        return {result}
    return y, pullback
"""
        tree = gast.parse(text).body[0]
        names = {n.id for n in gast.walk(tree) if isinstance(n, gast.Name)}
        namespace = {**self.namespace, **{n: f for n, f in lent.items() if n in names}}
        return emit.function(tree, namespace, {"__builtins__": builtins}, {}, "paired")

    def part(self, parameter: str, targets: tuple) -> list[str]:
        """The cotangents of what is given for a parameter; of *args one each."""
        whole = self.line(parameter)
        given = self.given[parameter]
        if isinstance(given, tuple):
            return [
                f"fitted({self.conjugated(f'{whole}[{place}]')}, {text})"
                for place, text in enumerate(given)
                if any(self.names.get(k) == text for k in targets)
            ]
        whole = self.conjugated(whole)
        if self.row.family == "elementwise":
            whole = f"unbroadcast({whole}, shape({given}))"
        if parameter in self.lists:
            whole = f"unpacked({whole}, {given})"
        return [f"fitted({whole}, {given})"]

    def conjugated(self, text: str) -> str:
        return f"conjugated({text})" if self.is_conjugated else text

    def line(self, parameter: str) -> str:
        line = self.row.pullbacks[parameter]
        name = f"{parameter}_line"
        self.namespace[name] = line
        return f"{name}({', '.join(map(self.read, parameters_of(line)))})"

    def read(self, name: str) -> str:
        if name in ("d", "y"):
            return name
        if name in self.row.signature.parameters:
            return self.argument(name)
        return f"shape({self.argument(name.removesuffix('_shape'))})"

    def argument(self, name: str) -> str:
        """A parameter of the row, as it is given or by its default."""
        if name not in self.given:
            parameter = self.row.signature.parameters[name]
            return "()" if parameter.kind is parameter.VAR_POSITIONAL else repr(parameter.default)
        given = self.given[name]
        if isinstance(given, tuple):
            return f"({''.join(f'{one}, ' for one in given)})"
        return f"asarray({given})" if name in self.lists else given
