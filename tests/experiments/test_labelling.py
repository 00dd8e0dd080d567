"""Labels by prototypes: scores on small examples, prototypes of each kind, and the verdict both ways."""

import numpy as np
import pytest

from fpverify import Evidence
from fpverify.experiments.labelling import KINDS, Cell, Scores, _prototypes, conclude, nearest, score
from fpverify.experiments.training import digits

CLASSES = np.array([0, 0, 1, 1, 2, 2])


def test_renamed_groups_are_perfect() -> None:
    found = score(CLASSES, np.array([2, 2, 0, 0, 1, 1]), CLASSES)
    assert (found.accuracy, found.ari, found.nmi) == pytest.approx((1, 1, 1))


def test_one_group_says_nothing() -> None:
    found = score(CLASSES, np.zeros(6, dtype=int), None)
    assert found.accuracy is None
    assert (found.ari, found.nmi) == pytest.approx((0, 0))


def test_accuracy_counts_right_labels() -> None:
    assert score(CLASSES, CLASSES, np.array([0, 1, 1, 1, 2, 0])).accuracy == pytest.approx(4 / 6)


def test_the_nearest_prototype_is_found() -> None:
    prototypes = np.array([[0.0, 0.0], [1.0, 1.0]])
    assert nearest(np.array([[0.4, 0.4], [0.6, 0.6], [5.0, -1.0]]), prototypes).tolist() == [0, 1, 1]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind] != "unsupervised"])
def test_prototypes_with_labels_are_balanced(kind: str) -> None:
    training = np.arange(1000, 1797)
    points, labels = _prototypes(kind, training, 0)
    assert labels is not None
    assert len(points) == len(labels)
    assert set(np.bincount(labels).tolist()) == {len(points) // 10}
    if KINDS[kind] == "semi-supervised":
        shown = {point.tobytes() for point in digits()[0][training]}
        assert all(point.tobytes() in shown for point in points)


def test_centres_have_no_labels() -> None:
    points, labels = _prototypes("20 centres of k-means", np.arange(1000, 1797), 0)
    assert points.shape == (20, 64)
    assert labels is None


def _cells(fixed: float, near: float) -> list[Cell]:
    def scores(value: float, *, labelled: bool) -> list[Scores]:
        return [
            Scores(accuracy=value + shift if labelled else None, ari=value + shift, nmi=value + shift)
            for shift in (-0.01, 0.0, 0.01)
        ]

    return [
        Cell(
            kind=kind,
            reached=[10] * 3,
            missed=0.0,
            scores={
                "fixed point": scores(fixed, labelled=labelled),
                "nearest": scores(near, labelled=labelled),
                "k-means": scores(0.5, labelled=False),
            },
        )
        for kind, labelled in (("means of the classes", True), ("10 centres of k-means", False))
    ]


@pytest.mark.parametrize(
    ("fixed", "near", "evidence", "word"),
    [
        (0.9, 0.8, Evidence.EMPIRICAL, "better"),
        (0.8, 0.9, Evidence.NOT_REPRODUCED, "worse"),
        (0.8, 0.8, Evidence.NOT_REPRODUCED, "neither better nor worse"),
    ],
)
def test_the_verdict_follows_the_numbers(fixed: float, near: float, evidence: Evidence, word: str) -> None:
    finding = conclude(_cells(fixed, near), 400, quick=True)
    assert finding.evidence is evidence
    assert f"the fixed point is {word}" in finding.sentence
    assert all(len(row) == len(finding.columns) for row in finding.rows)
