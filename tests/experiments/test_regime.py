"""The regime map: bands between the lines, proofs beside what is seen, and verdicts that follow from the cells."""

from pathlib import Path
from typing import Any

import pytest

import fpverify as fp
from fpverify.ensembles import Ensemble
from fpverify.experiments import regime
from fpverify.experiments.regime import Cell, Grid, bands, conclude, examine


def ensemble(gain: float, bias: float = 0.3, activation: str = "tanh", depth: int = 1) -> Ensemble:
    return Ensemble(
        activation=activation,
        width=8,
        depth=depth,
        law="normal",
        gain=gain,
        bias=bias,
        seed=regime.SEED,
        bits=regime.BITS,
    )


def cell(gain: float, unique: list[bool], methods: list[str], **fields: Any) -> Cell:
    return Cell(ensemble=ensemble(gain, **fields), unique=unique, methods=methods)


GRID = Grid(biases=(0.3,), depths=(1,), width=8, networks=2, starts=10)
SIGMOID = [cell(gain, [True, True], ["norms", ""], activation="sigmoid") for gain in (1.0, 2.5, 4.0, 12.0)]


def test_the_bands_lie_between_the_lines() -> None:
    """1/2, 1/sqrt 2, and 1.38 for biases of scale 0.3, where chi = 1."""
    cells = [cell(gain, [True], [""]) for gain in (0.49, 0.5, 0.7, 0.71, 1.3, 1.4, 3.0)]
    gains = [[c.ensemble.gain for c in band.cells] for band in bands(cells)]
    assert gains == [[0.49], [0.5, 0.7], [0.71, 1.3], [1.4, 3.0]]


def test_every_gain_needs_every_network() -> None:
    """One network above chi = 1 without a fixed point that all starts reach is enough for NOT REPRODUCED."""
    ordered = [cell(gain, [True, True], ["norms", "multipliers"]) for gain in (0.4, 0.6, 0.8)]
    good, bad = cell(2.0, [True, True], ["", ""]), cell(2.0, [True, False], ["", ""])
    assert conclude([*ordered, good, *SIGMOID], GRID, quick=False).evidence is fp.Evidence.EMPIRICAL
    finding = conclude([*ordered, bad, *SIGMOID], GRID, quick=True)
    assert finding.evidence is fp.Evidence.NOT_REPRODUCED
    assert "chi >= 1: seen in 0.50 [0.09, 0.91] and proved for 0.00" in finding.sentence
    assert finding.left_out
    assert len(finding.rows) == 8
    assert all(len(row) == len(finding.columns) for row in finding.rows)
    assert finding.rows[1][4:] == ("1", "0", "1")


def test_a_cell_is_searched_and_proved() -> None:
    """tanh with gain 0.6 beyond the line of the norms: seen, and proved by multipliers."""
    item = regime._items(ensemble(0.6, bias=0.0), GRID)[0]
    found = examine(item)
    assert found["unique"] == [True, True]
    assert {*found["methods"]} <= {"norms", "contraction", "multipliers", "best multipliers"}
    assert examine(regime._items(ensemble(4.0, bias=0.0), GRID)[0])["methods"] == ["", ""]


def test_a_proof_that_the_search_contradicts_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two fixed points, or a cycle where convergence was proved; not one fixed point that is seen as two."""
    item = regime._items(ensemble(0.6, bias=0.0), GRID)[0]
    two = {"networks": [{"basins": [6, 4], "apart": 0.4, "cycles": []}] * 2}
    cycle = {"networks": [{"basins": [6], "apart": 0.0, "cycles": [[2, 4]]}] * 2}
    for found, method in ((two, "multipliers"), (two, "norms"), (cycle, "norms")):
        monkeypatch.setattr(regime, "count_piece", lambda _, found=found: found)
        monkeypatch.setattr(regime, "proved_unique", lambda _, method=method: method)
        with pytest.raises(fp.SoundnessError, match="was proved to have one fixed point"):
            examine(item)
    monkeypatch.setattr(regime, "proved_unique", lambda _: "multipliers")
    assert examine(item)["unique"] == [False, False]
    split = {"networks": [{"basins": [6, 4], "apart": 1e-5, "cycles": []}] * 2}
    monkeypatch.setattr(regime, "count_piece", lambda _: split)
    assert examine(item)["unique"] == [False, False]


def test_the_map_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small one: cells in the order of the items, with lines for the figure."""
    monkeypatch.setattr(regime, "_QUICK", Grid(biases=(0.0,), depths=(1,), width=4, networks=1, starts=6))
    monkeypatch.setattr(regime, "_GAINS", {"tanh": (0.3, 2.0), "sigmoid": (1.0, 12.0)})
    finding = regime.measure_regime(fp.Plan(folder=tmp_path))
    assert [c["gain"] for c in finding.data["cells"]] == [0.3, 2.0, 1.0, 12.0]
    assert finding.data["cells"][0]["proved"] == 1
    assert finding.data["lines"]["tanh"]["multipliers"] == pytest.approx(0.5**0.5)
