"""
Banach's fixed point theorem for deep chains: the Lipschitz constants of the layers, one after the other.

Lemma. Let f be a chain x -> g_L(W_L ... g_1(W_1 x + b_1) ... + b_L), D a closed box or R^d, and
    (1) f be continuous and map D into itself;
    (2) the slopes of each neuron of layer l be at most d_i in size on D, D_l = diag(d), and either
        |x| = max_j |x_j| / w_j:    u_0 = w, u_l >= D_l |W_l| u_(l-1), and u_L <= K w; or
        the 2-norm:    c_l >= 0, c_l^2 I - (D_l W_l)' (D_l W_l) be positive definite, and c_1 ... c_L <= K;
    (3) 0 <= K < 1.
Then f has exactly one fixed point p in D, and the bounds of the rule banach hold there.

Proof. f(x) - f(y) = S_L W_L ... S_1 W_1 (x - y) with |S_l| <= D_l (see _chain). If |x - y| <= r w entry by entry, then
|f(x) - f(y)| <= r u_L, by induction; |S_l W_l z|_2 <= |D_l W_l z|_2 <= c_l |z|_2. So f is K-Lipschitz; then banach.

Matrices of a set as in _matrices; u_l is computed in boxes and rounded up. Positive definiteness is shown by a factor.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.contraction import self_map_slack
from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import exact_vector, text
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.norm import SupNorm, TwoNorm
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion, WholeSpace
from fpverify.kernel.rules._chain import affine_layers, slope_spans, weights
from fpverify.kernel.rules._matrices import Matrices, is_definite, upper_triangle
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "f is a chain of layers, continuous on D",
    "D is closed, convex and not empty, and f maps it into itself",
    "the bounds of the layers multiply to at most K",
    "0 <= K < 1",
)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, backend = obligation.network, obligation.region, obligation.backend
    ledger.require_scope(isinstance(region, (BoxRegion, WholeSpace)), Reason.WRONG_REGION)
    assert isinstance(region, (BoxRegion, WholeSpace))
    ledger.require_scope(region.dimension == network.state_size, Reason.WRONG_REGION)
    affine = affine_layers(network)
    ledger.require_scope(bool(affine), Reason.NOT_A_CHAIN)
    spans = slope_spans(network, region, backend)
    ledger.settle_that(spans is not None, Reason.NOT_CONTINUOUS)
    assert spans is not None
    ledger.settle(self_map_slack(network, region, backend), Reason.SELF_MAP_UNCERTAIN)
    steepest = [[max(-a, b) for a, b in zip(*span, strict=True)] for span in spans]
    ledger.settle_that(_contracts(obligation, affine, steepest), Reason.RATE_UNCERTAIN)
    ledger.settle_that(0 <= obligation.number("rate") < 1, Reason.RATE_NOT_BELOW_ONE)


def _contracts(obligation: Obligation, affine: Sequence[Affine], steepest: Sequence[Sequence[Fraction]]) -> bool:
    norm, rate = obligation.norm(), obligation.number("rate")
    if isinstance(norm, SupNorm):
        return _sup_bound(affine, steepest, norm.weights, obligation.backend) <= rate
    if not isinstance(norm, TwoNorm) or not norm.is_unweighted:
        raise FormatError("the rule layered knows the sup norm with weights, and the 2-norm without")
    bounds, factors = exact_vector(obligation.items("bounds")), obligation.items("factors")
    if not len(bounds) == len(factors) == len(affine):
        raise FormatError(f"{len(bounds)} bounds and {len(factors)} factors are given for {len(affine)} layers")
    layers = zip(affine, steepest, bounds, factors, strict=True)
    return prod(bounds) <= rate and all(_is_bounded(*layer) for layer in layers)


def _sup_bound(
    affine: Sequence[Affine], steepest: Sequence[Sequence[Fraction]], start: Sequence[Fraction], backend: Backend
) -> Fraction:
    """Return the least K with u_L <= K w, rounded up."""
    reach = Box.point(start, backend)
    for layer, slopes in zip(affine, steepest, strict=True):
        moved = reach.affine_image(layer.weight.box(backend).magnitude())
        reach = (moved * Box.point(slopes, backend)).magnitude()
    return max(end / weight for end, weight in zip(reach.upper(), start, strict=True))


def _is_bounded(layer: Affine, slopes: Sequence[Fraction], bound: Fraction, factor: object) -> bool:
    """Decide whether |D W|_2 <= *bound* for each W of the layer, by a factor of bound^2 I - (D W)' (D W)."""
    scaled = Matrices.diagonal(slopes, slopes) * weights(layer)
    square = [bound * bound] * layer.weight.shape[1]
    form = Matrices.diagonal(square, square) - scaled.transpose() * scaled
    return bound >= 0 and is_definite(form, upper_triangle(factor, form.size))


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    norm, rate = obligation.norm(), text(obligation.number("rate"))
    return claim(obligation, "unique", rate=rate, norm=norm.to_data(), norm_words=str(norm))


RULE = Rule(name="layered", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
