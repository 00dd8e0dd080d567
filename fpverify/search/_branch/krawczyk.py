"""Krawczyk's operator over a batch of boxes: K = c - Y (c - f(c)) ± |I - Y (I - A)| r, in ordinary floats with margins."""

from dataclasses import dataclass

import torch
from torch import Tensor

from fpverify.search._branch.maps import Image, Map

_DOUBT = 2.0**-34
"""The kernel's own Y has about 40 bits: |I - Y (I - A)| of the search is enlarged by so much of |Y| |I - A|."""

_LARGEST = 2.0**30
"""An inverse with larger entries says nothing: that of the kernel, rounded otherwise, would be another one."""


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """
    Fields:
        image: of f over the boxes c ± r.
        inverse: Y, shape (B, d, d); 0 where no inverse was found.
        centre: c - Y (c - f(c)).
        radius: of K; NaN or infinite where nothing is known, so that each test fails.
        growth: |I - Y (I - A)| r; below r if there is at most one fixed point in the box.
    """

    image: Image
    inverse: Tensor
    centre: Tensor
    radius: Tensor
    growth: Tensor

    def contracts(self, r: Tensor, rate: float) -> Tensor:
        """Return where |I - Y (I - A)| r < rate r, all r > 0."""
        return (self.growth < r * rate).all(-1)


def krawczyk(f: Map, c: Tensor, r: Tensor, image: Image | None = None) -> Operator:
    """Return the operator of the boxes c ± r; *image* is that of f, where it is known."""
    image = f.image(c, r) if image is None else image
    unit = torch.eye(c.shape[1], dtype=c.dtype, device=c.device)
    matrix = unit - image.slope
    inverse, failed = torch.linalg.inv_ex(torch.nan_to_num(matrix))
    size = inverse.abs()
    usable = (failed == 0) & _is_finite(matrix) & (size.flatten(1).amax(1) < _LARGEST)
    if not bool(usable.all()):
        inverse, size = (torch.where(usable[:, None, None], part, 0.0) for part in (inverse, size))
    low, high = f.value(c)
    step = times(inverse, c - (low + high) * 0.5)
    growth = times(size, image.spread + times(matrix.abs(), r) * _DOUBT)
    growth = torch.where(usable[:, None], growth, torch.inf)
    doubt = times(size, (high - low) * 0.5) + (c.abs() + step.abs()) * 2.0**-50
    return Operator(image, inverse, c - step, growth + doubt, growth)


def _is_finite(matrices: Tensor) -> Tensor:
    """Return which matrices have finite entries only: 0 times another number is NaN."""
    return (matrices.flatten(1) * 0.0).sum(1) == 0


def times(matrix: Tensor, vector: Tensor) -> Tensor:
    """Return the product of each matrix with its vector."""
    return torch.bmm(matrix, vector.unsqueeze(2)).squeeze(2)
