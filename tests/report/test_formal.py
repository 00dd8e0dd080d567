"""The badge of a proof assistant: shown for the files that it names, and for no other."""

from pathlib import Path

from fpverify.report import Report
from fpverify.report.json import summary


def certificates(report: Report) -> list[str]:
    return [Path(entry.certificate).name for entry in report.entries if entry.certificate]


def test_only_named_files_have_a_badge(report: Report) -> None:
    """One badge in, one badge out, in the summary as on the page."""
    first = certificates(report)[0]
    badged = report.with_formal({first: "checked by Coq 8.16.1 (assumptions: none)", "another.json": "no"})
    found = [entry["formal"] for entry in summary(badged)["entries"]]
    assert sum(said is not None for said in found) == certificates(report).count(first)
    assert {said for said in found if said} == {"checked by Coq 8.16.1 (assumptions: none)"}


def test_without_a_record_there_is_no_badge(report: Report) -> None:
    assert not any(entry["formal"] for entry in summary(report.with_formal({}))["entries"])
    assert report.with_formal({}) == report
