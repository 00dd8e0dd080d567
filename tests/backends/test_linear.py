"""Products of balls against exact rational arithmetic: a bound is wrong only where Fractions prove it wrong."""

import random
from fractions import Fraction
from math import inf, isinf, nan

import pytest
import torch

from fpverify.backends.torch64.guard import ensure_sound
from fpverify.backends.torch64.linear import FLOOR, Ball, Weights, affine, gamma, matmul, matmul_points
from fpverify.kernel.errors import MisuseError

pytestmark = pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta")

UNIT = Fraction(1, 2**53)


def tensor(data):
    return torch.tensor(data, dtype=torch.float64)


def spread(generator, shape, low, high):
    """Random numbers whose exponents are free in [low, high]."""
    exponents = torch.randint(low, high + 1, shape, generator=generator)
    values = torch.randn(shape, dtype=torch.float64, generator=generator)
    half = exponents // 2
    return values * torch.exp2(half.double()) * torch.exp2((exponents - half).double())


def holds(lo, hi, low, high):
    """Whether [lo, hi], of floats, contains [low, high], of Fractions."""
    below = lo == -inf or (lo < inf and Fraction(lo) <= low)
    return below and (hi == inf or (hi > -inf and Fraction(hi) >= high))


def contains(ball, exact):
    """Whether a Ball, and its ends, contain a matrix of exact intervals."""
    lo, hi = (end.tolist() for end in ball.ends())
    inner = [
        [covers(*entry) for entry in zip(*rows, strict=True)]
        for rows in zip(ball.mid.tolist(), ball.rad.tolist(), exact, strict=True)
    ]
    outer = [[holds(a, b, *e) for a, b, e in zip(*rows, strict=True)] for rows in zip(lo, hi, exact, strict=True)]
    return all(map(all, inner + outer))


def covers(mid, rad, entry):
    """Whether mid ± rad contains an exact interval: no outward step hides what the radius leaves out."""
    return isinf(rad) or (Fraction(mid) - Fraction(rad) <= entry[0] and entry[1] <= Fraction(mid) + Fraction(rad))


def intervals(mid, rad):
    return [
        [(Fraction(m) - Fraction(r), Fraction(m) + Fraction(r)) for m, r in zip(*rows, strict=True)]
        for rows in zip(mid.tolist(), rad.tolist(), strict=True)
    ]


def product(a, b):
    """The exact range of each entry of a product of interval matrices."""
    columns = list(zip(*b, strict=True))
    return [[total([times(x, y) for x, y in zip(row, column, strict=True)]) for column in columns] for row in a]


def times(x, y):
    corners = [p * q for p in x for q in y]
    return min(corners), max(corners)


def total(terms):
    return sum((t[0] for t in terms), Fraction(0)), sum((t[1] for t in terms), Fraction(0))


def plus(rows, offset):
    return [[(e[0] + o[0], e[1] + o[1]) for e, o in zip(row, offset, strict=True)] for row in rows]


def columns_of(rows):
    return [list(column) for column in zip(*rows, strict=True)]


@pytest.fixture
def generator():
    random.seed(3)
    return torch.Generator().manual_seed(7)


# ---------------------------------------------------------------------------------- the model


@pytest.mark.parametrize("terms", [0, 1, 2, 10, 10**3, 10**5, 2**26 - 1, 2**26])
def test_gamma_is_above_the_error_of_terms_plus_one_roundings(terms):
    exact = (terms + 1) * UNIT / (1 - (terms + 1) * UNIT)
    assert Fraction(gamma(terms)) >= exact
    assert Fraction(gamma(terms)) == (terms + 2) * UNIT * (1 + Fraction(1, 2**20)), "computed without rounding"


@pytest.mark.parametrize("terms", [-1, 2**26 + 1])
def test_gamma_refuses_sums_for_which_it_is_not_proved(terms):
    with pytest.raises(MisuseError, match="2\\^26"):
        gamma(terms)


@pytest.mark.parametrize("factor", [4, 8])
@pytest.mark.parametrize("terms", [0, 1, 7, 2**13, 2**26 - 1])
def test_inflation_pays_for_the_roundings_of_the_radius(factor, terms):
    """(1 - g_n) (1 - u)^9 (1 + 4 g) >= 1, the inequality on which the radii rest."""
    g = Fraction(gamma(terms + 1)) if terms < 2**26 - 1 else Fraction(gamma(2**26))
    lost = terms * UNIT / (1 - terms * UNIT)
    assert (1 - lost) * (1 - UNIT) ** 9 * (1 + factor * g) >= 1


# ---------------------------------------------------------------------------------- conversions


def test_ends_and_balls_are_converted_outward(generator):
    a, b = spread(generator, (4000,), -1070, 1022), spread(generator, (4000,), -1070, 1022)
    b[:1000] = a[:1000]
    b[1000:2000] = torch.nextafter(a[1000:2000], torch.full((1000,), inf, dtype=torch.float64))
    lo, hi = torch.minimum(a, b), torch.maximum(a, b)
    ball = Ball.of_ends(lo, hi)
    back = ball.ends()
    for index in range(4000):
        low, high = Fraction(lo[index].item()), Fraction(hi[index].item())
        mid, rad = ball.mid[index].item(), ball.rad[index].item()
        assert isinf(rad) or Fraction(mid) - Fraction(rad) <= low <= high <= Fraction(mid) + Fraction(rad)
        assert holds(back[0][index].item(), back[1][index].item(), low, high)
    assert torch.isfinite(ball.rad[:2000]).all()


@pytest.mark.parametrize(
    ("lo", "hi"),
    [(-inf, inf), (0.0, inf), (-inf, 1.0), (nan, 1.0), (0.0, nan), (nan, nan), (1.0, -1.0), (inf, inf), (-inf, -inf)],
)
def test_what_is_no_bounded_interval_becomes_the_whole_line(lo, hi):
    ball = Ball.of_ends(tensor([lo]), tensor([hi]))
    assert ball.mid.item() == 0
    assert ball.rad.item() == inf
    assert [end.item() for end in ball.ends()] == [-inf, inf]


@pytest.mark.parametrize(("mid", "rad"), [(nan, 1.0), (inf, 1.0), (-inf, 0.0), (1.0, nan), (1.0, inf), (1.0, -1e-3)])
def test_a_ball_around_what_is_not_finite_is_the_whole_line(mid, rad):
    ball = Ball.around(tensor([mid]), tensor([rad]))
    assert (ball.mid.item(), ball.rad.item()) == (0, inf)


def test_the_widest_intervals_stay_intervals():
    greatest = 1.7976931348623157e308
    lo, hi = Ball.of_ends(tensor([-greatest, greatest]), tensor([greatest, greatest])).ends()
    assert lo[0] == -inf
    assert hi[0] == inf
    assert lo[1] <= greatest <= hi[1]


# ---------------------------------------------------------------------------------- weights times balls


@pytest.mark.parametrize("layout", ["dense", "sparse"])
@pytest.mark.parametrize("exponents", [(-3, 3), (-500, 490), (-1070, 1020)])
def test_affine_images_contain_the_exact_ones(generator, exponents, layout):
    for size in (1, 2, 5, 17):
        w = spread(generator, (3, size), *exponents)
        mid = spread(generator, (4, size), *exponents)
        rad = mid.abs() * torch.rand(4, size, dtype=torch.float64, generator=generator) ** 8
        bias = spread(generator, (3,), *exponents)
        if layout == "sparse":
            w[:, ::2] = 0
        weights = Weights.of(w if layout == "dense" else w.to_sparse_csr())
        exact = product(intervals(mid, rad), columns_of(intervals(w, w * 0)))
        assert contains(affine(weights, Ball(mid=mid, rad=rad)), exact)
        offset = intervals(bias[None], bias[None] * 0)[0]
        assert contains(affine(weights, Ball(mid=mid, rad=rad), Ball.point(bias)), plus(exact, offset))


def test_a_sparse_matrix_may_store_an_entry_in_parts():
    """CSR with duplicates: each stored part counts as a term."""
    rows, columns, parts = (
        torch.tensor([0, 6]),
        torch.tensor([0] * 6),
        tensor([1.0, 2.0**-53, 2.0**-53, -1.0, 2.0**-60, 3.0]),
    )
    w = torch.sparse_csr_tensor(rows, columns, parts, (1, 1), check_invariants=False)
    weights = Weights.of(w)
    assert weights.terms == 6
    x = tensor([[0.1]])
    exact = sum((Fraction(part) for part in parts.tolist()), Fraction(0)) * Fraction(0.1)
    assert contains(affine(weights, Ball.point(x)), [[(exact, exact)]])


@pytest.mark.parametrize("layout", ["dense", "sparse"])
def test_uncertain_weights_are_covered(generator, layout):
    for size in (1, 3, 20):
        for _ in range(12):
            w, mid = spread(generator, (2, size), -4, 4), spread(generator, (3, size), -4, 4)
            rad = mid.abs() * 10.0 ** -random.uniform(0, 18)
            relative, step = 10.0 ** -random.uniform(0, 17), 10.0 ** -random.uniform(0, 17)
            radii = w.abs() * 10.0 ** -random.uniform(0, 17)
            if layout == "sparse":
                w[:, 1::2], radii[:, 1::2] = 0, 0
            stored = w if layout == "dense" else w.to_sparse_csr()
            for given in (
                {"relative": relative},
                {"step": step},
                {"rad": radii},
                {"rad": radii, "step": step, "relative": relative},
            ):
                most = w.abs() * 0
                doubt = [
                    [
                        Fraction(given.get("relative", 0)) * abs(Fraction(v))
                        + Fraction(given.get("step", 0))
                        + Fraction(r)
                        for v, r in zip(*rows, strict=True)
                    ]
                    for rows in zip(w.tolist(), (given.get("rad", most)).tolist(), strict=True)
                ]
                exact_weights = [
                    [(Fraction(v) - e, Fraction(v) + e) for v, e in zip(*rows, strict=True)]
                    for rows in zip(w.tolist(), doubt, strict=True)
                ]
                exact = product(intervals(mid, rad), columns_of(exact_weights))
                assert contains(affine(Weights.of(stored, **given), Ball(mid=mid, rad=rad)), exact)


def test_an_uncertain_bias_is_added_to_the_radius():
    bias = Ball(mid=tensor([1.0]), rad=tensor([0.25]))
    lo, hi = affine(Weights.of(tensor([[2.0]])), Ball.point(tensor([[1.0]])), bias).ends()
    assert lo.item() <= 2.75
    assert hi.item() >= 3.25
    assert hi.item() - lo.item() < 0.5 + 1e-13


def test_an_infinite_radius_of_weight_or_bias_is_the_whole_line():
    x = Ball.point(tensor([[1.0]]))
    for image in (
        affine(Weights.of(tensor([[1.0]]), rad=tensor([[inf]])), x),
        affine(Weights.of(tensor([[1.0]])), x, Ball.around(tensor([nan]), tensor([0.0]))),
        affine(Weights.of(tensor([[1.0]])), Ball.around(tensor([[1.0]]), tensor([[nan]]))),
    ):
        assert image.rad.item() == inf


@pytest.mark.parametrize("hostile", [inf, -inf, nan])
@pytest.mark.parametrize("x", [0.0, 1.0])
def test_weights_that_are_not_finite_give_the_whole_line(hostile, x):
    """Also for x = 0: a library may skip products with 0, but never all of the positive ones of the radius."""
    for weight in (tensor([[hostile, 1.0]]), tensor([[hostile, 1.0]]).to_sparse_csr()):
        image = affine(Weights.of(weight), Ball.point(tensor([[x, 1.0]])))
        assert image.rad.item() == inf


# ---------------------------------------------------------------------------------- products of balls


@pytest.mark.parametrize("exponents", [(-3, 3), (-400, 400), (-1000, 700)])
def test_products_of_balls_contain_all_sign_corners(generator, exponents):
    for size in (1, 3, 9):
        for _ in range(10):
            a, b = spread(generator, (2, size), *exponents), spread(generator, (size, 2), *exponents)
            a_rad = a.abs() * 10.0 ** -random.uniform(0, 18)
            b_rad = b.abs() * 10.0 ** -random.uniform(0, 18)
            exact = product(intervals(a, a_rad), intervals(b, b_rad))
            assert contains(matmul(Ball(mid=a, rad=a_rad), Ball(mid=b, rad=b_rad)), exact)


def test_products_of_points_of_free_magnitude(generator):
    """Underflow of g |m| times a large factor: Am = 1.2e300, Bm = 1e-310 was wrong by 2.8e-27 once."""
    cases = [(tensor([[1.2e300]]), tensor([[1e-310]])), (tensor([[1.7e308]]), tensor([[5e-324]]))]
    cases += [(tensor([[1.2e300, 1.1e300, 0.7e300]]), tensor([[1.1e-310], [3e-310], [-7e-311]]))]
    for size in (1, 2, 4):
        cases += [
            (spread(generator, (2, size), -1070, 1020), spread(generator, (size, 2), -1070, 1020)) for _ in range(150)
        ]
    for _ in range(200):
        subnormal = torch.randint(1, 2**20, (1, 1), generator=generator).double() * 5e-324
        cases.append((spread(generator, (1, 1), 90, 1000), subnormal))
    for a, b in cases:
        exact = product(intervals(a, a * 0), intervals(b, b * 0))
        assert contains(matmul_points(a, b), exact)
        assert contains(matmul(Ball.point(a), Ball.point(b)), exact)
        assert contains(affine(Weights.of(b.T.contiguous()), Ball.point(a)), exact)


def test_partial_sums_that_overflow_give_the_whole_line():
    """1.5e308 (1 + 1 - 1 - 1) = 0: a radius of rounding errors around inf or NaN would miss it."""
    w, x = tensor([[1.0, 1.0, -1.0, -1.0]]), tensor([[1.5e308] * 4])
    for image in (
        affine(Weights.of(w), Ball.point(x)),
        affine(Weights.of(w), Ball.point(x), Ball.point(tensor([0.0]))),
        affine(Weights.of(w.to_sparse_csr()), Ball.point(x)),
        matmul_points(w, x.T),
        matmul(Ball.point(w), Ball.point(x.T)),
    ):
        assert contains(image, [[(Fraction(0), Fraction(0))]])


def test_radii_that_overflow_give_the_whole_line():
    image = affine(Weights.of(tensor([[1e300]])), Ball(mid=tensor([[0.0]]), rad=tensor([[1e300]])))
    assert [end.item() for end in image.ends()] == [-inf, inf]


def test_batches_are_the_matrices_one_by_one(generator):
    a, b = spread(generator, (5, 3, 4), -2, 2), spread(generator, (5, 4, 2), -2, 2)
    whole = matmul(Ball(mid=a, rad=a.abs() * 1e-3), Ball(mid=b, rad=b.abs() * 1e-3))
    for i in range(5):
        exact = product(intervals(a[i], a[i].abs() * 1e-3), intervals(b[i], b[i].abs() * 1e-3))
        assert contains(Ball(mid=whole.mid[i], rad=whole.rad[i]), exact)


def test_a_point_layer_is_nearly_as_tight_as_the_exact_range(generator):
    w, mid = torch.randn(8, 50, dtype=torch.float64, generator=generator), torch.zeros(3, 50, dtype=torch.float64)
    rad = torch.full_like(mid, 1e-2)
    exact = rad @ w.abs().T
    assert bool((affine(Weights.of(w), Ball(mid=mid, rad=rad)).rad <= exact * (1 + 1e-12)).all())


def test_radii_survive_results_that_are_flushed_to_zero(generator):
    """The guard excludes flushing; the radii hold even so, as long as operands are normal or zero."""
    ensure_sound()
    cases = []
    for _ in range(150):
        w, mid = spread(generator, (1, 5), -600, 60), spread(generator, (1, 5), -1000, -300)
        mid[mid.abs() < 2.0**-1010] = 0
        rad = mid.abs() * 1e-3
        rad[rad < 2.0**-1010] = 0
        cases.append((w, mid, rad))
    torch.set_flush_denormal(True)
    try:
        images = [affine(Weights.of(w), Ball(mid=mid, rad=rad)) for w, mid, rad in cases]
    finally:
        torch.set_flush_denormal(False)
    for (w, mid, rad), image in zip(cases, images, strict=True):
        exact = product(intervals(mid, rad), columns_of(intervals(w, w * 0)))
        assert contains(image, exact)


@pytest.mark.parametrize("size", [50, 1000])
def test_error_bounds_of_long_sums_hold_whatever_the_order(generator, size):
    a, b = (
        torch.randn(1, size, dtype=torch.float64, generator=generator),
        torch.randn(size, 1, dtype=torch.float64, generator=generator),
    )
    exact = product(intervals(a, a * 0), intervals(b, b * 0))
    order = torch.randperm(size, generator=generator)
    for left, right in ((a, b), (a[:, order], b[order]), (a.expand(4, -1)[:1], b.expand(-1, 7)[:, :1])):
        image = matmul_points(left, right)
        assert contains(image, exact)
        assert image.rad.item() < 1e-15 * size**2


# ---------------------------------------------------------------------------------- refusals


HALF, ONE = torch.ones(1, 2), torch.ones(1, 2, dtype=torch.float64)

OTHER_DTYPES = {
    "both ends": lambda: Ball.of_ends(HALF, HALF),
    "a point": lambda: Ball.point(HALF),
    "a radius": lambda: Ball(mid=ONE, rad=HALF),
    "a ball": lambda: Ball.around(HALF, HALF),
    "weights": lambda: Weights.of(HALF),
    "radii of weights": lambda: Weights.of(ONE, rad=HALF),
    "one factor": lambda: matmul_points(HALF, ONE.T),
    "sparse weights": lambda: Weights.of(HALF.to_sparse_csr()),
    "floats": lambda: Ball.of_ends(0.5, 0.5),
}


@pytest.mark.parametrize("case", OTHER_DTYPES)
def test_other_dtypes_are_refused(case):
    with pytest.raises(TypeError, match="tensor"):
        OTHER_DTYPES[case]()


NONSENSE = {
    "a vector as matrix": lambda: Weights.of(ONE[0]),
    "radii of another shape": lambda: Weights.of(ONE, rad=ONE.T),
    "a negative error": lambda: Weights.of(ONE, relative=-1e-3),
    "an error that is no number": lambda: Weights.of(ONE, relative=nan),
    "an infinite step": lambda: Weights.of(ONE, step=inf),
    "another sparse layout": lambda: Weights.of(ONE.to_sparse_coo()),
    "a vector of another length": lambda: affine(Weights.of(ONE), Ball.point(torch.ones(3, dtype=torch.float64))),
    "factors that do not fit": lambda: matmul_points(ONE, ONE),
    "a radius of another shape": lambda: Ball(mid=ONE, rad=ONE.T),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_shapes_and_errors_that_make_no_sense_are_refused(case):
    with pytest.raises(MisuseError):
        NONSENSE[case]()


def test_floor_is_the_least_radius():
    """So that no radius is 0 where a product may have underflowed."""
    assert matmul_points(tensor([[0.0]]), tensor([[0.0]])).rad.item() == FLOOR
