"""find_fixed_points(network, box): the search finds and excludes, the kernel decides; what is returned was proved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any

import torch

from fpverify._chain import Chain
from fpverify._found import FindResult, FixedPoint, corners, points_of, volume_words
from fpverify._outcome import Outcome
from fpverify._problem import Problem, problem_of
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion, WholeSpace
from fpverify.kernel.verdict import Status
from fpverify.numeric.iterate import device_for, one_thread
from fpverify.search._branch import basins as attraction
from fpverify.search._branch import stability as inertia
from fpverify.search._branch.maps import map_of
from fpverify.search._branch.run import Options, Progress, Searched, search
from fpverify.search._branch.witness import Found, witness_of

_TOLERANCE = 2.0**-30
_MOST_BOXES = 5_000_000
_BASIN_BOXES = 1_500
"""So many boxes are carried along for basins; the kernel carries each again."""

_NEAR = 16
"""Undecided boxes not farther apart than so many of their widths are told as one."""

_RATE = 1_000
"""Boxes that the kernel decides in a second, about: a search with a limit of time leaves the others open."""

_MOST_LISTED = 200
"""More undecided boxes than this are described by one box around them."""


def find_fixed_points(  # noqa: PLR0913 a search has as many options as it needs
    network: Network,
    box: BoxRegion | Sequence[Any] | None = None,
    *,
    period: int = 1,
    stability: bool = False,
    basins: bool = False,
    time_limit: float | None = None,
    max_boxes: int | None = _MOST_BOXES,
    tolerance: float = _TOLERANCE,
    device: str = "cpu",
    resume: str | Path | None = None,
    progress: Progress | None = None,
) -> FindResult:
    """
    Find every fixed point of a network in a box, and prove that there are no others.

    Args:
        network: the loop x <- f(x), as `fpverify.loop`, `fpverify.network` or `fpverify.load` return it.
        box: where; a BoxRegion, or one pair (lo, hi) of exact numbers per coordinate. None for all of R^d, which needs a
            last layer of bounded values, such as tanh.
        period: k; for k > 1, the points x with f^k(x) = x whose orbit stays in the box.
        stability: whether to count the eigenvalues outside the unit circle at each point, and to find a ball that it
            attracts.
        basins: whether to certify, in a claim of its own, which part of the box converges to which point; this needs
            stability, and asks for it.
        time_limit: seconds after which the search stops.
        max_boxes: so many boxes are treated at most; None for no limit.
        tolerance: a box whose sides are all shorter than this share of the whole is left undecided.
        device: where the search computes: "cpu", "cuda" or "auto".
        resume: a file; the search is saved to it every few seconds and at its end, and continued from it if it exists. The
            result is the same as that of one that was not interrupted.
        progress: called as `progress(boxes, volume, points)` twice a second.

    Returns:
        The fixed points, each in a box that holds no other, with a certificate of their number. `success` says that they
        are all; if not, `message` and `undecided` say what is open.

    Raises:
        MisuseError: for a box that does not fit, a network that is not continuous there, or a file that belongs to another
            search.
        SoundnessError: if the kernel refuses the form of the certificate: a bug in fpverify.
        KeyboardInterrupt: after Ctrl-C, once the file of *resume* is written.
    """
    problem = problem_of(network, box, period)
    options = Options(
        tolerance=_checked_tolerance(tolerance),
        time_limit=_checked_limit("time_limit", time_limit),
        max_boxes=None if max_boxes is None else int(_checked_limit("max_boxes", max_boxes) or 0),
        device=device_for(device),
        resume=None if resume is None else Path(resume),
        progress=progress,
    )
    with one_thread():
        result = _find(problem, options, stability=stability or basins)
        return replace(result, basins=_basins(problem, result)) if basins and period == 1 else result


# ---------------------------------------------------------------------------------- search and decide


def _find(problem: Problem, options: Options, *, stability: bool) -> FindResult:
    """Search and decide; once more with proven bounds if the kernel refuses what the quick ones gave."""
    searched = search(problem.loop, problem.box, options)
    attempt = _decide(problem, searched, options, stability=stability)
    if attempt.outcome.verdict.status is not Status.PROVED and searched.quick:
        searched = search(problem.loop, problem.box, options, quick=False)
        attempt = _decide(problem, searched, options, stability=stability)
    return _result(problem, searched, attempt)


def _checked_tolerance(tolerance: float) -> float:
    if not 0 < tolerance < 1:
        raise MisuseError(f"the tolerance is a share of the box, between 0 and 1; got {tolerance!r}")
    return float(tolerance)


def _checked_limit(name: str, value: float | None) -> float | None:
    if value is not None and not (value > 0 and isfinite(value)):
        raise MisuseError(f"{name} is positive; got {value!r}")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """
    Fields:
        found: what the search proposed.
        counted: the claim of the obligation that counts, perhaps with stability.
        outcome: of the last obligation.
    """

    found: Found
    counted: Claim
    outcome: Outcome


def _decide(problem: Problem, searched: Searched, options: Options, *, stability: bool) -> _Attempt:
    most = None if options.time_limit is None or not searched.reached else int(_RATE * options.time_limit) + _RATE
    found = witness_of(problem.loop, problem.box, searched.state, most)
    chain = Chain()
    counted = chain.add("cover", problem.loop, problem.box, found.witness)
    if stability and counted.kind != "none" and problem.loop.is_smooth:
        counted = _add_stability(chain, problem, found, options)
    if counted.kind == "exactly" and problem.period == 1:
        chain.add_if_proved("index_sum", problem.loop, problem.box, {})
    if problem.whole and counted.kind == "exactly":
        chain.add("everywhere", problem.loop, WholeSpace(size=problem.loop.state_size), {})
    if problem.period > 1 and counted.kind in {"exactly", "none"}:
        _add_periodic(chain, problem, options)
    return _Attempt(found=found, counted=counted, outcome=chain.checked(problem.network))


def _add_stability(chain: Chain, problem: Problem, found: Found, options: Options) -> Claim:
    f = map_of(problem.loop, torch.device("cpu"), quick=True)
    given = inertia.witnesses(f, found.places, balls=problem.period == 1)
    obligation = chain.make("spectrum", problem.loop, problem.box, {"points": given})
    if not chain.holds(obligation):
        kept = [_accepted(chain, obligation, j, witness) for j, witness in enumerate(given)]
        obligation = replace(obligation, witness={"points": kept})
    return chain.append(obligation)


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
        own = search(problem.network, problem.region, replace(options, resume=None, progress=None))
        found = witness_of(problem.network, problem.region, own.state)
        fixed = chain.make("cover", problem.network, problem.region, found.witness, ())
        if chain.append(fixed).kind in {"exactly", "none"}:
            premises.append(fixed.id)
    witness = {"period": problem.period}
    chain.append(chain.make("periodic", problem.network, problem.region, witness, premises))


def _basins(problem: Problem, result: FindResult) -> Outcome | None:
    """Certify basins, on top of the obligations that settled stability; None if no attracting ball is known."""
    chain = Chain()
    for obligation in () if result.certificate is None else result.certificate.obligations:
        chain.append(obligation)
        if obligation.rule == "spectrum":
            break
    if not chain.obligations or chain.obligations[-1].rule != "spectrum":
        return None
    f = map_of(problem.network, torch.device("cpu"), quick=True)
    points = chain.claims[chain.obligations[-1].id].facts["points"]
    witness = attraction.witness(f, problem.region, points, _BASIN_BOXES)
    if witness is None:
        return None
    chain.add("basin", problem.network, problem.region, witness)
    return chain.checked(problem.network)


# ---------------------------------------------------------------------------------- results


def _result(problem: Problem, searched: Searched, attempt: _Attempt) -> FindResult:
    outcome, counted, state = attempt.outcome, attempt.counted, searched.state
    proved = outcome.verdict.status is Status.PROVED
    points = points_of(counted.facts.get("points", ()), problem.period) if proved else ()
    complete = proved and counted.kind in {"exactly", "none"}
    share = counted.facts.get("share", "0") if proved else "1"
    left = 0 if complete else counted.facts["undecided"] if proved and "undecided" in counted.facts else 1
    return FindResult(
        success=complete,
        status=Status.PROVED if complete else Status.UNDECIDED,
        message=_message(searched, outcome, points, complete=complete, share=share),
        points=points,
        count=len(points),
        n_undecided=left,
        undecided=() if complete else _open_boxes(problem, attempt.found),
        undecided_share=share,
        nit=state.sweeps,
        nfev=state.boxes,
        claim=outcome.claim,
        certificate=outcome.certificate if proved else None,
        outcome=outcome,
    )


def _message(searched: Searched, outcome: Outcome, points: Sequence[FixedPoint], *, complete: bool, share: str) -> str:
    if outcome.verdict.status is not Status.PROVED:
        return f"the kernel did not accept the search: {outcome.verdict.reason.value} ({outcome.verdict.detail})"
    if complete:
        return "all were found: it is proved that there are no others" if points else "it is proved that there is none"
    if searched.reached:
        return f"{searched.reached}, {volume_words(share)} of the volume is undecided: allow more, or continue with --resume"
    return (
        "boxes of the least size stay undecided, as around a fixed point where an eigenvalue of the Jacobian is 1, or one "
        "on the border of the box: move the box, or perturb the network"
    )


def _open_boxes(problem: Problem, found: Found) -> tuple[Any, ...]:
    """Return the undecided boxes, those that nearly touch as one; one around all if they are many."""
    low, high = found.open_low, found.open_high
    if len(low) > _MOST_LISTED:
        return (corners(low.amin(0).tolist(), high.amax(0).tolist()),)
    boxes = list(zip(low.tolist(), high.tolist(), strict=True))
    merged: list[tuple[list[float], list[float]]] = []
    for box in boxes:
        current = box
        while True:
            touching = [other for other in merged if _touch(current, other)]
            if not touching:
                break
            merged = [other for other in merged if not any(other is one for one in touching)]
            group = [current, *touching]
            current = (
                [min(c) for c in zip(*(g[0] for g in group), strict=True)],
                [max(c) for c in zip(*(g[1] for g in group), strict=True)],
            )
        merged.append(current)
    return tuple(corners(*box) for box in merged)


def _touch(one: tuple[list[float], list[float]], other: tuple[list[float], list[float]]) -> bool:
    sides = list(zip(one[0], one[1], other[0], other[1], strict=True))
    near = _NEAR * max(max(b - a, d - c) for a, b, c, d in sides)
    return all(a <= d + near and c <= b + near for a, b, c, d in sides)
