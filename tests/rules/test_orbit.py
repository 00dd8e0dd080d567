"""orbit: a finite orbit under constant noise is above a bound."""

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
    polynomial,
    verify,
)

T = Table("orbit")


def above(bound: Any, steps: int, noise: list[Any] | None = None, coordinate: int = 0) -> dict[str, Any]:
    return {"above": str(bound), "steps": steps, "noise": [str(e) for e in noise or [0]], "coordinate": coordinate}


BENT = polynomial(0, "19/20", 1, name="19x/20 + x^2")
ZERO = interval(0, 0)

T.group("Enclosures of the orbit decide")
T.accept("CE-e exceeds 20/m at t = 7 for m = 10", BENT, ZERO, above(2, 7, ["1/10"]))
T.accept("CE-e for m = 100 at t = 15", BENT, ZERO, above("1/5", 15, ["1/100"]))
T.accept("CE-e, exactly", BENT, ZERO, above(2, 7, ["1/10"]), backend=RATIONAL)
T.accept(
    "a rotation, second coordinate",
    linear([["0", "-1"], ["1", "0"]]),
    fp.BoxRegion.of((1, 1), (0, 0)),
    above("99/100", 1, [0, 0], 1),
)
T.accept("a jump", chain(act("sign"), affine([["2"]], ["0"])), interval(1, 1), above("3/2", 9))
T.accept("a residual loop", chain(act("sin"), {"add": {"with": 0}}), interval("1/10", "1/10"), above(3, 20))
T.accept("negative bounds", linear([["1/2"]]), interval(-1, -1), above("-0.51", 1))
T.accept("just above, exactly", linear([["1/3"]]), interval(1, 1), above("0.333333333333333333333333333333", 1))

T.group("Above means strictly above")
T.reject(Reason.FACT_UNCERTAIN, "x/2 from 1 is 1/2", linear([["1/2"]]), interval(1, 1), above("1/2", 1))
T.reject(
    Reason.FACT_UNCERTAIN,
    "x/2 from 1 is 1/2, exactly",
    linear([["1/2"]]),
    interval(1, 1),
    above("1/2", 1),
    backend=RATIONAL,
)
T.reject(Reason.FACT_UNCERTAIN, "x/3 from 1, rounded", linear([["1/3"]]), interval(1, 1), above("1/3", 1))
T.reject(Reason.FACT_UNCERTAIN, "below", linear([["1/2"]]), interval(1, 1), above("3/5", 1))
T.reject(Reason.FACT_UNCERTAIN, "CE-e one step too early", BENT, ZERO, above(2, 6, ["1/10"]))
T.reject(Reason.FACT_UNCERTAIN, "CE-e with noise of the other sign", BENT, ZERO, above("1/100", 7, ["-1/10"]))
T.reject(
    Reason.FACT_UNCERTAIN,
    "the other coordinate",
    linear([["0", "-1"], ["1", "0"]]),
    fp.BoxRegion.of((1, 1), (0, 0)),
    above("99/100", 1, [0, 0], 0),
)
T.reject(Reason.FACT_UNCERTAIN, "a jump at the start", chain(act("sign")), ZERO, above("-1/2", 1))
T.reject(
    Reason.FACT_UNCERTAIN,
    "chaos outruns the precision",
    chain(act("sin"), affine([["4"]], ["0"])),
    interval("1/3", "1/3"),
    above("-3.9", 400),
)

T.group("The start is one state of an exact network")
T.reject(Reason.WRONG_REGION, "an interval", BENT, interval(0, "1/100"), above(0, 1))
T.reject(Reason.WRONG_REGION, "a state of the plane for a scalar loop", BENT, cube(0, 2), above(0, 1))
T.reject(Reason.WRONG_REGION, "the line", BENT, line(), above(0, 1))
T.reject(Reason.WRONG_REGION, "a union", BENT, Cover(parts=(ZERO,)), above(0, 1))
T.reject(Reason.WRONG_REGION, "an uncertain weight", linear([[("1", "2")]]), interval(1, 1), above("1/2", 1))
T.reject(Reason.WRONG_REGION, "an uncertain bias", linear([["1"]], [("0", "1")]), interval(1, 1), above("1/2", 1))
T.reject(
    Reason.NOT_RATIONAL, "tanh in rationals", fp.loop("tanh", [["1"]]), interval(1, 1), above(0, 1), backend=RATIONAL
)
T.reject(
    Reason.NOT_FINITE,
    "exact numbers that double their length 60 times",
    BENT,
    ZERO,
    above(2, 60, ["1/10"]),
    backend=RATIONAL,
)
T.reject(Reason.NOT_FINITE, "an orbit that explodes", polynomial(0, 0, 1), interval(2, 2), above(1, 30))

CASES = T.cases


@T.parametrize()
def test_orbit(case: Case) -> None:
    verify(case)


def test_the_claim_names_start_noise_and_step() -> None:
    claim = verify(CASES[0])
    assert claim is not None
    assert claim.sentence() == "19x/20 + x^2: the orbit x^t = f(x^(t-1)) + 0.1 from 0 has coordinate 0 of x^7 above 2."
