"""Exporters: a certificate becomes a file for a proof assistant. One system per file; `export` chooses by the name."""

from collections.abc import Mapping

from fpverify import exporters as _package
from fpverify.exporters._exporter import Exporter, OutOfReachError, Proof, ToolMissingError
from fpverify.kernel.discover import discover

EXPORTERS: Mapping[str, Exporter] = discover(_package, "EXPORTER")

__all__ = ["EXPORTERS", "Exporter", "OutOfReachError", "Proof", "ToolMissingError"]
