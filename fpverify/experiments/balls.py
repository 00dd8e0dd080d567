"""
Attracting fixed points that a search found, certified: a ball around each, and starts that are proved to end in it.

For each fixed point found, the rule attracts is asked for a ball around it, as large as the proposer can make it; then the
rule arrives for the starts that end in that fixed point in floating point, as points, all in one certificate. Whether the
kernel accepts the file of a certificate is all that counts; the spectral radius beside it is computed in floating point.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpverify._certify import decide
from fpverify._finding import Evidence, Finding, Plan
from fpverify._goal import Attracted
from fpverify.ensembles import Ensemble
from fpverify.experiments._read_back import is_read_back
from fpverify.experiments.sweep import sweep
from fpverify.kernel.errors import SoundnessError
from fpverify.kernel.exact import dyadic, exact
from fpverify.kernel.fixed import Fixed
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Ball, BoxRegion, Cover
from fpverify.numeric.bootstrap import Estimate, mean_interval, proportion_interval
from fpverify.search.attracts import attracted_ball, core_near, propose

Array = NDArray[np.float64]

SEED = 13
BITS = 24
_STEPS = 300
_MORE_STEPS = 2
"""An enclosure of an orbit has to lie in the ball so many steps after the orbit in floating point came to stay there."""
_PRECISION = 512
"""Bits for enclosures of orbits: each step may cost some, also near the fixed point, and 256 were seen to be too few."""
_PROBES = 8
"""States in each certified ball whose orbits are followed in floating point."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """
    One ensemble, and how much of it is looked at.

    Fields:
        ensemble: which.
        networks: how many, numbers 0, 1, ...
        starts: from how many starts fixed points are searched, in each network.
        classified: how many of these starts are to be classified.
        most: for how many fixed points of one network, those found first, a ball is asked for.
    """

    ensemble: Ensemble
    networks: int
    starts: int = 40
    classified: int = 10
    most: int = 6

    def items(self) -> list[dict[str, Any]]:
        """Return one item for each network: JSON values."""
        shared = {"starts": self.starts, "classified": self.classified, "most": self.most}
        return [{"ensemble": asdict(self.ensemble), "number": k, **shared} for k in range(self.networks)]


def _cauchy(width: int, depth: int, gain: float, bias: float, **other: Any) -> Ensemble:
    given = {"activation": "tanh", "law": "cauchy", "bias_law": "cauchy", "seed": SEED, "bits": BITS, **other}
    return Ensemble(width=width, depth=depth, gain=gain, bias=bias, **given)


_NORMAL = Ensemble(activation="tanh", width=50, depth=3, law="normal", gain=0.9, bias=0.3, seed=SEED, bits=BITS)
_QUICK = (
    Setting(ensemble=_cauchy(20, 1, 3.0, 1.0), networks=10),
    Setting(ensemble=_cauchy(20, 4, 3.0, 1.0), networks=8),
    Setting(ensemble=_cauchy(30, 4, 0.5, 0.2, form="tied"), networks=2),
)
_FULL = (
    *(Setting(ensemble=_cauchy(20, depth, 3.0, 1.0), networks=40) for depth in (1, 4, 16)),
    Setting(ensemble=_cauchy(50, 8, 2.0, 1.0), networks=8),
    Setting(ensemble=_NORMAL, networks=8),
    Setting(ensemble=_cauchy(50, 8, 16.0, 1.0, activation="sigmoid"), networks=8),
    Setting(ensemble=_cauchy(30, 4, 0.5, 0.2, form="tied"), networks=10, most=12),
)


def measure_balls(plan: Plan) -> Finding:
    """
    Ask the kernel for a ball around each fixed point that a search found, and where starts end.

    EMPIRICAL if each one that attracts, as the spectral radius says, has a certified ball, and there are some; else NOT
    REPRODUCED.
    """
    settings = _QUICK if plan.is_quick else _FULL
    items = [item for setting in settings for item in setting.items()]
    rows = iter(sweep(examine, items, folder=plan.folder, workers=plan.workers, progress=plan.progress))
    groups = [Group(setting=setting, rows=[next(rows) for _ in range(setting.networks)]) for setting in settings]
    return conclude(groups, quick=plan.is_quick)


# ---------------------------------------------------------------------------------- one network


@dataclass(frozen=True, kw_only=True)
class Certified:
    """
    A fixed point that was found, and what the kernel says of a ball around it.

    Fields:
        limit: where the search found it, shape (N,).
        spectral_radius: of the Jacobian there, in floating point.
        ball: around it, and attracted, as the kernel accepted; None if it did not.
        distance: bound of the distance of the fixed point from the centre of the ball.
        obligation: by which it was accepted.
    """

    limit: Array
    spectral_radius: float
    ball: Ball | None = None
    distance: Fraction = Fraction(0)
    obligation: Obligation | None = None

    @property
    def radius(self) -> float | None:
        return None if self.ball is None else float(self.ball.radius)


def examine(item: Mapping[str, Any]) -> dict[str, Any]:
    """
    Search the attracting fixed points of network `number` of an ensemble and certify them; the work of a sweep.

    Returns:
        "found": how many fixed points the search found; "points": for each that was looked at, [spectral radius, radius],
        with None for a radius that was not certified; "distinct": how many different attracting fixed points are proved;
        "starts", "converged", "classified": how many starts were looked at, how many of them ended in a fixed point in
        floating point, and of how many that is proved.

    Raises:
        SoundnessError: if an orbit from a certified ball ended elsewhere in floating point.
    """
    from fpverify.numeric.attractors import Options, find_attractors

    ensemble, number = Ensemble(**item["ensemble"]), item["number"]
    network, follow = ensemble.network(number), Orbits(ensemble, number)
    starts = ensemble.starts(number, item["starts"])
    found = find_attractors(follow.maps, follow.tensor(starts)[None], Options(steps=_STEPS))[0].fixed_points
    certified = [certify_limit(network, limit) for limit in found[: item["most"]]]
    for one in certified:
        refuse_contradiction(one, found, follow)
    some = starts[: item["classified"]]
    owners = [_nearest(limit, found) for limit in follow.limits(some)]
    groups = [some[[owner == j for owner in owners]] for j in range(len(certified))]
    proved = sum(classify(network, one, mine, follow) for one, mine in zip(certified, groups, strict=True))
    return {
        "found": len(found),
        "points": [[one.spectral_radius, one.radius] for one in certified],
        "distinct": distinct(certified),
        "starts": len(some),
        "converged": sum(owner is not None for owner in owners),
        "classified": proved,
    }


class Orbits:
    """Orbits of one network in floating point, on the processor."""

    def __init__(self, ensemble: Ensemble, number: int) -> None:
        import torch

        from fpverify.ensembles.batch import stacked

        self.maps = stacked(ensemble, [number], torch.device("cpu"))

    def tensor(self, states: Array) -> Any:
        import torch

        return torch.as_tensor(np.ascontiguousarray(states), dtype=torch.float64)

    def limits(self, states: Array) -> list[Array | None]:
        """Return the fixed point in which each of the *states*, shape (S, N), ends; None for those that end in none."""
        return [one.fixed_points[0] if one.count else None for one in self._ends(states)]

    def cycle(self, states: Array) -> bool:
        """Return whether one of the *states*, shape (S, N), ends in a cycle."""
        return any(one.cycles for one in self._ends(states))

    def _ends(self, states: Array) -> list[Any]:
        import torch

        from fpverify.numeric.attractors import Options, find_attractors

        if not len(states):
            return []
        copies = self.maps.take(torch.zeros(len(states), dtype=torch.int64))
        return find_attractors(copies, self.tensor(states)[:, None], Options(steps=_STEPS))

    def steps_into(self, states: Array, ball: Ball) -> int | None:
        """Return after how many steps all *states* are, and have come to stay, in the *ball*; None if they do not."""
        centre, radius = np.array([float(x) for x in ball.centre]), float(ball.radius)
        x, last = self.tensor(states)[None], -1
        for step in range(2 * _STEPS):
            if np.max(np.linalg.norm(x[0].numpy() - centre, axis=1)) > 0.99 * radius:
                last = step
            x = self.maps(x)
        return last + 1 if last + 1 < 2 * _STEPS else None


def certify_limit(network: Network, limit: Array) -> Certified:
    """Search a large ball around a limit, shape (N,), and have the kernel decide whether it is attracted."""
    centre = [dyadic(x) for x in limit.tolist()]
    core = core_near(network, centre)
    found = Certified(limit=limit, spectral_radius=core.spectral_radius)
    ball = attracted_ball(network, centre, core=core)
    if ball is None:
        return found
    (obligation,) = propose(network, ball, Attracted())
    outcome = decide([obligation])
    if not is_read_back(outcome, f"{network.name}: attracts") or outcome.claim is None:
        return found
    return replace(found, ball=ball, distance=exact(outcome.claim.facts["distance"]), obligation=obligation)


def refuse_contradiction(one: Certified, found: Array, follow: Orbits) -> None:
    """
    Follow states of a certified ball in floating point: some near its border, and the limits that the search found in it.

    Raises:
        SoundnessError: if one of them ends in a cycle, or in a fixed point farther from the centre than proved, by more
            than limits are told apart.
    """
    from fpverify.numeric.attractors import Options

    radius = one.radius
    if radius is None:
        return
    inside = found[np.linalg.norm(found - one.limit, axis=1) < 0.99 * radius]
    directions = np.random.default_rng(SEED).standard_normal((_PROBES, len(one.limit)))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    states = np.concatenate([one.limit + 0.99 * radius * directions, inside])
    most = float(one.distance) + sqrt(len(one.limit)) * Options().same
    away = [limit for limit in follow.limits(states) if limit is not None and np.linalg.norm(limit - one.limit) > most]
    if away or follow.cycle(states):
        raise SoundnessError(f"a ball of radius {radius} was proved to be attracted; orbits from it end in {away[:1]}")


def classify(network: Network, one: Certified, starts: Array, follow: Orbits) -> int:
    """Return of how many of the *starts*, shape (S, N), which end in this fixed point, the kernel accepts that they do."""
    if one.obligation is None or not len(starts):
        return 0
    steps = None if one.ball is None else follow.steps_into(starts, one.ball)
    if steps is not None and _arrive(network, one.obligation, starts, steps + _MORE_STEPS):
        return len(starts)
    return sum(classify(network, one, start[None], follow) for start in starts) if len(starts) > 1 else 0


def _arrive(network: Network, target: Obligation, starts: Array, steps: int) -> bool:
    """Return whether the kernel accepts that all *starts* end in the fixed point of the obligation *target*."""
    points = [tuple(dyadic(x) for x in start) for start in starts.tolist()]
    region = Cover(parts=tuple(BoxRegion(lo=point, hi=point) for point in points))
    changed = {"id": "o2", "rule": "arrives", "region": region, "witness": {"steps": steps}, "premises": (target.id,)}
    outcome = decide([target, replace(target, backend=Fixed(_PRECISION), **changed)])
    return is_read_back(outcome, f"{network.name}: arrives")


def _nearest(limit: Array | None, found: Array) -> int | None:
    """Return which of the fixed points *found* a limit is; None if there is no limit."""
    if limit is None or not len(found):
        return None
    return int(np.argmin(np.max(np.abs(found - limit), axis=1)))


def distinct(certified: Sequence[Certified]) -> int:
    """Return how many of the fixed points are proved to be different: the places where they lie do not overlap."""
    kept: list[Certified] = []
    for one in certified:
        if one.ball is not None and all(_apart(one, other) for other in kept):
            kept.append(one)
    return len(kept)


def _apart(one: Certified, other: Certified) -> bool:
    assert one.ball is not None
    assert other.ball is not None
    between = sum(((a - b) ** 2 for a, b in zip(one.ball.centre, other.ball.centre, strict=True)), Fraction(0))
    return between > (one.distance + other.distance) ** 2


# ---------------------------------------------------------------------------------- words


@dataclass(frozen=True, kw_only=True)
class Group:
    """
    What was measured of one ensemble.

    Fields:
        setting: which, and how much of it.
        rows: of `examine`, one for each network.
    """

    setting: Setting
    rows: Sequence[Mapping[str, Any]]

    @property
    def points(self) -> list[tuple[float, float | None]]:
        """For each fixed point: spectral radius, and certified radius or None."""
        return [(radius, size) for row in self.rows for radius, size in row["points"]]

    @property
    def radii(self) -> list[float]:
        return sorted(size for _, size in self.points if size is not None)

    @property
    def several(self) -> int:
        """In how many networks several attracting fixed points are proved."""
        return sum(row["distinct"] >= 2 for row in self.rows)

    def share(self, key: str) -> Estimate:
        """Return the share of starts that converged, or that were classified; the networks are resampled."""
        return mean_interval([row[key] / row["starts"] for row in self.rows])

    def total(self, key: str) -> int:
        return sum(row[key] for row in self.rows)


def conclude(groups: Sequence[Group], *, quick: bool) -> Finding:
    """Return the finding; EMPIRICAL only if each attracting fixed point that was found has a certified ball."""
    several = sum(group.several for group in groups)
    attracting = [radius for group in groups for spectral, radius in group.points if spectral < 1]
    return Finding(
        evidence=Evidence.EMPIRICAL if attracting and None not in attracting else Evidence.NOT_REPRODUCED,
        sentence=_sentence(groups, several),
        regime="; ".join(group.setting.ensemble.name for group in groups),
        samples="; ".join(map(_samples, groups))
        + "; every proof is a certificate that the kernel read back from disk; "
        "Wilson intervals of 95 % for fixed points, bootstrap over the networks for starts",
        seed=SEED,
        left_out=_left_out() if quick else "",
        columns=(
            "networks",
            "fixed points",
            "certified",
            "median radius",
            "median spectral radius",
            "several proved",
            "starts that converge",
            "starts classified",
        ),
        rows=[_row(group) for group in groups],
        data={"groups": [_data(group) for group in groups]},
    )


def _sentence(groups: Sequence[Group], several: int) -> str:
    points = [point for group in groups for point in group.points]
    networks, converged = (sum(map(count, groups)) for count in (lambda g: len(g.rows), lambda g: g.total("converged")))
    classified = sum(group.total("classified") for group in groups)
    certified = sum(size is not None for _, size in points)
    share = f" ({proportion_interval(certified, len(points))})" if points else ""
    return (
        f"{certified} of {len(points)} fixed points that iteration found{share} lie in a ball of which it is proved that "
        f"every orbit from it converges to one fixed point; {several} of {networks} networks are proved to have several "
        f"attracting fixed points. Of {converged} starts that converge in floating point, {classified} are proved to."
    )


def _samples(group: Group) -> str:
    one = group.setting
    return (
        f"{one.networks} networks (N = {one.ensemble.width}, L = {one.ensemble.depth}), {one.starts} uniform starts each, "
        f"at most {one.most} fixed points of each, {one.classified} starts to classify"
    )


def _row(group: Group) -> tuple[str, ...]:
    points, radii = group.points, group.radii
    spectral = f"{np.median([radius for radius, _ in points]):.2g}" if points else "-"
    return (
        group.setting.ensemble.name,
        str(len(points)),
        str(proportion_interval(len(radii), len(points))) if points else "-",
        f"{np.median(radii):.1e}" if radii else "-",
        spectral,
        f"{group.several} of {len(group.rows)}",
        str(group.share("converged")),
        str(group.share("classified")),
    )


def _data(group: Group) -> dict[str, Any]:
    one = group.setting.ensemble
    tied = "tied " if one.form == "tied" else ""
    law = one.law.replace("cauchy", "Cauchy")
    label = f"{tied}{one.activation}, {law} {one.gain:g}, N = {one.width}, L = {one.depth}"
    return {"label": label, "points": [list(point) for point in group.points]}


def _left_out() -> str:
    names = ", ".join(f"N = {s.ensemble.width} and L = {s.ensemble.depth} ({s.networks})" for s in _FULL)
    return f"the full profile has the ensembles, with their numbers of networks: {names}"
