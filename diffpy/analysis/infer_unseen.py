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
                for function in self.asked(one.kind.cls, question.methods):
                    yield from self.combinations(question, one, function)

    def asked(self, cls: type, methods: tuple[str, ...]) -> list[types.FunctionType]:
        """The methods that are called: the first that the class has; where Python wrote it, any that it may call."""
        first = next(filter(None, (self.own(cls, name) for name in methods)), None)
        if first is None:
            return []
        if not _is_of_python(first):
            return [first]
        every = (self.own(cls, name) for name in EVERY)
        return [one for one in every if one is not None and not _is_of_python(one)]

    def own(self, cls: type, name: str) -> types.FunctionType | None:
        found = inspect.getattr_static(cls, name, None)
        if not isinstance(found, types.FunctionType):
            return None
        self.facts.methods[cls, name] = found
        return found

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
        called = gast.Call(gast.Attribute(question.of, function.__name__, gast.Load()), nodes[1:], [])
        if summary is not None:
            bound = {name: [node] for name, node in zip(parameter_names(function), nodes, strict=False)}
            self.facts.summaries[id(called)] = summary, bound
            for name, kind in summary.grown:
                for node in bound.get(name, []):
                    if isinstance(node, gast.Name):
                        self.grow(node.id, kind)
        self.facts.kept.append(called)
        way = question.way if one.depth == 0 else ""
        return Unseen(
            called, function, one.node, way, summary is not None and summary.inert and not question.again
        )


def _is_of_python(method: types.FunctionType) -> bool:
    """Whether a library or a decorator wrote it, out of the methods that the class has."""
    return structs.is_foreign(method) or structs.is_generated(method)


def _does_something(found: Summary) -> bool:
    return bool(found.changed or found.touched or found.outer)
