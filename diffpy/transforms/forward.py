"""Forward mode: renamed normal form and its facts in, the same function with a tangent beside each active value out."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import gast

from diffpy import errors
from diffpy.analysis import flow, named_tuples
from diffpy.analysis.calls import INPLACE, MethodCall, OpenCall, PlainCall, TableCall
from diffpy.analysis.foreign import only_gathers
from diffpy.analysis.kinds import FLOAT, INTEGER, Array, Known, ListOf, Range, Scalar, TupleOf, is_complex
from diffpy.analysis.mutability import mutable
from diffpy.analysis.views import is_view, may_copy
from diffpy.rules.cotangents import check_rebound
from diffpy.rules.operands import makes_array
from diffpy.rules.table import Line
from diffpy.syntax.build import assign, at, call, constant, expression, load, store
from diffpy.syntax.yields import is_generator
from diffpy.transforms import forward_containers as containers
from diffpy.transforms import lines
from diffpy.transforms.assemble import plain_arguments
from diffpy.transforms.forward_gathering import added_along
from diffpy.transforms.forward_shapes import laid_out
from diffpy.transforms.forward_sums import summed
from diffpy.transforms.forward_words import Statements, Tangents
from diffpy.transforms.handing_on import ITEMS
from diffpy.transforms.linear_calls import linear_call
from diffpy.transforms.reverse import steers
from diffpy.transforms.simplify import simplify
from diffpy.transforms.simplify_facts import Derivative


def differential(
    forward: Forward,
    wrt: tuple[str, ...],
    captured: tuple[str, ...],
    itself: tuple[str, ...],
    title: str,
    more: str | None = None,
) -> tuple[gast.FunctionDef, dict[str, Any]]:
    """The function of arguments and tangents, and what its callers want to know of it.

    That is: its parameters for tangents, arguments that take active values in, and what it changes.

    Before:                         After:
        def f(x):                       def f_value_with_differential(x, x_dot):
            y = x * x                       y_dot = x_dot * x + x * x_dot
            return y                        y = x * x
                                            return y, y_dot
    """
    tree = forward.tree
    forward.active &= forward.movable() | {*wrt, *captured, *itself}
    still = sorted((flow.argument_names(tree) & forward.active) - {*wrt})
    dots = {name: forward.dot(name) for name in (*wrt, *captured)}
    body = [forward.set(n, forward.start_of(n), tree.body[-1]) for n in still]
    body += [forward.set(n, constant(None), tree.body[-1]) for n in perhaps_captured(forward)]
    body += [forward.set(n, forward.of_closure(captured), tree.body[0]) for n in itself]
    body += forward.block(tree.body[:-1])
    last = tree.body[-1]
    result = last.value
    moved = forward.tangent(result) if forward.is_active(result) else constant(None)
    value = result if more is None else gast.Tuple([result, load(more)], gast.Load())
    pair = gast.Tuple([value, moved], gast.Load())
    if not is_generator(tree) or not isinstance(result, gast.Constant):
        body.append(gast.copy_location(gast.Return(pair), last))
    name = forward.names.fresh(f"{title}_value_with_differential")
    whole = gast.FunctionDef(name, _parameters(tree.args, list(dots.values())), body, [], None, None, [])
    objects = forward.namespace.objects
    known = Derivative(forward.names, forward.facts.kind, forward.bars, mark="dot", objects=objects)
    changing = frozenset(n for n in flow.argument_names(tree) | {*captured} if forward.is_changed(n))
    gathering = changing & frozenset(still)
    notes = {
        "__diffpy_dots__": dots,
        "__diffpy_gathering__": gathering,
        "__diffpy_changing__": changing,
        "__diffpy_changes_by_calls__": forward.changes_by_calls(),
    }
    return at(simplify(whole, known), last), notes


def _parameters(arguments: gast.arguments, dots: list[str]) -> gast.arguments:
    """Tangents behind the arguments; by name alone where something stands in the way."""
    found = plain_arguments(arguments)
    more = [gast.Name(dot, gast.Param(), None, None) for dot in dots]
    if found.defaults or found.vararg or found.kwonlyargs or found.posonlyargs:
        found.kwonlyargs += more
        found.kw_defaults += [None] * len(more)
    else:
        found.args += more
    return found


def perhaps_captured(forward: Forward) -> list[str]:
    """Names that functions capture, and that may not be bound yet where the functions are defined."""
    captured: set[str] = set().union(*forward.closures.values())
    surely = flow.FlowFacts().block(forward.tree.body).surely | flow.argument_names(forward.tree)
    return sorted((captured & forward.active & forward.locals) - surely)


class Forward(Tangents):
    """Walks the function once; each handler returns the statements for the value and for its tangent."""

    # Statements

    def block(self, block: list[gast.stmt]) -> Statements:  # type: ignore[override]
        return [one for s in block for one in self.statement(s)]

    def statement(self, s: gast.stmt, forward: object = None) -> Statements:  # type: ignore[override]
        match s:
            case gast.Assign(targets=[gast.Name() as target]):
                return self.assign(target.id, s)
            case gast.Assign(targets=[gast.Tuple()]):
                return containers.unpack(self, s)
            case gast.Assign(targets=[gast.Subscript() | gast.Attribute()]):
                return containers.store(self, s)
            case gast.AugAssign():
                return containers.augmented(self, s)
            case gast.Expr(value=gast.Call()):
                return self.effect(s)
            case gast.Expr(value=gast.Yield(value=value)):
                moved = self.tangent(value) if self.is_active(value) else constant(None)
                pair = gast.Yield(gast.Tuple([value, moved], gast.Load()))
                return [at(gast.Expr(pair), s)]
            case gast.Delete():
                return containers.delete(self, s)
            case gast.If():
                body, orelse = self.block(s.body), self.block(s.orelse)
                return [gast.copy_location(gast.If(s.test, body or [gast.Pass()], orelse), s)]
            case gast.For() | gast.While():
                return self.loop(s)
            case gast.With():
                return containers.with_block(self, s, self.block)
            case gast.Try():
                return self.try_block(s)[0]
            case gast.FunctionDef():
                return self.nested(s)
            case gast.Global(names=names):
                exposed = flow.FlowFacts().block(self.tree.body).exposed & self.active
                return [s, *(self.set(n, self.zero_of(load(n)), s) for n in names if n in exposed)]
            case _:
                return [s]

    def assign(self, y: str, s: gast.Assign) -> Statements:  # type: ignore[override]
        found = self.facts.calls.get(id(s.value))
        if y not in self.active and not self.changes(s.value):
            return self.in_place_again(s) or [s]
        before = self.put_aside(y, s) if y in self.active else []
        if y in self.active:
            return [*before, *self.value(y, s.value, s)]
        if isinstance(found, MethodCall):
            return containers.method(self, y, found, s)
        assert isinstance(found, OpenCall)
        return self.open(y, found, s)

    def changes(self, value: gast.expr) -> bool:
        """Whether a value changes, or may change, what has a tangent."""
        match self.facts.calls.get(id(value)):
            case MethodCall(base=base):
                return base.id in self.active
            case OpenCall(args=args, keywords=keywords) as found if found.function not in ITEMS:
                given = [*args, *(k.value for k in keywords)]
                given += (
                    [value.func.value] if isinstance(getattr(value, "func", None), gast.Attribute) else []
                )
                given += [value.func] if isinstance(value, gast.Call) else []
                atoms = [a.value if isinstance(a, gast.Starred) else a for a in given]
                return any(self.is_active(a) and mutable(self.facts.kind(a)) for a in atoms)
        return False

    def put_aside(self, y: str, s: gast.Assign) -> Statements:
        """x = x * x: the old x under a name of its own, for the tangent that reads it."""
        if y not in flow.names_read(s.value):
            return []
        old = self.names.fresh(f"{y}_old")
        self.facts.kinds[old] = self.facts.kind(y)
        self.active |= {old}
        for node in gast.walk(s.value):
            if isinstance(node, gast.Name) and node.id == y:
                node.id = old
        return [assign(old, load(y), s), assign(self.dot(old), load(self.dot(y)), s)]

    def value(self, y: str, value: gast.expr, s: gast.stmt) -> Statements:  # type: ignore[override]
        items = named_tuples.display(self.facts, value)
        if items is not None:
            return containers.display(self, y, items, s)
        match self.facts.calls.get(id(value)):
            case TableCall() as found if isinstance(self.facts.kind(y), Scalar | Array):
                return self.table(y, found, s)
            case TableCall() | OpenCall() as found if linear := linear_call(found, value):
                return [s, self.set(y, self.itself(y, linear, s), s)]
            case TableCall() | OpenCall() as found if containers.moves_alike(self, found, value):
                return containers.alike(self, y, value, s)
            case TableCall() if isinstance(value, gast.Call):
                return self.open(y, OpenCall(value.func, tuple(value.args), tuple(value.keywords)), s)
            case OpenCall() as found:
                return self.open(y, found, s)
            case MethodCall() as found:
                return containers.method(self, y, found, s)
            case PlainCall() if self.is_iterator(y) and isinstance(value, gast.Call):
                return self.open(y, OpenCall(value.func, tuple(value.args), tuple(value.keywords)), s)
        match value:
            case gast.Name():
                return [s, self.set(y, self.tangent(value), s)]
            case gast.Tuple() | gast.List() | gast.Dict() | gast.Set():
                return containers.display(self, y, value, s)
            case gast.Subscript():
                return containers.subscript(self, y, value, s)
            case gast.Attribute():
                return containers.attribute(self, y, value, s)
        if isinstance(self.facts.calls.get(id(value)), PlainCall) or _is_constant(value):
            return [s, self.set(y, self.zero_of(load(y)), s)]
        raise self.refuse(errors.UnsupportedSyntaxError, "this expression has no derivative here", s)

    # Calls

    def table(self, y: str, found: TableCall, s: gast.stmt) -> Statements:  # type: ignore[override]
        """An operation of the table: its tangent lines, inlined."""
        refused = self.check_options(found, s)
        if refused is not None:
            raise refused
        if self.is_transposed(y, found) or (self.is_recorded and not self.is_multiple(y, found)):
            return self.again_open(y, found, s)
        if found.row.family == "linear":
            return [s, self.set(y, self.itself(y, found, s), s)]
        terms: list[gast.expr] = []
        before: Statements = []
        for parameter, given in found.arguments.items():
            if not self.moves(given):
                continue
            line = self.line(found, parameter, given, s)
            each = self.alone(y, found, parameter, given, before, s)
            if each is not None:
                terms += each
            elif line is not None:
                parts = self.moved_parts(y, found, parameter, given, line, before, s)
                factor = self.is_recorded and not lines.is_multiple(line)
                d, parts["d"] = parts["d"], constant(1.0) if factor else parts["d"]
                term = lines.inline(line, parts, self.xp(found), self.namespace, s)
                terms.append(gast.BinOp(d, gast.Mult(), term) if factor else term)
        if not terms:
            return [s, self.set(y, self.zero_of(load(y)), s)]
        moved = self.set(y, laid_out(self, y, found, summed(terms)), s)
        return [*before, moved, s] if self.is_calm(y, s.value) else [*before, s, moved]

    def alone(
        self, y: str, found: TableCall, parameter: str, given: object, before: Statements, s: gast.stmt
    ) -> list[gast.expr] | None:
        """What each of *arguments alone brings about; None where there is no line for that."""
        line = found.row.each_tangent.get(parameter)
        if line is None or not isinstance(given, tuple):
            return None
        parts = self.moved_parts(y, found, parameter, given, line, before, s)
        each = [
            {**parts, "d": self.tangent(g), "index": constant(k)}
            for k, g in enumerate(given)
            if self.is_active(g)
        ]
        terms = [lines.inline(line, one, self.xp(found), self.namespace, s) for one in each]
        return None if any(isinstance(one, gast.Constant) for one in terms) else terms

    def is_multiple(self, y: str, found: TableCall) -> bool:
        """Whether tangents are multiplied, element by element: of no view, whose tangent is to be one too."""
        is_linear = found.row.holomorphic or not self.is_complex(y, found)
        return found.row.family == "elementwise" and is_linear and not is_view(found)

    def is_complex(self, y: str, found: TableCall) -> bool:
        """Whether the result or an argument of an operation is complex."""
        atoms = [a for g in found.arguments.values() for a in (g if isinstance(g, tuple) else (g,))]
        kinds = [self.facts.kind(y), *(self.facts.kind(a) for a in atoms if isinstance(a, gast.expr))]
        return any(map(is_complex, kinds))

    def is_calm(self, y: str, value: gast.expr) -> bool:
        """Whether an operation on numbers cannot raise, so that its tangent, which reads but operands, may go first."""
        calm = isinstance(value, gast.BinOp) and isinstance(value.op, gast.Add | gast.Sub | gast.Mult)
        return calm and self.facts.kind(y) in (FLOAT, INTEGER)

    def moves(self, given: object) -> bool:
        return any(self.is_active(t) for t in (given if isinstance(given, tuple) else (given,)))

    def is_transposed(self, y: str, found: TableCall) -> bool:
        """Whether the tangent has to be found from the pullback, when the call runs."""
        row = found.row
        if row.conjugates and self.is_complex(y, found):
            return True
        lacking = [p for p, g in found.arguments.items() if self.moves(g) and p not in row.tangents]
        return row.family != "linear" and any(p in row.pullbacks for p in lacking)

    def again_open(self, y: str, found: TableCall, s: gast.stmt) -> Statements:
        value = s.value
        match value:
            case gast.Call():
                return self.open(y, OpenCall(value.func, tuple(value.args), tuple(value.keywords)), s)
            case gast.Attribute():
                return self.open(y, OpenCall(load("getattr"), (value.value, constant(value.attr))), s)
        callee = gast.Name(
            f"operator.{getattr(found.function, '__name__', found.row.name)}", gast.Load(), None, None
        )
        return self.open(y, OpenCall(callee, tuple(found.arguments.values())), s)

    def line(self, found: TableCall, parameter: str, given: object, s: gast.stmt) -> Line | None:
        """The tangent line of an argument; None where the result reads its shape alone."""
        line = found.row.tangents.get(parameter)
        if line is not None or found.row.ignores(parameter):
            return line
        targets = given if isinstance(given, tuple) else (given,)
        if all(steers(self.facts.kind(t)) for t in targets if self.is_active(t)):
            return None
        raise self.no_derivative(found.row, parameter, s)

    def moved_parts(
        self,
        y: str,
        found: TableCall,
        parameter: str,
        given: object,
        line: Line,
        before: Statements,
        s: gast.stmt,
    ) -> dict[str, gast.expr]:
        """What a line's parameters stand for here."""
        needed = set(lines.parsed(line)[1])
        d = self.moved(found, parameter, given)
        parts: dict[str, gast.expr] = {"d": d, "y": load(y)}
        for name, one in found.row.signature.parameters.items():
            arg = found.arguments.get(name)
            atom = lines.default(one) if arg is None else _tuple(arg)
            if f"{name}_shape" in needed:
                parts[f"{name}_shape"] = self.shape(atom, s, before, isinstance(atom, gast.Name))
            if name in needed and self.is_made_array(found, name, atom):
                atom = expression(f"{self.module()}.asarray({atom.id})")
            parts[name] = self.divisible(found, name, atom)
        return parts

    def is_made_array(self, found: TableCall, name: str, atom: gast.expr) -> bool:
        kind = self.facts.kind(atom.id) if isinstance(atom, gast.Name) else None
        sequence = isinstance(kind, ListOf | TupleOf | Range)
        return sequence and makes_array(found.function, name)

    def moved(self, found: TableCall, parameter: str, given: object) -> gast.expr:
        """The tangent of an argument of a call: of *arguments a tuple, None where nothing moves."""
        if isinstance(given, tuple):
            entries = [self.tangent(g) if self.is_active(g) else self.unmoved(found, g) for g in given]
            return gast.Tuple(entries, gast.Load())
        d = self.tangent(given)
        if self.is_made_array(found, parameter, given):
            return expression(f"{self.module()}.asarray(d)", d=d)
        return d

    def unmoved(self, found: TableCall, atom: gast.expr) -> gast.expr:
        return constant(None) if found.row.family != "linear" else self.tangent(atom)

    def itself(self, y: str, found: TableCall, s: gast.stmt) -> gast.expr:
        """A linear operation, applied to tangents."""
        replaced: dict[int, gast.expr] = {}
        moving = False
        for parameter, given in found.arguments.items():
            if parameter not in found.row.pullbacks:
                if (
                    self.moves(given)
                    and not found.row.ignores(parameter)
                    and not steers(self.facts.kind(given))
                ):
                    raise self.no_derivative(found.row, parameter, s)
                continue
            moving = moving or self.moves(given)
            for atom in given if isinstance(given, tuple) else (given,):
                replaced[id(atom)] = self.tangent(atom)
        if not moving:
            return self.zero_of(load(y))
        value = _replaced(s.value, replaced)
        first = next(iter(found.arguments.values()), None)
        shares = isinstance(first, gast.Name) and is_view(found) and self.is_changed(y, first.id)
        if first is not None and shares and may_copy(found):
            return call(self.runtime("mirrored"), value, load(y), load(first.id), self.tangent(first))
        if found.row.name == "broadcast_to" or not shares:
            return laid_out(self, y, found, value)
        return value

    def effect(self, s: gast.Expr) -> Statements:  # type: ignore[override]
        """A call for its effect alone."""
        if self.is_recorded and self.facts.kind(s.value.func) == Known(check_rebound):
            return [] if self.is_followed(s.value.args[0]) else [s]
        if self.is_kept_in_a_set(s.value):
            return [s]
        match self.facts.calls.get(id(s.value)):
            case MethodCall() as found:
                return containers.method(self, None, found, s)
            case OpenCall() as found:
                along = added_along(self, found, s) if only_gathers(self.facts, s.value) else None
                return self.open(None, found, s) if along is None else along
        return [s]

    def is_followed(self, x: gast.Name) -> bool:
        """Whether x += v changes what x stands for as it runs, and its tangent: all names see both."""
        changing = (one for one in self.facts.calls.values() if isinstance(one, OpenCall) and one.args)
        return self.moves(x) and any(
            one.function in INPLACE.values() and isinstance(one.args[0], gast.Name) and one.args[0].id == x.id
            for one in changing
        )

    # Blocks

    def loop(self, s: gast.For | gast.While, outer: object = None) -> Statements:  # type: ignore[override]
        body = self.block(s.body)
        if isinstance(s, gast.While):
            return [gast.copy_location(gast.While(s.test, body, []), s)]
        target, source = s.target, s.iter
        if target.id in self.active and self.is_active(source):
            pair = gast.Tuple([target, store(self.dot(target.id))], gast.Store())
            zipped = call("zip", source, self.items(source))
            return [gast.copy_location(gast.For(pair, zipped, body, [], None), s)]
        if target.id in self.active:
            body.insert(0, self.set(target.id, self.zero_of(load(target.id)), s))
        return [gast.copy_location(gast.For(target, source, body, [], None), s)]

    def try_block(self, s: gast.Try) -> tuple[Statements, list]:
        """Where tangents change statement by statement, an exception leaves them as it leaves the values."""
        held = {h.name.id for h in s.handlers if h.name is not None}
        if not self.is_recorded or held & self.active:
            return super().try_block(s)
        parts = [self.block(one) for one in (s.body, s.orelse, s.finalbody)]
        handlers = [
            gast.copy_location(gast.ExceptHandler(h.type, h.name, self.block(h.body) or [gast.Pass()]), h)
            for h in s.handlers
        ]
        if handlers:
            handlers.insert(0, self.refusals(s))
        body, orelse, final = parts
        return [gast.copy_location(gast.Try(body or [gast.Pass()], handlers, orelse, final), s)], []

    def refusals(self, s: gast.Try) -> gast.ExceptHandler:
        """Refusals that may be errors of values, too, are for no handler of the program's."""
        return at(gast.ExceptHandler(self.runtime("DifferentiationError"), None, [gast.Raise(None, None)]), s)

    def nested(self, s: gast.FunctionDef) -> Statements:  # type: ignore[override]
        """The tangent of a nested function: those of what it captures, by name."""
        if s.name not in self.active:
            return [s]
        free = sorted(flow.free_names(s) & self.active - {s.name})  # its own tangent a function makes anew
        return [s, self.set(s.name, self.of_closure(free), s)]

    def of_closure(self, names: Iterable[str]) -> gast.expr:
        return gast.Dict([constant(n) for n in names], [load(self.dot(n)) for n in names])


def _replaced(value: gast.expr, parts: Mapping[int, gast.expr]) -> gast.expr:
    """A copy of the expression with some of its atoms replaced."""

    def copied(node: object) -> object:
        if id(node) in parts:
            return parts[id(node)]
        if isinstance(node, list):
            return [copied(one) for one in node]
        if not isinstance(node, gast.AST):
            return node
        made = copy.copy(node)
        for name in node._fields:
            setattr(made, name, copied(getattr(node, name, None)))
        return made

    return copied(value)


def _is_constant(value: gast.expr) -> bool:
    match value:
        case gast.Constant() | gast.Compare() | gast.JoinedStr() | gast.UnaryOp(op=gast.Not()):
            return True
        case gast.UnaryOp(operand=gast.Constant()):
            return True
    return False


def _tuple(given: object) -> gast.expr:
    return gast.Tuple(list(given), gast.Load()) if isinstance(given, tuple) else given
