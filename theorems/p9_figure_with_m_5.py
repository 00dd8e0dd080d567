"""
P9: the figure for m = 5 shows a fixed point that noise of size 1/5 would destroy.

Proves: F - 1/5 has no fixed point on [9/10, 29/20], and its orbit from 7/5 falls to the attractor at -0.16126; the high
    attractor exists for constant noise above -0.1341884 and attracts below 0.1747077. The coupling alone is harmless.
Uses:   exclusion, crossing, banach, at_point on an unrolled loop, product.
Source: arXiv 2410.11279, Figure 3 and Theorem 5.1.
"""

from fractions import Fraction

import fpverify as fp
from fpverify import (
    AtPoint,
    BoxRegion,
    Control,
    Crossing,
    Instance,
    NoFixedPoint,
    OneInEachProduct,
    Step,
    Theorem,
    Unique,
)

HIGH, LOW, START = BoxRegion.of(("9/10", "29/20")), BoxRegion.of(("-0.17", "-0.15")), BoxRegion.of(("7/5", "7/5"))
DRAWN = fp.ProductRegions.power(("1.3", "1.4063"), ("-1e-4", "0.15"), dimension=2)
WIDE = fp.ProductRegions.power(("1.25", "1.48"), ("-0.3", "0.3"), dimension=2)


def _noisy(noise: str, rounds: int = 1) -> fp.Network:
    """Return x -> F(x) + noise, iterated *rounds* times."""
    once = [{"activation": "quartic"}, {"affine": {"weight": [["1"]], "bias": [noise]}}]
    name = f"F + {noise}" if rounds == 1 else f"F + {noise}, {rounds} rounds"
    return fp.network(once * rounds, name=name, state_size=1)


def _layer(m: int) -> fp.Network:
    weight = fp.exchangeable(2, 1, Fraction(1, m * m))
    return fp.loop("quartic", weight, fp.fill(2, 0), name=f"quartic layer, d = 2, m = {m}")


def _fact(name: str, net: fp.Network, place: BoxRegion, goal: fp.Goal, note: str = "") -> Instance:
    return Instance(name=name, network=net, region=place, goal=goal, note=note)


THEOREM = Theorem(
    id="p9",
    title="P9: the figure for m = 5",
    statement=(
        r"\text{Printed: Figure 3 draws, for } d = 2 \text{ and } m = 100, 15, 5, \text{ orbits near the attractor } "
        r"(1.40, 0). \quad \text{Shown: } F - \tfrac15 \text{ has no fixed point on } [\tfrac{9}{10}, \tfrac{29}{20}]; "
        r"\text{ from } 1.4 \text{ its orbit falls to } -0.16126. \text{ The fold is at } h = -0.1341884, \text{ the flip "
        r"at } h = 0.1747077. \text{ With the coupling alone, } (d, m) = (2, 5) \text{ is certified.}"
    ),
    source="arXiv 2410.11279v1, Figure 3",
    hypotheses=(
        "the layer is F(W x) with unit diagonal and 1/m^2 off the diagonal of W",
        "noise is at most 1/m in size, with m >= 14 for d = 2 (the figure has m = 5)",
    ),
    rule="exclusion",
    remark=(
        "No theorem is violated: for m = 5 the bound 20/m = 4 holds, vacuously, for the distance is 1.564. If the figure "
        "shows the coupling alone, it is right. Fragile is only the reading that any extra |h| <= 1/5 keeps the orbit near."
    ),
    defect_class="No theorem is violated; only the figure is defective (it misleads for m = 5).",
    steps=(
        Step(
            title="F(x) - x has the slope -8/5 x^3 + 3x - 1",
            left="diff(-2/5*x**4 + 3/2*x**2 - x, x)",
            right="-8/5*x**3 + 3*x - 1",
            symbols={"x": "real"},
        ),
        Step(
            title="which falls for x > sqrt(5/8), so that F(x) - x has one maximum on [9/10, 29/20]",
            left="diff(-8/5*x**3 + 3*x - 1, x)",
            right="-24/5*(x**2 - 5/8)",
            symbols={"x": "real"},
        ),
        Step(title="20/m for m = 5", left="20/5", right="4", symbols={}),
    ),
    printed=(
        _fact(
            "no high fixed point", _noisy("-1/5"), HIGH, NoFixedPoint(), "Noise -1/5: the attractor near 1.4 is gone."
        ),
        _fact("where the orbit goes", _noisy("-1/5"), LOW, Unique(), "It attracts all of [-0.17, -0.15]."),
        _fact("the low attractor", _noisy("-1/5"), BoxRegion.of(("-0.16127", "-0.16125")), Crossing()),
        _fact(
            "the orbit from 7/5",
            _noisy("-1/5", 20),
            START,
            AtPoint(entry=(0,), bounds=("-0.17", "-0.15")),
            "After 20 steps it is in [-0.17, -0.15].",
        ),
        _fact("fold, inside", _noisy("-0.13418"), BoxRegion.of(("1.1559", "1.3")), Crossing(), "Still attracting."),
        _fact("fold, outside", _noisy("-0.1342"), HIGH, NoFixedPoint(), "Gone."),
        _fact("flip, inside", _noisy("0.1747"), BoxRegion.of(("1.51266", "1.51267")), Crossing(), "Still attracting."),
        _fact("flip, outside", _noisy("0.1748"), BoxRegion.of(("1.5127", "1.5128")), Crossing(), "Repelling."),
    ),
    instances=(
        Instance(
            name="m = 5, coupling alone",
            network=_layer(5),
            region=DRAWN,
            goal=OneInEachProduct(rate="0.9"),
            note="What the figure can be said to show.",
        ),
        Instance(
            name="m = 15 with noise 1/15",
            network=_layer(15),
            region=WIDE,
            goal=OneInEachProduct(rate="0.9", noise="1/15"),
            note="The middle panel, with the noise of the theorem.",
        ),
        Instance(
            name="m = 100 with noise 1/100",
            network=_layer(100),
            region=WIDE,
            goal=OneInEachProduct(rate="0.9", noise="1/100"),
        ),
    ),
    controls=(
        Control(
            name="m = 5 with noise 1/5",
            network=_layer(5),
            region=DRAWN,
            goal=OneInEachProduct(noise="1/5"),
            because="Noise of 1/5 leaves an interval of length 0.1063 in one step.",
        ),
        Control(
            name="a fixed point near 1.4",
            network=_noisy("-1/5"),
            region=HIGH,
            goal=fp.Exists(),
            because="F - 1/5 has none there.",
        ),
        Control(
            name="no fixed point of F - 1/10",
            network=_noisy("-1/10"),
            region=HIGH,
            goal=NoFixedPoint(boxes=500),
            because="The fold is at -0.1341884: for -1/10 the attractor is still there.",
        ),
        Control(
            name="the orbit from 7/5 stays high",
            network=_noisy("-1/5", 20),
            region=START,
            goal=AtPoint(entry=(0,), bounds=("1", "3/2")),
            because="After 20 steps it is near -0.16.",
        ),
        Control(
            name="attracting beyond the flip",
            network=_noisy("0.1748"),
            region=BoxRegion.of(("1.5127", "1.5128")),
            goal=Crossing(slope=("-1", "0")),
            because="The slope is below -1 on the whole interval.",
        ),
    ),
)
