"""Calls of scipy.signal and scipy.fft."""

from __future__ import annotations

from rule_samples.points import Sample, call, real

SIZES = [((5,), (3,)), ((3,), (6,)), ((4, 5), (3, 2))]


def signal_samples() -> list[Sample]:
    one = lambda name, *args, **keywords: call(f"scipy.signal.{name}", *args, **keywords)
    samples = [
        one(name, real(*a), real(*b), mode)
        for name in ("convolve", "correlate")
        for mode in ("full", "same", "valid")
        for a, b in SIZES
    ]
    for mode in ("full", "same", "valid"):
        samples += [one(name, real(4, 3), real(3, 2), mode) for name in "fftconvolve oaconvolve".split()]
        samples += [one(name, real(4, 3), real(3, 2), mode) for name in "convolve2d correlate2d".split()]
        samples += [
            one("correlate2d", real(2, 3), real(4, 4), mode),
            one("convolve2d", real(2, 3), real(4, 4), mode),
        ]
    return [
        *samples,
        one("lfilter", real(3), [1.0], real(6)),
        one("lfilter", real(3), real(2) / 2 + 2, real(6)),
        one("lfilter", real(2), real(4) / 4 + 1, real(6, 2), axis=0),
        one("lfilter", real(7), real(1), real(2, 4)),
    ]


def fft_samples() -> list[Sample]:
    one = lambda name, *args, **keywords: call(f"scipy.fft.{name}", *args, **keywords)
    kinds = [
        one(name, real(3, 4), type, n=n, axis=axis, norm=norm)
        for name in "dct idct dst idst".split()
        for type, n, axis, norm in [
            (2, None, -1, None),
            (1, None, 0, "forward"),
            (3, 5, 0, "ortho"),
            (3, None, 1, None),
            (4, 2, 1, "backward"),
        ]
    ]
    several = [
        one(name, real(3, 4), type, s=s, axes=axes, norm=norm)
        for name in "dctn idctn dstn idstn".split()
        for type, s, axes, norm in [
            (2, None, None, None),
            (3, (4,), (0,), "forward"),
            (1, (3, 3), None, "ortho"),
        ]
    ]
    shifts = [one("fftshift", real(5)), one("ifftshift", real(3, 3), axes=1)]
    return [*kinds, *several, *shifts, *fftpack_samples()]


def fftpack_samples() -> list[Sample]:
    one = lambda name, *args, **keywords: call(f"scipy.fftpack.{name}", *args, **keywords)
    return [
        *(one(name, real(3, 4), n=5, axis=0) for name in "dct idct".split()),
        *(one(name, real(3, 4), type=2, norm="ortho") for name in "dct idct".split()),
        *(one(name, real(3, 4), type=3, n=5) for name in "dst idst".split()),
        *(one(name, real(3, 4), 3, shape=(4,), axes=(0,)) for name in "dctn idctn dstn idstn".split()),
        *(one(name, real(2, 3)) for name in "fftshift ifftshift".split()),
    ]
