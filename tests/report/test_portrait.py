"""Portraits: read from certificates that the kernel accepts, drawn in 1, 2, 3 and 5 dimensions, the same bytes twice."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import fpverify as fp
from fpverify.kernel.certificate import Certificate
from fpverify.report.portrait import Portrait, draw, save
from tests.search.test_deep import bottleneck
from tests.search.test_find import polynomial, ring, square

TURNED = fp.loop("tanh", [["-2"]])


def cubic(size: int) -> fp.Network:
    return fp.loop("cubic", fp.exchangeable(size, 1, "1/50"))


@cache
def certificate(name: str) -> Certificate:
    """Return the certificate of a search; with basins in one and two dimensions."""
    searches = {
        "1-d": lambda: fp.find_fixed_points(fp.loop("tanh", [[2]]), basins=True),
        "2-d": lambda: fp.find_fixed_points(cubic(2), square(-2, 2, 2), basins=True),
        "3-d": lambda: fp.find_fixed_points(cubic(3), square(-2, 2, 3), stability=True),
        "5-d": lambda: fp.find_fixed_points(ring(5), stability=True),
        "undecided": lambda: fp.find_fixed_points(polynomial("0.09", "0.4", "1"), [(-1, 1)]),
        "orbits": lambda: fp.find_fixed_points(TURNED, [(-1, 1)], period=2, stability=True),
        "deep": lambda: fp.find_fixed_points(bottleneck(), stability=True),
        "none": lambda: fp.find_fixed_points(polynomial("1", "1", "1"), [(-1, 1)]),
    }
    result = searches[name]()
    found = result.certificate if result.basins is None else result.basins.certificate
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "count"), [("1-d", 3), ("2-d", 9), ("3-d", 27), ("5-d", 243)])
def test_a_portrait_has_the_numbers_of_the_claim(name: str, count: int) -> None:
    """Points, types and boxes; each point lies in its uniqueness box, and each leaf is counted."""
    portrait = Portrait.of(certificate(name))
    assert len(portrait.centres) == len(portrait.unstable) == len(portrait.unique) == count
    assert portrait.unstable.count(0) == 2**portrait.dimension
    assert ((portrait.unique[:, 0] < portrait.lower) & (portrait.upper < portrait.unique[:, 1])).all()
    words = certificate(name).obligations[0].words("tree")
    assert sum(map(sum, portrait.leaves.values())) == sum(word[0] not in "sfn" for word in words)
    assert not any(portrait.leaves["?"])


def test_basins_belong_to_attracting_points() -> None:
    """And cover most of the square, without overlaps."""
    portrait = Portrait.of(certificate("2-d"))
    assert {portrait.unstable[owner] for _, owner in portrait.basins} == {0}
    assert len({owner for _, owner in portrait.basins}) == 4
    area = sum(float((box.hi[0] - box.lo[0]) * (box.hi[1] - box.lo[1])) for box, _ in portrait.basins)
    assert 12 < area <= 16


@pytest.mark.parametrize(
    ("name", "panels"), [("1-d", 1), ("2-d", 1), ("3-d", 3), ("5-d", 1), ("none", 1), ("orbits", 1)]
)
def test_each_dimension_has_its_panels(name: str, panels: int) -> None:
    """Beside them the statistics of the subdivision; a certificate of none or of orbits has a picture, too."""
    assert len(draw(Portrait.of(certificate(name))).axes) == panels + 1


@pytest.mark.parametrize("name", ["1-d", "2-d", "3-d", "5-d"])
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_file_is_small_and_the_same_twice(name: str, suffix: str, tmp_path: Path) -> None:
    first, second = (tmp_path / f"{place}.{suffix}" for place in "ab")
    for path in (first, second):
        save(certificate(name), path)
    content = first.read_bytes()
    assert content == second.read_bytes()
    assert len(content) < 600_000
    assert content.startswith(b"\x89PNG") if suffix == "png" else ET.fromstring(content).tag.endswith("svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"a.{suffix}", f"b.{suffix}"]


def test_undecided_leaves_are_shown() -> None:
    """In the statistics and in the legend; a sentence says at least."""
    portrait = Portrait.of(certificate("undecided"))
    assert any(portrait.leaves["?"])
    assert "at least" in portrait.sentence
    words = [text.get_text() for legend in draw(portrait).legends for text in legend.get_texts()]
    assert "undecided" in words


def test_orbits_are_drawn_as_points_of_the_lifted_loop() -> None:
    """Of the counts in such a certificate the first one is drawn, with its own points."""
    portrait = Portrait.of(certificate("orbits"))
    assert (portrait.dimension, len(portrait.centres), len(portrait.unique)) == (2, 3, 3)


def test_a_deep_network_is_drawn_without_the_values_of_its_layers() -> None:
    """Its certificate counts in the values of all layers; uniqueness boxes there are no boxes of the state."""
    portrait = Portrait.of(certificate("deep"))
    assert (portrait.dimension, len(portrait.unique)) == (6, 0)
    assert len(portrait.centres) == certificate("deep").claim["count"] > 1
    assert 0 in portrait.unstable
    assert len(draw(portrait).axes) == 2


def test_what_the_kernel_does_not_accept_is_not_drawn() -> None:
    good = certificate("1-d")
    wrong = replace(good, claim={**good.claim, "undecided": "0"})
    with pytest.raises(fp.MisuseError, match=r"only what the kernel accepts is drawn; this certificate is REJECTED"):
        Portrait.of(wrong)


def test_what_counts_no_points_is_not_drawn() -> None:
    outcome = fp.certify(fp.loop("tanh", [["1/2"]]), fp.WholeSpace(size=1), fp.Unique())
    with pytest.raises(fp.MisuseError, match="with the rule cover"):
        Portrait.of(outcome.certificate)


@pytest.mark.parametrize("name", ["a.pdf", "a", "png"])
def test_another_suffix_is_misuse(name: str, tmp_path: Path) -> None:
    with pytest.raises(fp.MisuseError, match=r"\.png or an \.svg file"):
        save(certificate("1-d"), tmp_path / name)


def test_a_file_that_cannot_be_written_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(fp.MisuseError, match="cannot write"):
        save(certificate("1-d"), tmp_path / "missing" / "a.png")
