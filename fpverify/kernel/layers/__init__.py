"""The layers, one file each; `LAYERS` maps the keys under which they are written to their kinds."""

from collections.abc import Mapping

from fpverify.kernel import layers as _package
from fpverify.kernel.discover import discover
from fpverify.kernel.layers._layer import Layer, LayerKind, Slope, UnboundedError

LAYERS: Mapping[str, LayerKind] = discover(_package, "LAYER")

__all__ = ["LAYERS", "Layer", "LayerKind", "Slope", "UnboundedError"]
