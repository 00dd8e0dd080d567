"""Figure 11: squared singular values of Jacobians of random networks, sampled and by the equations for infinite width."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from fpverify._finding import Finding
from fpverify.report._report import Report
from fpverify.report.figures._figure import BLUE, GREEN, INK, ORANGE, PURPLE, Figure

_THEOREM, _GAUSSIAN, _CAUCHY = "bs-4", "density of Gaussian networks", "density of Cauchy networks"
_GAUSSIAN_RANGE, _CAUCHY_RANGE = (-8.0, 2.0), (-4.3, 2.3)
_COLOURS = (GREEN, ORANGE, PURPLE)
_MARKERS = ("o", "s", "D")


def draw(report: Report) -> Canvas:
    canvas = Canvas(figsize=(7.4, 5.2))
    axes = canvas.subplots(2, 2)
    gaussian, cauchy = report.finding(_THEOREM, _GAUSSIAN), report.finding(_THEOREM, _CAUCHY)
    for place, panel in zip(axes.flat[:3], _first_setting(gaussian), strict=False):
        _gaussian_panel(place, panel)
    _cauchy_panel(axes.flat[3], _first_setting(cauchy))
    for place in axes[1]:
        place.set_xlabel(r"$\log_{10} \lambda$")
    for place in axes[:, 0]:
        place.set_ylabel(r"density of $\log_{10} \lambda$")
    handles = [
        Line2D([], [], color=BLUE, label="limit of infinite width"),
        Patch(facecolor=INK, alpha=0.22, linewidth=0, label="sampled networks, N = 400"),
        Line2D([], [], color=INK, linestyle=":", linewidth=0.9, label=r"$\lambda = 1$"),
    ]
    canvas.legend(handles=handles, loc="lower center", ncols=3, framealpha=0)
    canvas.subplots_adjust(left=0.075, right=0.99, top=0.95, bottom=0.155, hspace=0.3, wspace=0.16)
    return canvas


def _first_setting(finding: Finding | None) -> Sequence[Mapping[str, Any]]:
    """Return the panels of the setting that comes first; none if nothing was measured."""
    panels = [] if finding is None else finding.data["panels"]
    return [panel for panel in panels if panel["setting"] == panels[0]["setting"]]


def _gaussian_panel(axes: Axes, panel: Mapping[str, Any]) -> None:
    edges, heights = panel["histogram"]
    axes.stairs(heights, edges, fill=True, color=INK, alpha=0.22, linewidth=0)
    axes.plot(*panel["line"], color=BLUE)
    activation, gain, bias = panel["setting"].split(", ")
    axes.set_title(f"{activation}, normal, gain {gain}, bias {bias}, L = {panel['depth']}")
    _finish(axes, _GAUSSIAN_RANGE, max(*heights, *panel["line"][1]))
    words = f"distance {panel['distance']:.4f}\n{100 * panel['above']:.1f} % above 1"
    axes.annotate(words, (0.03, 0.94), xycoords="axes fraction", va="top", fontsize=8.5, linespacing=1.5)


def _cauchy_panel(axes: Axes, panels: Sequence[Mapping[str, Any]]) -> None:
    """Draw the smoothed sampled densities as lines and the solutions of the distributional equations as points."""
    handles, top = [], 0.0
    for panel, colour, marker in zip(panels, _COLOURS, _MARKERS, strict=False):
        axes.plot(*panel["line"], color=colour, linewidth=1.0)
        values = np.log(10) * np.array(panel["cavity"])
        style = {"marker": marker, "color": colour, "markersize": 3.8, "markeredgewidth": 0}
        axes.plot(panel["places"], values, linestyle="none", **style)
        handles.append(Line2D([], [], linewidth=1.0, label=f"L = {panel['depth']}", **style))
        top = max(top, *values, *panel["line"][1])
    if panels:
        activation, gain, bias = panels[0]["setting"].split(", ")
        axes.set_title(f"{activation}, Cauchy, gain {gain}, bias {bias}")
        axes.legend(handles=handles, loc="upper left", title="lines sampled, dots limit", title_fontsize=8.5)
    _finish(axes, _CAUCHY_RANGE, 1.15 * top)


def _finish(axes: Axes, span: tuple[float, float], top: float) -> None:
    axes.axvline(0, color=INK, linestyle=":", linewidth=0.9)
    axes.set(xlim=span, ylim=(0, 1.12 * top if top > 0 else 1))


FIGURE = Figure(
    name="singular_values",
    number=11,
    theorem=_THEOREM,
    title="Singular values of the Jacobian",
    caption="The squared singular values λ of the input-output Jacobian of untrained networks, pooled over networks of "
    "width 400. For normal weights the line is the limit of infinite width by the functional equation, and the number is "
    "its Kolmogorov distance to the sample. For Cauchy weights (last panel) both sides are smoothed over 15 % of λ: lines "
    "are sampled, dots solve the distributional equations. Everything here is computed in floating point and nothing is "
    "certified.",
    alt="Four panels of densities of the logarithm of the squared singular values. In the first three, for normal weights "
    "and 1, 2 and 4 layers, a line follows the sampled histogram closely; with more layers the density spreads towards "
    "small values. In the last, for Cauchy weights, dots of the limit lie on the sampled lines for 1, 2 and 4 layers.",
    draw=draw,
)
