"""Ordinary points for the rows of the table, away from kinks and poles: a call of the operation a sample."""

from __future__ import annotations

from rule_samples.elementwise import (
    elementwise_samples,
    operator_samples,
    reduction_samples,
    scalar_samples,
)
from rule_samples.others import builtin_samples, derived_samples, filling_samples, method_samples
from rule_samples.points import Sample
from rule_samples.products import matrix_samples, product_samples
from rule_samples.shapes import place_samples, shape_samples

SAMPLES: list[Sample] = [
    *scalar_samples(),
    *operator_samples(),
    *elementwise_samples(),
    *reduction_samples(),
    *shape_samples(),
    *place_samples(),
    *product_samples(),
    *matrix_samples(),
    *filling_samples(),
    *builtin_samples(),
    *derived_samples(),
    *method_samples(),
]

__all__ = ["SAMPLES", "Sample"]
