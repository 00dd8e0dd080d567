"""Ensembles: members by number, scalings, forms, exact networks, refusals; and the theorem on networks of signs."""

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import fpverify as fp
from fpverify.ensembles import Ensemble
from fpverify.ensembles.batch import stacked, stacked_starts
from fpverify.kernel.layers.affine import Affine
from fpverify.numeric.build import TorchNetwork

CPU = torch.device("cpu")
FIELDS = {"activation": "tanh", "width": 4, "depth": 2, "law": "cauchy", "gain": 3.0, "bias_law": "cauchy", "bias": 1.0}


def test_a_member_depends_on_its_number_alone() -> None:
    """The same fields and number give the same weights, in any order; another number, seed or depth gives others."""
    one, again = Ensemble(**FIELDS).draw(3), Ensemble(**FIELDS).draw(3)
    assert all(
        np.array_equal(a, b) for a, b in zip(one.weights + one.biases, again.weights + again.biases, strict=True)
    )
    for other in (Ensemble(**FIELDS).draw(4), Ensemble(**{**FIELDS, "seed": 1}).draw(3)):
        assert not np.array_equal(one.weights[0], other.weights[0])
    assert not np.array_equal(one.weights[0], Ensemble(**{**FIELDS, "depth": 3}).draw(3).weights[0])


def test_shapes_and_the_stream_of_numbers() -> None:
    """Weights first, layer by layer, then biases, from default_rng([seed, N, L, k])."""
    drawn = Ensemble(**FIELDS).draw(7)
    rng = np.random.default_rng([0, 4, 2, 7])
    for weight in drawn.weights:
        assert np.array_equal(weight, 3 / 4 * rng.standard_cauchy((4, 4)))
    for bias in drawn.biases:
        assert np.array_equal(bias, rng.standard_cauchy((4,)))


@pytest.mark.parametrize(("law", "power"), [("normal", 1 / 2), ("cauchy", 1), ("stable:1.5", 2 / 3), ("t:3", 1 / 2)])
def test_the_scale_is_that_of_the_law(law: str, power: float) -> None:
    """gain * N^(-1/index), unless a power is given."""
    fields = {**FIELDS, "law": law, "width": 64}
    assert math.isclose(Ensemble(**fields).scale, 3 * 64**-power)
    assert Ensemble(**fields, power=0.0).scale == 3


def test_tied_weights_are_transposes_in_pairs() -> None:
    drawn = Ensemble(**{**FIELDS, "depth": 6, "form": "tied"}).draw(0)
    assert all(np.array_equal(drawn.weights[5 - l], drawn.weights[l].T) for l in range(6))
    assert not np.array_equal(drawn.biases[0], drawn.biases[5])


def test_nonnegative_weights_and_no_bias() -> None:
    drawn = Ensemble(**{**FIELDS, "form": "nonnegative", "bias": 0}).draw(0)
    assert min(weight.min() for weight in drawn.weights) > 0
    assert not np.any(drawn.biases)


@given(bits=st.integers(1, 40), k=st.integers(0, 5))
def test_exact_networks_are_the_nearest_short_numbers(bits: int, k: int) -> None:
    """The kernel's numbers are multiples of 2^-bits, at most half a unit from the doubles."""
    ensemble = Ensemble(**FIELDS)
    layers = [layer for layer in ensemble.network(k, bits=bits).layers if isinstance(layer, Affine)]
    for layer, weight in zip(layers, ensemble.draw(k).weights, strict=True):
        for exact, double in zip(layer.weight.lo, weight.flatten().tolist(), strict=True):
            assert (exact * 2**bits).denominator == 1
            assert abs(exact - Fraction(double)) <= Fraction(1, 2 ** (bits + 1))


def test_bits_none_keeps_the_doubles() -> None:
    ensemble = Ensemble(**FIELDS)
    first = ensemble.network(0, bits=None).layers[0]
    assert isinstance(first, Affine)
    assert list(first.weight.lo) == [Fraction(x) for x in ensemble.draw(0).weights[0].flatten().tolist()]


def test_bits_of_the_ensemble_round_what_is_drawn() -> None:
    """Then the search and the kernel see the same numbers, and the network takes them as they are."""
    ensemble = Ensemble(**FIELDS, bits=10)
    first = ensemble.network(0).layers[0]
    drawn = ensemble.draw(0).weights[0]
    assert isinstance(first, Affine)
    assert np.array_equal(np.round(drawn * 1024), drawn * 1024)
    assert list(first.weight.lo) == [Fraction(x) for x in drawn.flatten().tolist()]


def test_the_stack_computes_what_the_exact_network_does() -> None:
    """For each member, the batched product and the kernel's program agree to rounding."""
    ensemble = Ensemble(**{**FIELDS, "activation": "sigmoid"}, bits=24)
    numbers = [0, 2, 5]
    starts = stacked_starts(ensemble, numbers, 7, CPU)
    images = stacked(ensemble, numbers, CPU)(starts)
    for k, start, image in zip(numbers, starts, images, strict=True):
        torch.testing.assert_close(TorchNetwork(ensemble.network(k), CPU)(start), image, rtol=0, atol=1e-13)


@pytest.mark.parametrize(("activation", "low"), [("tanh", -1), ("sigmoid", 0), ("relu", -1)])
def test_starts_fill_the_cube_of_the_values(activation: str, low: float) -> None:
    """[-1, 1]^N for tanh, [0, 1]^N for sigmoid, [-1, 1]^N where there is no bound."""
    starts = Ensemble(**{**FIELDS, "activation": activation}).starts(0, 1000)
    assert starts.shape == (1000, 4)
    assert low <= starts.min() < low + 0.01
    assert 0.99 < starts.max() <= 1


def test_starts_have_a_stream_of_their_own() -> None:
    """More starts begin with the same ones; they do not depend on the law of the weights."""
    few, many = Ensemble(**FIELDS).starts(1, 5), Ensemble(**{**FIELDS, "law": "normal"}).starts(1, 9)
    assert np.array_equal(few, many[:5])


def test_it_travels_to_other_processes() -> None:
    ensemble = Ensemble(**FIELDS)
    assert pickle.loads(pickle.dumps(ensemble)) == ensemble


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"activation": "tanhh"}, "known are"),
        ({"law": "levy"}, "known are"),
        ({"bias_law": "levy"}, "known are"),
        ({"form": "symmetric"}, "free, nonnegative, tied"),
        ({"width": 0}, "width = 0"),
        ({"width": 2.0}, "width = 2.0"),
        ({"depth": True}, "depth = True"),
        ({"depth": 3, "form": "tied"}, "even depth"),
        ({"gain": -1.0}, "gain = -1.0"),
        ({"gain": math.inf}, "gain = inf"),
        ({"bias": math.nan}, "bias = nan"),
        ({"seed": -1}, "seed = -1"),
        ({"bits": 0}, "bits = 0"),
        ({"power": math.nan}, "power = nan"),
    ],
)
def test_misuse_names_the_field(change: dict, words: str) -> None:
    with pytest.raises(fp.MisuseError) as caught:
        Ensemble(**{**FIELDS, **change})
    assert words in str(caught.value)


def test_misuse_of_a_member() -> None:
    ensemble = Ensemble(**FIELDS)
    for wrong in (lambda: ensemble.draw(-1), lambda: ensemble.starts(0, 0), lambda: ensemble.network(0, bits=-1)):
        with pytest.raises(fp.MisuseError, match="write a whole number"):
            wrong()


@pytest.mark.parametrize("law", ["normal", "cauchy"])
@pytest.mark.parametrize("depth", [1, 3])
def test_networks_of_signs_have_one_fixed_point_on_average(law: str, depth: int) -> None:
    """For φ = sign and symmetric laws the expected number of fixed points is 1: each state is one with probability 2^-N."""
    fields = {"activation": "sign", "width": 6, "depth": depth, "law": law, "gain": 1.0, "bias_law": law, "bias": 0.1}
    stack = stacked(Ensemble(**fields), range(2000), CPU)
    states = torch.tensor([[1.0 if s >> i & 1 else -1.0 for i in range(6)] for s in range(64)], dtype=torch.float64)
    counts = (stack(states.repeat(2000, 1, 1)) == states).all(dim=2).sum(dim=1).double()
    assert abs(counts.mean() - 1) < 4 * counts.std() / math.sqrt(2000)
