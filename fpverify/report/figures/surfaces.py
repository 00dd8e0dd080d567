"""Figure 2: the two components of the quartic loop on R^2 as surfaces, and where they meet the planes x_1 and x_2."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LightSource, to_rgb
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FixedLocator
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

from fpverify._goal import OneInEachProduct
from fpverify._networks import exchangeable, loop
from fpverify.kernel.region import ProductRegions
from fpverify.report._report import Report
from fpverify.report.figures._certified import must_be_certified, shown_up
from fpverify.report.figures._figure import BLUE, GOLD, GREEN, INK, ORANGE, PAPER, Figure
from fpverify.report.figures._maps import Array, newton, quartic, slope

_COUPLING = 1 / 25
_LOW, _HIGH = -0.3, 1.75
_INTERVALS = (("-0.1", "0.2"), ("1.28", "1.43"))
_SEEDS = (0.0, 0.8, 1.4)


def _map(x: Array, y: Array) -> tuple[Array, Array]:
    return quartic(x + _COUPLING * y), quartic(_COUPLING * x + y)


def draw(report: Report) -> Canvas:
    boxes, rate = _boxes()
    canvas = Canvas(figsize=(9.2, 3.5))
    first: Any = canvas.add_axes((-0.02, 0.09, 0.35, 0.9), projection="3d", computed_zorder=False)
    second: Any = canvas.add_axes((0.315, 0.09, 0.35, 0.9), projection="3d", computed_zorder=False)
    _surface(first, 0, boxes)
    _surface(second, 1, boxes)
    first.set_title(r"(a)  $f_1$ and the plane $x_1$", y=1.0)
    second.set_title(r"(b)  $f_2$ and the plane $x_2$", y=1.0)
    third = canvas.add_axes((0.725, 0.22, 0.262, 0.69))
    _crossings(third, boxes)
    third.set_title(rf"(c)  both curves; $K \leq {rate}$ in each box")
    _legend(canvas)
    return canvas


def _boxes() -> tuple[list[tuple[float, float, float, float]], str]:
    """Return the four certified boxes as (x, y, width, height), and their rate."""
    region = ProductRegions.power(*_INTERVALS, dimension=2)
    network = loop("quartic", weight=exchangeable(2, 1, "1/25"))
    claim = must_be_certified(network, region, OneInEachProduct())
    boxes = [region.member((i, j)) for i in range(2) for j in range(2)]
    corners = [([float(x) for x in box.lo], [float(x) for x in box.hi]) for box in boxes]
    drawn = [(lo[0], lo[1], hi[0] - lo[0], hi[1] - lo[1]) for lo, hi in corners]
    return drawn, shown_up(claim.facts["rate"], 2)


# ---------------------------------------------------------------------- surfaces


def _surface(axes: Any, component: int, boxes: Iterable[tuple[float, float, float, float]]) -> None:
    side = np.linspace(_LOW, _HIGH, 91)
    x, y = np.meshgrid(side, side)
    height, plane = _map(x, y)[component], (x, y)[component]
    faces = np.concatenate([_quads(x, y, height), _quads(x, y, plane)])
    count = (len(side) - 1) ** 2
    colours = np.concatenate([_shaded(height, BLUE), _shaded(plane, GOLD)])
    colours = colours.reshape(2 * count, 4)
    mesh = Poly3DCollection(faces, facecolors=colours, edgecolors=colours, linewidths=0.2)
    mesh.set_rasterized(True)
    axes.add_collection3d(mesh)
    _curve(axes, x, y, height - plane, component)
    for box in boxes:
        _on_surface(axes, box, component)
    _frame(axes)


def _quads(x: Array, y: Array, z: Array) -> Array:
    """Return the cells of a grid as quadrilaterals, shape (cells, 4, 3)."""
    corners = np.stack([x, y, z], axis=-1)
    ring = (corners[:-1, :-1], corners[1:, :-1], corners[1:, 1:], corners[:-1, 1:])
    return np.stack(ring, axis=2).reshape(-1, 4, 3)


def _shaded(z: Array, colour: str) -> Array:
    step = (_HIGH - _LOW) / (len(z) - 1)
    light = LightSource(azdeg=300, altdeg=50).hillshade(z, vert_exag=1.0, dx=step, dy=step)[:-1, :-1]
    strength = (0.55 + 0.45 * light)[..., None]
    rgb = np.clip(np.array(to_rgb(colour)) * strength, 0, 1)
    return np.concatenate([rgb, np.ones((*light.shape, 1))], axis=-1)


def _curve(axes: Any, x: Array, y: Array, gap: Array, component: int) -> None:
    """Draw where the surface meets the plane, the zero set of *gap*, on the plane."""
    scratch = Canvas().subplots()
    for line in scratch.contour(x, y, gap, levels=[0.0]).allsegs[0]:
        axes.plot(line[:, 0], line[:, 1], line[:, component], color=ORANGE, linewidth=1.5, zorder=5)


def _on_surface(axes: Any, box: tuple[float, float, float, float], component: int) -> None:
    """Draw the box on the upper one of surface and plane, where it is seen from above."""
    x0, y0, width, height = box
    run = np.linspace(0, 1, 12)
    x = x0 + width * np.concatenate([run, np.ones(12), run[::-1], np.zeros(12)])
    y = y0 + height * np.concatenate([np.zeros(12), run, np.ones(12), run[::-1]])
    z = np.maximum(_map(x, y)[component], (x, y)[component])
    ring = Poly3DCollection([np.stack([x, y, z], axis=-1)], facecolors=(*to_rgb(GREEN), 0.75), edgecolors=PAPER)
    ring.set(linewidth=0.8, zorder=6)
    axes.add_collection3d(ring)


def _frame(axes: Any) -> None:
    axes.set(xlim=(_LOW, _HIGH), ylim=(_LOW, _HIGH), zlim=(_LOW, _HIGH))
    axes.view_init(elev=24, azim=-122)
    axes.set_box_aspect((1, 1, 0.85), zoom=0.98)
    axes.set_xlabel("$x_1$", labelpad=-9)
    axes.set_ylabel("$x_2$", labelpad=-9)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color((0.5, 0.5, 0.5, 0.06))
        axis._axinfo["grid"].update(color=(0.5, 0.5, 0.5, 0.25), linewidth=0.4)
        axis.set_major_locator(FixedLocator((0, 1)))
    axes.tick_params(pad=-4)


# ---------------------------------------------------------------------- crossings


def _crossings(axes: Axes, boxes: Iterable[tuple[float, float, float, float]]) -> None:
    side = np.linspace(_LOW, _HIGH, 400)
    x, y = np.meshgrid(side, side)
    first, second = _map(x, y)
    for x0, y0, width, height in boxes:
        axes.add_patch(Rectangle((x0, y0), width, height, facecolor=GREEN, alpha=0.35, linewidth=0))
        axes.add_patch(Rectangle((x0, y0), width, height, fill=False, edgecolor=GREEN, linewidth=1.0))
    axes.contour(x, y, first - x, levels=[0.0], colors=[BLUE], linewidths=1.3)
    axes.contour(x, y, second - y, levels=[0.0], colors=[ORANGE], linewidths=1.3, linestyles="dashed")
    for seed in ((a, b) for a in _SEEDS for b in _SEEDS):
        _mark(axes, np.array(seed))
    axes.set(xlim=(_LOW, _HIGH), ylim=(_LOW, _HIGH), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    axes.set(xticks=(0, 0.5, 1, 1.5), yticks=(0, 0.5, 1, 1.5))
    axes.tick_params(length=3)


def _mark(axes: Axes, seed: Array) -> None:
    p = newton(lambda v: np.array(_map(v[0], v[1])), _jacobian, seed)
    filled = np.abs(np.linalg.eigvals(_jacobian(p))).max() < 1
    face = INK if filled else PAPER
    axes.plot(*p, "o", markersize=5, markerfacecolor=face, markeredgecolor=INK, markeredgewidth=0.9, zorder=5)


def _jacobian(v: Array) -> Array:
    weight = np.array([[1, _COUPLING], [_COUPLING, 1]])
    return slope(quartic, weight @ v)[:, None] * weight


def _legend(canvas: Canvas) -> None:
    dot = {"marker": "o", "linestyle": "none", "markeredgecolor": INK, "markersize": 5, "markeredgewidth": 0.9}
    surfaces = [
        Patch(facecolor=BLUE, label="$f_i$"),
        Patch(facecolor=GOLD, label="plane $x_i$"),
        Line2D([], [], color=ORANGE, linewidth=1.5, label="$f_i = x_i$"),
        Patch(facecolor=GREEN, label="certified boxes"),
    ]
    curves = [
        Line2D([], [], color=BLUE, linewidth=1.3, label="$f_1 = x_1$"),
        Line2D([], [], color=ORANGE, linewidth=1.3, linestyle="dashed", label="$f_2 = x_2$"),
        Line2D([], [], markerfacecolor=INK, label="attracting", **dot),
        Line2D([], [], markerfacecolor=PAPER, label="not attracting", **dot),
    ]
    style = {"handlelength": 1.5, "columnspacing": 1.2, "framealpha": 0, "borderaxespad": 0.2}
    canvas.legend(handles=surfaces, loc="lower center", ncols=4, bbox_to_anchor=(0.32, 0), **style)
    canvas.legend(handles=curves, loc="lower center", ncols=4, bbox_to_anchor=(0.815, 0), **style)


FIGURE = Figure(
    name="surfaces",
    number=2,
    theorem="ke-5.1",
    title="The quartic loop on R² as two surfaces",
    caption="The loop f(x) = F(W x) with the quartic F, unit diagonal and coupling 1/m² at m = 5. "
    "(a), (b): each component with the plane that it has to meet; the curves are where it does. (c): the same curves from "
    "above; they cross in nine fixed points, four of which attract. The four boxes are certified by the kernel at once, "
    "for the products of two intervals: exactly one fixed point in each, with the rate K in the title. Surfaces, curves "
    "and points are drawn in floating point.",
    alt="Three panels. Two curved surfaces, each cut by an inclined plane along curves; and the two families of curves in "
    "the plane, which cross in a grid of three by three fixed points. The four attracting ones, with each coordinate near 0 "
    "or near 1.4, lie in four small certified boxes.",
    draw=draw,
)
