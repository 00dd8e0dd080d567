"""Reading: how heavy the tails of a network's weights are: tail index, kurtosis, Student's law, power law."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TOP = 0.05
"""The fraction of the largest absolute values that the tail index is read from."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """
    What is read from all the weights of one network.

    Fields:
        hill: the tail index of the largest 5 % of |w|, by `hill`; the layers are pooled as they are, which can only
            make the tail look heavier.
        kurtosis: of the weights, standardised for each layer; 3 for a normal law.
        inverse_freedom: 1/ν of the best Student law of the same; 0 is the normal one, 1 is Cauchy's.
        gain_over_normal: log-likelihood of that law less the one of the best normal law.
        power_law: log-likelihood ratio of a power law against a lognormal one on the largest 5 %; below 0 it loses.
        moved: norm of what training added over the norm of the initial weights.
        error: mean squared error; None for weights that are not trained.
    """

    hill: float
    kurtosis: float
    inverse_freedom: float
    gain_over_normal: float
    power_law: float
    moved: float = 0.0
    error: float | None = None


def hill(values: Array, fraction: float = TOP) -> float:
    """
    Return the tail index of |values| by Hill's estimator on the largest *fraction*.

    Exact in the mean for a Pareto law. For a normal law it is some number that grows with the size of the sample (6 for
    16384 values): compare it with a normal sample of the same size.

    Source: B. M. Hill, A simple general approach to inference about the tail of a distribution (1975).
    """
    sizes = np.sort(np.abs(values).ravel())[::-1]
    count = max(10, int(fraction * len(sizes)))
    return float(1 / np.mean(np.log(sizes[:count] / sizes[count])))


def kurtosis(values: Array) -> float:
    """Return the fourth moment of *values* over the square of the second, both about 0."""
    return float(np.mean(values**4) / np.mean(values**2) ** 2)


def student(values: Array) -> tuple[float, float]:
    """
    Fit Student's law with location 0 by maximum likelihood.

    Returns:
        1/ν, in [1e-4, 4], and the log-likelihood less that of the best normal law with location 0.
    """
    from scipy.optimize import minimize
    from scipy.special import gammaln

    squares = values.ravel() ** 2

    def cost(parameters: Array) -> float:
        freedom, scale = 1 / parameters[0], np.exp(parameters[1])
        constant = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - np.log(freedom * np.pi) / 2 - np.log(scale)
        return -float(constant - (freedom + 1) / 2 * np.log1p(squares / (freedom * scale**2)).mean())

    guess = np.log(np.median(np.abs(values))) + 0.3
    best: Any = min(
        (minimize(cost, [start, guess], bounds=[(1e-4, 4), (None, None)]) for start in (0.02, 0.5)),
        key=lambda result: result.fun,
    )
    normal = -(np.log(2 * np.pi * squares.mean()) + 1) / 2
    return float(best.x[0]), float(len(squares) * (-best.fun - normal))


def power_law_ratio(values: Array, fraction: float = TOP) -> float:
    """
    Return the log-likelihood ratio of a power law against a lognormal law, both fitted to the largest *fraction*.

    Source: the package powerlaw (Alstott, Bullmore, Plenz 2014); its bound 3 for the exponent is lifted to 60.
    """
    import powerlaw

    sizes = np.abs(values).ravel()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit: Any = powerlaw.Fit(
            sizes[sizes > 0],
            xmin=float(np.quantile(sizes, 1 - fraction)),
            parameter_ranges={"alpha": [1.01, 60]},
            verbose=False,
        )
        return float(fit.distribution_compare("power_law", "lognormal")[0])


def standardised(layers: Sequence[Array]) -> Array:
    """Return all weights, those of each layer less their mean and over their deviation."""
    return np.concatenate([((layer - layer.mean()) / layer.std()).ravel() for layer in layers])


def read(layers: Sequence[Array], moved: float = 0.0, error: float | None = None) -> Reading:
    """Return the reading of one network from its weights, one array for each layer."""
    raw = np.concatenate([layer.ravel() for layer in layers])
    scaled = standardised(layers)
    inverse, gain = student(scaled)
    return Reading(
        hill=hill(raw),
        kurtosis=kurtosis(scaled),
        inverse_freedom=inverse,
        gain_over_normal=gain,
        power_law=power_law_ratio(raw),
        moved=moved,
        error=error,
    )
