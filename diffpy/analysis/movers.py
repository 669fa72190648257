"""Functions that only move items, and what they hand out: kinds of the arguments in, the kind of the result out."""

from __future__ import annotations

import copy
import itertools
import statistics
from collections.abc import Callable

import gast

from diffpy.analysis import shapes
from diffpy.analysis.kinds import (
    FLOAT,
    INT,
    UNKNOWN,
    AnyTuple,
    Array,
    DictOf,
    Iterator,
    Kind,
    ListOf,
    Struct,
    TupleOf,
    join_all,
)

KindOf = Callable[[gast.expr], Kind]


def result_kind(target: object, node: gast.Call, kind: KindOf) -> Kind | None:
    """The kind of what a mover gives; None for any other function."""
    found = _RESULTS.get(target) if _is_hashable(target) else None
    if found is None:
        return None
    if any(isinstance(a, gast.Starred) for a in node.args):
        return UNKNOWN if target is itertools.tee else Iterator(UNKNOWN)
    return found(node, [kind(a) for a in node.args])


def depths(function: object) -> tuple[int, tuple[int, ...]] | None:
    """How deep items lie in the arguments of a mover, and how deep in its result."""
    if not _is_hashable(function) or function not in _RESULTS or function in _CALLING:
        return None
    return 2 if function == itertools.chain.from_iterable else 1, _DEPTHS.get(function, (1,))


def one_object(function: object) -> object:
    """The same object for the same mover: a class makes a new one of its method each time."""
    return next(one for one in _RESULTS if one == function)


def dict_kind(kinds: list[Kind], keywords: dict[str | None, Kind]) -> Kind | None:
    """What dict(...) makes of another one, of pairs, of keywords."""
    if None in keywords or len(kinds) > 1:
        return None
    items = list(keywords.values())
    match kinds:
        case [DictOf(item=item)]:
            items.append(item)
        case [ListOf(item=TupleOf(items=(key, item))) | Iterator(item=TupleOf(items=(key, item)))]:
            if key.may_differ:
                return None
            items.append(item)
        case [_]:
            return None
    return DictOf(join_all(items, "item"))


def _is_hashable(x: object) -> bool:
    return getattr(type(x), "__hash__", None) is not None and not isinstance(x, tuple | frozenset)


def _element(kind: Kind) -> Kind:
    return shapes.element_kind(kind, "item")


def _same_items(place: int) -> Callable[[gast.Call, list[Kind]], Kind]:
    def found(node: gast.Call, kinds: list[Kind]) -> Kind:
        return Iterator(_element(kinds[place])) if len(kinds) > place else Iterator(UNKNOWN)

    return found


def _unknown(node: gast.Call, kinds: list[Kind]) -> Kind:
    return Iterator(UNKNOWN)


def _chain(node: gast.Call, kinds: list[Kind]) -> Kind:
    return Iterator(join_all(map(_element, kinds), "item"))


def _flat(node: gast.Call, kinds: list[Kind]) -> Kind:
    return Iterator(_element(_element(kinds[0])) if kinds else UNKNOWN)


def _product(node: gast.Call, kinds: list[Kind]) -> Kind:
    items = tuple(map(_element, kinds))
    return Iterator(AnyTuple(join_all(items, "item")) if node.keywords else TupleOf(items))


def _tuples(node: gast.Call, kinds: list[Kind]) -> Kind:
    """Tuples of as many items as the second argument says."""
    if not kinds:
        return Iterator(UNKNOWN)
    size = node.args[1].value if len(node.args) > 1 and isinstance(node.args[1], gast.Constant) else None
    item = _element(kinds[0])
    return Iterator(TupleOf((item,) * size) if isinstance(size, int) else AnyTuple(item))


def _pairwise(node: gast.Call, kinds: list[Kind]) -> Kind:
    return Iterator(TupleOf((_element(kinds[0]),) * 2)) if kinds else UNKNOWN


def _groups(node: gast.Call, kinds: list[Kind]) -> Kind:
    if not kinds:
        return UNKNOWN
    item = _element(kinds[0])
    by_key = bool(node.keywords) or len(kinds) > 1
    return Iterator(TupleOf((UNKNOWN if by_key else item, Iterator(item))))


def _tee(node: gast.Call, kinds: list[Kind]) -> Kind:
    count = node.args[1] if len(node.args) > 1 else gast.Constant(2, None)
    if not kinds or node.keywords or not isinstance(count, gast.Constant):
        return UNKNOWN
    return TupleOf((Iterator(_element(kinds[0])),) * count.value)


def _count(node: gast.Call, kinds: list[Kind]) -> Kind:
    """Numbers from an integer on, in steps of an integer, are integers."""
    return Iterator(INT) if not node.keywords and all(kind == INT for kind in kinds) else UNKNOWN


def _number(node: gast.Call, kinds: list[Kind]) -> Kind:
    """A statistic of floats is a float."""
    return FLOAT if kinds and _element(kinds[0]) == FLOAT else UNKNOWN


def _copy(node: gast.Call, kinds: list[Kind]) -> Kind:
    """The copy of what can be changed in place is of the same kind."""
    alike = isinstance(kinds[0], Array | ListOf | DictOf | TupleOf | Struct) if kinds else False
    return kinds[0] if alike else UNKNOWN


# Functions that hand out what they are given as it is, one level down or more.
_CALLING = (itertools.count, map, itertools.starmap, itertools.accumulate)
_DEPTHS: dict[object, tuple[int, ...]] = {
    **dict.fromkeys((itertools.product, itertools.pairwise, itertools.zip_longest, itertools.tee), (2,)),
    **dict.fromkeys((itertools.permutations, itertools.combinations), (2,)),
    itertools.combinations_with_replacement: (2,),
    itertools.groupby: (2, 3),
    copy.deepcopy: (),
}
_SAMPLES: tuple[object, ...] = (
    *(statistics.mean, statistics.fmean, statistics.geometric_mean, statistics.harmonic_mean),
    *(statistics.variance, statistics.pvariance, statistics.stdev, statistics.pstdev),
    *(statistics.median, statistics.median_low, statistics.median_high),
    *(statistics.covariance, statistics.correlation),
)
_DEPTHS.update(dict.fromkeys(_SAMPLES, ()))  # numbers, which hold nothing
_RESULTS: dict[object, Callable[[gast.Call, list[Kind]], Kind]] = {
    itertools.chain: _chain,
    itertools.chain.from_iterable: _flat,
    itertools.product: _product,
    itertools.pairwise: _pairwise,
    itertools.groupby: _groups,
    itertools.tee: _tee,
    itertools.zip_longest: _unknown,
    itertools.repeat: _unknown,
    itertools.count: _count,
    **dict.fromkeys((map, itertools.starmap, itertools.accumulate), _unknown),
    **dict.fromkeys((itertools.permutations, itertools.combinations), _tuples),
    itertools.combinations_with_replacement: _tuples,
    **dict.fromkeys((itertools.islice, itertools.compress, itertools.cycle), _same_items(0)),
    **dict.fromkeys(
        (filter, itertools.takewhile, itertools.dropwhile, itertools.filterfalse), _same_items(1)
    ),
    **dict.fromkeys((copy.copy, copy.deepcopy), _copy),
    **dict.fromkeys(_SAMPLES, _number),
}
if hasattr(itertools, "batched"):
    _RESULTS[itertools.batched] = lambda node, kinds: Iterator(
        AnyTuple(_element(kinds[0])) if kinds else UNKNOWN
    )
    _DEPTHS[itertools.batched] = (2,)
