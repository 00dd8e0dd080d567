"""Importers: a user's file becomes a Network. One format per file; `load` chooses by the suffix."""

from collections.abc import Mapping
from pathlib import Path

from fpverify import importers as _package
from fpverify.importers._importer import Importer
from fpverify.kernel.discover import discover
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.network import Network

IMPORTERS: Mapping[str, Importer] = discover(_package, "IMPORTER")


def load(path: str | Path) -> Network:
    """
    Read a network from a file.

    Raises:
        MisuseError: if the suffix is not known, or the file cannot be read.
        FormatError: if its content does not follow the format.
    """
    source = Path(path)
    for importer in IMPORTERS.values():
        if source.suffix in importer.suffixes:
            return importer.load(source)
    known = ", ".join(suffix for importer in IMPORTERS.values() for suffix in importer.suffixes)
    raise MisuseError(f"{source}: networks are read from files that end in {known}")


__all__ = ["IMPORTERS", "Importer", "load"]
