"""A run with observations: measured in worker processes, kept when interrupted, in the same order whatever is done first."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import fpverify as fp
from fpverify._case import Settings
from fpverify._cli import main
from fpverify._run import finish, run
from fpverify.report.json import summary

FILE = '''
"""A theorem with observations that are measured in no time."""

import time
from pathlib import Path

from fpverify import *
from fpverify import Evidence, Finding

HERE = Path(__file__).parent
HALF = loop("tanh", weight=[["1/2"]], name="half")
STEEP = loop("tanh", weight=[["3"]], name="steep")
UNIT = BoxRegion.of((-1, 1))


def found(evidence, plan):
    with (HERE / "calls").open("a") as calls:
        calls.write(f"{plan.folder.name} {plan.profile.value} {plan.workers}\\n")
    plan.progress(1, 1, "a network")
    return Finding(evidence=evidence, sentence="Seen.", regime="tanh", samples="1 network", seed=0)


def rises(plan):
    return found(Evidence.EMPIRICAL, plan)


def falls(plan):
    return found(Evidence.NOT_REPRODUCED, plan)


def waits(plan):
    (HERE / "waiting").write_text("")
    while not (HERE / "go on").exists():
        time.sleep(0.05)
    return rises(plan)


def interrupts(plan):
    if not (HERE / "go on").exists():
        raise KeyboardInterrupt
    return rises(plan)


def raises(plan):
    return 1 / 0


THEOREM = Theorem(
    id="seen",
    title="A tanh cell",
    statement="x",
    source="none",
    hypotheses=("K < 1",),
    rule="banach",
    instances=(Instance(name="one", network=HALF, region=UNIT, goal=Unique()),),
    controls=(
        Control(name="three", network=STEEP, region=UNIT, goal=Unique(), because="there are three fixed points"),
        Control(name="rate", network=HALF, region=UNIT, goal=Unique(rate="1/3"), because="the slope at 0 is 1/2"),
    ),
    observations=(OBSERVATIONS),
)
'''

ENTRY = """
import sys
from pathlib import Path

import fpverify._cli
import fpverify._theorem

fpverify._theorem.own_theorems = lambda: Path("own")
sys.exit(fpverify._cli.main())
"""
"""The command line without our own theorems."""


def observation(name: str, expected: str = "EMPIRICAL") -> str:
    return f'Observation(name="{name}", claim="It {name}.", measure={name}, expected=Evidence("{expected}")),'


def folder(tmp_path: Path, *observations: str) -> Path:
    """Write a folder with one theorem file that has *observations*."""
    place = tmp_path / "mine"
    place.mkdir()
    (place / "seen.py").write_text(FILE.replace("(OBSERVATIONS)", "(" + " ".join(observations) + ")"))
    return place


def calls(place: Path) -> list[str]:
    return (place / "calls").read_text().splitlines() if (place / "calls").exists() else []


def settings(tmp_path: Path, **changes: object) -> Settings:
    return Settings(out=tmp_path / "out", device="cpu", **changes)


def test_a_run_measures_what_it_observes(tmp_path: Path) -> None:
    """The report has a finding for each observation, beside entries and steps; the caller is told of each."""
    place, told, done = folder(tmp_path, observation("rises"), observation("falls", "NOT REPRODUCED")), [], []
    report = run(
        [place], settings(tmp_path), progress=lambda *words: done.append(words), tell=lambda *words: told.append(words)
    )
    assert [entry.status for entry in report.entries] == ["PROVED", "UNDECIDED", "UNDECIDED"]
    assert list(report.findings) == [("seen", "rises"), ("seen", "falls")]
    assert report.findings["seen", "falls"].evidence is fp.Evidence.NOT_REPRODUCED
    assert report.unexpected == 0
    assert [number for number, _, _ in done] == list(range(1, 7))
    assert told[0] == ("seen--rises", "measuring ...")
    assert ("seen--falls", "NOT REPRODUCED") in told
    assert calls(place) == ["seen--rises quick 1", "seen--falls quick 1"]


def test_the_profile_is_passed_on_or_nothing_is_measured(tmp_path: Path) -> None:
    place = folder(tmp_path, observation("rises"))
    assert run([place], settings(tmp_path, profile=None)).findings == {}
    run([place], settings(tmp_path, profile=fp.Profile.FULL))
    assert calls(place) == ["seen--rises full 1"]


def test_a_finding_that_is_not_expected_is_counted(tmp_path: Path) -> None:
    place = folder(tmp_path, observation("rises", "NOT REPRODUCED"), observation("falls"))
    assert run([place], settings(tmp_path)).unexpected == 2


def test_a_finished_finding_is_taken_up_until_the_run_is_complete(tmp_path: Path) -> None:
    """Interrupted by the last of three, the first two are not measured again; complete, all is removed."""
    place = folder(tmp_path, observation("rises"), observation("falls", "NOT REPRODUCED"), observation("interrupts"))
    with pytest.raises(KeyboardInterrupt):
        run([place], settings(tmp_path))
    assert len(calls(place)) == 2
    (place / "go on").write_text("")
    report = run([place], settings(tmp_path))
    assert calls(place)[2:] == ["seen--interrupts quick 1"]
    assert len(report.findings) == 3
    finish(settings(tmp_path), report)
    assert not settings(tmp_path).finished.exists()
    run([place], settings(tmp_path))
    assert len(calls(place)) == 6


def test_an_experiment_that_raises_is_named(tmp_path: Path) -> None:
    with pytest.raises(fp.MisuseError, match=r"theorem seen, observation 'raises': .*ZeroDivisionError: .* line"):
        run([folder(tmp_path, observation("raises"))], settings(tmp_path))


def test_two_observations_of_one_file_name_are_refused(tmp_path: Path) -> None:
    """Before anything is measured; an instance and an observation may share theirs."""
    again = observation("rises").replace('name="rises"', 'name="Rises!"')
    with pytest.raises(fp.MisuseError, match=r"findings/seen--rises\.json"):
        run([folder(tmp_path, observation("rises"), again)], settings(tmp_path))
    assert calls(tmp_path / "mine") == []


def test_workers_measure_and_the_report_is_the_same(tmp_path: Path) -> None:
    """Two processes give the report of one; what is left of them goes to the only observation."""
    place = folder(tmp_path, observation("rises"))
    two = run([place], settings(tmp_path, jobs=2))
    one = run([place], Settings(out=tmp_path / "other", device="cpu"))
    assert (two.findings, summary(two)) == (one.findings, summary(one))
    assert calls(place) == ["seen--rises quick 2", "seen--rises quick 1"]


def test_ctrl_c_ends_at_once_and_keeps_finished_findings(tmp_path: Path) -> None:
    """Two workers, one of them in an observation that would never end: no word of it is lost, and none invented."""
    place, out = folder(tmp_path, observation("rises"), observation("waits")), tmp_path / "out"
    arguments = ["verify", "seen", "--theorems", place, "--profile", "quick", "--jobs", "2", "--out", out]
    (tmp_path / "own").mkdir()
    line = [sys.executable, "-c", ENTRY, *map(str, arguments)]
    process = subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    kept, deadline = out / ".finished" / "observations" / "seen--rises.json", time.monotonic() + 60
    while not (kept.exists() and (place / "waiting").exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    _, messages = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted" in messages
    assert "Traceback" not in messages
    assert [path.name for path in kept.parent.glob("*.json")] == ["seen--rises.json"]
    (place / "go on").write_text("")
    report = run([place], Settings(out=out), only=["seen"])
    assert [finding.evidence for finding in report.findings.values()] == [fp.Evidence.EMPIRICAL] * 2
    assert calls(place) == ["seen--rises quick 1", "seen--waits quick 1"]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Return a function that runs the command line here, without our own theorems: exit code, output, messages."""
    (tmp_path / "own").mkdir()
    monkeypatch.setattr("fpverify._theorem.own_theorems", lambda: tmp_path / "own")

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["fpverify", *map(str, arguments)])
        code, printed = main(), capsys.readouterr()
        return code, printed.out, printed.err

    return call


def test_the_command_line_measures_where_it_is_asked_to(tmp_path: Path, command) -> None:
    """`verify` decides only, unless a profile is named; the words of an observation are told as they come."""
    place = folder(tmp_path, observation("rises"))
    code, out, _ = command("verify", "seen", "--theorems", place)
    assert (code, calls(place)) == (0, [])
    assert "1 not measured" in out
    _, out, told = command("verify", "seen", "--theorems", place, "--profile", "full")
    assert calls(place) == ["seen--rises full 1"]
    assert "seen--rises: EMPIRICAL" in told
    assert "observed: 1 EMPIRICAL" in out
    _, out, told = command("verify", "seen", "--theorems", place, "--profile", "quick", "--json")
    assert json.loads(out)["observations"][0]["evidence"] == "EMPIRICAL"
    assert told == ""


def test_the_command_line_names_observations(tmp_path: Path, command) -> None:
    place = folder(tmp_path, observation("rises"))
    assert "(1 instances, 0 as printed, 2 controls, 1 observations)" in command("list", "--theorems", place)[1]
    rows = json.loads(command("list", "--theorems", place, "--json")[1])["theorems"]
    assert {row["id"]: row["observations"] for row in rows}["seen"] == 1
    assert "  - rises: It rises." in command("show", "seen", "--theorems", place)[1]
    assert (
        json.loads(command("show", "seen", "--theorems", place, "--json")[1])["observations"][0]["claim"] == "It rises."
    )


def test_the_command_line_says_what_is_wrong(tmp_path: Path, command) -> None:
    """An unknown profile and an experiment that raises are misuse; a verdict that is not expected is exit code 1."""
    place = folder(tmp_path, observation("raises"))
    code, _, told = command("verify", "seen", "--theorems", place, "--profile", "some")
    assert (code, told) == (2, "error: unknown profile 'some'; known are: full, quick\n")
    code, _, told = command("verify", "seen", "--theorems", place, "--profile", "quick")
    assert code == 2
    assert "error: theorem seen, observation 'raises': its experiment raised ZeroDivisionError" in told
    (place / "seen.py").write_text((place / "seen.py").read_text().replace("measure=raises", "measure=falls"))
    code, out, _ = command("verify", "seen", "--theorems", place, "--profile", "quick")
    assert code == 1
    assert "NOT AS EXPECTED: seen, observation raises: NOT REPRODUCED (expected EMPIRICAL). Seen." in out
