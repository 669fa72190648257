"""What a tensor graph is made of: nodes, the blocks that they stand in, and the values that flow between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diffpy.analysis.kinds import Kind
from diffpy.analysis.operations import Form
from diffpy.errors import Place

REGIONS = ("if", "for", "while", "with", "try")


@dataclass(frozen=True)
class Input:
    """A value that is read: its name in the user's text and the number of the node that it comes from.

    A value without a name is called `#` and that number.
    """

    name: str
    source: int
    active: bool


@dataclass(frozen=True)
class Block:
    """Nodes in the order of the program; the label tells the blocks of one region apart (then, else ...).

    `gives` is what the block leaves to the next iteration, or to what follows the region.
    """

    label: str
    nodes: tuple[Node, ...]
    gives: tuple[Input, ...] = ()

    def walk(self) -> Iterator[Node]:
        for node in self.nodes:
            yield node
            for block in node.blocks:
                yield from block.walk()


@dataclass(frozen=True)
class Node:
    """One statement of the normal form, or a region (if, for, while, with, try) with its blocks."""

    number: int  # from 1, in the order of the program
    form: Form
    operation: str
    text: str  # the statement in the user's words, on one line
    outputs: tuple[str, ...]  # what it binds, or changes in place
    inputs: tuple[Input, ...]
    kind: Kind | None
    active: bool
    place: Place
    blocks: tuple[Block, ...] = ()
    carries: tuple[str, ...] = ()  # what one iteration hands to the next
    tensor_region: int | None = None  # the number of the maximal stretch of tensor work that it belongs to

    @property
    def line(self) -> int:
        return self.place.line

    @property
    def column(self) -> int:
        """Counted in characters from 0."""
        return self.place.column


@dataclass(frozen=True)
class Edge:
    """A value on its way: its name, the numbers of the nodes that make and read it."""

    name: str
    source: int
    target: int
    active: bool


def edges(block: Block, region: int | None = None) -> Iterator[Edge]:
    """What the nodes of a block read, and what the block gives to its region: there the target has the lower number."""
    for node in block.nodes:
        yield from (Edge(i.name, i.source, node.number, i.active and node.active) for i in node.inputs)
        for inner in node.blocks:
            yield from edges(inner, node.number)
    if region is not None:
        yield from (Edge(i.name, i.source, region, i.active) for i in block.gives if i.source > region)
