"""Attractors by iteration: known maps, honest counts, and many networks at once against one after another."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

import fpverify as fp
from fpverify.ensembles import Ensemble
from fpverify.ensembles.batch import stacked, stacked_starts
from fpverify.numeric.attractors import Attractors, One, Options, find_attractors
from fpverify.numeric.iterate import Step

CPU = torch.device("cpu")


def spread(low: float, high: float, count: int, width: int = 1) -> Tensor:
    """Starts between *low* and *high*, off every symmetry, shape (1, count, width)."""
    generator = torch.Generator().manual_seed(3)
    return low + (high - low) * torch.rand(1, count, width, generator=generator, dtype=torch.float64)


def of_one(step: Step, starts: Tensor, **options: float) -> Attractors:
    (found,) = find_attractors(One(step), starts, Options(**options))
    return found


def logistic(rate: float) -> Step:
    return lambda x: rate * x * (1 - x)


def test_a_contraction_has_one() -> None:
    """x/2 + 1 brings every start to 2."""
    found = of_one(lambda x: x / 2 + 1, spread(-5, 5, 40, 3))
    assert found.is_unique
    assert (found.basins, found.cycles, found.not_converged, found.late) == ((40,), (), 0, 0)
    np.testing.assert_allclose(found.fixed_points, [[2, 2, 2]], atol=1e-9)


def test_two_fixed_points_share_the_starts() -> None:
    """tanh(3x) has two that attract; each start ends in the one on its side."""
    starts = spread(-1, 1, 50)
    found = of_one(lambda x: torch.tanh(3 * x), starts)
    right = int((starts > 0).sum())
    assert sorted(found.basins) == sorted((right, 50 - right))
    assert not found.is_unique
    np.testing.assert_allclose(np.tanh(3 * found.fixed_points), found.fixed_points, atol=1e-9)


def test_a_grid_of_attractors_is_counted_in_full() -> None:
    """tanh(3x) in each of five coordinates: all 2^5 are found by 600 starts, and none is counted twice."""
    found = of_one(lambda x: torch.tanh(3 * x), spread(-1, 1, 600, 5))
    assert found.count == 32
    assert sum(found.basins) == 600
    assert found.unseen.mass == 0


@pytest.mark.parametrize(("rate", "period"), [(3.2, 2), (3.5, 4), (3.55, 8), (3.832, 3)])
def test_a_cycle_is_one_attractor_with_its_least_period(rate: float, period: int) -> None:
    """Starts that end in different phases of a cycle of the logistic map end in one attractor."""
    found = of_one(logistic(rate), spread(0.1, 0.9, 60), steps=1000)
    assert (found.count, found.not_converged) == (0, 0)
    assert [(cycle.period, cycle.basin) for cycle in found.cycles] == [(period, 60)]
    assert found.in_cycles == 60


def test_fixed_points_and_cycles_side_by_side() -> None:
    """Two independent coordinates, -tanh(3x) and tanh(3y): two cycles of period 2, told apart by y."""
    found = of_one(lambda x: torch.tanh(3 * x * torch.tensor([-1.0, 1.0], dtype=torch.float64)), spread(-1, 1, 80, 2))
    assert [cycle.period for cycle in found.cycles] == [2, 2]
    assert (found.count, found.in_cycles) == (0, 80)


def test_chaos_is_not_converged_and_not_dropped() -> None:
    found = of_one(logistic(3.99), spread(0.1, 0.9, 30))
    assert (found.count, found.cycles, found.not_converged) == (0, (), 30)


def test_a_period_above_the_longest_counts_as_not_converged() -> None:
    starts = spread(0.1, 0.9, 10)
    assert of_one(logistic(3.55), starts, longest=7, steps=1000).not_converged == 10
    assert of_one(logistic(3.55), starts, longest=8, steps=1000).not_converged == 0


@pytest.mark.parametrize("factor", [2.0, 1e200, math.nan])
def test_what_diverges_is_not_converged(factor: float) -> None:
    """Infinity and NaN settle nowhere."""
    assert of_one(lambda x: factor * x, spread(0.5, 1, 5)).not_converged == 5


def test_slow_is_told_from_aperiodic() -> None:
    """x -> 0.93 x needs about 280 steps: late after T = 200, in time after T = 400, open after 2T = 200."""
    starts = spread(0.5, 1, 20)
    slow = [of_one(lambda x: 0.93 * x, starts, steps=steps) for steps in (400, 200, 100)]
    assert [(one.late, one.not_converged) for one in slow] == [(0, 0), (20, 0), (0, 20)]


def test_slow_alternation_is_no_cycle() -> None:
    """x -> -0.99 x returns nearly to where it was after two steps, long before it has settled."""
    found = of_one(lambda x: -0.99 * x, spread(0.5, 1, 20), steps=1500)
    assert (found.count, found.cycles) == (1, ())


def test_the_place_of_a_start_is_its_own() -> None:
    """Rows that settle at different times keep their limits: every point is fixed, so each is its own limit."""
    starts = spread(-1, 1, 30, 2)
    found = of_one(lambda x: x.clone(), starts)
    assert np.array_equal(found.fixed_points, starts[0].numpy())


@given(seed=st.integers(0, 50), depth=st.sampled_from([1, 2, 5]), form=st.sampled_from(["free", "nonnegative"]))
def test_many_at_once_are_each_by_itself(seed: int, depth: int, form: str) -> None:
    """Q and the fixed points are those of a plain loop over single networks; no start is dropped."""
    ensemble = Ensemble(
        activation="tanh",
        width=5,
        depth=depth,
        law="cauchy",
        gain=2.0,
        bias_law="cauchy",
        bias=0.5,
        form=form,
        seed=seed,
    )
    starts = stacked_starts(ensemble, range(6), 12, CPU)
    together = find_attractors(stacked(ensemble, range(6), CPU), starts)
    for k, found in enumerate(together):
        assert sum(found.basins) + found.in_cycles + found.not_converged == found.starts == 12
        (alone,) = find_attractors(stacked(ensemble, [k], CPU), starts[k : k + 1])
        settled = (alone.count, len(alone.cycles), alone.not_converged)
        assert (found.count, len(found.cycles), found.not_converged) == settled
        np.testing.assert_allclose(found.fixed_points, alone.fixed_points, atol=1e-8)
        drawn, x = ensemble.draw(k), found.fixed_points
        for weight, bias in zip(drawn.weights, drawn.biases, strict=True):
            x = np.tanh(x @ weight.T + bias)
        np.testing.assert_allclose(x, found.fixed_points, atol=1e-9)


@pytest.mark.parametrize("options", [{"steps": 1}, {"longest": 0}, {"tolerance": 0.0}, {"tolerance": 1e-3}])
def test_options_that_make_no_sense_are_refused(options: dict) -> None:
    with pytest.raises(fp.MisuseError):
        Options(**options)


@pytest.mark.parametrize("starts", [torch.zeros(3, 2), torch.zeros(1, 3, 2), torch.zeros(1, 0, 2).double()])
def test_starts_of_another_form_are_refused(starts: Tensor) -> None:
    with pytest.raises(fp.MisuseError, match="shape"):
        find_attractors(One(lambda x: x), starts)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_gpu_finds_what_the_cpu_finds() -> None:
    """For networks whose starts all settle in fixed points; chaos may differ by rounding."""
    ensemble = Ensemble(activation="tanh", width=20, depth=16, law="cauchy", gain=1.0, bias_law="cauchy", bias=1.0)
    cuda = torch.device("cuda")
    on_cpu, on_gpu = (
        find_attractors(stacked(ensemble, range(20), device), stacked_starts(ensemble, range(20), 30, device))
        for device in (CPU, cuda)
    )
    for one, other in zip(on_cpu, on_gpu, strict=True):
        assert one.basins == other.basins
        np.testing.assert_allclose(one.fixed_points, other.fixed_points, atol=1e-8)
