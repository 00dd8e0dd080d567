"""The directed primitives of which every enclosure is made, and their contract."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Protocol

Ends = Any
"""A flat array of end points, opaque to all but the backend that made it."""

Formula = Callable[[Any, Any], Any]
"""`formula(x, ops)`: a real function of a real point, written in the vocabulary of `Ops`."""


class Backend(Protocol):
    """
    Arithmetic on flat arrays of finite end points.

    Every `_up` result is at least the true value, every `_down` result at most; where a result would not be finite
    the primitive raises NotFiniteError. Index arrays are sequences of ints.
    """

    name: str
    precision: int
    """Working precision in bits; 0 when the arithmetic is exact."""

    def from_exact_up(self, values: Sequence[Fraction]) -> Ends:
        """Return the end points at or above *values*; equal to them where they are representable."""
        ...

    def from_exact_down(self, values: Sequence[Fraction]) -> Ends: ...

    def to_exact(self, ends: Ends) -> tuple[Fraction, ...]:
        """Return the exact values of *ends*; no rounding."""
        ...

    def neg(self, a: Ends) -> Ends:
        """Return -a, exactly."""
        ...

    def add_up(self, a: Ends, b: Ends) -> Ends: ...
    def add_down(self, a: Ends, b: Ends) -> Ends: ...
    def mul_up(self, a: Ends, b: Ends) -> Ends: ...
    def mul_down(self, a: Ends, b: Ends) -> Ends: ...

    def div_up(self, a: Ends, b: Ends) -> Ends:
        """Return upper bounds of a / b; every entry of *b* is positive."""
        ...

    def sum_up(self, a: Ends, group: int) -> Ends:
        """Return upper bounds of the sums of consecutive groups of *group* entries."""
        ...

    def sum_down(self, a: Ends, group: int) -> Ends: ...

    def maximum(self, a: Ends, b: Ends) -> Ends:
        """Return the larger entries, exactly."""
        ...

    def minimum(self, a: Ends, b: Ends) -> Ends: ...

    def less_equal(self, a: Ends, b: Ends) -> Sequence[bool]:
        """Return where a <= b certainly holds; end points are exact, so this is decided."""
        ...

    def floor(self, a: Ends) -> Ends:
        """Return the largest integers not above *a*, exactly."""
        ...

    def select(self, mask: Sequence[bool], a: Ends, b: Ends) -> Ends:
        """Return entries of *a* where *mask* holds and of *b* elsewhere."""
        ...

    def at_points(self, formula: Formula, a: Ends) -> tuple[Ends, Ends]:
        """Enclose `formula` at each of the points *a*: lower and upper ends."""
        ...

    def gather(self, a: Ends, indices: Sequence[int]) -> Ends:
        """Return the entries of *a* at *indices*, which may repeat."""
        ...

    def concatenate(self, parts: Sequence[Ends]) -> Ends: ...

    def length(self, a: Ends) -> int: ...
