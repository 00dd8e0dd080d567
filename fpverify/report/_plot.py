"""The plot of a cross-check: the largest error of each step against the certified bound, as a small SVG in page colours."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from fpverify.report._report import Entry

PANELS = 6
"""How many cases of a theorem are plotted at most."""

_WIDTH, _HEIGHT = 232, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 8, 22, 26
_FLOOR = 1e-17


def crosscheck_plots(entries: Sequence[Entry]) -> list[Markup]:
    """Return one panel for each of the first cases that have a curve to show."""
    shown = [entry for entry in entries if entry.crosscheck is not None and len(_points(entry)) > 1]
    return [_panel(entry, index) for index, entry in enumerate(shown[:PANELS])]


def _points(entry: Entry) -> list[tuple[float, float]]:
    curve = entry.crosscheck.curve if entry.crosscheck is not None else ()
    return [(error, bound) for error, bound in curve if math.isfinite(error) and math.isfinite(bound)]


def _panel(entry: Entry, index: int) -> Markup:
    points = _points(entry)
    errors = [max(error, _FLOOR) for error, _ in points]
    bounds = [max(bound, _FLOOR) for _, bound in points]
    low, high = _range(min(*errors, *bounds), max(*errors, *bounds))
    frame = _axes(len(points) - 1, low, high)
    words = f"{entry.case.name}: the largest error stays below the certified bound in each of {len(points) - 1} steps"
    if any(error > bound for error, bound in points):
        words = f"{entry.case.name}: largest error and certified bound in each of {len(points) - 1} steps"
    name = f"{entry.theorem}-plot-{index}".replace(".", "-")
    return Markup(
        '<svg class="plot" viewBox="0 0 {w} {h}" role="img" aria-labelledby="{name}"><title id="{name}">{words}</title>'
        '<text x="3" y="13" class="name">{case}</text>{frame}'
        '<polyline class="error" points="{error}"/><polyline class="bound" points="{bound}"/></svg>'
    ).format(
        w=_WIDTH,
        h=_HEIGHT,
        name=name,
        words=words,
        case=_cut(entry.case.name),
        frame=frame,
        bound=_line(bounds, low, high),
        error=_line(errors, low, high),
    )


def _range(least: float, largest: float) -> tuple[float, float]:
    """Return exponents of ten, in quarters, around both numbers and around at least one whole exponent."""
    low, high = math.floor(4 * math.log10(least)) / 4, math.ceil(4 * math.log10(largest)) / 4
    return min(low, math.floor(high)), max(high, math.floor(high) + 0.25)


def _cut(name: str, size: int = 44) -> str:
    return name if len(name) <= size else name[: size - 1] + "…"


def _x(step: int, last: int) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * step / last


def _y(exponent: float, low: float, high: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (high - exponent) / (high - low)


def _line(values: Sequence[float], low: float, high: float) -> str:
    last = len(values) - 1
    return " ".join(f"{_x(i, last):.1f},{_y(math.log10(v), low, high):.1f}" for i, v in enumerate(values))


def _axes(last: int, low: float, high: float) -> Markup:
    lowest, highest = math.ceil(low), math.floor(high)
    every = max(1, math.ceil((highest - lowest) / 4))
    parts = [
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_y(e, low, high):.1f}" y2="{_y(e, low, high):.1f}"/>'
        f'<text class="tick" x="{_LEFT - 5}" y="{_y(e, low, high) + 3:.1f}" text-anchor="end">{_power(e)}</text>'
        for e in range(highest, lowest - 1, -every)
    ]
    base = _HEIGHT - _BOTTOM
    parts.append(f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{base}" y2="{base}"/>')
    for step, anchor in ((0, "start"), (last // 2, "middle"), (last, "end")):
        x = f"{_x(step, last):.1f}"
        parts.append(f'<text class="tick" x="{x}" y="{base + 12}" text-anchor="{anchor}">{step}</text>')
    return Markup("").join(Markup(part) for part in parts)  # noqa: S704  # made of numbers only


def _power(exponent: int) -> str:
    raised = str(exponent).replace("-", "−")
    return "1" if exponent == 0 else f'10<tspan dy="-3.5" style="font-size: 6.5px">{raised}</tspan>'
