"""Network: read strictly, written canonically; its enclosures hold for every state, pair of states and member."""

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.arb import Arb
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.errors import (
    FormatError,
    FpverifyError,
    InexactNumberError,
    NotFiniteError,
    NotRationalError,
    UnknownNameError,
)
from fpverify.kernel.layers import LAYERS, UnboundedError
from fpverify.kernel.network import Network
from fpverify.kernel.rational import Rational
from tests.rules.cases import act, affine, chain, cube, interval, linear, polynomial
from tests.rules.simulate import SLACK, Simulation, samples
from tests.rules.test_random import boxes, ends, networks

ARB = Arb(96)
EXACT = Rational()

# ------------------------------------------------------------------ reading and writing


def data(*layers: Any, **rest: Any) -> dict[str, Any]:
    return {"format": 1, "name": "n", "state_size": 1, "layers": list(layers), **rest}


MALFORMED: dict[str, Any] = {
    "nothing": None,
    "a list": [],
    "no format": {"name": "n", "layers": []},
    "another format": data(act("tanh"), format=2),
    "true for the format": data(act("tanh"), format=True),
    "no layers": {"format": 1, "name": "n", "state_size": 1},
    "an empty program": data(),
    "layers that are no list": {"format": 1, "name": "n", "layers": {}},
    "an unknown field": data(act("tanh"), note=""),
    "no size of the state": {"format": 1, "name": "n", "layers": [act("tanh")]},
    **{f"state_size {size!r}": data(act("tanh"), state_size=size) for size in (0, -1, True, "1", [1])},
    **{
        f"name {name!r}": data(act("tanh"), name=name)
        for name in (None, 1, ["n"], "two\nlines", "\x1b[2J", "\ud800", "\u202e")
    },
    "a layer that is no object": data("tanh"),
    "a layer with two keys": data({**act("tanh"), **affine([["1"]], ["0"])}),
    "a layer with no key": data({}),
    "a layer that reads itself": data({**act("tanh"), "from": 1}),
    "a layer that reads a later one": data({**act("tanh"), "from": 2}, act("tanh")),
    **{f"from {value!r}": data({**act("tanh"), "from": value}) for value in (-1, True, "0", None, [0])},
    "more outputs than states": data(affine([["1"], ["1"]], ["0", "0"])),
    "a weight of the wrong width": data(affine([["1", "1"]], ["0"])),
    "a bias of the wrong length": data(affine([["1"]], ["0", "0"])),
    "no bias": data({"affine": {"weight": [["1"]]}}),
    "a field of affine too many": data({"affine": {"weight": [["1"]], "bias": ["0"], "scale": "1"}}),
    **{
        f"add {body!r}": data({"add": body})
        for body in ({}, {"with": 1}, {"with": -1}, {"with": True}, {"with": "0"}, 0, {"with": 0, "x": 0})
    },
    "adding values of two lengths": data(affine([["1"], ["1"]], ["0", "0"]), {"add": {"with": 0}}),
    "multiplying values of two lengths": data(affine([["1"], ["1"]], ["0", "0"]), {"multiply": {"with": 0}}),
    **{f"activation {body!r}": data({"activation": body}) for body in (None, 1, [], {}, {"alpha": "1"})},
    "a parameter that is missing": data(act("polynomial")),
    "a parameter out of range": data(act("leaky_relu", slope="2")),
}


@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED)
def test_what_does_not_follow_the_format_is_refused(value: Any) -> None:
    with pytest.raises(FormatError):
        Network.from_data(value)


@pytest.mark.parametrize(
    "layer", [{"softmax": {}}, act("mish"), act("tanh", alpha="1"), {"activation": {"name": ["tanh"]}}], ids=str
)
def test_unknown_names_list_the_known_ones(layer: Any) -> None:
    with pytest.raises(UnknownNameError, match=r"known are|it has"):
        Network.from_data(data(layer))


@pytest.mark.parametrize("number", [0.5, True, None, "half", "", "nan"], ids=repr)
def test_floats_and_words_are_no_weights(number: Any) -> None:
    for layer in (affine([[number]], ["0"]), affine([["1"]], [number]), affine([[["0", number]]], ["0"])):
        with pytest.raises(InexactNumberError):
            Network.from_data(data(layer))


def test_the_message_names_the_layer() -> None:
    with pytest.raises(FormatError, match=r"layer 2 \(affine\)"):
        Network.from_data(data(act("tanh"), affine([["1", "1"]], ["0"])))


@settings(max_examples=60)
@given(network=networks())
def test_the_canonical_form_is_read_back(network: Network) -> None:
    """Equal data and equal digest, also through text."""
    again = Network.from_data(json.loads(json.dumps(network.to_data())))
    assert again.to_data() == network.to_data()
    assert again.digest == network.digest
    assert again.state_size == network.state_size


def test_one_map_written_in_two_ways_has_one_digest() -> None:
    one = Network.from_data(data(affine([["0.5"]], ["1e-1"]), act("tanh")))
    other = Network.from_data(data({"from": 0, **affine([[["1/2", "2/4"]]], ["0x1p0"])}, act("tanh")))
    assert one.digest != other.digest
    same = Network.from_data(data({"from": 0, **affine([[["1/2", "2/4"]]], ["2/20"])}, act("tanh")))
    assert same.digest == one.digest


BASE = chain(affine([["1/2", "1/3"], ["0", "1"]], ["0", "1/5"]), act("elu", alpha="1/2"), {"add": {"with": 1}}, size=2)


def _deeper(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in _deeper(inner, (*path, key))]
    if isinstance(value, list):
        return [found for key, inner in enumerate(value) for found in _deeper(inner, (*path, key))]
    return [path]


@pytest.mark.parametrize("path", [p for p in _deeper(BASE.to_data()["layers"]) if p[-1] != "from"], ids=str)
def test_every_number_of_the_program_enters_the_digest(path: tuple[Any, ...]) -> None:
    changed = json.loads(json.dumps(BASE.to_data()))
    holder = changed["layers"]
    for key in path[:-1]:
        holder = holder[key]
    old = holder[path[-1]]
    holder[path[-1]] = 2 if old == 1 else "relu" if old == "elu" else "7/9"
    if old == "elu":
        del holder["alpha"]
    assert Network.from_data(changed).digest != BASE.digest


def test_the_name_enters_the_digest() -> None:
    assert Network.from_data({**BASE.to_data(), "name": "x"}).digest != BASE.digest


# ------------------------------------------------------------------ enclosures


@settings(max_examples=120)
@given(drawn=st.data(), seed=st.integers(0, 2**32 - 1))
def test_values_and_slopes_hold_for_every_state_and_member(drawn: Any, seed: int) -> None:
    """f(x) lies in the enclosure; f(x) - f(y) lies in the slopes times x - y; members differ by at most the deviation."""
    network = drawn.draw(networks())
    region, rng = drawn.draw(boxes(network.state_size)), np.random.default_rng(seed)
    box = region.outer(ARB)
    value, slopes, moved = network.enclose(box), network.slopes(box), network.deviation(box)
    size = network.state_size
    x = samples(*ends(region), 40, rng)
    matrix = [np.array([float(e) for e in end]).reshape(size, size) for end in (slopes.lower(), slopes.upper())]
    for _ in range(2):
        f, nominal = Simulation(network.to_data(), rng), Simulation(network.to_data())
        image = f(x)
        assert (image >= np.array([float(e) for e in value.lower()]) - SLACK).all()
        assert (image <= np.array([float(e) for e in value.upper()]) + SLACK).all()
        assert (np.abs(image - nominal(x)) <= np.array([float(e) for e in moved.upper()]) + SLACK).all()
        gap, change = x[1:] - x[:-1], image[1:] - image[:-1]
        low = np.minimum(matrix[0][None] * gap[:, None, :], matrix[1][None] * gap[:, None, :]).sum(axis=2)
        high = np.maximum(matrix[0][None] * gap[:, None, :], matrix[1][None] * gap[:, None, :]).sum(axis=2)
        assert (change >= low - 1e-8).all()
        assert (change <= high + 1e-8).all()


@settings(max_examples=40)
@given(drawn=st.data())
def test_a_smaller_box_has_a_smaller_image(drawn: Any) -> None:
    """Enclosures are monotone under inclusion."""
    network = drawn.draw(networks())
    region = drawn.draw(boxes(network.state_size))
    middle = tuple((low + high) / 2 for low, high in zip(region.lo, region.hi, strict=True))
    part = fp.BoxRegion(lo=region.lo, hi=middle)
    whole, inner = network.enclose(region.outer(ARB)), network.enclose(part.outer(ARB))
    assert inner.slack_inside(whole.lower(), whole.upper()) >= 0
    whole, inner = network.slopes(region.outer(ARB)), network.slopes(part.outer(ARB))
    assert inner.slack_inside(whole.lower(), whole.upper()) >= 0


@settings(max_examples=30)
@given(drawn=st.data())
def test_slopes_everywhere_hold_those_of_any_box(drawn: Any) -> None:
    network = drawn.draw(networks())
    try:
        everywhere = network.slopes_everywhere(ARB)
    except UnboundedError:
        return
    inner = network.slopes(drawn.draw(boxes(network.state_size)).outer(ARB))
    tiny = Fraction(1, 10**20)
    assert inner.slack_inside([e - tiny for e in everywhere.lower()], [e + tiny for e in everywhere.upper()]) >= 0


def _ends(box: Any) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    return box.lower(), box.upper()


def test_exact_slopes_of_a_product_and_a_sum() -> None:
    """x * x on [1, 2]: slopes x + y from 2 to 4; x + 2 x: the slope 3."""
    square = chain({"multiply": {"with": 0}})
    assert _ends(square.slopes(interval(1, 2).outer(EXACT))) == ((2,), (4,))
    thrice = chain(affine([["2"]], ["0"]), {"add": {"with": 0}})
    assert _ends(thrice.slopes(interval(1, 2).outer(EXACT))) == ((3,), (3,))


def test_exact_slopes_of_a_gate() -> None:
    """u v with u = x_1 + x_2, v = (x_1, x_2)... row i: u e_i + v_i (1, 1), over the box."""
    gate = chain(affine([["1", "1"], ["1", "1"]], ["0", "0"]), {"multiply": {"with": 0}}, size=2)
    box = fp.BoxRegion.of((1, 2), (0, 1))
    low, high = _ends(gate.slopes(box.outer(EXACT)))
    assert low == (1 + 1, 1, 0, 1 + 0)
    assert high == (3 + 2, 2, 1, 3 + 1)


@pytest.mark.parametrize(
    ("network", "region", "continuous"),
    [
        (fp.loop("sign", [["1"]]), cube(1, 1), False),
        (fp.loop("sign", [["1"]]), interval(0, 1), False),
        (fp.loop("sign", [["1"]]), interval("1/100", 1), True),
        (chain(act("sign"), affine([["0"]], ["0"])), cube(1, 1), False),
        (chain(act("sign"), act("tanh") | {"from": 0}), cube(1, 1), True),
        (chain(act("sign"), {"add": {"with": 0}}), cube(1, 1), False),
        (chain(act("sign"), {"multiply": {"with": 0}}), cube(1, 1), False),
        (chain(act("sign"), act("relu"), act("cubic")), cube(1, 1), False),
        (fp.loop("relu", [["1"]]), cube(1, 1), True),
    ],
)
def test_a_jump_lowers_the_decoration_of_values_and_slopes(network: Network, region: Any, continuous: bool) -> None:
    """Through every later layer that reads it."""
    for backend in (ARB, EXACT):
        if backend is EXACT and any(name in str(network.to_data()) for name in ("tanh",)):
            continue
        for box in (network.enclose(region.outer(backend)), network.slopes(region.outer(backend))):
            assert (box.decoration >= Decoration.DAC) is continuous


@pytest.mark.parametrize(
    "network",
    [polynomial(0, 0, 1), fp.loop("exp", [["1"]]), fp.loop("sign", [["1"]]), chain({"multiply": {"with": 0}})],
    ids=lambda network: network.name,
)
def test_slopes_that_are_not_bounded_everywhere(network: Network) -> None:
    with pytest.raises(UnboundedError):
        network.slopes_everywhere(ARB)


def test_arithmetic_that_fails_raises() -> None:
    with pytest.raises(NotFiniteError):
        chain(act("exp"), act("exp")).enclose(interval(100, 100).outer(ARB))
    with pytest.raises(NotRationalError):
        chain(act("tanh")).enclose(cube(1, 1).outer(EXACT))


def test_a_box_of_the_wrong_dimension_raises() -> None:
    with pytest.raises(FpverifyError):
        linear([["1/2"]]).enclose(cube(1, 2).outer(ARB))


B = affine([["0"]], [["0", "2"]])
DEVIATIONS = {
    "a bias": (chain(B), 1),
    "a later weight": (chain(B, affine([["-3"]], ["7"])), 3),
    "two uncertain layers": (chain(B, affine([[["1", "3"]]], [["0", "1"]])), Fraction(2 * 1 + 1 * 2) + Fraction(1, 2)),
    "an activation of slope 3": (chain(B, act("polynomial", coefficients=["0", "-3"])), 3),
    "a sum of both": (chain(B, {"add": {"with": 1}}), 2),
    "a sum with the state": (chain(B, {"add": {"with": 0}}), 1),
    "a sum that reads the state": (chain(B, {"add": {"with": 1}, "from": 0}), 1),
    "a square": (chain(B, {"multiply": {"with": 1}}), 4),
    "a product that reads the state": (chain(B, {"multiply": {"with": 1}, "from": 0}), 5),
    "a weight": (chain(affine([[["0", "2"]]], ["0"])), 5),
    "nothing": (chain(affine([["2"]], ["1"]), {"multiply": {"with": 0}}), 0),
}


@pytest.mark.parametrize("name", DEVIATIONS)
def test_how_far_uncertain_parameters_move_the_values(name: str) -> None:
    """b lies in [0, 2], the state in [4, 5]; exactly."""
    network, moved = DEVIATIONS[name]
    assert network.deviation(interval(4, 5).outer(EXACT)).upper() == (moved,)


# ------------------------------------------------------------------ structure

FAMILY = fp.loop("tanh", [[("1/4", "3/4")]], [("-1", "0")])


def test_the_nominal_network_has_the_midpoints() -> None:
    assert FAMILY.is_uncertain
    assert not FAMILY.nominal().is_uncertain
    assert FAMILY.nominal().digest == fp.loop("tanh", [["1/2"]], ["-1/2"]).digest
    uncertain = fp.loop("tanh", fp.exchangeable(2, ("0", "1"), 1), fp.fill(2, ("0", "1/3"))).nominal()
    assert uncertain.to_data()["layers"][0] == affine([["1/2", "1"], ["1", "1/2"]], ["1/6", "1/6"])


def test_without_bias_is_a_network_with_another_name() -> None:
    """So that no claim about it can be read as one about f."""
    net = fp.loop("tanh", [["1"]], ["2"])
    assert net.without_bias().name == f"{net.name} without its bias"
    assert net.without_bias().to_data()["layers"][0]["affine"]["bias"] == ["0"]
    for same in (fp.loop("tanh", [["1"]]), chain(act("tanh"))):
        assert same.without_bias() is same


@pytest.mark.parametrize(
    ("network", "smooth", "continuous"),
    [
        (chain(act("tanh")), True, True),
        (chain(act("elu")), True, True),
        (chain(act("relu")), False, True),
        (chain(act("tanh"), act("sign")), False, False),
    ],
)
def test_smooth_and_continuous(network: Network, smooth: bool, continuous: bool) -> None:
    assert (network.is_smooth, network.is_continuous) == (smooth, continuous)


def test_what_is_a_looped_layer() -> None:
    assert fp.loop("tanh", [["1"]]).looped_layer() is not None
    for other in (
        chain(act("tanh")),
        chain(affine([["1"]], ["0"])),
        chain(affine([["1"]], ["0"]), act("tanh"), act("tanh")),
        chain(affine([["1"]], ["0"]), act("tanh") | {"from": 0}),
        chain(affine([["1"]], ["0"]), act("tanh"), {"add": {"with": 0}}),
    ):
        assert other.looped_layer() is None


@pytest.mark.parametrize(
    ("network", "shift", "commutes"),
    [
        (chain(act("staircase")), 1, True),
        (chain(act("staircase")), -2, True),
        (chain(act("staircase")), "1/2", False),
        (chain(act("staircase"), affine([["1"]], ["7/3"])), 1, True),
        (chain(act("staircase"), affine([["1"]], [("0", "1")])), 1, True),
        (chain(act("staircase"), affine([[("1", "2")]], ["0"])), 1, False),
        (chain(affine([["2"]], ["0"]), act("staircase")), 1, False),
        (chain(affine([["2"]], ["0"]), act("staircase"), affine([["1/2"]], ["0"])), 1, True),
        (chain(affine([["1/2"]], ["0"]), act("staircase"), affine([["2"]], ["0"])), 1, False),
        (chain(act("staircase"), {"add": {"with": 0}}), 1, False),
        (chain(act("sin")), 1, False),
        (chain(act("tanh"), act("staircase") | {"from": 0}), 1, False),
        (chain(affine([["1"], ["1"]], ["0", "0"]), act("staircase"), affine([["1/2", "1/2"]], ["0"])), 1, False),
        (fp.loop("staircase", [["1", "0"], ["0", "1"]]), 1, False),
        (chain(affine([["1/2"]], ["0"]), affine([["2"]], ["0"]) | {"from": 0}), 1, False),
    ],
)
def test_what_commutes_with_a_shift(network: Network, shift: Any, commutes: bool) -> None:
    """True only where f(x + shift) = f(x) + shift is certain, for every member."""
    assert network.commutes_with_shift(fp.exact(shift)) is commutes


def test_the_layers_are_those_of_the_format() -> None:
    assert sorted(LAYERS) == ["activation", "add", "affine", "multiply"]
