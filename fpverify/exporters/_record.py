"""The record of what a proof assistant accepted, beside the certificates: by name and digest, so that it cannot go stale."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fpverify.kernel.errors import FormatError

FORMAT = 1

FILE = "coq.checked"
"""Not *.json: it is no certificate."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """
    Fields:
        version: of Coq.
        library: digest of the general theorems.
        assumptions: what the accepted files rest on, together.
        accepted: name of the certificate -> digest of its bytes, digest of the exported text.
    """

    version: str
    library: str
    assumptions: tuple[str, ...]
    accepted: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def badge(self) -> str:
        """Return what is said of each accepted certificate."""
        names = ", ".join(name.rpartition(".")[2] for name in self.assumptions)
        return f"checked by Coq {self.version} (assumptions: {names or 'none'})"


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def read(folder: Path) -> Record | None:
    """Return the record of a folder of certificates; None if it has none. Raises FormatError if it is damaged."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        accepted = {name: (pair["certificate"], pair["text"]) for name, pair in data["accepted"].items()}
        return Record(
            version=data["coq"], library=data["library"], assumptions=tuple(data["assumptions"]), accepted=accepted
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise FormatError(f"{path} is no record of checked files: {error}") from error


def write(folder: Path, record: Record) -> None:
    """Write the record; the same content gives the same bytes."""
    accepted = {name: {"certificate": one, "text": two} for name, (one, two) in sorted(record.accepted.items())}
    data: dict[str, Any] = {
        "format": FORMAT,
        "coq": record.version,
        "library": record.library,
        "assumptions": list(record.assumptions),
        "accepted": accepted,
    }
    (folder / FILE).write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def merged(old: Record | None, new: Record, rejected: set[str]) -> Record:
    """Return *new*, with what *old* accepted from the same version and the same general theorems, less *rejected*."""
    if old is None or (old.version, old.library) != (new.version, new.library):
        return new
    kept = {name: pair for name, pair in old.accepted.items() if name not in rejected}
    assumptions = tuple(sorted({*old.assumptions, *new.assumptions}))
    return Record(version=new.version, library=new.library, assumptions=assumptions, accepted={**kept, **new.accepted})


def badges(folder: Path, library: str) -> dict[str, str]:
    """Return the badge of each certificate of *folder*, if its bytes and the general theorems are those checked."""
    record = read(folder)
    if record is None or record.library != library:
        return {}
    paths = {name: folder / name for name in record.accepted}
    return {
        name: record.badge()
        for name, path in paths.items()
        if path.exists() and digest(path.read_bytes()) == record.accepted[name][0]
    }
