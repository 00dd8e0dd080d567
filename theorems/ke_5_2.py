"""
The exponential of the paper: 2^d fixed points near the vertices of a cube, for m from an explicit number m0(d) on.

Proves: for d = 2, 3, 10, 100 and m = m0(d), the loop x -> F(W x) with F(z) = exp(z^3 - 2z^2) - 1 and W = I + (11^T - I)/m^2
    has exactly one fixed point in each of the 2^d products of [-0.1, 0.1] and [-1.01, -0.81], and attracts it, also with
    noise 1/m; likewise the loop in the paper's own coordinates, with the printed C = -2.15.
Uses:   the rule product (the k^d lemma): two ranges of F and of F' for each coordinate.
Source: arXiv 2410.11279, Theorem 5.2.
"""

from fractions import Fraction

from fpverify import (
    BoxRegion,
    Control,
    Instance,
    Lipschitz,
    Network,
    NoFixedPoint,
    OneInEachProduct,
    ProductRegions,
    Robust,
    Step,
    Theorem,
    Unique,
    around,
    exchangeable,
    fill,
    loop,
)

PRINTED = {"name": "exponential", "coefficients": ["0", "5.2675", "4.45", "1"], "scale": "2"}
ZERO, LOW = ("-0.1", "0.1"), ("-1.01", "-0.81")
SIZES = (2, 3, 10, 100)

# Title, whether noise 1/m is added, and m0 for d = 2, 3, 10, 100; with the rate 0.9.
TABLE = (("no noise", False, (4, 6, 12, 39)), ("noise 1/m", True, (32, 32, 33, 39)))


def _step(title: str, left: str, right: str, **symbols: str) -> Step:
    return Step(title=title, left=left, right=right, symbols=symbols)


def _shifted(size: int, m: int) -> Network:
    """Return x -> F(W x): the paper's loop, if its C were exact."""
    return loop("exponential", exchangeable(size, 1, Fraction(1, m * m)), name=f"exact shift, d = {size}, m = {m}")


def _printed(size: int, m: int) -> Network:
    """Return the loop as printed: g(W x + C), C = -2.15, with the polynomial's coefficients for this C, and with ln 2."""
    weight = exchangeable(size, 1, Fraction(1, m * m))
    return loop(PRINTED, weight, fill(size, "-2.15"), name=f"C = -2.15 as printed, d = {size}, m = {m}")


def _box(size: int) -> BoxRegion:
    return BoxRegion.of(LOW, *[ZERO] * (size - 1))


THEOREM = Theorem(
    id="ke-5.2",
    title="The paper's exponential: 2^d regions for explicit m",
    statement=(
        r"\text{Let } F(z) = e^{z^3 - 2 z^2} - 1,\ W = I + \tfrac{1}{m^2} (\mathbf{1} \mathbf{1}^T - I),\ f(x) = F(W x) "
        r"\text{ entry by entry (exact shift), or } f(x) = g(W x + C \mathbf{1}) \text{ with the printed } C = -2.15 "
        r"\text{ and } g(z) = e^{z^3 + (-2 - 3C) z^2 + (3C^2 + 4C) z + \ln 2} - 1. \text{ For } m = m_0(d) \text{ each of "
        r"the } 2^d \text{ products of the intervals } [-0.1, 0.1] \text{ and } [-1.01, -0.81] \text{ holds exactly one "
        r"fixed point of } f, \text{ and attracts with a rate } K \le 0.9: \quad "
        r"m_0 = 4, 6, 12, 39 \text{ without noise}, \quad "
        r"m_0 = 32, 32, 33, 39 \text{ with noise } |h_j| \le \tfrac1m, \quad \text{for } d = 2, 3, 10, 100."
    ),
    source="arXiv 2410.11279v1, Theorem 5.2",
    hypotheses=(
        "f is the looped layer, its activation continuous, with the two intervals on each coordinate",
        "the activation maps the pre-activations of each interval into it, also with the noise added",
        "the size of its slope on the pre-activations times the row sum 1 + (d - 1)/m^2 is at most K",
        "0 <= K < 1",
        "the two intervals are disjoint",
        "noise is at most 1/m in each coordinate (where noise is named)",
    ),
    rule="product",
    remark=(
        "With C = -2.15 the shift is not exact: -(C^3 + 2 C^2) = 5547/8000 exceeds ln 2 by 0.000228, and the attractor is "
        "at -0.000228 instead of 0; the regions have room for that. The paper's rate 0.85 holds on its regions from m = 7 "
        "on (d = 2). Read as 'every m > d' the theorem is false: for (d, m) = (3, 4) the box [-1, -3/4]^2 x [-1/2, 1/5] "
        "holds no fixed point. Each m0 is the least for these regions: for m0 - 1 the slope exceeds 0.9, or the noise leads "
        "out."
    ),
    steps=(
        _step(
            "the exponent is the shifted one, up to the constant",
            "(y - C)**3 - 2*(y - C)**2",
            "y**3 + (-2 - 3*C)*y**2 + (3*C**2 + 4*C)*y - (C**3 + 2*C**2)",
            C="real",
            y="real",
        ),
        _step("C = -2.15: the coefficient -2 - 3C is 4.45", "-2 - 3*(-43/20)", "89/20"),
        _step("the coefficient 3C^2 + 4C is 5.2675", "3*(-43/20)**2 + 4*(-43/20)", "2107/400"),
        _step("the constant -(C^3 + 2C^2), printed as ln 2", "-((-43/20)**3 + 2*(-43/20)**2)", "5547/8000"),
        _step("the slope of F", "diff(exp(x**3 - 2*x**2) - 1, x)", "(3*x**2 - 4*x)*exp(x**3 - 2*x**2)", x="real"),
        _step("F(0) = 0", "exp(0**3 - 2*0**2) - 1", "0"),
        _step("1 + F(-1) = exp(-3)", "exp((-1)**3 - 2*(-1)**2)", "exp(-3)"),
        _step(
            "a pure exponential is convex or concave: at most one attracting fixed point",
            "diff(a*exp(b*x) + c - x, x, 2)",
            "a*b**2*exp(b*x)",
            a="real",
            b="real",
            c="real",
            x="real",
        ),
    ),
    instances=(
        *(
            Instance(
                name=f"{which}, {title}, d = {d}, m = {m}",
                network=build(d, m),
                region=ProductRegions.power(ZERO, LOW, dimension=d),
                goal=OneInEachProduct(rate="0.9", noise=Fraction(noisy, m)),
            )
            for which, build in (("exact shift", _shifted), ("C = -2.15", _printed))
            for title, noisy, bounds in TABLE
            for d, m in zip(SIZES, bounds, strict=True)
        ),
        *(
            Instance(
                name=f"exact shift, K = 0.85, {title}, d = 2, m = {m}",
                network=_shifted(2, m),
                region=ProductRegions.power(ZERO, LOW, dimension=2),
                goal=OneInEachProduct(rate="0.85", noise=noise),
            )
            for title, m, noise in (("no noise", 7, 0), ("noise 1/m", 32, "1/32"))
        ),
        Instance(
            name="exact shift, any bias up to 0.0352",
            network=loop("exponential", exchangeable(10, 1, 0), fill(10, around(0, "0.0352"))),
            region=ProductRegions.power(("-0.0965", "0"), ("-1", "-0.8198"), dimension=10),
            goal=OneInEachProduct(rate="0.9"),
            note="W = I: the largest budget for bias and noise at K = 0.9 is near 0.0353.",
        ),
        Instance(
            name="C = -2.15, any bias up to 0.0353",
            network=loop(PRINTED, exchangeable(10, 1, 0), fill(10, around("-2.15", "0.0353"))),
            region=ProductRegions.power(("-0.0968", "0"), ("-1", "-0.8198"), dimension=10),
            goal=OneInEachProduct(rate="0.9"),
        ),
        Instance(
            name="d = 3, m = 4: no fixed point near (-0.9, -0.9, 0)",
            network=_shifted(3, 4),
            region=BoxRegion.of(("-1", "-3/4"), ("-1", "-3/4"), ("-1/2", "1/5")),
            goal=NoFixedPoint(),
            note="m > d is not enough.",
        ),
    ),
    controls=(
        *(
            Control(
                name=f"K = 0.9, d = {d}, m = {m}, slope",
                network=_shifted(d, m),
                region=_box(d),
                goal=Lipschitz(rate="0.9", weights=(1,) * d),
                because="m = m0 - 1: where x_1 = -0.81 and all others are 0.1, slope times row sum exceeds 0.9",
            )
            for d, m in ((2, 3), (3, 5), (10, 11), (100, 38))
        ),
        *(
            Control(
                name=f"noise 1/m, d = {d}, m = {m}",
                network=_shifted(d, m),
                region=_box(d),
                goal=Robust(noise=Fraction(1, m)),
                because="m = m0 - 1: where x_1 = -0.81 and all others are 0.1, noise 1/m leads above -0.81",
            )
            for d, m in ((2, 31), (3, 31))
        ),
        Control(
            name="d = 3, m = 4, two low coordinates",
            network=_shifted(3, 4),
            region=BoxRegion.of(("-1", "-3/4"), ("-1", "-3/4"), ("-1/2", "1/5")),
            goal=Unique(),
            because="there is no fixed point in this box",
        ),
        Control(
            name="d = 3, m = 4, all regions",
            network=_shifted(3, 4),
            region=ProductRegions.power(("-1/2", "1/5"), ("-1", "-3/4"), dimension=3),
            goal=OneInEachProduct(),
            because="the product with two low coordinates holds no fixed point",
        ),
    ),
)
