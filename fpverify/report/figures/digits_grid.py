"""Figure 13: digits, spoilt and restored: by one pass, by iterating, by the nearest stored image."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from numpy.typing import NDArray

from fpverify.report._report import Report
from fpverify.report.figures._figure import INK, Figure
from fpverify.report.figures._not_measured import not_measured

_COLUMNS = ("clean", "spoilt", "one pass", "iterated", "nearest")
_BLOCKS = (("Gaussian noise", "noise"), ("salt and pepper", "noise"), ("lower half", "masks"))
_TILE = 9
"""Pixels from one image of the mosaic to the next; an image has 8."""


def draw(report: Report) -> Canvas:
    finding = report.finding("bs-5", "restoration")
    if finding is None:
        return not_measured()
    canvas = Canvas(figsize=(6.7, 2.15))
    for index, (corruption, training) in enumerate(_BLOCKS):
        axes = canvas.add_axes((0.005 + index * 0.335, 0.0, 0.32, 0.78))
        shown = finding.data["shown"]
        row = next(row for row in shown if (row["corruption"], row["training"]) == (corruption, training))
        _block(axes, row["images"], corruption)
    return canvas


def _block(axes: Axes, images: Mapping[str, Sequence[Any]], title: str) -> None:
    picture = _mosaic([images[name] for name in _COLUMNS])
    axes.imshow(picture, cmap="gray_r", vmin=-1, vmax=1, interpolation="nearest", aspect="equal")
    axes.set_axis_off()
    axes.set_anchor("N")
    for place, name in enumerate(_COLUMNS):
        axes.text(_TILE * place + 3.5, -1.5, name, ha="center", va="bottom", fontsize=6.5, color=INK)
    axes.text(_TILE * len(_COLUMNS) / 2 - 1, -6, title, ha="center", va="bottom", color=INK)


def _mosaic(columns: Sequence[Sequence[Any]]) -> NDArray[np.float64]:
    """Return one picture of columns of images, with gaps that stay transparent."""
    picture = np.full((_TILE * len(columns[0]) - 1, _TILE * len(columns) - 1), np.nan)
    for x, column in enumerate(columns):
        for y, image in enumerate(column):
            picture[_TILE * y : _TILE * y + 8, _TILE * x : _TILE * x + 8] = image
    return picture


FIGURE = Figure(
    name="digits_grid",
    number=13,
    theorem="bs-5",
    title="Digits spoilt and restored",
    caption="Four of the ten images that one autoencoder has stored; each block shows them clean, spoilt, after one "
    "pass, after iterating until nothing changes, and the nearest stored image. The last block is of the "
    "network that was also trained with blanked halves. The examples are the first ones and not selected. "
    "Computed in floating point, and not certified.",
    alt="Three blocks of handwritten digits of eight by eight pixels, four rows of five images each, for Gaussian "
    "noise, salt and pepper, and a blanked lower half. The spoilt images are hard to read; one pass gives a "
    "blurred or partly wrong digit, iterating mostly the clean one, as does the nearest stored image.",
    draw=draw,
)
