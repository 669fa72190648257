"""Values that only a part of a result shows: np.where(c, a, b), y[c], y[c] = 0. A tree and kinds in, masks out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gast
import numpy as np

from diffpy.analysis import flow
from diffpy.analysis.calls import OpenCall, PlainCall, TableCall
from diffpy.analysis.facts import Facts, index_parts
from diffpy.analysis.kinds import Array, Known, Scalar, dtype_of
from diffpy.analysis.masks import EVERYWHERE, NOWHERE, Conditions, Mask, Test, dims_of, simplest
from diffpy.rules.table import TABLE, Row
from diffpy.syntax.build import load
from diffpy.syntax.trees import children

LIMIT = 4  # ways for a value to count; more make a text that nobody reads

# Rows by name. What they multiply cotangents with is finite: always, and where the values are.
FACTORLESS = frozenset("add subtract negative positive where real imag conjugate conj".split())
GENTLE = FACTORLESS | frozenset(
    "multiply square sin cos tanh arctan arcsinh absolute maximum minimum clip remainder fmod logaddexp".split()
)
EXTREME = frozenset("maximum minimum clip".split())
SAME = frozenset("copy own astype".split())  # the elements, where they are
RESHAPED = "{c}.reshape({x}.shape)"
FORMS = {**dict.fromkeys("reshape ravel squeeze expand_dims".split(), RESHAPED), "T": "{c}.T"}
TIE = "({x} == {y}) | np.isnan({y})"

Place = tuple[int, ...]
Changes = Callable[[str], bool]


def masks(tree: gast.FunctionDef, facts: Facts, active: frozenset[str], changes: Changes) -> dict[str, Mask]:
    """Names of which nothing but the elements under a mask reaches the result.

    What is not taken may be infinite or no number: its cotangent is zero, and has to stay zero through 0 * inf. So
    every use of a name counts, and one that shows all of it leaves no mask. What `changes` in place is no condition.
    """
    return _Walk(tree, facts, active, changes).found


def shown_in_part(tree: gast.FunctionDef, facts: Facts, active: frozenset[str], changes: Changes) -> set[str]:
    """Names under a mask, whatever gives their values."""
    return _Walk(tree, facts, active, changes).partly


def is_link(found: object) -> bool:
    """Whether a call is a link of a chain, whose cotangents are selected where the chain ends."""
    return isinstance(found, TableCall) and found.row.family == "elementwise"


def is_sharp(found: object) -> bool:
    """Whether a link may multiply cotangents with what is infinite or no number."""
    return is_link(found) and isinstance(found, TableCall) and found.row.name not in GENTLE


class _Walk:
    """From the last statement to the first: what becomes of a name is known where it is assigned."""

    def __init__(
        self, tree: gast.FunctionDef, facts: Facts, active: frozenset[str], changes: Changes
    ) -> None:
        self.facts, self.active, self.changes = facts, active, changes
        self.found: dict[str, Mask] = {}
        self.partly: set[str] = set()
        self.reads, self.writes = flow.loads(tree), flow.bindings(tree)
        self.conditions = Conditions()
        self.passed: Counter[str] = Counter()  # uses further down, in the order of the text
        self.seen: Counter[str] = Counter()  # those of them that are known
        self.shown: defaultdict[str, Mask] = defaultdict(lambda: NOWHERE)  # what they show
        self.sharp: dict[str, int] = {}  # how soon cotangents of a name are infinite or no number
        self.lists: dict[str, list[gast.expr]] = {}  # that are shown as they stand
        self.choices: dict[int, Mask] = {}  # what is shown of an entry of a list
        self.places: dict[str, Place] = {}  # of assignments: the blocks around
        self.settle(tree.body, ())
        self.block(tree.body, (), is_own=True)

    def settle(self, block: Sequence[gast.stmt], place: Place) -> None:
        for s in block:
            self.places.update(dict.fromkeys(flow.names_written(s), place))
            match s:
                case gast.Assign(targets=[gast.Name(id=y)], value=gast.List(elts=elts)):
                    self.lists[y] = elts
            for inner in _blocks(s):
                self.settle(inner, _place(s, inner, place))

    # Statements

    def block(self, block: Sequence[gast.stmt], place: Place, is_own: bool) -> None:
        for k in reversed(range(len(block))):
            s = block[k]
            match s:
                case _ if not is_own:
                    self.inside(s)
                case gast.Assign(targets=[gast.Name(id=y)], value=value):
                    self.assigned(y, value, place)
                case gast.Assign(targets=[gast.Subscript(value=gast.Name(id=y), slice=gast.Name(id=c))]):
                    self.stored(y, c, s, place)
            inner_blocks = _blocks(s)
            for inner in inner_blocks:
                self.block(inner, _place(s, inner, place), is_own and not isinstance(s, gast.FunctionDef))
            self.passed.update(flow.loads(s) - flow.loads(*(one for inner in inner_blocks for one in inner)))

    def assigned(self, y: str, value: gast.expr, place: Place) -> None:
        found = self.facts.calls.get(id(value))
        mask = self.mask_of(y, place)
        self.keep(y, found, mask)
        if y not in self.active or _is_idle(found, value):
            self.idle(value)
            return
        match found, value:
            case TableCall(), _:
                self.table(y, found, mask)
            case OpenCall(), _:
                self.open(found)
            case _, gast.Name():
                self.read(value, mask)
            case _, gast.List(elts=elts):
                for one in elts:
                    self.read(one, self.choices.get(id(one), EVERYWHERE))
            case _, gast.Subscript(value=array, slice=index):
                self.read(array, self.taken(y, array, index, mask))
                self.read(index, NOWHERE)

    def stored(self, y: str, condition: str, s: gast.stmt, place: Place) -> None:
        """y[c] = v, in the block that makes y: what was there before is shown elsewhere alone."""
        if self.places.get(y) != place or not self.tells_elements(load(y), load(condition)):
            return
        is_known = self.seen[y] == self.passed[y]
        self.shown[y] = self.narrowed(self.shown[y] if is_known else EVERYWHERE, load(condition), False)
        self.seen[y] = self.passed[y] + flow.loads(s)[y]

    # Calls

    def table(self, y: str, found: TableCall, mask: Mask) -> None:
        given = found.arguments
        match found.row.name:
            case "where" | "numpy.where":
                self.chosen(mask, [given.get(n) for n in ("condition", "a", "b")], self.read)
            case "select":
                self.selected(mask, given.get("condlist"), given.get("choicelist"), given.get("default"))
            case _:
                for parameter, operand in _operands(found):
                    flows = parameter in found.row.pullbacks
                    self.read(operand, self.through(y, found, operand, mask) if flows else NOWHERE)

    def chosen(self, mask: Mask, given: Sequence[Any], read: Callable[[Any, Mask], None]) -> None:
        """np.where(c, a, b)."""
        condition, taken, other = given
        self.read(condition, NOWHERE)
        read(taken, self.narrowed(mask, condition, True))
        read(other, self.narrowed(mask, condition, False))

    def selected(self, mask: Mask, conditions: object, choices: object, default: object) -> None:
        """np.select([c, ...], [a, ...], default)."""
        for one in (conditions, choices):
            self.read(one, NOWHERE)
        self.read(default, mask)
        for condition, choice in zip(self.entries(conditions), self.entries(choices), strict=False):
            self.choices[id(choice)] = self.narrowed(mask, condition, True)

    def entries(self, given: object) -> list[gast.expr]:
        """The entries of a list that is used once."""
        alone = isinstance(given, gast.Name) and self.reads[given.id] == self.writes[given.id] == 1
        return self.lists.get(given.id, []) if isinstance(given, gast.Name) and alone else []

    def open(self, found: OpenCall) -> None:
        """np.sum(x, where=c), np.nanmedian(x)."""
        first, mask = found.args[0] if found.args else None, EVERYWHERE
        where = next((k.value for k in found.keywords if k.arg == "where"), None)
        if where is not None and TABLE.find(found.function) is not None:
            self.read(where, NOWHERE)
            mask = self.narrowed(mask, where, True)
        if isinstance(first, gast.Name) and _passes_by(found.function):
            mask = self.of_numbers_alone(mask, first)
        if mask != EVERYWHERE:
            self.read(first, mask)

    def through(self, y: str, found: TableCall, operand: object, mask: Mask) -> Mask:
        """What an operation shows of an operand, where what it gives is shown under a mask."""
        row, given = found.row, found.arguments
        if not isinstance(operand, gast.Name) or row.name in SAME:
            return mask
        if row.name == "share":
            return self.tied(mask, given.get("one"), given.get("result"))
        if row.name in EXTREME:
            return self.tied(mask, operand, load(y))
        if row.name == "nan_to_num":
            return self.tested(mask, Test(f"np.isfinite({operand.id})", True), operand)
        if row.family == "elementwise":
            return mask
        if row.name.startswith("nan"):
            return self.of_numbers_alone(self.conditions.of_numbers(mask), operand)
        form = FORMS.get(row.name) if "order" not in given else None
        return self.formed(y, mask, form, operand)

    def of_numbers_alone(self, mask: Mask, operand: gast.Name) -> Mask:
        """A mask, and that elements of the operand are not NaN beside."""
        return self.tested(mask, Test(f"np.isnan({operand.id})", False), operand)

    def tested(self, mask: Mask, test: Test, operand: gast.Name) -> Mask:
        """A mask, and a test of the operand itself beside."""
        if not self.stays(operand.id):
            return mask
        return self.conditions.beside(mask, test, (operand.id,), self.facts.kind(operand))

    def tied(self, mask: Mask, one: object, result: object) -> Mask:
        """What is shown of a value that is the largest, or one of the largest."""
        if not isinstance(one, gast.Name) or not isinstance(result, gast.Name):
            return mask
        x, y = one.id, result.id
        if not self.stays(x) or not self.stays(y):
            return mask
        return self.conditions.beside(mask, Test(TIE.format(x=x, y=y), True), (x, y), self.facts.kind(y))

    def taken(self, y: str, array: gast.expr, index: gast.expr, mask: Mask) -> Mask:
        """What y = array[index] shows of the array."""
        if self.tells_elements(array, index):
            return self.narrowed(self.conditions.of_numbers(mask), index, True)
        is_whole = all(map(_is_whole, index_parts(index)))
        return self.formed(y, mask, RESHAPED if is_whole else None, array)

    def formed(self, y: str, mask: Mask, form: str | None, x: gast.expr) -> Mask:
        """A mask of y as one of x, which has the same elements in another form; without one the numbers of it."""
        kind = self.facts.kind(x)
        if form is None or not isinstance(kind, Array) or not isinstance(x, gast.Name):
            return self.conditions.of_numbers(mask)
        return self.conditions.in_form(mask, dims_of(self.facts.kind(y)), form, x.id, kind)

    # Nested functions

    def inside(self, s: gast.stmt) -> None:
        """A statement of a nested function, which is in no normal form."""
        mask, value = EVERYWHERE, getattr(s, "value", None)
        match s:
            case gast.Assign(targets=[gast.Name(id=y)]) if self.is_known(y):
                mask = simplest(self.shown[y]) or EVERYWHERE
        if isinstance(value, gast.expr):
            self.inner(value, mask)

    def inner(self, value: gast.expr, mask: Mask) -> None:
        """What an expression of a nested function, shown under a mask, shows of the names in it."""
        parts: Sequence[gast.expr] = ()
        match value:
            case gast.Name():
                self.read(value, mask)
            case gast.Compare():
                self.idle(value)
            case gast.BinOp(left=left, right=right, op=op) if not isinstance(op, gast.MatMult):
                parts = left, right
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                parts = (operand,)
            case gast.Call(args=args, keywords=[]) if row := self.row_of(value.func):
                parts = self.inner_call(row, args, mask)
                mask = mask if row.family == "elementwise" else EVERYWHERE
            case _:
                parts, mask = [one for one in children(value) if isinstance(one, gast.expr)], EVERYWHERE
        for part in parts:
            self.inner(part, mask)

    def inner_call(self, row: Row, args: list[gast.expr], mask: Mask) -> Sequence[gast.expr]:
        """The arguments that are to be looked into yet."""
        if row.name == "where" and len(args) == 3:
            self.chosen(mask, args, self.inner)
        elif row.family == "constant":
            for one in args:
                self.idle(one)
        else:
            return args
        return ()

    def row_of(self, function: gast.expr) -> Row | None:
        """What the table knows of a function that a nested function calls."""
        match function:
            case gast.Name():
                kind = self.facts.kind(function)
                return TABLE.find(kind.value) if isinstance(kind, Known) else None
            case gast.Attribute(value=owner, attr=name):
                kind = self.facts.kind(owner)
                return TABLE.find(getattr(kind.value, name, None)) if isinstance(kind, Known) else None
        return None

    # Names

    def read(self, operand: object, mask: Mask) -> None:
        if isinstance(operand, gast.Name):
            self.seen[operand.id] += 1
            self.shown[operand.id] |= mask

    def idle(self, value: gast.expr) -> None:
        """Names whose values have no derivative here."""
        for name, count in flow.loads(value).items():
            self.seen[name] += count

    def is_known(self, y: str) -> bool:
        return self.writes[y] == 1 and self.seen[y] == self.reads[y]

    def mask_of(self, y: str, place: Place) -> Mask:
        """What all uses of a name show of it, if they are known."""
        if not self.is_known(y):
            return EVERYWHERE
        dims = dims_of(self.facts.kind(y))
        there = ({t for t in tests if self.is_there(t, place)} for tests in self.shown[y])
        covering = (frozenset(t for t in tests if self.conditions.covers(t, dims)) for tests in there)
        mask = simplest(covering)
        return EVERYWHERE if mask == NOWHERE or len(mask) > LIMIT else mask

    def is_there(self, test: Test, place: Place) -> bool:
        """Whether a condition has its value where a block is reversed."""
        made = [self.places.get(n, ()) for n in self.conditions.known[test.condition].names]
        return all(where == place[: len(where)] for where in made)

    def keep(self, y: str, found: object, mask: Mask) -> None:
        """Note the mask where cotangents may be infinite or no number by here: at a factor here, or behind."""
        self.partly |= {y} if mask != EVERYWHERE else set()
        if not isinstance(found, TableCall) or found.row.family == "constant":
            return
        sharp = max(self.sharp.get(y, 0), _sharpness(found.row))
        for _, operand in _operands(found) if found.row.name != "where" else ():
            if isinstance(operand, gast.Name):
                self.sharp[operand.id] = max(sharp, self.sharp.get(operand.id, 0))
        mask = mask if is_link(found) else self.conditions.of_numbers(mask)
        by_ties = any(" == " in test.condition for tests in mask for test in tests)
        if mask != EVERYWHERE and sharp > by_ties:
            self.found[y] = mask

    def narrowed(self, mask: Mask, condition: object, holds: bool) -> Mask:
        """A mask, and a condition beside."""
        if not isinstance(condition, gast.Name) or not self.is_condition(condition.id):
            return mask
        kind = self.facts.kind(condition)
        return self.conditions.beside(mask, Test(condition.id, holds), (condition.id,), kind)

    def tells_elements(self, array: gast.expr, index: gast.expr) -> bool:
        """Whether an index says of each element whether it is taken."""
        if not isinstance(index, gast.Name) or not self.is_condition(index.id):
            return False
        axes, own = (dims_of(self.facts.kind(one)) for one in (array, index))
        return axes is not None and own is not None and len(axes) == len(own) > 0

    def is_condition(self, name: str) -> bool:
        kind = self.facts.kind(name)
        return isinstance(kind, Scalar | Array) and dtype_of(kind) == "bool" and self.stays(name)

    def stays(self, name: str) -> bool:
        return self.writes[name] <= 1 and not self.changes(name)


def _operands(found: TableCall) -> Iterator[tuple[str, object]]:
    for parameter, given in found.arguments.items():
        for one in given if isinstance(given, tuple) else (given,):
            yield parameter, one


def _sharpness(row: Row) -> int:
    """How soon what it multiplies cotangents with is infinite or no number."""
    if row.family == "linear":
        return 0
    return (row.name not in FACTORLESS) + (row.name not in GENTLE)


def _passes_by(function: object) -> bool:
    """Whether a function takes no notice of NaN: np.nanmedian, np.fmax.reduce."""
    if any(getattr(function, "__self__", None) is ufunc for ufunc in (np.fmax, np.fmin)):
        return True
    return id(function) in TABLE.pure and getattr(function, "__name__", "").startswith("nan")


def _is_idle(found: object, value: gast.expr) -> bool:
    """Whether a value has no derivative by what it is."""
    constant = isinstance(found, TableCall) and found.row.family == "constant"
    return constant or isinstance(found, PlainCall) or isinstance(value, gast.Compare | gast.Constant)


def _is_whole(part: gast.expr) -> bool:
    """Whether a part of an index takes all of an axis, or makes one."""
    match part:
        case gast.Slice(lower=None, upper=None, step=None) | gast.Constant(value=None):
            return True
        case gast.Constant(value=value):
            return value is ...
    return False


def _place(s: gast.stmt, inner: list[gast.stmt], place: Place) -> Place:
    """Where an inner block stands; that of `with` runs whenever what is around it does."""
    return place if isinstance(s, gast.With) else (*place, id(inner))


def _blocks(s: gast.stmt) -> list[list[gast.stmt]]:
    handlers = [h.body for h in getattr(s, "handlers", None) or []]
    named = [getattr(s, field, None) or [] for field in ("body", "orelse", "finalbody")]
    return [*named, *handlers]
