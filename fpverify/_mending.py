"""What becomes of a witness of rule cover when the kernel refuses one leaf or one point of it: that part is left open."""

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import torch

from fpverify.backends.torch64.network import outward
from fpverify.kernel.exact import exact
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._tree import leaves, read_box, share_of
from fpverify.search._branch.witness import Found, short_above

_LEAF = re.compile(r"leaf (\d+) ")
_INNER = {"f", "n"}


def mended(found: Found, region: BoxRegion, detail: str) -> Found | None:
    """
    Return the witness without what the kernel refused; None if *detail* names no leaf and no point of it.

    Args:
        found: what the kernel was given.
        region: the box that the tree subdivides.
        detail: of the verdict.
    """
    leaf = _LEAF.match(detail)
    if leaf is not None:
        return _opened(found, region, lambda place, _: place == int(leaf[1]))
    points = found.witness["points"]
    named = (j for j, point in enumerate(points) if detail == f"the point in {read_box(point['enclosure'])}")
    number = next(named, None)
    return None if number is None else _without(_opened(found, region, lambda _, word: word == f"p{number}"), number)


def _opened(found: Found, region: BoxRegion, is_open: Callable[[int, str], bool]) -> Found:
    """Turn some leaves into `?`. Their boxes are taken from the cuts alone, so that the share is not too small."""
    words = found.witness["tree"].split(" ")
    places = [place for place, word in enumerate(words) if word[0] != "s" and word not in _INNER]
    boxes = []
    for leaf, (word, box) in enumerate(leaves(region, words, lambda box, _: box)):
        if is_open(leaf, word):
            words[places[leaf]] = "?"
            boxes += [] if box is None else [box]
    share = exact(found.witness.get("share", "0")) + sum((share_of(box, region) for box in boxes), Fraction(0))
    witness = {**found.witness, "tree": " ".join(words), "share": short_above(share) if share > 0 else "0"}
    low, high = (
        torch.cat((old, _ends(boxes, side, old))) for side, old in enumerate((found.open_low, found.open_high))
    )
    return replace(found, witness=witness, open_low=low, open_high=high)


def _ends(boxes: list[BoxRegion], side: int, like: torch.Tensor) -> torch.Tensor:
    ends = [[outward(x)[side] for x in (box.lo, box.hi)[side]] for box in boxes]
    return torch.tensor(ends, dtype=torch.float64).reshape(-1, like.shape[1])


def _without(found: Found, number: int) -> Found:
    """Drop a point that no leaf names any more, and count the points after it one down."""
    points: list[Any] = found.witness["points"]
    words = [
        f"p{int(word[1:]) - 1}" if word[0] == "p" and int(word[1:]) > number else word
        for word in found.witness["tree"].split(" ")
    ]
    kept = [j for j in range(len(points)) if j != number]
    witness = {**found.witness, "points": [points[j] for j in kept], "tree": " ".join(words)}
    return replace(found, witness=witness)
