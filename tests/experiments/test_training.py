"""Training of stacks: seeded, each network by itself, and the search for limits."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fpverify.experiments.training import (
    Recipe,
    Stack,
    _batches,
    chosen,
    digits,
    distinct,
    initial,
    limits,
    mean_squares,
    train,
)
from fpverify.experiments.training_intervals import as_data, of_few, share_of_few
from fpverify.kernel.errors import MisuseError

RECIPE = Recipe(steps=5, rate=1e-2, noise=0.1, batch=2, masks=True)


def _images(count: int, m: int = 4) -> torch.Tensor:
    return torch.tensor(digits()[0][chosen(count, m)], dtype=torch.float32)


def _trained(seed: int, recipe: Recipe = RECIPE) -> Stack:
    generator = torch.Generator().manual_seed(seed)
    return train(initial((64, 8, 64), 3, generator, gain=1.0, bias=0.1), _images(3), recipe, generator)


def _same(left: Stack, right: Stack) -> bool:
    pairs = zip((*left.weights, *left.biases), (*right.weights, *right.biases), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_training_is_the_same_for_the_same_seed_only() -> None:
    assert _same(_trained(1), _trained(1))
    assert not _same(_trained(1), _trained(2))


def test_a_network_learns_as_if_it_were_alone() -> None:
    """What it becomes does not depend on the others of its stack."""
    recipe = Recipe(steps=20, rate=1e-2)
    stack = initial((64, 8, 64), 3, torch.Generator().manual_seed(0), gain=1.0, bias=0.1)
    together = train(stack, _images(3), recipe, torch.Generator()).of([1])
    alone = train(stack.of([1]), _images(3)[[1]], recipe, torch.Generator())
    for a, b in zip(together.weights, alone.weights, strict=True):
        assert a.numpy() == pytest.approx(b.numpy(), abs=1e-5)


def test_training_makes_the_error_small() -> None:
    stack = initial((64, 32, 64), 2, torch.Generator().manual_seed(0), gain=1.0, bias=0.0)
    trained = train(stack, _images(2), Recipe(steps=200, rate=1e-2, decay=True), torch.Generator())
    assert (mean_squares(trained, _images(2)) < 0.01 * mean_squares(stack, _images(2))).all()


def test_training_does_not_change_the_untrained_networks() -> None:
    stack = initial((64, 8, 64), 2, torch.Generator().manual_seed(0), gain=1.0, bias=0.1)
    before = stack.weights[0].clone()
    train(stack, _images(2), RECIPE, torch.Generator())
    assert torch.equal(stack.weights[0], before)


def test_each_pass_shows_each_image_once() -> None:
    images = torch.arange(10.0).reshape(2, 5, 1)
    source = _batches(images, 2, torch.Generator().manual_seed(0))
    for _ in range(2):
        seen = torch.cat([next(source) for _ in range(3)], 1)
        assert torch.equal(seen.sort(1).values, images)


def test_more_networks_keep_the_images_of_the_first() -> None:
    assert (chosen(5, 7)[:2] == chosen(2, 7)).all()
    assert all(len(set(row)) == 7 for row in chosen(5, 7).tolist())


def test_the_digits_are_scaled() -> None:
    images, classes = digits()
    assert images.shape == (1797, 64)
    assert (images.min(), images.max()) == (-0.8, 0.8)
    assert set(classes.tolist()) == set(range(10))


@pytest.mark.parametrize("law", ["normal", "cauchy"])
def test_initial_weights_have_the_scale_that_is_asked_for(law: str) -> None:
    """The median of |w| is 0.674 deviations of a normal law, and the scale of a Cauchy law."""
    stack = initial((100, 400), 2, torch.Generator().manual_seed(0), law=law, gain=3.0, bias=0.0)
    expected = 0.674 * 3 / 10 if law == "normal" else 3 / 100
    assert stack.weights[0].abs().median().item() == pytest.approx(expected, rel=0.02)


def test_unknown_laws_and_optimisers_are_refused() -> None:
    with pytest.raises(MisuseError, match="'laplace'"):
        initial((2, 2), 1, torch.Generator(), law="laplace", gain=1.0, bias=0.0)
    with pytest.raises(MisuseError, match="'newton'"):
        Recipe(steps=1, rate=1.0, optimiser="newton")


def _scalar(*weights: float) -> Stack:
    """Return the maps x -> tanh(w x) of the line."""
    return Stack(weights=(torch.tensor(weights).reshape(-1, 1, 1),), biases=(torch.zeros(len(weights), 1, 1),))


def test_limits_are_found_and_oscillation_is_not_one() -> None:
    """The map tanh(2x) has the attractors +-0.9575, tanh(x/2) has 0, and tanh(-2x) goes round a cycle."""
    starts = torch.tensor([-0.5, 0.7]).reshape(1, 2, 1).repeat(3, 1, 1)
    ends, converged = limits(_scalar(2.0, 0.5, -2.0), starts, steps=200, tolerance=1e-6)
    assert converged.tolist() == [[True, True], [True, True], [False, False]]
    assert ends[0].flatten().tolist() == pytest.approx([-0.9575, 0.9575], abs=1e-4)
    assert ends[1].abs().max() < 1e-4


def test_groups_have_leaders() -> None:
    leaders, groups = distinct(np.array([[0.0, 0.0], [1.0, 0.0], [0.05, 0.05], [1.0, 0.2]]), 0.1)
    assert leaders.tolist() == [[0, 0], [1, 0], [1, 0.2]]
    assert groups.tolist() == [0, 1, 0, 2]


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30), st.floats(0.01, 1))
def test_a_point_is_near_its_leader_and_leaders_are_apart(values: list[float], tolerance: float) -> None:
    points = np.array(values)[:, None]
    leaders, groups = distinct(points, tolerance)
    assert (np.abs(points - leaders[groups]) < tolerance).all()
    gaps = np.abs(leaders - leaders.T) + 10 * np.eye(len(leaders))
    assert (gaps >= tolerance).all()


def test_an_interval_of_three_values_is_students() -> None:
    """The 97.5 % quantile for two degrees of freedom is 4.3027."""
    estimate = of_few([1.0, 2.0, 3.0])
    assert as_data(estimate) == pytest.approx([2, 2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5], abs=1e-4)


def test_a_share_stays_between_nought_and_one() -> None:
    assert as_data(share_of_few([0.0, 1.0])) == [0.5, 0, 1]


def test_one_value_has_no_interval() -> None:
    with pytest.raises(MisuseError, match="at least two"):
        of_few([1.0])
