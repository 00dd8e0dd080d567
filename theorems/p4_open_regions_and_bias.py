"""
P4: regions that are not closed, and a slope that is taken without the bias.

Proves: Theorem 4.1 of arXiv 2410.11279 fails as printed for f = x/2 on [-1, 0) and (0, 1], and for a layer
    g(x - 21/2) on [0, 1] whose printed slope is below 10^-33; with closed regions and the bias inside g' it holds.
Uses:   counterexample, from maps_into, lipschitz, at_most_one and alternates; banach and regions.
Source: arXiv 2410.11279, Theorem 4.1; the counterexamples are fpverify's own.
"""

from fractions import Fraction

import fpverify as fp
from fpverify import About, Control, Instance, Lipschitz, MapsInto, Refutes, Status, Step, Theorem

HALF = fp.loop({"name": "polynomial", "coefficients": ["0", "1/2"]}, [["1"]], name="x/2")
STAIRS = fp.loop("staircase", [["1"]], name="x - sin(2 pi x)/(2 pi)")
SQUARE = fp.loop({"name": "polynomial", "coefficients": ["0", "0", "1/9"]}, [["1"]], ["2"], name="(x + 2)^2/9")


def _step_layer(gain: int) -> fp.Network:
    """Return g(x - 21/2) with g(z) = (1 - tanh(gain (z + 10)))/2."""
    layers = [
        {"affine": {"weight": [["1"]], "bias": ["-21/2"]}},
        {"affine": {"weight": [[gain]], "bias": [10 * gain]}},
        {"activation": "tanh"},
        {"affine": {"weight": [["-1/2"]], "bias": ["1/2"]}},
    ]
    return fp.network(layers, name=f"(1 - tanh({gain} (z + 10)))/2 at z = x - 21/2")


STEEP, GENTLE = _step_layer(4), _step_layer(1)
UNIT, BOTH = fp.BoxRegion.of(("0", "1")), fp.BoxRegion.of(("-1", "1"))
LEFT_OPEN, RIGHT_OPEN = (
    fp.Punctured(parts=(part,), without=Fraction(0)) for part in (fp.BoxRegion.of(("-1", "0")), UNIT)
)
LEFT_CLOSED, POINT_4 = fp.BoxRegion.of(("-1", "0")), fp.BoxRegion.of(("4", "4"))
STEPS = fp.Cover(parts=(fp.BoxRegion.of(("-1/6", "1/6")), fp.BoxRegion.of(("5/6", "7/6"))))
SWAPPED = About(
    goal=fp.Alternates(), region=fp.Cover(parts=(fp.BoxRegion.of(("0", "1/4")), fp.BoxRegion.of(("3/4", "1"))))
)
ONE_AT_MOST = About(goal=fp.AtMostOne(), region=fp.WholeSpace(size=1))


def _halves(statement: str, *sets: fp.BoxRegion | fp.Punctured) -> Refutes:
    """Return the goal that two fixed points are promised, and there is at most one."""
    goals = (MapsInto(precision=0), Lipschitz(rate="1/2", precision=0))
    given = tuple(About(goal=goal, region=one) for one in sets for goal in goals)
    return Refutes(statement=statement, conclusion="fixed_points", hypotheses=given, failure=ONE_AT_MOST)


def _no_convergence(statement: str, slope: About) -> Refutes:
    given = (About(goal=MapsInto(), region=UNIT), slope)
    return Refutes(statement=statement, conclusion="convergence", hypotheses=given, failure=SWAPPED)


PRINTED_SLOPE = About(goal=Lipschitz(rate="1.45e-34", precision=256), region=UNIT, network=STEEP.without_bias())

THEOREM = Theorem(
    id="p4",
    title="P4: open regions, and the bias left out",
    statement=(
        r"\text{Printed: disjoint } D_1, \dots, D_m,\ f(D_i) \subseteq D_i \text{ and } |g'(\langle w_j, x \rangle)| "
        r"\|w_j\|_1 \le K_i < 1 \text{ on } D_i \text{ give } m \text{ fixed points of } f(x) = g(W x + b), "
        r"\text{ and convergence from } D_i. \quad \text{Shown: it fails for } f(x) = \tfrac{x}{2},\ D_1 = [-1, 0),\ "
        r"D_2 = (0, 1], \text{ and for } g(z) = \tfrac12 (1 - \tanh 4(z + 10)),\ b = -\tfrac{21}{2},\ D = [0, 1]."
    ),
    source="arXiv 2410.11279v1, Theorem 4.1",
    hypotheses=(
        "each D_i is closed (not assumed in print) and convex (see P1), and they are pairwise disjoint",
        "f maps each D_i into itself",
        "|g'(<w_j, x> + b_j)| ||w_j||_1 <= K_i < 1 on D_i (b_j is left out in print)",
    ),
    rule="counterexample",
    remark=(
        "Closed regions and g' at W x + b, which is surely what is meant, repair both. For b = 0 the printed slope is the "
        "true one. A milder example with a missing bias is g(z) = z^2/9, b = 2, D = [0, 4]: the printed slope is at most "
        "8/9, and both 1 and 4 are fixed points in D."
    ),
    defect_class="Printed statement false, twice: the regions need not be closed, and the slope lacks the bias.",
    steps=(
        Step(
            title="in u = x - 1/2 the layer is 1/2 - tanh(4u)/2",
            left="(1 - tanh(4*((1/2 + u) - 21/2 + 10)))/2",
            right="1/2 - tanh(4*u)/2",
            symbols={"u": "real"},
        ),
        Step(
            title="the slope at its only fixed point 1/2 is -2",
            left="diff(1/2 - tanh(4*u)/2, u) + 2*(1 - tanh(4*u)**2)",
            right="0",
            symbols={"u": "real"},
        ),
        Step(
            title="the printed slope -2 sech^2(4(x + 10)) is largest in size at x = 0",
            left="diff((1 - tanh(4*(x + 10)))/2, x)",
            right="-2*(1 - tanh(4*(x + 10))**2)",
            symbols={"x": "real"},
        ),
        Step(
            title="the milder example: (x + 2)^2/9 = x at 1 and 4 only",
            left="(x + 2)**2/9 - x",
            right="(x - 1)*(x - 4)/9",
            symbols={"x": "real"},
        ),
        Step(
            title="its slope at 4 is 4/3, where print has 8/9",
            left="2*(4 + 2)/9 - 2*4/9",
            right="4/3 - 8/9",
            symbols={},
        ),
    ),
    printed=(
        Instance(
            name="x/2 on two half-open intervals",
            network=HALF,
            region=LEFT_OPEN,
            goal=_halves("ke-4.1", LEFT_OPEN, RIGHT_OPEN),
            expected=Status.REFUTED,
            note="Convex, disjoint, invariant, K = 1/2; two fixed points are promised, and the line has at most one.",
        ),
        Instance(
            name="the bias left out",
            network=STEEP,
            region=UNIT,
            goal=_no_convergence("ke-4.1", PRINTED_SLOPE),
            expected=Status.REFUTED,
            note="The printed slope is 1.4439e-34 on D, and f swaps [0, 1/4] and [3/4, 1].",
        ),
        Instance(
            name="a second fixed point in D",
            network=SQUARE,
            region=POINT_4,
            goal=fp.AtPoint(entry=(0, 0), bounds=("4/3", "4/3"), precision=0),
            note="The milder example: the slope at the fixed point 4 is 4/3, and print bounds it by 8/9.",
        ),
    ),
    instances=(
        Instance(name="x/2 on a closed interval", network=HALF, region=BOTH, goal=fp.Unique(rate="1/2", precision=0)),
        Instance(name="two closed regions", network=STAIRS, region=STEPS, goal=fp.OneInEach(), note="0 and 1."),
        Instance(
            name="the bias inside the slope",
            network=GENTLE,
            region=UNIT,
            goal=fp.Unique(rate="0.501"),
            note="The same bias and a gentler g, with a slope of at most 1/2 where it is used.",
        ),
    ),
    controls=(
        Control(
            name="Lemma 3.4 on a half-open interval",
            network=HALF,
            region=LEFT_OPEN,
            goal=_halves("ke-3.4", LEFT_OPEN, RIGHT_OPEN),
            because="Lemma 3.4 speaks of one closed set: its printed hypotheses do not hold.",
        ),
        Control(
            name="two closed intervals that meet",
            network=HALF,
            region=LEFT_CLOSED,
            goal=_halves("ke-4.1", LEFT_CLOSED, UNIT),
            because="[-1, 0] and [0, 1] share the point 0: the printed hypothesis of disjoint regions does not hold.",
        ),
        Control(
            name="Lemma 3.4 with the slope of another map",
            network=STEEP,
            region=UNIT,
            goal=_no_convergence("ke-3.4", PRINTED_SLOPE),
            because="Lemma 3.4 bounds the derivative of f itself, which is -2 at 1/2.",
        ),
        Control(
            name="the bias inside the slope, steep",
            network=STEEP,
            region=UNIT,
            goal=_no_convergence("ke-4.1", About(goal=Lipschitz(rate="1/2"), region=UNIT)),
            because="With the bias inside, the hypothesis |g'| <= 1/2 does not hold: the slope at 1/2 is -2.",
        ),
        Control(
            name="convergence of the steep layer",
            network=STEEP,
            region=UNIT,
            goal=fp.Unique(),
            because="Its one fixed point repels: orbits from [0, 1/4] jump to [3/4, 1] and back.",
        ),
    ),
)
