"""A kernel's Python in, the text that LLVM makes machine code of out: numbers, arrays, branches and loops."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from diffpy.backends.llvm_memory import apart


class NoMachineCode(Exception):
    """What stands in a kernel that no machine code is written for."""


@dataclass(frozen=True)
class Kind:
    """What a variable holds: a number (`rank` None) or an array, in C's order where `is_compact`."""

    element: str  # double, float, i64 or i1
    rank: int | None = None
    is_compact: bool = True


class Value(NamedTuple):
    """A number: its kind of number, and where it is."""

    element: str
    text: str


DOUBLE, SINGLE, INTEGER, BOOL = "double", "float", "i64", "i1"
STORED = {DOUBLE: "double", SINGLE: "float", INTEGER: "i64", BOOL: "i8"}  # as an array holds them
SIZES = {DOUBLE: 8, SINGLE: 4, INTEGER: 8, BOOL: 1}

# Where an array object has its parts, behind the head that all objects have: those that NumPy's headers lay open.
DATA, RANK, SHAPE, STRIDES, DTYPE, FLAGS = 0, 8, 16, 24, 40, 48

_MARKS = 300_000


@dataclass
class Loop:
    """The labels that `continue` and `break` go to."""

    anew: str
    behind: str


@dataclass
class Writer:
    """One function of LLVM's while it is written."""

    head: int  # bytes of the head of an object
    is_fast: bool = False
    by_vectors: bool = True
    kinds: dict[str, Kind] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    # variables in memory, until LLVM puts them in registers
    slots: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)  # where variables have the objects that they hold
    holders: set[str] = field(default_factory=set)  # variables that hold objects of others
    founds: set[str] = field(default_factory=set)  # variables that hold what functions of Python's returned
    pins: bool = False  # some objects are kept until the kernel ends
    tapes: frozenset[str] = frozenset()  # vectors that are made larger
    fixed: dict[tuple[str, int], int] = field(default_factory=dict)  # sizes of axes that are numbers
    small: dict[str, list[int]] = field(default_factory=dict)  # arrays of few elements, which need no object
    declared: dict[str, str] = field(default_factory=dict)  # functions from outside
    objects: dict[str, Any] = field(default_factory=dict)  # Python's, by the places of their addresses
    # attributes of functions that there are for vectors
    vectors: dict[str, str] = field(default_factory=dict)
    given: frozenset[str] = frozenset()  # arrays that are arguments
    tasks: list[str] = field(default_factory=list)  # the text of functions that do rounds of shared loops
    classes: dict[str, int] = field(default_factory=dict)  # of arrays that may be one
    apart: set[int] = field(default_factory=set)  # those that something is said of
    marks: list[str] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    count: int = 0
    widened: bool = False
    is_open: bool = True  # whether what is written next is reached

    # Lines

    def fresh(self, stem: str = "t") -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def put(self, line: str) -> None:
        self.lines.append(f"  {line}")

    def made(self, line: str) -> str:
        """The name of what an instruction makes."""
        name = f"%{self.fresh()}"
        self.lines.append(f"  {name} = {line}")
        return name

    def label(self, name: str) -> None:
        if self.is_open:
            self.put(f"br label %{name}")
        self.lines.append(f"{name}:")
        self.is_open = True

    def go(self, name: str) -> None:
        if self.is_open:
            self.put(f"br label %{name}")
        self.is_open = False

    def fork(self, condition: str, yes: str, no: str) -> None:
        self.put(f"br i1 {condition}, label %{yes}, label %{no}")
        self.is_open = False

    def slot(self, name: str, element: str) -> str:
        """A place in memory for a number of this kind."""
        self.slots.setdefault(name, element)
        return f'%"v.{name}"'

    def load(self, name: str, element: str) -> str:
        return self.made(f"load {element}, ptr {self.slot(name, element)}")

    def keep(self, name: str, element: str, text: str) -> None:
        self.put(f"store {element} {text}, ptr {self.slot(name, element)}")

    def place_outside(self, one: Any) -> str:
        """Where the module finds an object of Python's, whose address differs from process to process."""
        stem = f"{one.__module__}.{one.__qualname__}" if isinstance(one, type) else str(one)
        name = stem
        while self.objects.setdefault(name, one) is not one:
            name = f"{stem}.{self.fresh('')}"
        return f'@"object.{name}"'

    def outside(self, one: Any) -> str:
        """The address of an object of Python's."""
        return self.made(f"load ptr, ptr {self.place_outside(one)}")

    def call(self, result: str, name: str, given: str, declared: str, more: str = "") -> str:
        """A call of a function from outside; the name of what it returns."""
        self.declared[name] = f"declare {result} @{name}({declared})"
        call = f"call {result} @{name}({given}){more}"
        if result == "void":
            self.put(call)
            return ""
        return self.made(call)

    def mark(self, entries: list[str]) -> str:
        """What is said of a loop."""
        own = f"!{_MARKS + len(self.marks)}"
        self.marks.append(f"{own} = distinct !{{{', '.join([own, *entries])}}}")
        return own

    # Variables

    def hold(self, name: str, kind: Kind) -> None:
        """A variable holds this: from now on, and as it turns out before, too."""
        known = self.kinds.get(name)
        if known is None or known == kind:
            self.kinds[name] = kind
            return
        wide = _joined(name, known, kind)
        if wide != known:
            self.kinds[name] = wide
            self.widened = True

    def kind(self, name: str) -> Kind:
        if name not in self.kinds:
            raise NoMachineCode(f"'{name}' may have no value")
        return self.kinds[name]

    def array(self, name: str) -> Kind:
        kind = self.kind(name)
        if kind.rank is None:
            raise NoMachineCode(f"'{name}' is no array")
        return kind

    def size(self, name: str, axis: int) -> str:
        if name in self.small:
            return str(self.small[name][axis])
        if (name, axis) in self.fixed:
            return str(self.fixed[name, axis])
        return self.load(f"{name}.size{axis}", "i64")

    def data(self, name: str) -> str:
        """Where the elements of an array are."""
        return f'%"small.{name}"' if name in self.small else self.load(f"{name}.data", "ptr")

    # Numbers

    def cast(self, value: Value, element: str) -> str:
        """The number as one of another kind."""
        if value.element == element:
            return value.text
        how = _CASTS.get((value.element, element))
        if how is None:
            raise NoMachineCode(f"{value.element} in place of {element}")
        return self.made(f"{how} {value.element} {value.text} to {element}")

    def together(self, one: Value, other: Value) -> tuple[str, str, str]:
        """Two numbers as ones of the wider kind."""
        wide = max(one.element, other.element, key=_WIDTHS.__getitem__)
        return wide, self.cast(one, wide), self.cast(other, wide)

    @property
    def flags(self) -> str:
        return " fast" if self.is_fast else ""


_WIDTHS = {BOOL: 0, INTEGER: 1, SINGLE: 2, DOUBLE: 3}
_CASTS = {
    (BOOL, INTEGER): "zext",
    (BOOL, DOUBLE): "uitofp",
    (BOOL, SINGLE): "uitofp",
    (INTEGER, DOUBLE): "sitofp",
    (INTEGER, SINGLE): "sitofp",
    (SINGLE, DOUBLE): "fpext",
    (DOUBLE, SINGLE): "fptrunc",
}


def _joined(name: str, one: Kind, other: Kind) -> Kind:
    if one.rank is not None and (one.rank, one.element) == (other.rank, other.element):
        return Kind(one.element, one.rank, False)
    if one.rank is None and other.rank is None and {one.element, other.element} == {INTEGER, DOUBLE}:
        return Kind(DOUBLE)
    raise NoMachineCode(f"'{name}' holds things of different kinds")


# Expressions

Written = Callable[[Writer, ast.Call], Value]
CALLS: dict[str, Written] = {}


def number(w: Writer, node: ast.expr) -> Value:
    """Write the instructions that compute an expression."""
    match node:
        case ast.Constant(value=value):
            return constant(value)
        case ast.Name(id=name):
            kind = w.kind(name)
            if kind.rank is not None:
                raise NoMachineCode(f"the array '{name}' in place of a number")
            return Value(kind.element, w.load(name, kind.element))
        case ast.Attribute(value=ast.Name(id="math" | "np"), attr=name) if name in _CONSTANTS:
            return Value(DOUBLE, _CONSTANTS[name])
        case ast.BinOp():
            return _operation(w, type(node.op), number(w, node.left), number(w, node.right))
        case ast.UnaryOp():
            return _signed(w, node)
        case ast.Compare():
            return _comparison(w, node)
        case ast.BoolOp():
            return _both(w, node)
        case ast.IfExp():
            return _choice(w, node)
        case ast.Subscript(
            value=ast.Attribute(value=ast.Name(id=name), attr="shape"), slice=ast.Constant(value=int(axis))
        ):
            return Value(INTEGER, w.size(name, axis))
        case ast.Subscript(value=ast.Name(id=name)):
            return read(w, name, places(w, node.slice))
        case ast.Call():
            name = ast.unparse(node.func)
            if name in CALLS:
                return CALLS[name](w, node)
    raise NoMachineCode(f"the expression {ast.unparse(node)}")


_CONSTANTS = {
    "inf": "0x7FF0000000000000",
    "nan": "0x7FF8000000000000",
    "pi": "0x400921FB54442D18",
    "e": "0x4005BF0A8B145769",
}


def constant(value: object) -> Value:
    """A literal.

    >>> constant(0.1), constant(True), constant(3)
    (Value(element='double', text='0x3FB999999999999A'), Value(element='i1', text='true'), Value(element='i64', text='3'))
    """
    match value:
        case bool():
            return Value(BOOL, "true" if value else "false")
        case int() if -(2**63) <= value < 2**63:
            return Value(INTEGER, str(value))
        case float():
            return Value(DOUBLE, f"0x{int.from_bytes(_packed(value), 'big'):016X}")
    raise NoMachineCode(f"the constant {value!r}")


def _packed(value: float) -> bytes:
    import struct

    return struct.pack(">d", value)


_FLOATS = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
_INTEGERS = {ast.Add: "add nsw", ast.Sub: "sub nsw", ast.Mult: "mul nsw"}
_BITS = {ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor"}


def _operation(w: Writer, op: type[ast.operator], a: Value, b: Value) -> Value:
    if op in _BITS and a.element == b.element == BOOL:
        return Value(BOOL, w.made(f"{_BITS[op]} i1 {a.text}, {b.text}"))
    wide, left, right = w.together(a, b)
    if wide == BOOL:
        wide, left, right = INTEGER, w.cast(a, INTEGER), w.cast(b, INTEGER)
    if wide == INTEGER and op in _INTEGERS:
        return Value(INTEGER, w.made(f"{_INTEGERS[op]} i64 {left}, {right}"))
    if wide == INTEGER and op in (ast.FloorDiv, ast.Mod):
        return _floored(w, op, left, right)
    if wide == INTEGER:
        wide, left, right = DOUBLE, w.cast(a, DOUBLE), w.cast(b, DOUBLE)
    if op in _FLOATS:
        return Value(wide, w.made(f"{_FLOATS[op]}{w.flags} {wide} {left}, {right}"))
    if op is ast.Pow:
        name = "pow" if wide == DOUBLE else "powf"
        more = w.vectors.get(name, PURE)
        return Value(wide, w.call(wide, name, f"{wide} {left}, {wide} {right}", f"{wide}, {wide}", more))
    raise NoMachineCode(f"the operator {op.__name__}")


PURE = " #0"  # reads and writes no memory


def _floored(w: Writer, op: type[ast.operator], a: str, b: str) -> Value:
    """// and % of integers, towards minus infinity."""
    quotient, rest = w.made(f"sdiv i64 {a}, {b}"), w.made(f"srem i64 {a}, {b}")
    signs = w.made(f"xor i64 {rest}, {b}")
    differ, is_rest = w.made(f"icmp slt i64 {signs}, 0"), w.made(f"icmp ne i64 {rest}, 0")
    is_off = w.made(f"and i1 {differ}, {is_rest}")
    if op is ast.FloorDiv:
        less = w.made(f"sub i64 {quotient}, 1")
        return Value(INTEGER, w.made(f"select i1 {is_off}, i64 {less}, i64 {quotient}"))
    more = w.made(f"add i64 {rest}, {b}")
    return Value(INTEGER, w.made(f"select i1 {is_off}, i64 {more}, i64 {rest}"))


def _signed(w: Writer, node: ast.UnaryOp) -> Value:
    if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        if type(node.operand.value) in (int, float):
            return constant(-node.operand.value)  # type: ignore[operator]
    value = number(w, node.operand)
    match node.op:
        case ast.Not():
            return Value(BOOL, w.made(f"xor i1 {truth(w, value)}, true"))
        case ast.USub() if value.element in (DOUBLE, SINGLE):
            return Value(value.element, w.made(f"fneg{w.flags} {value.element} {value.text}"))
        case ast.USub() if value.element == INTEGER:
            return Value(INTEGER, w.made(f"sub nsw i64 0, {value.text}"))
    raise NoMachineCode(f"the expression {ast.unparse(node)}")


def truth(w: Writer, value: Value) -> str:
    if value.element == BOOL:
        return value.text
    if value.element == INTEGER:
        return w.made(f"icmp ne i64 {value.text}, 0")
    return w.made(f"fcmp une {value.element} {value.text}, 0.0")


_TESTS = {
    ast.Lt: ("slt", "olt"),
    ast.LtE: ("sle", "ole"),
    ast.Gt: ("sgt", "ogt"),
    ast.GtE: ("sge", "oge"),
    ast.Eq: ("eq", "oeq"),
    ast.NotEq: ("ne", "une"),
}


def _comparison(w: Writer, node: ast.Compare) -> Value:
    values = [number(w, one) for one in (node.left, *node.comparators)]
    found = [compared(w, type(op), a, b) for op, a, b in zip(node.ops, values, values[1:], strict=False)]
    text = found[0]
    for one in found[1:]:
        text = w.made(f"and i1 {text}, {one}")
    return Value(BOOL, text)


def compared(w: Writer, op: type[ast.cmpop], a: Value, b: Value) -> str:
    if op not in _TESTS:
        raise NoMachineCode(f"the comparison {op.__name__}")
    wide, left, right = w.together(a, b)
    if wide == BOOL:
        wide, left, right = INTEGER, w.cast(a, INTEGER), w.cast(b, INTEGER)
    whole, real = _TESTS[op]
    return w.made(
        f"icmp {whole} i64 {left}, {right}" if wide == INTEGER else f"fcmp {real} {wide} {left}, {right}"
    )


def _is_harmless(node: ast.expr, is_there: bool = False) -> bool:
    """Whether it may be computed where Python would not; elements of arrays where they surely are there."""
    refused = (ast.Call, ast.IfExp, ast.Div, ast.FloorDiv, ast.Mod, *(() if is_there else (ast.Subscript,)))
    return not any(isinstance(one, refused) for one in ast.walk(node))


def _both(w: Writer, node: ast.BoolOp) -> Value:
    is_and = isinstance(node.op, ast.And)
    found = truth(w, number(w, node.values[0]))
    for one in node.values[1:]:
        if _is_harmless(one):
            other = truth(w, number(w, one))
            found = w.made(
                f"select i1 {found}, i1 {other}, i1 false"
                if is_and
                else f"select i1 {found}, i1 true, i1 {other}"
            )
            continue
        name, more, behind = w.fresh("holds."), w.fresh("more"), w.fresh("behind")
        w.keep(name, BOOL, found)
        w.fork(found, *((more, behind) if is_and else (behind, more)))
        w.label(more)
        w.keep(name, BOOL, truth(w, number(w, one)))
        w.label(behind)
        found = w.load(name, BOOL)
    return Value(BOOL, found)


def _is_one_for_zero(node: ast.IfExp) -> bool:
    """1.0 if x == 0.0 else x."""
    match node:
        case ast.IfExp(
            test=ast.Compare(left=ast.Name(id=x), ops=[ast.Eq()], comparators=[ast.Constant(value=0.0)]),
            body=ast.Constant(value=1.0),
            orelse=ast.Name(id=y),
        ):
            return x == y
    return False


def _choice(w: Writer, node: ast.IfExp) -> Value:
    """One of two numbers: kernels choose between elements at one place, which are there both."""
    test = truth(w, number(w, node.test))
    if _is_one_for_zero(node):
        # As a sum: of a choice of what to divide by LLVM makes one of quotients, among them that by zero.
        own = number(w, node.orelse)
        more = w.made(f"select i1 {test}, {own.element} 1.0, {own.element} 0.0")
        return Value(own.element, w.made(f"fadd {own.element} {own.text}, {more}"))
    if _is_harmless(node.body, True) and _is_harmless(node.orelse, True):
        wide, one, other = w.together(number(w, node.body), number(w, node.orelse))
        return Value(wide, w.made(f"select i1 {test}, {wide} {one}, {wide} {other}"))
    name, yes, no, behind = (w.fresh(stem) for stem in ("choice.", "yes", "no", "behind"))
    w.fork(test, yes, no)
    w.label(yes)
    first = number(w, node.body)
    place = len(w.lines)
    w.go(behind)
    w.label(no)
    last = number(w, node.orelse)
    wide = max(first.element, last.element, key=_WIDTHS.__getitem__)
    w.keep(name, wide, w.cast(last, wide))
    w.go(behind)
    after, w.lines = w.lines[place:], w.lines[:place]
    w.keep(name, wide, w.cast(first, wide))
    w.lines += after
    w.label(behind)
    return Value(wide, w.load(name, wide))


# Elements of arrays


def places(w: Writer, node: ast.expr) -> list[str]:
    """The numbers between brackets."""
    found = [number(w, one) for one in (node.elts if isinstance(node, ast.Tuple) else [node])]
    if any(one.element != INTEGER for one in found):
        raise NoMachineCode("an index that is no integer")
    return [one.text for one in found]


def address(w: Writer, name: str, where: list[str]) -> str:
    """Where an element is; of fewer places than axes, the first element of the part."""
    kind = w.array(name)
    data = w.data(name)
    if len(where) > (kind.rank or 0):
        raise NoMachineCode(f"too many places in '{name}'")
    if not kind.is_compact:
        for axis, one in enumerate(where):
            if one != "0":
                step = w.made(f"mul nsw i64 {one}, {w.load(f'{name}.step{axis}', 'i64')}")
                data = w.made(f"getelementptr inbounds i8, ptr {data}, i64 {step}")
        return data
    found = "0"
    for axis in range(kind.rank or 0):
        if found != "0":
            found = w.made(f"mul nsw i64 {found}, {w.size(name, axis)}")
        if axis < len(where) and where[axis] != "0":
            found = where[axis] if found == "0" else w.made(f"add nsw i64 {found}, {where[axis]}")
    return (
        data
        if found == "0"
        else w.made(f"getelementptr inbounds {STORED[kind.element]}, ptr {data}, i64 {found}")
    )


def _mark_of(w: Writer, name: str) -> str:
    """What other memory a load or a store has nothing to do with; of what is no object's LLVM knows it."""
    if name in w.small:
        return ""
    w.apart.add(w.classes[name])
    return apart(w.classes[name])


def read(w: Writer, name: str, where: list[str]) -> Value:
    element = w.array(name).element
    found = w.made(f"load {STORED[element]}, ptr {address(w, name, where)}{_mark_of(w, name)}")
    return Value(element, w.made(f"icmp ne i8 {found}, 0") if element == BOOL else found)


def write(w: Writer, name: str, where: list[str], value: Value) -> None:
    element = w.array(name).element
    text = w.cast(value, element)
    text = w.made(f"zext i1 {text} to i8") if element == BOOL else text
    w.put(f"store {STORED[element]} {text}, ptr {address(w, name, where)}{_mark_of(w, name)}")


# Statements

Made = Callable[[Writer, str, ast.Call], None]
ARRAYS: dict[str, Made] = {}  # calls that make an array
HANDED_ON: list[Callable[[Writer, str, str], None]] = []  # what is written for name = other, of arrays
DEEDS: dict[str, Callable[[Writer, ast.Call], None]] = {}  # calls that return nothing
SHARED: list[Callable[[Writer, ast.For], None]] = []  # loops whose rounds threads share
TOGETHER: list[Callable[[Writer, ast.Call], list[Value]]] = []  # calls of functions of vectors


def block(w: Writer, body: list[ast.stmt]) -> None:
    for one in body:
        if not w.is_open:
            return
        statement(w, one)


def statement(w: Writer, node: ast.stmt) -> None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            _assign(w, name, value)
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Call(args=[ast.Tuple()]) as call):
            for one, found in zip(names, TOGETHER[0](w, call), strict=True):
                assert isinstance(one, ast.Name)
                w.hold(one.id, Kind(found.element))
                w.keep(one.id, w.kind(one.id).element, found.text)
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=where)], value=value):
            stored = number(w, value)
            write(w, name, places(w, where), stored)
        case ast.AugAssign(target=ast.Subscript(value=ast.Name(id=name), slice=where), op=op, value=value):
            at = places(w, where)
            more = number(w, value)
            write(w, name, at, _operation(w, type(op), read(w, name, at), more))
        case ast.If():
            _branch(w, node)
        case ast.For(iter=ast.Call(func=ast.Name(id="shared"))):
            SHARED[0](w, node)
        case ast.For(target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"), args=ends)):
            _for(w, name, ends, node.body)
        case ast.While():
            _while(w, node)
        case ast.Break() | ast.Continue():
            w.go(w.loops[-1].behind if isinstance(node, ast.Break) else w.loops[-1].anew)
        case ast.Raise():
            w.go("again")
        case ast.Pass():
            pass
        case ast.Expr(value=ast.Call() as call) if (name := ast.unparse(call.func)) in DEEDS:
            DEEDS[name](w, call)
        case _:
            raise NoMachineCode(f"the statement {ast.unparse(node)}")


def _assign(w: Writer, name: str, value: ast.expr) -> None:
    if isinstance(value, ast.Name) and w.kind(value.id).rank is not None:
        HANDED_ON[0](w, name, value.id)
        return
    if isinstance(value, ast.Call) and (function := _called(value)) in ARRAYS:
        ARRAYS[function](w, name, value)
        return
    found = number(w, value)
    w.hold(name, Kind(found.element))
    element = w.kind(name).element
    w.keep(name, element, w.cast(found, element))


def _called(node: ast.Call) -> str:
    """The name of what is called; of a method of an array its own."""
    match node.func:
        case ast.Attribute(value=ast.Name(id="np" | "math")):
            return ast.unparse(node.func)
        case ast.Attribute(attr=name):
            return name
    return ast.unparse(node.func)


def step(w: Writer, name: str, axis: int) -> str:
    """How many bytes lie between two neighbours along an axis."""
    kind = w.array(name)
    if not kind.is_compact:
        return w.load(f"{name}.step{axis}", "i64")
    found = str(SIZES[kind.element])
    for behind in range(axis + 1, kind.rank or 0):
        found = w.made(f"mul nsw i64 {found}, {w.size(name, behind)}")
    return found


def _branch(w: Writer, node: ast.If) -> None:
    test = truth(w, number(w, node.test))
    if len(node.body) == 1 and isinstance(node.body[0], ast.Raise) and not node.orelse:
        behind = w.fresh("behind")
        w.fork(test, "again", behind)
        w.label(behind)
        return
    yes, no, behind = w.fresh("yes"), w.fresh("no"), w.fresh("behind")
    w.fork(test, yes, no)
    ends = []
    for name, body in ((yes, node.body), (no, node.orelse)):
        w.label(name)
        block(w, body)
        ends.append(w.is_open)
        w.go(behind)
    if any(ends):
        w.label(behind)


def _for(w: Writer, name: str, ends: list[ast.expr], body: list[ast.stmt]) -> None:
    found = [number(w, one) for one in ends]
    if any(one.element != INTEGER for one in found):
        raise NoMachineCode("a range of what are no integers")
    start, stop = ("0", found[0].text) if len(found) == 1 else (found[0].text, found[1].text)
    step = int(found[2].text) if len(found) == 3 else 1
    w.hold(name, Kind(INTEGER))
    inside, loop = w.fresh("inside"), Loop(w.fresh("anew"), w.fresh("behind"))
    place, head = w.fresh("place."), w.fresh("head")
    w.keep(place, "i64", start)
    w.label(head)
    now = w.load(place, "i64")
    w.fork(w.made(f"icmp {'slt' if step > 0 else 'sgt'} i64 {now}, {stop}"), inside, loop.behind)
    w.label(inside)
    w.keep(name, "i64", now) if w.kind(name).element == INTEGER else w.keep(
        name, DOUBLE, w.cast(Value(INTEGER, now), DOUBLE)
    )
    w.loops.append(loop)
    block(w, body)
    w.loops.pop()
    w.label(loop.anew)
    w.keep(place, "i64", w.made(f"add nsw i64 {w.load(place, 'i64')}, {step}"))
    w.put(f"br label %{head}, !llvm.loop {_mark(w, start, stop, body)}")
    w.is_open = False
    w.label(loop.behind)


def _mark(w: Writer, start: str, stop: str, body: list[ast.stmt]) -> str:
    """How a loop is to be laid out: short ones are written out; of others as many rounds at once as fit in."""
    rounds = int(stop) - int(start) if stop.isdigit() and start.isdigit() else None
    if rounds is not None and _is_written_out(rounds, body):
        return w.mark([])
    entries = [_STAYS]
    if rounds is not None and rounds < _MANY and _is_innermost(body):
        at_once = next(n for n in (4, 2, 1) if rounds % (4 * n) == 0 or n == 1)
        entries.append(f'!{{!"llvm.loop.interleave.count", i32 {at_once}}}')
    if rounds is not None and rounds < _TINY and rounds % 4:
        entries.append(_NO_VECTORS)  # Places of a vector that no round is for would divide zero by zero.
    return w.mark(entries)


def _is_innermost(body: list[ast.stmt]) -> bool:
    """Whether no loop is left in a loop once short ones are written out."""
    return not any(_is_left(one) for part in body for one in ast.walk(part))


def _is_left(node: ast.AST) -> bool:
    match node:
        case ast.For(iter=ast.Call(args=[ast.Constant(value=int(rounds))]), body=inner):
            return not _is_written_out(rounds, inner)
    return isinstance(node, ast.For | ast.While)


def _is_written_out(rounds: int, body: list[ast.stmt]) -> bool:
    """Whether each round of a loop has instructions of its own: few, or a few more than fill vectors."""
    if _holds(body, ast.For | ast.While):
        return rounds <= _FEW and rounds * _statements(body) <= _SHORT
    return rounds <= _FEW or (rounds % 4 != 0 and rounds * len(body) <= _SHORT and not _computes(body))


def _statements(body: list[ast.stmt]) -> float:
    """How many statements are executed, if loops have a fixed number of rounds."""
    found = 0.0
    for one in body:
        match one:
            case ast.For(iter=ast.Call(args=[ast.Constant(value=int(rounds))]), body=inner):
                found += rounds * _statements(inner)
            case ast.For() | ast.While():
                return math.inf
            case _:
                found += 1
    return found


def _computes(body: list[ast.stmt]) -> bool:
    """Whether functions from outside are called."""
    calls = [one for part in body for one in ast.walk(part) if isinstance(one, ast.Call)]
    return any(ast.unparse(one.func).startswith(("np_", "math.")) for one in calls)


def _holds(body: list[ast.stmt], kind: Any) -> bool:
    return any(isinstance(one, kind) for part in body for one in ast.walk(part))


_FEW = 4
_SHORT = 12  # statements
_MANY = 128  # rounds
_TINY = 16
_STAYS = '!{!"llvm.loop.unroll.disable"}'
_NO_VECTORS = '!{!"llvm.loop.vectorize.enable", i1 false}'


def _while(w: Writer, node: ast.While) -> None:
    head, inside, behind = w.fresh("head"), w.fresh("inside"), w.fresh("behind")
    w.label(head)
    test = truth(w, number(w, node.test))
    w.fork(test, inside, behind)
    w.label(inside)
    w.loops.append(Loop(head, behind))
    block(w, node.body)
    w.loops.pop()
    w.go(head)
    w.label(behind)
