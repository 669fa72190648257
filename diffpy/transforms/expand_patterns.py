"""The match statement: patterns in; tests, ifs and assignments out."""

from __future__ import annotations

import gast

from diffpy.syntax import build
from diffpy.syntax.names import Names
from diffpy.syntax.trees import nodes
from diffpy.transforms.binding import bound_names, still_local
from diffpy.transforms.blocks import branch, every_statement, passing, placed, rebuild
from diffpy.transforms.pattern_tests import Abstract, Tests


def expand_patterns(tree: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """Each case becomes a test of the subject, the captured names are assigned once the whole pattern fits.

    >>> from diffpy.transforms.example import after
    >>> print(after('''
    ... def f(x):
    ...     match x:
    ...         case 0 | 1:
    ...             y = 1
    ...         case y if y > 5:
    ...             pass
    ...         case _:
    ...             y = 2
    ... ''', expand_patterns))
    def f(x):
        if x == 0 or x == 1:
            y = 1
        else:
            y = x
            if y > 5:
                pass
            else:
                y = 2
    """
    if not any(isinstance(one, gast.Match) for one in every_statement(tree.body)):
        return tree
    before = bound_names(tree)
    abstract = Abstract(names, before)
    tree.body = rebuild(tree.body, lambda one: _expand(one, names, abstract))
    tree.body = abstract.imports(tree) + tree.body
    return still_local(tree, before)


def _expand(statement: gast.stmt, names: Names, abstract: Abstract) -> list[gast.stmt]:
    if not isinstance(statement, gast.Match):
        return [statement]
    subject, first = _subject(statement, names)
    rest: list[gast.stmt] = []
    for case in reversed(statement.cases):
        rest = _case(case, subject, rest, names, abstract)
    return first + (rest or [passing(statement)])


def _subject(statement: gast.Match, names: Names) -> tuple[str, list[gast.stmt]]:
    """The variable that holds the subject: the user's own where no case can rebind it."""
    subject = statement.subject
    if isinstance(subject, gast.Name) and not _may_rebind(statement, subject.id):
        return subject.id, []
    name = names.temporary()
    return name, [build.assign(name, subject, subject)]


def _may_rebind(statement: gast.Match, name: str) -> bool:
    for case in statement.cases:
        for node in (*nodes(case.pattern), *(nodes(case.guard) if case.guard else ())):
            captured = getattr(node, "name", None) or getattr(node, "rest", None)
            if (
                captured == name
                or isinstance(node, gast.NamedExpr)
                or (case.guard and isinstance(node, gast.Call))
            ):
                return True
    return False


def _case(
    case: gast.match_case, subject: str, rest: list[gast.stmt], names: Names, abstract: Abstract
) -> list[gast.stmt]:
    tests = Tests(names, abstract)
    tests.add(case.pattern, subject)
    captures = tests.stores(case.pattern)
    test = tests.joined(case.pattern)
    if case.guard is None:
        return captures + case.body if test is None else [branch(test, captures + case.body, rest, test)]
    if test is None:
        return [*captures, branch(case.guard, case.body, rest, case.guard)]
    if not captures:
        both = placed(gast.BoolOp(gast.And(), [test, case.guard]), case.guard)
        return [branch(both, case.body, rest, case.guard)]
    flag = names.fresh("matched")
    guarded = branch(
        build.load(flag, test), [*captures, build.assign(flag, case.guard, case.guard)], [], test
    )
    return [build.assign(flag, test, test), guarded, branch(build.load(flag, test), case.body, rest, test)]
