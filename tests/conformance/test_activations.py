"""Every activation, found by name, satisfies every check of enclosures; its parameters are checked, its bounds known."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify.kernel.activations import ACTIVATIONS
from fpverify.kernel.arb import Arb
from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.errors import FormatError, InexactNumberError, NotFiniteError, NotRationalError, UnknownNameError
from fpverify.kernel.exact import exact, text
from fpverify.kernel.fixed import Fixed
from fpverify.kernel.rational import Rational
from tests import oracles
from tests.conformance import checks
from tests.strategies import BACKENDS, CASES, FAR, PLACED, Case, case, fractions_of_unit, intervals

ROUNDED = [backend for backend in BACKENDS if backend.precision]
NARROW = [backend for backend in ROUNDED if backend.precision < 256]
EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=str)
ENTRIES = st.lists(intervals(), min_size=3, max_size=3)
PLACES = st.lists(fractions_of_unit(), min_size=3, max_size=3)


def test_the_names_are_these() -> None:
    """A file that comes or goes is a change of what can be claimed, and so a change of this list."""
    names = """identity polynomial quartic cubic exp tanh sigmoid erf gelu silu softplus softsign relu leaky_relu hardtanh
    elu sin gompertz gaussian exponential staircase sign"""
    assert set(ACTIVATIONS) == set(names.split()) == oracles.NAMES


# ------------------------------------------------------------------ (i)-(iii) enclosures


@EVERY_CASE
@given(entries=ENTRIES, places=PLACES)
def test_ranges_hold_the_values(case: Case, entries: Any, places: Any) -> None:
    for backend in ROUNDED:
        checks.values_are_contained(case.function, backend, entries, places)


@EVERY_CASE
@given(entries=ENTRIES, places=PLACES)
def test_slopes_hold_derivatives_and_secants(case: Case, entries: Any, places: Any) -> None:
    for backend in NARROW:
        checks.slopes_are_contained(case.function, backend, entries, places)


@EVERY_CASE
@given(entries=ENTRIES, places=PLACES)
def test_ranges_grow_with_the_interval(case: Case, entries: Any, places: Any) -> None:
    for shape in (case.function.values, case.function.slopes):
        checks.grows_with_its_argument(shape, Arb(64), entries, places)
        checks.grows_with_its_argument(shape, Fixed(64), entries, places)


@EVERY_CASE
@given(entries=ENTRIES)
def test_precisions_overlap(case: Case, entries: Any) -> None:
    for shape in (case.function.values, case.function.slopes):
        checks.precisions_overlap(shape, ROUNDED, entries)


_RATIONAL = "identity polynomial quartic cubic softsign relu leaky_relu hardtanh sign".split()


@EVERY_CASE
@given(entries=ENTRIES)
def test_rational_functions_agree_with_exact_arithmetic(case: Case, entries: Any) -> None:
    """And exact arithmetic refuses all others, rather than to approximate them."""
    for shape in (case.function.values, case.function.slopes):
        known = checks.agrees_with_exact(shape, Arb(128), entries) and checks.agrees_with_exact(shape, Fixed(), entries)
        assert known or case.name not in _RATIONAL
    if case.name not in _RATIONAL:
        with pytest.raises(NotRationalError):
            checks.ranges(case.function.values, Rational(), entries)


# ------------------------------------------------------------------ (iv) tightness

_SUBTRACTING = {"polynomial", "quartic", "cubic", "exponential", "elu", "staircase", "gaussian", "gelu", "silu", "sin"}
"""Functions (or slopes) with zeros that come from a difference of numbers of size 1."""


def _widely(turns: Callable[[Case, Fraction, Fraction], list[Fraction]], case: Case) -> list[tuple[Fraction, Fraction]]:
    """Return wide boxes, thin ones, and boxes that straddle or touch each place where the function turns."""
    entries = [(Fraction(0), Fraction(2)), (Fraction(-50), Fraction(50)), (Fraction(-7, 3), Fraction(-1, 9))]
    entries += [(x, x) for x in PLACED] + [(x, x + Fraction(1, 2**120)) for x in PLACED]
    for turn in turns(case, Fraction(-5), Fraction(5)):
        radii = [Fraction(0), *(Fraction(1, 2**k) for k in (3, 20, 60, 127))]
        entries += [(turn - radius, turn + radius) for radius in radii]
        entries += [(turn, turn + Fraction(1, 3)), (turn - Fraction(1, 3), turn)]
    return entries


@EVERY_CASE
@pytest.mark.parametrize("precision", [64, 128])
def test_the_ends_of_ranges_are_attained(case: Case, precision: int) -> None:
    floor = Fraction(case.name in _SUBTRACTING)
    for entry in _widely(oracles.turning_values, case):
        turns = oracles.turning_values(case, *entry)
        checks.ends_are_attained(case.function.formula, case.function.values, Arb(precision), entry, turns, floor)
        checks.ends_are_attained(
            case.function.formula, case.function.values, Fixed(precision), entry, turns, Fraction(1)
        )


@EVERY_CASE
@pytest.mark.parametrize("precision", [64, 128])
def test_the_ends_of_slopes_are_attained(case: Case, precision: int) -> None:
    floor = Fraction(case.name in _SUBTRACTING)
    for entry in _widely(oracles.turning_slopes, case):
        turns = oracles.turning_slopes(case, *entry)
        checks.ends_are_attained(case.function.slope, case.function.slopes, Arb(precision), entry, turns, floor)
        checks.ends_are_attained(case.function.slope, case.function.slopes, Fixed(precision), entry, turns, Fraction(1))


# ------------------------------------------------------------------ (viii) all of R

_BELL = mpmath.sqrt(2 / mpmath.e)
GOLDEN: Mapping[str, tuple[tuple[float, float] | None, tuple[float, float] | None]] = {
    "identity": (None, (1, 1)),
    "polynomial(coefficients=['3'])": ((3, 3), (0, 0)),
    "polynomial(coefficients=['1/3', '-1'])": (None, (-1, -1)),
    "quartic": (None, None),
    "cubic": (None, None),
    "exp": (None, None),
    "exponential": (None, None),
    "exponential(coefficients=['0', '0', '-1'],scale=2)": ((-1, 1), (-2 * _BELL, 2 * _BELL)),
    "tanh": ((-1, 1), (0, 1)),
    "sigmoid": ((0, 1), (0, 0.25)),
    "erf": ((-1, 1), (0, 1.12837916709551)),
    "gelu": (None, (-0.128904145185, 1.128904145185)),
    "silu": (None, (-0.0998393201, 1.09983932013)),
    "softplus": (None, (0, 1)),
    "softsign": ((-1, 1), (0, 1)),
    "relu": (None, (0, 1)),
    "leaky_relu(slope=1/3)": (None, (1 / 3, 1)),
    "hardtanh": ((-1, 1), (0, 1)),
    "elu": (None, (0, 1)),
    "elu(alpha=2)": (None, (0, 2)),
    "elu(alpha=1/3)": (None, (0, 1)),
    "sin": ((-1, 1), (-1, 1)),
    "gompertz": ((0, 1), (0, 1 / mpmath.e)),
    "gompertz(displacement=9,rate=6)": ((0, 1), (0, 6 / mpmath.e)),
    "gaussian": ((0, 1), (-_BELL, _BELL)),
    "gaussian(height=2,centre=2)": ((0, 2), (-2 * _BELL, 2 * _BELL)),
    "gaussian(height=-1/3,centre=1/3,width=2)": ((-1 / 3, 0), (-_BELL / 6, _BELL / 6)),
    "staircase": (None, (0, 2)),
    "sign": ((-1, 1), None),
}


@pytest.mark.parametrize(("name", "golden"), GOLDEN.items(), ids=GOLDEN.keys())
def test_the_bounds_over_all_of_r_are_these(name: str, golden: Any) -> None:
    """To 10 digits; None where unbounded. Sources: THEOREMS.md T1.6, and elementary calculus."""
    function = next(case for case in CASES if str(case) == name).function
    for shape, expected in zip((function.values, function.slopes), golden, strict=True):
        span = shape.everywhere()
        assert (span is None) == (expected is None)
        if span is not None:
            assert [float(end) for end in span] == pytest.approx([float(end) for end in expected], rel=1e-10, abs=1e-10)


@EVERY_CASE
def test_the_bounds_over_all_of_r_hold_samples(case: Case) -> None:
    function = case.function
    checks.bounds_hold_everywhere(function.formula, function.values, FAR + oracles.turning_values(case, *_ALL))
    checks.bounds_hold_everywhere(function.slope, function.slopes, FAR + oracles.turning_slopes(case, *_ALL))


_ALL = (Fraction(-10), Fraction(10))


@EVERY_CASE
def test_the_limits_are_limits(case: Case) -> None:
    """At a million to each side the function is near its limit, or far away where it has none."""
    function = case.function
    for formula, shape in ((function.formula, function.values), (function.slope, function.slopes)):
        for side, limit in zip((-1, 1), getattr(shape, "limits", ()), strict=False):
            value = oracles.point(formula, Fraction(side * 10**6))
            if limit is None:
                assert abs(value) > 1000
            else:
                assert not oracles.is_outside(value, Fraction(limit) - _FAR_OFF, Fraction(limit) + _FAR_OFF)


_FAR_OFF = Fraction(1, 10**5)


# ------------------------------------------------------------------ (x) parameters

ACCEPTED = [
    ("tanh", {}),
    ("polynomial", {"coefficients": ["1", "1/2"]}),
    ("polynomial", {"coefficients": "1/2"}),
    ("exponential", {"coefficients": ["0", "1"], "scale": 2}),
    ("leaky_relu", {"slope": "0.1"}),
    ("elu", {"alpha": "0.5"}),
    ("gompertz", {"rate": "6"}),
    ("gaussian", {"height": "-1", "width": "1/2"}),
]

REFUSED = [
    ("tanh", {"slope": "1"}, UnknownNameError, "tanh has no parameter .*it has: none"),
    ("gompertz", {"speed": "1"}, UnknownNameError, "it has: scale, displacement, rate"),
    ("polynomial", {}, FormatError, "needs the parameter 'coefficients'"),
    ("polynomial", {"coefficients": []}, FormatError, "at least one coefficient"),
    ("polynomial", {"coefficients": [0.5]}, InexactNumberError, "write it as text"),
    ("polynomial", {"coefficients": ["x"]}, InexactNumberError, "'x' is not a number"),
    ("exponential", {"coefficients": ["1"]}, FormatError, "not constant"),
    ("exponential", {"coefficients": ["1", "0"]}, FormatError, "not constant"),
    ("exponential", {"coefficients": "1"}, FormatError, "not constant"),
    ("exponential", {"coefficients": []}, FormatError, "not constant"),
    ("exponential", {"scale": "0"}, FormatError, "scale must be positive; got 0"),
    ("exponential", {"scale": "-1"}, FormatError, "scale must be positive; got -1"),
    ("leaky_relu", {"slope": "-1/100"}, FormatError, "between 0 and 1; got -1/100"),
    ("leaky_relu", {"slope": "2"}, FormatError, "between 0 and 1; got 2"),
    ("leaky_relu", {"slope": ["0", "1"]}, FormatError, "slope is one number"),
    ("leaky_relu", {"slope": 0.01}, InexactNumberError, "write it as text"),
    ("elu", {"alpha": "0"}, FormatError, "alpha must be positive; got 0"),
    ("elu", {"alpha": True}, InexactNumberError, "bool"),
    ("gompertz", {"displacement": "-9"}, FormatError, "displacement must be positive"),
    ("gompertz", {"rate": "0"}, FormatError, "rate must be positive"),
    ("gompertz", {"scale": "0"}, FormatError, "scale must be positive"),
    ("gaussian", {"width": "0"}, FormatError, "width must be positive"),
    ("gaussian", {"centre": ["1", "2"]}, FormatError, "centre is one number"),
]


@pytest.mark.parametrize(("name", "given_parameters"), ACCEPTED)
def test_good_parameters_are_accepted(name: str, given_parameters: dict[str, Any]) -> None:
    assert ACTIVATIONS[name].function(given_parameters)


@pytest.mark.parametrize(("name", "given_parameters", "error", "message"), REFUSED)
def test_bad_parameters_are_refused(name: str, given_parameters: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ACTIVATIONS[name].function(given_parameters)


# ------------------------------------------------------------------ (xi) what is not finite, what is not continuous


def test_smoothness_is_told() -> None:
    """Smooth means continuously differentiable: ELU is, exactly for alpha = 1, and leaky ReLU for slope 1."""
    kinked = {str(case) for case in CASES if not case.function.smooth}
    expected = "relu hardtanh sign leaky_relu leaky_relu(slope=0) leaky_relu(slope=1/3) elu(alpha=2) elu(alpha=1/3)"
    assert kinked == set(expected.split())
    assert [case.name for case in CASES if not case.function.continuous] == ["sign"]


@pytest.mark.parametrize("backend", ROUNDED, ids=lambda backend: f"{backend.name}{backend.precision}")
def test_an_overflow_raises(backend: Backend) -> None:
    """Iterating exp leaves every range of numbers."""
    exp, x = case("exp").function, Box.point([Fraction(10)], backend)
    with pytest.raises(NotFiniteError):
        for _ in range(6):
            x = exp.values.range(x)


def test_far_values_are_exact_numbers_of_bounded_length() -> None:
    """exp(-10^12) rounds to [0, 2^-8192], not to a Fraction with 10^12 bits."""
    ((low, high),) = checks.ranges(case("gaussian").function.values, Arb(64), [(Fraction(10**6), Fraction(10**6))])
    assert (low, high) == (0, Fraction(1, 2**8192))
    assert exact(text(high)) == high


JUMPS = [
    ("-1", "1", True),
    ("0", "1", True),
    ("-1", "0", True),
    ("0", "0", True),
    ("1/100", "1", False),
    ("-2", "-1", False),
]


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: f"{backend.name}{backend.precision}")
@pytest.mark.parametrize(("low", "high", "holds_jump"), JUMPS)
def test_sign_tells_its_jump(backend: Backend, low: str, high: str, holds_jump: bool) -> None:
    entry = (Fraction(low), Fraction(high))
    checks.jumps_are_told(case("sign").function, backend, entry, holds_jump=holds_jump)
