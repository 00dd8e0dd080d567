"""What the committed reports prove is what the trust manifest says: nothing more, nothing less, nothing otherwise."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.soundness.manifest import MANIFEST, REPORTS, Cases, differences, of_reports, read, to_text

needs_reports = pytest.mark.skipif(
    not (REPORTS / "summary.json").is_file(), reason="there is no reports/summary.json: run `make report`"
)


@needs_reports
def test_the_reports_are_what_the_manifest_says() -> None:
    """After a change that is wanted, run `python -m tests.soundness.manifest` and read the difference."""
    assert MANIFEST.is_file(), "there is no tests/trust_manifest.toml: run `python -m tests.soundness.manifest`"
    assert differences(read(MANIFEST), of_reports(REPORTS)) == []


@needs_reports
def test_every_certificate_belongs_to_a_case() -> None:
    """And every proved case has one."""
    entries = json.loads((REPORTS / "summary.json").read_text(encoding="utf-8"))["entries"]
    named = {entry["certificate"] for entry in entries} - {None}
    assert named == {f"certificates/{path.name}" for path in (REPORTS / "certificates").glob("*.json")}
    assert all((entry["certificate"] is not None) == (entry["check"] == "VALID") for entry in entries)


@needs_reports
def test_nothing_that_is_proved_rests_on_an_assumption() -> None:
    """And no control, which is false, is proved."""
    for name, case in of_reports(REPORTS).items():
        assert case.get("assumptions", []) == [], name
        if case["kind"] == "control":
            assert case["status"] not in ("PROVED", "DISPUTED"), name
            assert case["check"] != "VALID", name


# ------------------------------------------------------------------ the comparison itself

PROVED = {
    "kind": "instance",
    "status": "PROVED",
    "check": "VALID",
    "backend": "arb 128",
    "claim": "unique",
    "rules": ["banach"],
    "arithmetic": ["arb 128"],
    "assumptions": [],
}
CONTROL = {"kind": "control", "status": "UNDECIDED", "check": "REJECTED", "backend": ""}
SAMPLE: Cases = {"t1: a case": PROVED, 't1: a "false" one \N{GREEK SMALL LETTER PI} = 3': CONTROL}


def test_a_manifest_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(to_text(SAMPLE), encoding="utf-8")
    assert read(path) == SAMPLE
    assert to_text(dict(reversed(SAMPLE.items()))) == to_text(SAMPLE)


def test_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(to_text(SAMPLE).replace("format = 1", "format = 2"))
    with pytest.raises(ValueError, match="format"):
        read(tmp_path / "m.toml")


def test_equal_cases_have_no_difference() -> None:
    assert differences(SAMPLE, copy.deepcopy(SAMPLE)) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("status", "UNDECIDED"),
        ("check", "HOLEY"),
        ("backend", "rational"),
        ("rules", ["brouwer"]),
        ("arithmetic", ["arb 64"]),
        ("claim", "exists"),
        ("assumptions", ["trust me"]),
        ("kind", "control"),
    ],
)
@pytest.mark.parametrize("forwards", [True, False], ids=["better", "worse"])
def test_a_drift_in_either_direction_is_told(key: str, value: Any, forwards: bool) -> None:
    other = {**SAMPLE, "t1: a case": {**PROVED, key: value}}
    (line,) = differences(SAMPLE, other) if forwards else differences(other, SAMPLE)
    assert line.startswith(f"t1: a case: {key} was ")


def test_cases_that_come_and_go_are_told() -> None:
    fewer = {"t1: a case": PROVED}
    assert differences(SAMPLE, fewer)[0].endswith("in the manifest, and not in the reports")
    assert differences(fewer, SAMPLE)[0].endswith("in the reports, and not in the manifest")


def test_cases_are_made_of_summary_and_certificates(tmp_path: Path) -> None:
    (tmp_path / "certificates").mkdir()
    certificate = {
        "claim": {"kind": "unique"},
        "assumptions": [],
        "obligations": [{"rule": "banach", "backend": {"name": "arb", "precision": 128}}],
    }
    (tmp_path / "certificates" / "c.json").write_text(json.dumps(certificate))
    entry = {"theorem": "t1", "instance": "a case", "certificate": "certificates/c.json"}
    entry |= {key: PROVED[key] for key in ("kind", "status", "check", "backend")}
    control = {"theorem": "t1", "instance": "a false one", "certificate": None, **CONTROL}
    (tmp_path / "summary.json").write_text(json.dumps({"entries": [entry, control]}))
    assert of_reports(tmp_path) == {"t1: a case": PROVED, "t1: a false one": CONTROL}
