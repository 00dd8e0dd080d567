"""Figure 1: the two scalar maps of the paper, their fixed points, and the certified regions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from fpverify._goal import OneInEach
from fpverify._networks import loop
from fpverify.kernel.region import BoxRegion, Cover
from fpverify.report._report import Report
from fpverify.report.figures._certified import must_be_certified, number, shown_up
from fpverify.report.figures._figure import BLUE, GOLD, GREEN, INK, PAPER, Figure
from fpverify.report.figures._maps import ScalarMap, exponential, fixed_points, quartic, slope


@dataclass(frozen=True)
class _Square:
    """The box I x I of a certified interval I, and its rate as it is shown."""

    low: float
    high: float
    rate: str


def _regions(activation: str, *intervals: tuple[str, str]) -> list[_Square]:
    cover = Cover(parts=tuple(BoxRegion.of(interval) for interval in intervals))
    claim = must_be_certified(loop(activation, weight=[[1]]), cover, OneInEach())
    ends = [(number(low), number(high)) for low, high in intervals]
    return [_Square(*end, shown_up(rate)) for end, rate in zip(ends, claim.facts["rates"], strict=True)]


def draw(report: Report) -> Canvas:
    canvas = Canvas(figsize=(7.4, 4.15))
    left, right = canvas.subplots(1, 2, gridspec_kw={"width_ratios": (1, 1)})
    paper = _regions("quartic", ("1.302", "1.502"), ("-0.3", "0.3"))
    mended = _regions("quartic", ("1.25", "1.48"), ("-0.3", "0.3"))
    plain = _regions("exponential", ("-1.01", "-0.81"), ("-0.1", "0.1"))
    _panel(left, quartic, (-2.55, 2.05), [(paper, GOLD), (mended, GREEN)])
    _panel(right, exponential, (-1.45, 2.6), [(plain, GOLD)])
    left.set_title(r"(a)  $F(x) = -\frac{2}{5}x^4 + \frac{3}{2}x^2$", loc="left")
    right.set_title(r"(b)  $F(x) = \exp(x^3 - 2x^2) - 1$", loc="left")
    _zoom(left, quartic, (0.545, 0.03, 0.41, 0.41), (1.17, 1.56), [(paper[0], GOLD), (mended[0], GREEN)])
    _zoom(right, exponential, (0.05, 0.55, 0.41, 0.41), (-1.09, -0.73), [(plain[0], GOLD)])
    _legend(canvas)
    canvas.subplots_adjust(left=0.055, right=0.99, top=0.93, bottom=0.155, wspace=0.13)
    return canvas


def _panel(axes: Axes, f: ScalarMap, limits: tuple[float, float], regions: Sequence[tuple[list[_Square], str]]) -> None:
    x = np.linspace(*limits, 600)
    for squares, colour in regions:
        for square in squares:
            _draw_square(axes, square, colour)
    axes.plot(x, x, color=INK, linewidth=0.7, linestyle=(0, (5, 3)))
    axes.plot(x, f(x), color=BLUE, linewidth=1.6)
    _mark(axes, f, limits)
    axes.set(xlim=limits, ylim=limits, aspect="equal", xlabel="$x$")
    axes.tick_params(length=3)


def _draw_square(axes: Axes, square: _Square, colour: str) -> None:
    corner, width = (square.low, square.low), square.high - square.low
    axes.add_patch(Rectangle(corner, width, width, facecolor=colour, alpha=0.28, linewidth=0))
    axes.add_patch(Rectangle(corner, width, width, fill=False, edgecolor=colour, linewidth=1.1))


def _mark(axes: Axes, f: ScalarMap, limits: tuple[float, float]) -> None:
    points = fixed_points(f, *limits)
    attracting = np.abs(slope(f, points)) < 1
    for x, filled in zip(points, attracting, strict=True):
        face = BLUE if filled else PAPER
        axes.plot(x, x, "o", markersize=5.5, markerfacecolor=face, markeredgecolor=INK, markeredgewidth=0.9, zorder=5)


def _zoom(
    axes: Axes,
    f: ScalarMap,
    place: tuple[float, float, float, float],
    limits: tuple[float, float],
    squares: Sequence[tuple[_Square, str]],
) -> None:
    inset = axes.inset_axes(place)
    inset.set_facecolor(PAPER)
    _panel(inset, f, limits, [([square], colour) for square, colour in squares])
    inset.set(xlabel="", xticks=[], yticks=[])
    corners = ((0.04, 0.955, "left", "top"), (0.96, 0.045, "right", "bottom"))
    for (square, colour), (x, y, ha, va) in zip(squares, corners, strict=False):
        label = rf"$K \leq {square.rate}$"
        inset.text(x, y, label, color=colour, transform=inset.transAxes, ha=ha, va=va, fontsize=9.5)
    axes.indicate_inset_zoom(inset, edgecolor=INK, linewidth=0.5, alpha=0.4, zorder=0.5)


def _legend(canvas: Canvas) -> None:
    dot = {"marker": "o", "linestyle": "none", "markeredgecolor": INK, "markersize": 5.5, "markeredgewidth": 0.9}
    handles = [
        Line2D([], [], color=BLUE, linewidth=1.6, label="$F$"),
        Line2D([], [], color=INK, linewidth=0.7, linestyle=(0, (5, 3)), label="identity"),
        Line2D([], [], markerfacecolor=BLUE, label="attracting", **dot),
        Line2D([], [], markerfacecolor=PAPER, label="repelling", **dot),
        Patch(facecolor=GOLD, alpha=0.5, label="regions of the paper"),
        Patch(facecolor=GREEN, alpha=0.5, label="repaired region"),
    ]
    canvas.legend(handles=handles, loc="lower center", ncols=6, handlelength=1.6, columnspacing=1.4, framealpha=0)


FIGURE = Figure(
    name="scalar_maps",
    number=1,
    theorem="ke-5.1",
    title="The two scalar maps of the paper",
    caption="Both maps with the shift of the paper removed. Where the graph crosses the identity there is a fixed point. "
    "A box I × I that the graph enters and leaves through its left and right sides shows that F maps I into itself; "
    "each coloured box is certified by the kernel, with the rate K written in the insets. In (a) the rate on the "
    "paper's region [1.302, 1.502] is above the 0.9 that Theorem 5.1 states; the repaired region keeps below it. "
    "Curves and points are drawn in floating point.",
    alt="Graphs of the quartic and of the exponential map with the identity. The quartic has the attracting fixed points "
    "0 and 1.403 and the repelling ones −2.209 and 0.807; the exponential map has the attracting fixed points −0.910 "
    "and 0 and the repelling ones −0.580 and 2.235. Coloured boxes show the certified regions around the attracting ones.",
    draw=draw,
)
