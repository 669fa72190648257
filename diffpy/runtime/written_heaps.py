"""The heaps of Python's library, written out: lists in which no item is greater than the two that follow from it.

J. W. J. Williams, Algorithm 232: Heapsort (1964); an item sinks to the bottom and rises again, as in the library.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any


def rise(heap: list, first: int, place: int) -> None:
    """Move the item at a place up, past those that are greater."""
    item = heap[place]
    while place > first:
        above = (place - 1) // 2
        if not item < heap[above]:
            break
        heap[place] = heap[above]
        place = above
    heap[place] = item


def sink(heap: list, first: int) -> None:
    """Move the item at a place down along the lesser ones, and up again to where it belongs."""
    item = heap[first]
    place, below = first, 2 * first + 1
    while below < len(heap):
        if below + 1 < len(heap) and not heap[below] < heap[below + 1]:
            below += 1
        heap[place] = heap[below]
        place, below = below, 2 * below + 1
    heap[place] = item
    rise(heap, first, place)


def heappush(heap: list, item: Any) -> None:
    heap.append(item)
    rise(heap, 0, len(heap) - 1)


def heappop(heap: list) -> Any:
    last = heap.pop()
    if not heap:
        return last
    least = heap[0]
    heap[0] = last
    sink(heap, 0)
    return least


def heapreplace(heap: list, item: Any) -> Any:
    least = heap[0]
    heap[0] = item
    sink(heap, 0)
    return least


def heappushpop(heap: list, item: Any) -> Any:
    if not heap or not heap[0] < item:
        return item
    return heapreplace(heap, item)


def heapify(heap: list) -> None:
    for place in range(len(heap) // 2 - 1, -1, -1):
        sink(heap, place)


def nlargest(n: int, iterable: Any, key: Any = None) -> list:
    return sorted(iterable, key=key, reverse=True)[: max(n, 0)]


def nsmallest(n: int, iterable: Any, key: Any = None) -> list:
    return sorted(iterable, key=key)[: max(n, 0)]


def merge(*iterables: Any, key: Any = None, reverse: bool = False) -> Any:
    """The least of the first items, again and again; of equal ones that of the first row."""
    rows = [list(one) for one in iterables]
    found = []
    while any(rows):
        best, least = -1, None
        for k, row in enumerate(rows):
            if row:
                first = row[0] if key is None else key(row[0])
                if best < 0 or (least < first if reverse else first < least):
                    best, least = k, first
        found.append(rows[best].pop(0))
    return iter(found)


HEAPS: dict[int, Callable[..., Any]] = {
    id(heapq.heappush): heappush,
    id(heapq.heappop): heappop,
    id(heapq.heapreplace): heapreplace,
    id(heapq.heappushpop): heappushpop,
    id(heapq.heapify): heapify,
    id(heapq.nlargest): nlargest,
    id(heapq.nsmallest): nsmallest,
    id(heapq.merge): merge,
}
