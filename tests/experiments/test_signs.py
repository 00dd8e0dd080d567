"""Sign networks: the exact moments against independent computations, and findings, of which a wrong one is refused."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify._finding import Evidence, Finding, Plan
from fpverify.ensembles import Ensemble
from fpverify.ensembles.ensemble import Parameters
from fpverify.experiments import signs
from fpverify.experiments.signs import Cell, Grid, conclude, count_fixed_points, enumerated, expected_pairs, flips
from fpverify.kernel.errors import MisuseError

SIZES = ((2, 1), (2, 2), (2, 3), (3, 1), (3, 2))


@pytest.mark.parametrize("size", SIZES)
def test_all_networks_of_a_finite_ensemble_have_one_fixed_point_on_average(size: tuple[int, int]) -> None:
    """Theorem 1, with whole numbers: equal, not nearly so."""
    every = enumerated(*size)
    width, depth = size
    assert every.networks == 2 ** (width * (width + 1) * depth)
    assert every.mean == 1


@pytest.mark.parametrize("size", SIZES)
def test_their_second_moment_is_the_trace(size: tuple[int, int]) -> None:
    """Theorem 2, with whole numbers."""
    every = enumerated(*size)
    assert isinstance(expected_pairs(every.flips, size[1]), Fraction)
    assert every.pairs == expected_pairs(every.flips, size[1])


def test_without_symmetry_the_mean_is_another() -> None:
    """With weights 1 alone: N = 3 is a vote, which leaves the two unanimous states where they are, and no other."""
    vote = enumerated(3, 1, weights=(1,))
    assert (vote.networks, vote.mean, vote.pairs) == (16 // 2, 2, 2)
    assert enumerated(2, 2, weights=(1,)).mean == Fraction(9, 4)


def test_the_enumeration_agrees_with_counting_network_by_network() -> None:
    """N = 2, L = 1: each of the 64 networks by itself."""
    counts = []
    for code in range(64):
        bits = [1.0 if code >> i & 1 else -1.0 for i in range(6)]
        one = Parameters(weights=[np.array(bits[:4]).reshape(2, 2)], biases=[np.array(bits[4:]) / 2])
        counts.append(count_fixed_points(one))
    every = enumerated(2, 1)
    assert Fraction(sum(counts), 64) == every.mean
    assert Fraction(sum(count * (count - 1) for count in counts), 64) == every.pairs


def test_too_many_networks_are_refused() -> None:
    with pytest.raises(MisuseError, match="write a smaller one"):
        enumerated(3, 3)


@pytest.mark.parametrize("ratio", ["0.001", "0.1", "0.95", "1", "1.05", "3", "500"])
def test_the_ratio_of_cauchy_variables_by_its_integral(ratio: str) -> None:
    """An independent oracle: the density integrated by mpmath at 30 digits."""
    with mpmath.workdps(30):
        places = [0, *(x for x in (mpmath.mpf("0.5"), 1, 2, 50) if x < mpmath.mpf(ratio)), mpmath.mpf(ratio)]
        density = lambda r: 4 / mpmath.pi**2 * (mpmath.log(r) / (r * r - 1) if r != 1 else mpmath.mpf(1) / 2)  # noqa: E731
        expected = float(mpmath.quad(density, places))
    assert signs._below(float(ratio)) == pytest.approx(expected, abs=2e-15)


@pytest.mark.parametrize("law", signs.LAWS)
def test_neurons_tell_states_apart_as_often_as_sampled(law: str) -> None:
    """Within 4.5 standard errors for each distance, from 40,000 drawn neurons."""
    width, bias, number = 5, 0.5, 40_000
    rng = np.random.default_rng(3)
    draw = rng.standard_normal if law == "normal" else rng.standard_cauchy
    weights, biases = draw((number, width)), bias * draw(number)
    for d, p in enumerate(flips(law, width, bias)):
        other = np.ones(width)
        other[:d] = -1
        apart = np.mean((weights.sum(axis=1) + biases > 0) != (weights @ other + biases > 0))
        assert abs(apart - p) <= 4.5 * np.sqrt(p * (1 - p) / number)


@given(st.sampled_from(signs.LAWS), st.integers(1, 12), st.floats(0, 20))
def test_farther_states_are_told_apart_more_often(law: str, width: int, bias: float) -> None:
    """So that by theorem 2 the second moment does not increase with the depth; both up to rounding."""
    told_apart = flips(law, width, bias)
    assert told_apart[0] == 0
    assert all(0 <= near <= far + 1e-15 <= 1 + 1e-15 for near, far in pairwise(told_apart))
    moments = [expected_pairs(told_apart, depth) for depth in (1, 2, 3, 5, 9)]
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(moments))
    assert moments[-1] >= -1e-12


@pytest.mark.parametrize("law", signs.LAWS)
def test_in_deep_networks_the_second_moment_vanishes_with_biases_only(law: str) -> None:
    """Without biases f is odd: fixed points come in pairs, p_N = 1, and E[Q(Q-1)] tends to 1 and not to 0."""
    assert expected_pairs(flips(law, 4, 1.0), 400) == pytest.approx(0, abs=1e-9)
    assert flips(law, 4, 0.0)[-1] == 1
    assert expected_pairs(flips(law, 4, 0.0), 400) == pytest.approx(1, abs=1e-9)


def test_misuse_is_refused() -> None:
    with pytest.raises(MisuseError, match="normal, cauchy"):
        flips("uniform", 4, 0.5)
    with pytest.raises(MisuseError, match="at least 1"):
        expected_pairs([0.0, 0.5], 0)
    with pytest.raises(MisuseError, match="equal states"):
        expected_pairs([0.1, 0.5], 1)
    with pytest.raises(MisuseError, match="at most 12"):
        count_fixed_points(Parameters(weights=[np.eye(13)], biases=[np.ones(13)]))


def test_fixed_points_are_counted_among_all_states() -> None:
    """The identity fixes all 8 states, its negative none; two layers of the negative fix all again."""
    one = Parameters(weights=[np.eye(3)], biases=[np.zeros(3)])
    turn = Parameters(weights=[-np.eye(3)], biases=[np.zeros(3)])
    back = Parameters(weights=[-np.eye(3)] * 2, biases=[np.zeros(3)] * 2)
    constant = Parameters(weights=[np.eye(3)], biases=[np.full(3, 2.0)])
    assert [count_fixed_points(case) for case in (one, turn, back, constant)] == [8, 0, 8, 1]


def test_a_count_is_that_of_applying_the_network() -> None:
    """State by state, without the tables."""
    drawn = Ensemble(activation="sign", width=6, depth=3, law="cauchy", gain=1.0, power=0.0, bias=0.5, seed=4).draw(2)
    states = np.array(np.meshgrid(*[[-1.0, 1.0]] * 6)).reshape(6, -1).T
    moved = states
    for weight, bias in zip(drawn.weights, drawn.biases, strict=True):
        moved = np.sign(moved @ weight.T + bias)
    assert count_fixed_points(drawn) == int((moved == states).all(axis=1).sum())


def small(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Finding:
    monkeypatch.setattr(signs, "QUICK", Grid(widths=(5,), depths=(1, 6), networks=150))
    return signs.measure_signs(Plan(folder=folder))


def test_a_finding_end_to_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same twice, the second time from the pieces that are kept; it says what is a theorem, and proves nothing."""
    finding = small(monkeypatch, tmp_path)
    assert finding == small(monkeypatch, tmp_path)
    assert finding.evidence is Evidence.EMPIRICAL
    assert "docs/random-networks.md" in finding.sentence
    assert "PROVED" not in finding.sentence
    assert [series["law"] for series in finding.data["series"]] == list(signs.LAWS)
    assert all(series["depths"] == [1, 6] for series in finding.data["series"])
    assert len(finding.rows) == 4
    assert all(len(row) == len(finding.columns) for row in finding.rows)


FAIR = Cell(law="normal", width=4, depth=1, counts=[0, 1, 2, 1] * 100, exact=0.5)


@pytest.mark.parametrize(
    ("cell", "evidence"),
    [
        (FAIR, Evidence.EMPIRICAL),
        (replace(FAIR, counts=[1, 2, 1, 1] * 100), Evidence.NOT_REPRODUCED),
        (replace(FAIR, exact=0.8), Evidence.NOT_REPRODUCED),
        (replace(FAIR, counts=[1] * 400, exact=0.5), Evidence.NOT_REPRODUCED),
        (replace(FAIR, counts=[1] * 400, exact=0.0), Evidence.EMPIRICAL),
    ],
    ids=["fair", "mean too large", "another second moment", "no spread", "none expected"],
)
def test_the_evidence_follows_from_the_counts(cell: Cell, evidence: Evidence) -> None:
    assert conclude([cell], {(2, 1): enumerated(2, 1)}, quick=True).evidence is evidence


def test_an_enumeration_that_fails_is_said() -> None:
    """Were all networks not to have the mean 1, the finding would not say otherwise."""
    finding = conclude([FAIR], {(3, 1): enumerated(3, 1, weights=(1,))}, quick=True)
    assert finding.evidence is Evidence.NOT_REPRODUCED
    assert "do NOT have" in finding.sentence
