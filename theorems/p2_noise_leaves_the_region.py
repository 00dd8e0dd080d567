"""
P2: noise may drive the orbit out of the region on which the map contracts.

Proves: Theorem 4.2 of arXiv 2410.11279 fails for f = 19x/20 + x^2, D = [-1/4, 0] and noise 1/m, at each m below; the
    theorem holds where f(x) + e stays in a convex D for all admissible noise e.
Uses:   counterexample, from maps_into, lipschitz (in exact arithmetic: the slope at 0 is 19/20) and orbit; robust.
Source: arXiv 2410.11279, Theorem 4.2; the counterexample is fpverify's own.
"""

from fractions import Fraction

import fpverify as fp
from fpverify import About, Control, Instance, OrbitAbove, Refutes, Robust, Status, Step, Theorem

K = Fraction(19, 20)
BENT = fp.loop({"name": "polynomial", "coefficients": ["0", "19/20", "1"]}, [["1"]], name="19x/20 + x^2")
LINEAR = fp.loop("identity", [["19/20"]], name="19x/20")
D, ORIGIN = fp.BoxRegion.of(("-1/4", "0")), fp.BoxRegion.of(("0", "0"))
ROOM, WIDE = fp.BoxRegion.of(("-1/4", "1/50")), fp.BoxRegion.of(("-2", "2"))


def _against(m: int, steps: int, *, rate: Fraction = K, per_m: int = 20, start: fp.BoxRegion = ORIGIN) -> Refutes:
    """Return the goal that the orbit from *start* under the noise 1/m leaves the printed radius after *steps* steps."""
    above = start.lo[0] + Fraction(per_m, m)
    return Refutes(
        statement="ke-4.2",
        conclusion="radius",
        noise=Fraction(1, m),
        radius=Fraction(per_m, m),
        hypotheses=(
            About(goal=fp.MapsInto(precision=0), region=D),
            About(goal=fp.Lipschitz(rate=rate, precision=0), region=D),
        ),
        failure=About(goal=OrbitAbove(steps=steps, above=above, noise=Fraction(1, m)), region=start),
    )


def _refuted(m: int, steps: int, note: str = "") -> Instance:
    goal = _against(m, steps)
    return Instance(name=f"m = {m}", network=BENT, region=D, goal=goal, expected=Status.REFUTED, note=note)


def _false(name: str, goal: fp.Goal, because: str, region: fp.BoxRegion = D) -> Control:
    return Control(name=name, network=BENT, region=region, goal=goal, because=because)


def _one_step(m: int) -> OrbitAbove:
    """Return that x^2 exceeds K x^1 + 1/m, where x^1 = 1/m."""
    return OrbitAbove(steps=2, above=(K + 1) / m, noise=Fraction(1, m), precision=0)


THEOREM = Theorem(
    id="p2",
    title="P2: noise leaves the region",
    statement=(
        r"\text{Printed: } D \subseteq \mathbb{R} \text{ closed},\ f(D) \subseteq D,\ |f'| \le K \le 0.95,\ |h| \le "
        r"\tfrac1m \text{ on } D \text{ give } |x^t - p| \le K^t |x^0 - p| + \tfrac{20}{m} \text{ for } x^t = (f + h)"
        r"(x^{t-1}). \quad \text{Shown: for } f(x) = \tfrac{19}{20} x + x^2,\ D = [-\tfrac14, 0],\ h = \tfrac1m,\ "
        r"x^0 = p = 0 \text{ the bound fails, at } m = 10, 10^2, 10^3, 10^4, 10^6 \text{ by certificate.}"
    ),
    source="arXiv 2410.11279v1, Theorem 4.2",
    hypotheses=(
        "D is a closed interval (convexity is missing in print, see P1)",
        "f(x) + e lies in D for every x in D and |e| <= 1/m (print has only: f(x) lies in D)",
        "|f'| <= K < 1 on D",
    ),
    rule="counterexample",
    remark=(
        "If f and h live on D only, the printed iteration is not even defined: x^1 = f(x^0) + 1/m may lie outside "
        "(f = 1 on [0, 1]). If f lives on the line, the bound fails for every m > 0, by the algebra below. With "
        "f(x) + e in D read into it, and D convex, the theorem is true, and 20 = 1/(1 - 0.95) is sharp. For one map that "
        "is differentiable around D, a large m restores convergence, with a rate K' > K and the radius 1/(m (1 - K'))."
    ),
    defect_class="Ill-posed as printed (f on D only: the orbit leaves D); with f on the line, false for every m.",
    steps=(
        Step(
            title="one step: x^1 = 1/m, and x^2 exceeds K x^1 + 1/m by 1/m^2, for every m",
            left="(19/20*(1/m) + (1/m)**2 + 1/m) - (19/20*(1/m) + 1/m)",
            right="1/m**2",
            symbols={"m": "positive"},
        ),
        Step(
            title="motion per step: at least 1/m - 1/1600, so x^t grows without bound for m < 1600",
            left="19/20*x + x**2 + 1/m - x",
            right="(x - 1/40)**2 + 1/m - 1/1600",
            symbols={"m": "positive", "x": "real"},
        ),
        Step(
            title="m >= 1600: x^t increases to a fixed point x* of f + 1/m",
            left="19/20*(1 - sqrt(1 - 1600/m))/40 + ((1 - sqrt(1 - 1600/m))/40)**2 + 1/m",
            right="(1 - sqrt(1 - 1600/m))/40",
            symbols={"m": "positive"},
        ),
        Step(
            title="where x* (1/20 - x*) = 1/m and 0 < x* <= 1/40, so x* > 20/m",
            left="(1 - sqrt(1 - 1600/m))/40*(1/20 - (1 - sqrt(1 - 1600/m))/40)",
            right="1/m",
            symbols={"m": "positive"},
        ),
        Step(title="the slope at 0 is 19/20", left="19/20 + 2*0", right="19/20", symbols={}),
        Step(title="20 = 1/(1 - 0.95)", left="1/(1 - 19/20)", right="20", symbols={}),
    ),
    printed=(
        _refuted(10, 7, "The headline: x^7 > 2 = 20/m, though p = x^0 = 0."),
        _refuted(100, 15),
        _refuted(1000, 34, "Up to here the orbit grows without bound."),
        _refuted(10_000, 67, "From m = 1600 on the orbit converges, to a point beyond the radius."),
        _refuted(1_000_000, 153, "A large m does not help."),
        Instance(
            name="one step, m = 10",
            network=BENT,
            region=ORIGIN,
            goal=_one_step(10),
            note="The printed one-step bound K |x - p| + 1/m fails at t = 2.",
        ),
        Instance(name="one step, m = 1000000", network=BENT, region=ORIGIN, goal=_one_step(1_000_000)),
    ),
    instances=(
        Instance(
            name="a region with room for the noise",
            network=BENT,
            region=ROOM,
            goal=Robust(noise="1/3200", rate="99/100", precision=0),
            note="The same map; the radius is 100/m, for m = 3200, not 20/m.",
        ),
        Instance(
            name="the largest rate",
            network=LINEAR,
            region=WIDE,
            goal=Robust(noise="1/10", rate=K, precision=0),
            note="f(D) + [-1/m, 1/m] touches the ends of D, and the radius is 20/m, for m = 10.",
        ),
        Instance(
            name="without noise", network=BENT, region=D, goal=Robust(rate=K, precision=0), note="Nothing leaves."
        ),
    ),
    controls=(
        _false("noise 1/10 in D", Robust(noise="1/10"), "The orbit from 0 leaves D in its first step."),
        _false("noise 1/3200 in D", Robust(noise="1/3200"), "So does this one."),
        _false("noise 1/1000 with room", Robust(noise="1/1000"), "The orbit grows without bound for m < 1600.", ROOM),
        _false("radius after 6 steps", _against(10, 6), "The orbit exceeds 20/m at t = 7 for the first time."),
        _false("rate 9/10", _against(10, 7, rate=Fraction(9, 10)), "The printed |f'| <= 9/10 fails: f'(0) = 19/20."),
        _false(
            "radius 10/m",
            _against(10, 7, per_m=10),
            "The printed statement does not conclude a radius of 10/m, so that exceeding it refutes nothing.",
        ),
        _false(
            "from a point that is not fixed",
            _against(10, 12, start=fp.BoxRegion.of(("-1/8", "-1/8"))),
            "-1/8 is no fixed point, so that the printed bound speaks of the distance from another point.",
        ),
    ),
)
