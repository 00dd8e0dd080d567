"""banach: one fixed point in a box or in all of R^d, by a self-map and a rate below 1."""

import struct
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import fpverify as fp
from fpverify.kernel.arb import Arb
from fpverify.kernel.check import FileStatus, check_file
from fpverify.kernel.norm import SupNorm
from fpverify.kernel.region import Ball, Cover, Periodic, ProductRegions
from fpverify.kernel.rules import RULES
from fpverify.kernel.verdict import Reason
from tests.rules.cases import (
    ARB,
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
    norm,
    polynomial,
    rate,
    sup,
    verify,
)

T = Table("banach")

SHEAR = [["1/2", "10"], ["0", "1/2"]]
TURN = [["3/5", "3/5"], ["-3/5", "3/5"]]
HALF_TURN = [["3/10", "3/10"], ["-3/10", "3/10"]]
MIXED = [["1/5", "3"], ["3/20", "1/10"]]
CUBIC = fp.loop("cubic", [["1"]])
DEEP = chain(affine([["2"], ["-1"]], ["1/10", "0"]), act("tanh"), affine([["1/4", "1/4"]], ["0"]), act("sin"), size=1)
TEN = chain(*[act("sin"), affine([["9/10"]], ["1/100"])] * 10)
RESIDUAL = chain(affine([["1/2"]], ["0"]), affine([["-1"]], ["0"]), act("tanh"), {"add": {"with": 1}})
SQUARE = chain({"multiply": {"with": 0}}, affine([["1/4"]], ["1/8"]))
BENT = fp.loop({"name": "leaky_relu", "slope": "1/4"}, [["1/2"]], ["1/4"])

T.group("The hypotheses of Lemma 3.4 hold with room")
T.accept(
    "tanh of a small matrix",
    fp.loop("tanh", [["2/5", "-3/10"], ["1/5", "1/2"]]),
    cube("9/10", 2),
    rate("7001/10000", sup(1, 1)),
)
T.accept("cubic near 1", CUBIC, interval("17/20", "21/20"), rate("21/50"))
T.accept("three layers, two of them wide", DEEP, cube(1, 1), rate("3/4"))
T.accept("twenty layers", TEN, cube(2, 1), rate("9/10"))
T.accept("residual: x/2 + tanh(-x/2)", RESIDUAL, cube(1, 1), rate("1/8"))
T.accept("a product of values: x^2/4 + 1/8", SQUARE, interval(0, 1), rate("1/2"), backend=RATIONAL)
T.accept("a kink inside", BENT, cube(1, 1), rate("1/2"))
T.accept("no jump inside", fp.loop("sign", [["1"]]), interval("1/2", "1"), rate("0"))
T.accept("64 bits", fp.loop("tanh", [["1/2"]]), cube(1, 1), rate("1/2"), backend=Arb(64))

T.group("Inequalities that touch are proved exactly, and by outward rounding only where nothing is rounded")
T.accept("19x/20 with K = 19/20", linear([["19/20"]]), cube(1, 1), rate("19/20"), backend=RATIONAL)
T.reject(Reason.RATE_UNCERTAIN, "19x/20 with K = 19/20, rounded", linear([["19/20"]]), cube(1, 1), rate("19/20"))
T.accept("x/2 with K = 1/2, rounded, all dyadic", linear([["1/2"]]), cube(1, 1), rate("1/2"))
T.accept("the image touches the face", linear([["1/3"]], ["2/3"]), interval(0, 1), rate("1/2"), backend=RATIONAL)
T.reject(Reason.SELF_MAP_UNCERTAIN, "the same, rounded", linear([["1/3"]], ["2/3"]), interval(0, 1), rate("1/2"))
T.accept("touching at dyadic numbers", linear([["1/2"]], ["1/2"]), interval(0, 1), rate("1/2"))
T.reject(
    Reason.RATE_UNCERTAIN, "K a little smaller", linear([["19/20"]]), cube(1, 1), rate("0.9499999"), backend=RATIONAL
)

T.group("The box may be a single point, if it is fixed")
T.accept("0 of x/2", linear([["1/2"]]), cube(0, 1), rate("1/2"))
T.reject(Reason.SELF_MAP_UNCERTAIN, "1 of x/2", linear([["1/2"]]), interval(1, 1), rate("1/2"))
T.accept(
    "flat in one coordinate",
    linear([["1/2", "0"], ["0", "0"]]),
    fp.BoxRegion.of((-1, 1), (0, 0)),
    rate("1/2", sup(1, 1)),
)

T.group("The rate is that of the stated norm (T1.4, T1.5)")
T.accept("the shear, weights (40, 1)", linear(SHEAR), fp.BoxRegion.of((-40, 40), (-1, 1)), rate("3/4", sup(40, 1)))
T.reject(Reason.RATE_UNCERTAIN, "the shear, unweighted", linear(SHEAR), line(2), rate("3/4", sup(1, 1)))
T.reject(Reason.RATE_UNCERTAIN, "the shear, weights the wrong way", linear(SHEAR), line(2), rate("3/4", sup(1, 40)))
T.accept("the shear in the 1-norm, weights (1, 40)", linear(SHEAR), line(2), rate("3/4", norm("one", 1, 40)))
T.accept("the shear in the 2-norm, weights (40, 1)", linear(SHEAR), line(2), rate("13/20", norm("two", 40, 1)))
T.reject(
    Reason.RATE_UNCERTAIN,
    "the shear in the 2-norm, weights (1, 40)",
    linear(SHEAR),
    line(2),
    rate("13/20", norm("two", 1, 40)),
)
T.reject(
    Reason.RATE_UNCERTAIN,
    "the shear in the 1-norm, weights (40, 1)",
    linear(SHEAR),
    line(2),
    rate("3/4", norm("one", 40, 1)),
)
T.accept("a turn in the 2-norm", linear(TURN), line(2), rate("17/20", norm("two", 1, 1)))
T.reject(Reason.RATE_UNCERTAIN, "a turn in the sup norm", linear(TURN), line(2), rate("17/20", sup(1, 1)))
T.reject(
    Reason.RATE_UNCERTAIN,
    "a turn in the 2-norm, K below 3 sqrt 2/5",
    linear(TURN),
    line(2),
    rate("0.8485", norm("two", 1, 1)),
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "a turn of the square: (1, 1) leaves it",
    linear(TURN),
    cube(1, 2),
    rate("17/20", norm("two", 1, 1)),
)
T.accept("weights of the Perron vector", linear(MIXED), line(2), rate("9/10", sup(31, 7)))
T.reject(
    Reason.RATE_UNCERTAIN,
    "the spectral radius is no rate",
    linear([["0", "2"], ["0", "0"]]),
    line(2),
    rate("1/2", sup(1, 1)),
)

T.group("Of a looped layer, sup |g'| times the norm of W is a rate, too")
T.accept("tanh of a turn, in the 2-norm", fp.loop("tanh", TURN), line(2), rate("17/20", norm("two", 1, 1)))
T.reject(
    Reason.RATE_UNCERTAIN, "the slope 1 at 0 counts", fp.loop("tanh", TURN), line(2), rate("84/100", norm("two", 1, 1))
)
T.accept(
    "the cubic of half a turn, slope 3/2", fp.loop("cubic", HALF_TURN), cube("1/4", 2), rate("16/25", norm("two", 1, 1))
)
T.reject(
    Reason.RATE_UNCERTAIN,
    "the slope 3/2 is not left out",
    fp.loop("cubic", HALF_TURN),
    cube("1/4", 2),
    rate("3/5", norm("two", 1, 1)),
)
T.reject(
    Reason.RATE_UNCERTAIN,
    "weights of the 2-norm that do not commute with the turn",
    fp.loop("tanh", TURN),
    line(2),
    rate("17/20", norm("two", 1, 3)),
)
T.reject(
    Reason.RATE_UNCERTAIN,
    "two layers",
    chain(affine(TURN, ["0", "0"]), act("tanh"), affine(TURN, ["0", "0"]), act("tanh"), size=2),
    line(2),
    rate("0.721", norm("two", 1, 1)),
)
T.accept("a constant layer", fp.loop("relu", TURN, ["-9", "-9"]), cube(1, 2), rate(0, norm("two", 1, 1)))
T.reject(
    Reason.RATE_UNCERTAIN,
    "a negative rate of a constant layer",
    fp.loop("relu", TURN, ["-9", "-9"]),
    cube(1, 2),
    rate("-1/2", norm("two", 1, 1)),
)

T.group("K = 1 is not enough (audit A1)")
T.reject(Reason.RATE_NOT_BELOW_ONE, "x + 1 on the line", linear([["1"]], ["1"]), line(), rate("1"))
T.reject(Reason.RATE_NOT_BELOW_ONE, "-x on [-1, 1]", linear([["-1"]]), cube(1, 1), rate("1"))
T.reject(Reason.RATE_NOT_BELOW_ONE, "the identity", linear([["1"]]), cube(1, 1), rate("1"), backend=RATIONAL)
T.reject(Reason.RATE_NOT_BELOW_ONE, "a contraction with K = 2", linear([["1/2"]]), cube(1, 1), rate("2"))
T.reject(Reason.RATE_UNCERTAIN, "a constant with a negative K", linear([["0"]]), cube(1, 1), rate("-1/2"))

T.group("D must be mapped into itself (audit A3)")
T.reject(Reason.SELF_MAP_UNCERTAIN, "x/2 + 1 on [0, 1]", linear([["1/2"]], ["1"]), interval(0, 1), rate("1/2"))
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "beyond the fold of the cubic",
    fp.loop("cubic", [["1"]], ["-1/5"]),
    interval("1/2", 1),
    rate("9/10"),
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "only the second coordinate leaves",
    linear([["1/2", "0"], ["0", "1/2"]], ["0", "1"]),
    cube(1, 2),
    rate("1/2", sup(1, 1)),
)
T.reject(Reason.RATE_UNCERTAIN, "a box around three fixed points", CUBIC, cube("11/10", 1), rate("9/10"))

T.group("Every member of an uncertain network must satisfy the hypotheses")
T.accept(
    "sin(w x + b), w in [2/5, 3/5]", fp.loop("sin", [[("2/5", "3/5")]], [("3/20", "1/4")]), cube(1, 1), rate("0.6001")
)
T.reject(Reason.SELF_MAP_UNCERTAIN, "one weight is 11/10", linear([[("1/2", "11/10")]]), cube(1, 1), rate("1/2"))
T.reject(Reason.SELF_MAP_UNCERTAIN, "one bias is 1", linear([["1/2"]], [("0", "1")]), cube(1, 1), rate("1/2"))
T.reject(Reason.RATE_UNCERTAIN, "one weight is 9/10", linear([[("1/10", "9/10")]]), cube(1, 1), rate("1/2"))
T.reject(Reason.RATE_UNCERTAIN, "the mean of the slopes is 0", linear([[("-9/10", "9/10")]]), cube(1, 1), rate("0"))

T.group("All of R^d needs a bound of the slope everywhere (T1.6)")
T.accept("tanh(9x/10)", fp.loop("tanh", [["9/10"]]), line(), rate("0.9001"))
T.accept("-x/2", linear([["-1/2"]]), line(), rate("1/2"))
T.accept(
    "a residual network",
    chain(affine([["-1/4"]], ["0"]), act("sin"), affine([["1/2"]], ["1"]), {"add": {"with": 1}}),
    line(),
    rate("3/8"),
)
T.reject(Reason.RATE_UNCERTAIN, "tanh(2x)", fp.loop("tanh", [["2"]]), line(), rate("9/10"))
T.reject(Reason.UNBOUNDED, "x^2/8", polynomial(0, 0, "1/8"), line(), rate("1/2"))
T.reject(Reason.UNBOUNDED, "exp", fp.loop("exp", [["1/8"]]), line(), rate("1/2"))
T.reject(Reason.UNBOUNDED, "a product of values", SQUARE, line(), rate("1/2"))
T.reject(Reason.UNBOUNDED, "a jump", fp.loop("sign", [["1"]]), line(), rate("0"))

T.group("A derivative bounds nothing across a jump (audit A5)")
T.reject(Reason.SELF_MAP_UNCERTAIN, "sign around 0", fp.loop("sign", [["1"]]), cube(1, 1), rate("0"))
T.reject(Reason.SELF_MAP_UNCERTAIN, "sign touching 0", fp.loop("sign", [["1"]]), interval(0, 1), rate("0"))
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "a jump hidden behind a layer of weight 0",
    chain(act("sign"), affine([["0"]], ["0"])),
    cube(1, 1),
    rate("0"),
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "a jump added to a contraction",
    chain(act("sign"), affine([["1/8"]], ["0"]), affine([["1/2"]], ["0"]) | {"from": 0}, {"add": {"with": 2}}),
    cube(1, 1),
    rate("1/2"),
)

T.group("The rule is about boxes and R^d of the right dimension")
T.out_of_scope(
    Reason.WRONG_REGION, "a union", linear([["1/2"]]), Cover(parts=(interval(0, 1), interval(2, 3))), rate("1/2")
)
T.out_of_scope(
    Reason.WRONG_REGION,
    "a ball",
    linear([["1/2"]]),
    Ball(centre=(Fraction(0),), radius=Fraction(1), norm=SupNorm(weights=(Fraction(1),))),
    rate("1/2"),
)
T.out_of_scope(
    Reason.WRONG_REGION, "products", linear([["1/2"]]), ProductRegions.power((0, 1), dimension=1), rate("1/2")
)
T.out_of_scope(
    Reason.WRONG_REGION,
    "a periodic set",
    linear([["1/2"]]),
    Periodic(part=interval(0, 1), period=Fraction(1), two_sided=True),
    rate("1/2"),
)
T.reject(Reason.WRONG_REGION, "a square for a scalar loop", linear([["1/2"]]), cube(1, 2), rate("1/2"))
T.reject(Reason.WRONG_REGION, "the plane for a scalar loop", linear([["1/2"]]), line(2), rate("1/2"))

T.group("Arithmetic that fails is no proof")
T.reject(
    Reason.NOT_RATIONAL, "tanh in rationals", fp.loop("tanh", [["1/2"]]), cube(1, 1), rate("1/2"), backend=RATIONAL
)
T.reject(
    Reason.NOT_FINITE,
    "exp(exp(exp(10x)))",
    chain(affine([["10"]], ["0"]), act("exp"), act("exp"), act("exp")),
    interval(0, 10),
    rate("1/2"),
)
T.reject(Reason.SELF_MAP_UNCERTAIN, "numbers far beyond doubles", linear([["1e400"]]), cube(1, 1), rate("1/2"))
T.reject(
    Reason.RATE_UNCERTAIN,
    "a rate far beyond doubles",
    chain(affine([["1e400"]], ["0"]), act("hardtanh")),
    cube(1, 1),
    rate("1/2"),
)

CASES = T.cases


@T.parametrize()
def test_banach(case: Case) -> None:
    verify(case)


def test_the_claim_says_what_was_checked() -> None:
    """Rate, norm and region stand in the sentence."""
    claim = verify(next(case for case in CASES if case.name == "the shear, weights (40, 1)"))
    assert claim is not None
    assert claim.sentence() == (
        "identity loop on R^2: f has exactly one fixed point p in [-40, 40] x [-1, 1]; every orbit from there stays there, "
        "and |x^t - p| <= 0.75^t |x^0 - p| and |x^t - p| <= 0.75^t/(1 - 0.75) |x^1 - x^0| in the sup norm with weights "
        "(40, 1)."
    )


def test_the_claim_of_an_uncertain_network_is_about_each_member() -> None:
    """Otherwise "exactly one fixed point" could be read as one for all."""
    claim = verify(next(case for case in CASES if case.name.startswith("sin(w x + b)")))
    assert claim is not None
    assert "for each choice of the uncertain parameters" in claim.sentence()


def test_weights_may_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    """A network of doubles, found beside the certificate, is the network that was certified."""
    raw = struct.pack("<4d", 0.25, -0.5, 0.125, 0.375)
    header = b'{"W":{"dtype":"F64","shape":[2,2],"data_offsets":[0,32]}}'
    (tmp_path / "weights.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + raw)
    data = {
        "format": 1,
        "name": "from doubles",
        "state_size": 2,
        "layers": [
            affine(
                {"sidecar": "weights.safetensors", "tensor": "W", "sha256": f"sha256:{sha256(raw).hexdigest()}"},
                ["0", "0"],
            ),
            act("tanh"),
        ],
    }
    network = fp.Network.from_data(data, tmp_path)
    case = Case(
        group="",
        name="",
        rule="banach",
        network=network,
        region=cube(1, 2),
        witness=rate("3/4", sup(1, 1)),
        backend=ARB,
    )
    (obligation,) = case.obligations()
    verdict = RULES["banach"].decide(obligation, {})
    assert verdict.reason is Reason.ALL_HYPOTHESES_HOLD
    claim = RULES["banach"].conclusion(obligation, {})
    fp.Certificate.of(claim, [obligation], {}).save(tmp_path / "c.json")
    assert check_file(tmp_path / "c.json").status is FileStatus.VALID
