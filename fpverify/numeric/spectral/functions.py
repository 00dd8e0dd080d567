"""The activations of the mean field, as functions of numpy arrays: bounded or linear, with an even slope."""

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from fpverify.kernel.activations import ACTIVATIONS, Function
from fpverify.kernel.backend import Formula
from fpverify.kernel.errors import UnknownNameError
from fpverify.numeric.ops import TorchOps

Array = NDArray[np.float64]

NAMES = ("erf", "hardtanh", "identity", "sigmoid", "tanh")
"""All of them have an even slope, and but for the identity they are at most 1 in absolute value."""

KINKS = {"hardtanh": 1.0}
"""Where |x| has a jump of the slope; an integral over the slope is split there."""


def values(activation: str, x: Array) -> Array:
    """
    Return phi(x), in the shape of x.

    Raises:
        UnknownNameError: for an activation that is not one of `NAMES`.
    """
    return _read(_function(activation).formula, x)


def slopes(activation: str, x: Array) -> Array:
    """Return phi'(x), in the shape of x; at a kink the midpoint of the one-sided slopes. Raises as `values`."""
    return _read(_function(activation).slope, x)


@cache
def _function(activation: str) -> Function:
    if activation not in NAMES:
        raise UnknownNameError(f"the mean field has no activation {activation!r}; it has: {', '.join(NAMES)}")
    return ACTIVATIONS[activation].function()


def _read(formula: Formula, x: Array) -> Array:
    image = formula(torch.from_numpy(np.ascontiguousarray(x)), TorchOps)
    return np.array(np.broadcast_to(np.asarray(image, dtype=np.float64), np.shape(x)))
