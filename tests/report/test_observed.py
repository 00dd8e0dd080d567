"""Observations in every rendering: claim, verdict in words, numbers apart from what is compared between machines."""

import json
from dataclasses import replace

import fpverify as fp
from fpverify.report import Report
from fpverify.report._view import observations, sections, totals
from fpverify.report.html import page
from fpverify.report.json import finding_data, summary, theorem_data, to_text
from fpverify.report.markdown import findings, pages
from fpverify.report.terminal import render_summary, render_theorem
from tests.report.sample import FINDINGS, THEOREMS, surprising, without_observations
from tests.report.test_terminal import _printed

THEOREM = next(theorem for theorem in THEOREMS if theorem.id == "obs-1")
NUMBERS = ("0.67 [0.53", "31415926", "150 networks", "tanh | N = 20", "the depth 40")
"""What was measured, and how: it may differ between machines and profiles."""


def test_pages_that_are_compared_hold_verdicts_and_no_numbers(report: Report) -> None:
    """The summary, the index and the page of the theorem are the same whatever was measured, if the verdicts are."""
    key = "obs-1", "grows | falls"
    other = replace(FINDINGS[key], sentence="Another.", regime="other", samples="other", seed=1, rows=(), left_out="")
    again = replace(report, findings={**report.findings, key: other})
    assert pages(again) == pages(report)
    assert summary(again) == summary(report)
    for text in (*pages(report).values(), to_text(summary(report))):
        assert not any(number in text for number in NUMBERS)
    assert findings(again) != findings(report)


def test_the_page_of_a_theorem_says_claim_and_verdict_and_leads_to_the_numbers(report: Report) -> None:
    text = pages(report)["obs-1.md"]
    assert "\n## Observed\n" in text
    assert "**grows \\| falls**: EMPIRICAL; [numbers](findings/obs-1--grows-falls.md). *Tied \\*weights\\*.*" in text
    assert "> Claim: The mean &amp; &lt;more> grows with depth." in text
    assert "**any scale**: NOT REPRODUCED; [numbers](findings/obs-1--any-scale.md)." in text
    assert "**left alone**: not measured." in text
    assert "This is no disproof" in text
    assert "## Observed" not in pages(report)["obs-2.md"]


def test_the_index_lists_what_is_proved_and_observed(report: Report) -> None:
    """One row for the proofs of each theorem of the family, and one for each observation."""
    text = pages(report)["index.md"]
    table = text.split("## Proved and observed")[1].split("## What the words mean")[0]
    rows = [line for line in table.splitlines() if line.startswith("| [")]
    assert [row.split("]")[0].removeprefix("| [") for row in rows] == ["obs-1"] * 4 + ["obs-2"]
    assert "| 1 PROVED |" in rows[0]
    assert "| EMPIRICAL |" in rows[1]
    assert "| NOT REPRODUCED |" in rows[2]
    assert "| not measured |" in rows[3]
    assert "- **EMPIRICAL**:" in text


def test_the_numbers_stand_on_pages_of_their_own(report: Report) -> None:
    text = findings(report)["obs-1--grows-falls"]
    assert "**EMPIRICAL.** Measured: The mean is 0.67 [0.53, 0.82] &lt;in> 150 networks." in text
    assert "- **Left out:** the depth 40" in text
    assert "| L | E[Q] \\| A | a word on it |" in text
    assert "](../obs-1.md#observed)" in text
    assert "- **Left out:** nothing" in findings(report)["obs-1--any-scale"]
    assert set(findings(report)) == {"obs-1--grows-falls", "obs-1--any-scale"}


def test_the_numbers_are_there_for_machines(report: Report) -> None:
    """And what only the figures need is not."""
    one = observations(report)[0]
    data = finding_data(one)
    assert (data["evidence"], data["seed"], data["rows"][0][1]) == ("EMPIRICAL", 31415926, "0.67 [0.53, 0.82]")
    assert json.loads(to_text(data)) == data
    assert "data" not in data


def test_the_summary_names_every_observation(report: Report) -> None:
    found = [(one["theorem"], one["name"], one["evidence"]) for one in summary(report)["observations"]]
    assert found == [
        ("obs-1", "grows | falls", "EMPIRICAL"),
        ("obs-1", "any scale", "NOT REPRODUCED"),
        ("obs-1", "left alone", None),
    ]
    assert theorem_data(THEOREM)["observations"][1]["expected"] == "NOT REPRODUCED"


def test_the_page_shows_everything(report: Report) -> None:
    """Badges in words, sentence, table, samples, seed, what was left out; a tall table is folded."""
    html = page(report)
    assert '<span class="badge seen">EMPIRICAL</span>' in html
    assert '<span class="badge unseen">NOT REPRODUCED</span>' in html
    assert "The mean is 0.67 [0.53, 0.82] &lt;in&gt; 150 networks." in html
    assert '<td class="nowrap">0.67 [0.53, 0.82]</td>' in html
    assert "<dt>seed</dt><dd>31415926</dd>" in html
    assert "<dt>left out</dt><dd>the depth 40</dd>" in html
    assert "<summary>The measured table, 40 rows</summary>" in html
    assert "<dt>NOT REPRODUCED</dt>" in html


def test_a_report_without_observations_says_nothing_of_them(report: Report) -> None:
    plain = without_observations(report)
    for text in (page(plain), *pages(plain).values()):
        assert "bserved" not in text.split("</style>")[-1]
        assert "EMPIRICAL" not in text
    assert summary(plain)["observations"] == []
    assert "observed" not in _printed(render_summary, plain)


def test_a_finding_that_is_not_as_expected_is_counted_and_named(report: Report) -> None:
    """In the count, in the exit code's reason, in every rendering; what is not measured is no surprise."""
    assert report.unexpected == 0
    odd = surprising(report)
    assert odd.unexpected == summary(odd)["unexpected"] == 1
    assert next(section for section in sections(odd) if section.anchor == "obs-1").unexpected == 1
    text = _printed(render_summary, odd)
    assert "NOT AS EXPECTED: obs-1, observation any scale: EMPIRICAL (expected NOT REPRODUCED). None of 9" in text
    assert text.endswith("1 NOT AS EXPECTED.\n")
    assert "**any scale**: EMPIRICAL (not as expected)" in pages(odd)["obs-1.md"]
    assert '<span class="badge bad">EMPIRICAL (not as expected)</span>' in page(odd)


def test_the_terminal_counts_and_quotes(report: Report) -> None:
    """The table counts the words of each theorem; with every case asked for, each finding is quoted."""
    text = _printed(render_summary, report)
    assert "1 EMPIRICAL, 1 NOT REPRODUCED, 1 not measured" in text
    assert str(totals(report)).endswith("observed: 1 EMPIRICAL, 1 NOT REPRODUCED, 1 not measured")
    assert "1 NOT REPRODUCED" in _printed(render_summary, report, terminal=True)
    every = _printed(render_summary, report, cases=True)
    assert (
        "EMPIRICAL  obs-1, grows | falls\n    The mean & <more> grows with depth.\n    measured: The mean is 0.67"
        in every
    )
    assert "48 starts; seed 31415926; left out: the depth 40" in every


def test_a_theorem_shows_its_observations() -> None:
    text = _printed(render_theorem, THEOREM)
    assert "  - any scale: Every scale does. (known to come to NOT REPRODUCED)" in text


def test_a_report_finds_its_findings(report: Report) -> None:
    assert report.finding("obs-1", "any scale") is FINDINGS["obs-1", "any scale"]
    assert report.finding("obs-1", "left alone") is None
    assert fp.Evidence.EMPIRICAL.value == "EMPIRICAL"
