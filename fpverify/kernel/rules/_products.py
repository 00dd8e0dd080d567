"""The claim of rules that count fixed points coordinate by coordinate, as products."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from fpverify.kernel.claim import Claim
from fpverify.kernel.obligation import Obligation, claim

ATTRACTING, UNSTABLE, OPEN = "attracting", "unstable", "open"
"""What is stated of a cell: its row attracts, its row repels, or nothing."""


def product_count(obligation: Obligation, types: Sequence[Sequence[str]], **where: Any) -> Claim:
    """
    Return the claim that there is one fixed point for each choice of one cell on each coordinate, and no other.

    Args:
        types: the types of the cells of each coordinate.
        where: what the claim says of the places: "cells", or "inner" and "outer".
    """
    found = [(sum(t == ATTRACTING for t in row), sum(t == UNSTABLE for t in row)) for row in types]
    typed = all(OPEN not in row for row in types)
    return claim(
        obligation,
        "product_count",
        count=_product([str(len(row)) for row in types]),
        attracting="0" if any(a == 0 for a, _ in found) else _product([str(a) for a, _ in found]),
        unstable=_product([_factor(*pair) for pair in found]) if typed else "",
        **where,
    )


def _factor(attracting: int, unstable: int) -> str:
    repelling = "t" if unstable == 1 else f"{unstable} t"
    if attracting == 0 or unstable == 0:
        return repelling if unstable else str(attracting)
    return f"({attracting} + {repelling})"


def _product(factors: Sequence[str]) -> str:
    """Return a product in a short form, such as "2^3 * 3^997"."""
    powers = {factor: number for factor, number in Counter(factors).items() if factor != "1"}
    words = [factor if number == 1 else f"{factor}^{number}" for factor, number in sorted(powers.items())]
    return " * ".join(words) or "1"
