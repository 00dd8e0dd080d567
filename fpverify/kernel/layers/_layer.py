"""Layer: one step of a straight-line program; LayerKind: how a step is written in a file."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.errors import FpverifyError

Slope = Box | None
"""An enclosure of the slopes of a value with respect to the state, shape (n, d); None for the identity."""


class UnboundedError(FpverifyError, ArithmeticError):
    """A slope is not bounded on the whole space."""


@dataclass(frozen=True, kw_only=True)
class Layer(ABC):
    """
    A step that computes one value from earlier ones; value 0 is the state, value i the result of layer i.

    Fields:
        source: the value that the step reads.
        size: the length of its result.
    """

    source: int
    size: int
    kind: ClassVar[str]

    @abstractmethod
    def enclose(self, values: Sequence[Box], backend: Backend) -> Box:
        """Enclose the result for all arguments in *values* and all parameters in their intervals."""

    @abstractmethod
    def slopes(self, values: Sequence[Box] | None, slopes: Sequence[Slope], backend: Backend) -> Box:
        """
        Enclose all slope matrices of the result with respect to the state.

        A slope matrix of h between x and y is any A with h(x) - h(y) = A (x - y). The enclosure holds one for each
        pair x, y in the convex box from which *values* were computed, and every Jacobian there.

        Args:
            values: enclosures of the earlier values over that box; None for the whole space.
            slopes: enclosures of their slopes.

        Raises:
            UnboundedError: if no finite enclosure exists on the whole space.
        """

    @abstractmethod
    def deviation(self, values: Sequence[Box], deviations: Sequence[Box], backend: Backend) -> Box:
        """
        Bound how far the result moves when each parameter moves from its midpoint anywhere within its interval.

        Args:
            values: enclosures over a box, for all parameters.
            deviations: thin boxes: bounds of how far the earlier values move.
        """

    def shifted(self, shift: Fraction) -> Fraction | None:
        """Return s with layer(x + shift) = layer(x) + s for every real x, or None if no such constant is known."""
        return None

    @abstractmethod
    def nominal(self) -> "Layer":
        """Return the layer with each parameter at the midpoint of its interval."""

    @abstractmethod
    def to_data(self) -> dict[str, Any]: ...


@dataclass(frozen=True, kw_only=True)
class LayerKind:
    """
    Fields:
        name: the key under which the layer is written.
        read: (body, sizes of the values so far, folder of sidecars, index of the value read) -> Layer.
    """

    name: str
    read: Callable[[Any, Sequence[int], Path, int], Layer]


def dense(slope: Slope, size: int, backend: Backend) -> Box:
    """Return the slope as a matrix."""
    if slope is not None:
        return slope
    entries = [Fraction(int(i == j)) for i in range(size) for j in range(size)]
    return Box.point(entries, backend, (size, size))
