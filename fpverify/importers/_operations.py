"""The operations that a network file names: all unknown ones are told at once."""

from typing import Any

from fpverify.kernel.activations import ACTIVATIONS
from fpverify.kernel.errors import UnknownNameError
from fpverify.kernel.layers import LAYERS


def require_known_operations(data: Any) -> None:
    """Raise UnknownNameError, with every unknown layer and activation; what else is wrong is left to the kernel."""
    layers = data.get("layers") if isinstance(data, dict) else None
    unknown = [name for layer in layers if (name := _unknown(layer))] if isinstance(layers, list) else []
    if len(unknown) > 1:
        known = f"known layers are: {', '.join(sorted(LAYERS))}; known activations: {', '.join(sorted(ACTIVATIONS))}"
        raise UnknownNameError(f"unsupported operations: {', '.join(dict.fromkeys(unknown))}; {known}")


def _unknown(layer: Any) -> str:
    """Return what is unknown about a layer, in words; empty if nothing is."""
    kinds = set(layer) - {"from"} if isinstance(layer, dict) else set()
    if len(kinds) != 1:
        return ""
    (kind,) = kinds
    if kind not in LAYERS:
        return f"layer {kind!r:.40}"
    body = layer[kind]
    name = body.get("name") if isinstance(body, dict) else body
    if kind == "activation" and isinstance(name, str) and name not in ACTIVATIONS:
        return f"activation {name!r:.40}"
    return ""
