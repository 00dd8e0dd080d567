"""Command line of the checker; it needs python-flint and the standard library only."""

import argparse
import io
import json
import sys
from collections.abc import Sequence

from fpverify.kernel.check import FileStatus, check_file, summary

_DESCRIPTION = """\
Decide certificates again, from the files alone: no search, no torch, no SymPy, no NumPy.

VALID     every obligation was decided again and the stated claim follows
REJECTED  the file does not prove its claim (this does not say that the claim is false)
HOLEY     a part cannot be checked here: an assumption, an unknown rule, a missing file of weights
"""
_EPILOG = "example: python -m fpverify check reports/certificates/*.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the named files; return 0 if each is VALID, 1 if not, 2 for misuse."""
    parser = argparse.ArgumentParser(
        prog="fpverify check",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="certificate files")
    parser.add_argument("--json", action="store_true", help="print one JSON object with a result for each file")
    options = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name may hold letters that this terminal lacks
    results = []
    for path in options.files:
        result = check_file(path)
        results.append(summary(path, result))
        if not options.json:
            print(f"{result.status.value:8} {path}: {result.reason if result.claim is None else result.claim}")
    valid = sum(entry["status"] == FileStatus.VALID.value for entry in results)
    if options.json:
        print(json.dumps({"format": 1, "results": results, "valid": valid, "total": len(results)}, indent=2))
    else:
        print(f"{valid} of {len(results)} valid")
    return 0 if valid == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
