"""The slopes of tanh and the sigmoid over intervals (Theorem 3.9), against Arb and against the kernel's formulas."""

import math

import pytest
import torch
from flint import arb, ctx

from fpverify.backends.torch64 import functions, network
from fpverify.backends.torch64.rounding import UNIT
from fpverify.kernel.activations import ACTIVATIONS

POINTS = [
    0.0,
    5e-324,
    1e-310,
    2.0**-1022,
    1e-20,
    1e-9,
    0.1,
    0.5,
    1.0,
    2.5,
    18.0,
    40.0,
    350.0,
    354.0,
    372.1,
    372.9,
    373.0,
]
POINTS += [374.0, 700.0, 708.5, 744.5, 745.5, 746.0, 747.0, 1e10, 1.7e308]
POINTS += [k * math.log(2) / 256 for k in range(1, 900, 7)]
POINTS = [sign * x for x in POINTS for sign in (1, -1)]
CASES = {"tanh": functions.tanh_slope, "sigmoid": functions.sigmoid_slope}


def exact(name, x):
    t = (-abs(arb(x)) * (2 if name == "tanh" else 1)).exp()
    return (4 if name == "tanh" else 1) * t / (1 + t) ** 2


@pytest.mark.parametrize("name", CASES)
def test_points_are_enclosed_and_as_thin_as_promised(name):
    x = torch.tensor(POINTS, dtype=torch.float64)
    lo, hi = (end.tolist() for end in CASES[name]((x, x)))
    with ctx.workprec(300):
        for at, low, high in zip(POINTS, lo, hi, strict=True):
            value = exact(name, at)
            assert 0 <= low <= high <= (1 if name == "tanh" else 0.25)
            assert not arb(low) > value, at
            assert not value > arb(high), at
            assert high - low <= 18 * UNIT * high + 40 * 2.0**-1074, at


@pytest.mark.parametrize("name", CASES)
def test_intervals_take_in_the_turning_point_and_both_ends(name):
    x = torch.tensor([[-1.0, -1.0, 2.0, 0.0, -math.inf], [3.0, -0.5, 3.0, 1.0, math.inf]], dtype=torch.float64)
    lo, hi = CASES[name]((x[0], x[1]))
    top = 1.0 if name == "tanh" else 0.25
    assert hi[[0, 3, 4]].tolist() == [top] * 3
    assert lo[4] == 0
    with ctx.workprec(300):
        for i, (far, near) in enumerate([(3, 0), (1, 0.5), (3, 2), (1, 0)]):
            assert not arb(lo[i].item()) > exact(name, far)
            assert not exact(name, near) > arb(hi[i].item())


@pytest.mark.parametrize("name", CASES)
def test_a_lost_bound_is_the_whole_range(name):
    nan = torch.tensor([math.nan], dtype=torch.float64)
    lo, hi = CASES[name]((nan, nan))
    assert lo.tolist() == [0]
    assert hi.tolist() == [1.0 if name == "tanh" else 0.25]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("what", ["values", "slopes"])
def test_the_closed_forms_overlap_with_the_formulas_of_the_kernel(name, what):
    """Both enclose one function; so they meet at every point."""
    shape = getattr(ACTIVATIONS[name].function(), what)
    assert shape.formula in network._CLOSED
    x = torch.tensor([x for x in POINTS if abs(x) < 300], dtype=torch.float64)
    (a, b), (c, d) = network._CLOSED[shape.formula]((x, x)), network.at_points(shape.formula, x)
    assert bool(((a <= d) & (c <= b)).all())
    assert bool((b - a <= 3 * (d - c) + 2.0**-1060).all()), "wider than the formula by a few units at most"
