"""
Sign networks: how many fixed points they have on average, exactly, for every depth; sampled and enumerated beside it.

A sign network is f = f_L ∘ ... ∘ f_1 on {-1, 1}^N with f_l(x) = sign(W^l x + b^l): the limit of large weights of a tanh
network. Q is the number of its fixed points; each attracts its own corner of the cube.

Theorem 1. Let the rows (w_i, b_i) of the last layer be independent, of laws that are symmetric, (w, b) ~ (-w, -b), and
independent of the other layers, and let w_i x + b_i != 0 almost surely for each x. Then E[Q] = 1, for every N, L and law.

Proof. Given the values y of layer L - 1 that belong to a state s, the signs of w_i y + b_i are independent, and each is 1
with probability 1/2, so that P(f(s) = s) = 2^-N; and there are 2^N states s.

Theorem 2. Let in every layer the weights be independent with one symmetric law, the biases with another, all of them
independent of each other, and let no argument of a sign be 0, almost surely. Let p_d be the probability that a neuron
tells apart two states that differ in d places, and T the stochastic matrix with the rows Bin(N, p_d), d = 0, ..., N. Then
E[Q (Q - 1)] = tr T^L - 1. If p_d does not decrease in d, this does not increase in L; if p_d < 1 for all d, it goes to 0,
and P(Q = 1) to 1.

Proof. By symmetry p_d depends on d alone, and p_0 = 0. The N neurons of a layer tell two states apart independently of one
another, so the distances of their values behind the layers form a Markov chain with the matrix T. Let D be the distance
behind layer L - 1 of the values of s and s', which differ in d places. Given it, neuron i of the last layer takes the
values s_i and s'_i with probability (1 - p_D)/2 if they agree and p_D/2 if not, so that

    P(f(s) = s, f(s') = s') = 2^-N E[p_D^d (1 - p_D)^(N - d)].

There are 2^N C(N, d) such pairs, which together give (T^L)_dd. The sum over d >= 1 is tr T^L - 1, since (T^L)_00 = 1. For
0 < p_0 < ... < p_N < 1 a matrix T with such rows is a positive diagonal matrix times a Vandermonde matrix of the
increasing numbers p_d / (1 - p_d) times another positive diagonal matrix, hence totally positive; for p_d that do not
decrease it is, as a limit, totally nonnegative. So its eigenvalues are real and not negative, and not above 1, as it is
stochastic: the sum of their L-th powers does not increase. If all p_d < 1, the chain reaches 0 from everywhere and stays,
so that tr T^L goes to 1. As E[Q] = 1, P(Q = 0) = E[(Q - 1)^+] <= E[Q (Q - 1)], and P(Q >= 2) <= E[Q (Q - 1)], too.

Source: the proofs are these. Eigenvalues of totally nonnegative matrices: F. R. Gantmacher and M. G. Krein, Oscillation
Matrices and Kernels and Small Vibrations of Mechanical Systems, AMS Chelsea 2002.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import cache, cached_property
from itertools import product
from math import acos, comb, inf, log, log1p, pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpverify._finding import Evidence, Finding, Plan
from fpverify.ensembles import Ensemble
from fpverify.ensembles.ensemble import Parameters
from fpverify.experiments.sweep import sweep
from fpverify.kernel.errors import MisuseError
from fpverify.numeric.bootstrap import RESAMPLES, Estimate, mean_interval

SEED = 5
BIAS = 0.5
"""The scale of the biases where that of the weights is 1; without biases f(-x) = -f(x), and p_N = 1."""
ERRORS = 4.0
"""By how many standard errors a sampled mean may differ from the exact one."""
LAWS = ("normal", "cauchy")

_CHUNK = 200
_MOST_NETWORKS = 10**7
_LARGEST_WIDTH = 12


# ---------------------------------------------------------------------------------- exact


def flips(law: str, width: int, bias: float) -> list[float]:
    """
    Return p_0, ..., p_N: how likely a neuron tells apart two states that differ in d places.

    It does if |B| > |A|, where B is the sum of the weights of the d places and A that of the others and the bias.

    Args:
        law: of the weights and biases, "normal" or "cauchy".
        width: N.
        bias: the scale of the biases, where that of the weights is 1.

    Error: none is proved; some 1e-15, which the tests compare with integrals at 30 digits.

    Raises:
        MisuseError: for another law.
    """
    if law == "normal":
        whole = width + bias * bias
        return [acos(1 - 2 * d / whole) / pi if d < whole else 1.0 for d in range(width + 1)]
    if law == "cauchy":
        return [_below(d / rest if (rest := width - d + bias) > 0 else inf) for d in range(width + 1)]
    raise MisuseError(f"the law {law!r} has no known p_d; write one of {', '.join(LAWS)}")


def _below(ratio: float) -> float:
    """
    Return P(|X / Y| <= ratio) for X and Y independent and Cauchy; their ratio has the density 4 ln r / (pi^2 (r^2 - 1)).

    Its integral is 2 / pi^2 times pi^2 / 6 - Li(1 - r) - Li(-r) - ln r ln(1 + r), Li the dilogarithm; 1/r for r > 1.
    """
    from scipy.special import spence  # spence(r) = Li(1 - r)

    if not 0 < ratio < inf:
        return 0.0 if ratio == 0 else 1.0
    if ratio > 1:
        return 1.0 - _below(1 / ratio)
    integral = pi * pi / 6 - float(spence(ratio)) - float(spence(1 + ratio)) - log(ratio) * log1p(ratio)
    return 2 / (pi * pi) * integral


def expected_pairs(told_apart: Sequence[Any], depth: int) -> Any:
    """
    Return E[Q (Q - 1)] = tr T^L - 1 by theorem 2; in Fractions if *told_apart*, p_0, ..., p_N, are Fractions.

    Raises:
        MisuseError: unless the depth is at least 1 and p_0 = 0.
    """
    if depth < 1 or told_apart[0] != 0:
        raise MisuseError(f"depth {depth}, p_0 = {told_apart[0]}: write a depth of at least 1; equal states stay equal")
    chain: Any = np.array([_binomial(len(told_apart) - 1, p) for p in told_apart])
    return np.trace(np.linalg.matrix_power(chain, depth)) - 1


def _binomial(size: int, p: Any) -> list[Any]:
    return [comb(size, k) * p**k * (1 - p) ** (size - k) for k in range(size + 1)]


@dataclass(frozen=True, kw_only=True)
class Enumerated:
    """
    What all networks of a finite ensemble have, each with the same weight; exact.

    Fields:
        networks: how many there are.
        mean: E[Q].
        pairs: E[Q (Q - 1)].
        flips: p_0, ..., p_N, of states that differ from (1, ..., 1) in the first d places.
    """

    networks: int
    mean: Fraction
    pairs: Fraction
    flips: Sequence[Fraction]


def enumerated(width: int, depth: int, weights: Sequence[int] = (-1, 1)) -> Enumerated:
    """
    Go through all sign networks whose weights are in *weights* and whose biases are -1/2 or 1/2; by whole numbers.

    No argument of a sign is 0, since twice a sum of integers, and 1 more or less, is odd. Layers that are the same map
    are counted together.

    Args:
        width, depth: N and L; the number of networks grows fast: (3, 2) has 2^24.
        weights: integers; theorem 1 needs as many w as -w.

    Raises:
        MisuseError: for more than 10^7 combinations of different maps.
    """
    rows = _rows(width, tuple(weights))
    shape = [[-1 if axis == i else 1 for axis in range(width)] + [2**width] for i in range(width)]
    tables = sum(rows.reshape(shape[i]) << i for i in range(width))
    maps, times = np.unique(np.reshape(tables, (-1, 2**width)), axis=0, return_counts=True)
    if len(maps) ** depth > _MOST_NETWORKS:
        raise MisuseError(f"width {width}, depth {depth}: too many networks to go through; write a smaller one")
    whole, weight = maps, times
    for _ in range(depth - 1):
        whole, weight = maps[:, whole].reshape(-1, 2**width), np.multiply.outer(times, weight).ravel()
    counts = (whole == np.arange(2**width)).sum(axis=1)
    networks = int(weight.sum())
    apart = [int((rows[:, -1] != rows[:, 2**width - 2**d]).sum()) for d in range(width + 1)]
    return Enumerated(
        networks=networks,
        mean=Fraction(int(weight @ counts), networks),
        pairs=Fraction(int(weight @ (counts * (counts - 1))), networks),
        flips=[Fraction(count, len(rows)) for count in apart],
    )


@cache
def _rows(width: int, weights: tuple[int, ...]) -> NDArray[np.int64]:
    """Return for each neuron, by its weights and bias, on which states it is 1; shape (neurons, 2^N)."""
    signs = _states(width).astype(np.int64)
    neurons = list(product(*[weights] * width, (-1, 1)))
    doubled = [2 * signs @ np.array(one[:-1]) + one[-1] for one in neurons]
    return (np.array(doubled) > 0).astype(np.int64)


@cache
def _states(width: int) -> NDArray[np.float64]:
    """Return all states, shape (2^N, N): coordinate i of state number c is 1 if bit i of c is set, else -1."""
    codes = np.arange(2**width)[:, None]
    return np.where(codes >> np.arange(width) & 1, 1.0, -1.0)


# ---------------------------------------------------------------------------------- sampled


def count_fixed_points(drawn: Parameters) -> int:
    """
    Return the number of fixed points of a sign network, of all its 2^N states.

    Signs are taken of sums in floating point: a sum within rounding of 0 may get the wrong one, which has no weight here.

    Raises:
        MisuseError: for more than 12 neurons in a layer.
    """
    width = len(drawn.biases[0])
    if width > _LARGEST_WIDTH:
        raise MisuseError(f"N = {width}: all 2^N states are gone through; write a width of at most {_LARGEST_WIDTH}")
    states, powers, codes = _states(width), 2.0 ** np.arange(width), np.arange(2**width)
    for weight, bias in zip(drawn.weights, drawn.biases, strict=True):
        positive = (states @ weight.T + bias > 0).astype(np.float64)
        codes = (positive @ powers).astype(np.int64)[codes]
    return int((codes == np.arange(2**width)).sum())


def count_piece(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"counts": [Q, ...]} for the networks `first`, ..., `last` - 1 of an ensemble; the work of a sweep."""
    ensemble = Ensemble(**item["ensemble"])
    return {"counts": [count_fixed_points(ensemble.draw(k)) for k in range(item["first"], item["last"])]}


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Which widths and depths, and how many networks for each and each law."""

    widths: tuple[int, ...]
    depths: tuple[int, ...]
    networks: int

    def cells(self) -> list[tuple[str, int, int]]:
        """Return law, width, depth."""
        return list(product(LAWS, self.widths, self.depths))


QUICK = Grid(widths=(8,), depths=(1, 4, 16), networks=400)
FULL = Grid(widths=(8, 10), depths=(1, 2, 4, 8, 16, 32, 64), networks=2_000)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """
    One law, width and depth, with the fixed points of its sampled networks and what theorem 2 says.

    Fields:
        law, width, depth: which.
        counts: Q of each network.
        exact: E[Q (Q - 1)].
    """

    law: str
    width: int
    depth: int
    counts: Sequence[int]
    exact: float

    @cached_property
    def mean(self) -> Estimate:
        return mean_interval(self.counts)

    @cached_property
    def pairs(self) -> Estimate:
        return mean_interval([count * (count - 1) for count in self.counts])

    @property
    def errors(self) -> tuple[float, float]:
        """
        By how many standard errors the mean of Q and that of Q (Q - 1) differ from 1 and from the exact value.

        The standard error of the first follows from Var Q = E[Q (Q - 1)], if E[Q] = 1; that of the second is the sample's.
        """
        counts, number = np.array(self.counts, dtype=np.float64), len(self.counts)
        pairs = counts * (counts - 1)
        deviation = float(pairs.std(ddof=1)) if number > 1 else inf
        distances = abs(float(counts.mean()) - 1), abs(float(pairs.mean()) - self.exact)
        errors = (sqrt(self.exact / number), deviation / sqrt(number))
        return _ratio(distances[0], errors[0]), _ratio(distances[1], errors[1])


def _ratio(distance: float, error: float) -> float:
    if distance == 0:
        return 0.0
    return distance / error if error > 0 else inf


def measure_signs(plan: Plan) -> Finding:
    """
    Compare the fixed points of sampled sign networks, counted exhaustively, with theorems 1 and 2.

    EMPIRICAL if for each law, width and depth both sampled moments are within `ERRORS` standard errors of the exact ones,
    and the enumerated ensembles have the exact ones; else NOT REPRODUCED.
    """
    grid = QUICK if plan.is_quick else FULL
    pieces = [(cell, item) for cell in grid.cells() for item in _items(*cell, grid.networks)]
    found = sweep(
        count_piece,
        [item for _, item in pieces],
        folder=plan.folder,
        workers=plan.workers,
        progress=lambda done, total, _: plan.progress(done, total, "counting fixed points of sign networks"),
    )
    counts: dict[tuple[str, int, int], list[int]] = {cell: [] for cell in grid.cells()}
    for (cell, _), piece in zip(pieces, found, strict=True):
        counts[cell] += piece["counts"]
    cells = [
        Cell(law=law, width=n, depth=depth, counts=own, exact=float(expected_pairs(flips(law, n, BIAS), depth)))
        for (law, n, depth), own in counts.items()
    ]
    return conclude(cells, {size: enumerated(*size) for size in ((2, 1), (2, 2), (3, 1), (3, 2))}, quick=plan.is_quick)


def _items(law: str, width: int, depth: int, networks: int) -> list[dict[str, Any]]:
    ensemble = Ensemble(
        activation="sign", width=width, depth=depth, law=law, gain=1.0, power=0.0, bias_law=law, bias=BIAS, seed=SEED
    )
    first = range(0, networks, _CHUNK)
    return [{"ensemble": asdict(ensemble), "first": k, "last": min(k + _CHUNK, networks)} for k in first]


# ---------------------------------------------------------------------------------- words


def conclude(cells: Sequence[Cell], finite: Mapping[tuple[int, int], Enumerated], *, quick: bool) -> Finding:
    """Return the finding; EMPIRICAL only if every comparison holds."""
    sampled = all(max(cell.errors) <= ERRORS for cell in cells)
    whole = all(one.mean == 1 and one.pairs == expected_pairs(one.flips, size[1]) for size, one in finite.items())
    grid = QUICK if quick else FULL
    return Finding(
        evidence=Evidence.EMPIRICAL if sampled and whole else Evidence.NOT_REPRODUCED,
        sentence=_sentence(cells, finite, whole=whole),
        regime="sign networks with independent symmetric weights of scale 1 and biases of scale 0.5, both normal or both "
        f"Cauchy, N = {', '.join(map(str, grid.widths))}",
        samples=f"{grid.networks} networks for each law, width and depth, all 2^N states of each; 95 % intervals: "
        f"percentile bootstrap over the networks, {RESAMPLES} resamplings",
        seed=SEED,
        left_out=_left_out() if quick else "",
        columns=("law", "N", "L", "E[Q]", "E[Q(Q-1)]", "exact E[Q(Q-1)]"),
        rows=[_row(cell) for cell in cells],
        data={"series": _series(cells)},
    )


def _sentence(cells: Sequence[Cell], finite: Mapping[tuple[int, int], Enumerated], *, whole: bool) -> str:
    first, second = (max(cell.errors[i] for cell in cells) for i in (0, 1))
    means = [cell.mean.value for cell in cells]
    total = sum(one.networks for one in finite.values())
    equal = "have exactly the moments of the theorem" if whole else "do NOT have the moments of the theorem"
    return (
        "A theorem, with its proof in docs/random-networks.md: a sign network with symmetric weights has one fixed point "
        f"on average, at every depth, whatever the tail. Checked exhaustively: sampled means of Q are {min(means):.3f} to "
        f"{max(means):.3f}, at most {first:.1f} standard errors from 1; those of Q(Q - 1) at most {second:.1f} from the "
        f"exact values; and all {total:,} networks of weights 1 and -1 and biases 1/2 and -1/2 with N = 2 or 3 and L = 1 or "
        f"2 {equal}."
    )


def _row(cell: Cell) -> tuple[str, ...]:
    return (cell.law, str(cell.width), str(cell.depth), str(cell.mean), str(cell.pairs), f"{cell.exact:.4f}")


def _series(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """
    Return for each law and width lists over the depths, for the figures: each estimate as value, low, high.

    `line` has the exact E[Q (Q - 1)] for every depth from 1 on.
    """
    series: list[dict[str, Any]] = []
    for law, width in dict.fromkeys((cell.law, cell.width) for cell in cells):
        own = [cell for cell in cells if (cell.law, cell.width) == (law, width)]
        depths, told_apart = [cell.depth for cell in own], flips(law, width, BIAS)
        line = [float(expected_pairs(told_apart, depth)) for depth in range(1, max(depths) + 1)]
        lists = {"mean": _lists([cell.mean for cell in own]), "pairs": _lists([cell.pairs for cell in own])}
        series.append({"law": law, "width": width, "depths": depths, "line": line, **lists})
    return series


def _lists(estimates: Sequence[Estimate]) -> dict[str, list[float]]:
    return {part: [getattr(one, part) for one in estimates] for part in ("value", "low", "high")}


def _left_out() -> str:
    depths, widths = (", ".join(map(str, numbers)) for numbers in (FULL.depths, FULL.widths))
    return f"the full profile has {FULL.networks} networks for each law, N = {widths}, L = {depths}"
