"""The tree of boxes: what was done to each, kept in columns, and written in preorder at the end."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

OPEN, SPLIT, ONWARD, EMPTY_F, EMPTY_K, KNOWN, UNDECIDED = range(7)
"""What ends the record of a box: not yet done, two children, one child, no fixed point, a known point, or left open."""

_LEAF = {OPEN: "?", UNDECIDED: "?", EMPTY_F: "x", EMPTY_K: "k"}

Columns = Mapping[str, np.ndarray]

_TYPES = {"end": np.int8, "step": np.int8, "child": np.int64, "number": np.int32, "place": np.float64}


class Tree:
    """
    Boxes by number, 0 the whole; the children of a box follow one another.

    Columns:
        end: one of the constants above.
        step: 1 after X n F(X), 2 after X n K(X), 0 after neither.
        child: the number of the first child.
        number: the axis of a split, or the number of the point that a box belongs to.
        place: where it was split, a dyadic number.
    """

    def __init__(self, columns: Columns | None = None) -> None:
        self._columns = {key: np.zeros(64, kind) for key, kind in _TYPES.items()}
        self.size = 1
        if columns is not None:
            self._columns = {key: np.array(columns[key], kind) for key, kind in _TYPES.items()}
            self.size = len(self._columns["end"])

    def columns(self) -> dict[str, np.ndarray]:
        return {key: column[: self.size] for key, column in self._columns.items()}

    def add(self, count: int) -> int:
        """Make room for *count* more boxes, and return the number of the first."""
        first, self.size = self.size, self.size + count
        if self.size > len(self._columns["end"]):
            for key, column in self._columns.items():
                longer = np.zeros(2 * self.size, column.dtype)
                longer[: len(column)] = column
                self._columns[key] = longer
        return first

    def record(self, boxes: Any, **values: Any) -> None:
        """Write the columns given for *boxes*, an array of numbers."""
        for key, value in values.items():
            self._columns[key][boxes] = value

    def cut(self, most: int, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """
        Leave open what lies below the first *most* boxes that cost the kernel something, level by level.

        Args:
            low, high: corners of the whole.

        Returns:
            Boxes that hold all that is open now: those of the cuts alone, without the contractions.
        """
        columns = self.columns()
        level, low, high, cost = np.zeros(1, np.int64), low[None], high[None], 0
        lows, highs = [low[:0]], [high[:0]]
        while len(level):
            works = (columns["step"][level] > 0) | np.isin(columns["end"][level], (EMPTY_F, EMPTY_K))
            late = cost + works.cumsum() > most
            columns["end"][level[late]], columns["step"][level[late]] = UNDECIDED, 0
            cost += int(works[~late].sum())
            is_open = np.isin(columns["end"][level], (OPEN, UNDECIDED))
            lows.append(low[is_open])
            highs.append(high[is_open])
            level, low, high = self._below(level, low, high)
        return np.concatenate(lows), np.concatenate(highs)

    def _below(self, level: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the children of a level, in boxes without contractions."""
        columns = self.columns()
        end, child = columns["end"][level], columns["child"][level]
        onward, split = end == ONWARD, end == SPLIT
        rows, axis, place = np.arange(split.sum()), columns["number"][level][split], columns["place"][level][split]
        below, above = high[split].copy(), low[split].copy()
        below[rows, axis], above[rows, axis] = (
            np.minimum(below[rows, axis], place),
            np.maximum(above[rows, axis], place),
        )
        children = np.concatenate((child[onward], child[split], child[split] + 1))
        return (
            children,
            np.concatenate((low[onward], low[split], above)),
            np.concatenate((high[onward], below, high[split])),
        )

    def tokens(self, renamed: Mapping[int, int] | None = None) -> str:
        """
        Return the tree as the text of a witness; where both halves of a box are left open, so is the box.

        Args:
            renamed: number of a point -> its number in the witness.
        """
        self._merge_open()
        return " ".join(self._preorder(renamed))

    def points(self) -> list[int]:
        """Return the numbers of the points that a leaf names."""
        self._merge_open()
        reached = self._reached()
        columns = self.columns()
        return sorted(set(columns["number"][reached & (columns["end"] == KNOWN)].tolist()))

    def open_boxes(self) -> np.ndarray:
        """Return the numbers of the leaves that are left open."""
        self._merge_open()
        return np.flatnonzero(self._reached() & np.isin(self.columns()["end"], (OPEN, UNDECIDED)))

    def _merge_open(self) -> None:
        """Children have greater numbers than their parents: one pass from the end settles all."""
        columns = self.columns()
        end, step, child = columns["end"], columns["step"], columns["child"]
        bare = np.isin(end, (OPEN, UNDECIDED)) & (step == 0)
        while True:
            split = np.flatnonzero((end == SPLIT) & (step == 0))
            both = split[bare[child[split]] & bare[child[split] + 1]]
            if not len(both):
                return
            end[both], bare[both] = UNDECIDED, True

    def _reached(self) -> np.ndarray:
        columns = self.columns()
        end, child = columns["end"], columns["child"]
        reached, level = np.zeros(self.size, bool), np.zeros(1, np.int64)
        while len(level):
            reached[level] = True
            halves, onward = child[level[end[level] == SPLIT]], child[level[end[level] == ONWARD]]
            level = np.concatenate((halves, halves + 1, onward))
        return reached

    def _preorder(self, renamed: Mapping[int, int] | None) -> Iterator[str]:
        end, step, child, number, place = (self.columns()[key].tolist() for key in _TYPES)
        waiting = [0]
        while waiting:
            box = waiting.pop()
            if step[box]:
                yield "f" if step[box] == 1 else "n"
            if end[box] == SPLIT:
                yield f"s{number[box]}:{dyadic_text(place[box])}"
                waiting += (child[box] + 1, child[box])
            elif end[box] == ONWARD:
                waiting.append(child[box])
            elif end[box] == KNOWN:
                yield f"p{number[box] if renamed is None else renamed[number[box]]}"
            else:
                yield _LEAF[end[box]]


def dyadic_text(value: float) -> str:
    """Return a short exact text of a float."""
    numerator, denominator = value.as_integer_ratio()
    return str(numerator) if denominator == 1 else f"{numerator}/{denominator}"
