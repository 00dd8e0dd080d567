"""Norms: no false bound is shown, and bounds with room are."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify.kernel import norm as norm_module
from fpverify.kernel.arb import Arb
from fpverify.kernel.backend import Backend
from fpverify.kernel.errors import FormatError, InexactNumberError
from fpverify.kernel.norm import Norm, OneNorm, SupNorm, TwoNorm, norm_from_data, unweighted
from fpverify.kernel.rational import Rational
from tests.conformance import checks
from tests.strategies import BACKENDS, arrays, box, fractions_of_unit, rationals

KINDS = (SupNorm, OneNorm, TwoNorm)
EVERY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
EVERY_BACKEND = pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: f"{backend.name}{backend.precision}")
WEIGHTS = st.builds(Fraction, st.integers(1, 40), st.integers(1, 12))
SIZES = st.sampled_from([1, 2, 3])
PLACES = st.lists(fractions_of_unit(), min_size=2, max_size=2)


def _slack(norm: Norm, matrix: Sequence[Any], bound: Any, backend: Backend) -> Fraction | None:
    entries = [(Fraction(x), Fraction(x)) for x in matrix]
    return norm.operator_slack(box(entries, backend, (norm.dimension, norm.dimension)), Fraction(bound))


# ------------------------------------------------------------------ golden examples

SHEAR = ["1/2", "10", "0", "1/2"]
ROTATION = ["3/5", "3/5", "-3/5", "3/5"]
GOLDEN: list[tuple[str, Norm, Sequence[str], str, bool]] = [
    # title, norm, matrix, bound, whether it is true
    ("T1.5: sup norm of the shear", unweighted(SupNorm, 2), SHEAR, "21/2", True),
    ("T1.5: not less in the sup norm", unweighted(SupNorm, 2), SHEAR, "10.4999999999", False),
    ("T1.5: 1-norm of the shear", unweighted(OneNorm, 2), SHEAR, "21/2", True),
    ("T1.5: not less in the 1-norm", unweighted(OneNorm, 2), SHEAR, "10.4999999999", False),
    ("T1.5: weights (40, 1) tame the shear", SupNorm(weights=(Fraction(40), Fraction(1))), SHEAR, "3/4", True),
    ("T1.5: to 3/4 and not less", SupNorm(weights=(Fraction(40), Fraction(1))), SHEAR, "0.7499999999", False),
    ("weights the wrong way", SupNorm(weights=(Fraction(1), Fraction(40))), SHEAR, "3/4", False),
    ("weights (1, 40) of the 1-norm", OneNorm(weights=(Fraction(1), Fraction(40))), SHEAR, "3/4", True),
    ("not (40, 1)", OneNorm(weights=(Fraction(40), Fraction(1))), SHEAR, "3/4", False),
    ("T1.5: 2-norm of the scaled rotation, 3 sqrt 2 / 5", unweighted(TwoNorm, 2), ROTATION, "0.8485281375", True),
    ("T1.5: not less in the 2-norm", unweighted(TwoNorm, 2), ROTATION, "0.8485281374", False),
    ("T1.5: its sup norm is 6/5", unweighted(SupNorm, 2), ROTATION, "1.2000000001", True),
    ("T1.5: so no contraction", unweighted(SupNorm, 2), ROTATION, "0.99", False),
    (
        "T1.4: weights (31, 7)",
        SupNorm(weights=(Fraction(31), Fraction(7))),
        ["0.2", "3", "0.15", "0.1"],
        "0.9",
        True,
    ),
    ("T1.4: unweighted 3.2", unweighted(SupNorm, 2), ["0.2", "3", "0.15", "0.1"], "3.19", False),
    ("T7.4: the inhibition pair", SupNorm(weights=(Fraction(4), Fraction(1))), ["1/2", "1", "0", "0"], "3/4", True),
    ("T7.4: and not less", SupNorm(weights=(Fraction(4), Fraction(1))), ["1/2", "1", "0", "0"], "0.7499", False),
    ("the zero matrix", unweighted(TwoNorm, 2), ["0", "0", "0", "0"], "1/1000000", True),
    ("no norm is negative: sup", unweighted(SupNorm, 2), ["0", "0", "0", "0"], "-1", False),
    ("no norm is negative: 1", unweighted(OneNorm, 2), ["0", "0", "0", "0"], "-1", False),
    ("no norm is negative: 2", unweighted(TwoNorm, 2), ["0", "0", "0", "0"], "-1", False),
    ("a bound whose square would do", unweighted(TwoNorm, 2), ROTATION, "-0.9", False),
]


@EVERY_BACKEND
@pytest.mark.parametrize(
    ("norm", "matrix", "bound", "true"), [row[1:] for row in GOLDEN], ids=[row[0] for row in GOLDEN]
)
def test_golden_examples(norm: Norm, matrix: Sequence[str], bound: str, true: bool, backend: Backend) -> None:
    """With 64 bits behind the point, high powers of a matrix are too small to be told from 0: no false bound is shown."""
    shown = _slack(norm, matrix, bound, backend) is not None
    assert shown == true or (not shown and (backend.name, backend.precision) == ("fixed", 64))


def test_the_slack_is_the_exact_one_in_exact_arithmetic() -> None:
    norm = SupNorm(weights=(Fraction(40), Fraction(1)))
    assert _slack(norm, SHEAR, "3/4", Rational()) == 0
    assert _slack(norm, SHEAR, "1", Rational()) == Fraction(1, 4)


# ------------------------------------------------------------------ soundness and completeness


@EVERY_KIND
@EVERY_BACKEND
@given(data=st.data(), size=SIZES, bound=rationals(12), places=PLACES)
def test_no_false_bound_is_shown(
    kind: type[Norm], backend: Backend, data: Any, size: int, bound: Fraction, places: Any
) -> None:
    """For every matrix of an interval matrix, decided exactly by the definition of the norm."""
    norm = kind(weights=tuple(data.draw(WEIGHTS) for _ in range(size)))
    checks.no_false_bound_is_shown(norm, backend, data.draw(arrays(size * size, 2)), bound, places)


@EVERY_KIND
@given(data=st.data(), size=SIZES)
def test_bounds_are_shown_up_to_rounding(kind: type[Norm], data: Any, size: int) -> None:
    """The least bound that is shown for a single matrix, found by bisection, is the norm up to 2^-40; none below it is."""
    norm = kind(weights=tuple(data.draw(WEIGHTS) for _ in range(size)))
    matrix = [data.draw(rationals(2)) for _ in range(size * size)]
    low, high = Fraction(0), Fraction(2**12)
    while high - low > Fraction(1, 2**40):
        middle = (low + high) / 2
        low, high = (low, middle) if _slack(norm, matrix, middle, Arb(256)) is not None else (middle, high)
    assert checks.has_norm_at_most(norm, matrix, high)
    assert not checks.has_norm_at_most(norm, matrix, low - Fraction(1, 2**40))


@EVERY_BACKEND
@given(entries=arrays(9, 2), pivot=st.tuples(rationals(3), rationals(3)), places=PLACES)
def test_an_elimination_step_holds_the_exact_one(backend: Backend, entries: Any, pivot: Any, places: Any) -> None:
    """A_22 - a a^T / p, for symmetric matrices of the interval matrix; p is positive."""
    first = sorted(abs(end) + Fraction(1, 8) for end in pivot)
    upper = {(i, j): entries[3 * i + j] for i in range(3) for j in range(i, 3)} | {(0, 0): tuple(first)}
    matrix = box([upper[min(i, j), max(i, j)] for i in range(3) for j in range(3)], backend, (3, 3))
    rest = norm_module._schur_complement(matrix, matrix.entry(0, 0))
    for t in (Fraction(0), Fraction(1), *places):
        a = {key: low + t * (high - low) for key, (low, high) in upper.items()}
        truth = [a[min(i, j), max(i, j)] - a[0, i] * a[0, j] / a[0, 0] for i in (1, 2) for j in (1, 2)]
        for low, value, high in zip(rest.lower(), truth, rest.upper(), strict=True):
            assert low <= value <= high, f"{value} is not in [{low}, {high}]"


_ORDERS = {SupNorm: np.inf, OneNorm: 1, TwoNorm: 2}


@EVERY_KIND
def test_numpy_agrees(kind: type[Norm]) -> None:
    """On a random matrix of size 8, to 10 digits: bounds above are shown, bounds below are not."""
    generator = np.random.default_rng(20240913)
    matrix, weights = generator.integers(-99, 99, (8, 8)), generator.integers(1, 9, 8)
    scale = np.diag(weights.astype(float))
    scaled = scale @ matrix @ np.linalg.inv(scale) if kind is OneNorm else np.linalg.inv(scale) @ matrix @ scale
    truth = Fraction(float(np.linalg.norm(scaled, _ORDERS[kind])))
    norm = kind(weights=tuple(Fraction(int(w)) for w in weights))
    flat = [int(x) for x in matrix.flat]
    assert _slack(norm, flat, truth * (1 + Fraction(1, 10**10)), Arb(128)) is not None
    assert _slack(norm, flat, truth * (1 - Fraction(1, 10**10)), Arb(128)) is None


@EVERY_KIND
@given(data=st.data(), size=SIZES, bound=rationals(12))
def test_vectors_are_measured_exactly(kind: type[Norm], data: Any, size: int, bound: Fraction) -> None:
    norm = kind(weights=tuple(data.draw(WEIGHTS) for _ in range(size)))
    sizes = [abs(data.draw(rationals(2))) for _ in range(size)]
    definition: dict[type[Norm], Callable[[], bool]] = {
        SupNorm: lambda: max(x / w for x, w in zip(sizes, norm.weights, strict=True)) <= bound,
        OneNorm: lambda: sum(x * w for x, w in zip(sizes, norm.weights, strict=True)) <= bound,
        TwoNorm: lambda: bound >= 0 and sum((x / w) ** 2 for x, w in zip(sizes, norm.weights, strict=True)) <= bound**2,
    }
    assert norm.vector_at_most(sizes, bound) == definition[kind]()


@EVERY_KIND
@given(data=st.data(), size=SIZES, radius=rationals(4).map(abs))
def test_the_reach_of_a_ball_is_attained(kind: type[Norm], data: Any, size: int, radius: Fraction) -> None:
    """Along each axis: the vector of that length lies in the ball, a longer one does not."""
    norm = kind(weights=tuple(data.draw(WEIGHTS) for _ in range(size)))
    for axis, reach in enumerate(norm.reach(radius)):
        along = [reach if k == axis else Fraction(0) for k in range(size)]
        assert norm.vector_at_most(along, radius)
        assert not norm.vector_at_most([x + (k == axis) * Fraction(1, 10**9) for k, x in enumerate(along)], radius)


# ------------------------------------------------------------------ files


@EVERY_KIND
def test_a_norm_is_read_back(kind: type[Norm]) -> None:
    norm = kind(weights=(Fraction(1, 3), Fraction(40)))
    assert norm_from_data(norm.to_data(), 2) == norm
    assert "1/3, 40" in str(norm)
    assert "weights" not in str(unweighted(kind, 3))


REFUSED = [
    ("no object", [], "a norm is"),
    ("no kind", {"weights": ["1", "1"]}, "a norm is"),
    ("no weights", {"kind": "sup"}, "a norm is"),
    ("an unknown kind", {"kind": "three", "weights": ["1", "1"]}, "sup, one, two"),
    ("a kind that is no text", {"kind": ["sup"], "weights": ["1", "1"]}, "sup, one, two"),
    ("more than these", {"kind": "sup", "weights": ["1", "1"], "scale": "1"}, "a norm is"),
    ("too few weights", {"kind": "sup", "weights": ["1"]}, "1 weights, the state has 2"),
    ("a weight of 0", {"kind": "sup", "weights": ["1", "0"]}, "must be positive"),
    ("a negative weight", {"kind": "one", "weights": ["-1", "1"]}, "must be positive"),
    ("no weight at all", {"kind": "two", "weights": []}, "must be positive"),
]


@pytest.mark.parametrize(("data", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_no_norm_is_refused(data: Any, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        norm_from_data(data, 2)


def test_weights_that_are_floats_are_refused() -> None:
    with pytest.raises(InexactNumberError):
        norm_from_data({"kind": "sup", "weights": [0.5, 1.0]}, 2)
