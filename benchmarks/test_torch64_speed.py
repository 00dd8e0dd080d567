"""
Speed of the proven float64 intervals on tensors, as ratios inside one run; `make bench` prints them with their goals.

Everything is measured on one thread, alternating between what is compared, and the least of several rounds is taken.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import mpmath
import pytest
import torch
from flint import arb, arb_mat, ctx
from pytest_benchmark.fixture import BenchmarkFixture

from fpverify.backends.torch64 import functions, norms
from fpverify.backends.torch64.linear import Ball, Weights, affine, matmul
from fpverify.backends.torch64.network import enclose
from fpverify.kernel.arb import Arb
from fpverify.kernel.box import Box
from fpverify.kernel.network import Network

EAGER = os.environ.get("FPVERIFY_COMPILED") == "0"
GOAL_OF_LAYER = 5.0 if EAGER else 2.0
GOAL_OF_TANH = None if EAGER else 0.35


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def path() -> str:
    """The path that is active, as far as the package tells."""
    if EAGER:
        return "eager, by FPVERIFY_COMPILED=0"
    try:
        from fpverify.backends.torch64 import compiled
    except ImportError:
        return "eager, there is no compiled path"
    found = compiled.library_for(torch.zeros(2**16, dtype=torch.float64))
    return "eager, nothing compiled can be used" if found is None else "compiled"


def seconds(*candidates: Callable[[], Any], rounds: int = 15) -> list[float]:
    """Return the least time of each candidate; they take turns, so that a disturbance meets all of them."""
    least = [float("inf")] * len(candidates)
    for candidate in candidates:
        candidate()
    for _ in range(rounds):
        for index, candidate in enumerate(candidates):
            start = time.perf_counter()
            candidate()
            least[index] = min(least[index], time.perf_counter() - start)
    return least


def told(what: str, ratio: float, goal: float | None, *, least: bool = False) -> None:
    if goal is None:
        stated = "no goal"
    else:
        met = ratio >= goal if least else ratio <= goal
        stated = f"goal {'at least ' if least else ''}{goal}{'' if met else '; missed'}"
    print(f"\n{what}: {ratio:.2f} ({stated}) [{path()}]")


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


# ---------------------------------------------------------------------------------- layers and products


def tanh_layer() -> tuple[float, float]:
    """Return the time of the enclosure of tanh(W x + b) over 10^4 boxes of R^64, both ends, and of a forward pass."""
    w, bias = normal(64, 64) / 8, normal(64, seed=1)
    lo = normal(10_000, 64, seed=2)
    hi = lo + 0.01
    weights, offset = Weights.of(w), Ball.point(bias)

    def both_ends() -> Any:
        return functions.tanh(affine(weights, Ball.of_ends(lo, hi), offset).ends())

    first, second = seconds(both_ends, lambda: torch.tanh(torch.addmm(bias, lo, w.T)), rounds=25)
    return first, second


def test_a_tanh_layer_against_a_forward_pass(benchmark: BenchmarkFixture) -> None:
    """64-d tanh layer, 10^4 boxes, both ends: goal 2.0 compiled, 5 eager, in float forward passes."""
    ours, forward = tanh_layer()
    told(f"tanh layer, both ends ({ours * 1e3:.1f} ms), / float forward", ours / forward, GOAL_OF_LAYER)
    benchmark(lambda: None)


def test_the_eager_path_apart(benchmark: BenchmarkFixture) -> None:
    """The layer and tanh again, in a process that may not use the compiled path."""
    if not EAGER:
        chosen = [f"{__file__}::test_a_tanh_layer_against_a_forward_pass", f"{__file__}::test_tanh_against_torch"]
        command = [sys.executable, "-m", "pytest", *chosen, "-o", "addopts=--import-mode=importlib", "--benchmark-only"]
        environment = {**os.environ, "FPVERIFY_COMPILED": "0"}
        done = subprocess.run([*command, "-s"], check=True, capture_output=True, text=True, env=environment)
        print("\n" + "\n".join(line for line in done.stdout.splitlines() if "goal" in line))
    benchmark(lambda: None)


def test_a_product_with_point_weights_against_a_gemm(benchmark: BenchmarkFixture) -> None:
    """Point W times 1000 balls, n = 1000: goal 2.4 products."""
    w, x, r = normal(1000, 1000), normal(1000, 1000, seed=1), normal(1000, 1000, seed=2).abs() * 1e-6
    weights, ball = Weights.of(w), Ball(mid=x, rad=r)
    ours, gemm = seconds(lambda: affine(weights, ball), lambda: x @ w.T, rounds=5)
    told(f"point weights times balls, n = 1000 / GEMM of {gemm * 1e3:.0f} ms", ours / gemm, 2.4)
    benchmark(lambda: None)


def test_a_product_of_balls_against_a_gemm(benchmark: BenchmarkFixture) -> None:
    """Balls times balls, n = 1000: goal 3.6 products."""
    a, b = (Ball(mid=normal(1000, 1000, seed=k), rad=normal(1000, 1000, seed=k + 9).abs() * 1e-6) for k in (1, 2))
    ours, gemm = seconds(lambda: matmul(a, b), lambda: a.mid @ b.mid, rounds=5)
    told(f"balls times balls, n = 1000 / GEMM of {gemm * 1e3:.0f} ms", ours / gemm, 3.6)
    benchmark(lambda: None)


def test_tanh_against_torch(benchmark: BenchmarkFixture) -> None:
    """tanh of 10^6 intervals, both ends, against torch.tanh of both ends: goal 0.35."""
    lo = normal(10**6) * 2
    hi = lo + 0.01
    ours, plain = seconds(lambda: functions.tanh((lo, hi)), lambda: (torch.tanh(lo), torch.tanh(hi)), rounds=9)
    told(f"tanh, both ends ({ours * 1e3:.1f} ns an interval), / torch.tanh of both", ours / plain, GOAL_OF_TANH)
    benchmark(lambda: None)


def test_the_two_norm_against_a_gemm(benchmark: BenchmarkFixture) -> None:
    """||A||_2 for n = 600 within 0.5 % of the norm: goal 10 products. Random, with a near double norm, and of radii."""
    turned, _ = torch.linalg.qr(normal(600, 600))
    other, _ = torch.linalg.qr(normal(600, 600, seed=1))
    spectrum = torch.linspace(0, 1, 600, dtype=torch.float64)
    spectrum[-3:] = torch.tensor([1.0, 1 - 1e-6, 1 - 1e-9], dtype=torch.float64)
    kinds = {"normal": normal(600, 600) / 600**0.5, "close norms": (turned * spectrum) @ other.T}
    for kind, a in kinds.items():
        ours, sharp, gemm = seconds(
            lambda a=a: norms.cholesky_norm(Ball.point(a)),
            lambda a=a: norms.gram_norm(Ball.point(a)),
            lambda a=a: a @ a,
            rounds=5,
        )
        true = torch.linalg.matrix_norm(a, 2).item()
        excess, least = (norm(Ball.point(a)).item() / true - 1 for norm in (norms.cholesky_norm, norms.gram_norm))
        assert -1e-12 < excess < 0.005
        told(f"2-norm, n = 600, {kind}, within {excess:.1e}, / GEMM of {gemm * 1e3:.0f} ms", ours / gemm, 10.0)
        print(f"  the sharpest bound, within {least:.1e}: {sharp / gemm:.1f} products")
    benchmark(lambda: None)


# ---------------------------------------------------------------------------------- a whole network, box by box

ROWS = [["1.1", "-0.2"], ["0.3", "0.9"]]


def cubic_network() -> Network:
    layers = [{"affine": {"weight": ROWS, "bias": ["0.01", "-0.02"]}}, {"activation": {"name": "cubic"}}]
    return Network.from_data({"format": 1, "name": "cubic, d = 2", "layers": layers})


def boxes(count: int) -> list[list[tuple[float, float]]]:
    low = normal(count, 2, seed=5).tolist()
    return [[(a, a + 2.0**-6) for a in row] for row in low]


def by_mpmath(batch: list[list[tuple[float, float]]]) -> None:
    iv: Any = mpmath.iv
    weight = [[iv.mpf(entry) for entry in row] for row in ROWS]
    bias = [iv.mpf("0.01"), iv.mpf("-0.02")]
    for box in batch:
        x = [iv.mpf(list(end)) for end in box]
        z = [row[0] * x[0] + row[1] * x[1] + b for row, b in zip(weight, bias, strict=True)]
        _ = [3 * t / 2 - t**3 / 2 for t in z]
        slopes = [3 * (1 - t**2) / 2 for t in z]
        _ = [[s * entry for entry in row] for s, row in zip(slopes, weight, strict=True)]


def by_flint(batch: list[list[tuple[float, float]]]) -> None:
    weight = arb_mat([[arb(entry) for entry in row] for row in ROWS])
    bias = arb_mat([[arb("0.01")], [arb("-0.02")]])
    for box in batch:
        x = arb_mat([[arb(lo).union(arb(hi))] for lo, hi in box])
        z = weight * x + bias
        _ = [3 * t / 2 - t**3 / 2 for t in z.entries()]
        slopes = arb_mat(2, 2)
        for k, t in enumerate(z.entries()):
            slopes[k, k] = 3 * (1 - t**2) / 2
        _ = slopes * weight


def test_a_small_network_against_other_libraries(benchmark: BenchmarkFixture) -> None:
    """Range and slopes of a 2-d cubic network, per box: goals 100 times mpmath.iv, 10 times Arb, two ways."""
    network, batch = cubic_network(), boxes(10_000)
    lo, hi = (torch.tensor([[end[k] for end in box] for box in batch], dtype=torch.float64) for k in (0, 1))
    few, arbs = batch[:300], Arb(53)
    exact = [Box.from_exact([Fraction(a) for a, _ in box], [Fraction(b) for _, b in box], arbs) for box in batch[:50]]

    def by_kernel() -> None:
        for box in exact:
            network.enclose(box)
            network.slopes(box)

    with ctx.workprec(53):
        ours, other, kernel, flint = seconds(
            lambda: enclose(network, lo, hi), lambda: by_mpmath(few), by_kernel, lambda: by_flint(few), rounds=5
        )
    each = ours / len(batch)
    print(f"\n2-d cubic network, range and slopes: {each * 1e6:.2f} us a box [{path()}]")
    told("  mpmath.iv / ours", other / len(few) / each, 100, least=True)
    told("  the kernel on Arb / ours", kernel / len(exact) / each, 10, least=True)
    told("  python-flint by hand / ours", flint / len(few) / each, 10, least=True)
    benchmark(lambda: None)
