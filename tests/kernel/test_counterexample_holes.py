"""
Ways in which a false refutation could be put together from true premises; each must be refused.

The printed statements are false, but not for these reasons: in each case some printed hypothesis does not hold, or the
printed conclusion is not contradicted, though every premise is proved.
"""

from fractions import Fraction

import pytest

import fpverify as fp
from fpverify.kernel.region import Cover, Punctured
from fpverify.kernel.verdict import Reason
from tests.rules.cases import RATIONAL, Case, act, affine, chain, cube, interval, line, norm, polynomial, sup, verify
from tests.rules.counterexamples import (
    BENT,
    CLIMB,
    ENDS,
    LEFT,
    LINE,
    ON_LEFT,
    ON_PAIR,
    ON_RUNGS,
    ON_SQUARES,
    PAIR,
    SQUARES,
    SWAP,
    SWAPS,
    UNIT,
    at_most_one,
    inside,
    islands,
    none,
    orbit,
    says,
    slope,
    swapped,
)


def refused(network, region, witness, *premises, reason=Reason.HYPOTHESIS_MISSING) -> None:
    """All premises hold, and the counterexample is refused."""
    case = Case(
        group="",
        name="",
        rule="counterexample",
        network=network,
        region=region,
        witness=witness,
        premises=premises,
        status=fp.Status.UNDECIDED,
        reason=reason,
    )
    assert verify(case) is None


# ------------------------------------------------------------------ the norm of the printed derivative

LOPSIDED = chain(
    affine([["-1", "0"], ["0", "1/10"]], ["0", "0"]),
    act("cubic"),
    affine([["1", "8"], ["0", "1/10"]], ["0", "0"]),
    size=2,
    name="two squares that are swapped, row sums above 1",
)
TALL = Cover(
    parts=(
        fp.BoxRegion.of(("-11/10", "-9/10"), ("-1/100", "1/100")),
        fp.BoxRegion.of(("9/10", "11/10"), ("-1/100", "1/100")),
    )
)


@pytest.mark.parametrize(
    ("norm_data", "bound"),
    [(sup(10, 1), "9/10"), (norm("one", 1, 10), "9/10"), (norm("two", 10, 1), "9/10")],
    ids=lambda value: value["kind"] if isinstance(value, dict) else value,
)
def test_the_printed_row_sums_are_the_unweighted_sup_norm(norm_data, bound) -> None:
    """Lemma 3.4 bounds ||grad f_i||_1: a rate in another norm is another hypothesis."""
    premises = (inside(LOPSIDED, TALL), slope(LOPSIDED, TALL, bound, norm_data), swapped(LOPSIDED, TALL))
    refused(LOPSIDED, TALL, says("ke-3.4", "convergence"), *premises)


def test_unequal_premises_are_not_mixed() -> None:
    """One bound in the right norm for another set does not help."""
    premises = (
        ON_SQUARES[0],
        slope(SWAPS, SQUARES, "1/2", sup(2, 1)),
        slope(SWAPS, SQUARES.parts[0], "1/2"),
        swapped(SWAPS, SQUARES),
    )
    refused(SWAPS, SQUARES, says("ke-3.4", "convergence"), *premises)


# ------------------------------------------------------------------ the printed radius is 20/m, whatever K

QUICK = polynomial(0, "1/2", 1, name="x/2 + x^2")
ON_QUICK = (inside(QUICK, LEFT, RATIONAL), slope(QUICK, LEFT, "1/2", backend=RATIONAL))


@pytest.mark.parametrize("radius", ["1/10", "2/10", "99/100"])
def test_a_small_rate_does_not_shrink_the_printed_radius(radius) -> None:
    """With K = 1/2 the orbit exceeds eps / (1 - K) = 2 eps; the printed 20 eps it never reaches."""
    failure = orbit(QUICK, 0, "1/10", 30, "1/20")
    refused(QUICK, LEFT, says("ke-4.2", "radius", "1/20", radius), *ON_QUICK, failure, reason=Reason.NO_CONTRADICTION)


def test_the_noise_is_one_over_an_integer() -> None:
    """|h| <= 2/21 is |h| <= 1/10, with the printed radius 20/10; an orbit beyond 40/21 need not be beyond that."""
    failure = orbit(BENT, 0, "40/21", 8, "2/21")
    witness = says("ke-4.2", "radius", "2/21", "40/21")
    refused(BENT, LEFT, witness, *ON_LEFT, failure, reason=Reason.NO_CONTRADICTION)


@pytest.mark.parametrize(("noise", "radius"), [("0", "0"), ("-1/10", "-2"), ("1/10", "-2"), ("1/10", "201/100")])
def test_noise_and_radius_are_positive_and_as_printed(noise, radius) -> None:
    failure = orbit(BENT, 0, 2, 7, "1/10")
    refused(BENT, LEFT, says("ke-4.2", "radius", noise, radius), *ON_LEFT, failure, reason=Reason.NO_CONTRADICTION)


def test_negative_noise_is_measured_by_its_size() -> None:
    """A noise of -3 is not at most 1/10."""
    failure = orbit(BENT, 0, 2, 2, -3)
    refused(BENT, LEFT, says("ke-4.2", "radius", "1/10", 2), *ON_LEFT, failure, reason=Reason.NO_CONTRADICTION)


# ------------------------------------------------------------------ what the statements speak of


def test_theorem_4_2_is_about_scalar_maps() -> None:
    refused(SWAPS, SQUARES, says("ke-4.2", "convergence"), *ON_SQUARES, swapped(SWAPS, SQUARES))


def test_theorem_4_1_is_about_layers() -> None:
    """In the plane a chain of two layers is no g(W x + b)."""
    two = chain(
        affine([["-1", "0"], ["0", "-1"]], ["0", "0"]),
        act("cubic"),
        affine([["1", "0"], ["0", "1"]], ["0", "0"]),
        size=2,
    )
    premises = (inside(two, SQUARES), slope(two, SQUARES, "1/2"), swapped(two, SQUARES))
    refused(two, SQUARES, says("ke-4.1", "convergence"), *premises)


def test_a_hidden_layer_has_no_scalar_bias_to_leave_out() -> None:
    """f = V tanh(w x + b) with two hidden cells is g(x) for one g, and not g(w x + b): its own slope must be bounded."""
    wide = chain(
        affine([["4"], ["4"]], ["-42", "-42"]),
        affine([["1", "0"], ["0", "1"]], ["40", "40"]),
        act("tanh"),
        affine([["-1/4", "-1/4"]], ["1/2"]),
        name="two hidden cells, far from 0",
    )
    premises = (inside(wide, UNIT), slope(wide.without_bias(), UNIT, "1e-9"), swapped(wide, ENDS))
    refused(wide, UNIT, says("ke-4.1", "convergence"), *premises)


def test_a_skip_past_the_bias_is_no_layer() -> None:
    """f = g(w x + b) + x/100 - as a program it reads the state again, after the bias."""
    skip = chain(
        affine([["4"]], ["-42"]),
        affine([["1"]], ["40"]),
        act("tanh"),
        affine([["-1/2"]], ["1/2"]),
        affine([["1/100"]], ["0"]) | {"from": 0},
        {"add": {"with": 4}},
    )
    premises = (inside(skip, interval("-1/10", "11/10")), slope(skip.without_bias(), interval("-1/10", "11/10"), "1/2"))
    refused(skip, interval("-1/10", "11/10"), says("ke-4.1", "convergence"), *premises, swapped(skip, ENDS))


def test_with_unequal_biases_the_layer_itself_is_not_what_is_printed() -> None:
    """Theorem 4.1 bounds g'(W x); with unequal biases no common g turns it into the derivative of f."""
    net = fp.loop("cubic", [["-1", "0"], ["0", "-1"]], ["1/100", "-1/100"])
    premises = (inside(net, SQUARES), slope(net, SQUARES, "1/2"), swapped(net, SQUARES))
    refused(net, SQUARES, says("ke-4.1", "convergence"), *premises)


def test_one_choice_of_g_serves_all_sets() -> None:
    """One set bounded by f' and the other by g'(W x) is no reading of Theorem 4.1."""
    net = chain(affine([["1"]], ["1/1000"]), act("staircase"), affine([["-1"]], ["0"]), name="turned, with a bias")
    sets = [islands(1), islands(2)]
    premises = (
        inside(net, sets[0]),
        slope(net, sets[0], "0.51"),
        inside(net, sets[1]),
        slope(net.without_bias(), sets[1], "0.51"),
        at_most_one(net),
    )
    refused(net, sets[0], says("ke-4.1", "fixed_points"), *premises)


# ------------------------------------------------------------------ differentiable, exact, closed


def test_a_kink_is_not_differentiable() -> None:
    """hard-tanh(-3x) is flat on D, and has kinks elsewhere; the printed statements ask for a differentiable map."""
    flat = chain(affine([["-3"]], ["0"]), act("hardtanh"))
    apart = Cover(parts=(interval("-2", "-1/2"), interval("1/2", "2")))
    refused(
        flat, apart, says("ke-3.4", "convergence"), inside(flat, apart), slope(flat, apart, "0"), swapped(flat, apart)
    )


def test_a_jump_is_not_differentiable() -> None:
    """-3/2 sign(x) on [-2, -1] u [1, 2] (A5) has the derivative 0 there, but is no differentiable map of the line."""
    jump = chain(act("sign"), affine([["-3/2"]], ["0"]))
    apart = Cover(parts=(interval(-2, -1), interval(1, 2)))
    refused(
        jump, apart, says("ke-3.4", "convergence"), inside(jump, apart), slope(jump, apart, "0"), swapped(jump, apart)
    )


def test_a_family_is_not_one_map() -> None:
    net = fp.loop("cubic", [[("-1.001", "-1")]])
    refused(net, PAIR, says("ke-3.4", "convergence"), inside(net, PAIR), slope(net, PAIR, "1/2"), swapped(net, PAIR))


def test_single_points_have_no_derivative_to_bound() -> None:
    """On the set {-1, 1} every map is "differentiable with K = 0"; the printed statement means more."""
    points = Cover(parts=(interval(-1, -1), interval(1, 1)))
    premises = (inside(SWAP, points, RATIONAL), slope(SWAP, points, "0", backend=RATIONAL))
    failure = Case(group="", name="", rule="alternates", network=SWAP, region=points, backend=RATIONAL)
    refused(SWAP, points, says("ke-3.4", "convergence"), *premises, failure)


@pytest.mark.parametrize("statement", ["ke-3.4", "ke-4.2"])
def test_lemma_3_4_and_theorem_4_2_assume_a_closed_set(statement) -> None:
    half = fp.loop("identity", [["1/2"]])
    hole = Punctured(parts=(interval(-1, 0),), without=Fraction(0))
    far = none(half, interval(-1, "-1/2"))
    refused(half, hole, says(statement, "fixed_points"), inside(half, hole), slope(half, hole, "1/2"), far)


# ------------------------------------------------------------------ the sets


@pytest.mark.parametrize("statement", ["ke-3.4", "ke-4.2"])
def test_a_statement_about_one_set_is_not_refuted_with_two(statement) -> None:
    sets = PAIR.parts
    turn = fp.loop("cubic", [["1"]])
    premises = [part for one in sets for part in (inside(turn, one), slope(turn, one, "1/2"))]
    refused(turn, sets[0], says(statement, "fixed_points"), *premises, none(turn, interval(2, 3)))


def test_the_claim_is_about_one_of_its_sets() -> None:
    """Its region is part of the claim; a region of which nothing was shown would say more than was checked."""
    for region in (line(), line(3), cube(100, 1), PAIR.parts[0]):
        refused(CLIMB, region, says("ke-3.4", "fixed_points"), *ON_RUNGS, none(CLIMB, LINE))
    refused(SWAP, PAIR.parts[0], says("ke-3.4", "convergence"), *ON_PAIR, swapped(SWAP, PAIR))


def test_boxes_beside_the_sets_prove_no_failure_there() -> None:
    """The boxes that are swapped must lie in the sets, each in one of their boxes."""
    wider = Cover(parts=(interval("-6/5", "-4/5"), interval("4/5", "6/5")))
    premises = (inside(SWAP, PAIR), slope(SWAP, PAIR, "1/2"), swapped(SWAP, wider))
    refused(SWAP, PAIR, says("ke-3.4", "convergence"), *premises, reason=Reason.NO_CONTRADICTION)


def test_a_swapped_box_with_the_lacking_point_is_not_held() -> None:
    """D lacks 1; a box around 1 is not a part of D, so nothing is shown of orbits from D."""
    hole = Punctured(parts=PAIR.parts, without=Fraction(1))
    case = inside(SWAP, hole)
    with pytest.raises(AssertionError, match="o1"):
        refused(SWAP, hole, says("ke-4.1", "convergence"), case, slope(SWAP, hole, "1/2"), swapped(SWAP, PAIR))


def test_a_claim_about_another_region_is_no_failure() -> None:
    """ "None in [2, 3]" is true of x/2, which has its fixed point in D."""
    half = fp.loop("identity", [["1/2"]])
    premises = (inside(half, cube(1, 1)), slope(half, cube(1, 1), "1/2"))
    refused(
        half,
        cube(1, 1),
        says("ke-3.4", "fixed_points"),
        *premises,
        none(half, interval(2, 3)),
        reason=Reason.NO_CONTRADICTION,
    )
    refused(
        half, cube(1, 1), says("ke-4.1", "fixed_points"), *premises, at_most_one(half), reason=Reason.NO_CONTRADICTION
    )
