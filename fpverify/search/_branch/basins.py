"""The witness of rule basin: boxes whose images, after some steps, lie in the ball of an attracting point."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

from fpverify.backends.torch64.network import nearest, outward
from fpverify.kernel.exact import exact
from fpverify.kernel.region import BoxRegion
from fpverify.search._branch.maps import Map
from fpverify.search._branch.tree import SPLIT, Tree, dyadic_text

_STEPS = 60
_INSIDE = 1 - 1e-9


def witness(f: Map, region: BoxRegion, points: Sequence[Mapping[str, Any]], boxes: int) -> dict[str, str] | None:
    """
    Return a tree of at most about *boxes* boxes; None if no point has a ball.

    Args:
        points: of the claim about stability.
    """
    cores = _cores(points)
    if cores is None:
        return None
    tree, leaves = Tree(), {}
    low = torch.tensor([[outward(x)[0] for x in region.lo]], dtype=torch.float64)
    high = torch.tensor([[outward(x)[1] for x in region.hi]], dtype=torch.float64)
    number = torch.zeros(1, dtype=torch.int64)
    while len(number):
        point, steps = _carried(f, low, high, *cores)
        leaves |= {int(n): f"b{p}:{t}" for n, p, t in zip(number, point, steps, strict=True) if p >= 0}
        left = point < 0
        low, high, number = low[left], high[left], number[left]
        if tree.size + 2 * len(number) > boxes:
            break
        low, high, number = _halves(tree, low, high, number)
    return {"tree": " ".join(_words(tree, leaves))}


def _cores(points: Sequence[Mapping[str, Any]]) -> tuple[Tensor, Tensor, Tensor] | None:
    """Return numbers, centres and half widths of the boxes that lie in the balls."""
    numbers = [j for j, point in enumerate(points) if "ball" in point]
    if not numbers:
        return None
    centres, halves = [], []
    for j in numbers:
        ends = [(exact(a), exact(b)) for a, b in zip(points[j]["lower"], points[j]["upper"], strict=True)]
        ball = points[j]["ball"]
        reach = [exact(ball["radius"]) * exact(w) for w in ball["weights"]]
        centres.append([nearest((a + b) / 2) for a, b in ends])
        halves.append([nearest(max(Fraction(0), r - (b - a))) * _INSIDE for (a, b), r in zip(ends, reach, strict=True)])
    return torch.tensor(numbers), torch.tensor(centres, dtype=torch.float64), torch.tensor(halves, dtype=torch.float64)


def _carried(
    f: Map, low: Tensor, high: Tensor, numbers: Tensor, centres: Tensor, halves: Tensor
) -> tuple[Tensor, Tensor]:
    """Return for each box the point into whose ball it is carried, -1 for none, and the number of steps."""
    point, steps = torch.full((len(low),), -1), torch.zeros(len(low), dtype=torch.int64)
    for step in range(_STEPS + 1):
        off = torch.maximum(high.unsqueeze(1) - centres, centres - low.unsqueeze(1))
        inside = (off <= halves).all(2)
        fresh = (point < 0) & inside.any(1)
        point[fresh], steps[fresh] = numbers[inside[fresh].to(torch.int8).argmax(1)], step
        if bool((point >= 0).all()):
            break
        c = low * 0.5 + high * 0.5
        image = f.image(c, torch.maximum(high - c, c - low) * (1 + 2.0**-50))
        low, high = image.low.clamp(-1e300, 1e300), image.high.clamp(-1e300, 1e300)
    return point, steps


def _halves(tree: Tree, low: Tensor, high: Tensor, number: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    count = len(number)
    first = tree.add(2 * count)
    children = torch.arange(first, first + 2 * count).reshape(-1, 2)
    axis = (high - low).argmax(1)
    rows = torch.arange(count)
    place = low[rows, axis] * 0.5 + high[rows, axis] * 0.5
    tree.record(number.numpy(), end=SPLIT, child=children[:, 0].numpy(), number=axis.numpy(), place=place.numpy())
    below, above = high.clone(), low.clone()
    below[rows, axis], above[rows, axis] = place, place
    both = torch.stack((low, above), 1).flatten(0, 1), torch.stack((below, high), 1).flatten(0, 1)
    return *both, children.flatten()


def _words(tree: Tree, leaves: Mapping[int, str]) -> list[str]:
    columns = tree.columns()
    words, waiting = [], [0]
    while waiting:
        box = waiting.pop()
        if columns["end"][box] == SPLIT:
            words.append(f"s{columns['number'][box]}:{dyadic_text(float(columns['place'][box]))}")
            waiting += (int(columns["child"][box]) + 1, int(columns["child"][box]))
        else:
            words.append(leaves.get(box, "?"))
    return words
