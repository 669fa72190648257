"""What generated code may call, by the name it has there."""

from __future__ import annotations

import cmath
import math
import operator
from typing import Any

import numpy

from diffpy.errors import DifferentiationError
from diffpy.runtime import (
    arrays,
    attempts_again,  # noqa: F401  (its rules)
    boundary,
    buffered_calls,
    buffers,
    calling_items,  # noqa: F401  (its rules)
    cotangent_types,
    differential_bases,  # noqa: F401  (its rules)
    differential_rules,  # noqa: F401  (its rules)
    differential_stores,
    differentials,
    differentials_again,  # noqa: F401  (its rules)
    dispatch,
    iteration,  # noqa: F401  (its rules)
    moving_sets,  # noqa: F401  (its rules)
    pairing_containers,  # noqa: F401  (its rules)
    rule_tangents,  # noqa: F401  (its rules)
    sequences,
    sharing,
    vector_rules,  # noqa: F401  (its rules)
    zeros,
)
from diffpy.runtime.handing import Handing
from diffpy.runtime.on_buffers import OnBuffers
from diffpy.runtime.recorded import Record
from diffpy.runtime.structures import zero_tangent
from diffpy.runtime.tangents import accumulate_field, accumulate_item, add_tangents, field_of, item_of

# What generated code may call, by the name it has there.
RUNNING: dict[str, Any] = {
    "np": numpy,
    "math": math,
    "operator": operator,
    "with_pullback": dispatch.with_pullback,
    "with_buffers": buffered_calls.with_buffers,
    "OnBuffers": OnBuffers,
    "with_differential": differentials.with_differential,
    "varied": differentials.varied,
    "DifferentiationError": DifferentiationError,
    "varied_of": differential_stores.varied_of,
    "moved_items": differentials.moved_items,
    "gathering_zero": zeros.gathering_zero,
    "zero_like": zeros.zero_like,
    "set_field": zeros.set_field,
    "settled": zeros.settled,
    "mirrored": zeros.mirrored,
    "effect": dispatch.effect,
    "accumulate": add_tangents,
    "accumulate_item": accumulate_item,
    "accumulate_field": accumulate_field,
    "accumulate_element": buffers.accumulate_element,
    "accumulate_into": buffers.accumulate_into,
    "add_item": buffers.add_item,
    "add_items": buffers.add_items,
    "add_number": buffers.add_number,
    "item_buffer": buffers.item_buffer,
    "item_buffers": buffers.item_buffers,
    "entries_of": buffers.entries_of,
    "remove_item": buffers.remove_item,
    "put_back": buffers.put_back,
    "part_if_absent": buffers.part_if_absent,
    "part_if_there": buffers.part_if_there,
    "add_unless_view": buffers.add_unless_view,
    "set_item": buffers.set_item,
    "gathered_part": buffers.gathered_part,
    "kept": dispatch.kept,
    "set_slice": buffers.set_slice,
    "restore_slice": buffers.restore_slice,
    "pass_on": buffers.pass_on,
    "check_extending": sharing.check_extending,
    "as_tangent": buffers.as_tangent,
    "counted_once": buffers.counted_once,
    "restore_item": buffers.restore_item,
    "place_item": buffers.place_item,
    "take_item": buffers.take_item,
    "shadow": buffers.shadow,
    "unshared_buffer": buffers.unshared_buffer,
    "mirror": buffers.mirror,
    "number_buffer": buffers.number_buffer,
    "is_apart": buffers.is_apart,
    "part_where": buffers.part_where,
    "zip_buffers": buffers.zip_buffers,
    "Handing": Handing,
    "fresh_buffer": buffers.fresh_buffer,
    "fresh_buffers": buffers.fresh_buffers,
    "copied_buffer": buffers.copied_buffer,
    "unbroadcast": arrays.unbroadcast,
    "unpacked": sequences.unpacked,
    "unbroadcast_like": buffers.unbroadcast_like,
    "only_last": buffers.only_last,
    "last_written": buffers.last_written,
    "sorted_buffers": buffers.sorted_buffers,
    "split_items": buffers.split_items,
    "split_dict": buffers.split_dict,
    "split_set": buffers.split_set,
    "like_container": buffers.like_container,
    "item_of": item_of,
    "field_of": field_of,
    "built_buffer": buffers.built_buffer,
    "captured": buffers.captured,
    "closed": buffers.closed,
    "in_time": buffers.in_time,
    "shared_out": buffers.shared_out,
    "check_completed": buffers.check_completed,
    "check_key": buffers.check_key,
    "flattened": buffers.flattened,
    "seed_of": buffers.seed_of,
    "own": boundary.own,
    "zero_tangent": zero_tangent,
    "cmath": cmath,
    "conjugated": cotangent_types.conjugated,
    "fitted": cotangent_types.fitted,
    "real_cotangent": cotangent_types.real_cotangent,
    "Record": Record,
}
