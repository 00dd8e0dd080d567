"""
P8: the shift C = -2.15 of the exponential is rounded.

Proves: with C = -2.15, g(W x + C) is not F(x) = exp(x^3 - 2x^2) - 1: its fixed point near 0 is -0.000228, not 0; with the
    exact shift, C = -2.1499567484..., it is 0. Both layers have the two attractors of Theorem 5.2.
Uses:   at_point, crossing, exclusion, banach, regions.
Source: arXiv 2410.11279, Theorem 5.2.
"""

import fpverify as fp
from fpverify import (
    AtPoint,
    BoxRegion,
    Control,
    Cover,
    Crossing,
    Instance,
    NoFixedPoint,
    OneInEach,
    Step,
    Theorem,
    Unique,
)

PRINTED_G = {"name": "exponential", "coefficients": ["0", "2107/400", "89/20", "1"], "scale": "2"}
PRINTED = fp.loop(PRINTED_G, [["1"]], ["-43/20"], name="printed g(x + C), C = -2.15")
EXACT = fp.loop("exponential", [["1"]], name="exp(x^3 - 2x^2) - 1")
CONSTANT = fp.loop(
    {"name": "exponential", "coefficients": ["0", "0", "-2", "-1"]},
    [["1"]],
    name="exp(-(C^3 + 2C^2)) - 1 as a map of C",
)
NEAR_0, ORIGIN = BoxRegion.of(("-0.001", "0.001")), BoxRegion.of(("0", "0"))
REGIONS = Cover(parts=(BoxRegion.of(("-0.1", "0.1")), BoxRegion.of(("-1.01", "-0.81"))))


def _point(x: str) -> BoxRegion:
    return BoxRegion.of((x, x))


def _fact(name: str, net: fp.Network, place: BoxRegion, goal: fp.Goal, note: str = "") -> Instance:
    return Instance(name=name, network=net, region=place, goal=goal, note=note)


def _value(low: str, high: str) -> AtPoint:
    return AtPoint(entry=(0,), bounds=(low, high))


def _false(name: str, place: BoxRegion, goal: fp.Goal, because: str) -> Control:
    return Control(name=name, network=PRINTED, region=place, goal=goal, because=because)


THEOREM = Theorem(
    id="p8",
    title="P8: the constant ln 2",
    statement=(
        r"\text{Printed: } g(x) = \exp(x^3 + (-2 - 3C) x^2 + (3C^2 + 4C) x + \ln 2) - 1,\ C = -2.15,\ g(x + C) = "
        r"e^{x^3 - 2x^2} - 1, \text{ attractors } 0 \text{ and } -0.91. \quad \text{Shown: } g(x + C) = 2 e^{-5547/8000} "
        r"e^{x^3 - 2x^2} - 1, \text{ with } \tfrac{5547}{8000} - \ln 2 \approx 2.278 \cdot 10^{-4} \ne 0; \text{ the "
        r"attractor is } -0.0002279, \text{ not } 0."
    ),
    source="arXiv 2410.11279v1, Theorem 5.2 and its proof",
    hypotheses=(
        "C^3 + 2C^2 + ln 2 = 0, so that g(x + C) = exp(x^3 - 2x^2) - 1 (print has the rounded C = -2.15)",
        "the regions are [-0.1, 0.1] and [-1.01, -0.81], and W = I",
    ),
    rule="at_point",
    remark=(
        "The theorem survives: the printed layer has its two attractors in the printed regions, the first of them just "
        "not at 0. The proof writes x^3 - 2x and x^3 - 3x^2 in places; only x^3 - 2x^2 has the printed attractor -0.910."
    ),
    defect_class="The theorem is true; only its proof is defective (an inexact identity).",
    steps=(
        Step(
            title="the exponent, shifted",
            left="(x + C)**3 + (-2 - 3*C)*(x + C)**2 + (3*C**2 + 4*C)*(x + C)",
            right="x**3 - 2*x**2 + (C**3 + 2*C**2)",
            symbols={"x": "real", "C": "real"},
        ),
        Step(title="its constant", left="-((-43/20)**3 + 2*(-43/20)**2)", right="5547/8000", symbols={}),
        Step(title="the coefficient of x^2", left="-2 - 3*(-43/20)", right="89/20", symbols={}),
        Step(title="the coefficient of x", left="3*(-43/20)**2 + 4*(-43/20)", right="2107/400", symbols={}),
        Step(
            title="F' vanishes at 0",
            left="diff(exp(x**3 - 2*x**2) - 1, x)",
            right="x*(3*x - 4)*exp(x**3 - 2*x**2)",
            symbols={"x": "real"},
        ),
    ),
    printed=(
        _fact("value at 0", PRINTED, ORIGIN, _value("-2.278e-4", "-2.277e-4"), "0 is not fixed."),
        _fact("the attractor near 0", PRINTED, BoxRegion.of(("-2.2790e-4", "-2.2789e-4")), Crossing()),
        _fact("no other one", PRINTED, NEAR_0, Unique(), "Exactly one fixed point, so it is the one above."),
        _fact("none from there to 0.1", PRINTED, BoxRegion.of(("-2.2789e-4", "0.1")), NoFixedPoint(), "0 included."),
        _fact("the low attractor", PRINTED, BoxRegion.of(("-0.910411", "-0.910409")), Crossing()),
        _fact("C below the exact shift", CONSTANT, _point("-2.1499567484075"), _value("1", "1.000001")),
        _fact("C above the exact shift", CONSTANT, _point("-2.1499567484065"), _value("0.999999", "1")),
    ),
    instances=(
        _fact("exact shift, 0 is fixed", EXACT, ORIGIN, _value("0", "0"), "F(0) = 0, exactly."),
        _fact("exact shift, slope 0", EXACT, ORIGIN, AtPoint(entry=(0, 0), bounds=("0", "0"))),
        _fact("exact shift, the low attractor", EXACT, BoxRegion.of(("-0.910366", "-0.910364")), Crossing()),
        Instance(name="exact shift, both regions", network=EXACT, region=REGIONS, goal=OneInEach()),
        Instance(
            name="printed C, both regions", network=PRINTED, region=REGIONS, goal=OneInEach(), note="It survives."
        ),
    ),
    controls=(
        _false("0 is fixed", ORIGIN, _value("0", "0"), "g(C) = 2 exp(-5547/8000) - 1 = -0.0002278."),
        _false("an attractor near 0", BoxRegion.of(("-0.0001", "0.0001")), Unique(), "It is at -0.000228."),
        _false("no fixed point near 0", NEAR_0, NoFixedPoint(boxes=500), "There is one at -0.000228."),
        _false("a crossing above 0", BoxRegion.of(("0", "0.1")), Crossing(), "f(x) < x on [0, 0.1]."),
    ),
)
