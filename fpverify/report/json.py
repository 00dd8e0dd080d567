"""The report as JSON: `summary`, the same bytes on each machine, and `crosscheck_details`, which are not."""

import json
from collections.abc import Mapping
from typing import Any

from fpverify._theorem import Control, Instance, Observation, Theorem
from fpverify.numeric.record import CrossCheck
from fpverify.report._report import Entry, Report
from fpverify.report._view import Observed, observations
from fpverify.report._words import floor_decimal

FORMAT = 1


def summary(report: Report) -> dict[str, Any]:
    """
    Return what was decided, without anything that differs between machines or runs.

    Returns:
        {"format", "entries", "steps", "observations", "unexpected"}; margins are decimals as text, rounded down, in the
        order of the rule's hypotheses, null for one that is certified without a number. Of an observation there is the
        verdict in words (null if it was not measured) and no number: measured ones differ in the last digits.
    """
    return {
        "format": FORMAT,
        "entries": [_entry(entry) for entry in report.entries],
        "steps": [
            {"theorem": theorem, "title": result.step.title, "holds": result.holds}
            for theorem, results in report.steps.items()
            for result in results
        ],
        "observations": [
            {"theorem": one.theorem, **_observation(one.observation), "evidence": _evidence(one)}
            for one in observations(report)
        ],
        "unexpected": report.unexpected,
    }


def crosscheck_details(report: Report) -> dict[str, Any]:
    """Return what the cross-checks saw on this machine: ratios, limits, device, seed; it is not committed."""
    entries = [
        {
            "theorem": entry.theorem,
            "instance": entry.case.name,
            "violations": check.violations,
            "confirmed": check.confirmed,
            "worst_ratio": check.worst_ratio,
            "device": check.device,
            "dtype": check.dtype,
            "seed": check.seed,
            "limits": [list(point) for point in check.limits],
            "curve": [list(pair) for pair in check.curve],
            "note": check.note,
        }
        for entry in report.entries
        if (check := entry.crosscheck) is not None
    ]
    return {"format": FORMAT, "entries": entries}


def finding_data(one: Observed) -> dict[str, Any]:
    """
    Return what was measured for an observation, with its numbers; what the figures draw is left out.

    Raises:
        ValueError: if nothing was measured.
    """
    finding = one.finding
    if finding is None:
        raise ValueError(f"nothing was measured for {one.theorem}, {one.observation.name}")
    return {
        "format": FORMAT,
        "theorem": one.theorem,
        **_observation(one.observation),
        "note": one.observation.note,
        "evidence": finding.evidence.value,
        "sentence": finding.sentence,
        "regime": finding.regime,
        "samples": finding.samples,
        "seed": finding.seed,
        "left_out": finding.left_out,
        "columns": list(finding.columns),
        "rows": [list(row) for row in finding.rows],
    }


def theorem_data(theorem: Theorem) -> dict[str, Any]:
    """Return what a theorem states, before anything is decided."""
    return {
        "format": FORMAT,
        "id": theorem.id,
        "title": theorem.title,
        "statement": theorem.statement,
        "source": theorem.source,
        "hypotheses": list(theorem.hypotheses),
        "rule": theorem.rule,
        "remark": theorem.remark,
        "defect_class": theorem.defect_class,
        "steps": [_step(step.title, step.left, step.right, step.symbols) for step in theorem.steps],
        "instances": [_instance(case) for case in theorem.instances],
        "as_printed": [_instance(case) for case in theorem.printed],
        "controls": [{**_case(case), "because": case.because} for case in theorem.controls],
        "observations": [{**_observation(one), "note": one.note} for one in theorem.observations],
    }


def to_text(data: Mapping[str, Any]) -> str:
    """Return JSON text with sorted keys, indented: small differences are easy to read."""
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "theorem": entry.theorem,
        "instance": entry.case.name,
        "kind": entry.kind,
        "expected": entry.expected,
        "status": entry.status,
        "check": entry.check,
        "certificate": entry.certificate,
        "crosscheck": _crosscheck(entry.crosscheck),
        "claim": None if entry.claim is None else entry.claim.sentence(),
        "reason": entry.reason,
        "margins": [None if m.slack is None else floor_decimal(m.slack, 6) for m in entry.margins],
        "backend": entry.backend,
        "formal": entry.formal or None,
    }


def _crosscheck(check: CrossCheck | None) -> dict[str, int] | None:
    if check is None:
        return None
    return {"samples": check.samples, "steps": check.steps, "violations": check.violations}


def _observation(observation: Observation) -> dict[str, Any]:
    return {"name": observation.name, "claim": observation.claim, "expected": observation.expected.value}


def _evidence(one: Observed) -> str | None:
    return None if one.finding is None else one.finding.evidence.value


def _step(title: str, left: str, right: str, symbols: Mapping[str, str]) -> dict[str, Any]:
    return {"title": title, "left": left, "right": right, "symbols": dict(symbols)}


def _case(case: Instance | Control) -> dict[str, Any]:
    return {
        "name": case.name,
        "network": case.network.name,
        "digest": case.network.digest,
        "region": str(case.region),
        "goal": type(case.goal).__name__,
        "expected": case.expected.value,
    }


def _instance(case: Instance) -> dict[str, Any]:
    return {**_case(case), "note": case.note}
