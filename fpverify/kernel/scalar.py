"""What backends over Python scalars share: the primitives as loops over one number at a time."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from fractions import Fraction
from typing import Any

from fpverify.kernel.backend import Formula

Scalars = tuple[Any, ...]


class Entries:
    """What needs no rounding: the order of the entries, and their places. Lists are built first, being the faster."""

    def maximum(self, a: Scalars, b: Scalars) -> Scalars:
        return tuple([y if x <= y else x for x, y in zip(a, b, strict=True)])

    def minimum(self, a: Scalars, b: Scalars) -> Scalars:
        return tuple([x if x <= y else y for x, y in zip(a, b, strict=True)])

    def less_equal(self, a: Scalars, b: Scalars) -> tuple[bool, ...]:
        return tuple([x <= y for x, y in zip(a, b, strict=True)])

    def select(self, mask: Sequence[bool], a: Scalars, b: Scalars) -> Scalars:
        return tuple([x if chosen else y for chosen, x, y in zip(mask, a, b, strict=True)])

    def gather(self, a: Scalars, indices: Sequence[int]) -> Scalars:
        return tuple([a[index] for index in indices])

    def concatenate(self, parts: Sequence[Scalars]) -> Scalars:
        return tuple([end for part in parts for end in part])

    def length(self, a: Scalars) -> int:
        return len(a)


class ScalarBackend(Entries, ABC):
    """
    The contract of `Backend` for numbers that Python can add, multiply, divide and compare.

    A subclass says how one number enters, leaves and is rounded; `_up` and `_down` receive the result of an
    arithmetic operation, which may be a ball, and return one end point of it.
    """

    name: str
    precision: int

    @abstractmethod
    def _from_exact(self, value: Fraction) -> Any: ...

    @abstractmethod
    def _to_exact(self, end: Any) -> Fraction: ...

    @abstractmethod
    def _up(self, result: Any) -> Any: ...

    @abstractmethod
    def _down(self, result: Any) -> Any: ...

    @abstractmethod
    def _floor(self, end: Any) -> Any: ...

    @abstractmethod
    def _at_point(self, formula: Formula, end: Any) -> Any: ...

    def _working(self) -> AbstractContextManager[Any]:
        return nullcontext()

    def _each(self, finish: Callable[[Any], Any], results: Callable[[], Any]) -> Scalars:
        with self._working():
            return tuple(finish(result) for result in results())

    def from_exact_up(self, values: Sequence[Fraction]) -> Scalars:
        return self._from_exact_rounded(values, self._up)

    def from_exact_down(self, values: Sequence[Fraction]) -> Scalars:
        return self._from_exact_rounded(values, self._down)

    def _from_exact_rounded(self, values: Sequence[Fraction], finish: Callable[[Any], Any]) -> Scalars:
        """Convert each object once: structured matrices repeat few of them many times. `held` keeps the ids unique."""
        held = tuple(values)
        with self._working():
            seen = {key: finish(self._from_exact(value)) for key, value in {id(v): v for v in held}.items()}
        return tuple(seen[id(value)] for value in held)

    def to_exact(self, ends: Scalars) -> tuple[Fraction, ...]:
        return tuple(self._to_exact(end) for end in ends)

    def neg(self, a: Scalars) -> Scalars:
        return self._each(self._up, lambda: (-x for x in a))

    def add_up(self, a: Scalars, b: Scalars) -> Scalars:
        return self._each(self._up, lambda: (x + y for x, y in zip(a, b, strict=True)))

    def add_down(self, a: Scalars, b: Scalars) -> Scalars:
        return self._each(self._down, lambda: (x + y for x, y in zip(a, b, strict=True)))

    def mul_up(self, a: Scalars, b: Scalars) -> Scalars:
        return self._each(self._up, lambda: (x * y for x, y in zip(a, b, strict=True)))

    def mul_down(self, a: Scalars, b: Scalars) -> Scalars:
        return self._each(self._down, lambda: (x * y for x, y in zip(a, b, strict=True)))

    def div_up(self, a: Scalars, b: Scalars) -> Scalars:
        return self._each(self._up, lambda: (x / y for x, y in zip(a, b, strict=True)))

    def sum_up(self, a: Scalars, group: int) -> Scalars:
        return self._each(self._up, lambda: self._sums(a, group))

    def sum_down(self, a: Scalars, group: int) -> Scalars:
        return self._each(self._down, lambda: self._sums(a, group))

    @staticmethod
    def _sums(a: Scalars, group: int) -> list[Any]:
        return [sum(a[start + 1 : start + group], a[start]) for start in range(0, len(a), group)]

    def floor(self, a: Scalars) -> Scalars:
        return self._each(self._floor, lambda: a)

    def at_points(self, formula: Formula, a: Scalars) -> tuple[Scalars, Scalars]:
        with self._working():
            values = [self._at_point(formula, x) for x in a]
            return tuple(self._down(v) for v in values), tuple(self._up(v) for v in values)
