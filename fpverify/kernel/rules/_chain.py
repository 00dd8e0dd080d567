"""
Deep chains f = g_L(W_L ... g_1(W_1 x + b_1) ... + b_L): the slopes of each layer, and those of f without wrapping.

For x, y in a box X, with z_0 = x - y and z_l the difference of the values behind layer l,
    z_l = S_l W_l z_(l-1),  S_l diagonal, its entries between the least and the largest slope of g_l over the arguments that
layer l takes on X (mean value theorem, neuron by neuron; at a kink both one-sided slopes count). So f(x) - f(y) = J z_0
with J = S_L W_L ... S_1 W_1. Every Jacobian on X is of this form, too.

Telescoping. Let A_l + B_l = S_l W_l with A_l = M_l W_l, M_l the middle of S_l, and B_l = (S_l - M_l) W_l. Then
    J - A_L ... A_1 = sum_k (A_L ... A_(k+1)) B_k (A_(k-1) + B_(k-1)) ... (A_1 + B_1),
and with |S_k - M_k| <= D_k the size of the k-th term is at most |A_L ... A_(k+1)| D_k V_k, where V_k is a bound of
|W_k (A_(k-1) + B_(k-1)) ... (A_1 + B_1)|, by the same identity
    V_k = |W_k A_(k-1) ... A_1| + sum_(j<k) |W_k A_(k-1) ... A_(j+1)| D_j V_j.
Products of the middles are formed before sizes are taken: their growth is that of the norms of the W_l, and not of the
|W_l|, which is larger by about the square root of the width.
"""

from collections.abc import Sequence
from fractions import Fraction

from flint import fmpz_mat

from fpverify.kernel.backend import Backend
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.layers import UnboundedError
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion, WholeSpace
from fpverify.kernel.rules._matrices import BITS, Matrices

Span = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]


def affine_layers(network: Network) -> list[Affine]:
    """Return W_1 x + b_1, ..., W_L x + b_L of a chain of affine layers and activations in turn; empty for others."""
    in_line = all(layer.source == index for index, layer in enumerate(network.layers))
    affine = [layer for layer in network.layers[::2] if isinstance(layer, Affine)]
    active = [layer for layer in network.layers[1::2] if isinstance(layer, Activate)]
    return affine if in_line and 2 * len(affine) == 2 * len(active) == len(network.layers) else []


def slope_spans(network: Network, region: BoxRegion | WholeSpace, backend: Backend) -> list[Span] | None:
    """
    Return the bounds of the slopes S_1, ..., S_L on the region; None if f is not certainly continuous there.

    Raises:
        UnboundedError: if the region is R^d and a slope has no bound.
    """
    active = [layer for layer in network.layers if isinstance(layer, Activate)]
    if isinstance(region, WholeSpace):
        return [_everywhere(layer) for layer in active] if network.is_continuous else None
    values = network.trace(region.outer(backend))
    slopes = [layer.function.slopes.range(values[layer.source]) for layer in active]
    continuous = values[-1].decoration >= Decoration.DAC
    return [(slope.lower(), slope.upper()) for slope in slopes] if continuous else None


def _everywhere(layer: Activate) -> Span:
    span = layer.function.slopes.everywhere()
    if span is None:
        raise UnboundedError(f"{layer.name} has no bounded slope on the whole line")
    return (span[0],) * layer.size, (span[1],) * layer.size


def weights(layer: Affine) -> Matrices:
    """Return all matrices that the layer may have."""
    return Matrices.between(layer.weight.lo, layer.weight.hi, layer.weight.shape[1])


def chain_slopes(affine: Sequence[Affine], spans: Sequence[Span]) -> Matrices:
    """Return a set that holds every J: the slope matrices of the chain, by telescoping."""
    matrices = [weights(layer) for layer in affine]
    middles = [Matrices.diagonal(*[_middle(*span)] * 2) for span in spans]
    spreads = [Matrices.diagonal(*[_spread(*span)] * 2).magnitude() for span in spans]
    product: Matrices | None = None  # A_(k-1) ... A_1
    behind: list[Matrices] = []  # W_k A_(k-1) ... A_(j+1) for each j < k, then A_k ... A_(j+1)
    sizes: list[fmpz_mat] = []  # D_j V_j
    for weight, middle, spread in zip(matrices, middles, spreads, strict=True):
        moved = weight if product is None else weight * product
        behind = [weight * earlier for earlier in behind]
        size = moved.magnitude() + _sum_of(behind, sizes, moved)
        product, behind = middle * moved, [middle * earlier for earlier in behind]
        behind.append(_identity(weight.size))
        sizes.append(_rounded_up(spread * size))
    assert product is not None
    return Matrices(product.middle, product.radius + _sum_of(behind, sizes, product))


def _sum_of(behind: Sequence[Matrices], sizes: Sequence[fmpz_mat], like: Matrices) -> fmpz_mat:
    """Return an upper bound of sum_j |A ... A_(j+1)| D_j V_j."""
    total = fmpz_mat(like.middle.nrows(), like.middle.ncols())
    for earlier, size in zip(behind, sizes, strict=True):
        total += _rounded_up(earlier.magnitude() * size)
    return total


def _identity(size: int) -> Matrices:
    return Matrices.diagonal([Fraction(1)] * size, [Fraction(1)] * size)


def _rounded_up(product: fmpz_mat) -> fmpz_mat:
    """Return a product of two matrices over 2^60 over 2^60 again, rounded up."""
    return fmpz_mat(product.nrows(), product.ncols(), [-(-int(entry) >> BITS) for entry in product.entries()])


def _middle(low: Sequence[Fraction], high: Sequence[Fraction]) -> tuple[Fraction, ...]:
    return tuple((a + b) / 2 for a, b in zip(low, high, strict=True))


def _spread(low: Sequence[Fraction], high: Sequence[Fraction]) -> tuple[Fraction, ...]:
    return tuple((b - a) / 2 for a, b in zip(low, high, strict=True))
