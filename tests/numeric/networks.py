"""Random networks for the tests of the worlds, and claims made false on purpose."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.claim import Claim
from fpverify.kernel.network import Network
from tests.strategies import CASES, Case

SMOOTH = [case for case in CASES if case.name not in ("sign", "exponential", "exp", "quartic", "cubic", "polynomial")]
"""Activations that neither jump nor grow fast."""


def entries(bound: int = 2) -> st.SearchStrategy[Fraction]:
    return st.builds(Fraction, st.integers(-16 * bound, 16 * bound), st.just(16))


@st.composite
def programs(draw: st.DrawFn, cases: Sequence[Case] = SMOOTH, *, uncertain: bool = False) -> Network:
    """Return straight-line programs: affine, activation, affine, addition and product with earlier values."""
    size = draw(st.integers(1, 3))
    case = draw(st.sampled_from(cases))
    radius = Fraction(1, 64) if uncertain else Fraction(0)
    weight = [[fp.around(draw(entries()), radius) for _ in range(size)] for _ in range(size)]
    bias = [fp.around(draw(entries()), radius) for _ in range(size)]
    layers: list[Mapping[str, Any]] = [
        {"affine": {"weight": weight, "bias": bias}},
        {"activation": {"name": case.name, **case.given}},
    ]
    if draw(st.booleans()):
        again = [[draw(entries()) for _ in range(size)] for _ in range(size)]
        layers += [{"affine": {"weight": again, "bias": bias}}, {"add": {"with": 0}}, {"multiply": {"with": 2}}]
    return fp.network(layers, name=f"program with {case}")


def states(network: Network) -> st.SearchStrategy[list[Fraction]]:
    return st.lists(entries(), min_size=network.state_size, max_size=network.state_size)


def claim_of(network: Network, region: Any, goal: fp.Goal | None = None) -> Claim:
    """Return the claim that is proved; fails if none is."""
    outcome = fp.certify(network, region, goal)
    assert outcome.verdict.status is fp.Status.PROVED, outcome.verdict
    assert outcome.claim is not None
    return outcome.claim


def falsified(claim: Claim, **facts: Any) -> Claim:
    """Return the claim with other numbers."""
    return replace(claim, facts={**claim.facts, **facts})


def scaled(claim: Claim, key: str, factor: str) -> Claim:
    """Return the claim with one number, or each of a list, multiplied."""
    value = claim.facts[key]
    times = Fraction(factor)
    return falsified(
        claim,
        **{key: [str(Fraction(v) * times) for v in value] if isinstance(value, list) else str(Fraction(value) * times)},
    )
