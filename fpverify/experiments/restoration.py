"""Restoration of spoilt images by iterating an autoencoder that has stored them, against one pass and other methods."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from fpverify._finding import Evidence, Finding, Plan
from fpverify.experiments.digits import ends_of
from fpverify.experiments.digits_memory import SEED, memory
from fpverify.experiments.sweep import sweep
from fpverify.experiments.training import BLANK
from fpverify.experiments.training_intervals import as_data, of_few, share_of_few
from fpverify.numeric.bootstrap import Estimate

SEEDS, QUICK_SEEDS = 10, 3
COPIES = 10
"""How often each image is spoilt by each corruption that is random."""

TOLERANCE = 0.15
"""An image is restored if no pixel is wrong by as much; a grey level is 0.1."""

CELLS = tuple((m, training) for m in (5, 10, 20) for training in ("clean", "noise", "masks"))
QUICK_CELLS = ((10, "noise"), (10, "masks"))

METHODS = ("iterated", "one pass", "nearest", "nearest visible", "modern Hopfield")
SHOWN = 4
"""How many images of the first network the figure shows."""


def gaussian(images: Tensor, generator: Generator) -> Tensor:
    """Return the images with noise of 0.5, cut to [-1, 1]."""
    return (images + 0.5 * torch.randn(images.shape, generator=generator, dtype=images.dtype)).clamp(-1, 1)


def salt_and_pepper(images: Tensor, generator: Generator) -> Tensor:
    """Return the images with 30 % of the pixels, at random, set to no ink or full ink, at random."""
    hit = torch.rand(images.shape, generator=generator) < 0.3
    blank = torch.full_like(images, BLANK)
    ink = torch.where(torch.rand(images.shape, generator=generator) < 0.5, blank, -blank)
    return torch.where(hit, ink, images)


def lower_half(images: Tensor, generator: Generator) -> Tensor:
    """Return the images without ink in the lower four rows."""
    spoilt = images.clone()
    spoilt[..., 32:] = BLANK
    return spoilt


CORRUPTIONS: Mapping[str, Callable[[Tensor, Generator], Tensor]] = {
    "Gaussian noise": gaussian,
    "salt and pepper": salt_and_pepper,
    "lower half": lower_half,
}


def nearest(spoilt: Tensor, images: Tensor) -> Tensor:
    """Return for each row of *spoilt*, shape (K, S, n), the nearest of *images*, shape (K, m, n)."""
    return _picked(images, torch.cdist(spoilt, images).argmin(2))


def _picked(images: Tensor, which: Tensor) -> Tensor:
    return torch.gather(images, 1, which[:, :, None].expand(-1, -1, images.shape[2]))


def modern_hopfield(spoilt: Tensor, images: Tensor, sharpness: float = 4.0, steps: int = 20) -> Tensor:
    """
    Return the states of a modern Hopfield network after some steps from *spoilt*.

    Each step takes the mean of *images*, weighted by exp(sharpness (x·y - |y|²/2)): a soft nearest neighbour.

    Source: Ramsauer and others, Hopfield networks is all you need (2021).
    """
    state, norms = spoilt, images.square().sum(2)[:, None] / 2
    for _ in range(steps):
        state = torch.softmax(sharpness * (state @ images.transpose(1, 2) - norms), dim=2) @ images
    return state


def restored(restorations: Tensor, truth: Tensor) -> Tensor:
    """Return for each network the fraction of images without a pixel that is wrong by TOLERANCE, shape (K,)."""
    return ((restorations - truth).abs().amax(2) < TOLERANCE).double().mean(1)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """
    Fields:
        m: number of images.
        training: "clean", "noise" or "masks".
        corruption: a key of CORRUPTIONS.
        success: for each method the fraction of restored images, for each seed; "nearest visible" only for a blanked half.
    """

    m: int
    training: str
    corruption: str
    success: Mapping[str, Sequence[float]]


def measure_restoration(plan: Plan) -> Finding:
    """Compare iterating with one pass."""
    cells, shown = _measured(plan)
    return conclude(cells, shown, "one pass", quick=plan.is_quick)


def measure_restoration_against_neighbour(plan: Plan) -> Finding:
    """Compare iterating with the stored image that is nearest; for a blanked half, nearest on the pixels that are seen."""
    cells, shown = _measured(plan)
    return conclude(cells, shown, "nearest", quick=plan.is_quick)


def _measured(plan: Plan) -> tuple[list[Cell], list[dict[str, Any]]]:
    pairs, seeds = (QUICK_CELLS, QUICK_SEEDS) if plan.is_quick else (CELLS, SEEDS)
    items = [{"images": m, "training": training, "seeds": seeds} for m, training in pairs]
    found = sweep(one_network, items, folder=plan.folder, workers=plan.workers, progress=plan.progress)
    shown = [row for piece, pair in zip(found, pairs, strict=True) if pair in QUICK_CELLS for row in piece["shown"]]
    return [Cell(**cell) for piece in found for cell in piece["cells"]], shown


def one_network(item: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the fields of a `Cell` for each corruption, and some images of the first network, as JSON.

    Args:
        item: the number of "images", the "training" and the number of "seeds".
    """
    m, training, seeds = item["images"], item["training"], item["seeds"]
    networks = memory(m, training, seeds)
    generator = Generator().manual_seed(SEED + 2)
    cells, shown = [], []
    for name, corruption in CORRUPTIONS.items():
        truth = networks.images.repeat(1, 1 if corruption is lower_half else COPIES, 1)
        spoilt = corruption(truth, generator)
        results = _results(networks.stack, spoilt, networks.images, is_half=corruption is lower_half)
        success = {method: restored(result, truth).tolist() for method, result in results.items()}
        cells.append({"m": m, "training": training, "corruption": name, "success": success})
        shown.append({"m": m, "training": training, "corruption": name, "images": _shown(truth, spoilt, results)})
    return {"cells": cells, "shown": shown}


def _results(stack: Any, spoilt: Tensor, images: Tensor, *, is_half: bool) -> dict[str, Tensor]:
    results = {
        "iterated": ends_of(stack, spoilt)[0],
        "one pass": stack(spoilt),
        "nearest": nearest(spoilt, images),
        "modern Hopfield": modern_hopfield(spoilt, images),
    }
    if is_half:
        seen = torch.cdist(spoilt[..., :32], images[..., :32]).argmin(2)
        results["nearest visible"] = _picked(images, seen)
    return results


def _shown(truth: Tensor, spoilt: Tensor, results: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return the first images of the first network, clean, spoilt and restored, as lists of 8 by 8 numbers."""
    kinds = {"clean": truth, "spoilt": spoilt, **{name: results[name] for name in ("one pass", "iterated", "nearest")}}
    return {name: images[0, :SHOWN].reshape(-1, 8, 8).numpy().round(3).tolist() for name, images in kinds.items()}


def rival_of(cell: Cell, rival: str) -> str:
    """Return the method to compare with: the nearest image by the pixels that are seen, where only some are."""
    return "nearest visible" if rival == "nearest" and "nearest visible" in cell.success else rival


def advantage(cells: Sequence[Cell], rival: str) -> Estimate:
    """Return by how much the success of iterating is above that of *rival*: paired by seed, mean over the cells."""
    gains = [np.subtract(cell.success["iterated"], cell.success[rival_of(cell, rival)]) for cell in cells]
    return of_few(np.mean(gains, axis=0).tolist())


def conclude(cells: Sequence[Cell], shown: Sequence[Any], rival: str, *, quick: bool) -> Finding:
    """Return the finding: EMPIRICAL if the interval of the advantage over *rival* is above 0, training with noise."""
    noisy = [cell for cell in cells if cell.training != "clean"]
    gain, seeds = advantage(noisy, rival), len(cells[0].success["iterated"])
    return Finding(
        evidence=Evidence.EMPIRICAL if gain.low > 0 else Evidence.NOT_REPRODUCED,
        sentence=f"{_compared(noisy, rival)} {_compared(noisy, 'nearest' if rival == 'one pass' else 'one pass')}",
        regime="the autoencoders of the stored images, trained with Gaussian noise of 0.3 on the input, with that and a "
        "blanked half in every other step, or without; images spoilt by Gaussian noise of 0.5, by 30 % salt and "
        "pepper, or without the lower half",
        samples=f"{seeds} networks for each number of images, each image spoilt {COPIES} times at random or blanked once; "
        f"restored means that no pixel is wrong by {TOLERANCE} (the range is 1.6) after at most 500 iterations; "
        "differences are paired by network; intervals from Student's t over the networks",
        seed=SEED,
        left_out=f"5 and 20 images; training on clean images; {SEEDS - seeds} of {SEEDS} networks" if quick else "",
        columns=("images", "training", "spoilt by", *METHODS),
        rows=[_row(cell) for cell in cells],
        data={"shown": shown, "cells": [_data(cell) for cell in cells]},
    )


def _compared(cells: Sequence[Cell], rival: str) -> str:
    gain = advantage(cells, rival)
    mine = np.mean([np.mean(cell.success["iterated"]) for cell in cells])
    other = np.mean([np.mean(cell.success[rival_of(cell, rival)]) for cell in cells])
    wins = sum(advantage([cell], rival).low > 0 for cell in cells)
    losses = sum(advantage([cell], rival).high < 0 for cell in cells)
    name = "one pass" if rival == "one pass" else "the nearest stored image, by the pixels that are seen,"
    return (
        f"Iterating restores {100 * mine:.0f} % of the spoilt images and {name} {100 * other:.0f} %, in the mean over "
        f"{len(cells)} cases trained with noise: a difference of {gain}; it is better in {wins} and worse in {losses} of "
        "the cases by their intervals."
    )


def _row(cell: Cell) -> tuple[str, ...]:
    values = [str(share_of_few(cell.success[method])) if method in cell.success else "" for method in METHODS]
    return (str(cell.m), cell.training, cell.corruption, *values)


def _data(cell: Cell) -> dict[str, Any]:
    success = {method: as_data(share_of_few(values)) for method, values in cell.success.items()}
    return {"m": cell.m, "training": cell.training, "corruption": cell.corruption, "success": success}
