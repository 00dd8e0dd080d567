"""Affine layer: x -> W x + b, with weights and biases that are numbers or intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import text
from fpverify.kernel.layers._layer import Layer, LayerKind, Slope
from fpverify.kernel.matrix import Tensor


@dataclass(frozen=True, kw_only=True)
class Affine(Layer):
    """
    Fields:
        weight: shape (m, n).
        bias: shape (m,).
    """

    kind: ClassVar[str] = "affine"
    weight: Tensor
    bias: Tensor

    def enclose(self, values: Sequence[Box], backend: Backend) -> Box:
        return values[self.source].affine_image(self.weight.box(backend)) + self.bias.box(backend)

    def slopes(self, values: Sequence[Box] | None, slopes: Sequence[Slope], backend: Backend) -> Box:
        slope, weight = slopes[self.source], self.weight.box(backend)
        return weight if slope is None else weight.matrix_product(slope)

    def deviation(self, values: Sequence[Box], deviations: Sequence[Box], backend: Backend) -> Box:
        """(W + dW) x' + b + db - (W x + b) = W (x' - x) + dW x' + db, with W the midpoint and |dW|, |db| the radii."""
        middle = Box.point(self.weight.midpoint(), backend, self.weight.shape).magnitude()
        spread = Box.point(self.weight.radius(), backend, self.weight.shape)
        offset = Box.point(self.bias.radius(), backend)
        moved = deviations[self.source].affine_image(middle)
        total = moved + values[self.source].magnitude().affine_image(spread) + offset
        return total.magnitude()

    def shifted(self, shift: Fraction) -> Fraction | None:
        return self.weight.lo[0] * shift if self.weight.is_point and self.weight.shape == (1, 1) else None

    def nominal(self) -> "Affine":
        return replace(self, weight=_middle(self.weight), bias=_middle(self.bias))

    def to_data(self) -> dict[str, Any]:
        return {"affine": {"weight": self.weight.data, "bias": self.bias.data}, "from": self.source}


def _middle(tensor: Tensor) -> Tensor:
    if tensor.is_point:
        return tensor
    middle = [text(value) for value in tensor.midpoint()]
    if len(tensor.shape) == 1:
        return Tensor.vector(middle, Path())
    width = tensor.shape[1]
    return Tensor.matrix([middle[i : i + width] for i in range(0, len(middle), width)], Path())


def _read(body: Any, sizes: Sequence[int], folder: Path, source: int) -> Affine:
    if not isinstance(body, dict) or set(body) != {"weight", "bias"}:
        raise FormatError("an affine layer is {weight: ..., bias: ...}")
    weight, bias = Tensor.matrix(body["weight"], folder), Tensor.vector(body["bias"], folder)
    if weight.shape[1] != sizes[source] or bias.shape[0] != weight.shape[0]:
        raise FormatError(
            f"an affine layer with weight of shape {weight.shape} and bias of length {bias.shape[0]} "
            f"cannot read a value of length {sizes[source]}"
        )
    return Affine(source=source, size=weight.shape[0], weight=weight, bias=bias)


LAYER = LayerKind(name="affine", read=_read)
