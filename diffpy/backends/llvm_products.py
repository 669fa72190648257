"""np.dot(a, b, out) in a kernel: a call of BLAS, for whole arrays, rows of them, and transposed ones."""

from __future__ import annotations

import ast
from typing import NamedTuple

from diffpy.backends.blas import products
from diffpy.backends.llvm_small_products import Matrix, Product, is_small, write
from diffpy.backends.llvm_text import (
    DEEDS,
    DOUBLE,
    SINGLE,
    SIZES,
    NoMachineCode,
    Writer,
    address,
    number,
    places,
)

_BY_ROWS, _AS_IT_IS, _TURNED = "i32 101", "i32 111", "i32 112"


class Operand(NamedTuple):
    """Where the first element is, the rows and columns in memory (no columns of a vector), whether it is turned.

    `apart` says how many elements lie between the beginnings of two rows, or of two elements of a vector.
    """

    element: str
    data: str
    rows: str
    columns: str | None
    is_turned: bool
    apart: str


def _operand(w: Writer, node: ast.expr) -> Operand:
    is_turned = isinstance(node, ast.Attribute) and node.attr == "T"
    inner = node.value if isinstance(node, ast.Attribute) and is_turned else node
    where = []
    if isinstance(inner, ast.Subscript) and any(isinstance(one, ast.Slice) for one in ast.walk(inner.slice)):
        return _part(w, inner, is_turned)
    if isinstance(inner, ast.Subscript):
        where, inner = places(w, inner.slice), inner.value
    if not isinstance(inner, ast.Name):
        raise NoMachineCode(ast.unparse(node))
    kind = w.array(inner.id)
    rank = (kind.rank or 0) - len(where)
    if not kind.is_compact or rank not in (1, 2) or kind.element not in (DOUBLE, SINGLE):
        raise NoMachineCode(f"a product with '{inner.id}' as it is laid out")
    sizes = [w.size(inner.id, axis) for axis in range(len(where), kind.rank or 0)]
    data = address(w, inner.id, where)
    if rank == 1:
        return Operand(kind.element, data, sizes[0], None, False, "1")
    return Operand(kind.element, data, sizes[0], sizes[1], is_turned, sizes[1])


def _part(w: Writer, node: ast.Subscript, is_turned: bool) -> Operand:
    """Part of a matrix, or a column of one, where it lies."""
    if not isinstance(node.value, ast.Name) or not isinstance(node.slice, ast.Tuple):
        raise NoMachineCode(ast.unparse(node))
    name = node.value.id
    kind = w.array(name)
    if not kind.is_compact or kind.element not in (DOUBLE, SINGLE) or name in w.small:
        raise NoMachineCode(f"a product with '{name}' as it is laid out")
    starts, sizes, apart = [], [], []
    for axis, one in enumerate(node.slice.elts):
        first = one.lower if isinstance(one, ast.Slice) else one
        assert first is not None
        starts.append(number(w, first).text)
        if isinstance(one, ast.Slice):
            assert one.upper is not None
            sizes.append(w.made(f"sub nsw i64 {number(w, one.upper).text}, {starts[-1]}"))
            apart.append(_between(w, name, axis))
    data = address(w, name, starts)
    if len(sizes) == 1:
        return Operand(kind.element, data, sizes[0], None, False, apart[0])
    return Operand(kind.element, data, sizes[0], sizes[1], is_turned, apart[0])


def _between(w: Writer, name: str, axis: int) -> str:
    """How many elements lie between two neighbours along an axis."""
    found = "1"
    for behind in range(axis + 1, w.array(name).rank or 0):
        size = w.size(name, behind)
        found = size if found == "1" else w.made(f"mul nsw i64 {found}, {size}")
    return found


def _product(w: Writer, node: ast.Call) -> None:
    a, b, out = (_operand(w, one) for one in node.args)
    if a.element != b.element or a.element != out.element or products() is None:
        raise NoMachineCode(ast.unparse(node))
    if a.columns is not None and b.columns is not None:
        _matrices(w, a, b, out)
    elif a.columns is not None:
        _matrix_and_vector(w, a, a.is_turned, b, out)
    else:
        _matrix_and_vector(w, b, not b.is_turned, a, out)


DEEDS["np.dot"] = _product


def _matrices(w: Writer, a: Operand, b: Operand, out: Operand) -> None:
    assert a.columns is not None and b.columns is not None and out.columns is not None
    depth = a.rows if a.is_turned else a.columns
    one, other, both = (Matrix(each.data, each.apart, each.is_turned) for each in (a, b, out))
    few = Product(a.element, one, other, both, out.rows, out.columns, depth)
    if is_small(few):
        write(w, few)
        return
    sizes = [_count(w, one) for one in (out.rows, out.columns, depth)]
    kind, integer = a.element, _integer()
    given = [_BY_ROWS, *(_TURNED if one.is_turned else _AS_IT_IS for one in (a, b))]
    given += [f"{integer} {one}" for one in sizes]
    given += [f"{kind} 1.0", f"ptr {a.data}", _leading(w, a), f"ptr {b.data}", _leading(w, b)]
    given += [f"{kind} 0.0", f"ptr {out.data}", _leading(w, out)]
    _call(w, "dgemm" if kind == DOUBLE else "sgemm", given)


def _matrix_and_vector(w: Writer, a: Operand, is_turned: bool, x: Operand, out: Operand) -> None:
    assert a.columns is not None
    kind, integer = a.element, _integer()
    _nothing_where_empty(w, a.rows if is_turned else a.columns, out)
    given = [_BY_ROWS, _TURNED if is_turned else _AS_IT_IS]
    given += [f"{integer} {_count(w, one)}" for one in (a.rows, a.columns)]
    given += [
        f"{kind} 1.0",
        f"ptr {a.data}",
        _leading(w, a),
        f"ptr {x.data}",
        f"{integer} {_count(w, x.apart)}",
    ]
    given += [f"{kind} 0.0", f"ptr {out.data}", f"{integer} 1"]
    _call(w, "dgemv" if kind == DOUBLE else "sgemv", given)


def _nothing_where_empty(w: Writer, depth: str, out: Operand) -> None:
    """Sums of no terms are zero; BLAS leaves them as they were."""
    if depth.isdigit() and int(depth) > 0:
        return
    empty, behind = w.fresh("empty"), w.fresh("behind")
    w.fork(w.made(f"icmp eq i64 {depth}, 0"), empty, behind)
    w.label(empty)
    size = w.made(f"mul nsw i64 {out.rows}, {SIZES[out.element]}")
    w.call("void", "llvm.memset.p0.i64", f"ptr {out.data}, i8 0, i64 {size}, i1 false", "ptr, i8, i64, i1")
    w.label(behind)


def _call(w: Writer, name: str, given: list[str]) -> None:
    w.call("void", f"blas_{name}", ", ".join(given), ", ".join(one.split()[0] for one in given))


def _integer() -> str:
    found = products()
    assert found is not None
    return found.integer


def _count(w: Writer, size: str) -> str:
    return size if _integer() == "i64" else w.made(f"trunc i64 {size} to i32")


def _leading(w: Writer, one: Operand) -> str:
    """How far apart rows begin, at least 1."""
    is_some = w.made(f"icmp sgt i64 {one.apart}, 1")
    size = w.made(f"select i1 {is_some}, i64 {one.apart}, i64 1")
    return f"{_integer()} {_count(w, size)}"
