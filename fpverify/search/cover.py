"""Propose every fixed point in a box, with a tree that leaves no part of it out, and what follows from their list."""

from collections.abc import Sequence
from typing import Any

from fpverify._goal import AllFixedPoints
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import exact
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion, Region, WholeSpace
from fpverify.kernel.rules import RULES
from fpverify.kernel.rules._tree import read_box
from fpverify.kernel.rules.everywhere import values_everywhere
from fpverify.kernel.verdict import Status
from fpverify.search._proposer import Proposer, backend_of

_NOTHING_LEFT = "x"
"""The word of an empty leaf: that is what the goal says of every box that no found point explains."""

Witness = dict[str, Any]


def propose(network: Network, region: Region, goal: AllFixedPoints) -> Sequence[Obligation]:
    """Return the obligations cover and, as the goal asks, spectrum, index_sum and everywhere, each on the one before."""
    box = _box(network, region)
    if goal.boxes < 1 or (goal.count or 0) < 0:
        raise MisuseError(f"boxes is positive and count not negative; got {goal.boxes} and {goal.count}")
    found = _searched(network, box, goal)
    chain = [_obligation(network, box, goal, "cover", _as_asked(found, box, goal.count))]
    listed = RULES["cover"].conclusion(chain[0], {})
    if goal.stability and listed.kind != "none":
        chain.append(_stability(network, box, goal, listed))
    if goal.index_sum:
        chain.append(_obligation(network, box, goal, "index_sum", {}, chain))
    if isinstance(region, WholeSpace):
        chain.append(_obligation(network, region, goal, "everywhere", {}, chain))
    return chain


def _box(network: Network, region: Region) -> BoxRegion:
    if not isinstance(region, (BoxRegion, WholeSpace)) or region.dimension != network.state_size:
        raise MisuseError("AllFixedPoints needs a box, or R^d, of the dimension of the state")
    if isinstance(region, BoxRegion):
        return region
    span = values_everywhere(network)
    if span is None:
        raise MisuseError("all fixed points in R^d are in a box only if the last layer has bounded values: give a box")
    return BoxRegion(lo=(span[0],) * region.dimension, hi=(span[1],) * region.dimension)


def _obligation(
    network: Network,
    region: Region,
    goal: AllFixedPoints,
    rule: str,
    witness: Witness,
    before: Sequence[Obligation] = (),
) -> Obligation:
    return Obligation(
        id=f"o{len(before) + 1}",
        rule=rule,
        network=network,
        region=region,
        witness=witness,
        premises=tuple(obligation.id for obligation in before[-1:]),
        backend=backend_of(goal),
    )


# ---------------------------------------------------------------------------------- the list of points


def _searched(network: Network, box: BoxRegion, goal: AllFixedPoints) -> Witness:
    """Return the witness that the search found, in which boxes may be left undecided."""
    import torch

    from fpverify.numeric.iterate import one_thread
    from fpverify.search._branch.run import Options, search
    from fpverify.search._branch.witness import witness_of

    tolerance = float(exact(goal.tolerance))
    if not 0 < tolerance < 1:
        raise MisuseError(f"the tolerance is a share of the box, between 0 and 1; got {goal.tolerance}")
    options = Options(
        tolerance=tolerance,
        time_limit=None,
        max_boxes=goal.boxes,
        device=torch.device("cpu"),
        resume=None,
        progress=None,
    )
    with one_thread():
        return witness_of(network, box, search(network, box, options, quick=False).state).witness


def _as_asked(found: Witness, box: BoxRegion, count: int | None) -> Witness:
    """
    Return the witness that says what the goal does: these are all, *count* of them.

    Where the search does not bear that out, the witness is one that the kernel refuses: a box that was left undecided
    is said to be empty, and so are those around points that are too many or across the border; a point that is missing
    is listed twice.
    """
    points = found["points"]
    sides = [_side(read_box(point["enclosure"]), box) for point in points]
    inside = [number for number, side in enumerate(sides) if side > 0][:count]
    kept = [number for number, side in enumerate(sides) if side < 0 or number in inside]
    names = {f"p{number}": f"p{place}" for place, number in enumerate(kept)}
    words = [names.get(word, _NOTHING_LEFT if word[0] in "p?" else word) for word in found["tree"].split()]
    listed = [points[number] for number in kept]
    missing = 0 if count is None else count - len(inside)
    return {"points": listed + [points[inside[-1]] if inside else _invented(box)] * missing, "tree": " ".join(words)}


def _side(part: BoxRegion, box: BoxRegion) -> int:
    """Return 1 for a part inside the box, -1 for one outside of it, 0 for one across its border."""
    if box.contains(part.lo) and box.contains(part.hi):
        return 1
    return -1 if part.is_disjoint_from(box) else 0


def _invented(box: BoxRegion) -> Witness:
    """Return a point of which nothing is known, for a goal that counts one where none was found."""
    sides = box.to_data()["box"]
    return {"enclosure": sides, "unique": sides, "index": 1}


# ---------------------------------------------------------------------------------- what follows


def _stability(network: Network, box: BoxRegion, goal: AllFixedPoints, listed: Claim) -> Obligation:
    """Return the obligation of spectrum; without balls if the kernel refuses one of them."""
    import torch

    from fpverify.numeric.iterate import one_thread
    from fpverify.search._branch.maps import map_of
    from fpverify.search._branch.stability import witnesses

    before = [_obligation(network, box, goal, "cover", {})]
    ends = [[[float(exact(x)) for x in point[end]] for end in ("lower", "upper")] for point in listed.facts["points"]]
    places = torch.tensor(ends, dtype=torch.float64).mean(1)
    with one_thread():
        given = witnesses(map_of(network, torch.device("cpu"), quick=False), places, balls=True)
    unknown = {"weights": ["1"] * network.state_size}
    wanted = [witness or unknown for witness in given]
    whole = _obligation(network, box, goal, "spectrum", {"points": wanted}, before)
    if RULES["spectrum"].decide(whole, {before[0].id: listed}).status is Status.PROVED:
        return whole
    plain = [{key: value for key, value in witness.items() if key != "ball"} for witness in wanted]
    return _obligation(network, box, goal, "spectrum", {"points": plain}, before)


PROPOSER = Proposer(name="cover", propose=propose)
