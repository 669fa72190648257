"""A stage as a kernel in CUDA C++: one loop over the elements, each read and written once; sums block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

import numpy as np

from diffpy.transforms.cuda_functions import C_TYPES, HELPERS, computed, identifier
from diffpy.transforms.device_stages import Facts, Stage

THREADS = 256  # of a block


class Layout(Enum):
    """How the elements of an array lie."""

    IN_ORDER = 1  # all of them, one after the other
    ONE = 2  # one for all
    BY_STEPS = 3  # along each axis by a step of its own, which may be 0


def kernel(name: str, stage: Stage, layouts: Sequence[Layout], results: Sequence[str]) -> str:
    """The kernel's text. It takes pointers to the arrays of the stage, its numbers, pointers to the results and to the
    sums of the blocks, the number of elements, and the sizes of the axes and the steps of arrays that go by steps.
    """
    types = {one: kind for one, kind, _ in stage.lines}
    arrays = list(zip(stage.arrays, stage.arrays.values(), layouts, strict=True))
    head = ",\n".join(f"    {one}" for one in _parameters(stage, arrays, types, results))
    lines = [
        *(f"{_c(computed(types[one]))} sum_{one} = 0;" for one in stage.sums),
        "#pragma unroll 4",
        "for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < count; "
        "i += (long long)gridDim.x * blockDim.x) {",
        *(f"    {one}" for one in _round(stage, arrays, results)),
        "}",
        *(line for one in stage.sums for line in _summed(one, computed(types[one]))),
    ]
    body = "\n".join(f"    {one}" for one in lines)
    helpers = [
        f"template <typename T> __device__ {own}\n" for one, own in HELPERS.items() if f"{one}(" in body
    ]
    kinds = {*types.values(), *(facts.dtype for facts in stage.arrays.values())}
    included = "#include <cuda_fp16.h>\n" if np.dtype(np.float16) in kinds else ""
    return f'{included}{"".join(helpers)}extern "C" __global__ void {name}(\n{head})\n{{\n{body}\n}}\n'


def _c(kind: np.dtype) -> str:
    return C_TYPES[kind.name]


def _parameters(
    stage: Stage, arrays: list[tuple[str, Facts, Layout]], types: dict[str, np.dtype], results: Sequence[str]
) -> Iterator[str]:
    for name, facts, _ in arrays:
        yield f"const {_c(facts.dtype)}* __restrict__ from_{name}"
    for name, (kind, _) in stage.numbers.items():
        yield f"const {_c(computed(kind))} {name}"
    for name in results:
        yield f"{_c(types[name])}* __restrict__ to_{name}"
    for name in stage.sums:
        yield f"{_c(computed(types[name]))}* __restrict__ parts_{name}"
    yield "const long long count"
    by_steps = [name for name, _, layout in arrays if layout is Layout.BY_STEPS]
    axes = range(len(stage.shape))
    yield from (f"const long long size_{k}" for k in axes if by_steps and k)
    yield from (f"const long long step_{name}_{k}" for name in by_steps for k in axes)


def _round(stage: Stage, arrays: list[tuple[str, Facts, Layout]], results: Sequence[str]) -> Iterator[str]:
    """What is done for an element."""
    if any(layout is Layout.BY_STEPS for *_, layout in arrays):
        yield from _indices(len(stage.shape))
    for name, facts, layout in arrays:
        yield f"const {_c(facts.dtype)} {identifier(name)} = from_{name}[{_place(name, layout, len(stage.shape))}];"
    for name, kind, text in stage.lines:
        yield f"const {_c(kind)} {identifier(name)} = {text};"
    yield from (f"to_{name}[i] = {identifier(name)};" for name in results)
    types = {name: _c(computed(kind)) for name, kind, _ in stage.lines}
    yield from (f"sum_{name} += ({types[name]}){identifier(name)};" for name in stage.sums)


def _indices(axes: int) -> Iterator[str]:
    """The place of the element along each axis."""
    rest = "i"
    for k in reversed(range(1, axes)):
        yield f"const long long index_{k} = {rest} % size_{k}, from_{k} = {rest} / size_{k};"
        rest = f"from_{k}"
    yield f"const long long index_0 = {rest};"


def _place(name: str, layout: Layout, axes: int) -> str:
    if layout is Layout.IN_ORDER:
        return "i"
    if layout is Layout.ONE:
        return "0"
    return " + ".join(f"index_{k} * step_{name}_{k}" for k in range(axes))


def _summed(name: str, kind: np.dtype) -> list[str]:
    """The sum over a block, by halves."""
    return [
        f"__shared__ {_c(kind)} all_{name}[{THREADS}];",
        f"all_{name}[threadIdx.x] = sum_{name};",
        "__syncthreads();",
        "for (int reach = blockDim.x / 2; reach > 0; reach /= 2) {",
        f"    if (threadIdx.x < reach) all_{name}[threadIdx.x] += all_{name}[threadIdx.x + reach];",
        "    __syncthreads();",
        "}",
        f"if (threadIdx.x == 0) parts_{name}[blockIdx.x] = all_{name}[0];",
    ]
