"""One case of a run: certify, write the certificate, read it back, check it, cross-check it; reuse what is valid."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from fpverify._certify import TOOL, attempt
from fpverify._finding import Profile
from fpverify._goal import Goal
from fpverify._outcome import Outcome
from fpverify._theorem import Control, Instance
from fpverify.kernel.certificate import Again, digest, parse_json
from fpverify.kernel.check import CheckResult, FileStatus, check_file, check_text
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import FormatError, MisuseError, SoundnessError
from fpverify.kernel.network import Network
from fpverify.kernel.region import Region
from fpverify.kernel.verdict import Margin, Status
from fpverify.numeric.record import CrossCheck


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    Fields:
        out: folder of the report.
        device: "auto", "cpu" or "cuda", for the cross-check and the observations.
        seed: of the cross-check's random numbers.
        jobs: number of processes.
        backend: "arb", or "torch64", which decides first what is not decided exactly; see `certify`.
        profile: how much the observations measure; None leaves them out.
    """

    out: Path
    device: str = "auto"
    seed: int = 0
    jobs: int = 1
    backend: str = "arb"
    profile: Profile | None = Profile.QUICK

    @property
    def certificates(self) -> Path:
        return self.out / "certificates"

    @property
    def finished(self) -> Path:
        """Where finished cross-checks and findings wait while a run is not complete."""
        return self.out / ".finished"


@dataclass(frozen=True, kw_only=True)
class CaseResult:
    """What a case came to; the fields are those of `report.Entry`."""

    status: str
    check: str
    certificate: str | None
    claim: Claim | None
    reason: str
    margins: tuple[Margin, ...]
    backend: str
    crosscheck: CrossCheck | None


def run_instance(case: Instance, name: str, settings: Settings) -> CaseResult:
    """
    Prove an instance; *name* is the stem of its certificate file.

    Raises:
        SoundnessError: if the cross-check's violation of a proved claim is confirmed by the kernel.
    """
    path = settings.certificates / f"{name}.json"
    request = request_digest(case, settings.backend)
    checked = _reusable(path, request, case)
    if checked is None:
        outcome = attempt(case.network, case.region, case.goal, _backend_for(case, settings))
        if outcome.certificate is None or outcome.verdict.status is not Status.PROVED:
            return _unproved(outcome)
        made_by = {**outcome.certificate.made_by, "case": name, "request": request}
        replace(outcome.certificate, made_by=made_by).save(path)
        checked = check_file(path)
    return _proved(case, name, settings, checked, request)


def _backend_for(case: Instance, settings: Settings) -> str:
    """Return the arithmetic that decides: what the kernel would not decide again after torch64 is left to arb."""
    return settings.backend if case.network.state_size <= Again.largest else "arb"


def run_control(case: Control, settings: Settings) -> CaseResult:
    """Try to prove a false claim, and show the kernel the certificate that would be needed."""
    outcome = attempt(case.network, case.region, case.goal, settings.backend)
    if outcome.certificate is None:
        return _unproved(outcome)
    check = check_text(outcome.certificate.to_text())
    return replace(_unproved(outcome), status=outcome.verdict.status.value, check=check.status.value)


def _unproved(outcome: Outcome) -> CaseResult:
    verdict = outcome.verdict
    return CaseResult(
        status=verdict.status.value,
        check="",
        certificate=None,
        claim=None,
        reason=f"{verdict.reason.value} {verdict.detail}".strip(),
        margins=verdict.margins,
        backend=verdict.backend,
        crosscheck=None,
    )


def _reusable(path: Path, request: str, case: Instance) -> CheckResult | None:
    """Return the check of an earlier run's file if it answers the same request about the same case and is still VALID."""
    if not path.is_file():
        return None
    try:
        data = parse_json(path.read_text(encoding="ascii"))
    except (FormatError, OSError, UnicodeDecodeError):
        return None
    made_by = data.get("made_by") if isinstance(data, dict) else None
    if not isinstance(made_by, dict) or made_by.get("request") != request:
        return None
    result = check_file(path)
    claim = result.claim
    same = claim is not None and (claim.network, claim.region) == (case.network.digest, case.region)
    return result if result.status is FileStatus.VALID and same else None


def _proved(case: Instance, name: str, settings: Settings, checked: CheckResult, request: str) -> CaseResult:
    claim = checked.claim
    if checked.status is FileStatus.HOLEY:
        raise MisuseError(f"{name}: the certificate is HOLEY where it was written: {checked.reason}")
    if checked.status is not FileStatus.VALID or claim is None:
        raise SoundnessError(f"{name}: the file just written is {checked.status.value}: {checked.reason}")
    evidence = _crosscheck(claim, case.network, name, settings, request)
    if evidence.confirmed:
        raise SoundnessError(f"{name}: the kernel confirmed a violation of a claim that it had proved: {evidence.note}")
    proved = "REFUTED" if claim.kind == "refutes" else "PROVED"
    verdicts = list(checked.verdicts.values())
    return CaseResult(
        status=proved if evidence.violations == 0 else "DISPUTED",
        check=checked.status.value,
        certificate=f"certificates/{name}.json",
        claim=claim,
        reason=checked.reason,
        margins=verdicts[-1].margins,
        backend=verdicts[-1].backend,
        crosscheck=evidence,
    )


def _crosscheck(claim: Claim, network: Network, name: str, settings: Settings, request: str) -> CrossCheck:
    from fpverify.numeric.crosscheck import crosscheck

    key = digest([request, settings.seed, settings.device])
    stored = settings.finished / f"{name}.json"
    earlier = _read_record(stored, key)
    if earlier is not None:
        return earlier
    record = crosscheck(claim, network, seed=settings.seed, device=settings.device)
    partial = stored.with_suffix(".partial")
    partial.write_text(json.dumps({"key": key, "record": dataclasses.asdict(record)}), encoding="ascii")
    partial.replace(stored)
    return record


def _read_record(path: Path, key: str) -> CrossCheck | None:
    try:
        data = json.loads(path.read_text(encoding="ascii"))
        fields = data["record"]
        if data["key"] != key:
            return None
        limits = tuple(tuple(point) for point in fields.pop("limits"))
        curve = tuple((float(error), float(bound)) for error, bound in fields.pop("curve"))
        return CrossCheck(limits=limits, curve=curve, **fields)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def request_digest(case: Instance, backend: str = "arb") -> str:
    """Return the digest of all that determines the certificate of a case."""
    others = [] if backend == "arb" else [backend]
    return digest([TOOL, case.network.digest, case.region.to_data(), _plain(case.goal), *others])


def _plain(value: Any) -> Any:
    """Return a goal as JSON data: networks by digest, numbers as text."""
    match value:
        case Network():
            return value.digest
        case Region():
            return value.to_data()
        case Mapping():
            return {str(key): _plain(item) for key, item in dict(value).items()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case Fraction():
            return str(value)
        case Goal():
            fields = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
            return {"rule": value.rule, **fields}
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value
