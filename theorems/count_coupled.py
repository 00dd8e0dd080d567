"""
Persistence under coupling: as many fixed points as there are products of cells, from checks on single coordinates.

Proves: the paper's quartic with W = I + (11^T - I)/m^2 has exactly 4^d fixed points in [-2.8, 1.8]^d, 2^d of them
    attracting, and its exponential 3^d in [-1.2, 1]^d, 2^d attracting, for the named (d, m); tanh(W x) on a ring of N
    cells, with W = 2I and 1/10, -1/10 to the neighbours, has exactly 3^N in R^N, 2^N attracting: N = 4, 20 and 1000.
Uses:   the rule count_structured.
Source: the layers of arXiv 2410.11279, Theorems 5.1 and 5.2; Miranda's and Gershgorin's theorems.
"""

from fractions import Fraction

from fpverify import (
    BoxRegion,
    Control,
    CountProducts,
    Instance,
    Network,
    Step,
    Theorem,
    WholeSpace,
    around,
    circulant,
    exchangeable,
    fill,
    loop,
)

QUARTIC = [("-2.5", "-1.95"), ("-0.25", "0.25"), ("0.5", "1.05"), ("1.25", "1.48")]
EXPONENTIAL = [("-0.99", "-0.79"), ("-0.7", "-0.46"), ("-0.15", "0.1")]


def _layer(activation: str, size: int, m: int) -> Network:
    return loop(activation, exchangeable(size, 1, Fraction(1, m * m)), name=f"{activation} layer, d = {size}, m = {m}")


def _box(low: str, high: str, size: int) -> BoxRegion:
    return BoxRegion.of(*[(low, high)] * size)


def _ring(size: int) -> Network:
    return loop("tanh", circulant(size, {0: 2, 1: "1/10", -1: "-1/10"}), name=f"tanh ring, N = {size}")


CUBE = {"name": "polynomial", "coefficients": ["0", "0", "0", "1"]}
SWAPPED = loop(CUBE, [["0", "1"], ["1", "0"]], name="(y^3, x^3)")
STRONG = loop("cubic", exchangeable(2, 1, "11/50"), name="two cubics, coupled by 0.22")
FAMILY = loop(
    "tanh",
    exchangeable(5, around(2, "1/20"), around(0, "1/50")),
    fill(5, around(0, "1/50")),
    name="five cells, weights and biases in intervals",
)

THEOREM = Theorem(
    id="count-coupled",
    title="Persistence of all fixed points under coupling",
    statement=(
        r"\text{Let } f(x) = g(W x + b) \text{ on a box } B, \text{ and on each coordinate } n_j \text{ cells. If "
        r"no coordinate of a "
        r"fixed point can lie between cells (with the coupling of all of } B), \text{ if } x_j - f_j(x) \text{ "
        r"changes its sign "
        r"across each cell, and if } |1 - g' W_{jj}| > |g'| \sum_{k \ne j} |W_{jk}| \text{ there, then } f \text{ "
        r"has exactly } "
        r"\prod_j n_j \text{ fixed points in } B, \text{ one in each product of cells; their unstable "
        r"directions are "
        r"counted by the repelling cells.} \quad \tfrac32 z^2 - \tfrac25 z^4, \ W = I + "
        r"\tfrac1{m^2}(\mathbf{1}\mathbf{1}^T - I): "
        r"\ 4^d \text{ in } [-2.8, 1.8]^d \text{ for } (d, m) = (2, 9), (10, 27), (100, 95); \quad e^{z^3 - 2 z^2} "
        r"- 1: \ 3^d "
        r"\text{ in } [-1.2, 1]^d \text{ for } (2, 7), (10, 20); \quad \tanh \text{ on a ring}: \ 3^N \text{ in } "
        r"\mathbb{R}^N, \ "
        r"N = 4, 20, 1000."
    ),
    source="the layers of arXiv 2410.11279v1, Theorems 5.1 and 5.2",
    hypotheses=(
        "f is a looped layer g(W x + b) with g continuous, and B is a box",
        "the region is B, or it is R^d and every value of g lies in B",
        "the cells of each coordinate are pairwise disjoint and lie in B",
        "no fixed point in B has a coordinate between cells; the coupling is that of B",
        "x_j - f_j(x) has strictly opposite signs on the two faces of each cell",
        "the diagonal dominates its row of I - Df on each cell, with one sign",
        "each cell attracts or repels, with the coupling",
    ),
    rule="count_structured",
    remark=(
        "The checks are about 300 ranges of g and of its slope, whatever d is; the rest is sums of weights. That "
        "the gaps are "
        "examined with the coupling of all of B, and not of the hull of the cells, is essential: (y^3, x^3) has the fixed "
        "points (1, 1) and (-1, -1) outside of the cells, each of whose coordinates is explained by the other (see the "
        "controls). The paper's theorems certify the 2^d attracting points; here all others are counted, and located."
    ),
    steps=(
        Step(
            title="the reach of the coupling: d - 1 weights 1/m^2, (d, m) = (10, 27)",
            left="(10 - 1)*(1/27**2)",
            right="1/81",
            symbols={},
        ),
        Step(
            title="(1, 1) is a fixed point of (y^3, x^3), outside of [-1/2, 1/2]^2",
            left="1**3",
            right="1",
            symbols={},
        ),
        Step(
            title="I - Df for two cells, and its determinant",
            left="(1 - s*w)*(1 - t*v) - (s*c)*(t*e)",
            right="1 - s*w - t*v + s*t*(w*v - c*e)",
            symbols={"s": "real", "t": "real", "w": "real", "v": "real", "c": "real", "e": "real"},
        ),
    ),
    instances=(
        *(
            Instance(
                name=f"quartic, d = {d}, m = {m}",
                network=_layer("quartic", d, m),
                region=_box("-2.8", "1.8", d),
                goal=CountProducts(cells=QUARTIC),
                note=f"4^{d}, 2^{d} of them attracting.",
            )
            for d, m in ((2, 9), (10, 27), (100, 95))
        ),
        Instance(
            name="quartic, d = 2, m = 5, cells searched",
            network=_layer("quartic", 2, 5),
            region=_box("-2.8", "1.8", 2),
            goal=CountProducts(),
            note="Smaller cells, in a smaller box, admit more coupling.",
        ),
        *(
            Instance(
                name=f"exponential, d = {d}, m = {m}",
                network=_layer("exponential", d, m),
                region=_box("-1.2", "1", d),
                goal=CountProducts(cells=EXPONENTIAL),
                note=f"3^{d}, 2^{d} of them attracting.",
            )
            for d, m in ((2, 7), (10, 20))
        ),
        *(
            Instance(
                name=f"tanh ring, N = {n}",
                network=_ring(n),
                region=WholeSpace(size=n),
                goal=CountProducts(),
                note=f"3^{n} in all of R^{n}, 2^{n} of them attracting.",
            )
            for n in (4, 20, 1000)
        ),
        Instance(
            name="a family of five tanh cells",
            network=FAMILY,
            region=WholeSpace(size=5),
            goal=CountProducts(),
            note="3^5 for each choice of the weights and biases.",
        ),
    ),
    controls=(
        Control(
            name="cells that explain each other",
            network=SWAPPED,
            region=_box("-1", "1", 2),
            goal=CountProducts(cells=[("-1/2", "1/2")]),
            because="(1, 1) and (-1, -1) are fixed as well as (0, 0)",
        ),
        Control(
            name="quartic, three cells of four",
            network=_layer("quartic", 2, 9),
            region=_box("-2.8", "1.8", 2),
            goal=CountProducts(cells=QUARTIC[1:]),
            because="there are 16 fixed points in the box, not 9",
        ),
        Control(
            name="quartic, a cell beside its fixed points",
            network=_layer("quartic", 2, 9),
            region=_box("-2.8", "1.8", 2),
            goal=CountProducts(cells=[*QUARTIC[:3], ("1.45", "1.48")]),
            because="the high fixed points lie near 1.40",
        ),
        Control(
            name="quartic, a cell cut in two",
            network=_layer("quartic", 2, 9),
            region=_box("-2.8", "1.8", 2),
            goal=CountProducts(cells=[*QUARTIC[:2], ("0.5", "0.79"), ("0.82", "1.05"), QUARTIC[3]]),
            because="there are 16 fixed points in the box, not 25",
        ),
        Control(
            name="two cubics, coupled by 0.22",
            network=STRONG,
            region=_box("-2", "2", 2),
            goal=CountProducts(cells=[("-1.3", "-0.6"), ("-0.35", "0.35"), ("0.6", "1.3")]),
            because="beyond the coupling (sqrt 7 - 2)/3 = 0.2153 four of the nine are gone: there are 5",
        ),
        Control(
            name="a ring without the outer points",
            network=_ring(4),
            region=WholeSpace(size=4),
            goal=CountProducts(cells=[("-1/4", "1/4")]),
            because="there are 81, not 1",
        ),
    ),
)
