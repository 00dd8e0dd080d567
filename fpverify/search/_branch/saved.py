"""An interrupted search in a file: written completely or not at all, and read back to the last bit."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fpverify.kernel.errors import MisuseError
from fpverify.kernel.network import canonical_json
from fpverify.search._branch.registry import Registry
from fpverify.search._branch.solve import State
from fpverify.search._branch.tree import Tree

_BOXES = ("low", "high", "number", "left_low", "left_high")


def save(path: Path, header: Mapping[str, Any], state: State) -> None:
    """
    Write the state.

    Args:
        path: of the file.
        header: what was searched; compared when the file is read.

    Raises:
        MisuseError: if the file cannot be written.
    """
    counts = {"boxes": state.boxes, "sweeps": state.sweeps}
    columns = {f"boxes_{key}": getattr(state, key).numpy() for key in _BOXES}
    columns |= {f"tree_{key}": column for key, column in state.tree.columns().items()}
    columns |= {f"points_{key}": column for key, column in state.registry.columns().items()}
    text = canonical_json({"header": dict(header), "counts": counts})
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            np.savez(file, text=np.frombuffer(text.encode("ascii"), dtype=np.uint8), **columns)
        partial.replace(path)
    except OSError as error:
        raise MisuseError(f"cannot write {path}: {error.strerror}") from error


def load(path: Path, header: Mapping[str, Any], tolerance: float) -> tuple[State, dict[str, Any]]:
    """
    Read the state back, with the header under which it was saved.

    Raises:
        MisuseError: if the file cannot be read, is none of this kind, or is about another search; the message says in what
            they differ.
    """
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            columns = {key: file[key] for key in file.files}
        stated = json.loads(columns["text"].tobytes().decode("ascii"))
        saved, counts = dict(stated["header"]), stated["counts"]
    except OSError as error:
        raise MisuseError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError) as error:
        raise MisuseError(f"{path} holds no interrupted search: choose another file for --resume") from error
    if other := [key for key in header if key != "quick" and saved.get(key) != header[key]]:
        raise MisuseError(f"{path} continues a search with another {other[0]}: choose another file for --resume")
    try:
        return _state(columns, counts, tolerance), saved
    except (KeyError, ValueError, TypeError, IndexError, RuntimeError) as error:
        raise MisuseError(f"{path} is damaged: delete it, or choose another file for --resume") from error


def _state(columns: Mapping[str, np.ndarray], counts: Mapping[str, int], tolerance: float) -> State:
    boxes = {key: torch.from_numpy(columns[f"boxes_{key}"].copy()) for key in _BOXES}
    points = {key.removeprefix("points_"): column for key, column in columns.items() if key.startswith("points_")}
    tree = {key.removeprefix("tree_"): column for key, column in columns.items() if key.startswith("tree_")}
    registry = Registry(boxes["low"].shape[1], tolerance, points)
    return State(**boxes, tree=Tree(tree), registry=registry, boxes=int(counts["boxes"]), sweeps=int(counts["sweeps"]))
