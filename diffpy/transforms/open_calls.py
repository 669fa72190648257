"""Reverse mode through calls whose derivative is found when they run: the pullback is kept for the reverse sweep."""

from __future__ import annotations

import operator
from dataclasses import replace

import gast

from diffpy import errors
from diffpy.analysis import calls, flow
from diffpy.analysis.calls import OpenCall, TableCall
from diffpy.analysis.kinds import (
    Array,
    Closure,
    DictOf,
    Iterator,
    Kind,
    ListOf,
    Local,
    Struct,
    TupleOf,
    is_surely_array,
)
from diffpy.analysis.mutability import may_hold, mutable
from diffpy.analysis.views import VIEWS, hands_on_items
from diffpy.rules.table import TABLE
from diffpy.syntax.build import assign, call, constant, load, store, substitute
from diffpy.syntax.trees import copied
from diffpy.transforms import built_structs, handing_on, starred
from diffpy.transforms.buffered_calls import BufferedCalls, stem
from diffpy.transforms.sweeps import Contribute, Plain, Step, Swept


class OpenCalls(BufferedCalls):
    """The handler of open calls, for all handlers that end in one."""

    def open(self, y: str | None, found: OpenCall, s: gast.stmt) -> Swept:
        """A call whose pullback is found when it runs; the pullback is kept for the reverse sweep."""
        if id(getattr(s, "value", None)) in self.facts.on_buffers:
            return self.on_buffers(y, found, s)
        self.check_open(found, s)
        handed = self.handed_on(y, found, s)
        if handed is not None:
            return handed, []
        built = built_structs.built(self, y, found, s)
        if built is not None:
            return built
        self.check_apart(y, found, s)
        sharing = self.sharing(y, found, s)
        mirrored = self.mirrored(y, found, sharing, s)
        if mirrored is not None:
            return [s, mirrored], []
        callee, callee_name = self.callee(found)
        result = y if y is not None else self.names.fresh("_unused")
        pullback = self.names.fresh(f"{stem(found, y)}_pullback")
        starred = any(isinstance(a, gast.Starred) for a in found.args) or any(
            k.arg is None for k in found.keywords
        )
        if starred:
            return self.open_starred(result, pullback, callee, callee_name, found, s, sharing)
        wrt = [k for k, a in enumerate(found.args) if self.is_active(a)]
        wrt += [k.arg for k in found.keywords if self.is_active(k.value)]
        targets = [a.id for a in (*found.args, *(k.value for k in found.keywords)) if self.is_active(a)]
        given: dict[str, gast.expr] = {}
        if not wrt and callee_name is None and y is not None:
            return self.fresh(y, [s], s), []
        if len(wrt) < len(found.args) + len(found.keywords):
            given["wrt"] = gast.Tuple([constant(one) for one in wrt], gast.Load())
        if callee_name is not None:
            given["callee"] = self.called_of(found)
            targets.insert(0, callee_name)
        given |= self.keeping(found, callee_name, s)
        maker = call(self.runtime("with_pullback"), callee, **given)
        invoked = gast.Call(maker, list(found.args), list(found.keywords))
        forward = self.paired(result, pullback, invoked, s)
        if y is None:
            return forward, []
        made = self.fresh(y, forward, s, self.given_out_again(found, sharing, s))
        return [*made, *self.taken_over(y, s)], self.pulled(y, pullback, targets, s)

    def taken_over(self, y: str, s: gast.stmt) -> list[gast.stmt]:
        """What changes later is a copy: the pullback of the call may read what the call gave."""
        if not self.shadowed(y) or not self.changed_later(y, s):
            return []
        return [assign(y, call(self.runtime("kept"), load(y)), s)]

    def called_of(self, found: OpenCall) -> gast.expr:
        """Whose cotangent the callee's is: of a method that of an object, where it turns out to be a method."""
        of = self.owner(found)
        if of is not None:
            return gast.Tuple([load(of), constant(found.callee.attr)], gast.Load())
        return constant(True)

    def handed_on(self, y: str | None, found: OpenCall, s: gast.stmt) -> list[gast.stmt] | None:
        """What reversed, zip and enumerate hand out is changed in place: the same is handed out of the buffers."""
        if y is not None and self.shadowed(y) and self.moves_objects(found):
            return [s, assign(self.bar(y), self.moved_buffers(y, found), s)]
        return None if y is None else handing_on.handed_on(self, y, found, s)

    def moves_objects(self, found: OpenCall) -> bool:
        """Whether a call makes a new container of the objects that others hold, and of nothing else."""
        kinds = [self.facts.kind(a) for a in found.args if self.is_active(a) and self.shadowed(a.id)]
        if found.function is operator.mul:  # a list, several times
            return len(kinds) == 1 and isinstance(kinds[0], ListOf) and is_object(kinds[0].item)
        if len(kinds) < len(found.args) or not all(is_object(getattr(kind, "item", kind)) for kind in kinds):
            return False
        if found.function in (list, tuple):
            return isinstance(kinds[0], ListOf | Iterator)
        if found.function is dict:
            return len(kinds) == 1 and isinstance(kinds[0], DictOf) and not found.keywords
        moves = found.function is sorted or found.function is operator.add
        return moves and all(isinstance(kind, ListOf) for kind in kinds)

    def moved_buffers(self, y: str, found: OpenCall) -> gast.expr:
        """The buffers of the objects, in a container like the new one."""
        bars = [self.read(a.id) if self.is_active(a) else a for a in found.args]
        if found.function is operator.mul:
            return gast.BinOp(bars[0], gast.Mult(), bars[1])
        if found.function is sorted:
            return call(self.runtime("sorted_buffers"), load(y), found.args[0], *bars)
        if found.function is operator.add:
            return gast.BinOp(bars[0], gast.Add(), bars[1])
        return call("dict" if found.function is dict else "list", *bars)

    def changed_later(self, y: str, s: gast.stmt) -> set[str]:
        """The classes of what a name reaches, as far as they may be changed once the statement has run."""
        reached = self.aliases.reach(y) & self.aliases.changed.keys()
        here = {self.aliases.find(name) for name, where in self.aliases.changes if where is s}
        later = {root for root in reached if self.aliases.may_change_after({root}, s, self.order)}
        return later | (reached & here)

    def sharing(self, y: str | None, found: OpenCall, s: gast.stmt) -> list[str]:
        """Arguments, and what a method is of, that may share memory with the result, where that memory is changed."""
        if y is None or not self.shadowed(y) or found.function in handing_on.ITEMS:
            return []
        given = [a.value if isinstance(a, gast.Starred) else a for a in found.args]
        given += [k.value for k in found.keywords]
        of = self.owner(found)
        given += [load(of)] if of is not None else []
        names = dict.fromkeys(a.id for a in given if isinstance(a, gast.Name) and self.is_active(a))
        changed = self.changed_later(y, s)
        return [n for n in names if mutable(self.facts.kind(n)) and self.aliases.reach(n) & changed]

    def given_out_again(self, found: OpenCall, sharing: list[str], s: gast.stmt) -> list[str]:
        """Those that the run is to compare: of arguments that are kept the call gets copies, and compares them itself."""
        of = self.owner(found)
        return [n for n in sharing if n == of or not self.is_kept(n, s)]

    def owner(self, found: OpenCall) -> str | None:
        """The name of what a method is of, where its kind is not known."""
        of = getattr(found.callee, "value", None)
        return of.id if isinstance(of, gast.Name) and type(self.facts.kind(of)) is Kind else None

    def mirrored(self, y: str | None, found: OpenCall, sharing: list[str], s: gast.stmt) -> gast.stmt | None:
        """The parts of an array that np.split gives: the same parts of its buffer."""
        row = TABLE.find(found.function) if found.function is not None else None
        if y is None or row is None or len(sharing) != 1 or row.name.rsplit(".", 1)[-1] not in VIEWS:
            return None
        active = {n for n in flow.names_read(s.value) if n in self.active}
        if active != {*sharing} or not isinstance(self.facts.kind(sharing[0]), Array):
            return None
        bar = self.read(sharing[0])
        parts = substitute(copied(s.value), {sharing[0]: bar})
        return assign(self.bar(y), call(self.runtime("mirror"), parts, load(y), load(sharing[0]), bar), s)

    def check_apart(self, y: str | None, found: OpenCall, s: gast.stmt) -> None:
        """Refuse list(xs), zip(xs, ys) whose items are changed in place: they would have buffers of their own."""
        if y is None or not self.shadowed(y) or not hands_on_items(found.function):
            return
        if isinstance(s.value, gast.BinOp) and any(
            isinstance(self.facts.kind(one), Array) for one in (s.value.left, s.value.right)
        ):
            return  # NumPy computes something new
        if not may_hold(self.facts.kind(y)):
            return
        changed = self.changed_later(y, s)
        for a in found.args:
            name = a.value.id if isinstance(a, gast.Starred) else getattr(a, "id", "")
            kind = self.facts.kind(name)
            if type(kind) is Kind or not may_hold(kind):
                continue  # of what is not known the run will tell
            if name in self.active and self.aliases.reach(name) & changed:
                raise self.refuse(
                    errors.UnsupportedSyntaxError,
                    f"what this call takes from '{name}' is changed in place afterwards",
                    s,
                    because="the derivative would have to follow the change through the call",
                    fix=f"take the items by index, {name}[k], where they are changed",
                )

    def keeping(self, found: OpenCall, callee: str | None, s: gast.stmt) -> dict[str, gast.expr]:
        """What the function changes elsewhere, of arguments and callee: the pullback wants it as it is now."""
        given = [(k, a.value if isinstance(a, gast.Starred) else a) for k, a in enumerate(found.args)]
        given += [(k.arg, k.value) for k in found.keywords]
        kept = [constant(k) for k, a in given if isinstance(a, gast.Name) and self.is_kept(a.id, s)]
        options: dict[str, gast.expr] = {"keep": gast.Tuple(kept, gast.Load())} if kept else {}
        owns = callee is not None and isinstance(self.facts.kind(callee), Struct | Array)
        if callee is not None and owns and self.is_kept(callee, s):
            options["keep_callee"] = constant(True)
        return options

    def is_kept(self, name: str, s: gast.stmt) -> bool:
        kind = self.facts.kind(name)
        if not mutable(kind) or isinstance(kind, Local) or not self.changed_later(name, s):
            return False
        return isinstance(kind, Array) or name in self.active

    def paired(self, result: str, pullback: str, invoked: gast.expr, s: gast.stmt) -> list[gast.stmt]:
        pair = gast.Tuple([store(result), store(pullback)], gast.Store())
        return [assign(pair, invoked, s)]

    def pulled(self, y: str, pullback: str, targets: list[str], s: gast.stmt) -> list[Step]:
        steps = self.parts_of(call(load(pullback), self.gathered(y)), targets, s)
        return [self.shared(step) for step in steps] if self.late_cells else steps

    @property
    def late_cells(self) -> list[str]:
        """Captured variables that change while functions which read them are kept."""
        raise NotImplementedError

    def shared(self, step: Step) -> Step:
        """What a function that was kept gets of a call: variables that it captured get their share as they are now."""
        if not isinstance(step, Contribute) or not self.may_be_kept(step.name):
            return step
        pairs = [gast.Tuple([load(n), self.read(n)], gast.Load()) for n in self.late_cells]
        cells = gast.Dict([constant(n) for n in self.late_cells], pairs)
        return replace(step, value=call(self.runtime("shared_out"), step.value, load(step.name), cells))

    def may_be_kept(self, name: str) -> bool:
        kind, function = self.facts.kind(name), self.function_of(name)
        if function in self.closures:
            return not self.is_copy_of(name, function)
        return type(kind) is Kind or isinstance(kind, Closure)

    def open_starred(
        self,
        result: str,
        pullback: str,
        callee: gast.expr,
        callee_name: str | None,
        found: OpenCall,
        s: gast.stmt,
        sharing: list[str],
    ) -> Swept:
        """f(*xs, **kw): the pullback gives a tuple for all positions and a dict for all keywords."""
        options = {"spread": constant(True), **self.keeping(found, callee_name, s)}
        if callee_name is not None and not isinstance(of := self.called_of(found), gast.Constant):
            options["callee"] = of
        maker = call(self.runtime("with_pullback"), callee, **options)
        forward = self.paired(result, pullback, gast.Call(maker, list(found.args), list(found.keywords)), s)
        three = [self.names.fresh(n) for n in ("callee_part", "arguments_part", "keywords_part")]
        target = gast.Tuple([store(n) for n in three], gast.Store())
        steps: list[Step] = [Plain([assign(target, call(load(pullback), self.gathered(result)), s)])]
        if callee_name is not None:
            steps.append(Contribute(callee_name, load(three[0]), certain=False))
        before, given = starred.parts(self, found, three[1], three[2], s)
        made = self.fresh(result, forward, s, self.given_out_again(found, sharing, s))
        return [*before, *made, *self.taken_over(result, s)], steps + given

    def check_open(self, found: OpenCall, s: gast.stmt) -> None:
        row = TABLE.find(found.function) if found.function is not None else None
        if row is not None:
            bound = calls.bind(row, list(found.args), list(found.keywords))
            refused = (
                self.check_options(TableCall(row, found.function, bound.arguments), s) if bound else None
            )
            if refused is not None:
                raise refused

    def check_options(self, found: TableCall, s: gast.stmt) -> errors.DifferentiationError | None:
        bound = found.row.signature.bind_partial()
        bound.arguments.update(found.arguments)
        refused = calls.refused_option(found.row, bound)
        if refused is None:
            return None
        option, reason = refused
        return self.refuse(
            errors.UnknownDerivativeError,
            f"'{found.row.name}' has no derivative with '{option}=' given",
            s,
            because=reason,
            fix=f"leave '{option}' out, or register a rule with @derivative(of=...)",
        )


def is_object(kind: Kind) -> bool:
    """Whether a value is surely no number: it has a buffer that is changed, and never replaced."""
    if isinstance(kind, TupleOf):  # of what it holds: two tuples of numbers alone may be one
        return any(map(is_object, kind.items))
    return is_surely_array(kind) or isinstance(kind, ListOf | DictOf | Struct)
