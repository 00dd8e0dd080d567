"""The report as JSON: `summary`, the same bytes on each machine, and `crosscheck_details`, which are not."""

import json
from collections.abc import Mapping
from typing import Any

from fpverify._theorem import Control, Instance, Theorem
from fpverify.numeric.record import CrossCheck
from fpverify.report._report import Entry, Report
from fpverify.report._words import floor_decimal

FORMAT = 1


def summary(report: Report) -> dict[str, Any]:
    """
    Return what was decided, without anything that differs between machines or runs.

    Returns:
        {"format", "entries", "steps", "unexpected"}; margins are decimals as text, rounded down, in the order of the
        rule's hypotheses, null for one that is certified without a number.
    """
    return {
        "format": FORMAT,
        "entries": [_entry(entry) for entry in report.entries],
        "steps": [
            {"theorem": theorem, "title": result.step.title, "holds": result.holds}
            for theorem, results in report.steps.items()
            for result in results
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
