"""certify(network, region, goal): search proposes, the kernel decides, and decides again from the certificate's text."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fpverify._goal import Exists, Goal, NoFixedPoint, Robust, Unique
from fpverify._outcome import Outcome
from fpverify.kernel.certificate import Certificate
from fpverify.kernel.check import FileStatus, check_text
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import NotFiniteError, NotRationalError, SoundnessError
from fpverify.kernel.layers import UnboundedError
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion, Region
from fpverify.kernel.rules import RULES
from fpverify.kernel.verdict import Reason, Status, Verdict
from fpverify.search import PROPOSERS, deciding_with

TOOL = "fpverify 0.1.0"
_REFUTING_WORK = 2_000


def certify(network: Network, region: Region, goal: Goal | None = None, *, backend: str = "arb") -> Outcome:
    """
    Try to prove a goal about the fixed points of a network in a region.

    Args:
        network: the loop x <- f(x), as `fpverify.loop`, `fpverify.network` or `fpverify.load` return it.
        region: where; a BoxRegion, Ball, WholeSpace, Cover or ProductRegions, as the goal needs.
        goal: what to prove; `Unique()` if not given.
        backend: the arithmetic with rounding that decides first: "arb", or "torch64", float64 on tensors. What
            torch64 leaves undecided, arb decides. A certificate names the one that decided, and the kernel checks it
            with its own arithmetic, whichever that was.

    Returns:
        PROVED with claim and certificate; REFUTED if existence was asked for and the kernel proved that there is no
        fixed point; else UNDECIDED or OUT_OF_SCOPE, with a reason that says what to try.

    Raises:
        MisuseError: if goal and region do not fit together.
        UnknownNameError: for another backend.
        SoundnessError: if the kernel accepts an obligation but refuses the certificate's text: a bug in fpverify.
    """
    wanted = Unique() if goal is None else goal
    outcome = _rechecked(attempt(network, region, wanted, backend))
    if (
        outcome.verdict.status is not Status.PROVED
        and outcome.check is None
        and isinstance(wanted, (Unique, Exists, Robust))
    ):
        return _refute(network, region) or outcome
    return outcome


def attempt(network: Network, region: Region, goal: Goal, backend: str = "arb") -> Outcome:
    """
    Propose and decide the goal itself; the certificate's text is not checked yet, and no refutation is sought.

    What *backend* does not prove is left to arb: float64 rounds too coarsely where an inequality nearly touches.
    """
    with deciding_with(backend):
        outcome = _attempt(network, region, goal)
    if backend == "arb" or outcome.verdict.status is Status.PROVED:
        return outcome
    return _attempt(network, region, goal)


def _attempt(network: Network, region: Region, goal: Goal) -> Outcome:
    try:
        obligations = PROPOSERS[goal.rule].propose(network, region, goal)
    except (NotFiniteError, UnboundedError, NotRationalError) as error:
        reasons = {NotFiniteError: Reason.NOT_FINITE, UnboundedError: Reason.UNBOUNDED}
        reason = reasons.get(type(error), Reason.NOT_RATIONAL)
        return Outcome(verdict=Verdict(status=Status.UNDECIDED, reason=reason, detail=str(error)))
    return decide(obligations)


def decide(obligations: Sequence[Obligation]) -> Outcome:
    """Decide a chain of obligations, the last of which concludes the claim."""
    proved: dict[str, Claim] = {}
    verdicts: list[Verdict] = []
    for obligation in obligations:
        rule = RULES[obligation.rule]
        premises = {key: proved[key] for key in obligation.premises}
        verdicts.append(rule.decide(obligation, premises))
        if verdicts[-1].status is not Status.PROVED:
            return Outcome(verdict=verdicts[-1], certificate=_hypothetical(obligations, obligation, proved))
        proved[obligation.id] = rule.conclusion(obligation, premises)
    claim = proved[obligations[-1].id]
    return Outcome(
        verdict=verdicts[-1], claim=claim, certificate=Certificate.of(claim, obligations, _made_by(obligations))
    )


def _made_by(obligations: Sequence[Obligation]) -> dict[str, Any]:
    """Return the tool and, where float64 tensors decided, what `guard` found of the machine."""
    platforms = [getattr(obligation.backend, "platform", None) for obligation in obligations]
    found = next((platform for platform in platforms if platform is not None), None)
    return {"tool": TOOL} if found is None else {"tool": TOOL, "platform": found.to_data()}


def _rechecked(outcome: Outcome) -> Outcome:
    """Have the kernel read and decide the text of a proved outcome's certificate."""
    if outcome.verdict.status is not Status.PROVED or outcome.certificate is None:
        return outcome
    check = check_text(outcome.certificate.to_text(), outcome.certificate.obligations[0].network.folder)
    if check.status is FileStatus.HOLEY:
        verdict = replace(outcome.verdict, status=Status.UNDECIDED, detail=check.reason)  # the kernel did not decide it
        return replace(outcome, verdict=verdict, claim=None, check=check)
    if check.status is not FileStatus.VALID:
        raise SoundnessError(f"an accepted obligation gave a certificate that is {check.status.value}: {check.reason}")
    return replace(outcome, check=check)


def _hypothetical(
    obligations: Sequence[Obligation], failed: Obligation, proved: dict[str, Claim]
) -> Certificate | None:
    """Return the certificate that would follow if the failed obligation held; tests and controls see it refused."""
    if failed is not obligations[-1]:
        return None
    premises = {key: proved[key] for key in failed.premises}
    try:
        claim = RULES[failed.rule].conclusion(failed, premises)
    except (ZeroDivisionError, AssertionError, LookupError):  # a premise of another kind lacks the facts
        return None
    return Certificate.of(claim, obligations, {"tool": TOOL})


def _refute(network: Network, region: Region) -> Outcome | None:
    """Return REFUTED if the kernel proves that there is no fixed point in the box at all."""
    if not isinstance(region, BoxRegion):
        return None
    outcome = _rechecked(attempt(network, region, NoFixedPoint(boxes=1 + _REFUTING_WORK // region.dimension**2)))
    if outcome.verdict.status is not Status.PROVED:
        return None
    found = outcome.verdict
    verdict = Verdict(status=Status.REFUTED, reason=found.reason, margins=found.margins, backend=found.backend)
    return replace(outcome, verdict=verdict)
