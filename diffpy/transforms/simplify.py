"""Making generated text what a person would write: passes over a finished derivative."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import gast

from diffpy.transforms.another import for_another, is_for_another
from diffpy.transforms.simplify_again import use_again
from diffpy.transforms.simplify_blocks import filled, restore_while, shorten_branches
from diffpy.transforms.simplify_calls import share_calls
from diffpy.transforms.simplify_choices import fold_choices
from diffpy.transforms.simplify_coefficients import join_coefficients
from diffpy.transforms.simplify_copies import propagate_copies
from diffpy.transforms.simplify_dead import drop_dead
from diffpy.transforms.simplify_defaults import leave_out_defaults
from diffpy.transforms.simplify_delay import delay_updates
from diffpy.transforms.simplify_emptied import drop_empty_branches
from diffpy.transforms.simplify_factors import take_factors_out
from diffpy.transforms.simplify_facts import Derivative, unshared
from diffpy.transforms.simplify_in_place import add_in_place
from diffpy.transforms.simplify_inline import inline_temporaries
from diffpy.transforms.simplify_items import take_items
from diffpy.transforms.simplify_kept import share_copies
from diffpy.transforms.simplify_literals import fold_literals, fold_signs
from diffpy.transforms.simplify_merge import merge_names
from diffpy.transforms.simplify_names import name_value, number_temporaries
from diffpy.transforms.simplify_numbers import drop_conversions
from diffpy.transforms.simplify_parts import read_parts_in_place
from diffpy.transforms.simplify_places import share_places
from diffpy.transforms.simplify_pops import drop_unread_pops
from diffpy.transforms.simplify_powers import expand_powers
from diffpy.transforms.simplify_ranges import inline_ranges
from diffpy.transforms.simplify_shapes import record_shapes
from diffpy.transforms.simplify_signs import propagate_signs
from diffpy.transforms.simplify_spread import drop_spreads
from diffpy.transforms.simplify_sums import contract_sums
from diffpy.transforms.simplify_tape import drop_unread_entries, record_early
from diffpy.transforms.simplify_terms import join_terms
from diffpy.transforms.simplify_tuples import display_tuples
from diffpy.transforms.simplify_views import drop_unread_tapes, take_views_again
from diffpy.transforms.simplify_zeros import make_zeros_by_shape

Pass = Callable[[gast.FunctionDef, Derivative], gast.FunctionDef]

SIMPLIFY: tuple[Pass, ...] = (
    expand_powers,
    take_items,
    display_tuples,
    propagate_signs,
    take_factors_out,
    fold_signs,
    drop_spreads,
    use_again,
    propagate_copies,
    fold_literals,
    take_views_again,
    share_copies,
    drop_dead,
    drop_unread_tapes,
    drop_unread_entries,
    record_shapes,
    record_early,
    inline_ranges,
    share_calls,
    fold_choices,
    inline_temporaries,
    delay_updates,
    propagate_copies,
    fold_literals,
    drop_dead,
    drop_unread_pops,
    fold_choices,
    share_places,
    join_terms,
    inline_temporaries,
    join_terms,
    join_coefficients,
    contract_sums,
    read_parts_in_place,
    merge_names,
    drop_empty_branches,
    fold_signs,
    restore_while,
    shorten_branches,
    add_in_place,
    make_zeros_by_shape,
    drop_conversions,
    leave_out_defaults,
    name_value,
    number_temporaries,
)

CALLS_MET = "calls_met"  # no pass: that calls which were derived before are looked up as they run

_left_out: ContextVar[frozenset[str]] = ContextVar("left_out", default=frozenset())


def left_out() -> frozenset[str]:
    """The names of the passes that are switched off here, with a name of its own where all is written plainly."""
    named = _left_out.get()
    return named | _PLAINLY if is_for_another() else named


_PLAINLY = {add_in_place.__name__, for_another.__name__}


@contextmanager
def without(*names: str) -> Iterator[None]:
    """with without("drop_dead"): derivatives are derived without these passes; without any, with no name given."""
    token = _left_out.set(frozenset(names) or frozenset((CALLS_MET, *(one.__name__ for one in SIMPLIFY))))
    try:
        yield
    finally:
        _left_out.reset(token)


def simplify(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """All passes that are switched on, in order; reverse sweeps are marked."""
    tree = unshared(tree)
    for one in SIMPLIFY:
        if one.__name__ not in left_out():
            tree = one(tree, known)
    return filled(tree)
