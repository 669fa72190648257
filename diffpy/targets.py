"""What an operator differentiates: any callable in, a Python function and the arguments bound to it out."""

from __future__ import annotations

import functools
import inspect
import math
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy

from diffpy.backends.devices import original
from diffpy.errors import DifferentiationError
from diffpy.functions import bound_signature
from diffpy.rules.table import TABLE
from diffpy.runtime import by_rules, carrying, pulling
from diffpy.runtime.registry import REGISTRY
from diffpy.syntax import emit
from diffpy.syntax.build import expression, load

_MODULES = {"np": numpy, "math": math}


@dataclass(frozen=True)
class Target:
    """A call of `of` is a call of `function` with these arguments in front and these keywords."""

    function: types.FunctionType
    before: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> list[str]:
        return list(bound_signature(self.function).parameters)

    @property
    def open(self) -> list[str]:
        """The parameters that are not bound, in the order in which positions count them."""
        code = self.function.__code__
        bound = code.co_varnames[: min(len(self.before), code.co_argcount)]
        return [name for name in self.parameters if name not in bound and name not in self.keywords]

    def whole(self, args: tuple, keywords: dict) -> tuple[tuple, dict]:
        """All that the function is called with."""
        return (*self.before, *args), {**self.keywords, **keywords} if self.keywords else keywords

    def asked_with(self, args: tuple, keywords: dict) -> tuple[tuple, dict]:
        """The part of this that the caller gave; a keyword given again is the same."""
        return args[len(self.before) :], keywords


def target_of(of: Any) -> Target | None:
    """The Python function that a callable stands for; None for what a rule, or no Python, defines."""
    of = original(of)
    if _has_rule(of):
        return None
    inner = getattr(type(of), "__diffpy_function__", None)
    match of:
        case _ if inner is not None:
            return target_of(of.__diffpy_function__)
        case types.FunctionType():
            return None if carrying.is_foreign(of) and not _is_ours(of) else Target(of)
        case types.MethodType():
            return _bound(of.__func__, (of.__self__,))
        case functools.partial():
            return None if _has_placeholders(of) else _bound(of.func, of.args, of.keywords)
        case staticmethod():
            return target_of(of.__func__)
    call = getattr(type(of), "__call__", None)  # noqa: B004 (what it is matters)
    if (
        isinstance(of, type)
        or call is None
        or hasattr(type(of), "__diffpy_pulled__")
        or hasattr(type(of), "__diffpy_standing__")
    ):
        return None
    return _bound(call, (of,)) if _is_python(call) else None


def _is_ours(of: types.FunctionType) -> bool:
    """The examples of this library's own documentation are functions like any other."""
    return (of.__module__ or "").partition(".")[0] == "diffpy"


def _is_python(call: Any) -> bool:
    return isinstance(call, types.FunctionType) or hasattr(type(call), "__diffpy_function__")


def _bound(function: Any, args: tuple, keywords: Mapping[str, Any] | None = None) -> Target | None:
    inner = target_of(function)
    if inner is None:
        return None
    return Target(inner.function, (*inner.before, *args), {**inner.keywords, **(keywords or {})})


def _has_placeholders(of: functools.partial) -> bool:
    placeholder = getattr(functools, "Placeholder", None)
    return placeholder is not None and any(one is placeholder for one in of.args)


def _has_rule(of: Any) -> bool:
    if REGISTRY.find(of):
        return True
    try:
        return of in pulling.CONTAINER_RULES or TABLE.find(of) is not None
    except TypeError:  # not hashable
        return False


def written_call(of: Any, count: int, keywords: Iterable[str]) -> Target:
    """A Python function that calls `of` with so many arguments and these keywords.

    >>> import inspect
    >>> print(vars(written_call(math.sin, 1, ()).function)["__diffpy_source__"], end="")
    def sin(x):
        return math.sin(x)
    """
    named = [*keywords]
    names = _parameter_names(of, count, named)
    title = _title(of)
    module = next((m for m in _MODULES if _reached(_MODULES[m], _qualified(of)) is of), None)
    callee = expression(f"{module}.{_qualified(of)}" if module else title)
    values = [*map(load, names)]
    passed = gast.Call(callee, values, [gast.keyword(k, load(k)) for k in named])
    parameters = [gast.Name(name, gast.Param(), None, None) for name in (*names, *named)]
    arguments = gast.arguments(parameters, [], None, [], [], None, [])
    tree = gast.FunctionDef(title, arguments, [gast.Return(passed)], [], None, None, [])
    held = {module: _MODULES[module]} if module else {title: of}
    return Target(emit.function(tree, held, {"__name__": "<diffpy>"}, {}, title))


def usual_call(of: Any) -> Target:
    """A function that calls `of` with the arguments it cannot do without."""
    parameters = _signature(of)
    if parameters is None:
        raise DifferentiationError(
            f"how many arguments '{by_rules.name_of(of)}' takes is not known",
            because="Python has no signature of it",
            fix="ask for source_for(...) with arguments",
        )
    needed = [p for p in parameters if p.default is p.empty]
    positional = [p for p in needed if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return written_call(of, len(positional) or 1, [p.name for p in needed if p.kind is p.KEYWORD_ONLY])


def _signature(of: Any) -> list[inspect.Parameter] | None:
    try:
        return list(inspect.signature(of).parameters.values())
    except (TypeError, ValueError):
        row = _row(of)
        return None if row is None else list(row.signature.parameters.values())


def _row(of: Any) -> Any:
    try:
        return TABLE.find(of)
    except TypeError:
        return None


def _parameter_names(of: Any, count: int, taken: list[str]) -> list[str]:
    names: list[str] = []
    for one in _signature(of) or ():
        if one.kind is one.VAR_POSITIONAL:
            names += [f"{one.name}_{k + 1}" for k in range(count - len(names))]
        elif one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD):
            names.append(one.name)
    names = [name for name in names if name not in taken][:count]
    return names + [f"argument_{k + 1}" for k in range(len(names), count)]


def _qualified(of: Any) -> str:
    """np.linalg.norm: how a module of the array library spells a function."""
    home = (getattr(of, "__module__", None) or "numpy").partition(".")[2]
    name = getattr(of, "__name__", "")
    return f"{home}.{name}" if home and not home.startswith("_") else name


def _reached(module: Any, dotted: str) -> Any:
    for name in dotted.split("."):
        module = getattr(module, name, None)
    return module


def _title(of: Any) -> str:
    name = getattr(of, "__name__", type(of).__name__)
    return name if name.isidentifier() else "function"
