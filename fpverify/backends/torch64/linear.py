"""
Midpoint-radius products of float64 tensors, with error bounds that hold for every order of summation.

No rounding mode is set and no rounding direction is trusted: the proofs need round-to-nearest and gradual underflow,
which `guard` probes, and nothing else of a GEMM than that it multiplies and adds. They stand in docs/numerics.md,
section 4. A result that overflowed, or is not a number, becomes the whole line.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Self

import torch
from torch import Tensor

from fpverify.backends.torch64 import balls, compiled
from fpverify.backends.torch64.balls import FLOOR, TINY
from fpverify.backends.torch64.guard import ensure_sound
from fpverify.backends.torch64.rounding import UNIT, Interval, require_f64
from fpverify.kernel.errors import MisuseError

__all__ = ["FLOOR", "MOST_TERMS", "TINY", "Ball", "Weights", "affine", "gamma", "matmul", "matmul_points"]

MOST_TERMS = 2**26
"""Sums have fewer terms than this; the bound of `gamma` is proved up to here."""


def gamma(terms: int) -> float:
    """
    Return an upper bound of g_(terms + 1), where g_k = k u / (1 - k u); exact in float64.

    Source:
        docs/numerics.md, Lemma 4.2.
    """
    if not 0 <= terms <= MOST_TERMS:
        raise MisuseError(f"a sum of {terms} terms: the error bound is proved for fewer than 2^26")
    return (terms + 2) * UNIT * (1 + 2.0**-20)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ball:
    """
    An array of intervals mid ± rad.

    Fields:
        mid, rad: float64 tensors of one shape.

    Invariants:
        mid is finite and rad >= 0; rad = inf is the whole line, and then mid = 0. `around` and `of_ends` see to this;
        the constructor checks dtype and shape only.
    """

    mid: Tensor
    rad: Tensor

    def __post_init__(self) -> None:
        require_f64(self.mid, self.rad)
        if self.mid.shape != self.rad.shape:
            raise MisuseError(f"midpoints of shape {self.mid.shape} with radii of shape {self.rad.shape}")

    @classmethod
    def around(cls, mid: Tensor, rad: Tensor) -> Self:
        """Return mid ± rad; the whole line wherever mid is not finite or rad is not a finite number >= 0."""
        require_f64(mid, rad)
        return cls._of(balls.around(mid, rad))

    @classmethod
    def point(cls, mid: Tensor) -> Self:
        """Return the balls of radius 0 around *mid*."""
        require_f64(mid)
        return cls.around(mid, torch.zeros_like(mid))

    @classmethod
    def of_ends(cls, lo: Tensor, hi: Tensor) -> Self:
        """
        Enclose the intervals [lo, hi].

        Error:
            Outward: radii grow by 4u relatively, plus 2^-1000. A half line, NaN, or lo > hi gives the whole line.
        """
        require_f64(lo, hi)
        return cls._of(compiled.of_ends(lo, hi))

    @classmethod
    def _of(cls, pair: balls.Pair) -> Self:
        return cls(mid=pair[0], rad=pair[1])

    def ends(self) -> Interval:
        """Return lower and upper ends; one rounding outward each, NaN to the infinity on its side."""
        return compiled.ends(self.mid, self.rad)

    @property
    def shape(self) -> torch.Size:
        return self.mid.shape

    @property
    def transposed(self) -> "Ball":
        """The last two axes exchanged."""
        return Ball(mid=self.mid.mT, rad=self.rad.mT)

    def reshape(self, *shape: int) -> "Ball":
        return Ball(mid=self.mid.reshape(shape), rad=self.rad.reshape(shape))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """
    Every matrix W' with |W' - mid| <= relative |mid| + step + rad, entry by entry.

    Fields:
        mid: shape (p, n); dense, or sparse in CSR layout (then `relative` and `rad` reach the stored entries only).
        magnitude: |mid|, in the same layout.
        relative, step: non-negative numbers; `step` reaches every entry, stored or not.
        rad: None, or a tensor of non-negative radii; costs a third product.
        terms: the largest number of products in one entry of W' x.
    """

    mid: Tensor
    magnitude: Tensor
    relative: float
    step: float
    rad: Tensor | None
    terms: int

    @classmethod
    def of(cls, mid: Tensor, *, relative: float = 0.0, step: float = 0.0, rad: Tensor | None = None) -> Self:
        """
        Return the weights around *mid*.

        Raises:
            DtypeError: for tensors that are not float64.
            MisuseError: for another layout or shape, or an error that is negative or not finite.
        """
        for tensor in (mid,) if rad is None else (mid, rad):
            require_f64(tensor)
            if tensor.dim() != 2 or tensor.shape != mid.shape:
                raise MisuseError(f"weights and their radii are matrices of one shape; got {mid.shape}, {tensor.shape}")
        if not (0 <= relative and isfinite(relative) and 0 <= step and isfinite(step)):
            raise MisuseError(f"errors of weights are finite and not negative; got {relative!r} and {step!r}")
        terms = max(_terms(tensor) for tensor in ((mid,) if rad is None else (mid, rad)))
        gamma(max(terms + 1, mid.shape[1]))  # refuses too many
        radii = None if rad is None else _absolute(rad)
        return cls(mid=mid, magnitude=_absolute(mid), relative=relative, step=step, rad=radii, terms=terms)


def _terms(matrix: Tensor) -> int:
    """Return the most entries of one row; those of a CSR matrix count as often as they are stored."""
    if matrix.layout == torch.strided:
        return matrix.shape[1]
    if matrix.layout == torch.sparse_csr:
        return int(matrix.crow_indices().diff().max()) if matrix.shape[0] else 0
    raise MisuseError(f"a matrix is dense or in CSR layout; got {matrix.layout}: write W.to_sparse_csr()")


def _absolute(matrix: Tensor) -> Tensor:
    return matrix.abs()


def affine(weights: Weights, x: Ball, bias: Ball | None = None) -> Ball:
    """
    Enclose W' x' + b' for every W' in *weights*, x' in *x* and b' in *bias*.

    Two products, or three if the weights have radii. For a point W without bias error this is the exact range up to
    rounding, as each x_j occurs once in each row.

    Args:
        weights: shape (p, n).
        x: shape (..., n): a batch of vectors.
        bias: shape (p,), or None for 0.

    Returns:
        A Ball of shape (..., p); the whole line where something overflowed or was not finite.

    Error:
        Outward; at most about 4 g_(n+2) (|W| |x| + |b|) + 2^-900 beyond the exact radius.

    Source:
        docs/numerics.md, Theorem 4.4.
    """
    ensure_sound(x.mid.device)
    if x.shape[-1] != weights.mid.shape[1]:
        raise MisuseError(f"weights of shape {tuple(weights.mid.shape)} cannot read vectors of length {x.shape[-1]}")
    g, relative = gamma(weights.terms + 1), weights.relative
    mid = _times(weights.mid, x.mid, None if bias is None else bias.mid)
    by_rad = 1.0 if relative == 0 else _above(1 + relative)
    rad = _times(weights.magnitude, compiled.factor(x.mid, x.rad, _above(g + relative), by_rad))
    if weights.rad is not None or weights.step != 0:
        size = compiled.factor(x.mid, x.rad, 1.0, 1.0)
        if weights.rad is not None:
            rad += _times(weights.rad, size)
        if weights.step != 0:
            rad += (size.sum(-1, keepdim=True) + 2.0**-960) * weights.step
    offset = _zeros(rad) if bias is None else bias.mid.abs() * g + bias.rad
    # Sums along the last axis of `size` have n terms, also where W stores fewer.
    widest = gamma(max(weights.terms, weights.mid.shape[1] if weights.step else 0) + 1)
    return Ball._of(compiled.settle(mid, rad, offset, _above(1 + 4 * widest)))


def _times(matrix: Tensor, vectors: Tensor, offset: Tensor | None = None) -> Tensor:
    """Return fl(W x + b) for a batch of vectors along the last axis."""
    flat = vectors.reshape(-1, vectors.shape[-1])
    if matrix.layout != torch.strided:
        result = (matrix @ flat.T).T
        result = result if offset is None else result + offset
    elif offset is None:
        result = flat @ matrix.T
    else:
        result = torch.addmm(offset, flat, matrix.T)
    return result.reshape(*vectors.shape[:-1], matrix.shape[0])


def _above(value: float) -> float:
    """Return a float above the positive real number that Python rounded, once, to *value*."""
    return value * (1 + 4 * UNIT)


def matmul(a: Ball, b: Ball) -> Ball:
    """
    Enclose A B for every A in *a* and B in *b*: three products.

    Args:
        a, b: shapes (..., m, n) and (..., n, p); leading axes are broadcast.

    Error:
        Outward. Exact products of balls have at most 1.5 times the least radius; rounding adds about
        g_(n+2) |A| |B| + 2^-900.

    Source:
        docs/numerics.md, Theorem 4.5; S. M. Rump, Fast and parallel interval arithmetic, BIT 39 (1999), for the factor.
    """
    g = gamma(_inner(a.mid, b.mid) + 1)
    rad = a.mid.abs() @ compiled.factor(b.mid, b.rad, g, 1.0)
    size = compiled.factor(b.mid, b.rad, 1.0, 1.0)
    if a.rad.dim() == size.dim() == 2:
        rad.addmm_(a.rad, size)  # the second sum continues the first
    else:
        rad += a.rad @ size
    return Ball._of(compiled.settle(a.mid @ b.mid, rad, _zeros(rad), _above(1 + 8 * g)))


def matmul_points(a: Tensor, b: Tensor) -> Ball:
    """
    Enclose the product of two real matrices: two products.

    Error:
        Outward; the radius is about g_(n+2) |A| |B| + 2^-900.

    Source:
        docs/numerics.md, Theorem 4.4 with r = 0, column by column.
    """
    g = gamma(_inner(a, b) + 1)
    rad = a.abs() @ b.abs().mul_(g).add_(TINY)
    return Ball._of(compiled.settle(a @ b, rad, _zeros(rad), _above(1 + 4 * g)))


def _zeros(like: Tensor) -> Tensor:
    """Return zeros along the last axis."""
    return torch.zeros(like.shape[-1], dtype=like.dtype, device=like.device)


def _inner(a: Tensor, b: Tensor) -> int:
    require_f64(a, b)
    if a.dim() < 2 or b.dim() < 2 or a.shape[-1] != b.shape[-2]:
        raise MisuseError(f"matrices of shapes {tuple(a.shape)} and {tuple(b.shape)} have no product")
    ensure_sound(a.device)
    return a.shape[-1]
