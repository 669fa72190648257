"""Machine code by LLVM: the text of a kernel in, a function for Python out. llvmlite is imported when first asked for."""

from __future__ import annotations

import ast
import ctypes
import importlib.util
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from diffpy.backends import code_cache, llvm_outside, llvm_products, llvm_tasks
from diffpy.backends.blas import products
from diffpy.backends.llvm_abreast import abreast
from diffpy.backends.llvm_ahead import computed_ahead
from diffpy.backends.llvm_border import arguments, entrance, layout, results
from diffpy.backends.llvm_gathered import gathered
from diffpy.backends.llvm_memory import classes, metadata, tapes
from diffpy.backends.llvm_objects import kept, place_of
from diffpy.backends.llvm_parts import in_parts
from diffpy.backends.llvm_processor import LEVEL, features, flags, target
from diffpy.backends.llvm_processor import machine as processor
from diffpy.backends.llvm_rests import with_rests
from diffpy.backends.llvm_rounds import in_rounds
from diffpy.backends.llvm_sizes import fixed_sizes, small_sizes, with_sizes
from diffpy.backends.llvm_small import small
from diffpy.backends.llvm_tapes import fewer_tapes
from diffpy.backends.llvm_text import NoMachineCode, Writer, block
from diffpy.backends.llvm_threads import threads
from diffpy.backends.llvm_vectors import vectors

__all__ = ["NoMachineCode", "Options", "compiled", "is_there", "layout", "noted"]


has_products = products
assert llvm_products.DEEDS and llvm_outside.ARRAYS  # what they write is registered there


def is_there() -> bool:
    """Whether llvmlite is installed."""
    return "llvmlite" in sys.modules or importlib.util.find_spec("llvmlite") is not None


class Options(NamedTuple):
    fast_math: bool = False
    by_vectors: bool = True
    is_sized: bool = False
    threads: int = 1
    in_vectors: bool = True


def compiled(text: str, values: Sequence[Any], options: Options) -> Callable[..., Any]:
    """The function that a text defines, as machine code for arguments such as these.

    It returns a tuple of what the text returns and, last, what the processor noted of the operations (see `noted`);
    None where the text raises; False for arguments of other kinds. Divisions follow IEEE, and no products and sums are
    contracted, unless fast_math=True. The text may call np_exp and its kin, which are exp of vectors where there is
    such a thing and by_vectors=True; `added`, a sum whose terms may be added in any order; `room`. Loops are made of
    vectors unless in_vectors=False. Where is_sized=True
    arguments are of other kinds, too, if an axis that is small has another size than here.
    """
    (tree,) = ast.parse(text).body
    assert isinstance(tree, ast.FunctionDef)
    try:
        module = _module(tree, values, options)
    except NoMachineCode:
        if options.threads == 1:
            raise
        return compiled(text, values, options._replace(threads=1))
    return _callable(module, tree.name)


# The text of a module


class _Module(NamedTuple):
    """A text that is the same in each process, the objects that it wants, how many arrays may wait in it, its threads."""

    text: str
    objects: dict[str, Any]
    waiting: int
    threads: int
    in_vectors: bool


def _module(tree: ast.FunctionDef, values: Sequence[Any], options: Options) -> _Module:
    kinds: dict[str, Any] = {}
    parameters = [one.arg for one in tree.args.args]
    sizes = small_sizes(parameters, values) if options.is_sized else {}
    tree = in_rounds(gathered(fewer_tapes(with_sizes(tree, sizes))), options.threads)
    functions = frozenset(_vector_names(options))
    tree = with_rests(abreast(computed_ahead(tree, functions), functions))
    if options.threads > 1:
        tree = in_parts(tree, options.threads)
    known, few, fixed = classes(tree), small(tree), fixed_sizes(tree, sizes)
    while True:
        vectors = {name: f" #{n}" for n, name in enumerate(_vector_names(options), 1)}
        w = Writer(object.__basicsize__, options.fast_math, options.by_vectors, kinds, vectors=vectors)
        w.classes, w.small, w.tapes, w.fixed = known, few, tapes(tree), fixed
        arguments(w, parameters, values, sizes)
        *body, last = tree.body
        block(w, body)
        results(w, last)
        if not w.widened:
            lines = [
                *entrance(w, tree.args.args),
                *llvm_tasks.functions(w),
                *_attributes(w),
                *w.marks,
                *metadata(w.apart),
            ]
            count = options.threads if w.tasks else 1
            return _Module(
                "\n".join([*_declarations(w), *lines]), w.objects, len(w.owners), count, options.in_vectors
            )
        kinds = w.kinds


def _declarations(w: Writer) -> Iterable[str]:
    yield f'target triple = "{target().triple}"'
    used = []
    for one in (one for name in w.vectors if name in w.declared for one in vectors()[name]):
        if one.name not in w.declared:
            yield f"declare {one.kind} @{one.name}({', '.join([one.kind] * one.given)})"
        used.append(f"ptr @{one.name}")
    yield from w.declared.values()
    yield from (f'@"object.{name}" = global ptr null' for name in w.objects)
    if used:  # Nothing calls the functions of vectors until loops are made of vectors: they are not to be dropped before.
        section = 'section "llvm.metadata"'
        yield f"@llvm.compiler.used = appending global [{len(used)} x ptr] [{', '.join(used)}], {section}"


def _attributes(w: Writer) -> Iterable[str]:
    yield "attributes #0 = { nounwind willreturn memory(none) }"
    for name, number in w.vectors.items():
        every = ",".join(f"{one.name}({one.name})" for one in vectors()[name])
        variants = f'"vector-function-abi-variant"="{every}"'
        yield f"attributes{number} = {{ nounwind willreturn memory(none) {variants} }}"


def _vector_names(options: Options) -> tuple[str, ...]:
    return tuple(vectors()) if options.by_vectors else ()


# From text to machine code


class _Method(ctypes.Structure):
    """What Python wants to know of a function in C."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]


_FASTCALL = 0x80


def _callable(module: _Module, name: str) -> Callable[..., Any]:
    import llvmlite.binding as llvm

    machine = processor()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(_code(module, machine)))
    engine.finalize_object()
    waiting = kept(module.waiting)
    addresses = {f"object.{name}": id(one) for name, one in module.objects.items()} | {
        "kept": place_of(waiting)
    }
    if module.threads > 1:
        others = threads(module.threads)
        addresses |= {"place": others.address, "shared": others.shared}
    for place, where in addresses.items():
        ctypes.c_void_p.from_address(engine.get_global_value_address(place)).value = where
    method = _Method(name.encode(), engine.get_function_address("entrance"), _FASTCALL, None)
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype, make.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p]
    # The function holds the tuple, and with it the machine code, as long as it lives.
    held = engine, method, waiting, module.objects
    function: Callable[..., Any] = make(ctypes.addressof(method), held, None)
    return function


def _code(module: _Module, machine: Any) -> bytes:
    """The object file of a module, where another process left it or made now."""
    import llvmlite
    import llvmlite.binding as llvm

    tuning = _TUNING if module.in_vectors else _WITHOUT_VECTORS
    made_by = llvmlite.__version__, llvm.llvm_version_info, LEVEL, tuning
    made_for = machine.triple, llvm.get_host_cpu_name(), features()
    key = f"{made_by} {made_for}\n{module.text}".encode()
    code = code_cache.found(key)
    if code is None:
        code = _code_made(module.text, machine, tuning)
        code_cache.keep(key, code)
    return code


# Vectors are made of loops alone: of single statements they make code that is slower, and takes longer.
_TUNING = {"loop_vectorization": True, "slp_vectorization": False}
_WITHOUT_VECTORS = dict.fromkeys(_TUNING, False)


def _code_made(text: str, machine: Any, options: Mapping[str, bool]) -> bytes:
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    tuning = llvm.create_pipeline_tuning_options(speed_level=LEVEL)
    for name, is_on in options.items():
        setattr(tuning, name, is_on)
    builder = llvm.create_pass_builder(machine, tuning)
    builder.getModulePassManager().run(module, builder)
    code: bytes = machine.emit_object(module)
    return code


def noted(found: int) -> tuple[str, ...]:
    """The names that np.errstate has for what the processor noted."""
    return tuple(name for name, flag in flags().items() if found & flag)
