"""Trees of boxes: what the words say, that the leaves leave nothing out, and what is no tree."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify.kernel.backend import Backend
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.errors import FormatError, InexactNumberError
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._tree import (
    are_disjoint,
    common,
    index_of,
    is_inside,
    leaves,
    lower_part,
    share_of,
    split_of,
    upper_part,
    within,
)
from tests.rules.cases import ARB, FIXED, RATIONAL

UNIT = BoxRegion.of((0, 1), (0, 1))
PLACES = st.fractions(-1, 2, max_denominator=12)


def words_of(draw: st.DrawFn, depth: int) -> list[str]:
    if depth == 0 or draw(st.booleans()):
        return [draw(st.sampled_from(["x", "?", "p0"]))]
    axis, place = draw(st.integers(0, 1)), draw(PLACES)
    return [f"s{axis}:{place}", *words_of(draw, depth - 1), *words_of(draw, depth - 1)]


@st.composite
def trees(draw: st.DrawFn) -> list[str]:
    return words_of(draw, 4)


@given(trees(), st.lists(st.fractions(0, 1, max_denominator=12), min_size=2, max_size=2))
def test_each_point_of_the_box_lies_in_a_leaf(words: list[str], place: Sequence[Fraction]) -> None:
    """The corners and the cuts, too; and each leaf lies in the box."""
    found = list(leaves(UNIT, words))
    assert [word for word, _ in found] == [word for word in words if word[0] != "s"]
    assert any(box is not None and box.contains(place) for _, box in found)
    assert all(box is None or (UNIT.contains(box.lo) and UNIT.contains(box.hi)) for _, box in found)


@given(trees())
def test_the_leaves_meet_in_their_faces_alone(words: list[str]) -> None:
    """So that their shares add up to 1."""
    boxes = [box for _, box in leaves(UNIT, words) if box is not None]
    assert sum(share_of(box, UNIT) for box in boxes) == 1


@given(trees())
def test_no_word_can_be_dropped_or_added(words: list[str]) -> None:
    """The number of leaves is one more than that of the cuts, and never before the end."""
    for place in range(len(words)):
        with pytest.raises(FormatError):
            list(leaves(UNIT, [*words[:place], *words[place + 1 :]]))
        with pytest.raises(FormatError):
            list(leaves(UNIT, [*words[:place], "x", *words[place:]]))


def test_steps_replace_a_box_by_what_is_left_of_it() -> None:
    """In the order of the words; nothing is done to an empty box."""
    seen: list[tuple[BoxRegion, str]] = []

    def step(box: BoxRegion, word: str) -> BoxRegion | None:
        seen.append((box, word))
        return lower_part(box, 0, Fraction(1, 2)) if word == "f" else None

    found = list(leaves(UNIT, "f s0:1/4 x n f n x".split(), step))
    assert found == [("x", BoxRegion.of((0, "1/4"), (0, 1))), ("x", None)]
    assert seen == [(UNIT, "f"), (BoxRegion.of(("1/4", "1/2"), (0, 1)), "n")]


def test_without_steps_their_words_are_leaves() -> None:
    assert list(leaves(UNIT, ["f"])) == [("f", UNIT)]


def test_a_cut_on_a_face_gives_that_face() -> None:
    """Closed halves: a point on the cut is in both."""
    face = BoxRegion.of((0, 0), (0, 1))
    assert lower_part(UNIT, 0, Fraction(0)) == face
    assert upper_part(UNIT, 0, Fraction(0)) == UNIT
    assert upper_part(UNIT, 1, Fraction(1)) == BoxRegion.of((0, 1), (1, 1))
    assert lower_part(UNIT, 1, Fraction(-1, 10**50)) is None
    assert upper_part(UNIT, 1, Fraction(10**50 + 1, 10**50)) is None
    assert upper_part(UNIT, 1, Fraction(-3)) == UNIT == lower_part(UNIT, 1, Fraction(3))


def test_common_parts() -> None:
    """A common point is a common part."""
    assert common(UNIT, (Fraction(1), Fraction(-1)), (Fraction(2), Fraction(0))) == BoxRegion.of((1, 1), (0, 0))
    assert common(UNIT, (Fraction(1), Fraction(2)), (Fraction(2), Fraction(3))) is None


def test_thin_sides_of_the_whole_are_left_out_of_a_share() -> None:
    """Those of the part are not: it has no volume."""
    thin = BoxRegion.of((0, 0), (0, 1))
    assert share_of(BoxRegion.of((0, 0), (0, "1/3")), thin) == Fraction(1, 3)
    assert share_of(thin, UNIT) == 0
    assert share_of(BoxRegion.of((2, 2)), BoxRegion.of((2, 2))) == 1


@pytest.mark.parametrize(
    "word",
    [
        "s",
        "s:",
        "s0",
        "s0:",
        "s:1",
        "s2:1",
        "s-1:1",
        "s+1:1",
        "s 1:1",
        "s0:x",
        "s0:1:2",
        "s0:1/0",
        "s0:0x1",
        "t0:1",
        "s0:inf",
        "s0:nan",
        "s0:1e99999",
        "s0:" + "1" * 9000,
        "s" + "0" * 5000 + ":1",
        "s1_0:1",
        "s¹:1",
        "s١:1",
        "s1.0:1",
        "sx1:1",
    ],
)
def test_what_is_no_split(word: str) -> None:
    with pytest.raises((FormatError, InexactNumberError)):
        split_of(word, 2)


def test_what_is_a_split() -> None:
    """Places are exact texts of any kind."""
    assert split_of("s1:0.1", 2) == (1, Fraction(1, 10))
    assert split_of("s0:-1/3", 2) == (0, Fraction(-1, 3))
    assert split_of("s0:0x1.8p-3", 1) == (0, Fraction(3, 16))
    assert split_of("s0:-0", 1) == (0, Fraction(0))
    assert split_of("s11:1e-3", 12) == (11, Fraction(1, 1000))


@pytest.mark.parametrize("number", ["", "2", "-1", "+1", "1.0", " 1", "1 ", "1_0", "\N{SUPERSCRIPT ONE}", "1" * 5000])
def test_what_is_no_number_of_a_point(number: str) -> None:
    with pytest.raises(FormatError):
        index_of(number, 2)


def test_no_words_are_no_tree() -> None:
    with pytest.raises(FormatError):
        list(leaves(UNIT, []))


# ------------------------------------------------------------------ disjoint boxes


def boxes_of(corners: list[list[tuple[int, int]]]) -> list[BoxRegion]:
    return [BoxRegion.of(*((low, low + width) for low, width in sides)) for sides in corners]


SIDES = st.tuples(st.integers(0, 12), st.integers(0, 3))


@given(st.integers(1, 3).flatmap(lambda d: st.lists(st.lists(SIDES, min_size=d, max_size=d), max_size=12)))
def test_boxes_are_disjoint_if_each_two_are(corners: list[list[tuple[int, int]]]) -> None:
    """The groups are a matter of speed alone."""
    boxes = boxes_of(corners)
    expected = all(a.distance(b) > 0 for i, a in enumerate(boxes) for b in boxes[:i])
    assert are_disjoint(boxes) is expected


def test_many_boxes_are_compared_group_by_group() -> None:
    """The 6561 boxes of a grid; then one of them twice."""
    grid = [[(4 * n, 1) for n in np.unravel_index(k, (3,) * 8)] for k in range(3**8)]
    boxes = boxes_of([[(int(low), width) for low, width in sides] for sides in grid])
    assert are_disjoint(boxes)
    assert not are_disjoint([*boxes, boxes[17]])


def test_a_pinwheel_is_compared_pair_by_pair() -> None:
    """No line separates these four and the square between them."""
    wheel = [[(0, 2), (0, 5)], [(3, 6), (0, 2)], [(7, 2), (3, 6)], [(0, 6), (6, 2)], [(4, 1), (4, 1)]]
    assert are_disjoint(boxes_of(wheel))
    assert not are_disjoint(boxes_of([*wheel, [(5, 1), (5, 1)]]))


# ------------------------------------------------------------------ boxes in the numbers of a backend


@pytest.mark.parametrize("backend", [ARB, FIXED, RATIONAL], ids=lambda backend: backend.name)
@pytest.mark.parametrize("place", ["1/2", "1/3", "-1/7", "0", "1"])
def test_the_parts_of_a_box_of_a_backend_meet_and_fill_it(backend: Backend, place: str) -> None:
    """Next below the place, so that no part of the box is lost or counted twice."""
    whole = BoxRegion.of((0, "1/2"), ("-1/3", 1)).outer(backend)
    (_, low), (_, high) = leaves(whole, [f"s1:{place}", "x", "x"])
    assert low is not None
    assert high is not None
    assert (low.lower(), high.upper()) == (whole.lower(), whole.upper())
    assert low.upper()[1] == high.lower()[1] <= Fraction(place) <= low.upper()[1] + Fraction(1, 2**120)
    assert (low.upper()[0], high.lower()[0]) == (whole.upper()[0], whole.lower()[0])


@pytest.mark.parametrize("backend", [ARB, FIXED, RATIONAL], ids=lambda backend: backend.name)
def test_a_part_that_is_empty_is_none(backend: Backend) -> None:
    whole = BoxRegion.of((0, 1)).outer(backend)
    for place, word in (("-1/3", 0), ("4/3", 1)):
        assert [box is None for _, box in leaves(whole, [f"s0:{place}", "x", "x"])].index(True) == word


def test_the_common_part_of_boxes_of_a_backend_is_a_set_of_arguments() -> None:
    """Whatever is known of the function that gave the other box; touching boxes have a point in common."""
    box = BoxRegion.of((0, 1)).outer(FIXED)
    other = BoxRegion.of((1, 2)).outer(FIXED).with_decoration(Decoration.DEF)
    found = within(box, other.lo, other.hi)
    assert found is not None
    assert (found.lower(), found.upper(), found.decoration) == ((1,), (1,), Decoration.COM)
    beyond = BoxRegion.of(("1.0000001", 2)).outer(FIXED)
    assert within(box, beyond.lo, beyond.hi) is None
    assert is_inside(found, box)
    assert not is_inside(beyond, box)
