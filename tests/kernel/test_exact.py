"""Exact numbers: texts denote rationals, and nothing that was rounded before enters unnoticed."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify.kernel.errors import FpverifyError, InexactNumberError, MisuseError
from fpverify.kernel.exact import decimal_text, dyadic, exact, exact_vector, text
from tests.strategies import rationals

ACCEPTED = [
    (3, Fraction(3)),
    (Fraction(2, 6), Fraction(1, 3)),
    ("0.1", Fraction(1, 10)),
    ("-.5", Fraction(-1, 2)),
    ("2.", Fraction(2)),
    ("+1e-3", Fraction(1, 1000)),
    ("12.50E2", Fraction(1250)),
    (" 1/3 ", Fraction(1, 3)),
    ("-6/4", Fraction(-3, 2)),
    ("0x1.8p-3", Fraction(3, 16)),
    ("-0X0.fP0", Fraction(-15, 16)),
    ("0x1.00000000000000000000000001p0", 1 + Fraction(1, 16**26)),
]

REFUSED = [
    (0.1, 'write it as text, such as "0.1"'),
    (1.0, "float"),
    (math.nan, "float"),
    (True, "bool"),
    (None, "NoneType"),
    (b"1", "bytes"),
    ([1], "list"),
    (1 + 2j, "complex"),
    ("", "is not a number"),
    ("one", "is not a number"),
    ("nan", "is not a number"),
    ("inf", "is not a number"),
    ("1/0", "divides by zero"),
    ("1/-2", "is not a number"),
    ("1.5/2", "is not a number"),
    ("1_000", "is not a number"),
    ("1e99999", "is not a number"),
    ("1 2", "is not a number"),
    ("0x1.8", "is not a number"),
    ("0x.8p0", "is not a number"),
    ("--1", "is not a number"),
]


@pytest.mark.parametrize(("given_number", "expected"), ACCEPTED)
def test_numbers_are_read_exactly(given_number: object, expected: Fraction) -> None:
    found = exact(given_number)
    assert isinstance(found, Fraction)
    assert found == expected


@pytest.mark.parametrize(("given_number", "message"), REFUSED)
def test_what_is_no_exact_number_is_refused(given_number: object, message: str) -> None:
    with pytest.raises(InexactNumberError, match=message):
        exact(given_number)


@given(value=rationals())
def test_text_is_read_back(value: Fraction) -> None:
    assert exact(text(value)) == value


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_are_exact_where_they_are_meant(value: float) -> None:
    """By `dyadic`, or written as a hexadecimal float."""
    assert dyadic(value) == Fraction(value) == exact(value.hex())


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_doubles_that_are_no_numbers_are_refused(value: float) -> None:
    with pytest.raises(InexactNumberError, match="not a finite number"):
        dyadic(value)


def test_vectors_are_read_entry_by_entry() -> None:
    assert exact_vector(["0.1", 2, Fraction(1, 3)]) == (Fraction(1, 10), 2, Fraction(1, 3))


def test_a_text_is_no_vector() -> None:
    """It would be read letter by letter: "12" as (1, 2)."""
    with pytest.raises(InexactNumberError, match=r"write \['12'\]"):
        exact_vector("12")


def test_a_float_within_a_vector_is_refused() -> None:
    with pytest.raises(InexactNumberError):
        exact_vector(["1", 0.5])


def test_misuse_is_also_the_builtin_that_one_would_expect() -> None:
    assert issubclass(InexactNumberError, (TypeError, ValueError))
    assert issubclass(MisuseError, FpverifyError)


def test_decimals_are_for_eyes() -> None:
    assert decimal_text(Fraction(2, 3)) == "0.666667"
