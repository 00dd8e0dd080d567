"""Intervals for the mean over a few seeds, and how estimates are written."""

from collections.abc import Sequence

import numpy as np

from fpverify.kernel.errors import MisuseError
from fpverify.numeric.bootstrap import Estimate


def of_few(values: Sequence[float]) -> Estimate:
    """
    Return the mean of a few *values*, shape (n,), with Student's interval of 95 %, which takes them for normal.

    With two or three values it is wide, as it should be: resampling would make it too narrow.

    Raises:
        MisuseError: for fewer than two values.
    """
    from scipy.stats import t

    sample = np.asarray(values, dtype=float)
    if sample.ndim != 1 or len(sample) < 2:
        raise MisuseError(f"an interval over seeds needs at least two values; got {values!r:.80}")
    mean = float(sample.mean())
    half = float(t.ppf(0.975, len(sample) - 1) * sample.std(ddof=1) / np.sqrt(len(sample)))
    return Estimate(value=mean, low=mean - half, high=mean + half)


def share_of_few(values: Sequence[float]) -> Estimate:
    """Return the same for fractions: the interval is cut to [0, 1]."""
    estimate = of_few(values)
    return Estimate(value=estimate.value, low=max(0.0, estimate.low), high=min(1.0, estimate.high))


def as_data(estimate: Estimate) -> list[float]:
    """Return value, low and high as JSON, to six digits."""
    return [float(f"{number:.6g}") for number in (estimate.value, estimate.low, estimate.high)]
