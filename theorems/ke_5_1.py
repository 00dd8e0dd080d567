"""
The quartic of the paper: 2^d fixed points near the vertices of a cube, for m from an explicit number m0(d) on.

Proves: for d = 2, 3, 10, 100 and m = m0(d), the loop x -> F(W x) with F(z) = 3z^2/2 - 2z^4/5 and W = I + (11^T - I)/m^2 has
    exactly one fixed point in each of the 2^d products of a high and a low interval, and attracts it, also with noise.
Uses:   the rule product (the k^d lemma): two ranges of F and of F' for each coordinate.
Source: arXiv 2410.11279, Theorem 5.1, its shift C removed: g(x + C) = F(x) and b = C (1, ..., 1).
"""

from fractions import Fraction

from fpverify import (
    BoxRegion,
    Control,
    Instance,
    Lipschitz,
    Network,
    OnDiagonal,
    OneInEachProduct,
    ProductRegions,
    Robust,
    Step,
    Theorem,
    WholeSpace,
    exchangeable,
    loop,
)


def _step(title: str, left: str, right: str, **symbols: str) -> Step:
    return Step(title=title, left=left, right=right, symbols=symbols)


def _paper(size: int, m: int) -> Network:
    return loop("quartic", exchangeable(size, 1, Fraction(1, m * m)), name=f"the paper's quartic, d = {size}, m = {m}")


def _box(first: tuple[str, str], rest: tuple[str, str], size: int) -> BoxRegion:
    return BoxRegion.of(first, *[rest] * (size - 1))


PAPER = (("1.302", "1.502"), ("-0.3", "0.3"))
WIDE = (("1.25", "1.48"), ("-0.3", "0.3"))
TIGHT = (("1.3", "1.4063"), ("-0.0001", "0.15"))

# Title, regions, rate (None: any below 1), whether noise 1/m is added, and m0 for d = 2, 3, 10, 100.
TABLE = (
    ("paper's regions, K < 1", PAPER, None, False, (13, 18, 38, 123)),
    ("paper's regions, K = 0.95", PAPER, "0.95", False, (20, 28, 58, 192)),
    ("paper's regions, K = 0.95, noise 1/m", PAPER, "0.95", True, (23, 28, 58, 192)),
    ("wide regions, K = 0.9, noise 1/m", WIDE, "0.9", True, (14, 15, 32, 104)),
    ("tight regions, K = 0.9", TIGHT, "0.9", False, (5, 6, 13, 41)),
    ("tight regions, K < 1", TIGHT, None, False, (4, 6, 12, 38)),
)
SIZES = (2, 3, 10, 100)

# False for m = m0 - 1: title, the box where the slope is too large (first interval, all others), the printed bound, d, m.
TOO_STEEP = (
    ("paper's regions, K < 1", PAPER[0], PAPER[0], "1", ((2, 12), (3, 17), (10, 37), (100, 122))),
    ("paper's regions, K = 0.95", PAPER[0], PAPER[0], "0.95", ((2, 19), (3, 27), (10, 57))),
    ("wide regions, K = 0.9", WIDE[1], WIDE[0], "0.9", ((3, 14), (10, 31))),
    ("tight regions, K = 0.9", TIGHT[0], TIGHT[0], "0.9", ((2, 4), (3, 5), (10, 12))),
    ("tight regions, K < 1", TIGHT[0], TIGHT[0], "1", ((2, 3), (3, 5), (10, 11))),
)

THEOREM = Theorem(
    id="ke-5.1",
    title="The paper's quartic: 2^d regions for explicit m",
    statement=(
        r"\text{Let } F(z) = \tfrac32 z^2 - \tfrac25 z^4,\ W = I + \tfrac{1}{m^2} (\mathbf{1} \mathbf{1}^T - I),\ "
        r"f(x) = F(W x) \text{ entry by entry. For each } d \text{ there is an explicit } m_0(d) \text{ such that for } "
        r"m = m_0(d) \text{ each of the } 2^d \text{ products of the intervals } I_1 \text{ (near 1.4028) and } I_2 "
        r"\text{ (near 0) holds exactly one fixed point of } f, \text{ and attracts with rate } K: "
        r"\quad I_1 = [1.302, 1.502],\ I_2 = [-0.3, 0.3],\ K \le 0.95: \ m_0 = 20, 28, 58, 192; \quad "
        r"I_1 = [1.25, 1.48],\ I_2 = [-0.3, 0.3],\ K \le 0.9, \text{ noise } \tfrac1m: \ m_0 = 14, 15, 32, 104; \quad "
        r"I_1 = [1.3, 1.4063],\ I_2 = [-10^{-4}, 0.15],\ K \le 0.9: \ m_0 = 5, 6, 13, 41 \quad "
        r"\text{for } d = 2, 3, 10, 100."
    ),
    source="arXiv 2410.11279v1, Theorem 5.1",
    hypotheses=(
        "f is the looped layer F(W x), F continuous, with the intervals I_1, I_2 on each coordinate",
        "F maps the pre-activations of each interval into it, also with the noise added",
        "|F'| on the pre-activations times the row sum 1 + (d - 1)/m^2 is at most K",
        "0 <= K < 1",
        "I_1 and I_2 are disjoint",
        "noise is at most 1/m in each coordinate (where noise is named)",
    ),
    rule="product",
    remark=(
        "The paper asks for 'm > d sufficiently large' and, in its proof, for K = 0.92 on its own regions. Read as 'every "
        "m > d' that is false: for (d, m) = (2, 3) and (5, 6) the state with all coordinates 27/20 has the eigenvalue -1, "
        "for (3, 4) and (4, 5) a smaller one; m > 3 sqrt(d - 1) is necessary. K < 0.9 with the paper's regions fails for "
        "every m, as F'(1.502) = -0.9156; with [1.25, 1.48] it holds. Each m0 is the least for its regions: for m0 - 1 "
        "the slopes on one of the regions exceed K, or the noise leads out (see the controls). A larger m only makes the "
        "coupling weaker. Without noise the tight regions need m = 5 only, for d = 2; Figure 3 adds noise 1/5 there, and "
        "the high fixed points are lost."
    ),
    steps=(
        _step(
            "the printed g at x + C is F(x), but for the constant",
            "-2*(x + C)**4/5 + 8*C*(x + C)**3/5 + (3/2 - 12*C**2/5)*(x + C)**2 + (8*C**3/5 - 3*C)*(x + C)",
            "3*x**2/2 - 2*x**4/5 - (3*C**2/2 - 2*C**4/5)",
            C="real",
            x="real",
        ),
        _step(
            "the constant is F(C) = 1 for C^2 = (15 + sqrt(65))/8, as printed",
            "3*((15 + sqrt(65))/8)/2 - 2*((15 + sqrt(65))/8)**2/5",
            "1",
        ),
        _step("the slope of F", "diff(3*x**2/2 - 2*x**4/5, x)", "3*x - 8*x**3/5", x="real"),
        _step("F <= 45/32 = 1.40625", "45/32 - (3*x**2/2 - 2*x**4/5)", "2*(x**2 - 15/8)**2/5", x="real"),
        _step("F'(3/2) = -9/10: the high interval ends below 3/2 for K < 0.9", "3*(3/2) - 8*(3/2)**3/5", "-9/10"),
        _step("F'(1.502) = -0.9156...: more than 0.9", "3*(751/500) - 8*(751/500)**3/5", "-71533501/78125000"),
        _step("F'(3/10) = 0.8568", "3*(3/10) - 8*(3/10)**3/5", "1071/1250"),
        _step("row sum of W", "1 + (d - 1)*(1/m**2)", "1 + (d - 1)/m**2", d="integer positive", m="integer positive"),
        _step(
            "(d - 1)/m^2 = 1/9: 27/20 (1, ..., 1) is fixed", "3*(10*(27/20)/9)**2/2 - 2*(10*(27/20)/9)**4/5", "27/20"
        ),
        _step("with the eigenvalue (1 + 1/9) F'(3/2) = -1 along it", "(1 + 1/9)*(3*(3/2) - 8*(3/2)**3/5)", "-1"),
        _step("m = d + 1: m > 3 sqrt(d - 1) unless 2 <= d <= 5", "(d + 1)**2 - 9*(d - 1)", "(d - 2)*(d - 5)", d="real"),
    ),
    instances=(
        *(
            Instance(
                name=f"{title}, d = {d}, m = {m}",
                network=_paper(d, m),
                region=ProductRegions.power(*regions, dimension=d),
                goal=OneInEachProduct(rate=rate, noise=Fraction(noisy, m)),
            )
            for title, regions, rate, noisy, bounds in TABLE
            for d, m in zip(SIZES, bounds, strict=True)
        ),
        Instance(
            name="d = 2, m = 3: eigenvalue -1",
            network=_paper(2, 3),
            region=WholeSpace(size=2),
            goal=OnDiagonal(interval=("27/20", "27/20"), eigenvalue=(-1, -1), precision=0),
            note="m > d is not enough.",
        ),
    ),
    controls=(
        *(
            Control(
                name=f"{title}, d = {d}, m = {m}, slope",
                network=_paper(d, m),
                region=_box(first, rest, d),
                goal=Lipschitz(rate=rate, weights=(1,) * d),
                because=f"m = m0 - 1: at the outer corner the slope times the row sum exceeds {rate}",
            )
            for title, first, rest, rate, cases in TOO_STEEP
            for d, m in cases
        ),
        Control(
            name="paper's regions, noise 1/m, d = 2, m = 22",
            network=_paper(2, 22),
            region=_box(PAPER[0], PAPER[0], 2),
            goal=Robust(noise=Fraction(1, 22)),
            because="m = m0 - 1: from the corner (1.502, 1.502) noise -1/22 leads below 1.302",
        ),
        Control(
            name="wide regions, noise 1/m, d = 2, m = 13",
            network=_paper(2, 13),
            region=_box(WIDE[0], WIDE[0], 2),
            goal=Robust(noise=Fraction(1, 13)),
            because="m = m0 - 1: 45/32 + 1/13 = 1.4832 is above 1.48",
        ),
        Control(
            name="tight regions, d = 2, m = 3",
            network=_paper(2, 3),
            region=ProductRegions.power(*TIGHT, dimension=2),
            goal=OneInEachProduct(),
            because="(27/20, 27/20) is fixed with the eigenvalue -1, and does not attract at a rate below 1",
        ),
        Control(
            name="noise 1/m for m = 5, as in Figure 3",
            network=_paper(2, 5),
            region=ProductRegions.power(("1.2", "1.65"), ("-0.3", "0.3"), dimension=2),
            goal=OneInEachProduct(noise="1/5"),
            because="constant noise -1/5 leads from (1.4, 0) out of its region, and on towards (-0.16, -0.16)",
        ),
    ),
)
