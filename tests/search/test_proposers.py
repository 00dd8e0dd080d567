"""Proposers: what they propose for standard cases is accepted; requests that do not fit are told what to write instead."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.check import FileStatus, check_text
from fpverify.kernel.errors import FormatError, InexactNumberError, UnknownNameError
from fpverify.kernel.norm import Norm, OneNorm, SupNorm, TwoNorm
from fpverify.kernel.region import Ball, Cover, ProductRegions, Region
from fpverify.kernel.rules import RULES
from fpverify.search import PROPOSERS
from fpverify.search._numbers import norm_up, round_down, round_up, square_root_up
from tests.rules.cases import act, affine, chain, cube, interval, line, linear, polynomial
from tests.rules.counterexamples import BENT, CLIMB, LEFT, LINE, PAIR, RUNGS, SWAP, TURN, islands
from tests.search.test_deep import bottleneck
from tests.strategies import rationals

TANH = fp.loop("tanh", [["2/5", "-3/10"], ["1/5", "1/2"]], ["1/10", "-1/5"])
MIXED = linear([["1/5", "3"], ["3/20", "1/10"]])
CUBIC = fp.loop("cubic", [["1"]])
FAMILY = fp.loop("sin", [[("2/5", "1/2")]], [("-1/20", "1/20")])
DEEP = chain(affine([["1"], ["-1"]], ["1/10", "0"]), act("tanh"), affine([["1/4", "1/4"]], ["0"]), act("gelu"))
CHAIN = chain(
    affine([["1/2", "-1/3"], ["1/4", "2/5"]], ["1/10", "0"]),
    act("tanh"),
    affine([["3/4", "1/5"], ["-1/2", "3/5"]], ["0", "-1/10"]),
    act("tanh"),
    size=2,
)
STEEP = fp.loop("tanh", [["2"]])
LATE = fp.loop("tanh", [["2"]], ["2"])
"""Slopes up to 2, and below 1 where its orbits go."""
UNEVEN = fp.loop("tanh", [["1/2", "6"], ["1/10", "-1"]])
NEAR = (interval("17/20", "21/20"), interval("-21/20", "-17/20"))
LAYERS = fp.loop(
    "cubic", fp.exchangeable(3, ("293/300", "307/300"), ("-7/300", "7/300")), fp.fill(3, ("-1/50", "1/50"))
)
A = fp.About


def ball(*centre: Any, radius: Any = "1/10", norm: type[Norm] = SupNorm) -> Ball:
    ones = tuple(Fraction(1) for _ in centre)
    return Ball(centre=tuple(Fraction(c) for c in centre), radius=Fraction(radius), norm=norm(weights=ones))


STANDARD: dict[str, tuple[fp.Network, Region, fp.Goal | None]] = {
    "unique, by default": (TANH, cube("9/10", 2), None),
    **{f"unique in the {kind} norm": (TANH, cube("9/10", 2), fp.Unique(norm=kind)) for kind in ("sup", "one", "two")},
    "unique on the plane": (TANH, line(2), fp.Unique()),
    "unique in several layers": (DEEP, cube(1, 1), fp.Unique()),
    "unique in rationals": (linear([["19/20"]]), cube(1, 1), fp.Unique(precision=0)),
    "unique at 64 bits": (TANH, cube("9/10", 2), fp.Unique(precision=64)),
    "unique with a stated rate": (linear([["1/2"]]), cube(1, 1), fp.Unique(rate="3/4")),
    "unique with stated weights": (linear([["1/2", "10"], ["0", "1/2"]]), line(2), fp.Unique(weights=["40", "1"])),
    "unique for each of a family": (FAMILY, cube(1, 1), fp.Unique()),
    **{
        f"unique in a ball of the {norm.kind} norm": (CUBIC, ball("19/20", norm=norm), fp.Unique())
        for norm in (SupNorm, OneNorm, TwoNorm)
    },
    "one in each": (CUBIC, Cover(parts=NEAR), fp.OneInEach()),
    "robust": (TANH, cube("9/10", 2), fp.Robust(noise="1/100")),
    "robust with radii": (TANH, cube("9/10", 2), fp.Robust(noise=["1/100", "1/50"], radii=True)),
    "robust, a family": (FAMILY, cube(1, 1), fp.Robust(noise="1/10", radii=True)),
    "robust without noise": (TANH, cube("9/10", 2), fp.Robust(radii=True)),
    "robust on the plane": (TANH, line(2), fp.Robust(noise=1, norm="one")),
    "robust in the 2-norm": (TANH, cube("9/10", 2), fp.Robust(noise="1/100", norm="two")),
    "one in each product": (
        LAYERS,
        ProductRegions.power(("4/5", "11/10"), ("-11/10", "-4/5"), dimension=3),
        fp.OneInEachProduct(noise="1/20"),
    ),
    "exists": (linear([["-1"]]), cube(1, 1), fp.Exists()),
    "none": (linear([["1"]], ["1"]), cube(1, 1), fp.NoFixedPoint()),
    "none on the line": (CLIMB, LINE, fp.NoFixedPoint()),
    "at most one": (TURN, line(), fp.AtMostOne()),
    "a repelling crossing": (CUBIC, cube("1/4", 1), fp.Crossing()),
    "a crossing with stated slopes": (CUBIC, cube("1/4", 1), fp.Crossing(slope=("5/4", "8/5"))),
    "on the diagonal": (
        fp.loop("quartic", fp.exchangeable(3, 1, "1/16")),
        line(3),
        fp.OnDiagonal(interval=("1.25", "1.4")),
    ),
    "on the diagonal, negative row sum": (
        fp.loop("tanh", fp.exchangeable(2, -1, -1)),
        line(2),
        fp.OnDiagonal(interval=(-1, "9/10")),
    ),
    "products of cells, searched": (fp.loop("tanh", [["2", "1/10"], ["-1/10", "2"]]), line(2), fp.CountProducts()),
    "products of cells, given": (
        CUBIC,
        cube(2, 1),
        fp.CountProducts(cells=[("-1.1", "-0.9"), ("-1/4", "1/4"), ("0.9", "1.1")]),
    ),
    "products of cells, for each coordinate": (
        fp.loop("tanh", [["2", "0"], ["0", "1/2"]]),
        cube(1, 2),
        fp.CountProducts(cells=[[(-1, "-1/2"), ("-1/4", "1/4"), ("1/2", 1)], [(-1, 1)]]),
    ),
    "products of cells, in rationals": (linear([["1/2"]]), cube(1, 1), fp.CountProducts(precision=0)),
    "products of cells, in stages": (
        fp.loop("tanh", [["2", "1/2"], ["0", "1/4"]], ["0", "1/10"]),
        line(2),
        fp.CountProducts(),
    ),
    "all in a box": (CUBIC, cube(2, 1), fp.AllFixedPoints(count=3)),
    "all in a box, in rationals": (linear([["3"]]), cube(1, 1), fp.AllFixedPoints(precision=0)),
    "all in a box, of which there is none": (linear([["1"]], ["1"]), cube(1, 1), fp.AllFixedPoints(count=0)),
    "all in a box, with stability": (CUBIC, cube(2, 1), fp.AllFixedPoints(stability=True)),
    "all in a box, with their index sum": (CUBIC, cube("3/2", 1), fp.AllFixedPoints(stability=True, index_sum=True)),
    "all on the plane": (
        fp.loop("tanh", [["2", "1/10"], ["-1/10", "2"]]),
        line(2),
        fp.AllFixedPoints(count=9, stability=True, index_sum=True),
    ),
    "all, for each of a family": (fp.loop("tanh", [[("1.99", "2.01")]]), line(), fp.AllFixedPoints(count=3)),
    "cubics near the identity": (LAYERS, line(3), fp.CountCubic()),
    **{
        f"attracts all, in the {norm} norm": (CHAIN, line(2), fp.AttractsAll(norm=norm))
        for norm in ("sup", "two", None)
    },
    "attracts all, after some steps": (LATE, line(), fp.AttractsAll()),
    "attracts all of a box": (LATE, cube(1, 1), fp.AttractsAll()),
    "attracts all, for each of a family": (FAMILY, cube(1, 1), fp.AttractsAll()),
    "only one": (fp.loop("tanh", [["-3"]]), line(), fp.OnlyOne()),
    "only one in a box": (fp.loop("tanh", [["9/10"]]), cube(1, 1), fp.OnlyOne()),
    "only one, in layers": (CHAIN, line(2), fp.OnlyOne()),
    "only one, with multipliers that differ": (UNEVEN, line(2), fp.OnlyOne()),
    "a ball that is attracted": (STEEP, ball("19/20", radius="1/20", norm=TwoNorm), fp.Attracted()),
    "a start that converges": (
        STEEP,
        interval("1/4", "1/4"),
        fp.ConvergesTo(target=ball("19/20", radius="1/20", norm=TwoNorm)),
    ),
    "starts that converge into a box": (
        STEEP,
        Cover(parts=(interval("1/10", "1/5"), interval("1/2", 1))),
        fp.ConvergesTo(target=interval("9/10", 1)),
    ),
    "exists by signs": (linear([["1", "-2"], ["2", "1"]]), cube(1, 2), fp.ExistsBySigns()),
    "exists by signs, with a stated matrix": (linear([["2"]]), cube(1, 1), fp.ExistsBySigns(transform=[["1"]])),
    "exactly one, repelling": (CUBIC, cube("1/4", 1), fp.ExactlyOne()),
    "exactly one, a saddle": (linear([["3", "1"], ["0", "1/2"]], ["1/10", "0"]), cube(1, 2), fp.ExactlyOne()),
    "maps into": (CLIMB, RUNGS, fp.MapsInto()),
    "lipschitz": (CUBIC, PAIR, fp.Lipschitz()),
    "lipschitz on the rungs": (CLIMB, RUNGS, fp.Lipschitz(norm="one")),
    "alternates": (SWAP, PAIR, fp.Alternates()),
    "an orbit": (BENT, interval(0, 0), fp.OrbitAbove(steps=7, above=2, noise="1/10")),
    "a value": (CUBIC, interval(1, 1), fp.AtPoint(entry=(0,), bounds=("0.999", "1.001"))),
    "a slope": (CUBIC, interval(1, 1), fp.AtPoint(entry=(0, 0), bounds=(0, 0), precision=0)),
    "a counterexample": (
        TURN,
        islands(1),
        fp.Refutes(
            statement="ke-4.1",
            conclusion="fixed_points",
            hypotheses=tuple(
                A(goal=goal, region=islands(i)) for i in (1, 2) for goal in (fp.MapsInto(), fp.Lipschitz(rate="0.501"))
            ),
            failure=A(goal=fp.AtMostOne(), region=line()),
        ),
    ),
    "a counterexample with noise": (
        BENT,
        LEFT,
        fp.Refutes(
            statement="ke-4.2",
            conclusion="radius",
            noise="1/10",
            radius=2,
            hypotheses=(A(goal=fp.MapsInto(precision=0), region=LEFT), A(goal=fp.Lipschitz(precision=0), region=LEFT)),
            failure=A(goal=fp.OrbitAbove(steps=7, above=2, noise="1/10"), region=interval(0, 0)),
        ),
    ),
}


@pytest.mark.parametrize("name", STANDARD)
def test_what_is_proposed_is_accepted(name: str) -> None:
    """And the certificate's text is VALID."""
    network, region, goal = STANDARD[name]
    outcome = fp.certify(network, region, goal)
    assert outcome.verdict.status is fp.Status.PROVED, f"{outcome.verdict.reason} {outcome.verdict.detail}"
    assert outcome.check.status is FileStatus.VALID
    assert outcome.claim.sentence() == outcome.check.claim.sentence()


FOLLOWS = {
    "absorbing": "takes a claim from a box to a region whose orbits enter it: proposed by AttractsAll and OnlyOne",
    "spectrum": "adds stability to a list of points: proposed with the list, by AllFixedPoints(stability=True)",
    "index_sum": "audits a list of points: proposed with the list, by AllFixedPoints(index_sum=True)",
    "everywhere": "takes a count from a box to R^d: proposed with the count, by AllFixedPoints on R^d",
    "periodic": "reads orbits off the fixed points of a lifted network: found by find_fixed_points(period=k)",
    "basin": "needs attracting balls: found by find_fixed_points(basins=True)",
    "unfolded": "reads fixed points off those of the unfolded network: found by find_fixed_points, in deep ones",
}
"""Rules that conclude from premises alone, and so have no goal; where their obligations come from."""

TURNED = fp.loop("tanh", [["-2"]])


def _found() -> dict[str, fp.FindResult]:
    """Return searches that end in the rules of FOLLOWS which no goal asks for."""
    return {
        "periodic": fp.find_fixed_points(TURNED, [(-1, 1)], period=2),
        "basin": fp.find_fixed_points(fp.loop("tanh", [["2"]]), basins=True),
        "unfolded": fp.find_fixed_points(bottleneck(), stability=True),
    }


def test_every_rule_has_a_proposer_of_its_name() -> None:
    """But those that only follow from others."""
    assert {*PROPOSERS} | {*FOLLOWS} == {*RULES}
    assert not {*PROPOSERS} & {*FOLLOWS}


def test_every_goal_of_the_standard_cases_is_tried() -> None:
    """Each rule ends a chain of obligations that is accepted: of a goal, or of a search."""
    chains = [
        PROPOSERS[(goal or fp.Unique()).rule].propose(network, region, goal or fp.Unique())
        for network, region, goal in STANDARD.values()
    ]
    tried = {obligation.rule for chain in chains for obligation in chain}
    for name, result in _found().items():
        outcome = result.basins if name == "basin" else result.outcome
        assert outcome is not None
        assert outcome.verdict.status is fp.Status.PROVED
        assert outcome.check.status is FileStatus.VALID
        tried |= {obligation.rule for obligation in outcome.certificate.obligations} & {name}
    assert tried == {*RULES}


# ------------------------------------------------------------------ all fixed points


@pytest.mark.parametrize(
    ("count", "reason"),
    [(0, "NOT_EXCLUDED"), (2, "NOT_EXCLUDED"), (4, "NOT_DISJOINT"), (7, "NOT_DISJOINT")],
)
def test_a_false_count_is_not_proved(count: int, reason: str) -> None:
    """Three points: what would say something else is refused by the kernel, in memory and as a file."""
    outcome = fp.certify(CUBIC, cube(2, 1), fp.AllFixedPoints(count=count))
    assert (outcome.verdict.status, outcome.verdict.reason.name) == (fp.Status.UNDECIDED, reason)
    assert outcome.claim is None
    assert check_text(outcome.certificate.to_text()).status is FileStatus.REJECTED


def test_what_the_search_leaves_open_is_not_proved() -> None:
    """x + (x - 0.3)^2 touches the diagonal; two boxes are too few for three points: the box is named."""
    touching = fp.certify(polynomial("0.09", "0.4", "1"), cube(1, 1), fp.AllFixedPoints())
    assert (touching.verdict.status, touching.verdict.reason) == (fp.Status.UNDECIDED, fp.Reason.NOT_EXCLUDED)
    assert "[0.29999" in touching.verdict.detail
    few = fp.certify(CUBIC, cube(2, 1), fp.AllFixedPoints(boxes=2))
    assert (few.verdict.status, few.verdict.reason) == (fp.Status.UNDECIDED, fp.Reason.NOT_EXCLUDED)


def test_stability_that_is_not_settled_is_not_proved() -> None:
    """-x has the eigenvalue -1 at its fixed point, on the unit circle."""
    outcome = fp.certify(linear([["-1"]]), cube(1, 1), fp.AllFixedPoints(stability=True))
    assert (outcome.verdict.status, outcome.verdict.reason) == (fp.Status.UNDECIDED, fp.Reason.STABILITY_UNCERTAIN)
    assert check_text(outcome.certificate.to_text()).status is FileStatus.REJECTED
    assert fp.certify(linear([["-1"]]), cube(1, 1), fp.AllFixedPoints()).verdict.status is fp.Status.PROVED


# ------------------------------------------------------------------ norms and rates


def unique(network: fp.Network, region: Region, **goal: Any) -> dict[str, Any]:
    """Return the witness that is proposed."""
    return dict(PROPOSERS["banach"].propose(network, region, fp.Unique(**goal))[-1].witness)


@pytest.mark.parametrize("kind", ["sup", "one"])
def test_weights_near_the_perron_vector_are_found(kind: str) -> None:
    """|slopes| = [[1/5, 3], [3/20, 1/10]] has row sums up to 3.2 and the Perron root 0.82: some weights contract."""
    witness = unique(MIXED, line(2), norm=kind)
    assert Fraction(witness["rate"]) < Fraction(95, 100)
    assert len({*witness["norm"]["weights"]}) == 2
    assert fp.certify(MIXED, line(2), fp.Unique(norm=kind)).verdict.status is fp.Status.PROVED


def test_weights_are_found_for_a_stated_rate() -> None:
    outcome = fp.certify(MIXED, line(2), fp.Unique(rate="9/10"))
    assert outcome.verdict.status is fp.Status.PROVED
    assert outcome.claim.facts["rate"] == "9/10"


def test_no_weights_are_used_where_none_are_needed() -> None:
    assert {*unique(TANH, cube(1, 2))["norm"]["weights"]} == {"1"}


def test_no_weights_contract_beyond_the_perron_root() -> None:
    """The turn 3/5 [[1, 1], [-1, 1]] has |slopes| of Perron root 6/5; only the 2-norm sees that it contracts."""
    turn = linear([["3/5", "3/5"], ["-3/5", "3/5"]])
    for kind in ("sup", "one"):
        assert fp.certify(turn, line(2), fp.Unique(norm=kind)).verdict.status is fp.Status.UNDECIDED
    outcome = fp.certify(turn, line(2), fp.Unique(norm="two"))
    assert outcome.verdict.status is fp.Status.PROVED
    assert Fraction(outcome.claim.facts["rate"]) < Fraction(86, 100)


@pytest.mark.parametrize("kind", ["sup", "one", "two"])
def test_the_rate_is_short_and_near_to_the_best(kind: str) -> None:
    witness = unique(linear([["1/3", "0"], ["0", "1/3"]]), line(2), norm=kind)
    assert Fraction(1, 3) <= Fraction(witness["rate"]) <= Fraction(35, 100)
    assert len(witness["rate"]) <= 16


def test_a_stated_rate_is_taken_as_it_is() -> None:
    assert unique(linear([["1/2"]]), line(), rate="2/3")["rate"] == "2/3"
    assert fp.certify(linear([["1/2"]]), line(), fp.Unique(rate="1/3")).verdict.reason is fp.Reason.RATE_UNCERTAIN


def test_a_map_that_does_not_contract_is_undecided_with_advice() -> None:
    outcome = fp.certify(fp.loop("tanh", [["3", "0"], ["0", "3"]]), cube(1, 2))
    assert outcome.verdict.status is fp.Status.UNDECIDED
    assert outcome.verdict.reason is fp.Reason.RATE_NOT_BELOW_ONE
    assert outcome.claim is None


def test_slopes_that_are_not_bounded_are_told_as_such() -> None:
    outcome = fp.certify(polynomial(0, 0, 1), line())
    assert (outcome.verdict.status, outcome.verdict.reason) == (fp.Status.UNDECIDED, fp.Reason.UNBOUNDED)


@pytest.mark.parametrize(
    ("goal", "reason"),
    [(fp.Unique(precision=0), fp.Reason.NOT_RATIONAL), (fp.Exists(precision=0), fp.Reason.NOT_RATIONAL)],
    ids=["unique", "exists"],
)
def test_rationals_that_do_not_suffice_are_told_as_such(goal: fp.Goal, reason: fp.Reason) -> None:
    outcome = fp.certify(TANH, cube("9/10", 2), goal)
    assert (outcome.verdict.status, outcome.verdict.reason) == (fp.Status.UNDECIDED, reason)


def test_an_overflow_is_told_as_such() -> None:
    outcome = fp.certify(chain(act("exp"), act("exp"), act("exp")), interval(0, 10))
    assert outcome.verdict.reason is fp.Reason.NOT_FINITE


@pytest.mark.parametrize("goal", [fp.Unique(), fp.Exists(), fp.Robust()], ids=lambda goal: type(goal).__name__)
def test_existence_is_refuted_where_nothing_is_fixed(goal: fp.Goal) -> None:
    """The certificate is that of the claim that there is none."""
    outcome = fp.certify(TANH, fp.BoxRegion.of(("1/2", "3/4"), ("1/2", "3/4")), goal)
    assert outcome.verdict.status is fp.Status.REFUTED
    assert outcome.claim.kind == "none"
    assert outcome.check.status is FileStatus.VALID


def test_numbers_beyond_doubles_are_no_error() -> None:
    """They are undecided like others."""
    big = linear([["1e400"]])
    for goal in (fp.Exists(), fp.NoFixedPoint(boxes=3)):
        assert fp.certify(big, cube(1, 1), goal).verdict.status is fp.Status.UNDECIDED


# ------------------------------------------------------------------ misuse

MISUSE: dict[str, tuple[fp.Network, Region, fp.Goal, str]] = {
    "unique on a union": (CUBIC, Cover(parts=NEAR), fp.Unique(), "OneInEach"),
    "unique on products": (CUBIC, ProductRegions.power((0, 1), dimension=1), fp.Unique(), "box, a ball or all of"),
    "unique on a periodic set": (CLIMB, RUNGS, fp.Unique(), "box, a ball or all of"),
    "one in each on a box": (CUBIC, NEAR[0], fp.OneInEach(), "cover"),
    "one in each on the line": (CUBIC, line(), fp.OneInEach(), "cover"),
    "all in a union": (CUBIC, Cover(parts=NEAR), fp.AllFixedPoints(), "a box, or R"),
    "all in a box of another dimension": (CUBIC, cube(1, 2), fp.AllFixedPoints(), "of the dimension"),
    "all on the line, unbounded": (CUBIC, line(), fp.AllFixedPoints(), "give a box"),
    "all, by a share of 2": (CUBIC, cube(1, 1), fp.AllFixedPoints(tolerance=2), "between 0 and 1"),
    "all, in no boxes": (CUBIC, cube(1, 1), fp.AllFixedPoints(boxes=0), "positive"),
    "all, fewer than none": (CUBIC, cube(1, 1), fp.AllFixedPoints(count=-1), "not negative"),
    "robust on a union": (CUBIC, Cover(parts=NEAR), fp.Robust(), "a box or all of"),
    "robust on a ball": (CUBIC, ball("19/20"), fp.Robust(), "a box or all of"),
    "products on a box": (LAYERS, cube(1, 3), fp.OneInEachProduct(), "OneInEach"),
    "products of two layers": (DEEP, ProductRegions.power((0, 1), dimension=1), fp.OneInEachProduct(), "looped layer"),
    "crossing on the line": (CUBIC, line(), fp.Crossing(), "an interval"),
    "crossing on a square": (TANH, cube(1, 2), fp.Crossing(), "an interval"),
    "on the diagonal of two layers": (DEEP, line(), fp.OnDiagonal(interval=(0, 1)), "looped layer"),
    "lipschitz on the line": (CUBIC, line(), fp.Lipschitz(), "made of boxes"),
    "lipschitz on a ball": (CUBIC, ball("19/20"), fp.Lipschitz(), "made of boxes"),
    "noise for three of two coordinates": (TANH, cube(1, 2), fp.Robust(noise=[0, 0, 0]), "3 numbers are given for 2"),
    "an orbit with noise for two of one": (
        BENT,
        interval(0, 0),
        fp.OrbitAbove(steps=1, above=0, noise=[0, 0]),
        "2 numbers",
    ),
    "a part that is no part": (
        SWAP,
        PAIR,
        fp.Refutes(
            statement="ke-3.4",
            conclusion="convergence",
            hypotheses=(A(goal=fp.Exists(), region=PAIR),),
            failure=A(goal=fp.Alternates(), region=PAIR),
        ),
        "brouwer is no part of a counterexample",
    ),
}


@pytest.mark.parametrize("name", MISUSE)
def test_misuse_is_told_what_to_write(name: str) -> None:
    network, region, goal, words = MISUSE[name]
    with pytest.raises(fp.MisuseError, match=words):
        fp.certify(network, region, goal)


def test_an_unknown_norm_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="one, sup, two"):
        fp.certify(TANH, line(2), fp.Unique(norm="max"))


@pytest.mark.parametrize(
    "goal", [fp.Unique(rate=0.5), fp.Robust(noise=0.1), fp.Unique(weights=[1.0, 1.0])], ids=["rate", "noise", "weights"]
)
def test_floats_are_refused(goal: fp.Goal) -> None:
    with pytest.raises(InexactNumberError, match=r"write it as text"):
        fp.certify(TANH, cube(1, 2), goal)


@pytest.mark.parametrize("weights", [[1, 0], [1, -1]])
def test_weights_are_positive(weights: list[int]) -> None:
    with pytest.raises(FormatError, match="positive"):
        fp.certify(TANH, cube(1, 2), fp.Unique(weights=weights))


def test_a_box_of_the_wrong_dimension_is_misuse_or_refused() -> None:
    """Never a traceback of another kind, and never proved."""
    for goal in (fp.Unique(), fp.Exists(), fp.Robust(), fp.NoFixedPoint(), fp.Lipschitz(), fp.MapsInto()):
        try:
            outcome = fp.certify(TANH, cube(1, 3), goal)
        except fp.MisuseError:
            continue
        assert outcome.verdict.reason is fp.Reason.WRONG_REGION
        assert outcome.verdict.status is not fp.Status.PROVED


# ------------------------------------------------------------------ short numbers


@given(value=rationals(), digits=st.sampled_from([10**5, 10**9]))
def test_rounding_goes_the_right_way(value: Fraction, digits: int) -> None:
    """Up is not below, down is not above, and neither is far away."""
    up, down = round_up(value, digits), round_down(value)
    assert value <= up <= value + Fraction(1, digits)
    assert value - Fraction(1, 10**5) <= down <= value


@given(value=rationals().map(abs))
def test_the_square_root_is_rounded_up(value: Fraction) -> None:
    root = square_root_up(value)
    assert root**2 >= value
    assert (root - Fraction(1, 10**6)) ** 2 <= value or root < Fraction(1, 10**5)


@given(
    kind=st.sampled_from([SupNorm, OneNorm, TwoNorm]),
    sizes=st.lists(rationals().map(abs), min_size=2, max_size=2),
    weights=st.lists(st.integers(1, 9).map(Fraction), min_size=2, max_size=2),
)
def test_the_norm_is_rounded_up(kind: type[Norm], sizes: list[Fraction], weights: list[Fraction]) -> None:
    norm = kind(weights=tuple(weights))
    assert norm.vector_at_most(sizes, norm_up(norm, sizes))
