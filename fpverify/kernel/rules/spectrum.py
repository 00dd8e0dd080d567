"""
Stability of counted fixed points: how many eigenvalues of the derivative lie outside the unit circle.

Lemma. Let f be continuously differentiable, p a fixed point in the box E, J the derivative Df(p), and let
    (1) the premise be about f, in the same region;
    (2) for each point with a witness, one of the following hold for every matrix J of the enclosure of the slopes on E:
        weights w > 0:          for each row i, with R_i = sum_{k != i} |J_ik| w_k / w_i, either |J_ii| + R_i < 1, or
                                |J_ii| - R_i > 1 (u rows);
        matrices V, T, signs s: H = (V T)' S (V T) - (V J T)' S (V J T) is strictly diagonally dominant with a
                                positive diagonal, S = diag(s), with u signs -1;
    (3) for each point with a ball (r, w, K): f be K-Lipschitz in the sup norm with weights w on the box E enlarged by r w,
        and 0 <= K < 1.
Then (2) J has exactly u eigenvalues outside the unit circle and none on it: p is attracting if u = 0, else unstable; and
(3) every orbit from |x - p| <= r converges to p, |x^t - p| <= K^t |x - p| in that norm.

Proof. (2) Weights: W^-1 J W has the eigenvalues of J, and its Gershgorin discs of the first kind lie inside the unit
circle, those of the second outside; a union of discs that is apart from the others holds as many eigenvalues as discs.
Matrices: P = V' S V is symmetric. H is symmetric and positive definite (Gershgorin), so T is regular and Q = P - J' P J is
positive definite. If J v = z v with v not 0, then 0 < v* Q v = (1 - |z|^2) v* P v, so |z| is not 1. On the invariant
subspace of the eigenvalues inside, x* P x = sum_t (J^t x)* Q (J^t x) > 0; on that of those outside, x* P x =
-sum_{t > 0} (J^-t x)* Q (J^-t x) < 0. Together they are the whole space, so P is regular, and their dimensions are the
numbers of its positive and negative eigenvalues: those of S, by Sylvester's law, as V must be regular.
(3) p lies in E, so the ball lies in that box, which is convex, and |f(x) - p| <= K |x - p|.

V and T are rounded to integers over 2^40: the lemma asks nothing of them. The rest is exact, with ends rounded outward.

Source: O. Taussky, J. Soc. Indust. Appl. Math. 9 (1961) 640-643 (Stein's inertia theorem).
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from flint import fmpz_mat

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.contraction import lipschitz_slack
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import exact, exact_vector, text
from fpverify.kernel.network import Network
from fpverify.kernel.norm import SupNorm, norm_from_data
from fpverify.kernel.obligation import Ledger, Obligation, Rule
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._krawczyk import BITS, ceil_scaled, floor_scaled
from fpverify.kernel.rules._matrices import absolute
from fpverify.kernel.rules._premise import inherited, only_premise
from fpverify.kernel.rules._tree import is_sign
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "the premise counts the fixed points of the same network in the same region",
    "f is continuously differentiable, and each stated number of eigenvalues lies outside the unit circle",
    "f contracts each stated ball",
)
_MATRIX_BITS = 40


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, premise = obligation.network, only_premise(premises)
    counted = premise.kind in {"exactly", "at_least"} and premise.network == network.digest
    ledger.settle_that(counted and premise.region == obligation.region, Reason.HYPOTHESIS_MISSING)
    ledger.require_scope(network.is_smooth, Reason.NOT_SMOOTH)
    pairs = list(zip(_enclosures(premise), _witnesses(obligation, premise), strict=True))
    unsure = next((box for box, data in pairs if not _splits(network, box, data, obligation.backend)), None)
    ledger.settle_that(unsure is None, Reason.STABILITY_UNCERTAIN, "" if unsure is None else f"the point in {unsure}")
    slacks = [_ball_slack(network, box, data["ball"], obligation.backend) for box, data in pairs if "ball" in data]
    certain = [slack for slack in slacks if slack is not None]
    ledger.settle(min(certain, default=Fraction(0)) if len(certain) == len(slacks) else None, Reason.RATE_UNCERTAIN)


def _enclosures(premise: Claim) -> list[BoxRegion]:
    return [BoxRegion(lo=exact_vector(p["lower"]), hi=exact_vector(p["upper"])) for p in premise.facts["points"]]


def _witnesses(obligation: Obligation, premise: Claim) -> list[dict[str, Any]]:
    """Return one object per point; an empty one says nothing of its point."""
    given = obligation.items("points")
    known = [{"weights"}, {"transform", "inverse", "signs"}, set[str]()]
    for data in given:
        if not isinstance(data, dict) or set(data) - {"ball"} not in known:
            raise FormatError(f"stability is shown by weights, or by transform, inverse and signs; got {data!r:.80}")
    if len(given) != len(premise.facts["points"]):
        raise FormatError(f"{len(given)} witnesses of stability for {len(premise.facts['points'])} points")
    return given


def _splits(network: Network, box: BoxRegion, data: Mapping[str, Any], backend: Backend) -> bool:
    """Return whether the witness certainly tells the eigenvalues inside the unit circle from those outside."""
    if not set(data) - {"ball"}:
        return True
    slopes = network.slopes(box.outer(backend))
    if slopes.decoration < Decoration.DAC:
        return False
    if "weights" in data:
        return _rows_outside(slopes, exact_vector(data["weights"])) is not None
    return _is_definite(slopes, data)


def _unstable(network: Network, box: BoxRegion, data: Mapping[str, Any], backend: Backend) -> int | None:
    if "weights" in data:
        return _rows_outside(network.slopes(box.outer(backend)), exact_vector(data["weights"]))
    return list(data["signs"]).count(-1) if "signs" in data else None


def _rows_outside(slopes: Box, weights: Sequence[Fraction]) -> int | None:
    """Return the number of Gershgorin discs outside the unit circle; None if one is neither outside nor inside."""
    size = slopes.shape[0]
    if len(weights) != size or not min(weights) > 0:
        raise FormatError(f"{size} positive weights are needed, one for each coordinate")
    low, high, outside = slopes.lower(), slopes.upper(), 0
    for i in range(size):
        largest = [max(-low[i * size + k], high[i * size + k]) for k in range(size)]
        reach = sum((largest[k] * weights[k] for k in range(size) if k != i), Fraction(0)) / weights[i]
        least = max(low[i * size + i], -high[i * size + i], Fraction(0))
        if least - reach > 1:
            outside += 1
        elif not largest[i] + reach < 1:
            return None
    return outside


def _is_definite(slopes: Box, data: Mapping[str, Any]) -> bool:
    """Return whether H is certainly strictly diagonally dominant with a positive diagonal."""
    size = slopes.shape[0]
    first, last = _rounded(data["transform"], size), _rounded(data["inverse"], size)
    signs = data["signs"]
    if not isinstance(signs, list) or len(signs) != size or not all(map(is_sign, signs)):
        raise FormatError(f"signs are {size} numbers 1 or -1")
    form = fmpz_mat(size, size, [signs[i] * int(i == j) for i in range(size) for j in range(size)])
    low, high = [floor_scaled(x) for x in slopes.lower()], [ceil_scaled(x) for x in slopes.upper()]
    centre = first * fmpz_mat(size, size, [a + b for a, b in zip(low, high, strict=True)]) * last
    spread = fmpz_mat(size, size, [b - a for a, b in zip(low, high, strict=True)])
    radius = absolute(first) * spread * absolute(last)
    unit = first * last * (1 << (BITS + 1))
    matrix = unit.transpose() * form * unit - centre.transpose() * form * centre
    mixed = absolute(centre).transpose() * radius
    error = mixed + mixed.transpose() + radius.transpose() * radius
    return all(
        matrix[i, i] - error[i, i] > sum(abs(matrix[i, j]) + error[i, j] for j in range(size) if j != i)
        for i in range(size)
    )


def _rounded(rows: Any, size: int) -> fmpz_mat:
    if not isinstance(rows, list) or len(rows) != size or any(not isinstance(r, list) or len(r) != size for r in rows):
        raise FormatError(f"a matrix of stability has {size} rows of {size} numbers")
    return fmpz_mat(size, size, [round(exact(entry) * (1 << _MATRIX_BITS)) for row in rows for entry in row])


def _ball_slack(network: Network, box: BoxRegion, data: Any, backend: Backend) -> Fraction | None:
    radius, rate, norm = _ball(data, network.state_size)
    if not (radius > 0 and 0 <= rate < 1):
        return None
    reach = norm.reach(radius)
    low = tuple(map(Fraction.__sub__, box.lo, reach))
    high = tuple(map(Fraction.__add__, box.hi, reach))
    return lipschitz_slack(network, BoxRegion(lo=low, hi=high), norm, rate, backend)


def _ball(data: Any, size: int) -> tuple[Fraction, Fraction, SupNorm]:
    if not isinstance(data, dict) or set(data) != {"radius", "weights", "rate"}:
        raise FormatError(f"a ball has a radius, weights and a rate; got {data!r:.80}")
    norm = norm_from_data({"kind": "sup", "weights": data["weights"]}, size)
    assert isinstance(norm, SupNorm)
    return exact(data["radius"]), exact(data["rate"]), norm


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    premise = only_premise(premises)
    boxes, given = _enclosures(premise), _witnesses(obligation, premise)
    points = []
    for fact, box, data in zip(premise.facts["points"], boxes, given, strict=True):
        outside = _unstable(obligation.network, box, data, obligation.backend)
        stable = None if outside is None else outside == 0
        ball = {"ball": _canonical(data["ball"], obligation.network.state_size)} if "ball" in data else {}
        points.append({**fact, "stable": stable, "unstable_dimension": outside, **ball})
    return inherited(obligation, premise, points=points)


def _canonical(data: Any, size: int) -> dict[str, Any]:
    radius, rate, norm = _ball(data, size)
    return {"radius": text(radius), "rate": text(rate), "weights": [text(weight) for weight in norm.weights]}


RULE = Rule(name="spectrum", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
