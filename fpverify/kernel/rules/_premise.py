"""Rules that add to the claim of one premise."""

from collections.abc import Mapping
from typing import Any

from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import FormatError
from fpverify.kernel.obligation import Obligation, claim


def only_premise(premises: Mapping[str, Claim]) -> Claim:
    """Return the one premise; raises FormatError if there are more, or none."""
    if len(premises) != 1:
        raise FormatError(f"the rule has one premise; got {len(premises)}")
    return next(iter(premises.values()))


def inherited(obligation: Obligation, premise: Claim, **changed: Any) -> Claim:
    """Return the claim of the premise about the obligation's region, with some facts added or *changed*."""
    return claim(obligation, premise.kind, **{**premise.facts, **changed})
