"""Functions of NumPy whose derivatives are those of plain functions of the running half, by their text."""

from __future__ import annotations

import numpy

from diffpy.rules.keywords import IN_A_TYPE
from diffpy.rules.table import constant, written
from diffpy.runtime.written_arrays import (
    beyond,
    choose_of,
    compress_of,
    diff_of,
    ediff1d_of,
    emath_power_of,
    frexp_of,
    geomspace_of,
    gradient_of,
    interp_of,
    intersect1d_of,
    is_in_unit,
    is_positive,
    linspace_of,
    logspace_of,
    modf_of,
    require_of,
    resize_of,
    setdiff1d_of,
    setxor1d_of,
    sort_complex_of,
    take_of,
    trim_zeros_of,
    union1d_of,
    unique_of,
    unique_values_of,
    vander_of,
)
from diffpy.runtime.written_calls import (
    apply_along_axis_of,
    apply_over_axes_of,
    cast_of,
    fromfunction_of,
    fromiter_of,
    ndenumerate_of,
    piecewise_of,
    vectorize_call,
)
from diffpy.runtime.written_joins import (
    atleast_1d_of,
    atleast_2d_of,
    atleast_3d_of,
    block_of,
    insert_of,
    item_of_joiner,
    pad_of,
)
from diffpy.runtime.written_matrices import (
    cholesky_of,
    cond_of,
    hfft_of,
    i0_of,
    ihfft_of,
    irfft2_of,
    irfftn_of,
    linalg_cross_of,
    lstsq_of,
    matvec_of,
    pinv_of,
    qr_of,
    rfft2_of,
    rfftn_of,
    svd_of,
    tensorinv_of,
    tensorsolve_of,
    vecdot_of,
    vecmat_of,
)
from diffpy.runtime.written_polynomials import (
    poly1d_call,
    poly_of,
    polyadd_of,
    polyder_of,
    polydiv_of,
    polyfit_of,
    polyint_of,
    polymul_of,
    polysub_of,
)
from diffpy.runtime.written_statistics import (
    average_of,
    corrcoef_of,
    cov_of,
    histogram_bin_edges_of,
    histogram_of,
    median_of,
    nanmedian_of,
    nanpercentile_of,
    nanquantile_of,
    percentile_of,
    ptp_of,
    quantile_of,
)
from diffpy.runtime.written_ufuncs import in_type, ufunc_accumulate, ufunc_outer, ufunc_reduce, ufunc_reduceat

# Differences, sequences, elements

for one in (atleast_1d_of, atleast_2d_of, atleast_3d_of):
    written(one, f"numpy.{one.__name__.removesuffix('_of')}")
written(cast_of, "typing.cast")
written(diff_of, "numpy.diff")
written(ediff1d_of, "numpy.ediff1d")
written(gradient_of, "numpy.gradient")
written(interp_of, "numpy.interp")
written(linspace_of, "numpy.linspace")
written(logspace_of, "numpy.logspace")
written(geomspace_of, "numpy.geomspace")
written(compress_of, "numpy.ndarray.compress")
written(take_of, "numpy.take", "numpy.ndarray.take")
written(choose_of, "numpy.choose", "numpy.ndarray.choose")
written(unique_of, "numpy.unique")
written(unique_values_of, "numpy.unique_values")
written(union1d_of, "numpy.union1d")
written(intersect1d_of, "numpy.intersect1d")
written(setdiff1d_of, "numpy.setdiff1d")
written(setxor1d_of, "numpy.setxor1d")
written(sort_complex_of, "numpy.sort_complex")
written(trim_zeros_of, "numpy.trim_zeros")
written(resize_of, "numpy.resize")
written(require_of, "numpy.require")
written(vander_of, "numpy.vander")
written(frexp_of, "numpy.frexp")
written(modf_of, "numpy.modf")

# Beyond the real domain: once, as the numbers decide what the result is

for _name in ("sqrt", "log", "log2", "log10"):
    written(beyond(getattr(numpy, _name), is_positive), f"numpy.emath.{_name}", once=True)
for _name in ("arccos", "arcsin", "arctanh"):
    written(beyond(getattr(numpy, _name), is_in_unit), f"numpy.emath.{_name}", once=True)
written(emath_power_of, "numpy.emath.power", once=True)

# Joins

written(block_of, "numpy.block")
written(insert_of, "numpy.insert")
written(item_of_joiner, "numpy.lib._index_tricks_impl.AxisConcatenator.__getitem__")
written(pad_of, "numpy.pad")

# Statistics

written(quantile_of, "numpy.quantile")
written(percentile_of, "numpy.percentile")
written(median_of, "numpy.median")
written(nanquantile_of, "numpy.nanquantile")
written(nanpercentile_of, "numpy.nanpercentile")
written(nanmedian_of, "numpy.nanmedian")
written(ptp_of, "numpy.ptp")
written(average_of, "numpy.average")
written(cov_of, "numpy.cov")
written(corrcoef_of, "numpy.corrcoef")
written(histogram_of, "numpy.histogram")
written(histogram_bin_edges_of, "numpy.histogram_bin_edges")

# Matrices

written(vecdot_of, "numpy.vecdot", "numpy.linalg.vecdot")
written(matvec_of, "numpy.matvec")
written(vecmat_of, "numpy.vecmat")
written(linalg_cross_of, "numpy.linalg.cross")
written(cholesky_of, "numpy.linalg.cholesky")
written(cond_of, "numpy.linalg.cond")
written(qr_of, "numpy.linalg.qr")
written(svd_of, "numpy.linalg.svd")
written(pinv_of, "numpy.linalg.pinv")
written(lstsq_of, "numpy.linalg.lstsq")
written(tensorinv_of, "numpy.linalg.tensorinv")
written(tensorsolve_of, "numpy.linalg.tensorsolve")
written(hfft_of, "numpy.fft.hfft")
written(ihfft_of, "numpy.fft.ihfft")
written(rfftn_of, "numpy.fft.rfftn")
written(irfftn_of, "numpy.fft.irfftn")
written(rfft2_of, "numpy.fft.rfft2")
written(irfft2_of, "numpy.fft.irfft2")
written(i0_of, "numpy.i0")

# Polynomials

written(polyadd_of, "numpy.polyadd")
written(polysub_of, "numpy.polysub")
written(polymul_of, "numpy.polymul")
written(polyder_of, "numpy.polyder")
written(polyint_of, "numpy.polyint")
written(polydiv_of, "numpy.polydiv")
written(polyfit_of, "numpy.polyfit")
written(poly_of, "numpy.poly")
written(poly1d_call, "numpy.poly1d.__call__")
# Ufuncs in a type that is asked for, and their methods

for _name in sorted(IN_A_TYPE):
    written(in_type(getattr(numpy, _name)), f"numpy.{_name}")
written(ufunc_reduce, "numpy.ufunc.reduce")
written(ufunc_accumulate, "numpy.ufunc.accumulate")
written(ufunc_reduceat, "numpy.ufunc.reduceat")
written(ufunc_outer, "numpy.ufunc.outer")

# Calls of the user's functions

written(apply_along_axis_of, "numpy.apply_along_axis", once=True)
written(apply_over_axes_of, "numpy.apply_over_axes", once=True)
written(piecewise_of, "numpy.piecewise", once=True)
written(vectorize_call, "numpy.vectorize.__call__", once=True)
written(fromfunction_of, "numpy.fromfunction", once=True)
written(fromiter_of, "numpy.fromiter", once=True)
written(ndenumerate_of, "numpy.ndenumerate", once=True)

constant(
    *(
        "diffpy.runtime.counting." + name
        for name in (
            "ranks_reached bin_numbers first_places is_among sorted_places padded_places inserted_places bounds_of "
            "exponent_of nesting_of border_matrix conditions_of toeplitz_places rest_start unique_facts value_places "
            "meets series_size core_ranks"
        ).split()
    )
)
