"""
The tests of this folder, tested: parts of the package that are wrong on purpose are caught.

Single operations, tables and turning points are sabotaged beside their tests (`test_elementwise`, `test_functions`,
`test_thorough_functions`), platforms in `test_guard`. Here: products, balls, ranges, the directed backend, one worker.
"""

import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
import torch

from fpverify.backends.torch64 import backend, balls, compiled, compiler, linear, network
from fpverify.backends.torch64.backend import Torch64
from fpverify.backends.torch64.linear import Ball, Weights, affine, matmul, matmul_points
from fpverify.kernel.activations import ACTIVATIONS
from tests.backends.sledgehammer import strike_shape

# ---------------------------------------------------------------------------------- products and balls


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def exact_product(a, b):
    columns = [[Fraction(v) for v in column] for column in b.T.tolist()]
    return [
        [sum(Fraction(x) * y for x, y in zip(row, column, strict=True)) for column in columns] for row in a.tolist()
    ]


def misses(ball, exact):
    """How many entries of an exact matrix lie outside of the ball, compared in Fractions."""
    rows = zip(ball.mid.tolist(), ball.rad.tolist(), exact, strict=True)
    return sum(
        abs(value - Fraction(m)) > Fraction(r) for ms, rs, vs in rows for m, r, value in zip(ms, rs, vs, strict=True)
    )


def product_misses():
    """Over points; the corner farthest off, of balls; and a bias: so many entries are missed by each product."""
    a, b, radius = normal(6, 40), normal(40, 5, seed=1), normal(40, 5, seed=2).abs()
    corner = b + radius * 0.5
    bias, zero = normal(6, seed=3), torch.zeros(6, dtype=torch.float64)
    half = Ball(mid=b, rad=radius * 0.5)
    exact, moved = exact_product(a, b), exact_product(a, corner)
    shifted = [[v + Fraction(o) for v in row] for row, o in zip(exact, bias.tolist(), strict=True)]
    turned = Ball(mid=b.T.contiguous(), rad=torch.zeros_like(b.T))
    corners = exact_product(a.abs(), b.abs() + radius * 0.5)
    return {
        "points": misses(matmul_points(a, b), exact),
        "balls": misses(matmul(Ball.point(a), half), moved),
        "corners": misses(matmul(Ball.point(a.abs()), Ball(mid=b.abs(), rad=radius * 0.5)), corners),
        "affine": misses(affine(Weights.of(a), turned, Ball.point(zero)).transposed, exact),
        "bias": misses(affine(Weights.of(a), turned, Ball.point(bias)).transposed, shifted),
    }


def test_honest_products_miss_nothing():
    assert set(product_misses().values()) == {0}


def test_products_that_are_not_widened_are_caught(monkeypatch):
    monkeypatch.setattr(linear, "gamma", lambda terms: 0.0)
    found = product_misses()
    assert all(found[name] for name in ("points", "affine", "bias"))


def test_products_that_lose_a_radius_are_caught(monkeypatch):
    honest = balls.factor
    monkeypatch.setattr(balls, "factor", lambda mid, rad, by_mid, by_rad: honest(mid, rad * 0, by_mid, by_rad))
    found = product_misses()
    assert found["balls"]
    assert found["corners"]


def conversion_misses():
    """Ends to balls and back: exact ends outside of the ball, and balls outside of the ends."""
    lo = normal(2000) * 10.0 ** torch.linspace(-20, 3, 2000, dtype=torch.float64)
    hi = lo + normal(2000, seed=1).abs() * 10.0 ** torch.linspace(2, -19, 2000, dtype=torch.float64)
    ball = Ball.of_ends(lo, hi)
    back = ball.ends()
    columns = (x.tolist() for x in (lo, hi, ball.mid, ball.rad, *back))
    out = inward = 0
    for a, b, m, r, c, d in zip(*columns, strict=True):
        low, high = Fraction(m) - Fraction(r), Fraction(m) + Fraction(r)
        out += low > Fraction(a) or high < Fraction(b)
        inward += Fraction(c) > low or Fraction(d) < high
    return out, inward


def test_honest_conversions_miss_nothing():
    assert conversion_misses() == (0, 0)


def test_radii_that_are_not_widened_are_caught(monkeypatch):
    monkeypatch.setattr(balls, "UNIT", 0.0)
    assert conversion_misses()[0]


@pytest.mark.parametrize("side", ["next_down", "next_up"])
def test_one_end_that_is_not_stepped_outward_is_caught(monkeypatch, side):
    monkeypatch.setattr(balls, side, lambda x: x)
    assert conversion_misses()[1]


def test_swapped_ends_are_caught(monkeypatch):
    monkeypatch.setattr(balls, "next_down", balls.next_up)
    assert conversion_misses()[1]


# ---------------------------------------------------------------------------------- ranges


def range_violations(name, part="values"):
    function = ACTIVATIONS[name].function()
    formula, shape = (function.formula, function.values) if part == "values" else (function.slope, function.slopes)
    return strike_shape(formula, shape, 3000).violations


RANGES = [("gelu", "values"), ("silu", "values"), ("sin", "values"), ("cubic", "slopes")]


@pytest.mark.parametrize(("name", "part"), RANGES)
def test_turning_points_that_are_missed_are_caught(monkeypatch, name, part):
    assert range_violations(name, part) == []
    monkeypatch.setattr(network, "_take_in", lambda result, where, value: result)
    assert range_violations(name, part)


@pytest.mark.parametrize("name", ["gelu", "softplus", "sin", "silu"])
def test_ranges_with_one_end_swapped_are_caught(monkeypatch, name):
    honest = network.at_points
    monkeypatch.setattr(network, "at_points", lambda formula, x: tuple(reversed(honest(formula, x))))
    assert range_violations(name)


# ---------------------------------------------------------------------------------- the directed backend


def directed_violations():
    """How often a directed operation of `Torch64` errs to the wrong side, in Fractions."""
    arithmetic = Torch64()
    a, b = normal(3000) * 7, normal(3000, seed=1)
    exact_a, exact_b = ([Fraction(v) for v in x.tolist()] for x in (a, b))
    positive = b.abs() + 0.01
    true = {
        "add_up": (arithmetic.add_up(a, b), [x + y for x, y in zip(exact_a, exact_b, strict=True)]),
        "mul_up": (arithmetic.mul_up(a, b), [x * y for x, y in zip(exact_a, exact_b, strict=True)]),
        "div_up": (
            arithmetic.div_up(a, positive),
            [x / Fraction(y) for x, y in zip(exact_a, positive.tolist(), strict=True)],
        ),
    }
    return {
        name: sum(Fraction(bound) < value for bound, value in zip(bounds.tolist(), exact, strict=True))
        for name, (bounds, exact) in true.items()
    }


def test_honest_directed_operations_err_to_their_side():
    assert set(directed_violations().values()) == {0}


def test_directed_operations_without_a_step_are_caught(monkeypatch):
    monkeypatch.setattr(backend, "next_up", lambda x: x)
    assert all(directed_violations().values())


def fused(x, y, z):
    """x y + z with one rounding, by exact arithmetic."""
    cells = zip(x.tolist(), y.tolist(), z.tolist(), strict=True)
    return torch.tensor([float(Fraction(a) * Fraction(b) + Fraction(c)) for a, b, c in cells], dtype=torch.float64)


def test_a_fused_product_in_a_splitting_is_caught(monkeypatch):
    """c x - (c x - x) as one fused operation leaves halves of more than 26 bits, whose products are not exact."""

    def split(x):
        factor = torch.full_like(x, 2.0**27 + 1)
        high = fused(factor, x, -(factor * x - x))
        return high, x - high

    monkeypatch.setattr(backend, "_split", split)
    found = directed_violations()
    assert found["mul_up"]


# ---------------------------------------------------------------------------------- the compiled path


def library_refusal(folder, flags, change=("", "")):
    """Build `kernels.c`, changed, with *flags*; return why it is refused, or "" if it is not."""
    compiler_name = shutil.which("cc") or shutil.which("gcc")
    if compiler_name is None:
        pytest.skip("no C compiler")
    text = compiler.SOURCE.read_text()
    assert change[0] in text
    source, library = folder / "kernels.c", folder / "kernels.so"
    source.write_text(text.replace(*change, 1) if change[0] else text)
    subprocess.run([compiler_name, *flags, "-o", str(library), str(source)], check=True, capture_output=True)
    try:
        compiled.loaded(library)
    except compiler.UnavailableError as error:
        return str(error)
    return ""


def test_the_library_as_it_is_built_is_not_refused(tmp_path):
    assert library_refusal(tmp_path, compiler._flags()) == ""


def test_a_library_with_fused_operations_is_refused(tmp_path):
    """Where the processor has a fused multiply-add; results of the compiled path are those of the eager one, bit by bit."""
    if not {"fma", "asimd"} & set(_features()):
        pytest.skip("this processor fuses nothing")
    assert "differ" in library_refusal(tmp_path, (*compiler._flags(), "-ffp-contract=fast"))


def _features():
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").split() if path.exists() else []


# ---------------------------------------------------------------------------------- one worker


ONE_WORKER = """
import torch
from fpverify.backends.torch64.guard import UnsoundPlatformError, guard
torch.set_num_threads(2)
torch.set_flush_denormal(True)
torch.ones(2**20).add_(1)        # the second thread starts, and inherits the setting
torch.set_flush_denormal(False)
torch.set_num_threads(4)
torch.ones(2**20).add_(1)        # two more threads start, with subnormal numbers
tiny = torch.full((2**20,), 2.0**-1060, dtype=torch.float64)
flushed = ((tiny * 0.5) * 2.0**1000 != 2.0**-61).double().mean().item()
print(flushed)
try:
    guard()
    print("passed")
except UnsoundPlatformError as error:
    print(error)
"""


def test_flushing_in_one_worker_of_four_is_caught():
    """A quarter of a large tensor loses its subnormal numbers, the rest and the calling thread keep them."""
    given = {
        **os.environ,
        "OMP_NUM_THREADS": "4",
        "MKL_NUM_THREADS": "4",
        "OMP_DYNAMIC": "FALSE",
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    done = subprocess.run([sys.executable, "-c", ONE_WORKER], capture_output=True, text=True, env=given, check=True)
    share, told = done.stdout.splitlines()
    assert 0.0 < float(share) < 0.5
    assert "flushed to zero in some thread" in told
