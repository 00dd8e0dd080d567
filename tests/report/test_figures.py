"""Figures: found by their files, small, the same twice, in the colours of the page; certified numbers only."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

import fpverify as fp
from fpverify.kernel.region import BoxRegion
from fpverify.report import Report
from fpverify.report.figures import FIGURES, Drawing, render
from fpverify.report.figures._certified import certified, must_be_certified, shown_up
from fpverify.report.figures._counted import counted
from fpverify.report.figures._figure import INK, PAPER
from fpverify.report.figures._maps import cubic, fixed_points, quartic, slope
from tests.report.sample import THEOREMS

SAMPLED = [name for name, figure in FIGURES.items() if figure.theorem in {theorem.id for theorem in THEOREMS}]
"""The figures of the sample's theorems; those that draw a measurement need one, and are tested beside it."""

EVERY_FIGURE = pytest.mark.parametrize("name", SAMPLED)


def _drawing(drawings: list[Drawing], name: str) -> Drawing:
    return next(drawing for drawing in drawings if drawing.figure.name == name)


@EVERY_FIGURE
def test_a_figure_is_drawn_twice_in_the_same_bytes(name: str, report: Report, drawings: list[Drawing]) -> None:
    again = render(FIGURES[name], report)
    first = _drawing(drawings, name)
    assert (again.inline, again.svg, again.png) == (first.inline, first.svg, first.png)


@EVERY_FIGURE
def test_a_figure_is_small(name: str, drawings: list[Drawing]) -> None:
    drawing = _drawing(drawings, name)
    assert len(drawing.inline.encode()) < 400_000
    assert len(drawing.png) < 600_000
    assert drawing.png.startswith(b"\x89PNG")


@EVERY_FIGURE
def test_an_inline_figure_follows_the_page(name: str, drawings: list[Drawing]) -> None:
    """Its ink and its paper are those of the page, its ids its own, and it carries no date."""
    inline = _drawing(drawings, name).inline
    assert "currentColor" in inline
    assert INK not in inline
    assert PAPER not in inline
    assert "<dc:date>" not in inline
    root = ET.fromstring(inline)
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    assert all(identity.startswith(f"{name}-") for identity in ids)
    assert set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', inline)) <= {
        pair for identity in ids for pair in ((identity, ""), ("", identity))
    }


@EVERY_FIGURE
def test_a_figure_says_what_is_certified(name: str) -> None:
    figure = FIGURES[name]
    assert "certif" in figure.caption
    assert "floating point" in figure.caption
    assert len(figure.alt) > 100


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_says_whether_it_shows_a_measurement(name: str) -> None:
    """What is not certified is measured, and the caption says so."""
    figure = FIGURES[name]
    assert "certif" in figure.caption or "measure" in figure.caption.lower()
    assert len(figure.alt) > 100


def test_figures_are_numbered_from_one() -> None:
    assert sorted(figure.number for figure in FIGURES.values()) == list(range(1, len(FIGURES) + 1))


def test_a_figure_does_not_show_what_is_not_certified() -> None:
    network = fp.loop("cubic", weight=[["1"]])
    region = BoxRegion.of(("-1/2", "1/2"))
    assert certified(network, region, fp.Unique()) is None
    with pytest.raises(AssertionError, match="does not certify"):
        must_be_certified(network, region, fp.Unique())


def test_a_figure_does_not_show_another_count_than_the_report(report: Report) -> None:
    """Nor a case that the report leaves open."""
    at = next(i for i, entry in enumerate(report.entries) if entry.theorem == "count-found")
    entry = report.entries[at]
    for claim in (None, replace(entry.claim, facts={**entry.claim.facts, "count": 8})):
        entries = (*report.entries[:at], replace(entry, claim=claim), *report.entries[at + 1 :])
        with pytest.raises(AssertionError, match="counts otherwise"):
            counted(replace(report, entries=entries), "count-found", entry.case.name)


def test_a_rate_is_shown_rounded_up() -> None:
    assert shown_up("2/3") == "0.667"
    assert shown_up("1/2", 2) == "0.50"


def test_the_maps_have_the_fixed_points_of_the_paper() -> None:
    points = fixed_points(quartic, -2.55, 2.05)
    assert points == pytest.approx([-2.209416338, 0, 0.806614922, 1.402801416], abs=1e-8)
    assert slope(quartic, points) == pytest.approx([10.63, 0, 1.580, -0.2084], abs=1e-2)
    assert fixed_points(cubic, -1.5, 1.5) == pytest.approx([-1, 0, 1], abs=1e-8)
