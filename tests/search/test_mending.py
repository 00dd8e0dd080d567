"""What the kernel refuses of a search is left open, and the rest is proved."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import fpverify as fp
from fpverify import _attempt
from fpverify.kernel.exact import exact
from fpverify.search._branch.witness import Found

CELLS = fp.loop("tanh", [["2", "0.1"], ["-0.1", "2"]], name="two cells")
WHOLE = fp.BoxRegion.of((-1, 1), (-1, 1))


def spoiled(spoil: Callable[[dict[str, Any]], dict[str, Any]]) -> fp.FindResult:
    """Return the result of a search whose witness something happened to."""
    before = _attempt.witness_of

    def witness_of(*arguments: Any) -> Found:
        found = before(*arguments)
        return replace(found, witness=spoil(dict(found.witness)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_attempt, "witness_of", witness_of)
        return fp.find_fixed_points(CELLS, WHOLE, method="tree")


def proved_in_part(result: fp.FindResult, count: int) -> None:
    """Require so many points, the rest undecided, and a certificate that is VALID."""
    assert (result.success, result.count, result.claim.kind) == (False, count, "at_least")
    assert result.outcome.check.status is fp.FileStatus.VALID
    assert result.n_undecided >= 1
    assert 0 < exact(result.undecided_share) < 1
    assert result.undecided
    assert "the kernel refused" in result.message


def _as_empty(number: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def spoil(witness: dict[str, Any]) -> dict[str, Any]:
        words = witness["tree"].split(" ")
        return {**witness, "tree": " ".join("x" if word == f"p{number}" else word for word in words)}

    return spoil


def _moved(numbers: set[int]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Shift the enclosures of some points to where no fixed point is, inside their boxes of uniqueness."""

    def spoil(witness: dict[str, Any]) -> dict[str, Any]:
        points = [_shifted(point) if j in numbers else point for j, point in enumerate(witness["points"])]
        return {**witness, "points": points}

    return spoil


def _shifted(point: dict[str, Any]) -> dict[str, Any]:
    ends = [[f"{exact(end) + exact('1e-6')}" for end in side] for side in point["enclosure"]]
    return {**point, "enclosure": ends}


def test_a_leaf_that_is_not_as_stated_is_left_open() -> None:
    """A box that holds a point is said to be empty: the nine points stay, that box is undecided."""
    proved_in_part(spoiled(_as_empty(0)), 9)


@pytest.mark.parametrize("numbers", [{0}, {4}, {8}, {2, 3, 7}])
def test_a_point_that_is_none_is_dropped(numbers: set[int]) -> None:
    """The boxes that belong to it are undecided; those of the points after it keep their points."""
    result = spoiled(_moved(numbers))
    proved_in_part(result, 9 - len(numbers))
    whole = fp.find_fixed_points(CELLS, WHOLE, method="tree")
    kept = [point for j, point in enumerate(whole.points) if j not in numbers]
    assert [point.lower for point in result.points] == [point.lower for point in kept]
    for j in numbers:
        place = whole.points[j].centre
        assert any(all(a <= x <= b for a, x, b in zip(low, place, high, strict=True)) for low, high in result.undecided)


def test_what_is_refused_all_over_is_told() -> None:
    """More wrong points than are dropped one by one: nothing is claimed, and the message says why."""
    result = spoiled(_moved(set(range(9))))
    assert (result.success, result.claim, result.certificate) == (False, None, None)
    assert "the kernel did not accept the search" in result.message
