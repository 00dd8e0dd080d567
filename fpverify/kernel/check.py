"""Check: decide a certificate again, from the file alone, with no search; VALID, REJECTED or HOLEY."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Never

from fpverify.kernel.certificate import Again, Certificate
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import FormatError, FpverifyError, MissingSidecarError, UnknownNameError
from fpverify.kernel.network import canonical_json
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.rules import RULES
from fpverify.kernel.verdict import Status, Verdict


class FileStatus(enum.Enum):
    """What the kernel says of a file. REJECTED does not say that the claim is false."""

    VALID = "VALID"
    REJECTED = "REJECTED"
    HOLEY = "HOLEY"

    def __bool__(self) -> Never:
        raise TypeError("a status has no truth value: compare with `is FileStatus.VALID`")


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """
    Fields:
        status: VALID only if each obligation was decided anew and the last one concludes the stated claim.
        reason: why, in one sentence.
        claim: the claim that was proved, computed by the kernel; None unless VALID.
        verdicts: the decisions made, by obligation id.
    """

    status: FileStatus
    reason: str
    claim: Claim | None = None
    verdicts: Mapping[str, Verdict]

    def __bool__(self) -> Never:
        raise TypeError("a check has no truth value: compare its status with `is FileStatus.VALID`")


def check_file(path: str | Path) -> CheckResult:
    """
    Check a certificate file.

    Never raises for the content of the file: whatever is wrong with it, the answer is REJECTED or HOLEY with a reason.
    """
    source = Path(path)
    try:
        content = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return _result(FileStatus.REJECTED, f"cannot read {source}: {error}")
    return check_text(content, source.parent)


def check_text(content: str, folder: Path = Path()) -> CheckResult:
    """Check the text of a certificate; relative sidecar paths start at *folder*."""
    try:
        certificate = Certificate.from_text(content, folder)
        return check(certificate)
    except (MissingSidecarError, UnknownNameError) as error:
        return _result(FileStatus.HOLEY, str(error))
    except FpverifyError as error:
        return _result(FileStatus.REJECTED, str(error))
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, MemoryError) as error:
        return _result(FileStatus.REJECTED, f"the certificate is malformed: {type(error).__name__}: {error!s:.200}")


def check(certificate: Certificate) -> CheckResult:
    """
    Decide each obligation of *certificate* anew, in order, and compare the last conclusion with the stated claim.

    Raises:
        FormatError: if a witness is malformed.
    """
    proved: dict[str, Claim] = {}
    verdicts: dict[str, Verdict] = {}
    for obligation in certificate.obligations:
        if obligation.rule not in RULES:
            return _result(FileStatus.HOLEY, f"the kernel has no rule {obligation.rule!r:.60}", verdicts)
        if isinstance(obligation.backend, Again) and obligation.network.state_size > Again.largest:
            return _result(FileStatus.HOLEY, "decided by torch64; too large to be decided again here", verdicts)
        _require_premises(obligation, proved)
        verdict, conclusion = decide(obligation, proved)
        verdicts[obligation.id] = verdict
        if verdict.status is not Status.PROVED or conclusion is None:
            why = f"{obligation.rule} ({obligation.id}): {verdict.reason.value} {verdict.detail}".strip()
            return _result(FileStatus.REJECTED, why, verdicts)
        proved[obligation.id] = conclusion
    return _compare(certificate, list(proved.values()), verdicts)


def decide(obligation: Obligation, proved: Mapping[str, Claim]) -> tuple[Verdict, Claim | None]:
    """Return the verdict of the obligation's rule and, if it is PROVED, the claim that follows."""
    rule = RULES[obligation.rule]
    premises = {key: proved[key] for key in obligation.premises}
    verdict = rule.decide(obligation, premises)
    return verdict, rule.conclusion(obligation, premises) if verdict.status is Status.PROVED else None


def _require_premises(obligation: Obligation, proved: Mapping[str, Claim]) -> None:
    if obligation.id in proved:
        raise FormatError(f"the id {obligation.id!r:.60} is used twice")
    if missing := [key for key in obligation.premises if key not in proved]:
        raise FormatError(f"obligation {obligation.id!r:.60} uses {missing[0]!r:.60}, which was not proved before it")


def _compare(certificate: Certificate, conclusions: list[Claim], verdicts: Mapping[str, Verdict]) -> CheckResult:
    if not conclusions:
        return _result(FileStatus.REJECTED, "the certificate has no obligation")
    claim = conclusions[-1]
    if canonical_json(claim.to_data()) != canonical_json(certificate.claim):
        return _result(FileStatus.REJECTED, "the claim that follows is not the claim that is stated", verdicts)
    if certificate.assumptions:
        return _result(FileStatus.HOLEY, f"it rests on assumptions: {'; '.join(certificate.assumptions)}", verdicts)
    reason = "every obligation was decided again and the claim follows"
    return CheckResult(status=FileStatus.VALID, reason=reason, claim=claim, verdicts=verdicts)


def _result(status: FileStatus, reason: str, verdicts: Mapping[str, Verdict] | None = None) -> CheckResult:
    """Return a result; what the file itself says cannot draw lines of its own on a terminal."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in reason)
    return CheckResult(status=status, reason=plain, verdicts=verdicts or {})


def summary(path: str | Path, result: CheckResult) -> dict[str, Any]:
    """Return the result as the JSON object that `fpverify check --json` prints."""
    claim = None if result.claim is None else result.claim.sentence()
    return {"file": str(path), "status": result.status.value, "reason": result.reason, "claim": claim}
