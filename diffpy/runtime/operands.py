"""Which arguments NumPy makes arrays of: a function and a parameter's name in, yes or no out."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from diffpy.backends.devices import array_module
from diffpy.functions import is_of_arrays
from diffpy.runtime.leaves import is_on_device

# Parameters of NumPy's functions that take an array or what makes one.
OPERANDS = frozenset(
    "a b x x1 x2 v m p q ar arr ary array A val values weights points min max a_min a_max default fill_value "
    "start stop step dx".split()
)
LISTED = list | tuple | range


def makes_array(function: object, parameter: str) -> bool:
    """Whether a function makes an array of a list that is given for the parameter."""
    own = isinstance(function, np.ufunc) or getattr(function, "__objclass__", None) is np.ndarray
    return parameter in OPERANDS and (own or is_of_arrays(function))


def in_numpy(function: Any, args: tuple) -> Any:
    """The function of NumPy that an operator is between a list of numbers and an array, or a number of NumPy's."""
    if getattr(function, "__module__", None) != "_operator" or len(args) != 2:
        return function
    listed = isinstance(args[0], LISTED) or isinstance(args[1], LISTED)
    makers = np.ndarray if function is operator.mul else np.ndarray | np.generic  # a number repeats a list
    met = any(isinstance(one, makers) or is_on_device(one) for one in args)
    return _OF_OPERATORS.get(function, function) if listed and met else function


_OF_OPERATORS = {
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.mul: np.multiply,
    operator.truediv: np.divide,
    operator.pow: np.power,
    operator.mod: np.remainder,
    operator.floordiv: np.floor_divide,
    operator.matmul: np.matmul,
}


def with_arrays(function: object, arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments with the arrays that NumPy makes of numbers in lists."""
    return {
        name: array_module().asarray(x) if isinstance(x, LISTED) and makes_array(function, name) else x
        for name, x in arguments.items()
    }


# Attributes of arrays: facts about them, and the functions that the others stand for.
FACTS = frozenset("shape size ndim dtype itemsize nbytes strides flags device".split())
VIEWS = {"T": np.transpose, "mT": np.matrix_transpose, "real": np.real, "imag": np.imag}
