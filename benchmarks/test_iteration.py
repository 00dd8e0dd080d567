"""Speed of the search for attractors against a bare loop of torch, as a ratio inside one run; `make bench` prints it."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor

from fpverify.ensembles import Ensemble
from fpverify.ensembles.batch import stacked, stacked_starts
from fpverify.numeric.attractors import Options, find_attractors
from fpverify.numeric.iterate import one_thread

CPU = torch.device("cpu")
STEPS = 250


def both(first: Callable[[], Any], second: Callable[[], Any], rounds: int = 5) -> tuple[float, float, Any]:
    """Return the least times of both, taken in turns after one that is not counted, and the last result of the second."""
    least, result = [float("inf")] * 2, (first(), second())[1]
    for _ in range(rounds):
        for i, action in enumerate((first, second)):
            start = time.perf_counter()
            result = action()
            least[i] = min(least[i], time.perf_counter() - start)
    return least[0], least[1], result


def bare(weights: list[Tensor], biases: list[Tensor], x: Tensor, steps: int) -> Tensor:
    """What anyone would write: *steps* steps of every start, and nothing else."""
    transposed = [weight.mT for weight in weights]
    with torch.no_grad():
        for _ in range(steps):
            for weight, bias in zip(transposed, biases, strict=True):
                x = torch.tanh(torch.baddbmm(bias, x, weight))
    return x


@pytest.mark.parametrize(
    ("width", "depth", "networks", "starts"), [(20, 1, 30, 48), (20, 8, 30, 48), (100, 4, 4, 100), (400, 2, 1, 200)]
)
def test_the_search_against_a_bare_loop(
    benchmark: BenchmarkFixture, width: int, depth: int, networks: int, starts: int
) -> None:
    """
    Row steps per second of the search, over those of the bare loop: goal at least 0.7.

    The networks are chaotic (normal weights, gain 8), so that hardly a start settles: the search takes all 2T steps and
    64 more, as the bare loop does, and gains little from starts that need no more of them.
    """
    ensemble = Ensemble(activation="tanh", width=width, depth=depth, law="normal", gain=8.0, bias=0.1)
    numbers = range(networks)
    stack, states = stacked(ensemble, numbers, CPU), stacked_starts(ensemble, numbers, starts, CPU)
    taken = 2 * STEPS + 64
    with one_thread():
        loop, search, found = both(
            lambda: bare(list(stack.weights), list(stack.biases), states, taken),
            lambda: find_attractors(stack, states, Options(steps=STEPS)),
        )
    share = sum(one.not_converged for one in found) / (networks * starts)
    ratio = loop / search
    missed = "" if ratio >= 0.7 else "; missed"
    print(
        f"\nsearch / bare loop, N = {width}, L = {depth}, {networks} x {starts} rows, {share:.0%} in motion to the end: "
        f"{ratio:.2f} (goal at least 0.7{missed})"
    )
    benchmark(lambda: None)


def test_an_ensemble_of_small_networks_at_once(benchmark: BenchmarkFixture) -> None:
    """30 networks of width 20 at once against one after another; no goal is set."""
    ensemble = Ensemble(activation="tanh", width=20, depth=8, law="cauchy", gain=3.0, bias_law="cauchy", bias=1.0)
    each = [(stacked(ensemble, [k], CPU), stacked_starts(ensemble, [k], 48, CPU)) for k in range(30)]
    stack, states = stacked(ensemble, range(30), CPU), stacked_starts(ensemble, range(30), 48, CPU)
    with one_thread():
        single, together, _ = both(
            lambda: [find_attractors(*one) for one in each], lambda: find_attractors(stack, states), rounds=3
        )
    print(f"\n30 networks one after another / at once, N = 20, L = 8: {single / together:.1f}")
    benchmark(lambda: None)
