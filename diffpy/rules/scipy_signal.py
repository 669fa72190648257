"""Rules of scipy.signal, read once a program has imported it: convolutions, correlations, linear filters."""

from __future__ import annotations

from scipy import signal

from diffpy.rules.table import constant, refused, rule, without_complex, written
from diffpy.runtime.scipy_signal import (
    convolved_with,
    correlated_first,
    correlated_second,
    delay_count,
    delayed_products,
    fftconvolve_of,
    filtered_back,
    recursion,
)

ADJOINT = {"holomorphic": False}  # the lines are written with the adjoint, for cotangents as they are

for name, signature in {
    "convolve": "in1, in2, mode='full', method='auto'",
    "fftconvolve": "in1, in2, mode='full'",
    "oaconvolve": "in1, in2, mode='full'",
    "convolve2d": "in1, in2, mode='full', boundary='fill', fillvalue=0",
}.items():
    rule(
        name,
        signature,
        of=(f"scipy.signal.{name}",),
        notes=ADJOINT,
        ignores="method",
        forward={
            "in1": lambda d, in2, mode: signal.convolve(d, in2, mode),
            "in2": lambda d, in1, mode: signal.convolve(in1, d, mode),
        },
        in1=lambda d, in1_shape, in2, mode: convolved_with(d, in2, in1_shape, mode, True),
        in2=lambda d, in1, in2_shape, mode: convolved_with(d, in1, in2_shape, mode, False),
    )
written(fftconvolve_of, "scipy.signal.fftconvolve", "scipy.signal.oaconvolve")
rule(
    "correlate",
    "in1, in2, mode='full', method='auto'",
    of=("scipy.signal.correlate",),
    notes=ADJOINT,
    ignores="method",
    forward={
        "in1": lambda d, in2, mode: signal.correlate(d, in2, mode),
        "in2": lambda d, in1, mode: signal.correlate(in1, d, mode),
    },
    in1=lambda d, in1_shape, in2, mode: correlated_first(d, in2, in1_shape, mode),
    in2=lambda d, in1, in2_shape, mode: correlated_second(d, in1, in2_shape, mode),
)
# Where in2 has an even size, this keeps a part that lies one element later.
rule(
    "correlate",
    "in1, in2, mode='full', boundary='fill', fillvalue=0",
    of=("scipy.signal.correlate2d",),
    notes=ADJOINT,
    forward={
        "in1": lambda d, in2, mode: signal.correlate2d(d, in2, mode),
        "in2": lambda d, in1, mode: signal.correlate2d(in1, d, mode),
    },
    in1=lambda d, in1_shape, in2, mode: correlated_first(
        d, in2, in1_shape, "late" if mode == "same" else mode
    ),
    in2=lambda d, in1, in2_shape, mode: correlated_second(
        d, in1, in2_shape, "late" if mode == "same" else mode
    ),
)
rule(
    "lfilter",
    "b, a, x, axis=-1, zi=None",
    of=("scipy.signal.lfilter",),
    unless={"zi": "the derivative with a state of the filter is not known"},
    forward={
        "b": lambda d, a, x, axis: signal.lfilter(d, a, x, axis),
        "a": lambda d, y, a, axis: -signal.lfilter(d, a, y, axis),
        "x": lambda d, b, a, axis: signal.lfilter(b, a, d, axis),
    },
    b=lambda d, b, a, x, axis: delayed_products(d, recursion(a, x, axis), delay_count(b), axis),
    a=lambda d, y, a, axis: -delayed_products(d, recursion(a, y, axis), delay_count(a), axis),
    x=lambda d, b, a, axis: filtered_back(d, b, a, axis),
)
without_complex("the derivative is known of real filters and signals", "scipy.signal.lfilter")
constant("diffpy.runtime.scipy_signal.start_of", "diffpy.runtime.scipy_signal.delay_count")
refused(
    "no rule is written for it",
    *(
        f"scipy.signal.{name}"
        for name in (
            "choose_conv_method correlation_lags decimate deconvolve detrend envelope fftfilt filtfilt freqz "
            "hilbert hilbert2 lfiltic lfilter_zi lombscargle medfilt medfilt2d order_filter periodogram resample "
            "resample_poly savgol_coeffs savgol_filter sepfir2d sosfilt sosfiltfilt spectrogram stft istft "
            "symiirorder1 symiirorder2 upfirdn welch wiener"
        ).split()
    ),
)
