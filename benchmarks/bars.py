"""Bars on a logarithmic scale: titles, each with a time a series, in; a picture in SVG out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

_LEFT, _WIDTH, _BAR, _GAP = 180, 560, 7, 10
_COLOURS = ("#9a9a9a", "#7fb2e5", "#1f5fa8", "#444444", "#e3b35c", "#b98ac9", "#d9705b", "#5fae7c")


def picture(rows: Sequence[tuple[str, Sequence[float | None]]], labels: Sequence[str]) -> str:
    times = [time for _, row in rows for time in row if time is not None]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    step = len(labels) * _BAR + _GAP
    height = 40 + len(rows) * step + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 30} {height}" '
        'font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for power in range(low, high + 1):
        x = _across(power, low, high)
        parts.append(f'<line x1="{x:.1f}" y1="30" x2="{x:.1f}" y2="{height - 40}" stroke="#dddddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 26}" text-anchor="middle">{_unit(power)}</text>')
    for place, (title, row) in enumerate(rows):
        top = 34 + place * step
        parts.append(
            f'<text x="{_LEFT - 8}" y="{top + step / 2:.1f}" text-anchor="end">{escape(title)}</text>'
        )
        for n, time in enumerate(row):
            if time is not None:
                end = _across(math.log10(time), low, high)
                parts.append(
                    f'<rect x="{_LEFT}" y="{top + n * _BAR}" width="{end - _LEFT:.1f}" height="{_BAR - 1}" '
                    f'fill="{_COLOURS[n % len(_COLOURS)]}"/>'
                )
    for n, label in enumerate(labels):
        x = _LEFT + n * (_WIDTH / len(labels))
        parts.append(f'<rect x="{x:.1f}" y="10" width="9" height="9" fill="{_COLOURS[n % len(_COLOURS)]}"/>')
        parts.append(f'<text x="{x + 13:.1f}" y="18">{escape(label)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _across(power: float, low: int, high: int) -> float:
    return _LEFT + _WIDTH * (power - low) / (high - low)


def _unit(power: int) -> str:
    for name, size in (("s", 0), ("ms", -3), ("us", -6), ("ns", -9)):
        if power >= size:
            return f"{10 ** (power - size)} {name}"
    return f"1e{power} s"
