"""The count by depth of trained networks: its verdict on made-up numbers, both ways, and two cells of the real thing."""

from dataclasses import replace

import pytest

from fpverify import Evidence
from fpverify.experiments.trained_emergence import Depth, conclude, is_constant, one_depth, rises_then_falls
from fpverify.numeric.bootstrap import Estimate, mean_interval


def _estimates(*triples: tuple[float, float, float]) -> list[Estimate]:
    return [Estimate(value=value, low=low, high=high) for low, value, high in triples]


ONE = (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("triples", "seen"),
    [
        ([(1.2, 1.5, 1.8), (4, 5, 6), ONE], True),
        ([(1.2, 1.5, 4.1), (4, 5, 6), ONE], False),
        ([(1.2, 1.5, 1.8), (4, 5, 6), (1, 1.1, 1.3)], False),
        ([(4, 5, 6), (1.2, 1.5, 1.8), ONE], False),
        ([ONE, ONE, ONE], False),
        ([(1.2, 1.5, 1.8), (2, 3, 4), (4, 5, 6)], False),
    ],
    ids=["clear", "first overlaps", "last is not 1", "falls only", "constant", "rises only"],
)
def test_a_rise_and_fall_is_read_off_the_intervals(triples: list[tuple[float, float, float]], seen: bool) -> None:
    assert rises_then_falls(_estimates(*triples)) is seen


def _depth(depth: int, after: list[int], error: float = 0.1) -> Depth:
    n = len(after)
    return Depth(
        series="normal",
        depth=depth,
        before=[1] * n,
        after=after,
        missed=(0.0, 0.0),
        errors=[error] * n,
        variances=[0.2] * n,
        spreads=[0.001] * n,
    )


HUMP = [_depth(1, [1, 2, 1, 2]), _depth(8, [8, 9, 8, 9], 0.02), _depth(40, [1, 1, 1, 1], 0.2)]


def test_the_verdict_follows_the_numbers() -> None:
    seen = conclude({"normal": HUMP}, quick=True)
    assert seen.evidence is Evidence.EMPIRICAL
    assert "rises and falls to 1" in seen.sentence
    assert "tends to a constant map" in seen.sentence
    flat = conclude({"normal": [replace(depth, after=[2, 2, 2, 2]) for depth in HUMP]}, quick=True)
    assert flat.evidence is Evidence.NOT_REPRODUCED
    assert "does not rise" in flat.sentence


def test_the_mechanism_is_only_stated_where_it_is_seen() -> None:
    learnt = conclude({"normal": [*HUMP[:2], replace(HUMP[2], errors=[0.05] * 4)]}, quick=False)
    assert "constant map" not in learnt.sentence
    assert is_constant(0.19, 0.2, 1e-3)
    assert not is_constant(0.19, 0.2, 0.5)
    assert not is_constant(0.1, 0.2, 1e-3)


def test_an_untrained_hump_is_reported() -> None:
    finding = conclude({"normal": [replace(depth, before=depth.after) for depth in HUMP]}, quick=False)
    assert "shows it, too" in finding.sentence
    assert not finding.left_out


def test_longer_training_is_reported_beside_the_short_one() -> None:
    deep = [replace(_depth(24, [2, 1, 2, 1]), series="normal"), HUMP[2]]
    longer, larger = (
        replace(_depth(24, after), series=name) for name, after in (("longer", [3] * 4), ("larger", [9] * 4))
    )
    found = {"normal": [*HUMP[:2], *deep], "longer": [longer], "larger": [larger]}
    words = conclude(found, quick=False).sentence
    assert "At L = 24, where Q is 1.50 [1.00, 2.00], it is 3.00 [3.00, 3.00]" in words
    assert "and 9.00 [9.00, 9.00] if besides the initial weights" in words


def test_eight_layers_store_and_forty_do_not() -> None:
    """Three networks each: more than five fixed points with 8 layers, exactly one with 40, one before training."""
    eight, forty = (Depth(**one_depth({"series": "normal", "depth": L, "networks": 3})) for L in (8, 40))
    assert mean_interval(eight.after).value > 5
    assert forty.after == [1, 1, 1]
    assert eight.before == forty.before == [1, 1, 1]
    assert is_constant(max(forty.errors), max(forty.variances), max(forty.spreads))
