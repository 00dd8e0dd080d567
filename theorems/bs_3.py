"""
Many attracting fixed points: heavy-tailed weights, tied weights, training; what is certified, counted and observed.

Proves: for the networks below: exactly one fixed point of moderate Cauchy networks; all fixed points of small ones; four
    balls of a tied network, each attracted to a fixed point of its own.
Uses:   the rules layered, absorbing, attracts, arrives, cover, spectrum and index_sum.
Source: arXiv 2501.04182 (the abstract's third claim); LaSalle, The Stability of Dynamical Systems (1976).
"""

import json
from fractions import Fraction
from pathlib import Path

from fpverify import (
    AllFixedPoints,
    Attracted,
    AttractsAll,
    Ball,
    BoxRegion,
    Control,
    ConvergesTo,
    Evidence,
    Experiment,
    Instance,
    Network,
    Observation,
    Step,
    Theorem,
    TwoNorm,
    WholeSpace,
)
from fpverify.ensembles import Ensemble

PLANE = WholeSpace(size=2)


def _cauchy(width: int, depth: int, gain: float, bias: float, number: int = 0, *, seed: int = 1) -> Network:
    """Return a network with Cauchy weights and biases, rounded to multiples of 2^-12."""
    law = "cauchy"
    ensemble = Ensemble(
        activation="tanh", width=width, depth=depth, law=law, gain=gain, bias_law=law, bias=bias, seed=seed
    )
    return ensemble.network(number, bits=12)


TIED = Ensemble(
    activation="tanh", width=20, depth=4, law="cauchy", gain=0.5, bias_law="cauchy", bias=0.2, form="tied", seed=3
).network(1, bits=12)
"""Its file of balls was made by `fpverify.search.attracts.attracted_ball`; nothing there is trusted."""


def _balls() -> list[Ball]:
    found = json.loads((Path(__file__).parent / "data" / "tied.json").read_text(encoding="ascii"))
    norm = TwoNorm(weights=(Fraction(1),) * TIED.state_size)
    centres = [tuple(Fraction(number) for number in one["centre"].split()) for one in found]
    return [Ball(centre=c, radius=Fraction(one["radius"]), norm=norm) for c, one in zip(centres, found, strict=True)]


def _around(ball: Ball, half: str) -> BoxRegion:
    reach = Fraction(half)
    return BoxRegion(lo=tuple(c - reach for c in ball.centre), hi=tuple(c + reach for c in ball.centre))


BALLS = _balls()
SEVEN = _cauchy(2, 1, 3.0, 0.3, 2, seed=11)
THREE = _cauchy(2, 1, 3.0, 0.3, 0, seed=11)
WIDE = Ball(centre=BALLS[0].centre, radius=Fraction(20), norm=BALLS[0].norm)

THEOREM = Theorem(
    id="bs-3",
    title="Emergence of several attracting fixed points",
    statement=(
        r"\text{(a) If } |V J V^{-1}|_2 \le K < 1 \text{ for every slope matrix } J \text{ of } f \text{ on a box "
        r"around } E = \{x: |V (x - c)| \le R\} \text{ and } |V (f(c) - c)| \le (1 - K) R, \text{ then every orbit "
        r"from } E \text{ converges to one fixed point. (b) Let } \phi = \mathrm{sign}, \text{ the rows } (w_i, b_i) "
        r"\text{ of the last layer be independent, of symmetric laws, } (w, b) \sim (-w, -b), \text{ and independent "
        r"of the other layers, and no argument be 0, almost surely. Then the mean number of fixed points is } 2^N "
        r"\cdot 2^{-N} = 1, \text{ for every } N, L \text{ and every tail.}"
    ),
    source="arXiv 2501.04182, abstract: for heavy-tailed weights several fixed points emerge; their number grows with "
    "the depth and then falls to one",
    hypotheses=(
        "f is a chain of affine layers and activations",
        "a ball lies in an ellipsoid that f contracts; or f contracts, layer by layer, a box that all orbits enter",
        "for a count: every part of the box is excluded, or lies in the box of one of the listed points",
    ),
    rule="attracts",
    remark=(
        "Single networks with Cauchy weights do have several attracting fixed points. For independent symmetric "
        "weights the mean over the networks was not seen above one; at small depth it is below one, as many starts "
        "end in cycles. In the limit of large gains neurons become threshold units, and for these the mean number of "
        "all fixed points is exactly one, by (b). Tied weights and nonnegative ones are no such ensembles: tied ones "
        "have many fixed points. Numbers that grow with the depth and then fall to one were seen in trained "
        "autoencoders, where the fall comes with the failure of training: the deepest networks are nearly constant. "
        "(b) is proved in docs/random-networks.md; the kernel does not speak of means over ensembles, so that here it "
        "is only checked, on all states of samples."
    ),
    steps=(
        Step(
            title="Lyapunov: for J x = s x, x* (V'V) x - (J x)* (V'V) (J x) = (1 - |s|^2) |V x|^2, in one dimension",
            left="(v*x)**2 - (v*s*x)**2",
            right="(1 - s**2)*(v*x)**2",
            symbols=dict.fromkeys(("v", "s", "x"), "real"),
        ),
    ),
    instances=(
        Instance(
            name="Cauchy, gain 0.3, one layer: one fixed point",
            network=_cauchy(16, 1, 0.3, 1.0),
            region=WholeSpace(size=16),
            goal=AttractsAll(),
            note="The product of norms does not do; after a few steps all orbits are where the layers contract.",
        ),
        Instance(
            name="Cauchy, gain 0.3, three layers: one fixed point",
            network=_cauchy(16, 3, 0.3, 1.0),
            region=WholeSpace(size=16),
            goal=AttractsAll(norm="sup"),
            note="Weights of the sup norm from the Perron vector suit rows with few large entries.",
        ),
        Instance(
            name="Cauchy, gain 3, two cells: all seven fixed points",
            network=SEVEN,
            region=PLANE,
            goal=AllFixedPoints(count=7, stability=True, index_sum=True),
            note="Three of them attract.",
        ),
        Instance(
            name="Cauchy, gain 3, two cells: all three fixed points",
            network=THREE,
            region=PLANE,
            goal=AllFixedPoints(count=3, stability=True, index_sum=True),
            note="Two of them attract.",
        ),
        *(
            Instance(
                name=f"a tied network of four layers, attractor {index} of four",
                network=TIED,
                region=ball,
                goal=Attracted(),
                note="The four balls are apart, so that there are at least four attracting fixed points.",
            )
            for index, ball in enumerate(BALLS, start=1)
        ),
        Instance(
            name="a tied network, a box of starts",
            network=TIED,
            region=_around(BALLS[1], "1/20"),
            goal=ConvergesTo(target=BALLS[1]),
            note="The box is not inside of the ball, and is carried into it.",
        ),
    ),
    controls=(
        Control(
            name="six of seven",
            network=SEVEN,
            region=PLANE,
            goal=AllFixedPoints(count=6),
            because="there are seven fixed points",
        ),
        Control(
            name="three fixed points, one of them said to attract all",
            network=THREE,
            region=PLANE,
            goal=AttractsAll(),
            because="there are three fixed points",
        ),
        Control(
            name="a ball around four attractors",
            network=TIED,
            region=WIDE,
            goal=Attracted(),
            because="the ball holds four attracting fixed points, so that not all orbits converge to one",
        ),
        Control(
            name="a box near one attractor said to go to another",
            network=TIED,
            region=_around(BALLS[0], "1/1000"),
            goal=ConvergesTo(target=BALLS[1], steps=200),
            because="its orbits converge to the first attractor",
        ),
    ),
    observations=(
        Observation(
            name="untrained Cauchy networks",
            claim="for Cauchy weights, the mean number of attracting fixed points grows with the depth and then falls "
            "to one",
            measure=Experiment("fpverify.experiments.emergence", "measure_untrained"),
            expected=Evidence.NOT_REPRODUCED,
            note="It rises to one, from below, as starts that cycle or wander become rare; it falls from nothing.",
        ),
        Observation(
            name="moderate Cauchy networks",
            claim="Cauchy networks of moderate gain that seem to have one fixed point are proved to have one",
            measure=Experiment("fpverify.experiments.moderate", "measure_moderate"),
            note="Weighted sup norms suit rows with few large entries; for Gaussian weights they do not do.",
        ),
        Observation(
            name="trained autoencoders",
            claim="in trained networks the number of attracting fixed points grows with the depth and then falls to "
            "one",
            measure=Experiment("fpverify.experiments.trained_emergence", "measure_trained"),
            note="The fall is that of training: in the deepest networks the gradients vanish and the map is nearly "
            "constant.",
        ),
        Observation(
            name="tied Cauchy networks",
            claim="tied networks with Cauchy weights have many attracting fixed points, and nearly all starts end in "
            "one",
            measure=Experiment("fpverify.experiments.emergence", "measure_tied"),
            note="Two tied layers have an energy, so that there are no long cycles. The number only falls with the "
            "depth.",
        ),
        Observation(
            name="where starts end",
            claim="the attracting fixed points divide the space of inputs among them: every start ends in one",
            measure=Experiment("fpverify.experiments.emergence", "measure_starts"),
            expected=Evidence.NOT_REPRODUCED,
            note="For free Cauchy weights and few layers most starts end in cycles, or do not settle; in deep ones "
            "all do.",
        ),
        Observation(
            name="sign networks",
            claim="sign networks with independent symmetric rows have one fixed point on average, for every width, "
            "depth and tail",
            measure=Experiment("fpverify.experiments.signs", "measure_signs"),
            note="A theorem, with its proof in docs/random-networks.md; here all states of sampled networks are "
            "counted.",
        ),
        Observation(
            name="exact counts",
            claim="branch and prune finds every fixed point of small networks, and their indices sum to one",
            measure=Experiment("fpverify.experiments.counting", "measure_counts"),
            note="Each count is a certificate; the means are over few networks.",
        ),
        Observation(
            name="certified attractors",
            claim="each attracting fixed point that a search finds is certified, with a ball around it that it "
            "attracts",
            measure=Experiment("fpverify.experiments.balls", "measure_balls"),
            note="The balls are small: within an ensemble they shrink as the largest eigenvalue nears 1. Starts are "
            "certified, too, in one cover of them.",
        ),
    ),
)
