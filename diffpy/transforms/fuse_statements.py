"""Statements in a kernel: functions, branches and loops, with what their names hold on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import gast

from diffpy.analysis.flow import all_written, free_names
from diffpy.transforms.fuse_arrays import made
from diffpy.transforms.fuse_assignments import assign, augment
from diffpy.transforms.fuse_builtins import iterated, literal_range, range_item
from diffpy.transforms.fuse_expressions import evaluate, held
from diffpy.transforms.fuse_frames import ARRAY, Frame, Kernel, Loop
from diffpy.transforms.fuse_joined import carried_after, joined_all, met, settled_in
from diffpy.transforms.fuse_lists import reserve
from diffpy.transforms.fuse_numbers import truth
from diffpy.transforms.fuse_text import Block, Checks, Line, at, written_in
from diffpy.transforms.fuse_values import (
    NONE,
    Array,
    Closure,
    Lazy,
    Learnt,
    Listed,
    Maybe,
    NotCompiled,
    Number,
    PlaceNotKnown,
    Range,
    Span,
    Tuple,
    joined,
    literal,
    mapped,
    number,
    untold,
    widened,
)
from diffpy.transforms.fuse_written_out import pays_written_out

Statements = list[Any]


def run_function(k: Kernel, frame: Frame, body: Statements) -> Any:
    """Write the body of a function; what it returns."""
    for place, statement in enumerate(body):
        if isinstance(statement, gast.Return):
            return NONE if statement.value is None else _kept(k, evaluate(k, frame, statement.value))
        if isinstance(statement, gast.If) and _returns(statement):
            return _ways(k, frame, statement, body[place + 1 :])
        if not run(k, frame, statement):
            raise NotCompiled("a loop is left where there is none", statement)
    return NONE


def _returns(statement: gast.AST) -> bool:
    return any(isinstance(one, gast.Return) for one in gast.walk(statement))


def _ways(k: Kernel, frame: Frame, statement: gast.If, rest: Statements) -> Any:
    """A branch that returns: what follows it belongs to the other one."""
    test = evaluate(k, frame, statement.test)
    if isinstance(test, Number) and test.value is not None:
        return run_function(k, frame, [*(statement.body if test.value else statement.orelse), *rest])
    if not isinstance(test, Number):
        raise NotCompiled("a branch by what is no number", statement.test)
    before, found, bodies = dict(frame.names), [], []
    for way in (statement.body, statement.orelse):
        frame.names = dict(before)
        with k.within() as body, k.branch():
            found.append(run_function(k, frame, [*way, *rest]))
        bodies.append(body)
    names = iter(lambda: k.fresh("result"), None)
    value = joined(found[0], found[1], lambda *_: next(names))
    for one, body in zip(found, bodies, strict=True):
        settled_in(k, body, one, value)
    k.out += [Block(f"if {truth(k, test)}:", bodies[0]), Block("else:", bodies[1])]
    return value


def _kept(k: Kernel, value: Any) -> Any:
    if isinstance(value, Tuple):
        return value.of(_kept(k, one) for one in value.items)
    if isinstance(value, Lazy):
        return made(k, value, "result")
    return k.atom(value) if isinstance(value, Number) else value


def run_block(k: Kernel, frame: Frame, body: Statements) -> bool:
    """Write statements; whether what follows them is reached."""
    return all(run(k, frame, statement) for statement in body)


def run(k: Kernel, frame: Frame, statement: Any) -> bool:
    try:
        return _run(k, frame, statement)
    except NotCompiled as error:
        raise at(statement, error) from None


def _run(k: Kernel, frame: Frame, statement: Any) -> bool:
    match statement:
        case gast.Assign(targets=[target]):
            assign(k, frame, target, held(k, frame, statement.value))
        case gast.AugAssign():
            augment(k, frame, statement)
        case gast.Expr(value=value):
            if not isinstance(value, gast.Constant):
                evaluate(k, frame, value)
        case gast.If():
            return _branch(k, frame, statement)
        case gast.For(orelse=[]):
            _for(k, frame, statement)
        case gast.While(orelse=[]):
            _while(k, frame, statement)
        case gast.FunctionDef(decorator_list=[]):
            frame.names[statement.name] = _closure(frame, statement)
        case gast.Pass():
            pass
        case gast.Break() | gast.Continue():
            return _leave(k, frame, isinstance(statement, gast.Break))
        case _:
            raise NotCompiled(f"the statement is a {type(statement).__name__}", statement)
    return True


def _closure(frame: Frame, statement: gast.FunctionDef) -> Closure:
    """A function with what its free names hold; they hold it for good in a text that defines it last."""
    names = tuple(sorted(n for n in free_names(statement) if n in frame.names))
    captured = [evaluate(frame.kernel, frame, gast.Name(n, gast.Load(), None, None)) for n in names]
    return Closure(statement, frame.scope, names, untold(Tuple(tuple(captured))))


# Assignments


# Branches


def _branch(k: Kernel, frame: Frame, statement: gast.If) -> bool:
    test = evaluate(k, frame, statement.test)
    if not isinstance(test, Number):
        raise NotCompiled("a branch by what is no number", statement.test)
    if test.value is not None:
        return run_block(k, frame, statement.body if test.value else statement.orelse)
    test = k.atom(test)
    before, ways = dict(frame.names), []
    for way in (statement.body, statement.orelse):
        frame.names = dict(before)
        with k.within() as body, k.branch():
            goes_on = run_block(k, frame, way)
        ways.append((body, frame.names, goes_on))
    k.out.append(Block(f"if {truth(k, test)}:", ways[0][0]))
    if statement.orelse or ways[1][0]:
        k.out.append(Block("else:", ways[1][0]))
    elif all(one[2] for one in ways):
        k.out.append(Block("else:", ways[1][0]))
    frame.names = _after_ways(k, frame, ways)
    if not ways[1][0] and k.out[-1].head == "else:":
        k.out.pop()
    k.forget({n for body, _, _ in ways for n in written_in(body)})
    return any(one[2] for one in ways)


def _after_ways(
    k: Kernel, frame: Frame, ways: list[tuple[list[Any], dict[str, Any], bool]]
) -> dict[str, Any]:
    reached = [(body, names) for body, names, goes_on in ways if goes_on]
    if len(reached) < 2:
        return reached[0][1] if reached else ways[0][1]
    (body, names), (other_body, other_names) = reached
    after: dict[str, Any] = {}
    for name in [*names, *(n for n in other_names if n not in names)]:
        if name not in names or name not in other_names:
            after[name] = Maybe(names.get(name, other_names.get(name)))
            continue
        after[name] = met(k, frame, name, names[name], other_names[name], body, other_body)
    return after


# Loops


def _rebound(frame: Frame, body: Statements) -> frozenset[str]:
    """The names that a loop binds; an item stored in a list of known length makes another list of it."""
    stored = {
        one.value.id
        for statement in body
        for one in gast.walk(statement)
        if isinstance(one, gast.Subscript)
        and isinstance(one.ctx, gast.Store)
        and isinstance(one.value, gast.Name)
    }
    lists = {n for n in stored if isinstance(v := frame.names.get(n), Tuple) and v.is_list}
    return all_written(body) | lists


def _for(k: Kernel, frame: Frame, statement: gast.For) -> None:
    over = _iterable(k, frame, statement)
    key = (*frame.path, statement.lineno, statement.col_offset)
    rounds = literal_range(over) if isinstance(over, Range) else None
    if rounds is not None and key in k.learned.unrolled:
        over = Tuple(tuple(map(literal, rounds)))
    if isinstance(over, Tuple) and over.keys is None:
        _unrolled(k, frame, statement, over)
        return
    is_plain = isinstance(over, Range) and isinstance(statement.target, gast.Name)
    is_plain = is_plain and over.step.value is not None
    found = iterated(k, over)
    length = k.atom(found.length, "count")
    marked = _reserve(k, frame, statement.body, length)
    if is_plain:
        name = frame.variable(statement.target.id)
        head = f"for {name} in range({over.start.text}, {over.stop.text}, {over.step.text}):"
        head = head.replace(", 1):", "):").replace("range(0, ", "range(") if over.step.value == 1 else head
        item = replace(range_item(over, number("int", "?", span=Span(key, "0", "?"))), text=name)
    else:
        name = k.fresh("place")
        head = f"for {name} in range({length.text}):"

    def begin() -> None:
        if is_plain:
            frame.names[statement.target.id] = item
        else:
            place = number("int", name, bits=40, natural=True, span=Span(key, "0", f"{length.text} - 1"))
            assign(k, frame, statement.target, found.item(place))

    if key in k.learned.loops:
        k.redo_if(f"{length.text} <= 0")
    names = sorted(_rebound(frame, statement.body) | all_written([statement]))
    before, place = dict(frame.names), len(k.out)
    if k.rounds:
        k.learned.nested.add(key)
    try:
        _looped(k, frame, key, names, head, begin, statement.body, f"{length.text} > 0")
    except PlaceNotKnown:
        if rounds is None or len(rounds) > _FEW_ROUNDS or _is_left(statement.body):
            raise
        k.learned.unrolled.add(key)
        k.learned.growing.clear()  # Lists that it fills may be ones whose items are known, now.
        raise Learnt from None
    k.reserved -= marked
    if rounds is not None and not k.learned.stays_rolled and not _is_left(statement.body):
        tapes = {name for names in k.learned.stored.values() for name in names}
        if pays_written_out(len(rounds), k.out[-1].body, tapes):
            k.out[-1] = replace(k.out[-1], rounds=len(rounds))
            k.rolled.add(key)
    if key in k.learned.flags:
        _flag(k, key, before, frame.names, place)
        k.block(
            f"if {length.text} > 0:",
            [Line(f"{k.learned.flags[key]} = True", frozenset({k.learned.flags[key]}))],
        )


def _flag(k: Kernel, key: Any, before: dict[str, Any], after: dict[str, Any], place: int) -> None:
    """Whether a loop has made numbers ones of NumPy's is asked anew where they were none before."""
    made = [n for n in before if isinstance(one := after.get(n), Number) and key in one.loops]
    changed = [n for n in made if before[n] is not after[n]]
    olds = {isinstance(before[n], Number) and key in before[n].loops for n in changed}
    if len(olds) > 1:
        raise NotCompiled("numbers whose types are not known, of several loops")
    if olds == {False}:
        flag = k.learned.flags[key]
        k.out.insert(place, Line(f"{flag} = False", frozenset({flag})))


def _iterable(k: Kernel, frame: Frame, statement: gast.For) -> Any:
    """What a loop goes through; its rounds may bind the names anew that it was computed of."""
    read = {n.id for n in gast.walk(statement.iter) if isinstance(n, gast.Name)}
    before = {n: frame.names[n] for n in sorted(read & all_written([statement])) if n in frame.names}
    for name, value in before.items():
        frame.names[name] = mapped(value, lambda leaf: _apart(k, leaf))
    found = evaluate(k, frame, statement.iter)
    frame.names |= before
    return found


def _apart(k: Kernel, leaf: Any) -> Any:
    if not isinstance(leaf, Number):
        return leaf
    name = k.fresh("of")
    k.assign(name, leaf.text)
    return replace(leaf, text=name)


_FEW_ROUNDS = 32


def _is_left(body: Statements) -> bool:
    """Whether a round may end before its last statement."""
    return any(isinstance(n, gast.Break | gast.Continue) for s in body for n in gast.walk(s))


def _reserve(k: Kernel, frame: Frame, body: Statements, length: Number) -> set[Any]:
    """Room for what each round appends; rounds need not look then."""
    marked: set[Any] = set()
    if _is_left(body):
        return marked
    for one in body:
        match one:
            case gast.Expr(value=gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr="append"))):
                listed = frame.names.get(name)
                if isinstance(listed, Listed) and listed.length is None and listed.site not in k.reserved:
                    if _appends(body, name) == 1 and name not in all_written(body):
                        reserve(k, listed, length)
                        marked.add(listed.site)
    k.reserved |= marked
    return marked


def _appends(body: Statements, name: str) -> int:
    found = [n for s in body for n in gast.walk(s) if isinstance(n, gast.Attribute) and n.attr == "append"]
    return sum(isinstance(n.value, gast.Name) and n.value.id == name for n in found)


def _unrolled(k: Kernel, frame: Frame, statement: gast.For, over: Tuple) -> None:
    if _is_left(statement.body):
        raise NotCompiled("a loop over a tuple that is left")
    for one in over.items:
        assign(k, frame, statement.target, one)
        run_block(k, frame, statement.body)


def _while(k: Kernel, frame: Frame, statement: gast.While) -> None:
    key = (*frame.path, statement.lineno, statement.col_offset)
    ran = k.fresh("ran") if key in k.learned.loops else None
    if ran:
        k.assign(ran, "False")

    def begin() -> None:
        test = evaluate(k, frame, statement.test)
        if not isinstance(test, Number):
            raise NotCompiled("a loop by what is no number", statement.test)
        if not test.value:
            k.check()
            k.block(f"if not {truth(k, test)}:", [Line("break")])
        if ran:
            k.assign(ran, "True")

    names = sorted(_rebound(frame, statement.body))
    _looped(k, frame, key, names, "while True:", begin, statement.body)
    if ran:
        k.redo_if(f"not {ran}")


def _looped(
    k: Kernel,
    frame: Frame,
    key: Any,
    names: Iterable[str],
    head: str,
    begin: Callable[[], None],
    body: Statements,
    guard: str | None = None,
) -> None:
    before = dict(frame.names)
    carried = [name for name in names if name in before and not isinstance(before[name], Maybe)]
    start = dict(before)
    for name in carried:
        start[name] = _opened(frame, name, before[name])
    for name in names:
        if name not in carried:
            start.pop(name, None)
    rounds = 0
    while True:
        with k.attempt(frame), _checks(k, frame, key, names, guard, body):
            loop = _round(k, frame, start, begin, body, names)
        then = {n: joined_all(frame, n, start[n], [e[n] for e in (*loop.anew, *loop.left)]) for n in carried}
        if all(then[n] == start[n] for n in carried):
            break
        rounds += 1
        start |= {n: widened(v) if rounds > 1 else v for n, v in then.items()}
        if rounds > 8:
            raise NotCompiled("what a name holds changes from round to round")
    for name in carried:
        if not isinstance(start[name], Maybe):
            k.settle(before[name], start[name])
    with _checks(k, frame, key, names, guard, body) as checks, k.within() as written:
        loop = _round(k, frame, start, begin, body, names)
    for name in carried:
        if isinstance(start[name], Array):
            k.check_carried(start[name].memory, key)
    if checks and checks.conditions:
        k.redo_if(f"{guard} and ({' or '.join(checks.conditions)})")
    k.out.append(Block(head, written))
    k.forget(written_in(written))
    frame.names = _after(k, frame, key, before, start, carried, names, loop)


@contextmanager
def _checks(
    k: Kernel, frame: Frame, key: Any, names: Iterable[str], guard: str | None, body: Statements
) -> Iterator[Checks | None]:
    """Collect the checks of indices that each round of a loop makes."""
    if guard is None or _is_left(body):
        k.depth += 1
        k.rounds.append(key)
        yield None
        k.rounds.pop()
        k.depth -= 1
        return
    own = {variable for (name, _), variable in frame.variables.items() if name in names} | {*names}
    found = Checks(key, frozenset(k.taken - own), guard, k.depth)
    k.loops.append(found)
    k.rounds.append(key)
    yield found
    k.rounds.pop()
    k.loops.pop()


def _opened(frame: Frame, name: str, value: Any) -> Any:
    """What a name may hold in further rounds, at a guess: numbers of the same type."""
    if isinstance(value, Number):
        text = frame.variable(name)
        return replace(value, text=text, value=None, bits=63)
    return value


def _round(
    k: Kernel,
    frame: Frame,
    start: dict[str, Any],
    begin: Callable[[], None],
    body: Statements,
    names: Iterable[str],
) -> Loop:
    """One round of a loop from what its names hold at its start."""
    frame.names = dict(start)
    _hold_arrays(k, frame, start, names)
    loop = Loop(start)
    frame.loops.append(loop)
    try:
        begin()
        if run_block(k, frame, body):
            loop.anew.append(frame.names)
            _go_back(k, frame, start)
    finally:
        frame.loops.pop()
    return loop


def _hold_arrays(k: Kernel, frame: Frame, start: dict[str, Any], names: Iterable[str]) -> None:
    """Arrays that change from round to round get a name for the round."""
    own = {frame.variables.get((name, ARRAY)) for name in start}
    for name, value in start.items():
        if name not in names:
            continue
        if isinstance(value, Array) and value.name in own:
            now = k.fresh(f"{name}_now")
            k.assign(now, value.name)
            frame.names[name] = replace(value, name=now)


def _go_back(k: Kernel, frame: Frame, start: dict[str, Any]) -> None:
    have = {n: frame.names[n] for n, v in start.items() if frame.names.get(n) != v}
    pairs = [
        (have[n], start[n])
        for n in have
        if not isinstance(have[n], Maybe) and not isinstance(start[n], Maybe)
    ]
    try:
        k.settle(Tuple(tuple(one for one, _ in pairs)), Tuple(tuple(to for _, to in pairs)))
    except ValueError:
        return  # An attempt whose names still change.


def _leave(k: Kernel, frame: Frame, is_break: bool) -> bool:
    if not frame.loops:
        raise NotCompiled("a loop is left where there is none")
    loop = frame.loops[-1]
    (loop.left if is_break else loop.anew).append(dict(frame.names))
    _go_back(k, frame, loop.head)
    k.check()
    k.line("break" if is_break else "continue")
    return False


def _after(
    k: Kernel,
    frame: Frame,
    key: Any,
    before: dict[str, Any],
    start: dict[str, Any],
    carried: list[str],
    names: Iterable[str],
    loop: Loop,
) -> dict[str, Any]:
    """What names hold after a loop, which may have run no round."""
    surely = key in k.learned.loops
    ends = [*loop.anew, *loop.left]
    after = dict(before)
    for name in carried:
        after[name] = carried_after(
            start[name], [e[name] for e in ends], key, surely, key in k.learned.nested
        )
    for name in names:
        if name in carried:
            continue
        held = [e[name] for e in ends if name in e]
        if not held or len(held) < len(ends):
            after.pop(name, None)
            if held:
                after[name] = Maybe(held[0])
            continue
        value = held[0]
        for other in held[1:]:
            value = value if value == other else Maybe(value)
        if isinstance(value, Maybe):
            after[name] = value
        elif name in before and not isinstance(before[name], Maybe):
            after[name] = Maybe(value)
        else:
            after[name] = value if surely else Maybe(value, frozenset({key}))
    return after
