"""
Periodic orbits, counted as the fixed points of the k-fold lift.

Lemma. Let k > 1 and
    (1) the first premise be that the k-fold lift of f has exactly n fixed points in D^k;
    (2) the second premise, if there is one, be that f has exactly m fixed points in D, and k be prime.
Then exactly n points x of D have an orbit in D with f^k(x) = x; and n - m of them, by (2), have the least period k: they
form (n - m) / k orbits.

Proof. (x_1, ..., x_k) is fixed under the lift if and only if x_1, ..., x_k is an orbit of f with f(x_k) = x_1; x_1
determines it. The least period of x_1 divides k: for a prime k it is 1 or k.
If parameters are intervals, those of the lift are independent in the k copies: equal ones are among them.
"""

from collections.abc import Mapping
from fractions import Fraction

from fpverify.kernel.claim import Claim
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._lift import lift
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "the first premise counts all fixed points of the k-fold lift of f in D^k",
    "a second premise counts all fixed points of f in D, and then k is prime",
)
_LONGEST = 64


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, period = obligation.network, obligation.region, _period(obligation)
    ledger.require_scope(isinstance(region, BoxRegion), Reason.WRONG_REGION)
    assert isinstance(region, BoxRegion)
    lifted, own = _counts(obligation, premises)
    power = BoxRegion(lo=region.lo * period, hi=region.hi * period)
    fits = lifted is not None and lifted.region == power and lifted.network == lift(network, period).digest
    ledger.settle_that(fits and lifted is not None and _is_complete(lifted), Reason.HYPOTHESIS_MISSING)
    same = own is None or (own.network == network.digest and own.region == region and _is_complete(own))
    prime = own is None or all(period % divisor for divisor in range(2, period))
    ledger.settle_that(same and prime, Reason.HYPOTHESIS_MISSING)


def _period(obligation: Obligation) -> int:
    return obligation.integer("period", 2, _LONGEST)


def _counts(obligation: Obligation, premises: Mapping[str, Claim]) -> tuple[Claim | None, Claim | None]:
    """Return the first and the second premise; None for a missing one."""
    claims = [premises[key] for key in obligation.premises]
    first, second = [*claims, None, None][:2]
    return (first, second) if len(claims) <= 2 else (None, None)


def _is_complete(counted: Claim) -> bool:
    return counted.kind in {"exactly", "none"}


def _count(counted: Claim | None) -> int:
    return counted.facts["count"] if counted is not None and counted.kind == "exactly" else 0


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    (lifted, own), period, size = _counts(obligation, premises), _period(obligation), obligation.network.state_size
    found = [] if lifted is None else lifted.facts.get("points", [])
    points = [{"lower": point["lower"][:size], "upper": point["upper"][:size]} for point in found]
    count = _count(lifted)
    least = None if own is None else count - _count(own)
    orbits = None if least is None else int(Fraction(least, period))
    return claim(obligation, "periodic", period=period, count=count, orbits=orbits, points=points)


RULE = Rule(name="periodic", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
