"""Maps, sets and premises of counterexamples, for the table of the rule and for the holes that it must not have."""

from fractions import Fraction
from typing import Any

import fpverify as fp
from fpverify.kernel.region import Cover, Periodic
from tests.rules.cases import ARB, RATIONAL, Case, act, affine, chain, interval, line, polynomial, rate, sup

CLIMB = chain(act("staircase"), affine([["1"]], ["1"]), name="z + 1 - sin(2 pi z)/(2 pi)")
TURN = chain(act("staircase"), affine([["-1"]], ["0"]), name="-z + sin(2 pi z)/(2 pi)")
SWAP = fp.loop("cubic", [["-1"]], name="-(3z - z^3)/2")
SWAPS = fp.loop("cubic", [["-1", "0"], ["0", "-1"]], name="two cells that swap")
BENT = polynomial(0, "19/20", 1, name="19x/20 + x^2")
STEEP = chain(
    affine([["1"]], ["-21/2"]),
    affine([["4"]], ["40"]),
    act("tanh"),
    affine([["-1/2"]], ["1/2"]),
    name="(1 - tanh(4 (z + 10)))/2",
)

RUNGS = Periodic(part=interval("-1/6", "1/6"), period=Fraction(1))
LINE = Periodic(part=interval(0, 1), period=Fraction(1), two_sided=True)
PAIR = Cover(parts=(interval("-11/10", "-9/10"), interval("9/10", "11/10")))
LEFT = interval("-1/4", 0)
UNIT = interval(0, 1)
ENDS = Cover(parts=(interval(0, "1/10"), interval("9/10", 1)))
SQUARES = Cover(
    parts=(
        fp.BoxRegion.of(("-11/10", "-9/10"), ("-11/10", "-9/10")),
        fp.BoxRegion.of(("9/10", "11/10"), ("9/10", "11/10")),
    )
)


def islands(i: int) -> Cover:
    """Return [-i - 1/6, -i + 1/6] u [i - 1/6, i + 1/6], which TURN maps into itself."""
    return Cover(
        parts=(interval(-i - Fraction(1, 6), -i + Fraction(1, 6)), interval(i - Fraction(1, 6), i + Fraction(1, 6)))
    )


def premise(
    rule: str, network: fp.Network, region: Any, witness: dict[str, Any] | None = None, backend: Any = ARB
) -> Case:
    return Case(group="", name=rule, rule=rule, network=network, region=region, witness=witness or {}, backend=backend)


def inside(network: fp.Network, region: Any, backend: Any = ARB) -> Case:
    """The premise "f maps the region into itself"."""
    return premise("maps_into", network, region, backend=backend)


def slope(network: fp.Network, region: Any, bound: Any, norm_data: Any = None, backend: Any = ARB) -> Case:
    """The premise "the derivative has norm at most *bound*"."""
    return premise("lipschitz", network, region, rate(bound, norm_data or sup(*[1] * network.state_size)), backend)


def none(network: fp.Network, region: Any) -> Case:
    return premise("exclusion", network, region, {"boxes": 2000})


def at_most_one(network: fp.Network) -> Case:
    return premise("at_most_one", network, line())


def swapped(network: fp.Network, region: Any) -> Case:
    return premise("alternates", network, region)


def orbit(network: fp.Network, start: Any, bound: Any, steps: int, noise: Any) -> Case:
    witness = {"above": str(bound), "steps": steps, "noise": [str(noise)], "coordinate": 0}
    return premise("orbit", network, interval(start, start), witness)


def says(statement: str, conclusion: str, noise: Any = 0, radius: Any = 0) -> dict[str, Any]:
    """Return the witness of counterexample."""
    return {"statement": statement, "conclusion": conclusion, "noise": str(noise), "radius": str(radius)}


ON_RUNGS = (inside(CLIMB, RUNGS), slope(CLIMB, RUNGS, "0.501"))
ON_PAIR = (inside(SWAP, PAIR), slope(SWAP, PAIR, "1/2"))
ON_SQUARES = (inside(SWAPS, SQUARES), slope(SWAPS, SQUARES, "1/2"))
ON_LEFT = (inside(BENT, LEFT, RATIONAL), slope(BENT, LEFT, "19/20", backend=RATIONAL))
ON_ISLANDS = tuple(part for i in (1, 2) for part in (inside(TURN, islands(i)), slope(TURN, islands(i), "0.501")))
