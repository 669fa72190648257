"""A function and the kinds of its arguments in; its normal form, names, kinds and aliases out."""

from __future__ import annotations

import builtins
import dataclasses
import inspect
import sys
import types
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from typing import Any

import gast

from diffpy import errors
from diffpy.analysis import flow
from diffpy.analysis.activity import Dependence
from diffpy.analysis.alias_classes import Aliases
from diffpy.analysis.aliasing import ALONE, Outside, aliases
from diffpy.analysis.callees import Summary
from diffpy.analysis.captured_names import captured_with
from diffpy.analysis.facts import Facts
from diffpy.analysis.grown_kinds import differing
from diffpy.analysis.infer import infer
from diffpy.analysis.kinds import (
    BOTTOM,
    UNKNOWN,
    AnyTuple,
    Closure,
    DictOf,
    Kind,
    Known,
    Local,
    Rest,
    TupleOf,
    as_real,
    join_all,
    kind_of_default,
)
from diffpy.analysis.norms import find_norms
from diffpy.analysis.resolution import Guard, Resolution, cell_kind, constant_guards, method_guards
from diffpy.analysis.summaries import results_of, summary
from diffpy.constructing import factory_of
from diffpy.functions import ByCode, bound_signature, package_of, value_of
from diffpy.looked_at import Looked, Met, found_before, remember
from diffpy.quiet import effects_of
from diffpy.reaching import fields_stored
from diffpy.runtime import carrying
from diffpy.runtime.in_python import in_python
from diffpy.runtime.made_structs import declare_namespaces
from diffpy.runtime.registry import REGISTRY
from diffpy.runtime.repetition import repeated
from diffpy.runtime.stand_ins import wrapped
from diffpy.syntax import source, subset
from diffpy.syntax.local_classes import local_classes
from diffpy.syntax.names import Names, names_in
from diffpy.syntax.trees import content, copied, nodes
from diffpy.transforms import normalise
from diffpy.transforms.another import is_for_another
from diffpy.transforms.assume_arrays import assume_arrays
from diffpy.transforms.expand_attribute_dicts import expand_attribute_dicts
from diffpy.transforms.expand_attributes import expand_attributes
from diffpy.transforms.expand_augmented import (
    check_rebound_names,
    expand_augmented,
    expand_first_sums,
    tell_arrays_apart,
)
from diffpy.transforms.expand_cells import expand_cells
from diffpy.transforms.expand_classes import expand_classes, has_classes
from diffpy.transforms.expand_collecting import expand_collecting
from diffpy.transforms.expand_collections import expand_collections
from diffpy.transforms.expand_decorators import expand_decorators
from diffpy.transforms.expand_dict_views import expand_dict_views
from diffpy.transforms.expand_field_calls import expand_field_calls
from diffpy.transforms.expand_globals import expand_globals
from diffpy.transforms.expand_imports import expand_imports, has_imports
from diffpy.transforms.expand_iterators import expand_iterators
from diffpy.transforms.expand_joins import expand_joins
from diffpy.transforms.expand_mappings import expand_mappings
from diffpy.transforms.expand_null_contexts import expand_null_contexts
from diffpy.transforms.expand_outer import expand_outer
from diffpy.transforms.expand_overlaps import expand_overlaps
from diffpy.transforms.expand_properties import expand_properties
from diffpy.transforms.expand_recomputation import expand_recomputation
from diffpy.transforms.expand_references import expand_references
from diffpy.transforms.expand_slices import expand_slices
from diffpy.transforms.expand_stores import expand_stores
from diffpy.transforms.expand_suppressed import expand_suppressed
from diffpy.transforms.expand_views import expand_views
from diffpy.transforms.inline import number_sites, parameters, with_other_names
from diffpy.transforms.known_branches import may_be_known, take_known_branches
from diffpy.transforms.named_patterns import MatchArgs, match_args, with_named_patterns
from diffpy.transforms.partly_stored import Unset, expand_partly_stored
from diffpy.transforms.rename import Renamed, rename

KindOfName = Callable[[str], Kind]


@dataclass
class Prepared:
    """A function in normal form, with names for what is added."""

    source: source.Source
    tree: gast.FunctionDef
    names: Names
    objects: dict[str, object] = field(default_factory=dict)  # what names of its own stand for
    patterns: MatchArgs = field(default_factory=dict)  # of the classes in its patterns

    def fresh(self) -> tuple[gast.FunctionDef, Names]:
        number_sites(self.tree)
        return copied(self.tree), self.names.copied()


@dataclass
class Analysed:
    prepared: Prepared
    renamed: Renamed
    names: Names
    facts: Facts
    aliases: Aliases
    resolution: Resolution
    guards: tuple[Guard, ...]

    @property
    def tree(self) -> gast.FunctionDef:
        return self.renamed.tree

    @property
    def result(self) -> gast.expr:
        return self.renamed.tree.body[-1].value

    @cached_property
    def dependence(self) -> Dependence:
        return Dependence(self.tree, self.facts, self.aliases)

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names of the attributes that it reads, stores or calls."""
        return frozenset(n.attr for n in nodes(self.tree) if isinstance(n, gast.Attribute))

    @cached_property
    def said(self) -> frozenset[str]:
        """What may be the name of a method in it."""
        texts = {
            n.value for n in nodes(self.tree) if isinstance(n, gast.Constant) and isinstance(n.value, str)
        }
        return self.attributes.union(texts, (n.id for n in nodes(self.tree) if isinstance(n, gast.Name)))

    @property
    def handed_out(self) -> frozenset[str]:
        """The names of what it returns, or hands over."""
        return frozenset(n for one in results_of(self.tree, self.prepared.tree) for n in flow.names_read(one))


_prepared: ByCode[Prepared] = ByCode()


def prepare(function: types.FunctionType) -> Prepared:
    """source -> subset -> normal form, once per code object."""
    found = _prepared.get(function.__code__)
    if found is None or found.source.globals is not function.__globals__ or _are_others(found, function):
        written = source.find(function)
        subset.check(written)
        declare_namespaces(function)
        names = Names(names_in(written.tree) | set(function.__code__.co_freevars) | set(function.__globals__))
        objects: dict[str, object] = {}
        try:
            whole = _without_recomputation(function, written.tree, names, objects)
            whole = _without_imports(function, whole, names, objects)
            whole = _without_classes(written, whole, names, objects)
            whole = expand_attribute_dicts(whole, names, objects, global_lookup(function, whole))
            whole, patterns = with_named_patterns(whole, global_lookup(function, whole))
            tree = normal_form(whole, names, global_lookup(function, whole))
        except errors.DifferentiationError as error:
            raise placed(error, written) from None
        found = _prepared[function.__code__] = Prepared(written, tree, names, objects, patterns)
    return found


def _are_others(found: Prepared, function: types.FunctionType) -> bool:
    """Whether classes that patterns name were defined anew since, with other positions."""
    known = found.patterns.items()
    return any(match_args(value_of(function, name)) != positions for name, positions in known)


def _without_recomputation(
    function: types.FunctionType, tree: gast.FunctionDef, names: Names, objects: dict[str, object]
) -> gast.FunctionDef:
    """The function with loops through with_recomputation(...) as calls of a step."""
    if not any(isinstance(one, gast.For) and isinstance(one.iter, gast.Call) for one in nodes(tree)):
        return tree
    tree = copied(tree)
    name = expand_recomputation(
        tree,
        names,
        lambda name: value_of(function, name),
        function.__code__.co_freevars,
        lambda one: not any(effects_of(one)),
    )
    if name is not None:
        objects[name] = repeated
    return tree


def _without_imports(
    function: types.FunctionType, tree: gast.FunctionDef, names: Names, objects: dict[str, object]
) -> gast.FunctionDef:
    if has_imports(tree):
        tree = copied(tree)
        expand_imports(tree, names, objects, function.__globals__)
    return tree


def _without_classes(
    written: source.Source, tree: gast.FunctionDef, names: Names, objects: dict[str, object]
) -> gast.FunctionDef:
    if has_classes(tree):
        tree = copied(tree)
        expand_classes(tree, local_classes(written), names, objects, written.globals)
    return tree


def adopt(
    function: types.FunctionType,
    written: source.Source,
    tree: gast.FunctionDef,
    objects: Mapping[str, object] = types.MappingProxyType({}),
    unset: Unset | None = None,
) -> None:
    """Note that a function that was made has this tree, whose lines stand in another one's text.

    `objects` are what names in it stand for, `unset` the variables that stand for attributes.
    """
    own = source.Source(function, written.file, written.found)
    vars(own)["tree"] = tree
    names = Names(names_in(tree) | set(function.__code__.co_freevars) | set(function.__globals__))
    lookup, known = global_lookup(function, tree), dict(objects)
    tree = normal_form(expand_attribute_dicts(copied(tree), names, known, lookup), names, lookup)
    if unset is not None:
        expand_partly_stored(tree, names, unset)
    _prepared[function.__code__] = Prepared(own, tree, names, known)


def normal_form(tree: gast.FunctionDef, names: Names, lookup: Callable[[str], object]) -> gast.FunctionDef:
    tree = expand_suppressed(expand_decorators(tree, names, lookup), lookup)
    tree = normalise(tree, names)
    tree = expand_attributes(tree, names, lookup)
    return expand_cells(expand_collections(tree, names, lookup), names)


def global_lookup(function: types.FunctionType, tree: gast.FunctionDef) -> Callable[[str], object]:
    own = flow.all_written(tree.body) | flow.argument_names(tree) | set(function.__code__.co_freevars)

    def lookup(name: str) -> object:
        return None if name in own else function.__globals__.get(name, getattr(builtins, name, None))

    return lookup


def placed(error: errors.DifferentiationError, written: source.Source) -> errors.DifferentiationError:
    node = getattr(error, "node", None)
    if error.place is None and node is not None:
        return written.error(type(error), error.headline, node, because=error.because, fix=error.fix)
    return error


def analyse(
    function: types.FunctionType,
    kinds: Mapping[str, Kind],
    aux: bool = False,
    callees: Callees | None = None,
    prepared: Prepared | None = None,
    objects: dict[str, object] | None = None,
    outside: Outside = ALONE,
    assumed: Collection[str] = (),
    moving: Collection[str] = (),
) -> Analysed:
    """Names, kinds and aliases of a function for the kinds of its arguments; `objects` are names for it to use.

    `moving` are captured names of which derivatives are asked.
    """
    prepared = prepare(function) if prepared is None else prepared
    tree, names = prepared.fresh()
    if aux:
        _take_apart(tree, names)
    expand_globals(tree, names)
    closure = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    objects = {} if objects is None else objects
    objects |= prepared.objects
    resolution = Resolution(function.__globals__, closure, objects, moving)
    known = Callees(function, kinds.values()) if callees is None else callees
    renamed = rename(tree, names)
    facts, found = settled(renamed.tree, kinds, resolution, known, names, objects, outside, assumed)
    if not known.running and facts.give_up_bottoms():
        found = aliases(renamed.tree, facts, outside)
    find_norms(renamed.tree, facts, found)
    known.note([*method_guards(facts.methods), *constant_guards(facts.constants)])
    return Analysed(prepared, renamed, names, facts, found, resolution, tuple(known.here.guards.values()))


ROUNDS = 60  # the kinds of names grow, and fewer statements are left to rewrite, in each


def settled(
    tree: gast.FunctionDef,
    kinds: Mapping[str, Kind],
    resolve: KindOfName,
    callees: Callees,
    names: Names,
    objects: dict[str, object],
    outside: Outside = ALONE,
    assumed: Collection[str] = (),
) -> tuple[Facts, Aliases]:
    """The facts of a renamed function, after all that depends on kinds is written as plain statements.

    `assumed` are names that the function is to check to be arrays.
    """
    floor: dict[str, Kind] = {}
    # What is named further down has another name each time.
    assumed = flow.all_written(tree.body) & frozenset(assumed)
    assume_arrays(tree, assumed, names, objects)
    _leave_out_branches(
        tree, lambda: infer(tree, kinds, resolve, _nothing_known, floor, assumed, callees.stored)
    )
    for _ in range(ROUNDS):
        facts = infer(tree, kinds, resolve, callees, floor, assumed, callees.stored)
        agree = partial(_agree, tree, facts, outside, floor, callees.stored)
        if take_known_branches(tree, facts, agree, callees.stored):
            continue
        if expand_references(tree, facts, names):
            continue
        if expand_slices(tree, facts, names) or expand_null_contexts(tree, facts):
            continue
        if expand_stores(tree, facts, names, objects) or expand_iterators(tree, facts, names):
            continue
        if expand_joins(tree, facts, names, objects) or expand_outer(tree, facts, names):
            continue
        if expand_mappings(tree, facts, names, objects):
            continue
        if is_for_another() and expand_dict_views(tree, facts, names, objects):
            continue
        if expand_field_calls(tree, facts, names):
            continue
        if properties := expand_properties(tree, facts, names, objects):
            callees.note(properties)
            continue
        found = aliases(tree, facts, outside)
        if expand_collecting(tree, facts, found, names):
            continue
        if expand_views(tree, facts, found, names) or expand_overlaps(tree, facts, found, names, objects):
            continue
        more = differing(tree, facts, found, callees.stored)
        grows = any(floor.get(name) != kind for name, kind in more.items())
        floor.update(more)
        if grows or expand_first_sums(tree, facts):
            continue
        if not tell_arrays_apart(tree, facts, names, objects):
            break
    else:  # the facts would be those of another tree
        raise errors.UnsupportedSyntaxError(
            f"'{tree.name}' is too involved to be derived",
            because="what its values are, and how its statements are written plainly, depend on each other without end",
            fix="move parts of it into functions of their own",
        )
    checked = check_rebound_names(tree, facts, names, objects)
    if checked:
        facts = infer(tree, kinds, resolve, callees, floor, assumed, callees.stored)
    if expand_augmented(tree, facts) or checked:
        found = aliases(tree, facts, outside)
    return facts, found


def _leave_out_branches(tree: gast.FunctionDef, look: Callable[[], Facts]) -> None:
    """Leave out what arguments alone decide, before anybody looks into what is called there; in place.

    Where kinds of objects would have to be the same under all names, it is left for later.
    """
    if may_be_known(tree):
        while take_known_branches(tree, look()):
            pass


def _nothing_known(*_: Any) -> None:
    """What is told of callees that nobody looks into."""


def _agree(
    tree: gast.FunctionDef,
    facts: Facts,
    outside: Outside,
    floor: dict[str, Kind],
    stored: Callable[[], frozenset[str]],
) -> bool:
    """Whether names of one object were found to be of one kind; if not, they are from now on."""
    more = differing(tree, facts, aliases(tree, facts, outside), stored)
    floor.update(more)
    return not more


def _take_apart(tree: gast.FunctionDef, names: Names) -> None:
    """aux: the function returns (value, more)."""
    last = tree.body[-1]
    value, more = names.fresh("value"), names.fresh("aux")
    pair = gast.Tuple(
        [gast.Name(value, gast.Store(), None, None), gast.Name(more, gast.Store(), None, None)], gast.Store()
    )
    held = last.value
    if not isinstance(held, gast.Name):
        held = gast.Name(names.temporary(), gast.Load(), None, None)
        tree.body[-1:] = [
            gast.copy_location(
                gast.Assign([gast.Name(held.id, gast.Store(), None, None)], last.value, None), last
            ),
            last,
        ]
    tree.body[-1:] = [
        gast.copy_location(gast.Assign([pair], held, None), last),
        gast.copy_location(gast.Return(gast.Name(value, gast.Load(), None, None)), last),
    ]
    tree.aux_name = more


class Callees:
    """Summaries of what a function calls, each made once, and what they were read from."""

    depth_limit = 40
    package_limit = 100  # functions of another package: what is further inside is looked at when it runs

    def __init__(self, function: types.FunctionType, given: Iterable[Kind]) -> None:
        self.code = function.__code__  # of the function that is analysed
        self.fields = cache(partial(fields_stored, function, tuple(given)))
        self.known: dict[Any, Summary | None] = {}
        self.met: dict[Any, Met] = {}
        self.here = Met()  # while the function that is looked at now is
        # by the numbers of nodes, these and the first ones alike
        self.nested: dict[int, tuple[gast.FunctionDef, gast.FunctionDef]] = {}
        self.contents: dict[tuple, gast.FunctionDef] = {}
        self.forms: dict[Any, tuple[gast.FunctionDef, Names] | None] = {}
        self.package = package_of(function)
        self.packages: Counter[str] = Counter()  # how many functions of a package were summarised
        self.running: list[Any] = []
        self.recursive: set[Any] = set()  # met, with whatever kinds, while they were being summarised
        self.asked: set[int] = set()  # the places of those running that were asked for meanwhile
        self.early: dict[Any, set[int]] = {}  # summaries that were read from such ones

    def note(self, guards: Iterable[Guard]) -> None:
        """What else the facts were read from."""
        self.here.note(guards)

    def stored(self) -> frozenset[str]:
        """The fields that the function that is analysed may come to assign."""
        self.here.holds_here = True
        return self.fields()

    def __call__(
        self,
        function: object,
        args: list[Kind] | None,
        keywords: dict[str, Kind],
        around: KindOfName,
        cells: tuple[tuple[str, Kind], ...] | None = None,
    ) -> Summary | None:
        """The summary of a Python function or of a nested definition; None for any other callee.

        `args` None: called with anything. `cells`: the kinds of what it captured, where they are known.
        """
        function = in_python(wrapped(function))
        if isinstance(function, type):
            function = factory_of(function, adopt)
        if isinstance(function, gast.FunctionDef):
            own = True
            reached = captured_with(flow.free_names(function) - {function.name}, around)
            free = tuple((n, around(n)) for n in sorted(reached - {function.name}))
        elif not isinstance(function, types.FunctionType) or not _is_open(function):
            return None
        else:
            own = self.is_own(function)
            known = cells if not own else None
            free = known or tuple(captured_kinds(function, around if own else None).items())
        named = tuple(sorted(keywords.items(), key=lambda item: item[0]))
        who = self.first_alike(function)
        depth = sum(one[0] is who for one in self.running)
        if depth:
            self.recursive.add(who)
            self.here.holds_here = True
        if depth > 1 and args is not None:
            args = [UNKNOWN if isinstance(one, TupleOf) else one for one in args]
        given = None if args is None else tuple(map(self.lasting, args))
        key = (who, given, named, tuple((n, self.lasting(kind)) for n, kind in free), own)
        if key not in self.known:
            if not self.is_near(function):
                return None
            self.settle(key, function, partial(self.look, function, args, keywords, around, free), around)
        if key in self.running:
            self.asked.add(self.running.index(key))
        self.asked |= self.early.get(key, set())
        self.here.add(self.met.get(key, self.here))
        return self.known[key]

    def first_alike(self, function: Any) -> object:
        """What stands for all that are this function: its code where it captured something, the first of copies."""
        if not isinstance(function, gast.FunctionDef):
            return function.__code__ if function.__closure__ else function
        if id(function) not in self.nested:
            self.nested[id(function)] = function, self.contents.setdefault(content(function), function)
        return self.nested[id(function)][1]

    def lasting(self, kind: Kind) -> Kind:
        """The same for a kind."""
        return Local(self.first_alike(kind.node)) if isinstance(kind, Local) else kind

    def is_near(self, function: object) -> bool:
        """Whether one more function is looked into."""
        is_inside = len(self.running) < self.depth_limit and not stack_is_half_full()
        if is_inside and (isinstance(function, gast.FunctionDef) or package_of(function) == self.package):
            return True
        self.here.holds_here = True
        package = package_of(function)
        self.packages[package] += 1
        return is_inside and self.packages[package] <= self.package_limit

    def is_own(self, function: types.FunctionType) -> bool:
        """Whether it is the function that calls it: what it captured, the caller has captured."""
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        if function.__name__ not in cells:
            return False
        own = cell_kind(cells[function.__name__], function.__name__)
        example: Any = own.example if isinstance(own, Closure) else None
        return example is function and function.__code__ is (
            self.running[-1][0] if self.running else self.code
        )

    def settle(self, key: Any, function: Any, look: Callable[[], Summary], around: KindOfName) -> None:
        """Summarise; a recursive function until its summary stays the same."""
        place, first = len(self.running), len(self.early)
        if (looked := found_before(function, (self.package, *key[1:]), place)) is not None:
            self.known[key], self.met[key], _ = looked
            return
        around_it = self.asked, self.here
        self.known[key], self.here = None, Met()
        self.running.append(key)
        try:
            self.known[key] = self.nothing_yet(function, around)
            for _ in range(8):
                before, self.asked = self.known[key], set()
                self.known[key] = dataclasses.replace(look(), recursive=key[0] in self.recursive)
                if place not in self.asked or self.known[key] == before:
                    break
                self.forget(first)
            else:
                self.known[key] = None
        except (TypeError, errors.DifferentiationError):
            self.known[key] = None  # the call itself will say so
            self.forget(first)
        finally:
            self.running.remove(key)
        self.close(key, place, first)
        self.met[key] = self.here
        remember(function, (self.package, *key[1:]), Looked(self.known[key], self.here, place))
        self.asked, self.here = self.asked | around_it[0], around_it[1]

    def forget(self, first: int) -> None:
        """Early summaries, from this one on, were read from less than there is now."""
        for key in [*self.early][first:]:
            del self.early[key], self.known[key]

    def close(self, key: Any, place: int, first: int) -> None:
        """The summary at a place is found: those that were read from no other one that is running are what they are."""
        self.asked.discard(place)
        for one in [*self.early][first:]:
            self.early[one].discard(place)
            if not self.early[one]:
                del self.early[one]
        if self.asked:
            self.early[key] = set(self.asked)

    def nothing_yet(self, function: Any, around: KindOfName) -> Summary:
        """What a function is taken to do where it calls itself, until more is found."""
        if isinstance(function, gast.FunctionDef):
            return Summary(BOTTOM, self.form(function, around)[0], is_local=True)
        own = self.running[-1][4]
        return Summary(BOTTOM, prepare(function).tree, globals=function.__globals__, is_local=own)

    def look(
        self,
        function: Any,
        args: list | None,
        keywords: dict,
        around: KindOfName,
        free: tuple[tuple[str, Kind], ...],
    ) -> Summary:
        if isinstance(function, gast.FunctionDef):
            return self.look_inside(function, args, keywords, around)
        kinds = {**parameter_kinds(function, args, keywords), **dict(free)}
        found = analyse(function, kinds, callees=self)
        self.note(found.resolution.guards.values())
        globals = None if function.__closure__ else function.__globals__
        own = self.running[-1][4]
        made = summary(found.tree, found.prepared.tree, found.facts, found.aliases, globals, own)
        made = dataclasses.replace(made, objects=found.prepared.objects)
        if REGISTRY.find(function):  # its rule stands for it
            # An int that a rule says how to differentiate is a real number: rounding that counts as straight.
            return dataclasses.replace(
                made, kind=as_real(made.kind), changed=frozenset(), returned=frozenset()
            )
        return made

    def look_inside(
        self, node: gast.FunctionDef, args: list | None, keywords: dict, around: KindOfName
    ) -> Summary:
        """A nested definition: its free names have the kinds that they have around it."""
        written, names = self.form(node, around)
        names = names.copied()
        tree = rename(expand_globals(copied(written), names), names).tree
        objects: dict[str, object] = {}
        resolve = lambda name: Known(objects[name]) if name in objects else around(name)  # noqa: E731
        given = local_kinds(node, args, keywords, around)
        facts, found = settled(tree, given, resolve, self, names, objects)
        self.note([*method_guards(facts.methods), *constant_guards(facts.constants)])
        return summary(tree, written, facts, found)

    def form(self, node: gast.FunctionDef, around: KindOfName) -> tuple[gast.FunctionDef, Names]:
        """The normal form; variables that are named like what functions around captured get names of their own."""
        free = flow.free_names(node)
        reached = captured_with(free, around) - free
        own = (flow.argument_names(node) | flow.all_written(node.body)) & reached
        key = (self.first_alike(node), frozenset(reached))
        if key not in self.forms:
            self.forms[key] = None
            if any(isinstance(one, gast.ClassDef) for one in nodes(node)):
                raise errors.UnsupportedSyntaxError(
                    "what the methods of a class do when they run is not looked into"
                )
            names = Names(names_in(node) | reached)
            tree = with_other_names(copied(node), {n: names.fresh(n) for n in sorted(own)}) if own else node
            self.forms[key] = normal_form(tree, names, lambda name: None), names
        found = self.forms[key]
        if found is None:
            raise errors.UnsupportedSyntaxError("this nested function has no normal form")
        return found


def stack_is_half_full() -> bool:
    """Whether what is called from here had better be looked at when it runs: each function looked into takes frames."""
    frame: types.FrameType | None = sys._getframe()
    for _ in range(sys.getrecursionlimit() // 2):
        if frame is None:
            return False
        frame = frame.f_back
    return True


def _is_open(function: types.FunctionType) -> bool:
    return not carrying.is_foreign(function)


def captured_kinds(function: types.FunctionType, around: KindOfName | None) -> dict[str, Kind]:
    """What any closure with this code captured: the function itself, what it has `around`, or what is not known."""
    kinds: dict[str, Kind] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        found = cell_kind(cell, name)
        if _is_own_class(name, found) or (isinstance(found, Closure) and found.code is function.__code__):
            kinds[name] = found
        else:
            kinds[name] = UNKNOWN if around is None else around(name)
    return kinds


def parameter_kinds(
    function: types.FunctionType, args: list[Kind] | None, keywords: dict[str, Kind]
) -> dict[str, Kind]:
    """Kinds by parameter for kinds by argument, defaults included."""
    signature = bound_signature(function)
    if args is None:
        raise TypeError(f"what '{function.__name__}' is called with is not known")
    kinds = _bound_kinds(signature, args, keywords)
    for name, parameter in signature.parameters.items():
        if name not in kinds:
            kinds[name] = kind_of_default(parameter.default, name)
    return kinds


def local_kinds(
    node: gast.FunctionDef, args: list[Kind] | None, keywords: dict[str, Kind], around: KindOfName
) -> dict[str, Kind]:
    """The same for a nested definition."""
    if args is None:
        return dict.fromkeys(flow.argument_names(node), UNKNOWN)
    kinds = _bound_kinds(signature_of(node.args), args, keywords)
    defaults = {n: _kind_of_default(d, around) for n, d in parameters(node.args) if d is not None}
    return {name: kinds.get(name, defaults.get(name, UNKNOWN)) for name in flow.argument_names(node)}


def _kind_of_default(default: gast.expr, around: KindOfName) -> Kind:
    match default:
        case gast.Constant(value=value):
            return kind_of_default(value)
        case gast.Name(id=name):
            return around(name)
    return UNKNOWN


def _bound_kinds(signature: inspect.Signature, args: list, keywords: dict) -> dict[str, Kind]:
    kinds: dict[str, Kind] = dict(signature.bind(*args, **keywords).arguments)
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            kinds[name] = rest_of(tuple(kinds.get(name, ())))  # type: ignore[arg-type]
        elif parameter.kind is parameter.VAR_KEYWORD:
            kinds[name] = DictOf.of(kinds.get(name, {}), name)  # type: ignore[arg-type]
    return kinds


def rest_of(items: tuple[Kind, ...]) -> Kind:
    """The kind of what a parameter with a star takes."""
    if not any(isinstance(one, Rest) for one in items):
        return TupleOf(items)
    return AnyTuple(join_all((one.item if isinstance(one, Rest) else one for one in items), "item"))


def signature_of(arguments: gast.arguments) -> inspect.Signature:
    """The signature that a def with these parameters has."""
    empty, P = inspect.Parameter.empty, inspect.Parameter
    positional = [*arguments.posonlyargs, *arguments.args]
    first = len(positional) - len(arguments.defaults)
    found = [
        P(
            one.id,
            P.POSITIONAL_ONLY if k < len(arguments.posonlyargs) else P.POSITIONAL_OR_KEYWORD,
            default=empty if k < first else None,
        )
        for k, one in enumerate(positional)
    ]
    if arguments.vararg is not None:
        found.append(P(arguments.vararg.id, P.VAR_POSITIONAL))
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found.append(P(one.id, P.KEYWORD_ONLY, default=empty if default is None else None))
    if arguments.kwarg is not None:
        found.append(P(arguments.kwarg.id, P.VAR_KEYWORD))
    return inspect.Signature(found)


def _is_own_class(name: str, found: Kind) -> bool:
    """Whether a cell holds the class that a method stands in, which is the same for all functions with the code."""
    if name != "__class__" or not isinstance(found, Known):
        return False
    return "<locals>" not in getattr(found.value, "__qualname__", "<locals>")
