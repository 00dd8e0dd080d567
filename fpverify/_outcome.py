"""Outcome: what one attempt at a goal returned, for a theorem's instance and for a user's network alike."""

from dataclasses import dataclass

from fpverify.kernel.certificate import Certificate
from fpverify.kernel.check import CheckResult
from fpverify.kernel.claim import Claim
from fpverify.kernel.verdict import Verdict
from fpverify.numeric.record import CrossCheck


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    Fields:
        verdict: of the goal. PROVED and REFUTED only if *check* says VALID for the text of the certificate.
        claim: what was proved (for REFUTED: the claim that contradicts the goal); None if nothing was.
        certificate: the certificate of the claim; for UNDECIDED, the one that was tried and refused, if any.
        check: what the kernel said of the certificate's text.
        crosscheck: numeric evidence, where it was asked for.
    """

    verdict: Verdict
    claim: Claim | None = None
    certificate: Certificate | None = None
    check: CheckResult | None = None
    crosscheck: CrossCheck | None = None
