"""alternates: two disjoint boxes that f swaps, so that no orbit from them converges."""

from fractions import Fraction

import fpverify as fp
from fpverify.kernel.region import Cover, Periodic, Punctured
from fpverify.kernel.verdict import Reason
from tests.rules.cases import (
    RATIONAL,
    Case,
    Table,
    act,
    affine,
    chain,
    cube,
    interval,
    line,
    linear,
    polynomial,
    verify,
)

T = Table("alternates")


def pair(one: fp.BoxRegion, other: fp.BoxRegion) -> Cover:
    return Cover(parts=(one, other))


PAIR = pair(interval("-11/10", "-9/10"), interval("9/10", "11/10"))
SWAP = fp.loop("cubic", [["-1"]], name="-(3z - z^3)/2")

T.group("Two boxes that are swapped")
T.accept("the turned cubic (P1)", SWAP, PAIR)
T.accept("-x", linear([["-1"]]), pair(interval(-2, -1), interval(1, 2)))
T.accept("a jump", chain(act("sign"), affine([["-3/2"]], ["0"])), pair(interval(-2, -1), interval(1, 2)))
T.accept("two points", linear([["-1"]]), pair(interval(-1, -1), interval(1, 1)))
T.accept(
    "squares that differ in one coordinate",
    linear([["-1", "0"], ["0", "1/2"]]),
    pair(fp.BoxRegion.of((1, 2), (-1, 1)), fp.BoxRegion.of((-2, -1), (-1, 1))),
)
T.accept(
    "every weight in [-2, -1]",
    fp.loop("hardtanh", [[("-2", "-1")]]),
    pair(interval(-1, "-9/10"), interval("9/10", 1)),
    backend=RATIONAL,
)
T.accept(
    "the image touches a face, exactly",
    linear([["-1"]], ["1/3"]),
    pair(interval(0, "1/9"), interval("2/9", "1/3")),
    backend=RATIONAL,
)

T.group("Both must land in the other")
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "the image touches a face, rounded",
    linear([["-1"]], ["1/3"]),
    pair(interval(0, "1/9"), interval("2/9", "1/3")),
)
T.reject(Reason.SELF_MAP_UNCERTAIN, "each stays", fp.loop("cubic", [["1"]]), PAIR)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "the second does not come back",
    polynomial("3/2", 0, "1/8"),
    pair(interval(0, 1), interval("5/4", 2)),
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "the first misses by a little",
    linear([["-1"]]),
    pair(interval(-2, -1), interval("1.0001", 2)),
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN, "one weight is -1/2", linear([[("-1", "-1/2")]]), pair(interval(-2, -1), interval(1, 2))
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "one coordinate leaves",
    linear([["-1", "0"], ["0", "2"]]),
    pair(fp.BoxRegion.of((1, 2), (-1, 1)), fp.BoxRegion.of((-2, -1), (-1, 1))),
)

T.group("Boxes that meet may share a limit")
T.reject(Reason.NOT_DISJOINT, "-x on [-1, 0] and [0, 1]", linear([["-1"]]), pair(interval(-1, 0), interval(0, 1)))
T.reject(Reason.NOT_DISJOINT, "-x/2 on the same box twice", linear([["-1/2"]]), pair(cube(1, 1), cube(1, 1)))
T.reject(
    Reason.NOT_DISJOINT,
    "squares for a scalar loop",
    linear([["-1"]]),
    pair(fp.BoxRegion.of((1, 2), (1, 2)), fp.BoxRegion.of((-2, -1), (-2, -1))),
)

T.group("The rule is about two boxes")
T.out_of_scope(Reason.WRONG_REGION, "one box", SWAP, PAIR.parts[0])
T.out_of_scope(Reason.WRONG_REGION, "a union of one", SWAP, Cover(parts=PAIR.parts[:1]))
T.out_of_scope(
    Reason.WRONG_REGION,
    "three boxes",
    linear([["-1"]]),
    Cover(parts=(interval(-2, -1), interval(1, 2), interval(3, 4))),
)
T.out_of_scope(Reason.WRONG_REGION, "intervals without a point", SWAP, Punctured(parts=PAIR.parts, without=Fraction(0)))
T.out_of_scope(Reason.WRONG_REGION, "a periodic set", SWAP, Periodic(part=interval(0, 1), period=Fraction(2)))
T.out_of_scope(Reason.WRONG_REGION, "the line", SWAP, line())
T.reject(Reason.NOT_RATIONAL, "tanh in rationals", fp.loop("tanh", [["-2"]]), PAIR, backend=RATIONAL)
T.reject(
    Reason.NOT_FINITE,
    "an overflow",
    polynomial(*[0] * 200, 1, name="x^200"),
    pair(interval(-1, 0), interval(1, "1e4000")),
)

CASES = T.cases


@T.parametrize()
def test_alternates(case: Case) -> None:
    verify(case)
