"""find_fixed_points: known counts, borders, planted points, Newton's count, limits and resumption."""

import random
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch

import fpverify as fp
from fpverify.kernel.exact import exact
from fpverify.numeric.iterate import one_thread


def cubic(size: int) -> fp.Network:
    """The coupled cubic with 3^d fixed points."""
    rows = [[_coupling(i, j) for j in range(size)] for i in range(size)]
    return fp.loop("cubic", rows, ["0.01", "-0.02", "0.015", "-0.01"][:size], name=f"cubic {size}")


def _coupling(i: int, j: int) -> Fraction:
    return Fraction(1) if i == j else Fraction(2, 100) / (j - i) if i < j else Fraction(-3, 100) / (i - j)


def ring(size: int) -> fp.Network:
    """The ring of tanh cells with 3^N fixed points."""
    rows = [["0"] * size for _ in range(size)]
    for i in range(size):
        rows[i][i], rows[i][(i + 1) % size], rows[i][i - 1] = "2", "0.1", "-0.1"
    return fp.loop("tanh", rows, name=f"ring {size}")


def polynomial(*coefficients: str) -> fp.Network:
    """A scalar polynomial as a loop."""
    return fp.network(
        [{"activation": {"name": "polynomial", "coefficients": list(coefficients)}}], name="polynomial", state_size=1
    )


SMILEY_CHUN = fp.network(
    [
        {"affine": {"weight": [["0", "1"], ["1", "0"], ["-1", "1"]], "bias": ["0", "-1.995", "1"]}},
        {"activation": {"name": "polynomial", "coefficients": ["0", "0", "1"]}, "from": 0},
        {"affine": {"weight": [["1", "0", "0"]], "bias": ["0"]}, "from": 1},
        {"affine": {"weight": [["0", "1", "0"]], "bias": ["0"]}, "from": 1},
        {"affine": {"weight": [["0", "0", "1"]], "bias": ["0"]}, "from": 1},
        {"affine": {"weight": [["-1", "0"]], "bias": ["0"]}, "from": 2},
        {"add": {"with": 3}},
        {"multiply": {"with": 3}},
        {"multiply": {"with": 4}},
        {"multiply": {"with": 5}},
        {"affine": {"weight": [["0"], ["1"]], "bias": ["0", "0"]}},
        {"affine": {"weight": [["1", "4"]], "bias": ["-4"]}, "from": 2},
        {"affine": {"weight": [["1"], ["0"]], "bias": ["0", "0"]}},
        {"add": {"with": 11}},
        {"add": {"with": 0}},
    ],
    name="Smiley and Chun 2001, Example 2.2",
    state_size=2,
)


def square(low: Any, high: Any, size: int) -> fp.BoxRegion:
    return fp.BoxRegion.of(*[(low, high)] * size)


def proved(result: fp.FindResult, count: int) -> None:
    """Require the count, proved, with nothing undecided and a certificate that is VALID."""
    assert (result.count, result.n_undecided, result.success) == (count, 0, True), result.message
    assert result.status is fp.Status.PROVED
    assert result.outcome.check.status is fp.FileStatus.VALID
    assert len(result.points) == count


@pytest.mark.parametrize("size", [2, 3])
def test_coupled_cubic_has_3_to_the_d_fixed_points(size: int) -> None:
    """2^d of them attract; those with u unstable directions are binomial(d, u) 2^(d - u)."""
    result = fp.find_fixed_points(cubic(size), square(-2, 2, size), stability=True)
    proved(result, 3**size)
    assert sum(point.stable is True for point in result.points) == 2**size
    assert sum(point.unstable_dimension == size for point in result.points) == 1
    assert all((p.rate or 1) < 1 and (p.ball_radius or 0) > 0 for p in result.points if p.stable)


@pytest.mark.parametrize("size", [2, 4])
def test_ring_in_the_whole_space(size: int) -> None:
    """Without a box: all fixed points in R^N, and the indices sum to 1."""
    result = fp.find_fixed_points(ring(size))
    proved(result, 3**size)
    assert result.claim.region == fp.WholeSpace(size=size)
    assert sum(point.index for point in result.points) == 1


@pytest.mark.slow
def test_large_counts() -> None:
    """81, 729 and 6,561 fixed points, none undecided."""
    proved(fp.find_fixed_points(cubic(4), square(-2, 2, 4), stability=True), 81)
    proved(fp.find_fixed_points(ring(6), method="tree"), 729)
    proved(fp.find_fixed_points(ring(8), method="tree"), 6561)
    proved(fp.find_fixed_points(ring(8)), 6561)


def test_products_and_sums_of_layers() -> None:
    """A polynomial system written with multiply and add layers has its 8 known solutions."""
    proved(fp.find_fixed_points(SMILEY_CHUN, square(-3, 3, 2)), 8)


def test_double_fixed_point_ends_undecided_and_is_named() -> None:
    """x + (x - 0.3)^2 touches the diagonal at 0.3: no count is proved, and the box around 0.3 is told."""
    result = fp.find_fixed_points(polynomial("0.09", "0.4", "1"), [(-1, 1)])
    assert (result.status, result.count, result.success) == (fp.Status.UNDECIDED, 0, False)
    assert result.n_undecided > 0
    (((low,), (high,)),) = result.undecided
    assert low <= 0.3 <= high <= low + 1e-5
    assert exact(result.undecided_share) < Fraction(1, 10**6)
    assert result.claim.kind == "at_least"


def test_a_line_of_fixed_points_ends_undecided() -> None:
    """The identity keeps every point: the search ends, and says that all is open."""
    identity = fp.network([{"activation": "identity"}], name="identity", state_size=1)
    result = fp.find_fixed_points(identity, [(-1, 1)], max_boxes=5_000)
    assert (result.count, result.n_undecided, exact(result.undecided_share)) == (0, 1, 1)


def test_no_fixed_point() -> None:
    """x^2 + x + 1 has none."""
    result = fp.find_fixed_points(polynomial("1", "1", "1"), [(-1, 1)])
    proved(result, 0)
    assert result.claim.kind == "none"


@pytest.mark.parametrize(
    ("box", "size", "count"),
    [
        ((-2, 1), 1, 3),
        ((0, 1), 1, 2),
        ((1, 2), 1, 1),
        (("1/2", "3/4"), 1, 0),
        ((0, 1), 2, 4),
        ((-1, 0), 2, 4),
        (("-1/3", 1), 2, 4),
    ],
)
def test_fixed_points_on_faces_and_corners(box: tuple[Any, Any], size: int, count: int) -> None:
    """The uncoupled cubic has fixed points -1, 0 and 1 in each coordinate, exactly; the box is closed."""
    rows = [[int(i == j) for j in range(size)] for i in range(size)]
    proved(fp.find_fixed_points(fp.loop("cubic", rows), square(*box, size)), count)


def test_fixed_point_near_a_face_is_told_from_one_on_it() -> None:
    """Where the face passes within 1e-15 of a fixed point that is no short number, it is inside or outside."""
    whole = fp.find_fixed_points(fp.loop("tanh", [[2]]))
    proved(whole, 3)
    place = Fraction(9575040240772687, 10**16)
    assert whole.points[2].lower[0] <= place <= whole.points[2].upper[0]
    assert fp.find_fixed_points(fp.loop("tanh", [[2]]), [("1/2", place + Fraction(1, 10**15))]).count == 1
    proved(fp.find_fixed_points(fp.loop("tanh", [[2]]), [("1/2", place - Fraction(1, 10**15))]), 0)


@pytest.mark.parametrize("seed", range(6))
def test_planted_fixed_points_lie_in_exactly_one_box(seed: int) -> None:
    """A polynomial of degree 2k + 1 in each coordinate is given its fixed points; every one is found, once."""
    drawn = random.Random(seed)
    places = sorted({Fraction(drawn.randint(-90, 90), 100) for _ in range(3)})
    coefficients = [Fraction(1)]
    for place in places:  # the product of x - place
        coefficients = [
            a - place * b for a, b in zip([Fraction(0), *coefficients], [*coefficients, Fraction(0)], strict=True)
        ]
    coefficients[1] += 1
    loop = fp.network(
        [{"activation": {"name": "polynomial", "coefficients": coefficients}}], name="planted", state_size=2
    )
    result = fp.find_fixed_points(loop, square(-1, 1, 2), stability=True)
    proved(result, len(places) ** 2)
    for first in places:
        for second in places:
            inside = [p for p in result.points if _holds(p, (first, second))]
            assert len(inside) == 1


def _holds(point: fp.FixedPoint, place: Sequence[Fraction]) -> bool:
    return all(low <= x <= high for low, x, high in zip(point.lower, place, point.upper, strict=True))


@pytest.mark.parametrize("seed", range(6))
def test_never_fewer_than_newton_finds(seed: int) -> None:
    """Newton's iteration from 2,000 random starts meets no fixed point that is not in a certified box."""
    generator = torch.Generator().manual_seed(seed)
    size = 2 + seed % 2
    weight = torch.randn(size, size, dtype=torch.float64, generator=generator) * 2
    bias = torch.randn(size, dtype=torch.float64, generator=generator) * 0.3
    loop = fp.loop(
        "tanh", [[fp.dyadic(x) for x in row] for row in weight.tolist()], [fp.dyadic(x) for x in bias.tolist()]
    )
    result = fp.find_fixed_points(loop)
    assert result.success, result.message
    low, high = (
        torch.tensor([getattr(p, end) for p in result.points], dtype=torch.float64) for end in ("lower", "upper")
    )
    for place in _newton(weight, bias, generator):
        assert ((place >= low - 1e-9) & (place <= high + 1e-9)).all(1).sum() == 1


def _newton(weight: torch.Tensor, bias: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    size = len(bias)
    x = torch.rand(2000, size, dtype=torch.float64, generator=generator) * 2 - 1
    with one_thread():
        for _ in range(60):
            value = torch.tanh(x @ weight.T + bias)
            jacobian = torch.eye(size, dtype=torch.float64) - (1 - value**2).unsqueeze(2) * weight
            x = (x - torch.linalg.lstsq(jacobian, (x - value).unsqueeze(2)).solution.squeeze(2)).clamp(-2, 2)
    left = (x - torch.tanh(x @ weight.T + bias)).abs().amax(1)
    return x[left < 1e-13]


def test_kinks_and_singular_slopes() -> None:
    """hardtanh(2 x) has 9 fixed points, 8 of them on the border of the range; where the slope is 1, nothing is inverted."""
    result = fp.find_fixed_points(fp.loop("hardtanh", [["2", "0"], ["0", "2"]]), stability=True)
    proved(result, 9)
    assert {point.stable for point in result.points} == {None}


def test_orbits_of_period_two_and_three() -> None:
    """The logistic map at 3.3 has one orbit of period 2, which attracts, and none of period 3."""
    logistic = polynomial("0", "3.3", "-3.3")
    result = fp.find_fixed_points(logistic, [("-0.1", "1.1")], period=2, stability=True)
    proved(result, 4)
    assert (result.claim.kind, result.claim.facts["orbits"]) == ("periodic", 1)
    assert [point.stable for point in result.points] == [False, True, False, True]
    assert fp.find_fixed_points(logistic, [("-0.1", "1.1")], period=3).claim.facts["orbits"] == 0


def test_uncertain_weights() -> None:
    """For every choice of the weights in their intervals there are three fixed points."""
    loop = fp.loop("tanh", [[("1.99", "2.01")]], name="family")
    result = fp.find_fixed_points(loop, [(-1, 1)])
    proved(result, 3)
    assert "each choice" in result.claim.sentence()


def test_basins_of_a_bistable_cell() -> None:
    """Nearly all of the box converges to one of the two attracting points, and the certificate says how much."""
    result = fp.find_fixed_points(fp.loop("tanh", [[2]]), basins=True)
    assert result.basins.verdict.status is fp.Status.PROVED
    shares = [exact(point["share"]) for point in result.basins.claim.facts["points"]]
    assert len(shares) == 2
    assert sum(shares) > Fraction(9, 10)


def test_stopped_and_continued_is_the_same_as_never_stopped(tmp_path: Path) -> None:
    """A search that is stopped after every few boxes ends with the certificate of one that was not, byte for byte."""
    whole = fp.find_fixed_points(cubic(2), square(-2, 2, 2), stability=True)
    result, limit = None, 0
    while result is None or not result.success:
        limit += 5
        result = fp.find_fixed_points(
            cubic(2), square(-2, 2, 2), stability=True, max_boxes=limit, resume=tmp_path / "search"
        )
        assert result.success or result.claim.kind == "at_least"
        assert result.count <= 9
    assert limit > 10
    assert result.certificate.to_text() == whole.certificate.to_text()


@pytest.mark.parametrize("box", [[(1, 2)], [(2, 1), (0, 1)], [("nan", 1), (0, 1)], [("-inf", 1), (0, 1)]])
def test_bad_boxes_are_refused(box: Any) -> None:
    """A box of another dimension, inverted, or not finite."""
    with pytest.raises(fp.FpverifyError):
        fp.find_fixed_points(cubic(2), box)


def test_a_jump_in_the_box_is_told_with_its_place() -> None:
    """The sign of x_1 jumps in the box, that of x_2 + 5 does not."""
    loop = fp.loop("sign", [[1, 0], [0, 1]], [5, 0])
    with pytest.raises(fp.MisuseError, match=r"not continuous.*layer 2.*unit 1"):
        fp.find_fixed_points(loop, square(-1, 1, 2))
    proved(fp.find_fixed_points(loop, fp.BoxRegion.of((-1, 1), ("1/2", 1))), 1)


def test_a_result_has_no_truth_value() -> None:
    """`if result:` would read a wrong answer out of it."""
    with pytest.raises(TypeError):
        bool(fp.find_fixed_points(polynomial("1", "1", "1"), [(-1, 1)]))
