"""Figure 12: what Jacobians amplify, by depth: how many singular values above 1, the norm, the spectral radius."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from fpverify.report._report import Report
from fpverify.report.figures._figure import BLUE, GREEN, INK, ORANGE, Figure

_THEOREM, _OBSERVATION = "bs-4", "what the spectrum predicts"
_STYLES = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "D"))


def draw(report: Report) -> Canvas:
    canvas = Canvas(figsize=(7.4, 3.3))
    count, norm, radius = canvas.subplots(1, 3)
    finding = report.finding(_THEOREM, _OBSERVATION)
    series: Sequence[Mapping[str, Any]] = () if finding is None else finding.data["series"]
    for one, (colour, marker) in zip(series, _STYLES, strict=False):
        style = {"color": colour, "marker": marker, "markersize": 3.5, "markeredgewidth": 0}
        _banded(count, one["depths"], one["count"], style)
        norm.plot(one["depths"], one["median_log_norm"], **style)
        _banded(radius, one["depths"], one["amplifies"], style)
        if one["unique"]["value"]:
            radius.plot(one["depths"], one["unique"]["value"], linestyle="--", **style)
    _finish(count, norm, radius)
    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=3.5, label=one["setting"])
        for one, (colour, marker) in zip(series, _STYLES, strict=False)
    ]
    handles.append(Line2D([], [], color=INK, linestyle="--", label="share with one fixed point found (right)"))
    canvas.legend(handles=handles, loc="lower center", ncols=2, framealpha=0)
    canvas.subplots_adjust(left=0.065, right=0.99, top=0.91, bottom=0.31, wspace=0.27)
    return canvas


def _banded(
    axes: Axes, depths: Sequence[int], estimates: Mapping[str, Sequence[float]], style: Mapping[str, Any]
) -> None:
    axes.fill_between(depths, estimates["low"], estimates["high"], color=style["color"], alpha=0.2, linewidth=0)
    axes.plot(depths, estimates["value"], **style)


def _finish(count: Axes, norm: Axes, radius: Axes) -> None:
    depths = (1, 2, 4, 8, 16, 32, 64)
    for axes in (count, norm, radius):
        axes.set_xscale("log", base=2)
        axes.set_xticks(depths, [str(depth) for depth in depths])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("depth L")
    count.set_title(r"N × share of $\lambda > 1$")
    count.set_yscale("symlog", linthresh=0.1)
    count.set_yticks((0, 0.1, 1, 10), ("0", "0.1", "1", "10"))
    count.yaxis.set_minor_locator(NullLocator())
    count.set_ylim(0, None)
    count.axhline(1, color=INK, linestyle=":", linewidth=0.9)
    norm.set_title(r"median of $\log_{10} \Vert J \Vert$")
    norm.axhline(0, color=INK, linestyle=":", linewidth=0.9)
    radius.set_title(r"share with $\rho(J) > 1$")
    radius.set_ylim(0, 1.03)


FIGURE = Figure(
    name="amplification",
    number=12,
    theorem=_THEOREM,
    title="What the Jacobian amplifies, by depth",
    caption="Untrained tanh networks with Cauchy weights, at a random input. Left: the expected number of squared singular "
    "values of the input-output Jacobian J above 1; middle: the logarithm of its norm; right: how often its spectral radius "
    "is above 1 and, dashed, how many networks have one fixed point that all starts reach. Bands are intervals of 95 %. The "
    "number on the left falls below 1 within a few doublings of the depth from which nearly all networks have one fixed "
    "point: an indication of the order of magnitude. Everything here is measured in floating point, nothing is certified.",
    alt="Three panels over the depth from 1 to 64. The number of squared singular values above 1 falls steadily to 0 and "
    "crosses 1 after some layers, later in wider networks; the logarithm of the norm is nearly level and then falls; the "
    "share of Jacobians with a spectral radius above 1 falls towards 0, that of networks with one fixed point rises to 1.",
    draw=draw,
)
