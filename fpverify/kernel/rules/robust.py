"""
Banach's theorem with noise in each step, uncertain parameters, and parameters that change from step to step.

Lemma. Let D be a closed box or R^d, E a bound of the noise in each coordinate, and let
    (1) D is closed, convex and not empty;
    (2) f is continuous on D, and f(x) + e lies in D for every x in D and every |e_j| <= E_j (the hypothesis that the
        printed Theorem 4.2 lacks);
    (3) the slopes of f on D have norm at most K;
    (4) 0 <= K < 1;
    (5) every e with |e_j| <= E_j has norm at most eps;
    (6) |f(x) - f0(x)| has norm at most eta on D, f0 being f with each parameter at the midpoint of its interval;
    (7) if radii v are given: the norm is a sup or 1-norm, and M v + E + H <= v for M the matrix of the largest
        |slopes| and H_j the largest |f_j - f0_j|;
each for all parameters in their intervals. Then f0 has exactly one fixed point p in D. Every orbit
x^t = f_t(x^(t-1)) + e_t from x^0 in D, with parameters of f_t drawn anew from their intervals and |e_t| <= E, stays in D and
    |x^t - p| <= K^t |x^0 - p| + (eps + eta) (1 - K^t) / (1 - K);
with (7), moreover limsup |x^t_j - p_j| <= v_j for each coordinate.

Proof. (2) keeps the orbit in D. f0 is a member of the family, so banach gives p. |x^t - p| <= |f_t(x^(t-1)) -
f_t(p)| + |f_t(p) - f0(p)| + |e_t| <= K |x^(t-1) - p| + eta + eps; unroll. For (7): |x^t - p| <= M |x^(t-1) - p| + E + H
entrywise, hence <= M^t |x^0 - p| + sum_{s<t} M^s (E + H) <= M^t |x^0 - p| + v, since M v + E + H <= v gives by induction
sum_{s<t} M^s (E + H) <= v - M^t v <= v; and M^t -> 0, because a weighted sup or 1-norm of M is at most K < 1 (those
norms see |slopes| only).

Source: arXiv 2410.11279, Theorem 4.2, repaired and extended; 1/(1 - K) is sharp (f = K x, e = eps).
"""

from collections.abc import Mapping
from fractions import Fraction

from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.contraction import lipschitz_slack, self_map_slack
from fpverify.kernel.exact import exact_vector, text
from fpverify.kernel.norm import TwoNorm
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion, WholeSpace
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "D is closed, convex and not empty",
    "f is continuous on D, and f(x) + e lies in D for every x in D and every admissible noise e",
    "the slopes of f on D have norm at most K",
    "0 <= K < 1",
    "admissible noise has norm at most eps",
    "the uncertain parameters move f by at most eta in norm",
    "the componentwise radii v satisfy M v + E + H <= v",
)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, backend = obligation.network, obligation.region, obligation.backend
    rate, norm, noise = obligation.number("rate"), obligation.norm(), obligation.vector("noise")
    ledger.require_scope(isinstance(region, (BoxRegion, WholeSpace)), Reason.WRONG_REGION)
    assert isinstance(region, (BoxRegion, WholeSpace))
    ledger.settle_that(region.dimension == network.state_size and min(noise) >= 0, Reason.WRONG_REGION)
    ledger.settle(self_map_slack(network, region, backend, noise), Reason.SELF_MAP_UNCERTAIN)
    ledger.settle(lipschitz_slack(network, region, norm, rate, backend), Reason.RATE_UNCERTAIN)
    ledger.settle_that(0 <= rate < 1, Reason.RATE_NOT_BELOW_ONE)
    ledger.settle_that(norm.vector_at_most(noise, obligation.number("noise_norm")), Reason.NOISE_UNCERTAIN)
    moved = _deviation(obligation)
    known = moved is not None and norm.vector_at_most(moved, obligation.number("deviation"))
    ledger.settle_that(known, Reason.DEVIATION_UNCERTAIN)
    ledger.settle_that(moved is not None and _radii_hold(obligation, noise, moved), Reason.RADIUS_UNCERTAIN)


def _deviation(obligation: Obligation) -> tuple[Fraction, ...] | None:
    """Return upper bounds of |f_j - f0_j| on D; None where there are none (uncertain parameters on all of R^d)."""
    network, region = obligation.network, obligation.region
    if not network.is_uncertain:
        return (Fraction(0),) * network.state_size
    return network.deviation(region.outer(obligation.backend)).upper() if isinstance(region, BoxRegion) else None


def _radii_hold(obligation: Obligation, noise: tuple[Fraction, ...], moved: tuple[Fraction, ...]) -> bool:
    if "radii" not in obligation.witness:
        return True
    region, backend = obligation.region, obligation.backend
    if isinstance(obligation.norm(), TwoNorm) or not isinstance(region, BoxRegion):
        return False
    radii = obligation.vector("radii")
    slopes = obligation.network.slopes(region.outer(backend)).magnitude()
    reached = Box.point(radii, backend).affine_image(slopes).upper()
    return all(m + e + h <= v for m, e, h, v in zip(reached, noise, moved, radii, strict=True)) and min(radii) >= 0


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    rate, norm = obligation.number("rate"), obligation.norm()
    eps, eta = obligation.number("noise_norm"), obligation.number("deviation")
    return claim(
        obligation,
        "robust",
        rate=text(rate),
        norm=norm.to_data(),
        norm_words=str(norm),
        noise=[text(e) for e in obligation.vector("noise")],
        deviation=text(eta),
        radius=text((eps + eta) / (1 - rate)),
        radii=[text(v) for v in exact_vector(obligation.witness.get("radii", []))],
    )


RULE = Rule(name="robust", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
