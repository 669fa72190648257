"""Fields of structs that are left out of derivatives without saying so: a class in, warnings that point out."""

from __future__ import annotations

import inspect
import re
import warnings

from diffpy.errors import NonDifferentiableFieldWarning, Place, pointed
from diffpy.runtime.struct_fields import differentiable_fields, field_annotations, is_marked


def warn_of_fields(cls: type, stacklevel: int) -> None:
    """One warning for each field whose type has no derivative and that is not marked with no_derivative()."""
    covered = differentiable_fields(cls)
    for name, hint in field_annotations(cls).items():
        owner = _owner(cls, name)
        if (
            name not in covered
            and not is_marked(cls, name)
            and (owner is cls or "TangentVector" not in vars(owner))
        ):
            warnings.warn(
                _message(owner, name, hint), NonDifferentiableFieldWarning, stacklevel=stacklevel + 1
            )


def _owner(cls: type, name: str) -> type:
    """The class that annotates the field."""
    return next((base for base in cls.__mro__ if name in vars(base).get("__annotations__", {})), cls)


def _message(cls: type, name: str, hint: object) -> str:
    spelled = getattr(hint, "__name__", None) or str(hint)
    lines = pointed(
        _place(cls, name),
        "warning",
        f"field '{name}' of '{cls.__name__}' has no derivative because {spelled} is not differentiable",
    )
    lines.append(f"  because: it is left out of {cls.__name__}.TangentVector")
    lines.append(f"  fix: say so: {name}: {spelled} = no_derivative()")
    return "\n".join(lines)


def _place(cls: type, name: str) -> Place | None:
    """The line of the field; None where the text of the class is not found."""
    try:
        lines, first = inspect.getsourcelines(cls)
        filename = inspect.getsourcefile(cls) or ""
    except (OSError, TypeError):
        return None
    for number, text in enumerate(lines, first):
        found = re.match(rf"\s*({re.escape(name)}\s*:[^#\n]*[^#\s])", text)
        if found:
            return Place(filename, number, found.start(1), found.end(1), text.rstrip("\n"), cls.__name__)
    return None
