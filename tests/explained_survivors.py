"""Mistakes in lines of the table that are none: the reason, the lines, and the texts that come to the same there."""

REASONS: dict[str, dict[str, tuple[str, ...]]] = {
    "what calls the line takes the real part where the argument, or the result, is real": {
        "builtins.complex (pullbacks of real)": ("d",),
        "numpy.fft.rfft (pullbacks of a)": (
            "resized(xp.fft.ifft(d, a_shape[axis] if n is None else n, axis, opposite(norm)), a_shape)",
        ),
        "numpy.real (tangents of val)": ("d",),
    },
    "the number is the same, and what calls the line sees to its type": {
        "builtins.divmod (tangents of a)": ("(0 * y[0], d / 1)", "(0 * y[0], d)"),
        "builtins.complex (tangents of real)": ("d",),
        "diffpy.runtime.arrays.cast (pullbacks of value)": ("d",),
        "diffpy.runtime.arrays.cast (tangents of value)": ("d",),
        "scipy.special.gammainc (pullbacks of x)": (
            "d * xp.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))",
        ),
        "scipy.special.gammaincc (pullbacks of x)": (
            "-d * xp.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))",
        ),
        "scipy.special.gammainccinv (pullbacks of p)": (
            "-d * xp.exp(special.gammaln(a) + y - special.xlogy(a - 1, y))",
        ),
        "scipy.special.gammaincinv (pullbacks of p)": (
            "d * xp.exp(special.gammaln(a) + y - special.xlogy(a - 1, y))",
        ),
    },
    "an exponent is an integer, whose tangent nobody reads": {
        "math.frexp (tangents of x)": ("(xp.ldexp(d, -y[1]), 1)",),
    },
    "zero has no sign": {
        "diffpy.runtime.arrays.quotient (pullbacks of a)": ("quotient(d, unless_still(b, -d))",),
        "diffpy.runtime.arrays.quotient (pullbacks of b)": (
            "quotient(-d * quotient(a, unless_still(b, -d)), unless_still(b, d))",
            "quotient(-d * quotient(a, unless_still(b, d)), unless_still(b, -d))",
        ),
        "math.sqrt (tangents of x)": ("quotient(d, 2 * unless_still(y, -d))",),
        "numpy.arange (tangents of start)": ("-(y * 0) + (0 if stop is None else d)",),
        "numpy.sqrt (tangents of x)": ("d / (2 * unless_still(y, -d))",),
    },
    "without a type in words, what is converted to its own type stays what it is": {
        "numpy.concatenate (pullbacks of arrays)": (
            "converted_parts(concatenate_pullback(d, arrays, axis), dtype)",
        ),
        "numpy.full (pullbacks of fill_value)": (
            "converted(unbroadcast(d, fill_value_shape), fill_value, dtype)",
        ),
        "numpy.full_like (pullbacks of fill_value)": (
            "converted(unbroadcast(d, fill_value_shape), fill_value, dtype)",
        ),
        "numpy.hstack (pullbacks of tup)": ("converted_parts(hstack_pullback(d, tup), dtype)",),
        "numpy.linalg.trace (pullbacks of x)": (
            "converted(trace_pullback(d, x_shape, offset, -2, -1), x, dtype)",
        ),
        "numpy.stack (pullbacks of arrays)": ("converted_parts(stack_pullback(d, arrays, axis), dtype)",),
        "numpy.trace (pullbacks of a)": (
            "converted(trace_pullback(d, a_shape, offset, axis1, axis2), a, dtype)",
        ),
        "numpy.vstack (pullbacks of tup)": ("converted_parts(vstack_pullback(d, tup), dtype)",),
    },
    "of this argument the shape alone is used": {
        "numpy.fft.irfft (pullbacks of a)": (
            "resized(xp.fft.rfft(d, axis=axis, norm=opposite(norm)) * mirrored_weights(-d, axis), a_shape)",
        ),
    },
    "the other argument counts where it is infinite alone, and stays infinite": {
        "numpy.logaddexp2 (pullbacks of a)": (
            "d * logaddexp_weight(a * 0.6931471805599453, b * 1.6931471805599454, y * 0.6931471805599453)",
            "d * logaddexp_weight(a * 0.6931471805599453, b / 0.6931471805599453, y * 0.6931471805599453)",
            "d * logaddexp_weight(a * 0.6931471805599453, b, y * 0.6931471805599453)",
        ),
        "numpy.logaddexp2 (pullbacks of b)": (
            "d * logaddexp_weight(b * 0.6931471805599453, a * 1.6931471805599454, y * 0.6931471805599453)",
            "d * logaddexp_weight(b * 0.6931471805599453, a / 0.6931471805599453, y * 0.6931471805599453)",
            "d * logaddexp_weight(b * 0.6931471805599453, a, y * 0.6931471805599453)",
        ),
    },
    "a single axis is the last one": {
        "numpy.sort (tangents of a)": (
            "xp.take_along_axis(xp.ravel(d) if axis is None else d, xp.argsort(a, axis, kind='stable'), axis)",
        ),
    },
    "the inverse of no permutation is none": {
        "numpy.transpose (pullbacks of a)": ("xp.transpose(d, inverse(axes))",),
    },
    "a number times an array is reshaped as a whole": {
        "numpy.vdot (pullbacks of a)": ("xp.reshape(xp.conj(d) * b, a_shape)",),
        "numpy.vdot (pullbacks of b)": ("xp.reshape(d * a, b_shape)",),
    },
    "complex matrices are refused, and of real ones both are the transpose": {
        "scipy.linalg.lu_solve (pullbacks of b)": (
            "lu_solved(lu_and_piv[0], lu_and_piv[1], d, 0 if trans else 2)",
        ),
    },
    "the derivative of an odd function is even": {
        "scipy.linalg.sinhm (pullbacks of A)": ("corner(linalg.sinhm(beside(-transposed(A), d)))",),
        "scipy.linalg.sinm (pullbacks of A)": ("corner(linalg.sinm(beside(-transposed(A), d)))",),
        "scipy.linalg.tanhm (pullbacks of A)": ("corner(linalg.tanhm(beside(-transposed(A), d)))",),
        "scipy.linalg.tanm (pullbacks of A)": ("corner(linalg.tanm(beside(-transposed(A), d)))",),
    },
    "the matrix stands on both sides, and two signs are none": {
        "scipy.linalg.solve_discrete_lyapunov (pullbacks of a)": (
            "stein_a(linalg.solve_discrete_lyapunov(-transposed(a), d), y, a)",
        ),
        "scipy.linalg.solve_discrete_lyapunov (pullbacks of q)": (
            "linalg.solve_discrete_lyapunov(-transposed(a), d)",
        ),
    },
    "a number between two bounds is the middle one of the three": {
        "scipy.special.huber (pullbacks of r)": ("d * xp.clip(-delta, r, delta)",),
    },
}
