"""The fields that a function assigns: its code in, names out, but of those that a constructor gives its object."""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator
from functools import lru_cache

from diffpy.functions import nested

_MAKING = ("__init__", "__post_init__", "__new__")
_SETTING = {"setattr", "__setattr__", "__dict__", "vars"}
ANY = "*"  # a field whose name is made up as the function runs


@lru_cache(maxsize=4096)
def stored_fields(code: types.CodeType) -> frozenset[str]:
    """With those of the functions inside."""
    return frozenset(name for one in (code, *nested(code)) for name in _stored(one))


def _stored(code: types.CodeType) -> Iterator[str]:
    if not _SETTING.isdisjoint(code.co_names):
        yield ANY
        yield from (one for one in code.co_consts if isinstance(one, str))
    own = code.co_varnames[0] if code.co_name in _MAKING and code.co_argcount else None
    before = None
    for one in dis.get_instructions(code):
        is_of_own = before is not None and before.opname.startswith("LOAD_FAST") and before.argval == own
        if one.opname == "STORE_ATTR" and not (own is not None and is_of_own):
            yield one.argval
        before = one
