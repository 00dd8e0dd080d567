"""Members of an ensemble as files: the network as JSON, its doubles beside it in the safetensors layout."""

import hashlib
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpverify.ensembles.ensemble import Ensemble
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.network import FORMAT, Network


def network_with_sidecar(ensemble: Ensemble, k: int, folder: Path) -> Network:
    """
    Write network *k* of *ensemble* into *folder*, and return it as the kernel reads it back.

    `network-K.json` names each weight and bias by its digest; `network-K.safetensors` holds them as IEEE doubles, exactly
    as drawn. For wide networks this is much shorter, and faster to read, than numbers in text.

    Raises:
        MisuseError: if the folder cannot be written.
    """
    drawn = ensemble.draw(k)
    tensors: dict[str, NDArray[np.float64]] = {}
    for index, (weight, bias) in enumerate(zip(drawn.weights, drawn.biases, strict=True), start=1):
        tensors |= {f"weight.{index}": weight, f"bias.{index}": bias}
    file = f"network-{k}.safetensors"
    data = {
        "format": FORMAT,
        "name": f"{ensemble.name}, number {k}",
        "state_size": ensemble.width,
        "layers": _layers(ensemble, tensors, file),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / file, _safetensors(tensors))
        _write(folder / f"network-{k}.json", (json.dumps(data, indent=1) + "\n").encode("ascii"))
    except OSError as error:
        raise MisuseError(f"cannot write to {folder}: {error.strerror}; choose another folder") from error
    return Network.from_data(data, folder)


def _layers(ensemble: Ensemble, tensors: Mapping[str, NDArray[np.float64]], file: str) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = []
    for index in range(1, ensemble.depth + 1):
        affine = {}
        for part in ("weight", "bias"):
            name = f"{part}.{index}"
            digest = "sha256:" + hashlib.sha256(_raw(tensors[name])).hexdigest()
            affine[part] = {"sidecar": file, "tensor": name, "sha256": digest}
        layers += [{"affine": affine}, {"activation": ensemble.activation}]
    return layers


def _safetensors(tensors: Mapping[str, NDArray[np.float64]]) -> bytes:
    """An 8-byte little-endian length, a JSON header, raw little-endian doubles."""
    header, offset = {}, 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F64", "shape": list(tensor.shape), "data_offsets": [offset, offset + tensor.nbytes]}
        offset += tensor.nbytes
    text = json.dumps(header).encode("ascii")
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(_raw(tensor) for tensor in tensors.values())


def _raw(tensor: NDArray[np.float64]) -> bytes:
    return np.ascontiguousarray(tensor, dtype="<f8").tobytes()


def _write(path: Path, content: bytes) -> None:
    """Write all or nothing."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)
