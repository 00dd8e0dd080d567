"""Exact counts of small networks: against a count by signs, what a contradiction does, and the numbers of a finding."""

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from math import tanh
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify._finding import Evidence, Plan
from fpverify._found import FixedPoint
from fpverify.ensembles import Ensemble
from fpverify.experiments import counting
from fpverify.experiments.counting import Counts, Setting
from fpverify.kernel.errors import MisuseError, SoundnessError

LINE = Ensemble(activation="tanh", width=1, depth=1, law="normal", gain=3.0, bias=0.3, seed=5, bits=24)
PLANE = Ensemble(
    activation="tanh", width=2, depth=2, law="cauchy", gain=3.0, bias_law="cauchy", bias=0.3, seed=5, bits=24
)


@given(number=st.integers(0, 200))
def test_the_count_on_a_line_is_that_of_the_changes_of_sign(number: int) -> None:
    """One neuron: x - tanh(w x + b) changes its sign as often as there are fixed points, on a grid that is fine enough."""
    drawn = LINE.draw(number)
    w, b = float(drawn.weights[0][0, 0]), float(drawn.biases[0][0])
    signs = [x - tanh(w * x + b) > 0 for x in np.linspace(-1.001, 1.001, 4001)]
    changes = sum(left != right for left, right in pairwise(signs))
    result = counting.count(LINE, number, 1_000)
    assert result.success
    assert result.count == changes
    assert sum(point.index or 0 for point in result.points) == 1


def test_networks_of_two_layers_are_counted() -> None:
    """Every network of a small sample is, with an odd number of points, as the sum of the indices asks."""
    (item,) = Setting(ensemble=PLANE, networks=4, boxes=5_000).items()
    rows = counting.examine(json.loads(json.dumps(item)))["networks"]
    assert [row["proved"] for row in rows] == [True] * 4
    assert all(row["all"] % 2 == 1 and row["index"] and row["undecided"] == "0" for row in rows)
    assert all(row["found"] <= row["stable"] <= row["all"] for row in rows)


def test_a_search_that_is_cut_short_counts_nothing() -> None:
    """One box is too few: the row says so, with the share of the volume that is undecided."""
    hard = replace(PLANE, width=3, seed=11)
    (item,) = Setting(ensemble=hard, networks=3, boxes=1).items()
    rows = counting.examine(item)["networks"]
    left = [row for row in rows if not row["proved"]]
    assert left
    assert all(row["all"] is None and row["stable"] is None and row["undecided"] != "0" for row in left)


def point(*centre: float, index: int = 1) -> FixedPoint:
    return FixedPoint(
        lower=tuple(x - 1e-9 for x in centre), upper=tuple(x + 1e-9 for x in centre), stable=index == 1, index=index
    )


def test_what_contradicts_a_count() -> None:
    """A limit away from all points, and indices that do not sum to 1; not a limit that is as near as limits are known."""
    three = [point(-0.5, 0.0), point(0.0, 0.0, index=-1), point(0.5, 0.0)]
    counting.refuse_contradiction("it", three, np.array([[0.5, 1e-8], [-0.5, 0.0]]))
    with pytest.raises(SoundnessError, match="3 fixed points were proved to be all; a search found"):
        counting.refuse_contradiction("it", three, np.array([[0.5, 1e-3]]))
    with pytest.raises(SoundnessError, match="do not sum to 1"):
        counting.refuse_contradiction("it", three[:2], np.zeros((0, 2)))


def test_an_activation_without_bounds_is_refused() -> None:
    """All fixed points of a ReLU network lie in no box that is known."""
    with pytest.raises(MisuseError, match="not bounded"):
        counting.count(replace(PLANE, activation="relu"), 0, 10)


def counts(law: str, *stable: int | None, found: int = 1) -> Counts:
    ensemble = replace(PLANE, law=law, bias_law=law)
    rows = [_row(number, found) for number in stable]
    return Counts(setting=Setting(ensemble=ensemble, networks=len(rows), boxes=10), rows=rows)


def _row(stable: int | None, found: int) -> dict[str, Any]:
    known = {"proved": stable is not None, "stable": stable, "all": None if stable is None else 2 * stable - 1}
    return {**known, "index": True, "found": found, "boxes": 7, "undecided": "0" if known["proved"] else "1/4"}


def test_the_numbers_of_an_ensemble() -> None:
    """By hand: one network is not proved, and the search missed two of the points of the others."""
    one = counts("cauchy", 1, 3, None, 1)
    assert (len(one.proved), one.missed, one.undecided) == (3, 2, 1 / 16)
    mean = one.mean("all")
    assert mean is not None
    assert mean.value == pytest.approx(7 / 3)
    assert counts("cauchy", None).mean("all") is None


def test_the_verdict_rests_on_the_share_that_is_counted() -> None:
    """Forty of forty are more than nine of ten, four of four may be fewer; and each has to have the sum of the indices."""
    many = counts("cauchy", *[1] * 40)
    assert counting.conclude([many], quick=False).evidence is Evidence.EMPIRICAL
    assert counting.conclude([counts("cauchy", *[1] * 4)], quick=False).evidence is Evidence.NOT_REPRODUCED
    assert counting.conclude([many, counts("normal", *[None] * 8)], quick=False).evidence is Evidence.NOT_REPRODUCED
    without = Counts(setting=many.setting, rows=[*many.rows[1:], {**many.rows[0], "index": False}])
    assert counting.conclude([without], quick=False).evidence is Evidence.NOT_REPRODUCED


def test_where_nothing_is_proved() -> None:
    """The finding says so, in a table without numbers."""
    found = counting.conclude([counts("cauchy", None, None)], quick=True)
    assert found.rows[0][1:6] == ("0 of 2", "-", "-", "-", "-")
    assert found.sentence.startswith("All fixed points of 0 of 2 networks")


def test_a_finding_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small plan gives a finding that JSON holds, the same when it is taken up again."""
    settings = tuple(Setting(ensemble=one, networks=2, boxes=5_000) for one in (PLANE, replace(PLANE, law="normal")))
    monkeypatch.setattr(counting, "_QUICK", settings)
    found = counting.measure_counts(Plan(folder=tmp_path))
    assert counting.measure_counts(Plan(folder=tmp_path)) == found
    data: Mapping[str, Any] = json.loads(json.dumps(found.data, allow_nan=False))
    assert data == found.data
    assert all(len(row) == len(found.columns) for row in found.rows)
    assert found.left_out
    assert "PROVED" not in found.sentence
