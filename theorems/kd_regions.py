"""
The k^d lemma: k^d robust fixed points of a looped layer from k d scalar checks.

Proves: for the looped layers below, all weights, biases and noise in the named intervals, exactly one fixed point in each of
    the products of the named intervals (up to 2^128 of them), which orbits do not leave and which attracts.
Uses:   the rule product: ranges of g and of its slope on k intervals of pre-activations for each coordinate. For pairs of
    ReLU cells, where one coordinate alone cannot hold two attractors: the rules robust and regions.
Source: arXiv 2410.11279, Theorems 5.1 and 5.2, whose 2^d regions this lemma certifies.
"""

from fractions import Fraction

from fpverify import (
    BoxRegion,
    Control,
    Cover,
    Instance,
    Network,
    OneInEach,
    OneInEachProduct,
    ProductRegions,
    Robust,
    Step,
    Theorem,
    around,
    exchangeable,
    fill,
    loop,
)


def _step(title: str, left: str, right: str, **symbols: str) -> Step:
    return Step(title=title, left=left, right=right, symbols=symbols)


def _family(title: str, g: str | dict, size: int, centre: tuple, errors: tuple[str, str]) -> Network:
    """Return g(W x + b), (a, b) = *centre*; rows of W err by errors[0] in 1-norm from a I, biases by errors[1] from b."""
    (a, b), share = centre, Fraction(errors[0]) / size
    diagonal = a if isinstance(a, tuple) else around(a, share)
    vector = fill(size, around(b, errors[1]))
    return loop(g, exchangeable(size, diagonal, around(0, share)), vector, name=f"{title}, d = {size}")


def _mirrored(*intervals: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (*intervals, *((str(-Fraction(high)), str(-Fraction(low))) for low, high in intervals))


def _rivals(own: str, other: str, bias: str, size: int = 2) -> Network:
    return loop("relu", exchangeable(size, own, other), fill(size, bias), name=f"{size} ReLU cells, inhibition {other}")


HERMITE_3 = {"name": "polynomial", "coefficients": ["0", "0", "0", "5/2", "0", "-3/2"]}
HERMITE_4 = {"name": "polynomial", "coefficients": ["0", "105/64", "0", "-455/64", "0", "819/64", "0", "-405/64"]}
GOMPERTZ = {"name": "gompertz", "scale": 1, "displacement": 9, "rate": 6}
BUMP = {"name": "gaussian", "height": 2, "centre": 2, "width": 1}
HIGH = ("4/5", "11/10")
STAIRS = tuple((str(n - Fraction("0.0754")), str(n + Fraction("0.0754"))) for n in range(-2, 3))

THREE = (("0.9653", "1"), ("-0.112", "0.112"), ("-1", "-0.9653"))
THREE_W = (("0.9681", "1"), ("-0.112", "0.112"), ("-1", "-0.9681"))
FOUR, FOUR_W = _mirrored(("0.99105", "1"), ("0.274", "0.3334")), _mirrored(("0.9912", "1"), ("0.2749", "0.3334"))
LOGISTIC, PI_HALF = (("0.0004", "0.1289"), ("0.8711", "0.9996")), around("1.5707963", "1e-7")
GELU_UP, SILU_UP = (("-0.17", "0.656"), ("2.612", "4.86")), (("-0.2785", "1.0912"), ("5.454", "10.45"))

# Title, activation, a, b; bounds of the weights' error (row sum), of the bias error and of the noise; rate (None: any below
# 1) and intervals. Where only the bias errs, its bound is the budget tau, rounded down.
BUDGETS = (
    ("cubic", "cubic", 1, "0", ("0", "0.1897", 0), "9/10", _mirrored(("0.8222", "1"))),
    ("Hermite, k = 3", HERMITE_3, 1, "0", ("0", "0.0376", 0), "9/10", THREE),
    ("Hermite, k = 3, W", HERMITE_3, 1, "0", ("0.0361", "0", 0), "9/10", THREE_W),
    ("Hermite, k = 4", HERMITE_4, 1, "0", ("0", "0.0102", 0), "9/10", FOUR),
    ("Hermite, k = 4, W", HERMITE_4, 1, "0", ("0.0098", "0", 0), "9/10", FOUR_W),
    ("staircase, k = 5", "staircase", 1, "0", ("0", "0.1583", 0), "9/10", STAIRS),
    ("tanh, a = 3/2", "tanh", "3/2", "0", ("0", "0.2031", 0), "9/10", _mirrored(("0.6325", "0.92"))),
    ("tanh, a = 2", "tanh", 2, "0", ("0", "0.529", 0), "9/10", _mirrored(("0.7423", "0.9868"))),
    ("tanh, a = 2, W, b, noise", "tanh", 2, "0", ("0.1", "0.1", "0.1"), None, _mirrored(("0.65", "1.1"))),
    ("tanh, a = 3", "tanh", 3, "0", ("0", "1.3", 0), "9/10", _mirrored(("0.8367", "0.9999"))),
    ("sigmoid, a = 8", "sigmoid", 8, "-4", ("0", "1.058", 0), "9/10", LOGISTIC),
    ("logistic E4, error 8 times 0.1322", "sigmoid", 8, "-4", ("0", "1.0576", 0), "9/10", LOGISTIC),
    ("hard-tanh, a = 2", "hardtanh", 2, "0", ("0", "0.999", 0), "0", (("1", "1"), ("-1", "-1"))),
    ("hard-tanh, a = 2, b, noise", "hardtanh", 2, "0", ("0", "0.4", "0.29"), "0", _mirrored(("0.71", "1.29"))),
    ("softsign, a = 4", "softsign", 4, "0", ("0", "0.9942", 0), "9/10", _mirrored(("0.5261", "0.8089"))),
    ("sin, a = 2", "sin", 2, "0", ("0", "0.0612", 0), "9/10", _mirrored(("0.893", "0.98817"))),
    ("sin, a = pi/2", "sin", PI_HALF, "0", ("0", "0.3267", 0), "9/10", _mirrored(("0.8196", "1"))),
    ("GELU, a = -20", "gelu", -20, "-4.1", ("0", "0.0446", 0), "9/10", (("-0.0194", "0"), ("-0.16998", "-0.1672"))),
    ("GELU, a = 0.96", "gelu", "0.96", "0.155", ("0", "0.0391", 0), "99/100", GELU_UP),
    ("SiLU, a = -20", "silu", -20, "-6.8", ("0", "0.1352", 0), "9/10", (("-0.0599", "0"), ("-0.27847", "-0.2726"))),
    ("SiLU, a = 0.97", "silu", "0.97", "0.25", ("0", "0.0603", 0), "99/100", SILU_UP),
    ("Gompertz E3", GOMPERTZ, 1, "0", ("0", "0.1333", 0), "9/10", (("0", "0.05"), ("0.8361", "0.9924"))),
    ("Gaussian E5", BUMP, 1, "0", ("0", "0.1278", 0), "9/10", (("0", "0.3362"), ("1.8903", "2"))),
)

# Title, activation, a, b, the bound of the bias error, the intervals, why: two attractors for each cell are too many.
FALSE = (
    ("cubic", "cubic", 1, "0", "0.1925", _mirrored(("1/2", "11/10")), "0.1925 is beyond the fold at 1/(3 sqrt 3)"),
    ("Hermite, k = 3", HERMITE_3, 1, "0", "0.039", _mirrored(("0.9", "1")), "0.039 is beyond the fold at 0.0381"),
    ("tanh, a = 1", "tanh", 1, "0", "0", _mirrored(("0.1", "0.9")), "0 is the only fixed point: sup a g' is 1"),
    ("tanh, a = 2", "tanh", 2, "0", "0.533", _mirrored(("1/2", "1")), "0.533 is beyond the fold at 0.53284"),
    ("sigmoid, a = 8, b = 0", "sigmoid", 8, "0", "0", (("0", "0.13"), ("0.87", "1")), "the only fixed point is near 1"),
    ("hard-tanh, a = 2", "hardtanh", 2, "0", "1.001", (("1", "1"), ("-1", "-1")), "with bias -1.001, 1 is not fixed"),
    ("softsign, a = 4", "softsign", 4, "0", "1.001", _mirrored(("0.4", "0.9")), "1.001 is beyond the fold at 1"),
    ("sin, a = 3", "sin", 3, "0", "0", _mirrored(("0.7", "0.82")), "the fixed points there have the slope -1.95"),
    ("GELU, a = 0.88", "gelu", "0.88", "0.155", "0", GELU_UP, "a is below 0.8858: there is one fixed point"),
    ("ReLU", "relu", 2, "-1", "0", (("0", "0.2"), ("0.9", "1.1")), "1 is fixed with the slope 2, and repels"),
)

THEOREM = Theorem(
    id="kd-regions",
    title="The k^d lemma",
    statement=(
        r"\text{Let } f(x) = g(W x + b),\ W \in [W],\ b \in [b], \text{ let } I_{j,1}, \dots, I_{j,k_j} \text{ be disjoint "
        r"closed intervals with hull } U_j, \quad N_j = \sum_{k \ne j} [W_{jk}] U_k + [b_j], \quad Z_{j,i} = [W_{jj}] "
        r"I_{j,i} + N_j, \quad G_{j,i} = \sup_{Z_{j,i}} |g'|. \quad \text{If } g(Z_{j,i}) + [-E_j, E_j] \subseteq I_{j,i} "
        r"\text{ and } "
        r"G_{j,i} \sum_k |W_{jk}| w_k \le K w_j \text{ for all } j, i, \text{ with } K < 1, \text{ then each of the } "
        r"\prod_j k_j \text{ products } I_{1,s_1} \times \dots \times I_{d,s_d} \text{ holds exactly one fixed point } p_s; "
        r"\text{ orbits with parameters drawn anew in each step and noise } |e_j| \le E_j \text{ stay in it, and } "
        r"\|x^t - p_s\| \le K^t \|x^0 - p_s\| + \frac{\varepsilon + \eta}{1 - K} (1 - K^t) "
        r"\text{ in the norm } \max_j |x_j| / w_j, \quad \varepsilon = \max_j E_j / w_j, \quad "
        r"\eta = \max_j G_j \left(\sum_k R_{jk} |U_k| + r_j\right) / w_j, \ R, r \text{ the radii of } [W], [b]."
    ),
    source="behind arXiv 2410.11279v1, Theorems 5.1 and 5.2",
    hypotheses=(
        "f is a looped layer g(W x + b) with g continuous, and intervals are given on each coordinate",
        "g(Z) + [-E, E] lies in I for each of the intervals",
        "the slope of g on Z times the weighted row sum of |W| is at most K w_j, for each of the intervals",
        "0 <= K < 1",
        "the intervals of each coordinate are pairwise disjoint",
        "noise and parameters are of the named sizes",
    ),
    rule="product",
    remark=(
        "Z depends on the choice s only through s_j: this is why k d checks serve k^d regions. For W = a I and one g the "
        "budget for bias and noise, rho + |a| E <= tau, is explicit: tau = (K/3) sqrt(1 - 2K/3) for the cubic, a x - "
        "artanh(x) with x = sqrt(1 - K/a) for tanh, a - sqrt(a K) - sqrt(a/K) + 1 for softsign, a - 1 for hard-tanh; as K "
        "tends to 1, so does tau to the distance of the fold. A convex g (ReLU, softplus, exp) cannot hold two attractors "
        "in one coordinate; two ReLU cells that inhibit each other can: with weights 1/2, -1 and bias 1/2 for noise below "
        "1/9. The paper's own 2^d regions are in ke-5.1 and ke-5.2."
    ),
    steps=(
        _step("cubic: the slope at sqrt(1 - q) is K for q = 2K/3", "3*(1 - sqrt(1 - 2*K/3)**2)/2", "K", K="positive"),
        _step("its budget g(s) - s = q s/2 at s = sqrt(1 - q)", "(3*s - s**3)/2 - s", "(1 - s**2)*s/2", s="positive"),
        _step(
            "the image of the right end is higher: the difference of squares is q^3/2",
            "((3*sqrt(1 + q) - sqrt(1 + q)**3)/2)**2 - ((3*sqrt(1 - q) - sqrt(1 - q)**3)/2)**2",
            "q**3/2",
            q="positive",
        ),
        _step("g <= 1 on [-2, oo)", "1 - (3*x - x**3)/2", "(x - 1)**2*(x + 2)/2", x="real"),
        _step("K = 1: the budget is the fold, 1/(3 sqrt 3)", "(1/3)*sqrt(1 - 2/3)", "1/(3*sqrt(3))"),
        _step("default instance: the coupling moves Z by at most 0.097", "(7/100)*(11/10) + 1/50", "97/1000"),
        _step("its rate: slope at 0.7 times 1.07 is 0.81855", "3*(1 - (7/10)**2)/2*(107/100)", "16371/20000"),
        _step("k = 3: g = x - (x^3 - x) q", "x - (x**3 - x)*(3*x**2 - 2)/2", "(5*x**3 - 3*x**5)/2", x="real"),
        _step("slope 0 at -1, 0, 1", "diff((5*x**3 - 3*x**5)/2, x)", "15*x**2*(1 - x**2)/2", x="real"),
        _step(
            "k = 4: slope 0 at -1, -1/3, 1/3, 1",
            "diff((105*x - 455*x**3 + 819*x**5 - 405*x**7)/64, x)",
            "-105*(x**2 - 1)*(9*x**2 - 1)*(3*x**2 - 1)/64",
            x="real",
        ),
        _step("staircase", "diff(x - sin(2*pi*x)/(2*pi), x)", "2*sin(pi*x)**2", x="real"),
        _step("tanh: slope K at x = sqrt(1 - K/a)", "a*(1 - sqrt(1 - K/a)**2)", "K", a="positive", K="positive"),
        _step(
            "softsign: budget at s - 1, s^2 = a/K",
            "K*s**2*(s - 1)/s - (s - 1)",
            "K*s**2 - K*s - s + 1",
            K="real",
            s="positive",
        ),
        _step("ReLU pair: noise 1/9 moves the inhibited cell to the kink", "-(1 - 4/9) + (1/2)*(1/9) + 1/2", "0"),
        _step("weights (4, 1): K = 3/4", "((1/2)*4 + 1*1)/4", "3/4"),
    ),
    instances=(
        *(
            Instance(
                name=f"default instance, d = {d}",
                network=_family("cubic", "cubic", d, (1, 0), ("7/100", "1/50")),
                region=ProductRegions.power(*_mirrored(HIGH), dimension=d),
                goal=OneInEachProduct(noise="1/20"),
            )
            for d in (1, 2, 4, 8, 16, 32, 64, 128)
        ),
        *(
            Instance(
                name=f"{title}: {weights}, {bias}, {noise}",
                network=_family(title, g, 10, (a, b), (weights, bias)),
                region=ProductRegions.power(*intervals, dimension=10),
                goal=OneInEachProduct(rate=rate, noise=noise),
            )
            for title, g, a, b, (weights, bias, noise), rate, intervals in BUDGETS
        ),
        Instance(
            name="ReLU pair, noise 1/10",
            network=_rivals("1/2", "-1", "1/2"),
            region=BoxRegion.of(("3/5", "7/5"), ("-1/10", "1/10")),
            goal=Robust(rate="3/4", weights=(4, 1), noise="1/10", radii=True, precision=0),
            note="The mirror image is certified alike: two attractors for the pair, 2^(d/2) for d/2 pairs.",
        ),
        Instance(
            name="ReLU pair near 0.9 I, noise 0.03",
            network=_rivals("9/10", "-1/5", "1/10"),
            region=BoxRegion.of(("0.64", "1.36"), ("-0.03", "0.03")),
            goal=Robust(rate="19/20", weights=(4, 1), noise="0.03", precision=0),
        ),
        Instance(
            name="four ReLU cells, one wins",
            network=_rivals("1/2", "-1", "1/2", size=4),
            region=Cover(
                parts=tuple(
                    BoxRegion.of(*(("3/5", "7/5") if j == winner else ("0", "1/50") for j in range(4)))
                    for winner in range(4)
                )
            ),
            goal=OneInEach(),
        ),
    ),
    controls=(
        *(
            Control(
                name=f"false: {title}, bias up to {bias}",
                network=_family(title, g, 2, (a, b), ("0", bias)),
                region=ProductRegions.power(*intervals, dimension=2),
                goal=OneInEachProduct(),
                because=because,
            )
            for title, g, a, b, bias, intervals, because in FALSE
        ),
        Control(
            name="two cubics, coupling 1/4",
            network=loop("cubic", exchangeable(2, 1, "1/4")),
            region=ProductRegions.power(*_mirrored(("1/2", "6/5")), dimension=2),
            goal=OneInEachProduct(),
            because="the regions of mixed sign hold no attracting fixed point: there are five fixed points, two attract",
        ),
        Control(
            name="weights left out",
            network=loop("identity", [["1/2", "10"], ["0", "1/2"]]),
            region=ProductRegions(intervals=(((Fraction(-40), Fraction(40)),), ((Fraction(-2), Fraction(2)),))),
            goal=OneInEachProduct(rate="3/4", weights=(1, 1), noise=(0, 1)),
            because="noise (0, 1) leads to (40, 2), ten times farther than 1/(1 - 3/4)",
        ),
        Control(
            name="ReLU pair, noise above 1/9",
            network=_rivals("1/2", "-1", "1/2"),
            region=BoxRegion.of(("0.552", "1.448"), ("-0.112", "0.112")),
            goal=Robust(noise="0.112", weights=(4, 1), precision=0),
            because="the inhibited cell is driven above 0, and then out of the region",
        ),
    ),
)
