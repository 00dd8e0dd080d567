"""The command line through its real entry point: exit codes, messages, interruption, reuse."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from fpverify import _cli

ROOT = Path(__file__).parent.parent

TINY = '''
"""A theorem of a user, small enough for the tests of the command line."""

from fpverify import BoxRegion, Control, Instance, Theorem, Unique, loop

HALF = loop("tanh", weight=[["1/2"]], name="half")
STEEP = loop("tanh", weight=[["3"]], name="steep")
UNIT = BoxRegion.of((-1, 1))

THEOREM = Theorem(
    id="tiny",
    title="A tanh cell",
    statement=r"\\exists!\\, x : \\tanh(x/2) = x",
    source="none",
    hypotheses=("K < 1",),
    rule="banach",
    instances=({instances},),
    controls=(
        Control(name="three", network=STEEP, region=UNIT, goal=Unique(), because="there are three fixed points"),
        Control(name="rate", network=HALF, region=UNIT, goal=Unique(rate="1/3"), because="the slope at 0 is 1/2"),
    ),
)
'''
ONE = 'Instance(name="one", network=HALF, region=UNIT, goal=Unique())'
FALSE = 'Instance(name="false", network=STEEP, region=UNIT, goal=Unique())'


def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run `python -m fpverify` with *arguments*."""
    command = [sys.executable, "-m", "fpverify", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, **options)


def folder(tmp_path: Path, instances: str = ONE, name: str = "mine") -> Path:
    """Write a folder with one theorem file."""
    place = tmp_path / name
    place.mkdir()
    (place / "tiny.py").write_text(TINY.replace("{instances}", instances))
    return place


def one_sentence(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """Require exit code 2, one line on stderr that has *words*, and no traceback."""
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


def test_verify_prints_the_verdict_and_exits_with_0(tmp_path: Path) -> None:
    """A theorem whose cases are as expected gives exit code 0."""
    result = run("verify", "tiny", "--theorems", folder(tmp_path))
    assert result.returncode == 0, result.stderr
    assert "PROVED" in result.stdout


def test_verify_json_is_one_object(tmp_path: Path) -> None:
    """--json prints the summary and nothing else on stdout."""
    data = json.loads(run("verify", "tiny", "--theorems", folder(tmp_path), "--json").stdout)
    assert data["unexpected"] == 0
    assert [entry["status"] for entry in data["entries"]] == ["PROVED", "UNDECIDED", "UNDECIDED"]
    assert [entry["check"] for entry in data["entries"]] == ["VALID", "REJECTED", "REJECTED"]
    assert data["entries"][0]["crosscheck"]["violations"] == 0


def test_an_instance_that_is_not_proved_gives_exit_code_1(tmp_path: Path) -> None:
    """Something not as expected is told by the exit code and counted."""
    result = run("verify", "tiny", "--theorems", folder(tmp_path, FALSE), "--json")
    assert result.returncode == 1
    assert json.loads(result.stdout)["unexpected"] == 1


def test_certificates_of_a_run_are_valid_and_a_changed_digit_is_rejected(tmp_path: Path) -> None:
    """`verify --out` keeps files that `check` accepts; a changed digit is REJECTED."""
    run("verify", "tiny", "--theorems", folder(tmp_path), "--out", tmp_path / "out")
    (path,) = (tmp_path / "out" / "certificates").glob("*.json")
    assert run("check", path).returncode == 0
    text = path.read_text()
    path.write_text(text.replace('"rate":"', '"rate":"1', 1))
    result = run("check", "--json", path)
    assert result.returncode == 1
    assert json.loads(result.stdout)["results"][0]["status"] == "REJECTED"


def test_a_second_run_reuses_the_certificate(tmp_path: Path) -> None:
    """A finished certificate that is still valid is not written again; one of another request is."""
    arguments = ("verify", "tiny", "--theorems", folder(tmp_path), "--out", tmp_path / "out")
    run(*arguments)
    (path,) = (tmp_path / "out" / "certificates").glob("*.json")
    before = path.stat().st_mtime_ns
    run(*arguments)
    assert path.stat().st_mtime_ns == before
    path.write_text("{")
    assert run(*arguments).returncode == 0
    assert run("check", path).returncode == 0


def test_list_and_show() -> None:
    """`list` names every theorem of the paper and every defect; `show` tells one."""
    known = {entry["id"] for entry in json.loads(run("list", "--json").stdout)["theorems"]}
    paper = {"ke-3.3", "ke-3.4", "ke-4.1", "ke-4.2", "ke-5.1", "ke-5.2", "kd-regions"}
    assert known >= paper | {f"p{number}" for number in range(1, 10)}
    assert "ke-4.2" in run("list").stdout
    assert "noise" in run("show", "ke-4.2").stdout
    assert json.loads(run("show", "ke-4.2", "--json").stdout)["id"] == "ke-4.2"


def test_help_teaches() -> None:
    """Each command's --help has an example."""
    for command in ("all", "list", "show", "verify", "certify", "check"):
        result = run(command, "--help")
        assert result.returncode == 0
        assert "xample" in result.stdout


def test_misuse_gets_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    """What, where, what to do; no traceback."""
    one_sentence(run("show", "ke-9.9"), "ke-9.9", "known are")
    one_sentence(run("verify", "nothing"), "nothing", "known are")
    one_sentence(run("verify", "tiny", "--theorems", tmp_path / "absent"), "absent", "no folder")
    one_sentence(run("frob"), "frob")
    one_sentence(run("certify", tmp_path / "no.json", "--box=0,1"), "no.json")
    one_sentence(run("certify", ROOT / "examples" / "two_cells.json", "--box=0"), "--box")
    one_sentence(run("certify", ROOT / "examples" / "two_cells.json", "--box=1,0"), "lower end")
    one_sentence(run("verify", "ke-3.3", "--device", "tpu"), "tpu", "cuda")


def test_a_theorem_file_that_raises_is_named(tmp_path: Path) -> None:
    """The user's error is shown with the file, without a traceback."""
    place = folder(tmp_path)
    (place / "wrong.py").write_text("1 / 0\n")
    one_sentence(run("verify", "tiny", "--theorems", place), "wrong.py", "ZeroDivisionError")
    (place / "wrong.py").write_text("THEOREM = 3\n")
    one_sentence(run("verify", "tiny", "--theorems", place), "wrong.py", "THEOREM")


def test_an_output_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A file where the folder should be: told before any work is done."""
    (tmp_path / "file").write_text("")
    one_sentence(run("all", "--out", tmp_path / "file"), "cannot write", "--out")


def test_cuda_without_a_device() -> None:
    """One sentence, before any work is done."""
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    one_sentence(run("verify", "ke-3.3", "--device", "cuda"), "cuda")


def test_a_reader_that_stops_early_gets_no_traceback() -> None:
    """`... | head -1` ends quietly."""
    files = sorted((ROOT / "reports" / "certificates").glob("p*.json"))[:40]
    command = [sys.executable, "-m", "fpverify", "check", *map(str, files * 20)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()


def test_noise_is_refused_where_it_means_nothing() -> None:
    """A negative bound, or noise for a goal without it, is misuse."""
    network = ROOT / "examples" / "two_cells.json"
    one_sentence(run("certify", network, "--box=-1,1", "--goal", "robust", "--noise=-1"), "negative")
    one_sentence(run("certify", network, "--box=-1,1", "--goal", "exists", "--noise=1/10"), "--noise", "robust")


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    """After kill -9 of a run with two processes, its pipes close: no worker is left."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "fpverify", "verify", "ke-5.1", "ke-5.2", "--jobs", "2", "--out", str(out)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while len(list(out.glob("certificates/*.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.communicate(timeout=30)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill"])
def test_an_interrupted_run_loses_nothing(tmp_path: Path, sign: signal.Signals) -> None:
    """Interrupted, `all` leaves whole files only, and the next run keeps the finished ones."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "fpverify", "all", "--jobs", "1", "--out", str(out)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while len(list(out.glob("certificates/*.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, sign)
    _, messages = process.communicate(timeout=60)
    assert process.returncode == (130 if sign is signal.SIGINT else -sign)
    assert "Traceback" not in messages
    assert ("interrupted" in messages) is (sign is signal.SIGINT)
    files = {path: path.stat().st_mtime_ns for path in out.glob("certificates/*.json")}
    assert len(files) >= 3
    assert run("check", *files).returncode == 0
    assert not (out / "summary.json").exists()
    only = sorted({path.name.split("--")[0] for path in files})[:1]
    assert run("verify", *only, "--out", out).returncode == 0
    kept = [path for path in files if path.name.startswith(only[0])]
    assert all(path.stat().st_mtime_ns == files[path] for path in kept)


def test_a_certificate_never_overwrites_its_network(tmp_path: Path) -> None:
    """And what needs a box says so."""
    network = tmp_path / "two_cells.json"
    network.write_text((ROOT / "examples" / "two_cells.json").read_text())
    before = network.read_text()
    result = run("certify", network, "--box=-1,1", "-o", network)
    assert (result.returncode, network.read_text()) == (2, before)
    assert "is the network's own file" in result.stderr
    found = run("find", network, "--box=-1,1", "-o", network)
    assert (found.returncode, network.read_text()) == (2, before)
    assert "--goal exists is about a box" in run("certify", network, "--goal", "exists").stderr


def test_what_does_not_fit_in_memory_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """No traceback, and advice."""

    def full(**_: object) -> None:
        raise MemoryError("Unable to allocate 74.5 GiB")

    monkeypatch.setattr(_cli, "app", full)
    assert _cli.main() == 2
    words = " ".join(capsys.readouterr().err.split())
    assert words.startswith("error: not enough memory (Unable to allocate 74.5 GiB); take smaller or fewer networks")
