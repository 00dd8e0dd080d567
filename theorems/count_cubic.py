"""
The cubic on all of R^d: exactly 3^d fixed points, for all weights near the identity.

Proves: for g(z) = (3z - z^3)/2 and every W, b with sum_k |W_jk - I_jk| <= S and |b_j| <= r for all j, the loop
    x -> g(W x + b) has exactly 3^d fixed points in R^d; 2^d attract, and C(d, j) 2^(d - j) have j unstable directions: for
    the named (S, r).
Uses:   the rule cubic_count: two inequalities between rationals.
Source: the layer is that of the scalar cubic, with fixed points -1, 0, 1; Gershgorin's theorem; a homotopy to W = I.
"""

from fpverify import (
    Control,
    CountCubic,
    Instance,
    Network,
    Step,
    Theorem,
    WholeSpace,
    around,
    exact,
    exchangeable,
    fill,
    loop,
)


def _near(size: int, coupling: str, bias: str) -> Network:
    """Return the family with each |W_jk - I_jk| <= S/d and |b_j| <= r."""
    each = exact(coupling) / size
    weight = exchangeable(size, around(1, each), around(0, each))
    return loop("cubic", weight, fill(size, around(0, bias)), name=f"cubics, d = {size}, S = {coupling}, r = {bias}")


SIZES = (("0.07", "0.02"), ("0.1", "0.02"), ("0.15", "0.02"), ("0.17", "0"), ("0", "0.19"))
PLANE = loop("cubic", [["1", "0.02"], ["-0.03", "1"]], ["0.01", "-0.02"], name="two cubics")

THEOREM = Theorem(
    id="count-cubic",
    title="Exactly 3^d fixed points of the cubic on R^d",
    statement=(
        r"\text{Let } g(z) = \tfrac32 z - \tfrac12 z^3, \ \sum_k |W_{jk} - \delta_{jk}| \le S, \ |b_j| \le r, \ q = S + r. "
        r"\text{ If there are } 0 \le c < a \text{ with } c - c^3 \ge 2 q, \ a - a^3 \ge 2 q, \ \tfrac32 (1 - "
        r"c^2)(1 - S) > 1 "
        r"\text{ and } \tfrac32 (1 - a^2)(1 + S) < 1, \text{ then } x \mapsto g(W x + b) \text{ has exactly } 3^d "
        r"\text{ fixed "
        r"points in } \mathbb{R}^d; \ 2^d \text{ of them attract, and } \frac{d!}{j! (d-j)!} 2^{d - j} \text{ have } j "
        r"\text{ unstable "
        r"directions.} \quad (S, r) = (0.07, 0.02),\ (0.1, 0.02),\ (0.15, 0.02),\ (0.17, 0),\ (0, 0.19)."
    ),
    source="the scalar cubic is that of arXiv 2410.11279v1, section 5",
    hypotheses=(
        "f is a looped layer g(W x + b) with the cubic g",
        "z - z^3 is at least 2 (S + r) at c and a, 0 <= c < a",
        "(3/2)(1 - c^2)(1 - S) > 1",
        "(3/2)(1 - a^2)(1 + S) < 1",
    ),
    rule="cubic_count",
    remark=(
        "The largest S that these inequalities admit is 0.176617 for r = 0, 0.160217 for r = 0.02 and 0.134584 for "
        "r = 0.05; for "
        "S = 0 every r below 1/(3 sqrt 3) will do. The true threshold is further out: for d = 2 and r = 0 it is "
        "(sqrt 7 - 2)/3 = 0.215250; at S = 0.22, with equal coupling, five of the nine are left."
    ),
    steps=(
        Step(
            title="g <= 1 on [-2, oo)", left="1 - (3*z - z**3)/2", right="(z - 1)**2*(z + 2)/2", symbols={"z": "real"}
        ),
        Step(
            title="a fixed point x = g(z) has z - x = (z^3 - z)/2",
            left="z - (3*z - z**3)/2",
            right="(z**3 - z)/2",
            symbols={"z": "real"},
        ),
        Step(title="the slope of g", left="diff((3*z - z**3)/2, z)", right="3*(1 - z**2)/2", symbols={"z": "real"}),
        Step(
            title="dominance of a repelling row is the third inequality",
            left="(1 - 3*c**2)/2 - 3*(1 - c**2)*S/2",
            right="3*(1 - c**2)*(1 - S)/2 - 1",
            symbols={"c": "real", "S": "real"},
        ),
        Step(
            title="dominance of an attracting row is the fourth",
            left="(3*a**2 - 1)/2 - 3*(1 - a**2)*S/2",
            right="1 - 3*(1 - a**2)*(1 + S)/2",
            symbols={"a": "real", "S": "real"},
        ),
        Step(
            title="z - z^3 is largest, 2/(3 sqrt 3), at 1/sqrt 3",
            left="1/sqrt(3) - (1/sqrt(3))**3",
            right="2/(3*sqrt(3))",
            symbols={},
        ),
    ),
    instances=(
        *(
            Instance(
                name=f"S = {coupling}, r = {bias}, d = {d}",
                network=_near(d, coupling, bias),
                region=WholeSpace(size=d),
                goal=CountCubic(),
                note=f"3^{d} for each choice of the weights and biases.",
            )
            for coupling, bias in SIZES
            for d in (2, 10)
        ),
        Instance(
            name="S = 0.15, r = 0.02, d = 100",
            network=_near(100, "0.15", "0.02"),
            region=WholeSpace(size=100),
            goal=CountCubic(),
            note="3^100.",
        ),
        Instance(
            name="two cubics, W = [[1, 0.02], [-0.03, 1]]",
            network=PLANE,
            region=WholeSpace(size=2),
            goal=CountCubic(),
            note="9 = 4 attracting, 4 saddles and 1 with two unstable directions; none outside of [-1, 1]^2 by much.",
        ),
    ),
    controls=(
        Control(
            name="equal coupling 0.22, d = 2",
            network=loop("cubic", exchangeable(2, 1, "0.22"), name="two cubics, coupled by 0.22"),
            region=WholeSpace(size=2),
            goal=CountCubic(),
            because="0.22 > (sqrt 7 - 2)/3: there are 5, not 9",
        ),
        Control(
            name="a bias of 1/5",
            network=loop("cubic", [["1"]], ["1/5"], name="cubic(x + 1/5)"),
            region=WholeSpace(size=1),
            goal=CountCubic(),
            because="1/5 > 1/(3 sqrt 3): one fixed point is left of three",
        ),
        Control(
            name="S = 1/2",
            network=_near(2, "0.5", "0"),
            region=WholeSpace(size=2),
            goal=CountCubic(),
            because="the family holds W = I + 0.22 (11^T - I), with 5 fixed points",
        ),
        Control(
            name="W = -I",
            network=loop("cubic", exchangeable(2, -1, 0), name="cubic(-x), d = 2"),
            region=WholeSpace(size=2),
            goal=CountCubic(),
            because="there are 9, 0 and +-sqrt 5 on each axis, but none attracts",
        ),
        Control(
            name="W = 0",
            network=loop("cubic", exchangeable(2, 0, 0), name="cubic(0), d = 2"),
            region=WholeSpace(size=2),
            goal=CountCubic(),
            because="a constant has one fixed point",
        ),
    ),
)
