"""Verdicts: what a rule decided, why, and with which margins. A verdict has no truth value."""

import enum
from dataclasses import dataclass
from fractions import Fraction
from typing import Never


class Status(enum.Enum):
    """The outcome of one attempt."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"

    def __bool__(self) -> Never:
        raise TypeError("a status has no truth value: compare with `is Status.PROVED`")


class Reason(enum.Enum):
    """Why a verdict is what it is; the text says what to try next."""

    ALL_HYPOTHESES_HOLD = "Every hypothesis of the rule was certified."
    SELF_MAP_UNCERTAIN = (
        "The image of the region, with the noise added, is not certainly inside it. "
        "Try a larger region, less noise, another norm, or subdivide."
    )
    RATE_UNCERTAIN = (
        "The rate is not certainly at most the stated one. "
        "Try weights from the Perron vector, a smaller region, or another norm."
    )
    RATE_NOT_BELOW_ONE = "The rate is not below 1, so nothing contracts. Choose a region on which the slope is smaller."
    NOT_CONTINUOUS = (
        "The loop is not certainly continuous on the region. More precision will not help: change the region."
    )
    NOT_FINITE = "An enclosure overflowed or became NaN. Raise the precision or shrink the region."
    UNBOUNDED = "The slope of the loop has no finite bound on the whole space. Choose a bounded region."
    NOT_RATIONAL = "The exact backend met a function with irrational values. Use the backend arb."
    NOT_DISJOINT = "Two regions meet, so their fixed points may coincide. Separate the regions."
    RESIDUAL_TOO_LARGE = (
        "The centre moves further than (1 - rate) radius. Try a centre nearer to the fixed point, or a larger ball."
    )
    RADIUS_UNCERTAIN = "The componentwise radius is not certainly large enough. Increase it slightly."
    NOISE_UNCERTAIN = "The stated size of the noise is too small for the noise that is allowed. Increase it."
    DEVIATION_UNCERTAIN = "The stated effect of the uncertain parameters is too small. Increase it."
    NOT_EXCLUDED = (
        "Some part of the region may hold a fixed point. Raise the budget of boxes; if the box named is a point where "
        "f(x) = x, the claim is false."
    )
    UNIQUENESS_UNCERTAIN = "A box may hold several fixed points. Shrink the uniqueness box, or subdivide."
    EXISTENCE_UNCERTAIN = "An enclosure may hold no fixed point. Refine it, or raise the precision."
    STABILITY_UNCERTAIN = (
        "An eigenvalue may lie on the unit circle. Refine the enclosure of the point, or leave its stability open."
    )
    NOT_SMOOTH = "The loop has a kink or a jump, so that a fixed point may have no derivative. Leave stability out."
    INDEX_SUM = "The indices do not sum to 1, so that a fixed point is missing or misjudged. Please report this."
    NOT_CARRIED = "A leaf is not certainly carried into its attracting ball. Allow more steps, or subdivide."
    NO_SIGN_CHANGE = "f(x) - x does not certainly change its sign over the interval. Move the ends."
    SLOPE_UNCERTAIN = "The slope is not certainly within the stated bounds. Shrink the interval."
    FACT_UNCERTAIN = (
        "The stated inequality is not certain. Raise the precision, or use the exact backend where it touches."
    )
    NO_CONTRADICTION = "The failure does not contradict the conclusion of the printed statement."
    HYPOTHESIS_MISSING = "A hypothesis of the printed statement is not among the premises."
    NOT_A_CHAIN = (
        "The network is no chain of layers g(W x + b), or, to be unfolded, not of two or more with one activation. "
        "Take another rule."
    )
    NOT_A_LOOPED_LAYER = "The rule is about the looped layer g(W x + b). Use the rule regions for other networks."
    WRONG_REGION = "The rule does not apply to a region of this kind."


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """How far a hypothesis is from failing: a certified lower bound of the slack (None: certified without a number)."""

    hypothesis: str
    slack: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    The decision of a rule about one obligation.

    Fields:
        status, reason: see there.
        margins: of the hypotheses that were certified, in the order in which they were checked.
        detail: numbers that help (which coordinate, how much was missing); for human eyes.
        backend: name and precision of the arithmetic that decided.
    """

    status: Status
    reason: Reason
    margins: tuple[Margin, ...] = ()
    detail: str = ""
    backend: str = ""

    def __bool__(self) -> Never:
        raise TypeError("a verdict has no truth value: compare its status with `is Status.PROVED`")
