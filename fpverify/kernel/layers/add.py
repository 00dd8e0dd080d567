"""Residual addition: the value read plus an earlier value of the same length."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.layers._layer import Layer, LayerKind, Slope, dense
from fpverify.kernel.layers._pair import read_other


@dataclass(frozen=True, kw_only=True)
class Add(Layer):
    """
    Fields:
        other: the earlier value that is added.
    """

    kind: ClassVar[str] = "add"
    other: int

    def enclose(self, values: Sequence[Box], backend: Backend) -> Box:
        return values[self.source] + values[self.other]

    def slopes(self, values: Sequence[Box] | None, slopes: Sequence[Slope], backend: Backend) -> Box:
        return dense(slopes[self.source], self.size, backend) + dense(slopes[self.other], self.size, backend)

    def deviation(self, values: Sequence[Box], deviations: Sequence[Box], backend: Backend) -> Box:
        return deviations[self.source] + deviations[self.other]

    def nominal(self) -> "Add":
        return self

    def to_data(self) -> dict[str, Any]:
        return {"add": {"with": self.other}, "from": self.source}


def _read(body: Any, sizes: Sequence[int], folder: Path, source: int) -> Add:
    return Add(source=source, size=sizes[source], other=read_other("add", body, sizes, source))


LAYER = LayerKind(name="add", read=_read)
