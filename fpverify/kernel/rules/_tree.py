"""Boxes: cut in two, again and again, by the words of a tree; their common parts and shares; whether they are disjoint."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, TypeVar

from fpverify.kernel.backend import Ends
from fpverify.kernel.box import Box
from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import exact
from fpverify.kernel.region import BoxRegion, region_from_data

Cell = TypeVar("Cell", BoxRegion, Box)
"""A box with exact corners, which is cut exactly; or one in the numbers of a backend, which is cut at one of these."""

_MOST_DIGITS = 9


def leaves(
    whole: Cell, words: Iterable[str], step: Callable[[Cell, str], Cell | None] | None = None
) -> Iterator[tuple[str, Cell | None]]:
    """
    Yield the leaves of a tree, each with its word; None for an empty box.

    Args:
        whole: the box of the root.
        words: in preorder. sAXIS:PLACE cuts the box: first the lower part, then the upper part. f and n, where there is a
            *step*, replace it by what the step leaves of it. Every other word is a leaf.

    Raises:
        FormatError: if the words are no tree.
    """
    open_boxes: list[Cell | None] = [whole]
    size = whole.shape[0] if isinstance(whole, Box) else whole.dimension
    for word in words:
        if not open_boxes:
            raise FormatError("the tree goes on behind its last leaf")
        box = open_boxes.pop()
        if word[0] == "s":
            where = split_of(word, size)
            open_boxes += [None, None] if box is None else _parts(box, *where)
        elif step is not None and word in {"f", "n"}:
            open_boxes.append(None if box is None else step(box, word))
        else:
            yield word, box
    if open_boxes:
        raise FormatError("the tree ends before its last leaf")


def split_of(word: str, size: int) -> tuple[int, Fraction]:
    """Return the axis, below *size*, and the place of a word sAXIS:PLACE; raises FormatError for another."""
    axis, _, place = word[1:].partition(":")
    if word[0] != "s" or not _is_below(axis, size):
        raise FormatError(f"a split is sAXIS:PLACE with an axis below {size}; got {word:.40}")
    return int(axis), exact(place)


def index_of(number: str, size: int) -> int:
    """Return the whole number below *size* that a leaf names; raises FormatError for another."""
    if not _is_below(number, size):
        raise FormatError(f"a leaf names a point below {size}; got {number:.40}")
    return int(number)


def _is_below(digits: str, size: int) -> bool:
    return digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS and int(digits) < size


def read_box(data: Any) -> BoxRegion:
    """Return the box [[lo, hi], ...]; raises FormatError for another shape."""
    box = region_from_data({"box": data})
    assert isinstance(box, BoxRegion)
    return box


def is_sign(value: Any) -> bool:
    """Return whether a value of a witness is the number 1 or -1; `true` is not 1."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) == 1


def _parts(box: Cell, axis: int, place: Fraction) -> list[Cell | None]:
    """Return the upper and the lower part of the box; both parts of a Box end at the number that is next below *place*."""
    if isinstance(box, BoxRegion):
        return [upper_part(box, axis, place), lower_part(box, axis, place)]
    b, here = box.backend, [j == axis for j in range(box.shape[0])]
    at = b.gather(b.from_exact_down([place]), [0] * box.shape[0])
    return [within(box, b.select(here, at, box.lo), box.hi), within(box, box.lo, b.select(here, at, box.hi))]


def within(box: Box, low: Ends, high: Ends) -> Box | None:
    """Return the points of the box that lie in [low, high], too, as a set of arguments; None if there are none."""
    b = box.backend
    lower, upper = b.maximum(box.lo, low), b.minimum(box.hi, high)
    return Box(lo=lower, hi=upper, shape=box.shape, backend=b) if all(b.less_equal(lower, upper)) else None


def is_inside(box: Box, outer: Box) -> bool:
    """Return whether the box lies in the other one; exactly, both being boxes of one backend."""
    b = box.backend
    return all(b.less_equal(outer.lo, box.lo)) and all(b.less_equal(box.hi, outer.hi))


def lower_part(box: BoxRegion, axis: int, place: Fraction) -> BoxRegion | None:
    """Return the points of the box with x_axis <= place; None if there are none."""
    if place < box.lo[axis]:
        return None
    return BoxRegion(lo=box.lo, hi=(*box.hi[:axis], min(box.hi[axis], place), *box.hi[axis + 1 :]))


def upper_part(box: BoxRegion, axis: int, place: Fraction) -> BoxRegion | None:
    """Return the points of the box with x_axis >= place; None if there are none."""
    if place > box.hi[axis]:
        return None
    return BoxRegion(lo=(*box.lo[:axis], max(box.lo[axis], place), *box.lo[axis + 1 :]), hi=box.hi)


def common(box: BoxRegion, low: Sequence[Fraction], high: Sequence[Fraction]) -> BoxRegion | None:
    """Return the points of the box that lie in [low, high], too; None if there are none."""
    lower = tuple(map(max, box.lo, low))
    upper = tuple(map(min, box.hi, high))
    return BoxRegion(lo=lower, hi=upper) if all(map(Fraction.__le__, lower, upper)) else None


def share_of(box: BoxRegion, whole: BoxRegion) -> Fraction:
    """Return the volume of the box relative to that of *whole*, exactly; thin coordinates of *whole* are left out."""
    share = Fraction(1)
    for low, high, first, last in zip(box.lo, box.hi, whole.lo, whole.hi, strict=True):
        share *= (high - low) / (last - first) if last > first else 1
    return share


def are_disjoint(boxes: Sequence[BoxRegion]) -> bool:
    """
    Return whether the boxes are pairwise disjoint: True only if they are.

    They are cut into groups that a plane x_j = const separates, again and again along each axis; groups that no plane
    cuts are compared pair by pair.
    """
    groups, axes = [list(boxes)], range(boxes[0].dimension if boxes else 0)
    while True:
        finer = groups
        for axis in axes:
            finer = [part for group in finer for part in _cut(group, axis)]
        if len(finer) == len(groups):
            break
        groups = finer
    return all(a.is_disjoint_from(b) for group in groups for i, a in enumerate(group) for b in group[:i])


def _cut(boxes: list[BoxRegion], axis: int) -> list[list[BoxRegion]]:
    """Return groups of boxes, one beyond the other along *axis*, with gaps between them."""
    ordered = sorted(boxes, key=lambda box: box.lo[axis])
    groups, reach = [ordered[:1]], ordered[0].hi[axis]
    for box in ordered[1:]:
        if box.lo[axis] > reach:
            groups.append([])
        groups[-1].append(box)
        reach = max(reach, box.hi[axis])
    return groups
