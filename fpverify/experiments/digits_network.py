"""A small autoencoder that has stored a few digits, with exact weights, so that its fixed points can be certified."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import torch
from torch import Generator, Tensor

from fpverify._networks import network
from fpverify.experiments.digits_memory import Memory, Stored, stored
from fpverify.experiments.training import Recipe, Stack, chosen, digits, initial, train
from fpverify.kernel.exact import text
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion

SEED = 4000
RECIPE = Recipe(steps=4000, rate=2e-3, noise=0.4, decay=True)
"""More noise than for the measurements: it makes smaller weights, and with them larger boxes that are certified."""


@dataclass(frozen=True, kw_only=True)
class TrainedNetwork:
    """
    Fields:
        network: 64-hidden-64, tanh on both layers; weights and biases are multiples of 2^-bits.
        indices: which digits of the collection it has stored.
        images: these digits, exactly: p/16 * 8/5 - 4/5 for a pixel p in 0, ..., 16.
        memory: the same network in floating point; its doubles are the exact weights.
    """

    network: Network
    indices: tuple[int, ...]
    images: tuple[tuple[Fraction, ...], ...]
    memory: Memory

    def stored(self) -> Stored:
        """Return the fixed points next to the stored images, in floating point."""
        return stored(self.memory)

    def box(self, which: int, size: float = 0.1) -> BoxRegion:
        """
        Return a box around the fixed point next to a stored image, to be certified: it holds the image, too.

        Args:
            which: the image, by its place.
            size: largest half-width; the others follow the eigenvector of the bound |D W| ... |D W| of the Jacobian, in
                which one application of the network shrinks the box most evenly.
        """
        centre = self.stored().points[0, which]
        halves = _eigenvector(self.memory.stack, centre) * size
        pairs = zip(self.images[which], centre.tolist(), halves.tolist(), strict=True)
        return BoxRegion.of(
            *(_side(pixel, _near(middle), _near(max(half, size / 20))) for pixel, middle, half in pairs)
        )

    def to_data(self) -> dict[str, Any]:
        """Return the network, its images by index and in pixels, and a box for each, as JSON, with numbers as text."""
        boxes = [self.box(which) for which in range(len(self.indices))]
        sides = [[[text(lo), text(hi)] for lo, hi in zip(box.lo, box.hi, strict=True)] for box in boxes]
        pixels = [" ".join(str(10 * value + 8) for value in image) for image in self.images]
        return {"network": self.network.to_data(), "images": list(self.indices), "pixels": pixels, "boxes": sides}


def trained_network(
    seed: int = 0, m: int = 5, hidden: int = 32, bits: int = 10, recipe: Recipe = RECIPE
) -> TrainedNetwork:
    """
    Train one autoencoder on *m* digits with noise on the input, and round it.

    Args:
        seed: chooses the digits and the initial weights.
        hidden: width of the hidden layer.
        bits: weights and biases are rounded to multiples of 2^-bits.
        recipe: how it is trained.
    """
    indices = chosen(seed + 1, m)[seed]
    images = torch.tensor(digits()[0][indices])[None]
    generator = Generator().manual_seed(SEED + seed)
    stack = initial((64, hidden, 64), 1, generator, gain=1.0, bias=0.0)
    rounded = _rounded(train(stack, images.float(), recipe, generator).double(), bits)
    return TrainedNetwork(
        network=network(_layers(rounded, bits), name=f"autoencoder 64-{hidden}-64 that stores {m} digits"),
        indices=tuple(int(index) for index in indices),
        images=tuple(exact_image(int(index)) for index in indices),
        memory=Memory(stack=rounded, images=images),
    )


def _eigenvector(stack: Stack, point: Tensor) -> Tensor:
    """Return the positive eigenvector, with maximum 1, of the product of |D W| over the layers at *point*, shape (n,)."""
    x, factors = point, []
    for weight, bias in zip(stack.weights, stack.biases, strict=True):
        x = torch.tanh(x @ weight[0] + bias[0, 0])
        factors.append((1 - x.square())[:, None] * weight[0].T.abs())
    vector = torch.ones_like(point)
    for _ in range(60):
        for factor in factors:
            vector = factor @ vector
        vector = vector / vector.max()
    return vector


def _near(value: float) -> Fraction:
    return Fraction(round(value * 2**12), 2**12)


def _side(pixel: Fraction, middle: Fraction, half: Fraction) -> tuple[Fraction, Fraction]:
    reach = max(half, abs(pixel - middle))
    return middle - reach, middle + reach


def exact_image(index: int) -> tuple[Fraction, ...]:
    """Return a digit of the collection as rational numbers."""
    return tuple(exact_pixel(round((value + 0.8) * 10)) for value in digits()[0][index])


def exact_pixel(pixel: int) -> Fraction:
    """Return the value of a pixel with 0 to 16 units of ink."""
    return Fraction(pixel, 10) - Fraction(4, 5)


def _rounded(stack: Stack, bits: int) -> Stack:
    return stack.each(lambda tensor: torch.round(tensor * 2**bits) / 2**bits)


def _layers(stack: Stack, bits: int) -> list[dict[str, Any]]:
    """Return the first network of a stack in the form of a network file; there rows of weights are outputs."""
    layers: list[dict[str, Any]] = []
    for weight, bias in zip(stack.weights, stack.biases, strict=True):
        affine = {"weight": _exact(weight[0].T, bits), "bias": _exact(bias[0], bits)[0]}
        layers += [{"affine": affine}, {"activation": "tanh"}]
    return layers


def _exact(matrix: Tensor, bits: int) -> list[list[Fraction]]:
    return [[Fraction(round(value * 2**bits), 2**bits) for value in row] for row in matrix.tolist()]
