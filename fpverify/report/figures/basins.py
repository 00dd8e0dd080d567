"""Figure 4: the basins of a cubic loop on R^2, its nine fixed points and the four certified products of intervals."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from fpverify._goal import OneInEachProduct
from fpverify._networks import loop
from fpverify.kernel.region import ProductRegions
from fpverify.report._report import Report
from fpverify.report.figures._certified import must_be_certified, shown_up
from fpverify.report.figures._figure import BLUE, GOLD, GREEN, INK, PAPER, PURPLE, Figure
from fpverify.report.figures._maps import Array, cubic, newton, slope

_ENTRIES, _OFFSETS = (("1", "0.02"), ("-0.03", "1")), ("0.01", "-0.02")
_WEIGHT = np.array([[float(entry) for entry in row] for row in _ENTRIES])
_BIAS = np.array([float(entry) for entry in _OFFSETS])
_REACH, _PIXELS, _STEPS = 2.35, 560, 40
_COLOURS = (BLUE, GREEN, PURPLE, GOLD)


def _map(x: Array) -> Array:
    """Return the loop at x, shape (..., 2)."""
    return cubic(x @ _WEIGHT.T + _BIAS)


def draw(report: Report) -> Canvas:
    region = ProductRegions.power(("-1.1", "-0.8"), ("0.8", "1.1"), dimension=2)
    network = loop("cubic", weight=_ENTRIES, bias=_OFFSETS)
    claim = must_be_certified(network, region, OneInEachProduct())
    canvas = Canvas(figsize=(6.7, 4.5))
    axes = canvas.add_axes((0.07, 0.105, 0.59, 0.875))
    axes.imshow(_basins(), origin="lower", extent=(-_REACH, _REACH, -_REACH, _REACH), interpolation="nearest")
    _boxes(axes, region)
    for seed in ((a, b) for a in (-1.0, 0.0, 1.0) for b in (-1.0, 0.0, 1.0)):
        _mark(axes, np.array(seed))
    axes.set(xlabel="$x_1$", ylabel="$x_2$", xticks=(-2, -1, 0, 1, 2), yticks=(-2, -1, 0, 1, 2))
    _legend(canvas, shown_up(claim.facts["rate"], 2), claim.facts["count"])
    return canvas


def _basins() -> Array:
    """Return the picture, shape (pixels, pixels, 4): the colour says which attractor, its strength how soon."""
    side = np.linspace(-_REACH, _REACH, _PIXELS)
    x = np.stack(np.meshgrid(side, side), axis=-1)
    attractors = np.array([_fixed_point(np.array([a, b])) for a in (-1.0, 1.0) for b in (-1.0, 1.0)])
    owner, steps = _arrivals(x, attractors)
    picture = np.zeros((_PIXELS, _PIXELS, 4))
    for index, colour in enumerate(_COLOURS):
        mine = owner == index
        picture[mine, :3] = to_rgb(colour)
        picture[mine, 3] = 0.92 - 0.70 * np.exp(-steps[mine] / 6.0)
    return picture


def _arrivals(x: Array, attractors: Array) -> tuple[NDArray[np.int_], Array]:
    """Return which attractor each orbit comes near to (-1: none), and after how many steps; shapes of x but the last."""
    points = x.reshape(-1, 2)
    owner, steps = np.full(len(points), -1), np.zeros(len(points))
    running = np.arange(len(points))
    for step in range(_STEPS):
        points = _map(points)
        for index, attractor in enumerate(attractors):
            near = np.abs(points - attractor).max(axis=1) < 0.1
            owner[running[near]], steps[running[near]] = index, step
        stays = (owner[running] < 0) & (np.abs(points).max(axis=1) < 5)
        points, running = points[stays], running[stays]
    return owner.reshape(x.shape[:-1]), steps.reshape(x.shape[:-1])


def _fixed_point(seed: Array) -> Array:
    return newton(_map, _jacobian, seed)


def _jacobian(x: Array) -> Array:
    return slope(cubic, _WEIGHT @ x + _BIAS)[:, None] * _WEIGHT


def _boxes(axes: Axes, region: ProductRegions) -> None:
    for choice in ((i, j) for i in range(2) for j in range(2)):
        box = region.member(choice)
        corner = float(box.lo[0]), float(box.lo[1])
        width, height = float(box.hi[0]) - corner[0], float(box.hi[1]) - corner[1]
        axes.add_patch(Rectangle(corner, width, height, fill=False, edgecolor=PAPER, linewidth=2.6))
        axes.add_patch(Rectangle(corner, width, height, fill=False, edgecolor=INK, linewidth=1.2))


def _mark(axes: Axes, seed: Array) -> None:
    p = _fixed_point(seed)
    outside = int(np.sum(np.abs(np.linalg.eigvals(_jacobian(p))) > 1))
    style = {"markersize": 6, "markeredgecolor": INK, "markeredgewidth": 1.0, "zorder": 5}
    axes.plot(*p, _MARKERS[outside], markerfacecolor=INK if outside == 0 else PAPER, **style)


_MARKERS = ("o", "s", "o")


def _legend(canvas: Canvas, rate: str, count: str) -> None:
    dot = {"linestyle": "none", "markeredgecolor": INK, "markersize": 6, "markeredgewidth": 1.0}
    signs = (r"$(-, -)$", r"$(-, +)$", r"$(+, -)$", r"$(+, +)$")
    handles = [
        *(Patch(facecolor=c, alpha=0.6, label=f"basin of {s}") for c, s in zip(_COLOURS, signs, strict=True)),
        Patch(facecolor="none", edgecolor=INK, linewidth=0.6, label="no attractor in 40 steps"),
        Line2D([], [], marker="o", markerfacecolor=INK, label="attracting", **dot),
        Line2D([], [], marker="s", markerfacecolor=PAPER, label="saddle", **dot),
        Line2D([], [], marker="o", markerfacecolor=PAPER, label="repelling", **dot),
        Patch(
            facecolor="none", edgecolor=INK, linewidth=1.2, label=f"certified boxes ({count}),\nrate $K \\leq {rate}$"
        ),
    ]
    canvas.legend(handles=handles, loc="center left", bbox_to_anchor=(0.685, 0.55), framealpha=0, labelspacing=0.75)


FIGURE = Figure(
    name="basins",
    number=4,
    theorem="kd-regions",
    title="Basins of a cubic loop on R²",
    caption="The loop x ← g(W x + b) with g(z) = (3z - z³)/2, W = [[1, 0.02], [−0.03, 1]] and b = (0.01, −0.02). "
    "The colour says to which attractor the orbit from a point goes; the stronger it is, the longer that takes. Each of "
    "the four outlined boxes, the products of [−1.1, −0.8] and [0.8, 1.1], holds exactly one fixed point and is attracted "
    "to it: the kernel certifies all of them by two scalar checks for each coordinate. The other five of the nine fixed "
    "points do not attract. Basins and points are drawn in floating point.",
    alt="The plane around the origin, divided by the axes, slightly bent, into the basins of four attractors near (1, 1) "
    "and its mirror images, with stripes of the other basins outside. Four certified boxes surround the attractors; the "
    "repelling fixed point at the origin and four saddles on the axes lie on the boundaries.",
    draw=draw,
)
