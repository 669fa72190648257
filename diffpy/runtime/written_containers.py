"""What containers inherit from the classes of collections.abc, written out where the library's text cannot be derived.

Views of a mapping are lists of what they show.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from typing import Any


def items_in_order(sequence: Any) -> Iterator[Any]:
    k = 0
    while True:
        try:
            item = sequence[k]
        except IndexError:
            return
        yield item
        k += 1


def keys_of(mapping: Any) -> Any:
    return dict.fromkeys(mapping).keys()


def values_of(mapping: Any) -> list:
    return [mapping[key] for key in mapping]


def items_of(mapping: Any) -> list:
    return [(key, mapping[key]) for key in mapping]


def keys_in_chain(chain: Any) -> Iterator[Any]:
    keys: dict[Any, None] = {}
    for mapping in reversed(chain.maps):
        for key in mapping:
            keys[key] = None
    return iter(keys)


def dict_of(mapping: Any, /, **more: Any) -> dict:
    found = {key: mapping[key] for key in mapping.keys()}
    found.update(more)
    return found


INHERITED: dict[int, Callable[..., Any]] = {
    id(Sequence.__iter__): items_in_order,
    id(Mapping.keys): keys_of,
    id(Mapping.values): values_of,
    id(Mapping.items): items_of,
    id(ChainMap.__iter__): keys_in_chain,
    id(KeysView): keys_of,
    id(ValuesView): values_of,
    id(ItemsView): items_of,
}
