"""Parts of a text that are computed element by element: a tree in; calls of parts in their place, and the parts, out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import assign, load, store
from diffpy.syntax.names import Names, names_in
from diffpy.syntax.trees import copied, nodes
from diffpy.transforms.elements import FACTS, Elements, Find, is_fact

_ENOUGH = 2  # operations, to be worth a part


@dataclass(frozen=True)
class Part:
    """Elementwise statements as a function of what they read; of the results in `facts` no more than facts are asked."""

    tree: gast.FunctionDef
    elements: Elements
    facts: frozenset[str]


def with_parts(tree: gast.FunctionDef, find: Find) -> tuple[gast.FunctionDef, list[Part]]:
    """The function with a call in place of each run of elementwise statements, and the functions that are called.

    >>> import numpy as np
    >>> from diffpy.syntax import emit
    >>> tree = gast.parse("def f(x, w): t = np.sin(x); y = t * x; z = y @ w; return z, t.shape").body[0]
    >>> tree, (part,) = with_parts(tree, {"np": np}.get)
    >>> print(emit.text(part.tree) + emit.text(tree), end="")
    def f_part(x):
        t = np.sin(x)
        y = t * x
        return t, y
    def f(x, w):
        t, y = f_part(x)
        z = y @ w
        return z, t.shape
    >>> part.facts
    frozenset({'t'})
    """
    tree = copied(tree)
    parting = _Parting(tree, find)
    parting.within(tree)
    return tree, parting.parts


class _Parting:
    def __init__(self, tree: gast.FunctionDef, find: Find) -> None:
        own = {*flow.bindings(tree), *(one.name for one in nodes(tree) if isinstance(one, gast.FunctionDef))}
        self.elements = Elements(find, own)
        self.title, self.names = tree.name, Names(names_in(tree))
        self.loads = flow.loads(tree)
        self.facts = _facts(tree)
        self.parts: list[Part] = []

    def within(self, node: gast.AST) -> None:
        """The blocks of a statement, and of those inside; nested functions may be differentiated yet, as they are."""
        for field in ("body", "orelse", "finalbody"):
            if getattr(node, field, None):
                setattr(node, field, self.block(getattr(node, field)))
        for handler in getattr(node, "handlers", []):
            self.within(handler)

    def block(self, block: list[gast.stmt]) -> list[gast.stmt]:
        made: list[gast.stmt] = []
        run: list[gast.Assign] = []
        for statement in block:
            if not isinstance(statement, gast.FunctionDef):
                self.within(statement)
            for one in (*self.lifted(statement), statement):
                is_element = self.is_of_elements(one)
                if run and not (is_element and self.may_join(one, run)):
                    made += self.closed(run)
                    run = []
                (run if is_element else made).append(one)
        return made + self.closed(run)

    def is_of_elements(self, s: gast.stmt) -> bool:
        match s:
            case gast.Assign(targets=[gast.Name()], value=value):
                return self.elements.operations(value) > 0 or self.is_sum(value)
        return False

    def is_sum(self, value: gast.expr) -> bool:
        return self.elements.is_reduction(value) or self.elements.is_axis_sum(value)

    # Elementwise expressions inside statements that are none

    def lifted(self, s: gast.stmt) -> list[gast.Assign]:
        """Statements that give them names; the statement reads these."""
        found: list[gast.Assign] = []
        match s:
            case gast.Assign(targets=[gast.Name()]) if not self.is_of_elements(s):
                s.value = self.outside(s.value, found, False)
            case gast.Assign(targets=[gast.Subscript()]) | gast.AugAssign(target=gast.Subscript()):
                s.value = self.outside(s.value, found, True)
        return found

    def outside(self, value: gast.expr, found: list[gast.Assign], is_taken: bool) -> gast.expr:
        """The expression, in which what stores and products take, and what is summed, has names."""
        if (is_taken and self.elements.operations(value)) or self.is_sum(value):
            name = self.names.fresh("part")
            self.loads[name] += 1
            found.append(assign(name, value, value))
            return load(name, value)
        if isinstance(value, gast.BinOp):
            is_product = isinstance(value.op, gast.MatMult)
            value.left = self.outside(value.left, found, is_product)
            value.right = self.outside(value.right, found, is_product)
        if isinstance(value, gast.UnaryOp):
            value.operand = self.outside(value.operand, found, False)
        return value

    # Runs

    def may_join(self, s: gast.Assign, run: list[gast.Assign]) -> bool:
        """Whether it takes of the run's results elements and facts alone, and no part of an array."""
        results = {one.targets[0].id for one in run}
        leaves = self.elements.leaves(s.value)
        return all(isinstance(one, gast.Name) or is_fact(one, results) for one in leaves)

    def closed(self, run: list[gast.Assign]) -> list[gast.stmt]:
        """The call of a part in place of a run; the run itself where a part is not worth its while."""
        if sum(map(self.cost, run)) < _ENOUGH:
            return [*run]
        part = _Run(self.elements, self.names)
        for s in run:
            part.add(s)
        inside = flow.loads(*run)
        again = part.results & part.taken.keys()
        asked = sorted(n for n in part.results if self.loads[n] > inside[n] or n in again)
        if not asked:
            return [*run]
        name = self.names.fresh(f"{self.title}_part")
        results = [load(one) for one in asked]
        back = gast.Return(results[0] if len(results) == 1 else gast.Tuple(results, gast.Load()))
        tree = _function(name, [*part.taken], [*part.body, back])
        read, known = _facts(*run), self.facts
        facts = {n for n in asked if self.loads[n] - inside[n] == known[n] - read[n]}
        self.parts.append(Part(tree, self.elements, frozenset(facts - again)))
        targets = [store(one) for one in asked]
        target = targets[0] if len(targets) == 1 else gast.Tuple(targets, gast.Store())
        return [assign(target, gast.Call(load(name), [*part.taken.values()], []), run[0])]

    def cost(self, s: gast.Assign) -> int:
        if self.is_sum(s.value):
            return 1 + self.elements.operations(s.value.args[0])
        return self.elements.operations(s.value)


class _Run:
    """The body of a part, written statement by statement: what it takes has names of parameters in it."""

    def __init__(self, elements: Elements, names: Names) -> None:
        self.elements, self.names = elements, names
        self.taken: dict[str, gast.expr] = {}  # parameter: what it is given
        self.results: set[str] = set()
        self.body: list[gast.stmt] = []

    def add(self, s: gast.Assign) -> None:
        value = copied(s.value)
        self.body.append(assign(s.targets[0].id, self.over_parameters(value), s))
        self.results.add(s.targets[0].id)

    def over_parameters(self, value: gast.expr) -> gast.expr:
        if self.elements.is_leaf(value):
            return self.parameter(value)
        for field in ("left", "right", "operand"):
            if hasattr(value, field):
                setattr(value, field, self.over_parameters(getattr(value, field)))
        for field in ("args", "comparators"):
            if hasattr(value, field):
                setattr(value, field, [*map(self.over_parameters, getattr(value, field))])
        return value

    def parameter(self, leaf: gast.expr) -> gast.expr:
        if isinstance(leaf, gast.Constant) or flow.names_read(leaf) & self.results:
            return leaf
        if isinstance(leaf, gast.Name):
            self.taken.setdefault(leaf.id, leaf)
            return leaf
        for name, one in self.taken.items():
            if gast.dump(one) == gast.dump(leaf):
                return load(name, leaf)
        name = self.names.fresh("given")
        self.taken[name] = leaf
        return load(name, leaf)


def _function(name: str, parameters: list[str], body: list[gast.stmt]) -> gast.FunctionDef:
    named = [gast.Name(one, gast.Param(), None, None) for one in parameters]
    return gast.FunctionDef(name, gast.arguments(named, [], None, [], [], None, []), body, [], None, None, [])


def _facts(*roots: gast.AST) -> Counter[str]:
    """How often facts of names are read."""
    return Counter(
        one.value.id
        for one in nodes(*roots)
        if isinstance(one, gast.Attribute) and isinstance(one.value, gast.Name) and one.attr in FACTS
    )
