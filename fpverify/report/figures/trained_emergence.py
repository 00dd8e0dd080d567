"""Figure 9: the number of attracting fixed points found by depth, before and after training, and the error."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from fpverify.report._report import Report
from fpverify.report.figures._figure import BLUE, GOLD, INK, ORANGE, PURPLE, Figure
from fpverify.report.figures._not_measured import not_measured

_SERIES = {"normal": ("normal", BLUE, ORANGE), "cauchy": ("Cauchy", PURPLE, GOLD)}


def draw(report: Report) -> Canvas:
    finding = report.finding("bs-3", "trained autoencoders")
    if finding is None:
        return not_measured()
    canvas = Canvas(figsize=(6.7, 4.2))
    count, error = canvas.subplots(2, 1, sharex=True, height_ratios=(2.2, 1))
    for name, (words, before, after) in _SERIES.items():
        if name in finding.data:
            _series(count, error, finding.data[name], f"{words} initial weights", (before, after))
    depths = finding.data["normal"]["depths"]
    variance = finding.data["normal"]["variance"]
    error.axhline(variance, color=INK, linewidth=0.7, linestyle=":")
    error.annotate("variance of the images", (depths[0], variance), (0, -3), textcoords="offset points", va="top")
    count.set(ylabel="attracting fixed points found", ylim=(0, 1.25 * count.get_ylim()[1]))
    error.set(ylabel="median error", xlabel="layers $L$", xscale="log", ylim=(0, 1.15 * variance))
    error.set_xticks(depths, [str(depth) for depth in depths])
    error.minorticks_off()
    count.legend(loc="upper center", ncols=2)
    canvas.subplots_adjust(left=0.09, right=0.98, top=0.98, bottom=0.11, hspace=0.08)
    return canvas


def _series(count: Axes, error: Axes, data: Mapping[str, Any], words: str, colours: tuple[str, str]) -> None:
    for key, colour, mark in (("before", colours[0], "s"), ("after", colours[1], "o")):
        value, low, high = np.array(data[key]).T
        count.fill_between(data["depths"], low, high, color=colour, alpha=0.2, linewidth=0)
        count.plot(data["depths"], value, mark, ls="-", color=colour, markersize=4, label=f"{words}, {key} training")
    error.plot(data["depths"], data["error"], "o-", color=colours[1], markersize=4)


FIGURE = Figure(
    name="trained_emergence",
    number=9,
    theorem="bs-3",
    title="Fixed points of trained autoencoders by depth",
    caption="Above: the mean number of attracting fixed points found in autoencoders 64-…-64 with L layers, before "
    "and after training on 20 digits each; the bands are 95 % intervals over the networks. Below: the median "
    "error on these digits; at the dotted line a network does no better than a constant map. Counted in "
    "floating point, from below, and not certified.",
    alt="Two panels over the number of layers. Above, the number of fixed points found is one at every depth "
    "before training; after training it starts between one and two, rises to a maximum at some depth, and "
    "falls to one in the deepest networks. Below, the error is smallest where there are many fixed points and "
    "rises to the variance of the images.",
    draw=draw,
)
