"""Ordinary classes in, functions that make their objects, which are differentiated in place of the constructors, out."""

from __future__ import annotations

import builtins
import inspect
import math
import sys
import types
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import gast

from diffpy.errors import DifferentiationError
from diffpy.functions import names_looked_up
from diffpy.runtime.absent import no_value, not_given
from diffpy.runtime.carrying import is_foreign
from diffpy.runtime.made_structs import built, declare_made, is_completed, is_ordinary
from diffpy.syntax import emit, source, subset
from diffpy.syntax.build import at, constant, statements, without_defaults
from diffpy.syntax.dataclass_init import dataclass_init, is_made_anew
from diffpy.syntax.local_classes import captured_classes
from diffpy.syntax.names import Names, names_in
from diffpy.syntax.trees import copied
from diffpy.transforms.expand_unbound import Error
from diffpy.transforms.known_objects import known_as
from diffpy.transforms.partly_stored import Unset
from diffpy.transforms.spelled_outside import spelled_outside
from diffpy.transforms.written_constructors import Leak, written_constructor

Adopt = Callable[..., None]

# The methods that were read, by class and name.
_Read = dict[tuple[type, str], object]


class Factory(NamedTuple):
    """The function that makes objects of a class, and what it was made of."""

    read: _Read  # as it stands in the class that defines it
    seen: dict[tuple[type, str], Any]  # as the class gives it
    made: Any  # None where its constructor does more than store attributes

    def holds(self) -> bool:
        return all(getattr(cls, name, None) is found for (cls, name), found in self.seen.items()) or all(
            _defined(*key) is found for key, found in self.read.items()
        )


_factories: weakref.WeakKeyDictionary[type, Factory] = weakref.WeakKeyDictionary()
_DECIDING = ("__getattr__", "__getattribute__", "__setattr__", "__new__", "__del__", "__init__")


def factory_of(cls: Any, adopt: Adopt) -> types.FunctionType | None:
    """The function that makes an object of a class; None where its constructor does more than store attributes."""
    if cls is types.SimpleNamespace:
        return _namespace(adopt)
    if not (is_ordinary(cls) or is_completed(cls)) or is_foreign(cls):
        return None
    known = _factories.get(cls)
    if known is None or not known.holds():
        init = _defined(cls, "__init__")
        read: _Read = {(cls, "__init__"): init}
        function = _made(cls, init, adopt, read)
        keys = [*read, *((cls, name) for name in _DECIDING)]
        known = _factories[cls] = Factory(read, {key: getattr(*key, None) for key in keys}, function)
    return known.made


def known_factory(cls: type) -> types.FunctionType | None:
    """The same where it was made before and nothing has changed."""
    known = _factories.get(cls)
    if known is None or any(getattr(*key, None) is not found for key, found in known.seen.items()):
        return None
    return known.made


def _defined(cls: type, name: str) -> Any:
    """What a class has under a name, as it stands in the class that defines it."""
    return inspect.getattr_static(cls, name, None)


def _made(cls: type, init: Any, adopt: Adopt, read: _Read) -> types.FunctionType | None:
    if init is object.__init__:
        return _made_empty(cls, adopt)
    if not isinstance(init, types.FunctionType):
        return None
    try:
        first = _defined(cls, "__post_init__") if is_completed(cls) else init
        written = source.find(first)
        names = Names(names_in(written.tree) | set(init.__globals__))
        made, own = names.fresh("built"), cls.__name__
        if init.__globals__.get(own, cls) is not cls:  # a class of a function has the name of another one
            own = names.fresh(own)
        objects: dict[str, object] = {**captured_classes(first), made: built, own: cls}
        trees = {"__init__": _generated(cls, names, objects, written)} if is_completed(cls) else {}
        outside = _Outside(cls, init, names, objects)
        tree = written_constructor(
            cls,
            lambda owner, name: trees.get(name) or _tree_of(owner, name, outside, read),
            names,
            made,
            own,
        )
        function = emit.function(without_defaults(tree), {}, init.__globals__, {}, own)
        _give_defaults(function, init, tree.args, objects)
        absent = names.fresh("no_value")
        objects[absent] = no_value
        adopt(function, written, tree, objects, Unset(absent, _lacking(cls, tree)))
    except (Leak, DifferentiationError, KeyError):
        return None
    if not is_completed(cls):
        declare_made(cls)
    return function


def _lacking(cls: type, tree: gast.FunctionDef) -> dict[str, Error]:
    """What Python says of an attribute that has no value yet, by the variable that stands for it."""
    of = f"'{cls.__name__}' object has no attribute"
    return {k.value.id: ("AttributeError", f"{of} '{k.arg}'") for k in tree.body[-1].value.keywords}


def _generated(
    cls: Any, names: Names, objects: dict[str, object], written: source.Source
) -> gast.FunctionDef:
    """The constructor that @dataclass made; for want of a text of its own it stands where `__post_init__` does."""
    tree, known = dataclass_init(cls, names, not_given)
    objects |= known
    return at(tree, written.tree)


def _give_defaults(
    function: types.FunctionType,
    init: types.FunctionType,
    parameters: gast.arguments,
    objects: dict[str, object],
) -> None:
    """Those of the constructor; what a factory makes anew is made by the function itself.

    Parameters that its base takes stand behind its own.
    """

    def default(one: object) -> object:
        return not_given if is_made_anew(one) else one

    def of_base(one: gast.expr) -> object:
        return default(objects[one.id] if isinstance(one, gast.Name) else gast.literal_eval(one))

    own = tuple(map(default, init.__defaults__ or ()))
    function.__defaults__ = (*own, *map(of_base, parameters.defaults[len(own) :])) or None
    by_name = {name: default(one) for name, one in (init.__kwdefaults__ or {}).items()}
    for parameter, value in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True):
        if value is not None and parameter.id not in by_name:
            by_name[parameter.id] = of_base(value)
    function.__kwdefaults__ = by_name or None


def _made_empty(cls: type, adopt: Adopt) -> types.FunctionType | None:
    """The same for a class without a constructor, whose objects hold nothing at first."""
    outer, own = _globals_of(cls), cls.__name__
    if outer is None or own in vars(builtins):
        return None
    names = Names({*outer, own})
    made = names.fresh("built")
    if outer.get(own, cls) is not cls:
        own = names.fresh(own)
    (tree,) = statements(f"def {own}():\n    return {made}({own})")
    function = emit.function(tree, {}, outer, {}, own)
    adopt(function, source.find(function), tree, {made: built, own: cls})
    declare_made(cls)
    return function


def _namespace(adopt: Adopt) -> types.FunctionType:
    """The same for types.SimpleNamespace, whose objects hold what they are given."""
    cls = types.SimpleNamespace
    if cls not in _factories:
        own, made = cls.__name__, "built"
        (tree,) = statements(f"def {own}(**fields):\n    return {made}({own}, **fields)")
        outer = {"__name__": "namespaces", "__builtins__": builtins, own: cls}  # no module of a library
        function = emit.function(tree, {}, outer, {}, own)
        adopt(function, source.find(function), tree, {made: built, own: cls})
        _factories[cls] = Factory({}, {}, function)
    return _factories[cls].made


def _globals_of(cls: type) -> dict[str, Any] | None:
    """The names around a class: those of its methods, or of its module."""
    methods = (one for c in cls.__mro__ for one in vars(c).values() if isinstance(one, types.FunctionType))
    method = next(methods, None)
    if method is not None:
        return method.__globals__
    module = sys.modules.get(cls.__module__)
    return None if module is None else vars(module)


class _Outside:
    """How the constructor of a class writes the global names of methods that stand in other modules."""

    def __init__(self, cls: type, init: types.FunctionType, names: Names, objects: dict[str, object]) -> None:
        self.cls, self.globals, self.names, self.objects = cls, init.__globals__, names, objects

    def with_defaults(self, tree: gast.FunctionDef, method: types.FunctionType) -> gast.FunctionDef:
        """The method with its defaults as they are: literals, and names of what else was computed for them."""
        given, by_name = method.__defaults__ or (), method.__kwdefaults__ or {}
        tree.args.defaults = [self.default(value) for value in given]
        tree.args.kw_defaults = [
            self.default(by_name[p.id]) if p.id in by_name else None for p in tree.args.kwonlyargs
        ]
        return tree

    def default(self, value: object) -> gast.expr:
        is_literal = value is None or type(value) in (bool, int, str)
        if is_literal or (isinstance(value, float) and math.isfinite(value)):
            return constant(value)
        return known_as(value, "default", self.names, self.objects)

    def spelled(self, tree: gast.FunctionDef, method: types.FunctionType) -> gast.FunctionDef | None:
        """The method as it may stand in the constructor; None where nothing there has what it means."""
        if not (other := self.differing(method)):
            return tree
        home = sys.modules.get(str(method.__globals__.get("__name__")))
        if home is None or vars(home) is not method.__globals__ or not other <= vars(home).keys():
            return None
        stem = home.__name__.rpartition(".")[2]
        return spelled_outside(tree, other, known_as(home, stem, self.names, self.objects).id)

    def differing(self, method: types.FunctionType) -> set[str]:
        """Its global names that the constructor's module does not have, or for something else."""
        if method.__globals__ is self.globals:
            return set()
        missing = object()
        found = set()
        for name in names_looked_up(method.__code__):
            here, there = (outer.get(name, missing) for outer in (self.globals, method.__globals__))
            if here is not there or not (here is missing or isinstance(here, types.ModuleType)):
                found.add(name)
        return found


def _tree_of(owner: type, name: str, outside: _Outside, read: _Read) -> gast.FunctionDef | None:
    """A method that a class defines itself, without captured variables, in the words of the constructor's module."""
    found = vars(owner)[name]
    read |= {(owner, name): found, (outside.cls, name): _defined(outside.cls, name)}
    if not isinstance(found, types.FunctionType):
        return None
    if not captured_classes(found).keys() >= set(found.__code__.co_freevars) - {"__class__"}:
        return None
    written = source.find(found)
    subset.check(written)
    return outside.spelled(outside.with_defaults(copied(written.tree), found), found)
