"""Memory: autoencoders that store a few digits, with the fixed points next to the stored images."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from fpverify.experiments.training import Recipe, Stack, chosen, digits, initial, train
from fpverify.numeric.iterate import one_thread

SEED = 3000
WIDTHS = (64, 128, 128, 64)

TRAININGS = {
    "clean": Recipe(steps=3000, rate=2e-3, decay=True),
    "noise": Recipe(steps=3000, rate=2e-3, decay=True, noise=0.3),
    "masks": Recipe(steps=3000, rate=2e-3, decay=True, noise=0.3, masks=True),
}
"""On the clean images, with Gaussian noise of 0.3 on the input, or with that and blanked halves."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """
    Fields:
        stack: K trained networks, in float64.
        images: what they store, shape (K, m, 64).
    """

    stack: Stack
    images: Tensor


@dataclass(frozen=True, kw_only=True)
class Stored:
    """
    The fixed points that Newton's method finds from the stored images.

    Fields:
        points: shape (K, m, 64).
        residuals: distance of each from its image under the network, in the sup norm, shape (K, m).
        distances: from the stored image, in the sup norm, shape (K, m).
        radii: spectral radius of the Jacobian there, shape (K, m); it attracts if this is below 1.
    """

    points: Tensor
    residuals: Tensor
    distances: Tensor
    radii: Tensor

    @property
    def is_fixed(self) -> Tensor:
        """Return for each image whether a fixed point lies within 0.05 of it, half of one of the 16 grey levels."""
        return (self.residuals < 1e-10) & (self.distances < 0.05)

    @property
    def attracts(self) -> Tensor:
        """Return for each image whether that fixed point exists and attracts."""
        return self.is_fixed & (self.radii < 1)


@lru_cache(maxsize=16)
def memory(m: int, training: str, seeds: int) -> Memory:
    """Return *seeds* networks that store *m* images each; *training* is a key of TRAININGS."""
    images = torch.tensor(digits()[0][chosen(seeds, m)])
    return memorised(images, TRAININGS[training])


def memorised(images: Tensor, recipe: Recipe) -> Memory:
    """Return networks that are trained on *images*, shape (K, m, 64), without biases at the start."""
    generator = torch.Generator().manual_seed(SEED)
    stack = initial(WIDTHS, len(images), generator, gain=1.0, bias=0.0)
    return Memory(stack=train(stack, images.float(), recipe, generator).double(), images=images.double())


def stored(memory: Memory, steps: int = 20) -> Stored:
    """Return what Newton's method finds from each stored image."""
    x, identity = memory.images, torch.eye(memory.images.shape[2], dtype=torch.float64)
    with one_thread():
        for _ in range(steps):
            residual = memory.stack(x) - x
            # Rows are inputs: the equation is step (J - I) = -residual, and the solver wants the transpose.
            matrix = (jacobians(memory.stack, x) - identity).transpose(-1, -2)
            x = x - torch.linalg.solve(matrix, residual.unsqueeze(-1)).squeeze(-1)
        residuals = (memory.stack(x) - x).abs().amax(2)
        radii = torch.linalg.eigvals(jacobians(memory.stack, x)).abs().amax(2)
    return Stored(points=x, residuals=residuals, distances=(x - memory.images).abs().amax(2), radii=radii)


def jacobians(stack: Stack, x: Tensor) -> Tensor:
    """
    Return the Jacobians of networks with tanh at *x*, shape (K, S, n).

    Returns:
        Shape (K, S, inputs, outputs): entry (i, j) is the derivative of output j by input i.
    """
    product = None
    for weight, bias in zip(stack.weights, stack.biases, strict=True):
        x = torch.tanh(torch.baddbmm(bias, x, weight))
        factor = weight[:, None] * (1 - x.square())[:, :, None, :]
        product = factor if product is None else product @ factor
    assert product is not None
    return product
