"""Rules of random draws from families with a location, a scale or a simple shape: derivatives along the path of the draw.

P. Glasserman, Monte Carlo Methods in Financial Engineering (2003), 7.2.
"""

from __future__ import annotations

from typing import Any

import numpy as xp

from diffpy.rules.table import Line, rule
from diffpy.runtime.arrays import unbroadcast

MODULES = ("numpy.random", "numpy.random.Generator", "numpy.random.RandomState")


def draw(name: str, signature: str, pullbacks: Any, forward: dict[str, Line]) -> None:
    for module in MODULES:
        owner = "" if module == "numpy.random" else "self, "
        rule(
            name,
            f"{owner}{signature}, size=None",
            of=(f"{module}.{name}",),
            no_derivative={"self": "it is a generator", "shape": "the draw has no simple path in it"},
            forward=forward,
            **pullbacks,
        )


for name in ("exponential", "rayleigh"):
    draw(
        name,
        "scale=1.0",
        {"scale": lambda d, y, scale, scale_shape: unbroadcast(d * y / scale, scale_shape)},
        {"scale": lambda d, y, scale: d * y / scale},
    )
draw(
    "gamma",
    "shape, scale=1.0",
    {"scale": lambda d, y, scale, scale_shape: unbroadcast(d * y / scale, scale_shape)},
    {"scale": lambda d, y, scale: d * y / scale},
)
for name in ("laplace", "logistic", "gumbel"):
    draw(
        name,
        "loc=0.0, scale=1.0",
        {
            "loc": lambda d, loc_shape: unbroadcast(d, loc_shape),
            "scale": lambda d, y, loc, scale, scale_shape: unbroadcast(d * (y - loc) / scale, scale_shape),
        },
        {"loc": lambda d, y: d + 0 * y, "scale": lambda d, y, loc, scale: d * (y - loc) / scale},
    )
draw(
    "lognormal",
    "mean=0.0, sigma=1.0",
    {
        "mean": lambda d, y, mean_shape: unbroadcast(d * y, mean_shape),
        "sigma": lambda d, y, mean, sigma, sigma_shape: unbroadcast(
            d * y * (xp.log(y) - mean) / sigma, sigma_shape
        ),
    },
    {"mean": lambda d, y: d * y, "sigma": lambda d, y, mean, sigma: d * y * (xp.log(y) - mean) / sigma},
)
for name in ("weibull", "power"):
    draw(
        name,
        "a",
        {"a": lambda d, y, a, a_shape: unbroadcast(-d * y * xp.log(y) / a, a_shape)},
        {"a": lambda d, y, a: -d * y * xp.log(y) / a},
    )
draw(
    "pareto",
    "a",
    {"a": lambda d, y, a, a_shape: unbroadcast(-d * (1 + y) * xp.log1p(y) / a, a_shape)},
    {"a": lambda d, y, a: -d * (1 + y) * xp.log1p(y) / a},
)
