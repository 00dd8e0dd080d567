"""
P5: the rate that a proof announces does not hold on its own region.

Proves: the slope of the quartic is -9/10 at 3/2 and -71533501/78125000 at 1502/1000, the end of the printed region, so
    that no K < 0.9 serves there; on [1.25, 1.48] and [-0.3, 0.3] the rate 0.9 does, with noise 1/m and m >= m0(d).
Uses:   at_point (in exact arithmetic), lipschitz, product.
Source: arXiv 2410.11279, Theorem 5.1 and its proof.
"""

from fractions import Fraction

import fpverify as fp
from fpverify import AtPoint, BoxRegion, Control, Instance, Lipschitz, OneInEachProduct, Step, Theorem

F = fp.loop("quartic", [["1"]], name="F(x) = -2/5 x^4 + 3/2 x^2")
END, EDGE, HIGH = BoxRegion.of(("1.502", "1.502")), BoxRegion.of(("3/2", "3/2")), BoxRegion.of(("1.302", "1.502"))
SLOPE = Fraction(-71533501, 78125000)
OURS = (("1.25", "1.48"), ("-0.3", "0.3"))


def _layer(d: int, m: int) -> fp.Network:
    """Return the layer of Theorem 5.1 after its shift: W = I + (11^T - I)/m^2, b = 0."""
    weight = fp.exchangeable(d, 1, Fraction(1, m * m))
    return fp.loop("quartic", weight, fp.fill(d, 0), name=f"quartic layer, d = {d}, m = {m}")


def _repaired(d: int, m: int) -> Instance:
    return Instance(
        name=f"d = {d}, noise 1/{m}",
        network=_layer(d, m),
        region=fp.ProductRegions.power(*OURS, dimension=d),
        goal=OneInEachProduct(rate="0.9", noise=Fraction(1, m)),
        note=f"2^{d} fixed points with the rate 0.9, m0({d}) = {m}.",
    )


def _slope(bounds: Fraction | str) -> AtPoint:
    return AtPoint(entry=(0, 0), bounds=(bounds, bounds), precision=0)


THEOREM = Theorem(
    id="p5",
    title="P5: K < 0.9 on the printed region",
    statement=(
        r"\text{Printed: } K_i \in [0, 0.9) \text{ on the regions } (1.302, 1.502) \text{ and } (-0.3, 0.3) \text{ for } "
        r"F(x) = -\tfrac25 x^4 + \tfrac32 x^2. \quad \text{Shown: } F'(\tfrac32) = -\tfrac{9}{10}, \quad "
        r"F'(1.502) = -\tfrac{71533501}{78125000} = -0.91563\ldots \quad \text{With } [1.25, 1.48] \text{ instead, } "
        r"K = 0.9 \text{ and noise } \tfrac1m \text{ are certified for } m \ge m_0(d)."
    ),
    source="arXiv 2410.11279v1, Theorem 5.1 and its proof (which computes with K_j = 0.92)",
    hypotheses=(
        "the layer is F(W x) with unit diagonal and 1/m^2 off the diagonal of W (F is the printed g after its shift C)",
        "|F'| times the row sums of W is at most K on the regions, and F(W x) + e stays in them for |e_j| <= 1/m",
    ),
    rule="at_point",
    remark=(
        "That there are weights and biases with 2^d robust fixed points is true; the regions in the proof are a little "
        "too wide to the right for the announced rate. An end below 3/2 repairs it: at 3/2 itself the slope is exactly "
        "-9/10. The proof's own 0.92 is a correct bound on its regions for W = I."
    ),
    defect_class="The theorem (existence of W and b) is true with other regions; only its proof is defective.",
    steps=(
        Step(
            title="the printed g is F shifted by C, its constant term F(C)",
            left="-2/5*x**4 + 8/5*C*x**3 + (3/2 - 12/5*C**2)*x**2 + (8/5*C**3 - 3*C)*x - 2/5*C**4 + 3/2*C**2",
            right="-2/5*(x - C)**4 + 3/2*(x - C)**2",
            symbols={"x": "real", "C": "real"},
        ),
        Step(
            title="which is 1 for C^2 = (15 + sqrt 65)/8",
            left="-2/5*((15 + sqrt(65))/8)**2 + 3/2*(15 + sqrt(65))/8",
            right="1",
            symbols={},
        ),
        Step(
            title="F' = 3x - 8/5 x^3",
            left="diff(-2/5*x**4 + 3/2*x**2, x)",
            right="3*x - 8/5*x**3",
            symbols={"x": "real"},
        ),
        Step(title="at 3/2", left="3*(3/2) - 8/5*(3/2)**3", right="-9/10", symbols={}),
        Step(title="at 1.502", left="3*(751/500) - 8/5*(751/500)**3", right="-71533501/78125000", symbols={}),
        Step(
            title="which is below -9/10 by", left="-9/10 - (-71533501/78125000)", right="1221001/78125000", symbols={}
        ),
        Step(
            title="F'' = 3 - 24/5 x^2 < 0 beyond sqrt(5/8) < 1.302: F' falls there",
            left="diff(3*x - 8/5*x**3, x)",
            right="-24/5*(x**2 - 5/8)",
            symbols={"x": "real"},
        ),
    ),
    printed=(
        Instance(name="slope at the end", network=F, region=END, goal=_slope(SLOPE), note="-0.91563: below -0.9."),
        Instance(name="slope at 3/2", network=F, region=EDGE, goal=_slope("-9/10"), note="Exactly -9/10."),
        Instance(
            name="the proof's 0.92",
            network=F,
            region=HIGH,
            goal=Lipschitz(rate="0.92"),
            note="True on the printed region, and above the 0.9 of the statement.",
        ),
    ),
    instances=(_repaired(2, 14), _repaired(3, 15), _repaired(10, 32), _repaired(100, 104)),
    controls=(
        Control(
            name="rate 0.9 on the printed region",
            network=F,
            region=HIGH,
            goal=Lipschitz(rate="0.9"),
            because="The slope at 1.502 is -0.91563.",
        ),
        Control(
            name="d = 2, m = 3",
            network=_layer(2, 3),
            region=fp.ProductRegions.power(*OURS, dimension=2),
            goal=OneInEachProduct(),
            because="The fixed point (27/20, 27/20) has the eigenvalue -1, and attracts at no geometric rate (see P6).",
        ),
        Control(
            name="slope -9/10 at the end",
            network=F,
            region=END,
            goal=_slope("-9/10"),
            because="It is -71533501/78125000.",
        ),
    ),
)
