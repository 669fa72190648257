"""Kernels in CUDA C++ on the host: their text compiled by its C++ compiler, each thread of a block a thread of its own.

It shows that the text is C++ and computes what it should, sums of blocks among it; nothing of a GPU's is tested by it.
Where CuPy is installed NVIDIA's compiler reads the same text, for several GPUs; it needs none.
"""

import ctypes
import functools
import importlib.util
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import strict

ARCHITECTURES = ("compute_75", "compute_90", "compute_100")
COMPILER = shutil.which("g++") or shutil.which("clang++")

_AROUND = """
#include <cmath>
#include <pthread.h>
using namespace std;
struct Dim {{ unsigned x; }};
static thread_local Dim threadIdx;
static Dim blockIdx, blockDim, gridDim;
static pthread_barrier_t together;
#define __global__
#define __device__ static
#define __shared__ static
#define __syncthreads() pthread_barrier_wait(&together)
{text}
struct Thread {{ unsigned number; void (*run)(void*); void* given; pthread_t handle; }};
static void* start(void* one) {{
    threadIdx.x = ((Thread*)one)->number;
    ((Thread*)one)->run(((Thread*)one)->given);
    return nullptr;
}}
extern "C" void launch(unsigned blocks, unsigned threads,
{parameters})
{{
    blockDim.x = threads, gridDim.x = blocks;
    auto body = [&] {{ {name}({names}); }};
    auto run = [](void* given) {{ (*(decltype(body)*)given)(); }};
    pthread_barrier_init(&together, nullptr, threads);
    Thread all[1024];
    for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x) {{
        for (unsigned one = 0; one < threads; ++one) {{
            all[one] = Thread{{one, run, &body, 0}};
            if ({is_together}) pthread_create(&all[one].handle, nullptr, start, &all[one]);
            else start(&all[one]);
        }}
        for (unsigned one = 0; {is_together} && one < threads; ++one) pthread_join(all[one].handle, nullptr);
    }}
    pthread_barrier_destroy(&together);
}}
"""

texts: list[str] = []  # of the kernels that were made


def kernel(text, name):
    """What launches the kernel, as CuPy's RawKernel does."""
    texts.append(text)
    compile_for_gpus(text)
    launch = _library(text, name).launch

    def run(grid, block, args):
        launch(*map(ctypes.c_uint, (*grid, *block)), *map(_given, args))

    return run


@functools.cache
def compile_for_gpus(text):
    """An error where the text is no CUDA C++; nothing where CuPy is not installed."""
    if importlib.util.find_spec("cupy_backends") is None:
        return
    nvrtc, folders = (
        importlib.import_module("cupy_backends.cuda.libs.nvrtc"),
        importlib.import_module("nvidia"),
    )
    headers = next(one.parent for path in folders.__path__ for one in Path(path).rglob("cuda_fp16.h"))
    for architecture in ARCHITECTURES:
        program = nvrtc.createProgram(text, "kernel.cu", [], [])
        options = [f"--gpu-architecture={architecture}", "--std=c++17", "-fmad=false", f"-I{headers}"]
        nvrtc.compileProgram(program, options)


@functools.cache
def _library(text, name):
    parameters = re.search(rf"{name}\(\n(.*?)\)\n{{", text, re.DOTALL)[1]
    names = ", ".join(one.split()[-1] for one in parameters.split(",\n"))
    folder = Path(tempfile.mkdtemp())
    is_together = str("__syncthreads" in text).lower()  # or one thread can run after the other
    parts = {"text": text, "parameters": parameters, "name": name, "names": names}
    written = _AROUND.format(**parts, is_together=is_together)
    (folder / "kernel.cpp").write_text(written, encoding="utf-8")
    (folder / "cuda_fp16.h").write_text("typedef _Float16 half;\n", encoding="utf-8")
    command = [
        COMPILER,
        "-std=c++17",
        "-ffp-contract=off",
        "-shared",
        "-fPIC",
        "-pthread",
        "-w",
        "-I",
        str(folder),
    ]
    subprocess.run([*command, "-o", str(folder / "kernel.so"), str(folder / "kernel.cpp")], check=True)
    return ctypes.CDLL(str(folder / "kernel.so"))


def _given(x):
    if isinstance(x, strict.Strict):
        return ctypes.c_void_p(x.held.__array_interface__["data"][0])
    return np.ctypeslib.as_ctypes_type(x.dtype)(x.item())
