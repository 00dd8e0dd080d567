"""Propose, for the rule layered, a box that all orbits enter and a norm in which the layers contract there."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fpverify._goal import AttractsAll
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import text
from fpverify.kernel.network import Network
from fpverify.kernel.norm import SupNorm, TwoNorm, unweighted
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion, Region, WholeSpace
from fpverify.kernel.rules._chain import Span, slope_spans
from fpverify.search._layers import (
    Matrix,
    absorbed,
    arithmetic,
    chain_of,
    factor_text,
    floats,
    matrices,
    nested,
    radii,
    require_fit,
    row_sum,
    texts,
)
from fpverify.search._numbers import round_up
from fpverify.search._proposer import Proposer

_ROOM = 1 + 1e-9
_LARGEST = 1 - 1e-6


def propose(network: Network, region: Region, goal: AttractsAll) -> Sequence[Obligation]:
    """Return the obligation on the first box where the layers contract; else that on the region, which will not do."""
    affine = chain_of(network, "AttractsAll")
    weights = [*zip(matrices(affine), radii(affine), strict=True)]
    if not isinstance(region, (BoxRegion, WholeSpace)):
        raise MisuseError(f"AttractsAll needs a box or all of R^d, not {region}")
    require_fit(network, region, "AttractsAll", goal.steps)
    if goal.norm not in {None, "sup", "two"}:
        raise MisuseError(f"AttractsAll: norm = {goal.norm!r}; write 'sup' or 'two', or leave it out to try both")
    last: list[Obligation] = []
    for step, place in _places(network, region, goal.steps):
        for witness in _witnesses(network, place, weights, goal.norm):
            inner = Obligation(
                id="o1", rule="layered", network=network, region=place, witness=witness, backend=arithmetic()
            )
            proposal = absorbed(inner, region, step)
            if Fraction(witness["rate"]) < 1:
                return proposal
            last = last or proposal
    return last


def _places(
    network: Network, region: BoxRegion | WholeSpace, steps: int
) -> Iterator[tuple[int, BoxRegion | WholeSpace]]:
    """Yield the whole space first, where it is asked for and the slopes are bounded, then the nested boxes."""
    if isinstance(region, WholeSpace):
        yield 0, region
    yield from nested(network, region, steps)


def _witnesses(
    network: Network, place: BoxRegion | WholeSpace, weights: Sequence[tuple[Matrix, Matrix]], norm: str | None
) -> Iterator[dict[str, Any]]:
    spans = slope_spans(network, place, arithmetic())
    steepest = [np.ones(len(w)) for w, _ in weights] if spans is None else [_steepest(span) for span in spans]
    scaled = [(d[:, None] * w, d[:, None] * r) for d, (w, r) in zip(steepest, weights, strict=True)]
    if norm in {None, "two"}:
        yield _two_norm(scaled)
    if norm in {None, "sup"}:
        yield _sup_norm([np.abs(middle) + radius for middle, radius in scaled])


def _steepest(span: Span) -> Matrix:
    return np.maximum(*(np.abs(ends) for ends in floats(span)))


def _two_norm(scaled: Sequence[tuple[Matrix, Matrix]]) -> dict[str, Any]:
    """Give each layer the same share of the room that the product of the norms leaves below 1."""
    norms = np.array([np.linalg.norm(middle, 2) + np.linalg.norm(radius, 2) for middle, radius in scaled])
    product = float(np.prod(norms))
    room = min(1.05, (_LARGEST / product) ** (1 / (2 * len(norms)))) if 0 < product < _LARGEST else 1.001
    bounds = [round_up(Fraction(float(norm) * room)) or Fraction(1, 10**6) for norm in norms]
    rate = Fraction(1)
    for bound in bounds:
        rate *= bound
    return {
        "rate": text(round_up(rate)),
        "norm": unweighted(TwoNorm, scaled[0][0].shape[1]).to_data(),
        "bounds": [text(bound) for bound in bounds],
        "factors": [_factor(float(bound), *layer) for bound, layer in zip(bounds, scaled, strict=True)],
    }


def _factor(bound: float, middle: Matrix, radius: Matrix) -> str:
    spread = np.abs(middle).T @ radius
    lost = row_sum(spread + spread.T + radius.T @ radius)
    return factor_text(bound**2 * np.eye(middle.shape[1]) - middle.T @ middle, lost)


def _sup_norm(sizes: Sequence[Matrix]) -> dict[str, Any]:
    """Take weights near the Perron vector of D_L |W_L| ... D_1 |W_1|."""
    product = np.eye(sizes[0].shape[1])
    for layer in sizes:
        product = layer @ product
    weights = texts(_near_perron(product), 4)
    vector = np.array([float(Fraction(weight)) for weight in weights])
    rate = float(np.max(product @ vector / vector))
    return {
        "rate": text(round_up(Fraction(rate * _ROOM))),
        "norm": SupNorm(weights=tuple(map(Fraction, weights))).to_data(),
    }


def _near_perron(matrix: Matrix) -> Matrix:
    """Return v > 0 with matrix v below k v, k a little above the Perron root: (I - matrix / k)^-1 1."""
    root = float(np.max(np.abs(np.linalg.eigvals(matrix))))
    scale = (1 + root) / 2 if root < 1 else root * 1.01 + 1e-9
    vector = np.linalg.solve(np.eye(len(matrix)) - matrix / scale, np.ones(len(matrix)))
    return vector / vector.min() if vector.min() > 0 else np.ones(len(matrix))


PROPOSER = Proposer(name="layered", propose=propose)
