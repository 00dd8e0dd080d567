"""The compiled path: the same numbers as the eager one, found wrong when it is, and missed by nobody where it is not."""

import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

import fpverify as fp
from fpverify.backends.torch64 import balls, comparison, compiled, compiler, elementwise, functions, linear, network
from fpverify.backends.torch64.library import ENDS
from fpverify.backends.torch64.rounding import total

INF, NAN = math.inf, math.nan


@pytest.fixture(scope="module", name="library")
def built_library(tmp_path_factory):
    return compiled.loaded(build(compiler.SOURCE.read_text(), tmp_path_factory.mktemp("library")))


def build(text, folder):
    """Build a library from *text* in a cache of its own; skip where there is no compiler."""
    source = folder / "kernels.c"
    source.write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        try:
            return compiler.built(source)
        except compiler.UnavailableError as error:
            pytest.skip(str(error))


def intervals(size=20_000, seed=0):
    """Thin and wide intervals of all magnitudes: uniform, of random bits, next to each other."""
    generator = torch.Generator().manual_seed(seed)
    bits = torch.randint(-(2**63), 2**63 - 1, (size,), generator=generator).view(torch.float64)
    lo = torch.cat(
        (
            torch.nan_to_num(bits, nan=0.5, posinf=INF, neginf=-INF),
            torch.randn(size, generator=generator, dtype=torch.float64) * 5,
            torch.rand(size, generator=generator, dtype=torch.float64) * 1600 - 800,
            torch.exp(torch.rand(size, generator=generator, dtype=torch.float64) * 745 - 745),
        )
    )
    lo = lo.clamp_max(1.7e308)
    thin = torch.nextafter(lo, torch.full_like(lo, INF))
    wide = lo + torch.rand(lo.numel(), generator=generator, dtype=torch.float64) * lo.abs().clamp(1e-3, 1e300)
    kind = torch.arange(lo.numel()) % 3
    hi = torch.where(kind == 0, lo, torch.where(kind == 1, thin, wide))
    return lo, torch.maximum(lo, hi)


def assert_same(found, expected):
    for ours, theirs in zip(found, expected, strict=True):
        different = ours != theirs
        assert not bool(different.any()), (ours[different][:3], theirs[different][:3])


@pytest.mark.parametrize("name", ENDS)
def test_functions_give_the_numbers_of_the_eager_path(library, name):
    x = intervals()
    assert_same(library.function(name, *x), comparison.eager(name, x))


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("size", [1, 7, 8, 9, 511, 512, 513, 1031])
def test_every_length_is_served(library, name, size):
    x = tuple(end[:size].clone() for end in intervals(2000, seed=size))
    assert_same(library.function(name, *x), comparison.eager(name, x))


@pytest.mark.parametrize("name", ENDS)
def test_a_nan_is_left_to_the_eager_path(library, name):
    lo, hi = torch.zeros(5000, dtype=torch.float64), torch.ones(5000, dtype=torch.float64)
    assert library.function(name, lo, hi) is not None
    lo[4711] = NAN
    assert library.function(name, lo, hi) is None
    assert library.function(name, -hi, lo) is None
    low, high = getattr(functions, name)((lo, hi))
    assert_same((low, high), comparison.eager(name, total(lo, hi)))


def test_conversions_give_the_numbers_of_the_eager_path(library):
    lo, hi = intervals(seed=3)
    lo[:4], hi[:4] = torch.tensor([NAN, -INF, 0.0, 5.0]), torch.tensor([1.0, INF, NAN, -5.0])
    mid, rad = balls.of_ends(lo, hi)
    assert_same(library.of_ends(lo, hi), (mid, rad))
    assert_same(library.ends(mid, rad), balls.ends(mid, rad))
    assert_same([library.factor(mid, rad, 2.0**-46, 1.0)], [balls.factor(mid, rad, 2.0**-46, 1.0)])
    offset = torch.rand(64, dtype=torch.float64)
    mid, rad = (part[: 64 * 900].reshape(900, 64) for part in (mid, rad))
    found = library.settle(mid.clone(), rad.clone(), offset, 1 + 2.0**-44)
    assert_same(found, balls.settle(mid, rad.clone(), offset, 1 + 2.0**-44))


@pytest.mark.parametrize("shared", [True, False])
def test_scaling_gives_the_numbers_of_the_eager_product(library, shared):
    a, b = intervals(6000, seed=4)
    chosen = torch.randperm(a.numel(), generator=torch.Generator().manual_seed(5))
    slope = tuple(end[chosen][: (1 if shared else 100) * 35].reshape(-1, 5, 7) for end in (a, b))
    by = tuple(end[:700].reshape(100, 7) for end in (a, b))
    expected = elementwise.mul(slope, (by[0].unsqueeze(1), by[1].unsqueeze(1)))
    assert_same(library.scale(slope, by), expected)


def test_strided_and_large_tensors_go_through_the_door(library, monkeypatch):
    monkeypatch.setattr(compiled._State, "asked", True)
    lo, hi = (end[:10_000].reshape(100, 100) for end in intervals(3000, seed=6))
    results = []
    for chosen in (library, None):
        monkeypatch.setattr(compiled._State, "library", chosen)
        ball = linear.Ball.of_ends(lo.mT, hi.mT)
        results.append((*functions.tanh((lo.mT, hi.mT)), ball.mid, ball.rad, *ball.ends()))
    assert_same(*results)


@pytest.mark.parametrize(
    "tensor",
    [
        torch._neg_view(torch.ones(5000, dtype=torch.float64)),  # pyright: ignore[reportPrivateImportUsage]
        torch._efficientzerotensor((5000,), dtype=torch.float64),  # pyright: ignore[reportPrivateImportUsage]
        torch.zeros(5000, dtype=torch.float32),
        torch.zeros(5000, dtype=torch.float64, requires_grad=True),
        torch.zeros(10, dtype=torch.float64),
        torch.zeros(5000, dtype=torch.float64, device="meta"),
    ],
)
def test_other_tensors_stay_eager(tensor):
    assert compiled.library_for(tensor) is None


def test_inside_of_vmap_the_eager_path_serves():
    x = torch.zeros(2, 5000, dtype=torch.float64)
    assert torch.vmap(lambda row: torch.tensor(compiled.library_for(row) is None).expand(1))(x).all()


@pytest.mark.parametrize("shape", [(64, 1), (1,), ()])
def test_a_bias_of_another_shape_is_added_alike_on_both_paths(library, monkeypatch, shape):
    weights, x = linear.Weights.of(torch.eye(64, dtype=torch.float64)), torch.ones(64, 64, dtype=torch.float64)
    radius = torch.arange(1, math.prod(shape) + 1, dtype=torch.float64).reshape(shape)
    bias = linear.Ball(mid=radius, rad=radius)
    monkeypatch.setattr(compiled._State, "asked", True)
    results = []
    for chosen in (library, None):
        monkeypatch.setattr(compiled._State, "library", chosen)
        ball = linear.affine(weights, linear.Ball.point(x), bias)
        results.append((ball.mid, ball.rad))
    assert_same(*results)


def test_another_default_device_changes_nothing(library):
    lo, hi = (end.reshape(1, 50, 100) for end in intervals(1250, seed=2))
    expected = library.function("tanh", lo, hi)
    with torch.device("meta"):
        assert comparison.differences(compiled.Library(compiler.built())) == []
        assert_same(library.function("tanh", lo, hi), expected)
        assert library.scale((lo, hi), (lo[0], hi[0]))[0].device.type == "cpu"


# ------------------------------------------------------------------------------------------------ sabotage


SABOTAGE = {
    "a tanh that is not widened": ("double reach = y * (10.0 * UNIT) + 16 * ETA;", "double reach = 0;"),
    "one unit less": (
        "y * ((5.5 - y * 2.3) * UNIT) + 16 * ETA; }",
        "y * ((4.5 - y * 2.3) * UNIT) + 16 * ETA; }",
    ),
    "ends exchanged": ("tanh_block(lo + i, out_lo + i, -1.0", "tanh_block(lo + i, out_lo + i, 1.0"),
    "another coefficient": ("r * (1.0 / 120))));\n    *k", "r * (1.0 / 121))));\n    *k"),
    "no second part": ("(x - whole * c[1]) - whole * c[2]", "(x - whole * c[1])"),
    "another table": ("look_up(n, c + 67, lows)", "look_up(n, c + 66, lows)"),
    "no step upward": ("hi = hi < 0x1p-1021 ? next_up(hi) : hi;", ""),
    "no step of the ends": ("or_upper(next_up(mid[i] + rad[i]))", "or_upper(mid[i] + rad[i])"),
    "a radius of one side": ("greatest(hi[i] - m, m - lo[i])", "(hi[i] - m)"),
    "no floor": ("* factor + FLOOR", "* factor"),
    "no tiny": ("size_of(mid[i]) * by_mid) + TINY", "size_of(mid[i]) * by_mid)"),
    "a NaN is passed over": ("count += x[i] != x[i]", "count += 0"),
    "a NaN of tanh is passed over": ("nans += x[i] != x[i]", "nans += 0"),
    "a NaN ball": ("(rad >= 0) & (rad < INF) & (size_of(mid) < INF)", "1"),
    "a corner is missing": ("greatest(greatest(p, q), greatest(r, s))", "greatest(greatest(p, q), r)"),
    "a sign is forgotten": ("double l = next_down(", "double l = ("),
}


@pytest.mark.parametrize("what", SABOTAGE)
def test_a_sabotaged_source_is_found_on_loading(what, tmp_path):
    text = compiler.SOURCE.read_text()
    before, after = SABOTAGE[what]
    assert before in text, "the sabotage no longer fits the source"
    with pytest.raises(compiler.UnavailableError, match="differ in"):
        compiled.loaded(build(text.replace(before, after), tmp_path))


@pytest.mark.parametrize(
    ("entry", "by"),
    [(0, 1e-3), (1, 1e-12), (2, 0.5), *((3 + j, 2.0**-51) for j in range(0, 64, 9)), (68, 1e3), (130, 1e3)],
)
def test_a_wrong_constant_is_found(library, entry, by, monkeypatch):
    """The parts of ln2/64, 2^(j/64) and the low parts, each wrong by enough to be seen in a result."""
    wrong = library._constants.clone()
    wrong[entry] *= 1 + by
    monkeypatch.setattr(library, "_constants", wrong)
    assert comparison.differences(library)


@pytest.mark.parametrize("flag", ["-ffast-math", "-ffinite-math-only"])
def test_fast_math_is_refused_by_the_source(tmp_path, monkeypatch, flag):
    monkeypatch.setattr(compiler, "FLAGS", (*compiler.FLAGS, flag))
    build("int nothing;", tmp_path)  # skips where there is no compiler
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(compiler.UnavailableError, match="refused"):
        compiler.built()


def test_a_library_without_a_function_or_of_another_kind_is_refused(tmp_path):
    (tmp_path / "text.so").write_text("no library")
    for path in (tmp_path / "text.so", tmp_path / "missing.so", build("int nothing;", tmp_path)):
        with pytest.raises(compiler.UnavailableError, match="cannot be loaded"):
            compiled.loaded(path)


FLUSHING = """
#include <xmmintrin.h>
__attribute__((constructor)) static void flush(void) { _mm_setcsr(_mm_getcsr() | 0x8040); }
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="flush-to-zero is set by an instruction of x86")
def test_a_library_that_flushes_subnormal_numbers_is_refused_and_undone(tmp_path):
    path = build(compiler.SOURCE.read_text() + FLUSHING, tmp_path)
    with pytest.raises(compiler.UnavailableError, match="flushes subnormal"):
        compiled.loaded(path)
    tiny = torch.full((9,), 2.0**-1060, dtype=torch.float64)
    assert bool((tiny * 0.5 * 2.0**1000 == 2.0**-61).all())


# ------------------------------------------------------------------------------------------------ without a compiler


USE = """
import torch
import fpverify.backends.torch64.functions as functions
x = torch.linspace(-30, 30, 20000, dtype=torch.float64)
for _ in range(3):
    low, high = functions.tanh((x, x + 1e-3))
    a, b = functions.exp((x, x))
print(float(low.sum()).hex(), float(high.sum()).hex(), float(a.sum()).hex(), float(b.sum()).hex())
from fpverify.backends.torch64 import compiled
print(compiled._State.library is not None)
"""


def use(tmp_path, **environment):
    given = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), **environment}
    done = subprocess.run([sys.executable, "-c", USE], capture_output=True, text=True, env=given, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), done.stderr


def test_without_a_compiler_one_sentence_is_said_and_the_results_are_the_same(tmp_path):
    (here, _), _ = use(tmp_path)
    (there, serves), said = use(tmp_path, PATH=str(tmp_path / "nothing"))
    assert there == here
    assert serves == "False"
    assert said.count("\n") == 1
    assert "slower path" in said
    assert "install gcc or clang" in said


def test_switched_off_nothing_is_said(tmp_path):
    (_, serves), said = use(tmp_path / "cache", FPVERIFY_COMPILED="0")
    assert serves == "False"
    assert said == ""
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o720])
def test_a_folder_that_others_can_write_is_not_used(tmp_path, mode, monkeypatch):
    build("int nothing;", tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "fpverify").mkdir()
    (tmp_path / "fpverify").chmod(mode)
    with pytest.raises(compiler.UnavailableError, match="not yours alone"):
        compiler.built()


def test_a_link_in_place_of_the_folder_is_not_used(tmp_path, monkeypatch):
    build("int nothing;", tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "other").mkdir(mode=0o700)
    (tmp_path / "fpverify").symlink_to(tmp_path / "other")
    with pytest.raises(compiler.UnavailableError, match="not yours alone"):
        compiler.built()


def test_without_a_home_or_a_source_the_eager_path_serves(tmp_path, monkeypatch):
    def nowhere(path):
        raise RuntimeError("Could not determine home directory.")

    build("int nothing;", tmp_path)
    with pytest.raises(compiler.UnavailableError, match="cannot be read"):
        compiler.built(tmp_path / "missing.c")
    monkeypatch.setattr(Path, "expanduser", nowhere)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    with pytest.raises(compiler.UnavailableError, match="home directory"):
        compiler.built()


def test_a_library_that_cannot_be_loaded_is_built_anew_by_the_next_process(tmp_path):
    build("int nothing;", tmp_path)
    use(tmp_path)
    (path,) = (tmp_path / "fpverify").glob("*.so")
    path.write_bytes(b"")
    (_, serves), said = use(tmp_path)
    assert (serves, said.count("cannot be loaded")) == ("False", 1)
    (_, serves), said = use(tmp_path)
    assert (serves, said) == ("True", "")


def test_a_library_that_others_can_write_is_built_anew(tmp_path):
    path = build("int nothing;", tmp_path)
    path.write_bytes(b"planted")
    path.chmod(0o777)
    assert build("int nothing;", tmp_path).read_bytes() != b"planted"
    assert path.stat().st_mode & 0o777 == 0o700


def test_slopes_of_a_network_are_scaled_alike_on_both_paths(library, monkeypatch):
    """And boxes that are taken in blocks get the bounds that they get together, up to the order of sums."""
    weight = [[f"{(7 * i + 3 * j) % 11 - 5}/16" for j in range(16)] for i in range(16)]
    net = fp.loop("tanh", weight=weight)
    lo = torch.randn(300, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(8))
    monkeypatch.setattr(compiled._State, "asked", True)
    results = []
    for chosen, block in ((library, 2**16), (library, 1024), (None, 2**16)):
        monkeypatch.setattr(compiled._State, "library", chosen)
        monkeypatch.setattr(network, "_BLOCK", block)
        (a, b), (c, d) = network.enclose(net, lo, lo + 0.01)
        assert c.shape == (300, 16, 16)
        results.append(torch.cat([part.flatten() for part in (a, b, c, d)]))
    assert torch.allclose(results[0], results[1], rtol=1e-13, atol=1e-13)
    assert torch.allclose(results[0], results[2], rtol=1e-13, atol=1e-13)


def test_the_folder_is_made_for_the_user_alone(tmp_path):
    path = build("int nothing;", tmp_path)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_builds_at_the_same_time_do_not_meet(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: use(tmp_path), range(4)))
    assert len({lines[0] for (lines, _) in results}) == 1
    assert all(said == "" or "install gcc or clang" in said for _, said in results)
    left = [path.name for path in Path(tmp_path).rglob("*.so")]
    assert len(left) <= 1, "no half-written file is left"


def test_another_source_is_another_file(tmp_path):
    assert build("int one;", tmp_path).name != build("int two;", tmp_path).name


def test_the_comparison_stays_cheap():
    """It is done in every process that computes on large tensors."""
    assert 1000 <= comparison.adversarial()[0].numel() <= 10_000
