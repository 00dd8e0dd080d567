"""
The trust manifest: for each case of each theorem its status, the rules and arithmetic that decided, and its assumptions.

`python -m tests.soundness.manifest` writes tests/trust_manifest.toml anew from reports/. Read the difference before you
commit it: a line that changes is a theorem that is proved otherwise, or no longer.
"""

import json
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
REPORTS = ROOT / "reports"
MANIFEST = ROOT / "tests" / "trust_manifest.toml"
FORMAT = 1

Cases = dict[str, dict[str, Any]]
"""By "theorem: case": what is to be trusted."""

_HEADER = """\
# What is to be trusted, one table for each case of each theorem; see tests/soundness/test_trust_manifest.py.
# Written by `python -m tests.soundness.manifest` from reports/; do not edit by hand.
"""


def of_reports(reports: Path) -> Cases:
    """Return the cases of reports/summary.json, with what their certificates say."""
    summary = json.loads((reports / "summary.json").read_text(encoding="utf-8"))
    return {f"{entry['theorem']}: {entry['instance']}": _case(entry, reports) for entry in summary["entries"]}


def _case(entry: Mapping[str, Any], reports: Path) -> dict[str, Any]:
    case = {"kind": entry["kind"], "status": entry["status"], "check": entry["check"], "backend": entry["backend"]}
    if entry["certificate"] is None:
        return case
    data = json.loads((reports / entry["certificate"]).read_text(encoding="utf-8"))
    arithmetic = {_words(obligation["backend"]) for obligation in data["obligations"]}
    return {
        **case,
        "claim": data["claim"]["kind"],
        "rules": sorted({obligation["rule"] for obligation in data["obligations"]}),
        "arithmetic": sorted(arithmetic),
        "assumptions": sorted(data["assumptions"]),
    }


def _words(backend: Mapping[str, Any]) -> str:
    return f"{backend['name']} {backend['precision']}".removesuffix(" 0")


def read(path: Path) -> Cases:
    """Return the cases of a manifest."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    if data.pop("format", None) != FORMAT:
        raise ValueError(f"{path} has not the format {FORMAT}")
    return data


def to_text(cases: Cases) -> str:
    """Return the manifest as TOML, in the order of the names."""
    tables = [
        f"[{_value(name)}]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in case.items())
        for name, case in sorted(cases.items())
    ]
    return "\n".join([_HEADER + f"format = {FORMAT}\n", *tables])


def _value(value: str | Sequence[str]) -> str:
    """Return a text or a list of texts; what JSON writes for them, TOML reads."""
    return json.dumps(value, ensure_ascii=False)


def differences(trusted: Cases, found: Cases) -> list[str]:
    """Return what differs, in words: cases that are new, gone, or decided otherwise."""
    lines = [f"{name}: in the manifest, and not in the reports" for name in sorted({*trusted} - {*found})]
    lines += [f"{name}: in the reports, and not in the manifest" for name in sorted({*found} - {*trusted})]
    for name in sorted({*trusted} & {*found}):
        for key in sorted({*trusted[name]} | {*found[name]}):
            before, now = trusted[name].get(key), found[name].get(key)
            if before != now:
                lines.append(f"{name}: {key} was {before!r} and is {now!r}")
    return lines


def main() -> int:
    """Write the manifest; return 0, or 2 if there are no reports."""
    if not (REPORTS / "summary.json").is_file():
        sys.stderr.write("There is no reports/summary.json: run `make report` first.\n")
        return 2
    found = of_reports(REPORTS)
    lines = differences(read(MANIFEST), found) if MANIFEST.is_file() else [f"new, with {len(found)} cases"]
    MANIFEST.write_text(to_text(found), encoding="utf-8")
    sys.stdout.write("\n".join([*lines, f"{MANIFEST.relative_to(ROOT)} is written: {len(lines)} differences"]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
