"""
One fixed point by multipliers: the certificate of monotone operators, which needs no contraction.

Lemma. Let f be a chain x -> g_L(W_L ... g_1(W_1 x + b_1) ... + b_L), D a box with an interior, and
    (1) f be continuous and map D into itself;
    (2) the slopes of each neuron i, of whatever layer, lie between a_i and b_i on D;
    (3) for some positive multipliers m_i, with M = diag(m), and so on, the matrix
            H = M + W' M A B W - (M (A + B) W + W' (A + B) M) / 2
        be positive definite, where W is the matrix that carries the values behind layer l - 1 to the arguments of layer l,
        and those behind the last layer to those of the first.
Then f has exactly one fixed point in D, and the index there is 1. If parameters are intervals, this holds for each choice.

Proof. Existence is Brouwer's theorem. Let x, y in D be fixed, z_i the difference of the two values behind neuron i, and
h = W z that of the arguments, as x and y are also the values behind the last layer. Then z_i = s_i h_i with a_i <= s_i <=
b_i (mean value theorem), so that (z_i - a_i h_i)(b_i h_i - z_i) >= 0. The sum of these with weights m_i is -z' H z. So
z = 0, and x = y. This shows more: I - S W is regular for each diagonal S between a and b. For c inside D and small e > 0
the map (1 - e) f + e c has the slopes (1 - e) S_L ... S_1; H stays positive definite; it maps D into its interior, so that
the index of its one fixed point is 1, and the sign of det(I - (1 - e) S W) does not change as e goes to 0. That is the
determinant of I - Df (rule unfolded).

With a = 0 and b = 1 it is the condition that I - W has a positive definite symmetric part in the weights m, for Gaussian W
of scale s up to s = 1 / sqrt 2; with a = -b it is that b W contracts in a weighted 2-norm. H is computed from W, a, b and
m enclosed in integers over 2^60 (see _matrices), and (3) is shown by a factor.

Source: E. Winston and J. Z. Kolter, Monotone operator equilibrium networks, NeurIPS 2020; M. Fazlyab and others, Efficient
and accurate estimation of Lipschitz constants, NeurIPS 2019 (the multipliers).
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from fpverify.kernel.claim import Claim
from fpverify.kernel.contraction import self_map_slack
from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import exact_vector, text
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._chain import Span, affine_layers, slope_spans, weights
from fpverify.kernel.rules._matrices import Matrices, is_definite, upper_triangle
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "f is a chain of layers, continuous on D",
    "D is a box with an interior, which f maps into itself",
    "the multipliers are positive, and H is positive definite",
)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, backend = obligation.network, obligation.region, obligation.backend
    ledger.require_scope(isinstance(region, BoxRegion), Reason.WRONG_REGION)
    assert isinstance(region, BoxRegion)
    wide = all(low < high for low, high in zip(region.lo, region.hi, strict=True))
    ledger.require_scope(wide and region.dimension == network.state_size, Reason.WRONG_REGION)
    affine = affine_layers(network)
    ledger.require_scope(bool(affine), Reason.NOT_A_CHAIN)
    spans = slope_spans(network, region, backend)
    ledger.settle_that(spans is not None, Reason.NOT_CONTINUOUS)
    assert spans is not None
    ledger.settle(self_map_slack(network, region, backend), Reason.SELF_MAP_UNCERTAIN)
    multipliers = exact_vector(obligation.items("multipliers"))
    form = doubled_form(affine, spans, multipliers)
    factor = upper_triangle(obligation.witness.get("factor"), form.size)
    certain = min(multipliers) > 0 and is_definite(form, factor)
    ledger.settle_that(certain, Reason.UNIQUENESS_UNCERTAIN)


def doubled_form(affine: Sequence[Affine], spans: Sequence[Span], multipliers: Sequence[Fraction]) -> Matrices:
    """Return a set that holds 2 H for each choice of the parameters: block by block, as W has one block in each row."""
    sizes = [layer.size for layer in affine]
    if len(multipliers) != sum(sizes):
        raise FormatError(f"there are {len(multipliers)} multipliers for {sum(sizes)} neurons")
    twice = [2 * m for m in multipliers]
    form, start = Matrices.diagonal(twice, twice), 0
    for index, (layer, span) in enumerate(zip(affine, spans, strict=True)):
        before = (index - 1) % len(affine)
        own = multipliers[start : start + layer.size]
        mixed, square = _blocks(weights(layer), span, own)
        wide = mixed.placed((index, before), sizes)
        form = form - wide - wide.transpose() + square.placed((before, before), sizes)
        start += layer.size
    return form


def _blocks(weight: Matrices, span: Span, multipliers: Sequence[Fraction]) -> tuple[Matrices, Matrices]:
    """Return M (A + B) W and 2 W' M A B W, for the block of one layer."""
    triples = list(zip(multipliers, *span, strict=True))
    sums, products = [m * (a + b) for m, a, b in triples], [2 * m * a * b for m, a, b in triples]
    scaled = Matrices.diagonal(products, products) * weight
    return Matrices.diagonal(sums, sums) * weight, weight.transpose() * scaled


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    box = obligation.region
    assert isinstance(box, BoxRegion)
    point = {"lower": [text(x) for x in box.lo], "upper": [text(x) for x in box.hi], "index": 1}
    return claim(obligation, "exactly", count=1, points=[point], undecided=0, share="0")


RULE = Rule(name="sector", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
