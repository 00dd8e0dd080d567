"""
Matrices in integers: all A with |A - M| <= R entry by entry, M and R being integers over 2^60.

Products are those of python-flint's integer matrices, which do not round; the result is rounded to 2^-60, and R grows by
what that may move. Entries near 1 then fit in one machine word, which makes these products the fastest exact ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from flint import fmpz_mat

from fpverify.kernel.errors import FormatError

BITS = 60


@dataclass(frozen=True, slots=True)
class Matrices:
    """
    The set of all matrices A with |2^60 A - middle| <= radius, entry by entry.

    Fields:
        middle, radius: of equal shapes; radius >= 0.
    """

    middle: fmpz_mat
    radius: fmpz_mat

    @classmethod
    def between(cls, low: Sequence[Fraction], high: Sequence[Fraction], columns: int) -> Self:
        """Return the matrices between *low* and *high*, in row-major order; ends are rounded outward."""
        rows, ends = len(low) // columns, list(zip(map(_floor, low), map(_ceil, high), strict=True))
        middle = [(a + b) >> 1 for a, b in ends]
        radius = [b - m for (_, b), m in zip(ends, middle, strict=True)]
        return cls(fmpz_mat(rows, columns, middle), fmpz_mat(rows, columns, radius))

    @classmethod
    def diagonal(cls, low: Sequence[Fraction], high: Sequence[Fraction]) -> Self:
        """Return the diagonal matrices whose entries lie between *low* and *high*."""
        column, size = cls.between(low, high, 1), len(low)
        return cls(_diagonal(column.middle, size), _diagonal(column.radius, size))

    @property
    def size(self) -> int:
        return int(self.middle.nrows())

    def __add__(self, other: "Matrices") -> "Matrices":
        return Matrices(self.middle + other.middle, self.radius + other.radius)

    def __sub__(self, other: "Matrices") -> "Matrices":
        return Matrices(self.middle - other.middle, self.radius + other.radius)

    def __mul__(self, other: "Matrices") -> "Matrices":
        """A B - M N = M (B - N) + (A - M) B, and |B| <= |N| + S; then M N is rounded down by less than 1."""
        spread = absolute(self.middle) * other.radius + self.radius * (absolute(other.middle) + other.radius)
        middle = (self.middle * other.middle).entries()
        radius = [-(-int(entry) >> BITS) + 1 for entry in spread.entries()]
        shape = self.middle.nrows(), other.middle.ncols()
        return Matrices(fmpz_mat(*shape, [int(entry) >> BITS for entry in middle]), fmpz_mat(*shape, radius))

    def transpose(self) -> "Matrices":
        return Matrices(self.middle.transpose(), self.radius.transpose())

    def placed(self, block: tuple[int, int], sizes: Sequence[int]) -> "Matrices":
        """Return the matrices of blocks of the given *sizes* with this one in the given place, and zeros elsewhere."""
        return Matrices(_placed(self.middle, *block, sizes), _placed(self.radius, *block, sizes))

    def magnitude(self) -> fmpz_mat:
        """Return |middle| + radius, a bound of 2^60 |A|."""
        return absolute(self.middle) + self.radius


def is_definite(symmetric: Matrices, factor: fmpz_mat) -> bool:
    """
    Decide whether each symmetric matrix of the set is certainly positive definite, by a *factor* 2^30 C.

    H = C' C + E, and C' C is positive semidefinite, whatever C is. E is symmetric and, as is decided here in integers,
    strictly diagonally dominant with a positive diagonal, hence positive definite (Gershgorin): so is H.
    """
    rest, radius = symmetric.middle - factor.transpose() * factor, symmetric.radius
    ones = fmpz_mat(symmetric.size, 1, [1] * symmetric.size)
    sizes = ((absolute(rest) + radius) * ones).entries()
    return all(rest[i, i] > radius[i, i] and 2 * rest[i, i] > size for i, size in enumerate(sizes))


def upper_triangle(text: object, size: int) -> fmpz_mat:
    """
    Read an upper triangular matrix: its rows from the diagonal on, in integers that single spaces separate.

    Raises:
        FormatError: for another number of words, or one that is no integer.
    """
    words = text.split(" ") if isinstance(text, str) else []
    if len(words) != size * (size + 1) // 2:
        raise FormatError(f"a triangular matrix of size {size} has {size * (size + 1) // 2} entries, not {len(words)}")
    entries, at = [], 0
    for i in range(size):
        entries += [0] * i + [_integer(word) for word in words[at : at + size - i]]
        at += size - i
    return fmpz_mat(size, size, entries)


def _integer(word: str) -> int:
    if not (word.removeprefix("-").isascii() and word.removeprefix("-").isdigit()) or len(word) > 40:
        raise FormatError(f"an entry of a triangular matrix is an integer of at most 40 characters; got {word:.50}")
    return int(word)


def absolute(matrix: fmpz_mat) -> fmpz_mat:
    """Return |matrix|, entry by entry."""
    return fmpz_mat(matrix.nrows(), matrix.ncols(), [abs(entry) for entry in matrix.entries()])


def _diagonal(column: fmpz_mat, size: int) -> fmpz_mat:
    return fmpz_mat(size, size, [column[i, 0] if i == j else 0 for i in range(size) for j in range(size)])


def _placed(matrix: fmpz_mat, row: int, column: int, sizes: Sequence[int]) -> fmpz_mat:
    whole, above, left = fmpz_mat(sum(sizes), sum(sizes)), sum(sizes[:row]), sum(sizes[:column])
    for i, entries in enumerate(matrix.tolist()):
        for j, entry in enumerate(entries):
            whole[above + i, left + j] = entry
    return whole


def _floor(value: Fraction) -> int:
    return (value.numerator << BITS) // value.denominator


def _ceil(value: Fraction) -> int:
    return -((-value.numerator << BITS) // value.denominator)
