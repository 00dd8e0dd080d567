"""
Speed of the search for all fixed points, as times and ratios inside one run; `make bench` prints them with their goals.

The search alone is measured on one thread, without the kernel's check of what it wrote down.
"""

import time
from collections.abc import Callable
from typing import Any

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

import fpverify as fp
from fpverify._chain import Chain
from fpverify.kernel.check import check_text
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules.everywhere import values_everywhere
from fpverify.numeric.iterate import one_thread
from fpverify.search._branch.run import Options, Searched, search
from fpverify.search._branch.witness import Found, witness_of


def ring(size: int) -> Network:
    """A tanh ring with 3^N fixed points."""
    weight = fp.circulant(size, {0: 2, 1: "1/10", -1: "-1/10"})
    return fp.loop("tanh", weight, name=f"tanh ring, N = {size}")


def cube_of(network: Network) -> BoxRegion:
    span = values_everywhere(network)
    assert span is not None
    return BoxRegion(lo=(span[0],) * network.state_size, hi=(span[1],) * network.state_size)


def searched(network: Network, region: BoxRegion) -> Searched:
    options = Options(
        tolerance=2.0**-30,
        time_limit=None,
        max_boxes=None,
        device=torch.device("cpu"),
        resume=None,
        progress=None,
    )
    with one_thread():
        return search(network, region, options)


def seconds(action: Callable[[], Any], rounds: int = 5) -> tuple[float, Any]:
    """Return the least time of some rounds, after one that is not counted, and the last result."""
    result = action()
    least = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        result = action()
        least = min(least, time.perf_counter() - start)
    return least, result


def told(what: str, value: float, goal: float, *, least: bool = False, unit: str = " s") -> None:
    met = value >= goal if least else value <= goal
    stated = f"goal {'at least ' if least else ''}{goal}{'' if met else '; missed'}"
    print(f"\n{what}: {value:.3g}{unit} ({stated})")


@pytest.mark.parametrize(("size", "goal"), [(6, 0.25), (8, 2.5)])
def test_the_search_on_a_ring(benchmark: BenchmarkFixture, size: int, goal: float) -> None:
    """All 3^N fixed points, none undecided: goal 0.25 s for N = 6 and 2.5 s for N = 8."""
    network, region = ring(size), cube_of(ring(size))
    spent, found = seconds(lambda: searched(network, region), rounds=5 if size == 6 else 2)
    assert len(found.state.registry) == 3**size
    assert not len(found.state.left_low)
    told(f"search of the ring N = {size}, {3**size} points, {found.state.boxes} boxes", spent, goal)
    benchmark(lambda: None)


@pytest.mark.parametrize("size", [4, 6])
def test_the_kernel_against_the_search(benchmark: BenchmarkFixture, size: int) -> None:
    """Checking the text of the certificate against making its witness: goal 1."""
    network, region = ring(size), cube_of(ring(size))

    def made() -> Found:
        return witness_of(network, region, searched(network, region).state)

    spent, found = seconds(made, rounds=3)
    chain = Chain()
    chain.add("cover", network, region, found.witness)
    certificate = chain.checked(network).certificate
    assert certificate is not None
    text = certificate.to_text()
    again, result = seconds(lambda: check_text(text), rounds=2)
    assert result.status is fp.FileStatus.VALID
    told(f"kernel ({again:.2f} s) / search and witness ({spent:.2f} s), ring N = {size}", again / spent, 1.0, unit="")
    benchmark(lambda: None)


def test_a_thousand_cells_by_products_in_the_kernel(benchmark: BenchmarkFixture) -> None:
    """The structured count of the ring with N = 1000, 3^1000 points, decided from its text: goal 5 s."""
    outcome = fp.certify(ring(1000), fp.WholeSpace(size=1000), fp.CountProducts())
    assert outcome.certificate is not None
    text = outcome.certificate.to_text()
    spent, result = seconds(lambda: check_text(text), rounds=1)
    assert result.status is fp.FileStatus.VALID
    told("kernel, structured count, N = 1000", spent, 5.0)
    benchmark(lambda: None)


# ---------------------------------------------------------------------------------- against codac

_EPSILON = 1e-6
"""Boxes of codac's paving that are shorter than this are not cut further: enough to tell the three points apart."""


def steep() -> tuple[Network, list[list[float]]]:
    """A random tanh layer in six dimensions with weights of standard deviation 3."""
    rows = (torch.randn(6, 6, generator=torch.Generator().manual_seed(16), dtype=torch.float64) * 3).tolist()
    exact = [[fp.dyadic(entry) for entry in row] for row in rows]
    return fp.loop("tanh", exact, name="tanh 3 W, d = 6"), rows


def test_a_random_layer_against_codac(benchmark: BenchmarkFixture) -> None:
    """Against codac's forward-backward contractor of tanh(W x) - x = 0 and bisection: goal at least 25 times as fast."""
    codac: Any = pytest.importorskip("codac", reason="codac is not installed: pip install codac==2.1.2 to compare")
    network, rows = steep()
    spent, found = seconds(lambda: searched(network, cube_of(network)), rounds=3)
    assert not len(found.state.left_low)
    x = codac.VectorVar(6)
    terms = [codac.tanh(sum((w * x[j] for j, w in enumerate(row[1:], 1)), row[0] * x[0])) for row in rows]
    function = codac.AnalyticFunction([x], codac.vec(*[term - x[i] for i, term in enumerate(terms)]))
    contractor = codac.CtcInverse(function, [0] * 6)
    start = time.perf_counter()
    paving = codac.pave(codac.IntervalVector([[-1, 1]] * 6), contractor, _EPSILON)
    theirs = time.perf_counter() - start
    leaves = len(paving.boxes(codac.PavingOut.outer))
    words = f"codac ({theirs:.1f} s, {leaves} boxes left) / search ({spent:.2f} s, {len(found.state.registry)} points)"
    told(words, theirs / spent, 25.0, least=True, unit="")
    benchmark(lambda: None)
