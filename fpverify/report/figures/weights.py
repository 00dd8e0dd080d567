"""Figure 8: the sizes of weights by rank, and their tail indices, after training and for normal and Cauchy samples."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from fpverify.report._report import Report
from fpverify.report.figures._figure import BLUE, GOLD, GREEN, INK, ORANGE, PURPLE, Figure
from fpverify.report.figures._not_measured import not_measured

_REFERENCES = {"normal": "normal, not trained", "cauchy": "Cauchy, not trained"}
_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, GOLD)


def draw(report: Report) -> Canvas:
    finding = report.finding("bs-2", "weights after training")
    if finding is None:
        return not_measured()
    indices = finding.data["hill"]
    height = 0.15 * len(indices) + 2.3
    canvas = Canvas(figsize=(6.7, height))
    ranks, tails = (
        canvas.add_axes((left, 0.42 / height, width, 1 - 0.52 / height))
        for left, width in ((0.085, 0.26), (0.68, 0.31))
    )
    colours = _colours(list(indices))
    _ranks(ranks, finding.data["ranks"], colours)
    _tails(tails, indices, colours)
    return canvas


def _colours(names: Sequence[str]) -> dict[str, str]:
    trained = [name for name in names if name not in _REFERENCES]
    return {name: _COLOURS[index % len(_COLOURS)] for index, name in enumerate(trained)}


def _ranks(axes: Axes, ranks: Mapping[str, Sequence[Sequence[float]]], colours: Mapping[str, str]) -> None:
    for name, pairs in ranks.items():
        rank, size = np.array(pairs).T
        if name in _REFERENCES:
            axes.plot(rank, size, color=INK, linestyle="--" if name == "cauchy" else "-", linewidth=1)
        else:
            axes.plot(rank, size, color=colours[name], linewidth=1)
    axes.set(xscale="log", yscale="log", xlabel="rank", ylabel=r"standardised $|w|$", ylim=(1e-2, 300))


def _tails(axes: Axes, indices: Mapping[str, Sequence[float]], colours: Mapping[str, str]) -> None:
    names = list(indices)
    for place, name in enumerate(names):
        value, low, high = indices[name]
        colour = colours.get(name, INK)
        axes.plot([low, high], [place, place], color=colour, linewidth=2)
        axes.plot(value, place, "o", color=colour, markersize=4)
    axes.axvline(2, color=INK, linewidth=0.7, linestyle=":")
    axes.set(xlabel="tail index", xlim=(0, None), ylim=(len(names) - 0.5, -0.5))
    axes.set_yticks(range(len(names)), [_REFERENCES.get(name, name) for name in names])


FIGURE = Figure(
    name="weights",
    number=8,
    theorem="bs-2",
    title="Weights before and after training",
    caption="Left: the absolute values of all weights of one network, each layer less its mean and over its "
    "deviation, by rank; black: normal (solid) and Cauchy weights (dashed) of the same number, the colours as "
    "on the right. Right: the tail index of the largest 5 % with 95 % intervals over the seeds; left of the "
    "dotted line at 2 a power law has no variance. Measured in floating point; nothing here is certified.",
    alt="On the left, curves of the sizes of weights by rank on logarithmic axes: those of trained networks are "
    "near the one of normal weights, a little above it at the smallest ranks, and far below the straight "
    "steep one of Cauchy weights. On the right, tail indices with intervals: Cauchy weights near one, all "
    "trained networks and normal weights above three.",
    draw=draw,
)
