"""
Fixed points of untrained networks with heavy-tailed weights, by depth: how many attract, and where the starts end.

The networks are tanh networks with Cauchy weights of the scale gain/N and Cauchy biases. Whether the mean number of
attracting fixed points found rises above one and then falls is decided here from the intervals that are measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fpverify._finding import Evidence, Finding, Plan
from fpverify.ensembles import Ensemble
from fpverify.experiments.census import Census, Survey, count_piece, take_census
from fpverify.experiments.sweep import sweep
from fpverify.numeric.bootstrap import RESAMPLES, Estimate

SEED = 0

_FREE = {
    "activation": "tanh",
    "width": 20,
    "law": "cauchy",
    "gain": 3.0,
    "bias_law": "cauchy",
    "bias": 1.0,
    "seed": SEED,
}
_TIED = {**_FREE, "width": 30, "gain": 0.5, "bias": 0.2, "form": "tied"}

_FREE_REGIME = "untrained tanh networks, N = 20, free weights 3 C/N and biases C with C standard Cauchy"
_TIED_REGIME = "untrained tanh networks, N = 30, tied weights 0.5 C/N, biases 0.2 C with C standard Cauchy"


@dataclass(frozen=True, kw_only=True)
class _Grid:
    """Which depths, how many networks for each, from how many starts, and T."""

    depths: tuple[int, ...]
    networks: int
    starts: int
    steps: int


_FREE_GRIDS = {
    True: _Grid(depths=(1, 2, 4, 8, 16, 32), networks=60, starts=48, steps=250),
    False: _Grid(depths=(1, 2, 4, 6, 8, 12, 16, 24, 32, 64), networks=150, starts=48, steps=250),
}
_TIED_GRIDS = {
    True: _Grid(depths=(2, 4, 8, 16, 32), networks=12, starts=200, steps=400),
    False: _Grid(depths=(2, 4, 6, 8, 12, 16, 24, 32), networks=24, starts=400, steps=400),
}


def measure_untrained(plan: Plan) -> Finding:
    """
    Measure the number of attracting fixed points found by depth, for free weights.

    EMPIRICAL if the mean rises above one and then falls, by the rule of `rises_and_falls`; else NOT REPRODUCED.
    """
    grid = _FREE_GRIDS[plan.is_quick]
    found = _censuses(_FREE, grid, plan)
    seen = rises_and_falls([one.mean for one in found.values()])
    data = {**_series(found), "rises_and_falls": seen}
    columns = ("L", "E[Q]", "P(Q >= 2)", "attractors", "not in a fixed point", "most", "missed (Chao)")
    return Finding(
        evidence=Evidence.EMPIRICAL if seen else Evidence.NOT_REPRODUCED,
        sentence=_untrained_sentence(found, seen=seen),
        regime=_FREE_REGIME,
        samples=_samples(grid),
        seed=SEED,
        left_out=_left_out(grid, _FREE_GRIDS[False]),
        columns=columns,
        rows=[_row(depth, one) for depth, one in found.items()],
        data=data,
    )


def measure_tied(plan: Plan) -> Finding:
    """
    Measure the number of attracting fixed points found by depth, for tied weights W^(L+1-l) = (W^l)^T.

    EMPIRICAL if the mean at the least depth is certainly, by its interval, above that at the greatest; else NOT
    REPRODUCED.
    """
    grid = _TIED_GRIDS[plan.is_quick]
    found = _censuses(_TIED, grid, plan)
    means = [one.mean for one in found.values()]
    falls = means[0].low > means[-1].high
    columns = ("L", "E[Q]", "P(Q >= 2)", "attractors", "not in a fixed point", "most", "missed (Chao)")
    return Finding(
        evidence=Evidence.EMPIRICAL if falls else Evidence.NOT_REPRODUCED,
        sentence=_tied_sentence(found, falls=falls),
        regime=_TIED_REGIME,
        samples=_samples(grid),
        seed=SEED,
        left_out=_left_out(grid, _TIED_GRIDS[False]),
        columns=columns,
        rows=[_row(depth, one) for depth, one in found.items()],
        data={**_series(found), "falls": falls},
    )


def measure_starts(plan: Plan) -> Finding:
    """
    Measure which share of the starts ends in fixed points, in cycles, and in neither, by depth, for free weights.

    EMPIRICAL if at every depth all starts of all networks ended in fixed points, so that their basins take up all that was
    sampled; else NOT REPRODUCED.
    """
    grid = _FREE_GRIDS[plan.is_quick]
    found = _censuses(_FREE, grid, plan)
    everywhere = all(one.elsewhere.value == 0 for one in found.values())
    return Finding(
        evidence=Evidence.EMPIRICAL if everywhere else Evidence.NOT_REPRODUCED,
        sentence=_starts_sentence(found, everywhere=everywhere),
        regime=_FREE_REGIME,
        samples=_samples(grid),
        seed=SEED,
        left_out=_left_out(grid, _FREE_GRIDS[False]),
        columns=("L", "in fixed points", "in cycles", "in neither", "settled late"),
        rows=[
            (str(depth), str(one.in_fixed_points), str(one.in_cycles), str(one.not_converged), f"{one.late:.3f}")
            for depth, one in found.items()
        ],
        data=_series(found),
    )


def rises_and_falls(means: Sequence[Estimate]) -> bool:
    """
    Return whether some mean lies above 1, and a later one below that, both by intervals that exclude the contrary.

    Each interval has 95 % for itself: of many depths, one in forty may lie above 1 by chance alone.
    """
    return any(peak.low > 1 and any(later.high < peak.low for later in means[i + 1 :]) for i, peak in enumerate(means))


# ---------------------------------------------------------------------------------- measuring


def _censuses(fields: Mapping[str, Any], grid: _Grid, plan: Plan) -> dict[int, Census]:
    """Count at every depth, in one sweep."""
    from fpverify.numeric.iterate import device_for

    device = device_for(plan.device).type
    surveys = {
        depth: Survey(
            ensemble=Ensemble(**fields, depth=depth),
            networks=grid.networks,
            starts=grid.starts,
            steps=grid.steps,
            device=device,
        )
        for depth in grid.depths
    }
    return take_census(
        surveys,
        lambda items: sweep(
            count_piece,
            items,
            folder=plan.folder,
            workers=plan.workers,
            progress=lambda done, total, _: plan.progress(done, total, "counting attractors"),
        ),
    )


# ---------------------------------------------------------------------------------- words


def _samples(grid: _Grid) -> str:
    return (
        f"{grid.networks} networks for each depth, {grid.starts} uniform starts in [-1, 1]^N for each network, "
        f"T = {grid.steps} steps and as many again for what has not settled, periods up to 64; 95 % intervals: "
        f"percentile bootstrap over the networks, {RESAMPLES} resamplings, for means; Wilson for shares of networks"
    )


def _left_out(grid: _Grid, full: _Grid) -> str:
    if grid is full:
        return ""
    depths = ", ".join(str(depth) for depth in full.depths if depth not in grid.depths)
    more = f"{full.networks} instead of {grid.networks} networks"
    starts = "" if full.starts == grid.starts else f", {full.starts} instead of {grid.starts} starts"
    return f"{more}{starts}; the depths {depths}" if depths else f"{more}{starts}"


def _row(depth: int, one: Census) -> tuple[str, ...]:
    numbers = (one.mean, one.several, one.attractors, one.elsewhere)
    return (str(depth), *map(str, numbers), str(one.most), f"{one.missed:.2f}")


def _series(found: Mapping[int, Census]) -> dict[str, Any]:
    """Return lists over the depths, for the figures: each estimate as value, low, high."""
    names = ("mean", "several", "attractors", "elsewhere", "in_fixed_points", "in_cycles", "not_converged", "unique")
    lists: dict[str, Any] = {"depths": list(found)}
    for name in names:
        estimates = [getattr(one, name) for one in found.values()]
        lists[name] = {part: [getattr(one, part) for one in estimates] for part in ("value", "low", "high")}
    for name in ("most", "late", "missed"):
        lists[name] = [getattr(one, name) for one in found.values()]
    return lists


def _untrained_sentence(found: Mapping[int, Census], *, seen: bool) -> str:
    first, last = next(iter(found)), list(found)[-1]
    top = max(found, key=lambda depth: found[depth].mean.value)
    above = [depth for depth, one in found.items() if one.mean.low > 1]
    likely = max(found, key=lambda depth: found[depth].several.value)
    verdict = (
        f"the interval of the mean lies above 1 at L = {', '.join(map(str, above))}"
        if above
        else f"no depth has an interval of the mean above 1 (the largest mean is {found[top].mean} at L = {top})"
    )
    rise = "; it rises above one and then falls" if seen else "; a rise above one and a fall was not seen"
    return (
        f"The mean number of attracting fixed points found goes from {found[first].mean} at L = {first} to "
        f"{found[last].mean} at L = {last}, and {verdict}{rise}. P(Q >= 2) is largest at L = {likely}, "
        f"{found[likely].several}, and {found[last].several} at L = {last}; single networks have up to "
        f"{max(one.most for one in found.values())}."
    )


def _tied_sentence(found: Mapping[int, Census], *, falls: bool) -> str:
    first, last = next(iter(found)), list(found)[-1]
    worst = max(one.elsewhere.value for one in found.values())
    words = "falls" if falls else "does not certainly fall"
    ends = (
        "every start ended in a fixed point"
        if worst == 0
        else f"at the worst depth {worst:.1%} of the starts did not end in one"
    )
    return (
        f"The mean number of attracting fixed points found {words} from {found[first].mean} at L = {first} (up to "
        f"{found[first].most} in one network) to {found[last].mean} at L = {last}; {ends}. At L = {first} the starts are "
        f"estimated to have missed {found[first].missed:.1f} more per network (Chao)."
    )


def _starts_sentence(found: Mapping[int, Census], *, everywhere: bool) -> str:
    if everywhere:
        return "Every start of every network ended in a fixed point, at each of the depths."
    first, last = next(iter(found)), list(found)[-1]
    worst = max(found, key=lambda depth: found[depth].elsewhere.value)
    one = found[worst]
    return (
        f"The basins of the fixed points do not take up the cube: at L = {worst} the share {one.elsewhere} of the starts "
        f"did not end in a fixed point ({one.in_cycles} in cycles of period at most 64, {one.not_converged} in neither). "
        f"The share that did goes from {found[first].in_fixed_points} at L = {first} to {found[last].in_fixed_points} at "
        f"L = {last}."
    )
