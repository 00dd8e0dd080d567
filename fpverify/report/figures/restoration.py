"""Figure 14: how many spoilt digits are restored, by method and number of stored images."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from fpverify.report._report import Report
from fpverify.report.figures._figure import BLUE, GOLD, GREEN, INK, ORANGE, Figure
from fpverify.report.figures._not_measured import not_measured

_PANELS = (("Gaussian noise", "noise"), ("salt and pepper", "noise"), ("lower half", "masks"))
_METHODS = {"one pass": GOLD, "iterated": ORANGE, "nearest": BLUE, "modern Hopfield": GREEN}


def draw(report: Report) -> Canvas:
    finding = report.finding("bs-5", "restoration")
    if finding is None:
        return not_measured()
    canvas = Canvas(figsize=(6.7, 2.7))
    panels = canvas.subplots(1, len(_PANELS), sharey=True)
    for axes, (corruption, training) in zip(panels, _PANELS, strict=True):
        wanted = (corruption, training)
        _panel(axes, [cell for cell in finding.data["cells"] if (cell["corruption"], cell["training"]) == wanted])
        axes.set(title=corruption, xlabel="stored images $m$", ylim=(0, 1.04))
    panels[0].set_ylabel("fraction restored")
    handles, labels = panels[0].get_legend_handles_labels()
    canvas.legend(handles, labels, loc="lower center", ncols=len(_METHODS), framealpha=0)
    canvas.subplots_adjust(left=0.08, right=0.99, top=0.9, bottom=0.28, wspace=0.08)
    return canvas


def _panel(axes: Axes, cells: Sequence[Mapping[str, Any]]) -> None:
    width = 0.8 / len(_METHODS)
    places = np.arange(len(cells))
    for index, (method, colour) in enumerate(_METHODS.items()):
        values = np.array([_success(cell, method) for cell in cells])
        at = places + (index - (len(_METHODS) - 1) / 2) * width
        reach = np.abs(values[:, 1:] - values[:, :1]).T
        axes.bar(at, values[:, 0], width * 0.9, color=colour, label=method)
        axes.errorbar(at, values[:, 0], reach, linestyle="none", ecolor=INK, elinewidth=0.8)
    axes.set_xticks(places, [str(cell["m"]) for cell in cells])


def _success(cell: Mapping[str, Any], method: str) -> Sequence[float]:
    """Return value, low and high; of the nearest image by the pixels that are seen, where only some are."""
    success = cell["success"]
    return success["nearest visible"] if method == "nearest" and "nearest visible" in success else success[method]


FIGURE = Figure(
    name="restoration",
    number=14,
    theorem="bs-5",
    title="Restoration by iterating",
    caption="The fraction of spoilt images that are restored, with 95 % intervals over the networks, for networks "
    "that store m images. For a blanked lower half the network was also trained with blanked halves, and the "
    "nearest image is the one nearest on the pixels that are seen. Measured in floating point; nothing here "
    "is certified.",
    alt="Three panels of bars, for Gaussian noise, salt and pepper, and a blanked lower half. In each, one pass "
    "restores fewer images than iterating, except where it restores nearly all; iterating is at most as good "
    "as the nearest stored image.",
    draw=draw,
)
