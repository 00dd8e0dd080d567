"""Race: a deep network is searched in two forms in turns, as it is and unfolded, until one of them leaves nothing open."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

from fpverify._problem import Problem
from fpverify.search._branch.run import Options, Searched, search

_FIRST = 2_000
"""Boxes of the first turn of a network as it is."""

_GROWTH = 4
"""Each turn goes so many times as far as the one before: all turns together take little more than the last."""

Candidate = tuple[Problem, Searched]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pursued:
    """
    Fields:
        candidates: what the kernel may be given, the best first: the form that left nothing open, the network as it is.
        boxes: so many were treated in all.
    """

    candidates: list[Candidate]
    boxes: int

    @property
    def best(self) -> Candidate:
        return self.candidates[0]


def pursue(problem: Problem, options: Options) -> Pursued:
    """Search, a deep network in both forms."""
    unfolded = problem.unfolded()
    if unfolded is not None:
        return race(problem, unfolded, options)
    searched = search(problem.loop, problem.box, options)
    return Pursued(candidates=[(problem, searched)], boxes=searched.state.boxes)


def race(problem: Problem, unfolded: Problem, options: Options) -> Pursued:
    """
    Search in turns.

    The unfolded network has more unknowns, so that it gets fewer boxes in its turns. It stands in the file of `resume`
    with ".unfolded" at its end. Nothing here depends on time but where a limit of time ends it.
    """
    runner, budget = _Runner(options), _FIRST
    plain, whole = None, None
    beside = None if options.resume is None else Path(f"{options.resume}.unfolded")
    while True:
        plain = runner.turn(problem, plain, whole, budget, options.resume)
        if is_clean(plain) or runner.is_over:
            return _pursued([(problem, plain)], plain, whole)
        allowed = max(1, budget * problem.loop.state_size // unfolded.loop.state_size)
        whole = runner.turn(unfolded, whole, plain, allowed, beside)
        if is_clean(whole):
            return _pursued([(unfolded, whole), (problem, plain)], plain, whole)
        idle = not plain.reached and (not whole.reached or budget > _GROWTH * max(_FIRST, plain.state.boxes))
        if idle or runner.is_over:
            return _pursued([(problem, plain if idle else _ended(plain, runner.over))], plain, whole)
        budget *= _GROWTH


def _pursued(candidates: list[Candidate], *searched: Searched | None) -> Pursued:
    return Pursued(candidates=candidates, boxes=sum(one.state.boxes for one in searched if one is not None))


def is_clean(searched: Searched) -> bool:
    """Return whether the search ended by itself and left no box open."""
    return not searched.reached and not len(searched.state.left_low)


def _ended(searched: Searched, words: str) -> Searched:
    return Searched(searched.state, words, searched.quick)


class _Runner:
    """Gives turns within the limits of all: boxes are counted in both forms together, and so is time."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._begun = time.monotonic()
        self.over = ""

    @property
    def is_over(self) -> bool:
        return bool(self.over)

    def turn(
        self, problem: Problem, before: Searched | None, other: Searched | None, budget: int, resume: Path | None
    ) -> Searched:
        """Continue one form until it has treated *budget* boxes; note it in `over` if a limit of all was reached."""
        options, spent = self._options, 0 if other is None else other.state.boxes
        most = None if options.max_boxes is None else max(1, options.max_boxes - spent)
        left = None if options.time_limit is None else options.time_limit - (time.monotonic() - self._begun)
        own = replace(
            options,
            max_boxes=budget if most is None else min(budget, most),
            time_limit=None if left is None else max(left, 1e-3),
            resume=resume,
        )
        found = search(problem.loop, problem.box, own, before=before)
        if own.time_limit is not None and found.reached == own.time_words:
            self.over = options.time_words
        elif found.reached and most is not None and found.state.boxes >= most:
            self.over = options.box_words
        return _ended(found, self.over or found.reached) if found.reached else found
