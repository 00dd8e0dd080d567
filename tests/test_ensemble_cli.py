"""`fpverify ensemble` through its real entry point: the table, JSON, resumption after Ctrl-C, refusals."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

CAUCHY = ["--law", "cauchy", "--gain", "3", "--bias-law", "cauchy", "--bias", "1"]


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "fpverify", "ensemble", *map(str, arguments)]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `python -m fpverify ensemble` with *arguments*."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, cwd=ROOT, check=False)


def test_a_table_and_what_it_rests_on() -> None:
    """One line for each depth, the words EMPIRICAL with networks, starts and seed; nothing on stderr."""
    result = run(*CAUCHY, "--depth", "1,16", "--networks", "6", "--starts", "10", "--seed", "4")
    assert (result.returncode, result.stderr) == (0, "")
    title, columns, first, second, words = result.stdout.splitlines()
    assert "cauchy gain 3, cauchy bias 1, N = 20" in title
    assert columns.split()[:2] == ["L", "E[Q]"]
    assert (first.split()[0], second.split()[0]) == ("1", "16")
    assert words.startswith("EMPIRICAL: 6 networks for each depth, 10 starts each")
    assert "seed 4" in words
    assert "PROVED" not in result.stdout


def test_json_is_one_object_and_a_second_run_takes_up_the_first(tmp_path: Path) -> None:
    """Each depth has its estimates; with --out the pieces are kept, and what they hold is used again."""
    arguments = (*CAUCHY, "--depth", "2", "--networks", "5", "--starts", "12", "--json", "-o", tmp_path / "out")
    data = json.loads(run(*arguments).stdout)
    (depth,) = data["depths"]
    assert (data["status"], depth["depth"], depth["networks"], depth["starts"]) == ("EMPIRICAL", 2, 5, 12)
    assert depth["mean"]["low"] <= depth["mean"]["value"] <= depth["mean"]["high"]
    shares = (depth[name]["value"] for name in ("in_fixed_points", "in_cycles", "not_converged"))
    assert sum(shares) == pytest.approx(1)
    (piece,) = (tmp_path / "out").glob("*.json")
    altered = json.loads(piece.read_text())
    altered["result"]["networks"] = [{"basins": [12], "cycles": [], "not_converged": 0, "late": 0}] * 5
    piece.write_text(json.dumps(altered))
    assert json.loads(run(*arguments).stdout)["depths"][0]["unique"]["value"] == 1


def test_ctrl_c_keeps_what_is_finished(tmp_path: Path) -> None:
    """Exit code 130 and one sentence that says how to take up again; the pieces are complete."""
    arguments = command(*CAUCHY, "--depth", "64", "--networks", "3000", "--json", "-o", tmp_path)
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    while child.poll() is None and not list(tmp_path.glob("*.json")):
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    output, messages = child.communicate()
    assert (child.returncode, output) == (130, "")
    assert (
        messages == f"interrupted; finished pieces are kept in {tmp_path}, and the same command continues from there\n"
    )
    assert all(len(json.loads(path.read_text())["result"]["networks"]) == 30 for path in tmp_path.glob("*.json"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--law", "levy"], "known are"),
        (["--depth", "1;2"], "separated by commas"),
        (["--form", "tied", "--depth", "3"], "even depth"),
        (["--scheduler", "tcp://localhost:8786"], "for the backend dask"),
    ],
)
def test_misuse_is_one_sentence(arguments: list[str], words: str) -> None:
    """Exit code 2, nothing on stdout, one line on stderr."""
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.strip().splitlines()) == 1
    assert words in result.stderr


def test_networks_are_certified_on_request(tmp_path: Path) -> None:
    """Beyond the line of the norms all six are proved by multipliers; the words say what PROVED is about."""
    arguments = ("--law", "normal", "--gain", "0.65", "--depth", "3", "--networks", "6", "--starts", "8", "--certify")
    result = run(*arguments)
    assert (result.returncode, result.stderr) == (0, "")
    _, columns, row, words = result.stdout.splitlines()
    assert columns.split()[-2:] == ["proved", "by"]
    assert "1.00 [0.61, 1.00]" in row
    assert "multipliers" in row
    assert "PROVED: what the column says, and nothing else." in words
    (depth,) = json.loads(run(*arguments, "--json").stdout)["depths"]
    assert depth["proved"]["value"] == 1
    assert len(depth["methods"]) == 6


def test_a_search_that_contradicts_a_proof_ends_with_code_3(tmp_path: Path) -> None:
    """Here the kept piece of the search is forged: two fixed points, well apart, of a network proved to have one."""
    arguments = ("--law", "normal", "--gain", "0.3", "--depth", "1", "--networks", "1", "--starts", "8", "-o", tmp_path)
    assert run(*arguments, "--certify").returncode == 0
    for piece in tmp_path.glob("*.json"):
        data = json.loads(piece.read_text())
        if "networks" in data["result"]:
            row = {"basins": [5, 3], "apart": 0.5, "cycles": [], "not_converged": 0, "late": 0}
            data["result"]["networks"] = [row]
            piece.write_text(json.dumps(data))
    result = run(*arguments, "--certify")
    assert result.returncode == 3
    assert "network 0 was proved to have one fixed point (norms)" in result.stderr
