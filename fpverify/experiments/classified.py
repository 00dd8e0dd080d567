"""
Restored images with proof: for corrupted digits, certificates that the orbit converges to the stored image's fixed point.

The network and the boxes around its fixed points come from a file of the theorem bs-5; nothing in it is trusted: the kernel
proves that each box is attracted, and that each classified orbit enters it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fpverify._certify import attempt
from fpverify._finding import Evidence, Finding, Plan
from fpverify._goal import ConvergesTo
from fpverify._theorem import own_theorems
from fpverify.experiments._read_back import is_read_back
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion, Cover
from fpverify.numeric.bootstrap import proportion_interval
from fpverify.search.arrives import steps_into

SEED = 21
_STEPS = 200
_NEAR = 0.05

Array = NDArray[np.float64]
KINDS = ("Gaussian noise 0.2", "Gaussian noise 0.5", "salt and pepper 10 %", "salt and pepper 30 %", "lower half blank")


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A network, the images that it stores, shape (m, d), and a box around the fixed point of each."""

    network: Network
    images: Array
    boxes: Sequence[BoxRegion]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Of how many corrupted images of a kind the orbit seemed to restore them, and of how many that is proved."""

    kind: str
    starts: int
    restored: int
    proved: int


def read_stored(path: Path | None = None) -> Stored:
    """Read the network with its images; that of the theorem bs-5 if no *path* is given."""
    file = own_theorems() / "data" / "digits.json" if path is None else path
    data = json.loads(file.read_text(encoding="ascii"))
    pixels = np.array([[int(pixel) for pixel in image.split()] for image in data["pixels"]])
    return Stored(
        network=Network.from_data(data["network"]),
        images=pixels / 10 - 0.8,
        boxes=[BoxRegion.of(*sides) for sides in data["boxes"]],
    )


def measure_classified(plan: Plan) -> Finding:
    """
    Corrupt the stored images and prove, where it can be proved, that their orbits converge to the right fixed point.

    EMPIRICAL if, of the orbits that seemed to restore their image, more than nine in ten were proved to.
    """
    stored, copies = read_stored(), 4 if plan.is_quick else 30
    cells = []
    for done, kind in enumerate(KINDS):
        cells.append(_examine(stored, kind, copies))
        plan.progress(done + 1, len(KINDS), kind)
    return conclude(cells, copies, len(stored.images), quick=plan.is_quick)


def _examine(stored: Stored, kind: str, copies: int) -> Cell:
    restored = proved = 0
    for index, (image, box) in enumerate(zip(stored.images, stored.boxes, strict=True)):
        rng = np.random.default_rng([SEED, KINDS.index(kind), index])
        starts = [corrupted(image, kind, rng) for _ in range(copies)]
        ends = [_limit(stored.network, start) for start in starts]
        restored += sum(bool(np.max(np.abs(end - image)) < _NEAR) for end in ends)
        proved += proved_to_reach(stored.network, starts, box)
    return Cell(kind=kind, starts=copies * len(stored.images), restored=restored, proved=proved)


def corrupted(image: Array, kind: str, rng: np.random.Generator) -> Array:
    """Return the *image*, shape (64,), corrupted as the *kind* says; values in [-1, 1], rounded to multiples of 2^-20."""
    if kind.startswith("Gaussian"):
        spoilt = np.clip(image + float(kind.rsplit(maxsplit=1)[1]) * rng.standard_normal(image.shape), -1, 1)
    elif kind.startswith("salt"):
        hit = rng.random(image.shape) < float(kind.rsplit(maxsplit=2)[1]) / 100
        spoilt = np.where(hit, np.where(rng.random(image.shape) < 0.5, -0.8, 0.8), image)
    else:
        spoilt = np.where(np.arange(image.size) < image.size // 2, image, -0.8)
    return np.round(spoilt * 2**20) / 2**20


def _limit(network: Network, start: Array) -> Array:
    """Return where the orbit of *start* is after many steps, in floating point."""
    import torch

    from fpverify.numeric.build import TorchNetwork

    step, x = TorchNetwork(network, torch.device("cpu")), torch.tensor(start)[None]
    for _ in range(_STEPS):
        x = step(x)
    return x[0].numpy()


def proved_to_reach(network: Network, starts: Sequence[Array], target: BoxRegion) -> int:
    """
    Return for how many *starts* the kernel accepts, in one certificate, that the orbit converges to the point in *target*.

    Raises:
        SoundnessError: if the kernel accepts the obligations and refuses the file.
    """
    points = [_point(start) for start in starts]
    arriving = tuple(p for p in points if steps_into(network, p, target, _STEPS) is not None)
    if not arriving:
        return 0
    outcome = attempt(network, Cover(parts=arriving), ConvergesTo(target=target, steps=_STEPS))
    return len(arriving) if is_read_back(outcome, f"{network.name}: orbits") else 0


def _point(start: Array) -> BoxRegion:
    exact = tuple(Fraction(float(value)) for value in start)
    return BoxRegion(lo=exact, hi=exact)


def conclude(cells: Sequence[Cell], copies: int, images: int, *, quick: bool) -> Finding:
    """Return the finding of the cells."""
    restored, proved = sum(cell.restored for cell in cells), sum(cell.proved for cell in cells)
    share = proportion_interval(min(proved, restored), restored) if restored else None
    enough = share is not None and share.value > 0.9
    return Finding(
        evidence=Evidence.EMPIRICAL if enough else Evidence.NOT_REPRODUCED,
        sentence=f"Of {sum(cell.starts for cell in cells)} corrupted images {restored} were restored in floating "
        f"point; for "
        f"{proved} the kernel accepted a certificate that the orbit converges to the fixed point next to the image"
        + (f", a share of {share}." if share is not None else "."),
        regime=f"an autoencoder 64-32-64 with tanh on both layers, its weights multiples of 2^-10, that stores "
        f"{images} digits",
        samples=f"{copies} corruptions of each kind for each of {images} images; restored: within {_NEAR} of the "
        f"image in "
        f"each pixel after {_STEPS} steps; Wilson interval of 95 %",
        seed=SEED,
        left_out="the full profile has 30 corruptions of each kind for each image" if quick else "",
        columns=("corruption", "images", "restored", "proved to converge to the right fixed point"),
        rows=[(c.kind, str(c.starts), str(c.restored), str(c.proved)) for c in cells],
        data={
            "cells": [{"kind": c.kind, "starts": c.starts, "restored": c.restored, "proved": c.proved} for c in cells]
        },
    )
