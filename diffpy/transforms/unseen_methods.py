"""Methods that Python calls by itself: normal form in, the same with calls of them written down, out.

The statements are known by the numbers of their tests, calls, comparisons, items and texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import gast

from diffpy.rules.cotangents import check_answer
from diffpy.syntax.build import assign, at, call, constant, load, said
from diffpy.syntax.names import Names
from diffpy.transforms.blocks import rebuild
from diffpy.transforms.inline import NO_SITE, site_of
from diffpy.transforms.known_objects import Objects, known_as


class Written(NamedTuple):
    """A method: its name, which operand has it, and whether it gives what the whole expression is.

    `surely`: what it gives is of the type that Python wants.
    """

    method: str
    k: int
    whole: bool
    surely: bool


IN_A_LOOP = Written("__add__", 0, True, True)  # of what sum adds up, item by item


def write_unseen(
    tree: gast.FunctionDef, names: Names, wanted: Mapping[int, Written], objects: Objects
) -> gast.FunctionDef:
    """In place.

    Before:                     After:
        if o: ...                   t1 = o.__bool__()
                                    check_answer(t1, "__bool__", o)     # unless it surely is a bool
                                    if t1: ...
        n = len(o)                  n = o.__len__()
        t = a != b                  t2 = a.__eq__(b)
                                    t = not t2
        t = v in o                  t3 = o.__contains__(v)
                                    t = bool(t3)
        print(o)                    t4 = o.__str__()
                                    print(t4)
        y = sum(os, o)              t5 = o
                                    for t6 in os:
                                        t5 = t5 + t6
                                    y = t5
    """
    unsure = any(not one.surely for one in wanted.values())
    check = known_as(check_answer, "check_answer", names, objects) if unsure else load("check_answer")
    tree.body = rebuild(tree.body, lambda s: _written(s, names, wanted, check))
    return tree


def asking(s: gast.stmt) -> gast.AST | None:
    """What of a statement may come to a method."""
    match s:
        case gast.If():
            return s
        case gast.Assign(value=value) | gast.Expr(value=value):
            return value
    return None


def operands(node: gast.AST) -> list[gast.expr]:
    """What may have the method."""
    match node:
        case gast.If(test=test):
            return [test]
        case gast.UnaryOp(operand=operand):
            return [operand]
        case gast.Compare(left=left, comparators=others):
            return [left, *others]
        case gast.Subscript(slice=index):
            return [index]
        case gast.JoinedStr(values=values):
            return [one.value for one in values]
        case gast.Call(args=args):
            return list(args)
    return []


def _written(s: gast.stmt, names: Names, wanted: Mapping[int, Written], check: gast.Name) -> list[gast.stmt]:
    node = asking(s)
    site = site_of(node) if node is not None else NO_SITE
    if node is None or site not in wanted:
        return [s]
    if wanted[site] is IN_A_LOOP:
        return _summed(s, node, names)
    method, k, whole, surely = wanted[site]
    every = operands(node)
    owner = every[k]
    text = isinstance(node, gast.JoinedStr) and method == "__format__"
    given = [*every[:k], *every[k + 1 :]] if whole else [constant("")] * text
    made = call(gast.Attribute(owner, method, gast.Load()), *given)
    if whole and surely and not isinstance(node, gast.Compare):
        s.value = at(made, node)
        return [s]
    held = names.temporary()
    before = [assign(held, made, s)]
    if not surely:
        asked = call(load(check.id), load(held), constant(method), load(owner.id))
        before.append(at(gast.Expr(asked), s))
    if whole:
        s.value = at(_answer(node, method, held), node)
    else:
        _stand_in(node, k, load(held))
    return [*before, s]


def _summed(s: gast.Assign, node: gast.Call, names: Names) -> list[gast.stmt]:
    start = next((one for one in (*node.args[1:], *(k.value for k in node.keywords))), constant(0))
    total, item = names.temporary(), names.temporary()
    s.value = load(total)
    text = f"{total} = start__\nfor {item} in given__:\n    {total} = {total} + {item}"
    return [*said(text, s, start__=start, given__=node.args[0]), s]


def _answer(node: gast.expr, method: str, held: str) -> gast.expr:
    """What an expression makes of what its method gives."""
    match node:
        case gast.Compare(ops=[gast.In()]):
            return call("bool", load(held))
        case gast.Compare(ops=[gast.NotIn()]):
            return gast.UnaryOp(gast.Not(), load(held))
        case gast.Compare(ops=[gast.NotEq()]) if method == "__eq__":
            return gast.UnaryOp(gast.Not(), load(held))
    return load(held)


def _stand_in(node: gast.AST, k: int, held: gast.expr) -> None:
    match node:
        case gast.If():
            node.test = at(held, node.test)
        case gast.UnaryOp():
            node.operand = at(held, node.operand)
        case gast.Subscript():
            node.slice = at(held, node.slice)
        case gast.JoinedStr(values=values):
            values[k].value, values[k].conversion = at(held, values[k].value), -1
        case gast.Call(args=args):
            args[k] = at(held, args[k])
