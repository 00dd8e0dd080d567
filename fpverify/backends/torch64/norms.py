"""
Upper bounds of norms and logarithmic norms of every matrix in a Ball, batched over leading axes.

Eigenvectors, Cholesky factors and power iterations only propose: each bound is proved from its proposal by products with
error bounds, whatever the proposal is. The proofs stand in docs/numerics.md, section 5.

Every function returns a float64 tensor of the shape of the leading axes; inf where nothing was shown (overflow, NaN, a
useless proposal), and exactly 0 for the norm of a zero matrix.
"""

from math import inf

import torch
from torch import Tensor

from fpverify.backends.torch64.guard import ensure_sound
from fpverify.backends.torch64.linear import FLOOR, TINY, Ball, gamma, matmul, matmul_points
from fpverify.backends.torch64.rounding import UNIT, next_up, power_of_two, require_f64
from fpverify.kernel.errors import MisuseError

_GROW = 1 + 8 * UNIT
"""Covers up to six roundings of positive numbers, relatively."""

_LEAST_WEIGHT, _GREATEST_WEIGHT = 2.0**-100, 2.0**100
"""Weights beyond these give no bound: a quotient of sums of tiny numbers by them would need a case of its own."""


# ---------------------------------------------------------------------------------- norms by rows and columns


def magnitude(matrices: Ball) -> Tensor:
    """Return, entry by entry, an upper bound of |A| for every A in *matrices*; 0 only for the number 0."""
    if matrices.mid.dim() < 2:
        raise MisuseError(f"norms are of matrices; got a shape of {tuple(matrices.shape)}")
    ensure_sound(matrices.mid.device)
    size = matrices.mid.abs() + matrices.rad
    return _or_inf(torch.where(size == 0, size, next_up(size)))


def sup_norm(matrices: Ball, weights: Tensor | None = None) -> Tensor:
    """
    Bound `max_i sum_j |a_ij| w_j / w_i`, the operator norm of `max_j |x_j| / w_j`.

    Args:
        weights: positive, shape (..., n); None for 1. Square matrices if given.

    Error:
        Outward, by 2 g_(n+3) relatively.

    Source:
        docs/numerics.md, 5.1.
    """
    return _largest_row(magnitude(matrices), weights)


def one_norm(matrices: Ball, weights: Tensor | None = None) -> Tensor:
    """Bound `max_j sum_i w_i |a_ij| / w_j`, the operator norm of `sum_j w_j |x_j|`; arguments and error as `sup_norm`."""
    return _largest_row(magnitude(matrices).mT, weights)


def frobenius_norm(matrices: Ball) -> Tensor:
    """
    Bound the root of the sum of the squares, and with it the 2-norm.

    Source:
        docs/numerics.md, 5.2.
    """
    scaled, exponent = _scaled(magnitude(matrices))
    rows = _sum(scaled * scaled)
    return _unscaled(_root(_sum(rows)), exponent, magnitude(matrices))


def mixed_norm(matrices: Ball) -> Tensor:
    """Bound the 2-norm by `sqrt(|A|_1 |A|_inf)`; as a product of roots, since the product itself may underflow."""
    sizes = magnitude(matrices)
    scaled, exponent = _scaled(sizes)
    bound = _root(_largest_row(scaled, None)) * _root(_largest_row(scaled.mT, None)) * _GROW
    return _unscaled(bound, exponent, sizes)


# ---------------------------------------------------------------------------------- 2-norms


def perron_norm(matrices: Ball, steps: int = 20) -> Tensor:
    """
    Bound the 2-norm by that of |A|, through a positive vector v: `max_i (|A|^T |A| v)_i / v_i`.

    Source:
        Collatz and Wielandt; docs/numerics.md, 5.3.
    """
    sizes = magnitude(matrices)
    scaled, exponent = _scaled(sizes)
    v = torch.ones_like(scaled[..., :1, :].mT)
    for _ in range(steps):
        v = _normalised(scaled.mT @ (scaled @ v))
    rows, columns = scaled.shape[-2:]
    once = (scaled @ v) * (1 + 2 * gamma(columns + 2))
    twice = (scaled.mT @ once) * (1 + 2 * gamma(rows + 2)) + FLOOR
    squared = (twice / v).amax((-2, -1)) * _GROW
    return _unscaled(_root(squared), exponent, sizes)


def gram_norm(matrices: Ball) -> Tensor:
    """
    Bound the 2-norm by the rows of (A V)^T (A V), with V near the eigenvectors of A^T A: sharp to about n^2 u.

    V is only proposed. With d = |I - V^T V|_inf < 1: |A| <= |A V| / sqrt(1 - d), and |A V|^2 <= |(A V)^T (A V)|_inf.

    Source:
        docs/numerics.md, 5.4.
    """
    sizes = magnitude(Ball.point(matrices.mid))
    _, exponent = _scaled(sizes)
    x = _shifted(matrices.mid, -exponent)
    v = _eigenvectors(x.mT @ x)
    image = matmul_points(x, v)
    gram = matmul_points(image.mid.mT, image.mid)
    size = _root(sup_norm(gram)) + frobenius_norm(Ball(mid=torch.zeros_like(image.mid), rad=image.rad))
    bound = next_up(size * _root(_inverse_of_rest(_defect(v))) * _GROW + FLOOR)
    return _plus_radii(_unscaled(bound, exponent, sizes), matrices)


def cholesky_norm(matrices: Ball, steps: int = 40) -> Tensor:
    """
    Bound the 2-norm through a Cholesky factor L of t I - A^T A, with t just above the square of the norm.

    L is only proposed: for any L, A^T A = t I - L L^T - R <= (t + |R|_inf) I, and R is bounded by its residual. The errors
    of the two products enter by their row sums alone, so that no further product bounds them: some six products in
    all for large matrices, where `gram_norm` takes three times as long.

    Args:
        steps: size of the Krylov space that proposes t.

    Source:
        docs/numerics.md, 5.5.
    """
    sizes = magnitude(Ball.point(matrices.mid))
    _, exponent = _scaled(sizes)
    x = _shifted(matrices.mid, -exponent)
    gram = x.mT @ x
    rounding = _row_errors(x.mT)
    estimate = _ritz_estimate(gram, steps)
    squared = torch.full_like(estimate, inf)
    for excess in (1e-8, 1e-5, 1e-3, 1e-2, 0.1, 1.0):
        bound, factored = _by_cholesky(gram, rounding, estimate * (1 + excess))
        squared = torch.minimum(squared, _or_inf(bound))
        if bool(factored.all()):
            break
    return _plus_radii(_unscaled(next_up(_root(squared) + FLOOR), exponent, sizes), matrices)


def two_norm(matrices: Ball) -> Tensor:
    """Bound the 2-norm by the better of `gram_norm` and `perron_norm`."""
    return torch.minimum(gram_norm(matrices), perron_norm(matrices))


# ---------------------------------------------------------------------------------- logarithmic norms and weights


def sup_log_norm(matrices: Ball, weights: Tensor | None = None) -> Tensor:
    """
    Bound the logarithmic norm `max_i (a_ii + sum_(j != i) |a_ij| w_j / w_i)` of every A in *matrices*; it may be negative.

    Error:
        Outward; by rounding of the sums only.

    Source:
        docs/numerics.md, 5.6.
    """
    _require_square(matrices)
    middle, radius = (part.diagonal(dim1=-2, dim2=-1) for part in (matrices.mid, matrices.rad))
    diagonal = torch.where(radius == 0, middle, next_up(middle + radius))
    off = magnitude(matrices).clone()
    off.diagonal(dim1=-2, dim2=-1).zero_()
    rows = _row_sums(off, weights)
    return _or_inf(torch.where(rows == 0, diagonal, next_up(diagonal + rows)).amax(-1))


def two_log_norm(matrices: Ball) -> Tensor:
    """
    Bound the largest eigenvalue of (A + A^T) / 2 for every A in *matrices*: the logarithmic 2-norm; it may be negative.

    With V near the eigenvectors (only proposed), C = V^T S V and c = max_i (c_ii + sum_(j != i) |c_ij|), no eigenvalue of
    S exceeds c / (1 - d) if c >= 0, or c / (1 + d) if c < 0.

    Source:
        docs/numerics.md, 5.7.
    """
    _require_square(matrices)
    middle = matrices.mid * 0.5 + matrices.mid.mT * 0.5
    v = _eigenvectors(middle)
    turned = matmul(Ball.point(v.mT), matmul_points(middle, v))
    largest, defect = sup_log_norm(turned), _defect(v)
    below, above = (1 - defect) * (1 - 4 * UNIT), (1 + defect) * (1 + 4 * UNIT)
    bound = next_up(torch.where(largest >= 0, largest / below, largest / above))
    bound = torch.where(defect < 1, bound, inf)
    rounding = Ball(mid=torch.zeros_like(middle), rad=middle.abs() * (4 * UNIT) + TINY)
    exact = _is_zero(magnitude(Ball.point(matrices.mid)))
    symmetric = torch.where(exact, 0.0, next_up(bound + sup_norm(rounding)))
    return _plus_radii(_or_inf(symmetric), matrices)


def perron_weights(matrices: Ball, steps: int = 50) -> Tensor:
    """
    Propose weights w with a small `sup_norm(matrices, w)`: a Perron vector of |A|, shape (..., n), largest entry 1.

    No property of the result is proved; `sup_norm` proves what it is worth.
    """
    _require_square(matrices)
    sizes = _scaled(magnitude(matrices))[0]
    v = torch.ones_like(sizes[..., :1])
    for _ in range(steps):
        image = sizes @ v
        v = _normalised(image + 0.25 * image.amax((-2, -1), keepdim=True) * v)  # the shift settles periodic matrices
    return v.squeeze(-1)


def spectral_radius(matrices: Ball) -> Tensor:
    """Bound the spectral radius by that of |A|, in the sup norm with proposed weights and in the unweighted one."""
    return torch.minimum(sup_norm(matrices, perron_weights(matrices)), sup_norm(matrices))


def in_weights(matrices: Ball, weights: Tensor) -> Ball:
    """
    Enclose diag(1/w) A diag(w), whose unweighted norms are the weighted norms of A.

    Error:
        Outward, by 8u relatively and 2^-900.

    Source:
        docs/numerics.md, 5.8.
    """
    w = _usable(weights, matrices.shape[-1]).unsqueeze(-1)
    _require_square(matrices)
    mid = matrices.mid * w.mT / w
    rad = matrices.rad * w.mT / w * _GROW + mid.abs() * (8 * UNIT) + FLOOR
    return Ball.around(mid, rad * _GROW)


# ---------------------------------------------------------------------------------- sums and roots, upwards


def _sum(terms: Tensor) -> Tensor:
    """
    Return an upper bound of the sums of non-negative numbers along the last axis.

    It covers terms that were each rounded up to four times, or lost up to 2^-996 by underflow.
    """
    return terms.sum(-1) * (1 + 2 * gamma(terms.shape[-1] + 4)) + FLOOR


def _largest_row(sizes: Tensor, weights: Tensor | None) -> Tensor:
    return _or_inf(_row_sums(sizes, weights).amax(-1))


def _row_sums(sizes: Tensor, weights: Tensor | None) -> Tensor:
    """Return upper bounds of `sum_j sizes_ij w_j / w_i`; exactly 0 for a row of zeros."""
    zero = (sizes == 0).all(-1)
    if weights is None:
        return torch.where(zero, 0.0, sizes.sum(-1) * (1 + 2 * gamma(sizes.shape[-1] + 4)))
    w = _usable(weights, sizes.shape[-1])
    return torch.where(zero, 0.0, _sum(sizes * w.unsqueeze(-2)) / w * _GROW)


def _usable(weights: Tensor, length: int) -> Tensor:
    """Return the weights, NaN where one is out of range."""
    require_f64(weights)
    if weights.shape[-1] != length:
        raise MisuseError(f"{weights.shape[-1]} weights for a matrix with {length} columns")
    return torch.where((weights >= _LEAST_WEIGHT) & (weights <= _GREATEST_WEIGHT), weights, torch.nan)


def _root(x: Tensor) -> Tensor:
    """
    Return upper bounds of square roots; inf for NaN.

    torch.sqrt is not correctly rounded on the CPU, so that its result is verified: s is taken when fl(s^2) (1 - 4u) >= x.

    Source:
        docs/numerics.md, 5.9.
    """
    s = torch.sqrt(x).abs() * (1 + 2.0**-50)
    inside = (x >= 2.0**-900) & (x <= 2.0**1000) & ((s * s) * (1 - 4 * UNIT) >= x)
    nothing = torch.full_like(x, inf)  # torch.where of two numbers would be float32
    outside = torch.where(x < 2.0**-900, 2.0**-450, torch.where((x > 2.0**1000) & (x < inf), 2.0**512, nothing))
    return torch.where(x == 0, 0.0, torch.where(inside, s, outside))


def _or_inf(x: Tensor) -> Tensor:
    """Return *x* with inf for NaN: an upper bound that could not be computed."""
    return torch.nan_to_num(x, nan=inf, posinf=inf, neginf=-inf)


def _plus(a: Tensor, b: Tensor) -> Tensor:
    """Return an upper bound of a + b; a itself where b = 0."""
    return _or_inf(torch.where(b == 0, a, next_up(a + b)))


# ---------------------------------------------------------------------------------- scaling by powers of two


def _is_zero(sizes: Tensor) -> Tensor:
    return (sizes == 0).all(-1).all(-1)


def _scaled(sizes: Tensor) -> tuple[Tensor, Tensor]:
    """
    Return upper bounds of 2^-e sizes, at least 2^-900, with a largest entry in [1/2, 1) or nearby; and e.

    The bound holds for every e; frexp only proposes it.
    """
    top = sizes.amax((-2, -1))
    exponent = torch.frexp(torch.where(torch.isfinite(top) & (top > 0), top, 1.0)).exponent
    exponent = exponent.to(torch.int64).clamp(-1073, 1024)
    return next_up(_shifted(sizes, -exponent) + FLOOR), exponent


def _shifted(x: Tensor, exponent: Tensor) -> Tensor:
    """Return 2^exponent x for matrices x, exactly but for underflow."""
    first, second = _powers(exponent)
    return x * first[..., None, None] * second[..., None, None]


def _unscaled(bound: Tensor, exponent: Tensor, sizes: Tensor) -> Tensor:
    """Return an upper bound of 2^exponent bound; 0 where all *sizes* are, inf for NaN."""
    first, second = _powers(exponent)
    return _or_inf(torch.where(_is_zero(sizes), 0.0, next_up(bound.clamp_min(0.25) * first * second)))


def _powers(exponent: Tensor) -> tuple[Tensor, Tensor]:
    """Return two powers of two with the product 2^exponent, |exponent| <= 1100, made of their bits."""
    half = exponent >> 1
    return power_of_two(half), power_of_two(exponent - half)


# ---------------------------------------------------------------------------------- proposals, and what they are worth


def _normalised(v: Tensor) -> Tensor:
    """Return a column with the largest entry 1 and none below 2^-40; ones where it is not finite."""
    v = (v / v.amax((-2, -1), keepdim=True)).clamp(2.0**-40, 1.0)
    return torch.where(torch.isfinite(v), v, 1.0)


def _eigenvectors(symmetric: Tensor) -> Tensor:
    """Propose eigenvectors; the identity where none were found."""
    safe = torch.where(torch.isfinite(symmetric), symmetric, 0.0)
    try:
        return torch.linalg.eigh(safe).eigenvectors
    except torch.linalg.LinAlgError:  # pyright: ignore[reportPrivateImportUsage] (documented, not exported)
        return torch.eye(safe.shape[-1], dtype=torch.float64, device=safe.device).expand(safe.shape)


def _defect(v: Tensor) -> Tensor:
    """Bound |I - V^T V|_inf."""
    identity = torch.eye(v.shape[-1], dtype=torch.float64, device=v.device)
    product = matmul_points(v.mT, v)
    rest = product.mid - identity
    return sup_norm(Ball.around(rest, (product.rad + rest.abs() * (4 * UNIT)) * _GROW))


def _inverse_of_rest(defect: Tensor) -> Tensor:
    """Return an upper bound of 1 / (1 - defect); inf unless defect < 1."""
    rest = (1 - defect) * (1 - 4 * UNIT)
    return torch.where((defect < 1) & (rest > 0), next_up(1 / rest), inf)


def _ritz_estimate(gram: Tensor, steps: int) -> Tensor:
    """Propose the largest eigenvalue of a positive semidefinite matrix, from below: that of a Krylov space."""
    size = gram.shape[-1]
    gram = torch.where(torch.isfinite(gram), gram, 0.0)
    v = torch.cos(torch.arange(size, dtype=torch.float64, device=gram.device)).unsqueeze(-1).expand(*gram.shape[:-1], 1)
    basis = gram.new_zeros(*gram.shape[:-1], min(steps, size))
    for step in range(basis.shape[-1]):
        # A rest below this is noise: the space is full.
        least = torch.linalg.vector_norm(v, dim=-2, keepdim=True) * 2.0**-40
        for _ in range(2):
            v = v - basis[..., :step] @ (basis[..., :step].mT @ v)
        length = torch.linalg.vector_norm(v, dim=-2, keepdim=True)
        v = torch.where(length > least, v / length, 0.0)
        basis[..., step : step + 1] = v
        v = gram @ v
    small = basis.mT @ (gram @ basis)
    return torch.linalg.eigvalsh(small).amax(-1)


def _row_errors(left: Tensor) -> Tensor:
    """Bound the row sums of |fl(M M^T) - M M^T|, M being *left*: g_n |M| (|M|^T 1), by two products with vectors."""
    rows, columns = left.shape[-2:]
    once = left.abs().sum(-2).unsqueeze(-1) * (1 + 2 * gamma(rows + 4))
    twice = (left.abs() @ once) * (1 + 2 * gamma(columns + 4)) + FLOOR
    return (twice * (gamma(columns) * _GROW) + FLOOR).squeeze(-1)


def _by_cholesky(gram: Tensor, rounding: Tensor, shift: Tensor) -> tuple[Tensor, Tensor]:
    """
    Return an upper bound of the largest eigenvalue of A^T A; and where a factor was found.

    Args:
        gram: fl(A^T A).
        rounding: upper bounds of the row sums of its error.
    """
    identity = torch.eye(gram.shape[-1], dtype=torch.float64, device=gram.device)
    moved = shift[..., None, None] * identity - gram
    lower, info = torch.linalg.cholesky_ex(moved)
    if not bool((info == 0).any()):
        return torch.full_like(shift, inf), info == 0
    rest = _sum((moved - lower @ lower.mT).abs())
    diagonal = moved.diagonal(dim1=-2, dim2=-1).abs() * (4 * UNIT)
    rows = (rest + diagonal + rounding + _row_errors(lower)) * _GROW
    return next_up(shift + _or_inf(rows).amax(-1)), info == 0


def _plus_radii(bound: Tensor, matrices: Ball) -> Tensor:
    """Return an upper bound of *bound* plus the 2-norm of the radii; *bound* itself where there are none."""
    if not bool(matrices.rad.any()):
        return bound
    return _plus(bound, perron_norm(Ball(mid=torch.zeros_like(matrices.mid), rad=matrices.rad)))


def _require_square(matrices: Ball) -> None:
    if matrices.mid.dim() < 2 or matrices.shape[-1] != matrices.shape[-2]:
        raise MisuseError(f"a square matrix is needed; got a shape of {tuple(matrices.shape)}")
