"""The method `tree`: one search or two, what the kernel says of it, and the result."""

from collections.abc import Sequence
from typing import Any

from fpverify._attempt import Attempt, attempt
from fpverify._found import FindResult, FixedPoint, corners, points_of, volume_words
from fpverify._problem import Problem
from fpverify._race import pursue
from fpverify.kernel.verdict import Status
from fpverify.search._branch.run import Options, Searched, search
from fpverify.search._branch.witness import Found

_NEAR = 16
"""Undecided boxes not farther apart than so many of their widths are told as one."""

_MOST_LISTED = 200
"""More undecided boxes than this are described by one box around them."""


def find_by_tree(problem: Problem, options: Options, *, stability: bool) -> FindResult:
    """Search, deep networks in two forms, and return the first form of which the kernel proves all; else the plain one."""
    pursued = pursue(problem, options)
    made = [attempt(*pursued.best, options, stability=stability)]
    if not made[0].is_complete:
        made += [again for again in (_again(*pursued.best, made[0], options, stability=stability),) if again]
        made += [attempt(*other, options, stability=stability) for other in pursued.candidates[1:]]
    chosen = next((one for one in made if one.is_complete), None) or _fullest(made)
    return _result(chosen, pursued.boxes)


def _again(problem: Problem, searched: Searched, made: Attempt, options: Options, *, stability: bool) -> Attempt | None:
    """Search once more with proven bounds if the kernel refused what the quick ones gave."""
    if not searched.quick or not made.was_refused:
        return None
    again = search(problem.loop, problem.box, options, quick=False)
    return attempt(problem, again, options, stability=stability)


def _fullest(made: Sequence[Attempt]) -> Attempt:
    """Return the attempt that proves most points; the last of those that prove nothing."""
    proved = [one for one in made if one.is_proved]
    return max(proved, key=lambda one: one.counted.facts.get("count", 0)) if proved else made[-1]


# ---------------------------------------------------------------------------------- results


def _result(attempt: Attempt, boxes: int) -> FindResult:
    problem, outcome, counted = attempt.problem, attempt.outcome, attempt.counted
    proved, complete = attempt.is_proved, attempt.is_complete
    points = points_of(counted.facts.get("points", ()), problem.period) if proved else ()
    share = counted.facts.get("share", "0") if proved else "1"
    left = 0 if complete else counted.facts["undecided"] if proved and "undecided" in counted.facts else 1
    return FindResult(
        success=complete,
        status=Status.PROVED if complete else Status.UNDECIDED,
        message=_message(attempt, points, share),
        method="tree over the values of all layers" if problem.is_unfolded else "tree",
        points=points,
        count=len(points),
        n_undecided=left,
        undecided=() if complete else _open_boxes(attempt.found),
        undecided_share=share,
        nit=attempt.searched.state.sweeps,
        nfev=boxes,
        claim=outcome.claim if proved else None,
        certificate=outcome.certificate if proved else None,
        outcome=outcome,
    )


def _message(attempt: Attempt, points: Sequence[FixedPoint], share: str) -> str:
    verdict, reached = attempt.outcome.verdict, attempt.searched.reached
    if not attempt.is_proved:
        return f"the kernel did not accept the search: {verdict.reason.value} ({verdict.detail})"
    if attempt.is_complete:
        return (
            "all were found by the tree of boxes: it is proved that there are no others"
            if points
            else "it is proved by the tree of boxes that there is none"
        )
    if reached:
        return f"{reached}, {volume_words(share)} of the volume is undecided: allow more, or continue with --resume"
    if attempt.was_refused:
        return f"the kernel refused some boxes of the search, {volume_words(share)} of the volume is undecided"
    return (
        "boxes of the least size stay undecided, as around a fixed point where an eigenvalue of the Jacobian is 1, or one "
        "on the border of the box: move the box, or perturb the network"
    )


def _open_boxes(found: Found) -> tuple[Any, ...]:
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
