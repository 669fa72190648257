"""Attributes of one object as variables: a function whose calls of methods are written out in, no object out.

The object is known by names that stand for it wherever they are read: each is assigned once, and that assignment comes
before every read in its block.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping

import gast

from diffpy.analysis import flow
from diffpy.syntax.build import assign, at, load, moved, store
from diffpy.syntax.names import Names
from diffpy.syntax.trees import Rewriter, nodes
from diffpy.transforms.blocks import blocks, every_statement, rebuild
from diffpy.transforms.expand_cells import changing_where_captured
from diffpy.transforms.expand_unbound import expand_unset, unset_at_end

Path = tuple[tuple[int, int], ...]  # block by block from the outermost: which one, and where in it
FromClass = Callable[[str], gast.expr | None]


class LeakError(Exception):
    """The object is more than its attributes: something else may get to know it."""


def binding_counts(tree: gast.FunctionDef) -> Counter[str]:
    """How often each name is bound."""
    found = Counter(flow.argument_names(tree))
    for s in every_statement(tree.body):
        found.update(_bound(s))
    return found


def _bound(s: gast.stmt) -> Iterator[str]:
    yield from flow.names_written(s)
    match s:
        case gast.With(items=items):
            yield from (
                n for i in items if i.optional_vars is not None for n in flow.names_written(i.optional_vars)
            )
        case gast.Try(handlers=handlers) | gast.TryStar(handlers=handlers):
            yield from (h.name.id for h in handlers if h.name is not None)
        case gast.Delete(targets=targets) if not is_unset(s):
            yield from (t.id for t in targets if isinstance(t, gast.Name))
        case gast.FunctionDef():
            yield from (n for one in nodes(s) if isinstance(one, gast.Nonlocal) for n in one.names)
        case gast.Global(names=names) | gast.Nonlocal(names=names):
            yield from names


def is_unset(s: gast.stmt) -> bool:
    """Whether a statement says that an attribute has no value yet, and is none of the program's."""
    return isinstance(s, gast.Delete) and hasattr(s, "lacking")


def mentioned(s: gast.stmt) -> frozenset[str]:
    """The names that a statement reads itself, and not the statements in its blocks."""
    match s:
        case gast.If(test=test) | gast.While(test=test):
            return flow.names_read(test)
        case gast.For(iter=iterable):
            return flow.names_read(iterable)
        case gast.With(items=items):
            return frozenset().union(*(flow.names_read(i.context_expr) for i in items))
        case gast.Try(handlers=handlers) | gast.TryStar(handlers=handlers):
            return frozenset().union(*(flow.names_read(h.type) for h in handlers if h.type is not None))
    return flow.names_read(s)


def names_of_object(tree: gast.FunctionDef, made: gast.stmt) -> frozenset[str]:
    """The name that a statement assigns, and those that stand for the same object; LeakError where one may not."""
    counts = binding_counts(tree)
    every = list(paths(tree.body, ()))
    known = {made.targets[0].id: next(path for path, s in every if s is made)}
    grown = True
    while grown:
        copies = [(path, s.targets[0].id) for path, s in every if _is_copy(s, known)]
        new = [(path, name) for path, name in copies if name not in known]
        known.update({name: path for path, name in new})
        grown = bool(new)
    if any(counts[name] != 1 for name in known):
        raise LeakError
    for path, s in every:
        if not all(comes_before(known[name], path) for name in mentioned(s) & known.keys()):
            raise LeakError
    return frozenset(known)


def _is_copy(s: gast.stmt, known: Collection[str]) -> bool:
    match s:
        case gast.Assign(targets=[gast.Name()], value=gast.Name(id=name)):
            return name in known
    return False


def with_versions(tree: gast.FunctionDef, names: Names, name: str) -> None:
    """A name that the statements of one block assign several times gets a name for each of these times; in place.

    Before:                     After:
        a = Ball(x)                 a = Ball(x)
        a = thrown(a)               a_1 = thrown(a)
        return a                    return a_1
    """
    block = next((b for b in _every_block(tree.body) if any(_assigns(s, name) for s in b)), [])
    bound = [s for s in block if _assigns(s, name)]
    if len(bound) < 2 or len(bound) != binding_counts(tree)[name]:
        return
    now = name
    for s in block:
        renamed = _Version(name, now)
        if s in bound:
            s.value = renamed.visit(s.value)
            if s is not bound[0]:
                now = names.fresh(name)
            s.targets = [store(now, s.targets[0])]
        elif now != name:
            renamed.visit(s)


def _every_block(block: list[gast.stmt]) -> Iterator[list[gast.stmt]]:
    yield block
    for s in block:
        for inner in blocks(s):
            yield from _every_block(inner)


def _assigns(s: gast.stmt, name: str) -> bool:
    match s:
        case gast.Assign(targets=[gast.Name(id=found)]):
            return bool(found == name)
    return False


class _Version(Rewriter):
    def __init__(self, name: str, now: str) -> None:
        self.name, self.now = name, now

    def visit_Name(self, node: gast.Name) -> gast.Name:
        node.id = self.now if node.id == self.name else node.id
        return node

    def visit_FunctionDef(self, node: gast.FunctionDef) -> gast.FunctionDef:
        if self.name in flow.free_names(node):
            raise LeakError
        return node


def paths(block: list[gast.stmt], path: Path) -> Iterator[tuple[Path, gast.stmt]]:
    for k, s in enumerate(block):
        here = (*path, (id(block), k))
        yield here, s
        for inner in blocks(s):
            yield from paths(inner, here)


def comes_before(one: Path, other: Path) -> bool:
    """Whether each way to the second statement goes through the first."""
    block, place = one[-1]
    return len(other) >= len(one) and other[len(one) - 1][0] == block and other[len(one) - 1][1] > place


def object_variables(
    tree: gast.FunctionDef,
    names: Names,
    made: gast.stmt,
    own: frozenset[str],
    cls: type,
    from_class: FromClass,
    built: Callable[[Mapping[str, str]], gast.expr],
) -> None:
    """Write the object that `made` makes as variables; in place.

    Before:                     After:
        ball = None                 ball_height = x
        ball.height = x             y = ball_height * x
        y = ball.height * x

    `from_class`: the expression for an attribute of the class. `built`: that for the whole object, where it is returned.
    """
    stored = sorted(_stored(tree, own))
    stem = own_stem(made.targets[0].id, names, cls)
    variables = {a: names.fresh(f"{stem}_{a.strip('_')}") for a in stored}
    start = _started(made, cls, variables, from_class)
    returned = _returned(tree, own)
    if returned is not None:
        whole = names.temporary()
        tree.body[-1:] = [assign(whole, moved(built(variables), returned), returned), returned]
        returned.value = load(whole, returned)

    def without_object(s: gast.stmt) -> list[gast.stmt]:
        if s is made:
            return start
        if _is_copy(s, own):
            return []
        return [s]

    tree.body = rebuild(tree.body, without_object)
    _Attributes(own, variables, from_class).visit(tree)
    if any(mentioned(s) & own for s in every_statement(tree.body)):
        raise LeakError
    if returned is not None and _unset_at_end(tree) & set(variables.values()):
        raise LeakError
    if _changing_where_captured(tree) & set(variables.values()):
        raise LeakError
    if returned is not None and _captured(tree) & set(variables.values()):
        raise LeakError  # the function goes on with the object, and not with what its attributes were


def _captured(tree: gast.FunctionDef) -> frozenset[str]:
    nested = (one for one in nodes(tree) if isinstance(one, gast.FunctionDef) and one is not tree)
    return frozenset().union(*map(flow.free_names, nested))


def _changing_where_captured(tree: gast.FunctionDef) -> frozenset[str]:
    """Variables that nested functions store in, or read at their calls though they have several values."""
    nested = (one for one in nodes(tree) if isinstance(one, gast.FunctionDef) and one is not tree)
    stored = (flow.all_written(one.body) for one in nested)
    return frozenset(changing_where_captured(tree)).union(*stored)


def write_errors(tree: gast.FunctionDef, names: Names) -> None:
    """Attributes that may be read before they have a value raise what they raise in an object; in place."""
    found = {s.targets[0].id: s.lacking for s in every_statement(tree.body) if is_unset(s)}
    if found:
        expand_unset(tree, names, found)


def _unset_at_end(tree: gast.FunctionDef) -> frozenset[str]:
    found = frozenset(s.targets[0].id for s in every_statement(tree.body) if is_unset(s))
    return unset_at_end(tree, found)


def own_stem(name: str, names: Names, cls: type) -> str:
    return cls.__name__.lower() if name in names.temporaries else name


def _stored(tree: gast.FunctionDef, own: frozenset[str]) -> set[str]:
    found = set()
    for s in every_statement(tree.body):
        for target in getattr(s, "targets", None) or [getattr(s, "target", None)]:
            if (
                isinstance(target, gast.Attribute)
                and isinstance(target.value, gast.Name)
                and target.value.id in own
            ):
                found.add(target.attr)
    return found


def _started(
    made: gast.stmt, cls: type, variables: Mapping[str, str], from_class: FromClass
) -> list[gast.stmt]:
    """What the variables are before anything is stored in them: what the class has, or no value."""
    done: list[gast.stmt] = []
    for attribute, variable in variables.items():
        value = from_class(attribute)
        if value is None:
            done.append(at(gast.Delete([store(variable)]), made))
            done[-1].lacking = ("AttributeError", f"'{cls.__name__}' object has no attribute '{attribute}'")
        else:
            done.append(assign(variable, value, made))
    return done


def _returned(tree: gast.FunctionDef, own: frozenset[str]) -> gast.Return | None:
    last = tree.body[-1]
    return last if isinstance(last.value, gast.Name) and last.value.id in own else None


class _Attributes(Rewriter):
    def __init__(self, own: frozenset[str], variables: Mapping[str, str], from_class: FromClass) -> None:
        self.own, self.variables, self.from_class = own, variables, from_class

    def visit_Attribute(self, node: gast.Attribute) -> gast.expr:
        if not (isinstance(node.value, gast.Name) and node.value.id in self.own):
            return self.generic_visit(node)
        if node.attr in self.variables:
            return at(gast.Name(self.variables[node.attr], node.ctx, None, None), node)
        value = self.from_class(node.attr)
        if value is None:
            raise LeakError
        return at(value, node)
