"""The report in a terminal; plain aligned text when the output goes to a file or a pipe."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from fpverify._theorem import Theorem
from fpverify.report._plain import plain
from fpverify.report._report import Entry, Report
from fpverify.report._view import Observed, case_view, observations, sections, totals
from fpverify.report._words import pieces

_STYLES = {
    "good": "green",
    "counter": "dark_orange3",
    "control": "default",
    "bad": "bold red",
    "seen": "blue",
    "unseen": "magenta",
}
_COLUMNS = ("id", "title", "instances", "about the print", "controls", "algebra")


def render_summary(report: Report, console: Console, *, cases: bool = False) -> None:
    """
    Print one line for each theorem, then everything that is not as expected; with *cases*, every case and every finding
    before that.
    """
    if cases:
        for entry in report.entries:
            render_entry(entry, console)
        for one in observations(report):
            if one.finding is not None:
                _render_observed(one, console)
        _line(console, "")
    _table(_rows(report), console)
    _unexpected(report, console)
    _line(console, f"{totals(report)}.")
    verdict = "All as expected." if report.unexpected == 0 else f"{report.unexpected} NOT AS EXPECTED."
    _line(console, verdict, "bold green" if report.unexpected == 0 else "bold red")


def _rows(report: Report) -> list[tuple[str, ...]]:
    """Return the table of theorems with its head; without the column of observations if there are none."""
    rows: list[tuple[str, ...]] = [(*_COLUMNS, "observed")]
    for section in sections(report):
        tally, theorem = section.tally, section.theorem
        row = (tally.instances, tally.printed, tally.controls, tally.steps, tally.observed)
        rows.append((theorem.id, theorem.title, *row))
    return rows if any(row[-1] for row in rows[1:]) else [row[:-1] for row in rows]


def _render_observed(one: Observed, console: Console) -> None:
    """Print an observation: its verdict, its claim, and what was measured in samples."""
    assert one.finding is not None
    _line(console, f"{one.badge}  {one.theorem}, {one.observation.name}", _STYLES[one.tone])
    _line(console, f"    {one.observation.claim}")
    _line(console, f"    measured: {one.finding.sentence}")
    left_out = f"; left out: {one.finding.left_out}" if one.finding.left_out else ""
    _line(console, f"    {one.finding.regime}; {one.finding.samples}; seed {one.finding.seed}{left_out}", "dim")


def render_entry(entry: Entry, console: Console) -> None:
    """Print a case: its verdict, and the kernel's sentence or reason."""
    case = case_view(entry)
    _line(console, f"{case.badge}  {entry.theorem}, {entry.case.name}", _STYLES[case.tone])
    sentence = entry.reason if entry.claim is None else entry.claim.sentence()
    _line(console, "    " + "".join(piece.shown for piece in pieces(sentence)))
    numbers = [f"{number.label} {number.shown}" for number in case.numbers]
    details = [*numbers, f"least margin {case.least}" if case.least else "", entry.backend, entry.certificate or ""]
    if any(details) and entry.kind != "control":
        _line(console, "    " + "; ".join(detail for detail in details if detail), "dim")


def render_theorem(theorem: Theorem, console: Console) -> None:
    """Print what a theorem states, and the names of its cases."""
    _line(console, f"{theorem.id}  {theorem.title}", "bold")
    _line(console, theorem.source, "dim")
    if theorem.defect_class:
        _line(console, f"Defect: {theorem.defect_class}")
    _line(console, f"\n{plain(theorem.statement)}")
    if theorem.remark:
        _line(console, f"\n{theorem.remark}")
    _heading(console, f"Hypotheses (rule {theorem.rule})" if theorem.rule else "Hypotheses")
    for index, hypothesis in enumerate(theorem.hypotheses, start=1):
        _line(console, f"  ({index}) {hypothesis}")
    _cases(console, "Instances", [(case.name, case.note) for case in theorem.instances])
    _cases(console, "The printed statement", [(case.name, case.note) for case in theorem.printed])
    _cases(console, "Controls: false claims that must not be proved", [(c.name, c.because) for c in theorem.controls])
    _cases(console, "Algebra of the proof", [(step.title, f"{step.left} = {step.right}") for step in theorem.steps])
    _cases(
        console,
        "Observations: measured in samples, not proved",
        [(one.name, f"{one.claim} (known to come to {one.expected.value})") for one in theorem.observations],
    )


def _cases(console: Console, title: str, cases: Sequence[tuple[str, str]]) -> None:
    if cases:
        _heading(console, title)
    for name, words in cases:
        _line(console, f"  - {name}: {words}" if words else f"  - {name}")


def _heading(console: Console, words: str) -> None:
    _line(console, f"\n{words}", "bold")


def _table(rows: Sequence[Sequence[str]], console: Console) -> None:
    """Print rows of text; the first one is the head."""
    if console.is_terminal:
        table = Table(*rows[0], box=None, pad_edge=False, header_style="bold")
        for row in rows[1:]:
            table.add_row(*(_unmarked(cell) for cell in row))
        console.print(table)
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        _line(console, "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _unexpected(report: Report, console: Console) -> None:
    for entry in report.entries:
        if not entry.is_as_expected:
            words = f"NOT AS EXPECTED: {entry.theorem}, {entry.kind} {entry.case.name}: {entry.status}"
            words += f" (expected {entry.expected}; file {entry.check or 'none'}). {entry.reason}"
            _line(console, words, "bold red")
    for theorem, results in report.steps.items():
        for result in results:
            if not result.holds:
                _line(
                    console, f"NOT AS EXPECTED: {theorem}, algebraic step not verified: {result.step.title}", "bold red"
                )
    for theorem, observation, finding in report.surprises:
        words = f"NOT AS EXPECTED: {theorem}, observation {observation.name}: {finding.evidence.value}"
        _line(console, f"{words} (expected {observation.expected.value}). {finding.sentence}", "bold red")


def _unmarked(cell: str) -> str:
    from rich.markup import escape

    return escape(cell)


def _line(console: Console, words: str, style: str | None = None) -> None:
    """Print words as they are: brackets are mathematics, not markup."""
    console.print(words, style=style, markup=False, highlight=False, soft_wrap=not console.is_terminal)
