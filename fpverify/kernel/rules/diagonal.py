"""
Stability on the diagonal of a loop with exchangeable coordinates.

Lemma. Let f(x) = g(W x + b) with exact W whose rows all have the sum r, and b = beta (1, ..., 1); let
phi(s) = g(r s + beta); let D be R^d or a box, and
    (1) f be such a loop, with g continuous, and D hold all s (1, ..., 1) with s in [a, b'];
    (2) phi have a fixed point in [a, b'], by a strict change of sign of phi(s) - s between the ends (or a = b' and
        phi(a) = a exactly);
    (3) every slope of phi on [a, b'] lie in [s, S].
Then f has a fixed point p = s (1, ..., 1) in D with s in [a, b']; where g is differentiable, (1, ..., 1) is an eigenvector
of Df(p), with the eigenvalue phi'(s) in [s, S]. If [s, S] lies outside [-1, 1], p attracts no neighbourhood; if s = S = -1,
no norm makes f a contraction near p.

Proof. f(s 1) = phi(s) 1, since (W s 1)_j = r s. Df(p) = g'(r s + beta) W, and W 1 = r 1. An eigenvalue of modulus at least
1 forbids an operator norm below 1; along the invariant diagonal, f is phi, and |phi'| > 1 on [a, b'] repels.

Source: the all-equal states of arXiv 2410.11279, Theorems 5.1 and 5.2, where W = I + (11^T - I)/m^2.
"""

from collections.abc import Mapping
from fractions import Fraction

from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.exact import text
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion, WholeSpace
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "f is a looped layer with exact weights, equal row sums and equal biases",
    "s -> g(r s + beta) has a fixed point in the interval",
    "its slopes there lie in [s, S]",
)


def _scalar_loop(obligation: Obligation) -> tuple[Fraction, Fraction, Activate] | None:
    """Return (r, beta, g), or None if f is no exchangeable looped layer with a continuous g."""
    layer = obligation.network.looped_layer()
    if layer is None or not layer[1].function.continuous:
        return None
    affine, activate = layer
    sums = {sum((low for low, _ in row), Fraction(0)) for row in affine.weight.rows()}
    biases = set(affine.bias.lo)
    exchangeable = affine.weight.is_point and affine.bias.is_point and len(sums) == len(biases) == 1
    return (sums.pop(), biases.pop(), activate) if exchangeable else None


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    low, high = obligation.pair("interval")
    loop = _scalar_loop(obligation)
    ledger.require_scope(loop is not None, Reason.NOT_A_LOOPED_LAYER)
    assert loop is not None
    ledger.settle_that(_holds_diagonal(obligation, low, high), Reason.WRONG_REGION)
    ledger.settle_that(_has_fixed_point(obligation, loop, low, high), Reason.NO_SIGN_CHANGE)
    slopes = loop[2].function.slopes.range(_inner(obligation, loop, low, high))
    eigenvalue = slopes * Box.point([loop[0]], obligation.backend)
    bounds = obligation.pair("eigenvalue")
    ledger.settle(eigenvalue.slack_inside([bounds[0]], [bounds[1]]), Reason.SLOPE_UNCERTAIN)


def _holds_diagonal(obligation: Obligation, low: Fraction, high: Fraction) -> bool:
    """Return whether the region holds s (1, ..., 1) for every s in [low, high]; a box does if it holds both ends."""
    region, size = obligation.region, obligation.network.state_size
    if isinstance(region, BoxRegion):
        return region.dimension == size and region.contains((low,) * size) and region.contains((high,) * size)
    return isinstance(region, WholeSpace) and region.dimension == size


def _inner(obligation: Obligation, loop: tuple[Fraction, Fraction, Activate], low: Fraction, high: Fraction) -> Box:
    ends = sorted((loop[0] * low + loop[1], loop[0] * high + loop[1]))
    return Box.from_exact([ends[0]], [ends[1]], obligation.backend)


def _has_fixed_point(
    obligation: Obligation, loop: tuple[Fraction, Fraction, Activate], low: Fraction, high: Fraction
) -> bool:
    motions = []
    for place in (low, high):
        image = loop[2].function.values.range(_inner(obligation, loop, place, place))
        motions.append((image.lower()[0] - place, image.upper()[0] - place))
    if low == high:
        return motions[0] == (0, 0)
    first, last = motions
    return (first[0] > 0 and last[1] < 0) or (first[1] < 0 and last[0] > 0)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    interval, (low, high) = obligation.pair("interval"), obligation.pair("eigenvalue")
    kind = "nothing follows for its stability"
    if high < -1 or low > 1:
        kind = "it attracts no neighbourhood"
    elif high <= -1 or low >= 1:
        kind = "no norm makes f a contraction near it"
    where = "where its derivative" if obligation.network.is_smooth else "where its derivative, if there is one,"
    bounds = {"interval": [text(end) for end in interval], "eigenvalue": [text(low), text(high)]}
    return claim(obligation, "diagonal", type=kind, where=where, **bounds)


RULE = Rule(name="diagonal", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
