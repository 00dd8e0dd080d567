"""summary.json: the promised keys, nothing that differs between machines, and the same bytes twice."""

import json
from typing import Any

from fpverify.report import Report
from fpverify.report.json import crosscheck_details, summary, theorem_data, to_text
from tests.report.sample import THEOREMS, sample, spoiled


def numbers_in(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [number for item in value.values() for number in numbers_in(item)]
    if isinstance(value, list):
        return [number for item in value for number in numbers_in(item)]
    return [value] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def test_the_summary_has_the_promised_keys(report: Report) -> None:
    data = summary(report)
    assert set(data) == {"format", "entries", "steps", "observations", "unexpected"}
    assert data["format"] == 1
    assert data["unexpected"] == 0
    promised = {"theorem", "instance", "kind", "expected", "status", "check", "certificate", "crosscheck"}
    for entry in data["entries"]:
        assert promised <= set(entry)
        assert entry["kind"] in {"instance", "control", "as-printed"}
        assert entry["crosscheck"] is None or set(entry["crosscheck"]) == {"samples", "steps", "violations"}
    assert all(set(step) == {"theorem", "title", "holds"} for step in data["steps"])
    assert len(data["entries"]) == len(report.entries)


def test_the_summary_holds_nothing_that_differs_between_machines(report: Report) -> None:
    """No float, no device, no seed: numbers are counts, margins are text."""
    data = summary(report)
    assert all(isinstance(number, int) for number in numbers_in(data))
    text = to_text(data)
    assert not any(word in text for word in ("device", "seed", "cpu", "worst"))


def test_two_runs_give_the_same_bytes(report: Report) -> None:
    assert to_text(summary(report)) == to_text(summary(sample()))
    assert json.loads(to_text(summary(report))) == summary(report)


def test_what_is_unexpected_is_counted(report: Report) -> None:
    """A dispute, a control that is proved and two steps that do not hold: four."""
    assert summary(spoiled(report))["unexpected"] == 4


def test_details_of_the_crosscheck_are_kept_apart(report: Report) -> None:
    details = crosscheck_details(report)
    first = details["entries"][0]
    assert first["worst_ratio"] == 0.4375
    assert first["limits"] == [["0.1", "0.2"]]
    assert len(first["curve"]) == 30
    assert json.loads(to_text(details)) == details


def test_a_theorem_can_be_shown_before_it_is_decided() -> None:
    data = theorem_data(THEOREMS[2])
    assert data["id"] == "p9"
    assert data["as_printed"][0]["expected"] == "REFUTED"
    assert data["controls"][0]["because"]
    assert json.loads(to_text(data)) == data
