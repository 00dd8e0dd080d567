"""Exporter: how a certificate becomes a file for one proof assistant, and how that file is checked there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fpverify.kernel.certificate import Certificate
from fpverify.kernel.errors import MisuseError


class OutOfReachError(MisuseError):
    """The certificate says something that the exporter cannot state; the message names it."""


class ToolMissingError(MisuseError):
    """The proof assistant, or a library of it, is not installed; the message says what to install."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """
    A file that the proof assistant has read.

    Fields:
        path: of the file.
        accepted: whether it was checked to the end, with no assumption beyond those that are allowed.
        reason: why not, in the words of the proof assistant; empty if accepted.
        version: of the proof assistant.
        assumptions: what it says that the file rests on, sorted.
    """

    path: Path
    accepted: bool
    reason: str
    version: str
    assumptions: tuple[str, ...]

    def words(self) -> str:
        """Return what is to be said of the file, in one line."""
        if not self.accepted:
            return f"NOT ACCEPTED: {self.reason}"
        return f"accepted by Coq {self.version}; assumptions: {', '.join(self.assumptions) or 'none'}"


@dataclass(frozen=True, kw_only=True)
class Exporter:
    """
    Fields:
        name: of the proof assistant.
        suffix: of its files, with the dot.
        export: returns the text of the file; raises OutOfReachError.
        check: reads files anew, each in turn; raises ToolMissingError.
    """

    name: str
    suffix: str
    export: Callable[[Certificate], str]
    check: Callable[[Sequence[Path]], list[Proof]]
