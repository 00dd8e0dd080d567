"""Figure 10: the certified ball around each attracting fixed point that was found, against the spectral radius there."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from fpverify.report._report import Report
from fpverify.report.figures._figure import BLUE, GOLD, GREEN, INK, ORANGE, PURPLE, Figure
from fpverify.report.figures._not_measured import not_measured

_STYLES = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "D"), (PURPLE, "^"), (GOLD, "v"), (INK, "P"), (BLUE, "X"))
_ROOM = 4.0
"""Below the smallest radius, as a factor: the place of the fixed points without a certified ball."""


def draw(report: Report) -> Canvas:
    finding = report.finding("bs-3", "certified attractors")
    groups = [] if finding is None else [group for group in finding.data["groups"] if group["points"]]
    if not groups:
        return not_measured()
    canvas = Canvas(figsize=(6.7, 3.6 + 0.1 * len(groups)))
    axes = canvas.subplots()
    radii = [radius for group in groups for _, radius in group["points"] if radius is not None]
    floor = min(radii, default=1.0) / _ROOM
    for group, (colour, marker) in zip(groups, cycle(_STYLES), strict=False):
        _scatter(axes, group, floor, colour=colour, marker=marker)
    _finish(axes, [rho for group in groups for rho, _ in group["points"]])
    rows = -(-len(groups) // 2)
    canvas.legend(loc="lower center", ncols=2, framealpha=0, handletextpad=0.4, columnspacing=1.6)
    height = float(canvas.get_figheight())
    canvas.subplots_adjust(left=0.1, right=0.985, top=0.97, bottom=(0.62 + 0.19 * rows) / height)
    return canvas


def _scatter(axes: Axes, group: Mapping[str, Any], floor: float, *, colour: str, marker: str) -> None:
    """Draw the certified points filled, those without a certified ball hollow, on the floor."""
    certified = [(rho, radius) for rho, radius in group["points"] if radius is not None]
    others = [(rho, floor) for rho, radius in group["points"] if radius is None]
    label = f"{group['label']}: {len(certified)} of {len(group['points'])}"
    shared: dict[str, Any] = {"linestyle": "none", "marker": marker, "color": colour, "markersize": 5}
    axes.plot(*_columns(certified), label=label, alpha=0.75, markeredgewidth=0, **shared)
    axes.plot(*_columns(others), markerfacecolor="none", markeredgewidth=0.9, **shared)


def _columns(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _finish(axes: Axes, spectral: Sequence[float]) -> None:
    """Scale the spectral radius by its distance from 1, where the smallest balls crowd."""
    axes.set_yscale("log")
    axes.set_xscale("function", functions=(_stretched, _shrunk))
    ticks = [0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999]
    most = max(*spectral, 0.9)
    axes.set_xlim(-0.02, 1 - (1 - min(most, 0.9995)) * 0.8)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("spectral radius of the Jacobian at the fixed point")
    axes.set_ylabel("radius of the certified ball")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(alpha=0.18, linewidth=0.5)


def _stretched(x: Any) -> Any:
    import numpy as np

    return -np.log10(np.maximum(1.02 - np.asarray(x), 1e-9))


def _shrunk(y: Any) -> Any:
    import numpy as np

    return 1.02 - 10.0 ** -np.asarray(y)


FIGURE = Figure(
    name="certified_balls",
    number=10,
    theorem="bs-3",
    title="Certified balls around attracting fixed points",
    caption="Each mark is a fixed point that iteration found in some untrained network. Its height is the radius of a ball, "
    "in the 2-norm, for which the kernel accepted a certificate that every orbit from it converges to one fixed point; the "
    "radius is the largest for which the proposer made one, within a tenth, and says little of how large the basin is. The "
    "spectral radius is computed in floating point. Hollow marks, at the bottom: no certificate. The numbers count the "
    "certified among those found.",
    alt="Points on a logarithmic scale, one for each fixed point. Within an ensemble the certified radius shrinks as the "
    "spectral radius grows towards 1, and differs by orders of magnitude between fixed points of the same spectral radius.",
    draw=draw,
)
