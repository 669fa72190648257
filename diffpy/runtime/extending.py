"""Classes of the user's own that extend a container of Python's, or float: a class in, what it extends, and how, out.

The tangent of an object of such a class is a container, with the tangents of its attributes as attributes of its own.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from diffpy.backends.devices import is_library
from diffpy.functions import package_of
from diffpy.runtime.struct_fields import is_declared, is_named_tuple


class Items(list):
    """The tangent of an object of a class that extends list."""


class Entries(dict):
    """The same for dict."""


TANGENTS: dict[Any, Any] = {list: Items, dict: Entries}


def extended(cls: type) -> type | None:
    """The container that a class of the user's own extends, if it is made, read and stored into as that is."""
    base = _base(cls, (list, tuple, dict))
    return base if base is not None and _is_made_so(cls, base) and reads_as(cls, base) else None


def extended_otherwise(cls: Any) -> type | None:
    """The container, or float, that a class extends which says itself how it is made, read or stored into."""
    if not isinstance(cls, type) or is_declared(cls) or is_named_tuple(cls) or issubclass(cls, Enum):
        return None
    base = _base(cls, (list, tuple, dict, float))
    is_alone = base is not None and all(one in (base, object) or _is_users(one) for one in cls.__mro__)
    return base if is_alone and extended(cls) is None else None


def with_attributes(x: Any, other: Any) -> Any:
    """Another object of the class of x, with the attributes that x has; of a dict, these may be its items."""
    own = getattr(x, "__dict__", {})
    if own is x:
        object.__setattr__(other, "__dict__", other)
    elif own:
        vars(other).update(own)
    return other


def contents(x: Any) -> Any:
    """What is in an object of such a class, as the container that it extends; anything else is itself."""
    base: Any = extended_otherwise(type(x))
    if base not in TANGENTS or type(x).__iter__ is not base.__iter__:
        return x
    return list.__getitem__(x, slice(None)) if base is list else dict(dict.items(x))


def _base(cls: type, known: tuple[type, ...]) -> type | None:
    return next((one for one in known if issubclass(cls, one)), None) if _is_users(cls) else None


def _is_users(cls: type) -> bool:
    return not is_library(package_of(cls))


def _is_made_so(cls: Any, base: Any) -> bool:
    return all(getattr(cls, name) is getattr(base, name) for name in ("__init__", "__new__"))


def reads_as(cls: type, base: type) -> bool:
    """Whether objects of a class hand out what is in them, and take values in, as a container does."""
    own = (name for name in _AS_CONTAINERS if getattr(cls, name, None) is not getattr(base, name, None))
    return cls is base or not any(own)


_AS_CONTAINERS = (
    "__getattribute__ __getitem__ __setitem__ __delitem__ __iter__ __len__ __contains__ __reversed__ "
    "keys values items get".split()
)
