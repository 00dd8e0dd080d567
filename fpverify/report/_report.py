"""Report: the entries of a run, as a pure function of theorems and outcomes; no clock, no host."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from fpverify._finding import Finding
from fpverify._theorem import Control, Instance, Observation, Step, Theorem
from fpverify.kernel.claim import Claim
from fpverify.kernel.verdict import Margin
from fpverify.numeric.record import CrossCheck


@dataclass(frozen=True, kw_only=True)
class Entry:
    """
    One case of a theorem, decided.

    Fields:
        theorem: id.
        case: the instance or control.
        kind: "instance", "control" or "as-printed".
        expected: "PROVED" or "REFUTED"; for a control "UNDECIDED" or "OUT_OF_SCOPE".
        status: "PROVED", "REFUTED", "UNDECIDED", "OUT_OF_SCOPE" or "DISPUTED".
        check: what the kernel said of the file ("VALID"); for a control, of the certificate that would be needed
            ("REJECTED"); empty if there was none to check.
        certificate: path of the file, relative to the report; None for controls.
        claim: what the kernel concluded; None if nothing.
        reason: why the verdict is what it is, with advice.
        margins: of the hypotheses, in order.
        backend: the arithmetic that decided.
        crosscheck: numeric evidence; None for controls.
        formal: what a proof assistant said of this very file; empty if it was not asked, or did not accept.
    """

    theorem: str
    case: Instance | Control
    kind: str
    expected: str
    status: str
    check: str
    certificate: str | None
    claim: Claim | None
    reason: str
    margins: tuple[Margin, ...]
    backend: str
    crosscheck: CrossCheck | None
    formal: str = ""

    @property
    def is_as_expected(self) -> bool:
        """Whether status, file and cross-check are what they should be."""
        return self.status == self.expected and (self.check == "VALID") == (self.kind != "control")


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """An algebraic step of a proof and whether SymPy verified it exactly."""

    step: Step
    holds: bool


@dataclass(frozen=True, kw_only=True)
class Report:
    """
    Fields:
        theorems: by id, in the order of the report.
        entries: in the same order.
        steps: for each theorem, the results of its algebraic steps.
        findings: what was measured, by theorem and name of the observation; none where nothing was measured.
    """

    theorems: Mapping[str, Theorem]
    entries: tuple[Entry, ...]
    steps: Mapping[str, tuple[StepResult, ...]]
    findings: Mapping[tuple[str, str], Finding] = field(default_factory=dict[tuple[str, str], Finding])

    def with_formal(self, badges: Mapping[str, str]) -> "Report":
        """Return the report with what a proof assistant said of each certificate, by file name."""
        entries = tuple(
            replace(entry, formal=badges.get(Path(entry.certificate).name, "")) if entry.certificate else entry
            for entry in self.entries
        )
        return replace(self, entries=entries)

    @property
    def unexpected(self) -> int:
        """How many entries, algebraic steps and findings are not as expected."""
        failed = sum(not result.holds for results in self.steps.values() for result in results)
        return failed + sum(not entry.is_as_expected for entry in self.entries) + len(self.surprises)

    @property
    def surprises(self) -> tuple[tuple[str, Observation, Finding], ...]:
        """The findings that do not say of a claim what it is known to come to, each with its theorem and observation."""
        return tuple(
            (name, observation, finding)
            for name, theorem in self.theorems.items()
            for observation in theorem.observations
            if (finding := self.finding(name, observation.name)) is not None
            and finding.evidence is not observation.expected
        )

    def of(self, theorem: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.theorem == theorem)

    def finding(self, theorem: str, name: str) -> Finding | None:
        """Return what was measured for the observation *name* of *theorem*; None if nothing was."""
        return self.findings.get((theorem, name))


def slug(words: str) -> str:
    """Return *words* in lower-case letters, digits and hyphens, for file names and anchors."""
    return re.sub(r"[^a-z0-9.]+", "-", words.lower()).strip("-.")
