"""
The report as Markdown: index.md and one page for each theorem, the same bytes on each machine; and the measured numbers.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from fpverify._theorem import Step
from fpverify.report._math import statement_markdown, step_latex
from fpverify.report._report import Report, slug
from fpverify.report._view import Observed, claimed, observations, sections, totals
from fpverify.report._words import APART, DISCLAIMER, MEANING, MEASURED, OBSERVED, pieces
from fpverify.report.figures import Figure

MARK = "<!-- made by fpverify: do not edit -->\n"
"""The first line of each page, by which a later run knows what it may remove."""


def pages(report: Report, figures: Sequence[Figure] = ()) -> Mapping[str, str]:
    """Return the text of each page by the name of its file."""
    every = sections(report)
    index = (
        _templates()
        .get_template("index.md.j2")
        .render(
            theorems=[section for section in every if not section.theorem.defect_class],
            defects=[section for section in every if section.theorem.defect_class],
            totals=str(totals(report)),
            unexpected=report.unexpected,
            meaning=MEANING,
            claimed=claimed(every),
            observed_meaning=OBSERVED,
            measured=f"{MEASURED} {APART}",
            disclaimer=DISCLAIMER,
        )
    )
    template = _templates().get_template("theorem.md.j2")
    texts = {
        f"{section.anchor}.md": template.render(
            section=section,
            theorem=section.theorem,
            measured=f"{MEASURED} {APART}",
            figures=[figure for figure in figures if figure.theorem == section.theorem.id],
        )
        for section in every
    }
    return {name: MARK + _tidy(text) for name, text in {"index.md": index, **texts}.items()}


def findings(report: Report) -> Mapping[str, str]:
    """Return the text of each page of measured numbers by the stem of its file; they differ between machines."""
    return {one.stem: MARK + _tidy(_finding(report, one)) for one in observations(report) if one.finding is not None}


def _finding(report: Report, one: Observed) -> str:
    theorem = report.theorems[one.theorem]
    template = _templates().get_template("finding.md.j2")
    return template.render(one=one, finding=one.finding, theorem=theorem, anchor=slug(theorem.id), measured=MEASURED)


def escaped(words: str) -> str:
    """Return *words* so that Markdown shows them as they are, also in a table."""
    words = re.sub(r"([\\`*_|$~])", r"\\\1", words.replace("&", "&amp;").replace("<", "&lt;"))
    words = words.replace("](", "]\\(")
    return re.sub(r"\s+", " ", words).strip()


def sentence(words: str) -> str:
    """Return a sentence with its long numbers in short, each with the exact one in its title."""
    parts = (
        escaped_part(piece.shown) if piece.exact is None else f'<abbr title="{piece.exact}">{piece.shown}</abbr>'
        for piece in pieces(words)
    )
    return "".join(parts).strip()


def escaped_part(words: str) -> str:
    """Return the escaped words with the spaces around them."""
    before = " " if words[:1].isspace() else ""
    after = " " if words[-1:].isspace() and words.strip() else ""
    return f"{before}{escaped(words)}{after}"


def _step(step: Step) -> str:
    latex = step_latex(step)
    return f"`{step.left} = {step.right}`" if latex is None else f"${latex}$"


def _tidy(text: str) -> str:
    """Return the text without trailing spaces and with at most one empty line in a row."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("fpverify.report", "templates"),
        autoescape=False,  # noqa: S701  # Markdown: every text goes through `escaped`
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(md=escaped, sentence=sentence, statement=statement_markdown, step=_step)
    return environment
