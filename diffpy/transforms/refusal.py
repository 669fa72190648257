"""Refusals by a pass: a node and a reason in; an error that remembers the node out."""

from __future__ import annotations

import gast

from diffpy.errors import UnsupportedSyntaxError


class Refusal(UnsupportedSyntaxError):
    """A construct that no pass rewrites; `node` is where, `place` is for whoever knows the file."""

    node: gast.AST | None = None


def refused(node: gast.AST, headline: str, *, because: str, fix: str) -> Refusal:
    error = Refusal(headline, because=because, fix=fix)
    error.node = node
    return error
