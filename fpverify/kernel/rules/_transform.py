"""x - f(x) multiplied by a matrix of the witness, at a point and as slopes."""

from collections.abc import Sequence
from fractions import Fraction

from flint import fmpq, fmpq_mat

from fpverify.kernel.box import Box
from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import exact_vector
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation

Rows = tuple[tuple[Fraction, ...], ...]


def transform_of(obligation: Obligation) -> Rows:
    """Return the square matrix Y of the witness."""
    size = obligation.network.state_size
    rows = tuple(exact_vector(row) for row in obligation.items("transform"))
    if [len(row) for row in rows] != [size] * size:
        raise FormatError(f"transform is a matrix with {size} rows of {size} numbers")
    return rows


def orientation(rows: Rows) -> int:
    """Return sign det Y, exactly."""
    determinant = fmpq_mat([[fmpq(entry.numerator, entry.denominator) for entry in row] for row in rows]).det()
    return int(determinant > 0) - int(determinant < 0)


def matrix(rows: Rows, like: Box) -> Box:
    """Return Y as a Box of the arithmetic of another."""
    return Box.point([entry for row in rows for entry in row], like.backend, (len(rows), len(rows)))


def defect(
    network: Network, box: Box, low: Sequence[Fraction], high: Sequence[Fraction], rows: Rows
) -> tuple[Box, Box]:
    """
    Enclose Y (c - f(c)), and Y (I - A) for the slopes A of f on a box.

    Args:
        box: an enclosure of the exact box [low, high], whose midpoint is c.
        rows: Y.
    """
    centre = Box.point([(a + b) / 2 for a, b in zip(low, high, strict=True)], box.backend)
    transform, size = matrix(rows, box), len(low)
    unit = Box.point([Fraction(int(i == j)) for i in range(size) for j in range(size)], box.backend, (size, size))
    slopes = unit - network.slopes(box)
    return (centre - network.enclose(centre)).affine_image(transform), transform.matrix_product(slopes)
