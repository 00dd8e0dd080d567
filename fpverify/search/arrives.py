"""Propose, for the rule arrives, the attracted region with its obligation and the number of steps that lead there."""

from collections.abc import Sequence
from dataclasses import replace

from fpverify._goal import Attracted, AttractsAll, ConvergesTo
from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Ball, BoxRegion, Cover, Region, parts_of
from fpverify.search._layers import arithmetic, require_fit
from fpverify.search._proposer import Proposer
from fpverify.search.attracts import propose as propose_ball
from fpverify.search.layered import propose as propose_box


def propose(network: Network, region: Region, goal: ConvergesTo) -> Sequence[Obligation]:
    """Return the obligation of the target, and that of the region."""
    if not isinstance(region, (BoxRegion, Cover)):
        raise MisuseError(f"ConvergesTo needs a box or a cover of boxes, not {region}")
    if not isinstance(goal.target, (Ball, BoxRegion)):
        raise MisuseError(f"ConvergesTo needs a ball in the 2-norm or a box as its target, not {goal.target}")
    require_fit(network, region, "ConvergesTo", goal.steps)
    if isinstance(goal.target, Ball):
        (target,) = propose_ball(network, goal.target, Attracted())
    else:
        target = propose_box(network, goal.target, AttractsAll(steps=0))[0]
    backend = arithmetic(goal.precision)
    witness = {"steps": steps_into(network, region, goal.target, goal.steps, backend) or 0}
    last = replace(
        target, id="o2", rule="arrives", region=region, witness=witness, premises=(target.id,), backend=backend
    )
    return [target, last]


def steps_into(
    network: Network, region: BoxRegion | Cover, target: Ball | BoxRegion, most: int, backend: Backend | None = None
) -> int | None:
    """Return the least number of steps after which every part of the *region* is in the target; None if there is none."""
    moved = [part.outer(arithmetic() if backend is None else backend) for part in parts_of(region)]
    for step in range(most + 1):
        if all(_lies_in(target, box) for box in moved):
            return step
        moved = [network.enclose(box) for box in moved]
    return None


def _lies_in(target: Ball | BoxRegion, box: Box) -> bool:
    if isinstance(target, BoxRegion):
        return target.slack(box) >= 0
    ends = zip(box.lower(), box.upper(), target.centre, strict=True)
    return target.norm.vector_at_most([max(high - c, c - low) for low, high, c in ends], target.radius)


PROPOSER = Proposer(name="arrives", propose=propose)
