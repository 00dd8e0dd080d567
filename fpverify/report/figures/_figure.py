"""Figure: a drawing with a caption; its rendering to SVG that follows the page's colours, and to PNG."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure as Canvas

from fpverify.report._report import Report

INK, PAPER = "#010203", "#fffffe"
"""Colours that stand for the text and the background of the page; in an inline SVG they follow its colour scheme."""

BLUE, ORANGE, GREEN, PURPLE, GOLD = "#2f7fc1", "#d55e00", "#12967a", "#b4619c", "#d19a1b"
"""Told apart by colour-blind eyes (after Okabe and Ito), and visible on white and on black."""

STYLE: dict[Any, Any] = {
    "axes.edgecolor": INK,
    "axes.facecolor": "none",
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.linewidth": 0.6,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "figure.facecolor": "none",
    "font.family": "STIXGeneral",
    "font.size": 9,
    "grid.color": INK,
    "hatch.linewidth": 0.5,
    "legend.edgecolor": "none",
    "legend.facecolor": PAPER,
    "legend.fontsize": 8.5,
    "legend.framealpha": 0.85,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.2,
    "mathtext.fontset": "stix",
    "patch.edgecolor": INK,
    "path.simplify": True,
    "savefig.dpi": 170,
    "svg.fonttype": "path",
    "svg.hashsalt": "fpverify",
    "text.color": INK,
    "xtick.color": INK,
    "xtick.labelsize": 8.5,
    "xtick.major.width": 0.6,
    "ytick.color": INK,
    "ytick.labelsize": 8.5,
    "ytick.major.width": 0.6,
}
"""What every drawing is made with."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """
    Fields:
        name: of its module and of its files.
        number: where it stands among the figures.
        theorem: id of the theorem to which it belongs; it is drawn if the report has that theorem.
        title: a few words.
        caption: what is seen; says what is certified and what is drawn in floating point.
        alt: what a reader who does not see it has to know.
        draw: the drawing, for a report.
    """

    name: str
    number: int
    theorem: str
    title: str
    caption: str
    alt: str
    draw: Callable[[Report], Canvas]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """
    Fields:
        figure: what was drawn.
        inline: SVG for a page: transparent, its ink `currentColor`, each id with the figure's name before it.
        svg, png: the contents of files of their own, on white.
    """

    figure: Figure
    inline: str
    svg: str
    png: bytes


def render(figure: Figure, report: Report) -> Drawing:
    """Draw *figure*; the same report gives the same bytes on the same machine."""
    with rc_context(STYLE):
        canvas = figure.draw(report)
        svg, png = io.StringIO(), io.BytesIO()
        canvas.savefig(svg, format="svg", dpi=130, metadata={"Date": None, "Creator": None})
        canvas.savefig(png, format="png", metadata={"Software": None}, facecolor="white")
    body = svg.getvalue()[svg.getvalue().index("<svg") :]
    return Drawing(figure=figure, inline=_inline(figure, body), svg=on_white(body), png=png.getvalue())


def on_white(svg: str) -> str:
    """Return an SVG for a file of its own."""
    return svg.replace("<svg ", '<svg style="background: #ffffff" ', 1)


def _inline(figure: Figure, svg: str) -> str:
    prefix = f"{figure.name}-"
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{prefix}', svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\1{prefix}", svg)
    svg = re.sub(r'(<svg [^>]*?)width="[^"]*" height="[^"]*"', r"\1", svg, count=1)
    svg = svg.replace("<svg ", f'<svg role="img" aria-labelledby="{prefix}title" ', 1)
    svg = re.sub(r"(<svg [^>]*>)", rf'\1<title id="{prefix}title">{_escaped(figure.alt)}</title>', svg, count=1)
    svg = re.sub(r"\s*\n\s*", "\n", svg)
    return svg.replace(INK, "currentColor").replace(PAPER, "var(--paper, #fff)")


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
