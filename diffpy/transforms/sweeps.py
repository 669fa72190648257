"""The reverse sweep before its zeros are decided: a small tree of contributions to cotangents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import gast


@dataclass
class Contribute:
    """x_bar += value; `certain` is False where the value may be None at run time."""

    name: str
    value: gast.expr
    certain: bool = True


@dataclass
class ContributeAt:
    """x_bar[index] += value, in a buffer laid out like x; `add_at` where an index may repeat."""

    name: str
    index: gast.expr
    value: gast.expr
    add_at: bool = False


@dataclass
class ContributeItem:
    """The cotangent of a container's item, added by the runtime: call is a template over x_bar."""

    name: str
    function: str
    key: gast.expr
    value: gast.expr


@dataclass
class Consume:
    """Steps that read the cotangents of `names`; skipped where all of these are zero, unless they have `effects`.

    `reset`: the name keeps several values, so its cotangent is zero before (earlier in time) the statement.
    """

    names: Sequence[str]
    steps: list[Step]
    reset: bool = False
    like: gast.AST | None = None
    effects: bool = False


@dataclass
class Plain:
    """Statements of the reverse sweep as they are."""

    statements: list[gast.stmt]


@dataclass
class Branch:
    """The reverse of an if."""

    test: gast.expr
    body: list[Step]
    orelse: list[Step]
    source: gast.If


@dataclass
class Loop:
    """The reverse of a loop; `forward` is the loop in the forward sweep, which will be made to record."""

    body: list[Step]
    forward: gast.For | gast.While
    block: list[gast.stmt]  # the forward block that holds the loop
    element: str | None = None  # the index by which the reverse sweep knows the iteration, where it needs one
    like: gast.AST | None = None
    local: set[str] = field(default_factory=set)


Step = Contribute | ContributeAt | ContributeItem | Consume | Plain | Branch | Loop
Swept = tuple[list[gast.stmt], list[Step]]  # the forward statements, and the reverse steps, last first
