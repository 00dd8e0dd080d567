"""Figure 17: what the starts of untrained networks with heavy-tailed weights end in, by depth."""

import numpy as np
from matplotlib.figure import Figure as Canvas

from fpverify.report._report import Report
from fpverify.report.figures._figure import BLUE, INK, ORANGE, Figure
from fpverify.report.figures._not_measured import not_measured

_FATES = {
    "in_fixed_points": ("in a fixed point", BLUE, 0.85),
    "in_cycles": ("in a cycle, of period at most 64", ORANGE, 0.85),
    "not_converged": ("in neither, as far as was iterated", INK, 0.3),
}


def draw(report: Report) -> Canvas:
    finding = report.finding("bs-3", "where starts end")
    if finding is None:
        return not_measured()
    depths = finding.data["depths"]
    canvas = Canvas(figsize=(6.7, 3.4))
    axes = canvas.subplots()
    places, bottom = np.arange(len(depths)), np.zeros(len(depths))
    for key, (words, colour, alpha) in _FATES.items():
        share = np.array(finding.data[key]["value"])
        axes.bar(places, share, 0.72, bottom, color=colour, alpha=alpha, linewidth=0, label=words)
        bottom += share
    fixed = {part: np.array(finding.data["in_fixed_points"][part]) for part in ("value", "low", "high")}
    reach = [fixed["value"] - fixed["low"], fixed["high"] - fixed["value"]]
    axes.errorbar(places, fixed["value"], reach, fmt="none", color=INK, elinewidth=0.9, capsize=2.5)
    axes.set(xlabel="layers $L$", ylabel="share of the starts", ylim=(0, 1))
    axes.set_xticks(places, [str(depth) for depth in depths])
    axes.tick_params(axis="x", length=0)
    canvas.legend(loc="upper center", ncols=3, framealpha=0)
    canvas.subplots_adjust(left=0.085, right=0.99, top=0.9, bottom=0.13)
    return canvas


FIGURE = Figure(
    name="fates",
    number=17,
    theorem="bs-3",
    title="Where the starts end",
    caption="Untrained tanh networks with Cauchy weights: the mean share of uniform starts that end in a fixed point, in a "
    "cycle, and in neither within the steps of the search, by depth. The whiskers are 95 % intervals, over the networks, of "
    "the share that ends in fixed points. Where it is below one, the basins of the fixed points do not take up the cube. "
    "Measured in floating point, not certified.",
    alt="Stacked bars over the number of layers. In the shallow networks about half of the starts or fewer end in fixed "
    "points, most others in cycles, and a few in neither; with more layers the share of fixed points grows, until in the "
    "deepest networks nearly all starts end in one.",
    draw=draw,
)
