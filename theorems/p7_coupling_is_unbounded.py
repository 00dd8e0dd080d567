"""
P7: the coupling of the coordinates is no bounded noise on all of R^d.

Proves: for the quartic and the exponential layer with d = 2, the coupling h(x) = g(W x + b) - g(x + C) exceeds 1/m at some
    point s (1, 1); W = I and h = 0 satisfy the printed statement; and so does the layer itself, coupling included.
Uses:   at_point on h, which is itself a straight-line program; regions, product.
Source: arXiv 2410.11279, Theorems 5.1 and 5.2 and their proofs.
"""

from fractions import Fraction

import fpverify as fp
from fpverify import AtPoint, BoxRegion, Control, Instance, OneInEachProduct, ProductRegions, Step, Theorem

PRINTED_51 = (("1.302", "1.502"), ("-0.3", "0.3"))
PRINTED_52 = (("-0.1", "0.1"), ("-1.01", "-0.81"))


def _coupling(activation: str, m: int) -> fp.Network:
    """Return h(x) = F(W x) - F(x) on R^2; in the coordinates of the layer, F(x) = g(x + C)."""
    layers = [
        {"affine": {"weight": fp.exchangeable(2, 1, Fraction(1, m * m)), "bias": fp.fill(2, 0)}},
        {"activation": activation},
        {"activation": activation, "from": 0},
        {"affine": {"weight": fp.exchangeable(2, -1, 0), "bias": fp.fill(2, 0)}},
        {"add": {"with": 2}},
    ]
    return fp.network(layers, name=f"coupling of the {activation} layer, m = {m}", state_size=2)


def _layer(activation: str, m: int | None) -> fp.Network:
    """Return the layer F(W x) on R^2; without coupling if *m* is None."""
    off = 0 if m is None else Fraction(1, m * m)
    name = f"{activation} layer, d = 2, " + ("W = I" if m is None else f"m = {m}")
    return fp.loop(activation, fp.exchangeable(2, 1, off), fp.fill(2, 0), name=name)


def _at(s: int, bounds: tuple[str, str]) -> tuple[BoxRegion, AtPoint]:
    return BoxRegion.of((s, s), (s, s)), AtPoint(entry=(0,), bounds=bounds)


def _large(activation: str, m: int, s: int, bounds: tuple[str, str]) -> Instance:
    place, goal = _at(s, bounds)
    name = f"{activation}, m = {m}, s = {s}"
    note = f"|h| > 1/{m} at {s} (1, 1)."
    return Instance(name=name, network=_coupling(activation, m), region=place, goal=goal, note=note)


def _certified(activation: str, m: int | None, regions: tuple[tuple[str, str], ...], noise: str, rate: str) -> Instance:
    net = _layer(activation, m)
    goal = OneInEachProduct(rate=rate, noise=noise)
    place = ProductRegions.power(*regions, dimension=2)
    note = "True with h free." if m is None else f"Coupling and noise on the printed regions: m0(2) = {m}."
    return Instance(name=f"{net.name}, noise {noise}", network=net, region=place, goal=goal, note=note)


def _false(name: str, place: BoxRegion, goal: AtPoint, because: str) -> Control:
    return Control(name=name, network=_coupling("quartic", 5), region=place, goal=goal, because=because)


THEOREM = Theorem(
    id="p7",
    title="P7: the coupling as noise",
    statement=(
        r"\text{Printed: robust for } |h| \le \tfrac1m \text{ on } \mathbb{R}^d, \text{ and the proof takes } h(x) = "
        r"g(W x + b) - g(x + C). \quad \text{Shown: along } x = s (1, \dots, 1) \text{ this } h \text{ is } F((1 + c) s) - "
        r"F(s),\ c = \tfrac{d-1}{m^2}, \text{ which is unbounded for } c > 0, \text{ and exceeds } \tfrac1m \text{ at the "
        r"points below. On the regions it is small, and the layer is certified with the coupling in its argument.}"
    ),
    source="arXiv 2410.11279v1, Theorems 5.1 and 5.2 and their proofs",
    hypotheses=(
        "the layer is F(W x) with unit diagonal and 1/m^2 off the diagonal of W",
        "the coupling is bounded on the regions only, as part of the argument of F (print: on all of R^d)",
    ),
    rule="at_point",
    remark=(
        "With h free, the statements are true, even trivially so: W = I, b = C (1, ..., 1) and h = 0. With h the coupling, "
        "the hypothesis on all of R^d cannot be satisfied for any m, but it is needed on the regions only, where it holds."
    ),
    defect_class="h free: true. h the coupling: hypothesis unsatisfiable; only the proof is defective.",
    steps=(
        Step(
            title="along the diagonal the coupling is a polynomial with leading coefficient -2/5 ((1 + c)^4 - 1) < 0",
            left="(-2/5*((1 + c)*s)**4 + 3/2*((1 + c)*s)**2) - (-2/5*s**4 + 3/2*s**2)",
            right="-2/5*((1 + c)**4 - 1)*s**4 + 3/2*((1 + c)**2 - 1)*s**2",
            symbols={"c": "positive", "s": "real"},
        ),
        Step(
            title="exponential layer: the exponents p(s) = s^3 - 2 s^2 part without bound",
            left="((1 + c)*s)**3 - 2*((1 + c)*s)**2 - (s**3 - 2*s**2)",
            right="c*s**2*(3*s - 4) + c**2*s**2*(3*s - 2) + c**3*s**3",
            symbols={"c": "positive", "s": "positive"},
        ),
    ),
    printed=(
        _large("quartic", 5, 3, ("-5", "-4")),
        _large("quartic", 100, 10, ("-2", "-1")),
        _large("exponential", 5, 3, ("40000", "50000")),
        _large("exponential", 100, 3, ("1", "100")),
    ),
    instances=(
        _certified("quartic", None, PRINTED_51, "1/50", "0.92"),
        _certified("exponential", None, PRINTED_52, "1/50", "0.85"),
        _certified("quartic", 23, PRINTED_51, "1/23", "0.95"),
        _certified("exponential", 32, PRINTED_52, "1/32", "0.9"),
    ),
    controls=(
        _false("at most 1/5 at (3, 3)", *_at(3, ("-1/5", "1/5")), "h is about -4.4 there."),
        _false("positive at (3, 3)", *_at(3, ("0", "10")), "h is about -4.4 there."),
        _false("not 0 at the origin", *_at(0, ("1/100", "1")), "h(0) = F(0) - F(0) = 0."),
    ),
)
