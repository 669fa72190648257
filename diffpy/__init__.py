"""Differentiable programming as a feature of plain Python."""

from importlib import import_module
from pkgutil import extend_path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diffpy.decorators import derivative, differentiable
    from diffpy.errors import (
        DerivativeRuleError,
        DifferentiationError,
        DifferentiationTypeError,
        NonDifferentiableFieldWarning,
        NonScalarOutputError,
        ParameterError,
        ShapeError,
        SourceNotFoundError,
        UnknownDerivativeError,
        UnsupportedSyntaxError,
        ZeroDerivativeWarning,
    )
    from diffpy.forward_operators import differential, value_with_differential
    from diffpy.graphs import graph
    from diffpy.higher import hessian, hessian_vector_product, jacobian
    from diffpy.operators import gradient, pullback, value_with_gradient, value_with_pullback
    from diffpy.recomputing import with_recomputation
    from diffpy.runtime.device_trees import to_device, to_host
    from diffpy.runtime.marks import with_derivative, without_derivative
    from diffpy.runtime.moving import move
    from diffpy.runtime.struct_fields import no_derivative
    from diffpy.runtime.structures import register_differentiable

__path__ = extend_path(__path__, __name__)

__all__ = [
    "DerivativeRuleError",
    "DifferentiationError",
    "DifferentiationTypeError",
    "NonDifferentiableFieldWarning",
    "NonScalarOutputError",
    "ParameterError",
    "ShapeError",
    "SourceNotFoundError",
    "UnknownDerivativeError",
    "UnsupportedSyntaxError",
    "ZeroDerivativeWarning",
    "derivative",
    "differentiable",
    "differential",
    "gradient",
    "graph",
    "hessian",
    "hessian_vector_product",
    "jacobian",
    "move",
    "no_derivative",
    "pullback",
    "register_differentiable",
    "to_device",
    "to_host",
    "value_with_differential",
    "value_with_gradient",
    "value_with_pullback",
    "with_derivative",
    "with_recomputation",
    "without_derivative",
]

# Names are fetched when they are first used: exported derivatives import diffpy.runtime, and nothing that derives.
_HOMES = {
    "diffpy.decorators": ("derivative", "differentiable"),
    "diffpy.errors": (
        "DerivativeRuleError",
        "DifferentiationError",
        "DifferentiationTypeError",
        "NonDifferentiableFieldWarning",
        "NonScalarOutputError",
        "ParameterError",
        "ShapeError",
        "SourceNotFoundError",
        "UnknownDerivativeError",
        "UnsupportedSyntaxError",
        "ZeroDerivativeWarning",
    ),
    "diffpy.forward_operators": ("differential", "value_with_differential"),
    "diffpy.graphs": ("graph",),
    "diffpy.higher": ("hessian", "hessian_vector_product", "jacobian"),
    "diffpy.operators": ("gradient", "pullback", "value_with_gradient", "value_with_pullback"),
    "diffpy.recomputing": ("with_recomputation",),
    "diffpy.runtime.marks": ("with_derivative", "without_derivative"),
    "diffpy.runtime.moving": ("move",),
    "diffpy.runtime.struct_fields": ("no_derivative",),
    "diffpy.runtime.device_trees": ("to_device", "to_host"),
    "diffpy.runtime.structures": ("register_differentiable",),
}
_DERIVING = {"diffpy.decorators", "diffpy.forward_operators", "diffpy.higher", "diffpy.operators"}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            if home in _DERIVING:
                import_module("diffpy.symmetric")  # what gradients know of differentials
            globals()[name] = getattr(import_module(home), name)
            return globals()[name]
    raise AttributeError(f"module 'diffpy' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
