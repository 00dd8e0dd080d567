"""Stack: networks of one shape, trained all at once, exactly seeded, on the digits that come with scikit-learn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from fpverify.kernel.errors import MisuseError
from fpverify.numeric.iterate import one_thread

Array = NDArray[np.float64]

BLANK = -0.8
"""The value of a pixel without ink; full ink is 0.8. Tanh reaches both without saturating."""

_ACTIVATIONS = {"tanh": torch.tanh, "sigmoid": torch.sigmoid}


@dataclass(frozen=True, kw_only=True)
class Stack:
    """
    K networks of one shape, x <- g(x W + b) layer by layer.

    Fields:
        weights: one tensor for each layer, shape (K, inputs, outputs): rows are inputs.
        biases: one for each layer, shape (K, 1, outputs).
        activation: "tanh" or "sigmoid", after every layer.
    """

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    activation: str = "tanh"

    def __call__(self, x: Tensor) -> Tensor:
        """Return the images of *x*, shape (K, any, inputs)."""
        activation = _ACTIVATIONS[self.activation]
        for weight, bias in zip(self.weights, self.biases, strict=True):
            x = activation(torch.baddbmm(bias, x, weight))
        return x

    @property
    def count(self) -> int:
        """K."""
        return len(self.weights[0])

    def of(self, which: Tensor | Sequence[int]) -> "Stack":
        """Return some of the networks, by their indices."""
        chosen = torch.as_tensor(which)
        return self.each(lambda tensor: tensor[chosen])

    def double(self) -> "Stack":
        """Return the same networks in float64, exactly."""
        return self.each(lambda tensor: tensor.double())

    def each(self, change: Any) -> "Stack":
        return replace(self, weights=tuple(map(change, self.weights)), biases=tuple(map(change, self.biases)))


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """
    How to train: the mean squared distance to the clean image is made small.

    Fields:
        steps: of the optimiser.
        rate: of learning.
        optimiser: "adam", or "sgd" with momentum 0.9.
        noise: standard deviation of the Gaussian noise that is added to the input, drawn anew in each step.
        masks: whether in every other step a half of the input image, chosen at random, is blanked.
        batch: images for each network in a step; None takes all of them.
        decay: whether the rate falls to a thousandth of itself along a cosine.
    """

    steps: int
    rate: float
    optimiser: str = "adam"
    noise: float = 0.0
    masks: bool = False
    batch: int | None = None
    decay: bool = False

    def __post_init__(self) -> None:
        if self.optimiser not in {"adam", "sgd"}:
            raise MisuseError(f"optimiser {self.optimiser!r} is none of 'adam', 'sgd'")


@lru_cache(maxsize=1)
def digits() -> tuple[Array, NDArray[np.int64]]:
    """Return the 1797 images of 8 by 8 pixels, shape (1797, 64) with values in [-0.8, 0.8], and what they show."""
    from sklearn.datasets import load_digits

    bunch: Any = load_digits()
    return bunch.data / 16 * 1.6 - 0.8, bunch.target


def chosen(count: int, m: int) -> NDArray[np.int64]:
    """Return the indices of the *m* digits that each of *count* networks is to store, shape (count, m)."""
    size = len(digits()[0])
    return np.stack([np.random.default_rng([7, k]).choice(size, m, replace=False) for k in range(count)])


def initial(
    widths: Sequence[int], count: int, generator: Generator, *, law: str = "normal", gain: float, bias: float
) -> Stack:
    """
    Return *count* untrained networks, tanh, in float32.

    Args:
        widths: of the layers, the input first.
        generator: from which everything is drawn: the weights layer by layer, then the biases.
        law: "normal" with standard deviation gain/sqrt(inputs), or "cauchy" with scale gain/inputs.
        bias: standard deviation of the biases, which are normal.
    """
    shapes = list(pairwise(widths))
    weights = tuple(_drawn((count, *shape), generator, law) * (gain / _root(shape[0], law)) for shape in shapes)
    biases = tuple(torch.randn(count, 1, outputs, generator=generator) * bias for _, outputs in shapes)
    return Stack(weights=weights, biases=biases)


def _drawn(shape: tuple[int, ...], generator: Generator, law: str) -> Tensor:
    if law == "normal":
        return torch.randn(*shape, generator=generator)
    if law == "cauchy":
        return torch.tan(torch.pi * (torch.rand(*shape, generator=generator) - 0.5))
    raise MisuseError(f"law {law!r} is none of 'normal', 'cauchy'")


def _root(inputs: int, law: str) -> float:
    return inputs**0.5 if law == "normal" else inputs


def train(stack: Stack, images: Tensor, recipe: Recipe, generator: Generator) -> Stack:
    """
    Return the networks, trained to send spoilt images to the clean ones; each learns by itself, as if it were alone.

    Args:
        images: what each network is shown, shape (K, m, inputs).
        generator: of batches and noise.
    """
    trained = stack.each(lambda tensor: tensor.detach().clone().requires_grad_())
    optimiser, schedule = _optimiser([*trained.weights, *trained.biases], recipe)
    with one_thread():
        for clean in islice(_batches(images, recipe.batch, generator), recipe.steps):
            error = trained(_spoilt(clean, recipe, generator)) - clean
            optimiser.zero_grad()
            error.square().mean((1, 2)).sum().backward()
            optimiser.step()
            schedule.step()
    return trained.each(lambda tensor: tensor.detach())


def _optimiser(parameters: list[Tensor], recipe: Recipe) -> tuple[Any, Any]:
    if recipe.optimiser == "adam":
        optimiser: Any = torch.optim.Adam(parameters, lr=recipe.rate)
    else:
        optimiser = torch.optim.SGD(parameters, lr=recipe.rate, momentum=0.9)
    if recipe.decay:
        return optimiser, torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, recipe.steps, recipe.rate / 1000)
    return optimiser, torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0)


def _batches(images: Tensor, size: int | None, generator: Generator) -> Iterator[Tensor]:
    """Yield what each network sees, step by step; with a size, in an order that is drawn anew for each pass."""
    count, m = images.shape[:2]
    while True:
        if size is None:
            yield images
            continue
        order = torch.stack([torch.randperm(m, generator=generator) for _ in range(count)])
        for part in order.split(size, dim=1):
            yield torch.gather(images, 1, part[:, :, None].expand(-1, -1, images.shape[2]))


_HALVES = (slice(4, 8), slice(0, 8)), (slice(0, 4), slice(0, 8)), (slice(0, 8), slice(4, 8)), (slice(0, 8), slice(0, 4))
"""Rows and columns of the lower, upper, right and left half of an image of 8 by 8."""


def _spoilt(clean: Tensor, recipe: Recipe, generator: Generator) -> Tensor:
    spoilt = clean + recipe.noise * torch.randn(clean.shape, generator=generator) if recipe.noise else clean
    if recipe.masks and torch.randint(0, 2, (), generator=generator).item():
        rows, columns = _HALVES[int(torch.randint(0, 4, (), generator=generator).item())]
        spoilt = spoilt.clone()
        spoilt.view(*spoilt.shape[:2], 8, 8)[:, :, rows, columns] = BLANK
    return spoilt


def mean_squares(stack: Stack, images: Tensor) -> Tensor:
    """Return the mean squared distance of each network's output from its clean input, shape (K,)."""
    return (stack(images) - images).square().mean((1, 2))


def limits(stack: Stack, starts: Tensor, *, steps: int, tolerance: float) -> tuple[Tensor, Tensor]:
    """
    Iterate each network from its starts.

    Args:
        starts: shape (K, S, inputs).
        tolerance: an iterate that moves by less, in the sup norm, counts as converged.

    Returns:
        The last iterates, shape (K, S, inputs), and which of them converged, shape (K, S). A network goes on until all
        of its starts have converged; that is looked at in every twentieth step.
    """
    x, settled = starts.clone(), torch.zeros(starts.shape[:2], dtype=torch.bool)
    running, part = torch.arange(stack.count), stack
    with torch.no_grad(), one_thread():
        for step in range(steps):
            before = x[running]
            x[running] = part(before)
            if step % 20 == 0 or step == steps - 1:
                settled[running] = (x[running] - before).abs().amax(2) < tolerance
                running = running[~settled[running].all(1)]
                part = stack.of(running)
                if not len(running):
                    break
    return x, settled


def distinct(points: Array, tolerance: float) -> tuple[Array, NDArray[np.int64]]:
    """
    Sort *points*, shape (S, n), into groups: each point joins the first group whose leader is nearer than *tolerance*.

    Returns:
        The leaders, shape (groups, n), and the group of each point, shape (S,).
    """
    leaders = np.empty((0, points.shape[1]))
    groups = np.empty(len(points), dtype=np.int64)
    for index, point in enumerate(points):
        near = np.flatnonzero(np.abs(leaders - point).max(axis=1) < tolerance)
        if not len(near):
            leaders, near = np.vstack([leaders, point]), np.array([len(leaders)])
        groups[index] = near[0]
    return leaders, groups
