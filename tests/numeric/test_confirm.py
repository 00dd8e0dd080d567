"""Violations before the kernel: what is certainly false is confirmed, what may be true is not."""

from fractions import Fraction

import pytest

import fpverify as fp
from fpverify.kernel.network import Network
from fpverify.kernel.norm import Norm, OneNorm, SupNorm, TwoNorm, unweighted
from fpverify.kernel.region import Region
from fpverify.numeric import confirm
from fpverify.numeric.confirm import Move, Promise

Q = Fraction
TENTH = Q(1, 10)


def _promise(network: Network, rate: str, *, noise: str = "0", radius: str = "0", norm: Norm | None = None) -> Promise:
    size = network.state_size
    return Promise(
        network=network,
        rate=Q(rate),
        norm=unweighted(SupNorm, size) if norm is None else norm,
        noise=(Q(noise),) * size,
        radius=Q(radius),
    )


def _breaks(promise: Promise, region: Region, start: str, steps: int, noise: str = "0") -> bool:
    size = promise.network.state_size
    move = Move(network=promise.network.nominal(), noise=(Q(noise),) * size)
    return confirm.orbit_breaks(promise, region, (Q(0),) * size, (Q(start),) * size, [move] * steps)


HALF = fp.loop("identity", [["1/2"]])
LINE = fp.WholeSpace(size=1)
UNIT = fp.BoxRegion.of(("-1", "1"))

ORBITS = [
    ("x/2 at its rate", "1/2", "0", "0", "0", False),
    ("x/2 at a smaller rate", "49/100", "0", "0", "0", True),
    ("x/2 at a rate smaller by 1e-30", str(Q(1, 2) - Q(1, 10**30)), "0", "0", "0", True),
    ("noise with its radius", "1/2", "1/10", "1/5", "1/10", False),
    ("noise with a smaller radius", "1/2", "1/10", "19/100", "1/10", True),
    ("noise that was not promised is cut down", "1/2", "1/10", "1/5", "1", False),
]


@pytest.mark.parametrize(
    ("rate", "noise", "radius", "used", "broken"), [row[1:] for row in ORBITS], ids=[row[0] for row in ORBITS]
)
def test_orbits_against_their_bound(rate: str, noise: str, radius: str, used: str, *, broken: bool) -> None:
    """x -> x/2 on the line."""
    promise = _promise(HALF, rate, noise=noise, radius=radius)
    assert _breaks(promise, LINE, "1", 12, used) is broken


@pytest.mark.parametrize("kind", [SupNorm, OneNorm, TwoNorm])
def test_each_norm_confirms(kind: type[Norm]) -> None:
    """A turn by 90 degrees with factor 3/5: each norm sees its rate, and a smaller one is false."""
    turn = fp.loop("identity", [["0", "-3/5"], ["3/5", "0"]])
    plane = fp.WholeSpace(size=2)
    norm = kind(weights=(Q(2), Q(2)))
    assert not _breaks(_promise(turn, "3/5", norm=norm), plane, "1", 5)
    assert _breaks(_promise(turn, "59/100", norm=norm), plane, "1", 5)


def test_leaving_the_region_is_confirmed() -> None:
    """2x on [-1, 1]: the second state is outside. On the line nothing is left."""
    double = fp.loop("identity", [["2"]])
    promise = _promise(double, "1/2", radius="100")
    assert _breaks(promise, UNIT, "3/4", 2)
    assert not _breaks(promise, LINE, "3/4", 2)


def test_a_region_without_fixed_point_is_confirmed() -> None:
    promise, shifted = _promise(HALF, "1/2"), fp.BoxRegion.of(("1", "2"))
    assert confirm.has_no_fixed_point(promise, shifted, (Q(3, 2),))
    assert not confirm.has_no_fixed_point(promise, UNIT, (Q(0),))


def test_starts_are_moved_into_the_region() -> None:
    """A start beyond the region is no start of the claim."""
    assert not _breaks(_promise(HALF, "1/2"), UNIT, "1000", 3)


def test_the_radii_of_the_coordinates_are_examined() -> None:
    promise = Promise(
        network=HALF, rate=Q(1, 2), norm=unweighted(SupNorm, 1), noise=(TENTH,), radius=Q(1), radii=(Q(19, 100),)
    )
    move = Move(network=HALF, noise=(TENTH,))
    assert confirm.orbit_breaks(promise, UNIT, (Q(0),), (Q(0),), [move] * 12)


def test_overflow_is_not_confirmed() -> None:
    """exp(exp(...)) leaves every number that is represented: then nothing is decided."""
    tower = fp.network([{"activation": "exp"}] * 6, name="tower", state_size=1)
    assert not _breaks(_promise(tower, "1/2"), LINE, "10", 2)


# ------------------------------------------------------------------ facts about points


def test_images_outside() -> None:
    assert confirm.image_is_outside(HALF, (Q(1),), [fp.BoxRegion.of(("0", "49/100")), fp.BoxRegion.of(("3/5", "1"))])
    assert not confirm.image_is_outside(HALF, (Q(1),), [fp.BoxRegion.of(("0", "1/2"))])


def test_signs_of_motion() -> None:
    cubic = fp.loop("cubic", [["1"]])
    assert confirm.motion_signs(cubic, [Q(-3, 2), Q(-1, 2), Q(0), Q(1, 2), Q(3, 2)]) == [1, -1, 0, 1, -1]


@pytest.mark.parametrize(("kind", "direction"), [(SupNorm, ("1", "-1")), (OneNorm, ("1", "0")), (TwoNorm, ("1", "-1"))])
def test_slopes_that_exceed(kind: type[Norm], direction: tuple[str, str]) -> None:
    """|W v| / |v| is 3 for W = [[1, -2], [-2, 1]] in each norm."""
    network, norm = fp.loop("identity", [["1", "-2"], ["-2", "1"]]), unweighted(kind, 2)
    v = (Q(direction[0]), Q(direction[1]))
    assert confirm.slope_exceeds(network, (Q(0), Q(0)), norm, Q(299, 100), v)
    assert not confirm.slope_exceeds(network, (Q(0), Q(0)), norm, Q(3), v)


@pytest.mark.parametrize("x", ["0.99999", "-1", "0.000001"])
def test_krawczyk_finds_fixed_points_of_every_kind(x: str) -> None:
    """Attracting ones and the repelling 0 of the cubic, from places nearby."""
    box = confirm.fixed_point_near(fp.loop("cubic", fp.exchangeable(2, 1, 0)), (Q(x), Q(x)))
    assert box is not None
    assert all(abs(low - round(Q(x))) < Q(1, 10**8) for low in box.lower())


def test_krawczyk_finds_none_where_there_is_none() -> None:
    assert confirm.fixed_point_near(fp.loop("cubic", [["1"]]), (Q(1, 2),)) is None
    shift = fp.network([{"affine": {"weight": [["1"]], "bias": ["1"]}}], name="x + 1")
    assert confirm.fixed_point_near(shift, (Q(0),)) is None
