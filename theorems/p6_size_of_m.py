"""
P6: "m > d sufficiently large" is not enough to go by.

Proves: for Theorem 5.1 of arXiv 2410.11279 and some m > d, the all-high state has the eigenvalue -1 or beyond; for 5.2 and
    (d, m) = (3, 4), boxes without any fixed point; and explicit m that suffice, for d = 2, 3, 10, 100.
Uses:   diagonal (in exact arithmetic where it touches), exclusion, product.
Source: arXiv 2410.11279, Theorems 5.1 and 5.2.
"""

from fractions import Fraction

import fpverify as fp
from fpverify import BoxRegion, Control, Instance, NoFixedPoint, OnDiagonal, OneInEachProduct, Step, Theorem, WholeSpace

PRINTED_G = {"name": "exponential", "coefficients": ["0", "2107/400", "89/20", "1"], "scale": "2"}
HIGH_ZERO = (("1.3", "1.4063"), ("-1e-4", "0.15"))
ZERO_LOW = (("-0.1", "0.1"), ("-1.01", "-0.81"))
TWO_LOW = BoxRegion.of(("-1", "-3/4"), ("-1", "-3/4"), ("-1/2", "1/5"))


def _weight(d: int, m: int) -> dict[str, object]:
    return fp.exchangeable(d, 1, Fraction(1, m * m))


def _quartic(d: int, m: int) -> fp.Network:
    return fp.loop("quartic", _weight(d, m), fp.fill(d, 0), name=f"quartic layer, d = {d}, m = {m}")


def _exponential(d: int, m: int) -> fp.Network:
    """Return the layer with the exact shift, for which 0 is a fixed point (see P8)."""
    return fp.loop("exponential", _weight(d, m), fp.fill(d, 0), name=f"exponential layer, d = {d}, m = {m}")


AS_PRINTED = fp.loop(PRINTED_G, _weight(3, 4), fp.fill(3, "-43/20"), name="exponential layer, C = -2.15, d = 3, m = 4")


def _high(d: int, m: int, between: tuple[str, str], eigenvalue: tuple[str, str], note: str) -> Instance:
    """Return the case of the all-high state, whose common coordinate lies in *between*; exact if it is a point."""
    exact = {"precision": 0} if between[0] == between[1] else {}
    goal = OnDiagonal(interval=between, eigenvalue=eigenvalue, **exact)
    name = f"all high, d = {d}, m = {m}"
    return Instance(name=name, network=_quartic(d, m), region=WholeSpace(size=d), goal=goal, note=note)


def _threshold(c: str, between: tuple[str, str], eigenvalue: tuple[str, str], note: str) -> Instance:
    net = fp.loop("quartic", fp.exchangeable(2, 1, c), fp.fill(2, 0), name=f"quartic layer, d = 2, coupling {c}")
    goal = OnDiagonal(interval=between, eigenvalue=eigenvalue)
    return Instance(name=f"coupling {c}", network=net, region=WholeSpace(size=2), goal=goal, note=note)


def _suffices(net: fp.Network, regions: tuple[tuple[str, str], ...], rate: str) -> Instance:
    d = net.state_size
    goal = OneInEachProduct(rate=rate)
    place = fp.ProductRegions.power(*regions, dimension=d)
    return Instance(name=f"{net.name}, K {rate}", network=net, region=place, goal=goal, note=f"2^{d} fixed points.")


THEOREM = Theorem(
    id="p6",
    title="P6: how large m has to be",
    statement=(
        r"\text{Printed: for } m > d \text{ sufficiently large there are } 2^d \text{ robust fixed points.} \quad "
        r"\text{Shown: with } c = \tfrac{d-1}{m^2} \text{ the all-high state } x (1, \dots, 1),\ z = (1 + c) x, \text{ has "
        r"the eigenvalue } (1 + c) F'(z), \text{ which is } -1 \text{ at } (d, m) = (2, 3), (5, 6) \text{ and below at } "
        r"(3, 4), (4, 5): \quad m > 3 \sqrt{d-1} \text{ is necessary, and } m_0(2, 3, 10, 100) = 5, 6, 13, 41 \text{ "
        r"suffice for } K \le 0.9."
    ),
    source="arXiv 2410.11279v1, Theorems 5.1 and 5.2",
    hypotheses=(
        "the layer is F(W x) with unit diagonal and 1/m^2 off the diagonal of W",
        "m >= m0(d), explicitly (print has: m > d sufficiently large)",
    ),
    rule="diagonal",
    remark=(
        "Read as an existence statement (some m suffices), both theorems are true. Read as 'every m > d', both are false. "
        "In integers m > d, the necessary m > 3 sqrt(d - 1) fails exactly for (2, 3), (3, 4), (4, 5), (5, 6), and the "
        "sharper m > 3.2212 sqrt(d - 1), needed for K < 0.9, for (6, 7), too. For 5.2 and (3, 4), the regions with two "
        "low coordinates hold no fixed point, with the printed C and with the exact one."
    ),
    defect_class="True but unquantified; read as 'every m > d', false.",
    steps=(
        Step(
            title="with 1 + c = z/F(z), the eigenvalue z F'(z)/F(z) depends on z alone",
            left="z*diff(-2/5*z**4 + 3/2*z**2, z)/(-2/5*z**4 + 3/2*z**2)",
            right="(30 - 16*z**2)/(15 - 4*z**2)",
            symbols={"z": "positive"},
        ),
        Step(
            title="it is -1 at z = 3/2",
            left="(30 - 16*z**2) + (15 - 4*z**2)",
            right="-20*(z - 3/2)*(z + 3/2)",
            symbols={"z": "positive"},
        ),
        Step(title="where 1 + c = 10/9", left="(3/2)/(-2/5*(3/2)**4 + 3/2*(3/2)**2)", right="10/9", symbols={}),
        Step(title="that is (2, 3),", left="(2 - 1)/3**2", right="1/9", symbols={}),
        Step(title="and (5, 6)", left="(5 - 1)/6**2", right="1/9", symbols={}),
        Step(
            title="m > 3 sqrt(d - 1) at m = d + 1: fails for d = 3, 4, touches for d = 2, 5",
            left="(d + 1)**2 - 9*(d - 1)",
            right="(d - 2)*(d - 5)",
            symbols={"d": "integer positive"},
        ),
    ),
    printed=(
        _high(2, 3, ("27/20", "27/20"), ("-1", "-1"), "Exactly -1, at x = 27/20."),
        _high(5, 6, ("27/20", "27/20"), ("-1", "-1"), "Exactly -1, at x = 27/20."),
        _high(3, 4, ("1.3414", "1.3415"), ("-1.094", "-1.092"), "It attracts no neighbourhood."),
        _high(4, 5, ("1.3445", "1.3446"), ("-1.061", "-1.059"), "It attracts no neighbourhood."),
        _high(6, 7, ("1.3554", "1.3555"), ("-0.939", "-0.938"), "Below -9/10: no K < 0.9."),
        _threshold("0.0963726", ("1.358808917", "1.358808918"), ("-0.8999991", "-0.8999989"), "Above -9/10."),
        _threshold("0.0963728", ("1.358808799", "1.3588088"), ("-0.9000004", "-0.9000003"), "Below -9/10."),
        Instance(
            name="5.2, exact shift, d = 3, m = 4",
            network=_exponential(3, 4),
            region=TWO_LOW,
            goal=NoFixedPoint(),
            note="No fixed point with two low coordinates and one near 0.",
        ),
        Instance(name="5.2, printed C, d = 3, m = 4", network=AS_PRINTED, region=TWO_LOW, goal=NoFixedPoint()),
    ),
    instances=(
        _suffices(_quartic(2, 5), HIGH_ZERO, "0.9"),
        _suffices(_quartic(3, 6), HIGH_ZERO, "0.9"),
        _suffices(_quartic(10, 13), HIGH_ZERO, "0.9"),
        _suffices(_quartic(100, 41), HIGH_ZERO, "0.9"),
        _suffices(_quartic(2, 4), HIGH_ZERO, "0.9999"),
        _suffices(_quartic(3, 6), HIGH_ZERO, "0.9999"),
        _suffices(_quartic(10, 12), HIGH_ZERO, "0.9999"),
        _suffices(_quartic(100, 38), HIGH_ZERO, "0.9999"),
        _suffices(_exponential(2, 4), ZERO_LOW, "0.9"),
        _suffices(_exponential(3, 6), ZERO_LOW, "0.9"),
        _suffices(_exponential(10, 12), ZERO_LOW, "0.9"),
        _suffices(_exponential(100, 39), ZERO_LOW, "0.9"),
    ),
    controls=(
        Control(
            name="2^2 robust fixed points at (2, 3)",
            network=_quartic(2, 3),
            region=fp.ProductRegions.power(*HIGH_ZERO, dimension=2),
            goal=OneInEachProduct(),
            because="The product of the high intervals holds a fixed point with the eigenvalue -1.",
        ),
        Control(
            name="eigenvalue above -1 at (3, 4)",
            network=_quartic(3, 4),
            region=WholeSpace(size=3),
            goal=OnDiagonal(interval=("1.3414", "1.3415"), eigenvalue=("-1", "0")),
            because="It is -1.0933.",
        ),
        Control(
            name="2^3 fixed points of 5.2 at (3, 4)",
            network=_exponential(3, 4),
            region=fp.ProductRegions.power(*ZERO_LOW, dimension=3),
            goal=OneInEachProduct(),
            because="The product with two low coordinates holds no fixed point.",
        ),
        Control(
            name="no fixed point where there is one",
            network=_exponential(3, 6),
            region=TWO_LOW,
            goal=NoFixedPoint(boxes=500),
            because="For m = 6 there is one, see the instances.",
        ),
    ),
)
