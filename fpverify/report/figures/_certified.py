"""The certified numbers of a figure: proposed by search, decided by the kernel, read from the claim."""

from fractions import Fraction

from fpverify._goal import Goal
from fpverify.kernel.certificate import Certificate
from fpverify.kernel.check import FileStatus, check_text
from fpverify.kernel.claim import Claim
from fpverify.kernel.exact import exact
from fpverify.kernel.network import Network
from fpverify.kernel.region import Region
from fpverify.kernel.rules import RULES
from fpverify.kernel.verdict import Status
from fpverify.search import PROPOSERS


def certified(network: Network, region: Region, goal: Goal) -> Claim | None:
    """Return the claim that the kernel concludes and whose certificate it accepts; None if it does not."""
    obligations = PROPOSERS[goal.rule].propose(network, region, goal)
    proved: dict[str, Claim] = {}
    for obligation in obligations:
        rule = RULES[obligation.rule]
        premises = {key: proved[key] for key in obligation.premises}
        if rule.decide(obligation, premises).status is not Status.PROVED:
            return None
        proved[obligation.id] = rule.conclusion(obligation, premises)
    claim = proved[obligations[-1].id]
    text = Certificate.of(claim, obligations, {"tool": "figure"}).to_text()
    return claim if check_text(text).status is FileStatus.VALID else None


def must_be_certified(network: Network, region: Region, goal: Goal) -> Claim:
    """
    Return the claim of a figure that says that it is certified.

    Raises:
        AssertionError: if it is not: the figure would say something that is not so.
    """
    claim = certified(network, region, goal)
    if claim is None:
        raise AssertionError(f"the kernel does not certify {type(goal).__name__} for {network.name} in {region}")
    return claim


def number(text: str) -> float:
    """Return a number of a claim as a float, for drawing."""
    return float(exact(text))


def shown_up(text: str, digits: int = 3) -> str:
    """Return an upper bound of a claim as a short decimal, rounded up."""
    scaled = exact(text) * 10**digits
    return f"{float(Fraction(-((-scaled.numerator) // scaled.denominator), 10**digits)):.{digits}f}"
