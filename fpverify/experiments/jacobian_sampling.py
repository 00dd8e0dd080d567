"""The pieces of the experiments on the Jacobian: one setting, one depth; from JSON values to JSON values."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from fpverify.ensembles import Ensemble
from fpverify.numeric.spectral.cavity import Effort, Setting, resolvent
from fpverify.numeric.spectral.density import Law, jacobian_law
from fpverify.numeric.spectral.functions import Array
from fpverify.numeric.spectral.sampled import Drawn, Sample, input_of_square, kolmogorov, sample
from fpverify.numeric.spectral.smoothing import log_density, on_ray, resolvent_of

PLACES = np.geomspace(1e-3, 30, 9)
"""Where the cavity equations are compared with samples."""

SHARE = 0.15
"""Both are taken at z = x (1 + i SHARE): smoothed over this share of x."""

_STREAM_OF_INPUTS = 2
_LINE = np.geomspace(1e-4, 1e2, 91)
_BINS = 48
_SHOWN = (-8.0, 2.5)
"""Powers of ten between which a spectrum is drawn."""


def gaussian_piece(item: Mapping[str, Any]) -> dict[str, Any]:
    """
    Compare the law of the functional equation with pooled sampled spectra; the work of a sweep.

    Returns:
        `distance` (Kolmogorov, above the first point of the grid), masses above 1 (`above`, `above_sampled`), first moments
        (`mean`, `mean_sampled`), `missing` mass beyond the atom, `unconverged` points, and curves for a figure.
    """
    setting = {name: item[name] for name in ("activation", "gain", "bias", "depth")}
    law = jacobian_law(**setting, square=item["square"])
    drawn = _gaussian_networks(Ensemble(**setting, width=item["width"], law="normal", seed=item["seed"]), item)
    found = sample(item["activation"], drawn)
    return {
        "distance": kolmogorov(found.squares, law.distribution, least=float(law.grid[0])),
        "above": law.above(1.0),
        "above_sampled": float(found.above_one.mean()),
        "mean": law.mean,
        "mean_sampled": float(found.squares.mean()),
        "missing": law.missing - law.atom,
        "atom": law.atom,
        "unconverged": law.unconverged,
        "line": _law_line(law),
        "histogram": _histogram(found),
    }


def cauchy_piece(item: Mapping[str, Any]) -> dict[str, Any]:
    """
    Compare the cavity equations with sampled spectra, both smoothed, at `PLACES`; the work of a sweep.

    Returns:
        `cavity` and `sampled`, densities of log lambda; the standard error `sampled_error` over the networks; the
        `largest` difference; and a finer line of the sampled one for a figure.
    """
    setting = {name: item[name] for name in ("activation", "gain", "bias", "depth")}
    effort = Effort(
        population=item["population"], sweeps=item["sweeps"], averaged=item["sweeps"] // 2, seed=item["seed"]
    )
    places = on_ray(PLACES, SHARE)
    cavity = log_density(places, resolvent(Setting(**setting), places, effort)[0])
    ensemble = Ensemble(**setting, width=item["width"], law="cauchy", bias_law="cauchy", seed=item["seed"])
    found = sample(item["activation"], _networks(ensemble, item["networks"]))
    sampled = _smoothed(found.squares, PLACES)
    return {
        "cavity": cavity.tolist(),
        "sampled": sampled.tolist(),
        "sampled_error": _error_over_networks(found).tolist(),
        "largest": float(np.abs(cavity - sampled).max()),
        "line": [_short(np.log10(_LINE)), _short(math.log(10) * _smoothed(found.squares, _LINE))],
        "histogram": _histogram(found),
    }


def amplification_piece(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return for each network the share of squared singular values above 1, log10 of the norm and the spectral radius."""
    ensemble = Ensemble(**item["ensemble"])
    found = sample(ensemble.activation, _networks(ensemble, item["networks"]), with_radii=True)
    return {
        "above": found.above_one.tolist(),
        "log_norms": found.log_norms.tolist(),
        "radii": found.radii.tolist(),
    }


def mass_piece(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mass above 1 by the functional equation, and the first moment."""
    law = jacobian_law(**item)
    return {"above": law.above(1.0), "mean": law.mean, "unconverged": law.unconverged}


def _networks(ensemble: Ensemble, count: int) -> Iterator[Drawn]:
    """Yield networks with an input uniform in their cube."""
    for k in range(count):
        drawn = ensemble.draw(k)
        yield drawn.weights, drawn.biases, ensemble.starts(k, 1)[0]


def _gaussian_networks(ensemble: Ensemble, item: Mapping[str, Any]) -> Iterator[Drawn]:
    """Yield networks with an input of the given square, in a random direction."""
    for k in range(item["networks"]):
        drawn = ensemble.draw(k)
        rng = np.random.default_rng([ensemble.seed, ensemble.width, ensemble.depth, k, _STREAM_OF_INPUTS])
        yield drawn.weights, drawn.biases, input_of_square(item["square"], ensemble.width, rng)


def _smoothed(squares: Array, x: Array) -> Array:
    places = on_ray(x, SHARE)
    return log_density(places, resolvent_of(squares, places))


def _error_over_networks(found: Sample) -> Array:
    each = [_smoothed(squares, PLACES) for squares in found.squares]
    return np.std(each, axis=0, ddof=1) / math.sqrt(len(each))


def _law_line(law: Law) -> list[list[float]]:
    """Return log10 of some points and the density of log10 lambda there."""
    logs = np.log10(law.grid)
    shown = np.linspace(max(logs[0], _SHOWN[0]), min(logs[-1], _SHOWN[1]), 241)
    return [_short(shown), _short(np.interp(shown, logs, law.log_density))]


def _histogram(found: Sample) -> list[list[float]]:
    """Return the edges of bins of log10 lambda, and the density in them; what lies outside counts in the total only."""
    logs = np.log10(np.maximum(found.pooled, 1e-300))
    counts, edges = np.histogram(logs, bins=_BINS, range=_SHOWN)
    return [_short(edges), _short(counts / len(logs) / np.diff(edges))]


def _short(numbers: Array) -> list[float]:
    """Return what a drawing needs of them."""
    return [round(number, 5) for number in numbers.tolist()]
