"""Deep chains: boxes that orbits enter, multipliers, ellipsoids; what is proposed where the claim is false is refused."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fpverify as fp
from fpverify.ensembles import Ensemble
from fpverify.kernel.check import FileStatus, check_text
from fpverify.kernel.norm import SupNorm, TwoNorm
from fpverify.kernel.region import Ball
from fpverify.kernel.rules._matrices import BITS, Matrices, is_definite, upper_triangle
from fpverify.search._layers import arithmetic, factor_text, nested
from fpverify.search.arrives import steps_into
from fpverify.search.attracts import attracted_ball, core_near
from fpverify.search.sector import best_multipliers, form
from tests.rules.cases import act, affine, chain, cube, interval, line

STEEP = fp.loop("tanh", [["2"]])
NO_CHAIN = fp.network([{"activation": "tanh"}], name="tanh alone", state_size=1)
SUM = chain(affine([["1/2"]], ["0"]))


def drawn(
    gain: float, *, law: str = "normal", width: int = 8, depth: int = 2, seed: int = 5, bias: float = 0.3
) -> fp.Network:
    ensemble = Ensemble(
        activation="tanh", width=width, depth=depth, law=law, gain=gain, bias_law=law, bias=bias, seed=seed
    )
    return ensemble.network(0, bits=10)


def unit_ball(*centre: Any, radius: Any) -> Ball:
    norm = TwoNorm(weights=tuple(Fraction(1) for _ in centre))
    return Ball(centre=tuple(Fraction(c) for c in centre), radius=Fraction(radius), norm=norm)


@pytest.mark.parametrize("region", [line(8), cube(1, 8), cube(2, 8)])
def test_nested_boxes_shrink_and_are_mapped_into_themselves(region: Any) -> None:
    """The kernel's arithmetic sees each of them mapped into itself, and into the next."""
    network = drawn(0.4)
    boxes = [box for _, box in nested(network, region, 6)]
    assert len(boxes) > 2
    for box, smaller in zip(boxes, [*boxes[1:], boxes[-1]], strict=True):
        assert smaller.slack(network.enclose(box.outer(arithmetic()))) >= 0 or box == smaller
        assert box.contains(smaller.lo)
        assert box.contains(smaller.hi)


def test_nested_boxes_end_with_a_box_that_is_left() -> None:
    """2x leaves [-1, 1]: there is nothing beyond the first box."""
    doubling = chain(affine([["2"]], ["0"]), act("identity"))
    assert [step for step, _ in nested(doubling, cube(1, 1), 6)] == [0]


@pytest.mark.parametrize(
    ("network", "region", "goal", "words"),
    [
        (NO_CHAIN, line(), fp.AttractsAll(), "AttractsAll is about affine layers and activations in turn"),
        (NO_CHAIN, line(), fp.OnlyOne(), "OnlyOne is about affine layers and activations in turn"),
        (SUM, unit_ball(0, radius=1), fp.Attracted(), "Attracted is about affine layers"),
        (STEEP, unit_ball(0, radius=1), fp.AttractsAll(), "AttractsAll needs a box or all of R\\^d"),
        (STEEP, unit_ball(0, radius=1), fp.OnlyOne(), "OnlyOne needs a box or all of R\\^d"),
        (STEEP, cube(1, 1), fp.Attracted(), "Attracted needs a ball in the 2-norm"),
        (STEEP, unit_ball(0, radius=1), fp.ConvergesTo(target=cube(1, 1)), "needs a box or a cover of boxes"),
        (fp.loop("relu", [["1/2"]]), line(), fp.OnlyOne(), "name a box instead of R\\^d"),
    ],
)
def test_requests_that_do_not_fit_say_what_to_write(
    network: fp.Network, region: Any, goal: fp.Goal, words: str
) -> None:
    with pytest.raises(fp.MisuseError, match=words):
        fp.certify(network, region, goal)


def test_attracted_needs_the_plain_two_norm() -> None:
    sup = Ball(centre=(Fraction(1),), radius=Fraction(1), norm=SupNorm(weights=(Fraction(1),)))
    with pytest.raises(fp.MisuseError, match="2-norm"):
        fp.certify(STEEP, sup, fp.Attracted())


FALSE: dict[str, tuple[fp.Network, Any, fp.Goal]] = {
    "three fixed points": (STEEP, line(), fp.OnlyOne()),
    "three fixed points, said to be attracted": (STEEP, line(), fp.AttractsAll()),
    "a cycle": (fp.loop("tanh", [["-3"]]), line(), fp.AttractsAll()),
    "a ball with two attractors": (STEEP, unit_ball(0, radius=1), fp.Attracted()),
    "a ball around a repelling point": (STEEP, unit_ball(0, radius="1/100"), fp.Attracted()),
    "the wrong attractor": (STEEP, interval("-1/2", "-1/4"), fp.ConvergesTo(target=unit_ball("19/20", radius="1/20"))),
    "both attractors": (STEEP, interval("-1/2", "1/2"), fp.ConvergesTo(target=interval("9/10", 1), steps=50)),
    "a jump": (fp.loop("sign", [["1"]], ["1/2"]), cube(1, 1), fp.OnlyOne()),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_not_proved(name: str) -> None:
    """Neither in memory nor as a file."""
    outcome = fp.certify(*FALSE[name])
    assert outcome.verdict.status is not fp.Status.PROVED
    assert outcome.claim is None
    if outcome.certificate is not None:
        assert check_text(outcome.certificate.to_text()).status is FileStatus.REJECTED


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 7))
def test_multipliers_make_the_form_larger(seed: int, size: int) -> None:
    """The search never ends below where it began, and what it calls certain is positive definite."""
    rng = np.random.default_rng(seed)
    weight, low = rng.standard_normal((size, size)), rng.uniform(-0.2, 0.3, size)
    high = low + rng.uniform(0.1, 0.7, size)
    start, _ = best_multipliers(weight, low, high, 0)
    best, certain = best_multipliers(weight, low, high, 40)
    least = [np.linalg.eigvalsh(form(weight, low, high, m))[0] for m in (start, best)]
    assert best.min() > 0
    assert certain == (least[1] > 1e-5)
    assert least[1] >= least[0]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.floats(-0.5, 0.5))
def test_factors_show_what_is_definite_and_nothing_else(seed: int, size: int, shift: float) -> None:
    """By a margin that the 30 bits of a factor see."""
    rng = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(rng.standard_normal((size, size)))
    values = np.concatenate([[shift], rng.uniform(0.5, 2, size - 1)])
    matrix = (basis * values) @ basis.T
    symmetric = (matrix + matrix.T) / 2
    ends = [Fraction(float(x)) for x in symmetric.ravel()]
    shown = is_definite(Matrices.between(ends, ends, size), upper_triangle(factor_text(symmetric), size))
    least = float(np.linalg.eigvalsh(symmetric)[0])
    assert shown or least < 4e-6
    assert not shown or least > -(2.0 ** -(BITS - 8))


def test_a_ball_is_nearly_as_large_as_it_can_be() -> None:
    """tanh 2x has slopes below 1 beyond 0.441, and the point is 0.9575; twice the radius is refused."""
    centre = (Fraction(957504, 10**6),)
    ball = attracted_ball(STEEP, centre)
    assert ball is not None
    assert Fraction(2, 5) < ball.radius < Fraction(26, 50)
    assert fp.certify(STEEP, ball, fp.Attracted()).verdict.status is fp.Status.PROVED
    assert float(core_near(STEEP, centre).centre[0]) == pytest.approx(0.957504024, abs=1e-9)
    twice = unit_ball(*centre, radius=2 * ball.radius)
    assert fp.certify(STEEP, twice, fp.Attracted()).verdict.status is not fp.Status.PROVED


def test_there_is_no_ball_around_a_repelling_point() -> None:
    assert attracted_ball(STEEP, (Fraction(0),)) is None


def test_an_orbit_that_does_not_arrive_has_no_steps() -> None:
    target = interval("9/10", 1)
    assert steps_into(STEEP, interval("1/2", "1/2"), target, 20) == 2
    assert steps_into(STEEP, interval("-1/2", "-1/2"), target, 20) is None
    assert steps_into(STEEP, interval("1/2", "1/2"), target, 1) is None


def test_gaussian_networks_beyond_the_line_of_the_norms_are_proved() -> None:
    """tanh with gain 0.65: the norms multiply to more than one, and the multipliers do."""
    network = drawn(0.65, width=24, depth=1, bias=0.0)
    assert fp.certify(network, line(24), fp.AttractsAll(norm="two", steps=0)).verdict.status is not fp.Status.PROVED
    assert fp.certify(network, line(24), fp.OnlyOne()).verdict.status is fp.Status.PROVED


def test_cauchy_networks_are_proved_in_the_sup_norm() -> None:
    """Few large entries in each row: the product of norms is far above one."""
    network = drawn(0.2, law="cauchy", width=24, depth=3, seed=0, bias=1.0)
    assert fp.certify(network, line(24), fp.AttractsAll(norm="two", steps=0)).verdict.status is not fp.Status.PROVED
    assert fp.certify(network, line(24), fp.AttractsAll(norm="sup")).verdict.status is fp.Status.PROVED


@pytest.mark.parametrize(
    ("network", "region", "goal", "words"),
    [
        (STEEP, line(2), fp.OnlyOne(), "has 1 coordinates, the region 2"),
        (STEEP, cube(1, 2), fp.AttractsAll(), "has 1 coordinates, the region 2"),
        (STEEP, unit_ball(0, 0, radius=1), fp.Attracted(), "has 1 coordinates, the region 2"),
        (STEEP, line(), fp.AttractsAll(norm="one"), "write 'sup' or 'two'"),
        (STEEP, line(), fp.AttractsAll(steps=-1), "steps = -1; write a whole number"),
        (STEEP, line(), fp.OnlyOne(steps=None), "steps = None"),
        (STEEP, cube(1, 1), fp.ConvergesTo(target=line()), "as its target"),
        (STEEP, cube(1, 1), fp.ConvergesTo(target=None), "as its target"),
    ],
)
def test_what_does_not_fit_together_is_named(network: fp.Network, region: Any, goal: fp.Goal, words: str) -> None:
    with pytest.raises(fp.MisuseError, match=words):
        fp.certify(network, region, goal)


def test_centres_are_exact_numbers() -> None:
    """Text is read; a float is refused, with what to write."""
    assert attracted_ball(STEEP, ["0.9575"]) is not None
    with pytest.raises(fp.FpverifyError, match="float"):
        attracted_ball(STEEP, [0.9575])


def test_huge_boxes_are_searched() -> None:
    """1e400 is beyond the doubles."""
    huge = fp.BoxRegion.of(("-1e400", "1"))
    assert fp.certify(STEEP, huge, fp.OnlyOne()).verdict.status is fp.Status.UNDECIDED


def test_what_does_not_contract_says_so() -> None:
    """The product of the norms is above 1: the rate is not below 1, whatever the factor."""
    network = drawn(2.0, width=6, depth=3)
    reason = fp.certify(network, line(6), fp.AttractsAll(norm="two", steps=0)).verdict.reason
    assert reason is fp.Reason.RATE_NOT_BELOW_ONE
