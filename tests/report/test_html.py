"""index.html: self-contained, well-formed, escaped, and saying what the report says."""

import re
from html.parser import HTMLParser

import pytest

from fpverify.report import Report
from fpverify.report.figures import FIGURES, Drawing
from fpverify.report.html import page
from tests.report.sample import huge, sample, spoiled

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """Checks that elements nest, and collects ids, references, headings and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.references: list[tuple[str, str, str]] = []
        self.headings: list[int] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in {"href", "src", "xlink:href", "aria-labelledby"}:
                self.references.append((tag, name, value or ""))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def html(report: Report, drawings: list[Drawing]) -> str:
    return page(report, drawings)


@pytest.fixture(scope="module")
def outline(html: str) -> Outline:
    parser = Outline()
    parser.feed(html)
    assert parser.open == []
    return parser


def test_the_page_is_one_file(html: str, outline: Outline) -> None:
    """Nothing is fetched: no script, no image or style from elsewhere, no address in the style."""
    assert "<script" not in html
    assert "@import" not in html
    for tag, name, value in outline.references:
        assert value.startswith(("#", "data:", "certificates/", "findings/")) or name == "aria-labelledby", (tag, value)
    assert set(re.findall(r"url\(([^)]{1,5})", html)) <= {f"#{name[:4]}" for name in FIGURES}


def test_the_page_is_not_too_heavy(html: str) -> None:
    assert len(html.encode()) < 3_000_000


def test_ids_are_unique_and_references_lead_somewhere(outline: Outline) -> None:
    assert len(outline.ids) == len(set(outline.ids))
    for _, name, value in outline.references:
        if value.startswith("#") or name == "aria-labelledby":
            assert value.removeprefix("#") in outline.ids, value


def test_headings_descend_one_by_one(outline: Outline) -> None:
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(outline.headings, outline.headings[1:], strict=False))


def test_the_page_has_a_language_a_title_and_a_viewport(html: str) -> None:
    assert '<html lang="en">' in html
    assert "<title>" in html
    assert 'content="width=device-width, initial-scale=1"' in html
    assert "color-scheme" in html


def test_every_claim_is_the_kernels_own_sentence(report: Report, outline: Outline) -> None:
    """Word by word, white space aside."""
    text = re.sub(r"\s+", "", "".join(outline.words))
    for entry in report.entries:
        if entry.claim is not None:
            assert re.sub(r"\s+", "", entry.claim.sentence()) in text


def test_names_and_reasons_are_shown_as_they_are(html: str, outline: Outline) -> None:
    text = "".join(outline.words)
    assert "<script>alert(1)</script>" in text
    assert "there are 9 fixed points & 9 > 1" in text
    assert "REJECTED" in text


def test_every_figure_has_a_text(html: str) -> None:
    assert html.count('<svg role="img" aria-labelledby') == 6
    assert html.count("<figcaption>") == 6


def test_plots_show_the_first_cases(html: str) -> None:
    """Six of the nine instances of one theorem, and each of the other theorems."""
    assert html.count('<svg class="plot"') == 12


def test_two_runs_give_the_same_bytes(report: Report) -> None:
    assert page(report) == page(sample())


def test_long_numbers_are_short_and_exact(report: Report) -> None:
    html = page(huge(report))
    assert f'<abbr title="{2**128}">2^128</abbr>' in html
    assert "K ≤ " in html
    assert "0.5264" in html  # 123456789012345678901/234567890123456789012 = 0.526315..., rounded up


def test_what_is_not_as_expected_stands_out(report: Report) -> None:
    html = page(spoiled(report))
    assert "4 not as expected." in html
    assert "DISPUTED (not as expected)" in html
    assert "PROVED (not as expected)" in html
    assert 'aria-label="not verified"' in html
    assert "All as expected" not in html
