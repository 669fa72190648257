"""One pattern of a match statement: itself and the variable it looks at in, tests and captures out."""

from __future__ import annotations

import gast

from diffpy.syntax import build
from diffpy.syntax.names import Names
from diffpy.syntax.trees import Rewriter
from diffpy.transforms.blocks import placed

# For these a single positional pattern looks at the subject itself (PEP 634).
ITSELF = frozenset("bool bytearray bytes dict float frozenset int list set str tuple".split())


class Abstract:
    """The names under which the function imports Sequence and Mapping, where a pattern needs them."""

    def __init__(self, names: Names, bound: set[str]) -> None:
        self.names = names
        self.bound = bound
        self.imported: dict[str, str] = {}

    def name(self, interface: str) -> str:
        if interface not in self.imported:
            self.imported[interface] = self.names.fresh(interface)
        return self.imported[interface]

    def imports(self, like: gast.AST) -> list[gast.stmt]:
        found = [gast.alias(one, None if one == own else own) for one, own in sorted(self.imported.items())]
        return [build.at(gast.ImportFrom("collections.abc", found, 0), like)] if found else []


class Tests:
    """The conditions of a pattern, in Python's order, and what its names are to be once all of them hold."""

    def __init__(self, names: Names, abstract: Abstract) -> None:
        self.names = names
        self.abstract = abstract
        self.tests: list[gast.expr] = []
        self.captures: list[tuple[str, gast.expr]] = []
        self.rests: list[tuple[str, str, list[gast.expr]]] = []

    def add(self, pattern: gast.pattern, subject: str) -> None:
        match pattern:
            case gast.MatchAs(pattern=inner, name=name):
                if inner is not None:
                    self.add(inner, subject)
                if name is not None:
                    self.captures.append((name, build.load(subject, pattern)))
            case gast.MatchValue(value=value):
                self._test("subject == value", pattern, subject, value=value)
            case gast.MatchSingleton(value=value):
                self._test("subject is value", pattern, subject, value=gast.Constant(value, None))
            case gast.MatchOr(patterns=patterns):
                self._alternatives(pattern, patterns, subject)
            case gast.MatchSequence(patterns=patterns):
                self._sequence(pattern, patterns, subject)
            case gast.MatchMapping():
                self._mapping(pattern, subject)
            case gast.MatchClass():
                self._instance(pattern, subject)

    def joined(self, like: gast.AST) -> gast.expr | None:
        """All tests as one condition; None where the pattern fits everything."""
        if len(self.tests) < 2:
            return self.tests[0] if self.tests else None
        return placed(gast.BoolOp(gast.And(), self.tests), like)

    def stores(self, like: gast.AST) -> list[gast.stmt]:
        out: list[gast.stmt] = [build.assign(name, value, like) for name, value in self.captures]
        for name, subject, keys in self.rests:
            out += build.statements(
                "rest = {**subject}", like, rest=build.load(name), subject=build.load(subject)
            )
            for key in keys:
                out += build.statements("del rest[key]", like, rest=build.load(name), key=key)
        return out

    def _test(self, text: str, like: gast.AST, subject: str, **parts: gast.expr) -> None:
        self.tests.append(build.expression(text, like, subject=build.load(subject), **parts))

    def _part(self, pattern: gast.pattern, text: str, subject: str, **parts: gast.expr) -> None:
        """Look at a part of the subject: only named, it is captured; else it is bound to a temporary."""
        part = build.expression(text, pattern, subject=build.load(subject), **parts)
        if isinstance(pattern, gast.MatchAs) and pattern.pattern is None:
            if pattern.name is not None:
                self.captures.append((pattern.name, part))
            return
        name = self.names.temporary()
        before = len(self.tests)
        self.add(pattern, name)
        if len(self.tests) == before:
            self._always(name, part, pattern)
        else:
            self.tests[before] = _bind_first(self.tests[before], name, part)

    def _always(self, name: str, part: gast.expr, like: gast.AST) -> None:
        """Bind a temporary inside the condition, with a test that always holds."""
        self.tests.append(build.expression("(own := part) is own", like, part=part, own=build.load(name)))

    def _alternatives(self, pattern: gast.pattern, patterns: list[gast.pattern], subject: str) -> None:
        shared: dict[str, str] = {}
        options: list[gast.expr] = []
        for one in patterns:
            inner = Tests(self.names, self.abstract)
            inner.add(one, subject)
            for name, value in inner.captures:
                inner._always(shared.setdefault(name, self.names.temporary()), value, one)
            for name, held, keys in inner.rests:
                own = shared.setdefault(name, self.names.temporary())
                inner._always(own, _without(held, keys, one, self.names), one)
            options.append(inner.joined(one) or build.constant(True, one))
        self.tests.append(placed(gast.BoolOp(gast.Or(), options), pattern))
        self.captures += [(name, build.load(own, pattern)) for name, own in shared.items()]

    def _sequence(self, pattern: gast.pattern, patterns: list[gast.pattern], subject: str) -> None:
        interface = build.load(self.abstract.name("Sequence"))
        self._test("isinstance(subject, interface)", pattern, subject, interface=interface)
        self._test("not isinstance(subject, (str, bytes, bytearray))", pattern, subject)
        stars = [k for k, one in enumerate(patterns) if isinstance(one, gast.MatchStar)]
        size = build.constant(len(patterns) - len(stars))
        self._test("len(subject) >= size" if stars else "len(subject) == size", pattern, subject, size=size)
        if not stars:
            for k, one in enumerate(patterns):
                self._part(one, "subject[k]", subject, k=build.constant(k))
            return
        self._around_star(pattern, patterns, stars[0], subject)

    def _around_star(
        self, pattern: gast.pattern, patterns: list[gast.pattern], star: int, subject: str
    ) -> None:
        items = self.names.temporary()
        self._always(items, build.expression("[*subject]", pattern, subject=build.load(subject)), pattern)
        after = len(patterns) - star - 1
        for k, one in enumerate(patterns[:star]):
            self._part(one, "subject[k]", items, k=build.constant(k))
        if (name := patterns[star].name) is not None:
            text = "subject[start:stop]" if after else "subject[start:]"
            bounds = {"start": build.constant(star), "stop": build.constant(-after)}
            self.captures.append((name, build.expression(text, pattern, subject=build.load(items), **bounds)))
        for k, one in enumerate(patterns[star + 1 :]):
            self._part(one, "subject[k]", items, k=build.constant(k - after))

    def _mapping(self, pattern: gast.MatchMapping, subject: str) -> None:
        interface = build.load(self.abstract.name("Mapping"))
        self._test("isinstance(subject, interface)", pattern, subject, interface=interface)
        for key in pattern.keys:
            self._test("key in subject", pattern, subject, key=key)
        for key, one in zip(pattern.keys, pattern.patterns, strict=True):
            self._part(one, "subject[key]", subject, key=key)
        if pattern.rest is not None:
            self.rests.append((pattern.rest, subject, pattern.keys))

    def _instance(self, pattern: gast.MatchClass, subject: str) -> None:
        self._test("isinstance(subject, cls)", pattern, subject, cls=pattern.cls)
        if len(pattern.patterns) == 1 and self._looks_at_itself(pattern.cls):
            self.add(pattern.patterns[0], subject)
        else:
            for k, one in enumerate(pattern.patterns):
                self._positional(one, subject, cls=pattern.cls, k=build.constant(k))
        for attribute, one in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
            self._test("hasattr(subject, name)", pattern, subject, name=build.constant(attribute))
            self._part(one, f"subject.{attribute}", subject)

    def _positional(self, pattern: gast.pattern, subject: str, **parts: gast.expr) -> None:
        self._test("hasattr(subject, cls.__match_args__[k])", pattern, subject, **parts)
        self._part(pattern, "getattr(subject, cls.__match_args__[k])", subject, **parts)

    def _looks_at_itself(self, cls: gast.expr) -> bool:
        return isinstance(cls, gast.Name) and cls.id in ITSELF and cls.id not in self.abstract.bound


def _bind_first(test: gast.expr, name: str, part: gast.expr) -> gast.expr:
    """The test, with the first place it reads `name` binding it: `t == 1` becomes `(t := part) == 1`."""
    bound = build.expression("(own := part)", test, own=build.load(name), part=part)
    done = False

    class First(Rewriter):
        def visit_Name(self, node: gast.Name) -> gast.expr:
            nonlocal done
            if node.id != name or done:
                return node
            done = True
            return bound

    return First().visit(test)


def _without(held: str, keys: list[gast.expr], like: gast.AST, names: Names) -> gast.expr:
    """A mapping's items less some keys, as one expression."""
    parts = {"held": build.load(held), "keys": gast.Tuple(list(keys), gast.Load())}
    parts |= {one: build.load(names.fresh(one)) for one in ("key", "value")}
    return build.expression("{key: value for key, value in held.items() if key not in keys}", like, **parts)
