"""The lines that random programs are made of, by what they give.

A line is a template. In braces stands what is chosen: {f} a float, {v} an array of the length at hand, {a} the
name of one, {i} an index into it, {cut} a slice of it and {p} an array of the length of that slice, {S} the
name of a float that may be assigned, {A} that of an array; {L}, {G}, {D}, {H} the names of a list of floats, of a list
of arrays, of a dict of floats, of a dict of arrays; {M} that of a matrix of three rows and four columns; {N} that of a
counter, {O} that of an object; {function} a function of a float. {new_f} and its like make a name.
Nothing here leaves the domain of a function, whatever the values are.
"""

FLOATS = (
    "{f} + {f}",
    "{f} - {f}",
    "{f} * {f}",
    "{f} / (2.0 + {s} ** 2)",
    "{s} ** 2",
    "-{f}",
    "0.5 * {f}",
    "{int} * {f}",
    "math.sin({f})",
    "math.cos({f})",
    "math.tanh({f})",
    "math.atan({f})",
    "np.sin({f})",
    "np.exp(-abs({f}))",
    "math.sqrt(1.0 + {s} ** 2)",
    "math.log(2.0 + {s} ** 2)",
    "abs({f})",
    "max({f}, {f})",
    "min({f}, {f})",
    "float({f})",
    "({f} if {c} else {f})",
    "{a}[{i}]",
    "{a}[{i}]",
    "{a}[-1]",
    "{a}.sum()",
    "np.sum({v})",
    "{a} @ {a}",
    "np.dot({a}, {v})",
    "np.mean({v})",
    "{a}[{cut}].sum()",
    "{a}.max()",
    "{M}[{row}, {column}]",
    "{M}[{row}][{column}]",
    "np.sum({M})",
    "{L}[0]",
    "{L}[-1]",
    "sum({L})",
    "sum({L}) / len({L})",
    "sum([{one} * {s} for {one} in {L}])",
    "sum({one} ** 2 for {one} in {a})",
    "max({L})",
    "{G}[0][{i4}]",
    "{G}[-1].sum()",
    '{D}["p"]',
    '{D}["q"] * {s}',
    "(({one} := {f}) + {one} * {s})",
    "sum({one} * {s} for {one} in {a} if {one} > {s})",
    "sum({one} * {two} for {one}, {two} in zip({L}, {a}))",
    "sum(map({function}, {L}))",
    "max({L}, key={function})",
    "sorted({L})[0]",
    "sum([h({s}) for h in [lambda t, k=k: t * {s} + k for k in range(2)]])",
    "({function})({f})",
    "twice({function}, {f})",
    "power({f}, {bit_or_two})",
    "total({f}, {f}, scale={s})",
    "total(*{L}, more={f})",
    "total(*{a})",
    "sum(scaled({v}, {s}))",
    "{a}[{N} % {n}]",
    "{a}[np.argmax({a})]",
    "{N} * {f}",
    "{O}.slope",
    "{O}.total({f})",
    "{O}.values[{i4}]",
    "{H}['u'] @ {H}['k']",
    "sum({one}[{i4}] for {one} in {H}.values())",
    "np.sort({a})[{i}]",
    "np.prod({a})",
    "np.var({a})",
    "math.hypot({s}, 1.0)",
    "np.linalg.norm({a})",
    "{call_f}",
    "{call_f}",
)

ARRAYS = (
    "{v} + {v}",
    "{v} - {v}",
    "{v} * {v}",
    "{v} * {f}",
    "{f} + {v}",
    "{v} / (2.0 + {a} ** 2)",
    "-{v}",
    "{a} ** 2",
    "np.sin({v})",
    "np.tanh({v})",
    "np.exp(-np.abs({v}))",
    "np.sqrt(1.0 + {a} ** 2)",
    "np.where({a} > {s}, {v}, {v})",
    "np.where({c}, {v}, {v})",
    "np.maximum({v}, {s})",
    "np.minimum({v}, {v})",
    "np.clip({v}, -1.0, 1.5)",
    "({v} if {c} else {v})",
    "{a}[::-1]",
    "{a}.copy()",
    "np.array({v})",
    "np.full({n}, {f})",
    "np.zeros({n})",
    "np.ones({n}) * {s}",
    "np.array([{floats}])",
    "np.array([{one} * {s} for {one} in {a}])",
    "np.cumsum({v})",
    "np.roll({v}, 1)",
    "np.concatenate([{a}[:1], {a}[1:]])",
    "{a}[{picks}]",
    "{a}[np.array({picks})]",
    "np.flip({a})",
    "np.stack([{a}, {v}])[{bit}]",
    "np.outer({a}, {a})[0]",
    "np.diff({a}, prepend={s})",
    "np.sort({a})",
    "np.convolve({a}, [0.5, {s}], mode='same')",
    "np.where({a} > {s}, {f}, {a})",
    "np.array(list(scaled({a}, {s})))",
    "np.array([{one} if {one} > {s} else {two} for {one}, {two} in zip({a}, {v})])",
    "np.array(list(map({function}, {a})))",
    "{longer}",
    "{of_matrix}",
    "{call_v}",
)

OF_MATRIX = {
    4: (
        "{M}[{row}]",
        "{M}[{row}, :]",
        "{M}.sum(axis=0)",
        "{M}.mean(axis=0)",
        "{M}.ravel()[2:6]",
        "np.array([1.0, -1.0, 0.5]) @ {M}",
        "{H}['u']",
        "{O}.values",
    ),
    3: ("{M}[:, {column}]", "{M}.sum(axis=1)", "{M} @ np.array([1.0, -1.0, 0.5, 2.0])", "{M}.T[{column}]"),
    2: ("{M}[1:, {column}]", "{M}[{row}, ::2]", "{M}.reshape(6, 2)[{row}]"),
}

CONDITIONS = (
    "{f} > {f}",
    "{s} < 0.3",
    "{s} >= {s}",
    "-1.0 < {s} < 1.0",
    "{s} > 0.1 and {s} < 2.0",
    "{s} > 1.0 or {s} < {s}",
    "not {s} > 0.2",
    "{int} % 2 == 0",
    "{int} > 1",
    "len({L}) > 2",
    "{a}.sum() > {s}",
    "np.any({a} > {s})",
    "{N} > 1",
    "({one} := {s}) > 0.0 and {one} < 1.0",
    "{s} in {L}",
    "all({one} < 1.0 for {one} in {a})",
)

STATEMENTS = (
    "{new_f} = {f}",
    "{new_f} = {f}",
    "{S} = {f}",
    "{S} = {f}",
    "{S} += {f}",
    "{S} *= {f}",
    "{S} -= {s}",
    "{S}, {T} = {T}, {S}",
    "{S}, {T} = {f}, {S}",
    "{new_f} = {S} = {f}",
    "{new_v} = {v}",
    "{new_v} = {v}",
    "{new_v} = {a}",
    "{new_v} = {a}[:]",
    "{new_v} = {a}[::-1]",
    "{new_v} = {a}.copy()",
    "{new_v} = np.zeros({n})",
    "{new_v} = np.zeros_like({a})",
    "{new_v} = np.empty({n}); {new_v}[:] = {v}",
    "{new_v} = {a}.reshape({n})",
    "{new_v} = {a} if {c} else {a}",
    "{new_p} = {a}[{cut}]",
    "{new_p} = {a}[{cut}].copy()",
    "{new_m} = np.zeros((3, 4))",
    "{new_m} = np.stack([{v4}, {v4}, {v4}])",
    "{new_m} = {M}.copy()",
    "{new_m} = np.outer({v3}, {v4})",
    "{new_m} = {M}",
    "{new_m} = {M}[::-1]",
    "{new_v} = {of_matrix}",
    "{R} = {v}",
    "{R} = {a}",
    "{R} = {R} + {v}",
    "{R} += {v}",
    "{R} *= {f}",
    "{R} -= {a}[::-1]",
    "{A}[{i}] = {f}",
    "{A}[{i}] = {f}",
    "{A}[{i}] += {f}",
    "{A}[{i}] *= {f}",
    "{A}[-1] = {a}[0]",
    "{A}[:] = {v}",
    "{A}[:] = {f}",
    "{A}[...] = {v}",
    "{A}[{cut}] = {p}",
    "{A}[{cut}] += {p}",
    "{A}[{cut}] *= {f}",
    "{A}[{cut}] = {f}",
    "{A}[1:] = {A}[:-1]",
    "{A}[1:] += {A}[:-1]",
    "{A}[:] = {A}[::-1]",
    "{A}[{picks}] = {v}",
    "{A}[{picks}] += {v}",
    "{A}[np.array({picks})] *= {f}",
    "np.add.at({A}, {picks}, {v})",
    "{A}[{A} > {s}] = {f}",
    "{A}[{a} < {s}] *= {f}",
    "{A}[{i}], {A}[0] = {A}[0], {A}[{i}]",
    "{A}.fill({f})",
    "np.sin({v}, out={A})",
    "np.multiply({a}, {f}, out={A})",
    "{M}[{row}, {column}] = {f}",
    "{M}[{row}, {column}] += {f}",
    "{M}[{row}][{column}] *= {f}",
    "{M}[{row}] = {v4}",
    "{M}[{row}] += {v4}",
    "{M}[:, {column}] = {v3}",
    "{M}[:, {column}] *= {f}",
    "{M}[1:, ::2] = {f}",
    "{M}.T[{column}] += {v3}",
    "{new_l} = [{f}, {f}]",
    "{new_l} = [{one} * {s} for {one} in {a}]",
    "{new_l} = list({L})",
    "{new_l} = {L}",
    "{new_l} = {L} + [{f}]",
    "{new_l} = {L}[1:] + [{f}]",
    "{L}.append({f})",
    "{L}.append({f})",
    "{L}.insert(0, {f})",
    "{L}.extend([{f}, {f}])",
    "{L}[0] = {f}",
    "{L}[-1] += {f}",
    "{L}.reverse()",
    "if len({L}) > 1: {S} += {L}.pop()",
    "if len({L}) > 2: {S} = {L}.pop(0) * {s}",
    "{new_g} = [{v4}, {v4}]",
    "{G}.append({v4})",
    "{G}.append({a4})",
    "{G}[0] = {v4}",
    "{G}[-1][{i4}] = {f}",
    "{G}[0] += {v4}",
    "{G}[0][1:3] *= {f}",
    '{new_d} = {{"p": {f}, "q": {f} }}',
    '{D}["p"] = {f}',
    '{D}["q"] += {f}',
    '{D}["p"], {D}["q"] = {D}["q"], {D}["p"]',
    "{new_d} = dict({D})",
    "{S}, {T} = {a}[0], {a}[1]",
    "{S}, *{one} = {a}; {S} *= sum({one})",
    "{new_f}, *{new_l} = [{f}, {f}, *{L}]",
    "{new_n} = 0",
    "{N} += 1",
    "{new_n} = int(abs({s}) * 3.0)",
    "{A}[{N} % {n}] += {f}",
    "{new_l} = sorted({L})",
    "{new_l} = [{one} * {s} for {one} in {L} if {one} > {s}] + [{f}]",
    "{new_l} = [*{L}, {f}]",
    "{L} += [{f}]",
    "{L}[1:] = [{f}, {f}]",
    "{L}.sort()",
    "if len({L}) > 1: del {L}[-1]",
    "{A}[::2] += {f}",
    "{A}[::-1][{cut}] = {p}",
    "{A}[1:][:1] *= {f}",
    "{A}[{A} > 0.3] += {A}[{A} > 0.3]",
    "np.add({v}, {v}, out={A}, where={a} > {s})",
    "np.copyto({A}, {v})",
    "np.copyto({A}, {v}, where={a} > {s})",
    "np.clip({A}, -1.0, {s}, out={A})",
    "{R}, {Q} = {Q}, {R}",
    "{R}, {Q} = {Q} + {v}, {R}",
    "{A}[:], {R} = {v}, {a}",
    "smooth({A}, {f})",
    "smooth({A}, step={f}, count=1)",
    "filled({A}, 0, {f})",
    "each({A}, {function})",
    "{new_o} = Part({f}, {v4})",
    "{new_o} = Part({f}, np.array({a4}))",
    "{new_o} = {O}",
    "{O}.slope = {f}",
    "{O}.slope *= {f}",
    "{O}.values[{i4}] = {f}",
    "{O}.values = {v4}",
    "{O}.grow({f})",
    "{new_h} = {{'u': {v4}, 'k': {v4} }}",
    "{H}['u'] = {v4}",
    "{H}['k'][{i4}] += {f}",
    "{H}.update(u={v4})",
    "{H}['u'], {H}['k'] = {H}['k'], {H}['u']",
    "for {one} in {H}.values(): {one} *= {s}",
    "for {one} in {M}: {one}[0] = {f}",
    "for {one}, {two} in zip({M}, {v3}): {one} += {two}",
    "with np.errstate(all='ignore'): {S} = {f}",
    "assert len({L}) > 0",
    "{call_v}",
    "{call_f}",
    "{new_f} = {call_f}",
    "{new_v} = {call_v}",
    "{R} = {call_v}",
)


PREAMBLE = """
import math
from dataclasses import dataclass

import numpy as np

from diffpy import differentiable


{declared}@dataclass
class Part:
    slope: float
    values: np.ndarray

    def total(self, t):
        return self.slope * t + self.values.sum()

    def grow(self, t):
        self.slope = self.slope + t
        self.values[0] *= t


def twice(g, t):
    return g(t) + g(t * 0.5)


def power(t, n):
    return 1.0 if n <= 0 else t * power(t, n - 1)


def total(first, *others, scale=2.0, **more):
    return first * scale + sum(others) + sum(more.values())


def scaled(items, t):
    for k, item in enumerate(items):
        yield item * t + k


def smooth(a, step, count=2):
    for _ in range(count):
        a[1:] += step * (a[:-1] - a[1:])


def filled(a, k, t):
    if k < len(a):
        a[k] = t
        filled(a, k + 1, t * 0.5)


def each(a, g):
    for k in range(len(a)):
        a[k] = g(a[k])
"""
