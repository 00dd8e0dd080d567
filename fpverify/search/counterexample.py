"""Assemble a counterexample: one obligation for each printed hypothesis, one for the failure, one that joins them."""

from collections.abc import Sequence
from dataclasses import replace

from fpverify._goal import About, Refutes
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import exact, text
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Region
from fpverify.search import alternates, at_most_one, exclusion, lipschitz, maps_into, orbit
from fpverify.search._proposer import Proposer, backend_of

_PARTS = {
    module.PROPOSER.name: module.PROPOSER
    for module in (alternates, at_most_one, exclusion, lipschitz, maps_into, orbit)
}


def propose(network: Network, region: Region, goal: Refutes) -> Sequence[Obligation]:
    """Return the obligations of the premises, and last the one of counterexample."""
    premises = [_part(network, about, index) for index, about in enumerate((*goal.hypotheses, goal.failure), start=1)]
    witness = {
        "statement": goal.statement,
        "conclusion": goal.conclusion,
        "noise": text(exact(goal.noise)),
        "radius": text(exact(goal.radius)),
    }
    last = Obligation(
        id=f"o{len(premises) + 1}",
        rule=goal.rule,
        network=network,
        region=region,
        witness=witness,
        premises=tuple(premise.id for premise in premises),
        backend=backend_of(goal),
    )
    return [*premises, last]


def _part(network: Network, about: About, index: int) -> Obligation:
    if about.goal.rule not in _PARTS:
        raise MisuseError(f"{about.goal.rule} is no part of a counterexample; the parts are {', '.join(_PARTS)}")
    subject = network if about.network is None else about.network
    (single,) = _PARTS[about.goal.rule].propose(subject, about.region, about.goal)
    return replace(single, id=f"o{index}")


PROPOSER = Proposer(name="counterexample", propose=propose)
