"""Cotangents and tangents of functools.partial objects: of what was bound, in; of the whole, out, and back.

The partial of a partial is one object, of the innermost function with the arguments of both: so are its tangents.
"""

from __future__ import annotations

import functools
from typing import Any

from diffpy.runtime.tangents import item_of


def together(function: Any, function_dot: Any, args: tuple, keywords: dict[str, Any]) -> dict[str, Any]:
    """The tangent of partial(function, ...) from those of the function and of what is bound."""
    if not isinstance(function, functools.partial):
        return {"function": function_dot, "args": args, "keywords": keywords}
    before = item_of(function_dot, "args") or (None,) * len(function.args)
    named = item_of(function_dot, "keywords") or {}
    return {
        "function": item_of(function_dot, "function"),
        "args": (*before, *args),
        "keywords": {**named, **keywords},
    }


def apart(bar: Any, function: Any, keywords: dict[str, Any]) -> tuple[Any, tuple, dict[str, Any]]:
    """The cotangents of the function, of the arguments and of the keywords that were bound to it."""
    if not isinstance(function, functools.partial):
        return bar.get("function"), tuple(bar["args"]), bar["keywords"]
    count = len(function.args)
    own = {k: bar["keywords"].get(k) for k in function.keywords if k not in keywords}
    inner = {"function": bar.get("function"), "args": bar["args"][:count], "keywords": own}
    return inner, tuple(bar["args"][count:]), {k: bar["keywords"].get(k) for k in keywords}
