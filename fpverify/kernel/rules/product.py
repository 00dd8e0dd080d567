"""
The k^d lemma: prod_j k_j robust fixed points of a looped layer from sum_j k_j scalar checks.

Lemma. Let f(x) = g(W x + b) with W in [W] and b in [b]. For each coordinate j let I_{j,1}, ..., I_{j,k_j} be closed
intervals with hull U_j, E_j a bound of the noise, w_j > 0 a weight, and
    N_j = sum_{k != j} [W_jk] U_k + [b_j],    Z_{j,i} = [W_jj] I_{j,i} + N_j,    G_{j,i} >= sup |slope of g| on Z_{j,i}.
Let
    (1) f be a looped layer with a continuous g, and the intervals given on each coordinate;
    (2) g(Z_{j,i}) + [-E_j, E_j] lie in I_{j,i} for all j, i;
    (3) G_{j,i} sum_k |W_jk| w_k <= K w_j for all j, i and all W in [W];
    (4) 0 <= K < 1;
    (5) the intervals of each coordinate be pairwise disjoint;
    (6) E_j <= eps w_j;
    (7) max_i G_{j,i} (sum_k R_jk |U_k| + r_j) <= eta w_j, with R, r the radii of [W], [b].
Then for each choice s and D_s = prod_j I_{j,s_j}: every f of the family maps D_s into itself, even with the noise added,
contracts it with rate K in the sup norm with weights w, and has exactly one fixed point there; the prod_j k_j fixed points
are distinct. Orbits with parameters drawn anew at each step and noise at most E stay in D_s and satisfy
    |x^t - p_s| <= K^t |x^0 - p_s| + (eps + eta) (1 - K^t) / (1 - K),  p_s the fixed point for the midpoint parameters.

Proof. Fix s and x in D_s. For k != j, x_k lies in I_{k,s_k}, hence in U_k, so (W x + b)_j lies in Z_{j,s_j}: an interval
that depends on s only through s_j. (2) gives f_j(x) + e_j in I_{j,s_j}. For x, y in D_s the segment between their
pre-activations lies in Z_{j,s_j}, so f_j(x) - f_j(y) = sigma W_j (x - y) with |sigma| <= G_{j,s_j}, and (3) makes f
K-Lipschitz on the convex D_s. Now robust, with |f_j - f0_j| <= G_{j,s_j} |(W - W0) x + b - b0|_j for (7).

Cost: O(d^2) interval operations for N and the row sums, and sum_j k_j ranges of g and of its slope.

Source: arXiv 2410.11279, Theorems 5.1 and 5.2, whose 2^d regions this lemma certifies by 2 d checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.exact import text
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.norm import Norm, SupNorm
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import ProductRegions
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "f is a looped layer g(W x + b) with g continuous, and intervals are given on each coordinate",
    "g(Z) + [-E, E] lies in I for each of the intervals",
    "the slope of g on Z times the weighted row sum of |W| is at most K, for each of the intervals",
    "0 <= K < 1",
    "the intervals of each coordinate are pairwise disjoint",
    "the noise has norm at most eps",
    "the uncertain parameters move f by at most eta in norm",
)


@dataclass(frozen=True)
class ScalarChecks:
    """One entry per (coordinate j, interval i), in order: the coordinate, the interval, g(Z) and sup |slope| on Z."""

    owner: tuple[int, ...]
    intervals: tuple[tuple[Fraction, Fraction], ...]
    image: Box
    slope: tuple[Fraction, ...]


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    region, layer, norm = obligation.region, obligation.network.looped_layer(), obligation.norm()
    ledger.require_scope(layer is not None, Reason.NOT_A_LOOPED_LAYER)
    ledger.require_scope(isinstance(region, ProductRegions) and isinstance(norm, SupNorm), Reason.WRONG_REGION)
    assert layer is not None
    assert isinstance(region, ProductRegions)
    rate, noise = obligation.number("rate"), obligation.vector("noise")
    fits = region.dimension == obligation.network.state_size and min(noise) >= 0
    ledger.settle_that(fits and obligation.network.is_continuous, Reason.NOT_CONTINUOUS)
    checks = scalar_checks(region, *layer, obligation.backend)
    ledger.settle(_inside(checks, noise), Reason.SELF_MAP_UNCERTAIN)
    ledger.settle(rate - contraction_bound(checks, layer[0], norm), Reason.RATE_UNCERTAIN)
    ledger.settle_that(0 <= rate < 1, Reason.RATE_NOT_BELOW_ONE)
    gaps = [gap for gap in region.gaps() if gap is not None]
    ledger.settle_that(all(gap > 0 for gap in gaps), Reason.NOT_DISJOINT)
    ledger.settle_that(norm.vector_at_most(noise, obligation.number("noise_norm")), Reason.NOISE_UNCERTAIN)
    moved = deviation_bound(checks, region, layer[0])
    ledger.settle_that(norm.vector_at_most(moved, obligation.number("deviation")), Reason.DEVIATION_UNCERTAIN)


def scalar_checks(region: ProductRegions, affine: Affine, activate: Activate, backend: Backend) -> ScalarChecks:
    """Enclose g and its slope on each Z_{j,i}."""
    size = region.dimension
    owner = tuple(j for j in range(size) for _ in region.intervals[j])
    intervals = tuple(interval for choices in region.intervals for interval in choices)
    own = Box.from_exact([low for low, _ in intervals], [high for _, high in intervals], backend)
    diagonal = affine.weight.box(backend).gather([j * size + j for j in owner], own.shape)
    others = _coupling(affine, region.hull().outer(backend)) + affine.bias.box(backend)
    inner = diagonal * own + others.gather(owner, own.shape)
    slopes = activate.function.slopes.range(inner).magnitude().upper()
    return ScalarChecks(owner, intervals, activate.function.values.range(inner), slopes)


def _coupling(affine: Affine, hull: Box) -> Box:
    """Enclose `sum_{k != j} W_jk x_k` for every x in *hull*."""
    size = hull.shape[0]
    products = affine.weight.box(hull.backend) * hull.gather(list(range(size)) * size, (size, size))
    if size == 1:
        return Box.point([Fraction(0)], hull.backend)
    off = [j * size + k for j in range(size) for k in range(size) if k != j]
    return products.gather(off, (size, size - 1)).row_sums()


def _inside(checks: ScalarChecks, noise: tuple[Fraction, ...]) -> Fraction:
    low = [interval[0] + noise[j] for j, interval in zip(checks.owner, checks.intervals, strict=True)]
    high = [interval[1] - noise[j] for j, interval in zip(checks.owner, checks.intervals, strict=True)]
    return checks.image.slack_inside(low, high)


def contraction_bound(checks: ScalarChecks, affine: Affine, norm: Norm) -> Fraction:
    """Return an upper bound of `G_{j,i} sum_k |W_jk| w_k / w_j` over all j and i."""
    weights, backend = norm.weights, checks.image.backend
    sums = Box.point(weights, backend).affine_image(affine.weight.box(backend).magnitude()).upper()
    return max(g * sums[j] / weights[j] for j, g in zip(checks.owner, checks.slope, strict=True))


def deviation_bound(checks: ScalarChecks, region: ProductRegions, affine: Affine) -> tuple[Fraction, ...]:
    """Return upper bounds of `max_i G_{j,i} (sum_k R_jk |U_k| + r_j)`."""
    if affine.weight.is_point and affine.bias.is_point:
        return (Fraction(0),) * region.dimension
    backend = checks.image.backend
    spread = Box.point(affine.weight.radius(), backend, affine.weight.shape)
    reached = region.hull().outer(backend).magnitude().affine_image(spread) + Box.point(affine.bias.radius(), backend)
    steepest = [Fraction(0)] * region.dimension
    for j, slope in zip(checks.owner, checks.slope, strict=True):
        steepest[j] = max(steepest[j], slope)
    return tuple(g * top for g, top in zip(steepest, reached.upper(), strict=True))


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    region, rate, norm = obligation.region, obligation.number("rate"), obligation.norm()
    assert isinstance(region, ProductRegions)
    eps, eta = obligation.number("noise_norm"), obligation.number("deviation")
    return claim(
        obligation,
        "product",
        count=str(region.count),
        rate=text(rate),
        norm=norm.to_data(),
        norm_words=str(norm),
        noise=[text(e) for e in obligation.vector("noise")],
        deviation=text(eta),
        radius=text((eps + eta) / (1 - rate)),
        gaps=["" if gap is None else text(gap) for gap in region.gaps()],
    )


RULE = Rule(name="product", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
