"""Cauchy networks of moderate gain: the verdict is about those that seem to have one fixed point."""

from pathlib import Path

import pytest

import fpverify as fp
from fpverify.ensembles import Ensemble
from fpverify.experiments import moderate
from fpverify.experiments.moderate import Grid, conclude, measure_moderate
from fpverify.experiments.regime import Cell

GRID = Grid(laws=(("tanh", 0.1, 1.0),), shapes=((6, 1),), networks=10, starts=8)


def cell(unique: list[bool], methods: list[str]) -> Cell:
    (ensemble,) = GRID.ensembles()
    return Cell(ensemble=ensemble, unique=unique, methods=methods)


def test_only_networks_that_seem_to_have_one_count() -> None:
    """Nineteen of twenty are enough, and nine of ten are not; those with several do not count."""
    good = cell([True] * 20 + [False] * 5, ["contraction"] * 18 + ["norms", ""] + [""] * 5)
    finding = conclude([good], GRID, quick=False)
    assert finding.evidence is fp.Evidence.EMPIRICAL
    assert "Of 25 networks 20 seemed" in finding.sentence
    assert finding.rows[0][3:] == ("1", "18", "0")
    assert conclude([cell([True] * 10, ["norms"] * 9 + [""])], GRID, quick=True).evidence is fp.Evidence.NOT_REPRODUCED
    assert conclude([cell([False] * 3, [""] * 3)], GRID, quick=True).evidence is fp.Evidence.NOT_REPRODUCED


def test_small_networks_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moderate, "_QUICK", GRID)
    finding = measure_moderate(fp.Plan(folder=tmp_path))
    assert len(finding.rows) == 1
    assert finding.left_out
    assert isinstance(GRID.ensembles()[0], Ensemble)
