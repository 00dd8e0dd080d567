"""What a sample of starts did not see, estimated from what it saw once or twice: capture and recapture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_NORMAL_QUANTILE = 1.959963984540054
"""The 97.5 % quantile of the standard normal law, for intervals of 95 %."""


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """
    Fields:
        classes: Chao's estimate of how many classes were missed; a lower bound in expectation, no bound for one sample.
        low, high: ends of its interval of 95 %, both at least 0.
        mass: the estimate by Good and Turing of the probability that another draw ends in a class not seen yet.
    """

    classes: float
    low: float
    high: float
    mass: float


def unseen(counts: Sequence[int]) -> Unseen:
    """
    Estimate what was missed by n independent draws that met the i-th class counts[i] >= 1 times.

    With f1 classes seen once and f2 twice, Chao's estimate is (n - 1)/n f1²/(2 f2), and (n - 1)/n f1 (f1 - 1)/2 if
    f2 = 0; the interval is that of a log-normal law with Chao's variance. The mass is f1/n. A basin of which no start
    came close leaves no trace here: the estimate says what is likely, and bounds nothing.

    Source: A. Chao, Scandinavian Journal of Statistics 11 (1984) and Biometrics 43 (1987); I. J. Good, Biometrika 40
    (1953).
    """
    n, once, twice = sum(counts), sum(c == 1 for c in counts), sum(c == 2 for c in counts)
    if n == 0:
        return Unseen(classes=0.0, low=0.0, high=0.0, mass=0.0)
    a = (n - 1) / n
    missed = a * (once**2 / (2 * twice) if twice else once * (once - 1) / 2)
    if missed <= 0:
        return Unseen(classes=0.0, low=0.0, high=0.0, mass=once / n)
    factor = math.exp(
        _NORMAL_QUANTILE * math.sqrt(math.log1p(_variance(a, once, twice, len(counts) + missed) / missed**2))
    )
    return Unseen(classes=missed, low=missed / factor, high=missed * factor, mass=once / n)


def _variance(a: float, once: int, twice: int, estimate: float) -> float:
    """Return Chao's variance of the estimated number of classes (1987), and that of its corrected form where f2 = 0."""
    if twice:
        ratio = once / twice
        return twice * (a / 2 * ratio**2 + a**2 * ratio**3 + a**2 / 4 * ratio**4)
    return a * once * (once - 1) / 2 + a**2 * once * (2 * once - 1) ** 2 / 4 - a**2 * once**4 / (4 * estimate)
