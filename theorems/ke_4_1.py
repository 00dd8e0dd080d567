"""
Several regions: one attracting fixed point in each of m disjoint closed boxes.

Proves: for the loops below, exactly one fixed point p_i in each box D_i, all distinct; orbits from D_i stay there and
    converge to p_i with the rate K_i of D_i.
Uses:   the rule regions: the rule banach on each box, and exact disjointness.
Source: arXiv 2410.11279, Theorem 4.1, with regions that are closed and convex, and with the bias inside g'.
"""

from fpverify import BoxRegion, Control, Cover, Instance, OneInEach, Step, Theorem, loop, network


def _step(title: str, left: str, right: str, **symbols: str) -> Step:
    return Step(title=title, left=left, right=right, symbols=symbols)


def _boxes(*boxes: tuple[tuple[str, str], ...]) -> Cover:
    return Cover(parts=tuple(BoxRegion.of(*box) for box in boxes))


def _intervals(*intervals: tuple[str, str]) -> Cover:
    return _boxes(*((interval,) for interval in intervals))


HALF = loop("identity", [["1/2"]], name="x/2")
CUBIC = loop("cubic", [["1"]], name="(3x - x^3)/2")
QUARTIC = loop("quartic", [["1"]], name="3x^2/2 - 2x^4/5")
STAIRS = loop("staircase", [["1"]], name="x - sin(2 pi x)/(2 pi)")
HERMITE = loop(
    {"name": "polynomial", "coefficients": ["0", "0", "0", "5/2", "0", "-3/2"]}, [["1"]], name="(5x^3 - 3x^5)/2"
)
TANH = loop("tanh", [["2"]], ["3/10"], name="tanh(2x + 3/10)")
PAIR = loop("cubic", [["1", "1/20"], ["-1/20", "1"]], name="two cubics, coupled with opposite signs")
TURNED = loop("cubic", [["1", "1/20"], ["1/20", "1"]], ["1/50", "-1/50"], name="two cubics, coupled, with biases")
RIVALS = loop("relu", [["1/2", "-1"], ["-1", "1/2"]], ["1/2", "1/2"], name="two ReLU cells that inhibit each other")
SQUARE = loop({"name": "polynomial", "coefficients": ["0", "0", "1/9"]}, [["1"]], ["2"], name="(x + 2)^2/9")
STEEP = network(
    [
        {"affine": {"weight": [["4"]], "bias": ["-2"]}},
        {"activation": "tanh"},
        {"affine": {"weight": [["-1/2"]], "bias": ["1/2"]}},
    ],
    name="(1 - tanh(4x - 2))/2",
)
UP, DOWN = ("4/5", "11/10"), ("-11/10", "-4/5")
QUARTERS = _boxes((UP, UP), (UP, DOWN), (DOWN, UP), (DOWN, DOWN))

THEOREM = Theorem(
    id="ke-4.1",
    title="One attracting fixed point in each of m regions",
    statement=(
        r"\text{Let } f(x) = g(W x + b), \text{ let } D_1, \dots, D_m \text{ be closed boxes, pairwise disjoint, with } "
        r"f(D_i) \subseteq D_i \text{ and } |g'(\langle w_j, x \rangle + b_j)| \, \|w_j\|_1 \le K_i < 1 "
        r"\text{ for all } x \in D_i \text{ and all } j. \text{ Then } f \text{ has exactly one fixed point } p_i "
        r"\text{ in each } D_i, \text{ and for } x^0 \in D_i,\ t \ge 0: \quad "
        r"\|x^t - p_i\|_\infty \le K_i^t\, c_i\, \varepsilon_i, \quad (c_i, \varepsilon_i) = "
        r"\left(1, \sup_{y, z \in D_i} \|y - z\|_\infty\right) \text{ or } "
        r"\left(\frac{1}{1 - K_i}, \|x^1 - x^0\|_\infty\right). \quad "
        r"\text{In another norm: the same with that norm throughout.}"
    ),
    source="arXiv 2410.11279v1, Theorem 4.1",
    hypotheses=(
        "each D_i is a closed box: closed, convex and not empty",
        "the D_i are pairwise disjoint",
        "f is continuous on D_i and f(D_i) lies in D_i",
        "the slopes of f on D_i, with the bias inside g', have norm at most K_i; each D_i may have its own norm",
        "0 <= K_i < 1",
    ),
    rule="regions",
    remark=(
        "Repaired: the D_i are closed and convex, the bias stands inside g', and c_i, eps_i are explicit. The paper's "
        "proof takes c_i = 1/(1 - K_i) with the diameter; c_i = 1 does already. The bounds hold in the norm in which K_i is "
        "proved: with weights (40, 1) and K = 3/4 the plain sup norm of (x/2 + 10y, y/2) stays 20 at (20, 1). If two "
        "regions meet, their fixed points coincide: disjointness is exactly what makes them m. Nothing is said outside."
    ),
    steps=(
        _step(
            "a-priori: K^t/(1 - K) |x^1 - x^0| is K^t c eps with c = 1/(1 - K)",
            "K**t/(1 - K)*s",
            "K**t*(1/(1 - K))*s",
            K="positive",
            s="positive",
            t="integer nonnegative",
        ),
        _step("induction for c = 1, eps = diam: K K^t = K^(t + 1)", "K*K**t", "K**(t + 1)", K="positive", t="integer"),
        _step("f = K x, D = [0, 1], p = 0: c = 1 is attained", "K**t*1", "K**t", K="positive", t="integer"),
        _step("weights (40, 1): K = 3/4", "((1/2)*40 + 10*1)/40", "3/4"),
        _step("the plain sup norm of the image of (20, 1) is 20, not 15", "(1/2)*20 + 10*1", "20"),
        _step(
            "without the bias: (x + 2)^2/9 has the slope 2(x + 2)/9", "diff((x + 2)**2/9, x)", "2*(x + 2)/9", x="real"
        ),
        _step("that is 4/3 at the fixed point 4, though 2 x/9 <= 8/9 on [0, 4]", "2*(4 + 2)/9", "4/3"),
        _step("1 and 4 are its fixed points", "(x + 2)**2/9 - x", "(x - 1)*(x - 4)/9", x="real"),
        _step("ReLU pair: weights (4, 1) give 3/4", "((1/2)*4 + 1*1)/4", "3/4"),
        _step("its fixed point (b/(1 - a), 0) for a = b = 1/2 is (1, 0)", "(1/2)/(1 - 1/2)", "1"),
    ),
    instances=(
        Instance(name="cubic", network=CUBIC, region=_intervals(UP, DOWN), goal=OneInEach()),
        Instance(
            name="cubic, closed form at K = 9/10",
            network=CUBIC,
            region=_intervals(("0.633", "1.264"), ("-1.264", "-0.633")),
            goal=OneInEach(rate="9/10"),
            note="|g'| <= 9/10 exactly between sqrt(2/5) and sqrt(8/5).",
        ),
        Instance(
            name="quartic of the paper",
            network=QUARTIC,
            region=_intervals(("1.302", "1.502"), ("-0.3", "0.3")),
            goal=OneInEach(rate="0.92"),
            note="Without coupling the paper's own regions and its rate 0.92 hold.",
        ),
        Instance(
            name="staircase, m = 5",
            network=STAIRS,
            region=_intervals(*((f"{10 * n - 2}/10", f"{10 * n + 2}/10") for n in range(-2, 3))),
            goal=OneInEach(rate="7/10"),
        ),
        Instance(
            name="Hermite, m = 3",
            network=HERMITE,
            region=_intervals(("-1.03", "-0.94"), ("-0.3", "0.3"), ("0.94", "1.03")),
            goal=OneInEach(),
        ),
        Instance(
            name="tanh with a bias",
            network=TANH,
            region=_intervals(("-1", "-0.7"), ("0.9", "1")),
            goal=OneInEach(),
            note="The bias stands inside g'.",
        ),
        Instance(name="four regions of the plane", network=PAIR, region=QUARTERS, goal=OneInEach()),
        Instance(name="four regions, 2-norm", network=TURNED, region=QUARTERS, goal=OneInEach(norm="two")),
        Instance(name="four regions, 1-norm", network=TURNED, region=QUARTERS, goal=OneInEach(norm="one")),
        Instance(
            name="ReLU pair",
            network=RIVALS,
            region=_boxes((("3/5", "7/5"), ("-1/10", "1/10")), (("-1/10", "1/10"), ("3/5", "7/5"))),
            goal=OneInEach(),
            note="Each region has its own weights: (w, 1) and (1, w).",
        ),
    ),
    controls=(
        Control(
            name="regions that overlap",
            network=HALF,
            region=_intervals(("-1", "1"), ("-2", "2")),
            goal=OneInEach(),
            because="both hold the same fixed point 0: there are not two",
        ),
        Control(
            name="regions that touch",
            network=HALF,
            region=_intervals(("-1", "0"), ("0", "1")),
            goal=OneInEach(),
            because="both are invariant, but share their only fixed point 0",
        ),
        Control(
            name="a region that is left",
            network=HALF,
            region=_intervals(("1", "2"), ("-1", "1/2")),
            goal=OneInEach(),
            because="there is no fixed point in [1, 2]",
        ),
        Control(
            name="slope without the bias",
            network=STEEP,
            region=_intervals(("0", "1")),
            goal=OneInEach(),
            because="the only fixed point 1/2 has the slope -2: orbits do not converge to it",
        ),
        Control(
            name="two fixed points in one region",
            network=SQUARE,
            region=_intervals(("0", "4")),
            goal=OneInEach(),
            because="1 and 4 are fixed",
        ),
        Control(
            name="cubic, 0 and 1 in one region",
            network=CUBIC,
            region=_intervals(("-1/2", "11/10"), DOWN),
            goal=OneInEach(),
            because="0 and 1 are fixed points in the first region",
        ),
        Control(
            name="identity",
            network=loop("identity", [["1"]], name="x"),
            region=_intervals(("0", "1"), ("2", "3")),
            goal=OneInEach(),
            because="K = 1, and every point is fixed",
        ),
    ),
)
