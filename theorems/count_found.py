"""
All of them: every fixed point in a box is listed, each once, and no part of the box is left out.

Proves: for the networks below, how many fixed points there are in a box or in all of R^d, where each lies, how many of
    the eigenvalues there lie outside the unit circle, and that the indices sum to 1: 9 and 27 of coupled cubics, 9, 27
    and 81 of tanh rings, the 8 of Smiley and Chun's example, points on faces and corners, none at all, and a family.
Uses:   the rules cover, spectrum, index_sum and everywhere.
Source: Krawczyk's operator; Neumaier, Interval Methods for Systems of Equations, chapter 5; Stein's inertia theorem.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from fpverify import (
    AllFixedPoints,
    BoxRegion,
    Control,
    Instance,
    Network,
    Step,
    Theorem,
    WholeSpace,
    around,
    circulant,
    loop,
    network,
)


def _box(low: str, high: str, size: int) -> BoxRegion:
    return BoxRegion.of(*[(low, high)] * size)


def _cubic(size: int) -> Network:
    """Return the cubic with weights 1, 2/100 above and -3/100 below the diagonal, the smaller the farther from it."""
    rows = [
        [
            Fraction(1) if i == j else Fraction(2, 100 * (j - i)) if i < j else Fraction(-3, 100 * (i - j))
            for j in range(size)
        ]
        for i in range(size)
    ]
    return loop("cubic", rows, ["0.01", "-0.02", "0.015"][:size], name=f"coupled cubic, d = {size}")


def _ring(size: int) -> Network:
    if size == 2:
        return loop("tanh", [["2", "1/10"], ["-1/10", "2"]], name="tanh ring, N = 2")
    return loop("tanh", circulant(size, {0: 2, 1: "1/10", -1: "-1/10"}), name=f"tanh ring, N = {size}")


def _scalar(name: str, *coefficients: str) -> Network:
    return network(
        [{"activation": {"name": "polynomial", "coefficients": list(coefficients)}}], name=name, state_size=1
    )


def _step(title: str, left: str, right: str, symbols: str = "") -> Step:
    return Step(title=title, left=left, right=right, symbols=dict.fromkeys(symbols.split(), "real"))


def _plain(weight: Sequence[Sequence[str]], size: int, **place: int) -> Mapping[str, object]:
    return {"affine": {"weight": weight, "bias": ["0"] * size}, **place}


# x <- x + F(x) with F_1 = x_1^2 + 4 x_2^2 - 4 and F_2 = x_2 (x_1 - 1.995) (x_2 - x_1^2) (x_2 - x_1 + 1).
SMILEY_CHUN = network(
    [
        {"affine": {"weight": [["0", "1"], ["1", "0"], ["-1", "1"]], "bias": ["0", "-1.995", "1"]}},
        {"activation": {"name": "polynomial", "coefficients": ["0", "0", "1"]}, "from": 0},
        _plain([["1", "0", "0"]], 1, **{"from": 1}),
        _plain([["0", "1", "0"]], 1, **{"from": 1}),
        _plain([["0", "0", "1"]], 1, **{"from": 1}),
        _plain([["-1", "0"]], 1, **{"from": 2}),
        {"add": {"with": 3}},
        {"multiply": {"with": 3}},
        {"multiply": {"with": 4}},
        {"multiply": {"with": 5}},
        _plain([["0"], ["1"]], 2),
        {"affine": {"weight": [["1", "4"]], "bias": ["-4"]}, "from": 2},
        _plain([["1"], ["0"]], 2),
        {"add": {"with": 11}},
        {"add": {"with": 0}},
    ],
    name="Smiley and Chun, Example 2.2",
    state_size=2,
)

CUBIC, ALONE = _cubic(2), loop("cubic", [["1"]], name="cubic")
PAIR = loop("cubic", [["1", "0"], ["0", "1"]], name="two cubics, not coupled")
TOUCHING = _scalar("x + (x - 3/10)^2", "9/100", "2/5", "1")
ABOVE = _scalar("x^2 + x + 1", "1", "1", "1")
FAMILY = loop(
    "tanh",
    [[around(2, "1/100"), around("1/10", "1/1000")], [around("-1/10", "1/1000"), around(2, "1/100")]],
    name="two cells, weights in intervals",
)
LONE_FAMILY = loop("tanh", [[around(2, "1/100")]], name="one cell, weight in an interval")
TYPES = "4 attracting, 4 with one unstable direction, 1 with two."

THEOREM = Theorem(
    id="count-found",
    title="Every fixed point in a box, found and counted",
    statement=(
        r"\text{Let a box } D \text{ be subdivided into boxes, of each of which it is shown that it holds no fixed point "
        r"of } f \text{, as } X \cap f(X) = \emptyset \text{ or } X \cap K(X) = \emptyset, \text{ or that it lies in a "
        r"box in which } f \text{ has exactly one,} \ K(X) = c - Y (c - f(c)) + (I - Y (I - Df(X)))(X - c). \text{ Then "
        r"the fixed points in } D \text{ are these. } W_{jj} = 1, \ W_{12} = 0.02, \ W_{21} = -0.03: \ 9 = 4 + 4 "
        r"+ 1 \text{ for the cubic on } [-2, 2]^2, \ 27 = 8 + 12 + 6 + 1 \text{ for three cells;} \ \tanh \text{ on a ring} "
        r": \ 3^N \text{ in } \mathbb{R}^N, \ N = 2, 3, 4; \ \text{Smiley and Chun's system: } 8."
    ),
    source="Krawczyk, Computing 4 (1969) 187-201; the system of Smiley and Chun, J. Comput. Appl. Math. 137 (2001) 293",
    hypotheses=(
        "D is a box of the state space; for all of R^d, every value of f lies in D",
        "Krawczyk's operator contracts on the box around each listed point, so that there is at most one",
        "it maps a smaller box into itself, so that there is one; its index is the sign of a determinant",
        "these smaller boxes are pairwise disjoint",
        "each part of D is excluded, or lies in one of the boxes around the points",
        "no part of D is left undecided",
    ),
    rule="cover",
    remark=(
        "What was found is not trusted: the tree of the subdivision has one word for each box, and the kernel computes the "
        "boxes again, from D down. A fixed point on a face or a corner of D counts as inside. Where f maps D into its "
        "interior, the indices sign det(I - Df) of all fixed points sum to 1: this audit knows nothing of the "
        "subdivision. Where an eigenvalue of Df is 1, as at a double fixed point, nothing is decided (see the controls), "
        "and `fpverify find` names the box."
    ),
    steps=(
        _step(
            "Krawczyk's identity, first coordinate of two: F(x) = F(c) + S (x - c), for x - Y F(x)",
            "x - (p*(F + s*(x - c) + t*(y - d)) + q*(G + u*(x - c) + v*(y - d)))",
            "c - (p*F + q*G) + (1 - (p*s + q*u))*(x - c) - (p*t + q*v)*(y - d)",
            "x y c d p q s t u v F G",
        ),
        _step(
            "the index is the sign of det Y: det(Y (I - S)) = det Y det(I - S)",
            "(p*(1 - s) - q*u)*(-r*t + w*(1 - v)) - (-p*t + q*(1 - v))*(r*(1 - s) - w*u)",
            "(p*w - q*r)*((1 - s)*(1 - v) - t*u)",
            "p q r w s t u v",
        ),
        _step("the cubic repels at 0: 1 - g'(0)", "1 - 3*(1 - 0**2)/2", "-1/2"),
        _step("and attracts at 1: 1 - g'(1)", "1 - 3*(1 - 1**2)/2", "1"),
        _step("27 = 8 + 12 + 6 + 1, with indices (-1)^u", "8 - 12 + 6 - 1", "(2 - 1)**3"),
        _step("four of the eight: on the line x_2 = x_1 - 1", "x**2 + 4*(x - 1)**2 - 4", "x*(5*x - 8)", "x"),
        _step("on x_2 = 0", "x**2 + 4*0**2 - 4", "(x - 2)*(x + 2)", "x"),
        _step("the double fixed point: f(x) - x", "(9/100 + 2*x/5 + x**2) - x", "(x - 3/10)**2", "x"),
    ),
    instances=(
        Instance(
            name="two coupled cubics",
            network=CUBIC,
            region=_box("-2", "2", 2),
            goal=AllFixedPoints(count=9, stability=True, index_sum=True),
            note=TYPES,
        ),
        Instance(
            name="three coupled cubics",
            network=_cubic(3),
            region=_box("-2", "2", 3),
            goal=AllFixedPoints(count=27, stability=True, index_sum=True),
            note="8 attracting, 12, 6 and 1 with one, two and three unstable directions.",
        ),
        *(
            Instance(
                name=f"tanh ring, N = {n}",
                network=_ring(n),
                region=WholeSpace(size=n),
                goal=AllFixedPoints(count=3**n, stability=n < 4, index_sum=True),
                note=f"3^{n} in all of R^{n}, as `count-coupled` proves in another way for rings.",
            )
            for n in (2, 3, 4)
        ),
        Instance(
            name="Smiley and Chun's system",
            network=SMILEY_CHUN,
            region=_box("-3", "3", 2),
            goal=AllFixedPoints(count=8),
            note="Two of the eight lie within 0.08 of a third.",
        ),
        Instance(
            name="on the faces of an interval",
            network=ALONE,
            region=_box("0", "1", 1),
            goal=AllFixedPoints(count=2),
            note="0 and 1 are its end points.",
        ),
        Instance(
            name="on a face and on a corner",
            network=PAIR,
            region=_box("-1/3", "1", 2),
            goal=AllFixedPoints(count=4, stability=True),
            note="(0, 0) lies inside, (1, 0) and (0, 1) on faces, (1, 1) on a corner.",
        ),
        Instance(
            name="none at all",
            network=ABOVE,
            region=_box("-1", "1", 1),
            goal=AllFixedPoints(count=0),
            note="x^2 + 1 is never 0.",
        ),
        Instance(
            name="a family of two tanh cells",
            network=FAMILY,
            region=WholeSpace(size=2),
            goal=AllFixedPoints(count=9, stability=True, index_sum=True),
            note="Nine for each choice of the weights, each in a box that holds it for all of them.",
        ),
    ),
    controls=(
        Control(
            name="eight of nine",
            network=CUBIC,
            region=_box("-2", "2", 2),
            goal=AllFixedPoints(count=8),
            because="there are nine fixed points in the box",
        ),
        Control(
            name="ten of nine",
            network=CUBIC,
            region=_box("-2", "2", 2),
            goal=AllFixedPoints(count=10),
            because="there are nine fixed points in the box",
        ),
        Control(
            name="one of none",
            network=ABOVE,
            region=_box("-1", "1", 1),
            goal=AllFixedPoints(count=1),
            because="x^2 + x + 1 is larger than x everywhere",
        ),
        Control(
            name="a double fixed point left out",
            network=TOUCHING,
            region=_box("-1", "1", 1),
            goal=AllFixedPoints(count=0),
            because="3/10 is fixed; f(x) - x = (x - 3/10)^2 does not change its sign there, so that no box shows it",
        ),
        Control(
            name="a double fixed point counted twice",
            network=TOUCHING,
            region=_box("-1", "1", 1),
            goal=AllFixedPoints(count=2),
            because="there is one fixed point, 3/10",
        ),
        Control(
            name="a border that the fixed points of a family cross",
            network=LONE_FAMILY,
            region=_box("1/2", "0.9575", 1),
            goal=AllFixedPoints(),
            because="for the weight 1.99 the fixed point near 0.9565 lies in it, for 2.01 that near 0.9584 does not",
        ),
        Control(
            name="an index that is not 1",
            network=ALONE,
            region=_box("-1/2", "1/2", 1),
            goal=AllFixedPoints(count=1, index_sum=True),
            because="the only fixed point there, 0, has the index -1: the interval is not mapped into itself",
        ),
    ),
)
