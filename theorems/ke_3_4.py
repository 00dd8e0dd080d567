"""
Banach's theorem for a loop on R^d in weighted sup, 1- and 2-norms: row sums, column sums, singular values.

Proves: for the loops below, exactly one fixed point p in the box (ball, R^d); every orbit from there stays there, and
    |x^t - p| <= K^t |x^0 - p| in the norm that is named.
Uses:   the rules banach and local_ball; slopes are enclosed row by row, which needs D convex and nothing more.
Source: arXiv 2410.11279, Lemma 3.4 (row sums); Burden and Faires, Numerical Analysis (every slope at most K/d).
"""

from fractions import Fraction

from fpverify import (
    Ball,
    BoxRegion,
    Control,
    Cover,
    Instance,
    Lipschitz,
    Network,
    OneInEach,
    Step,
    SupNorm,
    Theorem,
    TwoNorm,
    Unique,
    WholeSpace,
    around,
    exchangeable,
    fill,
    loop,
)


def _step(title: str, left: str, right: str, **symbols: str) -> Step:
    return Step(title=title, left=left, right=right, symbols=symbols)


def _cubics(radius: str) -> Network:
    """Return 64 uncoupled cubics; each bias is any number of size at most *radius*."""
    return loop("cubic", exchangeable(64, 1, 0), fill(64, around(0, radius)), name=f"64 cubics, biases up to {radius}")


def _near_ones(low: str) -> BoxRegion:
    return BoxRegion(lo=(Fraction(low),) * 64, hi=(Fraction(1),) * 64)


PLANE, UNIT, ONE = WholeSpace(size=2), BoxRegion.cube(1, dimension=2), Fraction(1)
WEAK = loop("tanh", [["0.4", "-0.3"], ["0.2", "0.5"]], ["0.1", "-0.2"], name="two weakly coupled tanh cells")
PERRON = loop("identity", [["1/5", "3"], ["3/20", "1/10"]], name="(x/5 + 3y, 3x/20 + y/10)")
TRIANGLE = loop("identity", [["1/2", "10"], ["0", "1/2"]], name="(x/2 + 10y, y/2)")
COLUMNS = loop("tanh", [["1/8", "7/8"], ["1/2", "0"]], name="tanh cells with column sums 5/8 and 7/8")
TURN = loop("identity", [["3/5", "3/5"], ["-3/5", "3/5"]], name="3/5 (x + y, y - x)")
MEAN = loop("identity", exchangeable(7, "9/70", "9/70"), name="9/10 of the mean, on R^7")
TRIPLE = loop("cubic", exchangeable(3, 1, "1/50"), name="three coupled cubics")

# Activation, diagonal and off-diagonal weight for d = 5, and the rate: sup |g'| times the row sum 5/4 w of |W|.
GLOBAL = (
    ("tanh", "3/4", "3/64", "15/16"),
    ("sin", "3/4", "3/64", "15/16"),
    ("softsign", "3/4", "-3/64", "15/16"),
    ("hardtanh", "-3/4", "3/64", "15/16"),
    ("relu", "3/4", "-3/64", "15/16"),
    ("softplus", "-3/4", "3/64", "15/16"),
    ("elu", "3/4", "3/64", "15/16"),
    ("sigmoid", "3", "3/16", "15/16"),
    ("gelu", "3/4", "1/32", "0.98780"),
    ("silu", "-3/4", "3/80", "0.98986"),
)

THEOREM = Theorem(
    id="ke-3.4",
    title="Banach's theorem for a loop on R^d",
    statement=(
        r"\text{Let } D \subseteq \mathbb{R}^d \text{ be a closed box or } \mathbb{R}^d,\ f(D) \subseteq D, \text{ let } M "
        r"\text{ bound the slopes of } f \text{ on } D \text{ entry by entry, and let one of these hold for some } K < 1: "
        r"\quad M w \le K w \text{ for some } w > 0; \quad w^T M \le K w^T \text{ for some } w > 0; \quad "
        r"\|A\|_2 \le K \text{ for all matrices } A \text{ of slopes.} \quad \text{Then } f \text{ has exactly one fixed "
        r"point } p \in D, \text{ and } \|x^t - p\| \le \frac{K^t}{1-K} \|x^1 - x^0\|,\ \|x^t - p\| \le K \|x^{t-1} - p\| "
        r"\text{ in the norms } \max_i |x_i|/w_i,\ \sum_i w_i |x_i|,\ \|x\|_2."
    ),
    source="arXiv 2410.11279v1, Lemma 3.4",
    hypotheses=(
        "D is a closed box or R^d: closed, convex and not empty",
        "f is continuous on D and f(D) lies in D; or D is a ball of radius r around c and |f(c) - c| <= (1 - K) r",
        "every matrix of slopes of f on D has operator norm at most K in one weighted sup, 1- or 2-norm",
        "0 <= K < 1",
    ),
    rule="banach",
    remark=(
        "The printed lemma takes row sums (w = 1) and does not ask D to be convex; that repaired, it holds. Weights with "
        "K < 1 exist exactly if the Perron root of M is below 1: w = (I - M/K)^(-1) 1. If every slope is at most K/d, the "
        "map contracts in every p-norm at once; but that loses up to a factor d: 64 uncoupled cubics contract with K = 9/10 "
        "for biases up to 0.1897 by row sums, up to 0.0046 entry by entry. On R^d it is enough that sup |g'| times the norm "
        "of W is below 1."
    ),
    steps=(
        _step("Perron weights, row 1: M w/K = w - 1", "((1/5)*(342/11) + 3*(153/22))/(9/10)", "342/11 - 1"),
        _step("Perron weights, row 2: M w/K = w - 1", "((3/20)*(342/11) + (1/10)*(153/22))/(9/10)", "153/22 - 1"),
        _step("weights (40, 1) for the triangle: K = 3/4", "((1/2)*40 + 10*1)/40", "3/4"),
        _step("the turn: A^T A is 18/25 on the diagonal", "(3/5)**2 + (-3/5)**2", "18/25"),
        _step("and 0 beside it", "(3/5)*(3/5) + (-3/5)*(3/5)", "0"),
        _step("so its 2-norm is 3 sqrt(2)/5 = 0.8485...", "sqrt(18/25)", "3*sqrt(2)/5"),
        _step("its sup norm is 6/5", "3/5 + 3/5", "6/5"),
        _step("entries at most K/d: row and column sums at most K", "d*(K/d)", "K", d="integer positive", K="positive"),
        _step("and the 2-norm is at most sqrt(K K)", "sqrt(K*K)", "K", K="positive"),
        _step(
            "the cubic's slope at sqrt(1 - 2K/(3d)) is K/d",
            "3*(1 - sqrt(1 - 2*K/(3*d))**2)/2",
            "K/d",
            d="positive",
            K="positive",
        ),
        _step(
            "it leaves the bias (K/(3d)) sqrt(1 - 2K/(3d)): 0.1897 for K/d = 9/10, 0.0046 for d = 64",
            "(3*sqrt(1 - 2*q) - sqrt(1 - 2*q)**3)/2 - sqrt(1 - 2*q)",
            "q*sqrt(1 - 2*q)",
            q="positive",
        ),
    ),
    instances=(
        *(
            Instance(
                name=f"two tanh cells, {norm} norm",
                network=WEAK,
                region=BoxRegion.cube("9/10", dimension=2),
                goal=Unique(norm=norm),
            )
            for norm in ("sup", "one", "two")
        ),
        Instance(
            name="Perron weights",
            network=PERRON,
            region=PLANE,
            goal=Unique(weights=("342/11", "153/22"), rate="9/10", precision=0),
            note="The plain row sum is 16/5; the Perron root is 0.82268.",
        ),
        Instance(name="Perron weights, searched", network=PERRON, region=PLANE, goal=Unique(rate="22/25")),
        Instance(
            name="weights (40, 1)",
            network=TRIANGLE,
            region=BoxRegion.of(("0", "20"), ("0", "1")),
            goal=Unique(weights=(40, 1), rate="3/4", precision=0),
            note="Row sum and column sum are 21/2.",
        ),
        Instance(name="column sums", network=COLUMNS, region=PLANE, goal=Unique(norm="one", rate="7/8")),
        Instance(name="2-norm of a turn", network=TURN, region=PLANE, goal=Unique(norm="two", rate="0.84853")),
        Instance(
            name="2-norm, ball",
            network=loop("identity", [["3/5", "3/5"], ["-3/5", "3/5"]], ["1/10", "0"], name="a turn and a shift"),
            region=Ball(centre=(Fraction(0), Fraction(0)), radius=ONE, norm=TwoNorm(weights=(ONE, ONE))),
            goal=Unique(),
        ),
        Instance(
            name="sup norm, ball",
            network=TRIPLE,
            region=Ball(centre=(Fraction(19, 20),) * 3, radius=Fraction(1, 10), norm=SupNorm(weights=(ONE,) * 3)),
            goal=Unique(),
        ),
        *(
            Instance(
                name=f"K/d in each entry, {norm} norm",
                network=MEAN,
                region=WholeSpace(size=7),
                goal=Unique(norm=norm, rate="0.9001"),
            )
            for norm in ("sup", "one", "two")
        ),
        Instance(
            name="64 cubics, row sums, K = 9/10",
            network=_cubics("0.1897"),
            region=_near_ones("0.8222"),
            goal=Unique(rate="9/10"),
            note="The budget is (K/3) sqrt(1 - 2K/3) = 0.189736...",
        ),
        Instance(
            name="64 cubics, entries at most (9/10)/64",
            network=_cubics("0.0046"),
            region=_near_ones("0.99995"),
            goal=Unique(rate="9/640"),
            note="The budget is 0.004665: 40 times less, for the same K.",
        ),
        *(
            Instance(
                name=f"{g} on R^5",
                network=loop(g, exchangeable(5, own, other)),
                region=WholeSpace(size=5),
                goal=Unique(rate=rate),
            )
            for g, own, other, rate in GLOBAL
        ),
    ),
    controls=(
        Control(
            name="turn on the square",
            network=TURN,
            region=UNIT,
            goal=Unique(norm="two"),
            because="it contracts in the 2-norm, but (1, 1) goes to (6/5, 0), out of the square",
        ),
        Control(
            name="turn, rate too small",
            network=TURN,
            region=PLANE,
            goal=Unique(norm="two", rate="0.8485"),
            because="every 2-norm is multiplied by 3 sqrt(2)/5 = 0.84852...",
        ),
        Control(
            name="triangle, sup norm without weights",
            network=TRIANGLE,
            region=PLANE,
            goal=Unique(rate="3/4", weights=(1, 1)),
            because="(20, 1) goes to (20, 1/2): the plain sup norm does not shrink",
        ),
        Control(
            name="below the Perron root",
            network=PERRON,
            region=PLANE,
            goal=Unique(weights=("34/10", "1"), rate="0.82"),
            because="along the Perron vector each step multiplies by 0.8226..., in every norm",
        ),
        Control(
            name="swap",
            network=loop("identity", [["0", "1"], ["1", "0"]], name="(y, x)"),
            region=UNIT,
            goal=Unique(norm="two"),
            because="K = 1, and every point of the diagonal is fixed",
        ),
        Control(
            name="64 cubics, biases beyond the fold",
            network=_cubics("0.1925"),
            region=Cover(parts=(_near_ones("0.8222"),)),
            goal=OneInEach(),
            because="with bias -0.1925, below -1/(3 sqrt 3), no fixed point near 1 is left",
        ),
        Control(
            name="64 cubics, entries at most (9/10)/64, bias 0.0048",
            network=_cubics("0.0048"),
            region=_near_ones("0.99995"),
            goal=Lipschitz(rate="9/640", weights=(1,) * 64),
            because="at 0.99995 with bias -0.0048 the slope is 0.0145, more than 0.0140625",
        ),
        Control(
            name="gelu on R, weight 0.96",
            network=loop("gelu", [["0.96"]], ["0.155"]),
            region=WholeSpace(size=1),
            goal=Unique(),
            because="sup |g'| is 1.1289, and there are three fixed points, near 0.287, 1.416 and 3.870",
        ),
    ),
)
