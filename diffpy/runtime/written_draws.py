"""Draws from a population, written out: places are drawn, which have no derivative, and the items at these are taken."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from diffpy.runtime.leaves import is_array
from diffpy.runtime.refusals import refuse
from diffpy.runtime.written import write


def choice_of(
    self: Any,
    a: Any,
    size: Any = None,
    replace: bool = True,
    p: Any = None,
    axis: int = 0,
    shuffle: bool = True,
) -> Any:
    if axis != 0:
        refuse("choice", "axis", "only draws along the first axis are followed")
    places = self.choice(len(a), size=size, replace=replace, p=p, shuffle=shuffle)
    return np.asarray(a)[places]


def old_choice_of(self: Any, a: Any, size: Any = None, replace: bool = True, p: Any = None) -> Any:
    places = self.choice(len(a), size=size, replace=replace, p=p)
    return np.asarray(a)[places]


def permutation_of(self: Any, x: Any) -> Any:
    places = self.permutation(len(x))
    return np.asarray(x)[places]


def one_of(self: Any, seq: Sequence) -> Any:
    return seq[self.choice(range(len(seq)))]


def choices_of(
    self: Any, population: Sequence, weights: Any = None, *, cum_weights: Any = None, k: int = 1
) -> list:
    places = self.choices(range(len(population)), weights, cum_weights=cum_weights, k=k)
    return [population[place] for place in places]


def sample_of(self: Any, population: Sequence, k: int, *, counts: Any = None) -> list:
    if counts is not None:
        refuse("sample", "counts", "the derivative of a draw with counts is not known")
    places = self.sample(range(len(population)), k)
    return [population[place] for place in places]


def _of_items(args: tuple, keywords: dict) -> bool:
    """Whether the population is given by its items, and not as a number or a range."""
    given = args[1] if len(args) > 1 else next((keywords[n] for n in _POPULATION if n in keywords), None)
    return isinstance(given, list | tuple) or is_array(given)


_POPULATION = ("a", "x", "seq", "population")


for _function, _text in (
    (np.random.Generator.choice, choice_of),
    (np.random.RandomState.choice, old_choice_of),
    (np.random.Generator.permutation, permutation_of),
    (np.random.RandomState.permutation, permutation_of),
    (random.Random.choice, one_of),
    (random.Random.choices, choices_of),
    (random.Random.sample, sample_of),
):
    write(_function, _text, once=True, when=_of_items)
