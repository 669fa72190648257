"""What leaves a chain that only a mask lets through: a cotangent and a mask in, nothing but zeros elsewhere out."""

from __future__ import annotations

import gast

from diffpy.analysis.masks import Mask, Test
from diffpy.syntax.build import expression, load


def selected(value: gast.expr, mask: Mask, module: str) -> gast.expr:
    """np.where(c, v, 0.0): a factor that is infinite or no number meets no zero of the cotangent."""
    tests = sorted({test for way in mask for test in way})
    if len(tests) == 1:
        test = tests[0]
        text = "np.where(c, v, 0.0)" if test.holds else "np.where(c, 0.0, v)"
        condition = expression(test.condition, np=load(module))
        return expression(text, np=load(module), c=condition, v=value)
    ways = sorted(" & ".join(map(_text, sorted(way))) for way in mask)
    text = " | ".join(f"({way})" for way in ways) if len(ways) > 1 else ways[0]
    return expression(f"np.where({text}, v, 0.0)", np=load(module), v=value)


def _text(test: Test) -> str:
    plain = test.condition.isidentifier()
    if test.holds:
        return test.condition if plain else f"({test.condition})"
    return f"np.logical_not({test.condition})"
