"""FindResult: what a search for fixed points found, in the form that users of SciPy expect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Never

from fpverify._outcome import Outcome
from fpverify.backends.torch64.network import outward
from fpverify.kernel.certificate import Certificate
from fpverify.kernel.claim import Claim
from fpverify.kernel.exact import exact
from fpverify.kernel.verdict import Status

Corner = tuple[float, ...]

_LARGEST = 10**4_000
"""Python writes and reads whole numbers of at most 4,300 digits."""


@dataclass(frozen=True, kw_only=True)
class FixedPoint:
    """
    A fixed point of a certified claim; the only one in the box [lower, upper].

    Fields:
        lower, upper: corners of a box that holds it, rounded outward to floats; the exact ones stand in the claim.
        stable: whether it attracts a neighbourhood; None if that was not asked for or not settled.
        unstable_dimension: number of eigenvalues of the Jacobian outside the unit circle; None as above.
        rate, ball_radius, ball_weights: orbits from |x_j - p_j| <= ball_radius ball_weights_j converge, in each step by the
            factor *rate*, upper bounds; None where no such ball was found.
        index: sign det(I - J); None for points of an orbit.
    """

    lower: Corner
    upper: Corner
    stable: bool | None = None
    unstable_dimension: int | None = None
    rate: float | None = None
    ball_radius: float | None = None
    ball_weights: Corner | None = None
    index: int | None = None

    @property
    def centre(self) -> Corner:
        """The middle of the box."""
        return tuple(a / 2 + b / 2 for a, b in zip(self.lower, self.upper, strict=True))

    def to_data(self) -> dict[str, Any]:
        """Return the point as JSON data."""
        return {
            "lower": list(self.lower),
            "upper": list(self.upper),
            "stable": self.stable,
            "unstable_dimension": self.unstable_dimension,
            "rate": self.rate,
            "ball_radius": self.ball_radius,
            "ball_weights": None if self.ball_weights is None else list(self.ball_weights),
            "index": self.index,
        }


@dataclass(frozen=True, kw_only=True)
class FindResult:
    """
    The answer to "did I find them all?".

    Fields:
        success: whether it is proved that *points* are all fixed points of the region.
        status: PROVED if so, else UNDECIDED.
        message: what was proved or is missing, and what to try next.
        method: what proved it: "tree", "tree over the values of all layers" (of a deep network), or "cells".
        points: the proved fixed points; those of least period dividing k where a period k was asked for. Cells that prove
            more than 10,000 list none.
        count: their number, exactly.
        n_undecided: number of boxes that may hold more.
        undecided: these boxes, or one box around them if they are many, as pairs (lower, upper).
        undecided_share: an upper bound of their share of the volume, as exact text.
        nit, nfev: sweeps, and boxes treated.
        claim: what was proved, in the kernel's words; None if nothing was.
        certificate: its certificate; `certificate.save(path)` writes it.
        basins: the outcome for basins of attraction, with a certificate of its own, where that was asked for.
        outcome: verdict, and what the kernel said of the certificate's text.

    Invariants:
        Whatever is not None in *points* and *claim* was decided by the kernel from the text of the certificate.
    """

    success: bool
    status: Status
    message: str
    method: str
    points: tuple[FixedPoint, ...]
    count: int
    n_undecided: int
    undecided: tuple[tuple[Corner, Corner], ...] = ()
    undecided_share: str = "0"
    nit: int
    nfev: int
    claim: Claim | None
    certificate: Certificate | None
    basins: Outcome | None = None
    outcome: Outcome = field(repr=False)

    def __bool__(self) -> Never:
        raise TypeError("a result has no truth value: look at its status, success and count")

    def to_data(self) -> dict[str, Any]:
        """Return the result as JSON data, without the certificate; a count of thousands of digits as a product of powers."""
        return {
            "format": 1,
            "success": self.success,
            "status": self.status.value,
            "message": self.message,
            "method": self.method,
            "count": self.count if self.count < _LARGEST else self._power(),
            "n_undecided": self.n_undecided,
            "undecided": [[list(low), list(high)] for low, high in self.undecided],
            "undecided_share": self.undecided_share,
            "points": [point.to_data() for point in self.points],
            "nit": self.nit,
            "nfev": self.nfev,
            "claim": None if self.claim is None else self.claim.sentence(),
            "basins": None if self.basins is None or self.basins.claim is None else dict(self.basins.claim.facts),
        }

    def _power(self) -> str:
        return str(self.count) if self.claim is None else self.claim.facts["count"]


def points_of(facts: Sequence[Mapping[str, Any]], period: int = 1) -> tuple[FixedPoint, ...]:
    """Return the points of a claim; of the lifted loop, where the period is not 1."""
    return tuple(_point(fact, period) for fact in facts)


def _point(fact: Mapping[str, Any], period: int) -> FixedPoint:
    size = len(fact["lower"]) // period
    unstable = fact.get("unstable_dimension")
    ball = fact.get("ball") if period == 1 else None
    return FixedPoint(
        lower=tuple(_down(x) for x in fact["lower"][:size]),
        upper=tuple(_up(x) for x in fact["upper"][:size]),
        stable=fact.get("stable"),
        unstable_dimension=None if unstable is None else unstable // period,
        rate=None if ball is None else _up(ball["rate"]),
        ball_radius=None if ball is None else _down(ball["radius"]),
        ball_weights=None if ball is None else tuple(_down(x) for x in ball["weights"]),
        index=fact.get("index") if period == 1 else None,
    )


def _down(number: str) -> float:
    return outward(exact(number))[0]


def _up(number: str) -> float:
    return outward(exact(number))[1]


def corners(low: Sequence[float], high: Sequence[float]) -> tuple[Corner, Corner]:
    """Return a box as a pair of corners."""
    return tuple(low), tuple(high)


def volume_words(share: str) -> str:
    """Return a share for human eyes."""
    return f"{float(Fraction(share)):.3g}"
