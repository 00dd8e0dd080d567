"""What CI compares of the report: the pathspecs of .ci/run take in the pages of reports/, and not measured numbers."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from fpverify.report import Report
from fpverify.report.markdown import findings, pages

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_measured_numbers_are_not_compared(tmp_path: Path, report: Report) -> None:
    match = re.search(r"committed=\((.*)\)", (ROOT / ".ci" / "run").read_text())
    assert match is not None
    names = [*pages(report), "summary.json", "certificates/c.json", "crosscheck.json"]
    measured = [f"findings/{stem}.{kind}" for stem in findings(report) for kind in ("md", "json")]
    for name in (*names, *measured):
        (tmp_path / "reports" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "reports" / name).write_text("")
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    asked = [*git, "ls-files", "--others", "--", *shlex.split(match[1])]
    listed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    assert set(listed) == {f"reports/{name}" for name in names if name != "crosscheck.json"}
