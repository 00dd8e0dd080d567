"""The hammer for the night on the elementary functions; a small share of it, and its own soundness, in every run."""

import math
import random

import numpy as np
import pytest
from flint import arb, ctx

from fpverify.backends.torch64 import points as kernels
from tests.backends import sledgehammer
from tests.backends.hammer import EXTREMES, ball, is_outside, ulps_from
from tests.backends.sledgehammer import ARITHMETIC, ELEMENTARY, POINTS, Function, Report, judge, strike

EVERY = [*ELEMENTARY, *ARITHMETIC]


@pytest.mark.slow
@pytest.mark.parametrize("name", ELEMENTARY)
def test_millions_of_points_find_nothing(name):
    """`FPVERIFY_HAMMER_POINTS` points, 10^7 unless it is set; one function alone is selected by -k."""
    report = strike(name, POINTS)
    assert report.violations == []
    assert report.points - report.unbounded >= POINTS * 0.8


@pytest.mark.parametrize("name", EVERY)
def test_some_thousand_points_find_nothing(name):
    report = strike(name, 6000)
    assert report.violations == []
    assert report.points - report.unbounded >= 4800


# ---------------------------------------------------------------------------------- the hammer itself


def test_a_float_of_a_ball_is_its_midpoint_rounded_monotonically():
    """On this rests that no violation passes unseen: below, at and above the midpoint of two floats, subnormal ones too."""
    for x in [v for v in EXTREMES if abs(v) < 1e308]:
        y = ulps_from(x, 1)
        with ctx.workprec(4400):
            third = (ball(y) - ball(x)) / 1000
            near = [float(ball(x) + third * k) for k in (0, 1, 499, 500, 501, 999, 1000)]
        assert near == sorted(near)
        assert near[0] == x
        assert near[-1] == y
        assert set(near) <= {x, y}


def full_comparison(function, places, bounds):
    found = []
    for point, *result in zip(places.tolist(), *(end.tolist() for end in bounds), strict=True):
        with ctx.workprec(function.bits):
            if is_outside(function.exact(arb(point)), (result[0], result[1])):
                found.append((point, tuple(result)))
    return found


@pytest.mark.parametrize("name", ["exp", "sin", "atan", "neg", "tanh"])
def test_the_filter_loses_no_violation(name):
    """Bounds that are right, wrong by a float, or empty, as often as not: the same verdicts as with balls alone."""
    function, dice = ({**ELEMENTARY, **ARITHMETIC})[name], random.Random(4)
    places = sledgehammer.points("atan", np.random.default_rng(3), 3000)
    places = places[np.abs(places) < 1000]
    with ctx.workprec(300):
        values = [float(function.exact(arb(x))) for x in places.tolist()]
    lo = np.array([ulps_from(v, dice.randint(-2, 2)) for v in values])
    hi = np.array([ulps_from(v, dice.randint(-2, 2)) for v in values])
    lost = np.array([dice.random() < 0.05 for _ in values])
    lo, hi = np.where(lost, math.nan, lo), np.where(lost, math.nan, hi)
    report = Report()
    judge(report, function, [places], (lo, hi))
    expected = full_comparison(function, places, (lo, hi))
    assert len(report.violations) == len(expected) > 500
    assert [point for (point,), _ in report.violations] == [point for point, _ in expected]


def test_a_bound_that_is_lost_on_one_side_is_a_violation():
    report = Report()
    judge(report, ELEMENTARY["exp"], [np.zeros(2)], (np.array([math.nan, 1.0]), np.array([1.0, 1.0])))
    assert len(report.violations) == 1


@pytest.mark.parametrize("name", ["exp", "log", "log2", "tanh", "sigmoid", "atan", "erfc"])
@pytest.mark.parametrize("side", [0, 1])
def test_it_sees_one_bound_that_is_not_widened(monkeypatch, name, side):
    true = kernels.around
    monkeypatch.setattr(
        kernels, "around", lambda v, *a: tuple(e if k != side else v for k, e in enumerate(true(v, *a)))
    )
    assert strike(name, 4000).violations


@pytest.mark.parametrize("name", EVERY)
def test_it_sees_swapped_bounds(name):
    honest = sledgehammer._named(name)

    def swapped(*intervals):
        lo, hi = honest(*intervals)
        return hi, lo

    assert strike(name, 500, operation=swapped).violations


def test_it_sees_an_empty_result_that_is_not():
    report = strike("exp", 100, operation=lambda x: (np.full(100, math.nan), np.full(100, math.nan)))
    assert len(report.violations) == report.points


def test_points_reach_the_places_that_hurt():
    """Subnormal numbers, both zeros, huge numbers, infinite ends, neighbours of k pi/2, points and crossing intervals."""
    dice = np.random.default_rng(0)
    p = sledgehammer.points("sin", dice, 60_000)
    lo, hi = sledgehammer.around(p, dice)
    turns = np.abs(p) / (math.pi / 2)
    assert bool((lo <= p).all())
    assert bool((p <= hi).all())
    for kind in (
        (p != 0) & (np.abs(p) < 2.0**-1022),
        (p == 0) & np.signbit(p),
        (p == 0) & ~np.signbit(p),
        np.abs(p) > 1e300,
        np.isinf(lo),
        np.isinf(hi),
        (turns > 10) & (np.abs(turns - np.round(turns)) < 1e-11),
        (np.abs(p) != 1) & (np.abs(np.abs(p) - 1) < 1e-14),
        lo == hi,
        (lo < 0) & (hi > 0),
    ):
        assert int(kind.sum()) >= 10


def test_a_wrong_function_is_seen():
    """The oracle is compared too: one that is off by 2^-60 is contradicted by nearly every point."""
    wrong = Function(lambda a: a.exp() * (1 + arb(2) ** -44))
    assert len(strike("exp", 500, wrong).violations) > 100
