"""Readings of tails against laws whose tails are known, and the verdict on made-up readings, both ways."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify import Evidence
from fpverify.experiments.tails import (
    QUICK,
    REFERENCES,
    SETTINGS,
    conclude,
    is_heavy,
    is_leptokurtic,
    one_setting,
)
from fpverify.experiments.tails_reading import Reading, hill, kurtosis, power_law_ratio, read, standardised, student

SIZE = 20_000


def _random() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("index", [0.7, 1.0, 2.5])
def test_hill_finds_the_index_of_a_pareto_law(index: float) -> None:
    """Its relative error is about 1/sqrt(1000) here; three of them are allowed."""
    sample = _random().pareto(index, SIZE) + 1
    assert hill(sample) == pytest.approx(index, rel=0.1)


@given(st.floats(1e-3, 1e3))
def test_hill_does_not_depend_on_the_scale(scale: float) -> None:
    sample = _random().standard_cauchy(2000)
    assert hill(scale * sample) == pytest.approx(hill(sample), rel=1e-9)


def test_hill_of_cauchy_is_one_and_of_normal_far_above() -> None:
    assert hill(_random().standard_cauchy(SIZE)) == pytest.approx(1, rel=0.1)
    assert hill(_random().standard_normal(SIZE)) > 5


def test_kurtosis_of_known_laws() -> None:
    """1 for signs, 1.8 for a uniform law, 3 for a normal one, 6 for Laplace's."""
    assert kurtosis(np.array([-1.0, 1.0])) == 1
    assert kurtosis(_random().uniform(-1, 1, SIZE)) == pytest.approx(1.8, rel=0.03)
    assert kurtosis(_random().standard_normal(SIZE)) == pytest.approx(3, rel=0.05)
    assert kurtosis(_random().laplace(size=SIZE)) == pytest.approx(6, rel=0.15)


@pytest.mark.parametrize("freedom", [1, 4, 10])
def test_students_law_is_fitted(freedom: int) -> None:
    inverse, gain = student(3.0 * _random().standard_t(freedom, SIZE))
    assert inverse == pytest.approx(1 / freedom, abs=0.02)
    assert gain > 50


def test_a_normal_sample_gains_nothing_by_students_law() -> None:
    inverse, gain = student(0.1 * _random().standard_normal(SIZE))
    assert inverse < 0.02
    assert abs(gain) < 4


def test_a_power_law_loses_on_normal_values_only() -> None:
    assert power_law_ratio(_random().standard_normal(SIZE)) < -5
    assert power_law_ratio(_random().pareto(1.5, SIZE) + 1) > -2


def test_layers_are_standardised_one_by_one() -> None:
    layers = [np.array([[1.0, 3.0]]), np.array([[10.0], [30.0]])]
    assert standardised(layers).tolist() == [-1, 1, -1, 1]


def test_a_reading_of_cauchy_weights_is_heavy() -> None:
    readings = [Reading(**reading) for reading in one_setting({"setting": "cauchy", "seeds": 2})["readings"]]
    assert is_heavy(readings)
    assert all(0.7 < reading.inverse_freedom < 1.1 for reading in readings)
    assert readings[0].moved == 0


def test_reading_takes_what_it_is_told() -> None:
    reading = read([_random().standard_normal((64, 64))], moved=2.0, error=0.5)
    assert (reading.moved, reading.error) == (2.0, 0.5)


NORMAL = Reading(hill=6.0, kurtosis=3.0, inverse_freedom=1e-4, gain_over_normal=0.0, power_law=-20.0)


def _three(reading: Reading, spread: float = 0.01) -> list[Reading]:
    return [
        replace(reading, hill=reading.hill + shift, kurtosis=reading.kurtosis + shift, moved=1.0, error=0.01)
        for shift in (-spread, 0.0, spread)
    ]


def test_heavy_and_leptokurtic_are_read_off_the_intervals() -> None:
    assert is_heavy(_three(replace(NORMAL, hill=1.5)))
    assert not is_heavy(_three(replace(NORMAL, hill=1.5), spread=0.4))
    assert is_leptokurtic(_three(replace(NORMAL, kurtosis=4.0)), _three(NORMAL))
    assert not is_leptokurtic(_three(replace(NORMAL, kurtosis=4.0), spread=0.6), _three(NORMAL))


@pytest.mark.parametrize(
    ("indices", "evidence"),
    [
        ((1.1, 1.5), Evidence.EMPIRICAL),
        ((1.1, 4.0), Evidence.NOT_REPRODUCED),
        ((3.5, 5.0), Evidence.NOT_REPRODUCED),
    ],
)
def test_the_verdict_follows_the_numbers(indices: tuple[float, float], evidence: Evidence) -> None:
    """The claim is about training as such: one setting without heavy tails is enough against it."""
    trained = {SETTINGS[i].name: _three(replace(NORMAL, hill=index)) for i, index in enumerate(indices)}
    found = {"normal": _three(NORMAL), "cauchy": _three(replace(NORMAL, hill=1.0, inverse_freedom=1.0)), **trained}
    finding = conclude(found, {}, quick=True)
    assert finding.evidence is evidence
    assert f"in {sum(index < 2 for index in indices)} of 2 trained settings" in finding.sentence
    assert all(len(row) == len(finding.columns) for row in finding.rows)


def test_settings_have_names_of_their_own() -> None:
    assert len({setting.name for setting in SETTINGS}.union(REFERENCES)) == len(SETTINGS) + len(REFERENCES)
    assert set(QUICK) < set(SETTINGS)
