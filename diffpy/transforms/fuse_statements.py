"""Statements in a kernel: what they bind and write, branches and loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import gast

from diffpy.analysis.flow import all_written, free_names
from diffpy.transforms.fuse_arrays import arithmetic, element, is_array, made, store, store_element
from diffpy.transforms.fuse_arrays import indexed as part_of
from diffpy.transforms.fuse_builtins import iterated, range_item
from diffpy.transforms.fuse_expressions import evaluate, held, index_of
from diffpy.transforms.fuse_frames import ARRAY, Frame, Kernel, Loop, arrays_of, reserve
from diffpy.transforms.fuse_indices import has_arrays, put, taken
from diffpy.transforms.fuse_numbers import truth
from diffpy.transforms.fuse_text import Block, Checks, Line, at, names_in, written_in
from diffpy.transforms.fuse_values import (
    NONE,
    Array,
    Closure,
    Held,
    Known,
    Lazy,
    Listed,
    Maybe,
    NotCompiled,
    Number,
    Optional,
    Range,
    Span,
    Tuple,
    View,
    joined,
    literal,
    mapped,
    met_dims,
    number,
    place_in,
    widened,
)

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
    value = joined(found[0], found[1], lambda: next(names))
    for one, body in zip(found, bodies, strict=True):
        _settled_in(k, body, one, value)
    k.out += [Block(f"if {truth(k, test)}:", bodies[0]), Block("else:", bodies[1])]
    return value


def _settled_in(k: Kernel, body: list[Any], have: Any, want: Any) -> None:
    with k.within() as more:
        k.settle(have, want)
    body += more


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
            _augment(k, frame, statement)
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
    return Closure(statement, frame.scope, names, Tuple(tuple(frame.look_up(n) for n in names)))


# Assignments


def assign(k: Kernel, frame: Frame, target: Any, value: Any) -> None:
    match target:
        case gast.Name(id=name):
            is_computed = isinstance(value, Lazy) and not value.is_read
            if isinstance(value, Listed) and name in frame.scope.tapes:
                k.recordings.add(value.site)
            frame.bind(name, made(k, value, name) if is_computed else value)
        case gast.Tuple(elts=targets):
            items = _items(k, value, len(targets), _variables(frame, target))
            for one, part in zip(targets, items, strict=True):
                assign(k, frame, one, part)
        case gast.Subscript():
            _store(k, frame, target, value)
        case _:
            raise NotCompiled(f"the target is a {type(target).__name__}", target)


def _variables(frame: Frame, target: gast.AST) -> set[str]:
    """The variables that a target writes."""
    names = {n.id for n in gast.walk(target) if isinstance(n, gast.Name)}
    return {variable for (name, _), variable in frame.variables.items() if name in names} | names


def _items(k: Kernel, value: Any, count: int, written: set[str]) -> list[Any]:
    """The items of a tuple, all read before a name of them is bound."""
    if isinstance(value, Tuple) and len(value.items) == count and value.keys is None:
        items = value.items
    elif isinstance(value, Array | View) and value.dims[:1] == (str(count),):
        items = tuple(part_of(k, value, literal(place)) for place in range(count))
    else:
        raise NotCompiled("several targets for what is no tuple of as many")
    return [_apart(k, one, written) for one in items]


def _apart(k: Kernel, value: Any, written: set[str]) -> Any:
    def copied(leaf: Any) -> Any:
        if isinstance(leaf, Array) or not names_in(leaf.text) & written:
            return leaf
        name = k.fresh("e")
        k.assign(name, leaf.text)
        return replace(leaf, text=name)

    return mapped(value, copied)


def _store(k: Kernel, frame: Frame, target: gast.Subscript, value: Any) -> None:
    array = evaluate(k, frame, target.value)
    value = k.atom(value) if isinstance(value, Number) else value
    index = index_of(k, frame, target.slice)
    if isinstance(array, Tuple) and array.is_list and isinstance(target.value, gast.Name):
        _store_item(k, frame, target.value.id, array, index, value)
    else:
        _store_at(k, array, index, value)


def _store_item(k: Kernel, frame: Frame, name: str, listed: Tuple, index: Any, value: Any) -> None:
    """An item of a list of known length that has no other name."""
    others = [v for one in k.frames for n, v in one.names.items() if one is not frame or n != name] + [
        *k.learned.items.values()
    ]
    if name not in frame.names or any(_has_list(one, len(listed.items)) for one in others):
        raise NotCompiled("a store in a list that may have another name")
    place = place_in(listed, index)
    frame.bind(name, listed.of(value if n == place else one for n, one in enumerate(listed.items)))


def _has_list(value: Any, length: int) -> bool:
    """Whether a structure has a list of that length in it."""
    match value:
        case Maybe() | Held():
            return _has_list(value.value, length)
        case Closure():
            return _has_list(value.captured, length)
        case Tuple() if value.is_list and len(value.items) == length:
            return True
        case Tuple():
            return any(_has_list(one, length) for one in value.items)
    return False


def _store_at(k: Kernel, array: Any, index: Any, value: Any) -> None:
    if not isinstance(array, Array | View):
        raise NotCompiled("a store in what is no array")
    k.check_made_here(array)
    if has_arrays(index):
        put(k, array, index, value)
        return
    view = _part(k, array, index)
    value = _bare(k, value)
    if view.dims:
        if not isinstance(value, Number) and not is_array(value):
            raise NotCompiled("a store of what is no number")
        store(k, view, value)
    elif isinstance(value, Number):
        store_element(k, view, value)
    else:
        raise NotCompiled("a store of what is no number")


def _part(k: Kernel, array: Any, index: Any) -> View:
    """The part that an index names, also where it is a single place."""
    items = index.items if isinstance(index, Tuple) else (index,)
    rest = (
        () if any(isinstance(one, Known) and one.value is Ellipsis for one in items) else (Known(Ellipsis),)
    )
    found = part_of(k, array, Tuple((*items, *rest, NONE)))
    assert isinstance(found, View)
    axes = tuple(replace(a, along=None) if a.along == len(found.dims) - 1 else a for a in found.axes)
    return View(found.base, axes, found.dims[:-1])


def _bare(k: Kernel, value: Any) -> Any:
    """The number in an array without axes."""
    return k.atom(element(k, value, ())) if is_array(value) and not value.dims else value


def _augment(k: Kernel, frame: Frame, statement: gast.AugAssign) -> None:
    target = statement.target
    if isinstance(target, gast.Name):
        old = frame.look_up(target.id)
        value = evaluate(k, frame, statement.value)
        if not is_array(old):
            assign(k, frame, target, _sum(k, statement.op, old, value))
            return
        _in_place(k, old, statement.op, value, Tuple(()))
        return
    if not isinstance(target, gast.Subscript):
        raise NotCompiled("a change of this in place", target)
    array, index = evaluate(k, frame, target.value), index_of(k, frame, target.slice)
    value = evaluate(k, frame, statement.value)
    _in_place(k, array, statement.op, k.atom(value) if isinstance(value, Number) else value, index)


def _in_place(k: Kernel, array: Any, op: gast.operator, value: Any, index: Any) -> None:
    if not isinstance(array, Array | View):
        raise NotCompiled("a change in place of what is no array")
    k.check_made_here(array)
    if has_arrays(index):
        put(k, array, index, arithmetic(k, op, taken(k, array, index), value))
        return
    view = _part(k, array, index)
    value = _bare(k, value)
    if view.dims:
        if is_array(value) and len(value.dims) > len(view.dims):
            raise NotCompiled("a change in place by what has more axes")
        store(k, view, arithmetic(k, op, view, value))
    else:
        if not isinstance(value, Number):
            raise NotCompiled("a store of what is no number")
        place = tuple(axis.start for axis in view.axes)
        store_element(k, view, arithmetic(k, op, k.read(view.base, place), value))


def _sum(k: Kernel, op: gast.operator, old: Any, value: Any) -> Any:
    if _are_tuples(old, value) and isinstance(op, gast.Add):
        return Tuple((*old.items, *value.items))
    if not isinstance(old, Number) or not (isinstance(value, Number) or is_array(value)):
        raise NotCompiled("arithmetic of what are no numbers")
    return arithmetic(k, op, old, value)


def _are_tuples(*values: Any) -> bool:
    return all(isinstance(one, Tuple) and not one.is_list and one.keys is None for one in values)


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
        after[name] = _met(k, frame, name, names[name], other_names[name], body, other_body)
    return after


def _met(k: Kernel, frame: Frame, name: str, one: Any, other: Any, body: list[Any], more: list[Any]) -> Any:
    if one is other or one == other:
        return one
    if isinstance(one, Maybe) or isinstance(other, Maybe):
        return Maybe(one)
    texts = _texts(frame, name, one, other)
    try:
        value = joined(one, other, texts)
    except NotCompiled:
        return Maybe(one)
    _settled_in(k, body, one, value)
    _settled_in(k, more, other, value)
    return value


def _texts(frame: Frame, name: str, value: Any, other: Any) -> Callable[[], str]:
    """The variables for the numbers of a name."""
    if any(isinstance(one, Optional) or one == NONE for one in (value, other)):
        return frame.parts(name)
    if isinstance(value, Number):
        return lambda: frame.variable(name)
    if isinstance(value, Array):
        return lambda: frame.variable(name, ARRAY)
    return frame.parts(name)


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
    over = evaluate(k, frame, statement.iter)
    if isinstance(over, Tuple) and over.keys is None:
        _unrolled(k, frame, statement, over)
        return
    is_plain = isinstance(over, Range) and isinstance(statement.target, gast.Name)
    found = iterated(k, over)
    length = k.atom(found.length, "count")
    marked = _reserve(k, frame, statement.body, length)
    key = (*frame.path, statement.lineno, statement.col_offset)
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
    _looped(k, frame, key, names, head, begin, statement.body, f"{length.text} > 0")
    k.reserved -= marked


def _reserve(k: Kernel, frame: Frame, body: Statements, length: Number) -> set[Any]:
    """Room for what each round appends; rounds need not look then."""
    marked: set[Any] = set()
    if any(isinstance(n, gast.Break | gast.Continue) for s in body for n in gast.walk(s)):
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
    if any(isinstance(n, gast.Break | gast.Continue) for s in statement.body for n in gast.walk(s)):
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
        then = {n: _joined_all(frame, n, start[n], [e[n] for e in (*loop.anew, *loop.left)]) for n in carried}
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
    if guard is None or any(isinstance(n, gast.Break | gast.Continue) for s in body for n in gast.walk(s)):
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


def _joined_all(frame: Frame, name: str, first: Any, others: list[Any]) -> Any:
    """What a name holds at the start of any round; nothing that can be read where that differs in kind."""
    if isinstance(first, Maybe):
        return first
    try:
        return _joined_with(frame, name, first, others)
    except NotCompiled:
        return Maybe(first)


def _joined_with(frame: Frame, name: str, first: Any, others: list[Any]) -> Any:
    for other in others:
        if isinstance(other, Maybe):
            raise NotCompiled(f"'{name}' may have no value")
        if first != other and isinstance(first, Array | View) and isinstance(other, Array | View):
            first, other = arrays_of(first), arrays_of(other)
        if (
            isinstance(first, Array)
            and isinstance(other, Array)
            and first.name == frame.variables.get((name, ARRAY))
        ):
            if first.dtype != other.dtype or len(first.dims) != len(other.dims):
                raise NotCompiled("an array changes its shape from round to round")
            fresh = first.is_fresh and other.is_fresh
            dims = met_dims(first.dims, other.dims)
            first = replace(first, dims=dims, memory=first.memory | other.memory, is_fresh=fresh)
            continue
        first = joined(first, other, _texts(frame, name, first, other))
    return first


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
        after[name] = _carried_after(start[name], [e[name] for e in ends], key, surely)
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


def _carried_after(value: Any, ends: list[Any], key: Any, surely: bool) -> Any:
    if not isinstance(value, Number) or not all(isinstance(one, Number) for one in ends):
        return value
    types = frozenset().union(*(one.types for one in ends))
    if not types < value.types:
        return value
    if surely:
        return replace(value, types=types) if _form(types) == value.form else value
    return replace(value, loops=value.loops | {key})


def _form(types: frozenset[str]) -> str:
    return Number(types, "").form
