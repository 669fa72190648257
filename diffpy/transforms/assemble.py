"""Putting a derivative together: both sweeps in, the function that a caller runs out."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import gast

from diffpy.analysis import flow
from diffpy.analysis.aliasing import ALONE, Outside
from diffpy.analysis.kinds import DictOf, ListOf, Scalar
from diffpy.syntax.build import assign, at, call, constant, load
from diffpy.syntax.names import Names
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.cotangent_types import seed
from diffpy.transforms.fresh_buffers import fresh_buffers, held_buffers
from diffpy.transforms.recording import restored
from diffpy.transforms.reporting import reported, reports_in
from diffpy.transforms.reverse import Reverse
from diffpy.transforms.settle import Settle, State
from diffpy.transforms.simplify import simplify
from diffpy.transforms.simplify_facts import Derivative, reverse_sweep, spliced
from diffpy.transforms.sweeps import Contribute, Plain, Step


@dataclass(frozen=True)
class Assembly:
    """Which function to build."""

    form: str
    wrt: tuple[str, ...]
    captured: tuple[str, ...]
    title: str
    aux: bool = False
    more: str | None = None  # the name that holds what aux hands through
    on_buffers: bool = False  # the buffers of what the caller changes too are given
    outside: Outside = ALONE  # what it changes


def assemble(reverse: Reverse, asked: Assembly) -> gast.FunctionDef:
    """forward sweep; reverse sweep; return: joined, or with the reverse sweep as a nested pullback."""
    tree = reverse.tree
    before = parameter_buffers(reverse, asked.outside.changed)
    forward, steps = reverse.block(tree.body)
    returned = forward.pop()
    result = returned.value
    settle = Settle(reverse)
    settle.find_buffers(steps)
    state: State = {}
    if asked.form == "gradient":
        seed: gast.expr = gradient_seed(reverse, result)
    else:
        seed = load(
            reverse.names.fresh("seed" if not isinstance(result, gast.Name) else f"{result.id}_bar_in")
        )
    given = [] if asked.outside.result else seeded(reverse, result, seed)
    backward = settle.block(given, state)
    backward = reverse_sweep(backward + settle.block(steps, state))
    forward[:0] = [assign(name, constant(None)) for name in sorted(settle.preset)]
    ends = [ending(reverse, name, state, asked.form) for name in (*asked.wrt, *asked.captured)]
    build = joined if asked.form == "gradient" else split
    body = build(reverse, asked, [*before, *forward], backward, result, ends, seed, returned)
    suffix = "value_with_gradient" if asked.form == "gradient" else "value_with_pullback"
    name = reverse.names.fresh(f"{asked.title}_{suffix}")
    arguments = plain_arguments(tree.args)
    for one in sorted(asked.outside.changed):
        arguments.kwonlyargs.append(gast.Name(reverse.bar(one), gast.Param(), None, None))
        arguments.kw_defaults.append(None)
    whole = gast.FunctionDef(name, arguments, body, [], None, None, [])
    known = Derivative(reverse.names, reverse.facts.kind, reverse.bars, objects=reverse.namespace.objects)
    return at(spliced(reported(simplify(whole, known), reports_in(reverse))), returned)


def plain_arguments(arguments: gast.arguments) -> gast.arguments:
    """The parameters; defaults travel beside the text, as the live objects they are: it shows those it can tell."""
    kept = copy.deepcopy(arguments)
    kept.defaults = [_shown(d) for d in kept.defaults]
    kept.kw_defaults = [_shown(d) if d is not None else None for d in kept.kw_defaults]
    for one in gast.walk(kept):
        if isinstance(one, gast.Name):
            one.annotation = None
    return kept


def _shown(default: gast.expr) -> gast.expr:
    """A default that is a literal; three dots for one that was computed where the function was defined."""
    match default:
        case gast.Constant() | gast.UnaryOp(operand=gast.Constant()):
            return default
    return constant(...)


def parameter_buffers(reverse: Reverse, given: frozenset[str]) -> list[gast.stmt]:
    """Buffers of arguments that the function changes in place, where they are not given."""
    found = sorted(n for n in flow.argument_names(reverse.tree) - given if reverse.shadowed(n))
    made = [assign(reverse.bar(n), reverse.zero(n)) for n in found]
    for name in found:
        if isinstance(reverse.facts.kind(name), ListOf | DictOf):  # as long as it is at the start
            reverse.starts[name] = reverse.names.fresh(f"{name}_start")
            made.append(assign(reverse.starts[name], call(reverse.runtime("kept"), load(name))))
    return made


def gradient_seed(reverse: Reverse, result: gast.expr) -> gast.expr:
    kind = reverse.facts.kind(result)
    if isinstance(kind, Scalar) and kind.may_differ and not kind.type.startswith(("complex", "c")):
        return seed(kind, reverse.module())
    return call(reverse.runtime("seed_of"), result, constant(reverse.tree.name))


def seeded(reverse: Reverse, result: gast.expr, seed: gast.expr) -> list[Step]:
    if isinstance(result, gast.Name) and result.id in reverse.active:
        return reverse.to_buffers([Contribute(result.id, seed)], reverse.tree.body[-1])
    if isinstance(seed, gast.Call):
        return [Plain([gast.Expr(seed)])]
    return []


def ending(reverse: Reverse, name: str, state: State, form: str) -> gast.expr:
    """What is returned for an argument."""
    present = name in state or reverse.shadowed(name)
    kind = reverse.facts.kind(name)
    if form == "pullback":
        if present:
            return reverse.given_out(name)
        return (
            constant(0.0) if isinstance(kind, Scalar) else call(reverse.runtime("zero_tangent"), load(name))
        )
    if isinstance(kind, Scalar) and kind.type in ("float", "int", "integer"):
        return call("float", load(reverse.bar(name))) if present else constant(0.0)
    current = reverse.given_out(name) if present else constant(None)
    return call(reverse.runtime("own"), current, load(reverse.starts.get(name, name)))


def joined(
    reverse: Reverse,
    asked: Assembly,
    forward: list[gast.stmt],
    backward: list[gast.stmt],
    result: gast.expr,
    ends: list[gast.expr],
    seed: gast.expr,
    returned: gast.Return,
) -> list[gast.stmt]:
    gradients = ends[0] if len(ends) == 1 else gast.Tuple(ends, gast.Load())
    value = result
    if asked.more is not None:
        value = gast.Tuple([result, load(asked.more)], gast.Load())
    pair = gast.Tuple([value, gradients], gast.Load())
    return [*forward, *backward, gast.copy_location(gast.Return(pair), returned)]


def separate(backward: list[gast.stmt], names: Names) -> None:
    """What loops of the pullback restore gets names of its own where the pullback reads the forward sweep's too."""
    outside = flow.FlowFacts().block(backward).exposed & flow.all_written(backward)
    stack: list[gast.AST] = list(backward)
    while stack:
        s = stack.pop()
        stack.extend(flow.blocks_of(s))
        if isinstance(s, gast.For):
            for name in sorted(restored(s) & outside):
                _Renamed(name, names.fresh(name)).visit(s)


class _Renamed(Rewriter):
    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new

    def visit_Name(self, node: gast.Name) -> gast.Name:
        node.id = self.new if node.id == self.old else node.id
        return node


def split(
    reverse: Reverse,
    asked: Assembly,
    forward: list[gast.stmt],
    backward: list[gast.stmt],
    result: gast.expr,
    ends: list[gast.expr],
    seed: gast.expr,
    returned: gast.Return,
) -> list[gast.stmt]:
    found = ends[0] if len(ends) == 1 else gast.Tuple(ends, gast.Load())
    separate(backward, reverse.names)
    last = gast.Return(found)
    pullback = reverse.names.fresh("pullback")
    parameters, given_back = [seed.id], load(pullback)
    copied: list[gast.stmt] = []
    if asked.on_buffers:
        held = held_buffers(reverse, forward, [*backward, last])
        parameters += held
        given_back = call(reverse.runtime("OnBuffers"), given_back, *map(load, held))
    else:
        copied = fresh_buffers(reverse, forward, [*backward, last])
    names = [gast.Name(one, gast.Param(), None, None) for one in parameters]
    arguments = gast.arguments(names, [], None, [], [], None, [])
    inner = gast.FunctionDef(pullback, arguments, [*copied, *backward, last], [], None, None, [])
    pair = gast.Tuple([with_buffer(reverse, asked, result), given_back], gast.Load())
    return [*forward, at(inner, returned), gast.copy_location(gast.Return(pair), returned)]


def with_buffer(reverse: Reverse, asked: Assembly, result: gast.expr) -> gast.expr:
    """The result, beside its buffer where the caller changes it."""
    if not asked.outside.result:
        return result
    own = isinstance(result, gast.Name) and reverse.shadowed(result.id)
    bar = reverse.read(result.id) if own else call(reverse.runtime("unshared_buffer"), result)
    return gast.Tuple([result, bar], gast.Load())
