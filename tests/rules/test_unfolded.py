"""unfolded: deep chains counted layer by layer."""

from fractions import Fraction
from typing import Any

import pytest

import fpverify as fp
from fpverify.kernel.arb import Arb
from fpverify.kernel.box import Box
from fpverify.kernel.region import BoxRegion, WholeSpace
from fpverify.kernel.rules._lift import unfold
from fpverify.kernel.verdict import Reason
from tests.rules.cases import Case, Table, act, affine, chain, cube, step, verify
from tests.rules.counting import counted, point, tree

T = Table("unfolded")


def deep(*weights: str, name: str = "tanh") -> fp.Network:
    """Return x <- g(w_L ... g(w_1 x)), a scalar chain."""
    layers = [layer for weight in weights for layer in (affine([[weight]], ["0"]), act(name))]
    return chain(*layers, name=f"chain of {', '.join(weights)} by {name}")


def zero(size: int, reach: str = "2") -> dict[str, Any]:
    """Return the witness that 0 is the only fixed point in a box."""
    point = {"enclosure": [["0", "0"]] * size, "unique": [[f"-{reach}", reach]] * size, "index": 1}
    return {"points": [point], "tree": "p0"}


def unfolding(network: fp.Network, region: BoxRegion) -> Case:
    whole = unfold(network)
    assert whole is not None
    return step("cover", whole, region, zero(whole.state_size))


TWO, THREE = deep("1/2", "3/10"), deep("1/2", "3/10", "-2/5")
WIDE = chain(
    affine([["1/5", "1/10"], ["0", "1/4"], ["1/5", "-1/5"]], ["0", "0", "0"]),
    act("tanh"),
    affine([["1/4", "1/10", "1/5"], ["1/5", "0", "1/10"]], ["0", "0"]),
    act("tanh"),
    size=2,
    name="2-3-2",
)
SOFT = deep("1/2", "3/10", name="softsign")

T.group("The fixed points of a chain are the last parts of those of its unfolding")
T.accept("two layers", TWO, cube(1, 1), premises=(unfolding(TWO, cube(1, 2)),))
T.accept("three layers", THREE, cube(1, 1), premises=(unfolding(THREE, cube(1, 3)),))
T.accept("layers of two widths", WIDE, cube(1, 2), premises=(unfolding(WIDE, cube(1, 5)),))
T.accept("another activation", SOFT, cube(1, 1), premises=(unfolding(SOFT, cube(1, 2)),))
T.accept("a smaller box", TWO, cube("1/2", 1), premises=(unfolding(TWO, cube("1/2", 2)),))

T.group("The inner values must lie in the box of the premise")
NARROW = fp.BoxRegion.of(("-1/5", "1/5"), ("-1", "1"))
T.reject(Reason.SELF_MAP_UNCERTAIN, "a narrow inner box", TWO, cube(1, 1), premises=(unfolding(TWO, NARROW),))
BESIDE = fp.BoxRegion.of(("-1", "2/5"), ("-1", "1"))
T.reject(Reason.SELF_MAP_UNCERTAIN, "cut on one side", TWO, cube(1, 1), premises=(unfolding(TWO, BESIDE),))

T.group("Each point has a box of its own in the last layer, too")
CLAMPED = chain(
    affine([["10/9"]], ["0"]), act("hardtanh"), affine([["10"]], ["8"]), act("hardtanh"), name="three by two clamps"
)
CLAMPED_BOX = fp.BoxRegion.of((-2, 2), ("-11/10", "11/10"))
HIGH = point([("0", "3/2"), ("-19/20", "21/20")], [("-1/5", "21/10"), ("-0.97", "3")])
LOW = point([("-21/20", "-19/20"), ("-21/20", "-23/25")], [("-2", "-0.91"), ("-2", "-0.901")])
BETWEEN = point([("-0.88", "-0.878"), ("-0.792", "-0.79")], [("-0.899", "-0.701"), ("-0.89", "-0.5")], -1)


def clamped(*points: dict[str, Any]) -> Case:
    whole = unfold(CLAMPED)
    assert whole is not None
    return step("cover", whole, CLAMPED_BOX, counted(tree(whole, CLAMPED_BOX, points, depth=30), *points))


T.accept(
    "apart in both layers",
    CLAMPED,
    cube("11/10", 1),
    premises=(clamped({**HIGH, "enclosure": [["9/10", "11/10"], ["9/10", "11/10"]]}, LOW, BETWEEN),),
)
T.reject(
    Reason.NOT_DISJOINT,
    "apart in the first layer alone: the last part of one box holds two points",
    CLAMPED,
    cube("11/10", 1),
    premises=(clamped(HIGH, LOW, BETWEEN),),
)

T.group("The premise must count all fixed points of the unfolding of this very chain")
T.reject(Reason.HYPOTHESIS_MISSING, "another chain", TWO, cube(1, 1), premises=(unfolding(SOFT, cube(1, 2)),))
T.reject(Reason.HYPOTHESIS_MISSING, "another last box", TWO, cube(1, 1), premises=(unfolding(TWO, cube("1/2", 2)),))
T.reject(
    Reason.HYPOTHESIS_MISSING, "the chain itself", TWO, cube(1, 1), premises=(step("cover", TWO, cube(1, 1), zero(1)),)
)
OPEN = step("cover", unfolding(TWO, cube(1, 2)).network, cube(1, 2), {"points": [], "tree": "?", "share": "1"})
T.reject(Reason.HYPOTHESIS_MISSING, "an open count", TWO, cube(1, 1), premises=(OPEN,))
T.reject(Reason.HYPOTHESIS_MISSING, "all of R", TWO, WholeSpace(size=1), premises=(unfolding(TWO, cube(1, 2)),))

T.group("Only chains of two or more layers with one activation are unfolded")
ONE = fp.loop("tanh", [["1/2"]])
MIXED = chain(affine([["1/2"]], ["0"]), act("tanh"), affine([["1/2"]], ["0"]), act("softsign"))
RESIDUAL = chain(affine([["1/2"]], ["0"]), act("tanh"), {"add": {"with": 0}})
OPEN_ENDED = chain(affine([["1/2"]], ["0"]), act("tanh"), affine([["1/2"]], ["0"]))
for words, network in (
    ("one layer", ONE),
    ("two activations", MIXED),
    ("a residual layer", RESIDUAL),
    ("an affine end", OPEN_ENDED),
):
    T.out_of_scope(Reason.NOT_A_CHAIN, words, network, cube(1, 1), premises=(unfolding(TWO, cube(1, 2)),))

CASES = T.cases


@T.parametrize()
def test_unfolded(case: Case) -> None:
    claim = verify(case)
    if claim is not None:
        assert claim.facts["count"] == len(claim.facts["points"]) == (3 if case.network is CLAMPED else 1)
        assert all(len(point["lower"]) == case.network.state_size for point in claim.facts["points"])


@pytest.mark.parametrize("network", [TWO, THREE, WIDE, SOFT], ids=lambda network: network.name)
def test_the_unfolding_computes_the_layers(network: fp.Network) -> None:
    """With the values of the layers of x as its state, the unfolding returns them again, and f(x) last."""
    whole, backend = unfold(network), Arb(200)
    assert whole is not None
    x = [Fraction(3, 10), Fraction(-7, 10)][: network.state_size]
    values = network.trace(Box.point(x, backend))[2::2]
    inner = [end for value in values[:-1] for end in value.lower()]
    image = whole.enclose(Box.point([*inner, *x], backend))
    expected = [float(end) for value in values for end in value.lower()]
    assert [float(end) for end in image.lower()] == pytest.approx(expected, abs=1e-15)


def test_types_are_divided_by_the_depth() -> None:
    """x <- tanh(2 tanh(2 x)) repels at 0: the eigenvalues 2 and -2 of the unfolding stand for one eigenvalue 4."""
    steep, box = deep("2", "2"), fp.BoxRegion.of(("-1/4", "1/4"), ("-1/8", "1/8"))
    whole = unfold(steep)
    assert whole is not None
    point = {"enclosure": [["0", "0"]] * 2, "unique": [["-3/10", "3/10"]] * 2, "index": -1}
    cover = step("cover", whole, box, {"points": [point], "tree": "p0"})
    signs = {"transform": [["1", "1"], ["1", "-1"]], "inverse": [["1/2", "1/2"], ["1/2", "-1/2"]], "signs": [-1, -1]}
    typed = step("spectrum", whole, box, {"points": [signs]}, premises=(cover,))
    claim = verify(step("unfolded", steep, cube("1/8", 1), premises=(typed,)))
    assert claim is not None
    assert claim.facts["points"][0]["unstable_dimension"] == 1
    assert claim.facts["points"][0]["index"] == -1
