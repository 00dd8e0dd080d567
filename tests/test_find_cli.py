"""`fpverify find` through its real entry point: counts, JSON, certificates, refusals, limits, kill -9 and resumption."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent

CUBIC = {
    "format": 1,
    "name": "coupled cubic",
    "layers": [
        {"affine": {"weight": [["1", "0.02"], ["-0.03", "1"]], "bias": ["0.01", "-0.02"]}},
        {"activation": "cubic"},
    ],
}
SCALAR = {"affine": {"weight": [["2"]], "bias": ["0"]}}


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `python -m fpverify` with *arguments*."""
    command = [sys.executable, "-m", "fpverify", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def write(folder: Path, data: Any, name: str = "network.json") -> Path:
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """Require exit code 2, nothing on stdout, and one line on stderr that has *words*."""
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    for word in words:
        assert word in result.stderr


def test_find_counts_classifies_and_writes_a_valid_certificate(tmp_path: Path) -> None:
    """9 fixed points of the coupled cubic: 4 attract, 4 are saddles, 1 has two unstable directions."""
    certificate = tmp_path / "cubic.cert.json"
    result = run("find", write(tmp_path, CUBIC), "--box=-2,2", "--stability", "--json", "-o", certificate)
    assert result.returncode == 0, result.stderr
    data = json.loads(result.stdout)
    assert (data["count"], data["n_undecided"], data["certificate"]) == (9, 0, str(certificate))
    dimensions = sorted(point["unstable_dimension"] for point in data["points"])
    assert dimensions == [0] * 4 + [1] * 4 + [2]
    assert all(point["stable"] == (point["unstable_dimension"] == 0) for point in data["points"])
    assert all(low <= high for p in data["points"] for low, high in zip(p["lower"], p["upper"], strict=True))
    assert run("check", certificate).returncode == 0


def test_json_without_a_file_holds_the_certificate(tmp_path: Path) -> None:
    """Without -o the certificate itself is in the object; the kernel accepts it."""
    data = json.loads(run("find", write(tmp_path, CUBIC), "--box=-2,2;-2,2", "--json").stdout)
    written = write(tmp_path, data["certificate"], "certificate.json")
    assert run("check", written).returncode == 0


def test_table_sentence_and_advice(tmp_path: Path) -> None:
    """The human output has one line per point and the claim; what is open is told with advice, and exits with 1."""
    result = run("find", write(tmp_path, CUBIC), "--box=-2,2")
    assert "PROVED: coupled cubic: f has exactly 9 fixed points" in result.stdout
    assert len(result.stdout.strip().splitlines()) == 12
    assert result.stdout.strip().endswith("method: tree")
    double = {
        "format": 1,
        "state_size": 1,
        "layers": [{"activation": {"name": "polynomial", "coefficients": ["0.09", "0.4", "1"]}}],
    }
    result = run("find", write(tmp_path, double), "--box=-1,1")
    assert result.returncode == 1
    assert "undecided in [0.29999" in result.stdout
    assert "eigenvalue" in result.stdout


def test_period_and_basins(tmp_path: Path) -> None:
    """Orbits of period 2 are counted; basins get a certificate of their own."""
    logistic = {
        "format": 1,
        "state_size": 1,
        "layers": [{"activation": {"name": "polynomial", "coefficients": ["0", "3.3", "-3.3"]}}],
    }
    data = json.loads(
        run("find", write(tmp_path, logistic), "--box=-0.1,1.1", "--period", "2", "--stability", "--json").stdout
    )
    assert data["count"] == 4
    bistable = {"format": 1, "layers": [SCALAR, {"activation": "tanh"}]}
    result = run("find", write(tmp_path, bistable), "--basins", "-o", tmp_path / "b.json")
    assert result.returncode == 0, result.stderr
    assert run("check", tmp_path / "b.json", tmp_path / "b.basins.json").returncode == 0


DEEP = {
    "format": 1,
    "name": "deep",
    "layers": [
        {"affine": {"weight": [["3", "-2"], ["1", "3"]], "bias": ["0.1", "0"]}},
        {"activation": "sin"},
        {"affine": {"weight": [["2", "1"], ["-1", "2"]], "bias": ["0", "0.1"]}},
        {"activation": "tanh"},
        {"affine": {"weight": [["2", "1"], ["1", "-2"]], "bias": ["0", "0.1"]}},
        {"activation": "tanh"},
    ],
}
BOUNDED = {"format": 1, "layers": [SCALAR, {"activation": "tanh"}]}
REFUSED: dict[str, tuple[Any, tuple[str, ...], tuple[str, ...]]] = {
    "unbounded box": (CUBIC, ("--box=-inf,inf",), ("inf",)),
    "inverted box": (CUBIC, ("--box=2,-2",), ("above",)),
    "NaN box": (CUBIC, ("--box=nan,1",), ("nan",)),
    "wrong dimension": (CUBIC, ("--box=0,1;0,1;0,1",), ("2 pairs",)),
    "a box that is no box": (CUBIC, ("--box=1",), ("lo,hi",)),
    "huge box": (CUBIC, ("--box=-1e400,1e400",), ("too large",)),
    "no box, unbounded": (CUBIC, (), ("--box",)),
    "unsupported operations": (
        {"format": 1, "state_size": 1, "layers": [{"conv": {}}, {"activation": "swish"}]},
        ("--box=0,1",),
        ("conv", "swish"),
    ),
    "NaN weight": (
        '{"format": 1, "layers": [{"affine": {"weight": [[NaN]], "bias": ["0"]}}]}',
        ("--box=0,1",),
        ("NaN",),
    ),
    "NaN weight as text": (
        {"format": 1, "layers": [{"affine": {"weight": [["nan"]], "bias": ["0"]}}]},
        ("--box=0,1",),
        ("nan",),
    ),
    "a jump": (
        {"format": 1, "layers": [SCALAR, {"activation": "sign"}]},
        ("--box=-1,1",),
        ("not continuous", "unit 0"),
    ),
    "no JSON": ("{", ("--box=0,1",), ("JSON",)),
    "a limit of nothing": (BOUNDED, ("--time-limit", "0"), ("time_limit",)),
    "a limit that is NaN": (BOUNDED, ("--time-limit", "nan"), ("time_limit",)),
    "another method": (BOUNDED, ("--method", "guess"), ("guess", "tree", "cells")),
    "cells and a period": (BOUNDED, ("--method", "cells", "--period", "2"), ("method tree",)),
    "cells and basins": (BOUNDED, ("--method", "cells", "--basins"), ("method tree",)),
    "cells and a file": (BOUNDED, ("--method", "cells", "--resume", "search"), ("method tree",)),
    "cells of what is no looped layer": (DEEP, ("--method", "cells"), ("looped layer",)),
    "a negative limit": (BOUNDED, ("--max-boxes", "-1"), ("max_boxes",)),
    "another device": (BOUNDED, ("--device", "tpu"), ("tpu",)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_one_sentence(case: str, tmp_path: Path) -> None:
    """Exit code 2 and one sentence that names what is wrong."""
    network, arguments, words = REFUSED[case]
    refused(run("find", write(tmp_path, network), *arguments), *words)


def test_missing_network_is_one_sentence(tmp_path: Path) -> None:
    """A file that does not exist."""
    refused(run("find", tmp_path / "none.json"), "cannot read")


def test_resume_files_of_other_searches_are_refused(tmp_path: Path) -> None:
    """Another network, another box, a file of another kind, a folder: one sentence each; the file is left as it is."""
    saved = tmp_path / "search"
    first = write(tmp_path, CUBIC)
    assert run("find", first, "--box=-2,2", "--max-boxes", "10", "--resume", saved).returncode == 1
    before = saved.read_bytes()
    other = write(tmp_path, BOUNDED, "other.json")
    refused(run("find", other, "--resume", saved), "another network")
    refused(run("find", first, "--box=-2,1", "--resume", saved), "another box")
    assert saved.read_bytes() == before
    refused(run("find", first, "--box=-2,2", "--resume", first), "no interrupted search")
    refused(run("find", first, "--box=-2,2", "--resume", tmp_path), "cannot read")
    refused(run("find", first, "--box=-2,2", "--resume", tmp_path / "no" / "folder"), "cannot write")


def test_limit_then_resume_gives_the_certificate_of_an_uninterrupted_run(tmp_path: Path) -> None:
    """A limit proves a part and exits with 1; continued, the certificate is the same to the byte."""
    network, parts, whole = write(tmp_path, CUBIC), tmp_path / "parts.json", tmp_path / "whole.json"
    stopped = run("find", network, "--box=-2,2", "--max-boxes", "30", "--resume", tmp_path / "s", "--json", "-o", parts)
    assert stopped.returncode == 1
    assert json.loads(stopped.stdout)["n_undecided"] > 0
    assert run("check", parts).returncode == 0
    assert run("find", network, "--box=-2,2", "--resume", tmp_path / "s", "-o", parts).returncode == 0
    assert run("find", network, "--box=-2,2", "-o", whole).returncode == 0
    assert parts.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_killed_and_continued_is_the_same(sign: signal.Signals, tmp_path: Path) -> None:
    """Killed, or interrupted, once the search was saved: the same command ends with the same certificate."""
    network, parts, whole, saved = (write(tmp_path, DEEP), *(tmp_path / name for name in ("parts", "whole", "search")))
    command = [sys.executable, "-m", "fpverify", "find", network, "--resume", saved, "-o", parts]
    process = subprocess.Popen(
        [*map(str, command)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not saved.exists() and process.poll() is None:
        time.sleep(0.02)
    assert process.poll() is None, "the search ended before it was interrupted"
    os.kill(process.pid, sign)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == (-sign if sign == signal.SIGKILL else 130)
    assert "Traceback" not in errors
    assert sign == signal.SIGKILL or f"the search is kept in {saved}" in errors
    assert not parts.exists()
    assert run("find", network, "--resume", saved, "-o", parts).returncode == 0
    assert run("find", network, "-o", whole).returncode == 0
    assert parts.read_bytes() == whole.read_bytes()


def test_interrupted_without_a_file_keeps_nothing_and_says_so(tmp_path: Path) -> None:
    """Ctrl-C in a search that has no --resume."""
    slow = write(tmp_path, ring(12, "1.3", "0.4"))
    command = [sys.executable, "-m", "fpverify", "find", str(slow), "--method", "tree", "--max-boxes", "100000000"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "boxes done" in process.stderr.readline()
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (
        errors.strip().splitlines()[-1] == "interrupted; nothing is kept: with --resume FILE a search can be continued"
    )


def ring(size: int, own: str = "2", other: str = "1/10") -> dict[str, Any]:
    """The ring of tanh cells, as a circulant matrix."""
    row = [own, *["0"] * (size - 1)]
    row[1], row[-1] = other, f"-{other}"
    weight = {"circulant": row, "size": size}
    return {
        "format": 1,
        "name": f"ring of {size} cells",
        "layers": [{"affine": {"weight": weight, "bias": {"fill": "0", "size": size}}}, {"activation": "tanh"}],
    }


@pytest.mark.parametrize(("size", "count"), [(2, 9), (4, 81), (6, 729), (8, 6561)])
def test_rings_of_tanh_cells(size: int, count: int, tmp_path: Path) -> None:
    """3^N fixed points in all of R^N, 2^N of them attracting, all listed, and a certificate that is VALID."""
    certificate = tmp_path / "ring.cert.json"
    result = run("find", write(tmp_path, ring(size)), "--stability", "--json", "-o", certificate)
    assert result.returncode == 0, result.stderr
    data = json.loads(result.stdout)
    assert (data["count"], data["n_undecided"], len(data["points"])) == (count, 0, count)
    assert sum(point["stable"] for point in data["points"]) == 2**size
    assert {point["unstable_dimension"] for point in data["points"]} == set(range(size + 1))
    assert data["method"] == ("tree" if count <= 300 else "cells")
    assert run("check", certificate).returncode == 0


@pytest.mark.parametrize("size", [20, pytest.param(1000, marks=pytest.mark.slow)])
def test_counts_too_large_to_be_listed(size: int, tmp_path: Path) -> None:
    """The count is exact in JSON and a power in the sentence; no point is listed, and both outputs say why."""
    network = ROOT / "examples" / "tanh_ring.json" if size == 20 else write(tmp_path, ring(size))
    certificate = tmp_path / "ring.cert.json"
    result = run("find", network, "-o", certificate)
    assert result.returncode == 0, result.stderr
    assert f"f has exactly 3^{size}" in result.stdout
    assert "method: cells; the points are too many to be listed" in result.stdout
    assert run("check", certificate).returncode == 0
    data = json.loads(run("find", network, "--method", "cells", "--json", "-o", certificate).stdout)
    assert (data["count"], data["points"], data["method"]) == (3**size, [], "cells")
    assert "not listed" in data["message"]


def test_a_limit_of_the_tree_does_not_matter_to_cells(tmp_path: Path) -> None:
    """Where the cells prove the count, auto needs no tree; the tree alone ends at its limit."""
    limited = ("find", write(tmp_path, CUBIC), "--box=-2,2", "--max-boxes", "10")
    assert "method: cells" in run(*limited).stdout
    stopped = run(*limited, "--method", "tree")
    assert (stopped.returncode, "open: the limit of 10 boxes" in stopped.stdout) == (1, True)


def test_the_readme_shows_a_real_transcript(tmp_path: Path) -> None:
    """The commands of the README print what stands there."""
    text = (ROOT / "README.md").read_text()
    shown = text.split("<!-- transcript: begin", 1)[1].split("```console\n", 1)[1].split("```", 1)[0]
    for part in shown.split("$ python -m fpverify ")[1:]:
        command, _, expected = part.partition("\n")
        arguments = [str(tmp_path / word) if word.endswith(".cert.json") else word for word in command.split()]
        assert run(*arguments).stdout.replace(f"{tmp_path}{os.sep}", "") == expected


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_picture_of_what_was_proved(tmp_path: Path, suffix: str) -> None:
    """Beside the certificate; the same twice."""
    pictures = [tmp_path / f"{name}.{suffix}" for name in "ab"]
    for picture in pictures:
        result = run("find", write(tmp_path, CUBIC), "--box=-2,2", "--basins", "--picture", picture)
        assert (result.returncode, result.stderr) == (0, "")
    first, second = (picture.read_bytes() for picture in pictures)
    assert first == second
    assert first.startswith(b"\x89PNG" if suffix == "png" else b"<?xml")


def test_a_picture_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Before any search."""
    network = write(tmp_path, CUBIC)
    refused(
        run("find", network, "--box=-2,2", "--picture", tmp_path / "a.pdf"), "a picture is a .png or an .svg", "a.pdf"
    )
    assert not (tmp_path / "a.pdf").exists()


def test_no_picture_where_nothing_was_proved(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence says so, and no file is made."""
    from types import SimpleNamespace

    from fpverify import _cli

    _cli._draw(SimpleNamespace(basins=None, certificate=None), Path("missing.png"))
    assert "missing.png was not drawn: nothing was proved" in capsys.readouterr().err
    assert not Path("missing.png").exists()
