"""Box: an array of closed intervals with finite end points; arithmetic by outward rounding; certain predicates only."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Never, Self

from fpverify.kernel.backend import Backend, Ends
from fpverify.kernel.decoration import Decoration, combine
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.fixed import Fixed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Box:
    """
    An array of intervals.

    Fields:
        lo, hi: end points in row-major order, opaque to all but the backend.
        shape: () for one interval, (n,) for a vector, (n, m) for a matrix.
        decoration: what is known of the function from which the box was computed.
        backend: whose primitives made the end points.

    Invariants:
        Every entry is finite with lo <= hi. Never empty. A Box cannot be compared, hashed or used as a condition:
        ask `is_subset_of`, `certainly_less`, and so on.
    """

    lo: Ends
    hi: Ends
    shape: tuple[int, ...]
    backend: Backend
    decoration: Decoration = Decoration.COM

    def __post_init__(self) -> None:
        size = prod(self.shape)
        if self.backend.length(self.lo) != size or self.backend.length(self.hi) != size:
            raise MisuseError(f"a Box of shape {self.shape} needs {size} end points on each side")
        if not all(self.backend.less_equal(self.lo, self.hi)):
            raise MisuseError("a Box needs lo <= hi in every entry")

    @classmethod
    def from_exact(
        cls, lo: Sequence[Fraction], hi: Sequence[Fraction], backend: Backend, shape: tuple[int, ...] | None = None
    ) -> Self:
        """Return the least Box that contains the intervals [lo, hi]; exact where they are representable."""
        low, high = backend.from_exact_down(lo), backend.from_exact_up(hi)
        return cls(lo=low, hi=high, shape=(len(lo),) if shape is None else shape, backend=backend)

    @classmethod
    def point(cls, values: Sequence[Fraction], backend: Backend, shape: tuple[int, ...] | None = None) -> Self:
        """Return a Box around the given point."""
        return cls.from_exact(values, values, backend, shape)

    def _like(self, lo: Ends, hi: Ends, *others: "Box") -> "Box":
        for other in others:
            self._require_same_arithmetic(other)
        weakest = combine(self.decoration, *(other.decoration for other in others))
        return Box(lo=lo, hi=hi, shape=self.shape, backend=self.backend, decoration=weakest)

    # ------------------------------------------------------------------ arithmetic

    def __neg__(self) -> "Box":
        return self._like(self.backend.neg(self.hi), self.backend.neg(self.lo))

    def __add__(self, other: "Box") -> "Box":
        self._require_same_shape(other)
        b = self.backend
        return self._like(b.add_down(self.lo, other.lo), b.add_up(self.hi, other.hi), other)

    def __sub__(self, other: "Box") -> "Box":
        return self + -other

    def __mul__(self, other: "Box") -> "Box":
        """
        Multiply entry by entry, without more than rounding.

        The least product with x is x c or x d, by the sign of x; it is concave in x, so least at an end of x. In the same
        way for the largest.
        """
        self._require_same_shape(other)
        return self._like(*self._products(other.lo, other.hi), other)

    def _products(self, c: Ends, d: Ends) -> tuple[Ends, Ends]:
        b = self.backend
        if isinstance(b, Fixed):
            return b.products(self.lo, self.hi, c, d)
        zero = b.from_exact_up([Fraction(0)] * b.length(c))
        signs = [(x, b.less_equal(zero, x)) for x in (self.lo, self.hi)]
        low = [b.mul_down(x, b.select(positive, c, d)) for x, positive in signs]
        high = [b.mul_up(x, b.select(positive, d, c)) for x, positive in signs]
        return b.minimum(*low), b.maximum(*high)

    def magnitude(self) -> "Box":
        """Return the thin Box of max(|lo|, |hi|), entry by entry: an upper bound of |x| for every x in the box."""
        top = self.backend.maximum(self.hi, self.backend.neg(self.lo))
        return self._like(top, top)

    def widen(self, radius: "Box") -> "Box":
        """Return the box enlarged on both sides by the upper ends of *radius* (non-negative)."""
        b = self.backend
        low = b.add_down(self.lo, b.neg(radius.hi))
        return self._like(low, b.add_up(self.hi, radius.hi), radius)

    def affine_image(self, matrix: "Box") -> "Box":
        """
        Enclose A x for every A in *matrix*, shape (m, n), and x in this box, shape (n,).

        Error:
            Outward: the products of end points and one sum per row; exact up to rounding, since each x_j occurs
            once in each row.
        """
        rows, columns = matrix.shape
        self._require_length(columns)
        matrix._require_same_arithmetic(self)
        b, places = self.backend, list(range(columns)) * rows
        low, high = b.gather(self.lo, places), b.gather(self.hi, places)
        if isinstance(b, Fixed):
            low, high = b.sums_of_products(matrix.lo, matrix.hi, low, high, columns)
        else:
            low, high = matrix._products(low, high)
            low, high = b.sum_down(low, columns), b.sum_up(high, columns)
        weakest = combine(self.decoration, matrix.decoration)
        return Box(lo=low, hi=high, shape=(rows,), backend=b, decoration=weakest)

    def row_sums(self) -> "Box":
        """Return the sums over the last axis; shape (m, n) becomes (m,)."""
        b, width = self.backend, self.shape[-1]
        low, high = b.sum_down(self.lo, width), b.sum_up(self.hi, width)
        return Box(lo=low, hi=high, shape=self.shape[:-1], backend=b, decoration=self.decoration)

    def matrix_product(self, other: "Box") -> "Box":
        """Enclose A B for every A in this box, shape (m, k), and B in *other*, shape (k, n)."""
        columns = other.transpose()
        rows = [columns._scaled_columns(self.row(i)) for i in range(self.shape[0])]
        return Box.stack([row.row_sums() for row in rows])

    def _scaled_columns(self, vector: "Box") -> "Box":
        vector._require_length(self.shape[1])
        return self * vector.gather(list(range(self.shape[1])) * self.shape[0], self.shape)

    def scale_rows(self, factors: "Box") -> "Box":
        """Return diag(factors) A, for this box A of shape (m, n)."""
        rows, columns = self.shape
        factors._require_length(rows)
        b, places = self.backend, [i for i in range(rows) for _ in range(columns)]
        return self._like(*self._products(b.gather(factors.lo, places), b.gather(factors.hi, places)), factors)

    # ------------------------------------------------------------------ structure, without arithmetic

    def gather(self, indices: Sequence[int], shape: tuple[int, ...]) -> "Box":
        b = self.backend
        low, high = b.gather(self.lo, indices), b.gather(self.hi, indices)
        return Box(lo=low, hi=high, shape=shape, backend=b, decoration=self.decoration)

    def row(self, index: int) -> "Box":
        width = self.shape[-1]
        return self.gather(range(index * width, (index + 1) * width), (width,))

    def entry(self, *index: int) -> "Box":
        """Return one entry as a Box of shape ()."""
        flat = index[0] if len(index) == 1 else index[0] * self.shape[1] + index[1]
        return self.gather([flat], ())

    def transpose(self) -> "Box":
        rows, columns = self.shape
        return self.gather([i * columns + j for j in range(columns) for i in range(rows)], (columns, rows))

    @staticmethod
    def stack(rows: Sequence["Box"]) -> "Box":
        """Stack boxes of equal shape along a new first axis."""
        b = rows[0].backend
        return Box(
            lo=b.concatenate([row.lo for row in rows]),
            hi=b.concatenate([row.hi for row in rows]),
            shape=(len(rows), *rows[0].shape),
            backend=b,
            decoration=combine(*(row.decoration for row in rows)),
        )

    def hull(self, other: "Box") -> "Box":
        b = self.backend
        return self._like(b.minimum(self.lo, other.lo), b.maximum(self.hi, other.hi), other)

    def intersection(self, other: "Box") -> "Box | None":
        """Return the common part, or None when some entry has none."""
        b = self.backend
        low, high = b.maximum(self.lo, other.lo), b.minimum(self.hi, other.hi)
        return self._like(low, high, other) if all(b.less_equal(low, high)) else None

    def with_decoration(self, decoration: Decoration) -> "Box":
        return Box(
            lo=self.lo,
            hi=self.hi,
            shape=self.shape,
            backend=self.backend,
            decoration=combine(self.decoration, decoration),
        )

    # ------------------------------------------------------------------ certain predicates and exact values

    def lower(self) -> tuple[Fraction, ...]:
        """Return the exact values of the lower ends."""
        return self.backend.to_exact(self.lo)

    def upper(self) -> tuple[Fraction, ...]:
        return self.backend.to_exact(self.hi)

    def slack_inside(self, lo: Sequence[Fraction], hi: Sequence[Fraction]) -> Fraction:
        """
        Return the least distance, over the entries, of this box from the faces of the exact box [lo, hi].

        Non-negative exactly when this box certainly lies in it; the comparison is between exact rationals, so a
        corner such as 9/10 needs no rounding.
        """
        below = min(mine - theirs for mine, theirs in zip(self.lower(), lo, strict=True))
        above = min(theirs - mine for mine, theirs in zip(self.upper(), hi, strict=True))
        return min(below, above)

    def _require_same_shape(self, other: "Box") -> None:
        if self.shape != other.shape:
            raise MisuseError(f"boxes of shapes {self.shape} and {other.shape} cannot be combined")

    def _require_length(self, length: int) -> None:
        if self.shape != (length,):
            raise MisuseError(f"a vector of length {length} is needed here; got a box of shape {self.shape}")

    def _require_same_arithmetic(self, other: "Box") -> None:
        """Ends of a higher precision would be rounded, also inward, by operations that are exact on a backend's own."""
        mine, theirs = self.backend, other.backend
        if (mine.name, mine.precision) != (theirs.name, theirs.precision):
            raise MisuseError(
                f"boxes of two backends, {mine.name} {mine.precision} and {theirs.name} {theirs.precision}"
            )

    def _refuse(self, *_: object) -> Never:
        raise TypeError("a Box has no truth value, order or equality: use slack_inside, lower() or upper()")

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse  # pyright: ignore[reportAssignmentType]
    __hash__ = None  # pyright: ignore[reportAssignmentType]
