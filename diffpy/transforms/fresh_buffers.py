"""A pullback may be called again: it starts from copies of the buffers that the forward sweep made.

y_bar = np.zeros_like(y)                 y_bar = np.zeros_like(y)
def pullback(y_bar_in):                  def pullback(y_bar_in):
    y_bar[...] += y_bar_in                   y_bar_1 = fresh_buffer(y_bar)
    ...                                      y_bar_1[...] += y_bar_in
"""

from __future__ import annotations

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import assign, call, constant, load, store
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.held_buffers import held
from diffpy.transforms.reverse import Reverse


def fresh_buffers(reverse: Reverse, forward: list[gast.stmt], backward: list[gast.stmt]) -> list[gast.stmt]:
    """Statements that copy what `backward` takes of the forward sweep's buffers; it is made to use the copies."""
    every = held(reverse, forward)
    copied: list[gast.stmt] = []
    exposed = held_buffers(reverse, forward, backward)
    for group in _groups({name: every[name] for name in exposed}):
        renamed = {name: reverse.names.fresh(name) for name in group}
        for s in backward:
            _Renaming(renamed).visit(s)
        copied.append(_copy(reverse, renamed))
    return copied


def held_buffers(reverse: Reverse, forward: list[gast.stmt], backward: list[gast.stmt]) -> list[str]:
    """The names of the forward sweep's buffers that `backward` takes; where none was made, they are None."""
    found = flow.FlowFacts().block(backward).exposed & held(reverse, forward).keys()
    surely = flow.FlowFacts().block(forward).surely | reverse.given
    forward[:0] = [assign(name, constant(None)) for name in sorted(found - surely)]
    return sorted(found)


def _copy(reverse: Reverse, renamed: dict[str, str]) -> gast.stmt:
    old = [load(name) for name in renamed]
    if len(old) == 1:
        return assign(renamed[old[0].id], call(reverse.runtime("fresh_buffer"), *old))
    made = gast.Tuple([store(name) for name in renamed.values()], gast.Store())
    return assign(made, call(reverse.runtime("fresh_buffers"), *old))


def _groups(held: dict[str, frozenset[str]]) -> list[list[str]]:
    """Names whose buffers may share memory are copied together."""
    groups: list[tuple[list[str], frozenset[str]]] = []
    for name, classes in held.items():
        touching = [g for g in groups if g[1] & classes]
        groups = [g for g in groups if not g[1] & classes]
        names = [*(n for g in touching for n in g[0]), name]
        groups.append((names, classes.union(*(g[1] for g in touching))))
    return [names for names, _ in groups]


class _Renaming(Rewriter):
    def __init__(self, renamed: dict[str, str]) -> None:
        self.renamed = renamed

    def visit_Name(self, node: gast.Name) -> gast.Name:
        node.id = self.renamed.get(node.id, node.id)
        return node
