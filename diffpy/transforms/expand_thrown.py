"""Exceptions that carry values to a handler: normal form in, the same program with these values in variables out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TypeAlias

import gast

from diffpy.syntax.build import assign, constant, load, placed
from diffpy.syntax.names import Names
from diffpy.syntax.trees import copied, nodes
from diffpy.transforms.blocks import blocks, every_statement, rebuild
from diffpy.transforms.inline import site_of

# an argument by its position or name, or what stands for one that is left out
Place: TypeAlias = int | str | gast.Constant
Contents: TypeAlias = Mapping[str, Place | tuple[Place, ...]]  # what an exception holds, by its attribute


def expand_thrown(tree: gast.FunctionDef, names: Names, contents: Mapping[int, Contents]) -> gast.FunctionDef:
    """In place; `contents` by the numbers of the calls that make the exceptions.

    Before:                             After:
        try:                                raised = None
            t1 = Found(v)                   try:
            raise t1                            t1 = Found(v)
        except Found as e:                      value = v
            y = e.value                         raised = t1
                                                raise t1
                                            except Found as e:
                                                t2 = e is raised
                                                if t2:
                                                    y = value
                                                else:
                                                    y = e.value
    """
    writing = _Writing(names, contents)
    tree.body = rebuild(tree.body, writing.statement)
    like = tree.body[0]
    unbound = [assign(name, gast.Constant(None, "unbound")) for name in writing.held]
    tree.body[:0] = placed(unbound, like)
    return tree


def asked_for(s: gast.Try) -> Iterator[gast.Assign]:
    """Where handlers that only look at what they caught read an attribute of it: y = e.value."""
    for handler in s.handlers:
        if handler.name is None or not _only_looks(handler):
            continue
        for one in every_statement(handler.body):
            if _is_read(getattr(one, "value", None), handler.name.id) and isinstance(one, gast.Assign):
                yield one


def _only_looks(handler: gast.ExceptHandler) -> bool:
    """Whether what was caught stays as it was raised: its attributes are read, and it is printed and told by class."""
    name = handler.name.id
    every = list(nodes(handler))
    named = sum(isinstance(one, gast.Name) and one.id == name and one is not handler.name for one in every)
    return named == sum(_looks(one, name) for one in every)


def _is_read(node: object, name: str) -> bool:
    match node:
        case gast.Attribute(value=gast.Name(id=of), ctx=gast.Load()):
            return of == name
    return False


def _looks(node: gast.AST, name: str) -> int:
    """How often a node does no more than look at the exception."""
    match node:
        case gast.Call(
            func=gast.Name(id="str" | "repr" | "isinstance" | "type" | "print" | "len"), args=args
        ):
            found: list = args
        case gast.Raise(exc=exc, cause=cause):
            found = [exc, cause]
        case gast.FormattedValue(value=value) | gast.Attribute(value=value, ctx=gast.Load()):
            found = [value]
        case _:
            return 0
    return sum(isinstance(one, gast.Name) and one.id == name for one in found)


def raised_in(s: gast.Try) -> Iterator[tuple[list[gast.stmt], int, gast.Call]]:
    """Where the body of a try makes an exception and raises it to its handlers: the block, the place, the call."""
    for block in _uncaught(s.body):
        for k, (made, one) in enumerate(pairwise(block)):
            match made, one:
                case (
                    gast.Assign(targets=[gast.Name(id=name)], value=gast.Call() as called),
                    gast.Raise(exc=gast.Name(id=raised)),
                ) if raised == name:
                    yield block, k + 1, called


def _uncaught(block: list[gast.stmt]) -> Iterator[list[gast.stmt]]:
    """The block and those in it whose exceptions come to the same handlers."""
    yield block
    for s in block:
        inside = blocks(s)
        for one in inside[1:] if isinstance(s, gast.Try) else inside:
            yield from _uncaught(one)


class _Writing:
    def __init__(self, names: Names, contents: Mapping[int, Contents]) -> None:
        self.names, self.contents = names, contents
        self.held: list[str] = []

    def statement(self, s: gast.stmt) -> list[gast.stmt]:
        if not isinstance(s, gast.Try):
            return [s]
        wanted = sorted({one.value.attr for one in asked_for(s)})
        noted = [
            raised
            for block, place, called in reversed(list(raised_in(s)))
            if (raised := self.noted(block, place, called, wanted)) is not None
        ]
        if not noted:
            return [s]
        reading = list(asked_for(s))
        for handler in s.handlers:
            handler.body = rebuild(
                handler.body, lambda one: self.read(one, noted) if one in reading else [one]
            )
        return [*placed([assign(raised, constant(None)) for raised, _ in noted], s), s]

    def noted(
        self, block: list[gast.stmt], place: int, called: gast.Call, wanted: list[str]
    ) -> tuple[str, dict[str, str]] | None:
        """The names of the exception and of what the exception holds, which are assigned before it is raised."""
        contents = self.contents.get(site_of(called), {})
        named = {attr: self.names.fresh(attr) for attr in wanted if attr in contents}
        if not named:
            return None
        self.held += named.values()
        raised = self.names.fresh("raised")
        before = [assign(name, _content(called, contents[attr])) for attr, name in named.items()]
        before.append(assign(raised, load(block[place].exc.id)))
        block[place:place] = placed(before, block[place])
        return raised, named

    def read(self, s: gast.Assign, noted: list[tuple[str, dict[str, str]]]) -> list[gast.stmt]:
        attr, caught = s.value.attr, s.value.value
        done: list[gast.stmt] = [s]
        for raised, named in noted:
            if attr in named:
                test = self.names.temporary()
                own = assign(copied(s.targets[0]), load(named[attr]))
                asked = assign(test, gast.Compare(copied(caught), [gast.Is()], [load(raised)]))
                done = [asked, gast.If(load(test), [own], done)]
        return placed(done, s)


def _content(called: gast.Call, places: Place | tuple[Place, ...]) -> gast.expr:
    if isinstance(places, tuple):
        return gast.Tuple([_content(called, one) for one in places], gast.Load())
    if isinstance(places, int):
        return copied(called.args[places])
    if isinstance(places, str):
        return copied(next(k.value for k in called.keywords if k.arg == places))
    return copied(places)
