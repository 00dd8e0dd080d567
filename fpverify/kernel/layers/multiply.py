"""Elementwise product: the value read times an earlier value of the same length."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.layers._layer import Layer, LayerKind, Slope, UnboundedError, dense
from fpverify.kernel.layers._pair import read_other


@dataclass(frozen=True, kw_only=True)
class Multiply(Layer):
    """
    Fields:
        other: the earlier value that is multiplied.
    """

    kind: ClassVar[str] = "multiply"
    other: int

    def enclose(self, values: Sequence[Box], backend: Backend) -> Box:
        return values[self.source] * values[self.other]

    def slopes(self, values: Sequence[Box] | None, slopes: Sequence[Slope], backend: Backend) -> Box:
        """u v - u' v' = u (v - v') + v' (u - u'), with u and v' in their enclosures."""
        if values is None:
            raise UnboundedError("a product of two values has no bounded slope on the whole space")
        mine = dense(slopes[self.source], self.size, backend).scale_rows(values[self.other])
        return mine + dense(slopes[self.other], self.size, backend).scale_rows(values[self.source])

    def deviation(self, values: Sequence[Box], deviations: Sequence[Box], backend: Backend) -> Box:
        mine = values[self.other].magnitude() * deviations[self.source]
        return mine + values[self.source].magnitude() * deviations[self.other]

    def nominal(self) -> "Multiply":
        return self

    def to_data(self) -> dict[str, Any]:
        return {"multiply": {"with": self.other}, "from": self.source}


def _read(body: Any, sizes: Sequence[int], folder: Path, source: int) -> Multiply:
    return Multiply(source=source, size=sizes[source], other=read_other("multiply", body, sizes, source))


LAYER = LayerKind(name="multiply", read=_read)
