"""The words that all handlers of forward mode use: a name's tangent, a zero like a value, a call found at run time."""

from __future__ import annotations

import gast

from diffpy.analysis import flow
from diffpy.analysis.calls import OpenCall
from diffpy.analysis.foreign import only_gathers
from diffpy.analysis.kinds import Array, Iterator, Kind, ListOf, Scalar, Struct, TupleOf
from diffpy.analysis.mutability import mutable
from diffpy.syntax.build import assign, at, call, constant, expression, load, store
from diffpy.transforms.reverse import Reverse

Statements = list[gast.stmt]


class Tangents(Reverse):
    """One function's facts and names, and what can be said with them of tangents."""

    passed_over: str | None = None
    is_recorded = (
        False  # the tangents are recorded: what NumPy would compute with numbers is found when it runs
    )

    def movable(self) -> frozenset[str]:
        """Names that the function binds, but to modules: what comes from outside has no tangent."""
        imported = [s for s in gast.walk(self.tree) if isinstance(s, gast.Import | gast.ImportFrom)]
        return frozenset(self.locals - flow.all_written(imported))

    def dot(self, name: str) -> str:
        """The name of a tangent: x_dot."""
        if name not in self.bars:
            self.bars[name] = self.names.fresh(f"{name}_dot")
            self.facts.kinds[self.bars[name]] = self.facts.kind(name)
            if name in self.names.temporaries:
                self.names.temporaries.add(self.bars[name])
        return self.bars[name]

    def changes_by_calls(self) -> bool:
        """Whether calls change what has a tangent: in the text they do so unseen, within with_differential."""
        return any(
            name in self.active and not only_gathers(self.facts, called)
            for _, called, name in self.aliases.by_calls
        )

    def start_of(self, name: str) -> gast.expr:
        """The tangent of an argument that takes active values in: zero at first."""
        if self.is_changed(name) and not isinstance(self.facts.kind(name), Array):
            return call(self.runtime("gathering_zero"), load(name), constant(name))
        return self.zero_of(load(name))

    def unused(self) -> str:
        """A name for what nobody reads."""
        if self.passed_over is None:
            self.passed_over = self.names.fresh("_")
        return self.passed_over

    def tangent(self, atom: gast.expr | None) -> gast.expr:
        """The tangent of an atom: its name's, or zero."""
        if isinstance(atom, gast.Name):
            return load(self.dot(atom.id)) if atom.id in self.active else self.zero_of(atom)
        return constant(0.0) if isinstance(self.facts.kind(atom), Scalar) else constant(None)

    def zero_of(self, atom: gast.Name) -> gast.expr:
        """A zero laid out like the value; of an int it is the int 0: nothing depends on it."""
        kind = self.facts.kind(atom)
        if isinstance(kind, Scalar) and kind.type in ("float", "integer", "complex"):
            return constant(0.0)
        if isinstance(kind, Scalar) and not kind.may_differ:
            return constant(0)
        if isinstance(kind, Array) and kind.dims is not None and kind.may_differ and not self.is_recorded:
            return expression(f"{self.module()}.zeros_like({atom.id})")
        if isinstance(kind, Struct) and atom.id in self.active and self.is_changed(atom.id):
            return call(self.runtime("gathering_zero"), load(atom.id), constant(atom.id))
        return call(self.runtime("zero_like"), load(atom.id))

    def is_changed(self, *names: str) -> bool:
        """Whether one of these objects, or what it holds, is changed somewhere."""
        held = [n for n in names if mutable(self.facts.kind(n))]
        return any(self.aliases.is_shadowed(n) or self.aliases.is_changed(n) for n in held)

    def is_seen_apart(self, y: str, *others: str) -> bool:
        """Whether one of these arrays is changed here, or y later, by who gets it: its tangent is one of its own then."""
        last = self.tree.body[-1]
        results = flow.names_read(last) if isinstance(last, gast.Return) else frozenset()
        handed_out = {root for n in results for root in self.aliases.reach(n)}
        return self.aliases.find(y) in handed_out or self.is_changed(y, *others)

    def set(self, y: str, value: gast.expr, s: gast.AST) -> gast.stmt:
        return assign(self.dot(y), value, s)

    def open(self, y: str | None, found: OpenCall, s: gast.stmt) -> Statements:  # type: ignore[override]
        """A call whose tangent is found when it runs."""
        self.check_open(found, s)
        callee, callee_name = self.callee(found)
        if callee_name is not None:
            callee = self.varied(callee, callee_name)
        dots = self.positional_dots(found.args)
        named = [
            gast.keyword(k.arg, self.tangent(k.value)) for k in found.keywords if self.is_active(k.value)
        ]
        if (
            callee_name is None
            and not dots
            and not named
            and (y not in self.active or not self.is_iterator(y))
        ):
            return [s] if y is None or y not in self.active else [s, self.set(y, self.zero_of(load(y)), s)]
        maker = gast.Call(self.runtime("with_differential"), [callee, *dots], named)
        made = gast.Call(maker, list(found.args), list(found.keywords))
        if y is None:
            return [at(gast.Expr(made), s)]
        if y not in self.active:
            return [assign(y, gast.Subscript(made, constant(0), gast.Load()), s)]
        return [assign(gast.Tuple([store(y), store(self.dot(y))], gast.Store()), made, s)]

    def is_iterator(self, y: str) -> bool:
        """Whether y gives its items once: a tangent of zeros is made in step with it, not of it."""
        return isinstance(self.facts.kind(y), Iterator)

    def varied(self, callee: gast.expr, name: str) -> gast.expr:
        """The callee beside its tangent; what an object holds under a name may be a method or a function in a field."""
        match callee:
            case gast.Attribute(value=gast.Name() as x, attr=attr) if self.may_be_field(x, attr):
                return call(self.runtime("varied_of"), x, constant(attr), load(self.dot(name)))
        return call(self.runtime("varied"), callee, load(self.dot(name)))

    def may_be_field(self, x: gast.Name, attr: str) -> bool:
        kind = self.facts.kind(x)
        is_stored = isinstance(kind, Struct) and kind.field(attr) is not None
        return self.is_recorded and (type(kind) is Kind or is_stored)

    def items(self, source: gast.Name) -> gast.expr:
        """What a loop over the tangent of `source` gives, in step with a loop over `source`."""
        kind = self.facts.kind(source)
        unclear_items = isinstance(kind, ListOf | Iterator) and type(kind.item) is Kind
        if isinstance(kind, Array | ListOf | TupleOf | Iterator) and not unclear_items:
            return load(self.dot(source.id))
        return call(self.runtime("moved_items"), source, load(self.dot(source.id)))

    def positional_dots(self, args: tuple[gast.expr, ...]) -> list[gast.expr]:
        """The tangents of positional arguments, up to the last that moves."""
        dots: list[gast.expr] = []
        count = 0
        for a in args:
            starred = isinstance(a, gast.Starred)
            atom = a.value if starred else a
            if self.is_active(atom):
                dots.append(gast.Starred(self.items(atom), gast.Load()) if starred else self.tangent(atom))
                count = len(dots)
            elif starred:
                dots.append(gast.Starred(expression("(None,) * len(a)", a=atom), gast.Load()))
            else:
                dots.append(constant(None))
        return dots[:count]
