"""Figure 15: a plane through three stored digits, coloured by the fixed point to which its points go."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Patch
from numpy.typing import NDArray

from fpverify.report._report import Report
from fpverify.report.figures._figure import BLUE, GOLD, GREEN, INK, PAPER, PURPLE, Figure
from fpverify.report.figures._not_measured import not_measured

_CORNERS = (BLUE, GREEN, PURPLE)
_STORED, _OTHER, _NONE = GOLD, "#9a9a9a", "#000000"


def draw(report: Report) -> Canvas:
    finding = report.finding("bs-5", "stored images attract")
    if finding is None:
        return not_measured()
    plane = finding.data["slice"]
    canvas = Canvas(figsize=(6.7, 4.1))
    axes = canvas.add_axes((0.07, 0.115, 0.61, 0.865))
    left, right, bottom, top = plane["extent"]
    axes.imshow(
        _picture(plane), origin="lower", extent=(left, right, bottom, top), interpolation="nearest", aspect="equal"
    )
    axes.set(xlabel="distance along the plane", ylabel="distance along the plane")
    for place, (x, y) in enumerate(plane["corners"]):
        axes.plot(x, y, "o", color=PAPER, markeredgecolor=INK, markersize=6)
        _digit(axes, plane["images"][place], (x, y), (right - left) / 9)
    canvas.legend(
        handles=_handles(plane), loc="center left", bbox_to_anchor=(0.69, 0.55), framealpha=0, labelspacing=0.75
    )
    return canvas


def _kinds(plane: dict[str, Any]) -> NDArray[np.int64]:
    """Return for each point 0, 1, 2 for the images of the plane, 3 for another stored one, 4 for another, 5 for no limit."""
    owners = np.array(plane["owners"])
    kinds = np.where(owners < 3, owners, 3)
    kinds[owners == plane["stored"]] = 4
    kinds[owners < 0] = 5
    return kinds


def _picture(plane: dict[str, Any]) -> NDArray[np.float64]:
    colours = [to_rgba(colour, 0.65) for colour in (*_CORNERS, _STORED, _OTHER, _NONE)]
    return np.array(colours)[_kinds(plane)]


def _digit(axes: Axes, image: Sequence[Sequence[float]], place: tuple[float, float], side: float) -> None:
    """Draw an image beside its point."""
    x, y = place
    inset = axes.inset_axes((x + side * 0.2, y - side / 2, side, side), transform=axes.transData)
    inset.imshow(image, cmap="gray_r", vmin=-1, vmax=1, interpolation="nearest")
    inset.set(xticks=(), yticks=())


def _handles(plane: dict[str, Any]) -> list[Patch]:
    words = (
        *(f"goes to stored image {index}" for index in (1, 2, 3)),
        "to another stored image",
        "to another fixed point",
        "does not converge",
    )
    colours = (*_CORNERS, _STORED, _OTHER, _NONE)
    present = set(_kinds(plane).ravel().tolist())
    return [Patch(facecolor=to_rgba(colours[k], 0.65), label=words[k]) for k in sorted(present)]


FIGURE = Figure(
    name="digits_basins",
    number=15,
    theorem="bs-5",
    title="A slice through basins of digits",
    caption="The plane through three of the ten images that an autoencoder has stored, in the space of images with 64 "
    "pixels; the colour says to which fixed point a point of the plane is iterated. Every point that "
    "converged to within 0.1 of a stored image counts as its own. Computed in floating point on 80 by 80 "
    "points; nothing here is certified.",
    alt="A plane with three small digits at the corners of a triangle. Around each digit there is a large region "
    "of its own colour, of points whose orbits end there; the regions meet in the middle of the triangle, and "
    "other stored images or fixed points own what lies between.",
    draw=draw,
)
