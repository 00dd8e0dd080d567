"""The report as one HTML file: readable offline, without scripts, in light and dark, on paper and on a phone."""

import re
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from fpverify.report._math import prose_html, statement_html, step_html
from fpverify.report._plot import PANELS, crosscheck_plots
from fpverify.report._report import Report
from fpverify.report._view import claimed, sections, totals
from fpverify.report._words import DISCLAIMER, MEANING, MEASURED, OBSERVED, pieces
from fpverify.report.figures import Drawing

OPEN_UP_TO, SHOWN_FIRST = 7, 5
"""Longer lists show their first rows; the others are folded."""

TALL = 16
"""A measured table with more rows is folded."""


def page(report: Report, drawings: Sequence[Drawing] = ()) -> str:
    """Return the page, each of *drawings* shown with its theorem."""
    every = sections(report)
    return (
        _templates()
        .get_template("index.html.j2")
        .render(
            sections=every,
            theorems=[section for section in every if not section.theorem.defect_class],
            defects=[section for section in every if section.theorem.defect_class],
            totals=str(totals(report)),
            unexpected=report.unexpected,
            meaning=MEANING,
            claimed=claimed(every),
            observed_meaning=OBSERVED,
            measured=MEASURED,
            tall=TALL,
            disclaimer=DISCLAIMER,
            drawings=drawings,
            plots={section.anchor: crosscheck_plots(report.of(section.theorem.id)) for section in every},
            panels=PANELS,
            open_up_to=OPEN_UP_TO,
            shown_first=SHOWN_FIRST,
        )
    )


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("fpverify.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        prose=prose_html, statement=statement_html, step=step_html, sentence=sentence_html, pairs=_pairs, svg=_svg
    )
    return environment


def sentence_html(words: str) -> Markup:
    """
    Return a sentence with its long numbers in short, each with the exact one in its title.

    The numbered hypotheses of a counterexample, and what fails, begin lines of their own.
    """
    shown = Markup('<abbr title="{}">{}</abbr>')
    html = Markup("").join(p.shown if p.exact is None else shown.format(p.exact, p.shown) for p in pieces(words))
    if " [1] " not in words:
        return html
    return Markup(re.sub(r" (?=\[\d+\] |It concludes |Yet )", "<br>", str(html)))  # noqa: S704  # escaped above


def _pairs(words: str) -> str:
    """Return counts and what they count, such as "5 REFUTED", unbroken."""
    return re.sub(r"(\d) ", "\\1\N{NO-BREAK SPACE}", words)


def _svg(drawing: Drawing) -> Markup:
    return Markup(drawing.inline)  # noqa: S704  # drawn by us; its only text is the escaped alt text
