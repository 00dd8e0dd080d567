"""The experiments on the Jacobian: their pieces on small networks, what is decided from the numbers, and the figures."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from fpverify._finding import Evidence, Finding, Plan, Profile
from fpverify.experiments import jacobian
from fpverify.experiments.jacobian import rises_and_falls
from fpverify.experiments.jacobian_sampling import amplification_piece, cauchy_piece, gaussian_piece, mass_piece
from fpverify.numeric.bootstrap import Estimate
from fpverify.report import Report
from fpverify.report.figures import FIGURES, render

GAUSSIAN = {"activation": "tanh", "gain": 1.0, "bias": 0.1, "square": 0.25, "depth": 2, "width": 150, "seed": 0}
CAUCHY = {"activation": "tanh", "gain": 1.0, "bias": 1.0, "depth": 1, "width": 150, "networks": 8, "seed": 0}
ENSEMBLE = {
    "activation": "tanh",
    "width": 20,
    "law": "cauchy",
    "bias_law": "cauchy",
    "gain": 3.0,
    "bias": 1.0,
    "seed": 0,
}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(folder=tmp_path)


def _estimates(*values: float, width: float = 0.1) -> list[Estimate]:
    return [Estimate(value=value, low=value - width, high=value + width) for value in values]


# ---------------------------------------------------------------------------------- pieces


def test_small_gaussian_networks_follow_the_law() -> None:
    piece = gaussian_piece({**GAUSSIAN, "networks": 8})
    assert piece["distance"] < 0.015
    assert piece["above"] == pytest.approx(piece["above_sampled"], abs=0.02)
    assert piece["mean"] == pytest.approx(piece["mean_sampled"], rel=0.05)
    assert piece["unconverged"] == 0
    assert json.loads(json.dumps(piece, allow_nan=False)) == piece


def test_small_cauchy_networks_follow_the_equations() -> None:
    piece = cauchy_piece({**CAUCHY, "population": 400, "sweeps": 30})
    assert piece["largest"] < 0.015
    assert max(piece["sampled"]) > 0.08
    assert all(error > 0 for error in piece["sampled_error"])
    assert json.loads(json.dumps(piece, allow_nan=False)) == piece


def test_deep_networks_amplify_less() -> None:
    shallow, deep = (amplification_piece({"ensemble": {**ENSEMBLE, "depth": L}, "networks": 10}) for L in (1, 32))
    assert len(shallow["above"]) == len(shallow["radii"]) == len(shallow["log_norms"]) == 10
    assert sum(shallow["above"]) > 10 * sum(deep["above"])
    assert max(deep["radii"]) < max(shallow["radii"])


def test_the_mass_above_one_falls_with_the_depth() -> None:
    """Also in the chaotic phase, where the first moment grows."""
    one, two = (
        mass_piece({**{k: GAUSSIAN[k] for k in ("activation", "square")}, "gain": 2.0, "bias": 0.1, "depth": L})
        for L in (1, 2)
    )
    assert two["above"] < one["above"]
    assert two["mean"] > one["mean"]


# ---------------------------------------------------------------------------------- decisions


@pytest.mark.parametrize(
    ("estimates", "seen"),
    [
        (_estimates(1, 2, 1), True),
        (_estimates(1, 1.5, 2, 1.5, 1), True),
        (_estimates(3, 2, 1), False),
        (_estimates(1, 2, 3), False),
        (_estimates(3, 1, 2), False),
        (_estimates(1, 1.15, 1), False),
        (_estimates(1, 2, 1, width=0.6), False),
        (_estimates(1), False),
    ],
)
def test_a_rise_and_a_fall_need_disjoint_intervals(estimates: list[Estimate], seen: bool) -> None:
    assert rises_and_falls(estimates) is seen


Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def _answering(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    """Let the pieces be what *answer* says of their items."""
    monkeypatch.setattr(jacobian, "_swept", lambda work, items, plan, words: [answer(item) for item in items])


def _gaussian(distance: float = 0.004, unconverged: int = 0) -> Mapping[str, Any]:
    curves = {"line": [[-1.0, 0.0, 0.5], [0.1, 0.4, 0.0]], "histogram": [[-1.0, 0.0, 0.5], [0.2, 0.3]]}
    masses = {"above": 0.2, "above_sampled": 0.19, "mean": 1.0, "mean_sampled": 1.0, "missing": -1e-6, "atom": 0.0}
    return {"distance": distance, "unconverged": unconverged, **masses, **curves}


@pytest.mark.parametrize(
    ("piece", "evidence"),
    [
        (_gaussian(), Evidence.EMPIRICAL),
        (_gaussian(distance=0.0099), Evidence.EMPIRICAL),
        (_gaussian(distance=0.01), Evidence.NOT_REPRODUCED),
        (_gaussian(unconverged=1), Evidence.NOT_REPRODUCED),
    ],
)
def test_one_distance_at_its_gate_decides(
    piece: Mapping[str, Any], evidence: Evidence, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All other settings agree."""
    bad = ("sigmoid", 4)
    _answering(monkeypatch, lambda item: piece if (item["activation"], item["depth"]) == bad else _gaussian())
    finding = jacobian.measure_gaussian_density(plan)
    assert finding.evidence is evidence
    assert len(finding.rows) == 9
    assert finding.rows[0][-1] == "0.0000"
    assert finding.left_out


def _cauchy(largest: float) -> Mapping[str, Any]:
    line = [[-4.0, 0.0, 2.0], [0.1, 0.3, 0.1]]
    cavity, sampled = [0.1] * 9, [0.1 + largest] + [0.1] * 8
    return {"cavity": cavity, "sampled": sampled, "sampled_error": [0.002] * 9, "largest": largest, "line": line}


@pytest.mark.parametrize(("largest", "evidence"), [(0.0099, Evidence.EMPIRICAL), (0.01, Evidence.NOT_REPRODUCED)])
def test_the_largest_difference_decides(
    largest: float, evidence: Evidence, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answering(monkeypatch, lambda item: _cauchy(largest if item["depth"] == 4 else 0.001))
    finding = jacobian.measure_cauchy_density(plan)
    assert finding.evidence is evidence
    assert "L = 4" in finding.sentence


def _amplified(above: Mapping[int, float]) -> Answer:
    """All pieces of the prediction: the share above 1 of the sampled networks by depth; the limits fall."""

    def answer(item: Mapping[str, Any]) -> Mapping[str, Any]:
        if "first" in item:
            networks = range(item["first"], item["last"])
            row = {"basins": [item["starts"]], "cycles": [], "not_converged": 0, "late": 0}
            return {"networks": [row for _ in networks]}
        if "ensemble" not in item:
            return {"above": 1 / item["depth"], "mean": 1.0, "unconverged": 0}
        depth, count = item["ensemble"]["depth"], item["networks"]
        return {"above": [above[depth]] * count, "log_norms": [-depth / 8] * count, "radii": [2 / depth] * count}

    return answer


FALLING: Sequence[float] = (0.4, 0.2, 0.1, 0.04, 0.02, 0.01, 0.0)
HUMP: Sequence[float] = (0.1, 0.2, 0.4, 0.2, 0.1, 0.01, 0.0)


@pytest.mark.parametrize(("shares", "evidence"), [(FALLING, Evidence.NOT_REPRODUCED), (HUMP, Evidence.EMPIRICAL)])
def test_a_hump_of_the_mass_decides(
    shares: Sequence[float], evidence: Evidence, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The masses decide: of falling ones nothing is reproduced, and a hump would be reported as one."""
    _answering(monkeypatch, _amplified(dict(zip(jacobian._LAYERS, shares, strict=True))))
    finding = jacobian.measure_prediction(plan)
    assert finding.evidence is evidence
    assert ("none of 3 series" in finding.sentence) == (evidence is Evidence.NOT_REPRODUCED)
    first = finding.data["series"][0]
    assert first["below_one_from"] == (8 if shares is FALLING else 32)
    assert first["unique_from"] == 1
    assert finding.data["series"][1]["unique_from"] is None
    json.dumps(dict(finding.data), allow_nan=False)


def test_the_full_profile_leaves_nothing_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(folder=tmp_path, profile=Profile.FULL)
    _answering(monkeypatch, lambda item: _gaussian())
    assert jacobian.measure_gaussian_density(plan).left_out == ""
    _answering(monkeypatch, lambda item: _cauchy(0.001))
    assert jacobian.measure_cauchy_density(plan).left_out == ""
    _answering(monkeypatch, _amplified(dict(zip(jacobian._LAYERS, FALLING, strict=True))))
    assert jacobian.measure_prediction(plan).left_out == ""


# ---------------------------------------------------------------------------------- figures


@pytest.fixture
def findings(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], Finding]:
    _answering(monkeypatch, lambda item: _gaussian())
    found = {("bs-4", "density of Gaussian networks"): jacobian.measure_gaussian_density(plan)}
    _answering(monkeypatch, lambda item: _cauchy(0.001))
    found["bs-4", "density of Cauchy networks"] = jacobian.measure_cauchy_density(plan)
    _answering(monkeypatch, _amplified(dict(zip(jacobian._LAYERS, FALLING, strict=True))))
    found["bs-4", "what the spectrum predicts"] = jacobian.measure_prediction(plan)
    return found


@pytest.mark.parametrize("name", ["singular_values", "amplification"])
def test_the_figures_draw_what_was_measured(name: str, findings: dict[tuple[str, str], Finding]) -> None:
    """The same twice, small, and otherwise than if nothing was measured, which is no error."""
    empty = Report(theorems={}, entries=(), steps={})
    report = Report(theorems={}, entries=(), steps={}, findings=findings)
    drawing, again, nothing = (render(FIGURES[name], one) for one in (report, report, empty))
    assert drawing.inline == again.inline != nothing.inline
    assert len(drawing.inline.encode()) < 400_000
    assert "certif" in FIGURES[name].caption
    assert "floating point" in FIGURES[name].caption
