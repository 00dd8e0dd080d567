"""Proofs for single networks: the first certificate that the kernel reads back counts, and the weaker come first."""

import pytest

import fpverify as fp
from fpverify.ensembles import Ensemble
from fpverify.experiments import _read_back
from fpverify.experiments.proofs import METHODS, proved_unique
from fpverify.kernel.check import CheckResult, FileStatus


def drawn(activation: str, gain: float, depth: int = 1, law: str = "normal", bias: float = 0.3) -> fp.Network:
    return Ensemble(
        activation=activation, width=12, depth=depth, law=law, gain=gain, bias_law=law, bias=bias, seed=2
    ).network(0, bits=10)


@pytest.mark.parametrize(
    ("network", "method"),
    [
        (drawn("tanh", 0.3), "norms"),
        (drawn("sigmoid", 1.0, depth=3), "norms"),
        (fp.loop("tanh", [["2"]], ["2"]), "contraction"),
        (fp.loop("tanh", [["-3"]]), "multipliers"),
        (fp.loop("tanh", [["1/2", "6"], ["1/10", "-1"]]), "best multipliers"),
        (fp.loop("tanh", [["2"]]), None),
        (fp.network([{"activation": "tanh"}], name="no chain", state_size=1), None),
        (fp.loop("relu", [["1/2"]]), "norms"),
        (fp.loop("relu", [["2"]]), None),
    ],
)
def test_the_first_method_that_does_is_named(network: fp.Network, method: str | None) -> None:
    """Three fixed points, no chain, and slopes above 1 with values without bounds have none."""
    assert proved_unique(network) == method


def test_the_methods_are_asked_in_their_order() -> None:
    """A method that comes later proves what one before it proves already."""
    assert [*METHODS] == ["norms", "contraction", "multipliers", "best multipliers"]
    easy = drawn("tanh", 0.3)
    assert all(proved_unique(easy, {name: goal}) == name for name, goal in METHODS.items())


def test_a_file_that_is_refused_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the kernel accepts in memory, it must accept from disk."""
    refused = CheckResult(status=FileStatus.REJECTED, reason="for the test", verdicts={})
    monkeypatch.setattr(_read_back, "check_file", lambda _: refused)
    with pytest.raises(fp.SoundnessError, match="REJECTED: for the test"):
        proved_unique(drawn("tanh", 0.3))
