"""Functions of NumPy that have no derivative here, with the reason, so that none is unknown."""

from __future__ import annotations

from diffpy.rules.table import constant, refused, stores


def _numpy(names: str) -> tuple[str, ...]:
    return tuple(f"numpy.{name}" for name in names.split())


refused("matrix objects are not followed; use arrays and @", *_numpy("matrix asmatrix bmat"))
refused("polynomials as objects are followed in what they are called with alone; use polyval", "numpy.poly1d")
refused(
    "what it hands out has no place that is known; loop over ndindex or ndenumerate",
    *_numpy("nditer nested_iters"),
)
refused("what the function captured is not followed; what it is called with is", "numpy.vectorize")
refused("the object hands out elements; use broadcast_arrays or broadcast_shapes", "numpy.broadcast")
refused("elements that are Python objects have no dtype to differentiate", *_numpy("object_ frompyfunc"))
refused("fields of records are not followed; use a dataclass", *_numpy("record recarray void"))
refused("it reads memory as another type", *_numpy("frombuffer from_dlpack"))
refused("use unique or unique_values", *_numpy("unique_all unique_inverse"))
refused(
    "counts do not change smoothly, and weights are followed in histogram alone",
    *_numpy("histogram2d histogramdd"),
)
stores(*_numpy("copyto put place putmask put_along_axis fill_diagonal"))

# What gives no numbers, whole numbers, or numbers from files; types and settings

constant(
    *_numpy(
        "base_repr binary_repr format_float_positional format_float_scientific datetime_as_string datetime_data "
        "busday_count busday_offset busdaycalendar is_busday isnat isfortran einsum_path packbits unpackbits "
        "bytes_ str_ datetime64 timedelta64 character flexible generic inexact integer floating number "
        "complexfloating signedinteger unsignedinteger longlong ulonglong ufunc flatiter ndarray memmap "
        "fromfile fromregex fromstring genfromtxt load loadtxt savez_compressed "
        "get_include get_printoptions getbufsize setbufsize geterrcall seterrcall info mintypecode "
        "show_config show_runtime test"
    ),
    "numpy.linalg.LinAlgError",
    "numpy.linalg.test",
    "numpy.fft.test",
)
