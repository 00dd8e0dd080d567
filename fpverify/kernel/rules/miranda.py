"""
Miranda's theorem: a fixed point in a box on whose opposite faces x - f(x) points to opposite sides.

Lemma. Let D be a box, Y a matrix, G(x) = Y (x - f(x)), and let
    (1) D be a box of the state space, and f be continuous on it;
    (2) Y be regular;
    (3) for each j, G_j <= 0 on one of the faces of D across axis j, and G_j >= 0 on the other.
Then f has at least one fixed point in D (for each choice of the parameters, if they are intervals).

Proof. Miranda's theorem gives a zero of the continuous G in D, where x - f(x) = 0 by (2). On a face X with the midpoint c,
G_j is bounded in two ways: by Y (X - f(X)), and by Y (c - f(c)) + Y (I - A) (X - c), where A encloses the slopes of f on X.

Source: A. Neumaier, Interval Methods for Systems of Equations, Theorem 5.3.7 (Miranda 1940).
"""

from collections.abc import Mapping
from fractions import Fraction

from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._transform import Rows, defect, matrix, orientation, transform_of
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "D is a box of the state space and f is continuous on it",
    "Y is regular",
    "each component of Y (x - f(x)) has opposite signs on its two faces",
)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region = obligation.network, obligation.region
    ledger.require_scope(isinstance(region, BoxRegion), Reason.WRONG_REGION)
    assert isinstance(region, BoxRegion)
    ledger.require_scope(region.dimension == network.state_size, Reason.WRONG_REGION)
    image = network.enclose(region.outer(obligation.backend))
    ledger.settle_that(image.decoration >= Decoration.DAC, Reason.NOT_CONTINUOUS)
    rows = transform_of(obligation)
    ledger.settle_that(orientation(rows) != 0, Reason.FACT_UNCERTAIN)
    slack = min(_opposed(obligation, region, rows, axis) for axis in range(region.dimension))
    ledger.settle(slack, Reason.NO_SIGN_CHANGE)


def _opposed(obligation: Obligation, region: BoxRegion, rows: Rows, axis: int) -> Fraction:
    """Return how far G_j is from 0 on the two faces, to opposite sides; negative if it may not be opposed."""
    ends = [list(region.lo), list(region.hi)]
    faces = [[[*end[:axis], side[axis], *end[axis + 1 :]] for end in ends] for side in ends]
    (least, most), (least_there, most_there) = [_component(obligation, low, high, rows, axis) for low, high in faces]
    return max(min(-most, least_there), min(least, -most_there))


def _component(
    obligation: Obligation, low: list[Fraction], high: list[Fraction], rows: Rows, axis: int
) -> tuple[Fraction, Fraction]:
    """Bound G_j on a face in both ways."""
    network, face = obligation.network, Box.from_exact(low, high, obligation.backend)
    plain = (face - network.enclose(face)).affine_image(matrix(rows, face))
    value, slopes = defect(network, face, low, high, rows)
    centre = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    finer = value + (face - Box.point(centre, face.backend)).affine_image(slopes)
    return (
        max(plain.lower()[axis], finer.lower()[axis]),
        min(plain.upper()[axis], finer.upper()[axis]),
    )


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    return claim(obligation, "exists")


RULE = Rule(name="miranda", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
