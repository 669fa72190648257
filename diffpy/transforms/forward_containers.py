"""Forward mode through what holds other values: the same display, item, store or method on the tangents."""

from __future__ import annotations

import copy
import inspect
import operator
from collections.abc import Callable

import gast

from diffpy import errors
from diffpy.analysis import flow
from diffpy.analysis.calls import INPLACE, OPERATORS, MethodCall, OpenCall, TableCall
from diffpy.analysis.facts import index_parts
from diffpy.analysis.kinds import (
    UNKNOWN,
    Array,
    DictOf,
    Inert,
    Kind,
    ListOf,
    Scalar,
    Struct,
    TupleOf,
    place_of_item,
)
from diffpy.rules.structs import tangent_fields
from diffpy.rules.table import TABLE
from diffpy.syntax.build import assign, at, call, constant, expression, load, statements, substitute
from diffpy.syntax.build import store as store_name
from diffpy.transforms import contexts, lines
from diffpy.transforms.container_words import (
    ast_text,
    attributes_as_dict,
    check_given_one_by_one,
    lost,
    unclear,
)
from diffpy.transforms.displays import checked_keys
from diffpy.transforms.forward_sums import summed
from diffpy.transforms.forward_words import Statements, Tangents
from diffpy.transforms.indices import key_of
from diffpy.transforms.item_stores import is_unused
from diffpy.transforms.items import check_bounds, named_key

_KEPT = ("index", "count", "keys")  # methods whose result has no tangent
# methods that give of tangents what they give of values
_SAME = ("pop", "copy", "get", "values", "setdefault")
_ALONE = ("append", "extend", "insert", "reverse", "clear", "update")  # methods for their effect alone


def display(r: Tangents, y: str, value: gast.expr, s: gast.stmt) -> Statements:
    """y = (a, b): the tangents in a container of the same form."""
    if isinstance(value, gast.Set):
        return set_display(r, y, value, s)
    if isinstance(value, gast.Dict):
        dots = gast.Dict(list(value.keys), [r.tangent(v) for v in value.values])
        return [*checked_keys(r, value, s), s, r.set(y, dots, s)]
    moved = type(value)([_moved_item(r, e) for e in value.elts], gast.Load())
    return [s, r.set(y, moved, s)]


def _item(e: gast.expr) -> gast.expr:
    return e.value if isinstance(e, gast.Starred) else e


def _moved_item(r: Tangents, e: gast.expr) -> gast.expr:
    if not isinstance(e, gast.Starred):
        return r.tangent(e)
    return gast.Starred(r.items(e.value) if r.is_active(e.value) else r.tangent(e.value), gast.Load())


def set_display(r: Tangents, y: str, value: gast.Set, s: gast.stmt) -> Statements:
    """y = {a, b}: the tangents by value; of equal values the first stands in the set."""
    if not any(isinstance(e, gast.Starred) for e in value.elts):
        elements = value.elts[::-1]
        return [s, r.set(y, gast.Dict(elements, [r.tangent(e) for e in elements]), s)]
    if len(value.elts) > 1:
        raise unclear(r, s, "a set of active values is gathered with *")
    made = load(r.namespace.name("set", set))
    return r.open(y, OpenCall(made, (_item(value.elts[0]),)), s)


def unpack(r: Tangents, s: gast.Assign) -> Statements:
    """(a, b) = v, and the same of the tangent."""
    target, v = s.targets[0], s.value
    names = [_item(e).id for e in target.elts]
    moving = [n for n in names if n in r.active]
    if not moving:
        return [s]
    if not r.is_active(v):
        return [s, *(r.set(n, r.zero_of(load(n)), s) for n in moving)]
    dots = []
    for e in target.elts:
        name = _item(e).id
        dot = store_name(r.dot(name) if name in r.active else r.unused())
        dots.append(gast.Starred(dot, gast.Store()) if isinstance(e, gast.Starred) else dot)
    return [s, at(gast.Assign([gast.Tuple(dots, gast.Store())], r.items(v), None), s)]


# Functions that make of the tangents of sequences what they make of the sequences


def moves_alike(r: Tangents, found: TableCall | OpenCall, value: gast.expr) -> bool:
    """Whether a function hands on items that all have tangents, in an order that does not depend on them."""
    atoms = operands(value)
    if any(not isinstance(a, gast.Name | gast.Constant) for a in atoms) or getattr(value, "keywords", None):
        return False
    kinds = [r.facts.kind(a) for a in atoms]
    sequences = [
        isinstance(k, ListOf | TupleOf) and r.is_active(a) for a, k in zip(atoms, kinds, strict=True)
    ]
    if found.function is operator.mul:
        count = next((k for k, is_one in zip(kinds, sequences, strict=True) if not is_one), None)
        return any(sequences) and isinstance(count, Scalar) and count.type == "int"
    known = any(found.function is one for one in (zip, reversed, list, tuple, operator.add))
    return known and bool(atoms) and all(sequences)


def operands(value: gast.expr) -> list[gast.expr]:
    return [value.left, value.right] if isinstance(value, gast.BinOp) else list(getattr(value, "args", ()))


def alike(r: Tangents, y: str, value: gast.expr, s: gast.stmt) -> Statements:
    """y = zip(a, b): the same of the tangents."""
    dots = {a.id: load(r.dot(a.id)) for a in operands(value) if r.is_active(a)}
    return [s, r.set(y, substitute(copy.deepcopy(value), dots), s)]


# Items and fields


def subscript(r: Tangents, y: str, value: gast.Subscript, s: gast.stmt) -> Statements:
    """y = x[i]: the same item, or the same view, of the tangent."""
    base = value.value
    is_place = isinstance(r.facts.kind(base), Array | ListOf | TupleOf | DictOf | Inert)
    keys = [p for p in index_parts(value.slice) if r.is_active(p)]
    if not r.is_active(base) and (is_place or not flow.names_read(value.slice) & r.active):
        return [s, r.set(y, r.zero_of(load(y)), s)]
    if is_place:
        return [s, r.set(y, gast.Subscript(load(r.dot(base.id)), copy.deepcopy(value.slice), gast.Load()), s)]
    check_bounds(r, base, value.slice, s)
    key, before = key_of(value.slice), []
    if keys and isinstance(key, gast.Tuple):
        held = named_key(r, key)
        before = [assign(held, key, s), *display(r, held, key, s)[1:]]
        key = load(held)
    getitem = OpenCall(gast.Name("operator.getitem", gast.Load(), None, None), (base, key))
    return [*before, *r.open(y, getitem, s)]


def attribute(r: Tangents, y: str, value: gast.Attribute, s: gast.stmt) -> Statements:
    """y = x.field."""
    base = value.value
    if not r.is_active(base):
        if value.attr == "__dict__":
            raise attributes_as_dict(r, s)
        return [s, r.set(y, r.zero_of(load(y)), s)]
    kind = r.facts.kind(base)
    if isinstance(kind, Struct) and value.attr in tangent_fields(kind.cls) and kind.field(value.attr):
        return [s, r.set(y, gast.Attribute(load(r.dot(base.id)), value.attr, gast.Load()), s)]
    place = place_of_item(kind, value.attr)
    if place is not None:
        return [s, r.set(y, gast.Subscript(load(r.dot(base.id)), constant(place), gast.Load()), s)]
    return r.open(y, OpenCall(load("getattr"), (base, constant(value.attr))), s)


# Stores


def store(r: Tangents, s: gast.Assign) -> Statements:
    """x[i] = v: the same store into the tangent."""
    target, v = s.targets[0], s.value
    base = target.value
    if not (isinstance(base, gast.Name) and r.is_active(base)):
        if r.is_active(v) and not is_unused(r, base):
            raise lost(r, s, base, v)
        return [s]
    kind = r.facts.kind(base)
    if isinstance(target, gast.Attribute) and is_plain_field(kind, target.attr):
        name = constant(target.attr)
        return [s, at(gast.Expr(call(r.runtime("set_field"), load(r.dot(base.id)), name, r.tangent(v))), s)]
    if isinstance(target, gast.Attribute) or not isinstance(kind, Array | ListOf | DictOf):
        if not r.is_recorded:
            raise unclear(r, s, f"'{ast_text(target)}' is assigned")
        before, place = place_of(r, target, s)
        return [*before, *r.open(None, OpenCall(_operator(target, "set"), (base, place, v)), s)]
    place = gast.Subscript(load(r.dot(base.id)), copy.deepcopy(target.slice), gast.Store())
    stays = isinstance(kind, Array) and not r.is_active(v)
    takes_in = isinstance(kind, ListOf) and isinstance(target.slice, gast.Slice) and r.is_active(v)
    moved = constant(0.0) if stays else r.items(v) if takes_in else r.tangent(v)
    return [s, at(gast.Assign([place], moved, None), s)]


def place_of(r: Tangents, target: gast.expr, s: gast.stmt) -> tuple[Statements, gast.expr]:
    """The name of a field, or the index of an item, as an argument; what names it first."""
    if isinstance(target, gast.Attribute):
        return [], constant(target.attr)
    key = key_of(target.slice)
    if not isinstance(key, gast.Tuple):
        return [], key
    held = named_key(r, key)
    return [assign(held, key, s), *display(r, held, key, s)[1:]], load(held)


def _operator(target: gast.expr, verb: str) -> gast.expr:
    """setattr or operator.setitem, getattr or operator.getitem, delattr or operator.delitem."""
    name = f"{verb}attr" if isinstance(target, gast.Attribute) else f"operator.{verb}item"
    return gast.Name(name, gast.Load(), None, None)


def augmented_when_run(r: Tangents, s: gast.AugAssign) -> Statements:
    """x[i] += v of what is not known: the item is taken, changed or added to as it turns out to be, and put back."""
    target, v = s.target, s.value
    change = gast.Name(f"operator.{INPLACE[type(s.op)].__name__}", gast.Load(), None, None)
    if isinstance(target, gast.Name):
        return r.open(target.id, OpenCall(change, (load(target.id), v)), s)
    before, place = place_of(r, target, s)
    held = r.names.temporary()
    r.facts.kinds[held] = UNKNOWN
    r.active |= {held}
    r.locals.add(held)
    return [
        *before,
        *r.open(held, OpenCall(_operator(target, "get"), (target.value, place)), s),
        *r.open(held, OpenCall(change, (load(held), v)), s),
        *r.open(None, OpenCall(_operator(target, "set"), (target.value, place, load(held))), s),
    ]


def is_plain_field(kind: Kind, name: str) -> bool:
    """Whether an assignment to the field stores the value and does nothing else."""
    if not isinstance(kind, Struct) or kind.field(name) is None:
        return False
    own = inspect.getattr_static(kind.cls, "__setattr__") is inspect.getattr_static(object, "__setattr__")
    return own and not isinstance(inspect.getattr_static(kind.cls, name, None), property)


def augmented(r: Tangents, s: gast.AugAssign) -> Statements:
    """x[i] += v, and x += v where x is an array or a list."""
    target, v = s.target, s.value
    base = target if isinstance(target, gast.Name) else target.value
    if not isinstance(base, gast.Name) or not r.is_active(base):
        if r.is_active(v) and not isinstance(target, gast.Name) and not is_unused(r, base):
            raise lost(r, s, base, v)
        return [s]
    kind = r.facts.kind(base)
    if isinstance(target, gast.Name) and isinstance(kind, ListOf) and isinstance(s.op, gast.Add):
        moved = r.items(v) if r.is_active(v) else r.tangent(v)
        return [s, at(gast.AugAssign(store_name(r.dot(base.id)), gast.Add(), moved), s)]
    if not isinstance(kind, Array) or isinstance(target, gast.Attribute):
        if not r.is_recorded:
            raise unclear(r, s, f"'{base.id}' is changed in place")
        return augmented_when_run(r, s)
    return array_augmented(
        r, base, constant(Ellipsis) if isinstance(target, gast.Name) else target.slice, v, s
    )


def array_augmented(
    r: Tangents, base: gast.Name, index: gast.expr, v: gast.expr, s: gast.AugAssign
) -> Statements:
    """The line of the operator at the place, before the store; after it where the line reads the result."""
    row = TABLE.find(OPERATORS[type(s.op)])
    if row is None or not row.tangents:
        raise unclear(r, s, "this operator has no derivative in place")
    place = gast.Subscript(load(base.id), index, gast.Load())
    moved = gast.Subscript(load(r.dot(base.id)), index, gast.Load())
    a, b = list(row.signature.parameters)[:2]
    chosen = [(a, moved)] + ([(b, r.tangent(v))] if r.is_active(v) else [])
    needed = {n for parameter, _ in chosen for n in lines.parsed(row.tangents[parameter])[1]}
    before: Statements = []
    parts: dict[str, gast.expr] = {a: place, b: v, "y": place}
    if "y" in needed and a in needed:
        parts[a] = _put_aside(r, place, f"{base.id}_old", before, s)
    if "y" in needed and isinstance(v, gast.Name) and r.may_change(v.id, s):
        parts[b] = _put_aside(r, v, f"{v.id}_old", before, s)
        if r.is_active(v) and r.is_changed(v.id):
            chosen[-1] = (b, _put_aside(r, chosen[-1][1], f"{r.dot(v.id)}_old", before, s))
    terms = [lines.inline(row.tangents[p], {**parts, "d": d}, r.module(), r.namespace, s) for p, d in chosen]
    value = summed(terms)
    if ast_same(value, moved):
        return [*before, s]
    own = gast.Subscript(load(r.dot(base.id)), copy.deepcopy(index), gast.Store())
    first = value.left if isinstance(value, gast.BinOp) else None
    if isinstance(s.op, gast.Add | gast.Sub) and first is not None and ast_same(first, moved):
        whole = isinstance(index, gast.Constant) and index.value is Ellipsis
        update = gast.AugAssign(store_name(r.dot(base.id)) if whole else own, value.op, value.right)
    else:
        update = gast.Assign([own], value, None)
    update = at(update, s)
    return [*before, s, update] if "y" in needed else [*before, update, s]


def _put_aside(r: Tangents, value: gast.expr, name: str, before: Statements, s: gast.AST) -> gast.expr:
    saved = r.names.fresh(name)
    copied = "value.copy()" if r.is_recorded else f"{r.module()}.array(value)"
    before.append(assign(saved, expression(copied, value=value), s))
    return load(saved)


def ast_same(one: gast.AST, other: gast.AST) -> bool:
    return gast.dump(one).replace("Store()", "Load()") == gast.dump(other).replace("Store()", "Load()")


def delete(r: Tangents, s: gast.Delete) -> Statements:
    done: Statements = []
    for target in s.targets:
        if isinstance(target, gast.Name):
            continue
        is_active = isinstance(target.value, gast.Name) and r.is_active(target.value)
        is_open = isinstance(target, gast.Attribute) or type(r.facts.kind(target.value)) is Kind
        if is_active and r.is_recorded and is_open:
            before, place = place_of(r, target, s)
            done += [*before, *r.open(None, OpenCall(_operator(target, "del"), (target.value, place)), s)]
            continue
        done.append(gast.copy_location(gast.Delete([target]), s))
        if is_active:
            if not isinstance(r.facts.kind(target.value), ListOf | DictOf) or isinstance(
                target, gast.Attribute
            ):
                raise unclear(r, s, "an item of a container of active values is deleted")
            moved = gast.Subscript(load(r.dot(target.value.id)), copy.deepcopy(target.slice), gast.Del())
            done.append(at(gast.Delete([moved]), s))
    return done


# Methods of lists and dicts


def method(r: Tangents, y: str | None, found: MethodCall, s: gast.stmt) -> Statements:
    """xs.append(v): the same method of the tangent."""
    base = found.base.id
    if base not in r.active:
        given = next((a for a in found.given if r.is_active(a)), None)
        if base not in r.locals and given is not None and r.is_read_back(base):
            raise lost(r, s, found.base, given)
        return [s] if y is None or y not in r.active else [s, r.set(y, r.zero_of(load(y)), s)]
    check_given_one_by_one(r, found, s)
    func = gast.Attribute(load(base), found.method, gast.Load())
    active = y is not None and y in r.active
    if found.method in _KEPT or (found.method in ("get", "values", "items", "copy") and not active):
        return [s] if y is None or not active else [s, r.set(y, r.zero_of(load(y)), s)]
    if found.method == "items":
        return r.open(y, OpenCall(func, found.args), s)
    by_pairs = found.method == "update" and not all(isinstance(r.facts.kind(a), DictOf) for a in found.args)
    if found.method not in (*_SAME, *_ALONE) or by_pairs:
        raise unclear(r, s, f"'{base}.{found.method}' changes a container of active values")
    moved = at(call(gast.Attribute(load(r.dot(base)), found.method, gast.Load()), *_moved_args(r, found)), s)
    if y is None or not active:
        return [s, at(gast.Expr(moved), s)]
    return [s, r.set(y, moved, s)]


def _moved_args(r: Tangents, found: MethodCall) -> list[gast.expr]:
    """Arguments of the method on the tangent: places and keys as they are, values by their tangents."""
    is_dict = isinstance(r.facts.kind(found.base), DictOf)
    if found.method == "insert" or (is_dict and found.method in ("pop", "get", "setdefault")):
        return [found.args[0], *(r.tangent(a) for a in found.args[1:])]
    if found.method == "pop":
        return list(found.args)
    if found.method == "extend":
        return [r.items(a) if r.is_active(a) else r.tangent(a) for a in found.args]
    return [r.tangent(a) for a in found.args]


# Contexts


def with_block(r: Tangents, s: gast.With, block: Callable[[list[gast.stmt]], Statements]) -> Statements:
    """with c: body. Where c may swallow an exception, the end of the body has to be reached."""
    for item in s.items:
        if item.optional_vars is not None and item.optional_vars.id in r.active:
            raise r.refuse(
                errors.UnsupportedSyntaxError,
                f"the active value '{item.optional_vars.id}' is bound by a 'with' statement",
                s,
                because="how it depends on what the context was made of is not known",
                fix="bind it in the body: with context: name = value",
            )
    contexts.check_entered(r, s)
    body = block(s.body)
    moving = any(n in r.active for n in flow.all_written(s.body))
    if not moving or all(contexts.is_open(r, i.context_expr) for i in s.items):
        return [gast.copy_location(gast.With(s.items, body, None), s)]
    done = r.names.fresh("completed")
    body += statements(f"{done} = True", s)
    checked = gast.Expr(call(r.runtime("check_completed"), load(done)))
    new = gast.copy_location(gast.With(s.items, body, None), s)
    return [*statements(f"{done} = False", s), new, gast.copy_location(checked, s)]
