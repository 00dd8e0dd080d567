"""Torch64 keeps the contract of `Backend`, agrees with Arb, and what it decides is decided again without it."""

import operator
from fractions import Fraction
from math import inf, nextafter
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import fpverify as fp
from fpverify._certify import attempt
from fpverify._goal import Unique
from fpverify._theorem import load_theorems, own_theorems
from fpverify.backends.torch64.backend import Torch64
from fpverify.backends.torch64.network import outward
from fpverify.kernel import certificate as certificates
from fpverify.kernel.activations import ACTIVATIONS
from fpverify.kernel.arb import Arb
from fpverify.kernel.certificate import Certificate
from fpverify.kernel.check import FileStatus, check_text
from fpverify.kernel.errors import FormatError, NotFiniteError, UnknownNameError
from fpverify.kernel.verdict import Status
from tests.conformance import checks
from tests.strategies import CASES, PLACED, Case, arrays, fractions_of_unit, intervals, rationals

BACKEND = Torch64()
EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=str)
ENTRIES = st.lists(intervals(), min_size=3, max_size=3)
PLACES = st.lists(fractions_of_unit(), min_size=3, max_size=3)
NUMBERS = st.lists(rationals(), min_size=4, max_size=4)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


# ------------------------------------------------------------------ primitives


@given(a=NUMBERS, b=NUMBERS)
def test_primitives_are_directed(a: Any, b: Any) -> None:
    checks.primitives_are_directed(BACKEND, a, b)


def test_primitives_are_directed_where_they_must_round() -> None:
    points = [low for low, _ in checks.sharp_points(BACKEND)]
    checks.primitives_are_directed(BACKEND, points, points[::-1])


@pytest.mark.parametrize("scale", [Fraction(10**30), Fraction(1, 10**30), Fraction(10**300), Fraction(1, 10**300)])
def test_primitives_are_directed_at_any_scale(scale: Fraction) -> None:
    values = [scale * Fraction(n, 7) for n in (-3, 1, 5, 22)]
    checks.primitives_are_directed(BACKEND, values, [1 / value for value in values])


@given(x=FLOATS, y=FLOATS)
@settings(max_examples=500)
def test_results_hold_the_true_ones_for_all_floats(x: float, y: float) -> None:
    """And are correctly rounded where sizes are moderate; beyond, one step off at most."""
    a, b = torch.tensor([x], dtype=torch.float64), torch.tensor([y], dtype=torch.float64)
    divisor = max(abs(y), 5e-324)
    operations = (
        (BACKEND.add_up, a, b, operator.add, y),
        (BACKEND.mul_up, a, b, operator.mul, y),
        (BACKEND.div_up, a, torch.tensor([divisor], dtype=torch.float64), operator.truediv, divisor),
    )
    for primitive, left, right, operation, other in operations:
        truth = operation(Fraction(x), Fraction(other))
        try:
            (found,) = primitive(left, right).tolist()
        except NotFiniteError:
            assert abs(truth) > Fraction(2) ** 1023
            continue
        best = outward(truth)[1]
        assert Fraction(found) >= truth
        if all(v == 0 or 2.0**-300 < abs(v) < 2.0**300 for v in (x, other, best)):
            assert found == best
        else:
            assert found in {best, nextafter(best, inf)}


@given(values=st.lists(FLOATS, min_size=1, max_size=9))
def test_sums_hold_the_true_ones(values: list[float]) -> None:
    scaled = [value / 16 for value in values]
    truth = sum(map(Fraction, scaled), Fraction(0))
    ends = torch.tensor(scaled, dtype=torch.float64)
    (low,), (high,) = (BACKEND.to_exact(f(ends, len(scaled))) for f in (BACKEND.sum_down, BACKEND.sum_up))
    size = sum((abs(Fraction(value)) for value in scaled), Fraction(0))
    assert low <= truth <= high
    assert high - low <= size * 10 * Fraction(2) ** -52 + Fraction(2) ** -1070


@pytest.mark.parametrize("value", [Fraction(10) ** 309, -(Fraction(10) ** 309)])
def test_numbers_beyond_the_range_are_refused(value: Fraction) -> None:
    for convert in (BACKEND.from_exact_up, BACKEND.from_exact_down):
        # The side towards 0 is the greatest float; a Box needs both sides.
        if (convert == BACKEND.from_exact_up) == (value > 0):
            with pytest.raises(NotFiniteError):
                convert([value])
        else:
            assert abs(BACKEND.to_exact(convert([value]))[0]) < abs(value)


def test_overflow_is_refused() -> None:
    huge = BACKEND.from_exact_up([Fraction(2) ** 1023])
    for overflowing in (
        lambda: BACKEND.add_up(huge, huge),
        lambda: BACKEND.mul_down(huge, BACKEND.neg(huge)),
        lambda: BACKEND.sum_up(BACKEND.concatenate([huge] * 3), 3),
        lambda: BACKEND.at_points(lambda x, ops: ops.exp(x), huge),
        lambda: BACKEND.at_points(lambda x, ops: 1 / (x - x), huge),
    ):
        with pytest.raises(NotFiniteError):
            overflowing()


@given(a=arrays(3), b=arrays(3), places=PLACES)
def test_arithmetic_of_boxes_is_contained(a: Any, b: Any, places: Any) -> None:
    checks.arithmetic_is_contained(BACKEND, a, b, places)


@given(a=arrays(6), b=arrays(6), places=PLACES)
def test_linear_algebra_is_contained(a: Any, b: Any, places: Any) -> None:
    checks.linear_algebra_is_contained(BACKEND, a, b, 2, places)


# ------------------------------------------------------------------ activations


def test_every_activation_is_among_the_cases() -> None:
    assert {case.name for case in CASES} == set(ACTIVATIONS)


@EVERY_CASE
@given(entries=ENTRIES, places=PLACES)
@settings(max_examples=20)
def test_ranges_and_slopes_are_sound(case: Case, entries: Any, places: Any) -> None:
    checks.values_are_contained(case.function, BACKEND, entries, places)
    checks.slopes_are_contained(case.function, BACKEND, entries, places)


@EVERY_CASE
@given(entries=ENTRIES, places=PLACES)
@settings(max_examples=20)
def test_ranges_grow_and_overlap_with_arb(case: Case, entries: Any, places: Any) -> None:
    for shape in (case.function.values, case.function.slopes):
        checks.grows_with_its_argument(shape, BACKEND, entries, places)
        checks.precisions_overlap(shape, [BACKEND, Arb(128)], entries)


@EVERY_CASE
def test_ranges_are_those_of_arb_up_to_some_units(case: Case) -> None:
    """Up to 64, and 512 where a formula is ill-conditioned: (x^3 - 2 x^2) e^(x^2 / 2) and its kind."""
    entries = [(Fraction(0), Fraction(2)), (Fraction(-7, 3), Fraction(-1, 9)), *((x, x) for x in PLACED if abs(x) < 4)]
    for shape in (case.function.values, case.function.slopes):
        fine = checks.ranges(shape, Arb(128), entries)
        for (low, high), (bottom, top) in zip(checks.ranges(shape, BACKEND, entries), fine, strict=True):
            slack = (512 if case.name == "exponential" else 64) * Fraction(2) ** -52 * max(8, abs(bottom), abs(top))
            assert low >= bottom - slack
            assert high <= top + slack


# ------------------------------------------------------------------ verdicts and certificates

CELLS = fp.loop("tanh", [["1/2", "1/5"], ["0", "1/3"]], name="cells")
SQUARE = fp.BoxRegion.cube("1", dimension=2)
PLATFORM = BACKEND.platform.to_data()


def proved(backend: str) -> Certificate:
    outcome = fp.certify(CELLS, SQUARE, Unique(), backend=backend)
    assert outcome.verdict.status is Status.PROVED
    assert outcome.certificate is not None
    return outcome.certificate


def test_the_certificate_names_torch64_and_its_machine() -> None:
    found = proved("torch64").to_data()
    assert found["obligations"][0]["backend"] == {"name": "torch64", "precision": 53}
    assert found["made_by"]["platform"] == PLATFORM
    assert found["claim"] == proved("arb").to_data()["claim"]


def test_reading_and_writing_agree() -> None:
    text = proved("torch64").to_text()
    again = Certificate.from_text(text)
    assert again.to_text() == text
    backend = again.obligations[0].backend
    assert isinstance(backend, Arb)
    assert (backend.name, backend.precision) == ("arb", 128)


def test_the_kernel_decides_again_with_arb() -> None:
    result = check_text(proved("torch64").to_text())
    assert result.status is FileStatus.VALID
    assert [verdict.backend for verdict in result.verdicts.values()] == ["arb 128"]


def test_a_false_rate_is_refused_whatever_the_file_says_of_torch64() -> None:
    data = proved("torch64").to_data()
    data.pop("digest")
    data["obligations"][0]["witness"]["rate"] = data["claim"]["rate"] = "1/10"
    text = certificates.canonical_json({**data, "digest": certificates.digest(data)})
    assert check_text(text).status is FileStatus.REJECTED


@pytest.mark.parametrize("precision", [0, 24, 128, "53", None])
def test_torch64_has_53_bits(precision: Any) -> None:
    with pytest.raises(FormatError, match="precision 53"):
        certificates.BACKENDS["torch64"](precision)


def test_large_networks_are_not_decided_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates.Again, "largest", 1)
    outcome = fp.certify(CELLS, SQUARE, Unique(), backend="torch64")
    assert outcome.check.status is FileStatus.HOLEY
    assert outcome.check.reason == "decided by torch64; too large to be decided again here"
    assert (outcome.verdict.status, outcome.verdict.detail) == (Status.UNDECIDED, outcome.check.reason)
    assert outcome.claim is None


def test_what_float64_cannot_decide_is_left_to_arb() -> None:
    """The image is 2^-70 inside the box: float64 has no number between."""
    gap = Fraction(1) - Fraction(1, 2**70)
    touching = fp.loop("hardtanh", [["1/2"]], bias=[str(gap / 2)], name="touching")
    region = fp.BoxRegion.of(("-1", str(gap)))
    certificate = attempt(touching, region, Unique(), "torch64").certificate
    assert certificate.obligations[0].backend.name == "arb"
    assert "platform" not in certificate.made_by


def test_an_unknown_backend_is_named() -> None:
    with pytest.raises(UnknownNameError, match="arb, torch64"):
        fp.certify(CELLS, SQUARE, backend="torch32")


_SAMPLE = ("ke-4.2", "ke-5.1", "p1", "p2", "p9")


@pytest.mark.parametrize("name", _SAMPLE)
def test_theorems_have_the_same_verdicts(name: str) -> None:
    """The first instance and the first control of some theorems; certificates of torch64 are VALID."""
    theorem = load_theorems([own_theorems()])[name]
    for case in (*theorem.instances[:1], *theorem.controls[:1]):
        coarse, fine = (attempt(case.network, case.region, case.goal, backend) for backend in ("torch64", "arb"))
        assert coarse.verdict.status is fine.verdict.status
        if coarse.claim is not None:
            assert coarse.claim == fine.claim
            assert check_text(coarse.certificate.to_text()).status is FileStatus.VALID
