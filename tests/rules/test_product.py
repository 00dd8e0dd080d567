"""product: prod_j k_j robust fixed points from sum_j k_j scalar checks (T4.1)."""

from fractions import Fraction
from typing import Any

import fpverify as fp
from fpverify.kernel.region import Cover, ProductRegions
from fpverify.kernel.verdict import Reason
from tests.rules.cases import RATIONAL, Case, Table, act, affine, chain, cube, linear, norm, rate, sup, verify

T = Table("product")

FAMILY = (("4/5", "11/10"), ("-11/10", "-4/5"))


def cubic(size: int) -> fp.Network:
    """CUBIC-D1: the cubic layer near the identity, row sums of the uncertainty 7/100, biases 1/50."""
    spread = Fraction(7, 100 * size)
    weight = fp.exchangeable(size, (1 - spread, 1 + spread), (-spread, spread))
    return fp.loop("cubic", weight, fp.fill(size, ("-1/50", "1/50")))


def under(value: Any, size: int, noise: Any, noise_norm: Any, deviation: Any, norm_data: Any = None) -> dict[str, Any]:
    norm_data = norm_data or sup(*[1] * size)
    noises = noise if isinstance(noise, list) else [noise] * size
    return rate(value, norm_data, noise=[str(e) for e in noises], noise_norm=str(noise_norm), deviation=str(deviation))


def power(size: int, *intervals: Any) -> ProductRegions:
    return ProductRegions.power(*(intervals or FAMILY), dimension=size)


D1 = under("0.81866", 3, "1/20", "1/20", "3/40")
HALVES = linear([["1/2", "0"], ["0", "1/2"]])
ONE = (("-1", "1"),)
TWISTED = fp.loop("tanh", [["2", "1/50"], ["-1/50", "-2"]])

T.group("CUBIC-D1 and its kin")
T.accept("2^3 regions of uncertain cubic layers under noise", cubic(3), power(3), D1)
T.accept("2^16 regions", cubic(16), power(16), under("0.81866", 16, "1/20", "1/20", "3/40"))
T.accept("one region: a plain contraction", HALVES, power(2, *ONE), under("1/2", 2, "1/2", "1/2", 0))
T.accept(
    "different intervals on each coordinate",
    fp.loop("cubic", [["1", "0"], ["0", "1"]]),
    ProductRegions(
        intervals=(
            ((Fraction(4, 5), Fraction(11, 10)), (Fraction(-11, 10), Fraction(-4, 5))),
            ((Fraction(9, 10), Fraction(21, 20)),),
        )
    ),
    under("0.55", 2, 0, 0, 0),
)
T.accept(
    "signs of couplings are used",
    fp.loop("hardtanh", [["2", "1/2"], ["1/2", "2"]], ["1/4", "1/4"]),
    power(2, ("1", "1")),
    under("0", 2, 0, 0, 0),
)
T.accept(
    "a weighted norm",
    linear([["1/2", "10"], ["0", "1/2"]]),
    ProductRegions(intervals=(((Fraction(-40), Fraction(40)),), ((Fraction(-2), Fraction(2)),))),
    under("3/4", 2, [0, "1"], "1", 0, sup(40, 1)),
)

T.group("Inequalities that touch are proved exactly")
T.accept(
    "19/20 and noise 1/20", linear([["19/20"]]), power(1, *ONE), under("19/20", 1, "1/20", "1/20", 0), backend=RATIONAL
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "the same, rounded",
    linear([["19/20"]]),
    power(1, *ONE),
    under("19/20", 1, "1/20", "1/20", 0),
)
T.reject(
    Reason.RATE_UNCERTAIN,
    "the rate, rounded",
    linear([["19/20"]]),
    power(1, *ONE),
    under("19/20", 1, "1/25", "1/25", 0),
)

T.group("Every g(Z) with noise must lie in its interval")
T.reject(Reason.SELF_MAP_UNCERTAIN, "noise 1/10", cubic(3), power(3), under("0.81866", 3, "1/10", "1/10", "3/40"))
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "intervals a little smaller",
    cubic(3),
    power(3, ("7/8", "41/40"), ("-41/40", "-7/8")),
    D1,
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "the signs are exchanged: intervals are swapped",
    fp.loop("cubic", [["-1"]]),
    power(1),
    under("4/5", 1, 0, 0, 0),
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "one bias is 1/2",
    fp.loop("cubic", [["1"]], [("0", "1/2")]),
    power(1),
    under("4/5", 1, 0, 0, 1),
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "the second coordinate only",
    linear([["1/2", "0"], ["0", "1/2"]], ["0", "1"]),
    power(2, *ONE),
    under("1/2", 2, 0, 0, 0),
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "couplings reach over the hull of all intervals",
    fp.loop("tanh", [["2", "1"], ["1", "2"]]),
    power(2, ("9/10", "1"), ("-1", "-9/10")),
    under("1/2", 2, 0, 0, 0),
)

T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "noise below the lower end",
    linear([["1/2"]]),
    power(1, (0, 1)),
    under("1/2", 1, "1/10", "1/10", 0),
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "not only over the first interval of each",
    fp.loop("tanh", [["2", "1"], ["0", "2"]]),
    ProductRegions(
        intervals=(
            ((Fraction(9, 10), Fraction(1)),),
            ((Fraction(9, 10), Fraction(1)), (Fraction(-1), Fraction(-9, 10))),
        )
    ),
    under("1/2", 2, 0, 0, 0),
)

T.group("The steepest slope times the row sum is at most K")
T.reject(Reason.RATE_UNCERTAIN, "K = 0.77", cubic(3), power(3), under("0.77", 3, "1/20", "1/20", "3/40"))
T.reject(
    Reason.RATE_UNCERTAIN,
    "the off-diagonal weights count",
    linear([["1/4", "1/2"], ["1/2", "1/4"]]),
    power(2, *ONE),
    under("1/2", 2, 0, 0, 0),
)
T.reject(
    Reason.RATE_UNCERTAIN,
    "weights of the norm the wrong way",
    linear([["1/2", "10"], ["0", "1/2"]]),
    ProductRegions(intervals=(((Fraction(-40), Fraction(40)),), ((Fraction(-2), Fraction(2)),))),
    under("3/4", 2, 0, 0, 0, sup(1, 40)),
)
T.reject(
    Reason.RATE_UNCERTAIN,
    "the slope over the hull, where regions alone would do",
    fp.loop("tanh", [["2", "1"], ["0", "0"]]),
    power(2, ("-3/2", "3/2")),
    under("9/10", 2, 0, 0, 0),
)
T.reject(
    Reason.RATE_UNCERTAIN,
    "a negative weight counts with its size",
    TWISTED,
    ProductRegions(intervals=(((Fraction(9, 10), Fraction(1)),), ((Fraction(-1), Fraction(1)),))),
    under("1", 2, 0, 0, 0),
)

T.group("K = 1 is not enough")
T.reject(Reason.RATE_NOT_BELOW_ONE, "the identity", linear([["1"]]), power(1, (0, 1), (2, 3)), under(1, 1, 0, 0, 0))
T.reject(
    Reason.RATE_NOT_BELOW_ONE,
    "the identity on one interval, K = 3/2",
    linear([["1"]]),
    power(1, *ONE),
    under("3/2", 1, 0, 0, 0),
)

T.group("Intervals of one coordinate must be disjoint")
T.reject(
    Reason.NOT_DISJOINT,
    "x/2 on [-1, 0] and [0, 1]",
    linear([["1/2"]]),
    power(1, (-1, 0), (0, 1)),
    under("1/2", 1, 0, 0, 0),
)
T.reject(
    Reason.NOT_DISJOINT, "one inside the other", linear([["1/2"]]), power(1, (-2, 2), (-1, 1)), under("1/2", 1, 0, 0, 0)
)
T.reject(
    Reason.NOT_DISJOINT,
    "the same twice",
    fp.loop("cubic", [["1"]]),
    power(1, FAMILY[0], FAMILY[0]),
    under("4/5", 1, 0, 0, 0),
)
T.reject(
    Reason.NOT_DISJOINT,
    "on the second coordinate only",
    HALVES,
    ProductRegions(
        intervals=(((Fraction(-1), Fraction(1)),), ((Fraction(-1), Fraction(0)), (Fraction(0), Fraction(1))))
    ),
    under("1/2", 2, 0, 0, 0),
)

T.group("Noise and the effect of the parameters are measured in the weighted norm")
T.reject(
    Reason.NOISE_UNCERTAIN, "noise stated too small", cubic(3), power(3), under("0.81866", 3, "1/20", "1/25", "3/40")
)
T.reject(
    Reason.NOISE_UNCERTAIN,
    "divided by the wrong weight (T4.1 C3)",
    linear([["1/2", "10"], ["0", "1/2"]]),
    ProductRegions(intervals=(((Fraction(-40), Fraction(40)),), ((Fraction(-2), Fraction(2)),))),
    under("3/4", 2, [0, "1"], "1/40", 0, sup(40, 1)),
)
T.reject(
    Reason.DEVIATION_UNCERTAIN,
    "effect stated too small",
    cubic(3),
    power(3),
    under("0.81866", 3, "1/20", "1/20", "7/100"),
)
T.reject(Reason.DEVIATION_UNCERTAIN, "none stated", cubic(3), power(3), under("0.81866", 3, "1/20", "1/20", "0"))
T.reject(Reason.DEVIATION_UNCERTAIN, "a negative one", HALVES, power(2, *ONE), under("1/2", 2, 0, 0, -1))

T.group("The rule is about looped layers, intervals on each coordinate, and weighted sup norms")
T.out_of_scope(
    Reason.NOT_A_LOOPED_LAYER,
    "two layers",
    chain(affine([["1"]], ["0"]), act("tanh"), affine([["1/2"]], ["0"])),
    power(1, *ONE),
    under("1/2", 1, 0, 0, 0),
)
T.out_of_scope(
    Reason.NOT_A_LOOPED_LAYER, "no affine layer", chain(act("tanh")), power(1, *ONE), under("1/2", 1, 0, 0, 0)
)
T.out_of_scope(
    Reason.NOT_A_LOOPED_LAYER,
    "a residual layer",
    chain(affine([["1/4"]], ["0"]), act("tanh"), {"add": {"with": 0}}),
    power(1, *ONE),
    under("1/2", 1, 0, 0, 0),
)
T.out_of_scope(Reason.WRONG_REGION, "a box", HALVES, cube(1, 2), under("1/2", 2, 0, 0, 0))
T.out_of_scope(Reason.WRONG_REGION, "a union", HALVES, Cover(parts=(cube(1, 2),)), under("1/2", 2, 0, 0, 0))
T.out_of_scope(Reason.WRONG_REGION, "the 1-norm", HALVES, power(2, *ONE), under("1/2", 2, 0, 0, 0, norm("one", 1, 1)))
T.out_of_scope(Reason.WRONG_REGION, "the 2-norm", HALVES, power(2, *ONE), under("1/2", 2, 0, 0, 0, norm("two", 1, 1)))
T.reject(Reason.NOT_CONTINUOUS, "a jump", fp.loop("sign", [["1"]]), power(1, ("1/2", "1")), under("0", 1, 0, 0, 0))
T.reject(
    Reason.NOT_CONTINUOUS,
    "negative noise would make room",
    linear([["1"]], ["1/2"]),
    power(1, (0, 1)),
    under("1/2", 1, "-1/2", 0, 0),
)
T.reject(Reason.NOT_CONTINUOUS, "three coordinates for two", HALVES, power(3, *ONE), under("1/2", 2, 0, 0, 0))

CASES = T.cases


@T.parametrize()
def test_product(case: Case) -> None:
    verify(case)


def test_the_claim_counts_the_products() -> None:
    claim = verify(CASES[1])
    assert claim is not None
    assert "in each of the 65536 disjoint products" in claim.sentence()
    assert claim.facts["radius"] == str(
        Fraction(1, 20) / (1 - Fraction("0.81866")) + Fraction(3, 40) / (1 - Fraction("0.81866"))
    )
