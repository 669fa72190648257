"""Making generated text what a person would write: passes over a finished derivative."""

from __future__ import annotations

import gast

from diffpy.syntax.names import Names


def simplify(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """All passes, in order."""
    return tree
