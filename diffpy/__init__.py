"""Differentiable programming as a feature of plain Python."""

from pkgutil import extend_path

from diffpy.differentiable import derivative, differentiable, with_derivative, without_derivative
from diffpy.graphs import graph
from diffpy.operators import gradient, pullback, value_with_gradient, value_with_pullback
from diffpy.runtime.moving import move
from diffpy.runtime.struct_fields import no_derivative
from diffpy.runtime.structures import register_differentiable

__path__ = extend_path(__path__, __name__)

__all__ = [
    "derivative",
    "differentiable",
    "gradient",
    "graph",
    "move",
    "no_derivative",
    "pullback",
    "register_differentiable",
    "value_with_gradient",
    "value_with_pullback",
    "with_derivative",
    "without_derivative",
]
