"""Intervals for what is measured on a sample: percentile bootstrap of a mean, Wilson's interval of a proportion."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fpverify.kernel.errors import MisuseError

RESAMPLES = 2_000
SEED = 1

_NORMAL_QUANTILE = 1.959963984540054
"""The 97.5 % quantile of the standard normal law, for intervals of 95 %."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """
    A number measured on a sample, with an interval of 95 %.

    Fields:
        value: the mean or the proportion of the sample.
        low, high: ends of the interval; low <= value <= high.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def mean_interval(
    values: Sequence[float] | NDArray[np.float64], *, resamples: int = RESAMPLES, seed: int = SEED
) -> Estimate:
    """
    Return the mean of *values*, shape (n,), with the percentile bootstrap interval of 95 %.

    A sample whose values all agree has an interval of width 0: the bootstrap cannot see what the sample did not.

    Raises:
        MisuseError: for no values, or one that is not finite.
    """
    data = np.asarray(values, dtype=np.float64)
    if data.ndim != 1 or data.size == 0 or not np.isfinite(data).all():
        raise MisuseError(f"an interval needs a list of at least one finite number; got {values!r:.80}")
    rng = np.random.default_rng(seed)
    rows = max(1, 2**22 // data.size)  # at most 32 MB of indices at a time
    means = [
        data[rng.integers(0, data.size, (min(rows, resamples - done), data.size))].mean(axis=1)
        for done in range(0, resamples, rows)
    ]
    low, high = np.quantile(np.concatenate(means), (0.025, 0.975))
    value = float(data.mean())
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value))


def proportion_interval(successes: int, trials: int) -> Estimate:
    """
    Return successes/trials with Wilson's score interval of 95 %, which has a width also at 0 and at 1.

    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927).

    Raises:
        MisuseError: unless 0 <= successes <= trials and trials >= 1.
    """
    if not (trials >= 1 and 0 <= successes <= trials):
        raise MisuseError(f"{successes} of {trials} is no proportion: write 0 <= successes <= trials, trials >= 1")
    share, z2 = successes / trials, _NORMAL_QUANTILE**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _NORMAL_QUANTILE / (1 + z2 / trials) * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == trials else min(1.0, middle + half)
    return Estimate(value=share, low=min(low, share), high=max(high, share))
