"""Arguments that steer an operation: which have no derivative, and which keywords a row refuses."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

# Keywords that every ufunc takes, and those that ask for a type.
UFUNC = ", /, out=None, *, where=True, order='K', subok=True"
UFUNC_TYPE = ", casting='same_kind', dtype=None"

# Ufuncs that compute in a type as if their operands were converted to it first.
IN_A_TYPE = frozenset(
    """
    add arccos arccosh arcsin arcsinh arctan arctan2 arctanh cbrt conjugate copysign cos cosh deg2rad degrees divide
    exp exp2 expm1 fabs fmax fmin fmod hypot log log10 log1p log2 logaddexp logaddexp2 maximum minimum multiply
    negative positive power rad2deg radians reciprocal remainder sin sinh sqrt square subtract tan tanh
""".split()
)

# Arguments without derivative, wherever they stand, by the reason.
STRUCTURE = {
    name: reason
    for reason, names in {
        "it is an axis": "axis axis1 axis2 axes axisa axisb axisc source destination",
        "it is a shape": "shape size",
        "it is a count": "num ddof correction n shift reps repeats pad_width ndmin ndigits minlength",
        "it is an offset": "offset k",
        "it is an index": "indices index obj indices_or_sections kth",
        "it is a condition": "condition",
        "it is a flag": "keepdims UPLO optimize endpoint retstep full_matrices compute_uv",
        "it names a way to compute": "subscripts ord mode kind order indexing method",
        "it is a type": "dtype",
    }.items()
    for name in names.split()
}

# Why a keyword that a row's lines do not read is refused when it is given.
REFUSED = {
    "out": "the derivative of a call that fills `out=` is not known here; assign the result instead",
    "where": "the derivative under a `where=` mask is not known; multiply by the mask, or use numpy.where",
    "dtype": "the derivative in another type is not known; convert with .astype() before or after",
    "casting": "the derivative under another casting is not known; convert with .astype() before or after",
    "overwrite_input": "what is left in the argument is not known; leave the option out",
    "initial": "the derivative with `initial=` is not known; combine the initial value in a line of its own",
}

# Keywords that change neither values nor derivatives, only where values lie in memory or how they are found.
HARMLESS = frozenset("subok copy kind optimize assume_unique check_finite device".split())


def unread(signature: inspect.Signature, lines: Mapping[str, Callable], ignores: str) -> dict[str, str]:
    """Each keyword that no line reads, with the reason for refusing it: none is ignored but those named."""
    read = {one for line in lines.values() for one in inspect.signature(line).parameters} | set(lines)
    known = read | HARMLESS | set(ignores.split())
    return {
        name: REFUSED.get(name, f"the derivative with `{name}=` is not known")
        for name, parameter in signature.parameters.items()
        if parameter.default is not parameter.empty and name not in known
    }


def structure(signature: inspect.Signature, lines: Mapping[str, Callable]) -> dict[str, str]:
    """The arguments without derivative that the signature has, with the reason."""
    return {name: STRUCTURE[name] for name in signature.parameters if name in STRUCTURE and name not in lines}
