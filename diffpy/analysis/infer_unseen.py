"""What methods do that Python calls unseen: statements in; calls as they would be written, and their summaries, out."""

from __future__ import annotations

import inspect
import itertools
import types
from collections.abc import Iterator

import gast

from diffpy.analysis.callees import Summary, parameter_names
from diffpy.analysis.facts import Unseen
from diffpy.analysis.infer_attributes import Attributes
from diffpy.analysis.kinds import UNKNOWN, Kind
from diffpy.analysis.unseen_methods import EVERY, Part, Question, parts, questions
from diffpy.rules import structs

MOST = 8  # combinations of objects that are looked at


class UnseenCalls(Attributes):
    """With the methods that comparisons, tests and builtins come to."""

    def ask(self, s: gast.stmt) -> None:
        """Note the calls of methods that change something."""
        found = [one for question in questions(s, self.callee, self.fully) for one in self.answers(question)]
        if found or id(s) in self.facts.unseen:
            self.facts.unseen[id(s)] = found

    def fully(self, node: gast.expr) -> Kind:
        """The kind, with the classes that an object may be of."""
        return self.name(node.id) if isinstance(node, gast.Name) else self.kind(node)

    def answers(self, question: Question) -> Iterator[Unseen]:
        for one in parts(question.of, self.fully(question.of)):
            if question.least <= one.depth <= question.most:
                for name, function in self.asked(one.kind.cls, question.methods):
                    named = name in question.methods and one.depth == 0
                    what = question._replace(methods=(name,), way=question.way if named else "")
                    yield from self.combinations(what, one, function)

    def asked(self, cls: type, methods: tuple[str, ...]) -> list[tuple[str, types.FunctionType]]:
        """The methods that are called: the first that the class has; where Python wrote it, any that it may call."""
        first = self.own(cls, methods)[:1]
        if not first or not _is_of_python(first[0][1]):
            return first
        return [(name, one) for name, one in self.own(cls, EVERY) if not _is_of_python(one)]

    def own(self, cls: type, methods: tuple[str, ...]) -> list[tuple[str, types.FunctionType]]:
        """Those of the methods that are written in Python, by name."""
        found = [(name, inspect.getattr_static(cls, name, None)) for name in methods]
        written = [(name, one) for name, one in found if isinstance(one, types.FunctionType)]
        self.facts.methods.update({(cls, name): one for name, one in written})
        return written

    def combinations(self, question: Question, one: Part, function: types.FunctionType) -> Iterator[Unseen]:
        """The calls with each of the objects that it may be given."""
        count = len(parameter_names(function)) - 1 - len(function.__defaults__ or ())
        others = [*question.others, *[gast.Constant(None, None)] * count][: max(count, 0)]
        given = [[*self.candidates(other)] for other in others]
        for chosen in itertools.islice(itertools.product(*given), MOST):
            nodes = [one.node, *(node for node, _ in chosen)]
            kinds = [one.kind, *(kind for _, kind in chosen)]
            summary = self.summarise(function, kinds, {}, self.name)
            if summary is None or _does_something(summary):
                yield self.unseen(question, one, function, nodes, summary)

    def candidates(self, other: gast.expr) -> Iterator[tuple[gast.expr, Kind]]:
        """What a method may be given: the value itself, or the objects in it."""
        inside = [*parts(other, self.fully(other))]
        if inside:
            return ((one.node, one.kind) for one in inside)
        return iter([(other, UNKNOWN if isinstance(other, gast.Constant) else self.kind(other))])

    def unseen(
        self,
        question: Question,
        one: Part,
        function: types.FunctionType,
        nodes: list[gast.expr],
        summary: Summary | None,
    ) -> Unseen:
        called = gast.Call(gast.Attribute(question.of, question.methods[0], gast.Load()), nodes[1:], [])
        if summary is not None:
            bound = {name: [node] for name, node in zip(parameter_names(function), nodes, strict=False)}
            self.facts.summaries[id(called)] = summary, bound
            for name, kind in summary.grown:
                for node in bound.get(name, []):
                    if isinstance(node, gast.Name):
                        self.grow(node.id, kind)
        self.facts.kept.append(called)
        return Unseen(
            called,
            question.methods[0],
            function,
            one.node,
            question.way,
            summary is not None and summary.inert and not question.again,
        )


def _is_of_python(method: types.FunctionType) -> bool:
    """Whether a library or a decorator wrote it, out of the methods that the class has."""
    return structs.is_foreign(method) or structs.is_generated(method)


def _does_something(found: Summary) -> bool:
    return bool(found.changed or found.touched or found.outer)
