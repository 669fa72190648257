"""np.dot(a, b, out) of matrices with few rows or columns: vectors as long as a row of the result, without a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from diffpy.backends.llvm_text import DOUBLE, SIZES, Writer

MOST = 16  # entries of a row of the result
_DEPTH = 16  # terms of a sum that are written out
_HELD = 12  # vectors that are held in registers
_LANES = {DOUBLE: 4, "float": 8}


class Matrix(NamedTuple):
    """Where the first element is, how many entries a row has in memory, whether it is turned."""

    data: str
    columns: str
    is_turned: bool


class Product(NamedTuple):
    element: str
    a: Matrix
    b: Matrix
    out: Matrix
    rows: str
    columns: str
    depth: str


def is_small(p: Product) -> bool:
    """Whether the rows of the result are short, and either its columns or the sums are, too."""
    if p.out.is_turned or not p.columns.isdigit() or not 0 < int(p.columns) <= MOST:
        return False
    if p.a.is_turned:
        return not p.b.is_turned and p.rows.isdigit() and 0 < int(p.rows) <= MOST
    return p.depth.isdigit() and 0 < int(p.depth) <= _DEPTH


def write(w: Writer, p: Product) -> None:
    if p.a.is_turned:
        _sums_of_rows(w, p)
    else:
        _rows_times_matrix(w, p)


def _rows_times_matrix(w: Writer, p: Product) -> None:
    """Each row of a, entry by entry, times the rows of b, which a few rows at a time share."""
    count, depth = int(p.columns), int(p.depth)
    b = _row_by_row(w, p, depth, count) if p.b.is_turned else p.b

    def rows(places: list[str]) -> None:
        sums = {(i, part): "zeroinitializer" for i in places for part in _parts(p)}
        for k in range(depth):
            entries = {i: _element(w, p, p.a, i, str(k)) for i in places}
            row = {part: _load(w, p, part, b, str(k)) for part in _parts(p)}
            sums = {
                (i, part): _more(w, p, part, entries[i], row[part], found)
                for (i, part), found in sums.items()
            }
        for (i, part), found in sums.items():
            _store(w, p, part, i, found)

    at_once = max(_HELD // len(_parts(p)), 1)
    full = w.made(f"mul nsw i64 {w.made(f'sdiv i64 {p.rows}, {at_once}')}, {at_once}")
    _rounds(
        w,
        "0",
        full,
        at_once,
        lambda i: rows([i, *(w.made(f"add nsw i64 {i}, {n}") for n in range(1, at_once))]),
    )
    _rounds(w, full, p.rows, 1, lambda i: rows([i]))


def _row_by_row(w: Writer, p: Product, depth: int, count: int) -> Matrix:
    """b as it is read: a copy that lies row by row."""
    name = w.fresh("turned.")
    place = w.slot(name, f"[{depth * count} x {p.element}]")
    found = Matrix(place, str(count), False)
    for k in range(depth):
        for j in range(count):
            entry = _element(w, p, p.b, str(k), str(j))
            w.put(f"store {p.element} {entry}, ptr {_place(w, p, found, str(k), str(j))}")
    return found


def _sums_of_rows(w: Writer, p: Product) -> None:
    """A few rows of the result at a time: sums of the rows of b, times entries of a."""
    parts = _parts(p)
    at_once = max(_HELD // len(parts), 1)
    for first in range(0, int(p.rows), at_once):
        places = [str(i) for i in range(first, min(first + at_once, int(p.rows)))]
        sums = {(i, part): w.fresh("sum.") for i in places for part in parts}
        for (_, part), name in sums.items():
            w.keep(name, _vector(p, part), "zeroinitializer")

        def add(k: str, places: list[str] = places, sums: dict = sums) -> None:
            rows = {part: _load(w, p, part, p.b, k) for part in parts}
            entries = {i: _element(w, p, p.a, i, k) for i in places}
            for (i, part), name in sums.items():
                vector = _vector(p, part)
                w.keep(name, vector, _more(w, p, part, entries[i], rows[part], w.load(name, vector)))

        _rounds(w, "0", p.depth, 1, add)
        for (i, part), name in sums.items():
            _store(w, p, part, i, w.load(name, _vector(p, part)))


class Part(NamedTuple):
    """Some entries of a row that go into one vector."""

    first: int
    width: int


def _parts(p: Product) -> list[Part]:
    """A row of the result: full vectors, then a half one, and so on."""
    found, first, left, width = [], 0, int(p.columns), _LANES[p.element]
    while left:
        if left >= width:
            found.append(Part(first, width))
            first, left = first + width, left - width
        else:
            width //= 2
    return found


def _vector(p: Product, part: Part) -> str:
    return f"<{part.width} x {p.element}>"


def _more(w: Writer, p: Product, part: Part, entry: str, row: str, found: str) -> str:
    """found + entry * row, in one step where the processor has that, as BLAS does it."""
    vector = _vector(p, part)
    one = w.made(f"insertelement {vector} poison, {p.element} {entry}, i64 0")
    zeros = f"<{part.width} x i32> zeroinitializer"
    every = w.made(f"shufflevector {vector} {one}, {vector} poison, {zeros}")
    product = w.made(f"fmul contract {vector} {every}, {row}")
    return w.made(f"fadd contract {vector} {found}, {product}")


def _load(w: Writer, p: Product, part: Part, matrix: Matrix, k: str) -> str:
    place = _place(w, p, matrix, k, str(part.first))
    return w.made(f"load {_vector(p, part)}, ptr {place}, align {SIZES[p.element]}")


def _store(w: Writer, p: Product, part: Part, i: str, found: str) -> None:
    place = _place(w, p, p.out, i, str(part.first))
    w.put(f"store {_vector(p, part)} {found}, ptr {place}, align {SIZES[p.element]}")


def _element(w: Writer, p: Product, matrix: Matrix, i: str, j: str) -> str:
    return w.made(f"load {p.element}, ptr {_place(w, p, matrix, i, j)}")


def _place(w: Writer, p: Product, matrix: Matrix, i: str, j: str) -> str:
    i, j = (j, i) if matrix.is_turned else (i, j)
    row = w.made(f"mul nsw i64 {i}, {matrix.columns}")
    place = w.made(f"add nsw i64 {row}, {j}")
    return w.made(f"getelementptr inbounds {p.element}, ptr {matrix.data}, i64 {place}")


def _rounds(w: Writer, start: str, stop: str, step: int, write: Callable[[str], None]) -> None:
    """write(k) for each k from start, and below stop."""
    place, head, inside, behind = (w.fresh(stem) for stem in ("place.", "head", "inside", "behind"))
    w.keep(place, "i64", start)
    w.label(head)
    now = w.load(place, "i64")
    w.fork(w.made(f"icmp slt i64 {now}, {stop}"), inside, behind)
    w.label(inside)
    write(now)
    w.keep(place, "i64", w.made(f"add nsw i64 {now}, {step}"))
    w.put(f"br label %{head}, !llvm.loop {w.mark(_AS_IT_IS)}")
    w.is_open = False
    w.label(behind)


_AS_IT_IS: list[str] = ['!{!"llvm.loop.unroll.disable"}', '!{!"llvm.loop.vectorize.enable", i1 false}']
