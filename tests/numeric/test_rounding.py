"""The slack of the falsification test: it covers the rounding of a step, and not much more."""

from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.arb import Arb
from fpverify.kernel.box import Box
from fpverify.kernel.network import Network
from fpverify.numeric.build import TorchNetwork
from fpverify.numeric.iterate import generator_for
from fpverify.numeric.rounding import step_error
from tests.numeric.networks import programs
from tests.strategies import CASES, Case

CPU = torch.device("cpu")


def _errors(network: Network, half_width: float) -> tuple[float, float]:
    """Return the largest quotient of an error and its bound over some states, and the largest bound."""
    f, size = TorchNetwork(network, CPU), network.state_size
    end = torch.full((size,), half_width, dtype=torch.float64)
    bound = step_error(f, -end, end)
    x = half_width * (2 * torch.rand(12, size, generator=generator_for(CPU, 0, "x"), dtype=torch.float64) - 1)
    image, worst = f(x), 0.0
    for i in range(len(x)):
        truth = network.enclose(Box.point([Fraction(v) for v in x[i].tolist()], Arb(192))).lower()
        for j in range(size):
            worst = max(worst, float(abs(Fraction(image[i, j].item()) - truth[j])) / float(bound[j]))
    return worst, float(bound.max())


@pytest.mark.parametrize("case", [case for case in CASES if case.name != "sign"], ids=str)
def test_the_error_of_a_looped_layer_is_covered(case: Case) -> None:
    """And the bound is small, wherever the values are."""
    weight = [["9/10", "-7/5", "1/7"], ["1/3", "3/5", "-1"], ["0", "1/9", "11/10"]]
    network = fp.loop({"name": case.name, **case.given}, weight, ["1/10", "-1/5", "1/3"])
    worst, bound = _errors(network, 1.0)
    assert worst <= 1
    assert bound <= 1e-8 if case.name == "exponential" else bound <= 1e-11


@given(st.data())
def test_the_error_of_a_program_is_covered(data: st.DataObject) -> None:
    network = data.draw(programs())
    assert _errors(network, 2.0)[0] <= 1


def test_the_bound_of_64_cubics_is_as_derived() -> None:
    """THEOREMS.md, section 1, has 2.8e-14 for the nominal loop; here parameters may be midpoint +- radius, too."""
    network = fp.loop("cubic", fp.exchangeable(64, "9/10", "1/640"), fp.fill(64, "1/50"))
    one = torch.ones(64, dtype=torch.float64)
    assert 1e-14 < float(step_error(TorchNetwork(network, CPU), 0.8 * one, 1.1 * one).max()) < 1e-13


def test_a_jump_has_an_error_of_its_size() -> None:
    network = fp.loop("sign", [["1/3"]], ["1/7"])
    end = torch.ones(1, dtype=torch.float64)
    assert float(step_error(TorchNetwork(network, CPU), -end, end)) >= 2


def test_an_overflow_has_no_bound() -> None:
    """Then the comparison is void, and the record says so; it is never NaN."""
    network = fp.loop("exponential", [["1"]])
    end = torch.full((1,), 50.0, dtype=torch.float64)
    assert float(step_error(TorchNetwork(network, CPU), -end, end)) == torch.inf


def test_the_error_grows_with_uncertain_weights_only_in_size() -> None:
    """The rounding of W +- R is bounded by the largest |W|."""
    end = torch.ones(2, dtype=torch.float64)
    exact = step_error(TorchNetwork(fp.loop("tanh", fp.exchangeable(2, 1, 0)), CPU), -end, end)
    wide = step_error(TorchNetwork(fp.loop("tanh", fp.exchangeable(2, ("1/2", "1"), 0)), CPU), -end, end)
    assert float(wide.max()) <= 1.01 * float(exact.max())
