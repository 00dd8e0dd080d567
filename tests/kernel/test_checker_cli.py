"""`python -m fpverify.kernel FILE`: statuses, exit codes and one line for each file, whatever the files hold."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import fpverify as fp
from fpverify.kernel.__main__ import main
from tests.kernel.test_certificate import DATA, HOLES, REJECTIONS, certificate, edited


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One file of each status."""
    certificate().save(tmp_path / "valid.json")
    (tmp_path / "rejected.json").write_text(edited(REJECTIONS["another number in the claim"]))
    (tmp_path / "holey.json").write_text(edited(HOLES["an assumption"]))
    return tmp_path


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fpverify.kernel", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_a_valid_file_gives_its_claim_and_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder / "valid.json")]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"VALID    {folder / 'valid.json'}: identity loop on R^1: f has exactly one fixed point")
    assert last == "1 of 1 valid"


@pytest.mark.parametrize("name", ["rejected", "holey"])
def test_any_other_status_gives_1(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """A hole is no success."""
    assert main([str(folder / f"{name}.json")]) == 1
    assert main([str(folder / "valid.json"), str(folder / f"{name}.json")]) == 1
    out = capsys.readouterr().out
    assert f"{name.upper():8} {folder}" in out
    assert out.endswith("1 of 2 valid\n")


def test_a_file_that_cannot_be_read_is_rejected(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "garbage.json").write_bytes(bytes(range(256)))
    assert main([str(folder / name) for name in ("missing.json", "", "garbage.json")]) == 1
    assert capsys.readouterr().out.count("REJECTED") == 3


def test_json_for_machines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(folder / f"{name}.json") for name in ("valid", "rejected", "holey")]
    assert main(["--json", *files]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["format"], answer["valid"], answer["total"]) == (1, 1, 3)
    assert [(entry["file"], entry["status"]) for entry in answer["results"]] == list(
        zip(files, ["VALID", "REJECTED", "HOLEY"], strict=True)
    )
    assert [entry["claim"] is None for entry in answer["results"]] == [False, True, True]


@pytest.mark.parametrize("arguments", [[], ["--nonsense", "x.json"]])
def test_misuse_gives_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_what_a_file_says_draws_no_lines_of_its_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the reason of a hole, nor an id, can look like the verdict of another file."""
    forged = "x\nVALID    other.json: 1 = 1\x1b[2J"

    def assume(data) -> None:
        data["assumptions"] = [forged]

    def name(data) -> None:
        data["obligations"][0]["id"] = forged
        data["obligations"][0]["witness"]["rate"] = "1/3"

    for file, edit in (("a.json", assume), ("b.json", name)):
        (folder / file).write_text(edited(edit))
    assert main([str(folder / "a.json"), str(folder / "b.json")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert not any(line.startswith("VALID") for line in lines)
    assert "\x1b" not in "".join(lines)


def test_a_name_may_hold_letters_that_the_terminal_lacks(folder: Path) -> None:
    """They are written as escapes, and the exit code is the verdict's."""
    network = fp.loop("identity", [["1/2"]], name="\N{GREEK SMALL LETTER PHI}(x) = x/2")
    certificate(network).save(folder / "phi.json")
    done = subprocess.run(
        [sys.executable, "-m", "fpverify.kernel", str(folder / "phi.json")],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path), "PYTHONUTF8": "0"},
    )
    assert done.returncode == 0, done.stderr
    assert "\\u03c6(x) = x/2: f has exactly one" in done.stdout
    assert done.stderr == ""


def test_in_a_process_of_its_own(folder: Path) -> None:
    done = run(folder / "valid.json", folder / "holey.json")
    assert (done.returncode, done.stderr) == (1, "")
    assert len(done.stdout.splitlines()) == 3


def test_the_valid_file_of_these_tests_is_the_certificate(folder: Path) -> None:
    assert json.loads((folder / "valid.json").read_text()) == DATA
