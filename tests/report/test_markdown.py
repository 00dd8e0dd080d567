"""Markdown: every name shown as it is, every table whole, the same bytes on each machine."""

import re
from dataclasses import replace

import pytest

from fpverify.report import Report
from fpverify.report.markdown import MARK, escaped, findings, pages
from tests.report.sample import HOSTILE, huge, sample, spoiled


def test_there_is_an_index_and_a_page_for_each_theorem(report: Report) -> None:
    texts = pages(report)
    assert set(texts) == {"index.md", *(f"{name}.md" for name in report.theorems)}
    assert all(text.startswith(MARK) and text.endswith("\n") for text in texts.values())


def test_links_lead_to_pages_and_certificates(report: Report) -> None:
    """Each link of the index is a page or a file of the report; each certificate is linked."""
    texts = pages(report)
    targets = {link.split("#")[0] for link in re.findall(r"\]\(([^)]+)\)", texts["index.md"])}
    measured = {f"findings/{stem}.md" for stem in findings(report)}
    assert targets == {"index.html", "summary.json", *measured, *(name for name in texts if name != "index.md")}
    for entry in report.entries:
        if entry.certificate is not None:
            assert f"]({entry.certificate})" in texts[f"{entry.theorem}.md"]


def test_rows_of_a_table_have_the_columns_of_its_head(report: Report) -> None:
    """No bar of a name or a formula breaks a table."""
    for name, text in {**pages(report), **findings(report)}.items():
        width = 0
        for line in text.splitlines():
            if line.startswith("|"):
                bars = len(re.findall(r"(?<!\\)\|", line))
                assert width in (0, bars), (name, line)
                width = bars
            else:
                width = 0


def test_names_are_shown_as_they_are(report: Report) -> None:
    text = pages(report)["ke-5.1.md"]
    assert "<script" not in text
    assert escaped(HOSTILE) in text
    assert "\n# ke-5.1: Two cells on R^2 &amp; &lt;more>\n" in text


@pytest.mark.parametrize(
    ("words", "shown"), [("a|b", r"a\|b"), ("<i>", "&lt;i>"), ("x_1 *", r"x\_1 \*"), ("[a](b)", r"[a]\(b)")]
)
def test_escaping(words: str, shown: str) -> None:
    assert escaped(words) == shown


def test_nothing_depends_on_the_machine(report: Report) -> None:
    """Another device, seed and worst ratio give the same pages; so does a second run."""
    entries = tuple(
        entry
        if entry.crosscheck is None
        else replace(entry, crosscheck=replace(entry.crosscheck, device="cuda", worst_ratio=0.9))
        for entry in report.entries
    )
    assert pages(replace(report, entries=entries)) == pages(report) == pages(sample())


def test_long_numbers_are_short_and_exact(report: Report) -> None:
    assert f'<abbr title="{2**128}">2^128</abbr>' in pages(huge(report))["kd-regions.md"]


def test_what_is_not_as_expected_stands_out(report: Report) -> None:
    texts = pages(spoiled(report))
    assert "**4 not as expected.**" in texts["index.md"]
    assert "DISPUTED (not as expected)" in texts["kd-regions.md"]
    assert "**not verified:**" in texts["ke-5.1.md"]
