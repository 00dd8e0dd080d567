"""Whether images that an autoencoder has stored become attracting fixed points; a slice through their basins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fpverify._finding import Evidence, Finding, Plan
from fpverify.experiments.digits_memory import SEED, Memory, memory, stored
from fpverify.experiments.sweep import sweep
from fpverify.experiments.training import Array, Stack, distinct, limits
from fpverify.experiments.training_intervals import as_data, of_few, share_of_few

SEEDS, QUICK_SEEDS = 10, 3
STARTS, STEPS = 100, 500

CONVERGED, SAME = 1e-7, 1e-3
"""An iterate that moves by less in the sup norm is taken for a limit; limits nearer than SAME for one."""

CELLS = tuple((m, training) for m in (5, 10, 20) for training in ("clean", "noise"))
QUICK_CELLS = ((10, "clean"), (10, "noise"))

SLICED, PIXELS = 10, 80
"""Images that the network of the slice stores, and points of the slice along each side."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """
    What was found for one number of images and one training; lists have a value for each seed.

    Fields:
        m: number of images.
        training: "clean" or "noise".
        fixed, attracting: fraction of the images with a fixed point within 0.05, and with an attracting one.
        radius, distance: median spectral radius, and largest distance of those fixed points from their images.
        limits: number of limits from uniform starts.
        mirrored: how many of them are within 0.1 of the negative of a stored image.
        spurious: how many are not within 0.1 of a stored image or of the negative of one.
        missed: fraction of the starts that did not converge.
    """

    m: int
    training: str
    fixed: Sequence[float]
    attracting: Sequence[float]
    radius: Sequence[float]
    distance: Sequence[float]
    limits: Sequence[int]
    mirrored: Sequence[int]
    spurious: Sequence[int]
    missed: float


def measure_stored(plan: Plan) -> Finding:
    """Look for an attracting fixed point next to each stored image, after training with and without noise."""
    cells, seeds = (QUICK_CELLS, QUICK_SEEDS) if plan.is_quick else (CELLS, SEEDS)
    items = [{"images": m, "training": training, "seeds": seeds} for m, training in cells]
    found = sweep(one_cell, items, folder=plan.folder, workers=plan.workers, progress=plan.progress)
    (plane,) = sweep(basin_slice, [{"images": SLICED, "training": "noise", "seeds": seeds}], folder=plan.folder)
    return conclude([Cell(**piece) for piece in found], plane, quick=plan.is_quick)


def one_cell(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a `Cell` as JSON; *item* has the number of "images", the "training" and the number of "seeds"."""
    m, training, seeds = item["images"], item["training"], item["seeds"]
    networks = memory(m, training, seeds)
    points = stored(networks)
    ends, converged = ends_of(networks.stack, uniform(seeds, STARTS))
    groups = [distinct(ends[k][converged[k]].numpy(), SAME)[0] for k in range(seeds)]
    kept = networks.images.numpy()
    near = [_near(group, images) for group, images in zip(groups, kept, strict=True)]
    mirrored = [_near(group, -images) for group, images in zip(groups, kept, strict=True)]
    return {
        "m": m,
        "training": training,
        "fixed": points.is_fixed.double().mean(1).tolist(),
        "attracting": points.attracts.double().mean(1).tolist(),
        "radius": points.radii.median(1).values.tolist(),
        "distance": points.distances.amax(1).tolist(),
        "limits": [len(group) for group in groups],
        "mirrored": mirrored,
        "spurious": [len(group) - a - b for group, a, b in zip(groups, near, mirrored, strict=True)],
        "missed": 1 - converged.double().mean().item(),
    }


def uniform(count: int, starts: int) -> Tensor:
    """Return starts that are uniform on [-1, 1]^64, shape (count, starts, 64)."""
    generator = torch.Generator().manual_seed(SEED + 1)
    return torch.rand(count, starts, 64, generator=generator, dtype=torch.float64) * 2 - 1


def ends_of(stack: Stack, starts: Tensor) -> tuple[Tensor, Tensor]:
    """Return the last iterates of *starts* and which of them converged."""
    return limits(stack, starts, steps=STEPS, tolerance=CONVERGED)


def _near(points: Array, images: Array) -> int:
    return sum(bool(np.abs(images - point).max(axis=1).min() <= 0.1) for point in points)


def basin_slice(item: Mapping[str, Any]) -> dict[str, Any]:
    """
    Cut the space of images by the plane through the first three stored images of the first network of an *item*.

    Returns:
        "owners": for each point of the grid, by rows from below, the index of the stored image that the limit is within
        0.1 of, m for any other limit and -1 for none; "stored": m; "corners": the three images in the plane; "images": their
        pixels; "extent": left, right, bottom, top.
    """
    networks = memory(item["images"], item["training"], item["seeds"])
    images = networks.images[0].numpy()
    origin, axes = _plane(images[:3])
    corners = (images[:3] - origin) @ axes.T
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = 0.25 * (high - low).max()
    x, y = (np.linspace(low[i] - margin, high[i] + margin, PIXELS) for i in (0, 1))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return {
        "owners": _owners(networks, origin + grid @ axes).reshape(PIXELS, PIXELS).tolist(),
        "stored": SLICED,
        "corners": corners.round(4).tolist(),
        "extent": [float(f"{value:.5g}") for value in (x[0], x[-1], y[0], y[-1])],
        "images": images[:3].round(3).reshape(3, 8, 8).tolist(),
    }


def _plane(three: Array) -> tuple[Array, Array]:
    """Return the centre of three points and an orthonormal basis of their plane, shape (2, n)."""
    origin = three.mean(axis=0)
    first = three[1] - three[0]
    first = first / np.linalg.norm(first)
    second = three[2] - three[0]
    second = second - (second @ first) * first
    return origin, np.stack([first, second / np.linalg.norm(second)])


def _owners(networks: Memory, points: Array) -> Array:
    """Return for each point the stored image that its limit in the first network is near; m for another limit, -1: none."""
    ends, converged = ends_of(networks.stack.of([0]), torch.tensor(points)[None])
    far = (ends[0][:, None] - networks.images[0][None]).abs().amax(2)
    distance, owner = far.min(1)
    owner[distance > 0.1] = networks.images.shape[1]
    owner[~converged[0]] = -1
    return owner.numpy()


def attract(cells: Sequence[Cell]) -> bool:
    """Return whether more than half of the images attract in every cell with noise, by the lower ends of the intervals."""
    noisy = [of_few(cell.attracting) for cell in cells if cell.training == "noise"]
    return bool(noisy) and all(estimate.low > 0.5 for estimate in noisy)


def conclude(cells: Sequence[Cell], plane: dict[str, Any], *, quick: bool) -> Finding:
    """Return the finding; its evidence is by `attract`."""
    seeds = len(cells[0].fixed)
    return Finding(
        evidence=Evidence.EMPIRICAL if attract(cells) else Evidence.NOT_REPRODUCED,
        sentence=" ".join([_words(cells, "noise"), _words(cells, "clean"), _others(cells)]),
        regime="autoencoders 64-128-128-64 with tanh, initial weights normal with deviation 1/√inputs, no initial biases; "
        "3000 steps of Adam, rate 0.002 with cosine decay, in float32; on m digits for each network, with Gaussian noise "
        "of 0.3 on the input or without",
        samples=f"{seeds} networks for each number of images; Newton's method in float64 from each image, residual below "
        f"1e-10, distance below 0.05 in the sup norm, so that rounding to the 16 grey levels gives the image, spectral "
        f"radius below 1; {STARTS} uniform starts for each network, "
        f"{STEPS} iterations; intervals from Student's t over the networks",
        seed=SEED,
        left_out=f"5 and 20 images; {SEEDS - seeds} of {SEEDS} networks" if quick else "",
        columns=(
            "images",
            "training",
            "fixed",
            "attracting",
            "spectral radius",
            "distance",
            "limits",
            "mirrored",
            "other",
            "not converged",
        ),
        rows=[_row(cell) for cell in cells],
        data={
            "slice": plane,
            "cells": [[cell.m, cell.training, as_data(share_of_few(cell.attracting))] for cell in cells],
        },
    )


def _words(cells: Sequence[Cell], training: str) -> str:
    chosen = [cell for cell in cells if cell.training == training]
    fractions = "; ".join(f"{_percent(cell.attracting)} of {cell.m}" for cell in chosen)
    name = "with noise on the input" if training == "noise" else "on the clean images"
    radii = [float(np.median(cell.radius)) for cell in chosen]
    span = f"{min(radii):.2f}" if len(radii) == 1 else f"{min(radii):.2f} to {max(radii):.2f}"
    return f"After training {name}, stored images that attract: {fractions}; median spectral radius {span}."


def _percent(values: Sequence[float]) -> str:
    share = share_of_few(values)
    return f"{100 * share.value:.0f} % [{100 * share.low:.0f}, {100 * share.high:.0f}]"


def _others(cells: Sequence[Cell]) -> str:
    noisy = [cell for cell in cells if cell.training == "noise"]
    total, mirrored, spurious = (
        sum(map(sum, counts))
        for counts in ([c.limits for c in noisy], [c.mirrored for c in noisy], [c.spurious for c in noisy])
    )
    return (
        f"Of the {total} limits from uniform starts in the networks trained with noise, {total - mirrored - spurious} are "
        f"near a stored image, {mirrored} near the negative of one, {spurious} near neither."
    )


def _row(cell: Cell) -> tuple[str, ...]:
    return (
        str(cell.m),
        cell.training,
        _percent(cell.fixed),
        _percent(cell.attracting),
        f"{np.median(cell.radius):.3f}",
        f"{max(cell.distance):.4f}",
        f"{np.mean(cell.limits):.1f}",
        f"{np.mean(cell.mirrored):.1f}",
        f"{np.mean(cell.spurious):.1f}",
        f"{cell.missed:.3f}",
    )
