"""The words and the short forms of numbers that all renderings share."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction

MEANING: tuple[tuple[str, str], ...] = tuple(
    {
        "PROVED": "Every hypothesis was certified for this case by the kernel, in rigorous arithmetic. The word is used "
        "only for a certificate file that was written, read back from disk and accepted by the kernel. The sentence beside "
        "it is the kernel's own: that sentence is what was proved.",
        "REFUTED": "The opposite was proved. Of a printed statement: there is a certified counterexample, for which the "
        "printed hypotheses hold and a printed conclusion fails.",
        "UNDECIDED": "Not certified. This is no disproof; the reason says what to try.",
        "OUT_OF_SCOPE": "No rule of the kernel applies to the case at all.",
        "DISPUTED": "A simulation in floating point disagrees with a proved claim, and the kernel could not confirm the "
        "violation. Something is wrong, and the run fails.",
        "about the print": "What was proved about the printed text: REFUTED, of a statement that is false; PROVED, of a "
        "fact that shows a defect of a proof or a figure, and not of the printed text itself.",
        "control": "A false claim, with the reason why it is false. It must not be proved: a control that is proved shows "
        "that fpverify is unsound.",
        "margin": "How far a hypothesis is from failing: a certified lower bound, rounded down. 0: it holds, "
        "perhaps with equality; a tick: certified, without a number.",
        "cross-check": "Orbits followed in floating point from many starts, compared with the certified bounds. A "
        "cross-check can contradict a proof; it can never make one.",
    }.items()
)

OBSERVED: tuple[tuple[str, str], ...] = tuple(
    {
        "EMPIRICAL": "Seen in samples of networks in the stated regime, in floating point. Nothing is proved by it: another "
        "regime, or more samples, may show otherwise.",
        "NOT REPRODUCED": "Looked for in the stated way and regime, and not seen. This is no disproof.",
    }.items()
)
"""What the words of a measurement mean."""

MEASURED = "Measured, not proved. " + " ".join(f"{word}: {sense[0].lower()}{sense[1:]}" for word, sense in OBSERVED)
"""What a reader of measurements has to know first."""

APART = "Measured numbers differ between machines in their last digits, so they stand on pages of their own."
"""Why a page that is the same on each machine has only the verdicts."""

DISCLAIMER = (
    "Claims are about the loop in real arithmetic with exactly the weights of the network; the rounding errors of a program "
    "enter as noise. Figures are drawn in floating point and prove nothing."
)

_NUMBER = re.compile(r"(?<![\w.])(?:(?<![\w)\]])-)?\d+(?:/\d+)?(?![\w.]*[A-Za-z])")
_PLAIN, _PRIMES = 15, (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)


@dataclass(frozen=True)
class Piece:
    """A part of a text: as it is shown, and exactly if it is shown in short (else None)."""

    shown: str
    exact: str | None = None


def pieces(words: str) -> Iterator[Piece]:
    """Cut *words* into parts, long numbers apart, so that these can be shown in short and given in full."""
    end = 0
    for match in _NUMBER.finditer(words):
        if len(match.group()) > _PLAIN:
            yield Piece(words[end : match.start()])
            yield Piece(short_number(match.group()), match.group())
            end = match.end()
    yield Piece(words[end:])


def short_number(number: str) -> str:
    """Return a long integer as a product of powers, such as 2^128, or any long rational as an approximation."""
    if "/" not in number and (powers := _powers(int(number))):
        return powers
    value = Fraction(number)
    nearest = Context(prec=6).divide(Decimal(value.numerator), Decimal(value.denominator))
    return f"≈{_written(nearest)}"


def _powers(value: int) -> str:
    """Return the value as a product of powers of small primes, one power if it is one; empty if it has other factors."""
    exponents = {}
    for prime in _PRIMES:
        while value > 1 and value % prime == 0:
            value //= prime
            exponents[prime] = exponents.get(prime, 0) + 1
    if value != 1 or not exponents:
        return ""
    if len(set(exponents.values())) == 1:
        base = 1
        for prime in exponents:
            base *= prime
        return f"{base}^{exponents[min(exponents)]}"
    return " · ".join(f"{prime}^{e}" if e > 1 else str(prime) for prime, e in exponents.items())


def floor_decimal(value: Fraction, digits: int = 4) -> str:
    """Return the largest decimal of that many digits that is at most *value*: it bounds from below what *value* does."""
    return _rounded(value, digits, ROUND_FLOOR)


def ceil_decimal(value: Fraction, digits: int = 4) -> str:
    """Return the smallest decimal of that many digits that is at least *value*."""
    return _rounded(value, digits, ROUND_CEILING)


def _rounded(value: Fraction, digits: int, rounding: str) -> str:
    context = Context(prec=digits, rounding=rounding)
    return _written(context.divide(Decimal(value.numerator), Decimal(value.denominator)))


def _written(value: Decimal) -> str:
    """Return a decimal without trailing zeros, with an exponent only if it is very small or large."""
    if value == 0:
        return "0"
    short = value.normalize(Context(prec=60))
    return f"{short:f}" if -5 <= short.adjusted() <= 8 else f"{short:e}".replace("E", "e").replace("e+", "e")
