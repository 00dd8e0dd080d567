"""Slopes of deep chains: what telescoping yields holds every Jacobian and every matrix of divided differences."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import pytest
from flint import fmpz_mat
from hypothesis import given
from hypothesis import strategies as st

from fpverify.kernel.layers import UnboundedError
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._chain import _rounded_up, affine_layers, chain_slopes, slope_spans
from fpverify.kernel.rules._matrices import BITS
from tests.rules.cases import ARB, FIXED, act, affine, chain, cube, line
from tests.rules.test_matrices import Rows, holds, product

Function = Callable[[Fraction], Fraction]

RATIONAL_FUNCTIONS: Mapping[str, tuple[Function, Function]] = {
    "softsign": (lambda z: z / (1 + abs(z)), lambda z: 1 / (1 + abs(z)) ** 2),
    "cubic": (lambda z: (3 * z - z**3) / 2, lambda z: (3 - 3 * z * z) / 2),
    "relu": (lambda z: max(z, Fraction(0)), lambda z: Fraction(z > 0)),
    "hardtanh": (lambda z: max(Fraction(-1), min(Fraction(1), z)), lambda z: Fraction(abs(z) < 1)),
}
"""Functions with rational values, and a slope (at a kink, one of the two)."""

SMALL = st.fractions(-2, 2, max_denominator=16)
SPREADS = st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 16)])
PLACES = st.fractions(0, 1, max_denominator=8)
Layer = tuple[Rows, list[Fraction], str]


@st.composite
def chains(draw: st.DrawFn, names: Sequence[str] = tuple(RATIONAL_FUNCTIONS)) -> tuple[Network, list[Layer]]:
    """Return a chain of up to three layers with unequal widths, perhaps a family, and the layers of a member."""
    state, depth = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    sizes = [state, *(draw(st.integers(1, 3)) for _ in range(depth - 1)), state]
    layers: list[Mapping[str, Any]] = []
    member: list[Layer] = []
    for columns, rows in pairwise(sizes):
        spread, name = draw(SPREADS), draw(st.sampled_from(list(names)))
        weight = [[draw(SMALL) for _ in range(columns)] for _ in range(rows)]
        bias = [draw(SMALL) for _ in range(rows)]
        written = [[[str(w - spread), str(w + spread)] if spread else str(w) for w in row] for row in weight]
        layers += [affine(written, [*map(str, bias)]), act(name)]
        member.append(([[w - spread + 2 * spread * draw(PLACES) for w in row] for row in weight], bias, name))
    return chain(*layers, size=state), member


def run(member: Sequence[Layer], x: list[Fraction]) -> tuple[list[list[Fraction]], list[Fraction]]:
    """Return the arguments of every layer, and f(x)."""
    arguments = []
    for weight, bias, name in member:
        moved = [row[0] for row in product(weight, [[value] for value in x])]
        arguments.append([a + b for a, b in zip(moved, bias, strict=True)])
        x = [RATIONAL_FUNCTIONS[name][0](z) for z in arguments[-1]]
    return arguments, x


def secants(member: Sequence[Layer], x: list[Fraction], y: list[Fraction]) -> Rows:
    """Return J = S_L W_L ... S_1 W_1 with the slopes of the secants between the orbits of x and y through the layers."""
    result: Rows | None = None
    for (weight, _, name), us, vs in zip(member, run(member, x)[0], run(member, y)[0], strict=True):
        value, slope = RATIONAL_FUNCTIONS[name]
        slopes = [(value(u) - value(v)) / (u - v) if u != v else slope(u) for u, v in zip(us, vs, strict=True)]
        scaled = [[s * w for w in row] for s, row in zip(slopes, weight, strict=True)]
        result = scaled if result is None else product(scaled, result)
    assert result is not None
    return result


@st.composite
def pairs(draw: st.DrawFn, size: int) -> tuple[BoxRegion, list[Fraction], list[Fraction]]:
    """Return a box, sometimes thin, and two points of it, sometimes the same one."""
    low = [draw(SMALL) for _ in range(size)]
    widths = [draw(st.sampled_from([Fraction(0), Fraction(1, 100), Fraction(1), Fraction(3)])) for _ in range(size)]
    x = [a + w * draw(PLACES) for a, w in zip(low, widths, strict=True)]
    y = [a + w * draw(PLACES) for a, w in zip(low, widths, strict=True)]
    box = BoxRegion(lo=tuple(low), hi=tuple(a + w for a, w in zip(low, widths, strict=True)))
    return box, x, x if draw(st.booleans()) else y


@given(st.data())
def test_the_slopes_hold_jacobians_and_divided_differences(data: st.DataObject) -> None:
    """Exactly, for a member of the family: J itself, and f(x) - f(y) = J (x - y)."""
    network, member = data.draw(chains())
    box, x, y = data.draw(pairs(network.state_size))
    backend = data.draw(st.sampled_from([ARB, FIXED]))
    spans = slope_spans(network, box, backend)
    assert spans is not None
    found = chain_slopes(affine_layers(network), spans)
    matrix = secants(member, x, y)
    assert holds(found, matrix)
    assert holds(found, secants(member, y, y))
    step = [[a - b] for a, b in zip(x, y, strict=True)]
    moved = [[a - b] for a, b in zip(run(member, x)[1], run(member, y)[1], strict=True)]
    assert product(matrix, step) == moved


@given(st.data())
def test_the_slopes_of_each_layer_are_bounds(data: st.DataObject) -> None:
    """Of those of the secants, neuron by neuron."""
    network, member = data.draw(chains())
    box, x, y = data.draw(pairs(network.state_size))
    spans = slope_spans(network, box, ARB)
    assert spans is not None
    for (_, _, name), us, vs, (low, high) in zip(member, run(member, x)[0], run(member, y)[0], spans, strict=True):
        value, slope = RATIONAL_FUNCTIONS[name]
        for u, v, a, b in zip(us, vs, low, high, strict=True):
            assert a <= ((value(u) - value(v)) / (u - v) if u != v else slope(u)) <= b


def test_the_slopes_of_tanh_hold_its_jacobian() -> None:
    """Two layers of tanh at many points, with mpmath."""
    outer, inner = [["1", "-1/2", "1/4"], ["3/4", "1/8", "-1"]], [["1/2", "1"], ["-1", "1/3"], ["2", "-1/5"]]
    network = chain(affine(inner, ["0", "1/7", "-1"]), act("tanh"), affine(outer, ["1/9", "0"]), act("tanh"), size=2)
    spans = slope_spans(network, cube("1/2", 2), ARB)
    assert spans is not None
    found, context = chain_slopes(affine_layers(network), spans), mpmath.mp.clone()
    context.dps = 60
    first, second = ([[Fraction(w) for w in row] for row in rows] for rows in (inner, outer))
    for i in range(5):
        for j in range(5):
            x = [Fraction(i - 2, 4), Fraction(j - 2, 4)]
            u = [a[0] + b for a, b in zip(product(first, [[v] for v in x]), [0, Fraction(1, 7), -1], strict=True)]
            behind = [context.tanh(context.mpf(z.numerator) / z.denominator) for z in u]
            v = [
                context.fdot([(context.mpf(w.numerator) / w.denominator, h) for w, h in zip(row, behind, strict=True)])
                + b
                for row, b in zip(second, [context.mpf(1) / 9, 0], strict=True)
            ]
            outer_slopes = [1 - context.tanh(z) ** 2 for z in v]
            for row in range(2):
                for column in range(2):
                    terms = [
                        second[row][k] * first[k][column] * Fraction(str(context.nstr(1 - behind[k] ** 2, 50)))
                        for k in range(3)
                    ]
                    entry = sum(terms, Fraction(0)) * Fraction(str(context.nstr(outer_slopes[row], 50)))
                    gap = abs(entry * 2**BITS - int(found.middle[row, column]))
                    assert gap <= int(found.radius[row, column]) + Fraction(1, 10**20)


def test_telescoping_grows_with_the_norms_of_the_products() -> None:
    """Ten layers of a rotation by 45 degrees with slopes near 1: the bound stays near 1, that of |W| would be 32."""
    turn = [["0.7", "-0.7"], ["0.7", "0.7"]]
    layers = [layer for _ in range(10) for layer in (affine(turn, ["0", "0"]), act("tanh"))]
    network = chain(*layers, size=2)
    spans = slope_spans(network, cube("1/1000", 2), ARB)
    assert spans is not None
    found = chain_slopes(affine_layers(network), spans).magnitude()
    assert max(int(entry) for entry in found.entries()) < 2**BITS * 1.001


def test_sizes_are_rounded_up() -> None:
    """A product over 2^120 becomes one over 2^60 that is not smaller."""
    products = fmpz_mat(1, 4, [0, 1, 2**BITS, 2**BITS + 1])
    assert _rounded_up(products) == fmpz_mat(1, 4, [0, 1, 1, 2])


# ------------------------------------------------------------------ which networks are chains


IDENTITY = affine([["1"]], ["0"])
TANH = act("tanh")


@pytest.mark.parametrize(
    ("layers", "count"),
    [
        ([IDENTITY, TANH], 1),
        ([IDENTITY, TANH, IDENTITY, act("relu")], 2),
        ([IDENTITY], 0),
        ([TANH], 0),
        ([TANH, IDENTITY], 0),
        ([IDENTITY, TANH, IDENTITY], 0),
        ([IDENTITY, IDENTITY, TANH], 0),
        ([IDENTITY, IDENTITY], 0),
        ([TANH, TANH], 0),
        ([IDENTITY, TANH, TANH, IDENTITY], 0),
        ([IDENTITY, TANH, {**IDENTITY, "from": 0}, TANH], 0),
        ([IDENTITY, TANH, {**IDENTITY, "from": 1}, TANH], 0),
        ([IDENTITY, {**TANH, "from": 0}], 0),
        ([IDENTITY, TANH, {"add": {"with": 0}}], 0),
        ([IDENTITY, TANH, {"add": {"with": 0}}, TANH], 0),
        ([IDENTITY, TANH, IDENTITY, {"multiply": {"with": 1}}], 0),
    ],
)
def test_a_chain_is_affine_and_activation_in_turn(layers: list[Mapping[str, Any]], count: int) -> None:
    """Each reading the value just before it."""
    assert len(affine_layers(chain(*layers))) == count


def test_jumps_have_no_slopes_where_they_are() -> None:
    network = chain(affine([["1"]], ["2"]), act("sign"))
    assert slope_spans(network, cube(1, 1), ARB) == [((Fraction(0),), (Fraction(0),))]
    assert slope_spans(network, cube(2, 1), ARB) is None
    assert slope_spans(network, cube(3, 1), ARB) is None
    assert slope_spans(network, line(), ARB) is None


def test_slopes_on_all_of_the_line() -> None:
    """For tanh between 0 and 1; for cubic there are no bounds."""
    deep = chain(affine([["1"], ["2"]], ["0", "0"]), act("tanh"), affine([["1", "1"]], ["0"]), act("sin"))
    assert slope_spans(deep, line(), ARB) == [
        ((Fraction(0),) * 2, (Fraction(1),) * 2),
        ((Fraction(-1),), (Fraction(1),)),
    ]
    with pytest.raises(UnboundedError):
        slope_spans(chain(affine([["1"]], ["0"]), act("cubic")), line(), ARB)
