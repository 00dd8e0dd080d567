"""fpverify export: files, refusals in one sentence, and what is said where Coq is missing."""

import os
import subprocess
import sys
from pathlib import Path

import fpverify as fp
from tests.exporters.networks import certificate, one_box
from tests.exporters.test_coq import CELLS, SQUARE

ROOT = Path(__file__).parents[2]


def run(*arguments: str | Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run `python -m fpverify export`, with another PATH if one is given."""
    command = [sys.executable, "-m", "fpverify", "export", *map(str, arguments)]
    environment = os.environ if path is None else {**os.environ, "PATH": path}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, env=environment)


def one_sentence(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 2, result.stdout
    assert len(result.stderr.strip().splitlines()) == 1
    assert all(word in result.stderr for word in words), result.stderr


def test_a_certificate_becomes_a_file(tmp_path: Path) -> None:
    source = tmp_path / "cells.json"
    one_box().save(source)
    result = run(source, "--to", "coq", "-o", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    golden = (Path(__file__).parent / "golden" / "one_box.v").read_text(encoding="utf-8")
    assert (tmp_path / "out" / "cells.v").read_text(encoding="utf-8") == golden


def test_what_is_out_of_reach_is_refused_in_one_sentence(tmp_path: Path) -> None:
    source = tmp_path / "cells.json"
    certificate(CELLS, SQUARE, fp.Unique(norm="two")).save(source)
    one_sentence(run(source, "-o", tmp_path / "out"), "is not exported", "2-norm")
    assert not (tmp_path / "out").exists()


def test_misuse_is_one_sentence(tmp_path: Path) -> None:
    source = tmp_path / "cells.json"
    one_box().save(source)
    one_sentence(run(source, "--to", "abacus", "-o", tmp_path), "unknown proof assistant", "coq")
    one_sentence(run(tmp_path / "none.json", "-o", tmp_path), "cannot read")
    source.write_text("{}", encoding="utf-8")
    one_sentence(run(source, "-o", tmp_path), "certificate")


def test_without_coq_the_sentence_says_what_to_install(tmp_path: Path) -> None:
    """The file is written; only the check needs Coq."""
    source = tmp_path / "cells.json"
    one_box().save(source)
    result = run(source, "-o", tmp_path / "out", "--check", path=str(tmp_path))
    one_sentence(result, "coqc is not installed", "coq libcoq-interval libcoq-coquelicot")
    assert (tmp_path / "out" / "cells.v").exists()
    assert not (tmp_path / "coq.checked").exists()
