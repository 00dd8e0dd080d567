"""Regions: exact sets, read strictly and written canonically; inside, apart and between are decided exactly."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify.kernel.arb import Arb
from fpverify.kernel.errors import FormatError, InexactNumberError
from fpverify.kernel.norm import OneNorm, SupNorm, TwoNorm
from fpverify.kernel.rational import Rational
from fpverify.kernel.region import (
    Ball,
    BoxRegion,
    Cover,
    Periodic,
    ProductRegions,
    Punctured,
    Region,
    WholeSpace,
    parts_of,
    region_from_data,
)
from tests.strategies import arrays, box, rationals

UNIT = BoxRegion.of(("0", "1"))
SQUARE = BoxRegion.cube("1/2", dimension=2, centre="1/2")
NORMS = st.sampled_from([SupNorm, OneNorm, TwoNorm])
WEIGHTS = st.builds(Fraction, st.integers(1, 9), st.integers(1, 9))


@st.composite
def box_regions(draw: st.DrawFn, dimension: int | None = None) -> BoxRegion:
    pairs = draw(arrays(dimension or draw(st.integers(1, 3))))
    return BoxRegion(lo=tuple(low for low, _ in pairs), hi=tuple(high for _, high in pairs))


@st.composite
def regions(draw: st.DrawFn) -> Region:
    """Return regions of every kind."""
    size = draw(st.integers(1, 3))
    part = draw(box_regions(1))
    match draw(st.sampled_from(["box", "whole", "ball", "cover", "product", "punctured", "periodic"])):
        case "box":
            return draw(box_regions(size))
        case "whole":
            return WholeSpace(size=size)
        case "ball":
            norm = draw(NORMS)(weights=tuple(draw(WEIGHTS) for _ in range(size)))
            return Ball(centre=tuple(draw(rationals()) for _ in range(size)), radius=abs(draw(rationals())), norm=norm)
        case "cover":
            return Cover(parts=tuple(draw(box_regions(size)) for _ in range(draw(st.integers(1, 3)))))
        case "product":
            return ProductRegions(intervals=tuple(tuple(draw(arrays(draw(st.integers(1, 3))))) for _ in range(size)))
        case "punctured":
            wide = BoxRegion(lo=part.lo, hi=(part.hi[0] + 1,))
            return Punctured(parts=(wide,), without=draw(rationals()))
    return Periodic(part=part, period=draw(WEIGHTS), two_sided=draw(st.booleans()))


@given(region=regions())
def test_every_region_is_read_back_equal(region: Region) -> None:
    """Also through text; its dimension and its words exist."""
    again = region_from_data(json.loads(json.dumps(region.to_data())))
    assert again == region
    assert again.to_data() == region.to_data()
    assert again.dimension == region.dimension >= 1
    assert str(region).isprintable()


MALFORMED: list[Any] = [
    *(None, 1, "box", [], {}, {"box": [["0", "1"]], "whole": 1}, {"cone": 1}, {1: 2}),
    *(
        {"box": body}
        for body in (None, 1, [], "01", ["01"], [["0"]], [["0", "1", "2"]], [["1", "0"]], [[]], [None], {"a": "b"})
    ),
    *({"whole": body} for body in (None, 0, -1, True, "2", 1.5, [2])),
    *({"ball": body} for body in (None, [], {}, {"centre": ["0"]}, {"centre": ["0"], "radius": "1"})),
    *(
        {"ball": {"centre": centre, "radius": radius, "norm": {"kind": kind, "weights": weights}}}
        for centre, radius, kind, weights in (
            (["0"], "-1", "sup", ["1"]),
            (["0"], "1", "sup", ["1", "1"]),
            (["0"], "1", "sup", ["0"]),
            (["0"], "1", "max", ["1"]),
            ([], "1", "sup", []),
            ("0", "1", "sup", ["1"]),
        )
    ),
    *({"cover": body} for body in (None, [], {}, [[]], [[["0", "1"]], [["0", "1"], ["0", "1"]]], [["0", "1"]])),
    *({"product": body} for body in (None, [], [[]], [[["0", "1"]], []], [[["1", "0"]]], [["0", "1"]])),
    *(
        {"punctured": body}
        for body in (
            None,
            {},
            {"parts": [], "without": "0"},
            {"parts": [[["0", "0"]]], "without": "0"},
            {"parts": [[["0", "1"], ["0", "1"]]], "without": "0"},
            {"parts": [[["0", "1"]]]},
        )
    ),
    *(
        {"periodic": body}
        for body in (
            None,
            {},
            {"part": [["0", "1"]], "period": "0", "two_sided": False},
            {"part": [["0", "1"]], "period": "-1", "two_sided": False},
            {"part": [["0", "1"], ["0", "1"]], "period": "1", "two_sided": False},
            {"part": [["0", "1"]], "period": "1", "two_sided": 1},
            {"part": [["0", "1"]], "period": "1"},
        )
    ),
]


@pytest.mark.parametrize("data", MALFORMED, ids=repr)
def test_other_data_are_no_region(data: Any) -> None:
    with pytest.raises(FormatError):
        region_from_data(data)


@pytest.mark.parametrize("number", [0.5, True, None, "x", "nan", "inf", "1/0"], ids=repr)
def test_corners_are_exact(number: Any) -> None:
    for data in ({"box": [["0", number]]}, {"product": [[[number, "1"]]]}, {"cover": [[["0", number]]]}):
        with pytest.raises((FormatError, InexactNumberError)):
            region_from_data(data)


# ------------------------------------------------------------------ boxes


@given(region=box_regions(), bits=st.sampled_from([32, 64, 128]))
def test_the_outer_box_holds_the_region(region: BoxRegion, bits: int) -> None:
    """What a map is evaluated on is never smaller."""
    outer = region.outer(Arb(bits))
    assert all(mine <= low for mine, low in zip(outer.lower(), region.lo, strict=True))
    assert all(mine >= high for mine, high in zip(outer.upper(), region.hi, strict=True))
    assert region.outer(Rational()).lower() == region.lo


@given(one=box_regions(2), other=box_regions(2))
def test_slack_is_the_least_distance_to_the_faces(one: BoxRegion, other: BoxRegion) -> None:
    """Non-negative exactly if the image lies inside; the corner is compared exactly."""
    image = box(list(zip(other.lo, other.hi, strict=True)), Rational())
    inside = one.contains(other.lo) and one.contains(other.hi)
    assert (one.slack(image) >= 0) is inside


def test_a_margin_makes_the_region_smaller() -> None:
    image = box([(Fraction(1, 4), Fraction(3, 4))], Rational())
    assert UNIT.slack(image) == Fraction(1, 4)
    assert UNIT.slack(image, [Fraction(1, 4)]) == 0
    assert UNIT.slack(image, [Fraction(1, 3)]) < 0


def test_nine_tenths_is_no_dyadic() -> None:
    """The rounded box around [-9/10, 9/10] is not inside [-9/10, 9/10]: outward for values, exact for inclusion."""
    region = BoxRegion.cube("9/10", dimension=1)
    assert region.slack(region.outer(Arb(128))) < 0
    assert region.slack(region.outer(Rational())) == 0


@given(one=box_regions(2), other=box_regions(2))
def test_boxes_are_disjoint_exactly_if_their_distance_is_positive(one: BoxRegion, other: BoxRegion) -> None:
    common = all(max(a, b) <= min(c, d) for a, b, c, d in zip(one.lo, other.lo, one.hi, other.hi, strict=True))
    assert one.is_disjoint_from(other) is not common
    assert one.distance(other) == other.distance(one) >= 0
    assert one.distance(one) == 0


def test_boxes_that_touch_are_not_disjoint() -> None:
    assert not UNIT.is_disjoint_from(BoxRegion.of(("1", "2")))
    assert UNIT.is_disjoint_from(BoxRegion.of(("1.0000000001", "2")))
    assert BoxRegion.of((0, 1), (0, 1)).distance(BoxRegion.of((2, 3), (0, 1))) == 1


@pytest.mark.parametrize("pair", ["01", ("1",), ("0", "1", "2"), ("1", "0"), (0.5, 1)])
def test_an_interval_is_a_pair_of_exact_numbers_in_order(pair: Any) -> None:
    with pytest.raises((FormatError, InexactNumberError)):
        BoxRegion.of(pair)


def test_boxes_of_no_or_unequal_dimensions_are_refused() -> None:
    for low, high in (((), ()), ((Fraction(0),), ()), ((Fraction(0),), (Fraction(1), Fraction(1)))):
        with pytest.raises(FormatError):
            BoxRegion(lo=low, hi=high)
    with pytest.raises(FormatError):
        Cover(parts=(UNIT, SQUARE))


# ------------------------------------------------------------------ balls, products, periodic sets


@given(radius=rationals(), weights=st.lists(WEIGHTS, min_size=2, max_size=2), kind=NORMS)
def test_the_box_around_a_ball_is_the_least(radius: Fraction, weights: list[Fraction], kind: Any) -> None:
    """A point at the end of each axis is in the ball and on the box."""
    ball = Ball(centre=(Fraction(1), Fraction(2)), radius=abs(radius), norm=kind(weights=tuple(weights)))
    around = ball.bounding_box()
    for j in range(2):
        reach = around.hi[j] - ball.centre[j]
        magnitudes = tuple(reach if i == j else Fraction(0) for i in range(2))
        assert ball.norm.vector_at_most(magnitudes, ball.radius)
        assert not ball.norm.vector_at_most(
            tuple(m * 2 + (m == 0 and i == j) for i, m in enumerate(magnitudes)), ball.radius
        )


def test_a_product_counts_its_members_and_its_gaps() -> None:
    region = ProductRegions(
        intervals=(
            ((Fraction(0), Fraction(1)), (Fraction(3), Fraction(4)), (Fraction(-5), Fraction(-2))),
            ((Fraction(0), Fraction(1)),),
        )
    )
    assert region.count == 3
    assert region.gaps() == (2, None)
    assert region.hull() == BoxRegion.of((-5, 4), (0, 1))
    assert region.member([2, 0]) == BoxRegion.of((-5, -2), (0, 1))


@given(pairs=arrays(3))
def test_the_gap_is_positive_exactly_if_all_intervals_are_disjoint(pairs: list[tuple[Fraction, Fraction]]) -> None:
    (gap,) = ProductRegions(intervals=(tuple(pairs),)).gaps()
    apart = [BoxRegion.of(a).distance(BoxRegion.of(b)) for i, a in enumerate(pairs) for b in pairs[:i]]
    assert gap is not None
    assert (gap > 0) is all(distance > 0 for distance in apart)
    if gap > 0:
        assert gap == min(apart)


@pytest.mark.parametrize(
    ("high", "period", "two_sided", "whole"),
    [("1", "1", True, True), ("2", "1", True, True), ("1", "1", False, False), ("99/100", "1", True, False)],
)
def test_when_a_periodic_set_is_the_line(high: str, period: str, two_sided: bool, whole: bool) -> None:
    region = Periodic(part=BoxRegion.of(("0", high)), period=Fraction(period), two_sided=two_sided)
    assert region.is_whole_line is whole
    assert (str(region) == "R") is whole


def test_parts_are_the_boxes_of_which_a_region_is_made() -> None:
    both = (UNIT, BoxRegion.of((2, 3)))
    assert parts_of(UNIT) == (UNIT,)
    assert parts_of(Cover(parts=both)) == both
    assert parts_of(Punctured(parts=both, without=Fraction(0))) == both
    assert parts_of(Periodic(part=UNIT, period=Fraction(2))) == (UNIT,)
    for other in (
        WholeSpace(size=1),
        ProductRegions.power((0, 1), dimension=1),
        Ball(centre=(Fraction(0),), radius=Fraction(1), norm=SupNorm(weights=(Fraction(1),))),
    ):
        assert parts_of(other) == ()


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (BoxRegion.of((0, "1/2")), "[0, 1/2]"),
        (BoxRegion.cube(1, dimension=3), "[-1, 1]^3"),
        (BoxRegion.of((0, 1), (0, 2)), "[0, 1] x [0, 2]"),
        (WholeSpace(size=1), "R"),
        (WholeSpace(size=2), "R^2"),
        (Cover(parts=(UNIT, BoxRegion.of((2, 3)))), "[0, 1] u [2, 3]"),
        (Punctured(parts=(UNIT,), without=Fraction(0)), "([0, 1]) without 0"),
        (Periodic(part=UNIT, period=Fraction(3, 2)), "the union of [0, 1] + 3/2 n over n = 0, 1, 2, ..."),
        (Periodic(part=UNIT, period=Fraction(2), two_sided=True), "the union of [0, 1] + 2 n over every integer n"),
        (ProductRegions.power((0, 1), (2, 3), dimension=2), "{[0, 1], [2, 3]}^2"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_words_of_a_region(region: Region, words: str) -> None:
    assert str(region) == words


def test_long_boxes_are_abbreviated_without_loss() -> None:
    """Equal sides in a row are a power; where that is long, the sentence says where they are listed."""
    narrow = BoxRegion.of(*[(-1, 1)] * 2, *[("9/10", 1)] * 13, *[(-1, 1)] * 2)
    assert str(narrow) == "[-1, 1]^2 x [9/10, 1]^13 x [-1, 1]^2"
    mixed = BoxRegion.of(*[(Fraction(i, 20), 2) for i in range(17)])
    assert str(mixed) == "the box that the certificate lists inside of [0, 2]^17"
    assert str(BoxRegion.of(*[(0, 1), (0, 2)] * 8)) == " x ".join(["[0, 1]", "[0, 2]"] * 8)


def test_long_centres_are_abbreviated_without_loss() -> None:
    norm = SupNorm(weights=(Fraction(1),) * 18)
    flat = Ball(centre=(Fraction(0),) * 17 + (Fraction(1),), radius=Fraction(1), norm=norm)
    assert str(flat) == "the ball of radius 1 around (17 times 0, 1) in the sup norm"
    steep = Ball(centre=tuple(map(Fraction, range(18))), radius=Fraction(1), norm=norm)
    assert "(18 numbers, listed in the certificate)" in str(steep)
