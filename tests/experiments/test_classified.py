"""Restored images with proof: corruptions, exact starts, and certificates that count only what arrives."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import fpverify as fp
from fpverify.experiments.classified import (
    KINDS,
    Cell,
    conclude,
    corrupted,
    measure_classified,
    proved_to_reach,
    read_stored,
)

STORED = read_stored()
STEEP = fp.loop("tanh", [["2"]])


def test_the_file_holds_images_and_boxes_around_them() -> None:
    """Each image lies in its box, grey levels are multiples of a tenth, and no two images are the same."""
    assert STORED.images.shape == (5, 64)
    assert len({tuple(image) for image in STORED.images}) == 5
    for image, box in zip(STORED.images, STORED.boxes, strict=True):
        assert box.contains([Fraction(round(float(value) * 10), 10) for value in image])
    np.testing.assert_allclose(STORED.images * 10, np.round(STORED.images * 10), atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_corruptions_are_exact_and_change_the_image(kind: str) -> None:
    """Multiples of 2^-20 in [-1, 1]; the same seed gives the same image."""
    image = STORED.images[0]
    spoilt, again = (corrupted(image, kind, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(spoilt, again)
    np.testing.assert_array_equal(spoilt * 2**20, np.round(spoilt * 2**20))
    assert np.abs(spoilt).max() <= 1
    assert np.abs(spoilt - image).max() > 0.1


def test_only_starts_that_arrive_are_counted() -> None:
    """tanh 2x: positive starts go to the point near 0.9575, others do not."""
    target = fp.BoxRegion.of(("9/10", "1"))
    starts = [np.array([x]) for x in (0.25, 0.5, -0.5, 0.0)]
    assert proved_to_reach(STEEP, starts, target) == 2
    assert proved_to_reach(STEEP, starts[2:], target) == 0
    assert proved_to_reach(STEEP, starts[:1], fp.BoxRegion.of(("-1/10", "1"))) == 0


def test_the_verdict_follows_from_the_cells() -> None:
    good = Cell(kind="a", starts=100, restored=50, proved=48)
    bad = Cell(kind="b", starts=100, restored=50, proved=30)
    assert conclude([good], 20, 5, quick=False).evidence is fp.Evidence.EMPIRICAL
    assert conclude([good, bad], 20, 5, quick=True).evidence is fp.Evidence.NOT_REPRODUCED
    none = Cell(kind="c", starts=100, restored=0, proved=0)
    assert conclude([none], 20, 5, quick=True).evidence is fp.Evidence.NOT_REPRODUCED


def test_corrupted_digits_are_classified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mild noise on the stored images: all are restored, and all of that is proved."""
    monkeypatch.setattr("fpverify.experiments.classified.KINDS", KINDS[:1])
    finding = measure_classified(fp.Plan(folder=tmp_path))
    (one,) = finding.data["cells"]
    assert one["starts"] == 20
    assert one["proved"] <= one["starts"]
    assert one["restored"] >= 18
    assert one["proved"] >= 0.9 * one["restored"]
