"""How many seeded mistakes in the rules the tests of the rules find: `python tests/mutation_score.py [NAME ...]`.

Each line of the table (diffpy/rules/) is mutated: a sign, a factor, an operand, a function, a transpose, a conjugate.
The checks of tests/test_rules.py are then run for the samples of that row, SciPy's among them, as are the cases of
tests/test_rules_special.py that name it; a mutant that passes all of them is a survivor. What is the same function in
other words is no mistake where that is plain (`alike`); other survivors have their reasons in `explained_survivors`.
A survivor without a reason is printed, and so is a reason without a survivor. Asserts nothing.
"""

from __future__ import annotations

import argparse
import ast
import copy
import signal
import types
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np
import test_complex
import test_rules
import test_rules_special
import test_scipy
from explained_survivors import REASONS
from rule_samples import SAMPLES

from diffpy.rules import TABLE
from diffpy.rules.table import Line, Row, resolve
from diffpy.syntax import source

PLACES = ("pullbacks", "tangents", "each")
OTHER = {
    "sin": "cos",
    "cos": "sin",
    "sinh": "cosh",
    "cosh": "sinh",
    "exp": "exp2",
    "log": "log2",
    "sum": "mean",
}
OTHER |= {
    "maximum": "minimum",
    "tan": "tanh",
    "arctan": "tan",
    "conj": "real",
    "tril": "triu",
    "triu": "tril",
}
UNDOING = {"T", "mT"}
# Functions whose first two arguments may change places; whose first argument may change its sign.
SYMMETRIC = frozenset(
    "hypot maximum minimum convolve betaln hyp2f1 weighted_sum power_exponent power_exponent_base det_pullback "
    "erfcx_slope dawsn_slope".split()
)
EVEN = frozenset("cos cosh cosm coshm sinc abs kv kn kve".split())
LIMIT = 20  # seconds that the checks of one mutant may take


@dataclass
class Mutated:
    """A line of the table: the dictionaries that hold it, and the operations that it belongs to."""

    line: Line
    names: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    holders: list[tuple[dict, str]] = field(default_factory=list)
    what: str = ""


# Mutants


def mutants(line: Line) -> Iterator[tuple[str, Line]]:
    """The line with one mistake each, and its text."""
    tree = ast.Expression(gast.gast_to_ast(source.find(line).tree.body[-1].value))
    count = sum(1 for _ in ast.walk(tree))
    seen = {ast.unparse(tree)}
    same = alike(tree)
    for number in range(count):
        node = node_at(tree, number)
        for change in mistakes(node):
            if is_alike(node, change, same.get(id(node), "")):
                continue
            whole = copy.deepcopy(tree)
            put(whole, number, change)
            text = ast.unparse(ast.fix_missing_locations(whole))
            if text not in seen:
                seen.add(text)
                yield text, compiled(line, text)


def alike(tree: ast.AST) -> dict[int, str]:
    """Nodes that may change without a change of the whole, by identity: in their signs, or in all.

    That is: what an even function or an even power is taken of; the factors of zero; the length that a test asks for,
    as a container without items is false; and what only the shape is read of.
    """
    found: dict[int, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Call(args=[x, *_]) if name_of(node) in EVEN:
                found |= dict.fromkeys(map(id, factors(x)), "sign")
            case ast.BinOp(left=x, op=ast.Pow(), right=ast.Constant(value=2)):
                found |= dict.fromkeys(map(id, factors(x)), "sign")
            case ast.BinOp(left=ast.Constant(value=0), op=ast.Mult(), right=x):
                found |= dict.fromkeys(map(id, ast.walk(x)), "all") | {id(node): "zero"}
            case ast.IfExp(test=ast.Call() as asked) if name_of(asked) == "len":
                found[id(asked)] = "all"
    return found


def factors(x: ast.expr) -> Iterator[ast.expr]:
    """An expression and what it is a product, a quotient or the negative of."""
    yield x
    match x:
        case ast.BinOp(left=a, op=ast.Mult() | ast.Div(), right=b):
            yield from factors(a)
            yield from factors(b)
        case ast.UnaryOp(op=ast.USub(), operand=a):
            yield from factors(a)


def is_alike(node: ast.AST, change: ast.AST, how: str) -> bool:
    """Whether a mistake is none."""
    match node, change:
        case ast.Call(args=[a, b, *_]), ast.Call(args=[c, d, *_]) if (a, b) == (d, c):
            return name_of(node) in SYMMETRIC
        case ast.BinOp(right=b), _ if how == "zero":
            return change is not b
        case ast.BinOp(op=ast.Sub(), left=a, right=b), ast.BinOp(op=ast.Sub(), left=c, right=d) if (
            how == "sign"
        ):
            return (a, b) == (d, c)
        case _, ast.UnaryOp(op=ast.USub()) if how == "sign":
            return True
        case ast.UnaryOp(op=ast.USub(), operand=a), _ if how == "sign":
            return change is a
    return how == "all"


def name_of(called: ast.Call) -> str:
    return getattr(called.func, "attr", getattr(called.func, "id", ""))


def node_at(tree: ast.AST, number: int) -> ast.AST:
    return next(node for k, node in enumerate(ast.walk(tree)) if k == number)


def put(tree: ast.AST, number: int, change: ast.AST) -> None:
    target = node_at(tree, number)
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, change)
                return
            if isinstance(value, list) and any(one is target for one in value):
                setattr(parent, name, [change if one is target else one for one in value])
                return


def mistakes(node: ast.AST) -> Iterator[ast.AST]:
    """The same expression with a mistake."""
    match node:
        case ast.Expression() | ast.expr_context() | ast.operator():
            return
        case ast.BinOp(left=a, op=ast.Mult(), right=b):
            yield from (a, b, ast.BinOp(a, ast.Div(), b))
        case ast.BinOp(left=a, op=ast.Div(), right=b):
            yield from (a, ast.BinOp(a, ast.Mult(), b), ast.BinOp(b, ast.Div(), a))
        case ast.BinOp(left=a, op=ast.Add(), right=b):
            yield from (a, b, ast.BinOp(a, ast.Sub(), b))
        case ast.BinOp(left=a, op=ast.Sub(), right=b):
            yield from (a, ast.BinOp(a, ast.Add(), b), ast.BinOp(b, ast.Sub(), a))
        case ast.BinOp(left=a, op=ast.MatMult(), right=b):
            yield ast.BinOp(b, ast.MatMult(), a)
        case ast.BinOp(left=a, op=ast.Pow()):
            yield a
        case ast.UnaryOp(op=ast.USub(), operand=a):
            yield a
        case ast.Attribute(value=a, attr=attr) if attr in UNDOING:
            yield a
        case ast.Attribute(value=a, attr=attr) if attr in OTHER:
            yield ast.Attribute(a, OTHER[attr], ast.Load())
        case ast.Call(func=f, args=args):
            yield from args[:1]
            if len(args) > 1 and not any(isinstance(a, ast.Starred) for a in args[:2]):
                yield ast.Call(f, [args[1], args[0], *args[2:]], node.keywords)
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            yield ast.Constant(value + 1)
        case ast.IfExp(body=a, orelse=b):
            yield from (a, b)
    if isinstance(node, ast.BinOp | ast.Call | ast.Name) and getattr(node, "id", "d") == "d":
        yield ast.UnaryOp(ast.USub(), node)


def compiled(line: Any, text: str) -> Line:
    """A line with this text, in the surroundings of the first."""
    made = eval(
        f"lambda {', '.join(line.__code__.co_varnames[: line.__code__.co_argcount])}: {text}",
        line.__globals__,
    )
    return types.FunctionType(made.__code__, line.__globals__, line.__name__)


# Checks


def lines(wanted: list[str]) -> list[Mutated]:
    """Each line of the table once, with all that it serves."""
    found: dict[int, Mutated] = {}
    for name, row in TABLE.rows.items():
        if wanted and name not in wanted and row.name not in wanted:
            continue
        for place in PLACES:
            for argument, line in getattr(row, place).items():
                one = found.setdefault(id(line), Mutated(line, what=f"{place} of {argument}"))
                one.names.append(name)
                one.rows.append(row)
                one.holders.append((getattr(row, place), argument))
    return list(found.values())


def checks_of(one: Mutated) -> list[Callable[[], None]]:
    """What the tests of the rules ask of the rows that the line serves."""
    found: list[Callable[[], None]] = []
    rows = {id(row) for row in one.rows}
    mine = [s for s in SAMPLES if id(TABLE.find(resolve(s.name))) in rows]
    for sample in mine:
        found += [lambda s=sample: test_rules.test_pullback(s), lambda s=sample: test_rules.test_tangent(s)]
        found.append(lambda s=sample: test_rules.test_linear_in_the_cotangent(s))
        if not sample.name.startswith("math."):
            found.append(lambda s=sample: test_rules.test_float32_stays_float32(s))
    of_scipy = [s for s in test_scipy.ROWS if id(TABLE.find(resolve(s.name))) in rows]
    found += [lambda s=sample: test_scipy.test_row(s) for sample in of_scipy]
    for case in test_rules_special.SPECIAL:
        if id(TABLE.find(resolve(case[0]))) in rows:
            found.append(lambda c=case: test_rules_special.test_special_point(*c))
    for case in test_rules_special.TANGENTS:
        if id(TABLE.find(resolve(case[0]))) in rows:
            found.append(lambda c=case: test_rules_special.test_tangents_at_zero_are_zero(*c))
    for name, samples in test_complex.BY_NAME:
        if id(TABLE.find(resolve(name))) in rows:
            found.append(lambda n=name, s=samples: test_complex.test_rows_called(n, s))
    for case in test_rules_special.EACH:
        if id(TABLE.find(resolve(case[0]))) in rows:
            found.append(lambda c=case: test_rules_special.test_lines_for_each_argument_agree(*c))
    for name in ("numpy.sqrt", "math.sqrt"):
        if id(TABLE.find(resolve(name))) in rows:
            found.append(lambda n=name: test_rules_special.test_the_root_of_what_stays_at_zero_stays(n))
    return found


def is_found(one: Mutated, mutant: Line, checks: list[Callable[[], None]]) -> bool:
    for holder, argument in one.holders:
        holder[argument] = mutant
    signal.alarm(LIMIT)
    try:
        for check in checks:
            with np.errstate(all="raise", under="ignore"):
                check()
    except Exception:
        return True
    finally:
        signal.alarm(0)
        for holder, argument in one.holders:
            holder[argument] = one.line
    return False


def out_of_time(number: int, frame: object) -> None:
    raise TimeoutError


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="operations, such as numpy.arctan; all where none is named")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, out_of_time)
    killed, total, survivors = 0, 0, defaultdict(list)
    unchecked = []
    for one in lines(asked.names):
        title, checks = f"{one.names[0]} ({one.what})", checks_of(one)
        if not checks or is_found(one, one.line, checks):
            unchecked.append(title)
            continue
        for text, mutant in mutants(one.line):
            total += 1
            if is_found(one, mutant, checks):
                killed += 1
            else:
                survivors[title].append(text)
    explained = told(survivors, asked.names)
    print(f"{len(unchecked)} lines without a check of their own: {', '.join(unchecked)}")
    print(
        f"{killed} of {total} mistakes found: {100 * killed / max(total, 1):.1f} %; {explained} others have a reason"
    )


def told(survivors: dict[str, list[str]], wanted: list[str]) -> int:
    """How many survivors have a reason; those without one, and reasons without one, are printed."""
    reasons = {
        (title, text): why
        for why, lines in REASONS.items()
        for title, texts in lines.items()
        for text in texts
    }
    here = {(title, text) for title, texts in survivors.items() for text in texts}
    for title, text in sorted(here - reasons.keys()):
        print(f"{title}\n    {text}")
    for title, text in sorted(reasons.keys() - here) if not wanted else ():
        print(f"a reason without a survivor: {title}\n    {text}")
    return len(here & reasons.keys())


if __name__ == "__main__":
    main()
