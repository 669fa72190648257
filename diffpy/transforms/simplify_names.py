"""Names of what the user gave none: a derivative in; the same with t1, t2, ... in order and `value` returned out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import gast

from diffpy.analysis import flow
from diffpy.syntax.trees import children, nodes
from diffpy.transforms.simplify_facts import Derivative, scopes


def name_value(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """A temporary that is the function's value, or a late version of the user's name, is called value.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     t1 = x * x
    ...     with reverse:
    ...         x_bar = 2.0 * x
    ...     return t1, x_bar
    ... ''', name_value))
    def f(x):
        value = x * x
        with reverse:
            x_bar = 2.0 * x
        return (value, x_bar)
    """
    match tree.body[-1]:
        case gast.Return(value=gast.Tuple(elts=[gast.Name(id=name), _])):
            version = known.root(name) != name and name not in known.primals
            if (
                (version or known.is_temporary(name))
                and _is_own(name, tree)
                and "value" in _free({"value"}, known)
                and not _clash(tree, {name: "value"}, known)
            ):
                known.names.taken.add("value")
                _rename(tree, {name: "value"}, known)
    return tree


def _clash(tree: gast.FunctionDef, names: dict[str, str], known: Derivative) -> bool:
    """Whether a new name, or one derived from it, stands in the text already."""
    found = {one.id for one in nodes(tree) if isinstance(one, gast.Name)}
    renamed = {one: _renamed(one, names, known) for one in found}
    return any(new != old and new in found for old, new in renamed.items())


def _free(labels: Iterable[str], known: Derivative) -> set[str]:
    """Those of the labels that, and whose derived names, are no names that stay: the user's, and those made of these."""
    stems, temporaries = known.names.stems, known.names.temporaries
    users = {n for n in known.names.taken if not any(_temporary_of(n, known))}
    found = {one for one in stems.keys() | known.primals.keys() if one.split("_")[0] in temporaries}
    endings = {"", *(one[one.index("_") :] for one in found if "_" in one)}
    return {label for label in labels if not any(f"{label}{ending}" in users for ending in endings)}


def _is_own(name: str, tree: gast.FunctionDef) -> bool:
    """Whether the name is bound by assignments here, and no function of the user's reads it."""
    own = {s.name for s in scopes(tree) if s is not tree}
    users = [s for s in tree.body if isinstance(s, gast.FunctionDef) and s.name not in own]
    inside: set[str] = set().union(*({s.name} | flow.free_names(s) for s in users))
    return name not in inside | flow.argument_names(tree)


def number_temporaries(tree: gast.FunctionDef, known: Derivative) -> gast.FunctionDef:
    """t1, t2, ... in the order in which they are read or written; the cotangents with them.

    >>> from diffpy.transforms.simplify_example import after
    >>> print(after('''
    ... def f(x):
    ...     t7 = x * x
    ...     y = t7 * t7
    ...     with reverse:
    ...         t5_bar = 2.0 * t7
    ...         t7_bar = t5_bar * x
    ...     return y
    ... ''', number_temporaries))
    def f(x):
        t1 = x * x
        y = t1 * t1
        with reverse:
            t2_bar = 2.0 * t1
            t1_bar = t2_bar * x
        return y
    """
    spoken = {n.value for n in nodes(tree) if isinstance(n, gast.Constant)}  # captured(f_bar, "t7")
    found = dict.fromkeys(one for name in _in_order(tree) for one in _temporary_of(name, known))
    found = {name: None for name in found if name not in spoken}
    most = len(found) + len(known.names.taken)
    free = _free((f"t{k}" for k in range(1, most + 1) if f"t{k}" not in spoken), known)
    labels = sorted(free, key=lambda label: int(label[1:]))
    _rename(tree, dict(zip(found, labels[: len(found)], strict=True)), known)
    return tree


def _temporary_of(name: str, known: Derivative) -> Iterator[str]:
    """The temporary that a name is, or is derived from: t3 of t3_bar."""
    first = name.split("_")[0]
    if known.is_temporary(first) and (first == name or _is_derived(name, known)):
        yield first


def _is_derived(name: str, known: Derivative) -> bool:
    owner = known.primals.get(name)
    if owner is not None:
        return known.is_temporary(owner) or _is_derived(owner, known)
    return name in known.names.stems


def _in_order(tree: gast.FunctionDef) -> Iterator[str]:
    """Every name, in the order of the text."""
    waiting: list[gast.AST] = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, gast.Name):
            yield one.id
        waiting.extend(reversed(children(one)))


def _rename(tree: gast.FunctionDef, names: dict[str, str], known: Derivative) -> None:
    """Names, and those derived from them, under new ones."""
    for node in nodes(*tree.body):
        if isinstance(node, gast.Name):
            node.id = _renamed(node.id, names, known)
        elif isinstance(node, gast.Nonlocal):
            node.names = [_renamed(name, names, known) for name in node.names]


def _renamed(name: str, names: dict[str, str], known: Derivative) -> str:
    if name in names:
        return names[name]
    for old in (name.split("_")[0], name.rpartition(f"_{known.mark}")[0]):
        if old in names and _is_derived(name, known):
            return names[old] + name[len(old) :]
    return name
