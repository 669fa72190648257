"""np.einsum in a kernel: a product of matrices where it is one, else sums of products, element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffpy.transforms.fuse_arrays import dtype_of, element, is_array, made, types_of, zeros
from diffpy.transforms.fuse_arrays import turned as transposed
from diffpy.transforms.fuse_calls import stands_for
from diffpy.transforms.fuse_frames import Kernel
from diffpy.transforms.fuse_numbers import multiply
from diffpy.transforms.fuse_products import matrix_product
from diffpy.transforms.fuse_values import Array, Known, Lazy, NotCompiled, View, number


@stands_for(np.einsum)
def _einsum(k: Kernel, subscripts: Any, *operands: Any) -> Any:
    if not isinstance(subscripts, Known) or type(subscripts.value) is not str:
        raise NotCompiled("np.einsum by lists of places")
    terms, result = _terms(subscripts.value)
    kinds = {dtype_of(types_of(one)) if is_array(one) else "" for one in operands}
    if len(terms) != len(operands) or not kinds <= {"float64"}:
        raise NotCompiled("np.einsum of what are not float64 arrays")
    operands = tuple(made(k, one, "factor") if isinstance(one, Lazy) else one for one in operands)
    sizes: dict[str, str] = {}
    for term, one in zip(terms, operands, strict=True):
        if len(term) != len(one.dims):
            raise NotCompiled("np.einsum with repeated letters, or other ranks")
        for letter, dim in zip(term, one.dims, strict=True):
            k.equal(sizes.setdefault(letter, dim), dim)
    if len(terms) == 2 and (found := _matrices(k, terms, result, operands)) is not None:
        return found
    return _sums(k, terms, result, operands, sizes)


def _terms(text: str) -> tuple[list[str], str]:
    """The letters of each operand, each once, and those of the result."""
    left, arrow, result = text.replace(" ", "").partition("->")
    terms = left.split(",")
    if not arrow:
        every = left.replace(",", "")
        result = "".join(sorted(letter for letter in set(every) if every.count(letter) == 1))
    if "." in text or any(len(set(one)) < len(one) for one in (*terms, result)):
        raise NotCompiled("np.einsum with repeated letters, or ...")
    return terms, result


def _matrices(k: Kernel, terms: list[str], result: str, operands: tuple[Any, ...]) -> Any:
    """The product of two matrices, turned or not, where that is what is asked for."""
    (one, other), (a, b) = terms, operands
    summed = [letter for letter in one if letter in other and letter not in result]
    if len(one) != 2 or len(other) != 2 or len(summed) != 1 or len(result) != 2:
        return None
    if set(result) != set(one) ^ set(other):
        return None
    a = a if one[1] == summed[0] else transposed(a)
    b = b if other[0] == summed[0] else transposed(b)
    if result[0] in one:
        return matrix_product(k, a, b)
    return matrix_product(k, transposed(b), transposed(a))


def _sums(
    k: Kernel, terms: list[str], result: str, operands: tuple[Array | View, ...], sizes: dict[str, str]
) -> Any:
    """Sums over all letters that the result has not."""
    letters = result + "".join(letter for letter in sizes if letter not in result)
    found = zeros(k, tuple(sizes[letter] for letter in result), "float64", "sums") if result else None
    total = k.fresh("total")
    if found is None:
        k.assign(total, "0.0")

    def add(places: tuple[str, ...]) -> None:
        at = dict(zip(letters, places, strict=True))
        parts = [
            element(k, one, tuple(at[i] for i in term)) for term, one in zip(terms, operands, strict=True)
        ]
        product = parts[0]
        for part in parts[1:]:
            product = multiply(k, product, part)
        if found is None:
            k.line(f"{total} = added({total}, {product.text})", total)
            return
        kept = places[: len(result)]
        k.access(found, kept, "loads")
        k.access(found, kept, "stores")
        place = f"{found.name}[{', '.join(kept)}]"
        k.line(f"{place} = added({place}, {product.text})", found.name)

    nest = k.loop(tuple(sizes[letter] for letter in letters), add)
    if found is not None:
        return found
    nest.sums.add(total)
    return number("float64", total)
