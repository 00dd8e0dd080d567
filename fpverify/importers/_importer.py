"""Importer: how one file format becomes a Network."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fpverify.kernel.errors import MisuseError
from fpverify.kernel.network import Network


@dataclass(frozen=True, kw_only=True)
class Importer:
    """
    Fields:
        name: of the format.
        suffixes: of its files, with the dot.
        load: reads a file.
    """

    name: str
    suffixes: tuple[str, ...]
    load: Callable[[Path], Network]


def read_text(path: Path) -> str:
    """Return the text of a file; raises MisuseError with one sentence if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MisuseError(f"cannot read {path}: {error}") from error
