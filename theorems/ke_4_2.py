"""
Robustness: noise in each step, uncertain parameters, parameters that change from step to step.

Proves: for the loops below, p being the fixed point for the midpoint parameters, every orbit x^t = f_t(x^(t-1)) + e_t from D
    stays in D, and |x^t - p| <= K^t |x^0 - p| + r (1 - K^t) with the radius r = (eps + eta)/(1 - K).
Uses:   the rule robust: f(D) enlarged by the noise lies in D; slopes; the effect eta of the parameters; for the bound in
    each coordinate, radii v with M v + E + H <= v.
Source: arXiv 2410.11279, Theorem 4.2, with the hypothesis that it lacks; extended to R^d and to families.
"""

from fpverify import (
    BoxRegion,
    Control,
    Instance,
    Network,
    Robust,
    Step,
    Theorem,
    WholeSpace,
    around,
    exchangeable,
    fill,
    loop,
)
from fpverify import network as program


def _step(title: str, left: str, right: str, **symbols: str) -> Step:
    return Step(title=title, left=left, right=right, symbols=symbols)


def _polynomial(name: str, *coefficients: str) -> Network:
    layer = {"activation": {"name": "polynomial", "coefficients": list(coefficients)}}
    return program([layer], name=name, state_size=1)


def _linear(rate: str) -> Network:
    return loop("identity", [[rate]], name=f"{rate} x")


CUBIC = loop("cubic", [["1"]], name="(3x - x^3)/2")
CREST = _polynomial("19x/20 + x^2", "0", "19/20", "1")
VALLEY = _polynomial("x/2 + x^2", "0", "1/2", "1")
PERRON = loop("identity", [["1/5", "3"], ["3/20", "1/10"]], name="(x/5 + 3y, 3x/20 + y/10)")
FAMILY = loop("cubic", [[around(1, "1/20")]], [around(0, "1/50")], name="cubic, weight 1 +- 1/20, bias +- 1/50")
COUPLED = loop(
    "cubic",
    exchangeable(5, around(1, "1/100"), around("1/100", "1/200")),
    fill(5, around(0, "1/100")),
    name="five cubics with uncertain couplings",
)
TANH = loop(
    "tanh", [[around("1/2", "1/10"), "1/5"], ["-1/5", around("1/2", "1/10")]], ["1/10", "0"], name="two tanh cells"
)
DEEP = program(
    [
        {"affine": {"weight": [["2", "1"], ["-1", "1"]], "bias": [("-1/10", "1/10"), "0"]}},
        {"activation": "tanh"},
        {"affine": {"weight": [["1/5", "1/10"], ["0", "1/4"]], "bias": ["1/20", "0"]}},
        {"activation": "softplus"},
    ],
    name="two layers, one uncertain bias",
)
UP, LEFT = BoxRegion.of(("4/5", "11/10")), BoxRegion.of(("-1/4", "0"))

# Rate K of f = K x and the radius 1/(1 - K) for noise 1; 20 is the constant of the paper.
RADII = (("1/2", 2), ("4/5", 5), ("9/10", 10), ("23/25", "25/2"), ("19/20", 20))

THEOREM = Theorem(
    id="ke-4.2",
    title="Fixed points under noise and changing parameters",
    statement=(
        r"\text{Let } D \text{ be a closed box or } \mathbb{R}^d, \text{ let every } f_t \text{ be } K\text{-Lipschitz on } "
        r"D,\ K < 1,\ f_t(x) + e \in D \text{ for all } x \in D,\ |e_j| \le E_j,\ \|e\| \le \varepsilon, \text{ and } "
        r"\|f_t - f\| \le \eta \text{ on } D. \text{ Then for } p = f(p) \text{ and } x^t = f_t(x^{t-1}) + e_t: \quad "
        r"x^t \in D, \quad \|x^t - p\| \le K^t \|x^0 - p\| + \frac{\varepsilon + \eta}{1 - K} (1 - K^t). \quad "
        r"\text{If } M v + E + H \le v \text{ for the matrix } M \text{ of the largest slopes, then } "
        r"\limsup_t |x^t_j - p_j| \le v_j. \quad \text{With } K = \tfrac{19}{20},\ \varepsilon = \tfrac{1}{m},\ \eta = 0: "
        r"\quad \limsup_t |x^t - p| \le \frac{20}{m}."
    ),
    source="arXiv 2410.11279v1, Theorem 4.2",
    hypotheses=(
        "D is a closed box or R^d: closed, convex and not empty",
        "f_t is continuous on D, and f_t(x) + e lies in D for every x in D and every admissible noise e",
        "every matrix of slopes of f_t on D has operator norm at most K in one norm, the same for all t",
        "0 <= K < 1",
        "admissible noise has norm at most eps",
        "the parameters move f by at most eta in norm, on D",
        "the componentwise radii v satisfy M v + E + H <= v",
    ),
    rule="robust",
    remark=(
        "The second hypothesis is the repair: the paper assumes f(D) in D only, and then its bounds fail for every m (see "
        "the defects). It can be had from f alone: on D = the ball of radius eps/(1 - K) around p, on R^d, or on D widened "
        "by delta where f still contracts with K' and eps <= (1 - K') delta. Neither 0.95 nor 20 is essential; 1/(1 - K) "
        "is sharp. One norm and one D for all steps are needed: two maps with spectral radius 0 can diverge in turns. In "
        "the 2-norm, noise of size eps in each coordinate has norm sqrt(d) eps."
    ),
    steps=(
        _step("20 = 1/(1 - 19/20)", "1/(1 - 19/20)", "20"),
        _step(
            "induction: K r (1 - K^t) + eps = r (1 - K^(t + 1)) with r = eps/(1 - K)",
            "K*e*(1 - K**t)/(1 - K) + e",
            "e*(1 - K**(t + 1))/(1 - K)",
            K="positive",
            e="positive",
            t="integer nonnegative",
        ),
        _step(
            "the first step: the error is eps, not 0 as printed",
            "e*(1 - K**1)/(1 - K)",
            "e",
            K="positive",
            e="positive",
        ),
        _step("a ball of radius eps/(1 - K) is kept", "K*e/(1 - K) + e", "e/(1 - K)", K="positive", e="positive"),
        _step("a collar of width delta is kept", "K*s + (1 - K)*s", "s", K="positive", s="positive"),
        _step(
            "moving fixed points: r = (K delta + eps)/(1 - K) is kept",
            "K*(K*s + e)/(1 - K) + K*s + e",
            "(K*s + e)/(1 - K)",
            K="positive",
            e="positive",
            s="positive",
        ),
        _step("M = [[1/5, 3], [3/20, 1/10]], E = (1/100, 1/50): row 1", "(1/5)*(23/90) + 3*(7/108) + 1/100", "23/90"),
        _step("row 2: v = (23/90, 7/108) = (0.2556, 0.0648)", "(3/20)*(23/90) + (1/10)*(7/108) + 1/50", "7/108"),
        _step(
            "f = 19x/20 + x^2, h = 1/m: the second iterate from 0 exceeds the printed K/m + 1/m by 1/m^2",
            "(19/20)*(1/m) + (1/m)**2 + 1/m - ((19/20)*(1/m) + 1/m)",
            "1/m**2",
            m="positive",
        ),
        _step(
            "it tends to x* = (1 - sqrt(1 - 1600/m))/40",
            "(19/20)*(1 - sqrt(1 - 1600/m))/40 + ((1 - sqrt(1 - 1600/m))/40)**2 + 1/m",
            "(1 - sqrt(1 - 1600/m))/40",
            m="positive",
        ),
    ),
    instances=(
        *(
            Instance(
                name=f"K = {rate}, noise 1, radius {radius}",
                network=_linear(rate),
                region=BoxRegion.cube(radius, dimension=1),
                goal=Robust(rate=rate, noise=1, precision=0),
                note="Attained: f = K x with constant noise 1 tends to 1/(1 - K).",
            )
            for rate, radius in RADII
        ),
        Instance(
            name="K = 19/20, m = 1000, radius 20/m",
            network=_linear("19/20"),
            region=BoxRegion.cube("1/50", dimension=1),
            goal=Robust(rate="19/20", noise="1/1000", precision=0),
        ),
        Instance(
            name="K = 19/20 on the line", network=_linear("19/20"), region=WholeSpace(size=1), goal=Robust(noise=1)
        ),
        Instance(name="cubic, m = 20", network=CUBIC, region=UP, goal=Robust(noise="1/20")),
        Instance(
            name="widened by 1/80",
            network=CREST,
            region=BoxRegion.of(("-21/80", "1/80")),
            goal=Robust(rate="39/40", noise="1/3200", precision=0),
            note="19x/20 + x^2 on [-1/4, 0]: false as printed, true with room for the noise.",
        ),
        Instance(
            name="widened by 1/16",
            network=VALLEY,
            region=BoxRegion.of(("-5/16", "1/16")),
            goal=Robust(rate="5/8", noise="3/128", precision=0),
        ),
        Instance(
            name="coordinate by coordinate",
            network=PERRON,
            region=BoxRegion.of(("-9/2", "9/2"), ("-1", "1")),
            goal=Robust(noise=("1/100", "1/50"), radii=True),
            note="The limits are 23/90 and 7/108, the least possible.",
        ),
        Instance(name="uncertain parameters", network=FAMILY, region=UP, goal=Robust()),
        Instance(
            name="uncertain parameters and noise", network=FAMILY, region=UP, goal=Robust(noise="1/50", radii=True)
        ),
        Instance(
            name="five cells, parameters anew in each step",
            network=COUPLED,
            region=BoxRegion(lo=UP.lo * 5, hi=UP.hi * 5),
            goal=Robust(noise="1/100"),
        ),
        Instance(
            name="2-norm", network=TANH, region=BoxRegion.cube(1, dimension=2), goal=Robust(norm="two", noise="1/20")
        ),
        Instance(name="two layers", network=DEEP, region=BoxRegion.cube(2, dimension=2), goal=Robust(noise="1/10")),
    ),
    controls=(
        *(
            Control(
                name=f"19x/20 + x^2, m = {m}",
                network=CREST,
                region=LEFT,
                goal=Robust(rate="19/20", noise=f"1/{m}", precision=0),
                because="f(D) lies in D and K = 19/20, but 0 goes to 1/m, out of D, and the orbit passes 20/m",
            )
            for m in (10, 1600, 10**6)
        ),
        Control(
            name="x/2 + x^2",
            network=VALLEY,
            region=LEFT,
            goal=Robust(rate="1/2", noise="1/15", precision=0),
            because="the orbit from 0 leaves D and tends to infinity",
        ),
        Control(
            name="noise just above the budget",
            network=_linear("19/20"),
            region=BoxRegion.cube(20, dimension=1),
            goal=Robust(rate="19/20", noise="1000001/1000000", precision=0),
            because="from 20 the first step leads to 20.000001",
        ),
        Control(
            name="rate too small",
            network=_linear("19/20"),
            region=BoxRegion.cube(20, dimension=1),
            goal=Robust(rate="9/10", noise=1, precision=0),
            because="the claimed radius is 10, but orbits tend to 20",
        ),
        Control(
            name="two maps in turns",
            network=loop("identity", [["0", ("0", "2")], [("0", "2"), "0"]], name="(a y, b x), a and b in [0, 2]"),
            region=BoxRegion.cube(1, dimension=2),
            goal=Robust(),
            because="(2y, 0) and (0, 2x) have spectral radius 0, but in turns they multiply by 4",
        ),
        Control(
            name="no common region",
            network=loop("identity", [["1/2"]], [("-1", "1")], name="x/2 + b, b in [-1, 1]"),
            region=BoxRegion.of(("1", "3")),
            goal=Robust(),
            because="x/2 - 1 leads from 1 to -1/2",
        ),
        Control(
            name="parameters beyond the fold",
            network=loop("cubic", [["1"]], [around(0, "0.1925")], name="cubic, bias +- 0.1925"),
            region=BoxRegion.of(("4/5", "1")),
            goal=Robust(),
            because="with the bias -0.1925 there is no fixed point near 1, and orbits leave D",
        ),
    ),
)
