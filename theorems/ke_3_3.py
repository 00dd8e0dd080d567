"""
Banach's theorem for a scalar loop: one fixed point in an interval, and how fast every orbit reaches it.

Proves: for the loops below, exactly one fixed point p in the interval (ball, line); every orbit from there stays there, and
    |x^t - p| <= K^t |x^0 - p| with the rate K that is named.
Uses:   the rules banach (self-map, slopes at most K, K < 1) and local_ball (slopes and one residual).
Source: arXiv 2410.11279, Lemma 3.3; Granas and Dugundji, Fixed Point Theory, Theorem 1.1.1.
"""

from fractions import Fraction

from fpverify import (
    Ball,
    BoxRegion,
    Control,
    Instance,
    Step,
    SupNorm,
    Theorem,
    Unique,
    WholeSpace,
    around,
    loop,
    network,
)


def _step(title: str, left: str, right: str, **symbols: str) -> Step:
    return Step(title=title, left=left, right=right, symbols=symbols)


def _ball(centre: str, radius: str) -> Ball:
    return Ball(centre=(Fraction(centre),), radius=Fraction(radius), norm=SupNorm(weights=(Fraction(1),)))


CUBIC = loop("cubic", [["1"]], name="(3x - x^3)/2")
LINEAR = loop("identity", [["19/20"]], name="19x/20")
BENT = loop({"name": "leaky_relu", "slope": "1/4"}, [["1/2"]], ["1/4"], name="leaky ReLU of x/2 + 1/4, slope 1/4")
INNER, OUTER = {"weight": [["2"]], "bias": ["1/10"]}, {"weight": [["1/3"]], "bias": ["0"]}
DEEP = network(
    [{"affine": INNER}, {"activation": "tanh"}, {"affine": OUTER}, {"activation": "sin"}], name="sin(tanh(2x + 1/10)/3)"
)
FAMILY = loop("sin", [[around("1/2", "1/10")]], [around("1/5", "1/20")], name="sin(w x + b), w and b in intervals")
NEAR_ONE, UNIT, LINE = BoxRegion.of(("17/20", "21/20")), BoxRegion.of(("-1", "1")), WholeSpace(size=1)

THEOREM = Theorem(
    id="ke-3.3",
    title="Banach's theorem for a scalar loop",
    statement=(
        r"\text{Let } D = [l, u] \text{ or } D = \mathbb{R}, \text{ let } f \text{ be continuous and piecewise } C^1, "
        r"f(D) \subseteq D \text{ and } |f'| \le K < 1 \text{ on } D. \text{ Then } f \text{ has exactly one fixed point } "
        r"p \in D, \text{ and for } x^t = f(x^{t-1}),\ x^0 \in D: \quad "
        r"|x^t - p| \le \frac{K^t}{1-K} |x^1 - x^0|, \quad |x^t - p| \le \frac{K}{1-K} |x^t - x^{t-1}|, \quad "
        r"|x^t - p| \le K |x^{t-1} - p|, \quad \frac{|f(x) - x|}{1+K} \le |x - p| \le \frac{|f(x) - x|}{1-K}."
    ),
    source="arXiv 2410.11279v1, Lemma 3.3; Granas and Dugundji, Fixed Point Theory, Theorem 1.1.1",
    hypotheses=(
        "D is a closed interval or the whole line: closed, convex and not empty",
        "f is continuous on D and f(D) lies in D; or D is a ball of radius r around c and |f(c) - c| <= (1 - K) r",
        "every slope of f on D, both one-sided slopes at a kink, is at most K in size",
        "0 <= K < 1",
    ),
    rule="banach",
    remark=(
        "The bound of the derivative is used through the mean value theorem, so that D has to be convex: on a union of "
        "intervals it gives neither existence nor uniqueness (see the defects). All constants are sharp: f = K x attains "
        "the upper bounds, f = -K x the lower one. Hence a step count: |x^t - p| <= eps once K^t |x^1 - x^0| <= (1 - K) eps."
    ),
    steps=(
        _step("the empty geometric sum S(0) = (1 - K^0)/(1 - K) is 0", "(1 - K**0)/(1 - K)", "0", K="positive"),
        _step(
            "induction step: K S(n) + 1 = S(n + 1)",
            "K*(1 - K**n)/(1 - K) + 1",
            "(1 - K**(n + 1))/(1 - K)",
            K="positive",
            n="integer nonnegative",
        ),
        _step(
            "the steps from t to t + n sum to K^t S(n), which tends to K^t/(1 - K)",
            "K**t*(1 - K**n)/(1 - K)",
            "K**t/(1 - K) - K**(t + n)/(1 - K)",
            K="positive",
            n="integer nonnegative",
            t="integer nonnegative",
        ),
        _step("f = K x, x^0 = 1: a-priori bound attained", "K**t/(1 - K)*(1 - K)", "K**t", K="positive", t="integer"),
        _step(
            "a-posteriori bound attained", "K/(1 - K)*(K**(t - 1) - K**t)", "K**t", K="positive", t="integer positive"
        ),
        _step("upper residual bound attained by f = K x", "(x - K*x)/(1 - K)", "x", K="positive", x="positive"),
        _step("lower residual bound attained by f = -K x", "(x - (-K*x))/(1 + K)", "x", K="positive", x="positive"),
        _step("the ball is mapped into itself", "K*r + (1 - K)*r", "r", K="positive", r="positive"),
        _step("slope of the cubic", "diff((3*x - x**3)/2, x)", "3*(1 - x**2)/2", x="real"),
        _step("its size at 17/20, K = 0.41625", "3*(1 - (17/20)**2)/2", "333/800"),
        _step("the cubic moves 19/20 by 0.0463125", "(3*(19/20) - (19/20)**3)/2 - 19/20", "741/16000"),
        _step("and (1 - K) r = 0.058375 is more", "(1 - 333/800)*(1/10)", "467/8000"),
    ),
    instances=(
        Instance(
            name="cubic near 1",
            network=CUBIC,
            region=NEAR_ONE,
            goal=Unique(rate="333/800", precision=0),
            note="The slope at 17/20 is K: exact arithmetic decides what touches.",
        ),
        Instance(
            name="cubic, ball around 19/20",
            network=CUBIC,
            region=_ball("19/20", "1/10"),
            goal=Unique(rate="333/800", precision=0),
            note="One residual replaces the check of invariance.",
        ),
        Instance(name="cubic near 1, rate searched", network=CUBIC, region=NEAR_ONE, goal=Unique()),
        Instance(
            name="19x/20",
            network=LINEAR,
            region=UNIT,
            goal=Unique(rate="19/20", precision=0),
            note="The largest rate that the paper admits; every bound is attained.",
        ),
        Instance(name="-x/2 on the line", network=loop("identity", [["-1/2"]]), region=LINE, goal=Unique(rate="1/2")),
        Instance(name="tanh(7x/8) on the line", network=loop("tanh", [["7/8"]]), region=LINE, goal=Unique(rate="7/8")),
        Instance(
            name="sigmoid(2x) on the line", network=loop("sigmoid", [["2"]]), region=LINE, goal=Unique(rate="1/2")
        ),
        Instance(name="a kink inside", network=BENT, region=UNIT, goal=Unique(rate="1/2")),
        Instance(name="two layers", network=DEEP, region=UNIT, goal=Unique(), note="Slopes by the chain rule."),
        Instance(
            name="a family of loops",
            network=FAMILY,
            region=UNIT,
            goal=Unique(rate="61/100", precision=256),
            note="Each choice of weight and bias has its own fixed point.",
        ),
    ),
    controls=(
        Control(
            name="x/2 + 1 on [0, 1]",
            network=loop("identity", [["1/2"]], ["1"]),
            region=BoxRegion.of(("0", "1")),
            goal=Unique(),
            because="the only fixed point is 2, outside: f is not a self-map, 1 goes to 3/2",
        ),
        Control(
            name="19x/20 with K = 9/10",
            network=LINEAR,
            region=UNIT,
            goal=Unique(rate="9/10", precision=0),
            because="each step multiplies the error by 19/20, not by 9/10",
        ),
        Control(
            name="-x",
            network=loop("identity", [["-1"]]),
            region=UNIT,
            goal=Unique(),
            because="K = 1: x and -x form a 2-cycle, which does not converge",
        ),
        Control(
            name="x + 1 on the line",
            network=loop("identity", [["1"]], ["1"]),
            region=LINE,
            goal=Unique(),
            because="K = 1, and nothing is fixed",
        ),
        Control(
            name="cubic on [-1.1, 1.1]",
            network=CUBIC,
            region=BoxRegion.of(("-1.1", "1.1")),
            goal=Unique(),
            because="-1, 0 and 1 are fixed points",
        ),
        Control(
            name="cubic beyond its fold",
            network=loop("cubic", [["1"]], ["-1/5"]),
            region=BoxRegion.of(("1/2", "1")),
            goal=Unique(),
            because="g(x - 1/5) = x has no solution there, since 1/5 > 1/(3 sqrt 3)",
        ),
        Control(
            name="ball beside the fixed point",
            network=CUBIC,
            region=_ball("4/5", "1/20"),
            goal=Unique(),
            because="the ball ends at 17/20, and the cubic has no fixed point between 0 and 1",
        ),
        Control(
            name="tanh(2x) on the line",
            network=loop("tanh", [["2"]]),
            region=LINE,
            goal=Unique(),
            because="it has three fixed points",
        ),
    ),
)
