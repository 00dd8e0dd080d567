"""The parts of the search: the tree's text, the registry of points, borders, saved states, and what NaN may not do."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

import fpverify as fp
from fpverify.kernel.errors import MisuseError
from fpverify.search._branch import saved, solve, tree
from fpverify.search._branch.borders import Enclosure, settle_at_border
from fpverify.search._branch.krawczyk import krawczyk
from fpverify.search._branch.maps import Image, Map, map_of
from fpverify.search._branch.registry import Registry
from fpverify.search._branch.tree import Tree, dyadic_text
from fpverify.search._branch.witness import decimal

CPU = torch.device("cpu")
CELL = fp.loop("tanh", [["2", "0.1"], ["-0.1", "2"]])


def tensor(*values: object) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def small_tree() -> Tree:
    """0 is cut into 1 and 2; 1 holds point 5; 2 is contracted and goes on as 3, which is cut into 4 (empty) and 5 (open)."""
    found = Tree()
    assert found.add(2) == 1
    found.record(np.array([0]), end=tree.SPLIT, child=np.array([1]), number=np.array([1]), place=np.array([-0.25]))
    found.record(np.array([1]), end=tree.KNOWN, number=np.array([5]))
    assert found.add(1) == 3
    found.record(np.array([2]), end=tree.ONWARD, step=np.array([1]), child=np.array([3]))
    assert found.add(2) == 4
    found.record(np.array([3]), end=tree.SPLIT, child=np.array([4]), number=np.array([0]), place=np.array([1.5]))
    found.record(np.array([4]), end=tree.EMPTY_K)
    return found


def test_tree_is_written_in_preorder() -> None:
    """Splits, steps and leaves, with the points renamed."""
    assert small_tree().tokens({5: 0}) == "s1:-1/4 p0 f s0:3/2 k ?"
    assert small_tree().points() == [5]


def test_two_open_halves_are_one_open_box() -> None:
    """A box of which nothing was settled is one leaf."""
    found = small_tree()
    found.record(np.array([4]), end=tree.UNDECIDED)
    assert found.tokens() == "s1:-1/4 p5 f ?"


def test_a_cut_tree_leaves_open_what_lies_below() -> None:
    """Only so many boxes with work are kept; what is told open holds all that is open."""
    found = small_tree()
    low, high = found.cut(1, np.array([-1.0, -1.0]), np.array([2.0, 1.0]))
    assert found.tokens({5: 0}) == "s1:-1/4 p0 f ?"
    assert low.min(0).tolist() == [-1, -0.25]
    assert high.max(0).tolist() == [2, 1]


@pytest.mark.parametrize(("value", "text"), [(0.5, "1/2"), (-3.0, "-3"), (0.0, "0"), (2.0**-20, "1/1048576")])
def test_places_of_cuts_are_exact(value: float, text: str) -> None:
    """The text denotes the float."""
    assert dyadic_text(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"), [(-5, 3, "-0.005"), (1200, 2, "12"), (0, 4, "0"), (105, 1, "10.5")]
)
def test_decimals_are_short_and_exact(value: int, digits: int, text: str) -> None:
    """Zeros at the end are left out."""
    assert decimal(value, digits) == text
    assert Fraction(text) == Fraction(value, 10**digits)


def test_registry_tells_points_apart() -> None:
    """Places within the tolerance are one point, whatever else lies at the same height along the sorting direction."""
    registry = Registry(2, 1e-7)
    places = tensor([0, 0], [1, 1], [1e-9, 0], [0, 1], [1, 1 - 1e-9])
    chosen = registry.distinct(places)
    assert chosen.tolist() == [0, 1, 3]
    assert registry.find(places).tolist() == [-1] * 5


def test_points_on_a_face_are_exact_and_others_refined() -> None:
    """0 is a fixed point, exactly; the others are told from a face that passes 1e-15 beside them."""
    half = fp.loop("tanh", [[2]])
    exact = settle_at_border(half, fp.BoxRegion.of((0, 1)), Enclosure((-5,), (5,), 12), tensor(1e-14))
    assert (exact.low, exact.high) == ((0,), (0,))
    near = Enclosure((957504024070,), (957504024080,), 12)
    finer = settle_at_border(half, fp.BoxRegion.of(("0.9575040240772686", 1)), near, tensor(0.957504024077))
    assert finer.digits > 20
    assert finer.side(fp.BoxRegion.of(("0.9575040240772686", 1))) != 0


@pytest.mark.parametrize("quick", [True, False])
def test_images_hold_the_values_and_slopes(quick: bool) -> None:
    """Both forms of a map hold random values of f."""
    f = map_of(CELL, CPU, quick=quick)
    generator = torch.Generator().manual_seed(3)
    c = torch.rand(50, 2, dtype=torch.float64, generator=generator) * 2 - 1
    r = torch.rand(50, 2, dtype=torch.float64, generator=generator)
    image = f.image(c, r)
    for _ in range(20):
        x = c + r * (torch.rand(50, 2, dtype=torch.float64, generator=generator) * 2 - 1)
        low, high = f.value(x)
        assert ((image.low <= low) & (high <= image.high)).all()


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
def test_nan_and_infinity_exclude_no_box_and_certify_no_point(bad: float) -> None:
    """A map of which nothing is known: boxes are split until they are small, and left undecided."""

    def image(c: torch.Tensor, r: torch.Tensor) -> Image:
        whole = torch.full_like(c, torch.inf)
        return Image(-whole, whole, torch.full((*c.shape, c.shape[1]), bad, dtype=c.dtype), torch.full_like(c, bad))

    f = Map(image, lambda c: (torch.full_like(c, bad), torch.full_like(c, bad)))
    operator = krawczyk(f, tensor([0.0]), tensor([1.0]))
    assert not operator.contracts(tensor([1.0]), 1.0).any()
    state = solve.start(tensor(0.0), tensor(1.0), 1e-7)
    assert solve.solve(f, state, solve.Settings(CPU, tensor(0.1)), lambda _: False)
    assert state.tree.tokens() == "?"
    assert len(state.registry) == 0


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    """A file that was cut, or that another search wrote, is never continued."""
    state = solve.start(tensor(0.0, 0.0), tensor(1.0, 1.0), 1e-7)
    path = tmp_path / "search"
    saved.save(path, {"network": "a"}, state)
    again, header = saved.load(path, {"network": "a"}, 1e-7)
    assert (header, again.low.tolist(), again.number.tolist()) == ({"network": "a"}, [[0, 0]], [0])
    with pytest.raises(MisuseError, match="another network"):
        saved.load(path, {"network": "b"}, 1e-7)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(MisuseError):
        saved.load(path, {"network": "a"}, 1e-7)
