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
    "{P}[-1].slope",
    "sum(one.slope for one in {P})",
    "{O}.values[{i4}]",
    "{H}['u'] @ {H}['k']",
    "sum({one}[{i4}] for {one} in {H}.values())",
    "np.sort({a})[{i}]",
    "np.prod({a})",
    "np.var({a})",
    "math.hypot({s}, 1.0)",
    "np.linalg.norm({a})",
    "sum({D}.values())",
    "{D}.get('p', {s})",
    "{D}.get('z', {s}) * {s}",
    "{D}.setdefault('q', {f})",
    "max({D}.values(), key=abs)",
    "next(({one} for {one} in {L} if {one} > {s}), {s})",
    "functools.reduce(lambda p, q: p * 0.5 + q, {L}, {s})",
    "math.prod({L})",
    "math.fsum({L})",
    "dict(zip('pq', [{f}, {f}]))['q']",
    "len({{{s} > 0.0, {s} > 1.0}}) * {f}",
    "sum({{{s}, {s} }})",
    "(lambda *items, k=2: sum(items) * k)(*{L})",
    "sum(row[1] * {s} for row in {M})",
    "sum([{one} * {s} for row in {M} for {one} in row if {one} > {s}])",
    "np.einsum('i,ij->j', np.ones(3), {M})[{i4}]",
    "np.trace({M} @ {M}.T)",
    "{M}.max(axis=1)[{row}]",
    "np.abs({M}).max()",
    "remembered({f})",
    "counting({f})({f})",
    "halved({a})",
    "Scaled({f}).times({f})",
    "asked({f}, {s})",
    "Pair({f}, {s})._replace(low={f}).product",
    "(complex({f}, 1.0) * complex({s}, {f})).real",
    "sum(running([{f}, {s}]))",
    "float(f'{{ {N} }}.5') * {s}",
    "{a}.min() * {a}.std()",
    "np.median({a})",
    "({f}, {f})[{N} % 2]",
    "[{f}, {f}, {f}][{bit}]",
    "divmod({N}, 2)[1] * {s}",
    "pair_of({f}, {f}, high={s})[{bit}]",
    "sum({one} * {two} for {one}, {two} in zip({a}[::-1], {v}))",
    "sum(k * {one} for k, {one} in enumerate({a}[{cut}]))",
    "first_above({a}, {s})",
    "ranked({L}, {f})",
    "scaled_by({f})({f}, more={s})",
    "told_apart({O}, {s})",
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
    "np.array([*{L}, {f}])[:1] * {v}",
    "np.where({a} > {s}, {a}, 0.0) ** 2",
    "np.linalg.solve(np.eye({n}) * 3.0 + 0.1 * np.outer({a}, {a}), {v})",
    "np.vstack([{a}, {a}]).T[:, {bit}]",
    "np.append({a}[1:], {f})",
    "np.repeat({s}, {n})",
    "returned({v}, {f})",
    "{a}[np.argsort({a})]",
    "np.einsum('i,i->i', {a}, {v})",
    "np.cumprod({a})",
    "np.linspace({s}, {s} + 1.0, {n})",
    "np.fromiter(({one} * {s} for {one} in {a}), float)",
    "np.add.accumulate({a})",
    "np.asarray({a}) * {s}",
    "np.split({v}, 1)[0]",
    "np.interp({a}, [-2.0, 0.0, 2.0], [{f}, {f}, {f}])",
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
    "{N} in {{0, 2}}",
    "'p' in {D}",
    "isinstance({s}, float) and {s} > 0.0",
    "({a} > {s}).sum() > 1",
    "{s} > 0.0 and {a}[{i}] / {s} < 1.0",
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
    "{O}.shift(by={f})",
    "{S}, {T} = pair_of({f}, {f}, high={s})",
    "{new_v}, {new_f} = split_off({a}, {f})",
    "for {one}, {two} in zip({M}[::2], {M}[1:]): {one} += {two} * {s}",
    "for {one}, {two} in enumerate({M}.T): {two}[{one} % 3] += {f}",
    "{A}[::-2] = {f}",
    "{A}[::2], {A}[1::2] = {f}, {A}[0]",
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
    "{D}['r'] = {f}; del {D}['r']",
    "{D}.update(p={f}, q={f})",
    "{D} |= {{'q': {f} }}",
    "{S} += {D}.pop('q'); {D}['q'] = {f}",
    "for {one} in {D}: {D}[{one}] *= {s}",
    "{new_d} = {{k: {f} for k in 'pq'}}",
    "{new_d} = {{k: {one} * {s} for k, {one} in {D}.items()}}",
    "{new_h} = {{k: {one} * {s} for k, {one} in {H}.items()}}",
    "{new_g} = [{one} * {s} for {one} in {G}]",
    "{new_g} = [{a4}, {a4}.copy()]",
    "if len({G}) > 1: {S} += {G}.pop().sum()",
    "{G}[0], {G}[-1] = {G}[-1], {G}[0]",
    "for {one} in {G}: {one} *= {s}",
    "for {one} in reversed({L}): {S} = {S} * 0.5 + {one}",
    "*{new_l}, {new_f} = [*{L}, {f}]",
    "({S}, {T}), {one} = ({f}, {f}), {s}; {S} *= {one}",
    "if ({one} := {f}) > 0.0: {S} -= {one}",
    "print(f'{{{s}:.3f}}', file=io.StringIO())",
    "for {one} in range({n}): {A}[{one}] = {A}[{one}] * {s} + {A}[{one} - 1]",
    "{new_v} = returned({A}, {f})",
    "{R} = returned({R}, {f})",
    "{A}[1:][{A}[1:] > {s}] = {f}",
    "np.negative({A}, out={A})",
    "np.add({A}, {a}, out={A})",
    "{A}.sort()",
    "{A}[{cut}] -= {A}[{cut}].mean()",
    "{A}[{cut}], {new_f} = {f}, {A}[{i}]",
    "{M}[...] *= {f}",
    "{M}[:] += {a4}",
    "{M}[{M} > {s}] *= {f}",
    "{M}[:, [0, 2]] += {f}",
    "{M}[[0, 1]] = {M}[[1, 0]]",
    "{M}[0], {M}[1] = {M}[1].copy(), {M}[0].copy()",
    "{M}.flat[5] = {f}",
    "{M}.ravel()[3] *= {f}",
    "{M}.reshape(-1)[1:3] = {f}",
    "np.fill_diagonal({M}, {f})",
    "{M}[1:, 1:] = {M}[:-1, :-1] * {s}",
    "{M}[1:-1] += {s} * ({M}[2:] - {M}[:-2])",
    "{O} = replace({O}, slope={f})",
    "{S} = {O}.slope = {f}",
    "{O}.values[1:] += {O}.values[:-1] * {s}",
    "{O}.values, {O}.slope = {O}.values * {s}, {f}",
    "{new_r} = [Part({f}, {v4}), Part({f}, {a4})]",
    "{new_r} = [Part({f}, {v4}) for {one} in range(2)]",
    "{new_r} = [Part({f}, {a4}), Part({s}, {a4})]",
    "{new_r} = [Part({s}, {v4}), Part({s}, {v4}), Part({s}, {v4})]",
    "{W} = [Part({one}.slope * {s}, {one}.values) for {one} in {W}]",
    "{W} = [replace({one}, values={one}.values * {s}) for {one} in {W}]",
    "{W} = [Part({one}.slope * {two}.slope, {two}.values) for {one}, {two} in zip({W}, {W}[::-1])]",
    "{W} = {W}[1:] + [Part({W}[0].slope * {s}, {v4})]",
    "for {one} in {W}: {one}.slope *= {s}",
    "for {one} in {W}: {one}.grow({s})",
    "{W}[0].values[{i4}] = {f}",
    "{W}[0] = {O}",
    "with Scaled({f}) as {one}: {S} *= {one}.times({s})",
    "{one} = Watched({f}); {S} = {one}.value * len({one}) if {one} else {s}",
    "{S} += kept({f}, {L})",
    "{S} += counted({A}, {f}, 0)",
    "{L}[:] = [{one} * {s} for {one} in {L}]",
    "{L} *= 2",
    "{L}[0], {L}[-1] = {L}[-1], {L}[0]",
    "{L}.extend({one} * {s} for {one} in {a})",
    "functools.partial(smooth, {A})({f})",
    "functools.partial(filled, {A}, 0)({f})",
    "for {one} in [functools.partial(filled, {A}, 0)]: {one}({f})",
    "run(lambda: filled({A}, 0, {f}))",
    "run(lambda: smooth({A}, {f}))",
    "run(lambda: {L}.append({f}))",
    "run(functools.partial({L}.insert, 0, {f}))",
    "run(lambda: {D}.update(p={f}))",
    "run_each([{O}.grow, lambda t: {A}.fill(t * {s})], {f})",
    "run_each([{O}.grow, {L}.append], {f})",
    "{S} += sum(drained({L}, {f}))",
    "{S} += sum(drained({A}, {f}))",
    "with Restored({A}, {f}) as {one}: {one}[0] = {f}",
    "{new_f} = kept_by({A}, {L})({f})",
    "{S} = {S} if {c} else {f}",
    "{R} = {R}.copy(); {R}[{i}] = {f}",
    "{R} = {R}[::-1]",
    "{call_v}",
    "{call_f}",
    "{new_f} = {call_f}",
    "{new_v} = {call_v}",
    "{R} = {call_v}",
)


PREAMBLE = """
import functools
import io
import math
from dataclasses import dataclass, replace
from typing import NamedTuple

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

    def shift(self, *, by):
        self.values[1:] += by
        self.slope, self.values = self.slope * by, self.values * 0.5


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


def returned(a, t):
    a[0] *= t
    return a


def remembered(t, known={}):
    return t * (len(known) + 1)


def counting(t):
    total = 0.0

    def count(step):
        nonlocal total
        total += step * t
        return total

    return count


def halved(a):
    if len(a) < 2:
        return a[0] * 0.5
    return halved(a[: len(a) // 2]) + halved(a[len(a) // 2 :]) * 0.7


class Scaled:
    def __init__(self, size):
        self.size = size

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.size = 0.0

    def times(self, t):
        return self.size * t


class Pair(NamedTuple):
    low: float
    high: float

    @property
    def product(self):
        return self.low * self.high


class Watched:
    def __init__(self, value):
        self.value = value

    def __bool__(self):
        self.value = self.value * 0.5
        return bool(self.value > 0.1)

    def __len__(self):
        self.value = self.value + 1.0
        return 2

    def __lt__(self, other):
        other.value = other.value * self.value
        return self.value < other.value

    def __contains__(self, t):
        self.value = self.value + t
        return t > 0.5


def asked(t, u):
    one, other = Watched(t * 0.1), Watched(u)
    while one:
        u = u * one.value + len(other)
        if one < other or t in one:
            u = u + other.value
    return u * one.value * other.value


def running(items):
    total = 0.0
    for item in items:
        total = total * 0.5 + item
        yield total


def kept(t, items=[]):
    return items[-1] * t if items else t


def counted(a, t, k):
    if k >= len(a) or k > 2:
        return t
    a[k] += t
    return counted(a, t * 0.5, k + 1) + a[k]


def pair_of(t, u, *, high=1.0):
    if t > high:
        return u, t * high
    return t * u, u


def run(change):
    return change()


def run_each(changes, t):
    for change in changes:
        change(t)


def drained(items, t):
    items[0] *= t
    yield items[-1]
    items[-1] = items[0] + t
    yield t


class Restored:
    def __init__(self, items, t):
        self.items, self.first = items, items[0] * t

    def __enter__(self):
        self.items[-1] = self.first
        return self.items

    def __exit__(self, *error):
        self.items[0] = self.first


def kept_by(a, items):
    def put(t):
        a[0], items[-1] = items[-1], t * a[0]
        return a[-1]

    return put


def first_above(a, t):
    for k, item in enumerate(a):
        if item > t:
            return item * (k + 1)
    else:
        k = -1
    while k < 1:
        k += 1
        if a[k] > 0.0:
            break
    else:
        return t
    return a[k] * t


class Ranking:
    def __init__(self, weight):
        self.weight, self.seen = weight, 0.0

    def key(self, t):
        self.seen += t * self.weight
        return -t


def ranked(items, t):
    ranking = Ranking(t)
    return sorted(items, key=ranking.key)[0] * ranking.seen


def scaled_by(t):
    def scale(u, by=t, *, more=2.0):
        return u * by * more

    return scale


def split_off(a, t):
    rest = a * t
    first, rest[0] = rest[0], t
    return rest, first


def told_apart(part, t):
    match part:
        case Part(slope=slope) if slope > t:
            return slope * t
        case Part(values=values):
            return values.sum() * t
"""
