"""Network: a loop x <- f(x), where f is a straight-line program of layers with exact parameters."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.discover import look_up
from fpverify.kernel.errors import FormatError
from fpverify.kernel.layers import LAYERS, Layer, Slope
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.matrix import Tensor

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Network:
    """
    A loop x <- f(x) on R^d.

    Fields:
        name: for human eyes; part of the digest.
        state_size: d.
        layers: f as a program; value 0 is the state, value i the result of layer i, the last one f(x).
        folder: where its sidecars lie; no part of the digest.

    Invariants:
        The last layer has length d. Parameters are exact numbers or exact intervals: then the network stands for every
        map whose parameters lie in them.
    """

    name: str
    state_size: int
    layers: tuple[Layer, ...]
    folder: Path = Path()

    @classmethod
    def from_data(cls, data: Any, folder: Path = Path()) -> Self:
        """
        Read {"format": 1, "name": ..., "layers": [...]}; "state_size" is needed only if no affine layer reads the state.

        Args:
            data: the parsed JSON object.
            folder: where relative sidecar paths start.

        Raises:
            FormatError: for anything that does not follow the format; the message names the layer.
        """
        if (
            not isinstance(data, dict)
            or not is_format(data.get("format"), FORMAT)
            or not isinstance(data.get("layers"), list)
        ):
            raise FormatError('a network is {"format": 1, "name": "...", "layers": [...]}')
        if unknown := set(data) - {"format", "name", "layers", "state_size"}:
            raise FormatError(f"a network has no field {sorted(unknown)}")
        if not data["layers"]:
            raise FormatError("a network needs at least one layer")
        sizes = [_state_size(data)]
        layers: list[Layer] = []
        for index, item in enumerate(data["layers"], start=1):
            layers.append(_read_layer(item, index, sizes, folder))
            sizes.append(layers[-1].size)
        if sizes[-1] != sizes[0]:
            raise FormatError(f"a loop needs as many outputs as states; got {sizes[-1]} and {sizes[0]}")
        return cls(name=_name(data.get("name", "network")), state_size=sizes[0], layers=tuple(layers), folder=folder)

    def to_data(self) -> dict[str, Any]:
        """Return the canonical form, which `from_data` reads back."""
        layers = [_short(layer.to_data(), index) for index, layer in enumerate(self.layers)]
        return {"format": FORMAT, "name": self.name, "state_size": self.state_size, "layers": layers}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical form."""
        return "sha256:" + hashlib.sha256(canonical_json(self.to_data()).encode()).hexdigest()

    # ------------------------------------------------------------------ enclosures

    def trace(self, box: Box) -> list[Box]:
        """Enclose every value of the program over *box*, the state first, f last; for all parameters."""
        return self._trace(box, self.layers)

    @staticmethod
    def _trace(box: Box, layers: Sequence[Layer]) -> list[Box]:
        values = [box]
        for layer in layers:
            values.append(layer.enclose(values, box.backend))
        return values

    def enclose(self, box: Box) -> Box:
        """Enclose f(x) for every x in *box*, shape (d,), and all parameters in their intervals."""
        return self.trace(box)[-1]

    def slopes(self, box: Box) -> Box:
        """
        Enclose, for every x, y in *box* and all parameters, a matrix A with f(x) - f(y) = A (x - y), and every Jacobian.

        Returns:
            A Box of shape (d, d); its decoration is below DAC when f is not certainly continuous on *box*.
        """
        return self._chain(self._trace(box, self.layers[:-1]), box.backend)

    def slopes_everywhere(self, backend: Backend) -> Box:
        """
        Enclose the slopes of f over all of R^d.

        Raises:
            UnboundedError: if they are not bounded.
        """
        return self._chain(None, backend)

    def _chain(self, values: Sequence[Box] | None, backend: Backend) -> Box:
        slopes: list[Slope] = [None]
        for layer in self.layers:
            slopes.append(layer.slopes(values, slopes, backend))
        last = slopes[-1]
        if last is None:
            raise FormatError("a network needs at least one layer")
        return last

    def deviation(self, box: Box) -> Box:
        """Bound |f(x) - f0(x)| over *box* and all parameters, f0 the nominal network; a thin Box of shape (d,)."""
        values = self.trace(box)
        moved = [Box.point([Fraction(0)] * self.state_size, box.backend)]
        for layer in self.layers:
            moved.append(layer.deviation(values, moved, box.backend))
        return moved[-1]

    # ------------------------------------------------------------------ structure

    @property
    def is_uncertain(self) -> bool:
        """Whether some parameter is an interval."""
        affine = [layer for layer in self.layers if isinstance(layer, Affine)]
        return not all(layer.weight.is_point and layer.bias.is_point for layer in affine)

    @property
    def is_continuous(self) -> bool:
        return all(layer.function.continuous for layer in self.layers if isinstance(layer, Activate))

    @property
    def is_smooth(self) -> bool:
        """Whether f is certainly differentiable everywhere: no activation has a kink or a jump."""
        return all(layer.function.smooth for layer in self.layers if isinstance(layer, Activate))

    def nominal(self) -> "Network":
        """Return the network with each parameter at the midpoint of its interval."""
        layers = tuple(layer.nominal() for layer in self.layers)
        return replace(self, layers=layers)

    def without_bias(self) -> "Network":
        """Return the network with the bias of its first layer, if that is affine and has one, replaced by 0."""
        first, rest = self.layers[0], self.layers[1:]
        if not isinstance(first, Affine) or not (any(first.bias.lo) or any(first.bias.hi)):
            return self
        layers = (replace(first, bias=Tensor.vector(["0"] * first.size, Path())), *rest)
        return Network(name=f"{self.name} without its bias", state_size=self.state_size, layers=layers)

    def looped_layer(self) -> tuple[Affine, Activate] | None:
        """Return (W x + b, g) if f is the looped layer g(W x + b), else None."""
        match self.layers:
            case (Affine(source=0) as affine, Activate(source=1) as activate):
                return affine, activate
        return None

    def commutes_with_shift(self, shift: Fraction) -> bool:
        """Decide, for a scalar chain, whether f(x + shift) = f(x) + shift for every real x (False: not known)."""
        moved: Fraction | None = shift
        for index, layer in enumerate(self.layers):
            if moved is None or self.state_size != 1 or layer.source != index:
                return False
            moved = layer.shifted(moved)
        return moved == shift


def canonical_json(data: Any) -> str:
    """Return the one text of a JSON value: sorted keys, no spaces, ASCII."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def is_format(stated: Any, known: int) -> bool:
    """Return whether a file states the *known* format; `true` is not 1."""
    return isinstance(stated, int) and not isinstance(stated, bool) and stated == known


def _name(name: Any) -> str:
    """Return the name, which begins every sentence about the network: it may not draw lines of its own on a terminal."""
    if not isinstance(name, str) or not name.isprintable():
        raise FormatError(f"the name of a network is one line of printable text; got {name!r:.80}")
    return name


def _state_size(data: Mapping[str, Any]) -> int:
    size = data.get("state_size")
    if size is None:
        size = _columns(data["layers"][0])
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise FormatError('the first layer does not tell the size of the state: write "state_size"')
    return size


def _columns(layer: Any) -> int | None:
    match layer:
        case {"affine": {"weight": [[*row], *_]}}:
            return len(row)
        case {"affine": {"weight": {"size": int(size)}}}:
            return size
    return None


def _read_layer(item: Any, index: int, sizes: Sequence[int], folder: Path) -> Layer:
    if not isinstance(item, dict) or len(set(item) - {"from"}) != 1:
        raise FormatError(f"layer {index} is an object with one of the keys {', '.join(LAYERS)}, and perhaps 'from'")
    (kind,) = set(item) - {"from"}
    source = item.get("from", index - 1)
    if not isinstance(source, int) or isinstance(source, bool) or not 0 <= source < index:
        raise FormatError(f"layer {index} reads value {source!r}; it may read 0 (the state) to {index - 1}")
    try:
        return look_up(LAYERS, kind, "layer").read(item[kind], sizes, folder, source)
    except FormatError as error:
        raise type(error)(f"layer {index} ({kind}): {error}") from error


def _short(data: dict[str, Any], index: int) -> dict[str, Any]:
    """Leave out "from" where it is the value just before."""
    return {key: value for key, value in data.items() if key != "from" or value != index}
