"""Weighted norms of R^d, and rigorous bounds of the operator norms that they induce."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from fpverify.kernel.box import Box
from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import exact, exact_vector, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm(ABC):
    """
    A norm of R^d with positive weights.

    Fields:
        weights: one positive rational per coordinate.
    """

    weights: tuple[Fraction, ...]
    kind: ClassVar[str]
    words: ClassVar[str]

    def __post_init__(self) -> None:
        if not self.weights or any(weight <= 0 for weight in self.weights):
            raise FormatError(f"norm weights must be positive, one per coordinate; got {[*map(text, self.weights)]}")

    @property
    def dimension(self) -> int:
        return len(self.weights)

    @property
    def is_unweighted(self) -> bool:
        return all(weight == 1 for weight in self.weights)

    @abstractmethod
    def operator_slack(self, matrices: Box, bound: Fraction) -> Fraction | None:
        """
        Show that every matrix in *matrices*, shape (d, d), has operator norm at most *bound*.

        Returns:
            A certified non-negative lower bound of `bound - norm` (0 where only the inequality is certified), or
            None when the inequality could not be certified.

        Error:
            Outward: None may be returned for a true inequality, never a number for a false one.
        """

    @abstractmethod
    def vector_at_most(self, magnitudes: Sequence[Fraction], bound: Fraction) -> bool:
        """Decide exactly whether every vector with |x_j| <= magnitudes_j has norm at most *bound*."""

    @abstractmethod
    def reach(self, radius: Fraction) -> tuple[Fraction, ...]:
        """Return, for each coordinate, the largest |x_j| in the ball of the given *radius* around 0."""

    def to_data(self) -> dict[str, Any]:
        return {"kind": self.kind, "weights": [text(weight) for weight in self.weights]}

    def __str__(self) -> str:
        if self.is_unweighted:
            return self.words
        return f"{self.words} with weights ({', '.join(text(weight) for weight in self.weights)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupNorm(Norm):
    """`max_j |x_j| / w_j`: its unit ball is the box with half-widths w_j. Operator norm `max_i sum_j |a_ij| w_j / w_i`."""

    kind: ClassVar[str] = "sup"
    words: ClassVar[str] = "sup norm"

    def operator_slack(self, matrices: Box, bound: Fraction) -> Fraction | None:
        return _row_slack(matrices.magnitude(), self.weights, bound)

    def vector_at_most(self, magnitudes: Sequence[Fraction], bound: Fraction) -> bool:
        return all(size <= bound * weight for size, weight in zip(magnitudes, self.weights, strict=True))

    def reach(self, radius: Fraction) -> tuple[Fraction, ...]:
        return tuple(radius * weight for weight in self.weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneNorm(Norm):
    """`sum_j w_j |x_j|`. Operator norm `max_j sum_i w_i |a_ij| / w_j`."""

    kind: ClassVar[str] = "one"
    words: ClassVar[str] = "1-norm"

    def operator_slack(self, matrices: Box, bound: Fraction) -> Fraction | None:
        return _row_slack(matrices.magnitude().transpose(), self.weights, bound)

    def vector_at_most(self, magnitudes: Sequence[Fraction], bound: Fraction) -> bool:
        return sum(size * weight for size, weight in zip(magnitudes, self.weights, strict=True)) <= bound

    def reach(self, radius: Fraction) -> tuple[Fraction, ...]:
        return tuple(radius / weight for weight in self.weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoNorm(Norm):
    """`sqrt(sum_j (x_j / w_j)^2)`. Operator norm: the largest singular value of `diag(1/w) A diag(w)`."""

    kind: ClassVar[str] = "two"
    words: ClassVar[str] = "2-norm"

    def operator_slack(self, matrices: Box, bound: Fraction) -> Fraction | None:
        """
        Show that |B| <= bound in the 2-norm for every B = diag(1/w) A diag(w), A in *matrices*.

        First by |B|_2^2 <= |B|_1 |B|_oo. Else by showing that `bound^2 I - B^T B` is positive definite, by interval
        LDL^T: if elimination in interval arithmetic meets certainly positive pivots only, then the elimination of each
        symmetric matrix in the enclosure meets positive pivots, and it is positive definite.
        """
        if bound < 0:
            return None
        scaled = self._scaled(matrices)
        sizes = scaled.magnitude()
        if max(sizes.row_sums().upper()) * max(sizes.transpose().row_sums().upper()) <= bound * bound:
            return Fraction(0)
        gram = scaled.transpose().matrix_product(scaled)
        return Fraction(0) if _positive_definite(_diagonal(bound * bound, gram) - gram) else None

    def _scaled(self, matrices: Box) -> Box:
        ratios = [column / row for row in self.weights for column in self.weights]
        return matrices * Box.point(ratios, matrices.backend, matrices.shape)

    def vector_at_most(self, magnitudes: Sequence[Fraction], bound: Fraction) -> bool:
        squares = sum((size / weight) ** 2 for size, weight in zip(magnitudes, self.weights, strict=True))
        return bound >= 0 and squares <= bound * bound

    def reach(self, radius: Fraction) -> tuple[Fraction, ...]:
        return tuple(radius * weight for weight in self.weights)


_KINDS: Mapping[str, type[Norm]] = {norm.kind: norm for norm in (SupNorm, OneNorm, TwoNorm)}


def norm_from_data(data: object, dimension: int) -> Norm:
    """
    Read a norm: {"kind": "sup" | "one" | "two", "weights": [...]}.

    Raises:
        FormatError: for another shape, an unknown kind or a wrong number of weights.
    """
    if not isinstance(data, dict) or set(data) != {"kind", "weights"} or data["kind"] not in list(_KINDS):
        raise FormatError(f"a norm is {{kind: one of {', '.join(_KINDS)}, weights: [...]}}; got {data!r:.120}")
    norm = _KINDS[data["kind"]](weights=exact_vector(data["weights"]))
    if norm.dimension != dimension:
        raise FormatError(f"the norm has {norm.dimension} weights, the state has {dimension} coordinates")
    return norm


def unweighted(kind: type[Norm], dimension: int) -> Norm:
    """Return the norm of the given kind with all weights 1."""
    return kind(weights=(exact(1),) * dimension)


def _row_slack(magnitudes: Box, weights: Sequence[Fraction], bound: Fraction) -> Fraction | None:
    """Return min_i (bound - sum_j m_ij w_j / w_i) rounded down, or None if it may be negative."""
    weighted = Box.point(weights, magnitudes.backend).affine_image(magnitudes)
    slack = min(bound - top / weight for top, weight in zip(weighted.upper(), weights, strict=True))
    return slack if slack >= 0 else None


def _diagonal(value: Fraction, like: Box) -> Box:
    size = like.shape[0]
    entries = [value if i == j else Fraction(0) for i in range(size) for j in range(size)]
    return Box.point(entries, like.backend, like.shape)


def _positive_definite(symmetric: Box) -> bool:
    """Run LDL^T on an interval matrix, as Schur complements; True only if every pivot is certainly positive."""
    remaining = symmetric
    while True:
        pivot, size = remaining.entry(0, 0), remaining.shape[0]
        if not pivot.lower()[0] > 0:
            return False
        if size == 1:
            return True
        remaining = _schur_complement(remaining, pivot)


def _schur_complement(matrix: Box, pivot: Box) -> Box:
    """Return `A_22 - a a^T / p`, where a is the first column below the pivot p > 0."""
    size, backend = matrix.shape[0], matrix.backend
    inner = [i * size + j for i in range(1, size) for j in range(1, size)]
    column = matrix.gather([i * size for i in range(1, size)], (size - 1,))
    outer = Box.stack([column.entry(i) * column.entry(j) for i in range(size - 1) for j in range(size - 1)])
    one = Box.point([Fraction(1)], backend, ())
    inverse = Box(
        lo=backend.neg(backend.div_up(backend.neg(one.lo), pivot.hi)),
        hi=backend.div_up(one.hi, pivot.lo),
        shape=(),
        backend=backend,
    )
    correction = outer * inverse.gather([0] * len(inner), outer.shape)
    return matrix.gather(inner, (size - 1, size - 1)) - correction.gather(range(len(inner)), (size - 1, size - 1))
