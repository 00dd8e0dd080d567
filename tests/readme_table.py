"""The README's table of theorems, made from reports/summary.json; `python -m tests.readme_table` writes it."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from fpverify._theorem import load_theorems, own_theorems

ROOT = Path(__file__).parent.parent


def table(summary: dict[str, Any]) -> str:
    """Return the table in Markdown: one row per theorem, with the verdicts counted."""
    rows = [
        "| id | statement | proved here | about the printed text | controls | observed |",
        "|---|---|---|---|---|---|",
    ]
    for name, theorem in load_theorems([own_theorems()]).items():
        entries = [entry for entry in summary["entries"] if entry["theorem"] == name]
        verdicts = {kind: _counts(entries, kind) for kind in ("instance", "as-printed", "control")}
        title = f"{theorem.title}. {theorem.defect_class}" if theorem.defect_class else theorem.title
        observed = Counter(one["evidence"] for one in summary["observations"] if one["theorem"] == name)
        seen = ", ".join(f"{count} {evidence}" for evidence, count in sorted(observed.items())) or "-"
        shown = " | ".join([*verdicts.values(), seen])
        rows.append(f"| {name} | {title} | {shown} |")
    return "\n".join(rows)


def _counts(entries: list[dict[str, Any]], kind: str) -> str:
    counts = Counter(entry["status"] for entry in entries if entry["kind"] == kind)
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "-"


def main() -> None:
    """Write the table into the README."""
    readme = ROOT / "README.md"
    text = readme.read_text()
    head, rest = text.split("<!-- verdicts: begin", 1)
    mark, rest = rest.split("-->\n", 1)
    _, tail = rest.split("<!-- verdicts: end", 1)
    shown = table(json.loads((ROOT / "reports" / "summary.json").read_text()))
    readme.write_text(f"{head}<!-- verdicts: begin{mark}-->\n{shown}\n<!-- verdicts: end{tail}")


if __name__ == "__main__":
    main()
