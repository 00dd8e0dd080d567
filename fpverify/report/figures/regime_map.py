"""Figure 7: where random Gaussian networks have one fixed point: proved, by which certificate, beside observed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from fpverify.report._report import Report
from fpverify.report.figures._figure import BLUE, GREEN, INK, ORANGE, PAPER, PURPLE, Figure
from fpverify.report.figures._not_measured import not_measured

Cells = Sequence[Mapping[str, Any]]

_METHODS = {
    ("norms",): (BLUE, "product of the layers' norms"),
    ("contraction",): (GREEN, "contraction after some steps"),
    ("multipliers", "best multipliers"): (ORANGE, "multipliers"),
}
_SEEN = LinearSegmentedColormap.from_list("seen", ["#ffffff", "#9a9a9a"])
_HALF = 0.46


def draw(report: Report) -> Canvas:
    finding = report.finding("bs-1", "regime map")
    if finding is None:
        return not_measured()
    cells: Cells = finding.data["cells"]
    names = [*finding.data["lines"]]
    depths = sorted({cell["depth"] for cell in cells})
    canvas = Canvas(figsize=(7.2, 1.1 + 1.65 * len(depths)))
    panels = canvas.subplots(len(depths), len(names), squeeze=False)
    for row, depth in enumerate(depths):
        for column, name in enumerate(names):
            mine = [cell for cell in cells if (cell["depth"], cell["activation"]) == (depth, name)]
            _panel(panels[row, column], mine, finding.data["lines"][name], f"{name}, $L = {depth}$")
            if column == 0:
                panels[row, column].set_ylabel(r"scale of the biases $\sigma_b$")
            if row == len(depths) - 1:
                panels[row, column].set_xlabel(r"gain $\sigma_w$")
    canvas.legend(handles=_legend(), loc="lower center", ncols=3, framealpha=0, columnspacing=1.4, handlelength=1.6)
    canvas.subplots_adjust(left=0.085, right=0.99, top=0.93, bottom=0.36 / len(depths) + 0.11, hspace=0.42, wspace=0.15)
    return canvas


def _panel(axes: Axes, cells: Cells, lines: Mapping[str, Any], title: str) -> None:
    gains, biases = sorted({cell["gain"] for cell in cells}), sorted({cell["bias"] for cell in cells})
    for cell in cells:
        _cell(axes, cell, gains.index(cell["gain"]), biases.index(cell["bias"]))
    places, levels = np.arange(len(gains)), np.arange(len(biases))
    for key, style in (("norms", "--"), ("multipliers", "-")):
        axes.axvline(np.interp(lines[key], gains, places), color=INK, linewidth=1.1, linestyle=style)
    bias, gain = np.array(lines["critical"]).T
    axes.plot(np.interp(gain, gains, places), np.interp(bias, biases, levels), ":", color=PURPLE, linewidth=2.2)
    axes.set(xlim=(-0.5, len(gains) - 0.5), ylim=(-0.5, len(biases) - 0.5), title=title)
    axes.set_xticks(places, [f"{gain:g}" for gain in gains])
    axes.set_yticks(levels, [f"{bias:g}" for bias in biases])
    axes.tick_params(length=0, labelsize=7.5)


def _cell(axes: Axes, cell: Mapping[str, Any], x: int, y: int) -> None:
    """Draw the share seen as a grey ground, and the shares proved, by method, as bars from below."""
    ground = {"facecolor": _SEEN(cell["unique"]), "edgecolor": INK, "linewidth": 0.3}
    axes.add_patch(Rectangle((x - _HALF, y - _HALF), 2 * _HALF, 2 * _HALF, **ground))
    bottom = y - _HALF
    for keys, (colour, _) in _METHODS.items():
        height = 2 * _HALF * sum(cell["methods"].get(key, 0.0) for key in keys)
        axes.add_patch(Rectangle((x - 0.28, bottom), 0.56, height, facecolor=colour, edgecolor="none"))
        bottom += height


def _legend() -> list[Any]:
    return [
        *(Patch(facecolor=colour, label=f"proved: {words}") for colour, words in _METHODS.values()),
        Line2D([], [], color=INK, linestyle="--", linewidth=1.1, label=r"norms: $2 \sigma_w \max \phi' = 1$"),
        Line2D([], [], color=INK, linewidth=1.1, label=r"multipliers: $\sqrt{2} \sigma_w \max \phi' = 1$"),
        Line2D([], [], color=PURPLE, linestyle=":", linewidth=2.2, label=r"mean field: $\chi = 1$"),
        Patch(facecolor=_SEEN(1.0), edgecolor=INK, linewidth=0.3, label="seen in all networks"),
        Patch(facecolor=_SEEN(0.5), edgecolor=INK, linewidth=0.3, label="seen in half of them"),
        Patch(facecolor=PAPER, edgecolor=INK, linewidth=0.3, label="seen in none"),
    ]


FIGURE = Figure(
    name="regime_map",
    number=7,
    theorem="bs-1",
    title="One fixed point: proved and observed",
    caption="Random Gaussian networks, some for each cell. The grey of a cell is the share of them in which all "
    "starts ended in one fixed point, seen in floating point. The height of its bar is the share for which the kernel "
    "accepted a certificate that there is exactly one fixed point in all of space; the colour says which certificate "
    "came first. Dashed: up to there the product of the norms proves it as the width grows (the law of Bai and Yin); "
    "solid: the same for equal multipliers; dotted: the mean-field line between order and chaos. A bar can rise on "
    "white ground: the one fixed point of a certificate by multipliers need not attract.",
    alt="Maps over the gain and the scale of the biases, for tanh and sigmoid networks of several depths. Left of the "
    "dashed line every network is proved by norms; between it and the solid line nearly all by multipliers; beyond it "
    "some, until no bars are left before the dotted line, where the ground turns from grey to white.",
    draw=draw,
)
