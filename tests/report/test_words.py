"""Numbers for the eye: short, rounded to the side on which a bound stays true, exact in full beside them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify.report._words import Piece, ceil_decimal, floor_decimal, pieces, short_number


@given(st.fractions(), st.integers(1, 8))
def test_a_rounded_bound_stays_a_bound(value: Fraction, digits: int) -> None:
    """A lower bound is rounded down, an upper bound up, and neither by more than its digits ask."""
    low, high = Fraction(floor_decimal(value, digits)), Fraction(ceil_decimal(value, digits))
    assert low <= value <= high
    assert abs(value - low) <= abs(value) * Fraction(10) ** (1 - digits)
    assert abs(high - value) <= abs(value) * Fraction(10) ** (1 - digits)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2/3", "0.6666"),
        ("0", "0"),
        ("3/10000000", "3e-7"),
        ("1/2", "0.5"),
        ("-2/3", "-0.6667"),
        ("12345678901", "1.234e10"),
    ],
)
def test_floor_decimals(value: str, shown: str) -> None:
    assert floor_decimal(Fraction(value)) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (2**128, "2^128"),
        (6**40, "6^40"),
        (2**60 * 3**20, "2^60 · 3^20"),
        (2**60 * 3, "2^60 · 3"),
        (10**30 + 57, "≈1e30"),
    ],
)
def test_long_integers_are_powers_where_they_can_be(number: int, shown: str) -> None:
    assert short_number(str(number)) == shown


def test_only_long_numbers_are_shortened() -> None:
    """The exact number is kept with the short one; short numbers, names and exponents stay."""
    words = f"f has {2**64} points in [-1/3, 1.25]^64, x12345678901234567890, near 33333367/1000000000."
    cut = list(pieces(words))
    assert "".join(piece.exact or piece.shown for piece in cut) == words
    assert [piece for piece in cut if piece.exact] == [
        Piece("2^64", str(2**64)),
        Piece("≈0.0333334", "33333367/1000000000"),
    ]


@given(st.text(alphabet="0123456789/. x^[]-,", max_size=80))
def test_no_text_is_lost(words: str) -> None:
    """Whatever the text, its pieces give it back."""
    if "/0" not in words:
        assert "".join(piece.exact or piece.shown for piece in pieces(words)) == words
