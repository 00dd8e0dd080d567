"""The checks notice broken backends and broken activations; on the sound ones the same battery passes."""

from collections.abc import Callable, Mapping
from fractions import Fraction

import pytest
import sympy

from fpverify.kernel.activations import ACTIVATIONS, Function
from fpverify.kernel.arb import Arb
from fpverify.kernel.backend import Backend
from fpverify.kernel.errors import FpverifyError
from fpverify.kernel.fixed import Fixed
from fpverify.kernel.norm import OneNorm, SupNorm, TwoNorm, unweighted
from fpverify.kernel.rational import Rational
from fpverify.symbolic.ops import SymPyOps
from tests import oracles, sabotage
from tests.conformance import checks
from tests.strategies import Interval, box, case

THIRD, TENTH = Fraction(1, 3), Fraction(1, 10)
PLACES = [Fraction(k, 8) for k in range(1, 8)]
ENTRIES: list[Interval] = [(-TENTH, THIRD), (THIRD, Fraction(5, 3)), (THIRD, THIRD), (Fraction(-7, 3), Fraction(16, 7))]
OTHERS: list[Interval] = [(TENTH, TENTH), (-THIRD, -TENTH), (Fraction(1, 7), THIRD), (Fraction(-1, 9), Fraction(2, 9))]
MATRIX: list[Interval] = [(x, x) for x in (THIRD, TENTH, -TENTH, Fraction(2, 7))]

FAILURES = (AssertionError, FpverifyError, ValueError)
"""How a check fails: a violation that is proved, a Box that refuses its ends, or an end that is no number."""


# ------------------------------------------------------------------ backends


def _tightly(backend: Backend) -> None:
    """No norm just below the true one, which is the sum of the first row or column, is shown."""
    for norm in (unweighted(SupNorm, 2), unweighted(OneNorm, 2), unweighted(TwoNorm, 2)):
        for k in range(1, 20):
            bound = THIRD + TENTH - Fraction(1, 2 ** (backend.precision - 12 + k))
            checks.no_false_bound_is_shown(norm, backend, MATRIX, bound, PLACES)


def _answers(backend: Backend) -> None:
    """A norm is shown where there is room: a backend that shows nothing would pass every other test of norms."""
    for norm in (unweighted(SupNorm, 2), unweighted(OneNorm, 2), unweighted(TwoNorm, 2)):
        slack = norm.operator_slack(box(MATRIX, backend, (2, 2)), Fraction(1, 2))
        assert slack is not None, f"{norm}: nothing is shown"


BATTERY: Mapping[str, Callable[[Backend], None]] = {
    "values": lambda backend: checks.values_are_contained(case("tanh").function, backend, ENTRIES, PLACES),
    "slopes": lambda backend: checks.slopes_are_contained(case("gelu").function, backend, ENTRIES, PLACES),
    "primitives": lambda backend: checks.primitives_are_directed(
        backend, *[[low for low, _ in points] for points in (checks.sharp_points(backend), OTHERS)]
    ),
    "arithmetic": lambda backend: checks.arithmetic_is_contained(backend, ENTRIES, OTHERS, PLACES),
    "linear algebra": lambda backend: checks.linear_algebra_is_contained(backend, ENTRIES, OTHERS, 2, PLACES),
    "sharp arithmetic": lambda backend: _sharply(checks.arithmetic_is_contained, backend),
    "sharp linear algebra": lambda backend: _sharply(checks.linear_algebra_is_contained, backend, 2),
    "precisions": lambda backend: checks.precisions_overlap(case("exp").function.values, [backend, Arb(256)], ENTRIES),
    "exact": lambda backend: _known(checks.agrees_with_exact(case("quartic").function.values, backend, ENTRIES)),
    "tight": lambda backend: checks.ends_are_attained(
        case("tanh").function.formula, case("tanh").function.values, backend, ENTRIES[0], [], Fraction(1)
    ),
    "norms": _tightly,
    "answers": _answers,
}


def _sharply(check: Callable[..., None], backend: Backend, *more: int) -> None:
    points = checks.sharp_points(backend)
    check(backend, points, points[::-1], *more, [Fraction(0)])


def _known(known: bool) -> None:
    assert known, "exact arithmetic should know this function"


def _failing(backend: Backend) -> set[str]:
    return {name for name, check in BATTERY.items() if _fails(lambda check=check: check(backend))}


def _fails(check: Callable[[], None]) -> bool:
    try:
        check()
    except FAILURES:
        return True
    return False


@pytest.mark.parametrize(
    "backend", [Arb(128), Arb(256), Fixed(128), Fixed(192)], ids=lambda b: f"{b.name}{b.precision}"
)
def test_the_battery_passes_on_the_sound_backends(backend: Backend) -> None:
    for check in BATTERY.values():
        check(backend)


INWARD = {"primitives", "values", "slopes", "sharp arithmetic", "sharp linear algebra"}
UNBOUNDED = {"precisions", "exact", "tight"}
CAUGHT_BY = {
    sabotage.WithoutRounding: INWARD,
    sabotage.SwappedBounds: INWARD,
    sabotage.SwappedProducts: {"primitives", "sharp arithmetic", "sharp linear algebra"},
    sabotage.SumsWithoutRounding: {"primitives", "sharp linear algebra"},
    sabotage.NotANumber: {"values", "slopes", *UNBOUNDED},
    sabotage.InfiniteBounds: UNBOUNDED,
    sabotage.InwardInput: {"values", "slopes", "arithmetic", "linear algebra"},
    sabotage.OneBitTooFew: {"values", "slopes"},
    sabotage.FloorForCeiling: {"primitives", "sharp arithmetic", "sharp linear algebra"},
    sabotage.TowardZero: {"primitives", "arithmetic", "sharp arithmetic", "sharp linear algebra", "exact", "norms"},
    sabotage.LostRadius: {"values", "slopes", "precisions", "exact"},
    sabotage.WrongShift: {"primitives", "arithmetic", "linear algebra", "sharp arithmetic", "answers"},
    sabotage.OneSignForgotten: {"arithmetic", "linear algebra"},
    sabotage.SumsRoundedDown: {"sharp linear algebra"},
}


def test_each_broken_backend_is_listed() -> None:
    assert set(CAUGHT_BY) == set(sabotage.BACKENDS)


@pytest.mark.parametrize("broken", sabotage.BACKENDS, ids=lambda broken: broken.name)
@pytest.mark.parametrize("precision", [64, 128])
def test_the_battery_fails_on_broken_backends(broken: type[Arb | Fixed], precision: int) -> None:
    failing = _failing(broken(precision))
    assert failing >= CAUGHT_BY[broken], f"not noticed by {CAUGHT_BY[broken] - failing}"


def test_exact_arithmetic_passes_what_it_can_do() -> None:
    backend = Rational()
    checks.values_are_contained(case("quartic").function, backend, ENTRIES, PLACES)
    checks.slopes_are_contained(case("softsign").function, backend, ENTRIES, PLACES)
    for name in ("arithmetic", "linear algebra", "sharp arithmetic", "sharp linear algebra", "exact", "answers"):
        BATTERY[name](backend)


# ------------------------------------------------------------------ activations


def _examine(name: str, function: Function) -> None:
    """Run the checks of one activation over its places, at one precision."""
    whole: Interval = (Fraction(-9), Fraction(9))
    turns = oracles.turning_slopes(case(name), *whole) + oracles.turning_values(case(name), *whole)
    around = [(turn - radius, turn + radius) for turn in turns for radius in (THIRD, Fraction(1, 100))]
    entries = [whole, *ENTRIES, *around]
    backend = Arb(128)
    checks.values_are_contained(function, backend, entries, PLACES)
    checks.slopes_are_contained(function, backend, entries, PLACES)
    checks.bounds_hold_everywhere(function.formula, function.values, PLACES)
    checks.bounds_hold_everywhere(function.slope, function.slopes, [Fraction(0), *PLACES])
    if not function.continuous:
        checks.jumps_are_told(function, backend, whole, holds_jump=True)
    _differentiate(function)


def _differentiate(function: Function) -> None:
    x = sympy.Symbol("x", real=True)
    difference = sympy.diff(function.formula(x, SymPyOps), x) - function.slope(x, SymPyOps)
    assert abs(difference.subs(x, sympy.Rational(1, 3)).evalf(40)) < 1e-30, "the slope is not the derivative"


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"polynomial"}))
def test_the_examination_passes_on_the_sound_activations(name: str) -> None:
    _examine(name, case(name).function)


@pytest.mark.parametrize(("name", "broken"), sabotage.FUNCTIONS.values(), ids=sabotage.FUNCTIONS.keys())
def test_the_examination_fails_on_broken_activations(name: str, broken: Function) -> None:
    with pytest.raises(AssertionError):
        _examine(name, broken)


def test_wide_enclosures_are_noticed() -> None:
    """A ball over a wide interval is sound but useless: Arb encloses tanh on [0, 2] in [-53, 1]."""
    sound, entry = case("tanh").function, (Fraction(0), Fraction(2))
    checks.ends_are_attained(sound.formula, sound.values, Arb(128), entry, [], Fraction(1))
    with pytest.raises(AssertionError, match="not attained"):
        checks.ends_are_attained(sound.formula, sabotage.OneBall(sound.formula), Arb(128), entry, [], Fraction(1))
