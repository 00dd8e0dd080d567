"""Labels and clusters of digits by the fixed point that a trained autoencoder sends them to, against simple methods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fpverify._finding import Evidence, Finding, Plan
from fpverify.experiments.digits_memory import SEED, WIDTHS
from fpverify.experiments.sweep import sweep
from fpverify.experiments.training import Array, Recipe, digits, distinct, initial, limits, train
from fpverify.experiments.training_intervals import as_data, of_few
from fpverify.numeric.bootstrap import Estimate

Labels = NDArray[np.int64]

SEEDS, QUICK_SEEDS = 10, 3
STEPS, HELD_OUT, QUICK_HELD_OUT = 1000, 1000, 400

RECIPE = Recipe(steps=2000, rate=2e-3, noise=0.5, decay=True)

CONVERGED, SAME = 1e-5, 1e-2
"""In float32: an iterate that moves by less in the sup norm is taken for a limit; limits nearer than SAME for one."""

KINDS = {
    "1 image of each class": "semi-supervised",
    "2 images of each class": "semi-supervised",
    "5 images of each class": "semi-supervised",
    "means of the classes": "supervised",
    "10 centres of k-means": "unsupervised",
    "20 centres of k-means": "unsupervised",
}
"""What the network stores, and how much it thereby knows of the labels."""

QUICK = ("1 image of each class", "means of the classes", "10 centres of k-means")


@dataclass(frozen=True, kw_only=True)
class Scores:
    """
    How well a method labels and groups the images that are held out.

    Fields:
        accuracy: fraction of right labels; None without labels.
        ari: adjusted Rand index of the groups against the classes; 0 in the mean for random groups, 1 if equal.
        nmi: normalised mutual information of the same, in [0, 1].
    """

    accuracy: float | None
    ari: float
    nmi: float


@dataclass(frozen=True, kw_only=True)
class Cell:
    """
    Fields:
        kind: a key of KINDS.
        reached: for each seed the number of fixed points that are reached.
        missed: the fraction of images whose orbit did not converge.
        scores: for each method, "fixed point", "nearest" and "k-means", the scores for each seed.
    """

    kind: str
    reached: Sequence[int]
    missed: float
    scores: Mapping[str, Sequence[Scores]]


def measure_labelling(plan: Plan) -> Finding:
    """Label held-out digits by the fixed point reached: supervised, with a few labels, and without."""
    kinds, seeds, held_out = (QUICK, QUICK_SEEDS, QUICK_HELD_OUT) if plan.is_quick else (tuple(KINDS), SEEDS, HELD_OUT)
    items = [{"kind": kind, "seeds": seeds, "held out": held_out} for kind in kinds]
    found = sweep(one_kind, items, folder=plan.folder, workers=plan.workers, progress=plan.progress)
    return conclude([_cell(piece) for piece in found], held_out, quick=plan.is_quick)


def _cell(piece: Mapping[str, Any]) -> Cell:
    scores = {method: [Scores(**score) for score in each] for method, each in piece["scores"].items()}
    return Cell(kind=piece["kind"], reached=piece["reached"], missed=piece["missed"], scores=scores)


def one_kind(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a `Cell` as JSON; *item* has its "kind", the number of "seeds" and of images "held out"."""
    kind, seeds = item["kind"], item["seeds"]
    splits = [np.random.default_rng([SEED, k]).permutation(len(digits()[0])) for k in range(seeds)]
    tests = [split[: item["held out"]] for split in splits]
    kept = [_prototypes(kind, split[HELD_OUT:], seed) for seed, split in enumerate(splits)]
    ends, converged = _ends(np.stack([points for points, _ in kept]), digits()[0][np.stack(tests)])
    scores: dict[str, list[Any]] = {"fixed point": [], "nearest": [], "k-means": []}
    reached = []
    for k, (points, labels) in enumerate(kept):
        images, classes = _at(tests[k])
        leaders, groups = distinct(ends[k], SAME)
        reached.append(len(leaders))
        owner = nearest(ends[k], points)
        near = nearest(images, points)
        scores["fixed point"].append(vars(score(classes, groups, None if labels is None else labels[owner])))
        scores["nearest"].append(vars(score(classes, near, None if labels is None else labels[near])))
        scores["k-means"].append(vars(score(classes, nearest(images, _centres(10, splits[k][HELD_OUT:], k)), None)))
    return {"kind": kind, "reached": reached, "missed": 1 - converged, "scores": scores}


def nearest(points: Array, prototypes: Array) -> Labels:
    """Return for each of *points*, shape (S, n), the index of the nearest of *prototypes*, shape (m, n)."""
    return ((points[:, None] - prototypes[None]) ** 2).sum(axis=2).argmin(axis=1)


def score(classes: Labels, groups: Labels, labels: Labels | None) -> Scores:
    """Return the scores of *groups*, and of *labels* where there are any, against the true *classes*; shapes (S,)."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    return Scores(
        accuracy=None if labels is None else float((labels == classes).mean()),
        ari=float(adjusted_rand_score(classes, groups)),
        nmi=float(normalized_mutual_info_score(classes, groups)),
    )


def _prototypes(kind: str, training: Labels, seed: int) -> tuple[Array, Labels | None]:
    """Return what the network of a seed stores, and the labels if it knows them; *training* are indices of digits."""
    images, classes = _at(training)
    number = int(kind.split(maxsplit=1)[0]) if kind[0].isdigit() else 10
    if KINDS[kind] == "unsupervised":
        return _centres(number, training, seed), None
    if kind == "means of the classes":
        return np.stack([images[classes == c].mean(axis=0) for c in range(10)]), np.arange(10)
    rows = np.concatenate([np.flatnonzero(classes == c)[:number] for c in range(10)])
    return images[rows], classes[rows]


def _at(rows: Labels) -> tuple[Array, Labels]:
    images, classes = digits()
    return images[rows], classes[rows]


def _centres(count: int, training: Labels, seed: int) -> Array:
    from sklearn.cluster import KMeans

    tries: Any = 4
    return KMeans(count, n_init=tries, random_state=seed).fit(digits()[0][training]).cluster_centers_


def _ends(prototypes: Array, images: Array) -> tuple[Array, float]:
    """Return where *images*, shape (K, S, 64), go in networks that store *prototypes*, and which fraction converged."""
    generator = torch.Generator().manual_seed(SEED + 3)
    stack = initial(WIDTHS, len(prototypes), generator, gain=1.0, bias=0.0)
    trained = train(stack, torch.tensor(prototypes, dtype=torch.float32), RECIPE, generator)
    ends, converged = limits(trained, torch.tensor(images, dtype=torch.float32), steps=STEPS, tolerance=CONVERGED)
    return ends.double().numpy(), converged.double().mean().item()


def advantage(cells: Sequence[Cell], field: str, rival: str = "nearest") -> Estimate:
    """Return by how much the fixed point's score is above that of *rival*: paired by seed, mean over the cells."""
    mine, other = (
        np.mean([[getattr(score, field) for score in cell.scores[method]] for cell in cells], axis=0)
        for method in ("fixed point", rival)
    )
    return of_few((mine - other).tolist())


def conclude(cells: Sequence[Cell], held_out: int, *, quick: bool) -> Finding:
    """Return the finding: EMPIRICAL if the interval of the advantage in accuracy over the nearest image is above 0."""
    labelled = [cell for cell in cells if KINDS[cell.kind] != "unsupervised"]
    seeds = len(cells[0].reached)
    left = [kind for kind in KINDS if kind not in {cell.kind for cell in cells}]
    return Finding(
        evidence=Evidence.EMPIRICAL if advantage(labelled, "accuracy").low > 0 else Evidence.NOT_REPRODUCED,
        sentence=" ".join([_accuracies(labelled), _groups(cells)]),
        regime="autoencoders 64-128-128-64 with tanh that store prototypes: images with labels, means of the classes or "
        "centres of k-means; 2000 steps of Adam, rate 0.002 with cosine decay, Gaussian noise of 0.5 on the input",
        samples=f"{seeds} splits of the 1797 digits; {held_out} images held out, up to {STEPS} iterations in float32; "
        f"limits nearer than {SAME} in the sup norm are one; differences are paired by split; intervals from Student's t "
        "over the splits",
        seed=SEED,
        left_out=f"{', '.join(left)}; {HELD_OUT - held_out} of {HELD_OUT} held-out images; {SEEDS - seeds} of {SEEDS} splits"
        if quick
        else "",
        columns=("stored", "labels", "reached", "method", "accuracy", "adjusted Rand", "mutual information"),
        rows=[row for cell in cells for row in _rows(cell)],
        data={"cells": [_data(cell) for cell in cells]},
    )


def _accuracies(cells: Sequence[Cell]) -> str:
    words = "; ".join(
        f"{_of(cell, 'fixed point', 'accuracy')} and {_of(cell, 'nearest', 'accuracy')} with {cell.kind}"
        for cell in cells
    )
    gain = advantage(cells, "accuracy")
    verdict = "better" if gain.low > 0 else "worse" if gain.high < 0 else "neither better nor worse by the interval"
    return (
        f"The accuracy of labels by the fixed point reached and by the nearest stored image is {words}. The difference is "
        f"{gain} in the mean: the fixed point is {verdict}."
    )


def _groups(cells: Sequence[Cell]) -> str:
    """Return how the groups without labels compare with those of k-means, which gave the prototypes."""
    bare = [cell for cell in cells if KINDS[cell.kind] == "unsupervised"]
    words = "; ".join(
        f"{_of(cell, 'fixed point', 'ari')} and {_of(cell, 'nearest', 'ari')} with {cell.kind}" for cell in bare
    )
    return (
        f"Without labels, the adjusted Rand index of the basins and of the nearest prototype is {words}: a difference of "
        f"{advantage(bare, 'ari')}, and what the groups know comes from k-means."
    )


def _of(cell: Cell, method: str, field: str) -> Estimate:
    return of_few([getattr(score, field) for score in cell.scores[method]])


def _rows(cell: Cell) -> list[tuple[str, ...]]:
    return [
        (
            cell.kind,
            KINDS[cell.kind],
            f"{np.mean(cell.reached):.1f}",
            {"fixed point": "fixed point reached", "nearest": "nearest stored", "k-means": "k-means, k = 10"}[method],
            "" if scores[0].accuracy is None else str(_of(cell, method, "accuracy")),
            str(_of(cell, method, "ari")),
            str(_of(cell, method, "nmi")),
        )
        for method, scores in cell.scores.items()
    ]


def _data(cell: Cell) -> dict[str, Any]:
    fields = ("ari", "nmi") if KINDS[cell.kind] == "unsupervised" else ("accuracy", "ari", "nmi")
    methods = [method for method in cell.scores if method != "k-means"]
    return {
        "kind": cell.kind,
        "labels": KINDS[cell.kind],
        "scores": {field: {method: as_data(_of(cell, method, field)) for method in methods} for field in fields},
    }
