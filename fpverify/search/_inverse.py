"""An approximate inverse of I - A, for witnesses."""

from fractions import Fraction

from flint import fmpq, fmpq_mat

from fpverify.kernel.box import Box
from fpverify.kernel.exact import text

_IN, _OUT = 2**20, 10**6


def near_inverse(slopes: Box) -> list[list[str]]:
    """Return a short rational matrix near to the inverse of I - mid A; I itself if that is singular."""
    size = slopes.shape[0]
    middle = [(low + high) / 2 for low, high in zip(slopes.lower(), slopes.upper(), strict=True)]
    entries = [fmpq(round((int(i // size == i % size) - m) * _IN), _IN) for i, m in enumerate(middle)]
    try:
        inverse = fmpq_mat(size, size, entries).inv()
    except ZeroDivisionError:
        inverse = fmpq_mat(size, size, [fmpq(int(i // size == i % size)) for i in range(size * size)])
    rounded = [Fraction(round(Fraction(int(e.p), int(e.q)) * _OUT), _OUT) for e in inverse.entries()]
    return [[text(entry) for entry in rounded[i * size : (i + 1) * size]] for i in range(size)]
