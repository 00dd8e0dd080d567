"""
Random Gaussian networks with exactly one fixed point: where norms prove it, where multipliers do, what is seen beyond.

Proves: for the networks below, exactly one fixed point in R^d; by the product of norms, by contraction on a box that all
    orbits enter, or by multipliers, up to sqrt 2 times larger gains than norms allow, and then without convergence.
Uses:   the rules layered, sector and absorbing.
Source: arXiv 2501.04182 (the abstract's first claim); Winston and Kolter, NeurIPS 2020 (monotone operators).
"""

from fractions import Fraction

from fpverify import (
    AllFixedPoints,
    AttractsAll,
    BoxRegion,
    Control,
    Evidence,
    Experiment,
    Instance,
    Network,
    Observation,
    OnlyOne,
    Step,
    Theorem,
    WholeSpace,
    loop,
    network,
)
from fpverify.ensembles import Ensemble

WIDTH = 16
SPACE = WholeSpace(size=WIDTH)
LINE = WholeSpace(size=1)


def _drawn(activation: str, gain: float, depth: int, bias: float = 0.3, law: str = "normal") -> Network:
    """Return the first network of an ensemble, its weights rounded to multiples of 2^-12."""
    ensemble = Ensemble(
        activation=activation, width=WIDTH, depth=depth, law=law, gain=gain, bias_law=law, bias=bias, seed=1
    )
    return ensemble.network(0, bits=12)


def _family(one: Network, spread: str) -> Network:
    """Return the networks whose weights differ by at most *spread* from those of a looped layer."""
    (affine, _) = one.looped_layer() or (None, None)
    assert affine is not None
    reach = Fraction(spread)
    rows = [[(low - reach, high + reach) for low, high in row] for row in affine.weight.rows()]
    bias = list(affine.bias.lo)
    return loop("tanh", rows, bias, name=f"{one.name}, weights within {spread}")


def _deep(*weights: str, activation: str = "tanh") -> Network:
    layers = [
        part for w in weights for part in ({"affine": {"weight": [[w]], "bias": ["0"]}}, {"activation": activation})
    ]
    return network(layers, name=f"{activation} chain of the weights {', '.join(weights)}")


NINE = Ensemble(activation="tanh", width=2, depth=1, law="normal", gain=3.0, bias=0.3, seed=17).network(2, bits=12)
TURN = loop("tanh", [["-3"]], name="tanh(-3x)")
PAIR = loop("tanh", [["1/2", "3/4"], ["3/4", "1/2"]], name="two tanh cells, eigenvalue 5/4")

THEOREM = Theorem(
    id="bs-1",
    title="One fixed point of Gaussian networks",
    statement=(
        r"\text{Let } f = \phi(W_L \, \cdots \, \phi(W_1 x + b_1) \cdots + b_L), \ 0 \le \phi' \le s \text{. (a) If } "
        r"s^L \prod_l \|W_l\|_2 < 1, \text{ then } f \text{ has exactly one fixed point, which attracts every orbit. "
        r"(b) If, with positive multipliers } m_i, \ M - \frac{s}{2} (M W + W^T M) \text{ is positive definite, } W "
        r"\text{ the block matrix of all layers, then } f, \text{ if bounded, has exactly one fixed point. For } "
        r"W_{ij} = \sigma N^{-1/2} X_{ij}, \ X_{ij} \text{ Gaussian, } N \to \infty, \ \text{(a) reaches to } \sigma "
        r"s = 1/2, \ \text{(b) with equal multipliers to } \sigma s = 1/\sqrt{2}."
    ),
    source="arXiv 2501.04182, abstract: for light-tailed weights and biases, exactly one fixed point for any width "
    "and depth",
    hypotheses=(
        "f is a chain of affine layers and activations, continuous on the region",
        "f maps the region into itself, or after some steps into the box of the certificate",
        "the slopes of each neuron lie between a and b there",
        "the layers' bounds multiply to less than 1; or, with multipliers, the form H is positive definite",
    ),
    rule="sector",
    remark=(
        "Exactly one fixed point for every gain is not so: a network of gain 3 below has nine, certified. Beyond the "
        "line chi = 1 of mean-field theory the starts of most networks do not all end in one. Below the line it is "
        "what one sees, up to effects of small width, and up to the lines of the theorem it is proved, network by "
        "network. (b) says nothing of convergence: tanh(-3x) has one fixed point, and its orbits tend to a cycle of "
        "period two. The lines are those of infinite width; each certificate is about its own network and needs no "
        "law. The full text of the paper was not at hand: what is examined is the claim of its abstract."
    ),
    steps=(
        Step(
            title="the multiplier of one neuron: with z = s h and a <= s <= b it is not negative",
            left="(s*h - a*h)*(b*h - s*h)",
            right="h**2*(s - a)*(b - s)",
            symbols=dict.fromkeys(("s", "h", "a", "b"), "real"),
        ),
        Step(
            title="the sum over one neuron is minus the form H: with h = w z",
            left="-m*(z - a*w*z)*(b*w*z - z)",
            right="z**2*(m + m*a*b*w**2 - m*(a + b)*w)",
            symbols=dict.fromkeys(("z", "m", "a", "b", "w"), "real"),
        ),
        Step(
            title="slopes of either sign: the form is that of contraction in a weighted 2-norm",
            left="m + m*(-b)*b*w**2 - m*(b - b)*w",
            right="m*(1 - (b*w)**2)",
            symbols=dict.fromkeys(("m", "b", "w"), "real"),
        ),
        Step(
            title="equal multipliers: W + W' has entries of variance 2 sigma^2 / N, half of it reaches sqrt 2 sigma",
            left="(2*sqrt(2*sigma**2)/2)**2",
            right="2*sigma**2",
            symbols={"sigma": "positive"},
        ),
    ),
    instances=(
        Instance(
            name="tanh, gain 0.4, one layer, by norms",
            network=_drawn("tanh", 0.4, 1),
            region=SPACE,
            goal=AttractsAll(norm="two", steps=0),
        ),
        Instance(
            name="tanh, gain 0.45, three layers, by norms",
            network=_drawn("tanh", 0.45, 3),
            region=SPACE,
            goal=AttractsAll(norm="two", steps=0),
            note="The three norms multiply; each may be close to 1.",
        ),
        Instance(
            name="sigmoid, gain 1.8, three layers, by norms",
            network=_drawn("sigmoid", 1.8, 3),
            region=SPACE,
            goal=AttractsAll(norm="two", steps=0),
        ),
        Instance(
            name="tanh, gain 0.65, one layer, by multipliers",
            network=_drawn("tanh", 0.65, 1),
            region=SPACE,
            goal=OnlyOne(),
            note="Beyond the line 1/2 of the norms.",
        ),
        Instance(
            name="tanh, gain 0.65, three layers, by multipliers",
            network=_drawn("tanh", 0.65, 3),
            region=SPACE,
            goal=OnlyOne(),
            note="One multiplier for each of the 48 neurons.",
        ),
        Instance(
            name="sigmoid, gain 2.6, three layers, by multipliers",
            network=_drawn("sigmoid", 2.6, 3),
            region=SPACE,
            goal=OnlyOne(),
            note="Beyond the line 2 of the norms.",
        ),
        Instance(
            name="tanh, gain 0.8, two layers, by better multipliers",
            network=_drawn("tanh", 0.8, 2),
            region=SPACE,
            goal=OnlyOne(),
            note="Beyond the line 0.707 of equal multipliers.",
        ),
        Instance(
            name="a family around tanh, gain 0.6",
            network=_family(_drawn("tanh", 0.6, 1), "1/2000"),
            region=SPACE,
            goal=OnlyOne(),
            note="Exactly one for each choice of the weights.",
        ),
        Instance(
            name="one that does not attract",
            network=TURN,
            region=LINE,
            goal=OnlyOne(),
            note="The multipliers prove it, and the controls show that convergence is not proved: there is a cycle.",
        ),
        Instance(
            name="gain 3, two cells: nine fixed points",
            network=NINE,
            region=WholeSpace(size=2),
            goal=AllFixedPoints(count=9, stability=True, index_sum=True),
            note="So the claim that there is one is false for this gain.",
        ),
        Instance(
            name="in a box",
            network=_deep("9/10", "21/20"),
            region=BoxRegion.cube(1, dimension=1),
            goal=OnlyOne(),
            note="The slope at 0 is 0.945.",
        ),
    ),
    controls=(
        Control(
            name="just beyond the line",
            network=loop("tanh", [["101/100"]], name="tanh(1.01x)"),
            region=LINE,
            goal=OnlyOne(),
            because="tanh(1.01x) has three fixed points",
        ),
        Control(
            name="just beyond the line, two layers",
            network=_deep("9/10", "9/8"),
            region=BoxRegion.cube(1, dimension=1),
            goal=OnlyOne(),
            because="the slope at 0 is 81/80, so that there are three fixed points",
        ),
        Control(
            name="two cells beyond the line",
            network=PAIR,
            region=WholeSpace(size=2),
            goal=OnlyOne(),
            because="on the diagonal it is tanh(5x/4), with three fixed points",
        ),
        Control(
            name="a cycle that is said to converge",
            network=TURN,
            region=LINE,
            goal=AttractsAll(),
            because="the orbits of tanh(-3x) but one tend to a cycle of period two",
        ),
        Control(
            name="norms beyond their line",
            network=PAIR,
            region=WholeSpace(size=2),
            goal=AttractsAll(),
            because="there are three fixed points",
        ),
    ),
    observations=(
        Observation(
            name="regime map",
            claim="deep Gaussian networks have exactly one fixed point, whatever the gain, the width and the depth",
            measure=Experiment("fpverify.experiments.regime", "measure_regime"),
            expected=Evidence.NOT_REPRODUCED,
            note="Seen means that all starts ended in one. So it is in most networks of the ordered phase, below the "
            "line chi = 1 of mean-field theory, and part of that is proved; in the chaotic phase most have cycles or "
            "do not settle.",
        ),
        Observation(
            name="usual initialisations",
            claim="Gaussian networks as they are usually initialised have exactly one fixed point, which attracts",
            measure=Experiment("fpverify.experiments.regime", "measure_ordered"),
            note="tanh with gains up to 1 and biases of scale 1, and sigmoid with gains up to 4, lie in the ordered "
            "phase.",
        ),
        Observation(
            name="beyond the line of the multipliers",
            claim="better multipliers, on a box that all orbits enter, prove uniqueness beyond the line 1/sqrt 2",
            measure=Experiment("fpverify.experiments.gap", "measure_gap"),
            note="From there to the line chi = 1 it is open how to prove what is seen.",
        ),
    ),
)
