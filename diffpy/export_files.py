"""Exported files: the parts of a derivative in, a file on disk out, or a refusal."""

from __future__ import annotations

import inspect
import os
import tempfile
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from diffpy import derive
from diffpy.arguments import Layout
from diffpy.errors import DifferentiationError
from diffpy.exporting import MARK, File, meeting, spelled_all
from diffpy.parameters import argument_kinds
from diffpy.runtime.argument_copies import copy_arguments
from diffpy.runtime.boundary import check_cotangent, own
from diffpy.runtime.structures import zero_tangent
from diffpy.syntax.names import Names
from diffpy.targets import Target


@dataclass(frozen=True)
class Plan:
    """One derivative to export: what an operator makes of it is written as a function of its own."""

    operator: str
    title: str
    target: Target
    made: types.FunctionType
    is_changing: bool
    is_aux: bool
    layout: Layout
    args: tuple
    keywords: dict[str, Any]

    @property
    def is_bare(self) -> bool:
        """Whether the generated function is what the operator gives."""
        bound = self.target.before or self.target.keywords
        return (
            self.operator == "value_with_gradient"
            and self.layout.is_direct
            and not (bound or self.is_changing)
        )


class Local(NamedTuple):
    """Names of the function that is written around the generated one."""

    value: str
    found: str
    back: str
    pullback: str
    cotangent: str


_LOCAL = Local._fields


def text_of(plan: Plan) -> str:
    """The file; the derivative runs once, to meet the functions that it calls."""
    values = argument_kinds(plan.target.function, plan.args, plan.keywords)[1]
    signature = spelled_all(tuple(values.values()), plan.target.function)
    with meeting() as met:
        derive.on_copies(plan.made)(*plan.args, **plan.keywords)
    file = File(plan.title, met, [*values, *_LOCAL])
    entry = file.names.fresh(f"{plan.title}_{plan.operator}")
    raw = entry if plan.is_bare else file.names.fresh(f"{plan.title}_derivative")
    file.generated(plan.made, raw, plan.target.function, signature)
    file.check_all_met()
    if not plan.is_bare:
        file.definitions.append(_entry(plan, file, entry, raw, values))
    return file.text()


def _entry(plan: Plan, file: File, name: str, raw: str, values: dict[str, Any]) -> str:
    function, target = plan.target.function, plan.target
    local = Local(*map(Names(target.open).fresh, _LOCAL))
    parameters = [p for n, p in inspect.signature(function).parameters.items() if n in target.open]
    names = [p.name for p in parameters]

    def known(x: Any, wanted: str) -> str:
        return file.value(x, wanted, plan.title)

    bound = [known(x, f"{plan.title}_argument") for x in target.before]
    bound_names = {n: known(x, f"{plan.title}_{n}") for n, x in target.keywords.items()}
    lines = []
    if plan.is_changing:
        given = f"{', '.join(names)}," if len(names) == 1 else ", ".join(names)
        lines.append(f"{given} = {known(copy_arguments, 'copy_arguments')}(({given}))")
    passed = [*bound, *map(_passed, parameters), *(f"{n}={x}" for n, x in bound_names.items())]
    found = local.back if "pullback" in plan.operator else local.found
    lines.append(f"{local.value}, {found} = {raw}({', '.join(passed)})")
    lines += _FINISHES[plan.operator](plan, local, known, values)
    head = f"def {name}({_parameters(parameters, known, plan.title)}):"
    return "\n".join([head, *(f"    {line}" if line else "" for line in lines), ""])


def _parameters(parameters: list[inspect.Parameter], known: Callable[[Any, str], str], title: str) -> str:
    """The parameters with their defaults, each under a name of the file."""
    parts, is_keyword = [], False
    for one in parameters:
        mark = _STARS.get(one.kind, "")
        if one.kind is one.KEYWORD_ONLY and not is_keyword:
            parts.append("*")
        is_keyword = is_keyword or one.kind in (one.KEYWORD_ONLY, one.VAR_POSITIONAL)
        default = "" if one.default is one.empty else f"={known(one.default, f'{title}_default')}"
        parts.append(f"{mark}{one.name}{default}")
    return ", ".join(parts)


def _passed(one: inspect.Parameter) -> str:
    mark = f"{one.name}=" if one.kind is one.KEYWORD_ONLY else _STARS.get(one.kind, "")
    return f"{mark}{one.name}"


_STARS: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


def _handed(layout: Layout, values: dict[str, Any], part: Callable[[int, str], str]) -> str:
    """The derivatives as the operator hands them out; part(k, name) is the k-th of those that exist."""
    every = [part(layout.lively.index(n), n) if n in layout.lively else "None" for n in layout.names]
    count = len(every)
    if layout.star is not None:
        count += len(values[layout.names[-1]]) - layout.star - 1
        if count == 1:
            return f"{every[-1]}[{layout.star}]"
        every[-1] = f"*{every[-1]}[{layout.star}:]" if layout.star else f"*{every[-1]}"
    if count == 1 and not layout.is_tuple:
        return every[0]
    return f"({', '.join(every)}{',' if len(every) == 1 else ''})"


def _found(layout: Layout, found: str, k: int) -> str:
    return found if len(layout.lively) == 1 else f"{found}[{k}]"


Known = Callable[[Any, str], str]


def _gradients(plan: Plan, local: Local, values: dict[str, Any]) -> str:
    return _handed(plan.layout, values, lambda k, name: _found(plan.layout, local.found, k))


def _gradient(plan: Plan, local: Local, known: Known, values: dict[str, Any]) -> list[str]:
    more = f", {local.value}[1]" if plan.is_aux else ""
    return [f"return {_gradients(plan, local, values)}{more}"]


def _value_with_gradient(plan: Plan, local: Local, known: Known, values: dict[str, Any]) -> list[str]:
    return [f"return {local.value}, {_gradients(plan, local, values)}"]


def _value_with_pullback(plan: Plan, local: Local, known: Known, values: dict[str, Any]) -> list[str]:
    return [*_pullback(plan, local, known, values)[:-1], f"return {local.value}, {local.pullback}"]


def _pullback(plan: Plan, local: Local, known: Known, values: dict[str, Any]) -> list[str]:
    owned, checked, zero = (
        known(own, "own"),
        known(check_cotangent, "check_cotangent"),
        known(zero_tangent, "zero_tangent"),
    )
    shaped = _handed(
        plan.layout, values, lambda k, name: f"{owned}({_found(plan.layout, local.found, k)}, {name})"
    )
    seed = (
        f"{zero}({local.value}) if {local.cotangent} is None else {checked}({local.cotangent}, {local.value})"
    )
    return [
        "",
        f"def {local.pullback}({local.cotangent}):",
        f"    {local.found} = {local.back}({seed})",
        f"    return {shaped}",
        "",
        f"return {local.pullback}",
    ]


_FINISHES: dict[str, Callable[..., list[str]]] = {
    "gradient": _gradient,
    "value_with_gradient": _value_with_gradient,
    "pullback": _pullback,
    "value_with_pullback": _value_with_pullback,
}


def write(path: str | os.PathLike[str], text: str, overwrite: bool) -> None:
    """The whole file or nothing; a file that somebody else wrote stays."""
    target = Path(path)
    if target.exists() and not overwrite and not target.read_text(encoding="utf-8").startswith(MARK):
        raise FileExistsError(f"{target} was not written by diffpy; overwrite=True replaces it")
    handle, name = tempfile.mkstemp(".py", ".export-", target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def check(text: str, title: str) -> None:
    """The text runs where it stands alone."""
    try:
        exec(compile(text, f"<diffpy export of {title}>", "exec"), {"__name__": "<diffpy export>"})
    except Exception as error:
        raise DifferentiationError(
            f"the exported text of '{title}' does not run: {type(error).__name__}: {error}",
            because="a function of the file needs another one before that one is defined",
            fix="give functions of different modules different names",
        ) from error
