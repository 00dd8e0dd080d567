"""Chain: obligations, each of which rests on earlier ones, decided together from the text of their certificate."""

from collections.abc import Sequence
from typing import Any

from fpverify._certify import TOOL
from fpverify._outcome import Outcome
from fpverify.kernel.certificate import Certificate
from fpverify.kernel.check import CheckResult, FileStatus, check_text
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import SoundnessError
from fpverify.kernel.fixed import Fixed
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Region
from fpverify.kernel.rules import RULES
from fpverify.kernel.verdict import Reason, Status, Verdict


class Chain:
    """Obligations, each of which rests on those before it, with the claims that they would conclude."""

    def __init__(self) -> None:
        self.obligations: list[Obligation] = []
        self.claims: dict[str, Claim] = {}

    def make(
        self,
        rule: str,
        network: Network,
        region: Region,
        witness: dict[str, Any],
        premises: Sequence[str] | None = None,
    ) -> Obligation:
        """Return an obligation that rests on the last one, or on *premises*."""
        before = [obligation.id for obligation in self.obligations[-1:]] if premises is None else premises
        return Obligation(
            id=f"o{len(self.obligations) + 1}",
            rule=rule,
            network=network,
            region=region,
            witness=witness,
            premises=tuple(before),
            backend=Fixed(),
        )

    def append(self, obligation: Obligation) -> Claim:
        premises = {key: self.claims[key] for key in obligation.premises}
        claim = RULES[obligation.rule].conclusion(obligation, premises)
        self.obligations.append(obligation)
        self.claims[obligation.id] = claim
        return claim

    def add(self, rule: str, network: Network, region: Region, witness: dict[str, Any]) -> Claim:
        return self.append(self.make(rule, network, region, witness))

    def add_if_proved(self, rule: str, network: Network, region: Region, witness: dict[str, Any]) -> Claim | None:
        """Add what the kernel accepts if the premises hold; they are decided with the rest, from the text."""
        obligation = self.make(rule, network, region, witness)
        return self.append(obligation) if self.holds(obligation) else None

    def holds(self, obligation: Obligation) -> bool:
        premises = {key: self.claims[key] for key in obligation.premises}
        return RULES[obligation.rule].decide(obligation, premises).status is Status.PROVED

    def checked(self, network: Network) -> Outcome:
        """Have the kernel decide the text of the certificate."""
        claim = self.claims[self.obligations[-1].id]
        certificate = Certificate.of(claim, self.obligations, {"tool": TOOL})
        result = check_text(certificate.to_text(), network.folder)
        verdict = _verdict(result)
        proved = claim if verdict.status is Status.PROVED else None
        return Outcome(verdict=verdict, claim=proved, certificate=certificate, check=result)


def _verdict(result: CheckResult) -> Verdict:
    """Return the last verdict of the check: the one that refused, if any did."""
    last = list(result.verdicts.values())[-1:]
    if result.status is FileStatus.VALID:
        return last[0]
    if result.status is FileStatus.HOLEY:
        return Verdict(status=Status.UNDECIDED, reason=Reason.NOT_EXCLUDED, detail=result.reason)
    if not last or last[0].status is Status.PROVED:
        raise SoundnessError(f"the certificate of a search is {result.status.value}: {result.reason}")
    return last[0]
