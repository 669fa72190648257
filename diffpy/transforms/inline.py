"""Calls written out where they stand: normal form in, the same program with some calls replaced by what they run out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import gast

from diffpy import errors
from diffpy.analysis import flow
from diffpy.analysis.callees import Bound, Summary, bind
from diffpy.analysis.outer_names import declared
from diffpy.syntax.build import assign, import_as
from diffpy.syntax.names import Names
from diffpy.syntax.trees import Rewriter, copied, nodes
from diffpy.transforms.own_functions import would_share

NO_SITE = -1

# How a global name of the callee is spelled in the caller.
Spelling = Callable[[Summary, str], gast.expr]


class Inlining:
    """What is to be written out: the number of a call's site -> the summary of the callee and what it is given."""

    def __init__(
        self, wanted: Mapping[int, tuple[Summary, str | None]], names: Names, spelled: Spelling
    ) -> None:
        self.wanted, self.names, self.spelled = wanted, names, spelled
        self.declared: set[str] = set()  # global variables that what is written out assigns

    def function(self, tree: gast.FunctionDef) -> gast.FunctionDef:
        """Write the wanted calls out; in place.

        Before:                 After, for `def fill(b, v): b[0] = v`:
            fill(a, x)              b, v = a, x
            return a                b[0] = v
                                    return a
        """
        self.tree = tree
        tree.body = self.block(tree.body)
        if self.declared:
            tree.body.insert(0, gast.copy_location(gast.Global(sorted(self.declared)), tree.body[0]))
        return tree

    def block(self, block: list[gast.stmt]) -> list[gast.stmt]:
        return [one for s in block for one in self.statement(s)]

    def statement(self, s: gast.stmt) -> list[gast.stmt]:
        match s:
            case gast.FunctionDef():
                return [s]
            case gast.Assign(value=gast.Call() as called) | gast.Expr(value=gast.Call() as called):
                wanted = self.wanted.get(site_of(called))
                return [s] if wanted is None else self.written_out(s, called, *wanted)
        for field in ("body", "orelse", "finalbody"):
            if getattr(s, field, None):
                setattr(s, field, self.block(getattr(s, field)))
        for handler in getattr(s, "handlers", None) or []:
            handler.body = self.block(handler.body)
        return [s]

    def written_out(
        self, s: gast.stmt, called: gast.Call, found: Summary, owner: str | None
    ) -> list[gast.stmt]:
        before_arguments = {"callee": [called.func], "object": [getattr(called.func, "value", None)]}.get(
            owner or "", []
        )
        bound = bind(found.tree.args, [*before_arguments, *called.args], called.keywords)
        if bound is None:
            raise errors.UnsupportedSyntaxError("its arguments are spread with * or **")
        if would_share(self.tree, called, found):
            raise errors.UnsupportedSyntaxError(
                "each turn of the loop makes functions with variables of their own"
            )
        tree = copied(found.tree)
        own = (flow.argument_names(tree) | flow.all_written(tree.body)) - declared(tree)
        self.declared |= declared(tree)
        tree.body = [one for one in tree.body if not isinstance(one, gast.Global)]
        renamed = {
            n: self.names.temporary() if _is_temporary(n) else self.names.fresh(n) for n in sorted(own)
        }
        here = flow.argument_names(self.tree) | flow.all_written(self.tree.body)
        kept = arguments_kept(tree, bound)
        renamed |= {p: a for p, a in kept.items() if p in renamed and a in here}
        before = self.parameters(found, bound, renamed, called)
        spelled = self.globals(tree, own, found, renamed, s)
        body = _Renaming(renamed).block(tree.body)
        returned = body.pop()
        chain = (*chain_of(called), key_of(found))
        for one in (node for b in body for node in nodes(b)):
            gast.copy_location(one, s)
            one.chain = chain  # an operator, too, may turn out to be the call of a method
        after = []
        if isinstance(s, gast.Assign):
            after = [gast.copy_location(gast.Assign(s.targets, returned.value, None), s)]
        return [*before, *spelled, *body, *after]

    def parameters(
        self, callee: Summary, bound: Bound, renamed: Mapping[str, str], called: gast.Call
    ) -> list[gast.stmt]:
        """p = a for each parameter."""
        found = []
        arguments = callee.tree.args
        for name, default in parameters(arguments):
            value: gast.expr | None = default
            given = name in bound
            if arguments.vararg is not None and name == arguments.vararg.id:
                value, given = gast.Tuple(bound.get(name, []), gast.Load()), True
            elif arguments.kwarg is not None and name == arguments.kwarg.id:
                value, given = _keywords(bound.get(name, []), called), True
            elif given:
                value = bound[name][0]
            elif isinstance(default, gast.Name) and default.id in callee.objects:
                value, given = self.spelled(callee, default.id), True
            if value is None or not (given or _is_literal(value)):
                raise errors.UnsupportedSyntaxError(f"the default of '{name}' is no literal")
            if not (isinstance(value, gast.Name) and value.id == renamed[name]):
                found.append(assign(renamed[name], copied(value), called))
        return found

    def globals(
        self,
        tree: gast.FunctionDef,
        own: set[str] | frozenset[str],
        found: Summary,
        renamed: dict[str, str],
        s: gast.stmt,
    ) -> list[gast.stmt]:
        """Global names of a function of another module are read from that module."""
        if found.is_local:
            return []
        before = []
        for name in sorted({n for b in tree.body for n in flow.names_read(b)} - set(own)):
            value = self.spelled(found, name)
            if name in declared(found.tree) and not isinstance(value, gast.Name):
                raise errors.UnsupportedSyntaxError(f"it assigns the global variable '{name}'")
            if isinstance(value, gast.Name):
                renamed[name] = value.id
            else:
                renamed[name] = self.names.fresh(name)
                before.append(assign(renamed[name], value, s))
        return before


def parameters(arguments: gast.arguments) -> list[tuple[str, gast.expr | None]]:
    """Each parameter with its default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    found = [(p.id, d) for p, d in zip(positional, defaults, strict=True)]
    found += [(a.id, None) for a in (arguments.vararg,) if a is not None]
    found += [(p.id, d) for p, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    return found + [(a.id, None) for a in (arguments.kwarg,) if a is not None]


def arguments_kept(tree: gast.FunctionDef, bound: Bound) -> dict[str, str]:
    """The parameters that stand for variables of the caller all the time, and those: they need no names of their own."""
    inner = any(isinstance(one, gast.FunctionDef | gast.Lambda) for one in nodes(*tree.body))
    written = flow.all_written(tree.body)
    own = {p for p, _ in parameters(tree.args)} - {
        one.id for one in (tree.args.vararg, tree.args.kwarg) if one is not None
    }
    return {
        p: given[0].id
        for p, given in bound.items()
        if not inner and p in own - written and len(given) == 1 and isinstance(given[0], gast.Name)
    }


def _is_literal(node: gast.expr) -> bool:
    match node:
        case gast.Tuple(elts=elements):
            return all(isinstance(one, gast.Constant) for one in elements)
        case gast.UnaryOp(op=gast.USub(), operand=operand):
            return isinstance(operand, gast.Constant)
    return isinstance(node, gast.Constant)


def _keywords(given: list[gast.expr], called: gast.Call) -> gast.expr:
    spelled = {id(k.value): k.arg for k in called.keywords}
    return gast.Dict([gast.Constant(spelled[id(g)], None) for g in given], list(given))


def number_sites(tree: gast.FunctionDef) -> None:
    """Number the calls, items, attributes, operators, texts, tests, loops and contexts: known again when renamed."""
    operators = gast.BinOp | gast.UnaryOp | gast.AugAssign | gast.Compare | gast.JoinedStr
    kinds = gast.Call | gast.Subscript | gast.Attribute | operators | gast.If | gast.For | gast.With
    numbered = (n for n in nodes(tree) if isinstance(n, kinds))
    for k, one in enumerate(numbered):
        one.site = k


def site_of(called: gast.AST) -> int:
    return getattr(called, "site", NO_SITE)


def chain_of(called: gast.AST) -> tuple:
    """The functions that were written out to get to this call, or to what is written as one."""
    return getattr(called, "chain", ())


def key_of(found: Summary) -> object:
    tree = found.tree
    return (tree.name, tree.lineno, tree.col_offset)


def _is_temporary(name: str) -> bool:
    return name[:1] == "t" and name[1:].isdigit()


def with_other_names(tree: gast.FunctionDef, renamed: Mapping[str, str]) -> gast.FunctionDef:
    """Other names for some of the function's variables; in place."""
    for one in nodes(tree.args):
        if isinstance(one, gast.Name) and isinstance(one.ctx, gast.Param):
            one.id = renamed.get(one.id, one.id)
    tree.body = _Renaming(renamed).block(tree.body)
    return tree


class _Renaming(Rewriter):
    """Other names for a function's variables, also where nested functions capture them."""

    def __init__(self, renamed: Mapping[str, str]) -> None:
        self.renamed = renamed

    def block(self, block: list[gast.stmt]) -> list[gast.stmt]:
        return [self.visit(s) for s in block]

    def visit_Name(self, node: gast.Name) -> gast.Name:
        node.id = self.renamed.get(node.id, node.id)
        return node

    def visit_Import(self, node: gast.Import) -> gast.Import:
        return import_as(node, self.renamed)

    def visit_ImportFrom(self, node: gast.ImportFrom) -> gast.ImportFrom:
        return import_as(node, self.renamed)

    def visit_FunctionDef(self, node: gast.FunctionDef) -> gast.FunctionDef:
        free = flow.free_names(node)
        inner = _Renaming({n: r for n, r in self.renamed.items() if n in free})
        for name, default in (("defaults", node.args.defaults), ("kw_defaults", node.args.kw_defaults)):
            setattr(node.args, name, [d if d is None else self.visit(d) for d in default])
        node.body = inner.block(node.body)
        node.name = self.renamed.get(node.name, node.name)
        return node

    def visit_Nonlocal(self, node: gast.Nonlocal) -> gast.Nonlocal:
        node.names = [self.renamed.get(n, n) for n in node.names]
        return node

    def visit_ExceptHandler(self, node: gast.ExceptHandler) -> gast.ExceptHandler:
        self.generic_visit(node)
        return node
