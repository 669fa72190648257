"""compile=True on a device: a derivative in; the same, whose elementwise statements run as kernels of its own, out.

Each part of the text is called through `Fused`, which has a kernel for each kind of arguments that it meets. The first
answer of a kernel is held against that of the array module; where the two differ, or where there is no kernel, the
array module answers.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from diffpy.backends import devices
from diffpy.backends.devices import Device
from diffpy.functions import cells_of, value_of
from diffpy.placing import placed
from diffpy.syntax import emit, source
from diffpy.syntax.names import names_in
from diffpy.transforms.cuda_functions import computed
from diffpy.transforms.cuda_text import THREADS, Layout, kernel
from diffpy.transforms.device_parts import Part, with_parts
from diffpy.transforms.device_stages import Facts, NotFused, Stage, Stages, staged

_BLOCKS = 1 << 16  # of a kernel, at most
_PARTS = 2048  # of a sum
_WITHIN = {"float16": 2e-2, "float32": 1e-4, "float64": 1e-9}  # of what the array module answers
_PLANS = 64  # of a part: kinds of arguments


@dataclass
class Outcome:
    """What became of a derivative that was asked to be compiled for a device."""

    made: types.FunctionType
    parts: list[Fused] = field(default_factory=list)
    reason: str | None = None
    text: str | None = None

    def told(self) -> str:
        if self.reason is not None:
            return f"plain text: {self.reason}"
        kernels = sum(len(plan.kernels) for one in self.parts for plan in one.plans.values() if plan)
        reasons = sorted({reason for one in self.parts for reason in one.reasons})
        return f"{kernels} kernels" + "".join(f"; a part runs plainly: {reason}" for reason in reasons)

    def sources(self) -> str:
        """The text, and those of the kernels that were made."""
        plans = (plan for one in self.parts for plan in one.plans.values() if plan)
        texts = dict.fromkeys(text for plan in plans for text in plan.texts)
        return "\n".join([*([self.text] if self.text else []), *texts])


def fused(made: types.FunctionType, device: Device) -> Outcome:
    """A generated function in which parts are fused."""
    if device.kernel is None:
        return Outcome(made, reason=f"no kernels are made for {device.name}")
    tree, parts = with_parts(source.find(made).tree, lambda name: value_of(made, name))
    if not parts:
        return Outcome(made, reason="there is no part that is elementwise")
    cells = cells_of(made)
    called = [Fused(one, _part(one, made), device) for one in parts]
    named = {one.tree.name: part for one, part in zip(parts, called, strict=True)}
    found = emit.function(tree, named, made.__globals__, cells, made.__name__)
    found.__dict__.update({name: one for name, one in vars(made).items() if name != "__diffpy_source__"})
    found.__defaults__, found.__kwdefaults__ = made.__defaults__, made.__kwdefaults__
    return Outcome(found, called, None, "\n".join(emit.text(one) for one in (tree, *(p.tree for p in parts))))


def _part(part: Part, made: types.FunctionType) -> types.FunctionType:
    return emit.function(part.tree, {}, made.__globals__, cells_of(made), part.tree.name)


class Fused:
    """A part of a derivative on a device."""

    def __init__(self, part: Part, plain: types.FunctionType, device: Device) -> None:
        self.part, self.device = part, device
        self.plain = placed(plain, device)
        self.plans: dict[Hashable, Plan | None] = {}
        self.trusted: set[str] = set()  # texts of kernels whose answers were right
        self.reasons: list[str] = []

    def __call__(self, *args: Any) -> Any:
        key = tuple(map(_key, args))
        if key in self.plans:
            plan = self.plans[key]
            return self.plain(*args) if plan is None else plan(*args)
        if len(self.plans) >= _PLANS:
            return self.plain(*args)
        plan = self._attempt(lambda: Plan(self.part, args, self.device))
        if plan is None or not self.trusted.issuperset(plan.texts):
            return self._first(key, plan, args)
        self.plans[key] = plan
        return plan(*args)

    def _first(self, key: Hashable, plan: Plan | None, args: tuple) -> Any:
        """The array module's answer, which that of the kernels has to agree with from now on."""
        right = self.plain(*args)
        found = None if plan is None else self._attempt(lambda: (plan(*args),))
        if plan is not None and found is not None and not self._agrees(found[0], right, plan.within):
            self.reasons.append("a kernel gave other numbers at the first call")
            found = None
        self.plans[key] = None if found is None else plan
        self.trusted.update(() if found is None or plan is None else plan.texts)
        return right

    def _attempt(self, made: Callable[[], Any]) -> Any:
        """What is made; None, and a reason, where that fails: a kernel is a wish, and the array module is there."""
        try:
            return made()
        except NotFused as error:
            self.reasons.append(str(error))
        except Exception as error:
            self.reasons.append(f"{type(error).__name__}: {error}")
        return None

    def _agrees(self, found: Any, right: Any, within: float) -> bool:
        """Whether an answer is right but for rounding; what only facts are asked of has no numbers."""
        if type(right) is tuple:
            pairs = zip(found, right, strict=True)
            return all(self._agrees(one, other, within) for one, other in pairs)
        if isinstance(found, Facts):
            return (found.shape, found.dtype) == (right.shape, right.dtype)
        if type(found) is not type(right):
            return False
        if devices.of(found) is not None:
            found, right = self.device.to_host(found), self.device.to_host(right)
        one, other = np.asarray(found), np.asarray(right)
        if one.shape != other.shape or one.dtype != other.dtype:
            return False
        scale = np.max(np.abs(other), initial=0.0, where=np.isfinite(other))
        return bool(np.allclose(one, other, rtol=within, atol=within * scale, equal_nan=True))


def _key(x: Any) -> Hashable:
    """What a plan depends on: dtype, shape and layout of an array, the type of a number, a shape as it is."""
    if devices.of(x) is not None:
        return x.dtype, x.shape, x.strides
    kind: type = type(x)
    return x if kind is tuple else kind


class Plan:
    """The kernels of a part, for arguments of one kind."""

    def __init__(self, part: Part, args: tuple, device: Device) -> None:
        self.device, self.facts = device, part.facts
        self.parameters = [one.id for one in part.tree.args.args]
        returned = part.tree.body[-1].value
        self.results = [one.id for one in getattr(returned, "elts", [returned])]
        given = dict(zip(self.parameters, args, strict=True))
        arrays = {name: one for name, one in given.items() if devices.of(one) is device}
        known = {name: Facts(tuple(one.shape), np.dtype(one.dtype)) for name, one in arrays.items()}
        self.staged = staged(part.tree, part.elements, given | known)
        self.kernels: list[tuple[Stage, Kernel]] = []
        self.numbers = _numbers(part, self.staged, self.parameters)
        for k, stage in enumerate(self.staged.stages):
            self.add(f"{part.tree.name}_{k}" if k else part.tree.name, stage, arrays)
        self.texts = [one.text for _, one in self.kernels]
        types = {facts.dtype for facts in self.staged.facts.values()}
        self.within = max((_WITHIN.get(one.name, 0.0) for one in types), default=0.0)

    def add(self, name: str, stage: Stage, arrays: dict[str, Any]) -> None:
        later = {one for other in self.staged.stages for one in other.arrays}
        asked = {self.staged.names.get(one) for one in {*self.results} - self.facts}
        asked |= {part for _, part, _ in stage.gathered.values()}
        results = [one for one, _, _ in stage.lines if one in later | asked and one not in stage.sums]
        self.kernels.append((stage, Kernel(name, stage, arrays, results, self.device)))

    def __call__(self, *args: Any) -> Any:
        held = dict(zip(self.parameters, args, strict=True))
        numbers, hosts = self.numbers(*args)
        for (stage, one), given in zip(self.kernels, numbers, strict=True):
            one(held, given)
            for name, kind in stage.sums.items():
                total = held[name].sum()
                if name in self.staged.means:
                    total = total / math.prod(stage.shape)
                held[name] = total.astype(kind, copy=False)
            for name, (function, part, shape) in stage.gathered.items():
                held[name] = self.device.module.ascontiguousarray(function(held[part], shape))
        held.update(hosts)
        found = [self.result(name, held) for name in self.results]
        return found[0] if len(found) == 1 else tuple(found)

    def result(self, name: str, held: dict[str, Any]) -> Any:
        own = self.staged.names.get(name, name)
        if name in self.facts and own in self.staged.facts:
            return self.staged.facts[own]
        return held[own]


class Kernel:
    """One kernel for arrays laid out in one way."""

    def __init__(
        self, name: str, stage: Stage, arrays: dict[str, Any], results: list[str], device: Device
    ) -> None:
        self.device, self.shape = device, stage.shape
        self.count = math.prod(stage.shape)
        if not self.count:
            raise NotFused("an array without elements")
        types = {name: kind for name, kind, _ in stage.lines}
        self.reads, self.sums = [*stage.arrays], [(name, computed(types[name])) for name in stage.sums]
        self.writes = [(name, types[name]) for name in results]
        steps = [_steps(facts, arrays.get(name), stage.shape) for name, facts in stage.arrays.items()]
        layouts = [
            _layout(facts, one, stage.shape) for facts, one in zip(stage.arrays.values(), steps, strict=True)
        ]
        most = _PARTS if self.sums else _BLOCKS
        self.blocks = min(-(-self.count // THREADS), most)
        chosen = [one for one, layout in zip(steps, layouts, strict=True) if layout is Layout.BY_STEPS]
        sizes = stage.shape[1:] if chosen else ()
        self.last = tuple(map(np.int64, (self.count, *sizes, *(step for one in chosen for step in one))))
        self.text = kernel(name, stage, layouts, results)
        assert device.kernel is not None  # or nothing is fused
        self.launch = device.kernel(self.text, name)

    def __call__(self, held: dict[str, Any], numbers: Sequence[Any]) -> None:
        empty = self.device.module.empty
        given = [held[name] for name in self.reads]
        for name, kind in self.writes:
            held[name] = empty(self.shape, kind)
        for name, kind in self.sums:
            held[name] = empty((self.blocks,), kind)
        made = [held[name] for name, _ in (*self.writes, *self.sums)]
        self.launch((self.blocks,), (THREADS,), (*given, *numbers, *made, *self.last))


def _steps(facts: Facts, array: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """How many elements there are from one to the next along each axis of the shape: 0 where it is stretched."""
    if array is not None:
        strides = [one // facts.dtype.itemsize for one in array.strides]
    else:  # one of our own making: in order
        strides = _in_order(facts.shape)
    own = [0 if size == 1 else step for size, step in zip(facts.shape, strides, strict=True)]
    if facts.shape == shape and _is_turned(facts.shape, own):
        raise NotFused("an array that lies in another order")
    return (0,) * (len(shape) - len(own)) + tuple(own)


def _in_order(shape: tuple[int, ...]) -> list[int]:
    """The steps of an array that lies row by row."""
    return [math.prod(shape[k + 1 :]) for k in range(len(shape))]


def _is_turned(shape: tuple[int, ...], steps: list[int]) -> bool:
    """Whether NumPy would lay out results in another order than rows."""
    long = [abs(step) for size, step in zip(shape, steps, strict=True) if size > 1]
    return long != sorted(long, reverse=True)


def _layout(facts: Facts, steps: tuple[int, ...], shape: tuple[int, ...]) -> Layout:
    if not any(steps):
        return Layout.ONE
    is_in_order = all(
        size == 1 or one == step for size, one, step in zip(shape, _in_order(shape), steps, strict=True)
    )
    return Layout.IN_ORDER if facts.shape == shape and is_in_order else Layout.BY_STEPS


def _numbers(part: Part, found: Stages, parameters: list[str]) -> Callable[..., tuple[list, dict]]:
    """What Python computes at a call: the numbers of each kernel, and results that are numbers."""
    kernels = ", ".join(
        f"({''.join(f'_{kind.name}({text}), ' for kind, text in one.numbers.values())})"
        for one in found.stages
    )
    hosts = ", ".join(f"{name!r}: {name}" for name in found.hosts)
    lines = [f"{name} = {text}" for name, text in found.hosts.items()]
    lines.append(f"return ({kernels}{',' * bool(kernels)}), {{{hosts}}}")
    body = "\n    ".join(lines)
    text = f"def numbers({', '.join(parameters)}):\n    {body}\n"
    namespace: dict[str, Any] = {
        f"_{name}": getattr(np, name) for name in ("float64", "float32", "int64", "int32")
    }
    namespace["_float16"] = lambda x: np.float32(np.float16(x))
    namespace["_bool"] = np.bool_
    read = names_in(gast.parse(text)) - {*parameters, *found.hosts, *namespace}
    namespace |= {name: part.elements.find(name) for name in read}
    namespace |= {name: one for name, one in found.facts.items() if name not in parameters}
    exec(text, namespace)
    return namespace["numbers"]
