"""Hypothesis strategies for exact rationals, intervals, boxes and activations with parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

from hypothesis import strategies as st

from fpverify.kernel.activations import ACTIVATIONS, Function
from fpverify.kernel.arb import Arb
from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.fixed import Fixed
from fpverify.kernel.rational import Rational

Interval = tuple[Fraction, Fraction]

BACKENDS: tuple[Backend, ...] = (Arb(64), Arb(128), Arb(256), Fixed(64), Fixed(), Rational())
"""Every rigorous backend, from the narrowest on."""

PARAMETERS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "polynomial": [
        {"coefficients": ["3"]},
        {"coefficients": "-1/3"},
        {"coefficients": ["1/3", "-1"]},
        {"coefficients": ["1/2", "-1", "0", "1", "0"]},
        {"coefficients": ["0", "0", "0", "5/2", "0", "-3/2"]},
    ],
    "exponential": [
        {},
        {"coefficients": ["0", "0", "-1"], "scale": "2"},
        {"coefficients": ["1", "-1/3", "0"], "scale": "1/3"},
    ],
    "leaky_relu": [{}, {"slope": "0"}, {"slope": "1"}, {"slope": "1/3"}],
    "elu": [{}, {"alpha": "2"}, {"alpha": "1/3"}],
    "gompertz": [
        {},
        {"displacement": "9", "rate": "6"},
        {"scale": "3/2", "displacement": "1/3", "rate": "1/2"},
    ],
    "gaussian": [{}, {"height": "2", "centre": "2"}, {"height": "-1/3", "centre": "1/3", "width": "2"}],
}
"""Sample parameters of each family; a family that is not here is tried with its defaults."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One activation with parameters, as the conformance tests take them."""

    name: str
    given: Mapping[str, Any]
    function: Function
    parameters: Mapping[str, Any]

    def __str__(self) -> str:
        inner = ",".join(f"{key}={value}" for key, value in self.given.items())
        return f"{self.name}({inner})" if inner else self.name


def case(name: str, given: Mapping[str, Any] | None = None) -> Case:
    family = ACTIVATIONS[name]
    given = given or {}
    return Case(name=name, given=given, function=family.function(given), parameters=family.complete(given))


CASES = [case(name, given) for name in ACTIVATIONS for given in PARAMETERS.get(name, [{}])]


PLACED = [Fraction(n, 7) for n in (-50, -23, -16, -9, -5, -4, -2, -1, 1, 2, 4, 5, 9, 16, 23, 50)]
"""Fixed points that are no kink of any activation."""

FAR = [*PLACED, *(sign * Fraction(10**k) for k in range(1, 7) for sign in (-1, 1)), Fraction(0)]


def rationals(bound: int = 8) -> st.SearchStrategy[Fraction]:
    """Return rationals of size at most *bound*: simple ones, decimals, and dyadic ones near to simple ones."""
    simple = st.builds(Fraction, st.integers(-12 * bound, 12 * bound), st.just(12))
    decimal = st.builds(Fraction, st.integers(-(10**6) * bound, 10**6 * bound), st.just(10**6))
    offset = st.builds(lambda sign, k: Fraction(sign, 2**k), st.sampled_from([-1, 1]), st.integers(5, 90))
    near = st.builds(lambda x, e: max(Fraction(-bound), min(Fraction(bound), x + e)), simple, offset)
    return st.one_of(simple, decimal, near)


def intervals(bound: int = 8) -> st.SearchStrategy[Interval]:
    """Return closed intervals: wide ones, thin ones, and points."""
    wide = st.tuples(rationals(bound), rationals(bound)).map(lambda pair: (min(pair), max(pair)))
    thin = st.tuples(rationals(bound), st.integers(4, 140)).map(
        lambda pair: (pair[0], pair[0] + Fraction(1, 2 ** pair[1]))
    )
    return st.one_of(wide, wide, thin, rationals(bound).map(lambda x: (x, x)))


def fractions_of_unit() -> st.SearchStrategy[Fraction]:
    """Return places in [0, 1], to pick points of an interval."""
    return st.builds(Fraction, st.integers(0, 1024), st.just(1024))


def arrays(size: int, bound: int = 8) -> st.SearchStrategy[list[Interval]]:
    return st.lists(intervals(bound), min_size=size, max_size=size)


@st.composite
def boxes(draw: st.DrawFn, backend: Backend, shape: tuple[int, ...], bound: int = 8) -> Box:
    """Return boxes of the given shape."""
    return box(draw(arrays(prod(shape), bound)), backend, shape)


def box(entries: Sequence[Interval], backend: Backend, shape: tuple[int, ...] | None = None) -> Box:
    """Return the Box of the given intervals."""
    return Box.from_exact([low for low, _ in entries], [high for _, high in entries], backend, shape)


def cases() -> st.SearchStrategy[Case]:
    """Return activations with parameters."""
    return st.sampled_from(CASES)
