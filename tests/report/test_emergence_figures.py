"""The figures of untrained networks by depth: what they draw of a finding, and what stands there without one."""

import re
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fpverify._finding import Evidence, Finding
from fpverify.report import Report
from fpverify.report.figures import FIGURES, render
from fpverify.report.figures._figure import STYLE

DEPTHS = [1, 4, 16]


def _lists(*values: float) -> dict[str, list[float]]:
    return {"value": [*values], "low": [v - 0.05 for v in values], "high": [v + 0.05 for v in values]}


def _finding(data: dict[str, Any]) -> Finding:
    return Finding(evidence=Evidence.EMPIRICAL, sentence="", regime="", samples="", seed=0, data=data)


def _series(law: str, width: int) -> dict[str, Any]:
    lists = {"mean": _lists(1.1, 0.9, 1.0), "pairs": _lists(2.5, 1.2, 0.7)}
    return {"law": law, "width": width, "depths": DEPTHS, "line": [2 / depth for depth in range(1, 17)], **lists}


FOUND = _finding(
    {
        "depths": DEPTHS,
        "mean": _lists(0.7, 0.9, 1.0),
        "several": _lists(0.1, 0.2, 0.1),
        "attractors": _lists(2.0, 1.4, 1.0),
        "in_fixed_points": _lists(0.4, 0.6, 0.9),
        "in_cycles": _lists(0.5, 0.3, 0.1),
        "not_converged": _lists(0.1, 0.1, 0.0),
    }
)
SIGNS = _finding({"series": [_series(law, width) for law in ("normal", "cauchy") for width in (8, 10)]})
ALL = {"untrained Cauchy networks": FOUND, "where starts end": FOUND, "sign networks": SIGNS}


def _report(**findings: Finding) -> Report:
    known = {(name, "bs-3"): finding for name, finding in findings.items()}
    return cast("Report", SimpleNamespace(finding=lambda theorem, name: known.get((name, theorem))))


def _texts(name: str, report: Report) -> list[str]:
    """Return the words of a drawing, but for its formulas."""
    from matplotlib import rc_context

    with rc_context(STYLE):
        canvas = FIGURES[name].draw(report)
        canvas.canvas.draw()
    found = [artist.get_text() for artist in canvas.findobj(lambda artist: hasattr(artist, "get_text"))]  # pyright: ignore[reportAttributeAccessIssue]
    return [text for text in found if text]


@pytest.mark.parametrize("name", ["emergence", "fates"])
def test_a_figure_is_drawn_twice_in_the_same_bytes_and_small(name: str) -> None:
    first, again = (render(FIGURES[name], _report(**ALL)) for _ in range(2))
    assert (first.inline, first.svg, first.png) == (again.inline, again.svg, again.png)
    assert len(first.inline.encode()) < 200_000
    assert all(identity.startswith(f"{name}-") for identity in re.findall(r'\bid="([^"]+)"', first.inline))


@pytest.mark.parametrize("name", ["emergence", "fates"])
def test_without_a_finding_it_says_so(name: str) -> None:
    assert _texts(name, _report()) == ["not measured in this run"]


def test_one_panel_stands_without_the_other() -> None:
    for only in ("untrained Cauchy networks", "sign networks"):
        texts = _texts("emergence", _report(**{only: ALL[only]}))
        assert texts.count("not measured in this run") == 1
        assert "untrained Cauchy networks, found" in texts


def test_the_widest_sign_networks_are_drawn() -> None:
    texts = _texts("emergence", _report(**ALL))
    assert "N = 10, lines exact" in texts
    assert {"1", "4", "16"} <= set(texts)
    assert "not measured in this run" not in texts


def test_the_bars_fill_the_height() -> None:
    """Each start ends in one of the three."""
    canvas = FIGURES["fates"].draw(_report(**ALL))
    heights: dict[float, float] = {}
    for bar in canvas.axes[0].patches:
        place = bar.get_x()  # pyright: ignore[reportAttributeAccessIssue]
        heights[place] = heights.get(place, 0.0) + bar.get_height()  # pyright: ignore[reportAttributeAccessIssue]
    assert list(heights.values()) == pytest.approx([1.0] * len(DEPTHS))
