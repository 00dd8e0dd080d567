"""Intervals and what was not seen: known values, coverage, order of the ends, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import fpverify as fp
from fpverify.numeric.bootstrap import mean_interval, proportion_interval
from fpverify.numeric.unseen import unseen


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40))
def test_the_mean_lies_in_its_interval(values: list[int]) -> None:
    found = mean_interval(values)
    assert min(values) <= found.low <= found.value <= found.high <= max(values)
    assert math.isclose(found.value, sum(values) / len(values), abs_tol=1e-12)


def test_the_interval_of_a_mean_is_that_of_the_normal_law_for_many() -> None:
    """With 4,000 draws, within a tenth of mean ± 1.96 s/√n."""
    values = np.random.default_rng(0).normal(3, 2, 4000)
    found, half = mean_interval(values), 1.96 * values.std() / math.sqrt(4000)
    assert abs(found.low - (values.mean() - half)) < 0.1 * half
    assert abs(found.high - (values.mean() + half)) < 0.1 * half


def test_an_interval_repeats_itself_by_its_seed() -> None:
    values = [0.1, 1.3, 1.7, 2.2, 5.9, 0.4, 8.8]
    assert mean_interval(values) == mean_interval(values)
    assert mean_interval(values, seed=2) != mean_interval(values, seed=3)


def test_a_mean_is_covered_about_as_often_as_it_is_said() -> None:
    """Of 300 samples of 60 exponential numbers, between 88 % and 98 % have an interval with the true mean."""
    rng = np.random.default_rng(7)
    found = [mean_interval(rng.exponential(size=60), resamples=400) for _ in range(300)]
    assert 0.88 < sum(one.low <= 1 <= one.high for one in found) / 300 < 0.98


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_agrees_with_scipy(case: tuple[int, int]) -> None:
    successes, trials = case
    found = proportion_interval(successes, trials)
    theirs = stats.binomtest(successes, trials).proportion_ci(method="wilson")
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert math.isclose(found.low, theirs.low, abs_tol=1e-9)
    assert math.isclose(found.high, theirs.high, abs_tol=1e-9)


def test_a_proportion_of_all_has_a_width() -> None:
    """20 of 20 does not show that the share is 1."""
    assert proportion_interval(20, 20).low == pytest.approx(0.8389, abs=1e-4)


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf], [[1.0]]])
def test_values_without_a_mean_are_refused(values: list) -> None:
    with pytest.raises(fp.MisuseError):
        mean_interval(values)


@pytest.mark.parametrize("case", [(-1, 5), (6, 5), (0, 0)])
def test_what_is_no_proportion_is_refused(case: tuple[int, int]) -> None:
    with pytest.raises(fp.MisuseError):
        proportion_interval(*case)


# ---------------------------------------------------------------------------------- what was not seen


def test_chao_by_hand() -> None:
    """f1 = 4, f2 = 2, n = 20: 19/20 * 16/4 = 3.8; without pairs 4*3/2 * 17/18."""
    assert unseen([1] * 4 + [2] * 2 + [12]).classes == pytest.approx(3.8)
    assert unseen([1] * 4 + [14]).classes == pytest.approx(17 / 18 * 6)
    assert unseen([1] * 4 + [2] * 2 + [12]).mass == 4 / 20


@pytest.mark.parametrize("counts", [[], [7], [5, 9], [1, 8], [2, 2]])
def test_nothing_is_missed_where_nothing_is_rare(counts: list[int]) -> None:
    found = unseen(counts)
    assert (found.classes, found.low, found.high) == (0, 0, 0)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=30))
def test_the_ends_are_in_order(counts: list[int]) -> None:
    found = unseen(counts)
    assert 0 <= found.low <= found.classes <= found.high < math.inf
    assert 0 <= found.mass <= 1


def test_chao_finds_what_a_uniform_law_hides() -> None:
    """Of 200 equal classes, 300 draws miss about 44; the mean estimate of 100 samples within a tenth of it."""
    rng = np.random.default_rng(1)
    true, estimated = [], []
    for _ in range(100):
        counts = np.unique(rng.integers(0, 200, 300), return_counts=True)[1].tolist()
        true.append(200 - len(counts))
        estimated.append(unseen(counts).classes)
    assert np.mean(estimated) == pytest.approx(np.mean(true), rel=0.1)
