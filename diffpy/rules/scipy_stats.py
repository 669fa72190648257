"""Rules of scipy.stats, read once a program has imported it: methods of distributions."""

from __future__ import annotations

from scipy import stats

from diffpy.rules.table import constant
from diffpy.runtime import scipy_stats as written_out
from diffpy.runtime.distributions import STANDING

_NORMAL = ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf")

for _name in _NORMAL:
    STANDING[type(stats.norm), _name] = getattr(written_out, f"normal_{_name}")
for _name in ("pdf", "logpdf"):
    STANDING[type(stats.multivariate_normal), _name] = getattr(written_out, f"multivariate_normal_{_name}")
constant("diffpy.runtime.scipy_stats.check_covariance")
