"""Figure 16: fixed points of untrained heavy-tailed networks by depth, beside what is exact for sign networks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from fpverify._finding import Finding
from fpverify.report._report import Report
from fpverify.report.figures._figure import BLUE, GOLD, GREEN, INK, ORANGE, PURPLE, Figure
from fpverify.report.figures._not_measured import not_measured

_THEOREM = "bs-3"
_FOUND = {
    "attractors": ("attractors $A$", PURPLE, "s"),
    "mean": ("fixed points $E[Q]$", BLUE, "o"),
    "several": ("$P(Q \\geq 2)$", ORANGE, "^"),
}
_EXACT = {"normal": (GREEN, "o"), "cauchy": (GOLD, "D")}


def draw(report: Report) -> Canvas:
    found, signs = report.finding(_THEOREM, "untrained Cauchy networks"), report.finding(_THEOREM, "sign networks")
    if found is None and signs is None:
        return not_measured()
    canvas = Canvas(figsize=(7.2, 3.6))
    left, right = canvas.subplots(1, 2)
    _cauchy_panel(left, found)
    _sign_panel(right, signs)
    for axes in (left, right):
        axes.axhline(1, color=INK, linewidth=0.7, linestyle=":", zorder=0)
        axes.set(xlabel="layers $L$", ylim=(0, 1.1 * axes.get_ylim()[1]))
    canvas.subplots_adjust(left=0.055, right=0.99, top=0.93, bottom=0.125, wspace=0.14)
    return canvas


def _cauchy_panel(axes: Axes, finding: Finding | None) -> None:
    axes.set_title("untrained Cauchy networks, found")
    if finding is None:
        _missing(axes)
        return
    depths = finding.data["depths"]
    for key, (words, colour, mark) in _FOUND.items():
        lists = finding.data[key]
        axes.fill_between(depths, lists["low"], lists["high"], color=colour, alpha=0.2, linewidth=0)
        axes.plot(depths, lists["value"], mark, ls="-", color=colour, markersize=4, label=words)
    _scale(axes, depths)
    axes.legend(loc="upper right")


def _sign_panel(axes: Axes, finding: Finding | None) -> None:
    """Draw lines for what is exact, marks with intervals for what was counted; of each law the widest networks."""
    axes.set_title("sign networks, exact and counted")
    if finding is None:
        _missing(axes)
        return
    width = max(one["width"] for one in finding.data["series"])
    series = [one for one in finding.data["series"] if one["width"] == width]
    for shift, one in zip((0.96, 1.04), series, strict=False):
        colour, mark = _EXACT[one["law"]]
        name = one["law"].replace("cauchy", "Cauchy")
        axes.plot(range(1, len(one["line"]) + 1), one["line"], color=colour, label=f"$E[Q(Q-1)]$, {name}")
        for key, fill in (("pairs", colour), ("mean", "none")):
            places = shift * np.array(one["depths"])
            style = {"fmt": mark, "color": colour, "markerfacecolor": fill, "markersize": 4, "elinewidth": 0.8}
            axes.errorbar(places, one[key]["value"], _reach(one[key]), **style)
    axes.plot(series[0]["depths"], np.ones(len(series[0]["depths"])), color=INK, linewidth=1.2, label="$E[Q] = 1$")
    _scale(axes, series[0]["depths"])
    axes.legend(loc="upper right", title=f"N = {width}, lines exact", title_fontsize=8.5)


def _reach(lists: Mapping[str, Sequence[float]]) -> Any:
    value, low, high = (np.array(lists[part]) for part in ("value", "low", "high"))
    return [value - low, high - value]


def _scale(axes: Axes, depths: Sequence[int]) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xticks(depths, [str(depth) for depth in depths])
    axes.minorticks_off()


def _missing(axes: Axes) -> None:
    axes.annotate("not measured in this run", (0.5, 0.5), xycoords="axes fraction", ha="center")


FIGURE = Figure(
    name="emergence",
    number=16,
    theorem=_THEOREM,
    title="Fixed points of untrained networks by depth",
    caption="Left: untrained tanh networks with Cauchy weights: the mean number of attracting fixed points that random "
    "starts found, that of attractors (fixed points and cycles), and how often there were two fixed points or more; bands "
    "are 95 % intervals over the networks. The starts may miss fixed points with small basins: they are counted from "
    "below. Right: sign networks, their limit for large weights: lines are exact values, by a theorem; marks are means over "
    "sampled networks, all states of each gone through, filled for the pairs Q(Q-1), hollow for Q. Measured in floating "
    "point, not certified.",
    alt="Two panels over the number of layers, on a logarithmic scale. Left, the mean number of fixed points found starts "
    "below one and tends to one; the number of attractors starts near two and falls to one; the probability of two or more "
    "fixed points stays small and ends at nearly zero. Right, the exact mean is the level line one and the second factorial "
    "moments fall with the depth, the Cauchy one faster; sampled marks lie on or near the lines.",
    draw=draw,
)
