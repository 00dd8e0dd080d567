"""The terminal: plain text in a pipe, and no bracket of mathematics read as markup."""

import io

from rich.console import Console

from fpverify.report import Report
from fpverify.report.terminal import render_entry, render_summary, render_theorem
from tests.report.sample import HOSTILE, THEOREMS, huge, spoiled


def _printed(render: object, *arguments: object, terminal: bool = False, **options: object) -> str:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100, color_system=None)
    assert callable(render)
    render(*arguments, console, **options)
    return stream.getvalue()


def test_the_summary_has_one_line_for_each_theorem(report: Report) -> None:
    lines = _printed(render_summary, report).splitlines()
    assert lines[0].split()[:2] == ["id", "title"]
    assert [line.split()[0] for line in lines[1:4]] == ["kd-regions", "ke-5.1", "p9"]
    assert lines[0].endswith("  observed")
    assert lines[-1] == "All as expected."
    assert all(line == line.rstrip() for line in lines)


def test_the_summary_can_hold_every_case(report: Report) -> None:
    assert _printed(render_summary, report, cases=True).count("least margin") >= 10


def test_the_table_of_a_terminal_says_the_same(report: Report) -> None:
    assert "1 REFUTED" in _printed(render_summary, report, terminal=True)


def test_what_is_not_as_expected_is_named(report: Report) -> None:
    text = _printed(render_summary, spoiled(report))
    assert text.count("NOT AS EXPECTED:") == 4
    assert text.endswith("4 NOT AS EXPECTED.\n")


def test_an_entry_says_verdict_sentence_and_certificate(report: Report) -> None:
    entry = next(entry for entry in report.entries if entry.case.name == HOSTILE)
    text = _printed(render_entry, entry)
    assert text.startswith(f"PROVED  ke-5.1, {HOSTILE}\n")
    assert entry.claim is not None
    assert entry.claim.sentence() in text
    assert "[-9/10, 9/10]^2" in text
    assert "certificates/" in text


def test_long_numbers_are_short(report: Report) -> None:
    assert "2^128" in _printed(render_entry, next(e for e in huge(report).entries if e.kind == "instance"))


def test_a_theorem_shows_its_statement_and_cases() -> None:
    text = _printed(render_theorem, THEOREMS[2])
    assert "If f(D) ⊆ D, K < 1, then |x^t - p| ≤ (K^t)/(1 - K) |x^1 - x^0|." in text
    assert "Defect: Printed statement false & repaired." in text
    assert "  (2) 0 <= K < 1" in text
    assert "  - |x|: noise leads out" in text
