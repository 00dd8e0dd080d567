"""
Separable loops: the fixed points are the products of those of scalar loops, and can be counted for any d.

Proves: the cubic loop x -> (3x - x^3)/2 has exactly 3^d fixed points in R^d, 2^d of them attracting; the quartic of the
    paper 4^d in [-1000, 1000]^d, its exponential 4^d in [-3/2, 5/2]^d, tanh(2x) 3^d in R^d; loops with different
    coordinates likewise.
Uses:   the rule count_structured, for W diagonal; for the cubic on R^d the rule cubic_count.
Source: the scalar loops are those of arXiv 2410.11279, Theorems 5.1 and 5.2.
"""

from fpverify import (
    BoxRegion,
    Control,
    CountCubic,
    CountProducts,
    Instance,
    Network,
    Step,
    Theorem,
    WholeSpace,
    exchangeable,
    fill,
    loop,
)


def _plain(activation: str, size: int, weight: str = "1") -> Network:
    return loop(activation, exchangeable(size, weight, 0), name=f"{activation}({weight} x), d = {size}")


def _box(low: str, high: str, size: int) -> BoxRegion:
    return BoxRegion.of(*[(low, high)] * size)


MIXED = loop("tanh", [["2", "0", "0"], ["0", "-3", "0"], ["0", "0", "1/2"]], name="tanh(2x), tanh(-3y), tanh(z/2)")
TOUCHING = loop({"name": "polynomial", "coefficients": ["1/4", "0", "1"]}, [["1"]], name="x^2 + 1/4")

THEOREM = Theorem(
    id="count-separable",
    title="Separable loops: products of scalar counts",
    statement=(
        r"\text{Let } f_j(x) = g(a_j x_j + b_j). \text{ The fixed points of } f \text{ are the products of those of "
        r"the scalar "
        r"loops; a product attracts if each of its coordinates does, and has as many unstable directions as it has "
        r"repelling "
        r"coordinates. Hence: } \tfrac32 x - \tfrac12 x^3 \text{ entry by entry has exactly } 3^d \text{ fixed points in } "
        r"\mathbb{R}^d, \ 2^d \text{ of them attracting, } \frac{d!}{j! (d-j)!} 2^{d-j} \text{ with } j \text{ unstable "
        r"directions}; "
        r"\quad \tfrac32 x^2 - \tfrac25 x^4 \text{ has } 4^d \text{ in } [-1000, 1000]^d, \ 2^d \text{ attracting}; \quad "
        r"e^{x^3 - 2 x^2} - 1 \text{ has } 4^d \text{ in } [-\tfrac32, \tfrac52]^d, \ 2^d \text{ attracting}; \quad "
        r"\tanh(2 x) \text{ has } 3^d \text{ in } \mathbb{R}^d."
    ),
    source="the scalar loops of arXiv 2410.11279v1, Theorems 5.1 and 5.2",
    hypotheses=(
        "f is a looped layer g(W x + b) with g continuous, W diagonal, and a box B",
        "the region is B, or it is R^d and every value of g lies in B",
        "the cells of each coordinate are pairwise disjoint and lie in B",
        "x_j - f_j(x_j) does not vanish between the cells",
        "it has strictly opposite signs at the ends of each cell",
        "it is strictly monotone on each cell",
        "its slope says that the cell attracts or repels",
    ),
    rule="count_structured",
    remark=(
        "The quartic has no fixed point outside of [-1000, 1000] either, since |F(x)| > |x| for |x| > 3; likewise the "
        "exponential beyond 5/2, where exp(x^3 - 2x^2) >= exp(x^2/2) > 1 + x, and below -1, where f > -1. Beside the 2^d "
        "attracting points that the paper certifies for these loops, the others are the borders of their basins."
    ),
    steps=(
        Step(
            title="the cubic's fixed points",
            left="x - (3*x - x**3)/2",
            right="x*(x - 1)*(x + 1)/2",
            symbols={"x": "real"},
        ),
        Step(
            title="the quartic's: 0 and the roots of a cubic with three real roots",
            left="x - (3*x**2/2 - 2*x**4/5)",
            right="x*(4*x**3 - 15*x + 10)/10",
            symbols={"x": "real"},
        ),
        Step(
            title="the discriminant of 4x^3 - 15x + 10 is positive",
            left="-4*4*(-15)**3 - 27*4**2*10**2",
            right="10800",
            symbols={},
        ),
        Step(
            title="the binomial count: sum of C(d, j) 2^(d - j), d = 5",
            left="2**5 + 5*2**4 + 10*2**3 + 10*2**2 + 5*2 + 1",
            right="3**5",
            symbols={},
        ),
    ),
    instances=(
        *(
            Instance(
                name=f"cubic on R^{d}",
                network=_plain("cubic", d),
                region=WholeSpace(size=d),
                goal=CountCubic(),
                note=f"3^{d}, and no other in R^{d}.",
            )
            for d in (1, 2, 10)
        ),
        *(
            Instance(
                name=f"quartic, d = {d}",
                network=_plain("quartic", d),
                region=_box("-1000", "1000", d),
                goal=CountProducts(
                    cells=[("-2.3", "-2.1"), ("-0.1", "0.1"), ("0.7", "0.9"), ("1.35", "1.45")],
                ),
                note=f"4^{d}.",
            )
            for d in (1, 2, 10)
        ),
        *(
            Instance(
                name=f"exponential, d = {d}",
                network=_plain("exponential", d),
                region=_box("-3/2", "5/2", d),
                goal=CountProducts(),
                note=f"4^{d}: beside the three of the paper's figure there is one near 2.235.",
            )
            for d in (1, 3)
        ),
        *(
            Instance(
                name=f"tanh(2x) on R^{d}",
                network=_plain("tanh", d, "2"),
                region=WholeSpace(size=d),
                goal=CountProducts(),
            )
            for d in (1, 50)
        ),
        Instance(
            name="three different coordinates",
            network=MIXED,
            region=WholeSpace(size=3),
            goal=CountProducts(),
            note="tanh(-3 y) has one fixed point, 0, with the slope -3: unstable.",
        ),
    ),
    controls=(
        Control(
            name="cubic, d = 2, two cells only",
            network=_plain("cubic", 2),
            region=_box("-2", "2", 2),
            goal=CountProducts(cells=[("-1.1", "-0.9"), ("0.9", "1.1")]),
            because="0 is fixed, too: there are 9, not 4",
        ),
        Control(
            name="cubic, one cell for all three",
            network=_plain("cubic", 1),
            region=_box("-2", "2", 1),
            goal=CountProducts(cells=[("-1.1", "1.1")]),
            because="the cell holds -1, 0 and 1",
        ),
        Control(
            name="quartic, without -2.209",
            network=_plain("quartic", 1),
            region=_box("-2.8", "1.8", 1),
            goal=CountProducts(cells=[("-0.1", "0.1"), ("0.7", "0.9"), ("1.35", "1.45")]),
            because="F(-2.2092...) = -2.2092...",
        ),
        Control(
            name="a double fixed point",
            network=TOUCHING,
            region=_box("-1", "1", 1),
            goal=CountProducts(cells=[("0.4", "0.5"), ("0.51", "0.6")]),
            because="x^2 + 1/4 touches the diagonal at 1/2 only: one, not two",
        ),
        Control(
            name="a bias of 1/5",
            network=loop("cubic", exchangeable(2, 1, 0), fill(2, "1/5"), name="cubic(x + 1/5), d = 2"),
            region=WholeSpace(size=2),
            goal=CountCubic(),
            because="1/5 > 1/(3 sqrt 3): two of the three fixed points of each coordinate have merged and gone",
        ),
    ),
)
