"""
P3: the geometric sum in a proof starts one term too late.

Proves: the error of f = 0 under noise 1/m is 1/m after one step, where the printed sum is empty; likewise later for
    f = 19x/20. With the sum from i = 0 the bound 20/m is right, and attained in the limit.
Uses:   orbit (in exact arithmetic), robust.
Source: arXiv 2410.11279, proof of Theorem 4.2.
"""

from fractions import Fraction

import fpverify as fp
from fpverify import Control, Instance, OrbitAbove, Robust, Step, Theorem

K, NOISE = Fraction(19, 20), Fraction(1, 10)
ZERO, LINEAR = fp.loop("identity", [["0"]], name="0"), fp.loop("identity", [["19/20"]], name="19x/20")
ORIGIN, UNIT = fp.BoxRegion.of(("0", "0")), fp.BoxRegion.of(("-1", "1"))
WIDE = fp.BoxRegion.of(("-2", "2"))
WORDS = {"K": "positive", "m": "positive", "t": "integer positive"}


def _sum(first: int, t: int) -> Fraction:
    """Return sum_{i=first}^{t-1} K^i / m, exactly."""
    return (K**first - K**t) / (1 - K) * NOISE


def _after(t: int, above: Fraction) -> OrbitAbove:
    return OrbitAbove(steps=t, above=above, noise=NOISE, precision=0)


THEOREM = Theorem(
    id="p3",
    title="P3: a sum that starts at 1",
    statement=(
        r"\text{Printed, in the proof: } |x^t - p| \le K^t |x^0 - p| + \sum_{i=1}^{t-1} \tfrac{K^i}{m}. \quad "
        r"\text{Shown: for } f = 0,\ h = \tfrac1m,\ x^0 = p = 0 \text{ and } t = 1 \text{ the right side is } 0 \text{ and "
        r"the left } \tfrac1m. \text{ With } \sum_{i=0}^{t-1} \text{ it holds, and } \sum_{i=0}^{t-1} \tfrac{K^i}{m} = "
        r"\tfrac{1 - K^t}{(1 - K) m} \le \tfrac{20}{m} \text{ for } K \le 0.95."
    ),
    source="arXiv 2410.11279v1, proof of Theorem 4.2",
    hypotheses=(
        "D is a closed interval, and f(x) + e lies in D for every x in D and |e| <= 1/m",
        "|f'| <= K <= 0.95 on D",
    ),
    rule="orbit",
    remark=(
        "A slip of the index: the radius 20/m that the theorem states is the sum from i = 0 to infinity, and is right "
        "where the orbit stays in D (see P2). The sum from i = 1 would give 19/m, which f = 19x/20 exceeds."
    ),
    defect_class="Only the proof is defective (off by one); the stated radius is that of the corrected sum.",
    steps=(
        Step(title="the sum from 0 is empty at t = 0", left="(1 - K**0)/((1 - K)*m)", right="0", symbols=WORDS),
        Step(
            title="each step multiplies it by K and adds 1/m",
            left="K*(1 - K**t)/((1 - K)*m) + 1/m",
            right="(1 - K**(t + 1))/((1 - K)*m)",
            symbols=WORDS,
        ),
        Step(
            title="the printed sum is short of it by the term i = 0",
            left="(1 - K**t)/((1 - K)*m) - (K - K**t)/((1 - K)*m)",
            right="1/m",
            symbols=WORDS,
        ),
        Step(title="the printed sum at t = 1", left="(K - K**1)/((1 - K)*m)", right="0", symbols=WORDS),
        Step(title="its limit for K = 19/20", left="(19/20)/((1 - 19/20)*m)", right="19/m", symbols=WORDS),
        Step(title="the limit of the corrected sum", left="1/((1 - 19/20)*m)", right="20/m", symbols=WORDS),
    ),
    printed=(
        Instance(
            name="f = 0, t = 1",
            network=ZERO,
            region=ORIGIN,
            goal=_after(1, _sum(1, 1)),
            note="The printed sum is 0, and x^1 = 1/10.",
        ),
        Instance(
            name="f = 19x/20, t = 5",
            network=LINEAR,
            region=ORIGIN,
            goal=_after(5, _sum(1, 5)),
            note="Above the printed sum for t = 5 as well.",
        ),
        Instance(
            name="f = 19x/20, beyond 19/m",
            network=LINEAR,
            region=ORIGIN,
            goal=_after(60, 19 * NOISE),
            note="Above the limit of the printed sums.",
        ),
    ),
    instances=(
        Instance(name="f = 0", network=ZERO, region=UNIT, goal=Robust(noise=NOISE, rate=0), note="Radius 1/m."),
        Instance(
            name="f = 19x/20",
            network=LINEAR,
            region=WIDE,
            goal=Robust(noise=NOISE, rate=K, precision=0),
            note="Radius 20/m, by the sum from i = 0.",
        ),
        Instance(
            name="the radius is sharp",
            network=LINEAR,
            region=ORIGIN,
            goal=OrbitAbove(steps=200, above=Fraction(1999, 1000), noise=NOISE),
            note="After 200 steps the orbit is above 19.99/m.",
        ),
    ),
    controls=(
        Control(
            name="f = 0, above 1/m",
            network=ZERO,
            region=ORIGIN,
            goal=_after(1, NOISE),
            because="x^1 is 1/10 exactly, not above.",
        ),
        Control(
            name="f = 19x/20, above the corrected sum",
            network=LINEAR,
            region=ORIGIN,
            goal=_after(5, _sum(0, 5)),
            because="x^5 is equal to the corrected sum.",
        ),
        Control(
            name="f = 19x/20, above 20/m",
            network=LINEAR,
            region=ORIGIN,
            goal=OrbitAbove(steps=1000, above=2, noise=NOISE),
            because="The orbit stays below 20/m = 2 for ever.",
        ),
        Control(
            name="rate 18/20",
            network=LINEAR,
            region=WIDE,
            goal=Robust(noise=NOISE, rate="18/20", precision=0),
            because="The slope is 19/20.",
        ),
    ),
)
