"""Figures: one per file. They illustrate in floating point; the boxes in them are certified. No figure proves anything."""

from collections.abc import Mapping

from fpverify.kernel.discover import discover
from fpverify.report import figures as _package
from fpverify.report.figures._figure import Drawing, Figure, render

FIGURES: Mapping[str, Figure] = discover(_package, "FIGURE")

__all__ = ["FIGURES", "Drawing", "Figure", "render"]
