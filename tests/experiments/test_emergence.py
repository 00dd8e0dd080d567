"""Untrained networks by depth: the census of a small ensemble, what decides the verdicts, and findings end to end."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fpverify._finding import Evidence, Finding, Plan
from fpverify.ensembles import Ensemble
from fpverify.experiments import emergence
from fpverify.experiments.census import Census, Survey, count_piece, take_census
from fpverify.numeric.bootstrap import Estimate

MEASURES = [emergence.measure_untrained, emergence.measure_tied, emergence.measure_starts]

ROWS = [
    {"basins": [4, 6], "cycles": [], "not_converged": 0, "late": 1},
    {"basins": [10], "cycles": [], "not_converged": 0, "late": 0},
    {"basins": [], "cycles": [[2, 3], [5, 2]], "not_converged": 5, "late": 1},
    {"basins": [1, 1, 1, 2], "cycles": [], "not_converged": 5, "late": 0},
]


def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the experiments measure a few networks at two depths."""
    for name in ("_FREE_GRIDS", "_TIED_GRIDS"):
        grids = getattr(emergence, name)
        few = {key: replace(grid, depths=(2, 24), networks=8, starts=24) for key, grid in grids.items()}
        monkeypatch.setattr(emergence, name, few)


def test_the_numbers_of_a_census() -> None:
    """By hand, from four networks with ten starts each."""
    census = Census(rows=ROWS, starts=10)
    assert census.counts == [2, 1, 0, 4]
    assert (census.networks, census.most, census.mean.value, census.several.value) == (4, 4, 7 / 4, 1 / 2)
    assert (census.unique.value, census.attractors.value) == (1 / 4, 9 / 4)
    shares = (census.in_fixed_points.value, census.in_cycles.value, census.not_converged.value, census.elsewhere.value)
    assert shares == pytest.approx((25 / 40, 5 / 40, 10 / 40, 15 / 40))
    assert census.late == 2 / 40
    assert census.missed == pytest.approx(4 / 5 * 9 / 2 / 4)


def test_a_census_is_the_same_in_pieces() -> None:
    """A survey of more networks than one piece holds has each network once, and does not depend on the others."""
    ensemble = Ensemble(activation="tanh", width=4, depth=2, law="cauchy", gain=3.0, bias_law="cauchy", bias=1.0)
    many = Survey(ensemble=ensemble, networks=70, starts=6, steps=60)
    assert [(item["first"], item["last"]) for item in many.items()] == [(0, 30), (30, 60), (60, 70)]
    whole = take_census({2: many}, lambda items: [count_piece(json.loads(json.dumps(item))) for item in items])[2]
    few = take_census({2: replace(many, networks=7)}, lambda items: [count_piece(item) for item in items])[2]
    assert whole.networks == 70
    assert [row["basins"] for row in whole.rows[:7]] == [row["basins"] for row in few.rows]


def estimates(*ends: tuple[float, float]) -> list[Estimate]:
    return [Estimate(value=(low + high) / 2, low=low, high=high) for low, high in ends]


@pytest.mark.parametrize(
    ("ends", "seen"),
    [
        ([(0.5, 0.8), (1.2, 1.6), (0.9, 1.1)], True),
        ([(1.2, 1.6), (0.9, 1.1)], True),
        ([(0.5, 0.8), (0.9, 1.3), (1, 1)], False),
        ([(0.5, 0.8), (1, 1.3), (0.9, 0.95)], False),
        ([(0.5, 0.8), (1.2, 1.6), (1.2, 1.6)], False),
        ([(0.9, 1.1), (1.2, 1.6)], False),
        ([(1, 1)], False),
    ],
)
def test_a_rise_and_fall_is_seen_by_intervals_only(ends: list[tuple[float, float]], seen: bool) -> None:
    assert emergence.rises_and_falls(estimates(*ends)) is seen


@pytest.mark.parametrize("measure", MEASURES)
def test_a_finding_has_what_a_reader_needs(measure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Numbers for the figures in JSON, a row for each depth, samples and seed in words; a second run is the same."""
    small(monkeypatch)
    told = []
    finding: Finding = measure(Plan(folder=tmp_path, progress=lambda *now: told.append(now[:2])))
    assert finding.data["depths"] == [2, 24]
    assert json.loads(json.dumps(dict(finding.data))) == finding.data
    assert [row[0] for row in finding.rows] == ["2", "24"]
    assert all(len(row) == len(finding.columns) for row in finding.rows)
    assert "8 networks" in finding.samples
    assert "24 uniform starts" in finding.samples
    assert "PROVED" not in finding.sentence
    assert told[-1] == (2, 2)
    assert measure(Plan(folder=tmp_path)) == finding


def test_every_start_is_accounted_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Fixed points, cycles and neither sum to one at every depth."""
    small(monkeypatch)
    data = emergence.measure_starts(Plan(folder=tmp_path)).data
    parts = zip(*(data[name]["value"] for name in ("in_fixed_points", "in_cycles", "not_converged")), strict=True)
    assert [sum(part) for part in parts] == pytest.approx([1, 1])


def test_verdicts_follow_from_the_measured_intervals(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same code says EMPIRICAL of tied weights, where the mean falls from many, and not of free ones."""
    small(monkeypatch)
    free, tied = (measure(Plan(folder=tmp_path)) for measure in MEASURES[:2])
    assert max(free.data["mean"]["low"]) <= 1
    assert free.evidence is Evidence.NOT_REPRODUCED
    assert tied.data["mean"]["low"][0] > tied.data["mean"]["high"][-1]
    assert tied.evidence is Evidence.EMPIRICAL


def test_another_outcome_gives_another_verdict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the tied weights in the place of the free ones, the same measurement says EMPIRICAL."""
    small(monkeypatch)
    monkeypatch.setattr(emergence, "_FREE", emergence._TIED)
    finding = emergence.measure_untrained(Plan(folder=tmp_path))
    assert finding.evidence is Evidence.EMPIRICAL
    assert "lies above 1 at L = 2" in finding.sentence


def test_what_the_quick_profile_leaves_out_is_said() -> None:
    full = emergence._FREE_GRIDS[False]
    words = emergence._left_out(emergence._FREE_GRIDS[True], full)
    assert "6, 12, 24, 64" in words
    assert "150 instead of 60 networks" in words
    assert emergence._left_out(full, full) == ""
