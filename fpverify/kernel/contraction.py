"""The two estimates that every contraction argument needs: the image of a region, and its Lipschitz constant."""

from collections.abc import Sequence
from fractions import Fraction

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.network import Network
from fpverify.kernel.norm import Norm
from fpverify.kernel.region import BoxRegion, WholeSpace


def self_map_slack(
    network: Network, region: BoxRegion | WholeSpace, backend: Backend, noise: Sequence[Fraction] | None = None
) -> Fraction | None:
    """
    Return how far f(region), enlarged by *noise* in each coordinate, certainly lies inside *region*.

    Returns:
        A lower bound of the least distance to the faces; 0 for the whole space; None if f is not certainly continuous
        there. Non-negative only if f(x) + e lies in the region for every x in it, every |e_j| <= noise_j and all
        parameters.

    Error:
        Downward: the image is rounded outward and compared with the exact corners.
    """
    if isinstance(region, WholeSpace):
        return Fraction(0)
    image = network.enclose(region.outer(backend))
    return region.slack(image, noise) if image.decoration >= Decoration.DAC else None


def lipschitz_slack(
    network: Network, region: BoxRegion | WholeSpace, norm: Norm, rate: Fraction, backend: Backend
) -> Fraction | None:
    """
    Show that |f(x) - f(y)| <= rate |x - y| in *norm* for all x, y in the convex *region* and all parameters.

    f(x) - f(y) = A (x - y) for some A in the enclosure of slopes (mean value theorem, row by row), so a bound of the
    operator norm over the enclosure is a Lipschitz constant. For a looped layer g(W x + b), A = D W with D diagonal and
    |D| at most the largest slope of g, and |D| commutes with diagonal weights, so sup |g'| |W| is one, too.

    Returns:
        A lower bound of `rate - norm`, non-negative; None if the inequality could not be certified.
    """
    if isinstance(region, WholeSpace):
        slopes = network.slopes_everywhere(backend)
    else:
        slopes = network.slopes(region.outer(backend))
    if slopes.decoration < Decoration.DAC:
        return None
    slack = norm.operator_slack(slopes, rate)
    return _factored_slack(network, region, norm, rate, backend) if slack is None else slack


def _factored_slack(
    network: Network, region: BoxRegion | WholeSpace, norm: Norm, rate: Fraction, backend: Backend
) -> Fraction | None:
    factors = layer_factors(network, region, backend)
    if factors is None or rate < 0:
        return None
    weight, steepest = factors
    if steepest == 0:
        return rate
    slack = norm.operator_slack(weight, rate / steepest)
    return None if slack is None else slack * steepest


def layer_factors(network: Network, region: BoxRegion | WholeSpace, backend: Backend) -> tuple[Box, Fraction] | None:
    """Return, for a looped layer g(W x + b), an enclosure of W and an upper bound of |slope of g|; None for others."""
    layer = network.looped_layer()
    if layer is None:
        return None
    affine, activate = layer
    values = None if isinstance(region, WholeSpace) else network.trace(region.outer(backend))
    slopes = activate.slopes(values, [None, None], backend)
    return affine.weight.box(backend), max(slopes.magnitude().upper())


def is_fixed(network: Network, point: Fraction, backend: Backend) -> bool:
    """Decide whether a scalar network certainly has f(point) = point exactly: its enclosure is that one number."""
    image = network.enclose(Box.point([point], backend))
    return image.lower() == image.upper() == (point,)
