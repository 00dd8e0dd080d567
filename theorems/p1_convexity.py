"""
P1: a bound of the derivative on a set that is not convex does not make a contraction.

Proves: Lemma 3.4, Theorem 4.1 and Theorem 4.2 of arXiv 2410.11279 fail as printed; with convex regions they hold.
Uses:   counterexample, from maps_into, lipschitz, exclusion, at_most_one and alternates; banach, regions and robust.
Source: arXiv 2410.11279, Lemma 3.4, Theorems 4.1 and 4.2; the counterexamples are fpverify's own.
"""

from fractions import Fraction

import fpverify as fp
from fpverify import About, Control, Instance, Refutes, Status, Step, Theorem

Place = fp.BoxRegion | fp.Cover | fp.Periodic | fp.WholeSpace


def _rungs(sign: int, step: int, name: str) -> fp.Network:
    affine = {"weight": [[sign]], "bias": [step]}
    return fp.network([{"activation": "staircase"}, {"affine": affine}], name=name, state_size=1)


def _islands(i: int) -> fp.Cover:
    """Return [-i - 1/6, -i + 1/6] u [i - 1/6, i + 1/6]."""
    near = Fraction(1, 6)
    return fp.Cover(parts=(fp.BoxRegion.of((-i - near, -i + near)), fp.BoxRegion.of((i - near, i + near))))


def _against(statement: str, conclusion: str, failure: About, *sets: Place, rate: str = "0.501") -> Refutes:
    """Return the goal that *statement* fails on *sets*, each mapped into itself, with |f'| <= rate there."""
    given = [About(goal=goal, region=one) for one in sets for goal in (fp.MapsInto(), fp.Lipschitz(rate=rate))]
    return Refutes(statement=statement, conclusion=conclusion, hypotheses=tuple(given), failure=failure)


def _refuted(name: str, map_: fp.Network, region: Place, goal: fp.Goal, note: str) -> Instance:
    return Instance(name=name, network=map_, region=region, goal=goal, expected=Status.REFUTED, note=note)


def _false(name: str, map_: fp.Network, region: Place, goal: fp.Goal, because: str) -> Control:
    return Control(name=name, network=map_, region=region, goal=goal, because=because)


CLIMB = _rungs(1, 1, "x + 1 - sin(2 pi x)/(2 pi)")
TURN = _rungs(-1, 0, "-x + sin(2 pi x)/(2 pi)")
STAIRS = fp.loop("staircase", [["1"]], name="x - sin(2 pi x)/(2 pi)")
CUBIC = fp.loop("cubic", [["1"]], name="(3x - x^3)/2")
SWAP = fp.loop("cubic", [["-1"]], name="-(3x - x^3)/2")
RUNGS = fp.Periodic(part=fp.BoxRegion.of(("-1/6", "1/6")), period=Fraction(1))
LINE = fp.Periodic(part=fp.BoxRegion.of((0, 1)), period=Fraction(1), two_sided=True)
PAIR = fp.Cover(parts=(fp.BoxRegion.of(("-11/10", "-9/10")), fp.BoxRegion.of(("9/10", "11/10"))))
PLANE = fp.loop("cubic", [["-1", "0"], ["0", "-1"]], name="the same in the plane")
SQUARES = fp.Cover(parts=(fp.BoxRegion.of(*(("-11/10", "-9/10"),) * 2), fp.BoxRegion.of(*(("9/10", "11/10"),) * 2)))
HULL, STEP = fp.BoxRegion.of(("-11/10", "11/10")), fp.BoxRegion.of(("-1/6", "1/6"))
NOWHERE = About(goal=fp.NoFixedPoint(), region=LINE)
ONE_AT_MOST = About(goal=fp.AtMostOne(), region=fp.WholeSpace(size=1))
SWAPPED = About(goal=fp.Alternates(), region=PAIR)

THEOREM = Theorem(
    id="p1",
    title="P1: regions that are not convex",
    statement=(
        r"\text{Printed: } D \ne \emptyset \text{ closed},\ f(D) \subseteq D,\ \sum_j |\partial_j f_i| \le K < 1 "
        r"\text{ on } D \text{ give a unique fixed point } p \in D \text{ and } x^t \to p. \quad \text{Shown: for } "
        r"f(x) = x + 1 - \tfrac{\sin 2\pi x}{2\pi},\ D = \bigcup_{n \ge 0} [n - \tfrac16, n + \tfrac16],\ K = \tfrac12 "
        r"\text{ all of this holds, and } f \text{ has no fixed point on } \mathbb{R}. \text{ Compact sets fail, too.}"
    ),
    source="arXiv 2410.11279v1, Lemma 3.4, on which Theorems 4.1 and 4.2 rest",
    hypotheses=(
        "D is nonempty and closed",
        "D is convex (not assumed in print, and used by the mean value theorem)",
        "f is differentiable and maps D into itself",
        "the row sums of the derivative are at most K < 1 on D",
    ),
    rule="counterexample",
    remark=(
        "With convex regions the three statements hold, as far as this defect goes, by the authors' own argument; the "
        "regions of their examples are boxes, hence convex. On a closed set that is connected by curves of finite length, "
        "existence and uniqueness survive, but the bounds in the norm do not. The counterexample to Theorem 4.2 has no "
        "noise, so that no size of m helps."
    ),
    defect_class="Printed statement false (Lemma 3.4, Theorem 4.1, Theorem 4.2): no reading saves it.",
    steps=(
        Step(
            title="f(x + 1) = f(x) + 1: each part of D is moved into the next one",
            left="(x + 1) + 1 - sin(2*pi*(x + 1))/(2*pi)",
            right="(x + 1 - sin(2*pi*x)/(2*pi)) + 1",
            symbols={"x": "real"},
        ),
        Step(
            title="f' = 1 - cos(2 pi x), between 0 and 1/2 on D",
            left="diff(x + 1 - sin(2*pi*x)/(2*pi), x)",
            right="1 - cos(2*pi*x)",
            symbols={"x": "real"},
        ),
        Step(title="it is 1/2 at 1/6", left="1 - cos(2*pi/6)", right="1/2", symbols={}),
        Step(
            title="-x + sin(2 pi x)/(2 pi) - x has the slope cos(2 pi x) - 2 <= -1: one fixed point",
            left="diff(-x + sin(2*pi*x)/(2*pi) - x, x)",
            right="cos(2*pi*x) - 2",
            symbols={"x": "real"},
        ),
        Step(
            title="the cubic: slope 63/200 in size at the outer ends of the two intervals",
            left="3*(1 - (11/10)**2)/2",
            right="-63/200",
            symbols={},
        ),
    ),
    printed=(
        _refuted(
            "Lemma 3.4, no fixed point",
            CLIMB,
            RUNGS,
            _against("ke-3.4", "fixed_points", NOWHERE, RUNGS),
            "The headline.",
        ),
        _refuted(
            "Theorem 4.1, no fixed point",
            CLIMB,
            RUNGS,
            _against("ke-4.1", "fixed_points", NOWHERE, RUNGS),
            "One region, W = 1 and b = 0: not even a fixed point outside the region.",
        ),
        _refuted(
            "Theorem 4.2, no fixed point",
            CLIMB,
            RUNGS,
            _against("ke-4.2", "fixed_points", NOWHERE, RUNGS),
            "Without noise, so for every m.",
        ),
        _refuted(
            "Theorem 4.1, compact, one instead of two",
            TURN,
            _islands(1),
            _against("ke-4.1", "fixed_points", ONE_AT_MOST, _islands(1), _islands(2)),
            "Two disjoint compact regions, and at most one fixed point on the line.",
        ),
        _refuted(
            "Theorem 4.1, compact, one instead of five",
            TURN,
            _islands(1),
            _against("ke-4.1", "fixed_points", ONE_AT_MOST, *map(_islands, range(1, 6))),
            "The same with five regions.",
        ),
        _refuted(
            "Lemma 3.4, compact, no fixed point in D",
            SWAP,
            PAIR,
            _against("ke-3.4", "fixed_points", SWAPPED, PAIR, rate="0.315001"),
            "D consists of two intervals that f swaps.",
        ),
        _refuted(
            "Lemma 3.4, compact, no convergence",
            SWAP,
            PAIR,
            _against("ke-3.4", "convergence", SWAPPED, PAIR, rate="0.315001"),
            "No orbit from D converges to anything.",
        ),
        _refuted(
            "Lemma 3.4, in the plane, no fixed point in D",
            PLANE,
            SQUARES,
            _against("ke-3.4", "fixed_points", About(goal=fp.Alternates(), region=SQUARES), SQUARES, rate="0.315001"),
            "D consists of two squares that f swaps.",
        ),
        _refuted(
            "Theorem 4.1, compact, no convergence",
            SWAP,
            PAIR,
            _against("ke-4.1", "convergence", SWAPPED, PAIR, rate="0.315001"),
            "With one region.",
        ),
        _refuted(
            "Theorem 4.2, compact, no fixed point in D",
            SWAP,
            PAIR,
            _against("ke-4.2", "fixed_points", SWAPPED, PAIR, rate="0.315001"),
            "Without noise, on a compact set.",
        ),
    ),
    instances=(
        Instance(name="each interval alone", network=CUBIC, region=PAIR, goal=fp.OneInEach(), note="Each is convex."),
        Instance(name="one step", network=STAIRS, region=STEP, goal=fp.Unique(), note="Lemma 3.4 with convexity."),
        Instance(name="around 0", network=TURN, region=STEP, goal=fp.Unique(), note="The one fixed point of the line."),
        Instance(name="one step with noise", network=STAIRS, region=STEP, goal=fp.Robust(noise="1/10")),
    ),
    controls=(
        _false("the hull of two intervals", CUBIC, HULL, fp.Unique(), "-1, 0 and 1 are fixed points there."),
        _false("no fixed point on the line", STAIRS, LINE, fp.NoFixedPoint(boxes=500), "Every integer is one."),
        _false("at most one", STAIRS, fp.WholeSpace(size=1), fp.AtMostOne(), "Every integer is a fixed point."),
        _false(
            "Lemma 3.4 on the hull",
            SWAP,
            HULL,
            _against("ke-3.4", "convergence", SWAPPED, HULL, rate="0.999"),
            "The printed hypotheses do not hold on the hull: the slope at 0 is -3/2.",
        ),
        _false(
            "rate 0.499",
            CLIMB,
            RUNGS,
            _against("ke-3.4", "fixed_points", NOWHERE, RUNGS, rate="0.499"),
            "The printed hypothesis |f'| <= 0.499 does not hold: the slope at 1/6 is 1/2.",
        ),
        _false(
            "the same region twice",
            TURN,
            _islands(1),
            _against("ke-4.1", "fixed_points", ONE_AT_MOST, _islands(1), _islands(1)),
            "The printed hypothesis of disjoint regions does not hold.",
        ),
    ),
)
