"""What a loop records for its reverse: a loop and its reversed body in, the reverse loop and a recording loop out."""

from __future__ import annotations

import copy
import inspect
from collections import Counter
from collections.abc import Set
from functools import cached_property

import gast

from diffpy import errors
from diffpy.analysis import flow
from diffpy.analysis.calls import TableCall
from diffpy.analysis.kinds import Array, Scalar
from diffpy.syntax.build import at, expression, statements, store, substitute
from diffpy.transforms.another import is_for_another
from diffpy.transforms.held_buffers import held_names
from diffpy.transforms.rename import may_break
from diffpy.transforms.reverse import Reverse
from diffpy.transforms.sweeps import Loop

# What warns of no finite number. The functions of math raise where those of NumPy warn, and did so before.
_CALM = frozenset("sin cos tan tanh arctan arcsinh sign floor ceil absolute".split())


class Recording:
    """Chooses for each value that the reversed body reads: still there, computed again, or recorded."""

    def __init__(
        self, reverse: Reverse, step: Loop, body: list[gast.stmt], mirrors: dict[int, list[gast.stmt]]
    ) -> None:
        self.reverse, self.step, self.body, self.mirrors = reverse, step, body, mirrors
        self.loop = step.forward
        self.region = self.loop.body
        self.target = self.loop.target if isinstance(self.loop, gast.For) else None
        self.element = step.element
        self.read: dict[int, Counter[str]] = {}

    def statements(self) -> list[gast.stmt]:
        self.peel()
        needed = self.needed()
        self.breaks = any(may_break(s) for s in self.loop.body)
        recorded = self.choose(needed)
        header = self.record(recorded) if recorded else self.count()
        return [at(header, self.step.like)]

    def peel(self) -> None:
        """The last, incomplete round of a while loop that only tests its condition is no iteration."""
        last = self.region[-1] if self.region else None
        if not isinstance(last, gast.If) or len(self.body) != 1 or not isinstance(self.body[0], gast.If):
            return
        leaving = [isinstance(b[-1], gast.Break) if b else False for b in (last.body, last.orelse)]
        if leaving.count(True) != 1:
            return
        gone, kept = (last.body, last.orelse) if leaving[0] else (last.orelse, last.body)
        mirror, other = self.mirrors.get(id(kept)), self.mirrors.get(id(gone))
        if mirror is None or other or (self.body[0].body is not mirror and self.body[0].orelse is not mirror):
            return
        self.region, self.body = kept, mirror

    @cached_property
    def defined(self) -> frozenset[str]:
        """Names that the loop binds, in any part of an iteration."""
        target = flow.names_written(self.target) if self.target is not None else frozenset()
        return flow.all_written(self.loop.body) | target

    def needed(self) -> list[str]:
        exposed = flow.FlowFacts().block(self.body).exposed
        defined = self.defined
        order = {n: k for k, n in enumerate(_order(self.loop))}
        return sorted((n for n in exposed if n in defined), key=lambda n: order.get(n, -1))

    def over_range(self) -> bool:
        """Whether the loop runs through a whole range, which can be run through backwards."""
        if self.target is None or self.breaks or not isinstance(self.loop.iter, gast.Name):
            return False
        return self.loop.iter.id in self.reverse.ranges and self.loop.iter.id not in self.reverse.multiple

    # Computing again

    def choose(self, needed: list[str]) -> list[str]:
        """Names to record; those that are cheap to compute from what is at hand are computed again."""
        counted = self.over_range() and self.target is not None and not is_for_another()
        given = flow.names_written(self.target) if counted else frozenset()
        definitions = _definitions(self.region)
        cheap = {
            n: d for n, d in definitions.items() if self.is_cheap(d[0]) and self.home(n, d[1]) is not None
        }
        recorded = {n for n in needed if n not in cheap and n not in given}
        again: dict[str, None] = {}
        for name in needed:
            if name in cheap and not self.compute(name, cheap, recorded | given, again):
                recorded.add(name)
        self.insert({n: cheap[n] for n in definitions if n in again})
        return [n for n in needed if n in recorded] + sorted(recorded - set(needed))

    def compute(
        self, name: str, cheap: dict, at_hand: set[str] | frozenset[str], again: dict[str, None]
    ) -> bool:
        """Whether `name` follows from what is at hand; if so, `again` lists all that has to be computed for it."""
        trial = dict(again)
        todo = [name]
        defined = self.defined
        while todo:
            one = todo.pop()
            if one in trial or one in at_hand or one not in defined:
                continue
            if one not in cheap or len(trial) - len(again) > 8:
                return False
            if one != name and self.home(one, cheap[one][1]) is not self.body:
                return False
            trial[one] = None
            todo.extend(flow.names_read(cheap[one][0].value))
        again.update(trial)
        return True

    def is_cheap(self, s: gast.Assign) -> bool:
        """Arithmetic and elementary functions of numbers, and items of arrays that nothing changes."""
        kinds = self.reverse.facts
        match s.value:
            case gast.BinOp() | gast.UnaryOp() | gast.Compare():
                return all(isinstance(kinds.kind(n), Scalar) for n in flow.names_read(s.value))
            case gast.Call(args=args, keywords=[]):
                return self.is_elementary(s.value) and all(isinstance(kinds.kind(a), Scalar) for a in args)
            case gast.Subscript(value=gast.Name() as base):
                fixed = base.id not in self.defined and not self.reverse.aliases.is_changed(base.id)
                index = flow.names_read(s.value.slice)
                return (
                    fixed
                    and isinstance(kinds.kind(base), Array)
                    and isinstance(kinds.kind(s.targets[0].id), Scalar)
                    and all(isinstance(kinds.kind(n), Scalar) for n in index)
                )
            case _:
                return False

    def is_elementary(self, value: gast.Call) -> bool:
        """Whether a call costs little and, done once more, warns of nothing once more."""
        found = self.reverse.facts.calls.get(id(value))
        if not isinstance(found, TableCall) or found.row.family != "elementwise":
            return False
        module = inspect.getmodule(found.function)
        return found.row.name in _CALM or (module is not None and module.__name__ == "math")

    def home(self, name: str, block: list[gast.stmt]) -> list[gast.stmt] | None:
        """The reversed block that may compute the name again; None where the name is read outside it too."""
        if block is self.region:
            return self.body
        mirror = self.mirrors.get(id(block))
        if mirror is None or self.reads(self.body)[name] != self.reads(mirror)[name]:
            return None
        return mirror

    def reads(self, block: list[gast.stmt]) -> Counter[str]:
        """How often a reversed block reads each name, before anything is computed again in it."""
        if id(block) not in self.read:
            self.read[id(block)] = flow.loads(*block)
        return self.read[id(block)]

    def insert(self, again: dict[str, tuple[gast.Assign, list[gast.stmt]]]) -> None:
        for name in reversed(again):
            definition, block = again[name]
            home = self.home(name, block)
            assert home is not None
            home.insert(0, copy.deepcopy(definition))

    # Recording

    def record(self, names: list[str]) -> gast.For:
        """One entry an iteration, on a list; the reverse loop takes the entries from the end."""
        tape = self.reverse.names.fresh("tape")
        self.prepend(statements(f"{tape} = []", self.loop))
        unsure = self.and_buffers(self.reverse.unsure)
        self.prepend([s for n in names if n in unsure for s in statements(f"{n} = None", self.loop)])
        held = held_names(self.reverse, self.loop.body) if is_for_another() else frozenset()
        if held.isdisjoint(names) or held.issuperset(names):
            self.place_record(names, f"{tape}.append({_entry(names)})")
            return self.header(_pattern(names), f"reversed({tape})", tape)
        return self.in_two(tape, names, held)

    def in_two(self, tape: str, names: list[str], held: frozenset[str]) -> gast.For:
        """What holds buffers on a tape of its own: that one alone is copied for each run of a pullback."""
        buffers = self.reverse.names.fresh("tape_bars")
        self.prepend(statements(f"{buffers} = []", self.loop))
        values, kept = [n for n in names if n not in held], [n for n in names if n in held]
        self.place_record(names, f"{tape}.append({_entry(values)})\n{buffers}.append({_entry(kept)})")
        place = self.element or self.reverse.names.fresh("k")
        self.body[:0] = [gast.Assign([_pattern(kept)], expression(f"{buffers}[{place}]"), None)]
        entry = gast.Assign([_pattern(values)], expression(f"{tape}[{place}]"), None)
        run = expression(f"reversed(range(len({tape})))")
        return gast.For(store(place), run, [entry, *self.body], [], None)

    def prepend(self, before: list[gast.stmt]) -> None:
        block = self.step.block
        position = next(k for k, s in enumerate(block) if s is self.loop)
        block[position:position] = before

    def header(self, pattern: gast.expr, entries: str, tape: str) -> gast.For:
        if is_for_another():
            return self.plain_header(pattern, entries, tape)
        if self.over_range() and self.target is not None and self.target.id in flow.loads(*self.body):
            pair = gast.Tuple([store(self.target.id), pattern], gast.Store())
            run = expression(f"zip(reversed({self.loop.iter.id}), {entries})")
            return gast.For(pair, run, self.body, [], None)
        if self.element is not None:
            pair = gast.Tuple([store(self.element), pattern], gast.Store())
            run = expression(f"zip(reversed(range(len({tape}))), {entries})")
            return gast.For(pair, run, self.body, [], None)
        return gast.For(pattern, expression(entries), self.body, [], None)

    def plain_header(self, pattern: gast.expr, entries: str, tape: str) -> gast.For:
        """The reverse loop runs over entries alone, or over their places."""
        if self.element is None:
            return gast.For(pattern, expression(entries), self.body, [], None)
        entry = gast.Assign([pattern], expression(f"{tape}[{self.element}]"), None)
        run = expression(f"reversed(range(len({tape})))")
        return gast.For(store(self.element), run, [entry, *self.body], [], None)

    def count(self) -> gast.For:
        """Nothing to record: only how often the loop ran."""
        if self.over_range() and self.target is not None:
            target = store(self.target.id if self.target.id in flow.loads(*self.body) else "_")
            return gast.For(target, expression(f"reversed({self.loop.iter.id})"), self.body, [], None)
        steps = self.reverse.names.fresh("steps")
        self.prepend(statements(f"{steps} = 0", self.loop))
        self.region[:0] = statements(f"{steps} += 1", self.loop)
        if self.element is not None:
            return gast.For(store(self.element), expression(f"reversed(range({steps}))"), self.body, [], None)
        return gast.For(store("_"), expression(f"range({steps})"), self.body, [], None)

    def place_record(self, names: list[str], append: str) -> None:
        exposed = self.exposed()
        target = flow.names_written(self.target) if self.target is not None else frozenset()
        written = flow.all_written(self.region)
        at_the_start = all(
            n in target or n not in written or (n in exposed and n not in _inner(self.region)) for n in names
        )
        if at_the_start:
            self.region[:0] = statements(append, self.loop)
            return
        missing: set[str] = set()
        bound = target if self.region is self.loop.body else target | self.before_the_region()
        early = exposed.intersection(names)  # before a record at an end reads names that another end writes
        self.record_at_ends(self.region, set(bound), set(names), early, append, missing)
        unset = sorted(missing - exposed - self.read_afterwards(missing))
        self.region[:0] = [s for n in unset for s in statements(f"{n} = None", self.loop)]

    def read_afterwards(self, names: set[str]) -> set[str]:
        """Those that the program reads outside of the loop too: what an earlier iteration left there counts."""
        everywhere, inside = _mentions(self.reverse.tree.body), _mentions([self.step.like])
        return {n for n in names if everywhere[n] > inside[n]}

    def before_the_region(self) -> frozenset[str]:
        """What a round of a while loop that is no iteration assigns as well."""
        facts = flow.FlowFacts()
        return frozenset().union(*(facts.of(s).surely for s in self.loop.body[:-1]))

    def record_at_ends(
        self,
        block: list[gast.stmt],
        bound: set[str],
        names: set[str],
        early: Set[str],
        append: str,
        missing: set[str],
    ) -> None:
        """Record where an iteration ends: at the end of the block and before each break, ahead of the last copies.

        What is `early` holds its value from the start of the iteration until these.
        """
        facts = flow.FlowFacts()
        for s in block:
            if isinstance(s, gast.If) and may_break(s):
                for branch in (s.body, s.orelse):
                    self.record_at_ends(branch, set(bound), names, early, append, missing)
                return
            bound |= facts.of(s).surely
        if block and isinstance(block[-1], gast.Raise):
            return
        end = len(block) - 1 if block and isinstance(block[-1], gast.Break) else len(block)
        while (
            end > 0 and _is_copy(block[end - 1]) and not (flow.names_written(block[end - 1]) & names - early)
        ):
            end -= 1
        surely = set(bound)
        missing |= names - surely
        end = self.put_off(block, end, early)
        if any(isinstance(s, gast.Assign) and flow.names_written(s) & early for s in block[:end]):
            raise self.overwritten()
        block[end:end] = statements(append, self.loop)

    def put_off(self, block: list[gast.stmt], end: int, early: Set[str]) -> int:
        """Move copies that overwrite what is still to be recorded behind the record; where that stands now.

        Before:             After, for acc, which the iteration began with, and rho:
            acc = t1            rho = t2
            rho = t2            tape.append((acc, rho))
            (record)            acc = t1
        """
        for k in reversed(range(end)):
            if _is_copy(block[k]) and flow.names_written(block[k]) & early:
                one = block.pop(k)
                block[k : end - 1] = [self.without(copied, one) for copied in block[k : end - 1]]
                block.insert(end - 1, one)
                end -= 1
        return end

    def without(self, later: gast.stmt, one: gast.stmt) -> gast.stmt:
        """A statement that now runs before the copy `one`."""
        if flow.all_written([later]) & (flow.names_read(one) | flow.names_written(one)):
            raise self.overwritten()
        return gast.copy_location(substitute(later, {one.targets[0].id: one.value}), later)

    def overwritten(self) -> errors.DifferentiationError:
        return self.reverse.refuse(
            errors.UnsupportedSyntaxError,
            "two variables of a loop exchange their values",
            self.loop,
            because="what the derivative records of one of them is overwritten when the other is there",
            fix="give the new values names of their own before both are assigned",
        )

    def exposed(self) -> frozenset[str]:
        """Names that an iteration reads before it writes them, and the buffers of such objects."""
        return self.and_buffers(flow.FlowFacts().block(self.loop.body).exposed)

    def and_buffers(self, names: Set[str]) -> frozenset[str]:
        return frozenset(names) | {self.reverse.bars[n] for n in names if n in self.reverse.bars}


def _mentions(block: list[gast.stmt]) -> Counter[str]:
    """How often a block reads each name; what functions in it call their own variables says nothing."""
    found = flow.loads(*block)
    for s in flow.statements(block):
        if isinstance(s, gast.FunctionDef):
            free = flow.free_names(s)
            found -= Counter({n: count for n, count in flow.loads(s).items() if n not in free})
    return found


def _inner(region: list[gast.stmt]) -> set[str]:
    """Names that a part of the region writes before its last copies (a loop inside it, for instance)."""
    found: set[str] = set()
    for s in region:
        if isinstance(s, gast.For | gast.While):
            found |= flow.all_written([s])
    return found


def _is_copy(s: gast.stmt) -> bool:
    return (
        isinstance(s, gast.Assign) and isinstance(s.targets[0], gast.Name) and isinstance(s.value, gast.Name)
    )


def _order(loop: gast.For | gast.While) -> list[str]:
    """Names in the order in which an iteration binds them."""
    found: list[str] = sorted(flow.names_written(loop.target)) if isinstance(loop, gast.For) else []
    stack: list[gast.AST] = list(reversed(loop.body))
    while stack:
        one = stack.pop()
        found.extend(sorted(flow.names_written(one)))
        if not isinstance(one, gast.FunctionDef):
            stack.extend(reversed(flow.blocks_of(one)))
    return list(dict.fromkeys(found))


def _definitions(region: list[gast.stmt]) -> dict[str, tuple[gast.Assign, list[gast.stmt]]]:
    """The one assignment of each name that the region (loops inside it left out) assigns once, with its block."""
    found: dict[str, tuple[gast.Assign, list[gast.stmt]]] = {}
    counts: Counter[str] = Counter()

    def visit(block: list[gast.stmt]) -> None:
        for s in block:
            counts.update(
                flow.all_written([s])
                if isinstance(s, gast.For | gast.While | gast.Try)
                else flow.names_written(s)
            )
            if isinstance(s, gast.Assign) and isinstance(s.targets[0], gast.Name):
                found[s.targets[0].id] = (s, block)
            if isinstance(s, gast.If):
                visit(s.body)
                visit(s.orelse)

    visit(region)
    return {n: d for n, d in found.items() if counts[n] == 1}


def restored(loop: gast.For) -> frozenset[str]:
    """The names that a reverse loop gets from its tapes, in its header or in the first statements of an iteration."""
    places = flow.names_written(loop.target)
    names = places
    for s in loop.body[:2]:
        match s:
            case gast.Assign(targets=[pattern], value=gast.Subscript(slice=gast.Name(id=place))) if (
                place in places
            ):
                names |= flow.names_written(pattern)
            case _:
                break
    return names


def _entry(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def _pattern(names: list[str]) -> gast.expr:
    return store(names[0]) if len(names) == 1 else gast.Tuple([store(n) for n in names], gast.Store())
