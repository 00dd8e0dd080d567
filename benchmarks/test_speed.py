"""Speed of the main paths, as ratios and times inside one run; `make bench` prints them. Never part of `make test`."""

import json
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

import fpverify as fp
from fpverify.kernel.check import check_file, check_text

REPORTS = Path(__file__).parent.parent / "reports"


def _seconds(*arguments: str) -> float:
    """Return the least wall time of five runs of a Python command."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return min(times)


def _cubic_d1(dimension: int) -> fp.Outcome:
    radius = Fraction(7, 100 * dimension)
    weight = fp.exchangeable(dimension, fp.around(1, radius), fp.around(0, radius))
    net = fp.loop("cubic", weight, fp.fill(dimension, ("-1/50", "1/50")), name=f"CUBIC-D1, d = {dimension}")
    regions = fp.ProductRegions.power(("4/5", "11/10"), ("-11/10", "-4/5"), dimension=dimension)
    return fp.certify(net, regions, fp.OneInEachProduct(noise="1/20"))


def test_import_beyond_start(benchmark: BenchmarkFixture) -> None:
    """`import fpverify` beyond Python's own start: goal 0.15 s."""
    bare, ours = _seconds("-c", "pass"), _seconds("-c", "import fpverify")
    print(f"\nimport fpverify: {ours - bare:.3f} s beyond Python's start of {bare:.3f} s (goal 0.15)")
    benchmark(lambda: None)


def test_help(benchmark: BenchmarkFixture) -> None:
    """`fpverify --help`: goal 0.4 s."""
    print(f"\nfpverify --help: {_seconds('-m', 'fpverify', '--help'):.3f} s (goal 0.4)")
    benchmark(lambda: None)


def test_cubic_d1_128_in_the_kernel(benchmark: BenchmarkFixture) -> None:
    """2^128 regions decided by the kernel from the certificate's text: goal 1 s."""
    outcome = _cubic_d1(128)
    assert outcome.certificate is not None
    text = outcome.certificate.to_text()
    result = benchmark(lambda: check_text(text))
    assert result.status is fp.FileStatus.VALID


def test_check_against_make(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """Checking all certificates against making them, both on one process: goal a quarter."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "fpverify", "all", "--jobs", "1", "--json", "--out", str(tmp_path)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    made = time.perf_counter() - start
    files = sorted((tmp_path / "certificates").glob("*.json"))
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "fpverify", "check", *map(str, files)], check=True, capture_output=True)
    checked = time.perf_counter() - start
    entries = len(json.loads(output)["entries"])
    print(f"\nall: {made:.1f} s for {entries} entries; check: {checked:.1f} s; ratio {checked / made:.3f} (goal 0.25)")
    benchmark(lambda: check_file(files[0]))
