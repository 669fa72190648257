"""Rules of the functions that gather cotangents, take them apart and hand them over: all of them are linear."""

from __future__ import annotations

from diffpy.rules.table import constant, linear
from diffpy.runtime.answers import check_answer
from diffpy.runtime.arrays import add_at, rebroadcast, with_added
from diffpy.runtime.boundary import own
from diffpy.runtime.buffers import (
    accumulate_into,
    add_item,
    add_items,
    add_number,
    add_unless_view,
    closed,
    fresh_buffer,
    fresh_buffers,
    part_where,
    pass_on,
    place_item,
    places_of,
    put_back,
    remove_item,
    restore_item,
    restore_slice,
    set_item,
    set_slice,
    take_item,
    told_apart,
)
from diffpy.runtime.cotangent_types import conjugated
from diffpy.runtime.differentials import moved_items, varied, with_differential
from diffpy.runtime.dispatch import with_pullback
from diffpy.runtime.masks import diagonal_mask, mask_over
from diffpy.runtime.overwriting import reading_order
from diffpy.runtime.sequences import summed
from diffpy.runtime.sharing import changes_in_place, check_array, check_rebound
from diffpy.runtime.tangent_vectors import add_tangents
from diffpy.runtime.tangents import accumulate_field, accumulate_item, field_of, item_of
from diffpy.runtime.transposes import (
    added_up,
    closed_placed,
    field_part,
    field_placed,
    formed_like,
    item_placed,
    part_of,
)
from diffpy.runtime.zeros import set_field

BUFFERS, TANGENTS, TRANSPOSES = (
    "diffpy.runtime.buffers.",
    "diffpy.runtime.tangents.",
    "diffpy.runtime.transposes.",
)
TYPES = "diffpy.runtime.cotangent_types."
FORM, PLACE = "only its structure, shape and type are used", "only its place is used"

# Whole cotangents

linear(
    "accumulate",
    "a, b",
    of=("diffpy.runtime.tangent_vectors.add_tangents",),
    a=lambda d, a: formed_like(d, a),
    b=lambda d, b: formed_like(d, b),
)
linear(
    "own",
    "x_bar, x",
    of=("diffpy.runtime.boundary.own",),
    no_derivative={"x": FORM},
    x_bar=lambda d, x_bar: formed_like(d, x_bar),
)
linear(
    "formed_like",
    "value, like",
    of=(TRANSPOSES + "formed_like",),
    no_derivative={"like": FORM},
    value=lambda d, value: formed_like(d, value),
)
linear(
    "unbroadcast_like",
    "value, x",
    of=(BUFFERS + "unbroadcast_like",),
    no_derivative={"x": FORM},
    value=lambda d, value_shape: rebroadcast(d, value_shape),
)
linear(
    "fitted",
    "value, like",
    of=(TYPES + "fitted",),
    no_derivative={"like": FORM},
    value=lambda d, value: formed_like(d, value),
)
linear(
    "gathered_part",
    "x_bar, value",
    of=(BUFFERS + "gathered_part",),
    no_derivative={"value": FORM},
    x_bar=lambda d, x_bar: formed_like(d, x_bar),
)
linear(
    "mirror",
    "y_bar, y, x, x_bar",
    of=(BUFFERS + "mirror",),
    no_derivative=dict.fromkeys("yx", "only its memory is looked at"),
    y_bar=lambda d, y_bar: formed_like(d, y_bar),
    x_bar=lambda d, x_bar: 0.0 * x_bar,
)
linear(
    "part_where",
    "apart, value",
    of=(BUFFERS + "part_where",),
    no_derivative={"apart": PLACE},
    value=lambda d, apart: part_where(apart, d),
)
constant(BUFFERS + "is_apart")
linear(
    "counted_once",
    "x_bar",
    of=(BUFFERS + "counted_once",),
    x_bar=lambda d, x_bar: formed_like(d, told_apart(x_bar)),
)
linear("kept", "x", of=("diffpy.runtime.dispatch.kept",), x=lambda d, x: formed_like(d, x))
linear("in_time", "part, name", of=(BUFFERS + "in_time",), no_derivative={"name": PLACE}, part=lambda d: d)
linear("conjugated", "value", of=(TYPES + "conjugated",), value=lambda d: conjugated(d))
linear("real_cotangent", "value", of=(TYPES + "real_cotangent",), value=lambda d: d)
constant(
    "diffpy.runtime.structures.zero_tangent", BUFFERS + "seed_of", BUFFERS + "shadow", BUFFERS + "places_of"
)
constant("diffpy.runtime.struct_fields.attribute_names")
constant("diffpy.runtime.leaving.entered", "diffpy.runtime.leaving.left", "diffpy.runtime.probing.probed")
constant(
    *(
        f"diffpy.runtime.sharing.{one}"
        for one in ("changes_in_place", "check_array", "check_extending", "check_rebound")
    )
)
constant("diffpy.runtime.answers.check_answer")
constant(
    "diffpy.runtime.overwriting.reading_order",
    "diffpy.runtime.masks.diagonal_mask",
    "diffpy.runtime.masks.mask_over",
)
constant(BUFFERS + "fresh_buffer", BUFFERS + "fresh_buffers")


def is_of_ours(function: object) -> bool:
    """Whether derivatives call it: it changes nothing that it is given, unless it is one of CHANGING."""
    return str(getattr(function, "__module__", "")).startswith("diffpy.runtime.")


def gives_overlapping(function: object) -> bool:
    """Whether items of what a function gives may share memory with each other."""
    return function in (fresh_buffer, fresh_buffers)


linear(
    "summed",
    "value, iterable",
    of=("diffpy.runtime.sequences.summed",),
    no_derivative={"iterable": FORM},
    value=lambda d, value: added_up(d, value),
)
linear(
    "added_up",
    "parts, like",
    of=(TRANSPOSES + "added_up",),
    no_derivative={"like": FORM},
    parts=lambda d, parts: summed(d, parts),
)
linear(
    "captured",
    "function_bar, name",
    of=(BUFFERS + "captured",),
    no_derivative={"name": PLACE},
    function_bar=lambda d, function_bar, name: item_placed(d, function_bar, name),
)
linear(
    "closed",
    "function_bar, name",
    of=(BUFFERS + "closed",),
    no_derivative={"name": PLACE},
    function_bar=lambda d, function_bar, name: closed_placed(d, function_bar, name),
)
linear(
    "closed_placed",
    "value, function_bar, name",
    of=(TRANSPOSES + "closed_placed",),
    no_derivative={"function_bar": FORM, "name": PLACE},
    value=lambda d, name: closed(d, name),
)

# Items and fields

linear(
    "item_of",
    "x_bar, key",
    of=(TANGENTS + "item_of",),
    no_derivative={"key": PLACE},
    x_bar=lambda d, x_bar, key: item_placed(d, x_bar, key),
)
linear(
    "item_placed",
    "value, x_bar, key",
    of=(TRANSPOSES + "item_placed",),
    no_derivative={"x_bar": FORM, "key": PLACE},
    value=lambda d, value, key: part_of(d, key, value),
)
linear(
    "part_of",
    "value, key, like",
    of=(TRANSPOSES + "part_of",),
    no_derivative={"like": FORM, "key": PLACE},
    value=lambda d, value, key: item_placed(d, value, key),
)
linear(
    "accumulate_item",
    "x_bar, x, key, contribution",
    of=(TANGENTS + "accumulate_item", BUFFERS + "accumulate_element"),
    no_derivative={"x": FORM, "key": PLACE},
    x_bar=lambda d, x_bar: formed_like(d, x_bar),
    contribution=lambda d, key, contribution: part_of(d, key, contribution),
)
linear(
    "field_of",
    "x_bar, name",
    of=(TANGENTS + "field_of",),
    no_derivative={"name": PLACE},
    x_bar=lambda d, x_bar, name: field_placed(d, x_bar, name),
)
linear(
    "field_placed",
    "value, x_bar, name",
    of=(TRANSPOSES + "field_placed",),
    no_derivative={"x_bar": FORM, "name": PLACE},
    value=lambda d, value, name: field_part(d, name, value),
)
linear(
    "field_part",
    "value, name, like",
    of=(TRANSPOSES + "field_part",),
    no_derivative={"like": FORM, "name": PLACE},
    value=lambda d, value, name: field_placed(d, value, name),
)
linear(
    "accumulate_field",
    "x_bar, x, name, contribution",
    of=(TANGENTS + "accumulate_field",),
    no_derivative={"x": FORM, "name": PLACE},
    x_bar=lambda d, x_bar: formed_like(d, x_bar),
    contribution=lambda d, name, contribution: field_part(d, name, contribution),
)

# Functions that change their first argument, a buffer or a tangent.
CHANGING = (
    *(accumulate_into, add_at, add_item, add_items, place_item, restore_item, set_item, take_item),
    *(add_number, add_unless_view, pass_on, put_back, remove_item, restore_slice, set_slice),
    set_field,
)
# Of these those that add to the buffers that it holds, too.
GATHERING = (accumulate_into, add_item, add_items)

# Functions whose tangents are what they make of tangents, whatever the structure: None is a zero.
LINEAR = (
    *(add_tangents, added_up, formed_like, summed),
    *(accumulate_item, item_of, item_placed, part_of),
    *(accumulate_field, field_of, field_placed, field_part),
)

__all__ = [
    "CHANGING",
    "GATHERING",
    "LINEAR",
    "accumulate_into",
    "add_at",
    "add_item",
    "add_items",
    "add_tangents",
    "changes_in_place",
    "check_answer",
    "check_array",
    "check_rebound",
    "diagonal_mask",
    "item_of",
    "mask_over",
    "moved_items",
    "own",
    "place_item",
    "places_of",
    "reading_order",
    "restore_item",
    "set_item",
    "take_item",
    "varied",
    "with_added",
    "with_differential",
    "with_pullback",
]
