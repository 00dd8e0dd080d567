"""
Exact counts of small networks: how many fixed points there are, how many of them attract, and how many a search finds.

The tree of boxes lists the fixed points, and the kernel proves that there are no others; so nothing is missed that has a
small basin, or none. As f maps the cube of its values into its interior, the indices of its fixed points have to sum to 1,
if none of them is degenerate: that is checked for each network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpverify._finding import Evidence, Finding, Plan
from fpverify._found import FindResult, FixedPoint
from fpverify._problem import problem_of
from fpverify._tree import find_by_tree
from fpverify.ensembles import Ensemble
from fpverify.experiments._read_back import is_read_back
from fpverify.experiments.sweep import sweep
from fpverify.kernel.errors import MisuseError, SoundnessError
from fpverify.kernel.region import BoxRegion
from fpverify.numeric.bootstrap import Estimate, mean_interval, proportion_interval

SEED = 17
BITS = 24
_BIAS = 0.3
_STARTS = 60
_STEPS = 500
_TOLERANCE = 2.0**-30
_MARGIN = Fraction(1, 1024)
_MOST = 0.9
"""Of this share of the networks all fixed points are to be proved."""
_CHUNK = 10
"""Networks in one piece of the sweep."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """
    One ensemble, and how many of its networks are counted.

    Fields:
        ensemble: which.
        networks: numbers 0, 1, ...
        boxes: so many boxes are treated at most for one network.
    """

    ensemble: Ensemble
    networks: int
    boxes: int

    def items(self) -> list[dict[str, Any]]:
        """Return the pieces for `sweep(examine, ...)`: JSON values."""
        shared = {"ensemble": asdict(self.ensemble), "boxes": self.boxes}
        return [{**shared, "first": k, "last": min(k + _CHUNK, self.networks)} for k in range(0, self.networks, _CHUNK)]


def _setting(law: str, width: int, depth: int, networks: int, boxes: int = 100_000) -> Setting:
    shared = {"activation": "tanh", "gain": 3.0, "bias": _BIAS, "seed": SEED, "bits": BITS}
    ensemble = Ensemble(width=width, depth=depth, law=law, bias_law=law, **shared)
    return Setting(ensemble=ensemble, networks=networks, boxes=boxes)


_QUICK = tuple(_setting(law, 2, depth, 20) for law in ("cauchy", "normal") for depth in (1, 2))
_FULL = tuple(
    _setting(law, width, depth, networks)
    for law in ("cauchy", "normal")
    for width, depth, networks in ((2, 1, 100), (2, 2, 100), (3, 1, 60), (3, 2, 40), (4, 1, 40), (4, 2, 20))
)


def measure_counts(plan: Plan) -> Finding:
    """
    Count all fixed points of small networks, and compare the attracting ones with those that a search finds.

    EMPIRICAL if more than nine of ten networks are counted, by the interval of that share, each with the sum of the indices
    in its certificate; else NOT REPRODUCED.
    """
    settings = _QUICK if plan.is_quick else _FULL
    items = [item for setting in settings for item in setting.items()]
    pieces = iter(sweep(examine, items, folder=plan.folder, workers=plan.workers, progress=plan.progress))
    counts = [
        Counts(setting=setting, rows=[row for _ in setting.items() for row in next(pieces)["networks"]])
        for setting in settings
    ]
    return conclude(counts, quick=plan.is_quick)


# ---------------------------------------------------------------------------------- one network


def examine(item: Mapping[str, Any]) -> dict[str, Any]:
    """
    Count the networks `first`, ..., `last` - 1 of an ensemble; the work of a sweep.

    Returns:
        {"networks": [...]}, for each network whether its count is "proved", "all" and "stable", how many fixed points and
        attracting ones there are (None where that was not proved), whether the "index" sum is in the claim, what the search
        "found", how many "boxes" it took, and the "undecided" share of the volume.

    Raises:
        SoundnessError: if a count is contradicted by the search, or by the sum of the indices.
    """
    ensemble = Ensemble(**item["ensemble"])
    numbers = range(item["first"], item["last"])
    rows = [
        _row_of(ensemble, k, found, item["boxes"]) for k, found in zip(numbers, _search(ensemble, numbers), strict=True)
    ]
    return {"networks": rows}


def _search(ensemble: Ensemble, numbers: Sequence[int]) -> list[NDArray[np.float64]]:
    """Return the fixed points that iteration finds, shape (Q, N), of each network."""
    import torch

    from fpverify.ensembles.batch import stacked, stacked_starts
    from fpverify.numeric.attractors import Options, find_attractors

    device = torch.device("cpu")
    starts = stacked_starts(ensemble, numbers, _STARTS, device)
    found = find_attractors(stacked(ensemble, numbers, device), starts, Options(steps=_STEPS))
    return [one.fixed_points for one in found]


def _row_of(ensemble: Ensemble, number: int, found: NDArray[np.float64], boxes: int) -> dict[str, Any]:
    result = count(ensemble, number, boxes)
    stable = [point.stable for point in result.points]
    row = {
        "proved": result.success,
        "all": result.count if result.success else None,
        "stable": sum(map(bool, stable)) if result.success and None not in stable else None,
        "index": result.claim is not None and result.claim.facts.get("index_sum") == 1,
        "found": len(found),
        "boxes": result.nfev,
        "undecided": result.undecided_share,
    }
    if result.success:
        refuse_contradiction(f"network {number} of {ensemble}", result.points, found)
    return row


def count(ensemble: Ensemble, number: int, boxes: int) -> FindResult:
    """
    Search all fixed points of a network; `success` only if the kernel read the certificate back from disk.

    The box is a little wider than the range of f, in which they all are: a saturated neuron has a value so near to the
    border of the range that no box of doubles around it lies inside.
    """
    import torch

    from fpverify.numeric.iterate import one_thread
    from fpverify.search._branch.run import Options

    options = Options(
        tolerance=_TOLERANCE,
        time_limit=None,
        max_boxes=boxes,
        device=torch.device("cpu"),
        resume=None,
        progress=None,
    )
    network = ensemble.network(number)
    with one_thread():
        result = find_by_tree(problem_of(network, _around_range(ensemble), 1), options, stability=True)
    if result.success and not is_read_back(result.outcome, f"{network.name}: cover"):
        raise SoundnessError(f"{network.name}: the search calls proved what has no certificate")
    return result


def _around_range(ensemble: Ensemble) -> BoxRegion:
    span = ensemble.function.values.everywhere()
    if span is None:
        raise MisuseError(f"the values of {ensemble.activation} are not bounded: their fixed points lie in no box")
    return BoxRegion(lo=(span[0] - _MARGIN,) * ensemble.width, hi=(span[1] + _MARGIN,) * ensemble.width)


def refuse_contradiction(what: str, points: Sequence[FixedPoint], found: NDArray[np.float64]) -> None:
    """
    Compare the *points* of a complete count with the limits *found* by iteration, shape (Q, N).

    Raises:
        SoundnessError: if a limit is near none of the points, by the distance at which limits are told apart, or the indices
            do not sum to 1, where there is an index for each point.
    """
    from fpverify.numeric.attractors import Options

    for limit in found:
        if not any(_distance(limit, point) <= Options().same for point in points):
            raise SoundnessError(f"{what}: {len(points)} fixed points were proved to be all; a search found {limit}")
    indices = [point.index for point in points]
    if None not in indices and sum(index or 0 for index in indices) != 1:
        raise SoundnessError(f"{what}: the indices of all fixed points are {indices}, and do not sum to 1")


def _distance(limit: NDArray[np.float64], point: FixedPoint) -> float:
    below, above = np.array(point.lower) - limit, limit - np.array(point.upper)
    return float(max(np.max(below), np.max(above), 0.0))


# ---------------------------------------------------------------------------------- words


@dataclass(frozen=True, kw_only=True)
class Counts:
    """
    What was counted of one ensemble.

    Fields:
        setting: which.
        rows: of `examine`, one for each network.
    """

    setting: Setting
    rows: Sequence[Mapping[str, Any]]

    @property
    def proved(self) -> list[Mapping[str, Any]]:
        """The networks whose count, and the stability of each point, is proved."""
        return [row for row in self.rows if row["stable"] is not None]

    def mean(self, key: str) -> Estimate | None:
        """Return the mean over the networks that are proved; None if there are none."""
        return mean_interval([row[key] for row in self.proved]) if self.proved else None

    @property
    def missed(self) -> int:
        """How many attracting fixed points the search did not find."""
        return sum(row["stable"] - row["found"] for row in self.proved)

    @property
    def undecided(self) -> float:
        """The mean share of the volume that stayed undecided, over all networks."""
        return float(np.mean([float(Fraction(row["undecided"])) for row in self.rows]))


def conclude(counts: Sequence[Counts], *, quick: bool) -> Finding:
    """Return the finding; EMPIRICAL only if more than nine of ten networks are counted, with the sum of the indices."""
    rows = {
        law: [row for one in counts if one.setting.ensemble.law == law for row in one.proved] for law in _laws(counts)
    }
    means = {law: mean_interval([row["stable"] for row in mine]) for law, mine in rows.items() if mine}
    proved, networks = [row for one in counts for row in one.proved], sum(len(one.rows) for one in counts)
    counted = proportion_interval(len(proved), networks).low > _MOST and all(row["index"] for row in proved)
    return Finding(
        evidence=Evidence.EMPIRICAL if counted else Evidence.NOT_REPRODUCED,
        sentence=_sentence(counts, means),
        regime="; ".join(f"{one.setting.ensemble.name} ({len(one.rows)})" for one in counts),
        samples=f"numbers of networks in brackets; {_STARTS} uniform starts each for the search, T = {_STEPS} steps and as "
        "many again; every count is a certificate that the kernel read back from disk; bootstrap intervals of 95 %",
        seed=SEED,
        left_out=_left_out() if quick else "",
        columns=(
            "networks",
            "counted",
            "fixed points",
            "most",
            "attracting",
            "found by search",
            "missed",
            "boxes",
            "undecided volume",
        ),
        rows=[_row(one) for one in counts],
        data={"ensembles": [_data(one) for one in counts]},
    )


def _laws(counts: Sequence[Counts]) -> list[str]:
    return list(dict.fromkeys(one.setting.ensemble.law for one in counts))


def _sentence(counts: Sequence[Counts], means: Mapping[str, Estimate]) -> str:
    proved, networks = sum(len(one.proved) for one in counts), sum(len(one.rows) for one in counts)
    audited = sum(row["index"] for one in counts for row in one.proved)
    stable, missed = sum(row["stable"] for one in counts for row in one.proved), sum(one.missed for one in counts)
    laws = ", ".join(f"{mean} for {law.replace('cauchy', 'Cauchy')} weights" for law, mean in means.items())
    share = proportion_interval(stable - missed, stable) if 0 <= missed <= stable and stable else None
    return (
        f"All fixed points of {proved} of {networks} networks are proved to be known, with the index sum 1 in the "
        f"certificates of {audited}. On average {laws or 'none'} attract. The search found {stable - missed} of these "
        f"{stable} attracting fixed points{'' if share is None else f' ({share})'}."
    )


def _row(one: Counts) -> tuple[str, ...]:
    boxes = [row["boxes"] for row in one.rows]
    means = {key: "-" if (mean := one.mean(key)) is None else str(mean) for key in ("all", "stable", "found")}
    return (
        one.setting.ensemble.name,
        f"{len(one.proved)} of {len(one.rows)}",
        means["all"],
        str(max((row["all"] for row in one.proved), default="-")),
        means["stable"],
        means["found"],
        str(one.missed),
        f"{np.median(boxes):.0f}, at most {max(boxes)}",
        f"{one.undecided:.2g}",
    )


def _data(one: Counts) -> dict[str, Any]:
    ensemble = one.setting.ensemble
    place = {"law": ensemble.law, "width": ensemble.width, "depth": ensemble.depth}
    counts = {key: [row[key] for row in one.proved] for key in ("all", "stable", "found")}
    return {**place, "networks": len(one.rows), **counts}


def _left_out() -> str:
    sizes = dict.fromkeys(f"N = {s.ensemble.width}, L = {s.ensemble.depth} ({s.networks})" for s in _FULL)
    return f"the full profile has, for each law, {'; '.join(sizes)}"
