"""Generated functions of calls that come again and again: a function and its arguments in, what was generated out.

A look-up costs a microsecond or two: what a function is called with is told by types, ranks and names.
"""

from __future__ import annotations

import types
import weakref
from collections.abc import Callable, Collection, Hashable
from functools import cached_property, lru_cache, partial
from typing import Any, NamedTuple

import numpy

from diffpy.backends import devices
from diffpy.placing import runs
from diffpy.runtime.call_keys import call_key, cells_key, is_one_of_many
from diffpy.runtime.signatures import PLAIN, Unkeyed
from diffpy.transforms.simplify import CALLS_MET, left_out


class Kept:
    """A generated function for arguments of one key, a test that it is up to date, and how it is called."""

    def __init__(
        self, generated: types.FunctionType, function: types.FunctionType, holds: Callable[[], bool], how: Any
    ) -> None:
        self.generated, self.holds, self.how = generated, holds, how
        self.defaults = function.__defaults__  # a program may set them anew
        own = function.__code__.co_freevars
        names = generated.__code__.co_freevars
        self.places = [own.index(name) if name in own else None for name in names]

    def over(self, closure: tuple | None) -> Callable[..., Any]:
        """The generated function over what one function object captured."""
        if closure is None:
            return self.alone
        made = self.generated
        pairs = zip(self.places, made.__closure__ or (), strict=True)
        cells = tuple([one if k is None else closure[k] for k, one in pairs])
        return types.FunctionType(made.__code__, made.__globals__, made.__name__, None, cells)

    @cached_property
    def alone(self) -> Callable[..., Any]:
        return runs(self.generated)


class Texts(NamedTuple):
    """What was generated for the calls of a function, by what is asked and the key of the arguments."""

    of: weakref.ref  # the function, or the code of one that captures
    every: dict[Hashable, Kept]
    plain: dict[tuple[Any, tuple[type, ...]], Kept]  # of numbers alone, by their types
    last: dict[
        Hashable, tuple[Callable[[tuple], bool], Kept]
    ]  # of numbers and arrays: a test that they are such


_texts: dict[int, Texts] = {}


def look_up(function: types.FunctionType, args: tuple, keywords: dict, asked: Hashable) -> Kept | None:
    """What was generated for such a call, if it is up to date."""
    who: Any = function.__code__ if is_one_of_many(function) else function
    texts = _texts.get(id(who))
    if texts is None or texts.of() is not who:
        return None
    found = None
    if texts.plain and not keywords and _is_usual():
        found = texts.plain.get((asked, tuple(map(type, args))))
    if found is None:
        last = texts.last.get(asked)
        if last is not None and not keywords and last[0](args) and _is_usual():
            found = last[1]
    if found is None:
        try:
            found = texts.every.get((asked, *_key(function, args, keywords)))
        except Unkeyed:
            return None
        if found is not None and not keywords and not is_one_of_many(function) and _is_usual():
            fits = same_again(args)
            if fits is not None:
                texts.last[asked] = fits, found
    if found is None or found.defaults is not function.__defaults__ or function.__kwdefaults__:
        return None
    return found if found.holds() else None


def same_again(args: tuple) -> Callable[[tuple], bool] | None:
    """A test whether arguments are numbers and arrays of these types and shapes; None where there are others."""
    tests, held = [f"len(args) == {len(args)}"], []
    for k, one in enumerate(args):
        cls = type(one)
        if cls is numpy.ndarray:
            tests.append(f"args[{k}].shape == s{k} and args[{k}].dtype is d{k}")
            held += [(f"s{k}", one.shape), (f"d{k}", one.dtype)]
        elif cls not in PLAIN:
            return None
        tests.insert(k + 1, f"type(args[{k}]) is k{k}")
        held.append((f"k{k}", cls))
    code = _test_code(", ".join(["args", *(name for name, _ in held)]), " and ".join(tests))
    return types.FunctionType(code, {}, None, tuple(value for _, value in held))


@lru_cache(maxsize=256)
def _test_code(given: str, tests: str) -> types.CodeType:
    code: types.CodeType = eval(f"lambda {given}: {tests}", {}).__code__
    return code


def _is_usual() -> bool:
    """Whether all passes are on, and the program runs on the host."""
    return not left_out() and devices.here() is None


def _key(function: types.FunctionType, args: tuple, keywords: dict) -> tuple:
    """What a function is given, and where its text is written; of a closure also what it captured."""
    without = left_out()
    if CALLS_MET in without:
        raise Unkeyed
    named = (tuple(keywords), call_key(tuple(keywords.values()))) if keywords else None
    if not is_one_of_many(function):
        return call_key(args), named, without, devices.here()
    if devices.present():
        raise Unkeyed
    return call_key(args), named, without, cells_key(function), id(function.__globals__)


def keep(
    function: types.FunctionType, args: tuple, keywords: dict, every: Collection[Hashable], kept: Kept
) -> None:
    """Note what was generated for a call, and for all that is asked in these ways."""
    if function.__kwdefaults__ or not _has_plain_defaults(function):
        return
    if function.__closure__ is not None and function.__defaults__:
        return
    try:
        key = _key(function, args, keywords)
    except Unkeyed:
        return
    who: Any = function.__code__ if is_one_of_many(function) else function
    texts = _texts.get(id(who))
    if texts is None or texts.of() is not who:
        texts = _texts[id(who)] = Texts(weakref.ref(who, partial(_forget, _texts, id(who))), {}, {}, {})
    if len(texts.every) >= 256:
        texts.every.clear()
        texts.plain.clear()
        texts.last.clear()
    is_plain = not is_one_of_many(function) and not keywords and all(type(a) in PLAIN for a in args)
    for asked in every:
        texts.every[asked, *key] = kept
        texts.last.pop(asked, None)
        if is_plain and _is_usual():
            texts.plain[asked, tuple(map(type, args))] = kept


def _has_plain_defaults(function: types.FunctionType) -> bool:
    """Whether its defaults are of kinds that stay what they are."""
    return all(one is None or type(one) in _STILL for one in function.__defaults__ or ())


_STILL = {bool, int, float, complex, str}


def _forget(texts: dict, number: int, dead: weakref.ref) -> None:
    if number in texts and texts[number].of is dead:
        del texts[number]
