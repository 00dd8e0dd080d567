"""write_report: all files, each whole, and nothing removed that is not ours."""

import json
from pathlib import Path

import pytest

from fpverify.report import Report
from fpverify.report.figures import Drawing
from fpverify.report.markdown import MARK
from fpverify.report.write import this_environment, write_report


@pytest.fixture
def out(report: Report, drawings: list[Drawing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("fpverify.report.write.draw_figures", lambda report: drawings)
    folder = tmp_path / "new" / "report"
    write_report(report, folder)
    return folder


def test_every_file_is_written(out: Path) -> None:
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    figures = {
        f"figures/{name}.{kind}"
        for name in ("basins", "fixed_points", "scalar_maps", "slices", "surfaces", "trajectories")
        for kind in ("svg", "png")
    }
    assert names == {
        "index.html", "index.md", "count-found.md", "kd-regions.md", "ke-5.1.md", "obs-1.md", "obs-2.md", "p9.md",
        "summary.json", "crosscheck.json", "environment.json", "findings/obs-1--any-scale.json",
        "findings/obs-1--any-scale.md", "findings/obs-1--grows-falls.json", "findings/obs-1--grows-falls.md", *figures,
    }  # fmt: skip
    assert json.loads((out / "summary.json").read_text())["format"] == 1


def test_a_second_run_gives_the_same_bytes(out: Path, report: Report) -> None:
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    write_report(report, out)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_only_our_own_stale_pages_are_removed(out: Path, report: Report) -> None:
    """A page of a theorem that is gone is removed; a page by hand and a certificate stay."""
    (out / "gone.md").write_text(MARK + "# gone\n")
    (out / "mine.md").write_text("# mine\n")
    (out / "certificates").mkdir()
    (out / "certificates" / "c.json").write_text("{}")
    write_report(report, out)
    assert not (out / "gone.md").exists()
    assert (out / "mine.md").exists()
    assert (out / "certificates" / "c.json").exists()


def test_stale_findings_are_removed(out: Path, report: Report) -> None:
    """A finding of an observation that is gone leaves with both of its files; one by hand stays."""
    for stem, head in (("gone", MARK), ("mine", "")):
        (out / "findings" / f"{stem}.md").write_text(head + "# words\n")
        (out / "findings" / f"{stem}.json").write_text("{}")
    write_report(report, out)
    assert not list((out / "findings").glob("gone.*"))
    assert len(list((out / "findings").glob("mine.*"))) == 2


def test_the_environment_names_the_versions() -> None:
    environment = this_environment()
    assert environment["packages"]["python-flint"]
    assert environment["python"]
