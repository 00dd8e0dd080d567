"""robust: noise, uncertain parameters, parameters that change from step to step (Theorem 4.2, repaired)."""

from typing import Any

import fpverify as fp
from fpverify.kernel.region import Cover
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
    norm,
    polynomial,
    rate,
    sup,
    verify,
)

T = Table("robust")


def under(
    value: Any, noise: list[Any], noise_norm: Any, deviation: Any = 0, norm_data: Any = None, **more: Any
) -> dict[str, Any]:
    """Return the witness for a rate, the noise of each coordinate, its norm, and the effect of the parameters."""
    norm_data = norm_data or sup(*[1] * len(noise))
    return rate(
        value, norm_data, noise=[str(e) for e in noise], noise_norm=str(noise_norm), deviation=str(deviation), **more
    )


HALF = linear([["1/2"]])
BENT = polynomial(0, "19/20", 1, name="19x/20 + x^2")
SHEAR = linear([["1/2", "10"], ["0", "1/2"]])
STEEP = fp.BoxRegion.of((-40, 40), (-2, 2))
MIXED = linear([["1/5", "3"], ["3/20", "1/10"]])
DEEP = chain(
    affine([[("19/10", "2")], ["-1"]], ["1/10", "0"]),
    act("tanh"),
    affine([["1/8", ("1/8", "9/64")]], ["0"]),
    act("sin"),
)
GATED = chain(affine([["1/4"]], [("0", "1/8")]), {"multiply": {"with": 0}})

T.group("Orbits stay and remain near the fixed point (T3.1)")
T.accept("x/2 under noise 1/2 fills [-1, 1]", HALF, cube(1, 1), under("1/2", ["1/2"], "1/2"))
T.accept(
    "19x/20 under noise 1/20, exactly",
    linear([["19/20"]]),
    cube(1, 1),
    under("19/20", ["1/20"], "1/20"),
    backend=RATIONAL,
)
T.accept("no noise", fp.loop("tanh", [["9/10"]]), cube(1, 1), under("0.9001", [0], 0))
T.accept(
    "noise in one coordinate only",
    MIXED,
    fp.BoxRegion.of((-31, 31), (-7, 7)),
    under("9/10", [0, "1/10"], "1/50", 0, sup(31, 7)),
)
T.accept("all of R^d needs no room", fp.loop("sin", [["1/2"]]), line(), under("1/2", ["100"], "100"))
T.accept("a stated norm of the noise that is larger", HALF, cube(1, 1), under("1/2", ["1/4"], "1/3"))

T.group("All of f(D) + noise must lie in D: the hypothesis that the printed Theorem 4.2 lacks")
T.accept("19x/20 + x^2 on [-1/4, 0] without noise", BENT, interval("-1/4", 0), under("19/20", [0], 0), backend=RATIONAL)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "with noise 1/10 (CE-e)",
    BENT,
    interval("-1/4", 0),
    under("19/20", ["1/10"], "1/10"),
    backend=RATIONAL,
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "with noise 10^-30 (CE-e)",
    BENT,
    interval("-1/4", 0),
    under("19/20", ["1e-30"], "1e-30"),
    backend=RATIONAL,
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "noise a little larger than the room",
    HALF,
    cube(1, 1),
    under("1/2", ["0.5000001"], "0.5000001"),
)
T.reject(Reason.SELF_MAP_UNCERTAIN, "noise larger than the box", HALF, cube(1, 1), under("1/2", ["3"], "3"))
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "1/20 of noise, rounded, where it touches",
    linear([["19/20"]]),
    cube(1, 1),
    under("0.951", ["1/20"], "1/20"),
)
T.reject(Reason.SELF_MAP_UNCERTAIN, "noise below the lower end", HALF, interval(0, 1), under("1/2", ["1/10"], "1/10"))
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "a constant that stays, noise that leaves (CE-0)",
    polynomial(1),
    interval(0, 1),
    under("0", ["1/100"], "1/100"),
)
T.reject(Reason.SELF_MAP_UNCERTAIN, "a jump", fp.loop("sign", [["1"]]), cube(2, 1), under(0, [0], 0))

T.group("The size of the noise is measured in the norm of the rate")
T.accept(
    "the 1-norm adds the coordinates",
    linear([["1/4", "0"], ["0", "1/4"]]),
    cube(1, 2),
    under("1/4", ["1/2", "1/2"], 1, 0, norm("one", 1, 1)),
)
T.reject(
    Reason.NOISE_UNCERTAIN,
    "half of it",
    linear([["1/4", "0"], ["0", "1/4"]]),
    cube(1, 2),
    under("1/4", ["1/2", "1/2"], "1/2", 0, norm("one", 1, 1)),
)
T.accept(
    "the 2-norm, 1/2 sqrt 2 < 71/100",
    linear([["1/4", "0"], ["0", "1/4"]]),
    cube(1, 2),
    under("13/50", ["1/2", "1/2"], "71/100", 0, norm("two", 1, 1)),
)
T.reject(
    Reason.NOISE_UNCERTAIN,
    "1/2 sqrt 2 > 7/10",
    linear([["1/4", "0"], ["0", "1/4"]]),
    cube(1, 2),
    under("13/50", ["1/2", "1/2"], "7/10", 0, norm("two", 1, 1)),
)
T.accept("weights (40, 1): noise 1 in the second coordinate is 1", SHEAR, STEEP, under("3/4", [0, 1], 1, 0, sup(40, 1)))
T.reject(Reason.NOISE_UNCERTAIN, "it is not 1/40", SHEAR, STEEP, under("3/4", [0, 1], "1/40", 0, sup(40, 1)))
T.reject(Reason.NOISE_UNCERTAIN, "no noise is stated", HALF, cube(1, 1), under("1/2", ["1/4"], 0))
T.reject(Reason.NOISE_UNCERTAIN, "a negative norm", HALF, cube(1, 1), under("1/2", [0], -1))

T.group("Uncertain parameters move f by a bounded amount (T3.6, T3.7)")
T.accept("a bias in [-1/10, 1/10]", linear([["1/2"]], [("-1/10", "1/10")]), cube(1, 1), under("1/2", [0], 0, "0.1001"))
T.accept(
    "a weight in [1/4, 1/2], exactly",
    linear([[("1/4", "1/2")]]),
    cube(1, 1),
    under("1/2", [0], 0, "1/8"),
    backend=RATIONAL,
)
T.accept("two layers", DEEP, cube(1, 1), under("7/10", ["1/10"], "1/10", "1/8"))
T.accept("a gate: x (x/4 + b), b in [0, 1/8]", GATED, cube(1, 1), under("5/8", [0], 0, "1/16"), backend=RATIONAL)
T.accept("exact parameters do not move f", HALF, cube(1, 1), under("1/2", [0], 0, 0))
T.reject(
    Reason.DEVIATION_UNCERTAIN,
    "none is stated",
    linear([["1/2"]], [("-1/10", "1/10")]),
    cube(1, 1),
    under("1/2", [0], 0, 0),
)
T.reject(
    Reason.DEVIATION_UNCERTAIN,
    "a little less than 1/8",
    linear([[("1/4", "1/2")]]),
    cube(1, 1),
    under("1/2", [0], 0, "0.1249999"),
    backend=RATIONAL,
)
T.reject(
    Reason.DEVIATION_UNCERTAIN,
    "the gate moves by 1/16",
    GATED,
    cube(1, 1),
    under("5/8", [0], 0, "0.0624"),
    backend=RATIONAL,
)
T.reject(
    Reason.DEVIATION_UNCERTAIN, "two layers, too little", DEEP, cube(1, 1), under("7/10", ["1/10"], "1/10", "1/100")
)
T.reject(Reason.DEVIATION_UNCERTAIN, "a negative effect", HALF, cube(1, 1), under("1/2", [0], 0, -1))
T.reject(
    Reason.DEVIATION_UNCERTAIN,
    "on the whole line an uncertain weight moves f without bound",
    linear([[("1/4", "1/2")]]),
    line(),
    under("1/2", [0], 0, 1000),
)
T.reject(
    Reason.DEVIATION_UNCERTAIN,
    "ReLU is steep where the bias takes it (T3.6 audit)",
    fp.loop("relu", [["0"]], [("-1/2", "1/4")]),
    cube(1, 1),
    under("0", [0], 0, 0),
)

T.group("One norm and one rate must serve every member of the family (T3.7 audit)")
T.reject(
    Reason.RATE_UNCERTAIN,
    "a member with weight 9/10",
    linear([[("1/10", "9/10")]]),
    cube(1, 1),
    under("1/2", [0], 0, 1),
)
T.reject(
    Reason.RATE_UNCERTAIN,
    "each member is nilpotent, their products grow",
    linear([["0", ("0", "2")], [("0", "2"), "0"]]),
    line(2),
    under("9/10", [0, 0], 0, 5),
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN, "no common region", linear([["1/2"]], [("-1", "1")]), cube(1, 1), under("1/2", [0], 0, 1)
)

T.group("Componentwise radii satisfy M v + E + H <= v (T3.4)")
T.accept("x/2 under noise 1/4: v = 1/2", HALF, cube(1, 1), under("1/2", ["1/4"], "1/4", radii=["1/2"]))
T.accept(
    "a coupled pair",
    MIXED,
    fp.BoxRegion.of((-31, 31), (-7, 7)),
    under("9/10", ["1/100", "1/50"], "1/350", 0, sup(31, 7), radii=["0.2565", "0.065"]),
)
T.accept(
    "parameters count",
    linear([["1/2"]], [("-1/8", "1/8")]),
    cube(1, 1),
    under("1/2", ["1/8"], "1/8", "1/8", radii=["1/2"]),
)
T.reject(
    Reason.RADIUS_UNCERTAIN,
    "x/2 under noise 1/4: v = 0.4999",
    HALF,
    cube(1, 1),
    under("1/2", ["1/4"], "1/4", radii=["0.4999"]),
)
T.reject(
    Reason.RADIUS_UNCERTAIN,
    "the noise itself",
    MIXED,
    fp.BoxRegion.of((-31, 31), (-7, 7)),
    under("9/10", ["1/100", "1/50"], "1/350", 0, sup(31, 7), radii=["1/100", "1/50"]),
)
T.reject(
    Reason.RADIUS_UNCERTAIN,
    "parameters left out",
    linear([["1/2"]], [("-1/8", "1/8")]),
    cube(1, 1),
    under("1/2", ["1/8"], "1/8", "1/8", radii=["1/4"]),
)
T.reject(Reason.RADIUS_UNCERTAIN, "a negative radius", HALF, cube(1, 1), under("1/2", [0], 0, radii=["-1"]))
T.reject(
    Reason.RADIUS_UNCERTAIN,
    "the 2-norm does not see |slopes|",
    linear([["3/5", "3/5"], ["-3/5", "3/5"]]),
    line(2),
    under("17/20", [0, 0], 0, 0, norm("two", 1, 1), radii=["0", "0"]),
)
T.reject(
    Reason.RADIUS_UNCERTAIN,
    "in the 2-norm M v <= v does not make M^t vanish",
    linear([["1/2", "1/2"], ["-1/2", "1/2"]]),
    cube(1, 2),
    under("18/25", [0, 0], 0, 0, norm("two", 1, 1), radii=["1", "1"]),
)
T.reject(
    Reason.RADIUS_UNCERTAIN, "on all of R^d", fp.loop("sin", [["1/2"]]), line(), under("1/2", ["1"], "1", radii=["2"])
)

T.group("K = 1 is not enough")
T.reject(Reason.RATE_NOT_BELOW_ONE, "the identity without noise", linear([["1"]]), cube(1, 1), under(1, [0], 0))
T.reject(Reason.RATE_NOT_BELOW_ONE, "the identity with noise, on the line", linear([["1"]]), line(), under(1, ["1"], 1))
T.reject(Reason.RATE_UNCERTAIN, "K smaller than the slope", HALF, cube(1, 1), under("49/100", [0], 0))

T.group("The rule is about boxes and R^d of the right dimension, and sizes of noise")
T.reject(
    Reason.WRONG_REGION,
    "negative noise would make room",
    linear([["1"]], ["1/2"]),
    interval(0, 1),
    under("1/2", ["-1/2"], 0),
)
T.reject(Reason.WRONG_REGION, "a square for a scalar loop", HALF, cube(1, 2), under("1/2", [0], 0))
T.out_of_scope(Reason.WRONG_REGION, "a union", HALF, Cover(parts=(cube(1, 1),)), under("1/2", [0], 0))
T.reject(Reason.UNBOUNDED, "x^2/8 on the line", polynomial(0, 0, "1/8"), line(), under("1/2", [0], 0))
T.reject(
    Reason.NOT_RATIONAL,
    "tanh in rationals",
    fp.loop("tanh", [["1/2"]]),
    cube(1, 1),
    under("1/2", [0], 0),
    backend=RATIONAL,
)

CASES = T.cases


@T.parametrize()
def test_robust(case: Case) -> None:
    verify(case)


def _sentence(name: str) -> str:
    claim = verify(next(case for case in CASES if case.name == name))
    assert claim is not None
    return claim.sentence()


def test_the_claim_names_radius_and_noise() -> None:
    """The radius is (1/20) / (1 - 19/20) = 1."""
    words = _sentence("19x/20 under noise 1/20, exactly")
    assert "with |e_t| at most 0.05 coordinatewise" in words
    assert "<= 0.95^t |x^0 - p| + 1 (1 - 0.95^t) in the sup norm" in words
    assert "only fixed point of f there" in words


def test_the_claim_of_a_family_says_whose_fixed_point_it_means() -> None:
    words = _sentence("a weight in [1/4, 1/2], exactly")
    assert "p the fixed point of the network with the midpoint parameters: for every sequence of parameters" in words
    assert "for each choice" not in words


def test_a_radius_is_never_shown_smaller_than_it_is() -> None:
    """Long radii are rounded up, also where a double has fewer digits."""
    witness = under("1/4", ["12345678900.3"], "12345678900.3")
    case = Case(group="", name="", rule="robust", network=linear([["1/4"]]), region=line(), witness=witness)
    claim = verify(case)
    assert claim is not None
    assert claim.facts["radius"] == "82304526002/5"
    assert " + 16460905201 (1 -" in claim.sentence()


def test_a_radius_may_be_larger_than_any_double() -> None:
    case = Case(
        group="",
        name="",
        rule="robust",
        network=linear([["1/4"]]),
        region=line(),
        witness=under("1/4", ["1e400"], "1e400"),
    )
    claim = verify(case)
    assert claim is not None
    assert str(-(-4 * 10**400 // 3)) in claim.sentence()
