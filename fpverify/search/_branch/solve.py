"""Branch and prune: boxes are contracted, dropped, given to a fixed point, or split, many at a time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fpverify.search._branch import points, tree
from fpverify.search._branch.krawczyk import Operator, krawczyk
from fpverify.search._branch.maps import Map
from fpverify.search._branch.registry import Registry
from fpverify.search._branch.tree import Tree

CHUNK = 20_000
"""So many boxes are treated at once: the newest, so that few wait."""

_HELPS = 0.2
"""A contraction that leaves less than this share of the volume is taken before the box is split."""

_SHRINKS = 0.85
"""One that leaves less than this share is taken together with a split."""

_MIDDLE = 0.47
"""Cuts are a little off the middle, where fixed points of symmetric networks lie."""

_IDLE = 1e-3
"""What a coordinate counts on which f does not depend."""

_NEAR = 1.2
"""A fixed point is looked for within this multiple of a box: it may lie on a face."""


Ends = tuple[Tensor, Tensor]


@dataclass(slots=True, eq=False)
class State:
    """
    All that the search knows between two sweeps.

    Fields:
        low, high, number: the boxes that wait, the newest last.
        tree: what was done so far.
        registry: the points found.
        left_low, left_high: the boxes left undecided.
        boxes, sweeps: counts.
    """

    low: Tensor
    high: Tensor
    number: Tensor
    tree: Tree
    registry: Registry
    left_low: Tensor
    left_high: Tensor
    boxes: int = 0
    sweeps: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """
    Fields:
        device: where to compute.
        least: a box no wider than this in any coordinate is left undecided, shape (d,).
        chunk: so many boxes at once.
    """

    device: torch.device
    least: Tensor
    chunk: int = CHUNK


def start(low: Tensor, high: Tensor, tolerance: float) -> State:
    """Return the state before the first sweep over the box [low, high]."""
    scale = max(1.0, float(torch.maximum(low.abs(), high.abs()).max()))
    registry = Registry(len(low), tolerance * scale)
    none, root = torch.zeros(0, len(low), dtype=torch.float64), torch.zeros(1, dtype=torch.int64)
    return State(low[None].clone(), high[None].clone(), root, Tree(), registry, none, none)


@dataclass(slots=True, eq=False)
class _Sweep:
    """The boxes of one sweep that are not yet settled."""

    state: State
    low: Tensor
    high: Tensor
    number: Tensor

    def keep(self, left: Tensor) -> None:
        self.low, self.high, self.number = self.low[left], self.high[left], self.number[left]

    def settle(self, done: Tensor, end: int, **values: np.ndarray) -> None:
        """Record the end of the boxes where *done* holds."""
        if bool(done.any()):
            self.state.tree.record(self.number[done].cpu().numpy(), end=end, **values)


def sweep(f: Map, state: State, settings: Settings) -> None:
    """Treat the newest boxes once."""
    taken = slice(max(0, len(state.number) - settings.chunk), None)
    boxes = _Sweep(state, *(part[taken].to(settings.device) for part in (state.low, state.high, state.number)))
    rest = slice(0, taken.start)
    state.low, state.high, state.number = state.low[rest], state.high[rest], state.number[rest]
    state.boxes, state.sweeps = state.boxes + len(boxes.number), state.sweeps + 1
    with torch.no_grad():
        _treat(f, boxes, settings)


def _treat(f: Map, boxes: _Sweep, settings: Settings) -> None:
    c, r = _centred(boxes.low, boxes.high)
    image = f.image(c, r)
    forward = torch.maximum(boxes.low, image.low), torch.minimum(boxes.high, image.high)
    empty = (forward[0] > forward[1]).any(1)
    boxes.settle(empty, tree.EMPTY_F)
    left = ~empty
    boxes.keep(left)
    if len(boxes.number):
        _narrow(f, boxes, krawczyk(f, c[left], r[left], image.of(left)), (forward[0][left], forward[1][left]), settings)


def _narrow(f: Map, boxes: _Sweep, operator: Operator, forward: Ends, settings: Settings) -> None:
    """Go on with the boxes that meet their images."""
    c, r = _centred(boxes.low, boxes.high)
    mean = _cut(boxes, operator.centre, operator.radius + r * 1e-9)
    empty = (mean[0] > mean[1]).any(1)
    boxes.settle(empty, tree.EMPTY_K)
    left = ~(empty | _assign(f, boxes, c, r, operator, ~empty))
    boxes.keep(left)
    if len(boxes.number):
        smear = torch.nan_to_num(operator.image.slope[left]).abs().sum(1)
        _go_on(boxes, (forward[0][left], forward[1][left]), (mean[0][left], mean[1][left]), smear, settings)


def _centred(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    c = low * 0.5 + high * 0.5
    return c, torch.maximum(high - c, c - low) * (1 + 2.0**-50)


def _cut(boxes: _Sweep, centre: Tensor, radius: Tensor) -> tuple[Tensor, Tensor]:
    """Return X n (centre ± radius); X where the radius is not finite."""
    usable = torch.isfinite(radius) & torch.isfinite(centre)
    low = torch.where(usable, torch.maximum(boxes.low, centre - radius), boxes.low)
    high = torch.where(usable, torch.minimum(boxes.high, centre + radius), boxes.high)
    return low, high


def _assign(f: Map, boxes: _Sweep, c: Tensor, r: Tensor, operator: Operator, left: Tensor) -> Tensor:
    """Give boxes that hold at most one fixed point to that point, and find it if it is new; return which were given."""
    registry, given = boxes.state.registry, torch.zeros_like(left)
    at = (left & operator.contracts(r + 1e-300, 1.0)).nonzero().squeeze(1)
    if not len(at):
        return given
    place, converged = points.newton(f, operator.centre[at], r[at])
    at, place = at[converged], place[converged]
    number = registry.find(place.cpu())
    fresh = (number < 0).to(at.device) & ((place - c[at]).abs() <= _NEAR * r[at]).all(1)
    if bool(fresh.any()):
        _register(f, registry, place[fresh], ((place - c[at]).abs() + r[at])[fresh], _volume(r[at])[fresh])
        number = registry.find(place.cpu())
    unique_low, unique_high = (end.to(at.device) for end in registry.unique())
    known = (number >= 0).to(at.device)
    at, number = at[known], number.to(at.device)[known]
    slack = (boxes.high - boxes.low)[at] * 1e-9
    inside = (boxes.low[at] >= unique_low[number] + slack) & (boxes.high[at] <= unique_high[number] - slack)
    inside = inside.all(1)
    given[at[inside]] = True
    boxes.state.tree.record(boxes.number[at[inside]].cpu().numpy(), end=tree.KNOWN, number=number[inside].cpu().numpy())
    return given


def _volume(r: Tensor) -> Tensor:
    return r.clamp_min(1e-300).log().sum(1)


def _register(f: Map, registry: Registry, places: Tensor, reach: Tensor, volume: Tensor) -> None:
    """Certify one of the places near each point: that of the largest box."""
    order = torch.argsort(volume, descending=True, stable=True)
    places, reach = places[order], reach[order]
    chosen = registry.distinct(places.cpu()).to(places.device)
    certified = points.certify(f, places[chosen], reach[chosen])
    if bool(certified.passed.any()):
        registry.add(**certified.columns)


def _go_on(boxes: _Sweep, forward: Ends, mean: Ends, smear: Tensor, settings: Settings) -> None:
    """Contract or split the boxes that are left."""
    width = boxes.high - boxes.low
    by_f, by_k = _share(forward, width), _share(mean, width)
    step = torch.where(
        by_k < torch.minimum(by_f * 0.7, torch.full_like(by_f, _HELPS)), 2, torch.where(by_f < _SHRINKS, 1, 0)
    )
    one, two = (step == 1).unsqueeze(1), (step == 2).unsqueeze(1)
    boxes.low = torch.where(one, forward[0], torch.where(two, mean[0], boxes.low))
    boxes.high = torch.where(one, forward[1], torch.where(two, mean[1], boxes.high))
    boxes.state.tree.record(boxes.number.cpu().numpy(), step=step.cpu().numpy())
    onward = (step > 0) & (torch.where(step == 1, by_f, by_k) < _HELPS)
    small = _is_small(boxes, settings) & ~onward
    boxes.settle(small, tree.UNDECIDED)
    boxes.state.left_low = torch.cat((boxes.state.left_low, boxes.low[small].cpu()))
    boxes.state.left_high = torch.cat((boxes.state.left_high, boxes.high[small].cpu()))
    _onward(boxes, onward)
    keep = ~(small | onward)
    boxes.keep(keep)
    if len(boxes.number):
        _split(boxes, smear[keep])


def _is_small(boxes: _Sweep, settings: Settings) -> Tensor:
    """Return which boxes are no wider than the tolerance, or than floats can cut."""
    width, size = boxes.high - boxes.low, torch.maximum(boxes.low.abs(), boxes.high.abs())
    return ((width <= settings.least.to(width.device)) | (width <= size * 2.0**-46)).all(1)


def _share(ends: Ends, width: Tensor) -> Tensor:
    """Return the share of the volume that is left, coordinates without width left out."""
    ratio = torch.where(width > 0, (ends[1] - ends[0]) / width.clamp_min(1e-300), 1.0)
    return ratio.prod(1)


def _onward(boxes: _Sweep, chosen: Tensor) -> None:
    if not bool(chosen.any()):
        return
    count = int(chosen.sum())
    first = boxes.state.tree.add(count)
    children = np.arange(first, first + count)
    boxes.state.tree.record(boxes.number[chosen].cpu().numpy(), end=tree.ONWARD, child=children)
    _push(boxes.state, boxes.low[chosen], boxes.high[chosen], children)


def _push(state: State, low: Tensor, high: Tensor, number: np.ndarray) -> None:
    state.low, state.high = torch.cat((state.low, low.cpu())), torch.cat((state.high, high.cpu()))
    state.number = torch.cat((state.number, torch.from_numpy(number)))


def _split(boxes: _Sweep, smear: Tensor) -> None:
    axis, place = _cut_place(boxes.low, boxes.high, smear)
    rows = torch.arange(len(axis), device=axis.device)
    first = boxes.state.tree.add(2 * len(axis))
    children = np.arange(first, first + 2 * len(axis)).reshape(-1, 2)
    boxes.state.tree.record(
        boxes.number.cpu().numpy(),
        end=tree.SPLIT,
        child=children[:, 0],
        number=axis.cpu().numpy(),
        place=place.cpu().numpy(),
    )
    low, high = boxes.low.clone(), boxes.high.clone()
    low[rows, axis], high[rows, axis] = place, place
    both = torch.stack((boxes.low, low), 1).flatten(0, 1), torch.stack((high, boxes.high), 1).flatten(0, 1)
    _push(boxes.state, *both, children.reshape(-1))


def _cut_place(low: Tensor, high: Tensor, smear: Tensor) -> tuple[Tensor, Tensor]:
    """Return axis and place of a cut: across the side that moves f most."""
    width = high - low
    axis = torch.where(width > 0, width * (smear + _IDLE), -1.0).argmax(1)
    rows = torch.arange(len(axis), device=axis.device)
    first, last = low[rows, axis], high[rows, axis]
    return axis, _dyadic(first, last, first + (last - first) * _MIDDLE)


def _dyadic(low: Tensor, high: Tensor, wanted: Tensor) -> Tensor:
    """Return a place with few binary digits near *wanted*, strictly inside [low, high]."""
    unit = 2.0 ** torch.floor(torch.log2((high - low) / 64))
    place = torch.round(wanted / unit) * unit
    inside = (place > low) & (place < high)
    return torch.where(inside, place, low * 0.5 + high * 0.5)


Stop = Callable[[State], bool]


def solve(f: Map, state: State, settings: Settings, stop: Stop) -> bool:
    """Sweep until no box is left, or *stop* says so; return whether none is left."""
    while len(state.number):
        if stop(state):
            return False
        sweep(f, state, settings)
    return True
