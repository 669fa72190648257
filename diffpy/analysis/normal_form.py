"""The promise of the normal form: a function's tree in; an AssertionError where it is broken out."""

from __future__ import annotations

import ast

import gast


def check(tree: gast.FunctionDef) -> None:
    """Every statement is of a form that derivation knows, and the one return is the last statement.

    >>> check(gast.parse("def f(x):\\n    y = x * 2\\n    return y").body[0])
    >>> check(gast.parse("def f(x):\\n    return x * 2").body[0])
    Traceback (most recent call last):
    AssertionError: not in normal form (line 2): return x * 2
    """
    *body, last = tree.body
    _demand(isinstance(last, gast.Return) and last.value is not None and _is_atom(last.value), last)
    _block(body, breaks=False)


def _block(statements: list[gast.stmt], *, breaks: bool) -> None:
    """`breaks`: whether the block ends its loop's body, so that a break may be its last statement."""
    for k, one in enumerate(statements):
        _statement(one, breaks=breaks and k == len(statements) - 1)


def _statement(node: gast.stmt, *, breaks: bool) -> None:
    _demand(getattr(node, "lineno", None) is not None, node)
    match node:
        case gast.If(test=test, body=body, orelse=orelse):
            _demand(_is_atom(test) and bool(body), node)
            _block(body, breaks=breaks)
            _block(orelse, breaks=breaks)
        case gast.For(target=gast.Name(), iter=gast.Name(), body=body, orelse=[]):
            _block(body, breaks=True)
        case gast.While(test=gast.Constant(value=True), body=body, orelse=[]):
            _block(body, breaks=True)
        case gast.With(items=[item], body=body):
            _demand(_is_atom(item.context_expr), node)
            _demand(item.optional_vars is None or isinstance(item.optional_vars, gast.Name), node)
            _block(body, breaks=False)
        case gast.Try() | gast.TryStar():
            for block in (node.body, node.orelse, node.finalbody, *(one.body for one in node.handlers)):
                _block(block, breaks=False)
        case gast.Break():
            _demand(breaks, node)
        case _:
            _demand(_is_plain(node), node)


def _is_plain(node: gast.stmt) -> bool:
    match node:
        case gast.Assign(targets=[gast.Name()], value=value):
            return is_value(value)
        case gast.Assign(targets=[gast.Tuple(elts=elements)], value=gast.Name()):
            return (
                sum(isinstance(one, gast.Starred) for one in elements) <= 1
                and all(map(_is_element, elements))
                and not any(isinstance(one, gast.Constant) for one in elements)
            )
        case gast.Assign(targets=[gast.Subscript() | gast.Attribute() as place], value=value):
            return _is_place(place) and _is_atom(value)
        case gast.AugAssign(target=target, value=value):
            return (isinstance(target, gast.Name) or _is_place(target)) and _is_atom(value)
        case gast.Expr(value=gast.Call() as value):
            return is_value(value)
        case gast.Expr(value=gast.Yield(value=value)):
            return _is_atom(value)
        case gast.Delete(targets=[target]):
            return isinstance(target, gast.Name) or _is_place(target)
        case gast.Raise(exc=error, cause=cause):
            return all(one is None or _is_atom(one) for one in (error, cause))
    return isinstance(
        node, gast.FunctionDef | gast.Pass | gast.Import | gast.ImportFrom | gast.Global | gast.Nonlocal
    )


def is_value(node: gast.expr) -> bool:
    """One operation on atoms, or an atom."""
    match node:
        case gast.BinOp(left=left, right=right):
            return _is_atom(left) and _is_atom(right)
        case gast.Compare(left=left, ops=[_], comparators=[right]):
            return _is_atom(left) and _is_atom(right)
        case gast.UnaryOp(operand=operand):
            return _is_atom(operand)
        case gast.Call(func=function, args=arguments, keywords=keywords):
            return (
                _is_function(function)
                and all(map(_is_element, arguments))
                and all(map(_is_keyword, keywords))
            )
        case gast.Tuple(elts=elements) | gast.List(elts=elements) | gast.Set(elts=elements):
            return all(map(_is_element, elements))
        case gast.Dict(keys=keys, values=values):
            return all(map(_is_atom, values)) and all(one is None or _is_atom(one) for one in keys)
        case gast.Subscript():
            return _is_place(node)
        case gast.Attribute(value=value):
            return _is_chain(value)
        case gast.JoinedStr(values=values):
            return all(map(_is_field, values))
    return _is_atom(node)


def _is_atom(node: gast.expr) -> bool:
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        return isinstance(node.operand, gast.Constant)
    return isinstance(node, gast.Name | gast.Constant)


def _is_element(node: gast.expr) -> bool:
    return isinstance(node.value, gast.Name) if isinstance(node, gast.Starred) else _is_atom(node)


def _is_keyword(node: gast.keyword) -> bool:
    return _is_atom(node.value) if node.arg is not None else isinstance(node.value, gast.Name)


def _is_chain(node: gast.expr) -> bool:
    while isinstance(node, gast.Attribute):
        node = node.value
    return isinstance(node, gast.Name)


def _is_function(node: gast.expr) -> bool:
    return isinstance(node, gast.Name) or (isinstance(node, gast.Attribute) and _is_chain(node))


def _is_place(node: gast.expr) -> bool:
    match node:
        case gast.Subscript(value=gast.Name(), slice=gast.Tuple(elts=elements)):
            return all(map(_is_index, elements))
        case gast.Subscript(value=gast.Name(), slice=index):
            return _is_index(index)
        case gast.Attribute(value=gast.Name()):
            return True
    return False


def _is_index(node: gast.expr) -> bool:
    if isinstance(node, gast.Slice):
        return all(one is None or _is_atom(one) for one in (node.lower, node.upper, node.step))
    return _is_atom(node)


def _is_field(node: gast.expr) -> bool:
    match node:
        case gast.FormattedValue(value=value, format_spec=None):
            return _is_atom(value)
        case gast.FormattedValue(value=value, format_spec=gast.JoinedStr(values=values)):
            return _is_atom(value) and all(map(_is_field, values))
    return isinstance(node, gast.Constant)


def _demand(holds: bool, node: gast.stmt) -> None:
    if not holds:
        text = ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(node))).splitlines()[0]
        raise AssertionError(f"not in normal form (line {getattr(node, 'lineno', None)}): {text}")
