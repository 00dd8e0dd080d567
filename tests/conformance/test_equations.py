"""Functional equations: both sides enclose one set, so they meet."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify.kernel.arb import Arb, enclose_constant
from fpverify.kernel.box import Box
from tests import oracles
from tests.strategies import CASES, PLACED, box, case, intervals

Equation = Callable[[Box], tuple[Box, Box]]


def _g(name: str, x: Box) -> Box:
    return case(name).function.values.range(x)


def _slope(name: str, x: Box) -> Box:
    return case(name).function.slopes.range(x)


def _number(value: Fraction | int, like: Box) -> Box:
    return Box.point([Fraction(value)] * like.shape[0], like.backend)


def _odd(name: str) -> Equation:
    return lambda x: (_g(name, -x), -_g(name, x))


def _even(name: str) -> Equation:
    return lambda x: (_g(name, -x), _g(name, x))


def _identity_split(name: str) -> Equation:
    return lambda x: (_g(name, x) - _g(name, -x), x)


def _squares(x: Box) -> Box:
    return _g("sin", x) * _g("sin", x) + _slope("sin", x) * _slope("sin", x)


EQUATIONS: Mapping[str, Equation] = {
    **{f"{name} is odd": _odd(name) for name in "identity cubic tanh erf softsign hardtanh sin staircase sign".split()},
    **{f"{name} is even": _even(name) for name in "quartic gaussian".split()},
    **{f"{name}(x) - {name}(-x) = x": _identity_split(name) for name in "relu softplus gelu silu".split()},
    "sigmoid(x) + sigmoid(-x) = 1": lambda x: (_g("sigmoid", x) + _g("sigmoid", -x), _number(1, x)),
    "tanh(x) = 2 sigmoid(2x) - 1": lambda x: (_g("tanh", x), _g("sigmoid", x + x) * _number(2, x) - _number(1, x)),
    "tanh' = 1 - tanh^2": lambda x: (_slope("tanh", x), _number(1, x) - _g("tanh", x) * _g("tanh", x)),
    "sigmoid' = s (1 - s)": lambda x: (_slope("sigmoid", x), _g("sigmoid", x) * _g("sigmoid", -x)),
    "softplus' = sigmoid": lambda x: (_slope("softplus", x), _g("sigmoid", x)),
    "silu = x sigmoid": lambda x: (_g("silu", x), x * _g("sigmoid", x)),
    "gelu(x) + gelu(-x) = x erf(x / sqrt 2)": lambda x: (
        _g("gelu", x) + _g("gelu", -x),
        x * _g("erf", x * _root_half(x)),
    ),
    "exp(x) exp(-x) = 1": lambda x: (_g("exp", x) * _g("exp", -x), _number(1, x)),
    "exp(x + 1) = e exp(x)": lambda x: (_g("exp", x + _number(1, x)), _g("exp", x) * _g("exp", _number(1, x))),
    "sin^2 + cos^2 = 1": lambda x: (_squares(x), _number(1, x)),
    "sin(2x) = 2 sin cos": lambda x: (_g("sin", x + x), _g("sin", x) * _slope("sin", x) * _number(2, x)),
    "exponential is exp(p) - 1": lambda x: (
        _g("exponential", x),
        _g("exp", x * x * (x - _number(2, x))) - _number(1, x),
    ),
    "gompertz = exp(-exp(-x))": lambda x: (_g("gompertz", x), _g("exp", -_g("exp", -x))),
    "gompertz' = exp(-x) gompertz": lambda x: (_slope("gompertz", x), _g("exp", -x) * _g("gompertz", x)),
    "gaussian = exp(-x^2)": lambda x: (_g("gaussian", x), _g("exp", -(x * x))),
    "staircase(x + 1) = staircase(x) + 1": lambda x: (
        _g("staircase", x + _number(1, x)),
        _g("staircase", x) + _number(1, x),
    ),
    "leaky_relu = relu(x) - relu(-x) / 100": lambda x: (
        _g("leaky_relu", x),
        _g("relu", x) - _g("relu", -x) * _number(Fraction(1, 100), x),
    ),
    "elu = relu(x) + exp(-relu(-x)) - 1": lambda x: (
        _g("elu", x),
        _g("relu", x) + _g("exp", -_g("relu", -x)) - _number(1, x),
    ),
    "hardtanh = relu(x + 1) - relu(x - 1) - 1": lambda x: (
        _g("hardtanh", x),
        _g("relu", x + _number(1, x)) - _g("relu", x - _number(1, x)) - _number(1, x),
    ),
}


def _root_half(x: Box) -> Box:
    half = (Fraction(1, 2), Fraction(1, 2))
    low, high = enclose_constant(lambda value, ops: ops.sqrt(value), half)
    return box([(low, high)] * x.shape[0], x.backend)


@pytest.mark.parametrize("equation", EQUATIONS.values(), ids=EQUATIONS.keys())
@given(entries=st.lists(intervals(), min_size=3, max_size=3))
def test_functional_equations_overlap(equation: Equation, entries: Any) -> None:
    """At points this is an equation of the functions; over intervals, of their ranges."""
    for backend in (Arb(64), Arb(128)):
        x = box(entries, backend)
        left, right = equation(x)
        for k, (low, high) in enumerate(entries):
            assert left.entry(k).intersection(right.entry(k)) is not None, f"over [{low}, {high}]"


def test_the_shift_is_a_shift() -> None:
    """g(x + T) = g(x) + T, for each activation that declares a shift T."""
    declared = [entry.function for entry in CASES if entry.function.shift is not None]
    assert declared == [case("staircase").function]
    for function in declared:
        for x in PLACED:
            moved = oracles.point(function.formula, x + function.shift)
            assert moved.overlaps(oracles.point(function.formula, x) + 1)
