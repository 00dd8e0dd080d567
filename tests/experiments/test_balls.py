"""Certified attractors: one network end to end, what a contradiction does, and the numbers of a finding."""

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fpverify._finding import Evidence, Plan
from fpverify.ensembles import Ensemble
from fpverify.experiments import balls
from fpverify.experiments.balls import Certified, Group, Orbits, Setting
from fpverify.kernel.errors import SoundnessError
from fpverify.kernel.norm import TwoNorm, unweighted
from fpverify.kernel.region import Ball
from fpverify.report.figures import FIGURES, render

TIED = Ensemble(
    activation="tanh",
    width=6,
    depth=2,
    law="cauchy",
    gain=1.0,
    bias_law="cauchy",
    bias=0.1,
    form="tied",
    seed=1,
    bits=24,
)


@pytest.fixture(scope="module")
def row() -> Mapping[str, Any]:
    """Return what is measured of one multistable network."""
    item = Setting(ensemble=TIED, networks=1, starts=24, classified=6, most=4).items()[0]
    return balls.examine(json.loads(json.dumps(item)))


def ball_of(centre: np.ndarray, radius: str) -> Ball:
    return Ball(
        centre=tuple(map(Fraction, centre.tolist())), radius=Fraction(radius), norm=unweighted(TwoNorm, len(centre))
    )


def test_the_fixed_points_of_a_network_are_certified(row: Mapping[str, Any]) -> None:
    """Each of them has a ball, they are proved to be different, and each start that converges is proved to."""
    assert row["found"] >= 2
    assert len(row["points"]) == row["distinct"] == min(4, row["found"])
    assert all(spectral < 1 and radius > 0 for spectral, radius in row["points"])
    assert 0 < row["classified"] <= row["converged"] <= row["starts"] == 6
    if row["found"] <= 4:
        assert row["classified"] == row["converged"]


def test_a_point_that_repels_is_not_certified() -> None:
    """0 is a fixed point of an odd network of a large gain, and does not attract: there is no ball, and nothing to add."""
    ensemble = Ensemble(activation="tanh", width=4, depth=1, law="normal", gain=4.0, seed=3, bits=24)
    found = balls.certify_limit(ensemble.network(0), np.zeros(4))
    assert found.spectral_radius > 1
    assert (found.radius, found.ball, found.obligation) == (None, None, None)
    assert balls.classify(ensemble.network(0), found, np.zeros((2, 4)), Orbits(ensemble, 0)) == 0
    assert balls.distinct([found]) == 0


def test_a_ball_that_is_not_attracted_contradicts_the_orbits() -> None:
    """A ball around one attractor that holds another, claimed to be attracted to the first, is refused loudly."""
    follow = Orbits(TIED, 0)
    limits = [limit for limit in follow.limits(TIED.starts(0, 24)) if limit is not None]
    other = next(limit for limit in limits if np.linalg.norm(limit - limits[0]) > 0.1)
    false = Certified(limit=limits[0], spectral_radius=0.5, ball=ball_of(limits[0], "8"), distance=Fraction(1, 1000))
    with pytest.raises(SoundnessError, match="was proved to be attracted"):
        balls.refuse_contradiction(false, np.array([limits[0], other]), follow)


def test_starts_in_a_wrong_ball_are_not_classified() -> None:
    """The kernel refuses that a start that ends in one attractor ends in another, however many steps are stated."""
    follow, network = Orbits(TIED, 0), TIED.network(0)
    starts = TIED.starts(0, 24)
    ends = follow.limits(starts)
    first = next(limit for limit in ends if limit is not None)
    away = [
        start for start, end in zip(starts, ends, strict=True) if end is not None and np.max(np.abs(end - first)) > 0.1
    ]
    certified = balls.certify_limit(network, first)
    assert certified.obligation is not None
    assert balls.classify(network, certified, np.array(away[:1]), follow) == 0


def test_places_that_overlap_are_not_distinct() -> None:
    """Two certified points whose places may be one count once; two whose places are apart count twice."""
    here, near, far = np.zeros(6), np.full(6, 1e-4), np.full(6, 0.5)
    points = [
        Certified(limit=x, spectral_radius=0.5, ball=ball_of(x, "1/8"), distance=Fraction(1, 1000))
        for x in (here, near, far)
    ]
    assert balls.distinct(points[:2]) == 1
    assert balls.distinct(points) == 2


def group(*points: tuple[float, float | None], distinct: int = 2) -> Group:
    row = {
        "found": 3,
        "points": [list(p) for p in points],
        "distinct": distinct,
        "starts": 10,
        "converged": 8,
        "classified": 6,
    }
    return Group(setting=Setting(ensemble=TIED, networks=2), rows=[row, {**row, "converged": 6}])


def test_the_numbers_of_a_group() -> None:
    """By hand, from two networks."""
    one = group((0.5, 0.25), (0.75, None), distinct=1)
    assert one.radii == [0.25, 0.25]
    assert (one.several, one.total("classified")) == (0, 12)
    assert one.share("converged").value == pytest.approx(0.7)
    assert balls.conclude([one], quick=False).evidence is Evidence.NOT_REPRODUCED
    assert balls.conclude([group((0.5, 0.25), (1.5, None))], quick=False).evidence is Evidence.EMPIRICAL
    found = balls.conclude([group((0.5, 0.25), (0.75, None))], quick=True)
    assert found.evidence is Evidence.NOT_REPRODUCED
    assert found.sentence.startswith("2 of 4 fixed points that iteration found (0.50 [")
    assert "Of 14 starts that converge in floating point, 12 are proved to." in found.sentence
    assert "PROVED" not in found.sentence
    assert found.left_out


def test_an_ensemble_in_which_nothing_converges() -> None:
    """No fixed points: no share, no median, and the figure says that there is nothing."""
    found = balls.conclude([group(distinct=0)], quick=False)
    assert found.evidence is Evidence.NOT_REPRODUCED
    assert found.rows[0][1:5] == ("0", "-", "-", "-")
    assert render(FIGURES["certified_balls"], _Report(found)).png[:4] == b"\x89PNG"


class _Report:
    def __init__(self, finding: Any) -> None:
        self._finding = finding

    def finding(self, theorem: str, observation: str) -> Any:
        assert (theorem, observation) == ("bs-3", "certified attractors")
        return self._finding


def test_a_finding_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small plan gives a finding that JSON holds, the same when it is taken up again, and it is drawn."""
    monkeypatch.setattr(balls, "_QUICK", (Setting(ensemble=TIED, networks=2, starts=12, classified=3, most=2),))
    found = balls.measure_balls(Plan(folder=tmp_path))
    assert balls.measure_balls(Plan(folder=tmp_path)) == found
    assert json.loads(json.dumps(found.data, allow_nan=False)) == found.data
    assert all(len(row) == len(found.columns) for row in found.rows)
    svg = render(FIGURES["certified_balls"], _Report(found)).svg
    assert "<svg" in svg
