"""The report in a terminal; plain aligned text when the output goes to a file or a pipe."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from fpverify._theorem import Theorem
from fpverify.report._plain import plain
from fpverify.report._report import Entry, Report
from fpverify.report._view import case_view, sections, totals
from fpverify.report._words import pieces

_STYLES = {"good": "green", "counter": "dark_orange3", "control": "default", "bad": "bold red"}
_COLUMNS = ("id", "title", "instances", "about the print", "controls", "algebra")


def render_summary(report: Report, console: Console, *, cases: bool = False) -> None:
    """Print one line for each theorem, then everything that is not as expected; with *cases*, every case before that."""
    if cases:
        for entry in report.entries:
            render_entry(entry, console)
        _line(console, "")
    rows = []
    for section in sections(report):
        tally = section.tally
        rows.append(
            (section.theorem.id, section.theorem.title, tally.instances, tally.printed, tally.controls, tally.steps)
        )
    _table(rows, console)
    _unexpected(report, console)
    _line(console, f"{totals(report)}.")
    verdict = "All as expected." if report.unexpected == 0 else f"{report.unexpected} NOT AS EXPECTED."
    _line(console, verdict, "bold green" if report.unexpected == 0 else "bold red")


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
    _heading(console, f"Hypotheses (rule {theorem.rule})")
    for index, hypothesis in enumerate(theorem.hypotheses, start=1):
        _line(console, f"  ({index}) {hypothesis}")
    _cases(console, "Instances", [(case.name, case.note) for case in theorem.instances])
    _cases(console, "The printed statement", [(case.name, case.note) for case in theorem.printed])
    _cases(console, "Controls: false claims that must not be proved", [(c.name, c.because) for c in theorem.controls])
    _cases(console, "Algebra of the proof", [(step.title, f"{step.left} = {step.right}") for step in theorem.steps])


def _cases(console: Console, title: str, cases: Sequence[tuple[str, str]]) -> None:
    if cases:
        _heading(console, title)
    for name, words in cases:
        _line(console, f"  - {name}: {words}" if words else f"  - {name}")


def _heading(console: Console, words: str) -> None:
    _line(console, f"\n{words}", "bold")


def _table(rows: Sequence[Sequence[str]], console: Console) -> None:
    if console.is_terminal:
        table = Table(*_COLUMNS, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*(_unmarked(cell) for cell in row))
        console.print(table)
        return
    widths = [max(len(row[column]) for row in (_COLUMNS, *rows)) for column in range(len(_COLUMNS))]
    for row in (_COLUMNS, *rows):
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


def _unmarked(cell: str) -> str:
    from rich.markup import escape

    return escape(cell)


def _line(console: Console, words: str, style: str | None = None) -> None:
    """Print words as they are: brackets are mathematics, not markup."""
    console.print(words, style=style, markup=False, highlight=False, soft_wrap=not console.is_terminal)
