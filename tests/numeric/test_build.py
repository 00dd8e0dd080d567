"""Networks in torch: they agree with the other worlds, and drawn parameters stay in their intervals."""

from fractions import Fraction

import pytest
import sympy
import torch
from hypothesis import given
from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.arb import Arb
from fpverify.kernel.box import Box
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.network import Network
from fpverify.numeric.build import Range, Same, TorchNetwork, pinned
from fpverify.numeric.iterate import generator_for, init
from fpverify.numeric.refine import MpNetwork, MpOps, to_fraction
from fpverify.symbolic.build import symbolic
from fpverify.symbolic.derive import jacobian
from tests.numeric.networks import programs, states

CPU = torch.device("cpu")


def _torch(network: Network, x: list[Fraction]) -> list[float]:
    return TorchNetwork(network, CPU)(init([[float(v) for v in x]], CPU))[0].tolist()


def _close(left: float, right: float) -> bool:
    return abs(left - right) <= 1e-11 * max(1.0, abs(left), abs(right))


@given(st.data())
def test_the_four_worlds_agree(data: st.DataObject) -> None:
    """Torch to 11 digits, SymPy and mpmath to 40, all inside or next to the enclosure of Arb."""
    network = data.draw(programs())
    x = data.draw(states(network))
    arb = network.enclose(Box.point(x, Arb(256)))
    by_torch = _torch(network, x)
    by_mpmath = MpNetwork(network)([MpOps.number(v) for v in x])
    state = symbolic(network)
    values = dict(zip(state.state, (sympy.Rational(v.numerator, v.denominator) for v in x), strict=True))
    for j, (low, high) in enumerate(zip(arb.lower(), arb.upper(), strict=True)):
        margin = Fraction(1, 10**40) * max(1, abs(high))
        assert _close(by_torch[j], float(low))
        assert low - margin <= to_fraction(MpOps.number(Fraction(0)) + by_mpmath[j]) <= high + margin
        digits = sympy.Rational(str(state.image[j].subs(values).evalf(60)))
        assert low - margin <= Fraction(int(digits.p), int(digits.q)) <= high + margin


@given(st.data())
def test_the_jacobians_agree(data: st.DataObject) -> None:
    """Automatic differentiation against SymPy, and inside the slopes of the kernel, at places without kinks."""
    network = data.draw(programs())
    x = [v + Fraction(1, 97) for v in data.draw(states(network))]
    found = TorchNetwork(network, CPU).jacobian(init([[float(v) for v in x]], CPU))[0]
    slopes = network.slopes(Box.point(x, Arb(128)))
    flat = found.flatten().tolist()
    for value, low, high in zip(flat, slopes.lower(), slopes.upper(), strict=True):
        assert float(low) - 1e-9 * (1 + abs(value)) <= value <= float(high) + 1e-9 * (1 + abs(value))
    state = symbolic(network)
    values = dict(zip(state.state, (sympy.Rational(v.numerator, v.denominator) for v in x), strict=True))
    exact = [float(entry.subs(values).evalf(20)) for entry in jacobian(state)]
    assert all(_close(value, truth) for value, truth in zip(flat, exact, strict=True))


@given(st.data())
def test_drawn_parameters_lie_in_their_intervals(data: st.DataObject) -> None:
    """As exact numbers, for each kind of draw; and the image lies in the enclosure for all of them."""
    network = data.draw(programs(uncertain=True))
    x = data.draw(states(network))
    f, generator = TorchNetwork(network, CPU), generator_for(CPU, data.draw(st.integers(0, 99)), "test")
    batch = init([[float(v) for v in x]], CPU)
    enclosure = network.enclose(Box.point(x, Arb(128)))
    for parameters in (f.nominal, f.uniform(generator), f.corner(generator), f.pushed(torch.ones_like(batch))):
        for index, affine in parameters.items():
            layer = network.layers[index - 1]
            assert isinstance(layer, Affine)
            for tensor, drawn in zip((layer.weight, layer.bias), affine.of_sample(batch, 0), strict=True):
                entries = zip(tensor.lo, drawn.flatten().tolist(), tensor.hi, strict=True)
                ulp = Fraction(1, 2**48)
                assert all(low - ulp <= Fraction(value) <= high + ulp for low, value, high in entries)
        for y, low, high in zip(f(batch, parameters)[0].tolist(), enclosure.lower(), enclosure.upper(), strict=True):
            margin = 1e-11 * (1 + abs(y))
            assert float(low) - margin <= y <= float(high) + margin


def test_a_range_holds_doubles_of_its_interval_only() -> None:
    """[1/3, 2/3] has no double as an end, so both ends move inward; a point is the nearest double."""
    layer = fp.loop("tanh", [[("1/3", "2/3")]], ["1/3"]).layers[0]
    assert isinstance(layer, Affine)
    wide = Range.of(layer.weight, CPU)
    assert Fraction(1, 3) < Fraction(wide.low.item()) < Fraction(wide.high.item()) < Fraction(2, 3)
    point = Range.of(layer.bias, CPU)
    assert point.is_point
    assert point.low.item() == 1 / 3


def test_an_interval_without_doubles_gives_the_nearest_one() -> None:
    tiny = Fraction(1, 10**30)
    layer = fp.loop("tanh", [[(Fraction(1, 3) - tiny, Fraction(1, 3) + tiny)]]).layers[0]
    assert isinstance(layer, Affine)
    found = Range.of(layer.weight, CPU)
    assert found.low.item() == found.high.item() == found.middle.item() == 1 / 3


def test_pinned_parameters_are_exact_and_inside() -> None:
    """A drawn double outside its interval is moved to the nearest end, exactly."""
    network = fp.loop("tanh", [[("1/3", "2/3")]], [("-1", "1")])
    weight, bias = torch.tensor([[0.3]], dtype=torch.float64), torch.tensor([0.25], dtype=torch.float64)
    exact = pinned(network, {1: (weight, bias)})
    layer = exact.layers[0]
    assert isinstance(layer, Affine)
    assert not exact.is_uncertain
    assert layer.weight.lo == (Fraction(1, 3),)
    assert layer.bias.lo == (Fraction(1, 4),)


def test_pushing_reaches_the_ends_of_the_enclosure() -> None:
    """The pushed parameters attain the upper end of an affine layer, which no others exceed."""
    network = fp.network(
        [{"affine": {"weight": [[("1", "2"), ("-1", "3")]] * 2, "bias": [("0", "1")] * 2}}], name="affine"
    )
    f, x = TorchNetwork(network, CPU), init([[1.0, -2.0]], CPU)
    top = network.enclose(Box.point([Fraction(1), Fraction(-2)], Arb(64))).upper()
    pushed = f(x, f.pushed(torch.ones_like(x)))[0].tolist()
    assert pushed == pytest.approx([float(t) for t in top], abs=1e-14)


def test_one_draw_is_shared_by_the_batch() -> None:
    """So that a batch of 1000 states costs one matrix, not 1000."""
    network = fp.loop("identity", fp.exchangeable(3, ("0", "1"), ("0", "1")))
    f = TorchNetwork(network, CPU)
    parameters = f.uniform(generator_for(CPU, 0, "test"))
    assert isinstance(parameters[1], Same)
    assert parameters[1].weight.shape == (3, 3)
    x = torch.ones(5, 3, dtype=torch.float64)
    assert f(x, parameters).unique(dim=0).shape[0] == 1


def test_a_constant_activation_fills_the_batch() -> None:
    f = TorchNetwork(fp.loop({"name": "polynomial", "coefficients": ["3"]}, [["1"]]), CPU)
    x = torch.zeros(4, 1, dtype=torch.float64)
    assert f(x).tolist() == [[3.0]] * 4
    assert f.jacobian(x).tolist() == [[[0.0]]] * 4
