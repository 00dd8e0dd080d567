"""Laws of single weights: names, symmetry, scale and tail, and the stable law against the two that are known in form."""

import math

import numpy as np
import pytest
from scipy import stats

import fpverify as fp
from fpverify.ensembles import LAWS, law_named

NAMES = "normal cauchy uniform sign stable:0.5 stable:1 stable:1.5 stable:2 t:1 t:3 t:30".split()


def draws(name: str, count: int = 20_000) -> np.ndarray:
    return law_named(name).sample(np.random.default_rng(5), (count,))


@pytest.mark.parametrize("name", NAMES)
def test_draws_are_finite_symmetric_doubles(name: str) -> None:
    """The share of positive draws is 1/2 to within five standard errors."""
    values = draws(name)
    assert values.dtype == np.float64
    assert np.isfinite(values).all()
    assert abs(np.mean(values > 0) - 0.5) < 5 * 0.5 / math.sqrt(len(values))


@pytest.mark.parametrize("name", ["normal", "uniform", "sign"])
def test_light_laws_have_variance_one(name: str) -> None:
    assert abs(np.var(draws(name)) - 1) < 0.05
    assert law_named(name).index == 2


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("normal", stats.norm()),
        ("cauchy", stats.cauchy()),
        ("stable:1", stats.cauchy()),
        ("stable:2", stats.norm(scale=math.sqrt(2))),
        ("t:1", stats.cauchy()),
        ("t:3", stats.t(3)),
    ],
)
def test_distributions_that_are_known(name: str, known) -> None:
    """Kolmogorov's distance of 20,000 draws stays below 1.95/sqrt(n), which one sample in a thousand exceeds."""
    assert stats.ks_1samp(draws(name), known.cdf).statistic < 1.95 / math.sqrt(20_000)


@pytest.mark.parametrize("alpha", [0.5, 1.3, 1.5, 1.8])
def test_the_stable_law_by_its_characteristic_function(alpha: float) -> None:
    """The mean of cos(tX) is exp(-|t|^alpha), to within five standard errors."""
    values = draws(f"stable:{alpha}")
    for t in (0.3, 1.0, 2.0):
        assert abs(np.mean(np.cos(t * values)) - math.exp(-(t**alpha))) < 5 / math.sqrt(2 * len(values))


def test_the_index_of_a_t_law_is_at_most_two() -> None:
    assert [law_named(name).index for name in ("t:1.5", "t:7", "stable:1.5")] == [1.5, 2, 1.5]


def test_signs_are_one_in_size() -> None:
    assert set(np.abs(draws("sign"))) == {1.0}


def test_an_unknown_law_lists_the_known_ones() -> None:
    with pytest.raises(fp.MisuseError) as caught:
        law_named("levy")
    assert all(name in str(caught.value) for name in LAWS)


@pytest.mark.parametrize(
    "name", ["stable", "stable:", "stable:x", "stable:0.1", "stable:2.5", "stable:nan", "t:0", "t:inf"]
)
def test_a_bad_parameter_says_what_to_write(name: str) -> None:
    with pytest.raises(fp.MisuseError, match=r"write"):
        law_named(name)


@pytest.mark.parametrize("name", [None, 3, "stable:ALPHAS:2", "Normal", ""])
def test_what_is_no_name_is_refused(name: object) -> None:
    with pytest.raises(fp.MisuseError):
        law_named(name)
