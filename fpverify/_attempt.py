"""Attempt: what one search found, as a chain of obligations that the kernel decides from the text of its certificate."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from fpverify._chain import Chain
from fpverify._mending import mended
from fpverify._outcome import Outcome
from fpverify._problem import Problem
from fpverify._race import pursue
from fpverify.backends.torch64.network import nearest
from fpverify.kernel.claim import Claim
from fpverify.kernel.exact import exact
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import WholeSpace
from fpverify.kernel.verdict import Status
from fpverify.search._branch import stability as inertia
from fpverify.search._branch.maps import map_of
from fpverify.search._branch.run import Options, Searched
from fpverify.search._branch.witness import Found, witness_of

_RATE = 1_000
"""Boxes that the kernel decides in a second, about: a search with a limit of time leaves the others open."""

_MENDINGS = 8
"""So many leaves and points that the kernel refuses are left open, one after the other."""

COMPLETE = frozenset({"exactly", "none"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """
    Fields:
        problem, searched: what was searched, and how far.
        found: what was proposed, without what the kernel refused.
        counted: the claim of the obligation that counts, perhaps with stability.
        outcome: of the last obligation.
        was_refused: whether the kernel refused some part of what was proposed first.
    """

    problem: Problem
    searched: Searched
    found: Found
    counted: Claim
    outcome: Outcome
    was_refused: bool = False

    @property
    def is_proved(self) -> bool:
        """Whether the kernel accepted it, and it speaks of the loop that was asked about."""
        stated = self.counted.network == self.problem.lifted.digest
        return stated and self.outcome.verdict.status is Status.PROVED

    @property
    def is_complete(self) -> bool:
        return self.is_proved and self.counted.kind in COMPLETE


def attempt(problem: Problem, searched: Searched, options: Options, *, stability: bool) -> Attempt:
    """Have the kernel decide what a search found; what it refuses is left open, a few times."""
    most = None if options.time_limit is None or not searched.reached else int(_RATE * options.time_limit) + _RATE
    found = witness_of(problem.loop, problem.box, searched.state, most)
    made = _decided(problem, searched, found, options, stability=stability)
    refused = not made.is_proved
    for _ in range(_MENDINGS):
        less = None if made.is_proved else _less(made)
        if less is None:
            break
        made = _decided(problem, searched, less, options, stability=stability)
    return replace(made, was_refused=refused)


def _less(made: Attempt) -> Found | None:
    """Return what is left if the kernel refused a leaf or a point of the first obligation, the tree; else None."""
    check = made.outcome.check
    refused = None if check is None else [*check.verdicts][-1:]
    return mended(made.found, made.problem.box, made.outcome.verdict.detail) if refused == ["o1"] else None


def _decided(problem: Problem, searched: Searched, found: Found, options: Options, *, stability: bool) -> Attempt:
    chain = Chain()
    counted = chain.add("cover", problem.loop, problem.box, found.witness)
    if problem.is_unfolded and counted.kind in COMPLETE:
        counted = chain.add("unfolded", problem.lifted, problem.power, {})
    if counted.network == problem.lifted.digest:
        counted = _extended(chain, problem, counted, options, stability=stability)
    outcome = chain.checked(problem.network)
    return Attempt(problem=problem, searched=searched, found=found, counted=counted, outcome=outcome)


def _extended(chain: Chain, problem: Problem, counted: Claim, options: Options, *, stability: bool) -> Claim:
    """Add what follows from the count; return the claim that counts, perhaps with stability."""
    if stability and counted.kind != "none" and problem.lifted.is_smooth:
        counted = _add_stability(chain, problem, counted)
    if counted.kind == "exactly" and problem.period == 1:
        chain.add_if_proved("index_sum", problem.lifted, problem.power, {})
    if problem.whole and counted.kind == "exactly":
        chain.add("everywhere", problem.lifted, WholeSpace(size=problem.lifted.state_size), {})
    if problem.period > 1 and counted.kind in COMPLETE:
        _add_periodic(chain, problem, options)
    return counted


def _add_stability(chain: Chain, problem: Problem, counted: Claim) -> Claim:
    f = map_of(problem.lifted, torch.device("cpu"), quick=True)
    given = inertia.witnesses(f, _places(counted), balls=problem.period == 1)
    obligation = chain.make("spectrum", problem.lifted, problem.power, {"points": given})
    if not chain.holds(obligation):
        kept = [_accepted(chain, obligation, j, witness) for j, witness in enumerate(given)]
        obligation = replace(obligation, witness={"points": kept})
    return chain.append(obligation)


def _places(counted: Claim) -> Tensor:
    """Return float approximations of the points of a claim: the middles of their boxes."""
    ends = [[nearest(exact(x)) for x in (*point["lower"], *point["upper"])] for point in counted.facts["points"]]
    boxes = torch.tensor(ends, dtype=torch.float64).reshape(len(ends), 2, counted.region.dimension)
    return boxes[:, 0] * 0.5 + boxes[:, 1] * 0.5


def _accepted(chain: Chain, obligation: Obligation, number: int, witness: dict[str, Any]) -> dict[str, Any]:
    """Return what the kernel accepts of one witness: all, all but the ball, or nothing."""
    without = {key: value for key, value in witness.items() if key != "ball"}
    for part in (witness, without):
        alone = [{}] * len(obligation.witness["points"])
        alone[number] = part
        if chain.holds(replace(obligation, witness={"points": alone})):
            return part
    return {}


def _add_periodic(chain: Chain, problem: Problem, options: Options) -> None:
    """Add the claim about orbits; for a prime period, the fixed points are counted, too, and subtracted."""
    premises = [chain.obligations[-1].id]
    if all(problem.period % divisor for divisor in range(2, problem.period)):
        fixed = _own_count(chain, *pursue(problem.of_one_step(), replace(options, resume=None, progress=None)).best)
        premises += [] if fixed is None else [fixed.id]
    witness = {"period": problem.period}
    chain.append(chain.make("periodic", problem.network, problem.region, witness, premises))


def _own_count(chain: Chain, problem: Problem, searched: Searched) -> Obligation | None:
    """Add the count of the fixed points, if it is complete and the kernel accepts it."""
    found = witness_of(problem.loop, problem.box, searched.state)
    fixed = chain.make("cover", problem.loop, problem.box, found.witness, ())
    if "?" in found.witness["tree"] or not chain.holds(fixed) or chain.append(fixed).kind not in COMPLETE:
        return None
    if problem.is_unfolded:
        fixed = chain.make("unfolded", problem.lifted, problem.power, {})
        if not chain.holds(fixed):
            return None
        chain.append(fixed)
    return fixed
