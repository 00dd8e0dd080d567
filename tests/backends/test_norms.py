"""Norm bounds against exact lower bounds of the norms: row sums and Rayleigh quotients in Fractions."""

import subprocess
import sys
from fractions import Fraction
from math import inf, isnan, nan

import pytest
import torch

from fpverify.backends.torch64 import norms
from fpverify.backends.torch64.linear import Ball
from fpverify.kernel.errors import MisuseError

TWO_NORMS = {
    name: getattr(norms, name)
    for name in ("mixed_norm", "frobenius_norm", "perron_norm", "gram_norm", "cholesky_norm", "two_norm")
}
ALL_NORMS = {**TWO_NORMS, "sup_norm": norms.sup_norm, "one_norm": norms.one_norm}
SHARP = ["gram_norm", "cholesky_norm", "two_norm"]
SCALES = [1.0, 1e-150, 1e-155, 1e-160, 1e-165, 1e-200, 1e-300, 5e-324, 1e150, 1e300, 1e307]


def tensor(data):
    return torch.tensor(data, dtype=torch.float64)


def fractions(matrix):
    return [[Fraction(value) for value in row] for row in matrix.tolist()]


def exceeds(bound, value):
    """Whether *bound*, a float or inf, is at least the exact *value*."""
    return bound == inf or (not isnan(bound) and Fraction(bound) >= value)


def image(matrix, x):
    return [sum((a * b for a, b in zip(row, x, strict=True)), Fraction(0)) for row in matrix]


def dot(x, y):
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))


def two_norm_at_most(matrix, bound, vectors):
    """Whether no |A x| / |x| over *vectors* proves that the 2-norm exceeds *bound*."""
    rows = fractions(matrix)
    for vector in vectors.T.tolist():
        x = [Fraction(value) for value in vector]
        y = image(rows, x)
        if isnan(bound) or (bound != inf and dot(y, y) > Fraction(bound) ** 2 * dot(x, x)):
            return False
    return True


def right_vectors(matrix):
    """Near right singular vectors of the largest singular values; of the scaled matrix, so that nothing overflows."""
    largest = matrix.abs().max()
    scaled = matrix / largest if 0 < largest < inf else matrix
    return torch.linalg.svd(scaled).Vh[:2].T


def members(ball, generator):
    """Some real matrices of a ball with exactly representable entries: midpoint when rad = 0, else corners and others."""
    lo, hi = ball.mid - ball.rad * (1 - 1e-12), ball.mid + ball.rad * (1 - 1e-12)
    if not bool(ball.rad.any()):
        return [ball.mid]
    coins = [torch.rand(ball.mid.shape, generator=generator, dtype=torch.float64) for _ in range(3)]
    same_sign = torch.where(ball.mid >= 0, hi, lo)
    return [same_sign, *(torch.where(coin < 0.5, lo, hi) for coin in coins)]


def random_balls(generator):
    for rows, columns in ((1, 1), (2, 2), (3, 5), (5, 3), (12, 12), (30, 30)):
        mid = torch.randn(rows, columns, dtype=torch.float64, generator=generator)
        for rad in (mid.abs() * 0, mid.abs() * 1e-9, torch.full_like(mid, 0.1)):
            yield Ball(mid=mid, rad=rad)
    low_rank = torch.randn(9, 2, dtype=torch.float64, generator=generator)
    yield Ball.point(low_rank @ low_rank.T)
    yield Ball.point(torch.triu(torch.ones(8, 8, dtype=torch.float64)))
    yield Ball.point(torch.ones(6, 6, dtype=torch.float64))
    yield Ball.point(torch.diag(tensor([1.0, 1e-8, 0.0])))
    yield Ball.point(tensor([[0.0, 1.0], [1.0, 0.0]]))


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(11)


# ---------------------------------------------------------------------------------- containment


@pytest.mark.parametrize("name", TWO_NORMS)
def test_two_norms_are_bounded(name, generator):
    for ball in random_balls(generator):
        bound = TWO_NORMS[name](ball).item()
        for member in members(ball, generator):
            assert two_norm_at_most(member, bound, right_vectors(member))


def exact_rows(ball):
    return [
        [abs(m) + r for m, r in zip(*rows, strict=True)]
        for rows in zip(fractions(ball.mid), fractions(ball.rad), strict=True)
    ]


def test_row_and_column_norms_are_bounded(generator):
    for ball in random_balls(generator):
        rows = exact_rows(ball)
        sup, one = max(map(sum, rows)), max(map(sum, zip(*rows, strict=True)))
        for bound, exact in ((norms.sup_norm(ball).item(), sup), (norms.one_norm(ball).item(), one)):
            assert exact <= Fraction(bound) <= exact * (1 + Fraction(1, 10**13))


def test_weighted_norms_are_bounded(generator):
    for ball in random_balls(generator):
        size = ball.shape[0]
        if ball.shape[1] != size:
            continue
        w = torch.exp2(torch.randint(-40, 40, (size,), generator=generator).double()) * 0.7
        rows, exact_w = exact_rows(ball), [Fraction(value) for value in w.tolist()]
        sup = max(dot(row, exact_w) / scale for row, scale in zip(rows, exact_w, strict=True))
        one = max(dot(column, exact_w) / scale for column, scale in zip(zip(*rows, strict=True), exact_w, strict=True))
        for bound, exact in ((norms.sup_norm(ball, w).item(), sup), (norms.one_norm(ball, w).item(), one)):
            assert exact <= Fraction(bound) <= exact * (1 + Fraction(1, 10**13))
        scaled = norms.in_weights(ball, w)
        assert exceeds(norms.sup_norm(scaled).item(), sup)
        for member in members(ball, generator):
            moved = member * w / w[:, None]
            assert bool(((moved - scaled.mid).abs() <= scaled.rad * (1 + 1e-9) + moved.abs() * 1e-14).all())


def test_logarithmic_norms_are_bounded(generator):
    for ball in random_balls(generator):
        size = ball.shape[0]
        if ball.shape[1] != size:
            continue
        for shift in (0.0, -3.0, -1e6):
            moved = Ball(mid=ball.mid + shift * torch.eye(size, dtype=torch.float64), rad=ball.rad)
            sup, two = norms.sup_log_norm(moved).item(), norms.two_log_norm(moved).item()
            for member in members(moved, generator):
                rows = fractions(member)
                exact = max(row[i] + sum(map(abs, row)) - abs(row[i]) for i, row in enumerate(rows))
                assert exceeds(sup, exact)
                vector = torch.linalg.eigh((member + member.T) / 2).eigenvectors[:, -1].tolist()
                x = [Fraction(value) for value in vector]
                assert exceeds(two, dot(x, image(rows, x)) / dot(x, x))


def test_weighted_logarithmic_norm_is_bounded(generator):
    mid = torch.randn(6, 6, dtype=torch.float64, generator=generator)
    w = torch.rand(6, dtype=torch.float64, generator=generator) + 0.1
    bound = norms.sup_log_norm(Ball.point(mid), w).item()
    rows, scale = fractions(mid), [Fraction(value) for value in w.tolist()]
    exact = max(
        row[i] + sum((abs(row[j]) * scale[j] for j in range(6) if j != i), Fraction(0)) / scale[i]
        for i, row in enumerate(rows)
    )
    assert exact <= Fraction(bound) <= exact + Fraction(1, 10**13)


# ---------------------------------------------------------------------------------- sharpness


@pytest.mark.parametrize("name", SHARP)
def test_sharp_bounds_are_sharp(name, generator):
    """A matrix with a gap between its singular values, so that the power iteration of the Cholesky bound settles."""
    mid = torch.randn(40, 40, dtype=torch.float64, generator=generator) / 7 + torch.ones(40, 40, dtype=torch.float64)
    near = torch.linalg.matrix_norm(mid, 2).item()
    assert near * (1 - 1e-12) <= TWO_NORMS[name](Ball.point(mid)).item() <= near * (1 + 1e-7)


def test_log_norms_are_sharp(generator):
    mid = torch.randn(30, 30, dtype=torch.float64, generator=generator)
    near = torch.linalg.eigvalsh((mid + mid.T) / 2)[-1].item()
    assert norms.two_log_norm(Ball.point(mid)).item() <= near + 1e-10
    stable = Ball.point(mid - 100 * torch.eye(30, dtype=torch.float64))
    assert norms.two_log_norm(stable).item() <= near - 100 + 1e-8 < 0


def test_perron_weights_lower_the_sup_norm():
    """[[0, 9], [1/9, 0]] has spectral radius 1 and sup norm 9."""
    ball = Ball.point(tensor([[0.0, 9.0], [1 / 9, 0.0]]))
    assert norms.sup_norm(ball, norms.perron_weights(ball)).item() < 1 + 1e-6
    assert norms.spectral_radius(ball).item() < 1 + 1e-6


def test_the_spectral_radius_is_bounded(generator):
    for ball in random_balls(generator):
        if ball.shape[0] == ball.shape[1]:
            bound = norms.spectral_radius(ball).item()
            assert bound >= torch.linalg.eigvals(ball.mid.abs() + ball.rad).abs().max().item() * (1 - 1e-9)


# ---------------------------------------------------------------------------------- extreme magnitudes


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", ALL_NORMS)
def test_bounds_hold_at_every_scale(name, scale):
    """The matrix with all entries s has the norm 4 s in each of these; a root of a product is 0 below 1e-162."""
    ball = Ball.point(torch.full((4, 4), scale, dtype=torch.float64))
    bound = ALL_NORMS[name](ball).item()
    assert exceeds(bound, 4 * Fraction(scale))
    if scale > 1e-300:
        assert bound < 4.01 * scale, "scaled, so that it is as sharp as elsewhere"


@pytest.mark.parametrize("name", ALL_NORMS)
def test_radii_alone_are_bounded_at_every_scale(name):
    for scale in SCALES:
        ball = Ball(mid=torch.zeros(4, 4, dtype=torch.float64), rad=torch.full((4, 4), scale, dtype=torch.float64))
        assert exceeds(ALL_NORMS[name](ball).item(), 4 * Fraction(scale))


@pytest.mark.parametrize("name", ALL_NORMS)
def test_one_tiny_number(name, generator):
    for exponent in range(-580, -460, 3):
        number = (1 + torch.rand(1, generator=generator, dtype=torch.float64).item()) * 2.0**exponent
        assert exceeds(ALL_NORMS[name](Ball.point(tensor([[number]]))).item(), Fraction(number))


@pytest.mark.parametrize("name", ALL_NORMS)
def test_mixed_magnitudes(name, generator):
    for _ in range(30):
        exponents = torch.randint(-400, 400, (3, 3), generator=generator).double()
        mid = torch.randn(3, 3, dtype=torch.float64, generator=generator) * torch.exp2(exponents)
        bound = ALL_NORMS[name](Ball.point(mid)).item()
        rows = fractions(mid)
        columns = [dot(column, column) for column in zip(*rows, strict=True)]
        if name == "sup_norm":
            assert exceeds(bound, max(sum(map(abs, row)) for row in rows))
        elif name == "one_norm":
            assert exceeds(bound, max(sum(map(abs, column)) for column in zip(*rows, strict=True)))
        else:
            assert bound == inf or Fraction(bound) ** 2 >= max(columns)


@pytest.mark.parametrize("scale", SCALES)
def test_log_norms_at_every_scale(scale):
    ball = Ball.point(torch.full((4, 4), scale, dtype=torch.float64))
    assert exceeds(norms.sup_log_norm(ball).item(), 4 * Fraction(scale))
    assert exceeds(norms.two_log_norm(ball).item(), 4 * Fraction(scale))
    negative = Ball.point(-torch.full((4, 4), scale, dtype=torch.float64))
    assert exceeds(norms.two_log_norm(negative).item(), Fraction(0))


@pytest.mark.parametrize("name", [*ALL_NORMS, "spectral_radius", "two_log_norm", "sup_log_norm"])
def test_a_zero_matrix_has_the_norm_zero(name):
    ball = Ball.point(torch.zeros(2, 3, 3, dtype=torch.float64))
    assert getattr(norms, name)(ball).tolist() == [0, 0]


@pytest.mark.parametrize("name", [*ALL_NORMS, "spectral_radius", "two_log_norm", "sup_log_norm"])
@pytest.mark.parametrize("hostile", [nan, inf, -inf])
def test_what_is_not_finite_gives_infinity_for_its_matrix_alone(name, hostile):
    for field in ("mid", "rad"):
        parts = {
            "mid": torch.eye(3, dtype=torch.float64).repeat(2, 1, 1),
            "rad": torch.zeros(2, 3, 3, dtype=torch.float64),
        }
        parts[field][1, 0, 1] = abs(hostile) if field == "rad" else hostile
        bad, good = getattr(norms, name)(Ball(**parts)).flip(0).tolist()
        assert bad == inf
        assert good < 2
        assert getattr(norms, name)(Ball.around(**parts))[1].item() == inf


@pytest.mark.parametrize("weight", [0.0, -1.0, nan, inf, 2.0**-101, 2.0**101])
def test_weights_that_are_no_weights_give_infinity(weight):
    ball, w = Ball.point(torch.ones(2, 2, dtype=torch.float64)), tensor([1.0, weight])
    for bound in (
        norms.sup_norm(ball, w),
        norms.one_norm(ball, w),
        norms.sup_log_norm(ball, w),
        norms.sup_norm(norms.in_weights(ball, w)),
    ):
        assert bound.item() == inf


# ---------------------------------------------------------------------------------- hostile proposals


def hostile_matrices():
    for size in (3, 50):
        generator = torch.Generator().manual_seed(size)
        yield torch.randn(size, size, dtype=torch.float64, generator=generator) / size**0.5


PROPOSALS = {
    "identity": lambda m: torch.eye(m.shape[-1], dtype=torch.float64).expand(m.shape),
    "zero": torch.zeros_like,
    "nan": lambda m: torch.full_like(m, nan),
    "infinite": lambda m: torch.full_like(m, inf),
    "half": lambda m: torch.eye(m.shape[-1], dtype=torch.float64).expand(m.shape) / 2,
    "twice": lambda m: torch.linalg.qr(m).Q * 2,
    "shrunk": lambda m: torch.linalg.qr(m).Q * (1 - 1e-3),
    "garbage": lambda m: m * 1e3,
}


@pytest.mark.parametrize("proposal", PROPOSALS)
def test_eigenvectors_are_not_trusted(proposal, monkeypatch):
    class Result:
        def __init__(self, matrix):
            self.eigenvectors = PROPOSALS[proposal](matrix)

    for matrix in hostile_matrices():
        vectors = right_vectors(matrix)
        symmetric = (matrix + matrix.T) / 2
        top = torch.linalg.eigh(symmetric).eigenvectors[:, -1].tolist()
        with monkeypatch.context() as patch:
            patch.setattr(torch.linalg, "eigh", Result)
            bound, log_bound = norms.gram_norm(Ball.point(matrix)).item(), norms.two_log_norm(Ball.point(matrix)).item()
        assert two_norm_at_most(matrix, bound, vectors)
        x = [Fraction(value) for value in top]
        assert exceeds(log_bound, dot(x, image(fractions(matrix), x)) / dot(x, x))


def test_a_failed_eigendecomposition_leaves_a_bound(monkeypatch):
    def fails(matrix):
        raise torch.linalg.LinAlgError("did not converge")  # pyright: ignore[reportPrivateImportUsage]

    monkeypatch.setattr(torch.linalg, "eigh", fails)
    for matrix in hostile_matrices():
        assert two_norm_at_most(matrix, norms.gram_norm(Ball.point(matrix)).item(), right_vectors(matrix))


@pytest.mark.parametrize("proposal", PROPOSALS)
def test_cholesky_factors_are_not_trusted(proposal, monkeypatch):
    """A library may claim success for any factor: only the residual is believed."""
    monkeypatch.setattr(
        torch.linalg, "cholesky_ex", lambda m: (PROPOSALS[proposal](m), torch.zeros(m.shape[:-2], dtype=torch.int32))
    )
    for matrix in hostile_matrices():
        assert two_norm_at_most(matrix, norms.cholesky_norm(Ball.point(matrix)).item(), right_vectors(matrix))


def test_a_factor_of_a_shifted_matrix_does_not_lower_the_bound(monkeypatch):
    factor = torch.linalg.cholesky_ex
    for shift in (1e-3, 1.0):
        for matrix in hostile_matrices():
            with monkeypatch.context() as patch:
                identity = torch.eye(len(matrix), dtype=torch.float64)
                patch.setattr(
                    torch.linalg,
                    "cholesky_ex",
                    lambda m, e=identity, s=shift: (factor(m + s * e).L, factor(m).info * 0),
                )
                bound = norms.cholesky_norm(Ball.point(matrix)).item()
            assert two_norm_at_most(matrix, bound, right_vectors(matrix))


@pytest.mark.parametrize("estimate", [0.0, -1.0, 0.5, 1e300, nan, inf])
def test_the_estimate_of_the_largest_eigenvalue_is_not_trusted(estimate, monkeypatch):
    monkeypatch.setattr(
        norms, "_ritz_estimate", lambda gram, steps: torch.full(gram.shape[:-2], estimate, dtype=torch.float64)
    )
    for matrix in hostile_matrices():
        assert two_norm_at_most(matrix, norms.cholesky_norm(Ball.point(matrix)).item(), right_vectors(matrix))


@pytest.mark.parametrize("offset", [-900, -60, 60, 900])
def test_the_exponent_of_the_scaling_is_not_trusted(offset, monkeypatch):
    class Result:
        def __init__(self, x):
            self.exponent = torch.full(x.shape, offset, dtype=torch.int32)

    monkeypatch.setattr(torch, "frexp", Result)
    for matrix in hostile_matrices():
        for norm in TWO_NORMS.values():
            assert two_norm_at_most(matrix, norm(Ball.point(matrix)).item(), right_vectors(matrix))


def test_roots_are_not_trusted(monkeypatch):
    """torch.sqrt is not correctly rounded on the CPU; here it is wrong by a factor."""
    true = torch.sqrt
    for error in (0.5, 1 - 1e-9, -1.0, 2.0, nan, 0.0):
        with monkeypatch.context() as patch:
            patch.setattr(torch, "sqrt", lambda x, e=error: true(x) * e)
            for matrix in hostile_matrices():
                bounds = [norm(Ball.point(matrix)).item() for norm in TWO_NORMS.values()]
                assert all(two_norm_at_most(matrix, bound, right_vectors(matrix)) for bound in bounds)


def test_roots_round_up(generator):
    x = torch.exp2(torch.rand(20000, dtype=torch.float64, generator=generator) * 2000 - 1050)
    roots = norms._root(x)
    for value, root in zip(x.tolist(), roots.tolist(), strict=True):
        assert Fraction(root) ** 2 >= Fraction(value)
    inner = (x > 2.0**-890) & (x < 2.0**990)
    assert bool((roots[inner] <= true_root(x[inner]) * (1 + 1e-15)).all())


def true_root(x):
    return torch.sqrt(x)


def test_bounds_survive_python_minus_o():
    """`python -O` removes every assert: no bound may rest on one."""
    code = (
        "import torch; from fpverify.backends.torch64 import norms; from fpverify.backends.torch64.linear import Ball\n"
        "torch.linalg.cholesky_ex = lambda m: (m * 0, torch.zeros(m.shape[:-2], dtype=torch.int32))\n"
        "b = Ball.point(torch.eye(3, dtype=torch.float64))\n"
        "assert False\n"
        "print(norms.cholesky_norm(b).item() >= 1, norms.sup_norm(Ball.around(b.mid / 0, b.rad)).item())\n"
        "try: Ball.point(torch.ones(2))\n"
        "except TypeError: print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-O", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "inf", "refused"]


# ---------------------------------------------------------------------------------- batches and refusals


def test_batches_are_the_matrices_one_by_one(generator):
    mid = torch.randn(2, 3, 4, 4, dtype=torch.float64, generator=generator)
    for norm in ALL_NORMS.values():
        bounds = norm(Ball(mid=mid, rad=mid.abs() * 1e-6))
        assert bounds.shape == (2, 3)
        single = norm(Ball(mid=mid[1, 2], rad=mid[1, 2].abs() * 1e-6))
        assert abs(bounds[1, 2].item() / single.item() - 1) < 1e-3


@pytest.mark.parametrize("name", ["sup_log_norm", "two_log_norm", "perron_weights", "spectral_radius"])
def test_square_matrices_are_required(name):
    with pytest.raises(MisuseError, match="square"):
        getattr(norms, name)(Ball.point(torch.ones(2, 3, dtype=torch.float64)))


def test_vectors_have_no_operator_norm():
    with pytest.raises(MisuseError, match="matrices"):
        norms.sup_norm(Ball.point(torch.ones(3, dtype=torch.float64)))


def test_float32_weights_are_refused():
    with pytest.raises(TypeError):
        norms.sup_norm(Ball.point(torch.ones(3, 3, dtype=torch.float64)), torch.ones(3))


# ---------------------------------------------------------------------------------- products without a radius


@pytest.mark.parametrize("scale", [1.0, 1e-150, 2.0**-530, 1e140])
def test_row_sums_of_errors_of_products_are_bounded(scale, generator):
    """fl(M M^T) against M M^T in Fractions, also where products underflow."""
    left = torch.randn(7, 40, dtype=torch.float64, generator=generator) * scale
    rows, found = fractions(left), (left @ left.T).tolist()
    for row, given, bound in zip(rows, found, norms._row_errors(left).tolist(), strict=True):
        error = sum(abs(Fraction(value) - dot(row, other)) for value, other in zip(given, rows, strict=True))
        assert exceeds(bound, error)
        assert scale < 1 or Fraction(bound) < Fraction(7 * 4000 * scale * scale * 40 * 2.0**-53)


def test_cholesky_bounds_are_sharp_where_norms_are_close(generator):
    """Two singular values a millionth apart, a multiple one, one that dominates, and rank one; in a batch and alone."""
    turned, _ = torch.linalg.qr(torch.randn(40, 40, dtype=torch.float64, generator=generator))
    other, _ = torch.linalg.qr(torch.randn(40, 40, dtype=torch.float64, generator=generator))
    spectra = [torch.linspace(0, 1, 40).double() for _ in range(4)]
    spectra[0][-2], spectra[1][:], spectra[2][-1], spectra[3][:-1] = 1 - 1e-6, 1.0, 100.0, 0.0
    batch = torch.stack([(turned * spectrum) @ other.T for spectrum in spectra])
    together = norms.cholesky_norm(Ball.point(batch))
    for matrix, bound in zip(batch, together.tolist(), strict=True):
        assert two_norm_at_most(matrix, bound, right_vectors(matrix))
        assert bound <= torch.linalg.matrix_norm(matrix, 2).item() * (1 + 1e-4)
        alone = norms.cholesky_norm(Ball.point(matrix)).item()
        assert two_norm_at_most(matrix, alone, right_vectors(matrix))
        assert alone <= torch.linalg.matrix_norm(matrix, 2).item() * (1 + 1e-4)


def test_a_product_without_error_in_the_residual_is_caught(monkeypatch):
    """Without g_n the row sums of errors are nearly 0, and too small."""
    matrix = tensor([[0.1 * k for k in range(1, 30)]] * 3)
    monkeypatch.setattr(norms, "gamma", lambda terms: 0.0)
    left = norms._row_errors(matrix).tolist()
    rows, found = fractions(matrix), (matrix @ matrix.T).tolist()
    errors = [
        sum(abs(Fraction(value) - dot(row, other)) for value, other in zip(given, rows, strict=True))
        for row, given in zip(rows, found, strict=True)
    ]
    assert any(not exceeds(bound, error) for bound, error in zip(left, errors, strict=True))
