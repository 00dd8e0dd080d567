"""Speed of certificates for deep chains: to make one, and to decide it again from its text; `make bench` prints it."""

import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import fpverify as fp
from fpverify._certify import attempt
from fpverify.ensembles import Ensemble
from fpverify.kernel.check import FileStatus, check_text

CASES = {
    "norms": (Ensemble(activation="tanh", width=100, depth=5, law="normal", gain=0.45, bias=0.3), fp.AttractsAll()),
    "sup norm": (
        Ensemble(activation="tanh", width=100, depth=5, law="cauchy", gain=0.3, bias_law="cauchy", bias=1.0),
        fp.AttractsAll(norm="sup"),
    ),
    "multipliers": (Ensemble(activation="tanh", width=100, depth=5, law="normal", gain=0.65, bias=0.3), fp.OnlyOne()),
}


@pytest.mark.parametrize("name", CASES)
def test_a_certificate_of_five_layers_of_width_100(benchmark: BenchmarkFixture, name: str) -> None:
    """Goal: decided from its text within a second."""
    ensemble, goal = CASES[name]
    network, region = ensemble.network(0), fp.WholeSpace(size=100)
    start = time.perf_counter()
    outcome = attempt(network, region, goal)
    made = time.perf_counter() - start
    assert outcome.certificate is not None, outcome.verdict
    text = outcome.certificate.to_text()
    result = benchmark.pedantic(lambda: check_text(text), rounds=3, warmup_rounds=1)
    assert result.status is FileStatus.VALID
    assert benchmark.stats is not None
    decided = benchmark.stats["min"]
    print(f"\n{name}: made in {made:.2f} s, decided again in {decided:.2f} s, {len(text) // 1000} kB")
