"""find_fixed_points(network, box): the search finds and excludes, the kernel decides; what is returned was proved."""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

import torch

from fpverify import _cells as cells
from fpverify._chain import Chain
from fpverify._found import FindResult
from fpverify._outcome import Outcome
from fpverify._problem import Problem, problem_of
from fpverify._tree import find_by_tree
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion
from fpverify.numeric.iterate import device_for, one_thread
from fpverify.search._branch import basins as attraction
from fpverify.search._branch.maps import map_of
from fpverify.search._branch.run import Options, Progress

_TOLERANCE = 2.0**-30
_MOST_BOXES = 5_000_000
_BASIN_BOXES = 1_500
"""So many boxes are carried along for basins; the kernel carries each again."""

_MANY = 300
"""The method auto lists more points than this by their cells; fewer, the tree encloses more narrowly in a few seconds."""

_METHODS = ("auto", "tree", "cells")


def find_fixed_points(  # noqa: PLR0913 a search has as many options as it needs
    network: Network,
    box: BoxRegion | Sequence[Any] | None = None,
    *,
    period: int = 1,
    leaving: bool = False,
    stability: bool = False,
    basins: bool = False,
    method: str = "auto",
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
        leaving: whether points of the box whose orbit leaves it and returns after k steps count, too.
        stability: whether to count the eigenvalues outside the unit circle at each point, and to find a ball that it
            attracts.
        basins: whether to certify, in a claim of its own, which part of the box converges to which point; this needs
            stability, and asks for it.
        method: "tree" cuts the box into boxes; "cells" counts the fixed points of a looped layer coordinate by coordinate,
            in no time, where the coupling is weak; "auto" uses the cells where they prove more than 300 fixed points, or
            where the tree does not prove a count that they do. With period, basins or resume, which cells do not know, it
            uses the tree.
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
        MisuseError: for options or a box that do not fit, a network that is not continuous there, or a file that belongs to
            another search.
        SoundnessError: if the kernel refuses the form of the certificate: a bug in fpverify.
        KeyboardInterrupt: after Ctrl-C, once the file of *resume* is written.
    """
    _require_method(method, fits=period == 1 and not basins and resume is None)
    problem = problem_of(network, box, period, leaving=leaving and period > 1)
    options = Options(
        tolerance=_checked_tolerance(tolerance),
        time_limit=_checked_limit("time_limit", time_limit),
        max_boxes=None if max_boxes is None else int(_checked_limit("max_boxes", max_boxes) or 0),
        device=device_for(device),
        resume=None if resume is None else Path(resume),
        progress=progress,
    )
    with one_thread():
        if method == "cells":
            return _find_by_cells(problem)
        if method == "tree" or period > 1 or basins or resume is not None:
            result = find_by_tree(problem, options, stability=stability or basins)
            return replace(result, basins=_basins(problem, result)) if basins and period == 1 else result
        return _find(problem, options, stability=stability)


def _require_method(method: str, *, fits: bool) -> None:
    if method not in _METHODS:
        raise MisuseError(f"unknown method {method!r}; known are: {', '.join(_METHODS)}")
    if method == "cells" and not fits:
        raise MisuseError("the method cells knows no period, no basins and no file to resume from: use the method tree")


# ---------------------------------------------------------------------------------- methods


def _find(problem: Problem, options: Options, *, stability: bool) -> FindResult:
    """Use the cells where they count many points, or where the tree does not count them all."""
    outcome = cells.count_by_cells(problem)
    count = cells.count_of(outcome)
    if outcome is None or count is None or (stability and not cells.has_all_types(outcome)):
        return find_by_tree(problem, options, stability=stability)
    if count <= _MANY:
        result = find_by_tree(problem, options, stability=stability)
        if result.success:
            return result
    return cells.result_of(problem, outcome)


def _find_by_cells(problem: Problem) -> FindResult:
    outcome = cells.count_by_cells(problem)
    if outcome is None:
        raise MisuseError("the method cells is for a looped layer g(W x + b): use the method tree")
    return cells.result_of(problem, outcome)


def _checked_tolerance(tolerance: float) -> float:
    if not 0 < tolerance < 1:
        raise MisuseError(f"the tolerance is a share of the box, between 0 and 1; got {tolerance!r}")
    return float(tolerance)


def _checked_limit(name: str, value: float | None) -> float | None:
    if value is not None and not (value > 0 and isfinite(value)):
        raise MisuseError(f"{name} is positive; got {value!r}")
    return value


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
