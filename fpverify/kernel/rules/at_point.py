"""
The value or the derivative of f at one exact point.

Lemma. Let x be an exact state, and let
    (1) x be the region, and f continuous and without uncertain parameters;
    (2) the enclosure of f_i(x), or of the entry (i, j) of the slopes at x, lie in [low, high].
Then so does the number itself (at a kink: every one-sided derivative).
"""

from collections.abc import Mapping

from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import text
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "the region is a single state, and the network is exact and continuous",
    "the value lies within the stated bounds",
)


def _entry(obligation: Obligation) -> tuple[int, ...]:
    """Return (i,) for the value f_i, or (i, j) for the slope df_i/dx_j."""
    entry = obligation.witness.get("entry")
    size = obligation.network.state_size
    if not isinstance(entry, list) or len(entry) not in (1, 2):
        raise FormatError("the witness of at_point has an entry: [i] for a value, [i, j] for a slope")
    for index in entry:
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < size:
            raise FormatError(f"the entry {entry} is outside the state of length {size}")
    return tuple(entry)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region = obligation.network, obligation.region
    single = isinstance(region, BoxRegion) and region.lo == region.hi and region.dimension == network.state_size
    ledger.settle_that(single and not network.is_uncertain and network.is_continuous, Reason.WRONG_REGION)
    assert isinstance(region, BoxRegion)
    place = region.outer(obligation.backend)
    entry, (low, high) = _entry(obligation), obligation.pair("bounds")
    values: Box = network.enclose(place) if len(entry) == 1 else network.slopes(place)
    ledger.settle(values.entry(*entry).slack_inside([low], [high]), Reason.FACT_UNCERTAIN)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    assert isinstance(obligation.region, BoxRegion)
    entry, bounds = _entry(obligation), obligation.pair("bounds")
    derivative = "the derivative" if obligation.network.is_smooth else "every one-sided derivative"
    words = f"f_{entry[0]}" if len(entry) == 1 else f"{derivative} of f_{entry[0]} by x_{entry[1]}"
    return claim(
        obligation,
        "at_point",
        point=[text(x) for x in obligation.region.lo],
        entry=list(entry),
        quantity_words=words,
        bounds=[text(bound) for bound in bounds],
    )


RULE = Rule(name="at_point", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
