"""Where orbits start and where they must stay: regions and norms as tensors of doubles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import torch
from torch import Tensor

from fpverify.kernel.norm import Norm
from fpverify.kernel.region import Ball, BoxRegion, ProductRegions, Region, WholeSpace

_MOST_CORNERS = 2**10
_WHOLE = 10.0


def doubles(values: Sequence[Fraction], device: torch.device) -> Tensor:
    """Return the nearest doubles."""
    return torch.tensor([float(value) for value in values], dtype=torch.float64, device=device)


@dataclass(frozen=True, eq=False)
class TorchNorm:
    """A norm of the kernel on tensors, over their last axis; weights are rounded to doubles."""

    kind: str
    weights: Tensor

    @classmethod
    def of(cls, norm: Norm, device: torch.device) -> "TorchNorm":
        return cls(norm.kind, doubles(norm.weights, device))

    def __call__(self, x: Tensor) -> Tensor:
        return _NORMS[self.kind](x, self.weights)

    def reach(self, radius: Tensor) -> Tensor:
        """Return the largest |x_j| in a ball: shape (...,) becomes (..., d)."""
        return radius[..., None] * (1 / self.weights if self.kind == "one" else self.weights)


_NORMS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "sup": lambda x, weights: (x.abs() / weights).amax(dim=-1),
    "one": lambda x, weights: (x.abs() * weights).sum(dim=-1),
    "two": lambda x, weights: (x / weights).square().sum(dim=-1).sqrt(),
}


@dataclass(frozen=True, eq=False)
class Places:
    """
    The regions of a claim, R of them, each with its own fixed point.

    Fields:
        regions: exact.
        lo, hi: their bounding boxes, shape (R, d); infinite for the whole space.
        ball: for a single region that is a ball.
    """

    regions: Callable[[int], Region]
    lo: Tensor
    hi: Tensor
    ball: Ball | None = None

    @property
    def count(self) -> int:
        return self.lo.shape[0]

    def centres(self) -> Tensor:
        return torch.where(self.lo.isfinite(), (self.lo + self.hi) / 2, 0.0)

    def holds(self, points: Tensor) -> Tensor:
        """Return which of R states lie in their own region, nearly."""
        width = (self.hi - self.lo).amax(dim=0).nan_to_num(posinf=0.0)
        return ~self.outside(points, torch.arange(self.count, device=points.device), 1e-9 * (1 + width))

    def outside(self, x: Tensor, owner: Tensor, tolerance: Tensor) -> Tensor:
        """Return which states lie outside their region by more than *tolerance* (an entry per coordinate); NaN does."""
        inside = (x >= self.lo[owner] - tolerance) & (x <= self.hi[owner] + tolerance)
        outside = ~inside.all(dim=-1)
        if self.ball is not None:
            norm = TorchNorm.of(self.ball.norm, x.device)
            allowed = float(self.ball.radius) + norm(tolerance)
            outside |= ~(norm(x - doubles(self.ball.centre, x.device)) <= allowed)
        return outside

    def starts(self, samples: int, points: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """
        Return states to start from, and which region each belongs to.

        Args:
            samples: about how many; shared among the regions, or among some of them where there are more.
            points: the fixed points, shape (R, d); on the whole space, states around them are taken.
        """
        each = max(1, samples // self.count)
        size = self.lo.shape[1]
        owner = torch.arange(self.count, device=self.lo.device)
        if each > 1:
            unit = unit_points(each, size, generator)
            owner, unit = owner.repeat_interleave(unit.shape[0]), unit.repeat(self.count, 1)
        else:
            owner = _some(min(samples, self.count), self.count, generator)
            unit = unit_points(owner.shape[0], size, generator)
            unit = unit[_some(owner.shape[0], unit.shape[0], generator)]
        lo = torch.where(self.lo.isfinite(), self.lo, points - _WHOLE)[owner]
        hi = torch.where(self.hi.isfinite(), self.hi, points + _WHOLE)[owner]
        return self._into_ball(torch.lerp(lo, hi, unit)), owner

    def _into_ball(self, x: Tensor) -> Tensor:
        """Pull states of the bounding box into the ball: those outside land on its boundary."""
        if self.ball is None:
            return x
        norm, centre = TorchNorm.of(self.ball.norm, x.device), doubles(self.ball.centre, x.device)
        distance = norm(x - centre)[:, None]
        share = (float(self.ball.radius) / distance).clamp(max=1.0)
        return centre + torch.where(distance > 0, share, 1.0) * (x - centre)


def places_of(region: Region, samples: int, device: torch.device, generator: torch.Generator) -> Places:
    """Return the places of a box, a ball, the whole space, or the products (at most *samples* of them, at random)."""
    match region:
        case BoxRegion():
            lo, hi = doubles(region.lo, device), doubles(region.hi, device)
            return Places(lambda _: region, lo[None], hi[None])
        case Ball():
            box = region.bounding_box()
            lo, hi = doubles(box.lo, device), doubles(box.hi, device)
            return Places(lambda _: region, lo[None], hi[None], ball=region)
        case ProductRegions():
            return _places_of_product(region, min(samples, _MOST_CORNERS), device, generator)
    assert isinstance(region, WholeSpace)
    infinite = torch.full((1, region.size), torch.inf, dtype=torch.float64, device=device)
    return Places(lambda _: region, -infinite, infinite)


def _places_of_product(
    region: ProductRegions, samples: int, device: torch.device, generator: torch.Generator
) -> Places:
    sizes = [len(choices) for choices in region.intervals]
    if region.count <= samples:
        choice = torch.tensor(list(product(*map(range, sizes))), device=device)
    else:
        share = torch.rand(samples, len(sizes), generator=generator, dtype=torch.float64, device=device)
        choice = (share * torch.tensor(sizes, device=device)).long()
    widest = max(sizes)
    padded = [[*choices, *[choices[0]] * (widest - len(choices))] for choices in region.intervals]
    lo = doubles([low for choices in padded for low, _ in choices], device).reshape(len(sizes), widest)
    hi = doubles([high for choices in padded for _, high in choices], device).reshape(len(sizes), widest)
    coordinates = torch.arange(len(sizes), device=device)
    return Places(lambda r: region.member(choice[r].tolist()), lo[coordinates, choice], hi[coordinates, choice])


def _some(count: int, total: int, generator: torch.Generator) -> Tensor:
    """Return *count* different indices below *total*, at random."""
    return torch.randperm(total, generator=generator, device=generator.device)[:count]


def unit_points(count: int, size: int, generator: torch.Generator) -> Tensor:
    """
    Return points of the unit cube, shape (N, size): its corners, and as many random points.

    All corners where there are at most 2^10, and then N may exceed *count*; else random ones.
    """
    device = generator.device
    every = 2**size <= min(_MOST_CORNERS, max(count, 2))
    if every:
        corners = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64, device=device)] * size)
        corners = corners.reshape(2**size, size)
    else:
        half = torch.rand(-(-count // 2), size, generator=generator, dtype=torch.float64, device=device)
        corners = (half < 0.5).to(torch.float64)
    rest = max(count - corners.shape[0], count // 4)
    inner = torch.rand(rest, size, generator=generator, dtype=torch.float64, device=device)
    return torch.cat([corners, inner])
