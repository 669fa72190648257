"""Calls whose derivative is found when they run: a callee and its arguments in, the value and its pullback out."""

from __future__ import annotations

import dataclasses
import functools
import math
import operator
import types
import weakref
from abc import ABCMeta
from collections.abc import Callable, ItemsView, Iterator, KeysView, ValuesView
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np

from diffpy.backends.devices import KNOWN, first_of, here, original, running_on
from diffpy.errors import (
    DifferentiationError,
    UnknownDerivativeError,
    UnsupportedSyntaxError,
)
from diffpy.functions import looked_up
from diffpy.runtime import changing_methods, written_choices, written_draws, written_numbers  # noqa: F401
from diffpy.runtime.argument_copies import copied_array, copy_arguments
from diffpy.runtime.arrays import unbroadcast
from diffpy.runtime.by_rules import by_custom_rule, by_row, check_elements, choose, plain, unknown
from diffpy.runtime.carrying import (
    MADE,
    TRANSPARENT,
    carries,
    is_foreign,
    is_free,
    is_method,
    is_opaque,
    made_of_active_values,
    note_made_of_active_values,
    own_iterator,
)
from diffpy.runtime.cotangent_types import fitted
from diffpy.runtime.extending import extended
from diffpy.runtime.generators import Run, check_kept, is_generator
from diffpy.runtime.handing import Handing, followers, handed_out_and_changed
from diffpy.runtime.joined_sets import joined_by
from diffpy.runtime.leaves import is_array, is_on_device
from diffpy.runtime.operands import in_numpy
from diffpy.runtime.pulling import ASKING, CONTAINER_RULES, Full, Order, Parts, Pulled, lent
from diffpy.runtime.registry import REGISTRY
from diffpy.runtime.sharing import check_apart, items_apart
from diffpy.runtime.stand_ins import is_cache, meant_by, wrapped
from diffpy.runtime.struct_fields import is_named_tuple, is_plain, is_struct, stores_items
from diffpy.runtime.structures import has_derivative, holds_reals, tangent_vector
from diffpy.runtime.tangents import accumulate_field, add_tangents, field_of, through_iteration
from diffpy.runtime.written import Written, is_written, written
from diffpy.runtime.written_samples import SAMPLES


class with_pullback:
    """with_pullback(f)(x): the value f(x) and its pullback.

    `wrt` lists the positions and keywords that count (None: all); `callee=True` puts the callee's own cotangent first
    (`callee=(x, "f")` that of x, where x.f is called and may turn out to be a method or a function that x holds);
    `spread=True` makes the pullback return (callee, positional, keywords) as they are; `keep` lists positions and
    keywords whose objects the caller changes before the pullback runs: the call gets copies of these, and with
    `keep_callee=True` one of the object whose method is called.
    """

    __slots__ = ("callee", "function", "holder", "keep", "keep_callee", "spread", "wrt")

    def __init__(
        self,
        function: Any,
        wrt: tuple | None = None,
        callee: Any = False,
        spread: bool = False,
        keep: tuple = (),
        keep_callee: bool = False,
    ) -> None:
        function = original(function) if KNOWN else function
        self.function = of_a_copy(function) if keep_callee else function
        self.wrt, self.spread, self.keep, self.keep_callee = wrt, spread, keep, keep_callee
        self.callee = callee is not False
        self.holder = None if isinstance(callee, bool) or is_method(self.function, callee[0]) else callee

    def __call__(self, *args: Any, **keywords: Any) -> tuple[Any, Callable[[Any], Any]]:
        found = self.met(args, keywords) if self.holder is None else None
        return self.answer(args, keywords) if found is None else found

    def met(self, args: tuple, keywords: dict) -> tuple[Any, Callable[[Any], Any]] | None:
        """The same by what was generated for such a call before; None where there is nothing."""
        function: Any = self.function
        if MADE and made_of_active_values([*args, *keywords.values(), function]) is not None:
            return None
        kept = self.kept(args, keywords) if self.keep else (args, keywords)
        given, named = kept
        cls = type(function)
        of_object = False
        if cls is types.FunctionType:
            found = lent[0].met(function, given, named, self.wrt)
        elif cls is types.MethodType:
            given, of_object = (function.__self__, *given), True
            found = _met_method(function.__func__, given, named, self.wrt)
        elif cls in STANDING:
            standing = lent[0].standing_for(function, len(args))
            found = None if standing is None else lent[0].met(standing, given, named, self.wrt)
        else:
            given, of_object = (function, *given), True
            found = _met_method(cls.__call__, given, named, self.wrt)
        if found is None:
            return None
        made, asked = found
        value, back = made(*given, **named)
        if self.keeps:
            self.check_apart(value, (args, keywords), kept)
        if cls in _OPERATIONS:
            back = functools.partial(_seeded, back, value)
        if self.spread or not (type(value) in TRANSPARENT or _is_followed(value)):
            full = _by_owner(asked.full(back)) if of_object else asked.full(back)
            return self.answer(args, keywords, (value, full))
        return value, functools.partial(_picked, back, asked.order(self.callee, of_object))

    def answer(self, args: tuple, keywords: dict, found: Pulled | None = None) -> tuple[Any, Any]:
        wanted = self.wrt if self.wrt is not None else (*range(len(args)), *keywords)
        given_out = (args, keywords)
        if self.keep:
            args, keywords = self.kept(args, keywords)
        value, full = found or pulled(self.function, args, keywords, wanted)
        if self.holder is not None:
            full = functools.partial(_in_field, full, *self.holder)
        if self.keeps:
            self.check_apart(value, given_out, (args, keywords))
        given = [args[k] if isinstance(k, int) else keywords[k] for k in wanted]
        made = made_of_active_values([*given, getattr(self.function, "__self__", self.function)])
        owner = getattr(self.function, "__self__", None)
        if made is not None:
            full = functools.partial(_stopped, full, made)
        elif self.callee and isinstance(owner, np.ndarray) and owner.dtype.kind in "OSU":
            full = functools.partial(_by_elements, full, owner, self.function.__name__)
        elif is_opaque(value) and not self.reads and not all(map(is_free, given)):
            note_made_of_active_values(value)
        if self.spread:
            return value, functools.partial(_spread, full, len(args), tuple(keywords))
        return value, functools.partial(_flat, full, wanted, self.callee)

    @property
    def reads(self) -> bool:
        """Whether what the call gives was made before."""
        return self.function is getattr or self.function is operator.getitem

    @property
    def keeps(self) -> bool:
        """Whether the call gets any copies."""
        return bool(self.keep) or self.keep_callee

    def check_apart(self, value: Any, given: tuple[tuple, dict], kept: tuple[tuple, dict]) -> None:
        """Refuse a value that is, or shares memory with, what was given: it would not see the change."""
        if _is_of_ours(self.function):
            return
        owner = (getattr(self.function, "__self__", self.function),) if self.keep_callee else ()
        pairs = _exchanged(given, kept)
        made = (*(new for _, new in pairs), *owner)
        if isinstance(value, Handing):
            value.items = items_apart(value.items, pairs, *owner)
        elif hasattr(type(value), "__next__"):
            raise handed_out_and_changed()
        else:
            check_apart(value, *made)

    def kept(self, args: tuple, keywords: dict) -> tuple[tuple, dict]:
        if changing(self.function):
            return args, keywords
        check_kept(self.function)
        star = min((k for k in self.keep if isinstance(k, int)), default=0) if self.spread else len(args)
        return (
            tuple(kept(a) if k in self.keep or k >= star else a for k, a in enumerate(args)),
            {n: kept(v) if n in self.keep or None in self.keep else v for n, v in keywords.items()},
        )


def _in_field(full: Full, x: Any, name: str, y_bar: Any) -> Parts:
    """The cotangent of a function that a field holds is that of the field."""
    parts = full(y_bar)
    return parts._replace(callee=accumulate_field(None, x, name, parts.callee))


def _is_of_ours(function: Any) -> bool:
    """Whether a derivative calls it, which is done with the result before it changes the argument.

    What runs a function of the user's, such as the body of a try, or gives its tangent, is not among them.
    """
    ours = str(getattr(function, "__module__", "")).startswith("diffpy.runtime.")
    return ours and not (
        hasattr(function, "__diffpy_effect__") or hasattr(type(function), "__diffpy_pushes__")
    )


def _exchanged(before: tuple[tuple, dict], after: tuple[tuple, dict]) -> list[tuple[Any, Any]]:
    """What was given, and the copies that stand for it."""
    pairs = [*zip(before[0], after[0], strict=True), *((v, after[1][n]) for n, v in before[1].items())]
    return [(old, new) for old, new in pairs if new is not old]


def changing(function: Any) -> bool:
    """Whether a callee is there to change its argument."""
    name = getattr(function, "__name__", "")
    in_place = (
        getattr(function, "__module__", "") == "_operator" and name[:1] == "i" and hasattr(operator, name[1:])
    )
    return name in changing_methods.EVERY or in_place


def kept(x: Any) -> Any:
    """A copy of an array, a list or a dict and of all that these hold, aliases among them kept."""
    if hasattr(type(x), "__next__"):  # its items are none that a copy would hand out
        raise handed_out_and_changed()
    return copied_array(x) if type(x) is np.ndarray and not x.dtype.hasobject else copy_arguments((x,))[0]


def of_a_copy(function: Any) -> Any:
    """A method of a copy of its object; of an object that is called, a copy."""
    if isinstance(function, types.MethodType):
        return types.MethodType(function.__func__, kept(function.__self__))
    if is_array(getattr(function, "__self__", None)):
        return getattr(kept(function.__self__), function.__name__)
    return function if isinstance(function, types.FunctionType) else kept(function)


def _stopped(full: Full, x: Any, y_bar: Any) -> Any:
    if y_bar is None:
        return full(y_bar)
    name = type(x).__name__
    raise UnknownDerivativeError(
        f"an object of class '{name}' has no derivative",
        because="nothing says which of its attributes are differentiable",
        fix=f"make '{name}' a struct (@differentiable over @dataclass), or register_differentiable({name}, fields=...)",
    )


def _by_elements(full: Full, owner: Any, name: str, y_bar: Any) -> Any:
    if y_bar is not None:
        check_elements(owner, name, "self")
    return full(y_bar)


def _flat(full: Full, wanted: tuple, with_callee: bool, y_bar: Any) -> Any:
    if y_bar is None:
        found = [None] * (len(wanted) + with_callee)
    else:
        parts = full(y_bar)
        found = [parts.callee] if with_callee else []
        found += [parts.args[k] if isinstance(k, int) else parts.keywords.get(k) for k in wanted]
    return found[0] if len(found) == 1 else tuple(found)


def _spread(full: Full, count: int, keywords: tuple[str, ...], y_bar: Any) -> Parts:
    return Parts(None, (None,) * count, dict.fromkeys(keywords)) if y_bar is None else full(y_bar)


def _picked(back: Callable[[Any], Any], order: Order, y_bar: Any) -> Any:
    """What a generated pullback gives, in the order asked for."""
    if y_bar is None:
        return order.none
    found = back(y_bar)
    return found if order.take is None else order.take(found)


_OPERATIONS = {types.BuiltinFunctionType, np.ufunc, type(np.sum)}
STANDING = {*_OPERATIONS, type, ABCMeta}  # kinds of callees in place of which a function may stand


def _seeded(back: Callable[[Any], Any], value: Any, y_bar: Any) -> Any:
    """An operation's pullback, whatever the cotangent of its value is: one number may stand for all elements."""
    if y_bar is not None and not (type(y_bar) is type(value) is float or isinstance(value, tuple | list)):
        y_bar = unbroadcast(fitted(y_bar, value), np.shape(value))
    return back(y_bar)


def _is_followed(value: Any) -> bool:
    """Whether a result is a function, or an object that derivatives know."""
    cls = type(value)
    return cls is types.FunctionType or (is_struct(cls) and has_derivative(value))


def _met_method(function: Any, args: tuple, keywords: dict, wrt: tuple | None) -> Any:
    """The cotangent of its object counts if the object carries any."""
    if type(function) is not types.FunctionType:
        return None
    wanted = wrt if wrt is not None else (*range(len(args) - 1), *keywords)
    return lent[0].met(function, args, keywords, shifted(wanted, True)) or lent[0].met(
        function, args, keywords, shifted(wanted, False)
    )


@functools.lru_cache(maxsize=1024)
def shifted(wanted: tuple, first: bool) -> tuple:
    """Positions of a method's arguments as those of its function, that of its object in front if it counts."""
    moved = tuple(k + 1 if isinstance(k, int) else k for k in wanted)
    return (0, *moved) if first else moved


for _back in (_flat, _spread, _picked, _stopped, _by_elements):
    vars(_back)["__diffpy_is_pullback__"] = True


def pulled(function: Any, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
    """The value of a call and its pullback, by what the callee turns out to be."""
    if KNOWN:
        function = original(function)
        owner = getattr(function, "__self__", None)
        if here() is None and (device := first_of((owner, *args))) is not None:
            return _on(device, function, args, keywords, wanted)
        if is_on_device(owner) and hasattr(np.ndarray, function.__name__):
            return _with_self(getattr(np.ndarray, function.__name__), owner, args, keywords, wanted)
    custom = REGISTRY.find(function)
    if custom:
        rule = choose(custom, function, args, keywords, wanted)
        if rule is not None:
            return by_custom_rule(rule, args, keywords)
    container = _container_rule(function)
    if container is not None:
        told: dict[str, Any] = {"wanted": wanted} if function in ASKING else {}
        return container(*args, **keywords, **told)
    if is_cache(function) and not _flows(function, args, keywords, wanted):
        return plain(function, args, keywords, ())
    meant = meant_by(function, args)
    if meant is not None:
        return pulled(meant, args, keywords, wanted)
    function = in_numpy(function, args)
    if is_operator(function):
        special = _by_operator(function, args, wanted)
        if special is not None:
            return special
    method = special_method(function, args)
    if method is not None:
        return pulled(method, args, keywords, wanted)
    if is_iterating(function, args):
        return _over_lists(function, args, keywords, wanted)
    row = lent[0].row_of(function)
    if row is not None:
        check_no_matrix(args)
    instead = written(function, row, args, keywords)
    if instead is not None:
        return by_text(instead, function, args, keywords, wanted)
    if row is not None:
        if not keywords:
            lent[0].note_row(row, function, args, wanted)
        return by_row(row, function, args, keywords, wanted)
    own = getattr(type(function), "__diffpy_pulled__", None)
    if own is not None:
        return own(function, args, keywords, wanted)
    if hasattr(type(function), "__diffpy_function__"):
        with watched(function, args, keywords):
            return pulled(function.__diffpy_function__, args, keywords, wanted)
    stands = getattr(type(function), "__diffpy_standing__", None)
    if stands is not None:
        return stands(function, args, keywords, wanted).pulled()
    match function:
        case types.MethodType():
            return _by_method(function, args, keywords, wanted)
        case types.MethodWrapperType():
            return _by_special_method(function, args, keywords, wanted)
        case types.FunctionType():
            if is_foreign(function):
                return plain(function, args, keywords, wanted)
            if is_generator(function):
                return _by_generator(function, args, keywords, wanted)
            return _with_followers(function, args, keywords, wanted)
        case functools.partial():
            return _by_partial(function, args, keywords, wanted)
        case types.BuiltinMethodType() if not isinstance(function.__self__, types.ModuleType | type(None)):
            return _by_builtin_method(function, args, keywords, wanted)
        case type():
            return _by_constructor(function, args, keywords, wanted)
    call = type(function).__call__
    if is_own_call(call):
        return _with_self(call, function, args, keywords, wanted)
    return plain(function, args, keywords, wanted)


def _flows(function: Any, args: tuple, keywords: dict, wanted: tuple) -> bool:
    """Whether a derivative may flow through a call; through any other, a cache may give what it has."""
    return carries(function) or any(carries(args[k] if isinstance(k, int) else keywords[k]) for k in wanted)


def _on(device: Any, function: Any, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
    """A call that runs on a device, of a program that does not."""
    with running_on(device):
        value, full = pulled(function, args, keywords, wanted)

    def back(y_bar: Any) -> Parts:
        with running_on(device):
            return full(y_bar)

    return value, back


def check_no_matrix(args: tuple) -> None:
    """Rules are for arrays: the * of a matrix object is a product of matrices, and its rows are matrices."""
    for one in args:
        if isinstance(one, np.matrix):
            raise UnknownDerivativeError(
                "a matrix object takes part in this operation",
                because="rules are written for arrays, whose * is by element and whose rows have one axis",
                fix="use arrays, np.asarray(m), and @ for their product",
            )


def _by_generator(function: types.FunctionType, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
    """A generator that hands over its items as they are asked for; the pullback is that of the list of these."""
    first = lent[0].first_of(function, args, keywords)
    run = Run(function, args, keywords)

    def full(y_bar: Any) -> Parts:
        if not run.value.taken or y_bar is None:
            return Parts(None, (None,) * len(args), dict.fromkeys(keywords))
        again, named = run.again()
        shifted = (*(k + 1 if isinstance(k, int) else k for k in wanted),)
        items, back = pulled(first, (run.value.taken, *again), named, shifted)
        run.check(items)
        parts = back([*y_bar, *[None] * (len(items) - len(y_bar))])
        found: dict[Any, Any] = {**dict(enumerate(parts.args[1:])), **parts.keywords}
        found |= {k: one.placed(found.get(k)) for k, one in run.noted.items()}
        return Parts(
            parts.callee, tuple(found[k] for k in range(len(args))), {n: found.get(n) for n in keywords}
        )

    return run.value, full


def is_own_call(call: Any) -> bool:
    """Whether the __call__ of a class is a function of the user's own, decorated or not."""
    if isinstance(call, types.FunctionType):
        return not is_foreign(call) or is_written(call)
    return wrapped(call) is not call


def _with_followers(function: Any, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
    """A call of a Python function: iterators count from zero for it, views of dicts come as lists."""
    given: dict[Any, Any] = {**dict(enumerate(args)), **keywords}
    iterators = followers(given)
    views = {k: pulled(list, (given[k],), {}, (0,)) for k in wanted if isinstance(given[k], _VIEWS)}
    if not iterators and not views:
        return lent[0].call(function, args, keywords, wanted)
    given |= iterators | {k: items for k, (items, _) in views.items()}
    own = tuple(given[k] for k in range(len(args)))
    value, full = lent[0].call(function, own, {n: given[n] for n in keywords}, wanted)

    def back(y_bar: Any) -> Parts:
        parts = full(y_bar)
        found: dict[Any, Any] = {**dict(enumerate(parts.args)), **parts.keywords}
        found |= {k: one.placed(found.get(k)) for k, one in iterators.items()}
        moved = {k: one for k in views if (one := found.get(k)) is not None}
        found |= {k: views[k][1](one).args[0] for k, one in moved.items()}
        return Parts(
            parts.callee, tuple(found[k] for k in range(len(args))), {n: found.get(n) for n in parts.keywords}
        )

    return value, back


_VIEWS = (ValuesView, ItemsView)


# Builtins that call a method of their argument's class.
_SPECIAL_METHODS = {
    n: f"__{n}__" for n in ("abs", "round", "float", "complex", "reversed", "floor", "ceil", "trunc")
}


def special_method(function: Any, args: tuple) -> types.FunctionType | None:
    """The method of its argument's class, one of the user's own, that a builtin calls."""
    name = _SPECIAL_METHODS.get(getattr(function, "__name__", ""))
    if name is None or not args or getattr(function, "__module__", "") not in ("builtins", "math"):
        return None
    method = getattr(type(args[0]), name, None)
    return method if isinstance(method, types.FunctionType) and not is_foreign(method) else None


def _container_rule(function: Any) -> Callable[..., Pulled] | None:
    return looked_up(CONTAINER_RULES, function)


# Rules


def by_text(instead: Written, function: Any, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
    """A function of a library that is written out: its own value, the derivative of the text.

    The text's value will do where it is the same, and on a device, which may lack the function or a keyword of it.
    """
    value, full = pulled(instead.function, args, keywords, wanted)
    return (value if instead.once or here() is not None else function(*args, **keywords)), full


_ITERATING = {sum, max, min, sorted, math.fsum, math.prod, *SAMPLES}


def is_iterating(function: Any, args: tuple) -> bool:
    """Whether a call runs through its first argument, of which a list is to be made first."""
    if not args or not isinstance(function, types.BuiltinFunctionType | types.FunctionType):
        return False
    alone = len(args) == 1 or function not in (max, min)
    return function in _ITERATING and alone and _is_view(args[0])


def _over_lists(function: Any, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
    """sum(d.values()): what can be run through once, or has no positions, is made a list first."""
    listed = {0: pulled(list, args[:1], {}, (0,))}
    lists = tuple(listed[k][0] if k in listed else a for k, a in enumerate(args))
    value, full = pulled(function, lists, keywords, wanted)

    def given(y_bar: Any) -> Parts:
        parts = full(y_bar)
        own = {k: back(k, parts.args[k]) for k in listed if parts.args[k] is not None}
        return parts._replace(
            args=tuple(own.get(k) if k in listed else one for k, one in enumerate(parts.args))
        )

    def back(k: int, part: Any) -> Any:
        """The cotangent of a set is by value, for it has no positions."""
        if isinstance(args[k], set | frozenset):
            return dict(zip(lists[k], part, strict=True))
        return listed[k][1](part).args[0]

    return value, given


def _is_view(x: Any) -> bool:
    views = set | frozenset | KeysView | ValuesView | ItemsView
    return hasattr(type(x), "__next__") or isinstance(x, views) or own_iterator(x) is not None


def _turned(full: Full) -> Full:
    """The cotangents of two operands in the other order."""
    return lambda y: Parts(None, full(y).args[::-1], {})


def is_operator(function: Any) -> bool:
    """Whether a call asks the class of either operand for a method."""
    return getattr(function, "__module__", None) == "_operator" or function is divmod or function is pow


def _by_operator(function: Any, args: tuple, wanted: tuple) -> Pulled | None:
    """Operators on sequences, and on objects whose class defines them."""
    for k, x in enumerate(args[:2]):
        name = f"__{'r' if k else ''}{function.__name__.strip('_')}__"
        own = getattr(type(x), name, None)
        if isinstance(own, types.FunctionType) and (own in CONTAINER_RULES or not is_foreign(own)):
            shifted = tuple({0: k, 1: 1 - k}.get(w, w) for w in wanted) if k else wanted
            ordered = args if not k else (args[1], args[0])
            value, full = pulled(own, ordered, {}, shifted)
            if value is NotImplemented:
                continue
            return value, (_turned(full) if k else full)
    joined = joined_by(function, args)
    if joined is not None:
        return pulled(joined, args, {}, wanted)
    if function.__name__ == "add" and isinstance(args[0], list | tuple) and isinstance(args[1], list | tuple):
        cut = len(args[0])
        return function(*args), lambda y: Parts(None, (y[:cut], y[cut:]), {})
    if function.__name__ == "or_" and isinstance(args[0], dict) and isinstance(args[1], dict):
        later = args[1].keys()
        return function(*args), lambda y: Parts(
            None,
            ({k: v for k, v in y.items() if k not in later}, {k: v for k, v in y.items() if k in later}),
            {},
        )
    if function.__name__ == "mul" and any(isinstance(a, list | tuple) for a in args):
        k = 0 if isinstance(args[0], list | tuple) else 1
        length = len(args[k])

        def full(y_bar: Any) -> Parts:
            total: Any = None
            for start in range(0, len(y_bar), length or 1):
                total = add_tangents(total, y_bar[start : start + length])
            return Parts(None, (total, None) if k == 0 else (None, total), {})

        return function(*args), full
    return None


# Callees that are no plain functions


def _by_method(function: types.MethodType, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
    return _with_self(function.__func__, function.__self__, args, keywords, wanted)


def _with_self(function: Any, owner: Any, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
    """A method: the cotangent of its object is the callee's."""
    inner = shifted(wanted, carries(owner) or is_opaque(owner))
    value, full = pulled(function, (owner, *args), keywords, inner)
    return value, _by_owner(full)


def _by_owner(full: Full) -> Full:
    """The cotangent of the first argument is the callee's."""

    def own(y_bar: Any) -> Parts:
        parts = full(y_bar)
        return Parts(parts.args[0], parts.args[1:], parts.keywords)

    return own


def _by_special_method(
    function: types.MethodWrapperType, args: tuple, keywords: dict, wanted: tuple
) -> Pulled:
    """x.__abs__(), x.__add__(y) of a number: the operator."""
    operation, owner = getattr(operator, function.__name__, None), function.__self__
    if _is_above(function):
        raise unknown(function)
    if operation is not None and has_derivative(owner):
        return _with_self(operation, owner, args, keywords, wanted)
    if has_derivative(owner) or (isinstance(owner, _VIEWS) and any(map(carries, owner))):
        raise unknown(function)
    return plain(function, args, keywords, wanted)


def _is_above(function: Any) -> bool:
    """Whether the class of the object that a method is bound to has another one of this name: super().__add__."""
    own = getattr(type(function.__self__), function.__name__, None)
    return isinstance(own, types.FunctionType) and not is_foreign(own)


def _by_partial(function: functools.partial, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
    """partial(f, a)(x): what was bound before stands in front."""
    count = len(function.args)
    shifted = tuple(k + count if isinstance(k, int) else k for k in wanted)
    every = {**function.keywords, **keywords}
    bound = tuple(k for k, a in enumerate(function.args) if carries(a) or is_opaque(a))
    named = tuple(
        k for k, v in function.keywords.items() if k not in keywords and (carries(v) or is_opaque(v))
    )
    value, full = pulled(function.func, (*function.args, *args), every, (*bound, *named, *shifted))

    def own(y_bar: Any) -> Parts:
        parts = full(y_bar)
        given = {k: parts.keywords.get(k) for k in function.keywords if k not in keywords}
        callee = {"function": parts.callee, "args": parts.args[:count], "keywords": given}
        return Parts(callee, parts.args[count:], {k: parts.keywords.get(k) for k in keywords})

    return value, own


def _by_builtin_method(
    function: types.BuiltinMethodType, args: tuple, keywords: dict, wanted: tuple
) -> Pulled:
    """x.sum(), d.items(): the method of the object's type, the object as first argument."""
    owner = function.__self__
    if isinstance(owner, np.generic | np.ufunc):
        return _by_numpy_method(function, owner, args, keywords, wanted)
    if _is_above(function):
        raise unknown(function)
    descriptor = getattr(type(owner), function.__name__, None)
    if function.__name__ in changing_methods.EVERY and (
        is_array(owner) or isinstance(owner, list | dict | set)
    ):
        inside = owner if isinstance(owner, set) else (owner,)
        if any(carries(a) for a in (*args, *inside)):
            raise UnsupportedSyntaxError(
                f"'{function.__name__}' changes a {type(owner).__name__} of active values whose kind is not known here",
                because="the derivative would have to follow the change through every name of the object",
                fix="build a new value instead, or create the container in the function that changes it",
            )
        return plain(function, args, keywords, wanted)
    found = _container_rule(descriptor)
    if found is not None or lent[0].row_of(descriptor) is not None or is_written(descriptor):
        return _with_self(descriptor, owner, args, keywords, wanted)
    if not carries(owner):
        return plain(function, args, keywords, wanted)
    value, full = plain(function, (*args, owner), keywords, (*wanted, len(args)), args)
    return value, lambda y_bar: (full(y_bar), Parts(None, (None,) * len(args), {}))[1]


def _by_numpy_method(function: Any, owner: Any, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
    """Methods of NumPy scalars are those of arrays; of ufuncs, the reductions that they stand for."""
    name = function.__name__
    if isinstance(owner, np.generic):
        row = lent[0].row_of(getattr(np.ndarray, name, None))
        if row is None:
            return plain(function, args, keywords, wanted)
        shifted = (0, *(k + 1 if isinstance(k, int) else k for k in wanted))
        value, full = by_row(row, getattr(type(owner), name), (owner, *args), keywords, shifted)
        return value, lambda y: (lambda p: Parts(p.args[0], p.args[1:], p.keywords))(full(y))
    stand_in = _UFUNC_METHODS.get((owner, name))
    if stand_in is not None and set(keywords) <= {"axis", "keepdims"}:
        axis = {"axis": 0} if len(args) < 2 else {}
        return pulled(stand_in, args, {**axis, **keywords}, wanted)
    descriptor = getattr(type(owner), name, None)
    if is_written(descriptor):
        return _with_self(descriptor, owner, args, keywords, wanted)
    return plain(function, args, keywords, wanted)


_UFUNC_METHODS = {
    (np.add, "reduce"): np.sum,
    (np.multiply, "reduce"): np.prod,
    (np.maximum, "reduce"): np.max,
    (np.minimum, "reduce"): np.min,
    (np.add, "accumulate"): np.cumsum,
    (np.multiply, "accumulate"): np.cumprod,
}


def _by_constructor(cls: type, args: tuple, keywords: dict, wanted: tuple) -> Pulled:
    """A struct made from its fields: a cotangent each."""
    if not _flows(None, args, keywords, wanted):
        return plain(cls, args, keywords, wanted)
    fields = _constructor_fields(cls)
    if fields is None:
        factory = lent[0].factory_of(cls)
        if factory is not None:
            return pulled(factory, args, keywords, wanted)
        if (base := extended(cls)) is not None:
            contents, back = pulled(base, args, keywords, wanted)
            return cls(contents), back
        return plain(cls, args, keywords, wanted)
    value = cls(*args, **keywords)
    _check_fields(cls, fields, args, keywords, wanted)

    def full(y_bar: Any) -> Parts:
        def part(name: str) -> Any:
            if isinstance(y_bar, dict):
                return y_bar.get(name)
            if isinstance(y_bar, tuple | list):  # of a named tuple, taken apart by place
                return y_bar[fields.index(name)]
            return field_of(y_bar, name)

        positional = tuple(part(fields[k]) if carries(a) else None for k, a in enumerate(args))
        return Parts(None, positional, {k: part(k) if carries(v) else None for k, v in keywords.items()})

    return value, full


def _check_fields(cls: type, fields: list[str], args: tuple, keywords: dict, wanted: tuple) -> None:
    """An active value in a field without derivative would be lost there."""
    given = {**dict(enumerate(args)), **keywords}
    for key in wanted:
        name = fields[key] if isinstance(key, int) else key
        if carries(given[key]) and dataclasses.is_dataclass(cls) and name not in tangent_vector(cls)._names:
            if holds_reals(given[key]) or callable(given[key]):
                raise DifferentiationError(
                    f"an active value is stored in '{cls.__name__}.{name}', which has no derivative",
                    because="the field is marked no_derivative, or its type is not differentiable",
                    fix=f"remove the marker from '{name}', or store without_derivative(...)",
                )


_stored: weakref.WeakKeyDictionary[type, tuple[Any, list[str] | None]] = weakref.WeakKeyDictionary()


def _constructor_fields(cls: type) -> list[str] | None:
    """The fields that the constructor's arguments become; None where it does more than store them."""
    init = vars(cls).get("__init__")
    known = _stored.get(cls)
    if known is None or known[0] is not init:
        known = _stored[cls] = init, _fields_stored(cls)
    return known[1]


def _fields_stored(cls: Any) -> list[str] | None:
    if is_named_tuple(cls):
        return list(cls._fields) if stores_items(cls) else None
    return [f.name for f in dataclasses.fields(cls) if f.init] if is_plain(cls) else None


def effect(function: Any) -> Callable[..., Any]:
    """A call for its effect alone: it runs as it stands, unless it changes what derivatives depend on."""
    function = original(function)
    own = getattr(function, "__diffpy_effect__", None)
    return _Effect(function) if own is None else own


_KEEPING = changing_methods.EVERY | changing_methods.OF_KEEPERS


class _Effect:
    """What derivatives of derivatives see of it is the function."""

    __slots__ = ("__diffpy_function__",)

    def __init__(self, function: Any) -> None:
        self.__diffpy_function__ = function

    @property
    def __diffpy_carries__(self) -> Any:
        return [self.__diffpy_function__]

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        with self.watched(args, keywords):
            return self.__diffpy_function__(*args, **keywords)

    def watched(self, args: tuple, keywords: dict) -> AbstractContextManager[None]:
        """In this context the function is called with these arguments."""
        target, given, named = _reached(self.__diffpy_function__, args, keywords)
        if isinstance(target, types.FunctionType) and not is_foreign(target):
            lent[0].check_effect(target, given, named)
        elif getattr(target, "__name__", "") in _KEEPING and any(map(has_derivative, _kept(target, given))):
            raise DifferentiationError(
                f"an active value is stored through '{target.__name__}' in an object that outlives the call",
                because="a later call would read values that belong to an older derivative",
                fix="create the object inside the function, or store without_derivative(...)",
            )
        elif target is not print:
            return _unchanged(target, given, named)
        return nullcontext()


def watched(function: Any, args: tuple, keywords: dict) -> AbstractContextManager[None]:
    """The context in which what stands for a function calls it."""
    return function.watched(args, keywords) if type(function) is _Effect else nullcontext()


def _reached(function: Any, args: tuple, keywords: dict) -> tuple[Any, tuple, dict]:
    """The function that runs in the end, and all that it is given: what was bound before stands in front."""
    match function:
        case types.MethodType():
            return _reached(function.__func__, (function.__self__, *args), keywords)
        case functools.partial():
            return _reached(function.func, (*function.args, *args), {**function.keywords, **keywords})
    if hasattr(type(function), "__diffpy_pushes__"):
        return _reached(function.__diffpy_pushes__, args, keywords)
    call = type(function).__call__
    return (call, (function, *args), keywords) if is_own_call(call) else (function, args, keywords)


def _kept(method: Any, given: tuple) -> tuple:
    """What a method that keeps what it is given is given beside its object."""
    return given if hasattr(method, "__self__") else given[1:]


@contextmanager
def _unchanged(function: Any, args: tuple, keywords: dict) -> Iterator[None]:
    """A call of a function that is not the user's, refused where it turns out to change a list or an array."""
    owner = getattr(function, "__self__", None)
    held = (owner, *args, *keywords.values())
    given = [a for a in held if isinstance(a, list | dict | np.ndarray) and has_derivative(a)]
    before = [a.copy() for a in given]
    yield
    if not all(map(_is_same, given, before)):
        raise UnsupportedSyntaxError(
            f"'{getattr(function, '__qualname__', function)}' changes an object that the derivative depends on",
            because="how the derivative changes with it is not known",
            fix="write the change out, or build a new value instead",
        )


def _is_same(x: Any, before: Any) -> bool:
    if isinstance(x, np.ndarray):
        return x.shape == before.shape and np.array_equal(x, before, equal_nan=True)
    if isinstance(x, dict):
        return _is_same([*x.keys(), *x.values()], [*before.keys(), *before.values()])
    return len(x) == len(before) and all(map(operator.is_, x, before))


def _through_iteration(x: Any, number: int, contribution: Any) -> Any:
    """The cotangent of an object for that of an item that its __iter__ gives."""
    items, full = pulled(tuple, (x,), {}, (0,))
    return full(tuple(contribution if k == number else None for k in range(len(items)))).args[0]


through_iteration[:] = [_through_iteration]
