"""The k-fold lift: compared with direct iteration in rationals."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.box import Box
from fpverify.kernel.network import Network
from fpverify.kernel.rules._lift import lift
from tests.rules.cases import RATIONAL, act, affine, chain, linear, polynomial

QUARTERS = st.integers(-6, 6).map(lambda n: Fraction(n, 4))
SQUARES = act("polynomial", coefficients=["1/3", "-1", "1/2"])


def matrix(draw: st.DrawFn, rows: int, columns: int) -> list[list[str]]:
    return [[str(draw(QUARTERS)) for _ in range(columns)] for _ in range(rows)]


def vector(draw: st.DrawFn, rows: int) -> list[str]:
    return [str(draw(QUARTERS)) for _ in range(rows)]


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Return programs where affine layers, activations, sums and products read the state."""
    d, h = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    inner, outer = affine(matrix(draw, h, d), vector(draw, h)), affine(matrix(draw, d, h), vector(draw, d))
    match draw(st.sampled_from(["loop", "deep", "residual", "gated", "state twice", "no affine layer"])):
        case "loop":
            layers: list[Any] = [affine(matrix(draw, d, d), vector(draw, d)), SQUARES]
        case "deep":
            layers = [inner, SQUARES, outer]
        case "residual":
            layers = [inner, act("relu"), outer, {"add": {"with": 0}}]
        case "gated":
            layers = [inner, act("hardtanh"), outer, {"multiply": {"with": 0}}]
        case "state twice":
            second = {**affine(matrix(draw, h, d), vector(draw, h)), "from": 0}
            layers = [inner, second, {"multiply": {"with": 1}}, outer]
        case _:
            layers = [SQUARES, {"add": {"with": 0}}, {**act("relu"), "from": 0}, {"multiply": {"with": 2}}]
    return chain(*layers, size=d)


def value(network: Network, state: list[Fraction]) -> list[Fraction]:
    """Return f(state), exactly."""
    image = network.enclose(Box.point(state, RATIONAL))
    assert image.lower() == image.upper()
    return list(image.lower())


@given(networks(), st.integers(1, 4), st.data())
def test_a_lift_moves_each_copy_to_the_next(network: Network, period: int, data: st.DataObject) -> None:
    """(x_1, ..., x_k) goes to (f(x_k), f(x_1), ..., f(x_(k-1)))."""
    d = network.state_size
    copies = [[data.draw(QUARTERS) for _ in range(d)] for _ in range(period)]
    expected = [x for copy in [copies[-1], *copies[:-1]] for x in value(network, copy)]
    assert value(lift(network, period), [x for copy in copies for x in copy]) == expected


@given(networks(), st.integers(2, 3))
def test_an_orbit_of_the_period_is_fixed_and_no_other_state_is(network: Network, period: int) -> None:
    """x_1, f(x_1), ... is fixed under the lift if and only if f^k(x_1) = x_1."""
    orbit = [[Fraction(1, 2)] * network.state_size]
    for _ in range(period):
        orbit.append(value(network, orbit[-1]))
    state = [x for copy in orbit[:-1] for x in copy]
    assert (value(lift(network, period), state) == state) == (orbit[-1] == orbit[0])


@given(networks(), st.integers(2, 4))
def test_a_lift_is_read_back_from_its_data(network: Network, period: int) -> None:
    """With the digest by which a certificate names it."""
    wide = lift(network, period)
    again = Network.from_data(wide.to_data())
    assert again.digest == wide.digest
    assert again.state_size == period * network.state_size


def test_each_network_and_each_period_has_its_own_lift() -> None:
    """Names, periods, weights and the place of the state."""
    half = linear([["1/2"]])
    residual = chain(affine([["1/2"]], ["0"]), {"add": {"with": 0}})
    others = [half, linear([["1/3"]]), linear([["1/2"]], ["1"]), residual, polynomial(0, "1/2")]
    found = [lift(network, period).digest for network in others for period in (2, 3, 4)]
    assert len({*found, half.digest}) == len(found) + 1


def test_uncertain_and_structured_parameters_stay_what_they_are() -> None:
    """Intervals stay intervals; a structured matrix is written out."""
    family = fp.loop("tanh", [[("1", "2")]], [("0", "1/2")])
    body = lift(family, 2).to_data()["layers"][0]["affine"]
    assert body == {"weight": [["0", ["1", "2"]], [["1", "2"], "0"]], "bias": [["0", "1/2"], ["0", "1/2"]]}
    assert lift(family, 2).is_uncertain
    shared = fp.loop("tanh", fp.exchangeable(2, 1, "1/9"), fp.fill(2, "1/3"))
    rows = lift(shared, 2).to_data()["layers"][0]["affine"]
    assert rows["weight"][0] == ["0", "0", "1", "1/9"]
    assert rows["weight"][2] == ["1", "1/9", "0", "0"]
    assert rows["bias"] == ["1/3"] * 4


@pytest.mark.parametrize("name", ["tanh", "sign", "relu"])
def test_a_lift_is_as_smooth_as_its_network(name: str) -> None:
    network = fp.loop(name, [["2"]])
    assert lift(network, 3).is_smooth == network.is_smooth
    assert lift(network, 3).is_continuous == network.is_continuous
