"""The batched loop: what it yields, where it runs, and that it repeats itself."""

import pytest
import torch

import fpverify as fp
from fpverify.kernel.errors import MisuseError
from fpverify.numeric.iterate import device_for, generator_for, init, iterate, one_thread

CPU = torch.device("cpu")


def test_it_yields_the_start_and_every_step() -> None:
    states = list(iterate(lambda x: x / 2, init([[8.0], [4.0]], CPU), 3))
    assert [state.tolist() for state in states] == [[[8.0], [4.0]], [[4.0], [2.0]], [[2.0], [1.0]], [[1.0], [0.5]]]


def test_it_steps_no_further_than_it_is_asked() -> None:
    """A caller that stops early does not pay for the rest."""
    seen = []
    states = iterate(lambda x: (seen.append(1), x)[1], init([[0.0]], CPU), 1000)
    next(states)
    next(states)
    assert len(seen) == 1


def test_states_are_float64() -> None:
    assert init([[1, 2]], CPU).dtype == torch.float64


def test_generators_repeat_themselves() -> None:
    """The same seed and purpose give the same numbers; another seed or purpose gives others."""

    def numbers(seed: int, purpose: str) -> list[float]:
        return torch.rand(4, generator=generator_for(CPU, seed, purpose)).tolist()

    assert numbers(1, "a") == numbers(1, "a")
    assert numbers(1, "a") != numbers(2, "a")
    assert numbers(1, "a") != numbers(1, "b")


def test_auto_and_cpu_are_devices() -> None:
    assert device_for("cpu") == CPU
    assert device_for("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_an_unknown_device_is_misuse() -> None:
    with pytest.raises(MisuseError, match="auto, cpu, cuda"):
        device_for("tpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_without_a_device_is_misuse() -> None:
    with pytest.raises(MisuseError, match='write "cpu" or "auto"'):
        device_for("cuda")
    network = fp.loop("tanh", [["1/2"]])
    claim = fp.certify(network, fp.WholeSpace(size=1)).claim
    assert claim is not None
    from fpverify.numeric.crosscheck import crosscheck

    with pytest.raises(MisuseError, match="CUDA"):
        crosscheck(claim, network, device="cuda")


def test_the_number_of_threads_is_restored() -> None:
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError), one_thread():
        assert torch.get_num_threads() == 1
        raise ZeroDivisionError
    assert torch.get_num_threads() == before
