"""Beyond the line of the multipliers: which method proves what, what a contradiction does, and the numbers of a finding."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fpverify._finding import Evidence, Plan
from fpverify.ensembles import Ensemble
from fpverify.experiments import gap
from fpverify.experiments.gap import Cell, Part, Sample
from fpverify.kernel.errors import SoundnessError

NARROW = Ensemble(activation="tanh", width=3, depth=1, law="normal", gain=0.5, bias=0.3, seed=2, bits=24)


def items(ensemble: Ensemble, networks: int) -> dict[str, object]:
    part = Part(width=ensemble.width, depths=(1,), biases=(0.3,), factors=(1.06,), networks=networks, starts=8)
    return {
        **part.items()[0],
        "ensemble": {**part.items()[0]["ensemble"], "gain": ensemble.gain, "seed": ensemble.seed},
    }


def test_the_line() -> None:
    """It lies at the gain 1 / sqrt 2 for tanh, and at 4 / sqrt 2 for the sigmoid, whose slopes are at most 1/4."""
    assert gap.line("tanh") == pytest.approx(0.7071, abs=1e-4)
    assert gap.line("sigmoid") == pytest.approx(2.8284, abs=1e-4)


def test_the_ensembles_of_a_part() -> None:
    """Gains beyond the line, within the gap of each activation, and a seed of its own for each ensemble."""
    part = Part(width=4, depths=(1, 3), biases=(0.0, 1.0), factors=(1.06, 1.4, 2.5), networks=2)
    ensembles = part.ensembles()
    assert len(ensembles) == len({one.seed for one in ensembles}) == (2 + 3) * 2 * 2
    assert {one.gain for one in ensembles if one.activation == "tanh"} == {0.75, 0.99}
    assert all(one.gain > gap.line(one.activation) for one in ensembles)


def test_small_gains_need_equal_multipliers_only() -> None:
    """Far below the line, the first method does."""
    assert [gap.method_of(NARROW, k) for k in range(3)] == ["equal"] * 3


def test_what_is_counted_where_multipliers_fail() -> None:
    """At a large gain a narrow network has one or several, which counting tells; a wide one is left alone."""
    large = replace(NARROW, gain=4.0)
    methods = [gap.method_of(large, k) for k in range(6)]
    assert "several" in methods
    assert set(methods) <= {*gap.METHODS, "counted", "several"}
    assert gap.method_of(replace(large, width=12), 0) == ""


def test_proofs_beside_the_search() -> None:
    """No network that is proved to have one fixed point is seen with two, and one proved to have several is not unique."""
    row = gap.examine(json.loads(json.dumps(items(replace(NARROW, gain=1.2), 4))))
    assert len(row["unique"]) == len(row["methods"]) == 4
    assert all(method for method in row["methods"])


def test_a_contradiction_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A method that claimed uniqueness for a network with two attractors would be found out."""
    monkeypatch.setattr(gap, "method_of", lambda ensemble, number: "optimised")
    with pytest.raises(SoundnessError, match="was proved to have one fixed point"):
        gap.examine(items(replace(NARROW, gain=6.0), 12))


def cell(gain: float, *pairs: tuple[bool, str], width: int = 16) -> Cell:
    unique, methods = zip(*pairs, strict=True)
    return Cell(ensemble=replace(NARROW, gain=gain, width=width), unique=unique, methods=methods)


def test_the_numbers_of_a_sample() -> None:
    """By hand: five networks, of which one is open, and one that was not seen to be unique is proved to be."""
    mine = Sample(
        cells=[
            cell(0.75, (True, "equal"), (True, ""), (False, "counted")),
            cell(0.9, (False, ""), (False, "several")),
        ]
    )
    assert mine.by("equal").value == pytest.approx(1 / 5)
    assert mine.by("equal", "counted").value == pytest.approx(2 / 5)
    assert mine.unique.value == pytest.approx(2 / 5)
    assert mine.open == 1


@pytest.mark.parametrize(
    ("cells", "evidence", "words"),
    [
        ([cell(0.75, (True, "absorbing")), cell(0.9, (False, ""))], Evidence.EMPIRICAL, "none of those seen is open"),
        (
            [cell(0.75, (True, "optimised")), cell(0.9, (True, ""), (True, "")), cell(0.8, (True, ""))],
            Evidence.EMPIRICAL,
            "3 of those seen are open, at gains from 0.8 on",
        ),
        (
            [cell(0.75, (True, "optimised")), cell(0.75, (True, "equal"), (True, "counted"), width=4)],
            Evidence.NOT_REPRODUCED,
            "none of those seen is open",
        ),
    ],
)
def test_the_verdict(cells: Sequence[Cell], evidence: Evidence, words: str) -> None:
    """Better multipliers in each width; and what is seen and neither proved nor refuted is open, from some gain on."""
    found = gap.conclude(cells, gap._QUICK, quick=True)
    assert found.evidence is evidence
    assert words in found.sentence


def test_a_finding_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small plan gives a finding that JSON holds, the same when it is taken up again."""
    part = Part(width=3, depths=(1,), biases=(0.3,), factors=(1.06, 1.4), networks=2, starts=8)
    monkeypatch.setattr(gap, "_QUICK", (part,))
    found = gap.measure_gap(Plan(folder=tmp_path))
    assert gap.measure_gap(Plan(folder=tmp_path)) == found
    assert json.loads(json.dumps(found.data, allow_nan=False)) == found.data
    assert all(len(row) == len(found.columns) for row in found.rows)
    assert len(found.rows) == 4
    assert "PROVED" not in found.sentence
