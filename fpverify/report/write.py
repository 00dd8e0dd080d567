"""write_report: every rendering of a report to its file, each completely or not at all."""

import importlib.metadata
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fpverify.report import html, json, markdown
from fpverify.report._report import Report
from fpverify.report._view import observations
from fpverify.report.figures import FIGURES, Drawing, render

_PACKAGES = (
    "fpverify",
    "python-flint",
    "sympy",
    "mpmath",
    "numpy",
    "scipy",
    "scikit-learn",
    "powerlaw",
    "torch",
    "matplotlib",
)


def write_report(report: Report, out: Path, environment: Mapping[str, Any] | None = None) -> None:
    """
    Write index.html, index.md with a page for each theorem, findings/ with measured numbers, summary.json and figures/.

    The certificates are there already.

    Also crosscheck.json and environment.json, which say something about this machine and are not to be committed.

    Args:
        out: the folder; made if it does not exist.
        environment: what environment.json holds; found out if not given.
    """
    drawings = draw_figures(report)
    texts = {
        "index.html": html.page(report, drawings),
        **markdown.pages(report, [drawing.figure for drawing in drawings]),
        "summary.json": json.to_text(json.summary(report)),
        "crosscheck.json": json.to_text(json.crosscheck_details(report)),
        "environment.json": json.to_text(this_environment() if environment is None else environment),
        **{f"figures/{drawing.figure.name}.svg": drawing.svg for drawing in drawings},
        **_findings(report),
    }
    for name in texts:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        _write(out / name, text.encode())
    for drawing in drawings:
        _write(out / "figures" / f"{drawing.figure.name}.png", drawing.png)
    _remove_stale_pages(out, texts)


def _findings(report: Report) -> dict[str, str]:
    """Return the files of findings/ by name: a page and JSON for each observation that was measured."""
    pages = {f"findings/{stem}.md": text for stem, text in markdown.findings(report).items()}
    measured = (one for one in observations(report) if one.finding is not None)
    return {**pages, **{f"findings/{one.stem}.json": json.to_text(json.finding_data(one)) for one in measured}}


def draw_figures(report: Report) -> list[Drawing]:
    """Draw the figures of the theorems in the report, in order."""
    figures = sorted(FIGURES.values(), key=lambda figure: figure.number)
    return [render(figure, report) for figure in figures if figure.theorem in report.theorems]


def this_environment() -> dict[str, Any]:
    """Return versions and machine: what may explain a difference between two runs."""
    versions = {name: version for name in _PACKAGES if (version := _version(name))}
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "packages": versions,
    }


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _write(path: Path, content: bytes) -> None:
    """Write a file beside its place, then put it there: no reader ever sees half of it."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)


def _remove_stale_pages(out: Path, written: Mapping[str, Any]) -> None:
    """Remove pages of theorems and findings that no longer exist; nothing that fpverify did not write."""
    for path in (*out.glob("*.md"), *out.glob("findings/*.md")):
        name = path.relative_to(out).as_posix()
        if name not in written and path.read_text(encoding="utf-8", errors="replace").startswith(markdown.MARK):
            path.unlink()
            if path.parent != out:
                path.with_suffix(".json").unlink(missing_ok=True)
