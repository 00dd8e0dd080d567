"""Activation layer: the same scalar function on every coordinate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

from fpverify.kernel.activations import ACTIVATIONS, Function, Parameter, parameter_data
from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.discover import look_up
from fpverify.kernel.errors import FormatError
from fpverify.kernel.layers._layer import Layer, LayerKind, Slope, UnboundedError


@dataclass(frozen=True, kw_only=True)
class Activate(Layer):
    """
    Fields:
        name: of the activation.
        parameters: all of its parameters, exact.
        function: the scalar function.
    """

    kind: ClassVar[str] = "activation"
    name: str
    parameters: Mapping[str, Parameter]
    function: Function

    def enclose(self, values: Sequence[Box], backend: Backend) -> Box:
        return self.function.values.range(values[self.source])

    def slopes(self, values: Sequence[Box] | None, slopes: Sequence[Slope], backend: Backend) -> Box:
        """g(u) - g(v) = s (u - v) with s between the bounds of the slope of g on [u, v], kinks included."""
        slope, size = slopes[self.source], self.size
        factors = self._everywhere(backend) if values is None else self.function.slopes.range(values[self.source])
        if values is not None and not self.function.continuous:
            factors = factors.with_decoration(self.function.values.range(values[self.source]).decoration)
        return _diagonal(factors, size) if slope is None else slope.scale_rows(factors)

    def _everywhere(self, backend: Backend) -> Box:
        span = self.function.slopes.everywhere()
        if span is None or not self.function.continuous:
            raise UnboundedError(f"{self.name} has no bounded slope on the whole line")
        return Box.from_exact([span[0]] * self.size, [span[1]] * self.size, backend)

    def deviation(self, values: Sequence[Box], deviations: Sequence[Box], backend: Backend) -> Box:
        return self.function.slopes.range(values[self.source]).magnitude() * deviations[self.source]

    def shifted(self, shift: Fraction) -> Fraction | None:
        period = self.function.shift
        return shift if period is not None and (shift / period).denominator == 1 else None

    def nominal(self) -> "Activate":
        return self

    def to_data(self) -> dict[str, Any]:
        parameters = {key: parameter_data(value) for key, value in self.parameters.items()}
        body = {"name": self.name, **parameters} if parameters else self.name
        return {"activation": body, "from": self.source}


def _diagonal(factors: Box, size: int) -> Box:
    zero = Box.point([Fraction(0)], factors.backend)
    padded_lo = factors.backend.concatenate([factors.lo, zero.lo])
    padded_hi = factors.backend.concatenate([factors.hi, zero.hi])
    padded = Box(lo=padded_lo, hi=padded_hi, shape=(size + 1,), backend=factors.backend, decoration=factors.decoration)
    return padded.gather([i if i == j else size for i in range(size) for j in range(size)], (size, size))


def _read(body: Any, sizes: Sequence[int], folder: Path, source: int) -> Activate:
    given = {"name": body} if isinstance(body, str) else dict(body) if isinstance(body, dict) else {}
    if "name" not in given:
        raise FormatError(f'an activation is a name such as "tanh", or an object with a name; got {body!r:.80}')
    family = look_up(ACTIVATIONS, given.pop("name"), "activation")
    parameters = family.complete(given)
    function = family.build(parameters)
    return Activate(source=source, size=sizes[source], name=family.name, parameters=parameters, function=function)


LAYER = LayerKind(name="activation", read=_read)
