"""Exact numbers: the only way in for a number. Floats are refused; texts are read as the rationals that they denote."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import groupby

from fpverify.kernel.errors import InexactNumberError

Number = str | int | Fraction
"""What a user may write where an exact number is wanted."""

_LONGEST = 8_000
_MOST_BITS = 14_000
MANY = 16
"""A sentence spells out so many numbers or sides; of more it says that the certificate lists them."""
_RATIONAL = re.compile(r"[+-]?(\d+/\d+|\d+(\.\d*)?([eE][+-]?\d{1,4})?|\.\d+([eE][+-]?\d{1,4})?)")
_HEX_FLOAT = re.compile(r"[+-]?0x[0-9a-fA-F]+(\.[0-9a-fA-F]*)?p[+-]?\d{1,4}")


def exact(value: object) -> Fraction:
    """
    Return the rational number that *value* denotes, exactly.

    Args:
        value: an int, a Fraction, or a text: decimal ("0.1", "1e-3"), rational ("1/3") or hexadecimal float
            ("0x1.8p-3").

    Raises:
        InexactNumberError: for a float (write "0.1", or `dyadic(0.1)` if the double itself is meant), a bool, or a
            text that is no number.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    if isinstance(value, str):
        return _from_text(value)
    raise InexactNumberError(
        f'{value!r} is a {type(value).__name__}, not an exact number: write it as text, such as "0.1" or "1/3", '
        "or use fpverify.dyadic(x) if the binary value of a double is meant"
    )


@lru_cache(maxsize=2**16)
def _from_text(text: str) -> Fraction:
    stripped = text.strip()
    if len(stripped) > _LONGEST:
        raise InexactNumberError(f"a number of {len(stripped)} characters is too long: at most {_LONGEST} are read")
    if _RATIONAL.fullmatch(stripped):
        denominator = stripped.partition("/")[2]
        if denominator and int(denominator) == 0:
            raise InexactNumberError(f"{text!r} divides by zero")
        return _of_moderate_size(Fraction(stripped))
    if _HEX_FLOAT.fullmatch(stripped.lower()):
        return _of_moderate_size(_from_hex_float(stripped.lower()))
    raise InexactNumberError(f'{text!r} is not a number: write a decimal, a rational "p/q" or a hexadecimal float')


def _of_moderate_size(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _MOST_BITS:
        raise InexactNumberError(f"a number with more than {_MOST_BITS} bits is neither read nor written")
    return value


def _from_hex_float(text: str) -> Fraction:
    """Read a hexadecimal float of any length exactly (float.fromhex would round)."""
    mantissa, _, exponent = text.partition("p")
    sign = -1 if mantissa.startswith("-") else 1
    whole, _, fraction = mantissa.lstrip("+-")[2:].partition(".")
    return sign * Fraction(int(whole + fraction, 16), 16 ** len(fraction)) * Fraction(2) ** int(exponent)


def dyadic(value: float) -> Fraction:
    """
    Return the exact value of a finite IEEE double.

    Raises:
        InexactNumberError: for NaN and infinities, which are no numbers.
    """
    if not math.isfinite(value):
        raise InexactNumberError(f"{value!r} is not a finite number")
    return Fraction(value)


def exact_vector(values: Iterable[object]) -> tuple[Fraction, ...]:
    """Return the exact numbers that *values* denote; a single text is refused, since it would be read by letters."""
    if isinstance(values, str):
        raise InexactNumberError(f"{values!r} is one number where a list of numbers is wanted: write [{values!r}]")
    if isinstance(values, Mapping) or not isinstance(values, Iterable):
        raise InexactNumberError(f"a list of numbers is wanted; got {values!r:.80}")
    return tuple(exact(value) for value in values)


def text(value: Fraction) -> str:
    """
    Return the canonical text of a rational: "p" or "p/q" in lowest terms; `exact` reads it back.

    Raises:
        InexactNumberError: if it has thousands of digits, more than a certificate should hold.
    """
    return str(_of_moderate_size(value))


def runs(words: Sequence[str]) -> list[tuple[str, int]]:
    """Return the words in order, equal ones in a row as one with their number."""
    return [(word, len(list(group))) for word, group in groupby(words)]


def listed(words: Sequence[str]) -> str:
    """Return numbers for human eyes, without loss: all of them, or, where that is long, that the certificate lists them."""
    if len(words) <= MANY:
        return ", ".join(words)
    counted = [word if count == 1 else f"{count} times {word}" for word, count in runs(words)]
    return ", ".join(counted) if len(counted) <= MANY else f"{len(words)} numbers, listed in the certificate"


def decimal_text(value: Fraction, digits: int = 6) -> str:
    """Return a short decimal for human eyes, rounded to nearest; never read back, never part of a certificate."""
    try:
        return f"{float(value):.{digits}g}"
    except OverflowError:
        return "below -1e308" if value < 0 else "above 1e308"
