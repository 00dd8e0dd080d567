"""Members of an ensemble on a device, many at once."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from fpverify.ensembles.ensemble import Ensemble
from fpverify.numeric.attractors import Stack


def stacked(ensemble: Ensemble, numbers: Sequence[int], device: torch.device) -> Stack:
    """Return the networks with these *numbers* as one stack."""
    drawn = [ensemble.draw(k) for k in numbers]
    return Stack.of(
        [np.stack([network.weights[l] for network in drawn]) for l in range(ensemble.depth)],
        [np.stack([network.biases[l] for network in drawn]) for l in range(ensemble.depth)],
        ensemble.function,
        device,
    )


def stacked_starts(ensemble: Ensemble, numbers: Sequence[int], count: int, device: torch.device) -> Tensor:
    """Return *count* starts for each of these networks, shape (K, count, N)."""
    starts = np.stack([ensemble.starts(k, count) for k in numbers])
    return torch.as_tensor(starts, dtype=torch.float64, device=device)
