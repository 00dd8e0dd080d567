"""
The singular values of the input-output Jacobian: limiting laws against sampled networks, and what they say of fixed points.

The laws are those of `fpverify.numeric.spectral`: a functional equation for normal weights, distributional equations for
Cauchy weights. Whether they hold, and whether the mass above 1 rises and falls with the depth as the number of fixed points
is said to, is decided here from the numbers that are measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any

import numpy as np

from fpverify._finding import Evidence, Finding, Plan
from fpverify.ensembles import Ensemble
from fpverify.experiments.census import Survey, count_piece, take_census
from fpverify.experiments.sweep import Work, sweep
from fpverify.numeric.bootstrap import RESAMPLES, Estimate, mean_interval, proportion_interval

SEED = 0

# ---------------------------------------------------------------------------------- normal weights

_WIDTH = 400
_DEPTHS = (1, 2, 4)


@dataclass(frozen=True, kw_only=True)
class _Gaussian:
    """
    A row of the table: networks with normal weights.

    Fields:
        activation, gain, bias: of the networks.
        square: |x|^2 / N of the input.
        gate: the largest Kolmogorov distance that counts as agreement. Samples of four networks scatter around the limit
            by up to 0.01; by up to 0.02 where the variance of a layer of this width differs much between networks.
    """

    activation: str
    gain: float
    bias: float
    square: float = 0.25
    gate: float = 0.01

    def items(self, networks: int) -> list[dict[str, Any]]:
        fields = {"activation": self.activation, "gain": self.gain, "bias": self.bias, "square": self.square}
        return [{**fields, "depth": L, "width": _WIDTH, "networks": networks, "seed": SEED} for L in _DEPTHS]

    @property
    def words(self) -> str:
        return f"{self.activation}, {self.gain:.4g}, {self.bias:.3g}"


_ROWS = (
    _Gaussian(activation="tanh", gain=1.0, bias=0.1),
    _Gaussian(activation="identity", gain=1.0, bias=0.0),
    _Gaussian(activation="sigmoid", gain=1.0, bias=0.5, square=0.3),
    _Gaussian(activation="tanh", gain=1.5, bias=0.3),
    _Gaussian(activation="erf", gain=0.6 * sqrt(pi), bias=0.05 * sqrt(pi)),
    _Gaussian(activation="sigmoid", gain=4.0, bias=1.0, square=0.3, gate=0.025),
    _Gaussian(activation="hardtanh", gain=1.0, bias=0.05, gate=0.025),
)
"""The quick profile takes the first three."""


def measure_gaussian_density(plan: Plan) -> Finding:
    """
    Measure how far pooled sampled spectra are from the law of the functional equation.

    EMPIRICAL if every Kolmogorov distance is below the gate of its row and Newton's method converged everywhere; else NOT
    REPRODUCED.
    """
    from fpverify.experiments.jacobian_sampling import gaussian_piece

    rows, networks = (_ROWS[:3], 8) if plan.is_quick else (_ROWS, 16)
    pieces = _swept(gaussian_piece, [item for row in rows for item in row.items(networks)], plan, "spectra")
    table = [(row, depth) for row in rows for depth in _DEPTHS]
    agrees = all(piece["distance"] < row.gate for (row, _), piece in zip(table, pieces, strict=True))
    agrees = agrees and not any(piece["unconverged"] for piece in pieces)
    return Finding(
        evidence=Evidence.EMPIRICAL if agrees else Evidence.NOT_REPRODUCED,
        sentence=_gaussian_sentence(table, pieces),
        regime=f"untrained networks, N = {_WIDTH}, normal weights of variance gain²/N and normal biases, L = 1, 2, 4; "
        "one input of fixed norm and random direction for each network",
        samples=f"{networks} networks for each row, {networks * _WIDTH} squared singular values pooled",
        seed=SEED,
        left_out=""
        if rows is _ROWS
        else f"{len(_ROWS) - len(rows)} of {len(_ROWS)} settings; 16 instead of 8 networks",
        columns=("activation, gain, bias", "L", "distance", "gate", "mass above 1: law, sampled", "mass not found"),
        rows=[_gaussian_row(row, depth, piece) for (row, depth), piece in zip(table, pieces, strict=True)],
        data={
            "panels": [
                {"setting": row.words, "depth": depth, **piece}
                for (row, depth), piece in zip(table, pieces, strict=True)
            ]
        },
    )


def _gaussian_row(row: _Gaussian, depth: int, piece: Mapping[str, Any]) -> tuple[str, ...]:
    masses = f"{piece['above']:.4f}, {piece['above_sampled']:.4f}"
    return (
        row.words,
        str(depth),
        f"{piece['distance']:.4f}",
        f"{row.gate}",
        masses,
        f"{round(piece['missing'], 4) + 0.0:.4f}",
    )


def _gaussian_sentence(table: Sequence[tuple[_Gaussian, int]], pieces: Sequence[Mapping[str, Any]]) -> str:
    distances = [piece["distance"] for piece in pieces]
    worst = int(np.argmax([d / row.gate for d, (row, _) in zip(distances, table, strict=True)]))
    (row, depth), over = table[worst], sum(d >= r.gate for d, (r, _) in zip(distances, table, strict=True))
    verdict = "all below their gates" if not over else f"{over} of {len(distances)} not below their gates"
    failed = sum(piece["unconverged"] for piece in pieces)
    return (
        f"The Kolmogorov distances between the law of the functional equation and sampled spectra are {min(distances):.4f} "
        f"to {max(distances):.4f}, {verdict}; nearest to its gate is {row.words} at L = {depth}, {distances[worst]:.4f} "
        f"against {row.gate}. Newton's method failed at {failed or 'none'} of the points."
    )


# ---------------------------------------------------------------------------------- Cauchy weights

_CAUCHY_GATE = 0.01
"""The largest difference that counts as agreement; the densities go up to 0.16."""

_CAUCHY = (
    ("tanh", 1.0, 1.0, (1, 2, 4)),
    ("tanh", 0.5, 0.3, (1, 2)),
    ("identity", 0.5, 0.0, (1,)),
)
"""Activation, gain, scale of the Cauchy biases, depths; the quick profile takes the first."""


def measure_cauchy_density(plan: Plan) -> Finding:
    """
    Measure how far sampled spectra with Cauchy weights are from the distributional equations, both smoothed, at nine points.

    EMPIRICAL if every difference of the densities of log lambda is below `_CAUCHY_GATE`; else NOT REPRODUCED.
    """
    from fpverify.experiments.jacobian_sampling import cauchy_piece

    settings, networks, effort = (_CAUCHY[:1], 8, (1000, 60)) if plan.is_quick else (_CAUCHY, 24, (2500, 120))
    items = _cauchy_items(settings, networks, *effort)
    pieces = _swept(cauchy_piece, items, plan, "spectra")
    agrees = all(piece["largest"] < _CAUCHY_GATE for piece in pieces)
    rows = [_cauchy_row(item, piece) for item, piece in zip(items, pieces, strict=True)]
    return Finding(
        evidence=Evidence.EMPIRICAL if agrees else Evidence.NOT_REPRODUCED,
        sentence=_cauchy_sentence(items, pieces),
        regime=f"untrained networks, N = {_WIDTH}, weights gain C/N and biases b C, C standard Cauchy; one input uniform "
        "in [-1, 1]^N for each network",
        samples=f"{networks} networks for each row; populations of {effort[0]}, {effort[1]} sweeps; densities of log λ "
        "smoothed over 15 % of λ, at nine points from 0.001 to 30",
        seed=SEED,
        left_out=""
        if settings is _CAUCHY
        else "the settings tanh 0.5, 0.3 and identity 0.5, 0; 24 instead of 8 networks; larger populations",
        columns=("activation, gain, bias", "L", "largest difference", "gate", "its standard error"),
        rows=rows,
        data={"panels": [{**_of_item(item), **piece} for item, piece in zip(items, pieces, strict=True)]},
    )


def _cauchy_items(
    settings: Sequence[tuple[str, float, float, tuple[int, ...]]], networks: int, population: int, sweeps: int
) -> list[dict[str, Any]]:
    effort = {"width": _WIDTH, "networks": networks, "population": population, "sweeps": sweeps, "seed": SEED}
    return [
        {"activation": activation, "gain": gain, "bias": bias, "depth": depth, **effort}
        for activation, gain, bias, depths in settings
        for depth in depths
    ]


def _of_item(item: Mapping[str, Any]) -> dict[str, Any]:
    from fpverify.experiments.jacobian_sampling import PLACES

    words = f"{item['activation']}, {item['gain']:g}, {item['bias']:g}"
    return {"setting": words, "depth": item["depth"], "places": np.log10(PLACES).tolist()}


def _cauchy_row(item: Mapping[str, Any], piece: Mapping[str, Any]) -> tuple[str, ...]:
    differences = np.abs(np.array(piece["cavity"]) - piece["sampled"])
    error = piece["sampled_error"][int(differences.argmax())]
    words = f"{item['activation']}, {item['gain']:g}, {item['bias']:g}"
    return (words, str(item["depth"]), f"{piece['largest']:.4f}", f"{_CAUCHY_GATE}", f"{error:.4f}")


def _cauchy_sentence(items: Sequence[Mapping[str, Any]], pieces: Sequence[Mapping[str, Any]]) -> str:
    worst = int(np.argmax([piece["largest"] for piece in pieces]))
    item, piece = items[worst], pieces[worst]
    values = [value for each in pieces for value in each["sampled"]]
    verdict = "below" if piece["largest"] < _CAUCHY_GATE else "not below"
    return (
        f"Where the sampled densities of log λ are {min(values):.3f} to {max(values):.3f}, the distributional equations "
        f"differ from them by at most {piece['largest']:.4f} ({item['activation']}, gain {item['gain']:g}, "
        f"L = {item['depth']}), {verdict} the gate {_CAUCHY_GATE}."
    )


# ---------------------------------------------------------------------------------- what the spectrum predicts

_LAYERS = (1, 2, 4, 8, 16, 32, 64)
_THEORY_LAYERS = (1, 2, 3, 4, 6, 8)
_CERTAIN = 1e-3
"""The error that is allowed for in masses above 1 of the functional equation."""

_STARTS = 24
_NEARLY_ALL = 0.9


@dataclass(frozen=True, kw_only=True)
class _Series:
    """Networks with Cauchy weights over the depths: how many Jacobians, and how many networks are searched."""

    width: int
    gain: float
    bias: float
    networks: int
    searched: int

    @property
    def words(self) -> str:
        return f"tanh, Cauchy, N = {self.width}, gain {self.gain:g}, bias {self.bias:g}"

    def ensemble(self, depth: int) -> dict[str, Any]:
        cauchy = {"law": "cauchy", "bias_law": "cauchy", "gain": self.gain, "bias": self.bias}
        return {"activation": "tanh", "width": self.width, "depth": depth, "seed": SEED, **cauchy}


_QUICK_SERIES = (
    _Series(width=20, gain=3.0, bias=1.0, networks=100, searched=60),
    _Series(width=100, gain=1.0, bias=0.3, networks=24, searched=0),
)
_FULL_SERIES = (
    _Series(width=20, gain=3.0, bias=1.0, networks=200, searched=150),
    _Series(width=100, gain=1.0, bias=0.3, networks=60, searched=30),
    _Series(width=100, gain=0.15, bias=0.1, networks=60, searched=30),
)
_QUICK_THEORY = ((1.5, 0.1),)
_FULL_THEORY = ((1.0, 0.1), (1.5, 0.1), (2.0, 0.1))


def measure_prediction(plan: Plan) -> Finding:
    """
    Measure whether the mass of the squared singular values above 1 rises and falls with the depth.

    EMPIRICAL if it does so in some series, by the rule of `rises_and_falls`: the equations would then show the hump that is
    said of the number of fixed points; else NOT REPRODUCED. The logarithm of the norm, the spectral radius, and the depths
    at which N * mass falls below 1 and at which networks have one fixed point are reported beside it.
    """
    from fpverify.experiments.jacobian_sampling import amplification_piece, mass_piece

    sampled = _QUICK_SERIES if plan.is_quick else _FULL_SERIES
    gains = _QUICK_THEORY if plan.is_quick else _FULL_THEORY
    items = [{"ensemble": one.ensemble(L), "networks": one.networks} for one in sampled for L in _LAYERS]
    rows = _swept(amplification_piece, items, plan, "Jacobians")
    theory_items = [_theory_item(gain, bias, L) for gain, bias in gains for L in _THEORY_LAYERS]
    masses = _swept(mass_piece, theory_items, plan, "limiting laws")
    series = [
        _summary(one, rows[i * len(_LAYERS) : (i + 1) * len(_LAYERS)], _unique(one, plan))
        for i, one in enumerate(sampled)
    ]
    theory = [
        _law_summary(gain, bias, masses[i * len(_THEORY_LAYERS) : (i + 1) * len(_THEORY_LAYERS)])
        for i, (gain, bias) in enumerate(gains)
    ]
    humps = [one["setting"] for one in (*series, *theory) if one["rises_and_falls"]]
    return Finding(
        evidence=Evidence.EMPIRICAL if humps else Evidence.NOT_REPRODUCED,
        sentence=_prediction_sentence(series, theory, humps),
        regime="untrained tanh networks with weights gain C/N and biases b C, C standard Cauchy, at a random input; and the "
        "limiting laws for normal weights at an input with |x|²/N = 1/3",
        samples=_prediction_samples(sampled),
        seed=SEED,
        left_out=_prediction_left_out(sampled),
        columns=("networks", "L", "mass above 1", "N × mass", "median log₁₀ norm", "P(ρ > 1)", "one fixed point"),
        rows=[row for one in series for row in _prediction_rows(one)]
        + [row for one in theory for row in _law_rows(one)],
        data={"series": series, "theory": theory, "humps": humps},
    )


def rises_and_falls(estimates: Sequence[Estimate]) -> bool:
    """
    Return whether a later estimate lies above an earlier one, and a still later one below that, by disjoint intervals.

    Each interval has 95 % for itself; for numbers that are known to an error the interval is that error.
    """
    return any(
        peak.low > before.high and any(after.high < peak.low for after in estimates[j + 1 :])
        for j, peak in enumerate(estimates)
        for before in estimates[:j]
    )


def _summary(one: _Series, pieces: Sequence[Mapping[str, Any]], unique: Sequence[Estimate]) -> dict[str, Any]:
    """Return lists over the depths, and the depths at which the two falls happen; None where they do not."""
    masses = [mean_interval(piece["above"]) for piece in pieces]
    norms = [mean_interval(piece["log_norms"]) for piece in pieces]
    shares = [proportion_interval(sum(rho > 1 for rho in piece["radii"]), one.networks) for piece in pieces]
    return {
        "setting": one.words,
        "width": one.width,
        "depths": list(_LAYERS),
        "above": _parts(masses),
        "count": _parts([_times(one.width, mass) for mass in masses]),
        "log_norm": _parts(norms),
        "median_log_norm": [float(np.median(piece["log_norms"])) for piece in pieces],
        "amplifies": _parts(shares),
        "unique": _parts(unique),
        "rises_and_falls": rises_and_falls(masses),
        "norm_rises_and_falls": rises_and_falls(norms),
        "below_one_from": _from_then_on([one.width * mass.value < 1 for mass in masses]),
        "unique_from": _from_then_on([share.value >= _NEARLY_ALL for share in unique]),
    }


def _law_summary(gain: float, bias: float, masses: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    above = [mass["above"] for mass in masses]
    estimates = [Estimate(value=mass, low=mass - _CERTAIN, high=mass + _CERTAIN) for mass in above]
    return {
        "setting": f"tanh, normal, gain {gain:g}, bias {bias:g}, infinite width",
        "depths": list(_THEORY_LAYERS),
        "above": above,
        "mean": [mass["mean"] for mass in masses],
        "rises_and_falls": rises_and_falls(estimates),
    }


def _unique(one: _Series, plan: Plan) -> list[Estimate]:
    """Return for each depth the share of networks whose starts all ended in one fixed point; nothing if none is searched."""
    if not one.searched:
        return []
    surveys = {L: Survey(ensemble=Ensemble(**one.ensemble(L)), networks=one.searched, starts=_STARTS) for L in _LAYERS}
    found = take_census(surveys, lambda items: _swept(count_piece, items, plan, "searches"))
    return [found[L].unique for L in _LAYERS]


def _from_then_on(holds: Sequence[bool]) -> int | None:
    """Return the first depth of `_LAYERS` from which on it always holds."""
    first = None
    for depth, one in zip(_LAYERS, holds, strict=False):
        first = (first or depth) if one else None
    return first


def _times(factor: float, one: Estimate) -> Estimate:
    return Estimate(value=factor * one.value, low=factor * one.low, high=factor * one.high)


def _parts(estimates: Sequence[Estimate]) -> dict[str, list[float]]:
    return {part: [getattr(one, part) for one in estimates] for part in ("value", "low", "high")}


def _theory_item(gain: float, bias: float, depth: int) -> dict[str, Any]:
    return {"activation": "tanh", "gain": gain, "bias": bias, "depth": depth, "square": 1 / 3}


def _prediction_rows(one: Mapping[str, Any]) -> list[tuple[str, ...]]:
    unique = one["unique"]["value"] or [None] * len(one["depths"])
    columns = (one["above"]["value"], one["count"]["value"], one["median_log_norm"], one["amplifies"]["value"], unique)
    return [
        (
            one["setting"],
            str(depth),
            f"{mass:.4f}",
            f"{count:.2f}",
            f"{norm:.2f}",
            f"{share:.2f}",
            "" if alone is None else f"{alone:.2f}",
        )
        for depth, mass, count, norm, share, alone in zip(one["depths"], *columns, strict=True)
    ]


def _law_rows(one: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (one["setting"], str(depth), f"{mass:.4f}", "", "", "", "")
        for depth, mass in zip(one["depths"], one["above"], strict=True)
    ]


def _prediction_sentence(
    series: Sequence[Mapping[str, Any]], theory: Sequence[Mapping[str, Any]], humps: Sequence[str]
) -> str:
    total = len(series) + len(theory)
    words = (
        f"rises and falls in {len(humps)} of {total} series ({'; '.join(humps)})"
        if humps
        else (f"rises and falls in none of {total} series: it does not show the hump that is said of the fixed points")
    )
    norms = [one["setting"] for one in series if one["norm_rises_and_falls"]]
    norm_words = f"does so for {'; '.join(norms)}" if norms else "does so certainly in none"
    return (
        f"The mass of the squared singular values above 1 {words}. The logarithm of the norm {norm_words}. "
        + " ".join(_fall_words(one) for one in series)
        + " Two fixed points need the eigenvalue 1 of the Jacobian averaged between them; singular values above 1 on the "
        "way are necessary for that, and not sufficient."
    )


def _fall_words(one: Mapping[str, Any]) -> str:
    below, alone = one["below_one_from"], one["unique_from"]
    mass = f"N × mass is below 1 from L = {below} on" if below else "N × mass is not below 1 at the greatest depth"
    if not one["unique"]["value"]:
        return f"For {one['setting']}, {mass}."
    fixed = f"from L = {alone} on" if alone else "at none of the depths"
    return f"For {one['setting']}, {mass}, and {_NEARLY_ALL:.0%} of the networks have one fixed point found {fixed}."


def _prediction_samples(sampled: Sequence[_Series]) -> str:
    counts = "; ".join(
        f"{one.words}: {one.networks} Jacobians for each depth, {one.searched or 'no'} networks searched"
        for one in sampled
    )
    return (
        f"{counts}; {_STARTS} uniform starts, T = 250 and as many again for what has not settled; 95 % intervals: "
        f"bootstrap over the networks, {RESAMPLES} resamplings, for means; Wilson for shares"
    )


def _prediction_left_out(sampled: Sequence[_Series]) -> str:
    if sampled is _FULL_SERIES:
        return ""
    return (
        "200 and 60 instead of 100 and 24 networks; the series N = 100, gain 0.15; searches for N = 100; the limiting laws "
        "for gain 1 and 2"
    )


# ---------------------------------------------------------------------------------- common


def _swept(work: Work, items: Sequence[Mapping[str, Any]], plan: Plan, words: str) -> list[dict[str, Any]]:
    return sweep(
        work,
        items,
        folder=plan.folder,
        workers=plan.workers,
        progress=lambda done, total, _: plan.progress(done, total, words),
    )
