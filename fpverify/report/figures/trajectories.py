"""Figure 3: orbits under noise for m = 100, 15 and 5, the certified boxes, and why there is none for m = 5."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from fpverify._goal import NoFixedPoint, Robust
from fpverify._networks import exchangeable, loop, network
from fpverify.kernel.region import BoxRegion
from fpverify.report._report import Report
from fpverify.report.figures._certified import certified, must_be_certified, number, shown_up
from fpverify.report.figures._figure import BLUE, GREEN, INK, ORANGE, PURPLE, Figure
from fpverify.report.figures._maps import Array, newton, quartic, slope

_PAPER = (1.375, 0.0, 0.1, 0.1)
_STARTS = ((1.36, 0.09), (1.38, 0.06), (1.41, 0.1), (1.44, 0.08), (1.47, 0.095), (1.46, 0.05))


@dataclass(frozen=True)
class _Bound:
    """Certified for one m: the box that orbits never leave, their limit radius per coordinate, and rate and radius."""

    box: BoxRegion
    limit: tuple[float, ...]
    rate: str
    radius: str


def draw(report: Report) -> Canvas:
    canvas = Canvas(figsize=(7.4, 6.5))
    (first, second), (third, fourth) = canvas.subplots(2, 2)
    _panel(first, 100, (1.355, 1.485), (-0.024, 0.106))
    _panel(second, 15, (1.26, 1.52), (-0.13, 0.13))
    _leaving(third)
    _no_fixed_point(fourth)
    _legend(canvas)
    canvas.subplots_adjust(left=0.075, right=0.99, top=0.957, bottom=0.165, hspace=0.33, wspace=0.22)
    return canvas


# ---------------------------------------------------------------------- certified numbers


def _bound(m: int) -> _Bound | None:
    """Return what the kernel certifies on the box that the noise fills; None if it certifies nothing."""
    low, high = _filled(m)
    sides = [(_thousandths(a, -1), _thousandths(b, 1)) for a, b in zip(low, high, strict=True)]
    box = BoxRegion.of(*sides)
    quartics = loop("quartic", weight=exchangeable(2, 1, Fraction(1, m * m)))
    claim = certified(quartics, box, Robust(noise=Fraction(1, m), radii=True))
    if claim is None:
        return None
    limit = tuple(number(radius) for radius in claim.facts["radii"])
    return _Bound(box, limit, shown_up(claim.facts["rate"], 2), shown_up(claim.facts["radius"], 3))


def _filled(m: int) -> tuple[Array, Array]:
    """Return ends of the box that grows from the fixed point under f and noise, in floats, kept within [-3, 3]."""
    low = high = _fixed_point(m)
    for _ in range(60):
        share = np.linspace(0, 1, 200)[:, None]
        inputs = _weight(m) @ low + share * (_weight(m) @ (high - low))
        images = quartic(inputs)
        low = np.clip(images.min(axis=0) - 1 / m, -3, 3)
        high = np.clip(images.max(axis=0) + 1 / m, -3, 3)
    return low, high


def _thousandths(x: float, outward: int) -> Fraction:
    return Fraction(round(x * 1000) + 2 * outward, 1000)


def _fixed_point(m: int) -> Array:
    weight = _weight(m)
    return newton(lambda v: quartic(weight @ v), lambda v: slope(quartic, weight @ v)[:, None] * weight, _HIGH_ZERO)


_HIGH_ZERO = np.array([1.4, 0.0])


def _weight(m: int) -> Array:
    return np.array([[1.0, 1 / m**2], [1 / m**2, 1.0]])


# ---------------------------------------------------------------------- orbits


def _orbit(m: int, start: tuple[float, float], noise: Array) -> Array:
    """Return the orbit of x <- F(W x) + e from *start*, one e for each step; shape (steps + 1, 2)."""
    points = [np.array(start)]
    for e in noise:
        points.append(quartic(_weight(m) @ points[-1]) + e)
    return np.array(points)


def _panel(axes: Axes, m: int, x: tuple[float, float], y: tuple[float, float]) -> None:
    random = np.random.default_rng(2410 + m)
    bound = _bound(m)
    if bound is None:
        raise AssertionError(f"the figure says that the kernel certifies a box for m = {m}")
    _draw_bound(axes, bound, _fixed_point(m))
    axes.add_patch(Rectangle(_PAPER[:2], *_PAPER[2:], fill=False, edgecolor=INK, linewidth=0.7, linestyle=(0, (1, 2))))
    for start in _STARTS:
        orbit = _orbit(m, start, random.uniform(-1 / m, 1 / m, (40, 2)))
        axes.plot(*orbit.T, "-", color=BLUE, linewidth=0.35, alpha=0.55)
        axes.plot(*orbit[1:].T, ".", color=BLUE, markersize=2.6, markeredgewidth=0)
        axes.plot(*orbit[0], "s", color=PURPLE, markersize=3.2, markeredgewidth=0)
    axes.plot(*_fixed_point(m), "+", color=INK, markersize=9, markeredgewidth=1.3)
    axes.set(xlim=x, ylim=y, xlabel="$x_1$", ylabel="$x_2$")
    words = rf"$m = {m}$:  $K \leq {bound.rate}$,  $\varepsilon/(1-K) \leq {bound.radius}$"
    axes.set_title(f"({'a' if m == 100 else 'b'})  {words}", loc="left")


def _draw_bound(axes: Axes, bound: _Bound, centre: Array) -> None:
    low, high = np.array([float(v) for v in bound.box.lo]), np.array([float(v) for v in bound.box.hi])
    axes.add_patch(Rectangle(tuple(low), *(high - low), facecolor=GREEN, alpha=0.16, linewidth=0))
    axes.add_patch(Rectangle(tuple(low), *(high - low), fill=False, edgecolor=GREEN, linewidth=1.1))
    half = np.array(bound.limit)
    style = {"fill": False, "edgecolor": ORANGE, "linewidth": 1.1, "linestyle": (0, (4, 2))}
    axes.add_patch(Rectangle(tuple(centre - half), *(2 * half), **style))


def _leaving(axes: Axes) -> None:
    """Draw m = 5: random noise, and the constant noise -1/5 of the first coordinate."""
    if _bound(5) is not None:
        raise AssertionError("the figure says that the kernel certifies no box for m = 5")
    random = np.random.default_rng(2415)
    for start in _STARTS:
        orbit = _orbit(5, start, random.uniform(-1 / 5, 1 / 5, (40, 2)))
        axes.plot(*orbit.T, "-", color=BLUE, linewidth=0.35, alpha=0.55)
        axes.plot(*orbit[1:].T, ".", color=BLUE, markersize=2.6, markeredgewidth=0)
        axes.plot(*orbit[0], "s", color=PURPLE, markersize=3.2, markeredgewidth=0)
    pushed = _orbit(5, (1.4, 0.0), np.tile([-1 / 5, 0.0], (30, 1)))
    axes.plot(*pushed.T, "o-", color=ORANGE, markersize=3, linewidth=1.0, markeredgewidth=0)
    axes.plot(*_fixed_point(5), "+", color=INK, markersize=9, markeredgewidth=1.3)
    axes.add_patch(Rectangle(_PAPER[:2], *_PAPER[2:], fill=False, edgecolor=INK, linewidth=0.7, linestyle=(0, (1, 2))))
    axes.set(xlim=(-0.45, 1.7), ylim=(-0.32, 0.42), xlabel="$x_1$", ylabel="$x_2$")
    axes.set_title("(c)  $m = 5$:  constant noise drives the orbit away", loc="left")


# ---------------------------------------------------------------------- why


def _no_fixed_point(axes: Axes) -> None:
    """Draw F and F - 1/5 with the identity: no fixed point is left on the certified interval, so the orbit falls."""
    low, high = "9/10", "29/20"
    lowered = network(
        [{"activation": {"name": "polynomial", "coefficients": ["-1/5", "0", "3/2", "0", "-2/5"]}}],
        name="F - 1/5",
        state_size=1,
    )
    must_be_certified(lowered, BoxRegion.of((low, high)), NoFixedPoint())
    x = np.linspace(-0.4, 1.6, 500)
    axes.axvspan(number(low), number(high), facecolor=GREEN, alpha=0.16, linewidth=0)
    axes.plot(x, x, color=INK, linewidth=0.7, linestyle=(0, (5, 3)))
    axes.plot(x, quartic(x), color=BLUE, linewidth=1.0, linestyle=(0, (1, 1)))
    axes.plot(x, quartic(x) - 0.2, color=BLUE, linewidth=1.6)
    points = [1.4]
    for _ in range(25):
        points.append(float(quartic(np.array(points[-1])) - 0.2))
    axes.plot(np.repeat(points, 2)[:-1], np.repeat(points, 2)[1:], color=ORANGE, linewidth=1.0)
    axes.set(xlim=(-0.4, 1.6), ylim=(-0.4, 1.6), xlabel="$x$")
    axes.set_title(r"(d)  $F - \frac{1}{5}$ has no fixed point in $[0.9, 1.45]$", loc="left")
    _label_gap(axes)


def _label_gap(axes: Axes) -> None:
    x = np.linspace(0.9, 1.45, 2001)
    at = int(np.argmax(quartic(x) - x))
    gap = float(quartic(x[at]) - x[at])
    words = rf"$\max(F - x) \approx {gap:.3f} < \frac{{1}}{{5}}$"
    axes.annotate(
        words,
        xy=(x[at], x[at] + gap / 2),
        xytext=(0.05, 1.38),
        arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.6},
    )


def _legend(canvas: Canvas) -> None:
    none = {"linestyle": "none", "markeredgewidth": 0}
    handles = [
        Line2D(
            [], [], color=BLUE, marker=".", markersize=5, linewidth=0.5, label="orbits, random noise $|e| \\leq 1/m$"
        ),
        Line2D([], [], color=PURPLE, marker="s", markersize=3.5, label="starts", **none),
        Line2D([], [], color=INK, marker="+", markersize=8, linestyle="none", label="fixed point without noise"),
        Patch(facecolor=GREEN, alpha=0.4, label="certified: never left; in (d): no fixed point"),
        Line2D([], [], color=ORANGE, linestyle=(0, (4, 2)), label="certified: limit, by coordinate"),
        Line2D([], [], color=ORANGE, marker="o", markersize=3, label="constant noise $-1/5$ on $x_1$"),
        Line2D([], [], color=INK, linewidth=0.7, linestyle=(0, (1, 2)), label="window of the paper's Fig. 3"),
    ]
    canvas.legend(handles=handles, loc="lower center", ncols=3, handlelength=1.8, columnspacing=1.6, framealpha=0)


FIGURE = Figure(
    name="trajectories",
    number=3,
    theorem="p9",
    title="Orbits under noise for m = 100, 15 and 5",
    caption="The quartic loop on R² with coupling 1/m² and noise of at most 1/m in each "
    "coordinate and step, near the fixed point (1.403, 0) of Fig. 3 of the paper, whose window is dotted. (a), (b): the "
    "kernel certifies that an orbit that starts in the green box never leaves it, whatever the noise, and that in the limit "
    "it lies in the dashed rectangle; in (b) the box is the sharper of the two. (c), on axes of its own: for m = 5 the "
    "kernel certifies no such box, and constant noise of −1/5 drives the orbit away from 1.4. (d) shows why: "
    "F − x stays below 1/5 on [0.9, 1.45], so that F − 1/5 has no fixed point there (certified). "
    "Orbits and curves are drawn in floating point.",
    alt="Four panels. For m = 100 and m = 15 the orbits stay in a certified box around the fixed point. For m = 5 they "
    "scatter, and an orbit under constant noise moves from 1.4 down to about −0.16. The last panel shows that the graph of "
    "F minus one fifth stays below the identity on [0.9, 1.45].",
    draw=draw,
)
